//! What the fuzz targets do with an input, a file for each. `tests/corpus.rs` replays the committed
//! corpus with the same functions, without a fuzzer.

use spdy::Version;

mod blocks;
mod frame_decode;
#[path = "../../tests/common/model.rs"]
mod model;
mod roundtrip;
mod session;
mod speed_mobility;
#[path = "../../tests/common/transcript.rs"]
pub mod transcript;

pub use blocks::{deflate_roundtrip, header_block, inflate_diff};
pub use frame_decode::frame_decode;
pub use roundtrip::roundtrip;
pub use session::{session_client, session_server};
pub use speed_mobility::speed_mobility;

/// A target by its name, which is also that of its corpus.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: &[Target] = &[
    ("deflate_roundtrip", deflate_roundtrip),
    ("frame_decode", frame_decode),
    ("header_block", header_block),
    ("inflate_diff", inflate_diff),
    ("roundtrip", roundtrip),
    ("session_client", session_client),
    ("session_pair", session_pair),
    ("session_server", session_server),
    ("speed_mobility", speed_mobility),
];

/// A conversation of two sessions, which is held against a model.
pub fn session_pair(data: &[u8]) {
    model::play(data, usize::MAX);
}

/// Two bits choose a version, the others are a size.
fn split(byte: u8) -> (Version, usize) {
    (Version::ALL[usize::from(byte >> 6)], usize::from(byte & 0x3F).max(1))
}
