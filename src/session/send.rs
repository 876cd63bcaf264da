//! A call of ours: to a queued frame, or refused. What is refused changes nothing.

use bytes::Bytes;

use super::Session;
use super::error::SendError;
use super::state::{Input, Live, Opener, Refusal, State};
use super::stream::Stream;
use super::windows::MAX_WINDOW;
use crate::codec::{check_headers, check_settings, check_subresource};
use crate::dialect::{Association, Carrier, SettingsForm};
use crate::frame::{
    FinStream, Frame, FrameType, GoAway, HeadersFrame, Subresource, SynReply, SynStream,
};
use crate::headers::Headers;
use crate::id::{PingId, Role, StreamId};
use crate::priority::Priority;
use crate::status::{GoAwayStatus, Setting, SettingId, Settings, Status};

/// What a new stream is to be; see [`Session::open`].
///
/// ```
/// use spdy::{Open, Priority};
///
/// let get = Open::new([("method", "GET"), ("url", "http://example.com/"), ("version", "HTTP/1.1")])
///     .priority(Priority::new(2))
///     .fin(true);
/// ```
#[derive(Clone, Debug)]
pub struct Open {
    headers: Headers,
    priority: Priority,
    fin: bool,
    associated: Option<StreamId>,
    unidirectional: bool,
    push_allowed: bool,
}

impl Open {
    /// A stream of the highest priority on which data will be sent.
    #[must_use]
    pub fn new(headers: impl Into<Headers>) -> Self {
        Self {
            headers: headers.into(),
            priority: Priority::default(),
            fin: false,
            associated: None,
            unidirectional: false,
            push_allowed: false,
        }
    }

    /// Its name/value list: a client compares a push with that of its request.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// How urgent the stream is: for our data, and for what the peer answers.
    #[must_use]
    pub const fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Whether the stream is finished at once: no data will be sent on it.
    #[must_use]
    pub const fn fin(mut self, fin: bool) -> Self {
        self.fin = fin;
        self
    }

    /// The stream to which this one belongs, which must be open: for a push the request that it is
    /// pushed for. Open it before the data that makes the peer want it (SPDY/3, section "Server
    /// Push Transactions").
    ///
    /// Draft 1 does not carry the association. There the request must have its reply, so that the
    /// reply, which announces the push, goes first (section "Server push").
    #[must_use]
    pub const fn associated(mut self, stream: StreamId) -> Self {
        self.associated = Some(stream);
        self
    }

    /// Whether only we send on the stream: there is no reply. From SPDY/2 on; in Draft 1 every
    /// stream of a server is such a one and none of a client.
    #[must_use]
    pub const fn unidirectional(mut self, unidirectional: bool) -> Self {
        self.unidirectional = unidirectional;
        self
    }

    /// Whether the server may push for this request (Speed+Mobility, FLAG_PUSH_ALLOWED): there it
    /// needs this leave, beside [`Config::push`](crate::Config::push). Only a client gives it.
    #[must_use]
    pub const fn push_allowed(mut self, allowed: bool) -> Self {
        self.push_allowed = allowed;
        self
    }
}

impl<H: Into<Headers>> From<H> for Open {
    fn from(headers: H) -> Self {
        Self::new(headers)
    }
}

impl Session {
    /// Opens a stream with SYN_STREAM and returns its ID.
    ///
    /// The peer answers with [`Event::SynReply`], or resets the stream ([`Event::Aborted`]). Unless
    /// [`fin`](Open::fin) said that there is none, data may follow at once. On a
    /// [`unidirectional`](Open::unidirectional) stream, which a server's always is in Draft 1, only
    /// we send.
    ///
    /// # Errors
    ///
    /// [`TooManyStreams`](SendError::TooManyStreams) at the limit that the peer announced: nothing
    /// is queued, try again when a stream has ended. [`GoAway`](SendError::GoAway) after one was
    /// sent or received; [`IdsExhausted`](SendError::IdsExhausted) after 2^30 streams;
    /// [`Headers`](SendError::Headers) for a list that the version cannot send;
    /// [`NotInVersion`](SendError::NotInVersion) for a unidirectional stream of a client in Draft 1,
    /// and for a leave to push but by a client of Speed+Mobility, where
    /// [`PushNotAllowed`](SendError::PushNotAllowed) is the answer to a push without that leave, for
    /// no request, or not unidirectional.
    ///
    /// [`Event::SynReply`]: crate::Event::SynReply
    /// [`Event::Aborted`]: crate::Event::Aborted
    pub fn open(&mut self, open: impl Into<Open>) -> Result<StreamId, SendError> {
        let open = open.into();
        self.check_not_over()?;
        if self.is_going_away() {
            return Err(SendError::GoAway);
        }
        let dialect = self.version.dialect();
        let is_named = dialect.association == Association::Named;
        let one_way = if is_named { open.unidirectional } else { self.role == Role::Server };
        let gives_leave = open.push_allowed;
        let may_give_leave = dialect.push_flag != 0 && self.role == Role::Client;
        if (open.unidirectional && !one_way) || (gives_leave && !may_give_leave) {
            return Err(SendError::NotInVersion);
        }
        if let Some(main) = open.associated {
            match self.streams.state(main) {
                State::Live(_) if is_named => {}
                State::Live(Live { opener: Opener::Local, .. }) => {
                    return Err(SendError::ReplyFromOpener);
                }
                State::Live(Live { replied: true, .. }) => {}
                State::Live(_) => return Err(SendError::NotReplied),
                State::Idle => return Err(SendError::NeverOpened),
                State::Over => return Err(SendError::StreamOver),
            }
        }
        let needs_leave = self.role == Role::Server && dialect.push_flag != 0;
        let is_push = one_way || open.associated.is_some();
        if needs_leave && is_push && !(one_way && self.is_push_allowed(open.associated)) {
            return Err(SendError::PushNotAllowed);
        }
        check_headers(dialect, &open.headers)?;
        let stream = self.streams.next_id().ok_or(SendError::IdsExhausted)?;
        if self.can_open() == 0 {
            return Err(SendError::TooManyStreams);
        }
        let input = Input::SendSyn { fin: open.fin, one_way };
        let State::Live(live) = State::Idle.on(input)? else {
            return Err(SendError::StreamOver);
        };
        let priority = dialect.priority.clamp(open.priority);
        let mut entry = Stream::new(stream, live, priority);
        entry.push_allowed = gives_leave;
        self.streams.insert(entry);
        self.outbound.trace.open(stream);
        if let Some(entry) = self.streams.get_mut(stream) {
            let frame = Frame::SynStream(SynStream {
                stream,
                associated: open.associated.filter(|_| is_named),
                priority,
                fin: open.fin,
                unidirectional: one_way && is_named,
                push_allowed: gives_leave,
                slot: 0,
                headers: open.headers,
            });
            self.outbound.enqueue(entry, frame);
            if !open.fin {
                self.outbound.announce_writable(entry);
            }
        }
        Ok(stream)
    }

    /// Accepts a stream of the peer's with SYN_REPLY; with `fin` there is no data.
    ///
    /// # Errors
    ///
    /// A stream that has its reply, that we opened, that the peer pushed, or that has ended.
    pub fn reply(
        &mut self,
        stream: StreamId,
        headers: impl Into<Headers>,
        fin: bool,
    ) -> Result<(), SendError> {
        let headers = headers.into();
        self.check_not_over()?;
        let dialect = self.version.dialect();
        self.queue(stream, Input::SendReply { fin }, || {
            check_headers(dialect, &headers)?;
            Ok(Frame::SynReply(SynReply { stream, fin, headers }))
        })
    }

    /// Queues data; with `fin` it is the last. Never refused for its size: see
    /// [`poll_writable`](Self::poll_writable). Up to 512 bytes are copied into the output, more are sent
    /// from where they are.
    ///
    /// No bytes with `fin` end the stream with an empty frame; no bytes without it do nothing.
    ///
    /// # Errors
    ///
    /// A stream that has ended, that we have finished, that the peer pushed, or that we have not
    /// replied to.
    pub fn send_data(
        &mut self,
        stream: StreamId,
        data: impl Into<Bytes>,
        fin: bool,
    ) -> Result<(), SendError> {
        self.send_bytes(stream, data.into(), fin)
    }

    fn send_bytes(&mut self, stream: StreamId, payload: Bytes, fin: bool) -> Result<(), SendError> {
        self.check_not_over()?;
        let (outbound, input) = (&mut self.outbound, Input::SendData { fin });
        let taken = self.streams.with_mut(stream, |entry| {
            let takes_it = entry.live.gives_data();
            if takes_it && (fin || !payload.is_empty()) {
                if fin {
                    entry.move_on(input);
                }
                outbound.enqueue_data(entry, payload, fin);
            }
            takes_it
        });
        match taken {
            Some(true) => Ok(()),
            _ => self.check(stream, input),
        }
    }

    /// Sends more headers on a stream, behind what it has queued; with `fin` they are the last of it.
    /// From SPDY/2 on, where the FIN of SPDY/2 follows in a frame of its own. That names differ from
    /// those sent before is for the caller to see to.
    ///
    /// # Errors
    ///
    /// [`NotInVersion`](SendError::NotInVersion) in Draft 1; otherwise as
    /// [`send_data`](Self::send_data).
    pub fn send_headers(
        &mut self,
        stream: StreamId,
        headers: impl Into<Headers>,
        fin: bool,
    ) -> Result<(), SendError> {
        let headers = headers.into();
        self.check_not_over()?;
        self.check_frame(FrameType::Headers)?;
        let dialect = self.version.dialect();
        let fin_inside = fin && dialect.headers_carry_fin;
        self.queue(stream, Input::SendHeaders { fin: fin_inside }, || {
            check_headers(dialect, &headers)?;
            Ok(Frame::Headers(HeadersFrame { stream, fin: fin_inside, headers }))
        })?;
        if fin && !fin_inside {
            self.send_data(stream, Bytes::new(), true)?;
        }
        Ok(())
    }

    /// Gives `bytes` of a stream's data back to the peer, which may then send as much again: for
    /// [`manual_credit`](crate::Config::manual_credit) only, otherwise nothing happens. Call it for
    /// every byte that was delivered, also after the end of the stream: the session's window of
    /// SPDY/3.1 needs it. What a stream that was reset has not released is given back by itself, and
    /// of each stream never more than was delivered.
    #[doc(alias("window_update", "credit"))]
    pub fn release(&mut self, stream: StreamId, bytes: usize) {
        match self.streams.get_mut(stream) {
            Some(entry) => self.outbound.flow.release(entry, bytes),
            None => self.outbound.flow.release_late(stream, bytes),
        }
    }

    /// Lets the peer send `bytes` more at a time on all streams together (SPDY/3.1): the session's
    /// window is 64 KiB at first, whatever the settings say.
    ///
    /// # Errors
    ///
    /// [`NotInVersion`](SendError::NotInVersion) but in SPDY/3.1; [`Window`](SendError::Window) for
    /// more than a window of 2^31 - 1 bytes.
    pub fn grow_session_window(&mut self, bytes: u32) -> Result<(), SendError> {
        self.check_not_over()?;
        if !self.outbound.flow.has_session_window() {
            return Err(SendError::NotInVersion);
        }
        let grown = self.outbound.flow.announce_growth(bytes);
        grown.then_some(()).ok_or(SendError::Window)
    }

    /// Announces a resource that belongs to a stream; goes out before later data of the stream
    /// (Draft 1, section "SUBRESOURCE").
    ///
    /// # Errors
    ///
    /// [`NotInVersion`](SendError::NotInVersion) but in Draft 1; a list without `url` or `method`; a
    /// stream that has ended or that we have finished.
    pub fn subresource(
        &mut self,
        stream: StreamId,
        headers: impl Into<Headers>,
    ) -> Result<(), SendError> {
        let headers = headers.into();
        self.check_not_over()?;
        self.check_frame(FrameType::Subresource)?;
        let dialect = self.version.dialect();
        self.queue(stream, Input::SendSubresource, || {
            check_subresource(dialect, &headers)?;
            Ok(Frame::Subresource(Subresource { stream, headers }))
        })
    }

    /// Tears a stream down at once, both directions, and drops what it has queued, its reply too; of its
    /// data only a frame that has begun to leave still does. If its SYN_STREAM has not been staged yet,
    /// nothing is sent at all. No event follows for the stream.
    ///
    /// [`Status::REFUSED_STREAM`] refuses a stream before its reply, or a push.
    /// [`Status::CANCEL`] says that it is not wanted any more: Draft 1, which has no such code,
    /// sends INVALID_STREAM. In place of any other code that a version lacks goes PROTOCOL_ERROR. A
    /// stream that has ended stays as it is; so does one after [`close`](Self::close) has sent its GOAWAY,
    /// except that it is forgotten here.
    ///
    /// # Errors
    ///
    /// Status 0; REFUSED_STREAM for a stream that was accepted or that we opened; a stream that was
    /// never opened.
    #[doc(alias("rst_stream", "reset", "cancel"))]
    pub fn fin_stream(&mut self, stream: StreamId, status: Status) -> Result<(), SendError> {
        let refuses = status == Status::REFUSED_STREAM;
        if status == Status(0) {
            return Err(SendError::Status);
        }
        let state = self.streams.state(stream);
        match (state, state.on(Input::SendFinStream)) {
            (State::Live(live), _) if refuses && !live.is_refusable() => {
                return Err(SendError::Status);
            }
            (_, Err(Refusal::NeverOpened)) => return Err(SendError::NeverOpened),
            _ => {}
        }
        // One that a GOAWAY has killed is over, and still there to be reported: that is void now.
        let is_on_wire = self.streams.is_on_wire(stream);
        let removed = match state {
            State::Live(_) if refuses => self.streams.refuse(stream),
            _ => self.streams.remove(stream),
        };
        if let Some(entry) = removed {
            self.outbound.tear(entry, &mut self.streams);
        }
        if let (State::Live(live), true) = (state, is_on_wire) {
            self.streams.remember(stream);
            let status = self.version.dialect().stand_in(status);
            let frame = FinStream::new(stream, status);
            self.outbound.fin_stream(frame, live.opener == Opener::Remote);
        }
        Ok(())
    }

    /// Sends a PING; its answer is [`Event::Pong`](crate::Event::Pong). The caller measures.
    ///
    /// # Errors
    ///
    /// [`TooManyPings`](SendError::TooManyPings) while 64 are unanswered.
    pub fn ping(&mut self) -> Result<PingId, SendError> {
        self.check_not_over()?;
        let id = self.pings.send().ok_or(SendError::TooManyPings)?;
        self.outbound.ping(id);
        Ok(id)
    }

    /// Announces settings: in Draft 1 HELLO, which must be the first frame.
    ///
    /// A limit on concurrent streams also becomes ours: it takes the place of
    /// [`Config::max_streams`](crate::Config::max_streams). An initial window size (SPDY/3 and 3.1)
    /// is what each stream of the peer may send from now on; a smaller one than before is not held
    /// against data that the larger one allowed. Send only what you know; nothing is added.
    ///
    /// # Errors
    ///
    /// [`NotFirst`](SendError::NotFirst) in Draft 1 when a frame has begun to leave, or HELLO was
    /// asked for; [`NotInVersion`](SendError::NotInVersion) in Speed+Mobility;
    /// [`Settings`](SendError::Settings) for an ID twice, for a window above 2^31 - 1, for
    /// flags in Draft 1, and for a client that asks the server to keep or to drop values.
    #[doc(alias = "hello")]
    pub fn send_settings(&mut self, settings: impl Into<Settings>) -> Result<(), SendError> {
        let settings = settings.into();
        self.check_not_over()?;
        self.check_frame(FrameType::Settings)?;
        let dialect = self.version.dialect();
        let too_many = settings.entries.len() > self.decoder.limits().settings;
        let persists =
            settings.entries.iter().any(|entry| entry.flags & Setting::PERSIST_VALUE != 0);
        let asks_the_server = self.role == Role::Client && (settings.clear || persists);
        let window = settings.in_force(SettingId::INITIAL_WINDOW_SIZE);
        let too_large = window.is_some_and(|size| size > MAX_WINDOW);
        if too_many || asks_the_server || too_large || check_settings(dialect, &settings).is_err() {
            return Err(SendError::Settings);
        }
        let limit = settings.in_force(SettingId::MAX_CONCURRENT_STREAMS);
        if dialect.settings_form == SettingsForm::Hello {
            if !self.outbound.hello(settings) {
                return Err(SendError::NotFirst);
            }
        } else {
            self.outbound.settings(settings);
        }
        self.max_theirs = limit.unwrap_or(self.max_theirs);
        if let Some(size) = window {
            self.outbound.flow.announce_initial(size, &mut self.streams);
        }
        Ok(())
    }

    /// Sends GOAWAY: which streams of the peer were accepted is fixed now, later ones are dropped
    /// without an answer, and open streams go on to their end. Draft 1 and SPDY/2 do not carry the
    /// status.
    ///
    /// In Speed+Mobility a Close frame takes the place of GOAWAY, and nothing may follow it: it
    /// leaves when the last stream has ended. Until then new streams of the peer are refused.
    ///
    /// Only the first call has an effect.
    pub fn go_away(&mut self, status: GoAwayStatus) {
        let was_sent = self.phase.go_away_sent.is_some() || self.phase.draining.is_some();
        if was_sent || self.phase.end.is_some() {
            return;
        }
        if self.version.dialect().carrier == Carrier::WebSocket {
            self.phase.draining = Some(status);
            return;
        }
        let frame = self.go_away_frame(status);
        self.phase.go_away_sent = Some(frame.last_good);
        self.outbound.go_away(frame);
    }

    /// GOAWAY as it stands now: it covers every stream that was handed to the caller, and those that
    /// an earlier one covered.
    pub(super) fn go_away_frame(&self, status: GoAwayStatus) -> GoAway {
        let dialect = self.version.dialect();
        let covered = || self.streams.last_accepted(dialect.last_good_counts_refused);
        let last_good = self.phase.go_away_sent.unwrap_or_else(covered);
        GoAway { last_good, status: dialect.go_away_has_status.then_some(status) }
    }

    /// Ends the session in good order: what is queued goes out, then GOAWAY as the last frame
    /// (unless [`go_away`](Self::go_away) sent one), and then [`is_done`](Self::is_done).
    ///
    /// From now on calls that send are refused, except [`fin_stream`](Self::fin_stream), and so
    /// are the peer's new streams. What it sends on open ones is still delivered, but nothing is
    /// given back to its windows behind that GOAWAY: a body larger than its window does not end. To
    /// let requests and responses be completed first, call [`go_away`](Self::go_away) now and this
    /// when they are.
    pub fn close(&mut self) {
        self.phase.closing = true;
        self.settle();
    }

    fn check_not_over(&self) -> Result<(), SendError> {
        if self.phase.closing || self.phase.end.is_some() {
            return Err(SendError::SessionOver);
        }
        Ok(())
    }

    /// Whether the version has such a frame.
    fn check_frame(&self, frame_type: FrameType) -> Result<(), SendError> {
        let row = self.version.dialect().row(frame_type);
        row.map(|_| ()).ok_or(SendError::NotInVersion)
    }

    /// Whether a stream is in a state for what we want to send.
    fn check(&self, stream: StreamId, input: Input) -> Result<(), SendError> {
        self.streams.state(stream).on(input)?;
        Ok(())
    }

    /// Queues a frame, made if the stream takes it, and moves the stream on. Nothing that we queue ends a
    /// stream at once: that comes when its FIN is staged.
    fn queue(
        &mut self,
        stream: StreamId,
        input: Input,
        frame: impl FnOnce() -> Result<Frame, SendError>,
    ) -> Result<(), SendError> {
        let state = self.streams.state(stream).on(input)?;
        let (Some(entry), State::Live(live)) = (self.streams.get_mut(stream), state) else {
            return Err(SendError::StreamOver);
        };
        let frame = frame()?;
        entry.live = live;
        self.outbound.enqueue(entry, frame);
        if let Input::SendReply { fin: false } = input {
            self.outbound.announce_writable(entry);
        }
        Ok(())
    }
}

impl From<Refusal> for SendError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NeverOpened => Self::NeverOpened,
            Refusal::Over | Refusal::DataWhenOver | Refusal::Void | Refusal::SecondSyn => {
                Self::StreamOver
            }
            Refusal::SecondReply => Self::SecondReply,
            Refusal::ReplyFromOpener => Self::ReplyFromOpener,
            Refusal::DataBeforeReply => Self::NotReplied,
            Refusal::AfterFin => Self::AfterFin,
            Refusal::AgainstOneWay => Self::AgainstOneWay,
        }
    }
}
