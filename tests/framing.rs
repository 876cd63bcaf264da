//! The head of every frame: kinds, types, lengths, flags, reserved bits, versions.

mod common;

use bytes::BytesMut;
use common::*;
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::frame::{Data, GoAway, Subresource, SynReply, SynStream};
use spdy::{
    Compression, Config, DecodeError, DecodeErrorKind, Frame, FrameType, Headers, PingId, Session,
    SessionError, SettingId, Settings, Status, StreamId,
};

fn encode(frame: &Frame) -> Vec<u8> {
    let mut wire = BytesMut::new();
    Encoder::new(VERSION, Compression::Off).encode(frame, &mut wire).unwrap();
    wire.to_vec()
}

fn decode(mut wire: &[u8]) -> Result<Option<Frame>, DecodeError> {
    Decoder::new(VERSION, Limits::default()).decode(&mut wire)
}

/// What ends a session that is fed these bytes.
fn fatal(session: &mut Session, wire: &[u8]) -> DecodeErrorKind {
    match feed(session, wire) {
        Err(SessionError::Decode(error)) => error.kind,
        other => panic!("{other:?}"),
    }
}

/// A frame of each control type, and the bytes that Draft 1 draws for it.
fn golden() -> Vec<(Frame, Vec<u8>)> {
    let subresource: [&[u8]; 9] = [
        &[0x80, 1, 0, 8, 0, 0, 0, 45, 0, 0, 0, 5, 0, 0, 0, 2],
        &[0x38, 0x30, 0xDF, 0xA2, 0x51, 0xB2, 0, 21, 0, !21, 0xFF],
        b"\0\x03",
        b"url",
        b"\0\x01/",
        b"\0\x06method",
        b"\0\x03",
        b"GET",
        &[0, 0, 0, 0xFF, 0xFF],
    ];
    let announced = [("url", "/"), ("method", "GET")];
    vec![
        (
            Frame::SynStream(SynStream::new(id(1), ())),
            vec![0x80, 1, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0xC0, 0, 0, 0],
        ),
        (
            Frame::SynReply(SynReply::new(id(3), ())),
            vec![0x80, 1, 0, 2, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, 0],
        ),
        (
            fin_stream(0x0405_0607, Status(0x0809_0A0B)),
            vec![0x80, 1, 0, 3, 0, 0, 0, 8, 4, 5, 6, 7, 8, 9, 10, 11],
        ),
        (
            Frame::Settings(Settings::from([(SettingId(0x0102_0304), 0x0506_0708)])),
            vec![0x80, 1, 0, 4, 0, 0, 0, 12, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8],
        ),
        (Frame::Noop, vec![0x80, 1, 0, 5, 0, 0, 0, 0]),
        (
            Frame::Ping(PingId::new(0xFFFE_FDFC)),
            vec![0x80, 1, 0, 6, 0, 0, 0, 4, 0xFF, 0xFE, 0xFD, 0xFC],
        ),
        (Frame::GoAway(GoAway::new(id(7))), vec![0x80, 1, 0, 7, 0, 0, 0, 4, 0, 0, 0, 7]),
        (Frame::Subresource(Subresource::new(id(5), announced)), subresource.concat()),
    ]
}

// S1-001, S1-003, S1-004, S1-014
#[test]
fn each_control_type_has_its_number_behind_version_1() {
    for (number, (frame, wire)) in (1..).zip(golden()) {
        assert_eq!(encode(&frame), wire);
        assert_eq!(wire[..4], [0x80, 1, 0, number]);
        assert_eq!(decode(&wire), Ok(Some(frame)));
    }
}

// S1-001, S1-003
#[test]
fn data_is_a_stream_id_flags_and_a_length_of_24_bits() {
    let mut frame = Data::new(id(0x0405_0607), vec![0xAB; 0x01_0203]);
    frame.fin = true;
    let wire = encode(&Frame::Data(frame));
    assert_eq!(wire[..9], [4, 5, 6, 7, 1, 1, 2, 3, 0xAB]);
    assert_eq!(wire.len(), 8 + 0x01_0203);
}

// S1-002
#[test]
fn the_top_bit_tells_control_from_data() {
    let Ok(Some(Frame::Data(data))) = decode(&[0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]) else {
        panic!("not DATA")
    };
    assert_eq!(data.stream, StreamId::MAX);
    assert_eq!(decode(&[0x80, 1, 0, 5, 0, 0, 0, 0]), Ok(Some(Frame::Noop)));
}

// S1-005
#[test]
fn the_next_frame_begins_right_behind_the_length() {
    let mut server = server();
    let mut peer = Peer::new();
    let mut wire = peer.encode(&syn(1, false));
    for payload in [&b"a"[..], b"bc", b""] {
        wire.extend(control_bytes(119, 0, payload));
        wire.extend(data_bytes(1, 0, payload));
    }
    wire.extend(peer.encode(&data(1, b"d", true)));
    assert_eq!(
        told(&feed(&mut server, &wire).unwrap()),
        ["SynStream 1", "Data 1 \"a\"", "Data 1 \"bc\"", "Data 1 \"d\" fin"]
    );
}

// S1-006
#[test]
fn odd_lengths_are_not_padded() {
    let reply = Frame::SynReply(SynReply::new(id(1), [("abc", "d"), ("e", "fghij")]));
    let wire: [&[u8]; 6] = [
        &[0x80, 1, 0, 2, 0, 0, 0, 42, 0, 0, 0, 1, 0, 0, 0, 2],
        &[0x38, 0x30, 0xDF, 0xA2, 0x51, 0xB2, 0, 18, 0, !18, 0xFF],
        b"\0\x03abc\0\x01",
        b"d\0\x01e\0\x05",
        b"fghij",
        &[0, 0, 0, 0xFF, 0xFF],
    ];
    assert_eq!(encode(&reply), wire.concat());
    assert_eq!(decode(&wire.concat()), Ok(Some(reply)));
}

// S1-007, S1-A09
#[test]
fn we_set_no_flag_on_data_but_fin() {
    let (mut client, _) = client_with_stream(false);
    for fin in [false, true] {
        client.send_data(id(1), &b"x"[..], fin).unwrap();
        assert_eq!(drain(&mut client), data_bytes(1, u8::from(fin), b"x"));
    }
}

// S1-008
#[test]
fn empty_data_is_valid_with_fin_and_without() {
    let (mut server, mut peer) = server_with_stream(false);
    assert_eq!(feed(&mut server, &data_bytes(1, 0, b"")), Ok(vec![]));
    assert_eq!(told(&feed(&mut server, &data_bytes(1, 1, b"")).unwrap()), ["Data 1 \"\" fin"]);
    assert!(peer.hear(&mut server).is_empty());
}

// S1-009
#[test]
fn a_flag_means_what_its_own_frame_says() {
    let (mut server, mut peer) = server_with_stream(false);
    let mut subresource = peer.encode(&Frame::Subresource(Subresource::new(id(1), GET)));
    subresource[4] = 0x03;
    let others = [
        control_bytes(4, 0x03, &[0, 0, 0, 0]),
        control_bytes(5, 0x03, &[]),
        control_bytes(6, 0x03, &[0, 0, 0, 1]),
        control_bytes(7, 0x03, &[0, 0, 0, 0]),
        subresource,
    ];
    let events = feed(&mut server, &others.concat()).unwrap();
    assert_eq!(told(&events), ["Settings []", "GoAway 0", "Subresource 1"]);
    // None of them has ended the stream; the same bit on DATA does.
    let events = feed(&mut server, &data_bytes(1, 0x01, b"x")).unwrap();
    assert_eq!(told(&events), ["Data 1 \"x\" fin"]);
}

// S1-A09
#[test]
fn undefined_flags_are_ignored_except_0x02_on_data() {
    let (mut server, mut peer) = (server(), Peer::new());
    let mut syn_stream = peer.encode(&syn(1, false));
    syn_stream[4] = 0xFE;
    let wire = [syn_stream, data_bytes(1, 0xFC, b"x")].concat();
    assert_eq!(told(&feed(&mut server, &wire).unwrap()), ["SynStream 1", "Data 1 \"x\""]);
    assert_eq!(
        told(&feed(&mut server, &data_bytes(1, 0x02, b"x")).unwrap()),
        ["Aborted 1 Local(Status(1), Decode(DataFlags { flags: 2, length: 1 }))"]
    );
}

// S1-A09: the golden bytes above show that they are written as 0.
#[test]
fn reserved_bits_are_ignored() {
    let (mut client, mut peer) = client_with_stream(false);
    let mut frames: Vec<_> = [
        reply(1, false),
        Frame::Subresource(Subresource::new(id(1), GET)),
        Frame::GoAway(GoAway::new(id(1))),
        fin_stream(1, Status(2)),
    ]
    .iter()
    .map(|frame| peer.encode(frame))
    .collect();
    for frame in &mut frames {
        frame[8] |= 0x80;
    }
    for frame in &mut frames[..2] {
        frame[12..14].fill(0xFF);
    }
    let mut hello = control_bytes(4, 0, &[0xFF, 0xFF, 0, 0]);
    hello.extend(frames.concat());
    assert_eq!(
        told(&feed(&mut client, &hello).unwrap()),
        ["Settings []", "SynReply 1", "Subresource 1", "GoAway 1", "Aborted 1 Peer(Status(2))"]
    );
}

// S1-010, S1-011, S1-016
#[test]
fn a_session_outlives_its_streams() {
    let mut pair = Pair::new();
    for number in [1, 3, 5] {
        let headers = [("method", "GET"), ("connection", "close")];
        assert_eq!(pair.client.open(spdy::Open::new(headers).fin(true)), Ok(id(number)));
        assert_eq!(told(&pair.to_server()), [format!("SynStream {number} fin")]);
        pair.server.reply(id(number), [("connection", "close")], true).unwrap();
        assert_eq!(told(&pair.to_client()), [format!("SynReply {number} fin")]);
    }
    for session in [&mut pair.client, &mut pair.server] {
        assert!(!session.is_done());
        assert_eq!(session.stats().sent.frames(FrameType::GoAway), 0);
        assert_eq!(drain(session), b"");
    }
}

// S1-012
#[test]
fn a_server_may_close_an_idle_connection() {
    let mut pair = Pair::new();
    pair.client.open(GET).unwrap();
    pair.to_server();
    pair.server.close();
    assert_eq!(told(&pair.to_client()), ["GoAway 1"]);
    assert!(pair.server.is_done());
    assert_eq!(end(&mut pair.client), ["Aborted 1 Teardown"]);
}

/// A conversation with every type of frame, that ends in an error.
fn conversation() -> Vec<u8> {
    let mut peer = Peer::new();
    let mut wire = Vec::new();
    for frame in [
        Frame::Settings(Settings::from([(SettingId::ROUND_TRIP_TIME, 30)])),
        syn(1, false),
        data(1, b"x", false),
        Frame::Subresource(Subresource::new(id(1), GET)),
        syn(3, true),
        reply(9, false),
        data(1, b"", true),
        Frame::Noop,
        Frame::Ping(PingId::new(1)),
        Frame::GoAway(GoAway::new(id(0))),
        fin_stream(1, Status::PROTOCOL_ERROR),
    ] {
        wire.extend(peer.encode(&frame));
        wire.extend(control_bytes(119, 0xFF, b"skipped"));
    }
    wire.extend(control_bytes(6, 0, b"12345"));
    wire
}

// S1-015
#[test]
fn input_may_be_cut_anywhere() {
    let wire = conversation();
    let run = |pieces: &[&[u8]]| {
        let mut server = server();
        let mut told_so_far = Vec::new();
        let mut result = Ok(());
        for piece in pieces {
            let (events, end) = feed_to_the_end(&mut server, piece);
            told_so_far.extend(events);
            result = end;
        }
        (told_so_far, result, drain(&mut server))
    };
    let whole = run(&[&wire]);
    assert_eq!(
        told(&whole.0),
        [
            "Settings [Setting { id: SettingId(3), value: 30, flags: 0 }]",
            "SynStream 1",
            "Data 1 \"x\"",
            "Subresource 1",
            "SynStream 3 fin",
            "Data 1 \"\" fin",
            "GoAway 0",
            "Aborted 1 Peer(Status(1))",
            "Aborted 3 Teardown",
        ]
    );
    assert!(whole.1.is_err() && !whole.2.is_empty());
    for cut in 0..wire.len() {
        let (before, behind) = wire.split_at(cut);
        assert_eq!(run(&[before, behind]), whole, "cut at {cut}");
    }
    let bytes: Vec<_> = wire.chunks(1).collect();
    assert_eq!(run(&bytes), whole);
}

// S1-A05
#[test]
fn an_unknown_type_is_skipped_and_not_answered() {
    let (mut server, mut peer) = server_with_stream(false);
    for number in [0, 9, 119, 0xFFFF] {
        for len in [0, 5, 70_000] {
            let mut wire = control_bytes(number, 0xFF, &vec![0x80; len]);
            wire.extend(data_bytes(1, 0, b"x"));
            assert_eq!(told(&feed(&mut server, &wire).unwrap()), ["Data 1 \"x\""]);
        }
    }
    assert_eq!(server.stats().received.frames(FrameType::Unknown), 12);
    assert!(peer.hear(&mut server).is_empty());
}

// S1-A06: of whatever type and length, from the head alone.
#[test]
fn a_control_frame_of_another_version_ends_the_session() {
    for found in [0, 2, 3, 0x7FFF] {
        for number in 0..=9 {
            let mut server = server();
            let [high, low] = u16::to_be_bytes(found | 0x8000);
            let head = [high, low, 0, number, 0, 0xFF, 0xFF, 0xFF];
            assert_eq!(fatal(&mut server, &head), DecodeErrorKind::Version { found, expected: 1 });
            assert_eq!(Peer::new().hear_text(&mut server), ["GOAWAY last_good=0"]);
        }
    }
}

// S1-A22, S1-056, S1-066
#[test]
fn a_length_that_its_type_cannot_have_ends_the_session() {
    let cases: [(u8, &[u8]); 7] = [
        (1, &[0, 7]),
        (2, &[0, 7]),
        (3, &[0, 7, 9]),
        (4, &[0, 3, 5, 11, 13]),
        (6, &[0, 3, 5]),
        (7, &[0, 3, 5, 8]),
        (8, &[0, 7]),
    ];
    for (number, lengths) in cases {
        for &length in lengths {
            let mut server = server();
            let head = [0x80, 1, 0, number, 0, 0, 0, length];
            let found = u32::from(length);
            assert_eq!(fatal(&mut server, &head), DecodeErrorKind::Length { found });
            assert_eq!(Peer::new().hear_text(&mut server), ["GOAWAY last_good=0"]);
        }
    }
}

// S1-A22
#[test]
fn the_payload_of_a_noop_is_skipped() {
    let (mut server, mut peer) = server_with_stream(false);
    let wire = [control_bytes(5, 0, &[0x80; 300]), data_bytes(1, 0, b"x")].concat();
    assert_eq!(told(&feed(&mut server, &wire).unwrap()), ["Data 1 \"x\""]);
    assert!(peer.hear(&mut server).is_empty());
}

// S1-A29
#[test]
fn a_control_frame_above_the_limit_ends_the_session_from_its_head() {
    let head = |number, length: u32| {
        let [_, l0, l1, l2] = length.to_be_bytes();
        [0x80, 1, 0, number, 0, l0, l1, l2]
    };
    let mut limits = Limits::default();
    limits.control_frame = 8192;
    for (config, limit) in
        [(Config::default(), 64 * 1024), (Config::default().limits(limits), 8192)]
    {
        for number in [1, 2, 8] {
            let mut server = Session::server(VERSION, config);
            assert_eq!(feed(&mut server, &head(number, limit)), Ok(vec![]));
            let mut server = Session::server(VERSION, config);
            let length = limit + 1;
            let error = fatal(&mut server, &head(number, length));
            assert_eq!(error, DecodeErrorKind::FrameTooLarge { length, limit });
        }
    }
}

// S1-A29
#[test]
fn data_is_handed_on_as_it_arrives() {
    let (mut server, _) = server_with_stream(false);
    let wire = data_bytes(1, 1, b"abcde");
    assert_eq!(told(&feed(&mut server, &wire[..10]).unwrap()), ["Data 1 \"ab\""]);
    assert_eq!(told(&feed(&mut server, &wire[10..12]).unwrap()), ["Data 1 \"cd\""]);
    assert_eq!(told(&feed(&mut server, &wire[12..]).unwrap()), ["Data 1 \"e\" fin"]);
}

// S1-A31: four more bytes, for an associated stream, stood before the priority.
#[test]
fn the_syn_stream_of_2010_is_not_understood() {
    let today = Peer::new().encode(&syn(1, true));
    let block = &today[16..];
    assert_eq!(block[2..6], [0xDF, 0xA2, 0x51, 0xB2]);
    let payload = [&[0, 0, 0, 1, 0, 0, 0, 0, 0xC0, 0][..], block].concat();
    assert!(matches!(
        fatal(&mut server(), &control_bytes(1, 1, &payload)),
        DecodeErrorKind::Inflate(_)
    ));
}

// S1-A31: type 4 was NOOP in 2009.
#[test]
fn the_noop_of_2009_is_a_hello_without_its_count() {
    let error = fatal(&mut server(), &control_bytes(4, 0, &[]));
    assert_eq!(error, DecodeErrorKind::Length { found: 0 });
}

// S1-A06, S1-A22: nothing is answered behind the error, and the error stays.
#[test]
fn nothing_is_read_behind_a_session_error() {
    let mut server = server();
    let wire = [control_bytes(6, 0, b"12345"), control_bytes(6, 0, b"1234")].concat();
    let mut input = &wire[..];
    let error = server.next_event(&mut input);
    assert!(error.is_err());
    let left = input.len();
    assert_eq!(server.next_event(&mut input), error);
    assert_eq!(input.len(), left);
    assert_eq!(Peer::new().hear_text(&mut server), ["GOAWAY last_good=0"]);
}

// S1-001
#[test]
fn a_head_that_is_not_whole_is_waited_for() {
    let mut decoder = Decoder::new(VERSION, Limits::default());
    assert_eq!(decoder.decode(&mut &[0x80, 1, 0, 5, 0, 0, 0][..]), Ok(None));
    assert_eq!(decoder.finish().map_err(|error| error.kind), Err(DecodeErrorKind::EndOfInput));
    assert_eq!(decoder.decode(&mut &[0][..]), Ok(Some(Frame::Noop)));
    assert_eq!(decoder.finish(), Ok(()));
}

// S1-013
#[test]
fn the_role_decides_what_the_ids_are() {
    assert_eq!(client().open(Headers::new()), Ok(id(1)));
    assert_eq!(server().open(Headers::new()), Ok(id(2)));
}
