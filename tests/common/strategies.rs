//! Random frames, conversations and cuts.
#![allow(dead_code, reason = "every test file uses its own part")]

use bytes::Bytes;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use spdy::frame::{Data, FinStream, Frame, GoAway, Subresource, SynReply, SynStream};
use spdy::{Headers, PingId, Priority, Role, SettingId, Settings, Status, StreamId};

/// The same cases in every run, unless `PROPTEST_RNG_SEED` or `PROPTEST_CASES` say otherwise.
pub fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}

/// Any list that Draft 1 can carry; names may be given twice.
pub fn headers() -> impl Strategy<Value = Headers> {
    let name = prop_oneof![
        4 => prop::sample::select(vec!["method", "url", "version", "status", "Cookie", "x"])
            .prop_map(str::to_owned),
        1 => "[ -~é-ü]{1,12}",
    ];
    let part = prop_oneof![
        8 => vec(any::<u8>(), 1..40),
        1 => (any::<u8>(), 1..8_000usize).prop_map(|(byte, len)| vec![byte; len]),
    ];
    // A NUL separates values, and an empty one among them is nothing that can be sent.
    let value =
        part.prop_map(|bytes| bytes.into_iter().map(|byte| byte.max(1)).collect::<Vec<_>>());
    vec((name, value), 0..6).prop_map(Headers::from)
}

fn stream() -> impl Strategy<Value = StreamId> {
    any::<u32>().prop_map(StreamId::new)
}

pub fn payload() -> impl Strategy<Value = Bytes> {
    let bytes = prop_oneof![
        1 => Just(Vec::new()),
        4 => vec(any::<u8>(), 1..100),
        1 => vec(any::<u8>(), 1..3000),
    ];
    bytes.prop_map(Bytes::from)
}

/// Any frame that can be sent.
pub fn frame() -> impl Strategy<Value = Frame> {
    let settings = btree_map(any::<u32>(), any::<u32>(), 0..32).prop_map(|entries| {
        let entries = entries.into_iter().map(|(id, value)| (SettingId(id), value));
        Frame::Settings(Settings::from_iter(entries))
    });
    prop_oneof![
        (stream(), 0..4u8, any::<bool>(), headers())
            .prop_map(|(stream, priority, fin, headers)| syn(stream, priority, fin, headers)),
        (stream(), any::<bool>(), headers())
            .prop_map(|(stream, fin, headers)| reply(stream, fin, headers)),
        (stream(), headers()).prop_map(|(stream, headers)| subresource(stream, headers)),
        (stream(), 1..u32::MAX).prop_map(|(stream, status)| fin_stream(stream, status)),
        settings,
        Just(Frame::Noop),
        any::<u32>().prop_map(|id| Frame::Ping(PingId::new(id))),
        stream().prop_map(|stream| Frame::GoAway(GoAway::new(stream))),
        (stream(), any::<bool>(), payload())
            .prop_map(|(stream, fin, payload)| data(stream, fin, payload)),
    ]
}

pub fn frames() -> impl Strategy<Value = Vec<Frame>> {
    vec(frame(), 0..12)
}

fn syn(stream: StreamId, priority: u8, fin: bool, headers: Headers) -> Frame {
    let mut syn = SynStream::new(stream, headers);
    (syn.priority, syn.fin) = (Priority::new(priority), fin);
    Frame::SynStream(syn)
}

fn reply(stream: StreamId, fin: bool, headers: Headers) -> Frame {
    let mut reply = SynReply::new(stream, headers);
    reply.fin = fin;
    Frame::SynReply(reply)
}

fn subresource(stream: StreamId, mut headers: Headers) -> Frame {
    headers.append("url", "http://example.com/style.css");
    headers.append("method", "GET");
    Frame::Subresource(Subresource::new(stream, headers))
}

fn fin_stream(stream: StreamId, status: u32) -> Frame {
    Frame::FinStream(FinStream::new(stream, Status(status)))
}

fn data(stream: StreamId, fin: bool, payload: Bytes) -> Frame {
    let mut data = Data::new(stream, payload);
    data.fin = fin;
    Frame::Data(data)
}

/// What a peer might say: its streams rise, and most frames name a stream that there is. The other
/// side has opened four.
pub fn conversation(sender: Role) -> impl Strategy<Value = Vec<Frame>> {
    let say = (0..16u8, 0..12u32, prop::bool::weighted(0.3), headers(), payload(), frame());
    vec(say, 0..24).prop_map(move |said| {
        let (mine, theirs) = if sender == Role::Client { (1, 2) } else { (2, 1) };
        let mut next = mine;
        let said = said.into_iter().map(|(kind, pick, fin, headers, payload, any)| {
            let any_stream = StreamId::new(pick);
            let answered = StreamId::new(theirs + pick % 4 * 2);
            match kind {
                0..=3 => {
                    next += 2;
                    syn(StreamId::new(next - 2), (pick % 4) as u8, fin, headers)
                }
                4..=6 => reply(answered, fin, headers),
                7..=9 => data(answered, fin, payload),
                10 | 11 => data(any_stream, fin, payload),
                12 => fin_stream(any_stream, 1 + pick % 3),
                13 => subresource(any_stream, headers),
                14 => Frame::Ping(PingId::new(pick % 4)),
                _ => any,
            }
        });
        said.collect()
    })
}

/// What happens to bytes on their way: some are changed, and the end may be missing.
#[derive(Clone, Debug)]
pub struct Damage {
    flips: Vec<(Index, u8)>,
    end: Option<Index>,
}

impl Damage {
    pub fn apply(&self, mut wire: Vec<u8>) -> Vec<u8> {
        if !wire.is_empty() {
            for (at, flip) in &self.flips {
                let at = at.index(wire.len());
                wire[at] ^= flip;
            }
            wire.truncate(self.end.map_or(wire.len(), |end| end.index(wire.len())));
        }
        wire
    }
}

pub fn damage() -> impl Strategy<Value = Damage> {
    let flips = vec((any::<Index>(), 1..=255u8), 0..4);
    let end = prop::option::weighted(0.3, any::<Index>());
    (flips, end).prop_map(|(flips, end)| Damage { flips, end })
}

/// Sizes of pieces, used in turn; pieces may be empty.
pub fn sizes() -> impl Strategy<Value = Vec<usize>> {
    let size = prop_oneof![2 => 0..20usize, 1 => 0..3000usize];
    vec(size, 1..8).prop_map(|mut sizes| {
        sizes.push(7); // Not all of them may be empty.
        sizes
    })
}

/// Cuts bytes into pieces.
pub fn cut<'a>(mut wire: &'a [u8], sizes: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    sizes.iter().cycle().map_while(move |&size| {
        let (piece, rest) = wire.split_at(size.min(wire.len()));
        let more = !wire.is_empty();
        wire = rest;
        more.then_some(piece)
    })
}
