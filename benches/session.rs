//! What two sessions cost that talk to each other in memory. `memcpy` is the floor: one copy of about
//! as many bytes as go over the wire.
//!
//! ```text
//! cargo bench --bench session
//! ```

#[path = "workload/mod.rs"]
mod workload;

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use spdy::{Compression, Config, Session, Version};
use workload::{BATCH, DATA_LEN, Work, ours};

const IN_FLIGHT: usize = 100;

/// A request and a response on the wire, without compression and without the body.
const EXCHANGE: usize = 900;

const FRAME_HEAD: usize = 8;

fn memcpy(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, len: usize) {
    let (from, mut to) = (vec![b'x'; len], vec![0; len]);
    group.bench_function(BenchmarkId::new("memcpy", name), |bencher| {
        bencher.iter(|| black_box(&mut to).copy_from_slice(black_box(&from)));
    });
}

fn new_session(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("new_session");
    memcpy(&mut group, "", size_of::<Session>());
    group.bench_function("client", |bencher| {
        bencher.iter(|| Session::client(Version::Spdy3_1, Config::default()));
    });
}

/// A hundred requests in flight, and their responses.
fn streams(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("streams");
    group.throughput(Throughput::Elements(IN_FLIGHT as u64));
    for (name, body) in [("0", 0), ("1 KiB", 1024), ("64 KiB", 64 * 1024)] {
        memcpy(&mut group, name, IN_FLIGHT * (EXCHANGE + body));
        for compression in [Compression::Off, Compression::On] {
            let work = Work::Streams { body, in_flight: IN_FLIGHT, compression };
            let mut round = ours::round(work, IN_FLIGHT);
            let id = BenchmarkId::new(format!("{compression:?}"), name);
            group.bench_function(id, |bencher| bencher.iter(&mut round));
        }
    }
}

/// A hundred small DATA frames in turn over more and more open streams.
fn open_streams(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("open_streams");
    group.throughput(Throughput::Elements(BATCH as u64));
    memcpy(&mut group, "", BATCH * (DATA_LEN + FRAME_HEAD));
    for open in [1, 100, 1_000, 10_000, 100_000, 1_000_000] {
        let mut round = ours::round(Work::Data { open, windows: true }, BATCH);
        group.bench_function(open.to_string(), |bencher| bencher.iter(&mut round));
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = new_session, streams, open_streams
}
criterion_main!(benches);
