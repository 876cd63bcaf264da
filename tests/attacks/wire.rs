//! What an attacker says: frames that an encoder writes, and others, in Speed+Mobility a message each.
//! Header blocks are written by hand, into one zlib stream of the largest window.

use bytes::BytesMut;
use spdy::codec::Encoder;
use spdy::frame::{Frame, FrameType};
use spdy::{Compression, Headers, Role, Version};

use crate::carrier::{SM, carried};
use crate::common::{GET, control_bytes_of, id};

/// An empty stored block behind the padding: what ends every header block.
pub const FLUSH: [u8; 5] = [0, 0, 0, 0xFF, 0xFF];

pub struct Wire {
    pub version: Version,
    /// The role of the victim.
    to: Role,
    encoder: Encoder,
    begun: bool,
    next: u32,
}

impl Wire {
    pub fn new(version: Version, by: Role) -> Self {
        // PING and GOAWAY have other forms in Speed+Mobility, and what has none is not asked for.
        let written = if version == SM { Version::Spdy3 } else { version };
        let encoder = Encoder::new(written, Compression::Off);
        let next = if by == Role::Client { 1 } else { 2 };
        Self { version, to: by.peer(), encoder, begun: false, next }
    }

    pub const fn is_draft_1(&self) -> bool {
        matches!(self.version, Version::Draft1)
    }

    pub const fn wire_version(&self) -> u8 {
        match self.version {
            Version::Draft1 => 1,
            Version::Spdy2 => 2,
            _ => 3,
        }
    }

    /// The next stream, opened with a usual list.
    pub fn syn(&mut self, fin: bool) -> (u32, Vec<u8>) {
        let number = self.next_stream();
        (number, self.with_list(1, u8::from(fin), number, &GET.into()))
    }

    pub fn next_stream(&mut self) -> u32 {
        self.next += 2;
        self.next - 2
    }

    pub fn frame(&mut self, frame: &Frame) -> Vec<u8> {
        match frame {
            Frame::SynReply(reply) => {
                let (flags, stream) = (u8::from(reply.fin), reply.stream.get());
                self.with_list(2, flags, stream, &reply.headers)
            }
            Frame::Headers(headers) => {
                let (flags, stream) = (u8::from(headers.fin), headers.stream.get());
                self.with_list(8, flags, stream, &headers.headers)
            }
            frame => {
                assert_ne!(frame.frame_type(), FrameType::SynStream);
                let mut wire = BytesMut::new();
                self.encoder.encode(frame, &mut wire).unwrap();
                self.carried(&wire)
            }
        }
    }

    /// Whole frames, on what carries them.
    pub fn carried(&self, frames: &[u8]) -> Vec<u8> {
        carried(self.version, self.to, frames)
    }

    /// Any control frame.
    pub fn control(&self, number: u16, flags: u8, payload: &[u8]) -> Vec<u8> {
        self.carried(&control_bytes_of(self.wire_version(), number, flags, payload))
    }

    pub fn data(&mut self, stream: u32, payload: &'static [u8], fin: bool) -> Vec<u8> {
        self.frame(&crate::common::data(id(stream).get(), payload, fin))
    }

    /// A frame of type 1 (SYN_STREAM), 2 (SYN_REPLY) or 8 (SUBRESOURCE, HEADERS) with a list.
    pub fn with_list(&mut self, number: u16, flags: u8, stream: u32, list: &Headers) -> Vec<u8> {
        let pairs: Vec<_> = list.iter().map(|(name, value)| (name.as_bytes(), value)).collect();
        let plain = self.plain(&pairs);
        self.with_plain(number, flags, stream, pairs.len(), &plain)
    }

    /// A frame with a block that inflates to this.
    pub fn with_plain(
        &mut self,
        number: u16,
        flags: u8,
        stream: u32,
        count: usize,
        plain: &[u8],
    ) -> Vec<u8> {
        let block = [&stored(plain)[..], &FLUSH].concat();
        self.with_block(number, flags, stream, count, &block)
    }

    /// A frame with this deflate text; the first has a zlib header before it.
    pub fn with_block(
        &mut self,
        number: u16,
        flags: u8,
        stream: u32,
        count: usize,
        block: &[u8],
    ) -> Vec<u8> {
        let mut payload = self.fields(number, stream);
        if self.is_draft_1() {
            payload.extend((count as u16).to_be_bytes());
        }
        if !self.begun {
            self.begun = true;
            payload.extend([0x78, 0xBB]);
            payload.extend(dictionary_id(self.version));
        }
        payload.extend(block);
        self.control(number, flags, &payload)
    }

    /// What stands before the count and the block.
    pub fn fields(&self, number: u16, stream: u32) -> Vec<u8> {
        let mut fields = stream.to_be_bytes().to_vec();
        match (number, self.wire_version()) {
            (1, 1) => fields.extend([0; 2]),
            (1, _) => fields.extend([0; 6]),
            (_, 1 | 2) => fields.extend([0; 2]),
            _ => {}
        }
        fields
    }

    /// Names and values as they stand in a block, with their count where it is inside.
    pub fn plain(&self, pairs: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut plain = Vec::new();
        if !self.is_draft_1() {
            plain.extend(self.number(pairs.len()));
        }
        for (name, value) in pairs {
            for part in [name, value] {
                plain.extend(self.number(part.len()));
                plain.extend(*part);
            }
        }
        plain
    }

    /// A count or a length.
    pub fn number(&self, number: usize) -> Vec<u8> {
        match self.wire_version() {
            3 => (number as u32).to_be_bytes().to_vec(),
            _ => (number as u16).to_be_bytes().to_vec(),
        }
    }
}

pub const fn dictionary_id(version: Version) -> [u8; 4] {
    match version {
        Version::Draft1 | Version::Spdy2 => [0xDF, 0xA2, 0x51, 0xB2],
        _ => [0xE3, 0xC6, 0xA7, 0xC2],
    }
}

/// Stored blocks.
pub fn stored(plain: &[u8]) -> Vec<u8> {
    let mut blocks = Vec::new();
    for part in plain.chunks(0xFFFF) {
        let len = part.len() as u16;
        blocks.push(0);
        blocks.extend(len.to_le_bytes());
        blocks.extend((!len).to_le_bytes());
        blocks.extend(part);
    }
    blocks
}

/// Bits of a deflate text, the first in the lowest place.
#[derive(Default)]
pub struct Bits {
    bytes: Vec<u8>,
    filled: u32,
}

impl Bits {
    pub fn push(&mut self, value: u32, count: u32) {
        for at in 0..count {
            if self.filled % 8 == 0 {
                self.bytes.push(0);
            }
            *self.bytes.last_mut().unwrap() |= ((value >> at & 1) as u8) << (self.filled % 8);
            self.filled += 1;
        }
    }

    /// A Huffman code, whose first bit is its highest.
    pub fn code(&mut self, code: u32, len: u32) {
        (0..len).rev().for_each(|at| self.push(code >> at & 1, 1));
    }

    /// A block with the fixed codes and nothing but its end.
    pub fn empty_fixed(&mut self) {
        self.push(0b010, 3);
        self.code(0, 7);
    }

    /// A block with the fixed codes that says again what was said so many bytes before, in matches of
    /// 258 bytes and a shorter one.
    pub fn repeat(&mut self, len: usize, distance: usize) {
        let behind = distance as u32 - 1;
        let extra = behind.checked_ilog2().unwrap_or(0).saturating_sub(1);
        let distance_code = if behind < 2 { behind } else { 2 * extra + (behind >> extra) };
        self.push(0b010, 3);
        let mut left = len;
        while left > 0 {
            // No match of one or two bytes is left over.
            let len = if left > 258 && left < 261 { 255 } else { left.min(258) };
            self.length(len as u32);
            self.code(distance_code, 5);
            self.push(behind & ((1 << extra) - 1), extra);
            left -= len;
        }
        self.code(0, 7);
    }

    /// The code of the length of a match, with its extra bits.
    fn length(&mut self, len: u32) {
        let (symbol, extra) = match len {
            258 => (285, 0),
            3..=10 => (254 + len, 0),
            _ => {
                let extra = (len - 3).ilog2() - 2;
                (257 + 4 * extra + ((len - 3) >> extra), extra)
            }
        };
        match symbol {
            256..280 => self.code(symbol - 256, 7),
            _ => self.code(0b1100_0000 + symbol - 280, 8),
        }
        self.push((len - 3) & ((1 << extra) - 1), extra);
    }

    /// The smallest block with codes of its own: nothing but its end.
    pub fn empty_dynamic(&mut self) {
        self.push(0b100, 3);
        self.push(0, 5); // 257 codes for literals,
        self.push(0, 5); // one for distances,
        self.push(14, 4); // 18 for their lengths:
        for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1] {
            self.push(u32::from(matches!(symbol, 18 | 1)), 3);
        }
        for zeros in [138, 118] {
            self.code(1, 1);
            self.push(zeros - 11, 7);
        }
        self.code(0, 1); // the end,
        self.code(0, 1); // and a distance.
        self.code(0, 1);
    }

    /// The end of a header block.
    pub fn flushed(mut self) -> Vec<u8> {
        self.push(0, 3);
        self.filled = 8 * self.bytes.len() as u32;
        self.bytes.extend(&FLUSH[1..]);
        self.bytes
    }
}

/// What a real deflater makes of it, with codes of its own where that is smaller.
pub fn deflated(plain: &[u8]) -> Vec<u8> {
    use miniz_oxide::deflate::core::{
        CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params,
    };
    let flags = create_comp_flags_from_zip_params(9, -15, 0);
    let mut block = Vec::new();
    let mut deflater = Box::new(CompressorOxide::new(flags));
    compress_to_output(&mut deflater, plain, TDEFLFlush::Sync, |bytes| {
        block.extend_from_slice(bytes);
        true
    });
    block
}
