//! One end of a connection: stream states, limits, and the order of what is sent.

// | file | what happens there |
// |---|---|
// | `mod` | [`Session`]: how it is driven |
// | `recv` | a frame of the peer: to an event, an answer, or an error |
// | `send` | a call of ours: to a queued frame, or refused |
// | `state` | the life of a stream, one pure function |
// | `stream` | what is kept of one |
// | `streams`, `table` | which streams there are, and the IDs that were used |
// | `pings` | whose PING it is |
// | `carrier` | what carries the frames: the transport, or a WebSocket |
// | `outbound`, `queue`, `slab` | what waits to be sent |
// | `turns`, `lanes` | whose DATA comes next |
// | `staging` | from what waits to bytes |
// | `staged`, `output`, `fifo` | frames as bytes, until they have left |
// | `flow`, `windows` | what may be sent, and what is given back |
// | `limits` | budgets against floods |
// | `trace` | what `tracing` is told |
// | `rare` | what most sessions never need |
// | `config`, `event`, `error`, `stats` | what the caller sets and gets |

mod carrier;
mod config;
mod error;
mod event;
mod fifo;
mod flow;
mod lanes;
mod limits;
mod outbound;
mod output;
mod pings;
mod queue;
mod rare;
mod recv;
mod send;
mod slab;
mod staged;
mod staging;
mod state;
mod stats;
mod stream;
mod streams;
mod table;
mod trace;
mod turns;
mod windows;

use alloc::boxed::Box;
use core::fmt;

use bytes::Buf;

pub use crate::codec::Compression;
pub use config::{Config, FlowControl};
pub use error::{MessageFault, SendError, SessionError};
pub use event::{Abort, Event, Fault, FlowFault};
pub use output::Output;
pub use send::Open;
pub use stats::{Direction, Stats};

use crate::codec::{Decoder, Short};
use crate::dialect::Carrier;
use crate::frame::{Data, FinStream, Frame};
use crate::id::{Role, StreamId};
use crate::status::{GoAwayStatus, Status};
use crate::version::Version;
use carrier::{Inlet, Masks, Outlet, Reader, ReceiveError, Writer};
use config::Options;
use limits::Budgets;
use outbound::Outbound;
use pings::Pings;
use recv::Fatal;
use staging::Context;
use stats::FrameCounts;
use streams::Streams;

/// One end of a SPDY connection.
///
/// Feed what was read to [`next_event`](Self::next_event) until it gives `Ok(None)`; call the
/// methods that send whenever you like; write what [`output`](Self::output) stages while
/// [`wants_write`](Self::wants_write). There is no rule about the order of the three. [The
/// guide](crate::guide::run_loop) shows a driver.
///
/// | to | call |
/// |---|---|
/// | begin | [`client`](Self::client), [`server`](Self::server) |
/// | read | [`next_event`](Self::next_event), [`end_of_input`](Self::end_of_input) |
/// | write | [`wants_write`](Self::wants_write), [`output`](Self::output) |
/// | open a stream, or answer one | [`open`](Self::open), [`reply`](Self::reply) |
/// | send on it | [`send_data`](Self::send_data), [`send_headers`](Self::send_headers) |
/// | send no more than there is room for | [`poll_writable`](Self::poll_writable), [`queued`](Self::queued) |
/// | let the peer send more | [`release`](Self::release), [`grow_session_window`](Self::grow_session_window) |
/// | give a stream up | [`fin_stream`](Self::fin_stream) |
/// | end | [`go_away`](Self::go_away), [`close`](Self::close), [`is_done`](Self::is_done) |
///
/// A request and its answer, with a buffer in place of the transport:
///
/// ```
/// use bytes::{BufMut, BytesMut};
/// use spdy::{Config, Event, Session, Version, http};
///
/// let mut client = Session::client(Version::Spdy3_1, Config::default());
/// let mut server = Session::server(Version::Spdy3_1, Config::default());
/// let mut wire = BytesMut::new();
///
/// let request = http::request(Version::Spdy3_1, "GET", "http://example.com/", ())?;
/// let stream = client.open(request)?; // a GET has no body: its half of the stream ends here
/// wire.put(client.output());
///
/// while let Some(event) = server.next_event(&mut wire)? {
///     if let Event::SynStream { stream, .. } = event {
///         server.reply(stream, http::response(Version::Spdy3_1, "200 OK", ())?, false)?;
///         server.send_data(stream, "hello", true)?; // the last of it: FIN
///     }
/// }
/// wire.put(server.output());
///
/// let mut body = Vec::new();
/// while let Some(event) = client.next_event(&mut wire)? {
///     match event {
///         Event::Data { data, .. } => body.extend_from_slice(&data),
///         Event::Aborted { cause, .. } => panic!("{cause}"),
///         _ => {} // the reply with its headers, and events that later versions of the crate add
///     }
/// }
/// assert_eq!(body, b"hello");
/// assert_eq!(client.open_streams(), 0);
/// # assert_eq!(stream.get(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session {
    version: Version,
    role: Role,
    options: Options,
    inlet: Inlet,
    decoder: Decoder,
    streams: Streams,
    pings: Pings,
    outbound: Outbound,
    budgets: Budgets,
    received: FrameCounts,
    /// How many streams of the peer may be open: what was configured or announced.
    max_theirs: u32,
    /// How many streams of ours the peer lets be open.
    max_ours: Option<u32>,
    phase: Phase,
}

/// How it stands. What it keeps of headers and has staged is left out: it may be secret.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut session = f.debug_struct("Session");
        session.field("version", &self.version).field("role", &self.role);
        session.field("open_streams", &self.open_streams()).field("queued", &self.queued());
        session.field("staged", &self.outbound.staged().len()).field("phase", &self.phase);
        session.finish_non_exhaustive()
    }
}

/// How far the session is on its way to its end.
#[derive(Debug, Default)]
struct Phase {
    /// Our GOAWAY, and the last stream of the peer's that it covers.
    go_away_sent: Option<StreamId>,
    go_away_received: bool,
    /// A GOAWAY that is the last frame waits for the open streams to end.
    draining: Option<GoAwayStatus>,
    closing: bool,
    end: Option<End>,
}

/// Why there is nothing more to read.
#[derive(Debug)]
enum End {
    Input,
    /// The peer has closed the WebSocket, not yet the transport.
    Close,
    /// Boxed: a session without an error is what has to be small.
    Error(Box<SessionError>),
}

impl Session {
    /// The end that opened the transport. Nothing is sent before a call asks for it.
    #[must_use]
    pub fn client(version: Version, config: Config) -> Self {
        Self::new(version, Role::Client, config)
    }

    /// The end that accepted the transport.
    #[must_use]
    pub fn server(version: Version, config: Config) -> Self {
        Self::new(version, Role::Server, config)
    }

    /// Either end.
    ///
    /// [`Version::SpeedMobility`] needs a WebSocket: one that is made here is over from the start.
    /// See [`client_over_websocket`](Self::client_over_websocket).
    #[must_use]
    pub fn new(version: Version, role: Role, config: Config) -> Self {
        let mut session = Self::on_any_carrier(version, role, config);
        if version.dialect().carrier == Carrier::WebSocket {
            session.outbound.stop();
            session.phase.end = Some(End::Error(Box::new(SessionError::NoWebSocket)));
        }
        session
    }

    fn on_any_carrier(version: Version, role: Role, config: Config) -> Self {
        let Config { limits, options } = config;
        Self {
            version,
            role,
            options,
            inlet: Inlet::default(),
            decoder: Decoder::new(version, limits),
            streams: Streams::new(role),
            pings: Pings::new(role),
            outbound: Outbound::new(version, role, &options),
            budgets: Budgets::default(),
            received: FrameCounts::default(),
            max_theirs: options.max_streams,
            max_ours: None,
            phase: Phase::default(),
        }
    }

    /// The client's end of HTTP Speed+Mobility, behind the handshake; `keys` gives a masking key each
    /// time that it is called, which nobody may be able to predict (RFC 6455, section 5.3).
    #[must_use]
    pub fn client_over_websocket(
        config: Config,
        keys: impl FnMut() -> [u8; 4] + Send + Sync + 'static,
    ) -> Self {
        Self::over_websocket(Role::Client, config, Some(Masks::new(keys)))
    }

    /// The server's end of HTTP Speed+Mobility, behind the handshake.
    #[must_use]
    pub fn server_over_websocket(config: Config) -> Self {
        Self::over_websocket(Role::Server, config, None)
    }

    fn over_websocket(role: Role, config: Config, masks: Option<Masks>) -> Self {
        let mut session = Self::on_any_carrier(Version::SpeedMobility, role, config);
        session.inlet = Inlet::WebSocket(Box::new(Reader::new(role)));
        session.outbound.outlet = Outlet::WebSocket(Box::new(Writer::new(masks)));
        session
    }

    /// Which end this is.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// What is spoken.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Takes bytes off the input until there is an event to return.
    ///
    /// `Ok(None)` means that the input is used up: read more. After
    /// [`end_of_input`](Self::end_of_input) it means that there is nothing more to come.
    ///
    /// # Errors
    ///
    /// The peer broke a rule that nothing can mend. First every open stream has been reported as
    /// [`Event::Aborted`]; a GOAWAY stands in the output. Each later call returns the error again
    /// and consumes nothing.
    #[doc(alias("feed", "poll", "receive", "recv"))]
    pub fn next_event(&mut self, input: &mut impl Buf) -> Result<Option<Event>, SessionError> {
        while !self.has_pending() {
            let handled = match self.inlet.decode_short(&mut self.decoder, input) {
                Short::Data(data) if self.takes_plain_data(&data) => {
                    let Data { stream, payload: data, .. } = data;
                    return Ok(Some(Event::Data { stream, data, fin: false }));
                }
                Short::Data(data) => self.on_data(data),
                Short::WindowUpdate(update) => self.on_short_update(update),
                Short::Ping(id) => self.on_short_ping(id),
                Short::Kept => return Ok(None),
                Short::Unknown => break,
            };
            match handled {
                Ok(None) => {}
                Ok(event) => return Ok(event),
                Err(fatal) => self.fail(fatal),
            }
        }
        self.next_event_of_any(input)
    }

    /// [`Self::next_event`] without its short way.
    #[inline(never)]
    fn next_event_of_any(&mut self, input: &mut impl Buf) -> Result<Option<Event>, SessionError> {
        loop {
            if self.has_pending() {
                if let Some(pending) = self.pending() {
                    return pending;
                }
            } else if self.inlet.is_transport() && !input.has_remaining() {
                return Ok(None);
            }
            let handled = match self.inlet.decode(&mut self.decoder, input) {
                Ok(None) => return Ok(None),
                Ok(Some(received)) => self.on_received(received),
                Err(ReceiveError::Frame(error)) => self.on_decode_error(error),
                Err(ReceiveError::Carrier(error)) => Err(error.into()),
            };
            match handled {
                Ok(None) => {}
                Ok(event) => return Ok(event),
                Err(fatal) => self.fail(fatal),
            }
        }
    }

    /// Whether [`Self::pending`] may have something to say.
    fn has_pending(&self) -> bool {
        let is_ending = self.phase.closing || self.phase.end.is_some();
        is_ending || self.streams.has_unreported() || self.outbound.flow.may_overflow()
    }

    /// What is to be returned before any more input is looked at.
    fn pending(&mut self) -> Option<Result<Option<Event>, SessionError>> {
        self.settle();
        if let Some(stream) = self.streams.pop_unreported() {
            let cause = Abort::NotAccepted;
            return Some(Ok(Some(Event::Aborted { stream, cause })));
        }
        let Some(end) = self.phase.end.as_ref() else {
            return self.pending_overflow();
        };
        if let Some(stream) = self.streams.pop_any() {
            let cause = Abort::Teardown;
            return Some(Ok(Some(Event::Aborted { stream, cause })));
        }
        match end {
            End::Input => Some(Ok(None)),
            // What comes behind it means nothing, but nobody is to keep it.
            End::Close => None,
            End::Error(error) => Some(Err((**error).clone())),
        }
    }

    /// The next stream that dies because the peer's SETTINGS lifted its window too high.
    fn pending_overflow(&mut self) -> Option<Result<Option<Event>, SessionError>> {
        let stream = self.outbound.flow.find_overflow(&mut self.streams)?;
        match self.on_overflow(stream) {
            Ok(event) => Some(Ok(event)),
            Err(fatal) => {
                self.fail(fatal);
                self.pending()
            }
        }
    }

    /// Ends the session: the output gets a GOAWAY, and before it a FIN_STREAM for the stream at
    /// fault where GOAWAY itself does not say that there was a fault.
    fn fail(&mut self, fatal: Fatal) {
        let is_at_fault = |stream: &StreamId| match &fatal.error {
            // After our GOAWAY it opens nothing, and its ID may be above the one that was said.
            SessionError::Decode(error) if error.is_other_version() => {
                *stream != StreamId::ZERO && self.phase.go_away_sent.is_none()
            }
            _ => {
                let is_told = self.version.dialect().go_away_has_status;
                !is_told && self.streams.is_live(*stream) && self.streams.is_on_wire(*stream)
            }
        };
        let status = match &fatal.error {
            SessionError::Decode(error) if error.is_other_version() => Status::UNSUPPORTED_VERSION,
            _ => Status::PROTOCOL_ERROR,
        };
        let at_fault = fatal.stream.filter(is_at_fault);
        let fin = at_fault.map(|stream| Frame::FinStream(FinStream::new(stream, status)));
        if let (Some(stream), Status::UNSUPPORTED_VERSION) = (at_fault, status) {
            self.streams.raise(stream);
            self.streams.remember(stream);
        }
        let go_away = Frame::GoAway(self.go_away_frame(GoAwayStatus::PROTOCOL_ERROR));
        self.outbound.trace.end(&fatal.error);
        self.outbound.outlet.blame(&fatal.error);
        self.outbound.end_with(fin.into_iter().chain([go_away]));
        self.phase.end = Some(End::Error(Box::new(fatal.error)));
    }

    /// The error by which the session ended, if it did: what [`next_event`](Self::next_event) returns when
    /// every open stream has been reported. Where it is `None` and a stream dies with
    /// [`Abort::Teardown`], the transport has ended.
    #[must_use]
    pub fn error(&self) -> Option<&SessionError> {
        match &self.phase.end {
            Some(End::Error(error)) => Some(error),
            _ => None,
        }
    }

    /// Tells the session that the transport has ended: nothing more will be read. Pull what stands in the
    /// buffer first, for it is not looked at any more.
    ///
    /// This interrupts every open stream, also one whose response is still on its way out: each is
    /// reported as [`Event::Aborted`] by [`next_event`](Self::next_event), and what has not been
    /// staged is dropped. A driver that serves peers which close only their half of the transport
    /// calls it when its own half is done too. Whether the input ended inside a frame is not told:
    /// its stream is interrupted either way.
    pub fn end_of_input(&mut self) {
        match &self.phase.end {
            None => self.outbound.stop(),
            Some(End::Close) => {}
            Some(End::Input | End::Error(_)) => return,
        }
        self.phase.end = Some(End::Input);
    }

    /// Whether [`output`](Self::output) has something to write.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        let owes_last_frame = self.owes_last_frame() && self.outbound.is_drained();
        self.outbound.staged().len() > 0 || self.outbound.has_work() || owes_last_frame
    }

    /// A closing session whose GOAWAY went out before is over as soon as nothing waits.
    fn settle(&mut self) {
        let is_over = self.phase.closing && self.phase.go_away_sent.is_some();
        if is_over && !self.outbound.is_finished() && self.outbound.is_drained() {
            self.outbound.finish(None);
        }
    }

    /// [`close`](Self::close) was called, or all is over that the last frame waits for, and it has
    /// not been staged.
    fn owes_last_frame(&self) -> bool {
        let has_drained = || self.phase.draining.is_some() && self.open_streams() == 0;
        let is_due = self.phase.closing || has_drained();
        is_due && !self.outbound.is_finished() && self.phase.go_away_sent.is_none()
    }

    /// Whether the session is over and its last frame has left: the transport can be closed.
    ///
    /// On a WebSocket (Speed+Mobility) the peer must have answered the Close frame too, and a client
    /// leaves it to the server to close the transport: it is done with
    /// [`end_of_input`](Self::end_of_input).
    #[must_use]
    pub fn is_done(&self) -> bool {
        let has_left = self.outbound.is_finished() && self.outbound.staged().len() == 0;
        has_left && !self.awaits_close()
    }

    /// Whether the transport is kept open for the peer to close the WebSocket.
    fn awaits_close(&self) -> bool {
        let is_websocket = self.version.dialect().carrier == Carrier::WebSocket;
        is_websocket
            && match &self.phase.end {
                None => true,
                Some(End::Close) => self.role == Role::Client,
                Some(End::Input | End::Error(_)) => false,
            }
    }

    /// The bytes to write next: stages up to 64 KiB or 512 frames, one at least.
    pub fn output(&mut self) -> Output<'_> {
        if self.outbound.has_work() {
            let form = self.decoder.count_form();
            let (streams, budgets, options) = (&mut self.streams, &mut self.budgets, &self.options);
            self.outbound.stage(&mut Context { streams, budgets, options }, form);
        }
        if self.owes_last_frame() && self.outbound.is_drained() {
            let last = self.go_away_frame(self.phase.draining.unwrap_or(GoAwayStatus::OK));
            self.outbound.finish(Some(Frame::GoAway(last)));
        }
        self.settle();
        Output::new(&mut self.outbound)
    }

    /// A stream that takes data: the most urgent first.
    ///
    /// A stream comes once when it opens for our data, and again when its queue has fallen to
    /// 16 KiB after a [`send_data`](Self::send_data). Sending more is not refused: whoever sends
    /// only when asked never has much more than its own pieces in memory.
    ///
    /// Ask again after [`output`](Self::output): staging is what empties the queues. Whoever has
    /// nothing to give when a stream comes remembers it, for it does not come again before data has been
    /// given.
    pub fn poll_writable(&mut self) -> Option<StreamId> {
        if self.phase.closing {
            return None;
        }
        self.outbound.poll_writable(&mut self.streams)
    }

    /// Bytes of data that wait in the queues of all streams.
    ///
    /// Draft 1 and SPDY/2 have no flow control: a driver that echoes or forwards stops reading while this is
    /// above a bound of its own. Only payload counts: each piece costs some 100 bytes besides, and a
    /// small slice of a large buffer keeps all of it alive, so join or copy small pieces.
    #[must_use]
    pub const fn queued(&self) -> usize {
        self.outbound.queued()
    }

    /// How many streams are open, ours and the peer's; one whose end has not been reported counts. That
    /// there is none does not mean that all has left: [`wants_write`](Self::wants_write) tells.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.streams.ours_open() + self.streams.theirs_open()
    }

    /// How many more streams the peer lets us open now; see [`open`](Self::open). Without a limit of
    /// the peer's it is a very large number.
    #[must_use]
    pub fn can_open(&self) -> usize {
        if self.phase.closing || self.phase.end.is_some() || self.is_going_away() {
            return 0;
        }
        let limit = self.max_ours.map_or(usize::MAX, |limit| limit as usize);
        limit.saturating_sub(self.streams.ours_open())
    }

    const fn is_going_away(&self) -> bool {
        let sent = self.phase.go_away_sent.is_some() || self.phase.draining.is_some();
        sent || self.phase.go_away_received
    }

    /// Frames by type and header bytes before and after compression, so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let (frames, headers) = (self.received.clone(), self.decoder.header_bytes());
        let received = Direction { frames, headers };
        Stats { received, sent: self.outbound.sent() }
    }
}
