//! What the engine costs, in numbers that do not depend on the machine's load: `run` beside this
//! file counts instructions with valgrind and holds them against `budgets.txt`.
//!
//! `gate` lists the cases; `gate CASE` runs one and prints how often its unit of work was done and
//! how many allocations that took.

mod corpus;
mod counting;
mod headers;
mod websocket;

use std::hint::black_box;

use bytes::{Buf, Bytes, BytesMut};
use counting::{allocations, measured};
use headers::Maker;
use spdy::{Compression, Config, Event, Session, Version, http};

/// A case: sets itself up, does its work inside [`measured`], and says how many units that was.
type Case = fn() -> u64;

const CASES: [(&str, Case); 18] = [
    ("data_decode", data_decode),
    ("data_encode", data_encode),
    ("ping_echo", ping_echo),
    ("exchange_off", || exchange(Version::Draft1, Compression::Off)),
    ("exchange_on", || exchange(Version::Draft1, Compression::On)),
    ("exchange_on_3_1", || exchange(Version::Spdy3_1, Compression::On)),
    ("exchange_on_sm", || exchange(Version::SpeedMobility, Compression::On)),
    ("headers_encode_off", || headers::encode(Compression::Off, &headers::lists())),
    ("headers_encode_on", || headers::encode(Compression::On, &headers::public_lists())),
    ("headers_decode_off", || headers::decode(&Maker::Ours(Compression::Off))),
    ("headers_decode_on", || headers::decode(&Maker::Ours(Compression::On))),
    ("headers_decode_zlib", || headers::decode(&Maker::Zlib { level: 6 })),
    ("headers_decode_dynamic", || headers::decode(&Maker::Miniz { level: 6 })),
    ("first_header_off", || headers::first_header(Compression::Off)),
    ("first_header_on", || headers::first_header(Compression::On)),
    ("websocket_encode", websocket::encode),
    ("websocket_decode", websocket::decode),
    ("handshake_bytes", websocket::handshake_bytes),
];

fn main() {
    let wanted = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    for (name, case) in CASES {
        match &wanted {
            None => println!("{name}"),
            Some(wanted) if wanted == name => {
                let units = case();
                println!("{units} {}", allocations());
            }
            Some(_) => {}
        }
    }
}

const FRAMES: usize = 10_000;
const PAYLOAD: [u8; 1024] = [7; 1024];

fn pair(version: Version, compression: Compression) -> (Session, Session) {
    let config = Config::default().compression(compression);
    match version {
        Version::SpeedMobility => websocket::pair(config),
        _ => (Session::client(version, config), Session::server(version, config)),
    }
}

/// Two ends and a stream on which the client sends.
fn upload() -> (Session, Session, spdy::StreamId) {
    let (mut client, mut server) = pair(Version::Draft1, Compression::Off);
    let post = http::request(Version::Draft1, "POST", "http://example.com/", ()).unwrap();
    let stream = client.open(post).unwrap();
    while server.next_event(&mut client.output()).unwrap().is_some() {}
    (client, server, stream)
}

fn take(session: &mut Session) -> BytesMut {
    let mut wire = BytesMut::new();
    while session.wants_write() {
        let mut output = session.output();
        while output.has_remaining() {
            let chunk = output.chunk();
            wire.extend_from_slice(chunk);
            let len = chunk.len();
            output.advance(len);
        }
    }
    wire
}

/// A DATA frame of 1 KiB, from `Bytes` to its event.
fn data_decode() -> u64 {
    let (mut client, mut server, stream) = upload();
    for _ in 0..FRAMES {
        client.send_data(stream, &PAYLOAD[..], false).unwrap();
        client.output().remaining();
    }
    let mut wire = take(&mut client).freeze();
    measured(|| while black_box(server.next_event(&mut wire)).unwrap().is_some() {});
    FRAMES as u64
}

/// A DATA frame of 1 KiB, from the call to the bytes that a socket takes.
fn data_encode() -> u64 {
    let (mut client, _, stream) = upload();
    let payload = Bytes::from_static(&PAYLOAD);
    measured(|| {
        for _ in 0..FRAMES {
            client.send_data(stream, payload.clone(), false).unwrap();
            let mut output = client.output();
            while output.has_remaining() {
                let len = black_box(output.chunk()).len();
                output.advance(len);
            }
        }
    });
    FRAMES as u64
}

/// A PING and its echo.
fn ping_echo() -> u64 {
    let mut server = Session::server(Version::Draft1, Config::default());
    let frame = [0x80, 1, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1];
    measured(|| {
        for _ in 0..FRAMES {
            server.next_event(&mut &frame[..]).unwrap();
            let mut output = server.output();
            let len = black_box(output.chunk()).len();
            output.advance(len);
        }
    });
    FRAMES as u64
}

const EXCHANGES: u64 = 2_000;

/// A request and its response without bodies, ten headers each, both ends.
fn exchange(version: Version, compression: Compression) -> u64 {
    let (mut client, mut server) = pair(version, compression);
    let (mut up, mut down) = (BytesMut::new(), BytesMut::new());
    let mut one = |number: u64| {
        let url = format!("https://www.example.com/assets/item-{number}.png");
        let request = http::request(version, "GET", &url, REQUEST).unwrap();
        client.open(request).unwrap();
        up.unsplit(take(&mut client));
        while let Some(event) = server.next_event(&mut up).unwrap() {
            if let Event::SynStream { stream, .. } = event {
                let reply = http::response(version, "200 OK", RESPONSE).unwrap();
                server.reply(stream, reply, true).unwrap();
            }
        }
        down.unsplit(take(&mut server));
        while black_box(client.next_event(&mut down)).unwrap().is_some() {}
    };
    (0..100).for_each(&mut one);
    measured(|| (100..100 + EXCHANGES).for_each(&mut one));
    EXCHANGES
}

const REQUEST: [(&str, &str); 7] = [
    ("host", "www.example.com"),
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Test",
    ),
    ("accept", "image/avif,image/webp,image/apng,image/*,*/*;q=0.8"),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", "en-US,en;q=0.9"),
    ("referer", "https://www.example.com/index.html"),
    (
        "cookie",
        "session=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef; theme=dark; lang=en-US",
    ),
];

const RESPONSE: [(&str, &str); 8] = [
    ("date", "Mon, 01 Jan 2024 00:00:00 GMT"),
    ("content-type", "image/png"),
    ("content-length", "0"),
    ("cache-control", "public, max-age=31536000"),
    ("etag", "\"0123456789abcdef\""),
    ("last-modified", "Sun, 31 Dec 2023 00:00:00 GMT"),
    ("vary", "accept-encoding"),
    ("x-request-id", "01234567-89ab-cdef-0123-456789abcdef"),
];
