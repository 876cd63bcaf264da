//! SPDY Protocol, Draft 1.

use super::{
    BlockRules, Dialect, Faults, FrameRow, HttpNames, Length, PriorityBits, Reaction, dictionary,
};
use crate::frame::FrameType;
use crate::status::{SettingId, Status};

const PROTOCOL_ERROR: Reaction = Reaction::Stream(Status::PROTOCOL_ERROR);

pub(super) const DRAFT1: Dialect = Dialect {
    wire_version: 1,
    frames: &[
        row(1, FrameType::SynStream, "SYN_STREAM", Length::Block { fixed: 8 }),
        row(2, FrameType::SynReply, "SYN_REPLY", Length::Block { fixed: 8 }),
        row(3, FrameType::FinStream, "FIN_STREAM", Length::Exactly(8)),
        row(4, FrameType::Settings, "HELLO", Length::Entries),
        row(5, FrameType::Noop, "NOOP", Length::Skipped),
        row(6, FrameType::Ping, "PING", Length::Exactly(4)),
        row(7, FrameType::GoAway, "GOAWAY", Length::Exactly(4)),
        row(8, FrameType::Subresource, "SUBRESOURCE", Length::Block { fixed: 8 }),
    ],
    priority: PriorityBits { bits: 2, zero_is_highest: false },
    data_flags_refused: 0x02,
    block: BlockRules { count_before_block: true, width: 2, drops_empty: true, lowers_names: true },
    dictionary: &dictionary::DRAFT1,
    statuses: &[
        (Status::PROTOCOL_ERROR, "PROTOCOL_ERROR"),
        (Status::INVALID_STREAM, "INVALID_STREAM"),
        (Status::REFUSED_STREAM, "REFUSED_STREAM"),
    ],
    settings: &[
        (SettingId::UPLOAD_BANDWIDTH, "BANDWIDTH_TO_YOU"),
        (SettingId::DOWNLOAD_BANDWIDTH, "BANDWIDTH_FROM_YOU"),
        (SettingId::ROUND_TRIP_TIME, "ROUND_TRIP_TIME"),
        (SettingId::MAX_CONCURRENT_STREAMS, "MAX_CONCURRENT_STREAMS"),
    ],
    settings_come_first: true,
    server_streams_are_one_way: true,
    go_away_has_status: false,
    faults: Faults {
        never_opened: Reaction::Stream(Status::INVALID_STREAM),
        over: Reaction::Ignore,
        second_syn: PROTOCOL_ERROR,
        second_reply: PROTOCOL_ERROR,
        reply_from_opener: PROTOCOL_ERROR,
        data_before_reply: PROTOCOL_ERROR,
        after_fin: PROTOCOL_ERROR,
        against_one_way: Reaction::Ignore,
    },
    list_too_large: (Status::REFUSED_STREAM, Status::PROTOCOL_ERROR),
    http: HttpNames {
        method: "method",
        url: "url",
        version: "version",
        status: "status",
        push_path: "path",
    },
};

const fn row(number: u16, frame_type: FrameType, name: &'static str, length: Length) -> FrameRow {
    FrameRow { number, frame_type, name, length }
}
