//! The request, and from HTTP/1.1 to SPDY/3.1.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::BytesMut;
use spdy::kubernetes::{
    ACCEPTED_PROTOCOLS_HEADER, EXEC_PROTOCOLS, PORT_FORWARD_PROTOCOL, PROTOCOL_HEADER, StreamType,
    UPGRADE, choose_protocol,
};

use crate::support::http1::{self, Head};
use crate::support::kube::{self, Streams};

/// What a client has asked for.
pub enum Request {
    Exec { command: Vec<String>, streams: Wanted },
    Attach(Wanted),
    PortForward,
}

/// The streams of a command.
pub struct Wanted {
    pub kinds: Vec<StreamType>,
    /// Its end is told in a status object, not in words.
    pub has_status: bool,
}

impl Wanted {
    pub fn has_stdin(&self) -> bool {
        self.kinds.contains(&StreamType::Stdin)
    }
}

/// Reads a request and answers it. Returns what it asks for, and what the client has said behind it,
/// unless it is refused.
pub fn accept(socket: &mut TcpStream, within: Duration) -> io::Result<Option<(Request, BytesMut)>> {
    let (head, early) = http1::read_request(socket, within)?;
    let (request, protocol) = match understand(&head) {
        Ok(understood) => understood,
        Err(refusal) => {
            socket.write_all(refusal.as_bytes())?;
            return Ok(None);
        }
    };
    let named = protocol.map(|name| format!("{PROTOCOL_HEADER}: {name}\r\n")).unwrap_or_default();
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {UPGRADE}\r\n{named}\r\n"
    );
    socket.write_all(answer.as_bytes())?;
    Ok(Some((request, early)))
}

/// The request and the protocol that was chosen, or the response that refuses it.
fn understand(head: &Head) -> Result<(Request, Option<&'static str>), String> {
    let (_, target) = &head.line;
    let path = target.split('?').next().unwrap_or_default();
    // Of `/exec/NAMESPACE/POD/CONTAINER` the first word counts, of `/api/…/pods/POD/exec` the last.
    let words: Vec<_> = path.trim_matches('/').split('/').map(str::to_ascii_lowercase).collect();
    let is = |kind: &str| [words.first(), words.last()].contains(&Some(&kind.to_owned()));
    let (is_exec, is_attach, is_port_forward) = (is("exec"), is("attach"), is("portforward"));
    if !is_exec && !is_attach && !is_port_forward {
        return Err(refuse("404 Not Found", "there are exec, attach and portforward", ""));
    }
    if !head.has("connection", "upgrade") || !head.has("upgrade", UPGRADE) {
        let field = format!("Upgrade: {UPGRADE}\r\n");
        return Err(refuse("400 Bad Request", "this is no upgrade to SPDY/3.1", &field));
    }

    let supported: &[&'static str] =
        if is_port_forward { &[PORT_FORWARD_PROTOCOL] } else { &EXEC_PROTOCOLS };
    let offered: Vec<_> = head.values(PROTOCOL_HEADER).collect();
    let chosen = choose_protocol(offered.iter().copied(), supported);
    let chosen = chosen.and_then(|chosen| supported.iter().copied().find(|known| *known == chosen));
    if chosen.is_none() && !offered.is_empty() {
        let accepted =
            supported.iter().map(|name| format!("{ACCEPTED_PROTOCOLS_HEADER}: {name}\r\n"));
        let fields: String = accepted.collect();
        return Err(refuse("403 Forbidden", "none of these protocols is known", &fields));
    }
    if is_port_forward {
        return Ok((Request::PortForward, chosen));
    }

    let query = http1::query(target);
    let is_set = |name: &str| {
        query.iter().any(|(known, value)| known == name && matches!(value.as_str(), "1" | "true"))
    };
    let streams = Streams {
        stdin: is_set("stdin"),
        stdout: is_set("stdout"),
        stderr: is_set("stderr"),
        tty: is_set("tty"),
    };
    if !streams.stdin && !streams.stdout && !streams.stderr {
        return Err(refuse("400 Bad Request", "stdin, stdout or stderr has to be asked for", ""));
    }
    let kinds = streams.kinds(chosen).collect();
    let streams = Wanted { kinds, has_status: kube::has_status(chosen) };
    if is_attach {
        return Ok((Request::Attach(streams), chosen));
    }
    let command = query.into_iter().filter(|(name, _)| name == "command");
    let command = command.map(|(_, word)| word).collect();
    Ok((Request::Exec { command, streams }, chosen))
}

/// A response with its reason, and with more lines for its head.
fn refuse(status: &str, reason: &str, fields: &str) -> String {
    let length = reason.len() + 1;
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\n\r\n{reason}\n")
}
