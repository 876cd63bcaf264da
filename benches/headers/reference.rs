//! What ours is held against.

use std::hint::black_box;

use flate2::FlushCompress;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use spdy::Headers;

use crate::counting::measured;
use crate::headers::{BLOCKS, DICTIONARY, Maker, blocks, lists, parts, plain, zlib};

/// miniz_oxide as the whole of an inflater: its output lies behind its history in one buffer.
pub struct RawMiniz {
    state: Box<DecompressorOxide>,
    buffer: Vec<u8>,
    end: usize,
    begun: bool,
}

impl RawMiniz {
    pub fn new() -> Self {
        let mut buffer = vec![0; 96 * 1024];
        buffer[..DICTIONARY.len()].copy_from_slice(DICTIONARY);
        Self { state: Box::default(), buffer, end: DICTIONARY.len(), begun: false }
    }

    pub fn inflate(&mut self, block: &[u8]) -> &[u8] {
        const FLAGS: u32 = inflate_flags::TINFL_FLAG_HAS_MORE_INPUT
            | inflate_flags::TINFL_FLAG_IGNORE_ADLER32
            | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        // The first one has a zlib header.
        let block = if std::mem::replace(&mut self.begun, true) { block } else { &block[6..] };
        if self.end > 64 * 1024 {
            self.buffer.copy_within(self.end - 32 * 1024..self.end, 0);
            self.end = 32 * 1024;
        }
        let start = self.end;
        let (status, _, written) =
            decompress(&mut self.state, block, &mut self.buffer, start, FLAGS);
        assert_eq!(status, TINFLStatus::NeedsMoreInput);
        self.end += written;
        &self.buffer[start..self.end]
    }
}

/// zlib on what is encoded.
pub fn zlib_encode(lists: &[Headers]) -> u64 {
    let mut zlib = zlib(6);
    let mut block = Vec::with_capacity(1 << 20);
    let plain: Vec<_> = lists.iter().map(plain).collect();
    let (first, rest) = parts(&plain);
    let mut deflate =
        |plain: &Vec<u8>| _ = zlib.compress_vec(plain, &mut block, FlushCompress::Sync).unwrap();
    first.iter().for_each(&mut deflate);
    measured(|| rest.iter().for_each(&mut deflate));
    BLOCKS as u64
}

/// miniz_oxide on the blocks that are decoded.
pub fn raw_miniz(maker: &Maker) -> u64 {
    let blocks = blocks(maker, &lists());
    let (first, rest) = parts(&blocks);
    let mut miniz = RawMiniz::new();
    first.iter().for_each(|block| assert!(!miniz.inflate(block).is_empty()));
    measured(|| rest.iter().for_each(|block| _ = black_box(miniz.inflate(block))));
    BLOCKS as u64
}
