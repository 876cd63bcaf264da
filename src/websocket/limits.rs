//! What is taken from a peer that is not trusted.

/// Limits on what a peer may send; all are finite.
///
/// ```
/// use spdy::websocket::Limits;
///
/// let mut limits = Limits::default();
/// limits.message = 64 * 1024;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a message, all its fragments together; beyond it
    /// [`Error::MessageTooBig`](super::Error::MessageTooBig), from the head of the frame that leads
    /// there. 16 MiB + 8: the largest frame of SPDY. A decoder never holds a message, so this
    /// protects who puts its pieces together.
    pub message: u64,
    /// Bytes of the head of a request or response in the handshake. 8 KiB: what servers of HTTP take.
    pub handshake: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message: 16 * 1024 * 1024 + 8, handshake: 8 * 1024 }
    }
}
