//! The length of a body against what its request says.

use crate::headers::Headers;
use crate::version::Version;

/// Counts the body of a request against its `content-length`: in SPDY/3 and 3.1 a server answers one
/// of another length with status 400. In Draft 1 and SPDY/2 the header only advises, as it does in
/// every response.
///
/// ```
/// use spdy::{Version, http};
///
/// let open = http::request(Version::Spdy3, "POST", "http://example.com/", [("content-length", "5")])?;
/// let request = http::Request::parse(Version::Spdy3, open.headers())?;
/// let mut body = request.body_length();
/// body.add(3);
/// assert!(body.may_go_on() && !body.is_right());
/// body.add(3);
/// assert!(!body.may_go_on());
/// # Ok::<(), http::HttpError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLength {
    said: Said,
    seen: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    Nonsense,
    Bytes(u64),
}

impl BodyLength {
    pub(super) fn of(version: Version, headers: &Headers) -> Self {
        let binds = version.dialect().http.length_binds && headers.contains("content-length");
        let is_number = |value: &&str| value.bytes().all(|byte| byte.is_ascii_digit());
        let number = headers.get_str("content-length").filter(is_number);
        let said = match number.and_then(|number| number.parse().ok()) {
            _ if !binds => Said::Nothing,
            None => Said::Nonsense,
            Some(bytes) => Said::Bytes(bytes),
        };
        Self { said, seen: 0 }
    }

    /// So many more bytes have come.
    pub const fn add(&mut self, bytes: usize) {
        self.seen = self.seen.saturating_add(bytes as u64);
    }

    /// Whether a length was said that binds; else the body may have any.
    #[must_use]
    pub fn is_said(&self) -> bool {
        self.said != Said::Nothing
    }

    /// Whether what has come is not too much already. It always is where the header is no number.
    #[must_use]
    pub const fn may_go_on(&self) -> bool {
        match self.said {
            Said::Nothing => true,
            Said::Nonsense => false,
            Said::Bytes(said) => self.seen <= said,
        }
    }

    /// Whether a body that ends here has the length that was said.
    #[must_use]
    pub const fn is_right(&self) -> bool {
        match self.said {
            Said::Nothing => true,
            Said::Nonsense => false,
            Said::Bytes(said) => self.seen == said,
        }
    }
}
