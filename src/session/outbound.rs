//! What is to be sent, and in which order.
//!
//! A frame waits in one of these places and is encoded only when it leaves it:
//!
//! 1. `hello`: Draft 1 wants it to be the first frame of all;
//! 2. `flow`: what is given back to the peer's windows;
//! 3. `control`: control frames in the order of the calls, and DATA that is nothing but a FIN: what
//!    no window can hold up;
//! 4. `turns`: streams with DATA at the head of their queue and a window for it, the most urgent
//!    first, and frame by frame in turn among equals.
//!
//! Answers to PINGs do not wait: they are staged at once, ahead of everything but HELLO and a frame
//! that has begun to leave.
//!
//! A stream's own frames never overtake each other: behind DATA they wait in its queue, and so does
//! everything behind DATA that its window, or the lack of a reply, holds up.
//!
//! Staging moves frames to `staged`, as bytes, in wire order: header blocks are compressed exactly
//! in the order in which the peer will inflate them. [`Output`](super::Output) takes from there.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use bytes::Bytes;

use super::carrier::Outlet;
use super::config::Options;
use super::error::SessionError;
use super::event::FlowFault;
use super::flow::Flow;
use super::lanes::Lanes;
use super::queue::Queues;
use super::staged::{Kind, Staged, StagedFrame};
use super::stats::{Direction, FrameCounts};
use super::stream::{Lane, Stream};
use super::streams::Streams;
use super::trace::Trace;
use super::turns::Turns;
use crate::codec::Encoder;
use crate::frame::{FinStream, Frame, FrameType, GoAway};
use crate::id::{PingId, Role, StreamId};
use crate::status::Settings;
use crate::version::Version;

/// Bytes of the answers that a peer can provoke.
const ECHO_LEN: usize = 12;
const FIN_STREAM_LEN: usize = 16;

#[derive(Debug)]
pub(super) struct Outbound {
    pub(super) encoder: Encoder,
    pub(super) outlet: Outlet,
    pub(super) hello: Option<Box<Settings>>,
    /// The windows, and what is owed to the peer's.
    pub(super) flow: Flow,
    pub(super) control: VecDeque<Control>,
    /// Places in `control` that streams left behind when they were torn down.
    pub(super) left_behind: u32,
    /// What the streams have queued, and whose DATA comes next.
    pub(super) queues: Queues,
    pub(super) turns: Turns,
    awaits_reply: bool,
    writable: Lanes,
    pub(super) staged: Staged,
    /// HELLO was asked for, or something else has begun to leave.
    past_hello: bool,
    /// The last frame was staged: whatever comes is dropped.
    pub(super) finished: bool,
    /// Bytes of answers that have not left.
    replies: u32,
    /// FIN_STREAMs of the caller for streams of the peer's that have not left.
    refusals: u32,
    /// Bytes of DATA in the queues of streams.
    pub(super) queued: usize,
    pub(super) sent: FrameCounts,
    pub(super) trace: Trace,
}

/// A place in the line of control frames: small, for a peer can provoke some thousands.
#[derive(Debug)]
pub(super) enum Control {
    /// The next frame of a stream's queue.
    Stream(StreamId),
    FinStream(FinStream, Kind),
    Ping(PingId),
    GoAway(GoAway),
    Settings(Box<Settings>),
}

impl Outbound {
    pub(super) fn new(version: Version, role: Role, options: &Options) -> Self {
        Self {
            encoder: Encoder::new(version, options.compression),
            outlet: Outlet::default(),
            hello: None,
            flow: Flow::new(version.dialect(), options),
            control: VecDeque::new(),
            left_behind: 0,
            queues: Queues::default(),
            turns: Turns::default(),
            awaits_reply: options.awaits_reply,
            writable: Lanes::default(),
            staged: Staged::default(),
            past_hello: false,
            finished: false,
            replies: 0,
            refusals: 0,
            queued: 0,
            sent: FrameCounts::default(),
            trace: Trace::new(version, role),
        }
    }

    // What is to be sent.

    /// Puts HELLO before everything; `false` if it cannot be the first frame any more.
    pub(super) fn hello(&mut self, settings: Settings) -> bool {
        let first = !self.past_hello;
        if first {
            self.past_hello = true;
            self.hello = Some(Box::new(settings));
        }
        first
    }

    pub(super) fn settings(&mut self, settings: Settings) {
        self.push_control(Control::Settings(Box::new(settings)));
    }

    pub(super) fn ping(&mut self, id: PingId) {
        self.push_control(Control::Ping(id));
    }

    pub(super) fn go_away(&mut self, frame: GoAway) {
        self.push_control(Control::GoAway(frame));
    }

    /// The caller's FIN_STREAM, which replaces all that its stream had queued; `theirs` says that
    /// the peer opened the stream.
    pub(super) fn fin_stream(&mut self, frame: FinStream, theirs: bool) {
        let kind = if theirs { Kind::Refusal } else { Kind::Plain };
        if !self.finished {
            self.refusals += u32::from(theirs);
        }
        self.push_control(Control::FinStream(frame, kind));
    }

    fn push_control(&mut self, control: Control) {
        if !self.finished {
            self.control.push_back(control);
        }
    }

    /// The answer to a PING.
    pub(super) fn echo(&mut self, id: PingId, options: &Options) -> Result<(), SessionError> {
        if !self.finished {
            self.count_reply(ECHO_LEN, options)?;
            self.sent.count(FrameType::Ping);
            self.trace.ping("sent", id);
            // No carrier but the transport has PINGs of SPDY.
            self.staged.push_answer(ECHO_LEN, |bytes| self.encoder.put_ping(id, bytes));
        }
        Ok(())
    }

    /// A FIN_STREAM that the peer provoked.
    pub(super) fn answer(
        &mut self,
        frame: FinStream,
        options: &Options,
    ) -> Result<(), SessionError> {
        if !self.finished {
            self.count_reply(self.outlet.len_of(FIN_STREAM_LEN), options)?;
            self.push_control(Control::FinStream(frame, Kind::Answer));
        }
        Ok(())
    }

    /// The answer to a ping of WebSocket's, which has a payload of up to 125 bytes.
    pub(super) fn pong(&mut self, payload: &[u8], options: &Options) -> Result<(), SessionError> {
        if !self.finished {
            let len = self.outlet.len_of(payload.len());
            self.count_reply(len, options)?;
            self.sent.count(FrameType::Ping);
            self.trace.pong();
            self.staged.push_answer(len, |bytes| self.outlet.pong(payload, bytes));
        }
        Ok(())
    }

    fn count_reply(&mut self, len: usize, options: &Options) -> Result<(), SessionError> {
        let replies = self.replies.saturating_add(u32::try_from(len).unwrap_or(u32::MAX));
        if replies > options.max_replies {
            return Err(SessionError::TooManyReplies);
        }
        self.replies = replies;
        Ok(())
    }

    /// DATA of a stream, behind all that the stream has queued.
    #[inline]
    pub(super) fn enqueue_data(&mut self, stream: &mut Stream, payload: Bytes, fin: bool) {
        let len = payload.len();
        stream.queued += len;
        stream.notify = true;
        self.queued += len;
        let is_first = self.queues.push_data(&mut stream.queue, payload, fin);
        if stream.lane == Lane::None {
            if self.awaits_reply && stream.awaits_reply() {
                self.turns.hold(stream);
            } else if is_first && len > 0 {
                self.turns.enter(stream, &self.flow);
            } else {
                self.place(stream);
            }
        }
    }

    /// A frame of a stream that is not DATA, likewise.
    pub(super) fn enqueue(&mut self, stream: &mut Stream, frame: Frame) {
        stream.reply_waits |= matches!(frame, Frame::SynReply(_));
        let is_syn = matches!(frame, Frame::SynStream(_));
        self.queues.push(&mut stream.queue, frame);
        if stream.lane == Lane::None {
            if self.awaits_reply && !is_syn && stream.awaits_reply() {
                self.turns.hold(stream);
            } else {
                self.place(stream);
            }
        }
    }

    /// Puts a stream in line with the next frames of its queue, if they are not in line already.
    pub(super) fn place(&mut self, stream: &mut Stream) {
        while let Some(needs_window) = self.queues.needs_window(&stream.queue) {
            if needs_window {
                return self.turns.enter(stream, &self.flow);
            }
            self.queues.place(&mut stream.queue);
            self.control.push_back(Control::Stream(stream.id));
        }
    }

    /// The peer has replied to a stream of ours, which may have waited for it.
    pub(super) fn on_replied(&mut self, stream: &mut Stream) {
        if stream.lane == Lane::Held {
            self.turns.release(stream);
            self.place(stream);
        }
    }

    /// The peer lets us send more on a stream.
    pub(super) fn grow(&mut self, stream: &mut Stream, delta: u32) -> Result<(), FlowFault> {
        let was_blocked = self.turns.unblock(stream);
        let grown = self.flow.grow(stream, delta);
        if was_blocked {
            self.turns.enter(stream, &self.flow);
        }
        grown
    }

    /// The peer lets us send so much on each stream.
    pub(super) fn set_initial_window(
        &mut self,
        size: u32,
        streams: &mut Streams,
    ) -> Result<(), FlowFault> {
        let moved = self.flow.set_initial(size)?;
        self.turns.windows_moved(moved, streams, &self.flow);
        Ok(())
    }

    /// The caller can send data on a stream from now on.
    pub(super) fn announce_writable(&mut self, stream: &mut Stream) {
        if !stream.writable {
            stream.writable = true;
            self.writable.push(stream.priority, stream.id);
        }
    }

    pub(super) fn poll_writable(&mut self, streams: &mut Streams) -> Option<StreamId> {
        loop {
            let id = self.writable.pop(|id| streams.is_live(id))?;
            if let Some(stream) = streams.get_mut(id) {
                stream.writable = false;
                if stream.may_send_data() {
                    return Some(id);
                }
            }
        }
    }

    // What has become void.

    /// A stream has left the table because both sides have finished.
    pub(super) fn complete(&mut self, stream: Stream, streams: &mut Streams) {
        self.flow.complete(stream.id, &stream.windows);
        self.forget(stream, streams);
    }

    /// A stream has left the table; what it had queued goes with it, and its places in line.
    fn forget(&mut self, mut stream: Stream, streams: &mut Streams) {
        self.trace.close(stream.id);
        self.queued = self.queued.saturating_sub(stream.queued);
        self.queues.clear(&mut stream.queue);
        self.flow.leave(&stream, streams);
        self.turns.leave(&stream, streams, &self.flow);
        if stream.writable {
            self.writable.leave(|id| streams.is_live(id));
        }
    }

    /// A stream was torn down: of its DATA only a frame that has begun to leave still does. Its
    /// control frames stay: the peer's compression context counts on them.
    pub(super) fn tear(&mut self, stream: Stream, streams: &mut Streams) {
        if stream.has_sent_data {
            let unsent = self.staged.drop_data(stream.id);
            self.flow.unsent(unsent);
        }
        self.flow.tear(&stream.windows);
        self.left_behind += stream.queue.places;
        if 2 * self.left_behind as usize > self.control.len() {
            self.control.retain(|place| place.is_live(streams));
            self.left_behind = 0;
        }
        self.forget(stream, streams);
    }

    /// Drops what is not staged, and takes nothing more.
    pub(super) fn stop(&mut self) {
        self.finished = true;
        self.hello = None;
        (self.control, self.left_behind) = (VecDeque::new(), 0);
        (self.queues, self.turns) = (Queues::default(), Turns::default());
        self.writable = Lanes::default();
        self.flow.stop();
        self.queued = 0;
    }

    /// Drops everything but the rest of a frame that is begun; then `last` goes out and nothing
    /// more. If the last frame of the session has been begun already, that was it.
    pub(super) fn end_with(&mut self, last: impl IntoIterator<Item = Frame>) {
        let last_has_left = self.staged.drop_all() && self.finished;
        self.stop();
        if !last_has_left {
            for frame in last {
                self.stage_frame(&frame, StagedFrame::of(Kind::Plain));
            }
        }
    }

    /// Stages the frame that ends the session, behind all that was queued.
    pub(super) fn finish(&mut self, last: Option<Frame>) {
        if let Some(frame) = last {
            self.stage_frame(&frame, StagedFrame::of(Kind::Plain));
        }
        self.stop();
    }

    // The staged bytes.

    pub(super) const fn staged(&self) -> &Staged {
        &self.staged
    }

    /// The first `count` staged bytes have left.
    pub(super) fn advance(&mut self, count: usize) {
        self.past_hello |= count > 0;
        let (mut replies, mut refusals) = (0, 0);
        self.staged.advance(count, |kind, len| match kind {
            Kind::Echo | Kind::Answer => replies += u32::try_from(len).unwrap_or(u32::MAX),
            Kind::Refusal => refusals += 1,
            Kind::Plain | Kind::Data | Kind::Last | Kind::First => {}
        });
        self.replies = self.replies.saturating_sub(replies);
        self.refusals = self.refusals.saturating_sub(refusals);
    }

    /// FIN_STREAMs of the caller for streams of the peer's that have not left.
    pub(super) const fn refusals(&self) -> usize {
        self.refusals as usize
    }

    /// Something can be staged now.
    pub(super) fn has_work(&self) -> bool {
        self.hello.is_some()
            || self.has_control()
            || (self.turns.has_next() && self.flow.session_is_open())
            || (!self.finished && self.flow.owes())
    }

    /// Nothing waits, neither for its turn nor for the peer; staged bytes may still have to leave.
    pub(super) fn is_drained(&self) -> bool {
        self.hello.is_none() && !self.has_control() && self.turns.is_empty()
    }

    /// A control frame waits whose stream was not torn down.
    fn has_control(&self) -> bool {
        self.control.len() > self.left_behind as usize
    }

    pub(super) const fn is_finished(&self) -> bool {
        self.finished
    }

    pub(super) const fn queued(&self) -> usize {
        self.queued
    }

    /// What was staged so far.
    pub(super) fn sent(&self) -> Direction {
        Direction { frames: self.sent.clone(), headers: self.encoder.header_bytes() }
    }
}

impl Control {
    fn is_live(&self, streams: &Streams) -> bool {
        match self {
            Self::Stream(id) => streams.is_live(*id),
            _ => true,
        }
    }
}
