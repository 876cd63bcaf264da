//! SPDY as a sans-IO protocol state machine: bytes in, frames and events out.
//!
//! ```text
//!  bytes in                                                                  events out
//!  &mut impl Buf ───► codec::Decoder ───► Frame ───► Session ──────────────► Event
//!                     heads, zlib, pairs,            stream states, IDs,
//!                     DATA in pieces                 windows, limits
//!                                                       ▲     │
//!  calls in: open, reply, send_data, ping, … ───────────┘     ▼
//!                                                    what waits: PING echoes, then control frames,
//!                                                    then DATA, the most urgent stream first
//!                                                             │
//!                                                             │ codec::Encoder, in wire order
//!                                                             ▼
//!  bytes out                                         Session::output()
//!  write, writev ◄─────────────────────────────────── impl Buf
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
//! * `http::types` (feature `http`) has the requests and responses of the `http` crate.
//! * `arbitrary` (feature of that name) makes frames and calls for fuzzers.
//! * The feature `tracing` tells that crate what a session does, under the target `spdy`: a span for it
//!   and for each of its streams (DEBUG), an event for each frame (TRACE) and each fault (DEBUG). A
//!   session records if somebody listens when it is made; secret header values and DATA it never does.
//! * [`guide`] is the manual, a page for each thing that one wants to do: a client, a server,
//!   backpressure, shutdown, flow control, push, Kubernetes, tests of your own.
//!
//! [`Version`] names what is spoken: the drafts 1, 2, 3 and 3.1 of the SPDY protocol (Chromium
//! project), called Draft 1, SPDY/2, SPDY/3 and SPDY/3.1 in these pages. [How they
//! differ](guide::versions) stands in one table.
//!
//! # The smallest client
//!
//! ```
//! use bytes::{Buf, BytesMut};
//! use spdy::{Config, Event, Session, Version, http};
//! use std::io::{Read, Write};
//! # use std::net::{TcpListener, TcpStream};
//!
//! fn get(mut socket: impl Read + Write, url: &str) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
//!     let mut session = Session::client(Version::Spdy3_1, Config::default());
//!     session.open(http::request(Version::Spdy3_1, "GET", url, ())?)?;
//!     let (mut buffer, mut input, mut body) = ([0; 16 * 1024], BytesMut::new(), Vec::new());
//!     loop {
//!         match session.next_event(&mut input) {
//!             Ok(Some(Event::Data { data, fin, .. })) => {
//!                 body.extend_from_slice(&data);
//!                 if fin {
//!                     return Ok(body);
//!                 }
//!             }
//!             Ok(Some(Event::SynReply { fin: true, .. })) => return Ok(body), // nothing but headers
//!             Ok(Some(Event::Aborted { cause, .. })) => match session.error() {
//!                 Some(error) => return Err(error.clone().into()),
//!                 None => return Err(cause.into()),
//!             },
//!             Ok(Some(_)) => {} // the reply with its headers, SETTINGS
//!             _ if session.wants_write() => {
//!                 let written = socket.write(session.output().chunk())?;
//!                 session.output().advance(written);
//!             }
//!             Err(error) => return Err(error.into()),
//!             Ok(None) => match socket.read(&mut buffer)? {
//!                 0 => session.end_of_input(),
//!                 read => input.extend_from_slice(&buffer[..read]),
//!             },
//!         }
//!     }
//! }
//! # let listener = TcpListener::bind("127.0.0.1:0")?;
//! # let address = listener.local_addr()?;
//! # std::thread::spawn(move || {
//! #     let (mut socket, _) = listener.accept().unwrap();
//! #     let mut session = Session::server(Version::Spdy3_1, Config::default());
//! #     let (mut buffer, mut input) = ([0; 1024], BytesMut::new());
//! #     loop {
//! #         while let Some(event) = session.next_event(&mut input).unwrap() {
//! #             if let Event::SynStream { stream, .. } = event {
//! #                 session.reply(stream, http::response(Version::Spdy3_1, "200", ()).unwrap(), false).unwrap();
//! #                 session.send_data(stream, "hello", true).unwrap();
//! #             }
//! #         }
//! #         while session.wants_write() {
//! #             let written = socket.write(session.output().chunk()).unwrap();
//! #             session.output().advance(written);
//! #         }
//! #         match socket.read(&mut buffer) {
//! #             Ok(read @ 1..) => input.extend_from_slice(&buffer[..read]),
//! #             _ => return,
//! #         }
//! #     }
//! # });
//! # let body = get(TcpStream::connect(address)?, &format!("http://{address}/hello"))?;
//! # assert_eq!(body, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
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
