//! What most sessions never need: takes memory from its first use on.

use alloc::boxed::Box;

/// A value that is the default until it is made.
#[derive(Debug)]
pub(super) struct Rare<T>(Option<Box<T>>);

impl<T> Default for Rare<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Rare<T> {
    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_deref()
    }

    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }
}

impl<T: Default> Rare<T> {
    pub(super) fn make(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}
