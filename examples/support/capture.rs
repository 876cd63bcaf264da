//! One direction of a connection that was recorded: frames as they are, or in the messages of a
//! WebSocket (Speed+Mobility), behind a head of HTTP/1.1 or not.

use std::fmt::{self, Display, Formatter};

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
    /// How many bytes there were in all.
    pushed: u64,
    carrier: Carrier,
    frames: Decoder,
}

enum Carrier {
    /// The first bytes tell whether there is a head and, inside a WebSocket, who sends.
    Unknown {
        is_websocket: bool,
    },
    Transport,
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
        let carrier = Carrier::Unknown { is_websocket: version == Version::SpeedMobility };
        let frames = Decoder::new(version, Limits::default());
        Self { input: BytesMut::new(), pushed: 0, carrier, frames }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.pushed += bytes.len() as u64;
        self.input.extend_from_slice(bytes);
    }

    /// How many bytes what was found has taken, from the first one on. Those of a control frame that
    /// is not whole are taken too.
    pub fn taken(&self) -> u64 {
        let left = match &self.carrier {
            Carrier::WebSocket { piece, .. } => self.input.len() + piece.len(),
            _ => self.input.len(),
        };
        self.pushed - left as u64
    }

    /// The next that is whole, or for DATA there at all.
    pub fn next(&mut self) -> Option<Result<Found, Fault>> {
        loop {
            match &mut self.carrier {
                Carrier::Transport => return next_frame(&mut self.frames, &mut self.input),
                Carrier::Unknown { is_websocket } => {
                    let is_websocket = *is_websocket;
                    match self.begin(is_websocket)? {
                        Ok(None) => {}
                        Ok(Some(line)) => return Some(Ok(Found::Handshake(line))),
                        Err(fault) => return Some(Err(fault)),
                    }
                }
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

    /// Takes a head off. In a WebSocket it says who sends, and without one the first frame is masked
    /// or not.
    fn begin(&mut self, is_websocket: bool) -> Option<Result<Option<String>, Fault>> {
        let head = match take_head(&mut self.input)? {
            Ok(head) => head,
            Err(fault) => return Some(Err(fault)),
        };
        if is_websocket {
            let is_of_server = match &head {
                Some(line) => line.starts_with("HTTP/"),
                None => self.input.get(1)? & 0x80 == 0,
            };
            let receiver = if is_of_server { Role::Client } else { Role::Server };
            let messages = websocket::Decoder::new(receiver, websocket::Limits::default());
            let messages = Box::new(messages);
            self.carrier = Carrier::WebSocket { messages, piece: Bytes::new(), is_last: false };
        } else {
            self.carrier = Carrier::Transport;
        }
        Some(Ok(head))
    }

    /// Whether the recording may end here.
    pub fn finish(&self) -> Result<(), Fault> {
        if matches!(self.carrier, Carrier::Unknown { .. }) && !self.input.is_empty() {
            return Err(Fault::Other("the input ends inside a head".into()));
        }
        if let Carrier::WebSocket { messages, .. } = &self.carrier {
            messages.finish().map_err(|error| Fault::Other(error.to_string()))?;
        }
        self.frames.finish().map_err(Fault::Frame)
    }
}

/// The first line of a head of HTTP/1.1, which is taken off; or that there is none.
fn take_head(input: &mut BytesMut) -> Option<Result<Option<String>, Fault>> {
    let starts = [&b"GET "[..], b"POST ", b"HTTP/1."];
    let found = |start: &&[u8]| input.iter().zip(*start).all(|(a, b)| a == b);
    if input.is_empty() {
        return None;
    }
    if !starts.iter().any(found) {
        return Some(Ok(None));
    }
    let Some(end) = input.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        let is_long = input.len() > MAX_HEAD;
        return is_long.then(|| Err(Fault::Other("a head that does not end".into())));
    };
    let head = input.split_to(end + 4);
    let line = head.iter().copied().take_while(|byte| *byte != b'\r').map(char::from).collect();
    Some(Ok(Some(line)))
}

impl Fault {
    /// Whether nothing behind it can be read.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Frame(error) if error.scope == Scope::Stream)
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame(error) => error.fmt(f),
            Self::Other(text) => f.write_str(text),
        }
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
