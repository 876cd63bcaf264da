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

/// What was received within a window.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Received {
    /// Not given back on the wire.
    pub(super) outstanding: u64,
    /// Of these, what is to be given back next.
    pub(super) due: u64,
}

impl Received {
    pub(super) const fn unreleased(self) -> u64 {
        self.outstanding.saturating_sub(self.due)
    }

    /// What the next WINDOW_UPDATE gives back.
    pub(super) fn take_due(&mut self) -> u32 {
        let delta = u32::try_from(self.due).map_or(MAX_WINDOW, |due| due.min(MAX_WINDOW));
        self.due -= u64::from(delta);
        self.outstanding = self.outstanding.saturating_sub(u64::from(delta));
        delta
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // S3-084
    #[test]
    fn what_is_given_back_goes_out_in_deltas_that_a_frame_can_say() {
        let mut received = Received { outstanding: 0x1_0000_0005, due: 0x1_0000_0001 };
        assert_eq!([(); 4].map(|()| received.take_due()), [MAX_WINDOW, MAX_WINDOW, 3, 0]);
        assert_eq!((received.outstanding, received.due), (4, 0));
    }
}
