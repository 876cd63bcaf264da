//! What a WebSocket costs.

use std::hint::black_box;

use bytes::BytesMut;
use spdy::websocket::handshake::{Extension, Server};
use spdy::websocket::{Decoder, Encoder, Kind, Limits};
use spdy::{Config, Role, Session};

use super::{FRAMES, PAYLOAD, measured};

const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// The two ends of Speed+Mobility.
pub fn pair(config: Config) -> (Session, Session) {
    let client = Session::client_over_websocket(config, || black_box(KEY));
    (client, Session::server_over_websocket(config))
}

/// A masked message of 1 KiB, from the caller's bytes to those that a socket takes.
pub fn encode() -> u64 {
    let mut encoder = Encoder::client(|| KEY);
    let mut wire = BytesMut::with_capacity(2 * PAYLOAD.len());
    measured(|| {
        for _ in 0..FRAMES {
            wire.clear();
            encoder.message(Kind::Binary, black_box(&PAYLOAD), &mut wire).unwrap();
        }
    });
    FRAMES as u64
}

/// A masked message of 1 KiB, from `Bytes` to what it says.
pub fn decode() -> u64 {
    let mut encoder = Encoder::client(|| KEY);
    let mut wire = BytesMut::new();
    (0..FRAMES).for_each(|_| encoder.message(Kind::Binary, &PAYLOAD, &mut wire).unwrap());
    let mut wire = wire.freeze();
    let mut decoder = Decoder::new(Role::Server, Limits::default());
    measured(|| while black_box(decoder.decode(&mut wire)).unwrap().is_some() {});
    FRAMES as u64
}

/// A byte of a request that comes one at a time: a parser that began anew with each would cost
/// thousands of times as much.
pub fn handshake_bytes() -> u64 {
    let padding = "x".repeat(7 * 1024);
    let request = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         X-Padding: {padding}\r\n\r\n"
    );
    let mut server = Server::new(Extension::None, Limits::default());
    measured(|| {
        let mut pieces = request.as_bytes().chunks(1);
        let found = pieces.find_map(|mut piece| server.read_request(&mut piece).unwrap());
        assert!(black_box(found).is_some());
    });
    request.len() as u64
}
