//! Responses.

use super::{HTTP_VERSION, HttpError, message, text};
use crate::dialect::HttpNames;
use crate::headers::Headers;
use crate::version::Version;

/// The list that answers a request; `status` is the code or the code and a phrase.
///
/// # Errors
///
/// A status that does not begin with a code of three digits.
///
/// ```
/// use spdy::{Version, http};
///
/// let reply = http::response(Version::Spdy3_1, "200 OK", [("content-type", "text/html")])?;
/// assert_eq!(reply.get(":status"), Some(&b"200 OK"[..]));
/// assert_eq!(http::Response::parse(Version::Spdy3_1, &reply)?.code(), 200);
/// # Ok::<(), http::HttpError>(())
/// ```
pub fn response(
    version: Version,
    status: &str,
    fields: impl Into<Headers>,
) -> Result<Headers, HttpError> {
    let names = &version.dialect().http;
    status_code(names, status)?;
    let line = [(names.status, status), (names.version, HTTP_VERSION)];
    Ok(message(names, &line, fields))
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
    /// Reads the status and the version, which must be there.
    ///
    /// # Errors
    ///
    /// A missing header, or a status without a code of three digits; a client resets the stream with
    /// [`HttpError::status`].
    pub fn parse(version: Version, headers: &'a Headers) -> Result<Self, HttpError> {
        let names = &version.dialect().http;
        let status = text(headers, names.status)?;
        let http_version = text(headers, names.version)?;
        let code = status_code(names, status)?;
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
        // A push names its request too.
        let is_push = self.headers.contains(names.url)
            && names.push_path.is_none_or(|path| self.headers.contains(path));
        let request = names.line();
        self.headers.iter().filter(move |(name, _)| {
            let is_request = request.contains(name) || Some(*name) == names.push_path;
            let is_line = [names.status, names.version].contains(name) || (is_push && is_request);
            !(is_line || names.hop_by_hop.contains(name))
        })
    }
}

pub(super) fn status_code(names: &HttpNames, status: &str) -> Result<u16, HttpError> {
    parse_code(status).ok_or(HttpError::Invalid(names.status))
}

/// The code of `200` or `200 OK`.
fn parse_code(status: &str) -> Option<u16> {
    let (code, rest) = status.split_at_checked(3)?;
    let is_code = code.bytes().all(|byte| byte.is_ascii_digit());
    let is_alone = rest.is_empty() || rest.starts_with(' ');
    code.parse().ok().filter(|_| is_code && is_alone)
}
