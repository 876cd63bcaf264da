//! One direction's inflater. Between two blocks only the history is kept.

use alloc::vec::Vec;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress_with_limit, inflate_flags};

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

const FLAGS: u32 = inflate_flags::TINFL_FLAG_HAS_MORE_INPUT
    | inflate_flags::TINFL_FLAG_IGNORE_ADLER32
    | inflate_flags::TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;

/// While the history grows, a distance beyond its start is refused. Once it is as long as the
/// window it is a ring, and miniz_oxide refuses distances beyond the ring's length.
const GROWING: u32 = FLAGS | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;

#[derive(Debug)]
pub(crate) struct Inflater {
    dictionary: &'static Dictionary,
    /// The end of the dictionary and of what was inflated: at most as much as the window holds.
    pub(super) history: Vec<u8>,
    /// Where the next byte goes.
    next: usize,
    /// The history has been filled and is a ring from now on.
    is_ring: bool,
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

impl Inflater {
    pub(crate) const fn new(dictionary: &'static Dictionary) -> Self {
        Self { dictionary, history: Vec::new(), next: 0, is_ring: false, window: 0 }
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
            self.next = self.history.len();
            rest = block.get(HEADER_LEN..).unwrap_or_default();
        }
        let mut decompressor = DecompressorOxide::new();
        let (mut output, mut total, mut blocks) = (Vec::<u8>::new(), 0usize, 0usize);
        loop {
            let flags = self.make_room();
            let start = self.next;
            let history = &mut self.history;
            let (status, used, written) =
                decompress_with_limit(&mut decompressor, rest, history, start, STEP, flags);
            self.next = start + written;
            rest = rest.get(used..).unwrap_or_default();
            total += written;
            if total > limit {
                return Err(InflateError::TooMuchOutput { limit });
            }
            if total <= wanted {
                let step = self.history.get(start..self.next).unwrap_or_default();
                if output.capacity() < total {
                    let grown = total.max(2 * output.capacity()).min(wanted);
                    output.reserve_exact(grown - output.len());
                }
                output.extend_from_slice(step);
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
        Ok(if total <= wanted { Inflated::Whole(output) } else { Inflated::Dropped(total) })
    }

    /// Makes room for a step, one byte at least; says by flags what the history is.
    fn make_room(&mut self) -> u32 {
        if self.next == self.window {
            self.next = 0;
            self.is_ring = true;
        }
        if self.is_ring {
            return FLAGS;
        }
        let need = (self.next + STEP).min(self.window);
        if need > self.history.capacity() {
            let grown = need.max(2 * self.history.capacity()).min(self.window);
            self.history.reserve_exact(grown - self.history.len());
        }
        if need > self.history.len() {
            self.history.resize(need, 0);
        }
        GROWING
    }
}
