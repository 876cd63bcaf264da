//! Numbers with names: status codes and settings. Unknown ones survive.

use alloc::vec::Vec;

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
}

/// One entry of HELLO (SETTINGS from SPDY/2 on).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// What the value is.
    pub id: SettingId,
    /// In the unit of the ID.
    pub value: u32,
}

impl Setting {
    /// An entry.
    #[must_use]
    pub const fn new(id: SettingId, value: u32) -> Self {
        Self { id, value }
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
}

impl Settings {
    /// The value of an ID; of several in one frame the first counts.
    #[must_use]
    pub fn get(&self, id: SettingId) -> Option<u32> {
        let entry = self.entries.iter().find(|entry| entry.id == id)?;
        Some(entry.value)
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
}

impl FromIterator<(SettingId, u32)> for Settings {
    fn from_iter<I: IntoIterator<Item = (SettingId, u32)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        Self { entries: entries.map(|(id, value)| Setting::new(id, value)).collect() }
    }
}

impl<const N: usize> From<[(SettingId, u32); N]> for Settings {
    fn from(entries: [(SettingId, u32); N]) -> Self {
        entries.into_iter().collect()
    }
}
