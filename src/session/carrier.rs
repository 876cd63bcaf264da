//! What carries the frames: the transport itself, or a WebSocket (HTTP Speed+Mobility).
//!
//! On a WebSocket each frame is a binary message, a PING is its ping, and GOAWAY is its Close frame.
//! This is the only place that knows; the rest of the session sees frames and bytes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use bytes::{Buf, Bytes};

pub(super) use self::messages::{Masks, Reader, Writer, told};
use super::error::SessionError;
use crate::codec::{Decoder, Short};
use crate::error::DecodeError;
use crate::frame::Frame;
use crate::websocket::Close;

mod messages;

/// What the peer sent.
#[derive(Debug)]
pub(super) enum Received {
    Frame(Frame),
    /// A ping of WebSocket's: it has a payload and no parity.
    Ping(Bytes),
    Pong(Bytes),
    Close(Option<Close>),
}

/// What is wrong with it.
#[derive(Debug)]
pub(super) enum ReceiveError {
    /// A frame; it may cost its stream only.
    Frame(DecodeError),
    /// What carries it.
    Carrier(SessionError),
}

impl From<DecodeError> for ReceiveError {
    fn from(error: DecodeError) -> Self {
        Self::Frame(error)
    }
}

/// Where the frames of the peer are found.
#[derive(Debug, Default)]
pub(super) enum Inlet {
    #[default]
    Transport,
    WebSocket(Box<Reader>),
}

impl Inlet {
    /// Nothing is found but in the input.
    pub(super) const fn is_transport(&self) -> bool {
        matches!(self, Self::Transport)
    }

    /// The short way of what comes most.
    #[inline]
    pub(super) fn decode_short(&self, decoder: &mut Decoder, input: &mut impl Buf) -> Short {
        match self {
            Self::Transport => decoder.decode_short(input),
            Self::WebSocket(_) => Short::Unknown,
        }
    }

    pub(super) fn decode(
        &mut self,
        decoder: &mut Decoder,
        input: &mut impl Buf,
    ) -> Result<Option<Received>, ReceiveError> {
        match self {
            Self::Transport => Ok(decoder.decode(input)?.map(Received::Frame)),
            Self::WebSocket(reader) => reader.decode(decoder, input),
        }
    }
}

/// Where ours go.
#[derive(Debug, Default)]
pub(super) enum Outlet {
    #[default]
    Transport,
    WebSocket(Box<Writer>),
}

/// A payload up to this size is copied: that is cheaper than to send it from where it is.
const COPIED: usize = 512;

impl Outlet {
    /// Puts what carries it around a frame that stands at the end of the bytes, from `start` on;
    /// returns where in it its flags stand then.
    pub(super) fn wrap(&mut self, bytes: &mut Vec<u8>, start: usize) -> usize {
        /// Bytes of a frame before its flags.
        const FLAGS_AT: usize = 4;
        match self {
            Self::Transport => FLAGS_AT,
            Self::WebSocket(writer) => writer.wrap(bytes, start) + FLAGS_AT,
        }
    }

    /// Appends a DATA frame. A payload that is large is returned, to be sent from where it is, or
    /// masked in a buffer of its own.
    #[inline]
    pub(super) fn data(
        &mut self,
        head: [u8; 8],
        payload: Bytes,
        bytes: &mut Vec<u8>,
    ) -> Option<Bytes> {
        let is_copied = payload.len() <= COPIED;
        match self {
            Self::Transport => {
                bytes.extend_from_slice(&head);
                if !is_copied {
                    return Some(payload);
                }
                bytes.extend_from_slice(&payload);
                None
            }
            Self::WebSocket(writer) => writer.data(head, payload, is_copied, bytes),
        }
    }

    /// Appends what the carrier has in place of a frame of SPDY's own; `false` if it has nothing.
    pub(super) fn own(&mut self, frame: &Frame, bytes: &mut Vec<u8>) -> bool {
        match self {
            Self::Transport => false,
            Self::WebSocket(writer) => writer.own(frame, bytes),
        }
    }

    /// Appends the answer to a ping of the carrier's.
    pub(super) fn pong(&mut self, payload: &[u8], bytes: &mut Vec<u8>) {
        match self {
            Self::Transport => {}
            Self::WebSocket(writer) => writer.pong(payload, bytes),
        }
    }

    /// How long a control frame of so many bytes, 125 at most, is when it leaves.
    pub(super) fn len_of(&self, frame: usize) -> usize {
        match self {
            Self::Transport => frame,
            Self::WebSocket(writer) => writer.len_of(frame),
        }
    }

    /// The session ends for this reason, which its last frame tells as far as it can.
    pub(super) fn blame(&mut self, error: &SessionError) {
        match self {
            Self::Transport => {}
            Self::WebSocket(writer) => writer.blame(error),
        }
    }
}
