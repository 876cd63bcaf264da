use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use proptest::prelude::*;

use super::*;
use crate::version::Version;

mod against_zlib;
mod described;
mod secrets;

const WANTED: usize = 64 * 1024;
const LIMIT: usize = 256 * 1024;

fn dictionary() -> &'static Dictionary {
    Version::Draft1.dialect().dictionary
}

fn pair(compression: Compression) -> (Deflater, Inflater) {
    (Deflater::new(compression), Inflater::new(dictionary()))
}

fn deflate(deflater: &mut Deflater, plain: &[u8]) -> Vec<u8> {
    deflate_with(deflater, plain, &[])
}

fn deflate_with(deflater: &mut Deflater, plain: &[u8], secrets: &[Range<usize>]) -> Vec<u8> {
    let mut block = Vec::new();
    deflater.deflate(dictionary(), &Text { plain, secrets }, &mut block);
    block.to_vec()
}

/// A text of which some parts are secret.
struct Text<'a> {
    plain: &'a [u8],
    secrets: &'a [Range<usize>],
}

impl Parts for Text<'_> {
    fn len(&self) -> usize {
        self.plain.len()
    }

    fn write(&self, sink: &mut impl Sink) {
        let mut public = 0;
        for secret in self.secrets {
            sink.public(&self.plain[public..secret.start]);
            sink.secret(&self.plain[secret.clone()]);
            public = secret.end;
        }
        sink.public(&self.plain[public..]);
    }
}

/// miniz_oxide in both directions, with the dictionary as its history: the oracle.
struct Oracle {
    compressor: Box<CompressorOxide>,
    begun: bool,
    history: Vec<u8>,
}

impl Oracle {
    fn new(level: i32, strategy: i32) -> Self {
        let flags = create_comp_flags_from_zip_params(level, -15, strategy);
        let mut compressor = Box::new(CompressorOxide::new(flags));
        compress_to_output(&mut compressor, dictionary().bytes, TDEFLFlush::Sync, |_| true);
        Self { compressor, begun: false, history: dictionary().bytes.to_vec() }
    }

    fn deflate(&mut self, plain: &[u8], flush: TDEFLFlush) -> Vec<u8> {
        let mut block = Vec::new();
        if !self.begun {
            self.begun = true;
            block.extend([0x78, 0xBB]);
            block.extend(dictionary().id);
        }
        compress_to_output(&mut self.compressor, plain, flush, |bytes| {
            block.extend_from_slice(bytes);
            true
        });
        block
    }

    /// Inflates a block without its zlib header; `None` if it is not a whole, flushed block.
    fn inflate(&mut self, block: &[u8]) -> Option<Vec<u8>> {
        let start = self.history.len();
        self.history.resize(start + LIMIT + 1, 0);
        let mut decompressor = DecompressorOxide::new();
        let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
            | inflate_flags::TINFL_FLAG_HAS_MORE_INPUT
            | inflate_flags::TINFL_FLAG_IGNORE_ADLER32
            | inflate_flags::TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;
        let (mut used, mut end) = (0, start);
        loop {
            let (status, read, written) =
                decompress(&mut decompressor, &block[used..], &mut self.history, end, flags);
            used += read;
            end += written;
            let is_end = used == block.len();
            match status {
                TINFLStatus::BlockBoundary if is_end => break,
                TINFLStatus::BlockBoundary => {}
                _ => return None,
            }
        }
        let is_flushed = decompressor.block_boundary_state()?.num_bits == 0;
        self.history.truncate(end);
        is_flushed.then(|| self.history[start..].to_vec())
    }
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

/// Letters that do not repeat.
fn noise(state: &mut u32, len: usize) -> Vec<u8> {
    let letter = |_| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'a' + (*state >> 28) as u8
    };
    (0..len).map(letter).collect()
}

// S1-086: a match reaches back over many blocks, and the history stays bounded by what the sender
// declares.
#[test]
fn a_long_session_keeps_no_more_than_the_window_and_half() {
    for (window_bits, most) in [(15, 48 * 1024), (13, 12 * 1024), (11, 6 * 1024)] {
        let mut inflater = Inflater::new(dictionary());
        let mut oracle = Oracle::new(6, 4);
        oracle.begun = window_bits != 15; // its matches are as long as its window
        let mut first = Vec::from([0x78, 0xBB]);
        let mut deflater = Deflater::new(Compression::On);
        let mut state = 1u32;
        for index in 0..2000 {
            let plain = noise(&mut state, 600);
            let block = match window_bits {
                15 => oracle.deflate(&plain, TDEFLFlush::Sync),
                13 => deflate(&mut deflater, &plain),
                _ => {
                    let mut off = Deflater::new(Compression::Off);
                    let block = deflate(&mut off, &plain);
                    if index == 0 { block } else { block[6..].to_vec() }
                }
            };
            assert_eq!(inflater.inflate(&block, WANTED, LIMIT), Ok(Inflated::Whole(plain)));
            assert!(inflater.history.capacity() <= most, "{}", inflater.history.capacity());
        }
        first.clear();
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

// Whatever the history has been moved for: these lengths end about where it is full.
#[test]
fn what_is_wanted_and_what_is_allowed_hold_to_the_byte() {
    let text: Vec<u8> = (0..12_000u32).map(|at| b'a' + (at * at / 7 % 23) as u8).collect();
    for len in 11_000..11_500 {
        let plain = &text[..len];
        let block = deflate(&mut Deflater::new(Compression::On), plain);
        let inflate = |wanted, limit| Inflater::new(dictionary()).inflate(&block, wanted, limit);
        assert_eq!(inflate(len, len), Ok(Inflated::Whole(plain.to_vec())));
        assert_eq!(inflate(len - 1, len), Ok(Inflated::Dropped(len)));
        let limit = len - 1;
        assert_eq!(inflate(limit, limit), Err(InflateError::TooMuchOutput { limit }));
    }
}

// S1-088, S1-A30: no dictionary, the one without its NUL, methods and windows that do not exist.
#[test]
fn a_header_that_is_not_spdys_is_refused() {
    let check = |header: [u8; 6]| check_header(&header, dictionary());
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

/// Bits to bytes, the first bit lowest.
fn bytes_of(bits: &[u8]) -> Vec<u8> {
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |byte, bit| byte << 1 | bit)).collect()
}

/// An empty block with fixed codes is ten bits long and costs next to nothing here.
#[test]
fn empty_fixed_blocks_are_free() {
    let (mut deflater, mut inflater) = pair(Compression::Off);
    let first = deflate(&mut deflater, b"x");
    inflater.inflate(&first, WANTED, LIMIT).unwrap();
    let mut block = bytes_of(&[0, 1, 0, 0, 0, 0, 0, 0, 0, 0].repeat(800));
    block.extend([0, 0, 0, 0xFF, 0xFF]);
    assert_eq!(inflater.inflate(&block, WANTED, LIMIT), Ok(Inflated::Whole(Vec::new())));
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
    let (_, mut inflater) = pair(Compression::Off);
    let mut stored = deflate(&mut pair(Compression::Off).0, b"a");
    let at = stored.len() - 5;
    stored[at] |= 1;
    assert_eq!(inflater.inflate(&stored, WANTED, LIMIT), Err(InflateError::StreamEnded));
}

/// A distance of 2,049 in a window of 2,048, in both ways in which a block is read.
#[test]
fn a_match_beyond_the_declared_window_is_refused() {
    for (strategy, is_dynamic) in [(4, false), (0, true)] {
        for (far, is_refused) in [(2048, false), (2049, true)] {
            let mut oracle = Oracle::new(9, strategy);
            oracle.begun = true;
            let mut state = 9;
            let mark = noise(&mut state, 40);
            let between: Vec<u8> =
                noise(&mut state, far - 40).iter().map(|byte| byte - b'a' + b'A').collect();
            let plain = [&mark[..], &between, &mark].concat();
            let body = oracle.deflate(&plain, TDEFLFlush::Sync);
            assert_eq!(body[0] >> 1 & 3 == 2, is_dynamic, "the block is of the kind that is meant");
            let mut block = Vec::from([0x38, 0x30]);
            block.extend(dictionary().id);
            block.extend(body);
            let result = Inflater::new(dictionary()).inflate(&block, WANTED, LIMIT);
            assert_eq!(result.is_err(), is_refused, "{far} {is_dynamic}");
        }
    }
}

/// Text with repetitions near and far, and stretches of any bytes.
fn plain() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        4 => prop::sample::select(vec![
            "accept", "text/html", "gzip,deflate", "content-type", "/index.html", "Mozilla/5.0 ",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "1234567890", "Tue, 21 Feb 2012 10:00:00 GMT",
        ])
        .prop_map(|word| word.as_bytes().to_vec()),
        2 => prop::collection::vec(any::<u8>(), 0..40),
        1 => (any::<u8>(), 0..600usize).prop_map(|(byte, len)| vec![byte; len]),
        1 => (any::<u32>(), 0..3000usize).prop_map(|(seed, len)| noise(&mut { seed }, len)),
    ];
    prop::collection::vec(word, 1..30)
        .prop_map(|words| words.concat())
        .prop_filter("not empty", |plain| !plain.is_empty())
}

/// Where in a text secrets stand, in order.
fn secrets(len: usize, cuts: &[usize]) -> Vec<Range<usize>> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (len + 1)).collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts.chunks_exact(2).map(|cut| cut[0]..cut[1]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// What is deflated here is read by miniz_oxide and here, with the windows sliding.
    #[test]
    fn deflated_blocks_are_read_by_the_oracle(
        blocks in prop::collection::vec((plain(), prop::collection::vec(any::<usize>(), 0..8)), 1..20),
    ) {
        let (mut deflater, mut inflater) = pair(Compression::On);
        let mut oracle = Oracle::new(6, 0);
        for (index, (plain, cuts)) in blocks.iter().enumerate() {
            let block = deflate_with(&mut deflater, plain, &secrets(plain.len(), cuts));
            let body = if index == 0 { &block[6..] } else { &block[..] };
            prop_assert_eq!(oracle.inflate(body), Some(plain.clone()));
            let inflated = inflater.inflate(&block, LIMIT, LIMIT);
            prop_assert_eq!(inflated, Ok(Inflated::Whole(plain.clone())));
        }
    }

    /// Blocks of every kind that miniz_oxide writes are read here.
    #[test]
    fn blocks_of_the_oracle_are_inflated(
        level in 0..10i32,
        strategy in 0..5i32,
        blocks in prop::collection::vec((plain(), any::<bool>()), 1..20),
    ) {
        let (mut oracle, mut inflater) = (Oracle::new(level, strategy), Inflater::new(dictionary()));
        for (plain, full) in &blocks {
            let flush = if *full { TDEFLFlush::Full } else { TDEFLFlush::Sync };
            let block = oracle.deflate(plain, flush);
            let inflated = inflater.inflate(&block, LIMIT, LIMIT);
            prop_assert_eq!(inflated, Ok(Inflated::Whole(plain.clone())));
        }
    }

    /// A changed block is read as the oracle reads it, or refused by both.
    #[test]
    fn changed_blocks_are_judged_as_by_the_oracle(
        level in 0..10i32,
        strategy in 0..5i32,
        plain in plain(),
        changes in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<usize>()),
    ) {
        let mut block = Oracle::new(level, strategy).deflate(&plain, TDEFLFlush::Sync);
        for (at, byte) in changes {
            let at = 6 + at % (block.len() - 6);
            block[at] ^= byte;
        }
        if let Some(cut) = cut {
            block.truncate(7 + cut % (block.len() - 6));
        }
        let expected = Oracle::new(0, 0).inflate(&block[6..]);
        match Inflater::new(dictionary()).inflate(&block, LIMIT, LIMIT) {
            Ok(Inflated::Whole(inflated)) => prop_assert_eq!(Some(inflated), expected),
            Ok(Inflated::Dropped(_)) => prop_assert!(false, "nothing is dropped up to the limit"),
            // Refused here only.
            Err(InflateError::TooMuchOutput { .. }) => {}
            Err(error) => prop_assert_eq!(expected, None, "{}", error),
        }
    }
}
