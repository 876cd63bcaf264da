//! Fuzzing what you build on top (feature `arbitrary`).
//!
//! The session itself is fuzzed already. What is left is your code behind its events, and the best
//! input for that is not random bytes but a peer that lives: here a client whose requests are requests,
//! whose bodies go to streams that are open, and whose other [`call`]s are any.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use spdy::{Config, Event, Open, Session, Version, http};
//!
//! /// Your code: whatever comes, it must neither panic nor keep too much.
//! #[derive(Default)]
//! struct App {
//!     requests: usize,
//!     refused: usize,
//!     bytes: usize,
//! }
//!
//! impl App {
//!     fn on_event(&mut self, session: &mut Session, event: Event) {
//!         match event {
//!             Event::SynStream { stream, headers, .. } => {
//!                 let is_request = http::Request::parse(session.version(), &headers).is_ok();
//!                 *(if is_request { &mut self.requests } else { &mut self.refused }) += 1;
//!                 let status = if is_request { "200 OK" } else { "400 Bad Request" };
//!                 let reply = http::response(session.version(), status, ()).unwrap();
//!                 let _ = session.reply(stream, reply, true); // refused on a stream that takes none
//!             }
//!             Event::Data { data, .. } => self.bytes += data.len(),
//!             _ => {}
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
//!     let mut client = Session::client(version, Config::default());
//!     let (mut server, mut app) = (Session::server(version, Config::default()), App::default());
//!     let mut streams = Vec::new();
//!     while !u.is_empty() {
//!         // The client may refuse any of these.
//!         match u.int_in_range(0..=3)? {
//!             0 => {
//!                 let request = Open::new(spdy::arbitrary::request(version, u)?);
//!                 streams.extend(client.open(request.fin(u.arbitrary()?)).ok());
//!             }
//!             1 if !streams.is_empty() => {
//!                 let (stream, len) = (*u.choose(&streams)?, u.int_in_range(0..=5_000)?);
//!                 let _ = client.send_data(stream, vec![7; len], u.arbitrary()?);
//!             }
//!             2 => {
//!                 let call = spdy::arbitrary::call(version, u)?;
//!                 streams.extend(call.apply(&mut client, &streams).ok().flatten());
//!             }
//!             // What waits crosses over. An error of a session is an end like any other.
//!             _ => {
//!                 while let Ok(Some(event)) = server.next_event(&mut client.output()) {
//!                     app.on_event(&mut server, event);
//!                 }
//!                 while let Ok(Some(_)) = client.next_event(&mut server.output()) {}
//!             }
//!         }
//!     }
//!     server.end_of_input();
//!     while let Ok(Some(event)) = server.next_event(&mut &b""[..]) {
//!         app.on_event(&mut server, event);
//!     }
//!     assert_eq!(server.open_streams(), 0); // and whatever else must hold of yours
//!     Ok(app)
//! }
//!
//! // A target is an ordinary function: a test of your crate can replay the files of a corpus.
//! let inputs = (0..200u32).map(|seed| (0..500u32).map(|at| ((at + seed) * (at ^ seed) / 7) as u8).collect());
//! let inputs: Vec<Vec<u8>> = inputs.collect();
//! inputs.iter().for_each(|data| target(data));
//!
//! // Does it reach what you mean to test?
//! let mut sum = App::default();
//! for app in inputs.iter().map(|data| serve(&mut Unstructured::new(data)).unwrap()) {
//!     sum.requests += app.requests;
//!     sum.refused += app.refused;
//!     sum.bytes += app.bytes;
//! }
//! assert!(sum.requests > 200 && sum.refused > 20 && sum.bytes > 100_000);
//! ```
//!
//! For a peer that keeps to the format and to nothing else, encode what [`frame`] makes of the bytes, in
//! any version: its header lists are well formed, its streams are any, and most of its connections are
//! short. [`Conversation`] has two ends that make calls, and a network that cuts as it likes.
//!
//! # To run it
//!
//! A target is a program of a package of its own, in `fuzz/` beside yours say:
//!
//! ```toml
//! [package]
//! name = "fuzz"
//! edition = "2024"
//!
//! [package.metadata]
//! cargo-fuzz = true
//!
//! [dependencies]
//! libfuzzer-sys = "0.4"
//! arbitrary = "1"
//! spdy = { version = "0.1", features = ["arbitrary"] } # or by path, as in the README
//! # and your own crate, a library with the `target` above
//!
//! [[bin]]
//! name = "target"
//! path = "target.rs"
//! test = false
//!
//! [workspace]
//! ```
//!
//! ```text
//! #![no_main] // target.rs
//! libfuzzer_sys::fuzz_target!(|data: &[u8]| your_crate::target(data));
//! ```
//!
//! `cargo fuzz run target` of [cargo-fuzz](https://rust-fuzz.github.io/book/) builds it with a nightly
//! compiler. A stable one does too, told what to instrument; libFuzzer itself needs a C++ compiler, and some
//! minutes the first time:
//!
//! ```sh
//! flags="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
//!   -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
//!   -Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Ccodegen-units=1"
//! host=$(rustc -vV | sed -n 's/^host: //p')
//! # With a target named the flags leave build scripts alone.
//! RUSTFLAGS=$flags cargo build --release --target "$host"
//! mkdir -p corpus && target/"$host"/release/target corpus -max_total_time=60 -rss_limit_mb=512 -malloc_limit_mb=64
//! ```
//!
//! The limits of memory count: a leak is a bug like a panic. Let the target do what your handler does later,
//! too: give data when [`poll_writable`] asks, [`release`] what has been dealt with.
//!
//! [`poll_writable`]: crate::Session::poll_writable
//! [`release`]: crate::Session::release
//! [`call`]: crate::arbitrary::call
//! [`frame`]: crate::arbitrary::frame
//! [`Conversation`]: crate::arbitrary::Conversation
