//! The manual: how to drive a session.
//!
//! 1. [The run loop](#the-run-loop)
//! 2. [A client](#a-client)
//! 3. [A server](#a-server)
//! 4. [Backpressure](#backpressure)
//! 5. [How streams end](#how-streams-end)
//! 6. [Shutting down](#shutting-down)
//! 7. [Server push](#server-push)
//! 8. [What a hostile peer can do](#what-a-hostile-peer-can-do)
//! 9. [Secrets and the header compression](#secrets-and-the-header-compression)
//! 10. [The codec alone](#the-codec-alone)
//!
//! On pages of their own: [`versions`] and what is different in them, [`flow_control`],
//! [`kubernetes`], and `speed_mobility` (with the feature of that name).
//!
//! # The run loop
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
//! let mut client = Session::client(Version::Draft1, Config::default());
//! let mut server = Session::server(Version::Draft1, Config::default());
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
//! Feed `BytesMut` or `Bytes` where you can: DATA events are then slices of what was read. A slice
//! keeps its whole buffer alive, so copy what you keep for long. Write with
//! [`chunks_vectored`](bytes::Buf::chunks_vectored): large payloads go out from where they are.
//!
//! # A client
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! use spdy::{Config, Event, Priority, Session, Version, http};
//!
//! let mut client = Session::client(Version::Draft1, Config::default());
//! let page = http::request(Version::Draft1, "GET", "http://example.com/", ())?;
//! let icon = http::request(Version::Draft1, "GET", "http://example.com/icon.png", ())?;
//! let page = client.open(page)?;
//! let icon = client.open(icon.priority(Priority::LOWEST))?; // both are under way at once
//! # let mut server = Session::server(Version::Draft1, Config::default());
//! # let (mut up, mut input) = (BytesMut::new(), BytesMut::new());
//! # up.put(client.output());
//! # while let Some(event) = server.next_event(&mut up)? {
//! #     let Event::SynStream { stream, .. } = event else { panic!() };
//! #     server.reply(stream, http::response(Version::Draft1, "200 OK", ())?, false)?;
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
//! may follow at once. A peer's HELLO may limit the streams that can be open: [`can_open`] tells,
//! and [`open`] refuses beyond it. Keep the rest and try again when a stream has ended.
//!
//! # A server
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! use spdy::{Config, Event, Session, Status, Version, http};
//!
//! let mut server = Session::server(Version::Draft1, Config::default());
//! # let mut client = Session::client(Version::Draft1, Config::default());
//! # client.open(http::request(Version::Draft1, "GET", "http://example.com/", ())?)?;
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
//!                 Ok(_) => server.fin_stream(stream, Status::REFUSED_STREAM)?,
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
//! The session answers by itself whatever needs no decision: PINGs, frames for streams that do not
//! exist, streams beyond [`Config::max_streams`]. A reply goes out by the stream's priority, in
//! frames of at most [`Config::max_data_frame`] that take turns with those of equal urgency.
//!
//! # Backpressure
//!
//! **Sending.** [`send_data`] never refuses; what is given waits in memory. Give data when asked:
//! [`poll_writable`] names a stream when it opens and whenever its queue has fallen to 16 KiB, the
//! most urgent first. Staging is what empties queues: ask again after [`output`].
//!
//! ```
//! # use bytes::Buf;
//! # use std::collections::HashMap;
//! # use std::io::Read;
//! # use spdy::{Config, Event, Session, StreamId, Version, http};
//! # let mut server = Session::server(Version::Draft1, Config::default());
//! # let mut client = Session::client(Version::Draft1, Config::default());
//! # client.open(http::request(Version::Draft1, "GET", "http://example.com/", ())?)?;
//! # let Some(Event::SynStream { stream, .. }) = server.next_event(&mut client.output())? else { panic!() };
//! # server.reply(stream, http::response(Version::Draft1, "200 OK", ())?, false)?;
//! # let mut files = HashMap::from([(stream, std::io::repeat(7).take(200_000))]);
//! # let mut sent = 0;
//! // Each time that the transport takes more:
//! while let Some(stream) = server.poll_writable() {
//!     let Some(file) = files.get_mut(&stream) else { continue };
//!     let mut piece = vec![0; 64 * 1024];
//!     let read = file.read(&mut piece)?;
//!     piece.truncate(read);
//!     server.send_data(stream, piece, read == 0)?; // no bytes and `fin`: the end
//! #   while server.wants_write() {
//! #       let len = server.output().remaining();
//! #       sent += len;
//! #       server.output().advance(len);
//! #   }
//! }
//! # assert!(sent > 200_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Receiving.** The session queues nothing that it received: what you do not pull stays in your
//! buffer, and what you do not read stays in the transport. In SPDY/3 and 3.1 a stream that is read
//! slowly is stopped by its window: see [`flow_control`]. Draft 1 and SPDY/2 have none, so one stream
//! that nobody reads cannot be stopped alone: buffer it up to a bound of yours, then reset it, or
//! stop reading. A driver that sends back what it receives stops reading while [`queued`]
//! is above its bound.
//!
//! # How streams end
//!
//! Each side ends its half with FIN. The peer's half ends in exactly one event with `fin: true`. A
//! stream that dies with a half still open ends in one [`Event::Aborted`], its last event, which
//! says who ended it:
//!
//! | [`Abort`] | what happened |
//! |---|---|
//! | [`Peer`](Abort::Peer) | the peer sent FIN_STREAM; with REFUSED_STREAM it did nothing with the stream |
//! | [`Local`](Abort::Local) | the peer broke a rule on this stream, and was told so |
//! | [`NotAccepted`](Abort::NotAccepted) | the peer's GOAWAY came first: safe to send again |
//! | [`Teardown`](Abort::Teardown) | the session ended; what arrived may be incomplete |
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
//! # Shutting down
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
//! # Server push
//!
//! A server may open streams too: responses that nobody has asked for yet. A client refuses them
//! unless [`Config::push`] is set. A push names the request that it is made for, and goes out before
//! the data that makes a client want it:
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! # use spdy::{Config, Event, Session, Version, http};
//! # let mut server = Session::server(Version::Spdy3_1, Config::default());
//! # let mut client = Session::client(Version::Spdy3_1, Config::default().push(true));
//! # let request = http::request(Version::Spdy3_1, "GET", "http://example.com/", ())?;
//! # let list = request.headers().clone();
//! # client.open(request)?;
//! # let Some(Event::SynStream { stream, .. }) = server.next_event(&mut client.output())? else { panic!() };
//! server.reply(stream, http::response(Version::Spdy3_1, "200 OK", ())?, false)?;
//! let mut pushes = http::Pushes::new(32); // whoever reads none is not sent ever more
//! if pushes.room() > 0 {
//!     let style = "http://example.com/style.css";
//!     let pushed = server.open(http::push(Version::Spdy3_1, stream, style, "200 OK", ())?)?;
//!     pushes.begin(stream, pushed)?; // and `cancel(stream)` if the client resets the page
//!     server.send_data(pushed, "body { color: black }", false)?;
//!     // Asked for more: `send_data(pushed, "", true)` and `pushes.end(pushed)`.
//! #   server.send_data(pushed, "", true)?;
//! }
//! server.send_data(stream, "<link rel=stylesheet href=style.css>", true)?;
//!
//! // At the client, which has kept the list of each request that is open:
//! # let main = stream;
//! # let requests = |stream| (stream == main).then_some(&list);
//! let mut urls = http::PushedUrls::default();
//! let mut input = BytesMut::new();
//! # input.put(server.output());
//! while let Some(event) = client.next_event(&mut input)? {
//!     match event {
//!         Event::SynStream { stream, associated, headers, .. } => {
//!             let request = associated.and_then(|stream| requests(stream));
//!             let begun = http::Pushed::parse(client.version(), associated, request, &headers)
//!                 .and_then(|pushed| urls.begin(stream, &pushed.url()));
//!             if let Err(error) = begun {
//!                 client.fin_stream(stream, error.status())?; // another origin, say
//!             }
//!         }
//!         Event::Data { stream, fin: true, .. } => urls.complete(stream),
//!         _ => {}
//!     }
//! }
//! let style = urls.state("http://example.com/style.css");
//! assert!(matches!(style, Some(http::PushState::Complete(_)))); // no GET for it
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The response of a push may also come in HEADERS behind its SYN_STREAM: [`http::PushHeaders`] puts
//! both together, and knows which HEADERS are a fault and which do not count. In Draft 1 the reply of
//! the page announces what will be pushed ([`http::associated_content`]) and must go first; its client
//! gives each reply to [`http::PushedUrls::announce`] and takes a push that was
//! [`announced`](crate::http::PushedUrls::announced).
//!
//! Whether the client needs the resource, and may cache it, is for the application to judge.
//!
//! # What a hostile peer can do
//!
//! It can make you do work for the bytes that it sends, and no more: every limit is in [`Config`]
//! and [`Limits`], with its reason. No allocation is sized by a number of the peer's. Header bombs
//! end the session at 256 KiB of output; a flood of PINGs ends it when 64 KiB of answers wait to
//! be written. There is no clock: streams that are opened only to be reset are held against those
//! that complete. Idle connections and slow ones are the driver's, which has a clock.
//!
//! # Secrets and the header compression
//!
//! Header blocks are compressed, each in the context of all before it. Whoever can choose a part of
//! some header and see how long the frames are can find out the others in that way, guess by guess
//! (CRIME). The values of `cookie`, `set-cookie`, `authorization` and `proxy-authorization` stay out
//! of it: no guess of them changes a length. What else is secret has to be marked, and what is secret
//! in a URL cannot be hidden but by [`Compression::Off`](crate::Compression::Off).
//!
//! ```
//! use spdy::{Compression, Config, Headers};
//!
//! let mut headers = Headers::from([("method", "GET"), ("url", "http://example.com/")]);
//! headers.append_sensitive("x-api-key", "3b1c5d9e");
//! assert!(headers.is_sensitive("x-api-key"));
//!
//! let stored = Config::default().compression(Compression::Off); // nothing tells on anything
//! # let _ = stored;
//! ```
//!
//! # The codec alone
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
//!
//! [`Session`]: crate::Session
//! [`SessionError`]: crate::SessionError
//! [`Abort`]: crate::Abort
//! [`Abort::Peer`]: crate::Abort::Peer
//! [`Event::Aborted`]: crate::Event::Aborted
//! [`Config`]: crate::Config
//! [`Config::push`]: crate::Config::push
//! [`Config::max_streams`]: crate::Config::max_streams
//! [`Config::max_data_frame`]: crate::Config::max_data_frame
//! [`Limits`]: crate::codec::Limits
//! [`http::request`]: crate::http::request
//! [`http::PushHeaders`]: crate::http::PushHeaders
//! [`http::PushedUrls::announce`]: crate::http::PushedUrls::announce
//! [`http::associated_content`]: crate::http::associated_content
//! [`next_event`]: crate::Session::next_event
//! [`end_of_input`]: crate::Session::end_of_input
//! [`open`]: crate::Session::open
//! [`can_open`]: crate::Session::can_open
//! [`reply`]: crate::Session::reply
//! [`send_data`]: crate::Session::send_data
//! [`fin_stream`]: crate::Session::fin_stream
//! [`poll_writable`]: crate::Session::poll_writable
//! [`queued`]: crate::Session::queued
//! [`open_streams`]: crate::Session::open_streams
//! [`wants_write`]: crate::Session::wants_write
//! [`output`]: crate::Session::output
//! [`advance`]: bytes::Buf::advance
//! [`close`]: crate::Session::close
//! [`go_away`]: crate::Session::go_away
//! [`is_done`]: crate::Session::is_done

pub mod flow_control;
pub mod kubernetes;
#[cfg(feature = "speed-mobility")]
pub mod speed_mobility;
pub mod versions;

#[cfg(doc)]
use crate::Abort;
