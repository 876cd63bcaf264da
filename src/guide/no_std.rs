//! Embedding: without std, without an operating system.
//!
//! Without its default features the crate needs `core`, `alloc` and a global allocator; 32 bits do.
//!
//! ```toml
//! spdy = { version = "0.1", default-features = false }
//! ```
//!
//! Nothing else changes but that [`Output`](crate::Output) has no `chunks_vectored`: write its
//! [`chunk`](bytes::Buf::chunk) and [`advance`](bytes::Buf::advance). The features `http` and
//! `arbitrary` bring std back; `speed-mobility` does not.
//!
//! A driver over whatever moves bytes:
//!
//! ```
//! extern crate alloc;
//! use alloc::vec::Vec;
//! use bytes::Buf;
//! use spdy::codec::Limits;
//! use spdy::{Compression, Config, Event, Session, SessionError, Version};
//!
//! /// A serial line, a radio, the socket of a small TCP stack.
//! trait Line {
//!     /// Takes bytes as far as there is room; says how many.
//!     fn write(&mut self, bytes: &[u8]) -> usize;
//!     /// What has arrived; nothing if nothing has.
//!     fn read(&mut self) -> &[u8];
//! }
//!
//! /// Once round the main loop.
//! fn poll(session: &mut Session, line: &mut impl Line) -> Result<Vec<Event>, SessionError> {
//!     let mut events = Vec::new();
//!     let mut input = line.read();
//!     while let Some(event) = session.next_event(&mut input)? {
//!         events.push(event);
//!     }
//!     while session.wants_write() {
//!         let mut output = session.output();
//!         let written = line.write(output.chunk());
//!         output.advance(written);
//!         if written == 0 {
//!             break; // full: next time
//!         }
//!     }
//!     Ok(events)
//! }
//!
//! // What a small device can spare: no compressor, few streams, small frames and lists.
//! let mut limits = Limits::default();
//! limits.control_frame = 8 * 1024; // the least that the drafts ask for
//! limits.header_list = 4 * 1024;
//! limits.inflated_block = 8 * 1024;
//! let config = Config::default()
//!     .compression(Compression::Off)
//!     .limits(limits)
//!     .max_streams(4)
//!     .max_data_frame(1024)
//!     .max_replies(1024);
//! let mut session = Session::server(Version::Spdy3_1, config);
//! # struct Loop(Vec<u8>, Vec<u8>);
//! # impl Line for Loop {
//! #     fn write(&mut self, bytes: &[u8]) -> usize {
//! #         let len = bytes.len().min(8);
//! #         self.1.extend_from_slice(&bytes[..len]);
//! #         len
//! #     }
//! #     fn read(&mut self) -> &[u8] { &self.0 }
//! # }
//! # let ping = [0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1];
//! # let mut line = Loop(ping.to_vec(), Vec::new());
//! let events = poll(&mut session, &mut line)?; // a PING has come, and its echo has left
//! # assert!(events.is_empty());
//! # assert_eq!(line.1, ping);
//! # Ok::<(), SessionError>(())
//! ```
//!
//! The window of a stream is 64 KiB from the start, whatever you can hold: send SETTINGS with a smaller
//! [`INITIAL_WINDOW_SIZE`](crate::SettingId::INITIAL_WINDOW_SIZE) as the first call, and give credit
//! yourself ([`manual_credit`](crate::Config::manual_credit)). The window of the session cannot be
//! made smaller.
//!
//! There is no clock in the session and no randomness: timeouts are yours, and so are the masking keys
//! of a client of Speed+Mobility.
