//! SPDY as a sans-IO protocol state machine: bytes in, frames and events out.
//!
//! ```text
//!            bytes in                                                     bytes out
//!    &mut impl Buf ──► codec::Decoder ──► Frame ──► Session ──► Event
//!                      head, payload,               ids, states,
//!                      zlib, pairs                  limits, order ──► Session::output(): impl Buf
//! ```
//!
//! The crate opens no socket, starts no thread and reads no clock: the same input gives the same
//! events and the same output bytes. Whoever drives it owns the transport and the time.
//!
//! * [`Session`] is one end of a connection: feed it what was read, pull [`Event`]s, call its
//!   methods to send, and write what [`Session::output`] stages.
//! * [`codec`] is the layer below, usable alone: bytes to [`Frame`]s and back.
//! * [`http`] holds what HTTP demands of a header list; the session itself carries any list.
//! * [`kubernetes`] has the names on the wire of exec, attach and port-forward.
//! * [`websocket`] is the framing of the WebSocket protocol, usable alone.
//! * `arbitrary` (behind a feature of that name) makes frames and calls for fuzzers.
//! * [`guide`] is the manual: the run loop, a client, a server, backpressure and shutdown, flow
//!   control, Kubernetes, the versions.
//!
//! [`Version`] names what is spoken: the drafts 1, 2, 3 and 3.1 of the SPDY protocol (Chromium
//! project), called Draft 1, SPDY/2, SPDY/3 and SPDY/3.1 in these pages. [How they
//! differ](guide::versions) stands in one table each.
//!
//! ```
//! use bytes::Buf;
//! use spdy::{Config, Event, Open, Session, Version};
//!
//! let mut client = Session::client(Version::Draft1, Config::default());
//! let mut server = Session::server(Version::Draft1, Config::default());
//!
//! let request = [("method", "GET"), ("url", "http://example.com/"), ("version", "HTTP/1.1")];
//! let stream = client.open(Open::new(request).fin(true))?;
//!
//! // A driver would write the output to a socket, and read the input from another.
//! match server.next_event(&mut client.output())? {
//!     Some(Event::SynStream { stream: id, headers, fin, .. }) => {
//!         assert_eq!((id, fin), (stream, true));
//!         assert_eq!(headers.get("method"), Some(&b"GET"[..]));
//!     }
//!     other => panic!("{other:?}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs, missing_debug_implementations, unreachable_pub)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss
    )
)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "arbitrary")]
pub mod arbitrary;
pub mod codec;
mod dialect;
mod error;
pub mod frame;
pub mod guide;
mod headers;
pub mod http;
mod id;
pub mod kubernetes;
mod priority;
pub mod session;
mod status;
mod version;
pub mod websocket;

pub use error::{DecodeError, DecodeErrorKind, EncodeError, HeaderError, InflateError, Scope};
#[doc(inline)]
pub use frame::{Frame, FrameType};
pub use headers::Headers;
pub use id::{PingId, Role, StreamId};
pub use priority::Priority;
#[doc(inline)]
pub use session::{
    Abort, Compression, Config, Event, Fault, FlowControl, FlowFault, Open, Output, SendError,
    Session, SessionError, Stats,
};
pub use status::{GoAwayStatus, Setting, SettingId, Settings, Status};
pub use version::{ParseVersionError, Version};
