use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use std::fs;

use super::*;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testvectors/stream_states.txt");

fn inputs() -> Vec<(String, Input)> {
    let mut inputs = Vec::new();
    for (fin, word) in [(false, ""), (true, "+FIN")] {
        for (one_way, kind) in [(false, ""), (true, " one-way")] {
            inputs.push((format!("send SYN_STREAM{word}{kind}"), Input::SendSyn { fin, one_way }));
            inputs.push((format!("recv SYN_STREAM{word}{kind}"), Input::RecvSyn { fin, one_way }));
        }
        inputs.push((format!("send SYN_REPLY{word}"), Input::SendReply { fin }));
        inputs.push((format!("recv SYN_REPLY{word}"), Input::RecvReply { fin }));
        inputs.push((format!("send DATA{word}"), Input::SendData { fin }));
        inputs.push((format!("recv DATA{word}"), Input::RecvData { fin }));
        inputs.push((format!("send HEADERS{word}"), Input::SendHeaders { fin }));
        inputs.push((format!("recv HEADERS{word}"), Input::RecvHeaders { fin }));
    }
    inputs.push(("send SUBRESOURCE".into(), Input::SendSubresource));
    inputs.push(("recv SUBRESOURCE".into(), Input::RecvSubresource));
    inputs.push(("our FIN staged".into(), Input::FinStaged));
    inputs.push(("send FIN_STREAM".into(), Input::SendFinStream));
    inputs.push(("recv FIN_STREAM".into(), Input::RecvFinStream));
    inputs
}

fn name(state: State) -> String {
    let live = match state {
        State::Idle => return "idle".into(),
        State::Over => return "over".into(),
        State::Live(live) => live,
    };
    let kind = match (live.opener, live.one_way) {
        (Opener::Local, false) => "ours",
        (Opener::Local, true) => "ours one-way",
        (Opener::Remote, false) => "theirs",
        (Opener::Remote, true) => "theirs one-way",
    };
    let half = |half| match half {
        Half::Open => "open",
        Half::Finishing => "finishing",
        Half::Closed => "closed",
    };
    format!(
        "{kind}, {}, local {}, remote {}",
        if live.replied { "replied" } else { "no reply" },
        half(live.local),
        half(live.remote)
    )
}

/// Every state that can be reached from idle.
fn reachable() -> BTreeMap<String, State> {
    let mut found = BTreeMap::from([(name(State::Idle), State::Idle)]);
    let mut open = Vec::from([State::Idle]);
    while let Some(state) = open.pop() {
        for (_, input) in inputs() {
            if let Ok(next) = state.on(input) {
                if found.insert(name(next), next).is_none() {
                    open.push(next);
                }
            }
        }
    }
    found
}

fn short(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NeverOpened => "never",
        Refusal::Over => "over",
        Refusal::DataWhenOver => "data",
        Refusal::SecondSyn => "syn2",
        Refusal::SecondReply => "reply2",
        Refusal::ReplyFromOpener => "opener",
        Refusal::DataBeforeReply => "before",
        Refusal::AfterFin => "fin",
        Refusal::AgainstOneWay => "oneway",
        Refusal::Void => "-",
    }
}

fn table() -> String {
    let mut states: Vec<_> = reachable().into_iter().collect();
    states
        .sort_by_key(|(name, state)| (*state == State::Over, *state != State::Idle, name.clone()));
    let letters: Vec<char> = ('A'..).take(states.len()).collect();
    let letter = |state| {
        let at = states.iter().position(|(_, known)| *known == state);
        letters[at.unwrap()]
    };
    let mut text = String::from(
        "# The life of a stream, whole: a column for each state, a line for each input.\n\
         # A letter is the next state, a dot the same one. A word says why the input does not fit:\n\
         # what that costs is the version's affair when the peer did it, a refused call when we did.\n\
         # Written by `BLESS=1 cargo test stream_states`; a test compares it with the code.\n\n",
    );
    for (name, state) in &states {
        writeln!(text, "{} {name}", letter(*state)).unwrap();
    }
    text.push_str(
        "\nnever   the stream was never opened     opener  SYN_REPLY from the side that opened it\n\
         over    it has ended                    before  DATA or HEADERS before the SYN_REPLY\n\
         data    DATA for one that has ended     fin     its sender has finished\n\
         syn2    SYN_STREAM for a live stream    oneway  its sender may not send on this stream\n\
         reply2  a second SYN_REPLY              -       means nothing here, in any version\n\n",
    );
    let cells =
        |cells: Vec<String>| cells.iter().map(|cell| format!(" {cell:<6}")).collect::<String>();
    let head = cells(letters.iter().map(|letter| format!("{letter}")).collect());
    writeln!(text, "{:28}{}", "", head.trim_end()).unwrap();
    for (word, input) in inputs() {
        let row = states.iter().map(|(_, state)| match state.on(input) {
            Ok(next) if next == *state => ".".into(),
            Ok(next) => letter(next).into(),
            Err(refusal) => short(refusal).into(),
        });
        writeln!(text, "{word:<28}{}", cells(row.collect()).trim_end()).unwrap();
    }
    text
}

/// The whole table is one page that a person can review.
#[test]
fn stream_states_are_those_of_the_reviewed_table() {
    let table = table();
    if std::env::var_os("BLESS").is_some() {
        fs::write(PATH, &table).unwrap();
    }
    assert_eq!(table, fs::read_to_string(PATH).unwrap());
}

// S1-111, S1-112, S1-126: nothing leads out of the end, and no input there is more than ignored
// or refused.
#[test]
fn a_stream_that_is_over_stays_over() {
    for (_, input) in inputs() {
        let refused = State::Over.on(input);
        assert!(matches!(refused, Err(Refusal::Over | Refusal::DataWhenOver | Refusal::Void)));
    }
}

// S1-110: a reset ends a stream in every state that has one.
#[test]
fn a_reset_ends_every_live_stream() {
    for (_, state) in reachable() {
        if let State::Live(_) = state {
            assert_eq!(state.on(Input::SendFinStream), Ok(State::Over));
            assert_eq!(state.on(Input::RecvFinStream), Ok(State::Over));
        }
    }
}

// S1-102, S1-103: whoever has finished sends no more, and both FINs end the stream.
#[test]
fn a_half_closes_once() {
    for (_, state) in reachable() {
        let State::Live(live) = state else { continue };
        for fin in [false, true] {
            if live.local != Half::Open {
                assert!(state.on(Input::SendData { fin }).is_err());
            }
            if live.remote != Half::Open {
                assert!(state.on(Input::RecvData { fin }).is_err());
            }
        }
    }
}

#[test]
fn the_short_answers_for_data_are_those_of_the_machine() {
    for state in reachable().into_values() {
        let State::Live(live) = state else { continue };
        for fin in [false, true] {
            assert_eq!(live.takes_data(), state.on(Input::RecvData { fin }).is_ok());
            assert_eq!(live.gives_data(), state.on(Input::SendData { fin }).is_ok());
        }
        for input in [Input::RecvData { fin: false }, Input::SendData { fin: false }] {
            assert!(state.on(input).is_err() || state.on(input) == Ok(state));
        }
    }
}
