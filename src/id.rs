//! Who is who: roles, stream-IDs, PING IDs.

use core::fmt;

/// Which end of the connection a session is; the client is the one that opened the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Opens streams with odd IDs.
    Client,
    /// Opens streams with even IDs.
    Server,
}

impl Role {
    /// The other end.
    #[must_use]
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// Whether this end numbers its streams and PINGs so. 0 is even, and no stream at all.
    pub(crate) const fn owns(self, id: u32) -> bool {
        match self {
            Self::Client => id % 2 == 1,
            Self::Server => id % 2 == 0,
        }
    }

    /// The first ID of this end's streams and PINGs: never 0.
    pub(crate) const fn first_id(self) -> u32 {
        match self {
            Self::Client => 1,
            Self::Server => 2,
        }
    }
}

/// A 31-bit stream-ID: odd for the client's streams, even for the server's; 0 names no stream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(u32);

impl StreamId {
    /// No stream.
    pub const ZERO: Self = Self(0);
    /// The largest ID that the wire holds.
    pub const MAX: Self = Self(0x7FFF_FFFF);

    /// The ID in the low 31 bits; the reserved top bit is no part of it.
    #[must_use]
    pub const fn new(id: u32) -> Self {
        Self(id & 0x7FFF_FFFF)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamId({})", self.0)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl From<StreamId> for u32 {
    fn from(id: StreamId) -> Self {
        id.0
    }
}

/// The ID of a PING: all 32 bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PingId(u32);

impl PingId {
    /// The ID with this number.
    #[must_use]
    pub const fn new(id: u32) -> Self {
        Self(id)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for PingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
