//! How both ends of Kubernetes' connections are set up.

use spdy::Config;

/// The preset, and nothing is given back to windows: the Go library has none. A Go server that closes
/// the connection when its command has ended must not have a WINDOW_UPDATE of ours unread then: its
/// system would answer with a reset, and what it sent last could be lost on the way.
pub fn config() -> Config {
    Config::kubernetes().manual_credit(true)
}
