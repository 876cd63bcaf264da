//! What HTTP demands of a header list (sections "Request", "Response" and "Server push" of the
//! drafts).
//!
//! The session carries any list of names and values. Here they become a request or a response, with
//! the names that each version has for them: which must be there, which are not sent, and what push
//! adds. No dependency, no bodies: a client must be able to read gzip and deflate bodies, whatever it
//! asked for. With the feature `http`, `http::types` does the same for the types of the `http` crate.
//!
//! ```
//! use spdy::{Config, Event, Session, Version, http};
//!
//! let mut client = Session::client(Version::Spdy3_1, Config::default());
//! let fields = [("accept", "text/html"), ("Connection", "keep-alive")];
//! let get = http::request(Version::Spdy3_1, "GET", "http://example.com/index.html", fields)?;
//! client.open(get)?; // without `connection`, and with FIN: a GET has no body
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! For whoever builds an HTTP client or server on it: one session for each origin is enough, and all
//! requests for it go there; images and the like get the lowest priority; a server offers every
//! version that it knows; a pushed response is cached like any other, with the headers that it
//! inherits; and a server that demands authentication of the connection itself (NTLM, Negotiate)
//! names a realm with each challenge, or sends nothing else until it is done, while the client sends
//! it no new request.

// | file | what happens there |
// |---|---|
// | `request`, `response` | the two halves of an exchange, written and read |
// | `push` | what a server sends unasked, and the server's count of it |
// | `pushed` | the same as its client sees it |
// | `origin` | what a session of Speed+Mobility may be used for |
// | `target` | URLs |
// | `length` | the bodies of requests against `content-length` |
// | `alternate` | where a server of HTTP says that it speaks SPDY |
// | `types` | requests and responses of the `http` crate |

mod alternate;
mod length;
mod origin;
mod push;
mod pushed;
mod request;
mod response;
mod target;
#[cfg(feature = "http")]
pub mod types;

use core::fmt;

pub use alternate::{alternate_protocol, alternate_protocols};
pub use length::BodyLength;
pub use origin::Origin;
pub use push::{PushHeaders, Pushes, associated_content, push};
pub use pushed::{PushState, Pushed, PushedUrls, announced_urls};
pub use request::{Request, is_request_stream, is_subresource_of, request};
pub use response::{Response, response};

use crate::dialect::HttpNames;
use crate::headers::Headers;
use crate::status::Status;

/// The value of the version header.
const HTTP_VERSION: &str = "HTTP/1.1";

/// A list that is no request, response or push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpError {
    /// A header that must be there is not.
    Missing(&'static str),
    /// A header says what it cannot say, or nothing: a URL without host, a status without code.
    Invalid(&'static str),
    /// What a [`request`] or [`push`] is made for is no full URL: scheme, host, and path.
    Url,
    /// A push that belongs to no stream.
    NotAssociated,
    /// A push that belongs to a stream which is not open.
    NoSuchRequest,
    /// A push for another origin than that of its request, or either for another than its session's.
    OtherOrigin,
    /// HEADERS of a push that repeat a name, or say anew where it goes.
    Repeated,
    /// A name or a value that the `http` crate does not take (`http::types`, with the feature `http`).
    Field,
    /// More headers than [`PushHeaders`] takes for one push, or than a map of the `http` crate holds.
    TooLarge,
    /// More pushes at a time than are counted.
    TooMany,
}

impl HttpError {
    /// The status with which a client resets the stream of such a response or push. A server answers
    /// such a request with `400 Bad Request` instead.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::NotAssociated => Status::INVALID_STREAM,
            Self::TooMany => Status::REFUSED_STREAM,
            _ => Status::PROTOCOL_ERROR,
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the header `{name}` is missing"),
            Self::Invalid(name) => write!(f, "the header `{name}` is not valid"),
            Self::Url => f.write_str("the URL is not `scheme://host[:port]/path`"),
            Self::NotAssociated => f.write_str("the push belongs to no stream"),
            Self::NoSuchRequest => f.write_str("the push belongs to a stream that is not open"),
            Self::OtherOrigin => f.write_str("it is for another origin"),
            Self::Repeated => f.write_str("the headers of the push repeat a name"),
            Self::Field => f.write_str("a header has a name or a value that HTTP does not know"),
            Self::TooLarge => f.write_str("the headers are too large"),
            Self::TooMany => f.write_str("there are too many pushes"),
        }
    }
}

impl core::error::Error for HttpError {}

/// The list of a message: its line, and behind it the fields, without those of one connection and
/// those that the line has.
fn message(names: &HttpNames, line: &[(&str, &str)], fields: impl Into<Headers>) -> Headers {
    let mut headers = fields.into();
    for (name, _) in line {
        headers.remove(name);
    }
    for name in names.hop_by_hop {
        headers.remove(name);
    }
    headers.prepend(line);
    headers
}

/// The text of a header that must be there, and say something.
fn text<'a>(headers: &'a Headers, name: &'static str) -> Result<&'a str, HttpError> {
    let value = headers.get(name).ok_or(HttpError::Missing(name))?;
    let text = core::str::from_utf8(value).ok().filter(|text| !text.is_empty());
    text.ok_or(HttpError::Invalid(name))
}
