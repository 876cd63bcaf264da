//! From what waits to bytes: staging, in wire order.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use bytes::Bytes;

use super::carrier::Outlet;
use super::config::Options;
use super::limits::Budgets;
use super::outbound::{Control, Outbound};
use super::queue::Taken;
use super::staged::{Kind, StagedFrame};
use super::state::Input;
use super::stream::{Lane, Stream};
use super::streams::{Outcome, Streams};
use crate::codec::{CountForm, Encoder, data_head};
use crate::frame::{Frame, FrameType};
use crate::id::StreamId;

/// A stream whose queue has fallen to this many bytes is writable again.
const LOW_WATER: usize = 16 * 1024;

/// More places than this are given back when the line of control frames is empty.
const KEPT_PLACES: usize = 128;

/// What staging needs of the session, beside what is to be sent.
pub(super) struct Context<'a> {
    pub(super) streams: &'a mut Streams,
    pub(super) budgets: &'a mut Budgets,
    pub(super) options: &'a Options,
}

impl Outbound {
    /// Moves frames to the staged bytes, while there is room.
    pub(super) fn stage(&mut self, context: &mut Context<'_>, form: Option<CountForm>) {
        if let Some(form) = form {
            self.encoder.follow(form);
        }
        if let Some(settings) = self.hello.take() {
            let frame = Frame::Settings(*settings);
            self.sent.count(FrameType::Settings);
            self.trace.sent(&frame);
            let (encoder, outlet) = (&mut self.encoder, &mut self.outlet);
            self.staged.push_first(|bytes| put(encoder, outlet, &frame, bytes));
        }
        while self.flow.owes() && !self.finished && self.staged.has_room() {
            let Some(update) = self.flow.next_credit(context.streams) else {
                break;
            };
            self.sent.count(FrameType::WindowUpdate);
            self.trace.window_update("sent", update);
            let encoder = &self.encoder;
            self.staged.push(StagedFrame::of(Kind::Plain), |bytes| {
                // No carrier but the transport has it.
                encoder.put_update(update, bytes);
                0
            });
        }
        while self.staged.has_room() {
            if let Some(place) = self.control.pop_front() {
                self.stage_control(place, context);
                continue;
            }
            if !self.turns.has_next() || !self.flow.session_is_open() {
                break;
            }
            let Some(id) = self.turns.next(context.streams, &self.flow) else {
                break;
            };
            self.stage_data(id, context);
        }
        if self.control.is_empty() && self.control.capacity() > KEPT_PLACES {
            self.control = VecDeque::new();
        }
    }

    fn stage_control(&mut self, place: Control, context: &mut Context<'_>) {
        let plain = StagedFrame::of(Kind::Plain);
        match place {
            Control::Stream(id) => self.stage_queued(id, context),
            Control::FinStream(frame, kind) => {
                self.stage_frame(&Frame::FinStream(frame), StagedFrame::of(kind));
            }
            Control::Ping(id) => self.stage_frame(&Frame::Ping(id), plain),
            Control::GoAway(frame) => self.stage_frame(&Frame::GoAway(frame), plain),
            Control::Settings(settings) => self.stage_frame(&Frame::Settings(*settings), plain),
        }
    }

    /// Stages the next frame of a stream's queue, which has a place in the line of control frames.
    fn stage_queued(&mut self, id: StreamId, context: &mut Context<'_>) {
        let Some(stream) = context.streams.get_mut(id) else {
            self.left_behind = self.left_behind.saturating_sub(1);
            return;
        };
        stream.queue.places = stream.queue.places.saturating_sub(1);
        let frame = match self.queues.take(&mut stream.queue) {
            Some(Taken::Control(frame)) => frame,
            Some(Taken::Data(payload, fin)) => {
                // Nothing but its FIN: no window holds it up.
                stream.has_sent_data = true;
                self.put_data(id, fin, payload);
                return self.on_fin_staged(id, context);
            }
            None => return,
        };
        let fin = match &frame {
            Frame::SynStream(syn) => {
                context.streams.syn_staged(id);
                syn.fin
            }
            Frame::SynReply(reply) => {
                stream.reply_waits = false;
                reply.fin
            }
            Frame::Headers(headers) => headers.fin,
            _ => false,
        };
        if fin {
            self.stage_frame(&frame, StagedFrame::last(id));
            self.on_fin_staged(id, context);
        } else {
            self.stage_frame(&frame, StagedFrame::of(Kind::Plain));
        }
    }

    /// Stages DATA of the stream whose turn it is.
    fn stage_data(&mut self, id: StreamId, context: &mut Context<'_>) {
        let largest = context.options.max_data_frame as usize;
        let is_last = context.streams.with_mut(id, |stream| self.stage_data_of(stream, largest));
        if is_last == Some(true) {
            self.on_fin_staged(id, context);
        }
    }

    /// A frame of the size that it may have and that the windows allow, and more of them as long as it
    /// would be this stream's turn again; says whether its FIN was among them. Puts the stream back in
    /// line if it has more, and tells the caller of low water.
    fn stage_data_of(&mut self, stream: &mut Stream, largest: usize) -> bool {
        let is_alone = !self.turns.has_equal(stream.priority);
        stream.lane = Lane::None;
        stream.has_sent_data = true;
        loop {
            let most = self.flow.allowance(&stream.windows).min(largest);
            let Some((payload, fin)) = self.queues.take_data(&mut stream.queue, most) else {
                return false;
            };
            let len = payload.len();
            self.flow.sent(&mut stream.windows, len);
            stream.queued -= len;
            self.queued -= len;
            self.put_data(stream.id, fin, payload);
            if fin {
                return true;
            }
            let goes_on = is_alone
                && self.queues.has_data(&stream.queue)
                && self.flow.allowance(&stream.windows) > 0
                && self.staged.has_room();
            if !goes_on {
                break;
            }
        }
        self.place(stream);
        if stream.notify && stream.queued <= LOW_WATER && stream.may_send_data() {
            stream.notify = false;
            self.announce_writable(stream);
        }
        false
    }

    /// The frame that ends our half of a stream was staged.
    fn on_fin_staged(&mut self, id: StreamId, context: &mut Context<'_>) {
        if let Ok(Outcome::Over(stream)) = context.streams.apply(id, Input::FinStaged) {
            context.budgets.completed();
            self.complete(stream, context.streams);
        }
    }

    pub(super) fn stage_frame(&mut self, frame: &Frame, staged: StagedFrame) {
        self.sent.count(frame.frame_type());
        self.trace.sent(frame);
        let (encoder, outlet) = (&mut self.encoder, &mut self.outlet);
        self.staged.push(staged, |bytes| put(encoder, outlet, frame, bytes));
    }

    fn put_data(&mut self, id: StreamId, fin: bool, payload: Bytes) {
        self.sent.count(FrameType::Data);
        self.trace.data("sent", id, payload.len(), fin);
        let (outlet, len) = (&mut self.outlet, payload.len());
        let head = data_head(id, fin, len);
        self.staged.push_data(id, len, |bytes| outlet.data(head, payload, bytes));
    }
}

/// Appends a frame as it leaves; returns where in it its flags stand.
fn put(encoder: &mut Encoder, outlet: &mut Outlet, frame: &Frame, bytes: &mut Vec<u8>) -> usize {
    if outlet.own(frame, bytes) {
        return 0;
    }
    let start = bytes.len();
    encoder.put(frame, bytes);
    outlet.wrap(bytes, start)
}
