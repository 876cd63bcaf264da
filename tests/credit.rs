//! What is given back for received DATA in SPDY/3 and 3.1: every byte once, however its stream ends,
//! and no byte before its time.

#[path = "common/carrier.rs"]
mod carrier;
mod common;
#[path = "common/scenario.rs"]
mod scenario;
#[path = "common/strategies.rs"]
mod strategies;

use std::collections::BTreeMap;

use common::{Peer, data_bytes, feed_to_the_end, id};
use proptest::prelude::*;
use scenario::*;
use spdy::frame::Frame;
use spdy::{Config, Event, FlowControl, GoAwayStatus, Role, Session, Status, StreamId, Version};

const V31: Version = Version::Spdy3_1;

/// What an end gives back now: to its stream, and to the session.
fn given(end: &mut End) -> (u32, u32) {
    let (mut stream, mut session) = (0, 0);
    for frame in end.frames() {
        if let Frame::WindowUpdate(update) = frame {
            let to = if update.stream == StreamId::ZERO { &mut session } else { &mut stream };
            *to += update.delta;
            assert!(update.stream == StreamId::ZERO || update.stream == id(end.stream));
        }
    }
    (stream, session)
}

/// Ends in which DATA for the stream is delivered, and who has finished it.
fn receivers(version: Version, config: Config) -> impl Iterator<Item = (End, bool)> {
    let kinds = [Kind::Replied, Kind::Answered, Kind::Silent, Kind::TheirsOneWay];
    let places = kinds.into_iter().flat_map(|kind| ROLES.map(|role| (kind, role)));
    places.flat_map(move |(kind, role)| {
        [State::Open, State::Hcl].into_iter().filter_map(move |state| {
            let end = End::with(version, role, config).bring(kind, state)?;
            Some((end, state == State::Hcl))
        })
    })
}

/// Ways in which a stream with 1,000 bytes ends; whether it was a reset.
type Ending = (&'static str, bool, fn(&mut End, bool));

fn reset_by_us(end: &mut End, _: bool) {
    end.session.fin_stream(id(end.stream), Status::CANCEL).unwrap();
}

const ENDINGS: [Ending; 8] = [
    ("FIN on DATA", false, |end, we_finished| {
        end.feed(&data_bytes(end.stream, FIN, b""));
        finish(end, we_finished);
    }),
    ("FIN on HEADERS", false, |end, we_finished| {
        let wire = end.raw.with_list(HEADERS, FIN, end.stream);
        end.feed(&wire);
        finish(end, we_finished);
    }),
    ("our FIN, then the peer's", false, |end, we_finished| {
        finish(end, we_finished);
        end.feed(&data_bytes(end.stream, FIN, b""));
    }),
    ("our reset", true, reset_by_us),
    ("the peer's reset", true, |end, _| {
        let wire = end.raw.numbers(RST_STREAM, &[end.stream, 5]);
        end.feed(&wire);
    }),
    ("a stream error", true, |end, _| {
        end.feed(&data_bytes(end.stream, 0x02, b""));
    }),
    ("our reset behind the peer's FIN", true, |end, we_finished| {
        end.feed(&data_bytes(end.stream, FIN, b""));
        if !we_finished {
            reset_by_us(end, we_finished);
        }
    }),
    ("a GOAWAY", true, |end, _| {
        let last_good = end.stream.saturating_sub(1);
        let wire = end.raw.numbers(GOAWAY, &[last_good, 0]);
        end.feed(&wire);
        if end.session.open_streams() > 1 {
            reset_by_us(end, false); // it was a stream of the peer's
        }
    }),
];

/// Our FIN, as soon as we may send one.
fn finish(end: &mut End, we_finished: bool) {
    let stream = id(end.stream);
    if !we_finished && end.session.reply(stream, (), true).is_err() {
        end.session.send_data(stream, "", true).unwrap();
    }
}

// S31-006, S31-A04, S3-083, S3-088: with automatic credit all has been given back when the stream
// ends; the end gives nothing twice.
#[test]
fn automatic_credit_is_given_once_however_the_stream_ends() {
    for version in V3 {
        for (what, _, end_it) in ENDINGS {
            for (mut end, we_finished) in receivers(version, Config::default()) {
                end.feed(&data_bytes(end.stream, 0, &[7; 1_000]));
                assert_eq!(given(&mut end), (1_000, if version == V31 { 1_000 } else { 0 }));
                end_it(&mut end, we_finished);
                end.session.release(id(end.stream), 1_000);
                assert_eq!(given(&mut end), (0, 0), "{version}: {what}");
            }
            // What waits to be given back to the stream is not, once it has ended.
            for (mut end, we_finished) in receivers(version, Config::default()) {
                end.feed(&data_bytes(end.stream, 0, &[7; 1_000]));
                end_it(&mut end, we_finished);
                let session = if version == V31 { 1_000 } else { 0 };
                assert_eq!(given(&mut end), (0, session), "{version}: {what}");
            }
        }
    }
}

// S31-A04: with manual credit what the caller holds is owed until it is released, but a reset gives
// it back at once, and then a release means nothing.
#[test]
fn manual_credit_is_given_once_however_the_stream_ends() {
    let config = Config::default().manual_credit(true);
    for version in V3 {
        let session = |bytes| if version == V31 { bytes } else { 0 };
        for (what, is_reset, end_it) in ENDINGS {
            for (mut end, we_finished) in receivers(version, config) {
                // A reset of ours finds nothing to reset, where both have finished.
                let is_reset = is_reset && !(we_finished && what.ends_with("peer's FIN"));
                let stream = id(end.stream);
                end.feed(&data_bytes(end.stream, 0, &[7; 1_000]));
                assert_eq!(given(&mut end), (0, 0));
                end.session.release(stream, 300);
                assert_eq!(given(&mut end), (300, session(300)));
                end_it(&mut end, we_finished);
                let at_once = if is_reset { 700 } else { 0 };
                assert_eq!(given(&mut end), (0, session(at_once)), "{version}: {what}");
                end.session.release(stream, 500);
                let late = if is_reset { 0 } else { 500 };
                assert_eq!(given(&mut end), (0, session(late)), "{version}: {what}");
                end.session.release(stream, usize::MAX);
                let rest = if is_reset { 0 } else { 200 };
                assert_eq!(given(&mut end), (0, session(rest)), "{version}: {what}");
            }
        }
    }
}

// S31-A04: no byte before its time. A late release of a stream that was reset is not one of another.
#[test]
fn a_late_release_gives_nothing_back_for_another_stream() {
    let config = Config::default().manual_credit(true);
    for ending in [Kind::Silent, Kind::Answered] {
        let mut end = End::with(V31, Role::Server, config).bring(ending, State::Open).unwrap();
        // The other stream ends well, and its 400 bytes are still with the caller.
        let other = id(end.other);
        end.feed(&data_bytes(end.other, FIN, &[7; 400]));
        end.session.send_data(other, "", true).unwrap();
        end.feed(&data_bytes(end.stream, 0, &[7; 1_000]));
        end.session.fin_stream(id(end.stream), Status::CANCEL).unwrap();
        assert_eq!(given(&mut end), (0, 1_000));
        // The caller says what it has done with, of the dead stream, of one that never was and of
        // one that had no data.
        for stream in [end.stream, 99, 2, 5] {
            end.session.release(id(stream), 1_000);
            assert_eq!(given(&mut end), (0, 0), "of stream {stream}");
        }
        end.session.release(other, 150);
        assert_eq!(given(&mut end), (0, 150));
        end.session.release(other, 1_000);
        assert_eq!(given(&mut end), (0, 250));
        end.session.release(other, 1_000);
        assert_eq!(given(&mut end), (0, 0));
    }
}

// S31-006, S31-A04, S3-056: nobody reads these bytes, so the session gets them back at once.
#[test]
fn data_that_nobody_reads_is_given_back_at_once() {
    for manual in [false, true] {
        let config = Config::default().manual_credit(manual);
        for role in ROLES {
            for kind in [Kind::Replied, Kind::Answered, Kind::Awaited] {
                for state in [State::Idle, State::Closed, State::ResetByUs, State::ResetByPeer] {
                    for flags in [0, FIN, 0x02] {
                        for gone_away in [GoneAway::Nobody, GoneAway::We] {
                            let mut end = End::with(V31, role, config).bring(kind, state).unwrap();
                            end.go_away(gone_away);
                            for _ in 0..2 {
                                end.feed(&data_bytes(end.stream, flags, &[7; 30_000]));
                                end.feed(&data_bytes(end.stream, flags, &[7; 10_000]));
                                assert_eq!(given(&mut end), (0, 40_000), "{kind:?} {state:?}");
                            }
                        }
                    }
                }
            }
            // A stream that is refused, and one that comes behind our GOAWAY.
            for flags in [0, UNIDIRECTIONAL] {
                let mut end = End::with(V31, role, config.max_streams(1));
                let syn = end.raw.with_list(SYN_STREAM, flags, end.stream);
                end.feed(&syn);
                end.feed(&data_bytes(end.stream, FIN, &[7; 30_000]));
                assert_eq!(given(&mut end), (0, 30_000));
                let mut end = End::with(V31, role, config);
                end.go_away(GoneAway::We);
                let syn = end.raw.with_list(SYN_STREAM, flags, end.stream);
                end.feed(&syn);
                end.feed(&data_bytes(end.stream, FIN, &[7; 30_000]));
                assert_eq!(given(&mut end), (0, 30_000));
            }
            // Faults of a live stream: DATA behind FIN, before the reply, against the direction.
            let faults = [
                (Kind::Answered, State::Hcr),
                (Kind::Awaited, State::Open),
                (Kind::Awaited, State::Hcr),
                (Kind::OursOneWay, State::Hcr),
            ];
            for (kind, state) in faults {
                let mut end = End::with(V31, role, config).bring(kind, state).unwrap();
                assert_eq!(end.feed(&data_bytes(end.stream, 0, &[7; 30_000])).len(), 1);
                end.feed(&data_bytes(end.stream, 0, &[7; 20_000]));
                assert_eq!(given(&mut end), (0, 50_000), "{kind:?} {state:?}");
            }
        }
    }
}

// S31-A04: a frame that comes in pieces, whose stream ends between them.
#[test]
fn a_frame_that_is_cut_by_the_end_of_its_stream_is_given_back_whole() {
    for manual in [false, true] {
        let config = Config::default().manual_credit(manual);
        for (mut end, _) in receivers(V31, config) {
            let wire = data_bytes(end.stream, FIN, &[7; 1_000]);
            end.feed(&wire[..8 + 600]);
            assert_eq!(given(&mut end), if manual { (0, 0) } else { (600, 600) });
            reset_by_us(&mut end, false);
            end.feed(&wire[8 + 600..]);
            assert_eq!(given(&mut end), (0, if manual { 1_000 } else { 400 }));
            end.session.release(id(end.stream), 1_000);
            assert_eq!(given(&mut end), (0, 0));
            end.assert_usable();
        }
    }
}

// S31-A05: nothing is held against windows, and all is given back; in one frame each, as much as waits.
#[test]
fn what_a_window_does_not_bound_is_given_back_once_too() {
    let config = Config::default().receive_flow_control(FlowControl::Ignored);
    for (mut end, we_finished) in receivers(V31, config) {
        for _ in 0..100 {
            end.feed(&data_bytes(end.stream, 0, &[7; 50_000]));
        }
        let updates = [0, end.stream].map(|it| format!("WINDOW_UPDATE stream={it} delta=5000000"));
        assert_eq!(end.hear(), updates);
        end.feed(&data_bytes(end.stream, FIN, &[7; 10]));
        finish(&mut end, we_finished);
        assert_eq!(given(&mut end), (0, 10));
    }
    for (mut end, we_finished) in receivers(V31, config.manual_credit(true)) {
        for _ in 0..100 {
            end.feed(&data_bytes(end.stream, 0, &[7; 50_000]));
        }
        end.session.release(id(end.stream), 4_000_000);
        assert_eq!(given(&mut end), (4_000_000, 4_000_000));
        end.feed(&data_bytes(end.stream, FIN, b""));
        finish(&mut end, we_finished);
        end.session.release(id(end.stream), 600_000);
        assert_eq!(given(&mut end), (0, 600_000));
        end.session.release(id(end.stream), 4_000_000);
        assert_eq!(given(&mut end), (0, 400_000));
        assert_eq!(given(&mut end), (0, 0));
    }
}

// And at random: a peer that breaks the rules of streams, and a caller that is late.

#[derive(Clone, Debug)]
enum Op {
    Syn { fin: bool, one_way: bool },
    Data { pick: usize, len: usize, flags: u8, cut: usize },
    Frame { pick: usize, number: u16, fin: bool },
    PeerReset(usize),
    Open,
    Reply(usize, bool),
    Finish(usize),
    Reset(usize),
    Release(usize, usize),
    GoAway,
    PeerGoAway(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let pick = || 0..10usize;
    let len =
        || prop_oneof![2 => 0..3usize, 3 => 0..100usize, 2 => 0..5_000usize, 1 => 0..70_000usize];
    let flags = prop_oneof![5 => Just(0), 3 => Just(FIN), 1 => Just(0x02)];
    let number = prop::sample::select(vec![SYN_REPLY, SYN_REPLY, HEADERS]);
    prop_oneof![
        5 => (prop::bool::weighted(0.1), prop::bool::weighted(0.2))
            .prop_map(|(fin, one_way)| Op::Syn { fin, one_way }),
        14 => (pick(), len(), flags, len())
            .prop_map(|(pick, len, flags, cut)| Op::Data { pick, len, flags, cut }),
        4 => (pick(), number, any::<bool>())
            .prop_map(|(pick, number, fin)| Op::Frame { pick, number, fin }),
        2 => pick().prop_map(Op::PeerReset),
        3 => Just(Op::Open),
        4 => (pick(), any::<bool>()).prop_map(|(pick, fin)| Op::Reply(pick, fin)),
        3 => pick().prop_map(Op::Finish),
        2 => pick().prop_map(Op::Reset),
        10 => (pick(), len()).prop_map(|(pick, len)| Op::Release(pick, len)),
        1 => Just(Op::GoAway),
        1 => pick().prop_map(Op::PeerGoAway),
    ]
}

/// What the caller has of a stream.
#[derive(Debug, Default)]
struct Held {
    delivered: u64,
    released: u64,
    /// Released, or delivered with automatic credit, while the peer could send more.
    due: u64,
    finished: bool,
    was_reset: bool,
}

/// A session, and an account of what it owes that knows its events and the calls alone.
struct Account {
    manual: bool,
    session: Session,
    raw: Raw,
    ears: Peer,
    next: u32,
    /// The rest of a DATA frame.
    rest: Vec<u8>,
    arrived: u64,
    held: BTreeMap<u32, Held>,
    given: BTreeMap<u32, u64>,
    added: u64,
}

impl Account {
    fn feed(&mut self, wire: &[u8]) -> Result<(), ()> {
        let (events, end) = feed_to_the_end(&mut self.session, wire);
        for event in events {
            let (stream, len, fin) = match event {
                Event::SynStream { stream, fin, .. }
                | Event::SynReply { stream, fin, .. }
                | Event::Headers { stream, fin, .. } => (stream, 0, fin),
                Event::Data { stream, data, fin, .. } => (stream, data.len() as u64, fin),
                Event::Aborted { stream, .. } => {
                    self.held.entry(stream.get()).or_default().was_reset = true;
                    continue;
                }
                _ => continue,
            };
            let held = self.held.entry(stream.get()).or_default();
            held.delivered += len;
            held.finished |= fin;
            if !self.manual && !fin {
                held.released = held.delivered;
                held.due = held.delivered;
            }
        }
        end.map_err(drop)
    }

    fn is_open(&self, stream: u32) -> bool {
        // The table of the session itself says whether a call may change anything.
        self.held.get(&stream).is_some_and(|held| !held.was_reset)
    }

    fn apply(&mut self, op: &Op) -> Result<(), ()> {
        let stream = |pick: usize| u32::try_from(pick).unwrap();
        let is_of_peer = !matches!(
            op,
            Op::Open | Op::Reply(..) | Op::Finish(_) | Op::Reset(_) | Op::Release(..) | Op::GoAway
        );
        if is_of_peer {
            let rest = std::mem::take(&mut self.rest);
            self.arrived += rest.len() as u64;
            self.feed(&rest)?;
        }
        match *op {
            Op::Syn { fin, one_way } => {
                let flags = if fin { FIN } else { 0 } | if one_way { UNIDIRECTIONAL } else { 0 };
                let wire = self.raw.with_list(SYN_STREAM, flags, self.next);
                self.next += 2;
                self.feed(&wire)
            }
            Op::Data { pick, len, flags, cut } => {
                let mut wire = data_bytes(stream(pick.max(1)), flags, &vec![7; len]);
                let cut = if flags & 0x02 == 0 { cut.min(len) } else { len };
                self.rest = wire.split_off(8 + cut);
                self.arrived += cut as u64;
                self.feed(&wire)
            }
            Op::Frame { pick, number, fin } => {
                let flags = if fin { FIN } else { 0 };
                let wire = self.raw.with_list(number, flags, stream(pick.max(1)));
                self.feed(&wire)
            }
            Op::PeerReset(pick) => {
                let wire = self.raw.numbers(RST_STREAM, &[stream(pick), 5]);
                self.feed(&wire)
            }
            Op::PeerGoAway(pick) => {
                let wire = self.raw.numbers(GOAWAY, &[stream(pick), 0]);
                self.feed(&wire)
            }
            Op::Open => {
                if let Ok(stream) = self.session.open(()) {
                    self.held.entry(stream.get()).or_default();
                }
                Ok(())
            }
            Op::Reply(pick, fin) => {
                let _ = self.session.reply(id(stream(pick)), (), fin);
                Ok(())
            }
            Op::Finish(pick) => {
                let _ = self.session.send_data(id(stream(pick)), "", true);
                Ok(())
            }
            Op::Reset(pick) => {
                let (stream, before) = (stream(pick), self.session.open_streams());
                let _ = self.session.fin_stream(id(stream), Status::CANCEL);
                if self.session.open_streams() < before {
                    self.held.entry(stream).or_default().was_reset = true;
                }
                Ok(())
            }
            Op::Release(pick, len) => {
                self.release(stream(pick), len);
                Ok(())
            }
            Op::GoAway => {
                self.session.go_away(GoAwayStatus::OK);
                Ok(())
            }
        }
    }

    fn release(&mut self, stream: u32, len: usize) {
        self.session.release(id(stream), len);
        if self.is_open(stream) && self.manual {
            let held = self.held.get_mut(&stream).unwrap();
            let released = (len as u64).min(held.delivered - held.released);
            held.released += released;
            held.due += if held.finished { 0 } else { released };
        }
    }

    /// Everything is written, and exactly what is owed by now was given back.
    fn check(&mut self) {
        for frame in self.ears.hear(&mut self.session) {
            if let Frame::WindowUpdate(update) = frame {
                *self.given.entry(update.stream.get()).or_default() += u64::from(update.delta);
            }
        }
        let owed_later = self.held.values().filter(|held| !held.was_reset && self.manual);
        let owed_later = owed_later.map(|held| held.delivered - held.released).sum::<u64>();
        let given = |stream: u32| self.given.get(&stream).copied().unwrap_or(0);
        assert_eq!(given(0), self.added + self.arrived - owed_later, "{:?}", self.held);
        for (&stream, held) in &self.held {
            if !held.was_reset {
                assert_eq!(given(stream), held.due, "of stream {stream}");
            }
            assert!(given(stream) <= held.due);
        }
    }
}

proptest! {
    #![proptest_config(strategies::config())]

    // S31-006, S31-A04, S3-083, S3-088
    #[test]
    fn exactly_what_is_owed_is_given_back(
        ops in prop::collection::vec(op(), 1..60),
        role in prop::sample::select(&ROLES[..]),
        manual in any::<bool>(),
        added in prop_oneof![Just(0), Just(1_000_000)],
    ) {
        let config = Config::default().manual_credit(manual).push(true).max_streams(3);
        let session = Session::new(V31, role, config);
        let (raw, ears, next) = (Raw::new(V31), Peer::of(V31), nth(role.peer(), 0));
        let mut account = Account {
            manual,
            session,
            raw,
            ears,
            next,
            rest: Vec::new(),
            arrived: 0,
            held: BTreeMap::new(),
            given: BTreeMap::new(),
            added: u64::from(added),
        };
        account.session.grow_session_window(added).unwrap();
        for op in &ops {
            if account.apply(op).is_err() {
                return Ok(()); // the session is over
            }
            account.check();
        }
        // At rest the window is full again.
        let streams: Vec<_> = account.held.keys().copied().collect();
        for stream in streams {
            account.release(stream, usize::MAX);
        }
        account.check();
        prop_assert_eq!(account.given.get(&0).copied().unwrap_or(0), account.added + account.arrived);
    }
}
