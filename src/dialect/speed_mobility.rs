//! HTTP Speed+Mobility: the streams of SPDY/3 inside a WebSocket, without what WebSocket does itself.

use super::spdy3::SPDY3;
use super::{Carrier, Dialect, FlowRules, Length, OtherVersion, STATUSES, first, row};
use crate::frame::FrameType;

pub(super) const SPEED_MOBILITY: Dialect = Dialect {
    carrier: Carrier::WebSocket,
    other_version: OtherVersion::Fatal,
    frames: &[
        row(1, FrameType::SynStream, "SYN_STREAM", Length::AtLeast(10)).plain(0x04),
        row(2, FrameType::SynReply, "SYN_REPLY", Length::AtLeast(4)).plain(0x04),
        row(3, FrameType::FinStream, "RST_STREAM", Length::Exactly(8)),
        row(8, FrameType::Headers, "HEADERS", Length::AtLeast(4)).plain(0x02),
    ],
    // SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CREDENTIAL with both of its numbers.
    removed: &[4, 6, 7, 9, 10, 11],
    push_flag: 0x08,
    has_slot: false,
    // All but INVALID_CREDENTIALS.
    statuses: first(10, STATUSES),
    settings: &[],
    flow_control: FlowRules::None,
    ..SPDY3
}
.indexed();
