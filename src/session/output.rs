//! The staged bytes, as a `Buf` that can be written in parts.

use core::fmt;

use bytes::Buf;

use super::outbound::Outbound;

/// Bytes to write, in wire order; see [`Session::output`](crate::Session::output).
///
/// Only [`advance`](Buf::advance) takes bytes off, so a write may stop anywhere, and dropping the
/// `Output` loses nothing. A DATA payload of more than 512 bytes is a chunk of its own, the caller's
/// own bytes; all that is smaller stands in one with the heads and control frames around it. Write
/// with [`chunks_vectored`](Buf::chunks_vectored) (feature `std`) to save system calls.
///
/// ```
/// # use bytes::Buf;
/// # use spdy::{Config, Session, Version};
/// # use std::io::{IoSlice, Write};
/// # let mut session = Session::client(Version::Draft1, Config::default());
/// # session.ping()?;
/// # let mut socket: Vec<u8> = Vec::new();
/// # #[cfg(feature = "std")]
/// while session.wants_write() {
///     let mut output = session.output();
///     let mut slices = [IoSlice::new(&[]); 64];
///     let filled = output.chunks_vectored(&mut slices);
///     let written = socket.write_vectored(&slices[..filled])?;
///     output.advance(written);
/// }
/// # #[cfg(feature = "std")]
/// # assert_eq!(socket.len(), 12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Output<'a> {
    outbound: &'a mut Outbound,
}

/// How much is staged: what stands there may be secret.
impl fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("remaining", &self.remaining()).finish_non_exhaustive()
    }
}

impl<'a> Output<'a> {
    pub(super) const fn new(outbound: &'a mut Outbound) -> Self {
        Self { outbound }
    }
}

impl Buf for Output<'_> {
    fn remaining(&self) -> usize {
        self.outbound.staged().len()
    }

    fn chunk(&self) -> &[u8] {
        self.outbound.staged().chunk()
    }

    #[cfg(feature = "std")]
    fn chunks_vectored<'b>(&'b self, slices: &mut [std::io::IoSlice<'b>]) -> usize {
        let mut filled = 0;
        self.outbound.staged().each_part(|part| {
            let place = slices.get_mut(filled);
            filled += usize::from(place.is_some());
            place.map(|place| *place = std::io::IoSlice::new(part)).is_some()
        });
        filled
    }

    /// More than remains counts as all of it.
    fn advance(&mut self, count: usize) {
        self.outbound.advance(count);
    }
}
