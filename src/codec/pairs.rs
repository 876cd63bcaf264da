//! Names and values, as they stand in an inflated block.

use alloc::vec::Vec;
use core::ops::Range;

use super::limits::Limits;
use super::reader::Reader;
use crate::dialect::{BlockRules, Characters, EmptyStrings};
use crate::error::{DecodeErrorKind, HeaderError};
use crate::headers::Headers;

/// What a name and a value are reckoned to cost beside their bytes.
const OVERHEAD: usize = 32;

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
        for (name, _) in &fields {
            if let Some(name) = plain.get_mut(name.clone()) {
                name.make_ascii_lowercase();
            }
        }
    }
    let mut seen: Vec<&[u8]> = Vec::with_capacity(fields.len());
    for (name, _) in &fields {
        let name = plain.get(name.clone()).unwrap_or_default();
        if seen.contains(&name) {
            return Err(DecodeErrorKind::DuplicateName);
        }
        seen.push(name);
    }
    let mut headers = Headers::over(plain);
    for (name, value) in fields {
        headers.point(name, value);
    }
    Ok(headers)
}

type Pair = (Range<usize>, Range<usize>);

/// Finds the pairs that are kept; all of them are held against the limits.
fn locate(
    plain: &[u8],
    count: Option<usize>,
    rules: &BlockRules,
    limits: &Limits,
) -> Result<Vec<Pair>, DecodeErrorKind> {
    let mut reader = Reader::new(plain);
    let count = match count {
        Some(count) => count,
        None => reader.number(rules.width, "number of pairs")?,
    };
    let mut fields = Vec::new();
    let (mut values, mut size) = (0, 0usize);
    for index in 0..count {
        let mut string = |length: &'static str, field: &'static str| {
            let len = reader.number(rules.width, length)?;
            let start = plain.len() - reader.remaining();
            let bytes = reader.take(len, field)?;
            Ok::<_, DecodeErrorKind>((start..start + bytes.len(), bytes))
        };
        let name = string("length of a name", "name")?;
        let value = string("length of a value", "value")?;

        if index >= limits.names {
            let limit = limits.names;
            return Err(DecodeErrorKind::TooManyNames { limit });
        }
        let here = value.1.split(|&byte| byte == 0).count();
        values += here;
        if values > limits.values {
            let limit = limits.values;
            return Err(DecodeErrorKind::TooManyValues { limit });
        }
        size += name.1.len() + value.1.len() + OVERHEAD * (1 + here);
        if size > limits.header_list {
            let limit = limits.header_list;
            return Err(DecodeErrorKind::ListTooLarge { limit });
        }
        match judge(name.1, value.1, rules) {
            Ok(()) => fields.push((name.0, value.0)),
            Err(Flaw::EmptyName | Flaw::EmptyValue) if rules.empty == EmptyStrings::Dropped => {}
            Err(flaw) => return Err(flaw.into()),
        }
    }
    match reader.remaining() {
        0 => Ok(fields),
        bytes => Err(DecodeErrorKind::Leftover { bytes }),
    }
}

/// What is wrong with a pair.
#[derive(Clone, Copy, Debug)]
enum Flaw {
    EmptyName,
    InvalidName,
    EmptyValue,
    InvalidValue,
}

impl From<Flaw> for DecodeErrorKind {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::EmptyName => Self::EmptyName,
            Flaw::InvalidName => Self::InvalidName,
            Flaw::EmptyValue => Self::EmptyValue,
            Flaw::InvalidValue => Self::InvalidValue,
        }
    }
}

impl From<Flaw> for HeaderError {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::EmptyName => Self::EmptyName,
            Flaw::InvalidName => Self::InvalidName,
            Flaw::EmptyValue => Self::EmptyValue,
            Flaw::InvalidValue => Self::InvalidValue,
        }
    }
}

/// Holds a pair against the rules of the version, for what is sent as for what is received.
fn judge(name: &[u8], value: &[u8], rules: &BlockRules) -> Result<(), Flaw> {
    let is_strict = rules.characters == Characters::Strict;
    if has_empty_part(name) {
        return Err(Flaw::EmptyName);
    }
    let may_be_empty = rules.empty == EmptyStrings::RefusedAmongValues;
    if has_empty_part(value) && !(may_be_empty && value.is_empty()) {
        return Err(Flaw::EmptyValue);
    }
    let is_valid_name = if is_strict {
        name.iter().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
    } else {
        core::str::from_utf8(name).is_ok() && !name.iter().any(u8::is_ascii_control)
    };
    if !is_valid_name {
        return Err(Flaw::InvalidName);
    }
    let is_refused = |byte: &u8| byte.is_ascii_control() && !matches!(byte, 0 | b'\t');
    if is_strict && value.iter().any(is_refused) {
        return Err(Flaw::InvalidValue);
    }
    Ok(())
}

/// Nothing at all, or nothing before, between or behind its NULs.
fn has_empty_part(bytes: &[u8]) -> bool {
    bytes.split(|&byte| byte == 0).any(<[u8]>::is_empty)
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
    for (name, value) in headers.iter() {
        judge(name.as_bytes(), value, rules)?;
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

/// Writes the pairs of a list that [`check`] has passed.
pub(super) fn emit(headers: &Headers, width: usize, out: &mut Vec<u8>) {
    for (name, value) in headers.iter() {
        for part in [name.as_bytes(), value] {
            put_number(part.len(), width, out);
            out.extend_from_slice(part);
        }
    }
}

/// Writes a count or length of `width` bytes; that it fits was checked.
pub(super) fn put_number(number: usize, width: usize, out: &mut Vec<u8>) {
    let bytes = number.to_be_bytes();
    let skipped = bytes.len().saturating_sub(width);
    out.extend(bytes.iter().skip(skipped));
}
