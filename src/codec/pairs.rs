//! Names and values, as they stand in an inflated block.

use alloc::vec::Vec;
use core::ops::Range;

use super::limits::Limits;
use super::reader::Reader;
use crate::dialect::{BlockRules, Characters, EmptyStrings};
use crate::error::{DecodeErrorKind, HeaderError};
use crate::headers::{Field, Headers};

/// What a name and a value are reckoned to cost beside their bytes.
const OVERHEAD: usize = 32;

/// So many names are compared each with each other, if they have to be. More are sorted: a block of a
/// few bytes could ask for thousands of comparisons.
const FEW: usize = 16;

/// Reads the pairs of a block; its bytes become the list's. `count` is `None` where it stands
/// before the pairs.
pub(super) fn parse(
    mut plain: Vec<u8>,
    count: Option<usize>,
    rules: &BlockRules,
    limits: &Limits,
) -> Result<Headers, DecodeErrorKind> {
    let fields = locate(&plain, count, rules, limits)?;
    if rules.characters == Characters::Lowered {
        for field in &fields {
            if let Some(name) = plain.get_mut(field.name.clone()) {
                name.make_ascii_lowercase();
            }
        }
    }
    if has_duplicates(&plain, &fields) {
        return Err(DecodeErrorKind::DuplicateName);
    }
    Ok(Headers::over(plain, fields))
}

fn has_duplicates(plain: &[u8], fields: &[Field]) -> bool {
    let name = |field: &Field| plain.get(field.name.clone()).unwrap_or_default();
    if fields.len() > FEW {
        let mut names: Vec<_> = fields.iter().map(name).collect();
        names.sort_unstable();
        return names.iter().zip(names.iter().skip(1)).any(|(one, next)| one == next);
    }
    // Names that differ here need not be compared.
    let mark = |name: &[u8]| {
        let ends =
            [name.first(), name.last()].map(|byte| byte.map_or(0, |byte| usize::from(*byte)));
        1u64 << ((7 * name.len() + 31 * ends[0] + ends[1]) % 64)
    };
    let mut seen = 0;
    for (index, field) in fields.iter().enumerate() {
        let this = name(field);
        let mark = mark(this);
        if seen & mark != 0 && fields.iter().take(index).any(|other| name(other) == this) {
            return true;
        }
        seen |= mark;
    }
    false
}

/// Finds the pairs that are kept; all of them are held against the limits.
fn locate(
    plain: &[u8],
    count: Option<usize>,
    rules: &BlockRules,
    limits: &Limits,
) -> Result<Vec<Field>, DecodeErrorKind> {
    let mut reader = Reader::new(plain);
    let count = match count {
        Some(count) => count,
        None => reader.number(rules.width, "number of pairs")?,
    };
    // A pair takes two lengths at least, so what is reserved follows what has arrived.
    let possible = reader.remaining() / (2 * rules.width);
    let mut fields = Vec::with_capacity(count.min(possible).min(limits.names));
    let (mut values, mut size) = (0, 0usize);
    for index in 0..count {
        let name_len = reader.number(rules.width, "length of a name")?;
        let name_start = plain.len() - reader.remaining();
        let name = reader.take(name_len, "name")?;
        let value_len = reader.number(rules.width, "length of a value")?;
        let value_start = plain.len() - reader.remaining();
        let value = reader.take(value_len, "value")?;

        if index >= limits.names {
            let limit = limits.names;
            return Err(DecodeErrorKind::TooManyNames { limit });
        }
        let is_plain = is_plain_value(value);
        let nuls = if is_plain { 0 } else { nuls(value) };
        let here = 1 + nuls;
        values += here;
        if values > limits.values {
            let limit = limits.values;
            return Err(DecodeErrorKind::TooManyValues { limit });
        }
        size += name.len() + value.len() + OVERHEAD * (1 + here);
        if size > limits.header_list {
            let limit = limits.header_list;
            return Err(DecodeErrorKind::ListTooLarge { limit });
        }
        let verdict =
            if is_plain && is_plain_name(name) { Ok(()) } else { judge(name, value, nuls, rules) };
        match verdict {
            Ok(()) => fields.push(Field {
                name: name_start..name_start + name_len,
                value: value_start..value_start + value_len,
                sensitive: false,
            }),
            Err(HeaderError::EmptyName | HeaderError::EmptyValue)
                if rules.empty == EmptyStrings::Dropped => {}
            Err(HeaderError::EmptyName) => return Err(DecodeErrorKind::EmptyName),
            Err(HeaderError::EmptyValue) => return Err(DecodeErrorKind::EmptyValue),
            Err(HeaderError::InvalidValue) => return Err(DecodeErrorKind::InvalidValue),
            Err(_) => return Err(DecodeErrorKind::InvalidName),
        }
    }
    match reader.remaining() {
        0 => Ok(fields),
        bytes => Err(DecodeErrorKind::Leftover { bytes }),
    }
}

/// A name that every version takes, as nearly all are. All bytes are looked at, several at a time.
fn is_plain_name(name: &[u8]) -> bool {
    let is_other =
        |byte: &u8| byte.wrapping_sub(b'!') > b'~' - b'!' || byte.wrapping_sub(b'A') <= b'Z' - b'A';
    !name.is_empty() && !name.iter().fold(false, |found, byte| found | is_other(byte))
}

/// One value, not empty, that every version takes.
fn is_plain_value(value: &[u8]) -> bool {
    let is_other = |byte: &u8| *byte < b' ' || *byte == 0x7F;
    !value.is_empty() && !value.iter().fold(false, |found, byte| found | is_other(byte))
}

// A block of some bytes inflates to a thousand times as many: what looks at each of them runs to its
// end, for a loop that may stop looks at one byte at a time.

/// Holds a pair, with so many NULs in its value, against the rules of the version, for what is sent as
/// for what is received.
fn judge(name: &[u8], value: &[u8], nuls: usize, rules: &BlockRules) -> Result<(), HeaderError> {
    let is_strict = rules.characters == Characters::Strict;
    let is_plain_name = is_plain_name(name);
    if !is_plain_name && has_empty_part(name) {
        return Err(HeaderError::EmptyName);
    }
    let may_be_empty = rules.empty == EmptyStrings::RefusedAmongValues;
    if (value.is_empty() && !may_be_empty) || (nuls > 0 && has_empty_part(value)) {
        return Err(HeaderError::EmptyValue);
    }
    let is_text = || !any(name, is_control) && core::str::from_utf8(name).is_ok();
    if !is_plain_name && (is_strict || !is_text()) {
        return Err(HeaderError::InvalidName);
    }
    if is_strict && any(value, |byte| is_control(byte) & (byte != 0) & (byte != b'\t')) {
        return Err(HeaderError::InvalidValue);
    }
    Ok(())
}

/// Nothing at all, or nothing before, between or behind its NULs.
fn has_empty_part(bytes: &[u8]) -> bool {
    let is_nul = |byte: Option<&u8>| byte.is_none_or(|&byte| byte == 0);
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    is_nul(bytes.first())
        || is_nul(bytes.last())
        || pairs.fold(false, |found, (one, next)| found | (one | next == 0))
}

const fn is_control(byte: u8) -> bool {
    byte < b' ' || byte == 0x7F
}

fn any(bytes: &[u8], is_so: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |found, &byte| found | is_so(byte))
}

fn nuls(bytes: &[u8]) -> usize {
    // As many at a time as a byte can count.
    let few = |bytes: &[u8]| bytes.iter().fold(0u8, |count, byte| count + u8::from(*byte == 0));
    bytes.chunks(255).map(|bytes| usize::from(few(bytes))).sum()
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
    let mut size = rules.width;
    for (name, value, _) in headers.raw() {
        if !(is_plain_value(value) && is_plain_name(name)) {
            judge(name, value, nuls(value), rules)?;
        }
        if name.len() > largest || value.len() > largest {
            return Err(HeaderError::TooLong { limit: largest });
        }
        size += 2 * rules.width + name.len() + value.len();
    }
    if size > block {
        return Err(HeaderError::BlockTooLarge { limit: block });
    }
    Ok(())
}

/// Writes the pairs of a list that [`check`] has passed; returns where the values stand that the
/// compression must keep out of its context.
pub(super) fn emit(headers: &Headers, width: usize, out: &mut Vec<u8>) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    for (name, value, is_sensitive) in headers.raw() {
        for part in [name, value] {
            put_number(part.len(), width, out);
            out.extend_from_slice(part);
        }
        if is_sensitive || SECRET.contains(&name) {
            secrets.push(out.len() - value.len()..out.len());
        }
    }
    secrets
}

/// Headers whose values are secret whether they are marked or not.
const SECRET: [&[u8]; 4] = [b"cookie", b"set-cookie", b"authorization", b"proxy-authorization"];

/// Writes a count or length of `width` bytes; that it fits was checked.
pub(super) fn put_number(number: usize, width: usize, out: &mut Vec<u8>) {
    match width {
        2 => out.extend_from_slice(&u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes()),
        _ => out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes()),
    }
}
