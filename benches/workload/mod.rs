//! The work that is timed: the same requests, responses and DATA on either side of a comparison.
#![allow(dead_code, reason = "each program uses its own part")]

pub mod ours;

use bytes::Bytes;
use spdy::Compression;

/// What every request says beside its method, URL and version.
pub const REQUEST: [(&str, &str); 6] = [
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

/// What every response says beside its status, and its version in SPDY or its server in HTTP/2. No
/// `content-length`, which `h2` holds against the body: it is the same list for bodies of any length.
pub const RESPONSE: [(&str, &str); 8] = [
    ("date", "Mon, 01 Jan 2024 00:00:00 GMT"),
    ("content-type", "image/png"),
    ("accept-ranges", "bytes"),
    ("cache-control", "public, max-age=31536000"),
    ("etag", "\"0123456789abcdef\""),
    ("last-modified", "Sun, 31 Dec 2023 00:00:00 GMT"),
    ("vary", "accept-encoding"),
    ("x-request-id", "01234567-89ab-cdef-0123-456789abcdef"),
];

/// The URL of a request: all that differs between two of them.
pub fn url(number: usize) -> String {
    format!("https://www.example.com/assets/item-{number}.png")
}

/// What the windows are opened to where there are any.
pub const WINDOW: u32 = 16 * 1024 * 1024;

/// How much the pipe between the two ends holds.
pub const PIPE: usize = 1024 * 1024;

/// A body of constant bytes, one buffer for all that share it.
pub fn body(len: usize) -> Bytes {
    Bytes::from(vec![b'x'; len])
}

/// What one row of the table measures.
#[derive(Clone, Copy)]
pub enum Work {
    /// Requests without and responses with a body, so many at a time.
    Streams { body: usize, in_flight: usize, compression: Compression },
    /// DATA frames of 100 bytes in turn over so many open streams, [`BATCH`] written at a time.
    Data { open: usize, windows: bool },
}

/// How many DATA frames are written before the other end reads.
pub const BATCH: usize = 100;
pub const DATA_LEN: usize = 100;

impl Work {
    /// Its name in the table.
    pub fn name(self) -> String {
        match self {
            Self::Streams { body, in_flight, compression } => {
                let compression = if compression == Compression::On { "on" } else { "off" };
                format!("streams {} {compression} x{in_flight}", size(body))
            }
            Self::Data { open, windows: true } => format!("data {open}"),
            Self::Data { open, windows: false } => format!("data {open} no windows"),
        }
    }

    /// How many units of it make a round that is timed, and one whose instructions are counted.
    pub const fn units(self) -> (usize, usize) {
        match self {
            Self::Streams { body: 0..=1024, .. } => (10_000, 1_000),
            Self::Streams { .. } => (1_000, 200),
            Self::Data { .. } => (50_000, 10_000),
        }
    }
}

fn size(body: usize) -> String {
    match body {
        0 => "no body".into(),
        len => format!("{} KiB", len / 1024),
    }
}
