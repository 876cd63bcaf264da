//! SPDY/2: as Draft 1, but for what stands here.

use super::draft1::DRAFT1;
use super::{
    Association, BlockRules, Characters, Dialect, EmptyStrings, Faults, Length, OtherVersion,
    PriorityBits, Reaction, SETTINGS, STATUSES, SettingsForm, first, http, row,
};
use crate::frame::FrameType;
use crate::status::Status;

pub(super) const SPDY2: Dialect = Dialect {
    wire_version: 2,
    other_version: OtherVersion::CostsStream,
    frames: &[
        row(1, FrameType::SynStream, "SYN_STREAM", Length::AtLeast(12)),
        row(2, FrameType::SynReply, "SYN_REPLY", Length::AtLeast(8)),
        row(3, FrameType::FinStream, "RST_STREAM", Length::Exactly(8)),
        row(4, FrameType::Settings, "SETTINGS", Length::Entries),
        row(5, FrameType::Noop, "NOOP", Length::Skipped),
        row(6, FrameType::Ping, "PING", Length::Exactly(4)),
        // Four bytes; a widely used peer sends a status too.
        row(7, FrameType::GoAway, "GOAWAY", Length::Either(4, 8)),
        row(8, FrameType::Headers, "HEADERS", Length::AtLeast(6)),
    ],
    association: Association::Named,
    // As deployed; the text has it the other way round.
    priority: PriorityBits { bits: 2, zero_is_highest: true },
    block: BlockRules {
        count_before_block: false,
        width: 2,
        empty: EmptyStrings::Refused,
        characters: Characters::Strict,
    },
    statuses: first(7, STATUSES),
    settings: first(7, SETTINGS),
    settings_form: SettingsForm::IdThenFlags,
    faults: Faults {
        data_before_reply: Reaction::Session,
        against_one_way: Reaction::Stream(Status::PROTOCOL_ERROR),
        ..DRAFT1.faults
    },
    http: http::SPDY2,
    ..DRAFT1
}
.indexed();
