//! The payload of a control frame, field by field, as the dialect draws it.

use alloc::vec::Vec;

use bytes::Bytes;

use super::block::BlockDecoder;
use super::limits::Limits;
use super::reader::{self, Reader};
use crate::dialect::{Association, Dialect, FrameRow, SettingsForm};
use crate::error::{DecodeErrorKind, Scope};
use crate::frame::{
    Credential, FLAG_CLEAR_SETTINGS, FLAG_FIN, FLAG_UNIDIRECTIONAL, FinStream, Frame, FrameType,
    GoAway, HeadersFrame, Subresource, SynReply, SynStream, WindowUpdate,
};
use crate::headers::Headers;
use crate::id::{PingId, StreamId};
use crate::status::{GoAwayStatus, Setting, SettingId, Settings, Status};

/// More than any chain has: what is kept of an empty one is larger than it is on the wire.
const MAX_CERTIFICATES: usize = 32;

/// A fault, how far it reaches, and the stream that the frame names if it got as far as that.
pub(super) type Fault = (Scope, DecodeErrorKind, Option<StreamId>);

/// Reads the payload of a control frame whose length the head has shown to be possible.
pub(super) fn control(
    row: &FrameRow,
    flags: u8,
    payload: &[u8],
    blocks: &mut BlockDecoder,
    limits: &Limits,
) -> Result<Frame, Fault> {
    let mut stream = None;
    let is_plain = flags & row.plain_flag != 0;
    let reader = Reader::new(payload);
    let mut fields = Fields { reader, stream: &mut stream, is_plain, blocks, limits };
    let frame = match row.frame_type {
        FrameType::SynStream => fields.syn_stream(flags),
        FrameType::SynReply => fields.syn_reply(flags),
        FrameType::FinStream => fields.fin_stream(),
        FrameType::Settings => fields.settings(flags),
        FrameType::Ping => fields.ping(),
        FrameType::GoAway => fields.go_away(),
        FrameType::Subresource => fields.subresource(),
        FrameType::Headers => fields.late_headers(flags),
        FrameType::WindowUpdate => fields.window_update(),
        FrameType::Credential => fields.credential(),
        // Skipped from the head on, or no control frame at all.
        FrameType::Noop | FrameType::Data | FrameType::Unknown => Ok(Frame::Noop),
    };
    frame.map_err(|(scope, kind)| (scope, kind, stream))
}

struct Fields<'a> {
    reader: Reader<'a>,
    /// The stream that the frame names, once it has been read.
    stream: &'a mut Option<StreamId>,
    /// Its header block is not compressed.
    is_plain: bool,
    blocks: &'a mut BlockDecoder,
    limits: &'a Limits,
}

impl Fields<'_> {
    fn stream(&mut self) -> Result<StreamId, reader::Fault> {
        let stream = StreamId::new(self.reader.u32("stream-ID")?);
        *self.stream = Some(stream);
        Ok(stream)
    }

    const fn dialect(&self) -> &'static Dialect {
        self.blocks.dialect()
    }

    /// The unused bytes between a stream-ID and the block.
    fn padding(&mut self) -> Result<(), reader::Fault> {
        if self.dialect().pads_block {
            self.reader.u16("unused bits")?;
        }
        Ok(())
    }

    fn headers(&mut self) -> Result<Headers, reader::Fault> {
        let block = self.reader.rest();
        if self.is_plain {
            return self.blocks.decode_plain(block, self.limits);
        }
        self.blocks.decode(block, self.limits)
    }

    fn syn_stream(&mut self, flags: u8) -> Result<Frame, reader::Fault> {
        let dialect = self.dialect();
        let stream = self.stream()?;
        let is_named = dialect.association == Association::Named;
        let associated = if is_named { self.reader.u32("associated stream-ID")? } else { 0 };
        let associated = Some(StreamId::new(associated)).filter(|&id| id != StreamId::ZERO);
        let priority = dialect.priority.read(self.reader.u8("priority")?);
        let slot = self.reader.u8("slot")?;
        let headers = self.headers()?;
        Ok(Frame::SynStream(SynStream {
            stream,
            associated,
            priority,
            fin: flags & FLAG_FIN != 0,
            unidirectional: is_named && flags & FLAG_UNIDIRECTIONAL != 0,
            push_allowed: flags & dialect.push_flag != 0,
            slot: if dialect.has_slot { slot } else { 0 },
            headers,
        }))
    }

    fn syn_reply(&mut self, flags: u8) -> Result<Frame, reader::Fault> {
        let stream = self.stream()?;
        self.padding()?;
        let headers = self.headers()?;
        Ok(Frame::SynReply(SynReply { stream, fin: flags & FLAG_FIN != 0, headers }))
    }

    fn subresource(&mut self) -> Result<Frame, reader::Fault> {
        let stream = self.stream()?;
        self.padding()?;
        let headers = self.headers()?;
        Ok(Frame::Subresource(Subresource { stream, headers }))
    }

    fn late_headers(&mut self, flags: u8) -> Result<Frame, reader::Fault> {
        let stream = self.stream()?;
        self.padding()?;
        let headers = self.headers()?;
        Ok(Frame::Headers(HeadersFrame { stream, fin: flags & FLAG_FIN != 0, headers }))
    }

    fn window_update(&mut self) -> Result<Frame, reader::Fault> {
        let stream = self.stream()?;
        let delta = self.reader.u32("delta")? & 0x7FFF_FFFF;
        Ok(Frame::WindowUpdate(WindowUpdate { stream, delta }))
    }

    fn credential(&mut self) -> Result<Frame, reader::Fault> {
        let slot = self.reader.u16("slot")?;
        let proof = self.string("proof")?;
        let mut certificates = Vec::new();
        while self.reader.remaining() > 0 {
            if certificates.len() == MAX_CERTIFICATES {
                let limit = MAX_CERTIFICATES;
                return Err(DecodeErrorKind::TooManyEntries { limit }.into());
            }
            certificates.push(self.string("certificate")?);
        }
        Ok(Frame::Credential(Credential { slot, proof, certificates }))
    }

    /// Bytes behind their 32-bit length.
    fn string(&mut self, field: &'static str) -> Result<Bytes, reader::Fault> {
        let len = usize::try_from(self.reader.u32(field)?).unwrap_or(usize::MAX);
        Ok(Bytes::copy_from_slice(self.reader.take(len, field)?))
    }

    fn fin_stream(&mut self) -> Result<Frame, reader::Fault> {
        let stream = self.stream()?;
        let status = Status(self.reader.u32("status code")?);
        Ok(Frame::FinStream(FinStream { stream, status }))
    }

    fn settings(&mut self, flags: u8) -> Result<Frame, reader::Fault> {
        let form = self.dialect().settings_form;
        let is_hello = form == SettingsForm::Hello;
        let found = self.reader.u32("number of entries")?;
        // In HELLO the upper half is unused.
        let found = if is_hello { found & 0xFFFF } else { found };
        if usize::try_from(found) != Ok(self.reader.remaining() / 8) {
            return Err(DecodeErrorKind::EntryCount { found }.into());
        }
        let clear = !is_hello && flags & FLAG_CLEAR_SETTINGS != 0;
        let mut settings = Settings { entries: Vec::new(), clear };
        for _ in 0..found {
            let [a, b, c, d] = self.reader.array("ID of an entry")?;
            let (id, flags) = match form {
                SettingsForm::Hello => ([a, b, c, d], 0),
                SettingsForm::IdThenFlags => ([0, c, b, a], d),
                SettingsForm::FlagsThenId => ([0, b, c, d], a),
            };
            let value = self.reader.u32("value of an entry")?;
            let id = SettingId(u32::from_be_bytes(id));
            settings.entries.push(Setting { id, value, flags });
        }
        Ok(Frame::Settings(settings))
    }

    fn ping(&mut self) -> Result<Frame, reader::Fault> {
        Ok(Frame::Ping(PingId::new(self.reader.u32("PING ID")?)))
    }

    fn go_away(&mut self) -> Result<Frame, reader::Fault> {
        let last_good = StreamId::new(self.reader.u32("last-good-stream-ID")?);
        let status = if self.dialect().go_away_has_status {
            Some(GoAwayStatus(self.reader.u32("status code")?))
        } else {
            None
        };
        Ok(Frame::GoAway(GoAway { last_good, status }))
    }
}
