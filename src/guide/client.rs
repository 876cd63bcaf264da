//! A client: requests, and what comes of them.
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! use spdy::{Config, Event, Priority, Session, Version, http};
//!
//! let mut client = Session::client(Version::Spdy3_1, Config::default());
//! let page = http::request(Version::Spdy3_1, "GET", "http://example.com/", ())?;
//! let icon = http::request(Version::Spdy3_1, "GET", "http://example.com/icon.png", ())?;
//! let page = client.open(page)?;
//! let icon = client.open(icon.priority(Priority::LOWEST))?; // both are under way at once
//! # let mut server = Session::server(Version::Spdy3_1, Config::default());
//! # let (mut up, mut input) = (BytesMut::new(), BytesMut::new());
//! # up.put(client.output());
//! # while let Some(event) = server.next_event(&mut up)? {
//! #     let Event::SynStream { stream, .. } = event else { panic!() };
//! #     server.reply(stream, http::response(Version::Spdy3_1, "200 OK", ())?, false)?;
//! #     server.send_data(stream, "hello", true)?;
//! # }
//! # input.put(server.output());
//! # let mut body = Vec::new();
//!
//! // After something was read into `input`:
//! while let Some(event) = client.next_event(&mut input)? {
//!     match event {
//!         Event::SynReply { stream, headers, fin, .. } => {
//!             let reply = http::Response::parse(client.version(), &headers)?;
//!             assert_eq!(reply.code(), 200);
//!         }
//!         Event::Data { stream, data, fin, .. } if stream == page => {
//!             body.extend_from_slice(&data); // in pieces, as they arrive; `fin` on the last
//!         }
//!         Event::Aborted { stream, cause, .. } if cause.is_retryable() => {
//!             // Nothing was done with it: send it again, on a new session.
//!         }
//!         _ => {}
//!     }
//! }
//! # assert_eq!(body, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A request with a body is opened without FIN (as [`http::request`] does for POST) and its data
//! may follow at once. A peer's SETTINGS may limit the streams that can be open:
//! [`can_open`] tells, and [`open`] refuses beyond it. Keep the rest and try again when a stream has
//! ended.
//!
//! Large bodies are given when asked for: [`backpressure`](super::backpressure). A server may answer, and
//! reset the stream, before it has heard the whole body: an [`Aborted`] behind an answer whose last piece
//! had `fin` means that the rest of the request is not wanted, and the answer stands.
//!
//! Where to connect to stands in the request: [`http::Request::parse`] of [`Open::headers`] has its
//! `authority`. The port that a URL leaves out is 80 or 443, by its scheme.
//!
//! Whoever has requests and responses of the `http` crate already writes and reads those: the module
//! `http::types`, with the feature `http`. On tokio, over TCP or TLS: the example `tokio_client`.
//!
//! [`Aborted`]: crate::Event::Aborted
//! [`http::request`]: crate::http::request
//! [`http::Request::parse`]: crate::http::Request::parse
//! [`Open::headers`]: crate::Open::headers
//! [`open`]: crate::Session::open
//! [`can_open`]: crate::Session::can_open
