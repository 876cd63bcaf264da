//! Takes fields off a slice; an error names the field in which the bytes end.

use crate::error::{DecodeErrorKind, Scope};

/// A fault and how far it reaches.
pub(super) type Fault = (Scope, DecodeErrorKind);

/// A field that ends too early: the lengths were checked, so the frame itself is at fault.
impl From<DecodeErrorKind> for Fault {
    fn from(kind: DecodeErrorKind) -> Self {
        (Scope::Session, kind)
    }
}

/// What is left of a payload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(super) const fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn take(
        &mut self,
        len: usize,
        field: &'static str,
    ) -> Result<&'a [u8], DecodeErrorKind> {
        let (taken, rest) =
            self.rest.split_at_checked(len).ok_or(DecodeErrorKind::Short { field })?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], DecodeErrorKind> {
        let (taken, rest) =
            self.rest.split_first_chunk().ok_or(DecodeErrorKind::Short { field })?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeErrorKind> {
        self.array(field).map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self, field: &'static str) -> Result<u16, DecodeErrorKind> {
        self.array(field).map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeErrorKind> {
        self.array(field).map(u32::from_be_bytes)
    }
}
