//! Names and values that every version takes, as nearly all are: eight bytes are looked at in one
//! step. In what a step returns the top bit of each byte that is odd is set. What is long is looked at
//! byte by byte, in a loop of which the compiler makes one over vectors.

/// From here on a string is long.
const LONG: usize = 128;

const TOP: u64 = each(0x80);

/// The same in each byte of a word.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Which bytes of ASCII are such a byte or a later one: adding carries into the top bit.
const fn from(byte: u8, word: u64) -> u64 {
    (word & !TOP) + each(0x80 - byte)
}

/// A name of visible ASCII without upper case.
#[inline(always)]
pub(crate) fn is_plain_name(name: &[u8]) -> bool {
    let is_odd = |byte: u8| !byte.is_ascii_graphic() | byte.is_ascii_uppercase();
    let odd_in = |word| {
        let is_upper = from(b'A', word) & !from(b'Z' + 1, word);
        word | !from(b'!', word) | from(0x7F, word) | is_upper
    };
    !name.is_empty() && !any(name, odd_in, is_odd)
}

/// One value, not empty, without control characters.
#[inline(always)]
pub(crate) fn is_plain_value(value: &[u8]) -> bool {
    let odd_in = |word| (!from(b' ', word) | from(0x7F, word)) & !word;
    !value.is_empty() && !any(value, odd_in, is_control)
}

/// Whether a step finds any odd byte. What is looked at last may have been looked at in part.
#[inline(always)]
fn any(bytes: &[u8], step: impl Fn(u64) -> u64, is_odd: impl Fn(u8) -> bool) -> bool {
    let found = if let Some(last) = bytes.last_chunk() {
        if bytes.len() >= LONG {
            return any_byte(bytes, is_odd);
        }
        let eights = bytes.chunks_exact(8).filter_map(<[u8]>::first_chunk);
        let last = step(u64::from_le_bytes(*last));
        eights.fold(last, |found, eight| found | step(u64::from_le_bytes(*eight)))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let [first, last] = [first, last].map(|four| u64::from(u32::from_le_bytes(*four)));
        step(first | last << 32)
    } else {
        // One byte to three: the first, the one in the middle, the last.
        let at = |at: usize| bytes.get(at).map_or(b'-', |byte| *byte);
        let [first, middle, last] = [0, bytes.len() / 2, bytes.len().saturating_sub(1)].map(at);
        step(u64::from_le_bytes([first, middle, last, b'-', b'-', b'-', b'-', b'-']))
    };
    found & TOP != 0
}

pub(crate) const fn is_control(byte: u8) -> bool {
    (byte < b' ') | (byte == 0x7F)
}

/// Whether any byte is so. It runs to the end, for a loop that may stop looks at one byte at a time.
#[inline(never)]
pub(crate) fn any_byte(bytes: &[u8], is_so: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |found, &byte| found | is_so(byte))
}
