//! Every vector, cut, damaged and joined: whatever a decoder or a session is given, it neither panics
//! nor goes on behind an error, its memory stays bounded, and its answers are a SPDY session.
//!
//! This is done to the vectors of up to 200 bytes, with one bit flipped in each byte and the two roles in
//! turn. `FAULTS=all` does it to all of them, with every bit and both roles.

#[path = "common/alloc.rs"]
mod alloc;
#[path = "common/transcript.rs"]
mod transcript;
#[path = "common/vectors.rs"]
mod vectors;

use alloc::cost;
use spdy::frame::Frame;
use spdy::{Config, DecodeErrorKind, Event, Role, Session, SessionError, Version};
use transcript::{Decoded, decode, drain, push_joined};
use vectors::{Vector, vectors};

fn is_asked_for_all() -> bool {
    std::env::var("FAULTS").is_ok_and(|faults| faults == "all")
}

fn chosen() -> Vec<Vector> {
    let mut vectors = vectors();
    vectors.retain(|vector| vector.wire.len() <= 200 || is_asked_for_all());
    println!("{} vectors", vectors.len());
    vectors
}

/// The roles that an input is played to: in turn, or both. The vectors of Speed+Mobility are for
/// decoders alone: its sessions read messages (`tests/speed_mobility_properties.rs`).
fn roles(version: Version, turn: usize) -> &'static [Role] {
    const BOTH: [Role; 2] = [Role::Server, Role::Client];
    match version {
        Version::SpeedMobility => &[],
        _ if is_asked_for_all() => &BOTH,
        _ => &BOTH[turn % 2..][..1],
    }
}

/// What a session made of an input.
#[derive(Debug, PartialEq)]
struct Heard {
    events: Vec<Event>,
    error: Option<SessionError>,
    answers: Vec<u8>,
}

/// Plays an input in pieces, up to the end of the transport.
fn hear<'a>(version: Version, role: Role, pieces: impl IntoIterator<Item = &'a [u8]>) -> Heard {
    let (heard, cost) = cost(|| {
        let mut session = Session::new(version, role, Config::default().push(true));
        let (mut events, mut error) = (Vec::new(), None);
        for mut piece in pieces {
            let len = piece.len();
            loop {
                match session.next_event(&mut piece) {
                    Ok(Some(event)) => {
                        assert!(error.is_none(), "{event:?} behind an error");
                        push_joined(&mut events, event);
                    }
                    Ok(None) => {
                        assert!(piece.is_empty() && error.is_none());
                        break;
                    }
                    Err(found) => {
                        if let Some(first) = &error {
                            assert_eq!((first, piece.len()), (&found, len), "it goes on");
                        }
                        error = Some(found);
                        break;
                    }
                }
            }
        }
        session.end_of_input();
        while let Ok(Some(event)) = session.next_event(&mut &[][..]) {
            push_joined(&mut events, event);
        }
        let answers = drain(&mut session);
        assert!(session.is_done() && session.open_streams() == 0);
        Heard { events, error, answers }
    });
    assert!(cost.peak <= 1024 * 1024 && cost.largest <= 64 * 1024 + 64, "{cost:?}");
    let said = decode(version, [&heard.answers[..]]);
    assert_eq!(said.end, Ok(()));
    let last = said.items.last();
    assert!(heard.error.is_none() || matches!(last, Some(Ok(Frame::GoAway(_)))), "{last:?}");
    heard
}

fn decode_bounded<'a>(version: Version, pieces: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
    let (decoded, cost) = cost(|| decode(version, pieces));
    assert!(cost.peak <= 1024 * 1024 && cost.largest <= 64 * 1024 + 64, "{cost:?}");
    decoded
}

/// What was decoded of a part is what was decoded of the whole, as far as it goes.
#[test]
fn every_vector_cut_off_anywhere() {
    for Vector { version, name, wire, .. } in chosen() {
        let whole = decode_bounded(version, [&wire[..]]);
        for len in 0..wire.len() {
            let part = decode_bounded(version, [&wire[..len]]);
            assert!(whole.items.starts_with(&part.items), "{name}, {len} bytes");
            let ends_within = part.end.as_ref().is_err_and(|error| {
                error.kind == DecodeErrorKind::EndOfInput && part.consumed == len
            });
            let is_right = ends_within || part.end.is_ok() || part.end == whole.end;
            assert!(is_right, "{name}, {len} bytes: {:?}", part.end);
            for &role in roles(version, len) {
                hear(version, role, [&wire[..len]]);
            }
        }
    }
}

#[test]
fn every_vector_with_any_bit_flipped() {
    let all = is_asked_for_all();
    let mut count = 0;
    for Vector { version, wire, .. } in chosen() {
        let mut damaged = wire.clone();
        for bit in 0..8 * wire.len() {
            let at = bit / 8;
            if !all && bit % 8 != (5 * at + wire.len()) % 8 {
                continue;
            }
            damaged[at] ^= 1 << (bit % 8);
            decode_bounded(version, [&damaged[..]]);
            for &role in roles(version, at) {
                hear(version, role, [&damaged[..]]);
            }
            damaged[at] = wire[at];
            count += 1;
        }
    }
    println!("{count} bits");
    assert!(count > if all { 1_000_000 } else { 20_000 });
}

// `tests/vectors.rs` cuts for the decoder.
#[test]
fn every_vector_in_two_pieces() {
    for Vector { version, name, wire, .. } in chosen() {
        for turn in [0, 1] {
            for &role in roles(version, turn) {
                let whole = hear(version, role, [&wire[..]]);
                for at in 0..wire.len() {
                    let (first, second) = wire.split_at(at);
                    let cut = hear(version, role, [first, second]);
                    assert_eq!(cut, whole, "{name}, {role:?}, cut at {at}");
                }
            }
        }
    }
}

#[test]
fn every_short_vector_in_three_pieces() {
    let mut count = 0;
    for Vector { version, name, wire, .. } in chosen() {
        if wire.len() > 48 {
            continue;
        }
        let whole = decode_bounded(version, [&wire[..]]);
        for first in 0..wire.len() {
            for second in first..wire.len() {
                let pieces = [&wire[..first], &wire[first..second], &wire[second..]];
                let cut = decode_bounded(version, pieces);
                assert!(cut == whole, "{name}, cut at {first} and {second}");
                for &role in roles(version, second) {
                    hear(version, role, pieces);
                }
                count += 1;
            }
        }
    }
    println!("{count} cuts");
    assert!(count > 30_000);
}

/// The second vector finds whatever the first has left behind; where it has a block, that is no
/// beginning of a context any more.
#[test]
fn every_vector_behind_every_other() {
    let vectors = chosen();
    let mut count = 0;
    for (turn, first) in vectors.iter().enumerate() {
        let before = decode_bounded(first.version, [&first.wire[..]]);
        for second in vectors.iter().filter(|second| second.version == first.version) {
            count += 1;
            let both = decode_bounded(first.version, [&first.wire[..], &second.wire[..]]);
            assert!(both.items.starts_with(&before.items), "{} {}", first.name, second.name);
            for &role in roles(first.version, turn + count) {
                hear(first.version, role, [&first.wire[..], &second.wire[..]]);
            }
        }
    }
    println!("{count} pairs");
    assert!(count > if is_asked_for_all() { 30_000 } else { 10_000 });
}
