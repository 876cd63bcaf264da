//! The server's end of exec, attach and port-forward, as Kubernetes speaks them over SPDY/3.1.
//!
//! A connection begins as HTTP/1.1 and is upgraded. Each has a thread of its own with an event loop:
//! the SPDY connection (`support/driver`) and the sockets that are forwarded (`support/pipe`). The
//! commands are built in; nothing of the machine is run.

mod support;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use lexopt::{Arg, Parser, ValueExt};
use mio::{Events, Interest, Poll, Registry, Token};
use serde_json::{Value, json};
use spdy::kubernetes::{
    ACCEPTED_PROTOCOLS_HEADER, EXEC_PROTOCOLS, PORT_FORWARD_PROTOCOL, PROTOCOL_HEADER,
    StreamHeaders, StreamType, UPGRADE, choose_protocol,
};
use spdy::{Event, Session, Status, StreamId, Version};
use support::args::{self, Stop, complain, failed};
use support::driver::{self, Connection, Handler, State};
use support::http1::{self, Head};
use support::kube;
use support::pipe::{Pipe, Pipes};

const USAGE: &str = "\
Usage: kubelet [--listen ADDR]

Serves exec, attach and port-forward of Kubernetes over SPDY/3.1. Commands that exist:
cat, wc, yes N (N bytes of it) and fail CODE. Ports are those of this machine.

  --listen ADDR    where to listen (default 127.0.0.1:10250; port 0 takes a free one)
";

const SPDY: Token = Token(0);

/// How long a client may take for its request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Above so many bytes that sockets have not taken nothing more is read from the client: there are no
/// windows, so all of its streams wait then, but nothing is lost and memory is bounded.
const MAX_PIPED: usize = 16 * 1024 * 1024;

/// What may come on stdin before the streams of the command are there.
const MAX_EARLY: usize = 1024 * 1024;

/// How much of `yes` is made at a time.
const PIECE: usize = 64 * 1024;

fn main() -> ExitCode {
    args::run(USAGE, kubelet)
}

fn kubelet(mut parser: Parser) -> Result<ExitCode, Stop> {
    let mut listen = "127.0.0.1:10250".to_owned();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("listen") => listen = parser.value()?.string()?,
            other => return Err(args::other(other)),
        }
    }
    let listener = TcpListener::bind(&listen).map_err(failed(&listen))?;
    let address = listener.local_addr().map_err(failed(&listen))?;
    args::print(format_args!("listening on {address}\n"))?;
    loop {
        match listener.accept() {
            Ok((socket, peer)) => drop(thread::spawn(move || {
                if let Err(error) = serve(socket) {
                    complain(format_args!("{peer}: {error}"));
                }
            })),
            Err(error) => {
                complain(format_args!("cannot accept: {error}"));
                thread::sleep(Duration::from_millis(200));
            }
        }
    }
}

/// What a client has asked for.
enum Request {
    Exec { command: Vec<String>, wanted: Vec<StreamType>, has_status: bool },
    PortForward,
}

/// One connection, from its request to its end.
fn serve(mut socket: TcpStream) -> io::Result<()> {
    socket.set_read_timeout(Some(PATIENCE))?;
    let (head, early) = http1::read_request(&mut socket)?;
    let (request, protocol) = match understand(&head) {
        Ok(understood) => understood,
        Err(refusal) => return socket.write_all(refusal.as_bytes()),
    };
    let named = protocol.map(|name| format!("{PROTOCOL_HEADER}: {name}\r\n")).unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {UPGRADE}\r\n{named}\r\n"
    );
    socket.write_all(answer.as_bytes())?;
    socket.set_nonblocking(true)?;
    let poll = Poll::new()?;
    let registry = poll.registry().try_clone()?;
    match request {
        Request::Exec { command, wanted, has_status } => {
            run(socket, early, poll, &mut Exec::new(&command, wanted, has_status))
        }
        Request::PortForward => run(socket, early, poll, &mut Forward::new(registry)),
    }
}

/// The request and the protocol that was chosen, or the response that refuses it.
fn understand(head: &Head) -> Result<(Request, Option<&'static str>), String> {
    let refuse = |status: &str, field: String| {
        let text = status.split_once(' ').map_or(status, |(_, phrase)| phrase);
        let length = text.len() + 1;
        format!("HTTP/1.1 {status}\r\n{field}Content-Length: {length}\r\n\r\n{text}\n")
    };
    let (_, target) = &head.line;
    let path = target.split('?').next().unwrap_or_default();
    let last = path.split('/').map(str::to_ascii_lowercase);
    let kinds = ["exec", "attach", "portforward"];
    let Some(kind) = last.clone().find_map(|part| kinds.into_iter().find(|kind| *kind == part))
    else {
        return Err(refuse("404 Not Found", String::new()));
    };
    if !head.has("connection", "upgrade") || !head.has("upgrade", UPGRADE) {
        return Err(refuse("400 Bad Request", format!("Upgrade: {UPGRADE}\r\n")));
    }

    let supported: &[&'static str] =
        if kind == "portforward" { &[PORT_FORWARD_PROTOCOL] } else { &EXEC_PROTOCOLS };
    let offered: Vec<_> = head.values(PROTOCOL_HEADER).collect();
    let chosen = choose_protocol(offered.iter().copied(), supported);
    let chosen =
        chosen.and_then(|chosen| supported.iter().find(|known| **known == chosen).copied());
    if chosen.is_none() && !offered.is_empty() {
        let accepted =
            supported.iter().map(|name| format!("{ACCEPTED_PROTOCOLS_HEADER}: {name}\r\n"));
        return Err(refuse("403 Forbidden", accepted.collect()));
    }
    if kind == "portforward" {
        return Ok((Request::PortForward, chosen));
    }

    // Who offers nothing speaks the oldest.
    let age = EXEC_PROTOCOLS.iter().position(|name| Some(*name) == chosen).unwrap_or(4);
    let (has_status, has_resize) = (age <= 1, age <= 2);
    let query = http1::query(target);
    let is_set = |name: &str| {
        query.iter().any(|(known, value)| known == name && matches!(value.as_str(), "1" | "true"))
    };
    let command = query.iter().filter(|(name, _)| name == "command");
    let mut command: Vec<_> = command.map(|(_, value)| value.clone()).collect();
    if kind == "attach" {
        command = vec!["cat".into()];
    }
    let is_tty = is_set("tty");
    let wanted = [
        (StreamType::Error, true),
        (StreamType::Stdin, is_set("stdin")),
        (StreamType::Stdout, is_set("stdout")),
        (StreamType::Stderr, is_set("stderr") && !is_tty),
        (StreamType::Resize, is_tty && has_resize),
    ];
    let wanted = wanted.into_iter().filter(|(_, is_wanted)| *is_wanted);
    let wanted = wanted.map(|(kind, _)| kind).collect();
    Ok((Request::Exec { command, wanted, has_status }, chosen))
}

/// What runs on a connection.
trait Service: Handler {
    /// A socket of the service is ready.
    fn notice(&mut self, _event: &mio::event::Event) {}

    /// Moves what the service moves by itself; says whether the client has to wait.
    fn pump(&mut self, _session: &mut Session) -> bool {
        false
    }
}

/// The event loop of one connection. Nothing is written before the client's first frame.
fn run(
    socket: TcpStream,
    early: BytesMut,
    mut poll: Poll,
    service: &mut impl Service,
) -> io::Result<()> {
    let mut socket = mio::net::TcpStream::from_std(socket);
    poll.registry().register(&mut socket, SPDY, Interest::READABLE | Interest::WRITABLE)?;
    let session = Session::server(Version::Spdy3_1, kube::config());
    let mut connection = Connection::new(socket, session).with_input(early);
    let mut events = Events::with_capacity(256);
    loop {
        connection.turn(service);
        connection.is_paused = service.pump(&mut connection.session);
        let state = connection.state();
        if state == State::Closed {
            return connection.error().map_or(Ok(()), |error| Err(io::Error::other(error)));
        }
        driver::poll(&mut poll, &mut events, driver::wait(state, connection.deadline()))?;
        for event in &events {
            match event.token() {
                SPDY => connection.notice(event),
                _ => service.notice(event),
            }
        }
    }
}

/// The commands that exist.
enum Command {
    Cat,
    /// Counts what comes.
    Wc(u64),
    /// So many bytes are left.
    Yes(u64),
    Fail(u8),
    Unknown(String),
}

impl Command {
    fn parse(words: &[String]) -> Self {
        let name = words.first().map(String::as_str).unwrap_or_default();
        let argument = words.get(1);
        match name {
            "cat" => Self::Cat,
            "wc" => Self::Wc(0),
            "yes" => Self::Yes(argument.and_then(|count| count.parse().ok()).unwrap_or(u64::MAX)),
            "fail" => Self::Fail(argument.and_then(|code| code.parse().ok()).unwrap_or(1)),
            _ => Self::Unknown(name.to_owned()),
        }
    }
}

/// One command and its streams.
struct Exec {
    command: Command,
    wanted: Vec<StreamType>,
    has_status: bool,
    streams: BTreeMap<StreamType, StreamId>,
    /// What came before all streams were there, and whether that was all.
    early: BytesMut,
    stdin_ended: bool,
    has_started: bool,
    has_ended: bool,
    sizes: Vec<u8>,
}

impl Exec {
    fn new(command: &[String], wanted: Vec<StreamType>, has_status: bool) -> Self {
        Self {
            command: Command::parse(command),
            wanted,
            has_status,
            streams: BTreeMap::new(),
            early: BytesMut::new(),
            stdin_ended: false,
            has_started: false,
            has_ended: false,
            sizes: Vec::new(),
        }
    }

    fn on_stream(&mut self, session: &mut Session, stream: StreamId, kind: StreamType) {
        let is_expected = self.wanted.contains(&kind) && !self.streams.contains_key(&kind);
        if !is_expected {
            let _ = session.fin_stream(stream, Status::REFUSED_STREAM);
        } else if session.reply(stream, (), false).is_ok() {
            self.streams.insert(kind, stream);
            if self.streams.len() == self.wanted.len() {
                self.start(session);
            }
        }
    }

    fn start(&mut self, session: &mut Session) {
        self.has_started = true;
        if let Command::Fail(code) = self.command {
            let line = format!("fail: this ends with {code}\n");
            // A terminal has one output.
            self.send(session, StreamType::Stderr, line.into());
            self.end(session, exit_status(code));
        } else if let Command::Unknown(name) = &self.command {
            let message = format!("exec: \"{name}\": executable file not found in $PATH");
            self.end(session, failure("InternalError", &message, json!([{ "message": message }])));
        }
        let early = self.early.split().freeze();
        let ended = self.stdin_ended || !self.streams.contains_key(&StreamType::Stdin);
        self.on_stdin(session, early, ended);
    }

    fn on_stdin(&mut self, session: &mut Session, data: Bytes, fin: bool) {
        self.stdin_ended |= fin;
        if !self.has_started {
            self.early.extend_from_slice(&data);
            if self.early.len() > MAX_EARLY {
                session.close();
            }
            return;
        }
        match &mut self.command {
            Command::Cat => {
                self.send(session, StreamType::Stdout, data);
                if fin {
                    self.end(session, success());
                }
            }
            Command::Wc(count) => {
                *count += data.len() as u64;
                if fin {
                    let line = format!("{count}\n");
                    self.send(session, StreamType::Stdout, line.into());
                    self.end(session, success());
                }
            }
            Command::Yes(_) | Command::Fail(_) | Command::Unknown(_) => {}
        }
    }

    /// Shows the sizes of the terminal that have come whole.
    fn on_resize(&mut self, data: &[u8]) {
        self.sizes.extend_from_slice(data);
        while let Some(end) = self.sizes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.sizes.drain(..=end).collect();
            if let Ok(size) = serde_json::from_slice::<Value>(&line) {
                let line = format!("resize {}x{}\n", size["Width"], size["Height"]);
                let _ = args::print(line);
            }
        }
        self.sizes.truncate(1024);
    }

    /// Output of the command; whoever does not want it has not opened its stream.
    fn send(&self, session: &mut Session, kind: StreamType, data: Bytes) {
        let kind = if self.streams.contains_key(&kind) { kind } else { StreamType::Stdout };
        if let Some(stream) = self.streams.get(&kind) {
            let _ = session.send_data(*stream, data, false);
        }
    }

    /// The end: the status, FIN on what we send, and GOAWAY when all of it has left.
    fn end(&mut self, session: &mut Session, status: Value) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        for (kind, stream) in &self.streams {
            // What is refused here is a stream that the client has ended already.
            let _ = match kind {
                StreamType::Error if self.has_status => {
                    session.send_data(*stream, status.to_string(), true)
                }
                StreamType::Error => {
                    let text = status["message"].as_str().unwrap_or_default().to_owned();
                    session.send_data(*stream, text, true)
                }
                _ => session.send_data(*stream, Bytes::new(), true),
            };
        }
        session.close();
    }
}

fn success() -> Value {
    json!({ "metadata": {}, "status": "Success" })
}

fn exit_status(code: u8) -> Value {
    let message = format!("command terminated with non-zero exit code: exit status {code}");
    let cause = json!([{ "reason": "ExitCode", "message": code.to_string() }]);
    failure("NonZeroExitCode", &message, cause)
}

fn failure(reason: &str, message: &str, causes: Value) -> Value {
    json!({
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "details": { "causes": causes },
    })
}

impl Service for Exec {}

impl Handler for Exec {
    fn on_event(&mut self, session: &mut Session, event: Event) {
        let is = |exec: &Self, kind, stream| exec.streams.get(&kind) == Some(&stream);
        match event {
            Event::SynStream { stream, headers, .. } => match StreamHeaders::parse(&headers) {
                Ok(headers) => self.on_stream(session, stream, headers.kind),
                Err(_) => drop(session.fin_stream(stream, Status::PROTOCOL_ERROR)),
            },
            Event::Data { stream, data, fin, .. } if is(self, StreamType::Stdin, stream) => {
                self.on_stdin(session, data, fin);
            }
            Event::Data { stream, data, .. } if is(self, StreamType::Resize, stream) => {
                self.on_resize(&data);
            }
            // The client leaves, or wants no more of the command: it ends.
            Event::Aborted { stream, .. }
                if self.streams.values().any(|known| *known == stream) =>
            {
                self.has_ended = true;
                session.close();
            }
            Event::GoAway { .. } if !self.has_ended => {
                self.has_ended = true;
                session.close();
            }
            _ => {}
        }
    }

    fn on_writable(&mut self, session: &mut Session, stream: StreamId) {
        let is_stdout = self.streams.get(&StreamType::Stdout) == Some(&stream);
        let Command::Yes(left) = &mut self.command else { return };
        if !is_stdout || !self.has_started {
            return;
        }
        // Always an even number, so that each piece begins with a `y`.
        let len = usize::try_from(*left).unwrap_or(PIECE).min(PIECE);
        *left -= len as u64;
        let is_over = *left == 0;
        let piece: Vec<u8> = b"y\n".iter().copied().cycle().take(len).collect();
        self.send(session, StreamType::Stdout, piece.into());
        if is_over {
            self.end(session, success());
        }
    }

    fn after_events(&mut self, session: &mut Session) {
        // `yes` begins when its streams are there, whatever was asked for before.
        if let (true, Command::Yes(_), Some(&stdout)) = (
            self.has_started && !self.has_ended,
            &self.command,
            self.streams.get(&StreamType::Stdout),
        ) {
            if session.queued() == 0 {
                self.on_writable(session, stdout);
            }
        }
    }
}

/// The two streams of a forwarded connection, until both are there.
#[derive(Default)]
struct Pair {
    error: Option<StreamId>,
    data: Option<(StreamId, u16)>,
    /// What came on the data stream before the other was there.
    early: Vec<(Bytes, bool)>,
}

/// All forwarded connections of a client.
struct Forward {
    registry: Registry,
    next: usize,
    pairs: HashMap<String, Pair>,
    /// The pairs of streams that wait, by their data streams.
    waiting: HashMap<StreamId, String>,
    pipes: Pipes,
    /// The error stream of each data stream, and the port.
    errors: HashMap<StreamId, (StreamId, u16)>,
}

impl Forward {
    fn new(registry: Registry) -> Self {
        Self {
            registry,
            next: SPDY.0 + 1,
            pairs: HashMap::new(),
            waiting: HashMap::new(),
            pipes: Pipes::default(),
            errors: HashMap::new(),
        }
    }

    fn on_stream(&mut self, session: &mut Session, stream: StreamId, headers: &StreamHeaders) {
        let is_error = match headers.kind {
            StreamType::Error => true,
            StreamType::Data => false,
            _ => return drop(session.fin_stream(stream, Status::PROTOCOL_ERROR)),
        };
        let (Ok(port), Ok(())) = (headers.port(), session.reply(stream, (), false)) else {
            return drop(session.fin_stream(stream, Status::CANCEL));
        };
        // Old clients do not say what belongs together: the data stream is the next one.
        let by_id = || (stream.get() - if is_error { 0 } else { 2 }).to_string();
        let key = headers.request_id.clone().unwrap_or_else(by_id);
        let pair = self.pairs.entry(key.clone()).or_default();
        if is_error {
            pair.error = Some(stream);
        } else {
            pair.data = Some((stream, port));
            self.waiting.insert(stream, key.clone());
        }
        if let Pair { error: Some(error), data: Some((data, port)), .. } = *pair {
            let early = self.pairs.remove(&key).map(|pair| pair.early).unwrap_or_default();
            self.waiting.remove(&data);
            self.connect(session, error, data, port, early);
        }
    }

    fn connect(
        &mut self,
        session: &mut Session,
        error: StreamId,
        data: StreamId,
        port: u16,
        early: Vec<(Bytes, bool)>,
    ) {
        self.errors.insert(data, (error, port));
        let token = Token(self.next);
        self.next += 1;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let pipe = mio::net::TcpStream::connect(address)
            .and_then(|socket| Pipe::new(socket, &self.registry, token));
        match pipe {
            Ok(mut pipe) => {
                pipe.is_wanted = true;
                early.into_iter().for_each(|(data, fin)| pipe.push(data, fin));
                self.pipes.insert(data, token, pipe);
            }
            Err(reason) => self.end(session, data, Err(reason)),
        }
    }

    /// A connection has ended; the error stream says why, if it was not in good order.
    fn end(&mut self, session: &mut Session, data: StreamId, result: io::Result<()>) {
        let mut has_connected = false;
        if let Some(pipe) = self.pipes.remove(data) {
            has_connected = pipe.has_connected();
            pipe.close(&self.registry, result.is_err());
        }
        let Some((error, port)) = self.errors.remove(&data) else { return };
        let text = match &result {
            // A client may give up all of its connections for one error that it is told of: the reset
            // of one is told by the reset of its stream.
            Err(reason) if !has_connected => {
                format!("an error occurred forwarding {port}: {reason}")
            }
            _ => String::new(),
        };
        // What is refused here is a stream that the client has ended already.
        let _ = session.send_data(error, text, true);
        if result.is_err() {
            let _ = session.fin_stream(data, Status::CANCEL);
        }
    }
}

impl Service for Forward {
    fn notice(&mut self, event: &mio::event::Event) {
        self.pipes.notice(event);
    }

    fn pump(&mut self, session: &mut Session) -> bool {
        for (data, result) in self.pipes.pump(session) {
            self.end(session, data, result);
        }
        self.pipes.queued() > MAX_PIPED
    }
}

impl Handler for Forward {
    fn on_event(&mut self, session: &mut Session, event: Event) {
        match event {
            Event::SynStream { stream, headers, .. } => match StreamHeaders::parse(&headers) {
                Ok(headers) => self.on_stream(session, stream, &headers),
                Err(_) => drop(session.fin_stream(stream, Status::PROTOCOL_ERROR)),
            },
            Event::Data { stream, data, fin, .. } => {
                if let Some(pipe) = self.pipes.get_mut(stream) {
                    pipe.push(data, fin);
                } else if let Some(pair) =
                    self.waiting.get(&stream).and_then(|key| self.pairs.get_mut(key))
                {
                    pair.early.push((data, fin));
                }
            }
            Event::Aborted { stream, .. } => {
                if let Some(key) = self.waiting.remove(&stream) {
                    self.pairs.remove(&key);
                }
                self.pairs.retain(|_, pair| pair.error != Some(stream));
                if let Some(pipe) = self.pipes.remove(stream) {
                    pipe.close(&self.registry, true);
                }
                self.end(session, stream, Ok(()));
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
