//! A server: what it hears, and how it answers.
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! use spdy::{Config, Event, Session, Version, http};
//!
//! let mut server = Session::server(Version::Spdy3_1, Config::default());
//! # let mut client = Session::client(Version::Spdy3_1, Config::default());
//! # client.open(http::request(Version::Spdy3_1, "GET", "http://example.com/", ())?)?;
//! # let mut input = BytesMut::new();
//! # input.put(client.output());
//! while let Some(event) = server.next_event(&mut input)? {
//!     match event {
//!         Event::SynStream { stream, headers, .. } => {
//!             match http::Request::parse(server.version(), &headers) {
//!                 Ok(request) if request.method() == "GET" => {
//!                     let fields = [("content-type", "text/plain")];
//!                     let reply = http::response(server.version(), "200 OK", fields)?;
//!                     server.reply(stream, reply, false)?;
//!                     server.send_data(stream, "hello", true)?;
//!                 }
//!                 Ok(_) => {
//!                     let reply = http::response(server.version(), "405 Method Not Allowed", ())?;
//!                     server.reply(stream, reply, true)?;
//!                 }
//!                 Err(_) => {
//!                     let reply = http::response(server.version(), "400 Bad Request", ())?;
//!                     server.reply(stream, reply, true)?;
//!                 }
//!             }
//!         }
//!         Event::Data { stream, data, fin, .. } => { /* the body of a request */ }
//!         Event::Aborted { stream, cause, .. } => { /* stop working for it */ }
//!         _ => {}
//!     }
//! }
//! # assert!(server.wants_write());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! REFUSED_STREAM is for what was not looked at: a client may send such a request again.
//!
//! The session answers by itself whatever needs no decision: PINGs, frames for streams that do not
//! exist, streams beyond [`Config::max_streams`]. A reply goes out by the stream's priority, in
//! frames of at most [`Config::max_data_frame`] that take turns with those of equal urgency.
//!
//! A client that has sent everything may close its half of the transport and wait for the answers. Say
//! [`end_of_input`] only when nobody works for it any more and [`wants_write`] is `false`, for it interrupts
//! the streams that are open: also those whose request will now never be whole.
//!
//! On tokio, over TCP or TLS: the example `tokio_server`. In one thread with nothing but readiness of
//! sockets: `mio_server`.
//!
//! [`end_of_input`]: crate::Session::end_of_input
//! [`wants_write`]: crate::Session::wants_write
//! [`Config::max_streams`]: crate::Config::max_streams
//! [`Config::max_data_frame`]: crate::Config::max_data_frame
