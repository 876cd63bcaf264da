//! The preset dictionaries of the header compression, as data.

use core::fmt;

/// A preset dictionary and the checksum by which a zlib stream names it.
pub(crate) struct Dictionary {
    pub(crate) bytes: &'static [u8],
    /// Adler-32 of the bytes: the DICTID of RFC 1950.
    pub(crate) id: [u8; 4],
    /// What a compressor has to know of the dictionary before it can begin: by their
    /// [hash](Self::hash), where in the bytes four bytes stand last, and where they stand before; both
    /// counted from 1, 0 for nowhere.
    pub(crate) places: [[u16; 2]; Self::PLACES],
}

impl Dictionary {
    pub(crate) const PLACES: usize = 1 << HASH_BITS;

    const fn new(bytes: &'static [u8]) -> Self {
        Self { bytes, id: adler32(bytes).to_be_bytes(), places: places(bytes) }
    }

    /// A number below [`Self::PLACES`] for four bytes, the first one lowest.
    #[inline]
    pub(crate) const fn hash(four: u32) -> usize {
        (four.wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)) as usize
    }
}

const HASH_BITS: u32 = 11;

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dictionary").field("id", &self.id).finish_non_exhaustive()
    }
}

/// 907 bytes of Draft 1 and SPDY/2: the text and one NUL.
pub(super) static DRAFT1: Dictionary =
    Dictionary::new(include_bytes!("../../testvectors/dictionaries/spdy-v1-v2.bin"));

/// 1,423 bytes of SPDY/3 and 3.1, without a NUL at the end.
pub(super) static SPDY3: Dictionary =
    Dictionary::new(include_bytes!("../../testvectors/dictionaries/spdy-v3.bin"));

#[expect(clippy::indexing_slicing, reason = "const loop over its own length")]
const fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b, mut i) = (1u32, 0u32, 0);
    while i < bytes.len() {
        a = (a + bytes[i] as u32) % 65_521;
        b = (b + a) % 65_521;
        i += 1;
    }
    b << 16 | a
}

#[expect(clippy::indexing_slicing, reason = "const loop over its own length")]
#[expect(clippy::cast_possible_truncation, reason = "a dictionary is short")]
const fn places(bytes: &[u8]) -> [[u16; 2]; Dictionary::PLACES] {
    let mut places = [[0; 2]; Dictionary::PLACES];
    let mut at = 0;
    while at + 4 <= bytes.len() {
        let four = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        at += 1;
        let slot = &mut places[Dictionary::hash(four)];
        *slot = [at as u16, slot[0]];
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    // S1-088, S1-A30
    #[test]
    fn the_dictionary_has_907_bytes_with_its_nul_and_the_known_checksum() {
        assert_eq!(DRAFT1.bytes.len(), 907);
        assert_eq!(DRAFT1.bytes.last(), Some(&0));
        assert_eq!(DRAFT1.id, [0xDF, 0xA2, 0x51, 0xB2]);
    }

    // S3-070
    #[test]
    fn the_dictionary_of_version_3_has_1423_bytes_without_a_nul_and_the_known_checksum() {
        assert_eq!(SPDY3.bytes.len(), 1423);
        assert!(SPDY3.bytes.ends_with(b"enq=0."));
        assert_eq!(SPDY3.id, [0xE3, 0xC6, 0xA7, 0xC2]);
    }
}
