//! What a session costs in memory, counted by the allocator.

#[path = "common/alloc.rs"]
mod alloc;
mod common;

use alloc::cost;
use bytes::{Buf, Bytes};
use common::*;
use flate2::{Compress, FlushCompress};
use spdy::codec::{Decoder, Limits};
use spdy::frame::Frame;
use spdy::{
    Compression, Config, Event, Headers, Open, Role, Session, SessionError, SettingId, Settings,
    Status, StreamId, Version,
};

#[test]
fn an_idle_session_takes_at_most_a_kibibyte() {
    for role in [Role::Client, Role::Server] {
        let (session, cost) = cost(|| Session::new(VERSION, role, Config::default()));
        assert_eq!((cost.live, cost.calls), (0, 0), "a new session is all on the stack");
        assert!(size_of_val(&session) <= 1024, "{} bytes", size_of_val(&session));
    }
}

/// What takes messages apart and what makes them are boxed.
#[test]
fn an_idle_session_inside_a_websocket_takes_300_bytes_more() {
    let servers = || Session::server_over_websocket(Config::default());
    let clients = || Session::client_over_websocket(Config::default(), || [1, 2, 3, 4]);
    for (session, cost) in [cost(servers), cost(clients)] {
        assert!(cost.live <= 300 && cost.calls == 2, "{cost:?}");
        assert!(size_of_val(&session) <= 1024, "{} bytes", size_of_val(&session));
    }
}

// S1-030
#[test]
fn a_client_that_heard_no_hello_opens_a_thousand_streams() {
    let mut client = client();
    for number in 0..1000 {
        assert_eq!(client.open(GET), Ok(id(2 * number + 1)));
    }
    assert_eq!(client.can_open(), usize::MAX - 1000);
    let opened = Peer::new().hear(&mut client);
    assert_eq!(opened.len(), 1000);
    assert_eq!(opened[999].display(VERSION).to_string(), syn_text(1999));
}

fn syn_text(stream: u32) -> String {
    syn(stream, false).display(VERSION).to_string()
}

/// One request with a body and its response with one.
fn exchange(pair: &mut Pair, headers: impl Into<Headers>) -> StreamId {
    let headers = headers.into();
    let stream = pair.client.open(headers.clone()).unwrap();
    pair.client.send_data(stream, &b"ping"[..], true).unwrap();
    assert_eq!(pair.to_server().len(), 2);
    pair.server.reply(stream, headers, false).unwrap();
    pair.server.send_data(stream, &b"pong"[..], true).unwrap();
    let events = pair.to_client();
    assert!(matches!(events[..], [Event::SynReply { .. }, Event::Data { fin: true, .. }]));
    stream
}

// S1-010
#[test]
fn a_hundred_thousand_streams_leave_nothing_behind() {
    const STREAMS: u32 = 100_000;
    const WARM_UP: u32 = 1_000;
    let mut pair = Pair::new();
    let ten = |pair: &mut Pair| {
        exchange(pair, GET);
        (1..10).map(|_| exchange(pair, ())).last()
    };
    // One stream outlives them all.
    pair.client.open(GET).unwrap();
    assert_eq!(pair.to_server().len(), 1);
    for _ in 0..WARM_UP / 10 {
        ten(&mut pair);
    }
    let (last, cost) = cost(|| (WARM_UP / 10..STREAMS / 10).map(|_| ten(&mut pair)).last());
    assert_eq!(last.flatten(), Some(id(2 * STREAMS + 1)));
    assert!(cost.live.abs() <= 4 * 1024, "{} bytes more than after warm-up", cost.live);
}

#[test]
fn a_stream_that_lasts_leaves_nothing_behind_either() {
    let mut pair = Pair::new();
    let stream = pair.client.open(GET).unwrap();
    let mut chunk = || {
        pair.client.send_data(stream, &b"chunk"[..], false).unwrap();
        pair.to_server().len()
    };
    assert_eq!(chunk(), 2);
    let (delivered, cost) = cost(|| (0..10_000).map(|_| chunk()).sum::<usize>());
    assert_eq!((delivered, cost.live), (10_000, 0));
}

/// The head of a frame with the largest length there is.
fn head(start: [u8; 4]) -> [u8; 8] {
    let [b0, b1, b2, b3] = start;
    [b0, b1, b2, b3, 0, 0xFF, 0xFF, 0xFF]
}

// S1-A29
#[test]
fn a_data_frame_of_16_mib_is_never_held_whole() {
    const LENGTH: usize = 0x00FF_FFFF;
    for piece in [1_000, 64 * 1024, 1024 * 1024] {
        let mut server = server();
        Peer::new().say(&mut server, &syn(1, false));
        feed(&mut server, &head([0, 0, 0, 1])).unwrap();
        let bytes = vec![7; piece];
        let (delivered, cost) = cost(|| {
            let (mut left, mut delivered) = (LENGTH, 0);
            while left > 0 {
                let mut input = &bytes[..piece.min(left)];
                left -= input.len();
                while let Some(event) = server.next_event(&mut input).unwrap() {
                    let Event::Data { data, .. } = event else { panic!("{event:?}") };
                    delivered += data.len();
                }
            }
            delivered
        });
        assert_eq!(delivered, LENGTH);
        assert!(cost.largest <= 64 * 1024 + 64, "{} bytes at once", cost.largest);
        assert_eq!(cost.live, 0);
    }
}

#[test]
fn data_is_a_slice_of_the_buffer_that_was_read() {
    let mut server = server();
    let mut peer = Peer::new();
    peer.say(&mut server, &syn(1, false));
    let mut wire = Bytes::from(peer.encode(&data(1, &[7; 5000], true)));
    let payload = wire.slice(8..);
    let (event, cost) = cost(|| server.next_event(&mut wire));
    let Ok(Some(Event::Data { data, .. })) = event else { panic!("{event:?}") };
    assert_eq!((data.as_ptr(), data.len()), (payload.as_ptr(), payload.len()));
    assert_eq!(cost.calls, 0, "nothing is copied");
}

// S1-A29
#[test]
fn a_control_frame_that_claims_16_mib_allocates_nothing() {
    for number in 1..=9 {
        let mut decoder = Decoder::new(VERSION, Limits::default());
        let mut input = &head([0x80, 1, 0, number])[..];
        let (result, cost) = cost(|| decoder.decode(&mut input));
        // NOOP and types that do not exist are skipped; all others cannot be so long.
        assert_eq!(result.is_ok(), number == 5 || number == 9, "type {number}: {result:?}");
        assert_eq!((cost.live, cost.calls), (0, 0), "type {number}");
    }
}

// S1-A29
#[test]
fn what_is_reserved_follows_what_has_arrived_not_what_was_claimed() {
    let mut limits = Limits::default();
    limits.control_frame = u32::MAX;
    let mut decoder = Decoder::new(VERSION, limits);
    let (result, cost) = cost(|| {
        assert_eq!(decoder.decode(&mut &head([0x80, 1, 0, 1])[..]), Ok(None));
        decoder.decode(&mut &[0; 1000][..])
    });
    assert_eq!(result, Ok(None));
    assert_eq!(cost.largest, 1000);
}

/// Answers that nobody reads: small pieces, and given back when they have left.
#[test]
fn a_flood_of_pings_takes_no_large_piece_of_memory_and_leaves_none() {
    let mut server = Session::server(VERSION, Config::default());
    let wire: Vec<u8> = (0..5_000u32)
        .flat_map(|number| {
            let [a, b, c, d] = (2 * number + 1).to_be_bytes();
            [0x80, 1, 0, 6, 0, 0, 0, 4, a, b, c, d]
        })
        .collect();
    let ((), cost) = cost(|| {
        assert_eq!(feed(&mut server, &wire), Ok(vec![]));
        let mut left = 0;
        while server.wants_write() {
            let mut output = server.output();
            let len = output.chunk().len();
            output.advance(len);
            left += len;
        }
        assert_eq!(left, wire.len());
    });
    assert!(cost.largest <= 64 * 1024 + 64, "{}", cost.largest);
    assert!(cost.live <= 8 * 1024, "{}", cost.live);
}

#[test]
fn a_flood_of_answers_takes_no_large_piece_of_memory() {
    let mut server = Session::server(VERSION, Config::default());
    let wire: Vec<u8> = (0..4_000u32)
        .flat_map(|number| {
            let [a, b, c, d] = (2 * number + 1).to_be_bytes();
            [a, b, c, d, 0, 0, 0, 0, 0x80, 1, 0, 5, 0, 0, 0, 0]
        })
        .collect();
    let (result, cost) = cost(|| feed(&mut server, &wire));
    assert_eq!(result, Ok(vec![]));
    assert!(server.wants_write());
    assert!(cost.largest <= 64 * 1024 + 64, "{}", cost.largest);
}

#[test]
fn a_request_that_waits_for_its_reply_takes_little() {
    let mut client = client();
    let open = |client: &mut Session| {
        client.open(Open::new(GET).fin(true)).unwrap();
        drain(client);
    };
    (0..100).for_each(|_| open(&mut client));
    let ((), cost) = cost(|| (0..1_000).for_each(|_| open(&mut client)));
    println!("{} bytes a stream", cost.live / 1_000);
    assert!(cost.live <= 96 * 1_000, "{} bytes a stream", cost.live / 1_000);
}

// SPDY/3.1: windows for each stream and for the session.

const V31: Version = Version::Spdy3_1;

fn initial_window(size: u32) -> Frame {
    Frame::Settings(Settings::from([(SettingId::INITIAL_WINDOW_SIZE, size)]))
}

#[test]
fn windows_keep_an_idle_session_within_a_kibibyte_and_a_stream_small() {
    for version in Version::ALL {
        for config in [Config::default(), Config::kubernetes()] {
            let (session, cost) = cost(|| Session::server(version, config));
            assert_eq!((cost.live, cost.calls), (0, 0), "a new session is all on the stack");
            assert!(size_of_val(&session) <= 1024, "{} bytes", size_of_val(&session));
        }
    }
    // Streams that wait for the peer, and streams that have sent and received, with credit given back.
    let plain = Config::default().compression(Compression::Off);
    let mut pair = Pair::of(V31, plain, plain.max_streams(10_000));
    let mut streams = Vec::with_capacity(2_000);
    let mut open = |pair: &mut Pair| {
        streams.push(pair.client.open(()).unwrap());
        assert_eq!(pair.to_server().len(), 1);
    };
    (0..100).for_each(|_| open(&mut pair));
    let ((), waiting) = cost(|| (0..1_000).for_each(|_| open(&mut pair)));
    let ((), used) = cost(|| {
        for &stream in &streams {
            pair.client.send_data(stream, &b"ping"[..], false).unwrap();
            assert_eq!(pair.to_server().len(), 1);
            pair.server.reply(stream, (), false).unwrap();
            pair.server.send_data(stream, &b"pong"[..], false).unwrap();
            assert_eq!(pair.to_client().len(), 2);
        }
    });
    // At each of the two ends.
    let (waiting, used) = (waiting.live / 2_000, waiting.live / 2_000 + used.live / 2_200);
    println!("{waiting} bytes a stream, {used} after data both ways");
    assert!(waiting <= 96, "{waiting} bytes a stream");
    assert!(used <= 96, "{used} bytes a stream that has sent");
}

// S31-A04: streams that end with unreleased data, which is released later.
#[test]
fn credit_of_streams_that_are_over_takes_no_memory() {
    let mut pair = Pair::of(V31, Config::default(), Config::default().manual_credit(true));
    let mut one = |n: u32| {
        let stream = pair.client.open(()).unwrap();
        pair.client.send_data(stream, &[7; 100][..], true).unwrap();
        assert_eq!(pair.to_server().len(), 2);
        if n % 3 == 0 {
            pair.server.release(stream, 40);
        }
        pair.server.reply(stream, (), true).unwrap();
        assert_eq!(pair.to_client().len(), 1);
        pair.server.release(stream, 100);
    };
    // Until the windows of the compression are full.
    (0..4_000).for_each(&mut one);
    let ((), cost) = cost(|| (0..20_000).for_each(&mut one));
    assert!(cost.live.abs() <= 4 * 1024, "{} bytes more than after warm-up", cost.live);
}

/// Streams that end with a byte each that is never released: as many as a window holds, and where
/// windows are ignored any number.
#[test]
fn credit_that_is_never_released_takes_memory_in_proportion_to_the_window() {
    for (config, each) in [(Config::default(), 32), (Config::kubernetes(), 0)] {
        let plain = |config: Config| config.compression(Compression::Off);
        let (client, server) = (Config::default(), config.manual_credit(true));
        let mut pair = Pair::of(V31, plain(client), plain(server));
        let mut one = |_| {
            let stream = pair.client.open(()).unwrap();
            pair.client.send_data(stream, &b"x"[..], true).unwrap();
            assert_eq!(pair.to_server().len(), 2);
            pair.server.reply(stream, (), true).unwrap();
            assert_eq!(pair.to_client().len(), 1);
        };
        (0..1_000).for_each(&mut one);
        let ((), cost) = cost(|| (0..20_000).for_each(&mut one));
        println!("{} bytes", cost.live);
        assert!(cost.live <= 20_000 * each + 4 * 1024, "{} bytes", cost.live);
    }
}

/// SYN_STREAM of SPDY/2 with FIN, its block made by zlib.
fn syn_of_zlib(zlib: &mut Compress, stream: u32) -> Vec<u8> {
    let strings = ["url".into(), format!("/{stream:0600}"), "method".into(), "GET".into()];
    let mut plain = vec![0, 2];
    for string in strings {
        plain.extend(u16::try_from(string.len()).unwrap().to_be_bytes());
        plain.extend(string.bytes());
    }
    let mut block = Vec::with_capacity(2_000);
    zlib.compress_vec(&plain, &mut block, FlushCompress::Sync).unwrap();
    let payload = [&stream.to_be_bytes()[..], &[0; 6], &block].concat();
    control_bytes_of(2, 1, 1, &payload)
}

/// A server behind 10,000 requests of a peer with the widest window, and as many responses.
#[test]
fn a_long_session_keeps_its_windows_and_nothing_else() {
    let dictionary = include_bytes!("../testvectors/dictionaries/spdy-v1-v2.bin");
    for (compression, most) in [(Compression::Off, 52), (Compression::On, 72)] {
        let mut zlib = Compress::new(flate2::Compression::new(6), true);
        zlib.set_dictionary(dictionary).unwrap();
        let config = Config::default().compression(compression);
        let (server, cost) = cost(|| {
            let mut server = Session::server(Version::Spdy2, config);
            for stream in (1..20_000).step_by(2) {
                let events = feed(&mut server, &syn_of_zlib(&mut zlib, stream)).unwrap();
                assert_eq!(told(&events), [format!("SynStream {stream} fin")]);
                let server_says = [("status", "200 OK"), ("x-request", &format!("{stream:0400}"))];
                server.reply(id(stream), server_says, true).unwrap();
                drain(&mut server);
            }
            server
        });
        let bytes = usize::try_from(cost.live).unwrap() + size_of_val(&server);
        println!("{bytes} bytes with compression {compression:?}");
        assert!(bytes <= most * 1024, "{bytes} bytes with compression {compression:?}");
    }
}

/// A peer that never reads opens and resets streams with a byte of data each, so that every one is
/// owed credit when it dies.
#[test]
fn credit_that_nobody_reads_takes_bounded_memory() {
    for version in [Version::Spdy3, V31] {
        for (config, streams) in [(Config::default(), 200), (Config::kubernetes(), 4_096)] {
            let (mut server, mut peer) = (Session::server(version, config), Peer::of(version));
            let wires: Vec<_> = (0..10_000)
                .map(|n| {
                    let stream = 2 * n + 1;
                    [
                        peer.encode(&syn_with(stream, false, ())),
                        peer.encode(&data(stream, b"x", false)),
                        peer.encode(&fin_stream(stream, Status::CANCEL)),
                    ]
                    .concat()
                })
                .collect();
            let mut events = 0;
            let (end, cost) = cost(|| {
                wires.iter().find_map(|wire| {
                    let (told, end) = feed_to_the_end(&mut server, wire);
                    events += told.len();
                    end.err()
                })
            });
            // The budget of resets ends it; until then no stream has left more than its ID.
            assert_eq!(end, Some(SessionError::TooManyResets));
            assert!(events >= 3 * streams);
            assert!(cost.live <= 48 * 1024, "{} bytes", cost.live);
            assert!(cost.largest <= 64 * 1024, "{} bytes at once", cost.largest);
        }
    }
}

/// The same with replies, which are staged but never taken.
#[test]
fn credit_behind_replies_that_nobody_reads_takes_bounded_memory() {
    let (mut server, mut peer) = (Session::server(V31, Config::default()), Peer::of(V31));
    let round = |server: &mut Session, peer: &mut Peer, n: u32| {
        let stream = 2 * n + 1;
        peer.say(server, &syn_with(stream, false, ()));
        peer.say(server, &data(stream, b"x", false));
        server.reply(id(stream), (), false).unwrap();
        let staged = server.output().remaining();
        let wire = peer.encode(&fin_stream(stream, Status::CANCEL));
        (staged, feed_to_the_end(server, &wire).1)
    };
    let mut largest = 0;
    let (rounds, cost) = cost(|| {
        (0..100_000)
            .take_while(|&n| {
                let (staged, end) = round(&mut server, &mut peer, n);
                largest = largest.max(staged);
                end.is_ok()
            })
            .count()
    });
    println!("{rounds} streams, {largest} bytes staged, {} bytes of memory", cost.live);
    assert!(largest <= 80 * 1024, "{largest} bytes staged");
    assert!(cost.live <= 1024 * 1024, "{} bytes of memory", cost.live);
}

/// SETTINGS that shut and open the windows of blocked streams: they leave nothing behind, and cost the
/// same however many streams there are.
#[test]
fn windows_that_open_and_shut_cost_no_more_each_time() {
    let (mut client, mut peer) = (client_of(V31), Peer::of(V31));
    let down = peer.encode(&initial_window(0));
    let up = peer.encode(&initial_window(10));
    for _ in 0..100 {
        let stream = client.open(()).unwrap();
        client.send_data(stream, vec![7; 1_000], true).unwrap();
    }
    // The session's window is shut: streams come and go between ready and blocked.
    let filler = client.open(()).unwrap();
    client.send_data(filler, vec![7; 65_536], false).unwrap();
    drain(&mut client);
    let toggle = |client: &mut Session, times: usize| {
        for _ in 0..times {
            feed(client, &down).unwrap();
            feed(client, &up).unwrap();
        }
    };
    toggle(&mut client, 100);
    let ((), few) = cost(|| toggle(&mut client, 100));
    let ((), many) = cost(|| toggle(&mut client, 5_000));
    assert_eq!((few.live, many.live), (0, 0), "nothing is left behind");
    // Each frame's list of settings is all that is allocated.
    assert!(many.calls <= 50 * few.calls + 100, "{} calls, then {}", few.calls, many.calls);

    // A toggle over 100 streams costs what one over a single stream does.
    let mut single = client_of(V31);
    let stream = single.open(()).unwrap();
    single.send_data(stream, vec![7; 100_000], true).unwrap();
    drain(&mut single);
    let time = |client: &mut Session| {
        let start = std::time::Instant::now();
        toggle(client, 100);
        start.elapsed()
    };
    let times: Vec<_> = (0..25).map(|_| (time(&mut client), time(&mut single))).collect();
    let (hundred, one) = (times.iter().map(|it| it.0).min(), times.iter().map(|it| it.1).min());
    let ratio = hundred.unwrap().as_secs_f64() / one.unwrap().as_secs_f64();
    println!("{ratio:.1} times the work for 100 times the streams");
    assert!(ratio <= 5.0, "{ratio}");
}
