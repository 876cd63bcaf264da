//! The open streams of one side, found by their IDs at the same cost however many there are.
//!
//! Entries stand side by side in pieces, without gaps: memory follows the open streams, never their
//! IDs. The index is open addressing by half the ID, so that IDs which follow each other have slots
//! which follow each other; a hash would scatter them, and one that a peer cannot foresee needs
//! randomness. A peer that picks IDs for one slot gets no more than [`PROBES`] looked at: beyond
//! them they go to a tree.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::rare::Rare;
use super::stream::Stream;
use crate::id::StreamId;

/// Entries of a piece: small enough that a session with few streams takes little.
const PIECE: usize = 32;

/// Slots of the index that an ID may have.
const PROBES: usize = 8;

/// More slots than this are given back when they are not needed.
const KEPT_SLOTS: usize = 128;

const EMPTY: u32 = u32::MAX;

#[derive(Debug, Default)]
pub(super) struct Table {
    pieces: Vec<Vec<Stream>>,
    len: usize,
    /// Positions of entries, or [`EMPTY`]; a power of two, of which at most half are used.
    slots: Box<[u32]>,
    /// Positions of entries that found no slot.
    crowded: Rare<BTreeMap<StreamId, u32>>,
}

impl Table {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn get(&self, id: StreamId) -> Option<&Stream> {
        let position = self.find(id)?;
        self.at(position)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: StreamId) -> Option<&mut Stream> {
        let position = self.find(id)?;
        self.at_mut(position)
    }

    /// Does something with a stream, if there is such: looks at it once where [`Self::get_mut`] looks
    /// twice.
    #[inline]
    pub(super) fn with_mut<T>(
        &mut self,
        id: StreamId,
        work: impl FnOnce(&mut Stream) -> T,
    ) -> Option<T> {
        let home = self.candidates(id).next()?;
        let mut position = *self.slots.get(home)?;
        loop {
            match self.at_mut(position) {
                Some(stream) if stream.id == id => return Some(work(stream)),
                _ => position = self.find_further(id)?,
            }
        }
    }

    /// Adds a stream whose ID is not there.
    pub(super) fn insert(&mut self, stream: Stream) {
        let Ok(position) = u32::try_from(self.len) else {
            return; // There are not so many IDs.
        };
        let id = stream.id;
        self.push(stream);
        if 2 * self.len > self.slots.len() {
            self.rebuild((2 * self.slots.len()).max(8));
        } else {
            self.point(id, position);
        }
    }

    pub(super) fn remove(&mut self, id: StreamId) -> Option<Stream> {
        let position = self.find(id)?;
        self.unpoint(id, position);
        let last = self.pop()?;
        let from = u32::try_from(self.len).unwrap_or(EMPTY);
        let removed = if position == from {
            last
        } else {
            self.unpoint(last.id, from);
            self.point(last.id, position);
            core::mem::replace(self.at_mut(position)?, last)
        };
        self.give_back();
        Some(removed)
    }

    /// All of them, in an order that means nothing.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Stream> {
        self.pieces.iter().flatten()
    }

    // The entries.

    #[inline]
    fn at(&self, position: u32) -> Option<&Stream> {
        let position = position as usize;
        self.pieces.get(position / PIECE)?.get(position % PIECE)
    }

    #[inline]
    fn at_mut(&mut self, position: u32) -> Option<&mut Stream> {
        let position = position as usize;
        self.pieces.get_mut(position / PIECE)?.get_mut(position % PIECE)
    }

    fn push(&mut self, stream: Stream) {
        match self.pieces.get_mut(self.len / PIECE) {
            Some(piece) => piece.push(stream),
            None => {
                // The first one grows with its streams.
                let mut piece = Vec::with_capacity(if self.len == 0 { 4 } else { PIECE });
                piece.push(stream);
                self.pieces.push(piece);
            }
        }
        self.len += 1;
    }

    fn pop(&mut self) -> Option<Stream> {
        self.len = self.len.checked_sub(1)?;
        self.pieces.get_mut(self.len / PIECE)?.pop()
    }

    fn give_back(&mut self) {
        // One empty piece is kept, or a stream that comes and goes might be one allocation each.
        let needed = self.len / PIECE + 1;
        self.pieces.truncate(needed);
        if self.slots.len() > KEPT_SLOTS && 8 * self.len < self.slots.len() {
            self.pieces.shrink_to(needed);
            self.rebuild(self.slots.len() / 2);
        }
    }

    // The index.

    fn candidates(&self, id: StreamId) -> impl Iterator<Item = usize> + use<> {
        let (home, mask) = ((id.get() >> 1) as usize, self.slots.len().wrapping_sub(1));
        (0..PROBES).map(move |step| (home + step) & mask)
    }

    #[inline]
    fn find(&self, id: StreamId) -> Option<u32> {
        let home = self.candidates(id).next()?;
        let position = *self.slots.get(home)?;
        if self.at(position).is_some_and(|stream| stream.id == id) {
            return Some(position);
        }
        self.find_further(id)
    }

    #[cold]
    fn find_further(&self, id: StreamId) -> Option<u32> {
        let is_it = |position: &u32| self.at(*position).is_some_and(|stream| stream.id == id);
        let mut candidates = self.candidates(id).map_while(|slot| self.slots.get(slot).copied());
        let found = candidates.find(|position| *position != EMPTY && is_it(position));
        found.or_else(|| self.crowded.get()?.get(&id).copied())
    }

    fn point(&mut self, id: StreamId, position: u32) {
        for candidate in self.candidates(id) {
            if let Some(slot) = self.slots.get_mut(candidate).filter(|slot| **slot == EMPTY) {
                *slot = position;
                return;
            }
        }
        self.crowded.make().insert(id, position);
    }

    fn unpoint(&mut self, id: StreamId, position: u32) {
        for candidate in self.candidates(id) {
            if let Some(slot) = self.slots.get_mut(candidate).filter(|slot| **slot == position) {
                *slot = EMPTY;
                return;
            }
        }
        if let Some(crowded) = self.crowded.get_mut() {
            crowded.remove(&id);
        }
    }

    fn rebuild(&mut self, slots: usize) {
        self.slots = Box::default(); // Not both at once.
        self.slots = vec![EMPTY; slots].into_boxed_slice();
        self.crowded = Rare::default();
        let pieces = core::mem::take(&mut self.pieces);
        for (position, stream) in (0..).zip(pieces.iter().flatten()) {
            self.point(stream.id, position);
        }
        self.pieces = pieces;
    }
}

#[cfg(test)]
mod tests;
