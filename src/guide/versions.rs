//! Which version to speak, and what is different.
//!
//! A [`Version`] is chosen when a session is made and never changes. Both ends must know it before
//! the first byte:
//!
//! * over TLS by ALPN (or its forerunner NPN): [`Version::alpn`] gives the names;
//! * over HTTP/1.1 by an upgrade to `SPDY/3.1`, as Kubernetes does: [`kubernetes`](super::kubernetes);
//! * for Speed+Mobility by the handshake of WebSocket (`guide::speed_mobility`);
//! * or by agreement. Draft 1 knows nothing else.
//!
//! SPDY/3 and 3.1 both write 3 on the wire, so a peer cannot tell them apart later: a session of 3
//! that meets a peer of 3.1 stalls after 64 KiB, for nobody gives back to the session's window.
//!
//! The calls and events are the same in every version. What a version does not have is refused with
//! [`SendError::NotInVersion`]; a status code that it lacks goes out as one that it has. The words of
//! this crate are those of Draft 1 where Draft 1 has the thing: FIN_STREAM is RST_STREAM from SPDY/2
//! on, and HELLO is SETTINGS; [`FrameType::name`] and [`Frame::display`] say each version's own.
//!
//! # When the other end speaks something else
//!
//! | this end | meets another SPDY | meets HTTP or TLS |
//! |---|---|---|
//! | Draft 1 | an error that names both versions, with the first control frame | nothing |
//! | SPDY/2 | nothing: streams of the other version are reset, all else is passed over | nothing |
//! | a server of 3 or 3.1 | an error that names both versions, with the first stream | 3.1: an error of the session's window, while that has its first size; else nothing |
//! | a client of 3 or 3.1 | nothing: what the server says is passed over | likewise |
//!
//! Nothing means that no event comes before the transport ends; then [`Aborted`] with [`Teardown`] and no
//! [`error`]. Look at [`stats`]: frames that were passed over are `received.frames(FrameType::Unknown)`, and
//! `tracing` shows their version; the first bytes of HTTP or TLS are taken for DATA of a stream with a very
//! high number, to which a FIN_STREAM was sent. So a client does well to give up, after some seconds, on a
//! server that has not answered at all.
//!
//! # The differences
//!
//! This table is written from the same constants that the code reads.
#![doc = include_str!("../dialect/differences.md")]
//!
//! What SPDY/2 and 3 say and nobody does is left as everybody does it: the priorities of SPDY/2 run
//! the other way than its text has them, the IDs of its settings are little-endian, and its GOAWAY
//! is also taken with the status that one peer adds.
//!
//! # From SPDY/2 on
//!
//! * Either side may open streams that both send on. [`Open::unidirectional`] makes one on which only
//!   the opener sends, and [`Open::associated`] says to which stream it belongs: both together make
//!   a push.
//! * [`Session::send_headers`] sends more headers at any time before our FIN, such as trailers; they
//!   arrive as [`Event::Headers`].
//! * Settings have flags by which a server asks its client to keep values. They reach the caller;
//!   this crate keeps nothing.
//!
//! ```
//! use spdy::{Config, Event, Session, Version};
//! # use bytes::{BufMut, BytesMut};
//!
//! let mut client = Session::client(Version::Spdy3_1, Config::default());
//! let mut server = Session::server(Version::Spdy3_1, Config::default());
//! let stream = client.open([(":path", "/upload"), (":method", "POST")])?;
//! client.send_data(stream, "three lines", false)?;
//! client.send_headers(stream, [("digest", "1f2e")], true)?; // a trailer, and the end
//!
//! # let mut wire = BytesMut::new();
//! # wire.put(client.output());
//! let mut trailer = None;
//! while let Some(event) = server.next_event(&mut wire)? {
//!     if let Event::Headers { headers, fin: true, .. } = event {
//!         trailer = headers.get_str("digest").map(String::from);
//!     }
//! }
//! assert_eq!(trailer.as_deref(), Some("1f2e"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Aborted`]: crate::Event::Aborted
//! [`Teardown`]: crate::Abort::Teardown
//! [`error`]: crate::Session::error
//! [`stats`]: crate::Session::stats
//! [`Version`]: crate::Version
//! [`Version::alpn`]: crate::Version::alpn
//! [`SendError::NotInVersion`]: crate::SendError::NotInVersion
//! [`FrameType::name`]: crate::FrameType::name
//! [`Frame::display`]: crate::Frame::display
//! [`Open::unidirectional`]: crate::Open::unidirectional
//! [`Open::associated`]: crate::Open::associated
//! [`Session::send_headers`]: crate::Session::send_headers
//! [`Event::Headers`]: crate::Event::Headers
