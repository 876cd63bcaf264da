//! A small compressor: matches within 8 KiB, fixed Huffman codes, and secrets that stay out of it.
//!
//! Header blocks are short and alike. Codes of their own do not pay for them, and what they repeat
//! stands a block or two before them.
//!
//! A secret must not tell on itself by the length of the output. No match covers one of its bytes, as
//! target or as source, and nothing is looked up or entered for four bytes of which one is secret:
//! public bytes alone decide every match, and secret bytes are not even kept.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use super::Sink;
use super::bits::{Writer, low};
use super::tables::{END_OF_BLOCK, MAX_DISTANCE, MAX_MATCH};
use crate::dialect::Dictionary;

/// What is kept beyond the window before it is moved to the front.
const SLACK: usize = 3 * 1024;

/// More secrets than this in the window are taken together with what stands between them.
const MAX_SECRETS: usize = 64;

/// The shortest match that is looked for: one of three bytes takes nearly as many bits as they do.
const LEAST: usize = 4;

/// How much is entered of a match, beside where it begins: nothing of a short one, and of a longer one
/// so much at its beginning, for all of it would take longer than it is worth.
const SHORT: usize = 12;
const ENTERED: usize = 16;

/// After so many places without a match every second one is looked at, after as many again every
/// third, and so on.
const PATIENCE: usize = 2;

pub(super) struct Matcher {
    /// The window and what is being written. Secrets are zeros here.
    data: Vec<u8>,
    places: Places,
    /// Where in the data secrets stand, in order.
    secrets: Vec<Range<usize>>,
    #[cfg(test)]
    pub(super) without: Option<Protection>,
}

/// What keeps a secret out of the length of the output. Tests take one out, to show that it is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// No match is looked for that would cover a byte of a secret.
    Target,
    /// No match is made from a byte of a secret.
    Source,
}

/// For four bytes, the last place where they stood and the one before it, counted from 1; 0 for
/// nowhere.
struct Places(Box<[[u16; 2]; Dictionary::PLACES]>);

impl Places {
    /// Enters a place, so that it is found; returns those before it, the later one first.
    #[inline]
    fn enter(&mut self, four: u32, at: usize) -> [u16; 2] {
        let Some(slot) = self.0.get_mut(Dictionary::hash(four)) else {
            return [0; 2]; // never
        };
        core::mem::replace(slot, [low(at + 1), slot[0]])
    }

    /// The data has moved to the front by so many bytes.
    fn slide(&mut self, gone: usize) {
        for place in self.0.as_flattened_mut() {
            *place = place.saturating_sub(low(gone));
        }
    }
}

/// A block that is being written.
pub(super) struct Block<'a> {
    matcher: &'a mut Matcher,
    /// Where in the data the public bytes begin that are not written.
    pending: usize,
    writer: Writer<'a>,
}

impl Matcher {
    /// A matcher whose window holds the dictionary.
    pub(super) fn over(dictionary: &Dictionary) -> Self {
        let mut data = Vec::with_capacity(MAX_DISTANCE + SLACK);
        data.extend_from_slice(dictionary.bytes);
        Self {
            data,
            places: Places(Box::new(dictionary.places)),
            secrets: Vec::new(),
            #[cfg(test)]
            without: None,
        }
    }

    pub(super) fn begin<'a>(&'a mut self, out: &'a mut Vec<u8>) -> Block<'a> {
        let mut writer = Writer::new(out);
        writer.put(0b010, 3); // not the last block, and with fixed codes
        Block { pending: self.data.len(), matcher: self, writer }
    }

    /// Makes room behind the window.
    fn slide(&mut self) {
        let gone = self.data.len().saturating_sub(MAX_DISTANCE);
        self.data.copy_within(gone.., 0);
        self.data.truncate(self.data.len() - gone);
        self.places.slide(gone);
        self.secrets.retain(|secret| secret.end > gone);
        for secret in &mut self.secrets {
            *secret = secret.start.saturating_sub(gone)..secret.end - gone;
        }
    }

    /// Makes the data from a place on a secret.
    fn hide(&mut self, start: usize) {
        let secret = start..self.data.len();
        self.data.get_mut(start..).unwrap_or_default().fill(0);
        let is_full = self.secrets.len() == MAX_SECRETS;
        match self.secrets.last_mut().filter(|_| is_full) {
            Some(last) => last.end = secret.end,
            None => self.secrets.push(secret),
        }
    }

    #[cfg(test)]
    fn has(&self, protection: Protection) -> bool {
        self.without != Some(protection)
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "as in tests")]
    const fn has(&self, _: Protection) -> bool {
        true
    }
}

/// The public data that a match may come from, and what is known of it.
struct Search<'a> {
    data: &'a [u8],
    places: &'a mut Places,
    secrets: &'a [Range<usize>],
}

impl Search<'_> {
    /// The longest match for the bytes at a place, which is entered: its length, 0 for none, and where
    /// it comes from.
    #[inline]
    fn find(&mut self, at: usize, next: u32) -> (usize, usize) {
        let [later, earlier] = self.places.enter(next, at);
        let mut best = (0, 0);
        if later == 0 {
            return best; // as most often
        }
        // If they are as long the later one: it is nearer and costs fewer bits.
        for place in [later, earlier] {
            let Some(source) = usize::from(place).checked_sub(1) else { break };
            if source < at && four(self.data, source) == Some(next) && at - source <= MAX_DISTANCE {
                let len = self.measure(source, at);
                if len > best.0 {
                    best = (len, source);
                }
            }
        }
        best
    }

    /// How long the match of two places is whose first bytes are the same.
    #[inline(never)] // most places are no match
    fn measure(&self, source: usize, at: usize) -> usize {
        let len = common(self.data, source, at).min(self.public(source).end.saturating_sub(source));
        if len < LEAST { 0 } else { len }
    }

    /// By how much a match can begin earlier: behind a place down to which all is written.
    fn behind(&self, source: usize, at: usize, written: usize) -> usize {
        let most = (at - written).min(source.saturating_sub(self.public(source).start));
        let before = |at: usize| self.data.get(at - most..at).unwrap_or_default().iter().rev();
        before(at).zip(before(source)).take_while(|(a, b)| a == b).count()
    }

    /// What is public around a place that is.
    #[inline]
    fn public(&self, place: usize) -> Range<usize> {
        let next = self.secrets.partition_point(|secret| secret.end <= place);
        let (before, behind) = self.secrets.split_at_checked(next).unwrap_or_default();
        let start = before.last().map_or(0, |secret| secret.end);
        start..behind.first().map_or(usize::MAX, |secret| secret.start)
    }

    /// Enters a place, so that it is found.
    #[inline]
    fn enter(&mut self, at: usize) {
        if let Some(next) = four(self.data, at) {
            self.places.enter(next, at);
        }
    }
}

impl Block<'_> {
    /// Writes what is pending.
    fn write(&mut self) {
        let Matcher { data, places, secrets, .. } = &mut *self.matcher;
        let mut search = Search { data, places, secrets };
        let mut at = core::mem::replace(&mut self.pending, search.data.len());
        // How many places are passed over, times PATIENCE.
        let (mut written, mut step) = (at, PATIENCE);
        while let Some(next) = four(search.data, at) {
            let (len, source) = search.find(at, next);
            if len == 0 {
                // Behind many places without a match not all are looked at.
                at += step / PATIENCE;
                step += 1;
                continue;
            }
            let earlier = search.behind(source, at, written).min(MAX_MATCH - len);
            self.writer.literals(search.data.get(written..at - earlier).unwrap_or_default());
            self.writer.copy(len + earlier, at - source);
            let behind = at + len;
            if len > SHORT {
                let first = behind.min(at + ENTERED);
                (at + 1..first).for_each(|at| search.enter(at));
                (first.max(behind - LEAST)..behind).for_each(|at| search.enter(at));
            }
            (at, written, step) = (behind, behind, PATIENCE);
        }
        self.writer.literals(search.data.get(written..).unwrap_or_default());
    }

    /// Ends the block, flushed.
    pub(super) fn finish(mut self) {
        self.write();
        self.writer.put(END_OF_BLOCK.0.into(), u32::from(END_OF_BLOCK.1));
        self.writer.flush();
    }

    #[inline]
    fn room(&self) -> usize {
        MAX_DISTANCE + SLACK - self.matcher.data.len()
    }

    /// Appends as much as there is room for, and makes room where there is none: all is written then
    /// and the window moved. Returns the rest.
    fn append<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        if self.room() == 0 {
            self.write();
            self.matcher.slide();
            self.pending = self.matcher.data.len();
        }
        let (now, later) = bytes.split_at_checked(self.room()).unwrap_or((bytes, &[]));
        self.matcher.data.extend_from_slice(now);
        later
    }
}

impl Sink for Block<'_> {
    const TELLS_SECRETS: bool = true;

    #[inline]
    fn public(&mut self, mut bytes: &[u8]) {
        if bytes.len() <= self.room() {
            self.matcher.data.extend_from_slice(bytes);
            return;
        }
        while !bytes.is_empty() {
            bytes = self.append(bytes);
        }
    }

    fn secret(&mut self, mut bytes: &[u8]) {
        self.write();
        while !bytes.is_empty() {
            let later = self.append(bytes);
            let len = bytes.len() - later.len();
            if self.matcher.has(Protection::Target) {
                self.writer.literals(bytes.get(..len).unwrap_or_default());
                self.pending = self.matcher.data.len();
            } else {
                self.write();
            }
            if self.matcher.has(Protection::Source) {
                self.matcher.hide(self.matcher.data.len() - len);
            }
            bytes = later;
        }
    }
}

/// As many bytes at a place as a match has at least.
#[inline]
fn four(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// How many bytes at two places are the same.
fn common(data: &[u8], source: usize, at: usize) -> usize {
    let source = data.get(source..).unwrap_or_default();
    let target = data.get(at..data.len().min(at + MAX_MATCH)).unwrap_or_default();
    let word = |bytes: &[u8]| bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let mut len = 0;
    for (a, b) in source.chunks_exact(8).zip(target.chunks_exact(8)) {
        let differ = word(a) ^ word(b);
        if differ != 0 {
            return len + (differ.trailing_zeros() / 8) as usize;
        }
        len += 8;
    }
    let rest = source.iter().skip(len).zip(target.iter().skip(len));
    len + rest.take_while(|(a, b)| a == b).count()
}
