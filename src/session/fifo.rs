//! First in, first out, for lines that run empty again and again.

use alloc::vec::Vec;

/// A vector of which the first items have left: less work than a ring, as long as it runs empty.
#[derive(Debug)]
pub(super) struct Fifo<T> {
    items: Vec<T>,
    gone: usize,
}

impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Self { items: Vec::new(), gone: 0 }
    }
}

impl<T> Fifo<T> {
    pub(super) fn len(&self) -> usize {
        self.items.len() - self.gone
    }

    #[inline]
    pub(super) fn push(&mut self, item: T) {
        if self.items.len() == self.items.capacity() {
            self.make_room();
        }
        self.items.push(item);
    }

    /// Before it grows, what is gone makes room if that is half of it.
    #[cold]
    fn make_room(&mut self) {
        if 2 * self.gone >= self.items.len() {
            self.items.drain(..self.gone);
            self.gone = 0;
        }
    }

    pub(super) fn iter(&self) -> core::slice::Iter<'_, T> {
        self.items.get(self.gone..).unwrap_or_default().iter()
    }

    #[inline]
    pub(super) fn front(&self) -> Option<&T> {
        self.items.get(self.gone)
    }

    #[inline]
    pub(super) fn front_mut(&mut self) -> Option<&mut T> {
        self.items.get_mut(self.gone)
    }

    /// The first one has left. What it holds is dropped later, with others.
    #[inline]
    pub(super) fn skip(&mut self) {
        self.gone = self.items.len().min(self.gone + 1);
    }

    /// Keeps the first so many.
    pub(super) fn truncate(&mut self, len: usize) {
        self.items.truncate(self.gone + len);
    }

    /// All have left; more places than `kept` are given back.
    #[inline]
    pub(super) fn clear(&mut self, kept: usize) {
        self.gone = 0;
        self.items.clear();
        if self.items.capacity() > kept {
            self.items = Vec::new();
        }
    }

    /// Keeps the items that `stays` says.
    pub(super) fn retain(&mut self, stays: impl FnMut(&T) -> bool, kept: usize) {
        self.items.drain(..self.gone);
        self.gone = 0;
        self.items.retain(stays);
        if self.items.is_empty() {
            self.clear(kept);
        }
    }

    pub(super) fn push_front(&mut self, item: T) {
        self.items.insert(self.gone, item);
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = T> {
        self.items.into_iter().skip(self.gone)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::Fifo;

    #[test]
    fn a_line_that_never_ends_takes_the_room_of_those_who_stand_in_it() {
        let mut line = Fifo::default();
        (0..3).for_each(|item| line.push(item));
        for item in 3..10_000 {
            line.skip();
            line.push(item);
        }
        assert!(line.items.capacity() <= 8);
        assert_eq!(line.into_iter().collect::<Vec<_>>(), [9_997, 9_998, 9_999]);
    }
}
