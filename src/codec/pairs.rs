//! Names and values, as they stand in an inflated block.

use alloc::vec::Vec;

use super::limits::Limits;
use super::zlib::{Parts, Sink};
use crate::dialect::{BlockRules, Characters, EmptyStrings};
use crate::error::{DecodeErrorKind, HeaderError};
use crate::headers::{Content, Controls, Headers, is_plain_name, number, take};

/// What a name and a value are reckoned to cost beside their bytes.
const OVERHEAD: usize = 32;

/// Reads the pairs of a block; its bytes become the list's. `count` is `None` where it stands
/// before the pairs.
pub(super) fn parse(
    plain: Vec<u8>,
    count: Option<usize>,
    rules: &BlockRules,
    limits: &Limits,
) -> Result<Headers, DecodeErrorKind> {
    match rules.width {
        2 => parse_with::<2>(plain, count, rules, limits),
        _ => parse_with::<4>(plain, count, rules, limits),
    }
}

fn parse_with<const WIDTH: usize>(
    mut plain: Vec<u8>,
    count: Option<usize>,
    rules: &BlockRules,
    limits: &Limits,
) -> Result<Headers, DecodeErrorKind> {
    let (mut start, count) = match count {
        Some(count) => (0, count),
        None => match plain.first_chunk::<WIDTH>() {
            Some(count) => (WIDTH, number(*count)),
            None => return Err(DecodeErrorKind::Short { field: "number of pairs" }),
        },
    };
    let mut found =
        judge_all::<WIDTH>(plain.get(start..).unwrap_or_default(), count, rules, limits)?;
    if found.is_untidy && rules.characters == Characters::Lowered {
        (plain, found.len) = tidied::<WIDTH>(plain.get(start..).unwrap_or_default());
        start = 0;
    }
    if (found.may_repeat || found.is_untidy)
        && repeats_a_name::<WIDTH>(plain.get(start..).unwrap_or_default())
    {
        return Err(DecodeErrorKind::DuplicateName);
    }
    Ok(Headers::over(plain, start, WIDTH, found.len, found.content))
}

/// What was found of the pairs of a block.
struct Found {
    len: usize,
    content: Content,
    /// Names may be the same as they stand there.
    may_repeat: bool,
    /// Names are kept in lower case, or pairs are not.
    is_untidy: bool,
}

/// Holds all pairs of a block against the limits, and those that are kept against the rules.
fn judge_all<const WIDTH: usize>(
    pairs: &[u8],
    count: usize,
    rules: &BlockRules,
    limits: &Limits,
) -> Result<Found, DecodeErrorKind> {
    let mut names = Names([0; 64]);
    let mut may_repeat = false;
    let mut judge = Judge::new(pairs.len(), count, rules, limits);
    let mut rest = pairs;
    for index in 0..count {
        let name = string::<WIDTH>(&mut rest, ["length of a name", "name"])?;
        let value = string::<WIDTH>(&mut rest, ["length of a value", "value"])?;
        may_repeat |= names.may_have(name);
        let is_plain = is_plain_name(name);
        let controls = Controls::of(value);
        if judge.may_exceed || !is_plain || controls.is_some() {
            let bytes = pairs.len() - rest.len() - 2 * WIDTH * (index + 1);
            judge.pair(index + 1, bytes, (name, is_plain), (value, controls))?;
        }
    }
    match rest.len() {
        0 => {
            let (content, is_untidy) = (judge.content, judge.is_untidy);
            Ok(Found { len: count, content, may_repeat, is_untidy })
        }
        bytes => Err(DecodeErrorKind::Leftover { bytes }),
    }
}

/// Holds pairs that are not plain against the rules, and all against the limits where there may be too
/// many.
struct Judge<'a> {
    rules: &'a BlockRules,
    limits: &'a Limits,
    /// Nearly all lists are within the limits whatever is in them, but for NULs.
    may_exceed: bool,
    nuls: usize,
    beyond_ascii: usize,
    content: Content,
    is_untidy: bool,
}

impl<'a> Judge<'a> {
    fn new(len: usize, count: usize, rules: &'a BlockRules, limits: &'a Limits) -> Self {
        let most = count.saturating_mul(2 * OVERHEAD).saturating_add(len);
        let may_exceed = count > limits.names || count > limits.values || most > limits.header_list;
        let content = Content::Plain;
        Self { rules, limits, may_exceed, nuls: 0, beyond_ascii: 0, content, is_untidy: false }
    }

    /// The pair of this number, up to whose end strings have so many bytes.
    #[cold]
    fn pair(
        &mut self,
        pair: usize,
        bytes: usize,
        (name, is_plain): (&[u8], bool),
        (value, controls): (&[u8], Option<Controls>),
    ) -> Result<(), DecodeErrorKind> {
        let in_value = controls.unwrap_or_default();
        self.nuls += in_value.nuls;
        self.may_exceed |= in_value.nuls > 0;
        self.check_limits(pair, bytes)?;
        if is_plain && controls.is_none() {
            return Ok(());
        }
        self.content = Content::Odd;
        self.is_untidy |= !is_plain;
        match judge(name, is_plain, value, in_value, self.rules, &mut self.beyond_ascii) {
            Ok(()) => Ok(()),
            Err(HeaderError::EmptyName | HeaderError::EmptyValue)
                if self.rules.empty == EmptyStrings::Dropped =>
            {
                self.is_untidy = true;
                Ok(())
            }
            Err(HeaderError::EmptyName) => Err(DecodeErrorKind::EmptyName { pair }),
            Err(HeaderError::EmptyValue) => Err(DecodeErrorKind::EmptyValue { pair }),
            Err(HeaderError::InvalidValue) => Err(DecodeErrorKind::InvalidValue { pair }),
            Err(_) => Err(DecodeErrorKind::InvalidName { pair }),
        }
    }

    fn check_limits(&self, pairs: usize, bytes: usize) -> Result<(), DecodeErrorKind> {
        let (limits, values) = (self.limits, pairs + self.nuls);
        if pairs > limits.names {
            return Err(DecodeErrorKind::TooManyNames { limit: limits.names });
        }
        if values > limits.values {
            return Err(DecodeErrorKind::TooManyValues { limit: limits.values });
        }
        if bytes + OVERHEAD * (pairs + values) > limits.header_list {
            return Err(DecodeErrorKind::ListTooLarge { limit: limits.header_list });
        }
        Ok(())
    }
}

/// Takes a string off, or says whether its length or itself is missing.
#[inline]
fn string<'a, const WIDTH: usize>(
    rest: &mut &'a [u8],
    fields: [&'static str; 2],
) -> Result<&'a [u8], DecodeErrorKind> {
    take::<WIDTH>(rest).ok_or_else(|| {
        let [length, string] = fields;
        let field = if rest.len() < WIDTH { length } else { string };
        DecodeErrorKind::Short { field }
    })
}

/// The pairs of Draft 1 as they are kept, names in lower case and none with an empty part; and how
/// many they are.
fn tidied<const WIDTH: usize>(mut pairs: &[u8]) -> (Vec<u8>, usize) {
    let (mut kept, mut len) = (Vec::with_capacity(pairs.len()), 0);
    while let (Some(name), Some(value)) = (take::<WIDTH>(&mut pairs), take::<WIDTH>(&mut pairs)) {
        if has_empty_part(name) || has_empty_part(value) {
            continue;
        }
        kept.extend(number_bytes::<WIDTH>(name.len()));
        kept.extend(name.iter().map(u8::to_ascii_lowercase));
        kept.extend(number_bytes::<WIDTH>(value.len()));
        kept.extend_from_slice(value);
        len += 1;
    }
    (kept, len)
}

fn repeats_a_name<const WIDTH: usize>(mut pairs: &[u8]) -> bool {
    let mut names = Vec::new();
    while let (Some(name), Some(_)) = (take::<WIDTH>(&mut pairs), take::<WIDTH>(&mut pairs)) {
        let mut start = [0; 8];
        start.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
        names.push((u64::from_be_bytes(start), name));
    }
    // In order, for a peer must not make this slow; and by numbers first, which is faster.
    names.sort_unstable();
    names.iter().zip(names.iter().skip(1)).any(|(one, other)| one == other)
}

/// A set of names that is sometimes wrong about what it has not: a name is two bits of a word.
/// Whoever wants it to be wrong can make it so, and has the names put in order.
struct Names([u64; 64]);

impl Names {
    /// Adds a name, and says whether it may have been there.
    #[inline]
    fn may_have(&mut self, name: &[u8]) -> bool {
        let ends = match (name.first_chunk(), name.last_chunk()) {
            (Some(first), Some(last)) => {
                u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
            }
            _ => name.iter().fold(1, |all, byte| all << 8 | u64::from(*byte)),
        };
        // An odd number without a pattern: the golden ratio. The upper bits depend on all below.
        let hash = ends.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mark = 1 << (hash >> 52 & 63) | 1 << (hash >> 46 & 63);
        let Some(word) = self.0.get_mut((hash >> 58) as usize) else { return true };
        let is_there = *word & mark == mark;
        *word |= mark;
        is_there
    }
}

/// How many bytes the names beyond ASCII of a list may have. Nobody has such names, and to see that
/// they are text takes ten times as long as all else.
const BEYOND_ASCII: usize = 1024;

/// Holds a pair, with such control characters in its value, against the rules of the version, for what
/// is sent as for what is received.
fn judge(
    name: &[u8],
    is_plain_name: bool,
    value: &[u8],
    in_value: Controls,
    rules: &BlockRules,
    beyond_ascii: &mut usize,
) -> Result<(), HeaderError> {
    let is_strict = rules.characters == Characters::Strict;
    let in_name = if is_plain_name { None } else { Controls::of(name) };
    if name.is_empty() || in_name.is_some_and(|it| it.nuls > 0 && has_empty_part(name)) {
        return Err(HeaderError::EmptyName);
    }
    let may_be_empty = rules.empty == EmptyStrings::RefusedAmongValues;
    if (value.is_empty() && !may_be_empty) || (in_value.nuls > 0 && has_empty_part(value)) {
        return Err(HeaderError::EmptyValue);
    }
    if !is_plain_name && (is_strict || in_name.is_some() || !is_text(name, beyond_ascii)) {
        return Err(HeaderError::InvalidName);
    }
    if is_strict && in_value.others {
        return Err(HeaderError::InvalidValue);
    }
    Ok(())
}

/// Whether a name is UTF-8, and not too much of it.
fn is_text(name: &[u8], beyond_ascii: &mut usize) -> bool {
    if !name.is_ascii() {
        *beyond_ascii += name.len();
    }
    *beyond_ascii <= BEYOND_ASCII && core::str::from_utf8(name).is_ok()
}

/// Nothing at all, or nothing before, between or behind its NULs.
fn has_empty_part(bytes: &[u8]) -> bool {
    let is_nul = |byte: Option<&u8>| byte.is_none_or(|&byte| byte == 0);
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    is_nul(bytes.first())
        || is_nul(bytes.last())
        || pairs.fold(false, |found, (one, next)| found | (one | next == 0))
}

/// Whether a list can be sent: what the receiver would drop or refuse is refused here.
pub(super) fn check(
    headers: &Headers,
    rules: &BlockRules,
    block: usize,
) -> Result<(), HeaderError> {
    let largest = rules.largest();
    if headers.len() > largest {
        return Err(HeaderError::TooMany { limit: largest });
    }
    if headers.content() > Content::Plain {
        let mut beyond_ascii = 0;
        headers.raw().try_for_each(|(name, value)| {
            let in_value = Controls::of(value).unwrap_or_default();
            judge(name, is_plain_name(name), value, in_value, rules, &mut beyond_ascii)
        })?;
    }
    let is_too_long = |string: &[u8]| string.len() > largest;
    let has_too_long =
        || headers.raw().any(|(name, value)| is_too_long(name) || is_too_long(value));
    let len = headers.strings_len();
    if headers.content() == Content::TooLong || (len > largest && has_too_long()) {
        return Err(HeaderError::TooLong { limit: largest });
    }
    if (1 + 2 * headers.len()) * rules.width + len > block {
        return Err(HeaderError::BlockTooLarge { limit: block });
    }
    Ok(())
}

/// The pairs of a list that [`check`] has passed, behind their number where the block has it.
pub(super) struct Pairs<'a> {
    pub(super) headers: &'a Headers,
    pub(super) rules: &'a BlockRules,
    pub(super) has_count: bool,
}

impl Parts for Pairs<'_> {
    fn len(&self) -> usize {
        let numbers = usize::from(self.has_count) + 2 * self.headers.len();
        numbers * self.rules.width + self.headers.strings_len()
    }

    fn write(&self, sink: &mut impl Sink) {
        match self.rules.width {
            2 => self.write_with::<2>(sink),
            _ => self.write_with::<4>(sink),
        }
    }
}

impl Pairs<'_> {
    fn write_with<const WIDTH: usize>(&self, sink: &mut impl Sink) {
        if self.has_count {
            sink.public(&number_bytes::<WIDTH>(self.headers.len()));
        }
        if self.headers.width() == WIDTH {
            self.write_as_they_are::<WIDTH, _>(sink);
        } else {
            self.write_with_other_lengths::<WIDTH, _>(sink);
        }
    }

    /// The list has them as the block does.
    fn write_as_they_are<const WIDTH: usize, S: Sink>(&self, sink: &mut S) {
        let mut public = self.headers.pairs();
        if S::TELLS_SECRETS {
            let mut rest = public;
            let mut index = 0;
            while let (Some(name), Some(value)) =
                (take::<WIDTH>(&mut rest), take::<WIDTH>(&mut rest))
            {
                if self.headers.is_secret(index, name) {
                    let len = public.len() - rest.len() - value.len();
                    sink.public(public.get(..len).unwrap_or_default());
                    sink.secret(value);
                    public = rest;
                }
                index += 1;
            }
        }
        sink.public(public);
    }

    /// Lengths lose the two bytes that are zero, or get them: the others stand before their strings.
    fn write_with_other_lengths<const WIDTH: usize, S: Sink>(&self, sink: &mut S) {
        let (pad, cut) = if WIDTH == 2 { (&[][..], 2) } else { (&[0, 0][..], 0) };
        let width = self.headers.width();
        for (index, (name, value)) in self.headers.raw_with_lengths().enumerate() {
            sink.public(pad);
            sink.public(name.get(cut..).unwrap_or_default());
            sink.public(pad);
            let is_secret = || self.headers.is_secret(index, name.get(width..).unwrap_or_default());
            if S::TELLS_SECRETS && is_secret() {
                sink.public(value.get(cut..width).unwrap_or_default());
                sink.secret(value.get(width..).unwrap_or_default());
            } else {
                sink.public(value.get(cut..).unwrap_or_default());
            }
        }
    }
}

/// A count or length; that it fits was checked.
pub(super) fn number_bytes<const WIDTH: usize>(number: usize) -> [u8; WIDTH] {
    (number as u64).to_be_bytes().last_chunk().copied().unwrap_or([0; WIDTH])
}
