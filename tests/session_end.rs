//! How a session ends: by an error, or with its transport.

mod common;

use bytes::Buf;
use common::*;
use spdy::codec::{Decoder, Limits};
use spdy::{
    Abort, Config, DecodeErrorKind, Event, Frame, Open, PingId, SendError, Session, SessionError,
    SettingId, Status,
};

/// A frame that no session survives.
const FATAL: [u8; 8] = [0x80, 9, 0, 5, 0, 0, 0, 0];

/// What is told of a session that gets bytes that end it.
fn told_to_the_end(session: &mut Session, wire: &[u8]) -> Vec<String> {
    let (events, error) = feed_to_the_end(session, wire);
    assert!(error.is_err());
    told(&events)
}

// S1-A32
#[test]
fn an_error_stays_and_no_more_input_is_consumed() {
    let mut server = server();
    let wire = [&FATAL[..], &data_bytes(1, 0, b"behind")].concat();
    let mut rest = &wire[..];
    let error = server.next_event(&mut rest).unwrap_err();
    assert_eq!(rest.len(), wire.len() - FATAL.len());
    for _ in 0..3 {
        assert_eq!(server.next_event(&mut rest), Err(error.clone()));
        assert_eq!(rest.len(), wire.len() - FATAL.len());
    }
    server.end_of_input();
    assert_eq!(server.next_event(&mut rest), Err(error));
}

#[test]
fn why_a_stream_died_with_its_session_can_be_asked_at_once() {
    for is_failed in [true, false] {
        let mut client = client();
        client.open(GET).unwrap();
        drain(&mut client);
        assert_eq!(client.error(), None);
        let mut wire = if is_failed { &FATAL[..] } else { &[] };
        if !is_failed {
            client.end_of_input();
        }
        let event = client.next_event(&mut wire).unwrap().unwrap();
        let cause = Abort::Teardown;
        assert!(matches!(event, Event::Aborted { cause: told, .. } if told == cause));
        let error = client.error().cloned();
        assert_eq!(error.is_some(), is_failed);
        assert_eq!(client.next_event(&mut wire), error.map_or(Ok(None), Err));
    }
}

// S1-125, S1-A32
#[test]
fn an_error_first_interrupts_every_open_stream() {
    let (mut server, mut peer) = (server(), Peer::new());
    for (stream, fin) in [(1, false), (3, true), (5, false), (7, true)] {
        peer.say(&mut server, &syn(stream, fin));
    }
    server.open(GET).unwrap();
    peer.say(&mut server, &fin_stream(5, Status::INVALID_STREAM)); // torn down
    server.reply(id(7), OK, true).unwrap(); // closed, once that is staged
    peer.hear(&mut server);
    let expected = ["Aborted 2 Teardown", "Aborted 1 Teardown", "Aborted 3 Teardown"];
    assert_eq!(told_to_the_end(&mut server, &FATAL), expected);
}

// S1-A32
#[test]
fn an_error_without_a_stream_puts_go_away_in_the_output() {
    let (mut server, mut peer) = server_with_stream(false);
    assert!(feed(&mut server, &FATAL).is_err());
    assert_eq!(peer.hear_text(&mut server), ["GOAWAY last_good=1"]);
}

// S1-A32
#[test]
fn an_error_on_an_active_stream_puts_fin_stream_before_the_go_away() {
    let (mut client, mut peer) = client_with_stream(false);
    let mut wire = peer.encode(&reply(1, false));
    wire[16] = 0; // no zlib header
    let (events, error) = feed_to_the_end(&mut client, &wire);
    assert_eq!(told(&events), ["Aborted 1 Teardown"]);
    assert!(matches!(error, Err(SessionError::Decode(_))));
    let expected = ["FIN_STREAM stream=1 status=PROTOCOL_ERROR", "GOAWAY last_good=0"];
    assert_eq!(peer.hear_text(&mut client), expected);
}

// S1-A32
#[test]
fn an_error_on_a_stream_that_is_not_active_has_no_fin_stream() {
    let (mut client, mut peer) = client_with_stream(true);
    peer.say(&mut client, &reply(1, true));
    let mut wire = peer.encode(&reply(1, false));
    wire[16] ^= 0xFF;
    assert!(feed(&mut client, &wire).is_err());
    assert_eq!(peer.hear_text(&mut client), ["GOAWAY last_good=0"]);
}

// S1-A32
#[test]
fn a_frame_that_has_begun_is_finished_and_the_rest_is_dropped() {
    let (mut server, mut peer) = server_with_stream(false);
    server.reply(id(1), (), false).unwrap();
    server.send_data(id(1), vec![b'x'; 100_000], false).unwrap();
    let begun = server.output().copy_to_bytes(16 + 20);
    server.ping().unwrap();
    assert!(feed(&mut server, &FATAL).is_err());
    let wire = [&begun[..], &drain(&mut server)].concat();
    let frames = peer.parse(&wire);
    let text: Vec<_> = frames.iter().map(|frame| frame.display(VERSION).to_string()).collect();
    let expected = ["SYN_REPLY stream=1", "DATA stream=1 length=16384", "GOAWAY last_good=1"];
    assert_eq!(text, expected);
}

// S1-A32
#[test]
fn what_has_been_staged_and_not_begun_is_dropped() {
    let (mut client, mut peer) = (client(), Peer::new());
    client.send_settings([(SettingId::ROUND_TRIP_TIME, 1)]).unwrap();
    client.open(GET).unwrap();
    assert!(client.output().has_remaining());
    assert!(feed(&mut client, &FATAL).is_err());
    assert_eq!(peer.hear_text(&mut client), ["GOAWAY last_good=0"]);
    assert_eq!(client.queued(), 0);
}

// S1-A32
#[test]
fn a_session_with_an_error_is_done_when_its_go_away_has_left() {
    let mut client = client();
    assert!(feed(&mut client, &FATAL).is_err());
    assert!(client.wants_write() && !client.is_done());
    drain(&mut client);
    assert!(!client.wants_write() && client.is_done());
}

// S1-A32
#[test]
fn an_error_behind_the_go_away_of_close_sends_nothing_more() {
    let mut client = client();
    client.close();
    drain(&mut client);
    assert!(feed(&mut client, &FATAL).is_err());
    assert!(client.is_done());
}

// S1-A32
#[test]
fn after_an_error_calls_that_send_are_refused() {
    let (mut server, _) = server_with_stream(false);
    assert!(feed(&mut server, &FATAL).is_err());
    drain(&mut server);
    assert_calls_are_refused(&mut server);
    assert_eq!(server.fin_stream(id(1), Status::CANCEL), Ok(()));
    assert!(server.is_done());
}

#[track_caller]
fn assert_calls_are_refused(session: &mut Session) {
    let over = SendError::SessionOver;
    assert_eq!(session.can_open(), 0);
    assert_eq!(session.open(GET), Err(over.clone()));
    assert_eq!(session.reply(id(1), OK, true), Err(over.clone()));
    assert_eq!(session.send_data(id(1), "x", true), Err(over.clone()));
    assert_eq!(session.subresource(id(1), GET), Err(over.clone()));
    assert_eq!(session.ping(), Err(over.clone()));
    assert_eq!(session.send_settings([(SettingId::ROUND_TRIP_TIME, 1)]), Err(over));
    assert_eq!(session.poll_writable(), None);
}

// S1-A32
#[test]
fn a_fault_in_a_flood_of_faults_still_gets_its_fin_stream() {
    let mut client = Session::client(VERSION, Config::default().max_resets(0));
    let mut peer = Peer::new();
    client.open(Open::new(GET).fin(true)).unwrap();
    peer.hear(&mut client);
    let wire = peer.encode(&data(1, b"early", false));
    assert_eq!(feed(&mut client, &wire), Err(SessionError::TooManyResets));
    let expected = ["FIN_STREAM stream=1 status=PROTOCOL_ERROR", "GOAWAY last_good=0"];
    assert_eq!(peer.hear_text(&mut client), expected);
}

// S1-125, S1-A33
#[test]
fn the_end_of_the_transport_interrupts_each_open_stream_once() {
    let (mut client, mut peer) = (client(), Peer::new());
    for _ in 0..4 {
        client.open(Open::new(GET).fin(true)).unwrap();
    }
    peer.hear(&mut client);
    peer.say(&mut client, &reply(1, true)); // closed
    peer.say(&mut client, &reply(3, false)); // half closed by us
    peer.say(&mut client, &fin_stream(5, Status::INVALID_STREAM)); // torn down
    assert_eq!(end(&mut client), ["Aborted 3 Teardown", "Aborted 7 Teardown"]);
    assert!(end(&mut client).is_empty());
}

// S1-125
#[test]
fn a_stream_whose_remote_half_has_ended_is_interrupted_too() {
    let (mut server, _) = server_with_stream(true);
    assert_eq!(end(&mut server), ["Aborted 1 Teardown"]);
}

// S1-125
#[test]
fn after_the_end_of_the_transport_there_is_nothing_to_read_or_write() {
    let (mut server, _) = server_with_stream(false);
    server.reply(id(1), OK, false).unwrap();
    server.send_data(id(1), "x", false).unwrap();
    end(&mut server);
    assert_eq!(server.queued(), 0);
    assert!(!server.wants_write() && server.is_done());
    let mut rest = &data_bytes(1, 0, b"late")[..];
    assert_eq!(server.next_event(&mut rest), Ok(None));
    assert_eq!(rest.len(), 12);
    assert_calls_are_refused(&mut server);
}

// S1-125
#[test]
fn what_has_been_staged_can_still_be_written_after_the_end_of_input() {
    let (mut server, mut peer) = server_with_stream(true);
    server.reply(id(1), (), true).unwrap();
    assert!(server.output().has_remaining());
    assert!(end(&mut server).is_empty());
    assert!(!server.is_done());
    assert_eq!(peer.hear_text(&mut server), ["SYN_REPLY stream=1 fin"]);
    assert!(server.is_done());
}

// S1-A35
#[test]
fn half_a_frame_at_the_end_does_nothing_more() {
    let (mut server, mut peer) = server_with_stream(false);
    let wire = peer.encode(&syn(3, false));
    for cut in [1, 7, 8, 20] {
        let mut server = self::server();
        assert!(feed(&mut server, &wire[..cut]).unwrap().is_empty());
        assert!(end(&mut server).is_empty());
        assert!(server.is_done());
    }
    feed(&mut server, &wire[..20]).unwrap();
    assert_eq!(end(&mut server), ["Aborted 1 Teardown"]);
}

// S1-A35
#[test]
fn the_codec_alone_reports_half_a_frame() {
    let wire = Peer::new().encode(&syn(1, false));
    for cut in 1..wire.len() {
        let mut decoder = Decoder::new(VERSION, Limits::default());
        assert_eq!(decoder.decode(&mut &wire[..cut]), Ok(None));
        let error = decoder.finish().unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::EndOfInput);
    }
    let mut decoder = Decoder::new(VERSION, Limits::default());
    assert!(decoder.decode(&mut &wire[..]).unwrap().is_some());
    assert_eq!(decoder.finish(), Ok(()));
}

// S1-125, S1-155
#[test]
fn streams_that_were_not_accepted_are_told_before_those_that_are_interrupted() {
    let (mut client, mut peer) = (client(), Peer::new());
    client.open(GET).unwrap();
    client.open(GET).unwrap();
    peer.hear(&mut client);
    let go_away = Frame::GoAway(spdy::frame::GoAway::new(id(1)));
    let wire = [peer.encode(&go_away), peer.encode(&Frame::Ping(PingId::new(2)))].concat();
    let event = client.next_event(&mut &wire[..]).unwrap();
    assert!(matches!(event, Some(Event::GoAway { .. })));
    assert_eq!(end(&mut client), ["Aborted 3 NotAccepted", "Aborted 1 Teardown"]);
}

// S1-A32: a stream that the peer cannot know of is not named to it.
#[test]
fn a_session_error_names_no_stream_that_has_not_left() {
    let (mut client, mut peer) = (client(), Peer::new());
    client.open(GET).unwrap();
    let broken = [0x80, 1, 0, 2, 0, 0, 0, 10, 0, 0, 0, 1, 0, 0, 0, 1, 0xFF, 0xFF];
    let (events, end) = feed_to_the_end(&mut client, &broken);
    assert!(end.is_err());
    assert_eq!(told(&events), ["Aborted 1 Teardown"]);
    assert_eq!(peer.hear_text(&mut client), ["GOAWAY last_good=0"]);
}
