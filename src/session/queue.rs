//! Frames that wait in the queues of streams, all in one place.
//!
//! A queue is a chain through it, so that a stream with an empty queue, and a frame that comes and
//! goes, take no memory of their own.

use bytes::Bytes;

use super::slab::{NONE, Slab};
use crate::frame::Frame;

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
#[derive(Debug, Default)]
pub(super) struct Queues {
    links: Slab<Link>,
    frames: Slab<Frame>,
}

/// A frame in its queue. Most are DATA, and what they are takes least.
#[derive(Debug)]
struct Link {
    payload: Bytes,
    next: u32,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Data {
        fin: bool,
    },
    /// Which of the frames it is; there is no payload.
    Control(u32),
}

/// A frame that leaves its queue.
pub(super) enum Taken {
    /// Bytes of DATA, and whether its FIN goes with them.
    Data(Bytes, bool),
    Control(Frame),
}

impl Queues {
    pub(super) fn push(&mut self, queue: &mut Queue, frame: Frame) {
        let what = What::Control(self.frames.insert(frame));
        self.chain(queue, Link { payload: Bytes::new(), next: NONE, what });
    }

    /// Adds DATA; says whether it is the first frame without a place in the line of control frames.
    #[inline]
    pub(super) fn push_data(&mut self, queue: &mut Queue, payload: Bytes, fin: bool) -> bool {
        let is_first = queue.unplaced == NONE;
        self.chain(queue, Link { payload, next: NONE, what: What::Data { fin } });
        is_first
    }

    #[inline]
    fn chain(&mut self, queue: &mut Queue, link: Link) {
        let index = self.links.insert(link);
        match self.links.get_mut(queue.tail) {
            Some(tail) => tail.next = index,
            None => queue.head = index,
        }
        queue.tail = index;
        if queue.unplaced == NONE {
            queue.unplaced = index;
        }
    }

    /// Whether the first frame without a place in the line of control frames is DATA with bytes: what
    /// windows are for. `None` if all have one.
    pub(super) fn needs_window(&self, queue: &Queue) -> Option<bool> {
        let link = self.links.get(queue.unplaced)?;
        Some(!link.payload.is_empty())
    }

    /// Gives that frame its place.
    pub(super) fn place(&mut self, queue: &mut Queue) {
        queue.unplaced = self.links.get(queue.unplaced).map_or(NONE, |link| link.next);
        queue.places += 1;
    }

    /// Whether DATA with bytes leaves next.
    #[inline]
    pub(super) fn has_data(&self, queue: &Queue) -> bool {
        self.links.get(queue.head).is_some_and(|link| !link.payload.is_empty())
    }

    /// Takes the frame that leaves next, of DATA up to so many bytes.
    #[inline]
    pub(super) fn take(&mut self, queue: &mut Queue, most: usize) -> Option<Taken> {
        let link = self.links.get_mut(queue.head)?;
        if link.payload.len() > most {
            return Some(Taken::Data(link.payload.split_to(most), false));
        }
        let index = queue.head;
        let Link { payload, next, what } = self.links.remove(index)?;
        queue.head = next;
        if queue.unplaced == index {
            queue.unplaced = next;
        }
        if next == NONE {
            queue.tail = NONE;
        }
        match what {
            What::Data { fin } => Some(Taken::Data(payload, fin)),
            What::Control(frame) => self.frames.remove(frame).map(Taken::Control),
        }
    }

    /// Drops what a stream has queued.
    pub(super) fn clear(&mut self, queue: &mut Queue) {
        while self.take(queue, usize::MAX).is_some() {}
    }
}
