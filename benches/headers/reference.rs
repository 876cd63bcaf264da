//! What ours is held against.

use std::hint::black_box;

use flate2::FlushCompress;
use spdy::Headers;

use crate::counting::measured;
use crate::headers::{BLOCKS, Maker, blocks, lists, parts, plain, zlib};
use crate::raw_miniz::RawMiniz;

/// zlib on what is encoded.
pub fn zlib_encode(lists: &[Headers]) -> u64 {
    let mut zlib = zlib(6);
    let mut block = Vec::with_capacity(1 << 20);
    let plain: Vec<_> = lists.iter().map(plain).collect();
    let (first, rest) = parts(&plain);
    let mut deflate =
        |plain: &Vec<u8>| _ = zlib.compress_vec(plain, &mut block, FlushCompress::Sync).unwrap();
    first.iter().for_each(&mut deflate);
    measured(|| rest.iter().for_each(&mut deflate));
    BLOCKS as u64
}

/// miniz_oxide on the blocks that are decoded.
pub fn raw_miniz(maker: &Maker) -> u64 {
    let blocks = blocks(maker, &lists());
    let (first, rest) = parts(&blocks);
    let mut miniz = RawMiniz::new();
    first.iter().for_each(|block| assert!(!miniz.inflate(block).is_empty()));
    measured(|| rest.iter().for_each(|block| _ = black_box(miniz.inflate(block))));
    BLOCKS as u64
}
