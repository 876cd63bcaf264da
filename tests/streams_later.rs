//! Streams in SPDY/2, 3 and 3.1 beside their states: which IDs there are, what is remembered of those
//! that are dead, limits, and what a GOAWAY leaves.

#[path = "common/carrier.rs"]
mod carrier;
mod common;
#[path = "common/scenario.rs"]
mod scenario;

use common::{Peer, data_bytes, id};
use scenario::*;
use spdy::frame::Frame;
use spdy::{Config, GoAwayStatus, Open, Role, SendError, Session, Status, Version};

// S2-017, S3-010, S2-055, S3-055, S31-013: whatever became of a stream, its ID is not taken again.
#[test]
fn opening_takes_the_next_id_and_none_after_a_go_away() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        for state in [State::Open, State::Hcl, State::Hcr, State::Closed, State::ResetByPeer] {
            for gone_away in [GoneAway::Nobody, GoneAway::We, GoneAway::Peer] {
                let mut end = End::at(version, role, Kind::Replied, state).unwrap();
                end.go_away(gone_away);
                let next = id(nth(role, 1));
                let expected =
                    if gone_away == GoneAway::Nobody { Ok(next) } else { Err(SendError::GoAway) };
                assert_eq!(end.session.open(()), expected);
            }
        }
    }
}

// S3-A27, S3-029, S3-A02: the ring holds 64 IDs; the one that went in first is answered again.
#[test]
fn sixty_four_dead_ids_are_silent_and_the_next_one_is_answered_again() {
    for version in V3_AND_SM {
        let mut end = End::at(version, Role::Server, Kind::Answered, State::Closed).unwrap();
        let says = |end: &mut End, stream: u32| {
            assert!(end.feed(&data_bytes(stream, 0, b"x")).is_empty());
            end.answers()
        };
        assert_eq!(says(&mut end, 3), [rst(3, "PROTOCOL_ERROR")]);
        for n in 0..63 {
            let stream = 1_000 + 2 * n;
            assert_eq!(says(&mut end, stream), [rst(stream, "INVALID_STREAM")]);
            assert!(says(&mut end, 3).is_empty(), "{n} others were answered");
        }
        assert_eq!(says(&mut end, 1_126), [rst(1_126, "INVALID_STREAM")]);
        assert_eq!(says(&mut end, 3), [rst(3, "PROTOCOL_ERROR")]);
        assert_eq!(says(&mut end, 1_000), [rst(1_000, "INVALID_STREAM")], "3 took its place");
        end.assert_usable();
    }
}

// S3-A02: an ID has one place in it, however often it is reset or answered.
#[test]
fn an_id_takes_one_place_among_the_sixty_four() {
    for version in V3_AND_SM {
        let mut end = End::new(version, Role::Server);
        let says = |end: &mut End, stream: u32| {
            assert!(end.feed(&data_bytes(stream, 0, b"x")).is_empty());
            end.answers()
        };
        assert_eq!(says(&mut end, 1_000), [rst(1_000, "INVALID_STREAM")]);
        assert_eq!(says(&mut end, 3), [rst(3, "INVALID_STREAM")]);
        let mut end = end.bring(Kind::Answered, State::ResetByUs).unwrap();
        for stream in (0..62).map(|n| 1_002 + 2 * n) {
            assert_eq!(says(&mut end, stream), [rst(stream, "INVALID_STREAM")]);
        }
        assert!(says(&mut end, 1_000).is_empty() && says(&mut end, 3).is_empty());
        assert_eq!(says(&mut end, 1_126), [rst(1_126, "INVALID_STREAM")]);
        assert_eq!(says(&mut end, 1_000), [rst(1_000, "INVALID_STREAM")]);
    }
}

// S3-A27: an ID that was answered and then opened is a live stream, though it is in the ring.
#[test]
fn a_stream_whose_id_was_answered_before_lives_like_any() {
    for version in LATER_AND_SM {
        let mut end = End::new(version, Role::Server);
        end.feed(&data_bytes(3, 0, b"x"));
        assert_eq!(end.answers(), [rst(3, "INVALID_STREAM")]);
        let mut end = end.bring(Kind::Answered, State::Open).unwrap();
        assert_eq!(end.feed(&data_bytes(3, FIN, b"x")), ["Data 3 \"x\" fin"]);
        end.feed(&data_bytes(3, 0, b"x"));
        let status =
            if version == Version::Spdy2 { "PROTOCOL_ERROR" } else { "STREAM_ALREADY_CLOSED" };
        assert_eq!(end.answers(), [rst(3, status)]);
        end.assert_usable();
    }
}

// S2-056, S3-058, S3-A05: what a GOAWAY of the peer says of our streams by their numbers alone.
#[test]
fn a_go_away_of_the_peer_kills_what_is_above_it_and_nothing_else() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        for kind in [Kind::Awaited, Kind::Replied, Kind::OursOneWay] {
            for state in [State::Open, State::Hcl, State::Hcr] {
                let Some(mut end) = End::at(version, role, kind, state) else { continue };
                let (stream, status) = (end.stream, &[0][..usize::from(version != Version::Spdy2)]);
                let above = end.raw.numbers(GOAWAY, &[&[stream], status].concat());
                assert_eq!(end.feed(&above), [format!("GoAway {stream}")]);
                assert_eq!(end.session.open_streams(), 2);
                let below = end.raw.numbers(GOAWAY, &[&[stream - 1], status].concat());
                let said =
                    [format!("GoAway {}", stream - 1), format!("Aborted {stream} NotAccepted")];
                assert_eq!(end.feed(&below), said);
                assert!(end.hear().is_empty(), "nothing is sent for it");
                assert_eq!(
                    end.session.send_data(id(stream), "x", false),
                    Err(SendError::StreamOver)
                );
            }
        }
    }
}

// S2-013, S2-018, S3-A18, S3-014: refused for the limit, by either role.
#[test]
fn a_stream_above_the_limit_is_refused_whatever_its_flags() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        for flags in [0, FIN, UNIDIRECTIONAL, FIN | UNIDIRECTIONAL] {
            let config = Config::default().max_streams(1);
            let mut end = End::with(version, role, config);
            let wire = end.raw.with_list(SYN_STREAM, flags, end.stream);
            assert!(end.feed(&wire).is_empty());
            assert_eq!(end.answers(), [rst(end.stream, "REFUSED_STREAM")]);
            for late in [data_bytes(end.stream, 0, b"x"), end.raw.with_list(HEADERS, 0, end.stream)]
            {
                assert!(end.feed(&late).is_empty() && end.answers().is_empty());
            }
            // S3-A05 counts it, S2-058 does not.
            end.session.go_away(GoAwayStatus::OK);
            let last_good = if version == Version::Spdy2 { end.other } else { end.stream };
            assert!(end.hear()[0].starts_with(&format!("GOAWAY last_good={last_good}")));
        }
    }
}

// S2-012, S3-016: what we open with both flags is over when it has left.
#[test]
fn a_stream_that_we_open_and_finish_one_way_is_over_at_once() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        let mut end = End::new(version, role);
        let open = || Open::new(LIST).unidirectional(true).fin(true);
        let stream = end.session.open(open()).unwrap();
        assert_eq!(end.session.open_streams(), 2);
        let lines = end.hear();
        assert!(lines[0].contains(" fin unidirectional "), "{lines:?}");
        assert_eq!(end.session.open_streams(), 1);
        assert_eq!(end.session.send_data(stream, "x", true), Err(SendError::StreamOver));
        end.assert_usable();
    }
}

// S3-033, S3-A14, S3-A27, S2-005: a stream of ours that has not left is none that the peer can mean.
#[test]
fn a_frame_for_a_stream_that_has_not_left_yet_does_nothing_to_it() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        let frames: [fn(&mut End) -> Vec<u8>; 6] = [
            |end| end.raw.with_list(SYN_REPLY, FIN, end.stream),
            |end| end.raw.with_list(HEADERS, FIN, end.stream),
            |end| end.raw.numbers(RST_STREAM, &[end.stream, 5]),
            |end| data_bytes(end.stream, FIN, b"x"),
            |end| data_bytes(end.stream, 0x02, b"x"),
            |end| end.raw.numbers(WINDOW_UPDATE, &[end.stream, 0x7FFF_FFFF]),
        ];
        for frame in frames {
            let mut end = End::new(version, role);
            end.stream = end.session.open(Open::new(()).fin(true)).unwrap().get();
            let wire = frame(&mut end);
            assert_eq!(end.feed(&wire), [""; 0]);
            let lines = end.answers();
            assert!(lines.len() == 1 && lines[0].starts_with("SYN_STREAM"), "{lines:?}");
            let reply = end.raw.with_list(SYN_REPLY, FIN, end.stream);
            assert_eq!(end.feed(&reply), [format!("SynReply {} fin", end.stream)]);
            end.assert_usable();
        }
    }
}

// S3-A05, S2-058: what our GOAWAY counts, each time beside a lower stream that was accepted.
#[test]
fn last_good_counts_what_was_delivered_and_in_3_what_was_refused_or_reset() {
    let config = Config::default().max_streams(2);
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        let of = |prepare: &dyn Fn(&mut End)| {
            let mut end = End::with(version, role, config);
            prepare(&mut end);
            end.hear();
            end.session.go_away(GoAwayStatus::OK);
            let status = if version == Version::Spdy2 { "" } else { " status=OK" };
            let lines = end.hear();
            let [line] = &lines[..] else { panic!("{lines:?}") };
            let last_good = line.strip_prefix("GOAWAY last_good=").unwrap();
            let last_good: u32 = last_good.strip_suffix(status).unwrap().parse().unwrap();
            last_good == end.stream
        };
        let open = |end: &mut End| {
            let syn = end.raw.with_list(SYN_STREAM, 0, end.stream);
            end.feed(&syn);
        };
        let reset = |end: &mut End, status| end.session.fin_stream(id(end.stream), status).unwrap();
        assert!(of(&open), "delivered, and not replied to");
        let at_once = |end: &mut End| {
            let syn = end.raw.with_list(SYN_STREAM, FIN | UNIDIRECTIONAL, end.stream);
            end.feed(&syn);
        };
        assert!(of(&at_once), "delivered, and over with that");
        assert!(of(&|end| (open(end), reset(end, Status::CANCEL)).1), "reset by us");
        let counts_all = version != Version::Spdy2;
        let refused = of(&|end| (open(end), reset(end, Status::REFUSED_STREAM)).1);
        assert_eq!(refused, counts_all, "refused by the caller");
        let bad = |end: &mut End| {
            let plain = end.raw.plain(&[("", "x")]);
            let syn = end.raw.with_plain(SYN_STREAM, 0, end.stream, &plain);
            end.feed(&syn);
        };
        assert_eq!(of(&bad), counts_all, "its list is faulty");
        // An ID that was answered and never opened is no stream.
        assert!(!of(&|end| drop(end.feed(&data_bytes(end.stream, 0, b"x")))));
    }
}

// S2-059, S3-005, S3-057, S2-058, S2-A20: nothing accepted, and nothing behind it.
#[test]
fn close_sends_go_away_as_the_last_frame() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        let (mut session, mut peer) =
            (Session::new(version, role, Config::default()), Peer::of(version));
        session.open(Open::new(()).fin(true)).unwrap();
        session.close();
        let lines = peer.hear_text(&mut session);
        let status = if version == Version::Spdy2 { "" } else { " status=OK" };
        assert_eq!(lines[1..], [format!("GOAWAY last_good=0{status}")]);
        assert!(session.is_done());
    }
}

// S3-132, S2-027, S31-014: a code that the version lacks goes out as another.
#[test]
fn a_reset_is_sent_with_a_status_that_the_version_has() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        let last = if version == Version::Spdy2 { 7 } else { 11 };
        for status in (1..=12).filter(|status| *status != 3) {
            let mut end = End::at(version, role, Kind::Replied, State::Open).unwrap();
            end.session.fin_stream(id(end.stream), Status(status)).unwrap();
            let frames = end.frames();
            let [Frame::FinStream(reset)] = &frames[..] else { panic!("{frames:?}") };
            let is_known = status <= last && (status != 10 || version == Version::Spdy3);
            assert_eq!(reset.status.0, if is_known { status } else { 1 }, "{version}");
        }
    }
}
