//! Replays what the fuzzers found worth keeping, and every vector, without a fuzzer.

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::path::Path;

/// A panic names its file.
#[test]
fn every_target_takes_its_corpus() {
    for (target, run) in fuzz::TARGETS {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let mut count = 0;
        for entry in std::fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let data = std::fs::read(&path).unwrap();
            let result = std::panic::catch_unwind(|| run(&data));
            assert!(result.is_ok(), "{} panics", path.display());
            count += 1;
        }
        assert!(count > 0, "{target} has no corpus");
    }
}
