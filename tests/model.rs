//! Two joined sessions against a model of what each side was told: random calls, and a transport
//! that moves any number of bytes at a time. What is sent arrives whole, in order and once; and an
//! account of the frames on the wire holds it against the windows.

#[path = "common/strategies.rs"]
mod strategies;
#[path = "common/windows.rs"]
mod windows;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Buf;
use proptest::collection::vec;
use proptest::prelude::*;
use spdy::{
    Abort, Compression, Config, Event, GoAwayStatus, Headers, Open, PingId, Priority, Role,
    SendError, Session, SettingId, Status, StreamId, Version,
};
use strategies::{config, has_windows, headers, version};
use windows::Windows;

/// What one side does next. A stream is picked from all that there have been.
#[derive(Clone, Debug)]
enum Op {
    Open {
        priority: u8,
        fin: bool,
        headers: Headers,
        one_way: bool,
        associated: Option<usize>,
    },
    Reply {
        pick: usize,
        fin: bool,
        headers: Headers,
    },
    Send {
        pick: usize,
        len: usize,
        fin: bool,
    },
    Headers {
        pick: usize,
        fin: bool,
        headers: Headers,
    },
    Cancel {
        pick: usize,
    },
    /// Announces a size of the windows of all streams.
    Window(u32),
    /// Makes the session's window larger.
    Grow(u32),
    Release {
        pick: usize,
        len: usize,
    },
    Ping,
    GoAway,
    /// Moves at most so many bytes to the transport.
    Write(usize),
    /// Reads at most so many bytes of the peer's from it.
    Read(usize),
}

fn op(version: Version) -> impl Strategy<Value = Op> {
    let pick = 0..1000usize;
    let bytes = prop_oneof![3 => 0..40usize, 2 => 0..1000usize, 1 => 0..100_000usize];
    let len = prop_oneof![6 => 0..100usize, 2 => 0..40_000usize, 1 => 0..200_000usize];
    let size = prop_oneof![1 => Just(0), 2 => 0..100u32, 1 => 0..70_000u32, 1 => 0..200_000u32];
    let fin = || prop::bool::weighted(0.3);
    let levels = if has_windows(version) { 8 } else { 4 };
    let associated = prop::option::weighted(0.2, pick.clone());
    prop_oneof![
        10 => (0..levels as u8, fin(), headers(version), fin(), associated)
            .prop_map(|(priority, fin, headers, one_way, associated)| {
                Op::Open { priority, fin, headers, one_way, associated }
            }),
        10 => (pick.clone(), fin(), headers(version))
            .prop_map(|(pick, fin, headers)| Op::Reply { pick, fin, headers }),
        20 => (pick.clone(), len.clone(), fin())
            .prop_map(|(pick, len, fin)| Op::Send { pick, len, fin }),
        5 => (pick.clone(), fin(), headers(version))
            .prop_map(|(pick, fin, headers)| Op::Headers { pick, fin, headers }),
        4 => pick.clone().prop_map(|pick| Op::Cancel { pick }),
        4 => size.clone().prop_map(Op::Window),
        1 => size.prop_map(Op::Grow),
        8 => (pick, len).prop_map(|(pick, len)| Op::Release { pick, len }),
        2 => Just(Op::Ping),
        1 => Just(Op::GoAway),
        20 => bytes.clone().prop_map(Op::Write),
        20 => bytes.prop_map(Op::Read),
    ]
}

fn side() -> impl Strategy<Value = usize> {
    prop_oneof![2 => Just(CLIENT), 1 => Just(SERVER)]
}

const CLIENT: usize = 0;
const SERVER: usize = 1;

/// One side of the connection.
struct Side {
    session: Session,
    /// What it has written and the other side has not read.
    wire: Vec<u8>,
    pings: BTreeSet<PingId>,
    going_away: bool,
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
    /// The headers that the side has sent, each behind so many bytes, and how many it has got.
    late: [Vec<(usize, Headers)>; 2],
    late_seen: [usize; 2],
    /// How much of what it has got the side has released.
    released: [usize; 2],
    /// A side has torn it down, so that not all may arrive.
    cancelled: bool,
    /// The peer has not accepted it.
    retryable: bool,
}

impl Stream {
    fn is_live(&self, side: usize) -> bool {
        self.known[side] && !self.dead[side]
    }

    fn may_reply(&self, side: usize) -> bool {
        self.is_live(side) && self.opener != side && !self.one_way && self.reply.is_none()
    }

    fn may_send(&self, side: usize) -> bool {
        let may_begin = self.opener == side || (self.reply.is_some() && !self.one_way);
        self.is_live(side) && may_begin && !self.sent[side].1
    }

    /// Both halves are over, as the side sees it, once all that it has queued has left.
    fn is_complete(&self, side: usize) -> bool {
        let one_way = |half: usize| self.one_way && self.opener != half;
        (self.sent[side].1 || one_way(side)) && (self.got[side].1 || one_way(1 - side))
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

fn credit() -> impl Strategy<Value = Credit> {
    prop_oneof![
        3 => any::<[bool; 2]>().prop_map(|is_manual| Credit::ByText { is_manual }),
        1 => Just(Credit::Kubernetes),
    ]
}

struct World {
    version: Version,
    credit: Credit,
    sides: [Side; 2],
    streams: BTreeMap<StreamId, Stream>,
    windows: Windows,
    /// The next byte of data: all bytes differ from their neighbours'.
    counter: u8,
}

impl World {
    fn new(
        version: Version,
        credit: Credit,
        compression: Compression,
        max_streams: u32,
        max_data_frame: usize,
    ) -> Self {
        let side = |role, at: usize| {
            let config = match credit {
                Credit::ByText { is_manual } => Config::default().manual_credit(is_manual[at]),
                Credit::Kubernetes => Config::kubernetes(),
            };
            let config = config
                .compression(compression)
                .max_streams(max_streams)
                .max_data_frame(max_data_frame)
                .push(true);
            let session = Session::new(version, role, config);
            Side { session, wire: Vec::new(), pings: BTreeSet::new(), going_away: false }
        };
        let sides = [side(Role::Client, CLIENT), side(Role::Server, SERVER)];
        let windows = Windows::new(version, credit != Credit::Kubernetes);
        Self { version, credit, sides, streams: BTreeMap::new(), windows, counter: 0 }
    }

    fn pick(&mut self, pick: usize) -> Option<StreamId> {
        let len = self.streams.len().max(1);
        self.streams.keys().nth(pick % len).copied()
    }

    /// Does what the model says is possible, and sees that the rest is refused.
    fn apply(&mut self, side: usize, op: Op) {
        match op {
            Op::Open { priority, fin, headers, one_way, associated } => {
                let open = Open::new(headers).priority(Priority::new(priority)).fin(fin);
                self.open(side, open, Priority::new(priority), fin, one_way, associated)
            }
            Op::Reply { pick, fin, headers } => {
                let Some(id) = self.pick(pick) else { return };
                let stream = self.streams.get_mut(&id).unwrap();
                let result = self.sides[side].session.reply(id, headers.clone(), fin);
                assert_eq!(result.is_ok(), stream.may_reply(side), "{id} {result:?}");
                if result.is_ok() {
                    stream.reply = Some(headers);
                    stream.sent[side].1 = fin;
                }
            }
            Op::Send { pick, len, fin } => {
                let Some(id) = self.pick(pick) else { return };
                let stream = self.streams.get_mut(&id).unwrap();
                let data: Vec<u8> =
                    (0..len).map(|at| (at as u8).wrapping_add(self.counter)).collect();
                self.counter = self.counter.wrapping_add(len as u8).wrapping_add(1);
                let result = self.sides[side].session.send_data(id, data.clone(), fin);
                assert_eq!(result.is_ok(), stream.may_send(side), "{id} {result:?}");
                if result.is_ok() {
                    stream.sent[side].0.extend(data);
                    stream.sent[side].1 = fin;
                }
            }
            Op::Headers { pick, fin, headers } => {
                let Some(id) = self.pick(pick) else { return };
                let stream = self.streams.get_mut(&id).unwrap();
                let result = self.sides[side].session.send_headers(id, headers.clone(), fin);
                if self.version == Version::Draft1 {
                    return assert_eq!(result, Err(SendError::NotInVersion));
                }
                assert_eq!(result.is_ok(), stream.may_send(side), "{id} {result:?}");
                if result.is_ok() {
                    let behind = stream.sent[side].0.len();
                    stream.late[side].push((behind, headers));
                    stream.sent[side].1 = fin;
                }
            }
            Op::Window(size) if has_windows(self.version) => {
                let settings = [(SettingId::INITIAL_WINDOW_SIZE, size)];
                self.sides[side].session.send_settings(settings).unwrap();
            }
            Op::Grow(bytes) if self.version == Version::Spdy3_1 => {
                self.sides[side].session.grow_session_window(bytes).unwrap();
                self.windows.add(side, bytes);
            }
            Op::Window(_) | Op::Grow(_) => {}
            Op::Release { pick, len } => {
                let Some(id) = self.pick(pick) else { return };
                self.release(side, id, len);
            }
            Op::Cancel { pick } => {
                let Some(id) = self.pick(pick) else { return };
                let stream = self.streams.get_mut(&id).unwrap();
                let result = self.sides[side].session.fin_stream(id, Status::CANCEL);
                // Of a stream that was dropped unseen it may say either.
                assert!(result.is_ok() || !stream.known[side], "{id} {result:?}");
                if stream.is_live(side) {
                    stream.dead[side] = true;
                    stream.cancelled = true;
                }
            }
            Op::Ping => {
                let side = &mut self.sides[side];
                let result = side.session.ping();
                assert_eq!(result.is_ok(), side.pings.len() < 64);
                side.pings.extend(result);
            }
            Op::GoAway => {
                self.sides[side].session.go_away(GoAwayStatus::OK);
                self.sides[side].going_away = true;
            }
            Op::Write(len) => self.write(side, len),
            Op::Read(len) => self.read(side, len),
        }
    }

    fn open(
        &mut self,
        side: usize,
        open: Open,
        priority: Priority,
        fin: bool,
        one_way: bool,
        associated: Option<usize>,
    ) {
        let is_draft_1 = self.version == Version::Draft1;
        // What every stream of a server is in Draft 1, which has no associations on the wire.
        let one_way = if is_draft_1 { side == SERVER } else { one_way };
        let associated = associated.filter(|_| !is_draft_1).and_then(|pick| self.pick(pick));
        // One that is over in the model may have a FIN in its queue still.
        let is_open = |id| {
            let stream: &Stream = &self.streams[&id];
            stream.is_live(side) && !stream.is_complete(side)
        };
        let must_open = associated.is_none_or(is_open);
        let headers = open.headers().clone();
        let open = open.unidirectional(one_way);
        let open = associated.into_iter().fold(open, Open::associated);
        let Side { session, going_away, .. } = &mut self.sides[side];
        let result = session.open(open);
        let Ok(id) = result else {
            return assert!(*going_away || !must_open, "{result:?}");
        };
        assert!(!*going_away, "{id} is open after GOAWAY");
        let mut stream = Stream {
            opener: side,
            one_way,
            associated,
            headers,
            priority,
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
        };
        stream.sent[side].1 = fin;
        assert!(self.streams.insert(id, stream).is_none(), "{id} again");
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
        self.windows.read(side, &input);
        let mut input = &input[..];
        while let Some(event) = self.sides[side].session.next_event(&mut input).unwrap() {
            self.on_event(side, event);
        }
        assert!(input.is_empty());
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
                let stream = self.live(id, side);
                let next = stream.late_seen[side];
                let (behind, sent) = &stream.late[1 - side][next];
                assert_eq!(&headers, sent, "{id}");
                // Data that stood before them is taken back when its stream is torn down; they are not.
                let got = stream.got[side].0.len();
                assert!(got == *behind || (stream.cancelled && got < *behind), "{id}");
                stream.late_seen[side] += 1;
                assert!(!stream.got[side].1);
                stream.got[side].1 = fin;
            }
            Event::Settings(_) => {}
            Event::Aborted { stream: id, cause, .. } => {
                let stream = self.live(id, side);
                stream.dead[side] = true;
                stream.retryable = cause.is_retryable();
                assert!(stream.retryable || stream.cancelled, "{id}: {cause}");
                assert!(!stream.retryable || stream.opener == side);
            }
            Event::GoAway { .. } => self.sides[side].going_away = true,
            Event::Pong(id) => assert!(self.sides[side].pings.remove(&id)),
            other => panic!("{other:?}"),
        }
    }

    fn live(&mut self, id: StreamId, side: usize) -> &mut Stream {
        let stream = self.streams.get_mut(&id).unwrap();
        assert!(stream.is_live(side), "an event of {id}, which is not live");
        stream
    }

    /// Moves bytes until there are none, with windows open and all that was read released.
    fn settle(&mut self) {
        if has_windows(self.version) {
            for side in [CLIENT, SERVER] {
                self.apply(side, Op::Window(65_536));
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
        let awaits_reply = self.credit == Credit::Kubernetes && stream.may_reply(side);
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
                assert!(!seen, "{id} was seen, and may be sent again");
            } else if !seen && stream.is_complete(stream.opener) {
                // Not accepted either, but its opener had finished with it before it heard.
            } else if !stream.cancelled {
                assert_eq!((stream.known, stream.dead), ([true; 2], [false; 2]), "{id}");
                assert_eq!(stream.reply_seen, stream.reply.is_some(), "{id}");
                for side in [CLIENT, SERVER] {
                    let (sent, got) = (&stream.sent[side], &stream.got[1 - side]);
                    assert!(sent == got, "{id}: {} of {} bytes", got.0.len(), sent.0.len());
                    assert_eq!(stream.late[side].len(), stream.late_seen[1 - side], "{id}");
                }
            }
        }
        for side in &self.sides {
            assert!(side.pings.is_empty() && side.session.queued() == 0);
        }
        self.windows.assert_at_rest(|side, id| {
            let stream = &self.streams[&id];
            stream.is_live(side) && !stream.got[side].1
        });
    }

    /// The windows are as wide as the other side has made them, whatever was torn down: a new stream
    /// uses them to the last byte.
    fn probe(&mut self, side: usize) {
        const LEN: u64 = 300_000;
        let one_way = self.version == Version::Draft1 && side == SERVER;
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
        assert_eq!(self.windows.sent(side) - before, expected);
        // Where all of it left the stream may be over.
        self.sides[side].session.fin_stream(id, Status::CANCEL).unwrap();
    }

    /// Both sides end, and tell the end of every stream that was not over.
    fn tear_down(mut self) {
        for at in [CLIENT, SERVER] {
            let session = &mut self.sides[at].session;
            session.end_of_input();
            assert!(session.is_done());
            let mut ended = BTreeSet::new();
            while let Some(event) = session.next_event(&mut &[][..]).unwrap() {
                let Event::Aborted { stream, cause: Abort::Teardown, .. } = event else {
                    panic!("{event:?}");
                };
                assert!(ended.insert(stream), "{stream} ends twice");
            }
            let open = self
                .streams
                .iter()
                .filter(|(_, stream)| stream.is_live(at) && !stream.is_complete(at));
            assert_eq!(ended, open.map(|(id, _)| *id).collect());
        }
    }
}

fn conversation() -> impl Strategy<Value = (Version, Vec<(usize, Op)>)> {
    // Most can go wrong in the last one.
    let version = prop_oneof![2 => version(), 1 => Just(Version::Spdy3_1)];
    version.prop_flat_map(|version| (Just(version), vec((side(), op(version)), 0..120)))
}

proptest! {
    #![proptest_config(config())]

    // S3-081, S3-082, S3-086, S3-087, S31-003, S31-004, S31-006, S31-A04
    #[test]
    fn what_is_sent_arrives(
        (version, ops) in conversation(),
        credit in credit(),
        compressed in any::<bool>(),
        max_streams in prop_oneof![Just(3u32), Just(100u32)],
        max_data_frame in prop_oneof![Just(100usize), Just(16 * 1024usize)],
    ) {
        let compression = if compressed { Compression::On } else { Compression::Off };
        let mut world = World::new(version, credit, compression, max_streams, max_data_frame);
        for (side, op) in ops {
            world.apply(side, op);
        }
        world.settle();
        world.assert_settled();
        world.probe(CLIENT);
        world.probe(SERVER);
        world.tear_down();
    }
}
