//! What a window has to remember; [`flow`](super::flow) says what it means.

/// The largest that a window may become, and the largest delta.
pub(super) const MAX_WINDOW: u32 = 0x7FFF_FFFF;

/// The windows of one stream.
#[derive(Debug, Default)]
pub(super) struct Windows {
    /// Bytes that we sent and that were not given back. May be negative: given in advance. No window
    /// is larger than [`MAX_WINDOW`], so neither is this.
    pub(super) used: i32,
    /// The least that it was since anybody looked, if that is negative.
    pub(super) least_used: i32,
    pub(super) received: Received,
}

/// What was received within a window. A peer that keeps to windows never fills these numbers; of one
/// that does not, what is beyond them is not given back, and it does not look.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Received {
    /// Not given back on the wire.
    pub(super) outstanding: u32,
    /// Of these, what is to be given back next.
    pub(super) due: u32,
}

impl Received {
    /// Whether a frame fits of which this is a piece, `remaining` bytes of which follow.
    #[inline]
    pub(super) fn fits(self, limit: u32, len: usize, remaining: u32) -> bool {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        u64::from(self.outstanding) + u64::from(remaining) + len <= u64::from(limit)
    }

    #[inline]
    pub(super) const fn arrive(&mut self, len: u32) {
        self.outstanding = self.outstanding.saturating_add(len);
    }

    #[inline]
    pub(super) const fn is_due(&mut self, len: u32) {
        self.due = self.due.saturating_add(len);
    }

    pub(super) const fn unreleased(self) -> u32 {
        self.outstanding.saturating_sub(self.due)
    }

    /// Whether something is given back now: when more than so many bytes have not been, or more than
    /// half of the window, for later might stop the peer.
    pub(super) const fn is_owed(self, batch: u32, window: u32) -> bool {
        self.due > 0 && (self.outstanding > batch || self.outstanding > window / 2)
    }

    /// What the next WINDOW_UPDATE gives back.
    pub(super) const fn take_due(&mut self) -> u32 {
        let delta = if self.due < MAX_WINDOW { self.due } else { MAX_WINDOW };
        self.due -= delta;
        self.outstanding = self.outstanding.saturating_sub(delta);
        delta
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // S3-084
    #[test]
    fn what_is_given_back_goes_out_in_deltas_that_a_frame_can_say() {
        let mut received = Received { outstanding: u32::MAX, due: u32::MAX - 4 };
        assert_eq!([(); 3].map(|()| received.take_due()), [MAX_WINDOW, MAX_WINDOW - 3, 0]);
        assert_eq!((received.outstanding, received.due), (4, 0));
    }
}
