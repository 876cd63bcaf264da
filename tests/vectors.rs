//! Every file of `testvectors/draft1`: the bytes must become the frames that stand beside them, in
//! one piece and in every two. `testvectors/README.md` describes the format.

#[path = "common/transcript.rs"]
mod transcript;

use std::path::Path;

use spdy::frame::Frame;
use spdy::{Compression, Version};
use transcript::{Decoded, decode, encode, is_receive_only, word};

const VERSION: Version = Version::Draft1;

struct Vector {
    name: String,
    wire: Vec<u8>,
    lines: Vec<String>,
}

fn vectors() -> Vec<Vector> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testvectors/draft1");
    let entries = std::fs::read_dir(directory).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| load(path)).collect()
}

fn load(path: &Path) -> Vector {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).unwrap();
    let (mut wire, mut lines, mut section) = (Vec::new(), Vec::new(), "");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match (section, line.strip_prefix("  ")) {
            (_, None) => section = line,
            ("bytes", Some(hex)) => wire.extend(hex.split(' ').map(|byte| {
                u8::from_str_radix(byte, 16).unwrap_or_else(|_| panic!("{name}: {hex}"))
            })),
            ("frames", Some(line)) => lines.push(line.to_owned()),
            _ => panic!("{name}: a line outside `bytes` and `frames`: {line}"),
        }
    }
    Vector { name, wire, lines }
}

/// The result in the words of the files.
fn text(decoded: &Decoded) -> Vec<String> {
    let mut lines: Vec<_> = decoded
        .items
        .iter()
        .map(|item| match item {
            Ok(frame) => frame.display(VERSION).to_string(),
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

// S1-002, S1-003, S1-008, S1-009, S1-028, S1-055, S1-073, S1-085, S1-086, S1-088: each file names
// what it is about.
#[test]
fn bytes_become_the_frames_of_the_file() {
    let vectors = vectors();
    assert!(vectors.len() >= 90, "only {} files were found", vectors.len());
    for Vector { name, wire, lines } in &vectors {
        assert!(!wire.is_empty() && !lines.is_empty(), "{name} is empty");
        let whole = decode(VERSION, [&wire[..]]);
        assert_lines(name, "whole", &text(&whole), lines);
        for at in 0..=wire.len() {
            let (first, second) = wire.split_at(at);
            let cut = decode(VERSION, [first, second]);
            assert!(cut == whole, "{name}, cut at {at}: {cut:#?}\nwhole: {whole:#?}");
        }
        let bytes = decode(VERSION, wire.chunks(1));
        assert!(bytes == whole, "{name}, byte by byte: {bytes:#?}\nwhole: {whole:#?}");
    }
}

// S1-086, S1-087, S1-088
#[test]
fn what_was_decoded_is_encoded_to_equal_frames() {
    let mut count = 0;
    for Vector { name, wire, .. } in vectors() {
        let decoded = decode(VERSION, [&wire[..]]);
        let frames: Vec<Frame> = decoded.items.into_iter().flatten().collect();
        let frames: Vec<_> = frames.into_iter().filter(|frame| !is_receive_only(frame)).collect();
        for compression in [Compression::Off, Compression::On] {
            let again = decode(VERSION, [&encode(VERSION, compression, &frames)[..]]);
            assert_eq!(again.end, Ok(()), "{name}, {compression:?}");
            for (again, frame) in again.items.iter().zip(&frames) {
                assert_eq!(again.as_ref(), Ok(frame), "{name}, {compression:?}");
            }
            assert_eq!(again.items.len(), frames.len(), "{name}, {compression:?}");
        }
        count += frames.len();
    }
    assert!(count > 200, "only {count} frames");
}
