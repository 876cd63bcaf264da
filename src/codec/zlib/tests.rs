use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::version::Version;

const WANTED: usize = 64 * 1024;
const LIMIT: usize = 256 * 1024;

fn pair(compression: Compression) -> (Deflater, Inflater) {
    let dictionary = Version::Draft1.dialect().dictionary;
    (Deflater::new(dictionary, compression), Inflater::new(dictionary))
}

fn deflate(deflater: &mut Deflater, plain: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    deflater.deflate(plain, &mut block);
    block
}

// S1-086, S1-087, S1-088
#[test]
fn only_the_first_block_has_a_header_and_every_block_ends_flushed() {
    for compression in [Compression::Off, Compression::On] {
        let (mut deflater, mut inflater) = pair(compression);
        for (index, plain) in
            [&b"content-type"[..], b"content-type", &[7; 70_000]].into_iter().enumerate()
        {
            let block = deflate(&mut deflater, plain);
            assert_eq!(block.get(2..6) == Some(&[0xDF, 0xA2, 0x51, 0xB2]), index == 0);
            assert!(block.ends_with(&[0, 0, 0xFF, 0xFF]), "{compression:?}");
            let inflated = inflater.inflate(&block, LIMIT, LIMIT);
            assert_eq!(inflated, Ok(Inflated::Whole(plain.to_vec())));
        }
    }
}

// S1-086: a match reaches back over many blocks, and the history stays bounded.
#[test]
fn a_long_session_keeps_no_more_than_the_window() {
    let (mut deflater, mut inflater) = pair(Compression::On);
    let mut state = 1u32;
    for _ in 0..2000 {
        let plain: Vec<u8> = (0..600)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                b'a' + (state >> 28) as u8
            })
            .collect();
        let block = deflate(&mut deflater, &plain);
        assert_eq!(inflater.inflate(&block, WANTED, LIMIT), Ok(Inflated::Whole(plain)));
        assert!(inflater.history.capacity() <= 32 * 1024);
    }
}

// S1-A17
#[test]
fn output_beyond_what_is_wanted_is_dropped_and_the_next_block_still_decodes() {
    let (mut deflater, mut inflater) = pair(Compression::On);
    let long = vec![b'a'; WANTED + 1];
    let block = deflate(&mut deflater, &long);
    assert_eq!(inflater.inflate(&block, WANTED, LIMIT), Ok(Inflated::Dropped(WANTED + 1)));
    let block = deflate(&mut deflater, b"accept");
    assert_eq!(inflater.inflate(&block, WANTED, LIMIT), Ok(Inflated::Whole(b"accept".to_vec())));
    let block = deflate(&mut deflater, &vec![b'b'; LIMIT + 1]);
    assert_eq!(
        inflater.inflate(&block, WANTED, LIMIT),
        Err(InflateError::TooMuchOutput { limit: LIMIT })
    );
}

// S1-088, S1-A30: no dictionary, the one without its NUL, methods and windows that do not exist.
#[test]
fn a_header_that_is_not_spdys_is_refused() {
    let check = |header: [u8; 6]| check_header(&header, Version::Draft1.dialect().dictionary);
    assert_eq!(check([0x78, 0xBB, 0xDF, 0xA2, 0x51, 0xB2]), Ok(32 * 1024));
    assert_eq!(check([0x38, 0x30, 0xDF, 0xA2, 0x51, 0xB2]), Ok(2 * 1024));
    assert_eq!(
        check([0x78, 0xBB, 0x8D, 0xF0, 0x51, 0xB2]),
        Err(InflateError::WrongDictionary { id: 0x8DF0_51B2 })
    );
    assert_eq!(check([0x78, 0x9C, 0, 0, 0, 0]), Err(InflateError::NoDictionary));
    assert_eq!(check([0x79, 0xBB, 0, 0, 0, 0]), Err(InflateError::Header));
    assert_eq!(check([0x78, 0xBC, 0, 0, 0, 0]), Err(InflateError::Header));
}

/// An empty static block is ten bits long; eight of them fill ten bytes.
#[test]
fn empty_blocks_are_bounded() {
    let (mut deflater, mut inflater) = pair(Compression::Off);
    let first = deflate(&mut deflater, b"x");
    inflater.inflate(&first, WANTED, LIMIT).unwrap();
    let mut bits = Vec::new();
    for _ in 0..800 {
        bits.extend([0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
    let mut block: Vec<u8> =
        bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |byte, bit| byte << 1 | bit)).collect();
    block.extend([0, 0, 0, 0xFF, 0xFF]);
    assert_eq!(inflater.inflate(&block, WANTED, LIMIT), Err(InflateError::TooManyBlocks));
}

// S1-A17
#[test]
fn a_block_must_end_where_its_flush_does() {
    let whole = deflate(&mut pair(Compression::On).0, b"accept-encoding");
    for cut in 7..whole.len() {
        let (_, mut inflater) = pair(Compression::On);
        let result = inflater.inflate(whole.get(..cut).unwrap(), WANTED, LIMIT);
        assert_eq!(result, Err(InflateError::NotFlushed), "cut at {cut}");
    }
    let mut longer = whole.clone();
    longer.push(0x55);
    let (_, mut inflater) = pair(Compression::On);
    assert!(inflater.inflate(&longer, WANTED, LIMIT).is_err());
    // BFINAL set on the empty stored block.
    let mut ended = whole;
    let at = ended.len() - 5;
    ended[at] |= 1;
    let (_, mut inflater) = pair(Compression::Off);
    let mut stored = deflate(&mut pair(Compression::Off).0, b"a");
    let at = stored.len() - 5;
    stored[at] |= 1;
    assert_eq!(inflater.inflate(&stored, WANTED, LIMIT), Err(InflateError::StreamEnded));
}
