//! SPDY/3: as SPDY/2, but for what stands here.

use super::spdy2::SPDY2;
use super::{
    BlockRules, Dialect, EmptyStrings, Faults, FlowRules, Length, OtherVersion, PriorityBits,
    Reaction, SETTINGS, STATUSES, SettingsForm, dictionary, http, row,
};
use crate::frame::FrameType;
use crate::status::Status;

pub(super) const SPDY3: Dialect = Dialect {
    wire_version: 3,
    other_version: OtherVersion::FatalWithBlock,
    frames: &[
        row(1, FrameType::SynStream, "SYN_STREAM", Length::AtLeast(10)),
        row(2, FrameType::SynReply, "SYN_REPLY", Length::AtLeast(4)),
        row(3, FrameType::FinStream, "RST_STREAM", Length::Exactly(8)),
        row(4, FrameType::Settings, "SETTINGS", Length::Entries),
        row(6, FrameType::Ping, "PING", Length::Exactly(4)),
        row(7, FrameType::GoAway, "GOAWAY", Length::Exactly(8)),
        row(8, FrameType::Headers, "HEADERS", Length::AtLeast(4)),
        row(9, FrameType::WindowUpdate, "WINDOW_UPDATE", Length::Exactly(8)),
        row(10, FrameType::Credential, "CREDENTIAL", Length::AtLeast(6)),
    ],
    priority: PriorityBits { bits: 3, zero_is_highest: true },
    has_slot: true,
    pads_block: false,
    headers_carry_fin: true,
    block: BlockRules { width: 4, empty: EmptyStrings::RefusedAmongValues, ..SPDY2.block },
    dictionary: &dictionary::SPDY3,
    statuses: STATUSES,
    settings: SETTINGS,
    settings_form: SettingsForm::FlagsThenId,
    flow_control: FlowRules::Streams,
    go_away_has_status: true,
    last_good_counts_refused: true,
    faults: Faults {
        never_opened: Reaction::Stream(Status::INVALID_STREAM),
        over: Reaction::Ignore,
        data_when_over: Reaction::Stream(Status::PROTOCOL_ERROR),
        second_syn: Reaction::Stream(Status::PROTOCOL_ERROR),
        last_syn_again: Reaction::Stream(Status::PROTOCOL_ERROR),
        second_reply: Reaction::Stream(Status::STREAM_IN_USE),
        reply_from_opener: Reaction::Stream(Status::INVALID_STREAM),
        data_before_reply: Reaction::Stream(Status::PROTOCOL_ERROR),
        after_fin: Reaction::Stream(Status::STREAM_ALREADY_CLOSED),
        against_one_way: Reaction::Stream(Status::STREAM_ALREADY_CLOSED),
        silent_after_go_away: true,
    },
    list_too_large: (Status::FRAME_TOO_LARGE, Status::FRAME_TOO_LARGE),
    http: http::SPDY3,
    ..SPDY2
}
.indexed();
