//! A list of names and values: what a header block says.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// A name/value list.
///
/// Names are lower case and unique: a value appended to a name that is already there joins its
/// values, as on the wire, with a NUL between them. Order is kept. Values are bytes.
///
/// ```
/// use spdy::Headers;
///
/// let mut headers = Headers::from([("method", "GET"), ("Accept", "text/html")]);
/// headers.append("accept", "image/png");
/// assert_eq!(headers.get("accept"), Some(&b"text/html\0image/png"[..]));
/// assert_eq!(headers.values("accept").count(), 2);
/// ```
///
/// Arrays, slices, `Vec`s and iterators of pairs turn into a list, and `()` into an empty one.
#[derive(Clone, Default)]
pub struct Headers {
    bytes: Vec<u8>,
    fields: Vec<Field>,
    uncompressed: bool,
}

/// Where a name and its value stand in the bytes.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) name: Range<usize>,
    pub(crate) value: Range<usize>,
    pub(crate) sensitive: bool,
}

impl Headers {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), fields: Vec::new(), uncompressed: false }
    }

    /// A list over the bytes of an inflated block; the names must be lower-case UTF-8 and unique.
    pub(crate) const fn over(bytes: Vec<u8>, fields: Vec<Field>) -> Self {
        Self { bytes, fields, uncompressed: false }
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
        match self.position(name) {
            None => {
                let start = self.bytes.len();
                let lower = name.bytes().map(|byte| byte.to_ascii_lowercase());
                self.bytes.extend(lower);
                let middle = self.bytes.len();
                self.bytes.extend_from_slice(value);
                self.fields.push(Field {
                    name: start..middle,
                    value: middle..self.bytes.len(),
                    sensitive,
                });
            }
            Some(index) => {
                let Some(at) = self.fields.get(index).map(|field| field.value.end) else {
                    return;
                };
                let joined = core::iter::once(0).chain(value.iter().copied());
                self.bytes.splice(at..at, joined);
                let grown = value.len() + 1;
                for (other, field) in self.fields.iter_mut().enumerate() {
                    if other == index {
                        field.value.end += grown;
                        field.sensitive |= sensitive;
                    } else if field.name.start >= at {
                        field.name = field.name.start + grown..field.name.end + grown;
                        field.value = field.value.start + grown..field.value.end + grown;
                    }
                }
            }
        }
    }

    /// Drops a name and all its values; says whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some(index) = self.position(name) else {
            return false;
        };
        self.fields.remove(index);
        // What stays is put together anew, or a list that is changed for ever would grow for ever.
        let mut bytes = Vec::new();
        for field in &mut self.fields {
            for range in [&mut field.name, &mut field.value] {
                let start = bytes.len();
                bytes.extend_from_slice(self.bytes.get(range.clone()).unwrap_or_default());
                *range = start..bytes.len();
            }
        }
        self.bytes = bytes;
        true
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.fields
            .iter()
            .position(|field| self.slice(&field.name).eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The value of a name as it is on the wire: several values have a NUL between them.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let field = self.fields.get(self.position(name)?)?;
        Some(self.slice(&field.value))
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
        self.position(name).is_some()
    }

    /// Whether the caller marked the name's values with [`Self::append_sensitive`].
    #[must_use]
    pub fn is_sensitive(&self, name: &str) -> bool {
        let field = self.position(name).and_then(|index| self.fields.get(index));
        field.is_some_and(|field| field.sensitive)
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
        self.fields.iter().map(|field| {
            // Names come from `&str` or were checked when the block was parsed.
            let name = core::str::from_utf8(self.slice(&field.name)).unwrap_or_default();
            (name, self.slice(&field.value))
        })
    }

    /// The same as bytes, and whether the caller marked the values as sensitive.
    pub(crate) fn raw(&self) -> impl Iterator<Item = (&[u8], &[u8], bool)> {
        let part = |range| self.slice(range);
        self.fields
            .iter()
            .map(move |field| (part(&field.name), part(&field.value), field.sensitive))
    }

    /// How many bytes names and values have together, and perhaps some more.
    pub(crate) fn bytes_len(&self) -> usize {
        self.bytes.len()
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }
}

/// Equal names and values in the same order; marks do not count.
impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Headers {}

/// Values as text with escapes; those marked sensitive only by their length.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (field, (name, value)) in self.fields.iter().zip(self.iter()) {
            map.key(&name);
            if field.sensitive {
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
        pairs.into_iter().collect()
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> From<&[(N, V)]> for Headers {
    fn from(pairs: &[(N, V)]) -> Self {
        pairs.iter().map(|(name, value)| (name, value)).collect()
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> From<Vec<(N, V)>> for Headers {
    fn from(pairs: Vec<(N, V)>) -> Self {
        pairs.into_iter().collect()
    }
}

impl From<()> for Headers {
    fn from((): ()) -> Self {
        Self::new()
    }
}
