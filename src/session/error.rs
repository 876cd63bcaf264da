//! What ends a session, and what makes a call refused.

use core::fmt;

use super::event::{Fault, FlowFault};
use crate::error::{DecodeError, HeaderError};
use crate::id::StreamId;

/// Why a session ended: the peer broke a rule that nothing can mend.
///
/// Sticky: the session returns it for ever. A GOAWAY stands in the output; write it and close the
/// transport.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The bytes cannot be decoded.
    Decode(DecodeError),
    /// A frame names stream 0, or opens a stream whose ID has the wrong parity or is not above
    /// every earlier one.
    StreamId(StreamId),
    /// A fault on a stream for which the version ends the session.
    Stream {
        /// The stream.
        stream: StreamId,
        /// The rule that the peer broke.
        fault: Fault,
    },
    /// The peer broke the rules of flow control for the whole session.
    Flow(FlowFault),
    /// The peer broke a rule of WebSocket.
    WebSocket(crate::websocket::Error),
    /// A message that is not one frame (Speed+Mobility).
    Message(MessageFault),
    /// Speed+Mobility runs inside a WebSocket, and the session was made without: see
    /// [`Session::client_over_websocket`](crate::Session::client_over_websocket).
    NoWebSocket,
    /// The peer makes us answer and does not read the answers.
    TooManyReplies,
    /// The peer opens streams only to reset them, or to have them reset.
    TooManyResets,
    /// The peer sends one empty DATA frame after the other.
    TooManyEmptyFrames,
}

/// What the peer did, and that the session is over by it.
impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the session is over: ")?;
        match self {
            Self::Decode(error) => fmt::Display::fmt(error, f),
            Self::StreamId(StreamId::ZERO) => f.write_str("a frame names stream 0, which is none"),
            Self::StreamId(stream) => write!(
                f,
                "SYN_STREAM with stream-ID {stream}, which is the other side's or not above all before"
            ),
            Self::Stream { stream, fault } => write!(f, "on stream {stream}, {fault}"),
            Self::Flow(fault) => write!(f, "for all streams together, {fault}"),
            Self::WebSocket(error) => write!(f, "WebSocket: {error}"),
            Self::Message(fault) => fmt::Display::fmt(fault, f),
            Self::NoWebSocket => f.write_str("Speed+Mobility runs inside a WebSocket only"),
            Self::TooManyReplies => f.write_str(
                "the peer does not read the answers that it asks for (`Config::max_replies`)",
            ),
            Self::TooManyResets => {
                f.write_str("the peer opens streams only to have them reset (`Config::max_resets`)")
            }
            Self::TooManyEmptyFrames => {
                f.write_str("too many empty DATA frames in a row (`Config::max_empty_frames`)")
            }
        }
    }
}

impl core::error::Error for SessionError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Decode(error) => Some(error),
            _ => None,
        }
    }
}

/// A message of a WebSocket that is not one frame (Speed+Mobility).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageFault {
    /// A message of text.
    Text,
    /// A message of no bytes.
    Empty,
    /// It ends inside its frame.
    TooShort,
    /// It goes on behind its frame.
    TooLong,
}

impl fmt::Display for MessageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a message of text, which holds no frame",
            Self::Empty => "an empty message, which holds no frame",
            Self::TooShort => "a message that ends inside its frame",
            Self::TooLong => "a message that goes on behind its frame",
        })
    }
}

impl core::error::Error for MessageFault {}

/// Why a call was refused; nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The session is over: an error, the end of the input, or [`close`](crate::Session::close).
    SessionOver,
    /// A GOAWAY was sent or received: no stream can be opened any more.
    GoAway,
    /// The peer's limit on concurrent streams is reached: try again when one has ended.
    TooManyStreams,
    /// All 31-bit IDs of this side were used: open a new session.
    IdsExhausted,
    /// The stream was never opened.
    NeverOpened,
    /// The stream has ended; its last event may still be waiting to be read.
    StreamOver,
    /// We have finished the stream already.
    AfterFin,
    /// The stream is one on which only the peer sends.
    AgainstOneWay,
    /// A responder must reply before it sends data, and before it pushes for the stream.
    NotReplied,
    /// The stream has its reply.
    SecondReply,
    /// A stream is replied to by the side that did not open it.
    ReplyFromOpener,
    /// The header list is not one that the version can send.
    Headers(HeaderError),
    /// The status may not be sent: 0, or REFUSED_STREAM after the stream was accepted.
    Status,
    /// 64 PINGs are unanswered.
    TooManyPings,
    /// HELLO can only be the first frame.
    NotFirst,
    /// A setting twice, more of them than a peer would take, one that the version cannot write, or
    /// one that this side must not send.
    Settings,
    /// The client did not let the server push for this request, or not such a stream
    /// (Speed+Mobility).
    PushNotAllowed,
    /// The version has no such thing.
    NotInVersion,
    /// The window would pass 2^31 - 1.
    Window,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SessionOver => "the session is over, and sends nothing more",
            Self::GoAway => "no stream can be opened after GOAWAY: use a new session",
            Self::TooManyStreams => {
                "the peer's limit on concurrent streams is reached: try again when one has ended"
            }
            Self::IdsExhausted => "all stream-IDs of this side were used: use a new session",
            Self::NeverOpened => "the stream was never opened",
            Self::StreamOver => "the stream has ended",
            Self::AfterFin => "our half of the stream was ended with FIN",
            Self::AgainstOneWay => "only the peer sends on this stream",
            Self::NotReplied => "the stream has no reply yet, which must go first",
            Self::SecondReply => "the stream has its reply already",
            Self::ReplyFromOpener => "the stream was opened by us: the peer replies",
            Self::Headers(error) => return fmt::Display::fmt(error, f),
            Self::Status => "a status of 0, or REFUSED_STREAM for a stream that was accepted",
            Self::TooManyPings => "64 PINGs are unanswered already",
            Self::NotFirst => "HELLO must be the first frame, and something was sent before",
            Self::Settings => {
                "an ID twice, too many entries, or one that this side or this version cannot send"
            }
            Self::PushNotAllowed => "the client did not give leave to push for this request",
            Self::NotInVersion => "the version that is spoken has no such thing",
            Self::Window => "the session's window would pass 2^31 - 1",
        })
    }
}

impl core::error::Error for SendError {}

impl From<HeaderError> for SendError {
    fn from(error: HeaderError) -> Self {
        Self::Headers(error)
    }
}
