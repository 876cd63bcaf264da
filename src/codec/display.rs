//! Frames as text: one line each, in the words of their version.

use core::fmt;

use crate::dialect::Dialect;
use crate::frame::Frame;
use crate::headers::Headers;
use crate::status::{Setting, Status};
use crate::version::Version;

impl Frame {
    /// The frame as one line of text, in the words of a version.
    ///
    /// ```
    /// use spdy::frame::{FinStream, Frame, SynReply};
    /// use spdy::{Status, StreamId, Version};
    ///
    /// let reply = Frame::SynReply(SynReply::new(StreamId::new(1), [("status", "200 OK")]));
    /// let text = reply.display(Version::Draft1).to_string();
    /// assert_eq!(text, r#"SYN_REPLY stream=1 status="200 OK""#);
    ///
    /// let fin = Frame::FinStream(FinStream::new(StreamId::new(1), Status::REFUSED_STREAM));
    /// let text = fin.display(Version::Draft1).to_string();
    /// assert_eq!(text, "FIN_STREAM stream=1 status=REFUSED_STREAM");
    /// ```
    #[must_use]
    pub const fn display(&self, version: Version) -> DisplayFrame<'_> {
        DisplayFrame { frame: self, dialect: version.dialect() }
    }
}

/// A frame as text; see [`Frame::display`].
///
/// Bytes of names and values that are not printable ASCII are written `\xNN`.
#[derive(Debug)]
pub struct DisplayFrame<'a> {
    frame: &'a Frame,
    dialect: &'static Dialect,
}

impl fmt::Display for DisplayFrame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.dialect.frame_name(self.frame.frame_type()))?;
        match self.frame {
            Frame::SynStream(syn) => {
                let priority = self.dialect.priority.clamp(syn.priority);
                write!(f, " stream={}", syn.stream)?;
                if let Some(associated) = syn.associated {
                    write!(f, " associated={associated}")?;
                }
                write!(f, " priority={priority}")?;
                write_fin(f, syn.fin)?;
                write_word(f, syn.unidirectional, "unidirectional")?;
                write_word(f, syn.push_allowed, "push_allowed")?;
                if syn.slot != 0 {
                    write!(f, " slot={}", syn.slot)?;
                }
                write_headers(f, &syn.headers)
            }
            Frame::SynReply(reply) => {
                write!(f, " stream={}", reply.stream)?;
                write_fin(f, reply.fin)?;
                write_headers(f, &reply.headers)
            }
            Frame::Subresource(subresource) => {
                write!(f, " stream={}", subresource.stream)?;
                write_headers(f, &subresource.headers)
            }
            Frame::Headers(headers) => {
                write!(f, " stream={}", headers.stream)?;
                write_fin(f, headers.fin)?;
                write_headers(f, &headers.headers)
            }
            Frame::WindowUpdate(update) => {
                write!(f, " stream={} delta={}", update.stream, update.delta)
            }
            Frame::Credential(credential) => {
                write!(f, " slot={} proof=", credential.slot)?;
                write_hex(f, &credential.proof)?;
                f.write_str(" certificates=")?;
                credential.certificates.iter().enumerate().try_for_each(|(index, certificate)| {
                    f.write_str(if index == 0 { "" } else { "," })?;
                    write_hex(f, certificate)
                })
            }
            Frame::FinStream(fin) => {
                write!(f, " stream={} status=", fin.stream)?;
                self.write_status(f, fin.status)
            }
            Frame::Settings(settings) => {
                write_word(f, settings.clear, "clear")?;
                settings.entries.iter().try_for_each(|entry| self.write_setting(f, entry))
            }
            Frame::Noop => Ok(()),
            Frame::Ping(id) => write!(f, " id={id}"),
            Frame::GoAway(go_away) => {
                write!(f, " last_good={}", go_away.last_good)?;
                match go_away.status.map(|status| (status.0, status.name())) {
                    None => Ok(()),
                    Some((_, Some(name))) => write!(f, " status={name}"),
                    Some((other, None)) => write!(f, " status={other}"),
                }
            }
            Frame::Data(data) => {
                write!(f, " stream={}", data.stream)?;
                write_fin(f, data.fin)?;
                write!(f, " length={}", data.payload.len())?;
                match data.remaining {
                    0 => Ok(()),
                    remaining => write!(f, " remaining={remaining}"),
                }
            }
            Frame::Unknown(unknown) => {
                write!(f, " type={}", unknown.number)?;
                if unknown.version != self.dialect.wire_version {
                    write!(f, " version={}", unknown.version)?;
                }
                write!(f, " length={}", unknown.length)
            }
        }
    }
}

impl DisplayFrame<'_> {
    fn write_status(&self, f: &mut fmt::Formatter<'_>, status: Status) -> fmt::Result {
        match self.dialect.status_name(status) {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", status.0),
        }
    }

    fn write_setting(&self, f: &mut fmt::Formatter<'_>, entry: &Setting) -> fmt::Result {
        match self.dialect.setting_name(entry.id) {
            Some(name) => write!(f, " {name}={}", entry.value)?,
            None => write!(f, " {}={}", entry.id.0, entry.value)?,
        }
        match entry.flags {
            0 => Ok(()),
            flags => write!(f, ":{flags:#04x}"),
        }
    }
}

fn write_fin(f: &mut fmt::Formatter<'_>, fin: bool) -> fmt::Result {
    write_word(f, fin, "fin")
}

fn write_word(f: &mut fmt::Formatter<'_>, is_there: bool, word: &str) -> fmt::Result {
    if is_there { write!(f, " {word}") } else { Ok(()) }
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn write_headers(f: &mut fmt::Formatter<'_>, headers: &Headers) -> fmt::Result {
    write_word(f, headers.is_uncompressed(), "uncompressed")?;
    headers.iter().try_for_each(|(name, value)| {
        f.write_str(" ")?;
        write_escaped(f, name.as_bytes())?;
        f.write_str("=\"")?;
        write_escaped(f, value)?;
        f.write_str("\"")
    })
}

fn write_escaped(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|&byte| match byte {
        b'"' | b'\\' => write!(f, "\\{}", char::from(byte)),
        0x20..=0x7E => write!(f, "{}", char::from(byte)),
        _ => write!(f, "\\x{byte:02x}"),
    })
}
