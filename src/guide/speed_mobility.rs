//! HTTP Speed+Mobility: SPDY streams inside a WebSocket.
//!
//! The draft (draft-montenegro-httpbis-speed-mobility-01) takes the streams of SPDY/3 and lets
//! WebSocket do the rest: a handshake of HTTP/1.1 opens the connection, each frame is one binary
//! message, PING is WebSocket's ping, GOAWAY its Close frame, and there are no settings and no windows.
//!
//! Two steps make a session: the [`handshake`] with the extension `http2`, and then
//! [`Session::client_over_websocket`] or [`Session::server_over_websocket`]. From there on the calls
//! and events are those of any session, and a driver that was written for a TCP connection of SPDY
//! runs it as it is: bytes in, events out.
//!
//! ```
//! use bytes::{BufMut, BytesMut};
//! use spdy::websocket::Limits;
//! use spdy::websocket::handshake::{Client, Extension, Offer, Server};
//! use spdy::{Config, Event, Open, Session, Version, http};
//!
//! # fn random<const N: usize>() -> [u8; N] { [0x5A; N] }
//! let (mut up, mut down) = (BytesMut::new(), BytesMut::new()); // a socket each way
//! let version = Version::SpeedMobility;
//!
//! // The client asks. Its key, and later its masking keys, come from a source of randomness of the
//! // caller's: this crate has none.
//! let offer = Offer::new("example.com", random()).extension(Extension::SPEED_MOBILITY);
//! let mut asking = Client::new(&offer, Limits::default())?;
//! up.put(asking.request());
//!
//! // The server reads until the request is whole, and answers, or refuses with the right status.
//! let mut answering = Server::new(Extension::SPEED_MOBILITY, Limits::default());
//! let origin = match answering.read_request(&mut up) {
//!     Ok(Some(request)) => {
//!         down.put(request.accept());
//!         http::Origin::new("http", request.host()) // `https` over TLS
//!     }
//!     Ok(None) => panic!("read more, and call it again"),
//!     Err(error) => panic!("write {:?} and close", error.response()),
//! };
//! let mut server = Session::server_over_websocket(Config::default());
//!
//! asking.read_response(&mut down)?.expect("read more, and call it again");
//! let mut client = Session::client_over_websocket(Config::default(), random);
//!
//! // From here on: as ever.
//! let request = http::request(version, "GET", "http://example.com/", ())?;
//! let stream = client.open(request.push_allowed(true))?;
//! up.put(client.output());
//! while let Some(event) = server.next_event(&mut up)? {
//!     if let Event::SynStream { stream, headers, push_allowed, .. } = event {
//!         let status = origin.check(version, &headers).map_or("400 Bad Request", |()| "200 OK");
//!         server.reply(stream, http::response(version, status, ())?, false)?;
//!         server.send_data(stream, "hello", true)?;
//!         assert!(push_allowed); // so pushes may be opened for it
//!     }
//! }
//! down.put(server.output());
//! let mut body = Vec::new();
//! while let Some(event) = client.next_event(&mut down)? {
//!     if let Event::Data { data, .. } = event {
//!         body.extend_from_slice(&data);
//!     }
//! }
//! assert_eq!(body, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is different
//!
//! * **Bytes behind the handshake** belong to the session: both ends of the handshake leave them in
//!   the buffer.
//! * **Masking.** A client masks each frame with a key that nobody can predict, so the payload that it
//!   sends is copied once. A server's is not.
//! * **The end.** [`close`] sends what is queued and then the Close frame, with the last stream that
//!   was accepted behind its code. Nothing may follow a Close frame, so [`go_away`] holds it back
//!   until the open streams have ended, and refuses new ones meanwhile. A Close of the peer ends every
//!   open stream; [`Event::GoAway`] comes first, and says which can be sent again. The server then
//!   closes the transport; a client waits for that before it [`is_done`], and how long is for the
//!   driver to say.
//! * **No windows.** What a stream sends is bounded by the transport alone: a peer that reads one
//!   stream slowly has to buffer it, reset it, or stop reading ([`queued`] tells what waits).
//! * **Compression** is left out of a single frame by [`Headers::uncompressed`], and of all of them by
//!   [`Compression::Off`].
//! * **Push** needs leave: the client gives it with [`Open::push_allowed`], a stream at a time.
//! * **One origin.** A session is for the host of its handshake (over TLS the name that was asked for)
//!   and for no other: [`http::Origin`] compares. A server answers requests for others with status
//!   400, a client resets such pushes with PROTOCOL_ERROR.
//! * **Other WebSockets.** A client that does not offer the extension is refused with status 400 and a
//!   text that says why, one of another version of WebSocket with 426.
//!
//! [`handshake`]: crate::websocket::handshake
//! [`Session::client_over_websocket`]: crate::Session::client_over_websocket
//! [`Session::server_over_websocket`]: crate::Session::server_over_websocket
//! [`close`]: crate::Session::close
//! [`go_away`]: crate::Session::go_away
//! [`is_done`]: crate::Session::is_done
//! [`queued`]: crate::Session::queued
//! [`Event::GoAway`]: crate::Event::GoAway
//! [`Headers::uncompressed`]: crate::Headers::uncompressed
//! [`Compression::Off`]: crate::Compression::Off
//! [`Open::push_allowed`]: crate::Open::push_allowed
//! [`http::Origin`]: crate::http::Origin
