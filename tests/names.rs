//! Versions, frames, IDs and counts by their names and numbers.

mod common;

use std::fmt::{self, Display, Write};

use bytes::{Buf, Bytes};
use common::*;
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::frame::{Credential, Data, Frame, GoAway, Subresource, SynStream};
use spdy::{
    Compression, Config, Event, FrameType, GoAwayStatus, PingId, Session, Setting, SettingId,
    Settings, Status, StreamId, Version,
};

#[test]
fn a_version_is_chosen_by_its_token_and_by_its_name_in_tls() {
    let names = [
        (Version::Draft1, "1", None),
        (Version::Spdy2, "2", Some("spdy/2")),
        (Version::Spdy3, "3", Some("spdy/3")),
        (Version::Spdy3_1, "3.1", Some("spdy/3.1")),
        (Version::SpeedMobility, "sm", None),
    ];
    for (version, token, alpn) in names {
        assert_eq!((version.token(), version.alpn()), (token, alpn));
        assert_eq!(token.parse(), Ok(version));
    }
    for token in ["", "0", "4", "3.0", "spdy/3", "SM", " 3"] {
        let error = token.parse::<Version>().unwrap_err();
        assert_eq!(error.to_string(), "unknown SPDY version; known: 1 2 3 3.1 sm", "{token:?}");
    }
}

// S1-014
#[test]
fn a_frame_has_the_name_of_its_version() {
    let name = |version| [FrameType::FinStream, FrameType::Settings].map(|it| it.name(version));
    assert_eq!(name(Version::Draft1), ["FIN_STREAM", "HELLO"]);
    for version in LATER {
        assert_eq!(name(version), ["RST_STREAM", "SETTINGS"]);
    }
}

#[test]
fn a_stream_id_is_its_number() {
    assert_eq!(u32::from(StreamId::new(0x7FFF_FFFF)), 0x7FFF_FFFF);
    assert_eq!(StreamId::new(7).to_string(), "7");
}

#[test]
fn every_setting_with_a_name_is_read_by_it() {
    let settings = Settings::from([
        (SettingId::UPLOAD_BANDWIDTH, 10),
        (SettingId::DOWNLOAD_BANDWIDTH, 20),
        (SettingId::ROUND_TRIP_TIME, 30),
        (SettingId::MAX_CONCURRENT_STREAMS, 40),
        (SettingId::INITIAL_WINDOW_SIZE, 70),
    ]);
    let values = [
        settings.upload_kb_per_s(),
        settings.download_kb_per_s(),
        settings.round_trip_ms(),
        settings.max_concurrent_streams(),
        settings.initial_window_size(),
    ];
    assert_eq!(values, [10, 20, 30, 40, 70].map(Some));
    assert_eq!(Settings::default().initial_window_size(), None);
}

#[test]
fn an_event_names_its_stream_and_tells_of_its_end() {
    let told = |events: Vec<Event>| {
        let [event] = &events[..] else { panic!("{events:?}") };
        (event.stream(), event.fin())
    };
    let (mut client, mut peer) = client_of_with_stream(Version::Spdy3, true);
    let mut hears = |frame: Frame| told(peer.say(&mut client, &frame));
    assert_eq!(hears(reply(1, false)), (Some(id(1)), false));
    assert_eq!(hears(headers(1, false, [("a", "b")])), (Some(id(1)), false));
    assert_eq!(hears(data(1, b"x", false)), (Some(id(1)), false));
    assert_eq!(hears(fin_stream(1, Status::CANCEL)), (Some(id(1)), false));
    assert_eq!(hears(Frame::Settings(Settings::default())), (None, false));
    assert_eq!(hears(Frame::GoAway(GoAway::new(id(1)))), (None, false));
    client.ping().unwrap();
    assert_eq!(told(peer.say(&mut client, &Frame::Ping(PingId::new(1)))), (None, false));

    for frame in [reply(1, true), headers(1, true, [("a", "b")]), data(1, b"x", true)] {
        let (mut client, mut peer) = client_of_with_stream(Version::Spdy3, true);
        if !matches!(frame, Frame::SynReply(_)) {
            peer.say(&mut client, &reply(1, false));
        }
        assert_eq!(told(peer.say(&mut client, &frame)), (Some(id(1)), true));
    }
    for fin in [false, true] {
        let mut server = server_of(Version::Spdy3);
        let events = Peer::of(Version::Spdy3).say(&mut server, &syn(1, fin));
        assert_eq!(told(events), (Some(id(1)), fin));
    }
    let (mut client, mut peer) = client_with_stream(true);
    peer.say(&mut client, &reply(1, false));
    let announced = peer.say(&mut client, &Frame::Subresource(Subresource::new(id(1), GET)));
    assert_eq!(told(announced), (Some(id(1)), false));
}

#[test]
fn debug_of_a_session_shows_how_far_it_is() {
    let (mut client, _) = client_of_with_stream(Version::Spdy3, false);
    client.send_data(id(1), "four", true).unwrap();
    client.go_away(GoAwayStatus::OK);
    let shown = format!("{client:?}");
    for part in ["Session {", "version: Spdy3,", "role: Client", "open_streams: 1", "queued: 4"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let remaining = client.output().remaining();
    assert_eq!(
        format!("{:?}", client.output()),
        format!("Output {{ remaining: {remaining}, .. }}")
    );
}

#[test]
fn debug_of_a_codec_shows_none_of_its_bytes() {
    let version = Version::Spdy3;
    let mut decoder = Decoder::new(version, Limits::default());
    decoder.decode(&mut &b"\0\0\0"[..]).unwrap();
    let shown = format!("{decoder:?}");
    for part in ["Decoder {", "version: Spdy3,", "offset: 0, wanted: 5, .."] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let encoder = Encoder::new(version, Compression::On);
    assert_eq!(format!("{encoder:?}"), "Encoder { .. }");
}

/// What one end has sent the other one has received, header blocks before and after compression too.
#[test]
fn statistics_of_both_ends_agree() {
    for version in Version::ALL {
        let mut pair = Pair::of(version, Config::default(), Config::default());
        let plain = |session: &Session| session.stats().sent.plain_header_bytes();
        let compressed = |session: &Session| session.stats().sent.compressed_header_bytes();
        for _ in 0..2 {
            let stream = pair.client.open(GET).unwrap();
            pair.client.send_data(stream, "body", false).unwrap();
        }
        pair.client.ping().unwrap();
        assert_eq!(
            (plain(&pair.client), compressed(&pair.client)),
            (0, 0),
            "nothing is staged yet"
        );
        pair.to_server();
        assert_eq!(pair.client.stats().sent, pair.server.stats().received);
        let strings: usize = GET.iter().map(|(name, value)| name.len() + value.len()).sum();
        let width = if version == Version::Draft1 || version == Version::Spdy2 { 2 } else { 4 };
        // Draft 1 has its count outside the block.
        let count = if version == Version::Draft1 { 0 } else { width };
        let block = strings + 2 * GET.len() * width + count;
        assert_eq!(plain(&pair.client), 2 * block as u64, "{version}");
        let on_the_wire = compressed(&pair.client);
        assert!(on_the_wire > 0 && on_the_wire < 2 * block as u64, "{version}: {on_the_wire}");
        let shown = format!("{:?}", pair.client.stats().sent);
        let counts = shown.split_once('{').unwrap().1;
        assert!(counts.contains("frames: {Data: 2, SynStream: 2, Ping: 1}"), "{shown}");
    }
}

/// A writer with room for so many bytes.
struct Narrow(String, usize);

impl Write for Narrow {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > self.1 {
            self.1 = 0;
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

/// A text ends where its writer fails, wherever that is, and says so.
#[track_caller]
fn ends_with_its_writer(text: impl Display) {
    let whole = text.to_string();
    for room in 0..whole.len() {
        let mut writer = Narrow(String::new(), room);
        assert!(write!(writer, "{text}").is_err(), "{whole}");
        assert!(whole.starts_with(&writer.0), "{:?} of {whole}", writer.0);
    }
}

/// One of each type with all that its text can have.
fn frames_with_everything() -> Vec<Frame> {
    let mut syn = SynStream::new(id(3), [("a", "\x01\"b")]);
    (syn.associated, syn.fin, syn.unidirectional) = (Some(id(1)), true, true);
    (syn.push_allowed, syn.slot) = (true, 1);
    let entries = [Setting::new(SettingId(4), 9).flags(1), Setting::new(SettingId(99), 9)];
    let mut settings = Settings::from(entries);
    settings.clear = true;
    let go_away = [Some(GoAwayStatus::OK), Some(GoAwayStatus(9)), None].map(|status| {
        let mut frame = GoAway::new(id(7));
        frame.status = status;
        Frame::GoAway(frame)
    });
    let mut piece = Data::new(id(1), &b"x"[..]);
    piece.remaining = 1;
    let der = Bytes::from_static(b"DER");
    let mut frames = vec![
        Frame::SynStream(syn),
        reply(1, true),
        Frame::Subresource(Subresource::new(id(1), GET)),
        headers(1, true, [("a", "b")]),
        window_update(1, 9),
        Frame::Credential(Credential::new(1, der.clone(), vec![der.clone(), der])),
        fin_stream(1, Status::CANCEL),
        fin_stream(1, Status(99)),
        Frame::Settings(settings),
        Frame::Noop,
        Frame::Ping(PingId::new(7)),
        Frame::Data(piece),
    ];
    frames.extend(go_away);
    frames
}

#[test]
fn the_text_of_a_frame_ends_where_its_writer_fails() {
    for frame in frames_with_everything() {
        for version in Version::ALL {
            ends_with_its_writer(frame.display(version));
        }
    }
}

#[test]
fn the_text_of_an_error_ends_where_its_writer_fails() {
    for (number, length) in [(1, 5), (6, 5), (4, 5)] {
        let wire = control_bytes_of(3, number, 0, &vec![0; length]);
        ends_with_its_writer(feed(&mut server_of(Version::Spdy3), &wire).unwrap_err());
    }
    ends_with_its_writer("9".parse::<Version>().unwrap_err());
}
