//! Streams in line: one first-in-first-out lane for each priority, the most urgent first.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::id::StreamId;
use crate::priority::Priority;

/// A stream has one place at most. Those that end leave theirs behind; heads of lanes are live at
/// all times, and the rest is swept when most of it is not, so that every operation is O(1) over
/// the life of a stream.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    levels: Vec<VecDeque<StreamId>>,
    places: usize,
    left_behind: usize,
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
        }
    }

    pub(super) fn pop(&mut self) -> Option<StreamId> {
        let stream = self.levels.iter_mut().find_map(VecDeque::pop_front)?;
        self.places -= 1;
        Some(stream)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places == 0
    }

    /// A stream that has a place here has ended.
    pub(super) fn leave(&mut self, live: impl Fn(StreamId) -> bool) {
        self.left_behind += 1;
        if 2 * self.left_behind > self.places {
            self.retain(&live);
        }
        self.prune(live);
    }

    /// Keeps the streams that `stays` says; it is asked once for each place.
    pub(super) fn retain(&mut self, mut stays: impl FnMut(StreamId) -> bool) {
        for lane in &mut self.levels {
            lane.retain(|&stream| stays(stream));
        }
        self.places = self.levels.iter().map(VecDeque::len).sum();
        self.left_behind = 0;
    }

    /// Drops streams from the heads of the lanes for as long as they are not live.
    pub(super) fn prune(&mut self, live: impl Fn(StreamId) -> bool) {
        for lane in &mut self.levels {
            while lane.front().is_some_and(|&stream| !live(stream)) {
                lane.pop_front();
                self.places -= 1;
                self.left_behind = self.left_behind.saturating_sub(1);
            }
        }
    }
}
