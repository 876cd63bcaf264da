//! What can be wrong with bytes and with what is to become bytes. The session's own errors stand
//! in [`session`](crate::session).

use core::fmt;

use crate::frame::FrameType;
use crate::id::StreamId;
use crate::version::Version;

/// How far an error reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One stream: the decoder goes on with the next frame.
    Stream,
    /// Everything: the decoder gives the same error for ever.
    Session,
}

/// Bytes that are not a valid frame.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// How far it reaches.
    pub scope: Scope,
    /// The type of the frame, if it got as far as that.
    pub frame: Option<FrameType>,
    /// The stream that the frame names, if it got as far as that; always there in stream scope.
    pub stream: Option<StreamId>,
    /// Where the frame begins: so many bytes of frames came before it in its direction. Inside a
    /// WebSocket (Speed+Mobility) its own heads do not count.
    pub offset: u64,
    /// What is spoken.
    pub version: Version,
}

impl DecodeError {
    pub(crate) const fn is_other_version(&self) -> bool {
        matches!(self.kind, DecodeErrorKind::Version { .. })
    }
}

/// What arrived, where, what is wrong with it, and by which section of which draft.
impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dialect = self.version.dialect();
        let name = self.frame.map_or("frame", |frame| dialect.frame_name(frame));
        f.write_str(name)?;
        if let Some(stream) = self.stream {
            write!(f, " of stream {stream}")?;
        }
        write!(f, " at byte {}: {}", self.offset, self.kind)?;
        if let (DecodeErrorKind::Length { .. }, Some(row)) =
            (&self.kind, self.frame.and_then(|frame| dialect.row(frame)))
        {
            write!(f, ", {}", row.length)?;
        }
        let topic = match self.kind.section() {
            Some(Section::OfFrame) => name,
            Some(Section::On(topic)) => topic,
            None => return Ok(()),
        };
        write!(f, " ({}, section on {topic})", self.version)
    }
}

impl core::error::Error for DecodeError {}

/// What is wrong with the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// A control frame of another version.
    Version {
        /// The version that the frame names.
        found: u16,
        /// The version that is spoken.
        expected: u16,
    },
    /// A control frame that Speed+Mobility took out of SPDY/3.
    Removed {
        /// The number of its type.
        number: u16,
    },
    /// A length that the type of frame cannot have.
    Length {
        /// The length field.
        found: u32,
    },
    /// A control frame above the limit.
    FrameTooLarge {
        /// The length field.
        length: u32,
        /// The limit, in the same measure.
        limit: u32,
    },
    /// The count of entries does not agree with the length of the frame.
    EntryCount {
        /// The count field.
        found: u32,
    },
    /// More entries than the limit allows.
    TooManyEntries {
        /// The most that are taken.
        limit: usize,
    },
    /// The compressed block cannot be read; the context is lost.
    Inflate(InflateError),
    /// A list above the soft limit: name, value, and 32 bytes for each name and each value.
    ListTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// More pairs in a block than the limit allows.
    TooManyNames {
        /// The most that are taken.
        limit: usize,
    },
    /// More values in a block, several of one name counted each, than the limit allows.
    TooManyValues {
        /// The most that are taken.
        limit: usize,
    },
    /// The bytes end inside a field.
    Short {
        /// The field.
        field: &'static str,
    },
    /// The block has bytes behind its last pair.
    Leftover {
        /// How many.
        bytes: usize,
    },
    /// A name twice in one block.
    DuplicateName,
    /// A name of no bytes.
    EmptyName {
        /// In which pair of the block, counted from 1.
        pair: usize,
    },
    /// A name with characters that the version does not allow.
    InvalidName {
        /// In which pair of the block, counted from 1.
        pair: usize,
    },
    /// A value of no bytes, or an empty one among several.
    EmptyValue {
        /// In which pair of the block, counted from 1.
        pair: usize,
    },
    /// A value with a control character.
    InvalidValue {
        /// In which pair of the block, counted from 1.
        pair: usize,
    },
    /// A flag of DATA that the version does not have.
    DataFlags {
        /// All flags of the frame.
        flags: u8,
        /// Bytes of its payload, which is skipped.
        length: u32,
    },
    /// The input ended inside a frame.
    EndOfInput,
}

/// Which section of a draft has the rule.
#[derive(Clone, Copy)]
pub(crate) enum Section {
    OfFrame,
    On(&'static str),
}

impl DecodeErrorKind {
    /// `None` where a limit of ours was passed, or the input just ended.
    pub(crate) const fn section(&self) -> Option<Section> {
        match self {
            Self::Version { .. } | Self::Removed { .. } => Some(Section::On("control frames")),
            Self::Length { .. } | Self::EntryCount { .. } | Self::Short { .. } => {
                Some(Section::OfFrame)
            }
            Self::Inflate(InflateError::TooMuchOutput { .. })
            | Self::FrameTooLarge { .. }
            | Self::TooManyEntries { .. }
            | Self::ListTooLarge { .. }
            | Self::TooManyNames { .. }
            | Self::TooManyValues { .. }
            | Self::EndOfInput => None,
            Self::Inflate(_) => Some(Section::On("header compression")),
            Self::Leftover { .. }
            | Self::DuplicateName
            | Self::EmptyName { .. }
            | Self::InvalidName { .. }
            | Self::EmptyValue { .. }
            | Self::InvalidValue { .. } => Some(Section::On("name/value blocks")),
            Self::DataFlags { .. } => Some(Section::On("data frames")),
        }
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { found, expected } => {
                write!(f, "a control frame of version {found}, where {expected} is spoken")
            }
            Self::Removed { number } => {
                write!(f, "a control frame of type {number}, which Speed+Mobility took out")
            }
            Self::Length { found } => write!(f, "a length of {found} is not possible"),
            Self::FrameTooLarge { length, limit } => {
                write!(f, "a length of {length} is above the limit of {limit}")?;
                f.write_str(" (`Limits::control_frame`)")
            }
            Self::EntryCount { found } => {
                write!(f, "the count of {found} entries does not agree with the length")
            }
            Self::TooManyEntries { limit } => {
                write!(f, "more entries than the limit of {limit}")
            }
            Self::Inflate(error) => write!(f, "the header block {error}"),
            Self::ListTooLarge { limit } => {
                write!(f, "a header list above the limit of {limit} bytes (`Limits::header_list`)")
            }
            Self::TooManyNames { limit } => {
                write!(f, "more names than the limit of {limit} (`Limits::names`)")
            }
            Self::TooManyValues { limit } => {
                write!(f, "more values than the limit of {limit} (`Limits::values`)")
            }
            Self::Short { field } => write!(f, "it ends inside the {field}"),
            Self::Leftover { bytes } => {
                write!(f, "the header block has {bytes} bytes behind its last pair")
            }
            Self::DuplicateName => f.write_str("a name is there twice in its header block"),
            Self::EmptyName { pair } => write!(f, "the name of header {pair} is empty"),
            Self::InvalidName { pair } => {
                write!(f, "the name of header {pair} has characters that are not allowed")
            }
            Self::EmptyValue { pair } => {
                write!(f, "the value of header {pair} is empty, or one of its values")
            }
            Self::InvalidValue { pair } => {
                write!(f, "the value of header {pair} has a control character")
            }
            Self::DataFlags { flags, .. } => {
                write!(f, "the flags {flags:#04x} are not all defined")
            }
            Self::EndOfInput => f.write_str("the input ends inside a frame"),
        }
    }
}

/// Why a compressed block cannot be read. Every one loses the context, and so the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InflateError {
    /// The zlib header of the direction's first block is not valid (RFC 1950).
    Header,
    /// The first block names no dictionary.
    NoDictionary,
    /// The first block names another dictionary.
    WrongDictionary {
        /// Its Adler-32.
        id: u32,
    },
    /// Not a deflate stream.
    Corrupt,
    /// The deflate stream says that it ends; it must last as long as the session.
    StreamEnded,
    /// The block does not end at a flushed boundary.
    NotFlushed,
    /// More bytes than the hard limit.
    TooMuchOutput {
        /// The limit in bytes.
        limit: usize,
    },
}

impl fmt::Display for InflateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => {
                f.write_str("does not begin with a zlib header (RFC 1950, section 2.2)")
            }
            Self::NoDictionary => f.write_str("names no dictionary in its zlib header"),
            Self::WrongDictionary { id } => {
                write!(f, "names another dictionary, {id:#010x}, than that of the version")
            }
            Self::Corrupt => f.write_str("is no deflate stream (RFC 1951)"),
            Self::StreamEnded => {
                f.write_str("ends its deflate stream, which lasts as long as the session")
            }
            Self::NotFlushed => f.write_str("does not end flushed, on a byte"),
            Self::TooMuchOutput { limit } => {
                write!(f, "inflates to more than {limit} bytes (`Limits::inflated_block`)")
            }
        }
    }
}

impl core::error::Error for InflateError {}

/// A frame that cannot be written; nothing was, and the compression context is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The version has no such frame.
    NoSuchFrame(FrameType),
    /// The version has no such field or flag.
    NoSuchField(&'static str),
    /// The header list is not one that the version can send.
    Headers(HeaderError),
    /// DATA above 2^24 - 1 bytes, or a piece of a frame whose rest is still to come.
    DataLength,
    /// FIN_STREAM with status 0.
    StatusZero,
    /// An entry of HELLO (SETTINGS) twice, more of them than the count holds, or one whose ID or
    /// flags the version cannot write.
    Settings,
    /// WINDOW_UPDATE with a delta of 0 or above 2^31 - 1.
    Delta,
    /// CREDENTIAL with slot 0, or larger than a frame.
    Credential,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchFrame(frame) => write!(f, "the version has no {frame:?}"),
            Self::NoSuchField(field) => write!(f, "the version has no {field}"),
            Self::Headers(error) => fmt::Display::fmt(error, f),
            Self::DataLength => f.write_str("not a whole DATA frame of at most 2^24 - 1 bytes"),
            Self::StatusZero => f.write_str("FIN_STREAM with status 0"),
            Self::Settings => {
                f.write_str("settings that the version cannot write: an ID twice, or one too many")
            }
            Self::Delta => f.write_str("WINDOW_UPDATE with a delta of 0 or above 2^31 - 1"),
            Self::Credential => f.write_str("CREDENTIAL without a slot, or larger than a frame"),
        }
    }
}

impl core::error::Error for EncodeError {}

impl From<HeaderError> for EncodeError {
    fn from(error: HeaderError) -> Self {
        Self::Headers(error)
    }
}

/// A header list that a version cannot send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderError {
    /// A name of no bytes.
    EmptyName,
    /// A name with a control character, and from SPDY/2 on any other than visible ASCII.
    InvalidName,
    /// A value of no bytes (legal from SPDY/3 on), or an empty one among several.
    EmptyValue,
    /// A value with a control character other than a tab (legal in Draft 1).
    InvalidValue,
    /// A name or value longer than its length field holds.
    TooLong {
        /// The most bytes that fit.
        limit: usize,
    },
    /// More names than the count holds.
    TooMany {
        /// The most that fit.
        limit: usize,
    },
    /// A block above the limit for what is sent.
    BlockTooLarge {
        /// The limit in bytes, before compression.
        limit: usize,
    },
    /// A name that the call needs is missing.
    Missing(&'static str),
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyName => f.write_str("a header name is empty"),
            Self::InvalidName => f.write_str("a header name has characters that are not allowed"),
            Self::EmptyValue => f.write_str("a header value is empty"),
            Self::InvalidValue => f.write_str("a header value has a control character"),
            Self::TooLong { limit } => {
                write!(f, "a header name or value is longer than {limit} bytes")
            }
            Self::TooMany { limit } => write!(f, "there are more than {limit} headers"),
            Self::BlockTooLarge { limit } => write!(f, "the header block is above {limit} bytes"),
            Self::Missing(name) => write!(f, "the header `{name}` is missing"),
        }
    }
}

impl core::error::Error for HeaderError {}
