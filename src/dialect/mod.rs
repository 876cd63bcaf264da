//! THE one place where the versions differ: one const table each.
//!
//! A new version is a file here with its table, a variant of [`Version`] and an arm below. Code
//! outside reads a field of the table and never asks which version it is.

mod dictionary;
mod draft1;

pub(crate) use dictionary::Dictionary;

use crate::frame::FrameType;
use crate::priority::Priority;
use crate::status::{SettingId, Status};
use crate::version::Version;

impl Version {
    pub(crate) const fn dialect(self) -> &'static Dialect {
        match self {
            Self::Draft1 => &draft1::DRAFT1,
        }
    }
}

/// What one version does its own way.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// The version in control frames.
    pub(crate) wire_version: u16,
    /// The control frames that exist.
    pub(crate) frames: &'static [FrameRow],
    /// The bits of a SYN_STREAM's priority and their order.
    pub(crate) priority: PriorityBits,
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
    /// Settings may only be the first frame of their sender.
    pub(crate) settings_come_first: bool,
    /// Whatever a server opens is a push: the client's half is closed from the start.
    pub(crate) server_streams_are_one_way: bool,
    /// GOAWAY says why.
    pub(crate) go_away_has_status: bool,
    /// What a frame that does not fit its stream's state costs.
    pub(crate) faults: Faults,
    /// The answer to a header list above the limit: on SYN_STREAM, on any other frame.
    pub(crate) list_too_large: (Status, Status),
    /// The names that HTTP gives to what is no header in HTTP.
    pub(crate) http: HttpNames,
}

/// One control frame: the number and the word that a version has for it, and its length.
#[derive(Debug)]
pub(crate) struct FrameRow {
    pub(crate) number: u16,
    pub(crate) frame_type: FrameType,
    pub(crate) name: &'static str,
    pub(crate) length: Length,
}

/// What length a control frame may have, in bytes behind its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// Nothing else.
    Exactly(u32),
    /// Fixed fields, then a header block; the limit for control frames holds.
    Block { fixed: u32 },
    /// A count, then entries of 8 bytes; the limit for entries holds.
    Entries,
    /// Whatever it is, it is skipped.
    Skipped,
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
    /// An empty name or value, or an empty one among several: the pair is dropped.
    pub(crate) drops_empty: bool,
    /// Upper case in a received name is lowered.
    pub(crate) lowers_names: bool,
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
}

/// One reaction for each way in which a frame can miss its stream's state.
#[derive(Debug)]
pub(crate) struct Faults {
    /// The stream was never opened.
    pub(crate) never_opened: Reaction,
    /// The stream has ended.
    pub(crate) over: Reaction,
    /// SYN_STREAM for a live stream.
    pub(crate) second_syn: Reaction,
    /// SYN_REPLY for a stream that has one.
    pub(crate) second_reply: Reaction,
    /// SYN_REPLY from the side that opened the stream.
    pub(crate) reply_from_opener: Reaction,
    /// DATA of the responder before its SYN_REPLY.
    pub(crate) data_before_reply: Reaction,
    /// Anything behind the sender's FIN.
    pub(crate) after_fin: Reaction,
    /// DATA or SYN_REPLY from the receiver of a one-way stream.
    pub(crate) against_one_way: Reaction,
}

/// The names under which a header list carries the request line and the status line.
#[derive(Debug)]
pub(crate) struct HttpNames {
    pub(crate) method: &'static str,
    pub(crate) url: &'static str,
    pub(crate) version: &'static str,
    pub(crate) status: &'static str,
    /// The path of a pushed resource.
    pub(crate) push_path: &'static str,
}

impl Dialect {
    pub(crate) fn row_of(&self, number: u16) -> Option<&'static FrameRow> {
        self.frames.iter().find(|row| row.number == number)
    }

    pub(crate) fn row(&self, frame_type: FrameType) -> Option<&'static FrameRow> {
        self.frames.iter().find(|row| row.frame_type == frame_type)
    }

    /// The version's own word for a type of frame.
    pub(crate) fn frame_name(&self, frame_type: FrameType) -> &'static str {
        match self.row(frame_type) {
            Some(row) => row.name,
            None if matches!(frame_type, FrameType::Data) => "DATA",
            None => "UNKNOWN",
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
