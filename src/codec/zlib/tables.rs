//! The codes of deflate blocks with fixed Huffman codes (RFC 1951, sections 3.2.5 and 3.2.6), made
//! at compile time, for both directions.
#![expect(clippy::indexing_slicing, reason = "const loops over their own lengths")]
#![expect(clippy::cast_possible_truncation, reason = "all numbers here are small")]

/// The shortest and the longest match.
pub(super) const MIN_MATCH: usize = 3;
pub(super) const MAX_MATCH: usize = 258;

/// What a symbol of the literal/length alphabet says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    Literal(u8),
    /// The match is `base` and the value of `extra` bits long.
    Length {
        base: u16,
        extra: u8,
    },
    EndOfBlock,
    /// 286 and 287 have codes and no meaning.
    Invalid,
}

/// Base and number of extra bits of each length symbol from 257 on, and of each distance symbol.
const LENGTHS: [(u16, u8); 29] = {
    let mut table = [(0, 0); 29];
    let (mut symbol, mut base) = (0, MIN_MATCH as u16);
    while symbol < 28 {
        let extra = if symbol < 8 { 0 } else { (symbol / 4 - 1) as u8 };
        table[symbol] = (base, extra);
        base += 1 << extra;
        symbol += 1;
    }
    table[28] = (MAX_MATCH as u16, 0);
    table
};
pub(super) const DISTANCES: [(u16, u8); 30] = {
    let mut table = [(0, 0); 30];
    let (mut symbol, mut base) = (0, 1u16);
    while symbol < 30 {
        let extra = if symbol < 4 { 0 } else { (symbol / 2 - 1) as u8 };
        table[symbol] = (base, extra);
        base = base.wrapping_add(1 << extra); // only behind the last one is it too large
        symbol += 1;
    }
    table
};

/// A Huffman code as it goes to the wire: its first bit is the lowest one.
const fn reversed(code: u16, bits: u8) -> u16 {
    code.reverse_bits() >> (16 - bits)
}

/// The code of a symbol of the literal/length alphabet, and its length in bits.
const fn code_of(symbol: u16) -> (u16, u8) {
    let (code, bits) = match symbol {
        0..=143 => (0x30 + symbol, 8),
        144..=255 => (0x190 + symbol - 144, 9),
        256..=279 => (symbol - 256, 7),
        _ => (0xC0 + symbol - 280, 8),
    };
    (reversed(code, bits), bits)
}

pub(super) const fn meaning_of(symbol: u16) -> Symbol {
    match symbol {
        0..=255 => Symbol::Literal(symbol as u8),
        256 => Symbol::EndOfBlock,
        257..=285 => {
            let (base, extra) = LENGTHS[symbol as usize - 257];
            Symbol::Length { base, extra }
        }
        _ => Symbol::Invalid,
    }
}

// Reading.

/// Bits that choose an entry of [`SYMBOLS`] and of [`DISTANCE_CODES`].
pub(super) const SYMBOL_BITS: u32 = 9;
pub(super) const DISTANCE_BITS: u32 = 5;

/// What the next nine bits begin with, and how many of them that takes.
pub(super) static SYMBOLS: [(Symbol, u8); 512] = {
    let mut table = [(Symbol::Invalid, 0); 512];
    let mut symbol = 0;
    while symbol < 288 {
        let (code, bits) = code_of(symbol);
        let mut entry = code as usize;
        while entry < 512 {
            table[entry] = (meaning_of(symbol), bits);
            entry += 1 << bits;
        }
        symbol += 1;
    }
    table
};

/// Base and number of extra bits of the distance that five bits say; 0 where they say none.
pub(super) static DISTANCE_CODES: [(u16, u8); 32] = {
    let mut table = [(0, 0); 32];
    let mut symbol = 0;
    while symbol < 30 {
        table[reversed(symbol, 5) as usize] = DISTANCES[symbol as usize];
        symbol += 1;
    }
    table
};

// Writing: the bits of a code, the first one lowest, and how many they are.

/// For each byte, its literal.
pub(super) static LITERAL: [(u16, u8); 256] = {
    let mut table = [(0, 0); 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = code_of(byte as u16);
        byte += 1;
    }
    table
};

/// For each length of a match from [`MIN_MATCH`] on, its code and extra bits.
pub(super) static LENGTH: [(u16, u8); MAX_MATCH - MIN_MATCH + 1] = {
    let mut table = [(0, 0); MAX_MATCH - MIN_MATCH + 1];
    let mut symbol = 0;
    while symbol < LENGTHS.len() {
        let (base, extra) = LENGTHS[symbol];
        let (code, bits) = code_of(257 + symbol as u16);
        let mut value = 0;
        while value < 1 << extra && base as usize + value <= MAX_MATCH {
            let at = base as usize - MIN_MATCH + value;
            table[at] = (code | (value as u16) << bits, bits + extra);
            value += 1;
        }
        symbol += 1;
    }
    table
};

/// The longest distance for which there is a code here: no more is ever written.
pub(super) const MAX_DISTANCE: usize = 8 * 1024;

/// For each distance symbol that [`MAX_DISTANCE`] needs: code, base and number of extra bits.
pub(super) static DISTANCE: [(u16, u16, u8); 26] = {
    let mut table = [(0, 0, 0); 26];
    let mut symbol = 0;
    while symbol < 26 {
        let (base, extra) = DISTANCES[symbol];
        table[symbol] = (reversed(symbol as u16, 5), base, extra);
        symbol += 1;
    }
    table
};

/// The symbol of a distance up to [`MAX_DISTANCE`]: two symbols for each power of two.
pub(super) const fn distance_symbol(distance: usize) -> usize {
    let offset = distance - 1;
    if offset < 4 {
        return offset;
    }
    let power = offset.ilog2() as usize;
    2 * power + (offset >> (power - 1) & 1)
}

/// The code that ends a block.
pub(super) const END_OF_BLOCK: (u16, u8) = code_of(256);
