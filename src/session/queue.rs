//! Frames that wait in the queues of streams, all in one place.
//!
//! A queue is a chain through it, so that a stream with an empty queue, and a frame that comes and
//! goes, take no memory of their own.

use alloc::vec::Vec;

use crate::frame::Frame;

/// More places than this are given back when no frame waits.
const KEPT: usize = 32;

const NONE: u32 = u32::MAX;

/// One stream's frames, in order.
#[derive(Debug)]
pub(super) struct Queue {
    head: u32,
    tail: u32,
    /// The first frame without a place in the line of control frames.
    unplaced: u32,
    /// How many frames at the head have one.
    pub(super) places: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self { head: NONE, tail: NONE, unplaced: NONE, places: 0 }
    }
}

/// The frames of all queues.
#[derive(Debug)]
pub(super) struct Queues {
    nodes: Vec<Node>,
    /// The first of the free nodes.
    free: u32,
    used: usize,
}

/// A place for a frame: with one, or in the chain of free ones.
#[derive(Debug)]
struct Node {
    frame: Option<Frame>,
    next: u32,
}

impl Queues {
    pub(super) const fn new() -> Self {
        Self { nodes: Vec::new(), free: NONE, used: 0 }
    }

    fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    fn node_mut(&mut self, index: u32) -> Option<&mut Node> {
        self.nodes.get_mut(index as usize)
    }

    pub(super) fn push(&mut self, queue: &mut Queue, frame: Frame) {
        let node = Node { frame: Some(frame), next: NONE };
        let index = self.free;
        let index = if let Some(slot) = self.node_mut(index) {
            let free = slot.next;
            *slot = node;
            self.free = free;
            index
        } else {
            self.nodes.push(node);
            u32::try_from(self.nodes.len() - 1).unwrap_or(NONE)
        };
        self.used += 1;
        match self.node_mut(queue.tail) {
            Some(tail) => tail.next = index,
            None => queue.head = index,
        }
        queue.tail = index;
        if queue.unplaced == NONE {
            queue.unplaced = index;
        }
    }

    /// The frame that leaves next.
    pub(super) fn front_mut(&mut self, queue: &Queue) -> Option<&mut Frame> {
        self.node_mut(queue.head)?.frame.as_mut()
    }

    /// The first frame without a place in the line of control frames.
    pub(super) fn unplaced(&self, queue: &Queue) -> Option<&Frame> {
        self.node(queue.unplaced)?.frame.as_ref()
    }

    /// Gives that frame its place.
    pub(super) fn place(&mut self, queue: &mut Queue) {
        queue.unplaced = self.node(queue.unplaced).map_or(NONE, |node| node.next);
        queue.places += 1;
    }

    pub(super) fn pop(&mut self, queue: &mut Queue) -> Option<Frame> {
        let (index, free) = (queue.head, self.free);
        let node = self.node_mut(index)?;
        let frame = node.frame.take();
        let next = core::mem::replace(&mut node.next, free);
        self.free = index;
        self.used -= 1;
        queue.head = next;
        if queue.unplaced == index {
            queue.unplaced = next;
        }
        if next == NONE {
            queue.tail = NONE;
            self.give_back();
        }
        frame
    }

    /// Drops what a stream has queued.
    pub(super) fn clear(&mut self, queue: &mut Queue) {
        while self.pop(queue).is_some() {}
    }

    fn give_back(&mut self) {
        if self.used == 0 && self.nodes.len() > KEPT {
            *self = Self::new();
        }
    }
}
