//! What the crate costs beside the `h2` crate, and beside other implementations of SPDY; `run` beside
//! this package's manifest builds and runs it.
//!
//! ```text
//! anchors                    ours against h2, in memory
//! anchors peers PROGRAM...   ours against other implementations, through loopback TCP
//! anchors scale              many sessions in one process
//! ```

mod count;
mod peers;
mod scale;
mod table;
mod theirs;
#[path = "../../workload/mod.rs"]
mod workload;

use spdy::Compression::{Off, On};

use table::{Row, Target};
use workload::{Work, ours};

fn rows() -> Vec<Row> {
    const KIB: usize = 1024;
    // The factor and the instructions that are wanted, with 100 streams in flight.
    let streams = [
        (0, Off, 6.0, Some(16_000.0)),
        (0, On, 3.5, Some(28_000.0)),
        (KIB, Off, 5.0, None),
        (KIB, On, 3.5, None),
        (64 * KIB, Off, 3.0, None),
        (64 * KIB, On, 3.0, None),
    ];
    let streams = streams.into_iter().flat_map(|(body, compression, ratio, instructions)| {
        [(1, None), (100, Some(Target { ratio, instructions }))].map(|(in_flight, target)| Row {
            work: Work::Streams { body, in_flight, compression },
            has_anchor: true,
            target,
        })
    });
    let data = [1, 100, 1_000, 10_000, 100_000, 1_000_000].map(|open| Row {
        work: Work::Data { open, windows: true },
        has_anchor: open < 1_000_000, // It would take 2 GB.
        target: Some(Target { ratio: 8.0, instructions: Some(900.0) }),
    });
    let no_windows = [1, 100, 10_000, 1_000_000].map(|open| Row {
        work: Work::Data { open, windows: false },
        has_anchor: false,
        target: None,
    });
    streams.chain(data).chain(no_windows).collect()
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => table::print(rows()),
        ["only", part] => {
            let chosen = rows().into_iter().filter(|row| row.work.name().contains(part));
            table::print(chosen.collect());
        }
        ["count", case, side] => {
            let row = rows().into_iter().find(|row| row.work.name() == case).expect("a case");
            let (_, units) = row.work.units();
            let build = if side == "ours" { ours::round } else { theirs::round };
            count::report(units, &mut build(row.work, units));
        }
        ["peers", ref programs @ ..] => peers::print(programs),
        ["scale"] => scale::print(),
        ["scale", case] => scale::report(case),
        _ => {
            eprintln!("usage: anchors [only PART | peers PROGRAM... | scale]");
            std::process::exit(2);
        }
    }
}
