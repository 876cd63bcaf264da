//! What has passed, counted.

use alloc::boxed::Box;
use core::fmt;

use crate::codec::HeaderBytes;
use crate::frame::FrameType;

/// Frames by type; takes memory from the first one on, so that an idle session is small.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct FrameCounts(Option<Box<[u64; FrameType::ALL.len()]>>);

impl FrameCounts {
    #[inline]
    pub(super) fn count(&mut self, frame_type: FrameType) {
        let counts = self.0.get_or_insert_default();
        if let Some(count) = counts.get_mut(frame_type as usize) {
            *count += 1;
        }
    }

    fn get(&self, frame_type: FrameType) -> u64 {
        let count = self.0.as_ref().and_then(|counts| counts.get(frame_type as usize));
        count.copied().unwrap_or_default()
    }
}

/// Those that there were, by name.
impl fmt::Debug for FrameCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = FrameType::ALL.map(|frame_type| (frame_type, self.get(frame_type)));
        f.debug_map().entries(counts.into_iter().filter(|(_, count)| *count > 0)).finish()
    }
}

/// Frames by type and bytes of header blocks, in one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    pub(super) frames: FrameCounts,
    pub(super) headers: HeaderBytes,
}

impl Direction {
    /// How many frames of a type there were. A frame counts when it has been received whole or
    /// staged for output.
    #[must_use]
    pub fn frames(&self, frame_type: FrameType) -> u64 {
        self.frames.get(frame_type)
    }

    /// Bytes of header blocks before compression.
    #[must_use]
    pub const fn plain_header_bytes(&self) -> u64 {
        self.headers.plain
    }

    /// Bytes of header blocks on the wire.
    #[must_use]
    pub const fn compressed_header_bytes(&self) -> u64 {
        self.headers.compressed
    }
}

/// What a session has received and staged for output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// From the peer.
    pub received: Direction,
    /// To the peer.
    pub sent: Direction,
}
