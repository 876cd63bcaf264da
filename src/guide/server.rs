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
//!         Event::SynStream { stream, headers, unidirectional: false, .. } => {
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
//! REFUSED_STREAM is for what was not looked at: a client may send such a request again. A stream that is
//! `unidirectional`, as any peer may open from SPDY/2 on, takes no reply: refuse it, or pass over what comes
//! on it. An error of [`reply`] or [`send_data`] concerns one stream, so handle it there; passed on by `?` it
//! would end them all.
//!
//! An answer may go out before the request has ended: reply, send, and finish. To stop the rest of the
//! request then, reset the stream, but not before [`wants_write`] is `false`: a reset drops what waits, the
//! answer too.
//!
//! The session answers by itself whatever needs no decision: PINGs, frames for streams that do not
//! exist, streams beyond [`Config::max_streams`]. The body of a reply goes out by the stream's priority, in
//! frames of at most [`Config::max_data_frame`] that take turns with those of equal urgency.
//!
//! A client that has sent everything may close its half of the transport and wait for the answers. Say
//! [`end_of_input`] only when nobody works for it any more and [`wants_write`] is `false`, for it interrupts
//! the streams that are open: also those whose request will now never be whole.
//!
//! On tokio, over TCP or TLS: the example `tokio_server`. In one thread with nothing but readiness of
//! sockets: `mio_server`.
//!
//! [`reply`]: crate::Session::reply
//! [`send_data`]: crate::Session::send_data
//! [`end_of_input`]: crate::Session::end_of_input
//! [`wants_write`]: crate::Session::wants_write
//! [`Config::max_streams`]: crate::Config::max_streams
//! [`Config::max_data_frame`]: crate::Config::max_data_frame
