//! The WebSocket protocol (RFC 6455), sans-IO: what HTTP Speed+Mobility runs in, usable alone.
//!
//! [`Decoder`] turns the bytes of one direction into messages, in the pieces in which they arrive,
//! and [`Encoder`] messages into bytes. No compression, no clock; the masking keys come from the
//! caller. A connection begins with the `handshake` (feature `speed-mobility`).
//!
//! ```
//! use bytes::{Bytes, BytesMut};
//! use spdy::Role;
//! use spdy::websocket::{Close, CloseCode, Decoder, Encoder, Kind, Limits, Received};
//!
//! // From a source that nobody can predict; a constant is for examples only.
//! let mut client = Encoder::client(|| [0x37, 0xFA, 0x21, 0x3D]);
//! let mut wire = BytesMut::new();
//! client.message(Kind::Text, b"Hello", &mut wire)?;
//! client.ping(b"still there?", &mut wire)?;
//! client.close(Some(&Close::new(CloseCode::NORMAL, "")), &mut wire)?;
//!
//! let mut server = Decoder::new(Role::Server, Limits::default());
//! while let Some(received) = server.decode(&mut wire)? {
//!     match received {
//!         Received::Data(piece) => assert!(piece.payload == "Hello" && piece.is_last),
//!         Received::Ping(payload) => assert_eq!(payload, "still there?"), // answer with a pong
//!         Received::Close(close) => assert_eq!(close.unwrap().code, CloseCode::NORMAL),
//!         other => panic!("{other:?}"),
//!     }
//! }
//! server.finish()?; // the input did not end inside a frame
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// | file | what happens there |
// |---|---|
// | `opcode` | what frames there are |
// | `head` | the first bytes of a frame |
// | `mask` | the payload of a client's frame |
// | `decoder` | bytes to messages: the rules of framing, limits from the head |
// | `encoder` | messages to bytes |
// | `utf8` | text that is cut anywhere |
// | `close` | why a connection ends |
// | `error` | what can be wrong |
// | `handshake` | how a connection becomes a WebSocket |

mod close;
mod decoder;
mod encoder;
mod error;
#[cfg(feature = "speed-mobility")]
pub mod handshake;
mod head;
mod limits;
mod mask;
mod opcode;
mod utf8;

pub use close::{Close, CloseCode};
pub use decoder::{Data, Decoder, Received};
pub use encoder::Encoder;
pub use error::{EncodeError, Error};
pub use head::{Head, HeadBytes};
pub use limits::Limits;
pub use mask::Mask;
pub use opcode::{Kind, Opcode};
