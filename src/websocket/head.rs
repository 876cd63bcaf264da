//! The first bytes of a frame (RFC 6455, section 5.2).

use core::ops::Deref;

use super::error::Error;
use super::mask::Mask;
use super::opcode::Opcode;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0F;
const MASKED: u8 = 0x80;
const LENGTH: u8 = 0x7F;
/// Values of the 7-bit length that say how many bytes the length has.
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;
/// Of a length of 64 bits; never set.
const TOP_BIT: u64 = 1 << 63;

/// The head of a frame, for whoever writes frames of their own; [`Encoder`](super::Encoder) writes
/// whole ones.
///
/// ```
/// use spdy::websocket::{Head, Opcode};
///
/// let head = Head { fin: true, opcode: Opcode::Binary, length: 256, key: None };
/// assert_eq!(*head.emit(), [0x82, 0x7E, 0x01, 0x00]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "these are the fields of the wire")]
pub struct Head {
    /// Whether this frame is the last of its message.
    pub fin: bool,
    /// What the frame is.
    pub opcode: Opcode,
    /// Bytes of the payload, at most 2^63 - 1: the top bit is no part of it.
    pub length: u64,
    /// The masking key, which a client sends and a server does not.
    pub key: Option<[u8; 4]>,
}

impl Head {
    /// The most bytes that a head has: two, a length of 64 bits, and a key.
    pub const MAX_LEN: usize = 14;

    /// The bytes of this head, with the length in its shortest form.
    #[must_use]
    pub fn emit(self) -> HeadBytes {
        let first = if self.fin { FIN } else { 0 } | self.opcode.number();
        let masked = if self.key.is_some() { MASKED } else { 0 };
        let mut bytes = HeadBytes { bytes: [0; Self::MAX_LEN], len: 0 };
        match (u8::try_from(self.length), u16::try_from(self.length)) {
            (Ok(length), _) if length < LENGTH_16 => bytes.push([first, masked | length]),
            (_, Ok(length)) => {
                bytes.push([first, masked | LENGTH_16]);
                bytes.push(length.to_be_bytes());
            }
            (_, Err(_)) => {
                bytes.push([first, masked | LENGTH_64]);
                bytes.push((self.length & !TOP_BIT).to_be_bytes());
            }
        }
        if let Some(key) = self.key {
            bytes.push(key);
        }
        bytes
    }
}

/// The bytes of a head, without an allocation.
#[derive(Clone, Copy, Debug)]
pub struct HeadBytes {
    bytes: [u8; Head::MAX_LEN],
    len: usize,
}

impl HeadBytes {
    fn push<const N: usize>(&mut self, bytes: [u8; N]) {
        let free = self.bytes.iter_mut().skip(self.len);
        self.len += free.zip(bytes).map(|(slot, byte)| *slot = byte).count();
    }
}

impl Deref for HeadBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// The first two bytes of a head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    first: u8,
    second: u8,
}

impl Start {
    const LEN: usize = 2;

    pub(super) const fn fin(self) -> bool {
        self.first & FIN != 0
    }

    pub(super) const fn has_reserved_bits(self) -> bool {
        self.first & RESERVED != 0
    }

    pub(super) const fn opcode(self) -> u8 {
        self.first & OPCODE
    }

    pub(super) const fn is_masked(self) -> bool {
        self.second & MASKED != 0
    }

    /// Whether the payload is longer than 125 bytes.
    pub(super) const fn is_long(self) -> bool {
        self.second & LENGTH >= LENGTH_16
    }

    /// How many bytes the head has.
    const fn head_len(self) -> usize {
        let length = match self.second & LENGTH {
            LENGTH_16 => 2,
            LENGTH_64 => 8,
            _ => 0,
        };
        let key = if self.is_masked() { 4 } else { 0 };
        Self::LEN + length + key
    }
}

/// A head that arrives in pieces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partial {
    bytes: [u8; Head::MAX_LEN],
    filled: usize,
}

impl Partial {
    pub(super) const EMPTY: Self = Self { bytes: [0; Head::MAX_LEN], filled: 0 };

    pub(super) const fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Takes the bytes up to the end of the start, or else of the head; returns how many.
    pub(super) fn fill(&mut self, chunk: &[u8]) -> usize {
        let wanted = self.start().map_or(Start::LEN, Start::head_len);
        fill(&mut self.bytes, &mut self.filled, wanted, chunk)
    }

    pub(super) fn start(&self) -> Option<Start> {
        let [first, second, ..] = self.bytes;
        (self.filled >= Start::LEN).then_some(Start { first, second })
    }

    /// The length and the mask, once they are there.
    pub(super) fn rest(&self) -> Result<Option<(u64, Option<Mask>)>, Error> {
        let Some(start) = self.start().filter(|start| self.filled >= start.head_len()) else {
            return Ok(None);
        };
        let [_, _, a, b, c, d, e, f, g, h, i, j, k, l] = self.bytes;
        let (length, key) = match start.second & LENGTH {
            LENGTH_16 => match u16::from_be_bytes([a, b]) {
                0..=125 => return Err(Error::LengthNotShortest),
                length => (length.into(), [c, d, e, f]),
            },
            LENGTH_64 => match u64::from_be_bytes([a, b, c, d, e, f, g, h]) {
                0..=0xFFFF => return Err(Error::LengthNotShortest),
                TOP_BIT.. => return Err(Error::LengthTopBit),
                length => (length, [i, j, k, l]),
            },
            length => (length.into(), [a, b, c, d]),
        };
        Ok(Some((length, start.is_masked().then_some(Mask::new(key)))))
    }
}

/// Puts what fits of a chunk behind what is there, up to a length; returns how much that was.
pub(super) fn fill(slots: &mut [u8], filled: &mut usize, wanted: usize, chunk: &[u8]) -> usize {
    let missing = slots.iter_mut().take(wanted).skip(*filled);
    let used = missing.zip(chunk).map(|(slot, byte)| *slot = *byte).count();
    *filled += used;
    used
}
