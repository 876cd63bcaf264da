//! What a peer can make a session hold or do, and where it ends.

mod common;

use common::*;
use spdy::codec::{Decoder, Limits};
use spdy::frame::{Frame, SynReply};
use spdy::{
    Config, DecodeErrorKind, Event, HeaderError, Headers, Open, PingId, SendError, Session,
    SessionError, SettingId, Status, Version,
};

fn ping(number: u32) -> Frame {
    Frame::Ping(PingId::new(number))
}

/// The first eight bytes of a control frame whose payload has not come.
fn head(number: u16, length: u32) -> Vec<u8> {
    let mut wire = vec![0x80, 1];
    wire.extend(number.to_be_bytes());
    wire.extend(length.to_be_bytes());
    wire
}

fn decode_error(result: Result<Vec<Event>, SessionError>) -> DecodeErrorKind {
    match result {
        Err(SessionError::Decode(error)) => error.kind,
        other => panic!("{other:?}"),
    }
}

fn values(count: usize, len: usize) -> Headers {
    (0..count).map(|number| (format!("n{number}"), "v".repeat(len))).collect()
}

fn reply_with(headers: Headers) -> Frame {
    Frame::SynReply(SynReply::new(id(1), headers))
}

// Sizes of frames.

// S1-A29
#[test]
fn a_control_frame_above_64_kib_is_refused_from_its_head() {
    for number in [1, 2, 8] {
        assert!(feed(&mut server(), &head(number, 65_536)).unwrap().is_empty());
        let kind = decode_error(feed(&mut server(), &head(number, 65_537)));
        assert_eq!(kind, DecodeErrorKind::FrameTooLarge { length: 65_537, limit: 65_536 });
    }
}

// S1-A29
#[test]
fn the_limit_for_control_frames_can_be_set() {
    let mut limits = Limits::default();
    limits.control_frame = 8_192;
    let server = || Session::server(VERSION, Config::default().limits(limits));
    assert!(feed(&mut server(), &head(1, 8_192)).is_ok());
    assert!(feed(&mut server(), &head(1, 8_193)).is_err());
}

// S1-A29
#[test]
fn data_of_16_mib_is_handed_on_in_pieces() {
    let (mut server, _) = server_with_stream(false);
    let mut length = 0;
    feed(&mut server, &[0, 0, 0, 1, 1, 0xFF, 0xFF, 0xFF]).unwrap();
    for left in (0..=255).rev() {
        let piece = vec![b'x'; if left == 0 { 65_535 } else { 65_536 }];
        for event in feed(&mut server, &piece).unwrap() {
            let Event::Data { data, fin, .. } = event else { panic!("{event:?}") };
            length += data.len();
            assert_eq!(fin, length == 0xFF_FFFF);
        }
    }
    assert_eq!(length, 0xFF_FFFF);
}

// S1-A05, S1-A29
#[test]
fn noop_and_unknown_frames_are_skipped_at_any_length() {
    for number in [5, 99] {
        let mut server = server();
        feed(&mut server, &head(number, 0xFF_FFFF)).unwrap();
        for _ in 0..255 {
            feed(&mut server, &[0; 65_536]).unwrap();
        }
        feed(&mut server, &[0; 65_535]).unwrap();
        assert_eq!(told(&Peer::new().say(&mut server, &syn(1, true))), ["SynStream 1 fin"]);
    }
}

// Header lists.

// S1-A17
#[test]
fn a_list_above_the_soft_limit_costs_its_stream_and_is_inflated_all_the_same() {
    let (mut server, mut peer) = (server(), Peer::new());
    assert!(peer.say(&mut server, &syn_with(1, true, values(2, 40_000))).is_empty());
    let answer = ["FIN_STREAM stream=1 status=REFUSED_STREAM"];
    assert_eq!(peer.hear_text(&mut server), answer);
    assert_eq!(told(&peer.say(&mut server, &syn(3, true))), ["SynStream 3 fin"]);

    let (mut client, mut peer) = client_with_stream(true);
    let events = peer.say(&mut client, &reply_with(values(2, 40_000)));
    let aborted = "Aborted 1 Local(Status(1), Decode(ListTooLarge { limit: 65536 }))";
    assert_eq!(told(&events), [aborted]);
    let answer = ["FIN_STREAM stream=1 status=PROTOCOL_ERROR"];
    assert_eq!(peer.hear_text(&mut client), answer);
}

// S1-A17
#[test]
fn the_soft_limit_counts_32_for_each_name_and_each_value() {
    let fixed = (1 + 32 + 32) + (3 + 3 + 32 + 2 * 32);
    for (len, fits) in [(65_536 - fixed, true), (65_536 - fixed + 1, false)] {
        let long = ("n", "v".repeat(len));
        let two = ("two", "a\0b".to_owned());
        for list in [[long.clone(), two.clone()], [two, long]] {
            let events = Peer::new().say(&mut server(), &syn_with(1, true, Headers::from(list)));
            assert_eq!(events.len(), usize::from(fits));
        }
    }
}

// S1-A17
#[test]
fn a_list_above_the_hard_limit_costs_the_session() {
    let (mut server, mut peer) = (server(), Peer::new());
    let wire = peer.encode(&syn_with(1, true, values(7, 40_000)));
    assert!(wire.len() < 4_096); // small on the wire
    let kind = decode_error(feed(&mut server, &wire));
    let limit = 256 * 1024;
    let inflate = spdy::InflateError::TooMuchOutput { limit };
    assert_eq!(kind, DecodeErrorKind::Inflate(inflate));
}

// S1-A17
#[test]
fn a_block_has_at_most_128_names() {
    let (mut server, mut peer) = (server(), Peer::new());
    let events = peer.say(&mut server, &syn_with(1, true, values(128, 1)));
    assert_eq!(told(&events), ["SynStream 1 fin"]);
    assert!(peer.say(&mut server, &syn_with(3, true, values(129, 1))).is_empty());
    let answer = ["FIN_STREAM stream=3 status=PROTOCOL_ERROR"];
    assert_eq!(peer.hear_text(&mut server), answer);
    assert_eq!(told(&peer.say(&mut server, &syn(5, true))), ["SynStream 5 fin"]);
}

// S1-A17
#[test]
fn a_block_has_at_most_256_values() {
    for is_first in [true, false] {
        let list = |count| {
            let many = ("many", ["v"].repeat(count).join("\0"));
            let one = ("one", "v".to_owned());
            Headers::from(if is_first { [many, one] } else { [one, many] })
        };
        let (mut server, mut peer) = (server(), Peer::new());
        let events = peer.say(&mut server, &syn_with(1, true, list(255)));
        assert_eq!(told(&events), ["SynStream 1 fin"]);
        assert!(peer.say(&mut server, &syn_with(3, true, list(256))).is_empty());
        let answer = ["FIN_STREAM stream=3 status=PROTOCOL_ERROR"];
        assert_eq!(peer.hear_text(&mut server), answer);
    }
}

// S1-070
#[test]
fn we_send_no_block_above_1_mib() {
    let mut client = client();
    let limit = 1024 * 1024;
    let refused = Err(SendError::Headers(HeaderError::BlockTooLarge { limit }));
    assert_eq!(client.open(values(20, 60_000)), refused);
    assert!(!client.wants_write());
    assert_eq!(client.open(values(17, 60_000)), Ok(id(1)));

    // To the byte: the count, 34 lengths, the names n0 to n15, "last" and the values.
    let others = 2 + 34 * 2 + (10 * 2 + 6 * 3) + 4 + 16 * 62_000;
    for (len, opened) in [(limit - others + 1, refused), (limit - others, Ok(id(3)))] {
        let mut list = values(16, 62_000);
        list.append("last", "v".repeat(len));
        assert_eq!(client.open(list), opened);
    }
}

/// A list of so many names, as a proxy has it of a peer in SPDY/3, whose numbers have 4 bytes.
fn received_in_spdy_3(count: u32) -> Headers {
    let string = |text: &str| [&(text.len() as u32).to_be_bytes()[..], text.as_bytes()].concat();
    let pairs = (0..count).flat_map(|name| [string(&format!("{name:x}")), string("v")].concat());
    let block: Vec<u8> = count.to_be_bytes().into_iter().chain(pairs).collect();
    let mut payload = [0, 0, 0, 1, 0x38, 0x30, 0xE3, 0xC6, 0xA7, 0xC2].to_vec();
    for stored in block.chunks(0xFFFF) {
        let length = stored.len() as u16;
        payload
            .extend([&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), stored].concat());
    }
    payload.extend([0, 0, 0, 0xFF, 0xFF]);
    let mut limits = Limits::default();
    (limits.control_frame, limits.names, limits.values) = (1 << 24, 1 << 20, 1 << 20);
    (limits.header_list, limits.inflated_block) = (1 << 24, 1 << 24);
    let mut decoder = Decoder::new(Version::Spdy3, limits);
    let mut wire = &control_bytes_of(3, 2, 0, &payload)[..];
    match decoder.decode(&mut wire) {
        Ok(Some(Frame::SynReply(reply))) => reply.headers,
        other => panic!("{other:?}"),
    }
}

// S1-070
#[test]
fn we_send_no_more_names_than_their_number_can_say() {
    for version in [Version::Draft1, Version::Spdy2] {
        let mut client = client_of(version);
        let refused = HeaderError::TooMany { limit: 0xFFFF };
        let opened = client.open(received_in_spdy_3(0x1_0000));
        assert_eq!(opened, Err(SendError::Headers(refused)));
        assert_eq!(client.open(received_in_spdy_3(0xFFFF)), Ok(id(1)));
    }
}

// HELLO.

// S1-A22
#[test]
fn a_hello_of_more_than_32_entries_is_refused_from_its_head() {
    assert!(feed(&mut server(), &head(4, 4 + 32 * 8)).is_ok());
    let kind = decode_error(feed(&mut server(), &head(4, 4 + 33 * 8)));
    assert_eq!(kind, DecodeErrorKind::TooManyEntries { limit: 32 });
}

// S1-027
#[test]
fn we_send_no_hello_of_more_than_32_entries() {
    let entries = |count| (1..=count).map(|number| (SettingId(number), 0)).collect();
    let settings: spdy::Settings = entries(33);
    assert_eq!(client().send_settings(settings), Err(SendError::Settings));
    let settings: spdy::Settings = entries(32);
    assert_eq!(client().send_settings(settings), Ok(()));
}

// Concurrent streams.

/// A HELLO that limits how many streams its receiver may have open.
fn hello(limit: u32) -> Frame {
    Frame::Settings([(SettingId::MAX_CONCURRENT_STREAMS, limit)].into())
}

// S1-031, S1-A21
#[test]
fn the_peer_may_have_100_streams_open() {
    let (mut server, mut peer) = (server(), Peer::new());
    for number in 0..100 {
        assert_eq!(peer.say(&mut server, &syn(2 * number + 1, true)).len(), 1);
    }
    // What is beyond is refused, and inflated.
    assert!(peer.say(&mut server, &syn(201, true)).is_empty());
    let answer = ["FIN_STREAM stream=201 status=REFUSED_STREAM"];
    assert_eq!(peer.hear_text(&mut server), answer);
    // A stream that ends makes room.
    server.reply(id(1), OK, true).unwrap();
    drain(&mut server);
    assert_eq!(told(&peer.say(&mut server, &syn(203, true))), ["SynStream 203 fin"]);
}

// S1-A21
#[test]
fn the_limit_that_we_announce_is_the_one_that_we_keep() {
    let (mut server, mut peer) = (server(), Peer::new());
    peer.say(&mut server, &syn(1, true));
    peer.say(&mut server, &syn(3, true));
    server.send_settings([(SettingId::MAX_CONCURRENT_STREAMS, 1)]).unwrap();
    // Nothing is closed by it.
    assert!(peer.say(&mut server, &syn(5, true)).is_empty());
    let expected = ["HELLO MAX_CONCURRENT_STREAMS=1", "FIN_STREAM stream=5 status=REFUSED_STREAM"];
    assert_eq!(peer.hear_text(&mut server), expected);
    assert_eq!(end(&mut server), ["Aborted 1 Teardown", "Aborted 3 Teardown"]);
}

// S1-A21
#[test]
fn we_open_no_more_streams_than_the_peers_limit_allows() {
    let (mut client, mut peer) = (client(), Peer::new());
    assert_eq!(client.can_open(), usize::MAX);
    peer.say(&mut client, &hello(2));
    for left in [2, 1] {
        assert_eq!(client.can_open(), left);
        client.open(Open::new(GET).fin(true)).unwrap();
    }
    assert_eq!(client.can_open(), 0);
    assert_eq!(client.open(GET), Err(SendError::TooManyStreams));
    // Nothing was queued; it works when a stream has ended.
    peer.hear(&mut client);
    peer.say(&mut client, &reply(1, true));
    assert_eq!(client.open(GET), Ok(id(5)));
}

// S1-A21
#[test]
fn the_peers_limit_counts_pushes_too() {
    let (mut server, mut peer) = server_with_stream(true);
    peer.say(&mut server, &hello(1));
    assert_eq!(server.open(GET), Ok(id(2)));
    assert_eq!(server.open(GET), Err(SendError::TooManyStreams));
}

// S1-A21
#[test]
fn a_lower_limit_closes_no_stream() {
    let (mut client, mut peer) = (client(), Peer::new());
    client.open(GET).unwrap();
    client.open(GET).unwrap();
    peer.hear(&mut client);
    peer.say(&mut client, &hello(1));
    assert_eq!(client.can_open(), 0);
    assert_eq!(told(&peer.say(&mut client, &reply(3, false))), ["SynReply 3"]);
}

// S1-A19
#[test]
fn a_later_hello_overrides_and_of_two_entries_the_first_wins() {
    let (mut client, mut peer) = (client(), Peer::new());
    peer.say(&mut client, &hello(1));
    peer.say(&mut client, &hello(7));
    assert_eq!(client.can_open(), 7);
    let entries = [0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 9];
    feed(&mut client, &control_bytes(4, 0, &entries)).unwrap();
    assert_eq!(client.can_open(), 3);
    // One that says nothing of it changes nothing.
    peer.say(&mut client, &Frame::Settings(Default::default()));
    assert_eq!(client.can_open(), 3);
}

// Answers that wait.

// S1-A07
#[test]
fn echoes_of_at_most_64_kib_wait() {
    let (mut server, mut peer) = (server(), Peer::new());
    let most = 64 * 1024 / 12;
    for _ in 0..2 {
        for _ in 0..most {
            peer.say(&mut server, &ping(1));
        }
        assert_eq!(peer.hear(&mut server).len(), most); // and whoever reads may go on
    }
    for _ in 0..most {
        peer.say(&mut server, &ping(1));
    }
    let wire = peer.encode(&ping(1));
    assert_eq!(feed(&mut server, &wire), Err(SessionError::TooManyReplies));
}

// S1-A07
#[test]
fn answers_that_are_staged_wait_too() {
    let mut server = Session::server(VERSION, Config::default().max_replies(12));
    let mut peer = Peer::new();
    peer.say(&mut server, &ping(1));
    server.output();
    let wire = peer.encode(&ping(3));
    assert_eq!(feed(&mut server, &wire), Err(SessionError::TooManyReplies));
}

// S1-A12
#[test]
fn fin_streams_of_at_most_64_kib_wait() {
    let (mut server, mut peer) = (server(), Peer::new());
    for number in 0..64 * 1024 / 16 {
        peer.say(&mut server, &data(2 * number + 1, b"?", false));
    }
    let wire = peer.encode(&data(8_193, b"?", false));
    assert_eq!(feed(&mut server, &wire), Err(SessionError::TooManyReplies));
}

// Streams that are reset.

/// The peer opens a stream and resets it.
fn open_and_reset(server: &mut Session, peer: &mut Peer, stream: u32) -> Result<(), SessionError> {
    peer.say(server, &syn(stream, true));
    let wire = peer.encode(&fin_stream(stream, Status::INVALID_STREAM));
    feed(server, &wire).map(drop)
}

// S1-117
#[test]
fn the_peer_may_reset_200_streams_before_their_reply() {
    let (mut server, mut peer) = (server(), Peer::new());
    for number in 0..200 {
        open_and_reset(&mut server, &mut peer, 2 * number + 1).unwrap();
    }
    let last = open_and_reset(&mut server, &mut peer, 401);
    assert_eq!(last, Err(SessionError::TooManyResets));
}

// S1-117
#[test]
fn a_reply_that_has_not_left_does_not_excuse_a_reset() {
    let mut server = Session::server(VERSION, Config::default().max_resets(0));
    let mut peer = Peer::new();
    peer.say(&mut server, &syn(1, true));
    server.reply(id(1), OK, false).unwrap();
    let wire = peer.encode(&fin_stream(1, Status::INVALID_STREAM));
    assert_eq!(feed(&mut server, &wire), Err(SessionError::TooManyResets));
}

// S1-117
#[test]
fn a_reset_after_the_reply_has_left_is_free() {
    let mut server = Session::server(VERSION, Config::default().max_resets(0));
    let mut peer = Peer::new();
    for stream in [1, 3, 5] {
        peer.say(&mut server, &syn(stream, true));
        server.reply(id(stream), OK, false).unwrap();
        peer.hear(&mut server);
        peer.say(&mut server, &fin_stream(stream, Status::INVALID_STREAM));
    }
}

// S1-117
#[test]
fn a_stream_that_ends_well_makes_up_for_one_that_was_reset() {
    let mut server = Session::server(VERSION, Config::default().max_resets(1));
    let mut peer = Peer::new();
    for round in 0..10 {
        open_and_reset(&mut server, &mut peer, 4 * round + 1).unwrap();
        peer.say(&mut server, &syn(4 * round + 3, true));
        server.reply(id(4 * round + 3), OK, true).unwrap();
        peer.hear(&mut server);
    }
    // It never falls below nothing: many good streams are no licence.
    open_and_reset(&mut server, &mut peer, 101).unwrap();
    let second = open_and_reset(&mut server, &mut peer, 103);
    assert_eq!(second, Err(SessionError::TooManyResets));
}

// S1-117
#[test]
fn what_the_peer_answers_well_makes_up_too() {
    let mut client = Session::client(VERSION, Config::default().max_resets(1));
    let mut peer = Peer::new();
    for round in 0..10 {
        client.open(Open::new(GET).fin(true)).unwrap();
        client.open(Open::new(GET).fin(true)).unwrap();
        peer.hear(&mut client);
        peer.say(&mut client, &data(4 * round + 1, b"early", false));
        peer.say(&mut client, &reply(4 * round + 3, true));
    }
    assert!(client.wants_write());
}

// S1-A13, S1-A15
#[test]
fn stream_errors_count_as_resets() {
    let config = Config::default().max_resets(1);
    let (mut server, mut peer) = (Session::server(VERSION, config), Peer::new());
    peer.say(&mut server, &syn(1, true));
    peer.say(&mut server, &data(1, b"x", false)); // after FIN
    let mut faulty = peer.encode(&syn(3, true));
    faulty[15] += 1;
    assert_eq!(feed(&mut server, &faulty), Err(SessionError::TooManyResets));
}

// S1-A12
#[test]
fn frames_on_streams_that_were_never_opened_do_not_count_as_resets() {
    let mut server = Session::server(VERSION, Config::default().max_resets(0));
    let mut peer = Peer::new();
    for stream in [1, 3, 5] {
        peer.say(&mut server, &data(stream, b"?", false));
        peer.say(&mut server, &fin_stream(stream, Status::INVALID_STREAM));
    }
    assert_eq!(peer.hear(&mut server).len(), 3);
}

// Empty DATA.

// S1-A23
#[test]
fn a_hundred_empty_data_frames_may_follow_each_other() {
    let (mut server, mut peer) = server_with_stream(false);
    for _ in 0..3 {
        for _ in 0..100 {
            assert!(peer.say(&mut server, &data(1, b"", false)).is_empty());
        }
        peer.say(&mut server, &Frame::Noop); // any other frame
    }
    for _ in 0..100 {
        peer.say(&mut server, &data(1, b"", false));
    }
    let wire = peer.encode(&data(1, b"", false));
    assert_eq!(feed(&mut server, &wire), Err(SessionError::TooManyEmptyFrames));
    let expected = ["FIN_STREAM stream=1 status=PROTOCOL_ERROR", "GOAWAY last_good=1"];
    assert_eq!(peer.hear_text(&mut server), expected);
}

// S1-A23
#[test]
fn empty_data_counts_wherever_it_is_sent_but_not_with_fin() {
    let mut server = Session::server(VERSION, Config::default().max_empty_frames(1));
    let mut peer = Peer::new();
    for stream in [1, 3] {
        peer.say(&mut server, &syn(stream, false));
        peer.say(&mut server, &data(stream, b"", true));
    }
    peer.say(&mut server, &data(1, b"", false)); // costs the stream
    let wire = peer.encode(&data(1, b"", false)); // ignored
    assert_eq!(feed(&mut server, &wire), Err(SessionError::TooManyEmptyFrames));
}

// S1-131
#[test]
fn data_of_one_byte_a_frame_has_no_budget() {
    let (mut server, mut peer) = server_with_stream(false);
    for _ in 0..10_000 {
        assert_eq!(peer.say(&mut server, &data(1, b"x", false)).len(), 1);
    }
}

// The ring of IDs.

// S1-A12
#[test]
fn an_invalid_id_is_answered_again_when_64_others_have_come_between() {
    let (mut server, mut peer) = (server(), Peer::new());
    for number in 0..64 {
        peer.say(&mut server, &data(2 * number + 1, b"?", false));
    }
    assert_eq!(peer.hear(&mut server).len(), 64);
    peer.say(&mut server, &data(1, b"?", false)); // the oldest of the 64
    assert!(!server.wants_write());
    peer.say(&mut server, &data(129, b"?", false)); // pushes it out
    peer.say(&mut server, &data(1, b"?", false));
    let expected = [
        "FIN_STREAM stream=129 status=INVALID_STREAM",
        "FIN_STREAM stream=1 status=INVALID_STREAM",
    ];
    assert_eq!(peer.hear_text(&mut server), expected);
}

/// A stream that the caller refused counts as open until the peer has been told: or a peer that
/// does not read could open streams for ever.
#[test]
fn refusals_that_have_not_left_count_as_open_streams() {
    let mut server = Session::server(VERSION, Config::default().max_streams(2));
    let mut peer = Peer::new();
    for stream in [1, 3] {
        assert_eq!(told(&peer.say(&mut server, &syn(stream, true))).len(), 1);
        server.fin_stream(id(stream), Status::REFUSED_STREAM).unwrap();
    }
    assert!(peer.say(&mut server, &syn(5, true)).is_empty());
    let refused = [1, 3, 5].map(|stream| fin_stream(stream, Status::REFUSED_STREAM));
    assert_eq!(peer.hear(&mut server), refused);
    assert_eq!(told(&peer.say(&mut server, &syn(7, true))).len(), 1);
}

#[test]
fn a_peer_that_reads_no_refusal_is_stopped() {
    let (mut server, mut peer) = (server(), Peer::new());
    let mut opened = 0;
    let end = (0..10_000).find_map(|number| {
        let wire = peer.encode(&syn_with(2 * number + 1, true, ()));
        match feed(&mut server, &wire) {
            Ok(events) => {
                opened += events.len();
                server.fin_stream(id(2 * number + 1), Status::REFUSED_STREAM).unwrap();
                None
            }
            Err(error) => Some((number, error)),
        }
    });
    // 100 refused by the caller, then as many by the session as 64 KiB hold.
    assert_eq!(opened, 100);
    assert_eq!(end, Some((100 + 4096, SessionError::TooManyReplies)));
}

// The reply waits behind a SUBRESOURCE: it is no less unsent for that.
#[test]
fn a_reply_behind_another_frame_does_not_excuse_a_reset_either() {
    let mut server = Session::server(VERSION, Config::default().max_resets(0));
    let mut peer = Peer::new();
    peer.say(&mut server, &syn(1, true));
    server.subresource(id(1), GET).unwrap();
    server.reply(id(1), OK, false).unwrap();
    let wire = peer.encode(&fin_stream(1, Status::CANCEL));
    assert_eq!(feed(&mut server, &wire), Err(SessionError::TooManyResets));
}

// A push has no reply that could excuse its reset.
#[test]
fn pushes_that_are_reset_count_and_those_that_end_well_make_up() {
    let mut client = Session::client(VERSION, Config::default().push(true).max_resets(1));
    let mut peer = Peer::new();
    for (stream, ends_well) in [(2, false), (4, true), (6, false)] {
        peer.say(&mut client, &syn(stream, false));
        let end = fin_stream(stream, Status::CANCEL);
        peer.say(&mut client, &if ends_well { data(stream, b"all", true) } else { end });
    }
    peer.say(&mut client, &syn(8, false));
    let wire = peer.encode(&fin_stream(8, Status::CANCEL));
    assert_eq!(feed(&mut client, &wire), Err(SessionError::TooManyResets));
}

// The peer ends a stream itself before it hears that the caller has: its place is free.
#[test]
fn a_place_that_the_peer_has_freed_itself_is_free() {
    let mut server = Session::server(VERSION, Config::default().max_streams(2));
    let mut peer = Peer::new();
    for stream in [1, 3] {
        peer.say(&mut server, &syn(stream, false));
    }
    server.fin_stream(id(1), Status::CANCEL).unwrap();
    peer.say(&mut server, &fin_stream(1, Status::CANCEL));
    assert_eq!(told(&peer.say(&mut server, &syn(5, true))).len(), 1);
}
