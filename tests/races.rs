//! Two ends that act at the same time: GOAWAY, close, reset and half-close against what is still on
//! its way. Whatever the order, no byte of a stream that ended well is lost, nothing hangs, and each
//! stream has one end.

#[path = "common/carrier.rs"]
mod carrier;
mod common;
#[path = "common/strategies.rs"]
mod strategies;

use std::collections::BTreeMap;

use bytes::Buf;
use carrier::SM;
use common::*;
use proptest::prelude::*;
use spdy::frame::{Frame, GoAway};
use spdy::{Abort, Config, Event, GoAwayStatus, Open, Role, Session, Status, StreamId, Version};

const CLIENT: usize = 0;
const SERVER: usize = 1;
const SIDES: [usize; 2] = [CLIENT, SERVER];

/// More than any window, so that a part of it is blocked where there are windows.
const LONG: usize = 100_000;

/// What one end was told of a stream.
#[derive(Debug, Default)]
struct Told {
    bytes: usize,
    fins: usize,
    aborts: Vec<Abort>,
}

struct End {
    session: Session,
    /// Written, and not read by the other end.
    wire: Vec<u8>,
    told: BTreeMap<StreamId, Told>,
    /// It reads no more.
    is_deaf: bool,
}

struct Race {
    ends: [End; 2],
}

impl Race {
    fn of(version: Version) -> Self {
        Self::with(version, Config::default())
    }

    fn with(version: Version, config: Config) -> Self {
        let end = |role| End {
            session: carrier::session(version, role, config.push(true)),
            wire: Vec::new(),
            told: BTreeMap::new(),
            is_deaf: false,
        };
        Self { ends: [end(Role::Client), end(Role::Server)] }
    }

    fn session(&mut self, end: usize) -> &mut Session {
        &mut self.ends[end].session
    }

    /// Moves bytes to the transport, and tells whether there were any.
    fn write(&mut self, end: usize, count: usize) -> bool {
        let End { session, wire, .. } = &mut self.ends[end];
        let promised = session.wants_write();
        let mut output = session.output();
        assert_eq!(promised, output.has_remaining());
        let mut left = count;
        while left > 0 && output.has_remaining() {
            let len = output.chunk().len().min(left);
            wire.extend_from_slice(&output.chunk()[..len]);
            output.advance(len);
            left -= len;
        }
        left < count
    }

    /// Reads bytes of the other end's, and tells whether there were any.
    fn read(&mut self, end: usize, count: usize) -> bool {
        if self.ends[end].is_deaf {
            return false;
        }
        let wire = &mut self.ends[1 - end].wire;
        let input: Vec<u8> = wire.drain(..count.min(wire.len())).collect();
        self.feed(end, &input);
        !input.is_empty()
    }

    fn feed(&mut self, end: usize, mut input: &[u8]) {
        while let Some(event) = self.ends[end].session.next_event(&mut input).unwrap() {
            self.ends[end].on_event(event);
        }
    }

    /// One message of each end's arrives at the other.
    fn turn(&mut self) -> bool {
        let mut moved = false;
        for end in SIDES {
            moved |= self.write(end, usize::MAX);
            moved |= self.read(1 - end, usize::MAX);
        }
        moved
    }

    /// Until nothing moves; that must not take for ever.
    fn settle(&mut self) {
        for _ in 0..1_000 {
            if !self.turn() {
                return;
            }
        }
        panic!("it goes on and on");
    }

    fn told(&self, end: usize, stream: u32) -> &Told {
        static NOTHING: Told = Told { bytes: 0, fins: 0, aborts: Vec::new() };
        self.ends[end].told.get(&id(stream)).unwrap_or(&NOTHING)
    }

    /// The transport ends, and with it every stream that has not ended before.
    fn hang_up(&mut self) {
        for end in SIDES {
            self.session(end).end_of_input();
            self.feed(end, &[]);
            assert_eq!(self.session(end).open_streams(), 0);
        }
    }
}

impl End {
    fn on_event(&mut self, event: Event) {
        let (stream, len, fin) = match event {
            Event::SynStream { stream, fin, .. } => {
                assert!(self.told.insert(stream, Told::default()).is_none(), "{stream} again");
                (stream, 0, fin)
            }
            Event::SynReply { stream, fin, .. } | Event::Headers { stream, fin, .. } => {
                (stream, 0, fin)
            }
            Event::Data { stream, data, fin, .. } => (stream, data.len(), fin),
            Event::Aborted { stream, cause, .. } => {
                let told = self.told.entry(stream).or_default();
                assert!(told.aborts.is_empty(), "{stream} ends twice");
                return told.aborts.push(cause);
            }
            _ => return,
        };
        let told = self.told.entry(stream).or_default();
        assert!(told.fins == 0 && told.aborts.is_empty(), "something of {stream} behind its end");
        told.bytes += len;
        told.fins += usize::from(fin);
    }
}

/// What happens, one thing after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// An end does its part.
    Act(usize),
    Write(usize),
    Read(usize),
}

/// Every order of both acts and of moving bytes before and between them: of each end's nothing, to
/// the transport, or to the other end.
fn orders() -> Vec<Vec<Step>> {
    let moves = |far: usize| {
        let steps = |end, far| [Step::Write(end), Step::Read(1 - end)].into_iter().take(far);
        steps(CLIENT, far % 3).chain(steps(SERVER, far / 3))
    };
    let mut orders = Vec::new();
    for (first, second) in [(CLIENT, SERVER), (SERVER, CLIENT)] {
        for before in 0..9 {
            for between in 0..9 {
                let mut order: Vec<_> = moves(before).collect();
                order.push(Step::Act(first));
                order.extend(moves(between));
                order.push(Step::Act(second));
                orders.push(order);
            }
        }
    }
    orders
}

/// Where a GOAWAY ends no stream: in Speed+Mobility a Close ends all.
const WITH_GO_AWAY: &[Version] = &Version::ALL;
const EVERY: &[Version] = &[Version::Draft1, Version::Spdy2, Version::Spdy3, Version::Spdy3_1, SM];

/// Plays both acts in every order, in all these versions, each time from the start; `check` is given
/// the race when nothing moves any more.
fn race(
    versions: &[Version],
    start: impl Fn(Version) -> Race,
    acts: [&dyn Fn(&mut Session); 2],
    check: impl Fn(&mut Race, &str),
) {
    for &version in versions {
        for order in orders() {
            let mut race = start(version);
            for step in &order {
                match *step {
                    Step::Act(end) => acts[end](race.session(end)),
                    // Not all of what there is: 50,000 bytes end within a frame.
                    Step::Write(end) => drop(race.write(end, 50_000)),
                    Step::Read(end) => drop(race.read(end, 50_000)),
                }
            }
            race.settle();
            check(&mut race, &format!("{version}, {order:?}"));
            race.hang_up();
        }
    }
}

/// Stream 1 is open both ways.
fn open_stream(version: Version) -> Race {
    let mut race = Race::of(version);
    race.session(CLIENT).open(GET).unwrap();
    race.settle();
    race.session(SERVER).reply(id(1), OK, false).unwrap();
    race.settle();
    race
}

/// All that was sent has arrived, and nothing went wrong.
fn assert_whole(race: &Race, end: usize, stream: u32, bytes: usize, order: &str) {
    let told = race.told(end, stream);
    assert_eq!((told.bytes, told.fins), (bytes, 1), "{order}");
    assert!(told.aborts.is_empty(), "{told:?}: {order}");
}

// S2-055, S2-057, S3-055, S3-056, S3-058: GOAWAY against new streams.
#[test]
fn a_stream_that_crosses_a_go_away_is_served_whole_or_never_seen() {
    let open = |client: &mut Session| {
        for _ in 0..2 {
            // The client may know of the GOAWAY already.
            if let Ok(stream) = client.open(GET) {
                client.send_data(stream, vec![0; 1_000], true).unwrap();
            }
        }
    };
    let start = |version| {
        let mut race = open_stream(version);
        race.session(CLIENT).send_data(id(1), vec![0; 100], true).unwrap();
        race
    };
    race(
        WITH_GO_AWAY,
        start,
        [&open, &|server| server.go_away(GoAwayStatus::OK)],
        |race, order| {
            // The stream from before lives on.
            race.session(SERVER).send_data(id(1), "done", true).unwrap();
            race.settle();
            assert_whole(race, CLIENT, 1, 4, order);
            assert_whole(race, SERVER, 1, 100, order);
            for stream in [3, 5] {
                let was_seen = race.ends[SERVER].told.contains_key(&id(stream));
                if was_seen {
                    assert_whole(race, SERVER, stream, 1_000, order);
                    assert!(race.told(CLIENT, stream).aborts.is_empty(), "{order}");
                } else if let Some(told) = race.ends[CLIENT].told.get(&id(stream)) {
                    assert_eq!(told.aborts, [Abort::NotAccepted], "{order}");
                }
            }
            assert_eq!(race.session(SERVER).open_streams(), race.session(CLIENT).open_streams());
        },
    );
}

// close() is drain first, on both sides at any moment.
#[test]
fn close_loses_nothing_that_was_queued_or_blocked() {
    let close = |session: &mut Session| {
        let is_client = session.role() == Role::Client;
        let len = if is_client { LONG } else { 10 };
        session.send_data(id(1), vec![0; len], true).unwrap();
        if is_client {
            session.close();
        }
    };
    race(WITH_GO_AWAY, open_stream, [&close, &close], |race, order| {
        assert_whole(race, SERVER, 1, LONG, order);
        assert_whole(race, CLIENT, 1, 10, order);
        assert!(race.session(CLIENT).is_done(), "{order}");
        race.session(SERVER).close();
        race.settle();
        assert!(race.session(SERVER).is_done(), "{order}");
    });
}

// GOAWAY is the last frame, behind the whole response, so that who stops reading there misses nothing.
#[test]
fn nothing_is_missed_by_a_peer_that_stops_reading_at_the_go_away() {
    for version in Version::ALL {
        let mut race = open_stream(version);
        race.session(SERVER).send_data(id(1), vec![0; LONG], true).unwrap();
        race.session(SERVER).close();
        for _ in 0..1_000 {
            race.write(SERVER, 7_000);
            race.read(CLIENT, 7_000);
            race.write(CLIENT, 7_000);
            race.read(SERVER, 7_000);
        }
        assert_whole(&race, CLIENT, 1, LONG, "");
        assert!(race.session(SERVER).is_done());
    }
}

// A reset against the end of the other half: the end that resets is told nothing more.
#[test]
fn a_reset_and_a_half_close_cross() {
    let finish = |session: &mut Session| {
        // It may have heard of the reset.
        drop(session.send_data(id(1), vec![0; LONG], true));
    };
    let reset = |session: &mut Session| session.fin_stream(id(1), Status::CANCEL).unwrap();
    race(EVERY, open_stream, [&finish, &reset], |race, order| {
        // The server has not finished, so that the client is told of the reset always.
        let told = race.told(CLIENT, 1);
        assert!(matches!(told.aborts[..], [Abort::Peer(_)]), "{told:?}: {order}");
        assert!(race.told(SERVER, 1).aborts.is_empty(), "{order}");
        assert_eq!(race.session(SERVER).open_streams(), 0);
        assert_eq!(race.session(CLIENT).queued(), 0, "{order}");
        assert_next_stream_works(race, order);
    });
    race(EVERY, open_stream, [&reset, &finish], |race, order| {
        assert!(race.told(CLIENT, 1).aborts.is_empty(), "{order}");
        let told = race.told(SERVER, 1);
        assert!(matches!(told.aborts[..], [Abort::Peer(_)]), "{told:?}: {order}");
        assert_next_stream_works(race, order);
    });
    race(EVERY, open_stream, [&reset, &reset], |race, order| {
        // Who resets is told nothing; who heard of it first was told so and reset nothing.
        let aborts: usize = SIDES.iter().map(|&end| race.told(end, 1).aborts.len()).sum();
        assert!(aborts <= 1, "{order}");
        assert_next_stream_works(race, order);
    });
}

/// Whatever became of stream 1, the session's windows are whole: another stream carries more than
/// they hold, both ways.
fn assert_next_stream_works(race: &mut Race, order: &str) {
    race.session(CLIENT).open(GET).unwrap();
    race.settle();
    race.session(SERVER).reply(id(3), OK, false).unwrap();
    for end in SIDES {
        race.session(end).send_data(id(3), vec![0; LONG], true).unwrap();
    }
    race.settle();
    for end in SIDES {
        assert_whole(race, end, 3, LONG, order);
    }
}

// A reset of a stream whose data nobody read.
#[test]
fn a_reset_frees_what_its_unread_data_holds() {
    let version = Version::Spdy3_1;
    let mut race = Race::with(version, Config::default().manual_credit(true));
    for (stream, len) in [(1, LONG), (3, 1_000)] {
        race.session(CLIENT).open(GET).unwrap();
        race.session(CLIENT).send_data(id(stream), vec![0; len], true).unwrap();
        race.settle();
    }
    // Stream 1 has taken the whole window of the session.
    assert_eq!((race.told(SERVER, 1).bytes, race.told(SERVER, 3).bytes), (65_536, 0));
    race.session(SERVER).fin_stream(id(1), Status::CANCEL).unwrap();
    race.settle();
    assert_eq!(race.told(CLIENT, 1).aborts, [Abort::Peer(Status::CANCEL)]);
    assert_whole(&race, SERVER, 3, 1_000, "");
}

// Data that is not read holds up neither PING nor GOAWAY nor close.
#[test]
fn unread_data_holds_up_no_close() {
    for version in [Version::Spdy3, Version::Spdy3_1] {
        let mut race = Race::with(version, Config::default().manual_credit(true));
        race.session(CLIENT).open(GET).unwrap();
        race.session(CLIENT).send_data(id(1), vec![0; LONG], true).unwrap();
        race.settle();
        assert_eq!(race.told(SERVER, 1).bytes, 65_536);
        race.session(SERVER).close();
        race.settle();
        assert!(race.session(SERVER).is_done());
        // The client waits for a window that nobody opens: a reset, or the end of the transport, ends that.
        race.session(CLIENT).close();
        race.settle();
        assert!(!race.session(CLIENT).is_done());
        race.session(CLIENT).fin_stream(id(1), Status::CANCEL).unwrap();
        race.settle();
        assert!(race.session(CLIENT).is_done());
        race.hang_up();
        assert!(race.told(CLIENT, 1).aborts.is_empty(), "it was the client's own reset");
        assert_eq!(race.told(SERVER, 1).aborts, [Abort::Peer(Status::CANCEL)]);
    }
}

// A peer that reads no more: what is queued waits, and the driver's end of the transport ends it.
#[test]
fn a_peer_that_stops_reading_costs_no_call_and_each_stream_one_end() {
    for version in Version::ALL {
        for it_says_go_away in [false, true] {
            let mut race = open_stream(version);
            if it_says_go_away {
                race.session(SERVER).close();
                race.settle();
            }
            race.ends[SERVER].is_deaf = true;
            let client = race.session(CLIENT);
            client.send_data(id(1), vec![0; LONG], true).unwrap();
            client.ping().unwrap();
            assert_eq!(client.open(GET).is_err(), it_says_go_away);
            race.settle();
            client_is_interrupted(&mut race, it_says_go_away);
        }
    }
}

fn client_is_interrupted(race: &mut Race, it_says_go_away: bool) {
    race.session(CLIENT).close();
    race.settle();
    race.hang_up();
    assert!(race.session(CLIENT).is_done());
    assert_eq!(race.told(CLIENT, 1).aborts, [Abort::Teardown]);
    let other = if it_says_go_away { &[][..] } else { &[Abort::Teardown][..] };
    assert_eq!(race.told(CLIENT, 3).aborts, other);
}

// S3-037: an end with an error of its own reads no more; its GOAWAY is what the other end gets.
#[test]
fn a_peer_with_an_error_of_its_own_ends_each_stream_once() {
    for version in Version::ALL {
        let mut race = open_stream(version);
        race.session(CLIENT).open(GET).unwrap();
        race.session(CLIENT).send_data(id(1), vec![0; LONG], true).unwrap();
        race.write(CLIENT, 30_000);
        // The server reads something that nobody sent.
        let garbage = data_bytes(0, 0, b"x");
        let (events, end) = feed_to_the_end(race.session(SERVER), &garbage);
        end.unwrap_err();
        assert_eq!(told(&events), ["Aborted 1 Teardown"]);
        race.ends[SERVER].is_deaf = true;
        race.settle();
        assert!(race.session(SERVER).is_done());
        // GOAWAY names stream 1: the server knows of that one alone.
        assert_eq!(race.told(CLIENT, 3).aborts, [Abort::NotAccepted]);
        assert!(race.told(CLIENT, 1).aborts.is_empty());
        race.session(CLIENT).end_of_input();
        race.feed(CLIENT, &[]);
        assert_eq!(race.told(CLIENT, 1).aborts, [Abort::Teardown]);
    }
}

// S3-A02, S2-008, S31-006: the Go library sends DATA behind its own RST_STREAM.
#[test]
fn data_behind_a_reset_costs_nobody_anything() {
    for version in Version::ALL {
        for config in [Config::default(), Config::kubernetes()] {
            let (mut client, mut peer) = (Session::client(version, config), Peer::of(version));
            for _ in 0..2 {
                client.open(GET).unwrap();
            }
            peer.hear(&mut client);
            for stream in [1, 3] {
                peer.say(&mut client, &reply(stream, false));
            }
            let events = told(&peer.say(&mut client, &fin_stream(1, Status::CANCEL)));
            assert_eq!(events, ["Aborted 1 Peer(Status(5))"]);
            for _ in 0..10 {
                assert!(peer.say(&mut client, &data(1, &[7; 30_000], false)).is_empty());
                let lines = peer.hear_text(&mut client);
                let credit = ["WINDOW_UPDATE stream=0 delta=30000"];
                let expected = if version == Version::Spdy3_1 { &credit[..] } else { &[] };
                assert_eq!(lines, expected);
            }
            // It leaves as that library does: GOAWAY with 0, whatever it served.
            let events = told(&peer.say(&mut client, &data(3, b"tail", true)));
            assert_eq!(events, ["Data 3 \"tail\" fin"]);
            let events = told(&peer.say(&mut client, &Frame::GoAway(GoAway::new(id(0)))));
            assert_eq!(events, ["GoAway 0", "Aborted 3 NotAccepted"]);
            assert_eq!(client.open_streams(), 0);
        }
    }
}

// A reset behind close() is what frees a session whose data nobody takes.
#[test]
fn close_and_then_reset_is_done_at_once() {
    for version in Version::ALL {
        let mut race = open_stream(version);
        race.session(CLIENT).send_data(id(1), vec![0; LONG], true).unwrap();
        race.session(CLIENT).close();
        race.write(CLIENT, 10_000);
        race.session(CLIENT).fin_stream(id(1), Status::CANCEL).unwrap();
        race.settle();
        assert!(race.session(CLIENT).is_done());
        assert_eq!(race.told(SERVER, 1).aborts.len(), 1);
    }
}

// Data that was staged is taken back; then nothing may say that the stream ended there.
#[test]
fn a_reset_that_takes_data_back_leaves_no_fin_behind_it() {
    for version in LATER.into_iter().chain([SM]) {
        let mut race = open_stream(version);
        race.session(CLIENT).send_data(id(1), vec![0; 30_000], false).unwrap();
        race.session(CLIENT).send_headers(id(1), [("digest", "1")], true).unwrap();
        race.write(CLIENT, 100); // all of it is staged, and the first frame has begun to leave
        race.session(CLIENT).fin_stream(id(1), Status::CANCEL).unwrap();
        race.settle();
        let told = race.told(SERVER, 1);
        assert_eq!(told.aborts, [Abort::Peer(Status::CANCEL)]);
        assert!(told.fins == 0 || told.bytes == 30_000, "{version}: {told:?}");
    }
}

// And at random.

#[derive(Clone, Debug)]
enum Op {
    Open,
    Reply(u32, bool),
    Send(u32, usize, bool),
    Reset(u32),
    GoAway,
    Close,
    Write(usize),
    Read(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let stream = || 0..16u32;
    let len = || prop_oneof![0..100usize, 0..100_000usize];
    prop_oneof![
        4 => Just(Op::Open),
        4 => (stream(), any::<bool>()).prop_map(|(stream, fin)| Op::Reply(stream, fin)),
        8 => (stream(), len(), any::<bool>()).prop_map(|(s, len, fin)| Op::Send(s, len, fin)),
        2 => stream().prop_map(Op::Reset),
        1 => Just(Op::GoAway),
        1 => Just(Op::Close),
        8 => len().prop_map(Op::Write),
        8 => len().prop_map(Op::Read),
    ]
}

/// What the callers have done to a stream.
#[derive(Debug, Default)]
struct Done {
    opener: usize,
    one_way: bool,
    sent: [usize; 2],
    finished: [bool; 2],
    was_reset: [bool; 2],
}

proptest! {
    #![proptest_config(strategies::config())]

    #[test]
    fn whatever_crosses_each_stream_has_one_end(
        version in prop_oneof![4 => strategies::version(), 1 => Just(SM)],
        ops in prop::collection::vec((0..2usize, op()), 0..80),
    ) {
        let mut race = Race::of(version);
        let mut done: BTreeMap<StreamId, Done> = BTreeMap::new();
        for (end, op) in ops {
            let session = race.session(end);
            match op {
                Op::Open => {
                    let one_way = version == Version::Draft1 && end == SERVER;
                    if let Ok(stream) = session.open(Open::new(GET).unidirectional(one_way)) {
                        done.insert(stream, Done { opener: end, one_way, ..Done::default() });
                    }
                }
                Op::Reply(stream, fin) => {
                    if session.reply(id(stream), (), fin).is_ok() {
                        done.get_mut(&id(stream)).unwrap().finished[end] = fin;
                    }
                }
                Op::Send(stream, len, fin) => {
                    if session.send_data(id(stream), vec![0; len], fin).is_ok() {
                        let done = done.get_mut(&id(stream)).unwrap();
                        done.sent[end] += len;
                        done.finished[end] = fin;
                    }
                }
                Op::Reset(stream) => {
                    if session.fin_stream(id(stream), Status::CANCEL).is_ok() {
                        done.get_mut(&id(stream)).unwrap().was_reset[end] = true;
                    }
                }
                Op::GoAway => session.go_away(GoAwayStatus::OK),
                Op::Close => session.close(),
                Op::Write(count) => drop(race.write(end, count)),
                Op::Read(count) => drop(race.read(end, count)),
            }
        }
        race.settle();
        let is_done = SIDES.map(|end| race.session(end).is_done());
        race.hang_up();
        for (stream, done) in &done {
            for end in SIDES {
                let Some(told) = race.ends[end].told.get(stream) else {
                    let is_over = done.was_reset[end] || done.one_way && done.finished[end];
                    prop_assert!(end != done.opener || is_over, "no end of {stream}: {done:?}");
                    continue;
                };
                let may_be_silent = done.was_reset[end] || done.one_way && end == done.opener;
                prop_assert!(may_be_silent || told.fins + told.aborts.len() > 0);
                prop_assert!(told.bytes <= done.sent[1 - end]);
                // Nobody gave it up, so that it is whole; who is done gives no credit any more.
                prop_assert!(
                    told.fins == 0 || told.bytes == done.sent[1 - end],
                    "{stream}: {told:?} of {done:?}"
                );
                let was_left = done.was_reset != [false; 2] || is_done != [false; 2];
                let was_refused = race.ends[done.opener].told.get(stream).is_some_and(|told| {
                    told.aborts.iter().any(Abort::is_retryable)
                });
                if done.finished[1 - end] && !was_left && !was_refused {
                    prop_assert_eq!((told.bytes, told.fins), (done.sent[1 - end], 1));
                }
            }
        }
    }
}
