//! Limits and attacks: what a hostile peer can do.
//!
//! A peer can make you do work for the bytes that it sends, and no more: every limit is in [`Config`]
//! and [`Limits`], with its reason. No allocation is sized by a number of the peer's. Header bombs
//! end the session at 256 KiB of output; a flood of PINGs ends it when 64 KiB of answers wait to
//! be written. There is no clock: streams that are opened only to be reset are held against those
//! that complete. Idle connections and slow ones are the driver's, which has a clock.
//!
//! A flood ends the session with an error that names it. Behind it stands a GOAWAY in the output, and
//! nothing that the peer sends is looked at any more:
//!
//! ```
//! # use bytes::BytesMut;
//! # use spdy::codec::Encoder;
//! # use spdy::frame::{FinStream, Frame, SynStream};
//! # use spdy::{Compression, Status};
//! use spdy::{Config, Session, SessionError, StreamId, Version};
//!
//! // Tighter than the defaults, for clients that nobody knows.
//! let config = Config::default().max_streams(20).max_resets(50);
//! let mut server = Session::server(Version::Spdy3_1, config);
//! # let mut peer = Encoder::new(Version::Spdy3_1, Compression::On);
//! # let mut input = BytesMut::new();
//! // A client that opens streams only to reset them ("rapid reset").
//! for id in (1..1000).step_by(2).map(StreamId::new) {
//! #   let (syn, reset) = (SynStream::new(id, [(":method", "GET")]), FinStream::new(id, Status::CANCEL));
//! #   peer.encode(&Frame::SynStream(syn), &mut input)?;
//! #   peer.encode(&Frame::FinStream(reset), &mut input)?;
//! }
//! let mut opened = 0;
//! let error = loop {
//!     match server.next_event(&mut input) {
//!         Ok(Some(_)) => opened += 1, // SynStream, then Aborted
//!         Ok(None) => panic!("it was not noticed"),
//!         Err(error) => break error,
//!     }
//! };
//! assert_eq!(error, SessionError::TooManyResets);
//! assert!(opened <= 2 * 51);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is the driver's: how long a silent connection may last, how many one address may have, and how
//! much it keeps of what it was handed. The repository's `SECURITY.md` has the table of all limits,
//! with what is promised and what is not.
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
//! [`Config`]: crate::Config
//! [`Limits`]: crate::codec::Limits
