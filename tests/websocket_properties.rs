//! What holds for WebSocket frames and handshakes of any content, however the input is cut.

#[path = "common/websocket.rs"]
mod common;
#[path = "common/strategies.rs"]
mod strategies;

use bytes::{Buf, Bytes, BytesMut};
use common::*;
use proptest::collection::vec;
use proptest::prelude::*;
use spdy::Role;
use spdy::websocket::handshake::{Client, Extension, Offer, Server};
use spdy::websocket::{Close, CloseCode, Decoder, EncodeError, Encoder, Error, Kind, Limits};
use strategies::{config, cut, damage, sizes};

/// A call of an encoder.
#[derive(Clone, Debug)]
enum Call {
    Message(Kind, Vec<u8>),
    Fragment(Kind, Vec<u8>, bool),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<(u16, Vec<u8>)>),
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Client), Just(Role::Server)]
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => Just(Vec::new()),
        4 => vec(any::<u8>(), 0..140),
        1 => vec(any::<u8>(), 0..3000),
        1 => (any::<u8>(), 65_000..70_000usize).prop_map(|(byte, len)| vec![byte; len]),
    ]
}

/// A kind and what is at least likely to be of it.
fn content() -> impl Strategy<Value = (Kind, Vec<u8>)> {
    prop_oneof![
        4 => payload().prop_map(|payload| (Kind::Binary, payload)),
        4 => "\\PC{0,40}".prop_map(|text| (Kind::Text, text.into_bytes())),
        1 => payload().prop_map(|payload| (Kind::Text, payload)),
    ]
}

/// Any call; most are right, where they stand or at all.
fn call() -> impl Strategy<Value = Call> {
    let control = || prop_oneof![9 => vec(any::<u8>(), 0..=125), 1 => payload()];
    prop_oneof![
        6 => content().prop_map(|(kind, payload)| Call::Message(kind, payload)),
        6 => (content(), any::<bool>())
            .prop_map(|((kind, payload), is_last)| Call::Fragment(kind, payload, is_last)),
        2 => control().prop_map(Call::Ping),
        2 => control().prop_map(Call::Pong),
        1 => prop::option::of((990..1020u16, control())).prop_map(Call::Close),
    ]
}

/// The bytes of some calls, and what they say: those that were refused say nothing.
struct Made {
    wire: BytesMut,
    said: Vec<Said>,
    begun: Option<Vec<u8>>,
}

fn make(role: Role, calls: &[Call]) -> Made {
    let mut key = 0x0123_4567_u32;
    let keys = || {
        key = key.wrapping_mul(0x9E37_79B1).rotate_left(7);
        key.to_be_bytes()
    };
    let mut encoder = Encoder::new(role, keys);
    let mut made = Made { wire: BytesMut::new(), said: Vec::new(), begun: None };
    let Made { wire: out, said, begun } = &mut made;
    for call in calls.iter().cloned() {
        let before = out.len();
        let result: Result<Option<Said>, EncodeError> = match call {
            Call::Message(kind, payload) => encoder
                .message(kind, &payload, out)
                .map(|()| Some(Said::Message(kind, payload.into()))),
            Call::Fragment(kind, payload, is_last) => {
                encoder.fragment(kind, &payload, is_last, out).map(|()| {
                    let mut message = begun.take().unwrap_or_default();
                    message.extend(payload);
                    if is_last {
                        return Some(Said::Message(kind, message.into()));
                    }
                    *begun = Some(message);
                    None
                })
            }
            Call::Ping(payload) => {
                encoder.ping(&payload, out).map(|()| Some(Said::Ping(payload.into())))
            }
            Call::Pong(payload) => {
                encoder.pong(&payload, out).map(|()| Some(Said::Pong(payload.into())))
            }
            Call::Close(body) => {
                let body = body.map(|(code, rest)| (CloseCode(code), Bytes::from(rest)));
                let close = body.clone().map(|(code, rest)| Close::new(code, rest));
                encoder.close(close.as_ref(), out).map(|()| Some(Said::Close(body)))
            }
        };
        match result {
            Ok(done) => said.extend(done),
            Err(_) => assert_eq!(out.len(), before, "a refused call wrote something"),
        }
    }
    made
}

fn decoder(role: Role) -> Decoder {
    Decoder::new(role, Limits::default())
}

/// The same bytes, cut and in buffers of several kinds.
fn heard_alike(role: Role, wire: &[u8], sizes: &[usize]) -> Result<Heard, TestCaseError> {
    let whole = heard(role, wire);
    let (first, second) = wire.split_at(sizes[0].min(wire.len()));
    for mut heard in [
        hear(decoder(role), cut(wire, sizes)),
        // Slices of one buffer, where nothing is copied.
        hear(decoder(role), cut(wire, sizes).map(Bytes::copy_from_slice)),
        // One buffer of two parts.
        hear(decoder(role), [first.chain(second)]),
    ] {
        if whole.end == Err(Error::Utf8) {
            // Which is seen as soon as its piece is there.
            heard.consumed = whole.consumed;
        }
        prop_assert_eq!(&heard, &whole);
    }
    Ok(whole)
}

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n\
    Connection: keep-alive, Upgrade\r\nOrigin: http://example.com\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: foo; a=\"b\", http2\r\n\r\n";

const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: http2\r\n\r\n";

/// What an end of the handshake makes of an input, and where it stops reading.
fn shaken(role: Role, pieces: impl Iterator<Item = impl AsRef<[u8]>>) -> (String, usize) {
    let offer = Offer::new("a", *b"the sample nonce").protocol("chat");
    let offer = offer.extension(Extension::SPEED_MOBILITY);
    let mut client = Client::new(&offer, Limits::default()).unwrap();
    let mut server = Server::new(Extension::SPEED_MOBILITY, Limits::default());
    let (mut result, mut consumed) = ("Ok(None)".to_owned(), 0);
    for piece in pieces {
        let mut input = piece.as_ref();
        result = match role {
            Role::Client => format!("{:?}", client.read_response(&mut input)),
            Role::Server => format!("{:?}", server.read_request(&mut input)),
        };
        consumed += piece.as_ref().len() - input.len();
        if result != "Ok(None)" {
            break;
        }
    }
    (result, consumed)
}

fn shaken_alike(role: Role, wire: &[u8], sizes: &[usize]) -> Result<String, TestCaseError> {
    let whole = shaken(role, [wire].into_iter());
    prop_assert_eq!(&shaken(role, cut(wire, sizes)), &whole);
    prop_assert_eq!(&shaken(role, wire.chunks(1)), &whole);
    Ok(whole.0)
}

proptest! {
    #![proptest_config(config())]

    // SM-021, SM-022, SM-023, SM-024, SM-025, SM-032, SM-033: what an encoder writes, a decoder takes.
    #[test]
    fn what_is_said_is_heard(sender in role(), calls in vec(call(), 0..12), sizes in sizes()) {
        let Made { wire, said, begun } = make(sender, &calls);
        let heard = heard_alike(sender.peer(), &wire, &sizes)?;
        let is_closed = matches!(said.last(), Some(Said::Close(_)));
        prop_assert_eq!(heard.said, said);
        let end = if begun.is_some() && !is_closed { Err(Error::EndOfInput) } else { Ok(()) };
        prop_assert_eq!(heard.end, end);
    }

    #[test]
    fn damaged_frames_are_heard_alike(
        sender in role(),
        calls in vec(call(), 0..8),
        damage in damage(),
        sizes in sizes(),
    ) {
        let wire = damage.apply(make(sender, &calls).wire.to_vec());
        heard_alike(sender.peer(), &wire, &sizes)?;
    }

    #[test]
    fn garbage_is_heard_alike(
        role in role(),
        wire in vec(any::<u8>(), 0..300),
        sizes in sizes(),
    ) {
        heard_alike(role, &wire, &sizes)?;
    }

    // SM-011
    #[test]
    fn damaged_handshakes_are_read_alike(role in role(), damage in damage(), sizes in sizes()) {
        let head = if role == Role::Client { RESPONSE } else { REQUEST };
        prop_assert!(shaken_alike(role, head, &sizes)?.starts_with("Ok(Some("));
        shaken_alike(role, &damage.apply(head.to_vec()), &sizes)?;
    }

    #[test]
    fn fields_of_any_content_are_read_alike(
        role in role(),
        name in "[a-zA-Z:-]{0,12}",
        value in "[ -~\t\u{E4}]{0,60}",
        sizes in sizes(),
    ) {
        let (head, from) = match role {
            Role::Client => (RESPONSE, "Sec-WebSocket-Extensions: http2"),
            Role::Server => (REQUEST, "Sec-WebSocket-Extensions: foo; a=\"b\", http2"),
        };
        let head = std::str::from_utf8(head).unwrap();
        for line in [format!("{name}: {value}"), format!("Sec-WebSocket-Extensions: {value}")] {
            shaken_alike(role, head.replace(from, &line).as_bytes(), &sizes)?;
        }
    }

    /// What a client writes, whatever it was asked to, is one request that a server reads as it was
    /// meant; or it is refused.
    #[test]
    fn an_offer_is_read_as_it_was_meant_or_refused(
        host in "[a-z.:\\[\\] /\r\n\u{E4}]{0,8}",
        target in "/[ -~\r\n]{0,8}",
        name in "[a-zX: \r\n-]{1,8}",
        value in "[ -~\t\r\n\u{E4}]{0,12}",
    ) {
        let offer = Offer::new(&host[..], [7; 16]).target(&target[..]).header(&name[..], &value[..]);
        let Ok(client) = Client::new(&offer, Limits::default()) else { return Ok(()) };
        let mut server = Server::new(Extension::None, Limits::default());
        let mut input = client.request();
        let request = server.read_request(&mut input).unwrap().unwrap();
        prop_assert!(input.is_empty());
        prop_assert_eq!((request.host(), request.target()), (&host[..], &target[..]));
        prop_assert_eq!(request.headers().get(&name), Some(value.as_bytes()));
        prop_assert_eq!(request.headers().len(), 6);
    }
}
