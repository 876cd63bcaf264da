//! HELLO: its layout, its place, its values.

mod common;

use bytes::Buf;
use common::*;
use spdy::{Config, DecodeErrorKind, Event, SendError, Session, SessionError, SettingId, Settings};

const UPLOAD: SettingId = SettingId::UPLOAD_BANDWIDTH;
const DOWNLOAD: SettingId = SettingId::DOWNLOAD_BANDWIDTH;
const ROUND_TRIP: SettingId = SettingId::ROUND_TRIP_TIME;
const STREAMS: SettingId = SettingId::MAX_CONCURRENT_STREAMS;

/// A HELLO with this count and these bytes behind it.
fn hello(count: u16, entries: &[[u32; 2]]) -> Vec<u8> {
    let mut payload = vec![0, 0];
    payload.extend(count.to_be_bytes());
    payload.extend(entries.iter().flatten().flat_map(|number| number.to_be_bytes()));
    control_bytes(4, 0, &payload)
}

/// What a session tells of a HELLO.
fn settings(session: &mut Session, wire: &[u8]) -> Settings {
    let mut events = feed(session, wire).unwrap();
    match (events.pop(), events.is_empty()) {
        (Some(Event::Settings(settings)), true) => settings,
        other => panic!("{other:?}"),
    }
}

// S1-020, S1-022
#[test]
fn an_exchange_works_with_hello_from_neither_one_or_both() {
    for (by_client, by_server) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut pair = Pair::new();
        if by_client {
            pair.client.send_settings([(ROUND_TRIP, 30)]).unwrap();
        }
        if by_server {
            pair.server.send_settings([(ROUND_TRIP, 30)]).unwrap();
        }
        let stream = pair.client.open(GET).unwrap();
        assert_eq!(pair.to_server().len(), 1 + usize::from(by_client));
        pair.server.reply(stream, OK, true).unwrap();
        assert_eq!(pair.to_client().len(), 1 + usize::from(by_server));
    }
}

// S1-021, S1-A38
#[test]
fn hello_goes_before_all_that_was_queued_earlier() {
    let (mut client, mut peer) = (client(), Peer::new());
    client.open(GET).unwrap();
    client.ping().unwrap();
    feed(&mut client, &control_bytes(6, 0, &[0, 0, 0, 2])).unwrap();
    client.output().advance(0); // A write that was refused: nothing has left.
    client.send_settings([(ROUND_TRIP, 30)]).unwrap();
    let heard = peer.hear_text(&mut client);
    assert_eq!(heard[..2], ["HELLO ROUND_TRIP_TIME=30", "PING id=2"]);
    assert_eq!(heard.len(), 4);
}

// S1-021
#[test]
fn hello_is_refused_once_any_frame_has_left() {
    let mut client = client();
    client.ping().unwrap();
    drain(&mut client);
    assert_eq!(client.send_settings([(ROUND_TRIP, 30)]), Err(SendError::NotFirst));
    assert_eq!(drain(&mut client), b"");
}

// S1-021
#[test]
fn hello_is_sent_once() {
    let mut client = client();
    client.send_settings([(ROUND_TRIP, 30)]).unwrap();
    assert_eq!(client.send_settings([(UPLOAD, 1)]), Err(SendError::NotFirst));
    assert_eq!(Peer::new().hear_text(&mut client), ["HELLO ROUND_TRIP_TIME=30"]);
    assert_eq!(client.send_settings([(UPLOAD, 1)]), Err(SendError::NotFirst));
}

// S1-022, S1-023, S1-A19
#[test]
fn hello_is_taken_at_any_time_and_not_answered() {
    let (mut server, mut peer) = server_with_stream(false);
    for value in [7, 8] {
        let heard = settings(&mut server, &hello(1, &[[3, value]]));
        assert_eq!(heard.round_trip_ms(), Some(value));
        let events = peer.say(&mut server, &data(1, b"x", false));
        assert_eq!(told(&events), ["Data 1 \"x\""]);
    }
    assert_eq!(drain(&mut server), b"");
}

// S1-024, S1-025, S1-028
#[test]
fn hello_is_a_count_and_pairs_in_ascending_order_of_their_ids() {
    let mut client = client();
    client.send_settings([(STREAMS, 100), (UPLOAD, 0x0102_0304)]).unwrap();
    let golden = [
        &[0x80, 1, 0, 4, 0, 0, 0, 20, 0, 0, 0, 2][..],
        &[0, 0, 0, 1, 1, 2, 3, 4, 0, 0, 0, 4, 0, 0, 0, 100],
    ];
    assert_eq!(drain(&mut client), golden.concat());
    assert_eq!(
        settings(&mut server(), &golden.concat()),
        Settings::from([(UPLOAD, 0x0102_0304), (STREAMS, 100)])
    );
}

// S1-025, S1-A22
#[test]
fn a_count_that_does_not_fit_the_length_ends_the_session() {
    for (count, entries) in [(0, &[[1, 1]][..]), (2, &[[1, 1]]), (1, &[])] {
        match feed(&mut server(), &hello(count, entries)) {
            Err(SessionError::Decode(error)) => {
                let found = u32::from(count);
                assert_eq!(error.kind, DecodeErrorKind::EntryCount { found });
            }
            other => panic!("{other:?}"),
        }
    }
}

// S1-026, S1-A20
#[test]
fn ids_1_to_4_are_the_senders_upload_download_round_trip_and_stream_limit() {
    let heard = settings(&mut server(), &hello(4, &[[1, 11], [2, 22], [3, 33], [4, 44]]));
    assert_eq!(heard.upload_kb_per_s(), Some(11));
    assert_eq!(heard.download_kb_per_s(), Some(22));
    assert_eq!(heard.round_trip_ms(), Some(33));
    assert_eq!(heard.max_concurrent_streams(), Some(44));
}

// S1-027
#[test]
fn nothing_is_announced_unasked() {
    let mut client = Session::client(VERSION, Config::default().max_streams(500));
    client.open(GET).unwrap();
    assert_eq!(drain(&mut client)[..4], [0x80, 1, 0, 1], "SYN_STREAM is the first frame");
}

// S1-027, S1-029
#[test]
fn hello_holds_what_was_asked_for_and_no_more() {
    let mut server = server();
    server.send_settings([(DOWNLOAD, 9)]).unwrap();
    assert_eq!(drain(&mut server), hello(1, &[[2, 9]]));
    let mut server = self::server();
    server.send_settings(Settings::default()).unwrap();
    assert_eq!(drain(&mut server), hello(0, &[]));
}

// S1-029
#[test]
fn a_received_hello_may_lack_any_entry() {
    assert_eq!(settings(&mut client(), &hello(0, &[])), Settings::default());
    let heard = settings(&mut client(), &hello(1, &[[2, 9]]));
    assert_eq!((heard.download_kb_per_s(), heard.upload_kb_per_s()), (Some(9), None));
}

// S1-030
#[test]
fn a_hello_without_a_stream_limit_limits_nothing() {
    let mut client = client();
    settings(&mut client, &hello(1, &[[3, 1]]));
    assert_eq!(client.can_open(), usize::MAX);
}

// S1-031
#[test]
fn a_hundred_streams_are_taken_by_default() {
    let (mut server, mut peer) = (server(), Peer::new());
    for number in 0..100 {
        assert_eq!(peer.say(&mut server, &syn(2 * number + 1, true)).len(), 1);
    }
    assert_eq!(peer.say(&mut server, &syn(201, true)), []);
    assert_eq!(peer.hear_text(&mut server), ["FIN_STREAM stream=201 status=REFUSED_STREAM"]);
}

// S1-031, S1-A21
#[test]
fn an_announced_limit_takes_the_place_of_the_configured_one() {
    let (mut server, mut peer) = (server(), Peer::new());
    server.send_settings([(STREAMS, 1)]).unwrap();
    assert_eq!(peer.say(&mut server, &syn(1, true)).len(), 1);
    assert_eq!(peer.say(&mut server, &syn(3, true)), []);
    assert_eq!(
        peer.hear_text(&mut server),
        ["HELLO MAX_CONCURRENT_STREAMS=1", "FIN_STREAM stream=3 status=REFUSED_STREAM"]
    );
}

// S1-023, S1-032
#[test]
fn no_value_is_judged() {
    for value in [0, 1, u32::MAX] {
        let mut client = client();
        let heard =
            settings(&mut client, &hello(4, &[[1, value], [2, value], [3, value], [4, value]]));
        assert_eq!(heard.get(UPLOAD), Some(value));
        assert_eq!(drain(&mut client), b"");
    }
}

// S1-032, S1-A21
#[test]
fn the_peers_stream_limit_binds_us() {
    let (mut client, mut peer) = (client(), Peer::new());
    settings(&mut client, &hello(1, &[[4, 2]]));
    client.open(GET).unwrap();
    client.open(GET).unwrap();
    assert_eq!(client.can_open(), 0);
    assert_eq!(client.open(GET), Err(SendError::TooManyStreams));
    assert_eq!(peer.hear(&mut client).len(), 2, "nothing of it was queued");
    client.send_data(id(1), &b""[..], true).unwrap();
    drain(&mut client);
    peer.say(&mut client, &reply(1, true));
    assert_eq!(client.open(GET), Ok(id(5)));
}

// S1-033
#[test]
fn an_unknown_id_is_passed_over() {
    let mut client = client();
    let heard = settings(&mut client, &hello(3, &[[3, 33], [99, 0], [4, 1]]));
    assert_eq!((heard.round_trip_ms(), heard.get(SettingId(99))), (Some(33), Some(0)));
    assert_eq!(client.can_open(), 1);
}
