//! Frames to bytes, and back.

use arbitrary::{Arbitrary, Unstructured};
use spdy::Compression;
use spdy::arbitrary::Frames;

use super::transcript::{decode, encode};

/// Any frames that a version has: they come back equal, with compression and without, and a second
/// encoder writes the same bytes.
pub fn roundtrip(data: &[u8]) {
    let Ok(Frames { version, frames }) = Frames::arbitrary(&mut Unstructured::new(data)) else {
        return;
    };
    for compression in [Compression::Off, Compression::On] {
        let wire = encode(version, compression, &frames);
        let decoded = decode(version, [&wire[..]]);
        assert_eq!((&decoded.end, decoded.consumed), (&Ok(()), wire.len()));
        assert!(decoded.items.iter().map(Result::as_ref).eq(frames.iter().map(Ok)));
        assert_eq!(encode(version, compression, &frames), wire);
    }
}
