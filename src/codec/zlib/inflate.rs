//! One direction's inflater. Between two blocks only the history is kept.
//!
//! Header blocks are made of stored blocks and of blocks with fixed codes, nearly always: these are
//! decoded here. miniz_oxide would build its tables anew for each, which costs more than the text
//! does, and a block may be ten bits long. It gets the dynamic blocks.

use alloc::vec::Vec;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{
    BlockBoundaryState, DecompressorOxide, decompress, inflate_flags,
};

use super::bits::Bits;
use super::tables::{DISTANCE_BITS, DISTANCE_CODES, MAX_MATCH, SYMBOL_BITS, SYMBOLS, Symbol};
use super::{HEADER_LEN, check_header};
use crate::dialect::Dictionary;
use crate::error::InflateError;

/// What the history may hold beyond the window before it is moved to the front: half as much
/// again, and this at least.
const MIN_SLACK: usize = 4 * 1024;

/// What one call of miniz_oxide may produce.
const STEP: usize = 1024;

/// A dynamic block costs as much as 35 bytes of text for each of its own. A session may have so many
/// in all, one more for each header block, and one more for so many compressed bytes.
const FREE_DYNAMIC_BLOCKS: u64 = 32;
const BYTES_PER_DYNAMIC_BLOCK: u64 = 64;

const FLAGS: u32 = inflate_flags::TINFL_FLAG_HAS_MORE_INPUT
    | inflate_flags::TINFL_FLAG_IGNORE_ADLER32
    | inflate_flags::TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;

/// The output is not a ring, and a distance beyond its start is refused.
const LINEAR: u32 = FLAGS | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;

#[derive(Debug)]
pub(crate) struct Inflater {
    dictionary: &'static Dictionary,
    /// The end of the dictionary and of what was inflated: the window, and some more.
    pub(super) history: Vec<u8>,
    /// What the sender declared; 0 until its first block.
    window: usize,
    /// How many dynamic blocks the session may still have.
    dynamic_blocks: u64,
    /// Compressed bytes that have not paid for one yet.
    unpaid: u64,
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
}

impl Inflater {
    pub(crate) const fn new(dictionary: &'static Dictionary) -> Self {
        Self {
            dictionary,
            history: Vec::new(),
            window: 0,
            dynamic_blocks: FREE_DYNAMIC_BLOCKS,
            unpaid: 0,
        }
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
        self.earn_dynamic_blocks(block.len());
        let start = self.history.len();
        let mut output = Output { start, moved: Vec::new(), moved_len: 0, wanted, limit };
        let mut bits = Bits::new(rest);
        loop {
            match bits.peek_block_header().ok_or(InflateError::NotFlushed)? {
                0b000 => self.stored(&mut bits, &mut output)?,
                0b010 => self.fixed(&mut bits, &mut output)?,
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

    fn earn_dynamic_blocks(&mut self, compressed: usize) {
        self.unpaid += compressed as u64;
        self.dynamic_blocks += 1 + self.unpaid / BYTES_PER_DYNAMIC_BLOCK;
        self.unpaid %= BYTES_PER_DYNAMIC_BLOCK;
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

    fn fixed(&mut self, bits: &mut Bits<'_>, output: &mut Output) -> Result<(), InflateError> {
        bits.skip_block_header();
        loop {
            if self.history.capacity() - self.history.len() < MAX_MATCH + 2 {
                self.make_room(output)?;
            }
            // Two literals and a match take 50 bits at most, and a refill gives 56.
            bits.refill();
            let mut symbol = fixed_symbol(bits)?;
            for _ in 0..2 {
                let Symbol::Literal(byte) = symbol else { break };
                self.history.push(byte);
                symbol = fixed_symbol(bits)?;
            }
            let (base, extra) = match symbol {
                Symbol::Literal(byte) => {
                    self.history.push(byte);
                    continue;
                }
                Symbol::Length { base, extra } => (base, extra),
                Symbol::EndOfBlock => return Ok(()),
                Symbol::Invalid => return Err(InflateError::Corrupt),
            };
            let len = usize::from(base + bits.take(u32::from(extra))?);
            let code = bits.take(DISTANCE_BITS)?;
            let (base, extra) =
                DISTANCE_CODES.get(usize::from(code & 31)).copied().unwrap_or((0, 0));
            if base == 0 {
                return Err(InflateError::Corrupt);
            }
            let distance = usize::from(base) + usize::from(bits.take(u32::from(extra))?);
            self.copy_match(distance, len)?;
        }
    }

    fn copy_match(&mut self, distance: usize, len: usize) -> Result<(), InflateError> {
        if distance > self.window {
            return Err(InflateError::Corrupt);
        }
        let source = self.history.len().checked_sub(distance).ok_or(InflateError::Corrupt)?;
        // A match may run into what it writes: then it repeats, and each round doubles what there is.
        let mut left = len;
        while left > 0 {
            let len = left.min(self.history.len() - source);
            self.history.extend_from_within(source..source + len);
            left -= len;
        }
        Ok(())
    }

    /// Hands a block to miniz_oxide and takes over behind it.
    fn dynamic(&mut self, bits: &mut Bits<'_>, output: &mut Output) -> Result<(), InflateError> {
        self.dynamic_blocks =
            self.dynamic_blocks.checked_sub(1).ok_or(InflateError::TooManyBlocks)?;
        let (num_bits, bit_buf) = bits.give_back();
        let boundary = BlockBoundaryState { num_bits, bit_buf, ..Default::default() };
        let mut decompressor = DecompressorOxide::from_block_boundary_state(&boundary);
        // miniz_oxide takes distances to the start of a linear buffer, and to the length of a ring.
        // The widest window is all that a distance can say; a smaller one is made a ring.
        let mut ring = (self.window < 1 << 15).then(|| Ring::over(&self.history, self.window));
        loop {
            let room = self.make_room(output)?.min(STEP);
            let start = self.history.len();
            let (status, used) = match &mut ring {
                None => {
                    self.history.resize(start + room, 0);
                    let (status, used, written) = decompress(
                        &mut decompressor,
                        bits.rest(),
                        &mut self.history,
                        start,
                        LINEAR,
                    );
                    self.history.truncate(start + written);
                    (status, used)
                }
                Some(ring) => ring.decompress(&mut decompressor, bits.rest(), &mut self.history),
            };
            bits.skip_bytes(used);
            match status {
                TINFLStatus::HasMoreOutput => {}
                TINFLStatus::BlockBoundary => break,
                TINFLStatus::NeedsMoreInput | TINFLStatus::FailedCannotMakeProgress => {
                    return Err(InflateError::NotFlushed);
                }
                TINFLStatus::Done => return Err(InflateError::StreamEnded),
                _ => return Err(InflateError::Corrupt),
            }
        }
        let boundary = decompressor.block_boundary_state().unwrap_or_default();
        bits.take_over(boundary.num_bits, boundary.bit_buf);
        Ok(())
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
        }
        Ok(self.history.capacity() - self.history.len())
    }
}

/// The window as miniz_oxide writes it in turn.
struct Ring {
    bytes: Vec<u8>,
    next: usize,
    is_full: bool,
}

impl Ring {
    fn over(history: &[u8], window: usize) -> Self {
        let kept = history.len().saturating_sub(window);
        let mut bytes = Vec::with_capacity(window);
        bytes.extend_from_slice(history.get(kept..).unwrap_or_default());
        let next = bytes.len() % window;
        let is_full = bytes.len() == window;
        bytes.resize(window, 0);
        Self { bytes, next, is_full }
    }

    /// Appends to the history what one call produces.
    fn decompress(
        &mut self,
        decompressor: &mut DecompressorOxide,
        input: &[u8],
        history: &mut Vec<u8>,
    ) -> (TINFLStatus, usize) {
        let room = (history.capacity() - history.len()).min(self.bytes.len() - self.next);
        let (start, end) = (self.next, self.next + room);
        let (flags, out) = if self.is_full {
            (FLAGS, self.bytes.as_mut_slice())
        } else {
            (LINEAR, self.bytes.get_mut(..end).unwrap_or_default())
        };
        let (status, used, written) = miniz_oxide::inflate::core::decompress_with_limit(
            decompressor,
            input,
            out,
            start,
            room,
            flags,
        );
        history.extend_from_slice(self.bytes.get(start..start + written).unwrap_or_default());
        self.next = start + written;
        if self.next == self.bytes.len() {
            self.next = 0;
            self.is_full = true;
        }
        (status, used)
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
        self.moved.reserve_exact(piece.len());
        self.moved.extend_from_slice(piece);
        Inflated::Whole(self.moved)
    }
}

fn fixed_symbol(bits: &mut Bits<'_>) -> Result<Symbol, InflateError> {
    let next = usize::from(bits.peek(SYMBOL_BITS));
    let (symbol, len) = SYMBOLS.get(next & 511).copied().unwrap_or((Symbol::Invalid, 0));
    bits.skip(u32::from(len))?;
    Ok(symbol)
}
