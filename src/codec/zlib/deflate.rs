//! One direction's deflater.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::matcher::Matcher;
use crate::dialect::Dictionary;

/// The windows that the zlib header declares: 2 KiB, the least that all readers take, where nothing
/// refers to anything, and as much as the matcher looks back.
const STORED_WINDOW_BITS: u8 = 11;
const MATCHER_WINDOW_BITS: u8 = 13;

/// The empty stored block that ends every block of a session: the SYNC_FLUSH.
const FLUSH: [u8; 5] = [0x00, 0x00, 0x00, 0xFF, 0xFF];

/// Whether the header blocks that we send are made smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Blocks are stored: valid zlib, no smaller, and nothing of one header tells on another.
    #[default]
    Off,
    /// Blocks are deflated in the context of all earlier ones.
    ///
    /// The values of `cookie`, `set-cookie`, `authorization`, `proxy-authorization` and those that
    /// were [marked](crate::Headers::append_sensitive) stay out of it: nothing refers to a byte of
    /// them and they refer to nothing. So the length of a block tells of such a value its length and
    /// how many of its bytes are not ASCII, and no guess of it changes that (CRIME, CVE-2012-4929).
    /// Other values can be guessed by whoever chooses a part of the headers and sees the lengths of
    /// frames. Costs 20 KB a session from the first block on.
    On,
}

pub(crate) struct Deflater {
    dictionary: &'static Dictionary,
    compression: Compression,
    begun: bool,
    /// There from the first block on, and only with compression.
    matcher: Option<Box<Matcher>>,
}

impl Deflater {
    pub(crate) const fn new(dictionary: &'static Dictionary, compression: Compression) -> Self {
        Self { dictionary, compression, begun: false, matcher: None }
    }

    /// Appends the next block of the direction; `plain` is not empty. The secrets are parts of it, in
    /// order.
    pub(crate) fn deflate(&mut self, plain: &[u8], secrets: &[Range<usize>], out: &mut Vec<u8>) {
        if !self.begun {
            self.begun = true;
            out.extend_from_slice(&match self.compression {
                Compression::Off => zlib_header(STORED_WINDOW_BITS),
                Compression::On => zlib_header(MATCHER_WINDOW_BITS),
            });
            out.extend_from_slice(&self.dictionary.id);
        }
        match self.compression {
            Compression::Off => store(plain, out),
            Compression::On => {
                let dictionary = self.dictionary.bytes;
                let matcher =
                    self.matcher.get_or_insert_with(|| Box::new(Matcher::over(dictionary)));
                matcher.deflate(plain, secrets, out);
            }
        }
    }
}

/// CMF and FLG: a window of so many bits, a dictionary, and the check that makes the pair a multiple
/// of 31 (RFC 1950, section 2.2).
const fn zlib_header(window_bits: u8) -> [u8; 2] {
    let cmf = (window_bits - 8) << 4 | 8;
    let flg = 0x20;
    let rest = u16::from_be_bytes([cmf, flg]) % 31;
    [cmf, flg + (31 - rest.to_be_bytes()[1])]
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

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater")
            .field("compression", &self.compression)
            .field("begun", &self.begun)
            .finish_non_exhaustive()
    }
}
