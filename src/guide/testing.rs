//! Testing your own client or server: two sessions in memory.
//!
//! A session is a value, so a test needs no sockets, no threads and no time. What one end has to say is
//! what the other one reads, where the two are not to be cut:
//!
//! ```
//! # use spdy::{Config, Event, Session, Version, http};
//! # let mut client = Session::client(Version::Spdy3_1, Config::default());
//! # let mut server = Session::server(Version::Spdy3_1, Config::default());
//! let stream = client.open(http::request(Version::Spdy3_1, "GET", "http://example.com/", ())?)?;
//! while let Some(event) = server.next_event(&mut client.output())? {
//!     // what is tested: `app.on_event(&mut server, event)`
//! #   assert!(matches!(event, Event::SynStream { .. }));
//! #   server.reply(stream, http::response(Version::Spdy3_1, "200 OK", ())?, true)?;
//! }
//! let reply = client.next_event(&mut server.output())?.unwrap();
//! assert!(reply.stream() == Some(stream) && reply.fin());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With every cut that a network may make, it takes wires between the two. Here they are, to copy:
//! [`Session`] is all that it uses. `pump` moves bytes until nothing moves any more, and each write and
//! each read takes as many as the schedule says; so one test is run with every cut that a network may make.
//!
//! ```
//! use bytes::{Buf, BufMut, BytesMut};
//! use spdy::{Config, Event, Session, SessionError, Version, http};
//!
//! struct Pair<S> {
//!     client: Session,
//!     server: Session,
//!     wires: [BytesMut; 2],
//!     /// How much the next write takes, and the next read, and so on; each moves a byte at least.
//!     schedule: S,
//! }
//!
//! impl<S: Iterator<Item = usize>> Pair<S> {
//!     fn new(client: Session, server: Session, schedule: S) -> Self {
//!         Self { client, server, wires: Default::default(), schedule }
//!     }
//!
//!     /// Until both are quiet. What is done with an event may make more to move; an end that fails has
//!     /// its last words.
//!     fn pump(
//!         &mut self,
//!         mut on_client: impl FnMut(&mut Session, Event),
//!         mut on_server: impl FnMut(&mut Session, Event),
//!     ) -> Result<(), SessionError> {
//!         let mut end = Ok(());
//!         loop {
//!             let [up, down] = &mut self.wires;
//!             let client = move_some(&mut self.client, down, up, &mut self.schedule, &mut on_client);
//!             let server = move_some(&mut self.server, up, down, &mut self.schedule, &mut on_server);
//!             end = end.and(client.1).and(server.1);
//!             if !client.0 && !server.0 {
//!                 return end;
//!             }
//!         }
//!     }
//! }
//!
//! fn move_some(
//!     session: &mut Session,
//!     read: &mut BytesMut,
//!     write: &mut BytesMut,
//!     schedule: &mut impl Iterator<Item = usize>,
//!     on_event: &mut impl FnMut(&mut Session, Event),
//! ) -> (bool, Result<(), SessionError>) {
//!     let mut cut = |len: usize| schedule.next().unwrap_or(len).clamp(1, len.max(1)).min(len);
//!     let mut arrived = read.split_to(cut(read.len()));
//!     let is_moving = session.wants_write() || !arrived.is_empty();
//!     let end = loop {
//!         match session.next_event(&mut arrived) {
//!             Ok(Some(event)) => on_event(session, event),
//!             Ok(None) => break Ok(()),
//!             Err(error) => break Err(error),
//!         }
//!     };
//!     if session.wants_write() {
//!         let output = session.output();
//!         let len = cut(output.remaining());
//!         write.put(output.take(len)); // the rest comes again
//!     }
//!     (is_moving || session.wants_write(), end)
//! }
//!
//! // What is tested: an echo.
//! fn serve(session: &mut Session, event: Event) {
//!     match event {
//!         Event::SynStream { stream, .. } => {
//!             let ok = http::response(session.version(), "200 OK", ()).unwrap();
//!             session.reply(stream, ok, false).unwrap();
//!         }
//!         Event::Data { stream, data, fin, .. } => session.send_data(stream, data, fin).unwrap(),
//!         _ => {}
//!     }
//! }
//!
//! // Whole, a byte at a time, and mixed: a property test would have `proptest` make the schedule.
//! let body: Vec<u8> = (0..5_000u32).map(|at| at as u8).collect();
//! for schedule in [vec![], vec![1], vec![3, 1000, 1]] {
//!     let client = Session::client(Version::Spdy3_1, Config::default());
//!     let server = Session::server(Version::Spdy3_1, Config::default());
//!     let mut pair = Pair::new(client, server, schedule.into_iter().cycle());
//!     let post = http::request(Version::Spdy3_1, "POST", "http://example.com/", ())?;
//!     let stream = pair.client.open(post)?;
//!     pair.client.send_data(stream, body.clone(), true)?;
//!     let mut echoed = Vec::new();
//!     let collect = |_: &mut Session, event| {
//!         if let Event::Data { data, .. } = event {
//!             echoed.extend_from_slice(&data);
//!         }
//!     };
//!     pair.pump(collect, serve)?;
//!     assert!(echoed == body);
//!     assert_eq!(pair.client.open_streams(), 0);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The same input gives the same events and the same output, always: a test that fails fails again.
//! Events are not made by hand, for there may be more in them later: a session makes them. For a peer that
//! breaks rules, write its frames with [`codec::Encoder`](crate::codec::Encoder) and
//! feed those. Where there is time in your code (an idle limit, a round trip), hand it in.
//!
//! [`Session`]: crate::Session
