//! What a frame is: its types, its fields, its 8-byte head. Knows no session.
//!
//! The types hold the frames of every version; a dialect says which exist and how they are written.
//! Where Draft 1 has the thing its word is used, and the successor's is an alias.

mod head;
mod kind;

use alloc::vec::Vec;

use bytes::Bytes;

pub(crate) use head::Head;
pub use kind::FrameType;

use crate::headers::Headers;
use crate::id::{PingId, StreamId};
use crate::priority::Priority;
use crate::status::{GoAwayStatus, Settings, Status};

/// Flag bit of DATA, SYN_STREAM, SYN_REPLY and HEADERS: the sender sends no more on the stream.
pub(crate) const FLAG_FIN: u8 = 0x01;
/// Flag bit of SYN_STREAM: the receiver does not send on the stream.
pub(crate) const FLAG_UNIDIRECTIONAL: u8 = 0x02;
/// Flag bit of SETTINGS: what was kept before is dropped.
pub(crate) const FLAG_CLEAR_SETTINGS: u8 = 0x01;

/// A frame: control frames whole, DATA in the pieces in which it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Frame {
    /// Opens a stream.
    SynStream(SynStream),
    /// Accepts a stream.
    SynReply(SynReply),
    /// Tears a stream down.
    #[doc(alias = "RST_STREAM")]
    FinStream(FinStream),
    /// Tells what the sender knows of the connection (HELLO in Draft 1).
    #[doc(alias = "HELLO")]
    Settings(Settings),
    /// Nothing.
    Noop,
    /// Asks for an identical frame, or is one.
    Ping(PingId),
    /// No more streams.
    GoAway(GoAway),
    /// Announces a resource that belongs to a stream (Draft 1 only).
    Subresource(Subresource),
    /// More headers for a stream (from SPDY/2 on).
    Headers(HeadersFrame),
    /// Lets the receiver send more DATA (from SPDY/3 on).
    WindowUpdate(WindowUpdate),
    /// Gives a server a client certificate (SPDY/3 only).
    Credential(Credential),
    /// Payload, or a piece of it.
    Data(Data),
    /// A control frame of a type that the version does not have, or of another version; its payload
    /// is skipped.
    Unknown(Unknown),
}

/// SYN_STREAM: opens a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SynStream {
    /// The new stream.
    pub stream: StreamId,
    /// The stream to which it belongs (from SPDY/2 on).
    pub associated: Option<StreamId>,
    /// How urgent it is.
    pub priority: Priority,
    /// The sender sends no DATA on it.
    pub fin: bool,
    /// Only the sender sends on it (from SPDY/2 on).
    pub unidirectional: bool,
    /// The server may push for it (Speed+Mobility only, where it needs this leave).
    pub push_allowed: bool,
    /// Which credential of the client holds for it; 0 for none (SPDY/3 only).
    pub slot: u8,
    /// Its name/value list.
    pub headers: Headers,
}

impl SynStream {
    /// A stream of the highest priority, without FIN.
    #[must_use]
    pub fn new(stream: StreamId, headers: impl Into<Headers>) -> Self {
        Self {
            stream,
            associated: None,
            priority: Priority::default(),
            fin: false,
            unidirectional: false,
            push_allowed: false,
            slot: 0,
            headers: headers.into(),
        }
    }
}

/// SYN_REPLY: accepts a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SynReply {
    /// The stream.
    pub stream: StreamId,
    /// The sender sends no DATA on it.
    pub fin: bool,
    /// The reply's name/value list.
    pub headers: Headers,
}

impl SynReply {
    /// A reply without FIN.
    #[must_use]
    pub fn new(stream: StreamId, headers: impl Into<Headers>) -> Self {
        Self { stream, fin: false, headers: headers.into() }
    }
}

/// FIN_STREAM (RST_STREAM from SPDY/2 on): tears a stream down, both directions at once.
#[doc(alias = "RST_STREAM")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FinStream {
    /// The stream.
    pub stream: StreamId,
    /// Why; 0 is not valid but may arrive.
    pub status: Status,
}

impl FinStream {
    /// A FIN_STREAM.
    #[must_use]
    pub const fn new(stream: StreamId, status: Status) -> Self {
        Self { stream, status }
    }
}

/// GOAWAY: the sender accepts no more streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GoAway {
    /// The last stream that the sender accepted; 0 if none.
    pub last_good: StreamId,
    /// Why, in the versions that carry it (from SPDY/3 on); `None` is written as
    /// [`GoAwayStatus::OK`] there.
    pub status: Option<GoAwayStatus>,
}

impl GoAway {
    /// A GOAWAY without status.
    #[must_use]
    pub const fn new(last_good: StreamId) -> Self {
        Self { last_good, status: None }
    }
}

/// SUBRESOURCE: announces a resource that belongs to a stream. Draft 1 only.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subresource {
    /// The stream to which it belongs.
    pub stream: StreamId,
    /// `url`, `method` and whatever else is known of it.
    pub headers: Headers,
}

impl Subresource {
    /// A SUBRESOURCE.
    #[must_use]
    pub fn new(stream: StreamId, headers: impl Into<Headers>) -> Self {
        Self { stream, headers: headers.into() }
    }
}

/// HEADERS: more names and values for a stream, at any time before the sender's FIN. From SPDY/2 on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeadersFrame {
    /// The stream.
    pub stream: StreamId,
    /// The sender sends no more on it.
    pub fin: bool,
    /// The names and values.
    pub headers: Headers,
}

impl HeadersFrame {
    /// A HEADERS frame without FIN.
    #[must_use]
    pub fn new(stream: StreamId, headers: impl Into<Headers>) -> Self {
        Self { stream, fin: false, headers: headers.into() }
    }
}

/// WINDOW_UPDATE: its receiver may send so much more DATA. From SPDY/3 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowUpdate {
    /// The stream; in SPDY/3.1 0 is the session.
    pub stream: StreamId,
    /// Bytes: 31 bits, of which 0 is not valid but may arrive.
    pub delta: u32,
}

impl WindowUpdate {
    /// A WINDOW_UPDATE.
    #[must_use]
    pub const fn new(stream: StreamId, delta: u32) -> Self {
        Self { stream, delta }
    }
}

/// CREDENTIAL: puts a client certificate into a slot of the server's. SPDY/3 only; a session passes
/// it over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credential {
    /// The slot, counted from 1.
    pub slot: u16,
    /// That the client has the key: a signature of TLS over an exported value.
    pub proof: Bytes,
    /// The chain of certificates in DER, the client's own first.
    pub certificates: Vec<Bytes>,
}

impl Credential {
    /// A CREDENTIAL.
    #[must_use]
    pub const fn new(slot: u16, proof: Bytes, certificates: Vec<Bytes>) -> Self {
        Self { slot, proof, certificates }
    }
}

/// DATA, or a piece of it: a frame is delivered as it arrives and never buffered whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Data {
    /// The stream.
    pub stream: StreamId,
    /// The sender sends no more; only the last piece of a frame says so.
    pub fin: bool,
    /// The bytes of this piece.
    pub payload: Bytes,
    /// How many bytes of the same frame are still to come.
    pub remaining: u32,
}

impl Data {
    /// A whole frame, without FIN.
    #[must_use]
    pub fn new(stream: StreamId, payload: impl Into<Bytes>) -> Self {
        Self { stream, fin: false, payload: payload.into(), remaining: 0 }
    }
}

/// A control frame of a type that the version does not have, or one of another version that is
/// passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unknown {
    /// The version that the frame names.
    pub version: u16,
    /// The number of the type.
    pub number: u16,
    /// Bytes of payload, which are skipped.
    pub length: u32,
}

impl Unknown {
    pub(crate) const fn new(version: u16, number: u16, length: u32) -> Self {
        Self { version, number, length }
    }
}

impl Frame {
    /// What kind of frame it is.
    #[must_use]
    pub const fn frame_type(&self) -> FrameType {
        match self {
            Self::SynStream(_) => FrameType::SynStream,
            Self::SynReply(_) => FrameType::SynReply,
            Self::FinStream(_) => FrameType::FinStream,
            Self::Settings(_) => FrameType::Settings,
            Self::Noop => FrameType::Noop,
            Self::Ping(_) => FrameType::Ping,
            Self::GoAway(_) => FrameType::GoAway,
            Self::Subresource(_) => FrameType::Subresource,
            Self::Headers(_) => FrameType::Headers,
            Self::WindowUpdate(_) => FrameType::WindowUpdate,
            Self::Credential(_) => FrameType::Credential,
            Self::Data(_) => FrameType::Data,
            Self::Unknown(_) => FrameType::Unknown,
        }
    }
}
