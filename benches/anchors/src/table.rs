//! Rounds of both sides in turn, and the table of their medians.

use std::time::{Duration, Instant};

use crate::workload::{Work, ours};
use crate::{count, theirs};

pub struct Row {
    pub work: Work,
    pub has_anchor: bool,
    pub target: Option<Target>,
}

/// What is wanted of a row: how many times as fast as the anchor, in how many instructions a unit.
#[derive(Clone, Copy)]
pub struct Target {
    pub ratio: f64,
    pub instructions: Option<f64>,
}

const ROUNDS: usize = 9;

/// Medians in nanoseconds a unit, of ours and of the anchor.
fn time(row: &Row) -> (f64, Option<f64>) {
    let (units, _) = row.work.units();
    let mut sides = vec![ours::round(row.work, units)];
    if row.has_anchor {
        sides.push(theirs::round(row.work, units));
    }
    let mut times = vec![Vec::new(); sides.len()];
    for round in 0..=ROUNDS {
        for (side, times) in sides.iter_mut().zip(&mut times) {
            let start = Instant::now();
            side();
            if round > 0 {
                times.push(start.elapsed());
            }
        }
    }
    let medians: Vec<_> = times.iter_mut().map(|times| median(times, units)).collect();
    (medians[0], medians.get(1).copied())
}

pub fn median(times: &mut [Duration], units: usize) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e9 / units as f64
}

pub fn print(rows: Vec<Row>) {
    println!(
        "ns and instructions a stream or a DATA frame, both ends; medians of {ROUNDS} rounds in turn"
    );
    println!(
        "{:22} {:>8} {:>8} {:>6} {:>7} {:6} {:>8} {:>8} {:>8} {:6} {:>7} {:>7} {:>8} {:>8}",
        "case",
        "ours",
        "h2",
        "ratio",
        "target",
        "",
        "instr",
        "h2",
        "target",
        "",
        "allocs",
        "h2",
        "bytes",
        "h2"
    );
    let mut flat = Vec::new();
    for row in &rows {
        let name = row.work.name();
        let (ours, anchor) = time(row);
        let cost = count::cost(&name, "ours");
        let anchor_cost = row.has_anchor.then(|| count::cost(&name, "h2"));
        let ratio = anchor.map(|anchor| anchor / ours);
        let (wanted, most) = match row.target {
            Some(target) => (row.has_anchor.then_some(target.ratio), target.instructions),
            None => (None, None),
        };
        println!(
            "{name:22} {ours:8.0} {} {} {} {:6} {} {} {} {:6} {} {} {} {}",
            column(anchor, 8, 0),
            column(ratio, 6, 2),
            column(wanted, 7, 1),
            verdict(ratio, wanted, |ratio, wanted| ratio >= wanted),
            column(cost.instructions, 8, 0),
            column(anchor_cost.and_then(|cost| cost.instructions), 8, 0),
            column(most, 8, 0),
            verdict(cost.instructions, most, |count, most| count <= most),
            column(Some(cost.allocations), 7, 2),
            column(anchor_cost.map(|cost| cost.allocations), 7, 2),
            column(Some(cost.bytes), 8, 0),
            column(anchor_cost.map(|cost| cost.bytes), 8, 0),
        );
        if let Work::Data { open, windows } = row.work {
            flat.push((open, windows, ours, cost.instructions));
        }
    }
    for (windows, name, least) in [(true, "SPDY/3.1", 100), (false, "SPDY/2", 1)] {
        let of = || flat.iter().filter(move |row| row.1 == windows);
        flatness(
            name,
            "instructions",
            1.0,
            of().filter(|row| row.0 >= least).filter_map(|row| row.3),
        );
        flatness(name, "time", 15.0, of().filter(|row| row.0 >= 100).map(|row| row.2));
    }
}

/// How far apart the rows of more and more open streams are, in percent.
fn flatness(name: &str, what: &str, target: f64, values: impl Iterator<Item = f64> + Clone) {
    if values.clone().count() > 1 {
        let (least, most) = (values.clone().fold(f64::MAX, f64::min), values.fold(0.0, f64::max));
        let apart = (most / least - 1.0) * 100.0;
        let verdict = if apart <= target { "ok" } else { "short" };
        println!("open streams, {name}, {what}: {apart:.1} % apart, target {target} %  {verdict}");
    }
}

fn column(value: Option<f64>, width: usize, digits: usize) -> String {
    match value {
        Some(value) => format!("{value:width$.digits$}"),
        None => format!("{:>width$}", "-"),
    }
}

pub fn verdict(
    found: Option<f64>,
    wanted: Option<f64>,
    holds: fn(f64, f64) -> bool,
) -> &'static str {
    match (found, wanted) {
        (Some(found), Some(wanted)) if holds(found, wanted) => "ok",
        (Some(_), Some(_)) => "SHORT",
        (None, Some(_)) => "-",
        _ => "",
    }
}
