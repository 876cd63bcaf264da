//! How streams begin: IDs, SYN_STREAM and SYN_REPLY, priorities, refusal, limits.

mod common;

use common::*;
use spdy::frame::Frame;
use spdy::{Config, Event, Headers, Open, Priority, SendError, Session, SessionError, Status};

fn pushing() -> Pair {
    Pair::with(Config::default().push(true), Config::default())
}

fn push_client() -> Session {
    Session::client(VERSION, Config::default().push(true))
}

fn misplaced(stream: u32) -> Result<Vec<Event>, SessionError> {
    Err(SessionError::StreamId(id(stream)))
}

// IDs.

// S1-013, S1-040, S1-041, S1-A38: also when a later one is the more urgent.
#[test]
fn ids_rise_from_1_and_2_by_two_in_the_order_of_the_wire() {
    for (mut session, ids) in [(client(), [1, 3, 5]), (server(), [2, 4, 6])] {
        for (priority, expected) in (0..).zip(ids) {
            let open = Open::new(GET).priority(Priority::new(3 - priority));
            assert_eq!(session.open(open), Ok(id(expected)));
        }
        let heard = Peer::new().hear_text(&mut session).join("\n");
        let places = ids.map(|stream| heard.find(&format!("stream={stream} ")).unwrap());
        assert!(places.is_sorted(), "{heard}");
    }
}

// S1-042, S1-A10
#[test]
fn stream_0_cannot_be_opened() {
    for mut session in [server(), push_client()] {
        let wire = Peer::new().encode(&syn(0, false));
        assert_eq!(feed(&mut session, &wire), misplaced(0));
        assert_eq!(Peer::new().hear_text(&mut session), ["GOAWAY last_good=0"]);
    }
}

// S1-042, S1-A10
#[test]
fn no_frame_may_name_stream_0() {
    for frame in [data(0, b"x", false), reply(0, false)] {
        let wire = Peer::new().encode(&frame);
        assert_eq!(feed(&mut client(), &wire), misplaced(0));
    }
    assert_eq!(feed(&mut client(), &Peer::new().encode(&fin_stream(0, Status(1)))), Ok(vec![]));
}

// S1-040, S1-041, S1-A10
#[test]
fn an_id_of_the_wrong_parity_ends_the_session() {
    let wire = Peer::new().encode(&syn(2, false));
    assert_eq!(feed(&mut server(), &wire), misplaced(2));
    let wire = Peer::new().encode(&syn(1, false));
    assert_eq!(feed(&mut push_client(), &wire), misplaced(1));
}

// S1-040, S1-A10, S1-A32: also where we have that stream open ourselves; it pays first.
#[test]
fn an_id_of_ours_ends_the_session_although_it_is_live() {
    let (mut client, mut peer) = client_with_stream(false);
    let wire = peer.encode(&syn(1, false));
    let (events, end) = feed_to_the_end(&mut client, &wire);
    assert_eq!(told(&events), ["Aborted 1 Teardown"]);
    assert_eq!(end.map(|()| vec![]), misplaced(1));
    assert_eq!(
        peer.hear_text(&mut client),
        ["FIN_STREAM stream=1 status=PROTOCOL_ERROR", "GOAWAY last_good=0"]
    );
}

// S1-043, S1-A10
#[test]
fn an_id_below_an_earlier_one_ends_the_session() {
    let (mut server, mut peer) = (server(), Peer::new());
    assert_eq!(told(&peer.say(&mut server, &syn(9, false))), ["SynStream 9"]);
    let wire = peer.encode(&syn(7, false));
    assert_eq!(feed(&mut server, &wire), misplaced(7));
    assert_eq!(peer.hear_text(&mut server), ["GOAWAY last_good=9"]);
}

// S1-043
#[test]
fn each_side_counts_for_itself() {
    let (mut client, mut peer) = (push_client(), Peer::new());
    client.open(GET).unwrap();
    assert_eq!(client.open(GET), Ok(id(3)));
    assert_eq!(told(&peer.say(&mut client, &syn(2, true))), ["SynStream 2 fin"]);
    assert_eq!(client.open(GET), Ok(id(5)));
}

// S1-044, S1-A10
#[test]
fn a_second_syn_stream_costs_the_stream() {
    let (mut server, mut peer) = server_with_stream(false);
    assert_eq!(
        told(&peer.say(&mut server, &syn(1, false))),
        ["Aborted 1 Local(Status(1), SecondSynStream)"]
    );
    assert_eq!(peer.hear_text(&mut server), ["FIN_STREAM stream=1 status=PROTOCOL_ERROR"]);
    assert_eq!(told(&peer.say(&mut server, &syn(3, false))), ["SynStream 3"]);
}

// S1-044, S1-A10
#[test]
fn a_stream_that_is_over_cannot_be_opened_again() {
    let (mut server, mut peer) = server_with_stream(true);
    server.reply(id(1), OK, true).unwrap();
    drain(&mut server);
    let wire = peer.encode(&syn(1, true));
    assert_eq!(feed(&mut server, &wire), misplaced(1));
}

// Both sides.

// S1-045, S1-170
#[test]
fn both_sides_open_interleave_and_cancel_streams() {
    let mut pair = pushing();
    for number in [1, 3] {
        assert_eq!(pair.client.open(GET), Ok(id(number)));
    }
    assert_eq!(told(&pair.to_server()), ["SynStream 1", "SynStream 3"]);
    for number in [2, 4] {
        pair.server.reply(id(number - 1), OK, false).unwrap();
        assert_eq!(pair.server.open(GET), Ok(id(number)));
    }
    assert_eq!(told(&pair.to_client()), ["SynReply 1", "SynStream 2", "SynReply 3", "SynStream 4"]);
    for stream in [1, 2, 3, 4] {
        pair.server.send_data(id(stream), &b"x"[..], false).unwrap();
    }
    assert_eq!(
        told(&pair.to_client()),
        ["Data 1 \"x\"", "Data 2 \"x\"", "Data 3 \"x\"", "Data 4 \"x\""]
    );
    pair.client.fin_stream(id(1), Status::CANCEL).unwrap();
    pair.client.fin_stream(id(2), Status::CANCEL).unwrap();
    assert_eq!(told(&pair.to_server()), ["Aborted 1 Peer(Status(2))", "Aborted 2 Peer(Status(2))"]);
    for stream in [3, 4] {
        pair.server.send_data(id(stream), &b"y"[..], true).unwrap();
    }
    assert_eq!(told(&pair.to_client()), ["Data 3 \"y\" fin", "Data 4 \"y\" fin"]);
}

// S1-046
#[test]
fn a_request_is_answered_with_syn_reply() {
    let (mut server, mut peer) = server_with_stream(true);
    assert!(peer.hear(&mut server).is_empty(), "nothing is answered before the caller does");
    server.reply(id(1), OK, false).unwrap();
    assert_eq!(
        peer.hear_text(&mut server),
        ["SYN_REPLY stream=1 status=\"200 OK\" version=\"HTTP/1.1\""]
    );
}

// S1-047
#[test]
fn the_opener_need_not_wait_for_the_reply() {
    let mut pair = Pair::new();
    pair.client.open(GET).unwrap();
    pair.client.send_data(id(1), &b"body"[..], true).unwrap();
    assert_eq!(told(&pair.to_server()), ["SynStream 1", "Data 1 \"body\" fin"]);
    pair.server.reply(id(1), OK, true).unwrap();
    assert_eq!(told(&pair.to_client()), ["SynReply 1 fin"]);
}

// S1-050
#[test]
fn headers_are_given_once() {
    let (mut server, mut peer) = server_with_stream(false);
    server.reply(id(1), OK, false).unwrap();
    assert_eq!(server.reply(id(1), OK, false), Err(SendError::SecondReply));
    assert_eq!(peer.hear(&mut server), [reply(1, false)]);
    let (mut client, mut peer) = client_with_stream(false);
    assert_eq!(client.reply(id(1), OK, false), Err(SendError::ReplyFromOpener));
    assert!(peer.hear(&mut client).is_empty());
}

// Refusal.

// S1-048
#[test]
fn a_stream_may_be_refused() {
    let (mut server, mut peer) = server_with_stream(false);
    server.fin_stream(id(1), Status::REFUSED_STREAM).unwrap();
    assert_eq!(peer.hear_text(&mut server), ["FIN_STREAM stream=1 status=REFUSED_STREAM"]);
}

/// What is under way on stream 1 or 2 when its refusal arrives.
fn late(stream: u32) -> Vec<spdy::Frame> {
    vec![
        data(stream, b"x", false),
        data(stream, b"", true),
        reply(stream, false),
        fin_stream(stream, Status::PROTOCOL_ERROR),
    ]
}

// S1-049, S1-089
#[test]
fn what_is_under_way_on_a_refused_stream_is_ignored() {
    let mut refusals = Vec::new();
    // By the caller.
    let (mut by_caller, peer) = server_with_stream(false);
    by_caller.fin_stream(id(1), Status::REFUSED_STREAM).unwrap();
    refusals.push((1, by_caller, peer));
    // By the limit on streams.
    let mut full = Session::server(VERSION, Config::default().max_streams(0));
    let mut peer = Peer::new();
    assert_eq!(peer.say(&mut full, &syn(1, false)), []);
    refusals.push((1, full, peer));
    // A push that was not asked for.
    let (mut client, mut peer) = (client(), Peer::new());
    assert_eq!(peer.say(&mut client, &syn(2, false)), []);
    refusals.push((2, client, peer));

    for (stream, mut session, mut peer) in refusals {
        let refused = format!("FIN_STREAM stream={stream} status=REFUSED_STREAM");
        assert_eq!(peer.hear_text(&mut session), [refused]);
        for frame in late(stream) {
            assert_eq!(peer.say(&mut session, &frame), [], "{frame:?}");
        }
        assert!(peer.hear(&mut session).is_empty());
    }
}

// S1-048, S1-A21
#[test]
fn a_refused_stream_takes_no_place() {
    let mut server = Session::server(VERSION, Config::default().max_streams(1));
    let mut peer = Peer::new();
    assert_eq!(peer.say(&mut server, &syn(1, true)).len(), 1);
    assert_eq!(peer.say(&mut server, &syn(3, true)), []);
    server.reply(id(1), OK, true).unwrap();
    let heard = peer.hear(&mut server);
    assert_eq!(heard, [fin_stream(3, Status::REFUSED_STREAM), reply(1, true)]);
    assert_eq!(told(&peer.say(&mut server, &syn(5, true))), ["SynStream 5 fin"]);
}

// S1-048, S1-A21: pushes count too.
#[test]
fn a_client_refuses_pushes_above_its_limit() {
    let config = Config::default().push(true).max_streams(1);
    let (mut client, mut peer) = (Session::client(VERSION, config), Peer::new());
    client.open(GET).unwrap();
    assert_eq!(told(&peer.say(&mut client, &syn(2, false))), ["SynStream 2"]);
    assert_eq!(peer.say(&mut client, &syn(4, false)), []);
    assert_eq!(peer.hear(&mut client)[1..], [fin_stream(4, Status::REFUSED_STREAM)]);
}

// SYN_STREAM.

/// SYN_STREAM of stream 1 with FIN, priority 1 and one pair.
const SYN_STREAM: [u8; 38] = [
    0x80, 1, 0, 1, 1, 0, 0, 30, // head
    0, 0, 0, 1, 0x80, 0, 0, 1, // stream, priority, number of pairs
    0x38, 0x30, 0xDF, 0xA2, 0x51, 0xB2, // zlib header
    0, 6, 0, !6, 0xFF, 0, 1, b'a', 0, 1, b'b', // stored
    0, 0, 0, 0xFF, 0xFF, // flush
];

// S1-055, S1-060
#[test]
fn syn_stream_is_sent_as_drawn() {
    let mut client = Session::client(VERSION, stored());
    let open = Open::new([("a", "b")]).priority(Priority::new(1)).fin(true);
    client.open(open).unwrap();
    assert_eq!(drain(&mut client), SYN_STREAM);
}

// S1-055
#[test]
fn syn_stream_is_read_as_drawn() {
    let events = feed(&mut server(), &SYN_STREAM).unwrap();
    let [Event::SynStream { stream, priority, headers, fin, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((*stream, *priority, *fin), (id(1), Priority::new(1), true));
    assert_eq!(*headers, Headers::from([("a", "b")]));
}

// S1-056
#[test]
fn syn_stream_has_8_bytes_at_least() {
    assert!(feed(&mut server(), &control_bytes(1, 0, &[0, 0, 0, 1, 0, 0, 0])).is_err());
    let events = feed(&mut server(), &control_bytes(1, 0, &[0, 0, 0, 1, 0, 0, 0, 0]));
    assert_eq!(told(&events.unwrap()), ["SynStream 1"]);
}

// S1-057
#[test]
fn fin_on_syn_stream_closes_the_openers_half() {
    let (mut client, _) = client_with_stream(true);
    assert_eq!(client.send_data(id(1), &b"x"[..], false), Err(SendError::AfterFin));

    let (mut server, mut peer) = server_with_stream(true);
    server.reply(id(1), OK, false).unwrap();
    assert_eq!(
        told(&peer.say(&mut server, &data(1, b"x", false))),
        ["Aborted 1 Local(Status(1), AfterFin)"]
    );
}

fn priority_of(event: Option<&Event>) -> Priority {
    match event {
        Some(Event::SynStream { priority, .. }) => *priority,
        other => panic!("{other:?}"),
    }
}

// S1-058, S1-A02
#[test]
fn the_most_urgent_priority_is_3_on_the_wire() {
    for (level, byte) in [(0, 0xC0), (1, 0x80), (2, 0x40), (3, 0x00)] {
        let mut client = client();
        client.open(Open::new(GET).priority(Priority::new(level))).unwrap();
        let wire = drain(&mut client);
        assert_eq!(wire[12], byte);
        let events = feed(&mut server(), &wire).unwrap();
        assert_eq!(priority_of(events.first()), Priority::new(level));
    }
}

// S1-A02
#[test]
fn a_priority_is_the_greater_the_more_urgent_and_draft_1_has_four() {
    assert!(Priority::new(0) > Priority::new(1));
    assert_eq!(Priority::default(), Priority::HIGHEST);
    let mut client = client();
    client.open(Open::new(GET).priority(Priority::LOWEST)).unwrap();
    let events = feed(&mut server(), &drain(&mut client)).unwrap();
    assert_eq!(priority_of(events.first()), Priority::new(3));
}

// S1-060, S1-A09
#[test]
fn the_bits_beside_the_priority_are_not_looked_at() {
    let mut wire = SYN_STREAM;
    wire[12] |= 0x3F;
    wire[13] = 0xFF;
    assert_eq!(feed(&mut server(), &wire), feed(&mut server(), &SYN_STREAM));
}

// S1-059
#[test]
fn data_of_the_more_urgent_stream_goes_first() {
    let (mut server, mut peer) = (server(), Peer::new());
    for (stream, priority) in [(1, 3), (3, 1), (5, 0), (7, 1)] {
        peer.say(&mut server, &syn_priority(stream, priority));
        server.reply(id(stream), OK, false).unwrap();
    }
    peer.hear(&mut server);
    for stream in [1, 3, 5, 7] {
        server.send_data(id(stream), &b"x"[..], false).unwrap();
    }
    let order = peer.hear(&mut server);
    assert_eq!(order, [5, 3, 7, 1].map(|stream| data(stream, b"x", false)));
}

// SYN_REPLY.

/// SYN_REPLY of stream 1 with FIN and one pair.
const SYN_REPLY: [u8; 38] = [
    0x80, 1, 0, 2, 1, 0, 0, 30, // head
    0, 0, 0, 1, 0, 0, 0, 1, // stream, unused, number of pairs
    0x38, 0x30, 0xDF, 0xA2, 0x51, 0xB2, // zlib header
    0, 6, 0, !6, 0xFF, 0, 1, b'a', 0, 1, b'b', // stored
    0, 0, 0, 0xFF, 0xFF, // flush
];

// S1-065
#[test]
fn syn_reply_is_sent_as_drawn() {
    let mut server = Session::server(VERSION, stored());
    Peer::new().say(&mut server, &syn(1, true));
    server.reply(id(1), [("a", "b")], true).unwrap();
    assert_eq!(drain(&mut server), SYN_REPLY);
}

// S1-065
#[test]
fn syn_reply_is_read_as_drawn() {
    let (mut client, _) = client_with_stream(true);
    let events = feed(&mut client, &SYN_REPLY).unwrap();
    let [Event::SynReply { stream, headers, fin, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((*stream, *fin), (id(1), true));
    assert_eq!(*headers, Headers::from([("a", "b")]));
}

// S1-066
#[test]
fn syn_reply_has_8_bytes_at_least() {
    let (mut client, _) = client_with_stream(true);
    let events = feed(&mut client, &control_bytes(2, 0, &[0, 0, 0, 1, 0, 0, 0, 0]));
    assert_eq!(told(&events.unwrap()), ["SynReply 1"]);
    assert!(feed(&mut client, &control_bytes(2, 0, &[0, 0, 0, 1, 0, 0, 0])).is_err());
}

// S1-067
#[test]
fn fin_on_syn_reply_closes_the_repliers_half() {
    let (mut server, _) = server_with_stream(false);
    server.reply(id(1), OK, true).unwrap();
    assert_eq!(server.send_data(id(1), &b"x"[..], false), Err(SendError::AfterFin));

    let (mut client, mut peer) = client_with_stream(false);
    assert_eq!(told(&peer.say(&mut client, &reply(1, true))), ["SynReply 1 fin"]);
    assert_eq!(
        told(&peer.say(&mut client, &data(1, b"x", false))),
        ["Aborted 1 Local(Status(1), AfterFin)"]
    );
}

// S1-057, S1-067
#[test]
fn fin_on_both_ends_the_stream() {
    let mut pair = Pair::new();
    pair.client.open(Open::new(GET).fin(true)).unwrap();
    pair.to_server();
    pair.server.reply(id(1), OK, true).unwrap();
    assert_eq!(told(&pair.to_client()), ["SynReply 1 fin"]);
    for session in [&mut pair.client, &mut pair.server] {
        assert_eq!(session.send_data(id(1), &b"x"[..], false), Err(SendError::StreamOver));
        assert_eq!(end(session), [""; 0]);
    }
}

// S1-A12: a peer cannot know the ID of a stream whose SYN_STREAM has not left.
#[test]
fn a_stream_whose_syn_stream_still_waits_was_never_used() {
    for frame in [reply(1, false), data(1, b"guess", true)] {
        let (mut client, mut peer) = (client(), Peer::new());
        client.open(GET).unwrap();
        assert_eq!(peer.say(&mut client, &frame), []);
        // An answer would tear down what the SYN_STREAM opens.
        let heard = peer.hear(&mut client);
        assert!(matches!(&heard[..], [Frame::SynStream(syn)] if syn.stream == id(1)));
    }
    let (mut client, mut peer) = (client(), Peer::new());
    let stream = client.open(GET).unwrap();
    assert_eq!(peer.say(&mut client, &fin_stream(1, Status::CANCEL)), []);
    assert_eq!(client.send_data(stream, "still there", true), Ok(()));
}
