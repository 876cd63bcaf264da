//! Fuzzing what you build on top (feature `arbitrary`).
//!
//! The session itself is fuzzed already. What is left is your code behind its events, and the best
//! input for that is not random bytes but a peer that keeps to the format and to nothing else:
//! [`Frames`] makes one of any bytes, in any version, with header lists that exist.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use bytes::BytesMut;
//! use spdy::arbitrary::Frames;
//! use spdy::codec::Encoder;
//! use spdy::{Compression, Config, Event, Session, http};
//!
//! /// Your code: whatever comes, it must neither panic nor keep too much.
//! #[derive(Default)]
//! struct App {
//!     requests: usize,
//! }
//!
//! impl App {
//!     fn on_event(&mut self, session: &mut Session, event: Event) {
//!         if let Event::SynStream { stream, headers, .. } = event {
//!             self.requests += 1;
//!             let is_request = http::Request::parse(session.version(), &headers).is_ok();
//!             let status = if is_request { "200 OK" } else { "400 Bad Request" };
//!             let reply = http::response(session.version(), status, ()).unwrap();
//!             let _ = session.reply(stream, reply, true); // refused on a stream that takes none
//!         }
//!     }
//! }
//!
//! /// The body of the target: `libfuzzer_sys::fuzz_target!(|data: &[u8]| target(data));`
//! fn target(data: &[u8]) {
//!     let Ok(Frames { version, frames }) = Frames::arbitrary(&mut Unstructured::new(data)) else { return };
//!     let mut wire = BytesMut::new();
//!     let mut encoder = Encoder::new(version, Compression::On);
//!     for frame in &frames {
//!         encoder.encode(frame, &mut wire).unwrap();
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
//! }
//!
//! // A target is an ordinary function: the corpus can be replayed by `cargo test`.
//! for seed in 0..200u32 {
//!     let data: Vec<u8> = (0..500u32).map(|at| ((at + seed) * (at ^ seed) / 7) as u8).collect();
//!     target(&data);
//! }
//! ```
//!
//! [`Conversation`] goes further: both ends make calls, and the network between them cuts as it likes.
//! Limit the memory of the fuzzer too (`-rss_limit_mb=512 -malloc_limit_mb=64`): a leak is a bug like
//! a panic.
//!
//! [`Frames`]: crate::arbitrary::Frames
//! [`Conversation`]: crate::arbitrary::Conversation
