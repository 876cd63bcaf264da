//! Sends back the body of every request: SPDY/3.1 over nonblocking sockets, all connections in one
//! thread, with nothing but mio to wait for them.
//!
//! `mio_server [ADDR]`

#[path = "support/echo.rs"]
mod echo;

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use echo::Echo;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use spdy::{SendError, Session};

/// So much is read at a time. Received DATA is a slice of it.
const READ: usize = 16 * 1024;

const LISTENER: Token = Token(0);

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:6121".into());
    let mut listener = TcpListener::bind(address.parse()?)?;
    println!("listening on {}", listener.local_addr()?);
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(256));
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let (mut connections, mut next) = (HashMap::new(), LISTENER.0);
    // Readiness is told once, when it comes: who has work left takes turns here.
    let mut busy = VecDeque::new();
    loop {
        let patience = if busy.is_empty() { None } else { Some(Duration::ZERO) };
        match poll.poll(&mut events, patience) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            polled => polled?,
        }
        for event in &events {
            let token = event.token();
            if let Some(connection) = connections.get_mut(&token) {
                let connection: &mut Connection = connection;
                connection.readable |= event.is_readable() || event.is_read_closed();
                connection.writable |= event.is_writable() || event.is_write_closed();
                busy.push_back(token);
            }
        }
        while let Ok((mut socket, _peer)) = listener.accept() {
            next += 1;
            let both = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(&mut socket, Token(next), both)?;
            connections.insert(Token(next), Connection::new(socket)?);
            busy.push_back(Token(next));
        }
        for _ in 0..busy.len() {
            let Some(token) = busy.pop_front() else { break };
            let Some(connection) = connections.get_mut(&token) else { continue };
            match connection.turn() {
                Ok(State::Busy) => busy.push_back(token),
                Ok(State::Waiting) => {}
                Ok(State::Closed) => drop(connections.remove(&token)),
                Err(error) => {
                    eprintln!("{error}");
                    connections.remove(&token);
                }
            }
        }
    }
}

enum State {
    Busy,
    Waiting,
    Closed,
}

struct Connection {
    socket: TcpStream,
    session: Session,
    echo: Echo,
    /// What was read and is not an event yet.
    input: BytesMut,
    buffer: Vec<u8>,
    readable: bool,
    writable: bool,
    input_ended: bool,
    /// All is written, and our side closed.
    is_over: bool,
}

impl Connection {
    fn new(socket: TcpStream) -> Result<Self, SendError> {
        let _ = socket.set_nodelay(true); // frames leave in whole batches
        Ok(Self {
            socket,
            session: Echo::session()?,
            echo: Echo::default(),
            input: BytesMut::new(),
            buffer: vec![0; READ],
            readable: true,
            writable: true,
            input_ended: false,
            is_over: false,
        })
    }

    /// Does each thing once: events, data, one write, one read. Then it is another's turn.
    fn turn(&mut self) -> Result<State, Box<dyn Error>> {
        if self.is_over {
            return self.read_off();
        }
        let end = loop {
            match self.session.next_event(&mut self.input) {
                Ok(Some(event)) => self.echo.on_event(&mut self.session, event)?,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error), // a GOAWAY that says so stands in the output
            }
        };
        while let Some(stream) = self.session.poll_writable() {
            self.echo.on_writable(&mut self.session, stream);
        }
        let written = self.write()?;
        let has_ended = self.input_ended || end.is_err() || self.session.is_done();
        if has_ended && !self.session.wants_write() {
            end.unwrap_or_else(|error| eprintln!("{error}"));
            self.socket.shutdown(Shutdown::Write)?;
            self.is_over = true;
            return self.read_off();
        }
        let read = end.is_ok() && self.read()?;
        Ok(if written || read { State::Busy } else { State::Waiting })
    }

    /// What the peer still sends must be read, or the system resets the connection, and our last frames
    /// with it. How long the peer may go on with that is left out here, as is every other time limit.
    fn read_off(&mut self) -> Result<State, Box<dyn Error>> {
        self.input.clear();
        let read = self.read()?;
        Ok(match (self.input_ended, read) {
            (true, _) => State::Closed,
            (false, true) => State::Busy,
            (false, false) => State::Waiting,
        })
    }

    /// One write, large payloads from where they are; says whether there was any.
    fn write(&mut self) -> std::io::Result<bool> {
        if !self.writable || !self.session.wants_write() {
            return Ok(false);
        }
        let mut output = self.session.output();
        let mut slices = [IoSlice::new(&[]); 64];
        let count = output.chunks_vectored(&mut slices);
        match self.socket.write_vectored(&slices[..count]) {
            Ok(written) => output.advance(written), // what is left stays for the next time
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    /// One read; says whether there was any.
    fn read(&mut self) -> std::io::Result<bool> {
        if !self.readable || self.input_ended {
            return Ok(false);
        }
        match self.socket.read(&mut self.buffer) {
            Ok(0) => {
                self.input_ended = true;
                self.session.end_of_input();
            }
            Ok(read) => self.input.extend_from_slice(&self.buffer[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(true)
    }
}
