//! The payload of a control frame, field by field, as the dialect draws it.

use super::block::BlockDecoder;
use super::limits::Limits;
use super::reader::{Fault, Reader};
use crate::dialect::FrameRow;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::frame::{
    FLAG_FIN, FinStream, Frame, FrameType, GoAway, Subresource, SynReply, SynStream,
};
use crate::headers::Headers;
use crate::id::{PingId, StreamId};
use crate::priority::Priority;
use crate::status::{Setting, SettingId, Settings, Status};

/// Reads the payload of a control frame whose length the head has shown to be possible.
pub(super) fn control(
    row: &FrameRow,
    flags: u8,
    payload: &[u8],
    blocks: &mut BlockDecoder,
    limits: &Limits,
) -> Result<Frame, DecodeError> {
    let mut stream = None;
    let mut fields = Fields { reader: Reader::new(payload), stream: &mut stream, blocks, limits };
    let frame = match row.frame_type {
        FrameType::SynStream => fields.syn_stream(flags),
        FrameType::SynReply => fields.syn_reply(flags),
        FrameType::FinStream => fields.fin_stream(),
        FrameType::Settings => fields.settings(),
        FrameType::Ping => fields.ping(),
        FrameType::GoAway => fields.go_away(),
        FrameType::Subresource => fields.subresource(),
        // Skipped from the head on, or no control frame at all.
        FrameType::Noop | FrameType::Data | FrameType::Unknown => Ok(Frame::Noop),
    };
    frame.map_err(|(scope, kind)| {
        let (frame, name) = (Some(row.frame_type), row.name);
        DecodeError { kind, scope, frame, stream, name }
    })
}

struct Fields<'a> {
    reader: Reader<'a>,
    /// The stream that the frame names, once it has been read.
    stream: &'a mut Option<StreamId>,
    blocks: &'a mut BlockDecoder,
    limits: &'a Limits,
}

impl Fields<'_> {
    fn stream(&mut self) -> Result<StreamId, Fault> {
        let stream = StreamId::new(self.reader.u32("stream-ID")?);
        *self.stream = Some(stream);
        Ok(stream)
    }

    /// The byte of the priority and the unused one behind it.
    fn priority(&mut self) -> Result<Priority, Fault> {
        let byte = self.reader.u8("priority")?;
        self.reader.u8("unused bits")?;
        Ok(self.blocks.dialect().priority.read(byte))
    }

    fn unused(&mut self) -> Result<(), Fault> {
        self.reader.u16("unused bits")?;
        Ok(())
    }

    fn headers(&mut self) -> Result<Headers, Fault> {
        self.blocks.decode(self.reader.rest(), self.limits)
    }

    fn syn_stream(&mut self, flags: u8) -> Result<Frame, Fault> {
        let stream = self.stream()?;
        let priority = self.priority()?;
        let headers = self.headers()?;
        Ok(Frame::SynStream(SynStream { stream, priority, fin: flags & FLAG_FIN != 0, headers }))
    }

    fn syn_reply(&mut self, flags: u8) -> Result<Frame, Fault> {
        let stream = self.stream()?;
        self.unused()?;
        let headers = self.headers()?;
        Ok(Frame::SynReply(SynReply { stream, fin: flags & FLAG_FIN != 0, headers }))
    }

    fn subresource(&mut self) -> Result<Frame, Fault> {
        let stream = self.stream()?;
        self.unused()?;
        let headers = self.headers()?;
        Ok(Frame::Subresource(Subresource { stream, headers }))
    }

    fn fin_stream(&mut self) -> Result<Frame, Fault> {
        let stream = self.stream()?;
        let status = Status(self.reader.u32("status code")?);
        Ok(Frame::FinStream(FinStream { stream, status }))
    }

    fn settings(&mut self) -> Result<Frame, Fault> {
        self.unused()?;
        let found = self.reader.u16("number of entries")?;
        if usize::from(found) != self.reader.remaining() / 8 {
            let found = u32::from(found);
            return Err(DecodeErrorKind::EntryCount { found }.into());
        }
        let mut settings = Settings::default();
        for _ in 0..found {
            let id = SettingId(self.reader.u32("ID of an entry")?);
            let value = self.reader.u32("value of an entry")?;
            settings.entries.push(Setting::new(id, value));
        }
        Ok(Frame::Settings(settings))
    }

    fn ping(&mut self) -> Result<Frame, Fault> {
        Ok(Frame::Ping(PingId::new(self.reader.u32("PING ID")?)))
    }

    fn go_away(&mut self) -> Result<Frame, Fault> {
        let last_good = StreamId::new(self.reader.u32("last-good-stream-ID")?);
        Ok(Frame::GoAway(GoAway::new(last_good)))
    }
}
