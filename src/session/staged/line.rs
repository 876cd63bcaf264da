//! Frames one behind the other: small ones copied together, large payloads where they are.

use alloc::vec::Vec;

use bytes::{Buf, Bytes};

use super::super::fifo::Fifo;
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
    payloads: Fifo<Payload>,
    /// How many of the bytes stand behind the last payload.
    behind: usize,
    frames: Fifo<Frame>,
    /// Bytes of the first frame that have left.
    begun: usize,
    /// Bytes that have not left, payloads and all.
    len: usize,
    /// How many bytes there were when all had left, and some: so many are expected again.
    usual: u32,
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

    #[inline]
    pub(super) fn push(&mut self, frame: Frame, write: impl FnOnce(&mut Vec<u8>) -> usize) {
        self.make_room();
        let start = self.bytes.len();
        let flags_at = u8::try_from(write(&mut self.bytes)).unwrap_or_default();
        let len = self.bytes.len() - start;
        self.behind += len;
        self.len += len;
        self.frames.push(Frame { len: as_u32(len), flags_at, ..frame });
    }

    #[inline]
    pub(super) fn push_data(
        &mut self,
        stream: StreamId,
        payload: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Option<Bytes>,
    ) {
        self.make_room();
        let start = self.bytes.len();
        let apart = write(&mut self.bytes);
        let mut len = self.bytes.len() - start;
        self.behind += len;
        let is_apart = apart.is_some();
        if let Some(data) = apart {
            len += data.len();
            let before = core::mem::take(&mut self.behind);
            self.payloads.push(Payload { before, data });
        }
        self.len += len;
        let (len, payload) = (as_u32(len), as_u32(payload));
        let frame = Frame { stream, len, payload, is_apart, ..Frame::of(Kind::Data) };
        self.frames.push(frame);
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

    #[inline]
    fn make_room(&mut self) {
        if self.bytes.capacity() - self.bytes.len() < ROOM || self.taken > MAX_TAKEN {
            self.grow();
        }
    }

    /// The buffer begins as large as the last one was used, doubles, and stops at what is staged.
    #[cold]
    fn grow(&mut self) {
        if self.taken >= self.bytes.len() - self.taken {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
        let len = self.bytes.len();
        if self.bytes.capacity() - len < ROOM {
            let most = (MAX_BYTES + ROOM).saturating_sub(len);
            self.bytes.reserve_exact(len.max(self.usual as usize).min(most).max(ROOM));
        }
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
    #[inline]
    pub(super) fn each_part<'a>(&'a self, mut takes: impl FnMut(&'a [u8]) -> bool) {
        let mut rest = self.bytes.get(self.taken..).unwrap_or_default();
        for Payload { before, data } in self.payloads.iter() {
            let (run, behind) = rest.split_at_checked(*before).unwrap_or_default();
            rest = behind;
            if (!run.is_empty() && !takes(run)) || !takes(data) {
                return;
            }
        }
        if !rest.is_empty() {
            takes(rest);
        }
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
            self.frames.skip();
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
            count -= taken;
            if taken < data.len() {
                data.advance(taken);
            } else {
                *data = Bytes::new();
                self.payloads.skip();
            }
        }
    }

    /// All has left.
    fn clear(&mut self) {
        let len = self.bytes.len();
        self.usual = as_u32((len + len / 8).min(MAX_BYTES));
        (self.taken, self.behind, self.begun, self.len) = (0, 0, 0, 0);
        self.bytes.clear();
        if self.bytes.capacity() > KEPT_BYTES {
            self.bytes = Vec::new();
        }
        self.frames.clear(KEPT_FRAMES);
        self.payloads.clear(KEPT_PAYLOADS);
    }

    pub(super) fn drop_data(&mut self, id: StreamId) -> usize {
        let kept = usize::from(self.begun > 0);
        if !self.frames.iter().skip(kept).any(|frame| frame.is_data_of(id)) {
            return 0;
        }
        let old = core::mem::take(self);
        let (mut at, mut dropped) = (old.taken, 0);
        let mut payloads = old.payloads.into_iter();
        self.begun = old.begun;
        for (index, mut frame) in old.frames.into_iter().enumerate() {
            let is_begun = index < kept;
            let copied = frame.copied().saturating_sub(if is_begun { old.begun } else { 0 });
            let bytes = old.bytes.get(at..at + copied).unwrap_or_default();
            at += copied;
            let apart = if frame.is_apart { payloads.next() } else { None };
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
            let apart = apart.map(|payload| payload.data);
            self.behind += copied;
            self.len += copied + apart.as_ref().map_or(0, Bytes::len);
            if let Some(data) = apart {
                let before = core::mem::take(&mut self.behind);
                self.payloads.push(Payload { before, data });
            }
            self.frames.push(frame);
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
