//! The WebSocket of this crate and the one of `tungstenite`, in memory, either as client and as server.
#![allow(clippy::result_large_err, reason = "so are the callbacks of tungstenite")]

#[path = "common/websocket.rs"]
mod common;
#[path = "common/strategies.rs"]
mod strategies;

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

use bytes::{Buf, Bytes, BytesMut};
use common::*;
use proptest::collection::vec;
use proptest::prelude::*;
use spdy::Role;
use spdy::websocket::handshake::{Client, ClientError, Extension, Offer, Server};
use spdy::websocket::{Close, CloseCode, Decoder, Encoder, Error, Kind, Limits};
use strategies::{config, damage};
use tungstenite::handshake::client::Request;
use tungstenite::handshake::server::{ErrorResponse, Request as Asked, Response as Answer};
use tungstenite::http::HeaderValue;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame};
use tungstenite::protocol::{Role as TheirRole, WebSocketConfig};
use tungstenite::{HandshakeError, Message, WebSocket};

const EXTENSIONS: &str = "Sec-WebSocket-Extensions";
const PROTOCOL: &str = "Sec-WebSocket-Protocol";

/// Their end of a connection without a system under it: nothing to read is `WouldBlock`.
#[derive(Clone, Default)]
struct Pipe(Rc<RefCell<Wires>>);

#[derive(Default)]
struct Wires {
    to_them: BytesMut,
    to_us: BytesMut,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wire = &mut self.0.borrow_mut().to_them;
        let len = buffer.len().min(wire.len());
        wire.copy_to_slice(&mut buffer[..len]);
        if len == 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(len) }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().to_us.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pipe {
    fn send(&self, bytes: &[u8]) {
        self.0.borrow_mut().to_them.extend_from_slice(bytes);
    }

    fn receive(&self) -> BytesMut {
        self.0.borrow_mut().to_us.split()
    }
}

/// A connection behind its handshake.
struct Connection {
    encoder: Encoder<Box<dyn FnMut() -> [u8; 4]>>,
    listener: Listener,
    pipe: Pipe,
    they: WebSocket<Pipe>,
}

impl Connection {
    fn new(role: Role, pipe: Pipe, they: WebSocket<Pipe>) -> Self {
        let mut key = 1u32;
        let keys = move || {
            key = key.wrapping_mul(0x9E37_79B1).rotate_left(7);
            key.to_be_bytes()
        };
        let encoder = Encoder::new(role, Box::new(keys) as Box<dyn FnMut() -> [u8; 4]>);
        let listener = Listener::new(Decoder::new(role, Limits::default()));
        Self { encoder, listener, pipe, they }
    }

    /// Each of our roles, without a handshake.
    fn each() -> [Self; 2] {
        [(Role::Client, TheirRole::Server), (Role::Server, TheirRole::Client)].map(
            |(role, theirs)| {
                let pipe = Pipe::default();
                let they = WebSocket::from_raw_socket(pipe.clone(), theirs, None);
                Self::new(role, pipe, they)
            },
        )
    }

    fn message(&mut self, kind: Kind, payload: &[u8]) {
        let mut wire = BytesMut::new();
        self.encoder.message(kind, payload, &mut wire).unwrap();
        self.pipe.send(&wire);
    }

    fn fragment(&mut self, kind: Kind, payload: &[u8], is_last: bool) {
        let mut wire = BytesMut::new();
        self.encoder.fragment(kind, payload, is_last, &mut wire).unwrap();
        self.pipe.send(&wire);
    }

    fn ping(&mut self, payload: &[u8]) {
        let mut wire = BytesMut::new();
        self.encoder.ping(payload, &mut wire).unwrap();
        self.pipe.send(&wire);
    }

    fn pong(&mut self, payload: &[u8]) {
        let mut wire = BytesMut::new();
        self.encoder.pong(payload, &mut wire).unwrap();
        self.pipe.send(&wire);
    }

    fn close(&mut self, close: Option<&Close>) {
        let mut wire = BytesMut::new();
        self.encoder.close(close, &mut wire).unwrap();
        self.pipe.send(&wire);
    }

    /// What we have heard of them.
    fn heard(&mut self) -> Vec<Said> {
        self.listener.hear(&mut self.pipe.receive()).unwrap();
        self.listener.take()
    }

    /// Both ways a message of text and one of bytes.
    fn talk(&mut self) {
        self.message(Kind::Text, "κόσμε".as_bytes());
        self.message(Kind::Binary, &[0xFF; 300]);
        assert_eq!(self.they.read().unwrap(), Message::text("κόσμε"));
        assert_eq!(self.they.read().unwrap(), Message::binary(vec![0xFF; 300]));
        self.they.send(Message::text("𝄞")).unwrap();
        self.they.send(Message::binary(vec![0xFE; 70_000])).unwrap();
        let heard = [
            Said::Message(Kind::Text, "𝄞".into()),
            Said::Message(Kind::Binary, vec![0xFE; 70_000].into()),
        ];
        assert_eq!(self.heard(), heard);
    }
}

// The handshake.

fn offer() -> Offer {
    Offer::new("server.example.com", *b"the sample nonce").target("/chat?room=1")
}

/// Their server, which answers with what a callback adds.
fn their_server(
    pipe: &Pipe,
    answer: impl FnOnce(&Asked, Answer) -> Result<Answer, ErrorResponse> + Unpin,
) -> Option<WebSocket<Pipe>> {
    match tungstenite::accept_hdr(pipe.clone(), answer) {
        Ok(websocket) => Some(websocket),
        Err(HandshakeError::Failure(tungstenite::Error::Http(_))) => None,
        Err(error) => panic!("{error}"),
    }
}

// SM-001, SM-002, SM-004
#[test]
fn our_client_and_their_server_agree_on_an_extension_and_a_subprotocol() {
    let pipe = Pipe::default();
    let offer = offer().extension(Extension::SPEED_MOBILITY).protocol("chat").origin("null");
    let mut client = Client::new(&offer, Limits::default()).unwrap();
    pipe.send(&client.request());
    let they = their_server(&pipe, |asked, mut answer| {
        assert_eq!(asked.uri(), "/chat?room=1");
        assert_eq!(asked.headers()["Host"], "server.example.com");
        assert_eq!(asked.headers()["Origin"], "null");
        assert_eq!(asked.headers()[EXTENSIONS], "http2");
        assert_eq!(asked.headers()[PROTOCOL], "chat");
        answer.headers_mut().insert(EXTENSIONS, HeaderValue::from_static("http2"));
        answer.headers_mut().insert(PROTOCOL, HeaderValue::from_static("chat"));
        Ok(answer)
    });
    let response = client.read_response(&mut pipe.receive()).unwrap().unwrap();
    assert_eq!((response.extension(), response.protocol()), (Some("http2"), Some("chat")));
    Connection::new(Role::Client, pipe, they.unwrap()).talk();
}

#[test]
fn our_client_and_their_server_open_a_plain_websocket() {
    let pipe = Pipe::default();
    let mut client = Client::new(&offer(), Limits::default()).unwrap();
    pipe.send(&client.request());
    let they = tungstenite::accept(pipe.clone()).unwrap();
    let response = client.read_response(&mut pipe.receive()).unwrap().unwrap();
    assert_eq!((response.extension(), response.protocol()), (None, None));
    Connection::new(Role::Client, pipe, they).talk();
}

// SM-003: it answers without the extension.
#[test]
fn our_client_fails_where_their_server_does_not_speak_the_extension() {
    let pipe = Pipe::default();
    let offer = offer().extension(Extension::SPEED_MOBILITY);
    let mut client = Client::new(&offer, Limits::default()).unwrap();
    pipe.send(&client.request());
    tungstenite::accept(pipe.clone()).unwrap();
    let result = client.read_response(&mut pipe.receive());
    assert_eq!(result, Err(ClientError::NoExtension("http2")));
}

// SM-006
#[test]
fn our_client_hands_out_the_refusal_of_their_server() {
    let pipe = Pipe::default();
    let mut client = Client::new(&offer(), Limits::default()).unwrap();
    pipe.send(&client.request());
    let they = their_server(&pipe, |_, _| {
        let mut refusal = ErrorResponse::new(Some("not here".to_owned()));
        *refusal.status_mut() = tungstenite::http::StatusCode::FORBIDDEN;
        refusal.headers_mut().insert("X-Why", HeaderValue::from_static("origin"));
        Err(refusal)
    });
    assert!(they.is_none());
    let mut input = pipe.receive();
    match client.read_response(&mut input) {
        Err(ClientError::Status { status: 403, headers }) => {
            assert_eq!(headers.get_str("x-why"), Some("origin"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(input, "not here");
}

/// Their client and what our server makes of its request; then our answer is theirs.
fn their_client(
    extensions: Option<&'static str>,
    serve: impl FnOnce(&mut BytesMut) -> Bytes,
) -> Result<(Pipe, WebSocket<Pipe>, Option<String>), tungstenite::Error> {
    let pipe = Pipe::default();
    let mut request = Request::builder()
        .uri("ws://server.example.com:8080/chat")
        .header("Host", "server.example.com:8080")
        .header("Upgrade", "websocket")
        .header("Connection", "Upgrade")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", tungstenite::handshake::client::generate_key());
    if let Some(extensions) = extensions {
        request = request.header(EXTENSIONS, extensions);
    }
    let request = request.body(()).unwrap();
    let Err(HandshakeError::Interrupted(waiting)) = tungstenite::client(request, pipe.clone())
    else {
        panic!("it does not wait for an answer")
    };
    pipe.send(&serve(&mut pipe.receive()));
    match waiting.handshake() {
        Ok((they, answer)) => {
            let extension = answer.headers().get(EXTENSIONS);
            Ok((pipe, they, extension.map(|it| it.to_str().unwrap().to_owned())))
        }
        Err(HandshakeError::Failure(error)) => Err(error),
        Err(HandshakeError::Interrupted(_)) => panic!("it waits for more"),
    }
}

// SM-002, SM-007, SM-010
#[test]
fn their_client_and_our_server_agree_on_an_extension() {
    let serve = |input: &mut BytesMut| {
        let mut server = Server::new(Extension::SPEED_MOBILITY, Limits::default());
        let request = server.read_request(input).unwrap().unwrap();
        assert_eq!((request.host(), request.target()), ("server.example.com:8080", "/chat"));
        request.accept()
    };
    let (pipe, they, extension) = their_client(Some("http2"), serve).unwrap();
    assert_eq!(extension.as_deref(), Some("http2"));
    Connection::new(Role::Server, pipe, they).talk();
}

#[test]
fn their_client_and_our_server_open_a_plain_websocket() {
    for extension in [Extension::None, Extension::Optional("http2")] {
        let serve = |input: &mut BytesMut| {
            let mut server = Server::new(extension, Limits::default());
            server.read_request(input).unwrap().unwrap().accept()
        };
        let (pipe, they, extension) = their_client(None, serve).unwrap();
        assert_eq!(extension, None);
        Connection::new(Role::Server, pipe, they).talk();
    }
}

// SM-A16
#[test]
fn their_client_is_told_why_our_server_refuses() {
    let serve = |input: &mut BytesMut| {
        let mut server = Server::new(Extension::SPEED_MOBILITY, Limits::default());
        server.read_request(input).unwrap_err().response()
    };
    match their_client(Some("permessage-deflate"), serve) {
        Err(tungstenite::Error::Http(refusal)) => {
            assert_eq!(refusal.status(), 400);
            let body = String::from_utf8(refusal.into_body().unwrap()).unwrap();
            assert!(body.contains("the extension `http2`"), "{body}");
        }
        other => panic!("{:?}", other.map(|(.., extension)| extension)),
    }
}

// Frames.

// SM-024
#[test]
fn fragments_of_each_are_put_together_by_the_other() {
    for mut connection in Connection::each() {
        connection.fragment(Kind::Text, b"Hel", false);
        connection.ping(b"between");
        connection.fragment(Kind::Text, b"", false);
        connection.fragment(Kind::Text, b"lo", true);
        assert_eq!(connection.they.read().unwrap(), Message::Ping("between".into()));
        assert_eq!(connection.they.read().unwrap(), Message::text("Hello"));

        let fragments = [
            (OpCode::Data(Data::Binary), &b"wo"[..], false),
            (OpCode::Data(Data::Continue), b"", false),
            (OpCode::Data(Data::Continue), b"rl", false),
            (OpCode::Data(Data::Continue), b"d", true),
        ];
        for (opcode, payload, is_last) in fragments {
            let frame = Frame::message(payload, opcode, is_last);
            connection.they.send(Message::Frame(frame)).unwrap();
        }
        let world = Said::Message(Kind::Binary, "world".into());
        assert_eq!(connection.heard(), [Said::Pong("between".into()), world]);
    }
}

// SM-023
#[test]
fn pings_of_each_are_answered_by_the_other() {
    for mut connection in Connection::each() {
        let payload = [0xFF; 125];
        connection.ping(&payload);
        assert_eq!(connection.they.read().unwrap(), Message::Ping(payload.to_vec().into()));
        connection.they.flush().unwrap();
        assert_eq!(connection.heard(), [Said::Pong(payload.to_vec().into())]);

        connection.they.send(Message::Ping("there?".into())).unwrap();
        assert_eq!(connection.heard(), [Said::Ping("there?".into())]);
        connection.pong(b"there?");
        assert_eq!(connection.they.read().unwrap(), Message::Pong("there?".into()));
    }
}

fn close_of(code: u16, reason: &'static str) -> (Close, CloseFrame) {
    let theirs = CloseFrame { code: code.into(), reason: reason.into() };
    (Close::new(CloseCode(code), reason), theirs)
}

/// They have read the Close frame and answered it.
fn ended(they: &mut WebSocket<Pipe>) {
    match they.read() {
        // The server says at once that the connection is over; the client waits for the transport.
        Err(tungstenite::Error::ConnectionClosed) => {}
        Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
        other => panic!("{other:?}"),
    }
}

// SM-032, SM-033
#[test]
fn closes_of_ours_are_answered_with_their_code() {
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4999] {
        for mut connection in Connection::each() {
            let (ours, theirs) = close_of(code, "because");
            connection.close(Some(&ours));
            assert_eq!(connection.they.read().unwrap(), Message::Close(Some(theirs)));
            ended(&mut connection.they);
            let answer = Said::Close(Some((CloseCode(code), "because".into())));
            assert_eq!(connection.heard(), [answer]);
        }
    }
    for mut connection in Connection::each() {
        connection.close(None);
        assert_eq!(connection.they.read().unwrap(), Message::Close(None));
        ended(&mut connection.they);
        assert_eq!(connection.heard(), [Said::Close(None)]);
    }
}

// SM-032, SM-033
#[test]
fn closes_of_theirs_are_heard_and_answered() {
    for code in [1000, 1001, 1011, 3000, 4999] {
        for mut connection in Connection::each() {
            let (ours, theirs) = close_of(code, "because");
            connection.they.close(Some(theirs.clone())).unwrap();
            assert_eq!(connection.heard(), [Said::Close(Some((ours.code, ours.rest.clone())))]);
            connection.close(Some(&ours));
            assert_eq!(connection.they.read().unwrap(), Message::Close(Some(theirs)));
            ended(&mut connection.they);
        }
    }
    for mut connection in Connection::each() {
        connection.they.close(None).unwrap();
        assert_eq!(connection.heard(), [Said::Close(None)]);
        connection.close(None);
        assert_eq!(connection.they.read().unwrap(), Message::Close(None));
        ended(&mut connection.they);
    }
}

#[test]
fn messages_of_5_mib_arrive_both_ways() {
    let payload: Vec<u8> =
        (0..5u32 << 20).map(|at| (at.wrapping_mul(0x9E37_79B1) >> 24) as u8).collect();
    for mut connection in Connection::each() {
        connection.message(Kind::Binary, &payload);
        assert_eq!(connection.they.read().unwrap(), Message::binary(payload.clone()));
        connection.they.send(Message::binary(payload.clone())).unwrap();
        let heard = connection.heard();
        assert!(heard == [Said::Message(Kind::Binary, payload.clone().into())], "{}", heard.len());
        let pieces = payload.chunks(100_003).count();
        for (number, piece) in (1..).zip(payload.chunks(100_003)) {
            connection.fragment(Kind::Binary, piece, number == pieces);
        }
        assert_eq!(connection.they.read().unwrap(), Message::binary(payload.clone()));
    }
}

// Judgements on the same bytes.

/// Bytes of a message.
const LIMIT: u64 = 1 << 16;

/// What they make of an input, and whether they fail on it.
fn heard_by_them(role: TheirRole, wire: &[u8]) -> (Vec<Said>, bool) {
    let pipe = Pipe::default();
    pipe.send(wire);
    let config = WebSocketConfig::default()
        .max_message_size(Some(LIMIT as usize))
        .max_frame_size(Some(LIMIT as usize));
    let mut they = WebSocket::from_raw_socket(pipe, role, Some(config));
    let mut said = Vec::new();
    loop {
        said.push(match they.read() {
            Ok(Message::Text(text)) => Said::Message(Kind::Text, text.into()),
            Ok(Message::Binary(payload)) => Said::Message(Kind::Binary, payload),
            Ok(Message::Ping(payload)) => Said::Ping(payload),
            Ok(Message::Pong(payload)) => Said::Pong(payload),
            Ok(Message::Close(_)) => return (said, false),
            Ok(Message::Frame(_)) => panic!("a frame was read"),
            Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                return (said, false);
            }
            Err(_) => return (said, true),
        });
    }
}

/// A few frames, some of which break a rule.
fn wire(role: Role) -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        8 => prop::sample::select(vec![0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A]),
        1 => any::<u8>(),
    ];
    let payload = prop_oneof![
        4 => "\\PC{0,20}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..20),
        1 => vec(Just(b'x'), 120..300),
    ];
    let frame =
        (first, payload, prop::bool::weighted(0.95)).prop_map(move |(first, payload, is_right)| {
            let role = if is_right { role } else { role.peer() };
            frame_for(role, first, &payload)
        });
    (vec(frame, 1..8), prop::option::weighted(0.3, damage())).prop_map(|(frames, damage)| {
        let wire = frames.concat();
        damage.map_or(wire.clone(), |damage| damage.apply(wire))
    })
}

proptest! {
    #![proptest_config(config())]

    // SM-021, SM-022, SM-023, SM-024
    #[test]
    fn both_take_and_refuse_the_same(
        (role, wire) in prop_oneof![Just(Role::Client), Just(Role::Server)]
            .prop_flat_map(|role| (Just(role), wire(role))),
    ) {
        let theirs = if role == Role::Client { TheirRole::Client } else { TheirRole::Server };
        let (they_heard, they_fail) = heard_by_them(theirs, &wire);
        let mut limits = Limits::default();
        limits.message = LIMIT;
        let ours = hear(Decoder::new(role, limits), [&wire[..]]);
        let we_fail = !matches!(ours.end, Ok(()) | Err(Error::EndOfInput));
        let mut said = ours.said;
        // The bodies of Close frames are judged differently; see the tests of the framing.
        let is_closed = matches!(said.last(), Some(Said::Close(_)))
            || matches!(ours.end, Err(Error::CloseLength | Error::CloseCode { .. }));
        said.retain(|said| !matches!(said, Said::Close(_)));
        if ours.end == Err(Error::LengthNotShortest) {
            // They take lengths in any form.
            prop_assert!(they_heard.starts_with(&said));
            return Ok(());
        }
        prop_assert_eq!(&they_heard, &said);
        prop_assert!(we_fail || is_closed || !they_fail, "only they fail");
        if we_fail && !is_closed {
            // They see what is wrong when the frame is whole.
            let whole = [&wire[..], &[0xFF; 1 << 17]].concat();
            prop_assert_eq!(heard_by_them(theirs, &whole), (said, true), "only we fail");
        }
    }
}
