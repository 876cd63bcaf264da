//! A Huffman code that is made of the lengths of its codes (RFC 1951, section 3.2.2), for reading. It
//! is made for one block, which may be ten bytes long and hold nothing else: so it is small.

use super::bits::Bits;
use crate::error::InflateError;

/// The longest code.
const MAX_BITS: u32 = 15;

/// The symbols that have codes, and how long these are.
pub(super) struct Lengths<const SYMBOLS: usize> {
    /// In order, each above the length of its code, which has four bits.
    symbols: [u16; SYMBOLS],
    len: usize,
    /// How many codes there are of each length.
    counts: [u16; 16],
}

impl<const SYMBOLS: usize> Lengths<SYMBOLS> {
    pub(super) const NONE: Self = Self { symbols: [0; SYMBOLS], len: 0, counts: [0; 16] };

    /// Adds a symbol behind all others. The length is not 0, and [`MAX_BITS`] at most.
    #[inline]
    pub(super) fn push(&mut self, symbol: u16, length: u16) {
        let count = self.counts.get_mut(usize::from(length & 15));
        if let (Some(slot), Some(count)) = (self.symbols.get_mut(self.len), count) {
            *slot = symbol << 4 | length;
            *count += 1;
            self.len += 1;
        }
    }
}

/// A code: a table of what is short, and the order of all codes for what is long.
pub(super) struct Code<const ENTRIES: usize, const SYMBOLS: usize> {
    /// For all that the next bits may be, the symbol that they begin with above the length of its
    /// code. 0 where the code has more bits, and where there is none.
    entries: [u16; ENTRIES],
    /// The symbols in the order of their codes, each above the length of its code.
    symbols: [u16; SYMBOLS],
    /// For each length what is behind its codes, as if they had [`MAX_BITS`].
    ends: [u16; 16],
    /// For each length what a code lacks to be a place in the order.
    offsets: [u16; 16],
}

impl<const ENTRIES: usize, const SYMBOLS: usize> Code<ENTRIES, SYMBOLS> {
    pub(super) const NONE: Self =
        Self { entries: [0; ENTRIES], symbols: [0; SYMBOLS], ends: [0; 16], offsets: [0; 16] };

    const BITS: u32 = ENTRIES.ilog2();

    /// Makes the code, once. Some bits may say nothing only where there is one code of one bit, or
    /// none at all.
    pub(super) fn build(&mut self, lengths: &Lengths<SYMBOLS>) -> Result<(), InflateError> {
        let places = self.allot(&lengths.counts)?;
        self.put_in_order(lengths, places);
        self.fill_entries(&lengths.counts);
        Ok(())
    }

    /// Whether all bits say something.
    pub(super) fn is_complete(&self) -> bool {
        self.ends.last() == Some(&(1 << MAX_BITS))
    }

    /// Gives each length its codes, the shorter ones first; returns where they begin in the order.
    fn allot(&mut self, counts: &[u16; 16]) -> Result<[u16; 16], InflateError> {
        let mut places = [0; 16];
        let (mut code, mut place) = (0u32, 0u16);
        let all = self.ends.iter_mut().zip(&mut self.offsets).zip(&mut places);
        for ((length, count), ((end, offset), begin)) in (0..).zip(counts).zip(all).skip(1) {
            code <<= 1;
            *begin = place;
            *offset = place.wrapping_sub((code & 0xFFFF) as u16);
            code += u32::from(*count);
            place += count;
            if code > 1 << length {
                return Err(InflateError::Corrupt); // More codes than there are.
            }
            *end = (code << (MAX_BITS - length) & 0xFFFF) as u16;
        }
        if !self.is_complete() && counts.get(1) != Some(&place) {
            return Err(InflateError::Corrupt);
        }
        Ok(places)
    }

    fn put_in_order(&mut self, lengths: &Lengths<SYMBOLS>, mut places: [u16; 16]) {
        for symbol in lengths.symbols.iter().take(lengths.len) {
            let Some(place) = places.get_mut(usize::from(symbol & 15)) else { continue };
            if let Some(slot) = self.symbols.get_mut(usize::from(*place)) {
                *slot = *symbol;
            }
            *place += 1;
        }
    }

    /// Each further bit doubles what the table says, and the codes that end with it join.
    fn fill_entries(&mut self, counts: &[u16; 16]) {
        let (mut size, mut code, mut symbols) = (1, 0usize, self.symbols.iter());
        for count in counts.iter().skip(1).take(Self::BITS as usize) {
            self.entries.copy_within(..size, size);
            size *= 2;
            for symbol in symbols.by_ref().take(usize::from(*count)) {
                if let Some(entry) = self.entries.get_mut(code) {
                    *entry = *symbol;
                }
                // One is added from above, for the first bit of a code is the lowest here.
                if let Some(zero) = (!code & (size - 1)).checked_ilog2() {
                    code = code & ((1 << zero) - 1) | 1 << zero;
                }
            }
        }
    }

    /// Takes a code off the bits; returns its symbol.
    #[inline]
    pub(super) fn next(&self, bits: &mut Bits<'_>) -> Result<u16, InflateError> {
        let next = usize::from(bits.peek(Self::BITS)) & (ENTRIES - 1);
        let entry = match self.entries.get(next).copied().unwrap_or(0) {
            0 => self.find(bits.peek(MAX_BITS))?,
            entry => entry,
        };
        bits.skip(u32::from(entry & 15))?;
        Ok(entry >> 4)
    }

    /// The symbol whose code these bits begin with, one that is longer than those of the table.
    #[cold]
    fn find(&self, bits: u16) -> Result<u16, InflateError> {
        let code = bits.reverse_bits() >> (16 - MAX_BITS);
        let mut lengths = (0..).zip(&self.ends).zip(&self.offsets).skip(1 + Self::BITS as usize);
        let ((length, _), offset) =
            lengths.find(|((_, end), _)| code < **end).ok_or(InflateError::Corrupt)?;
        let place = offset.wrapping_add(code >> (MAX_BITS - length));
        self.symbols.get(usize::from(place)).copied().ok_or(InflateError::Corrupt)
    }
}
