//! Why a connection ends (RFC 6455, sections 5.5.1 and 7.4).

use core::fmt;

use bytes::Bytes;

/// The code of a Close frame: a newtype over the number on the wire, so that unknown codes survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// A normal end.
    pub const NORMAL: Self = Self(1000);
    /// The sender goes away: a server that stops, a page that is left.
    pub const GOING_AWAY: Self = Self(1001);
    /// The peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// A kind of data that the sender cannot take, such as text where only binary is expected.
    pub const UNSUPPORTED_DATA: Self = Self(1003);
    /// The Close frame had no code. Never on the wire.
    pub const NO_STATUS: Self = Self(1005);
    /// The connection ended without a Close frame. Never on the wire.
    pub const ABNORMAL: Self = Self(1006);
    /// Data that does not fit its kind, such as text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// A message against the sender's policy.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// A message too big to be processed.
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// A client misses an extension in the server's answer.
    pub const MANDATORY_EXTENSION: Self = Self(1010);
    /// A fault of the server's own.
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// The TLS handshake failed. Never on the wire.
    pub const TLS_HANDSHAKE: Self = Self(1015);

    /// Whether a Close frame may carry the code: 1000 to 1003, 1007 to 1011, and from 3000 on, which
    /// are for libraries (registered) and applications (4000 on), to 4999.
    #[must_use]
    pub const fn is_valid_on_wire(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1011 | 3000..=4999)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The body of a Close frame that has one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Close {
    /// Why the connection ends.
    pub code: CloseCode,
    /// What stands behind the code, at most 123 bytes. RFC 6455 has a reason in UTF-8 there, HTTP
    /// Speed+Mobility four bytes of a stream-ID: so it is not checked.
    pub rest: Bytes,
}

impl Close {
    /// A body. What cannot be sent is refused by [`Encoder::close`](super::Encoder::close).
    #[must_use]
    pub fn new(code: CloseCode, rest: impl Into<Bytes>) -> Self {
        Self { code, rest: rest.into() }
    }

    /// What stands behind the code, if it is text.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        core::str::from_utf8(&self.rest).ok()
    }
}
