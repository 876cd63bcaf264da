//! The codes of a block as its reader needs them: the fixed ones, and those that a dynamic block
//! describes (RFC 1951, section 3.2.7).

use super::bits::Bits;
use super::canonical::{Code, Lengths};
use super::tables::{
    DISTANCE_BITS, DISTANCE_CODES, DISTANCES, SYMBOL_BITS, SYMBOLS, Symbol, meaning_of,
};
use crate::error::InflateError;

/// What the text of a block is coded with.
pub(super) trait Codes {
    /// The next literal, length or end. [`THREE`] bits are enough for three of them, and for what the
    /// last one has besides.
    fn symbol(&self, bits: &mut Bits<'_>) -> Result<Symbol, InflateError>;

    /// Base and number of extra bits of the distance that follows them, with a base of 0 if there is
    /// none. The extra bits are there too.
    fn distance(&self, bits: &mut Bits<'_>) -> Result<(u16, u8), InflateError>;
}

/// What two literals and a match take at most in [`Fixed`] codes, and two literals and a length in
/// [`Dynamic`] ones.
pub(super) const THREE: u32 = 50;

/// The codes that need no description.
pub(super) struct Fixed;

impl Codes for Fixed {
    #[inline]
    fn symbol(&self, bits: &mut Bits<'_>) -> Result<Symbol, InflateError> {
        let next = usize::from(bits.peek(SYMBOL_BITS));
        let (symbol, len) = SYMBOLS.get(next & 511).copied().unwrap_or((Symbol::Invalid, 0));
        bits.skip(u32::from(len))?;
        Ok(symbol)
    }

    #[inline]
    fn distance(&self, bits: &mut Bits<'_>) -> Result<(u16, u8), InflateError> {
        let code = usize::from(bits.take(DISTANCE_BITS)?);
        Ok(DISTANCE_CODES.get(code & 31).copied().unwrap_or((0, 0)))
    }
}

/// How many codes a block may describe.
const MOST_SYMBOLS: usize = 286;
const MOST_DISTANCES: usize = 30;

/// The codes of one dynamic block. A distance takes 28 bits at most.
pub(super) struct Dynamic {
    symbols: Code<512, MOST_SYMBOLS>,
    distances: Code<128, MOST_DISTANCES>,
}

impl Dynamic {
    pub(super) const NONE: Self = Self { symbols: Code::NONE, distances: Code::NONE };

    /// Reads the description of the codes. What C zlib refuses is refused.
    pub(super) fn read(&mut self, bits: &mut Bits<'_>) -> Result<(), InflateError> {
        let mut description = Description::NONE;
        description.read(bits)?;
        self.symbols.build(&description.symbols)?;
        self.distances.build(&description.distances)
    }
}

impl Codes for Dynamic {
    #[inline]
    fn symbol(&self, bits: &mut Bits<'_>) -> Result<Symbol, InflateError> {
        self.symbols.next(bits).map(meaning_of)
    }

    #[inline]
    fn distance(&self, bits: &mut Bits<'_>) -> Result<(u16, u8), InflateError> {
        bits.refill_to(28);
        let symbol = self.distances.next(bits)?;
        Ok(DISTANCES.get(usize::from(symbol)).copied().unwrap_or((0, 0)))
    }
}

/// The symbol without which a block has no end.
const END_OF_BLOCK: u16 = 256;

/// The order in which a description has the lengths of the codes that it is written in.
const ORDER: [u16; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The lengths of the codes of a dynamic block.
struct Description {
    symbols: Lengths<MOST_SYMBOLS>,
    distances: Lengths<MOST_DISTANCES>,
}

impl Description {
    const NONE: Self = Self { symbols: Lengths::NONE, distances: Lengths::NONE };

    fn read(&mut self, bits: &mut Bits<'_>) -> Result<(), InflateError> {
        bits.refill();
        let (symbols, distances) = (257 + bits.take(5)?, 1 + bits.take(5)?);
        let written = 4 + usize::from(bits.take(4)?);
        if usize::from(symbols) > MOST_SYMBOLS || usize::from(distances) > MOST_DISTANCES {
            return Err(InflateError::Corrupt);
        }
        let mut code = Code::NONE;
        code.build(&lengths_of_own(written, bits)?)?;
        if !code.is_complete() {
            return Err(InflateError::Corrupt);
        }
        self.read_lengths(&code, symbols, distances, bits)
    }

    fn read_lengths(
        &mut self,
        code: &Code<128, { ORDER.len() }>,
        symbols: u16,
        distances: u16,
        bits: &mut Bits<'_>,
    ) -> Result<(), InflateError> {
        let (mut next, mut last, mut has_end) = (0, None, false);
        while next < symbols + distances {
            bits.refill_to(14);
            let (length, count) = match code.next(bits)? {
                length @ 0..=15 => (length, 1),
                16 => (last.ok_or(InflateError::Corrupt)?, 3 + bits.take(2)?),
                17 => (0, 3 + bits.take(3)?),
                _ => (0, 11 + bits.take(7)?),
            };
            // A repetition may begin in the one alphabet and end in the other.
            let these = next..next + count;
            (next, last) = (these.end, Some(length));
            if length > 0 {
                has_end |= these.contains(&END_OF_BLOCK);
                for place in these {
                    match place.checked_sub(symbols) {
                        None => self.symbols.push(place, length),
                        Some(distance) => self.distances.push(distance, length),
                    }
                }
            }
        }
        if next == symbols + distances && has_end { Ok(()) } else { Err(InflateError::Corrupt) }
    }
}

/// Reads so many lengths of the codes in which a description is written.
fn lengths_of_own(
    written: usize,
    bits: &mut Bits<'_>,
) -> Result<Lengths<{ ORDER.len() }>, InflateError> {
    let mut all = [0; ORDER.len()];
    for symbols in ORDER.get(..written).unwrap_or_default().chunks(16) {
        bits.refill();
        for symbol in symbols {
            let length = bits.take(3)?;
            if let Some(slot) = all.get_mut(usize::from(*symbol)) {
                *slot = length;
            }
        }
    }
    let mut lengths = Lengths::NONE;
    for (symbol, length) in (0..).zip(all).filter(|(_, length)| *length > 0) {
        lengths.push(symbol, length);
    }
    Ok(lengths)
}
