//! The life of a stream, event by event: what each does in every state.
//!
//! Every row gives, for one state of stream 1, what the session tells its caller and its peer, and
//! the state after. `src/session/state.rs` is the same table from within.

mod common;

use common::*;
use spdy::frame::{Frame, GoAway, Subresource};
use spdy::{Config, GoAwayStatus, Open, PingId, SendError, Session, Status};

/// The states of stream 1 as the side under test sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Never used.
    Idle,
    /// Neither side has sent FIN.
    Open,
    /// We have sent FIN.
    HalfClosedLocal,
    /// The peer has sent FIN.
    HalfClosedRemote,
    /// Both have.
    Closed,
    /// A FIN_STREAM went either way. Nothing is kept of it, as of `Closed`.
    Torn,
}

use State::*;

type End = (Session, Peer);

/// A client in a state of its stream, with the reply seen.
fn client_at(state: State) -> End {
    if state == Idle {
        return (client(), Peer::new());
    }
    let (mut client, mut peer) = client_with_stream(matches!(state, HalfClosedLocal | Closed));
    peer.say(&mut client, &reply(1, matches!(state, HalfClosedRemote | Closed)));
    if state == Torn {
        peer.say(&mut client, &fin_stream(1, Status::INVALID_STREAM));
    }
    (client, peer)
}

/// A client in a state of its stream, with the reply awaited.
fn waiting_client_at(state: State) -> End {
    assert!(matches!(state, Open | HalfClosedLocal));
    client_with_stream(state == HalfClosedLocal)
}

/// A server in a state of the client's stream, with the reply sent.
fn server_at(state: State) -> End {
    if state == Idle {
        return (server(), Peer::new());
    }
    let (mut server, mut peer) = server_with_stream(matches!(state, HalfClosedRemote | Closed));
    server.reply(id(1), OK, matches!(state, HalfClosedLocal | Closed)).unwrap();
    if state == Torn {
        peer.say(&mut server, &fin_stream(1, Status::INVALID_STREAM));
    }
    peer.hear(&mut server);
    (server, peer)
}

/// A server in a state of the client's stream, with no reply sent.
fn silent_server_at(state: State) -> End {
    assert!(matches!(state, Open | HalfClosedRemote));
    server_with_stream(state == HalfClosedRemote)
}

/// Finds the state of stream 1 out; it may cost the stream.
fn state_of((session, peer): &mut End) -> State {
    let ours = session.send_data(id(1), "", false); // says nothing, and is judged all the same
    let wire = peer.encode(&data(1, b"?", false));
    let theirs = told(&feed(session, &wire).unwrap()).pop();
    match (ours, theirs.as_deref()) {
        (Err(SendError::NeverOpened), None) => Idle,
        (Err(SendError::StreamOver), None) => Closed,
        (Err(SendError::AfterFin), Some("Data 1 \"?\"" | AWAITED)) => HalfClosedLocal,
        (_, Some("Data 1 \"?\"" | AWAITED)) => Open,
        (_, Some(AFTER_FIN)) => HalfClosedRemote,
        other => panic!("{other:?}"),
    }
}

const AWAITED: &str = "Aborted 1 Local(Status(1), DataBeforeReply)";
const AFTER_FIN: &str = "Aborted 1 Local(Status(1), AfterFin)";
const PROTOCOL_ERROR: &str = "FIN_STREAM stream=1 status=PROTOCOL_ERROR";
const INVALID_STREAM: &str = "FIN_STREAM stream=1 status=INVALID_STREAM";

/// Does something in a state, and expects events and frames, and the state after.
#[track_caller]
fn row(mut end: End, act: impl FnOnce(&mut End) -> Vec<String>, effects: &[&str], after: State) {
    assert_eq!(seen(&mut end, act), effects);
    let after = if after == Torn { Closed } else { after };
    assert_eq!(state_of(&mut end), after);
}

/// The peer says a frame.
fn recv(frame: Frame) -> impl FnOnce(&mut End) -> Vec<String> {
    move |(session, peer)| told(&peer.say(session, &frame))
}

/// We make a call.
fn send(
    call: impl FnOnce(&mut Session) -> Result<(), SendError>,
) -> impl FnOnce(&mut End) -> Vec<String> {
    |(session, _)| match call(session) {
        Ok(()) => Vec::new(),
        Err(error) => vec![format!("{error:?}")],
    }
}

/// The peer breaks a rule that costs the session; what is told up to there.
fn recv_fatal(frame: Frame) -> impl FnOnce(&mut End) -> Vec<String> {
    move |(session, peer)| {
        let wire = peer.encode(&frame);
        let (events, error) = feed_to_the_end(session, &wire);
        let mut seen = told(&events);
        seen.push(format!("{:?}", error.unwrap_err()));
        seen
    }
}

/// As [`row`], where the session is over.
#[track_caller]
fn last_row(mut end: End, act: impl FnOnce(&mut End) -> Vec<String>, effects: &[&str]) {
    assert_eq!(seen(&mut end, act), effects);
}

/// What is told and what is heard.
fn seen(end: &mut End, act: impl FnOnce(&mut End) -> Vec<String>) -> Vec<String> {
    let mut seen = act(end);
    seen.extend(end.1.hear_text(&mut end.0));
    seen
}

const LIVE: [State; 3] = [Open, HalfClosedLocal, HalfClosedRemote];
const OVER: [State; 2] = [Closed, Torn];
const USED: [State; 5] = [Open, HalfClosedLocal, HalfClosedRemote, Closed, Torn];
const ALL: [State; 6] = [Idle, Open, HalfClosedLocal, HalfClosedRemote, Closed, Torn];

// S1-104
#[test]
fn send_syn_stream() {
    let open = |fin| {
        send(move |session| {
            session.open(Open::new(()).fin(fin)).map(|stream| assert_eq!(stream, id(1)))
        })
    };
    row(client_at(Idle), open(false), &["SYN_STREAM stream=1 priority=0"], Open);
    row(client_at(Idle), open(true), &["SYN_STREAM stream=1 priority=0 fin"], HalfClosedLocal);
    for state in USED {
        let (mut client, _) = client_at(state);
        assert_eq!(client.open(GET), Ok(id(3)), "{state:?}: an ID is never taken again");
    }
}

// S1-104
#[test]
fn recv_syn_stream_opens() {
    row(server_at(Idle), recv(syn(1, false)), &["SynStream 1"], Open);
    row(server_at(Idle), recv(syn(1, true)), &["SynStream 1 fin"], HalfClosedRemote);
}

// S1-A10
#[test]
fn recv_syn_stream_for_a_live_stream_costs_the_stream() {
    let aborted = "Aborted 1 Local(Status(1), SecondSynStream)";
    for fin in [false, true] {
        for state in LIVE {
            row(server_at(state), recv(syn(1, fin)), &[aborted, PROTOCOL_ERROR], Torn);
        }
        for state in [Open, HalfClosedRemote] {
            row(silent_server_at(state), recv(syn(1, fin)), &[aborted, PROTOCOL_ERROR], Torn);
        }
    }
}

// S1-A10
#[test]
fn recv_syn_stream_with_a_used_id_costs_the_session() {
    for (state, fin) in OVER.into_iter().flat_map(|state| [(state, false), (state, true)]) {
        let effects = ["StreamId(StreamId(1))", "GOAWAY last_good=1"];
        last_row(server_at(state), recv_fatal(syn(1, fin)), &effects);
    }
}

// S1-A10
#[test]
fn recv_syn_stream_with_id_0_or_our_parity_costs_the_session() {
    for state in ALL {
        let (zero, ours) = ("StreamId(StreamId(0))", "StreamId(StreamId(1))");
        let go_away = "GOAWAY last_good=0";
        if LIVE.contains(&state) {
            let effects = ["Aborted 1 Teardown", zero, go_away];
            last_row(client_at(state), recv_fatal(syn(0, false)), &effects);
            let effects = ["Aborted 1 Teardown", ours, PROTOCOL_ERROR, go_away];
            last_row(client_at(state), recv_fatal(syn(1, false)), &effects);
        } else {
            last_row(client_at(state), recv_fatal(syn(0, false)), &[zero, go_away]);
            last_row(client_at(state), recv_fatal(syn(1, false)), &[ours, go_away]);
        }
    }
}

// S1-048, S1-A21
#[test]
fn recv_syn_stream_beyond_the_limit_is_refused() {
    for fin in [false, true] {
        let server = Session::server(VERSION, Config::default().max_streams(0));
        let refused = "FIN_STREAM stream=1 status=REFUSED_STREAM";
        row((server, Peer::new()), recv(syn(1, fin)), &[refused], Torn);
    }
}

// S1-A08
#[test]
fn recv_syn_stream_after_our_go_away_is_dropped() {
    for fin in [false, true] {
        let (mut server, mut peer) = server_at(Idle);
        server.go_away(GoAwayStatus::OK);
        peer.hear(&mut server);
        row((server, peer), recv(syn(1, fin)), &[], Torn);
    }
}

// S1-048, S1-119
#[test]
fn send_refusal() {
    let refuse = || send(|session| session.fin_stream(id(1), Status::REFUSED_STREAM));
    let refused = ["FIN_STREAM stream=1 status=REFUSED_STREAM"];
    row(server_at(Idle), refuse(), &["NeverOpened"], Idle);
    row(silent_server_at(Open), refuse(), &refused, Torn);
    row(silent_server_at(HalfClosedRemote), refuse(), &refused, Torn);
    for state in LIVE {
        row(server_at(state), refuse(), &["Status"], state);
        row(client_at(state), refuse(), &["Status"], state);
    }
    for state in OVER {
        row(server_at(state), refuse(), &[], state);
    }
}

// S1-104
#[test]
fn send_syn_reply() {
    let answer = |fin| send(move |session| session.reply(id(1), (), fin));
    let (plain, fin) = ("SYN_REPLY stream=1", "SYN_REPLY stream=1 fin");
    row(silent_server_at(Open), answer(false), &[plain], Open);
    row(silent_server_at(Open), answer(true), &[fin], HalfClosedLocal);
    row(silent_server_at(HalfClosedRemote), answer(false), &[plain], HalfClosedRemote);
    row(silent_server_at(HalfClosedRemote), answer(true), &[fin], Closed);
    for fin in [false, true] {
        row(server_at(Idle), answer(fin), &["NeverOpened"], Idle);
        for state in LIVE {
            row(server_at(state), answer(fin), &["SecondReply"], state);
            row(client_at(state), answer(fin), &["ReplyFromOpener"], state);
        }
        for state in OVER {
            row(server_at(state), answer(fin), &["StreamOver"], state);
            row(client_at(state), answer(fin), &["StreamOver"], state);
        }
    }
}

// S1-104, S1-A04
#[test]
fn recv_syn_reply_that_is_awaited() {
    let (open, closed) = (waiting_client_at(Open), waiting_client_at(HalfClosedLocal));
    row(open, recv(reply(1, false)), &["SynReply 1"], Open);
    row(closed, recv(reply(1, false)), &["SynReply 1"], HalfClosedLocal);
    let (open, closed) = (waiting_client_at(Open), waiting_client_at(HalfClosedLocal));
    row(open, recv(reply(1, true)), &["SynReply 1 fin"], HalfClosedRemote);
    row(closed, recv(reply(1, true)), &["SynReply 1 fin"], Closed);
}

// S1-118, S1-A14
#[test]
fn recv_syn_reply_that_is_not_awaited() {
    let second = ["Aborted 1 Local(Status(1), SecondSynReply)", PROTOCOL_ERROR];
    let after_fin = ["Aborted 1 Local(Status(1), AfterFin)", PROTOCOL_ERROR];
    let from_opener = ["Aborted 1 Local(Status(1), ReplyFromOpener)", PROTOCOL_ERROR];
    for fin in [false, true] {
        row(client_at(Idle), recv(reply(1, fin)), &[INVALID_STREAM], Idle);
        row(server_at(Idle), recv(reply(1, fin)), &[INVALID_STREAM], Idle);
        for state in LIVE {
            let fault = if state == HalfClosedRemote { &after_fin } else { &second };
            row(client_at(state), recv(reply(1, fin)), fault, Torn);
            row(server_at(state), recv(reply(1, fin)), &from_opener, Torn);
        }
        for state in [Open, HalfClosedRemote] {
            row(silent_server_at(state), recv(reply(1, fin)), &from_opener, Torn);
        }
        for state in OVER {
            row(client_at(state), recv(reply(1, fin)), &[], state);
            row(server_at(state), recv(reply(1, fin)), &[], state);
        }
    }
}

// S1-102, S1-103, S1-112
#[test]
fn send_data() {
    for (fin, word) in [(false, ""), (true, " fin")] {
        let say = || send(move |session| session.send_data(id(1), "x", fin));
        let frame = format!("DATA stream=1{word} length=1");
        for end_at in [client_at, server_at] {
            let rows = [
                (Idle, "NeverOpened", Idle),
                (Open, &frame, if fin { HalfClosedLocal } else { Open }),
                (HalfClosedLocal, "AfterFin", HalfClosedLocal),
                (HalfClosedRemote, &frame, if fin { Closed } else { HalfClosedRemote }),
                (Closed, "StreamOver", Closed),
                (Torn, "StreamOver", Torn),
            ];
            for (before, effect, after) in rows {
                row(end_at(before), say(), &[effect], after);
            }
        }
        let after = if fin { HalfClosedLocal } else { Open };
        row(waiting_client_at(Open), say(), &[&frame], after);
        row(waiting_client_at(HalfClosedLocal), say(), &["AfterFin"], HalfClosedLocal);
    }
}

// S1-A11
#[test]
fn send_data_before_our_reply() {
    for (state, fin) in
        [(Open, false), (Open, true), (HalfClosedRemote, false), (HalfClosedRemote, true)]
    {
        let say = send(move |session| session.send_data(id(1), "x", fin));
        row(silent_server_at(state), say, &["NotReplied"], state);
    }
}

// S1-103, S1-111, S1-118, S1-126, S1-A13
#[test]
fn recv_data() {
    for (fin, word) in [(false, ""), (true, " fin")] {
        let told = format!("Data 1 \"x\"{word}");
        for end_at in [client_at, server_at] {
            let rows: [(State, &[&str], State); 6] = [
                (Idle, &[INVALID_STREAM], Idle),
                (Open, &[&told], if fin { HalfClosedRemote } else { Open }),
                (HalfClosedLocal, &[&told], if fin { Closed } else { HalfClosedLocal }),
                (HalfClosedRemote, &[AFTER_FIN, PROTOCOL_ERROR], Torn),
                (Closed, &[], Closed),
                (Torn, &[], Torn),
            ];
            for (before, effects, after) in rows {
                row(end_at(before), recv(data(1, b"x", fin)), effects, after);
            }
        }
        let after = if fin { HalfClosedRemote } else { Open };
        row(silent_server_at(Open), recv(data(1, b"x", fin)), &[&told], after);
        let effects = [AFTER_FIN, PROTOCOL_ERROR];
        row(silent_server_at(HalfClosedRemote), recv(data(1, b"x", fin)), &effects, Torn);
    }
}

// S1-A11
#[test]
fn recv_data_before_the_reply() {
    for (state, fin) in
        [(Open, false), (Open, true), (HalfClosedLocal, false), (HalfClosedLocal, true)]
    {
        let effects = [AWAITED, PROTOCOL_ERROR];
        row(waiting_client_at(state), recv(data(1, b"x", fin)), &effects, Torn);
    }
}

// S1-A18
#[test]
fn recv_data_with_flag_2() {
    let aborted = |flags: u8| {
        format!("Aborted 1 Local(Status(1), Decode(DataFlags {{ flags: {flags}, length: 1 }}))")
    };
    for flags in [0x02, 0x03] {
        let say = || {
            move |(session, _): &mut End| told(&feed(session, &data_bytes(1, flags, b"x")).unwrap())
        };
        row(client_at(Idle), say(), &[INVALID_STREAM], Idle);
        for state in LIVE {
            row(client_at(state), say(), &[&aborted(flags), PROTOCOL_ERROR], Torn);
        }
        for state in [Open, HalfClosedLocal] {
            let effects = [&aborted(flags), PROTOCOL_ERROR];
            row(waiting_client_at(state), say(), &effects, Torn);
        }
        for state in OVER {
            row(client_at(state), say(), &[], state);
        }
    }
}

// S1-110
#[test]
fn send_fin_stream() {
    let reset = || send(|session| session.fin_stream(id(1), Status::PROTOCOL_ERROR));
    for end_at in [client_at, server_at] {
        row(end_at(Idle), reset(), &["NeverOpened"], Idle);
        for state in LIVE {
            row(end_at(state), reset(), &[PROTOCOL_ERROR], Torn);
        }
        for state in OVER {
            row(end_at(state), reset(), &[], state);
        }
    }
    row(waiting_client_at(Open), reset(), &[PROTOCOL_ERROR], Torn);
    row(silent_server_at(Open), reset(), &[PROTOCOL_ERROR], Torn);
}

// S1-110, S1-A28
#[test]
fn recv_fin_stream() {
    let aborted = ["Aborted 1 Peer(Status(2))"];
    let reset = || recv(fin_stream(1, Status::INVALID_STREAM));
    for end_at in [client_at, server_at] {
        row(end_at(Idle), reset(), &[], Idle);
        for state in LIVE {
            row(end_at(state), reset(), &aborted, Torn);
        }
        for state in OVER {
            row(end_at(state), reset(), &[], state);
        }
    }
    row(waiting_client_at(HalfClosedLocal), reset(), &aborted, Torn);
    row(silent_server_at(HalfClosedRemote), reset(), &aborted, Torn);
}

/// The peer says a frame whose block inflates and has fewer pairs than its count says.
fn recv_faulty(frame: Frame) -> impl FnOnce(&mut End) -> Vec<String> {
    move |(session, peer)| {
        let mut wire = peer.encode(&frame);
        wire[15] += 1;
        let (events, error) = feed_to_the_end(session, &wire);
        let mut seen = told(&events);
        seen.extend(error.err().map(|error| format!("{error:?}")));
        seen
    }
}

const FAULTY: &str = "Aborted 1 Local(Status(1), Decode(Short { field: \"length of a name\" }))";

// S1-A10, S1-A17
#[test]
fn recv_faulty_syn_stream() {
    let second = "Aborted 1 Local(Status(1), SecondSynStream)";
    row(server_at(Idle), recv_faulty(syn(1, false)), &[PROTOCOL_ERROR], Torn);
    for state in LIVE {
        row(server_at(state), recv_faulty(syn(1, false)), &[second, PROTOCOL_ERROR], Torn);
    }
    for state in OVER {
        let effects = ["StreamId(StreamId(1))", "GOAWAY last_good=1"];
        last_row(server_at(state), recv_faulty(syn(1, false)), &effects);
    }
}

// S1-A12, S1-A14, S1-A17, S1-A27
#[test]
fn recv_faulty_syn_reply_or_subresource() {
    row(client_at(Idle), recv_faulty(reply(1, false)), &[INVALID_STREAM], Idle);
    row(client_at(Idle), recv_faulty(subresource(1)), &[], Idle);
    for frame in [reply(1, false), subresource(1)] {
        for state in [Open, HalfClosedLocal] {
            let effects = [FAULTY, PROTOCOL_ERROR];
            row(waiting_client_at(state), recv_faulty(frame.clone()), &effects, Torn);
        }
        for state in LIVE {
            let effects = [FAULTY, PROTOCOL_ERROR];
            row(client_at(state), recv_faulty(frame.clone()), &effects, Torn);
        }
        for state in OVER {
            row(client_at(state), recv_faulty(frame.clone()), &[], state);
        }
    }
}

fn subresource(stream: u32) -> Frame {
    Frame::Subresource(Subresource::new(id(stream), GET))
}

// S1-A27
#[test]
fn send_subresource() {
    let announce = || send(|session| session.subresource(id(1), [("url", "/"), ("method", "GET")]));
    let line = r#"SUBRESOURCE stream=1 url="/" method="GET""#;
    for end_at in [client_at, server_at] {
        row(end_at(Idle), announce(), &["NeverOpened"], Idle);
        row(end_at(Open), announce(), &[line], Open);
        row(end_at(HalfClosedLocal), announce(), &["AfterFin"], HalfClosedLocal);
        row(end_at(HalfClosedRemote), announce(), &[line], HalfClosedRemote);
        row(end_at(Closed), announce(), &["StreamOver"], Closed);
        row(end_at(Torn), announce(), &["StreamOver"], Torn);
    }
}

// S1-A27
#[test]
fn recv_subresource() {
    for end_at in [client_at, server_at] {
        for state in ALL {
            let told: &[&str] = if LIVE.contains(&state) { &["Subresource 1"] } else { &[] };
            row(end_at(state), recv(subresource(1)), told, state);
        }
    }
}

// S1-153, S1-155, S1-A08
#[test]
fn recv_go_away() {
    let go_away = |last_good| recv(Frame::GoAway(GoAway::new(id(last_good))));
    for state in LIVE {
        let not_accepted = ["GoAway 0", "Aborted 1 NotAccepted"];
        row(client_at(state), go_away(0), &not_accepted, Torn);
        row(client_at(state), go_away(1), &["GoAway 1"], state);
        row(server_at(state), go_away(0), &["GoAway 0"], state);
    }
    for state in OVER {
        row(client_at(state), go_away(0), &["GoAway 0"], state);
    }
}

// S1-153
#[test]
fn send_go_away() {
    for state in LIVE {
        let go_away = |last: &mut End| {
            last.0.go_away(GoAwayStatus::OK);
            Vec::new()
        };
        row(client_at(state), go_away, &["GOAWAY last_good=0"], state);
        row(server_at(state), go_away, &["GOAWAY last_good=1"], state);
    }
}

// S1-022, S1-136, S1-A05
#[test]
fn recv_frames_of_no_stream() {
    for state in LIVE {
        let ping = Frame::Ping(PingId::new(2));
        row(client_at(state), recv(Frame::Settings(Default::default())), &["Settings []"], state);
        row(client_at(state), recv(Frame::Noop), &[], state);
        row(client_at(state), recv(ping), &["PING id=2"], state);
        let unknown =
            |end: &mut End| told(&feed(&mut end.0, &control_bytes(99, 0, b"??")).unwrap());
        row(client_at(state), unknown, &[], state);
    }
}

// S1-125, S1-A32, S1-A33
#[test]
fn the_end_of_the_session() {
    let error = || recv_fatal(syn(0, false));
    let closed = || |ends: &mut End| end(&mut ends.0);
    for end_at in [client_at, server_at] {
        for state in LIVE {
            last_row(end_at(state), closed(), &["Aborted 1 Teardown"]);
            let effects = seen(&mut end_at(state), error());
            assert_eq!(effects[..2], ["Aborted 1 Teardown", "StreamId(StreamId(0))"]);
        }
        for state in [Idle, Closed, Torn] {
            last_row(end_at(state), closed(), &[]);
            assert_eq!(seen(&mut end_at(state), error())[0], "StreamId(StreamId(0))");
        }
    }
}
