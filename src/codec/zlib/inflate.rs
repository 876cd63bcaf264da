//! One direction's inflater. Between two blocks only the history is kept.

use alloc::vec::Vec;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

use super::{HEADER_LEN, check_header};
use crate::dialect::Dictionary;
use crate::error::InflateError;

/// What one call of miniz_oxide may produce.
const STEP: usize = 4 * 1024;

/// Deflate blocks that a header block may have however little it holds, and bytes that pay for
/// each more. A block costs miniz_oxide two tables, as much as 500 bytes of text; the smallest that
/// honest compressors write hold 127 symbols.
const FREE_BLOCKS: usize = 8;
const BYTES_PER_BLOCK: usize = 64;

/// The output lies behind its history, so a distance before the start is refused, never read.
const FLAGS: u32 = inflate_flags::TINFL_FLAG_HAS_MORE_INPUT
    | inflate_flags::TINFL_FLAG_IGNORE_ADLER32
    | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
    | inflate_flags::TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;

#[derive(Debug)]
pub(crate) struct Inflater {
    dictionary: &'static Dictionary,
    /// The dictionary and what was inflated, at least as far back as the window reaches.
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
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::Dropped(len) => *len,
        }
    }
}

impl Inflater {
    pub(crate) const fn new(dictionary: &'static Dictionary) -> Self {
        Self {
            dictionary,
            history: Vec::new(),
            window: 0,
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
            self.history.extend_from_slice(self.dictionary.bytes);
            rest = block.get(HEADER_LEN..).unwrap_or_default();
        }
        let mut decompressor = DecompressorOxide::new();
        let (mut output, mut total, mut blocks) = (Vec::new(), 0usize, 0usize);
        loop {
            let start = self.make_room();
            let (status, used, written) =
                decompress(&mut decompressor, rest, &mut self.history, start, FLAGS);
            self.history.truncate(start + written);
            rest = rest.get(used..).unwrap_or_default();
            total += written;
            if total > limit {
                return Err(InflateError::TooMuchOutput { limit });
            }
            if total <= wanted {
                output.extend_from_slice(self.history.get(start..).unwrap_or_default());
            } else {
                output = Vec::new();
            }
            match status {
                TINFLStatus::HasMoreOutput => {}
                TINFLStatus::BlockBoundary => {
                    blocks += 1;
                    if blocks > FREE_BLOCKS + total / BYTES_PER_BLOCK {
                        return Err(InflateError::TooManyBlocks);
                    }
                    if rest.is_empty() {
                        break;
                    }
                }
                TINFLStatus::NeedsMoreInput | TINFLStatus::FailedCannotMakeProgress => {
                    return Err(InflateError::NotFlushed);
                }
                TINFLStatus::Done => return Err(InflateError::StreamEnded),
                _ => return Err(InflateError::Corrupt),
            }
        }
        // Bits left over in the last byte: the boundary is not that of a flush.
        match decompressor.block_boundary_state() {
            Some(boundary) if boundary.num_bits == 0 => {}
            _ => return Err(InflateError::NotFlushed),
        }
        Ok(if total <= wanted {
            Inflated::Whole(output)
        } else {
            Inflated::Dropped(total)
        })
    }

    /// Makes room for a step behind the history and returns where it begins.
    fn make_room(&mut self) -> usize {
        let mark = self.window + self.window.clamp(STEP, 4 * STEP);
        if self.history.len() + STEP > mark {
            let stale = self.history.len().saturating_sub(self.window);
            self.history.drain(..stale);
        }
        let start = self.history.len();
        let need = start + STEP;
        if need > self.history.capacity() {
            let grown = need.max(2 * self.history.capacity()).min(mark.max(need));
            self.history.reserve_exact(grown - start);
        }
        self.history.resize(need, 0);
        start
    }
}
