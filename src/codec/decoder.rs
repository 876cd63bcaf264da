//! Splits the input into frames: any split of the bytes gives the same frames.

use alloc::vec::Vec;
use core::fmt;

use bytes::{Buf, Bytes};

use super::block::{BlockDecoder, CountForm, HeaderBytes};
use super::judge::{Verdict, judge};
use super::limits::Limits;
use super::parse;
use crate::dialect::{Dialect, FrameRow, OtherVersion};
use crate::error::{DecodeError, DecodeErrorKind, Scope};
use crate::frame::{Data, FLAG_FIN, Frame, FrameType, Head, WindowUpdate};
use crate::id::{PingId, StreamId};
use crate::version::Version;

/// The largest piece in which DATA is delivered: it bounds what a copy may allocate.
const MAX_PIECE: usize = 64 * 1024;

/// Turns the bytes of one direction into frames.
///
/// Keeps the 8 bytes of a head, at most one control frame ([`Limits::control_frame`]) and the
/// compression context, never DATA. It judges frames one by one: whether a stream is open, or
/// whose its ID is, is for a [`Session`](crate::Session) to know.
///
/// ```
/// use bytes::BytesMut;
/// use spdy::codec::{Decoder, Limits};
/// use spdy::{Scope, Version};
///
/// let mut decoder = Decoder::new(Version::Spdy3_1, Limits::default());
/// let mut input = BytesMut::new();
/// let mut lines = Vec::new();
/// // Two reads: a DATA frame of five bytes, cut behind the second one.
/// for read in [&b"\0\0\0\x01\x01\0\0\x05he"[..], b"llo"] {
///     input.extend_from_slice(read);
///     loop {
///         match decoder.decode(&mut input) {
///             Ok(Some(frame)) => lines.push(frame.display(Version::Spdy3_1).to_string()),
///             Ok(None) => break, // read more
///             Err(error) if error.scope == Scope::Stream => eprintln!("{error}"), // and go on
///             Err(error) => return Err(error.into()),
///         }
///     }
/// }
/// decoder.finish()?; // the input did not end inside a frame
/// assert_eq!(lines, ["DATA stream=1 length=2 remaining=3", "DATA stream=1 fin length=3"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Decoder {
    version: Version,
    limits: Limits,
    state: State,
    /// The length field of the frame that was begun last, and the bytes of this direction up to its end.
    length: u32,
    end: u64,
    blocks: BlockDecoder,
}

/// Where in a frame the input stands.
#[derive(Debug)]
enum State {
    Head {
        bytes: [u8; Head::LEN],
        filled: usize,
    },
    Control {
        row: &'static FrameRow,
        flags: u8,
        length: usize,
        payload: Vec<u8>,
    },
    Data {
        stream: StreamId,
        fin: bool,
        left: u32,
    },
    Skip {
        left: u32,
    },
    /// A SYN_STREAM of another version: nothing is read of it but the stream that it names.
    OtherSyn {
        version: u16,
        id: [u8; 4],
        filled: usize,
        left: u32,
    },
    Failed(DecodeError),
}

/// What the short way finds.
pub(crate) enum Short {
    Data(Data),
    WindowUpdate(WindowUpdate),
    Ping(PingId),
    /// Nothing is whole yet: all of the input was kept.
    Kept,
    /// It says nothing: the long way takes everything.
    Unknown,
}

impl State {
    const START: Self = Self::Head { bytes: [0; Head::LEN], filled: 0 };

    const fn skip(length: u32) -> Self {
        match length {
            0 => Self::START,
            left => Self::Skip { left },
        }
    }
}

impl Decoder {
    /// A decoder at the start of one direction of a connection; the other direction needs its own.
    #[must_use]
    pub fn new(version: Version, limits: Limits) -> Self {
        let dialect = version.dialect();
        let (state, blocks) = (State::START, BlockDecoder::new(dialect));
        Self { version, limits, state, length: 0, end: 0, blocks }
    }

    /// Takes bytes off the input until there is a frame (or a piece of DATA) to return.
    ///
    /// `Ok(None)` means that the input is used up: what it held of an unfinished frame is kept here,
    /// so give only what is new. DATA comes in the pieces in which it arrives, each of which says how
    /// much [`remaining`](Data::remaining) is to come. A piece is a slice of the input where that is
    /// `Bytes` or `BytesMut`, and a copy otherwise.
    ///
    /// # Errors
    ///
    /// An error of [`Scope::Stream`] costs one frame: the next call goes on behind it. An error of
    /// [`Scope::Session`] is final: no more input is consumed and every call returns it again.
    pub fn decode(&mut self, input: &mut impl Buf) -> Result<Option<Frame>, DecodeError> {
        loop {
            match self.decode_short(input) {
                Short::Data(data) => return Ok(Some(Frame::Data(data))),
                Short::WindowUpdate(update) => return Ok(Some(Frame::WindowUpdate(update))),
                Short::Ping(id) => return Ok(Some(Frame::Ping(id))),
                Short::Kept => return Ok(None),
                Short::Unknown => {}
            }
            match &self.state {
                State::Failed(error) => return Err(error.clone()),
                _ if !input.has_remaining() => return Ok(None),
                &State::Data { stream, fin, left } => {
                    let data = self.data(stream, fin, left, 0, input);
                    return Ok(data.map(Frame::Data));
                }
                &State::Skip { left } => {
                    let len = as_usize(left).min(input.remaining());
                    input.advance(len);
                    self.state = State::skip(left.saturating_sub(as_u32(len)));
                }
                State::Head { .. } | State::Control { .. } | State::OtherSyn { .. } => {
                    let (used, result) = self.push(input.chunk());
                    input.advance(used);
                    match result {
                        Ok(None) => {}
                        Ok(frame) => return Ok(frame),
                        Err(error) => return Err(self.fail(error)),
                    }
                }
            }
        }
    }

    /// The short way of what comes most: DATA whose head is there whole and is not refused, control
    /// frames of a few bytes that are there whole, and input that completes nothing.
    #[inline]
    pub(crate) fn decode_short(&mut self, input: &mut impl Buf) -> Short {
        let chunk = input.chunk();
        let Some((bytes, payload)) = chunk.split_first_chunk().filter(|_| self.is_between_frames())
        else {
            return if self.keep(input) { Short::Kept } else { Short::Unknown };
        };
        if let Head::Data { stream, flags, length } = Head::parse(*bytes) {
            if flags & self.dialect().data_flags_refused != 0 {
                return Short::Unknown;
            }
            self.begin(length);
            let data = self.data(stream, flags & FLAG_FIN != 0, length, Head::LEN, input);
            return data.map_or(Short::Kept, Short::Data);
        }
        let Some((short, len)) = self.short_control(*bytes, payload) else {
            return Short::Unknown;
        };
        self.begin(len);
        input.advance(Head::LEN + as_usize(len));
        short
    }

    /// A control frame that comes often and takes little work, and how long its payload is.
    #[inline]
    fn short_control(&self, head: [u8; Head::LEN], payload: &[u8]) -> Option<(Short, u32)> {
        let word = |at: usize| payload.get(at..)?.first_chunk().copied().map(u32::from_be_bytes);
        let heads = &self.dialect().heads;
        if head == heads.ping {
            return Some((Short::Ping(PingId::new(word(0)?)), 4));
        }
        if head == heads.window_update {
            let (stream, delta) = (StreamId::new(word(0)?), word(4)? & 0x7FFF_FFFF);
            return Some((Short::WindowUpdate(WindowUpdate { stream, delta }), 8));
        }
        None
    }

    /// Keeps all of the input, up to the last byte that a head or a control frame lacks, where that
    /// takes no more than a copy.
    fn keep(&mut self, input: &mut impl Buf) -> bool {
        let chunk = input.chunk();
        let len = chunk.len();
        match &mut self.state {
            State::Control { length, payload, .. } => {
                let is_part = len < length.saturating_sub(payload.len());
                if !is_part || len > payload.capacity() - payload.len() {
                    return false;
                }
                payload.extend_from_slice(chunk);
            }
            State::Head { bytes, filled } => {
                let Some(slots) = bytes.get_mut(*filled..) else { return false };
                if len >= slots.len() {
                    return false;
                }
                slots.iter_mut().zip(chunk).for_each(|(slot, byte)| *slot = *byte);
                *filled += len;
            }
            _ => return false,
        }
        input.advance(len);
        !input.has_remaining()
    }

    /// The head of a frame with a payload of so many bytes has come.
    #[inline]
    fn begin(&mut self, length: u32) {
        self.length = length;
        self.end = self.end.wrapping_add(Head::LEN as u64 + u64::from(length));
    }

    /// Where that frame begins.
    const fn offset(&self) -> u64 {
        self.end.saturating_sub(Head::LEN as u64 + self.length as u64)
    }

    /// A piece of a DATA frame of which so many bytes are to come, behind a head that is not taken yet.
    /// A frame without payload is whole already; any other waits for its first bytes.
    #[inline]
    fn data(
        &mut self,
        stream: StreamId,
        fin: bool,
        left: u32,
        head: usize,
        input: &mut impl Buf,
    ) -> Option<Data> {
        let len = as_usize(left).min(input.remaining().saturating_sub(head)).min(MAX_PIECE);
        let remaining = left.saturating_sub(as_u32(len));
        if remaining > 0 {
            self.state = State::Data { stream, fin, left: remaining };
        } else if !self.is_between_frames() {
            self.state = State::START;
        }
        if len == 0 {
            input.advance(head);
            let empty = Data { stream, fin, payload: Bytes::new(), remaining };
            return (left == 0).then_some(empty);
        }
        // Both at once: most buffers part with bytes at the same cost, however many.
        let mut payload = input.copy_to_bytes(head + len);
        payload.advance(head);
        Some(Data { stream, fin: fin && remaining == 0, payload, remaining })
    }

    /// Whether the input may end here.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::EndOfInput`] inside a frame; after a session error that error.
    pub fn finish(&self) -> Result<(), DecodeError> {
        let frame = match &self.state {
            State::Failed(error) => return Err(error.clone()),
            State::Head { filled: 0, .. } => return Ok(()),
            State::Control { row, .. } => Some(row.frame_type),
            State::Data { .. } => Some(FrameType::Data),
            State::OtherSyn { .. } => Some(FrameType::SynStream),
            State::Head { .. } | State::Skip { .. } => None,
        };
        let error = self.error(DecodeErrorKind::EndOfInput, frame);
        let is_in_head = matches!(self.state, State::Head { .. });
        Err(DecodeError { offset: if is_in_head { self.end } else { error.offset }, ..error })
    }

    /// Whether the next byte begins a frame.
    pub(crate) const fn is_between_frames(&self) -> bool {
        matches!(self.state, State::Head { filled: 0, .. })
    }

    /// Whether it keeps what comes, up to the last byte of a head or a control frame.
    pub(crate) const fn keeps(&self) -> bool {
        matches!(self.state, State::Head { .. } | State::Control { .. })
    }

    /// How many bytes are to come of the frame, or of its head as long as nothing else is known.
    pub(crate) fn wanted(&self) -> usize {
        match &self.state {
            State::Head { filled, .. } => Head::LEN.saturating_sub(*filled),
            State::Control { length, payload, .. } => length.saturating_sub(payload.len()),
            State::Data { left, .. } | State::Skip { left } => as_usize(*left),
            State::OtherSyn { id, filled, left, .. } => {
                as_usize(*left).saturating_add(id.len().saturating_sub(*filled))
            }
            State::Failed(_) => usize::MAX,
        }
    }

    /// The form of the count that the peer's first header block had; see [`CountForm`].
    #[must_use]
    pub const fn count_form(&self) -> Option<CountForm> {
        self.blocks.form()
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    const fn dialect(&self) -> &'static Dialect {
        self.blocks.dialect()
    }

    pub(crate) const fn header_bytes(&self) -> HeaderBytes {
        self.blocks.header_bytes()
    }

    /// An error that is seen before the frame has named its stream.
    fn error(&self, kind: DecodeErrorKind, frame: Option<FrameType>) -> DecodeError {
        let (version, offset) = (self.version, self.offset());
        DecodeError { kind, scope: Scope::Session, frame, stream: None, offset, version }
    }

    fn fail(&mut self, error: DecodeError) -> DecodeError {
        if error.scope == Scope::Session {
            self.state = State::Failed(error.clone());
        }
        error
    }

    /// Takes what it can use of a chunk that is not empty.
    fn push(&mut self, chunk: &[u8]) -> (usize, Result<Option<Frame>, DecodeError>) {
        match &mut self.state {
            State::Head { bytes, filled } => {
                let (used, head) = match chunk.first_chunk() {
                    Some(head) if *filled == 0 => (Head::LEN, *head),
                    _ => {
                        let used = fill(bytes, filled, chunk);
                        if *filled < Head::LEN {
                            return (used, Ok(None));
                        }
                        (used, *bytes)
                    }
                };
                let head = Head::parse(head);
                self.begin(head.length());
                let (row, flags, length) = match judge(head, self.dialect(), &self.limits) {
                    Ok(Verdict::Control { row, flags, length }) => (row, flags, as_usize(length)),
                    Ok(verdict) => return (used, self.on_verdict(verdict)),
                    Err((kind, frame)) => return (used, Err(self.error(kind, frame))),
                };
                let rest = chunk.get(used..).unwrap_or_default();
                if let Some((payload, _)) = rest.split_at_checked(length) {
                    self.state = State::START;
                    return (used + length, self.on_control(row, flags, payload));
                }
                self.state = State::Control { row, flags, length, payload: Vec::new() };
                (used, Ok(None))
            }
            State::Control { row, flags, length, payload } => {
                let (row, flags, length) = (*row, *flags, *length);
                let missing = length.saturating_sub(payload.len());
                if let Some((rest, _)) = chunk.split_at_checked(missing) {
                    let buffered = core::mem::take(payload);
                    self.state = State::START;
                    let result = if buffered.is_empty() {
                        self.on_control(row, flags, rest)
                    } else {
                        let mut whole = buffered;
                        whole.reserve_exact(rest.len());
                        whole.extend_from_slice(rest);
                        self.on_control(row, flags, &whole)
                    };
                    return (missing, result);
                }
                // Doubles with what has arrived, never beyond the frame.
                if payload.capacity() - payload.len() < chunk.len() {
                    let grown = payload.len().max(chunk.len()).max(256);
                    payload.reserve_exact(grown.min(missing));
                }
                payload.extend_from_slice(chunk);
                (chunk.len(), Ok(None))
            }
            State::OtherSyn { version, id, filled, left } => {
                let used = fill(id, filled, chunk);
                if *filled < id.len() {
                    return (used, Ok(None));
                }
                let (found, stream) = (*version, StreamId::new(u32::from_be_bytes(*id)));
                self.state = State::skip(*left);
                let expected = self.dialect().wire_version;
                let scope = match self.dialect().other_version {
                    OtherVersion::CostsStream => Scope::Stream,
                    OtherVersion::Fatal | OtherVersion::FatalWithBlock => Scope::Session,
                };
                let kind = DecodeErrorKind::Version { found, expected };
                let error = self.error(kind, Some(FrameType::SynStream));
                (used, Err(DecodeError { scope, stream: Some(stream), ..error }))
            }
            State::Data { .. } | State::Skip { .. } | State::Failed(_) => (0, Ok(None)),
        }
    }

    /// A head behind which no payload is kept.
    fn on_verdict(&mut self, verdict: Verdict) -> Result<Option<Frame>, DecodeError> {
        let (state, result) = match verdict {
            Verdict::Data { stream, fin, length } => {
                self.state = State::START;
                return Ok(self.data(stream, fin, length, 0, &mut &[][..]).map(Frame::Data));
            }
            Verdict::RefusedData { stream, flags, length } => {
                let kind = DecodeErrorKind::DataFlags { flags, length };
                let error = self.error(kind, Some(FrameType::Data));
                let error = DecodeError { scope: Scope::Stream, stream: Some(stream), ..error };
                (State::skip(length), Err(error))
            }
            Verdict::Noop { length } => (State::skip(length), Ok(Some(Frame::Noop))),
            Verdict::Unknown(unknown) => {
                (State::skip(unknown.length), Ok(Some(Frame::Unknown(unknown))))
            }
            Verdict::OtherSyn { version, left } => {
                (State::OtherSyn { version, id: [0; 4], filled: 0, left }, Ok(None))
            }
            Verdict::Control { .. } => return Ok(None), // Its payload is kept.
        };
        self.state = state;
        result
    }

    fn on_control(
        &mut self,
        row: &FrameRow,
        flags: u8,
        payload: &[u8],
    ) -> Result<Option<Frame>, DecodeError> {
        let frame = parse::control(row, flags, payload, &mut self.blocks, &self.limits);
        frame.map(Some).map_err(|(scope, kind, stream)| {
            let error = self.error(kind, Some(row.frame_type));
            DecodeError { scope, stream, ..error }
        })
    }
}

/// What was decided at the start, and where the input stands: what is kept of headers may be secret.
impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut decoder = f.debug_struct("Decoder");
        decoder.field("version", &self.version).field("limits", &self.limits);
        decoder.field("offset", &self.offset()).field("wanted", &self.wanted());
        decoder.finish_non_exhaustive()
    }
}

/// Puts what fits of a chunk behind what is there; returns how much that was.
fn fill<const N: usize>(bytes: &mut [u8; N], filled: &mut usize, chunk: &[u8]) -> usize {
    let missing = bytes.iter_mut().skip(*filled);
    let used = missing.zip(chunk).map(|(slot, byte)| *slot = *byte).count();
    *filled += used;
    used
}

/// A length of the wire; 16-bit targets, where it may not fit, see a frame that never ends.
fn as_usize(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

fn as_u32(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
