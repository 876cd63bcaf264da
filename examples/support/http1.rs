//! As much of HTTP/1.1 as an upgrade needs: one head each way, on a blocking socket.

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use httparse::{EMPTY_HEADER, Request, Response};

/// The most that a head may be.
const MAX_HEAD: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;

/// A request or response without a body.
pub struct Head {
    /// The request's method and target, or the response's code and phrase.
    pub line: (String, String),
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The values of a header, in order.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let name = name.to_ascii_lowercase();
        let of_name = self.headers.iter().filter(move |(known, _)| *known == name);
        of_name.map(|(_, value)| value.as_str())
    }

    /// Whether a list of words holds this one.
    pub fn has(&self, name: &str, word: &str) -> bool {
        let mut words = self.values(name).flat_map(|value| value.split(','));
        words.any(|known| known.trim().eq_ignore_ascii_case(word))
    }
}

/// Reads a request, and what came behind it: that belongs to the protocol it asks for.
pub fn read_request(socket: &mut TcpStream, within: Duration) -> io::Result<(Head, BytesMut)> {
    read(socket, within, |bytes| {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let mut request = Request::new(&mut headers);
        let parsed = request.parse(bytes).map_err(invalid)?;
        let line = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
        let line = (line.0.to_owned(), line.1.to_owned());
        Ok(match parsed {
            httparse::Status::Complete(len) => Some((len, head(line, request.headers))),
            httparse::Status::Partial => None,
        })
    })
}

/// Reads a response, and what came behind it.
pub fn read_response(socket: &mut TcpStream, within: Duration) -> io::Result<(Head, BytesMut)> {
    read(socket, within, |bytes| {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let mut response = Response::new(&mut headers);
        let parsed = response.parse(bytes).map_err(invalid)?;
        let code = response.code.unwrap_or_default().to_string();
        let line = (code, response.reason.unwrap_or_default().to_owned());
        Ok(match parsed {
            httparse::Status::Complete(len) => Some((len, head(line, response.headers))),
            httparse::Status::Partial => None,
        })
    })
}

fn read(
    socket: &mut TcpStream,
    within: Duration,
    parse: impl Fn(&[u8]) -> io::Result<Option<(usize, Head)>>,
) -> io::Result<(Head, BytesMut)> {
    let mut bytes = BytesMut::new();
    let mut piece = [0; 4096];
    let end = Instant::now() + within;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(timed_out());
        }
        socket.set_read_timeout(Some(left))?;
        match socket.read(&mut piece) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(timed_out()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if let Some((len, head)) = parse(&bytes)? {
            let _ = bytes.split_to(len);
            return Ok((head, bytes));
        }
        if bytes.len() > MAX_HEAD {
            return Err(invalid("the head is too large"));
        }
    }
}

fn head(line: (String, String), headers: &[httparse::Header<'_>]) -> Head {
    let text = |header: &httparse::Header<'_>| {
        let value = String::from_utf8_lossy(header.value).trim().to_owned();
        (header.name.to_ascii_lowercase(), value)
    };
    Head { line, headers: headers.iter().map(text).collect() }
}

/// What the system says is that it would block.
fn timed_out() -> io::Error {
    io::Error::new(ErrorKind::TimedOut, "no whole head came in time")
}

fn invalid(error: impl ToString) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error.to_string())
}

/// The names and values behind the `?` of a target, decoded.
pub fn query(target: &str) -> Vec<(String, String)> {
    let (_, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let decoded = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    decoded.map(|(name, value)| (decode(name), decode(value))).collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|_| byte == b'%');
        let hex = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match (byte, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (_, Some(decoded)) => {
                bytes.push(decoded);
                rest = &tail[2..];
            }
            (b'+', None) => {
                bytes.push(b' ');
                rest = tail;
            }
            (byte, None) => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A value for a query.
pub fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
