//! What is to be sent, and in which order.
//!
//! A frame waits in one of four places and is encoded only when it leaves it:
//!
//! 1. `hello`: Draft 1 wants it to be the first frame of all;
//! 2. `echoes`: answers to PINGs go ahead of everything but a frame that is already begun;
//! 3. `control`: control frames in the order of the calls;
//! 4. `ready`: streams with DATA at the head of their queue, the most urgent first, and frame by
//!    frame in turn among equals. Whatever a stream queues behind its DATA stays behind it.
//!
//! Staging moves frames to `staged`, as bytes, in wire order: header blocks are compressed exactly
//! in the order in which the peer will inflate them. [`Output`](super::Output) takes from there.

use alloc::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::config::Config;
use super::error::SessionError;
use super::lanes::Lanes;
use super::limits::Budgets;
use super::state::Input;
use super::stats::{Direction, FrameCounts};
use super::streams::{Outcome, Stream, Streams};
use crate::codec::{CountForm, Encoder, data_head};
use crate::frame::{FinStream, Frame, FrameType};
use crate::id::{PingId, StreamId};
use crate::status::Settings;
use crate::version::Version;

/// How much is staged at a time; one frame may pass it.
const STAGE: usize = 64 * 1024;

/// A stream whose queue has fallen to this many bytes is writable again.
const LOW_WATER: usize = 16 * 1024;

/// Bytes of the answers that a peer can provoke.
const ECHO_LEN: usize = 12;
const FIN_STREAM_LEN: usize = 16;

#[derive(Debug)]
pub(super) struct Outbound {
    encoder: Encoder,
    encoded: BytesMut,
    hello: Option<Settings>,
    echoes: VecDeque<PingId>,
    control: VecDeque<Control>,
    ready: Lanes,
    writable: Lanes,
    staged: VecDeque<Staged>,
    staged_len: usize,
    /// Bytes of the first staged frame that have left.
    begun: usize,
    /// Staged frames at the front, behind one that is begun, that nothing may overtake.
    urgent: usize,
    /// HELLO was asked for, or something else has begun to leave.
    past_hello: bool,
    /// The last frame was staged: whatever comes is dropped.
    finished: bool,
    /// Bytes of answers that have not left.
    replies: usize,
    /// Bytes of DATA in the queues of streams.
    queued: usize,
    sent: FrameCounts,
}

/// A place in the line of control frames.
#[derive(Debug)]
enum Control {
    /// The next frame of a stream's queue.
    Stream(StreamId),
    Frame {
        frame: Frame,
        /// An answer that the peer provoked.
        reply: bool,
    },
}

/// A frame as bytes.
#[derive(Debug)]
struct Staged {
    /// The stream of DATA and the head of its frame, whose payload is never copied; a control frame
    /// is all body.
    data: Option<(StreamId, [u8; 8])>,
    body: Bytes,
    urgent: bool,
    reply: bool,
}

impl Staged {
    fn head(&self) -> &[u8] {
        self.data.as_ref().map_or(&[], |(_, head)| head)
    }

    fn len(&self) -> usize {
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

impl Outbound {
    pub(super) fn new(version: Version, config: &Config) -> Self {
        Self {
            encoder: Encoder::new(version, config.compression),
            encoded: BytesMut::new(),
            hello: None,
            echoes: VecDeque::new(),
            control: VecDeque::new(),
            ready: Lanes::default(),
            writable: Lanes::default(),
            staged: VecDeque::new(),
            staged_len: 0,
            begun: 0,
            urgent: 0,
            past_hello: false,
            finished: false,
            replies: 0,
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
            self.hello = Some(settings);
        }
        first
    }

    /// A control frame of no stream, or one that replaces all that its stream had queued.
    pub(super) fn control(&mut self, frame: Frame) {
        if !self.finished {
            let reply = false;
            self.control.push_back(Control::Frame { frame, reply });
        }
    }

    pub(super) fn echo(&mut self, id: PingId, config: &Config) -> Result<(), SessionError> {
        if !self.finished {
            self.count_reply(ECHO_LEN, config)?;
            self.echoes.push_back(id);
        }
        Ok(())
    }

    /// A FIN_STREAM that the peer provoked.
    pub(super) fn answer(&mut self, frame: FinStream, config: &Config) -> Result<(), SessionError> {
        if !self.finished {
            self.count_reply(FIN_STREAM_LEN, config)?;
            let (frame, reply) = (Frame::FinStream(frame), true);
            self.control.push_back(Control::Frame { frame, reply });
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
            if !stream.ready {
                stream.ready = true;
                self.ready.push(stream.priority, id);
            }
        } else if !stream.ready {
            self.control.push_back(Control::Stream(id));
        }
        stream.queue.push_back(frame);
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

    /// A stream has left the table; what it had queued goes with it, and its places in line.
    pub(super) fn forget(&mut self, stream: &Stream, streams: &Streams) {
        self.queued = self.queued.saturating_sub(stream.queued);
        if stream.ready {
            self.ready.leave(|id| streams.is_live(id));
        }
        if stream.writable {
            self.writable.leave(|id| streams.is_live(id));
        }
        self.prune(streams);
    }

    /// A stream was torn down: of its DATA only a frame that has begun to leave still does. Its
    /// control frames stay: the peer's compression context counts on them.
    pub(super) fn tear(&mut self, id: StreamId, stream: &Stream, streams: &Streams) {
        let (mut is_begun, mut dropped) = (self.begun > 0, 0);
        self.staged.retain(|staged| {
            let is_other = staged.data.is_none_or(|(stream, _)| stream != id);
            let stays = core::mem::take(&mut is_begun) || is_other;
            dropped += if stays { 0 } else { staged.len() };
            stays
        });
        self.staged_len -= dropped;
        self.forget(stream, streams);
    }

    /// Keeps the heads of all lines live, so that whether there is something to send is known.
    pub(super) fn prune(&mut self, streams: &Streams) {
        while let Some(&Control::Stream(id)) = self.control.front() {
            if streams.is_live(id) {
                break;
            }
            self.control.pop_front();
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
        self.writable = Lanes::default();
        self.queued = 0;
    }

    /// Drops everything but the rest of a frame that is begun; then `last` goes out and nothing
    /// more. If the last frame of the session has been begun already, that was it.
    pub(super) fn end_with(&mut self, last: impl IntoIterator<Item = Frame>) {
        let kept = usize::from(self.begun > 0);
        let last_has_left = self.finished && self.staged.len() == kept;
        self.stop();
        self.staged.truncate(kept);
        self.staged_len = self.staged.iter().map(Staged::len).sum::<usize>() - self.begun;
        self.urgent = self.staged.iter().filter(|staged| staged.urgent).count();
        self.replies = 0;
        for staged in &mut self.staged {
            staged.reply = false;
        }
        if !last_has_left {
            for frame in last {
                self.stage_frame(&frame, false, false);
            }
        }
    }

    /// Stages the frame that ends the session, behind all that was queued.
    pub(super) fn finish(&mut self, last: Option<Frame>) {
        if let Some(frame) = last {
            self.stage_frame(&frame, false, false);
        }
        self.stop();
    }

    // Staging.

    /// Moves frames to the staged bytes, up to [`STAGE`].
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
            self.stage_hello(settings);
        }
        while let Some(id) = self.echoes.pop_front() {
            self.stage_frame(&Frame::Ping(id), true, true);
        }
        while self.staged_len < STAGE {
            match self.control.pop_front() {
                Some(Control::Frame { frame, reply }) => self.stage_frame(&frame, false, reply),
                Some(Control::Stream(id)) => {
                    self.stage_stream(id, streams, budgets, config);
                    self.prune(streams);
                }
                None => match self.ready.pop() {
                    Some(id) => {
                        if let Some(stream) = streams.get_mut(id) {
                            stream.ready = false;
                        }
                        self.stage_stream(id, streams, budgets, config);
                        self.requeue(id, streams);
                        self.prune(streams);
                    }
                    None => break,
                },
            }
        }
    }

    /// Stages the next frame of a stream, DATA up to the size that a frame may have.
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
                let len = data.payload.len().min(config.max_data_frame);
                let body = data.payload.split_to(len);
                stream.queued -= len;
                self.queued -= len;
                let fin = data.fin && data.payload.is_empty();
                if !data.payload.is_empty() {
                    stream.queue.push_front(Frame::Data(data));
                }
                let head = data_head(id, fin, len);
                self.sent.count(FrameType::Data);
                self.push_staged(Some((id, head)), body, false, false);
                fin
            }
            Some(frame) => {
                if let Frame::SynStream(_) = frame {
                    streams.syn_staged(id);
                }
                self.stage_frame(&frame, false, false);
                matches!(&frame, Frame::SynStream(syn) if syn.fin)
                    || matches!(&frame, Frame::SynReply(reply) if reply.fin)
            }
        };
        if fin {
            if let Ok(Outcome::Over(stream)) = streams.apply(id, Input::FinStaged) {
                budgets.completed();
                self.forget(&stream, streams);
            }
        }
    }

    /// Puts a stream back in line if it has more, and tells the caller of low water.
    fn requeue(&mut self, id: StreamId, streams: &mut Streams) {
        let Some(stream) = streams.get_mut(id) else {
            return;
        };
        if !stream.queue.is_empty() {
            stream.ready = true;
            self.ready.push(stream.priority, id);
        }
        if stream.notify && stream.queued <= LOW_WATER && stream.may_send_data() {
            stream.notify = false;
            self.announce_writable(id, stream);
        }
    }

    fn stage_frame(&mut self, frame: &Frame, urgent: bool, reply: bool) {
        let body = self.encode(frame);
        self.push_staged(None, body, urgent, reply);
    }

    fn encode(&mut self, frame: &Frame) -> Bytes {
        self.sent.count(frame.frame_type());
        self.encoder.put(frame, &mut self.encoded);
        self.encoded.split().freeze()
    }

    /// HELLO goes before all that is staged, of which nothing has left.
    fn stage_hello(&mut self, settings: Settings) {
        let body = self.encode(&Frame::Settings(settings));
        self.staged_len += body.len();
        self.staged.push_front(Staged { data: None, body, urgent: true, reply: false });
        self.urgent += 1;
    }

    fn push_staged(
        &mut self,
        data: Option<(StreamId, [u8; 8])>,
        body: Bytes,
        urgent: bool,
        reply: bool,
    ) {
        let staged = Staged { data, body, urgent, reply };
        self.staged_len += staged.len();
        if urgent {
            let plain_begun = self.begun > 0 && self.staged.front().is_some_and(|it| !it.urgent);
            let at = self.urgent + usize::from(plain_begun);
            self.staged.insert(at.min(self.staged.len()), staged);
            self.urgent += 1;
        } else {
            self.staged.push_back(staged);
        }
    }

    // The staged bytes.

    pub(super) const fn staged_len(&self) -> usize {
        self.staged_len
    }

    /// The staged bytes in order, in as many parts as they have.
    pub(super) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let mut skip = self.begun;
        self.staged.iter().flat_map(move |staged| staged.parts(core::mem::take(&mut skip)))
    }

    /// The first `count` staged bytes have left.
    pub(super) fn advance(&mut self, count: usize) {
        let mut count = count.min(self.staged_len);
        self.past_hello |= count > 0;
        self.staged_len -= count;
        while let Some(front) = self.staged.front() {
            let left = front.len() - self.begun;
            if count < left {
                self.begun += count;
                return;
            }
            count -= left;
            self.begun = 0;
            if front.urgent {
                self.urgent -= 1;
            }
            if front.reply {
                self.replies = self.replies.saturating_sub(front.len());
            }
            self.staged.pop_front();
        }
    }

    /// Nothing waits for its turn; staged bytes may still have to leave.
    pub(super) fn is_drained(&self) -> bool {
        self.hello.is_none()
            && self.echoes.is_empty()
            && self.control.is_empty()
            && self.ready.is_empty()
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
