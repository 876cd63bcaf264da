//! Server push: responses that nobody has asked for yet.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::pushed::ASSOCIATED_CONTENT;
use super::response::status_code;
use super::target::Target;
use super::{HTTP_VERSION, HttpError, message};
use crate::dialect::Association;
use crate::headers::Headers;
use crate::id::{Role, StreamId};
use crate::session::Open;
use crate::version::Version;

/// The stream that pushes a resource for a request that is open: a response that names the request
/// it answers, which is always a GET.
///
/// From SPDY/2 on it goes out before the data that makes a client want it. In Draft 1 the reply that
/// announces it ([`associated_content`]) goes first. The URL is a full one in every version, and
/// loses what [`request`](super::request) leaves out.
///
/// # Errors
///
/// [`HttpError::NotAssociated`] for a stream that is no client's; otherwise as for
/// [`request`](super::request) and [`response`](super::response).
pub fn push(
    version: Version,
    main: StreamId,
    url: &str,
    status: &str,
    fields: impl Into<Headers>,
) -> Result<Open, HttpError> {
    let dialect = version.dialect();
    let names = &dialect.http;
    if !Role::Client.owns(main.get()) {
        return Err(HttpError::NotAssociated);
    }
    let target = Target::of_full_url(url).ok_or(HttpError::Url)?;
    status_code(names, status)?;
    let (url, path) = (target.url(), target.sent_path());
    let mut line = vec![(names.status, status), (names.version, HTTP_VERSION)];
    line.extend(names.push_path.map(|name| (name, &*path)));
    match names.scheme.filter(|_| names.needs_host) {
        Some(scheme) => line.extend([
            (scheme, target.scheme()),
            (names.host, target.authority),
            (names.url, &*path),
        ]),
        None => line.push((names.url, &*url)),
    }
    line.push((names.method, "GET"));
    let is_one_way = dialect.association == Association::Named;
    Ok(Open::new(message(names, &line, fields)).associated(main).unidirectional(is_one_way))
}

/// The headers of one push: the list of its SYN_STREAM, and what HEADERS add to it.
///
/// For both sides, from SPDY/2 on: a client asks it what becomes of HEADERS that have come, and a
/// server of those that it is about to send.
///
/// ```
/// use spdy::{Headers, Version, http};
///
/// let list = Headers::from([(":scheme", "http"), (":host", "example.com"), (":path", "/a.css")]);
/// let mut push = http::PushHeaders::new(Version::Spdy2, list);
/// let status = Headers::from([(":status", "200")]);
/// assert_eq!(push.add(&status), Ok(true));
/// assert_eq!(push.add(&status), Err(http::HttpError::Repeated));
/// push.add_data();
/// assert_eq!(push.add(&Headers::from([("digest", "1f2e")])), Ok(false)); // too late in SPDY/2
/// assert_eq!(push.headers().len(), 4);
/// ```
#[derive(Clone, Debug)]
pub struct PushHeaders {
    version: Version,
    headers: Headers,
    has_data: bool,
}

impl PushHeaders {
    /// The most names that one push may have.
    pub const MAX_NAMES: usize = 256;

    /// The most bytes that its names and values may have together.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// For a push that begins, with the list of its SYN_STREAM.
    #[must_use]
    pub const fn new(version: Version, headers: Headers) -> Self {
        Self { version, headers, has_data: false }
    }

    /// Takes HEADERS in, and says whether they count: in SPDY/2 those behind data do not.
    ///
    /// # Errors
    ///
    /// [`HttpError::Repeated`] for a name that was there before, or that says where the push goes;
    /// [`HttpError::TooLarge`] beyond [`Self::MAX_NAMES`] or [`Self::MAX_BYTES`]. The list stays as
    /// it was.
    pub fn add(&mut self, headers: &Headers) -> Result<bool, HttpError> {
        let names = &self.version.dialect().http;
        if self.has_data && !names.late_headers {
            return Ok(false);
        }
        let is_repeated = |name: &str| self.headers.contains(name) || names.is_push_target(name);
        if headers.iter().any(|(name, _)| is_repeated(name)) {
            return Err(HttpError::Repeated);
        }
        let bytes = self.headers.strings_len() + headers.strings_len();
        if self.headers.len() + headers.len() > Self::MAX_NAMES || bytes > Self::MAX_BYTES {
            return Err(HttpError::TooLarge);
        }
        self.headers.extend(headers.iter());
        Ok(true)
    }

    /// Data of the push has come, or was sent.
    pub const fn add_data(&mut self) {
        self.has_data = true;
    }

    /// All headers so far: a [`Response`](super::Response) as soon as status and version are there.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        &self.headers
    }
}

/// A server's pushes that are under way, and the requests they are for: whoever resets the request
/// wants none of them, and whoever reads no push is not sent ever more.
///
/// ```
/// use spdy::{StreamId, http};
///
/// let mut pushes = http::Pushes::new(2);
/// let (main, style, script) = (StreamId::new(1), StreamId::new(2), StreamId::new(4));
/// pushes.begin(main, style)?;
/// pushes.begin(main, script)?;
/// assert_eq!(pushes.room(), 0); // push no more
/// pushes.end(style);
/// // `Event::Aborted` for the request: reset what is left.
/// assert_eq!(pushes.cancel(main), [script]);
/// # Ok::<(), http::HttpError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pushes {
    max: usize,
    /// Request and push.
    pairs: Vec<(StreamId, StreamId)>,
}

impl Pushes {
    /// For so many pushes at a time.
    #[must_use]
    pub const fn new(max: usize) -> Self {
        Self { max, pairs: Vec::new() }
    }

    /// How many more may begin.
    #[must_use]
    pub fn room(&self) -> usize {
        self.max.saturating_sub(self.pairs.len())
    }

    /// A push was opened for a request.
    ///
    /// # Errors
    ///
    /// [`HttpError::TooMany`] without [`room`](Self::room); the push is not counted.
    pub fn begin(&mut self, main: StreamId, pushed: StreamId) -> Result<(), HttpError> {
        if self.room() == 0 {
            return Err(HttpError::TooMany);
        }
        self.pairs.push((main, pushed));
        Ok(())
    }

    /// A push has ended: it was reset, or all of it has left. Of the latter a session does not tell;
    /// but it asks for data once more ([`poll_writable`](crate::Session::poll_writable)) if FIN was
    /// not given along with the last.
    pub fn end(&mut self, pushed: StreamId) {
        self.pairs.retain(|(_, known)| *known != pushed);
    }

    /// A request was reset: returns the pushes for it, to be reset too, and forgets them.
    pub fn cancel(&mut self, main: StreamId) -> Vec<StreamId> {
        let of_main = self.pairs.iter().filter(|(known, _)| *known == main);
        let pushed = of_main.map(|(_, pushed)| *pushed).collect();
        self.pairs.retain(|(known, _)| *known != main);
        pushed
    }
}

/// The header by which a reply of Draft 1 announces the resources that will be pushed for it: put it
/// into the SYN_REPLY, before the pushes.
///
/// ```
/// use spdy::http;
///
/// let (name, value) = http::associated_content(["http://example.com/a.css"]);
/// assert_eq!((name, value.as_str()), ("x-associated-content", "0??http://example.com/a.css"));
/// ```
pub fn associated_content<'a>(urls: impl IntoIterator<Item = &'a str>) -> (&'static str, String) {
    let mut value = String::new();
    for url in urls {
        if !value.is_empty() {
            value.push_str("||");
        }
        value.push_str("0??");
        value.push_str(url);
    }
    (ASSOCIATED_CONTENT, value)
}
