//! Two joined sessions against a model of what each side was told: random calls, and a transport
//! that moves any number of bytes at a time. What is sent arrives whole, in order and once.

#[path = "common/strategies.rs"]
mod strategies;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Buf;
use proptest::collection::vec;
use proptest::prelude::*;
use spdy::{
    Abort, Compression, Config, Event, GoAwayStatus, Headers, Open, PingId, Priority, Role,
    Session, Status, StreamId, Version,
};
use strategies::{config, headers};

/// What one side does next. A stream is picked from all that there have been.
#[derive(Clone, Debug)]
enum Op {
    Open {
        priority: u8,
        fin: bool,
        headers: Headers,
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
    Cancel {
        pick: usize,
    },
    Ping,
    GoAway,
    /// Moves at most so many bytes to the transport.
    Write(usize),
    /// Reads at most so many bytes of the peer's from it.
    Read(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let pick = 0..1000usize;
    let bytes = prop_oneof![3 => 0..40usize, 2 => 0..1000usize, 1 => 0..100_000usize];
    let len = prop_oneof![3 => 0..100usize, 1 => 0..40_000usize];
    let fin = || prop::bool::weighted(0.3);
    prop_oneof![
        10 => (0..4u8, fin(), headers())
            .prop_map(|(priority, fin, headers)| Op::Open { priority, fin, headers }),
        10 => (pick.clone(), fin(), headers())
            .prop_map(|(pick, fin, headers)| Op::Reply { pick, fin, headers }),
        20 => (pick.clone(), len, fin()).prop_map(|(pick, len, fin)| Op::Send { pick, len, fin }),
        2 => pick.prop_map(|pick| Op::Cancel { pick }),
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
    /// A side has torn it down, so that not all may arrive.
    cancelled: bool,
    /// The peer has not accepted it.
    retryable: bool,
}

impl Stream {
    fn is_push(&self) -> bool {
        self.opener == SERVER
    }

    fn is_live(&self, side: usize) -> bool {
        self.known[side] && !self.dead[side]
    }

    fn may_reply(&self, side: usize) -> bool {
        self.is_live(side) && self.opener != side && !self.is_push() && self.reply.is_none()
    }

    fn may_send(&self, side: usize) -> bool {
        let may_begin = self.opener == side || (self.reply.is_some() && !self.is_push());
        self.is_live(side) && may_begin && !self.sent[side].1
    }

    /// Both halves are over, as the side sees it, once all that it has queued has left.
    fn is_complete(&self, side: usize) -> bool {
        let one_way = |half: usize| self.is_push() && self.opener != half;
        (self.sent[side].1 || one_way(side)) && (self.got[side].1 || one_way(1 - side))
    }
}

struct World {
    sides: [Side; 2],
    streams: BTreeMap<StreamId, Stream>,
    /// The next byte of data: all bytes differ from their neighbours'.
    counter: u8,
    version: Version,
}

impl World {
    fn new(
        version: Version,
        compression: Compression,
        max_streams: u32,
        max_data_frame: usize,
    ) -> Self {
        let config = Config::default()
            .compression(compression)
            .max_streams(max_streams)
            .max_data_frame(max_data_frame)
            .push(true);
        let side = |role| Side {
            session: Session::new(version, role, config),
            wire: Vec::new(),
            pings: BTreeSet::new(),
            going_away: false,
        };
        let sides = [side(Role::Client), side(Role::Server)];
        Self { sides, streams: BTreeMap::new(), counter: 0, version }
    }

    /// A list as the version can carry it: names are visible ASCII from SPDY/2 on, and values have no
    /// control characters.
    fn list(&self, headers: Headers) -> Headers {
        if self.version == Version::Draft1 {
            return headers;
        }
        let name = |name: &str| name.replace(|c: char| !c.is_ascii_graphic(), "-");
        let byte =
            |byte: &u8| if *byte == 0 || (*byte >= 0x20 && *byte != 0x7F) { *byte } else { b'.' };
        let value = |value: &[u8]| value.iter().map(byte).collect::<Vec<_>>();
        headers.iter().map(|(n, v)| (name(n), value(v))).collect()
    }

    fn pick(&mut self, pick: usize) -> Option<StreamId> {
        let len = self.streams.len().max(1);
        self.streams.keys().nth(pick % len).copied()
    }

    /// Does what the model says is possible, and sees that the rest is refused.
    fn apply(&mut self, side: usize, op: Op) {
        match op {
            Op::Open { priority, fin, headers } => {
                let headers = self.list(headers);
                self.open(side, Priority::new(priority), fin, headers)
            }
            Op::Reply { pick, fin, headers } => {
                let Some(id) = self.pick(pick) else { return };
                let headers = self.list(headers);
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

    fn open(&mut self, side: usize, priority: Priority, fin: bool, headers: Headers) {
        // What every stream of a server is in Draft 1.
        let one_way = side == SERVER;
        let open = Open::new(headers.clone()).priority(priority).fin(fin).unidirectional(one_way);
        let Side { session, going_away, .. } = &mut self.sides[side];
        let result = session.open(open);
        assert_eq!(result.is_err(), *going_away, "{result:?}");
        let Ok(id) = result else { return };
        let mut stream = Stream {
            opener: side,
            headers,
            priority,
            reply: None,
            reply_seen: false,
            known: [side == CLIENT, side == SERVER],
            dead: [false; 2],
            sent: Default::default(),
            got: Default::default(),
            cancelled: false,
            retryable: false,
        };
        stream.sent[side].1 = fin;
        assert!(self.streams.insert(id, stream).is_none(), "{id} again");
    }

    fn write(&mut self, side: usize, mut len: usize) {
        let Side { session, wire, .. } = &mut self.sides[side];
        let mut output = session.output();
        while len > 0 && output.has_remaining() {
            let count = output.chunk().len().min(len);
            wire.extend_from_slice(&output.chunk()[..count]);
            output.advance(count);
            len -= count;
        }
    }

    fn read(&mut self, side: usize, len: usize) {
        let wire = &mut self.sides[1 - side].wire;
        let input: Vec<u8> = wire.drain(..len.min(wire.len())).collect();
        let mut input = &input[..];
        while let Some(event) = self.sides[side].session.next_event(&mut input).unwrap() {
            self.on_event(side, event);
        }
        assert!(input.is_empty());
    }

    fn on_event(&mut self, side: usize, event: Event) {
        match event {
            Event::SynStream { stream: id, priority, headers, fin, .. } => {
                let stream = self.streams.get_mut(&id).unwrap();
                assert!(!stream.known[side]);
                assert_eq!((&headers, priority), (&stream.headers, stream.priority), "{id}");
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

    /// Moves bytes until there are none.
    fn settle(&mut self) {
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
            } else if !seen && stream.is_push() && stream.is_complete(stream.opener) {
                // Not accepted either, but the server had finished with it before it heard.
            } else if !stream.cancelled {
                assert_eq!((stream.known, stream.dead), ([true; 2], [false; 2]), "{id}");
                assert_eq!(stream.reply_seen, stream.reply.is_some(), "{id}");
                for side in [CLIENT, SERVER] {
                    let (sent, got) = (&stream.sent[side], &stream.got[1 - side]);
                    assert!(sent == got, "{id}: {} of {} bytes", got.0.len(), sent.0.len());
                }
            }
        }
        for side in &self.sides {
            assert!(side.pings.is_empty() && side.session.queued() == 0);
        }
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

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_sent_arrives(
        ops in vec((side(), op()), 0..120),
        compressed in any::<bool>(),
        version in prop::sample::select(&Version::ALL[..]),
        max_streams in prop_oneof![Just(3u32), Just(100u32)],
        max_data_frame in prop_oneof![Just(100usize), Just(16 * 1024usize)],
    ) {
        let compression = if compressed { Compression::On } else { Compression::Off };
        let mut world = World::new(version, compression, max_streams, max_data_frame);
        for (side, op) in ops {
            world.apply(side, op);
        }
        world.settle();
        world.assert_settled();
        world.tear_down();
    }
}
