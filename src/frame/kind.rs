//! The types of frames, whatever their number in a version.

use crate::version::Version;

/// The type of a frame, of any version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FrameType {
    /// DATA.
    Data,
    /// SYN_STREAM.
    SynStream,
    /// SYN_REPLY.
    SynReply,
    /// FIN_STREAM; RST_STREAM from SPDY/2 on.
    #[doc(alias = "RST_STREAM")]
    FinStream,
    /// HELLO; SETTINGS from SPDY/2 on.
    #[doc(alias = "HELLO")]
    Settings,
    /// NOOP.
    Noop,
    /// PING.
    Ping,
    /// GOAWAY.
    GoAway,
    /// SUBRESOURCE.
    Subresource,
    /// HEADERS, from SPDY/2 on.
    Headers,
    /// WINDOW_UPDATE, from SPDY/3 on.
    WindowUpdate,
    /// CREDENTIAL, in SPDY/3 alone.
    Credential,
    /// A control frame of a type that the version does not have, or of another version, that is passed over.
    Unknown,
}

impl FrameType {
    /// Every type, in the order of its declaration, which statistics rely on.
    pub const ALL: [Self; 13] = [
        Self::Data,
        Self::SynStream,
        Self::SynReply,
        Self::FinStream,
        Self::Settings,
        Self::Noop,
        Self::Ping,
        Self::GoAway,
        Self::Subresource,
        Self::Headers,
        Self::WindowUpdate,
        Self::Credential,
        Self::Unknown,
    ];

    /// The version's own word for it.
    ///
    /// ```
    /// use spdy::{FrameType, Version};
    ///
    /// assert_eq!(FrameType::Settings.name(Version::Draft1), "HELLO");
    /// assert_eq!(FrameType::Settings.name(Version::Spdy3), "SETTINGS");
    /// ```
    #[must_use]
    pub fn name(self, version: Version) -> &'static str {
        version.dialect().frame_name(self)
    }
}
