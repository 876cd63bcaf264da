//! WebSocket frames written by hand, and what a decoder makes of an input in a form that cannot show
//! how it was cut.
#![allow(dead_code, reason = "every test file uses its own part")]

use bytes::{Buf, Bytes};
use spdy::Role;
use spdy::websocket::{CloseCode, Decoder, Error, Kind, Limits, Received};

pub const CONTINUATION: u8 = 0x0;
pub const TEXT: u8 = 0x1;
pub const BINARY: u8 = 0x2;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xA;
pub const FIN: u8 = 0x80;

pub const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// A frame of a server, by its first byte.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    [&head(first, 0, payload.len())[..], payload].concat()
}

/// A frame of a client.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut wire = head(first, 0x80, payload.len());
    wire.extend(KEY);
    wire.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ KEY[at % 4]));
    wire
}

/// A frame that a decoder of this role takes.
pub fn frame_for(role: Role, first: u8, payload: &[u8]) -> Vec<u8> {
    match role {
        Role::Client => frame(first, payload),
        Role::Server => masked(first, payload),
    }
}

fn head(first: u8, mask_bit: u8, length: usize) -> Vec<u8> {
    match length {
        0..=125 => vec![first, mask_bit | length as u8],
        126..=0xFFFF => [&[first, mask_bit | 126][..], &(length as u16).to_be_bytes()].concat(),
        _ => [&[first, mask_bit | 127][..], &(length as u64).to_be_bytes()].concat(),
    }
}

/// What was said, whole.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    Message(Kind, Bytes),
    Ping(Bytes),
    Pong(Bytes),
    Close(Option<(CloseCode, Bytes)>),
}

/// All that a decoder makes of an input.
#[derive(Debug, PartialEq)]
pub struct Heard {
    pub said: Vec<Said>,
    /// Whether the input could end where it did.
    pub end: Result<(), Error>,
    /// Where the decoder stopped reading.
    pub consumed: usize,
}

/// Decodes an input that arrives in pieces.
pub fn hear<B: Buf>(decoder: Decoder, pieces: impl IntoIterator<Item = B>) -> Heard {
    let mut listener = Listener::new(decoder);
    for mut piece in pieces {
        if listener.hear(&mut piece).is_err() {
            break;
        }
    }
    listener.end()
}

/// What a decoder of this role makes of these bytes.
pub fn heard(role: Role, wire: &[u8]) -> Heard {
    hear(Decoder::new(role, Limits::default()), [wire])
}

/// A decoder, and who puts the pieces of its messages together.
pub struct Listener {
    decoder: Decoder,
    message: Option<(Kind, Vec<u8>)>,
    heard: Heard,
}

impl Listener {
    pub fn new(decoder: Decoder) -> Self {
        Self { decoder, message: None, heard: Heard { said: Vec::new(), end: Ok(()), consumed: 0 } }
    }

    /// What has been heard since the last time.
    pub fn take(&mut self) -> Vec<Said> {
        std::mem::take(&mut self.heard.said)
    }

    pub fn hear(&mut self, input: &mut impl Buf) -> Result<(), Error> {
        let length = input.remaining();
        let result = self.decode(input);
        self.heard.consumed += length - input.remaining();
        let left = input.remaining();
        match result {
            Ok(()) => assert_eq!(left, 0, "Ok(None) with input left"),
            Err(error) => {
                assert_eq!(self.decoder.decode(input), Err(error), "it lasts");
                assert_eq!(input.remaining(), left, "and takes no more input");
            }
        }
        result
    }

    fn decode(&mut self, input: &mut impl Buf) -> Result<(), Error> {
        while let Some(received) = self.decoder.decode(input)? {
            let said = match received {
                Received::Data(data) => {
                    assert_eq!(data.is_first, self.message.is_none(), "{data:?}");
                    assert!(data.is_last || !data.payload.is_empty(), "{data:?}");
                    assert!(!data.is_last || data.remaining == 0, "{data:?}");
                    let (kind, mut message) =
                        self.message.take().unwrap_or_else(|| (data.kind, Vec::new()));
                    assert_eq!(kind, data.kind);
                    message.extend_from_slice(&data.payload);
                    if !data.is_last {
                        self.message = Some((kind, message));
                        continue;
                    }
                    Said::Message(kind, message.into())
                }
                Received::Ping(payload) => Said::Ping(payload),
                Received::Pong(payload) => Said::Pong(payload),
                Received::Close(close) => Said::Close(close.map(|it| (it.code, it.rest))),
                other => panic!("{other:?}"),
            };
            self.heard.said.push(said);
        }
        Ok(())
    }

    fn end(mut self) -> Heard {
        self.heard.end = self.decoder.finish();
        self.heard
    }
}
