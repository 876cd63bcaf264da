//! The versions of the protocol and the names by which they are chosen.

use core::fmt;
use core::str::FromStr;

/// A version of SPDY.
///
/// The version is agreed before the first byte: by [`alpn`](Self::alpn) in TLS, by an upgrade of
/// HTTP/1.1 ([`kubernetes`](crate::kubernetes)), or because both sides know. A session never
/// changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Version {
    /// "SPDY Protocol - Draft 1": version 1 on the wire.
    Draft1,
    /// SPDY/2: "SPDY Protocol - Draft 2".
    Spdy2,
    /// SPDY/3: "SPDY Protocol - Draft 3", with flow control for each stream.
    Spdy3,
    /// SPDY/3.1: "SPDY Protocol - Draft 3.1", with flow control for the session too. It also writes
    /// version 3: only the negotiation tells the two apart.
    Spdy3_1,
    /// HTTP Speed+Mobility (draft-montenegro-httpbis-speed-mobility-01): streams of SPDY/3, each
    /// frame a message of a WebSocket, which also closes, pings and needs no windows.
    SpeedMobility,
}

impl Version {
    /// Every version of SPDY that runs on the transport itself; [`Self::SpeedMobility`] does not.
    pub const ALL: [Self; 4] = [Self::Draft1, Self::Spdy2, Self::Spdy3, Self::Spdy3_1];

    /// Those, and the one inside WebSocket.
    pub(crate) const KNOWN: [Self; 5] =
        [Self::Draft1, Self::Spdy2, Self::Spdy3, Self::Spdy3_1, Self::SpeedMobility];

    /// The short name that [`FromStr`] reads: `1`, `2`, `3`, `3.1`, `sm`.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Draft1 => "1",
            Self::Spdy2 => "2",
            Self::Spdy3 => "3",
            Self::Spdy3_1 => "3.1",
            Self::SpeedMobility => "sm",
        }
    }

    /// The name in the TLS extensions ALPN and NPN; Draft 1 has none, nor has Speed+Mobility, which
    /// begins with a handshake of HTTP/1.1.
    ///
    /// ```
    /// assert_eq!(spdy::Version::Spdy3_1.alpn(), Some("spdy/3.1"));
    /// ```
    #[must_use]
    pub const fn alpn(self) -> Option<&'static str> {
        match self {
            Self::Draft1 | Self::SpeedMobility => None,
            Self::Spdy2 => Some("spdy/2"),
            Self::Spdy3 => Some("spdy/3"),
            Self::Spdy3_1 => Some("spdy/3.1"),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft1 => "SPDY Draft 1",
            Self::Spdy2 => "SPDY/2",
            Self::Spdy3 => "SPDY/3",
            Self::Spdy3_1 => "SPDY/3.1",
            Self::SpeedMobility => "Speed+Mobility",
        })
    }
}

/// A name that is no version's; see [`Version::token`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseVersionError;

impl fmt::Display for ParseVersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown SPDY version; known:")?;
        Version::KNOWN.iter().try_for_each(|version| write!(f, " {}", version.token()))
    }
}

impl core::error::Error for ParseVersionError {}

impl FromStr for Version {
    type Err = ParseVersionError;

    /// Reads a [`token`](Version::token).
    ///
    /// ```
    /// assert_eq!("1".parse(), Ok(spdy::Version::Draft1));
    /// assert!("9".parse::<spdy::Version>().is_err());
    /// ```
    fn from_str(token: &str) -> Result<Self, Self::Err> {
        Self::KNOWN.into_iter().find(|version| version.token() == token).ok_or(ParseVersionError)
    }
}
