//! Answers to PINGs: small, and there may be some thousands.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// More than this is given back when all have left.
const KEPT: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Answers {
    bytes: Vec<u8>,
    /// Bytes that have left.
    taken: usize,
    /// How long the frames are.
    lens: VecDeque<u8>,
    /// Bytes of the first one that have left.
    begun: usize,
}

impl Answers {
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.taken
    }

    pub(super) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.taken >= KEPT.max(self.len()) {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
        let start = self.bytes.len();
        write(&mut self.bytes);
        let len = self.bytes.len() - start;
        self.lens.push_back(u8::try_from(len).unwrap_or(u8::MAX));
    }

    pub(super) fn chunk(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    pub(super) fn advance(&mut self, count: usize, mut left: impl FnMut(usize)) {
        self.taken += count;
        self.begun += count;
        while let Some(len) = self.lens.front().map(|len| usize::from(*len)) {
            if self.begun < len {
                return;
            }
            self.begun -= len;
            self.lens.pop_front();
            left(len);
        }
        self.bytes.clear();
        self.taken = 0;
        if self.bytes.capacity() > KEPT {
            *self = Self::default();
        }
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
