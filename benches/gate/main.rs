//! What the engine costs, in numbers that do not depend on the machine's load: `run` beside this
//! file counts instructions with valgrind and holds them against `budgets.txt`.
//!
//! `gate` lists the cases; `gate CASE` runs one and prints how often its unit of work was done and
//! how many allocations that took.

mod corpus;
mod counting;
mod headers;
mod session;
mod websocket;

use counting::{allocations, measured};
use headers::Maker;
use spdy::{Compression, Version};

const FRAMES: usize = 10_000;
const PAYLOAD: [u8; 1024] = [7; 1024];

/// A case: sets itself up, does its work inside [`measured`], and says how many units that was.
type Case = fn() -> u64;

const CASES: [(&str, Case); 29] = [
    ("new_session", session::new_session),
    ("data_decode", || session::data_decode(Version::Spdy2)),
    ("data_decode_windows", || session::data_decode(Version::Spdy3_1)),
    ("data_encode", || session::data_encode(Version::Spdy2, 32)),
    ("data_encode_windows", || session::data_encode(Version::Spdy3_1, 32)),
    ("data_encode_single", || session::data_encode(Version::Spdy3_1, 1)),
    ("data_turns_100", || session::data_turns(100, 32 * 1024)),
    ("data_turns_1000", || session::data_turns(1_000, 32 * 1024)),
    ("data_turns_50000", || session::data_turns(50_000, 32 * 1024)),
    ("data_turns_credit", || session::data_turns(100, 0)),
    ("ping_echo", session::ping_echo),
    ("settings_1", || session::settings(1)),
    ("settings_1000", || session::settings(1_000)),
    ("exchange_off", || session::exchange(Version::Draft1, Compression::Off)),
    ("exchange_on", || session::exchange(Version::Draft1, Compression::On)),
    ("exchange_off_3_1", || session::exchange(Version::Spdy3_1, Compression::Off)),
    ("exchange_on_3_1", || session::exchange(Version::Spdy3_1, Compression::On)),
    ("exchange_on_sm", || session::exchange(Version::SpeedMobility, Compression::On)),
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
