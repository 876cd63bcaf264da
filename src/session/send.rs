//! A call of ours: to a queued frame, or refused. What is refused changes nothing.

use bytes::Bytes;

use super::Session;
use super::error::SendError;
use super::state::{Input, Live, Opener, Refusal, State};
use crate::codec::{check_headers, check_settings, check_subresource};
use crate::frame::{Data, FinStream, Frame, GoAway, Subresource, SynReply, SynStream};
use crate::headers::Headers;
use crate::id::{PingId, Role, StreamId};
use crate::priority::Priority;
use crate::status::{GoAwayStatus, Settings, Status};

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
        }
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

    /// The peer's stream for which this one is pushed. It must be open and have its reply, so that
    /// the reply, which announces the push, goes first (Draft 1, section "Server push"). Draft 1
    /// does not carry the association.
    #[must_use]
    pub const fn associated(mut self, stream: StreamId) -> Self {
        self.associated = Some(stream);
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
    /// A client's stream is a request: the peer answers with [`Event::SynReply`] or refuses. Data
    /// may follow at once. A server's stream is a push (Draft 1, section "Server push"): only the
    /// server sends on it.
    ///
    /// # Errors
    ///
    /// [`TooManyStreams`](SendError::TooManyStreams) at the limit that the peer announced: nothing
    /// is queued, try again when a stream has ended. [`GoAway`](SendError::GoAway) after one was
    /// sent or received; [`IdsExhausted`](SendError::IdsExhausted) after 2^30 streams;
    /// [`Headers`](SendError::Headers) for a list that the version cannot send.
    ///
    /// [`Event::SynReply`]: crate::Event::SynReply
    pub fn open(&mut self, open: impl Into<Open>) -> Result<StreamId, SendError> {
        let open = open.into();
        self.check_not_over()?;
        if self.is_going_away() {
            return Err(SendError::GoAway);
        }
        if let Some(main) = open.associated {
            match self.streams.state(main) {
                State::Live(Live { opener: Opener::Local, .. }) => {
                    return Err(SendError::ReplyFromOpener);
                }
                State::Live(Live { replied: true, .. }) => {}
                State::Live(_) => return Err(SendError::NotReplied),
                State::Idle => return Err(SendError::NeverOpened),
                State::Over => return Err(SendError::StreamOver),
            }
        }
        check_headers(self.version.dialect(), &open.headers)?;
        let stream = self.streams.next_id().ok_or(SendError::IdsExhausted)?;
        if self.can_open() == 0 {
            return Err(SendError::TooManyStreams);
        }
        let dialect = self.version.dialect();
        let input = Input::SendSyn {
            fin: open.fin,
            one_way: self.role == Role::Server && dialect.server_streams_are_one_way,
        };
        let State::Live(live) = State::Idle.on(input)? else {
            return Err(SendError::StreamOver);
        };
        let priority = dialect.priority.clamp(open.priority);
        self.streams.insert_ours(stream, live, priority);
        if let Some(entry) = self.streams.get_mut(stream) {
            let frame = Frame::SynStream(SynStream {
                stream,
                priority,
                fin: open.fin,
                headers: open.headers,
            });
            self.outbound.enqueue(stream, entry, frame);
            if !open.fin {
                self.outbound.announce_writable(stream, entry);
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
        self.check(stream, Input::SendReply { fin })?;
        check_headers(self.version.dialect(), &headers)?;
        let frame = Frame::SynReply(SynReply { stream, fin, headers });
        self.queue(stream, Input::SendReply { fin }, frame)?;
        if let Some(entry) = self.streams.get_mut(stream).filter(|_| !fin) {
            self.outbound.announce_writable(stream, entry);
        }
        Ok(())
    }

    /// Queues data; with `fin` it is the last. Never refused for its size: see
    /// [`poll_writable`](Self::poll_writable). Bytes are not copied.
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
        let payload = data.into();
        self.check_not_over()?;
        self.check(stream, Input::SendData { fin })?;
        if payload.is_empty() && !fin {
            return Ok(());
        }
        let frame = Frame::Data(Data { stream, fin, payload, remaining: 0 });
        self.queue(stream, Input::SendData { fin }, frame)
    }

    /// Announces a resource that belongs to a stream; goes out before later data of the stream
    /// (Draft 1, section "SUBRESOURCE").
    ///
    /// # Errors
    ///
    /// A list without `url` or `method`; a stream that has ended or that we have finished.
    pub fn subresource(
        &mut self,
        stream: StreamId,
        headers: impl Into<Headers>,
    ) -> Result<(), SendError> {
        let headers = headers.into();
        self.check_not_over()?;
        self.check(stream, Input::SendSubresource)?;
        check_subresource(self.version.dialect(), &headers)?;
        let frame = Frame::Subresource(Subresource { stream, headers });
        self.queue(stream, Input::SendSubresource, frame)
    }

    /// Tears a stream down at once, both directions, and drops what it has queued; of its data only
    /// a frame that has begun to leave still does. If its SYN_STREAM has not been staged yet,
    /// nothing is sent at all. No event follows for the stream.
    ///
    /// [`Status::REFUSED_STREAM`] refuses a stream before its reply, or a push.
    /// [`Status::CANCEL`] says that it is not wanted any more: Draft 1, which has no such code,
    /// sends INVALID_STREAM, and PROTOCOL_ERROR for any other code that it lacks. A stream that
    /// has ended stays as it is; so does one after [`close`](Self::close) has sent its GOAWAY,
    /// except that it is forgotten here.
    ///
    /// # Errors
    ///
    /// Status 0; REFUSED_STREAM for a stream that was accepted or that we opened; a stream that was
    /// never opened.
    #[doc(alias = "rst_stream")]
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
            self.outbound.tear(stream, &entry, &self.streams);
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
    /// [`Config::max_streams`](crate::Config::max_streams). Send only what you know; nothing is
    /// added.
    ///
    /// # Errors
    ///
    /// [`NotFirst`](SendError::NotFirst) when a frame has begun to leave, or HELLO was asked for;
    /// [`Settings`](SendError::Settings) for an ID twice.
    #[doc(alias = "hello")]
    pub fn send_settings(&mut self, settings: impl Into<Settings>) -> Result<(), SendError> {
        let settings = settings.into();
        self.check_not_over()?;
        let too_many = settings.entries.len() > self.config.limits.settings;
        if too_many || check_settings(&settings).is_err() {
            return Err(SendError::Settings);
        }
        let limit = settings.max_concurrent_streams();
        if self.version.dialect().settings_come_first {
            if !self.outbound.hello(settings) {
                return Err(SendError::NotFirst);
            }
        } else {
            self.outbound.settings(settings);
        }
        self.max_theirs = limit.unwrap_or(self.max_theirs);
        Ok(())
    }

    /// Sends GOAWAY: which streams of the peer were accepted is fixed now, later ones are dropped
    /// without an answer, and open streams go on to their end. Draft 1 does not carry the status.
    ///
    /// Only the first call has an effect.
    pub fn go_away(&mut self, status: GoAwayStatus) {
        if self.phase.go_away_sent || self.phase.end.is_some() {
            return;
        }
        self.phase.go_away_sent = true;
        let frame = self.go_away_frame(status);
        self.outbound.go_away(frame);
    }

    /// GOAWAY as it stands now: it covers every stream that was handed to the caller.
    pub(super) fn go_away_frame(&self, status: GoAwayStatus) -> GoAway {
        let carries_status = self.version.dialect().go_away_has_status;
        GoAway { last_good: self.streams.last_accepted(), status: carries_status.then_some(status) }
    }

    /// Ends the session in good order: what is queued goes out, then GOAWAY as the last frame
    /// (unless [`go_away`](Self::go_away) sent one), and then [`is_done`](Self::is_done).
    ///
    /// From now on calls that send are refused, except [`fin_stream`](Self::fin_stream), and so
    /// are the peer's new streams. What it sends on open ones is still delivered. To let responses
    /// be completed first, call [`go_away`](Self::go_away) now and this when they are.
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

    /// Whether a stream is in a state for what we want to send.
    fn check(&self, stream: StreamId, input: Input) -> Result<(), SendError> {
        self.streams.state(stream).on(input)?;
        Ok(())
    }

    /// Moves a stream on and queues the frame that does. Nothing that we queue ends a stream at
    /// once: that comes when its FIN is staged.
    fn queue(&mut self, stream: StreamId, input: Input, frame: Frame) -> Result<(), SendError> {
        self.streams.apply(stream, input)?;
        if let Some(entry) = self.streams.get_mut(stream) {
            self.outbound.enqueue(stream, entry, frame);
        }
        Ok(())
    }
}

impl From<Refusal> for SendError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NeverOpened => Self::NeverOpened,
            Refusal::Over | Refusal::Void | Refusal::SecondSyn => Self::StreamOver,
            Refusal::SecondReply => Self::SecondReply,
            Refusal::ReplyFromOpener => Self::ReplyFromOpener,
            Refusal::DataBeforeReply => Self::NotReplied,
            Refusal::AfterFin => Self::AfterFin,
            Refusal::AgainstOneWay => Self::AgainstOneWay,
        }
    }
}
