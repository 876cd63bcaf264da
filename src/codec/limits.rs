//! What a decoder takes from a peer that it does not trust.

/// Limits on what a peer may send; all are finite.
///
/// A control frame above its limit is refused from its 8-byte head, before anything is reserved,
/// and no allocation is ever sized by a number that the peer sent.
///
/// ```
/// use spdy::Config;
/// use spdy::codec::Limits;
///
/// let mut limits = Limits::default();
/// limits.names = 500;
/// let config = Config::default().limits(limits);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The length field of a control frame with a header block; beyond it a session error.
    /// Every version asks for 8,192 at least. 64 KiB: no client or server that is known writes
    /// larger ones, and it bounds what one frame may make the decoder hold.
    pub control_frame: u32,
    /// A decoded header list: name, value, and 32 for each name and each value. Beyond it a
    /// stream error; the block is still inflated, so that the next one decodes. 64 KiB.
    pub header_list: usize,
    /// Bytes that one block may inflate to; beyond it a session error and no further work.
    /// 256 KiB: deflate expands up to 1,030 times.
    pub inflated_block: usize,
    /// Pairs in a block; beyond it a stream error. 128: the objects behind them cost more than
    /// their bytes.
    pub names: usize,
    /// Values in a block, where several of one name count each; beyond it a stream error. 256.
    pub values: usize,
    /// Entries of a HELLO (SETTINGS); beyond it a session error. 32: four IDs are defined.
    pub settings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            control_frame: 64 * 1024,
            header_list: 64 * 1024,
            inflated_block: 256 * 1024,
            names: 128,
            values: 256,
            settings: 32,
        }
    }
}
