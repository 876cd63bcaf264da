//! The life of a stream in SPDY/2, 3 and 3.1: what each frame does in every state, for streams of
//! either side, in both roles, and before and after a GOAWAY of either side. `stream_states.rs` is
//! the same for Draft 1.

#[path = "common/carrier.rs"]
mod carrier;
mod common;
#[path = "common/scenario.rs"]
mod scenario;
#[path = "common/strategies.rs"]
mod strategies;
#[path = "common/tables.rs"]
mod tables;

use std::collections::{BTreeMap, VecDeque};

use common::{data_bytes, id};
use proptest::prelude::*;
use scenario::*;
use spdy::{GoAwayStatus, Open, Role, Status, Version};
use tables::*;

// A row: a frame, on a stream of which kind, and what it does in each state. A cell:
//
//   ok       it is delivered, and FIN has its effect
//   a word   RST_STREAM with that status (see `status`): a live stream is torn down, a dead one is
//            as it was
//   aborted  the stream is over, and nothing is answered
//   session  the session is over
//   -        nothing, but that a block is inflated
//   .        there is no such stream
//   a/b      before our GOAWAY, and after it
//
// `hcl`: we have sent FIN. `hcr`: the peer has. `forgot`: reset, and 64 other IDs answered since.
// `below`: there is a higher stream of the peer's. `alone`: UNIDIRECTIONAL. `bad`: a name is empty.

/// SPDY/3 and 3.1.
const SPDY_3: &str = "
// frame        stream      idle        open      hcl       hcr       closed      reset    forgot
// S3-013, S3-056, S3-A20
SYN_STREAM      theirs      ok/-        protocol  protocol  protocol  protocol/-  -        protocol/-
// S3-012, S3-A20
SYN_STREAM      below       session     protocol  protocol  protocol  session     session  session
// S3-010, S3-A21
SYN_STREAM      ours        session     session   session   session   session     session  session
// S3-A14, S3-036
SYN_REPLY       awaited     invalid     ok        ok        ended     -           -        -
// S3-020
SYN_REPLY       replied     invalid     in-use    in-use    ended     -           -        -
// S3-A14
SYN_REPLY       theirs      invalid     invalid   invalid   invalid   -           -        -
// S3-016
SYN_REPLY       we-alone    invalid     .         .         ended     -           -        -
// S3-A14
SYN_REPLY       they-alone  invalid     .         invalid   .         -           -        -
// S3-060, S3-036
HEADERS         both-ways   invalid/-   ok        ok        ended     -           -        -
// S3-016
HEADERS         we-alone    invalid/-   .         .         ended     -           -        -
HEADERS         they-alone  invalid/-   .         ok        .         -           -        -
// S3-034, S3-033, S3-031
DATA            awaited     invalid/-   protocol  protocol  ended     protocol/-  -        protocol/-
// S3-031, S3-032, S3-A02
DATA            replied     invalid/-   ok        ok        ended     protocol/-  -        protocol/-
// S3-015, S3-032, S3-A02
DATA            theirs      invalid/-   ok        ok        ended     protocol/-  -        protocol/-
// S3-016, S3-031
DATA            we-alone    invalid/-   .         .         ended     protocol/-  -        protocol/-
// S3-016
DATA            they-alone  invalid/-   .         ok        .         protocol/-  -        protocol/-
// S3-A02
DATA:0x02       both-ways   invalid/-   protocol  protocol  protocol  protocol/-  -        protocol/-
// S3-089
UPDATE:1        any         -           -         -         -         -           -        -
// S3-A06, S3-089
UPDATE:0        any         -           protocol  -         protocol  -           -        -
// S3-085, S3-089, S31-012
UPDATE:max      any         -           flow      -         flow      -           -        -
// S3-027, S3-028, S3-A15
RST_STREAM      any         -           aborted   aborted   aborted   -           -        -
// S3-067, S3-A20
SYN_STREAM:bad  theirs      protocol/-  protocol  protocol  protocol  protocol/-  -        protocol/-
// S3-067, S3-A14
SYN_REPLY:bad   any         invalid     protocol  protocol  protocol  -           -        -
// S3-067
HEADERS:bad     any         invalid/-   protocol  protocol  protocol  -           -        -
";

/// SPDY/2.
const SPDY_2: &str = "
// frame        stream      idle        open      hcl       hcr       closed   reset    forgot
// S2-016, S2-057, S2-A09
SYN_STREAM      theirs      ok/-        protocol  protocol  protocol  session  session  session
// S2-016, S2-A09
SYN_STREAM      below       session     protocol  protocol  protocol  session  session  session
// S2-017, S2-A09
SYN_STREAM      ours        session     session   session   session   session  session  session
// S2-020, S2-A05
SYN_REPLY       awaited     invalid     ok        ok        protocol  -        -        -
// S2-021
SYN_REPLY       replied     invalid     protocol  protocol  protocol  -        -        -
SYN_REPLY       theirs      invalid     protocol  protocol  protocol  -        -        -
// S2-A06
SYN_REPLY       we-alone    invalid     .         .         protocol  -        -        -
SYN_REPLY       they-alone  invalid     .         protocol  .         -        -        -
// S2-060, S2-A05
HEADERS         both-ways   invalid     ok        ok        protocol  -        -        -
// S2-A06
HEADERS         we-alone    invalid     .         .         protocol  -        -        -
// S2-012
HEADERS         they-alone  invalid     .         ok        .         -        -        -
// S2-005, S2-006, S2-008
DATA            awaited     invalid     session   session   protocol  -        -        -
// S2-005, S2-008
DATA            replied     invalid     ok        ok        protocol  -        -        -
DATA            theirs      invalid     ok        ok        protocol  -        -        -
// S2-A06
DATA            we-alone    invalid     .         .         protocol  -        -        -
// S2-012
DATA            they-alone  invalid     .         ok        .         -        -        -
// S2-008
DATA:0x02       replied     invalid     protocol  protocol  protocol  -        -        -
DATA:0x02       theirs      invalid     protocol  protocol  protocol  -        -        -
// S2-A17
UPDATE:1        any         -           -         -         -         -        -        -
UPDATE:0        any         -           -         -         -         -        -        -
UPDATE:max      any         -           -         -         -         -        -        -
// S2-026, S2-A22
RST_STREAM      any         -           aborted   aborted   aborted   -        -        -
// S2-067, S2-A09
SYN_STREAM:bad  theirs      protocol/-  protocol  protocol  protocol  session  session  session
// S2-067
SYN_REPLY:bad   any         invalid     protocol  protocol  protocol  -        -        -
HEADERS:bad     any         invalid     protocol  protocol  protocol  -        -        -
";

/// The status that a word of the tables stands for.
fn status(word: &str) -> &'static str {
    match word {
        "protocol" => "PROTOCOL_ERROR",
        "invalid" => "INVALID_STREAM",
        "in-use" => "STREAM_IN_USE",
        "ended" => "STREAM_ALREADY_CLOSED",
        "flow" => "FLOW_CONTROL_ERROR",
        _ => panic!("{word}"),
    }
}

/// The flags with which a frame is received.
fn received_flags(what: &str) -> &[u8] {
    match what {
        "SYN_STREAM" => &[0, FIN, UNIDIRECTIONAL, FIN | UNIDIRECTIONAL],
        "DATA:0x02" => &[0x02, 0x02 | FIN],
        "SYN_REPLY" | "HEADERS" | "DATA" => &[0, FIN],
        _ => &[0],
    }
}

/// The frame of a case.
fn wire(case: &Case, end: &mut End) -> Vec<u8> {
    let (stream, flags) = (end.stream, case.flags);
    let bad = end.raw.plain(&[LIST[0], ("", "x")]);
    match case.what {
        "SYN_STREAM" => end.raw.with_list(SYN_STREAM, flags, stream),
        "SYN_REPLY" => end.raw.with_list(SYN_REPLY, flags, stream),
        "HEADERS" => end.raw.with_list(HEADERS, flags, stream),
        "SYN_STREAM:bad" => end.raw.with_plain(SYN_STREAM, flags, stream, &bad),
        "SYN_REPLY:bad" => end.raw.with_plain(SYN_REPLY, flags, stream, &bad),
        "HEADERS:bad" => end.raw.with_plain(HEADERS, flags, stream, &bad),
        "DATA" | "DATA:0x02" => data_bytes(stream, flags, b"x"),
        "UPDATE:1" => end.raw.numbers(WINDOW_UPDATE, &[stream, 1]),
        "UPDATE:0" => end.raw.numbers(WINDOW_UPDATE, &[stream, 0]),
        "UPDATE:max" => end.raw.numbers(WINDOW_UPDATE, &[stream, 0x7FFF_FFFF]),
        "RST_STREAM" => end.raw.numbers(RST_STREAM, &[stream, 5]),
        _ => panic!("{case:?}"),
    }
}

/// What a cell says: how the event begins that is told, the answer, and the state behind it.
fn expected(case: &Case, stream: u32) -> (Option<String>, Option<String>, State) {
    let opens = case.what.starts_with("SYN_STREAM");
    let fin = if case.flags & FIN != 0 { " fin" } else { "" };
    match case.cell {
        // A SYN_STREAM that is dropped has used its ID up.
        "-" if opens && case.state == State::Idle => (None, None, State::Closed),
        "-" => (None, None, case.state),
        "ok" => {
            let event = match case.what {
                "SYN_STREAM" => format!("SynStream {stream}{fin}"),
                "SYN_REPLY" => format!("SynReply {stream}{fin}"),
                "HEADERS" => format!("Headers {stream}{fin}"),
                _ => format!("Data {stream} \"x\"{fin}"),
            };
            (Some(event), None, after_delivery(case))
        }
        "aborted" => (Some(format!("Aborted {stream} Peer(Status(5))")), None, State::ResetByPeer),
        word => {
            let code = code(status(word));
            let event = format!("Aborted {stream} Local(Status({code}), ");
            let event = Some(event).filter(|_| case.state.is_live());
            let stays = case.state == State::Idle && !opens;
            let after = if stays { State::Idle } else { State::ResetByUs };
            (event, Some(rst(stream, status(word))), after)
        }
    }
}

#[track_caller]
fn assert_told(case: &Case, told: &[String], event: Option<&String>) {
    let is_it = match (told, event) {
        ([], None) => true,
        ([told], Some(event)) if event.starts_with("Aborted") => told.starts_with(event),
        ([told], Some(event)) => told == event,
        _ => false,
    };
    assert!(is_it, "{case:?}: {told:?} in place of {event:?}");
}

fn receive(case: Case, mut end: End) {
    let wire = wire(&case, &mut end);
    if case.cell == "session" {
        return receive_fatal(&case, end, &wire);
    }
    let (event, answer, after) = expected(&case, end.stream);
    assert_told(&case, &end.feed(&wire), event.as_ref());
    let answers = end.answers();
    if case.gone_away == GoneAway::Closed {
        // The GOAWAY was the last frame.
        return assert_eq!(answers, [""; 0], "{case:?}");
    }
    assert_eq!(answers, Vec::from_iter(answer), "{case:?}");
    assert_eq!(end.state(), visible(&case, after), "{case:?}");
    end.assert_usable();
}

/// Where a frame that fits leads.
fn after_delivery(case: &Case) -> State {
    let fin = case.flags & FIN != 0;
    match (case.state, case.flags & UNIDIRECTIONAL != 0) {
        (State::Idle, false) if fin => State::Hcr,
        (State::Idle, false) => State::Open,
        (State::Idle, true) if fin => State::Closed,
        (State::Idle, true) => State::Hcl,
        (State::Open, _) if fin => State::Hcr,
        (State::Hcl, _) if fin => State::Closed,
        (state, _) => state,
    }
}

/// S2-A10, S3-037: GOAWAY, in 2 behind RST_STREAM for a live stream at fault, and nothing more.
fn receive_fatal(case: &Case, mut end: End, wire: &[u8]) {
    let (events, error) = end.kill(wire);
    let mut live = vec![end.other];
    live.extend(case.state.is_live().then_some(end.stream));
    live.extend(case.is_below.then_some(nth(case.role.peer(), 2)));
    let aborted = |stream: &u32| format!("Aborted {stream} Teardown");
    let mut events = events;
    events.sort();
    let mut expected: Vec<_> = live.iter().map(aborted).collect();
    expected.sort();
    assert_eq!(events, expected, "{case:?}");
    let above = nth(case.role.peer(), 2);
    let last_good = if case.is_below { above } else { end.last_good() };
    let names_it = case.version == Version::Spdy2 && case.state.is_live();
    let mut last = vec![last_words(case.version, last_good)];
    if names_it {
        last.insert(0, rst(end.stream, "PROTOCOL_ERROR"));
    }
    if case.gone_away == GoneAway::Closed {
        last.clear();
    }
    assert_eq!(end.hear(), last, "{case:?}");
    end.assert_dead(&error);
}

#[test]
fn frames_of_the_peer_in_spdy_3() {
    let count = play(SPDY_3, &V3_AND_SM, &ALL, received_flags, receive);
    assert!(count > 5_000, "only {count} cells were played");
}

#[test]
fn frames_of_the_peer_in_spdy_2() {
    let count = play(SPDY_2, &[Version::Spdy2], &ALL, received_flags, receive);
    assert!(count > 2_500, "only {count} cells were played");
}

/// We have finished, and the last byte and its FIN wait for a window: that is no FIN yet.
fn receive_while_our_fin_waits(case: Case, mut end: End) {
    // On an empty window the largest delta is not too much.
    let applies = matches!(case.state, State::Open | State::Hcr) && case.what != "UPDATE:max";
    let sends = |end: &mut End| end.session.send_data(id(end.stream), vec![7; 65_537], true);
    if !applies || sends(&mut end).is_err() {
        return;
    }
    assert!(end.hear().last().unwrap().starts_with("DATA") && end.session.queued() == 1);
    let wire = wire(&case, &mut end);
    if case.cell == "session" {
        return receive_fatal(&case, end, &wire);
    }
    let (event, answer, after) = expected(&case, end.stream);
    assert_told(&case, &end.feed(&wire), event.as_ref());
    let (answers, stream) = (end.answers(), end.stream);
    let last = format!("DATA stream={stream} fin length=1");
    if case.what == "UPDATE:1" && case.version == Version::Spdy3 {
        return assert_eq!(answers, [last], "it is what the stream waited for");
    }
    assert_eq!(answers, Vec::from_iter(answer), "{case:?}");
    for update in [[0, 1], [stream, 1]] {
        let wire = end.raw.numbers(WINDOW_UPDATE, &update);
        end.feed(&wire);
    }
    let is_live = after.is_live();
    assert_eq!(end.answers(), Vec::from_iter(is_live.then_some(last)), "{case:?}");
    if is_live {
        let after = if after == State::Hcr { State::Closed } else { State::Hcl };
        assert_eq!(end.state(), visible(&case, after), "{case:?}");
    }
}

// The note on HCL above the table of the drafts' states: S3-089, S3-A22
#[test]
fn a_fin_that_waits_for_a_window_has_not_been_sent() {
    play(SPDY_3, &V3, &ALL[..3], received_flags, receive_while_our_fin_waits);
}

// And any number of frames and calls, one behind the other, on a few streams.

#[derive(Clone, Debug)]
enum Step {
    Frame { what: usize, flags: usize, id: u32 },
    Open { fin: bool, one_way: bool },
    Reply { id: u32, fin: bool },
    Send { id: u32, fin: bool },
    Reset { id: u32 },
    GoAway,
    PeerGoAway { last_good: u32 },
}

fn step() -> impl Strategy<Value = Step> {
    let id = || 0..1_000u32;
    prop_oneof![
        30 => (0..100usize, 0..4usize, id())
            .prop_map(|(what, flags, id)| Step::Frame { what, flags, id }),
        6 => any::<(bool, bool)>().prop_map(|(fin, one_way)| Step::Open { fin, one_way }),
        6 => (id(), any::<bool>()).prop_map(|(id, fin)| Step::Reply { id, fin }),
        6 => (id(), any::<bool>()).prop_map(|(id, fin)| Step::Send { id, fin }),
        3 => id().prop_map(|id| Step::Reset { id }),
        1 => Just(Step::GoAway),
        1 => id().prop_map(|last_good| Step::PeerGoAway { last_good }),
    ]
}

/// What is known of the streams of a session by the tables alone.
struct Known {
    version: Version,
    role: Role,
    live: BTreeMap<u32, (Kind, State)>,
    /// The highest ID of the peer's that was used, and the next one of ours.
    highest: u32,
    next: u32,
    ring: VecDeque<u32>,
    went_away: bool,
    /// What the peer's GOAWAYs say.
    last_good: Option<u32>,
}

impl Known {
    /// Any stream that there was, or one of the next; a new stream of the peer's is mostly the next.
    fn pick(&self, pick: u32, opens: bool) -> u32 {
        if opens && pick % 16 != 0 {
            return self.highest + 2;
        }
        1 + pick % (self.highest.max(self.next) + 3)
    }

    fn is_ours(&self, id: u32) -> bool {
        (id % 2 == 1) == (self.role == Role::Client)
    }

    /// The kind of a stream, or of those like it that there could be, and its state.
    fn of(&self, id: u32) -> (Kind, State) {
        let is_ours = self.is_ours(id);
        let is_used = if is_ours { id < self.next } else { id <= self.highest };
        let dead = match (is_used, self.ring.contains(&id)) {
            (false, _) => State::Idle,
            (true, true) => State::ResetByUs,
            (true, false) => State::Closed,
        };
        let like = if is_ours { Kind::Replied } else { Kind::Answered };
        self.live.get(&id).copied().unwrap_or((like, dead))
    }

    fn bury(&mut self, id: u32) {
        self.live.remove(&id);
        if !self.ring.contains(&id) {
            self.ring.truncate(63);
            self.ring.push_front(id);
        }
    }

    fn set(&mut self, id: u32, kind: Kind, state: State) {
        self.live.insert(id, (kind, state));
        if state == State::Closed {
            self.live.remove(&id);
        }
    }

    /// A half of a stream ends.
    fn fin(&mut self, id: u32, half: State) {
        let (kind, state) = self.live[&id];
        self.set(id, kind, if state == State::Open { half } else { State::Closed });
    }

    /// Judges a frame by its cell, and moves the stream on; `None` if the session is over.
    fn frame(
        &mut self,
        what: &str,
        flags: u8,
        id: u32,
    ) -> Option<(Option<String>, Option<String>)> {
        let table = if self.version == Version::Spdy2 { SPDY_2 } else { SPDY_3 };
        let (kind, state) = self.of(id);
        let opens = what.starts_with("SYN_STREAM");
        let is_row = |word: &str| match word {
            "below" => opens && !self.is_ours(id) && id < self.highest,
            "theirs" if opens => !self.is_ours(id) && id >= self.highest,
            "ours" if opens => self.is_ours(id),
            _ => kinds(word).contains(&kind),
        };
        // Whose list or flag is faulty beside: the tables have it on an ID that may be used at all.
        let looked_up =
            if what == "SYN_STREAM:bad" && !is_row("theirs") { "SYN_STREAM" } else { what };
        let (before, after) = cell(table, looked_up, is_row, state);
        let cell = if self.went_away { after } else { before };
        if cell == "session" {
            return None;
        }
        let (version, role, gone_away) = (self.version, self.role, GoneAway::Nobody);
        let case =
            Case { version, role, what, flags, kind, state, is_below: false, gone_away, cell };
        let (event, mut answer, _) = expected(&case, id);
        if opens && !self.is_ours(id) {
            self.highest = self.highest.max(id);
        }
        match cell {
            "-" => {}
            "aborted" => self.bury(id),
            "ok" => {
                let (is_reply, fin) = (what == "SYN_REPLY", flags & FIN != 0);
                let one_way = opens && flags & UNIDIRECTIONAL != 0;
                match (opens, one_way) {
                    (true, true) => self.set(id, Kind::TheirsOneWay, State::Hcl),
                    (true, false) => self.set(id, Kind::Silent, State::Open),
                    _ if is_reply => self.set(id, Kind::Replied, state),
                    _ => {}
                }
                if fin {
                    self.fin(id, State::Hcr);
                }
            }
            // A dead ID is answered once while it is remembered.
            _ => {
                let is_always = state.is_live() || opens && state == State::Idle;
                answer = answer.filter(|_| is_always || !self.ring.contains(&id));
                self.bury(id);
            }
        }
        Some((event, answer))
    }
}

/// All that the tables have rows for, with any stream.
const FRAMES: [&str; 11] = [
    "SYN_STREAM",
    "SYN_STREAM",
    "SYN_STREAM",
    "SYN_REPLY",
    "HEADERS",
    "DATA",
    "UPDATE:1",
    "UPDATE:0",
    "UPDATE:max",
    "RST_STREAM",
    "HEADERS:bad",
];

fn walk(version: Version, role: Role, steps: &[Step]) {
    let mut end = End::new(version, role);
    let mut known = Known {
        version,
        role,
        live: BTreeMap::from([(end.other, (Kind::Answered, State::Open))]),
        highest: end.other,
        next: nth(role, 0),
        ring: VecDeque::new(),
        went_away: false,
        last_good: None,
    };
    for step in steps {
        match *step {
            Step::Frame { what, flags, id } => {
                let what = FRAMES[what % FRAMES.len()];
                let id = known.pick(id, what == "SYN_STREAM");
                let flags = received_flags(what)[flags % received_flags(what).len()];
                let gone_away = GoneAway::Nobody;
                let (kind, state) = known.of(id);
                let case = Case {
                    version,
                    role,
                    what,
                    flags,
                    kind,
                    state,
                    is_below: false,
                    gone_away,
                    cell: "",
                };
                end.stream = id;
                let wire = wire(&case, &mut end);
                let Some((event, answer)) = known.frame(what, flags, id) else {
                    end.kill(&wire);
                    return;
                };
                assert_told(&case, &end.feed(&wire), event.as_ref());
                assert_eq!(end.answers(), Vec::from_iter(answer), "{case:?}");
            }
            Step::Open { fin, one_way } => {
                let open = Open::new(()).fin(fin).unidirectional(one_way);
                let result = end.session.open(open);
                assert_eq!(result.is_ok(), !known.went_away && known.last_good.is_none());
                if let Ok(stream) = result {
                    let id = stream.get();
                    assert_eq!((id, end.answers().len()), (known.next, 1));
                    known.next += 2;
                    let one_way = if one_way {
                        (Kind::OursOneWay, State::Hcr)
                    } else {
                        (Kind::Awaited, State::Open)
                    };
                    known.set(id, one_way.0, one_way.1);
                    if fin {
                        known.fin(id, State::Hcl);
                    }
                }
            }
            Step::Reply { id, fin } => {
                let id = known.pick(id, false);
                let may = matches!(known.live.get(&id), Some((Kind::Silent, _)));
                let result = end.session.reply(common::id(id), (), fin);
                assert_eq!((result.is_ok(), end.answers().len()), (may, usize::from(may)));
                if may {
                    known.live.get_mut(&id).unwrap().0 = Kind::Answered;
                    if fin {
                        known.fin(id, State::Hcl);
                    }
                }
            }
            Step::Send { id, fin } => {
                let id = known.pick(id, false);
                let may = known
                    .live
                    .get(&id)
                    .is_some_and(|(kind, state)| *kind != Kind::Silent && *state != State::Hcl);
                let result = end.session.send_data(common::id(id), "x", fin);
                assert_eq!((result.is_ok(), end.answers().len()), (may, usize::from(may)));
                if may && fin {
                    known.fin(id, State::Hcl);
                }
            }
            Step::Reset { id } => {
                let id = known.pick(id, false);
                let is_live = known.live.contains_key(&id);
                let _ = end.session.fin_stream(common::id(id), Status::CANCEL);
                assert_eq!(end.answers(), Vec::from_iter(is_live.then(|| rst(id, "CANCEL"))));
                if is_live {
                    known.bury(id);
                }
            }
            Step::GoAway => {
                end.session.go_away(GoAwayStatus::OK);
                assert_eq!(end.answers().len(), usize::from(!known.went_away));
                known.went_away = true;
            }
            Step::PeerGoAway { last_good } => {
                let last_good = known.pick(last_good, false);
                let status: &[u32] = if version == Version::Spdy2 { &[] } else { &[0] };
                let wire = end.raw.numbers(GOAWAY, &[&[last_good], status].concat());
                let last_good = known.last_good.map_or(last_good, |before| before.min(last_good));
                known.last_good = Some(last_good);
                let ours = known.live.keys().filter(|id| known.is_ours(**id) && **id > last_good);
                let dead: Vec<_> = ours.copied().collect();
                let mut told = vec![format!("GoAway {last_good}")];
                told.extend(dead.iter().map(|id| format!("Aborted {id} NotAccepted")));
                assert_eq!((end.feed(&wire), end.answers()), (told, vec![]));
                known.live.retain(|id, _| !dead.contains(id));
            }
        }
        assert_eq!(end.session.open_streams(), known.live.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..strategies::config() })]

    #[test]
    fn any_walk_keeps_to_the_tables(
        version in prop::sample::select(&scenario::LATER[..]),
        role in prop::sample::select(&ROLES[..]),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        walk(version, role, &steps);
    }
}
