//! What an encoder refuses, and how every error reads.

mod common;

use std::collections::BTreeSet;
use std::error::Error;

use bytes::{Bytes, BytesMut};
use common::*;
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::frame::{
    Credential, Data, FinStream, Frame, HeadersFrame, Subresource, SynReply, SynStream,
    WindowUpdate,
};
use spdy::http::HttpError;
use spdy::session::MessageFault;
use spdy::websocket::CloseCode;
use spdy::{
    Abort, Compression, DecodeErrorKind, EncodeError, Event, Fault, FlowFault, FrameType,
    GoAwayStatus, HeaderError, InflateError, Open, PingId, Scope, SendError, SessionError, Setting,
    SettingId, Settings, Status, StreamId, Version, websocket,
};

const ALL: [Version; 4] = Version::ALL;
const D1: Version = Version::Draft1;
const V2: Version = Version::Spdy2;
const V3: Version = Version::Spdy3;
const V31: Version = Version::Spdy3_1;

/// What every version of some makes of a frame that it cannot write: nothing.
fn is_refused(versions: &[Version], frame: &Frame, error: &EncodeError) {
    for &version in versions {
        let mut wire = BytesMut::new();
        let result = Encoder::new(version, Compression::On).encode(frame, &mut wire);
        assert_eq!(result.as_ref(), Err(error), "{version:?}");
        assert!(wire.is_empty());
    }
}

fn syn_that(change: impl Fn(&mut SynStream)) -> Frame {
    let mut syn = SynStream::new(id(1), GET);
    change(&mut syn);
    Frame::SynStream(syn)
}

#[test]
fn frames_that_the_version_lacks_are_refused() {
    let headers = Frame::Headers(HeadersFrame::new(id(1), GET));
    is_refused(&[D1], &headers, &EncodeError::NoSuchFrame(FrameType::Headers));
    let subresource = Frame::Subresource(Subresource::new(id(1), GET));
    is_refused(&LATER, &subresource, &EncodeError::NoSuchFrame(FrameType::Subresource));
    let update = Frame::WindowUpdate(WindowUpdate::new(id(1), 1));
    is_refused(&[D1, V2], &update, &EncodeError::NoSuchFrame(FrameType::WindowUpdate));
    let credential = Frame::Credential(Credential::new(1, Bytes::new(), Vec::new()));
    is_refused(&[D1, V2, V31], &credential, &EncodeError::NoSuchFrame(FrameType::Credential));
    is_refused(&[V3, V31], &Frame::Noop, &EncodeError::NoSuchFrame(FrameType::Noop));
    let mut unknown = &control_bytes(99, 0, b"payload")[..];
    let unknown = Decoder::new(D1, Limits::default()).decode(&mut unknown).unwrap().unwrap();
    is_refused(&ALL, &unknown, &EncodeError::NoSuchFrame(FrameType::Unknown));
}

#[test]
fn fields_that_the_version_lacks_are_refused() {
    let no = EncodeError::NoSuchField;
    let associated = syn_that(|syn| syn.associated = Some(id(1)));
    is_refused(&[D1], &associated, &no("associated stream-ID"));
    let one_way = syn_that(|syn| syn.unidirectional = true);
    is_refused(&[D1], &one_way, &no("flag UNIDIRECTIONAL"));
    is_refused(&[D1, V2, V31], &syn_that(|syn| syn.slot = 1), &no("slot"));
    let leave = syn_that(|syn| syn.push_allowed = true);
    is_refused(&ALL, &leave, &no("flag PUSH_ALLOWED"));
    let flags = [Setting::new(SettingId(1), 1).flags(1)];
    let settings = Frame::Settings(flags.into_iter().collect());
    is_refused(&[D1], &settings, &EncodeError::Settings);
}

#[test]
fn values_that_no_frame_can_have_are_refused() {
    let status = Frame::FinStream(FinStream::new(id(1), Status(0)));
    is_refused(&ALL, &status, &EncodeError::StatusZero);
    for delta in [0, 0x8000_0000] {
        let update = Frame::WindowUpdate(WindowUpdate::new(id(1), delta));
        is_refused(&[V3, V31], &update, &EncodeError::Delta);
    }
    for (slot, proof) in [(0, 0), (1, 1 << 24)] {
        let credential = Credential::new(slot, vec![0; proof].into(), Vec::new());
        is_refused(&[V3], &Frame::Credential(credential), &EncodeError::Credential);
    }
    let mut data = Data::new(id(1), vec![0; 1 << 24]);
    is_refused(&ALL, &Frame::Data(data.clone()), &EncodeError::DataLength);
    (data.payload, data.remaining) = (Bytes::from_static(b"x"), 1);
    is_refused(&ALL, &Frame::Data(data), &EncodeError::DataLength);
    for entries in [&[(1, 1), (1, 2)][..], &[(0x0100_0000, 1)]] {
        let entries = entries.iter().map(|(number, value)| (SettingId(*number), *value));
        let settings = Frame::Settings(Settings::from_iter(entries));
        is_refused(&LATER, &settings, &EncodeError::Settings);
    }
}

/// The largest of what is taken, beside what is refused above.
#[test]
fn values_at_the_edge_are_written() {
    let frames = [
        Frame::WindowUpdate(WindowUpdate::new(id(1), 0x7FFF_FFFF)),
        Frame::Settings(Settings::from([(SettingId(0x00FF_FFFF), 1)])),
        Frame::Credential(Credential::new(1, vec![0; (1 << 24) - 7].into(), Vec::new())),
        Frame::Data(Data::new(id(1), vec![0; (1 << 24) - 1])),
    ];
    for frame in frames {
        let mut wire = BytesMut::new();
        Encoder::new(V3, Compression::Off).encode(&frame, &mut wire).unwrap();
        let length = u32::from_be_bytes([0, wire[5], wire[6], wire[7]]);
        assert_eq!(wire.len(), 8 + length as usize);
    }
}

#[test]
fn a_chain_of_33_certificates_is_refused() {
    for (count, is_taken) in [(32, true), (33, false)] {
        let credential = Credential::new(1, Bytes::new(), vec![Bytes::from_static(b"DER"); count]);
        let mut wire = BytesMut::new();
        let mut encoder = Encoder::new(V3, Compression::Off);
        encoder.encode(&Frame::Credential(credential.clone()), &mut wire).unwrap();
        let found = Decoder::new(V3, Limits::default()).decode(&mut wire);
        if is_taken {
            assert_eq!(found, Ok(Some(Frame::Credential(credential))));
        } else {
            let error = found.unwrap_err();
            let kind = DecodeErrorKind::TooManyEntries { limit: 32 };
            assert_eq!((error.kind, error.scope), (kind, Scope::Session));
        }
    }
}

/// In Draft 1 a push is announced by the reply to its request.
#[test]
fn a_push_for_a_stream_of_our_own_is_refused_in_draft_1() {
    let (mut server, mut peer) = server_with_stream(true);
    server.reply(id(1), OK, false).unwrap();
    let push = server.open(Open::new(GET).associated(id(1))).unwrap();
    peer.hear(&mut server);
    let again = server.open(Open::new(GET).associated(push));
    assert_eq!(again, Err(SendError::ReplyFromOpener));
}

/// Every rule of WebSocket that a peer can break, and where RFC 6455 has it.
fn websocket_errors() -> Vec<(websocket::Error, &'static str)> {
    use websocket::{Error, Opcode};
    vec![
        (Error::Masked, "5.1"),
        (Error::NotMasked, "5.1"),
        (Error::ReservedBits, "5.2"),
        (Error::ReservedOpcode { opcode: 0xB }, "5.2"),
        (Error::LengthNotShortest, "5.2"),
        (Error::LengthTopBit, "5.2"),
        (Error::NothingToContinue, "5.4"),
        (Error::InsideMessage, "5.4"),
        (Error::FragmentedControl { opcode: Opcode::Ping }, "5.5"),
        (Error::ControlTooLong { opcode: Opcode::Close }, "5.5"),
        (Error::CloseLength, "5.5.1"),
        (Error::CloseCode { code: CloseCode(999) }, "7.4"),
        (Error::Utf8, "8.1"),
        (Error::MessageTooBig { limit: 9 }, ""),
        (Error::EndOfInput, ""),
    ]
}

/// Each in one line of its own, without an end, so that it fits into a sentence of the caller's.
#[test]
fn every_error_says_what_is_wrong() {
    let decode_kinds = [
        DecodeErrorKind::Version { found: 2, expected: 3 },
        DecodeErrorKind::Removed { number: 6 },
        DecodeErrorKind::Length { found: 7 },
        DecodeErrorKind::FrameTooLarge { length: 9, limit: 8 },
        DecodeErrorKind::EntryCount { found: 6 },
        DecodeErrorKind::TooManyEntries { limit: 32 },
        DecodeErrorKind::ListTooLarge { limit: 5 },
        DecodeErrorKind::TooManyNames { limit: 128 },
        DecodeErrorKind::TooManyValues { limit: 256 },
        DecodeErrorKind::Short { field: "a field" },
        DecodeErrorKind::Leftover { bytes: 3 },
        DecodeErrorKind::DuplicateName,
        DecodeErrorKind::EmptyName { pair: 3 },
        DecodeErrorKind::InvalidName { pair: 3 },
        DecodeErrorKind::EmptyValue { pair: 3 },
        DecodeErrorKind::InvalidValue { pair: 3 },
        DecodeErrorKind::DataFlags { flags: 2, length: 0 },
        DecodeErrorKind::EndOfInput,
    ];
    let inflate = [
        InflateError::Header,
        InflateError::NoDictionary,
        InflateError::WrongDictionary { id: 1 },
        InflateError::Corrupt,
        InflateError::StreamEnded,
        InflateError::NotFlushed,
        InflateError::TooMuchOutput { limit: 4 },
    ];
    let headers = [
        HeaderError::EmptyName,
        HeaderError::InvalidName,
        HeaderError::EmptyValue,
        HeaderError::InvalidValue,
        HeaderError::TooLong { limit: 4 },
        HeaderError::TooMany { limit: 4 },
        HeaderError::BlockTooLarge { limit: 4 },
        HeaderError::Missing("url"),
    ];
    let encode = [
        EncodeError::NoSuchFrame(FrameType::Ping),
        EncodeError::NoSuchField("slot"),
        EncodeError::DataLength,
        EncodeError::StatusZero,
        EncodeError::Settings,
        EncodeError::Delta,
        EncodeError::Credential,
    ];
    let flow =
        [FlowFault::Overrun, FlowFault::Overflow, FlowFault::ZeroDelta, FlowFault::InitialWindow];
    let faults = [
        Fault::SecondSynStream,
        Fault::SecondSynReply,
        Fault::ReplyFromOpener,
        Fault::DataBeforeReply,
        Fault::AfterFin,
        Fault::AgainstOneWay,
    ];
    let session = [
        SessionError::StreamId(StreamId::ZERO),
        SessionError::StreamId(id(2)),
        SessionError::Stream { stream: id(1), fault: Fault::AfterFin },
        SessionError::NoWebSocket,
        SessionError::TooManyReplies,
        SessionError::TooManyResets,
        SessionError::TooManyEmptyFrames,
    ];
    let messages =
        [MessageFault::Text, MessageFault::Empty, MessageFault::TooShort, MessageFault::TooLong];
    let send = [
        SendError::SessionOver,
        SendError::GoAway,
        SendError::TooManyStreams,
        SendError::IdsExhausted,
        SendError::NeverOpened,
        SendError::StreamOver,
        SendError::AfterFin,
        SendError::AgainstOneWay,
        SendError::NotReplied,
        SendError::SecondReply,
        SendError::ReplyFromOpener,
        SendError::Status,
        SendError::TooManyPings,
        SendError::NotFirst,
        SendError::Settings,
        SendError::PushNotAllowed,
        SendError::NotInVersion,
        SendError::Window,
    ];
    let aborts = [
        Abort::Peer(Status(1)),
        Abort::Local(Status(1), Fault::AfterFin),
        Abort::NotAccepted,
        Abort::Teardown,
    ];
    let http = [
        HttpError::Missing(":path"),
        HttpError::Invalid(":path"),
        HttpError::Url,
        HttpError::NotAssociated,
        HttpError::NoSuchRequest,
        HttpError::OtherOrigin,
        HttpError::Repeated,
        HttpError::Field,
        HttpError::TooLarge,
        HttpError::TooMany,
    ];
    let unsent = [
        websocket::EncodeError::ControlTooLong,
        websocket::EncodeError::InsideMessage,
        websocket::EncodeError::Utf8,
        websocket::EncodeError::CloseCode(CloseCode::NO_STATUS),
        websocket::EncodeError::Closed,
    ];
    let texts = (decode_kinds.iter().map(ToString::to_string))
        .chain(inflate.iter().map(ToString::to_string))
        .chain(headers.iter().map(ToString::to_string))
        .chain(encode.iter().map(ToString::to_string))
        .chain(flow.iter().map(ToString::to_string))
        .chain(faults.iter().map(ToString::to_string))
        .chain(session.iter().map(ToString::to_string))
        .chain(messages.iter().map(ToString::to_string))
        .chain(send.iter().map(ToString::to_string))
        .chain(aborts.iter().map(ToString::to_string))
        .chain(http.iter().map(|error| format!("http: {error}")))
        .chain(websocket_errors().into_iter().map(|(error, _)| error.to_string()))
        .chain(unsent.iter().map(ToString::to_string));
    let mut known = BTreeSet::new();
    for text in texts {
        assert!(text.len() > 10 && text.lines().count() == 1, "{text:?}");
        assert!(!text.ends_with('.') && text.trim() == text, "{text:?}");
        assert!(known.insert(text.clone()), "{text:?} is said of two things");
    }
    assert!(known.len() > 110);
}

/// What one error has of another it says in the other's words.
#[test]
fn an_error_within_an_error_is_said() {
    let mut wire = &control_bytes(6, 0, &[0; 5])[..];
    let error = Decoder::new(D1, Limits::default()).decode(&mut wire).unwrap_err();
    let rule = "only 4 (SPDY Draft 1, section on PING)";
    assert_eq!(error.to_string(), format!("PING at byte 0: {}, {rule}", error.kind));
    let session = SessionError::Decode(error.clone());
    assert_eq!(session.to_string(), format!("the session is over: {error}"));
    assert_eq!(session.source().map(ToString::to_string), Some(error.to_string()));
    assert!(SessionError::TooManyResets.source().is_none());

    let mut syn = &control_bytes(1, 0, &[0, 0, 0, 5, 0, 0, 1])[..];
    let error = Decoder::new(D1, Limits::default()).decode(&mut syn).unwrap_err();
    assert!(error.to_string().starts_with("SYN_STREAM"), "{error}");

    let flow = SessionError::Flow(FlowFault::Overrun);
    assert!(flow.to_string().ends_with(&Fault::Flow(FlowFault::Overrun).to_string()));
    let (list, kind) = (HeaderError::EmptyName, DecodeErrorKind::EmptyName { pair: 1 });
    assert_eq!(SendError::Headers(list).to_string(), EncodeError::Headers(list).to_string());
    assert!(Fault::Decode(kind.clone()).to_string().starts_with(&kind.to_string()));
    let inflate = InflateError::Corrupt;
    assert!(DecodeErrorKind::Inflate(inflate).to_string().contains(&inflate.to_string()));
}

#[test]
fn an_error_of_the_websocket_names_its_section_of_rfc_6455() {
    for (error, section) in websocket_errors() {
        let text = SessionError::WebSocket(error).to_string();
        let said = text.strip_prefix("the session is over: WebSocket: ").unwrap();
        assert_eq!(said, error.to_string());
        let rule = format!(" (RFC 6455, section {section})");
        assert!(
            if section.is_empty() { !said.contains('(') } else { said.ends_with(&rule) },
            "{said}"
        );
    }
    let code = websocket::Error::CloseCode { code: CloseCode(999) }.to_string();
    assert_eq!(code, "a Close frame has the code 999 (RFC 6455, section 7.4)");
    let message = SessionError::Message(MessageFault::Empty).to_string();
    assert_eq!(message, format!("the session is over: {}", MessageFault::Empty));
}

/// What else than the length that it is not.
#[test]
fn a_length_that_is_not_possible_is_said_with_those_that_are() {
    let lengths = [
        (V3, 1, 9, "only 10 and more"),
        (V3, 3, 7, "only 8"),
        (V3, 4, 5, "only 4 and 8 for each entry"),
        (V2, 7, 5, "only 4 or 8"),
    ];
    for (version, number, length, rule) in lengths {
        let wire = control_bytes_of(if version == V2 { 2 } else { 3 }, number, 0, &vec![0; length]);
        let error = Decoder::new(version, Limits::default()).decode(&mut &wire[..]).unwrap_err();
        assert!(error.to_string().contains(&format!("not possible, {rule} (")), "{error}");
    }
}

#[test]
fn a_status_of_go_away_is_shown_with_its_name() {
    for (status, text) in [
        (GoAwayStatus::OK, "OK (0)"),
        (GoAwayStatus::PROTOCOL_ERROR, "PROTOCOL_ERROR (1)"),
        (GoAwayStatus::INTERNAL_ERROR, "INTERNAL_ERROR (2)"),
        (GoAwayStatus(11), "status 11"),
    ] {
        assert_eq!(status.to_string(), text);
    }
}

#[test]
fn a_piece_of_data_is_shown_with_what_is_missing() {
    let mut wire = &data_bytes(1, 1, b"abcdef")[..10];
    let piece = Decoder::new(V3, Limits::default()).decode(&mut wire).unwrap().unwrap();
    assert_eq!(piece.display(V3).to_string(), "DATA stream=1 length=2 remaining=4");
}

/// The error in which a session ends that reads this behind a PING.
fn end(version: Version, wire: &[u8]) -> String {
    let mut server = server_of(version);
    let mut peer = Peer::of(version);
    peer.say(&mut server, &Frame::Ping(PingId::new(1)));
    feed(&mut server, wire).unwrap_err().to_string()
}

/// What arrived, where, by which rule of which draft, and what became of the session.
#[test]
fn the_end_of_a_session_reads_like_an_explanation() {
    let ping = |version| control_bytes_of(version, 6, 0, &[0; 5]);
    assert_eq!(
        end(D1, &ping(1)),
        "the session is over: PING at byte 12: a length of 5 is not possible, only 4 (SPDY Draft 1, \
         section on PING)"
    );
    assert_eq!(
        end(V2, &control_bytes_of(2, 7, 0, &[0; 5])),
        "the session is over: GOAWAY at byte 12: a length of 5 is not possible, only 4 or 8 (SPDY/2, \
         section on GOAWAY)"
    );
    assert_eq!(
        end(D1, &control_bytes_of(2, 6, 0, &[0; 4])),
        "the session is over: frame at byte 12: a control frame of version 2, where 1 is spoken (SPDY \
         Draft 1, section on control frames)"
    );
    assert_eq!(
        end(V31, &control_bytes_of(3, 1, 0, &[0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 1, 2])),
        "the session is over: SYN_STREAM of stream 5 at byte 12: the header block does not begin with \
         a zlib header (RFC 1950, section 2.2) (SPDY/3.1, section on header compression)"
    );
    assert_eq!(
        end(V31, &control_bytes_of(3, 9, 0, &[0, 0, 0, 0, 0, 0, 0, 0])),
        "the session is over: for all streams together, WINDOW_UPDATE with a delta of 0 (section on \
         WINDOW_UPDATE)"
    );
    let wire = Peer::of(V3).encode(&syn(2, false));
    assert_eq!(
        end(V3, &wire),
        "the session is over: SYN_STREAM with stream-ID 2, which is the other side's or not above all \
         before"
    );
    let wire = [0x80, 3, 0, 1, 0, 1, 0, 1];
    assert_eq!(
        end(V3, &wire),
        "the session is over: SYN_STREAM at byte 12: a length of 65537 is above the limit of 65536 \
         (`Limits::control_frame`)"
    );
}

/// The same of a stream that pays for its frame: which header it was, and what was answered.
#[test]
fn the_end_of_a_stream_reads_like_an_explanation() {
    let (mut client, _) = client_of_with_stream(V31, true);
    // A stored block can be changed as it stands; no encoder would write this one.
    let list = [("a", "b"), ("c", "d"), ("e", "line*feed")];
    let mut wire = BytesMut::new();
    let frame = Frame::SynReply(SynReply::new(id(1), list));
    Encoder::new(V31, Compression::Off).encode(&frame, &mut wire).unwrap();
    let value = wire.windows(9).position(|bytes| bytes == b"line*feed").unwrap();
    wire[value + 4] = b'\n';
    let events = feed(&mut client, &wire).unwrap();
    let [Event::Aborted { cause, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(
        cause.to_string(),
        "the stream was reset with PROTOCOL_ERROR (1), for the peer broke a rule: the value of header \
         3 has a control character (section on name/value blocks)"
    );
    let cancelled = Abort::Peer(Status::CANCEL).to_string();
    assert_eq!(cancelled, "the peer reset the stream with CANCEL (5)");
    assert_eq!(Abort::Peer(Status(77)).to_string(), "the peer reset the stream with status 77");
}

/// However the input is cut, an error names the byte at which its frame begins.
#[test]
fn the_offset_is_that_of_the_frame() {
    for version in ALL {
        let number = if version == D1 {
            1
        } else if version == V2 {
            2
        } else {
            3
        };
        let mut wire = Peer::of(version).encode(&syn(1, false));
        wire.extend(data_bytes(1, 0, b"payload"));
        wire.extend(control_bytes_of(number, 6, 0, &[0, 0, 0, 1]));
        wire.extend(control_bytes_of(number, 99, 0, b"unknown"));
        let begin = wire.len() as u64;
        wire.extend(control_bytes_of(number, 6, 0, &[0; 3]));
        for size in [1, 2, 7, 1000] {
            let mut decoder = Decoder::new(version, Limits::default());
            let error = wire.chunks(size).find_map(|mut piece| {
                loop {
                    match decoder.decode(&mut piece) {
                        Ok(Some(_)) => {}
                        Ok(None) => return None,
                        Err(error) => return Some(error),
                    }
                }
            });
            assert_eq!(error.unwrap().offset, begin, "{version}, {size} at a time");
            let mut decoder = Decoder::new(version, Limits::default());
            let mut input = &wire[..wire.len() - 8];
            while decoder.decode(&mut input).unwrap().is_some() {}
            assert_eq!(decoder.finish().unwrap_err().offset, begin, "{version}");
        }
    }
}
