//! The end that answers.

use alloc::string::{String, ToString};
use core::fmt;

use bytes::{Buf, Bytes};

use super::fields::{self, ACCEPT, EXTENSIONS, KEY, PROTOCOL, VERSION};
use super::head::{HeadError, Progress, RequestHead};
use super::{Extension, key};
use crate::headers::Headers;
use crate::websocket::limits::Limits;

/// The end that answers, until it knows what is asked.
#[derive(Debug)]
pub struct Server {
    extension: Extension,
    progress: Progress<ServerError>,
}

impl Server {
    /// A server that has read nothing.
    #[must_use]
    pub const fn new(extension: Extension, limits: Limits) -> Self {
        Self { extension, progress: Progress::new(limits.handshake) }
    }

    /// Takes bytes off the input until the request is whole.
    ///
    /// `Ok(None)` means that the input is used up, or that the request has been returned. What stands
    /// behind it is left in the input: it belongs to the WebSocket.
    ///
    /// # Errors
    ///
    /// The request does not open a WebSocket that this server speaks: answer with
    /// [`ServerError::response`] and close the connection. Every later call returns the error again
    /// and consumes nothing.
    pub fn read_request(&mut self, input: &mut impl Buf) -> Result<Option<Request>, ServerError> {
        self.progress.read(input, |head| Request::judge(head.request()?, self.extension))
    }
}

/// A request that can be accepted.
///
/// A server that refuses it for reasons of its own (the origin, the target) writes a response of
/// HTTP/1.1 instead of [`accept`](Self::accept) and closes the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    target: String,
    host: String,
    accept: String,
    extension: Option<&'static str>,
    protocol: Option<String>,
    headers: Headers,
}

impl Request {
    fn judge(head: RequestHead, ours: Extension) -> Result<Self, ServerError> {
        let RequestHead { is_get, target, is_http_1_1, headers } = head;
        if !is_get {
            return Err(ServerError::Method);
        }
        if !is_http_1_1 {
            return Err(ServerError::HttpVersion);
        }
        // What stands behind the head would be taken for frames.
        let length = fields::single(&headers, "Content-Length")?;
        if length.is_some_and(|length| length != "0") || headers.contains("Transfer-Encoding") {
            return Err(ServerError::Body);
        }
        let host = fields::single(&headers, "Host")?.unwrap_or_default();
        if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ServerError::Host);
        }
        if !fields::has(&headers, "Upgrade", "websocket") {
            return Err(ServerError::Upgrade);
        }
        if !fields::has(&headers, "Connection", "upgrade") {
            return Err(ServerError::Connection);
        }
        match fields::single(&headers, VERSION)? {
            Some(super::VERSION) => {}
            Some(_) => return Err(ServerError::Version),
            None => return Err(ServerError::NoVersion),
        }
        let key = fields::single(&headers, KEY)?.unwrap_or_default();
        if !key::is_valid(key) {
            return Err(ServerError::Key);
        }
        let offered = fields::extensions(&headers)?;
        let mut plain = offered.iter().filter(|offer| !offer.has_parameters);
        let extension = plain.find_map(|offer| ours.named(offer.name));
        if let (Extension::Required(token), None) = (ours, extension) {
            return Err(ServerError::NoExtension(token));
        }
        // One that cannot be read is not the same as none.
        fields::single(&headers, "Origin")?;
        let (host, accept) = (host.into(), key::accept(key));
        Ok(Self { target, host, accept, extension, protocol: None, headers })
    }

    /// The path and query, as they were sent.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The host, with a port if there is one.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Where the script that asks comes from, if a browser does. A server that is not for everybody
    /// refuses the others (RFC 6455, section 10.2).
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.headers.get_str("Origin")
    }

    /// All fields.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The extension that will be spoken: the server's, if it was offered without parameters.
    #[must_use]
    pub const fn extension(&self) -> Option<&'static str> {
        self.extension
    }

    /// The subprotocols that are offered, the preferred one first.
    pub fn protocols(&self) -> impl Iterator<Item = &str> {
        fields::list(&self.headers, PROTOCOL)
    }

    /// Picks the first subprotocol that is offered and supported, and says which. Without one the
    /// connection has none.
    pub fn choose_protocol(&mut self, supported: &[&str]) -> Option<&str> {
        let chosen = self.protocols().find(|offered| supported.contains(offered));
        self.protocol = chosen.map(String::from);
        self.protocol.as_deref()
    }

    /// The response that accepts; what follows it is frames.
    #[must_use]
    pub fn accept(&self) -> Bytes {
        let mut response = String::from(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
        );
        let mut add = |name: &str, value: &str| {
            response.extend([name, ": ", value, "\r\n"]);
        };
        add(ACCEPT, &self.accept);
        if let Some(extension) = self.extension {
            add(EXTENSIONS, extension);
        }
        if let Some(protocol) = &self.protocol {
            add(PROTOCOL, protocol);
        }
        response.push_str("\r\n");
        response.into()
    }
}

/// Why a request does not open a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerError {
    /// What came is no head.
    Head(HeadError),
    /// Not GET.
    Method,
    /// Not HTTP/1.1.
    HttpVersion,
    /// A request with a body.
    Body,
    /// `Host` is missing, or cannot be one.
    Host,
    /// `Upgrade` does not say `websocket`.
    Upgrade,
    /// `Connection` does not say `Upgrade`.
    Connection,
    /// `Sec-WebSocket-Version` is missing.
    NoVersion,
    /// `Sec-WebSocket-Version` is not 13.
    Version,
    /// `Sec-WebSocket-Key` is missing, or not 16 bytes in base64.
    Key,
    /// The extension that must be spoken is not offered.
    NoExtension(&'static str),
}

impl ServerError {
    /// The status of the response: 426 for another version, 431 for a head above a limit, else 400.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Version => 426,
            Self::Head(HeadError::TooLarge { .. } | HeadError::TooManyFields { .. }) => 431,
            _ => 400,
        }
    }

    /// The response that refuses, with the error as its body. The connection is closed behind it.
    #[must_use]
    pub fn response(&self) -> Bytes {
        let head = match self.status() {
            426 => {
                "426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                 Connection: Upgrade, close\r\n"
            }
            431 => "431 Request Header Fields Too Large\r\nConnection: close\r\n",
            _ => "400 Bad Request\r\nConnection: close\r\n",
        };
        let body = self.to_string();
        let length = (body.len() + 1).to_string();
        let mut response = String::new();
        response.extend(["HTTP/1.1 ", head, "Content-Type: text/plain; charset=utf-8\r\n"]);
        response.extend(["Content-Length: ", &length, "\r\n\r\n", &body, "\n"]);
        response.into()
    }
}

impl From<HeadError> for ServerError {
    fn from(error: HeadError) -> Self {
        Self::Head(error)
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(error) => fmt::Display::fmt(error, f),
            Self::Method => f.write_str("a WebSocket is opened with GET"),
            Self::HttpVersion => f.write_str("a WebSocket is opened with HTTP/1.1"),
            Self::Body => f.write_str("a request that opens a WebSocket has no body"),
            Self::Host => f.write_str("the header field Host is missing or not valid"),
            Self::Upgrade => f.write_str("only WebSockets here: there is no `Upgrade: websocket`"),
            Self::Connection => f.write_str("there is no `Connection: Upgrade`"),
            Self::NoVersion => write!(f, "the header field {VERSION} is missing"),
            Self::Version => write!(f, "only version {} of WebSocket is spoken", super::VERSION),
            Self::Key => write!(f, "the header field {KEY} is missing or not valid"),
            Self::NoExtension(token) => write!(
                f,
                "only WebSockets with the extension `{token}` here: {EXTENSIONS} does not offer it \
                 without parameters"
            ),
        }
    }
}

impl core::error::Error for ServerError {}
