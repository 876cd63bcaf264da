//! What holds for any frames, any bytes and any calls.

#[path = "common/frames.rs"]
mod frames;
#[allow(dead_code, reason = "the list of all targets is for the corpus")]
#[path = "../fuzz/src/lib.rs"]
mod fuzz;
#[path = "common/strategies.rs"]
mod strategies;

use bytes::BytesMut;
use frames::{conversation, frames};
use proptest::collection::vec;
use proptest::prelude::*;
use spdy::codec::{CountForm, Decoder, Encoder, Limits};
use spdy::frame::Frame;
use spdy::{Compression, Headers, Role, Version};
use strategies::{config, damage};

/// What a fuzz target of sessions begins with, and a peer that talks sense in its version.
fn sensible_session() -> impl Strategy<Value = (Role, Vec<u8>, Version, Vec<Frame>)> {
    (any::<[u8; 4]>(), 0..4usize, any::<bool>()).prop_flat_map(|(mut start, number, is_client)| {
        let version = Version::ALL[number];
        start[1] = start[1] & 0x3F | (number as u8) << 6;
        let role = if is_client { Role::Client } else { Role::Server };
        (Just(role), Just(start.to_vec()), Just(version), conversation(version, role.peer()))
    })
}

fn session(role: Role, data: &[u8]) {
    match role {
        Role::Client => fuzz::session_client(data),
        Role::Server => fuzz::session_server(data),
    }
}

fn encoded(
    version: Version,
    frames: &[Frame],
    compression: Compression,
    form: CountForm,
) -> BytesMut {
    let mut encoder = Encoder::new(version, compression);
    encoder.follow(form);
    let mut wire = BytesMut::new();
    for frame in frames {
        encoder.encode(frame, &mut wire).unwrap();
    }
    wire
}

proptest! {
    #![proptest_config(config())]

    // S1-086, S1-A01: one context for all frames, wherever the count stands.
    #[test]
    fn what_is_encoded_is_decoded(
        (version, frames) in frames(),
        on in any::<bool>(),
        inside in any::<bool>(),
    ) {
        let compression = if on { Compression::On } else { Compression::Off };
        // Only Draft 1 has a choice.
        let form = if inside { CountForm::Inside } else { CountForm::Outside };
        let mut wire = encoded(version, &frames, compression, form);
        let mut decoder = Decoder::new(version, Limits::default());
        for frame in &frames {
            prop_assert_eq!(decoder.decode(&mut wire), Ok(Some(frame.clone())));
        }
        prop_assert_eq!(decoder.decode(&mut wire), Ok(None));
        prop_assert_eq!(decoder.finish(), Ok(()));
    }

    /// A frame that is refused leaves the context as it was.
    #[test]
    fn a_refused_frame_writes_nothing(
        (version, frames) in frames(),
        at in any::<prop::sample::Index>(),
    ) {
        let mut encoder = Encoder::new(version, Compression::On);
        let mut wire = BytesMut::new();
        let at = at.index(frames.len() + 1);
        for (index, frame) in frames.iter().enumerate() {
            if index == at {
                // No version takes a value that is empty among others.
                let list = [("cookie", "secret"), ("empty", "x\0")];
                let refused = Frame::SynReply(spdy::frame::SynReply::new(spdy::StreamId::new(1), list));
                let before = wire.len();
                prop_assert!(encoder.encode(&refused, &mut wire).is_err());
                prop_assert_eq!(wire.len(), before);
            }
            encoder.encode(frame, &mut wire).unwrap();
        }
        let expected = encoded(version, &frames, Compression::On, CountForm::Outside);
        prop_assert_eq!(wire, expected);
    }

    #[test]
    fn a_decoder_takes_any_bytes(wire in vec(any::<u8>(), 0..1000)) {
        fuzz::frame_decode(&wire);
    }

    #[test]
    fn a_session_takes_any_bytes(input in vec(any::<u8>(), 4..1000)) {
        fuzz::session_client(&input);
        fuzz::session_server(&input);
    }

    /// The driver holds every event and every result against what its caller knows.
    #[test]
    fn a_session_keeps_its_promises(
        (role, mut input, version, frames) in sensible_session(),
        damage in damage(),
    ) {
        let wire = encoded(version, &frames, Compression::On, CountForm::Outside);
        input.extend_from_slice(&wire);
        session(role, &input);
        input.truncate(4);
        input.extend(damage.apply(wire.to_vec()));
        session(role, &input);
    }

    #[test]
    fn headers_are_a_list_of_joined_values(
        pairs in vec(("[a-cA-Cé]{0,2}", vec(0..3u8, 0..4)), 0..12),
        removed in "[a-cA-C]",
    ) {
        let mut model: Vec<(String, Vec<u8>)> = Vec::new();
        let mut headers = Headers::new();
        for (name, value) in &pairs {
            headers.append(name, value);
            let lower = name.to_ascii_lowercase();
            match model.iter_mut().find(|(known, _)| *known == lower) {
                Some((_, joined)) => *joined = [&joined[..], value].join(&0),
                None => model.push((lower, value.clone())),
            }
        }
        let listed = |headers: &Headers| -> Vec<(String, Vec<u8>)> {
            headers.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect()
        };
        prop_assert_eq!(listed(&headers), &model[..]);
        prop_assert_eq!((headers.len(), headers.is_empty()), (model.len(), model.is_empty()));
        prop_assert_eq!(&headers, &Headers::from(pairs));
        prop_assert_eq!(&headers, &Headers::from(model.clone()));
        for (name, value) in &model {
            prop_assert_eq!(headers.get(&name.to_ascii_uppercase()), Some(&value[..]));
            let values: Vec<_> = headers.values(name).collect();
            prop_assert_eq!(values.join(&0), &value[..]);
        }

        let position = model.iter().position(|(name, _)| *name == removed.to_ascii_lowercase());
        let before = headers.clone();
        prop_assert_eq!(headers.remove(&removed), position.is_some());
        prop_assert_eq!(headers == before, position.is_none());
        position.map(|at| model.remove(at));
        prop_assert_eq!(listed(&headers), &model[..]);
        // The place of a name that was removed is at the end.
        headers.append("b", "new");
        prop_assert_eq!(headers.values("b").last(), Some(&b"new"[..]));
    }
}
