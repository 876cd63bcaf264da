//! SPDY/2, 3 and 3.1 where they differ from Draft 1: streams, answers, settings and ends, version by
//! version. Flow control, HTTP and bytes have files of their own.

mod common;

use bytes::Bytes;
use common::*;
use spdy::codec::{Decoder, Limits};
use spdy::frame::{Credential, Frame, GoAway, SynStream};
use spdy::{
    Config, Event, FrameType, GoAwayStatus, HeaderError, Open, PingId, Priority, SendError,
    Session, SessionError, Setting, SettingId, Settings, Status, Version,
};

const V2: Version = Version::Spdy2;
/// SPDY/3 and 3.1: the same but for the session's window and credentials.
const V3: [Version; 2] = [Version::Spdy3, Version::Spdy3_1];

/// What the session answers, without what it gives back to windows.
fn answers(session: &mut Session, peer: &mut Peer) -> Vec<String> {
    let mut lines = peer.hear_text(session);
    lines.retain(|line| !line.starts_with("WINDOW_UPDATE"));
    lines
}

fn rst(stream: u32, status: &str) -> String {
    format!("RST_STREAM stream={stream} status={status}")
}

/// Says a frame; what the session tells its caller and answers its peer, as text.
fn say(session: &mut Session, peer: &mut Peer, frame: &Frame) -> (Vec<String>, Vec<String>) {
    let events = told(&peer.say(session, frame));
    (events, answers(session, peer))
}

/// Says bytes that end the session; the events before it, the error, and the last frames.
fn kill(
    session: &mut Session,
    peer: &mut Peer,
    wire: &[u8],
) -> (Vec<String>, SessionError, Vec<String>) {
    let (events, end) = feed_to_the_end(session, wire);
    (told(&events), end.unwrap_err(), answers(session, peer))
}

/// Server and client with stream 1 open, its reply seen.
fn replied(version: Version, fin: bool) -> [(Session, Peer); 2] {
    let (mut client, mut server_side) = client_of_with_stream(version, fin);
    server_side.say(&mut client, &reply(1, false));
    let (mut server, mut client_side) = server_of_with_stream(version, fin);
    server.reply(id(1), OK, false).unwrap();
    client_side.hear(&mut server);
    [(client, server_side), (server, client_side)]
}

fn push(stream: u32, associated: Option<u32>, one_way: bool) -> Frame {
    let mut syn = SynStream::new(id(stream), GET);
    syn.associated = associated.map(id);
    syn.unidirectional = one_way;
    Frame::SynStream(syn)
}

// Other versions and types.

// S2-002, S2-003
#[test]
fn spdy_2_answers_a_syn_stream_of_another_version_and_passes_the_rest_over() {
    let (mut server, mut peer) = server_of_with_stream(V2, false);
    let mut wire = control_bytes_of(9, 1, 0, &[0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
    wire.extend(control_bytes_of(9, 6, 0, &[0, 0, 0, 1]));
    wire.extend(control_bytes_of(3, 2, 0, &[0, 0, 0, 1]));
    assert_eq!(feed(&mut server, &wire), Ok(vec![]));
    assert_eq!(answers(&mut server, &mut peer), [rst(3, "UNSUPPORTED_VERSION")]);
    // Its ID counts as used, and the context is where it was.
    assert_eq!(say(&mut server, &mut peer, &syn(5, true)).0, ["SynStream 5 fin"]);
}

// S2-A19: the version is looked at first.
#[test]
fn spdy_2_tears_a_live_stream_down_that_another_version_opens_again() {
    let (mut server, mut peer) = server_of_with_stream(V2, false);
    let wire = control_bytes_of(9, 1, 0, &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
    let events = told(&feed(&mut server, &wire).unwrap());
    assert!(events[0].starts_with("Aborted 1 Local(Status(4), Decode(Version"), "{events:?}");
    assert_eq!(answers(&mut server, &mut peer), [rst(1, "UNSUPPORTED_VERSION")]);
}

// S3-A01, S2-A19: a peer of another version is told by its frames, as far as they are passed over.
#[test]
fn a_frame_of_another_version_is_passed_over_and_shows_that_version() {
    let settings = [0, 0, 0, 0];
    for (version, own, found) in [(V2, 2, 3), (V3[0], 3, 2), (V3[1], 3, 1)] {
        let mut wire = control_bytes_of(found, 4, 0, &settings);
        wire.extend(control_bytes_of(own, 77, 0, &settings));
        let mut decoder = Decoder::new(version, Limits::default());
        let mut input = &wire[..];
        let mut line = || decoder.decode(&mut input).unwrap().unwrap().display(version).to_string();
        assert_eq!(line(), format!("UNKNOWN type=4 version={found} length=4"));
        assert_eq!(line(), "UNKNOWN type=77 length=4");

        let mut client = Session::client(version, Config::default());
        assert_eq!(feed(&mut client, &wire), Ok(Vec::new()));
        assert_eq!(client.stats().received.frames(FrameType::Unknown), 2);
    }
}

// S3-A01 in full: see the vectors for what is passed over.
#[test]
fn spdy_3_ends_with_a_syn_stream_of_another_version_and_names_it() {
    for version in V3 {
        let (mut server, mut peer) = server_of_with_stream(version, false);
        let wire = control_bytes_of(2, 1, 0, &[0, 0, 0, 3, 0, 0, 0, 0, 0, 0]);
        let (events, _, last) = kill(&mut server, &mut peer, &wire);
        assert_eq!(events, ["Aborted 1 Teardown"]);
        let go_away = "GOAWAY last_good=3 status=PROTOCOL_ERROR".to_owned();
        assert_eq!(last, [rst(3, "UNSUPPORTED_VERSION"), go_away]);
    }
}

// S3-A01, S3-056, S3-A15
#[test]
fn a_syn_stream_of_another_version_after_our_go_away_does_not_raise_its_last_good() {
    for version in V3 {
        let (mut server, mut peer) = server_of_with_stream(version, false);
        server.go_away(GoAwayStatus::OK);
        assert_eq!(answers(&mut server, &mut peer), ["GOAWAY last_good=1 status=OK"]);
        let wire = control_bytes_of(2, 1, 0, &[0, 0, 0, 3, 0, 0, 0, 0, 0, 0]);
        let (_, _, last) = kill(&mut server, &mut peer, &wire);
        assert_eq!(last, ["GOAWAY last_good=1 status=PROTOCOL_ERROR"]);
    }
}

// S2-045: in 3 the type is gone.
#[test]
fn a_noop_does_nothing() {
    for version in LATER {
        let (mut server, mut peer) = (server_of(version), Peer::of(version));
        let wire = control_bytes_of(version_byte(version), 5, 0, b"");
        assert_eq!(feed(&mut server, &wire), Ok(vec![]));
        assert!(peer.hear(&mut server).is_empty());
    }
}

fn version_byte(version: Version) -> u8 {
    if version == V2 { 2 } else { 3 }
}

// Stream-IDs.

// S2-017, S3-010, S2-A09, S3-A21, S3-012
#[test]
fn ids_of_the_wrong_side_zero_or_falling_end_the_session() {
    for version in LATER {
        for wrong in [0, 2, 3] {
            let (mut server, mut peer) = (server_of(version), Peer::of(version));
            peer.say(&mut server, &syn(5, true));
            let wire = peer.encode(&syn(wrong, false));
            let (events, error, last) = kill(&mut server, &mut peer, &wire);
            assert_eq!(error, SessionError::StreamId(id(wrong)));
            assert_eq!(events, ["Aborted 5 Teardown"]);
            let status = if version == V2 { "" } else { " status=PROTOCOL_ERROR" };
            assert_eq!(last, [format!("GOAWAY last_good=5{status}")]);
        }
    }
}

// S2-016, S3-013, S3-A20: a live ID costs its stream, also below the highest one.
#[test]
fn a_syn_stream_for_a_live_stream_costs_it() {
    for version in LATER {
        let (mut server, mut peer) = (server_of(version), Peer::of(version));
        peer.say(&mut server, &syn(1, false));
        peer.say(&mut server, &syn(5, false));
        let (events, out) = say(&mut server, &mut peer, &syn(1, false));
        assert_eq!(events, ["Aborted 1 Local(Status(1), SecondSynStream)"]);
        assert_eq!(out, [rst(1, "PROTOCOL_ERROR")]);
        assert_eq!(say(&mut server, &mut peer, &data(5, b"x", false)).0, ["Data 5 \"x\""]);
    }
}

// S3-013, S3-A20: the highest ID again, when it is not live.
#[test]
fn the_last_id_again_is_an_error_of_the_stream_in_3_and_of_the_session_in_2() {
    for version in LATER {
        let (mut server, mut peer) = (server_of(version), Peer::of(version));
        peer.say(&mut server, &syn(5, true));
        server.reply(id(5), OK, true).unwrap();
        peer.hear(&mut server);
        let wire = peer.encode(&syn(5, true));
        if version == V2 {
            let (_, error, _) = kill(&mut server, &mut peer, &wire);
            assert_eq!(error, SessionError::StreamId(id(5)));
        } else {
            assert_eq!(feed(&mut server, &wire), Ok(vec![]));
            assert_eq!(answers(&mut server, &mut peer), [rst(5, "PROTOCOL_ERROR")]);
            assert_eq!(say(&mut server, &mut peer, &syn(7, true)).0, ["SynStream 7 fin"]);
        }
    }
}

// S2-017, S3-010: the last of them is shown where they are kept (S3-011).
#[test]
fn every_version_numbers_its_streams_from_its_side() {
    for version in LATER {
        let (mut client, mut server) = (client_of(version), server_of(version));
        assert_eq!([client.open(GET), client.open(GET)], [Ok(id(1)), Ok(id(3))]);
        assert_eq!([server.open(GET), server.open(GET)], [Ok(id(2)), Ok(id(4))]);
    }
}

// S3-A21, S3-A17, S3-A04
#[test]
fn frames_for_stream_0_end_the_session_except_resets() {
    for version in LATER {
        for frame in [reply(0, false), headers(0, false, OK), data(0, b"x", false)] {
            let (mut client, mut peer) = client_of_with_stream(version, false);
            let wire = peer.encode(&frame);
            let (_, error, _) = kill(&mut client, &mut peer, &wire);
            assert_eq!(error, SessionError::StreamId(id(0)));
        }
        let (mut client, mut peer) = client_of_with_stream(version, false);
        let said = say(&mut client, &mut peer, &fin_stream(0, Status::CANCEL));
        assert_eq!(said, (vec![], vec![]));
    }
    for version in V3 {
        let mut client = Session::client(version, Config::default().push(true));
        let mut peer = Peer::of(version);
        let wire = peer.encode(&push(0, Some(1), true));
        assert_eq!(kill(&mut client, &mut peer, &wire).1, SessionError::StreamId(id(0)));
    }
}

// Replies, data and headers in every state.

// S2-021, S3-020
#[test]
fn a_second_reply_costs_the_stream() {
    for version in LATER {
        let [(mut client, mut peer), _] = replied(version, false);
        let (events, out) = say(&mut client, &mut peer, &reply(1, false));
        let (code, name) = if version == V2 { (1, "PROTOCOL_ERROR") } else { (8, "STREAM_IN_USE") };
        assert_eq!(events, [format!("Aborted 1 Local(Status({code}), SecondSynReply)")]);
        assert_eq!(out, [rst(1, name)]);
    }
}

// S3-A14
#[test]
fn a_reply_from_the_opener_or_for_no_stream_is_answered() {
    for version in LATER {
        let (mut server, mut peer) = server_of_with_stream(version, false);
        let (_, out) = say(&mut server, &mut peer, &reply(1, false));
        let name = if version == V2 { "PROTOCOL_ERROR" } else { "INVALID_STREAM" };
        assert_eq!(out, [rst(1, name)]);
        let (events, out) = say(&mut server, &mut peer, &reply(8, false));
        assert_eq!((events, out), (vec![], vec![rst(8, "INVALID_STREAM")]));
    }
}

// S2-006
#[test]
fn in_2_data_before_the_reply_ends_the_session() {
    let (mut client, mut peer) = client_of_with_stream(V2, false);
    let wire = peer.encode(&data(1, b"x", false));
    let (events, error, last) = kill(&mut client, &mut peer, &wire);
    let fault = spdy::Fault::DataBeforeReply;
    assert_eq!(error, SessionError::Stream { stream: id(1), fault });
    assert_eq!(events, ["Aborted 1 Teardown"]);
    // S2-A10: GOAWAY cannot say why, so the stream at fault is named first.
    assert_eq!(last, [rst(1, "PROTOCOL_ERROR"), "GOAWAY last_good=0".to_owned()]);
}

// S3-034
#[test]
fn in_3_data_before_the_reply_costs_the_stream() {
    for version in V3 {
        let (mut client, mut peer) = client_of_with_stream(version, false);
        let (events, out) = say(&mut client, &mut peer, &data(1, b"x", false));
        assert_eq!(events, ["Aborted 1 Local(Status(1), DataBeforeReply)"]);
        assert_eq!(out, [rst(1, "PROTOCOL_ERROR")]);
    }
}

// S3-015, S2-018: the opener need not wait; and a refusal makes void what it sent already.
#[test]
fn the_openers_data_and_headers_are_taken_before_the_reply() {
    for version in LATER {
        let (mut server, mut peer) = server_of_with_stream(version, false);
        assert_eq!(say(&mut server, &mut peer, &data(1, b"early", false)).0, ["Data 1 \"early\""]);
        assert_eq!(say(&mut server, &mut peer, &headers(1, false, OK)).0, ["Headers 1"]);
        server.fin_stream(id(1), Status::REFUSED_STREAM).unwrap();
        assert_eq!(answers(&mut server, &mut peer), [rst(1, "REFUSED_STREAM")]);
        let late = say(&mut server, &mut peer, &data(1, b"late", true));
        assert_eq!(late, (vec![], vec![]));
    }
}

// S3-014, S2-013
#[test]
fn a_server_replies_or_refuses() {
    for version in LATER {
        let (mut server, mut peer) = (server_of(version), Peer::of(version));
        peer.say(&mut server, &syn(1, true));
        peer.say(&mut server, &syn(3, true));
        server.reply(id(1), (), true).unwrap();
        server.fin_stream(id(3), Status::REFUSED_STREAM).unwrap();
        assert_eq!(
            answers(&mut server, &mut peer),
            ["SYN_REPLY stream=1 fin".to_owned(), rst(3, "REFUSED_STREAM")]
        );
    }
}

// S3-031
#[test]
fn frames_behind_the_senders_fin_cost_the_stream() {
    for version in LATER {
        let (code, name) =
            if version == V2 { (1, "PROTOCOL_ERROR") } else { (9, "STREAM_ALREADY_CLOSED") };
        let expected =
            (vec![format!("Aborted 1 Local(Status({code}), AfterFin)")], vec![rst(1, name)]);
        for late in [data(1, b"x", false), headers(1, false, OK)] {
            let [(mut client, mut peer), (mut server, mut client_side)] = replied(version, false);
            say(&mut client, &mut peer, &data(1, b"", true));
            assert_eq!(say(&mut client, &mut peer, &late), expected);
            say(&mut server, &mut client_side, &data(1, b"", true));
            assert_eq!(say(&mut server, &mut client_side, &late), expected);
        }
    }
    // A reply that is awaited still, behind a FIN that came with HEADERS.
    for version in V3 {
        let (mut client, mut peer) = client_of_with_stream(version, false);
        assert_eq!(say(&mut client, &mut peer, &headers(1, true, OK)).0, ["Headers 1 fin"]);
        let (_, out) = say(&mut client, &mut peer, &reply(1, false));
        assert_eq!(out, [rst(1, "STREAM_ALREADY_CLOSED")]);
    }
}

// S3-032, S2-008
#[test]
fn data_on_a_stream_that_has_ended_by_fin_is_answered_once_in_3_and_dropped_in_2() {
    for version in LATER {
        let (mut server, mut peer) = server_of_with_stream(version, true);
        server.reply(id(1), OK, true).unwrap();
        peer.hear(&mut server);
        let (events, out) = say(&mut server, &mut peer, &data(1, b"x", false));
        assert!(events.is_empty());
        let expected = if version == V2 { vec![] } else { vec![rst(1, "PROTOCOL_ERROR")] };
        assert_eq!(out, expected);
        // S3-029, S3-A02: from now on its ID is in the ring.
        assert_eq!(say(&mut server, &mut peer, &data(1, b"x", false)), (vec![], vec![]));
        // Other frames are inflated and dropped.
        assert_eq!(say(&mut server, &mut peer, &headers(1, false, OK)), (vec![], vec![]));
        assert_eq!(say(&mut server, &mut peer, &reply(1, false)), (vec![], vec![]));
        assert_eq!(say(&mut server, &mut peer, &syn(3, true)).0, ["SynStream 3 fin"]);
    }
}

// S3-A02, S2-008: what was reset is silent, whoever did it.
#[test]
fn data_behind_a_reset_is_dropped() {
    for version in LATER {
        let [(mut client, mut peer), (mut server, mut client_side)] = replied(version, false);
        say(&mut client, &mut peer, &fin_stream(1, Status::CANCEL));
        assert_eq!(say(&mut client, &mut peer, &data(1, b"x", true)), (vec![], vec![]));
        server.fin_stream(id(1), Status::CANCEL).unwrap();
        answers(&mut server, &mut client_side);
        assert_eq!(say(&mut server, &mut client_side, &data(1, b"x", true)), (vec![], vec![]));
    }
}

// S2-005, S3-033, S3-A27, S3-029
#[test]
fn frames_for_a_stream_that_never_was_are_answered_once() {
    for version in LATER {
        let (mut server, mut peer) = (server_of(version), Peer::of(version));
        let first = say(&mut server, &mut peer, &data(9, b"x", false));
        assert_eq!(first, (vec![], vec![rst(9, "INVALID_STREAM")]));
        for frame in [data(9, b"x", false), headers(9, false, OK)] {
            assert_eq!(say(&mut server, &mut peer, &frame), (vec![], vec![]));
        }
        let first = say(&mut server, &mut peer, &headers(11, false, OK));
        assert_eq!(first, (vec![], vec![rst(11, "INVALID_STREAM")]));
        // Opened properly it is a stream like any other.
        assert_eq!(say(&mut server, &mut peer, &syn(9, false)).0, ["SynStream 9"]);
        assert_eq!(say(&mut server, &mut peer, &data(9, b"x", false)).0, ["Data 9 \"x\""]);
    }
}

// S3-033
#[test]
fn in_3_nothing_is_answered_for_dead_streams_after_our_go_away() {
    for version in LATER {
        let (mut server, mut peer) = server_of_with_stream(version, true);
        server.reply(id(1), OK, true).unwrap();
        server.go_away(GoAwayStatus::OK);
        peer.hear(&mut server);
        for frame in [data(1, b"x", false), data(9, b"x", false), headers(11, false, OK)] {
            let (events, out) = say(&mut server, &mut peer, &frame);
            assert!(events.is_empty());
            assert!(version == V2 || out.is_empty(), "{out:?}");
        }
        // A reply is to a stream of ours, which GOAWAY is not about (S3-A14).
        let (_, out) = say(&mut server, &mut peer, &reply(2, false));
        assert_eq!(out, [rst(2, "INVALID_STREAM")]);
    }
}

// S2-007, S3-035
#[test]
fn a_peer_that_provokes_answers_and_does_not_read_them_ends_the_session() {
    for version in LATER {
        let (mut server, mut peer) = (server_of(version), Peer::of(version));
        let wire: Vec<u8> =
            (0..5_000).flat_map(|n| peer.encode(&data(2 * n + 1, b"x", false))).collect();
        let (_, end) = feed_to_the_end(&mut server, &wire);
        assert_eq!(end, Err(SessionError::TooManyReplies));
    }
}

// S3-036, S2-A05
#[test]
fn fin_ends_the_senders_half_on_every_frame_that_carries_it() {
    for version in LATER {
        let mut ends = Vec::new();
        let (mut server, mut peer) = (server_of(version), Peer::of(version));
        ends.extend(say(&mut server, &mut peer, &syn(1, true)).0);
        peer.say(&mut server, &syn(3, false));
        ends.extend(say(&mut server, &mut peer, &headers(3, true, OK)).0);
        peer.say(&mut server, &syn(5, false));
        ends.extend(say(&mut server, &mut peer, &data(5, b"", true)).0);
        let (mut client, mut server_side) = client_of_with_stream(version, false);
        ends.extend(say(&mut client, &mut server_side, &reply(1, true)).0);
        assert_eq!(ends, ["SynStream 1 fin", "Headers 3 fin", "Data 5 \"\" fin", "SynReply 1 fin"]);
    }
}

// S2-A05: FIN goes in a frame of its own where HEADERS do not carry it. S3-030
#[test]
fn headers_can_be_sent_until_our_fin() {
    for version in LATER {
        let [(mut client, mut peer), _] = replied(version, false);
        client.send_data(id(1), "body", false).unwrap();
        client.send_headers(id(1), [("digest", "1")], true).unwrap();
        let expected: &[&str] = if version == V2 {
            &[
                "DATA stream=1 length=4",
                "HEADERS stream=1 digest=\"1\"",
                "DATA stream=1 fin length=0",
            ]
        } else {
            &["DATA stream=1 length=4", "HEADERS stream=1 fin digest=\"1\""]
        };
        assert_eq!(answers(&mut client, &mut peer), expected);
        assert_eq!(client.send_headers(id(1), OK, false), Err(SendError::AfterFin));
        assert_eq!(client.send_data(id(1), "x", false), Err(SendError::AfterFin));
        // A responder replies first.
        let (mut server, _) = server_of_with_stream(version, false);
        assert_eq!(server.send_headers(id(1), OK, false), Err(SendError::NotReplied));
    }
    assert_eq!(client().send_headers(id(1), OK, false), Err(SendError::NotInVersion));
}

// S2-026, S2-028, S3-026
#[test]
fn a_reset_of_the_peer_drops_what_is_queued() {
    for version in LATER {
        let [(mut client, mut peer), (mut server, mut client_side)] = replied(version, false);
        for (session, peer) in [(&mut client, &mut peer), (&mut server, &mut client_side)] {
            session.send_data(id(1), vec![0; 100_000], true).unwrap();
            let (events, out) = say(session, peer, &fin_stream(1, Status::CANCEL));
            assert_eq!(events, ["Aborted 1 Peer(Status(5))"]);
            assert!(out.is_empty(), "{out:?}");
            assert_eq!(session.send_data(id(1), "x", false), Err(SendError::StreamOver));
        }
    }
}

// S3-A26, S2-A22, S3-A15
#[test]
fn a_reset_is_one_whatever_it_says_and_has_no_answer() {
    for version in LATER {
        for status in [0, 3, 77, u32::MAX] {
            let [(mut client, mut peer), _] = replied(version, false);
            let payload = [[0, 0, 0, 1], status.to_be_bytes()].concat();
            let wire = control_bytes_of(version_byte(version), 3, 0xFF, &payload);
            let events = told(&feed(&mut client, &wire).unwrap());
            assert_eq!(events, [format!("Aborted 1 Peer(Status({status}))")]);
            assert!(answers(&mut client, &mut peer).is_empty());
        }
        let (mut client, mut peer) = (client_of(version), Peer::of(version));
        let said = say(&mut client, &mut peer, &fin_stream(9, Status::CANCEL));
        assert_eq!(said, (vec![], vec![]), "of a stream that never was");
    }
}

// S2-025, S3-025
#[test]
fn a_reset_has_no_flags_and_never_status_0() {
    for version in LATER {
        let (mut client, mut peer) = client_of_with_stream(version, false);
        assert_eq!(client.fin_stream(id(1), Status(0)), Err(SendError::Status));
        client.fin_stream(id(1), Status::CANCEL).unwrap();
        let wire = drain(&mut client);
        assert_eq!(wire[4..], [0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 5]);
        peer.parse(&wire);
    }
}

// One-way and associated streams.

// S2-012, S3-016, S2-A06
#[test]
fn on_a_one_way_stream_only_its_opener_sends() {
    for version in LATER {
        let (mut server, mut peer) = (server_of(version), Peer::of(version));
        let events = peer.say(&mut server, &push(1, None, true));
        assert!(matches!(events[..], [Event::SynStream { unidirectional: true, .. }]));
        assert_eq!(server.reply(id(1), OK, false), Err(SendError::AgainstOneWay));
        assert_eq!(server.send_data(id(1), "x", false), Err(SendError::AgainstOneWay));
        assert_eq!(say(&mut server, &mut peer, &data(1, b"x", true)).0, ["Data 1 \"x\" fin"]);
        assert_eq!(server.open_streams(), 0);

        for frame in [reply(1, false), data(1, b"x", false), headers(1, false, OK)] {
            let (mut client, mut peer) = (client_of(version), Peer::of(version));
            client.open(Open::new(GET).unidirectional(true)).unwrap();
            peer.hear(&mut client);
            let (events, out) = say(&mut client, &mut peer, &frame);
            let (code, name) =
                if version == V2 { (1, "PROTOCOL_ERROR") } else { (9, "STREAM_ALREADY_CLOSED") };
            assert_eq!(events, [format!("Aborted 1 Local(Status({code}), AgainstOneWay)")]);
            assert_eq!(out, [rst(1, name)]);
        }
    }
    let one_way = Open::new(GET).unidirectional(true);
    assert_eq!(client().open(one_way), Err(SendError::NotInVersion));
}

// S2-A08, S3-A13: either side may name an association; S3-A04: one without is an ordinary stream.
#[test]
fn association_and_direction_reach_the_caller_from_either_side() {
    for version in LATER {
        let [(mut client, mut peer), (mut server, mut client_side)] = replied(version, false);
        let events = client_side.say(&mut server, &push(3, Some(1), true));
        let [Event::SynStream { associated, unidirectional, .. }] = events[..] else { panic!() };
        assert_eq!((associated, unidirectional), (Some(id(1)), true));

        // No push: taken though pushes are not.
        assert_eq!(say(&mut client, &mut peer, &push(2, None, false)).0, ["SynStream 2"]);
        client.reply(id(2), (), false).unwrap();
        assert_eq!(answers(&mut client, &mut peer), ["SYN_REPLY stream=2"]);
    }
}

// S3-124: refused unless they are wanted, and only so many.
#[test]
fn pushes_are_refused_unless_wanted_and_above_the_limit() {
    for version in LATER {
        for (associated, one_way) in [(Some(1), true), (Some(1), false), (None, true)] {
            let [(mut client, mut peer), _] = replied(version, false);
            let said = say(&mut client, &mut peer, &push(2, associated, one_way));
            assert_eq!(said, (vec![], vec![rst(2, "REFUSED_STREAM")]));
        }
        let config = Config::default().push(true).max_streams(1);
        let (mut client, mut peer) = (Session::client(version, config), Peer::of(version));
        client.open(GET).unwrap();
        peer.hear(&mut client);
        let said = say(&mut client, &mut peer, &push(2, Some(1), true));
        assert_eq!(said, (vec!["SynStream 2".to_owned()], vec![]));
        let said = say(&mut client, &mut peer, &push(4, Some(1), true));
        assert_eq!(said, (vec![], vec![rst(4, "REFUSED_STREAM")]));
    }
}

// S2-085, S2-086, S2-087, S3-120, S3-121: what the session sees to.
#[test]
fn a_push_goes_out_before_the_data_behind_it_and_needs_an_open_stream() {
    for version in LATER {
        let (mut server, mut peer) = server_of_with_stream(version, true);
        let open = || Open::new(GET).associated(id(1)).unidirectional(true);
        let pushed = server.open(open()).unwrap(); // before the reply already
        server.reply(id(1), (), false).unwrap();
        server.send_data(id(1), "page", true).unwrap();
        server.send_data(pushed, "style", true).unwrap();
        let lines = answers(&mut server, &mut peer);
        assert!(lines[0].starts_with("SYN_STREAM stream=2 associated=1 priority=0 unidirectional"));
        assert_eq!(lines[1..3], ["SYN_REPLY stream=1", "DATA stream=1 fin length=4"]);
        assert_eq!(server.open(open()), Err(SendError::StreamOver));
        assert_eq!(server.open(Open::new(GET).associated(id(9))), Err(SendError::NeverOpened));
    }
}

// S2-092, S3-126 as far as the session goes
#[test]
fn a_push_is_cancelled_like_any_stream() {
    for version in LATER {
        let config = Config::default().push(true);
        let (mut client, mut peer) = (Session::client(version, config), Peer::of(version));
        client.open(GET).unwrap();
        peer.hear(&mut client);
        peer.say(&mut client, &push(2, Some(1), true));
        client.fin_stream(id(2), Status::CANCEL).unwrap();
        assert_eq!(answers(&mut client, &mut peer), [rst(2, "CANCEL")]);
        assert_eq!(client.open_streams(), 1);
    }
}

// S2-060, S3-060, S2-094, S3-128
#[test]
fn headers_behind_data_are_delivered() {
    for version in LATER {
        let (mut server, mut peer) = server_of_with_stream(version, false);
        for (frame, event) in [
            (headers(1, false, [("a", "1")]), "Headers 1"),
            (data(1, b"x", false), "Data 1 \"x\""),
            (headers(1, false, [("b", "2")]), "Headers 1"),
        ] {
            assert_eq!(say(&mut server, &mut peer, &frame).0, [event]);
        }
    }
}

// Limits.

// S2-A11, S3-A18, S31-016, S2-A04, S31-A03, S2-031
#[test]
fn streams_above_a_limit_are_refused_on_both_sides() {
    for version in LATER {
        let (mut server, mut peer) = (server_of(version), Peer::of(version));
        peer.say(&mut server, &syn(1, false)); // no SETTINGS first
        server.send_settings([(SettingId::MAX_CONCURRENT_STREAMS, 2)]).unwrap();
        assert_eq!(answers(&mut server, &mut peer), ["SETTINGS MAX_CONCURRENT_STREAMS=2"]);
        peer.say(&mut server, &syn(3, false));
        let said = say(&mut server, &mut peer, &syn(5, false));
        assert_eq!(said, (vec![], vec![rst(5, "REFUSED_STREAM")]));

        let (mut client, mut peer) = client_of_with_stream(version, false);
        let limit = Settings::from([(SettingId::MAX_CONCURRENT_STREAMS, 1)]);
        peer.say(&mut client, &Frame::Settings(limit));
        assert_eq!((client.can_open(), client.open(GET)), (0, Err(SendError::TooManyStreams)));
    }
}

// S3-021, S3-A28, S2-A22
#[test]
fn a_list_above_the_limit_costs_the_stream_and_the_next_block_decodes() {
    for version in LATER {
        let [(mut client, mut peer), (mut server, mut client_side)] = replied(version, false);
        let long = "x".repeat(70_000 / 2);
        let lists = [("a", long.as_str()), ("b", long.as_str())];
        let (syn_name, name) = match version {
            V2 => ("REFUSED_STREAM", "PROTOCOL_ERROR"),
            _ => ("FRAME_TOO_LARGE", "FRAME_TOO_LARGE"),
        };
        let said = say(&mut server, &mut client_side, &syn_with(3, false, lists));
        assert_eq!(said, (vec![], vec![rst(3, syn_name)]));
        assert_eq!(say(&mut server, &mut client_side, &syn(5, true)).0, ["SynStream 5 fin"]);
        let (events, out) = say(&mut client, &mut peer, &headers(1, false, lists));
        assert!(events[0].starts_with("Aborted 1 Local"), "{events:?}");
        assert_eq!(out, [rst(1, name)]);
    }
}

// S3-003, S3-A28
#[test]
fn the_limit_of_a_frame_can_be_set_and_is_held_from_the_head_on() {
    for version in LATER {
        let mut limits = Limits::default();
        limits.control_frame = 9_000;
        let (mut server, mut peer) =
            (Session::server(version, Config::default().limits(limits)), Peer::of(version));
        let head = |length: u32| {
            let [_, a, b, c] = length.to_be_bytes();
            [0x80, version_byte(version), 0, 1, 0, a, b, c]
        };
        assert_eq!(feed(&mut server, &head(9_001)[..7]), Ok(vec![]));
        let (_, error, _) = kill(&mut server, &mut peer, &head(9_001)[7..]);
        assert!(error.to_string().contains("9001 is above the limit of 9000"), "{error}");
    }
}

// Settings.

// S2-033, S2-035, S3-041, S3-043
#[test]
fn the_first_of_two_entries_counts_and_later_frames_override() {
    for version in LATER {
        let (mut client, mut peer) = (client_of(version), Peer::of(version));
        let byte = version_byte(version);
        let entry = |value: u8| {
            let id = if byte == 2 { [4, 0, 0, 0] } else { [0, 0, 0, 4] };
            [id, [0, 0, 0, value]].concat()
        };
        let wire = [vec![0, 0, 0, 2], entry(3), entry(9)].concat();
        feed(&mut client, &control_bytes_of(byte, 4, 0, &wire)).unwrap();
        assert_eq!(client.can_open(), 3);
        let wire = [vec![0, 0, 0, 1], entry(5)].concat();
        feed(&mut client, &control_bytes_of(byte, 4, 0, &wire)).unwrap();
        assert_eq!(client.can_open(), 5);
        assert!(peer.hear(&mut client).is_empty());
    }
}

// S2-032, S2-034, S3-041, S3-042
#[test]
fn settings_go_out_in_order_and_each_once() {
    for version in LATER {
        let (mut client, mut peer) = (client_of(version), Peer::of(version));
        let twice = [(SettingId(4), 1), (SettingId(4), 2)];
        assert_eq!(client.send_settings(twice), Err(SendError::Settings));
        client.send_settings([(SettingId(5), 1), (SettingId(200), 2), (SettingId(1), 3)]).unwrap();
        assert_eq!(
            answers(&mut client, &mut peer),
            ["SETTINGS UPLOAD_BANDWIDTH=3 CURRENT_CWND=1 200=2"]
        );
    }
}

// S2-036, S2-037, S3-044; S2-040, S3-045 for the flag that is sent back
#[test]
fn a_client_asks_for_nothing_to_be_kept_and_a_server_keeps_nothing() {
    for version in LATER {
        let kept = Setting::new(SettingId(4), 7).flags(Setting::PERSIST_VALUE);
        let mut cleared = Settings::from([(SettingId(1), 1)]);
        cleared.clear = true;
        let mut client = client_of(version);
        assert_eq!(client.send_settings([kept]), Err(SendError::Settings));
        assert_eq!(client.send_settings(cleared.clone()), Err(SendError::Settings));
        // What it was asked to keep it may return.
        let returned = Setting::new(SettingId(4), 7).flags(Setting::PERSISTED);
        client.send_settings([returned]).unwrap();

        let (mut server, mut peer) = (server_of(version), Peer::of(version));
        let mut asked = Settings::from([kept]);
        asked.clear = true;
        let events = peer.say(&mut server, &Frame::Settings(asked.clone()));
        assert_eq!(events, [Event::Settings(Settings::from([(SettingId(4), 7)]))]);
        assert_eq!(server.can_open(), 7, "the value holds all the same");

        // The other way round flags and entries reach the caller together.
        let (mut client, mut peer) = (client_of(version), Peer::of(version));
        let events = peer.say(&mut client, &Frame::Settings(asked.clone()));
        assert_eq!(events, [Event::Settings(asked)]);
        server.send_settings(cleared).unwrap();
    }
}

// S3-A19
#[test]
fn what_a_client_only_returns_is_not_in_force() {
    for version in LATER {
        let (mut server, mut peer) = (server_of(version), Peer::of(version));
        let returned = [4, 7].map(|id| Setting::new(SettingId(id), 1).flags(Setting::PERSISTED));
        peer.say(&mut server, &Frame::Settings(returned.into()));
        assert!(server.can_open() > 1);
        let stream = server.open(GET).unwrap();
        server.send_data(stream, "more than one byte", true).unwrap();
        let lines = answers(&mut server, &mut peer);
        assert_eq!(lines[1], "DATA stream=2 fin length=18");
    }
}

// PING.

// S2-051, S3-051, S2-052, S3-052, S2-A16, S3-A15
#[test]
fn pings_are_echoed_first_and_strays_are_not() {
    for version in LATER {
        let [(mut client, mut peer), _] = replied(version, false);
        client.send_data(id(1), vec![0; 100_000], true).unwrap();
        for stray in [1, 3, u32::MAX] {
            assert!(peer.say(&mut client, &Frame::Ping(PingId::new(stray))).is_empty());
        }
        for even in [0, 2, 0xFFFF_FFFE] {
            peer.say(&mut client, &Frame::Ping(PingId::new(even)));
        }
        let lines = answers(&mut client, &mut peer);
        assert_eq!(lines[..3], ["PING id=0", "PING id=2", "PING id=4294967294"]);
        assert!(lines[3].starts_with("DATA"), "no stray was echoed: {:?}", lines[3]);
    }
}

// S2-050, S3-050, S3-139: that they start over is shown where they are kept (S2-053).
#[test]
fn each_ping_has_an_id_of_its_own_and_of_its_side() {
    for version in LATER {
        let (mut client, mut server) = (client_of(version), server_of(version));
        let ids = |session: &mut Session| [(); 3].map(|()| session.ping().unwrap().get());
        assert_eq!(ids(&mut client), [1, 3, 5]);
        assert_eq!(ids(&mut server), [2, 4, 6]);
    }
}

// GOAWAY and the end.

// S2-055, S31-013, S2-056, S3-055
#[test]
fn after_go_away_no_stream_is_opened_and_what_waits_is_not_accepted() {
    for version in LATER {
        let mut client = client_of(version);
        client.go_away(GoAwayStatus::OK);
        assert_eq!(client.open(GET), Err(SendError::GoAway));

        let (mut client, mut peer) = client_of_with_stream(version, false);
        client.open(GET).unwrap();
        let (events, out) = say(&mut client, &mut peer, &Frame::GoAway(GoAway::new(id(1))));
        assert_eq!(events, ["GoAway 1", "Aborted 3 NotAccepted"]);
        assert!(out.is_empty(), "its SYN_STREAM was dropped: {out:?}");
        assert_eq!(client.open(GET), Err(SendError::GoAway));
    }
}

// S3-058, S3-A15
#[test]
fn streams_above_the_last_good_one_are_retryable_and_it_only_falls() {
    for version in LATER {
        let (mut client, mut peer) = (client_of(version), Peer::of(version));
        for _ in 0..3 {
            client.open(GET).unwrap();
        }
        peer.hear(&mut client);
        let said = say(&mut client, &mut peer, &Frame::GoAway(GoAway::new(id(3)))).0;
        assert_eq!(said, ["GoAway 3", "Aborted 5 NotAccepted"]);
        let said = say(&mut client, &mut peer, &Frame::GoAway(GoAway::new(id(9)))).0;
        assert_eq!(said, ["GoAway 3"]);
        let said = say(&mut client, &mut peer, &Frame::GoAway(GoAway::new(id(0)))).0;
        assert_eq!(said, ["GoAway 0", "Aborted 1 NotAccepted", "Aborted 3 NotAccepted"]);
    }
}

// S2-057, S3-056
#[test]
fn streams_after_our_go_away_are_inflated_and_dropped() {
    for version in LATER {
        let (mut server, mut peer) = server_of_with_stream(version, false);
        server.go_away(GoAwayStatus::OK);
        answers(&mut server, &mut peer);
        let list = [("x-new", "name")];
        for frame in [syn_with(3, false, list), data(3, b"x", true), syn_with(5, true, list)] {
            assert_eq!(say(&mut server, &mut peer, &frame), (vec![], vec![]));
        }
        // The context went on with them: the same list again refers to it.
        assert_eq!(say(&mut server, &mut peer, &headers(1, false, list)).0, ["Headers 1"]);
    }
}

// S2-058, S3-057, S3-A05
#[test]
fn go_away_names_the_last_stream_that_was_accepted_or_in_3_answered() {
    for version in LATER {
        let (mut server, mut peer) = (server_of(version), Peer::of(version));
        let zero =
            if version == V2 { "GOAWAY last_good=0" } else { "GOAWAY last_good=0 status=OK" };
        server.go_away(GoAwayStatus::OK);
        assert_eq!(answers(&mut server, &mut peer), [zero]);

        let mut server = Session::server(version, Config::default().max_streams(1));
        let mut peer = Peer::of(version);
        peer.say(&mut server, &syn(1, false));
        peer.say(&mut server, &syn(3, false)); // refused
        server.go_away(GoAwayStatus::INTERNAL_ERROR);
        let last = answers(&mut server, &mut peer).pop().unwrap();
        let expected = match version {
            V2 => "GOAWAY last_good=1",
            _ => "GOAWAY last_good=3 status=INTERNAL_ERROR",
        };
        assert_eq!(last, expected);
    }
}

// S3-037
#[test]
fn a_session_error_is_a_go_away_behind_what_has_begun_and_nothing_else() {
    for version in V3 {
        let [(mut client, mut peer), _] = replied(version, false);
        client.send_data(id(1), vec![7; 30_000], true).unwrap();
        client.ping().unwrap();
        let mut wire = drain_some(&mut client, 12 + 100); // PING has left, and a part of DATA
        let bad = peer.encode(&data(0, b"x", false));
        feed_to_the_end(&mut client, &bad).1.unwrap_err();
        wire.extend(drain(&mut client));
        let frames = peer.parse(&wire);
        let kinds: Vec<_> = frames.iter().map(Frame::frame_type).collect();
        assert_eq!(kinds[0], spdy::FrameType::Ping);
        assert!(kinds[1..kinds.len() - 1].iter().all(|kind| *kind == spdy::FrameType::Data));
        assert!(matches!(frames.last(), Some(Frame::GoAway(_))));
        assert!(wire.len() < 20_000, "the rest was dropped");
        assert!(client.is_done());
    }
}

/// Takes so many bytes off the output.
fn drain_some(session: &mut Session, count: usize) -> Vec<u8> {
    use bytes::Buf;
    let mut wire = Vec::new();
    while wire.len() < count {
        let mut output = session.output();
        let len = output.chunk().len().min(count - wire.len());
        wire.extend_from_slice(&output.chunk()[..len]);
        output.advance(len);
    }
    wire
}

// S3-039
#[test]
fn the_end_of_the_transport_interrupts_every_stream_once() {
    for version in LATER {
        let [(mut client, mut peer), _] = replied(version, false);
        client.open(GET).unwrap();
        peer.hear(&mut client);
        assert_eq!(end(&mut client), ["Aborted 1 Teardown", "Aborted 3 Teardown"]);
        assert_eq!(feed(&mut client, b""), Ok(vec![]));
    }
}

// Names and values that are sent.

// S2-066, S3-066
#[test]
fn lists_that_the_version_does_not_have_are_refused() {
    for version in LATER {
        let mut client = client_of(version);
        let refused = |error| Err(SendError::Headers(error));
        assert_eq!(client.open([("", "x")]), refused(HeaderError::EmptyName));
        for name in ["a b", "a\u{7f}", "caf\u{e9}"] {
            assert_eq!(client.open([(name, "x")]), refused(HeaderError::InvalidName));
        }
        for value in [&b"\0a"[..], b"a\0", b"a\0\0b"] {
            assert_eq!(client.open([("a", value)]), refused(HeaderError::EmptyValue));
        }
        assert_eq!(client.open([("a", "line\nfeed")]), refused(HeaderError::InvalidValue));
        // S3-068: alone, and beside another that has a second look.
        for list in [&[("a", "")][..], &[("a", "x\0y"), ("b", "")]] {
            assert_eq!(client.open(list).is_ok(), version != V2);
        }
        // One name with two values, in lower case.
        client.open([("A", "x"), ("B", "z"), ("a", "y")]).unwrap();
        let lines = Peer::of(version).hear_text(&mut client);
        assert!(lines.last().unwrap().ends_with(r#" a="x\x00y" b="z""#), "{lines:?}");
    }
}

// S3-131
#[test]
fn a_session_passes_credentials_over() {
    let (mut server, mut peer) = server_of_with_stream(Version::Spdy3, false);
    let credential =
        Credential::new(1, Bytes::from_static(b"proof"), vec![Bytes::from_static(b"der")]);
    let said = say(&mut server, &mut peer, &Frame::Credential(credential));
    assert_eq!(said, (vec![], vec![]));
    // Slot 0, which no encoder writes.
    let wire = control_bytes_of(3, 10, 0, &[0, 0, 0, 0, 0, 0]);
    assert_eq!(feed(&mut server, &wire), Ok(vec![]));
    assert!(peer.hear(&mut server).is_empty());
}

// Order.

// S2-102, S3-018, S2-103, S3-141
#[test]
fn urgent_streams_go_first_and_equals_take_turns() {
    for version in LATER {
        let (mut client, mut peer) = (client_of(version), Peer::of(version));
        let mut open = |level, len| {
            let stream = client.open(Open::new(GET).priority(Priority::new(level))).unwrap();
            client.send_data(stream, vec![0; len], true).unwrap();
        };
        open(2, 20_000); // 1
        open(0, 60_000); // 3: long
        open(0, 100); // 5: short, as urgent
        let lines = answers(&mut client, &mut peer);
        let ends: Vec<_> = lines.iter().filter(|line| line.contains(" fin ")).collect();
        let order: Vec<_> = ends.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
        let expected = if version == Version::Spdy3_1 {
            // The session's window holds the rest up.
            vec!["stream=5", "stream=3"]
        } else {
            vec!["stream=5", "stream=3", "stream=1"]
        };
        assert_eq!(order, expected);
    }
}

// S31-015: what no window bounds is bounded by the session's own limits.
#[test]
fn frames_without_flow_control_are_taken_up_to_a_limit() {
    let (mut server, mut peer) = server_of_with_stream(Version::Spdy3_1, false);
    for _ in 0..10_000 {
        peer.say(&mut server, &headers(1, false, [("a", "1")]));
    }
    let pings: Vec<u8> =
        (0..6_000).flat_map(|n| peer.encode(&Frame::Ping(PingId::new(2 * n + 1)))).collect();
    let (_, end) = feed_to_the_end(&mut server, &pings);
    assert_eq!(end, Err(SessionError::TooManyReplies));
}
