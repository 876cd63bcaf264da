//! Draft 1, sections "Data frames" and "Stream half-close": how data flows and how a stream ends.

mod common;

use common::*;
use spdy::codec::{CountForm, Encoder};
use spdy::frame::{Subresource, SynReply, SynStream};
use spdy::{
    Compression, Event, Frame, FrameType, Headers, Open, SendError, Session, SessionError, Status,
};

/// What a stream's DATA events carry, put together, and whether one of them was the end.
fn body(events: &[Event]) -> (Vec<u8>, usize) {
    let (mut bytes, mut ends) = (Vec::new(), 0);
    for event in events {
        if let Event::Data { data, fin, .. } = event {
            bytes.extend_from_slice(data);
            ends += usize::from(*fin);
        }
    }
    (bytes, ends)
}

// S1-100, S1-210
#[test]
fn a_stream_takes_a_megabyte_each_way() {
    let mut pair = Pair::new();
    let upload: Vec<u8> = (0..1_000_000_u32).map(|n| n as u8).collect();
    let download: Vec<u8> = upload.iter().rev().copied().collect();

    let stream = pair.client.open(GET).unwrap();
    pair.client.send_data(stream, upload.clone(), true).unwrap();
    assert_eq!(body(&pair.to_server()), (upload, 1));
    pair.server.reply(stream, OK, false).unwrap();
    pair.server.send_data(stream, download.clone(), true).unwrap();
    assert_eq!(body(&pair.to_client()), (download, 1));
}

// S1-100
#[test]
fn data_is_delivered_in_the_pieces_in_which_it_arrives() {
    let (mut server, mut peer) = server_with_stream(false);
    let wire = peer.encode(&data(1, b"abcdef", true));
    assert_eq!(told(&feed(&mut server, &wire[..10]).unwrap()), ["Data 1 \"ab\""]);
    assert_eq!(told(&feed(&mut server, &wire[10..]).unwrap()), ["Data 1 \"cdef\" fin"]);
}

// S1-101, S1-104
#[test]
fn fin_ends_a_half_on_each_frame_that_can_carry_it() {
    let mut pair = Pair::new();
    pair.client.open(Open::new(GET).fin(true)).unwrap();
    pair.client.open(GET).unwrap();
    pair.client.send_data(id(3), "upload", true).unwrap();
    let expected = ["SynStream 1 fin", "SynStream 3", "Data 3 \"upload\" fin"];
    assert_eq!(told(&pair.to_server()), expected);

    pair.server.reply(id(1), OK, true).unwrap();
    pair.server.reply(id(3), OK, false).unwrap();
    pair.server.send_data(id(3), "download", true).unwrap();
    let expected = ["SynReply 1 fin", "SynReply 3", "Data 3 \"download\" fin"];
    assert_eq!(told(&pair.to_client()), expected);
}

// S1-101
#[test]
fn only_the_last_frame_of_a_body_carries_fin() {
    let (mut client, mut peer) = client_with_stream(false);
    client.send_data(id(1), "one", false).unwrap();
    client.send_data(id(1), "two", true).unwrap();
    let expected = ["DATA stream=1 length=3", "DATA stream=1 fin length=3"];
    assert_eq!(peer.hear_text(&mut client), expected);
}

// S1-102
#[test]
fn data_after_our_fin_is_refused_and_not_sent() {
    let (mut client, mut peer) = client_with_stream(false);
    client.send_data(id(1), "last", true).unwrap();
    assert_eq!(client.send_data(id(1), "more", false), Err(SendError::AfterFin));
    assert_eq!(client.send_data(id(1), "", true), Err(SendError::AfterFin));
    assert_eq!(peer.hear_text(&mut client), ["DATA stream=1 fin length=4"]);
}

// S1-102
#[test]
fn data_after_syn_stream_or_reply_with_fin_is_refused() {
    let (mut client, _) = client_with_stream(true);
    assert_eq!(client.send_data(id(1), "more", false), Err(SendError::AfterFin));
    let (mut server, _) = server_with_stream(false);
    server.reply(id(1), OK, true).unwrap();
    assert_eq!(server.send_data(id(1), "more", false), Err(SendError::AfterFin));
}

// S1-103, S1-122
#[test]
fn an_exchange_that_ends_on_both_sides_is_over_without_fin_stream() {
    let mut pair = Pair::new();
    pair.client.open(GET).unwrap();
    pair.client.send_data(id(1), "question", true).unwrap();
    assert_eq!(told(&pair.to_server()), ["SynStream 1", "Data 1 \"question\" fin"]);
    pair.server.reply(id(1), OK, false).unwrap();
    pair.server.send_data(id(1), "answer", true).unwrap();
    assert_eq!(told(&pair.to_client()), ["SynReply 1", "Data 1 \"answer\" fin"]);

    for session in [&pair.client, &pair.server] {
        assert!(!session.wants_write());
        assert_eq!(session.stats().sent.frames(FrameType::FinStream), 0);
    }
    // Reported once: nothing more comes of it when the transport ends.
    assert!(end(&mut pair.client).is_empty());
    assert!(end(&mut pair.server).is_empty());
}

// S1-103
#[test]
fn a_stream_is_not_over_before_our_fin_has_been_staged() {
    let (mut server, _) = server_with_stream(true);
    server.reply(id(1), OK, true).unwrap();
    assert_eq!(end(&mut server), ["Aborted 1 Teardown"]);
}

// S1-A04
#[test]
fn a_reply_with_fin_is_one_event_that_says_both() {
    let (mut client, mut peer) = client_with_stream(true);
    assert_eq!(told(&peer.say(&mut client, &reply(1, true))), ["SynReply 1 fin"]);
    assert!(end(&mut client).is_empty());
}

// S1-A11
#[test]
fn data_of_the_responder_before_its_reply_costs_the_stream() {
    for fin in [false, true] {
        let (mut client, mut peer) = client_with_stream(fin);
        let events = peer.say(&mut client, &data(1, b"early", false));
        assert_eq!(told(&events), ["Aborted 1 Local(Status(1), DataBeforeReply)"]);
        let answer = ["FIN_STREAM stream=1 status=PROTOCOL_ERROR"];
        assert_eq!(peer.hear_text(&mut client), answer);
    }
}

// S1-A11
#[test]
fn a_responder_cannot_send_data_before_its_reply() {
    let (mut server, mut peer) = server_with_stream(false);
    assert_eq!(server.send_data(id(1), "early", false), Err(SendError::NotReplied));
    server.reply(id(1), (), false).unwrap();
    server.send_data(id(1), "late", false).unwrap();
    let expected = ["SYN_REPLY stream=1", "DATA stream=1 length=4"];
    assert_eq!(peer.hear_text(&mut server), expected);
}

// S1-118, S1-A12
#[test]
fn a_frame_for_a_stream_that_was_never_opened_is_answered_once() {
    for frame in [data(7, b"?", false), data(7, b"?", true), reply(7, false)] {
        let (mut server, mut peer) = (server(), Peer::new());
        assert!(peer.say(&mut server, &frame).is_empty());
        assert!(peer.say(&mut server, &frame).is_empty());
        let answer = ["FIN_STREAM stream=7 status=INVALID_STREAM"];
        assert_eq!(peer.hear_text(&mut server), answer);
    }
}

// S1-A12
#[test]
fn a_stream_that_was_answered_as_invalid_can_still_be_opened() {
    let (mut server, mut peer) = (server(), Peer::new());
    peer.say(&mut server, &data(1, b"early", false));
    assert_eq!(told(&peer.say(&mut server, &syn(1, true))), ["SynStream 1 fin"]);
}

// S1-118, S1-A12
#[test]
fn an_id_of_our_own_parity_that_we_did_not_open_is_answered() {
    let (mut client, mut peer) = client_with_stream(false);
    assert!(peer.say(&mut client, &data(3, b"?", false)).is_empty());
    assert!(peer.say(&mut client, &reply(5, false)).is_empty());
    let answers =
        ["FIN_STREAM stream=3 status=INVALID_STREAM", "FIN_STREAM stream=5 status=INVALID_STREAM"];
    assert_eq!(peer.hear_text(&mut client), answers);
}

// S1-A12
#[test]
fn an_id_that_was_skipped_counts_as_used() {
    let (mut server, mut peer) = (server(), Peer::new());
    peer.say(&mut server, &syn(5, true));
    assert!(peer.say(&mut server, &data(3, b"?", false)).is_empty());
    assert!(!server.wants_write());
}

// S1-A12, S1-A28
#[test]
fn fin_stream_and_subresource_for_a_stream_that_was_never_opened_are_ignored() {
    let (mut server, mut peer) = (server(), Peer::new());
    let announced = Subresource::new(id(7), GET);
    for frame in [fin_stream(7, Status::PROTOCOL_ERROR), Frame::Subresource(announced)] {
        assert!(peer.say(&mut server, &frame).is_empty());
        assert!(!server.wants_write());
    }
}

// S1-A10
#[test]
fn stream_0_costs_the_session_except_in_fin_stream() {
    let announced = Subresource::new(id(0), GET);
    for frame in [data(0, b"?", false), reply(0, false), Frame::Subresource(announced)] {
        let wire = Peer::new().encode(&frame);
        let error = feed(&mut server(), &wire).unwrap_err();
        assert_eq!(error, SessionError::StreamId(id(0)));
    }
    let (mut server, mut peer) = (server(), Peer::new());
    assert!(peer.say(&mut server, &fin_stream(0, Status::PROTOCOL_ERROR)).is_empty());
    assert!(!server.wants_write());
}

// S1-A13
#[test]
fn data_after_the_peers_fin_costs_the_stream_while_our_half_is_open() {
    let (mut server, mut peer) = server_with_stream(true);
    let events = peer.say(&mut server, &data(1, b"more", false));
    assert_eq!(told(&events), ["Aborted 1 Local(Status(1), AfterFin)"]);
    assert!(peer.say(&mut server, &data(1, b"more", false)).is_empty());
    let answer = ["FIN_STREAM stream=1 status=PROTOCOL_ERROR"];
    assert_eq!(peer.hear_text(&mut server), answer);
}

// S1-A14
#[test]
fn a_second_reply_costs_the_stream() {
    let (mut client, mut peer) = client_with_stream(true);
    peer.say(&mut client, &reply(1, false));
    let events = peer.say(&mut client, &reply(1, false));
    assert_eq!(told(&events), ["Aborted 1 Local(Status(1), SecondSynReply)"]);
    let answer = ["FIN_STREAM stream=1 status=PROTOCOL_ERROR"];
    assert_eq!(peer.hear_text(&mut client), answer);
}

// S1-A14
#[test]
fn a_reply_of_the_opener_costs_the_stream() {
    let (mut server, mut peer) = server_with_stream(false);
    let events = peer.say(&mut server, &reply(1, false));
    assert_eq!(told(&events), ["Aborted 1 Local(Status(1), ReplyFromOpener)"]);
    let answer = ["FIN_STREAM stream=1 status=PROTOCOL_ERROR"];
    assert_eq!(peer.hear_text(&mut server), answer);
}

// S1-A14, S1-089
#[test]
fn a_reply_for_an_ended_stream_is_inflated_and_ignored() {
    let (mut client, mut peer) = client_with_stream(true);
    peer.say(&mut client, &reply(1, true));
    assert!(peer.say(&mut client, &reply(1, true)).is_empty());
    assert!(!client.wants_write());
    client.open(GET).unwrap();
    peer.hear(&mut client);
    let events = peer.say(&mut client, &reply(3, false));
    assert!(matches!(&events[..], [Event::SynReply { headers, .. }] if *headers == OK.into()));
}

// S1-A18
#[test]
fn data_flag_2_costs_the_stream_and_its_bytes_are_skipped() {
    let (mut server, mut peer) = server_with_stream(false);
    let events = feed(&mut server, &data_bytes(1, 0x02, b"squeezed")).unwrap();
    let aborted = "Aborted 1 Local(Status(1), Decode(DataFlags { flags: 2, length: 8 }))";
    assert_eq!(told(&events), [aborted]);
    let answer = ["FIN_STREAM stream=1 status=PROTOCOL_ERROR"];
    assert_eq!(peer.hear_text(&mut server), answer);
    assert_eq!(told(&peer.say(&mut server, &syn(3, true))), ["SynStream 3 fin"]);
}

// S1-A18
#[test]
fn other_undefined_data_flags_are_ignored() {
    let (mut server, _) = server_with_stream(false);
    let events = feed(&mut server, &data_bytes(1, 0xFC, b"plain")).unwrap();
    assert_eq!(told(&events), ["Data 1 \"plain\""]);
}

// S1-A18
#[test]
fn data_goes_out_as_it_is() {
    let (mut client, _) = client_with_stream(false);
    client.send_data(id(1), "plain plain plain", false).unwrap();
    assert_eq!(drain(&mut client), data_bytes(1, 0, b"plain plain plain"));
}

// S1-A23
#[test]
fn a_body_can_end_with_its_last_bytes_or_with_an_empty_frame() {
    let (mut client, mut peer) = client_with_stream(false);
    client.send_data(id(1), "body", true).unwrap();
    assert_eq!(peer.hear_text(&mut client), ["DATA stream=1 fin length=4"]);

    let (mut client, mut peer) = client_with_stream(false);
    client.send_data(id(1), "body", false).unwrap();
    client.send_data(id(1), "", true).unwrap();
    let expected = ["DATA stream=1 length=4", "DATA stream=1 fin length=0"];
    assert_eq!(peer.hear_text(&mut client), expected);
}

// S1-A23
#[test]
fn an_empty_data_frame_without_fin_does_nothing() {
    let (mut server, mut peer) = server_with_stream(false);
    assert!(peer.say(&mut server, &data(1, b"", false)).is_empty());
    assert_eq!(told(&peer.say(&mut server, &data(1, b"x", false))), ["Data 1 \"x\""]);
    assert_eq!(told(&peer.say(&mut server, &data(1, b"", true))), ["Data 1 \"\" fin"]);

    let (mut client, _) = client_with_stream(false);
    client.send_data(id(1), "", false).unwrap();
    assert!(!client.wants_write());
}

// S1-A36
#[test]
fn a_frame_that_ends_behind_a_count_of_0_has_no_headers() {
    let (mut server, mut peer) = (server(), Peer::new());
    let wire = control_bytes(1, 0, &[0, 0, 0, 1, 0, 0, 0, 0]);
    let events = feed(&mut server, &wire).unwrap();
    let none = Headers::new();
    assert!(matches!(&events[..], [Event::SynStream { headers, .. }] if *headers == none));
    // Nothing was learnt of the form: the next block may still have its count outside.
    let events = peer.say(&mut server, &syn(3, false));
    assert!(matches!(&events[..], [Event::SynStream { headers, .. }] if *headers == GET.into()));
}

// S1-A36
#[test]
fn a_frame_without_a_block_and_with_another_count_is_an_error() {
    let wire = |stream| control_bytes(1, 0, &[0, 0, 0, stream, 0, 0, 0, 1]);
    // The form is not known: nothing can be made of the two bytes.
    assert!(feed(&mut server(), &wire(1)).is_err());
    // The count stands outside: a pair is missing.
    let (mut server, mut peer) = server_with_stream(false);
    assert!(feed(&mut server, &wire(3)).unwrap().is_empty());
    let answer = ["FIN_STREAM stream=3 status=PROTOCOL_ERROR"];
    assert_eq!(peer.hear_text(&mut server), answer);
}

// S1-A36
#[test]
fn a_list_without_headers_is_sent_as_a_count_of_0_and_no_block() {
    let mut client = client();
    client.open(()).unwrap();
    // Priority 3 of the wire, the most urgent, stands beside the unused bits.
    assert_eq!(drain(&mut client), control_bytes(1, 0, &[0, 0, 0, 1, 0xC0, 0, 0, 0]));
}

// S1-A36
#[test]
fn a_list_without_headers_is_a_whole_block_where_the_count_stands_inside() {
    let mut encoder = Encoder::new(VERSION, Compression::Off);
    encoder.follow(CountForm::Inside);
    let mut wire = bytes::BytesMut::new();
    let syn = SynStream::new(id(1), GET);
    encoder.encode(&Frame::SynStream(syn), &mut wire).unwrap();

    let (mut server, mut peer) = (Session::server(VERSION, stored()), Peer::new());
    feed(&mut server, &wire).unwrap();
    server.reply(id(1), (), false).unwrap();
    let wire = drain(&mut server);
    assert!(wire[14..].starts_with(&[0x38, 0x30, 0xDF, 0xA2, 0x51, 0xB2]));
    assert_eq!(peer.parse(&wire), [Frame::SynReply(SynReply::new(id(1), ()))]);
}
