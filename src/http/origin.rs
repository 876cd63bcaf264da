//! The one origin of a session (HTTP Speed+Mobility, section "Credentials").

use alloc::string::String;

use super::{HttpError, text};
use crate::headers::Headers;
use crate::version::Version;

/// What every request and every push of a session must be for.
///
/// A session of HTTP Speed+Mobility has one origin: the host of the handshake, or the name that TLS
/// was asked for (SNI), and the scheme of the connection. A client holds its requests and the server's
/// pushes against it, a server the requests, which it answers with status 400 if they are for
/// another. The host is compared without its port and whatever its case.
///
/// ```
/// use spdy::{Version, http};
///
/// let origin = http::Origin::new("https", "www.example.com:8443");
/// let version = Version::SpeedMobility;
/// let request = http::request(version, "GET", "https://WWW.example.com/a", ())?;
/// assert_eq!(origin.check(version, request.headers()), Ok(()));
/// let other = http::request(version, "GET", "https://example.com/a", ())?;
/// assert_eq!(origin.check(version, other.headers()), Err(http::HttpError::OtherOrigin));
/// # Ok::<(), http::HttpError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    host: String,
}

impl Origin {
    /// Of a connection: `https` over TLS, else `http`, and a host with or without a port.
    #[must_use]
    pub fn new(scheme: &str, host: &str) -> Self {
        Self { scheme: scheme.into(), host: without_port(host).into() }
    }

    /// Holds the list of a request or a push against it: its scheme and host in SPDY/3 and 3.1, and
    /// in Speed+Mobility; the earlier versions may name them in a URL, which is not looked at.
    ///
    /// # Errors
    ///
    /// [`HttpError::OtherOrigin`], and [`HttpError::Missing`] if scheme or host is not there.
    pub fn check(&self, version: Version, headers: &Headers) -> Result<(), HttpError> {
        let names = &version.dialect().http;
        let scheme = names.scheme.map_or(Ok(self.scheme.as_str()), |name| text(headers, name))?;
        let host = without_port(text(headers, names.host)?);
        let is_same =
            scheme.eq_ignore_ascii_case(&self.scheme) && host.eq_ignore_ascii_case(&self.host);
        is_same.then_some(()).ok_or(HttpError::OtherOrigin)
    }
}

/// The host of `host:port`; an IPv6 address stands in brackets.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::without_port;

    // SM-A13
    #[test]
    fn a_port_is_what_stands_behind_the_last_colon_of_digits() {
        assert_eq!(without_port("example.com:80"), "example.com");
        assert_eq!(without_port("example.com"), "example.com");
        assert_eq!(without_port("[::1]:6121"), "[::1]");
        assert_eq!(without_port("[::1]"), "[::1]");
    }
}
