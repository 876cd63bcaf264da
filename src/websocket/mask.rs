//! The payload of a client's frame (RFC 6455, section 5.3).

use alloc::vec::Vec;

use bytes::{Bytes, BytesMut};

/// What is masked by a few vector instructions, on any target.
const BLOCK: usize = 64;
/// Of the vectors. From the length below on it pays to mask a few bytes first so that no store
/// straddles two lines of the cache.
const ALIGNMENT: usize = 16;
const ALIGNED_FROM: usize = 2048;
/// What is copied and then masked while it is in the nearest cache.
const CACHED: usize = 4096;

/// A masking key and how far it has been used: masks a payload, or unmasks it, piece by piece.
///
/// ```
/// use spdy::websocket::Mask;
///
/// let mut payload = *b"Hello";
/// let (first, rest) = payload.split_at_mut(3);
/// let mut mask = Mask::new([0x37, 0xFA, 0x21, 0x3D]);
/// mask.apply(first);
/// mask.apply(rest);
/// assert_eq!(payload, [0x7F, 0x9F, 0x4D, 0x51, 0x58]);
/// assert_eq!(Mask::new([0x37, 0xFA, 0x21, 0x3D]).applied_to(&payload), "Hello");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Turned so that its first byte is for the next byte of the payload.
    key: [u8; 4],
}

impl Mask {
    /// For a payload that begins with the next byte.
    #[must_use]
    pub const fn new(key: [u8; 4]) -> Self {
        Self { key }
    }

    /// Masks or unmasks the next bytes of the payload where they are.
    pub fn apply(&mut self, bytes: &mut [u8]) {
        let unaligned = match bytes.len() {
            ..BLOCK => return self.apply_to_few(bytes),
            ALIGNED_FROM.. => bytes.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT),
            _ => 0,
        };
        if let Some((first, rest)) = bytes.split_at_mut_checked(unaligned) {
            self.apply_to_few(first);
            self.apply_in_blocks(rest);
        }
    }

    /// The next bytes of the payload, masked or unmasked in a buffer of their own.
    #[must_use]
    pub fn applied_to(&mut self, bytes: &[u8]) -> Bytes {
        if bytes.len() <= CACHED {
            let mut masked = bytes.to_vec();
            self.apply(&mut masked);
            return masked.into();
        }
        // One pass over memory, which here takes longer than the instructions.
        let blocks = bytes.chunks_exact(BLOCK);
        let rest = blocks.remainder();
        let key = self.word();
        let mut masked: Vec<[u8; BLOCK]> = Vec::with_capacity(bytes.len().div_ceil(BLOCK));
        masked.extend(blocks.map(|block| {
            let mut masked = [0; BLOCK];
            masked.copy_from_slice(block);
            mask_words(&mut masked, key);
            masked
        }));
        let mut masked = masked.into_flattened();
        let start = masked.len();
        masked.extend_from_slice(rest);
        self.apply_to_few(masked.get_mut(start..).unwrap_or_default());
        masked.into()
    }

    /// The same behind what stands in a buffer.
    pub(super) fn append(&mut self, bytes: &[u8], out: &mut BytesMut) {
        out.reserve(bytes.len());
        for piece in bytes.chunks(CACHED) {
            let start = out.len();
            out.extend_from_slice(piece);
            self.apply(out.get_mut(start..).unwrap_or_default());
        }
    }

    fn apply_in_blocks(&mut self, bytes: &mut [u8]) {
        let key = self.word();
        let mut blocks = bytes.chunks_exact_mut(BLOCK);
        for block in &mut blocks {
            mask_words(block, key);
        }
        self.apply_to_few(blocks.into_remainder());
    }

    /// For less than a block; the only place where the key turns.
    fn apply_to_few(&mut self, bytes: &mut [u8]) {
        let [a, b, c, d] = self.key;
        self.key = match bytes.len() % self.key.len() {
            1 => [b, c, d, a],
            2 => [c, d, a, b],
            3 => [d, a, b, c],
            _ => [a, b, c, d],
        };
        let key = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
        let rest = mask_words(bytes, key);
        rest.iter_mut().zip(key.to_ne_bytes()).for_each(|(byte, key)| *byte ^= key);
    }

    fn word(self) -> u64 {
        let [a, b, c, d] = self.key;
        u64::from_ne_bytes([a, b, c, d, a, b, c, d])
    }
}

/// Masks whole words, of which the compiler makes vectors; returns the bytes behind them.
#[inline(always)]
fn mask_words(bytes: &mut [u8], key: u64) -> &mut [u8] {
    let mut words = bytes.chunks_exact_mut(size_of::<u64>());
    for word in &mut words {
        let mut bytes = [0; size_of::<u64>()];
        bytes.copy_from_slice(word);
        word.copy_from_slice(&(u64::from_ne_bytes(bytes) ^ key).to_ne_bytes());
    }
    words.into_remainder()
}
