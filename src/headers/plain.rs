//! Names and values that every version takes, as nearly all are. Short ones are looked at in words of
//! eight bytes, others in pieces of one size, for which the compiler uses vectors.

/// The bytes of names or values: ranges of ASCII, each up to a byte that is not in it, and perhaps all
/// beyond ASCII.
#[derive(Clone, Copy)]
struct Class<const N: usize> {
    ranges: [(u8, u8); N],
    beyond_ascii: bool,
}

/// Visible ASCII without upper case.
const NAME: Class<2> = Class { ranges: [(b'!', b'A'), (b'Z' + 1, 0x7F)], beyond_ascii: false };

/// No control characters.
const VALUE: Class<1> = Class { ranges: [(b' ', 0x7F)], beyond_ascii: true };

/// The pieces of what is long, and of what is not.
const LONG: usize = 64;
const SHORT: usize = 16;

const TOP: u64 = each(0x80);

/// The same in each byte of a word.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

impl<const N: usize> Class<N> {
    #[inline(always)]
    fn has(self, byte: u8) -> bool {
        let is_in = |(from, to): &(u8, u8)| byte.wrapping_sub(*from) < to - from;
        let is_beyond = self.beyond_ascii & !byte.is_ascii();
        self.ranges.iter().fold(is_beyond, |found, range| found ^ is_in(range))
    }

    /// The top bit of each byte that it has: adding carries into the one of each byte of ASCII that is
    /// not below an end of a range.
    #[inline(always)]
    fn in_word(self, word: u64) -> u64 {
        let ascii = word & !TOP;
        let from = |byte: u8| ascii + each(0x80 - byte);
        let found =
            self.ranges.iter().fold(0, |found, (start, end)| found ^ from(*start) ^ from(*end));
        TOP & if self.beyond_ascii { found | word } else { found & !word }
    }

    /// Runs to the end, for a loop that may stop looks at one byte at a time.
    #[inline(always)]
    fn has_piece<const LEN: usize>(self, piece: &[u8; LEN]) -> bool {
        piece.iter().fold(true, |all, byte| all & self.has(*byte))
    }

    /// What is looked at last may have been looked at in part.
    #[inline(always)]
    fn has_pieces<const LEN: usize>(self, bytes: &[u8], last: &[u8; LEN]) -> bool {
        for piece in bytes.chunks_exact(LEN).filter_map(<[u8]>::first_chunk::<LEN>) {
            if !self.has_piece(piece) {
                return false;
            }
        }
        self.has_piece(last)
    }

    /// Whether it has all of the bytes, of which there are some.
    #[inline(always)]
    fn has_all(self, bytes: &[u8]) -> bool {
        let found = if let Some(last) = bytes.last_chunk::<SHORT>() {
            return self.has_pieces(bytes, last);
        } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let [first, last] = [first, last].map(|eight| u64::from_le_bytes(*eight));
            self.in_word(first) & self.in_word(last)
        } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let [first, last] = [first, last].map(|four| u64::from(u32::from_le_bytes(*four)));
            self.in_word(first | last << 32)
        } else {
            // One byte to three: the first, the one in the middle, the last.
            let at = |at: usize| bytes.get(at).copied().unwrap_or_default();
            let [first, middle, last] = [0, bytes.len() / 2, bytes.len().saturating_sub(1)].map(at);
            self.in_word(u64::from_le_bytes([first, middle, last, last, last, last, last, last]))
        };
        found == TOP
    }
}

/// A name of visible ASCII without upper case.
#[inline(always)]
pub(crate) fn is_plain_name(name: &[u8]) -> bool {
    match name.len() {
        0..LONG => NAME.has_all(name),
        _ => is_long_plain(name),
    }
}

#[inline(never)]
fn is_long_plain(name: &[u8]) -> bool {
    name.last_chunk::<LONG>().is_some_and(|last| NAME.has_pieces(name, last))
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
            1..LONG if VALUE.has_all(value) => None,
            _ => Self::of_any(value),
        }
    }

    #[inline(never)]
    fn of_any(value: &[u8]) -> Option<Self> {
        let mut found = value.is_empty().then(Self::default);
        let pieces = value.chunks_exact(LONG);
        let rest = pieces.remainder();
        for piece in pieces.filter_map(<[u8]>::first_chunk::<LONG>) {
            if !VALUE.has_piece(piece) {
                found.get_or_insert_default().add(piece);
            }
        }
        if !value.last_chunk::<LONG>().is_some_and(|last| VALUE.has_piece(last)) {
            found.get_or_insert_default().add(rest);
        }
        found
    }

    #[inline(never)]
    fn add(&mut self, bytes: &[u8]) {
        // As few at a time as a byte can count.
        let nuls = bytes.iter().fold(0, |nuls: u8, byte| nuls + u8::from(*byte == 0));
        self.nuls += usize::from(nuls);
        let is_other = |byte: u8| !VALUE.has(byte) & (byte != 0) & (byte != b'\t');
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
        for len in (0..=40).chain(60..=70).chain(126..=130) {
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
