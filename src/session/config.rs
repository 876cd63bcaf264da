//! What the caller may choose.

use crate::codec::{Compression, Limits};

/// How a session behaves; every limit is finite.
///
/// ```
/// use spdy::{Compression, Config};
///
/// let config = Config::default().compression(Compression::On).max_streams(1_000).push(true);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    pub(super) compression: Compression,
    pub(super) limits: Limits,
    pub(super) max_streams: u32,
    pub(super) push: bool,
    pub(super) max_data_frame: usize,
    pub(super) max_replies: usize,
    pub(super) max_resets: u32,
    pub(super) max_empty_frames: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            compression: Compression::Off,
            limits: Limits::default(),
            max_streams: 100,
            push: false,
            max_data_frame: 16 * 1024,
            max_replies: 64 * 1024,
            max_resets: 200,
            max_empty_frames: 100,
        }
    }
}

impl Config {
    /// Whether our header blocks are made smaller. Default: [`Compression::Off`].
    #[must_use]
    pub const fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// What the decoder takes: sizes of frames, header lists and settings.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many streams the peer may have open at a time; beyond it a stream is refused with
    /// REFUSED_STREAM. Default 100, the least that Draft 1 advises to announce. Nothing is
    /// announced unasked: [`Session::send_settings`](crate::Session::send_settings) does, and
    /// moves this limit too.
    #[must_use]
    pub const fn max_streams(mut self, streams: u32) -> Self {
        self.max_streams = streams;
        self
    }

    /// Whether a client takes the streams that a server opens. Default `false`: they are refused
    /// with REFUSED_STREAM.
    #[must_use]
    pub const fn push(mut self, push: bool) -> Self {
        self.push = push;
        self
    }

    /// The largest payload of a DATA frame that we send, in bytes; at least 1, at most 2^24 - 1.
    /// Default 16 KiB: small enough that a more urgent stream never waits for long.
    #[must_use]
    pub fn max_data_frame(mut self, bytes: usize) -> Self {
        self.max_data_frame = bytes.clamp(1, crate::codec::MAX_DATA);
        self
    }

    /// How many bytes of answers (PING echoes, FIN_STREAMs that the peer provoked) may wait to be
    /// written; beyond it the session ends. Default 64 KiB: a peer that reads never leaves so many.
    #[must_use]
    pub const fn max_replies(mut self, bytes: usize) -> Self {
        self.max_replies = bytes;
        self
    }

    /// How many streams may be reset in excess of those that end well; beyond it the session ends.
    /// Counted are streams that the peer resets before our reply has left, and those that its
    /// faults make us reset. Default 200.
    #[must_use]
    pub const fn max_resets(mut self, resets: u32) -> Self {
        self.max_resets = resets;
        self
    }

    /// How many empty DATA frames without FIN may follow each other; beyond it the session ends.
    /// Default 100.
    #[must_use]
    pub const fn max_empty_frames(mut self, frames: u32) -> Self {
        self.max_empty_frames = frames;
        self
    }
}
