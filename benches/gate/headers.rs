//! Header blocks in the form of SPDY/2, 600 bytes before compression, and who else makes and reads
//! them: zlib and miniz_oxide.

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use flate2::{Compress, FlushCompress};
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params,
};
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::frame::{Frame, SynReply};
use spdy::{Compression, Config, Headers, Open, Session, StreamId, Version};

use crate::corpus;
use crate::counting::measured;

pub const VERSION: Version = Version::Spdy2;

/// How many blocks are counted, behind those that fill the context.
pub const BLOCKS: usize = 200;
const FIRST: usize = 40;

pub const DICTIONARY: &[u8] = include_bytes!("../../testvectors/dictionaries/spdy-v1-v2.bin");
pub const DICTIONARY_ID: [u8; 4] = [0xDF, 0xA2, 0x51, 0xB2];

/// The header lists of a browser.
pub fn lists() -> Vec<Headers> {
    corpus::requests(FIRST + BLOCKS)
}

/// The same without their cookies: ours are never made smaller, so that nothing is left to compare.
pub fn public_lists() -> Vec<Headers> {
    let without_cookie = |mut list: Headers| {
        list.remove("cookie");
        list
    };
    lists().into_iter().map(without_cookie).collect()
}

/// A list as its block has it before compression.
pub fn plain(list: &Headers) -> Vec<u8> {
    let number = |number: usize| u16::try_from(number).unwrap().to_be_bytes();
    let mut plain = Vec::from(number(list.len()));
    for (name, value) in list.iter() {
        for part in [name.as_bytes(), value] {
            plain.extend(number(part.len()));
            plain.extend(part);
        }
    }
    plain
}

/// Who makes the blocks.
pub enum Maker {
    Ours(Compression),
    Zlib { level: u32 },
    Miniz { level: u8 },
}

fn frame(list: Headers) -> Frame {
    Frame::SynReply(SynReply::new(StreamId::new(1), list))
}

pub fn zlib(level: u32) -> Compress {
    let mut zlib = Compress::new(flate2::Compression::new(level), true);
    zlib.set_dictionary(DICTIONARY).unwrap();
    zlib
}

/// The blocks of a session.
pub fn blocks(maker: &Maker, lists: &[Headers]) -> Vec<Vec<u8>> {
    match *maker {
        Maker::Ours(compression) => {
            let mut encoder = Encoder::new(VERSION, compression);
            let mut block = |list| {
                let mut wire = BytesMut::new();
                encoder.encode(&frame(list), &mut wire).unwrap();
                wire[FRAME..].to_vec()
            };
            lists.iter().cloned().map(&mut block).collect()
        }
        Maker::Zlib { level } => {
            let mut zlib = zlib(level);
            let mut block = |plain: &[u8]| {
                let mut block = Vec::with_capacity(plain.len() + 100);
                zlib.compress_vec(plain, &mut block, FlushCompress::Sync).unwrap();
                block
            };
            lists.iter().map(plain).map(|plain| block(&plain)).collect()
        }
        Maker::Miniz { level } => {
            let flags = create_comp_flags_from_zip_params(level.into(), -15, 0);
            let mut miniz = Box::new(CompressorOxide::new(flags));
            compress_to_output(&mut miniz, DICTIONARY, TDEFLFlush::Sync, |_| true);
            let mut header = [&[0x78, 0xBB][..], &DICTIONARY_ID].concat();
            let mut block = |plain: &[u8]| {
                let mut block = std::mem::take(&mut header);
                compress_to_output(&mut miniz, plain, TDEFLFlush::Sync, |bytes| {
                    block.extend_from_slice(bytes);
                    true
                });
                block
            };
            lists.iter().map(plain).map(|plain| block(&plain)).collect()
        }
    }
}

/// SYN_REPLY up to its block.
pub const FRAME: usize = 14;

/// The frames around some blocks.
pub fn wire(blocks: &[Vec<u8>]) -> Bytes {
    let mut wire = BytesMut::new();
    for block in blocks {
        wire.extend_from_slice(&[0x80, 2, 0, 2]);
        wire.extend_from_slice(&u32::try_from(6 + block.len()).unwrap().to_be_bytes());
        wire.extend_from_slice(&[0, 0, 0, 1, 0, 0]);
        wire.extend_from_slice(block);
    }
    wire.freeze()
}

pub fn decode_all(decoder: &mut Decoder, wire: &mut Bytes) {
    while black_box(decoder.decode(wire)).unwrap().is_some() {}
}

/// A session's blocks: those that fill the context, and those that are counted.
pub fn parts<T>(blocks: &[T]) -> (&[T], &[T]) {
    blocks.split_at(FIRST)
}

// The cases of the gate.

pub fn encode(compression: Compression, lists: &[Headers]) -> u64 {
    let frames: Vec<_> = lists.iter().cloned().map(frame).collect();
    let (first, rest) = parts(&frames);
    let mut encoder = Encoder::new(VERSION, compression);
    let mut wire = BytesMut::with_capacity(1 << 20);
    first.iter().for_each(|frame| encoder.encode(frame, &mut wire).unwrap());
    measured(|| rest.iter().for_each(|frame| encoder.encode(frame, &mut wire).unwrap()));
    BLOCKS as u64
}

pub fn decode(maker: &Maker) -> u64 {
    let blocks = blocks(maker, &lists());
    let (first, rest) = parts(&blocks);
    let (mut first, mut rest) = (wire(first), wire(rest));
    let mut decoder = Decoder::new(VERSION, Limits::default());
    decode_all(&mut decoder, &mut first);
    measured(|| decode_all(&mut decoder, &mut rest));
    BLOCKS as u64
}

/// From a new session to the bytes of its first request, cookie and all.
pub fn first_header(compression: Compression) -> u64 {
    let config = Config::default().compression(compression);
    let mut lists = corpus::requests(BLOCKS).into_iter();
    let mut sessions = Vec::with_capacity(BLOCKS);
    measured(|| {
        for list in lists.by_ref() {
            let mut session = Session::client(VERSION, config);
            session.open(Open::new(list).fin(true)).unwrap();
            black_box(bytes::Buf::chunk(&session.output()));
            sessions.push(session);
        }
    });
    BLOCKS as u64
}
