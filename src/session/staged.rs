//! Frames as bytes, in wire order, until the transport has taken them.

use alloc::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::carrier::DataHead;
use crate::frame::FLAG_FIN;
use crate::id::StreamId;

/// How much is staged at a time; one frame may pass it.
const MAX_BYTES: usize = 64 * 1024;

/// How many frames that is at most. Small ones cost more than their bytes: a peer that does not read
/// could have thousands staged. `writev` takes 1,024 slices, of which a frame has two.
const MAX_FRAMES: usize = 512;

/// More places than this are given back when they are not needed any more.
const KEPT_PLACES: usize = 64;

/// What waits to be written.
#[derive(Debug, Default)]
pub(super) struct Staged {
    frames: VecDeque<StagedFrame>,
    /// Bytes that have not left.
    len: usize,
    /// Bytes of the first frame that have left.
    begun: usize,
    /// Urgent frames: they stand at the front, behind a frame that has begun.
    urgent: usize,
}

/// A frame as bytes.
#[derive(Debug)]
pub(super) struct StagedFrame {
    /// The stream of DATA and the head of its frame, whose payload is never copied; a control frame
    /// is all body.
    data: Option<(StreamId, DataHead)>,
    /// A control frame whose FIN ends our half of this stream, and where its flags stand.
    ends: Option<(StreamId, usize)>,
    body: Bytes,
    pub(super) kind: Kind,
}

/// What has to be known of a frame when it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    /// Nothing overtakes it: HELLO.
    First,
    /// An answer to a PING: only what has begun, HELLO and earlier answers go before it.
    Echo,
    /// A FIN_STREAM that the peer provoked.
    Answer,
    /// The caller's FIN_STREAM for a stream of the peer's.
    Refusal,
}

impl Kind {
    const fn is_urgent(self) -> bool {
        matches!(self, Self::First | Self::Echo)
    }
}

impl StagedFrame {
    pub(super) const fn data(stream: StreamId, head: DataHead, payload: Bytes) -> Self {
        Self { data: Some((stream, head)), ends: None, body: payload, kind: Kind::Plain }
    }

    pub(super) const fn control(body: Bytes, kind: Kind) -> Self {
        Self { data: None, ends: None, body, kind }
    }

    /// A control frame with FIN among the flags that stand there.
    pub(super) const fn last(body: Bytes, stream: StreamId, flags_at: usize) -> Self {
        Self { data: None, ends: Some((stream, flags_at)), body, kind: Kind::Plain }
    }

    fn head(&self) -> &[u8] {
        self.data.as_ref().map_or(&[], |(_, head)| head.as_slice())
    }

    pub(super) fn len(&self) -> usize {
        self.head().len() + self.body.len()
    }

    /// The parts in order, without the first `skip` bytes.
    fn parts(&self, skip: usize) -> impl Iterator<Item = &[u8]> {
        let head = self.head();
        let body_skip = skip.saturating_sub(head.len());
        [head.get(skip..), self.body.get(body_skip..)]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
    }
}

impl Staged {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Whether more may be staged.
    pub(super) fn has_room(&self) -> bool {
        self.len < MAX_BYTES && self.frames.len() < MAX_FRAMES
    }

    pub(super) const fn urgent(&self) -> usize {
        self.urgent
    }

    pub(super) fn push(&mut self, frame: StagedFrame) {
        self.len += frame.len();
        if !frame.kind.is_urgent() {
            self.frames.push_back(frame);
            return;
        }
        let begun = self.frames.front().filter(|_| self.begun > 0);
        let at = match frame.kind {
            Kind::First => 0,
            _ => self.urgent + usize::from(begun.is_some_and(|front| !front.kind.is_urgent())),
        };
        self.frames.insert(at.min(self.frames.len()), frame);
        self.urgent += 1;
    }

    /// Drops the DATA of a stream, but for a frame that has begun to leave; returns how many bytes
    /// of payload that was.
    pub(super) fn drop_data(&mut self, id: StreamId) -> usize {
        let (mut is_begun, mut dropped, mut payload) = (self.begun > 0, 0, 0);
        self.frames.retain(|frame| {
            let is_other = frame.data.as_ref().is_none_or(|(stream, _)| *stream != id);
            let stays = core::mem::take(&mut is_begun) || is_other;
            if !stays {
                dropped += frame.len();
                payload += frame.body.len();
            }
            stays
        });
        self.len -= dropped;
        // What is left of the stream must not look whole.
        let is_begun = usize::from(self.begun > 0);
        for frame in self.frames.iter_mut().skip(is_begun).filter(|_| dropped > 0) {
            if let Some((_, flags_at)) = frame.ends.take_if(|(stream, _)| *stream == id) {
                frame.body = without_fin(&frame.body, flags_at);
            }
        }
        payload
    }

    /// Drops everything but the rest of a frame that has begun to leave; says whether the frame
    /// that was pushed last is gone or going.
    pub(super) fn drop_all(&mut self) -> bool {
        let kept = usize::from(self.begun > 0);
        let last_has_left = self.frames.len() == kept;
        self.frames.truncate(kept);
        self.len = self.frames.iter().map(StagedFrame::len).sum::<usize>() - self.begun;
        self.urgent = self.frames.iter().filter(|frame| frame.kind.is_urgent()).count();
        last_has_left
    }

    /// The bytes in order, in as many parts as they have.
    pub(super) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let mut skip = self.begun;
        self.frames.iter().flat_map(move |frame| frame.parts(core::mem::take(&mut skip)))
    }

    /// Takes `count` bytes off the front, and calls `left` with each frame whose last byte is gone.
    pub(super) fn advance(&mut self, count: usize, mut left: impl FnMut(&StagedFrame)) {
        let mut count = count.min(self.len);
        self.len -= count;
        while let Some(front) = self.frames.front() {
            let rest = front.len() - self.begun;
            if count < rest {
                self.begun += count;
                return;
            }
            count -= rest;
            self.begun = 0;
            self.urgent -= usize::from(front.kind.is_urgent());
            left(front);
            self.frames.pop_front();
        }
        if self.frames.capacity() > KEPT_PLACES {
            self.frames = VecDeque::new();
        }
    }
}

/// A control frame with its FIN taken away: turned over, for it is there, and may be masked.
fn without_fin(frame: &[u8], flags_at: usize) -> Bytes {
    let mut bytes = BytesMut::from(frame);
    if let Some(flags) = bytes.get_mut(flags_at) {
        *flags ^= FLAG_FIN;
    }
    bytes.freeze()
}
