//! A TCP connection whose bytes go through a stream, both ways.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;

use bytes::{Buf, Bytes};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use spdy::{Session, StreamId};

/// How much is read at a time, and waits on the session at a time.
const PIECE: usize = 64 * 1024;

/// One end of a forwarded connection.
pub struct Pipe {
    socket: TcpStream,
    readable: bool,
    writable: bool,
    has_connected: bool,
    /// From the stream, for the socket.
    waiting: VecDeque<Bytes>,
    queued: usize,
    /// The stream takes data.
    pub is_wanted: bool,
    /// The stream has ended: when all of it has left, the socket's half does.
    stream_ended: bool,
    /// The halves of the socket.
    write_ended: bool,
    read_ended: bool,
}

impl Pipe {
    /// Takes a socket that is nonblocking, connected or about to be.
    pub fn new(mut socket: TcpStream, registry: &Registry, token: Token) -> io::Result<Self> {
        registry.register(&mut socket, token, Interest::READABLE | Interest::WRITABLE)?;
        let _ = socket.set_nodelay(true);
        Ok(Self {
            socket,
            readable: false,
            writable: false,
            has_connected: false,
            waiting: VecDeque::new(),
            queued: 0,
            is_wanted: false,
            stream_ended: false,
            write_ended: false,
            read_ended: false,
        })
    }

    pub fn notice(&mut self, readiness: &mio::event::Event) {
        self.readable |= readiness.is_readable() || readiness.is_read_closed();
        self.writable |= readiness.is_writable();
    }

    /// Bytes for the socket came on the stream; with `fin` they were the last.
    pub fn push(&mut self, data: Bytes, fin: bool) {
        self.queued += data.len();
        self.stream_ended |= fin;
        if !data.is_empty() {
            self.waiting.push_back(data);
        }
    }

    /// Bytes that the socket has not taken.
    pub const fn queued(&self) -> usize {
        self.queued
    }

    /// Whether the connection came about at all.
    pub const fn has_connected(&self) -> bool {
        self.has_connected
    }

    /// Whether both halves have ended.
    pub const fn is_over(&self) -> bool {
        self.write_ended && self.read_ended
    }

    /// Moves what can be moved. An error says that the connection is lost.
    pub fn pump(&mut self, session: &mut Session, stream: StreamId) -> io::Result<()> {
        if let Some(error) = self.socket.take_error()? {
            return Err(error);
        }
        self.has_connected |= self.writable;
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
        while self.readable && self.is_wanted && !self.read_ended {
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

    /// Closes the socket with a reset if something was lost.
    pub fn close(mut self, registry: &Registry, is_lost: bool) {
        let _ = registry.deregister(&mut self.socket);
        if is_lost {
            let _ =
                socket2::SockRef::from(&self.socket).set_linger(Some(std::time::Duration::ZERO));
        }
    }
}

/// The pipes of one session, by their streams and by the tokens of their sockets.
#[derive(Default)]
pub struct Pipes {
    pipes: std::collections::HashMap<StreamId, (Pipe, Token)>,
    streams: std::collections::HashMap<Token, StreamId>,
}

impl Pipes {
    pub fn insert(&mut self, stream: StreamId, token: Token, pipe: Pipe) {
        self.streams.insert(token, stream);
        self.pipes.insert(stream, (pipe, token));
    }

    pub fn get_mut(&mut self, stream: StreamId) -> Option<&mut Pipe> {
        self.pipes.get_mut(&stream).map(|(pipe, _)| pipe)
    }

    pub fn remove(&mut self, stream: StreamId) -> Option<Pipe> {
        let (pipe, token) = self.pipes.remove(&stream)?;
        self.streams.remove(&token);
        Some(pipe)
    }

    pub fn notice(&mut self, readiness: &mio::event::Event) {
        if let Some(stream) = self.streams.get(&readiness.token()).copied() {
            if let Some(pipe) = self.get_mut(stream) {
                pipe.notice(readiness);
            }
        }
    }

    /// Bytes that wait for sockets.
    pub fn queued(&self) -> usize {
        self.pipes.values().map(|(pipe, _)| pipe.queued()).sum()
    }

    /// Moves what can be moved; returns the streams whose connections have ended, in good order or
    /// with an error.
    pub fn pump(&mut self, session: &mut Session) -> Vec<(StreamId, io::Result<()>)> {
        let mut ended = Vec::new();
        for (&stream, (pipe, _)) in &mut self.pipes {
            match pipe.pump(session, stream) {
                Ok(()) if !pipe.is_over() => {}
                result => ended.push((stream, result)),
            }
        }
        ended
    }
}
