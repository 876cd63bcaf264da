//! What leaves a session, and in which order.

mod common;

use bytes::{Buf, Bytes};
use common::*;
use spdy::frame::{Frame, FrameType};
use spdy::{
    Config, GoAwayStatus, Open, PingId, Priority, SendError, Session, SettingId, Status, Version,
};

const HELLO: [(SettingId, u32); 1] = [(SettingId::ROUND_TRIP_TIME, 1)];

fn ping(number: u32) -> Frame {
    Frame::Ping(PingId::new(number))
}

/// A client whose next data frames hold at most so many bytes.
fn client_with_frames_of(bytes: usize) -> Session {
    Session::client(VERSION, Config::default().max_data_frame(bytes))
}

fn open(session: &mut Session, priority: u8) -> u32 {
    session.open(Open::new(()).priority(Priority::new(priority))).unwrap().get()
}

/// Writes exactly so many bytes.
fn write(session: &mut Session, count: usize) -> Vec<u8> {
    session.output().copy_to_bytes(count).to_vec()
}

fn text(frames: &[Frame]) -> Vec<String> {
    frames.iter().map(|frame| frame.display(VERSION).to_string()).collect()
}

// What may overtake what.

// S1-A19, S1-A38
#[test]
fn hello_is_the_first_frame_even_when_it_was_asked_for_last() {
    let (mut client, mut peer) = (client(), Peer::new());
    client.open(()).unwrap();
    client.ping().unwrap();
    client.send_settings(HELLO).unwrap();
    let expected = ["HELLO ROUND_TRIP_TIME=1", "SYN_STREAM stream=1 priority=0", "PING id=1"];
    assert_eq!(peer.hear_text(&mut client), expected);
}

// S1-142, S1-A38
#[test]
fn hello_goes_before_the_answer_to_a_ping() {
    let (mut server, mut peer) = (server(), Peer::new());
    peer.say(&mut server, &ping(1));
    server.send_settings(HELLO).unwrap();
    assert_eq!(peer.hear_text(&mut server), ["HELLO ROUND_TRIP_TIME=1", "PING id=1"]);

    let (mut server, mut peer) = (self::server(), Peer::new());
    server.send_settings(HELLO).unwrap();
    assert!(server.output().has_remaining()); // staged, and nothing of it written
    peer.say(&mut server, &ping(1));
    assert_eq!(peer.hear_text(&mut server), ["HELLO ROUND_TRIP_TIME=1", "PING id=1"]);
}

// S1-A19, S1-A38
#[test]
fn hello_cannot_follow_another_frame_or_a_hello() {
    let mut client = client();
    client.send_settings(HELLO).unwrap();
    assert_eq!(client.send_settings(HELLO), Err(SendError::NotFirst));
    let mut server = server();
    server.ping().unwrap();
    server.output().advance(1);
    assert_eq!(server.send_settings(HELLO), Err(SendError::NotFirst));
}

// S1-021, S1-A38
#[test]
fn hello_goes_before_what_is_staged_as_long_as_nothing_of_it_has_left() {
    let (mut server, mut peer) = (self::server(), Peer::new());
    server.ping().unwrap();
    assert!(server.output().has_remaining());
    server.send_settings(HELLO).unwrap();
    assert_eq!(peer.hear_text(&mut server), ["HELLO ROUND_TRIP_TIME=1", "PING id=2"]);
}

// S1-A19
#[test]
fn without_being_asked_no_hello_goes_out() {
    let (mut client, mut peer) = (client(), Peer::new());
    client.open(()).unwrap();
    assert_eq!(peer.hear_text(&mut client), ["SYN_STREAM stream=1 priority=0"]);
}

// S1-043, S1-A38
#[test]
fn syn_streams_leave_in_the_order_of_their_ids_whatever_their_priority() {
    let (mut client, mut peer) = (client(), Peer::new());
    for priority in [3, 0, 2, 1] {
        open(&mut client, priority);
    }
    let expected = [
        "SYN_STREAM stream=1 priority=3",
        "SYN_STREAM stream=3 priority=0",
        "SYN_STREAM stream=5 priority=2",
        "SYN_STREAM stream=7 priority=1",
    ];
    assert_eq!(peer.hear_text(&mut client), expected);
}

// S1-174, S1-A38
#[test]
fn a_reply_goes_before_its_data_and_its_pushes() {
    let (mut server, mut peer) = (server(), Peer::new());
    let mut request = spdy::frame::SynStream::new(id(1), GET);
    request.priority = Priority::LOWEST;
    peer.say(&mut server, &Frame::SynStream(request));
    server.reply(id(1), (), false).unwrap();
    server.send_data(id(1), "x", true).unwrap();
    let push = server.open(Open::new(()).associated(id(1))).unwrap();
    server.send_data(push, "y", true).unwrap();
    let expected = [
        "SYN_REPLY stream=1",
        "SYN_STREAM stream=2 priority=0",
        "DATA stream=2 fin length=1", // more urgent than what waits on stream 1
        "DATA stream=1 fin length=1",
    ];
    assert_eq!(peer.hear_text(&mut server), expected);
}

// S1-165, S1-A38
#[test]
fn subresource_keeps_its_place_among_the_data_of_its_stream() {
    let (mut server, mut peer) = server_with_stream(true);
    let announced = [("url", "/a"), ("method", "GET")];
    server.reply(id(1), (), false).unwrap();
    server.subresource(id(1), announced).unwrap();
    server.send_data(id(1), "one", false).unwrap();
    server.subresource(id(1), announced).unwrap();
    server.send_data(id(1), "two", true).unwrap();
    let expected = [
        "SYN_REPLY stream=1",
        r#"SUBRESOURCE stream=1 url="/a" method="GET""#,
        "DATA stream=1 length=3",
        r#"SUBRESOURCE stream=1 url="/a" method="GET""#,
        "DATA stream=1 fin length=3",
    ];
    assert_eq!(peer.hear_text(&mut server), expected);
}

// S1-112, S1-A38
#[test]
fn fin_stream_goes_before_queued_data_and_instead_of_its_own() {
    let (mut client, mut peer) = (client(), Peer::new());
    open(&mut client, 0);
    open(&mut client, 0);
    peer.hear(&mut client);
    client.send_data(id(1), "goes", false).unwrap();
    client.send_data(id(3), "does not go", false).unwrap();
    client.fin_stream(id(3), Status::CANCEL).unwrap();
    let expected = ["FIN_STREAM stream=3 status=INVALID_STREAM", "DATA stream=1 length=4"];
    assert_eq!(peer.hear_text(&mut client), expected);
}

// S1-151, S1-A38
#[test]
fn go_away_does_not_overtake_our_syn_streams() {
    let (mut client, mut peer) = (client(), Peer::new());
    open(&mut client, 3);
    client.go_away(GoAwayStatus::OK);
    client.ping().unwrap();
    let expected = ["SYN_STREAM stream=1 priority=3", "GOAWAY last_good=0", "PING id=1"];
    assert_eq!(peer.hear_text(&mut client), expected);
}

// S1-154, S1-A38
#[test]
fn go_away_covers_what_was_handed_over_up_to_the_call() {
    let (mut server, mut peer) = server_with_stream(true);
    server.go_away(GoAwayStatus::OK);
    assert!(peer.say(&mut server, &syn(3, true)).is_empty());
    assert_eq!(peer.hear_text(&mut server), ["GOAWAY last_good=1"]);
}

// S1-142, S1-A38
#[test]
fn the_answer_to_a_ping_goes_right_behind_a_frame_that_has_begun() {
    let (mut client, mut peer) = client_with_stream(false);
    client.send_data(id(1), vec![b'x'; 200_000], false).unwrap();
    let begun = write(&mut client, 10);
    assert!(client.output().remaining() >= 64 * 1024 - 10);
    peer.say(&mut client, &ping(2));
    peer.say(&mut client, &ping(4));
    let wire = [begun, drain(&mut client)].concat();
    let frames = text(&peer.parse(&wire));
    let expected =
        ["DATA stream=1 length=16384", "PING id=2", "PING id=4", "DATA stream=1 length=16384"];
    assert_eq!(frames[..4], expected);
}

// S1-142
#[test]
fn the_answer_to_a_ping_goes_first_when_no_frame_has_begun() {
    let (mut client, mut peer) = client_with_stream(false);
    client.send_data(id(1), "x", false).unwrap();
    assert!(client.output().has_remaining());
    peer.say(&mut client, &ping(2));
    assert_eq!(peer.hear_text(&mut client), ["PING id=2", "DATA stream=1 length=1"]);
}

// S1-142
#[test]
fn answers_keep_their_order_when_one_has_begun() {
    let (mut client, mut peer) = client_with_stream(false);
    client.send_data(id(1), "x", false).unwrap();
    peer.say(&mut client, &ping(2));
    let begun = write(&mut client, 5);
    peer.say(&mut client, &ping(4));
    let wire = [begun, drain(&mut client)].concat();
    let expected = ["PING id=2", "PING id=4", "DATA stream=1 length=1"];
    assert_eq!(text(&peer.parse(&wire)), expected);
}

// S1-142
#[test]
fn an_answer_that_has_left_does_not_hold_back_the_next() {
    let (mut client, mut peer) = client_with_stream(false);
    client.send_data(id(1), vec![b'x'; 40_000], false).unwrap();
    peer.say(&mut client, &ping(2));
    let first = write(&mut client, 12);
    peer.say(&mut client, &ping(4));
    let second = write(&mut client, 12);
    assert_eq!(text(&peer.parse(&[first, second].concat())), ["PING id=2", "PING id=4"]);
}

// Sharing the output.

// S1-131
#[test]
fn data_is_cut_into_frames_of_16_kib_unless_set_otherwise() {
    let (mut client, mut peer) = client_with_stream(false);
    client.send_data(id(1), vec![b'x'; 40_000], true).unwrap();
    let expected = [
        "DATA stream=1 length=16384",
        "DATA stream=1 length=16384",
        "DATA stream=1 fin length=7232",
    ];
    assert_eq!(peer.hear_text(&mut client), expected);

    let (mut client, mut peer) = (client_with_frames_of(3), Peer::new());
    open(&mut client, 0);
    client.send_data(id(1), "abcdef", true).unwrap();
    let expected =
        ["SYN_STREAM stream=1 priority=0", "DATA stream=1 length=3", "DATA stream=1 fin length=3"];
    assert_eq!(peer.hear_text(&mut client), expected);
}

// S1-130
#[test]
fn data_of_streams_of_one_priority_is_interleaved_frame_by_frame() {
    let (mut client, mut peer) = (client_with_frames_of(1), Peer::new());
    for _ in 0..3 {
        open(&mut client, 1);
    }
    peer.hear(&mut client);
    for (stream, bytes) in [(1, "aaa"), (3, "b"), (5, "cc")] {
        client.send_data(id(stream), bytes, false).unwrap();
    }
    let order: Vec<_> = peer.hear_text(&mut client);
    let expected = [1, 3, 5, 1, 5, 1].map(|stream| format!("DATA stream={stream} length=1"));
    assert_eq!(order, expected);
}

// S1-059
#[test]
fn data_of_a_more_urgent_stream_goes_first() {
    let (mut client, mut peer) = (client_with_frames_of(1), Peer::new());
    let (late, soon) = (open(&mut client, 3), open(&mut client, 1));
    peer.hear(&mut client);
    client.send_data(id(late), "aa", false).unwrap();
    client.send_data(id(soon), "bb", false).unwrap();
    let expected = [soon, soon, late, late].map(|stream| format!("DATA stream={stream} length=1"));
    assert_eq!(peer.hear_text(&mut client), expected);
}

// S1-059
#[test]
fn a_more_urgent_stream_overtakes_what_is_not_staged() {
    let (mut client, mut peer) = (client(), Peer::new());
    let (late, soon) = (open(&mut client, 3), open(&mut client, 0));
    peer.hear(&mut client);
    client.send_data(id(late), vec![b'x'; 100_000], false).unwrap();
    assert_eq!(client.output().remaining(), 4 * (8 + 16_384));
    client.send_data(id(soon), "now", false).unwrap();
    let frames = peer.hear_text(&mut client);
    assert_eq!(frames.len(), 8);
    assert_eq!(frames[4], "DATA stream=3 length=3");
}

// S1-059
#[test]
fn the_priority_of_a_response_is_that_of_its_request() {
    let (mut server, mut peer) = (server(), Peer::new());
    peer.say(&mut server, &syn_priority(1, 3));
    peer.say(&mut server, &syn_priority(3, 0));
    for stream in [1, 3] {
        server.reply(id(stream), (), false).unwrap();
        server.send_data(id(stream), "x", true).unwrap();
    }
    let expected = [
        "SYN_REPLY stream=1",
        "SYN_REPLY stream=3",
        "DATA stream=3 fin length=1",
        "DATA stream=1 fin length=1",
    ];
    assert_eq!(peer.hear_text(&mut server), expected);
}

// Backpressure.

// S1-130
#[test]
fn a_stream_is_writable_once_when_it_opens_for_data() {
    let mut client = client();
    client.open(GET).unwrap();
    client.open(Open::new(GET).fin(true)).unwrap();
    assert_eq!(client.poll_writable(), Some(id(1)));
    assert_eq!(client.poll_writable(), None);

    let (mut server, mut peer) = server_with_stream(true);
    peer.say(&mut server, &syn(3, true));
    assert_eq!(server.poll_writable(), None); // it has not replied
    server.reply(id(1), OK, false).unwrap();
    server.reply(id(3), OK, true).unwrap();
    assert_eq!(server.poll_writable(), Some(id(1)));
    assert_eq!(server.poll_writable(), None);
}

// S1-130
#[test]
fn a_stream_is_writable_again_when_its_queue_falls_to_16_kib() {
    let (mut client, _) = client_with_stream(false);
    assert_eq!(client.poll_writable(), Some(id(1)));
    client.send_data(id(1), vec![b'x'; 100_000], false).unwrap();
    assert_eq!((client.queued(), client.poll_writable()), (100_000, None));
    let staged = client.output().remaining();
    assert_eq!((client.queued(), client.poll_writable()), (34_464, None));
    write(&mut client, staged);
    client.output();
    assert_eq!((client.queued(), client.poll_writable()), (0, Some(id(1))));
    drain(&mut client);
    assert_eq!(client.poll_writable(), None);

    // To the byte: 64 KiB are staged at a time.
    for (left, writable) in [(16 * 1024 + 1, None), (16 * 1024, Some(id(1)))] {
        let (mut client, _) = client_with_stream(false);
        client.poll_writable();
        client.send_data(id(1), vec![b'x'; 64 * 1024 + left], false).unwrap();
        client.output();
        assert_eq!((client.queued(), client.poll_writable()), (left, writable));
    }
}

// S1-059
#[test]
fn the_most_urgent_writable_stream_comes_first() {
    let mut client = client();
    for priority in [3, 0, 2, 0] {
        open(&mut client, priority);
    }
    let order: Vec<_> = std::iter::from_fn(|| client.poll_writable()).collect();
    assert_eq!(order, [id(3), id(7), id(5), id(1)]);
}

// S1-102, S1-112
#[test]
fn a_stream_that_takes_no_data_is_not_writable() {
    let (mut client, mut peer) = (client(), Peer::new());
    for _ in 0..3 {
        open(&mut client, 0);
    }
    peer.hear(&mut client);
    client.send_data(id(1), "x", true).unwrap();
    client.fin_stream(id(3), Status::CANCEL).unwrap();
    peer.say(&mut client, &fin_stream(5, Status::INVALID_STREAM));
    drain(&mut client);
    assert_eq!(client.poll_writable(), None);
}

// The staged bytes.

// S1-131
#[test]
fn output_stages_64_kib_and_one_frame_at_least() {
    let mut client = client_with_frames_of(1 << 20);
    open(&mut client, 0);
    drain(&mut client);
    client.send_data(id(1), vec![b'x'; 1 << 20], false).unwrap();
    assert_eq!(client.output().remaining(), 8 + (1 << 20));
    assert_eq!(client.queued(), 0);
}

// S1-131
#[test]
fn a_payload_is_never_copied() {
    let (mut client, _) = client_with_stream(false);
    let payload = Bytes::from(vec![b'x'; 20_000]);
    client.send_data(id(1), payload.clone(), false).unwrap();
    let mut output = client.output();
    assert_eq!(output.chunk().len(), 8);
    output.advance(8);
    assert_eq!((output.chunk().as_ptr(), output.chunk().len()), (payload.as_ptr(), 16_384));
    output.advance(16_384 + 8);
    assert_eq!(output.chunk().as_ptr(), payload[16_384..].as_ptr());
}

// S1-131
#[test]
fn an_output_that_is_dropped_or_written_in_part_loses_nothing() {
    let scene = || {
        let (mut server, mut peer) = server_with_stream(true);
        server.send_settings(HELLO).unwrap();
        server.reply(id(1), OK, false).unwrap();
        server.send_data(id(1), vec![b'x'; 70_000], true).unwrap();
        peer.say(&mut server, &ping(1));
        server
    };
    let whole = drain(&mut scene());
    for step in [1, 7, 4096] {
        let (mut server, mut written) = (scene(), Vec::new());
        while server.wants_write() {
            server.output(); // dropped
            let mut output = server.output();
            let chunk = output.chunk();
            let count = chunk.len().min(step);
            written.extend_from_slice(&chunk[..count]);
            output.advance(count);
        }
        assert!(written == whole, "in steps of {step}");
    }
}

// S1-131
#[test]
fn advance_beyond_the_end_is_all_of_it() {
    let mut client = client();
    client.ping().unwrap();
    client.output().advance(1_000);
    assert!(!client.wants_write());
    assert_eq!(client.output().chunk(), b"");
}

// S1-131
#[cfg(feature = "std")]
#[test]
fn a_vectored_write_gets_all_parts_at_once() {
    use std::io::IoSlice;

    let (mut client, _) = client_with_stream(false);
    let (one, two) = (Bytes::from(vec![1; 513]), Bytes::from(vec![2; 600]));
    client.send_data(id(1), one.clone(), false).unwrap();
    client.send_data(id(1), two, true).unwrap();
    client.ping().unwrap();
    let mut output = client.output();
    let mut slices = [IoSlice::new(&[]); 16];
    assert_eq!(output.chunks_vectored(&mut slices), 4); // PING and a head, a payload, a head, a payload
    let wire: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
    assert_eq!(wire.len(), output.remaining());
    assert_eq!((slices[1].as_ptr(), slices[1].len()), (one.as_ptr(), one.len()));

    // From the middle of a frame, and into few slices.
    output.advance(12 + 8 + 1);
    let mut slices = [IoSlice::new(&[]); 2];
    assert_eq!(output.chunks_vectored(&mut slices), 2);
    assert_eq!((&*slices[0], slices[1].len()), (&one[1..], 8));
    assert!(wire.ends_with(&drain(&mut client)));
}

/// One slice for all, so that a system call takes hundreds of them.
#[test]
fn small_payloads_leave_together_with_what_is_around_them() {
    let (mut client, mut peer) = client_with_stream(false);
    for len in [1, 512, 100] {
        client.send_data(id(1), vec![7; len], false).unwrap();
        client.ping().unwrap();
    }
    let output = client.output();
    assert_eq!(output.chunk().len(), output.remaining());
    assert_eq!(output.remaining(), 3 * (8 + 12) + 613);
    let lengths = peer.hear_text(&mut client).into_iter().filter(|line| line.starts_with("DATA"));
    let lines = [1, 512, 100].map(|len| format!("DATA stream=1 length={len}"));
    assert!(lengths.eq(lines));
}

// S1-142
#[test]
fn every_answer_to_a_ping_goes_ahead_of_data_however_many_there_are() {
    let (mut server, mut peer) = server_with_stream(true);
    server.reply(id(1), OK, false).unwrap();
    server.send_data(id(1), vec![7; 40_000], true).unwrap();
    for number in 0..200 {
        peer.say(&mut server, &ping(2 * number + 1));
    }
    let heard = peer.hear(&mut server);
    let echoes = heard.iter().take_while(|frame| frame.frame_type() == FrameType::Ping).count();
    assert_eq!(echoes, 200);
    assert_eq!(heard.len(), 200 + 1 + 3);
}

/// What is owed waits where it takes no memory, for what is staged of 1,000 streams at once would.
#[test]
fn credit_is_staged_as_there_is_room() {
    let config = Config::default().max_streams(1_000);
    let mut server = Session::server(Version::Spdy3, config);
    let mut peer = Peer::of(Version::Spdy3);
    for number in 0..1_000 {
        peer.say(&mut server, &syn(2 * number + 1, false));
        peer.say(&mut server, &data(2 * number + 1, b"x", false));
    }
    let staged = server.output().remaining();
    assert_eq!(staged % 16, 0, "updates and nothing else");
    assert!(staged / 16 <= 512, "{staged} bytes");
    let heard = peer.hear(&mut server);
    assert_eq!(
        heard,
        (0..1_000).map(|number| window_update(2 * number + 1, 1)).collect::<Vec<_>>()
    );
}
