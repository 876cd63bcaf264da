//! What can be wrong with bytes and with what is to become bytes.

use core::fmt;

use super::close::CloseCode;
use super::opcode::{MAX_CONTROL, Opcode};

/// A rule of RFC 6455 that the peer broke. Every one is fatal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// One of the bits that only an extension gives a meaning (section 5.2).
    ReservedBits,
    /// An opcode that means nothing (section 5.2).
    ReservedOpcode {
        /// The number.
        opcode: u8,
    },
    /// A frame of a server with a masking key (section 5.1).
    Masked,
    /// A frame of a client without a masking key (section 5.1).
    NotMasked,
    /// A control frame that is not the whole of its message (section 5.5).
    FragmentedControl {
        /// Which one.
        opcode: Opcode,
    },
    /// A control frame above 125 bytes (section 5.5).
    ControlTooLong {
        /// Which one.
        opcode: Opcode,
    },
    /// A continuation where no message has begun (section 5.4).
    NothingToContinue,
    /// A new message inside another (section 5.4).
    InsideMessage,
    /// A length in more bytes than it needs (section 5.2).
    LengthNotShortest,
    /// A length of 64 bits with the top bit (section 5.2).
    LengthTopBit,
    /// A message above [`Limits::message`](super::Limits::message).
    MessageTooBig {
        /// The limit in bytes.
        limit: u64,
    },
    /// Text that is not UTF-8 (section 8.1).
    Utf8,
    /// The body of a Close frame with one byte, which is half a code (section 5.5.1).
    CloseLength,
    /// A code that a Close frame cannot carry (section 7.4).
    CloseCode {
        /// The code.
        code: CloseCode,
    },
    /// The input ended inside a frame, or between two frames of one message.
    EndOfInput,
}

impl Error {
    /// The code of the Close frame with which the connection is failed; after
    /// [`EndOfInput`](Self::EndOfInput), when none can be sent, [`CloseCode::ABNORMAL`].
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::MessageTooBig { .. } => CloseCode::MESSAGE_TOO_BIG,
            Self::Utf8 => CloseCode::INVALID_PAYLOAD,
            Self::EndOfInput => CloseCode::ABNORMAL,
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}

impl Error {
    /// `None` where a limit of ours was passed, or the input just ended.
    const fn section(self) -> Option<&'static str> {
        Some(match self {
            Self::Masked | Self::NotMasked => "5.1",
            Self::ReservedBits
            | Self::ReservedOpcode { .. }
            | Self::LengthNotShortest
            | Self::LengthTopBit => "5.2",
            Self::NothingToContinue | Self::InsideMessage => "5.4",
            Self::FragmentedControl { .. } | Self::ControlTooLong { .. } => "5.5",
            Self::CloseLength => "5.5.1",
            Self::CloseCode { .. } => "7.4",
            Self::Utf8 => "8.1",
            Self::MessageTooBig { .. } | Self::EndOfInput => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReservedBits => f.write_str("a frame has reserved bits"),
            Self::ReservedOpcode { opcode } => write!(f, "the opcode {opcode:#x} is reserved"),
            Self::Masked => f.write_str("a frame of the server is masked"),
            Self::NotMasked => f.write_str("a frame of the client is not masked"),
            Self::FragmentedControl { opcode } => write!(f, "a {opcode:?} frame is fragmented"),
            Self::ControlTooLong { opcode } => {
                write!(f, "a {opcode:?} frame is longer than {MAX_CONTROL} bytes")
            }
            Self::NothingToContinue => f.write_str("a continuation of no message"),
            Self::InsideMessage => f.write_str("a message begins inside another"),
            Self::LengthNotShortest => f.write_str("a length is not in its shortest form"),
            Self::LengthTopBit => f.write_str("a length of 64 bits has the top bit set"),
            Self::MessageTooBig { limit } => {
                write!(f, "a message is above the limit of {limit} bytes")
            }
            Self::Utf8 => f.write_str("a message of text is not UTF-8"),
            Self::CloseLength => f.write_str("a Close frame has half a code"),
            Self::CloseCode { code } => write!(f, "a Close frame has the code {code}"),
            Self::EndOfInput => f.write_str("the input ends inside a frame or message"),
        }?;
        self.section().map_or(Ok(()), |section| write!(f, " (RFC 6455, section {section})"))
    }
}

impl core::error::Error for Error {}

/// What cannot be written; nothing was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// More than 125 bytes for a control frame; 123 behind the code of a Close frame.
    ControlTooLong,
    /// A message, or a fragment of the other kind, while a message has not been ended.
    InsideMessage,
    /// Text that is not UTF-8.
    Utf8,
    /// A code that a Close frame cannot carry: see [`CloseCode::is_valid_on_wire`].
    CloseCode(CloseCode),
    /// A frame behind the Close frame.
    Closed,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlTooLong => {
                write!(f, "a control frame cannot be longer than {MAX_CONTROL} bytes")
            }
            Self::InsideMessage => f.write_str("the message that has begun is not ended"),
            Self::Utf8 => f.write_str("text that is not UTF-8"),
            Self::CloseCode(code) => write!(f, "a Close frame cannot have the code {code}"),
            Self::Closed => f.write_str("nothing can follow the Close frame"),
        }
    }
}

impl core::error::Error for EncodeError {}
