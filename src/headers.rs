//! A list of names and values: what a header block says.

mod plain;

use alloc::vec::Vec;
use core::fmt;

pub(crate) use plain::{Controls, is_plain_name};

/// A name/value list.
///
/// Names are lower case and unique: a value appended to a name that is already there joins its
/// values, as on the wire, with a NUL between them. Order is kept. Values are bytes. Names are found in
/// whatever case they are asked for.
///
/// Names that stand for the request and status lines of HTTP differ between versions (`url` or
/// `:path`): [`http`](crate::http) knows them, and the other fields are what it takes as a list.
///
/// ```
/// use spdy::Headers;
///
/// let mut headers = Headers::from([("method", "GET"), ("Accept", "text/html")]);
/// headers.append("accept", "image/png");
/// assert_eq!(headers.get_str("Method"), Some("GET"));
/// assert_eq!(headers.get("accept"), Some(&b"text/html\0image/png"[..])); // as it is on the wire
/// assert!(headers.values("accept").eq([&b"text/html"[..], b"image/png"])); // one by one
/// ```
///
/// Arrays, slices, `Vec`s and iterators of pairs turn into a list, and `()` into an empty one.
#[derive(Clone, Default)]
pub struct Headers {
    /// The pairs as a block has them, each name and each value behind its length, so that a block
    /// becomes a list and a list a block as it is.
    pairs: Vec<u8>,
    /// Where the first one begins: behind the count of a received block.
    start: u8,
    /// Lengths have two bytes, as in Draft 1 and SPDY/2; otherwise four, as in SPDY/3 and in every
    /// list that was made or changed here.
    is_narrow: bool,
    content: Content,
    len: u32,
    /// The [`mark`]s of its names, and perhaps others.
    names: u64,
    /// Which pairs the caller marked as sensitive, counted from 0.
    sensitive: Vec<u32>,
    uncompressed: bool,
}

/// What is known of all names and values while a list is made, so that it need not be asked each
/// time that the list is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Content {
    /// Every version takes them.
    #[default]
    Plain,
    /// There may be some that not every version takes.
    Odd,
    /// One was longer than four bytes can say; it is not there, and the list cannot be sent.
    TooLong,
}

/// Room for the line of a request or a response.
const FOR_LINE: usize = 128;

const NARROW: usize = 2;
const WIDE: usize = 4;

/// A name and its value in a list.
struct Pair<'a> {
    index: usize,
    name: &'a [u8],
    value: &'a [u8],
    /// Where the value ends.
    end: usize,
}

impl Headers {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            pairs: Vec::new(),
            start: 0,
            is_narrow: false,
            content: Content::Plain,
            len: 0,
            names: 0,
            sensitive: Vec::new(),
            uncompressed: false,
        }
    }

    /// A list over the bytes of an inflated block, of which the first `start` are its count. The
    /// lengths must fit, and the names be lower-case UTF-8 and unique.
    pub(crate) fn over(
        pairs: Vec<u8>,
        start: usize,
        width: usize,
        len: usize,
        content: Content,
    ) -> Self {
        Self {
            pairs,
            start: u8::try_from(start).unwrap_or_default(), // 4 at most
            is_narrow: width == NARROW,
            content,
            len: u32::try_from(len).unwrap_or_default(), // a block of 4 GiB there is not
            names: u64::MAX,
            sensitive: Vec::new(),
            uncompressed: false,
        }
    }

    /// Adds a value. The name is lower-cased; if it is there already the value joins the others.
    ///
    /// Nothing is refused here: what a version does not allow (an empty name, a value of 70,000
    /// bytes) is refused by the call that sends the list.
    pub fn append(&mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) {
        self.insert(name.as_ref(), value.as_ref(), false);
    }

    /// Adds a value that is kept out of the context of the header compression, such as a token.
    /// Those of `cookie`, `set-cookie`, `authorization` and `proxy-authorization` are anyway.
    ///
    /// The mark is the caller's and stays on this side; it holds for all values of the name.
    pub fn append_sensitive(&mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) {
        self.insert(name.as_ref(), value.as_ref(), true);
    }

    fn insert(&mut self, name: &str, value: &[u8], sensitive: bool) {
        self.widen();
        let mark = mark(name.as_bytes());
        let found = if self.names & mark == 0 { None } else { self.find_any(name) };
        let (index, is_short) = match found.map(|pair| (pair.index, pair.value.len(), pair.end)) {
            None => (self.len(), self.add(name.as_bytes(), mark, value)),
            Some((index, len, end)) => (index, self.join(len, end, value)),
        };
        if !is_short {
            self.content = Content::TooLong;
        } else if sensitive && !self.is_marked(index) {
            self.sensitive.extend(u32::try_from(index));
        }
    }

    /// Adds a name that is not there; `false` if a length is too long.
    #[inline]
    fn add(&mut self, name: &[u8], mark: u64, value: &[u8]) -> bool {
        let lengths = (u32::try_from(name.len()), u32::try_from(value.len()));
        let (Ok(name_len), Ok(value_len)) = lengths else {
            return false;
        };
        self.names |= mark;
        self.pairs.reserve(2 * WIDE + name.len() + value.len());
        self.pairs.extend_from_slice(&name_len.to_be_bytes());
        self.pairs.extend_from_slice(name);
        if !is_plain_name(name) {
            self.lower_last(name.len());
        }
        if Controls::of(value).is_some() {
            self.content = self.content.max(Content::Odd);
        }
        self.pairs.extend_from_slice(&value_len.to_be_bytes());
        self.pairs.extend_from_slice(value);
        self.len += 1;
        true
    }

    /// Lower-cases a name that was written last.
    #[cold]
    fn lower_last(&mut self, len: usize) {
        let start = self.pairs.len() - len;
        let name = self.pairs.get_mut(start..).unwrap_or_default();
        name.make_ascii_lowercase();
        if !is_plain_name(name) {
            self.content = self.content.max(Content::Odd);
        }
    }

    /// Adds a value to one of so many bytes that ends there; `false` if both are too long.
    #[cold]
    fn join(&mut self, len: usize, end: usize, value: &[u8]) -> bool {
        let Ok(joined_len) = u32::try_from(len + 1 + value.len()) else {
            return false;
        };
        self.pairs.splice(end..end, core::iter::once(0).chain(value.iter().copied()));
        if let Some(length) = self.pairs.get_mut(end - len - WIDE..end - len) {
            length.copy_from_slice(&joined_len.to_be_bytes());
        }
        self.content = self.content.max(Content::Odd);
        true
    }

    /// Puts pairs before all others. None of the names is there yet.
    pub(crate) fn prepend(&mut self, pairs: &[(&str, &str)]) {
        self.widen();
        let (end, len) = (self.pairs.len(), self.len);
        self.extend(pairs.iter().copied());
        let start = usize::from(self.start);
        self.pairs.get_mut(start..).unwrap_or_default().rotate_left(end - start);
        let added = self.len - len;
        self.sensitive.iter_mut().for_each(|marked| *marked += added);
    }

    /// Gives the lengths four bytes, as all that is added has them.
    #[inline]
    fn widen(&mut self) {
        if self.is_narrow {
            self.copy_wide();
        }
    }

    #[cold]
    fn copy_wide(&mut self) {
        let mut pairs = Vec::with_capacity(self.pairs.len() + 4 * self.len());
        for string in self.raw().flat_map(|(name, value)| [name, value]) {
            pairs.extend(u32::try_from(string.len()).unwrap_or_default().to_be_bytes());
            pairs.extend_from_slice(string);
        }
        (self.pairs, self.start, self.is_narrow) = (pairs, 0, false);
    }

    /// Drops a name and all its values; says whether it was there.
    #[inline]
    pub fn remove(&mut self, name: &str) -> bool {
        self.may_have(name) && self.remove_any(name)
    }

    #[inline(never)]
    fn remove_any(&mut self, name: &str) -> bool {
        self.widen();
        let Some(pair) = self.find(name) else {
            return false;
        };
        let start = pair.end - pair.value.len() - pair.name.len() - 2 * WIDE;
        let (index, end) = (pair.index, pair.end);
        self.pairs.drain(start..end);
        self.len -= 1;
        self.sensitive.retain(|&marked| marked as usize != index);
        for marked in self.sensitive.iter_mut().filter(|marked| **marked as usize > index) {
            *marked -= 1;
        }
        true
    }

    #[inline]
    fn may_have(&self, name: &str) -> bool {
        self.names & mark(name.as_bytes()) != 0
    }

    #[inline]
    fn find(&self, name: &str) -> Option<Pair<'_>> {
        if self.may_have(name) { self.find_any(name) } else { None }
    }

    #[inline(never)]
    fn find_any(&self, name: &str) -> Option<Pair<'_>> {
        if self.is_narrow { self.find_with::<NARROW>(name) } else { self.find_with::<WIDE>(name) }
    }

    fn find_with<const WIDTH: usize>(&self, name: &str) -> Option<Pair<'_>> {
        let mut rest = self.pairs();
        for index in 0.. {
            let (found, value) = (take::<WIDTH>(&mut rest)?, take::<WIDTH>(&mut rest)?);
            if found.len() == name.len() && found.eq_ignore_ascii_case(name.as_bytes()) {
                return Some(Pair {
                    index,
                    name: found,
                    value,
                    end: self.pairs.len() - rest.len(),
                });
            }
        }
        None
    }

    fn is_marked(&self, index: usize) -> bool {
        self.sensitive.iter().any(|&marked| marked as usize == index)
    }

    /// The value of a name as it is on the wire: several values have a NUL between them.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.find(name).map(|pair| pair.value)
    }

    /// The value of a name as text; `None` also if it is not UTF-8.
    #[must_use]
    pub fn get_str(&self, name: &str) -> Option<&str> {
        core::str::from_utf8(self.get(name)?).ok()
    }

    /// The values of a name, one by one.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let value = self.get(name);
        value.into_iter().flat_map(|value| value.split(|&byte| byte == 0))
    }

    /// Whether the name is there.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Whether the caller marked the name's values with [`Self::append_sensitive`].
    #[must_use]
    pub fn is_sensitive(&self, name: &str) -> bool {
        let pair = if self.sensitive.is_empty() { None } else { self.find(name) };
        pair.is_some_and(|pair| self.is_marked(pair.index))
    }

    /// The same list, to be sent without compression where a version can say so of a single frame
    /// (Speed+Mobility, FLAG_NO_HEADER_COMPRESSION); elsewhere this means nothing.
    #[must_use]
    pub fn uncompressed(mut self) -> Self {
        self.uncompressed = true;
        self
    }

    /// Whether the list is to be sent, or came, as [`uncompressed`](Self::uncompressed) says.
    #[must_use]
    pub const fn is_uncompressed(&self) -> bool {
        self.uncompressed
    }

    /// Names and values in order, values as they are on the wire.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.raw().map(|(name, value)| {
            // Names come from `&str` or were checked when the block was parsed.
            (core::str::from_utf8(name).unwrap_or_default(), value)
        })
    }

    /// The same as bytes.
    pub(crate) fn raw(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let width = self.width();
        self.raw_with_lengths().map(move |(name, value)| {
            (name.get(width..).unwrap_or_default(), value.get(width..).unwrap_or_default())
        })
    }

    /// The same, each name and each value behind its length.
    pub(crate) fn raw_with_lengths(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let (mut rest, is_narrow) = (self.pairs(), self.is_narrow);
        let mut take = move || {
            if is_narrow {
                take_with_length::<NARROW>(&mut rest)
            } else {
                take_with_length::<WIDE>(&mut rest)
            }
        };
        core::iter::from_fn(move || Some((take()?, take()?)))
    }

    /// The pairs as they are here, with lengths of [`Self::width`] bytes.
    pub(crate) fn pairs(&self) -> &[u8] {
        self.pairs.get(usize::from(self.start)..).unwrap_or_default()
    }

    pub(crate) const fn width(&self) -> usize {
        if self.is_narrow { NARROW } else { WIDE }
    }

    /// How many bytes names and values have together.
    pub(crate) fn strings_len(&self) -> usize {
        self.pairs().len() - 2 * self.width() * self.len()
    }

    pub(crate) const fn content(&self) -> Content {
        self.content
    }

    /// Whether pairs of such an index and name have a value that is secret, marked or not.
    pub(crate) fn is_secret(&self, index: usize, name: &[u8]) -> bool {
        Self::is_secret_name(name) || self.is_marked(index)
    }

    /// Whether the values of a name are secret without a mark.
    pub(crate) const fn is_secret_name(name: &[u8]) -> bool {
        matches!(name, b"cookie" | b"set-cookie" | b"authorization" | b"proxy-authorization")
    }

    /// How many names there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there is no name.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// One bit for each name, whatever its case; few of the usual ones have the same.
#[inline]
fn mark(name: &[u8]) -> u64 {
    let last = name.last().map_or(0, |&byte| usize::from(byte | 0x20));
    1 << ((20 * name.len() + last) % 64)
}

/// Takes a string and its length off; nothing if they are not all there.
#[inline]
pub(crate) fn take<'a, const WIDTH: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    take_with_length::<WIDTH>(rest)?.get(WIDTH..)
}

#[inline]
fn take_with_length<'a, const WIDTH: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = number(*rest.first_chunk::<WIDTH>()?);
    let (taken, behind) = rest.split_at_checked(length.saturating_add(WIDTH))?;
    *rest = behind;
    Some(taken)
}

/// A count or length as it is on the wire.
#[inline]
pub(crate) fn number<const WIDTH: usize>(bytes: [u8; WIDTH]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Equal names and values in the same order; marks do not count.
impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.raw().eq(other.raw())
    }
}

impl Eq for Headers {}

/// Values as text with escapes; secret ones, by their mark or their name, only by their length.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (index, (name, value)) in self.iter().enumerate() {
            map.key(&name);
            if self.is_secret(index, name.as_bytes()) {
                map.value(&format_args!("[{} bytes]", value.len()));
            } else {
                map.value(&format_args!("\"{}\"", value.escape_ascii()));
            }
        }
        map.finish()
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Extend<(N, V)> for Headers {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, pairs: I) {
        for (name, value) in pairs {
            self.append(name, value);
        }
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut headers = Self::new();
        headers.extend(pairs);
        headers
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const K: usize> From<[(N, V); K]> for Headers {
    fn from(pairs: [(N, V); K]) -> Self {
        Self::from(&pairs[..])
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> From<&[(N, V)]> for Headers {
    fn from(pairs: &[(N, V)]) -> Self {
        let len = |(name, value): &(N, V)| 2 * WIDE + name.as_ref().len() + value.as_ref().len();
        let room = FOR_LINE + pairs.iter().map(len).sum::<usize>();
        let mut headers = Self { pairs: Vec::with_capacity(room), ..Self::new() };
        headers.extend(pairs.iter().map(|(name, value)| (name, value)));
        headers
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> From<Vec<(N, V)>> for Headers {
    fn from(pairs: Vec<(N, V)>) -> Self {
        Self::from(&pairs[..])
    }
}

impl From<()> for Headers {
    fn from((): ()) -> Self {
        Self::new()
    }
}
