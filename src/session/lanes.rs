//! Streams in line: one first-in-first-out lane for each priority, the most urgent first.

use alloc::vec::Vec;

use super::fifo::Fifo;
use crate::id::StreamId;
use crate::priority::Priority;

/// More places than this are given back when a lane is empty.
const KEPT_PLACES: usize = 256;

/// A stream has one place at most. Those that end leave theirs behind, counted, and the rest is
/// swept when most of it is left behind, so that every operation is O(1) over the life of a stream.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    levels: Vec<Fifo<StreamId>>,
    /// The levels that have places: the bit of the most urgent is the lowest.
    occupied: u8,
    places: u32,
    left_behind: u32,
}

impl Lanes {
    #[inline]
    pub(super) fn push(&mut self, priority: Priority, stream: StreamId) {
        let level = priority.level();
        if self.levels.len() <= usize::from(level) {
            self.add_levels(level);
        }
        if let Some(lane) = self.levels.get_mut(usize::from(level)) {
            lane.push(stream);
            self.places += 1;
            self.occupied |= 1 << level;
        }
    }

    #[cold]
    fn add_levels(&mut self, level: u8) {
        self.levels.resize_with(usize::from(level) + 1, Fifo::default);
    }

    /// Takes out the most urgent stream. `is_live` says which have left their place behind.
    #[inline]
    pub(super) fn pop(&mut self, is_live: impl Fn(StreamId) -> bool) -> Option<StreamId> {
        if self.left_behind > 0 {
            self.skip_dead(is_live);
        }
        self.pop_place()
    }

    /// The most urgent stream, which stays.
    pub(super) fn first(&mut self, is_live: impl Fn(StreamId) -> bool) -> Option<StreamId> {
        if self.left_behind > 0 {
            self.skip_dead(is_live);
        }
        self.first_place()
    }

    #[cold]
    fn skip_dead(&mut self, is_live: impl Fn(StreamId) -> bool) {
        while self.first_place().is_some_and(|stream| !is_live(stream)) {
            self.pop_place();
            self.left_behind = self.left_behind.saturating_sub(1);
        }
    }

    fn first_place(&self) -> Option<StreamId> {
        self.levels.get(self.occupied.trailing_zeros() as usize)?.front().copied()
    }

    #[inline]
    fn pop_place(&mut self) -> Option<StreamId> {
        let lane = self.levels.get_mut(self.occupied.trailing_zeros() as usize)?;
        let stream = *lane.front()?;
        lane.skip();
        self.places -= 1;
        if lane.front().is_none() {
            lane.clear(KEPT_PLACES);
            // The lowest bit.
            self.occupied &= self.occupied.wrapping_sub(1);
        }
        Some(stream)
    }

    /// Whether there are places of this priority, or a more urgent one.
    pub(super) const fn has_equal(&self, priority: Priority) -> bool {
        let less_urgent = 0xFE << priority.level();
        self.occupied & !less_urgent != 0
    }

    /// Whether no live stream is in line.
    pub(super) const fn is_empty(&self) -> bool {
        self.places == self.left_behind
    }

    /// A stream that has a place here has ended, or does not wait any more.
    pub(super) fn leave(&mut self, is_live: impl Fn(StreamId) -> bool) {
        self.left_behind += 1;
        if 2 * self.left_behind > self.places {
            self.sweep(is_live);
        }
    }

    #[cold]
    fn sweep(&mut self, is_live: impl Fn(StreamId) -> bool) {
        (self.places, self.left_behind, self.occupied) = (0, 0, 0);
        for (level, lane) in self.levels.iter_mut().enumerate() {
            lane.retain(|&stream| is_live(stream), KEPT_PLACES);
            self.places += u32::try_from(lane.len()).unwrap_or(u32::MAX);
            self.occupied |= u8::from(lane.len() > 0) << level;
        }
    }
}
