//! Answers to PINGs: small, and there may be some thousands.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// More than this is given back when all have left.
const KEPT: usize = 1024;

/// What the bytes may take before they have to: a peer that does not read must not make them take
/// twice what they are.
const DOUBLED: usize = 64 * 1024;

#[derive(Debug, Default)]
pub(super) struct Answers {
    /// What has not left.
    bytes: VecDeque<u8>,
    /// Where the next answer is written.
    next: Vec<u8>,
    /// How long the frames are.
    lens: VecDeque<u8>,
    /// Bytes of the first one that have left.
    begun: usize,
}

impl Answers {
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.next.clear();
        write(&mut self.next);
        let (len, next) = (self.bytes.len(), self.next.len());
        if self.bytes.capacity() < len + next {
            let more = (2 * len).min(DOUBLED).saturating_sub(len);
            self.bytes.reserve_exact(more.max(next));
        }
        self.bytes.extend(&self.next);
        self.lens.push_back(u8::try_from(next).unwrap_or(u8::MAX));
    }

    /// The bytes in order, in two parts.
    pub(super) fn parts(&self) -> [&[u8]; 2] {
        let (first, last) = self.bytes.as_slices();
        [first, last]
    }

    pub(super) fn advance(&mut self, count: usize, mut left: impl FnMut(usize)) {
        self.bytes.drain(..count.min(self.bytes.len()));
        self.begun += count;
        while let Some(len) = self.lens.front().map(|len| usize::from(*len)) {
            if self.begun < len {
                return;
            }
            self.begun -= len;
            self.lens.pop_front();
            left(len);
        }
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
        self.bytes.truncate(rest);
        is_last
    }
}
