//! Bytes to frames, and back.

use spdy::Compression;
use spdy::frame::Frame;

use super::split;
use super::transcript::{decode, encode, is_receive_only};

/// One byte (the version, the size of the pieces, and by its lowest bit the compression), then what a
/// decoder reads: the pieces give what the whole gives, and what was decoded can be encoded again.
pub fn frame_decode(data: &[u8]) {
    let Some((&first, wire)) = data.split_first() else { return };
    let (version, size) = split(first);
    let whole = decode(version, [wire]);
    let cut = decode(version, wire.chunks(size));
    assert_eq!(cut, whole);

    let frames: Vec<Frame> = whole.items.into_iter().flatten().collect();
    let frames: Vec<_> = frames.into_iter().filter(|frame| !is_receive_only(frame)).collect();
    let compression = if first % 2 == 0 { Compression::Off } else { Compression::On };
    let again = decode(version, [&encode(version, compression, &frames)[..]]);
    assert_eq!(again.end, Ok(()));
    assert_eq!(again.items, frames.into_iter().map(Ok).collect::<Vec<_>>());
}
