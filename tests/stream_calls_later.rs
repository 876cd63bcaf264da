//! What a caller may do in each state of a stream in SPDY/2, 3 and 3.1, and what then goes out.

#[path = "common/carrier.rs"]
mod carrier;
mod common;
#[path = "common/scenario.rs"]
mod scenario;
#[path = "common/tables.rs"]
mod tables;

use common::{data_bytes, id};
use scenario::*;
use spdy::{Status, Version};
use tables::*;

// A cell: `ok`, `-` (taken, and nothing is sent) or `error`, which changes nothing.

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
    let count = play(CALLS, &LATER_AND_SM, &ALL[..3], call_flags, call);
    assert!(count > 2_000, "only {count} cells were played");
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
