//! Streams that come and go, and IDs that cannot be.

use spdy::frame::{Frame, GoAway, HeadersFrame, SynReply};
use spdy::{
    Config, Event, GoAwayStatus, Open, Priority, Role, Session, SessionError, Settings, Status,
    Version,
};

use crate::common::{OK, control_bytes_of, data_bytes, fin_stream, id, window_update};
use crate::victim::{EVERY, NEWER, Victim, accept, rounds};
use crate::wire::Wire;

const V3: [Version; 2] = [Version::Spdy3, Version::Spdy3_1];

// Streams that are opened only to be reset.

/// CVE-2023-44487
#[test]
fn streams_that_the_peer_resets_at_once() {
    for version in EVERY {
        let mut victim = Victim::server(version);
        let count = (0..1_000).take_while(|_| {
            let (stream, syn) = victim.wire.syn(true);
            let reset = victim.wire.frame(&fin_stream(stream, Status::CANCEL));
            victim.hear(&[syn, reset].concat())
        });
        assert_eq!(count.count(), 200);
        victim.dies_of(|error| *error == SessionError::TooManyResets);
    }
}

/// The caller has accepted each, in an answer that nobody takes.
#[test]
fn streams_that_the_peer_resets_without_reading_the_replies() {
    for version in EVERY {
        let mut victim = Victim::server(version).unread();
        let mut count = 0;
        while count < 10_000 {
            let stream = victim.open(true);
            let reset = victim.wire.frame(&fin_stream(stream, Status::CANCEL));
            if !victim.hear(&reset) {
                break;
            }
            count += 1;
        }
        assert!((200..1_000).contains(&count), "{count}");
        victim.dies_of(|error| *error == SessionError::TooManyResets);
    }
}

/// Whoever reads the replies may reset what he likes: each cost him a request.
#[test]
fn streams_that_the_peer_resets_behind_their_reply() {
    for version in EVERY {
        let mut victim = Victim::server(version);
        for _ in 0..rounds(20_000) {
            let stream = victim.open(true);
            let reset = victim.wire.frame(&fin_stream(stream, Status::CANCEL));
            assert!(victim.hear(&reset));
        }
        // The compression of both directions, and next to nothing else.
        assert!(victim.memory() <= 72 * 1024, "{}", victim.memory());
        victim.lives_on();
    }
}

/// CVE-2025-8671: the peer opens streams, and makes us reset them. By what, and what it says on the
/// stream that it has opened, with or without FIN.
type Trick = (&'static str, &'static [Version], bool, fn(&mut Victim, u32) -> Vec<u8>);

const TRICKS: [Trick; 11] = [
    ("DATA behind FIN", &EVERY, true, |victim, stream| victim.wire.data(stream, b"x", false)),
    ("HEADERS behind FIN", &NEWER, true, |victim, stream| {
        victim.wire.frame(&Frame::Headers(HeadersFrame::new(id(stream), OK)))
    }),
    ("SYN_REPLY from the side that opened it", &EVERY, false, |victim, stream| {
        victim.wire.frame(&Frame::SynReply(SynReply::new(id(stream), OK)))
    }),
    ("SYN_STREAM again", &EVERY, false, |victim, stream| {
        victim.wire.with_list(1, 0, stream, &OK.into())
    }),
    ("SYN_STREAM again, malformed", &EVERY, false, |victim, stream| {
        victim.wire.with_plain(1, 0, stream, 1, b"?")
    }),
    ("HEADERS or SUBRESOURCE that are malformed", &EVERY, false, |victim, stream| {
        victim.wire.with_plain(8, 0, stream, 1, b"?")
    }),
    ("a flag of DATA", &EVERY, false, |victim, stream| {
        victim.wire.carried(&data_bytes(stream, 2, b""))
    }),
    ("a window that does not grow", &V3, false, |_, stream| {
        control_bytes_of(3, 9, 0, &[&stream.to_be_bytes()[..], &[0; 4]].concat())
    }),
    ("a window that is too large", &V3, false, |victim, stream| {
        victim.wire.frame(&window_update(stream, 0x7FFF_FFFF))
    }),
    ("DATA beyond the window", &[Version::Spdy3], false, |_, stream| {
        data_bytes(stream, 0, &[0; 65_537])
    }),
    ("windows that SETTINGS make too large", &V3, false, |victim, stream| {
        let size = |size| Settings::from([(spdy::SettingId::INITIAL_WINDOW_SIZE, size)]);
        let frames = [
            victim.wire.frame(&Frame::Settings(size(0))),
            victim.wire.frame(&window_update(stream, 0x7FFF_FFFF)),
            victim.wire.frame(&Frame::Settings(size(1))),
        ];
        frames.concat()
    }),
];

#[test]
fn streams_that_the_peer_makes_us_reset() {
    for (what, versions, fin, trick) in TRICKS {
        for &version in versions {
            let mut victim = Victim::server(version);
            let count = (0..1_000).take_while(|_| {
                let (stream, syn) = victim.wire.syn(fin);
                let frames = [syn, trick(&mut victim, stream)].concat();
                // The caller lets it come to a reply, which does not excuse it.
                victim.hear_and(&frames, |session, event| {
                    if let Event::SynStream { stream, .. } = event {
                        session.reply(stream, OK, false).unwrap();
                        session.output();
                    }
                })
            });
            assert_eq!(count.count(), 200, "{what} in {version:?}");
            victim.dies_of(|error| *error == SessionError::TooManyResets);
        }
    }
}

#[test]
fn streams_that_cannot_be_decoded() {
    for version in EVERY {
        let mut victim = Victim::server(version);
        let count = (0..1_000).take_while(|_| {
            let stream = victim.wire.next_stream();
            let syn = victim.wire.with_plain(1, 0, stream, 1, b"?");
            victim.hear(&syn)
        });
        assert_eq!(count.count(), 200);
        victim.dies_of(|error| *error == SessionError::TooManyResets);
    }
}

/// The same at a client: a server that answers badly.
#[test]
fn streams_that_a_server_makes_a_client_reset() {
    type Answer = (&'static str, fn(&mut Victim, u32) -> Vec<u8>);
    let answers: [Answer; 4] = [
        ("a second SYN_REPLY", |victim, stream| {
            let reply = Frame::SynReply(SynReply::new(id(stream), OK));
            [victim.wire.frame(&reply), victim.wire.frame(&reply)].concat()
        }),
        ("a reply that is malformed", |victim, stream| {
            victim.wire.with_plain(2, 0, stream, 1, b"?")
        }),
        ("DATA before the reply", |victim, stream| victim.wire.data(stream, b"x", false)),
        ("DATA behind the end", |victim, stream| {
            let reply = victim.wire.with_list(2, 1, stream, &OK.into());
            [reply, victim.wire.data(stream, b"x", false)].concat()
        }),
    ];
    for version in EVERY {
        for (what, answer) in answers {
            let mut victim = Victim::client(version);
            let mut count = 0;
            while count < 1_000 {
                let stream = victim.ask();
                let frames = answer(&mut victim, stream);
                if !victim.hear(&frames) {
                    break;
                }
                count += 1;
            }
            if version == Version::Spdy2 && what == "DATA before the reply" {
                assert_eq!(count, 0);
                victim.dies_of(|error| matches!(error, SessionError::Stream { .. }));
            } else {
                assert_eq!(count, 200, "{what} in {version:?}");
                victim.dies_of(|error| *error == SessionError::TooManyResets);
            }
        }
    }
}

// Streams that are refused.

#[test]
fn streams_beyond_the_limit() {
    for version in EVERY {
        for reads in [true, false] {
            let mut victim = Victim::server(version);
            if !reads {
                victim = victim.unread();
            }
            let mut events = 0;
            let count = (0..5_000).take_while(|_| {
                let (_, syn) = victim.wire.syn(false);
                victim.hear_and(&syn, |_, event| {
                    events += u32::from(matches!(event, Event::SynStream { .. }));
                })
            });
            let count = count.count();
            assert_eq!(events, 100);
            if reads {
                assert_eq!(count, 5_000);
                victim.survives();
            } else {
                assert_eq!(count, 100 + 64 * 1024 / victim.answer_len());
                victim.dies_of(|error| *error == SessionError::TooManyReplies);
            }
        }
    }
}

#[test]
fn pushes_that_are_not_wanted() {
    for version in EVERY {
        for reads in [true, false] {
            let mut victim = Victim::client(version);
            victim.ask();
            if !reads {
                victim = victim.unread();
            }
            let count = (0..rounds(5_000)).take_while(|_| {
                let stream = victim.wire.next_stream();
                // FLAG_UNIDIRECTIONAL, which is not there in Draft 1.
                let flags = if victim.wire.is_draft_1() { 0 } else { 2 };
                let push = victim.wire.with_list(1, flags, stream, &OK.into());
                victim.hear_and(&push, |_, event| {
                    assert!(matches!(event, Event::Aborted { .. }), "{event:?}");
                })
            });
            let count = count.count();
            if reads {
                assert_eq!(count, rounds(5_000) as usize);
                victim.lives_on();
            } else if rounds(5_000) > 4_096 {
                assert_eq!(count, 64 * 1024 / victim.answer_len());
                victim.dies_of(|error| *error == SessionError::TooManyReplies);
            }
        }
    }
}

#[test]
fn pushes_beyond_the_limit() {
    for version in Version::ALL {
        let config = Config::default().push(true);
        let mut victim = Victim::new(Session::client(version, config));
        let mut events = 0;
        for _ in 0..1_000 {
            let stream = victim.wire.next_stream();
            let flags = if victim.wire.is_draft_1() { 0 } else { 2 };
            let push = victim.wire.with_list(1, flags, stream, &OK.into());
            assert!(victim.hear_and(&push, |_, _| events += 1));
        }
        assert_eq!(events, 100);
        victim.lives_on();
    }
}

/// After our GOAWAY they are inflated and dropped, without an answer.
#[test]
fn streams_behind_our_goaway() {
    for version in Version::ALL {
        let mut victim = Victim::with_streams(version, 1);
        victim.call(|session| session.go_away(GoAwayStatus::OK));
        for _ in 0..rounds(20_000) {
            let (_, syn) = victim.wire.syn(false);
            assert!(victim.hear_and(&syn, |_, event| panic!("{event:?}")));
            assert!(!victim.session.wants_write());
        }
        assert_eq!(victim.session.open_streams(), 1);
        victim.survives();
    }
}

// Streams in turn.

/// Nothing is kept of a stream that is over.
fn one_after_the_other(version: Version, between: impl Fn(&mut Wire, u32) -> Vec<u8>) {
    let streams = rounds(20_000);
    let mut victim = Victim::server(version);
    let mut before = 0;
    for round in 0..streams {
        if round == 2_000 {
            before = victim.memory();
        }
        let (stream, syn) = victim.wire.syn(false);
        let between = between(&mut victim.wire, stream);
        let data = victim.wire.data(stream, b"body", true);
        let mut ends = 0;
        victim.hear_and(&[syn, between, data].concat(), |session, event| match event {
            Event::SynStream { stream, .. } => session.reply(stream, OK, true).unwrap(),
            Event::Data { fin: true, .. } => ends += 1,
            event => panic!("{event:?}"),
        });
        assert_eq!((ends, victim.session.open_streams()), (1, 0));
    }
    let after = victim.memory();
    assert!(streams <= 2_000 || after <= before + 64, "{before} bytes, then {after}");
    victim.lives_on();
}

/// With `ATTACK_SCALE=500` they are ten millions.
#[test]
fn streams_one_after_the_other() {
    EVERY.iter().for_each(|&version| one_after_the_other(version, |_, _| Vec::new()));
}

/// Of such a window the session keeps a note (`Flow::in_advance`), as long as there is the stream.
#[test]
fn streams_whose_windows_the_peer_has_made_larger() {
    for version in V3 {
        let more = |wire: &mut Wire, stream| wire.frame(&window_update(stream, 1_000));
        one_after_the_other(version, more);
    }
}

/// All levels of priority, with data that waits, and streams that are cancelled while it does.
#[test]
fn streams_that_are_cancelled_while_they_wait() {
    for version in Version::ALL {
        let mut victim = Victim::server(version);
        let mut open = Vec::new();
        let shut = [(spdy::SettingId::INITIAL_WINDOW_SIZE, 0)];
        if V3.contains(&version) {
            let settings = victim.wire.frame(&Frame::Settings(shut.into()));
            victim.hear(&settings);
        }
        let mut number = 0u32;
        for _ in 0..rounds(5_000) {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let stream = victim.wire.next_stream();
            let mut syn = victim.wire.with_list(1, 0, stream, &OK.into());
            // The priority is in the upper bits of the byte behind the stream-IDs.
            let at = if victim.wire.is_draft_1() { 12 } else { 16 };
            syn[at] = (number >> 24) as u8;
            victim.hear_and(&syn, |session, event| {
                if let Event::SynStream { stream, .. } = event {
                    session.reply(stream, OK, false).unwrap();
                    session.send_data(stream, &[7; 1_000][..], false).unwrap();
                }
            });
            open.push(stream);
            if open.len() > 90 {
                let at = (number >> 8) as usize % open.len();
                let gone = open.swap_remove(at);
                let reset = victim.wire.frame(&fin_stream(gone, Status::CANCEL));
                assert!(victim.hear(&reset));
            }
        }
        victim.lives_on();
    }
}

// IDs, versions, ends.

#[test]
fn ids_that_cannot_be() {
    for version in EVERY {
        // Stream 0, one of ours, the last one again behind a higher one, a lower one.
        for (first, second) in
            [(1, 0), (1, 2), (5, 3), (0x7FFF_FFFF, 1), (0x7FFF_FFFF, 0x7FFF_FFFD)]
        {
            let mut victim = Victim::server(version);
            let frames = [first, second].map(|id| victim.wire.with_list(1, 1, id, &OK.into()));
            assert!(victim.hear(&frames[0]));
            assert!(!victim.hear(&frames[1]));
            victim.dies_of(|error| *error == SessionError::StreamId(id(second)));
        }
    }
}

/// Frames of every version in every other.
#[test]
fn frames_of_another_version() {
    for version in EVERY {
        for other in [0u8, 1, 2, 3, 4, 255] {
            for number in 1..=11 {
                let mut victim = Victim::server(version).unread();
                if other == victim.wire.wire_version() {
                    continue;
                }
                let mut alive = true;
                for round in 0..1_000u32 {
                    let payload = [&(2 * round + 1).to_be_bytes()[..], &[0; 8]].concat();
                    let frame = control_bytes_of(other, number, 0, &payload);
                    let frame = victim.wire.carried(&frame);
                    alive = victim.hear_and(&frame, |_, event| panic!("{event:?}"));
                    if !alive {
                        break;
                    }
                }
                // SPDY/2 says what its text asks for, a frame at a time; Draft 1 nothing at all.
                match (version, alive) {
                    (Version::Draft1, true) => panic!("{other} {number}"),
                    (_, true) => victim.survives(),
                    (Version::Spdy2, false) => {
                        victim.dies_of(|error| *error == SessionError::TooManyResets);
                    }
                    (_, false) => {
                        victim.dies_of(|error| matches!(error, SessionError::Decode(_)));
                    }
                }
            }
        }
    }
}

/// A GOAWAY that takes back what an earlier one said, and frames on the streams that are gone.
#[test]
fn a_goaway_that_rises() {
    for version in Version::ALL {
        let mut victim = Victim::client(version);
        let streams = [victim.ask(), victim.ask(), victim.ask()];
        let mut gone = Vec::new();
        for last_good in [streams[1], streams[0], streams[2]] {
            let go_away = victim.wire.frame(&Frame::GoAway(GoAway::new(id(last_good))));
            victim.hear_and(&go_away, |_, event| match event {
                Event::Aborted { stream, .. } => gone.push(stream.get()),
                Event::GoAway { last_good: said, .. } => assert!(said.get() <= last_good),
                event => panic!("{event:?}"),
            });
        }
        assert_eq!(gone, [streams[2], streams[1]]);
        let late = victim.wire.frame(&Frame::SynReply(SynReply::new(id(streams[2]), OK)));
        assert!(victim.hear_and(&late, |_, event| panic!("{event:?}")));
        assert_eq!(victim.session.open_streams(), 1);
        victim.survives();
    }
}

/// As many streams as there may be, and the peer goes away under them.
#[test]
fn the_end_of_many_streams() {
    for version in EVERY {
        let mut victim = Victim::with_streams(version, 100);
        victim.call(Session::end_of_input);
        let mut ends = 0;
        assert!(victim.hear_and(&[0; 8], |_, event| {
            assert!(matches!(event, Event::Aborted { .. }));
            ends += 1;
        }));
        assert_eq!(ends, 100);
        victim.survives();
    }
}

/// A peer that opens streams towards a caller who opens streams, all at once.
#[test]
fn both_open_all_they_may() {
    for version in Version::ALL {
        let mut victim = Victim::server(version);
        for _ in 0..100 {
            victim.open(false);
            let one_way = Open::new(OK).unidirectional(true).priority(Priority::new(3));
            victim.call(|session| session.open(one_way)).unwrap();
        }
        assert_eq!(victim.session.role(), Role::Server);
        let (_, syn) = victim.wire.syn(false);
        assert!(victim.hear_and(&syn, accept));
        assert_eq!(victim.session.open_streams(), 200);
        victim.survives();
    }
}
