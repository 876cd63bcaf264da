//! Every file of `testvectors/`: the bytes must become the frames that stand beside them, in one
//! piece and in every two.

#[path = "common/transcript.rs"]
mod transcript;
#[path = "common/vectors.rs"]
mod vectors;

use spdy::frame::Frame;
use spdy::{Compression, Version};
use transcript::{Decoded, decode, encode, is_receive_only, word};
use vectors::{DIRECTORIES, Vector, vectors};

/// The result in the words of the files.
fn text(version: Version, decoded: &Decoded) -> Vec<String> {
    let mut lines: Vec<_> = decoded
        .items
        .iter()
        .map(|item| match item {
            Ok(frame) => frame.display(version).to_string(),
            Err(error) => {
                let stream = error.stream.expect("an error of stream scope names its stream");
                let frame_type = error.frame.expect("and its frame");
                format!("error stream={stream} {}", word(frame_type))
            }
        })
        .collect();
    if let Err(error) = &decoded.end {
        let truncated = error.kind == spdy::DecodeErrorKind::EndOfInput;
        lines.push(format!("error {}", if truncated { "truncated" } else { "session" }));
    }
    lines
}

/// The first line that differs, in place of two lists of hundreds.
fn assert_lines(name: &str, how: &str, found: &[String], wanted: &[String]) {
    for index in 0..found.len().max(wanted.len()) {
        let (found, wanted) = (found.get(index), wanted.get(index));
        assert_eq!(found, wanted, "{name}, {how}, line {} of the frames", index + 1);
    }
}

/// What of a wire was decoded, and can be encoded again.
fn frames(version: Version, wire: &[u8]) -> Vec<Frame> {
    let frames = decode(version, [wire]).items.into_iter().flatten();
    frames.filter(|frame| !is_receive_only(frame)).collect()
}

// S1-002, S1-003, S1-008, S1-009, S1-028, S1-055, S1-073, S1-085, S1-086, S1-088: each file names
// what it is about.
#[test]
fn bytes_become_the_frames_of_the_file() {
    for Vector { version, name, wire, lines } in &vectors() {
        assert!(!wire.is_empty() && !lines.is_empty(), "{name} is empty");
        let whole = decode(*version, [&wire[..]]);
        assert_lines(name, "whole", &text(*version, &whole), lines);
        for at in 0..=wire.len() {
            let (first, second) = wire.split_at(at);
            let cut = decode(*version, [first, second]);
            assert!(cut == whole, "{name}, cut at {at}: {cut:#?}\nwhole: {whole:#?}");
        }
        let bytes = decode(*version, wire.chunks(1));
        assert!(bytes == whole, "{name}, byte by byte: {bytes:#?}\nwhole: {whole:#?}");
    }
}

// S1-086, S1-087, S1-088, S2-014, S2-040, S2-069, S3-019, S3-045, S3-068, S3-070
#[test]
fn what_was_decoded_is_encoded_to_equal_frames() {
    let mut count = 0;
    for Vector { version, name, wire, .. } in vectors() {
        let frames = frames(version, &wire);
        for compression in [Compression::Off, Compression::On] {
            let again = decode(version, [&encode(version, compression, &frames)[..]]);
            assert_eq!(again.end, Ok(()), "{name}, {compression:?}");
            for (again, frame) in again.items.iter().zip(&frames) {
                assert_eq!(again.as_ref(), Ok(frame), "{name}, {compression:?}");
            }
            assert_eq!(again.items.len(), frames.len(), "{name}, {compression:?}");
        }
        count += frames.len();
    }
    assert!(count > 900, "only {count} frames");
}

// S1-014, S2-001, S2-027, S2-030, S2-A20, S3-001, S3-004, S3-040, S31-002, S31-017
#[test]
fn frames_without_a_block_are_written_as_the_file_has_them() {
    let mut versions = 0;
    for Vector { version, name, wire, .. } in vectors() {
        if name.ends_with("/frames-uncompressed") {
            let written = encode(version, Compression::On, &frames(version, &wire));
            assert_eq!(written, wire, "{name}");
            versions += 1;
        }
    }
    assert_eq!(versions, DIRECTORIES.len());
}
