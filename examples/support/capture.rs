//! One direction of a connection that was recorded: frames as they are, or in the messages of a
//! WebSocket (Speed+Mobility), behind the handshake or not.

use std::fmt::Display;

use bytes::{Buf, Bytes, BytesMut};
use spdy::codec::{Decoder, Limits};
use spdy::websocket::{self, Kind, Received};
use spdy::{DecodeError, Frame, Role, Scope, Version};

/// What was found.
pub enum Found {
    /// A frame, or a piece of DATA.
    Frame(Frame),
    /// The first line of an HTTP/1.1 head.
    Handshake(String),
    /// A frame of WebSocket's own: its word, and its payload.
    WebSocket(&'static str, Bytes),
}

/// What cannot be read.
pub enum Fault {
    /// A frame; in stream scope the next one is read.
    Frame(DecodeError),
    /// Anything else, and the end.
    Other(String),
}

/// Takes the bytes in pieces of any size and keeps no more of them than one control frame.
pub struct Capture {
    input: BytesMut,
    carrier: Carrier,
    frames: Decoder,
}

enum Carrier {
    Transport,
    /// A WebSocket whose first bytes have not told who sends.
    Unknown,
    WebSocket {
        messages: Box<websocket::Decoder>,
        piece: Bytes,
        /// The message ends with this piece.
        is_last: bool,
    },
}

/// The most bytes that the head of a handshake may have.
const MAX_HEAD: usize = 8 * 1024;

impl Capture {
    pub fn new(version: Version) -> Self {
        let carrier = match version {
            Version::SpeedMobility => Carrier::Unknown,
            _ => Carrier::Transport,
        };
        let frames = Decoder::new(version, Limits::default());
        Self { input: BytesMut::new(), carrier, frames }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// The next that is whole, or for DATA there at all.
    pub fn next(&mut self) -> Option<Result<Found, Fault>> {
        loop {
            match &mut self.carrier {
                Carrier::Transport => return next_frame(&mut self.frames, &mut self.input),
                Carrier::Unknown => match self.begin()? {
                    Ok(None) => {}
                    Ok(Some(line)) => return Some(Ok(Found::Handshake(line))),
                    Err(fault) => return Some(Err(fault)),
                },
                Carrier::WebSocket { piece, .. } if piece.has_remaining() => {
                    if let Some(found) = next_frame(&mut self.frames, piece) {
                        return Some(found);
                    }
                }
                Carrier::WebSocket { messages, piece, is_last } => {
                    if std::mem::take(is_last) && self.frames.finish().is_err() {
                        return Some(other("a message ends inside its frame"));
                    }
                    match messages.decode(&mut self.input) {
                        Ok(None) => return None,
                        Ok(Some(Received::Data(data))) if data.kind == Kind::Binary => {
                            (*piece, *is_last) = (data.payload, data.is_last);
                        }
                        Ok(Some(Received::Data(_))) => {
                            return Some(other("a message of text, which holds no frame"));
                        }
                        Ok(Some(Received::Ping(payload))) => return own("PING", payload),
                        Ok(Some(Received::Pong(payload))) => return own("PONG", payload),
                        Ok(Some(Received::Close(close))) => {
                            let body = close.map(|close| {
                                [&close.code.0.to_be_bytes()[..], &close.rest].concat()
                            });
                            return own("CLOSE", body.unwrap_or_default().into());
                        }
                        Ok(Some(_)) => {}
                        Err(error) => return Some(other(error)),
                    }
                }
            }
        }
    }

    /// Finds out who sends: a head says it, and without one the first frame is masked or not.
    fn begin(&mut self) -> Option<Result<Option<String>, Fault>> {
        let [first, second, ..] = self.input[..] else { return None };
        let (receiver, line) = match (first, second) {
            (b'G', b'E') | (b'H', b'T') => {
                let end = self.input.windows(4).position(|bytes| bytes == b"\r\n\r\n");
                let Some(end) = end else {
                    let is_long = self.input.len() > MAX_HEAD;
                    return is_long.then(|| Err(Fault::Other("a head that does not end".into())));
                };
                let head = self.input.split_to(end + 4);
                let line = head.iter().copied().take_while(|byte| *byte != b'\r');
                let line = line.map(char::from).collect();
                (if first == b'G' { Role::Server } else { Role::Client }, Some(line))
            }
            (_, 0x80..) => (Role::Server, None),
            _ => (Role::Client, None),
        };
        let messages = websocket::Decoder::new(receiver, websocket::Limits::default());
        let messages = Box::new(messages);
        self.carrier = Carrier::WebSocket { messages, piece: Bytes::new(), is_last: false };
        Some(Ok(line))
    }

    /// Whether the recording may end here.
    pub fn finish(&self) -> Result<(), Fault> {
        if let Carrier::WebSocket { messages, .. } = &self.carrier {
            messages.finish().map_err(|error| Fault::Other(error.to_string()))?;
        }
        self.frames.finish().map_err(Fault::Frame)
    }
}

impl Fault {
    /// Whether nothing behind it can be read.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Frame(error) if error.scope == Scope::Stream)
    }
}

fn next_frame(frames: &mut Decoder, input: &mut impl Buf) -> Option<Result<Found, Fault>> {
    frames.decode(input).map_err(Fault::Frame).map(|frame| frame.map(Found::Frame)).transpose()
}

fn own(word: &'static str, payload: Bytes) -> Option<Result<Found, Fault>> {
    Some(Ok(Found::WebSocket(word, payload)))
}

fn other(error: impl Display) -> Result<Found, Fault> {
    Err(Fault::Other(error.to_string()))
}
