//! Requests.

use super::target::{Target, is_authority, is_scheme};
use super::{BodyLength, HTTP_VERSION, HttpError, message, text};
use crate::headers::Headers;
use crate::id::StreamId;
use crate::session::Open;
use crate::version::Version;

/// The stream that makes a request.
///
/// `url` is the full URL: scheme, host, and path. Draft 1 sends it whole, later versions in its
/// parts. Its fragment stays here, and so do the name and the password of a user that it may hold:
/// say `authorization` to send them. Headers of one connection are left out, and so is chunked
/// encoding, which DATA frames replace. The stream is finished at once unless the method carries a
/// body (POST, PUT, PATCH and any that is not defined without one; methods are upper case): end that
/// with [`send_data`](crate::Session::send_data) and `fin`, and say its `content-length` if you know
/// it.
///
/// # Errors
///
/// A URL without scheme or host, or with a port that is none; a method that is no word.
pub fn request(
    version: Version,
    method: &str,
    url: &str,
    fields: impl Into<Headers>,
) -> Result<Open, HttpError> {
    let names = &version.dialect().http;
    let target = Target::of_full_url(url).ok_or(HttpError::Url)?;
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(HttpError::Invalid(names.method));
    }
    let (method_line, version_line) = ((names.method, method), (names.version, HTTP_VERSION));
    let headers = match names.scheme {
        None => {
            let line = [method_line, (names.url, &target.url_in(url)), version_line];
            message(names, &line, fields)
        }
        Some(scheme) => {
            let line = [
                method_line,
                (scheme, target.scheme()),
                (names.host, target.authority),
                (names.url, &target.sent_path()),
                version_line,
            ];
            message(names, &line, fields)
        }
    };
    let has_no_body = matches!(method, "GET" | "HEAD" | "DELETE" | "OPTIONS" | "TRACE");
    Ok(Open::new(headers).fin(has_no_body))
}

/// A request, read from the list of a client's SYN_STREAM.
///
/// ```
/// use spdy::{Headers, Version, http};
///
/// let list = Headers::from([(":method", "GET"), (":scheme", "http"), (":host", "example.com"),
///     (":path", "/a?b"), (":version", "HTTP/1.1"), ("accept", "text/html")]);
/// let request = http::Request::parse(Version::Spdy3, &list)?;
/// assert_eq!((request.method(), request.authority(), request.path()), ("GET", "example.com", "/a?b"));
/// assert_eq!(request.fields().next(), Some(("accept", &b"text/html"[..])));
/// # Ok::<(), http::HttpError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    headers: &'a Headers,
    version: Version,
    method: &'a str,
    http_version: &'a str,
    pub(super) target: Target<'a>,
}

impl<'a> Request<'a> {
    /// Reads the request line: `method`, `url` and `version`; in SPDY/3 and 3.1 `:method`, `:path`,
    /// `:version`, `:host` and `:scheme`. All of them must be there.
    ///
    /// In Draft 1 and SPDY/2 a full URL names the host, and a `host` header is ignored; only where
    /// the URL is a mere path is it combined with `host` (and `scheme` in SPDY/2).
    ///
    /// # Errors
    ///
    /// A missing header, or a URL that is none; a server answers with status 400.
    pub fn parse(version: Version, headers: &'a Headers) -> Result<Self, HttpError> {
        let names = &version.dialect().http;
        let method = text(headers, names.method)?;
        let http_version = text(headers, names.version)?;
        let target = read_target(version, headers)?;
        Ok(Self { headers, version, method, http_version, target })
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &'a str {
        self.method
    }

    /// The scheme, if the request names one.
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

    /// What its body is to be counted against.
    #[must_use]
    pub fn body_length(&self) -> BodyLength {
        BodyLength::of(self.version, self.headers)
    }

    /// The headers that HTTP knows as such: without the request line, the host, and what belongs to
    /// one connection.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let names = &self.version.dialect().http;
        let line = names.line();
        let fields = self.headers.iter();
        fields.filter(move |(name, _)| !line.contains(name) && !names.hop_by_hop.contains(name))
    }
}

/// Reads where a request or a push goes.
pub(super) fn read_target(version: Version, headers: &Headers) -> Result<Target<'_>, HttpError> {
    let names = &version.dialect().http;
    let url = text(headers, names.url)?;
    let mut target = Target::of_url(url).ok_or(HttpError::Invalid(names.url))?;
    // Beside a full URL they do not count, but in the versions that have no full URL.
    if names.needs_host || target.scheme.is_none() {
        let part = |name, is_right| {
            let is_there = names.needs_host || headers.contains(name);
            is_there.then(|| checked(headers, name, is_right)).transpose()
        };
        target.scheme = names.scheme.map_or(Ok(None), |name| part(name, is_scheme))?;
        target.authority = part(names.host, is_authority)?.unwrap_or_default();
    }
    Ok(target)
}

fn checked<'a>(
    headers: &'a Headers,
    name: &'static str,
    is_right: fn(&str) -> bool,
) -> Result<&'a str, HttpError> {
    let text = text(headers, name)?;
    is_right(text).then_some(text).ok_or(HttpError::Invalid(name))
}

/// Whether a client's stream can be a request at all: one that belongs to another stream or takes no
/// reply cannot, and a server resets it with PROTOCOL_ERROR. The two come with
/// [`Event::SynStream`](crate::Event::SynStream).
#[must_use]
pub const fn is_request_stream(associated: Option<StreamId>, unidirectional: bool) -> bool {
    associated.is_none() && !unidirectional
}

/// Whether an announced subresource (Draft 1) belongs to a request: both must name the same `url` and
/// `method`, byte for byte. One that does not is to be ignored.
#[must_use]
pub fn is_subresource_of(version: Version, request: &Headers, announced: &Headers) -> bool {
    let names = &version.dialect().http;
    let same = |name| announced.contains(name) && announced.get(name) == request.get(name);
    same(names.url) && same(names.method)
}
