//! The bits of a deflate stream, the lowest of each byte first.

use alloc::vec::Vec;
use bytes::BufMut;

use super::tables::{DISTANCE, DISTANCE_BITS, LENGTH, LITERAL, MIN_MATCH, distance_symbol};
use crate::error::InflateError;

/// Reads the bits of blocks.
#[derive(Clone)]
pub(super) struct Bits<'a> {
    input: &'a [u8],
    /// What is behind the bytes in the buffer.
    rest: &'a [u8],
    /// The next bits. Above `count` there may be bits of the input that are not taken yet.
    buffer: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(input: &'a [u8]) -> Self {
        Self { input, rest: input, buffer: 0, count: 0 }
    }

    /// Takes as many whole bytes into the buffer as fit: 56 bits are there then, or all there are.
    #[inline]
    pub(super) fn refill(&mut self) {
        if let Some(next) = self.rest.first_chunk() {
            self.buffer |= u64::from_le_bytes(*next) << self.count;
            let bytes = ((63 - self.count) / 8) & 7;
            self.rest = self.rest.get(bytes as usize..).unwrap_or_default();
            self.count += 8 * bytes;
        } else {
            self.refill_at_end();
        }
    }

    /// The same where fewer bytes are left than a word has.
    fn refill_at_end(&mut self) {
        let left = self.rest.len();
        let next = match self.input.last_chunk() {
            // They are the upper ones of the last word.
            Some(last) => u64::from_le_bytes(*last).checked_shr(64 - 8 * u32::from(low(left))),
            None => Some(self.rest.iter().rev().fold(0, |next, byte| next << 8 | u64::from(*byte))),
        };
        self.buffer |= next.unwrap_or_default() << self.count;
        let bytes = left.min((63 - self.count) as usize / 8);
        self.rest = self.rest.get(bytes..).unwrap_or_default();
        self.count += 8 * u32::from(low(bytes));
    }

    /// The same where there are fewer bits.
    #[inline]
    pub(super) fn refill_to(&mut self, bits: u32) {
        if self.count < bits {
            self.refill();
        }
    }

    /// The next bits, zeros beyond the end of the input.
    #[inline]
    pub(super) const fn peek(&self, bits: u32) -> u16 {
        (self.buffer & ((1 << bits) - 1) & 0xFFFF) as u16
    }

    #[inline]
    pub(super) fn skip(&mut self, bits: u32) -> Result<(), InflateError> {
        self.count = self.count.checked_sub(bits).ok_or(InflateError::NotFlushed)?;
        self.buffer >>= bits;
        Ok(())
    }

    /// Up to 16 bits.
    #[inline]
    pub(super) fn take(&mut self, bits: u32) -> Result<u16, InflateError> {
        let value = self.peek(bits);
        self.skip(bits)?;
        Ok(value)
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.count == 0 && self.rest.is_empty()
    }

    /// The three bits that begin a block, if there are as many.
    pub(super) fn peek_block_header(&mut self) -> Option<u16> {
        self.refill();
        (self.count >= 3).then(|| self.peek(3))
    }

    pub(super) fn skip_block_header(&mut self) {
        self.count = self.count.saturating_sub(3);
        self.buffer >>= 3;
    }

    /// The length of a stored block, whose bytes follow.
    pub(super) fn stored_header(&mut self) -> Result<usize, InflateError> {
        // What is left of a byte goes; whole ones are given back to the input.
        let back = self.rest.len() + (self.count.saturating_sub(3) / 8) as usize;
        let rest = self.input.get(self.input.len() - back..).unwrap_or_default();
        (self.buffer, self.count) = (0, 0);
        let (header, rest) = rest.split_first_chunk().ok_or(InflateError::NotFlushed)?;
        let [a, b, c, d] = *header;
        self.rest = rest;
        let (len, check) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
        if len == !check { Ok(usize::from(len)) } else { Err(InflateError::Corrupt) }
    }

    /// Up to so many bytes of the input, where the buffer is empty.
    pub(super) fn bytes(&mut self, most: usize) -> &'a [u8] {
        let (bytes, rest) =
            self.rest.split_at_checked(most).unwrap_or((self.rest, Default::default()));
        self.rest = rest;
        bytes
    }
}

/// The bits that ASCII has, and the code of its first character, eight times.
const ASCII: u64 = u64::from_ne_bytes([0x7F; 8]);
const FIRST_CODES: u64 = u64::from_ne_bytes([0x30; 8]);

/// Writes the bits of blocks with fixed codes.
pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    buffer: u64,
    count: u32,
}

impl<'a> Writer<'a> {
    pub(super) const fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, buffer: 0, count: 0 }
    }

    /// Up to 32 bits.
    #[inline]
    pub(super) fn put(&mut self, code: u32, bits: u32) {
        self.buffer |= u64::from(code) << self.count;
        self.count += bits;
        if self.count >= 32 {
            self.out.put_u32_le((self.buffer & 0xFFFF_FFFF) as u32);
            self.buffer >>= 32;
            self.count -= 32;
        }
    }

    pub(super) fn literals(&mut self, mut bytes: &[u8]) {
        // The codes of ASCII have eight bits, the first one lowest, and follow each other.
        while let Some((eight, rest)) = bytes.split_first_chunk() {
            let word = u64::from_le_bytes(*eight);
            if word & ASCII == word {
                let codes = (word + FIRST_CODES).reverse_bits().swap_bytes();
                self.out.put_u64_le(self.buffer | codes << self.count);
                self.buffer = codes >> 1 >> (63 - self.count);
            } else {
                eight.iter().for_each(|byte| self.literal(*byte));
            }
            bytes = rest;
        }
        bytes.iter().for_each(|byte| self.literal(*byte));
    }

    #[inline]
    fn literal(&mut self, byte: u8) {
        let (code, bits) = LITERAL.get(usize::from(byte)).copied().unwrap_or_default();
        self.put(code.into(), bits.into());
    }

    #[inline]
    pub(super) fn copy(&mut self, len: usize, distance: usize) {
        let (code, bits) = LENGTH.get(len - MIN_MATCH).copied().unwrap_or_default();
        let (distance_code, base, extra) =
            DISTANCE.get(distance_symbol(distance)).copied().unwrap_or_default();
        let rest = u32::from(low(distance) - base);
        let distance_bits = u32::from(distance_code) | rest << DISTANCE_BITS;
        self.put(
            u32::from(code) | distance_bits << bits,
            u32::from(bits) + DISTANCE_BITS + u32::from(extra),
        );
    }

    /// An empty stored block: everything before it can be read.
    pub(super) fn flush(&mut self) {
        self.put(0, 3);
        self.put(0, (8 - self.count % 8) % 8);
        while self.count > 0 {
            self.out.put_u8((self.buffer & 0xFF) as u8);
            self.buffer >>= 8;
            self.count -= 8;
        }
        self.out.put_slice(&[0x00, 0x00, 0xFF, 0xFF]);
    }
}

/// All of a number that is known to be small.
#[inline]
pub(super) const fn low(number: usize) -> u16 {
    (number as u64 & 0xFFFF) as u16
}
