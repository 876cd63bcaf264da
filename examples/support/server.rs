//! The event loop of a server: all its connections in one thread.
//!
//! No connection can hold the others up: each has its turn, and no turn blocks on a socket.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use spdy::{Config, Setting, SettingId, Stats, Version};

use super::args::complain;
use super::driver::{self, Connection, State};
use super::opening::{self, Opened};
use super::responder::{Responder, Site};
use super::windows;

const LISTENER: Token = Token(0);

/// How many connections are served at a time; the others wait in the system's queue.
const MAX_CONNECTIONS: usize = 500;

/// How many streams a client may have open; it is told in HELLO (SETTINGS).
const MAX_STREAMS: u32 = 100;

/// When to try again if the system lets us accept no more.
const RETRY: Duration = Duration::from_millis(200);

/// Listens, and serves when it is run.
pub struct Server {
    poll: Poll,
    listener: TcpListener,
    address: SocketAddr,
    version: Version,
    config: Config,
}

struct Client<S> {
    peer: SocketAddr,
    connection: Connection,
    responder: Responder<S>,
}

impl Server {
    /// `address` may be a name and may have port 0.
    pub fn bind(address: &str, version: Version, config: Config) -> io::Result<Self> {
        opening::server(version, config)?; // or there is nothing to listen for
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let mut listener = TcpListener::from_std(listener);
        let poll = Poll::new()?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Self { poll, listener, address, version, config })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves a site until `on_close`, which is called whenever a connection has ended, says stop.
    pub fn run<S: Site>(
        mut self,
        site: S,
        mut on_close: impl FnMut(&Stats) -> ControlFlow<()>,
    ) -> io::Result<()> {
        let site = Rc::new(site);
        let mut clients: HashMap<Token, Client<S>> = HashMap::new();
        let mut next = LISTENER.0 + 1;
        let mut events = Events::with_capacity(256);
        let (mut timeout, mut may_accept) = (None, true);
        loop {
            driver::poll(&mut self.poll, &mut events, timeout)?;
            for event in &events {
                match clients.get_mut(&event.token()) {
                    Some(client) => client.connection.notice(event),
                    None => may_accept |= event.token() == LISTENER,
                }
            }
            while may_accept && clients.len() < MAX_CONNECTIONS {
                match self.accept(Token(next), &site) {
                    Ok(client) => drop(clients.insert(Token(next), client)),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => may_accept = false,
                    // Too many descriptors, for example: those who are connected go on.
                    Err(error) => {
                        complain(format_args!("cannot accept: {error}"));
                        break;
                    }
                }
                next += 1;
            }

            let retry = may_accept && clients.len() < MAX_CONNECTIONS;
            timeout = retry.then_some(RETRY);
            let mut ended = Vec::new();
            for (&token, client) in &mut clients {
                let mut state = client.connection.state();
                if state == State::Busy {
                    state = client.connection.turn(&mut client.responder);
                }
                if state == State::Closed {
                    ended.push(token);
                } else if let Some(wait) = driver::wait(state, client.connection.deadline()) {
                    timeout = Some(timeout.map_or(wait, |timeout: Duration| timeout.min(wait)));
                }
            }
            for client in ended.iter().filter_map(|token| clients.remove(token)) {
                let Client { peer, mut connection, .. } = client;
                if let Some(error) = connection.error() {
                    complain(format_args!("{peer}: {error}"));
                }
                let _ = self.poll.registry().deregister(&mut connection.socket);
                if on_close(&connection.session.stats()).is_break() {
                    return Ok(());
                }
                // There is room for one that waits.
                timeout = Some(Duration::ZERO);
            }
        }
    }

    fn accept<S: Site>(&self, token: Token, site: &Rc<S>) -> io::Result<Client<S>> {
        let (mut socket, peer) = accept(&self.listener)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut socket, token, interest)?;
        let config = windows::config(self.config.max_streams(MAX_STREAMS).manual_credit(true));
        let Opened { mut session, opening, origin } = opening::server(self.version, config)?;
        let limit = Setting::new(SettingId::MAX_CONCURRENT_STREAMS, MAX_STREAMS);
        windows::open(&mut session, &[limit]).map_err(io::Error::other)?;
        let connection = Connection::new(socket, session);
        let connection =
            connection.with_windows(windows::exist(self.version)).with_opening(opening);
        let responder = Responder::new(Rc::clone(site), origin);
        Ok(Client { peer, connection, responder })
    }
}

/// The next connection that is still one: some are aborted while they wait.
fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    loop {
        match listener.accept() {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionAborted | ErrorKind::Interrupted
                ) => {}
            result => return result,
        }
    }
}
