//! Flow control in SPDY/3 and 3.1: what is sent, what is given back, and what breaks the rules.

mod common;

use bytes::Buf;
use common::*;
use proptest::prelude::*;
use spdy::frame::{Data, Frame};
use spdy::{
    Abort, Config, Event, Fault, FlowControl, FlowFault, Open, Priority, SendError, Session,
    SessionError, SettingId, Settings, Status, Version,
};

const V3: [Version; 2] = [Version::Spdy3, Version::Spdy3_1];
const V31: Version = Version::Spdy3_1;
const WINDOW: usize = 65_536;
const MAX: u32 = 0x7FFF_FFFF;

/// A client that may send on stream 1, and its peer.
fn sender(version: Version) -> (Session, Peer) {
    sender_with(version, Config::default())
}

fn sender_with(version: Version, config: Config) -> (Session, Peer) {
    let (mut client, mut peer) = (Session::client(version, config), Peer::of(version));
    client.open(GET).unwrap();
    peer.hear(&mut client);
    peer.say(&mut client, &reply(1, false));
    (client, peer)
}

/// A server that has replied to stream 1, and its peer.
fn receiver(version: Version, config: Config) -> (Session, Peer) {
    let (mut server, mut peer) = (Session::server(version, config), Peer::of(version));
    peer.say(&mut server, &syn(1, false));
    server.reply(id(1), OK, false).unwrap();
    peer.hear(&mut server);
    (server, peer)
}

/// How many bytes of DATA go out on a stream, and in whatever else.
fn sent(session: &mut Session, peer: &mut Peer, stream: u32) -> (usize, Vec<String>) {
    let (mut len, mut others) = (0, Vec::new());
    for frame in peer.hear(session) {
        match frame {
            Frame::Data(data) if data.stream == id(stream) && !data.payload.is_empty() => {
                len += data.payload.len();
            }
            frame => others.push(frame.display(session.version()).to_string()),
        }
    }
    (len, others)
}

fn bytes(stream: u32, len: usize, fin: bool) -> Frame {
    let mut frame = Data::new(id(stream), vec![0; len]);
    frame.fin = fin;
    Frame::Data(frame)
}

fn initial_window(size: u32) -> Frame {
    Frame::Settings(Settings::from([(SettingId::INITIAL_WINDOW_SIZE, size)]))
}

/// What was given back: to the streams, and to the session.
fn credit(session: &mut Session, peer: &mut Peer) -> (Vec<(u32, u32)>, u32) {
    let (mut streams, mut whole) = (Vec::new(), 0);
    for frame in peer.hear(session) {
        if let Frame::WindowUpdate(update) = frame {
            match update.stream.get() {
                0 => whole += update.delta,
                stream => streams.push((stream, update.delta)),
            }
        }
    }
    (streams, whole)
}

/// 3.1 has a window for the session too.
fn session_credit(version: Version, len: u32) -> u32 {
    if version == V31 { len } else { 0 }
}

// Sending.

// S3-080, S3-081, S3-082, S3-A09, S31-001, S31-003, S31-004
#[test]
fn a_sender_stops_after_65536_bytes_and_goes_on_with_what_it_is_given() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        client.send_data(id(1), vec![0; 200_000], true).unwrap();
        assert_eq!(sent(&mut client, &mut peer, 1).0, WINDOW);
        assert!(!client.wants_write(), "nothing can be written");
        assert_eq!(client.queued(), 200_000 - WINDOW);
        // A window of 1 is used; in 3.1 both are needed.
        peer.say(&mut client, &window_update(1, 1));
        assert_eq!(sent(&mut client, &mut peer, 1).0, if version == V31 { 0 } else { 1 });
        peer.say(&mut client, &window_update(0, 1));
        assert_eq!(sent(&mut client, &mut peer, 1).0, if version == V31 { 1 } else { 0 });
        for stream in [0, 1] {
            peer.say(&mut client, &window_update(stream, 1_000_000));
        }
        assert_eq!(sent(&mut client, &mut peer, 1).0, 200_000 - WINDOW - 1);
    }
}

// S31-001, S31-003
#[test]
fn two_streams_share_the_window_of_the_session() {
    let (mut client, mut peer) = sender(V31);
    client.open(GET).unwrap();
    for stream in [1, 3] {
        client.send_data(id(stream), vec![0; WINDOW], true).unwrap();
    }
    let frames = peer.hear(&mut client);
    let data = frames.iter().filter_map(|frame| match frame {
        Frame::Data(data) => Some(data.payload.len()),
        _ => None,
    });
    assert_eq!(data.sum::<usize>(), WINDOW);
    peer.say(&mut client, &window_update(0, MAX - 1));
    assert!(client.wants_write());
}

// S3-086, S3-087, S31-010, S3-A08: 60 KB sent, 16 KB set: 44 KB below nothing.
#[test]
fn settings_move_the_windows_of_open_streams_below_nothing_and_back() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        client.send_data(id(1), vec![0; 60_000], false).unwrap();
        assert_eq!(sent(&mut client, &mut peer, 1).0, 60_000);
        peer.say(&mut client, &initial_window(16_000)); // 16,000 - 60,000 = -44,000
        client.send_data(id(1), vec![0; 10], false).unwrap();
        peer.say(&mut client, &window_update(1, 44_000)); // 0
        assert_eq!(sent(&mut client, &mut peer, 1).0, 0);
        peer.say(&mut client, &window_update(1, 1));
        assert_eq!(sent(&mut client, &mut peer, 1).0, 1);
        peer.say(&mut client, &initial_window(16_005));
        assert_eq!(sent(&mut client, &mut peer, 1).0, 5);
        // A new stream begins with the new size.
        client.open(GET).unwrap();
        client.send_data(id(3), vec![0; 5_000], false).unwrap();
        peer.say(&mut client, &initial_window(16_001));
        assert_eq!(sent(&mut client, &mut peer, 3).0, 5_000);
    }
}

// S3-086: what is ready is stopped, what is blocked goes on, and the order stays.
#[test]
fn settings_stop_and_start_many_streams() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        for _ in 0..20 {
            let stream = client.open(GET).unwrap();
            client.send_data(stream, vec![0; 100], true).unwrap();
        }
        peer.say(&mut client, &initial_window(0));
        let lines = peer.hear_text(&mut client);
        assert!(lines.iter().all(|line| line.starts_with("SYN_STREAM")), "{lines:?}");
        assert!(!client.wants_write());
        peer.say(&mut client, &initial_window(40));
        assert_eq!(peer.hear(&mut client).len(), 20);
        peer.say(&mut client, &initial_window(100));
        let lines = peer.hear_text(&mut client);
        let expected = (0..20).map(|n| format!("DATA stream={} fin length=60", 2 * n + 3));
        assert_eq!(lines, expected.collect::<Vec<_>>());
    }
}

// S3-086: those that go on take their turns as ever.
#[test]
fn of_streams_that_settings_let_go_on_the_most_urgent_is_first() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        peer.say(&mut client, &initial_window(0));
        for level in [3, 1, 7, 1, 0, 3] {
            let stream = client.open(Open::new(GET).priority(Priority::new(level))).unwrap();
            client.send_data(stream, vec![0; 30], true).unwrap();
        }
        peer.hear(&mut client);
        assert!(!client.wants_write());
        peer.say(&mut client, &initial_window(10));
        assert!(client.wants_write());
        // One that was never blocked is in line before those that come back one by one.
        let late = client.open(Open::new(GET).priority(Priority::new(1))).unwrap();
        client.send_data(late, vec![0; 10], true).unwrap();
        let order = |lines: Vec<String>| -> Vec<u32> {
            let lines = lines.iter().filter_map(|line| line.strip_prefix("DATA stream="));
            lines.map(|rest| rest.split(' ').next().unwrap().parse().unwrap()).collect()
        };
        let lines = order(peer.hear_text(&mut client));
        assert_eq!(lines, [11, 15, 5, 9, 3, 13, 7]);
        // Shut again before they have left: nothing leaves, and nothing is promised.
        peer.say(&mut client, &initial_window(30));
        peer.say(&mut client, &initial_window(5));
        assert!(!client.wants_write());
        peer.say(&mut client, &initial_window(30));
        assert_eq!(order(peer.hear_text(&mut client)), [11, 5, 9, 3, 13, 7]);
    }
}

// S3-086: whatever becomes of those that are ahead.
#[test]
fn streams_that_settings_let_go_on_do_so_when_the_first_dies_or_stops() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        peer.say(&mut client, &initial_window(0));
        for _ in 0..3 {
            let stream = client.open(GET).unwrap();
            client.send_data(stream, vec![0; 30], true).unwrap();
        }
        peer.hear(&mut client);
        peer.say(&mut client, &initial_window(10));
        peer.say(&mut client, &fin_stream(3, Status::CANCEL));
        client.fin_stream(id(5), Status::CANCEL).unwrap();
        let lines = peer.hear_text(&mut client);
        assert_eq!(lines, ["RST_STREAM stream=5 status=CANCEL", "DATA stream=7 length=10"]);

        // One that was given more goes on where all others stop.
        let late = client.open(GET).unwrap();
        client.send_data(late, vec![0; 30], true).unwrap();
        peer.hear(&mut client);
        peer.say(&mut client, &window_update(7, 5));
        peer.say(&mut client, &initial_window(20));
        peer.say(&mut client, &initial_window(8));
        assert_eq!(peer.hear_text(&mut client), ["DATA stream=7 length=3"]);
    }
}

// S31-009
#[test]
fn settings_do_not_move_the_window_of_the_session() {
    let (mut client, mut peer) = sender(V31);
    peer.say(&mut client, &initial_window(1_000_000));
    client.send_data(id(1), vec![0; 200_000], true).unwrap();
    assert_eq!(sent(&mut client, &mut peer, 1).0, WINDOW);
    peer.say(&mut client, &window_update(0, 34_464));
    assert_eq!(sent(&mut client, &mut peer, 1).0, 34_464);
}

// S3-090, S3-A24, S31-005: replies, headers, resets, PINGs and an empty end pass a shut window.
#[test]
fn only_data_with_bytes_waits_for_a_window() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        for _ in 0..3 {
            client.open(GET).unwrap();
        }
        peer.hear(&mut client);
        client.send_data(id(1), vec![0; WINDOW + 1], false).unwrap();
        assert_eq!(sent(&mut client, &mut peer, 1).0, WINDOW);
        peer.say(&mut client, &initial_window(0)); // all windows are shut, in both senses
        client.send_data(id(3), "", true).unwrap();
        client.send_headers(id(5), [("a", "1")], true).unwrap();
        client.fin_stream(id(7), Status::CANCEL).unwrap();
        client.ping().unwrap();
        let expected = [
            "DATA stream=3 fin length=0",
            "HEADERS stream=5 fin a=\"1\"",
            "RST_STREAM stream=7 status=CANCEL",
            "PING id=1",
        ];
        assert_eq!(peer.hear_text(&mut client), expected);
    }
}

// Whatever a stream queues behind its data waits with it, and no other stream does.
#[test]
fn a_blocked_stream_holds_up_itself_alone() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        peer.say(&mut client, &window_update(0, 1_000_000));
        client.open(GET).unwrap();
        peer.hear(&mut client);
        client.send_data(id(1), vec![0; WINDOW + 5], false).unwrap();
        client.send_headers(id(1), [("a", "1")], true).unwrap();
        client.send_data(id(3), vec![0; 10], true).unwrap();
        let lines = peer.hear_text(&mut client);
        assert!(lines.contains(&"DATA stream=3 fin length=10".to_owned()));
        assert!(!lines.iter().any(|line| line.starts_with("HEADERS")));
        peer.say(&mut client, &window_update(1, 5));
        let rest = ["DATA stream=1 length=5", "HEADERS stream=1 fin a=\"1\""];
        assert_eq!(peer.hear_text(&mut client), rest);
    }
}

// close() waits for what the peer holds up, and a reset ends that.
#[test]
fn go_away_waits_for_blocked_data() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        client.send_data(id(1), vec![0; WINDOW + 5], true).unwrap();
        client.close();
        assert_eq!(sent(&mut client, &mut peer, 1), (WINDOW, vec![]));
        assert!(!client.wants_write() && !client.is_done());
        for stream in [0, 1] {
            peer.say(&mut client, &window_update(stream, 5));
        }
        let (len, others) = sent(&mut client, &mut peer, 1);
        assert_eq!((len, others), (5, vec!["GOAWAY last_good=0 status=OK".to_owned()]));
        assert!(client.is_done());

        let (mut client, mut peer) = sender(version);
        client.send_data(id(1), vec![0; WINDOW + 5], true).unwrap();
        client.close();
        peer.hear(&mut client);
        peer.say(&mut client, &fin_stream(1, Status::CANCEL));
        assert_eq!(peer.hear_text(&mut client), ["GOAWAY last_good=0 status=OK"]);
    }
}

// DATA that was staged and taken back with its stream is not lost to the session's window.
#[test]
fn a_reset_gives_the_session_back_what_did_not_leave() {
    let (mut client, mut peer) = sender(V31);
    client.open(GET).unwrap();
    peer.hear(&mut client);
    client.send_data(id(1), vec![0; WINDOW], true).unwrap();
    assert!(client.output().remaining() > WINDOW); // staged, nothing taken
    client.fin_stream(id(1), Status::CANCEL).unwrap();
    client.send_data(id(3), vec![0; WINDOW], true).unwrap();
    assert_eq!(sent(&mut client, &mut peer, 3).0, WINDOW);
}

// S3-085, S31-008, S3-A23
#[test]
fn a_window_above_the_maximum_costs_the_stream() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        peer.say(&mut client, &window_update(1, 0x7FFE_FFFF)); // 2^31 - 1 in all
        assert!(peer.hear(&mut client).is_empty());
        let events = peer.say(&mut client, &window_update(1, 1));
        let fault = Fault::Flow(FlowFault::Overflow);
        let cause = Abort::Local(Status::FLOW_CONTROL_ERROR, fault);
        assert!(matches!(&events[..], [Event::Aborted { cause: found, .. }] if *found == cause));
        let reset = "RST_STREAM stream=1 status=FLOW_CONTROL_ERROR";
        assert_eq!(peer.hear_text(&mut client), [reset]);

        // By SETTINGS: each stream that is lifted too high, and no other.
        let (mut client, mut peer) = sender(version);
        client.open(GET).unwrap();
        peer.hear(&mut client);
        peer.say(&mut client, &window_update(1, 10));
        let events = told(&peer.say(&mut client, &initial_window(MAX)));
        assert_eq!(events[1..], ["Aborted 1 Local(Status(7), Flow(Overflow))"]);
        assert_eq!(peer.hear_text(&mut client), [reset]);
        assert_eq!(client.open_streams(), 1);
    }
}

// S3-A23: held against what a window is now, not what it once was.
#[test]
fn a_window_that_was_used_since_is_not_too_large() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        for _ in 0..3 {
            client.open(GET).unwrap();
        }
        peer.hear(&mut client);
        peer.say(&mut client, &window_update(0, 1_000));
        for (stream, delta) in [(1, 100), (3, 300), (5, 150), (7, 250)] {
            peer.say(&mut client, &window_update(stream, delta));
        }
        client.send_data(id(3), vec![0; 150], false).unwrap();
        client.send_data(id(7), vec![0; 249], true).unwrap();
        peer.hear(&mut client);
        // Stream 1 has 100 in advance, 3 and 5 have 150, and 7 is finished.
        assert_eq!(told(&peer.say(&mut client, &initial_window(MAX - 150))).len(), 1);
        let events = told(&peer.say(&mut client, &initial_window(MAX - 100)));
        let overflow = |stream| format!("Aborted {stream} Local(Status(7), Flow(Overflow))");
        assert_eq!(events[1..], [3, 5].map(overflow));
        let events = told(&peer.say(&mut client, &initial_window(MAX)));
        assert_eq!(events[1..], [overflow(1)]);
        assert_eq!(client.open_streams(), 1);
    }
}

// S31-008, S31-A01
#[test]
fn a_window_of_the_session_above_the_maximum_ends_it() {
    let (mut client, mut peer) = sender(V31);
    peer.say(&mut client, &window_update(0, MAX - 65_536));
    let wire = peer.encode(&window_update(0, 1));
    let (events, end) = feed_to_the_end(&mut client, &wire);
    assert_eq!(told(&events), ["Aborted 1 Teardown"]);
    assert_eq!(end, Err(SessionError::Flow(FlowFault::Overflow)));
    assert_eq!(peer.hear_text(&mut client), ["GOAWAY last_good=0 status=PROTOCOL_ERROR"]);
}

/// WINDOW_UPDATE with a delta of 0, which no encoder writes.
fn nothing(stream: u8) -> Vec<u8> {
    control_bytes_of(3, 9, 0, &[0, 0, 0, stream, 0, 0, 0, 0])
}

// S3-A06
#[test]
fn a_delta_of_nothing_is_a_fault_where_window_updates_count() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        feed(&mut client, &nothing(9)).unwrap(); // never used: void
        let events = told(&feed(&mut client, &nothing(1)).unwrap());
        assert_eq!(events, ["Aborted 1 Local(Status(1), Flow(ZeroDelta))"]);
        assert_eq!(peer.hear_text(&mut client), ["RST_STREAM stream=1 status=PROTOCOL_ERROR"]);
        let (_, end) = feed_to_the_end(&mut client, &nothing(0));
        let in_3_1 = Err(SessionError::Flow(FlowFault::ZeroDelta));
        assert_eq!(end, if version == V31 { in_3_1 } else { Ok(()) });
    }
}

// S3-A07
#[test]
fn an_initial_window_above_the_maximum_ends_the_session() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        let wire = peer.encode(&initial_window(MAX + 1));
        let (_, end) = feed_to_the_end(&mut client, &wire);
        assert_eq!(end, Err(SessionError::Flow(FlowFault::InitialWindow)));
        // Nor do we send one.
        let mut client = client_of(version);
        let too_much = [(SettingId::INITIAL_WINDOW_SIZE, MAX + 1)];
        assert_eq!(client.send_settings(too_much), Err(SendError::Settings));
    }
}

// S3-089, S31-012: void behind our FIN; taken behind the peer's.
#[test]
fn window_updates_count_until_our_fin_has_left() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        client.send_data(id(1), "x", true).unwrap();
        peer.hear(&mut client);
        assert!(peer.say(&mut client, &window_update(1, MAX)).is_empty());
        assert!(peer.hear(&mut client).is_empty());

        let (mut client, mut peer) = sender(version);
        peer.say(&mut client, &window_update(0, 1_000_000));
        // FIN was asked for, and waits: the stream is not finished.
        client.send_data(id(1), vec![0; WINDOW + 7], true).unwrap();
        peer.say(&mut client, &bytes(1, 0, true));
        peer.hear(&mut client);
        peer.say(&mut client, &window_update(1, 7));
        assert_eq!(peer.hear_text(&mut client), ["DATA stream=1 fin length=7"]);
        assert_eq!(client.open_streams(), 0);
    }
}

// Receiving.

// S3-083, S31-002, S31-007
#[test]
fn what_the_caller_has_is_given_back_to_stream_and_session() {
    for version in V3 {
        let (mut server, mut peer) = receiver(version, Config::default());
        peer.say(&mut server, &bytes(1, 1, false));
        peer.say(&mut server, &bytes(1, 999, false));
        assert!(server.wants_write());
        let expected = (vec![(1, 1_000)], session_credit(version, 1_000));
        assert_eq!(credit(&mut server, &mut peer), expected);
        assert!(!server.wants_write());
    }
}

// S3-083: as late as the caller allows, and never so late that the peer has to stop.
#[test]
fn credit_waits_for_its_batch_and_never_for_more_than_half_of_the_window() {
    for version in V3 {
        for (batch, window, at) in [(1_000, 65_536, 1_001), (60_000, 65_536, 32_769), (9, 12, 7)] {
            let config = Config::default().credit_batch(batch);
            let (mut server, mut peer) = receiver(version, config);
            server.send_settings([(SettingId::INITIAL_WINDOW_SIZE, window)]).unwrap();
            peer.hear(&mut server);
            peer.say(&mut server, &bytes(1, at - 1, false));
            assert!(!server.wants_write(), "batch {batch}, window {window}");
            peer.say(&mut server, &bytes(1, 1, false));
            let len = u32::try_from(at).unwrap();
            let of_session = if batch < len || len > 32_768 { len } else { 0 };
            let expected = (vec![(1, len)], session_credit(version, of_session));
            assert_eq!(credit(&mut server, &mut peer), expected, "batch {batch}");
        }

        // What is held counts too: of a window that is nearly used up everything is given back.
        let config = Config::default().credit_batch(30_000).manual_credit(true);
        let (mut server, mut peer) = receiver(version, config);
        peer.say(&mut server, &bytes(1, 29_000, false));
        server.release(id(1), 1_000);
        assert!(!server.wants_write());
        peer.say(&mut server, &bytes(1, 2_000, false));
        let expected = (vec![(1, 1_000)], session_credit(version, 1_000));
        assert_eq!(credit(&mut server, &mut peer), expected);
        server.release(id(1), 1);
        let expected = (vec![], 0);
        assert_eq!(credit(&mut server, &mut peer), expected);

        // A window that we make smaller is half used up sooner.
        let smaller = [(SettingId::INITIAL_WINDOW_SIZE, 10_000)];
        server.send_settings(smaller).unwrap();
        let of_stream: Vec<_> = credit(&mut server, &mut peer).0;
        assert_eq!(of_stream, [(1, 1)]);
    }
}

// S3-088: the session's goes on.
#[test]
fn a_stream_that_the_peer_has_finished_gets_nothing_back() {
    for version in V3 {
        for last in [bytes(1, 10, true), headers(1, true, OK)] {
            let (mut server, mut peer) = receiver(version, Config::default());
            peer.say(&mut server, &bytes(1, 500, false));
            let len = if matches!(last, Frame::Data(_)) { 510 } else { 500 };
            peer.say(&mut server, &last);
            assert_eq!(server.wants_write(), version == V31);
            assert_eq!(credit(&mut server, &mut peer), (vec![], session_credit(version, len)));
        }
    }
}

// S3-030, S3-A22: credit and resets go out behind our own FIN.
#[test]
fn a_response_larger_than_the_window_comes_after_our_fin() {
    for version in V3 {
        let (mut client, mut peer) = client_of_with_stream(version, true);
        peer.say(&mut client, &reply(1, false));
        for _ in 0..10 {
            assert_eq!(peer.say(&mut client, &bytes(1, WINDOW, false)).len(), 1);
            let expected = (vec![(1, 65_536)], session_credit(version, 65_536));
            assert_eq!(credit(&mut client, &mut peer), expected);
        }
        client.fin_stream(id(1), Status::CANCEL).unwrap();
        assert_eq!(peer.hear_text(&mut client), ["RST_STREAM stream=1 status=CANCEL"]);
    }
}

// S31-006, S31-A04, S3-056: DATA that nobody reads, whatever became of its stream.
#[test]
fn the_session_gets_every_byte_back_once_however_its_stream_ends() {
    for manual in [false, true] {
        let config = Config::default().manual_credit(manual).max_streams(2);
        let (mut server, mut peer) = receiver(V31, config);
        let mut expected = 0;
        let mut arrive = |server: &mut Session, peer: &mut Peer, frame: Frame| {
            let Frame::Data(data) = &frame else { panic!() };
            expected += u32::try_from(data.payload.len()).unwrap();
            peer.say(server, &frame);
            expected
        };
        arrive(&mut server, &mut peer, bytes(9, 100, false)); // never opened
        arrive(&mut server, &mut peer, bytes(9, 10, false)); // and answered already
        arrive(&mut server, &mut peer, bytes(1, 1_000, false));
        peer.say(&mut server, &fin_stream(1, Status::CANCEL)); // with 1,000 unreleased
        arrive(&mut server, &mut peer, bytes(1, 3, false)); // behind the reset
        peer.say(&mut server, &syn(3, false));
        arrive(&mut server, &mut peer, bytes(3, 2_000, false));
        server.fin_stream(id(3), Status::CANCEL).unwrap();
        peer.say(&mut server, &syn(5, false));
        peer.say(&mut server, &syn(7, false));
        peer.say(&mut server, &syn(11, false)); // refused
        arrive(&mut server, &mut peer, bytes(11, 400, true));
        arrive(&mut server, &mut peer, bytes(5, 0, true));
        arrive(&mut server, &mut peer, bytes(5, 50, false)); // behind its FIN: a stream error
        server.go_away(spdy::GoAwayStatus::OK);
        peer.say(&mut server, &syn(13, false));
        let total = arrive(&mut server, &mut peer, bytes(13, 7, false));
        feed(&mut server, &data_bytes(7, 0x02, b"flagged")).unwrap(); // skipped by the decoder
        assert_eq!(credit(&mut server, &mut peer).1, total + 7);
        assert_eq!(credit(&mut server, &mut peer), (vec![], 0), "and only once");
    }
}

// S31-A04: manual credit.
#[test]
fn released_bytes_are_given_back_and_never_more_than_were_delivered() {
    for version in V3 {
        let (mut server, mut peer) = receiver(version, Config::default().manual_credit(true));
        peer.say(&mut server, &bytes(1, 1_000, false));
        assert!(!server.wants_write(), "nothing is given back unasked");
        server.release(id(1), 300);
        let expected = (vec![(1, 300)], session_credit(version, 300));
        assert_eq!(credit(&mut server, &mut peer), expected);
        server.release(id(1), 5_000);
        let expected = (vec![(1, 700)], session_credit(version, 700));
        assert_eq!(credit(&mut server, &mut peer), expected);
        server.release(id(99), 5_000);
        assert!(!server.wants_write());

        // After the end of the stream only the session has something of it.
        peer.say(&mut server, &bytes(1, 400, true));
        server.send_data(id(1), "", true).unwrap();
        peer.hear(&mut server);
        assert_eq!(server.open_streams(), 0);
        server.release(id(1), 150);
        server.release(id(1), 9_999);
        assert_eq!(credit(&mut server, &mut peer), (vec![], session_credit(version, 400)));
    }
}

// S31-A04: a reset gives back what was not released; a late release of it means nothing.
#[test]
fn a_reset_gives_back_what_was_not_released() {
    let (mut server, mut peer) = receiver(V31, Config::default().manual_credit(true));
    peer.say(&mut server, &bytes(1, 1_000, false));
    server.release(id(1), 100);
    server.fin_stream(id(1), Status::CANCEL).unwrap();
    server.release(id(1), 900);
    assert_eq!(credit(&mut server, &mut peer), (vec![], 1_000));
}

// S31-A04: the caller is late, and the peer has meanwhile broken a rule on the stream that is over.
#[test]
fn a_late_release_counts_whatever_the_peer_did_behind_the_end() {
    let (mut server, mut peer) = receiver(V31, Config::default().manual_credit(true));
    peer.say(&mut server, &bytes(1, 400, true));
    server.send_data(id(1), "", true).unwrap();
    peer.hear(&mut server);
    peer.say(&mut server, &bytes(1, 5, false)); // behind both FINs: answered, and its ID in the ring
    assert_eq!(credit(&mut server, &mut peer).1, 5);
    server.release(id(1), 400);
    assert_eq!(credit(&mut server, &mut peer), (vec![], 400));

    // An ID that was answered before it was opened is in the ring too.
    let (mut server, mut peer) = receiver(V31, Config::default().manual_credit(true));
    peer.say(&mut server, &bytes(3, 5, false));
    peer.say(&mut server, &syn(3, false));
    peer.say(&mut server, &bytes(3, 400, true));
    server.reply(id(3), (), true).unwrap();
    assert_eq!(credit(&mut server, &mut peer).1, 5);
    server.release(id(3), 400);
    assert_eq!(credit(&mut server, &mut peer), (vec![], 400));
}

// What was owed to a stream that a GOAWAY kills is owed no more.
#[test]
fn a_go_away_leaves_no_promise_to_write() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        peer.say(&mut client, &bytes(1, 10, false));
        let wire = peer.encode(&Frame::GoAway(spdy::frame::GoAway::new(id(0))));
        let mut input = &wire[..];
        while let Some(event) = client.next_event(&mut input).unwrap() {
            let promised = client.wants_write();
            assert_eq!(promised, client.output().has_remaining(), "behind {event:?}");
        }
    }
}

// S31-A02, S31-003 from the other side
#[test]
fn more_than_a_window_allows_is_a_fault_of_stream_or_session() {
    // A stream's, where the session's is wide; how the frame is cut does not matter.
    for version in V3 {
        for cut in [1, 9, 40_000, 65_544, 70_000] {
            let (mut server, mut peer) = receiver(version, Config::default());
            if version == V31 {
                server.grow_session_window(1_000_000).unwrap();
                peer.hear(&mut server);
            }
            let wire = peer.encode(&bytes(1, WINDOW + 1, false));
            let cut = cut.min(wire.len());
            let mut events = feed(&mut server, &wire[..cut]).unwrap();
            events.extend(feed(&mut server, &wire[cut..]).unwrap());
            let expected = "Aborted 1 Local(Status(7), Flow(Overrun))";
            assert_eq!(told(&events), [expected], "cut at {cut}");
            let line = "RST_STREAM stream=1 status=FLOW_CONTROL_ERROR".to_owned();
            assert!(peer.hear_text(&mut server).contains(&line));
        }
    }
    let (mut server, mut peer) = receiver(V31, Config::default());
    peer.say(&mut server, &syn(3, false));
    server.send_settings([(SettingId::INITIAL_WINDOW_SIZE, 1_000_000)]).unwrap();
    peer.hear(&mut server);
    let wire = peer.encode(&bytes(3, WINDOW + 1, false));
    let (_, end) = feed_to_the_end(&mut server, &wire);
    assert_eq!(end, Err(SessionError::Flow(FlowFault::Overrun)));
    assert_eq!(peer.hear_text(&mut server), ["GOAWAY last_good=3 status=PROTOCOL_ERROR"]);
}

// S3-A25, S31-011
#[test]
fn a_lowered_window_is_not_held_against_the_peer() {
    for version in V3 {
        let (mut server, mut peer) = receiver(version, Config::default().manual_credit(true));
        server.send_settings([(SettingId::INITIAL_WINDOW_SIZE, 10)]).unwrap();
        peer.hear(&mut server);
        let events = told(&peer.say(&mut server, &bytes(1, WINDOW, false)));
        assert!(events[0].starts_with("Data 1"));
        if version == Version::Spdy3 {
            let events = told(&peer.say(&mut server, &bytes(1, 1, false)));
            assert_eq!(events, ["Aborted 1 Local(Status(7), Flow(Overrun))"]);
        }
    }
}

// A larger window, announced.
#[test]
fn windows_can_be_made_larger() {
    let (mut server, mut peer) = receiver(V31, Config::default().manual_credit(true));
    server.send_settings([(SettingId::INITIAL_WINDOW_SIZE, 200_000)]).unwrap();
    server.grow_session_window(134_464).unwrap();
    let lines = peer.hear_text(&mut server);
    assert_eq!(
        lines,
        ["WINDOW_UPDATE stream=0 delta=134464", "SETTINGS INITIAL_WINDOW_SIZE=200000"]
    );
    assert_eq!(peer.say(&mut server, &bytes(1, 200_000, false)).len(), 4); // in pieces
    let (_, end) = feed_to_the_end(&mut server, &peer.encode(&bytes(1, 1, false)));
    assert_eq!(end, Err(SessionError::Flow(FlowFault::Overrun)));

    assert_eq!(server_of(V31).grow_session_window(MAX), Err(SendError::Window));
    for version in [Version::Draft1, Version::Spdy2, Version::Spdy3] {
        assert_eq!(server_of(version).grow_session_window(1), Err(SendError::NotInVersion));
    }
}

// One stream that nobody reads stops itself alone.
#[test]
fn a_stream_that_is_not_read_stops_no_other() {
    let mut pair = Pair::of(V31, Config::default(), Config::default().manual_credit(true));
    pair.server.grow_session_window(1_000_000).unwrap();
    for _ in 0..2 {
        let stream = pair.client.open(GET).unwrap();
        pair.client.send_data(stream, vec![0; 300_000], true).unwrap();
    }
    let (mut read, mut unread) = (0, 0);
    for _ in 0..50 {
        for event in pair.to_server() {
            match event {
                Event::SynStream { stream, .. } => pair.server.reply(stream, (), true).unwrap(),
                Event::Data { stream, data, .. } if stream == id(1) => unread += data.len(),
                Event::Data { stream, data, .. } => {
                    read += data.len();
                    pair.server.release(stream, data.len());
                }
                other => panic!("{other:?}"),
            }
        }
        pair.to_client();
    }
    assert_eq!((unread, read), (WINDOW, 300_000));
    let ping = pair.client.ping().unwrap();
    pair.to_server();
    assert_eq!(pair.to_client(), [Event::Pong(ping)]);
}

// Peers and versions without flow control.

// S31-A05, S3-A06, S3-A07
#[test]
fn a_sender_that_ignores_windows_never_waits_and_nothing_they_say_is_a_fault() {
    for version in V3 {
        let config = Config::default().send_flow_control(FlowControl::Ignored);
        let (mut client, mut peer) = sender_with(version, config);
        for frame in [initial_window(0), initial_window(u32::MAX)] {
            peer.say(&mut client, &frame);
        }
        for stream in [0, 1] {
            peer.say(&mut client, &window_update(u32::from(stream), MAX));
            peer.say(&mut client, &window_update(u32::from(stream), MAX));
            feed(&mut client, &nothing(stream)).unwrap();
        }
        client.send_data(id(1), vec![0; 300_000], true).unwrap();
        assert_eq!(sent(&mut client, &mut peer, 1), (300_000, vec![]));
        // The other direction is by the text still.
        let (events, end) =
            feed_to_the_end(&mut client, &peer.encode(&bytes(1, WINDOW + 1, false)));
        assert!(end.is_err() || told(&events)[0].contains("Overrun"));
    }
}

// S31-A05
#[test]
fn a_receiver_that_ignores_windows_takes_all_and_gives_it_back() {
    for version in V3 {
        let config = Config::default().receive_flow_control(FlowControl::Ignored);
        let (mut server, mut peer) = receiver(version, config);
        for _ in 0..5 {
            peer.say(&mut server, &bytes(1, 300_000, false));
        }
        let expected = (vec![(1, 1_500_000)], session_credit(version, 1_500_000));
        assert_eq!(credit(&mut server, &mut peer), expected);
        server.send_data(id(1), vec![0; 300_000], true).unwrap();
        assert_eq!(sent(&mut server, &mut peer, 1).0, WINDOW, "sending is by the text");
    }
}

// S2-A17, S2-A18: and Draft 1.
#[test]
fn versions_without_flow_control_send_no_credit_and_wait_for_none() {
    for version in [Version::Draft1, Version::Spdy2] {
        let (mut client, mut peer) = sender(version);
        if version == Version::Spdy2 {
            peer.say(&mut client, &initial_window(0));
            feed(&mut client, &control_bytes_of(2, 9, 0, &[0, 0, 0, 1, 0, 0, 0, 0])).unwrap();
            // What such a peer is told first, so that it does not wait.
            client.send_settings([(SettingId::INITIAL_WINDOW_SIZE, MAX)]).unwrap();
            assert_eq!(peer.hear_text(&mut client), ["SETTINGS INITIAL_WINDOW_SIZE=2147483647"]);
        }
        client.send_data(id(1), vec![0; 300_000], true).unwrap();
        assert_eq!(sent(&mut client, &mut peer, 1), (300_000, vec![]));
        let mut server = Session::server(version, Config::default().manual_credit(true));
        let mut peer = Peer::of(version);
        peer.say(&mut server, &syn(1, false));
        peer.say(&mut server, &bytes(1, 300_000, false));
        server.release(id(1), 300_000);
        assert!(!server.wants_write());
    }
}

// The Go library neither waits for a WINDOW_UPDATE nor sends one.
#[test]
fn under_the_kubernetes_preset_no_window_holds_either_way() {
    let (mut server, mut peer) = (Session::server(V31, Config::kubernetes()), Peer::of(V31));
    peer.say(&mut server, &syn(1, false));
    // Without an output between its pieces, in which credit could be given.
    let events = peer.say(&mut server, &bytes(1, 300_000, false));
    assert!(events.iter().all(|event| matches!(event, Event::Data { .. })), "{events:?}");
    server.reply(id(1), (), false).unwrap();
    server.send_data(id(1), vec![0; 300_000], false).unwrap();
    let sent = peer.hear(&mut server).into_iter().map(|frame| match frame {
        Frame::Data(data) => data.payload.len(),
        _ => 0,
    });
    assert_eq!(sent.sum::<usize>(), 300_000);
}

// The Go library drops what comes before its reply.
#[test]
fn under_the_kubernetes_preset_everything_waits_for_the_reply() {
    let (mut client, mut peer) = (Session::client(V31, Config::kubernetes()), Peer::of(V31));
    let stream = client.open([("streamtype", "stdin")]).unwrap();
    client.send_headers(stream, [("a", "1")], false).unwrap();
    client.send_data(stream, vec![0; 100_000], false).unwrap();
    client.send_data(stream, "", true).unwrap();
    client.close(); // even so
    assert_eq!(peer.hear(&mut client).len(), 1);
    assert!(!client.wants_write() && !client.is_done());
    peer.say(&mut client, &reply(1, false));
    let lines = peer.hear_text(&mut client);
    assert_eq!(lines[0], "HEADERS stream=1 a=\"1\"");
    assert_eq!(lines[lines.len() - 2], "DATA stream=1 fin length=0");
    assert_eq!(lines[lines.len() - 1], "GOAWAY last_good=0 status=OK");
    // A stream that is refused takes what waited with it.
    let (mut client, mut peer) = (Session::client(V31, Config::kubernetes()), Peer::of(V31));
    let stream = client.open([("streamtype", "stdin")]).unwrap();
    client.send_data(stream, "x", true).unwrap();
    peer.hear(&mut client);
    peer.say(&mut client, &fin_stream(1, Status::REFUSED_STREAM));
    client.close();
    assert_eq!(peer.hear_text(&mut client), ["GOAWAY last_good=0 status=OK"]);
}

#[test]
fn under_the_kubernetes_preset_resets_are_a_normal_end() {
    let (mut server, mut peer) = (Session::server(V31, Config::kubernetes()), Peer::of(V31));
    for n in 0..10_000 {
        let stream = 2 * n + 1;
        peer.say(&mut server, &syn(stream, false));
        if n % 2 == 0 {
            server.reply(id(stream), (), false).unwrap();
            peer.hear(&mut server);
        }
        // Every other one before our reply: as many as there are normal ends.
        peer.say(&mut server, &fin_stream(stream, Status::CANCEL));
    }
    for n in 10_000..14_096 {
        peer.say(&mut server, &syn(2 * n + 1, false));
    }
    assert_eq!(server.open_streams(), 4_096);
}

// What `wants_write` promises `output` keeps, whatever has happened.

#[derive(Clone, Debug)]
enum Op {
    Open,
    Send(u32, usize, bool),
    Headers(u32),
    Cancel(u32),
    Release(u32, usize),
    PeerSyn,
    PeerData(u32, usize, bool),
    PeerReset(u32),
    PeerReply(u32),
    Update(u32, u32),
    Initial(u32),
    Write(usize),
    GoAway,
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    let stream = || 0..12u32;
    let len = || prop_oneof![0..50usize, 0..70_000usize];
    prop_oneof![
        4 => Just(Op::Open),
        8 => (stream(), len(), any::<bool>()).prop_map(|(s, len, fin)| Op::Send(s, len, fin)),
        2 => stream().prop_map(Op::Headers),
        2 => stream().prop_map(Op::Cancel),
        3 => (stream(), len()).prop_map(|(s, len)| Op::Release(s, len)),
        4 => Just(Op::PeerSyn),
        8 => (stream(), 0..3_000usize, any::<bool>()).prop_map(|(s, l, f)| Op::PeerData(s, l, f)),
        2 => stream().prop_map(Op::PeerReset),
        4 => stream().prop_map(Op::PeerReply),
        6 => (stream(), 1..100_000u32).prop_map(|(s, delta)| Op::Update(s, delta)),
        3 => (0..100_000u32).prop_map(Op::Initial),
        8 => (1..100_000usize).prop_map(Op::Write),
        1 => Just(Op::GoAway),
        1 => Just(Op::Close),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn wants_write_is_true_exactly_when_there_are_bytes(
        ops in prop::collection::vec(op(), 1..60),
        version in 0..4usize,
        manual in any::<bool>(),
        kubernetes in any::<bool>(),
    ) {
        let version = Version::ALL[version];
        let config = if kubernetes { Config::kubernetes() } else { Config::default() };
        let config = config.manual_credit(manual);
        let (mut session, mut peer) = (Session::client(version, config), Peer::of(version));
        let mut theirs = 2;
        for op in ops {
            let has_windows = version == Version::Spdy3 || version == V31;
            let mut hear = |session: &mut Session, frame: Frame| {
                let wire = peer.encode(&frame);
                let _ = feed_to_the_end(session, &wire);
            };
            match op {
                Op::Open => drop(session.open(GET)),
                Op::Send(s, len, fin) => drop(session.send_data(id(s), vec![0; len], fin)),
                Op::Headers(s) => drop(session.send_headers(id(s), OK, false)),
                Op::Cancel(s) => drop(session.fin_stream(id(s), Status::CANCEL)),
                Op::Release(s, len) => session.release(id(s), len),
                Op::PeerSyn if version != Version::Draft1 => {
                    hear(&mut session, syn(theirs, false));
                    theirs += 2;
                }
                Op::PeerSyn => {}
                Op::PeerData(s, len, fin) => hear(&mut session, bytes(s, len, fin)),
                Op::PeerReset(s) => hear(&mut session, fin_stream(s, Status::CANCEL)),
                Op::PeerReply(s) => hear(&mut session, reply(s, false)),
                Op::Update(s, delta) if has_windows => hear(&mut session, window_update(s, delta)),
                Op::Initial(size) if has_windows => hear(&mut session, initial_window(size)),
                Op::Update(..) | Op::Initial(_) => {}
                Op::Write(count) => {
                    let mut output = session.output();
                    let count = count.min(output.remaining());
                    output.advance(count);
                }
                Op::GoAway => session.go_away(spdy::GoAwayStatus::OK),
                Op::Close => session.close(),
            }
            let promised = session.wants_write();
            prop_assert_eq!(promised, session.output().has_remaining());
        }
    }
}

// S3-086, S3-087: SETTINGS open the windows of several streams, and the first of them is torn down.
#[test]
fn a_stream_whose_window_settings_opened_is_sent_whatever_becomes_of_another() {
    for version in V3 {
        let (mut client, mut peer) = sender(version);
        peer.say(&mut client, &initial_window(0));
        for stream in [1, 3, 5] {
            if stream > 1 {
                client.open(GET).unwrap();
            }
            client.send_data(id(stream), vec![0; 10], false).unwrap();
        }
        peer.hear(&mut client);
        peer.say(&mut client, &initial_window(100));
        client.fin_stream(id(1), Status::CANCEL).unwrap();
        peer.say(&mut client, &fin_stream(3, Status::CANCEL));
        assert!(client.wants_write());
        assert_eq!(sent(&mut client, &mut peer, 5).0, 10);

        // Smaller again, but for those with more: the one that is in line is shut, another is not.
        let (mut client, mut peer) = sender(version);
        peer.say(&mut client, &initial_window(0));
        client.open(GET).unwrap();
        peer.hear(&mut client);
        client.send_data(id(1), vec![0; 10], false).unwrap();
        client.send_data(id(3), vec![0; 10], false).unwrap();
        peer.say(&mut client, &window_update(3, 5));
        peer.say(&mut client, &initial_window(1));
        peer.say(&mut client, &initial_window(0));
        assert_eq!(sent(&mut client, &mut peer, 3).0, 5);
    }
}
