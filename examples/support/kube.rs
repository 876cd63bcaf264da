//! What both ends of Kubernetes' connections have in common: which streams a command has, how a
//! session is set up, and the event loop.

use std::io;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use mio::{Events, Interest, Poll, Token};
use spdy::kubernetes::{EXEC_PROTOCOLS, StreamType};
use spdy::{Config, Role, Session, Version};

use super::driver::{self, Connection, Handler, State};
use super::pulse::{Beat, Pulse};

/// The connection itself.
const CONNECTION: Token = Token(0);

/// The first token that a task may use.
pub const FIRST: Token = Token(1);

/// Above so many bytes that nobody has taken nothing more is read from the peer: there are no
/// windows, so all of its streams wait then, but nothing is lost and memory is bounded.
pub const MAX_WAITING: usize = 16 * 1024 * 1024;

/// How long what has come whole may go on waiting, without anything being taken, when the connection
/// is over.
const LINGER: Duration = Duration::from_secs(10);

/// What the client of a command has asked for.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub tty: bool,
}

impl Streams {
    /// What is opened for it, in this order. A terminal has one output and, from the third protocol
    /// on, a size.
    pub fn kinds(self, protocol: Option<&str>) -> impl Iterator<Item = StreamType> {
        let kinds = [
            (StreamType::Error, true),
            (StreamType::Stdin, self.stdin),
            (StreamType::Stdout, self.stdout),
            (StreamType::Stderr, self.stderr && !self.tty),
            (StreamType::Resize, self.tty && version(protocol) >= 3),
        ];
        kinds.into_iter().filter(|(_, is_wanted)| *is_wanted).map(|(kind, _)| kind)
    }
}

/// Whether the end of a command is told in a status object; before the fourth protocol in words.
pub fn has_status(protocol: Option<&str>) -> bool {
    version(protocol) >= 4
}

/// Of a protocol of exec and attach. Who names none speaks the first.
fn version(protocol: Option<&str>) -> usize {
    let age = EXEC_PROTOCOLS.iter().position(|name| Some(*name) == protocol);
    age.map_or(1, |age| EXEC_PROTOCOLS.len() - age)
}

/// What runs on a connection.
pub trait Task: Handler {
    /// Something of the task's is ready.
    fn notice(&mut self, _event: &mio::event::Event) {}

    /// Moves what the task moves by itself.
    fn pump(&mut self, session: &mut Session);

    /// Bytes of the peer's that nobody has taken.
    fn waiting(&self) -> usize;

    /// When the task wants a turn whatever is ready.
    fn deadline(&self) -> Option<Instant> {
        None
    }
}

/// The preset, and nothing is given back to windows while a stream lives: the Go library has none. A
/// Go server that closes the connection when its command has ended must not have a WINDOW_UPDATE of
/// ours unread then: its system would answer with a reset, and what it sent last could be lost.
fn config() -> Config {
    Config::kubernetes().manual_credit(true)
}

/// Runs a task until its connection is over and what came on it has been taken. `early` came behind
/// the upgrade. A client has a pulse; a server writes nothing before the client's first frame.
pub fn run(
    (socket, early): (TcpStream, BytesMut),
    role: Role,
    mut pulse: Option<Pulse>,
    mut poll: Poll,
    task: &mut impl Task,
) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    let mut socket = mio::net::TcpStream::from_std(socket);
    poll.registry().register(&mut socket, CONNECTION, Interest::READABLE | Interest::WRITABLE)?;
    let session = Session::new(Version::Spdy3_1, role, config());
    let mut connection = Connection::new(socket, session).with_input(early);
    let mut events = Events::with_capacity(256);
    task.after_events(&mut connection.session);
    loop {
        connection.turn(task);
        task.pump(&mut connection.session);
        connection.is_paused = task.waiting() > MAX_WAITING;
        let now = Instant::now();
        let beat =
            pulse.as_mut().map(|pulse| pulse.beat(now, connection.signs, connection.is_paused));
        match beat {
            Some(Beat::Gone) => return Err(io::Error::other("the server does not answer")),
            // Refused when the session is over, or much is unanswered.
            Some(Beat::Ping) => drop(connection.session.ping()),
            _ => {}
        }
        let state = connection.state();
        if state == State::Closed {
            break;
        }
        let deadlines = [pulse.as_ref().map(Pulse::next), task.deadline(), connection.deadline()];
        let wait = driver::wait(state, deadlines.into_iter().flatten().min());
        driver::poll(&mut poll, &mut events, wait)?;
        for event in &events {
            match event.token() {
                CONNECTION => connection.notice(event),
                _ => task.notice(event),
            }
        }
    }
    linger(&mut connection.session, &mut poll, task)?;
    connection.error().map_or(Ok(()), |error| Err(io::Error::other(error)))
}

/// What came whole is passed on, as long as somebody takes it.
fn linger(session: &mut Session, poll: &mut Poll, task: &mut impl Task) -> io::Result<()> {
    let mut events = Events::with_capacity(256);
    let mut waiting = task.waiting();
    let mut end = Instant::now() + LINGER;
    while waiting > 0 && Instant::now() < end {
        driver::poll(poll, &mut events, Some(end.saturating_duration_since(Instant::now())))?;
        events.iter().for_each(|event| task.notice(event));
        task.pump(session);
        if task.waiting() < waiting {
            end = Instant::now() + LINGER;
        }
        waiting = task.waiting();
    }
    Ok(())
}
