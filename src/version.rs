//! The versions of the protocol and the names by which they are chosen.

use core::fmt;
use core::str::FromStr;

/// A version of SPDY.
///
/// The version is agreed before the first byte (Draft 1 defines no negotiation: both sides know);
/// a session never changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Version {
    /// "SPDY Protocol - Draft 1": version 1 on the wire.
    Draft1,
}

impl Version {
    /// Every version that this crate speaks.
    pub const ALL: [Self; 1] = [Self::Draft1];

    /// The short name that [`FromStr`] reads: `1`.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Draft1 => "1",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft1 => "SPDY Draft 1",
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
        Version::ALL.iter().try_for_each(|version| write!(f, " {}", version.token()))
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
        Self::ALL.into_iter().find(|version| version.token() == token).ok_or(ParseVersionError)
    }
}
