//! The examples as programs: what they print, write and exit with.

#[path = "common/programs.rs"]
mod programs;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Stdio;

use bytes::BytesMut;
use programs::{Server, directory, example, run};
use spdy::codec::Encoder;
use spdy::frame::{Data, FinStream, Frame, GoAway, Subresource, SynReply, SynStream};
use spdy::{
    Compression, Config, Event, PingId, Priority, Session, SettingId, Settings, Status, StreamId,
    Version, http,
};

#[test]
fn page_load_loads_every_byte_and_shows_how() {
    let (code, text, errors) = run(example("page_load").args(["--version", "1"]));
    assert_eq!((code, errors.as_str()), (0, ""), "{text}");
    assert!(text.contains("\n41 of 41 complete and 2xx: "), "{text}");
    let bars = text.lines().filter(|line| line.contains(" 200 ") && line.contains('|'));
    assert_eq!(bars.count(), 41, "{text}");
    let pushed = text.lines().filter(|line| line.contains(" PUSH "));
    assert_eq!(pushed.count(), 2, "{text}");
    for row in ["DATA", "SYN_STREAM", "SYN_REPLY", "GOAWAY", "header bytes", "  compressed"] {
        assert!(text.lines().any(|line| line.starts_with(row)), "no {row} in {text}");
    }
}

#[test]
fn get_fetches_from_serve() {
    let root = directory("get-root");
    let big: Vec<u8> = (0..2_000_000_u32).map(|i| (i % 253) as u8).collect();
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::write(root.join("index.html"), "the index").unwrap();
    fs::write(root.join("sub/index.html"), "below").unwrap();
    fs::write(root.join("a b%.bin"), &big).unwrap();
    fs::write(root.join("empty"), "").unwrap();
    let server = Server::start(&root);
    let out = directory("get-out");
    let out_arg = ["--out", out.to_str().unwrap(), "--priority", "2"];
    let paths = ["/", "/sub/", "/sub", "/a%20b%25.bin?x=/y", "/empty", "/index.html"];
    let (code, text, errors) = server.get(&out_arg, &paths);
    assert_eq!((code, errors.as_str()), (0, ""), "{text}");
    assert!(text.contains("\n6 of 6 complete and 2xx: 2000028 bytes in "), "{text}");
    let read = |name: &str| fs::read(out.join(name)).unwrap();
    assert_eq!(read("index.html"), b"the index");
    assert_eq!(read("index.html.2"), b"below");
    assert_eq!(read("sub"), b"below");
    assert!(read("a%20b%25.bin") == big);
    assert_eq!(read("empty"), b"");
    assert_eq!(read("index.html.3"), b"the index");
}

#[test]
fn get_queues_what_the_server_does_not_take_yet() {
    let root = directory("queue-root");
    fs::write(root.join("file"), "x").unwrap();
    let server = Server::start(&root);
    let (code, text, errors) = server.get(&[], &["/file"; 350]);
    assert_eq!((code, errors.as_str()), (0, ""), "{text}");
    assert!(text.contains("\n350 of 350 complete and 2xx: 350 bytes in "), "{text}");
}

#[test]
fn get_posts_a_file_and_gets_it_back() {
    let root = directory("post-root");
    let out = directory("post-out");
    let data: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    fs::write(root.join("data"), &data).unwrap();
    fs::write(root.join("none"), "").unwrap();
    let server = Server::start(&root);
    for (file, body) in [("data", &data[..]), ("none", b"")] {
        let file = root.join(file);
        let args = ["--data", file.to_str().unwrap(), "--out", out.to_str().unwrap()];
        let (code, text, errors) = server.get(&args, &["/a/echo", "/b/echo"]);
        assert_eq!((code, errors.as_str()), (0, ""), "{text}");
        assert!(fs::read(out.join("echo")).unwrap() == body);
        assert!(fs::read(out.join("echo.2")).unwrap() == body);
    }
}

#[test]
fn serve_keeps_what_is_outside_its_root() {
    let outer = directory("outside");
    let root = outer.join("root");
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::write(outer.join("secret"), "secret").unwrap();
    fs::write(root.join("file"), "file").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret", root.join("link")).unwrap();
    let server = Server::start(&root);
    let absolute = format!("/{}", outer.join("secret").display());
    for path in [
        "/../secret",
        "/sub/../../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/sub/%2e%2e%2f../secret",
        "/%00/../secret",
        "/%2",
        "/link",
        "/sub",
        "/file/",
        "/file/below",
        &absolute,
    ] {
        let (code, text, errors) = server.get(&[], &[path, "/file"]);
        assert_eq!(code, 1, "{path}: {text}");
        assert!(errors.contains(": the answer is not 2xx\n"), "{path}: {errors}");
        assert!(text.contains("\n1 of 2 complete and 2xx: "), "{path}: {text}");
    }
}

#[test]
fn get_names_what_a_dying_server_left_incomplete() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut session = Session::server(Version::Draft1, Config::default());
        let mut wire = BytesMut::zeroed(64 * 1024);
        let read = socket.read(&mut wire).unwrap();
        wire.truncate(read);
        while let Some(event) = session.next_event(&mut wire).unwrap() {
            let Event::SynStream { stream, .. } = event else { continue };
            let reply = http::response(Version::Draft1, "200 OK", ()).unwrap();
            session.reply(stream, reply, false).unwrap();
            session.send_data(stream, "half a b", stream == StreamId::new(1)).unwrap();
        }
        let mut bytes = Vec::new();
        while session.wants_write() {
            let mut output = session.output();
            let chunk = bytes::Buf::copy_to_bytes(&mut output, 1);
            bytes.extend_from_slice(&chunk);
        }
        socket.write_all(&bytes).unwrap();
    });
    let (code, text, errors) = run(example("get").args([format!("{url}/a"), format!("{url}/b")]));
    server.join().unwrap();
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("\n1 of 2 complete and 2xx: 16 bytes in "), "{text}");
    assert!(errors.contains(&format!("{url}/b: incomplete: ")), "{errors}");
    assert!(!errors.contains(&format!("{url}/a: ")), "{errors}");
}

#[test]
fn a_call_that_makes_no_sense_is_refused_in_one_line() {
    let root = directory("usage");
    for (name, args, code, complaint) in [
        ("page_load", &["--version", "9"][..], 2, "--version 9: unknown SPDY version; known: 1"),
        ("serve", &["--version", "9"], 2, "--version 9: unknown SPDY version; known: 1"),
        ("serve", &["--root", "no/such"], 1, "no/such: "),
        ("serve", &["--listen"], 2, "missing argument"),
        ("get", &[], 2, "no URL"),
        ("get", &["https://127.0.0.1/"], 2, "https://127.0.0.1/: not a URL"),
        ("get", &["http://127.0.0.1/a", "http://127.0.0.1:81/b"], 2, "not of the same host"),
        ("get", &["--priority", "8", "http://127.0.0.1/"], 2, "--priority 8"),
        ("get", &["--data", "no/such", "http://127.0.0.1/"], 1, "no/such: "),
        ("inspect", &["no/such"], 1, "no/such: "),
        ("inspect", &["--jso"], 2, "--jso"),
    ] {
        let (found, text, errors) = run(example(name).args(args).current_dir(&root));
        assert_eq!((found, text.as_str()), (code, ""), "{name} {args:?}");
        assert!(errors.starts_with(&format!("{name}: ")) && errors.contains(complaint), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
    }
    for name in ["serve", "get", "inspect", "page_load"] {
        let (code, text, errors) = run(example(name).arg("--help"));
        assert_eq!((code, errors.as_str()), (0, ""));
        assert!(text.starts_with(&format!("Usage: {name} ")), "{text}");
    }
}

// inspect

const ID: StreamId = StreamId::new(1);

/// One of each frame.
fn wire() -> BytesMut {
    let mut syn = SynStream::new(ID, [("method", "GET"), ("x", "a\"\u{e9}\0b")]);
    (syn.fin, syn.priority) = (true, Priority::new(3));
    let mut last = Data::new(ID, "");
    last.fin = true;
    let hello = [(SettingId::MAX_CONCURRENT_STREAMS, 100), (SettingId(99), 7)];
    let mut wire = BytesMut::new();
    let mut encoder = Encoder::new(Version::Draft1, Compression::On);
    for frame in [
        Frame::Settings(Settings::from(hello)),
        Frame::SynStream(syn),
        Frame::SynReply(SynReply::new(ID, [("status", "200")])),
        Frame::Data(Data::new(ID, vec![7; 200_000])),
        Frame::Data(last),
        Frame::FinStream(FinStream::new(ID, Status::REFUSED_STREAM)),
        Frame::Noop,
        Frame::Ping(PingId::new(1)),
        Frame::Subresource(Subresource::new(ID, [("url", "/"), ("method", "GET")])),
        Frame::GoAway(GoAway::new(StreamId::ZERO)),
    ] {
        encoder.encode(&frame, &mut wire).unwrap();
    }
    wire.extend_from_slice(b"\x80\x01\x00\x77\x00\x00\x00\x0812345678");
    wire
}

const JSON: &str = r#"{"type":"HELLO","entries":[[4,100],[99,7]]}
{"type":"SYN_STREAM","stream":1,"fin":true,"priority":3,"headers":[["method","GET"],["x","a\"Ã©\u0000b"]]}
{"type":"SYN_REPLY","stream":1,"fin":false,"headers":[["status","200"]]}
{"type":"DATA","stream":1,"fin":false,"length":200000}
{"type":"DATA","stream":1,"fin":true,"length":0}
{"type":"FIN_STREAM","stream":1,"status":3}
{"type":"NOOP"}
{"type":"PING","id":1}
{"type":"SUBRESOURCE","stream":1,"headers":[["url","/"],["method","GET"]]}
{"type":"GOAWAY","last_good":0}
{"type":"UNKNOWN","code":119,"length":8}
"#;

const TEXT: &str = r#"HELLO MAX_CONCURRENT_STREAMS=100 99=7
SYN_STREAM stream=1 priority=3 fin method="GET" x="a\"\xc3\xa9\x00b"
SYN_REPLY stream=1 status="200"
DATA stream=1 length=200000
DATA stream=1 fin length=0
FIN_STREAM stream=1 status=REFUSED_STREAM
NOOP
PING id=1
SUBRESOURCE stream=1 url="/" method="GET"
GOAWAY last_good=0
UNKNOWN type=119 length=8
"#;

/// What `inspect` makes of its stdin.
fn inspect(args: &[&str], input: &[u8]) -> (i32, String) {
    let mut command = example("inspect");
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let input = input.to_vec();
    // It need not read everything.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(output.stderr, b"");
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn inspect_shows_a_line_a_frame() {
    assert_eq!(inspect(&["--json"], &wire()), (0, JSON.to_owned()));
    assert_eq!(inspect(&["--version", "1"], &wire()), (0, TEXT.to_owned()));
    assert_eq!(inspect(&[], b""), (0, String::new()));
    let file = directory("inspect").join("wire");
    fs::write(&file, wire()).unwrap();
    let (code, text, errors) = run(example("inspect").arg("--json").arg(&file));
    assert_eq!((code, text.as_str(), errors.as_str()), (0, JSON, ""));
}

#[test]
fn inspect_goes_on_behind_an_error_of_one_stream() {
    let mut input = b"\0\0\0\x03\x02\0\0\x01x".to_vec();
    input.extend_from_slice(&wire());
    let (code, text) = inspect(&["--json"], &input);
    assert_eq!(code, 1);
    let (first, rest) = text.split_once('\n').unwrap();
    assert!(first.starts_with(r#"{"error":"#) && first.ends_with(r#","stream":3}"#), "{first}");
    let end = "1 of the frames could not be decoded";
    assert_eq!(rest, format!("{JSON}{{\"error\":\"{end}\"}}\n"));
    let (code, text) = inspect(&[], &input);
    let (first, rest) = text.split_once('\n').unwrap();
    assert_eq!((code, rest), (1, format!("{TEXT}error: {end}\n").as_str()));
    assert!(first.starts_with("error: "), "{first}");
}

#[test]
fn inspect_ends_at_an_error_of_the_session_and_inside_a_frame() {
    let noop = b"\x80\x01\0\x05\0\0\0\0";
    let other_version = b"\x80\x02\0\x05\0\0\0\0";
    let cases =
        [[&noop[..], &other_version[..], &noop[..]].concat(), [&noop[..], &noop[..5]].concat()];
    for input in cases {
        let (code, text) = inspect(&["--json"], &input);
        let (first, last) = text.split_once('\n').unwrap();
        assert_eq!((code, first), (1, r#"{"type":"NOOP"}"#));
        assert!(last.starts_with(r#"{"error":""#) && last.ends_with("\"}\n"), "{last}");
        assert_eq!(last.lines().count(), 1, "{last}");
        let (code, text) = inspect(&[], &input);
        assert_eq!(code, 1);
        assert!(text.starts_with("NOOP\nerror: ") && text.lines().count() == 2, "{text}");
    }
}

#[test]
fn inspect_ends_quietly_when_nobody_reads_its_output() {
    let noops = b"\x80\x01\0\x05\0\0\0\0".repeat(100_000);
    let file = directory("inspect-pipe").join("wire");
    fs::write(&file, noops).unwrap();
    let mut command = example("inspect");
    command.arg(&file).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut first = [0; 5];
    process.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = process.wait_with_output().unwrap();
    assert_eq!((&first, output.status.code(), &output.stderr[..]), (b"NOOP\n", Some(0), &b""[..]));
}

/// What the examples speak: one of them only with its feature.
fn versions() -> impl Iterator<Item = &'static str> {
    let sm = cfg!(feature = "speed-mobility").then_some(Version::SpeedMobility);
    Version::ALL.into_iter().chain(sm).map(Version::token)
}

#[test]
fn page_load_works_in_every_version() {
    for version in versions().filter(|version| *version != "1") {
        let (code, text, errors) = run(example("page_load").args(["--version", version]));
        assert_eq!((code, errors.as_str()), (0, ""), "{text}");
        assert!(text.contains("\n41 of 41 complete and 2xx: "), "{text}");
    }
}

#[test]
fn five_mebibytes_go_up_and_down_in_every_version() {
    for version in versions() {
        let root = directory(&format!("five-{version}"));
        let bytes: Vec<u8> = (0..5u32 << 20).map(|n| (n % 251) as u8).collect();
        fs::write(root.join("big.bin"), &bytes).unwrap();
        let server = Server::of(version, &root);
        let (big, out) = (root.join("big.bin"), root.join("out"));
        let common = ["--version", version, "--out", out.to_str().unwrap()];
        let upload = ["--data", big.to_str().unwrap()];
        for args in [&common[..], &[&common[..], &upload].concat()] {
            let (code, text, errors) = server.get(args, &["/big.bin"]);
            assert_eq!((code, errors.as_str()), (0, ""), "{version}: {text}");
            assert!(fs::read(out.join("big.bin")).unwrap() == bytes, "{version}");
            fs::remove_file(out.join("big.bin")).unwrap();
        }
        let (code, _, errors) = server.get(&["--version", version], &["/none"]);
        assert_eq!(code, 1, "{errors}");
    }
}

#[test]
fn inspect_shows_the_frames_of_spdy_3_as_json() {
    use spdy::frame::{Credential, HeadersFrame, WindowUpdate};
    let stream = StreamId::new;
    let mut syn = SynStream::new(stream(2), [("a", "1")]);
    (syn.associated, syn.unidirectional, syn.slot) = (Some(stream(1)), true, 3);
    let mut settings = Settings::from([spdy::Setting::new(SettingId(7), 9).flags(1)]);
    settings.clear = true;
    let mut go_away = GoAway::new(stream(1));
    go_away.status = Some(spdy::GoAwayStatus::OK);
    let credential = Credential::new(1, vec![0xAB].into(), vec![vec![0x30, 0x82].into()]);
    let frames = [
        Frame::SynStream(syn),
        Frame::FinStream(FinStream::new(stream(1), Status::CANCEL)),
        Frame::Settings(settings),
        Frame::Headers(HeadersFrame::new(stream(1), [("b", "2")])),
        Frame::WindowUpdate(WindowUpdate::new(stream(0), 1)),
        Frame::GoAway(go_away),
        Frame::Credential(credential),
    ];
    let mut wire = BytesMut::new();
    let mut encoder = Encoder::new(Version::Spdy3, Compression::On);
    for frame in &frames {
        encoder.encode(frame, &mut wire).unwrap();
    }
    let file = directory("inspect-3").join("wire");
    fs::write(&file, &wire).unwrap();
    let (code, text, _) = run(example("inspect").args(["--version", "3", "--json"]).arg(&file));
    assert_eq!(code, 0);
    let expected = [
        r#"{"type":"SYN_STREAM","stream":2,"associated":1,"fin":false,"unidirectional":true,"priority":0,"slot":3,"headers":[["a","1"]]}"#,
        r#"{"type":"RST_STREAM","stream":1,"status":5}"#,
        r#"{"type":"SETTINGS","clear":true,"entries":[[7,9,1]]}"#,
        r#"{"type":"HEADERS","stream":1,"fin":false,"headers":[["b","2"]]}"#,
        r#"{"type":"WINDOW_UPDATE","stream":0,"delta":1}"#,
        r#"{"type":"GOAWAY","last_good":1,"status":0}"#,
        r#"{"type":"CREDENTIAL","slot":1,"proof":"ab","certificates":["3082"]}"#,
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn react_shows_what_a_session_makes_of_its_input() {
    let mut command = example("react");
    command.args(["--version", "3.1", "--role", "server"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let script = b"input 8003000600000004000000010000000900000001\ninput 78\n";
    process.stdin.take().unwrap().write_all(script).unwrap();
    let output = process.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let expected = [
        r#"{"step":0,"out":"PING id=1"}"#,
        r#"{"step":1,"out":"WINDOW_UPDATE stream=0 delta=1"}"#,
        r#"{"step":1,"out":"RST_STREAM stream=9 status=INVALID_STREAM"}"#,
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

#[cfg(not(feature = "speed-mobility"))]
#[test]
fn without_its_feature_speed_mobility_is_a_clear_refusal() {
    for name in ["page_load", "serve"] {
        let (code, _, errors) = run(example(name).args(["--version", "sm"]));
        assert_eq!(code, 1);
        assert!(errors.contains("add `--features speed-mobility`"), "{errors}");
    }
}

/// What a server answers to a request of HTTP/1.1, until it closes.
#[cfg(feature = "speed-mobility")]
fn ask(server: &Server, request: &str) -> String {
    let mut socket = std::net::TcpStream::connect(&server.address).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

// SM-A16, SM-008
#[cfg(feature = "speed-mobility")]
#[test]
fn a_client_that_knows_nothing_of_speed_mobility_is_refused_and_told_why() {
    let server = Server::of("sm", &directory("sm-refusal"));
    let request = |more: &str| {
        format!(
            "GET /chat HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n",
            server.address
        )
    };
    let plain = ask(&server, &request("Sec-WebSocket-Version: 13\r\n"));
    assert!(plain.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{plain}");
    assert!(plain.contains("`http2`"), "{plain}");
    let old = ask(&server, &request("Sec-WebSocket-Version: 8\r\n"));
    assert!(old.starts_with("HTTP/1.1 426 Upgrade Required\r\n"), "{old}");
    let browser = ask(&server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(browser.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{browser}");
    // A client of ours whose server is another fails too, and says why.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let other = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.read(&mut [0; 4096]).unwrap();
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    });
    let (code, _, errors) = run(example("get").args(["--version", "sm", &url]));
    assert!(code == 1 && errors.contains("200"), "{code} {errors}");
    other.join().unwrap();
}

// SM-075: the host of the handshake is the only one.
#[cfg(feature = "speed-mobility")]
#[test]
fn a_request_for_another_host_than_that_of_the_handshake_gets_400() {
    use bytes::{Buf, BytesMut};
    use spdy::websocket::handshake::{Client, Extension, Offer};
    use spdy::{Config, Event, Session, http, websocket};

    let root = directory("sm-origin");
    fs::write(root.join("a"), "here").unwrap();
    let server = Server::of("sm", &root);
    let offer = Offer::new("example.com", [7; 16]).extension(Extension::SPEED_MOBILITY);
    let mut client = Client::new(&offer, websocket::Limits::default()).unwrap();
    let mut socket = std::net::TcpStream::connect(&server.address).unwrap();
    socket.write_all(&client.request()).unwrap();
    let mut input = BytesMut::new();
    let read = |socket: &mut std::net::TcpStream, input: &mut BytesMut| {
        let mut bytes = [0; 4096];
        let count = socket.read(&mut bytes).unwrap();
        assert!(count > 0);
        input.extend_from_slice(&bytes[..count]);
    };
    while client.read_response(&mut input).unwrap().is_none() {
        read(&mut socket, &mut input);
    }
    let mut session = Session::client_over_websocket(Config::default(), || [1, 2, 3, 4]);
    let mut codes = Vec::new();
    for url in ["http://example.com/a", "http://example.org/a", "https://example.com/a"] {
        session.open(http::request(Version::SpeedMobility, "GET", url, ()).unwrap()).unwrap();
    }
    while session.open_streams() > 0 {
        while session.wants_write() {
            let written = socket.write(session.output().chunk()).unwrap();
            session.output().advance(written);
        }
        read(&mut socket, &mut input);
        while let Some(event) = session.next_event(&mut input).unwrap() {
            if let Event::SynReply { headers, stream, .. } = event {
                let reply = http::Response::parse(Version::SpeedMobility, &headers).unwrap();
                codes.push((stream.get(), reply.code()));
            }
        }
    }
    codes.sort_unstable();
    assert_eq!(codes, [(1, 200), (3, 400), (5, 400)]);
}
