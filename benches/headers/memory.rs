//! What an endpoint holds: itself and what it has allocated.

use bytes::{Buf, Bytes};
use flate2::{Compress, FlushCompress};
use spdy::{Compression, Config, Event, Headers, Session};

use crate::counting::live;
use crate::headers::{DICTIONARY, VERSION, lists, plain};

const EXCHANGES: u32 = 10_000;

const RESPONSE: [(&str, &str); 9] = [
    ("status", "200 OK"),
    ("version", "HTTP/1.1"),
    ("content-type", "image/png"),
    ("content-length", "0"),
    ("cache-control", "public, max-age=31536000"),
    ("etag", "\"0123456789abcdef\""),
    ("last-modified", "Sun, 31 Dec 2023 00:00:00 GMT"),
    ("vary", "accept-encoding"),
    ("set-cookie", "session=0123456789abcdef0123456789abcdef; path=/"),
];

/// A session that has neither sent nor received a header block.
pub fn idle() -> usize {
    let before = live();
    let session = Session::server(VERSION, Config::default());
    let heap = live() - before;
    size_of_val(&session) + usize::try_from(heap).unwrap()
}

/// A server behind many requests, compressed by zlib with its widest window, and as many responses.
pub fn after_exchanges(compression: Compression) -> usize {
    let lists = lists();
    let before = live();
    let mut server = Session::server(VERSION, Config::default().compression(compression));
    exchange(&mut server, &lists);
    let heap = live() - before;
    size_of_val(&server) + usize::try_from(heap).unwrap()
}

fn exchange(server: &mut Session, lists: &[Headers]) {
    let mut zlib = Compress::new(flate2::Compression::new(6), true);
    zlib.set_dictionary(DICTIONARY).unwrap();
    let mut id = 1u32;
    for list in lists.iter().cycle().take(EXCHANGES as usize) {
        let mut block = Vec::with_capacity(2000);
        zlib.compress_vec(&plain(list), &mut block, FlushCompress::Sync).unwrap();
        let mut input = Bytes::from(syn_stream(id, &block));
        id += 2;
        while let Some(event) = server.next_event(&mut input).unwrap() {
            let Event::SynStream { stream, .. } = event else { panic!("{event:?}") };
            server.reply(stream, RESPONSE, true).unwrap();
        }
        while server.wants_write() {
            let mut output = server.output();
            let len = output.remaining();
            output.advance(len);
        }
    }
}

/// SYN_STREAM with FIN.
fn syn_stream(id: u32, block: &[u8]) -> Vec<u8> {
    let length = u32::try_from(10 + block.len()).unwrap();
    let head = [&[0x80, 2, 0, 1][..], &(1 << 24 | length).to_be_bytes()].concat();
    [&head[..], &id.to_be_bytes(), &[0; 6], block].concat()
}
