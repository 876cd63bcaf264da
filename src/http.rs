//! What HTTP demands of a header list (Draft 1, sections "Request", "Response" and "Server push").
//!
//! The session carries any list of names and values. Here they become a request or a response:
//! which names must be there, which are not sent, and what push adds. No dependency, no bodies:
//! a client must be able to read gzip and deflate bodies, whatever it asked for.
//!
//! ```
//! use spdy::{Config, Event, Session, Version, http};
//!
//! let mut client = Session::client(Version::Draft1, Config::default());
//! let fields = [("accept", "text/html"), ("Connection", "keep-alive")];
//! let get = http::request(Version::Draft1, "GET", "http://example.com/index.html", fields)?;
//! client.open(get)?; // without `connection`, and with FIN: a GET has no body
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::headers::Headers;
use crate::session::Open;
use crate::version::Version;

/// The value of the version header.
const HTTP_VERSION: &str = "HTTP/1.1";

/// Meant for one connection of HTTP/1.1; never sent, ignored where received (S1-194, S1-202).
const HOP_BY_HOP: [&str; 3] = ["connection", "keep-alive", "transfer-encoding"];

/// The header in which a reply announces what will be pushed.
const ASSOCIATED_CONTENT: &str = "x-associated-content";

/// A list that is no request or response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpError {
    /// A header that must be there is not.
    Missing(&'static str),
    /// A header says what it cannot say: a URL without host, a status without code.
    Invalid(&'static str),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the header `{name}` is missing"),
            Self::Invalid(name) => write!(f, "the header `{name}` is not valid"),
        }
    }
}

impl core::error::Error for HttpError {}

/// The stream that makes a request.
///
/// `url` is the full URL: scheme, host, and path. Headers of one connection are left out, and so
/// is chunked encoding, which DATA frames replace. The stream is finished at once unless the method
/// carries a body (POST, PUT, PATCH and any that is not defined without one; methods are upper case):
/// end that with [`send_data`](crate::Session::send_data) and `fin`.
///
/// # Errors
///
/// A URL without scheme or host.
pub fn request(
    version: Version,
    method: &str,
    url: &str,
    fields: impl Into<Headers>,
) -> Result<Open, HttpError> {
    let names = &version.dialect().http;
    let target = Target::of_url(url).ok_or(HttpError::Invalid(names.url))?;
    if target.authority.is_empty() || target.scheme.is_none() {
        return Err(HttpError::Invalid(names.url));
    }
    let mut headers = Headers::new();
    headers.append(names.method, method);
    headers.append(names.url, url);
    headers.append(names.version, HTTP_VERSION);
    append_fields(&mut headers, &fields.into());
    let has_no_body = matches!(method, "GET" | "HEAD" | "DELETE" | "OPTIONS" | "TRACE");
    Ok(Open::new(headers).fin(has_no_body))
}

/// The list that answers a request; `status` is the code or the code and a phrase.
///
/// # Errors
///
/// A status that does not begin with a code of three digits.
///
/// ```
/// use spdy::{Version, http};
///
/// let reply = http::response(Version::Draft1, "200 OK", [("content-type", "text/html")])?;
/// assert_eq!(http::Response::parse(Version::Draft1, &reply)?.code(), 200);
/// # Ok::<(), http::HttpError>(())
/// ```
pub fn response(
    version: Version,
    status: &str,
    fields: impl Into<Headers>,
) -> Result<Headers, HttpError> {
    let names = &version.dialect().http;
    parse_code(status).ok_or(HttpError::Invalid(names.status))?;
    let mut headers = Headers::new();
    headers.append(names.status, status);
    headers.append(names.version, HTTP_VERSION);
    append_fields(&mut headers, &fields.into());
    Ok(headers)
}

/// The stream that pushes a resource: a response that names the request it answers, which is
/// always a GET. Send it only after the reply that announces it ([`associated_content`]); see
/// [`Open::associated`].
///
/// # Errors
///
/// As for [`request`] and [`response`].
pub fn push(
    version: Version,
    url: &str,
    status: &str,
    fields: impl Into<Headers>,
) -> Result<Open, HttpError> {
    let names = &version.dialect().http;
    let target = Target::of_url(url).filter(|target| !target.authority.is_empty());
    let target = target.ok_or(HttpError::Invalid(names.url))?;
    let mut headers = response(version, status, ())?;
    headers.append(names.push_path, target.path);
    headers.append(names.url, url);
    headers.append(names.method, "GET");
    append_fields(&mut headers, &fields.into());
    Ok(Open::new(headers))
}

/// The fields of a message, without those of one connection and those that are there already.
fn append_fields(headers: &mut Headers, fields: &Headers) {
    for (name, value) in fields.iter() {
        if HOP_BY_HOP.contains(&name) || headers.contains(name) {
            continue;
        }
        if fields.is_sensitive(name) {
            headers.append_sensitive(name, value);
        } else {
            headers.append(name, value);
        }
    }
}

/// A request, read from the list of a client's SYN_STREAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    headers: &'a Headers,
    version: Version,
    method: &'a str,
    http_version: &'a str,
    target: Target<'a>,
}

impl<'a> Request<'a> {
    /// Reads `method`, `url` and `version`, which must be there.
    ///
    /// The URL names the host, and a `host` header is ignored; only where the URL is a mere path is
    /// it combined with `host`.
    ///
    /// # Errors
    ///
    /// A missing header, or a URL that is none; a server answers with status 400.
    pub fn parse(version: Version, headers: &'a Headers) -> Result<Self, HttpError> {
        let names = &version.dialect().http;
        let method = text(headers, names.method)?;
        let url = text(headers, names.url)?;
        let http_version = text(headers, names.version)?;
        let mut target = Target::of_url(url).ok_or(HttpError::Invalid(names.url))?;
        if target.scheme.is_none() {
            target.authority = headers.get_str("host").unwrap_or_default();
        }
        Ok(Self { headers, version, method, http_version, target })
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &'a str {
        self.method
    }

    /// The scheme, if the URL is a full one.
    #[must_use]
    pub const fn scheme(&self) -> Option<&'a str> {
        self.target.scheme
    }

    /// Host and port; empty if the request names none.
    #[must_use]
    pub const fn authority(&self) -> &'a str {
        self.target.authority
    }

    /// Path and query; `/` if the URL has neither. Begins with `?` where it has a query alone.
    #[must_use]
    pub const fn path(&self) -> &'a str {
        self.target.path
    }

    /// The version of HTTP.
    #[must_use]
    pub const fn http_version(&self) -> &'a str {
        self.http_version
    }

    /// The headers that HTTP knows as such: without the request line, `host`, and what belongs to
    /// one connection.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let names = &self.version.dialect().http;
        let line = [names.method, names.url, names.version, "host"];
        let fields = self.headers.iter();
        fields.filter(move |(name, _)| !line.contains(name) && !HOP_BY_HOP.contains(name))
    }
}

/// A response, read from the list of a SYN_REPLY or of a pushed SYN_STREAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    headers: &'a Headers,
    version: Version,
    code: u16,
    status: &'a str,
    http_version: &'a str,
}

impl<'a> Response<'a> {
    /// Reads `status` and `version`, which must be there.
    ///
    /// # Errors
    ///
    /// A missing header, or a status without a code of three digits.
    pub fn parse(version: Version, headers: &'a Headers) -> Result<Self, HttpError> {
        let names = &version.dialect().http;
        let status = text(headers, names.status)?;
        let http_version = text(headers, names.version)?;
        let code = parse_code(status).ok_or(HttpError::Invalid(names.status))?;
        Ok(Self { headers, version, code, status, http_version })
    }

    /// The status code.
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// The status as it came: a code, or a code and a phrase.
    #[must_use]
    pub const fn status(&self) -> &'a str {
        self.status
    }

    /// The version of HTTP.
    #[must_use]
    pub const fn http_version(&self) -> &'a str {
        self.http_version
    }

    /// The headers that HTTP knows as such.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let names = &self.version.dialect().http;
        let line = [names.status, names.version];
        // A push names its request too.
        let request = [names.method, names.url, names.push_path];
        let is_push = request.iter().all(|name| self.headers.contains(name));
        self.headers.iter().filter(move |(name, _)| {
            let is_request = is_push && request.contains(name);
            !line.contains(name) && !is_request && !HOP_BY_HOP.contains(name)
        })
    }
}

/// Whether an announced subresource belongs to a request: both must name the same `url` and
/// `method`, byte for byte. One that does not is to be ignored.
#[must_use]
pub fn is_subresource_of(version: Version, request: &Headers, announced: &Headers) -> bool {
    let names = &version.dialect().http;
    let same = |name| announced.contains(name) && announced.get(name) == request.get(name);
    same(names.url) && same(names.method)
}

/// The header by which a reply announces the resources that will be pushed for it: put it into the
/// SYN_REPLY, before the pushes.
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

/// The URLs that a reply announces; reading ends at the first entry that has no URL.
pub fn announced_urls(reply: &Headers) -> impl Iterator<Item = &str> {
    let value = reply.get_str(ASSOCIATED_CONTENT).unwrap_or_default();
    let entries = value.split("||");
    entries.map_while(|entry| entry.split_once("??").map(|(_, url)| url))
}

/// What the server has announced and not pushed yet: a client waits for it and does not ask.
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
        let path = text(pushed, version.dialect().http.push_path)?;
        let path = Target::of_url(path).map_or(path, |target| target.path);
        let known = self
            .urls
            .iter()
            .position(|url| Target::of_url(url).is_some_and(|target| target.path == path));
        Ok(known.map(|index| self.urls.remove(index)))
    }
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Target<'a> {
    scheme: Option<&'a str>,
    authority: &'a str,
    path: &'a str,
}

impl<'a> Target<'a> {
    /// Takes a URL apart: `scheme://authority/path?query`, or a path alone, whatever its query
    /// holds.
    fn of_url(url: &'a str) -> Option<Self> {
        let (url, _fragment) = url.split_once('#').unwrap_or((url, ""));
        if url.starts_with('/') {
            return Some(Self { scheme: None, authority: "", path: url });
        }
        let (scheme, rest) = url.split_once("://")?;
        let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            || !scheme.bytes().all(is_scheme)
        {
            return None;
        }
        let (authority, path) =
            rest.split_at_checked(rest.find(['/', '?']).unwrap_or(rest.len()))?;
        let path = if path.is_empty() { "/" } else { path };
        Some(Self { scheme: Some(scheme), authority, path })
    }
}

fn text<'a>(headers: &'a Headers, name: &'static str) -> Result<&'a str, HttpError> {
    let value = headers.get(name).ok_or(HttpError::Missing(name))?;
    core::str::from_utf8(value).map_err(|_| HttpError::Invalid(name))
}

/// The code of `200` or `200 OK`.
fn parse_code(status: &str) -> Option<u16> {
    let code = status.split(' ').next()?;
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    code.parse().ok().filter(|_| is_code)
}
