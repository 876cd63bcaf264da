//! The client's end of exec and port-forward, as Kubernetes speaks them over SPDY/3.1.
//!
//! After the upgrade an event loop drives the SPDY connection (`support/driver`), and either the
//! standard streams, which threads read and write because they may block, or the sockets that are
//! forwarded (`support/pipe`).

mod support;

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use lexopt::{Arg, Parser, ValueExt};
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Registry, Token, Waker};
use serde_json::Value;
use spdy::kubernetes::{
    EXEC_PROTOCOLS, PORT_FORWARD_PROTOCOL, PROTOCOL_HEADER, StreamType, UPGRADE,
};
use spdy::{Abort, Event, Session, Status, StreamId, Version};
use support::args::{self, Stop, complain, failed};
use support::driver::{self, Connection, Handler, State};
use support::http1;
use support::kube;
use support::pipe::{Pipe, Pipes};

const USAGE: &str = "\
Usage: kubectl --server ADDR exec [--stdin] [--tty] -- COMMAND [ARG...]
       kubectl --server ADDR port-forward LOCAL:REMOTE

exec runs a command there and exits with its code. port-forward lets connections to
the port LOCAL of this machine (0 takes a free one) reach the port REMOTE there, until
it is ended.

  --server ADDR    where a kubelet listens
  --stdin          the command gets our stdin
  --tty            the command has a terminal: one output, and a size
";

const SPDY: Token = Token(0);
const OTHER: Token = Token(1);

/// How long the server may take for its answer to the upgrade.
const PATIENCE: Duration = Duration::from_secs(10);

/// A PING goes out so often, and so long its answer may take.
const PING_EVERY: Duration = Duration::from_secs(5);
const PONG_WITHIN: Duration = Duration::from_secs(20);

/// Above so many bytes that nobody has taken nothing more is read from the server: there are no
/// windows, so all of its streams wait then.
const MAX_WAITING: usize = 16 * 1024 * 1024;

/// What is kept of the error stream.
const MAX_STATUS: usize = 64 * 1024;

fn main() -> ExitCode {
    args::run(USAGE, kubectl)
}

fn kubectl(mut parser: Parser) -> Result<ExitCode, Stop> {
    let (mut server, mut verb) = (None, None);
    let (mut stdin, mut tty, mut words) = (false, false, Vec::new());
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("server") => server = Some(parser.value()?.string()?),
            Arg::Long("stdin") | Arg::Short('i') => stdin = true,
            Arg::Long("tty") | Arg::Short('t') => tty = true,
            Arg::Value(word) if verb.is_none() => verb = Some(word.string()?),
            // The rest is the command's, whatever it looks like.
            Arg::Value(word) => words.push(word.string()?),
            other => return Err(args::other(other)),
        }
    }
    let server = server.ok_or_else(|| Stop::Usage("no --server".into()))?;
    match (verb.as_deref(), words.as_slice()) {
        (Some("exec"), []) => Err(Stop::Usage("no command".into())),
        (Some("exec"), command) => exec(&server, command, stdin, tty),
        (Some("port-forward"), [ports]) => {
            let both = ports.split_once(':').unwrap_or((ports, ports));
            let (Ok(local), Ok(remote)) = (both.0.parse(), both.1.parse()) else {
                return Err(Stop::Usage(format!("{ports}: no ports")));
            };
            port_forward(&server, local, remote)
        }
        (Some("port-forward"), _) => Err(Stop::Usage("port-forward takes LOCAL:REMOTE".into())),
        (Some(other), _) => Err(Stop::Usage(format!("no command {other}"))),
        (None, _) => Err(Stop::Usage("exec or port-forward?".into())),
    }
}

/// Upgrades a connection; returns it with what the server has said already, and the protocol.
fn connect(
    server: &str,
    target: &str,
    offered: &[&str],
) -> io::Result<(TcpStream, BytesMut, String)> {
    let address = server.to_socket_addrs()?.next();
    let address = address.ok_or_else(|| io::Error::other("the host has no address"))?;
    let mut socket = TcpStream::connect_timeout(&address, PATIENCE)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let offers = offered.iter().map(|name| format!("{PROTOCOL_HEADER}: {name}\r\n"));
    let request = format!(
        "POST {target} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: {UPGRADE}\r\n\
         Content-Length: 0\r\n{}\r\n",
        offers.collect::<String>()
    );
    socket.write_all(request.as_bytes())?;
    let (head, early) = http1::read_response(&mut socket)?;
    let (code, phrase) = &head.line;
    if code != "101" || !head.has("upgrade", UPGRADE) {
        return Err(io::Error::other(format!("no upgrade to {UPGRADE}: {code} {phrase}")));
    }
    let protocol = head.values(PROTOCOL_HEADER).next().unwrap_or_default().to_owned();
    socket.set_nonblocking(true)?;
    Ok((socket, early, protocol))
}

/// What runs on the connection.
trait Task: Handler {
    fn notice(&mut self, _event: &mio::event::Event) {}

    /// Moves what the task moves by itself; says whether the server has to wait.
    fn pump(&mut self, session: &mut Session) -> bool;
}

/// PINGs, and whether the server is still there.
struct Pulse {
    next: Instant,
    unanswered: Option<Instant>,
}

impl Pulse {
    /// Sends a PING when it is time; an error if the last one has had no answer.
    fn beat(&mut self, session: &mut Session, is_paused: bool) -> io::Result<()> {
        let now = Instant::now();
        if session.stats().received.frames(spdy::FrameType::Ping)
            >= session.stats().sent.frames(spdy::FrameType::Ping)
        {
            self.unanswered = None;
        }
        if self.unanswered.is_some_and(|since| now > since + PONG_WITHIN) && !is_paused {
            return Err(io::Error::other("the server does not answer"));
        }
        if now >= self.next && session.ping().is_ok() {
            self.unanswered.get_or_insert(now);
            self.next = now + PING_EVERY;
        }
        Ok(())
    }
}

/// The event loop, until the connection is over.
fn run(
    (socket, early): (TcpStream, BytesMut),
    mut poll: Poll,
    task: &mut impl Task,
) -> io::Result<()> {
    let mut socket = mio::net::TcpStream::from_std(socket);
    poll.registry().register(&mut socket, SPDY, Interest::READABLE | Interest::WRITABLE)?;
    let session = Session::client(Version::Spdy3_1, kube::config());
    let mut connection = Connection::new(socket, session).with_input(early);
    let mut pulse = Pulse { next: Instant::now() + PING_EVERY, unanswered: None };
    let mut events = Events::with_capacity(256);
    task.after_events(&mut connection.session);
    loop {
        connection.turn(task);
        connection.is_paused = task.pump(&mut connection.session);
        pulse.beat(&mut connection.session, connection.is_paused)?;
        let state = connection.state();
        if state == State::Closed {
            return connection.error().map_or(Ok(()), |error| Err(io::Error::other(error)));
        }
        let until_ping = pulse.next.saturating_duration_since(Instant::now());
        let wait = driver::wait(state, connection.deadline()).unwrap_or(until_ping);
        driver::poll(&mut poll, &mut events, Some(wait.min(until_ping)))?;
        for event in &events {
            match event.token() {
                SPDY => connection.notice(event),
                _ => task.notice(event),
            }
        }
    }
}

fn exec(server: &str, command: &[String], stdin: bool, tty: bool) -> Result<ExitCode, Stop> {
    let words = command.iter().map(|word| format!("command={}&", http1::encode(word)));
    let flag = |name: &str, is_set: bool| if is_set { format!("&{name}=1") } else { String::new() };
    let target = format!(
        "/exec?{}stdout=1{}{}{}",
        words.collect::<String>(),
        flag("stdin", stdin),
        flag("stderr", !tty),
        flag("tty", tty)
    );
    // What the fifth adds is for WebSockets.
    let connection = connect(server, &target, &EXEC_PROTOCOLS[1..]);
    let (socket, early, protocol) = connection.map_err(failed(server))?;
    let age = EXEC_PROTOCOLS.iter().position(|name| *name == protocol).unwrap_or(4);

    let wanted = [
        (StreamType::Error, true),
        (StreamType::Stdin, stdin),
        (StreamType::Stdout, true),
        (StreamType::Stderr, !tty),
        (StreamType::Resize, tty && age <= 2),
    ];
    let wanted = wanted.into_iter().filter(|(_, is_wanted)| *is_wanted).map(|(kind, _)| kind);
    let poll = Poll::new().map_err(failed("poll"))?;
    let waker = Waker::new(poll.registry(), OTHER).map_err(failed("poll"))?;
    let mut task = Exec::new(wanted.collect(), Arc::new(waker));
    let ended = run((socket, early), poll, &mut task);
    let outcome = task.outcome(age <= 1, ended);
    let Exec { stdout, stderr, .. } = task;
    let is_written = stdout.finish() && stderr.finish();
    match outcome {
        Ok(0) if !is_written => Ok(ExitCode::FAILURE),
        Ok(code) => Ok(ExitCode::from(code)),
        Err(error) => Err(Stop::Failed(error)),
    }
}

/// One of our outputs, written by a thread: whoever reads it slowly must not stop the session.
struct Output {
    sender: mpsc::Sender<Bytes>,
    waiting: Arc<AtomicUsize>,
    is_broken: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Output {
    fn new(mut to: impl Write + Send + 'static, waker: Arc<Waker>) -> Self {
        let (sender, receiver) = mpsc::channel::<Bytes>();
        let (waiting, is_broken) =
            (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (left, broken) = (Arc::clone(&waiting), Arc::clone(&is_broken));
        let thread = thread::spawn(move || {
            for piece in receiver {
                if to.write_all(&piece).and_then(|()| to.flush()).is_err() {
                    broken.store(true, SeqCst);
                }
                left.fetch_sub(piece.len(), SeqCst);
                let _ = waker.wake();
            }
        });
        Self { sender, waiting, is_broken, thread }
    }

    fn write(&self, data: Bytes) {
        self.waiting.fetch_add(data.len(), SeqCst);
        let _ = self.sender.send(data);
    }

    /// Waits until all is written; says whether it could be.
    fn finish(self) -> bool {
        drop(self.sender);
        let _ = self.thread.join();
        !self.is_broken.load(SeqCst)
    }
}

/// A command that runs there.
struct Exec {
    waker: Arc<Waker>,
    /// Streams that are not open yet, in their order.
    to_open: VecDeque<StreamType>,
    streams: HashMap<StreamId, StreamType>,
    stdin: Option<(StreamId, mpsc::Receiver<Bytes>)>,
    /// Stdin takes the next piece.
    is_wanted: bool,
    stdout: Output,
    stderr: Output,
    status: Vec<u8>,
    /// Streams of the server's that have not ended: error, stdout, stderr.
    open: usize,
    /// All streams were accepted.
    is_running: bool,
    has_ended: bool,
    error: Option<String>,
}

impl Exec {
    fn new(wanted: VecDeque<StreamType>, waker: Arc<Waker>) -> Self {
        let is_output = |kind: &&StreamType| {
            matches!(kind, StreamType::Error | StreamType::Stdout | StreamType::Stderr)
        };
        let open = wanted.iter().filter(is_output).count();
        Self {
            stdout: Output::new(io::stdout(), Arc::clone(&waker)),
            stderr: Output::new(io::stderr(), Arc::clone(&waker)),
            waker,
            to_open: wanted,
            streams: HashMap::new(),
            stdin: None,
            is_wanted: false,
            status: Vec::new(),
            open,
            is_running: false,
            has_ended: false,
            error: None,
        }
    }

    /// The next stream is opened when the one before it was accepted.
    fn open_next(&mut self, session: &mut Session) {
        let Some(kind) = self.to_open.pop_front() else {
            self.is_running = true;
            if let Some(stdin) = self.stream(StreamType::Stdin) {
                self.stdin = Some((stdin, read_stdin(Arc::clone(&self.waker))));
            }
            return;
        };
        match session.open(kind.open()) {
            Ok(stream) => drop(self.streams.insert(stream, kind)),
            Err(error) => self.fail(session, format!("cannot open {kind}: {error}")),
        }
    }

    fn stream(&self, kind: StreamType) -> Option<StreamId> {
        self.streams.iter().find(|(_, known)| **known == kind).map(|(stream, _)| *stream)
    }

    fn on_data(&mut self, session: &mut Session, stream: StreamId, data: Bytes, fin: bool) {
        let Some(kind) = self.streams.get(&stream).copied() else { return };
        match kind {
            StreamType::Stdout if !data.is_empty() => self.stdout.write(data),
            StreamType::Stderr if !data.is_empty() => self.stderr.write(data),
            StreamType::Error => {
                let room = MAX_STATUS.saturating_sub(self.status.len());
                self.status.extend_from_slice(&data[..data.len().min(room)]);
            }
            _ => {}
        }
        if fin {
            self.on_end(session, kind);
        }
    }

    /// A stream of the server's has ended; after the last one we leave.
    fn on_end(&mut self, session: &mut Session, kind: StreamType) {
        if matches!(kind, StreamType::Error | StreamType::Stdout | StreamType::Stderr) {
            self.open = self.open.saturating_sub(1);
            if self.open == 0 {
                self.leave(session);
            }
        }
    }

    /// What we have not finished is cancelled, and GOAWAY is our last frame.
    fn leave(&mut self, session: &mut Session) {
        self.has_ended = true;
        for stream in self.streams.keys() {
            let _ = session.fin_stream(*stream, Status::CANCEL);
        }
        session.close();
    }

    fn fail(&mut self, session: &mut Session, error: String) {
        self.error.get_or_insert(error);
        self.leave(session);
    }

    /// The exit code, or why there is none.
    fn outcome(&self, has_status: bool, ended: io::Result<()>) -> Result<u8, String> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        if self.stdout.is_broken.load(SeqCst) {
            return Ok(1); // Nobody wants the output any more.
        }
        if !self.has_ended {
            let reason = ended.err().map(|error| format!(": {error}")).unwrap_or_default();
            return Err(format!("the connection ended before the command did{reason}"));
        }
        let text = String::from_utf8_lossy(&self.status);
        if !has_status {
            return if text.is_empty() { Ok(0) } else { Err(text.into_owned()) };
        }
        let status: Value = serde_json::from_slice(&self.status)
            .map_err(|_| format!("the server did not say how the command ended: {text}"))?;
        if status["status"] == "Success" {
            return Ok(0);
        }
        let causes = status["details"]["causes"].as_array();
        let code = causes.and_then(|causes| {
            let cause = causes.iter().find(|cause| cause["reason"] == "ExitCode")?;
            cause["message"].as_str()?.parse().ok()
        });
        let message = status["message"].as_str().unwrap_or("the command failed").to_owned();
        code.ok_or(message)
    }
}

/// A thread reads stdin, some pieces ahead; its end closes the channel.
fn read_stdin(waker: Arc<Waker>) -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::sync_channel(4);
    thread::spawn(move || {
        let mut piece = vec![0; 32 * 1024];
        loop {
            match io::stdin().read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(count) if count > 0 => {
                    if sender.send(Bytes::copy_from_slice(&piece[..count])).is_err() {
                        return;
                    }
                    let _ = waker.wake();
                }
                _ => break,
            }
        }
        drop(sender);
        let _ = waker.wake();
    });
    receiver
}

impl Handler for Exec {
    fn on_event(&mut self, session: &mut Session, event: Event) {
        match event {
            Event::SynReply { stream, fin, .. } => {
                if self.streams.get(&stream) == Some(&StreamType::Resize) {
                    let side = |name: &str, default: u16| {
                        let value = std::env::var(name).ok().and_then(|value| value.parse().ok());
                        value.filter(|value| *value > 0).unwrap_or(default)
                    };
                    let (width, height) = (side("COLUMNS", 80), side("LINES", 24));
                    let size = format!("{{\"Width\":{width},\"Height\":{height}}}\n");
                    let _ = session.send_data(stream, size, false);
                }
                self.open_next(session);
                self.on_data(session, stream, Bytes::new(), fin);
            }
            Event::Data { stream, data, fin, .. } => self.on_data(session, stream, data, fin),
            Event::Aborted { stream, cause, .. } => {
                let Some(kind) = self.streams.remove(&stream) else { return };
                match cause {
                    Abort::Teardown => {}
                    _ if !self.is_running => {
                        self.fail(session, format!("the stream {kind} was refused: {cause}"));
                    }
                    _ => {
                        if kind == StreamType::Stdin {
                            self.stdin = None;
                        }
                        self.on_end(session, kind);
                    }
                }
            }
            _ => {}
        }
    }

    fn after_events(&mut self, session: &mut Session) {
        if self.streams.is_empty() && !self.has_ended {
            self.open_next(session);
        }
    }

    fn on_writable(&mut self, _: &mut Session, stream: StreamId) {
        self.is_wanted |= self.streams.get(&stream) == Some(&StreamType::Stdin);
    }
}

impl Task for Exec {
    fn pump(&mut self, session: &mut Session) -> bool {
        while let (true, Some((stream, receiver))) = (self.is_wanted, &self.stdin) {
            let (piece, is_last) = match receiver.try_recv() {
                Ok(piece) => (piece, false),
                Err(mpsc::TryRecvError::Empty) => break,
                Err(mpsc::TryRecvError::Disconnected) => (Bytes::new(), true),
            };
            // Refused if the command has ended: then nobody wants the rest.
            let sent = session.send_data(*stream, piece, is_last);
            self.is_wanted = false;
            if is_last || sent.is_err() {
                self.stdin = None;
                self.streams.retain(|_, kind| *kind != StreamType::Stdin || sent.is_ok());
            }
        }
        if self.stdout.is_broken.load(SeqCst) && !self.has_ended {
            self.leave(session);
        }
        let waiting = self.stdout.waiting.load(SeqCst) + self.stderr.waiting.load(SeqCst);
        waiting > MAX_WAITING
    }
}

fn port_forward(server: &str, local: u16, remote: u16) -> Result<ExitCode, Stop> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, local));
    let mut listener = TcpListener::bind(address).map_err(failed(address))?;
    let address = listener.local_addr().map_err(failed(address))?;
    let connection = connect(server, "/portforward", &[PORT_FORWARD_PROTOCOL]);
    let (socket, early, _) = connection.map_err(failed(server))?;
    let poll = Poll::new().map_err(failed("poll"))?;
    let registry = poll.registry().try_clone().map_err(failed("poll"))?;
    registry.register(&mut listener, OTHER, Interest::READABLE).map_err(failed("poll"))?;
    args::print(format_args!("forwarding {address} -> {remote}\n"))?;
    let mut task = Forward::new(listener, registry, remote);
    let ended = run((socket, early), poll, &mut task);
    ended.map_err(failed(server))?;
    Err(Stop::Failed(format!("{server}: the server has closed the connection")))
}

/// A connection whose streams are not both accepted.
struct Opening {
    socket: mio::net::TcpStream,
    request: u32,
    /// The error stream, once it was accepted.
    error: Option<StreamId>,
}

/// All connections that are forwarded.
struct Forward {
    listener: TcpListener,
    may_accept: bool,
    registry: Registry,
    remote: u16,
    next: u32,
    /// By the stream whose reply is awaited.
    opening: HashMap<StreamId, Opening>,
    pipes: Pipes,
    /// What the server says on the error streams.
    errors: HashMap<StreamId, Vec<u8>>,
}

impl Forward {
    fn new(listener: TcpListener, registry: Registry, remote: u16) -> Self {
        Self {
            listener,
            may_accept: true,
            registry,
            remote,
            next: 0,
            opening: HashMap::new(),
            pipes: Pipes::default(),
            errors: HashMap::new(),
        }
    }

    fn accept(&mut self, session: &mut Session) {
        while self.may_accept && session.can_open() > 1 {
            match self.listener.accept() {
                Ok((socket, _)) => {
                    let request = self.next;
                    self.next += 1;
                    match session.open(StreamType::Error.open_for_port(self.remote, request)) {
                        Ok(stream) => {
                            let opening = Opening { socket, request, error: None };
                            self.opening.insert(stream, opening);
                        }
                        Err(error) => complain(format_args!("kubectl: {error}")),
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.may_accept = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    // One that is gone already, for example: the next one may be there.
                    complain(format_args!("kubectl: cannot accept: {error}"));
                    return;
                }
            }
        }
    }

    fn on_reply(&mut self, session: &mut Session, stream: StreamId) {
        let Some(mut opening) = self.opening.remove(&stream) else { return };
        if opening.error.is_none() {
            // Nothing is sent on the error stream: its half ends at once, behind the reply.
            let _ = session.send_data(stream, Bytes::new(), true);
            self.errors.insert(stream, Vec::new());
            opening.error = Some(stream);
            match session.open(StreamType::Data.open_for_port(self.remote, opening.request)) {
                Ok(data) => drop(self.opening.insert(data, opening)),
                Err(error) => complain(format_args!("kubectl: {error}")),
            }
            return;
        }
        let token = Token(OTHER.0 + 1 + opening.request as usize);
        match Pipe::new(opening.socket, &self.registry, token) {
            Ok(mut pipe) => {
                pipe.is_wanted = true;
                self.pipes.insert(stream, token, pipe);
            }
            Err(error) => {
                complain(format_args!("kubectl: {error}"));
                let _ = session.fin_stream(stream, Status::CANCEL);
            }
        }
    }

    /// The server has said on an error stream what it had to say.
    fn on_error_end(&mut self, stream: StreamId) {
        let text = self.errors.remove(&stream).unwrap_or_default();
        if !text.is_empty() {
            complain(format_args!("kubectl: {}", String::from_utf8_lossy(&text).trim_end()));
        }
    }
}

impl Handler for Forward {
    fn on_event(&mut self, session: &mut Session, event: Event) {
        match event {
            Event::SynReply { stream, fin, .. } => {
                self.on_reply(session, stream);
                if let Some(pipe) = self.pipes.get_mut(stream) {
                    pipe.push(Bytes::new(), fin);
                }
            }
            Event::Data { stream, data, fin, .. } => {
                if let Some(pipe) = self.pipes.get_mut(stream) {
                    pipe.push(data, fin);
                } else if let Some(text) = self.errors.get_mut(&stream) {
                    let room = MAX_STATUS.saturating_sub(text.len());
                    text.extend_from_slice(&data[..data.len().min(room)]);
                    if fin {
                        self.on_error_end(stream);
                    }
                }
            }
            Event::Aborted { stream, cause, .. } => {
                if let Some(pipe) = self.pipes.remove(stream) {
                    pipe.close(&self.registry, true);
                } else if self.opening.remove(&stream).is_some() {
                    complain(format_args!(
                        "kubectl: a connection to {} could not be opened: {cause}",
                        self.remote
                    ));
                }
                self.on_error_end(stream);
            }
            _ => {}
        }
    }

    fn on_writable(&mut self, _: &mut Session, stream: StreamId) {
        if let Some(pipe) = self.pipes.get_mut(stream) {
            pipe.is_wanted = true;
        }
    }
}

impl Task for Forward {
    fn notice(&mut self, event: &mio::event::Event) {
        if event.token() == OTHER {
            self.may_accept = true;
        }
        self.pipes.notice(event);
    }

    fn pump(&mut self, session: &mut Session) -> bool {
        self.accept(session);
        for (stream, result) in self.pipes.pump(session) {
            if let Some(pipe) = self.pipes.remove(stream) {
                pipe.close(&self.registry, result.is_err());
            }
            if result.is_err() {
                let _ = session.fin_stream(stream, Status::CANCEL);
            }
        }
        self.pipes.queued() > MAX_WAITING
    }
}
