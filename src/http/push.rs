//! Server push: responses that nobody has asked for yet.

use alloc::string::String;
use alloc::vec::Vec;

use super::request::{append_target, read_target};
use super::response::{Response, response};
use super::target::Target;
use super::{HttpError, append_fields, text};
use crate::dialect::Association;
use crate::headers::Headers;
use crate::id::StreamId;
use crate::session::Open;
use crate::version::Version;

/// The header in which a reply of Draft 1 announces what will be pushed.
const ASSOCIATED_CONTENT: &str = "x-associated-content";

/// The stream that pushes a resource: a response that names the request it answers, which is
/// always a GET. Say with [`Open::associated`] for which request it is.
///
/// From SPDY/2 on it goes out before the data that makes a client want it, and only while its request
/// is open. In Draft 1 the reply that announces it ([`associated_content`]) goes first.
///
/// # Errors
///
/// A URL without scheme or host (in Draft 1 a path will do), and as for [`response`].
pub fn push(
    version: Version,
    url: &str,
    status: &str,
    fields: impl Into<Headers>,
) -> Result<Open, HttpError> {
    let dialect = version.dialect();
    let names = &dialect.http;
    let target = Target::of_full_url(url).ok_or(HttpError::Invalid(names.url))?;
    let mut headers = response(version, status, ())?;
    match (names.push_path, names.needs_host) {
        (Some(path), _) => {
            headers.append(path, target.path);
            headers.append(names.url, url);
        }
        (None, true) => append_target(&mut headers, version, url, &target),
        (None, false) => headers.append(names.url, url),
    }
    headers.append(names.method, "GET");
    append_fields(&mut headers, &fields.into(), names);
    Ok(Open::new(headers).unidirectional(dialect.association == Association::Named))
}

/// A push, read from the list of a server's SYN_STREAM (from SPDY/2 on).
///
/// ```
/// use spdy::{Event, Headers, StreamId, Version, http};
///
/// let request = Headers::from([(":method", "GET"), (":scheme", "http"), (":host", "example.com"),
///     (":path", "/"), (":version", "HTTP/1.1"), ("accept", "*/*")]);
/// let list = Headers::from([(":scheme", "http"), (":host", "example.com"), (":path", "/a.css")]);
/// let main = Some(StreamId::new(1));
/// let pushed = http::Pushed::parse(Version::Spdy3_1, main, Some(&request), &list)?;
/// assert_eq!(pushed.url(), "http://example.com/a.css");
/// assert!(pushed.response().is_none()); // it comes in HEADERS
/// # Ok::<(), http::HttpError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushed<'a> {
    version: Version,
    target: Target<'a>,
    request: &'a Headers,
    headers: &'a Headers,
}

impl<'a> Pushed<'a> {
    /// Reads what is pushed, and for which request: `associated` comes with
    /// [`Event::SynStream`](crate::Event::SynStream), and `request` is the list with which that stream
    /// was opened, if it is open still. A server may also leave the stream open both ways: then
    /// nothing is sent on our half.
    ///
    /// # Errors
    ///
    /// No association, or one with a stream that is not open; a push that does not say what it is, or
    /// that is for another origin than its request. A client resets the stream with
    /// [`HttpError::status`].
    pub fn parse(
        version: Version,
        associated: Option<StreamId>,
        request: Option<&'a Headers>,
        headers: &'a Headers,
    ) -> Result<Self, HttpError> {
        associated.ok_or(HttpError::NotAssociated)?;
        let request = request.ok_or(HttpError::NoSuchRequest)?;
        let asked = read_target(version, request)?;
        let mut target = read_target(version, headers)?;
        if target.authority.is_empty() {
            // A path alone (SPDY/2): it is of the host that was asked.
            target = Target { path: target.path, ..asked };
        }
        if !target.is_same_origin(&asked) {
            return Err(HttpError::OtherOrigin);
        }
        Ok(Self { version, target, request, headers })
    }

    /// The full URL of what is pushed: while it is, nobody asks for it.
    #[must_use]
    pub fn url(&self) -> String {
        self.target.url()
    }

    /// The response, if it comes in the same frame and not in HEADERS later.
    #[must_use]
    pub fn response(&self) -> Option<Result<Response<'a>, HttpError>> {
        let name = self.version.dialect().http.status;
        self.headers.contains(name).then(|| Response::parse(self.version, self.headers))
    }

    /// The headers of the request that the server has answered: those of the request it is pushed
    /// for, but for the URL.
    pub fn request_fields(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let names = &self.version.dialect().http;
        let own = [Some(names.url), names.scheme, Some(names.host)];
        self.request.iter().filter(move |(name, _)| !own.contains(&Some(name)))
    }
}

/// The names that one push has had: HEADERS that follow must not repeat one, nor name its URL.
///
/// For both sides: a server calls it before it sends, a client for what arrives.
///
/// ```
/// use spdy::{Headers, Version, http};
///
/// let mut seen = http::PushHeaders::new(Version::Spdy3_1);
/// seen.add(&Headers::from([(":path", "/a.css"), (":host", "example.com")]))?;
/// seen.add(&Headers::from([(":status", "200")]))?;
/// let again = seen.add(&Headers::from([(":status", "200")]));
/// assert_eq!(again, Err(http::HttpError::Repeated));
/// # Ok::<(), http::HttpError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PushHeaders {
    version: Version,
    names: Vec<String>,
}

impl PushHeaders {
    /// The most names that one push may have.
    pub const MAX: usize = 256;

    /// For a push that begins: [`add`](Self::add) the list of its SYN_STREAM first.
    #[must_use]
    pub const fn new(version: Version) -> Self {
        Self { version, names: Vec::new() }
    }

    /// Takes a list in.
    ///
    /// # Errors
    ///
    /// [`HttpError::Repeated`] for a name that was there before, for one that says where the push
    /// goes in any list but the first, and for more than [`Self::MAX`] names.
    pub fn add(&mut self, headers: &Headers) -> Result<(), HttpError> {
        let names = &self.version.dialect().http;
        let own = [Some(names.url), names.scheme, Some(names.host)];
        let is_first = self.names.is_empty();
        let is_repeated = |name: &str| {
            let is_known = self.names.iter().any(|known| known == name);
            is_known || (!is_first && own.contains(&Some(name)))
        };
        let too_many = self.names.len() + headers.len() > Self::MAX;
        if too_many || headers.iter().any(|(name, _)| is_repeated(name)) {
            return Err(HttpError::Repeated);
        }
        self.names.extend(headers.iter().map(|(name, _)| name.into()));
        Ok(())
    }
}

/// A server's pushes and the requests they are for: whoever resets the request wants none of them.
///
/// ```
/// use spdy::{StreamId, http};
///
/// let mut pushes = http::Pushes::default();
/// let (main, style, script) = (StreamId::new(1), StreamId::new(2), StreamId::new(4));
/// pushes.begin(main, style);
/// pushes.begin(main, script);
/// pushes.end(style);
/// // `Event::Aborted` for the request: reset what is left.
/// assert_eq!(pushes.cancel(main), [script]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pushes {
    /// Request and push.
    pairs: Vec<(StreamId, StreamId)>,
}

impl Pushes {
    /// A push was opened for a request.
    pub fn begin(&mut self, main: StreamId, pushed: StreamId) {
        self.pairs.push((main, pushed));
    }

    /// A push has ended.
    pub fn end(&mut self, pushed: StreamId) {
        self.pairs.retain(|(_, known)| *known != pushed);
    }

    /// A request was reset, or has ended: returns the pushes for it that go on, and forgets them.
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

/// The URLs that a reply of Draft 1 announces; reading ends at the first entry that has no URL.
pub fn announced_urls(reply: &Headers) -> impl Iterator<Item = &str> {
    let value = reply.get_str(ASSOCIATED_CONTENT).unwrap_or_default();
    let entries = value.split("||");
    entries.map_while(|entry| entry.split_once("??").map(|(_, url)| url))
}

/// What the server of Draft 1 has announced and not pushed yet: a client waits for it and does not
/// ask.
///
/// ```
/// use spdy::{Headers, http};
///
/// let mut pending = http::PendingPushes::default();
/// let reply = Headers::from([http::associated_content(["http://example.com/a.css"])]);
/// pending.announce(&reply);
/// assert!(pending.contains("http://example.com/a.css")); // no GET for this one
/// ```
#[derive(Clone, Debug, Default)]
pub struct PendingPushes {
    urls: Vec<String>,
}

impl PendingPushes {
    /// The most that is remembered at a time; announcements beyond it are not waited for.
    pub const MAX: usize = 128;

    /// Takes the announcements of a SYN_REPLY in.
    pub fn announce(&mut self, reply: &Headers) {
        for url in announced_urls(reply) {
            if self.urls.len() < Self::MAX && !self.contains(url) {
                self.urls.push(url.into());
            }
        }
    }

    /// Whether a resource was announced and its push has not begun.
    #[must_use]
    pub fn contains(&self, url: &str) -> bool {
        self.urls.iter().any(|known| known == url)
    }

    /// A pushed stream has begun: returns the URL that was announced for it, if one was. Compared
    /// are path and query, which is all that the stream must name.
    ///
    /// # Errors
    ///
    /// The stream does not name the path of what it pushes.
    pub fn begin(
        &mut self,
        version: Version,
        pushed: &Headers,
    ) -> Result<Option<String>, HttpError> {
        let names = &version.dialect().http;
        let path = text(pushed, names.push_path.unwrap_or(names.url))?;
        let path = Target::of_url(path).map_or(path, |target| target.path);
        let known = self
            .urls
            .iter()
            .position(|url| Target::of_url(url).is_some_and(|target| target.path == path));
        Ok(known.map(|index| self.urls.remove(index)))
    }
}
