//! Collects the head of a request or a response.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use bytes::Buf;
use httparse::{EMPTY_HEADER, Header};

use crate::headers::Headers;

/// The most fields that a head may have; the limit of its bytes alone would allow thousands.
const MAX_FIELDS: usize = 100;

/// What is wrong with a head, whichever end sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeadError {
    /// Not HTTP/1.1; where that shows.
    Malformed(&'static str),
    /// No empty line within [`Limits::handshake`](crate::websocket::Limits::handshake).
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Too many fields.
    TooManyFields {
        /// The most that are taken.
        limit: usize,
    },
    /// A field that may be there once is there several times.
    Repeated(&'static str),
    /// A field whose value is not what the field can hold.
    Invalid(&'static str),
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(part) => write!(f, "malformed HTTP/1.1: {part}"),
            Self::TooLarge { limit } => write!(f, "the head is above {limit} bytes"),
            Self::TooManyFields { limit } => write!(f, "more than {limit} header fields"),
            Self::Repeated(name) => write!(f, "the header field {name} is there several times"),
            Self::Invalid(name) => write!(f, "the header field {name} is not valid"),
        }
    }
}

impl core::error::Error for HeadError {}

impl From<httparse::Error> for HeadError {
    fn from(error: httparse::Error) -> Self {
        Self::Malformed(match error {
            httparse::Error::HeaderName => "the name of a header field",
            httparse::Error::HeaderValue => "the value of a header field",
            httparse::Error::NewLine => "the end of a line",
            httparse::Error::Status => "the status",
            httparse::Error::Token => "the method or the target",
            httparse::Error::Version => "the version",
            httparse::Error::TooManyHeaders => return Self::TooManyFields { limit: MAX_FIELDS },
        })
    }
}

/// How far one end is: it reads a head, judges it, and that was it.
#[derive(Debug)]
pub(super) enum Progress<E> {
    Reading(Head),
    Done,
    Failed(E),
}

impl<E: Clone + From<HeadError>> Progress<E> {
    pub(super) const fn new(limit: usize) -> Self {
        Self::Reading(Head::new(limit))
    }

    /// Takes bytes off the input until the head is whole; once it has been judged, none.
    pub(super) fn read<T>(
        &mut self,
        input: &mut impl Buf,
        judge: impl FnOnce(&Head) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let result = match self {
            Self::Failed(error) => return Err(error.clone()),
            Self::Done => return Ok(None),
            Self::Reading(head) => match head.take(input) {
                Ok(false) => return Ok(None),
                Ok(true) => judge(head),
                Err(error) => Err(error.into()),
            },
        };
        *self = match &result {
            Ok(_) => Self::Done,
            Err(error) => Self::Failed(error.clone()),
        };
        result.map(Some)
    }
}

/// The bytes of a head so far. Each is looked at once: the head is parsed when it is whole.
pub(super) struct Head {
    bytes: Vec<u8>,
    limit: usize,
    line: Line,
}

/// How much has come: what stands there may be secret.
impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = &mut f.debug_struct("Head");
        head.field("bytes", &self.bytes.len()).field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// What the present line has.
#[derive(Clone, Copy, Debug)]
enum Line {
    Nothing,
    Return,
    Text,
}

impl Head {
    const fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, line: Line::Text }
    }

    /// Takes the bytes up to the empty line that ends the head, itself included; says whether it has
    /// come.
    fn take(&mut self, input: &mut impl Buf) -> Result<bool, HeadError> {
        while input.has_remaining() {
            let room = self.limit.saturating_sub(self.bytes.len());
            let chunk = input.chunk();
            let chunk = chunk.get(..room).unwrap_or(chunk);
            if chunk.is_empty() {
                return Err(HeadError::TooLarge { limit: self.limit });
            }
            let end = self.find_end(chunk);
            let taken = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
            self.bytes.extend_from_slice(taken);
            input.advance(taken.len());
            if end.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How many of the next bytes still belong to the head, if it ends there.
    fn find_end(&mut self, chunk: &[u8]) -> Option<usize> {
        let last = chunk.iter().position(|byte| {
            self.line = match (self.line, byte) {
                (Line::Nothing | Line::Return, b'\n') => return true,
                (Line::Text, b'\n') => Line::Nothing,
                (Line::Nothing, b'\r') => Line::Return,
                _ => Line::Text,
            };
            false
        });
        last.map(|last| last + 1)
    }

    /// The whole head as one of a request.
    pub(super) fn request(&self) -> Result<RequestHead, HeadError> {
        let mut fields = [EMPTY_HEADER; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        self.is_all(request.parse(&self.bytes)?)?;
        Ok(RequestHead {
            is_get: request.method == Some("GET"),
            target: request.path.unwrap_or_default().into(),
            is_http_1_1: request.version == Some(1),
            headers: headers(request.headers),
        })
    }

    /// The whole head as one of a response.
    pub(super) fn response(&self) -> Result<ResponseHead, HeadError> {
        let mut fields = [EMPTY_HEADER; MAX_FIELDS];
        let mut response = httparse::Response::new(&mut fields);
        self.is_all(response.parse(&self.bytes)?)?;
        Ok(ResponseHead {
            status: response.code.unwrap_or_default(),
            is_http_1_1: response.version == Some(1),
            headers: headers(response.headers),
        })
    }

    /// Parser and search must see the same end, or one of the two sees a request that is not there.
    fn is_all(&self, parsed: httparse::Status<usize>) -> Result<(), HeadError> {
        match parsed {
            httparse::Status::Complete(len) if len == self.bytes.len() => Ok(()),
            _ => Err(HeadError::Malformed("the first line")),
        }
    }
}

fn headers(fields: &[Header<'_>]) -> Headers {
    fields.iter().map(|field| (field.name, field.value)).collect()
}

/// What a client asks.
#[derive(Debug)]
pub(super) struct RequestHead {
    pub(super) is_get: bool,
    pub(super) target: String,
    pub(super) is_http_1_1: bool,
    pub(super) headers: Headers,
}

/// What a server answers.
#[derive(Debug)]
pub(super) struct ResponseHead {
    pub(super) status: u16,
    pub(super) is_http_1_1: bool,
    pub(super) headers: Headers,
}
