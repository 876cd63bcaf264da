//! The example `inspect` on captures: both directions of each TCP connection, and their pictures; and
//! the picture of `page_load`.

mod common;
#[path = "common/programs.rs"]
mod programs;

use std::fs;

use bytes::BytesMut;
use etherparse::PacketBuilder;
use programs::{directory, example, run};
use spdy::codec::Encoder;
use spdy::frame::{Data, FinStream, Frame, SynReply, SynStream, WindowUpdate};
use spdy::{Compression, Setting, SettingId, Settings, Status, StreamId, Version};

const CLIENT: [u8; 4] = [127, 0, 0, 1];
const SERVER: [u8; 4] = [127, 0, 0, 2];

/// A packet of a capture: when in microseconds, and its bytes from Ethernet on.
type Packet = (u32, Vec<u8>);

/// A connection from a port of the client; sequence numbers go round in it.
struct Tcp {
    port: u16,
    next: [u32; 2],
    packets: Vec<Packet>,
    time: u32,
}

const FROM_CLIENT: usize = 0;
const FROM_SERVER: usize = 1;

impl Tcp {
    fn new(port: u16) -> Self {
        let mut tcp = Self { port, next: [u32::MAX - 20, 7_000], packets: Vec::new(), time: 1_000 };
        tcp.send(FROM_CLIENT, true, false, b"");
        tcp.send(FROM_SERVER, true, true, b"");
        tcp
    }

    fn send(&mut self, from: usize, is_syn: bool, is_ack: bool, payload: &[u8]) {
        let ends = [(CLIENT, self.port), (SERVER, 6_121)];
        let (source, target) = (ends[from], ends[1 - from]);
        let builder = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4(source.0, target.0, 64).tcp(
            source.1,
            target.1,
            self.next[from],
            65_535,
        );
        let builder = if is_syn { builder.syn() } else { builder };
        let builder = if is_ack { builder.ack(self.next[1 - from]) } else { builder };
        let mut bytes = Vec::new();
        builder.write(&mut bytes, payload).unwrap();
        self.time += 1_000;
        self.packets.push((self.time, bytes));
        let len = u32::try_from(payload.len()).unwrap() + u32::from(is_syn);
        self.next[from] = self.next[from].wrapping_add(len);
    }

    fn say(&mut self, from: usize, payload: &[u8]) {
        self.send(from, false, true, payload);
    }
}

fn pcap(packets: &[Packet]) -> Vec<u8> {
    let header: [u32; 6] = [0xA1B2_C3D4, 4 << 16 | 2, 0, 0, 65_535, 1];
    let mut file: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
    for (time, packet) in packets {
        let len = u32::try_from(packet.len()).unwrap();
        file.extend([1_600_000_000, *time, len, len].iter().flat_map(|word| word.to_le_bytes()));
        file.extend(packet);
    }
    file
}

/// The same with nanoseconds, big-endian.
fn pcapng(packets: &[Packet]) -> Vec<u8> {
    fn block(kind: u32, body: &[u8]) -> Vec<u8> {
        let mut body = body.to_vec();
        body.resize(body.len().next_multiple_of(4), 0);
        let len = u32::try_from(body.len() + 12).unwrap().to_be_bytes();
        [&kind.to_be_bytes()[..], &len, &body, &len].concat()
    }
    let mut file =
        block(0x0A0D_0D0A, b"\x1A\x2B\x3C\x4D\0\x01\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
    // Ethernet, no limit; if_tsresol 9, and the end of the options.
    file.extend(block(1, b"\0\x01\0\0\0\0\0\0\0\x09\0\x01\x09\0\0\0\0\0\0\0"));
    for (time, packet) in packets {
        let time = (1_600_000_000 * 1_000_000 + u64::from(*time)) * 1_000;
        let len = u32::try_from(packet.len()).unwrap().to_be_bytes();
        let body = [&[0; 4][..], &time.to_be_bytes(), &len, &len, packet].concat();
        file.extend(block(6, &body));
    }
    file
}

fn wire(version: Version, frames: &[Frame]) -> Vec<u8> {
    let mut encoder = Encoder::new(version, Compression::On);
    let mut wire = BytesMut::new();
    frames.iter().for_each(|frame| encoder.encode(frame, &mut wire).unwrap());
    wire.to_vec()
}

fn id(stream: u32) -> StreamId {
    StreamId::new(stream)
}

const REQUEST: [(&str, &str); 5] = [
    (":method", "GET"),
    (":scheme", "http"),
    (":host", "a"),
    (":path", "/<&\">"),
    (":version", "HTTP/1.1"),
];

/// What each end says of an exchange in SPDY/3.1, as (end, bytes).
fn exchange() -> Vec<(usize, Vec<u8>)> {
    let syn = |stream| {
        let mut syn = SynStream::new(id(stream), REQUEST);
        syn.fin = true;
        Frame::SynStream(syn)
    };
    let mut last = Data::new(id(1), vec![b'x'; 500]);
    last.fin = true;
    let window = Settings::from([Setting::new(SettingId::INITIAL_WINDOW_SIZE, 2_000)]);
    let client = [Frame::Settings(window), syn(1), syn(3)];
    let update = [Frame::WindowUpdate(WindowUpdate::new(id(1), 1_000))];
    let reset = [Frame::FinStream(FinStream::new(id(3), Status::CANCEL))];
    let reply = SynReply::new(id(1), [(":status", "200"), (":version", "HTTP/1.1")]);
    let server = [
        Frame::SynReply(reply),
        Frame::Data(Data::new(id(1), vec![b'x'; 1_500])),
        Frame::Data(last),
    ];
    let v = Version::Spdy3_1;
    vec![
        (FROM_CLIENT, wire(v, &client)),
        (FROM_SERVER, wire(v, &server)),
        (FROM_CLIENT, wire(v, &update)),
        (FROM_CLIENT, wire(v, &reset)),
    ]
}

const LINES: [&str; 8] = [
    "client SETTINGS",
    "client SYN_STREAM 1 fin plain=53",
    "client SYN_STREAM 3 fin plain=53",
    "server SYN_REPLY 1 plain=26",
    "server DATA 1 window=500",
    "server DATA 1 fin window=0",
    "client WINDOW_UPDATE 1 window=1000",
    "client RST_STREAM 3",
];

fn inspect(name: &str, file: &[u8], args: &[&str]) -> (i32, String, String) {
    let path = directory(&format!("captures-{name}")).join("capture");
    fs::write(&path, file).unwrap();
    run(example("inspect").args(args).arg(path))
}

/// `--json` in a few words a line.
fn told(output: &str) -> Vec<String> {
    let line = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let mut words = vec![value["from"].as_str().unwrap().to_owned()];
        words.push(value["type"].as_str().or(value["error"].as_str()).unwrap().to_owned());
        words.extend(value["stream"].as_u64().map(|stream| stream.to_string()));
        words.extend((value["fin"] == true).then(|| "fin".into()));
        words.extend(value["plain"].as_u64().map(|plain| format!("plain={plain}")));
        words.extend(value["window"].as_i64().map(|window| format!("window={window}")));
        words.join(" ")
    };
    output.lines().map(line).collect()
}

fn conversation(port: u16) -> Tcp {
    let mut tcp = Tcp::new(port);
    for (from, bytes) in exchange() {
        tcp.say(from, &bytes);
    }
    tcp
}

#[test]
fn both_directions_are_shown_in_the_order_of_time() {
    let packets = conversation(40_000).packets;
    for (name, file) in [("pcap", pcap(&packets)), ("pcapng", pcapng(&packets))] {
        let (code, output, errors) = inspect(name, &file, &["--json"]);
        assert_eq!((code, errors.as_str()), (0, ""));
        assert_eq!(told(&output), LINES, "{name}");
        let times = output.lines().map(|line| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            (value["time"].as_f64().unwrap() * 1e3).round()
        });
        assert_eq!(times.collect::<Vec<_>>(), [2., 2., 2., 3., 3., 3., 4., 5.], "{name}");
    }
}

#[test]
fn a_timeline_says_who_and_when_and_what() {
    let (code, output, _) = inspect("timeline", &pcap(&conversation(40_000).packets), &[]);
    let lines: Vec<_> = output.lines().collect();
    assert_eq!((code, lines.len()), (0, 9));
    assert_eq!(lines[0], "connection 1: 127.0.0.1:40000 -> 127.0.0.2:6121, SPDY/3.1");
    assert_eq!(lines[1], "      2.000 ms  client -->  SETTINGS INITIAL_WINDOW_SIZE=2000");
    assert_eq!(lines[6], "      3.000 ms  <-- server  DATA stream=1 fin length=500  (window 0)");
}

#[test]
fn segments_that_come_late_twice_or_in_pieces_are_put_in_order() {
    let mut tcp = Tcp::new(40_000);
    let all = exchange();
    let mut order = Vec::new();
    for (from, bytes) in &all {
        let first = tcp.packets.len();
        for piece in bytes.chunks(10) {
            tcp.say(*from, piece);
        }
        // The second before the first, the first again, and all of it once more at the end.
        let mut sent: Vec<_> = tcp.packets[first..].to_vec();
        if sent.len() > 1 {
            sent.swap(0, 1);
            sent.insert(2, tcp.packets[first].clone());
        }
        order.extend(sent.clone());
        order.extend(sent);
    }
    let packets = [&tcp.packets[..2], &order].concat();
    let (code, output, errors) = inspect("order", &pcap(&packets), &["--json"]);
    assert_eq!((code, told(&output), errors.as_str()), (0, LINES.map(String::from).to_vec(), ""));
}

#[test]
fn what_is_missing_is_said_and_the_other_direction_goes_on() {
    let mut tcp = Tcp::new(40_000);
    let all = exchange();
    for (from, bytes) in &all {
        tcp.say(*from, bytes);
    }
    // The server's only packet, and bytes of the client's second one.
    let server = tcp.packets.remove(3);
    tcp.say(FROM_SERVER, b"whatever");
    let (code, output, _) = inspect("missing", &pcap(&tcp.packets), &["--json"]);
    let mut expected: Vec<_> =
        LINES.into_iter().filter(|line| line.starts_with("client")).collect();
    // Nothing is known of the DATA that takes from the window.
    expected[3] = "client WINDOW_UPDATE 1 window=3000";
    expected.push("server bytes are missing in the capture");
    assert_eq!((code, told(&output)), (1, expected.into_iter().map(String::from).collect()));
    // A packet of which the capture kept the beginning only.
    let mut packets = conversation(40_000).packets;
    packets[3] = (server.0, server.1[..server.1.len() - 100].to_vec());
    let (code, output, _) = inspect("cut", &pcap(&packets), &["--json"]);
    assert_eq!(code, 1);
    assert!(self::told(&output).contains(&"server bytes are missing in the capture".to_owned()));
}

#[test]
fn each_connection_is_shown_by_itself_and_its_version_is_found() {
    let mut packets = conversation(40_000).packets;
    let mut draft1 = Tcp::new(40_001);
    draft1.say(FROM_CLIENT, &wire(Version::Draft1, &[Frame::Noop]));
    packets.extend(draft1.packets);
    let mut other = Tcp::new(40_002);
    other.say(FROM_CLIENT, b"\x16\x03\x01\x02\x00");
    packets.extend(other.packets);
    let mut upgraded = Tcp::new(40_003);
    let head = b"POST /exec HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n";
    upgraded.say(FROM_CLIENT, head);
    upgraded.say(FROM_SERVER, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\n\r\n");
    exchange().iter().for_each(|(from, bytes)| upgraded.say(*from, bytes));
    packets.extend(upgraded.packets);
    let (code, output, _) = inspect("connections", &pcap(&packets), &[]);
    let heads: Vec<_> = output.lines().filter(|line| line.starts_with("connection ")).collect();
    let expected = [
        "connection 1: 127.0.0.1:40000 -> 127.0.0.2:6121, SPDY/3.1",
        "connection 2: 127.0.0.1:40001 -> 127.0.0.2:6121, SPDY Draft 1",
        "connection 3: 127.0.0.1:40002 -> 127.0.0.2:6121, no SPDY that can be read",
        "connection 4: 127.0.0.1:40003 -> 127.0.0.2:6121, SPDY/3.1",
    ];
    assert_eq!((code, heads), (0, expected.to_vec()));
    assert!(output.contains("client -->  HANDSHAKE POST /exec HTTP/1.1\n"), "{output}");
    assert!(
        output.contains("<-- server  HANDSHAKE HTTP/1.1 101 Switching Protocols\n"),
        "{output}"
    );
    assert_eq!(output.lines().filter(|line| line.contains("RST_STREAM stream=3")).count(), 2);
}

#[test]
fn a_port_that_is_used_again_is_another_connection() {
    let mut packets = conversation(40_000).packets;
    packets.extend(conversation(40_000).packets);
    let (code, output, _) = inspect("again", &pcap(&packets), &["--json"]);
    assert_eq!(
        (code, told(&output)),
        (0, [LINES, LINES].concat().into_iter().map(String::from).collect())
    );
}

#[test]
fn a_picture_has_an_arrow_for_each_frame_and_says_nothing_in_markup_of_the_peer() {
    let picture = directory("captures-svg").join("picture.svg");
    let args = ["--svg", picture.to_str().unwrap()];
    let (code, _, errors) = inspect("picture", &pcap(&conversation(40_000).packets), &args);
    assert_eq!((code, errors.as_str()), (0, ""));
    let svg = fs::read_to_string(picture).unwrap();
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
    let document = svg.as_str();
    assert!(
        document
            .contains("SYN_STREAM 1 \u{b7} GET /&lt;&amp;&quot;&gt; \u{b7} priority 0 \u{b7} FIN")
    );
    // Two DATA frames in a row are one arrow; a reset ends in a cross.
    assert!(document.contains("2 x DATA 1 \u{b7} 2000 bytes \u{b7} FIN"));
    assert_eq!(document.matches("<path ").count(), 6, "a head for each arrow but the reset's");
    assert!(document.contains("RST_STREAM stream=3 status=CANCEL"));
    assert!(document.contains("headers 53 -&gt; frame"));
    let tags = |start: char| document.matches(start).count();
    assert_eq!(tags('<'), tags('>'));
}

#[test]
fn what_is_no_capture_or_a_damaged_one_is_refused() {
    let whole = pcap(&conversation(40_000).packets);
    for (name, file, args, error) in [
        (
            "none",
            &b"\x80\x01\0\x05\0\0\0\0"[..],
            &["--svg", "/dev/null"][..],
            "is no capture, which --svg needs",
        ),
        ("short", &whole[..whole.len() - 1], &[], "the capture ends inside a packet"),
        ("empty", &whole[..24], &[], "the capture holds no TCP connection"),
        ("head", &whole[..10], &[], "the capture ends inside a packet"),
    ] {
        let (code, output, errors) = inspect(&format!("bad-{name}"), file, args);
        assert_eq!((code, output.as_str()), (1, ""), "{name}");
        assert!(
            errors.starts_with("inspect: ") && errors.ends_with(&format!("{error}\n")),
            "{errors}"
        );
        assert_eq!(errors.lines().count(), 1);
    }
}

#[test]
fn page_load_draws_a_bar_for_each_resource() {
    let picture = directory("page-load").join("picture.svg");
    let (code, output, errors) = run(example("page_load").arg("--svg").arg(&picture));
    assert_eq!((code, errors.as_str()), (0, ""));
    let svg = fs::read_to_string(picture).unwrap();
    assert!(
        output.starts_with("an index and 40 resources")
            && svg.contains(">an index and 40 resources")
    );
    // One of the background, and for each resource one that waits and one that comes.
    assert_eq!(svg.matches("<rect ").count(), 1 + 2 * 41);
}
