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

use bytes::{BufMut, BytesMut};
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

/// 256 KiB of DATA in frames of 16 KiB, read so many bytes at a time into a buffer of its own.
fn reads(criterion: &mut Criterion) {
    const BODY: usize = 256 * 1024;
    let mut group = criterion.benchmark_group("reads");
    group.throughput(Throughput::Bytes(BODY as u64));
    memcpy(&mut group, "", BODY);
    let mut client = Session::client(Version::Spdy2, Config::default());
    let mut server = Session::server(Version::Spdy2, Config::default());
    let stream = client.open(()).unwrap();
    read_all(&mut server, BytesMut::from(&*written(&mut client)));
    client.send_data(stream, vec![b'x'; BODY], false).unwrap();
    let wire = written(&mut client);
    for size in [1, 4, 16, 64] {
        group.bench_function(format!("{size} KiB"), |bencher| {
            bencher.iter(|| {
                let pieces = wire.chunks(size * 1024).map(BytesMut::from);
                pieces.for_each(|piece| read_all(&mut server, piece));
            });
        });
    }
}

fn written(session: &mut Session) -> Vec<u8> {
    let mut wire = Vec::new();
    while session.wants_write() {
        wire.put(session.output());
    }
    wire
}

fn read_all(session: &mut Session, mut input: BytesMut) {
    while black_box(session.next_event(&mut input).unwrap()).is_some() {}
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = new_session, streams, open_streams, reads
}
criterion_main!(benches);
