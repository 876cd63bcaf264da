//! Frames one behind the other: small ones copied together, large payloads where they are.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use bytes::{Buf, Bytes};

use super::MAX_BYTES;
use crate::frame::FLAG_FIN;
use crate::id::StreamId;

/// More than so many bytes, frames and payloads are given back when all have left.
const KEPT_BYTES: usize = 2048;
const KEPT_FRAMES: usize = 128;
const KEPT_PAYLOADS: usize = 32;

/// More bytes that have left than this are not kept in front of others.
const MAX_TAKEN: usize = 4096;

/// Room for any frame without a header block or a payload.
const ROOM: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Line {
    /// Everything but the payloads below, in order.
    bytes: Vec<u8>,
    /// How many of the bytes have left.
    taken: usize,
    payloads: VecDeque<Payload>,
    /// How many of the bytes stand behind the last payload.
    behind: usize,
    frames: VecDeque<Frame>,
    /// Bytes of the first frame that have left.
    begun: usize,
    /// Bytes that have not left, payloads and all.
    len: usize,
    /// How many bytes there were when all had left: so many are expected again.
    usual: usize,
}

/// A payload that is not copied.
#[derive(Debug)]
struct Payload {
    /// How many of the bytes stand before it, behind the payload before.
    before: usize,
    data: Bytes,
}

/// What has to be known of a frame when it leaves, or when its stream dies before.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Frame {
    kind: Kind,
    /// The stream of DATA, or of which this is our last frame.
    stream: StreamId,
    len: u32,
    /// How much of that is the payload of DATA.
    payload: u32,
    /// The payload is not among the bytes.
    is_apart: bool,
    /// Where in a control frame the flags stand.
    flags_at: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Kind {
    Plain,
    Data,
    /// A control frame whose FIN ends our half of its stream.
    Last,
    /// Nothing overtakes it: HELLO.
    First,
    /// An answer to a PING.
    Echo,
    /// A FIN_STREAM that the peer provoked.
    Answer,
    /// The caller's FIN_STREAM for a stream of the peer's.
    Refusal,
}

impl Frame {
    pub(in crate::session) const fn of(kind: Kind) -> Self {
        let stream = StreamId::ZERO;
        Self { kind, stream, len: 0, payload: 0, is_apart: false, flags_at: 0 }
    }

    /// A control frame with FIN.
    pub(in crate::session) const fn last(stream: StreamId) -> Self {
        Self { stream, ..Self::of(Kind::Last) }
    }

    const fn len(&self) -> usize {
        self.len as usize
    }

    /// How much of it is among the bytes.
    const fn copied(&self) -> usize {
        let apart = if self.is_apart { self.payload } else { 0 };
        self.len.saturating_sub(apart) as usize
    }

    fn is_data_of(&self, id: StreamId) -> bool {
        self.kind == Kind::Data && self.stream == id
    }
}

impl Line {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// How many frames have not left.
    pub(super) fn frames(&self) -> usize {
        self.frames.len()
    }

    pub(super) fn push(&mut self, frame: Frame, write: impl FnOnce(&mut Vec<u8>) -> usize) {
        self.make_room(ROOM);
        let start = self.bytes.len();
        let flags_at = u8::try_from(write(&mut self.bytes)).unwrap_or_default();
        self.add(Frame { flags_at, ..frame }, self.bytes.len() - start, None);
    }

    pub(super) fn push_data(
        &mut self,
        stream: StreamId,
        payload: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Option<Bytes>,
    ) {
        self.make_room(ROOM);
        let start = self.bytes.len();
        let apart = write(&mut self.bytes);
        let frame = Frame { stream, payload: as_u32(payload), ..Frame::of(Kind::Data) };
        self.add(frame, self.bytes.len() - start, apart);
    }

    pub(super) fn push_first(&mut self, write: impl FnOnce(&mut Vec<u8>) -> usize) {
        let mut bytes = Vec::new();
        write(&mut bytes);
        let len = bytes.len();
        self.frames.push_front(Frame { len: as_u32(len), ..Frame::of(Kind::First) });
        match self.payloads.front_mut() {
            Some(payload) => payload.before += len,
            None => self.behind += len,
        }
        self.len += len;
        self.bytes.splice(self.taken..self.taken, bytes);
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The buffer begins as large as the last one was used, doubles, and stops at what is staged.
    fn make_room(&mut self, room: usize) {
        if self.taken >= MAX_TAKEN.max(self.bytes.len() - self.taken) {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
        let len = self.bytes.len();
        if self.bytes.capacity() - len < room {
            let most = (MAX_BYTES + ROOM).saturating_sub(len);
            self.bytes.reserve_exact(len.max(self.usual).min(most).max(room));
        }
    }

    fn add(&mut self, frame: Frame, copied: usize, apart: Option<Bytes>) {
        self.behind += copied;
        let mut len = copied;
        let is_apart = apart.is_some();
        if let Some(data) = apart {
            len += data.len();
            let before = core::mem::take(&mut self.behind);
            self.payloads.push_back(Payload { before, data });
        }
        self.len += len;
        self.frames.push_back(Frame { len: as_u32(len), is_apart, ..frame });
    }

    /// How much is left of a first frame that nothing overtakes.
    pub(super) fn rest_of_begun(&self) -> usize {
        let front = self.frames.front();
        let is_begun = |frame: &&Frame| self.begun > 0 || frame.kind == Kind::First;
        front.filter(is_begun).map_or(0, |frame| frame.len() - self.begun)
    }

    pub(super) fn chunk(&self) -> &[u8] {
        let (run, payload) = match self.payloads.front() {
            Some(payload) => (payload.before, &payload.data[..]),
            None => (self.behind, &[][..]),
        };
        match run {
            0 => payload,
            run => self.bytes.get(self.taken..self.taken + run).unwrap_or_default(),
        }
    }

    #[cfg(any(feature = "std", test))]
    /// The bytes in order; a part may be empty.
    pub(super) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let mut at = self.taken;
        let before = self.payloads.iter().flat_map(move |payload| {
            let run = self.bytes.get(at..at + payload.before).unwrap_or_default();
            at += payload.before;
            [run, &payload.data[..]]
        });
        let behind = self.bytes.get(self.bytes.len() - self.behind..).unwrap_or_default();
        before.chain([behind])
    }

    pub(super) fn advance(&mut self, count: usize, mut left: impl FnMut(Kind, usize)) {
        if count >= self.len {
            self.frames.iter().for_each(|frame| left(frame.kind, frame.len()));
            self.clear();
            return;
        }
        self.len -= count;
        self.take(count);
        self.begun += count;
        while let Some(frame) = self.frames.front().filter(|frame| frame.len() <= self.begun) {
            self.begun -= frame.len();
            left(frame.kind, frame.len());
            self.frames.pop_front();
        }
    }

    /// Takes so many bytes off the front, of which there are more.
    fn take(&mut self, mut count: usize) {
        loop {
            let payload = self.payloads.front_mut();
            let (run, payload) = match payload {
                Some(Payload { before, data }) => (before, Some(data)),
                None => (&mut self.behind, None),
            };
            let taken = count.min(*run);
            *run -= taken;
            self.taken += taken;
            count -= taken;
            let Some(data) = payload.filter(|_| count > 0) else {
                return;
            };
            let taken = count.min(data.len());
            data.advance(taken);
            count -= taken;
            if data.is_empty() {
                self.payloads.pop_front();
            }
        }
    }

    /// All has left.
    fn clear(&mut self) {
        self.usual = self.bytes.len().min(MAX_BYTES);
        (self.taken, self.behind, self.begun, self.len) = (0, 0, 0, 0);
        self.bytes.clear();
        if self.bytes.capacity() > KEPT_BYTES {
            self.bytes = Vec::new();
        }
        self.frames.clear();
        if self.frames.capacity() > KEPT_FRAMES {
            self.frames = VecDeque::new();
        }
        self.payloads.clear();
        if self.payloads.capacity() > KEPT_PAYLOADS {
            self.payloads = VecDeque::new();
        }
    }

    pub(super) fn drop_data(&mut self, id: StreamId) -> usize {
        let kept = usize::from(self.begun > 0);
        if !self.frames.iter().skip(kept).any(|frame| frame.is_data_of(id)) {
            return 0;
        }
        let mut old = core::mem::take(self);
        let (mut at, mut dropped) = (old.taken, 0);
        self.begun = old.begun;
        for (index, mut frame) in old.frames.into_iter().enumerate() {
            let (is_begun, len) = (index < kept, frame.len);
            let copied = frame.copied().saturating_sub(if is_begun { old.begun } else { 0 });
            let bytes = old.bytes.get(at..at + copied).unwrap_or_default();
            at += copied;
            let apart = if frame.is_apart { old.payloads.pop_front() } else { None };
            if frame.is_data_of(id) && !is_begun {
                dropped += frame.payload as usize;
                continue;
            }
            let start = self.bytes.len();
            self.bytes.extend_from_slice(bytes);
            if frame.kind == Kind::Last && frame.stream == id && !is_begun {
                // Turned over: it is there, and may be masked.
                if let Some(flags) = self.bytes.get_mut(start + usize::from(frame.flags_at)) {
                    *flags ^= FLAG_FIN;
                }
                frame.kind = Kind::Plain;
            }
            self.add(frame, copied, apart.map(|payload| payload.data));
            if let Some(added) = self.frames.back_mut() {
                added.len = len; // Also what has left of it.
            }
        }
        dropped
    }

    pub(super) fn drop_all(&mut self) -> bool {
        let kept = usize::from(self.begun > 0);
        let is_last = self.frames.len() == kept;
        let Some(frame) = self.frames.front().filter(|_| kept > 0) else {
            self.clear();
            return is_last;
        };
        self.len = frame.len() - self.begun;
        let copied = frame.copied().saturating_sub(self.begun);
        let apart = usize::from(frame.is_apart);
        self.bytes.truncate(self.taken + copied);
        self.payloads.truncate(apart);
        self.frames.truncate(kept);
        // All that is left stands before the payload, if there is one.
        self.behind = copied * (1 - apart);
        is_last
    }
}

fn as_u32(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
