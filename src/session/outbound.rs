//! What is to be sent, and in which order.
//!
//! A frame waits in one of these places and is encoded only when it leaves it:
//!
//! 1. `hello`: Draft 1 wants it to be the first frame of all;
//! 2. `echoes`: answers to PINGs go ahead of everything but a frame that has begun to leave;
//! 3. `flow`: what is given back to the peer's windows;
//! 4. `control`: control frames in the order of the calls, and DATA that is nothing but a FIN: what
//!    no window can hold up;
//! 5. `ready`: streams with DATA at the head of their queue and a window for it, the most urgent
//!    first, and frame by frame in turn among equals.
//!
//! A stream's own frames never overtake each other: behind DATA they wait in its queue, and so does
//! everything behind DATA that its window, or the lack of a reply, holds up.
//!
//! Staging moves frames to `staged`, as bytes, in wire order: header blocks are compressed exactly
//! in the order in which the peer will inflate them. [`Output`](super::Output) takes from there.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::carrier::Outlet;
use super::config::Config;
use super::error::SessionError;
use super::flow::Flow;
use super::lanes::Lanes;
use super::limits::Budgets;
use super::staged::{Kind, Staged, StagedFrame};
use super::state::Input;
use super::stats::{Direction, FrameCounts};
use super::streams::{Lane, Outcome, Stream, Streams};
use crate::codec::{CountForm, Encoder, data_head};
use crate::frame::{FinStream, Frame, FrameType, GoAway};
use crate::id::{PingId, StreamId};
use crate::status::Settings;
use crate::version::Version;

/// How many answers to PINGs are staged at a time.
const MAX_STAGED_ECHOES: usize = 64;

/// More places than this are given back when a line is empty.
const KEPT_PLACES: usize = 64;

/// A stream whose queue has fallen to this many bytes is writable again.
const LOW_WATER: usize = 16 * 1024;

/// Bytes of the answers that a peer can provoke.
const ECHO_LEN: usize = 12;
const FIN_STREAM_LEN: usize = 16;

#[derive(Debug)]
pub(super) struct Outbound {
    encoder: Encoder,
    encoded: BytesMut,
    pub(super) outlet: Outlet,
    hello: Option<Box<Settings>>,
    echoes: VecDeque<PingId>,
    /// The windows, and what is owed to the peer's.
    pub(super) flow: Flow,
    control: VecDeque<Control>,
    /// Places in `control` that streams left behind when they were torn down.
    left_behind: usize,
    ready: Lanes,
    /// Streams whose queue is blocked or held.
    waiting: usize,
    awaits_reply: bool,
    writable: Lanes,
    staged: Staged,
    /// HELLO was asked for, or something else has begun to leave.
    past_hello: bool,
    /// The last frame was staged: whatever comes is dropped.
    finished: bool,
    /// Bytes of answers that have not left.
    replies: usize,
    /// FIN_STREAMs of the caller for streams of the peer's that have not left.
    refusals: usize,
    /// Bytes of DATA in the queues of streams.
    queued: usize,
    sent: FrameCounts,
}

/// A place in the line of control frames: small, for a peer can provoke some thousands.
#[derive(Debug)]
enum Control {
    /// The next frame of a stream's queue.
    Stream(StreamId),
    FinStream(FinStream, Kind),
    Ping(PingId),
    GoAway(GoAway),
    Settings(Box<Settings>),
}

impl Outbound {
    pub(super) fn new(version: Version, config: &Config) -> Self {
        Self {
            encoder: Encoder::new(version, config.compression),
            encoded: BytesMut::new(),
            outlet: Outlet::default(),
            hello: None,
            echoes: VecDeque::new(),
            flow: Flow::new(version.dialect(), config),
            control: VecDeque::new(),
            left_behind: 0,
            ready: Lanes::default(),
            waiting: 0,
            awaits_reply: config.awaits_reply,
            writable: Lanes::default(),
            staged: Staged::default(),
            past_hello: false,
            finished: false,
            replies: 0,
            refusals: 0,
            queued: 0,
            sent: FrameCounts::default(),
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
            self.refusals += usize::from(theirs);
        }
        self.push_control(Control::FinStream(frame, kind));
    }

    fn push_control(&mut self, control: Control) {
        if !self.finished {
            self.control.push_back(control);
        }
    }

    pub(super) fn echo(&mut self, id: PingId, config: &Config) -> Result<(), SessionError> {
        if !self.finished {
            self.count_reply(self.outlet.len_of(ECHO_LEN), config)?;
            self.echoes.push_back(id);
        }
        Ok(())
    }

    /// A FIN_STREAM that the peer provoked.
    pub(super) fn answer(&mut self, frame: FinStream, config: &Config) -> Result<(), SessionError> {
        if !self.finished {
            self.count_reply(self.outlet.len_of(FIN_STREAM_LEN), config)?;
            self.push_control(Control::FinStream(frame, Kind::Answer));
        }
        Ok(())
    }

    /// The answer to a ping of WebSocket's, which has a payload of up to 125 bytes.
    pub(super) fn pong(&mut self, payload: Bytes, config: &Config) -> Result<(), SessionError> {
        if !self.finished {
            self.count_reply(self.outlet.len_of(payload.len()), config)?;
            self.outlet.push_pong(payload);
        }
        Ok(())
    }

    fn count_reply(&mut self, len: usize, config: &Config) -> Result<(), SessionError> {
        if self.replies + len > config.max_replies {
            return Err(SessionError::TooManyReplies);
        }
        self.replies += len;
        Ok(())
    }

    /// A frame of a stream, behind all that the stream has queued.
    pub(super) fn enqueue(&mut self, id: StreamId, stream: &mut Stream, frame: Frame) {
        if let Frame::Data(data) = &frame {
            stream.queued += data.payload.len();
            stream.notify = true;
            self.queued += data.payload.len();
        }
        let is_syn = matches!(frame, Frame::SynStream(_));
        stream.queue.push_back(frame);
        if stream.lane == Lane::None {
            if self.awaits_reply && !is_syn && stream.awaits_reply() {
                stream.lane = Lane::Held;
                self.waiting += 1;
            } else {
                self.place(id, stream);
            }
        }
    }

    /// Puts a stream in line with the next frames of its queue, if they are not in line already.
    fn place(&mut self, id: StreamId, stream: &mut Stream) {
        while stream.lane == Lane::None {
            let Some(frame) = stream.queue.get(stream.places) else {
                return;
            };
            if !needs_window(frame) {
                stream.places += 1;
                self.control.push_back(Control::Stream(id));
            } else if self.flow.is_open(&stream.windows) {
                stream.lane = Lane::Ready;
                self.ready.push(stream.priority, id);
            } else {
                stream.lane = Lane::Blocked;
                self.waiting += 1;
            }
        }
    }

    /// Puts a stream in line if what held it up is gone: its window (`Blocked`) or the lack of a
    /// reply (`Held`).
    pub(super) fn resume(&mut self, id: StreamId, stream: &mut Stream, from: Lane) {
        if stream.lane == from && (from == Lane::Held || self.flow.is_open(&stream.windows)) {
            stream.lane = Lane::None;
            self.waiting = self.waiting.saturating_sub(1);
            self.place(id, stream);
        }
    }

    /// The windows of all streams have moved.
    pub(super) fn windows_moved(&mut self, streams: &mut Streams) {
        let (flow, waiting) = (&self.flow, &mut self.waiting);
        self.ready.retain(|id| {
            let Some(stream) = streams.get_mut(id) else {
                return false;
            };
            let stays = flow.is_open(&stream.windows);
            if !stays {
                stream.lane = Lane::Blocked;
                *waiting += 1;
            }
            stays
        });
        if self.waiting > 0 {
            for (id, stream) in streams.iter_mut() {
                self.resume(id, stream, Lane::Blocked);
            }
        }
    }

    /// The caller can send data on a stream from now on.
    pub(super) fn announce_writable(&mut self, id: StreamId, stream: &mut Stream) {
        if !stream.writable {
            stream.writable = true;
            self.writable.push(stream.priority, id);
        }
    }

    pub(super) fn poll_writable(&mut self, streams: &mut Streams) -> Option<StreamId> {
        loop {
            let id = self.writable.pop()?;
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
    pub(super) fn complete(&mut self, stream: &Stream, streams: &Streams) {
        self.flow.complete(&stream.windows);
        self.forget(stream, streams);
    }

    /// A stream has left the table; what it had queued goes with it, and its places in line.
    fn forget(&mut self, stream: &Stream, streams: &Streams) {
        self.queued = self.queued.saturating_sub(stream.queued);
        match stream.lane {
            Lane::None => {}
            Lane::Ready => self.ready.leave(|id| streams.is_live(id)),
            Lane::Blocked | Lane::Held => self.waiting = self.waiting.saturating_sub(1),
        }
        if stream.is_owed() {
            self.flow.leave(streams);
        }
        if stream.writable {
            self.writable.leave(|id| streams.is_live(id));
        }
        self.prune(streams);
    }

    /// A stream was torn down: of its DATA only a frame that has begun to leave still does. Its
    /// control frames stay: the peer's compression context counts on them.
    pub(super) fn tear(&mut self, id: StreamId, stream: &Stream, streams: &Streams) {
        if stream.has_sent_data {
            let unsent = self.staged.drop_data(id);
            self.flow.unsent(unsent);
        }
        self.flow.tear(&stream.windows);
        self.left_behind += stream.places;
        if 2 * self.left_behind > self.control.len() {
            self.control.retain(|place| place.is_live(streams));
            self.left_behind = 0;
        }
        self.forget(stream, streams);
    }

    /// Keeps the heads of all lines live, so that whether there is something to send is known.
    pub(super) fn prune(&mut self, streams: &Streams) {
        while self.control.front().is_some_and(|place| !place.is_live(streams)) {
            self.control.pop_front();
            self.left_behind = self.left_behind.saturating_sub(1);
        }
        self.ready.prune(|id| streams.is_live(id));
    }

    /// Drops what is not staged, and takes nothing more.
    pub(super) fn stop(&mut self) {
        self.finished = true;
        self.hello = None;
        self.echoes = VecDeque::new();
        self.control = VecDeque::new();
        self.ready = Lanes::default();
        self.waiting = 0;
        self.writable = Lanes::default();
        self.outlet.stop();
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
                self.stage_frame(&frame, Kind::Plain);
            }
        }
    }

    /// Stages the frame that ends the session, behind all that was queued.
    pub(super) fn finish(&mut self, last: Option<Frame>) {
        if let Some(frame) = last {
            self.stage_frame(&frame, Kind::Plain);
        }
        self.stop();
    }

    // Staging.

    /// Moves frames to the staged bytes, while there is room.
    pub(super) fn stage(
        &mut self,
        streams: &mut Streams,
        budgets: &mut Budgets,
        config: &Config,
        form: Option<CountForm>,
    ) {
        if let Some(form) = form {
            self.encoder.follow(form);
        }
        if let Some(settings) = self.hello.take() {
            self.stage_frame(&Frame::Settings(*settings), Kind::First);
        }
        while self.staged.urgent() < MAX_STAGED_ECHOES {
            if let Some(id) = self.echoes.pop_front() {
                self.stage_frame(&Frame::Ping(id), Kind::Echo);
            } else if let Some(pong) = self.outlet.pop_pong() {
                self.sent.count(FrameType::Ping);
                self.staged.push(StagedFrame::control(pong, Kind::Echo));
            } else {
                break;
            }
        }
        if !self.echoes.is_empty() || self.outlet.owes_pong() {
            return; // Nothing may be staged ahead of the rest.
        }
        while !self.finished && self.staged.has_room() {
            let Some(update) = self.flow.next_credit(streams) else {
                break;
            };
            self.stage_frame(&Frame::WindowUpdate(update), Kind::Plain);
        }
        while self.staged.has_room() {
            if let Some(place) = self.control.pop_front() {
                self.stage_control(place, streams, budgets, config);
                continue;
            }
            let is_open = self.flow.session_is_open();
            let Some(id) = is_open.then(|| self.ready.pop()).flatten() else {
                break;
            };
            if let Some(stream) = streams.get_mut(id) {
                stream.lane = Lane::None;
            }
            self.stage_stream(id, streams, budgets, config);
            self.requeue(id, streams);
            self.prune(streams);
        }
        give_back(&mut self.echoes);
        give_back(&mut self.control);
    }

    fn stage_control(
        &mut self,
        place: Control,
        streams: &mut Streams,
        budgets: &mut Budgets,
        config: &Config,
    ) {
        match place {
            Control::Stream(id) => {
                if let Some(stream) = streams.get_mut(id) {
                    stream.places = stream.places.saturating_sub(1);
                }
                self.stage_stream(id, streams, budgets, config);
                self.prune(streams);
            }
            Control::FinStream(frame, kind) => self.stage_frame(&Frame::FinStream(frame), kind),
            Control::Ping(id) => self.stage_frame(&Frame::Ping(id), Kind::Plain),
            Control::GoAway(frame) => self.stage_frame(&Frame::GoAway(frame), Kind::Plain),
            Control::Settings(settings) => {
                self.stage_frame(&Frame::Settings(*settings), Kind::Plain);
            }
        }
    }

    /// Stages the next frame of a stream, DATA up to the size that a frame may have and that the
    /// windows allow.
    fn stage_stream(
        &mut self,
        id: StreamId,
        streams: &mut Streams,
        budgets: &mut Budgets,
        config: &Config,
    ) {
        let Some(stream) = streams.get_mut(id) else {
            return;
        };
        let fin = match stream.queue.pop_front() {
            None => return,
            Some(Frame::Data(mut data)) => {
                let allowed = self.flow.allowance(&stream.windows);
                let len = data.payload.len().min(config.max_data_frame).min(allowed);
                self.flow.sent(&mut stream.windows, len);
                let body = data.payload.split_to(len);
                stream.queued -= len;
                self.queued -= len;
                let fin = data.fin && data.payload.is_empty();
                if !data.payload.is_empty() {
                    stream.queue.push_front(Frame::Data(data));
                }
                let (head, body) = self.outlet.data(data_head(id, fin, len), body);
                self.sent.count(FrameType::Data);
                self.staged.push(StagedFrame::data(id, head, body));
                stream.has_sent_data = true;
                fin
            }
            Some(frame) => {
                stream.give_back_queue();
                if let Frame::SynStream(_) = frame {
                    streams.syn_staged(id);
                }
                let fin = matches!(&frame, Frame::SynStream(syn) if syn.fin)
                    || matches!(&frame, Frame::SynReply(reply) if reply.fin)
                    || matches!(&frame, Frame::Headers(headers) if headers.fin);
                let (body, flags_at) = self.encode(&frame);
                self.staged.push(if fin {
                    StagedFrame::last(body, id, flags_at)
                } else {
                    StagedFrame::control(body, Kind::Plain)
                });
                fin
            }
        };
        if fin {
            if let Ok(Outcome::Over(stream)) = streams.apply(id, Input::FinStaged) {
                budgets.completed();
                self.complete(&stream, streams);
            }
        }
    }

    /// Puts a stream back in line if it has more, and tells the caller of low water.
    fn requeue(&mut self, id: StreamId, streams: &mut Streams) {
        let Some(stream) = streams.get_mut(id) else {
            return;
        };
        stream.give_back_queue();
        self.place(id, stream);
        if stream.notify && stream.queued <= LOW_WATER && stream.may_send_data() {
            stream.notify = false;
            self.announce_writable(id, stream);
        }
    }

    fn stage_frame(&mut self, frame: &Frame, kind: Kind) {
        let (body, _) = self.encode(frame);
        self.staged.push(StagedFrame::control(body, kind));
    }

    /// A frame as it leaves, and where in that its flags stand.
    fn encode(&mut self, frame: &Frame) -> (Bytes, usize) {
        self.sent.count(frame.frame_type());
        if let Some(own) = self.outlet.own(frame) {
            return (own, 0);
        }
        self.encoder.put(frame, &mut self.encoded);
        self.outlet.control(self.encoded.split().freeze())
    }

    // The staged bytes.

    pub(super) const fn staged(&self) -> &Staged {
        &self.staged
    }

    /// The first `count` staged bytes have left.
    pub(super) fn advance(&mut self, count: usize) {
        self.past_hello |= count > 0;
        let (mut replies, mut refusals) = (0, 0);
        self.staged.advance(count, |frame| match frame.kind {
            Kind::Echo | Kind::Answer => replies += frame.len(),
            Kind::Refusal => refusals += 1,
            Kind::Plain | Kind::First => {}
        });
        self.replies = self.replies.saturating_sub(replies);
        self.refusals = self.refusals.saturating_sub(refusals);
    }

    /// FIN_STREAMs of the caller for streams of the peer's that have not left.
    pub(super) const fn refusals(&self) -> usize {
        self.refusals
    }

    /// Something can be staged now.
    pub(super) fn has_work(&self) -> bool {
        self.hello.is_some()
            || !self.echoes.is_empty()
            || self.outlet.owes_pong()
            || !self.control.is_empty()
            || (!self.ready.is_empty() && self.flow.session_is_open())
            || (!self.finished && self.flow.owes())
    }

    /// Nothing waits, neither for its turn nor for the peer; staged bytes may still have to leave.
    pub(super) fn is_drained(&self) -> bool {
        self.hello.is_none()
            && self.echoes.is_empty()
            && !self.outlet.owes_pong()
            && self.control.is_empty()
            && self.ready.is_empty()
            && self.waiting == 0
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

/// DATA with bytes: what windows are for.
fn needs_window(frame: &Frame) -> bool {
    matches!(frame, Frame::Data(data) if !data.payload.is_empty())
}

impl Control {
    fn is_live(&self, streams: &Streams) -> bool {
        match self {
            Self::Stream(id) => streams.is_live(*id),
            _ => true,
        }
    }
}

/// An empty line keeps a few places only.
fn give_back<T>(line: &mut VecDeque<T>) {
    if line.is_empty() && line.capacity() > KEPT_PLACES {
        *line = VecDeque::new();
    }
}
