//! The floor of inflating: miniz_oxide alone.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

const DICTIONARY: &[u8] = include_bytes!("../../testvectors/dictionaries/spdy-v1-v2.bin");

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
