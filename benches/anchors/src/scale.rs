//! Many sessions in one process: what they hold, and whether they slow each other down.
//!
//! Each case runs in a process of its own, because what an allocator has taken it does not give back.

use std::process::Command;
use std::time::Instant;

use bytes::Bytes;
use spdy::{Compression, Config, Role, Session, Version};

use crate::count;
use crate::table::verdict;
use crate::workload::ours::{Ends, Wires};

const IDLE: usize = 1_000_000;
/// Ends that have exchanged something, of half as many connections.
const BUSY: usize = 10_000;
const EXCHANGES: usize = 1_000;
/// How many exchanges the ends have behind them whose instructions are counted.
const COUNTED: usize = 5;
const FEW: usize = 10;

pub fn print() {
    println!("sessions in one process");
    for (case, target) in [("idle", 1.2), ("busy off", 0.6), ("busy on", 0.8)] {
        let found: f64 = run(case)[0] / 1e9;
        let verdict = verdict(Some(found), Some(target), |found, target| found <= target);
        println!("{case:8} {found:5.2} GB resident, target {target} GB  {verdict}");
    }
    for compression in ["off", "on"] {
        let one = |ends: usize| {
            let cost = count::cost_of(&["scale", &format!("cost {compression} {ends}")]);
            (cost.instructions, run(&format!("time {compression} {ends}"))[0])
        };
        let ((few, few_ns), (many, many_ns)) = (one(FEW), one(BUSY));
        let apart = few.zip(many).map(|(few, many)| (many / few - 1.0) * 100.0);
        println!(
            "an exchange, {compression}: {} instructions with {FEW} ends, {} with {BUSY}: {} % more, target 10 %  {}",
            few.map_or("-".into(), |few| format!("{few:.0}")),
            many.map_or("-".into(), |many| format!("{many:.0}")),
            apart.map_or("-".into(), |apart| format!("{apart:.1}")),
            verdict(apart, Some(10.0), |apart, target| apart <= target),
        );
        println!("    {few_ns:.0} ns, and {many_ns:.0} ns with every end out of the caches");
    }
}

/// What `anchors scale CASE` prints.
fn run(case: &str) -> Vec<f64> {
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this).args(["scale", case]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    printed.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

pub fn report(case: &str) {
    let words: Vec<_> = case.split(' ').collect();
    let compression = |word: &str| match word {
        "on" => Compression::On,
        _ => Compression::Off,
    };
    match words[..] {
        ["idle"] => {
            let before = resident();
            let roles = [Role::Client, Role::Server].into_iter().cycle().take(IDLE);
            let new = |role| Session::new(Version::Spdy3_1, role, Config::default());
            let sessions: Vec<_> = roles.map(new).collect();
            println!("{}", resident() - before);
            drop(sessions);
        }
        ["busy", word] => {
            let before = resident();
            let mut all = Busy::new(BUSY, compression(word));
            all.exchange(EXCHANGES);
            println!("{}", resident() - before);
        }
        ["time", word, ends] => {
            let ends = ends.parse().unwrap();
            let mut all = Busy::new(ends, compression(word));
            let rounds = 2 * BUSY / ends;
            all.exchange(rounds.max(EXCHANGES / 10));
            let start = Instant::now();
            all.exchange(rounds);
            println!("{}", start.elapsed().as_secs_f64() * 1e9 / (rounds * ends / 2) as f64);
        }
        ["cost", word, ends] => {
            let ends = ends.parse().unwrap();
            let mut all = Busy::new(ends, compression(word));
            all.exchange(COUNTED);
            count::report(ends / 2, &mut || all.exchange(1));
        }
        _ => panic!("no case {case}"),
    }
}

/// Connections that take turns: each end is out of the caches when it comes again.
struct Busy {
    connections: Vec<Ends>,
    wires: Wires,
    next: usize,
}

impl Busy {
    fn new(ends: usize, compression: Compression) -> Self {
        let new = |_| Ends::new(Version::Spdy3_1, compression);
        Self { connections: (0..ends / 2).map(new).collect(), wires: Wires::default(), next: 0 }
    }

    fn exchange(&mut self, times: usize) {
        for _ in 0..times {
            for ends in &mut self.connections {
                self.wires.exchange(ends, self.next..self.next + 1, &Bytes::new());
            }
            self.next += 1;
        }
    }
}

/// Bytes of memory that the process has.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<i64>().unwrap() * 1024
}
