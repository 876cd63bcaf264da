//! What the header compression costs, each figure beside its reference from the same run and held
//! against its target.
//!
//! ```text
//! cargo bench --bench headers
//! ```
//!
//! Instructions are counted by valgrind, and left out where it is not; bytes and memory are exact;
//! times are the least of many rounds in which ours and the reference take turns.

#[path = "gate/corpus.rs"]
mod corpus;
#[path = "gate/counting.rs"]
mod counting;
#[path = "gate/headers.rs"]
mod headers;

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::Bytes;
use headers::{BLOCKS, Maker, RawMiniz, VERSION, blocks, decode_all, lists, parts, plain, wire};
use spdy::Compression;
use spdy::codec::{Decoder, Limits};

type Case = fn() -> u64;

const ZLIB: Maker = Maker::Zlib { level: 6 };
const MINIZ: Maker = Maker::Miniz { level: 6 };

/// What valgrind counts: instructions of one unit.
const COUNTED: [(&str, Case); 8] = [
    ("encode_stored", || headers::encode(Compression::Off, headers::lists())),
    ("encode_on", || headers::encode(Compression::On, headers::public_lists())),
    ("decode_stored", || headers::decode(&Maker::Ours(Compression::Off))),
    ("decode_zlib", || headers::decode(&ZLIB)),
    ("decode_zlib_raw", || headers::raw_miniz(&ZLIB)),
    ("decode_dynamic", || headers::decode(&MINIZ)),
    ("decode_dynamic_raw", || headers::raw_miniz(&MINIZ)),
    ("first_header_on", || headers::first_header(Compression::On)),
];

fn main() {
    if let Some(case) = std::env::args().nth(1).filter(|argument| !argument.starts_with('-')) {
        let (_, case) = COUNTED.iter().find(|(name, _)| *name == case).unwrap();
        println!("{}", case());
        return;
    }
    for (name, _) in COUNTED { println!("{name} {:?}", instructions(name)); }
    let plains: Vec<_> = headers::public_lists().iter().map(plain).collect();
    let full: Vec<_> = lists().iter().map(plain).collect();
    println!("full plain {}", full[40..].iter().map(Vec::len).sum::<usize>());
    let z = blocks(&ZLIB, &lists());
    println!("full zlib {}", parts(&z).1.iter().map(Vec::len).sum::<usize>());
    for (name, maker) in [("zlib", &ZLIB), ("dyn", &MINIZ)] {
        let all = blocks(maker, &lists());
        println!("{name} {}", parts(&all).1.iter().map(Vec::len).sum::<usize>());
        let (ours, raw) = decode_times(&all);
        println!("{name} {ours:?} {raw:?} {:.3}", ours.as_secs_f64() / raw.as_secs_f64());
    }
    let ours = blocks(&Maker::Ours(Compression::On), &headers::public_lists());
    let z = blocks(&ZLIB, &headers::public_lists());
    println!("cut zlib {}", parts(&z).1.iter().map(Vec::len).sum::<usize>());
    println!("ours {}", parts(&ours).1.iter().map(Vec::len).sum::<usize>());
    println!("plain {}", plains[40..].iter().map(Vec::len).sum::<usize>());
}

fn instructions(case: &str) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*measured*"])
        .arg(std::env::current_exe().unwrap())
        .arg(case)
        .output()
        .ok()?;
    let units: f64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let collected = stderr.split("Collected : ").nth(1).unwrap();
    let count: f64 = collected.split_whitespace().next().unwrap().parse().unwrap();
    Some(count / units)
}

const ROUNDS: usize = 60;

/// The least that a round took, of ours and of the reference.
fn least(mut round: impl FnMut() -> (Duration, Duration)) -> (Duration, Duration) {
    (0..ROUNDS).map(|_| round()).reduce(|a, b| (a.0.min(b.0), a.1.min(b.1))).unwrap()
}

fn decode_times(blocks: &[Vec<u8>]) -> (Duration, Duration) {
    let (first, rest) = parts(blocks);
    let mut first = first.to_vec();
    let (wires, wire_rest) = (wire(&first), wire(rest));
    first[0].drain(..6);
    least(|| {
        let mut decoder = Decoder::new(VERSION, Limits::default());
        decode_all(&mut decoder, &mut wires.clone());
        let mut wire: Bytes = wire_rest.clone();
        let start = Instant::now();
        decode_all(&mut decoder, &mut wire);
        let ours = start.elapsed();
        let mut miniz = RawMiniz::new();
        first.iter().for_each(|block| _ = black_box(miniz.inflate(block)));
        let start = Instant::now();
        rest.iter().for_each(|block| _ = black_box(miniz.inflate(block)));
        (ours / BLOCKS as u32, start.elapsed() / BLOCKS as u32)
    })
}
