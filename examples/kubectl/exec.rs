//! The streams of a command: exec and attach.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use bytes::Bytes;
use mio::{Poll, Waker};
use serde_json::Value;
use spdy::kubernetes::{EXEC_PROTOCOLS, StreamType};
use spdy::{Abort, Event, Role, Session, Status, StreamId};

use crate::standard::{Output, read_stdin};
use crate::support::args::{Stop, failed};
use crate::support::driver::Handler;
use crate::support::http1;
use crate::support::kube::{self, Streams, Task};
use crate::support::pulse::Pulse;
use crate::upgrade::{Server, Upgraded};

/// What is kept of the error stream.
const MAX_STATUS: usize = 64 * 1024;

/// Runs a command, or joins the one that runs (`attach` names none), and exits with its code.
pub fn run(
    server: &Server,
    verb: &str,
    command: &[String],
    stdin: bool,
    tty: bool,
) -> Result<ExitCode, Stop> {
    let words = command.iter().map(|word| format!("command={}&", http1::encode(word)));
    let flag = |name: &str, is_set: bool| if is_set { format!("&{name}=1") } else { String::new() };
    let target = format!(
        "/{verb}?{}stdout=1{}{}{}",
        words.collect::<String>(),
        flag("stdin", stdin),
        flag("stderr", !tty),
        flag("tty", tty)
    );
    // What the fifth adds is for WebSockets.
    let upgraded = server.upgrade(&target, &EXEC_PROTOCOLS[1..]);
    let Upgraded { socket, early, protocol } = upgraded.map_err(failed(&server.address))?;
    let wanted = Streams { stdin, stdout: true, stderr: true, tty }.kinds(protocol).collect();
    let poll = Poll::new().map_err(failed("poll"))?;
    let waker = Waker::new(poll.registry(), kube::FIRST).map_err(failed("poll"))?;
    let mut task = Exec::new(wanted, Arc::new(waker), server.patience);
    let pulse = Pulse::new(server.patience, Instant::now());
    let ended = kube::run((socket, early), Role::Client, Some(pulse), poll, &mut task);
    let outcome = task.outcome(kube::has_status(protocol), ended);
    let is_written = [task.stdout, task.stderr].map(Output::finish) == [true, true];
    match outcome {
        Ok(0) if !is_written => Ok(ExitCode::FAILURE),
        Ok(code) => Ok(ExitCode::from(code)),
        Err(error) => Err(Stop::Failed(error)),
    }
}

/// Whether the stream brings us something.
const fn is_output(kind: StreamType) -> bool {
    matches!(kind, StreamType::Error | StreamType::Stdout | StreamType::Stderr)
}

/// A command that runs there.
struct Exec {
    waker: Arc<Waker>,
    patience: Duration,
    /// Streams that are not open yet, in their order.
    to_open: VecDeque<StreamType>,
    /// Until when the one that was opened last has to be accepted.
    expires: Instant,
    streams: HashMap<StreamId, StreamType>,
    stdin: Option<(StreamId, mpsc::Receiver<Bytes>)>,
    /// Stdin takes the next piece.
    is_wanted: bool,
    stdout: Output,
    stderr: Output,
    status: Vec<u8>,
    /// How many outputs have not ended.
    open: usize,
    /// All streams were accepted.
    is_running: bool,
    has_ended: bool,
    error: Option<String>,
}

impl Exec {
    fn new(wanted: VecDeque<StreamType>, waker: Arc<Waker>, patience: Duration) -> Self {
        Self {
            stdout: Output::new(io::stdout(), Arc::clone(&waker)),
            stderr: Output::new(io::stderr(), Arc::clone(&waker)),
            waker,
            patience,
            open: wanted.iter().filter(|kind| is_output(**kind)).count(),
            to_open: wanted,
            expires: Instant::now() + patience,
            streams: HashMap::new(),
            stdin: None,
            is_wanted: false,
            status: Vec::new(),
            is_running: false,
            has_ended: false,
            error: None,
        }
    }

    /// The next stream is opened when the one before it was accepted.
    fn open_next(&mut self, session: &mut Session) {
        let Some(kind) = self.to_open.pop_front() else {
            self.is_running = true;
            let stdin = self.streams.iter().find(|(_, kind)| **kind == StreamType::Stdin);
            let read = |(&stream, _)| (stream, read_stdin(Arc::clone(&self.waker)));
            self.stdin = stdin.map(read);
            return;
        };
        self.expires = Instant::now() + self.patience;
        match session.open(kind.open()) {
            Ok(stream) => drop(self.streams.insert(stream, kind)),
            Err(error) => self.fail(session, format!("cannot open {kind}: {error}")),
        }
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

    /// A half of the server's has ended; after the last output we leave.
    fn on_end(&mut self, session: &mut Session, kind: StreamType) {
        self.open = self.open.saturating_sub(usize::from(is_output(kind)));
        if self.open == 0 {
            self.leave(session);
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
        if self.stdout.is_broken() {
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

impl Handler for Exec {
    fn on_event(&mut self, session: &mut Session, event: Event) {
        match event {
            Event::SynReply { stream, fin, .. } => {
                if self.streams.get(&stream) == Some(&StreamType::Resize) {
                    let _ = session.send_data(stream, terminal_size(), false);
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

/// The message that tells it.
fn terminal_size() -> String {
    let side = |name: &str, default: u16| {
        let value = std::env::var(name).ok().and_then(|value| value.parse().ok());
        value.filter(|value| *value > 0).unwrap_or(default)
    };
    format!("{{\"Width\":{},\"Height\":{}}}\n", side("COLUMNS", 80), side("LINES", 24))
}

impl Task for Exec {
    fn pump(&mut self, session: &mut Session) {
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
            }
        }
        if self.has_ended {
            return;
        }
        if self.stdout.is_broken() {
            self.leave(session);
        } else if !self.is_running && Instant::now() >= self.expires {
            self.fail(session, "the server does not accept the streams".into());
        }
    }

    fn waiting(&self) -> usize {
        self.stdout.waiting() + self.stderr.waiting()
    }

    fn deadline(&self) -> Option<Instant> {
        (!self.is_running && !self.has_ended).then_some(self.expires)
    }
}
