//! What the caller may choose.

use crate::codec::{Compression, Limits};

/// How a session behaves; every limit is finite.
///
/// The default suits a client or a server of any version that talks to strangers;
/// [`Config::kubernetes`] is for peers of that kind. Set once, before the session is made: one `Config`
/// serves any number of them.
///
/// ```
/// use spdy::{Compression, Config};
///
/// let config = Config::default().compression(Compression::Off).max_streams(1_000).push(true);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// These the decoder keeps,
    pub(super) limits: Limits,
    /// and these the session.
    pub(super) options: Options,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) max_replies: u32,
    pub(super) max_data_frame: u32,
    pub(super) credit_batch: u32,
    pub(super) max_streams: u32,
    pub(super) max_resets: u32,
    pub(super) max_empty_frames: u32,
    pub(super) compression: Compression,
    pub(super) send_flow: FlowControl,
    pub(super) receive_flow: FlowControl,
    pub(super) push: bool,
    pub(super) manual_credit: bool,
    /// What is sent on a stream of ours waits for its reply.
    pub(super) awaits_reply: bool,
    /// A stream that the peer resets after our reply has ended well.
    pub(super) resets_are_ends: bool,
}

/// Whether the windows of SPDY/3 and 3.1 are kept, for one direction of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FlowControl {
    /// By the text: we wait for the peer's windows, and a peer that sends beyond ours is at fault.
    #[default]
    Enforced,
    /// For peers that do no flow control, such as the library under Kubernetes: we never wait, and
    /// whatever the peer says of windows has no effect; what it sends is never too much, and is
    /// given back all the same.
    Ignored,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_replies: 64 * 1024,
            max_data_frame: 16 * 1024,
            credit_batch: 0,
            max_streams: 100,
            max_resets: 200,
            max_empty_frames: 100,
            compression: Compression::On,
            send_flow: FlowControl::Enforced,
            receive_flow: FlowControl::Enforced,
            push: false,
            manual_credit: false,
            awaits_reply: false,
            resets_are_ends: false,
        }
    }
}

impl Config {
    /// What the peers of Kubernetes need (kubelets, API servers, container runtimes and `kubectl`,
    /// all of which speak SPDY/3.1 through one Go library): [`FlowControl::Ignored`] both ways, for
    /// that library has none; 4,096 streams, of which each forwarded connection takes two; a
    /// stream that is reset after its reply counts as one that ended well; and what is sent on a
    /// stream waits for its reply, because the library drops what comes before it has replied.
    #[must_use]
    pub fn kubernetes() -> Self {
        let options = Options {
            max_streams: 4_096,
            max_resets: 4_096,
            send_flow: FlowControl::Ignored,
            receive_flow: FlowControl::Ignored,
            awaits_reply: true,
            resets_are_ends: true,
            ..Options::default()
        };
        Self { options, ..Self::default() }
    }

    /// Whether the peer's windows bound what we send. Default [`FlowControl::Enforced`].
    #[must_use]
    pub const fn send_flow_control(mut self, flow: FlowControl) -> Self {
        self.options.send_flow = flow;
        self
    }

    /// Whether our windows bound what the peer sends. Default [`FlowControl::Enforced`].
    #[must_use]
    pub const fn receive_flow_control(mut self, flow: FlowControl) -> Self {
        self.options.receive_flow = flow;
        self
    }

    /// Whether the caller says itself when the peer may send more of a stream, with
    /// [`Session::release`](crate::Session::release): that is how a stream which is read slowly is
    /// stopped. In SPDY/3.1 it holds back the session's window too, which is as large as one stream's
    /// until [`Session::grow_session_window`](crate::Session::grow_session_window). Default `false`: every byte is given back when its event is returned.
    #[must_use]
    pub const fn manual_credit(mut self, manual: bool) -> Self {
        self.options.manual_credit = manual;
        self
    }

    /// Up to how many bytes of DATA are not given back to a window: a WINDOW_UPDATE of 16 bytes for
    /// each small piece may be more than they are worth. It never waits for more than half of the
    /// window, so that the peer is not stopped. Default 0: each output gives back what there is; other
    /// implementations wait for half of the window, which is 32 KiB at first.
    #[must_use]
    pub const fn credit_batch(mut self, bytes: u32) -> Self {
        self.options.credit_batch = bytes;
        self
    }

    /// Whether our header blocks are made smaller. Default [`Compression::On`], where it is said what
    /// lengths then tell. What the peer sends is inflated in either case.
    #[must_use]
    pub const fn compression(mut self, compression: Compression) -> Self {
        self.options.compression = compression;
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
        self.options.max_streams = streams;
        self
    }

    /// Whether a client takes the streams that a server opens. Default `false`: they are refused
    /// with REFUSED_STREAM.
    #[must_use]
    pub const fn push(mut self, push: bool) -> Self {
        self.options.push = push;
        self
    }

    /// The largest payload of a DATA frame that we send, in bytes; at least 1, at most 2^24 - 1.
    /// Default 16 KiB: small enough that a more urgent stream never waits for long.
    #[must_use]
    pub fn max_data_frame(mut self, bytes: usize) -> Self {
        let bytes = bytes.clamp(1, crate::codec::MAX_DATA);
        self.options.max_data_frame = u32::try_from(bytes).unwrap_or(u32::MAX);
        self
    }

    /// How many bytes of answers (PING echoes, FIN_STREAMs that the peer provoked) may wait to be
    /// written; beyond it the session ends. Default 64 KiB: a peer that reads never leaves so many.
    #[must_use]
    pub fn max_replies(mut self, bytes: usize) -> Self {
        self.options.max_replies = u32::try_from(bytes).unwrap_or(u32::MAX);
        self
    }

    /// How many streams may be reset in excess of those that end well; beyond it the session ends.
    /// Counted are streams that the peer resets before our reply has left, and those that its
    /// faults make us reset. Default 200.
    #[must_use]
    pub const fn max_resets(mut self, resets: u32) -> Self {
        self.options.max_resets = resets;
        self
    }

    /// How many empty DATA frames without FIN may follow each other; beyond it the session ends.
    /// Default 100.
    #[must_use]
    pub const fn max_empty_frames(mut self, frames: u32) -> Self {
        self.options.max_empty_frames = frames;
        self
    }
}
