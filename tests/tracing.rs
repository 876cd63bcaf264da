//! What a session tells `tracing`: spans for itself and its streams, events for frames and faults.

#[path = "common/carrier.rs"]
mod carrier;
mod common;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use carrier::websocket::{CLOSE, FIN, PING, PONG, frame_for};
use carrier::{SM, session};
use common::*;
use spdy::frame::{Credential, Frame, Subresource};
use spdy::{Config, Headers, Role, Session, Status, Version};
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

/// The lines of a subscriber.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged while something is done.
fn logged(level: Level, done: impl FnOnce()) -> Vec<String> {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .without_time()
        .with_ansi(false)
        .finish();
    tracing::subscriber::with_default(subscriber, done);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// One exchange on each of two joined sessions; the server resets a second stream.
fn exchange(version: Version) {
    let mut pair = Pair::of(version, Config::default(), Config::default());
    let stream = pair.client.open(GET).unwrap();
    pair.client.send_data(stream, "four", true).unwrap();
    pair.to_server();
    pair.server.reply(stream, OK, false).unwrap();
    pair.server.send_data(stream, "seven!!", true).unwrap();
    pair.to_client();
    let second = pair.client.open(GET).unwrap();
    pair.to_server();
    pair.server.fin_stream(second, Status::CANCEL).unwrap();
    pair.to_client();
    pair.client.ping().unwrap();
    pair.to_server();
    pair.to_client();
}

fn count(lines: &[String], parts: &[&str]) -> usize {
    lines.iter().filter(|line| parts.iter().all(|part| line.contains(part))).count()
}

#[test]
fn every_frame_is_an_event_in_the_span_of_its_stream() {
    for version in Version::ALL {
        let lines = logged(Level::TRACE, || exchange(version));
        let session = |role: &str| format!("session{{version={version} role={role}}}");
        for (here, there) in [("Client", "Server"), ("Server", "Client")] {
            let (here, there) = (session(here), session(there));
            for (frame, many) in [("SYN_STREAM", 2), ("SYN_REPLY", 1), ("PING", 2)] {
                let sent = count(&lines, &[&format!(": sent {frame}"), &here]);
                let received = count(&lines, &[&format!(": received {frame}"), &there]);
                assert_eq!(sent, received, "{version} {frame} {lines:#?}");
                let all = count(&lines, &[&format!(": sent {frame}")]);
                assert_eq!(all, many, "{version} {frame}");
            }
        }
        for what in [": sent DATA", ": received DATA"] {
            for length in ["length=4 fin=true", "length=7 fin=true"] {
                let data = [what, "stream{stream=1 ", length];
                assert_eq!(count(&lines, &data), 1, "{version} {lines:#?}");
            }
        }
        let reset = if version == Version::Draft1 { "FIN_STREAM" } else { "RST_STREAM" };
        // A stream has its span from its SYN_STREAM on, until it is over here.
        let events = [
            (": sent SYN_STREAM", 1),
            (": sent SYN_REPLY", 1),
            (": received SYN_REPLY", 1),
            (&format!(": received {reset}"), 3),
        ];
        for (event, stream) in events {
            let stream = format!("stream{{stream={stream} ");
            assert_eq!(count(&lines, &[event, &stream]), 1, "{version} {event} {lines:#?}");
        }
        assert!(lines.iter().all(|line| line.contains(" spdy: ") || line.contains(" spdy::")));
    }
}

#[test]
fn what_is_given_back_is_an_event_in_the_span_of_its_stream() {
    for version in [Version::Spdy3, Version::Spdy3_1] {
        let lines = logged(Level::TRACE, || {
            let mut pair = Pair::of(version, Config::default(), Config::default());
            let stream = pair.client.open(GET).unwrap();
            pair.client.send_data(stream, vec![0; 40_000], false).unwrap();
            pair.to_server();
            pair.to_client();
        });
        for event in [": sent WINDOW_UPDATE", ": received WINDOW_UPDATE"] {
            let of_the_stream = count(&lines, &[event, "stream{stream=1 "]);
            assert!(of_the_stream > 0, "{version} {event} {lines:#?}");
            let of_the_session = count(&lines, &[event]) - of_the_stream;
            assert_eq!(of_the_session > 0, version == Version::Spdy3_1, "{version} {lines:#?}");
        }
    }
}

#[test]
fn a_span_lasts_as_long_as_its_stream_or_session() {
    let lines = logged(Level::DEBUG, || exchange(Version::Spdy3_1));
    let streams = ["stream{stream=1 ", "stream{stream=3 "];
    for stream in streams {
        assert_eq!(count(&lines, &[stream, ": new"]), 2, "{lines:#?}");
        assert_eq!(count(&lines, &[stream, ": close"]), 2, "{lines:#?}");
    }
    let first_closes =
        lines.iter().position(|line| line.contains(streams[0]) && line.contains(": close"));
    let second_opens =
        lines.iter().position(|line| line.contains(streams[1]) && line.contains(": new"));
    assert!(first_closes < second_opens, "{lines:#?}");
    assert_eq!(lines.len(), 2 * 2 + 2 * 2 * 2, "frames are no matter of this level: {lines:#?}");
}

#[test]
fn faults_are_said_as_errors_say_them() {
    let lines = logged(Level::DEBUG, || {
        let (mut server, mut peer) = server_of_with_stream(Version::Spdy3_1, true);
        // Behind its FIN.
        peer.say(&mut server, &data(1, b"more", false));
        feed(&mut server, &control_bytes_of(3, 6, 0, &[0; 5])).unwrap_err();
    });
    let fault = "the stream was reset with STREAM_ALREADY_CLOSED (9), for the peer broke a rule";
    assert_eq!(count(&lines, &["DEBUG", fault, "stream=1"]), 1, "{lines:#?}");
    let end = "the session is over: PING at byte ";
    assert_eq!(count(&lines, &["DEBUG", end]), 1, "{lines:#?}");
}

#[test]
fn no_secret_is_recorded() {
    let lines = logged(Level::TRACE, || {
        for version in Version::ALL {
            let mut pair = Pair::of(version, Config::default(), Config::default());
            let mut list = Headers::from(GET);
            list.append("cookie", "s3cret");
            list.append("authorization", "s3cret");
            let stream = pair.client.open(list.clone()).unwrap();
            pair.to_server();
            list.append_sensitive("x-token", "s3cret");
            pair.server.reply(stream, list, false).unwrap();
            drain(&mut pair.server);
        }
    });
    assert!(count(&lines, &["cookie", "authorization", "[6 bytes]"]) >= 12, "{lines:#?}");
    assert_eq!(count(&lines, &["s3cret"]), 0, "{lines:#?}");
}

#[test]
fn what_stands_beside_the_frames_is_recorded_too() {
    let lines = logged(Level::TRACE, || {
        let mut server = session(SM, Role::Server, Config::default());
        let from_the_peer = [(PING, &b"beat"[..]), (PONG, b""), (CLOSE, &[3, 0xE8, 0, 0, 0, 0])];
        for (opcode, payload) in from_the_peer {
            feed(&mut server, &frame_for(Role::Server, FIN | opcode, payload)).unwrap();
        }
        drain(&mut server);
    });
    for message in ["received Ping", "received Pong", "received Close", "sent Pong"] {
        let parts = [&format!(": {message} of WebSocket"), "session{version=Speed+Mobility "];
        assert_eq!(count(&lines, &[parts[0], parts[1]]), 1, "{message}: {lines:#?}");
    }
    assert_eq!(count(&lines, &["beat"]), 0, "{lines:#?}");
}

#[test]
fn headers_and_announcements_are_events_in_the_span_of_their_stream() {
    let lines = logged(Level::TRACE, || {
        let (mut server, mut peer) = server_of_with_stream(Version::Spdy3, false);
        peer.say(&mut server, &headers(1, false, [("x", "y")]));
        let (mut client, mut peer) = client_with_stream(true);
        peer.say(&mut client, &reply(1, false));
        peer.say(&mut client, &Frame::Subresource(Subresource::new(id(1), GET)));
    });
    for frame in ["HEADERS", "SUBRESOURCE"] {
        let parts = ["stream{stream=1 ", &format!(": received {frame} ")];
        assert_eq!(count(&lines, &parts), 1, "{frame}: {lines:#?}");
    }
}

#[test]
fn a_credential_is_recorded_by_its_name_alone() {
    let lines = logged(Level::TRACE, || {
        let credential = Credential::new(1, "pr00f".into(), vec![Bytes::from_static(b"c3rt")]);
        let (mut server, mut peer) = server_of_with_stream(Version::Spdy3, false);
        peer.say(&mut server, &Frame::Credential(credential));
    });
    let found: Vec<_> = lines.iter().filter(|line| line.contains("CREDENTIAL")).collect();
    let [line] = found[..] else { panic!("{lines:#?}") };
    assert!(line.ends_with("received CREDENTIAL"), "{line}");
}

#[test]
fn a_session_that_nobody_listens_to_says_nothing() {
    let mut session = Session::client(Version::Spdy3_1, Config::default());
    let lines = logged(Level::TRACE, || {
        session.open(GET).unwrap();
        drain(&mut session);
    });
    assert!(lines.is_empty(), "{lines:#?}");
}
