//! A session inside a WebSocket that reads any bytes, with the handshake before it or without.

use spdy::Role;
use spdy::websocket::Limits;
use spdy::websocket::handshake::{Client, Extension, Offer, Server};

use super::model::carrier::{SM, session};
use super::session::{config, drive};

/// Four bytes (eight choices of a configuration; the role, whether there is a handshake, and the size of
/// the pieces; a seed for the calls as in `session_server`), then what the session reads.
pub fn speed_mobility(data: &[u8]) {
    let Some((&[kind, setup, high, low], wire)) = data.split_first_chunk() else { return };
    let role = if setup & 0x80 == 0 { Role::Server } else { Role::Client };
    let size = usize::from(setup & 0x3F).max(1);
    let mut rest = wire;
    if setup & 0x40 != 0 {
        let (is_open, left) = open(role, [wire]);
        assert!(left == 0 || is_open != Ok(false), "it waits and has not read all");
        assert_eq!(open(role, wire.chunks(size)), (is_open.clone(), left), "in pieces");
        if is_open != Ok(true) {
            return;
        }
        rest = &wire[wire.len() - left..];
    }
    drive(|| session(SM, role, config(kind)), [high, low], rest, size);
}

/// Whether the handshake comes to its end, and how much it leaves to the session.
fn open<'a>(
    role: Role,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Result<bool, String>, usize) {
    let offer = Offer::new("example.com", [7; 16]).extension(Extension::SPEED_MOBILITY);
    let mut client = Client::new(&offer, Limits::default()).unwrap();
    let mut server = Server::new(Extension::SPEED_MOBILITY, Limits::default());
    let mut read = |piece: &mut &[u8]| match role {
        Role::Client => {
            let response = client.read_response(piece);
            response.map(|it| it.is_some()).map_err(|error| error.to_string())
        }
        Role::Server => match server.read_request(piece) {
            Ok(None) => Ok(false),
            Ok(Some(request)) => {
                assert!(request.accept().starts_with(b"HTTP/1.1 101 "));
                Ok(true)
            }
            Err(error) => {
                assert!(error.response().starts_with(b"HTTP/1.1 4"));
                Err(error.to_string())
            }
        },
    };
    let (mut result, mut left) = (Ok(false), 0);
    for mut piece in pieces {
        if result == Ok(false) {
            result = read(&mut piece);
        }
        left += piece.len();
    }
    (result, left)
}
