//! How streams and sessions end, without loss.
//!
//! # Streams
//!
//! Each side ends its half with FIN. The peer's half ends in exactly one event with `fin: true`. A
//! stream that dies with a half still open ends in one [`Event::Aborted`], its last event, which
//! says who ended it:
//!
//! | [`Abort`] | what happened |
//! |---|---|
//! | [`Peer`](crate::Abort::Peer) | the peer sent FIN_STREAM; with REFUSED_STREAM it did nothing with the stream |
//! | [`Local`](crate::Abort::Local) | the peer broke a rule on this stream, and was told so |
//! | [`NotAccepted`](crate::Abort::NotAccepted) | the peer's GOAWAY came first: safe to send again |
//! | [`Teardown`](crate::Abort::Teardown) | the session ended; what arrived may be incomplete |
//!
//! A stream that you reset yourself, with [`fin_stream`], ends with that call: no event follows. What
//! arrives for it later is dropped, and its header blocks are inflated all the same. One of two
//! downloads is cancelled like this:
//!
//! ```
//! # use spdy::{Config, Open, Session, Status, Version, http};
//! # let mut client = Session::client(Version::Draft1, Config::default());
//! let [first, second] = ["http://example.com/a", "http://example.com/b"]
//!     .map(|url| client.open(http::request(Version::Draft1, "GET", url, ()).unwrap()).unwrap());
//! # let _ = client.output();
//! client.fin_stream(first, Status::CANCEL)?; // Draft 1 has no such code: INVALID_STREAM goes out
//! assert_eq!(client.open_streams(), 1);
//! # assert!(client.fin_stream(second, Status(0)).is_err());
//! # Ok::<(), spdy::SendError>(())
//! ```
//!
//! # Sessions
//!
//! * [`close`]: what is queued goes out, then GOAWAY, and [`is_done`] tells when it has left. Calls
//!   that send are refused from now on.
//! * [`go_away`]: no new streams from the peer, but open ones go on. Call [`close`] when
//!   [`open_streams`] is 0, or when your time is up: the session has no clock.
//! * A [`SessionError`] is final. Every open stream is reported as `Aborted`, then the error is
//!   returned for ever. Write the output (it ends with a GOAWAY) until [`is_done`], and close the
//!   transport.
//! * When the transport ends, [`end_of_input`]: open streams are reported as interrupted, those too
//!   whose responses are still on their way out.
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! # use spdy::{Abort, Config, Event, Session, Version, http};
//! # let mut server = Session::server(Version::Draft1, Config::default());
//! # let mut client = Session::client(Version::Draft1, Config::default());
//! let stream = client.open(http::request(Version::Draft1, "GET", "http://example.com/", ())?)?;
//! # let mut wire = BytesMut::new();
//! server.close(); // before it saw the request
//! # wire.put(server.output());
//! assert!(server.is_done());
//!
//! let Some(Event::GoAway { .. }) = client.next_event(&mut wire)? else { panic!() };
//! let Some(Event::Aborted { cause, .. }) = client.next_event(&mut wire)? else { panic!() };
//! assert_eq!(cause, Abort::NotAccepted); // send it again elsewhere
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Without loss
//!
//! A server that leaves says so first, and goes on with what it has: no request is lost, for each is
//! either finished or not accepted.
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! # use spdy::{Config, Event, GoAwayStatus, SendError, Session, Version, http};
//! # let version = Version::Spdy3_1;
//! # let mut server = Session::server(version, Config::default());
//! # let mut client = Session::client(version, Config::default());
//! # let (mut up, mut down) = (BytesMut::new(), BytesMut::new());
//! # let get = || http::request(version, "GET", "http://example.com/", ()).unwrap();
//! # let stream = client.open(get())?;
//! # up.put(client.output());
//! # server.next_event(&mut up)?;
//! server.go_away(GoAwayStatus::OK); // while a request is open
//! # down.put(server.output());
//! # let event = client.next_event(&mut down)?;
//! # assert!(matches!(event, Some(Event::GoAway { .. })));
//! assert_eq!(client.open(get()), Err(SendError::GoAway)); // that one needs a new session,
//! server.reply(stream, http::response(version, "200 OK", ())?, true)?; // and this one is answered.
//! while !server.is_done() {
//! #   let wire = &mut down;
//!     wire.put(server.output());
//!     if server.open_streams() == 0 {
//!         server.close();
//!     }
//! }
//! # let event = client.next_event(&mut down)?;
//! # assert!(matches!(event, Some(Event::SynReply { fin: true, .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Two things are the driver's. A system that closes a socket with unread bytes in it resets the
//! connection, and what it had sent last is lost with it: close the writing half when [`is_done`], and
//! read on, for a while, until the peer closes its own. And a peer that gives no more credit holds up
//! what is queued for as long as it likes: only the driver has a clock to give up by. The examples
//! `tokio_server` and `serve` do both.
//!
//! [`SessionError`]: crate::SessionError
//! [`Abort`]: crate::Abort
//! [`Event::Aborted`]: crate::Event::Aborted
//! [`end_of_input`]: crate::Session::end_of_input
//! [`fin_stream`]: crate::Session::fin_stream
//! [`open_streams`]: crate::Session::open_streams
//! [`close`]: crate::Session::close
//! [`go_away`]: crate::Session::go_away
//! [`is_done`]: crate::Session::is_done
