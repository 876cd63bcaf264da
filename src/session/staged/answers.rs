//! Answers to PINGs: small, and there may be some thousands.

use alloc::vec::Vec;

use super::super::fifo::Fifo;

/// More bytes and answers than this are given back when all have left.
const KEPT: usize = 1024;

/// What the bytes may take before they have to: a peer that does not read must not make them take
/// twice what they are.
const DOUBLED: usize = 64 * 1024;

#[derive(Debug, Default)]
pub(super) struct Answers {
    bytes: Vec<u8>,
    /// How many of the bytes have left.
    taken: usize,
    /// How long the frames are.
    lens: Fifo<u8>,
    /// Bytes of the first one that have left.
    begun: usize,
}

impl Answers {
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.taken
    }

    /// An answer of so many bytes, which `write` appends.
    #[inline]
    pub(super) fn push(&mut self, len: usize, write: impl FnOnce(&mut Vec<u8>)) {
        if self.bytes.capacity() - self.bytes.len() < len {
            self.make_room(len);
        }
        write(&mut self.bytes);
        self.lens.push(u8::try_from(len).unwrap_or(u8::MAX));
    }

    #[cold]
    fn make_room(&mut self, least: usize) {
        if self.taken >= self.len() {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
        let len = self.bytes.len();
        self.bytes.reserve_exact((2 * len).min(DOUBLED).saturating_sub(len).max(least));
    }

    /// What has not left.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn advance(&mut self, count: usize, mut left: impl FnMut(usize)) {
        self.taken += count.min(self.len());
        self.begun += count;
        while let Some(len) = self.lens.front().map(|len| usize::from(*len)) {
            if self.begun < len {
                return;
            }
            self.begun -= len;
            self.lens.skip();
            left(len);
        }
        self.clear();
    }

    /// All have left.
    fn clear(&mut self) {
        (self.taken, self.begun) = (0, 0);
        self.bytes.clear();
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        self.lens.clear(KEPT);
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// All but the rest of one that has begun; says whether there was nothing else.
    pub(super) fn drop_all(&mut self) -> bool {
        let kept = usize::from(self.begun > 0);
        let is_last = self.lens.len() == kept;
        self.lens.truncate(kept);
        let rest = self.lens.front().map_or(0, |len| usize::from(*len) - self.begun);
        self.bytes.truncate(self.taken + rest);
        is_last
    }
}
