//! Speed+Mobility for tests that were written for frames alone: their bytes as messages of a
//! WebSocket, and the frames of a session over any carrier.
#![allow(dead_code, reason = "every test file uses its own part")]

use bytes::Bytes;
use spdy::codec::{Decoder, Limits};
use spdy::frame::{Frame, GoAway};
use spdy::websocket::{Close, CloseCode, Decoder as Messages, Limits as MessageLimits, Received};
use spdy::{Config, GoAwayStatus, PingId, Role, Session, StreamId, Version};

use self::websocket::{BINARY, CLOSE, FIN, PING, PONG, frame_for};

#[path = "websocket.rs"]
pub mod websocket;

pub const SM: Version = Version::SpeedMobility;

/// Masking keys that differ from frame to frame, and are the same for each session.
fn keys() -> impl FnMut() -> [u8; 4] {
    let mut next = 0x5EED_0001u32;
    move || {
        next = next.wrapping_add(0x0101_0307);
        next.to_be_bytes()
    }
}

/// A session of any version.
pub fn session(version: Version, role: Role, config: Config) -> Session {
    match (version, role) {
        (SM, Role::Client) => Session::client_over_websocket(config, keys()),
        (SM, Role::Server) => Session::server_over_websocket(config),
        _ => Session::new(version, role, config),
    }
}

/// Whole frames as a session of this role receives them: in Speed+Mobility a message each, and in
/// place of PING and GOAWAY what WebSocket has.
pub fn carried(version: Version, to: Role, mut frames: &[u8]) -> Vec<u8> {
    if version != SM {
        return frames.to_vec();
    }
    let mut wire = Vec::new();
    while let Some(length) = frames.get(4..8) {
        let length = u32::from_be_bytes(length.try_into().unwrap()) & 0x00FF_FFFF;
        let (frame, rest) = frames.split_at(8 + length as usize);
        wire.extend(message(to, frame));
        frames = rest;
    }
    assert!(frames.is_empty(), "a piece of a frame");
    wire
}

fn message(to: Role, frame: &[u8]) -> Vec<u8> {
    match (&frame[..4], &frame[8..]) {
        ([0x80, 3, 0, 6], &[.., last]) => {
            // An ID of the parity of the session that hears it is an answer.
            let is_pong = (last % 2 == 1) == (to == Role::Client);
            frame_for(to, FIN | if is_pong { PONG } else { PING }, &frame[8..])
        }
        ([0x80, 3, 0, 7], [last_good @ .., 0, 0, 0, status]) => {
            let code = [1000u16, 1002, 1011][usize::from(*status)];
            frame_for(to, FIN | CLOSE, &[&code.to_be_bytes(), last_good].concat())
        }
        _ => frame_for(to, FIN | BINARY, frame),
    }
}

/// Reads what a session writes, however it is cut.
pub struct Ears {
    frames: Decoder,
    messages: Option<Messages>,
    piece: Bytes,
}

impl Ears {
    /// Of the peer of a session of this role.
    pub fn new(version: Version, of: Role) -> Self {
        let messages = || Messages::new(of.peer(), MessageLimits::default());
        Self {
            frames: Decoder::new(version, Limits::default()),
            messages: (version == SM).then(messages),
            piece: Bytes::new(),
        }
    }

    /// The next frame. A ping or a pong counts as a PING (with ID 0 if its payload is none), a Close
    /// as a GOAWAY.
    pub fn decode(&mut self, wire: &mut &[u8]) -> Option<Frame> {
        let Some(messages) = &mut self.messages else { return self.frames.decode(wire).unwrap() };
        loop {
            if let Some(frame) = self.frames.decode(&mut self.piece).unwrap() {
                return Some(frame);
            }
            match messages.decode(wire).unwrap()? {
                Received::Data(data) => self.piece = data.payload,
                Received::Ping(payload) | Received::Pong(payload) => {
                    let id = payload.as_ref().try_into().unwrap_or_default();
                    return Some(Frame::Ping(PingId::new(u32::from_be_bytes(id))));
                }
                Received::Close(close) => return Some(Frame::GoAway(said(&close.unwrap()))),
                other => panic!("{other:?}"),
            }
        }
    }

    /// All frames of an output that ends behind one.
    pub fn hear(&mut self, mut wire: &[u8]) -> Vec<Frame> {
        let frames = std::iter::from_fn(|| self.decode(&mut wire)).collect();
        self.frames.finish().unwrap();
        if let Some(messages) = &self.messages {
            messages.finish().unwrap();
        }
        frames
    }
}

fn said(close: &Close) -> GoAway {
    let last_good = close.rest.as_ref().try_into().expect("code and stream-ID");
    let mut go_away = GoAway::new(StreamId::new(u32::from_be_bytes(last_good)));
    go_away.status = Some(match close.code {
        CloseCode::NORMAL => GoAwayStatus::OK,
        CloseCode::INTERNAL_ERROR => GoAwayStatus::INTERNAL_ERROR,
        _ => GoAwayStatus::PROTOCOL_ERROR,
    });
    go_away
}
