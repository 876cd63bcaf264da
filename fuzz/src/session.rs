//! A session that reads any bytes.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Buf;
use spdy::frame::Frame;
use spdy::{
    Compression, Config, Event, GoAwayStatus, Open, PingId, Role, Session, SessionError, SettingId,
    Settings, Status, StreamId, Version,
};

use super::model::carrier::{Ears, SM};
use super::split;
use super::transcript::{decode, drain, play};

/// Four bytes (eight choices of a configuration, the version and the size of the pieces, and a seed for
/// the calls that are made between them; no calls for the seed 0), then what a server reads.
pub fn session_server(data: &[u8]) {
    read(Role::Server, data);
}

/// The same for a client.
pub fn session_client(data: &[u8]) {
    read(Role::Client, data);
}

fn read(role: Role, data: &[u8]) {
    let Some((&[kind, size, high, low], wire)) = data.split_first_chunk() else { return };
    let (version, size) = split(size);
    drive(|| Session::new(version, role, config(kind)), [high, low], wire, size);
}

/// A session reads bytes in pieces of this size, with the calls of a seed between them.
pub(super) fn drive(session: impl Fn() -> Session, seed: [u8; 2], wire: &[u8], size: usize) {
    let mut driver = Driver::new(session(), u16::from_be_bytes(seed));
    if driver.random == 0 {
        assert_eq!(play(session(), wire.chunks(size)), play(session(), [wire]));
    }
    for piece in wire.chunks(size) {
        driver.call();
        driver.feed(piece);
    }
    driver.finish(wire.len());
}

pub(super) fn config(kind: u8) -> Config {
    let on = |bit: u8| kind & bit != 0;
    let base = if on(1) { Config::kubernetes() } else { Config::default() };
    base.compression(if on(2) { Compression::On } else { Compression::Off })
        .push(on(4))
        .max_streams(if on(8) { 2 } else { 100 })
        .max_data_frame(if on(16) { 5 } else { 16 * 1024 })
        .max_replies(if on(32) { 60 } else { 64 * 1024 })
        .max_resets(if on(64) { 3 } else { 200 })
        .manual_credit(on(128))
}

/// A session, and what its caller knows and may expect.
struct Driver {
    session: Session,
    random: u32,
    streams: BTreeMap<StreamId, Stream>,
    pings: BTreeSet<PingId>,
    last_good: StreamId,
    written: Vec<u8>,
    /// Bytes of data that the session was given.
    given: usize,
    /// By its caller, or in Speed+Mobility by the peer.
    closed: bool,
    going_away: bool,
    error: Option<SessionError>,
    input_ended: bool,
}

/// A stream as its caller sees it.
#[derive(Debug, Default)]
struct Stream {
    replied: bool,
    /// We send no more on it, or may not send at all.
    local_done: bool,
    /// The peer's FIN has been reported, or it may not send at all.
    remote_done: bool,
    /// It was reported as aborted, or we tore it down: nothing may follow.
    dead: bool,
}

impl Driver {
    fn new(session: Session, seed: u16) -> Self {
        let mut driver = Self {
            session,
            random: u32::from(seed),
            streams: BTreeMap::new(),
            pings: BTreeSet::new(),
            last_good: StreamId::MAX,
            written: Vec::new(),
            given: 0,
            closed: false,
            going_away: false,
            error: None,
            input_ended: false,
        };
        if seed != 0 {
            // What the peer may answer.
            driver.open(false);
            driver.open(true);
            driver.ping();
        }
        driver
    }

    fn is_draft_1(&self) -> bool {
        self.session.version() == Version::Draft1
    }

    fn is_speed_mobility(&self) -> bool {
        self.session.version() == SM
    }

    /// Whether the session may refuse everything that sends.
    fn is_over(&self) -> bool {
        self.closed || self.input_ended || self.error.is_some()
    }

    /// Xorshift: the same seed makes the same calls.
    fn below(&mut self, bound: u32) -> u32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.random % bound
    }

    /// A stream of ours, of theirs, or of nobody.
    fn some_stream(&mut self) -> StreamId {
        let highest = self.streams.keys().last().map_or(0, |stream| stream.get().min(1000));
        StreamId::new(self.below(highest + 3))
    }

    /// One call, chosen by the seed; what it returns must fit what the caller knows.
    fn call(&mut self) {
        if self.random == 0 {
            return;
        }
        let fin = self.below(4) == 0;
        match self.below(20) {
            0 | 1 => self.open(fin),
            2..=4 => self.reply(fin),
            5..=8 => self.send_data(fin),
            9 => self.fin_stream(),
            10 => self.ping(),
            11..=13 => self.write(),
            14 => drop(self.session.poll_writable()),
            15 if !self.is_draft_1() => {
                let stream = self.some_stream();
                if self.session.send_headers(stream, [("a", "b")], fin).is_ok() {
                    let state = self.streams.get_mut(&stream).expect("headers on nobody's stream");
                    assert!(!state.dead && !state.local_done);
                    state.local_done = fin;
                }
                let released = self.below(100);
                self.session.release(stream, released as usize);
                drop(self.session.grow_session_window(released));
            }
            15 => {
                let stream = self.some_stream();
                let list = [("url", "http://a/b.css"), ("method", "GET")];
                drop(self.session.subresource(stream, list));
            }
            16 => {
                let limit = self.below(3);
                let window = (SettingId::INITIAL_WINDOW_SIZE, 1000 * limit);
                let limit = (SettingId::MAX_CONCURRENT_STREAMS, limit);
                let settings = if self.is_draft_1() { vec![limit] } else { vec![limit, window] };
                let result = self.session.send_settings(Settings::from_iter(settings));
                assert!(result.is_err() || self.written.is_empty() || !self.is_draft_1());
            }
            17 if self.below(8) == 0 => {
                self.session.go_away(GoAwayStatus::OK);
                self.going_away = true;
            }
            18 if self.below(8) == 0 => {
                self.session.close();
                self.closed = true;
            }
            19 if self.below(16) == 0 => self.end_input(),
            _ => {}
        }
        assert!(self.session.queued() <= self.given);
    }

    fn open(&mut self, fin: bool) {
        let list = [("method", "GET"), ("url", "http://a/"), ("x", "1\u{0}2")];
        let one_way = if self.is_draft_1() {
            self.session.role() == Role::Server
        } else {
            self.random != 0 && self.below(4) == 0
        };
        // A server pushes only what a client lets it.
        let is_client = self.session.role() == Role::Client;
        let one_way = one_way && (is_client || !self.is_speed_mobility());
        let gives_leave = is_client && self.is_speed_mobility();
        let open = Open::new(list).fin(fin).unidirectional(one_way).push_allowed(gives_leave);
        match self.session.open(open) {
            Ok(stream) => {
                assert!(!self.is_over());
                assert_eq!(self.session.role() == Role::Client, stream.get() % 2 == 1);
                let state =
                    Stream { local_done: fin, remote_done: one_way, replied: one_way, dead: false };
                assert!(self.streams.insert(stream, state).is_none(), "{stream} again");
            }
            Err(_) => assert!(self.is_over() || self.session.can_open() == 0),
        }
    }

    fn reply(&mut self, fin: bool) {
        let stream = self.some_stream();
        if self.session.reply(stream, [("status", "200 OK")], fin).is_ok() {
            assert!(!self.is_over());
            let state = self.streams.get_mut(&stream).expect("a reply to nobody's stream");
            assert!(!state.dead && !state.replied && !state.local_done);
            state.replied = true;
            state.local_done = fin;
        }
    }

    fn send_data(&mut self, fin: bool) {
        let stream = self.some_stream();
        let len = self.below(40) as usize;
        if self.session.send_data(stream, vec![b'x'; len], fin).is_ok() {
            assert!(!self.is_over());
            let state = self.streams.get_mut(&stream).expect("data on nobody's stream");
            assert!(!state.dead && !state.local_done);
            state.local_done = fin;
            self.given += len;
        }
    }

    fn fin_stream(&mut self) {
        let (stream, status) = (self.some_stream(), Status(self.below(8)));
        let result = self.session.fin_stream(stream, status);
        assert!(status != Status(0) || result.is_err());
        if result.is_ok() {
            self.streams.get_mut(&stream).into_iter().for_each(|state| state.dead = true);
        }
    }

    fn ping(&mut self) {
        match self.session.ping() {
            Ok(id) => assert!(!self.is_over() && self.pings.insert(id)),
            // The Close frame leaves when the last stream has ended.
            Err(_) if self.is_speed_mobility() && self.going_away => {}
            Err(_) => assert!(self.is_over() || self.pings.len() == 64),
        }
    }

    /// Writes as much as some transport takes.
    fn write(&mut self) {
        let limit = self.below(70) as usize;
        let promised = self.session.wants_write();
        let mut output = self.session.output();
        assert_eq!(promised, output.has_remaining());
        while output.has_remaining() && limit > 0 {
            let len = output.chunk().len().min(limit);
            self.written.extend_from_slice(&output.chunk()[..len]);
            output.advance(len);
            if len == limit {
                break;
            }
        }
    }

    fn end_input(&mut self) {
        self.session.end_of_input();
        self.input_ended = true;
        self.feed(&[]);
    }

    fn feed(&mut self, mut input: &[u8]) {
        let length = input.len();
        loop {
            match self.session.next_event(&mut input) {
                Ok(Some(event)) => {
                    assert!(self.error.is_none(), "{event:?} behind an error");
                    self.on_event(&event);
                }
                Ok(None) => {
                    assert!(self.error.is_none());
                    let left = if self.input_ended { length } else { 0 };
                    assert_eq!(input.len(), left);
                    return;
                }
                Err(error) => {
                    if let Some(first) = &self.error {
                        assert_eq!((first, input.len()), (&error, length));
                    }
                    self.error = Some(error);
                    return;
                }
            }
        }
    }

    /// What may be told of a stream, and when.
    fn on_event(&mut self, event: &Event) {
        let (stream, ends) = match event {
            Event::SynStream { stream, fin, unidirectional, .. } => {
                let is_client = self.session.role() == Role::Client;
                assert_eq!(is_client, stream.get() % 2 == 0);
                let one_way = *unidirectional;
                let state = Stream { replied: one_way, local_done: one_way, ..Stream::default() };
                assert!(self.streams.insert(*stream, state).is_none(), "{stream} again");
                (stream, *fin)
            }
            Event::SynReply { stream, fin, .. } => {
                let state = self.streams.get_mut(stream).expect("a reply to nobody's stream");
                assert!(!state.replied);
                state.replied = true;
                (stream, *fin)
            }
            Event::Data { stream, data, fin, .. } => {
                assert!(*fin || !data.is_empty());
                (stream, *fin)
            }
            Event::Headers { stream, fin, .. } => (stream, *fin),
            Event::Subresource { stream, .. } => {
                assert!(!self.streams[stream].dead);
                return;
            }
            Event::Aborted { stream, .. } => {
                let state = self.streams.get_mut(stream).expect("the end of nobody's stream");
                assert!(!state.dead, "{stream} ends twice");
                state.dead = true;
                return;
            }
            Event::Pong(id) => return assert!(self.pings.remove(id)),
            Event::GoAway { last_good, .. } => {
                assert!(*last_good <= self.last_good);
                self.last_good = *last_good;
                self.closed |= self.is_speed_mobility();
                return;
            }
            _ => return,
        };
        let state = self.streams.get_mut(stream).expect("a frame on nobody's stream");
        assert!(!state.dead && !state.remote_done, "{event:?} behind the end");
        state.remote_done = ends;
    }

    /// All that was written.
    fn sent(&self) -> Vec<Frame> {
        if self.is_speed_mobility() {
            return Ears::new(SM, self.session.role()).hear(&self.written);
        }
        let sent = decode(self.session.version(), [&self.written[..]]);
        assert_eq!(sent.end, Ok(()));
        sent.items.into_iter().map(Result::unwrap).collect()
    }

    /// The input ends: every stream has had its end, and all that was written is a SPDY session.
    fn finish(mut self, received: usize) {
        self.end_input();
        self.feed(&[0x80]);
        for (stream, state) in &self.streams {
            assert!(state.dead || (state.local_done && state.remote_done), "{stream}: {state:?}");
        }
        self.written.extend(drain(&mut self.session));
        assert!(self.session.is_done() && self.session.queued() == 0);

        let sent = self.sent();
        for frame in &sent {
            assert!(!matches!(frame, Frame::Unknown(_)), "{frame:?}");
        }
        let is_go_away = |frame: &_| matches!(frame, Frame::GoAway(_));
        if self.error.is_some() {
            // After `close` the GOAWAY may have left long before.
            assert!(sent.last().is_some_and(is_go_away) || self.closed);
            assert!(sent.iter().any(is_go_away));
        }
        if self.random == 0 {
            // A FIN_STREAM of 16 bytes answers an empty DATA frame of 8, and a GOAWAY ends it all. A
            // byte more, and its credit goes to a stream and the session.
            assert!(self.written.len() <= 4 * received + 48, "amplification");
        }
    }
}
