//! The streams of connections that are forwarded, in pairs: error and data.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use mio::Registry;
use mio::net::TcpStream;
use spdy::kubernetes::{StreamHeaders, StreamType};
use spdy::{Event, Session, Status, StreamId};

use crate::support::driver::Handler;
use crate::support::kube::{self, Task};
use crate::support::pipe::Pipes;

/// What the two streams of a connection have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Request(String),
    /// Old clients do not say it: the data stream is the one behind the error stream.
    ErrorStream(u32),
}

/// The streams of a connection, until both are there.
struct Pair {
    error: Option<StreamId>,
    data: Option<StreamId>,
    expires: Instant,
    /// What came on the data stream before the other was there.
    early: Vec<(Bytes, bool)>,
}

/// All forwarded connections of a client.
pub struct PortForward {
    patience: Duration,
    pairs: HashMap<Key, Pair>,
    pipes: Pipes,
    /// The error stream of each data stream, and the port.
    errors: HashMap<StreamId, (StreamId, u16)>,
}

impl PortForward {
    /// Both streams of a connection come within `patience`.
    pub fn new(registry: Registry, patience: Duration) -> Self {
        Self {
            patience,
            pairs: HashMap::new(),
            pipes: Pipes::new(registry, kube::FIRST),
            errors: HashMap::new(),
        }
    }

    fn on_stream(&mut self, session: &mut Session, stream: StreamId, headers: &StreamHeaders) {
        let is_error = headers.kind == StreamType::Error;
        let (true, Ok(port)) = (is_error || headers.kind == StreamType::Data, headers.port())
        else {
            return drop(session.fin_stream(stream, Status::PROTOCOL_ERROR));
        };
        let by_id = || Key::ErrorStream(stream.get().saturating_sub(if is_error { 0 } else { 2 }));
        let key = headers.request_id.clone().map_or_else(by_id, Key::Request);
        let pair = self.pairs.entry(key.clone()).or_insert_with(|| Pair {
            error: None,
            data: None,
            expires: Instant::now() + self.patience,
            early: Vec::new(),
        });
        let place = if is_error { &mut pair.error } else { &mut pair.data };
        if place.is_some() {
            return drop(session.fin_stream(stream, Status::PROTOCOL_ERROR));
        }
        if session.reply(stream, (), false).is_ok() {
            *place = Some(stream);
        }
        if let Pair { error: Some(error), data: Some(data), .. } = *pair {
            let early = self.pairs.remove(&key).map(|pair| pair.early).unwrap_or_default();
            self.errors.insert(data, (error, port));
            self.connect(session, data, port, early);
        }
    }

    fn connect(
        &mut self,
        session: &mut Session,
        data: StreamId,
        port: u16,
        early: Vec<(Bytes, bool)>,
    ) {
        let socket = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        match socket.and_then(|socket| self.pipes.insert(data, socket)) {
            Ok(()) => early.into_iter().for_each(|(piece, fin)| {
                self.pipes.push(data, piece, fin);
            }),
            Err(error) => self.end(session, data, false, Err(error)),
        }
    }

    /// A connection has ended; the error stream says why, if it never came about.
    fn end(
        &mut self,
        session: &mut Session,
        data: StreamId,
        has_connected: bool,
        result: io::Result<()>,
    ) {
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

    fn on_data(&mut self, stream: StreamId, data: Bytes, fin: bool) {
        if self.errors.contains_key(&stream) {
            self.pipes.push(stream, data, fin);
        } else if let Some(pair) = self.pairs.values_mut().find(|pair| pair.data == Some(stream)) {
            pair.early.push((data, fin));
        }
    }

    fn on_abort(&mut self, session: &mut Session, stream: StreamId) {
        self.pairs.retain(|_, pair| ![pair.error, pair.data].contains(&Some(stream)));
        self.pipes.abandon(stream);
        self.end(session, stream, true, Ok(()));
    }
}

impl Handler for PortForward {
    fn on_event(&mut self, session: &mut Session, event: Event) {
        match event {
            Event::SynStream { stream, headers, fin, .. } => {
                match StreamHeaders::parse(&headers) {
                    Ok(headers) => self.on_stream(session, stream, &headers),
                    Err(_) => drop(session.fin_stream(stream, Status::PROTOCOL_ERROR)),
                }
                if fin {
                    self.on_data(stream, Bytes::new(), true);
                }
            }
            Event::Data { stream, data, fin, .. } => self.on_data(stream, data, fin),
            Event::Aborted { stream, .. } => self.on_abort(session, stream),
            _ => {}
        }
    }

    fn on_writable(&mut self, _: &mut Session, stream: StreamId) {
        self.pipes.want(stream);
    }
}

impl Task for PortForward {
    fn notice(&mut self, event: &mio::event::Event) {
        self.pipes.notice(event);
    }

    fn pump(&mut self, session: &mut Session) {
        let now = Instant::now();
        self.pairs.retain(|_, pair| {
            let is_late = now >= pair.expires;
            for stream in [pair.error, pair.data].into_iter().flatten().filter(|_| is_late) {
                let _ = session.fin_stream(stream, Status::CANCEL);
            }
            !is_late
        });
        for end in self.pipes.pump(session) {
            self.end(session, end.stream, end.has_connected, end.result);
        }
    }

    fn waiting(&self) -> usize {
        let early = self.pairs.values().flat_map(|pair| &pair.early);
        self.pipes.waiting() + early.map(|(data, _)| data.len()).sum::<usize>()
    }

    fn deadline(&self) -> Option<Instant> {
        self.pairs.values().map(|pair| pair.expires).min()
    }
}
