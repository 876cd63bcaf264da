//! Names and values that every version takes, as nearly all are: eight bytes are looked at in one
//! step. In what a step returns the top bit of each byte that is odd is set.

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
    !name.is_empty()
        && !any(name, |word| {
            let is_upper = from(b'A', word) & !from(b'Z' + 1, word);
            word | !from(b'!', word) | from(0x7F, word) | is_upper
        })
}

/// One value, not empty, without control characters.
#[inline(always)]
pub(crate) fn is_plain_value(value: &[u8]) -> bool {
    !value.is_empty() && !any(value, |word| (!from(b' ', word) | from(0x7F, word)) & !word)
}

/// Whether a step finds any odd byte. What is looked at last may have been looked at in part.
#[inline(always)]
fn any(bytes: &[u8], step: impl Fn(u64) -> u64) -> bool {
    let found = if let Some(last) = bytes.last_chunk() {
        let eights = bytes.chunks_exact(8).filter_map(<[u8]>::first_chunk);
        let last = step(u64::from_le_bytes(*last));
        eights.fold(last, |found, eight| found | step(u64::from_le_bytes(*eight)))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let [first, last] = [first, last].map(|four| u64::from(u32::from_le_bytes(*four)));
        step(first | last << 32)
    } else {
        let mut eight = [b'-'; 8];
        eight.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        step(u64::from_le_bytes(eight))
    };
    found & TOP != 0
}
