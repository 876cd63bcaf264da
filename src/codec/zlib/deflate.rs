//! One direction's deflater.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use bytes::BufMut;

use super::HEADER_LEN;
use super::matcher::Matcher;
use crate::dialect::Dictionary;

/// The windows that the zlib header declares: 2 KiB, the least that all readers take, where nothing
/// refers to anything, and as much as the matcher looks back.
const STORED_WINDOW_BITS: u8 = 11;
const MATCHER_WINDOW_BITS: u8 = 13;

/// The empty stored block that ends every block of a session: the SYNC_FLUSH.
const FLUSH: [u8; 5] = [0x00, 0x00, 0x00, 0xFF, 0xFF];

/// What a block has at most beside its parts, if they are no more than one stored block holds.
const AROUND: usize = HEADER_LEN + 5 + FLUSH.len();

/// Whether the header blocks that we send are made smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Blocks are stored: valid zlib, no smaller, and nothing of one header tells on another.
    Off,
    /// Blocks are deflated in the context of all earlier ones.
    ///
    /// The values of `cookie`, `set-cookie`, `authorization`, `proxy-authorization` and those that
    /// were [marked](crate::Headers::append_sensitive) stay out of it: nothing refers to a byte of
    /// them and they refer to nothing. So the length of a block tells of such a value its length and
    /// how many of its bytes are not ASCII, and no guess of it changes that (CRIME, CVE-2012-4929).
    /// Other values can be guessed by whoever chooses a part of the headers and sees the lengths of
    /// frames. Costs 20 KB a session from the first block on.
    #[default]
    On,
}

/// What a block says, part by part.
pub(crate) trait Parts {
    /// How many bytes they have.
    fn len(&self) -> usize;

    fn write(&self, sink: &mut impl Sink);
}

/// Takes the parts of a block in order.
pub(crate) trait Sink {
    /// Whether it makes a difference which parts are secret.
    const TELLS_SECRETS: bool;

    fn public(&mut self, bytes: &[u8]);

    /// Bytes that stay out of the context.
    fn secret(&mut self, bytes: &[u8]);
}

pub(crate) struct Deflater {
    compression: Compression,
    begun: bool,
    /// There from the first block on, and only with compression.
    pub(super) matcher: Option<Box<Matcher>>,
}

impl Deflater {
    pub(crate) const fn new(compression: Compression) -> Self {
        Self { compression, begun: false, matcher: None }
    }

    pub(crate) const fn compression(&self) -> Compression {
        self.compression
    }

    /// Whether there was a block.
    pub(crate) const fn has_begun(&self) -> bool {
        self.begun
    }

    /// Appends the next block of the direction, flushed; the dictionary is that of all blocks.
    pub(crate) fn deflate(
        &mut self,
        dictionary: &Dictionary,
        parts: &impl Parts,
        out: &mut Vec<u8>,
    ) {
        out.reserve(parts.len() + AROUND);
        if !self.begun {
            self.begun = true;
            out.put_slice(&match self.compression {
                Compression::Off => zlib_header(STORED_WINDOW_BITS),
                Compression::On => zlib_header(MATCHER_WINDOW_BITS),
            });
            out.put_slice(&dictionary.id);
        }
        match self.compression {
            Compression::Off => store(parts, out),
            Compression::On => {
                let matcher =
                    self.matcher.get_or_insert_with(|| Box::new(Matcher::over(dictionary)));
                let mut block = matcher.begin(out);
                parts.write(&mut block);
                block.finish();
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

/// The most that one stored block holds.
const MAX_STORED: usize = 0xFFFF;

/// Appends stored blocks, as many as it takes, and the empty one that every other deflater ends with
/// too.
fn store(parts: &impl Parts, out: &mut Vec<u8>) {
    let len = parts.len();
    out.put_slice(&stored_header(len));
    let start = out.len();
    copy(parts, out);
    if len > MAX_STORED {
        for piece in out.split_off(start + MAX_STORED).chunks(MAX_STORED) {
            out.put_slice(&stored_header(piece.len()));
            out.put_slice(piece);
        }
    }
    out.put_slice(&FLUSH);
}

/// Appends the parts as they are.
pub(crate) fn copy(parts: &impl Parts, out: &mut Vec<u8>) {
    out.reserve(parts.len());
    parts.write(out);
}

/// LEN and NLEN behind the bits of the block's kind.
fn stored_header(len: usize) -> [u8; 5] {
    let len = u16::try_from(len).unwrap_or(u16::MAX); // `MAX_STORED` where it is more
    let [[a, b], [c, d]] = [len.to_le_bytes(), (!len).to_le_bytes()];
    [0x00, a, b, c, d]
}

impl Sink for Vec<u8> {
    const TELLS_SECRETS: bool = false;

    #[inline]
    fn public(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    #[inline]
    fn secret(&mut self, bytes: &[u8]) {
        self.public(bytes);
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater")
            .field("compression", &self.compression)
            .field("begun", &self.begun)
            .finish_non_exhaustive()
    }
}
