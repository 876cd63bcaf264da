//! How fast payloads are masked, frames read and frames written. `memcpy` is the floor: one copy of the
//! same bytes, at the same offset.
//!
//! ```text
//! cargo bench --bench websocket --features speed-mobility
//! ```

use std::hint::black_box;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use spdy::Role;
use spdy::websocket::{Decoder, Encoder, Kind, Limits, Mask};

/// 32 KiB and what is larger do not fit in the nearest cache twice.
const SIZES: [usize; 5] = [125, 1024, 16 * 1024, 64 * 1024, 1024 * 1024];
/// Where in a vector of 16 bytes a payload begins: behind a head it is anywhere.
const OFFSETS: [usize; 2] = [0, 6];
const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// In place, into a buffer of its own, and in place in pieces that do not fit the key.
fn mask(criterion: &mut Criterion) {
    for offset in OFFSETS {
        let mut group = criterion.benchmark_group(format!("mask at {offset}"));
        for size in SIZES {
            let from = vec![b'x'; size + offset];
            let mut to = from.clone();
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_function(BenchmarkId::new("memcpy", size), |bencher| {
                bencher.iter(|| {
                    black_box(&mut to[offset..]).copy_from_slice(black_box(&from[offset..]));
                });
            });
            group.bench_function(BenchmarkId::new("memcpy to a new buffer", size), |bencher| {
                bencher.iter(|| Bytes::copy_from_slice(black_box(&from[offset..])));
            });
            group.bench_function(BenchmarkId::new("apply", size), |bencher| {
                bencher.iter(|| Mask::new(black_box(KEY)).apply(black_box(&mut to[offset..])));
            });
            group.bench_function(BenchmarkId::new("apply in pieces", size), |bencher| {
                bencher.iter(|| {
                    let mut mask = Mask::new(black_box(KEY));
                    for piece in black_box(&mut to[offset..]).chunks_mut(1447) {
                        mask.apply(piece);
                    }
                });
            });
            group.bench_function(BenchmarkId::new("applied_to", size), |bencher| {
                bencher.iter(|| Mask::new(black_box(KEY)).applied_to(black_box(&from[offset..])));
            });
        }
        group.finish();
    }
}

/// A message in one frame, written by a client or a server and read by the other.
fn message(criterion: &mut Criterion) {
    for role in [Role::Client, Role::Server] {
        let mut group = criterion.benchmark_group(format!("message of a {role:?}"));
        for size in SIZES {
            let payload = vec![b'x'; size];
            let mut encoder = Encoder::new(role, || KEY);
            let mut wire = BytesMut::with_capacity(size + 14);
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_function(BenchmarkId::new("encode", size), |bencher| {
                bencher.iter(|| {
                    wire.clear();
                    encoder.message(Kind::Binary, black_box(&payload), &mut wire).unwrap();
                    black_box(wire.len())
                });
            });
            let wire = wire.freeze();
            let mut decoder = Decoder::new(role.peer(), Limits::default());
            group.bench_function(BenchmarkId::new("decode", size), |bencher| {
                bencher.iter(|| {
                    let mut input = wire.clone();
                    while let Some(received) = decoder.decode(&mut input).unwrap() {
                        black_box(received);
                    }
                });
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = mask, message
}
criterion_main!(benches);
