//! `serve` against clients that break rules of HTTP, over TCP.

mod common;
#[path = "common/programs.rs"]
mod programs;
#[path = "../examples/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::thread;

use common::{fin_stream, headers, id, syn_with, window_update};
use programs::{Server, Wire, directory};
use spdy::frame::{Data, Frame, SynStream};
use spdy::{Config, Headers, PingId, SettingId, Settings, Status, Version, http};
use support::responder::{Content, Site};

/// SPDY/3 and 3.1: there the length of a body binds.
const V3: [Version; 2] = [Version::Spdy3, Version::Spdy3_1];

fn serve(version: Version, test: &str) -> Server {
    let root = directory(&format!("serve-{test}-{version}").replace('/', "-"));
    std::fs::write(root.join("file"), "the file").unwrap();
    Server::of(version.token(), &root)
}

fn request(version: Version, method: &str, length: Option<&str>) -> Headers {
    let fields = length.map(|length| ("content-length", length));
    let fields = Headers::from_iter(fields);
    http::request(version, method, "http://example.com/file", fields).unwrap().headers().clone()
}

fn data(stream: u32, payload: &[u8], fin: bool) -> Frame {
    let mut data = Data::new(id(stream), payload.to_vec());
    data.fin = fin;
    Frame::Data(data)
}

/// What has come on a stream.
#[derive(Debug, Default, PartialEq)]
struct Answer {
    code: Option<u16>,
    body: Vec<u8>,
    fin: bool,
    reset: Option<Status>,
}

impl Answer {
    fn of(code: u16, body: &[u8]) -> Self {
        Self { code: Some(code), body: body.to_vec(), fin: true, reset: None }
    }

    fn is_over(&self) -> bool {
        self.fin || self.reset.is_some()
    }
}

/// Answers by stream.
struct Answers {
    version: Version,
    streams: BTreeMap<u32, Answer>,
    gives_windows: bool,
}

impl Answers {
    fn new(version: Version) -> Self {
        Self { version, streams: BTreeMap::new(), gives_windows: true }
    }

    fn take(&mut self, wire: &mut Wire, frame: Frame) {
        let mut update = Vec::new();
        match frame {
            Frame::SynReply(reply) => {
                let answer = self.streams.entry(reply.stream.get()).or_default();
                let response = http::Response::parse(self.version, &reply.headers).unwrap();
                assert_eq!(answer.code.replace(response.code()), None);
                answer.fin |= reply.fin;
            }
            Frame::Data(data) => {
                let answer = self.streams.entry(data.stream.get()).or_default();
                answer.body.extend_from_slice(&data.payload);
                answer.fin |= data.fin && data.remaining == 0;
                let len = u32::try_from(data.payload.len()).unwrap();
                if V3.contains(&self.version) && len > 0 && self.gives_windows {
                    let has_session_window = self.version == Version::Spdy3_1;
                    update.push(window_update(data.stream.get(), len));
                    update.extend(has_session_window.then(|| window_update(0, len)));
                }
            }
            Frame::FinStream(reset) => {
                // Whatever still comes for a stream may be answered with another.
                let answer = self.streams.entry(reset.stream.get()).or_default();
                answer.reset.get_or_insert(reset.status);
            }
            _ => {}
        }
        wire.say(&update);
    }

    /// Hears all until a stream is over, and returns what came on it.
    fn wait(&mut self, wire: &mut Wire, stream: u32) -> Answer {
        while !self.streams.get(&stream).is_some_and(Answer::is_over) {
            let frame = wire.hear().expect("the connection has ended");
            self.take(wire, frame);
        }
        self.streams.remove(&stream).unwrap()
    }
}

/// Says frames of stream 1 and returns what comes back; the connection must be of use afterwards.
fn exchange(version: Version, server: &Server, frames: &[Frame]) -> Answer {
    let mut wire = Wire::connect(version, &server.address);
    let mut answers = Answers::new(version);
    wire.say(frames);
    let answer = answers.wait(&mut wire, 1);
    wire.say(&[syn_with(3, true, request(version, "GET", None))]);
    assert_eq!(answers.wait(&mut wire, 3), Answer::of(200, b"the file"));
    answer
}

// S2-077, S3-101, S1-190
#[test]
fn what_is_no_request_is_answered_with_400() {
    for version in Version::ALL {
        let server = serve(version, "400");
        let list = request(version, "GET", None);
        let names: Vec<_> = list.iter().map(|(name, _)| name.to_owned()).collect();
        for name in names {
            let mut list = list.clone();
            list.remove(&name);
            // SPDY/2 asks for `scheme` too, but not for a 400 where it is missing, nor for `host`.
            let is_fine = ["host", "scheme"].contains(&&*name);
            let expected =
                if is_fine { Answer::of(200, b"the file") } else { Answer::of(400, b"") };
            assert_eq!(exchange(version, &server, &[syn_with(1, true, list.clone())]), expected);
            if V3.contains(&version) {
                list.append(&name, "");
                assert_eq!(
                    exchange(version, &server, &[syn_with(1, true, list)]),
                    expected,
                    "{name}"
                );
            }
        }
    }
}

// S2-A08, S3-A13
#[test]
fn a_clients_stream_that_can_be_no_request_is_reset() {
    for version in [Version::Spdy2, V3[0], V3[1]] {
        let server = serve(version, "no-request");
        for (associated, unidirectional) in [(Some(id(1)), false), (None, true)] {
            let mut syn = SynStream::new(id(1), request(version, "GET", None));
            (syn.associated, syn.unidirectional) = (associated, unidirectional);
            let answer = exchange(version, &server, &[Frame::SynStream(syn)]);
            assert_eq!((answer.code, answer.reset), (None, Some(Status::PROTOCOL_ERROR)));
        }
    }
}

// S3-105
#[test]
fn a_body_of_another_length_than_its_request_says_is_answered_with_400() {
    for version in V3 {
        let server = serve(version, "length");
        let bad = Answer::of(400, b"");
        for method in ["POST", "PUT", "GET", "HEAD"] {
            let said = |length| syn_with(1, false, request(version, method, Some(length)));
            let end = headers(1, true, [("a", "b")]);
            for frames in [
                vec![said("5"), data(1, b"1234", true)],
                vec![said("5"), data(1, b"123456", true)],
                vec![said("5"), data(1, b"1234", false), data(1, b"", true)],
                vec![said("5"), data(1, b"12345", false), data(1, b"6", true)],
                vec![said("5"), data(1, b"123456", false)],
                vec![said("5"), data(1, b"1234", false), end],
                vec![said("100000"), data(1, &[7; 10_000], true)],
                vec![said("0"), data(1, b"1", true)],
                vec![said("five")],
                vec![syn_with(1, true, request(version, method, Some("5")))],
            ] {
                assert_eq!(exchange(version, &server, &frames), bad, "{method} {frames:?}");
            }
        }
    }
}

// S3-105: the answer has left by then, and must not look whole.
#[test]
fn a_large_body_of_another_length_costs_its_stream() {
    for version in V3 {
        let server = serve(version, "large");
        let whole = vec![7; 60_000];
        for length in ["60001", "59999", "30000"] {
            let frames = [
                syn_with(1, false, request(version, "POST", Some(length))),
                data(1, &whole[..20_000], false),
            ];
            let mut wire = Wire::connect(version, &server.address);
            let mut answers = Answers::new(version);
            wire.say(&frames);
            while answers.streams.get(&1).is_none_or(|answer| answer.body.len() < 20_000) {
                let frame = wire.hear().unwrap();
                answers.take(&mut wire, frame);
            }
            wire.say(&[data(1, &whole[20_000..], true)]);
            let answer = answers.wait(&mut wire, 1);
            assert_eq!((answer.code, answer.fin), (Some(200), false), "{length}");
            assert_eq!(answer.reset, Some(Status::PROTOCOL_ERROR), "{length}");
        }
    }
}

// S3-105
#[test]
fn a_body_of_the_right_length_comes_back_whole() {
    for version in V3 {
        let server = serve(version, "right");
        for len in [0, 1, 16 * 1024, 16 * 1024 + 1, 60_000] {
            let (body, length) = (vec![7; len], len.to_string());
            let post = syn_with(1, false, request(version, "POST", Some(&length)));
            let mut frames = vec![post];
            frames.extend(body.chunks(7_000).map(|piece| data(1, piece, false)));
            frames.push(data(1, b"", true));
            assert_eq!(exchange(version, &server, &frames), Answer::of(200, &body), "{len}");
        }
        let get = syn_with(1, false, request(version, "GET", Some("3")));
        let frames = [get, data(1, b"abc", true)];
        assert_eq!(exchange(version, &server, &frames), Answer::of(200, b"the file"));
    }
}

// S1-199, S2-082: there it is a hint.
#[test]
fn before_spdy_3_a_body_of_any_length_comes_back() {
    for version in [Version::Draft1, Version::Spdy2] {
        let server = serve(version, "hint");
        for length in ["3", "9", "five"] {
            let frames = [
                syn_with(1, false, request(version, "POST", Some(length))),
                data(1, b"12345", true),
            ];
            assert_eq!(exchange(version, &server, &frames), Answer::of(200, b"12345"), "{length}");
        }
    }
}

// A body that says no length comes back while it is sent, and so does a long one.
#[test]
fn an_echo_does_not_wait_for_the_end_of_a_long_body() {
    for version in Version::ALL {
        let server = serve(version, "early");
        for (length, len) in [(None, 1), (Some("100000"), 17_000)] {
            let mut wire = Wire::connect(version, &server.address);
            let mut answers = Answers::new(version);
            wire.say(&[
                syn_with(1, false, request(version, "POST", length)),
                data(1, &vec![7; len], false),
            ]);
            while answers.streams.get(&1).is_none_or(|answer| answer.body.len() < len) {
                let frame = wire.hear().unwrap();
                answers.take(&mut wire, frame);
            }
        }
    }
}

// Memory.

/// What a client sends on 100 streams without reading anything.
fn flood(version: Version, wire: &mut Wire, each: usize, rounds: usize, fin: bool) {
    let mut frames: Vec<_> = (0..100)
        .map(|index| syn_with(2 * index + 1, false, request(version, "POST", None)))
        .collect();
    let pieces = each.div_ceil(rounds);
    for round in 1..=rounds {
        let last = fin && round == rounds;
        frames.extend((0..100).map(|index| data(2 * index + 1, &vec![7; pieces], last)));
        wire.say(&std::mem::take(&mut frames));
    }
}

/// The client's SETTINGS and the server's have passed each other.
fn settled(version: Version, server: &Server) -> Wire {
    let mut wire = Wire::connect(version, &server.address);
    wire.say(&[Frame::Ping(PingId::new(1))]);
    wire.hear_until(|frame| matches!(frame, Frame::Ping(_)));
    wire
}

// Whatever its windows allow, and more than a client can read meanwhile, is kept and comes back.
#[test]
fn a_client_that_keeps_to_its_windows_may_read_late() {
    for (version, each) in [(V3[0], 64 * 1024), (V3[1], 4 * 1024 * 1024 / 100 / 16 * 16)] {
        for fin in [true, false] {
            let server = serve(version, "late");
            let mut wire = settled(version, &server);
            flood(version, &mut wire, each, 16, fin);
            let mut answers = Answers::new(version);
            if !fin {
                wire.say(&(0..100).map(|index| data(2 * index + 1, b"", true)).collect::<Vec<_>>());
            }
            for index in 0..100 {
                let answer = answers.wait(&mut wire, 2 * index + 1);
                assert_eq!((answer.code, answer.body.len(), answer.reset), (Some(200), each, None));
                assert!(answer.fin);
            }
        }
    }
}

// S3-083, S31-006: of bodies that have ended too, or a client could make ever more of them wait.
#[test]
fn what_waits_for_its_client_is_not_given_back() {
    let server = serve(Version::Spdy3_1, "credit");
    let mut wire = Wire::connect(Version::Spdy3_1, &server.address);
    // The session's window grows when the connection opens, before or behind the first echo.
    let mut granted = 0;
    let mut ping = |wire: &mut Wire, ping| {
        wire.say(&[Frame::Ping(PingId::new(ping))]);
        wire.hear_until(|frame| match frame {
            Frame::WindowUpdate(update) if update.stream == id(0) => {
                granted += update.delta;
                false
            }
            frame => *frame == Frame::Ping(PingId::new(ping)),
        });
        granted
    };
    ping(&mut wire, 1);
    flood(Version::Spdy3_1, &mut wire, 40_000, 10, true);
    // The echo says that all of it was read. What is due then goes out with the next answers.
    ping(&mut wire, 3);
    let granted = ping(&mut wire, 5);
    // 64 KiB fit into the client's window and have left.
    let growth = 4 << 20;
    assert!((growth..growth + (256 << 10)).contains(&granted), "{granted}");
}

#[test]
fn a_client_that_does_not_keep_to_its_windows_loses_the_streams_that_hold_most() {
    for version in V3 {
        let server = serve(version, "flood");
        let mut wire = settled(version, &server);
        flood(version, &mut wire, 400 * 1024, 8, false);
        let mut answers = Answers::new(version);
        answers.gives_windows = false;
        // The echo says that all of it was read; it may come ahead of the resets.
        wire.say(&[Frame::Ping(PingId::new(3))]);
        let mut is_read = false;
        while !is_read || answers.streams.values().all(|answer| answer.reset.is_none()) {
            let frame = wire.hear().unwrap();
            is_read |= matches!(frame, Frame::Ping(_));
            answers.take(&mut wire, frame);
        }
        let mut resets = answers.streams.values().filter_map(|answer| answer.reset);
        assert!(resets.all(|status| status == Status::FLOW_CONTROL_ERROR), "{version}");
        // 16 MiB may wait; the rest is the program, and what its allocator has not given back.
        let most = peak(&server);
        assert!(most.is_none_or(|bytes| bytes < 40 << 20), "{version}: {most:?}");
    }
}

/// The most bytes that the server had in memory, where the system tells.
fn peak(server: &Server) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok().map(|kilobytes: u64| kilobytes << 10)
}

// Pushes.

/// A page with ten resources.
#[derive(Clone)]
struct Page;

impl Site for Page {
    fn find(&self, path: &str) -> Content {
        let pushes = if path == "/file" { 10 } else { 0 };
        Content {
            status: "200 OK",
            content_type: "text/plain",
            length: 100,
            body: Box::new(Cursor::new(vec![7; 100])),
            pushes: (0..pushes).map(|number| format!("/push-{number}")).collect(),
        }
    }
}

/// A connection to a server of that page; it serves no other.
fn page(version: Version) -> Wire {
    let server = support::server::Server::bind("127.0.0.1:0", version, Config::default()).unwrap();
    let address = server.address().to_string();
    thread::spawn(move || server.run(Page, |_| ControlFlow::Break(())).unwrap());
    Wire::connect(version, &address)
}

// S2-092, S3-126
#[test]
fn a_client_that_gives_pushes_no_window_gets_a_bounded_number_of_them() {
    for version in V3 {
        let mut wire = page(version);
        let no_window = Settings::from([(SettingId::INITIAL_WINDOW_SIZE, 0)]);
        wire.say(&[Frame::Settings(no_window)]);
        let mut load = |stream| {
            wire.say(&[
                syn_with(stream, true, request(version, "GET", None)),
                window_update(stream, 1000),
            ]);
            let mut pushed = Vec::new();
            wire.hear_until(|frame| match frame {
                Frame::SynStream(syn) => {
                    assert_eq!((syn.associated, syn.unidirectional), (Some(id(stream)), true));
                    pushed.push(syn.stream);
                    false
                }
                Frame::Data(data) => data.stream == id(stream) && data.fin && data.remaining == 0,
                _ => false,
            });
            pushed
        };
        let counts = [1, 3, 5, 7, 9].map(|stream| load(stream).len());
        assert_eq!(counts, [10, 10, 10, 2, 0], "{version}");
        // One is taken, one is not wanted: both make room.
        wire.say(&[window_update(2, 1000), fin_stream(4, Status::CANCEL)]);
        wire.hear_until(|frame| matches!(frame, Frame::Data(data) if data.stream == id(2)));
        let mut again = |stream| {
            wire.say(&[syn_with(stream, true, request(version, "GET", None))]);
            let mut pushed = 0;
            wire.hear_until(|frame| {
                pushed += usize::from(matches!(frame, Frame::SynStream(_)));
                matches!(frame, Frame::SynReply(_))
            });
            wire.say(&[Frame::Ping(PingId::new(stream))]);
            wire.hear_until(|frame| {
                pushed += usize::from(matches!(frame, Frame::SynStream(_)));
                matches!(frame, Frame::Ping(_))
            });
            pushed
        };
        assert_eq!(again(11), 2, "{version}");
        // The page is not wanted, and so nothing that was pushed for it.
        wire.say(&[fin_stream(11, Status::CANCEL)]);
        let mut reset = Vec::new();
        wire.hear_until(|frame| {
            if let Frame::FinStream(it) = frame {
                assert_eq!(it.status, Status::CANCEL);
                reset.push(it.stream.get());
            }
            reset.len() == 2
        });
        reset.sort_unstable();
        assert_eq!(reset, [66, 68], "{version}");
    }
}
