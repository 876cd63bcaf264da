//! One nonblocking TCP connection that drives a [`Session`].
//!
//! A session needs three things, in any order: what was read goes to `next_event`, what the caller
//! has to say goes to `reply`, `send_data` and so on, and what `output` stages goes to the socket.
//! [`Connection::turn`] does each once. It never blocks and never does much, so that an event loop
//! can give every connection its turn; [`State`] says whether to come back at once.
//!
//! Memory is bounded on both sides. Data is asked for ([`Handler::on_writable`]) only while little
//! of it waits, and nothing is read from a peer that makes more than [`MAX_QUEUED`] wait: where there
//! is no flow control, TCP has one.
//!
//! Where there are windows ([`Connection::with_windows`]) they bound each stream by itself, and
//! reading goes on whatever waits: what the peer gives back has to be read too, or both would wait
//! for ever. Nor does a stream that waits for its window keep others from being asked for data.

use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes, BytesMut};
use mio::net::TcpStream;
use socket2::SockRef;
use spdy::{Event, Session, StreamId, Version};

use super::opening::{Opening, Step};

/// How much is read at a time. Received DATA is a slice of this buffer.
const READ: usize = 64 * 1024;

/// A smaller rest of the buffer is not read into any more.
const READ_MIN: usize = 16 * 1024;

/// The handler is asked for data only below so many queued bytes.
pub const FEED: usize = 256 * 1024;

/// Nothing is read above so many queued bytes. More than [`FEED`]: what we send of ourselves never
/// keeps us from reading, only what we send because of what we read.
const MAX_QUEUED: usize = 1024 * 1024;

/// The system's buffer for what we send; left alone it grows to megabytes. What is in there cannot
/// be overtaken any more by what is more urgent.
const SEND_BUFFER: usize = 256 * 1024;

/// What a peer may still send, and how long it may take, after the session has ended here.
const DRAIN: usize = 16 * 1024 * 1024;
const GRACE: Duration = Duration::from_secs(3);

/// What is done on a connection. The session is at hand in every call.
pub trait Handler {
    /// The peer did something.
    fn on_event(&mut self, session: &mut Session, event: Event);

    /// All that has been read was handled.
    fn after_events(&mut self, _session: &mut Session) {}

    /// The stream takes its next piece of data.
    fn on_writable(&mut self, session: &mut Session, stream: StreamId);
}

/// What a connection needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Another turn.
    Busy,
    /// Readiness of the socket ([`Connection::notice`]), or its [`Connection::deadline`].
    Waiting,
    /// Nothing: both directions have ended, or the patience with the peer.
    Closed,
}

/// A socket and its session.
pub struct Connection {
    pub socket: TcpStream,
    pub session: Session,
    /// Zeroed space to read into; what was read is split off its front.
    buffer: BytesMut,
    /// What the socket is ready for, as far as we know: readiness is told once, when it comes.
    readable: bool,
    writable: bool,
    has_windows: bool,
    /// Nothing is read: somebody else has enough to do with what was.
    pub is_paused: bool,
    /// Signs of life: how often the peer has sent something, or taken what had to wait.
    pub signs: u64,
    /// What was read before the session began.
    early: BytesMut,
    /// The handshake, until it is over.
    opening: Option<Box<dyn Opening>>,
    /// What leaves ahead of the session's own bytes.
    ahead: Bytes,
    input_ended: bool,
    output_ended: bool,
    /// Set when the session is over: the latest time to close the socket.
    deadline: Option<Instant>,
    drained: usize,
    error: Option<String>,
}

impl Connection {
    /// Takes a socket that is nonblocking.
    pub fn new(socket: TcpStream, session: Session) -> Self {
        // Frames leave in whole batches: waiting for more would only delay them.
        let _ = socket.set_nodelay(true);
        let _ = SockRef::from(&socket).set_send_buffer_size(SEND_BUFFER);
        Self {
            socket,
            session,
            buffer: BytesMut::new(),
            readable: true,
            writable: true,
            has_windows: false,
            is_paused: false,
            signs: 0,
            early: BytesMut::new(),
            opening: None,
            ahead: Bytes::new(),
            input_ended: false,
            output_ended: false,
            deadline: None,
            drained: 0,
            error: None,
        }
    }

    /// The session keeps windows in both directions.
    pub const fn with_windows(mut self, has_windows: bool) -> Self {
        self.has_windows = has_windows;
        self
    }

    /// Bytes of the session that were read from the socket already, behind an HTTP upgrade.
    pub fn with_input(mut self, early: BytesMut) -> Self {
        self.early = early;
        self
    }

    /// A handshake comes first.
    pub fn with_opening(mut self, opening: Option<Box<dyn Opening>>) -> Self {
        self.ahead = opening.as_ref().map(|opening| opening.first()).unwrap_or_default();
        self.opening = opening;
        self
    }

    /// Takes in what the event loop knows of the socket.
    pub fn notice(&mut self, readiness: &mio::event::Event) {
        self.readable |= readiness.is_readable() || readiness.is_read_closed();
        self.signs += u64::from(readiness.is_writable() && !self.writable);
        self.writable |= readiness.is_writable();
    }

    /// When the connection wants a turn whatever the socket does.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Why the connection ended, unless it did so in good order.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Ends the session in good order: what is queued leaves, then GOAWAY. What the peer still says
    /// is dropped.
    pub fn close(&mut self) {
        self.session.close();
        self.give_up();
    }

    /// What the connection needs now.
    pub fn state(&self) -> State {
        let expired = |deadline| self.drained > DRAIN || Instant::now() >= deadline;
        if self.input_ended && self.output_ended || self.deadline.is_some_and(expired) {
            State::Closed
        } else if self.can_read() || self.can_write() {
            State::Busy
        } else {
            State::Waiting
        }
    }

    /// Reads once, handles what was read, asks for data to send, and writes once.
    pub fn turn(&mut self, handler: &mut impl Handler) -> State {
        let mut input = self.read();
        self.open(&mut input);
        if self.opening.is_some() {
            // The session has not begun.
        } else if self.deadline.is_none() || self.awaits_close() {
            self.handle(&mut input, handler);
        } else {
            self.drained += input.len();
        }
        self.write();
        // Staging the output has made streams writable again.
        self.feed(handler);
        self.end();
        self.state()
    }

    fn can_read(&self) -> bool {
        let may_grow = self.has_windows || self.session.queued() <= MAX_QUEUED;
        let has_more = self.readable || !self.early.is_empty();
        has_more && !self.input_ended && !self.is_paused && may_grow
    }

    fn can_write(&self) -> bool {
        self.writable && !self.output_ended && self.has_output()
    }

    fn has_output(&self) -> bool {
        !self.ahead.is_empty() || self.opening.is_none() && self.session.wants_write()
    }

    /// A WebSocket is closed by both ends, so a session that we have closed goes on reading.
    fn awaits_close(&self) -> bool {
        self.session.version() == Version::SpeedMobility && !self.input_ended
    }

    /// The handshake takes what it needs; what is left belongs to the session.
    fn open(&mut self, input: &mut BytesMut) {
        let Some(opening) = &mut self.opening else { return };
        match opening.read(input) {
            Step::Wait if self.input_ended => self.refuse("the handshake was cut off".into()),
            Step::Wait => {}
            Step::Done(answer) => {
                self.ahead = answer;
                self.opening = None;
            }
            Step::Refused(answer, error) => {
                self.ahead = answer;
                self.refuse(error);
            }
        }
    }

    /// There will be no session.
    fn refuse(&mut self, error: String) {
        self.opening = None;
        self.error.get_or_insert(error);
        self.session.end_of_input();
        self.give_up();
    }

    fn read(&mut self) -> BytesMut {
        if !self.can_read() {
            return BytesMut::new();
        }
        if !self.early.is_empty() {
            return std::mem::take(&mut self.early);
        }
        if self.buffer.len() < READ_MIN {
            // Takes the old space again if no DATA refers to it any more, and new space otherwise.
            self.buffer.resize(READ, 0);
        }
        match self.socket.read(&mut self.buffer) {
            Ok(0) => self.end_input(),
            Ok(count) => {
                self.signs += 1;
                return self.buffer.split_to(count);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                self.fail(&error);
                self.output_ended = true;
                self.end_input();
            }
        }
        BytesMut::new()
    }

    fn end_input(&mut self) {
        self.input_ended = true;
        self.session.end_of_input();
    }

    /// Every event out of what was read, and then data for the streams that take it.
    fn handle(&mut self, input: &mut BytesMut, handler: &mut impl Handler) {
        loop {
            match self.session.next_event(input) {
                Ok(Some(event)) => handler.on_event(&mut self.session, event),
                Ok(None) => break,
                Err(error) => {
                    // The GOAWAY that tells the peer stands in the output.
                    self.fail(&error);
                    self.give_up();
                    return;
                }
            }
        }
        handler.after_events(&mut self.session);
        self.feed(handler);
    }

    fn feed(&mut self, handler: &mut impl Handler) {
        while self.has_windows || self.session.queued() < FEED {
            match self.session.poll_writable() {
                Some(stream) => handler.on_writable(&mut self.session, stream),
                None => break,
            }
        }
    }

    fn write(&mut self) {
        if !self.can_write() {
            return;
        }
        if !self.ahead.is_empty() {
            let written = self.socket.write(&self.ahead);
            return self.written(written, |this, count| this.ahead.advance(count));
        }
        let output = self.session.output();
        let mut slices = [IoSlice::new(&[]); 64];
        let filled = output.chunks_vectored(&mut slices);
        let slices = slices.get(..filled).unwrap_or_default();
        let written = self.socket.write_vectored(slices);
        self.written(written, |this, count| this.session.output().advance(count));
    }

    fn written(&mut self, written: io::Result<usize>, advance: impl FnOnce(&mut Self, usize)) {
        match written {
            Ok(count) => advance(self, count),
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                // The peer is gone, but what it said last can still be read.
                self.fail(&error);
                self.output_ended = true;
                self.readable = true;
            }
        }
    }

    /// The end of a session: first its last frame leaves, then our direction of TCP ends, and then
    /// the peer's. What it still sends is read and dropped, within limits: closing a socket with
    /// unread input is a reset, and that could cost the peer our last frame.
    fn end(&mut self) {
        if self.session.is_done() || self.input_ended {
            self.give_up();
        }
        if self.deadline.is_some() && !self.output_ended && !self.has_output() {
            self.output_ended = true;
            let _ = self.socket.shutdown(Shutdown::Write);
        }
    }

    fn give_up(&mut self) {
        self.deadline.get_or_insert_with(|| Instant::now() + GRACE);
    }

    fn fail(&mut self, error: &dyn std::error::Error) {
        self.error.get_or_insert_with(|| error.to_string());
    }
}

/// How long to wait for readiness: not at all, until a deadline, or for ever.
pub fn wait(state: State, deadline: Option<Instant>) -> Option<Duration> {
    match state {
        State::Busy => Some(Duration::ZERO),
        _ => deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())),
    }
}

/// [`mio::Poll::poll`], which a signal must not end.
pub fn poll(
    poll: &mut mio::Poll,
    events: &mut mio::Events,
    timeout: Option<Duration>,
) -> io::Result<()> {
    match poll.poll(events, timeout) {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        result => result,
    }
}
