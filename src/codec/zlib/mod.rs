//! The compression contexts: one zlib stream a direction, primed with the dialect's dictionary.
//!
//! | file | what happens there |
//! |---|---|
//! | `inflate` | blocks to bytes |
//! | `codes`, `canonical` | what a block is coded with, and the codes that it describes itself |
//! | `deflate` | bytes to blocks: stored, or through the `matcher` |
//! | `matcher` | matches and literals; secrets stay out of it |
//! | `bits`, `tables` | the bits of a deflate stream, and what the fixed codes mean |
//!
//! The dictionary is the history before the first byte. Header blocks are short, and nearly all of them
//! stored or with fixed codes: what a library does once for a file it would do for each of them. And
//! a peer chooses what they cost.

mod bits;
mod canonical;
mod codes;
mod deflate;
mod inflate;
mod matcher;
mod tables;

pub use deflate::Compression;
pub(super) use deflate::{Deflater, Parts, Sink, copy};
pub(super) use inflate::{Inflated, Inflater};

use crate::dialect::Dictionary;
use crate::error::InflateError;

/// CMF, FLG and DICTID.
const HEADER_LEN: usize = 6;

/// FLG bit: a preset dictionary is named.
const FDICT: u8 = 0x20;

/// Reads the zlib header of a direction's first block (RFC 1950, section 2.2); returns the window
/// that the sender declares, in bytes.
pub(super) fn check_header(block: &[u8], dictionary: &Dictionary) -> Result<usize, InflateError> {
    let Some(&[cmf, flg, ref id @ ..]) = block.first_chunk::<HEADER_LEN>() else {
        return Err(InflateError::Header);
    };
    let (method, info) = (cmf & 0x0F, cmf >> 4);
    if method != 8 || info > 7 || u16::from_be_bytes([cmf, flg]) % 31 != 0 {
        return Err(InflateError::Header);
    }
    if flg & FDICT == 0 {
        return Err(InflateError::NoDictionary);
    }
    if *id != dictionary.id {
        let id = u32::from_be_bytes(*id);
        return Err(InflateError::WrongDictionary { id });
    }
    Ok(1 << (info + 8))
}

#[cfg(test)]
mod tests;
