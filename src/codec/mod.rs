//! Bytes to frames and back, usable alone: no stream states, no roles.
//!
//! ```
//! use bytes::BytesMut;
//! use spdy::codec::{Decoder, Encoder, Limits};
//! use spdy::frame::{Frame, SynStream};
//! use spdy::{Compression, StreamId, Version};
//!
//! let mut wire = BytesMut::new();
//! let syn = SynStream::new(StreamId::new(1), [("method", "GET"), ("url", "http://example.com/")]);
//! Encoder::new(Version::Draft1, Compression::On).encode(&Frame::SynStream(syn.clone()), &mut wire)?;
//!
//! let mut decoder = Decoder::new(Version::Draft1, Limits::default());
//! assert_eq!(decoder.decode(&mut wire)?, Some(Frame::SynStream(syn)));
//! assert_eq!(decoder.decode(&mut wire)?, None); // the input is used up
//! decoder.finish()?; // and did not end inside a frame
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// | file | what happens there |
// |---|---|
// | `decoder` | splits the input: heads, payloads, DATA in pieces |
// | `judge` | what a head alone says: which frame it is, and whether it is taken |
// | `parse` | the payload of a control frame, field by field (`reader`) |
// | `block` | a header block: the form of its count, zlib, pairs |
// | `pairs` | names and values, both directions |
// | `zlib` | the compression contexts with their dictionary |
// | `encoder` | frames to bytes |
// | `display` | frames as text, in the words of their version |

mod block;
mod decoder;
mod display;
mod encoder;
mod judge;
mod limits;
mod pairs;
mod parse;
mod reader;
mod zlib;

pub use block::CountForm;
pub use decoder::Decoder;
pub(crate) use decoder::Short;
pub use display::DisplayFrame;
pub use encoder::Encoder;
pub(crate) use encoder::{MAX_DATA, check_headers, check_settings, check_subresource, data_head};
pub use limits::Limits;
pub use zlib::Compression;

pub(crate) use block::HeaderBytes;
