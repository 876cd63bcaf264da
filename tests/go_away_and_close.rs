//! Draft 1, section "GOAWAY", and how a session is ended in good order.

mod common;

use common::*;
use spdy::frame::{Frame, GoAway};
use spdy::{
    Abort, Config, Event, GoAwayStatus, Open, PingId, SendError, Session, SettingId, Status,
};

fn go_away(last_good: u32) -> Frame {
    Frame::GoAway(GoAway::new(id(last_good)))
}

/// A client with that many requests on the wire, and its peer.
fn client_with_streams(count: u32) -> (Session, Peer) {
    let (mut client, mut peer) = (client(), Peer::new());
    for _ in 0..count {
        client.open(Open::new(GET).fin(true)).unwrap();
    }
    peer.hear(&mut client);
    (client, peer)
}

// S1-150
#[test]
fn either_side_may_send_go_away() {
    let mut pair = Pair::new();
    pair.client.go_away(GoAwayStatus::OK);
    pair.server.go_away(GoAwayStatus::OK);
    assert_eq!(told(&pair.to_server()), ["GoAway 0"]);
    assert_eq!(told(&pair.to_client()), ["GoAway 0"]);
}

// S1-150
#[test]
fn a_side_may_leave_without_go_away() {
    let mut client = client();
    assert!(end(&mut client).is_empty());
    assert!(client.is_done());
}

// S1-150, S1-156
#[test]
fn go_away_is_twelve_bytes_with_flags_0() {
    let (mut server, _) = server_with_stream(false);
    server.go_away(GoAwayStatus::PROTOCOL_ERROR);
    assert_eq!(drain(&mut server), [0x80, 1, 0, 7, 0, 0, 0, 4, 0, 0, 0, 1]);
}

// S1-150
#[test]
fn go_away_goes_out_once() {
    let (mut client, mut peer) = (client(), Peer::new());
    client.go_away(GoAwayStatus::OK);
    client.go_away(GoAwayStatus::OK);
    assert_eq!(peer.hear_text(&mut client), ["GOAWAY last_good=0"]);
    client.go_away(GoAwayStatus::OK);
    assert!(!client.wants_write());
}

// S1-151
#[test]
fn after_our_go_away_we_open_no_stream() {
    for mut session in [client(), server()] {
        session.go_away(GoAwayStatus::OK);
        assert_eq!(session.can_open(), 0);
        assert_eq!(session.open(GET), Err(SendError::GoAway));
    }
}

// S1-152, S1-A08
#[test]
fn after_the_peers_go_away_we_open_no_stream() {
    for mut session in [client(), server()] {
        Peer::new().say(&mut session, &go_away(0));
        assert_eq!(session.can_open(), 0);
        assert_eq!(session.open(GET), Err(SendError::GoAway));
    }
}

// S1-153
#[test]
fn accepted_streams_run_to_their_end_after_the_peers_go_away() {
    let (mut client, mut peer) = client_with_stream(false);
    assert_eq!(told(&peer.say(&mut client, &go_away(1))), ["GoAway 1"]);
    client.send_data(id(1), "rest", true).unwrap();
    assert_eq!(peer.hear_text(&mut client), ["DATA stream=1 fin length=4"]);
    peer.say(&mut client, &reply(1, false));
    assert_eq!(told(&peer.say(&mut client, &data(1, b"x", true))), ["Data 1 \"x\" fin"]);
}

// S1-153, S1-A08
#[test]
fn accepted_streams_run_to_their_end_after_our_go_away() {
    let (mut server, mut peer) = server_with_stream(false);
    server.go_away(GoAwayStatus::OK);
    assert_eq!(told(&peer.say(&mut server, &data(1, b"x", true))), ["Data 1 \"x\" fin"]);
    server.reply(id(1), (), false).unwrap();
    server.send_data(id(1), "y", true).unwrap();
    let ping = server.ping().unwrap();
    let expected = [
        "GOAWAY last_good=1",
        "SYN_REPLY stream=1",
        &format!("PING id={ping}"),
        "DATA stream=1 fin length=1",
    ];
    assert_eq!(peer.hear_text(&mut server), expected);
}

// S1-154
#[test]
fn go_away_names_the_last_stream_that_we_accepted() {
    for (streams, last_good) in [(0, 0), (1, 1), (2, 3), (10, 19)] {
        let (mut server, mut peer) = (server(), Peer::new());
        for number in 0..streams {
            peer.say(&mut server, &syn(2 * number + 1, false));
        }
        server.go_away(GoAwayStatus::OK);
        assert_eq!(peer.hear_text(&mut server), [format!("GOAWAY last_good={last_good}")]);
    }
}

// S1-154
#[test]
fn streams_that_have_ended_were_accepted() {
    // By FIN on both sides, by our FIN_STREAM, by the peer's.
    let (mut server, mut peer) = server_with_stream(true);
    server.reply(id(1), (), true).unwrap();
    peer.say(&mut server, &syn(3, false));
    server.fin_stream(id(3), Status::CANCEL).unwrap();
    peer.say(&mut server, &syn(5, false));
    peer.say(&mut server, &fin_stream(5, Status::INVALID_STREAM));
    peer.hear(&mut server);
    server.go_away(GoAwayStatus::OK);
    assert_eq!(peer.hear_text(&mut server), ["GOAWAY last_good=5"]);
}

// S1-154, S1-A08
#[test]
fn refused_and_faulty_streams_do_not_count_as_accepted() {
    for opened_later in [false, true] {
        let (mut server, mut peer) = server_with_stream(true);
        peer.say(&mut server, &syn(3, true));
        server.fin_stream(id(3), Status::REFUSED_STREAM).unwrap();
        let mut faulty = peer.encode(&syn(5, true));
        faulty[15] += 1;
        feed(&mut server, &faulty).unwrap();
        if opened_later {
            peer.say(&mut server, &syn(7, true));
        }
        peer.hear(&mut server);
        server.go_away(GoAwayStatus::OK);
        let expected = if opened_later { "GOAWAY last_good=7" } else { "GOAWAY last_good=1" };
        assert_eq!(peer.hear_text(&mut server), [expected]);
    }
}

// S1-154
#[test]
fn go_away_of_a_client_names_the_last_push() {
    let mut client = Session::client(VERSION, Config::default().push(true));
    let mut peer = Peer::new();
    peer.say(&mut client, &syn(2, false));
    peer.say(&mut client, &syn(4, true));
    client.go_away(GoAwayStatus::OK);
    assert_eq!(peer.hear_text(&mut client), ["GOAWAY last_good=4"]);
}

// S1-155, S1-A08
#[test]
fn streams_above_the_peers_last_good_were_not_accepted_and_may_be_sent_again() {
    let (mut client, mut peer) = client_with_streams(4);
    let events = peer.say(&mut client, &go_away(3));
    assert_eq!(told(&events), ["GoAway 3", "Aborted 5 NotAccepted", "Aborted 7 NotAccepted"]);
    assert!(Abort::NotAccepted.is_retryable());
    assert!(!client.wants_write());
    for stream in [5, 7] {
        assert!(peer.say(&mut client, &reply(stream, true)).is_empty());
    }
    assert_eq!(told(&peer.say(&mut client, &reply(3, true))), ["SynReply 3 fin"]);
    assert_eq!(end(&mut client), ["Aborted 1 Teardown"]);
}

// S1-155, S1-112
#[test]
fn streams_that_were_not_accepted_drop_what_they_have_queued() {
    let (mut client, mut peer) = client_with_stream(false);
    client.send_data(id(1), "never seen", true).unwrap();
    peer.say(&mut client, &go_away(0));
    assert_eq!(client.queued(), 0);
    assert!(!client.wants_write());
    assert_eq!(client.send_data(id(1), "x", false), Err(SendError::StreamOver));
}

// S1-155, S1-A08
#[test]
fn a_syn_stream_that_still_waits_does_not_go_out_after_the_peers_go_away() {
    let (mut client, mut peer) = client_with_stream(true);
    client.open(Open::new(GET).fin(true)).unwrap();
    let events = peer.say(&mut client, &go_away(0x7FFF_FFFF));
    assert_eq!(told(&events), ["GoAway 2147483647", "Aborted 3 NotAccepted"]);
    assert!(!client.wants_write());
}

// S1-155
#[test]
fn streams_that_were_not_accepted_are_dead_before_that_is_told() {
    let (mut client, mut peer) = (client(), Peer::new());
    client.open(GET).unwrap();
    let wire = peer.encode(&go_away(0));
    let event = client.next_event(&mut &wire[..]).unwrap();
    assert!(matches!(event, Some(Event::GoAway { .. })));
    assert_eq!(client.open_streams(), 1, "its end has not been reported");
    assert!(!client.wants_write());
    assert_eq!(client.send_data(id(1), "x", false), Err(SendError::StreamOver));
    assert_eq!(told(&feed(&mut client, b"").unwrap()), ["Aborted 1 NotAccepted"]);
}

// S1-A08
#[test]
fn streams_of_the_peer_are_untouched_by_its_go_away() {
    let (mut server, mut peer) = server_with_stream(true);
    let push = server.open(GET).unwrap();
    peer.hear(&mut server);
    let events = peer.say(&mut server, &go_away(0));
    assert_eq!(told(&events), ["GoAway 0", &format!("Aborted {push} NotAccepted")]);
    assert_eq!(server.reply(id(1), OK, true), Ok(()));
    // It may even open more.
    assert_eq!(told(&peer.say(&mut server, &syn(3, true))), ["SynStream 3 fin"]);
}

// S1-A08
#[test]
fn the_peers_last_good_only_falls() {
    let (mut client, mut peer) = client_with_streams(3);
    let events = peer.say(&mut client, &go_away(3));
    assert_eq!(told(&events), ["GoAway 3", "Aborted 5 NotAccepted"]);
    assert_eq!(told(&peer.say(&mut client, &go_away(5))), ["GoAway 3"]);
    let events = peer.say(&mut client, &go_away(1));
    assert_eq!(told(&events), ["GoAway 1", "Aborted 3 NotAccepted"]);
}

// S1-A08
#[test]
fn last_good_is_not_checked_and_its_top_bit_is_masked() {
    let (mut client, _) = client_with_stream(true);
    let wire = control_bytes(7, 0xFF, &[0x80, 0, 0, 8]);
    assert_eq!(told(&feed(&mut client, &wire).unwrap()), ["GoAway 8"]);
}

// S1-A08, S1-089
#[test]
fn a_syn_stream_after_our_go_away_is_inflated_and_dropped_and_so_is_its_data() {
    let (mut server, mut peer) = server_with_stream(true);
    server.go_away(GoAwayStatus::OK);
    peer.hear(&mut server);
    for frame in [syn(3, false), data(3, b"x", false), reply(3, true), data(3, b"x", true)] {
        assert!(peer.say(&mut server, &frame).is_empty());
        assert!(!server.wants_write());
    }
    // The context is in step: a block on a live stream still decodes.
    let push = spdy::frame::Subresource::new(id(1), GET);
    let events = peer.say(&mut server, &Frame::Subresource(push));
    assert!(matches!(&events[..], [Event::Subresource { headers, .. }] if *headers == GET.into()));
}

// S1-A08, S1-154
#[test]
fn a_stream_dropped_after_our_go_away_does_not_raise_last_good() {
    let (mut server, mut peer) = server_with_stream(true);
    server.go_away(GoAwayStatus::OK);
    peer.say(&mut server, &syn(3, true));
    // A session error sends another GOAWAY, with the same number.
    let wire = peer.encode(&syn(3, true));
    assert!(feed(&mut server, &wire).is_err());
    assert_eq!(peer.hear_text(&mut server), ["GOAWAY last_good=1"]);
}

// S1-156
#[test]
fn another_length_than_4_costs_the_session() {
    for len in [0, 3, 5, 8] {
        let error = feed(&mut client(), &control_bytes(7, 0, &[0; 8][..len])).unwrap_err();
        let text = format!("GOAWAY at byte 0: a length of {len} is not possible, only 4 ");
        assert!(error.to_string().contains(&text), "{error}");
    }
}

// Closing.

// S1-150, S1-A38
#[test]
fn close_sends_what_is_queued_and_then_go_away_as_the_last_frame() {
    let (mut server, mut peer) = server_with_stream(true);
    server.reply(id(1), (), false).unwrap();
    server.send_data(id(1), vec![b'x'; 100_000], true).unwrap();
    server.close();
    let frames = peer.hear_text(&mut server);
    assert_eq!(frames.len(), 9);
    assert_eq!(frames[0], "SYN_REPLY stream=1");
    assert_eq!(frames[7], "DATA stream=1 fin length=1696");
    assert_eq!(frames[8], "GOAWAY last_good=1");
    assert!(server.is_done());
}

// S1-150
#[test]
fn a_closed_session_is_done_when_its_go_away_has_left() {
    let mut client = client();
    client.close();
    assert!(client.wants_write() && !client.is_done());
    let staged = bytes::Buf::remaining(&client.output());
    assert_eq!(staged, 12);
    assert!(client.wants_write() && !client.is_done());
    drain(&mut client);
    assert!(client.is_done());
    client.close();
    assert!(client.is_done());
}

// S1-150
#[test]
fn close_after_go_away_sends_no_second_one() {
    let (mut server, mut peer) = server_with_stream(true);
    server.go_away(GoAwayStatus::OK);
    server.reply(id(1), (), true).unwrap();
    server.close();
    let expected = ["GOAWAY last_good=1", "SYN_REPLY stream=1 fin"];
    assert_eq!(peer.hear_text(&mut server), expected);
    assert!(server.is_done());
}

// S1-151
#[test]
fn after_close_calls_that_send_are_refused() {
    let (mut server, _) = server_with_stream(false);
    server.reply(id(1), OK, false).unwrap();
    server.close();
    let over = SendError::SessionOver;
    assert_eq!(server.can_open(), 0);
    assert_eq!(server.open(GET), Err(over.clone()));
    assert_eq!(server.reply(id(1), OK, true), Err(over.clone()));
    assert_eq!(server.send_data(id(1), "x", true), Err(over.clone()));
    assert_eq!(server.subresource(id(1), GET), Err(over.clone()));
    assert_eq!(server.ping(), Err(over.clone()));
    assert_eq!(server.send_settings([(SettingId::ROUND_TRIP_TIME, 1)]), Err(over));
    assert_eq!(server.poll_writable(), None);
}

// S1-110
#[test]
fn after_close_a_stream_can_still_be_torn_down() {
    let (mut server, mut peer) = server_with_stream(false);
    server.close();
    server.fin_stream(id(1), Status::CANCEL).unwrap();
    let expected = ["FIN_STREAM stream=1 status=INVALID_STREAM", "GOAWAY last_good=1"];
    assert_eq!(peer.hear_text(&mut server), expected);
}

// S1-048
#[test]
fn after_close_a_new_stream_is_refused_and_behind_the_go_away_dropped() {
    let (mut server, mut peer) = server_with_stream(true);
    server.close();
    assert!(peer.say(&mut server, &syn(3, true)).is_empty());
    let expected = ["FIN_STREAM stream=3 status=REFUSED_STREAM", "GOAWAY last_good=1"];
    assert_eq!(peer.hear_text(&mut server), expected);
    assert!(peer.say(&mut server, &syn(5, true)).is_empty());
    assert!(!server.wants_write());
}

// S1-153
#[test]
fn after_close_what_the_peer_sends_is_still_delivered() {
    let (mut client, mut peer) = client_with_stream(true);
    client.close();
    peer.hear(&mut client);
    assert_eq!(told(&peer.say(&mut client, &reply(1, false))), ["SynReply 1"]);
    assert_eq!(told(&peer.say(&mut client, &data(1, b"x", true))), ["Data 1 \"x\" fin"]);
}

// S1-A38
#[test]
fn nothing_follows_the_go_away_of_close() {
    let (mut server, mut peer) = server_with_stream(false);
    server.close();
    peer.hear(&mut server);
    peer.say(&mut server, &Frame::Ping(PingId::new(1)));
    peer.say(&mut server, &data(9, b"?", false));
    server.fin_stream(id(1), Status::CANCEL).unwrap();
    server.go_away(GoAwayStatus::OK);
    assert!(!server.wants_write());
    assert!(end(&mut server).is_empty());
}

// S1-150
#[test]
fn a_session_that_is_done_stays_done_whatever_comes() {
    let (mut server, mut peer) = (server(), Peer::new());
    server.go_away(GoAwayStatus::OK);
    assert_eq!(peer.hear_text(&mut server), ["GOAWAY last_good=0"]);
    server.close();
    assert!(server.is_done());
    peer.say(&mut server, &Frame::Ping(PingId::new(1)));
    peer.say(&mut server, &data(9, b"x", false));
    assert!(server.is_done());
    assert!(drain(&mut server).is_empty());
}

// A reset of the peer's may be what empties the queue of a closing session.
#[test]
fn a_closing_session_is_done_for_good_when_a_reset_empties_its_queue() {
    let (mut server, mut peer) = server_with_stream(false);
    server.reply(id(1), OK, false).unwrap();
    server.go_away(GoAwayStatus::OK);
    drain(&mut server);
    server.send_data(id(1), "never sent", true).unwrap();
    server.close();
    assert!(!server.is_done());
    peer.say(&mut server, &fin_stream(1, Status::CANCEL));
    assert!(server.is_done());
    peer.say(&mut server, &Frame::Ping(PingId::new(1)));
    assert!(server.is_done());
}

// S1-155: a stream that the caller gives up before it was told of its end has no event.
#[test]
fn a_stream_that_was_not_accepted_can_be_torn_down_before_it_is_reported() {
    let (mut client, mut peer) = client_with_streams(2);
    let wire = peer.encode(&go_away(1));
    let mut input = &wire[..];
    assert!(matches!(client.next_event(&mut input), Ok(Some(Event::GoAway { .. }))));
    client.fin_stream(id(3), Status::CANCEL).unwrap();
    assert_eq!(client.next_event(&mut input), Ok(None));
    assert!(!client.wants_write());
}
