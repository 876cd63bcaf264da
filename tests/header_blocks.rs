//! Header blocks: pairs, what is valid in them, and the compression around them.

mod common;

use common::*;
use spdy::codec::{CountForm, Limits};
use spdy::frame::{Subresource, SynReply};
use spdy::{
    Abort, Compression, Config, DecodeErrorKind, Event, Fault, Frame, GoAwayStatus, HeaderError,
    Headers, InflateError, Open, SendError, Session, SessionError, Status,
};

const PROTOCOL_ERROR: &str = "status=PROTOCOL_ERROR";

/// A block as Draft 1 has it before compression.
fn plain<T: AsRef<[u8]>>(pairs: &[(T, T)]) -> Vec<u8> {
    let strings = pairs.iter().flat_map(|(name, value)| [name.as_ref(), value.as_ref()]);
    let with_length = |string: &[u8]| {
        let length = u16::try_from(string.len()).unwrap();
        [&length.to_be_bytes()[..], string].concat()
    };
    strings.flat_map(with_length).collect()
}

/// Compressed by storing; the first block of a direction has a zlib header.
fn stored_block(plain: &[u8], first: bool) -> Vec<u8> {
    let header: &[u8] = if first { &[0x38, 0x30, 0xDF, 0xA2, 0x51, 0xB2] } else { &[] };
    let length = u16::try_from(plain.len()).unwrap();
    let (len, nlen) = (length.to_le_bytes(), (!length).to_le_bytes());
    [header, &[0], &len, &nlen, plain, &[0, 0, 0, 0xFF, 0xFF]].concat()
}

/// SYN_STREAM (1), SYN_REPLY (2) or SUBRESOURCE (8), whatever stands behind its fixed fields.
fn with_block(number: u16, stream: u32, rest: &[&[u8]]) -> Vec<u8> {
    let fixed = [&stream.to_be_bytes()[..], &[0, 0]].concat();
    control_bytes(number, 0, &[fixed, rest.concat()].concat())
}

/// SYN_STREAM with a count before its block.
fn syn_bytes(stream: u32, count: u16, plain: &[u8]) -> Vec<u8> {
    with_block(1, stream, &[&count.to_be_bytes(), &stored_block(plain, stream == 1)])
}

/// What a server makes of a list.
fn kept<T: AsRef<[u8]>>(pairs: &[(T, T)]) -> Headers {
    let count = u16::try_from(pairs.len()).unwrap();
    let mut events = feed(&mut server(), &syn_bytes(1, count, &plain(pairs))).unwrap();
    match (events.pop(), events.is_empty()) {
        (Some(Event::SynStream { headers, .. }), true) => headers,
        other => panic!("{other:?}"),
    }
}

/// A server refuses such a stream with PROTOCOL_ERROR, and the next one decodes.
#[track_caller]
fn assert_costs_the_stream(count: u16, plain: &[u8]) {
    let mut server = server();
    let wire = [syn_bytes(1, count, plain), syn_bytes(3, 1, &self::plain(&[("a", "b")]))].concat();
    let events = feed(&mut server, &wire).unwrap();
    assert_eq!(told(&events), ["SynStream 3"]);
    let heard = Peer::new().hear_text(&mut server);
    assert_eq!(heard, [format!("FIN_STREAM stream=1 {PROTOCOL_ERROR}")]);
}

fn headers_of(events: &[Event]) -> Headers {
    match events {
        [Event::SynStream { headers, .. } | Event::SynReply { headers, .. }] => headers.clone(),
        [Event::Subresource { headers, .. }] => headers.clone(),
        other => panic!("{other:?}"),
    }
}

/// Why a list is not sent; nothing has left then.
#[track_caller]
fn refusal(headers: impl Into<Headers>) -> HeaderError {
    let headers = headers.into();
    let mut client = client();
    let Err(SendError::Headers(error)) = client.open(headers.clone()) else {
        panic!("{headers:?} was sent")
    };
    assert_eq!(drain(&mut client), b"");
    assert_eq!(client.open(GET), Ok(id(1)), "no ID was used up");

    let (mut server, _) = server_with_stream(true);
    assert_eq!(server.reply(id(1), headers, false), Err(SendError::Headers(error)));
    assert_eq!(drain(&mut server), b"");
    assert_eq!(server.reply(id(1), OK, false), Ok(()));
    error
}

// Sending.

// S1-070
#[test]
fn a_name_or_value_has_65_535_bytes_at_most() {
    let mut limits = Limits::default();
    (limits.control_frame, limits.header_list) = (256 * 1024, 256 * 1024);
    let (longest, longer) = ("x".repeat(0xFFFF), "x".repeat(0x1_0000));

    let headers = Headers::from([(longest.as_str(), "v"), ("n", longest.as_str())]);
    let mut client = client();
    client.open(headers.clone()).unwrap();
    let mut server = Session::server(VERSION, Config::default().limits(limits));
    assert_eq!(headers_of(&feed(&mut server, &drain(&mut client)).unwrap()), headers);

    let limit = 0xFFFF;
    assert_eq!(refusal([("n", longer.as_str())]), HeaderError::TooLong { limit });
    assert_eq!(refusal([(longer.as_str(), "v")]), HeaderError::TooLong { limit });
}

// S1-071, S1-072
#[test]
fn no_empty_name_or_value_is_sent() {
    assert_eq!(refusal([("", "v")]), HeaderError::EmptyName);
    assert_eq!(refusal([("n", "")]), HeaderError::EmptyValue);
    let (mut client, _) = client_with_stream(false);
    let announced = [("url", "/"), ("method", "GET"), ("n", "")];
    assert_eq!(
        client.subresource(id(1), announced),
        Err(SendError::Headers(HeaderError::EmptyValue))
    );
}

// S1-074, S1-075
#[test]
fn the_values_of_a_name_are_joined_by_one_nul() {
    let mut client = Session::client(VERSION, stored());
    client.open([("n", "a"), ("other", "c"), ("N", "b")]).unwrap();
    let joined = plain(&[("n", "a\0b"), ("other", "c")]);
    assert_eq!(joined[..8], [0, 1, b'n', 0, 3, 0x61, 0x00, 0x62]);
    assert_eq!(drain(&mut client)[14..], [&[0, 2][..], &stored_block(&joined, true)].concat());
}

// S1-076
#[test]
fn an_empty_one_of_several_values_is_not_sent() {
    for value in ["a\0\0b", "\0a", "a\0", "\0"] {
        assert_eq!(refusal([("n", value)]), HeaderError::EmptyValue);
    }
    assert_eq!(refusal([("n", "a"), ("n", "")]), HeaderError::EmptyValue);
}

// S1-078, S1-A16
#[test]
fn a_name_with_a_control_character_is_not_sent() {
    for name in ["a\0b", "a\nb", "\u{7F}"] {
        assert_eq!(refusal([(name, "v")]), HeaderError::InvalidName);
    }
}

// S1-078
#[test]
fn strings_are_utf_8_without_a_nul_behind_them() {
    let mut client = Session::client(VERSION, stored());
    let headers = Headers::from([("größe", "µ")]);
    client.open(headers.clone()).unwrap();
    let wire = drain(&mut client);
    let bytes = b"\0\x07gr\xC3\xB6\xC3\x9Fe\0\x02\xC2\xB5";
    assert_eq!(wire[14..], [&[0, 1][..], &stored_block(bytes, true)].concat());
    assert_eq!(headers_of(&feed(&mut server(), &wire).unwrap()), headers);
}

// S1-193, S1-213: and so nothing that a peer would take for another name.
#[test]
fn names_are_sent_in_lower_case() {
    let mut client = Session::client(VERSION, stored());
    client.open([("Accept", "A")]).unwrap();
    assert_eq!(drain(&mut client)[14..][2..], stored_block(&plain(&[("accept", "A")]), true));
}

// Receiving.

// S1-073
#[test]
fn a_pair_with_an_empty_name_or_value_is_dropped() {
    assert_eq!(kept(&[("a", "1"), ("b", ""), ("c", "3")]), Headers::from([("a", "1"), ("c", "3")]));
    assert_eq!(kept(&[("", "1"), ("c", "3")]), Headers::from([("c", "3")]));
    assert_eq!(kept(&[("", "")]), Headers::new());
}

// S1-077, S1-A16
#[test]
fn a_pair_with_an_empty_part_between_or_beside_its_nuls_is_dropped() {
    for bad in ["a\0\0b", "\0a", "a\0", "\0"] {
        assert_eq!(kept(&[(bad, "1"), ("c", "3")]), Headers::from([("c", "3")]));
        assert_eq!(kept(&[("n", bad), ("c", "3")]), Headers::from([("c", "3")]));
    }
    let several = kept(&[("n", "a\0b")]);
    assert!(several.values("n").eq([b"a", b"b"]));
}

// S1-A16
#[test]
fn received_names_are_lowered_and_values_are_not() {
    let lowered = kept(&[("X-Associated-Content", "A")]);
    assert!(lowered.iter().eq([("x-associated-content", &b"A"[..])]));
}

// S1-A16, S1-078
#[test]
fn a_name_must_be_utf_8_without_controls_and_a_value_is_bytes() {
    for name in [&b"a\0b"[..], b"a\nb", b"\x7F", b"a\xFF"] {
        assert_costs_the_stream(1, &plain(&[(name, &b"v"[..])]));
    }
    let bytes = kept(&[(&b"n"[..], &b"\xFF\n"[..])]);
    assert_eq!(bytes.get("n"), Some(&b"\xFF\n"[..]));
    // Bad for two reasons: being dropped comes first.
    assert_eq!(kept(&[(&b"\xFF\0\0"[..], &b"v"[..])]), Headers::new());
}

#[test]
fn names_beyond_ascii_have_a_kibibyte_in_all() {
    let names: Vec<_> = (0..128u8).map(|at| format!("caf\u{e9}{:03}", at)).collect();
    let list = |count: usize| names.iter().take(count).map(|name| (name.as_str(), "v"));
    assert_eq!(names[0].len(), 8);
    assert_eq!(kept(&list(128).collect::<Vec<_>>()).len(), 128);
    let mut longer: Vec<_> = list(127).collect();
    longer.push(("caf\u{e9} noir", "v"));
    assert_costs_the_stream(128, &plain(&longer));
    // Nor are more sent.
    let mut client = Session::client(VERSION, Config::default());
    assert!(client.open(list(128).collect::<Vec<_>>()).is_ok());
    assert_eq!(client.open(longer), Err(SendError::Headers(HeaderError::InvalidName)));
}

// S1-A15
#[test]
fn a_name_twice_costs_the_stream() {
    assert_costs_the_stream(2, &plain(&[("a", "1"), ("a", "2")]));
    assert_costs_the_stream(3, &plain(&[("a", "1"), ("b", "2"), ("A", "1")]));
    // A pair that is dropped repeats nothing.
    assert_eq!(kept(&[("a", "1"), ("a", "")]), Headers::from([("a", "1")]));
    assert_eq!(kept(&[("a", "1"), ("A", "\0")]), Headers::from([("a", "1")]));
}

// S1-A17
#[test]
fn pairs_that_do_not_fit_the_block_cost_the_stream() {
    let whole = plain(&[("a", "b")]);
    assert_costs_the_stream(0, &whole);
    assert_costs_the_stream(2, &whole);
    for cut in 1..whole.len() {
        assert_costs_the_stream(1, &whole[..cut]);
    }
    assert_costs_the_stream(1, &[&whole[..], &[0]].concat());
    assert_costs_the_stream(1, b"\xFF\xFFa\0\x01b");
}

// S1-A17
#[test]
fn a_block_that_ends_early_is_told_by_what_it_lacks() {
    let whole = plain(&[("a", "b")]);
    let lengths = ["length of a name", "length of a name", "name"];
    let fields = [lengths, ["length of a value", "length of a value", "value"]].concat();
    for (cut, field) in fields.into_iter().enumerate() {
        let (mut client, _) = client_with_stream(true);
        let wire = with_block(2, 1, &[&[0, 1], &stored_block(&whole[..cut], true)]);
        let events = feed(&mut client, &wire).unwrap();
        let kind = DecodeErrorKind::Short { field };
        let due = Abort::Local(Status::PROTOCOL_ERROR, Fault::Decode(kind));
        let [Event::Aborted { cause, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!(cause, &due, "{cut}");
    }
}

// S1-A17
#[test]
fn a_faulty_block_on_a_live_stream_tears_it_down() {
    for number in [2, 8] {
        let (mut client, mut peer) = client_with_stream(true);
        let wire = with_block(number, 1, &[&[0, 2], &stored_block(&plain(&[("a", "b")]), true)]);
        let events = feed(&mut client, &wire).unwrap();
        let [Event::Aborted { stream, cause, .. }] = &events[..] else { panic!("{events:?}") };
        let kind = DecodeErrorKind::Short { field: "length of a name" };
        let cause_due = Abort::Local(Status::PROTOCOL_ERROR, Fault::Decode(kind));
        assert_eq!((*stream, cause), (id(1), &cause_due));
        assert_eq!(peer.hear(&mut client), [fin_stream(1, Status::PROTOCOL_ERROR)]);
    }
}

// S1-A17, S1-164, S1-A12: as with a good block.
#[test]
fn a_faulty_block_on_a_stream_that_is_over_is_ignored() {
    let (mut client, mut peer) = client_with_stream(true);
    let block = plain(&[("a", "b")]);
    let closing = with_block(2, 1, &[&[0, 1], &stored_block(&block, true)]);
    feed(&mut client, &closing).unwrap();
    client.fin_stream(id(1), Status::CANCEL).unwrap();
    peer.hear(&mut client);
    for number in [2, 8] {
        let wire = with_block(number, 1, &[&[0, 2], &stored_block(&block, false)]);
        assert_eq!(feed(&mut client, &wire), Ok(vec![]));
    }
    assert!(peer.hear(&mut client).is_empty());
}

fn inflate_error(session: &mut Session, wire: &[u8]) -> InflateError {
    match feed(session, wire) {
        Err(SessionError::Decode(error)) => match error.kind {
            DecodeErrorKind::Inflate(error) => error,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

// S1-A17
#[test]
fn a_block_that_does_not_inflate_cleanly_ends_the_session() {
    let block = stored_block(&plain(&[("a", "b")]), true);
    let flush = block.len() - 5;
    let edited = |at: usize, byte: u8| {
        let mut block = block.clone();
        block[at] = byte;
        block
    };
    for (block, error) in [
        (edited(6, 0x06), InflateError::Corrupt),
        (edited(flush, 0x01), InflateError::StreamEnded),
        (block[..block.len() - 1].to_vec(), InflateError::NotFlushed),
        ([&block[..], &[0]].concat(), InflateError::NotFlushed),
        // An empty block of fixed codes, which ends within a byte.
        ([&block[..flush], &[0x02, 0x00]].concat(), InflateError::NotFlushed),
    ] {
        let mut server = server();
        let wire = with_block(1, 1, &[&[0, 1], &block]);
        assert_eq!(inflate_error(&mut server, &wire), error);
        assert_eq!(Peer::new().hear_text(&mut server), ["GOAWAY last_good=0"]);
    }
}

// S1-A17, S1-088, S1-A30
#[test]
fn the_first_block_must_name_the_dictionary_with_its_nul() {
    let block = stored_block(&plain(&[("a", "b")]), true);
    for start in [
        &[0x78, 0xBB, 0x8D, 0xF0, 0x51, 0xB2][..], // without the NUL
        &[0x78, 0xBB, 0xE3, 0xC6, 0xA7, 0xC2],     // of SPDY/3
        &[0x78, 0x9C],                             // none
        &[],                                       // no zlib at all
    ] {
        let block = [start, &block[6..]].concat();
        inflate_error(&mut server(), &with_block(1, 1, &[&[0, 1], &block]));
        inflate_error(&mut server(), &with_block(1, 1, &[&block]));
    }
}

// S1-A30, S1-A17
#[test]
fn the_four_flush_bytes_may_not_be_left_out() {
    let block = stored_block(&plain(&[("a", "b")]), true);
    let cut = &block[..block.len() - 4];
    let wire = with_block(1, 1, &[&[0, 1], cut]);
    assert_eq!(inflate_error(&mut server(), &wire), InflateError::NotFlushed);
}

// Compression.

fn compressing() -> Config {
    Config::default().compression(Compression::On)
}

// S1-085, S1-086, S1-088: by zlib itself, at its level 9.
#[test]
fn blocks_of_zlib_decode() {
    let wire: &[u8] = b"\x80\x01\x00\x01\x01\x00\x00\x4c\x00\x00\x00\x01\x00\x00\x00\x03\
        \x78\xf9\xdf\xa2\x51\xb2\x62\x60\xcb\x05\xe6\xc2\xfc\x14\x06\x66\x77\xd7\x10\x06\
        \x66\x90\x90\x62\x46\x49\x49\x81\x95\xbe\x3e\x30\xda\xf5\x52\x2b\x12\x73\x0b\x72\
        \x52\xf5\x92\xf3\x73\xf5\x33\xf3\x52\x52\x2b\xf4\x40\xce\x60\x60\x87\x9a\xc0\xc0\
        \x01\x33\x18\x00\x00\x00\xff\xff\
        \x80\x01\x00\x01\x01\x00\x00\x28\x00\x00\x00\x03\xc0\x00\x00\x04\xc2\x62\x8e\x02\
        \x0e\x73\x8a\x4b\x2a\x41\xac\xe2\x62\xac\xc6\x40\x62\x82\x81\x3d\xd1\xd6\x90\x21\
        \xc9\xd6\x08\x00\x00\x00\xff\xff";
    let events = feed(&mut server(), wire).unwrap();
    let request = |path: &str| {
        let url = format!("http://www.example.com/{path}");
        Headers::from([("method", "GET"), ("url", &url), ("version", "HTTP/1.1")])
    };
    assert_eq!(headers_of(&events[..1]), request("index.html"));
    let mut second = request("style.css");
    second.append("cookie", "a=1\0b=2");
    assert_eq!(headers_of(&events[1..]), second);
}

// S1-085, S1-087, S1-088, S1-A30
#[test]
fn a_block_begins_with_the_dictionary_and_ends_flushed() {
    for config in [stored(), compressing()] {
        let mut client = Session::client(VERSION, config);
        client.open(GET).unwrap();
        let first = drain(&mut client);
        assert_eq!(first[18..22], [0xDF, 0xA2, 0x51, 0xB2]);
        assert!(first.ends_with(&[0, 0, 0xFF, 0xFF]));
        client.open(GET).unwrap();
        let second = drain(&mut client);
        assert!(!second.windows(4).any(|bytes| bytes == [0xDF, 0xA2, 0x51, 0xB2]));
        assert!(second.ends_with(&[0, 0, 0xFF, 0xFF]));
    }
}

// S1-085, S1-086: names of the dictionary cost little, and what was said before next to nothing.
#[test]
fn compression_uses_the_dictionary_and_earlier_blocks() {
    let mut client = Session::client(VERSION, compressing());
    client.open([("if-modified-since", "transfer-encoding")]).unwrap();
    assert!(drain(&mut client).len() < 16 + 17 + 17);
    client.open([("x", "0123456789abcdefghijklmnopqrstuvwxyz")]).unwrap();
    drain(&mut client);
    client.open([("y", "0123456789abcdefghijklmnopqrstuvwxyz")]).unwrap();
    assert!(drain(&mut client).len() < 16 + 36);
}

// S1-086: one a direction, whatever the types of the frames.
#[test]
fn all_frames_with_a_block_share_one_context() {
    let (mut client, mut server) = (
        Session::client(VERSION, compressing().push(true)),
        Session::server(VERSION, compressing()),
    );
    let mut names = 0..;
    let mut list = || {
        let number = format!("{}", names.next().unwrap());
        Headers::from([("url", "/a/long/path/to/repeat"), ("method", "GET"), ("n", &number)])
    };
    let sent: Vec<_> = (0..5).map(|_| list()).collect();
    client.open(sent[0].clone()).unwrap();
    client.subresource(id(1), sent[1].clone()).unwrap();
    client.open(sent[2].clone()).unwrap();
    client.subresource(id(3), sent[3].clone()).unwrap();
    client.open(sent[4].clone()).unwrap();
    let events = feed(&mut server, &drain(&mut client)).unwrap();
    assert_eq!(
        told(&events),
        ["SynStream 1", "Subresource 1", "SynStream 3", "Subresource 3", "SynStream 5"]
    );
    assert!(events.chunks(1).map(headers_of).eq(sent));

    let sent: Vec<_> = (0..4).map(|_| list()).collect();
    server.reply(id(3), sent[0].clone(), false).unwrap();
    server.open(sent[1].clone()).unwrap();
    server.subresource(id(3), sent[2].clone()).unwrap();
    server.reply(id(1), sent[3].clone(), false).unwrap();
    let wire = drain(&mut server);
    assert!(wire.len() < 200, "{} bytes: no context is shared", wire.len());
    let events = feed(&mut client, &wire).unwrap();
    assert_eq!(told(&events), ["SynReply 3", "SynStream 2", "Subresource 3", "SynReply 1"]);
    assert!(events.chunks(1).map(headers_of).eq(sent));
}

// S1-087
#[test]
fn a_block_can_be_read_as_soon_as_it_is_there() {
    for config in [stored(), compressing()] {
        let mut client = Session::client(VERSION, config);
        let mut server = server();
        for number in [1, 3, 5] {
            client.open(GET).unwrap();
            let wire = drain(&mut client);
            let (last, before) = wire.split_last().unwrap();
            assert_eq!(feed(&mut server, before), Ok(vec![]));
            let events = feed(&mut server, &[*last]).unwrap();
            assert_eq!(told(&events), [format!("SynStream {number}")]);
        }
    }
}

// Frames that are not wanted.

/// A list that is cheap to say only where the first one was heard.
fn distinctive(number: u32) -> Headers {
    let number = number.to_string();
    let once = "0123456789abcdefghijklmnop";
    Headers::from([("url", "/"), ("method", "GET"), ("x", once), ("n", &number)])
}

/// More than a frame with the second such list takes, and less than one that repeats it.
const LEANING: usize = 16 + 26;

/// Says a frame that yields this, and then, leaning on its block, a good one.
#[track_caller]
fn assert_feeds_the_context(
    session: &mut Session,
    peer: &mut Peer,
    (frame, yields): (Frame, &[&str]),
    next: impl FnOnce(Headers) -> Frame,
) {
    assert_eq!(told(&peer.say(session, &frame)), yields);
    let wire = peer.encode(&next(distinctive(2)));
    assert!(wire.len() < LEANING, "the second block does not lean on the first");
    assert_eq!(headers_of(&feed(session, &wire).unwrap()), distinctive(2));
}

fn reply_with(stream: u32) -> impl FnOnce(Headers) -> Frame {
    move |headers| Frame::SynReply(SynReply::new(id(stream), headers))
}

fn open_with(stream: u32) -> impl FnOnce(Headers) -> Frame {
    move |headers| syn_with(stream, false, headers)
}

fn subresource_with(stream: u32) -> impl FnOnce(Headers) -> Frame {
    move |headers| Frame::Subresource(Subresource::new(id(stream), headers))
}

// S1-089
#[test]
fn the_block_of_a_refused_stream_feeds_the_context() {
    let mut server = Session::server(VERSION, Config::default().max_streams(1));
    let mut peer = Peer::new();
    peer.say(&mut server, &syn_with(1, false, ()));
    let refused = syn_with(3, false, distinctive(1));
    assert_feeds_the_context(&mut server, &mut peer, (refused, &[]), subresource_with(1));
}

// S1-089
#[test]
fn the_block_of_an_unwanted_push_feeds_the_context() {
    let (mut client, mut peer) = client_with_stream(true);
    let push = syn_with(2, false, distinctive(1));
    assert_feeds_the_context(&mut client, &mut peer, (push, &[]), reply_with(1));
}

// S1-089
#[test]
fn the_block_of_a_second_syn_stream_feeds_the_context() {
    let (mut server, mut peer) = (server(), Peer::new());
    peer.say(&mut server, &syn_with(1, false, ()));
    let second = syn_with(1, false, distinctive(1));
    let yields = &["Aborted 1 Local(Status(1), SecondSynStream)"][..];
    assert_feeds_the_context(&mut server, &mut peer, (second, yields), open_with(3));
}

// S1-089
#[test]
fn the_block_of_a_late_reply_feeds_the_context() {
    let (mut client, mut peer) = client_with_stream(true);
    client.open(GET).unwrap();
    client.fin_stream(id(1), Status::CANCEL).unwrap();
    peer.hear(&mut client);
    let late = reply_with(1)(distinctive(1));
    assert_feeds_the_context(&mut client, &mut peer, (late, &[]), reply_with(3));
}

// S1-089
#[test]
fn the_block_of_a_reply_to_no_stream_feeds_the_context() {
    let (mut client, mut peer) = client_with_stream(true);
    let stray = reply_with(7)(distinctive(1));
    assert_feeds_the_context(&mut client, &mut peer, (stray, &[]), reply_with(1));
}

// S1-089
#[test]
fn the_block_of_a_subresource_of_no_stream_feeds_the_context() {
    let (mut server, mut peer) = (server(), Peer::new());
    let stray = subresource_with(7)(distinctive(1));
    assert_feeds_the_context(&mut server, &mut peer, (stray, &[]), open_with(9));
}

// S1-089, S1-A08
#[test]
fn the_block_of_a_stream_behind_our_go_away_feeds_the_context() {
    let (mut server, mut peer) = (server(), Peer::new());
    peer.say(&mut server, &syn_with(1, false, ()));
    server.go_away(GoAwayStatus::OK);
    let dropped = syn_with(3, false, distinctive(1));
    assert_feeds_the_context(&mut server, &mut peer, (dropped, &[]), subresource_with(1));
}

// S1-089, S1-A17
#[test]
fn a_faulty_block_feeds_the_context() {
    let (mut server, mut peer) = (server(), Peer::new());
    let mut faulty = peer.encode(&syn_with(1, false, distinctive(1)));
    faulty[15] += 1; // pairs there are not
    assert_eq!(feed(&mut server, &faulty), Ok(vec![]));
    let good = peer.encode(&syn_with(3, false, distinctive(2)));
    assert!(good.len() < LEANING);
    assert_eq!(headers_of(&feed(&mut server, &good).unwrap()), distinctive(2));
}

// The two places of the count.

fn inside(stream: u32, pairs: &[(&str, &str)], first: bool) -> Vec<u8> {
    let count = u16::try_from(pairs.len()).unwrap().to_be_bytes();
    with_block(1, stream, &[&stored_block(&[&count[..], &plain(pairs)].concat(), first)])
}

/// Where the count of the first block stands in the frames of a session.
fn form(wire: &[u8]) -> CountForm {
    match (&wire[16..20], &wire[18..22]) {
        (&[0xDF, 0xA2, 0x51, 0xB2], _) => CountForm::Inside,
        (_, &[0xDF, 0xA2, 0x51, 0xB2]) => CountForm::Outside,
        _ => panic!("no dictionary in {wire:?}"),
    }
}

// S1-A01
#[test]
fn the_count_stands_before_the_block_unless_the_peer_was_first() {
    let mut client = client();
    client.open(GET).unwrap();
    let wire = drain(&mut client);
    assert_eq!((form(&wire), &wire[14..16]), (CountForm::Outside, &[0, 3][..]));
    let (mut server, _) = server_with_stream(true);
    server.reply(id(1), OK, true).unwrap();
    assert_eq!(form(&drain(&mut server)), CountForm::Outside);
}

// S1-A01
#[test]
fn a_count_inside_the_block_is_understood() {
    let pairs = [("a", "b"), ("c", "d")];
    let wire = [inside(1, &pairs, true), inside(3, &pairs, false)].concat();
    let events = feed(&mut server(), &wire).unwrap();
    assert!(events.chunks(1).map(headers_of).eq([Headers::from(pairs), Headers::from(pairs)]));
}

// S1-A01
#[test]
fn a_session_that_has_sent_no_block_answers_in_the_form_it_heard() {
    for config in [stored(), compressing()] {
        let mut server = Session::server(VERSION, config);
        feed(&mut server, &inside(1, &[("a", "b")], true)).unwrap();
        server.reply(id(1), OK, false).unwrap();
        server.subresource(id(1), GET).unwrap();
        let wire = drain(&mut server);
        assert_eq!(form(&wire), CountForm::Inside);
        let (mut client, _) = client_with_stream(false);
        let events = feed(&mut client, &wire).unwrap();
        assert_eq!(headers_of(&events[..1]), Headers::from(OK));
        assert_eq!(headers_of(&events[1..]), Headers::from(GET));
    }
}

// S1-A01: what counts is what leaves first, not what was asked for first.
#[test]
fn a_block_that_waits_is_written_in_the_form_heard_meanwhile() {
    let mut server = server();
    server.open(GET).unwrap();
    feed(&mut server, &inside(1, &[("a", "b")], true)).unwrap();
    assert_eq!(form(&drain(&mut server)), CountForm::Inside);
}

// S1-A01
#[test]
fn a_session_keeps_the_form_of_its_own_first_block() {
    let (mut server, mut peer) = (server(), Peer::new());
    server.open(GET).unwrap();
    peer.hear(&mut server);
    feed(&mut server, &inside(1, &[("a", "b")], true)).unwrap();
    server.reply(id(1), OK, true).unwrap();
    assert_eq!(peer.hear(&mut server), [reply(1, true)]);
}

// S1-A01
#[test]
fn the_first_block_fixes_the_form_of_its_direction() {
    let pairs = [("a", "b")];
    let mut first_outside = server();
    feed(&mut first_outside, &syn_bytes(1, 1, &plain(&pairs))).unwrap();
    inflate_error(&mut first_outside, &inside(3, &pairs, false));
    let mut first_inside = server();
    feed(&mut first_inside, &inside(1, &pairs, true)).unwrap();
    inflate_error(&mut first_inside, &syn_bytes(3, 1, &plain(&pairs)));
}

// S1-A01, S1-A17: the count is held against the pairs in both forms.
#[test]
fn a_wrong_count_inside_costs_the_stream() {
    for count in [0, 2] {
        let mut server = server();
        let block = [&[0, count][..], &plain(&[("a", "b")])].concat();
        assert_eq!(
            feed(&mut server, &with_block(1, 1, &[&stored_block(&block, true)])),
            Ok(vec![])
        );
        let heard = Peer::new().hear_text(&mut server);
        assert_eq!(heard, [format!("FIN_STREAM stream=1 {PROTOCOL_ERROR}")]);
    }
}

// S1-A01: several values of one name are one pair.
#[test]
fn the_count_is_of_pairs_not_of_values() {
    let mut client = client();
    client.open(Open::new([("a", "1"), ("a", "2"), ("b", "3")])).unwrap();
    assert_eq!(drain(&mut client)[14..16], [0, 2]);
    assert_eq!(kept(&[("a", "1\x002")]).len(), 1);
}
