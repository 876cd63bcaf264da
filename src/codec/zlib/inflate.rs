//! One direction's inflater. Between two blocks only the history is kept.

use alloc::vec::Vec;

use super::bits::Bits;
use super::codes::{Codes, Dynamic, Fixed, THREE};
use super::tables::{MAX_MATCH, Symbol};
use super::{HEADER_LEN, check_header};
use crate::dialect::Dictionary;
use crate::error::InflateError;

/// What the history may hold beyond the window before it is moved to the front: half as much
/// again, and this at least.
const MIN_SLACK: usize = 4 * 1024;

#[derive(Debug)]
pub(crate) struct Inflater {
    dictionary: &'static Dictionary,
    /// The end of the dictionary and of what was inflated: the window, and some more.
    pub(super) history: Vec<u8>,
    /// What the sender declared; 0 until its first block.
    window: usize,
}

/// What a block inflated to. In both cases the context is in step with the sender's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Inflated {
    Whole(Vec<u8>),
    /// More than was wanted; how much it was.
    Dropped(usize),
}

impl Inflated {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::Dropped(len) => *len,
        }
    }
}

/// The output of one header block: the end of the history, and what had to be moved out of it.
struct Output {
    /// Where in the history it begins.
    start: usize,
    moved: Vec<u8>,
    moved_len: usize,
    wanted: usize,
    limit: usize,
    repeated: Repeated,
}

/// The end of the history as the last match that ran into itself has left it.
#[derive(Default)]
struct Repeated {
    distance: usize,
    /// How many bytes repeat, and where they end: nowhere once the history has been moved.
    len: usize,
    end: usize,
}

impl Inflater {
    pub(crate) const fn new(dictionary: &'static Dictionary) -> Self {
        Self { dictionary, history: Vec::new(), window: 0 }
    }

    /// Inflates the next block of the direction. Output beyond `wanted` bytes is dropped while the
    /// context goes on; beyond `limit` it is an error. After an error the context is lost.
    pub(crate) fn inflate(
        &mut self,
        block: &[u8],
        wanted: usize,
        limit: usize,
    ) -> Result<Inflated, InflateError> {
        let mut rest = block;
        if self.window == 0 {
            self.window = check_header(block, self.dictionary)?;
            let dictionary = self.dictionary.bytes;
            let out_of_reach = dictionary.len().saturating_sub(self.window);
            self.history.extend(dictionary.iter().skip(out_of_reach));
            rest = block.get(HEADER_LEN..).unwrap_or_default();
        }
        let start = self.history.len();
        let repeated = Repeated::default();
        let mut output = Output { start, moved: Vec::new(), moved_len: 0, wanted, limit, repeated };
        let mut bits = Bits::new(rest);
        loop {
            match bits.peek_block_header().ok_or(InflateError::NotFlushed)? {
                0b000 => self.stored(&mut bits, &mut output)?,
                0b010 => {
                    bits.skip_block_header();
                    bits = self.coded(&Fixed, bits, &mut output)?;
                }
                0b100 => self.dynamic(&mut bits, &mut output)?,
                0b110 => return Err(InflateError::Corrupt),
                _ => return Err(InflateError::StreamEnded),
            }
            if output.len(&self.history) > limit {
                return Err(InflateError::TooMuchOutput { limit });
            }
            // Bits left over in the last byte are read as the next block, which has no end.
            if bits.is_at_end() {
                return Ok(output.finish(&self.history));
            }
        }
    }

    fn stored(&mut self, bits: &mut Bits<'_>, output: &mut Output) -> Result<(), InflateError> {
        let mut left = bits.stored_header()?;
        while left > 0 {
            let room = self.make_room(output)?;
            let copied = bits.bytes(left.min(room));
            if copied.is_empty() {
                return Err(InflateError::NotFlushed);
            }
            self.history.extend_from_slice(copied);
            left -= copied.len();
        }
        Ok(())
    }

    /// Apart, for its codes take some stack.
    #[inline(never)]
    fn dynamic(&mut self, bits: &mut Bits<'_>, output: &mut Output) -> Result<(), InflateError> {
        bits.skip_block_header();
        let mut codes = Dynamic::NONE;
        codes.read(bits)?;
        *bits = self.coded(&codes, bits.clone(), output)?;
        Ok(())
    }

    /// The text of a block behind its codes.
    fn coded<'a>(
        &mut self,
        codes: &impl Codes,
        mut bits: Bits<'a>,
        output: &mut Output,
    ) -> Result<Bits<'a>, InflateError> {
        'refill: loop {
            if self.history.capacity() - self.history.len() < MAX_MATCH + 2 {
                self.make_room(output)?;
            }
            bits.refill_to(THREE);
            let mut literals = 0;
            let (base, extra) = loop {
                match codes.symbol(&mut bits)? {
                    Symbol::Literal(byte) => self.history.push(byte),
                    Symbol::Length { base, extra } => break (base, extra),
                    Symbol::EndOfBlock => return Ok(bits),
                    Symbol::Invalid => return Err(InflateError::Corrupt),
                }
                literals += 1;
                if literals == 3 {
                    continue 'refill;
                }
            };
            let len = usize::from(base + bits.take(u32::from(extra))?);
            let (base, extra) = codes.distance(&mut bits)?;
            if base == 0 {
                return Err(InflateError::Corrupt);
            }
            let distance = usize::from(base) + usize::from(bits.take(u32::from(extra))?);
            self.copy_match(distance, len, output)?;
        }
    }

    #[inline]
    fn copy_match(
        &mut self,
        distance: usize,
        len: usize,
        output: &mut Output,
    ) -> Result<(), InflateError> {
        if distance > self.window {
            return Err(InflateError::Corrupt);
        }
        let end = self.history.len();
        let source = end.checked_sub(distance).ok_or(InflateError::Corrupt)?;
        if distance >= len {
            self.history.extend_from_within(source..source + len);
            return Ok(());
        }
        // It runs into what it writes, which is most often one byte.
        if distance == 1 {
            let last = self.history.last().copied().unwrap_or_default();
            self.history.resize(end + len, last);
        } else {
            self.repeat(distance, len, &mut output.repeated);
        }
        Ok(())
    }

    /// A match that runs into what it writes. Text repeats as far as the last match like this one has
    /// written it, and at first each round doubles what there is.
    #[inline(never)]
    fn repeat(&mut self, distance: usize, len: usize, before: &mut Repeated) {
        let end = self.history.len();
        let goes_on = before.end == end && before.distance == distance;
        let known = if goes_on { before.len.min(2 * MAX_MATCH) } else { distance };
        *before = Repeated { distance, len: known + len, end: end + len };
        let whole = known - known % distance;
        if whole >= len {
            let source = end - whole;
            self.history.extend_from_within(source..source + len);
            return;
        }
        self.history.resize(end + len, 0);
        let text = self.history.get_mut(end - distance..).unwrap_or_default();
        let mut known = distance;
        while known < text.len() {
            let len = known.min(text.len() - known);
            text.copy_within(..len, known);
            known += len;
        }
    }

    /// Makes room in the history for a match and two literals at least; returns how much there is.
    fn make_room(&mut self, output: &mut Output) -> Result<usize, InflateError> {
        const LEAST: usize = MAX_MATCH + 2;
        let (len, capacity) = (self.history.len(), self.history.capacity());
        if capacity - len >= LEAST {
            return Ok(capacity - len);
        }
        let largest = self.window + (self.window / 2).max(MIN_SLACK);
        if len + LEAST <= largest {
            let grown = (len + LEAST).max(2 * capacity).min(largest);
            self.history.reserve_exact(grown - len);
        } else {
            output.move_out(&self.history)?;
            let kept = len.saturating_sub(self.window);
            self.history.copy_within(kept.., 0);
            self.history.truncate(len - kept);
            output.start = self.history.len();
            output.repeated = Repeated::default();
        }
        Ok(self.history.capacity() - self.history.len())
    }
}

impl Output {
    fn len(&self, history: &[u8]) -> usize {
        self.moved_len + history.len().saturating_sub(self.start)
    }

    /// Takes what stands in the history, which is about to be moved.
    fn move_out(&mut self, history: &[u8]) -> Result<(), InflateError> {
        let piece = history.get(self.start..).unwrap_or_default();
        self.moved_len += piece.len();
        if self.moved_len > self.limit {
            return Err(InflateError::TooMuchOutput { limit: self.limit });
        }
        if self.moved_len > self.wanted {
            self.moved = Vec::new();
        } else {
            if self.moved.capacity() < self.moved_len {
                let grown = self.moved_len.max(2 * self.moved.capacity()).min(self.wanted);
                self.moved.reserve_exact(grown - self.moved.len());
            }
            self.moved.extend_from_slice(piece);
        }
        Ok(())
    }

    fn finish(mut self, history: &[u8]) -> Inflated {
        let len = self.len(history);
        if len > self.wanted {
            return Inflated::Dropped(len);
        }
        let piece = history.get(self.start..).unwrap_or_default();
        if self.moved.is_empty() {
            return Inflated::Whole(Vec::from(piece));
        }
        self.moved.reserve_exact(piece.len());
        self.moved.extend_from_slice(piece);
        Inflated::Whole(self.moved)
    }
}
