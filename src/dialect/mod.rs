//! THE one place where the versions differ: one const table each.
//!
//! A new version is a file here with its table, a variant of [`Version`] and an arm below. Code
//! outside reads a field of the table and never asks which version it is.

mod dictionary;
mod draft1;
mod http;
mod spdy2;
mod spdy3;
mod spdy3_1;
mod speed_mobility;

use core::fmt;

pub(crate) use dictionary::Dictionary;
pub(crate) use http::HttpNames;

use crate::frame::{FrameType, Head};
use crate::priority::Priority;
use crate::status::{STATUSES, SettingId, Status};
use crate::version::Version;

impl Version {
    pub(crate) const fn dialect(self) -> &'static Dialect {
        match self {
            Self::Draft1 => &draft1::DRAFT1,
            Self::Spdy2 => &spdy2::SPDY2,
            Self::Spdy3 => &spdy3::SPDY3,
            Self::Spdy3_1 => &spdy3_1::SPDY3_1,
            Self::SpeedMobility => &speed_mobility::SPEED_MOBILITY,
        }
    }
}

/// What one version does its own way.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// What carries the frames.
    pub(crate) carrier: Carrier,
    /// The version in control frames.
    pub(crate) wire_version: u16,
    /// What becomes of a control frame of another version.
    pub(crate) other_version: OtherVersion,
    /// The control frames that exist.
    pub(crate) frames: &'static [FrameRow],
    /// How those begin that come most; see [`Dialect::indexed`].
    pub(crate) heads: ShortHeads,
    /// Numbers of frames that were taken out, and must not come.
    pub(crate) removed: &'static [u16],
    /// How a stream belongs to another, and who may send on it.
    pub(crate) association: Association,
    /// Flag bit of a client's SYN_STREAM without which nothing may be pushed for it; 0 where it needs
    /// none.
    pub(crate) push_flag: u8,
    /// The bits of a SYN_STREAM's priority and their order.
    pub(crate) priority: PriorityBits,
    /// The byte behind the priority chooses a credential.
    pub(crate) has_slot: bool,
    /// SYN_REPLY and what else has a header block for a stream: two unused bytes before the block.
    pub(crate) pads_block: bool,
    /// HEADERS may end the sender's half. It is taken in every version.
    pub(crate) headers_carry_fin: bool,
    /// Flag bits of DATA that are a stream error.
    pub(crate) data_flags_refused: u8,
    /// The name/value block.
    pub(crate) block: BlockRules,
    /// The preset dictionary of the header compression.
    pub(crate) dictionary: &'static Dictionary,
    /// The status codes that exist, by name.
    pub(crate) statuses: &'static [(Status, &'static str)],
    /// What the settings are called.
    pub(crate) settings: &'static [(SettingId, &'static str)],
    /// How their frame is drawn.
    pub(crate) settings_form: SettingsForm,
    /// What DATA is held against.
    pub(crate) flow_control: FlowRules,
    /// GOAWAY says why.
    pub(crate) go_away_has_status: bool,
    /// Its last-good-stream-ID covers streams that were refused or reset before the caller saw them.
    pub(crate) last_good_counts_refused: bool,
    /// What a frame that does not fit its stream's state costs.
    pub(crate) faults: Faults,
    /// The answer to a header list above the limit: on SYN_STREAM, on any other frame.
    pub(crate) list_too_large: (Status, Status),
    /// The names that HTTP gives to what is no header in HTTP.
    pub(crate) http: HttpNames,
}

/// The heads, without flags, of control frames whose length is fixed; zeros, which no control frame
/// begins with, for what a version lacks.
#[derive(Debug)]
pub(crate) struct ShortHeads {
    pub(crate) fin_stream: [u8; Head::LEN],
    pub(crate) ping: [u8; Head::LEN],
    pub(crate) window_update: [u8; Head::LEN],
}

impl ShortHeads {
    const NONE: Self = {
        let none = [0; Head::LEN];
        Self { fin_stream: none, ping: none, window_update: none }
    };
}

/// What carries the frames from end to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// The transport: one frame behind the other.
    Transport,
    /// A WebSocket: each frame is a binary message, a PING is its ping, and GOAWAY its close, which
    /// is the last that is sent.
    WebSocket,
}

/// What a control frame of another version costs. Its header block is not inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtherVersion {
    /// The session.
    Fatal,
    /// A SYN_STREAM its stream; anything else is passed over.
    CostsStream,
    /// With a header block the session, for the context is lost; anything else is passed over.
    FatalWithBlock,
}

/// How a stream belongs to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Association {
    /// The wire does not say. Whatever a server opens is a push: the client's half is closed from the
    /// start, and the reply that announces it goes first.
    Announced,
    /// SYN_STREAM names it, and a flag says that only the opener sends.
    Named,
}

/// How a frame with settings is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SettingsForm {
    /// HELLO: a 16-bit count and IDs of 32 bits; it may only be the first frame of its sender.
    Hello,
    /// The three bytes of an ID with the lowest first, then the flags of the entry.
    IdThenFlags,
    /// The flags of the entry, then an ID of 24 bits.
    FlagsThenId,
}

/// What DATA is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FlowRules {
    /// Nothing.
    None,
    /// A window for each stream.
    Streams,
    /// That, and one for the session.
    StreamsAndSession,
}

/// Settings, likewise; Draft 1 has words of its own.
const SETTINGS: &[(SettingId, &str)] = &[
    (SettingId::UPLOAD_BANDWIDTH, "UPLOAD_BANDWIDTH"),
    (SettingId::DOWNLOAD_BANDWIDTH, "DOWNLOAD_BANDWIDTH"),
    (SettingId::ROUND_TRIP_TIME, "ROUND_TRIP_TIME"),
    (SettingId::MAX_CONCURRENT_STREAMS, "MAX_CONCURRENT_STREAMS"),
    (SettingId::CURRENT_CWND, "CURRENT_CWND"),
    (SettingId::DOWNLOAD_RETRANS_RATE, "DOWNLOAD_RETRANS_RATE"),
    (SettingId::INITIAL_WINDOW_SIZE, "INITIAL_WINDOW_SIZE"),
    (SettingId::CLIENT_CERTIFICATE_VECTOR_SIZE, "CLIENT_CERTIFICATE_VECTOR_SIZE"),
];

const fn first<T>(count: usize, of: &[T]) -> &[T] {
    of.split_at(count).0
}

/// One control frame: the number and the word that a version has for it, and its length.
#[derive(Debug)]
pub(crate) struct FrameRow {
    pub(crate) number: u16,
    pub(crate) frame_type: FrameType,
    pub(crate) name: &'static str,
    pub(crate) length: Length,
    /// The flag bit that says of its header block that it is not compressed; 0 for none.
    pub(crate) plain_flag: u8,
}

impl FrameRow {
    /// The same with a flag for a block that is not compressed.
    const fn plain(self, flag: u8) -> Self {
        Self { plain_flag: flag, ..self }
    }

    /// Whether a header block stands in it, so that the context of its direction goes on with it.
    pub(crate) const fn has_block(&self) -> bool {
        matches!(
            self.frame_type,
            FrameType::SynStream
                | FrameType::SynReply
                | FrameType::Subresource
                | FrameType::Headers
        )
    }
}

const fn row(number: u16, frame_type: FrameType, name: &'static str, length: Length) -> FrameRow {
    FrameRow { number, frame_type, name, length, plain_flag: 0 }
}

/// What length a control frame may have, in bytes behind its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// Nothing else.
    Exactly(u32),
    /// Either of two.
    Either(u32, u32),
    /// Fixed fields, then something of any length; the limit for control frames holds.
    AtLeast(u32),
    /// A count, then entries of 8 bytes; the limit for entries holds.
    Entries,
    /// Whatever it is, it is skipped.
    Skipped,
}

/// What else than a length that is not possible.
impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(right) => write!(f, "only {right}"),
            Self::Either(one, other) => write!(f, "only {one} or {other}"),
            Self::AtLeast(least) => write!(f, "only {least} and more"),
            Self::Entries => f.write_str("only 4 and 8 for each entry"),
            Self::Skipped => f.write_str("any other"),
        }
    }
}

/// Where a priority stands in its byte, and which end of the numbers is urgent.
#[derive(Debug)]
pub(crate) struct PriorityBits {
    bits: u8,
    zero_is_highest: bool,
}

impl PriorityBits {
    const fn lowest(&self) -> u8 {
        (1 << self.bits) - 1
    }

    pub(crate) const fn read(&self, byte: u8) -> Priority {
        let wire = byte >> (8 - self.bits);
        Priority::new(if self.zero_is_highest { wire } else { self.lowest() - wire })
    }

    /// The priority that the version has for this one: its lowest for all beyond it.
    pub(crate) fn clamp(&self, priority: Priority) -> Priority {
        Priority::new(priority.level().min(self.lowest()))
    }

    pub(crate) fn write(&self, priority: Priority) -> u8 {
        let level = self.clamp(priority).level();
        let wire = if self.zero_is_highest { level } else { self.lowest() - level };
        wire << (8 - self.bits)
    }
}

/// The form of a name/value block and what becomes of a bad pair.
#[derive(Debug)]
pub(crate) struct BlockRules {
    /// The count is drawn before the block, but may stand inside (S1-A01).
    pub(crate) count_before_block: bool,
    /// Bytes of the count and of each length.
    pub(crate) width: usize,
    pub(crate) empty: EmptyStrings,
    pub(crate) characters: Characters,
}

/// What becomes of a pair with an empty name, an empty value, or an empty one among several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EmptyStrings {
    /// The pair is dropped.
    Dropped,
    /// The block is refused.
    Refused,
    /// The block is refused, except for a value that is empty as a whole.
    RefusedAmongValues,
}

/// What names and values are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Characters {
    /// Names are text whose upper case is lowered; values are any bytes.
    Lowered,
    /// Names are visible ASCII without upper case; values have no control characters but a tab.
    Strict,
}

impl BlockRules {
    /// The largest number of pairs, and of bytes in a name or value, that the lengths hold.
    pub(crate) const fn largest(&self) -> usize {
        match self.width {
            2 => 0xFFFF,
            _ => 0xFFFF_FFFF,
        }
    }
}

/// What a frame costs that does not fit the state of its stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reaction {
    /// Nothing: it is dropped.
    Ignore,
    /// The stream: FIN_STREAM with this status. A stream that is not live is answered once.
    Stream(Status),
    /// The session.
    Session,
}

/// One reaction for each way in which a frame can miss its stream's state.
#[derive(Debug)]
pub(crate) struct Faults {
    /// The stream was never opened.
    pub(crate) never_opened: Reaction,
    /// The stream has ended.
    pub(crate) over: Reaction,
    /// The stream has ended, and the frame is DATA.
    pub(crate) data_when_over: Reaction,
    /// SYN_STREAM for a live stream.
    pub(crate) second_syn: Reaction,
    /// SYN_STREAM for the last stream that was opened, which is not live.
    pub(crate) last_syn_again: Reaction,
    /// SYN_REPLY for a stream that has one.
    pub(crate) second_reply: Reaction,
    /// SYN_REPLY from the side that opened the stream.
    pub(crate) reply_from_opener: Reaction,
    /// DATA of the responder before its SYN_REPLY.
    pub(crate) data_before_reply: Reaction,
    /// Anything behind the sender's FIN.
    pub(crate) after_fin: Reaction,
    /// A frame from the receiver of a one-way stream.
    pub(crate) against_one_way: Reaction,
    /// Once we sent GOAWAY, frames on streams that are not live get no answer.
    pub(crate) silent_after_go_away: bool,
}

impl Dialect {
    /// With the heads that follow from the version and its frames.
    const fn indexed(self) -> Self {
        let heads = ShortHeads {
            fin_stream: self.head_of(FrameType::FinStream),
            ping: self.head_of(FrameType::Ping),
            window_update: self.head_of(FrameType::WindowUpdate),
        };
        Self { heads, ..self }
    }

    const fn head_of(&self, frame_type: FrameType) -> [u8; Head::LEN] {
        let mut rest = self.frames;
        while let Some((row, others)) = rest.split_first() {
            rest = others;
            match row.length {
                Length::Exactly(length) if row.frame_type as u8 == frame_type as u8 => {
                    let (version, number) = (self.wire_version, row.number);
                    return Head::Control { version, number, flags: 0, length }.emit();
                }
                _ => {}
            }
        }
        [0; Head::LEN]
    }

    pub(crate) fn row_of(&self, number: u16) -> Option<&'static FrameRow> {
        // They stand in the order of their numbers, with gaps.
        let before = self.frames.get(..usize::from(number)).unwrap_or(self.frames);
        before.iter().rev().find(|row| row.number == number)
    }

    pub(crate) fn row(&self, frame_type: FrameType) -> Option<&'static FrameRow> {
        // Types too stand in order.
        let before = self.frames.get(..frame_type as usize).unwrap_or(self.frames);
        before.iter().rev().find(|row| row.frame_type == frame_type)
    }

    /// The version's own word for a type of frame.
    pub(crate) fn frame_name(&self, frame_type: FrameType) -> &'static str {
        match self.row(frame_type) {
            Some(row) => row.name,
            None => match (frame_type, self.carrier) {
                (FrameType::Data, _) => "DATA",
                (FrameType::Ping, Carrier::WebSocket) => "PING",
                (FrameType::GoAway, Carrier::WebSocket) => "CLOSE",
                _ => "UNKNOWN",
            },
        }
    }

    pub(crate) fn status_name(&self, status: Status) -> Option<&'static str> {
        let (_, name) = self.statuses.iter().find(|(known, _)| *known == status)?;
        Some(name)
    }

    pub(crate) fn setting_name(&self, id: SettingId) -> Option<&'static str> {
        let (_, name) = self.settings.iter().find(|(known, _)| *known == id)?;
        Some(name)
    }

    /// What is sent for a status: itself where the version has it; otherwise PROTOCOL_ERROR,
    /// except that a cancelled stream becomes INVALID_STREAM, which the peer only logs (S1-A37).
    pub(crate) fn stand_in(&self, status: Status) -> Status {
        match status {
            known if self.status_name(known).is_some() => known,
            Status::CANCEL => Status::INVALID_STREAM,
            _ => Status::PROTOCOL_ERROR,
        }
    }
}

#[cfg(test)]
mod differences;
