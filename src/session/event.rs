//! What a session tells its caller.

use core::fmt;

use bytes::Bytes;

use crate::error::{DecodeErrorKind, Section};
use crate::headers::Headers;
use crate::id::{PingId, StreamId};
use crate::priority::Priority;
use crate::status::{GoAwayStatus, Settings, Status};

/// What the peer did, or what its fault made the session do. What the caller did is the return
/// value of its call and never an event.
///
/// The peer's half of a stream ends in exactly one event with `fin: true`. A stream that dies with
/// a half still open ends in one [`Aborted`](Self::Aborted), which is its last event.
///
/// Later versions of the crate may add events and fields: a `match` needs an arm for the others, which
/// may be passed over, and a pattern a `..`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The peer opened a stream. A client's is answered with
    /// [`reply`](crate::Session::reply) or [`fin_stream`](crate::Session::fin_stream).
    #[non_exhaustive]
    SynStream {
        /// The new stream.
        stream: StreamId,
        /// The stream to which it belongs (from SPDY/2 on).
        associated: Option<StreamId>,
        /// Only the peer sends on it: it takes no reply. From SPDY/2 on; in Draft 1 it is what every
        /// stream of a server is.
        unidirectional: bool,
        /// Streams may be pushed for it (Speed+Mobility, which asks for this leave).
        push_allowed: bool,
        /// How urgent it is.
        priority: Priority,
        /// Its name/value list.
        headers: Headers,
        /// The peer sends no DATA on it.
        fin: bool,
    },
    /// The peer accepted a stream that was opened here.
    #[non_exhaustive]
    SynReply {
        /// The stream.
        stream: StreamId,
        /// The reply's name/value list.
        headers: Headers,
        /// The peer sends no DATA on it.
        fin: bool,
    },
    /// More headers for a stream (from SPDY/2 on): before, between or behind its data.
    #[non_exhaustive]
    Headers {
        /// The stream.
        stream: StreamId,
        /// The names and values.
        headers: Headers,
        /// The peer sends no more on the stream.
        fin: bool,
    },
    /// Payload: a slice of what was read. It keeps the whole buffer alive that it is a slice of.
    ///
    /// With [`manual_credit`](crate::Config::manual_credit) the peer sends no more than its window until
    /// [`release`](crate::Session::release) says that these bytes have been dealt with; otherwise that
    /// is said by itself.
    #[non_exhaustive]
    Data {
        /// The stream.
        stream: StreamId,
        /// The next bytes of the stream; empty only with `fin`.
        data: Bytes,
        /// The peer sends no more on the stream.
        fin: bool,
    },
    /// The stream died with a half still open. Nothing follows for it, and what was queued on it is
    /// dropped. [`Abort::is_retryable`] says whether the same may be sent again.
    #[non_exhaustive]
    Aborted {
        /// The stream.
        stream: StreamId,
        /// Who ended it, and why.
        cause: Abort,
    },
    /// The peer announced a resource that belongs to a stream (Draft 1, section "SUBRESOURCE").
    /// Whether it does is for the caller to compare: see
    /// [`http::is_subresource_of`](crate::http::is_subresource_of).
    #[non_exhaustive]
    Subresource {
        /// The stream to which it belongs.
        stream: StreamId,
        /// `url`, `method` and whatever else the peer knows of it.
        headers: Headers,
    },
    /// The peer's HELLO (SETTINGS). Its limit on streams and its windows are obeyed already.
    Settings(Settings),
    /// The answer to a [`ping`](crate::Session::ping) of ours.
    Pong(PingId),
    /// The peer accepts no more streams. Each of ours that it did not accept follows as
    /// [`Aborted`](Self::Aborted) with [`Abort::NotAccepted`].
    #[non_exhaustive]
    GoAway {
        /// The last of our streams that the peer accepted; 0 if none.
        last_good: StreamId,
        /// Why, in the versions that say so (from SPDY/3 on).
        status: Option<GoAwayStatus>,
    },
}

impl Event {
    /// The stream that it is about, if it is about one.
    #[must_use]
    pub const fn stream(&self) -> Option<StreamId> {
        match self {
            Self::SynStream { stream, .. }
            | Self::SynReply { stream, .. }
            | Self::Headers { stream, .. }
            | Self::Data { stream, .. }
            | Self::Aborted { stream, .. }
            | Self::Subresource { stream, .. } => Some(*stream),
            Self::Settings(_) | Self::Pong(_) | Self::GoAway { .. } => None,
        }
    }

    /// Whether the peer's half of the stream ends with it, so that nothing more will come but an
    /// [`Aborted`](Self::Aborted): what was received is whole.
    ///
    /// ```
    /// use spdy::{Config, Event, Session, Version};
    ///
    /// let mut client = Session::client(Version::Spdy2, Config::default());
    /// let mut server = Session::server(Version::Spdy2, Config::default());
    /// let stream = client.open([("method", "PUT")])?;
    /// client.send_data(stream, "whole", true)?;
    /// # let mut wire = client.output();
    /// let syn = server.next_event(&mut wire)?.unwrap();
    /// let data = server.next_event(&mut wire)?.unwrap();
    /// assert_eq!((syn.stream(), syn.fin()), (Some(stream), false));
    /// assert_eq!((data.stream(), data.fin()), (Some(stream), true));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn fin(&self) -> bool {
        match self {
            Self::SynStream { fin, .. }
            | Self::SynReply { fin, .. }
            | Self::Headers { fin, .. }
            | Self::Data { fin, .. } => *fin,
            _ => false,
        }
    }
}

/// Why a stream died before both sides had finished.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Abort {
    /// The peer sent FIN_STREAM, with this status.
    Peer(Status),
    /// The peer broke a rule on this stream, and was sent FIN_STREAM with this status.
    Local(Status, Fault),
    /// The peer went away and never accepted the stream: safe to send again on a new session.
    NotAccepted,
    /// The session ended under it: by an error, which [`Session::error`](crate::Session::error) tells,
    /// or because the transport did. What arrived may be incomplete.
    Teardown,
}

impl Abort {
    /// Whether the peer did nothing with the stream, so that even a request that must not be
    /// carried out twice may be sent again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::NotAccepted | Self::Peer(Status::REFUSED_STREAM))
    }
}

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(status) => write!(f, "the peer reset the stream with {status}"),
            Self::Local(status, fault) => {
                write!(f, "the stream was reset with {status}, for the peer broke a rule: {fault}")
            }
            Self::NotAccepted => f.write_str(
                "the peer went away before it accepted the stream, which is safe to retry",
            ),
            Self::Teardown => {
                f.write_str("the connection ended under the stream; what arrived may be incomplete")
            }
        }
    }
}

impl core::error::Error for Abort {}

/// Which rule a peer broke on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A frame of the stream could not be decoded.
    Decode(DecodeErrorKind),
    /// SYN_STREAM with the ID of a stream that is live.
    SecondSynStream,
    /// A second SYN_REPLY.
    SecondSynReply,
    /// SYN_REPLY from the side that opened the stream.
    ReplyFromOpener,
    /// DATA before the SYN_REPLY that must precede it.
    DataBeforeReply,
    /// A frame behind the peer's FIN.
    AfterFin,
    /// A frame on a stream on which only this side sends.
    AgainstOneWay,
    /// The peer broke the rules of flow control.
    Flow(FlowFault),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Decode(kind) => {
                fmt::Display::fmt(kind, f)?;
                let Some(Section::On(topic)) = kind.section() else { return Ok(()) };
                return write!(f, " (section on {topic})");
            }
            Self::SecondSynStream => {
                "SYN_STREAM for a stream that is open already (section on SYN_STREAM)"
            }
            Self::SecondSynReply => "a second SYN_REPLY (section on SYN_REPLY)",
            Self::ReplyFromOpener => {
                "SYN_REPLY from the side that opened the stream (section on SYN_REPLY)"
            }
            Self::DataBeforeReply => {
                "DATA before the SYN_REPLY that must precede it (section on SYN_REPLY)"
            }
            Self::AfterFin => {
                "a frame behind the FIN with which the peer ended its half (section on half-close)"
            }
            Self::Flow(fault) => return fmt::Display::fmt(fault, f),
            Self::AgainstOneWay => {
                "a frame of the peer on a stream on which only this side sends (section on \
                 unidirectional streams)"
            }
        })
    }
}

/// A rule of flow control that the peer broke, on a stream or for the session (SPDY/3 and 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlowFault {
    /// More DATA than the window allowed.
    Overrun,
    /// A window above 2^31 - 1.
    Overflow,
    /// WINDOW_UPDATE with a delta of 0.
    ZeroDelta,
    /// SETTINGS with an INITIAL_WINDOW_SIZE above 2^31 - 1.
    InitialWindow,
}

impl fmt::Display for FlowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overrun => "more DATA than the window allows (section on flow control)",
            Self::Overflow => "a window above 2^31 - 1 (section on WINDOW_UPDATE)",
            Self::ZeroDelta => "WINDOW_UPDATE with a delta of 0 (section on WINDOW_UPDATE)",
            Self::InitialWindow => "INITIAL_WINDOW_SIZE above 2^31 - 1 (section on SETTINGS)",
        })
    }
}

impl core::error::Error for FlowFault {}
