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
    /// Which of the frames it is, of which there is no payload here; or DATA, with or without FIN.
    what: u32,
}

const DATA: u32 = u32::MAX;
const DATA_FIN: u32 = u32::MAX - 1;

/// A frame that leaves its queue.
pub(super) enum Taken {
    /// Bytes of DATA, and whether its FIN goes with them.
    Data(Bytes, bool),
    Control(Frame),
}

impl Queues {
    pub(super) fn push(&mut self, queue: &mut Queue, frame: Frame) {
        let what = self.frames.insert(frame);
        self.chain(queue, Link { payload: Bytes::new(), next: NONE, what });
    }

    /// Adds DATA; says whether it is the first frame without a place in the line of control frames.
    #[inline]
    pub(super) fn push_data(&mut self, queue: &mut Queue, payload: Bytes, fin: bool) -> bool {
        let is_first = queue.unplaced == NONE;
        let what = if fin { DATA_FIN } else { DATA };
        self.chain(queue, Link { payload, next: NONE, what });
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

    /// Takes up to so many bytes of the DATA that leaves next, and says whether its FIN goes with them.
    #[inline]
    pub(super) fn take_data(&mut self, queue: &mut Queue, most: usize) -> Option<(Bytes, bool)> {
        let link = self.links.get_mut(queue.head)?;
        if link.payload.len() > most {
            return Some((link.payload.split_to(most), false));
        }
        let link = self.unchain(queue)?;
        Some((link.payload, link.what == DATA_FIN))
    }

    /// Takes the frame that leaves next.
    pub(super) fn take(&mut self, queue: &mut Queue) -> Option<Taken> {
        let Link { payload, what, .. } = self.unchain(queue)?;
        match what {
            DATA | DATA_FIN => Some(Taken::Data(payload, what == DATA_FIN)),
            frame => self.frames.remove(frame).map(Taken::Control),
        }
    }

    #[inline]
    fn unchain(&mut self, queue: &mut Queue) -> Option<Link> {
        let index = queue.head;
        let link = self.links.remove(index)?;
        queue.head = link.next;
        if queue.unplaced == index {
            queue.unplaced = link.next;
        }
        if link.next == NONE {
            queue.tail = NONE;
        }
        Some(link)
    }

    /// Drops what a stream has queued.
    pub(super) fn clear(&mut self, queue: &mut Queue) {
        while self.take(queue).is_some() {}
    }
}
