//! The codec alone: for captures, proxies and fuzzers.
//!
//! [`codec::Decoder`](crate::codec::Decoder) and [`codec::Encoder`](crate::codec::Encoder) turn
//! bytes into frames and back without any rule about streams: for captures, proxies and fuzzers.
//!
//! ```
//! use spdy::codec::{Decoder, Limits};
//! use spdy::{Frame, Scope, Version};
//!
//! let capture = [0x80, 1, 0, 6, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0, 1, 1, 0, 0, 2, b'h', b'i'];
//! let mut input = &capture[..];
//! let mut decoder = Decoder::new(Version::Draft1, Limits::default());
//! let mut lines = Vec::new();
//! loop {
//!     match decoder.decode(&mut input) {
//!         // DATA comes in pieces: `remaining` says how much of its frame is still to come.
//!         Ok(Some(frame)) => lines.push(frame.display(Version::Draft1).to_string()),
//!         Ok(None) => break, // used up: read more
//!         Err(error) if error.scope == Scope::Stream => lines.push(format!("error: {error}")),
//!         Err(error) => return Err(error), // nothing behind it can be read
//!     }
//! }
//! decoder.finish()?; // the input did not end inside a frame
//! assert_eq!(lines, ["PING id=9", "DATA stream=1 fin length=2"]);
//! # Ok::<(), spdy::DecodeError>(())
//! ```
