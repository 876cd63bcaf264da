//! One direction's deflater.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use miniz_oxide::deflate::core::{
    CompressionStrategy, CompressorOxide, TDEFLFlush, compress_to_output,
    create_comp_flags_from_zip_params,
};

use crate::dialect::Dictionary;

/// CMF and FLG (FDICT, and the check bits that make the pair a multiple of 31): a window of 2 KiB
/// is all that a reader of stored blocks ever needs; 32 KiB for miniz_oxide.
const STORED_HEADER: [u8; 2] = [0x38, 0x30];
const DEFLATE_HEADER: [u8; 2] = [0x78, 0xBB];

/// The empty stored block that ends every block of a session: the SYNC_FLUSH.
const FLUSH: [u8; 5] = [0x00, 0x00, 0x00, 0xFF, 0xFF];

/// Whether the header blocks that we send are made smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Blocks are stored: valid zlib, no smaller, and nothing of one header tells on another.
    #[default]
    Off,
    /// Blocks are deflated in the context of all earlier ones, by miniz_oxide.
    ///
    /// Whoever can choose a part of the headers and see the lengths of frames can then guess the
    /// other parts, byte by byte (CRIME, CVE-2012-4929). Use it only where no header is secret.
    /// Costs 320 KB a session from the first block on.
    On,
}

pub(crate) struct Deflater {
    dictionary: &'static Dictionary,
    compression: Compression,
    begun: bool,
    /// There from the first block on, and only with compression.
    compressor: Option<Box<CompressorOxide>>,
}

impl Deflater {
    pub(crate) const fn new(dictionary: &'static Dictionary, compression: Compression) -> Self {
        Self { dictionary, compression, begun: false, compressor: None }
    }

    /// Appends the next block of the direction; `plain` is not empty.
    pub(crate) fn deflate(&mut self, plain: &[u8], out: &mut Vec<u8>) {
        if !self.begun {
            self.begun = true;
            out.extend_from_slice(match self.compression {
                Compression::Off => &STORED_HEADER,
                Compression::On => &DEFLATE_HEADER,
            });
            out.extend_from_slice(&self.dictionary.id);
        }
        match self.compression {
            Compression::Off => store(plain, out),
            Compression::On => {
                let dictionary = self.dictionary.bytes;
                let compressor = self.compressor.get_or_insert_with(|| primed(dictionary));
                compress_to_output(compressor, plain, TDEFLFlush::Sync, |bytes| {
                    out.extend_from_slice(bytes);
                    true
                });
            }
        }
    }
}

/// Stored blocks, and the empty one that every other deflater ends with too.
fn store(plain: &[u8], out: &mut Vec<u8>) {
    for part in plain.chunks(0xFFFF) {
        // At most 0xFFFF by the line above.
        let len = u16::try_from(part.len()).unwrap_or(u16::MAX);
        out.push(0x00);
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(part);
    }
    out.extend_from_slice(&FLUSH);
}

/// A raw compressor whose window holds the dictionary. Static Huffman codes: header blocks are too
/// short to pay for codes of their own.
fn primed(dictionary: &[u8]) -> Box<CompressorOxide> {
    let flags = create_comp_flags_from_zip_params(6, -15, CompressionStrategy::Fixed as i32);
    let mut compressor = Box::new(CompressorOxide::new(flags));
    compress_to_output(&mut compressor, dictionary, TDEFLFlush::Sync, |_| true);
    compressor
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater")
            .field("compression", &self.compression)
            .field("begun", &self.begun)
            .finish_non_exhaustive()
    }
}
