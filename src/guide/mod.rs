//! The manual, a page for each thing that one wants to do.
//!
//! | page | what it shows |
//! |---|---|
//! | [`run_loop`] | what a driver does: input, calls, output |
//! | [`client`] | requests, and what comes of them |
//! | [`server`] | what a server hears, and how it answers |
//! | [`backpressure`] | sending when asked, reading no more than there is room for |
//! | [`shutdown`] | how streams and sessions end, without loss |
//! | [`flow_control`] | the windows of SPDY/3 and 3.1 |
//! | [`push`] | responses that nobody has asked for yet |
//! | [`versions`] | which one to speak, and what is different |
//! | [`kubernetes`] | exec, attach and port-forward |
//! | `speed_mobility` | SPDY streams inside a WebSocket (feature `speed-mobility`) |
//! | [`limits`] | what a hostile peer can do, and what a length tells of a secret |
//! | [`codec`] | frames without a session |
//! | [`performance`] | what costs what, and how to drive a session well |
//! | [`no_std`] | embedding without std |
//! | [`testing`] | two sessions in memory, for tests of your own |
//! | `fuzzing` | a peer made of any bytes (feature `arbitrary`) |
//!
//! The transport of every page is a pair of buffers, so that the manual runs as tests. The examples have
//! real ones: `hello_client` and `hello_server` block, `tokio_client` and `tokio_server` share a driver
//! (`examples/support/tokio.rs`), `mio_server` has one thread for all.

pub mod backpressure;
pub mod client;
pub mod codec;
pub mod flow_control;
#[cfg(feature = "arbitrary")]
pub mod fuzzing;
pub mod kubernetes;
pub mod limits;
pub mod no_std;
pub mod performance;
pub mod push;
pub mod run_loop;
pub mod server;
pub mod shutdown;
#[cfg(feature = "speed-mobility")]
pub mod speed_mobility;
pub mod testing;
pub mod versions;
