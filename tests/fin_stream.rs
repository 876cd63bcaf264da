//! Draft 1, sections "FIN_STREAM" and "Stream close": how a stream is refused or torn down.

mod common;

use bytes::Buf;
use common::*;
use spdy::{Abort, Event, Open, SendError, SessionError, Status};

// S1-110
#[test]
fn a_stream_can_be_torn_down_at_any_moment() {
    // Before its SYN_STREAM has left: nothing goes out at all.
    let (mut unsent, mut peer) = (client(), Peer::new());
    unsent.open(GET).unwrap();
    unsent.fin_stream(id(1), Status::CANCEL).unwrap();
    assert!(peer.hear(&mut unsent).is_empty());
    // Before the reply, and behind our FIN.
    for fin in [false, true] {
        let (mut client, mut peer) = client_with_stream(fin);
        client.fin_stream(id(1), Status::CANCEL).unwrap();
        let expected = ["FIN_STREAM stream=1 status=INVALID_STREAM"];
        assert_eq!(peer.hear_text(&mut client), expected);
    }
    // Behind the peer's FIN.
    let (mut server, mut peer) = server_with_stream(true);
    server.fin_stream(id(1), Status::CANCEL).unwrap();
    let expected = ["FIN_STREAM stream=1 status=INVALID_STREAM"];
    assert_eq!(peer.hear_text(&mut server), expected);
}

// S1-110
#[test]
fn an_id_whose_syn_stream_never_left_is_skipped() {
    let (mut client, mut peer) = (client(), Peer::new());
    client.open(()).unwrap();
    client.fin_stream(id(1), Status::CANCEL).unwrap();
    client.open(()).unwrap();
    assert_eq!(peer.hear_text(&mut client), ["SYN_STREAM stream=3 priority=0"]);
}

// S1-111, S1-126
#[test]
fn data_after_our_fin_stream_is_ignored() {
    let (mut server, mut peer) = server_with_stream(false);
    server.fin_stream(id(1), Status::CANCEL).unwrap();
    peer.hear(&mut server);
    for frame in [data(1, b"x", false), data(1, b"x", true), data(1, b"x", false)] {
        assert!(peer.say(&mut server, &frame).is_empty());
        assert!(!server.wants_write());
    }
}

// S1-111, S1-126
#[test]
fn data_after_the_peers_fin_stream_is_ignored() {
    let (mut server, mut peer) = server_with_stream(false);
    peer.say(&mut server, &fin_stream(1, Status::INVALID_STREAM));
    for frame in [data(1, b"x", false), data(1, b"x", true), data(1, b"x", false)] {
        assert!(peer.say(&mut server, &frame).is_empty());
        assert!(!server.wants_write());
    }
}

// S1-111, S1-A12
#[test]
fn data_is_ignored_when_its_stream_is_long_forgotten() {
    let (mut server, mut peer) = server_with_stream(false);
    server.fin_stream(id(1), Status::CANCEL).unwrap();
    for stream in (3..303).step_by(2) {
        peer.say(&mut server, &syn(stream, false));
        server.fin_stream(id(stream), Status::CANCEL).unwrap();
    }
    peer.hear(&mut server);
    assert!(peer.say(&mut server, &data(1, b"late", true)).is_empty());
    assert!(!server.wants_write());
}

// S1-112
#[test]
fn our_fin_stream_drops_what_the_stream_has_queued() {
    let (mut server, mut peer) = server_with_stream(false);
    server.reply(id(1), OK, false).unwrap();
    server.send_data(id(1), "never seen", true).unwrap();
    server.fin_stream(id(1), Status::CANCEL).unwrap();
    assert_eq!(server.queued(), 0);
    let expected = ["FIN_STREAM stream=1 status=INVALID_STREAM"];
    assert_eq!(peer.hear_text(&mut server), expected);
}

// S1-112
#[test]
fn the_peers_fin_stream_drops_what_the_stream_has_queued() {
    let (mut server, mut peer) = server_with_stream(false);
    server.reply(id(1), OK, false).unwrap();
    server.send_data(id(1), "never seen", true).unwrap();
    peer.say(&mut server, &fin_stream(1, Status::INVALID_STREAM));
    assert_eq!(server.queued(), 0);
    assert!(!server.wants_write());
}

// S1-112
#[test]
fn nothing_can_be_sent_on_a_stream_that_was_torn_down() {
    for by_peer in [false, true] {
        let (mut server, mut peer) = server_with_stream(false);
        if by_peer {
            peer.say(&mut server, &fin_stream(1, Status::INVALID_STREAM));
        } else {
            server.fin_stream(id(1), Status::CANCEL).unwrap();
            peer.hear(&mut server);
        }
        let refused = Err(SendError::StreamOver);
        assert_eq!(server.reply(id(1), OK, false), refused);
        assert_eq!(server.send_data(id(1), "x", false), refused);
        assert_eq!(server.subresource(id(1), GET), refused);
        assert_eq!(server.fin_stream(id(1), Status::CANCEL), Ok(()));
        assert!(!server.wants_write());
    }
}

// S1-113
#[test]
fn another_length_than_8_costs_the_session() {
    for len in [0, 4, 7, 9, 12] {
        let payload = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0];
        let error = feed(&mut server(), &control_bytes(3, 0, &payload[..len])).unwrap_err();
        let text = format!("FIN_STREAM at byte 0: a length of {len} is not possible, only 8 ");
        assert!(error.to_string().contains(&text), "{error}");
    }
}

// S1-114
#[test]
fn the_statuses_are_1_2_and_3_on_the_wire() {
    let statuses = [Status::PROTOCOL_ERROR, Status::INVALID_STREAM, Status::REFUSED_STREAM];
    for (status, number) in statuses.into_iter().zip(1..) {
        let (mut server, _) = server_with_stream(false);
        server.fin_stream(id(1), status).unwrap();
        let wire = control_bytes(3, 0, &[0, 0, 0, 1, 0, 0, 0, number]);
        assert_eq!(drain(&mut server), wire);

        let (mut client, _) = client_with_stream(false);
        let events = feed(&mut client, &wire).unwrap();
        assert_eq!(told(&events), [format!("Aborted 1 Peer(Status({number}))")]);
    }
}

// S1-115, S1-A37
#[test]
fn status_0_is_refused_and_the_stream_goes_on() {
    let (mut server, _) = server_with_stream(false);
    assert_eq!(server.fin_stream(id(1), Status(0)), Err(SendError::Status));
    assert!(!server.wants_write());
    assert_eq!(server.reply(id(1), OK, false), Ok(()));
}

// S1-116, S1-A37
#[test]
fn a_code_that_draft_1_lacks_goes_out_as_the_nearest_one() {
    let rows = [
        (Status::CANCEL, "INVALID_STREAM"),
        (Status::UNSUPPORTED_VERSION, "PROTOCOL_ERROR"),
        (Status::INTERNAL_ERROR, "PROTOCOL_ERROR"),
        (Status(0xFFFF_FFFF), "PROTOCOL_ERROR"),
        (Status::PROTOCOL_ERROR, "PROTOCOL_ERROR"),
        (Status::INVALID_STREAM, "INVALID_STREAM"),
        (Status::REFUSED_STREAM, "REFUSED_STREAM"),
    ];
    for (status, word) in rows {
        let (mut server, mut peer) = server_with_stream(false);
        server.fin_stream(id(1), status).unwrap();
        let expected = [format!("FIN_STREAM stream=1 status={word}")];
        assert_eq!(peer.hear_text(&mut server), expected);
    }
}

// S1-116
#[test]
fn protocol_error_is_not_sent_where_another_status_fits() {
    let (mut server, mut peer) = (server(), Peer::new());
    peer.say(&mut server, &data(9, b"?", false));
    let expected = ["FIN_STREAM stream=9 status=INVALID_STREAM"];
    assert_eq!(peer.hear_text(&mut server), expected);
}

// S1-117
#[test]
fn protocol_error_of_the_peer_ends_its_stream_only() {
    let (mut client, mut peer) = client_with_stream(true);
    client.open(Open::new(GET).fin(true)).unwrap();
    peer.hear(&mut client);
    let events = peer.say(&mut client, &fin_stream(1, Status::PROTOCOL_ERROR));
    assert_eq!(told(&events), ["Aborted 1 Peer(Status(1))"]);
    assert_eq!(told(&peer.say(&mut client, &reply(3, true))), ["SynReply 3 fin"]);
    assert_eq!(client.open(GET), Ok(id(5)));
}

// S1-119
#[test]
fn a_stream_can_be_refused_only_before_it_was_accepted() {
    let (mut server, mut peer) = server_with_stream(true);
    server.reply(id(1), (), false).unwrap();
    let refused = server.fin_stream(id(1), Status::REFUSED_STREAM);
    assert_eq!(refused, Err(SendError::Status));
    assert_eq!(peer.hear_text(&mut server), ["SYN_REPLY stream=1"]);
}

// S1-119
#[test]
fn we_cannot_refuse_a_stream_of_our_own() {
    let (mut client, _) = client_with_stream(false);
    let refused = client.fin_stream(id(1), Status::REFUSED_STREAM);
    assert_eq!(refused, Err(SendError::Status));
}

// S1-120
#[test]
fn a_refused_request_is_safe_to_send_again_and_no_other_is() {
    for (status, retryable) in [(1, false), (2, false), (3, true), (4, false)] {
        let (mut client, mut peer) = client_with_stream(true);
        let events = peer.say(&mut client, &fin_stream(1, Status(status)));
        let [Event::Aborted { cause, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!(*cause, Abort::Peer(Status(status)));
        assert_eq!(cause.is_retryable(), retryable);
    }
}

// S1-121, S1-A03
#[test]
fn fin_on_a_received_fin_stream_changes_nothing() {
    let (mut client, _) = client_with_stream(false);
    let wire = control_bytes(3, 0x01, &[0, 0, 0, 1, 0, 0, 0, 2]);
    let events = feed(&mut client, &wire).unwrap();
    assert_eq!(told(&events), ["Aborted 1 Peer(Status(2))"]);
    assert!(!client.wants_write());
}

// S1-A03
#[test]
fn fin_stream_goes_out_with_flags_0() {
    let (mut client, _) = client_with_stream(true);
    client.fin_stream(id(1), Status::PROTOCOL_ERROR).unwrap();
    assert_eq!(drain(&mut client)[4], 0);
}

// S1-A28
#[test]
fn fin_stream_is_never_answered() {
    let (mut server, mut peer) = server_with_stream(false);
    for stream in [1, 1, 3, 2, 0] {
        peer.say(&mut server, &fin_stream(stream, Status::PROTOCOL_ERROR));
        assert!(!server.wants_write());
    }
}

// S1-115, S1-A28
#[test]
fn status_0_and_unknown_ones_are_reported_as_they_are() {
    for status in [0, 4, 0xFFFF_FFFF_u32] {
        let (mut client, _) = client_with_stream(false);
        let mut wire = control_bytes(3, 0, &[0, 0, 0, 1, 0, 0, 0, 0]);
        wire[12..].copy_from_slice(&status.to_be_bytes());
        let events = feed(&mut client, &wire).unwrap();
        assert_eq!(told(&events), [format!("Aborted 1 Peer(Status({status}))")]);
    }
}

// S1-112
#[test]
fn a_stream_that_we_tore_down_yields_no_event() {
    let (mut client, _) = client_with_stream(false);
    client.fin_stream(id(1), Status::CANCEL).unwrap();
    assert!(end(&mut client).is_empty());
}

// S1-113
#[test]
fn a_fin_stream_of_a_wrong_length_leaves_no_way_back() {
    let (mut server, mut peer) = server_with_stream(false);
    let (events, error) = feed_to_the_end(&mut server, &control_bytes(3, 0, &[0; 4]));
    assert_eq!(told(&events), ["Aborted 1 Teardown"]);
    assert!(matches!(error, Err(SessionError::Decode(_))));
    assert_eq!(peer.hear_text(&mut server), ["GOAWAY last_good=1"]);
}

// S1-112: staged is not sent. Control frames stay, for the next block counts on them.
#[test]
fn staged_data_of_a_torn_stream_does_not_leave_but_the_frame_that_has_begun_does() {
    for ours in [false, true] {
        let (mut server, mut peer) = (server(), Peer::new());
        for stream in [1, 3] {
            peer.say(&mut server, &syn(stream, true));
            server.reply(id(stream), OK, false).unwrap();
            server.send_data(id(stream), vec![7; 40_000], true).unwrap();
        }
        // Both replies leave, and a byte of the first frame of stream 1; 64 KiB are staged. Its head
        // stands in one chunk with the replies.
        let mut output = server.output();
        let len = output.chunk().len() - 7;
        let mut wire = output.chunk()[..len].to_vec();
        output.advance(len);
        if ours {
            server.fin_stream(id(1), Status::CANCEL).unwrap();
        } else {
            peer.say(&mut server, &fin_stream(1, Status::PROTOCOL_ERROR));
        }
        wire.extend(drain(&mut server));
        let text = peer.parse(&wire);
        let text: Vec<_> = text.iter().map(|frame| frame.display(VERSION).to_string()).collect();
        let (of_1, of_3): (Vec<_>, Vec<_>) =
            text.into_iter().skip(2).partition(|line| line.contains("stream=1"));
        let fin = ours.then_some("FIN_STREAM stream=1 status=INVALID_STREAM");
        assert_eq!(of_1, Vec::from_iter(["DATA stream=1 length=16384"].into_iter().chain(fin)));
        let lengths = ["length=16384", "length=16384", "fin length=7232"];
        assert_eq!(of_3, lengths.map(|length| format!("DATA stream=3 {length}")));
    }
}
