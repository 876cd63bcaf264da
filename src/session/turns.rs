//! Which stream's DATA leaves next, and which streams wait for the peer.
//!
//! SETTINGS move the windows of all streams at once, and a peer can send one after the other, so no
//! such frame looks at all streams. Those whose window has shut stay in line until they are the
//! first, and of those whose window has opened one is let in with each frame that leaves: as many as
//! are let in have waited before, and each of them once.

use alloc::collections::BTreeSet;
use core::cmp::Ordering;

use super::flow::Flow;
use super::lanes::Lanes;
use super::rare::Rare;
use super::stream::{Lane, Stream};
use super::streams::Streams;
use crate::id::StreamId;
use crate::priority::Priority;

#[derive(Debug, Default)]
pub(super) struct Turns {
    /// DATA with a window for it. The first one's is open at all times.
    ready: Lanes,
    /// DATA without, by urgency and by how much of the window is used.
    blocked: Rare<BTreeSet<(u8, i32, StreamId)>>,
    held: u32,
    /// Behind the first one that is ready there may be some whose window has shut.
    may_be_shut: bool,
    /// Among those that are blocked there may be some whose window has opened.
    may_be_open: bool,
}

/// A stream's place among those that are blocked.
const fn key(stream: &Stream) -> (u8, i32, StreamId) {
    (stream.priority.level(), stream.windows.used, stream.id)
}

impl Turns {
    /// A stream with DATA gets in line.
    #[inline]
    pub(super) fn enter(&mut self, stream: &mut Stream, flow: &Flow) {
        if flow.is_open(&stream.windows) {
            stream.lane = Lane::Ready;
            self.ready.push(stream.priority, stream.id);
        } else {
            self.block(stream);
        }
    }

    fn block(&mut self, stream: &mut Stream) {
        stream.lane = Lane::Blocked;
        self.blocked.make().insert(key(stream));
    }

    fn take_blocked(&mut self, place: &(u8, i32, StreamId)) {
        if let Some(blocked) = self.blocked.get_mut() {
            blocked.remove(place);
        }
    }

    fn has_blocked(&self) -> bool {
        self.blocked.get().is_some_and(|blocked| !blocked.is_empty())
    }

    /// A stream waits for its reply.
    pub(super) const fn hold(&mut self, stream: &mut Stream) {
        stream.lane = Lane::Held;
        self.held += 1;
    }

    /// A stream's reply has come: it has no place now.
    pub(super) fn release(&mut self, stream: &mut Stream) {
        stream.lane = Lane::None;
        self.held = self.held.saturating_sub(1);
    }

    /// Takes out a stream that is blocked: its window is about to change, and it has to enter again.
    pub(super) fn unblock(&mut self, stream: &mut Stream) -> bool {
        let is_blocked = stream.lane == Lane::Blocked;
        if is_blocked {
            self.take_blocked(&key(stream));
            stream.lane = Lane::None;
        }
        is_blocked
    }

    /// Takes out the stream whose turn it is.
    pub(super) fn next(&mut self, streams: &mut Streams, flow: &Flow) -> Option<StreamId> {
        let id = self.ready.pop(|id| streams.is_live(id))?;
        self.renew(streams, flow);
        Some(id)
    }

    /// One has left the line: the next one's window is open, or there is no such stream at all.
    #[inline]
    fn renew(&mut self, streams: &mut Streams, flow: &Flow) {
        if self.may_be_shut {
            self.drop_shut(streams, flow);
        }
        if self.may_be_open {
            self.admit(streams, flow);
        }
    }

    /// The windows of all streams have become larger or smaller.
    pub(super) fn windows_moved(&mut self, by: Ordering, streams: &mut Streams, flow: &Flow) {
        match by {
            Ordering::Less if !self.ready.is_empty() => {
                self.may_be_shut = true;
            }
            Ordering::Greater if self.has_blocked() => {
                self.may_be_open = true;
            }
            _ => return,
        }
        self.renew(streams, flow);
    }

    /// Until the first one's window is open.
    fn drop_shut(&mut self, streams: &mut Streams, flow: &Flow) {
        while let Some(id) = self.ready.first(|id| streams.is_live(id)) {
            let Some(stream) = streams.get_mut(id) else { return };
            if flow.is_open(&stream.windows) {
                return;
            }
            self.ready.pop(|_| true);
            self.block(stream);
        }
        self.may_be_shut = false;
    }

    /// Lets in the most urgent stream whose window has opened.
    fn admit(&mut self, streams: &mut Streams, flow: &Flow) {
        for level in Priority::HIGHEST.level()..=Priority::LOWEST.level() {
            let blocked = self.blocked.get().into_iter();
            let mut waiting = blocked.flat_map(|it| it.range((level, i32::MIN, StreamId::ZERO)..));
            let first = waiting.next().copied().filter(|(of, ..)| *of == level);
            let Some(place) = first else { continue };
            let (.., id) = place;
            if let Some(stream) = streams.get_mut(id).filter(|it| flow.is_open(&it.windows)) {
                self.take_blocked(&place);
                stream.lane = Lane::Ready;
                self.ready.push(stream.priority, id);
                return;
            }
        }
        self.may_be_open = false;
    }

    /// A stream has left the table.
    pub(super) fn leave(&mut self, stream: &Stream, streams: &mut Streams, flow: &Flow) {
        match stream.lane {
            Lane::None => {}
            Lane::Ready => {
                self.ready.leave(|id| streams.is_live(id));
                self.renew(streams, flow);
            }
            Lane::Blocked => self.take_blocked(&key(stream)),
            Lane::Held => self.held = self.held.saturating_sub(1),
        }
    }

    /// Whether a stream that is as urgent, or more, is in line.
    pub(super) const fn has_equal(&self, priority: Priority) -> bool {
        self.ready.has_equal(priority) || self.may_be_open
    }

    /// Whether DATA can leave, as far as the windows of streams go.
    pub(super) const fn has_next(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Whether nothing waits, for its turn or for the peer.
    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty() && !self.has_blocked() && self.held == 0
    }
}
