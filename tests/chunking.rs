//! However the input is cut, a decoder gives the same frames and a session the same events, answers
//! and errors.

#[path = "common/frames.rs"]
mod frames;
#[path = "common/strategies.rs"]
mod strategies;
#[path = "common/transcript.rs"]
mod transcript;

use bytes::{Buf, Bytes};
use frames::{conversation, frames};
use proptest::prelude::*;
use spdy::frame::Frame;
use spdy::{Compression, Config, Role, Session, Version};
use strategies::{config, cut, damage, sizes, version};
use transcript::{decode, drain, encode, play};

/// The same bytes, cut and in buffers of several kinds.
fn decoded_alike(version: Version, wire: &[u8], sizes: &[usize]) -> Result<(), TestCaseError> {
    let whole = decode(version, [wire]);
    prop_assert_eq!(&decode(version, cut(wire, sizes)), &whole);
    // Slices of one buffer, where nothing is copied.
    let slices = cut(wire, sizes).map(Bytes::copy_from_slice);
    prop_assert_eq!(&decode(version, slices), &whole);
    // One buffer of two parts.
    let (first, second) = wire.split_at(sizes[0].min(wire.len()));
    prop_assert_eq!(&decode(version, [first.chain(second)]), &whole);
    Ok(())
}

/// A session with four streams of its own and a PING, all of which the peer knows.
fn session(version: Version, role: Role) -> Session {
    let mut session = Session::new(version, role, Config::default().push(true).max_streams(3));
    for index in 0..4 {
        session.open(spdy::Open::new([("url", "/")]).fin(index == 3)).unwrap();
    }
    session.ping().unwrap();
    drain(&mut session);
    session
}

fn played_alike(heard: &Heard, wire: &[u8], sizes: &[usize]) -> Result<(), TestCaseError> {
    let session = || session(heard.version, heard.role);
    let whole = play(session(), [wire]);
    prop_assert_eq!(&play(session(), cut(wire, sizes)), &whole);
    let slices = cut(wire, sizes).map(Bytes::copy_from_slice);
    prop_assert_eq!(&play(session(), slices), &whole);
    Ok(())
}

fn compression() -> impl Strategy<Value = Compression> {
    prop_oneof![Just(Compression::Off), Just(Compression::On)]
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Client), Just(Role::Server)]
}

/// One side, and what the other one might say to it.
#[derive(Clone, Debug)]
struct Heard {
    version: Version,
    role: Role,
    frames: Vec<Frame>,
}

fn heard() -> impl Strategy<Value = Heard> {
    (version(), role()).prop_flat_map(|(version, role)| {
        let frames = conversation(version, role.peer());
        frames.prop_map(move |frames| Heard { version, role, frames })
    })
}

/// Longer than any piece in which DATA is delivered.
#[test]
fn a_long_data_frame_is_decoded_alike() {
    let payload: Vec<u8> = (0..200_000u32).map(|at| (at % 251) as u8).collect();
    let frame = Frame::Data(spdy::frame::Data::new(spdy::StreamId::new(1), payload));
    for version in Version::ALL {
        let wire = encode(version, Compression::Off, [&frame]);
        for size in [1, 7, 65_535, 65_536, 65_537, 150_000] {
            decoded_alike(version, &wire, &[size]).unwrap();
        }
        assert_eq!(decode(version, [&wire[..]]).items, [Ok(frame.clone())]);
    }
}

proptest! {
    #![proptest_config(config())]

    // S1-003
    #[test]
    fn frames_are_decoded_alike(
        (version, frames) in frames(),
        compression in compression(),
        sizes in sizes(),
    ) {
        decoded_alike(version, &encode(version, compression, &frames), &sizes)?;
    }

    #[test]
    fn damaged_frames_are_decoded_alike(
        (version, frames) in frames(),
        compression in compression(),
        damage in damage(),
        sizes in sizes(),
    ) {
        decoded_alike(version, &damage.apply(encode(version, compression, &frames)), &sizes)?;
    }

    #[test]
    fn garbage_is_decoded_alike(
        version in version(),
        wire in prop::collection::vec(any::<u8>(), 0..600),
        sizes in sizes(),
    ) {
        decoded_alike(version, &wire, &sizes)?;
    }

    #[test]
    fn conversations_are_played_alike(heard in heard(), sizes in sizes()) {
        let wire = encode(heard.version, Compression::On, &heard.frames);
        played_alike(&heard, &wire, &sizes)?;
    }

    #[test]
    fn damaged_conversations_are_played_alike(
        heard in heard(),
        damage in damage(),
        sizes in sizes(),
    ) {
        let wire = encode(heard.version, Compression::Off, &heard.frames);
        played_alike(&heard, &damage.apply(wire), &sizes)?;
    }
}
