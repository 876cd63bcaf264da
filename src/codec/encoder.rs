//! Frames to bytes.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use bytes::{BufMut, BytesMut};

use super::block::{BlockEncoder, CountForm, HeaderBytes};
use super::pairs;
use super::zlib::Compression;
use crate::dialect::{Association, Dialect, FrameRow, SettingsForm};
use crate::error::{EncodeError, HeaderError};
use crate::frame::{
    Credential, FLAG_CLEAR_SETTINGS, FLAG_FIN, FLAG_UNIDIRECTIONAL, Frame, FrameType, Head,
    HeadersFrame, Subresource, SynReply, SynStream, WindowUpdate,
};
use crate::headers::Headers;
use crate::id::{PingId, StreamId};
use crate::status::{GoAwayStatus, Settings, Status};
use crate::version::Version;

/// Room for nearly every control frame.
const USUAL: usize = 1024;

/// What 24 bits hold of an ID, and 31 of a window.
const MAX_SETTING_ID: u32 = 0x00FF_FFFF;
const MAX_DELTA: u32 = 0x7FFF_FFFF;

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
pub struct Encoder {
    blocks: BlockEncoder,
    /// Where [`Self::encode`] makes a frame; empty between two.
    #[expect(clippy::box_collection, reason = "a session has no use for it, and is to be small")]
    scratch: Option<Box<Vec<u8>>>,
}

/// Nothing of what it has written: that may be secret.
impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

impl Encoder {
    /// An encoder at the start of one direction of a connection.
    #[must_use]
    pub const fn new(version: Version, compression: Compression) -> Self {
        let blocks = BlockEncoder::new(version.dialect(), compression);
        Self { blocks, scratch: None }
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
        check(self.dialect(), frame)?;
        if let Frame::Data(data) = frame {
            out.put_slice(&data_head(data.stream, data.fin, data.payload.len()));
            out.put_slice(&data.payload);
        } else {
            let mut bytes = self.scratch.take().unwrap_or_default();
            bytes.reserve(USUAL);
            self.put(frame, &mut bytes);
            out.put_slice(&bytes);
            if bytes.capacity() <= USUAL {
                bytes.clear();
                self.scratch = Some(bytes);
            }
        }
        Ok(())
    }

    /// Appends a frame, not DATA, that [`check`] has passed.
    pub(crate) fn put(&mut self, frame: &Frame, out: &mut Vec<u8>) {
        match frame {
            Frame::WindowUpdate(update) => return self.put_update(*update, out),
            Frame::Ping(id) => return self.put_ping(*id, out),
            Frame::FinStream(fin) => {
                let words = [fin.stream.get(), fin.status.0];
                return put_words(self.dialect().heads.fin_stream, words, out);
            }
            _ => {}
        }
        let Some(row) = self.dialect().row(frame.frame_type()) else {
            return; // `check` refuses it.
        };
        let start = out.len();
        out.extend_from_slice(&[0; Head::LEN]);
        let flags = self.put_payload(frame, row, out);
        let length = length_field(out.len() - start - Head::LEN);
        let version = self.dialect().wire_version;
        let head = Head::Control { version, number: row.number, flags, length }.emit();
        if let Some(place) = out.get_mut(start..).and_then(<[u8]>::first_chunk_mut) {
            *place = head;
        }
    }

    pub(crate) fn put_update(&self, update: WindowUpdate, out: &mut Vec<u8>) {
        let words = [update.stream.get(), update.delta];
        put_words(self.dialect().heads.window_update, words, out);
    }

    pub(crate) fn put_ping(&self, id: PingId, out: &mut Vec<u8>) {
        put_words(self.dialect().heads.ping, [id.get()], out);
    }

    /// Appends what stands behind the head, and returns the flags.
    fn put_payload(&mut self, frame: &Frame, row: &FrameRow, out: &mut Vec<u8>) -> u8 {
        match frame {
            Frame::SynStream(syn) => {
                self.put_syn_stream_fields(syn, out);
                let plain = self.put_block(row, &syn.headers, out);
                let one_way = if syn.unidirectional { FLAG_UNIDIRECTIONAL } else { 0 };
                let push = if syn.push_allowed { self.dialect().push_flag } else { 0 };
                fin(syn.fin) | one_way | push | plain
            }
            Frame::SynReply(SynReply { stream, headers, fin: is_last })
            | Frame::Headers(HeadersFrame { stream, headers, fin: is_last }) => {
                fin(*is_last) | self.put_with_block(row, *stream, headers, out)
            }
            Frame::Subresource(Subresource { stream, headers }) => {
                self.put_with_block(row, *stream, headers, out)
            }
            Frame::GoAway(go_away) => {
                out.extend_from_slice(&go_away.last_good.get().to_be_bytes());
                if self.dialect().go_away_has_status {
                    let status = go_away.status.unwrap_or(GoAwayStatus::OK);
                    out.extend_from_slice(&status.0.to_be_bytes());
                }
                0
            }
            Frame::Credential(credential) => {
                put_credential(credential, out);
                0
            }
            Frame::Settings(settings) => {
                put_settings(settings, self.dialect().settings_form, out);
                if settings.clear { FLAG_CLEAR_SETTINGS } else { 0 }
            }
            // No version can say what is unknown; the others were written above.
            Frame::Noop
            | Frame::Unknown(_)
            | Frame::Data(_)
            | Frame::WindowUpdate(_)
            | Frame::FinStream(_)
            | Frame::Ping(_) => 0,
        }
    }

    /// SYN_STREAM up to its block.
    fn put_syn_stream_fields(&self, syn: &SynStream, out: &mut Vec<u8>) {
        out.extend_from_slice(&syn.stream.get().to_be_bytes());
        if self.dialect().association == Association::Named {
            let associated = syn.associated.unwrap_or(StreamId::ZERO);
            out.extend_from_slice(&associated.get().to_be_bytes());
        }
        out.extend_from_slice(&[self.dialect().priority.write(syn.priority), syn.slot]);
    }

    /// A stream-ID and a header block; returns the flag that goes with it.
    fn put_with_block(
        &mut self,
        row: &FrameRow,
        stream: StreamId,
        headers: &Headers,
        out: &mut Vec<u8>,
    ) -> u8 {
        out.extend_from_slice(&stream.get().to_be_bytes());
        if self.dialect().pads_block {
            out.extend_from_slice(&[0, 0]);
        }
        self.put_block(row, headers, out)
    }

    /// Appends a header block: compressed, unless the version has a flag for one that is not, which
    /// is returned.
    fn put_block(&mut self, row: &FrameRow, headers: &Headers, out: &mut Vec<u8>) -> u8 {
        let flag = row.plain_flag;
        if flag != 0 && (headers.is_uncompressed() || self.blocks.compression() == Compression::Off)
        {
            self.blocks.encode_plain(headers, out);
            return flag;
        }
        self.blocks.encode(headers, out);
        0
    }

    const fn dialect(&self) -> &'static Dialect {
        self.blocks.dialect()
    }

    pub(crate) const fn header_bytes(&self) -> HeaderBytes {
        self.blocks.header_bytes()
    }
}

/// The head of a DATA frame whose payload goes its own way.
pub(crate) fn data_head(stream: StreamId, is_last: bool, len: usize) -> [u8; Head::LEN] {
    Head::Data { stream, flags: fin(is_last), length: length_field(len) }.emit()
}

const fn fin(is_last: bool) -> u8 {
    if is_last { FLAG_FIN } else { 0 }
}

/// The most bytes that one DATA frame holds.
pub(crate) const MAX_DATA: usize = Head::MAX_LENGTH as usize;

/// Appends a frame of 32-bit fields.
fn put_words<const N: usize>(head: [u8; Head::LEN], words: [u32; N], out: &mut Vec<u8>) {
    out.extend_from_slice(&head);
    out.extend_from_slice(words.map(u32::to_be_bytes).as_flattened());
}

/// A length that fits 24 bits: headers are checked against [`MAX_BLOCK`], DATA is cut or checked.
fn length_field(len: usize) -> u32 {
    u32::try_from(len).map_or(Head::MAX_LENGTH, |len| len.min(Head::MAX_LENGTH))
}

/// Entries in ascending order of their IDs (S1-028).
fn put_settings(settings: &Settings, form: SettingsForm, out: &mut Vec<u8>) {
    let mut entries = settings.entries.clone();
    entries.sort_by_key(|entry| entry.id);
    let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    out.extend(count.to_be_bytes());
    for entry in entries {
        let [a, b, c, d] = entry.id.0.to_be_bytes();
        out.extend(match form {
            SettingsForm::Hello => [a, b, c, d],
            SettingsForm::IdThenFlags => [d, c, b, entry.flags],
            SettingsForm::FlagsThenId => [entry.flags, b, c, d],
        });
        out.extend(entry.value.to_be_bytes());
    }
}

fn put_credential(credential: &Credential, out: &mut Vec<u8>) {
    out.extend(credential.slot.to_be_bytes());
    for string in core::iter::once(&credential.proof).chain(&credential.certificates) {
        out.extend(u32::try_from(string.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(string);
    }
}

/// Whether a frame can be sent in a version.
pub(crate) fn check(dialect: &Dialect, frame: &Frame) -> Result<(), EncodeError> {
    let frame_type = frame.frame_type();
    if dialect.row(frame_type).is_none() && frame_type != FrameType::Data {
        return Err(EncodeError::NoSuchFrame(frame_type));
    }
    match frame {
        Frame::SynStream(syn) => {
            check_syn_stream(dialect, syn)?;
            check_headers(dialect, &syn.headers)?;
        }
        Frame::SynReply(reply) => check_headers(dialect, &reply.headers)?,
        Frame::Subresource(subresource) => check_subresource(dialect, &subresource.headers)?,
        Frame::FinStream(fin) if fin.status == Status(0) => return Err(EncodeError::StatusZero),
        Frame::Headers(headers) => check_headers(dialect, &headers.headers)?,
        Frame::Settings(settings) => check_settings(dialect, settings)?,
        Frame::WindowUpdate(update) if update.delta == 0 || update.delta > MAX_DELTA => {
            return Err(EncodeError::Delta);
        }
        Frame::Credential(credential) => check_credential(credential)?,
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

fn check_syn_stream(dialect: &Dialect, syn: &SynStream) -> Result<(), EncodeError> {
    let is_named = dialect.association == Association::Named;
    if syn.associated.is_some() && !is_named {
        return Err(EncodeError::NoSuchField("associated stream-ID"));
    }
    if syn.unidirectional && !is_named {
        return Err(EncodeError::NoSuchField("flag UNIDIRECTIONAL"));
    }
    if syn.push_allowed && dialect.push_flag == 0 {
        return Err(EncodeError::NoSuchField("flag PUSH_ALLOWED"));
    }
    if syn.slot != 0 && !dialect.has_slot {
        return Err(EncodeError::NoSuchField("slot"));
    }
    Ok(())
}

/// Each ID once, and IDs and flags that the form can write.
pub(crate) fn check_settings(dialect: &Dialect, settings: &Settings) -> Result<(), EncodeError> {
    let is_hello = dialect.settings_form == SettingsForm::Hello;
    let mut ids: Vec<_> = settings.entries.iter().map(|entry| entry.id).collect();
    ids.sort_unstable();
    let is_repeated = ids.iter().zip(ids.iter().skip(1)).any(|(a, b)| a == b);
    let is_too_large = ids.last().is_some_and(|id| !is_hello && id.0 > MAX_SETTING_ID);
    let has_flags = settings.clear || settings.entries.iter().any(|entry| entry.flags != 0);
    let is_too_many = u16::try_from(ids.len()).is_err();
    if is_repeated || is_too_large || is_too_many || (is_hello && has_flags) {
        return Err(EncodeError::Settings);
    }
    Ok(())
}

fn check_credential(credential: &Credential) -> Result<(), EncodeError> {
    let strings = core::iter::once(&credential.proof).chain(&credential.certificates);
    let len = strings.fold(2usize, |len, string| len.saturating_add(4 + string.len()));
    if credential.slot == 0 || len > MAX_DATA {
        return Err(EncodeError::Credential);
    }
    Ok(())
}
