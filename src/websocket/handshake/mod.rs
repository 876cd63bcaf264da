//! The opening handshake (RFC 6455, section 4): a request and a response of HTTP/1.1, after which the
//! connection is a WebSocket. HTTP Speed+Mobility begins with it too and negotiates the extension
//! `http2`.
//!
//! ```
//! use spdy::websocket::Limits;
//! use spdy::websocket::handshake::{Client, Extension, Offer, Server};
//!
//! // 16 bytes from a source that nobody can predict; constants are for examples only.
//! let offer = Offer::new("server.example.com", *b"the sample nonce")
//!     .target("/chat")
//!     .extension(Extension::SPEED_MOBILITY);
//! let mut client = Client::new(&offer, Limits::default())?;
//!
//! let mut server = Server::new(Extension::SPEED_MOBILITY, Limits::default());
//! let mut input = client.request();
//! let response = match server.read_request(&mut input) {
//!     Ok(None) => panic!("more is to be read"),
//!     Ok(Some(request)) => {
//!         assert_eq!((request.host(), request.target()), ("server.example.com", "/chat"));
//!         request.accept()
//!     }
//!     Err(error) => error.response(), // and then the connection is closed
//! };
//!
//! let mut input = response;
//! let response = client.read_response(&mut input)?.unwrap();
//! assert_eq!(response.extension(), Some("http2"));
//! // What is left of the input is the first frames.
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// | file | what happens there |
// |---|---|
// | `head` | collects a head until its empty line |
// | `fields` | what stands in it: values, lists, extensions |
// | `key` | the key and its answer |
// | `offer` | what a client asks for |
// | `client`, `server` | the two ends |

mod client;
mod fields;
mod head;
mod key;
mod offer;
mod server;

pub use client::{Client, ClientError, Response};
pub use head::HeadError;
pub use offer::{Offer, OfferError};
pub use server::{Request, Server, ServerError};

/// The port of `ws:` URLs, which are not encrypted.
pub const DEFAULT_PORT: u16 = 80;
/// The port of `wss:` URLs, which run over TLS.
pub const DEFAULT_TLS_PORT: u16 = 443;

/// The version of the protocol, and the only one that is spoken here.
const VERSION: &str = "13";

/// Which extension an end speaks, at most one and without parameters.
///
/// A client that speaks one offers it and fails where the server answers with another or with
/// parameters; a server passes over what else it is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no fourth way")]
pub enum Extension {
    /// None at all: a plain WebSocket.
    #[default]
    None,
    /// This one where the peer speaks it too, and otherwise none.
    Optional(&'static str),
    /// This one, or the handshake fails.
    Required(&'static str),
}

impl Extension {
    /// HTTP Speed+Mobility: SPDY streams in binary messages.
    pub const SPEED_MOBILITY: Self = Self::Required("http2");

    const fn token(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Optional(token) | Self::Required(token) => Some(token),
        }
    }

    /// The extension, if this is its name in any case.
    fn named(self, name: &str) -> Option<&'static str> {
        self.token().filter(|token| token.eq_ignore_ascii_case(name))
    }
}
