//! Streams in line: one first-in-first-out lane for each priority, the most urgent first.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::id::StreamId;
use crate::priority::Priority;

#[derive(Debug, Default)]
pub(super) struct Lanes {
    levels: Vec<VecDeque<StreamId>>,
}

impl Lanes {
    pub(super) fn push(&mut self, priority: Priority, stream: StreamId) {
        let level = usize::from(priority.level());
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, VecDeque::new);
        }
        if let Some(lane) = self.levels.get_mut(level) {
            lane.push_back(stream);
        }
    }

    pub(super) fn pop(&mut self) -> Option<StreamId> {
        self.levels.iter_mut().find_map(VecDeque::pop_front)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.levels.iter().all(VecDeque::is_empty)
    }

    pub(super) fn clear(&mut self) {
        self.levels.clear();
    }

    /// Drops streams from the heads of the lanes for as long as they are not `live`.
    pub(super) fn prune(&mut self, live: impl Fn(StreamId) -> bool) {
        for lane in &mut self.levels {
            while lane.front().is_some_and(|&stream| !live(stream)) {
                lane.pop_front();
            }
        }
    }
}
