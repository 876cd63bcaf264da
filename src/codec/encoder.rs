//! Frames to bytes.

use alloc::vec::Vec;

use bytes::{BufMut, BytesMut};

use super::block::{BlockEncoder, CountForm, HeaderBytes};
use super::pairs;
use super::zlib::{Compression, Deflater};
use crate::dialect::Dialect;
use crate::error::{EncodeError, HeaderError};
use crate::frame::{FLAG_FIN, Frame, FrameType, Head};
use crate::headers::Headers;
use crate::id::StreamId;
use crate::status::{Settings, Status};
use crate::version::Version;

/// The largest block that is sent, before compression: above what any receiver takes, and small
/// enough that its frame fits 24 bits.
const MAX_BLOCK: usize = 1024 * 1024;

/// Turns frames into the bytes of one direction.
///
/// ```
/// use bytes::BytesMut;
/// use spdy::codec::Encoder;
/// use spdy::frame::Frame;
/// use spdy::{Compression, PingId, Version};
///
/// let mut wire = BytesMut::new();
/// Encoder::new(Version::Draft1, Compression::Off).encode(&Frame::Ping(PingId::new(1)), &mut wire)?;
/// assert_eq!(wire[..], [0x80, 1, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1]);
/// # Ok::<(), spdy::EncodeError>(())
/// ```
#[derive(Debug)]
pub struct Encoder {
    dialect: &'static Dialect,
    blocks: BlockEncoder,
}

impl Encoder {
    /// An encoder at the start of one direction of a connection.
    #[must_use]
    pub const fn new(version: Version, compression: Compression) -> Self {
        let dialect = version.dialect();
        Self {
            dialect,
            blocks: BlockEncoder::new(dialect, Deflater::new(dialect.dictionary, compression)),
        }
    }

    /// Writes the count of pairs in the form that the peer uses; see [`CountForm`]. Has no effect
    /// once a header block has been written, or in a version that has one form only.
    pub const fn follow(&mut self, form: CountForm) {
        self.blocks.follow(form);
    }

    /// Appends a frame.
    ///
    /// # Errors
    ///
    /// What the version cannot express or a receiver would refuse. Nothing is written then, and the
    /// compression context is as it was.
    pub fn encode(&mut self, frame: &Frame, out: &mut BytesMut) -> Result<(), EncodeError> {
        check(self.dialect, frame)?;
        self.put(frame, out);
        Ok(())
    }

    /// Appends a frame that [`check`] has passed.
    pub(crate) fn put(&mut self, frame: &Frame, out: &mut BytesMut) {
        match frame {
            Frame::SynStream(syn) => {
                let priority = self.dialect.priority.write(syn.priority);
                let mut payload = stream_field(syn.stream);
                payload.extend([priority, 0]);
                self.blocks.encode(&syn.headers, &mut payload);
                self.put_control(FrameType::SynStream, syn.fin, &payload, out);
            }
            Frame::SynReply(reply) => {
                let mut payload = stream_field(reply.stream);
                payload.extend([0, 0]);
                self.blocks.encode(&reply.headers, &mut payload);
                self.put_control(FrameType::SynReply, reply.fin, &payload, out);
            }
            Frame::Subresource(subresource) => {
                let mut payload = stream_field(subresource.stream);
                payload.extend([0, 0]);
                self.blocks.encode(&subresource.headers, &mut payload);
                self.put_control(FrameType::Subresource, false, &payload, out);
            }
            Frame::FinStream(fin) => {
                let mut payload = stream_field(fin.stream);
                payload.extend(fin.status.0.to_be_bytes());
                self.put_control(FrameType::FinStream, false, &payload, out);
            }
            Frame::Settings(settings) => {
                let payload = settings_payload(settings);
                self.put_control(FrameType::Settings, false, &payload, out);
            }
            Frame::Noop => self.put_control(FrameType::Noop, false, &[], out),
            Frame::Ping(id) => {
                self.put_control(FrameType::Ping, false, &id.get().to_be_bytes(), out);
            }
            Frame::GoAway(go_away) => {
                let payload = stream_field(go_away.last_good);
                self.put_control(FrameType::GoAway, false, &payload, out);
            }
            Frame::Data(data) => {
                out.put_slice(&data_head(data.stream, data.fin, data.payload.len()));
                out.put_slice(&data.payload);
            }
            // No version can say it; `check` refuses it.
            Frame::Unknown(_) => {}
        }
    }

    fn put_control(&self, frame_type: FrameType, fin: bool, payload: &[u8], out: &mut BytesMut) {
        let Some(row) = self.dialect.row(frame_type) else {
            return; // `check` refuses it.
        };
        let head = Head::Control {
            version: self.dialect.wire_version,
            number: row.number,
            flags: if fin { FLAG_FIN } else { 0 },
            length: length_field(payload.len()),
        };
        out.put_slice(&head.emit());
        out.put_slice(payload);
    }

    pub(crate) const fn header_bytes(&self) -> HeaderBytes {
        self.blocks.header_bytes()
    }
}

/// The head of a DATA frame whose payload goes its own way.
pub(crate) fn data_head(stream: StreamId, fin: bool, len: usize) -> [u8; Head::LEN] {
    let head =
        Head::Data { stream, flags: if fin { FLAG_FIN } else { 0 }, length: length_field(len) };
    head.emit()
}

/// The most bytes that one DATA frame holds.
pub(crate) const MAX_DATA: usize = Head::MAX_LENGTH as usize;

/// A length that fits 24 bits: headers are checked against [`MAX_BLOCK`], DATA is cut or checked.
fn length_field(len: usize) -> u32 {
    u32::try_from(len).map_or(Head::MAX_LENGTH, |len| len.min(Head::MAX_LENGTH))
}

fn stream_field(stream: StreamId) -> Vec<u8> {
    Vec::from(stream.get().to_be_bytes())
}

/// Entries in ascending order of their IDs (S1-028).
fn settings_payload(settings: &Settings) -> Vec<u8> {
    let mut entries = settings.entries.clone();
    entries.sort_by_key(|entry| entry.id);
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX);
    let mut payload = Vec::from([0, 0]);
    payload.extend(count.to_be_bytes());
    for entry in entries {
        payload.extend(entry.id.0.to_be_bytes());
        payload.extend(entry.value.to_be_bytes());
    }
    payload
}

/// Whether a frame can be sent in a version.
pub(crate) fn check(dialect: &Dialect, frame: &Frame) -> Result<(), EncodeError> {
    let frame_type = frame.frame_type();
    if dialect.row(frame_type).is_none() && frame_type != FrameType::Data {
        return Err(EncodeError::NoSuchFrame(frame_type));
    }
    match frame {
        Frame::SynStream(syn) => check_headers(dialect, &syn.headers)?,
        Frame::SynReply(reply) => check_headers(dialect, &reply.headers)?,
        Frame::Subresource(subresource) => check_subresource(dialect, &subresource.headers)?,
        Frame::FinStream(fin) if fin.status == Status(0) => return Err(EncodeError::StatusZero),
        Frame::Settings(settings) => check_settings(settings)?,
        Frame::Data(data) if data.remaining != 0 || data.payload.len() > MAX_DATA => {
            return Err(EncodeError::DataLength);
        }
        _ => {}
    }
    Ok(())
}

/// Whether a list can be sent in a version.
pub(crate) fn check_headers(dialect: &Dialect, headers: &Headers) -> Result<(), HeaderError> {
    pairs::check(headers, &dialect.block, MAX_BLOCK)
}

/// A SUBRESOURCE must name what it announces (S1-163).
pub(crate) fn check_subresource(dialect: &Dialect, headers: &Headers) -> Result<(), HeaderError> {
    for name in [dialect.http.url, dialect.http.method] {
        if !headers.contains(name) {
            return Err(HeaderError::Missing(name));
        }
    }
    check_headers(dialect, headers)
}

pub(crate) fn check_settings(settings: &Settings) -> Result<(), EncodeError> {
    let mut ids: Vec<_> = settings.entries.iter().map(|entry| entry.id).collect();
    ids.sort_unstable();
    let repeated = ids.iter().zip(ids.iter().skip(1)).any(|(a, b)| a == b);
    if repeated || u16::try_from(ids.len()).is_err() {
        return Err(EncodeError::Settings);
    }
    Ok(())
}
