//! What each fault of the peer costs in SPDY/2, 3 and 3.1: the stream or the session, with which
//! status, and what of the session is left. Frames that miss the state of their stream are in
//! `stream_states_later.rs`, those of a wrong form in `framing_later.rs`.

#[path = "common/carrier.rs"]
mod carrier;
mod common;
#[path = "common/scenario.rs"]
mod scenario;

use common::{control_bytes_of, data_bytes, id};
use scenario::*;
use spdy::codec::Limits;
use spdy::{Config, FlowControl, Version};

const V2: Version = Version::Spdy2;
const V31: Version = Version::Spdy3_1;

/// The fault costs the stream: RST_STREAM with this status, and the caller is told if it knows of
/// the stream. Everything else lives.
#[track_caller]
fn costs_the_stream(mut end: End, wire: &[u8], status: &str, what: &str) {
    let (stream, is_live) = (end.stream, end.start.is_live());
    let before = end.session.open_streams();
    let events = end.feed(wire);
    let aborted = format!("Aborted {stream} Local(Status({}), ", code(status));
    if is_live {
        assert!(events.len() == 1 && events[0].starts_with(&aborted), "{what}: {events:?}");
    } else {
        assert_eq!(events, [""; 0], "{what}");
    }
    assert_eq!(end.answers(), [rst(stream, status)], "{what}");
    assert_eq!(end.session.open_streams(), before - usize::from(is_live), "{what}");
    // S3-A02, S2-008: what is still on its way is dropped.
    let late = [data_bytes(stream, 0, b"x"), end.raw.with_list(HEADERS, 0, stream)].concat();
    assert_eq!((end.feed(&late), end.answers()), (vec![], vec![]), "{what}");
    end.assert_usable();
}

/// The fault costs the session: each live stream is told of, GOAWAY is the last frame.
#[track_caller]
fn costs_the_session(mut end: End, wire: &[u8], last_frames: &[String], what: &str) {
    let streams = end.session.open_streams();
    let (events, error) = end.kill(wire);
    assert_eq!(events.len(), streams, "{what}: {events:?}");
    assert!(events.iter().all(|event| event.ends_with(" Teardown")), "{what}: {events:?}");
    assert_eq!(end.hear(), last_frames, "{what}");
    end.assert_dead(&error);
}

#[track_caller]
fn costs_nothing(mut end: End, wire: &[u8], what: &str) {
    assert_eq!((end.feed(wire), end.answers()), (vec![], vec![]), "{what}");
    end.assert_usable();
}

/// Each place in which a frame with a block can arrive for a new or a live stream, and its type.
fn ends(version: Version) -> Vec<(u16, End)> {
    let places = [
        (SYN_STREAM, Kind::Silent, State::Idle),
        (SYN_REPLY, Kind::Awaited, State::Open),
        (SYN_REPLY, Kind::Awaited, State::Hcl),
        (HEADERS, Kind::Awaited, State::Open),
        (HEADERS, Kind::Replied, State::Open),
        (HEADERS, Kind::Silent, State::Open),
        (HEADERS, Kind::Answered, State::Open),
        (HEADERS, Kind::Replied, State::Hcl),
        (HEADERS, Kind::Answered, State::Hcl),
        (HEADERS, Kind::TheirsOneWay, State::Hcl),
    ];
    at(version, &places)
}

/// And those in which it is dropped, but for its block.
fn dead_ends(version: Version) -> Vec<(u16, End)> {
    let places = [
        (HEADERS, Kind::Silent, State::Idle),
        (SYN_REPLY, Kind::Awaited, State::Idle),
        (HEADERS, Kind::Replied, State::Closed),
        (SYN_REPLY, Kind::Replied, State::ResetByUs),
        (HEADERS, Kind::Answered, State::ResetByPeer),
    ];
    at(version, &places)
}

fn at(version: Version, places: &[(u16, Kind, State)]) -> Vec<(u16, End)> {
    let places = places.iter().flat_map(|&place| ROLES.map(|role| (place, role)));
    let end =
        |((number, kind, state), role)| (number, End::at(version, role, kind, state).unwrap());
    places.map(end).collect()
}

// Header blocks.

/// Pairs behind a good one.
fn pairs_cost(version: Version, pairs: &[(&str, &str)], is_taken: bool) {
    let list = [&LIST[..], pairs].concat();
    for (number, mut end) in ends(version) {
        let (stream, plain) = (end.stream, end.raw.plain(&list));
        let wire = end.raw.with_plain(number, 0, stream, &plain);
        let what = format!("{version}, frame {number}, {pairs:?}");
        if is_taken {
            assert_eq!(end.feed(&wire).len(), 1, "{what}");
            assert_eq!(end.answers(), [""; 0], "{what}");
            end.assert_usable();
        } else {
            costs_the_stream(end, &wire, "PROTOCOL_ERROR", &what);
        }
    }
}

// S3-067, S2-067
#[test]
fn a_name_of_no_bytes() {
    for version in LATER {
        pairs_cost(version, &[("", "x")], false);
        pairs_cost(version, &[("", "")], false);
    }
}

// S3-068, S2-067
#[test]
fn a_value_of_no_bytes_is_a_fault_in_2_alone() {
    for version in LATER {
        pairs_cost(version, &[("a", "")], version != V2);
    }
}

// S3-069, S2-068, S2-A21
#[test]
fn a_nul_at_an_end_of_a_value_or_two_in_a_row() {
    for version in LATER {
        for value in ["\0x", "x\0", "x\0\0y", "\0", "\0\0", "x\0y\0"] {
            pairs_cost(version, &[("a", value)], false);
        }
        pairs_cost(version, &[("a", "x\0y\0z")], true);
    }
}

// S3-A12, S2-A12
#[test]
fn names_that_stand_twice_or_are_not_lower_case_ascii() {
    for version in LATER {
        pairs_cost(version, &[("a", "x"), ("a", "y")], false);
        pairs_cost(version, &[("a", "x"), ("b", "y"), ("a", "x")], false);
        pairs_cost(version, &[LIST[0]], false);
        for name in ["A", "aBc", "Z", "a b", " ", "a\tb", "a\0b", "\u{1f}", "\u{7f}", "\u{e9}"] {
            pairs_cost(version, &[(name, "x")], false);
        }
        for name in ["!", "~", "@", "[", "a_b", ":path", "\"", "0"] {
            pairs_cost(version, &[(name, "x")], true);
        }
    }
}

// S3-A12, S2-A12
#[test]
fn values_with_control_characters() {
    for version in LATER {
        for value in ["\u{1}", "\u{8}", "\n", "\r", "x\u{b}", "\u{1f}", "\u{7f}", "a\0\u{7f}"] {
            pairs_cost(version, &[("a", value)], false);
        }
        for value in ["\t", " ", "~", "\u{80}", "\u{e9}\u{ff}", "a\0\t"] {
            pairs_cost(version, &[("a", value)], true);
        }
    }
}

// S3-A11, S2-A12, S3-065, S2-065, S3-038
#[test]
fn counts_and_lengths_that_do_not_fit_the_block() {
    for version in LATER {
        let raw = Raw::new(version);
        let (good, width) = (raw.plain(&LIST), raw.number(0).len());
        let counted = |count: usize, rest: &[u8]| [&raw.number(count), rest].concat();
        let pairs = &good[width..];
        let most = if version == V2 { 0xFFFF } else { 0xFFFF_FFFF };
        let blocks = [
            counted(0, pairs),
            counted(2, pairs),
            counted(most, pairs),
            counted(1, &[pairs, b"more"].concat()),
            counted(1, &pairs[..pairs.len() - 1]),
            counted(2, &[pairs, &raw.number(1)].concat()),
            counted(2, &[pairs, &raw.number(most), b"a"].concat()),
            counted(2, &[pairs, &raw.number(1), b"a", &raw.number(most), b"x"].concat()),
            counted(2, &[pairs, &raw.number(1), b"a", &raw.number(2), b"x"].concat()),
            good[..width - 1].to_vec(),
            Vec::new(),
        ];
        for plain in &blocks {
            for (number, mut end) in ends(version) {
                let wire = end.raw.with_plain(number, 0, end.stream, plain);
                let what = format!("{version}, frame {number}, {plain:?}");
                costs_the_stream(end, &wire, "PROTOCOL_ERROR", &what);
            }
        }
    }
}

// S3-021, S3-A28, S2-A22, S3-038
#[test]
fn a_list_above_the_soft_limit() {
    let long = "x".repeat(35_000);
    let list = [LIST[0], ("a", &long), ("b", &long)];
    for version in LATER {
        for (number, mut end) in ends(version) {
            let plain = end.raw.plain(&list);
            let wire = end.raw.with_plain(number, 0, end.stream, &plain);
            let status = match (version, number) {
                (V2, SYN_STREAM) => "REFUSED_STREAM",
                (V2, _) => "PROTOCOL_ERROR",
                _ => "FRAME_TOO_LARGE",
            };
            costs_the_stream(end, &wire, status, &format!("{version}, frame {number}"));
        }
    }
}

// S3-070, S2-069, S3-038, DECISIONS of S3-A11: whatever becomes of the frame, its block is inflated.
#[test]
fn a_block_that_does_not_inflate() {
    type Break = fn(Vec<u8>) -> Vec<u8>;
    let faults: [(&str, Break); 4] = [
        ("a type of block that deflate does not have", |_| vec![0x07, 0, 0, 0xFF, 0xFF]),
        ("a block that is the last", |_| vec![0x03, 0x00]),
        ("no flush behind it", |block| block[..block.len() - 4].to_vec()),
        ("bytes behind the flush", |block| [&block[..], b"more"].concat()),
    ];
    for (what, break_it) in faults {
        for version in LATER {
            for (number, mut end) in ends(version).into_iter().chain(dead_ends(version)) {
                let plain = end.raw.plain(&LIST);
                let block = break_it(end.raw.block(&plain));
                let wire = [end.raw.fields(number, end.stream), block].concat();
                let wire = end.raw.control(number, 0, &wire);
                let what = format!("{version} {:?}, frame {number}: {what}", end.role);
                let mut last = vec![last_words(version, end.last_good())];
                // S2-A10: GOAWAY cannot say that there was a fault.
                if version == V2 && end.start.is_live() {
                    last.insert(0, rst(end.stream, "PROTOCOL_ERROR"));
                }
                costs_the_session(end, &wire, &last, &what);
            }
        }
    }
}

// S3-070, S2-069
#[test]
fn a_first_block_of_another_dictionary_or_of_none() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        let other = if version == V2 { [0xE3, 0xC6, 0xA7, 0xC2] } else { [0xDF, 0xA2, 0x51, 0xB2] };
        let named = [&[0x78, 0xBB][..], &other].concat();
        for head in [named, vec![0x78, 0x9C]] {
            let mut session = spdy::Session::new(version, role, Config::default());
            let mut raw = Raw::new(version);
            let block = raw.block(&raw.plain(&LIST));
            let (stream, peer) = (nth(role.peer(), 0), &mut common::Peer::of(version));
            let payload = [raw.fields(SYN_STREAM, stream), head, block[6..].to_vec()].concat();
            let wire = raw.control(SYN_STREAM, 0, &payload);
            common::feed(&mut session, &wire).unwrap_err();
            assert_eq!(peer.hear_text(&mut session), [last_words(version, 0)]);
        }
    }
}

// S3-A28: the hard limit, of which a session can no longer inflate the rest.
#[test]
fn a_block_above_the_hard_limit() {
    let long = "x".repeat(60_000);
    let names: Vec<_> = (0..5).map(|n| format!("a{n}")).collect();
    let list: Vec<_> = names.iter().map(|name| (name.as_str(), long.as_str())).collect();
    for version in LATER {
        for (number, mut end) in ends(version).into_iter().chain(dead_ends(version)) {
            let plain = end.raw.plain(&list);
            assert!(plain.len() > 256 * 1024);
            let wire = end.raw.with_plain(number, 0, end.stream, &plain);
            let mut last = vec![last_words(version, end.last_good())];
            if version == V2 && end.start.is_live() {
                last.insert(0, rst(end.stream, "PROTOCOL_ERROR"));
            }
            costs_the_session(end, &wire, &last, &format!("{version}, frame {number}"));
        }
    }
}

// S3-A28, S3-022, S3-A10, S3-134: from the head alone, so that no stream is named.
#[test]
fn a_frame_above_the_limit() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        for number in [SYN_STREAM, SYN_REPLY, HEADERS] {
            let limit = Limits::default().control_frame;
            let head = |length: u32| {
                let mut head = Raw::new(version).control(number, 0, &[]);
                head[5..].copy_from_slice(&length.to_be_bytes()[1..]);
                head
            };
            let mut end = End::new(version, role);
            assert_eq!(end.feed(&head(limit)), [""; 0]);
            let end = End::at(version, role, Kind::Replied, State::Open).unwrap();
            let last = [last_words(version, end.last_good())];
            costs_the_session(end, &head(limit + 1), &last, "a length");
        }
    }
}

// S3-134, S3-A10: CREDENTIAL of 3, which has no block, by the same limit.
#[test]
fn a_credential_is_passed_over_up_to_the_limit() {
    let proof = |len: u32| {
        let payload = [&[0, 1][..], &len.to_be_bytes(), &vec![7; len as usize]].concat();
        Raw::new(Version::Spdy3).control(CREDENTIAL, 0, &payload)
    };
    for role in ROLES {
        costs_nothing(End::new(Version::Spdy3, role), &proof(65_530), "as long as it may be");
        // S3-131: slot 0.
        let nobody = Raw::new(Version::Spdy3).control(CREDENTIAL, 0, &[0; 6]);
        costs_nothing(End::new(Version::Spdy3, role), &nobody, "slot 0");
        let end = End::new(Version::Spdy3, role);
        let last = [last_words(Version::Spdy3, end.other)];
        costs_the_session(end, &proof(65_531), &last, "too long");
    }
}

// Windows.

/// Ends that can have DATA or WINDOW_UPDATE for a live stream.
fn live(version: Version, config: Config) -> impl Iterator<Item = End> {
    let kinds = [Kind::Replied, Kind::Silent, Kind::Answered];
    let places = kinds.into_iter().flat_map(|kind| ROLES.map(|role| (kind, role)));
    places
        .map(move |(kind, role)| End::with(version, role, config).bring(kind, State::Open).unwrap())
}

// S3-085, S3-A06, S31-008, S31-012: the exact edge, on streams of either side.
#[test]
fn a_window_update_to_the_edge_and_over_it() {
    for version in V3 {
        for mut end in live(version, Config::default()) {
            // 65,536 + 0x7FFEFFFF is 2^31 - 1.
            let wire = end.raw.numbers(WINDOW_UPDATE, &[end.stream, 0x7FFE_FFFF]);
            assert_eq!((end.feed(&wire), end.answers()), (vec![], vec![]));
            let wire = end.raw.numbers(WINDOW_UPDATE, &[end.stream, 1]);
            costs_the_stream(end, &wire, "FLOW_CONTROL_ERROR", "one more");
        }
        for end in live(version, Config::default()) {
            let wire = end.raw.numbers(WINDOW_UPDATE, &[end.stream, 0x7FFF_0000]);
            costs_the_stream(end, &wire, "FLOW_CONTROL_ERROR", "at once");
        }
        for end in live(version, Config::default()) {
            let wire = end.raw.numbers(WINDOW_UPDATE, &[end.stream, 0]);
            costs_the_stream(end, &wire, "PROTOCOL_ERROR", "nothing");
        }
    }
}

// S31-008, S31-A01, S3-A06, S3-A21: stream 0 is the session in 3.1, and nothing in 3.
#[test]
fn a_window_update_of_the_session_to_the_edge_and_over_it() {
    for (version, role) in V3.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        for deltas in [&[0x7FFE_FFFF, 1][..], &[0x7FFF_0000], &[0x7FFF_FFFF], &[0], &[5, 0]] {
            let mut end = End::new(version, role);
            let (last, before) = deltas.split_last().unwrap();
            for delta in before {
                let wire = end.raw.numbers(WINDOW_UPDATE, &[0, *delta]);
                assert_eq!((end.feed(&wire), end.answers()), (vec![], vec![]));
            }
            let wire = end.raw.numbers(WINDOW_UPDATE, &[0, *last]);
            if version == V31 {
                let words = [last_words(version, end.other)];
                costs_the_session(end, &wire, &words, &format!("{deltas:?}"));
            } else {
                costs_nothing(end, &wire, &format!("{deltas:?}"));
            }
        }
    }
}

// S3-080, S31-001, S31-A02: all of it, unread; S3-A24, S31-005: and an end behind it.
#[test]
fn as_much_data_as_the_windows_hold() {
    for version in V3 {
        for mut end in live(version, Config::default().manual_credit(true)) {
            let events = end.feed(&data_bytes(end.stream, 0, &[7; 65_536]));
            assert!(events.len() == 1 && events[0].starts_with("Data "), "{events:?}");
            let told = format!("Data {} \"\" fin", end.stream);
            assert_eq!(end.feed(&data_bytes(end.stream, FIN, b"")), [told]);
            if version == Version::Spdy3 {
                end.assert_usable();
            }
        }
        for mut end in live(version, Config::default().manual_credit(true)) {
            for stream in [end.stream, end.other] {
                assert_eq!(end.feed(&data_bytes(stream, 0, &[7; 32_768])).len(), 1);
            }
            let wire = data_bytes(end.stream, 0, b"x");
            if version == V31 {
                let last = [last_words(version, end.last_good())];
                costs_the_session(end, &wire, &last, "one byte more");
            } else {
                assert_eq!(end.feed(&wire).len(), 1);
            }
        }
    }
}

// The table: "peer exceeds a window". S3-080, S31-A02, S31-A05
#[test]
fn more_data_than_the_window_of_a_stream() {
    for version in V3 {
        for receive in [FlowControl::Enforced, FlowControl::Ignored] {
            for manual in [false, true] {
                let config = Config::default().manual_credit(manual).receive_flow_control(receive);
                for mut end in live(version, config) {
                    if version == V31 {
                        end.session.grow_session_window(1_000_000).unwrap();
                        end.hear();
                    }
                    let wire = data_bytes(end.stream, 0, &[7; 65_537]);
                    if receive == FlowControl::Enforced {
                        costs_the_stream(end, &wire, "FLOW_CONTROL_ERROR", "one byte more");
                    } else {
                        assert_eq!(end.feed(&wire).len(), 2, "in two pieces");
                        assert_eq!(end.answers(), [""; 0]);
                        end.assert_usable();
                    }
                }
            }
        }
    }
}

// S31-A02, S31-A01, S31-A05: it does not matter on which stream, nor whether that is one.
#[test]
fn more_data_than_the_window_of_the_session() {
    for receive in [FlowControl::Enforced, FlowControl::Ignored] {
        for role in ROLES {
            for state in [State::Open, State::Idle, State::Closed, State::ResetByUs] {
                let config = Config::default().receive_flow_control(receive);
                let mut end = End::with(V31, role, config).bring(Kind::Answered, state).unwrap();
                end.feed(&data_bytes(end.other, 0, &[7; 40_000]));
                // Nothing of it has been given back on the wire.
                let wire = data_bytes(end.stream, 0, &[7; 25_537]);
                if receive == FlowControl::Enforced {
                    let last = [last_words(V31, end.last_good())];
                    costs_the_session(end, &wire, &last, &format!("{state:?}"));
                } else {
                    let events = end.feed(&wire);
                    assert_eq!(events.len(), usize::from(state == State::Open));
                    end.answers();
                    end.assert_usable();
                }
            }
        }
    }
}

// S3-A07, S3-A23, S31-A05
#[test]
fn an_initial_window_that_no_window_can_have() {
    for version in V3 {
        for size in [0x8000_0000, 0xFFFF_FFFF] {
            for end in live(version, Config::default()) {
                let wire = end.raw.settings(&[(7, 0, size)]);
                let last = [last_words(version, end.last_good())];
                costs_the_session(end, &wire, &last, "SETTINGS");
            }
            // S3-A19: only returned, so that it is not in force; ignored by who ignores windows.
            for mut end in live(version, Config::default()) {
                let wire = end.raw.settings(&[(7, 0x02, size)]);
                assert_eq!(end.feed(&wire).len(), 1);
                end.assert_usable();
            }
            let ignored = Config::default().send_flow_control(FlowControl::Ignored);
            for mut end in live(version, ignored) {
                let wire = end.raw.settings(&[(7, 0, size)]);
                assert_eq!(end.feed(&wire).len(), 1);
                end.assert_usable();
            }
        }
        // Lifted over the edge by the difference; the other stream is not.
        for mut end in live(version, Config::default()) {
            let wire = end.raw.numbers(WINDOW_UPDATE, &[end.stream, 1]);
            end.feed(&wire);
            let wire = end.raw.settings(&[(7, 0, 0x7FFF_FFFF)]);
            let events = end.feed(&wire);
            let aborted = format!("Aborted {} Local(Status(7), Flow(Overflow))", end.stream);
            assert_eq!(events[1..], [aborted]);
            assert_eq!(end.answers(), [rst(end.stream, "FLOW_CONTROL_ERROR")]);
            end.assert_usable();
        }
    }
}

// Versions and stream 0.

/// The versions that a frame can name and that are not this one.
fn other_versions(version: Version) -> Vec<u8> {
    let this = if version == V2 { 2 } else { 3 };
    [0, 1, 2, 3, 4, 9, 127].into_iter().filter(|other| *other != this).collect()
}

// S3-A01, S3-037
#[test]
fn a_syn_stream_of_another_version_in_3() {
    for (version, role) in V3.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        for other in other_versions(version) {
            let end = End::new(version, role);
            let stream = end.stream;
            let payload = [&stream.to_be_bytes()[..], &[0; 6], b"what is this?"].concat();
            let wire = control_bytes_of(other, SYN_STREAM, 0, &payload);
            let last = [rst(stream, "UNSUPPORTED_VERSION"), last_words(version, stream)];
            costs_the_session(end, &wire, &last, &format!("version {other}"));
        }
    }
}

// S2-002, S2-A19
#[test]
fn a_syn_stream_of_another_version_in_2() {
    for role in ROLES {
        for other in other_versions(V2) {
            for (kind, state) in [(Kind::Silent, State::Idle), (Kind::Answered, State::Open)] {
                let end = End::at(V2, role, kind, state).unwrap();
                let payload = [&end.stream.to_be_bytes()[..], b"what is this?"].concat();
                let wire = control_bytes_of(other, SYN_STREAM, 0, &payload);
                costs_the_stream(end, &wire, "UNSUPPORTED_VERSION", &format!("version {other}"));
            }
        }
        // The ID counts as used.
        let mut end = End::new(V2, role);
        let stream = end.stream;
        end.feed(&control_bytes_of(9, SYN_STREAM, 0, &stream.to_be_bytes()));
        assert_eq!(end.answers(), [rst(stream, "UNSUPPORTED_VERSION")]);
        let wire = end.raw.with_list(SYN_STREAM, 0, stream);
        let last = [last_words(V2, end.other)];
        costs_the_session(end, &wire, &last, "the ID again");
    }
}

// S3-A01, S2-003, S2-A19: the version is looked at before the type and the length.
#[test]
fn any_other_frame_of_another_version() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        for (number, other) in (2..=12)
            .flat_map(|it| other_versions(version).into_iter().map(move |other| (it, other)))
        {
            for payload in [&[][..], &[0, 0, 0, 1], &[0, 0, 0, 1, 0, 0, 0, 0], &[0xFF; 33]] {
                let end = End::at(version, role, Kind::Replied, State::Open).unwrap();
                let wire = control_bytes_of(other, number, 0, payload);
                let what = format!("{version}: type {number} of version {other}, {payload:?}");
                if version != V2 && [SYN_REPLY, HEADERS].contains(&number) {
                    let last = [last_words(version, end.last_good())];
                    costs_the_session(end, &wire, &last, &what);
                } else {
                    costs_nothing(end, &wire, &what);
                }
            }
        }
    }
}

// S3-A17, S3-A21, S3-A04, S2-A09: stream 0, its top bit set or not.
#[test]
fn frames_on_stream_0() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        for number in [SYN_STREAM, SYN_REPLY, HEADERS] {
            for stream in [0, 0x8000_0000] {
                for flags in [0, FIN] {
                    let mut end = End::new(version, role);
                    let wire = end.raw.with_list(number, flags, stream);
                    let last = [last_words(version, end.other)];
                    costs_the_session(end, &wire, &last, &format!("frame {number}"));
                }
            }
        }
        for (flags, payload) in [(0, &b"x"[..]), (FIN, b"x"), (FIN, b""), (0, b""), (0x02, b"x")] {
            let end = End::new(version, role);
            let last = [last_words(version, end.other)];
            costs_the_session(end, &data_bytes(0, flags, payload), &last, "DATA");
        }
        for stream in [0, 0x8000_0000] {
            let end = End::new(version, role);
            let wire = end.raw.numbers(RST_STREAM, &[stream, 5]);
            costs_nothing(end, &wire, "RST_STREAM");
        }
    }
}

// S3-037: what is queued is dropped; what has begun is finished first.
#[test]
fn a_session_error_drops_what_waits() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        let mut end = End::at(version, role, Kind::Answered, State::Open).unwrap();
        for stream in [end.stream, end.other] {
            end.session.send_data(id(stream), vec![7; 50_000], true).unwrap();
        }
        end.session.ping().unwrap();
        let last = [last_words(version, end.last_good())];
        costs_the_session(end, &data_bytes(0, 0, b"x"), &last, "with data that waits");
    }
}
