//! Header blocks that cost their reader as much as they can for each of their bytes, many in a
//! session.

use spdy::Headers;

use crate::headers::{DICTIONARY_ID, Maker, blocks};

type Blocks = fn() -> Vec<Vec<u8>>;

/// With how many times the work of ordinary blocks each of their bytes may take.
pub const ALL: [(&str, Blocks, f64); 5] = [
    ("empty static blocks", empty_static, 10.0),
    ("tiny dynamic blocks", tiny_dynamic, 10.0),
    ("stored blocks of a byte", stored_bytes, 10.0),
    ("static blocks of one match", one_match, 10.0),
    ("lists of 128 names", many_names, 10.0),
];

/// As many header blocks as the reader may see of one kind: each says of its list what comes first,
/// and the rest in deflate blocks whose bits are given.
fn session(count: usize, list: &[u8], bits: &[u8]) -> Vec<Vec<u8>> {
    let mut block = stored(list);
    let flush = [bits, &[0, 0, 0]].concat();
    block
        .extend(flush.chunks(8).map(|byte| byte.iter().rev().fold(0, |byte, bit| byte << 1 | bit)));
    block.extend([0, 0, 0xFF, 0xFF]);
    let header = [&[0x78, 0xBB][..], &DICTIONARY_ID, &block].concat();
    std::iter::once(header).chain(std::iter::repeat_n(block, count)).collect()
}

/// A stored block.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).unwrap();
    [&[0][..], &len.to_le_bytes(), &(!len).to_le_bytes(), bytes].concat()
}

/// No pairs, and one pair up to its value, of so many bytes.
const NONE: [u8; 2] = [0, 0];

fn one_pair(len: u16) -> Vec<u8> {
    [&[0, 1, 0, 1, b'a'][..], &len.to_be_bytes()].concat()
}

/// Ten bits each.
fn empty_static() -> Vec<Vec<u8>> {
    session(100, &NONE, &[0, 1, 0, 0, 0, 0, 0, 0, 0, 0].repeat(800))
}

/// The shortest there is.
fn tiny_dynamic() -> Vec<Vec<u8>> {
    // 257 and one codes; 18 lengths of codes, in the order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1.
    let mut bits = vec![0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1];
    let mut code_lengths = [[0; 3]; 18];
    (code_lengths[2], code_lengths[17]) = ([1, 0, 0], [1, 0, 0]); // 18 and 1 have codes of one bit
    bits.extend(code_lengths.concat());
    for zeros in [138u8, 118] {
        bits.push(1);
        bits.extend((0..7).map(|bit| (zeros - 11) >> bit & 1));
    }
    bits.extend([0, 0, 0]); // the end of the block and one distance have codes, and the end itself
    session(2_000, &NONE, &bits)
}

fn stored_bytes() -> Vec<Vec<u8>> {
    let mut block = stored(&one_pair(150));
    (0..150).for_each(|_| block.extend(stored(b"x")));
    block.extend([0, 0, 0, 0xFF, 0xFF]);
    let header = [&[0x78, 0xBB][..], &DICTIONARY_ID, &block].concat();
    std::iter::once(header).chain(std::iter::repeat_n(block, 100)).collect()
}

/// 23 bits for 258 bytes.
fn one_match() -> Vec<Vec<u8>> {
    let block = [&[0, 1, 0][..], &[1, 1, 0, 0, 0, 1, 0, 1], &[0; 5], &[0; 7]].concat();
    session(100, &one_pair(200 * 258), &block.repeat(200))
}

/// Names whose beginning, end and length are the same.
fn many_names() -> Vec<Vec<u8>> {
    let name = |number: u32| (format!("x{:03}x", number * 77 % 128), "v");
    let list: Headers = (0..128).map(name).collect();
    blocks(&Maker::Zlib { level: 9 }, &vec![list; 300])
}
