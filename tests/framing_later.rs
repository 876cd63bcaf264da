//! The form of frames in SPDY/2, 3 and 3.1: lengths, flags, reserved bits, types, and the edges of
//! numbers. `framing.rs` is the same for Draft 1; the vectors show what is written.

#[path = "common/carrier.rs"]
mod carrier;
mod common;
#[path = "common/scenario.rs"]
mod scenario;

use common::{control_bytes_of, data_bytes, id};
use scenario::*;
use spdy::{Config, Event, GoAwayStatus, Role, SendError, Setting, SettingId, Settings, Version};

const V2: Version = Version::Spdy2;
const NOOP: u16 = 5;

fn everywhere() -> impl Iterator<Item = (Version, Role)> {
    LATER.into_iter().flat_map(|version| ROLES.map(|role| (version, role)))
}

/// Whether a control frame can have a length; of SETTINGS, whether there can be such a count.
fn is_possible(version: Version, number: u16, length: u32) -> bool {
    match (version, number) {
        (V2, SYN_STREAM) => length >= 12,
        (V2, SYN_REPLY) => length >= 8,
        (V2, HEADERS) => length >= 6,
        (V2, GOAWAY) => length == 4 || length == 8,
        (_, SYN_STREAM) => length >= 10,
        (_, SYN_REPLY | HEADERS) => length >= 4,
        (_, GOAWAY) => length == 8,
        (_, RST_STREAM | WINDOW_UPDATE) => length == 8,
        (_, PING) => length == 4,
        (_, SETTINGS) => length % 8 == 4,
        // A slot and the length of the proof.
        (_, CREDENTIAL) => length >= 6,
        other => panic!("{other:?}"),
    }
}

/// The types of a version whose length is looked at.
fn types(version: Version) -> Vec<u16> {
    let mut types = vec![SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, PING, GOAWAY, HEADERS];
    types.extend((version != V2).then_some(WINDOW_UPDATE));
    types.extend((version == Version::Spdy3).then_some(CREDENTIAL));
    types
}

// S3-A16, S2-A13, S2-011, S2-020: from the head alone, so that no stream is named.
#[test]
fn a_length_that_a_frame_cannot_have_costs_the_session() {
    for (version, role) in everywhere() {
        for number in types(version) {
            for length in (0..=24).chain([250, 251, 252, 253]) {
                let mut end = End::at(version, role, Kind::Replied, State::Open).unwrap();
                let head = {
                    let mut head = end.raw.control(number, 0, &[]);
                    head[7] = u8::try_from(length).unwrap();
                    head
                };
                if is_possible(version, number, length) {
                    assert_eq!(end.feed(&head), [""; 0], "{version} {number} {length}");
                } else {
                    let last = last_words(version, end.last_good());
                    let (events, error) = end.kill(&head);
                    assert_eq!(events.len(), 2, "{version} {number} {length}");
                    assert_eq!(end.hear(), [last], "{version} {number} {length}");
                    end.assert_dead(&error);
                }
            }
        }
    }
}

// S3-A16, S2-A13
#[test]
fn a_count_of_settings_that_does_not_fit_the_length_costs_the_session() {
    for (version, role) in everywhere() {
        for (count, entries) in
            [(0_u32, 1), (1, 0), (2, 1), (1, 2), (0xFFFF_FFFF, 1), (0x1000_0001, 1)]
        {
            let mut end = End::new(version, role);
            let payload = [count.to_be_bytes().to_vec(), vec![0; 8 * entries]].concat();
            let (_, error) = end.kill(&end.raw.control(SETTINGS, 0, &payload));
            assert_eq!(end.hear(), [last_words(version, end.other)]);
            end.assert_dead(&error);
        }
    }
}

// S3-A16, S2-A13 and the limits: from the head alone.
#[test]
fn more_than_32_settings_cost_the_session() {
    for (version, role) in everywhere() {
        let head = |end: &End, entries: usize| {
            let wire = end.raw.settings(&vec![(200, 0, 0); entries]);
            wire[..8].to_vec()
        };
        let mut end = End::new(version, role);
        assert_eq!(end.feed(&head(&end, 32)), [""; 0]);
        let mut end = End::new(version, role);
        let (_, error) = end.kill(&head(&end, 33));
        assert_eq!(end.hear(), [last_words(version, end.other)]);
        end.assert_dead(&error);
    }
}

// S2-045, S1-A22: a NOOP of 2 may have any length, and 3 has no such type.
#[test]
fn a_noop_is_passed_over_whatever_it_holds() {
    for (version, role) in everywhere() {
        for length in [0, 1, 4, 70_000] {
            let mut end = End::new(version, role);
            let wire = end.raw.control(NOOP, 0xFF, &vec![0x80; length]);
            assert_eq!((end.feed(&wire), end.hear()), (vec![], vec![]));
            end.assert_usable();
        }
    }
}

// S2-004, S3-A01, S31-014, S2-A17: their length is honoured.
#[test]
fn a_type_that_the_version_does_not_have_is_passed_over() {
    for (version, role) in everywhere() {
        let known = types(version);
        let unknown = (0..=20).chain([0x100, 0x7FFF, 0xFFFF]);
        for number in unknown.filter(|number| !known.contains(number)) {
            for payload in [&[][..], &[0, 0, 0, 1, 0, 0, 0, 0], &[0x80; 70_000]] {
                let mut end = End::at(version, role, Kind::Replied, State::Open).unwrap();
                let wire = end.raw.control(number, 0xFF, payload);
                assert_eq!((end.feed(&wire), end.hear()), (vec![], vec![]), "{version} {number}");
                assert_eq!(end.state(), State::Open);
                end.assert_usable();
            }
        }
    }
}

/// The text of a frame of the table below, and what it tells of the end's streams.
type Row = (u16, u8, fn(&mut End, u8) -> Vec<u8>);

/// Each frame with the flags that it has.
const FRAMES: [Row; 9] = [
    (SYN_STREAM, FIN | UNIDIRECTIONAL, |end, flags| {
        let stream = nth(end.role.peer(), 7);
        end.raw.with_list(SYN_STREAM, flags, stream)
    }),
    (SYN_REPLY, FIN, |end, flags| end.raw.with_list(SYN_REPLY, flags, end.stream)),
    (HEADERS, FIN, |end, flags| end.raw.with_list(HEADERS, flags, end.other)),
    (RST_STREAM, 0, |end, flags| end.raw.control(RST_STREAM, flags, &two(end.stream, 5))),
    (SETTINGS, 0x01, |end, flags| {
        let mut wire = end.raw.settings(&[(4, 0, 9)]);
        wire[4] = flags;
        wire
    }),
    (PING, 0, |end, flags| {
        let id = nth(end.role.peer(), 3);
        end.raw.control(PING, flags, &id.to_be_bytes())
    }),
    (GOAWAY, 0, |end, flags| {
        let payload = if end.version == V2 { two(1, 0)[..4].to_vec() } else { two(1, 0) };
        end.raw.control(GOAWAY, flags, &payload)
    }),
    (WINDOW_UPDATE, 0, |end, flags| end.raw.control(WINDOW_UPDATE, flags, &two(end.other, 1_000))),
    (0, FIN, |end, flags| data_bytes(end.other, flags, b"x")),
];

fn two(first: u32, second: u32) -> Vec<u8> {
    [first.to_be_bytes(), second.to_be_bytes()].concat()
}

/// What a frame does: what is told and answered, and what can be seen of windows and limits.
#[derive(Debug, PartialEq)]
struct Effect {
    events: Vec<Event>,
    lines: Vec<String>,
    queued: usize,
    can_open: usize,
    open_streams: usize,
}

fn effect(version: Version, role: Role, wire: impl Fn(&mut End) -> Vec<u8>) -> Effect {
    let mut end = End::at(version, role, Kind::Awaited, State::Open).unwrap();
    if version != V2 {
        let wire = end.raw.numbers(WINDOW_UPDATE, &[0, 500_000]);
        end.feed(&wire);
    }
    end.session.send_data(id(end.other), vec![7; 100_000], false).unwrap();
    end.hear();
    let wire = wire(&mut end);
    let (events, lines) = (end.events(&wire), end.hear());
    let (queued, can_open) = (end.session.queued(), end.session.can_open());
    Effect { events, lines, queued, can_open, open_streams: end.session.open_streams() }
}

// S3-A26, S2-A22 and the note behind the table of frames: bits that no text gives a meaning to.
#[test]
fn flags_that_do_not_exist_change_nothing() {
    for (version, role) in everywhere() {
        for (number, known, wire) in FRAMES {
            // DATA had a flag 0x02, which is a fault: see `stream_states_later.rs`.
            let fault = if number == 0 { 0x02 } else { 0 };
            for set in [0, known] {
                let plain = effect(version, role, |end| wire(end, set));
                for unknown in (0..8).map(|bit| 1 << bit).filter(|bit| bit & (known | fault) == 0) {
                    let odd = effect(version, role, |end| wire(end, set | unknown));
                    assert_eq!(odd, plain, "{version} {role:?}: type {number}, flag {unknown:#x}");
                }
                let odd = effect(version, role, |end| wire(end, set | !known & !fault));
                assert_eq!(odd, plain, "{version} {role:?}: type {number}, all flags");
            }
        }
    }
}

/// The places of reserved and unused bits: a byte of the frame, and a mask.
fn reserved(version: Version, number: u16) -> &'static [(usize, u8)] {
    match (version, number) {
        // Both stream-IDs; below the priority; the byte behind it.
        (V2, SYN_STREAM) => &[(8, 0x80), (12, 0x80), (16, 0x3F), (17, 0xFF)],
        (Version::Spdy3_1, SYN_STREAM) => &[(8, 0x80), (12, 0x80), (16, 0x1F), (17, 0xFF)],
        (_, SYN_STREAM) => &[(8, 0x80), (12, 0x80), (16, 0x1F)],
        (V2, SYN_REPLY | HEADERS) => &[(8, 0x80), (12, 0xFF), (13, 0xFF)],
        (_, SYN_REPLY | HEADERS | RST_STREAM | GOAWAY) => &[(8, 0x80)],
        (_, WINDOW_UPDATE) => &[(8, 0x80), (12, 0x80)],
        _ => &[],
    }
}

// The notes behind the tables of frames; S31-014 for the slot.
#[test]
fn reserved_bits_change_nothing() {
    for (version, role) in everywhere() {
        for (number, known, wire) in FRAMES {
            for flags in [0, known] {
                let plain = effect(version, role, |end| wire(end, flags));
                let odd = effect(version, role, |end| {
                    let mut wire = wire(end, flags);
                    for &(at, mask) in reserved(version, number) {
                        wire[at] |= mask;
                    }
                    wire
                });
                assert_eq!(odd, plain, "{version} {role:?}: type {number}");
            }
        }
    }
}

// S3-A30, S2-A13: a block of zero bytes is no pairs, where the length allows it.
#[test]
fn a_frame_may_end_where_its_block_would_begin() {
    let nothing = |number, end: &End, flags| {
        end.raw.control(number, flags, &end.raw.fields(number, end.stream))
    };
    for (version, role) in everywhere() {
        for flags in [0, FIN] {
            let fin = if flags == FIN { " fin" } else { "" };
            let mut end = End::at(version, role, Kind::Awaited, State::Open).unwrap();
            let told = format!("Headers {}{fin}", end.stream);
            assert_eq!(end.feed(&nothing(HEADERS, &end, flags)), [told]);
            end.assert_usable();
            if version == V2 {
                continue;
            }
            let mut end = End::at(version, role, Kind::Awaited, State::Open).unwrap();
            let told = format!("SynReply {}{fin}", end.stream);
            assert_eq!(end.feed(&nothing(SYN_REPLY, &end, flags)), [told]);
            end.assert_usable();
            let mut end = End::new(version, role);
            let told = format!("SynStream {}{fin}", end.stream);
            assert_eq!(end.feed(&nothing(SYN_STREAM, &end, flags)), [told]);
            end.assert_usable();
        }
    }
}

// The edges of numbers.

// S3-010, S3-012, S3-013, S2-017, S3-A05: the last ID that there is.
#[test]
fn the_last_stream_id_is_a_stream_like_any_and_none_comes_behind_it() {
    for (version, role) in everywhere() {
        let last = if role == Role::Server { 0x7FFF_FFFF } else { 0x7FFF_FFFE };
        let mut end = End::new(version, role);
        for (wire, told) in [
            (end.raw.with_list(SYN_STREAM, 0, last | 0x8000_0000), format!("SynStream {last}")),
            (end.raw.with_list(HEADERS, 0, last), format!("Headers {last}")),
            (data_bytes(last, 0, b"x"), format!("Data {last} \"x\"")),
        ] {
            assert_eq!(end.feed(&wire), [told]);
        }
        end.session.reply(id(last), (), false).unwrap();
        end.session.send_data(id(last), "x", false).unwrap();
        let frames = [format!("SYN_REPLY stream={last}"), format!("DATA stream={last} length=1")];
        assert_eq!(end.answers(), frames);
        // A frame for a stream that there can be no more of costs nothing.
        let reset = end.raw.numbers(RST_STREAM, &[last, 5]);
        assert_eq!(end.feed(&reset), [format!("Aborted {last} Peer(Status(5))")]);
        assert_eq!(end.feed(&data_bytes(last, 0, b"x")), [""; 0]);
        assert_eq!(end.answers(), [""; 0]);
        end.session.go_away(GoAwayStatus::PROTOCOL_ERROR);
        assert_eq!(end.hear(), [last_words(version, last)]);
        let again = end.raw.with_list(SYN_STREAM, 0, last - 2);
        let (events, error) = end.kill(&again);
        assert_eq!(events, [format!("Aborted {} Teardown", end.other)]);
        assert_eq!(end.hear(), [last_words(version, last)]);
        end.assert_dead(&error);
    }
}

// S3-A05, S3-A15, S3-058, S2-056, S2-A20: what the ID in a GOAWAY may be, and in 2 what follows it.
#[test]
fn last_good_is_a_mere_number() {
    for (version, role) in everywhere() {
        let (status, told_status) = if version == V2 {
            let mut end = End::new(version, role);
            let events = end.events(&end.raw.numbers(GOAWAY, &[0x7FFF_FFFF]));
            assert!(matches!(events[..], [Event::GoAway { status: None, .. }]));
            (0xFFFF_FFFF, None)
        } else {
            (0xFFFF_FFFE, Some(GoAwayStatus(0xFFFF_FFFE)))
        };
        let mut end = End::new(version, role);
        let events = end.events(&end.raw.numbers(GOAWAY, &[0x7FFF_FFFF, status]));
        assert!(matches!(events[..], [Event::GoAway { status, .. }] if status == told_status));
        let go_away = |end: &mut End, last_good: u32| {
            let wire = end.raw.numbers(GOAWAY, &[last_good, status]);
            end.feed(&wire)
        };
        for last_good in [0x7FFF_FFFF, 0xFFFF_FFFF, 0x7FFF_FFFE] {
            let mut end = End::at(version, role, Kind::Awaited, State::Open).unwrap();
            let told = format!("GoAway {}", last_good & 0x7FFF_FFFF);
            assert_eq!(go_away(&mut end, last_good), [told]);
            assert_eq!(end.session.open_streams(), 2);
        }
        // The ID of a stream of the peer's own, below that of ours or above it.
        let mut end = End::at(version, role, Kind::Awaited, State::Open).unwrap();
        let (ours, theirs) = (end.stream, end.other);
        let events = go_away(&mut end, theirs);
        assert_eq!(events.len(), if theirs < ours { 2 } else { 1 }, "{events:?}");
        assert!(end.hear().is_empty());
        assert_eq!(end.session.open(()), Err(SendError::GoAway));
    }
}

// S3-A15, S3-051, S2-A16, S2-051
#[test]
fn pings_at_the_edges_of_their_numbers() {
    for (version, role) in everywhere() {
        for id in [0, 1, 2, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF_u32] {
            let mut end = End::new(version, role);
            let wire = end.raw.numbers(PING, &[id]);
            assert_eq!(end.feed(&wire), [""; 0]);
            let is_theirs = (id % 2 == 1) == (role == Role::Server);
            let echo = is_theirs.then(|| format!("PING id={id}"));
            assert_eq!(end.hear(), Vec::from_iter(echo));
            end.assert_usable();
        }
    }
}

// S3-A26, S2-A22, S3-132
#[test]
fn a_reset_may_have_any_status() {
    for (version, role) in everywhere() {
        for status in (0..=12).chain([0xFF, 0x8000_0000, 0xFFFF_FFFF]) {
            let mut end = End::at(version, role, Kind::Answered, State::Open).unwrap();
            let wire = end.raw.numbers(RST_STREAM, &[end.stream, status]);
            let told = format!("Aborted {} Peer(Status({status}))", end.stream);
            assert_eq!((end.feed(&wire), end.hear()), (vec![told], vec![]));
            end.assert_usable();
        }
    }
}

// Settings.

fn settings(events: &[Event]) -> &Settings {
    let [Event::Settings(settings)] = events else { panic!("{events:?}") };
    settings
}

// S2-A14, S2-030, S3-040, S3-048, S2-039, S3-046
#[test]
fn settings_are_told_as_they_came_and_unknown_ones_mean_nothing() {
    for (version, role) in everywhere() {
        let ids = [0, 1, 2, 3, 5, 6, 8, 9, 200, 0x01_0203, 0xFF_FFFF];
        let entries: Vec<_> = ids.iter().map(|id| (*id, 0x81, 0xFFFF_FFFF)).collect();
        let mut end = End::new(version, role);
        let can_open = end.session.can_open();
        let mut wire = end.raw.settings(&entries);
        wire[4] = 0x01;
        let events = end.events(&wire);
        let told = settings(&events);
        // A server keeps nothing for its clients (S2-037, S3-044).
        let flags = if role == Role::Client { 0x81 } else { 0x80 };
        let expected = ids.map(|id| Setting::new(SettingId(id), 0xFFFF_FFFF).flags(flags));
        assert_eq!(told.entries, expected);
        assert_eq!(told.clear, role == Role::Client);
        assert_eq!(end.session.can_open(), can_open);
        end.assert_usable();
        // None at all.
        assert!(settings(&end.events(&end.raw.settings(&[]))).entries.is_empty());
        end.assert_usable();
    }
}

// S2-A14: the byte order of 2 is one; 4 and 7 the other way round are other IDs.
#[test]
fn ids_of_the_other_byte_order_are_told_and_not_applied() {
    for (version, role) in everywhere() {
        let mut end = End::at(version, role, Kind::Replied, State::Open).unwrap();
        let can_open = end.session.can_open();
        let wire = end.raw.settings(&[(0x04_0000, 0, 1), (0x07_0000, 0, 1)]);
        let events = end.events(&wire);
        let told = settings(&events);
        assert_eq!(told.get(SettingId(0x04_0000)), Some(1));
        assert_eq!(told.max_concurrent_streams(), None);
        assert_eq!(end.session.can_open(), can_open);
        end.session.send_data(id(end.stream), vec![7; 50_000], true).unwrap();
        end.hear();
        assert_eq!(end.session.queued(), 0);
    }
}

/// What a stream may send at once under these settings, one frame after the other.
fn window_under(version: Version, role: Role, frames: &[&[(u32, u8, u32)]]) -> usize {
    let mut end = End::at(version, role, Kind::Replied, State::Open).unwrap();
    for entries in frames {
        let wire = end.raw.settings(entries);
        assert_eq!(end.feed(&wire).len(), 1);
    }
    end.session.send_data(id(end.stream), vec![7; 65_536], true).unwrap();
    end.hear();
    65_536 - end.session.queued()
}

/// How many streams may be open under these settings.
fn streams_under(version: Version, role: Role, frames: &[&[(u32, u8, u32)]]) -> usize {
    let mut end = End::new(version, role);
    for entries in frames {
        let wire = end.raw.settings(entries);
        assert_eq!(end.feed(&wire).len(), 1);
    }
    end.session.can_open()
}

// S3-041, S3-043, S3-044, S3-A19, S2-033, S2-035, S2-037: by ID 4 in each version, by 7 where it counts.
#[test]
fn which_of_several_entries_is_in_force() {
    // Flags and value of each entry of each frame.
    type Frames = &'static [&'static [(u8, u32)]];
    let cases: [(Frames, Option<u32>); 9] = [
        (&[&[(0, 10)]], Some(10)),
        (&[&[(0, 10), (0, 20)]], Some(10)),
        (&[&[(0, 10)], &[(0, 20)]], Some(20)),
        (&[&[(0, 10)], &[]], Some(10)),
        // Asked to be kept: the value holds all the same.
        (&[&[(0x01, 10)]], Some(10)),
        // Returned: not in force, and still the first.
        (&[&[(0x02, 10)]], None),
        (&[&[(0x03, 10)]], None),
        (&[&[(0x02, 10), (0, 20)]], None),
        (&[&[(0, 10)], &[(0x02, 20)]], Some(10)),
    ];
    for (version, role) in everywhere() {
        for (frames, expected) in cases {
            let with = |id: u32| {
                let frame = |entries: &&[(u8, u32)]| {
                    entries.iter().map(|&(flags, value)| (id, flags, value)).collect::<Vec<_>>()
                };
                frames.iter().map(frame).collect::<Vec<_>>()
            };
            let frames = with(4);
            let frames: Vec<_> = frames.iter().map(Vec::as_slice).collect();
            let streams = expected.map_or(usize::MAX, |value| value as usize);
            assert_eq!(streams_under(version, role, &frames), streams, "{version} {frames:?}");
            let frames = with(7);
            let frames: Vec<_> = frames.iter().map(Vec::as_slice).collect();
            let bytes = expected.filter(|_| version != V2).map_or(65_536, |value| value as usize);
            assert_eq!(window_under(version, role, &frames), bytes, "{version} {frames:?}");
        }
    }
}

// S3-086, S31-010, S31-016: the least and the most that can be said.
#[test]
fn settings_at_the_edges_of_their_numbers() {
    for (version, role) in everywhere() {
        for (value, streams) in [(0, 0), (1, 1), (0xFFFF_FFFF, 0xFFFF_FFFF)] {
            assert_eq!(streams_under(version, role, &[&[(4, 0, value)]]), streams);
        }
        for (value, bytes) in [(0, 0), (1, 1), (0x7FFF_FFFF, 65_536)] {
            let bytes = if version == V2 { 65_536 } else { bytes };
            assert_eq!(window_under(version, role, &[&[(7, 0, value)]]), bytes);
            assert_eq!(window_under(version, role, &[&[(7, 0, 5)], &[(7, 0, value)]]), bytes);
        }
    }
    // In 2 it means nothing whatever it says.
    assert_eq!(window_under(V2, Role::Client, &[&[(7, 0, 0xFFFF_FFFF)]]), 65_536);
}

// S3-086, S3-087, S3-A23: from the highest window to the lowest and back, by the difference each time.
#[test]
fn a_window_goes_below_nothing_and_comes_back() {
    for (version, role) in V3.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        let mut end = End::at(version, role, Kind::Replied, State::Open).unwrap();
        let stream = end.stream;
        let sent = |end: &mut End| {
            let before = end.session.queued();
            end.hear();
            before - end.session.queued()
        };
        let update = |end: &mut End, stream: u32, delta: u32| {
            let wire = end.raw.numbers(WINDOW_UPDATE, &[stream, delta]);
            assert_eq!((end.feed(&wire), end.hear()), (vec![], vec![]));
        };
        let initial = |end: &mut End, size: u32| {
            let wire = end.raw.settings(&[(7, 0, size)]);
            assert_eq!(end.feed(&wire).len(), 1);
        };
        update(&mut end, 0, 0x7FFE_FFFF); // the session's is never in the way
        end.session.send_data(id(stream), vec![7; 200_000], false).unwrap();
        assert_eq!(sent(&mut end), 65_536);
        initial(&mut end, 0); // -65,536
        assert_eq!(sent(&mut end), 0);
        initial(&mut end, 65_535); // -1
        assert_eq!(sent(&mut end), 0);
        update(&mut end, stream, 1); // 0: nothing is sent
        let wire = end.raw.numbers(WINDOW_UPDATE, &[stream, 1]);
        assert_eq!(end.feed(&wire), [""; 0]);
        assert_eq!(sent(&mut end), 1);
        // 65,537 were sent and 2 given back: it is 65,535 below what SETTINGS say.
        initial(&mut end, 0x7FFF_FFFF);
        assert_eq!(sent(&mut end), 200_000 - 65_537);
        initial(&mut end, 0); // -199,998
        update(&mut end, stream, 0x7FFF_FFFF); // far from the edge: 2^31 - 1 - 199,998
        initial(&mut end, 199_998); // the edge itself
        assert_eq!(end.hear(), [""; 0]);
        let events = end.feed(&end.raw.settings(&[(7, 0, 199_999)]));
        assert_eq!(events[1..], [format!("Aborted {stream} Local(Status(7), Flow(Overflow))")]);
        assert_eq!(end.hear(), [rst(stream, "FLOW_CONTROL_ERROR")]);
        end.assert_usable();
    }
}

// S3-084, S3-088: the largest delta; what is given back in all may be more than one frame can say.
#[test]
fn no_more_is_given_back_than_a_delta_can_say() {
    let config = Config::default().manual_credit(true);
    let mut end = End::with(Version::Spdy3_1, Role::Server, config);
    end.session.grow_session_window(0x7FFE_FFFF).unwrap();
    assert_eq!(end.session.grow_session_window(1), Err(SendError::Window));
    assert_eq!(end.hear(), ["WINDOW_UPDATE stream=0 delta=2147418111"]);
    end.assert_usable();
}

// S3-A01: of another version from the head on, whatever it is long.
#[test]
fn a_frame_of_another_version_is_skipped_by_its_length() {
    for (version, role) in everywhere() {
        for length in [0, 3, 70_000] {
            let mut end = End::new(version, role);
            let wire = control_bytes_of(99, SETTINGS, 0xFF, &vec![0x80; length]);
            assert_eq!((end.feed(&wire), end.hear()), (vec![], vec![]));
            end.assert_usable();
        }
    }
}
