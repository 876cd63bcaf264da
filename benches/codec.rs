//! How fast frames are read and written. The floor is `memcpy`, one copy of the same bytes, and where
//! header blocks are read miniz_oxide, which inflates them and makes no lists of them.
//!
//! ```text
//! cargo bench --bench codec
//! ```

#[path = "headers/raw_miniz.rs"]
mod raw_miniz;

use std::hint::black_box;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use raw_miniz::RawMiniz;
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::frame::{Data, Frame, SynReply};
use spdy::{Compression, Config, Event, Open, PingId, Session, StreamId, Version};

const VERSION: Version = Version::Draft1;
const SIZES: [usize; 4] = [0, 100, 1024, 16 * 1024];
const STREAM: StreamId = StreamId::new(1);
const COMPRESSIONS: [Compression; 2] = [Compression::Off, Compression::On];

/// A reply as servers sent it in 2010.
const REPLY: [(&str, &str); 8] = [
    ("status", "200 OK"),
    ("version", "HTTP/1.1"),
    ("content-type", "text/html; charset=utf-8"),
    ("content-length", "16384"),
    ("date", "Mon, 12 Apr 2010 10:21:33 GMT"),
    ("server", "GFE/2.0"),
    ("cache-control", "private, max-age=0"),
    ("last-modified", "Sun, 11 Apr 2010 22:01:07 GMT"),
];

fn data(size: usize) -> Frame {
    let mut data = Data::new(STREAM, vec![b'x'; size]);
    data.fin = size == 0; // Empty and without FIN it would be dropped.
    Frame::Data(data)
}

fn reply() -> Frame {
    Frame::SynReply(SynReply::new(STREAM, REPLY))
}

fn encoded(compression: Compression, frames: &[Frame]) -> Bytes {
    let mut encoder = Encoder::new(VERSION, compression);
    let mut wire = BytesMut::new();
    frames.iter().for_each(|frame| encoder.encode(frame, &mut wire).unwrap());
    wire.freeze()
}

fn decode_all(decoder: &mut Decoder, input: &mut impl Buf) {
    while let Some(frame) = decoder.decode(input).unwrap() {
        black_box(frame);
    }
}

fn memcpy(group: &mut BenchmarkGroup<'_, WallTime>, size: usize) {
    let (from, mut to) = (vec![b'x'; size + 8], vec![0; size + 8]);
    group.bench_function(BenchmarkId::new("memcpy", size), |bencher| {
        bencher.iter(|| black_box(&mut to).copy_from_slice(black_box(&from)));
    });
}

/// One DATA frame: out of a buffer of which it becomes a slice, and out of a slice, with a copy.
fn frame_decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame_decode");
    for size in SIZES {
        let wire = encoded(Compression::Off, &[data(size)]);
        group.throughput(Throughput::Bytes(wire.len() as u64));
        memcpy(&mut group, size);
        let mut decoder = Decoder::new(VERSION, Limits::default());
        group.bench_function(BenchmarkId::new("slice of Bytes", size), |bencher| {
            bencher.iter(|| decode_all(&mut decoder, &mut wire.clone()));
        });
        group.bench_function(BenchmarkId::new("copy of &[u8]", size), |bencher| {
            bencher.iter(|| decode_all(&mut decoder, &mut &wire[..]));
        });
    }
}

/// One DATA frame: by the encoder, which copies, and by a session, whose output is the caller's
/// bytes.
fn frame_encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame_encode");
    for size in SIZES {
        group.throughput(Throughput::Bytes(size as u64 + 8));
        memcpy(&mut group, size);
        let frame = data(size);
        let mut encoder = Encoder::new(VERSION, Compression::Off);
        let mut wire = BytesMut::with_capacity(size + 8);
        group.bench_function(BenchmarkId::new("encoder", size), |bencher| {
            bencher.iter(|| {
                wire.clear();
                encoder.encode(black_box(&frame), &mut wire).unwrap();
                black_box(wire.len())
            });
        });
        if size == 0 {
            continue; // It would end the stream.
        }
        let (mut session, stream) = session_with_stream();
        let payload = Bytes::from(vec![b'x'; size]);
        group.bench_function(BenchmarkId::new("session", size), |bencher| {
            bencher.iter(|| {
                session.send_data(stream, payload.clone(), false).unwrap();
                write_all(&mut session)
            });
        });
    }
}

fn session_with_stream() -> (Session, StreamId) {
    let mut session = Session::client(VERSION, Config::default());
    let stream = session.open(Open::new([("method", "POST"), ("url", "/")])).unwrap();
    write_all(&mut session);
    (session, stream)
}

/// What a driver does, without the system call.
fn write_all(session: &mut Session) -> usize {
    let mut written = 0;
    while session.wants_write() {
        let mut output = session.output();
        while output.has_remaining() {
            let len = black_box(output.chunk()).len();
            output.advance(len);
            written += len;
        }
    }
    written
}

/// A PING of the peer, and its echo.
fn ping(criterion: &mut Criterion) {
    let wire = encoded(Compression::Off, &[Frame::Ping(PingId::new(1))]);
    let mut session = Session::server(VERSION, Config::default());
    criterion.bench_function("ping", |bencher| {
        bencher.iter(|| {
            let event: Option<Event> = session.next_event(&mut &wire[..]).unwrap();
            assert!(event.is_none());
            write_all(&mut session)
        });
    });
}

/// How many replies share a context: the first one pays for the window.
const REPLIES: usize = 100;

fn headers_decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("headers_decode");
    group.throughput(Throughput::Elements(REPLIES as u64));
    for compression in COMPRESSIONS {
        let wire = encoded(compression, &vec![reply(); REPLIES]);
        group.bench_function(format!("{compression:?}"), |bencher| {
            bencher.iter_batched_ref(
                || Decoder::new(VERSION, Limits::default()),
                |decoder| decode_all(decoder, &mut &wire[..]),
                BatchSize::SmallInput,
            );
        });
        let blocks = blocks(&wire);
        group.bench_function(format!("{compression:?}, miniz_oxide"), |bencher| {
            bencher.iter_batched_ref(
                RawMiniz::new,
                |miniz| blocks.iter().for_each(|block| _ = black_box(miniz.inflate(block))),
                BatchSize::SmallInput,
            );
        });
    }
}

/// The blocks of SYN_REPLYs, each behind its head, a stream-ID, unused bytes and the number of pairs.
fn blocks(mut wire: &[u8]) -> Vec<&[u8]> {
    let mut blocks = Vec::new();
    while let Some((head, rest)) = wire.split_first_chunk::<8>() {
        let [.., a, b, c] = *head;
        let (payload, behind) = rest.split_at(u32::from_be_bytes([0, a, b, c]) as usize);
        blocks.push(&payload[8..]);
        wire = behind;
    }
    blocks
}

fn headers_encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("headers_encode");
    group.throughput(Throughput::Elements(REPLIES as u64));
    let frames = vec![reply(); REPLIES];
    memcpy(&mut group, encoded(Compression::Off, &frames).len());
    for compression in COMPRESSIONS {
        group.bench_function(format!("{compression:?}"), |bencher| {
            bencher.iter(|| encoded(compression, &frames));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = frame_decode, frame_encode, ping, headers_decode, headers_encode
}
criterion_main!(benches);
