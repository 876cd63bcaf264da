//! Draft 1, sections "PING" and "NOOP".

mod common;

use common::*;
use spdy::codec::Encoder;
use spdy::{Compression, Config, Frame, PingId, SendError, Session};

fn ping(number: u32) -> Frame {
    Frame::Ping(PingId::new(number))
}

fn ping_bytes(number: u32) -> Vec<u8> {
    control_bytes(6, 0, &number.to_be_bytes())
}

// S1-135, S1-137
#[test]
fn noop_is_a_head_and_nothing_else() {
    let mut wire = bytes::BytesMut::new();
    Encoder::new(VERSION, Compression::Off).encode(&Frame::Noop, &mut wire).unwrap();
    assert_eq!(wire[..], [0x80, 1, 0, 5, 0, 0, 0, 0]);
}

// S1-135, S1-136
#[test]
fn noop_causes_neither_event_nor_output() {
    for mut session in [client(), server()] {
        assert!(Peer::new().say(&mut session, &Frame::Noop).is_empty());
        assert!(!session.wants_write());
    }
}

// S1-136
#[test]
fn noop_with_flags_and_a_payload_is_skipped_whole() {
    let mut wire = control_bytes(5, 0xFF, &[0xAA; 100_000]);
    wire.extend(ping_bytes(1));
    let mut server = server();
    assert!(feed(&mut server, &wire).unwrap().is_empty());
    assert_eq!(drain(&mut server), ping_bytes(1));
}

// S1-140, S1-144
#[test]
fn ping_is_twelve_bytes_with_flags_0() {
    let (mut client, mut server) = (client(), server());
    assert_eq!(client.ping(), Ok(PingId::new(1)));
    assert_eq!(drain(&mut client), [0x80, 1, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1]);
    assert_eq!(server.ping(), Ok(PingId::new(2)));
    assert_eq!(drain(&mut server), [0x80, 1, 0, 6, 0, 0, 0, 4, 0, 0, 0, 2]);
}

// S1-140, S1-141
#[test]
fn a_ping_comes_back_as_a_pong_on_either_side() {
    let mut pair = Pair::new();
    let (ours, theirs) = (pair.client.ping().unwrap(), pair.server.ping().unwrap());
    assert!(pair.to_server().is_empty());
    assert_eq!(told(&pair.to_client()), [format!("Pong {ours}")]);
    assert_eq!(told(&pair.to_server()), [format!("Pong {theirs}")]);
    assert!(!pair.client.wants_write() && !pair.server.wants_write());
}

// S1-141
#[test]
fn the_answer_is_the_same_twelve_bytes() {
    let mut server = server();
    assert!(feed(&mut server, &ping_bytes(0x0102_0305)).unwrap().is_empty());
    assert_eq!(drain(&mut server), ping_bytes(0x0102_0305));
}

// S1-142
#[test]
fn the_answer_overtakes_all_that_is_queued() {
    let (mut server, mut peer) = server_with_stream(false);
    server.reply(id(1), (), false).unwrap();
    server.send_data(id(1), "x", false).unwrap();
    peer.say(&mut server, &ping(7));
    let expected = ["PING id=7", "SYN_REPLY stream=1", "DATA stream=1 length=1"];
    assert_eq!(peer.hear_text(&mut server), expected);
}

// S1-143
#[test]
fn each_ping_has_a_fresh_id() {
    let mut pair = Pair::new();
    for number in 0..200 {
        assert_eq!(pair.client.ping(), Ok(PingId::new(2 * number + 1)));
        pair.to_server();
        assert_eq!(pair.to_client().len(), 1);
    }
}

// S1-144
#[test]
fn another_length_than_4_costs_the_session() {
    for len in [0, 3, 5, 8] {
        let error = feed(&mut server(), &control_bytes(6, 0, &[0; 8][..len])).unwrap_err();
        let text = format!("PING at byte 0: a length of {len} is not possible, only 4 ");
        assert!(error.to_string().contains(&text), "{error}");
    }
}

// S1-144, S1-A09
#[test]
fn flags_of_a_received_ping_are_ignored_and_not_echoed() {
    let mut server = server();
    feed(&mut server, &control_bytes(6, 0xFF, &[0, 0, 0, 1])).unwrap();
    assert_eq!(drain(&mut server), ping_bytes(1));
}

// S1-146, S1-A07
#[test]
fn all_32_bits_of_an_id_count() {
    let mut server = server();
    feed(&mut server, &ping_bytes(0xFFFF_FFFF)).unwrap();
    assert_eq!(drain(&mut server), ping_bytes(0xFFFF_FFFF));
    for number in [0, 0xFFFF_FFFE] {
        let mut client = client();
        feed(&mut client, &ping_bytes(number)).unwrap();
        assert_eq!(drain(&mut client), ping_bytes(number));
    }
}

// S1-A07
#[test]
fn an_id_of_our_parity_that_we_did_not_send_is_ignored() {
    for (mut session, number) in
        [(client(), 1), (client(), 0xFFFF_FFFF), (server(), 2), (server(), 0)]
    {
        assert!(feed(&mut session, &ping_bytes(number)).unwrap().is_empty());
        assert!(!session.wants_write());
    }
}

// S1-A07
#[test]
fn an_answer_counts_once() {
    let mut client = client();
    client.ping().unwrap();
    drain(&mut client);
    assert_eq!(told(&feed(&mut client, &ping_bytes(1)).unwrap()), ["Pong 1"]);
    assert!(feed(&mut client, &ping_bytes(1)).unwrap().is_empty());
    assert!(!client.wants_write());
}

// S1-A07
#[test]
fn each_ping_of_the_peer_is_echoed_once_and_repeats_are_new_ones() {
    let (mut server, mut peer) = (server(), Peer::new());
    for _ in 0..3 {
        peer.say(&mut server, &ping(5));
    }
    assert_eq!(peer.hear_text(&mut server), ["PING id=5"; 3]);
    assert!(!server.wants_write());
}

// S1-A07
#[test]
fn at_most_64_pings_are_unanswered() {
    let mut pair = Pair::new();
    for _ in 0..64 {
        pair.client.ping().unwrap();
    }
    assert_eq!(pair.client.ping(), Err(SendError::TooManyPings));
    pair.to_server();
    assert_eq!(pair.to_client().len(), 64);
    assert_eq!(pair.client.ping(), Ok(PingId::new(129)));
}

// S1-A07
#[test]
fn echoes_that_wait_are_bounded() {
    let mut server = Session::server(VERSION, Config::default().max_replies(24));
    feed(&mut server, &ping_bytes(1)).unwrap();
    feed(&mut server, &ping_bytes(3)).unwrap();
    let error = feed(&mut server, &ping_bytes(5)).unwrap_err();
    assert_eq!(error, spdy::SessionError::TooManyReplies);
}
