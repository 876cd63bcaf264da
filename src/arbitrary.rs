//! Arbitrary frames and calls, for fuzzers and property tests (feature `arbitrary`).
//!
//! What is made here is valid by construction in its version: an encoder takes every frame, and a
//! decoder with the default [`Limits`](crate::codec::Limits) gives it back equal; a header list is one
//! that the version can send. What a session makes of a call depends on what went before.
//!
//! [`Frames`] and [`Conversation`] choose their version; [`frame`], [`headers`], [`request`], [`call`] and
//! [`step`] are told one. All of them make something of any bytes, of none too.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use bytes::BytesMut;
//! use spdy::Compression;
//! use spdy::arbitrary::Frames;
//! use spdy::codec::{Decoder, Encoder, Limits};
//!
//! // What a fuzzer would give.
//! let data: Vec<u8> = (0..2000u32).map(|at| (at * at / 7) as u8).collect();
//! let Frames { version, frames } = Frames::arbitrary(&mut Unstructured::new(&data))?;
//!
//! let mut wire = BytesMut::new();
//! let mut encoder = Encoder::new(version, Compression::On);
//! let mut decoder = Decoder::new(version, Limits::default());
//! for frame in &frames {
//!     encoder.encode(frame, &mut wire)?;
//!     assert_eq!(decoder.decode(&mut wire)?.as_ref(), Some(frame));
//! }
//! # assert!(!frames.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use ::arbitrary::{Arbitrary, Result, Unstructured};
use bytes::Bytes;

use crate::dialect::{Association, Characters, Dialect, EmptyStrings, SettingsForm};
use crate::frame::{
    Credential, Data, FinStream, Frame, FrameType, GoAway, HeadersFrame, Subresource, SynReply,
    SynStream, WindowUpdate,
};
use crate::headers::Headers;
use crate::http;
use crate::id::{PingId, Role, StreamId};
use crate::priority::Priority;
use crate::session::{Open, SendError, Session};
use crate::status::{GoAwayStatus, Setting, SettingId, Settings, Status};
use crate::version::Version;

/// A version, and frames of it. The streams that they name are any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames {
    /// What they are written in.
    pub version: Version,
    /// In the order in which they are sent: their header blocks share a context.
    pub frames: Vec<Frame>,
}

impl<'a> Arbitrary<'a> for Frames {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let version = Version::arbitrary(u)?;
        let mut frames = Vec::new();
        while !u.is_empty() {
            frames.push(frame(version, u)?);
        }
        Ok(Self { version, frames })
    }
}

/// What befalls the two ends of a connection. Half of the streams are opened by a [`request`].
///
/// ```
/// use arbitrary::{Arbitrary, Unstructured};
/// use bytes::Buf;
/// use spdy::arbitrary::{Conversation, Step};
/// use spdy::{Config, Role, Session};
///
/// let data: Vec<u8> = (0..2000u32).map(|at| (at * at / 7) as u8).collect();
/// let Conversation { version, steps } = Conversation::arbitrary(&mut Unstructured::new(&data))?;
/// let mut ends = [Role::Client, Role::Server].map(|role| Session::new(version, role, Config::default()));
/// let mut wires = [Vec::new(), Vec::new()];
/// let mut streams = Vec::new();
/// for (role, step) in steps {
///     let (this, other) = if role == Role::Client { (0, 1) } else { (1, 0) };
///     match step {
///         Step::Call(call) => streams.extend(call.apply(&mut ends[this], &streams).ok().flatten()),
///         Step::Write(most) => {
///             let mut output = ends[this].output();
///             let len = output.chunk().len().min(most);
///             wires[this].extend_from_slice(&output.chunk()[..len]);
///             output.advance(len);
///         }
///         Step::Read(most) => {
///             let input: Vec<u8> = wires[other].drain(..most.min(wires[other].len())).collect();
///             let mut input = &input[..];
///             while let Ok(Some(event)) = ends[this].next_event(&mut input) {
///                 // Here it is held against a model, say.
///                 drop(event);
///             }
///         }
///         Step::End => ends[this].end_of_input(),
///         _ => {}
///     }
/// }
/// # assert!(!streams.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Conversation {
    /// What both ends speak.
    pub version: Version,
    /// Who does what, in turn.
    pub steps: Vec<(Role, Step)>,
}

impl<'a> Arbitrary<'a> for Conversation {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let version = Version::arbitrary(u)?;
        let mut steps = Vec::new();
        while !u.is_empty() {
            steps.push((Role::arbitrary(u)?, step(version, u)?));
        }
        Ok(Self { version, steps })
    }
}

/// What one end does, or its transport.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// The caller does something.
    Call(Call),
    /// The transport takes at most so many bytes of the output; 0 is a write that is refused.
    Write(usize),
    /// The transport hands on at most so many bytes of the peer's.
    Read(usize),
    /// The transport ends: [`Session::end_of_input`].
    End,
}

/// A call of a session's method, by its name. `pick` stands for one of the streams that there have
/// been: its place among them, counted round and round.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the methods say what their arguments are")]
pub enum Call {
    Open { headers: Headers, priority: Priority, fin: bool, one_way: bool, associated: Option<u8> },
    Reply { pick: u8, headers: Headers, fin: bool },
    SendData { pick: u8, len: usize, fin: bool },
    SendHeaders { pick: u8, headers: Headers, fin: bool },
    Subresource { pick: u8, headers: Headers },
    FinStream { pick: u8, status: Status },
    Release { pick: u8, bytes: usize },
    SendSettings(Settings),
    GrowSessionWindow(u32),
    Ping,
    GoAway(GoAwayStatus),
    Close,
}

impl Call {
    /// Makes the call; `streams` are those that there have been. Returns the one that it opened.
    ///
    /// # Errors
    ///
    /// Those of the method; nothing has changed then.
    pub fn apply(
        self,
        session: &mut Session,
        streams: &[StreamId],
    ) -> core::result::Result<Option<StreamId>, SendError> {
        let stream = |pick: u8| {
            let at = usize::from(pick).checked_rem(streams.len());
            at.and_then(|at| streams.get(at)).copied().unwrap_or(StreamId::ZERO)
        };
        match self {
            Self::Open { headers, priority, fin, one_way, associated } => {
                let mut open =
                    Open::new(headers).priority(priority).fin(fin).unidirectional(one_way);
                if let Some(pick) = associated {
                    open = open.associated(stream(pick));
                }
                return session.open(open).map(Some);
            }
            Self::Reply { pick, headers, fin } => session.reply(stream(pick), headers, fin)?,
            Self::SendData { pick, len, fin } => {
                session.send_data(stream(pick), vec![0; len], fin)?;
            }
            Self::SendHeaders { pick, headers, fin } => {
                session.send_headers(stream(pick), headers, fin)?;
            }
            Self::Subresource { pick, headers } => session.subresource(stream(pick), headers)?,
            Self::FinStream { pick, status } => session.fin_stream(stream(pick), status)?,
            Self::Release { pick, bytes } => session.release(stream(pick), bytes),
            Self::SendSettings(settings) => session.send_settings(settings)?,
            Self::GrowSessionWindow(bytes) => session.grow_session_window(bytes)?,
            Self::Ping => drop(session.ping()?),
            Self::GoAway(status) => session.go_away(status),
            Self::Close => session.close(),
        }
        Ok(None)
    }
}

impl<'a> Arbitrary<'a> for Version {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.choose(&Self::ALL).copied()
    }
}

impl<'a> Arbitrary<'a> for Role {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.choose(&[Self::Client, Self::Server]).copied()
    }
}

impl<'a> Arbitrary<'a> for Priority {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        u.int_in_range(0..=Self::LOWEST.level()).map(Self::new)
    }
}

/// Small numbers mostly: frames of one connection meet.
impl<'a> Arbitrary<'a> for StreamId {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        some(u, 1..=20, 1..=u32::MAX).map(Self::new)
    }
}

/// One that every version can send.
impl<'a> Arbitrary<'a> for Headers {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        list(6, Characters::Strict, EmptyStrings::Refused, u)
    }
}

/// A list that a version can send: up to six names, of 50 KB in all.
///
/// # Errors
///
/// None of its own.
pub fn headers(version: Version, u: &mut Unstructured<'_>) -> Result<Headers> {
    let rules = &version.dialect().block;
    list(6, rules.characters, rules.empty, u)
}

/// The list of a request that [`http::Request::parse`](crate::http::Request::parse) takes. What
/// [`headers`] makes is hardly ever one.
///
/// # Errors
///
/// None of its own.
pub fn request(version: Version, u: &mut Unstructured<'_>) -> Result<Headers> {
    let method = u.choose(&["GET", "HEAD", "POST", "PUT", "DELETE"])?;
    let letter = |byte| char::from(b'a' + byte % 26);
    let path: String = bytes(u, 0..=20)?.into_iter().map(letter).collect();
    let url = ["http://example.com/", &path].concat();
    let field: String = bytes(u, 0..=20)?.into_iter().map(letter).collect();
    let open = http::request(version, method, &url, [("x", &*["x", &field].concat())]);
    Ok(open.map_or_else(|_| Headers::new(), |open| open.headers().clone()))
}

/// A frame that a version can send.
///
/// # Errors
///
/// None of its own.
pub fn frame(version: Version, u: &mut Unstructured<'_>) -> Result<Frame> {
    let dialect = version.dialect();
    let types = dialect.frames.iter().map(|row| row.frame_type);
    let types: Vec<_> = types.chain([FrameType::Data]).collect();
    Ok(match u.choose(&types)? {
        FrameType::SynStream => Frame::SynStream(syn_stream(version, u)?),
        FrameType::SynReply => {
            let mut reply = SynReply::new(u.arbitrary()?, headers(version, u)?);
            reply.fin = u.arbitrary()?;
            Frame::SynReply(reply)
        }
        FrameType::Headers => {
            let mut late = HeadersFrame::new(u.arbitrary()?, headers(version, u)?);
            late.fin = u.arbitrary()?;
            Frame::Headers(late)
        }
        FrameType::Subresource => {
            Frame::Subresource(Subresource::new(u.arbitrary()?, announced(version, u)?))
        }
        FrameType::FinStream => {
            let status = some(u, 1..=11, 1..=u32::MAX)?;
            Frame::FinStream(FinStream::new(u.arbitrary()?, Status(status)))
        }
        FrameType::Settings => Frame::Settings(settings(dialect, u)?),
        FrameType::Ping => Frame::Ping(PingId::new(u.arbitrary()?)),
        FrameType::GoAway => {
            let mut go_away = GoAway::new(u.arbitrary()?);
            let status = GoAwayStatus(some(u, 0..=2, 0..=u32::MAX)?);
            go_away.status = dialect.go_away_has_status.then_some(status);
            Frame::GoAway(go_away)
        }
        FrameType::WindowUpdate => {
            let delta = some(u, 1..=100_000, 1..=0x7FFF_FFFF)?;
            Frame::WindowUpdate(WindowUpdate::new(u.arbitrary()?, delta))
        }
        FrameType::Credential => {
            let slot = u.int_in_range(1..=u16::MAX)?;
            let proof = bytes(u, 0..=50)?.into();
            let certificates =
                (0..u.int_in_range(0..=4)?).map(|_| bytes(u, 0..=50).map(Bytes::from));
            Frame::Credential(Credential::new(slot, proof, certificates.collect::<Result<_>>()?))
        }
        FrameType::Data => {
            let mut data = Data::new(u.arbitrary()?, bytes(u, 0..=3_000)?);
            data.fin = u.arbitrary()?;
            Frame::Data(data)
        }
        FrameType::Noop | FrameType::Unknown => Frame::Noop,
    })
}

/// What one end of a connection does next, or its transport.
///
/// # Errors
///
/// None of its own.
pub fn step(version: Version, u: &mut Unstructured<'_>) -> Result<Step> {
    let most = |u: &mut _| size(u, &[0..=40, 0..=1_000, 0..=100_000, 0..=100_000]);
    Ok(match u.int_in_range(0..=127u8)? {
        0..=76 => Step::Call(call(version, u)?),
        77..=103 => Step::Write(most(u)?),
        104 if u.ratio(1, 8)? => Step::End,
        _ => Step::Read(most(u)?),
    })
}

/// What one end of a connection does next.
///
/// # Errors
///
/// None of its own.
pub fn call(version: Version, u: &mut Unstructured<'_>) -> Result<Call> {
    let dialect = version.dialect();
    let pick = u.arbitrary()?;
    let is_rare = u.ratio(1, 8)?;
    Ok(match u.int_in_range(0..=79u8)? {
        0..=11 => Call::Open {
            headers: if u.arbitrary()? { request(version, u)? } else { brief(dialect, u)? },
            priority: u.arbitrary()?,
            fin: u.ratio(1, 4)?,
            one_way: dialect.association == Association::Named && is_rare,
            associated: u.ratio(1, 5)?.then_some(pick),
        },
        12..=31 => Call::Reply { pick, headers: brief(dialect, u)?, fin: u.ratio(1, 4)? },
        32..=55 => {
            let len = size(u, &[0..=100, 0..=100, 0..=10_000, 0..=200_000])?;
            Call::SendData { pick, len, fin: u.ratio(1, 4)? }
        }
        56..=61 if dialect.row(FrameType::Subresource).is_some() => {
            Call::Subresource { pick, headers: announced(version, u)? }
        }
        56..=61 => Call::SendHeaders { pick, headers: brief(dialect, u)?, fin: u.ratio(1, 4)? },
        62..=64 => {
            let statuses = [Status::CANCEL, Status::CANCEL, Status::REFUSED_STREAM, Status(0)];
            Call::FinStream { pick, status: *u.choose(&statuses)? }
        }
        65..=73 => Call::Release { pick, bytes: size(u, &[0..=100, 0..=40_000, 0..=200_000])? },
        74..=76 => {
            let size = size(u, &[0..=0, 0..=100, 0..=70_000, 0..=200_000])?;
            let value = u32::try_from(size).unwrap_or(u32::MAX);
            Call::SendSettings(Settings::from([(SettingId::INITIAL_WINDOW_SIZE, value)]))
        }
        77 if is_rare => {
            let limit = u.int_in_range(0..=10)?;
            Call::SendSettings(Settings::from([(SettingId::MAX_CONCURRENT_STREAMS, limit)]))
        }
        78 if is_rare => Call::GoAway(GoAwayStatus(u.int_in_range(0..=2)?)),
        79 if is_rare => Call::Close,
        78 => Call::GrowSessionWindow(u.int_in_range(0..=200_000)?),
        _ => Call::Ping,
    })
}

fn syn_stream(version: Version, u: &mut Unstructured<'_>) -> Result<SynStream> {
    let dialect = version.dialect();
    let mut syn = SynStream::new(u.arbitrary()?, headers(version, u)?);
    // A level that the version lacks would come back as another.
    syn.priority = dialect.priority.clamp(u.arbitrary()?);
    syn.fin = u.arbitrary()?;
    if dialect.association == Association::Named {
        syn.unidirectional = u.ratio(1, 4)?;
        let associated = u.ratio(1, 4)?.then(|| u.arbitrary()).transpose()?;
        syn.associated = associated.filter(|stream| *stream != StreamId::ZERO);
    }
    if dialect.has_slot {
        syn.slot = u.arbitrary()?;
    }
    Ok(syn)
}

/// Entries in ascending order, each once, as they come back.
fn settings(dialect: &Dialect, u: &mut Unstructured<'_>) -> Result<Settings> {
    let is_hello = dialect.settings_form == SettingsForm::Hello;
    let mut entries = Vec::new();
    let largest = if is_hello { u32::MAX } else { 0x00FF_FFFF };
    for _ in 0..u.int_in_range(0..=31)? {
        let id = SettingId(some(u, 0..=10, 0..=largest)?);
        let flags = if is_hello { 0 } else { u.arbitrary()? };
        entries.push(Setting::new(id, u.arbitrary()?).flags(flags));
    }
    entries.sort_by_key(|entry| entry.id);
    entries.dedup_by_key(|entry| entry.id);
    Ok(Settings { entries, clear: !is_hello && u.ratio(1, 4)? })
}

/// The list of a SUBRESOURCE names what it announces.
fn announced(version: Version, u: &mut Unstructured<'_>) -> Result<Headers> {
    let names = &version.dialect().http;
    let mut list = headers(version, u)?;
    list.append(names.url, "http://example.com/style.css");
    list.append(names.method, "GET");
    Ok(list)
}

/// A short list: there are many in a conversation.
fn brief(dialect: &Dialect, u: &mut Unstructured<'_>) -> Result<Headers> {
    list(1, dialect.block.characters, dialect.block.empty, u)
}

fn list(
    names: u8,
    characters: Characters,
    empty: EmptyStrings,
    u: &mut Unstructured<'_>,
) -> Result<Headers> {
    let is_strict = characters == Characters::Strict;
    let mut list = Headers::new();
    for _ in 0..u.int_in_range(0..=names)? {
        let value = match u.int_in_range(0..=9)? {
            0 => vec![u.arbitrary()?; u.int_in_range(1..=8_000)?],
            _ => bytes(u, 1..=40)?,
        };
        // A NUL separates values; an empty one among them is nothing that can be sent.
        let sent = |byte: u8| match byte {
            b'\t' => byte,
            byte if is_strict && byte.is_ascii_control() => b'.',
            byte => byte.max(1),
        };
        let value: Vec<_> = value.into_iter().map(sent).collect();
        list.append(name(is_strict, u)?, if value.is_empty() { b"x" } else { &value[..] });
    }
    if empty == EmptyStrings::RefusedAmongValues && u.ratio(1, 8)? && !list.contains("empty") {
        list.append("empty", "");
    }
    Ok(list)
}

fn name(is_strict: bool, u: &mut Unstructured<'_>) -> Result<String> {
    const KNOWN: [&str; 7] = ["method", "url", ":version", "status", "Cookie", "x", "x"];
    if u.ratio(4, 5)? {
        return u.choose(&KNOWN).map(|name| String::from(*name));
    }
    let visible = |byte: u8| char::from(b'!' + byte % (b'~' - b'!' + 1));
    let any = |byte: u8| match byte {
        b' ' | 0xE0..=0xFF => char::from(byte),
        byte => visible(byte),
    };
    let name = bytes(u, 1..=12)?.into_iter();
    let name: String =
        if is_strict { name.map(visible).collect() } else { name.map(any).collect() };
    Ok(if name.is_empty() { "y".into() } else { name })
}

/// So many bytes, or what is left.
fn bytes(u: &mut Unstructured<'_>, len: RangeInclusive<usize>) -> Result<Vec<u8>> {
    let len = u.int_in_range(len)?.min(u.len());
    u.bytes(len).map(Vec::from)
}

/// A number from one of the ranges.
fn size(u: &mut Unstructured<'_>, ranges: &[RangeInclusive<usize>]) -> Result<usize> {
    let range = u.choose(ranges)?.clone();
    u.int_in_range(range)
}

/// A small number mostly, and any now and then.
fn some(
    u: &mut Unstructured<'_>,
    usual: RangeInclusive<u32>,
    possible: RangeInclusive<u32>,
) -> Result<u32> {
    let range = if u.ratio(7, 8)? { usual } else { possible };
    u.int_in_range(range)
}
