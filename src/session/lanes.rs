//! Streams in line: one first-in-first-out lane for each priority, the most urgent first.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::id::StreamId;
use crate::priority::Priority;

/// More places than this are given back when a lane is empty.
const KEPT_PLACES: usize = 256;

/// A stream has one place at most. Those that end leave theirs behind, counted, and the rest is
/// swept when most of it is left behind, so that every operation is O(1) over the life of a stream.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    levels: Vec<VecDeque<StreamId>>,
    /// The levels that have places: the bit of the most urgent is the lowest.
    occupied: u8,
    places: u32,
    left_behind: u32,
}

impl Lanes {
    pub(super) fn push(&mut self, priority: Priority, stream: StreamId) {
        let level = usize::from(priority.level());
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, VecDeque::new);
        }
        if let Some(lane) = self.levels.get_mut(level) {
            lane.push_back(stream);
            self.places += 1;
            self.occupied |= 1 << level;
        }
    }

    /// Takes out the most urgent stream. `is_live` says which have left their place behind.
    pub(super) fn pop(&mut self, is_live: impl Fn(StreamId) -> bool) -> Option<StreamId> {
        loop {
            let stream = self.pop_place()?;
            if self.left_behind == 0 || is_live(stream) {
                return Some(stream);
            }
            self.left_behind -= 1;
        }
    }

    /// The most urgent stream, which stays.
    pub(super) fn first(&mut self, is_live: impl Fn(StreamId) -> bool) -> Option<StreamId> {
        loop {
            let lane = self.levels.get(self.occupied.trailing_zeros() as usize)?;
            let stream = *lane.front()?;
            if self.left_behind == 0 || is_live(stream) {
                return Some(stream);
            }
            self.pop_place();
            self.left_behind -= 1;
        }
    }

    fn pop_place(&mut self) -> Option<StreamId> {
        let lane = self.levels.get_mut(self.occupied.trailing_zeros() as usize)?;
        let stream = lane.pop_front()?;
        self.places -= 1;
        if lane.is_empty() {
            // The lowest bit.
            self.occupied &= self.occupied.wrapping_sub(1);
            give_back(lane);
        }
        Some(stream)
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

    fn sweep(&mut self, is_live: impl Fn(StreamId) -> bool) {
        (self.places, self.left_behind, self.occupied) = (0, 0, 0);
        for (level, lane) in self.levels.iter_mut().enumerate() {
            lane.retain(|&stream| is_live(stream));
            self.places += u32::try_from(lane.len()).unwrap_or(u32::MAX);
            self.occupied |= u8::from(!lane.is_empty()) << level;
            give_back(lane);
        }
    }
}

fn give_back(lane: &mut VecDeque<StreamId>) {
    if lane.is_empty() && lane.capacity() > KEPT_PLACES {
        *lane = VecDeque::new();
    }
}
