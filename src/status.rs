//! Numbers with names: status codes and settings. Unknown ones survive.

use alloc::vec::Vec;
use core::fmt;

/// Why a stream was torn down: the code of FIN_STREAM (RST_STREAM from SPDY/2 on).
///
/// A newtype over the number on the wire, so that unknown codes survive. Not every version has
/// every code; [`Session::fin_stream`](crate::Session::fin_stream) says what is sent in place of
/// one that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Status(pub u32);

impl Status {
    /// Generic; the peer is likely to give the whole session up.
    pub const PROTOCOL_ERROR: Self = Self(1);
    /// A frame arrived for a stream that is not active.
    pub const INVALID_STREAM: Self = Self(2);
    /// Refused before any processing: safe to retry, whatever the request was.
    pub const REFUSED_STREAM: Self = Self(3);
    /// The stream's version is not spoken here (from SPDY/2 on).
    pub const UNSUPPORTED_VERSION: Self = Self(4);
    /// No longer wanted (from SPDY/2 on).
    pub const CANCEL: Self = Self(5);
    /// Processing failed (from SPDY/2 on).
    pub const INTERNAL_ERROR: Self = Self(6);
    /// The peer sent more than a window allowed, or raised one above its maximum (from SPDY/2 on).
    pub const FLOW_CONTROL_ERROR: Self = Self(7);
    /// A second SYN_REPLY (from SPDY/3 on).
    pub const STREAM_IN_USE: Self = Self(8);
    /// A frame behind the sender's own FIN (from SPDY/3 on).
    pub const STREAM_ALREADY_CLOSED: Self = Self(9);
    /// The credential of the request is not accepted (SPDY/3 only).
    pub const INVALID_CREDENTIALS: Self = Self(10);
    /// A frame that was too large for its receiver (from SPDY/3 on).
    pub const FRAME_TOO_LARGE: Self = Self(11);
}

/// Status codes in the order in which the versions took them up: a version has the first so many.
pub(crate) const STATUSES: &[(Status, &str)] = &[
    (Status::PROTOCOL_ERROR, "PROTOCOL_ERROR"),
    (Status::INVALID_STREAM, "INVALID_STREAM"),
    (Status::REFUSED_STREAM, "REFUSED_STREAM"),
    (Status::UNSUPPORTED_VERSION, "UNSUPPORTED_VERSION"),
    (Status::CANCEL, "CANCEL"),
    (Status::INTERNAL_ERROR, "INTERNAL_ERROR"),
    (Status::FLOW_CONTROL_ERROR, "FLOW_CONTROL_ERROR"),
    (Status::STREAM_IN_USE, "STREAM_IN_USE"),
    (Status::STREAM_ALREADY_CLOSED, "STREAM_ALREADY_CLOSED"),
    (Status::FRAME_TOO_LARGE, "FRAME_TOO_LARGE"),
    (Status::INVALID_CREDENTIALS, "INVALID_CREDENTIALS"),
];

/// The name and the number, or the number of a code that no version has.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match STATUSES.iter().find(|(known, _)| known == self) {
            Some((_, name)) => write!(f, "{name} ({})", self.0),
            None => write!(f, "status {}", self.0),
        }
    }
}

/// Why a session ends: the code of GOAWAY. Draft 1 and SPDY/2 do not carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GoAwayStatus(pub u32);

impl GoAwayStatus {
    /// A normal end.
    pub const OK: Self = Self(0);
    /// The peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1);
    /// A fault of our own.
    pub const INTERNAL_ERROR: Self = Self(2);

    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::OK => Some("OK"),
            Self::PROTOCOL_ERROR => Some("PROTOCOL_ERROR"),
            Self::INTERNAL_ERROR => Some("INTERNAL_ERROR"),
            Self(_) => None,
        }
    }
}

/// The name and the number, or the number of a code that no version has.
impl fmt::Display for GoAwayStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "status {}", self.0),
        }
    }
}

/// What an entry of HELLO (SETTINGS from SPDY/2 on) speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingId(pub u32);

impl SettingId {
    /// The sender's estimate of its upload capacity, in kilobytes a second.
    #[doc(alias = "HELLO_BANDWIDTH_TO_YOU")]
    pub const UPLOAD_BANDWIDTH: Self = Self(1);
    /// The sender's estimate of its download capacity, in kilobytes a second.
    #[doc(alias = "HELLO_BANDWIDTH_FROM_YOU")]
    pub const DOWNLOAD_BANDWIDTH: Self = Self(2);
    /// The sender's estimate of the shortest time from a control frame to its answer, in
    /// milliseconds.
    pub const ROUND_TRIP_TIME: Self = Self(3);
    /// The most streams that the receiver of the entry may have open at a time.
    pub const MAX_CONCURRENT_STREAMS: Self = Self(4);
    /// The congestion window of the sender's TCP, in packets (from SPDY/2 on).
    pub const CURRENT_CWND: Self = Self(5);
    /// How much the sender retransmits, in percent of its bytes (from SPDY/2 on).
    pub const DOWNLOAD_RETRANS_RATE: Self = Self(6);
    /// How many bytes of DATA the receiver of the entry may send on each stream before it has to
    /// wait for WINDOW_UPDATE (from SPDY/3 on; SPDY/2 lists it and has no flow control).
    pub const INITIAL_WINDOW_SIZE: Self = Self(7);
    /// How many client certificates a server keeps (SPDY/3 only).
    pub const CLIENT_CERTIFICATE_VECTOR_SIZE: Self = Self(8);
}

/// One entry of HELLO (SETTINGS from SPDY/2 on).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// What the value is.
    pub id: SettingId,
    /// In the unit of the ID.
    pub value: u32,
    /// Bits such as [`Self::PERSIST_VALUE`]; 0 in Draft 1, which has none. The crate keeps no store:
    /// a client that does keeps values for one origin, IP address and port, and drops them together
    /// with its cookies.
    pub flags: u8,
}

impl Setting {
    /// A server asks its client to keep the value. Not for clients to send; a session that is a
    /// server does not report it.
    pub const PERSIST_VALUE: u8 = 0x01;
    /// A client returns what it was asked to keep. Such a value changes nothing in the session.
    pub const PERSISTED: u8 = 0x02;

    /// An entry without flags.
    #[must_use]
    pub const fn new(id: SettingId, value: u32) -> Self {
        Self { id, value, flags: 0 }
    }

    /// The entry with these flags.
    #[must_use]
    pub const fn flags(mut self, flags: u8) -> Self {
        self.flags = flags;
        self
    }
}

/// The entries of HELLO (SETTINGS from SPDY/2 on), in wire order.
///
/// ```
/// use spdy::{SettingId, Settings};
///
/// let hello = Settings::from([(SettingId::ROUND_TRIP_TIME, 30)]);
/// assert_eq!(hello.round_trip_ms(), Some(30));
/// assert_eq!(hello.max_concurrent_streams(), None); // no entry, no limit
/// ```
#[doc(alias = "HELLO")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// As on the wire, unknown and repeated IDs included; [`Settings::get`] reads them.
    pub entries: Vec<Setting>,
    /// A client drops what earlier frames of this server asked it to keep, before it keeps what
    /// this one does (from SPDY/2 on; only servers send it).
    pub clear: bool,
}

impl Settings {
    /// The value of an ID; of several in one frame the first counts.
    #[must_use]
    pub fn get(&self, id: SettingId) -> Option<u32> {
        self.entry(id).map(|entry| entry.value)
    }

    /// The value of an ID as it concerns the session: not one that a client merely returns.
    pub(crate) fn in_force(&self, id: SettingId) -> Option<u32> {
        let entry = self.entry(id)?;
        (entry.flags & Setting::PERSISTED == 0).then_some(entry.value)
    }

    fn entry(&self, id: SettingId) -> Option<&Setting> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The sender's own upload capacity in kilobytes a second.
    #[must_use]
    pub fn upload_kb_per_s(&self) -> Option<u32> {
        self.get(SettingId::UPLOAD_BANDWIDTH)
    }

    /// The sender's own download capacity in kilobytes a second.
    #[must_use]
    pub fn download_kb_per_s(&self) -> Option<u32> {
        self.get(SettingId::DOWNLOAD_BANDWIDTH)
    }

    /// The shortest time from a control frame to its answer, in milliseconds.
    #[must_use]
    pub fn round_trip_ms(&self) -> Option<u32> {
        self.get(SettingId::ROUND_TRIP_TIME)
    }

    /// The most streams that the receiver of this frame may have open at a time.
    #[must_use]
    pub fn max_concurrent_streams(&self) -> Option<u32> {
        self.get(SettingId::MAX_CONCURRENT_STREAMS)
    }

    /// How many bytes the receiver of this frame may send on each stream unasked.
    #[must_use]
    pub fn initial_window_size(&self) -> Option<u32> {
        self.get(SettingId::INITIAL_WINDOW_SIZE)
    }
}

impl FromIterator<Setting> for Settings {
    fn from_iter<I: IntoIterator<Item = Setting>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect(), clear: false }
    }
}

impl FromIterator<(SettingId, u32)> for Settings {
    fn from_iter<I: IntoIterator<Item = (SettingId, u32)>>(entries: I) -> Self {
        entries.into_iter().map(|(id, value)| Setting::new(id, value)).collect()
    }
}

impl<const N: usize> From<[Setting; N]> for Settings {
    fn from(entries: [Setting; N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<const N: usize> From<[(SettingId, u32); N]> for Settings {
    fn from(entries: [(SettingId, u32); N]) -> Self {
        entries.into_iter().collect()
    }
}
