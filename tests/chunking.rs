//! However the input is cut, a decoder gives the same frames and a session the same events, answers
//! and errors.

#[path = "common/strategies.rs"]
mod strategies;
#[path = "common/transcript.rs"]
mod transcript;

use bytes::{Buf, Bytes};
use proptest::prelude::*;
use spdy::frame::Frame;
use spdy::{Compression, Config, Role, Session, Version};
use strategies::{config, conversation, cut, damage, frames, sizes};
use transcript::{decode, drain, encode, play};

const VERSION: Version = Version::Draft1;

/// The same bytes, cut and in buffers of several kinds.
fn decoded_alike(wire: &[u8], sizes: &[usize]) -> Result<(), TestCaseError> {
    let whole = decode(VERSION, [wire]);
    prop_assert_eq!(&decode(VERSION, cut(wire, sizes)), &whole);
    // Slices of one buffer, where nothing is copied.
    let slices = cut(wire, sizes).map(Bytes::copy_from_slice);
    prop_assert_eq!(&decode(VERSION, slices), &whole);
    // One buffer of two parts.
    let (first, second) = wire.split_at(sizes[0].min(wire.len()));
    prop_assert_eq!(&decode(VERSION, [first.chain(second)]), &whole);
    Ok(())
}

/// A session with four streams of its own and a PING, all of which the peer knows.
fn session(role: Role) -> Session {
    let mut session = Session::new(VERSION, role, Config::default().push(true).max_streams(3));
    for index in 0..4 {
        session.open(spdy::Open::new([("url", "/")]).fin(index == 3)).unwrap();
    }
    session.ping().unwrap();
    drain(&mut session);
    session
}

fn played_alike(role: Role, wire: &[u8], sizes: &[usize]) -> Result<(), TestCaseError> {
    let whole = play(session(role), [wire]);
    prop_assert_eq!(&play(session(role), cut(wire, sizes)), &whole);
    let slices = cut(wire, sizes).map(Bytes::copy_from_slice);
    prop_assert_eq!(&play(session(role), slices), &whole);
    Ok(())
}

fn compression() -> impl Strategy<Value = Compression> {
    prop_oneof![Just(Compression::Off), Just(Compression::On)]
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Client), Just(Role::Server)]
}

/// A role, and what the other one might say to it.
fn heard() -> impl Strategy<Value = (Role, Vec<Frame>)> {
    role().prop_flat_map(|role| conversation(role.peer()).prop_map(move |frames| (role, frames)))
}

/// Longer than any piece in which DATA is delivered.
#[test]
fn a_long_data_frame_is_decoded_alike() {
    let payload: Vec<u8> = (0..200_000u32).map(|at| (at % 251) as u8).collect();
    let frame = Frame::Data(spdy::frame::Data::new(spdy::StreamId::new(1), payload));
    let wire = encode(VERSION, Compression::Off, [&frame]);
    for size in [1, 7, 65_535, 65_536, 65_537, 150_000] {
        decoded_alike(&wire, &[size]).unwrap();
    }
    assert_eq!(decode(VERSION, [&wire[..]]).items, [Ok(frame)]);
}

proptest! {
    #![proptest_config(config())]

    // S1-003
    #[test]
    fn frames_are_decoded_alike(frames in frames(), compression in compression(), sizes in sizes()) {
        decoded_alike(&encode(VERSION, compression, &frames), &sizes)?;
    }

    #[test]
    fn damaged_frames_are_decoded_alike(
        frames in frames(),
        compression in compression(),
        damage in damage(),
        sizes in sizes(),
    ) {
        decoded_alike(&damage.apply(encode(VERSION, compression, &frames)), &sizes)?;
    }

    #[test]
    fn garbage_is_decoded_alike(wire in prop::collection::vec(any::<u8>(), 0..600), sizes in sizes()) {
        decoded_alike(&wire, &sizes)?;
    }

    #[test]
    fn conversations_are_played_alike((role, frames) in heard(), sizes in sizes()) {
        played_alike(role, &encode(VERSION, Compression::On, &frames), &sizes)?;
    }

    #[test]
    fn damaged_conversations_are_played_alike(
        (role, frames) in heard(),
        damage in damage(),
        sizes in sizes(),
    ) {
        played_alike(role, &damage.apply(encode(VERSION, Compression::Off, &frames)), &sizes)?;
    }
}
