//! Draft 1, sections "Server push" and "SUBRESOURCE".

mod common;

use common::*;
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::frame::{Frame, GoAway, Subresource};
use spdy::http::{self, HttpError, PushState, PushedUrls};
use spdy::{Compression, Config, Event, HeaderError, Headers, Open, SendError, Session, Status};

const CSS: &str = "http://www.example.com/a.css";

fn accepting_client() -> Session {
    Session::client(VERSION, Config::default().push(true))
}

/// A client to which the peer pushes stream 2.
fn client_with_push() -> (Session, Peer) {
    let (mut client, mut peer) = (accepting_client(), Peer::new());
    assert_eq!(told(&peer.say(&mut client, &syn(2, false))), ["SynStream 2"]);
    (client, peer)
}

/// A server that pushes stream 2.
fn server_with_push(fin: bool) -> (Session, Peer) {
    let (mut server, mut peer) = (server(), Peer::new());
    server.open(Open::new(GET).fin(fin)).unwrap();
    peer.hear(&mut server);
    (server, peer)
}

fn subresource(stream: u32) -> Frame {
    Frame::Subresource(Subresource::new(id(stream), GET))
}

// Pushed streams: the client's half is closed from the start, and no reply is due.

// S1-170, S1-A26
#[test]
fn a_server_pushes_on_even_ids() {
    let mut pair = Pair::with(Config::default().push(true), Config::default());
    assert_eq!(pair.server.open(GET), Ok(id(2)));
    assert_eq!(pair.server.open(Open::new(GET).fin(true)), Ok(id(4)));
    pair.server.send_data(id(2), "x", false).unwrap();
    pair.server.send_data(id(2), "y", true).unwrap();
    let expected = ["SynStream 2", "SynStream 4 fin", "Data 2 \"x\"", "Data 2 \"y\" fin"];
    assert_eq!(told(&pair.to_client()), expected);
    // Over with the server's FIN, on both sides.
    assert!(end(&mut pair.client).is_empty());
    assert!(end(&mut pair.server).is_empty());
}

// S1-170, S1-A26
#[test]
fn a_push_is_open_until_the_servers_fin() {
    let (mut client, _) = client_with_push();
    assert_eq!(end(&mut client), ["Aborted 2 Teardown"]);
    let (mut server, _) = server_with_push(false);
    assert_eq!(end(&mut server), ["Aborted 2 Teardown"]);
}

// S1-048, S1-A26
#[test]
fn a_push_that_is_not_wanted_is_refused_and_inflated() {
    let (mut client, mut peer) = (client(), Peer::new());
    for frame in [syn(2, false), data(2, b"x", true)] {
        assert!(peer.say(&mut client, &frame).is_empty());
    }
    let answer = ["FIN_STREAM stream=2 status=REFUSED_STREAM"];
    assert_eq!(peer.hear_text(&mut client), answer);
    client.open(GET).unwrap();
    peer.hear(&mut client);
    let events = peer.say(&mut client, &reply(1, true));
    assert!(matches!(&events[..], [Event::SynReply { headers, .. }] if *headers == OK.into()));
}

// S1-A11, S1-A26
#[test]
fn a_pushed_stream_needs_no_reply_before_its_data() {
    let (mut client, mut peer) = client_with_push();
    assert_eq!(told(&peer.say(&mut client, &data(2, b"x", false))), ["Data 2 \"x\""]);
    assert!(!client.wants_write());
}

// S1-A26
#[test]
fn a_client_cannot_reply_or_send_on_a_push() {
    let (mut client, mut peer) = client_with_push();
    let refused = Err(SendError::AgainstOneWay);
    assert_eq!(client.reply(id(2), OK, true), refused);
    assert_eq!(client.send_data(id(2), "x", true), refused);
    assert_eq!(client.subresource(id(2), GET), refused);
    assert!(!client.wants_write());
    peer.say(&mut client, &data(2, b"x", true));
    assert_eq!(client.reply(id(2), OK, true), Err(SendError::StreamOver));
    assert_eq!(client.send_data(id(2), "x", true), Err(SendError::StreamOver));
}

// S1-A26
#[test]
fn a_server_that_has_finished_a_push_sends_no_more_on_it() {
    let (mut server, mut peer) = (server(), Peer::new());
    server.open(Open::new(()).fin(true)).unwrap();
    assert_eq!(server.send_data(id(2), "x", false), Err(SendError::AfterFin));
    assert_eq!(peer.hear_text(&mut server), ["SYN_STREAM stream=2 priority=0 fin"]);
    assert_eq!(server.send_data(id(2), "x", false), Err(SendError::StreamOver));
}

// S1-A26
#[test]
fn what_a_client_sends_on_a_push_is_inflated_and_ignored() {
    for finished in [false, true] {
        let (mut server, mut peer) = server_with_push(finished);
        for frame in [reply(2, false), data(2, b"x", false), data(2, b"", true), reply(2, true)] {
            assert!(peer.say(&mut server, &frame).is_empty());
            assert!(!server.wants_write());
        }
        assert_eq!(server.send_data(id(2), "x", false).is_ok(), !finished);
        let events = peer.say(&mut server, &syn(1, true));
        let [Event::SynStream { headers, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!(*headers, GET.into());
    }
}

// S1-A12, S1-A26
#[test]
fn what_a_client_sends_on_an_even_id_that_was_never_opened_is_invalid() {
    let (mut server, mut peer) = (server(), Peer::new());
    peer.say(&mut server, &data(2, b"x", true));
    let answer = ["FIN_STREAM stream=2 status=INVALID_STREAM"];
    assert_eq!(peer.hear_text(&mut server), answer);
}

// S1-A13, S1-A26
#[test]
fn what_a_server_sends_behind_the_fin_of_a_push_is_ignored() {
    let (mut client, mut peer) = client_with_push();
    peer.say(&mut client, &data(2, b"x", true));
    for frame in [data(2, b"y", false), reply(2, true)] {
        assert!(peer.say(&mut client, &frame).is_empty());
        assert!(!client.wants_write());
    }
}

// S1-A14, S1-A26
#[test]
fn a_reply_of_the_server_on_its_push_costs_the_stream() {
    let (mut client, mut peer) = client_with_push();
    let events = peer.say(&mut client, &reply(2, false));
    assert_eq!(told(&events), ["Aborted 2 Local(Status(1), ReplyFromOpener)"]);
    let answer = ["FIN_STREAM stream=2 status=PROTOCOL_ERROR"];
    assert_eq!(peer.hear_text(&mut client), answer);
}

// S1-A10, S1-A26
#[test]
fn a_second_syn_stream_on_a_push_costs_the_stream_or_when_it_is_over_the_session() {
    let (mut client, mut peer) = client_with_push();
    let events = peer.say(&mut client, &syn(2, false));
    assert_eq!(told(&events), ["Aborted 2 Local(Status(1), SecondSynStream)"]);
    let wire = peer.encode(&syn(2, false));
    assert!(feed(&mut client, &wire).is_err());
}

// S1-119, S1-A26, S1-A37
#[test]
fn a_client_refuses_or_cancels_a_push() {
    let rows = [(Status::REFUSED_STREAM, "REFUSED_STREAM"), (Status::CANCEL, "INVALID_STREAM")];
    for (status, word) in rows {
        let (mut client, mut peer) = client_with_push();
        client.fin_stream(id(2), status).unwrap();
        let expected = [format!("FIN_STREAM stream=2 status={word}")];
        assert_eq!(peer.hear_text(&mut client), expected);
        assert!(peer.say(&mut client, &data(2, b"x", true)).is_empty());
        assert!(end(&mut client).is_empty());
    }
}

// S1-110, S1-112
#[test]
fn fin_stream_ends_a_push_on_either_side() {
    let (mut server, mut peer) = server_with_push(false);
    server.send_data(id(2), "never seen", true).unwrap();
    let events = peer.say(&mut server, &fin_stream(2, Status::REFUSED_STREAM));
    assert_eq!(told(&events), ["Aborted 2 Peer(Status(3))"]);
    assert!(!server.wants_write());

    let (mut client, mut peer) = client_with_push();
    let events = peer.say(&mut client, &fin_stream(2, Status::INVALID_STREAM));
    assert_eq!(told(&events), ["Aborted 2 Peer(Status(2))"]);
    assert!(!client.wants_write());
}

// S1-152, S1-155, S1-A08
#[test]
fn go_away_of_the_client_ends_pushes_above_its_id() {
    let (mut server, mut peer) = server_with_push(false);
    server.open(GET).unwrap();
    peer.hear(&mut server);
    let events = peer.say(&mut server, &Frame::GoAway(GoAway::new(id(2))));
    assert_eq!(told(&events), ["GoAway 2", "Aborted 4 NotAccepted"]);
    assert_eq!(server.send_data(id(2), "x", true), Ok(()));
    assert_eq!(server.open(GET), Err(SendError::GoAway));
}

// S1-153
#[test]
fn go_away_of_the_server_leaves_its_pushes_alone() {
    let (mut client, mut peer) = client_with_push();
    peer.say(&mut client, &Frame::GoAway(GoAway::new(id(0))));
    assert_eq!(told(&peer.say(&mut client, &data(2, b"x", true))), ["Data 2 \"x\" fin"]);
}

// S1-A27
#[test]
fn subresource_on_a_push_is_delivered_on_its_way_and_ignored_against_it_when_over() {
    let (mut client, mut peer) = client_with_push();
    assert_eq!(told(&peer.say(&mut client, &subresource(2))), ["Subresource 2"]);
    let (mut server, mut peer) = server_with_push(false);
    assert_eq!(server.subresource(id(2), GET), Ok(()));
    peer.hear(&mut server);
    server.send_data(id(2), "x", true).unwrap();
    peer.hear(&mut server);
    assert!(peer.say(&mut server, &subresource(2)).is_empty());
}

// What a push says.

// S1-171, S1-175, S1-212
#[test]
fn the_push_call_names_the_resource_and_knows_no_method_but_get() {
    let push = http::push(VERSION, id(1), CSS, "200 OK", [("content-type", "text/css")]).unwrap();
    let (mut server, mut peer) = server_with_stream(true);
    server.reply(id(1), (), false).unwrap();
    peer.hear(&mut server);
    server.open(push).unwrap();
    let expected = r#"SYN_STREAM stream=2 priority=0 status="200 OK" version="HTTP/1.1" path="/a.css" url="http://www.example.com/a.css" method="GET" content-type="text/css""#;
    assert_eq!(peer.hear_text(&mut server), [expected]);
}

// S1-171
#[test]
fn the_fields_of_a_push_cannot_change_its_method() {
    let fields = [("method", "POST"), ("path", "/b")];
    let push = http::push(VERSION, id(1), CSS, "200", fields).unwrap();
    let (mut server, mut peer) = server_with_stream(true);
    server.reply(id(1), (), false).unwrap();
    peer.hear(&mut server);
    server.open(push).unwrap();
    let frames = peer.hear(&mut server);
    let [Frame::SynStream(syn)] = &frames[..] else { panic!("{frames:?}") };
    assert_eq!(syn.headers.get("method"), Some(&b"GET"[..]));
    assert_eq!(syn.headers.get("path"), Some(&b"/a.css"[..]));
}

// S1-173, S1-A25
#[test]
fn the_reply_lists_the_pushes_in_lower_case_and_in_the_form_that_peers_read() {
    let urls = [CSS, "http://www.example.com/b.js"];
    let reply = Headers::from([http::associated_content(urls)]);
    let value = "0??http://www.example.com/a.css||0??http://www.example.com/b.js";
    assert_eq!(reply, [("x-associated-content", value)].into());
    assert_eq!(http::announced_urls(&reply).collect::<Vec<_>>(), urls);
}

// S1-A25
#[test]
fn announcements_are_read_in_any_case_and_up_to_the_first_that_has_no_url() {
    let value = "1??http://a/||x??http://b/?q??r||http://c/||0??http://d/";
    let (mut client, mut peer) = client_with_stream(true);
    let said = spdy::frame::SynReply::new(id(1), [("X-Associated-Content", value)]);
    let events = peer.say(&mut client, &Frame::SynReply(said));
    let [Event::SynReply { headers, .. }] = &events[..] else { panic!("{events:?}") };
    let urls: Vec<_> = http::announced_urls(headers).collect();
    assert_eq!(urls, ["http://a/", "http://b/?q??r"]);
    assert_eq!(http::announced_urls(&Headers::new()).count(), 0);
}

// S1-174
#[test]
fn the_announcing_reply_leaves_before_its_pushes() {
    let (mut server, mut peer) = server_with_stream(true);
    server.reply(id(1), (), false).unwrap();
    server.open(Open::new(()).associated(id(1))).unwrap();
    let expected = ["SYN_REPLY stream=1", "SYN_STREAM stream=2 priority=0"];
    assert_eq!(peer.hear_text(&mut server), expected);
}

// S1-174
#[test]
fn a_push_for_a_stream_without_a_reply_is_refused() {
    let (mut server, mut peer) = server_with_stream(true);
    let push = |stream| Open::new(GET).associated(id(stream));
    assert_eq!(server.open(push(1)), Err(SendError::NotReplied));
    assert_eq!(server.open(push(3)), Err(SendError::NeverOpened));
    assert!(!server.wants_write());
    server.reply(id(1), OK, true).unwrap();
    assert_eq!(server.open(push(1)), Ok(id(2))); // the refused calls took no ID
    peer.hear(&mut server);
    assert_eq!(server.open(push(1)), Err(SendError::StreamOver));
}

// S1-175
#[test]
fn a_push_without_path_is_reported_to_the_client() {
    let urls = PushedUrls::default();
    let pushed = Headers::from([("status", "200"), ("version", "HTTP/1.1"), ("url", CSS)]);
    assert_eq!(urls.announced(VERSION, &pushed), Err(HttpError::Missing("path")));
}

// S1-176, S1-177
#[test]
fn an_announced_resource_is_waited_for_until_its_push_has_come() {
    let mut urls = PushedUrls::default();
    assert_eq!(urls.state(CSS), None);
    urls.announce(&Headers::from([http::associated_content([CSS])]));
    assert_eq!(urls.state(CSS), Some(PushState::Announced));
    assert_eq!(urls.state("http://www.example.com/other.css"), None);

    let other = Headers::from([("path", "/other.css")]);
    assert_eq!(urls.announced(VERSION, &other), Ok(None));
    let pushed = Headers::from([("Path", "/a.css")]);
    assert_eq!(urls.announced(VERSION, &pushed), Ok(Some(CSS)));
    urls.begin(id(2), CSS).unwrap();
    assert_eq!(urls.announced(VERSION, &pushed), Ok(None), "announced once, pushed once");
    assert_eq!(urls.state(CSS), Some(PushState::Live(id(2))));
    urls.complete(id(2));
    assert_eq!(urls.state(CSS), Some(PushState::Complete(id(2))));
    urls.forget(CSS);
    assert_eq!(urls.state(CSS), None);
}

// S1-176, S1-A25
#[test]
fn a_push_is_matched_by_path_and_query() {
    let mut urls = PushedUrls::default();
    urls.announce(&Headers::from([http::associated_content(["http://a/x?1", "http://a/x?2"])]));
    let pushed = Headers::from([("path", "/x?2")]);
    assert_eq!(urls.announced(VERSION, &pushed), Ok(Some("http://a/x?2")));
    let whole = Headers::from([("path", "http://a/x?1")]);
    assert_eq!(urls.announced(VERSION, &whole), Ok(Some("http://a/x?1")));
}

// S1-177
#[test]
fn a_bounded_number_of_announcements_is_remembered() {
    let mut urls = PushedUrls::default();
    let url = |number: usize| format!("http://a/{number}");
    for number in 0..=PushedUrls::MAX {
        let announced = http::associated_content([&*url(number)]);
        urls.announce(&Headers::from([announced.clone()]));
        urls.announce(&Headers::from([announced])); // counts once
    }
    assert!(urls.state(&url(PushedUrls::MAX - 1)).is_some());
    assert!(urls.state(&url(PushedUrls::MAX)).is_none());
}

// SUBRESOURCE.

// S1-160
#[test]
fn either_side_may_announce_a_subresource() {
    let mut pair = Pair::new();
    pair.client.open(GET).unwrap();
    pair.client.subresource(id(1), GET).unwrap();
    assert_eq!(told(&pair.to_server()), ["SynStream 1", "Subresource 1"]);
    pair.server.reply(id(1), OK, false).unwrap();
    pair.server.subresource(id(1), GET).unwrap();
    assert_eq!(told(&pair.to_client()), ["SynReply 1", "Subresource 1"]);
}

// S1-161, S1-162
#[test]
fn subresource_is_laid_out_like_syn_reply() {
    let (mut announced, mut replied) = (bytes::BytesMut::new(), bytes::BytesMut::new());
    let frame = Frame::SynReply(spdy::frame::SynReply::new(id(5), GET));
    Encoder::new(VERSION, Compression::Off).encode(&subresource(5), &mut announced).unwrap();
    Encoder::new(VERSION, Compression::Off).encode(&frame, &mut replied).unwrap();
    // ID, two unused bytes, the count, the block.
    assert_eq!(announced[8..22], [0, 0, 0, 5, 0, 0, 0, 3, 0x38, 0x30, 0xDF, 0xA2, 0x51, 0xB2]);
    assert_eq!((announced[3], replied[3]), (8, 2));
    assert_eq!(announced[4..], replied[4..]);
}

// S1-161
#[test]
fn a_subresource_shorter_than_8_bytes_costs_the_session() {
    for len in [0, 4, 7] {
        let wire = control_bytes(8, 0, &[0, 0, 0, 1, 0, 0, 0][..len]);
        let error = feed(&mut server(), &wire).unwrap_err();
        let text =
            format!("SUBRESOURCE at byte 0: a length of {len} is not possible, only 8 and more ");
        assert!(error.to_string().contains(&text), "{error}");
    }
}

// S1-162
#[test]
fn subresource_shares_the_context_of_the_other_blocks() {
    let mut encoder = Encoder::new(VERSION, Compression::On);
    let mut decoder = Decoder::new(VERSION, Limits::default());
    let mut sizes = Vec::new();
    for frame in [reply(1, false), subresource(1), reply(3, false), subresource(1)] {
        let mut wire = bytes::BytesMut::new();
        encoder.encode(&frame, &mut wire).unwrap();
        sizes.push(wire.len());
        assert_eq!(decoder.decode(&mut wire), Ok(Some(frame)));
    }
    assert!(sizes[2] < sizes[0] && sizes[3] < sizes[1], "{sizes:?}");
}

// S1-163
#[test]
fn a_subresource_without_url_or_method_is_refused() {
    let (mut server, _) = server_with_stream(true);
    let missing = |name| Err(SendError::Headers(HeaderError::Missing(name)));
    assert_eq!(server.subresource(id(1), [("method", "GET")]), missing("url"));
    assert_eq!(server.subresource(id(1), [("url", CSS)]), missing("method"));
    assert!(!server.wants_write());
}

// S1-164, S1-A27
#[test]
fn a_subresource_is_held_against_the_request_by_whoever_has_it() {
    let request = Headers::from(GET);
    let same = |announced: &[(&str, &str)]| {
        http::is_subresource_of(VERSION, &request, &Headers::from(announced))
    };
    let (url, method) = (("url", "http://www.example.com/"), ("method", "GET"));
    assert!(same(&[url, method, ("other", "header")]));
    assert!(!same(&[("url", "http://www.example.com"), method]));
    assert!(!same(&[url, ("method", "get")]));
    assert!(!same(&[url]));
    assert!(!same(&[]));
}

// S1-164, S1-A27
#[test]
fn the_session_delivers_a_subresource_of_any_content() {
    let (mut server, mut peer) = server_with_stream(false);
    let said = Subresource::new(id(1), [("x", "y")]);
    // No encoder sends it: it has neither url nor method.
    let mut wire = peer.encode(&Frame::SynReply(spdy::frame::SynReply::new(id(1), said.headers)));
    wire[3] = 8;
    let events = feed(&mut server, &wire).unwrap();
    let [Event::Subresource { stream, headers, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((*stream, headers), (id(1), &[("x", "y")].into()));
}

// S1-A27
#[test]
fn fin_on_a_subresource_means_nothing() {
    let (mut server, mut peer) = server_with_stream(false);
    let mut wire = peer.encode(&subresource(1));
    wire[4] = 0x01;
    assert_eq!(told(&feed(&mut server, &wire).unwrap()), ["Subresource 1"]);
    assert_eq!(told(&peer.say(&mut server, &data(1, b"x", true))), ["Data 1 \"x\" fin"]);
}

// S1-089, S1-A27
#[test]
fn a_subresource_of_a_stream_that_is_not_active_is_inflated_and_ignored() {
    let (mut server, mut peer) = server_with_stream(false);
    peer.say(&mut server, &fin_stream(1, Status::INVALID_STREAM));
    for stream in [1, 3, 2] {
        assert!(peer.say(&mut server, &subresource(stream)).is_empty());
        assert!(!server.wants_write());
    }
    let events = peer.say(&mut server, &syn(3, true));
    assert!(matches!(&events[..], [Event::SynStream { headers, .. }] if *headers == GET.into()));
}
