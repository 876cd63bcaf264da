//! Two streams for each connection that is forwarded.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Poll, Token};
use spdy::kubernetes::{PORT_FORWARD_PROTOCOL, StreamType};
use spdy::{Event, Role, Session, Status, StreamId};

use crate::support::args::{self, Stop, complain, failed};
use crate::support::driver::Handler;
use crate::support::kube::{self, Task};
use crate::support::pipe::Pipes;
use crate::support::pulse::Pulse;
use crate::upgrade::{Server, Upgraded};

/// The sockets that are forwarded come behind it.
const LISTENER: Token = kube::FIRST;

/// What is kept of an error stream.
const MAX_ERROR: usize = 64 * 1024;

/// Forwards connections to the port `local` here to the port `remote` there, until the server ends it.
pub fn run(server: &Server, local: u16, remote: u16) -> Result<ExitCode, Stop> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, local));
    let mut listener = TcpListener::bind(address).map_err(failed(address))?;
    let address = listener.local_addr().map_err(failed(address))?;
    let upgraded = server.upgrade("/portforward", &[PORT_FORWARD_PROTOCOL]);
    let Upgraded { socket, early, protocol } = upgraded.map_err(failed(&server.address))?;
    if protocol.is_none() {
        return Err(Stop::Failed(format!("{}: it does not forward ports", server.address)));
    }
    let poll = Poll::new().map_err(failed("poll"))?;
    let registry = poll.registry().try_clone().map_err(failed("poll"))?;
    registry.register(&mut listener, LISTENER, Interest::READABLE).map_err(failed("poll"))?;
    args::print(format_args!("forwarding {address} -> {remote}\n"))?;
    let mut task = PortForward {
        listener: Some(listener),
        may_accept: true,
        remote,
        patience: server.patience,
        next: 0,
        opening: HashMap::new(),
        pipes: Pipes::new(registry, Token(LISTENER.0 + 1)),
        errors: HashMap::new(),
    };
    let pulse = Pulse::new(server.patience, Instant::now());
    let ended = kube::run((socket, early), Role::Client, Some(pulse), poll, &mut task);
    ended.map_err(failed(&server.address))?;
    Err(Stop::Failed(format!("{}: the server has closed the connection", server.address)))
}

/// A connection whose streams are not both accepted.
struct Opening {
    socket: TcpStream,
    request: u32,
    /// The error stream, once it was accepted.
    error: Option<StreamId>,
    expires: Instant,
}

/// All connections that are forwarded.
struct PortForward {
    /// None when the server takes no more streams.
    listener: Option<TcpListener>,
    may_accept: bool,
    remote: u16,
    patience: Duration,
    next: u32,
    /// By the stream whose reply is awaited.
    opening: HashMap<StreamId, Opening>,
    pipes: Pipes,
    /// What the server says on the error streams.
    errors: HashMap<StreamId, Vec<u8>>,
}

impl PortForward {
    fn accept(&mut self, session: &mut Session) {
        while self.may_accept && session.can_open() > 1 {
            let Some(listener) = &self.listener else { return };
            match listener.accept() {
                Ok((socket, _)) => {
                    let request = self.next;
                    self.next += 1;
                    self.open(
                        session,
                        Opening {
                            socket,
                            request,
                            error: None,
                            expires: Instant::now() + self.patience,
                        },
                    );
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

    /// The next stream of a connection: error, and when that was accepted, data.
    fn open(&mut self, session: &mut Session, opening: Opening) {
        let kind = if opening.error.is_none() { StreamType::Error } else { StreamType::Data };
        match session.open(kind.open_for_port(self.remote, opening.request)) {
            Ok(stream) => drop(self.opening.insert(stream, opening)),
            Err(error) => self.give_up(session, opening, error),
        }
    }

    fn on_reply(&mut self, session: &mut Session, stream: StreamId) {
        let Some(mut opening) = self.opening.remove(&stream) else { return };
        if opening.error.is_none() {
            // Nothing is sent on the error stream: its half ends at once, behind the reply.
            let _ = session.send_data(stream, Bytes::new(), true);
            self.errors.insert(stream, Vec::new());
            opening.error = Some(stream);
            self.open(session, opening);
        } else if let Err(error) = self.pipes.insert(stream, opening.socket) {
            complain(format_args!("kubectl: {error}"));
            let _ = session.fin_stream(stream, Status::CANCEL);
        }
    }

    /// A connection that cannot be forwarded is closed.
    fn give_up(&mut self, session: &mut Session, opening: Opening, why: impl std::fmt::Display) {
        complain(format_args!(
            "kubectl: a connection to {} could not be opened: {why}",
            self.remote
        ));
        if let Some(error) = opening.error {
            let _ = session.fin_stream(error, Status::CANCEL);
            self.on_error_end(error);
        }
    }

    /// The server has said on an error stream what it had to say.
    fn on_error_end(&mut self, stream: StreamId) {
        let text = self.errors.remove(&stream).unwrap_or_default();
        if !text.is_empty() {
            complain(format_args!("kubectl: {}", String::from_utf8_lossy(&text).trim_end()));
        }
    }

    fn on_data(&mut self, stream: StreamId, data: Bytes, fin: bool) {
        if let Some(text) = self.errors.get_mut(&stream) {
            let room = MAX_ERROR.saturating_sub(text.len());
            text.extend_from_slice(&data[..data.len().min(room)]);
            if fin {
                self.on_error_end(stream);
            }
        } else {
            self.pipes.push(stream, data, fin);
        }
    }
}

impl Handler for PortForward {
    fn on_event(&mut self, session: &mut Session, event: Event) {
        match event {
            Event::SynReply { stream, fin, .. } => {
                self.on_reply(session, stream);
                self.on_data(stream, Bytes::new(), fin);
            }
            Event::Data { stream, data, fin, .. } => self.on_data(stream, data, fin),
            Event::Aborted { stream, cause, .. } => {
                self.pipes.abandon(stream);
                self.on_error_end(stream);
                if let Some(opening) = self.opening.remove(&stream) {
                    self.give_up(session, opening, cause);
                }
            }
            // Nobody can connect any more; what is forwarded goes on.
            Event::GoAway { .. } => self.listener = None,
            _ => {}
        }
    }

    fn on_writable(&mut self, _: &mut Session, stream: StreamId) {
        self.pipes.want(stream);
    }
}

impl Task for PortForward {
    fn notice(&mut self, event: &mio::event::Event) {
        self.may_accept |= event.token() == LISTENER;
        self.pipes.notice(event);
    }

    fn pump(&mut self, session: &mut Session) {
        self.accept(session);
        let now = Instant::now();
        let is_late =
            |(stream, opening): (&StreamId, &Opening)| (now >= opening.expires).then_some(*stream);
        for stream in self.opening.iter().filter_map(is_late).collect::<Vec<_>>() {
            let _ = session.fin_stream(stream, Status::CANCEL);
            if let Some(opening) = self.opening.remove(&stream) {
                self.give_up(session, opening, "the server does not accept the stream");
            }
        }
        for end in self.pipes.pump(session) {
            if end.result.is_err() {
                let _ = session.fin_stream(end.stream, Status::CANCEL);
            }
        }
        if self.listener.is_none() && self.opening.is_empty() && self.pipes.is_empty() {
            session.close();
        }
    }

    fn waiting(&self) -> usize {
        self.pipes.waiting()
    }

    fn deadline(&self) -> Option<Instant> {
        self.opening.values().map(|opening| opening.expires).min()
    }
}
