//! What carries the frames: the transport itself, or a WebSocket (HTTP Speed+Mobility).
//!
//! On a WebSocket each frame is a binary message, a PING is its ping, and GOAWAY is its Close frame.
//! This is the only place that knows; the rest of the session sees frames and bytes.

use alloc::boxed::Box;

use bytes::{Buf, Bytes};

pub(super) use self::messages::{Masks, Reader, Writer, told};
use super::error::SessionError;
use crate::codec::Decoder;
use crate::error::DecodeError;
use crate::frame::Frame;
use crate::websocket::{self, Close};

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

/// What stands before the payload of a DATA frame: its head, and before that what carries it.
#[derive(Clone, Copy, Debug)]
pub(super) struct DataHead {
    bytes: [u8; Self::MAX_LEN],
    len: u8,
}

impl DataHead {
    const FRAME: usize = 8;
    const MAX_LEN: usize = websocket::Head::MAX_LEN + Self::FRAME;

    fn new(parts: [&[u8]; 2]) -> Self {
        let mut head = Self { bytes: [0; Self::MAX_LEN], len: 0 };
        for (slot, byte) in head.bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *slot = *byte;
            head.len += 1;
        }
        head
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl Outlet {
    /// A control frame as it leaves, and where in that its flags stand.
    pub(super) fn control(&mut self, frame: Bytes) -> (Bytes, usize) {
        /// Bytes of a frame before its flags.
        const FLAGS_AT: usize = 4;
        match self {
            Self::Transport => (frame, FLAGS_AT),
            Self::WebSocket(writer) => {
                let (message, head) = writer.message(&frame);
                (message, head + FLAGS_AT)
            }
        }
    }

    /// A DATA frame as it leaves: its head, and its payload, which is copied only to be masked.
    pub(super) fn data(&mut self, head: [u8; 8], payload: Bytes) -> (DataHead, Bytes) {
        match self {
            Self::Transport => (DataHead::new([&head, &[]]), payload),
            Self::WebSocket(writer) => writer.data(head, payload),
        }
    }

    /// The bytes of a frame that the carrier has in place of SPDY's own, if it has one.
    pub(super) fn own(&mut self, frame: &Frame) -> Option<Bytes> {
        match self {
            Self::Transport => None,
            Self::WebSocket(writer) => writer.own(frame),
        }
    }

    /// How long a control frame of so many bytes is when it leaves.
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

    /// A ping came with this payload.
    pub(super) fn push_pong(&mut self, payload: Bytes) {
        match self {
            Self::Transport => {}
            Self::WebSocket(writer) => writer.push_pong(payload),
        }
    }

    /// The answer to the next ping that waits for one.
    pub(super) fn pop_pong(&mut self) -> Option<Bytes> {
        match self {
            Self::Transport => None,
            Self::WebSocket(writer) => writer.pop_pong(),
        }
    }

    /// Whether a ping waits for its answer.
    pub(super) fn owes_pong(&self) -> bool {
        match self {
            Self::Transport => false,
            Self::WebSocket(writer) => writer.owes_pong(),
        }
    }

    /// Nothing more will be sent.
    pub(super) fn stop(&mut self) {
        match self {
            Self::Transport => {}
            Self::WebSocket(writer) => writer.stop(),
        }
    }
}
