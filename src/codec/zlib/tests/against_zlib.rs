//! Against the C zlib, which is what most peers use.

use flate2::{Compress, Decompress, FlushCompress, FlushDecompress, Status};

use super::*;

/// zlib in both directions.
struct Zlib {
    compress: Compress,
    decompress: Decompress,
    needs_dictionary: bool,
}

impl Zlib {
    fn new(level: u32, window_bits: u8) -> Self {
        let level = flate2::Compression::new(level);
        let mut compress = Compress::new_with_window_bits(level, true, window_bits);
        compress.set_dictionary(dictionary().bytes).unwrap();
        let decompress = Decompress::new_with_window_bits(true, 15);
        Self { compress, decompress, needs_dictionary: true }
    }

    fn deflate(&mut self, plain: &[u8], flush: FlushCompress) -> Vec<u8> {
        let mut block = Vec::with_capacity(plain.len() + plain.len() / 8 + 1000);
        self.compress.compress_vec(plain, &mut block, flush).unwrap();
        block
    }

    /// What zlib makes of a block: its output, and whether it waits for more, has seen the end of the
    /// stream, or refuses it.
    fn inflate(&mut self, block: &[u8]) -> (Vec<u8>, Option<Status>) {
        let mut out = Vec::with_capacity(LIMIT + 1);
        let mut rest = block;
        if self.needs_dictionary {
            let before = self.decompress.total_in();
            let asked = self.decompress.decompress_vec(rest, &mut out, FlushDecompress::Sync);
            assert!(asked.unwrap_err().needs_dictionary().is_some());
            rest = &rest[usize::try_from(self.decompress.total_in() - before).unwrap()..];
            self.decompress.set_dictionary(dictionary().bytes).unwrap();
            self.needs_dictionary = false;
        }
        let status = self.decompress.decompress_vec(rest, &mut out, FlushDecompress::Sync);
        (out, status.ok())
    }
}

/// A block is read as zlib reads it. Where the verdicts differ, it is because zlib waits for the rest
/// of a block that a frame must hold whole, or for bits that cannot heal a fault, or goes on into a
/// last block.
pub(super) fn assert_judged_as_by_zlib(block: &[u8]) -> Result<(), TestCaseError> {
    let (output, status) = Zlib::new(6, 15).inflate(block);
    let is_waiting = matches!(status, Some(Status::Ok | Status::BufError));
    match Inflater::new(dictionary()).inflate(block, LIMIT, LIMIT) {
        Ok(Inflated::Whole(inflated)) => {
            prop_assert!(is_waiting, "zlib goes on behind a whole block");
            prop_assert_eq!(inflated, output);
        }
        Ok(Inflated::Dropped(_)) => prop_assert!(false, "nothing is dropped up to the limit"),
        Err(InflateError::NotFlushed) => prop_assert!(is_waiting, "zlib lacks nothing"),
        Err(InflateError::Corrupt) if is_waiting => {
            for more in [0x00, 0xFF] {
                let mut zlib = Zlib::new(6, 15);
                zlib.inflate(block);
                prop_assert_eq!(zlib.inflate(&[more; 400]).1, None, "zlib has no fault to find");
            }
        }
        Err(InflateError::Corrupt) => prop_assert_eq!(status, None),
        // A limit of ours, and a stream that must not end.
        Err(InflateError::TooMuchOutput { .. } | InflateError::StreamEnded) => {}
        Err(error) => prop_assert!(false, "{}", error),
    }
    Ok(())
}

/// Windows of every size slide many times, theirs and ours.
#[test]
fn long_sessions_with_zlib_keep_in_step() {
    for window_bits in 9..=15 {
        let (mut zlib, mut inflater) = (Zlib::new(6, window_bits), Inflater::new(dictionary()));
        let mut deflater = Deflater::new(Compression::On);
        let mut state = u32::from(window_bits);
        let mut last = Vec::new();
        for _ in 0..300 {
            // Half of it stood in the block before.
            let plain = [&last[..], &noise(&mut state, 250)].concat();
            last = plain[plain.len() - 250..].to_vec();
            let block = zlib.deflate(&plain, FlushCompress::Sync);
            let inflated = inflater.inflate(&block, LIMIT, LIMIT);
            assert_eq!(inflated, Ok(Inflated::Whole(plain.clone())), "{window_bits}");
            assert_eq!(zlib.inflate(&deflate(&mut deflater, &plain)).0, plain);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Every level and window; a full flush forgets all that was before.
    #[test]
    fn blocks_of_zlib_are_inflated(
        level in 0..10u32,
        window_bits in 9..16u8,
        blocks in prop::collection::vec((plain(), any::<bool>()), 1..20),
    ) {
        let (mut zlib, mut inflater) = (Zlib::new(level, window_bits), Inflater::new(dictionary()));
        for (plain, full) in &blocks {
            let flush = if *full { FlushCompress::Full } else { FlushCompress::Sync };
            let block = zlib.deflate(plain, flush);
            let inflated = inflater.inflate(&block, LIMIT, LIMIT);
            prop_assert_eq!(inflated, Ok(Inflated::Whole(plain.clone())));
        }
    }

    #[test]
    fn deflated_blocks_are_read_by_zlib(
        compression in prop_oneof![Just(Compression::Off), Just(Compression::On)],
        blocks in prop::collection::vec((plain(), prop::collection::vec(any::<usize>(), 0..8)), 1..20),
    ) {
        let mut deflater = Deflater::new(compression);
        let mut zlib = Zlib::new(6, 15);
        for (plain, cuts) in &blocks {
            let block = deflate_with(&mut deflater, plain, &secrets(plain.len(), cuts));
            let (inflated, status) = zlib.inflate(&block);
            prop_assert!(status.is_some());
            prop_assert_eq!(&inflated, plain);
        }
    }

    #[test]
    fn changed_blocks_are_judged_as_by_zlib(
        level in 0..10u32,
        plain in plain(),
        changes in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<usize>()),
    ) {
        let mut block = Zlib::new(level, 15).deflate(&plain, FlushCompress::Sync);
        for (at, byte) in changes {
            let at = HEADER_LEN + at % (block.len() - HEADER_LEN);
            block[at] ^= byte;
        }
        if let Some(cut) = cut {
            block.truncate(HEADER_LEN + 1 + cut % (block.len() - HEADER_LEN));
        }
        assert_judged_as_by_zlib(&block)?;
    }
}
