//! The life of a stream in SPDY/2, 3 and 3.1: what each frame does in every state, for streams of
//! either side, in both roles, and before and after a GOAWAY of either side; and the same inside a
//! WebSocket, where the streams are those of SPDY/3. `stream_states.rs` is the same for Draft 1.

#[path = "common/carrier.rs"]
mod carrier;
mod common;
#[path = "common/scenario.rs"]
mod scenario;

use carrier::SM;
use common::{data_bytes, id};
use scenario::*;
use spdy::{GoAwayStatus, Open, Role, SendError, Status, Version};

/// A column of the tables, and the states that it stands for: nothing tells who reset a stream.
const COLUMNS: [&[State]; 7] = [
    &[State::Idle],
    &[State::Open],
    &[State::Hcl],
    &[State::Hcr],
    &[State::Closed],
    &[State::ResetByUs, State::ResetByPeer],
    &[State::Forgotten],
];

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
// S3-027, S3-A15
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

/// The kinds that a word of the tables stands for.
fn kinds(word: &str) -> &'static [Kind] {
    use Kind::*;
    match word {
        "awaited" => &[Awaited],
        "replied" => &[Replied],
        "ours" => &[Awaited, Replied],
        "theirs" | "below" => &[Silent, Answered],
        "silent" => &[Silent],
        "answered" => &[Answered],
        "we-alone" => &[OursOneWay],
        "they-alone" => &[TheirsOneWay],
        "both-ways" => &[Awaited, Replied, Silent, Answered],
        "any" => &[Awaited, Replied, Silent, Answered, OursOneWay, TheirsOneWay],
        _ => panic!("{word}"),
    }
}

/// Whether Speed+Mobility has it at all: there are no windows, no stream outlives a Close, and a
/// stream of a server's alone needs leave.
fn is_in_speed_mobility(role: Role, kind: Kind, what: &str, flags: u8, who: GoneAway) -> bool {
    let is_push = match (role, kind) {
        (Role::Client, Kind::TheirsOneWay) | (Role::Server, Kind::OursOneWay) => true,
        (Role::Client, _) => what == "SYN_STREAM" && flags & UNIDIRECTIONAL != 0,
        (Role::Server, _) => false,
    };
    !what.starts_with("UPDATE") && who == GoneAway::Nobody && !is_push
}

/// One cell, for one stream and one frame.
#[derive(Debug)]
struct Case<'a> {
    version: Version,
    role: Role,
    /// A frame of the table and its flags, or a call.
    what: &'a str,
    flags: u8,
    #[expect(dead_code, reason = "shown when a cell fails")]
    kind: Kind,
    state: State,
    is_below: bool,
    gone_away: GoneAway,
    cell: &'a str,
}

/// Plays every cell of a table, and returns how many there were.
fn play(table: &str, versions: &[Version], flags: fn(&str) -> &[u8], run: fn(Case, End)) -> usize {
    let mut count = 0;
    for row in rows(table) {
        let [what, word, cells @ ..] = &row[..] else { panic!("{row:?}") };
        assert_eq!(cells.len(), COLUMNS.len(), "{row:?}");
        let states = COLUMNS.iter().zip(cells).flat_map(|(states, cell)| {
            states
                .iter()
                .flat_map(move |state| kinds(word).iter().map(move |kind| (state, kind, cell)))
        });
        for (&state, &kind, cell) in states {
            for (&version, role) in versions.iter().flat_map(|it| ROLES.map(|role| (it, role))) {
                for gone_away in [GoneAway::Nobody, GoneAway::We, GoneAway::Peer] {
                    for &flags in flags(what) {
                        if version == SM
                            && !is_in_speed_mobility(role, kind, what, flags, gone_away)
                        {
                            continue;
                        }
                        let end = End::at(version, role, kind, state);
                        let is_exact = kinds(word).len() == 1;
                        assert!(!is_exact || end.is_none() == (*cell == "."), "{row:?} {state:?}");
                        let Some(mut end) = end else { continue };
                        let is_below = *word == "below";
                        if is_below {
                            let above = nth(role.peer(), 2);
                            let syn = end.raw.with_plain(SYN_STREAM, 0, above, &end.raw.plain(&[]));
                            end.feed(&syn);
                        }
                        end.go_away(gone_away);
                        let (before, after) = cell.split_once('/').unwrap_or((cell, cell));
                        let cell = if gone_away == GoneAway::We { after } else { before };
                        let case = Case {
                            version,
                            role,
                            what,
                            flags,
                            kind,
                            state,
                            is_below,
                            gone_away,
                            cell,
                        };
                        run(case, end);
                        count += 1;
                    }
                }
            }
        }
    }
    count
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

fn receive(case: Case, mut end: End) {
    let (stream, flags) = (end.stream, case.flags);
    // A name of no length.
    let bad = end.raw.plain(&[LIST[0], ("", "x")]);
    let (wire, delivered) = match case.what {
        "SYN_STREAM" => (end.raw.with_list(SYN_STREAM, flags, stream), "SynStream"),
        "SYN_REPLY" => (end.raw.with_list(SYN_REPLY, flags, stream), "SynReply"),
        "HEADERS" => (end.raw.with_list(HEADERS, flags, stream), "Headers"),
        "SYN_STREAM:bad" => (end.raw.with_plain(SYN_STREAM, flags, stream, &bad), ""),
        "SYN_REPLY:bad" => (end.raw.with_plain(SYN_REPLY, flags, stream, &bad), ""),
        "HEADERS:bad" => (end.raw.with_plain(HEADERS, flags, stream, &bad), ""),
        "DATA" | "DATA:0x02" => (data_bytes(stream, flags, b"x"), "Data"),
        "UPDATE:1" => (end.raw.numbers(WINDOW_UPDATE, &[stream, 1]), ""),
        "UPDATE:0" => (end.raw.numbers(WINDOW_UPDATE, &[stream, 0]), ""),
        "UPDATE:max" => (end.raw.numbers(WINDOW_UPDATE, &[stream, 0x7FFF_FFFF]), ""),
        "RST_STREAM" => (end.raw.numbers(RST_STREAM, &[stream, 5]), ""),
        _ => panic!("{case:?}"),
    };
    if case.cell == "session" {
        return receive_fatal(&case, end, &wire);
    }
    let events = end.feed(&wire);
    let answers = end.answers();
    let after = match case.cell {
        "-" => {
            assert_eq!((events, answers), (vec![], vec![]), "{case:?}");
            // A SYN_STREAM that is dropped has used its ID up.
            let is_dropped = case.what.starts_with("SYN_STREAM") && case.state == State::Idle;
            if is_dropped { State::Closed } else { case.state }
        }
        "ok" => {
            let data = if delivered == "Data" { " \"x\"" } else { "" };
            let fin = if flags & FIN != 0 { " fin" } else { "" };
            assert_eq!(events, [format!("{delivered} {stream}{data}{fin}")], "{case:?}");
            assert!(answers.is_empty(), "{case:?}: {answers:?}");
            after_delivery(&case)
        }
        "aborted" => {
            assert_eq!(events, [format!("Aborted {stream} Peer(Status(5))")], "{case:?}");
            assert!(answers.is_empty(), "{case:?}: {answers:?}");
            State::ResetByPeer
        }
        word => {
            let (status, code) = (status(word), code(status(word)));
            assert_eq!(answers, [rst(stream, status)], "{case:?}");
            if case.state.is_live() {
                let aborted = format!("Aborted {stream} Local(Status({code}), ");
                assert!(
                    events.len() == 1 && events[0].starts_with(&aborted),
                    "{case:?}: {events:?}"
                );
            } else {
                assert!(events.is_empty(), "{case:?}: {events:?}");
            }
            let opens = case.what.starts_with("SYN_STREAM");
            if case.state == State::Idle && !opens { State::Idle } else { State::ResetByUs }
        }
    };
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

/// What of a state the peer can tell: a stream that ended by FIN from one that was reset, in 3, by
/// DATA on it, as long as we have not gone away.
fn visible(case: &Case, state: State) -> State {
    let is_told = case.version != Version::Spdy2 && case.gone_away != GoneAway::We;
    match state {
        State::Closed | State::Forgotten if is_told => State::Closed,
        State::Closed | State::Forgotten | State::ResetByPeer => State::ResetByUs,
        state => state,
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
    let theirs = nth(case.role.peer(), 1);
    let last_good = match case.state {
        _ if case.is_below => nth(case.role.peer(), 2),
        State::Idle => end.other,
        _ if end.stream == theirs => theirs,
        _ => end.other,
    };
    let names_it = case.version == Version::Spdy2 && case.state.is_live();
    let mut last = vec![last_words(case.version, last_good)];
    if names_it {
        last.insert(0, rst(end.stream, "PROTOCOL_ERROR"));
    }
    assert_eq!(end.hear(), last, "{case:?}");
    end.assert_dead(&error);
}

#[test]
fn frames_of_the_peer_in_spdy_3() {
    let count = play(SPDY_3, &V3_AND_SM, received_flags, receive);
    assert!(count > 9_500, "only {count} cells were played");
}

#[test]
fn frames_of_the_peer_in_spdy_2() {
    let count = play(SPDY_2, &[Version::Spdy2], received_flags, receive);
    assert!(count > 2_500, "only {count} cells were played");
}

// The calls. A cell: `ok`, `-` (taken, and nothing is sent) or `error`, which changes nothing.

/// Every version alike.
const CALLS: &str = "
// call       stream      idle   open   hcl    hcr    closed  reset  forgot
// S3-A14
reply         ours        error  error  error  error  error   error  error
// S3-014, S2-013
reply         silent      error  ok     .      ok     .       error  error
// S2-021, S3-020
reply         answered    error  error  error  error  error   error  error
// S2-012, S3-016
reply         we-alone    error  .      .      error  error   error  error
reply         they-alone  error  .      error  .      error   error  error
// S3-030
send_data     ours        error  ok     error  ok     error   error  error
// S3-034
send_data     silent      error  error  .      error  .       error  error
// S3-030
send_data     answered    error  ok     error  ok     error   error  error
// S3-016
send_data     we-alone    error  .      .      ok     error   error  error
// S2-012, S3-016
send_data     they-alone  error  .      error  .      error   error  error
// S3-030, S3-060
send_headers  ours        error  ok     error  ok     error   error  error
// S3-030
send_headers  silent      error  error  .      error  .       error  error
// S3-030, S2-060
send_headers  answered    error  ok     error  ok     error   error  error
// S3-016
send_headers  we-alone    error  .      .      ok     error   error  error
// S2-012, S3-016
send_headers  they-alone  error  .      error  .      error   error  error
// S3-A22, S2-025
reset         ours        error  ok     ok     ok     -       -      -
// S3-A22, S2-018
reset         silent      error  ok     .      ok     .       -      -
// S3-A22, S2-025
reset         answered    error  ok     ok     ok     -       -      -
// S3-A22
reset         we-alone    error  .      .      ok     -       -      -
reset         they-alone  error  .      ok     .      -       -      -
// S3-014, S2-018
refuse        silent      error  ok     .      ok     .       -      -
// S3-014
refuse        ours        error  error  error  error  -       -      -
refuse        answered    error  error  error  error  -       -      -
refuse        they-alone  error  .      ok     .      -       -      -
";

/// The FINs with which a call is made.
fn call_flags(what: &str) -> &[u8] {
    if what.starts_with("re") && what != "reply" { &[0] } else { &[0, FIN] }
}

fn call(case: Case, mut end: End) {
    let (stream, fin) = (end.stream, case.flags & FIN != 0);
    let session = &mut end.session;
    let result = match case.what {
        "reply" => session.reply(id(stream), LIST, fin),
        "send_data" => session.send_data(id(stream), "x", fin),
        "send_headers" => session.send_headers(id(stream), LIST, fin),
        "reset" => session.fin_stream(id(stream), Status::CANCEL),
        "refuse" => session.fin_stream(id(stream), Status::REFUSED_STREAM),
        _ => panic!("{case:?}"),
    };
    let lines = end.hear();
    let (list, word) = (format!(" {}=\"{}\"", LIST[0].0, LIST[0].1), if fin { " fin" } else { "" });
    let is_2 = case.version == Version::Spdy2;
    let said = match case.what {
        _ if case.cell != "ok" => vec![],
        "reply" => vec![format!("SYN_REPLY stream={stream}{word}{list}")],
        "send_data" => vec![format!("DATA stream={stream}{word} length=1")],
        // HEADERS of SPDY/2 have no FIN to send (S2-A05).
        "send_headers" if is_2 && fin => {
            let last = format!("DATA stream={stream} fin length=0");
            vec![format!("HEADERS stream={stream}{list}"), last]
        }
        "send_headers" => vec![format!("HEADERS stream={stream}{word}{list}")],
        "refuse" => vec![rst(stream, "REFUSED_STREAM")],
        _ => vec![rst(stream, "CANCEL")],
    };
    assert_eq!((result.is_err(), lines), (case.cell == "error", said), "{case:?}: {result:?}");
    let is_reset = matches!(case.what, "reset" | "refuse");
    let after = match (case.cell, case.state) {
        ("ok", _) if is_reset => State::ResetByUs,
        ("ok", State::Open) if fin => State::Hcl,
        ("ok", State::Hcr) if fin => State::Closed,
        (_, state) => state,
    };
    assert_eq!(end.state(), visible(&case, after), "{case:?}");
    end.assert_usable();
}

#[test]
fn calls_in_every_state() {
    let count = play(CALLS, &LATER_AND_SM, call_flags, call);
    assert!(count > 6_300, "only {count} cells were played");
}

// S3-A22, S3-088, S31-012, S31-A04: what the session gives back by itself, until the peer's FIN.
#[test]
fn credit_goes_out_in_every_state_in_which_the_peer_may_send() {
    for version in V3 {
        for role in ROLES {
            for kind in kinds("any") {
                for state in [State::Open, State::Hcl] {
                    let takes_data = *kind != Kind::Awaited;
                    let Some(mut end) = End::at(version, role, *kind, state).filter(|_| takes_data)
                    else {
                        continue;
                    };
                    end.feed(&data_bytes(end.stream, 0, b"four"));
                    let stream = format!("WINDOW_UPDATE stream={} delta=4", end.stream);
                    let mut expected = vec![stream];
                    if version == Version::Spdy3_1 {
                        expected.insert(0, "WINDOW_UPDATE stream=0 delta=4".into());
                    }
                    assert_eq!(end.hear(), expected, "{version} {role:?} {kind:?} {state:?}");
                }
            }
        }
    }
}

// S3-011, S2-055, S3-055, S31-013: whatever became of a stream, its ID is not taken again.
#[test]
fn opening_takes_the_next_id_and_none_after_a_go_away() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        for state in [State::Open, State::Hcl, State::Hcr, State::Closed, State::ResetByPeer] {
            for gone_away in [GoneAway::Nobody, GoneAway::We, GoneAway::Peer] {
                let mut end = End::at(version, role, Kind::Replied, state).unwrap();
                end.go_away(gone_away);
                let next = id(nth(role, 1));
                let expected =
                    if gone_away == GoneAway::Nobody { Ok(next) } else { Err(SendError::GoAway) };
                assert_eq!(end.session.open(()), expected);
            }
        }
    }
}

// S3-A27, S3-029, S3-A02: the ring holds 64 IDs; the one that went in first is answered again.
#[test]
fn sixty_four_dead_ids_are_silent_and_the_next_one_is_answered_again() {
    for version in V3_AND_SM {
        let mut end = End::at(version, Role::Server, Kind::Answered, State::Closed).unwrap();
        let says = |end: &mut End, stream: u32| {
            assert!(end.feed(&data_bytes(stream, 0, b"x")).is_empty());
            end.answers()
        };
        assert_eq!(says(&mut end, 3), [rst(3, "PROTOCOL_ERROR")]);
        for n in 0..63 {
            let stream = 1_000 + 2 * n;
            assert_eq!(says(&mut end, stream), [rst(stream, "INVALID_STREAM")]);
            assert!(says(&mut end, 3).is_empty(), "{n} others were answered");
        }
        assert_eq!(says(&mut end, 1_126), [rst(1_126, "INVALID_STREAM")]);
        assert_eq!(says(&mut end, 3), [rst(3, "PROTOCOL_ERROR")]);
        assert_eq!(says(&mut end, 1_000), [rst(1_000, "INVALID_STREAM")], "3 took its place");
        end.assert_usable();
    }
}

// S3-A27: an ID that was answered and then opened is a live stream, though it is in the ring.
#[test]
fn a_stream_whose_id_was_answered_before_lives_like_any() {
    for version in LATER_AND_SM {
        let mut end = End::new(version, Role::Server);
        end.feed(&data_bytes(3, 0, b"x"));
        assert_eq!(end.answers(), [rst(3, "INVALID_STREAM")]);
        let mut end = end.bring(Kind::Answered, State::Open).unwrap();
        assert_eq!(end.feed(&data_bytes(3, FIN, b"x")), ["Data 3 \"x\" fin"]);
        end.feed(&data_bytes(3, 0, b"x"));
        let status =
            if version == Version::Spdy2 { "PROTOCOL_ERROR" } else { "STREAM_ALREADY_CLOSED" };
        assert_eq!(end.answers(), [rst(3, status)]);
        end.assert_usable();
    }
}

// S2-056, S3-058, S3-A05: what a GOAWAY of the peer says of our streams by their numbers alone.
#[test]
fn a_go_away_of_the_peer_kills_what_is_above_it_and_nothing_else() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        for kind in [Kind::Awaited, Kind::Replied, Kind::OursOneWay] {
            for state in [State::Open, State::Hcl, State::Hcr] {
                let Some(mut end) = End::at(version, role, kind, state) else { continue };
                let (stream, status) = (end.stream, &[0][..usize::from(version != Version::Spdy2)]);
                let above = end.raw.numbers(GOAWAY, &[&[stream], status].concat());
                assert_eq!(end.feed(&above), [format!("GoAway {stream}")]);
                assert_eq!(end.session.open_streams(), 2);
                let below = end.raw.numbers(GOAWAY, &[&[stream - 1], status].concat());
                let said =
                    [format!("GoAway {}", stream - 1), format!("Aborted {stream} NotAccepted")];
                assert_eq!(end.feed(&below), said);
                assert!(end.hear().is_empty(), "nothing is sent for it");
                assert_eq!(
                    end.session.send_data(id(stream), "x", false),
                    Err(SendError::StreamOver)
                );
            }
        }
    }
}

// S2-013, S2-018, S3-A18, S3-014: refused for the limit, by either role.
#[test]
fn a_stream_above_the_limit_is_refused_whatever_its_flags() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        for flags in [0, FIN, UNIDIRECTIONAL, FIN | UNIDIRECTIONAL] {
            let config = spdy::Config::default().max_streams(1);
            let mut end = End::with(version, role, config);
            let wire = end.raw.with_list(SYN_STREAM, flags, end.stream);
            assert!(end.feed(&wire).is_empty());
            assert_eq!(end.answers(), [rst(end.stream, "REFUSED_STREAM")]);
            for late in [data_bytes(end.stream, 0, b"x"), end.raw.with_list(HEADERS, 0, end.stream)]
            {
                assert!(end.feed(&late).is_empty() && end.answers().is_empty());
            }
            // S3-A05 counts it, S2-058 does not.
            end.session.go_away(GoAwayStatus::OK);
            let last_good = if version == Version::Spdy2 { end.other } else { end.stream };
            assert!(end.hear()[0].starts_with(&format!("GOAWAY last_good={last_good}")));
        }
    }
}

// S2-012, S3-016: what we open with both flags is over when it has left.
#[test]
fn a_stream_that_we_open_and_finish_one_way_is_over_at_once() {
    for (version, role) in LATER.into_iter().flat_map(|it| ROLES.map(|role| (it, role))) {
        let mut end = End::new(version, role);
        let open = || Open::new(LIST).unidirectional(true).fin(true);
        let stream = end.session.open(open()).unwrap();
        assert_eq!(end.session.open_streams(), 2);
        let lines = end.hear();
        assert!(lines[0].contains(" fin unidirectional "), "{lines:?}");
        assert_eq!(end.session.open_streams(), 1);
        assert_eq!(end.session.send_data(stream, "x", true), Err(SendError::StreamOver));
        end.assert_usable();
    }
}
