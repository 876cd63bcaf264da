//! Frames as the messages of a WebSocket.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use bytes::{Buf, Bytes};

use super::{ReceiveError, Received};
use crate::codec::Decoder;
use crate::error::{DecodeErrorKind, InflateError};
use crate::frame::Frame;
use crate::id::Role;
use crate::session::error::{MessageFault, SessionError};
use crate::status::GoAwayStatus;
use crate::websocket::{self, Close, CloseCode, Data, Head, Kind, Limits, Mask, Opcode};

/// Of a head or a control frame no more than this is unmasked without a buffer of its own.
const FEW: usize = 32;

/// Takes messages apart: one frame each.
#[derive(Debug)]
pub(in crate::session) struct Reader {
    decoder: websocket::Decoder,
    /// What has arrived of the present message and was not decoded.
    piece: Bytes,
    message: Message,
    /// The message ends with this piece.
    is_last: bool,
}

/// What was decoded of the present message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message {
    Nothing,
    /// Its frame, or the beginning of it.
    Frame,
}

impl Reader {
    pub(in crate::session) fn new(role: Role) -> Self {
        Self {
            decoder: websocket::Decoder::new(role, Limits::default()),
            piece: Bytes::new(),
            message: Message::Nothing,
            is_last: false,
        }
    }

    pub(super) fn decode(
        &mut self,
        frames: &mut Decoder,
        input: &mut impl Buf,
    ) -> Result<Option<Received>, ReceiveError> {
        if let Some(few) = self.few(frames, input, &mut [0; FEW]) {
            return Ok(frames.decode(&mut &*few)?.map(Received::Frame));
        }
        loop {
            if self.piece.has_remaining() {
                if self.message == Message::Frame && frames.is_between_frames() {
                    return Err(fault(MessageFault::TooLong));
                }
                self.message = Message::Frame;
                // Not beyond this frame: the next one has no place here.
                let mut rest = (&mut self.piece).take(frames.wanted());
                if let Some(frame) = frames.decode(&mut rest)? {
                    return Ok(Some(Received::Frame(frame)));
                }
                continue;
            }
            if core::mem::take(&mut self.is_last) {
                match core::mem::replace(&mut self.message, Message::Nothing) {
                    Message::Nothing => return Err(fault(MessageFault::Empty)),
                    Message::Frame if !frames.is_between_frames() => {
                        return Err(fault(MessageFault::TooShort));
                    }
                    Message::Frame => {}
                }
            }
            let received = self.decoder.decode(input).map_err(|error| match error {
                // Seen or not before the first good character was handed on: text is the fault.
                websocket::Error::Utf8 => fault(MessageFault::Text),
                error => carrier(SessionError::WebSocket(error)),
            })?;
            return Ok(Some(match received {
                None => return Ok(None),
                Some(websocket::Received::Data(Data { kind: Kind::Text, .. })) => {
                    return Err(fault(MessageFault::Text));
                }
                Some(websocket::Received::Data(data)) => {
                    (self.piece, self.is_last) = (data.payload, data.is_last);
                    continue;
                }
                Some(websocket::Received::Ping(payload)) => Received::Ping(payload),
                Some(websocket::Received::Pong(payload)) => Received::Pong(payload),
                Some(websocket::Received::Close(close)) => Received::Close(close),
            }));
        }
    }

    /// All of the input, if it is a few bytes of a head or a control frame that lacks more.
    #[inline]
    fn few<'a>(
        &mut self,
        frames: &Decoder,
        input: &mut impl Buf,
        place: &'a mut [u8; FEW],
    ) -> Option<&'a [u8]> {
        let is_new = self.message == Message::Nothing;
        let is_in_place = is_new == frames.is_between_frames() && self.piece.is_empty();
        let is_kept = frames.keeps() && input.remaining() < frames.wanted();
        if !is_in_place || self.is_last || !is_kept {
            return None;
        }
        let few = self.decoder.few(input, place)?;
        self.message = Message::Frame;
        Some(few)
    }
}

fn fault(fault: MessageFault) -> ReceiveError {
    carrier(SessionError::Message(fault))
}

const fn carrier(error: SessionError) -> ReceiveError {
    ReceiveError::Carrier(error)
}

/// The masking keys of a client, from the caller: this crate has no randomness.
pub(in crate::session) struct Masks(Box<dyn FnMut() -> [u8; 4] + Send + Sync>);

impl Masks {
    pub(in crate::session) fn new(keys: impl FnMut() -> [u8; 4] + Send + Sync + 'static) -> Self {
        Self(Box::new(keys))
    }
}

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masks")
    }
}

/// Makes messages: one of each frame.
#[derive(Debug)]
pub(in crate::session) struct Writer {
    /// A server has none.
    masks: Option<Masks>,
    /// What the Close frame says, if the peer is at fault.
    blame: Option<CloseCode>,
}

impl Writer {
    pub(in crate::session) const fn new(masks: Option<Masks>) -> Self {
        Self { masks, blame: None }
    }

    fn head(&mut self, opcode: Opcode, len: usize) -> Head {
        let length = u64::try_from(len).unwrap_or(u64::MAX);
        Head { fin: true, opcode, length, key: self.masks.as_mut().map(|masks| masks.0()) }
    }

    /// Puts a head before what stands in the bytes from `start` on, and masks that; returns how long
    /// the head is.
    fn wrap_as(&mut self, opcode: Opcode, bytes: &mut Vec<u8>, start: usize) -> usize {
        let head = self.head(opcode, bytes.len().saturating_sub(start));
        if let (Some(key), Some(payload)) = (head.key, bytes.get_mut(start..)) {
            Mask::new(key).apply(payload);
        }
        let head = head.emit();
        bytes.splice(start..start, head.iter().copied());
        head.len()
    }

    /// Appends a frame of WebSocket's.
    fn put(&mut self, opcode: Opcode, payload: &[u8], bytes: &mut Vec<u8>) {
        let start = bytes.len();
        bytes.extend_from_slice(payload);
        self.wrap_as(opcode, bytes, start);
    }

    pub(super) fn wrap(&mut self, bytes: &mut Vec<u8>, start: usize) -> usize {
        self.wrap_as(Opcode::Binary, bytes, start)
    }

    pub(super) fn data(
        &mut self,
        mut head: [u8; 8],
        payload: Bytes,
        is_copied: bool,
        bytes: &mut Vec<u8>,
    ) -> Option<Bytes> {
        let carrier = self.head(Opcode::Binary, head.len() + payload.len());
        let mut mask = carrier.key.map(Mask::new);
        if let Some(mask) = &mut mask {
            mask.apply(&mut head);
        }
        bytes.extend_from_slice(&carrier.emit());
        bytes.extend_from_slice(&head);
        if !is_copied {
            return Some(match mask {
                None => payload,
                Some(mut mask) => mask.applied_to(&payload),
            });
        }
        let start = bytes.len();
        bytes.extend_from_slice(&payload);
        if let (Some(mut mask), Some(payload)) = (mask, bytes.get_mut(start..)) {
            mask.apply(payload);
        }
        None
    }

    pub(super) fn own(&mut self, frame: &Frame, bytes: &mut Vec<u8>) -> bool {
        match frame {
            Frame::Ping(id) => self.put(Opcode::Ping, &id.get().to_be_bytes(), bytes),
            Frame::GoAway(go_away) => {
                let status = go_away.status.unwrap_or(GoAwayStatus::OK);
                let CloseCode(code) = self.blame.unwrap_or_else(|| code_of(status));
                let [a, b] = code.to_be_bytes();
                let [c, d, e, f] = go_away.last_good.get().to_be_bytes();
                self.put(Opcode::Close, &[a, b, c, d, e, f], bytes);
            }
            _ => return false,
        }
        true
    }

    pub(super) fn pong(&mut self, payload: &[u8], bytes: &mut Vec<u8>) {
        self.put(Opcode::Pong, payload, bytes);
    }

    pub(super) const fn len_of(&self, frame: usize) -> usize {
        let key = if self.masks.is_some() { 4 } else { 0 };
        2 + key + frame
    }

    pub(super) fn blame(&mut self, error: &SessionError) {
        self.blame = Some(match error {
            SessionError::WebSocket(error) => error.close_code(),
            SessionError::Message(MessageFault::Text) => CloseCode::UNSUPPORTED_DATA,
            SessionError::Decode(error) => match error.kind {
                DecodeErrorKind::FrameTooLarge { .. }
                | DecodeErrorKind::Inflate(InflateError::TooMuchOutput { .. }) => {
                    CloseCode::MESSAGE_TOO_BIG
                }
                _ => CloseCode::PROTOCOL_ERROR,
            },
            _ => CloseCode::PROTOCOL_ERROR,
        });
    }
}

/// The code of a Close frame that says what a GOAWAY would.
fn code_of(status: GoAwayStatus) -> CloseCode {
    match status {
        GoAwayStatus::OK => CloseCode::NORMAL,
        // Some revisions of SPDY/3 had 11 for it.
        GoAwayStatus::INTERNAL_ERROR | GoAwayStatus(11) => CloseCode::INTERNAL_ERROR,
        _ => CloseCode::PROTOCOL_ERROR,
    }
}

/// What a Close frame says, as a GOAWAY would, and its last-good-stream-ID if it has one: four bytes
/// behind the code. Fewer are a reason, as other WebSockets give.
pub(in crate::session) fn told(close: Option<&Close>) -> (Option<GoAwayStatus>, Option<[u8; 4]>) {
    let Some(close) = close else { return (None, None) };
    let status = match close.code {
        CloseCode::NORMAL | CloseCode::GOING_AWAY => GoAwayStatus::OK,
        CloseCode::INTERNAL_ERROR => GoAwayStatus::INTERNAL_ERROR,
        _ => GoAwayStatus::PROTOCOL_ERROR,
    };
    (Some(status), close.rest.first_chunk().copied())
}
