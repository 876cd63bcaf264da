//! Fuzzing what you build on top (feature `arbitrary`).
//!
//! The session itself is fuzzed already. What is left is your code behind its events, and the best
//! input for that is not random bytes but a peer that keeps to the format and to nothing else:
//! [`frame`] makes one of any bytes, in any version. Its header lists are well formed and its streams are
//! any: so that your code is reached, half of its streams are opened here in their order, by a
//! [`request`].
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use bytes::BytesMut;
//! use spdy::codec::Encoder;
//! use spdy::{Compression, Config, Event, Frame, Session, StreamId, Version, http};
//!
//! /// Your code: whatever comes, it must neither panic nor keep too much.
//! #[derive(Default)]
//! struct App {
//!     requests: usize,
//!     refused: usize,
//! }
//!
//! impl App {
//!     fn on_event(&mut self, session: &mut Session, event: Event) {
//!         if let Event::SynStream { stream, headers, .. } = event {
//!             let is_request = http::Request::parse(session.version(), &headers).is_ok();
//!             *(if is_request { &mut self.requests } else { &mut self.refused }) += 1;
//!             let status = if is_request { "200 OK" } else { "400 Bad Request" };
//!             let reply = http::response(session.version(), status, ()).unwrap();
//!             let _ = session.reply(stream, reply, true); // refused on a stream that takes none
//!         }
//!     }
//! }
//!
//! /// The body of the target: `libfuzzer_sys::fuzz_target!(|data: &[u8]| target(data));`
//! fn target(data: &[u8]) {
//!     serve(&mut Unstructured::new(data)).unwrap();
//! }
//!
//! fn serve(u: &mut Unstructured<'_>) -> arbitrary::Result<App> {
//!     let version = Version::arbitrary(u)?;
//!     let mut wire = BytesMut::new();
//!     let mut encoder = Encoder::new(version, Compression::On);
//!     let mut next = StreamId::new(1);
//!     while !u.is_empty() {
//!         let mut frame = spdy::arbitrary::frame(version, u)?;
//!         if let Frame::SynStream(syn) = &mut frame && u.arbitrary()? {
//!             (syn.stream, syn.associated) = (next, None);
//!             syn.headers = spdy::arbitrary::request(version, u)?;
//!             next = StreamId::new(next.get() + 2);
//!         }
//!         encoder.encode(&frame, &mut wire).unwrap();
//!     }
//!     let (mut session, mut app) = (Session::server(version, Config::default()), App::default());
//!     // An error of the session is an end like any other.
//!     while let Ok(Some(event)) = session.next_event(&mut wire) {
//!         app.on_event(&mut session, event);
//!     }
//!     session.end_of_input();
//!     while let Ok(Some(event)) = session.next_event(&mut wire) {
//!         app.on_event(&mut session, event);
//!     }
//!     assert_eq!(session.open_streams(), 0); // and whatever else must hold of yours
//!     Ok(app)
//! }
//!
//! // A target is an ordinary function: the corpus can be replayed by `cargo test`.
//! let inputs = (0..200u32).map(|seed| (0..500u32).map(|at| ((at + seed) * (at ^ seed) / 7) as u8).collect());
//! let inputs: Vec<Vec<u8>> = inputs.collect();
//! inputs.iter().for_each(|data| target(data));
//!
//! // Does it reach what you mean to test?
//! let apps = inputs.iter().map(|data| serve(&mut Unstructured::new(data)).unwrap());
//! let (requests, refused) = apps.fold((0, 0), |sum, app| (sum.0 + app.requests, sum.1 + app.refused));
//! assert!(requests > 20 && refused > 20, "{requests} {refused}");
//! ```
//!
//! [`Conversation`] goes further: both ends make calls, and the network between them cuts as it likes.
//! Where your code is one of the ends, pass over the calls of that end and let it call instead.
//! Limit the memory of the fuzzer too (`-rss_limit_mb=512 -malloc_limit_mb=64`): a leak is a bug like
//! a panic.
//!
//! [`frame`]: crate::arbitrary::frame
//! [`request`]: crate::arbitrary::request
//! [`Conversation`]: crate::arbitrary::Conversation
