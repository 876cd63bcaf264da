//! The run loop: what a driver does.
//!
//! A [`Session`] is a value with three sides, and no order between them:
//!
//! * **Input**: [`next_event`] takes bytes off a buffer of yours until there is an event. `Ok(None)`
//!   means that the buffer is used up: read more. When the transport has ended and the buffer is used
//!   up, say [`end_of_input`] and pull how the open streams end.
//! * **Calls**: [`open`], [`reply`], [`send_data`], … queue frames or are refused. A refused call
//!   changes nothing.
//! * **Output**: while [`wants_write`], take [`output`], write as much as the transport takes and
//!   [`advance`] by that. A write may be short or be cancelled; nothing is lost.
//!
//! The transport is yours. Here it is a pair of buffers, so that the manual runs as a test:
//!
//! ```
//! use bytes::{Buf, BufMut, BytesMut};
//! use spdy::{Config, Event, Session, SessionError, Version};
//!
//! /// What a driver does when its transport can be read or written. The events come back, and how
//! /// the session ended if it did: not before everything is written, for that ends with a GOAWAY.
//! fn turn(session: &mut Session, read: &mut BytesMut, write: &mut BytesMut) -> (Vec<Event>, Result<(), SessionError>) {
//!     let mut events = Vec::new();
//!     let end = loop {
//!         match session.next_event(read) {
//!             Ok(Some(event)) => events.push(event), // or act on it at once, with calls on the session
//!             Ok(None) => break Ok(()),
//!             Err(error) => break Err(error), // every open stream has come as an event before
//!         }
//!     };
//!     while session.wants_write() {
//!         write.put(session.output()); // a socket takes a part: then `advance` by that
//!     }
//!     (events, end)
//! }
//!
//! let mut client = Session::client(Version::Spdy3_1, Config::default());
//! let mut server = Session::server(Version::Spdy3_1, Config::default());
//! let (mut up, mut down) = (BytesMut::new(), BytesMut::new());
//!
//! let ping = client.ping().unwrap();
//! turn(&mut client, &mut down, &mut up);
//! turn(&mut server, &mut up, &mut down); // echoes, ahead of everything
//! let (events, end) = turn(&mut client, &mut down, &mut up);
//! assert_eq!(events, [Event::Pong(ping)]); // take the time before and now: that is the round trip
//! assert_eq!(end, Ok(()));
//! ```
//!
//! # Blocking sockets
//!
//! A driver that writes to a blocking socket until nothing is left does not read meanwhile: a PING waits as
//! long as what is written, and where the peer does the same both may wait for ever. For short messages
//! that does not matter, nor in SPDY/3.1 with the session's window as it is at first: no more than 64 KiB
//! of data is under way then, which the systems at both ends hold unless it goes in tiny pieces. Otherwise
//! read in a second thread, which hands what it has read to the first through a channel with a bound (as
//! [`std::sync::mpsc::sync_channel`] makes), and look there between two writes; or use sockets that do not
//! block, as the examples `mio_server` and `tokio_server` do.
//!
//! # Memory
//!
//! Feed `BytesMut` or `Bytes` where you can: DATA events are then slices of what was read. A slice
//! keeps its whole buffer alive, so copy what you keep for long. Write with
//! [`chunks_vectored`](bytes::Buf::chunks_vectored): large payloads go out from where they are.
//!
//! [`Session`]: crate::Session
//! [`next_event`]: crate::Session::next_event
//! [`end_of_input`]: crate::Session::end_of_input
//! [`open`]: crate::Session::open
//! [`reply`]: crate::Session::reply
//! [`send_data`]: crate::Session::send_data
//! [`wants_write`]: crate::Session::wants_write
//! [`output`]: crate::Session::output
//! [`advance`]: bytes::Buf::advance
