//! The end that asks.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use bytes::{Buf, Bytes};

use super::fields::{self, ACCEPT, PROTOCOL};
use super::head::{HeadError, Progress, ResponseHead};
use super::offer::{Offer, OfferError};
use super::{Extension, key};
use crate::headers::Headers;
use crate::websocket::limits::Limits;

/// The end that asks, until it has its answer.
pub struct Client {
    request: Bytes,
    expected: Expected,
    progress: Progress<ClientError>,
}

/// What an answer is held against.
struct Expected {
    accept: String,
    extension: Extension,
    protocols: Vec<String>,
}

/// The answer of a server that accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    headers: Headers,
    extension: Option<&'static str>,
    protocol: Option<String>,
}

impl Response {
    /// All fields.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The extension that is spoken now: the one that was offered, or none.
    #[must_use]
    pub const fn extension(&self) -> Option<&'static str> {
        self.extension
    }

    /// The subprotocol that is spoken now: one of those that were offered, or none.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }
}

impl Client {
    /// A client that has not sent its request.
    ///
    /// # Errors
    ///
    /// The offer has something that cannot stand in a request.
    pub fn new(offer: &Offer, limits: Limits) -> Result<Self, OfferError> {
        offer.check()?;
        let key = key::encode(offer.key);
        let expected = Expected {
            accept: key::accept(&key),
            extension: offer.extension,
            protocols: offer.protocols.clone(),
        };
        let request = offer.write(&key).into();
        Ok(Self { request, expected, progress: Progress::new(limits.handshake) })
    }

    /// What is to be sent.
    #[must_use]
    pub fn request(&self) -> Bytes {
        self.request.clone()
    }

    /// Takes bytes off the input until the response is whole.
    ///
    /// `Ok(None)` means that the input is used up, or that the response has been returned. What
    /// stands behind it is left in the input: it belongs to the WebSocket.
    ///
    /// # Errors
    ///
    /// The connection is no WebSocket and is to be closed, unless the caller knows what to do with
    /// [`ClientError::Status`]. Every later call returns the error again and consumes nothing.
    pub fn read_response(&mut self, input: &mut impl Buf) -> Result<Option<Response>, ClientError> {
        self.progress.read(input, |head| self.expected.judge(head.response()?))
    }
}

impl Expected {
    fn judge(&self, head: ResponseHead) -> Result<Response, ClientError> {
        let ResponseHead { status, is_http_1_1, headers } = head;
        if status != 101 {
            return Err(ClientError::Status { status, headers });
        }
        if !is_http_1_1 {
            return Err(ClientError::HttpVersion);
        }
        let upgrade = fields::single(&headers, "Upgrade")?.unwrap_or_default();
        if !upgrade.eq_ignore_ascii_case("websocket") {
            return Err(ClientError::Upgrade);
        }
        if !fields::has(&headers, "Connection", "upgrade") {
            return Err(ClientError::Connection);
        }
        if fields::single(&headers, ACCEPT)? != Some(&self.accept) {
            return Err(ClientError::Accept);
        }
        let mut extension = None;
        for named in fields::extensions(&headers)? {
            match self.extension.named(named.name) {
                Some(offered) if extension.is_none() && !named.has_parameters => {
                    extension = Some(offered);
                }
                _ => return Err(ClientError::UnexpectedExtension(named.name.into())),
            }
        }
        if let (Extension::Required(token), None) = (self.extension, extension) {
            return Err(ClientError::NoExtension(token));
        }
        let protocol = fields::single(&headers, PROTOCOL)?.map(String::from);
        match protocol {
            Some(protocol) if !self.protocols.contains(&protocol) => {
                Err(ClientError::UnexpectedProtocol(protocol))
            }
            protocol => Ok(Response { extension, protocol, headers }),
        }
    }
}

/// Without the request, which may hold secrets.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// Why a client does not get its WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientError {
    /// What came is no head.
    Head(HeadError),
    /// The server answers with another status than 101, such as 401 or a redirect: what to make of
    /// it is for the caller, who finds the body in the input.
    Status {
        /// The status.
        status: u16,
        /// All fields.
        headers: Headers,
    },
    /// Not HTTP/1.1.
    HttpVersion,
    /// `Upgrade` does not say `websocket`.
    Upgrade,
    /// `Connection` does not say `Upgrade`.
    Connection,
    /// `Sec-WebSocket-Accept` is missing or does not answer the key.
    Accept,
    /// The extension that must be spoken is not.
    NoExtension(&'static str),
    /// An extension that was not offered, or that comes with parameters or twice.
    UnexpectedExtension(String),
    /// A subprotocol that was not offered.
    UnexpectedProtocol(String),
}

impl From<HeadError> for ClientError {
    fn from(error: HeadError) -> Self {
        Self::Head(error)
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(error) => fmt::Display::fmt(error, f),
            Self::Status { status, .. } => write!(f, "the server answers with status {status}"),
            Self::HttpVersion => f.write_str("the response is not HTTP/1.1"),
            Self::Upgrade => f.write_str("the response does not upgrade to websocket"),
            Self::Connection => f.write_str("the response has no `Connection: Upgrade`"),
            Self::Accept => write!(f, "{ACCEPT} does not answer the key"),
            Self::NoExtension(token) => {
                write!(f, "the server does not speak the extension `{token}`")
            }
            Self::UnexpectedExtension(name) => {
                write!(f, "the server speaks an extension `{name}` that was not offered so")
            }
            Self::UnexpectedProtocol(name) => {
                write!(f, "the server speaks a subprotocol `{name}` that was not offered")
            }
        }
    }
}

impl core::error::Error for ClientError {}
