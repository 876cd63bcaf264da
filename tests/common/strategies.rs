//! Random frames, conversations and cuts.
#![allow(dead_code, reason = "every test file uses its own part")]

use bytes::Bytes;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::Union;
use proptest::test_runner::RngSeed;
use spdy::frame::{
    Credential, Data, FinStream, Frame, GoAway, HeadersFrame, Subresource, SynReply, SynStream,
    WindowUpdate,
};
use spdy::{
    GoAwayStatus, Headers, PingId, Priority, Role, Setting, SettingId, Settings, Status, StreamId,
    Version,
};

/// The same cases in every run, unless `PROPTEST_RNG_SEED` or `PROPTEST_CASES` say otherwise.
pub fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}

/// Versions in turn.
pub fn version() -> impl Strategy<Value = Version> {
    prop::sample::select(&Version::ALL[..])
}

/// SPDY/3 and 3.1.
pub fn has_windows(version: Version) -> bool {
    matches!(version, Version::Spdy3 | Version::Spdy3_1)
}

/// Now and then, where the version has it at all.
fn sometimes(has_it: bool) -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.25).prop_map(move |picked| picked && has_it)
}

/// Any list that the version can carry; names may be given twice.
pub fn headers(version: Version) -> impl Strategy<Value = Headers> {
    let is_draft_1 = version == Version::Draft1;
    let name = prop_oneof![
        4 => prop::sample::select(vec!["method", "url", ":version", "status", "Cookie", "x"])
            .prop_map(str::to_owned),
        1 => if is_draft_1 { "[ -~é-ü]{1,12}" } else { "[!-~]{1,12}" },
    ];
    let part = prop_oneof![
        8 => vec(any::<u8>(), 1..40),
        1 => (any::<u8>(), 1..8_000usize).prop_map(|(byte, len)| vec![byte; len]),
    ];
    // A NUL separates values, and an empty one among them is nothing that can be sent. From SPDY/2 on
    // no other control character is either.
    let sent = move |byte: u8| match byte {
        b'\t' => byte,
        byte if !is_draft_1 && byte.is_ascii_control() => b'.',
        byte => byte.max(1),
    };
    let value = part.prop_map(move |bytes| bytes.into_iter().map(sent).collect::<Vec<_>>());
    // In SPDY/3 a value may be empty, but none of several.
    let empty = sometimes(has_windows(version));
    (vec((name, value), 0..6), empty).prop_map(|(pairs, empty)| {
        let mut headers = Headers::from(pairs);
        if empty {
            headers.append("the-empty-one", "");
        }
        headers
    })
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

fn syn_stream(version: Version) -> BoxedStrategy<Frame> {
    let is_draft_1 = version == Version::Draft1;
    let levels = if has_windows(version) { 8 } else { 4 };
    let slots = if version == Version::Spdy3 { 9 } else { 1 };
    let associated = (sometimes(!is_draft_1), 1..u32::MAX / 2);
    let one_way = sometimes(!is_draft_1);
    let fields = (stream(), 0..levels as u8, any::<bool>(), headers(version), associated, one_way);
    let syn = (fields, 0..slots as u8).prop_map(|(fields, slot)| {
        let (stream, priority, fin, headers, associated, one_way) = fields;
        let mut syn = SynStream::new(stream, headers);
        (syn.priority, syn.fin, syn.slot) = (Priority::new(priority), fin, slot);
        (syn.associated, syn.unidirectional) =
            (associated.0.then_some(StreamId::new(associated.1)), one_way);
        Frame::SynStream(syn)
    });
    syn.boxed()
}

fn settings(version: Version) -> BoxedStrategy<Frame> {
    let is_draft_1 = version == Version::Draft1;
    let largest = if is_draft_1 { u32::MAX } else { 0x00FF_FFFF };
    let flags = if is_draft_1 { 0..=0 } else { 0..=u8::MAX };
    let clear = sometimes(!is_draft_1);
    let id = prop_oneof![0..10u32, 0..=largest];
    let entries = btree_map(id, (any::<u32>(), flags), 0..32);
    let settings = (entries, clear).prop_map(|(entries, clear)| {
        let entry = |(id, (value, flags))| Setting::new(SettingId(id), value).flags(flags);
        let mut settings: Settings = entries.into_iter().map(entry).collect();
        settings.clear = clear;
        Frame::Settings(settings)
    });
    settings.boxed()
}

fn go_away(version: Version) -> BoxedStrategy<Frame> {
    let go_away = (stream(), any::<u32>()).prop_map(move |(last_good, status)| {
        let mut frame = GoAway::new(last_good);
        frame.status = has_windows(version).then_some(GoAwayStatus(status));
        Frame::GoAway(frame)
    });
    go_away.boxed()
}

fn credential() -> BoxedStrategy<Frame> {
    let bytes = || vec(any::<u8>(), 0..50).prop_map(Bytes::from);
    let credential = (1..=u16::MAX, bytes(), vec(bytes(), 0..4));
    credential
        .prop_map(|(slot, proof, chain)| Credential::new(slot, proof, chain))
        .prop_map(Frame::Credential)
        .boxed()
}

/// Any frame that can be sent.
pub fn frame(version: Version) -> impl Strategy<Value = Frame> {
    let mut frames = vec![
        syn_stream(version),
        (stream(), any::<bool>(), headers(version))
            .prop_map(|(stream, fin, headers)| reply(stream, fin, headers))
            .boxed(),
        (stream(), 1..u32::MAX).prop_map(|(stream, status)| fin_stream(stream, status)).boxed(),
        settings(version),
        any::<u32>().prop_map(|id| Frame::Ping(PingId::new(id))).boxed(),
        go_away(version),
        (stream(), any::<bool>(), payload())
            .prop_map(|(stream, fin, payload)| data(stream, fin, payload))
            .boxed(),
    ];
    frames.push(if version == Version::Draft1 {
        let subresources = (stream(), headers(version));
        subresources.prop_map(|(stream, headers)| subresource(stream, headers)).boxed()
    } else {
        let late = (stream(), any::<bool>(), headers(version));
        late.prop_map(|(stream, fin, headers)| late_headers(stream, fin, headers)).boxed()
    });
    if has_windows(version) {
        let update = (stream(), 1..=0x7FFF_FFFFu32);
        frames.push(update.prop_map(|(stream, delta)| window_update(stream, delta)).boxed());
    } else {
        frames.push(Just(Frame::Noop).boxed());
    }
    if version == Version::Spdy3 {
        frames.push(credential());
    }
    Union::new(frames)
}

/// A version, and frames of it.
pub fn frames() -> impl Strategy<Value = (Version, Vec<Frame>)> {
    version().prop_flat_map(|version| (Just(version), vec(frame(version), 0..12)))
}

fn syn(stream: StreamId, priority: u8, fin: bool, headers: Headers) -> SynStream {
    let mut syn = SynStream::new(stream, headers);
    (syn.priority, syn.fin) = (Priority::new(priority), fin);
    syn
}

fn reply(stream: StreamId, fin: bool, headers: Headers) -> Frame {
    let mut reply = SynReply::new(stream, headers);
    reply.fin = fin;
    Frame::SynReply(reply)
}

fn late_headers(stream: StreamId, fin: bool, headers: Headers) -> Frame {
    let mut late = HeadersFrame::new(stream, headers);
    late.fin = fin;
    Frame::Headers(late)
}

fn window_update(stream: StreamId, delta: u32) -> Frame {
    Frame::WindowUpdate(WindowUpdate::new(stream, delta))
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
/// side has opened four. In the versions with windows some DATA comes near their size, and windows
/// are moved near their ends.
pub fn conversation(version: Version, sender: Role) -> impl Strategy<Value = Vec<Frame>> {
    let long = prop_oneof![
        9 => payload(),
        1 => (1..70_000usize).prop_map(|len| Bytes::from(vec![7; len])),
    ];
    let said =
        (0..20u8, 0..12u32, prop::bool::weighted(0.3), headers(version), long, frame(version));
    vec(said, 0..24).prop_map(move |said| {
        let (mine, theirs) = if sender == Role::Client { (1, 2) } else { (2, 1) };
        let mut next = mine;
        let said = said.into_iter().map(|(kind, pick, fin, headers, payload, any)| {
            let any_stream = StreamId::new(pick);
            let answered = StreamId::new(theirs + pick % 4 * 2);
            match kind {
                0..=3 => {
                    next += 2;
                    let mut syn = syn(StreamId::new(next - 2), (pick % 4) as u8, fin, headers);
                    if version != Version::Draft1 {
                        syn.unidirectional = pick % 4 == 3;
                        syn.associated = (pick % 4 == 2).then_some(answered);
                    }
                    Frame::SynStream(syn)
                }
                4..=6 => reply(answered, fin, headers),
                7..=9 => data(answered, fin, payload),
                10 | 11 => data(any_stream, fin, payload),
                12 => fin_stream(any_stream, 1 + pick % 3),
                13 if version == Version::Draft1 => subresource(any_stream, headers),
                13 => late_headers(any_stream, fin, headers),
                14 => Frame::Ping(PingId::new(pick % 4)),
                15 if has_windows(version) => {
                    let delta = if fin { 0x7FFF_0000 + (pick << 12) } else { 1 + pick };
                    window_update(any_stream, delta)
                }
                16 if has_windows(version) => {
                    let size = [0, 10, 65_536, 0x7FFF_FFFF, 0x8000_0000][pick as usize % 5];
                    Frame::Settings(Settings::from([(SettingId::INITIAL_WINDOW_SIZE, size)]))
                }
                15 | 16 => data(answered, false, payload),
                17 | 18 => reply(answered, false, headers),
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
