//! Replays what the fuzzers found worth keeping, and every vector, without a fuzzer.

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::path::Path;

/// Runs a target on its corpus and says how many files there were; a panic names its file.
fn replay(target: &str, run: fn(&[u8])) -> usize {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        let data = std::fs::read(&path).unwrap();
        let result = std::panic::catch_unwind(|| run(&data));
        assert!(result.is_ok(), "{} panics", path.display());
        count += 1;
    }
    count
}

#[test]
fn frame_decode_takes_its_corpus() {
    assert!(replay("frame_decode", fuzz::frame_decode) > 0);
}

#[test]
fn session_bytes_takes_its_corpus() {
    assert!(replay("session_bytes", fuzz::session_bytes) > 0);
}
