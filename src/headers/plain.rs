//! Names and values that every version takes, as nearly all are. Short ones are looked at in words of
//! eight bytes, others in pieces of one size, for which the compiler uses vectors.

/// The bytes that a name or a value has only if it is odd: ranges from a first byte to a last one,
/// which go on with 0 behind 255.
#[derive(Clone, Copy)]
struct Odd([(u8, u8); 2]);

/// All but visible ASCII without upper case.
const IN_NAME: Odd = Odd([(0x7F, b' '), (b'A', b'Z')]);

/// Control characters.
const IN_VALUE: Odd = Odd([(0, 0x1F), (0x7F, 0x7F)]);

/// The pieces of what is long, and of what is not.
const LONG: usize = 192;
const SHORT: usize = 16;

const TOP: u64 = each(0x80);

/// The same in each byte of a word.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

impl Odd {
    #[inline(always)]
    fn has(self, byte: u8) -> bool {
        let is_in =
            |(first, last): &(u8, u8)| byte.wrapping_sub(*first) <= last.wrapping_sub(*first);
        self.0.iter().fold(false, |found, range| found | is_in(range))
    }

    /// The top bit of each byte of a word that it has.
    #[inline(always)]
    fn in_word(self, word: u64) -> u64 {
        // Adding carries into the top bit of each byte that is not below an end of a range.
        let ascii = word & !TOP;
        let from = |byte: u8| ascii + each(0x80 - byte);
        let found = self.0.iter().fold(0, |found, &(first, last)| {
            let goes_on = if first > last { TOP } else { 0 };
            found ^ goes_on ^ from(first) ^ from(last + 1)
        });
        TOP & if self.has(u8::MAX) { found | word } else { found & !word }
    }

    /// Whether it has any. These run to the end, for a loop that may stop looks at one byte at a time.
    #[inline(always)]
    fn in_short(self, piece: &[u8; SHORT]) -> bool {
        piece.iter().fold(false, |found, byte| found | self.has(*byte))
    }

    /// The same by the one byte that is nearest to the start of a range, which takes fewer steps.
    #[inline(always)]
    fn in_long(self, piece: &[u8; LONG]) -> bool {
        self.0.iter().any(|&(first, last)| {
            let nearest = |nearest: u8, byte: &u8| nearest.min(byte.wrapping_sub(first));
            piece.iter().fold(u8::MAX, nearest) <= last.wrapping_sub(first)
        })
    }

    /// The same for what is not long and not empty.
    #[inline(always)]
    fn in_any(self, bytes: &[u8]) -> bool {
        // What is looked at last may have been looked at in part.
        let found = if let Some(last) = bytes.last_chunk() {
            for piece in bytes.chunks_exact(SHORT).filter_map(<[u8]>::first_chunk) {
                if self.in_short(piece) {
                    return true;
                }
            }
            return self.in_short(last);
        } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let [first, last] = [first, last].map(|eight| u64::from_le_bytes(*eight));
            self.in_word(first) | self.in_word(last)
        } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let [first, last] = [first, last].map(|four| u64::from(u32::from_le_bytes(*four)));
            self.in_word(first | last << 32)
        } else {
            // One byte to three: the first, the one in the middle, the last.
            let at = |at: usize| bytes.get(at).copied().unwrap_or_default();
            let [first, middle, last] = [0, bytes.len() / 2, bytes.len().saturating_sub(1)].map(at);
            self.in_word(u64::from_le_bytes([first, middle, last, last, last, last, last, last]))
        };
        found != 0
    }
}

/// A name of visible ASCII without upper case.
#[inline(always)]
pub(crate) fn is_plain_name(name: &[u8]) -> bool {
    match name.len() {
        0 => false,
        1..LONG => !IN_NAME.in_any(name),
        _ => is_long_plain(name),
    }
}

#[inline(never)]
fn is_long_plain(name: &[u8]) -> bool {
    for piece in name.chunks_exact(LONG).filter_map(<[u8]>::first_chunk) {
        if IN_NAME.in_long(piece) {
            return false;
        }
    }
    name.last_chunk().is_some_and(|piece| !IN_NAME.in_long(piece))
}

/// The control characters of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Controls {
    pub(crate) nuls: usize,
    /// There are others than NUL and tab.
    pub(crate) others: bool,
}

impl Controls {
    /// Those of a value that is empty or has some, and nothing for one that is plain.
    #[inline(always)]
    pub(crate) fn of(value: &[u8]) -> Option<Self> {
        match value.len() {
            1..LONG if !IN_VALUE.in_any(value) => None,
            _ => Self::of_odd(value),
        }
    }

    #[inline(never)]
    fn of_odd(value: &[u8]) -> Option<Self> {
        let mut found = value.is_empty().then(Self::default);
        let pieces = value.chunks_exact(LONG);
        let rest = pieces.remainder();
        for piece in pieces.filter_map(<[u8]>::first_chunk) {
            if IN_VALUE.in_long(piece) {
                found.get_or_insert_default().add(piece);
            }
        }
        if value.last_chunk().is_none_or(|piece| IN_VALUE.in_long(piece)) {
            found.get_or_insert_default().add(rest);
        }
        found
    }

    #[inline(never)]
    fn add(&mut self, bytes: &[u8]) {
        // As few at a time as a byte can count.
        let nuls = bytes.iter().fold(0, |nuls: u8, byte| nuls + u8::from(*byte == 0));
        self.nuls += usize::from(nuls);
        let is_other = |byte: u8| IN_VALUE.has(byte) & (byte != 0) & (byte != b'\t');
        self.others |= bytes.iter().fold(false, |found, byte| found | is_other(*byte));
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// The same, byte by byte.
    fn is_plain_by_bytes(name: &[u8]) -> bool {
        let is_plain = |byte: &u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
        !name.is_empty() && name.iter().all(is_plain)
    }

    fn controls_by_bytes(value: &[u8]) -> Option<Controls> {
        let count = |is_so: fn(&&u8) -> bool| value.iter().filter(is_so).count();
        let (nuls, tabs) = (count(|byte| **byte == 0), count(|byte| **byte == b'\t'));
        let all = count(|byte| byte.is_ascii_control());
        let found = Controls { nuls, others: all > nuls + tabs };
        (all > 0 || value.is_empty()).then_some(found)
    }

    /// Lengths on both sides of each way of looking.
    #[test]
    fn every_byte_at_every_place() {
        for len in (0..=40).chain([63, 64, 65, 191, 192, 193]) {
            let mut text = vec![b'a'; len];
            assert_eq!(is_plain_name(&text), len > 0);
            assert_eq!(Controls::of(&text), (len == 0).then(Controls::default));
            for place in 0..len {
                for byte in 0..=255 {
                    text[place] = byte;
                    assert_eq!(
                        is_plain_name(&text),
                        is_plain_by_bytes(&text),
                        "{len} {place} {byte}"
                    );
                    assert_eq!(
                        Controls::of(&text),
                        controls_by_bytes(&text),
                        "{len} {place} {byte}"
                    );
                }
                text[place] = b'a';
            }
        }
    }

    fn mostly_plain() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![40 => b'!'..=b'~', 4 => any::<u8>(), 1 => Just(0), 1 => Just(b'\t')];
        (0..400usize).prop_flat_map(move |len| proptest::collection::vec(byte.clone(), len))
    }

    proptest! {
        #[test]
        fn text_with_some_odd_bytes(text in mostly_plain(), from in 0..400usize) {
            let text = text.get(from..).unwrap_or(&text);
            prop_assert_eq!(is_plain_name(text), is_plain_by_bytes(text));
            prop_assert_eq!(Controls::of(text), controls_by_bytes(text));
        }

        /// More of them than a byte can count.
        #[test]
        fn many_controls(text in proptest::collection::vec(0u8..12, 0..2000)) {
            prop_assert_eq!(Controls::of(&text), controls_by_bytes(&text));
        }
    }
}
