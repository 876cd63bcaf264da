//! What has passed, counted.

use crate::codec::HeaderBytes;
use crate::frame::FrameType;

/// Frames by type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FrameCounts([u64; FrameType::ALL.len()]);

impl FrameCounts {
    pub(super) fn count(&mut self, frame_type: FrameType) {
        if let Some(count) = self.0.get_mut(frame_type as usize) {
            *count += 1;
        }
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
        self.frames.0.get(frame_type as usize).copied().unwrap_or_default()
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
