//! What a connection of a capture says: the frames of both ends in one order, and what they do to
//! streams and windows.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use spdy::{Frame, Headers, SettingId, Version};

use crate::said::{Listener, Said};
use crate::support::capture::Fault;
use crate::tcp::{Connection, Piece, Side};

pub struct Story {
    pub client: SocketAddr,
    pub server: SocketAddr,
    /// `None` if nothing in it looks like SPDY.
    pub version: Option<Version>,
    pub rows: Vec<Row>,
}

/// One thing that was said.
pub struct Row {
    /// Since the connection began.
    pub time: Duration,
    pub from: Side,
    /// Its bytes on the wire.
    pub wire: u64,
    pub said: Said,
    /// The bytes of its names and values, where it has headers.
    pub plain: Option<usize>,
    /// How much DATA the one who gets or loses credit may still send: on the stream, or in all.
    pub window: Option<i64>,
}

impl Story {
    pub fn of(connection: &Connection, version: Option<Version>) -> Self {
        let Connection { client, server, pieces, .. } = connection;
        let version = version.or_else(|| detect(pieces));
        let rows = version.map(|version| rows(version, pieces)).unwrap_or_default();
        Self { client: *client, server: *server, version, rows }
    }

    pub fn has_faults(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.said, Said::Fault(_)))
    }
}

/// The version by the first bytes of either side: those of a control frame, or a head that asks for one.
fn detect(pieces: &[Piece]) -> Option<Version> {
    let sent = |side| {
        let pieces = pieces.iter().filter(move |piece| piece.from == side);
        let bytes = pieces.map_while(|piece| piece.bytes.as_deref().ok()).flatten();
        bytes.copied().take(8 * 1024).collect::<Vec<u8>>()
    };
    [Side::Client, Side::Server].into_iter().find_map(|side| {
        let bytes = sent(side);
        match bytes[..] {
            [0x80, 1, ..] => return Some(Version::Draft1),
            [0x80, 2, ..] => return Some(Version::Spdy2),
            // 3 and 3.1 have the same frames.
            [0x80, 3, ..] => return Some(Version::Spdy3_1),
            _ => {}
        }
        let head = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        let head = head.split("\r\n\r\n").next()?;
        let mut fields = head.lines().filter_map(|line| line.split_once(':'));
        fields.find_map(|(name, value)| match (name, value.trim()) {
            ("upgrade", "spdy/3.1") => Some(Version::Spdy3_1),
            ("sec-websocket-extensions", "http2") => Some(Version::SpeedMobility),
            _ => None,
        })
    })
}

fn rows(version: Version, pieces: &[Piece]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut windows = Windows::new(version);
    let mut tell = |time, from, said, wire| {
        let (mut plain, mut window) = (None, None);
        if let Said::Frame(frame, length) = &said {
            plain = headers(frame).map(size);
            window = windows.follow(from, frame, *length);
        }
        rows.push(Row { time, from, wire, said, plain, window });
    };
    let sides = [Side::Client, Side::Server];
    let mut listeners = sides.map(|side| (side, Listener::new(version)));
    for piece in pieces {
        let found = listeners.iter_mut().find(|(side, _)| *side == piece.from);
        let Some((from, listener)) = found else { continue };
        match &piece.bytes {
            Ok(bytes) => listener.push(bytes),
            Err(_) => listener.lose(),
        }
        while let Some((said, wire)) = listener.next() {
            tell(piece.time, *from, said, wire);
        }
    }
    let time = pieces.last().map_or(Duration::ZERO, |piece| piece.time);
    for (from, listener) in &mut listeners {
        if let Some(said) = listener.finish() {
            tell(time, *from, said, 0);
        }
    }
    rows
}

impl Row {
    /// The stream it belongs to; 0 is the session.
    pub fn stream(&self) -> u32 {
        match &self.said {
            Said::Frame(frame, _) => stream_of(frame),
            Said::Fault(Fault::Frame(error)) => error.stream.map_or(0, |stream| stream.get()),
            _ => 0,
        }
    }

    /// What it cost and did.
    pub fn notes(&self) -> Vec<String> {
        let plain = self.plain.map(|plain| format!("headers {plain} -> frame {}", self.wire));
        let window = self.window.map(|window| format!("window {window}"));
        plain.into_iter().chain(window).collect()
    }

    /// Whether its sender says no more on the stream.
    pub fn is_last(&self) -> bool {
        let Said::Frame(frame, _) = &self.said else { return false };
        match &**frame {
            Frame::SynStream(it) => it.fin,
            Frame::SynReply(it) => it.fin,
            Frame::Headers(it) => it.fin,
            Frame::Data(it) => it.fin,
            _ => false,
        }
    }
}

fn stream_of(frame: &Frame) -> u32 {
    let stream = match frame {
        Frame::SynStream(it) => it.stream,
        Frame::SynReply(it) => it.stream,
        Frame::FinStream(it) => it.stream,
        Frame::Subresource(it) => it.stream,
        Frame::Headers(it) => it.stream,
        Frame::WindowUpdate(it) => it.stream,
        Frame::Data(it) => it.stream,
        _ => return 0,
    };
    stream.get()
}

fn headers(frame: &Frame) -> Option<&Headers> {
    match frame {
        Frame::SynStream(it) => Some(&it.headers),
        Frame::SynReply(it) => Some(&it.headers),
        Frame::Headers(it) => Some(&it.headers),
        Frame::Subresource(it) => Some(&it.headers),
        _ => None,
    }
}

fn size(headers: &Headers) -> usize {
    headers.iter().map(|(name, value)| name.len() + value.len()).sum()
}

/// What each end may still send of DATA, by what has passed so far.
struct Windows {
    has_streams: bool,
    has_session: bool,
    /// Of what the client sends, and of what the server does.
    ends: [Credit; 2],
}

#[derive(Default)]
struct Credit {
    initial: i64,
    streams: BTreeMap<u32, i64>,
}

const INITIAL: i64 = 64 * 1024;

impl Windows {
    fn new(version: Version) -> Self {
        Self {
            has_streams: matches!(version, Version::Spdy3 | Version::Spdy3_1),
            has_session: version == Version::Spdy3_1,
            ends: [(); 2].map(|()| Credit { initial: INITIAL, streams: BTreeMap::new() }),
        }
    }

    fn follow(&mut self, from: Side, frame: &Frame, length: u64) -> Option<i64> {
        if !self.has_streams {
            return None;
        }
        let [of_client, of_server] = &mut self.ends;
        let (sent, heard) = match from {
            Side::Client => (of_client, of_server),
            Side::Server => (of_server, of_client),
        };
        match frame {
            Frame::Data(data) => {
                let length = length as i64;
                if self.has_session {
                    *sent.window(0) -= length;
                }
                let window = sent.window(data.stream.get());
                *window -= length;
                Some(*window)
            }
            Frame::WindowUpdate(update) if self.has_session || update.stream.get() != 0 => {
                let window = heard.window(update.stream.get());
                *window += i64::from(update.delta);
                Some(*window)
            }
            Frame::Settings(settings) => {
                let wanted = |id| id == SettingId::INITIAL_WINDOW_SIZE;
                let entry = settings.entries.iter().find(|entry| wanted(entry.id))?;
                let delta = i64::from(entry.value) - heard.initial;
                heard.initial += delta;
                let streams = heard.streams.iter_mut().filter(|(stream, _)| **stream != 0);
                streams.for_each(|(_, window)| *window += delta);
                None
            }
            _ => None,
        }
    }
}

impl Credit {
    /// That of the session is the one of stream 0, which SETTINGS do not move.
    fn window(&mut self, stream: u32) -> &mut i64 {
        let initial = if stream == 0 { INITIAL } else { self.initial };
        self.streams.entry(stream).or_insert(initial)
    }
}
