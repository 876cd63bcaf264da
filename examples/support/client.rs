//! One connection on which resources are fetched.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};
use spdy::{Config, Stats, Version};

use super::driver::{self, Connection, State};
use super::fetcher::Fetcher;
use super::opening::{self, Opened};
use super::windows;

/// How long a server may be silent while we wait for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// `http://host:port/path`, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Url {
    /// The whole, without a fragment.
    pub full: String,
    /// Lower case; an IPv6 address without its brackets.
    pub host: String,
    pub port: u16,
    /// Path and query.
    pub path: String,
}

impl Url {
    pub fn parse(text: &str) -> Result<Self, String> {
        let full = text.split('#').next().unwrap_or_default();
        let is_visible = full.bytes().all(|byte| byte.is_ascii_graphic());
        let rest = full.strip_prefix("http://").filter(|_| is_visible);
        let rest = rest.ok_or_else(|| format!("{text}: not a URL like http://host:port/path"))?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            // The colons inside the brackets of an IPv6 address are none of a port.
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, "80"),
        };
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|port| is_number && *port > 0);
        let port = port.ok_or_else(|| format!("{text}: no valid port"))?;
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let bare = inner.unwrap_or(host);
        if bare.is_empty()
            || bare.contains(['@', '[', ']'])
            || inner.is_none() && bare.contains(':')
        {
            return Err(format!("{text}: no valid host"));
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self {
            full: format!("http://{authority}{slash}{path}"),
            host: bare.to_ascii_lowercase(),
            port,
            path: format!("{slash}{path}"),
        })
    }
}

/// A client's end of one connection.
pub struct Client {
    poll: Poll,
    events: Events,
    connection: Connection,
    pub fetcher: Fetcher,
    pub started: Instant,
}

impl Client {
    /// Connects, and announces windows that are wide enough.
    pub fn connect(
        (host, port): (&str, u16),
        version: Version,
        config: Config,
        fetcher: Fetcher,
    ) -> io::Result<Self> {
        let authority = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let authority = format!("{authority}:{port}");
        let config = windows::config(config);
        let Opened { mut session, opening, .. } = opening::client(version, config, &authority)?;
        windows::open(&mut session, &[]).map_err(io::Error::other)?;
        let mut socket = connect(host, port)?;
        let poll = Poll::new()?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut socket, Token(0), interest)?;
        let connection = Connection::new(socket, session);
        let connection = connection.with_windows(windows::exist(version)).with_opening(opening);
        let events = Events::with_capacity(8);
        Ok(Self { poll, events, connection, fetcher, started: Instant::now() })
    }

    /// Fetches until nothing is left to do, or nothing more will come; the resources say which.
    pub fn run(&mut self) -> io::Result<()> {
        while !self.fetcher.is_idle() {
            match self.connection.turn(&mut self.fetcher) {
                State::Closed => {
                    self.fetcher.interrupt("the connection is over");
                }
                State::Waiting if self.connection.deadline().is_none() => {
                    if self.wait(Some(PATIENCE))? {
                        let reason = format!("the server was silent for {} s", PATIENCE.as_secs());
                        self.fetcher.interrupt(&reason);
                    }
                }
                state => drop(self.wait(driver::wait(state, self.connection.deadline()))?),
            }
        }
        Ok(())
    }

    /// What went wrong with the connection as a whole.
    pub fn error(&self) -> Option<&str> {
        self.connection.error()
    }

    /// Ends the session in good order, and the connection: GOAWAY leaves, and then TCP's end.
    pub fn close(mut self) -> io::Result<(Fetcher, Stats)> {
        self.connection.close();
        loop {
            let state = self.connection.turn(&mut self.fetcher);
            if state == State::Closed {
                return Ok((self.fetcher, self.connection.session.stats()));
            }
            self.wait(driver::wait(state, self.connection.deadline()))?;
        }
    }

    /// Waits for the socket, and says whether that was in vain.
    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<bool> {
        driver::poll(&mut self.poll, &mut self.events, timeout)?;
        for event in &self.events {
            self.connection.notice(event);
        }
        Ok(self.events.is_empty())
    }
}

fn connect(host: &str, port: u16) -> io::Result<mio::net::TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(socket) => {
                socket.set_nonblocking(true)?;
                return Ok(mio::net::TcpStream::from_std(socket));
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
