//! Text that is cut anywhere (RFC 6455, section 8.1).

use core::str;

/// Checks text piece by piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Utf8 {
    /// The start of a character whose rest has not come.
    begun: [u8; 4],
    filled: usize,
}

impl Utf8 {
    pub(super) const fn new() -> Self {
        Self { begun: [0; 4], filled: 0 }
    }

    /// Whether the text can still become valid with this piece.
    pub(super) fn push(&mut self, mut piece: &[u8]) -> bool {
        while self.filled > 0 {
            let Some((&byte, rest)) = piece.split_first() else { return true };
            self.keep(&[byte]);
            match str::from_utf8(self.begun.get(..self.filled).unwrap_or_default()) {
                Ok(_) => self.filled = 0,
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return false,
            }
            piece = rest;
        }
        match str::from_utf8(piece) {
            Ok(_) => true,
            Err(error) => {
                self.keep(piece.get(error.valid_up_to()..).unwrap_or_default());
                error.error_len().is_none()
            }
        }
    }

    /// Whether the text may end here.
    pub(super) const fn is_whole(&self) -> bool {
        self.filled == 0
    }

    fn keep(&mut self, bytes: &[u8]) {
        let free = self.begun.iter_mut().skip(self.filled);
        self.filled += free.zip(bytes).map(|(slot, byte)| *slot = *byte).count();
    }
}
