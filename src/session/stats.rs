//! What has passed, counted.

use crate::codec::HeaderBytes;
use crate::frame::FrameType;

/// Frames by type and bytes of header blocks, in one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    frames: [u64; FrameType::ALL.len()],
    headers: HeaderBytes,
}

impl Direction {
    /// How many frames of a type there were. A frame counts when it has been received whole or
    /// staged for output.
    #[must_use]
    pub fn frames(&self, frame_type: FrameType) -> u64 {
        self.frames.get(frame_type as usize).copied().unwrap_or_default()
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

    pub(super) fn count(&mut self, frame_type: FrameType) {
        if let Some(count) = self.frames.get_mut(frame_type as usize) {
            *count += 1;
        }
    }

    pub(super) const fn set_headers(&mut self, headers: HeaderBytes) {
        self.headers = headers;
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
