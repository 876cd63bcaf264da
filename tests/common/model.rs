//! Two joined sessions against a model of what each side was told: random calls, and a transport
//! that moves any number of bytes at a time and may end at any of them. What is sent arrives whole, in
//! order and once; and an account of the frames on the wire holds it against the windows. Some play
//! inside a WebSocket (Speed+Mobility).

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::{Arbitrary, Unstructured};
use bytes::Buf;
use spdy::arbitrary::{Call, Conversation, Step};
use spdy::{
    Abort, Compression, Config, Event, Headers, Open, PingId, Priority, Role, SendError, Session,
    SettingId, Settings, Status, StreamId, Version,
};

#[path = "carrier.rs"]
pub mod carrier;
#[path = "windows.rs"]
mod windows;

use carrier::SM;
use windows::Windows;

/// Plays what the bytes say, but no more than so many steps of it.
pub fn play(data: &[u8], most: usize) {
    let mut u = Unstructured::new(data);
    let setup: u8 = u.arbitrary().unwrap_or_default();
    let Ok(Conversation { version, steps }) = Conversation::arbitrary(&mut u) else { return };
    let is_carried = version == Version::Spdy3 && setup & 1 << 5 != 0;
    let version = if is_carried { SM } else { version };
    let mut world = World::new(version, setup);
    for (role, step) in steps.into_iter().take(most) {
        world.step(if role == Role::Client { CLIENT } else { SERVER }, step);
    }
    world.settle();
    world.assert_settled();
    world.probe(CLIENT);
    world.probe(SERVER);
    world.tear_down();
}

/// How many bytes of data both sides send at most: more would only take longer.
const MAX_SENT: usize = 3_000_000;

const CLIENT: usize = 0;
const SERVER: usize = 1;

/// One side of the connection.
struct Side {
    session: Session,
    /// What it has written and the other side has not read.
    wire: Vec<u8>,
    pings: BTreeSet<PingId>,
    going_away: bool,
    /// It has announced how many streams it takes.
    is_limited: bool,
    /// Its caller has closed it, or in Speed+Mobility the other's has; or its transport has ended.
    closed: bool,
    ended: bool,
}

impl Side {
    fn is_over(&self) -> bool {
        self.closed || self.ended
    }
}

/// A stream; of two things with an index each side has its own.
struct Stream {
    opener: usize,
    one_way: bool,
    associated: Option<StreamId>,
    headers: Headers,
    priority: Priority,
    reply: Option<Headers>,
    reply_seen: bool,
    /// The side knows of the stream.
    known: [bool; 2],
    /// The side has been told of its end, or has ended it.
    dead: [bool; 2],
    /// What the side has sent, and whether that was all.
    sent: [(Vec<u8>, bool); 2],
    /// What the side has got of the other's.
    got: [(Vec<u8>, bool); 2],
    /// The headers (in Draft 1 the announcements) that the side has sent, each behind so many bytes,
    /// and how many it has got.
    late: [Vec<(usize, Headers)>; 2],
    late_seen: [usize; 2],
    /// How much of what it has got the side has released.
    released: [usize; 2],
    /// A side has torn it down, so that not all may arrive.
    cancelled: bool,
    /// The peer has not accepted it, or its caller has refused it when it had seen it.
    retryable: bool,
    refused: bool,
}

impl Stream {
    fn is_live(&self, side: usize) -> bool {
        self.known[side] && !self.dead[side]
    }

    /// Whether the side sends at all.
    fn is_sender(&self, side: usize) -> bool {
        self.opener == side || !self.one_way
    }

    fn may_reply(&self, side: usize) -> bool {
        self.is_live(side) && self.opener != side && !self.one_way && self.reply.is_none()
    }

    fn may_announce(&self, side: usize) -> bool {
        self.is_live(side) && self.is_sender(side) && !self.sent[side].1
    }

    fn may_send(&self, side: usize) -> bool {
        self.may_announce(side) && (self.opener == side || self.reply.is_some())
    }

    fn may_refuse(&self, side: usize) -> bool {
        self.opener != side && (self.one_way || self.reply.is_none())
    }

    /// Both halves are over, as the side sees it, once all that it has queued has left.
    fn is_complete(&self, side: usize) -> bool {
        let is_done = |ended: bool, half: usize| ended || !self.is_sender(half);
        is_done(self.sent[side].1, side) && is_done(self.got[side].1, 1 - side)
    }
}

/// How both sides treat windows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Credit {
    /// By the text; a side gives back by itself, or when its caller says so.
    ByText { is_manual: [bool; 2] },
    /// Not at all, and data waits for the reply.
    Kubernetes,
}

struct World {
    version: Version,
    credit: Credit,
    sides: [Side; 2],
    streams: BTreeMap<StreamId, Stream>,
    windows: Windows,
    /// The next byte of data: all bytes differ from their neighbours'.
    counter: u8,
    sent: usize,
}

impl World {
    /// Each bit of the setup is a choice.
    fn new(version: Version, setup: u8) -> Self {
        let is_set = |bit: u8| setup >> bit & 1 == 1;
        let credit = match (is_set(0), is_set(1)) {
            (true, true) => Credit::Kubernetes,
            (client, server) => Credit::ByText { is_manual: [client, server] },
        };
        let side = |role, at: usize| {
            let config = match credit {
                Credit::ByText { is_manual } => Config::default().manual_credit(is_manual[at]),
                Credit::Kubernetes => Config::kubernetes(),
            };
            let config = config
                .compression(if is_set(2) { Compression::On } else { Compression::Off })
                .max_streams(if is_set(3) { 3 } else { 100 })
                .max_data_frame(if is_set(4) { 100 } else { 16 * 1024 })
                // Both mean well.
                .max_resets(u32::MAX)
                .push(true);
            Side {
                session: carrier::session(version, role, config),
                wire: Vec::new(),
                pings: BTreeSet::new(),
                going_away: false,
                is_limited: false,
                closed: false,
                ended: false,
            }
        };
        let sides = [side(Role::Client, CLIENT), side(Role::Server, SERVER)];
        let windows = Windows::new(version, credit != Credit::Kubernetes);
        Self { version, credit, sides, streams: BTreeMap::new(), windows, counter: 0, sent: 0 }
    }

    fn has_windows(&self) -> bool {
        matches!(self.version, Version::Spdy3 | Version::Spdy3_1)
    }

    fn is_draft_1(&self) -> bool {
        self.version == Version::Draft1
    }

    /// One of all streams, or half the time of the latest, of which more are open.
    fn pick(&self, pick: u8) -> Option<StreamId> {
        let mut ids = self.streams.keys();
        let among = if pick < 128 { ids.len() } else { ids.len().min(4) };
        ids.nth_back(usize::from(pick).checked_rem(among)?).copied()
    }

    /// One that a side has closed, or whose transport has ended: not everything arrives.
    fn is_cut_short(&self) -> bool {
        self.sides.iter().any(Side::is_over)
    }

    fn step(&mut self, side: usize, step: Step) {
        match step {
            Step::Write(len) => self.write(side, len),
            Step::Read(len) => self.read(side, len),
            Step::End => self.end(side),
            Step::Call(call) => self.call(side, call),
            other => panic!("{other:?}"),
        }
    }

    /// Does what the model says is possible, and sees that the rest is refused.
    fn call(&mut self, side: usize, call: Call) {
        match call {
            Call::Open { headers, priority, fin, one_way, associated } => {
                let open = Open::new(headers).priority(priority).fin(fin);
                self.open(side, open, priority, fin, one_way, associated);
            }
            Call::Reply { pick, headers, fin } => {
                let sent = headers.clone();
                let call = |session: &mut Session, id| session.reply(id, sent, fin);
                self.say(side, pick, Stream::may_reply, call, |stream| {
                    stream.reply = Some(headers);
                    stream.sent[side].1 = fin;
                });
            }
            Call::SendData { pick, len, fin } => {
                let len = len.min(MAX_SENT - self.sent);
                self.sent += len;
                let data: Vec<u8> =
                    (0..len).map(|at| (at as u8).wrapping_add(self.counter)).collect();
                self.counter = self.counter.wrapping_add(len as u8).wrapping_add(1);
                let sent = data.clone();
                let call = |session: &mut Session, id| session.send_data(id, sent, fin);
                self.say(side, pick, Stream::may_send, call, |stream| {
                    stream.sent[side].0.extend(data);
                    stream.sent[side].1 = fin;
                });
            }
            Call::SendHeaders { pick, headers, fin } => {
                let sent = headers.clone();
                let call = |session: &mut Session, id| session.send_headers(id, sent, fin);
                self.say(side, pick, Stream::may_send, call, |stream| {
                    let behind = stream.sent[side].0.len();
                    stream.late[side].push((behind, headers));
                    stream.sent[side].1 = fin;
                });
            }
            Call::Subresource { pick, headers } => {
                let sent = headers.clone();
                let call = |session: &mut Session, id| session.subresource(id, sent);
                self.say(side, pick, Stream::may_announce, call, |stream| {
                    let behind = stream.sent[side].0.len();
                    stream.late[side].push((behind, headers));
                });
            }
            Call::FinStream { pick, status } => self.fin_stream(side, pick, status),
            Call::Release { pick, bytes } => {
                if let Some(id) = self.pick(pick) {
                    self.release(side, id, bytes);
                }
            }
            Call::SendSettings(settings) => self.send_settings(side, settings),
            Call::GrowSessionWindow(bytes) => {
                let over = self.sides[side].is_over();
                let result = self.sides[side].session.grow_session_window(bytes);
                assert_eq!(result.is_ok(), !over && self.version == Version::Spdy3_1);
                if result.is_ok() {
                    self.windows.add(side, bytes);
                }
            }
            Call::Ping => {
                let side = &mut self.sides[side];
                let result = side.session.ping();
                assert_eq!(result.is_ok(), !side.is_over() && side.pings.len() < 64);
                side.pings.extend(result);
            }
            // It waits for the streams, and then ends the session by itself.
            Call::GoAway(_) if self.version == SM => {}
            Call::GoAway(status) => {
                self.sides[side].session.go_away(status);
                self.sides[side].going_away = true;
            }
            Call::Close => {
                self.sides[side].session.close();
                self.sides[side].closed = true;
            }
            other => panic!("{other:?}"),
        }
    }

    fn open(
        &mut self,
        side: usize,
        open: Open,
        priority: Priority,
        fin: bool,
        one_way: bool,
        associated: Option<u8>,
    ) {
        let is_draft_1 = self.is_draft_1();
        // What every stream of a server is in Draft 1, which has no associations on the wire.
        let one_way = if is_draft_1 { side == SERVER } else { one_way };
        let associated = associated.filter(|_| !is_draft_1).and_then(|pick| self.pick(pick));
        // These would be pushes, for requests that may be over when they arrive.
        let are_pushes = self.version == SM && side == SERVER;
        let (one_way, associated) = if are_pushes { (false, None) } else { (one_way, associated) };
        // One that is over in the model may have a FIN in its queue still.
        let is_open = |id| {
            let stream: &Stream = &self.streams[&id];
            stream.is_live(side) && !stream.is_complete(side)
        };
        let may_fail = !associated.is_none_or(is_open);
        let headers = open.headers().clone();
        let open = open.unidirectional(one_way);
        let open = associated.into_iter().fold(open, Open::associated);
        let has_room = self.sides[side].session.can_open() > 0;
        let is_limited = self.sides[1 - side].is_limited;
        let over = self.sides[side].is_over();
        let Side { session, going_away, .. } = &mut self.sides[side];
        let id = match session.open(open) {
            Ok(id) => id,
            Err(SendError::SessionOver) => return assert!(over),
            Err(SendError::GoAway) => return assert!(*going_away),
            Err(SendError::TooManyStreams) => return assert!(is_limited && !has_room),
            Err(error) => return assert!(may_fail, "{error}"),
        };
        assert!(has_room && !*going_away && !over, "{id} is open");
        // The versions before 3 have four levels.
        let is_before_3 = matches!(self.version, Version::Draft1 | Version::Spdy2);
        let level = priority.level().min(if is_before_3 { 3 } else { 7 });
        let mut stream = Stream {
            opener: side,
            one_way,
            associated,
            headers,
            priority: Priority::new(level),
            reply: None,
            reply_seen: false,
            known: [side == CLIENT, side == SERVER],
            dead: [false; 2],
            sent: Default::default(),
            got: Default::default(),
            late: Default::default(),
            late_seen: [0; 2],
            released: [0; 2],
            cancelled: false,
            retryable: false,
            refused: false,
        };
        stream.sent[side].1 = fin;
        assert!(self.streams.insert(id, stream).is_none(), "{id} again");
    }

    /// Something that is sent on a stream: possible if the model says so, and then it holds.
    fn say(
        &mut self,
        side: usize,
        pick: u8,
        may: impl Fn(&Stream, usize) -> bool,
        call: impl FnOnce(&mut Session, StreamId) -> Result<(), SendError>,
        then: impl FnOnce(&mut Stream),
    ) {
        let Some(id) = self.pick(pick) else { return };
        let over = self.sides[side].is_over();
        let stream = self.streams.get_mut(&id).unwrap();
        let result = call(&mut self.sides[side].session, id);
        assert_eq!(result.is_ok(), !over && may(stream, side), "{id} {result:?}");
        if result.is_ok() {
            then(stream);
        }
    }

    fn fin_stream(&mut self, side: usize, pick: u8, status: Status) {
        let Some(id) = self.pick(pick) else { return };
        let stream = self.streams.get_mut(&id).unwrap();
        let refuses = status == Status::REFUSED_STREAM;
        let result = self.sides[side].session.fin_stream(id, status);
        if status == Status(0) {
            return assert_eq!(result, Err(SendError::Status));
        }
        // Of a stream that was dropped unseen it may say either, as of one that may be over.
        if stream.is_live(side) && !stream.is_complete(side) {
            let expected = !refuses || stream.may_refuse(side);
            assert_eq!(result.is_ok(), expected, "{id} {result:?}");
        }
        if stream.is_live(side) && result.is_ok() {
            stream.dead[side] = true;
            stream.cancelled = true;
            stream.refused |= refuses;
        }
    }

    fn send_settings(&mut self, side: usize, settings: Settings) {
        let (is_draft_1, over) = (self.is_draft_1(), self.sides[side].is_over());
        let limits = settings.get(SettingId::MAX_CONCURRENT_STREAMS).is_some();
        match self.sides[side].session.send_settings(settings) {
            Ok(()) => {
                assert!(!over);
                self.sides[side].is_limited |= limits;
            }
            Err(SendError::NotFirst) => assert!(is_draft_1),
            Err(SendError::NotInVersion) => assert_eq!(self.version, SM),
            Err(error) => assert!(over, "{error}"),
        }
    }

    /// Any number may be released: of a stream's bytes as many as it has got are given back.
    fn release(&mut self, side: usize, id: StreamId, len: usize) {
        let stream = self.streams.get_mut(&id).unwrap();
        stream.released[side] = (stream.released[side] + len).min(stream.got[side].0.len());
        self.sides[side].session.release(id, len);
    }

    fn write(&mut self, side: usize, mut len: usize) {
        let Side { session, wire, .. } = &mut self.sides[side];
        let promised = session.wants_write();
        let mut output = session.output();
        assert_eq!(promised, output.has_remaining());
        while len > 0 && output.has_remaining() {
            let count = output.chunk().len().min(len);
            self.windows.write(side, &output.chunk()[..count]);
            wire.extend_from_slice(&output.chunk()[..count]);
            output.advance(count);
            len -= count;
        }
        if !output.has_remaining() {
            self.windows.is_empty(side);
        }
    }

    fn read(&mut self, side: usize, len: usize) {
        let wire = &mut self.sides[1 - side].wire;
        let input: Vec<u8> = wire.drain(..len.min(wire.len())).collect();
        if self.sides[side].ended {
            return;
        }
        self.windows.read(side, &input);
        let mut input = &input[..];
        while let Some(event) = self.sides[side].session.next_event(&mut input).unwrap() {
            self.on_event(side, event);
        }
        assert!(input.is_empty());
    }

    /// The transport of a side ends: it hears no more, and is told so of every stream that is not over.
    fn end(&mut self, side: usize) {
        let Side { session, ended, .. } = &mut self.sides[side];
        if std::mem::replace(ended, true) {
            return;
        }
        session.end_of_input();
        let mut told = BTreeSet::new();
        let mut rest = &[0x80][..];
        while let Some(event) = session.next_event(&mut rest).unwrap() {
            let Event::Aborted { stream, cause: Abort::Teardown, .. } = event else {
                panic!("{event:?}");
            };
            assert!(told.insert(stream), "{stream} ends twice");
        }
        assert_eq!((rest.len(), session.open_streams()), (1, 0));
        for (id, stream) in &mut self.streams {
            // One that is complete may have a FIN in its queue, where it stays.
            let (is_live, is_told) = (stream.is_live(side), told.contains(id));
            assert!(is_live || !is_told, "{id} ends and is over");
            assert!(is_told || !is_live || stream.is_complete(side), "{id} does not end");
            stream.dead[side] = true;
            stream.cancelled |= is_told;
        }
    }

    fn on_event(&mut self, side: usize, event: Event) {
        match event {
            Event::SynStream {
                stream: id,
                priority,
                headers,
                fin,
                associated,
                unidirectional,
                ..
            } => {
                assert!(!self.sides[side].closed, "{id} behind close");
                let stream = self.streams.get_mut(&id).unwrap();
                assert!(!stream.known[side]);
                assert_eq!((&headers, priority), (&stream.headers, stream.priority), "{id}");
                assert_eq!((associated, unidirectional), (stream.associated, stream.one_way));
                stream.known[side] = true;
                stream.got[side].1 = fin;
            }
            Event::SynReply { stream: id, headers, fin, .. } => {
                let stream = self.live(id, side);
                assert_eq!(Some(&headers), stream.reply.as_ref(), "{id}");
                assert!(!stream.reply_seen);
                stream.reply_seen = true;
                stream.got[side].1 = fin;
            }
            Event::Data { stream: id, data, fin, .. } => {
                let stream = self.live(id, side);
                let (got, ended) = &mut stream.got[side];
                let missing = &stream.sent[1 - side].0[got.len()..];
                assert!(!*ended && missing.starts_with(&data), "{id}: other data than was sent");
                got.extend_from_slice(&data);
                *ended = fin;
            }
            Event::Headers { stream: id, headers, fin, .. } => {
                self.late(id, side, &headers);
                self.live(id, side).got[side].1 = fin;
            }
            Event::Subresource { stream: id, headers, .. } => self.late(id, side, &headers),
            Event::Settings(_) => {}
            Event::Aborted { stream: id, cause, .. } => {
                let is_closed = self.version == SM && self.sides[side].closed;
                let stream = self.live(id, side);
                stream.dead[side] = true;
                stream.retryable = cause.is_retryable();
                // A Close ends every stream.
                stream.cancelled |= is_closed;
                assert!(stream.retryable || stream.cancelled, "{id}: {cause}");
                assert!(!stream.retryable || stream.opener == side);
            }
            Event::GoAway { .. } => {
                self.sides[side].going_away = true;
                self.sides[side].closed |= self.version == SM;
            }
            Event::Pong(id) => assert!(self.sides[side].pings.remove(&id)),
            other => panic!("{other:?}"),
        }
    }

    /// Headers or an announcement behind the beginning of a stream.
    fn late(&mut self, id: StreamId, side: usize, headers: &Headers) {
        let stream = self.live(id, side);
        let (behind, sent) = &stream.late[1 - side][stream.late_seen[side]];
        assert_eq!(headers, sent, "{id}");
        // Data that stood before them is taken back when its stream is torn down; they are not.
        let (got, ended) = (stream.got[side].0.len(), stream.got[side].1);
        assert!(got == *behind || (stream.cancelled && got < *behind), "{id}");
        assert!(!ended, "{id} is over");
        stream.late_seen[side] += 1;
    }

    fn live(&mut self, id: StreamId, side: usize) -> &mut Stream {
        let stream = self.streams.get_mut(&id).unwrap();
        assert!(stream.is_live(side), "an event of {id}, which is not live");
        stream
    }

    /// Moves bytes until there are none, with windows open and all that was read released.
    fn settle(&mut self) {
        if self.has_windows() {
            for side in [CLIENT, SERVER] {
                let window = Settings::from([(SettingId::INITIAL_WINDOW_SIZE, 65_536)]);
                self.send_settings(side, window);
            }
        }
        loop {
            self.flush();
            let mut is_over = true;
            for side in [CLIENT, SERVER] {
                let ids: Vec<_> = self.streams.keys().copied().collect();
                for id in ids {
                    is_over &= !self.attend(side, id);
                }
            }
            if is_over {
                return;
            }
        }
    }

    /// Does what a stream waits for; says whether there was anything.
    fn attend(&mut self, side: usize, id: StreamId) -> bool {
        let stream = self.streams.get_mut(&id).unwrap();
        let over = self.sides[side].is_over();
        let awaits_reply = self.credit == Credit::Kubernetes && stream.may_reply(side) && !over;
        if awaits_reply {
            self.sides[side].session.reply(id, (), false).unwrap();
            stream.reply = Some(Headers::new());
        }
        let unreleased = stream.got[side].0.len() - stream.released[side];
        self.release(side, id, unreleased);
        awaits_reply || unreleased > 0
    }

    fn flush(&mut self) {
        let moves = |side: &Side| side.session.wants_write() || !side.wire.is_empty();
        while self.sides.iter().any(moves) {
            for side in [CLIENT, SERVER] {
                self.write(side, usize::MAX);
                self.read(1 - side, usize::MAX);
            }
        }
    }

    /// Everything has arrived, save what was torn down or never accepted.
    fn assert_settled(&self) {
        for (id, stream) in &self.streams {
            let seen = stream.known[1 - stream.opener];
            if stream.retryable {
                assert!(!seen || stream.refused, "{id} was seen, and may be sent again");
            } else if !seen && stream.is_complete(stream.opener) {
                // Not accepted either, but its opener had finished with it before it heard.
            } else if !stream.cancelled && !self.is_cut_short() {
                assert_eq!((stream.known, stream.dead), ([true; 2], [false; 2]), "{id}");
                assert_eq!(stream.reply_seen, stream.reply.is_some(), "{id}");
                for side in [CLIENT, SERVER] {
                    let (sent, got) = (&stream.sent[side], &stream.got[1 - side]);
                    assert!(sent == got, "{id}: {} of {} bytes", got.0.len(), sent.0.len());
                    assert_eq!(stream.late[side].len(), stream.late_seen[1 - side], "{id}");
                }
            }
        }
        for side in [CLIENT, SERVER] {
            let (this, other) = (&self.sides[side], &self.sides[1 - side]);
            if !other.is_over() {
                // The other one reads all, gives back all, and says what is waited for.
                assert!(this.session.queued() == 0 && !this.session.wants_write());
                assert_eq!(this.session.is_done(), this.is_over());
                assert!(this.pings.is_empty() || this.is_over());
            }
        }
        if !self.is_cut_short() {
            self.windows.assert_at_rest(|side, id| {
                let stream = &self.streams[&id];
                stream.is_live(side) && !stream.got[side].1
            });
        }
    }

    /// The windows are as wide as the other side has made them, whatever was torn down: a new stream
    /// uses them to the last byte.
    fn probe(&mut self, side: usize) {
        const LEN: u64 = 300_000;
        let one_way = self.is_draft_1() && side == SERVER;
        let session = &mut self.sides[side].session;
        let Ok(id) = session.open(Open::new(()).unidirectional(one_way)) else {
            return;
        };
        session.send_data(id, vec![0; LEN as usize], true).unwrap();
        let (before, allowed) = (self.windows.sent(side), self.windows.allowance(side));
        while self.sides[side].session.wants_write() {
            self.write(side, usize::MAX);
        }
        let is_held = self.credit == Credit::Kubernetes && !one_way;
        let expected = if is_held { 0 } else { allowed.min(LEN) };
        assert!(self.is_cut_short() || self.windows.sent(side) - before == expected);
        // Where all of it left the stream may be over.
        self.sides[side].session.fin_stream(id, Status::CANCEL).unwrap();
    }

    /// Both sides end, and tell the end of every stream that was not over.
    fn tear_down(mut self) {
        for side in [CLIENT, SERVER] {
            self.end(side);
            while self.sides[side].session.wants_write() {
                self.write(side, usize::MAX);
            }
            assert!(self.sides[side].session.is_done());
        }
    }
}
