//! The 8 bytes that begin every frame (Draft 1, sections "Control frames" and "Data frames").

use crate::id::StreamId;

const CONTROL_BIT: u16 = 0x8000;

/// The head of a frame. All integers are big-endian; `length` counts the bytes behind the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Control { version: u16, number: u16, flags: u8, length: u32 },
    Data { stream: StreamId, flags: u8, length: u32 },
}

impl Head {
    /// Bytes of a head.
    pub(crate) const LEN: usize = 8;
    /// The largest length that 24 bits hold.
    pub(crate) const MAX_LENGTH: u32 = 0x00FF_FFFF;

    /// Any 8 bytes are a head.
    pub(crate) const fn parse(bytes: [u8; Self::LEN]) -> Self {
        let [b0, b1, b2, b3, flags, l0, l1, l2] = bytes;
        let first = u32::from_be_bytes([b0, b1, b2, b3]);
        let length = u32::from_be_bytes([flags, l0, l1, l2]) & Self::MAX_LENGTH;
        if first & (CONTROL_BIT as u32) << 16 == 0 {
            Self::Data { stream: StreamId::new(first), flags, length }
        } else {
            Self::Control {
                version: u16::from_be_bytes([b0, b1]) & !CONTROL_BIT,
                number: u16::from_be_bytes([b2, b3]),
                flags,
                length,
            }
        }
    }

    /// Bytes behind it.
    pub(crate) const fn length(self) -> u32 {
        match self {
            Self::Control { length, .. } | Self::Data { length, .. } => length,
        }
    }

    /// The bytes of this head; a length beyond 24 bits must have been refused before.
    pub(crate) const fn emit(self) -> [u8; Self::LEN] {
        let (first, flags, length) = match self {
            Self::Control { version, number, flags, length } => {
                (((version | CONTROL_BIT) as u32) << 16 | number as u32, flags, length)
            }
            Self::Data { stream, flags, length } => (stream.get(), flags, length),
        };
        let second = (flags as u32) << 24 | (length & Self::MAX_LENGTH);
        ((first as u64) << 32 | second as u64).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // S1-002, S1-003
    #[test]
    fn the_top_bit_tells_control_from_data_and_integers_are_big_endian() {
        let data = Head::Data { stream: StreamId::new(0x0405_0607), flags: 1, length: 0x01_0203 };
        assert_eq!(data.emit(), [4, 5, 6, 7, 1, 1, 2, 3]);
        assert_eq!(Head::parse([4, 5, 6, 7, 1, 1, 2, 3]), data);
        assert!(matches!(
            Head::parse([0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]),
            Head::Data { stream, .. } if stream == StreamId::MAX
        ));
        assert_eq!(
            Head::parse([0x80, 1, 0, 6, 0, 0, 0, 4]),
            Head::Control { version: 1, number: 6, flags: 0, length: 4 }
        );
    }
}
