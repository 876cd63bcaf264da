//! Versions, damage and cuts, at random.
#![allow(dead_code, reason = "every test file uses its own part")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use spdy::Version;

/// The same cases in every run, unless `PROPTEST_RNG_SEED` or `PROPTEST_CASES` say otherwise.
pub fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}

/// Versions in turn.
pub fn version() -> impl Strategy<Value = Version> {
    prop::sample::select(&Version::ALL[..])
}

/// What happens to bytes on their way: some are changed, and the end may be missing.
#[derive(Clone, Debug)]
pub struct Damage {
    flips: Vec<(Index, u8)>,
    end: Option<Index>,
}

impl Damage {
    pub fn apply(&self, mut wire: Vec<u8>) -> Vec<u8> {
        if !wire.is_empty() {
            for (at, flip) in &self.flips {
                let at = at.index(wire.len());
                wire[at] ^= flip;
            }
            wire.truncate(self.end.map_or(wire.len(), |end| end.index(wire.len())));
        }
        wire
    }
}

pub fn damage() -> impl Strategy<Value = Damage> {
    let flips = vec((any::<Index>(), 1..=255u8), 0..4);
    let end = prop::option::weighted(0.3, any::<Index>());
    (flips, end).prop_map(|(flips, end)| Damage { flips, end })
}

/// Sizes of pieces, used in turn; pieces may be empty.
pub fn sizes() -> impl Strategy<Value = Vec<usize>> {
    let size = prop_oneof![2 => 0..20usize, 1 => 0..3000usize];
    vec(size, 1..8).prop_map(|mut sizes| {
        sizes.push(7); // Not all of them may be empty.
        sizes
    })
}

/// Cuts bytes into pieces.
pub fn cut<'a>(mut wire: &'a [u8], sizes: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    sizes.iter().cycle().map_while(move |&size| {
        let (piece, rest) = wire.split_at(size.min(wire.len()));
        let more = !wire.is_empty();
        wire = rest;
        more.then_some(piece)
    })
}
