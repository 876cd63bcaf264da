//! Frames as bytes, in wire order, until the transport has taken them.
//!
//! Answers to PINGs stand in a line of their own: they overtake all others, but for HELLO and a frame
//! that has begun to leave.

mod answers;
mod line;

use alloc::vec::Vec;

use bytes::Bytes;

use self::answers::Answers;
use self::line::Line;
pub(super) use self::line::{Frame as StagedFrame, Kind};
use super::rare::Rare;
use crate::id::StreamId;

/// How much is staged at a time; one frame may pass it.
const MAX_BYTES: usize = 64 * 1024;

/// How many frames that is at most. Small ones cost more than their bytes, also when their stream
/// dies: a peer that does not read could have thousands staged. `writev` takes 1,024 slices, of which
/// a frame has two.
const MAX_FRAMES: usize = 512;

/// What waits to be written.
#[derive(Debug, Default)]
pub(super) struct Staged {
    line: Line,
    answers: Rare<Answers>,
}

impl Staged {
    pub(super) fn len(&self) -> usize {
        self.line.len() + self.answers.get().map_or(0, Answers::len)
    }

    /// Whether more may be staged.
    pub(super) fn has_room(&self) -> bool {
        self.len() < MAX_BYTES && self.line.frames() < MAX_FRAMES
    }

    /// A control frame that `write` appends; it returns where in the frame its flags stand.
    #[inline]
    pub(super) fn push(&mut self, frame: StagedFrame, write: impl FnOnce(&mut Vec<u8>) -> usize) {
        self.line.push(frame, write);
    }

    /// HELLO, of which nothing before it has begun to leave.
    pub(super) fn push_first(&mut self, write: impl FnOnce(&mut Vec<u8>) -> usize) {
        self.line.push_first(write);
    }

    /// A DATA frame with so much payload, which `write` appends; a payload that it returns is sent
    /// from where it is.
    #[inline]
    pub(super) fn push_data(
        &mut self,
        stream: StreamId,
        payload: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Option<Bytes>,
    ) {
        self.line.push_data(stream, payload, write);
    }

    /// An answer of so many bytes to a PING, which `write` appends.
    pub(super) fn push_answer(&mut self, len: usize, write: impl FnOnce(&mut Vec<u8>)) {
        self.answers.make().push(len, write);
    }

    /// Drops the DATA of a stream, but for a frame that has begun to leave; returns how many bytes
    /// of payload that was. What is left of the stream then does not look whole.
    pub(super) fn drop_data(&mut self, id: StreamId) -> usize {
        self.line.drop_data(id)
    }

    /// Drops everything but the rest of a frame that has begun to leave; says whether the frame
    /// that was pushed last is gone or going.
    pub(super) fn drop_all(&mut self) -> bool {
        let is_last = self.line.drop_all();
        is_last & self.answers.get_mut().is_none_or(Answers::drop_all)
    }

    /// How many bytes stand before the answers.
    fn before_answers(&self) -> usize {
        self.line.rest_of_begun()
    }

    /// The first bytes, as many as stand together.
    pub(super) fn chunk(&self) -> &[u8] {
        match self.answers.get().map_or(&[][..], Answers::bytes) {
            [] => self.line.chunk(),
            answers => match self.before_answers() {
                0 => answers,
                before => {
                    let chunk = self.line.chunk();
                    chunk.get(..before).unwrap_or(chunk)
                }
            },
        }
    }

    #[cfg(any(feature = "std", test))]
    /// Hands the bytes over in order, in as many parts as they have, until `takes` has no place for
    /// one.
    pub(super) fn each_part<'a>(&'a self, mut takes: impl FnMut(&'a [u8]) -> bool) {
        let Some(answers) = self.answers.get().filter(|answers| answers.len() > 0) else {
            self.line.each_part(takes);
            return;
        };
        let before = self.before_answers();
        let (mut left, mut skipped, mut has_place) = (before, before, true);
        self.line.each_part(|part| {
            let len = part.len().min(left);
            left -= len;
            has_place &= len == 0 || takes(part.get(..len).unwrap_or_default());
            has_place && left > 0
        });
        if !has_place || !takes(answers.bytes()) {
            return;
        }
        self.line.each_part(|part| {
            let len = part.len().min(skipped);
            skipped -= len;
            let rest = part.get(len..).unwrap_or_default();
            rest.is_empty() || takes(rest)
        });
    }

    /// Takes `count` bytes off the front, and calls `left` with the kind and the length of each frame
    /// whose last byte is gone.
    pub(super) fn advance(&mut self, mut count: usize, mut left: impl FnMut(Kind, usize)) {
        if let Some(answers) = self.answers.get_mut().filter(|answers| answers.len() > 0) {
            let before = count.min(self.line.rest_of_begun());
            if before > 0 {
                self.line.advance(before, &mut left);
                count -= before;
            }
            let taken = count.min(answers.len());
            answers.advance(taken, |len| left(Kind::Echo, len));
            count -= taken;
        }
        if count > 0 {
            self.line.advance(count, left);
        }
    }
}

#[cfg(test)]
mod tests;
