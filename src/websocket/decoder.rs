//! Splits the input into messages: any split of the bytes gives the same ones.

use bytes::{Buf, Bytes};

use super::close::{Close, CloseCode};
use super::error::Error;
use super::head::{Partial, Start, fill};
use super::limits::Limits;
use super::mask::Mask;
use super::opcode::{Kind, MAX_CONTROL, Opcode};
use super::utf8::Utf8;
use crate::id::Role;

/// The largest piece in which data is delivered: it bounds what a copy may allocate.
const MAX_PIECE: usize = 64 * 1024;

/// Turns the bytes that one end receives into messages.
///
/// Keeps the head of a frame and at most one control frame, which is 139 bytes, never data. Text is
/// checked to be UTF-8 as it arrives (RFC 6455, section 8.1): a fault is seen at the first byte that
/// nothing can mend, behind pieces that have been delivered.
#[derive(Debug)]
pub struct Decoder {
    role: Role,
    limits: Limits,
    /// Between two frames of a message.
    message: Option<Message>,
    state: State,
}

/// What arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Received {
    /// A piece of a message.
    Data(Data),
    /// To be answered by a pong with the same payload, at most 125 bytes.
    Ping(Bytes),
    /// The answer to a ping, or unasked for.
    Pong(Bytes),
    /// The peer sends nothing more. To be answered by a Close if none was sent.
    Close(Option<Close>),
}

/// A piece of a message, at most 64 KiB.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Data {
    /// What the message holds.
    pub kind: Kind,
    /// The bytes, unmasked; those of a text may end inside a character. Empty only where the
    /// message ends with an empty frame.
    pub payload: Bytes,
    /// Whether the message begins here.
    pub is_first: bool,
    /// Whether the message ends here.
    pub is_last: bool,
    /// How many more bytes the frame has; the message may go on in other frames.
    pub remaining: u64,
}

/// A message of which not all has come.
#[derive(Clone, Copy, Debug)]
struct Message {
    kind: Kind,
    /// Bytes of the frames so far, the present one as a whole.
    len: u64,
    is_begun: bool,
    text: Utf8,
}

/// A frame of a message.
#[derive(Clone, Copy, Debug)]
struct Frame {
    message: Message,
    fin: bool,
    left: u64,
    mask: Option<Mask>,
}

/// Where in a frame the input stands.
#[derive(Debug)]
enum State {
    Head(Partial),
    Data(Frame),
    Control {
        opcode: Opcode,
        payload: [u8; MAX_CONTROL],
        filled: usize,
        length: usize,
        mask: Option<Mask>,
    },
    /// Behind a Close frame, where nothing means anything (section 1.4).
    Closed,
    Failed(Error),
}

impl State {
    const START: Self = Self::Head(Partial::EMPTY);
}

impl Decoder {
    /// A decoder for what this end receives behind the handshake: a server takes only frames that
    /// are masked, a client only others.
    #[must_use]
    pub const fn new(role: Role, limits: Limits) -> Self {
        Self { role, limits, message: None, state: State::START }
    }

    /// Takes bytes off the input until there is something to return.
    ///
    /// `Ok(None)` means that the input is used up. Data that is not masked is a slice of the input
    /// where that is `Bytes` or `BytesMut`, and a copy otherwise. Frames without payload are passed
    /// over unless they end their message. What comes behind a Close frame is taken and dropped.
    ///
    /// # Errors
    ///
    /// The peer broke a rule, which nothing can mend: the answer is a Close frame with
    /// [`Error::close_code`]. No more input is consumed and every call returns the error again.
    pub fn decode(&mut self, input: &mut impl Buf) -> Result<Option<Received>, Error> {
        loop {
            let result = match &mut self.state {
                State::Failed(error) => return Err(*error),
                _ if !input.has_remaining() => return Ok(None),
                State::Closed => {
                    input.advance(input.remaining());
                    return Ok(None);
                }
                State::Data(frame) => {
                    let payload = frame.take(input);
                    let result = frame.on_payload(payload);
                    if frame.left == 0 {
                        (self.message, self.state) = (frame.rest(), State::START);
                    }
                    result.map(Some)
                }
                State::Head(_) | State::Control { .. } => {
                    let (used, result) = self.push(input.chunk());
                    input.advance(used);
                    result
                }
            };
            match result {
                Ok(None) => {}
                Ok(received) => return Ok(received),
                Err(error) => self.state = State::Failed(error),
            }
        }
    }

    /// All of the input where that is a few bytes from within a frame of data, unmasked in a place of
    /// the caller's: for so little a buffer of its own costs more than it holds.
    pub(crate) fn few<'a, const N: usize>(
        &mut self,
        input: &mut impl Buf,
        place: &'a mut [u8; N],
    ) -> Option<&'a [u8]> {
        let State::Data(frame) = &mut self.state else { return None };
        let len = input.remaining();
        let is_within = len > 0 && frame.left > len as u64 && frame.message.kind == Kind::Binary;
        let few = place.get_mut(..len).filter(|_| is_within)?;
        input.copy_to_slice(few);
        if let Some(mask) = &mut frame.mask {
            mask.apply(few);
        }
        frame.left -= few.len() as u64;
        frame.message.is_begun = true;
        Some(few)
    }

    /// Whether the input may end here.
    ///
    /// # Errors
    ///
    /// [`Error::EndOfInput`] inside a frame or a message; after another error that one.
    pub const fn finish(&self) -> Result<(), Error> {
        match &self.state {
            State::Failed(error) => Err(*error),
            State::Closed => Ok(()),
            State::Head(head) if head.is_empty() && self.message.is_none() => Ok(()),
            State::Head(_) | State::Data(_) | State::Control { .. } => Err(Error::EndOfInput),
        }
    }

    /// Takes what it can use of a chunk that is not empty.
    fn push(&mut self, chunk: &[u8]) -> (usize, Result<Option<Received>, Error>) {
        match &mut self.state {
            State::Head(head) => {
                let used = head.fill(chunk);
                let head = *head;
                (used, self.on_head(head))
            }
            State::Control { opcode, payload, filled, length, mask } => {
                let (opcode, length) = (*opcode, *length);
                let used = fill(payload, filled, length, chunk);
                if *filled < length {
                    return (used, Ok(None));
                }
                let payload = payload.get_mut(..length).unwrap_or_default();
                if let Some(mask) = mask {
                    mask.apply(payload);
                }
                let payload = Bytes::copy_from_slice(payload);
                (used, self.on_control(opcode, payload).map(Some))
            }
            State::Data(_) | State::Closed | State::Failed(_) => (0, Ok(None)),
        }
    }

    /// Judges a frame by its head alone: all that can be refused here is, before its payload.
    fn on_head(&mut self, head: Partial) -> Result<Option<Received>, Error> {
        let Some(start) = head.start() else { return Ok(None) };
        let opcode = self.judge(start)?;
        let Some((length, mask)) = head.rest()? else { return Ok(None) };
        let new = match opcode {
            Opcode::Continuation => None,
            Opcode::Text => Some(Message::new(Kind::Text)),
            Opcode::Binary => Some(Message::new(Kind::Binary)),
            Opcode::Close | Opcode::Ping | Opcode::Pong if length == 0 => {
                return self.on_control(opcode, Bytes::new()).map(Some);
            }
            Opcode::Close | Opcode::Ping | Opcode::Pong => {
                let length = usize::try_from(length).unwrap_or(MAX_CONTROL);
                let payload = [0; MAX_CONTROL];
                self.state = State::Control { opcode, payload, filled: 0, length, mask };
                return Ok(None);
            }
        };
        let mut message = match (new, self.message.take()) {
            (Some(new), None) => new,
            (None, Some(begun)) => begun,
            (Some(_), Some(_)) => return Err(Error::InsideMessage),
            (None, None) => return Err(Error::NothingToContinue),
        };
        message.len = message.len.saturating_add(length);
        let limit = self.limits.message;
        if message.len > limit {
            return Err(Error::MessageTooBig { limit });
        }
        let mut frame = Frame { message, fin: start.fin(), left: length, mask };
        if length > 0 {
            self.state = State::Data(frame);
            return Ok(None);
        }
        (self.message, self.state) = (frame.rest(), State::START);
        // Nothing has to be said of it unless it ends its message.
        frame.fin.then(|| frame.on_payload(Bytes::new())).transpose()
    }

    /// What the first two bytes say; whether the opcode fits is another matter.
    fn judge(&self, start: Start) -> Result<Opcode, Error> {
        if start.has_reserved_bits() {
            return Err(Error::ReservedBits);
        }
        let number = start.opcode();
        let opcode = Opcode::from_number(number).ok_or(Error::ReservedOpcode { opcode: number })?;
        match (self.role, start.is_masked()) {
            (Role::Server, false) => return Err(Error::NotMasked),
            (Role::Client, true) => return Err(Error::Masked),
            _ => {}
        }
        match opcode {
            Opcode::Continuation | Opcode::Text | Opcode::Binary => Ok(opcode),
            _ if !start.fin() => Err(Error::FragmentedControl { opcode }),
            _ if start.is_long() => Err(Error::ControlTooLong { opcode }),
            _ => Ok(opcode),
        }
    }

    fn on_control(&mut self, opcode: Opcode, mut payload: Bytes) -> Result<Received, Error> {
        self.state = State::START;
        match opcode {
            Opcode::Ping => return Ok(Received::Ping(payload)),
            Opcode::Pong => return Ok(Received::Pong(payload)),
            _ => self.state = State::Closed,
        }
        match payload.len() {
            0 => Ok(Received::Close(None)),
            1 => Err(Error::CloseLength),
            _ => {
                let code = CloseCode(payload.get_u16());
                if !code.is_valid_on_wire() {
                    return Err(Error::CloseCode { code });
                }
                Ok(Received::Close(Some(Close { code, rest: payload })))
            }
        }
    }
}

impl Message {
    const fn new(kind: Kind) -> Self {
        Self { kind, len: 0, is_begun: false, text: Utf8::new() }
    }
}

impl Frame {
    /// The next piece of the payload, of an input that is not empty.
    fn take(&mut self, input: &mut impl Buf) -> Bytes {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(MAX_PIECE);
        let payload = match &mut self.mask {
            None => input.copy_to_bytes(wanted.min(input.remaining())),
            Some(mask) => {
                let chunk = input.chunk();
                let payload = mask.applied_to(chunk.get(..wanted).unwrap_or(chunk));
                input.advance(payload.len());
                payload
            }
        };
        self.left = self.left.saturating_sub(payload.len() as u64);
        payload
    }

    /// A piece that was taken.
    fn on_payload(&mut self, payload: Bytes) -> Result<Received, Error> {
        let Self { message, fin, left: remaining, .. } = self;
        let (kind, remaining) = (message.kind, *remaining);
        let is_last = *fin && remaining == 0;
        if kind == Kind::Text {
            let is_text = message.text.push(&payload);
            if !is_text || is_last && !message.text.is_whole() {
                return Err(Error::Utf8);
            }
        }
        let is_first = !core::mem::replace(&mut message.is_begun, true);
        Ok(Received::Data(Data { kind, payload, is_first, is_last, remaining }))
    }

    /// The message, if it goes on behind this frame.
    fn rest(&self) -> Option<Message> {
        (!self.fin).then_some(self.message)
    }
}
