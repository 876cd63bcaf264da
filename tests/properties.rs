//! What holds for any frames, any bytes and any calls.
//!
//! What holds between two sessions (data and credit, ends, IDs, GOAWAY, PING) is held against a model in
//! `tests/model.rs`; that the input may be cut anywhere, in `tests/chunking.rs`; that memory and answers
//! are bounded, whatever comes, in `tests/attacks`.

#[path = "common/frames.rs"]
mod frames;
#[allow(dead_code, reason = "the list of all targets is for the corpus")]
#[path = "../fuzz/src/lib.rs"]
mod fuzz;
#[path = "common/strategies.rs"]
mod strategies;

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use bytes::BytesMut;
use frames::{conversation, frames};
use fuzz::transcript::{decode, drain, play};
use proptest::collection::vec;
use proptest::prelude::*;
use spdy::arbitrary::{Conversation, Step, request};
use spdy::codec::{CountForm, Decoder, Encoder, Limits};
use spdy::frame::{Frame, SynReply};
use spdy::http::{self, Request};
use spdy::{Compression, Config, Headers, Open, Priority, Role, Session, StreamId, Version};
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

    /// What comes out of a decoder is written as it came in, by an encoder of the same kind.
    #[test]
    fn what_is_decoded_is_encoded_to_the_same_bytes(
        (version, frames) in frames(),
        on in any::<bool>(),
    ) {
        let compression = if on { Compression::On } else { Compression::Off };
        let wire = encoded(version, &frames, compression, CountForm::Outside);
        let again: Vec<_> = decode(version, [&wire[..]]).items.into_iter().map(Result::unwrap).collect();
        prop_assert_eq!(encoded(version, &again, compression, CountForm::Outside), wire);
    }

    /// Every frame is as long as it says.
    #[test]
    fn lengths_are_honest((version, frames) in frames()) {
        let wire = encoded(version, &frames, Compression::On, CountForm::Outside);
        let (mut rest, mut count) = (&wire[..], 0);
        while let Some(([_, _, _, _, _, a, b, c], behind)) = rest.split_first_chunk() {
            rest = behind.split_at(u32::from_be_bytes([0, *a, *b, *c]) as usize).1;
            count += 1;
        }
        prop_assert_eq!((rest.len(), count), (0, frames.len()));
    }

    /// An encoder refuses what a decoder would not give back.
    #[test]
    fn any_list_comes_back_or_is_refused(
        number in 0..4usize,
        pairs in vec(("[ -~\t\0é]{0,4}", vec(prop_oneof![0..4u8, any::<u8>()], 0..6)), 0..4),
    ) {
        let (version, list) = (Version::ALL[number], Headers::from(pairs));
        let reply = Frame::SynReply(SynReply::new(StreamId::new(1), list));
        let mut wire = BytesMut::new();
        if Encoder::new(version, Compression::Off).encode(&reply, &mut wire).is_ok() {
            let back = Decoder::new(version, Limits::default()).decode(&mut wire);
            prop_assert_eq!(back, Ok(Some(reply)));
        }
    }

    /// A list that came is changed and sent like one that was made here.
    #[test]
    fn a_list_that_came_is_a_list_like_any_other(
        number in 0..4usize,
        pairs in vec(("[a-e]{1,2}", "[x-z]{1,3}"), 0..6),
        added in vec(("[a-eA-E]{1,2}", "[x-z]{1,3}"), 0..4),
        removed in "[a-e]",
    ) {
        let (version, made) = (Version::ALL[number], Headers::from(pairs));
        let wire = |list: &Headers| {
            let reply = Frame::SynReply(SynReply::new(StreamId::new(1), list.clone()));
            encoded(version, &[reply], Compression::Off, CountForm::Outside)
        };
        let came = Decoder::new(version, Limits::default()).decode(&mut wire(&made));
        let Ok(Some(Frame::SynReply(SynReply { headers: came, .. }))) = came else {
            panic!("{came:?}");
        };
        let changed = |mut list: Headers| {
            list.extend(added.clone());
            list.remove(&removed);
            http::response(version, "200 OK", list).unwrap()
        };
        let (made, came) = (changed(made), changed(came));
        prop_assert_eq!(&came, &made);
        prop_assert_eq!(wire(&came), wire(&made));
    }

    /// The most urgent stream that has data sends, and equally urgent ones take turns.
    #[test]
    fn streams_take_turns_by_priority(
        number in 0..4usize,
        streams in vec((0..8u8, 1..4_000usize), 1..12),
        max_data_frame in 50..1_000usize,
    ) {
        let version = Version::ALL[number];
        let config = Config::default().max_data_frame(max_data_frame);
        let mut client = Session::client(version, config);
        let lowest = if number < 2 { 3 } else { 7 };
        let mut left = BTreeMap::new();
        for (level, len) in streams {
            let open = Open::new(()).priority(Priority::new(level));
            let stream = client.open(open).unwrap();
            client.send_data(stream, vec![0; len], true).unwrap();
            left.insert(stream, (level.min(lowest), len, 0));
        }
        for item in decode(version, [&drain(&mut client)[..]]).items {
            let Ok(Frame::Data(data)) = item else { continue };
            let (level, _, turns) = left[&data.stream];
            for (other, (urgency, len, had)) in &left {
                prop_assert!(*len == 0 || *urgency >= level, "{} before {other}", data.stream);
                prop_assert!(*len == 0 || *urgency > level || *had >= turns, "{other} waits");
            }
            let (_, len, turns) = left.get_mut(&data.stream).unwrap();
            *len -= data.payload.len();
            *turns += 1;
        }
        prop_assert!(left.values().all(|(_, len, _)| *len == 0));
    }

    /// Nothing but the input decides.
    #[test]
    fn the_same_input_makes_the_same_session(
        (role, _, version, frames) in sensible_session(),
        damage in damage(),
    ) {
        let wire = encoded(version, &frames, Compression::On, CountForm::Outside).to_vec();
        let wire = damage.apply(wire);
        let once = || play(Session::new(version, role, Config::default()), [&wire[..]]);
        prop_assert_eq!(once(), once());
    }

    #[test]
    fn a_decoder_takes_any_bytes(wire in vec(any::<u8>(), 0..1000)) {
        fuzz::frame_decode(&wire);
    }

    /// Bits that are deflate blocks by chance, lists, and blocks that inflate to anything.
    #[test]
    fn header_blocks_are_read_and_written_by_the_rules(input in vec(any::<u8>(), 0..600)) {
        fuzz::inflate_diff(&input);
        fuzz::deflate_roundtrip(&input);
        fuzz::header_block(&input);
    }

    #[test]
    fn a_session_takes_any_bytes(input in vec(any::<u8>(), 4..1000)) {
        fuzz::session_client(&input);
        fuzz::session_server(&input);
        fuzz::speed_mobility(&input);
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
    fn lists_that_are_made_can_be_sent_and_requests_are_taken(bytes in vec(any::<u8>(), 0..200)) {
        let list = Headers::arbitrary(&mut Unstructured::new(&bytes)).unwrap();
        let reply = Frame::SynReply(SynReply::new(StreamId::new(1), list));
        for version in Version::ALL {
            let mut encoder = Encoder::new(version, Compression::On);
            prop_assert_eq!(encoder.encode(&reply, &mut BytesMut::new()), Ok(()));
            let list = request(version, &mut Unstructured::new(&bytes)).unwrap();
            let request = Request::parse(version, &list);
            prop_assert!(request.is_ok(), "{:?} of {:?}", request, list);
        }
    }

    /// The calls of a conversation by their own method; the model makes them itself.
    #[test]
    fn any_calls_are_made_or_refused(
        conversation in frames::made(1_000, |u| u.arbitrary::<Conversation>()),
    ) {
        let mut ends = [Role::Client, Role::Server]
            .map(|role| Session::new(conversation.version, role, Config::default()));
        let (mut streams, mut last, mut sent) = (Vec::new(), [0, 1], [Vec::new(), Vec::new()]);
        for (role, step) in conversation.steps {
            let this = usize::from(role == Role::Server);
            let Step::Call(call) = step else {
                sent[this].extend(drain(&mut ends[this]));
                continue;
            };
            if let Ok(Some(stream)) = call.apply(&mut ends[this], &streams) {
                // They rise, and tell who has opened them.
                prop_assert!(stream.get() > last[this] && stream.get() % 2 != this as u32);
                last[this] = stream.get();
                streams.push(stream);
            }
        }
        for wire in &sent {
            let decoded = decode(conversation.version, [&wire[..]]);
            prop_assert_eq!((decoded.end, decoded.consumed), (Ok(()), wire.len()));
        }
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
