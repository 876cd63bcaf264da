//! What the fuzz targets do with an input, a file for each. `tests/corpus.rs` replays the committed
//! corpus with the same functions, without a fuzzer.

use spdy::Version;

mod frame_decode;
mod session_bytes;
#[path = "../../tests/common/transcript.rs"]
mod transcript;

pub use frame_decode::frame_decode;
pub use session_bytes::session_bytes;

/// A target by its name, which is also that of its corpus.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: &[Target] = &[("frame_decode", frame_decode), ("session_bytes", session_bytes)];

/// Two bits choose a version, the others are a size.
fn split(byte: u8) -> (Version, usize) {
    (Version::ALL[usize::from(byte >> 6)], usize::from(byte & 0x3F).max(1))
}
