//! From HTTP/1.1 to SPDY/3.1.

use std::io::{self, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use bytes::BytesMut;
use spdy::kubernetes::{PROTOCOL_HEADER, UPGRADE};

use crate::support::http1;

/// Where a kubelet listens, and how long it may take for what we wait for.
pub struct Server {
    pub address: String,
    pub patience: Duration,
}

/// A connection on which SPDY begins.
pub struct Upgraded<'a> {
    pub socket: TcpStream,
    /// What the server has said already.
    pub early: BytesMut,
    /// Which of the protocols that were offered the server has chosen, if it says so.
    pub protocol: Option<&'a str>,
}

impl Server {
    pub fn upgrade<'a>(&self, target: &str, offered: &[&'a str]) -> io::Result<Upgraded<'a>> {
        let address = self.address.to_socket_addrs()?.next();
        let address = address.ok_or_else(|| io::Error::other("the host has no address"))?;
        let mut socket = TcpStream::connect_timeout(&address, self.patience)?;
        let offers = offered.iter().map(|name| format!("{PROTOCOL_HEADER}: {name}\r\n"));
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: {UPGRADE}\r\n\
             Content-Length: 0\r\n{}\r\n",
            self.address,
            offers.collect::<String>()
        );
        socket.write_all(request.as_bytes())?;
        let (head, early) = http1::read_response(&mut socket, self.patience)?;
        let (code, phrase) = &head.line;
        if code != "101" || !head.has("upgrade", UPGRADE) {
            return Err(io::Error::other(format!("no upgrade to {UPGRADE}: {code} {phrase}")));
        }
        let chosen = head.values(PROTOCOL_HEADER).next();
        let protocol = chosen.and_then(|chosen| offered.iter().find(|name| **name == chosen));
        if let (Some(chosen), None) = (chosen, protocol) {
            let error = format!("the server has chosen {chosen}, which was not offered");
            return Err(io::Error::other(error));
        }
        Ok(Upgraded { socket, early, protocol: protocol.copied() })
    }
}
