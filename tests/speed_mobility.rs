//! HTTP Speed+Mobility: SPDY streams inside WebSocket, behind the handshake. The rules of the streams
//! are those of SPDY/3, which other files show; here stands what is different.

mod common;

use std::sync::atomic::{AtomicU32, Ordering};

use bytes::{Bytes, BytesMut};
use common::*;
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::frame::{Frame, SynStream};
use spdy::session::MessageFault;
use spdy::websocket::{self, Close, CloseCode, Kind, Received};
use spdy::{
    Abort, Compression, Config, Event, GoAwayStatus, Headers, Open, Role, SendError, Session,
    SessionError, SettingId, Version,
};

const SM: Version = Version::SpeedMobility;

/// Masking keys that differ from frame to frame.
fn key() -> [u8; 4] {
    static NEXT: AtomicU32 = AtomicU32::new(0x5EED_0001);
    NEXT.fetch_add(0x0101_0307, Ordering::Relaxed).to_be_bytes()
}

fn session(role: Role, config: Config) -> Session {
    match role {
        Role::Client => Session::client_over_websocket(config, key),
        Role::Server => Session::server_over_websocket(config),
    }
}

/// The other end, message by message: it keeps no rules, so that a test can break any.
struct Peer {
    frames: (Encoder, Decoder),
    messages: (websocket::Encoder, websocket::Decoder),
}

/// What the session said.
#[derive(Debug, PartialEq)]
enum Said {
    Frame(String),
    Ping(Bytes),
    Pong(Bytes),
    Close(u16, Bytes),
}

impl Peer {
    fn of(role: Role) -> Self {
        let encoder = match role {
            Role::Client => websocket::Encoder::client(key as fn() -> [u8; 4]),
            Role::Server => websocket::Encoder::server(),
        };
        Self {
            frames: (Encoder::new(SM, Compression::On), Decoder::new(SM, Limits::default())),
            messages: (encoder, websocket::Decoder::new(role, websocket::Limits::default())),
        }
    }

    fn frame(&mut self, frame: &Frame) -> Vec<u8> {
        let mut bytes = BytesMut::new();
        self.frames.0.encode(frame, &mut bytes).unwrap();
        bytes.to_vec()
    }

    fn message(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut wire = BytesMut::new();
        self.messages.0.message(Kind::Binary, bytes, &mut wire).unwrap();
        wire.to_vec()
    }

    fn wire(&mut self, frame: &Frame) -> Vec<u8> {
        let frame = self.frame(frame);
        self.message(&frame)
    }

    fn say(&mut self, session: &mut Session, frame: &Frame) -> Vec<String> {
        let wire = self.wire(frame);
        told(&feed(session, &wire).unwrap())
    }

    fn control(&mut self, write: impl FnOnce(&mut websocket::Encoder, &mut BytesMut)) -> Vec<u8> {
        let mut wire = BytesMut::new();
        write(&mut self.messages.0, &mut wire);
        wire.to_vec()
    }

    fn ping(&mut self, payload: &[u8]) -> Vec<u8> {
        self.control(|encoder, wire| encoder.ping(payload, wire).unwrap())
    }

    fn close(&mut self, body: Option<(u16, &'static [u8])>) -> Vec<u8> {
        let close = body.map(|(code, rest)| Close::new(CloseCode(code), rest));
        self.control(|encoder, wire| encoder.close(close.as_ref(), wire).unwrap())
    }

    /// Everything that the session has to write.
    fn hear(&mut self, session: &mut Session) -> Vec<Said> {
        let mut wire = Bytes::from(drain(session));
        let (mut said, mut message) = (Vec::new(), Vec::new());
        while let Some(received) = self.messages.1.decode(&mut wire).unwrap() {
            match received {
                Received::Data(data) => {
                    assert_eq!(data.kind, Kind::Binary);
                    message.extend_from_slice(&data.payload);
                    if data.is_last {
                        let frame = std::mem::take(&mut message);
                        let length = usize::from(frame[6]) << 8 | usize::from(frame[7]);
                        assert_eq!(length + (usize::from(frame[5]) << 16) + 8, frame.len());
                        said.push(Said::Frame(self.text(&frame)));
                    }
                }
                Received::Ping(payload) => said.push(Said::Ping(payload)),
                Received::Pong(payload) => said.push(Said::Pong(payload)),
                Received::Close(close) => {
                    let Close { code, rest, .. } = close.unwrap();
                    said.push(Said::Close(code.0, rest));
                }
                other => panic!("{other:?}"),
            }
        }
        self.messages.1.finish().unwrap();
        said
    }

    /// A whole frame as text; DATA in one line, in however many pieces it comes.
    fn text(&mut self, mut frame: &[u8]) -> String {
        let text = match self.frames.1.decode(&mut frame).unwrap().unwrap() {
            Frame::Data(data) => Frame::Data(data).display(SM).to_string(),
            frame => frame.display(SM).to_string(),
        };
        while let Some(more) = self.frames.1.decode(&mut frame).unwrap() {
            assert!(matches!(more, Frame::Data(_)));
        }
        text
    }
}

fn frame(text: &str) -> Said {
    Said::Frame(text.into())
}

fn close(code: u16, last_good: u32) -> Said {
    Said::Close(code, Bytes::from(last_good.to_be_bytes().to_vec()))
}

fn server() -> (Session, Peer) {
    let plain = Config::default().compression(Compression::Off);
    (session(Role::Server, plain), Peer::of(Role::Client))
}

fn client() -> (Session, Peer) {
    let plain = Config::default().compression(Compression::Off);
    (session(Role::Client, plain.push(true)), Peer::of(Role::Server))
}

/// Feeds bytes that end the session: the events before, the error, what it says to it.
fn kill(
    session: &mut Session,
    peer: &mut Peer,
    wire: &[u8],
) -> (Vec<String>, SessionError, Vec<Said>) {
    let (events, end) = feed_to_the_end(session, wire);
    let error = end.unwrap_err();
    assert_eq!(feed(session, wire), Err(error.clone()), "for good");
    let said = peer.hear(session);
    assert!(session.is_done());
    (told(&events), error, said)
}

// Frames and messages.

// SM-020, SM-040, SM-041, SM-050, SM-A01, SM-A03, SM-A04
#[test]
fn each_frame_is_one_binary_message() {
    let (mut client, mut peer) = client();
    let stream = client.open(GET).unwrap();
    client.send_data(stream, &b"hello"[..], true).unwrap();
    assert_eq!(
        peer.hear(&mut client),
        [
            frame(
                "SYN_STREAM stream=1 priority=0 uncompressed method=\"GET\" \
                 url=\"http://www.example.com/\" version=\"HTTP/1.1\""
            ),
            frame("DATA stream=1 fin length=5"),
        ]
    );
    assert_eq!(peer.say(&mut client, &reply(1, false)), ["SynReply 1"]);
    assert_eq!(peer.say(&mut client, &data(1, b"world", true)), ["Data 1 \"world\" fin"]);
    assert_eq!(client.open_streams(), 0);
}

// SM-040: what a server writes, byte by byte, with the frame at its place in the message.
#[test]
fn a_servers_messages_are_these_bytes() {
    let (mut server, mut peer) = server();
    peer.say(&mut server, &syn(1, true));
    server.reply(id(1), (), false).unwrap();
    server.send_data(id(1), &b"hi"[..], true).unwrap();
    server.close();
    #[rustfmt::skip]
    let wire = [
        // FIN + binary, 16 bytes: SYN_REPLY of stream 1, not compressed, no pairs.
        0x82, 16, 0x80, 3, 0, 2, 0x04, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0,
        0x82, 10, 0, 0, 0, 1, 0x01, 0, 0, 2, b'h', b'i',
        // Close: the code 1000, then the last stream that was accepted.
        0x88, 6, 0x03, 0xE8, 0, 0, 0, 1,
    ];
    assert_eq!(drain(&mut server), wire);
}

// SM-021
#[test]
fn a_client_masks_with_the_keys_it_is_given_and_a_server_does_not() {
    let mut client = Session::client_over_websocket(Config::default(), || [0x37, 0xFA, 0x21, 0x3D]);
    client.ping().unwrap();
    let wire = drain(&mut client);
    assert_eq!(wire, [0x89, 0x84, 0x37, 0xFA, 0x21, 0x3D, 0x37, 0xFA, 0x21, 0x3C]);
    let mut other = session(Role::Client, Config::default());
    other.ping().unwrap();
    other.ping().unwrap();
    let wire = drain(&mut other);
    assert_ne!(wire[2..6], wire[12..16], "a key for each frame");

    // The wrong way round it ends the session.
    let (mut server, mut peer) = server();
    let (_, error, said) = kill(&mut server, &mut peer, &[0x82, 0]);
    assert_eq!(error, SessionError::WebSocket(websocket::Error::NotMasked));
    assert_eq!(said, [close(1002, 0)]);
    let (mut client, mut peer) = self::client();
    let (_, error, said) = kill(&mut client, &mut peer, &[0x82, 0x80, 1, 2, 3, 4]);
    assert_eq!(error, SessionError::WebSocket(websocket::Error::Masked));
    assert_eq!(said, [close(1002, 0)]);
}

// SM-024, SM-A04
#[test]
fn a_message_in_fragments_is_one_frame_with_pings_between_them() {
    let (mut server, mut peer) = server();
    let bytes = peer.frame(&syn(1, true));
    let mut wire = Vec::new();
    for (index, byte) in bytes.iter().enumerate() {
        wire.extend(peer.control(|encoder, out| {
            let is_last = index + 1 == bytes.len();
            encoder.fragment(Kind::Binary, &[*byte], is_last, out).unwrap();
        }));
        wire.extend(peer.ping(&[index as u8]));
    }
    assert_eq!(told(&feed(&mut server, &wire).unwrap()), ["SynStream 1 fin"]);
    let pongs = peer.hear(&mut server);
    assert_eq!(pongs.len(), bytes.len());
    assert_eq!(pongs[3], Said::Pong(Bytes::from_static(&[3])));
}

// SM-A04, SM-A09
#[test]
fn a_message_that_is_not_one_frame_ends_the_session() {
    fn whole(peer: &mut Peer) -> Vec<u8> {
        peer.frame(&syn(1, true))
    }
    type Bytes = fn(&mut Peer) -> Vec<u8>;
    let cases: [(Bytes, MessageFault); 5] = [
        (|peer| [whole(peer), peer.frame(&syn(3, true))].concat(), MessageFault::TooLong),
        (|peer| [whole(peer), vec![0]].concat(), MessageFault::TooLong),
        (|peer| whole(peer)[..20].to_vec(), MessageFault::TooShort),
        (|peer| whole(peer)[..3].to_vec(), MessageFault::TooShort),
        (|_| Vec::new(), MessageFault::Empty),
    ];
    for (bytes, fault) in cases {
        let (mut server, mut peer) = server();
        let bytes = bytes(&mut peer);
        let wire = peer.message(&bytes);
        let (_, error, said) = kill(&mut server, &mut peer, &wire);
        assert_eq!(error, SessionError::Message(fault));
        assert!(matches!(said[..], [Said::Close(1002, _)]), "{said:?}");
    }
    let (mut server, mut peer) = server();
    let text = peer.control(|encoder, wire| encoder.message(Kind::Text, b"hi", wire).unwrap());
    let (_, error, said) = kill(&mut server, &mut peer, &text);
    assert_eq!(error, SessionError::Message(MessageFault::Text));
    assert_eq!(said, [close(1003, 0)]);
}

// SM-A04: what is skipped belongs to its message too.
#[test]
fn a_frame_that_is_passed_over_fills_its_message() {
    let (mut server, mut peer) = server();
    let mut wire = peer.message(&control_bytes_of(3, 0x77, 0, b"unknown"));
    wire.extend(peer.wire(&syn(1, true)));
    assert_eq!(told(&feed(&mut server, &wire).unwrap()), ["SynStream 1 fin"]);
    let short = peer.message(&control_bytes_of(3, 0x77, 0, b"unknown")[..10]);
    let (_, error, _) = kill(&mut server, &mut peer, &short);
    assert_eq!(error, SessionError::Message(MessageFault::TooShort));
    let (mut server, mut peer) = self::server();
    let long = [control_bytes_of(3, 0x77, 0, b"unknown"), vec![0x80]].concat();
    let long = peer.message(&long);
    let (_, error, _) = kill(&mut server, &mut peer, &long);
    assert_eq!(error, SessionError::Message(MessageFault::TooLong));
}

// SM-042, SM-043, SM-A08
#[test]
fn frames_that_were_taken_out_of_spdy_end_the_session() {
    for number in [4, 6, 7, 9, 10, 11] {
        let (mut server, mut peer) = server();
        let wire = peer.message(&control_bytes_of(3, number, 0, &[0, 0, 0, 1]));
        let (_, error, said) = kill(&mut server, &mut peer, &wire);
        assert!(
            error.to_string().contains(&format!("control frame of type {number}, ")),
            "{error}"
        );
        assert_eq!(said, [close(1002, 0)]);
    }
    // Nor are they sent.
    let (mut client, mut peer) = client();
    assert_eq!(
        client.send_settings([(SettingId::MAX_CONCURRENT_STREAMS, 1)]),
        Err(SendError::NotInVersion)
    );
    assert_eq!(client.grow_session_window(1), Err(SendError::NotInVersion));
    let stream = client.open(GET).unwrap();
    assert_eq!(client.subresource(stream, GET), Err(SendError::NotInVersion));
    client.ping().unwrap();
    client.close();
    let said = peer.hear(&mut client);
    assert!(matches!(said[..], [Said::Frame(_), Said::Ping(_), Said::Close(..)]), "{said:?}");
}

// SM-A01
#[test]
fn a_control_frame_of_another_version_ends_the_session_before_its_type_is_looked_at() {
    for (version, number) in [(1, 1), (2, 1), (4, 2), (1, 6), (2, 0x77)] {
        let (mut server, mut peer) = server();
        let wire = peer.message(&control_bytes_of(version, number, 0, &[0, 0, 0, 1]));
        let (_, _, said) = kill(&mut server, &mut peer, &wire);
        assert_eq!(said, [close(1002, 0)]);
    }
}

// SM-045, SM-A19
#[test]
fn there_are_no_windows() {
    let (mut client, mut peer) = client();
    let stream = client.open(Open::new(GET)).unwrap();
    client.send_data(stream, vec![7; 1024 * 1024], true).unwrap();
    let said = peer.hear(&mut client);
    assert_eq!(said.len(), 1 + 64, "a megabyte goes out without waiting");
    assert_eq!(client.open_streams(), 1);
    // And a flag that compresses DATA does not exist.
    let flagged = peer.message(&data_bytes(1, 0x02, b"xyz"));
    let events = told(&feed(&mut client, &flagged).unwrap());
    assert!(events[0].starts_with("Aborted 1 Local(Status(1)"), "{events:?}");
    assert_eq!(peer.hear(&mut client), [frame("RST_STREAM stream=1 status=PROTOCOL_ERROR")]);
}

// Header compression.

// SM-050, SM-051, SM-052, SM-053, SM-A10
#[test]
fn each_frame_says_whether_its_headers_are_compressed() {
    let mut client = session(Role::Client, Config::default().compression(Compression::On));
    let mut peer = Peer::of(Role::Server);
    let plain = || Headers::from(GET).uncompressed();
    let one = client.open(Open::new(plain())).unwrap();
    let two = client.open(Open::new(GET).fin(true)).unwrap();
    client.send_headers(one, Headers::from([("x-plain", "1")]).uncompressed(), false).unwrap();
    client.send_headers(one, [("x-packed", "2")], true).unwrap();
    let said = peer.hear(&mut client);
    let list = "method=\"GET\" url=\"http://www.example.com/\" version=\"HTTP/1.1\"";
    assert_eq!(
        said,
        [
            frame(&format!("SYN_STREAM stream=1 priority=0 uncompressed {list}")),
            frame(&format!("SYN_STREAM stream=3 priority=0 fin {list}")),
            frame("HEADERS stream=1 uncompressed x-plain=\"1\""),
            frame("HEADERS stream=1 fin x-packed=\"2\""),
        ]
    );
    assert_eq!(two, id(3));
    // The other way: blocks with and without the flag in turn, and the context goes on.
    for (round, uncompressed) in [true, false, true, false].into_iter().enumerate() {
        let mut list = Headers::from([("x-round", round.to_string())]);
        if uncompressed {
            list = list.uncompressed();
        }
        assert_eq!(peer.say(&mut client, &headers(1, false, list)), ["Headers 1"]);
    }
}

// SM-052: the bit of HEADERS is another one.
#[test]
fn the_flag_bits_are_those_of_the_draft() {
    let (mut server, mut peer) = server();
    peer.say(&mut server, &syn(1, true));
    server.reply(id(1), (), false).unwrap();
    server.send_headers(id(1), (), true).unwrap();
    let wire = drain(&mut server);
    assert_eq!(wire[2..7], [0x80, 3, 0, 2, 0x04]);
    assert_eq!(wire[20..25], [0x80, 3, 0, 8, 0x02 | 0x01]);
}

// Ping and close.

// SM-026, SM-A24
#[test]
fn pings_are_answered_with_their_payload_ahead_of_data() {
    let (mut server, mut peer) = server();
    peer.say(&mut server, &syn(1, true));
    server.reply(id(1), OK, false).unwrap();
    server.send_data(id(1), vec![1; 100_000], false).unwrap();
    let wire = [peer.ping(b"are you there?"), peer.ping(b"")].concat();
    assert_eq!(feed(&mut server, &wire), Ok(vec![]));
    let said = peer.hear(&mut server);
    assert_eq!(said[..2], [Said::Pong("are you there?".into()), Said::Pong(Bytes::new())]);
}

// SM-027
#[test]
fn our_ping_is_answered_and_a_pong_nobody_asked_for_means_nothing() {
    let (mut client, mut peer) = client();
    let ping = client.ping().unwrap();
    let said = peer.hear(&mut client);
    assert_eq!(said, [Said::Ping(Bytes::from_static(&[0, 0, 0, 1]))]);
    let mut pong = |payload: &[u8], client: &mut Session| {
        let wire = peer.control(|encoder, wire| encoder.pong(payload, wire).unwrap());
        feed(client, &wire).unwrap()
    };
    assert_eq!(pong(b"what?", &mut client), []);
    assert_eq!(pong(&[0, 0, 0, 3], &mut client), []);
    assert_eq!(pong(&[0, 0, 0, 1], &mut client), [Event::Pong(ping)]);
    assert_eq!(pong(&[0, 0, 0, 1], &mut client), []);
    assert!(!client.wants_write());
}

#[test]
fn a_ping_flood_that_nobody_reads_ends_the_session() {
    let (mut server, mut peer) = server();
    let flood: Vec<u8> = (0..2_000).flat_map(|_| peer.ping(&[7; 100])).collect();
    let (_, error, said) = kill(&mut server, &mut peer, &flood);
    assert_eq!(error, SessionError::TooManyReplies);
    assert_eq!(said, [close(1002, 0)]);
}

// SM-028, SM-029, SM-030, SM-034, SM-A05
#[test]
fn close_drains_what_is_queued_and_waits_for_the_answer() {
    let (mut server, mut peer) = server();
    peer.say(&mut server, &syn(1, true));
    server.reply(id(1), OK, false).unwrap();
    server.send_data(id(1), &b"all of it"[..], true).unwrap();
    server.close();
    assert_eq!(server.open(GET), Err(SendError::SessionOver));
    let said = peer.hear(&mut server);
    assert_eq!(said[1..], [frame("DATA stream=1 fin length=9"), close(1000, 1)]);
    assert!(!server.is_done(), "the client has not closed");
    let answer = peer.close(Some((1000, &[0, 0, 0, 0])));
    assert_eq!(told(&feed(&mut server, &answer).unwrap()), ["GoAway 0"]);
    assert!(server.is_done() && !server.wants_write());
}

// SM-028
#[test]
fn a_go_away_is_a_close_with_the_code_of_its_status() {
    let statuses = [
        (GoAwayStatus::OK, 1000),
        (GoAwayStatus::PROTOCOL_ERROR, 1002),
        (GoAwayStatus::INTERNAL_ERROR, 1011),
        (GoAwayStatus(11), 1011),
        (GoAwayStatus(12), 1002),
    ];
    for (status, code) in statuses {
        let (mut server, mut peer) = server();
        server.go_away(status);
        assert_eq!(peer.hear(&mut server), [close(code, 0)], "{status}");
    }
}

// SM-034
#[test]
fn a_client_leaves_it_to_the_server_to_close_the_transport() {
    let (mut client, mut peer) = client();
    client.close();
    assert_eq!(peer.hear(&mut client), [close(1000, 0)]);
    assert!(!client.is_done());
    let answer = peer.close(Some((1000, &[0, 0, 0, 0])));
    assert_eq!(told(&feed(&mut client, &answer).unwrap()), ["GoAway 0"]);
    assert!(!client.is_done() && !client.wants_write());
    client.end_of_input();
    assert!(client.is_done());
}

// SM-A05
#[test]
fn go_away_lets_streams_end_and_refuses_new_ones() {
    let (mut server, mut peer) = server();
    peer.say(&mut server, &syn(1, true));
    server.go_away(GoAwayStatus::INTERNAL_ERROR);
    assert!(!server.wants_write(), "nothing may follow a Close frame, so it waits");
    assert_eq!(peer.say(&mut server, &syn(3, true)), [""; 0]);
    assert_eq!(peer.hear(&mut server), [frame("RST_STREAM stream=3 status=REFUSED_STREAM")]);
    assert_eq!(server.open(GET), Err(SendError::GoAway));
    server.reply(id(1), OK, true).unwrap();
    let said = peer.hear(&mut server);
    assert_eq!(said[1..], [close(1011, 3)]);
}

// SM-033, SM-A02, SM-A05, SM-A23
#[test]
fn a_close_of_the_peer_is_answered_and_ends_every_stream() {
    let (mut client, mut peer) = client();
    for _ in 0..3 {
        client.open(GET).unwrap();
    }
    client.send_data(id(1), vec![0; 50_000], true).unwrap();
    drain_some(&mut client, 3);
    let wire = peer.close(Some((1000, &[0, 0, 0, 3])));
    let events = told(&feed(&mut client, &wire).unwrap());
    assert_eq!(
        events,
        ["GoAway 3", "Aborted 5 NotAccepted", "Aborted 1 Teardown", "Aborted 3 Teardown"]
    );
    assert_eq!(client.open(GET), Err(SendError::SessionOver));
}

fn drain_some(session: &mut Session, frames: usize) {
    let mut peer = Peer::of(Role::Server);
    assert!(peer.hear(session).len() >= frames);
}

// SM-032, SM-A02, SM-A06, SM-A23
#[test]
fn close_bodies_of_other_websockets_are_understood() {
    type Body = Option<(u16, &'static [u8])>;
    let cases: [(Body, Option<GoAwayStatus>, u32); 7] = [
        (None, None, 0x7FFF_FFFF),
        (Some((1001, b"")), Some(GoAwayStatus::OK), 0x7FFF_FFFF),
        (Some((1000, b"bye")), Some(GoAwayStatus::OK), 0x7FFF_FFFF),
        (Some((1011, &[0, 0, 0, 1])), Some(GoAwayStatus::INTERNAL_ERROR), 1),
        (Some((1002, &[0, 0, 0, 1, b'x'])), Some(GoAwayStatus::PROTOCOL_ERROR), 1),
        (Some((4000, &[0x80, 0, 0, 1])), Some(GoAwayStatus::PROTOCOL_ERROR), 1),
        (Some((1009, &[0, 0, 0, 0])), Some(GoAwayStatus::PROTOCOL_ERROR), 0),
    ];
    for (body, status, last_good) in cases {
        let (mut client, mut peer) = client();
        client.open(GET).unwrap();
        peer.hear(&mut client);
        let wire = peer.close(body);
        let events = feed(&mut client, &wire).unwrap();
        let Event::GoAway { last_good: found, status: why, .. } = events[0] else {
            panic!("{events:?}");
        };
        assert_eq!((found.get(), why), (last_good, status));
        let cause = if last_good == 0 { Abort::NotAccepted } else { Abort::Teardown };
        let Event::Aborted { cause: found, .. } = &events[1] else { panic!("{events:?}") };
        assert_eq!((found, events.len()), (&cause, 2));
        assert_eq!(peer.hear(&mut client), [close(1000, 0)]);
    }
    // Half a code, and codes that may not be on the wire.
    for body in [&[3][..], &999u16.to_be_bytes(), &1005u16.to_be_bytes()] {
        let (mut client, mut peer) = client();
        let wire = [&[0x88, body.len() as u8], body].concat();
        let (_, _, said) = kill(&mut client, &mut peer, &wire);
        assert_eq!(said, [close(1002, 0)]);
    }
}

// SM-031, SM-A21
#[test]
fn a_session_error_is_told_by_a_close_with_the_code_that_fits() {
    let (mut server, mut peer) = server();
    peer.say(&mut server, &syn(1, false));
    let wire = peer.wire(&syn(2, false));
    let (events, error, said) = kill(&mut server, &mut peer, &wire);
    assert_eq!(events, ["Aborted 1 Teardown"]);
    assert_eq!((error, said), (SessionError::StreamId(id(2)), vec![close(1002, 1)]));

    // A control frame above the limit, seen from its head.
    let (mut server, mut peer) = self::server();
    let mut large = control_bytes_of(3, 1, 0, &[0; 16]);
    large[5] = 2;
    let wire = peer.control(|encoder, wire| {
        encoder.fragment(Kind::Binary, &large, false, wire).unwrap();
    });
    let (_, _, said) = kill(&mut server, &mut peer, &wire);
    assert_eq!(said, [close(1009, 0)]);

    // A message above the limit, likewise.
    let (mut server, mut peer) = self::server();
    let wire = [0x82, 0xFF, 0, 0, 0, 0, 0x10, 0, 0, 0, 1, 2, 3, 4];
    let (_, _, said) = kill(&mut server, &mut peer, &wire);
    assert_eq!(said, [close(1009, 0)]);
}

// SM-034: whoever fails the connection does not wait.
#[test]
fn the_end_of_the_transport_interrupts_every_stream() {
    let (mut server, mut peer) = server();
    peer.say(&mut server, &syn(1, false));
    assert_eq!(end(&mut server), ["Aborted 1 Teardown"]);
    assert!(server.is_done());
}

// Push.

fn push(stream: u32, associated: u32) -> Frame {
    let mut syn = SynStream::new(id(stream), GET);
    syn.associated = Some(id(associated));
    syn.unidirectional = true;
    Frame::SynStream(syn)
}

// SM-060, SM-061, SM-062, SM-A12
#[test]
fn a_server_pushes_only_for_requests_that_allow_it() {
    let (mut server, mut peer) = server();
    let mut allowed = SynStream::new(id(1), GET);
    allowed.push_allowed = true;
    let wire = peer.wire(&Frame::SynStream(allowed));
    let events = feed(&mut server, &wire).unwrap();
    assert!(matches!(events[..], [Event::SynStream { push_allowed: true, .. }]));
    peer.say(&mut server, &syn(3, false));
    let push = |main: u32| Open::new(GET).associated(id(main)).unidirectional(true);
    assert_eq!(server.open(push(3)), Err(SendError::PushNotAllowed));
    assert_eq!(server.open(Open::new(GET).associated(id(1))), Err(SendError::PushNotAllowed));
    let for_nothing = Open::new(GET).unidirectional(true);
    assert_eq!(server.open(for_nothing), Err(SendError::PushNotAllowed));
    assert_eq!(server.open(push(1).push_allowed(true)), Err(SendError::NotInVersion));
    assert_eq!(server.open(push(1)), Ok(id(2)));
    let said = peer.hear(&mut server);
    let Said::Frame(text) = &said[0] else { panic!("{said:?}") };
    assert!(text.starts_with("SYN_STREAM stream=2 associated=1 priority=0 unidirectional"));
}

// SM-060, SM-A11
#[test]
fn a_push_without_leave_costs_its_stream_and_one_with_leave_is_refused_if_unwanted() {
    for wanted in [true, false] {
        let mut client = session(Role::Client, Config::default().push(wanted));
        let mut peer = Peer::of(Role::Server);
        client.open(GET).unwrap();
        client.open(Open::new(GET).push_allowed(true)).unwrap();
        let said = peer.hear(&mut client);
        let Said::Frame(text) = &said[1] else { panic!("{said:?}") };
        assert!(text.contains(" push_allowed "), "{text}");
        assert_eq!(peer.say(&mut client, &push(2, 1)), [""; 0]);
        let mut out_of_place = SynStream::new(id(4), GET);
        out_of_place.push_allowed = true;
        assert_eq!(peer.say(&mut client, &Frame::SynStream(out_of_place)), [""; 0]);
        let allowed = peer.say(&mut client, &push(6, 3));
        assert_eq!(allowed, if wanted { vec!["SynStream 6"] } else { vec![] });
        let mut answers = vec![
            frame("RST_STREAM stream=2 status=PROTOCOL_ERROR"),
            frame("RST_STREAM stream=4 status=PROTOCOL_ERROR"),
        ];
        if !wanted {
            answers.push(frame("RST_STREAM stream=6 status=REFUSED_STREAM"));
        }
        assert_eq!(peer.hear(&mut client), answers);
    }
}

// SM-A20
#[test]
fn streams_above_our_limit_are_refused() {
    let mut server = session(Role::Server, Config::default().max_streams(1));
    let mut peer = Peer::of(Role::Client);
    peer.say(&mut server, &syn(1, false));
    assert_eq!(peer.say(&mut server, &syn(3, false)), [""; 0]);
    assert_eq!(peer.hear(&mut server), [frame("RST_STREAM stream=3 status=REFUSED_STREAM")]);
}

// The same calls.

/// A body that shows where its bytes belong.
fn body(len: u32) -> Vec<u8> {
    (0..len).map(|at| (at.wrapping_mul(at) >> 5) as u8).collect()
}

/// Two sessions, joined byte by byte or in one piece.
fn exchange(piece: usize) -> Vec<String> {
    let mut ends = [
        session(Role::Client, Config::default().compression(Compression::On)),
        session(Role::Server, Config::default()),
    ];
    let mut seen = Vec::new();
    let stream = ends[0].open(GET).unwrap();
    ends[0].send_data(stream, body(70_000), true).unwrap();
    ends[0].ping().unwrap();
    for _ in 0..6 {
        for from in 0..2 {
            let wire = drain(&mut ends[from]);
            let mut bytes = Vec::new();
            for chunk in wire.chunks(piece) {
                for event in feed(&mut ends[1 - from], chunk).unwrap() {
                    match event {
                        Event::SynStream { stream, .. } => {
                            ends[1].reply(stream, OK, false).unwrap();
                            ends[1].send_data(stream, body(20_000), true).unwrap();
                        }
                        Event::Data { data, fin, .. } => {
                            bytes.extend_from_slice(&data);
                            if !fin {
                                continue;
                            }
                        }
                        event => seen.extend(told(&[event])),
                    }
                }
            }
            if !bytes.is_empty() {
                assert!(bytes == body(bytes.len() as u32), "in pieces of {piece}");
                seen.push(format!("{} bytes", bytes.len()));
            }
        }
        if ends[0].open_streams() == 0 {
            ends[0].close();
        }
    }
    ends[0].end_of_input();
    assert!(ends.iter().all(Session::is_done));
    seen
}

// SM-035, SM-044
#[test]
fn two_sessions_speak_as_over_any_transport_however_the_bytes_are_cut() {
    let whole = exchange(usize::MAX);
    assert_eq!(
        whole,
        ["70000 bytes", "Pong 1", "SynReply 1", "20000 bytes", "GoAway 0", "GoAway 1"]
    );
    for piece in [1, 7, 31, 32, 33, 1_000] {
        assert_eq!(exchange(piece), whole, "in pieces of {piece}");
    }
}

// What a client receives is not masked.
#[test]
fn data_that_a_client_receives_is_a_slice_of_its_input_however_little_it_is() {
    let mut client = session(Role::Client, Config::default());
    let mut peer = Peer::of(Role::Server);
    let stream = client.open(GET).unwrap();
    peer.hear(&mut client);
    peer.say(&mut client, &reply(stream.get(), false));
    let wire = Bytes::from(peer.wire(&data(stream.get(), &[7; 60], false)));
    let mut data = Vec::new();
    for at in (0..wire.len()).step_by(10) {
        let mut input = wire.slice(at..wire.len().min(at + 10));
        while let Some(event) = client.next_event(&mut input).unwrap() {
            let Event::Data { data: piece, .. } = event else { panic!("{event:?}") };
            data.push(piece);
        }
    }
    let mut expected = wire[wire.len() - 60..].as_ptr();
    for piece in &data {
        assert_eq!(piece.as_ptr(), expected);
        expected = piece.as_ptr_range().end;
    }
    assert_eq!(data.iter().map(Bytes::len).sum::<usize>(), 60);
}

// What a driver of TCP finds when it makes a session of this version by itself.
#[test]
fn without_a_websocket_there_is_no_session() {
    for role in [Role::Client, Role::Server] {
        let mut session = Session::new(SM, role, Config::default());
        assert_eq!(session.open(GET), Err(SendError::SessionOver));
        assert_eq!(feed(&mut session, b"x"), Err(SessionError::NoWebSocket));
        assert!(session.is_done() && !session.wants_write());
    }
}
