//! SPDY Protocol, Draft 1.

use super::{
    Association, BlockRules, Carrier, Characters, Dialect, EmptyStrings, Faults, FlowRules, Length,
    OtherVersion, PriorityBits, Reaction, STATUSES, SettingsForm, ShortHeads, dictionary, first,
    http, row,
};
use crate::frame::FrameType;
use crate::status::{SettingId, Status};

const PROTOCOL_ERROR: Reaction = Reaction::Stream(Status::PROTOCOL_ERROR);

pub(super) const DRAFT1: Dialect = Dialect {
    carrier: Carrier::Transport,
    wire_version: 1,
    other_version: OtherVersion::Fatal,
    frames: &[
        row(1, FrameType::SynStream, "SYN_STREAM", Length::AtLeast(8)),
        row(2, FrameType::SynReply, "SYN_REPLY", Length::AtLeast(8)),
        row(3, FrameType::FinStream, "FIN_STREAM", Length::Exactly(8)),
        row(4, FrameType::Settings, "HELLO", Length::Entries),
        row(5, FrameType::Noop, "NOOP", Length::Skipped),
        row(6, FrameType::Ping, "PING", Length::Exactly(4)),
        row(7, FrameType::GoAway, "GOAWAY", Length::Exactly(4)),
        row(8, FrameType::Subresource, "SUBRESOURCE", Length::AtLeast(8)),
    ],
    heads: ShortHeads::NONE,
    removed: &[],
    association: Association::Announced,
    push_flag: 0,
    priority: PriorityBits { bits: 2, zero_is_highest: false },
    has_slot: false,
    pads_block: true,
    headers_carry_fin: false,
    data_flags_refused: 0x02,
    block: BlockRules {
        count_before_block: true,
        width: 2,
        empty: EmptyStrings::Dropped,
        characters: Characters::Lowered,
    },
    dictionary: &dictionary::DRAFT1,
    statuses: first(3, STATUSES),
    settings: &[
        (SettingId::UPLOAD_BANDWIDTH, "BANDWIDTH_TO_YOU"),
        (SettingId::DOWNLOAD_BANDWIDTH, "BANDWIDTH_FROM_YOU"),
        (SettingId::ROUND_TRIP_TIME, "ROUND_TRIP_TIME"),
        (SettingId::MAX_CONCURRENT_STREAMS, "MAX_CONCURRENT_STREAMS"),
    ],
    settings_form: SettingsForm::Hello,
    flow_control: FlowRules::None,
    go_away_has_status: false,
    last_good_counts_refused: false,
    faults: Faults {
        never_opened: Reaction::Stream(Status::INVALID_STREAM),
        over: Reaction::Ignore,
        data_when_over: Reaction::Ignore,
        second_syn: PROTOCOL_ERROR,
        last_syn_again: Reaction::Session,
        second_reply: PROTOCOL_ERROR,
        reply_from_opener: PROTOCOL_ERROR,
        data_before_reply: PROTOCOL_ERROR,
        after_fin: PROTOCOL_ERROR,
        against_one_way: Reaction::Ignore,
        silent_after_go_away: false,
    },
    list_too_large: (Status::REFUSED_STREAM, Status::PROTOCOL_ERROR),
    http: http::DRAFT1,
}
.indexed();
