//! Messages to bytes.

use core::fmt;

use bytes::BytesMut;

use super::close::Close;
use super::error::EncodeError;
use super::head::Head;
use super::mask::Mask;
use super::opcode::{Kind, MAX_CONTROL, Opcode};
use super::utf8::Utf8;
use crate::id::Role;

/// Writes the frames that one end sends, behind the handshake.
///
/// The frames of a client are masked, each with a key of its own, so that what the caller sends
/// cannot be made to look like HTTP to a proxy: the keys must come from a source that nobody can
/// predict (RFC 6455, sections 5.3 and 10.3).
pub struct Encoder<K = fn() -> [u8; 4]> {
    /// None for a server.
    keys: Option<K>,
    /// The message whose last fragment has not been written.
    message: Option<(Kind, Utf8)>,
    is_closed: bool,
}

impl Encoder {
    /// Frames of a server, which are not masked.
    #[must_use]
    pub const fn server() -> Self {
        Self { keys: None, message: None, is_closed: false }
    }
}

impl<K: FnMut() -> [u8; 4]> Encoder<K> {
    /// Frames of a client; `keys` is called once for each.
    #[must_use]
    pub const fn client(keys: K) -> Self {
        Self { keys: Some(keys), message: None, is_closed: false }
    }

    /// Frames of either end; those of a server need no keys.
    #[must_use]
    pub fn new(role: Role, keys: K) -> Self {
        Self { keys: (role == Role::Client).then_some(keys), message: None, is_closed: false }
    }

    /// Writes a message in one frame.
    ///
    /// # Errors
    ///
    /// A message has begun and is not ended, the text is not UTF-8, or the Close frame has been
    /// written. Nothing is written then, as with every error here.
    pub fn message(
        &mut self,
        kind: Kind,
        payload: &[u8],
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        match self.message {
            None => self.fragment(kind, payload, true, out),
            Some(_) => Err(EncodeError::InsideMessage),
        }
    }

    /// Writes a frame of a message: begins one, or goes on with the one that has begun. Characters
    /// of a text may be cut.
    ///
    /// # Errors
    ///
    /// The message that has begun is of the other kind, the text is not UTF-8 or ends inside a
    /// character, or the Close frame has been written.
    pub fn fragment(
        &mut self,
        kind: Kind,
        payload: &[u8],
        is_last: bool,
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        let (opcode, mut text) = match self.message {
            _ if self.is_closed => return Err(EncodeError::Closed),
            None => (kind.into(), Utf8::new()),
            Some((begun, text)) if begun == kind => (Opcode::Continuation, text),
            Some(_) => return Err(EncodeError::InsideMessage),
        };
        if kind == Kind::Text && !(text.push(payload) && (!is_last || text.is_whole())) {
            return Err(EncodeError::Utf8);
        }
        self.message = (!is_last).then_some((kind, text));
        self.frame(is_last, opcode, payload, out);
        Ok(())
    }

    /// Writes a ping, also between the fragments of a message.
    ///
    /// # Errors
    ///
    /// More than 125 bytes, or the Close frame has been written.
    pub fn ping(&mut self, payload: &[u8], out: &mut BytesMut) -> Result<(), EncodeError> {
        self.control(Opcode::Ping, payload, out)
    }

    /// Writes a pong, with the payload of the ping that it answers.
    ///
    /// # Errors
    ///
    /// More than 125 bytes, or the Close frame has been written.
    pub fn pong(&mut self, payload: &[u8], out: &mut BytesMut) -> Result<(), EncodeError> {
        self.control(Opcode::Pong, payload, out)
    }

    /// Writes the Close frame, the last one. A message that is not ended stays so.
    ///
    /// # Errors
    ///
    /// A code that cannot be sent, more than 123 bytes behind it, or a second Close frame.
    pub fn close(&mut self, close: Option<&Close>, out: &mut BytesMut) -> Result<(), EncodeError> {
        let mut body = BytesMut::new();
        if let Some(Close { code, rest }) = close {
            if !code.is_valid_on_wire() {
                return Err(EncodeError::CloseCode(*code));
            }
            body.extend_from_slice(&code.0.to_be_bytes());
            body.extend_from_slice(rest);
        }
        self.control(Opcode::Close, &body, out)?;
        self.is_closed = true;
        Ok(())
    }

    fn control(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        out: &mut BytesMut,
    ) -> Result<(), EncodeError> {
        if self.is_closed {
            return Err(EncodeError::Closed);
        }
        if payload.len() > MAX_CONTROL {
            return Err(EncodeError::ControlTooLong);
        }
        self.frame(true, opcode, payload, out);
        Ok(())
    }

    fn frame(&mut self, fin: bool, opcode: Opcode, payload: &[u8], out: &mut BytesMut) {
        let key = self.keys.as_mut().map(|keys| keys());
        let head = Head { fin, opcode, length: payload.len() as u64, key }.emit();
        out.reserve(head.len() + payload.len());
        out.extend_from_slice(&head);
        match key {
            Some(key) => Mask::new(key).append(payload, out),
            None => out.extend_from_slice(payload),
        }
    }
}

/// Without the keys.
impl<K> fmt::Debug for Encoder<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("is_client", &self.keys.is_some())
            .field("message", &self.message)
            .field("is_closed", &self.is_closed)
            .finish()
    }
}
