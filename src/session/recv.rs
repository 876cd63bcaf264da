//! A frame of the peer: to an event, an answer, or an error.

use super::End;
use super::Session;
use super::carrier::Received;
use super::carrier::told;
use super::error::SessionError;
use super::event::{Abort, Event, Fault, FlowFault};
use super::pings;
use super::state::{Half, Input, Refusal, State};
use super::stream::Stream;
use super::streams::Outcome;
use crate::dialect::{Association, Dialect, Reaction};
use crate::error::{DecodeError, DecodeErrorKind, Scope};
use crate::frame::{
    Data, FinStream, Frame, FrameType, GoAway, HeadersFrame, Subresource, SynReply, SynStream,
    WindowUpdate,
};
use crate::id::{PingId, Role, StreamId};
use crate::status::GoAwayStatus;
use crate::status::{Setting, SettingId, Settings, Status};
use crate::websocket::Close;

/// What ends the session, and the stream that the faulty frame names.
#[derive(Debug)]
pub(super) struct Fatal {
    pub(super) error: SessionError,
    pub(super) stream: Option<StreamId>,
}

impl From<SessionError> for Fatal {
    fn from(error: SessionError) -> Self {
        Self { error, stream: None }
    }
}

impl Fatal {
    /// The faulty frame names this stream.
    fn on(stream: StreamId) -> impl FnOnce(SessionError) -> Self {
        move |error| Self { error, stream: Some(stream) }
    }
}

type Handled = Result<Option<Event>, Fatal>;

/// A SYN_STREAM that opens nothing.
const SYN: Input = Input::RecvSyn { fin: false, one_way: false };

impl Session {
    const fn dialect(&self) -> &'static Dialect {
        self.version.dialect()
    }

    pub(super) fn on_received(&mut self, received: Received) -> Handled {
        self.outbound.trace.received(&received);
        match received {
            Received::Frame(frame) => self.on_frame(frame),
            Received::Ping(payload) => {
                self.received.count(FrameType::Ping);
                self.outbound.pong(&payload, &self.options)?;
                Ok(None)
            }
            Received::Pong(payload) => {
                self.received.count(FrameType::Ping);
                let id = payload.as_ref().try_into().ok();
                let id = id.map(|bytes| PingId::new(u32::from_be_bytes(bytes)));
                let pong = id.filter(|id| self.pings.receive(*id) == pings::Received::Pong);
                Ok(pong.map(Event::Pong))
            }
            Received::Close(close) => Ok(Some(self.on_close(close.as_ref()))),
        }
    }

    fn on_frame(&mut self, frame: Frame) -> Handled {
        if !matches!(frame, Frame::Data(_)) {
            self.count_other(frame.frame_type());
        }
        match frame {
            Frame::Data(data) => self.on_data(data),
            Frame::SynStream(syn) => self.on_syn_stream(syn.stream, Ok(syn)),
            Frame::SynReply(reply) => self.on_syn_reply(reply),
            Frame::FinStream(fin) => self.on_fin_stream(fin),
            Frame::Settings(settings) => self.on_settings(settings),
            Frame::Ping(id) => self.on_ping(id),
            Frame::GoAway(go_away) => Ok(Some(self.on_go_away(go_away))),
            Frame::Subresource(subresource) => self.on_subresource(subresource),
            Frame::Headers(headers) => self.on_headers(headers),
            Frame::WindowUpdate(update) => self.on_window_update(update),
            Frame::Noop | Frame::Credential(_) | Frame::Unknown(_) => Ok(None),
        }
    }

    pub(super) fn on_short_update(&mut self, update: WindowUpdate) -> Handled {
        self.count_other(FrameType::WindowUpdate);
        self.outbound.trace.window_update("received", update);
        self.on_window_update(update)
    }

    pub(super) fn on_short_ping(&mut self, id: PingId) -> Handled {
        self.count_other(FrameType::Ping);
        self.outbound.trace.ping("received", id);
        self.on_ping(id)
    }

    /// A frame that is not DATA.
    fn count_other(&mut self, frame_type: FrameType) {
        self.received.count(frame_type);
        self.budgets.other_frame();
    }

    /// A frame that could not be decoded. In stream scope its stream pays, if it is one that the
    /// frame could have reached at all.
    pub(super) fn on_decode_error(&mut self, error: DecodeError) -> Handled {
        let (Scope::Stream, Some(stream)) = (error.scope, error.stream) else {
            let stream = error.stream;
            let error = SessionError::Decode(error);
            return Err(Fatal { error, stream });
        };
        if let Some(frame_type) = error.frame {
            self.received.count(frame_type);
        }
        self.budgets.other_frame();
        let input = match error.frame {
            Some(FrameType::SynStream) => return self.on_syn_stream(stream, Err(error.kind)),
            Some(FrameType::SynReply) => Input::RecvReply { fin: false },
            Some(FrameType::Subresource) => Input::RecvSubresource,
            Some(FrameType::Headers) => Input::RecvHeaders { fin: false },
            _ => Input::RecvData { fin: false },
        };
        refuse_zero(stream)?;
        if let DecodeErrorKind::DataFlags { length, .. } = error.kind {
            self.discard(stream, usize::try_from(length).unwrap_or(usize::MAX), 0)?;
        }
        if let Err(refusal) = self.streams.seen_by_peer(stream).on(input) {
            let reaction = refusal.reaction(&self.dialect().faults);
            if !matches!(reaction, Reaction::Stream(_)) || fault(refusal).is_none() {
                return self.refused(stream, input, refusal);
            }
        }
        let (_, status) = self.status_of(&error.kind);
        self.stream_error(stream, status, Fault::Decode(error.kind))
    }

    /// What a faulty frame costs its stream: as SYN_STREAM, as any other frame.
    fn status_of(&self, kind: &DecodeErrorKind) -> (Status, Status) {
        match kind {
            DecodeErrorKind::ListTooLarge { .. } => self.dialect().list_too_large,
            DecodeErrorKind::Version { .. } => {
                (Status::UNSUPPORTED_VERSION, Status::UNSUPPORTED_VERSION)
            }
            _ => (Status::PROTOCOL_ERROR, Status::PROTOCOL_ERROR),
        }
    }

    /// The ID is judged before the list: whatever the frame holds, it opens no stream twice.
    fn on_syn_stream(
        &mut self,
        stream: StreamId,
        syn: Result<SynStream, DecodeErrorKind>,
    ) -> Handled {
        if stream == StreamId::ZERO || !self.role.peer().owns(stream.get()) {
            return Err(Fatal::on(stream)(SessionError::StreamId(stream)));
        }
        if let State::Live(_) = self.streams.state(stream) {
            return match syn {
                // The version is looked at before anything else (S2-A19).
                Err(kind @ DecodeErrorKind::Version { .. }) => {
                    let (status, _) = self.status_of(&kind);
                    self.stream_error(stream, status, Fault::Decode(kind))
                }
                _ => self.refused(stream, SYN, Refusal::SecondSyn),
            };
        }
        if !self.streams.raise(stream) {
            return match self.dialect().faults.last_syn_again {
                Reaction::Stream(status) if stream == self.streams.highest() => {
                    if self.may_be_late(SYN) {
                        return Ok(None);
                    }
                    self.answer_once(stream, status)
                }
                _ => Err(SessionError::StreamId(stream).into()),
            };
        }
        if self.phase.go_away_sent.is_some() || self.outbound.is_finished() {
            return Ok(None);
        }
        let syn = match syn {
            Ok(syn) => syn,
            Err(kind) => {
                self.budgets.reset(&self.options)?;
                let (status, _) = self.status_of(&kind);
                return self.answer(stream, status);
            }
        };
        let (is_client, associated) = (self.role == Role::Client, syn.associated);
        let (one_way, is_push) = match self.dialect().association {
            Association::Announced => (is_client, is_client),
            Association::Named => {
                let one_way = syn.unidirectional;
                (one_way, is_client && (one_way || associated.is_some()))
            }
        };
        // Leave is the client's to give (SM-A11).
        if is_client && (syn.push_allowed || (is_push && !self.is_push_allowed(associated))) {
            return self.answer(stream, Status::PROTOCOL_ERROR);
        }
        let limit = usize::try_from(self.max_theirs).unwrap_or(usize::MAX);
        let is_unwanted_push = is_push && !self.options.push;
        // As many may wait to be told that the caller tore their stream down, and no more: or a peer
        // that does not read could open streams for ever.
        let open = self.streams.theirs_open().max(self.outbound.refusals());
        let is_leaving = self.phase.closing || self.phase.draining.is_some();
        if is_leaving || is_unwanted_push || open >= limit {
            return self.answer(stream, Status::REFUSED_STREAM);
        }
        let input = Input::RecvSyn { fin: syn.fin, one_way };
        match State::Idle.on(input) {
            Ok(State::Live(live)) => {
                let mut entry = Stream::new(stream, live, syn.priority);
                entry.push_allowed = syn.push_allowed;
                self.streams.insert(entry);
                self.outbound.trace.open(stream);
            }
            // Finished both ways by its first frame: accepted, and over.
            _ => self.streams.accept_ended(stream),
        }
        Ok(Some(Event::SynStream {
            stream,
            associated,
            unidirectional: one_way,
            push_allowed: syn.push_allowed,
            priority: syn.priority,
            headers: syn.headers,
            fin: syn.fin,
        }))
    }

    /// Whether the request of a client lets the server push for it, where that needs leave.
    pub(super) fn is_push_allowed(&self, associated: Option<StreamId>) -> bool {
        let main = associated.and_then(|stream| self.streams.get(stream));
        self.dialect().push_flag == 0 || main.is_some_and(|entry| entry.push_allowed)
    }

    fn on_syn_reply(&mut self, reply: SynReply) -> Handled {
        let SynReply { stream, fin, headers } = reply;
        refuse_zero(stream)?;
        let event = Event::SynReply { stream, headers, fin };
        let handled = self.deliver(stream, Input::RecvReply { fin }, Some(event));
        if self.options.awaits_reply {
            if let Some(entry) = self.streams.get_mut(stream).filter(|entry| entry.live.replied) {
                self.outbound.on_replied(entry);
            }
        }
        handled
    }

    fn on_headers(&mut self, headers: HeadersFrame) -> Handled {
        let HeadersFrame { stream, fin, headers } = headers;
        refuse_zero(stream)?;
        let event = Event::Headers { stream, headers, fin };
        self.deliver(stream, Input::RecvHeaders { fin }, Some(event))
    }

    /// Whether a piece of DATA does nothing but arrive; what there is to be done is done then.
    #[inline(always)]
    pub(super) fn takes_plain_data(&mut self, data: &Data) -> bool {
        let is_plain = !data.fin && !data.payload.is_empty() && self.takes_data(data);
        if is_plain {
            self.budgets.other_frame();
            self.count_data(data);
        }
        is_plain
    }

    /// Whether a piece of DATA fits the windows and the state of its stream. Only then it is held
    /// against the windows.
    #[inline]
    fn takes_data(&mut self, data: &Data) -> bool {
        let flow = &mut self.outbound.flow;
        let taken = self.streams.with_mut(data.stream, |stream| {
            stream.live.takes_data() && flow.deliver(stream, data.payload.len(), data.remaining)
        });
        // One that is not on the wire has no reply, and takes none.
        taken.unwrap_or_default()
    }

    /// A DATA frame counts with its last piece.
    #[inline]
    fn count_data(&mut self, data: &Data) {
        self.outbound.trace.data("received", data.stream, data.payload.len(), data.fin);
        if data.remaining == 0 {
            self.received.count(FrameType::Data);
        }
    }

    pub(super) fn on_data(&mut self, data: Data) -> Handled {
        self.count_data(&data);
        if data.payload.is_empty() && !data.fin {
            let within = self.budgets.empty_frame(&self.options);
            within.map_err(Fatal::on(data.stream))?;
        } else {
            self.budgets.other_frame();
        }
        if !self.takes_data(&data) {
            return self.on_unwanted_data(&data);
        }
        let Data { stream, fin, payload: data, .. } = data;
        // Nothing without an end is nothing (S1-A23).
        let says_something = fin || !data.is_empty();
        let event = says_something.then_some(Event::Data { stream, data, fin });
        self.deliver(stream, Input::RecvData { fin }, event)
    }

    /// DATA that does not fit the windows or the state of its stream.
    fn on_unwanted_data(&mut self, data: &Data) -> Handled {
        let Data { stream, fin, remaining, .. } = *data;
        refuse_zero(stream)?;
        let len = data.payload.len();
        self.discard(stream, len, remaining)?;
        let input = Input::RecvData { fin };
        match self.streams.seen_by_peer(stream).on(input) {
            Err(refusal) => self.refused(stream, input, refusal),
            Ok(_) => {
                let fault = Fault::Flow(FlowFault::Overrun);
                self.stream_error(stream, Status::FLOW_CONTROL_ERROR, fault)
            }
        }
    }

    fn discard(&mut self, stream: StreamId, len: usize, remaining: u32) -> Result<(), Fatal> {
        let discarded = self.outbound.flow.discard(len, remaining);
        discarded.map_err(|fault| Fatal::on(stream)(SessionError::Flow(fault)))
    }

    /// More of the peer's windows. It is void for a stream on which we have finished, or that the
    /// peer cannot know.
    fn on_window_update(&mut self, update: WindowUpdate) -> Handled {
        let WindowUpdate { stream, delta } = update;
        if stream == StreamId::ZERO {
            self.outbound.flow.grow_session(delta).map_err(SessionError::Flow)?;
            return Ok(None);
        }
        let is_on_wire = self.streams.is_on_wire(stream);
        let takes_it = |entry: &&mut Stream| is_on_wire && entry.live.local != Half::Closed;
        let Some(entry) = self.streams.get_mut(stream).filter(takes_it) else {
            return Ok(None);
        };
        match self.outbound.grow(entry, delta) {
            Ok(()) => Ok(None),
            Err(fault) => {
                let status = match fault {
                    FlowFault::ZeroDelta => Status::PROTOCOL_ERROR,
                    _ => Status::FLOW_CONTROL_ERROR,
                };
                self.stream_error(stream, status, Fault::Flow(fault))
            }
        }
    }

    /// Tears down a stream whose window the peer's SETTINGS lifted too high.
    pub(super) fn on_overflow(&mut self, stream: StreamId) -> Handled {
        let fault = Fault::Flow(FlowFault::Overflow);
        self.stream_error(stream, Status::FLOW_CONTROL_ERROR, fault)
    }

    fn on_subresource(&mut self, subresource: Subresource) -> Handled {
        let Subresource { stream, headers } = subresource;
        refuse_zero(stream)?;
        let event = Event::Subresource { stream, headers };
        self.deliver(stream, Input::RecvSubresource, Some(event))
    }

    /// Moves a stream on, and returns the event if the input fits.
    fn deliver(&mut self, stream: StreamId, input: Input, event: Option<Event>) -> Handled {
        match self.streams.receive(stream, input) {
            // What was owed to the stream is not, once the peer has finished it.
            Ok(Outcome::Live) => {
                let entry = self.streams.get_mut(stream);
                if let Some(entry) = entry.filter(|it| it.is_owed && it.live.remote != Half::Open) {
                    entry.is_owed = false;
                    self.outbound.flow.owe_less(&self.streams);
                }
            }
            Ok(Outcome::Over(entry)) => {
                // FIN both ways, so it has its reply: if nowhere else, in this very frame.
                self.budgets.completed();
                self.outbound.complete(entry, &mut self.streams);
            }
            Err(refusal) => return self.refused(stream, input, refusal),
        }
        Ok(event)
    }

    /// A frame that does not fit the state of its stream.
    fn refused(&mut self, stream: StreamId, input: Input, refusal: Refusal) -> Handled {
        match refusal.reaction(&self.dialect().faults) {
            Reaction::Ignore => Ok(None),
            Reaction::Stream(status) => match fault(refusal) {
                Some(fault) => self.stream_error(stream, status, fault),
                None if self.may_be_late(input) => Ok(None),
                None => self.answer_once(stream, status),
            },
            Reaction::Session => Err(Fatal::on(stream)(match fault(refusal) {
                Some(fault) => SessionError::Stream { stream, fault },
                None => SessionError::StreamId(stream),
            })),
        }
    }

    /// Tears a live stream down for a fault of the peer.
    fn stream_error(&mut self, stream: StreamId, status: Status, fault: Fault) -> Handled {
        self.budgets.reset(&self.options).map_err(Fatal::on(stream))?;
        self.answer(stream, status)?;
        if let Some(entry) = self.streams.remove(stream) {
            self.outbound.tear(entry, &mut self.streams);
        }
        let cause = Abort::Local(status, fault);
        self.outbound.trace.reset(stream, &cause);
        Ok(Some(Event::Aborted { stream, cause }))
    }

    /// Whether our GOAWAY may explain a frame for a stream that is not live. It cannot explain a
    /// reply: that would be to a stream of ours.
    const fn may_be_late(&self, input: Input) -> bool {
        let is_silent = self.dialect().faults.silent_after_go_away;
        is_silent && self.phase.go_away_sent.is_some() && !matches!(input, Input::RecvReply { .. })
    }

    /// FIN_STREAM for a stream that is not live: once while its ID is remembered, and not if our
    /// SYN_STREAM for it is about to leave.
    fn answer_once(&mut self, stream: StreamId, status: Status) -> Handled {
        if self.streams.is_remembered(stream) || self.streams.is_live(stream) {
            return Ok(None);
        }
        self.answer(stream, status)
    }

    /// FIN_STREAM for a stream that is not live, or will not be from now on.
    fn answer(&mut self, stream: StreamId, status: Status) -> Handled {
        let frame = FinStream::new(stream, status);
        self.outbound.answer(frame, &self.options).map_err(Fatal::on(stream))?;
        self.streams.remember(stream);
        Ok(None)
    }

    fn on_fin_stream(&mut self, fin: FinStream) -> Handled {
        let FinStream { stream, status } = fin;
        let unanswered = self.streams.get(stream).is_some_and(Stream::is_unanswered);
        if unanswered {
            self.budgets.reset(&self.options)?;
        }
        let Ok(Outcome::Over(entry)) = self.streams.receive(stream, Input::RecvFinStream) else {
            return Ok(None);
        };
        if !unanswered && self.options.resets_are_ends {
            self.budgets.completed();
        }
        self.streams.remember(stream);
        self.outbound.tear(entry, &mut self.streams);
        let cause = Abort::Peer(status);
        Ok(Some(Event::Aborted { stream, cause }))
    }

    fn on_settings(&mut self, mut settings: Settings) -> Handled {
        if let Some(limit) = settings.in_force(SettingId::MAX_CONCURRENT_STREAMS) {
            self.max_ours = Some(limit);
        }
        if let Some(size) = settings.in_force(SettingId::INITIAL_WINDOW_SIZE) {
            self.outbound
                .set_initial_window(size, &mut self.streams)
                .map_err(SessionError::Flow)?;
        }
        // A server keeps nothing for its clients (S2-037).
        if self.role == Role::Server {
            settings.clear = false;
            for entry in &mut settings.entries {
                entry.flags &= !Setting::PERSIST_VALUE;
            }
        }
        Ok(Some(Event::Settings(settings)))
    }

    fn on_ping(&mut self, id: PingId) -> Handled {
        match self.pings.receive(id) {
            pings::Received::Pong => Ok(Some(Event::Pong(id))),
            pings::Received::Stray => Ok(None),
            pings::Received::Echo => {
                self.outbound.echo(id, &self.options)?;
                Ok(None)
            }
        }
    }

    fn on_go_away(&mut self, go_away: GoAway) -> Event {
        self.phase.go_away_received = true;
        let last_good = self.streams.set_last_good(go_away.last_good);
        while let Some(entry) = self.streams.pop_not_covered() {
            self.outbound.tear(entry, &mut self.streams);
        }
        Event::GoAway { last_good, status: go_away.status }
    }
}

impl Session {
    /// The peer's Close frame: it reads and sends nothing more, whatever is still open.
    fn on_close(&mut self, close: Option<&Close>) -> Event {
        self.received.count(FrameType::GoAway);
        let (status, last_good) = told(close);
        let last_good = last_good.map(|bytes| StreamId::new(u32::from_be_bytes(bytes)));
        let event =
            self.on_go_away(GoAway { last_good: last_good.unwrap_or(StreamId::MAX), status });
        let answer = self.go_away_frame(GoAwayStatus::OK);
        self.outbound.end_with([Frame::GoAway(answer)]);
        self.phase.end = Some(End::Close);
        event
    }
}

/// A stream's frame that names no stream. FIN_STREAM is not judged: it is never answered.
fn refuse_zero(stream: StreamId) -> Result<(), Fatal> {
    if stream == StreamId::ZERO {
        return Err(SessionError::StreamId(stream).into());
    }
    Ok(())
}

/// The fault of a frame on a live stream; `None` where there is no stream that could be torn down.
const fn fault(refusal: Refusal) -> Option<Fault> {
    Some(match refusal {
        Refusal::NeverOpened | Refusal::Over | Refusal::DataWhenOver | Refusal::Void => {
            return None;
        }
        Refusal::SecondSyn => Fault::SecondSynStream,
        Refusal::SecondReply => Fault::SecondSynReply,
        Refusal::ReplyFromOpener => Fault::ReplyFromOpener,
        Refusal::DataBeforeReply => Fault::DataBeforeReply,
        Refusal::AfterFin => Fault::AfterFin,
        Refusal::AgainstOneWay => Fault::AgainstOneWay,
    })
}
