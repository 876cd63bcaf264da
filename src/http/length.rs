//! The length of a body against what its message says.

use crate::headers::Headers;

/// Counts a body against `content-length`, which only advises: a server answers a request whose body
/// has another length with status 400; a client ignores what a response said.
///
/// ```
/// use spdy::{Headers, http};
///
/// let mut body = http::BodyLength::of(&Headers::from([("content-length", "5")]));
/// body.add(3);
/// assert!(body.may_go_on());
/// body.add(3);
/// assert!(!body.may_go_on() && !body.is_right());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLength {
    said: Option<u64>,
    seen: u64,
    is_valid: bool,
}

impl BodyLength {
    /// For the message with these headers; one without `content-length` may have a body of any length.
    #[must_use]
    pub fn of(headers: &Headers) -> Self {
        let value = headers.get_str("content-length");
        let is_number = |value: &&str| value.bytes().all(|byte| byte.is_ascii_digit());
        let said = value.filter(is_number).and_then(|value| value.parse().ok());
        let is_valid = headers.contains("content-length") == said.is_some();
        Self { said, seen: 0, is_valid }
    }

    /// So many more bytes have come.
    pub const fn add(&mut self, bytes: usize) {
        self.seen = self.seen.saturating_add(bytes as u64);
    }

    /// Whether what has come is not too much already.
    #[must_use]
    pub fn may_go_on(&self) -> bool {
        self.is_valid && self.said.is_none_or(|said| self.seen <= said)
    }

    /// Whether a body that ends here has the length that was said.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.is_valid && self.said.is_none_or(|said| self.seen == said)
    }
}
