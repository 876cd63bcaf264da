//! The streams of a command: exec and attach.

use std::collections::BTreeMap;
use std::time::Instant;

use bytes::Bytes;
use serde_json::Value;
use spdy::kubernetes::{StreamHeaders, StreamType};
use spdy::{Abort, Event, Session, Status, StreamId};

use crate::process::{Process, Step};
use crate::status::Ending;
use crate::support::args;
use crate::support::driver::Handler;
use crate::support::kube::Task;
use crate::upgrade::Wanted;

/// What is kept of the resize stream: one message is short.
const MAX_SIZE: usize = 1024;

/// The exit code of a command whose output nobody wants: as a shell tells of SIGPIPE.
const BROKEN_PIPE: u8 = 128 + 13;

/// One command and its streams.
pub struct Exec {
    /// None when it has ended.
    process: Option<Box<dyn Process>>,
    /// How it ended before it began.
    failed: Option<Ending>,
    wanted: Wanted,
    streams: BTreeMap<StreamType, StreamId>,
    /// When all of them must be there.
    expires: Instant,
    has_started: bool,
    /// Stdout takes the next piece.
    is_wanted: bool,
    /// The command waits for its stdin.
    is_idle: bool,
    sizes: Vec<u8>,
}

impl Exec {
    pub fn new(
        process: Result<Box<dyn Process>, Ending>,
        wanted: Wanted,
        expires: Instant,
    ) -> Self {
        let (process, failed) = match process {
            Ok(process) => (Some(process), None),
            Err(ending) => (None, Some(ending)),
        };
        Self {
            process,
            failed,
            wanted,
            streams: BTreeMap::new(),
            expires,
            has_started: false,
            is_wanted: true,
            is_idle: false,
            sizes: Vec::new(),
        }
    }

    fn kind(&self, stream: StreamId) -> Option<StreamType> {
        self.streams.iter().find(|(_, known)| **known == stream).map(|(kind, _)| *kind)
    }

    fn on_stream(&mut self, session: &mut Session, stream: StreamId, kind: StreamType) {
        let is_expected = self.wanted.kinds.contains(&kind) && !self.streams.contains_key(&kind);
        if !is_expected {
            let _ = session.fin_stream(stream, Status::REFUSED_STREAM);
        } else if session.reply(stream, (), false).is_ok() {
            self.streams.insert(kind, stream);
        }
        if !self.has_started && self.streams.len() == self.wanted.kinds.len() {
            self.has_started = true;
            if let Some(ending) = self.failed.take() {
                self.end(session, &ending);
            }
        }
    }

    fn on_stdin(&mut self, data: &[u8], fin: bool) {
        if let Some(process) = &mut self.process {
            process.on_stdin(data, fin);
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
        self.sizes.truncate(MAX_SIZE);
    }

    /// A stream has died with a half open. The command hears of it as a program would.
    fn on_abort(&mut self, session: &mut Session, kind: StreamType) {
        match kind {
            StreamType::Stdin => self.on_stdin(&[], true),
            StreamType::Stdout | StreamType::Stderr => {
                self.end(session, &Ending::Exit(BROKEN_PIPE));
            }
            _ => {}
        }
    }

    /// The end: FIN on what we send, the status, and GOAWAY when all of it has left.
    fn end(&mut self, session: &mut Session, ending: &Ending) {
        self.process = None;
        for (kind, stream) in &self.streams {
            let last = match kind {
                StreamType::Error if self.wanted.has_status => ending.object().to_string(),
                StreamType::Error => ending.message(),
                _ => String::new(),
            };
            // What is refused here is a stream that the client has ended already.
            let _ = session.send_data(*stream, last, true);
        }
        session.close();
    }

    fn send(&mut self, session: &mut Session, kind: StreamType, data: Bytes) {
        // A terminal has one output.
        let has_stderr = self.streams.contains_key(&StreamType::Stderr);
        let kind = if has_stderr { kind } else { StreamType::Stdout };
        // What the client has not asked for goes nowhere.
        if let Some(stream) = self.streams.get(&kind) {
            self.is_wanted &= kind != StreamType::Stdout;
            let _ = session.send_data(*stream, data, false);
        }
    }
}

impl Handler for Exec {
    fn on_event(&mut self, session: &mut Session, event: Event) {
        match event {
            Event::SynStream { stream, headers, fin, .. } => {
                match StreamHeaders::parse(&headers) {
                    Ok(headers) => self.on_stream(session, stream, headers.kind),
                    Err(_) => drop(session.fin_stream(stream, Status::PROTOCOL_ERROR)),
                }
                if fin && self.kind(stream) == Some(StreamType::Stdin) {
                    self.on_stdin(&[], true);
                }
            }
            Event::Data { stream, data, fin, .. } => match self.kind(stream) {
                Some(StreamType::Stdin) => self.on_stdin(&data, fin),
                Some(StreamType::Resize) => self.on_resize(&data),
                _ => {}
            },
            // The connection is lost.
            Event::Aborted { cause: Abort::Teardown, .. } => self.process = None,
            Event::Aborted { stream, .. } => {
                if let Some(kind) = self.kind(stream) {
                    self.on_abort(session, kind);
                }
            }
            // No more streams come; those that are there go on.
            Event::GoAway { .. } if !self.has_started => session.close(),
            _ => {}
        }
    }

    fn on_writable(&mut self, _: &mut Session, stream: StreamId) {
        self.is_wanted |= self.kind(stream) == Some(StreamType::Stdout);
    }
}

impl Task for Exec {
    fn pump(&mut self, session: &mut Session) {
        if !self.has_started {
            if Instant::now() >= self.expires {
                session.close();
            }
            return;
        }
        if let (true, Some(process)) = (self.is_wanted, &mut self.process) {
            let step = process.step();
            self.is_idle = matches!(step, Step::Wait);
            match step {
                Step::Wait => {}
                Step::Stdout(data) => self.send(session, StreamType::Stdout, data),
                Step::Stderr(data) => self.send(session, StreamType::Stderr, data),
                Step::End(ending) => self.end(session, &ending),
            }
        }
    }

    fn waiting(&self) -> usize {
        self.process.as_ref().map_or(0, |process| process.waiting())
    }

    fn deadline(&self) -> Option<Instant> {
        let can_go_on = self.is_wanted && !self.is_idle && self.process.is_some();
        match self.has_started {
            false => Some(self.expires),
            true => can_go_on.then(Instant::now),
        }
    }
}
