//! What is kept of a stream.

use super::queue::Queue;
use super::state::{Half, Input, Live, Opener, State};
use super::windows::Windows;
use crate::id::StreamId;
use crate::priority::Priority;

/// A stream that is live: 64 bytes, for there may be a million.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: StreamId,
    pub(super) live: Live,
    pub(super) priority: Priority,
    /// Where the frame behind those stands that have a place in the line of control frames.
    pub(super) lane: Lane,
    /// SYN_REPLY is in the queue.
    pub(super) reply_waits: bool,
    /// The caller is told when the queue falls to low water.
    pub(super) notify: bool,
    /// DATA of it was staged.
    pub(super) has_sent_data: bool,
    /// It waits in line for the caller to be told of it.
    pub(super) writable: bool,
    /// Its client lets the server push for it, where that needs leave.
    pub(super) push_allowed: bool,
    /// It waits in line for something to be given back to its window.
    pub(super) is_owed: bool,
    /// Frames that wait for their turn, in order.
    pub(super) queue: Queue,
    /// Bytes of DATA in the queue.
    pub(super) queued: usize,
    pub(super) windows: Windows,
}

impl Stream {
    pub(super) fn new(id: StreamId, live: Live, priority: Priority) -> Self {
        Self {
            id,
            live,
            priority,
            lane: Lane::None,
            reply_waits: false,
            notify: false,
            has_sent_data: false,
            writable: false,
            push_allowed: false,
            is_owed: false,
            queue: Queue::default(),
            queued: 0,
            windows: Windows::default(),
        }
    }

    /// Moves it on, where it is known that the input fits and does not end it.
    pub(super) fn move_on(&mut self, input: Input) {
        if let Ok(State::Live(live)) = State::Live(self.live).on(input) {
            self.live = live;
        }
    }

    /// The peer knows nothing yet of what we think of its stream.
    pub(super) fn is_unanswered(&self) -> bool {
        let is_answered = self.live.replied && !self.live.one_way && !self.reply_waits;
        self.live.opener == Opener::Remote && !is_answered
    }

    /// The peer has not accepted our stream yet.
    pub(super) const fn awaits_reply(&self) -> bool {
        matches!(self.live.opener, Opener::Local) && !self.live.replied
    }

    pub(super) fn may_send_data(&self) -> bool {
        let due = self.live.opener == Opener::Remote && !self.live.replied;
        self.live.local == Half::Open && !due
    }
}

/// Where the first frame of a stream that is not among the control frames waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// There is none.
    None,
    /// DATA that waits for its turn.
    Ready,
    /// DATA that waits for the stream's window.
    Blocked,
    /// Anything that waits for the reply of the peer.
    Held,
}
