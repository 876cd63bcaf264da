//! SPDY/3.1: as SPDY/3, with a window for the session and without credentials.
//!
//! Both write version 3 on the wire: only what was negotiated tells them apart.

use super::spdy3::SPDY3;
use super::{Dialect, FlowRules, STATUSES, first};

pub(super) const SPDY3_1: Dialect = Dialect {
    // All but CREDENTIAL.
    frames: first(8, SPDY3.frames),
    has_slot: false,
    // All but INVALID_CREDENTIALS.
    statuses: first(10, STATUSES),
    flow_control: FlowRules::StreamsAndSession,
    ..SPDY3
}
.indexed();
