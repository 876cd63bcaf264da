//! Random conversations of two sessions, held against a model: `common/model.rs`.

#[path = "common/model.rs"]
mod model;

use std::panic::{catch_unwind, set_hook, take_hook};

/// How many there are, unless `MODEL_RUNS` says otherwise. `MODEL_SEED` names the first.
const RUNS: u64 = 200;

/// The bytes of a conversation: the same for the same seed.
fn bytes(seed: u64) -> Vec<u8> {
    let mut state = seed;
    // SplitMix64.
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    };
    let len = next() % 6_000;
    (0..len).map(|_| next() as u8).collect()
}

/// The fewest steps after which it fails.
fn fewest_steps(data: &[u8]) -> usize {
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let steps = (0..).find(|&most| catch_unwind(|| model::play(data, most)).is_err());
    set_hook(hook);
    steps.unwrap()
}

// S3-081, S3-082, S3-086, S3-087, S31-003, S31-004, S31-006, S31-A04
#[test]
fn what_is_sent_arrives() {
    let asked = |name| std::env::var(name).ok().map(|number| number.parse().unwrap());
    let (seed, runs) = (asked("MODEL_SEED"), asked("MODEL_RUNS"));
    let first = seed.unwrap_or(0);
    let runs = runs.unwrap_or(if seed.is_some() { 1 } else { RUNS });
    for seed in first..first + runs {
        let data = bytes(seed);
        if catch_unwind(|| model::play(&data, usize::MAX)).is_err() {
            let steps = fewest_steps(&data);
            panic!("MODEL_SEED={seed} fails, at the latest after {steps} steps");
        }
    }
}
