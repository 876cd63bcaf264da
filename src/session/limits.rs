//! Budgets against floods. There is no clock, so they are measured against useful work.

use super::config::Options;
use super::error::SessionError;

/// What a peer has used up of its budgets.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    resets: u32,
    empty_frames: u32,
}

impl Budgets {
    /// A stream was reset that had cost us work.
    pub(super) fn reset(&mut self, options: &Options) -> Result<(), SessionError> {
        if self.resets >= options.max_resets {
            return Err(SessionError::TooManyResets);
        }
        self.resets += 1;
        Ok(())
    }

    /// A stream was answered and ended by FIN both ways.
    pub(super) const fn completed(&mut self) {
        self.resets = self.resets.saturating_sub(1);
    }

    /// An empty DATA frame without FIN.
    pub(super) fn empty_frame(&mut self, options: &Options) -> Result<(), SessionError> {
        if self.empty_frames >= options.max_empty_frames {
            return Err(SessionError::TooManyEmptyFrames);
        }
        self.empty_frames += 1;
        Ok(())
    }

    /// Any other frame.
    pub(super) const fn other_frame(&mut self) {
        self.empty_frames = 0;
    }
}
