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
            inputs.push((
                format!("send SYN_STREAM{word}{kind}"),
                Input::SendSyn { fin, one_way },
            ));
            inputs.push((
                format!("recv SYN_STREAM{word}{kind}"),
                Input::RecvSyn { fin, one_way },
            ));
        }
        inputs.push((format!("send SYN_REPLY{word}"), Input::SendReply { fin }));
        inputs.push((format!("recv SYN_REPLY{word}"), Input::RecvReply { fin }));
        inputs.push((format!("send DATA{word}"), Input::SendData { fin }));
        inputs.push((format!("recv DATA{word}"), Input::RecvData { fin }));
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

fn table() -> String {
    let mut text = String::from(
        "# Every state of a stream and what each input does to it: the next state, or in brackets\n\
         # why it does not fit (what that costs the peer is the version's affair).\n\
         # Written by `BLESS=1 cargo test stream_states`; a test compares it with the code.\n",
    );
    for (name_of_state, state) in reachable() {
        writeln!(text, "\n{name_of_state}").unwrap();
        for (word, input) in inputs() {
            match state.on(input) {
                Ok(next) if next == state => writeln!(text, "  {word:<28} stays"),
                Ok(next) => writeln!(text, "  {word:<28} -> {}", name(next)),
                Err(refusal) => writeln!(text, "  {word:<28} [{refusal:?}]"),
            }
            .unwrap();
        }
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
        assert!(matches!(
            State::Over.on(input),
            Err(Refusal::Over | Refusal::Void)
        ));
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
