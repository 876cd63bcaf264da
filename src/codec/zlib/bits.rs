//! The bits of a deflate stream, the lowest of each byte first.

use crate::error::InflateError;

pub(super) struct Bits<'a> {
    input: &'a [u8],
    /// How many bytes of the input are in the buffer or behind it.
    taken: usize,
    /// The next bits. Above `count` there may be bits of the input that are not taken yet.
    buffer: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(input: &'a [u8]) -> Self {
        Self { input, taken: 0, buffer: 0, count: 0 }
    }

    /// Takes as many whole bytes into the buffer as fit: 56 bits are there then, or all there are.
    #[inline]
    pub(super) fn refill(&mut self) {
        if let Some(next) = self.rest().first_chunk() {
            self.buffer |= u64::from_le_bytes(*next) << self.count;
            let bytes = (63 - self.count) / 8;
            self.taken += bytes as usize;
            self.count += 8 * bytes;
        } else {
            while let Some(&byte) = self.input.get(self.taken).filter(|_| self.count <= 56) {
                self.buffer |= u64::from(byte) << self.count;
                self.taken += 1;
                self.count += 8;
            }
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
        self.count == 0 && self.taken == self.input.len()
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
        self.skip_block_header();
        self.skip(self.count % 8)?;
        self.refill();
        let (len, check) = (self.take(16)?, self.take(16)?);
        if len != !check {
            return Err(InflateError::Corrupt);
        }
        self.give_back();
        Ok(usize::from(len))
    }

    /// Gives whole bytes back to the input; returns the bits that are left, and what they are.
    pub(super) fn give_back(&mut self) -> (u8, u8) {
        let left = self.count % 8;
        self.taken = self.taken.saturating_sub((self.count / 8) as usize);
        self.buffer &= (1 << left) - 1;
        self.count = left;
        ((left & 7) as u8, (self.buffer & 0xFF) as u8)
    }

    /// Goes on behind what somebody else has read, with so many bits of its last byte.
    pub(super) fn take_over(&mut self, count: u8, buffer: u8) {
        self.count = u32::from(count);
        self.buffer = u64::from(buffer);
    }

    /// The input behind the buffer.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.input.get(self.taken..).unwrap_or_default()
    }

    pub(super) fn skip_bytes(&mut self, count: usize) {
        self.taken = (self.taken + count).min(self.input.len());
    }

    /// Up to so many bytes of the input, where the buffer is empty.
    pub(super) fn bytes(&mut self, most: usize) -> &'a [u8] {
        let rest = self.rest();
        let bytes = rest.get(..most.min(rest.len())).unwrap_or_default();
        self.taken += bytes.len();
        bytes
    }
}
