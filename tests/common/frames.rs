//! Random frames: such as a version has, and such as a peer might say.
#![allow(dead_code, reason = "every test file uses its own part")]

use arbitrary::{Arbitrary, Result, Unstructured};
use proptest::collection::vec;
use proptest::prelude::*;
use spdy::arbitrary::{Frames, frame, headers};
use spdy::frame::{
    Data, FinStream, Frame, HeadersFrame, Subresource, SynReply, SynStream, WindowUpdate,
};
use spdy::{Headers, PingId, Priority, Role, SettingId, Settings, Status, StreamId, Version};

/// What comes of random bytes.
pub fn made<T: std::fmt::Debug>(
    len: usize,
    make: impl Fn(&mut Unstructured<'_>) -> Result<T>,
) -> impl Strategy<Value = T> {
    let bytes = vec(any::<u8>(), 0..len);
    bytes.prop_map(move |bytes| make(&mut Unstructured::new(&bytes)).unwrap())
}

/// A version, and frames of it.
pub fn frames() -> impl Strategy<Value = (Version, Vec<Frame>)> {
    made(600, |u| Frames::arbitrary(u).map(|made| (made.version, made.frames)))
}

/// What a peer might say: its streams rise, and most frames name a stream that there is. The other
/// side has opened four. In the versions with windows some DATA comes near their size, and windows
/// are moved near their ends.
pub fn conversation(version: Version, sender: Role) -> impl Strategy<Value = Vec<Frame>> {
    made(1_000, move |u| {
        let mut said = Vec::new();
        let mut next = if sender == Role::Client { 1 } else { 2 };
        while !u.is_empty() {
            said.push(say(version, sender, &mut next, u)?);
        }
        Ok(said)
    })
}

fn say(version: Version, sender: Role, next: &mut u32, u: &mut Unstructured<'_>) -> Result<Frame> {
    let has_windows = matches!(version, Version::Spdy3 | Version::Spdy3_1);
    let (pick, fin) = (u.int_in_range(0..=11u32)?, u.ratio(1, 3)?);
    let any_stream = StreamId::new(pick);
    let theirs = if sender == Role::Client { 2 } else { 1 };
    let answered = StreamId::new(theirs + pick % 4 * 2);
    Ok(match u.int_in_range(0..=19)? {
        0..=3 => {
            *next += 2;
            let mut syn = SynStream::new(StreamId::new(*next - 2), headers(version, u)?);
            (syn.priority, syn.fin) = (Priority::new((pick % 4) as u8), fin);
            if version != Version::Draft1 {
                syn.unidirectional = pick % 4 == 3;
                syn.associated = (pick % 4 == 2).then_some(answered);
            }
            Frame::SynStream(syn)
        }
        4..=6 => reply(answered, fin, headers(version, u)?),
        7..=9 => data(answered, fin, u)?,
        10 | 11 => data(any_stream, fin, u)?,
        12 => Frame::FinStream(FinStream::new(any_stream, Status(1 + pick % 3))),
        13 if version == Version::Draft1 => {
            let mut list = headers(version, u)?;
            list.extend([("url", "http://example.com/style.css"), ("method", "GET")]);
            Frame::Subresource(Subresource::new(any_stream, list))
        }
        13 => {
            let mut late = HeadersFrame::new(any_stream, headers(version, u)?);
            late.fin = fin;
            Frame::Headers(late)
        }
        14 if version != Version::SpeedMobility => Frame::Ping(PingId::new(pick % 4)),
        15 if has_windows => {
            let delta = if fin { 0x7FFF_0000 + (pick << 12) } else { 1 + pick };
            Frame::WindowUpdate(WindowUpdate::new(any_stream, delta))
        }
        16 if has_windows => {
            let size = [0, 10, 65_536, 0x7FFF_FFFF, 0x8000_0000][pick as usize % 5];
            Frame::Settings(Settings::from([(SettingId::INITIAL_WINDOW_SIZE, size)]))
        }
        14..=16 => data(answered, false, u)?,
        17 | 18 => reply(answered, false, headers(version, u)?),
        _ => frame(version, u)?,
    })
}

fn reply(stream: StreamId, fin: bool, headers: Headers) -> Frame {
    let mut reply = SynReply::new(stream, headers);
    reply.fin = fin;
    Frame::SynReply(reply)
}

fn data(stream: StreamId, fin: bool, u: &mut Unstructured<'_>) -> Result<Frame> {
    let len = if u.ratio(1, 8)? { u.int_in_range(1..=70_000)? } else { u.int_in_range(0..=100)? };
    let mut data = Data::new(stream, vec![u.arbitrary()?; len]);
    data.fin = fin;
    Ok(Frame::Data(data))
}
