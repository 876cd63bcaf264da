//! TCP connections whose bytes go through streams, both ways.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use bytes::{Buf, Bytes};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::SockRef;
use spdy::{Session, StreamId};

use super::driver::FEED;

/// How much is read at a time.
const PIECE: usize = 64 * 1024;

/// One end of a forwarded connection.
struct Pipe {
    socket: TcpStream,
    token: Token,
    readable: bool,
    writable: bool,
    /// The system may have an error to tell.
    is_unchecked: bool,
    has_connected: bool,
    /// From the stream, for the socket.
    waiting: VecDeque<Bytes>,
    queued: usize,
    /// The stream takes data.
    is_wanted: bool,
    /// The stream's half has ended: when all of it has left, the socket's does.
    stream_ended: bool,
    /// The halves of the socket.
    write_ended: bool,
    read_ended: bool,
}

/// How a connection ended.
pub struct End {
    pub stream: StreamId,
    /// Whether it came about at all.
    pub has_connected: bool,
    /// In good order: both halves.
    pub result: io::Result<()>,
}

impl Pipe {
    fn new(socket: TcpStream, token: Token) -> Self {
        let _ = socket.set_nodelay(true);
        Self {
            socket,
            token,
            readable: false,
            writable: false,
            is_unchecked: true,
            has_connected: false,
            waiting: VecDeque::new(),
            queued: 0,
            is_wanted: true,
            stream_ended: false,
            write_ended: false,
            read_ended: false,
        }
    }

    fn notice(&mut self, readiness: &mio::event::Event) {
        self.readable |= readiness.is_readable() || readiness.is_read_closed();
        self.writable |= readiness.is_writable();
        self.is_unchecked = true;
    }

    fn push(&mut self, data: Bytes, fin: bool) {
        self.queued += data.len();
        self.stream_ended |= fin;
        if !data.is_empty() {
            self.waiting.push_back(data);
        }
    }

    /// Moves what can be moved. An error says that the connection is lost.
    fn pump(&mut self, session: &mut Session, stream: StreamId) -> io::Result<()> {
        if std::mem::take(&mut self.is_unchecked) {
            self.socket.take_error()?.map_or(Ok(()), Err)?;
        }
        self.has_connected |= self.writable;
        self.write()?;
        self.read(session, stream)
    }

    fn write(&mut self) -> io::Result<()> {
        while self.writable && self.queued > 0 {
            let Some(front) = self.waiting.front_mut() else { break };
            match self.socket.write(front) {
                Ok(count) => {
                    front.advance(count);
                    self.queued -= count;
                    if front.is_empty() {
                        self.waiting.pop_front();
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.writable && self.stream_ended && self.queued == 0 && !self.write_ended {
            self.write_ended = true;
            // The other end may be gone already.
            let _ = self.socket.shutdown(Shutdown::Write);
        }
        Ok(())
    }

    fn read(&mut self, session: &mut Session, stream: StreamId) -> io::Result<()> {
        while self.can_read() && session.queued() < FEED {
            let mut piece = vec![0; PIECE];
            match self.socket.read(&mut piece) {
                Ok(count) => {
                    piece.truncate(count);
                    self.read_ended = count == 0;
                    self.is_wanted = false;
                    let sent = session.send_data(stream, piece, self.read_ended);
                    sent.map_err(io::Error::other)?;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    const fn can_read(&self) -> bool {
        self.readable && self.is_wanted && !self.read_ended
    }
}

/// The pipes of one session, by their streams.
pub struct Pipes {
    registry: Registry,
    pipes: BTreeMap<StreamId, Pipe>,
    streams: HashMap<Token, StreamId>,
    next: Token,
    /// Whose turn it is to be read: there may not be room for all.
    turn: StreamId,
}

impl Pipes {
    /// `first` and those above it are the tokens of the sockets.
    pub fn new(registry: Registry, first: Token) -> Self {
        Self {
            registry,
            pipes: BTreeMap::new(),
            streams: HashMap::new(),
            next: first,
            turn: StreamId::ZERO,
        }
    }

    /// Takes a socket that is nonblocking, connected or about to be, for a stream that takes data.
    pub fn insert(&mut self, stream: StreamId, mut socket: TcpStream) -> io::Result<()> {
        let token = self.next;
        self.registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        self.next = Token(token.0 + 1);
        self.streams.insert(token, stream);
        self.pipes.insert(stream, Pipe::new(socket, token));
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.pipes.is_empty()
    }

    /// Bytes that wait for sockets.
    pub fn waiting(&self) -> usize {
        self.pipes.values().map(|pipe| pipe.queued).sum()
    }

    pub fn notice(&mut self, readiness: &mio::event::Event) {
        let stream = self.streams.get(&readiness.token());
        if let Some(pipe) = stream.and_then(|stream| self.pipes.get_mut(stream)) {
            pipe.notice(readiness);
        }
    }

    /// Bytes came on a stream; with `fin` they were the last. Whether it is one of these.
    pub fn push(&mut self, stream: StreamId, data: Bytes, fin: bool) -> bool {
        let pipe = self.pipes.get_mut(&stream);
        pipe.map(|pipe| pipe.push(data, fin)).is_some()
    }

    /// A stream takes more data.
    pub fn want(&mut self, stream: StreamId) {
        if let Some(pipe) = self.pipes.get_mut(&stream) {
            pipe.is_wanted = true;
        }
    }

    /// A stream has died. What came on it is still delivered if it came whole; otherwise the
    /// connection is reset.
    pub fn abandon(&mut self, stream: StreamId) {
        match self.pipes.get_mut(&stream) {
            Some(pipe) if pipe.stream_ended => pipe.read_ended = true,
            Some(_) => self.close(stream, true),
            None => {}
        }
    }

    /// Moves what can be moved, and closes the connections that have ended.
    pub fn pump(&mut self, session: &mut Session) -> Vec<End> {
        let (mut ended, mut turn) = (Vec::new(), None);
        let (before, after): (Vec<_>, Vec<_>) =
            self.pipes.iter_mut().partition(|(stream, _)| **stream < self.turn);
        for (&stream, pipe) in after.into_iter().chain(before) {
            let result = pipe.pump(session, stream);
            if turn.is_none() && pipe.can_read() {
                turn = Some(stream);
            }
            if result.is_err() || pipe.write_ended && pipe.read_ended {
                ended.push(End { stream, has_connected: pipe.has_connected, result });
            }
        }
        self.turn = turn.unwrap_or(StreamId::ZERO);
        for end in &ended {
            self.close(end.stream, end.result.is_err());
        }
        ended
    }

    /// Closes a socket, with a reset if something was lost.
    fn close(&mut self, stream: StreamId, is_lost: bool) {
        let Some(mut pipe) = self.pipes.remove(&stream) else { return };
        self.streams.remove(&pipe.token);
        let _ = self.registry.deregister(&mut pipe.socket);
        if is_lost {
            let _ = SockRef::from(&pipe.socket).set_linger(Some(Duration::ZERO));
        }
    }
}
