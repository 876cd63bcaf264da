//! What a session costs.

use std::hint::black_box;
use std::io::IoSlice;

use bytes::{Buf, Bytes, BytesMut};
use spdy::{Compression, Config, Event, Session, SettingId, StreamId, Version, http};

use super::{FRAMES, PAYLOAD, measured, websocket};

/// The largest window.
const WINDOW: u32 = 0x7FFF_FFFF;

/// Two ends, whose windows never shut where there are any.
fn pair(version: Version, compression: Compression) -> (Session, Session) {
    pair_with(version, Config::default().compression(compression))
}

fn pair_with(version: Version, config: Config) -> (Session, Session) {
    let config = config.max_streams(u32::MAX);
    let (mut client, mut server) = match version {
        Version::SpeedMobility => websocket::pair(config),
        _ => (Session::client(version, config), Session::server(version, config)),
    };
    if version == Version::Spdy3_1 {
        for session in [&mut client, &mut server] {
            session.send_settings([(SettingId::INITIAL_WINDOW_SIZE, WINDOW)]).unwrap();
            session.grow_session_window(WINDOW - 64 * 1024).unwrap();
        }
        while server.next_event(&mut take(&mut client)).unwrap().is_some() {}
        while client.next_event(&mut take(&mut server)).unwrap().is_some() {}
    }
    (client, server)
}

/// Two ends and a stream on which the client sends.
fn upload(version: Version) -> (Session, Session, StreamId) {
    let (mut client, mut server) = pair(version, Compression::Off);
    let stream = client.open(()).unwrap();
    while server.next_event(&mut take(&mut client)).unwrap().is_some() {}
    (client, server, stream)
}

fn take(session: &mut Session) -> BytesMut {
    let mut wire = BytesMut::new();
    carry(session, &mut wire);
    wire
}

/// What a driver does whose transport takes and gives everything.
fn carry(session: &mut Session, wire: &mut BytesMut) {
    while session.wants_write() {
        let mut output = session.output();
        while output.has_remaining() {
            let chunk = output.chunk();
            wire.extend_from_slice(chunk);
            let len = chunk.len();
            output.advance(len);
        }
    }
}

/// An end that is ready to send its first header.
pub fn new_session() -> u64 {
    measured(|| {
        for _ in 0..FRAMES {
            black_box(Session::client(Version::Spdy3_1, Config::default()));
        }
    });
    FRAMES as u64
}

/// A DATA frame of 1 KiB, from `Bytes` to its event.
pub fn data_decode(version: Version) -> u64 {
    let (mut client, mut server, stream) = upload(version);
    for _ in 0..FRAMES {
        client.send_data(stream, &PAYLOAD[..], false).unwrap();
    }
    let mut wire = take(&mut client).freeze();
    measured(|| {
        while let Some(event) = server.next_event(&mut wire).unwrap() {
            black_box(&event);
        }
    });
    FRAMES as u64
}

/// A DATA frame of 1 KiB, from the call to the bytes that a socket takes: so many at a time, and one
/// vectored write for them.
pub fn data_encode(version: Version, batch: usize) -> u64 {
    let (mut client, _, stream) = upload(version);
    let payload = Bytes::from_static(&PAYLOAD);
    let mut all = || {
        for _ in 0..batch {
            client.send_data(stream, payload.clone(), false).unwrap();
        }
        let mut output = client.output();
        let mut slices = [IoSlice::new(&[]); 64];
        let filled = output.chunks_vectored(&mut slices);
        let written = slices[..filled].iter().map(|slice| black_box(slice).len()).sum();
        output.advance(written);
        assert_eq!(written, batch * (PAYLOAD.len() + 8));
    };
    all();
    measured(|| (0..FRAMES / batch).for_each(|_| all()));
    (FRAMES / batch * batch) as u64
}

/// A DATA frame of 100 bytes from end to end, in turn over so many open streams, a hundred at a time;
/// its credit goes back in batches of so many bytes.
pub fn data_turns(open: usize, credit_batch: u32) -> u64 {
    const BATCH: usize = 100;
    let config = Config::default().compression(Compression::Off).credit_batch(credit_batch);
    let (mut client, mut server) = pair_with(Version::Spdy3_1, config);
    let (mut up, mut down) = (BytesMut::new(), BytesMut::new());
    let mut streams = Vec::new();
    while streams.len() < open {
        streams.extend((0..BATCH).map(|_| client.open(()).unwrap()));
        carry(&mut client, &mut up);
        while server.next_event(&mut up).unwrap().is_some() {}
    }
    let payload = Bytes::from_static(&PAYLOAD[..100]);
    let mut turn = streams.iter().cycle();
    let mut batch = || {
        for &stream in turn.by_ref().take(BATCH) {
            client.send_data(stream, payload.clone(), false).unwrap();
        }
        carry(&mut client, &mut up);
        while black_box(server.next_event(&mut up)).unwrap().is_some() {}
        carry(&mut server, &mut down);
        while client.next_event(&mut down).unwrap().is_some() {}
    };
    batch();
    measured(|| (0..FRAMES / BATCH).for_each(|_| batch()));
    FRAMES as u64
}

/// A PING and its echo.
pub fn ping_echo() -> u64 {
    let mut server = Session::server(Version::Draft1, Config::default());
    let frame = [0x80, 1, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1];
    let mut one = || {
        server.next_event(&mut &frame[..]).unwrap();
        let mut output = server.output();
        let len = black_box(output.chunk()).len();
        output.advance(len);
    };
    one();
    measured(|| (0..FRAMES).for_each(|_| one()));
    FRAMES as u64
}

/// SETTINGS that shut and open the windows of so many streams that have something to send.
pub fn settings(streams: usize) -> u64 {
    let mut client = Session::client(Version::Spdy3_1, Config::default());
    for _ in 0..streams {
        let stream = client.open(()).unwrap();
        client.send_data(stream, &PAYLOAD[..], true).unwrap();
    }
    // The session's window stays shut.
    let filler = client.open(()).unwrap();
    client.send_data(filler, vec![7; 65_536], false).unwrap();
    take(&mut client);
    let frames = [0, 10].map(|size| {
        let mut server = Session::server(Version::Spdy3_1, Config::default());
        server.send_settings([(SettingId::INITIAL_WINDOW_SIZE, size)]).unwrap();
        take(&mut server)
    });
    let mut both = || {
        for frame in &frames {
            let mut input = &frame[..];
            while black_box(client.next_event(&mut input)).unwrap().is_some() {}
        }
    };
    both();
    measured(|| (0..1_000).for_each(|_| both()));
    2_000
}

const EXCHANGES: u64 = 2_000;

/// A request and its response without bodies, ten headers each, both ends.
pub fn exchange(version: Version, compression: Compression) -> u64 {
    let (mut client, mut server) = pair(version, compression);
    let (mut up, mut down) = (BytesMut::new(), BytesMut::new());
    let mut one = |number: u64| {
        let url = format!("https://www.example.com/assets/item-{number}.png");
        let request = http::request(version, "GET", &url, REQUEST).unwrap();
        client.open(request).unwrap();
        carry(&mut client, &mut up);
        while let Some(event) = server.next_event(&mut up).unwrap() {
            if let Event::SynStream { stream, .. } = event {
                let reply = http::response(version, "200 OK", RESPONSE).unwrap();
                server.reply(stream, reply, true).unwrap();
            }
        }
        carry(&mut server, &mut down);
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
