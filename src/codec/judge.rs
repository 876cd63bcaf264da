//! Judges a frame by its head alone: all that can be refused here is, before its payload.

use super::limits::Limits;
use crate::dialect::{Dialect, FrameRow, Length, OtherVersion};
use crate::error::DecodeErrorKind;
use crate::frame::{FLAG_FIN, FrameType, Head, Unknown};
use crate::id::StreamId;

/// What becomes of a frame.
#[derive(Debug)]
pub(super) enum Verdict {
    Data {
        stream: StreamId,
        fin: bool,
        length: u32,
    },
    /// It costs its stream, and its payload is passed over.
    RefusedData {
        stream: StreamId,
        flags: u8,
        length: u32,
    },
    /// Its payload is kept until it is whole.
    Control {
        row: &'static FrameRow,
        flags: u8,
        length: u32,
    },
    /// Its payload is passed over.
    Noop {
        length: u32,
    },
    /// Likewise.
    Unknown(Unknown),
    /// A SYN_STREAM of another version, with so much behind the ID of its stream.
    OtherSyn {
        version: u16,
        left: u32,
    },
}

/// A fault that ends the session, and the type of the frame as far as it is known.
pub(super) type Refused = (DecodeErrorKind, Option<FrameType>);

#[inline]
pub(super) fn judge(head: Head, dialect: &Dialect, limits: &Limits) -> Result<Verdict, Refused> {
    match head {
        Head::Data { stream, flags, length } if flags & dialect.data_flags_refused != 0 => {
            Ok(Verdict::RefusedData { stream, flags, length })
        }
        Head::Data { stream, flags, length } => {
            Ok(Verdict::Data { stream, fin: flags & FLAG_FIN != 0, length })
        }
        Head::Control { version, number, flags, length } if version == dialect.wire_version => {
            control(number, flags, length, dialect, limits)
        }
        Head::Control { version, number, length, .. } => {
            other_version(version, number, length, dialect)
        }
    }
}

fn control(
    number: u16,
    flags: u8,
    length: u32,
    dialect: &Dialect,
    limits: &Limits,
) -> Result<Verdict, Refused> {
    if dialect.removed.contains(&number) {
        return Err((DecodeErrorKind::Removed { number }, None));
    }
    let Some(row) = dialect.row_of(number) else {
        return Ok(Verdict::Unknown(Unknown::new(dialect.wire_version, number, length)));
    };
    let is_right = match row.length {
        Length::Skipped => return Ok(Verdict::Noop { length }),
        Length::Exactly(right) => length == right,
        Length::Either(one, other) => length == one || length == other,
        Length::AtLeast(least) => length >= least,
        Length::Entries => length >= 4 && length % 8 == 4,
    };
    let fault = match row.length {
        _ if !is_right => DecodeErrorKind::Length { found: length },
        Length::AtLeast(_) if length > limits.control_frame => {
            DecodeErrorKind::FrameTooLarge { length, limit: limits.control_frame }
        }
        Length::Entries if usize::try_from(length / 8).unwrap_or(usize::MAX) > limits.settings => {
            DecodeErrorKind::TooManyEntries { limit: limits.settings }
        }
        _ => return Ok(Verdict::Control { row, flags, length }),
    };
    Err((fault, Some(row.frame_type)))
}

/// A control frame of another version is not read: what it costs is the dialect's affair.
fn other_version(
    found: u16,
    number: u16,
    length: u32,
    dialect: &Dialect,
) -> Result<Verdict, Refused> {
    let kind = DecodeErrorKind::Version { found, expected: dialect.wire_version };
    let row = dialect.row_of(number);
    let frame_type = row.map(|row| row.frame_type);
    let is_syn = frame_type == Some(FrameType::SynStream);
    match dialect.other_version {
        OtherVersion::Fatal => Err((kind, None)),
        OtherVersion::CostsStream | OtherVersion::FatalWithBlock if is_syn => {
            let left = length.checked_sub(4);
            let left = left.ok_or((DecodeErrorKind::Length { found: length }, frame_type))?;
            Ok(Verdict::OtherSyn { version: found, left })
        }
        OtherVersion::FatalWithBlock if row.is_some_and(FrameRow::has_block) => {
            Err((kind, frame_type))
        }
        OtherVersion::CostsStream | OtherVersion::FatalWithBlock => {
            Ok(Verdict::Unknown(Unknown::new(found, number, length)))
        }
    }
}
