//! Attacks on a session, one a test, in every version that has what they need: memory stays within
//! bounds, and the session ends by the right error or goes on as if nothing had been. What they cost
//! in work is measured by `tests/attacks/work`, which runs these tests under valgrind.
//!
//! A session has no clock: that a peer says nothing, or a byte a minute, is for the driver to notice.
//! What a frame may do to a stream in each of its states stands in `testvectors/stream_states.txt`.

#[path = "../common/alloc.rs"]
mod alloc;
#[path = "../common/carrier.rs"]
mod carrier;
#[path = "../common/mod.rs"]
mod common;
#[path = "../../benches/gate/corpus.rs"]
mod corpus;
mod floods;
mod headers;
mod messages;
mod ordinary;
mod promises;
mod streams;
mod victim;
mod windows;
mod wire;
