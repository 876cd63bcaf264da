//! A small compressor: matches within 8 KiB, fixed Huffman codes, and secrets that stay out of it.
//!
//! Header blocks are short and alike. Codes of their own do not pay for them, and what they repeat
//! stands a block or two before them.
//!
//! A secret must not tell on itself by the length of the output. No match covers one of its bytes, as
//! target or as source, and nothing is looked up or entered for three bytes of which one is secret:
//! public bytes alone decide every match, and secret bytes are not even kept.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::tables::{
    DISTANCE, DISTANCE_BITS, END_OF_BLOCK, LENGTH, LITERAL, MAX_DISTANCE, MAX_MATCH, MIN_MATCH,
    distance_symbol,
};

/// What is kept beyond the window before it is moved to the front; a block is taken in pieces of it.
const SLACK: usize = 4 * 1024;

/// Three bytes lead to one of so many places.
const HASH_BITS: u32 = 11;

/// More secrets than this in the window are taken together with what stands between them.
const MAX_SECRETS: usize = 64;

/// A match of three bytes from farther away takes as many bits as its literals.
const MAX_SHORT_DISTANCE: usize = 2 * 1024;

/// How much of a match is entered at its beginning.
const ENTERED: usize = 16;

pub(super) struct Matcher {
    /// The window and the piece that is being written. Secrets are zeros here.
    data: Vec<u8>,
    /// For three bytes, the last two places where they stood, counted from 1: the later one in the
    /// lower half.
    places: Box<[u32; 1 << HASH_BITS]>,
    /// Where in the data secrets stand, in order.
    secrets: Vec<Range<usize>>,
}

impl Matcher {
    /// A matcher whose window holds the dictionary.
    pub(super) fn over(dictionary: &[u8]) -> Self {
        let mut data = Vec::new();
        data.reserve_exact(MAX_DISTANCE + SLACK);
        let places = Box::new([0; 1 << HASH_BITS]);
        let mut matcher = Self { data, places, secrets: Vec::new() };
        let out_of_reach = dictionary.len().saturating_sub(MAX_DISTANCE);
        matcher.data.extend_from_slice(dictionary.get(out_of_reach..).unwrap_or_default());
        matcher.enter(0..matcher.data.len());
        matcher
    }

    /// Appends a block, flushed.
    pub(super) fn deflate(&mut self, plain: &[u8], secrets: &[Range<usize>], out: &mut Vec<u8>) {
        out.reserve(plain.len() / 2 + 16);
        let mut writer = Writer { out, buffer: 0, count: 0 };
        writer.put(0b010, 3); // not the last block, and with fixed codes
        let mut start = 0;
        for piece in plain.chunks(SLACK) {
            let end = start + piece.len();
            let mut public = start;
            let base = self.take_in(piece);
            let within = |at: usize| base + at.clamp(start, end) - start;
            for secret in secrets.iter().filter(|secret| secret.start < end && secret.end > start) {
                self.hide(within(secret.start)..within(secret.end));
            }
            for secret in secrets.iter().filter(|secret| secret.start < end && secret.end > start) {
                self.write(within(public)..within(secret.start), &mut writer);
                let literals = plain.get(secret.start.max(start)..secret.end.min(end));
                for &byte in literals.unwrap_or_default() {
                    writer.literal(byte);
                }
                public = secret.end;
            }
            self.write(within(public)..within(end), &mut writer);
            start = end;
        }
        writer.put(END_OF_BLOCK.0, u32::from(END_OF_BLOCK.1));
        writer.flush();
    }

    /// Puts a piece behind the window; returns where it stands.
    fn take_in(&mut self, piece: &[u8]) -> usize {
        if self.data.len() + piece.len() > MAX_DISTANCE + SLACK {
            let gone = self.data.len().saturating_sub(MAX_DISTANCE);
            self.data.copy_within(gone.., 0);
            self.data.truncate(self.data.len() - gone);
            let moved = |place: u32| place.saturating_sub(u32::try_from(gone).unwrap_or(u32::MAX));
            for places in self.places.iter_mut() {
                *places = moved(*places >> 16) << 16 | moved(*places & 0xFFFF);
            }
            self.secrets.retain(|secret| secret.end > gone);
            for secret in &mut self.secrets {
                *secret = secret.start.saturating_sub(gone)..secret.end - gone;
            }
        }
        let base = self.data.len();
        self.data.extend_from_slice(piece);
        base
    }

    /// Makes a part of the data a secret.
    fn hide(&mut self, secret: Range<usize>) {
        if let Some(bytes) = self.data.get_mut(secret.clone()) {
            bytes.fill(0);
        }
        let is_full = self.secrets.len() == MAX_SECRETS;
        match self.secrets.last_mut().filter(|_| is_full) {
            Some(last) => last.end = secret.end,
            None => self.secrets.push(secret),
        }
    }

    /// Writes public data.
    fn write(&mut self, public: Range<usize>, writer: &mut Writer<'_>) {
        let mut at = public.start;
        while at < public.end {
            let (len, distance) = self.find(at..public.end);
            if len < MIN_MATCH {
                writer.literal(self.data.get(at).copied().unwrap_or_default());
                at += 1;
            } else {
                writer.copy(len, distance);
                // All of a long match would take longer to enter than it is worth.
                let behind = at + len;
                self.enter(at + 1..behind.min(at + ENTERED));
                self.enter(
                    behind.saturating_sub(4).max(at + ENTERED)..(behind + 2).min(public.end),
                );
                at += len;
            }
        }
    }

    /// The longest match for the beginning of a range of public data, which is entered; 0 for none.
    fn find(&mut self, range: Range<usize>) -> (usize, usize) {
        let at = range.start;
        let most = range.len().min(MAX_MATCH);
        let Some(target) = self.data.get(at..at + most) else { return (0, 0) };
        let Some(slot) = target.first_chunk().and_then(|bytes| self.places.get_mut(hash(*bytes)))
        else {
            return (0, 0);
        };
        let places = *slot;
        *slot = places << 16 | place(at);
        let mut best = (0, 0);
        for place in [places & 0xFFFF, places >> 16] {
            let Some(source) = usize::try_from(place).ok().and_then(|place| place.checked_sub(1))
            else {
                break;
            };
            let distance = at - source;
            if distance > MAX_DISTANCE {
                break;
            }
            let most = self.public_until(source).saturating_sub(source).min(most);
            let len = common(self.data.get(source..source + most).unwrap_or_default(), target);
            let is_short = len == MIN_MATCH && distance > MAX_SHORT_DISTANCE;
            if len > best.0 && !is_short {
                best = (len, distance);
            }
        }
        best
    }

    /// Where the next secret begins behind a place; the place itself if it is in one.
    fn public_until(&self, place: usize) -> usize {
        let next = self.secrets.partition_point(|secret| secret.end <= place);
        self.secrets.get(next).map_or(usize::MAX, |secret| secret.start.max(place))
    }

    /// Enters public data, so that it is found.
    fn enter(&mut self, range: Range<usize>) {
        let Some(data) = self.data.get(range.clone()) else { return };
        for (at, bytes) in range.zip(data.windows(MIN_MATCH)) {
            let Some(slot) =
                bytes.first_chunk().and_then(|bytes| self.places.get_mut(hash(*bytes)))
            else {
                return;
            };
            *slot = *slot << 16 | place(at);
        }
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at + 1).unwrap_or_default()
}

fn hash([a, b, c]: [u8; MIN_MATCH]) -> usize {
    let bytes = u32::from_le_bytes([a, b, c, 0]);
    (bytes.wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)) as usize
}

/// How many bytes two slices have in common.
fn common(one: &[u8], other: &[u8]) -> usize {
    let words = one.chunks_exact(8).zip(other.chunks_exact(8));
    let mut len = 0;
    for (a, b) in words {
        let differ = word(a) ^ word(b);
        if differ != 0 {
            return len + (differ.trailing_zeros() / 8) as usize;
        }
        len += 8;
    }
    let rest = one.iter().skip(len).zip(other.iter().skip(len));
    len + rest.take_while(|(a, b)| a == b).count()
}

fn word(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Bits, the lowest of each byte first.
struct Writer<'a> {
    out: &'a mut Vec<u8>,
    buffer: u64,
    count: u32,
}

impl Writer<'_> {
    #[inline]
    fn put(&mut self, code: u16, bits: u32) {
        self.buffer |= u64::from(code) << self.count;
        self.count += bits;
        if self.count >= 32 {
            self.out.extend_from_slice(&((self.buffer & 0xFFFF_FFFF) as u32).to_le_bytes());
            self.buffer >>= 32;
            self.count -= 32;
        }
    }

    #[inline]
    fn literal(&mut self, byte: u8) {
        let (code, bits) = LITERAL.get(usize::from(byte)).copied().unwrap_or_default();
        self.put(code, u32::from(bits));
    }

    fn copy(&mut self, len: usize, distance: usize) {
        let (code, bits) = LENGTH.get(len - MIN_MATCH).copied().unwrap_or_default();
        self.put(code, u32::from(bits));
        let (code, base, extra) =
            DISTANCE.get(distance_symbol(distance)).copied().unwrap_or_default();
        self.put(code, DISTANCE_BITS);
        self.put(u16::try_from(distance).unwrap_or_default() - base, u32::from(extra));
    }

    /// An empty stored block: everything before it can be read.
    fn flush(&mut self) {
        self.put(0, 3);
        self.put(0, (8 - self.count % 8) % 8);
        while self.count > 0 {
            self.out.push((self.buffer & 0xFF) as u8);
            self.buffer >>= 8;
            self.count -= 8;
        }
        self.out.extend_from_slice(&[0x00, 0x00, 0xFF, 0xFF]);
    }
}
