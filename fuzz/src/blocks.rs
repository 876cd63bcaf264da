//! Header blocks: what an inflater, a compressor and a reader of pairs may do, held against miniz_oxide
//! and against the rules written down once more.

use std::collections::BTreeSet;

use bytes::BytesMut;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::frame::{Frame, SynReply};
use spdy::{
    Compression, DecodeError, DecodeErrorKind, Headers, InflateError, Scope, StreamId, Version,
};

use super::split;

const DICTIONARIES: [&[u8]; 2] = [
    include_bytes!("../../testvectors/dictionaries/spdy-v1-v2.bin"),
    include_bytes!("../../testvectors/dictionaries/spdy-v3.bin"),
];
const DICTIONARY_IDS: [[u8; 4]; 2] = [[0xDF, 0xA2, 0x51, 0xB2], [0xE3, 0xC6, 0xA7, 0xC2]];

/// Draft 1 and SPDY/2 have the one dictionary and lengths of two bytes, SPDY/3 the other and four.
fn is_narrow(version: Version) -> bool {
    matches!(version, Version::Draft1 | Version::Spdy2)
}

fn dictionary(version: Version) -> usize {
    usize::from(!is_narrow(version))
}

/// A count or length.
fn number(version: Version, number: usize) -> Vec<u8> {
    let bytes = u32::try_from(number).unwrap().to_be_bytes();
    if is_narrow(version) { bytes[2..].to_vec() } else { bytes.to_vec() }
}

/// SYN_REPLY of stream 1.
fn reply(version: Version, block: &[u8]) -> Vec<u8> {
    let wire_version = match version {
        Version::Draft1 => 1,
        Version::Spdy2 => 2,
        _ => 3,
    };
    let fixed: &[u8] = if is_narrow(version) { &[0, 0, 0, 1, 0, 0] } else { &[0, 0, 0, 1] };
    let length = u32::try_from(fixed.len() + block.len()).unwrap();
    [&[0x80, wire_version, 0, 2][..], &length.to_be_bytes(), fixed, block].concat()
}

fn stored(plain: &[u8]) -> Vec<u8> {
    let len = u16::try_from(plain.len()).unwrap();
    [&[0][..], &len.to_le_bytes(), &(!len).to_le_bytes(), plain].concat()
}

/// The zlib header with the widest window.
fn header(version: Version) -> Vec<u8> {
    [&[0x78, 0x3F][..], &DICTIONARY_IDS[dictionary(version)]].concat()
}

fn list(frame: Option<Frame>) -> Headers {
    match frame {
        Some(Frame::SynReply(reply)) => reply.headers,
        other => panic!("{other:?}"),
    }
}

/// miniz_oxide as an inflater with a dictionary.
struct Oracle {
    history: Vec<u8>,
}

impl Oracle {
    const LIMIT: usize = 256 * 1024;

    fn new(version: Version) -> Self {
        Self { history: DICTIONARIES[dictionary(version)].to_vec() }
    }

    /// Inflates a block without its zlib header; `None` if it is not a whole, flushed block.
    fn inflate(&mut self, block: &[u8]) -> Option<Vec<u8>> {
        const FLAGS: u32 = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
            | inflate_flags::TINFL_FLAG_HAS_MORE_INPUT
            | inflate_flags::TINFL_FLAG_IGNORE_ADLER32
            | inflate_flags::TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;
        let start = self.history.len();
        self.history.resize(start + Self::LIMIT + 1, 0);
        let mut decompressor = DecompressorOxide::new();
        let (mut used, mut end) = (0, start);
        loop {
            let (status, read, written) =
                decompress(&mut decompressor, &block[used..], &mut self.history, end, FLAGS);
            used += read;
            end += written;
            match status {
                TINFLStatus::BlockBoundary if used == block.len() => break,
                TINFLStatus::BlockBoundary => {}
                _ => return None,
            }
        }
        self.history.truncate(end);
        let is_flushed = decompressor.block_boundary_state()?.num_bits == 0;
        is_flushed.then(|| self.history[start..].to_vec())
    }
}

/// A byte that says where to cut, and the deflate blocks of two header blocks: they are read as
/// miniz_oxide reads them, or refused by both. The bits make up the value of the only pair, whose
/// length is known from the oracle.
pub fn inflate_diff(data: &[u8]) {
    let Some((&cut, bits)) = data.split_first() else { return };
    let (first, second) = bits.split_at(usize::from(cut).min(bits.len()));
    let version = Version::Draft1; // whose values may be any bytes
    let mut decoder = Decoder::new(version, Limits::default());
    let mut oracle = Oracle::new(version);
    let mut header = header(version);
    for bits in [first, second] {
        let with_len = |len: usize| {
            let before = [&[0, 1, 0, 1, b'a'][..], &number(version, len)].concat();
            (before.len(), [stored(&before), bits.to_vec()].concat())
        };
        // What a match refers to changes with the length, and how long the output is does not.
        let mut probe = Oracle { history: oracle.history.clone() };
        let (before, block) = with_len(0);
        let len = probe.inflate(&block).map_or(0, |plain| plain.len() - before);
        if len > 0xFFFF {
            return;
        }
        let (_, block) = with_len(len);
        let expected = oracle.inflate(&block).map(|plain| plain[before..].to_vec());
        let wire = reply(version, &[&std::mem::take(&mut header)[..], &block].concat());
        match (decoder.decode(&mut &wire[..]), expected) {
            (Ok(frame), Some(value)) => {
                let list = list(frame);
                let is_dropped = value.split(|byte| *byte == 0).any(<[u8]>::is_empty);
                assert_eq!(list.get("a"), (!is_dropped).then_some(&value[..]));
            }
            (Err(DecodeError { kind: DecodeErrorKind::Inflate(error), scope, .. }), expected) => {
                assert_eq!(scope, Scope::Session);
                let is_limit = matches!(error, InflateError::TooMuchOutput { .. });
                assert!(is_limit || expected.is_none(), "{error}");
                return;
            }
            (Err(error), Some(value)) => {
                let is_limit = matches!(
                    error.kind,
                    DecodeErrorKind::ListTooLarge { .. } | DecodeErrorKind::TooManyValues { .. }
                );
                assert!(is_limit && error.scope == Scope::Stream, "{error} {}", value.len());
            }
            (result, expected) => panic!("{result:?} {expected:?}"),
        }
    }
}

/// A byte (the version, and by its lowest bit the compression), then lists: they come out of a decoder
/// and of miniz_oxide as they went in, and a secret with other characters changes no length.
pub fn deflate_roundtrip(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else { return };
    let (version, _) = split(first);
    let compression = if first % 2 == 0 { Compression::On } else { Compression::Off };
    let (frames, others) = (lists(rest, false), lists(rest, true));
    let wire = encoded(version, compression, &frames);
    let other = encoded(version, compression, &others);
    let mut decoder = Decoder::new(version, Limits::default());
    let mut oracle = Oracle::new(version);
    for (index, (frame, wire)) in frames.iter().zip(&wire).enumerate() {
        assert_eq!(decoder.decode(&mut &wire[..]).unwrap().as_ref(), Some(frame));
        // Draft 1 counts before the block.
        let behind = if version == Version::Draft1 { 2 } else { 0 };
        let fixed = if is_narrow(version) { 14 } else { 12 };
        let header = if index == 0 { 6 } else { 0 };
        let block = &wire[fixed + behind + header..];
        let plain = oracle.inflate(block).expect("a whole block");
        let count = &wire[fixed..fixed + behind];
        let Frame::SynReply(reply) = frame else { unreachable!() };
        let pairs = pairs(version, &[count, &plain].concat()).unwrap();
        assert!(
            pairs
                .iter()
                .map(|(name, value)| (&name[..], &value[..]))
                .eq(reply.headers.iter().map(|(name, value)| (name.as_bytes(), value)))
        );
    }
    assert!(wire.iter().map(Vec::len).eq(other.iter().map(Vec::len)), "a secret tells on itself");
}

fn encoded(version: Version, compression: Compression, frames: &[Frame]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(version, compression);
    let encode = |frame| {
        let mut wire = BytesMut::new();
        encoder.encode(frame, &mut wire).unwrap();
        wire.to_vec()
    };
    frames.iter().map(encode).collect()
}

/// Lists of which each takes a byte for how many pairs it has, and each pair three: for its name, how
/// long its value is, and whether it is secret and how often it repeats; and then so many characters.
fn lists(mut data: &[u8], rotated: bool) -> Vec<Frame> {
    let mut frames = Vec::new();
    while let Some((&count, rest)) = data.split_first() {
        data = rest;
        let mut headers = Headers::from([("status", "200")]);
        for _ in 0..count % 16 {
            let Some((&[name, len, kind], rest)) = data.split_first_chunk() else { break };
            let (value, rest) = rest.split_at(usize::from(len).min(rest.len()));
            data = rest;
            let is_secret = kind & 1 != 0;
            let turn = if rotated && is_secret { 17 } else { 0 };
            let visible = |byte: &u8| b'!' + byte.wrapping_add(turn) % 94;
            let value: Vec<u8> = value.iter().map(visible).collect();
            let value = [b"v", &value.repeat(1 + usize::from(kind >> 5))[..]].concat();
            let name = format!("x{}", name % 20);
            if headers.contains(&name) {
                continue; // all values of a name are as secret as one
            }
            if is_secret {
                headers.append_sensitive(&name, value);
            } else {
                headers.append(&name, value);
            }
        }
        frames.push(Frame::SynReply(SynReply::new(StreamId::new(1), headers)));
        if frames.len() == 64 {
            break;
        }
    }
    frames
}

/// A byte for the version, and what a block inflates to: it is a list by the rules, or none.
pub fn header_block(data: &[u8]) {
    let Some((&first, plain)) = data.split_first() else { return };
    let (version, _) = split(first);
    let plain = &plain[..plain.len().min(0xFFFF)];
    let block = [header(version), stored(plain), vec![0, 0, 0, 0xFF, 0xFF]].concat();
    let wire = reply(version, &block);
    let decoded = Decoder::new(version, Limits::default()).decode(&mut &wire[..]);
    match (decoded, pairs(version, plain)) {
        (Ok(frame), Some(expected)) => {
            let list = list(frame);
            let found = list.iter().map(|(name, value)| (name.as_bytes(), value));
            assert!(found.eq(expected.iter().map(|(name, value)| (&name[..], &value[..]))));
            assert_eq!(list.len(), expected.len());
            // What can be received can be sent.
            let frame = Frame::SynReply(SynReply::new(StreamId::new(1), list));
            let again = encoded(version, Compression::On, std::slice::from_ref(&frame));
            let decoded = Decoder::new(version, Limits::default()).decode(&mut &again[0][..]);
            assert_eq!(decoded, Ok(Some(frame)));
        }
        (Err(error), None) => assert_eq!(error.scope, Scope::Stream, "{error}"),
        (decoded, expected) => panic!("{decoded:?}, by the rules {expected:?}"),
    }
}

/// The pairs of a block by the rules of its version; `None` if one of them is broken.
fn pairs(version: Version, mut rest: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let limits = Limits::default();
    let width = if is_narrow(version) { 2 } else { 4 };
    let mut take = |len: usize| {
        let (taken, behind) = rest.split_at_checked(len)?;
        rest = behind;
        Some(taken.to_vec())
    };
    let number =
        |bytes: Vec<u8>| bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
    let count = number(take(width)?);
    let (mut pairs, mut names, mut values, mut size) = (Vec::new(), BTreeSet::new(), 0, 0);
    for index in 0..count {
        let len = number(take(width)?);
        let mut name = take(len)?;
        let len = number(take(width)?);
        let value = take(len)?;
        let here = value.split(|byte| *byte == 0).count();
        values += here;
        size += name.len() + value.len() + 32 * (1 + here);
        if index >= limits.names || values > limits.values || size > limits.header_list {
            return None;
        }
        let has_empty_part = |bytes: &[u8]| bytes.split(|byte| *byte == 0).any(<[u8]>::is_empty);
        if version == Version::Draft1 {
            if has_empty_part(&name) || has_empty_part(&value) {
                continue;
            }
            let text = std::str::from_utf8(&name).ok()?;
            if text.bytes().any(|byte| byte.is_ascii_control()) {
                return None;
            }
            name.make_ascii_lowercase();
        } else {
            let may_be_empty = value.is_empty() && version != Version::Spdy2;
            let is_fair_name = name.iter().all(|byte| matches!(byte, b'!'..=b'@' | b'['..=b'~'));
            let is_fair = |byte: &u8| !byte.is_ascii_control() || matches!(byte, 0 | b'\t');
            if name.is_empty()
                || !is_fair_name
                || (has_empty_part(&value) && !may_be_empty)
                || !value.iter().all(is_fair)
            {
                return None;
            }
        }
        if !names.insert(name.clone()) {
            return None;
        }
        pairs.push((name, value));
    }
    rest.is_empty().then_some(pairs)
}
