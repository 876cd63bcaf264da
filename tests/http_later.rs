//! What HTTP demands of header lists in SPDY/2, 3 and 3.1.

mod common;

use bytes::Buf;
use common::*;
use spdy::frame::{Frame, SynStream};
use spdy::http::{self, BodyLength, HttpError, PushHeaders, Pushed, Pushes, Request, Response};
use spdy::{Config, Event, Headers, Open, Session, Status, Version};

const V2: Version = Version::Spdy2;
const V3: [Version; 2] = [Version::Spdy3, Version::Spdy3_1];
const URL: &str = "http://example.com:81/a?b";

fn get(version: Version) -> Open {
    http::request(version, "GET", URL, [("accept", "*/*")]).unwrap()
}

fn pairs(headers: &Headers) -> Vec<(&str, &str)> {
    let text = |value| std::str::from_utf8(value).unwrap();
    headers.iter().map(|(name, value)| (name, text(value))).collect()
}

fn without(headers: &Headers, name: &str) -> Headers {
    let mut headers = headers.clone();
    assert!(headers.remove(name), "{name}");
    headers
}

// S2-075, S3-103: nothing but a method with a body leaves our half open.
#[test]
fn a_request_without_a_body_is_finished_with_its_first_frame() {
    for version in LATER {
        for (method, fin) in [("GET", true), ("HEAD", true), ("POST", false), ("PUT", false)] {
            let (mut client, mut peer) = (client_of(version), Peer::of(version));
            let stream = client.open(http::request(version, method, URL, ()).unwrap()).unwrap();
            let frames = peer.hear(&mut client);
            let [Frame::SynStream(syn)] = &frames[..] else { panic!() };
            assert_eq!(syn.fin, fin, "{method}");
            assert_eq!(client.send_data(stream, "body", true).is_ok(), !fin);
        }
    }
}

// S2-076, S2-A03
#[test]
fn spdy_2_sends_the_path_with_scheme_and_host_beside_it() {
    assert_eq!(
        pairs(get(V2).headers()),
        [
            ("method", "GET"),
            ("scheme", "http"),
            ("host", "example.com:81"),
            ("url", "/a?b"),
            ("version", "HTTP/1.1"),
            ("accept", "*/*"),
        ]
    );
}

// S3-100
#[test]
fn spdy_3_sends_the_five_names_with_a_colon() {
    for version in V3 {
        let open = get(version);
        let list = pairs(open.headers());
        let names: Vec<_> = list.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, [":method", ":scheme", ":host", ":path", ":version", "accept"]);
        assert_eq!(
            list[1..4],
            [(":scheme", "http"), (":host", "example.com:81"), (":path", "/a?b")]
        );
    }
}

// S2-077, S3-101
#[test]
fn a_request_that_lacks_a_required_name_is_none() {
    for name in ["method", "url", "version"] {
        let list = without(get(V2).headers(), name);
        assert_eq!(Request::parse(V2, &list), Err(HttpError::Missing(name)));
    }
    for version in V3 {
        for name in [":method", ":path", ":version", ":host", ":scheme"] {
            let list = without(get(version).headers(), name);
            assert_eq!(Request::parse(version, &list), Err(HttpError::Missing(name)));
        }
    }
}

// S2-077, S3-101 on the wire: the server answers 400, and the session carries both.
#[test]
fn such_a_request_is_answered_with_400() {
    for version in LATER {
        let mut pair = Pair::of(version, Config::default(), Config::default());
        pair.client.open(Open::new([("x", "y")]).fin(true)).unwrap();
        let events = pair.to_server();
        let [Event::SynStream { stream, headers, .. }] = &events[..] else { panic!() };
        assert!(Request::parse(version, headers).is_err());
        let reply = http::response(version, "400 Bad Request", ()).unwrap();
        pair.server.reply(*stream, reply, true).unwrap();
        let events = pair.to_client();
        let [Event::SynReply { headers, .. }] = &events[..] else { panic!() };
        assert_eq!(Response::parse(version, headers).unwrap().code(), 400);
    }
}

// S2-078, S2-079, S3-102
#[test]
fn what_belongs_to_one_connection_is_not_sent_and_not_seen() {
    let fields = [
        ("connection", "close"),
        ("keep-alive", "1"),
        ("transfer-encoding", "chunked"),
        ("accept", "*/*"),
    ];
    for version in LATER {
        let open = http::request(version, "GET", URL, fields).unwrap();
        let reply = http::response(version, "200", fields).unwrap();
        for (name, _) in &fields[..3] {
            assert!(!open.headers().contains(name) && !reply.contains(name), "{name}");
        }
        let mut received = open.headers().clone();
        received.extend(fields[..3].iter().copied());
        let request = Request::parse(version, &received).unwrap();
        assert_eq!(request.fields().collect::<Vec<_>>(), [("accept", &b"*/*"[..])]);
    }
    let fields = [("host", "other"), ("proxy-connection", "close")];
    for version in V3 {
        let open = http::request(version, "GET", URL, fields).unwrap();
        assert!(fields.iter().all(|(name, _)| !open.headers().contains(name)));
    }
}

// S2-A03, S2-078: a complete URL makes `host` void.
#[test]
fn spdy_2_takes_a_complete_url_too() {
    let mut list = without(get(V2).headers(), "url");
    list.append("url", "https://other.org/x");
    let request = Request::parse(V2, &list).unwrap();
    let found = (request.scheme(), request.authority(), request.path());
    assert_eq!(found, (Some("https"), "other.org", "/x"));
    let open = get(V2);
    let request = Request::parse(V2, open.headers()).unwrap();
    let found = (request.scheme(), request.authority(), request.path());
    assert_eq!(found, (Some("http"), "example.com:81", "/a?b"));
}

// S2-080, S3-107
#[test]
fn a_response_has_a_status_with_or_without_a_phrase_and_a_version() {
    for version in LATER {
        let names = if version == V2 { ["status", "version"] } else { [":status", ":version"] };
        for status in ["200", "200 OK"] {
            let list = http::response(version, status, [("a", "1")]).unwrap();
            assert_eq!(pairs(&list)[..2], [(names[0], status), (names[1], "HTTP/1.1")]);
            let response = Response::parse(version, &list).unwrap();
            assert_eq!((response.code(), response.status()), (200, status));
            assert_eq!(response.fields().collect::<Vec<_>>(), [("a", &b"1"[..])]);
        }
    }
}

// S2-081, S3-108, S3-A03
#[test]
fn a_response_that_lacks_one_costs_its_stream() {
    for version in LATER {
        let list = http::response(version, "200", ()).unwrap();
        for (name, _) in pairs(&list) {
            let error = Response::parse(version, &without(&list, name)).unwrap_err();
            assert_eq!(error.status(), Status::PROTOCOL_ERROR);
        }
        // The session itself delivers a reply without headers: Kubernetes sends nothing else.
        let (mut client, mut peer) = client_of_with_stream(version, false);
        let bare = Frame::SynReply(spdy::frame::SynReply::new(id(1), ()));
        assert_eq!(told(&peer.say(&mut client, &bare)), ["SynReply 1"]);
    }
}

// S3-104, S3-105, S3-106, S2-082
#[test]
fn the_length_of_a_body_is_held_against_what_was_said() {
    for version in LATER {
        let open = http::request(version, "POST", URL, [("content-length", "10")]).unwrap();
        let mut body = BodyLength::of(open.headers());
        body.add(10);
        assert!(body.may_go_on() && body.is_right());
        body.add(1);
        assert!(!body.may_go_on() && !body.is_right());
        assert!(!BodyLength::of(open.headers()).is_right(), "too short");
        assert!(BodyLength::of(&Headers::new()).is_right());
        assert!(!BodyLength::of(&Headers::from([("content-length", "ten")])).is_right());

        // On a response nothing comes of it: the session delivers what arrives.
        let (mut client, mut peer) = client_of_with_stream(version, true);
        peer.say(
            &mut client,
            &Frame::SynReply(spdy::frame::SynReply::new(
                id(1),
                http::response(version, "200", [("content-length", "99")]).unwrap(),
            )),
        );
        assert_eq!(told(&peer.say(&mut client, &data(1, b"x", true))), ["Data 1 \"x\" fin"]);
    }
}

// S2-A08, S3-A13
#[test]
fn a_clients_stream_that_can_be_no_request_is_refused_by_the_mapping() {
    assert!(http::is_request_stream(None, false));
    assert!(!http::is_request_stream(Some(id(1)), false));
    assert!(!http::is_request_stream(None, true));
}

// Push.

/// A push as a server sends it, and as its client's session tells of it.
fn pushed(version: Version, url: &str) -> (Option<spdy::StreamId>, bool, Headers) {
    let mut pair = Pair::of(version, Config::default().push(true), Config::default());
    pair.client.open(get(version)).unwrap();
    pair.to_server();
    pair.server.reply(id(1), http::response(version, "200", ()).unwrap(), false).unwrap();
    let push = http::push(version, url, "200 OK", [("content-type", "text/css")]).unwrap();
    pair.server.open(push.associated(id(1))).unwrap();
    let events = pair.to_client();
    let Some(Event::SynStream { associated, unidirectional, headers, .. }) = events.last() else {
        panic!("{events:?}")
    };
    (*associated, *unidirectional, headers.clone())
}

// S2-085, S2-087, S3-120, S3-121, S3-137, S2-A15
#[test]
fn a_push_says_what_it_is_and_for_which_request() {
    for version in LATER {
        let (associated, one_way, list) = pushed(version, "http://example.com:81/style.css");
        assert_eq!((associated, one_way), (Some(id(1)), true));
        let list = pairs(&list);
        if version == V2 {
            assert!(list.contains(&("url", "http://example.com:81/style.css")));
            assert!(list.contains(&("method", "GET")));
        } else {
            for pair in [(":scheme", "http"), (":host", "example.com:81"), (":path", "/style.css")]
            {
                assert!(list.contains(&pair), "{list:?}");
            }
            assert!(list.contains(&(":method", "GET")));
        }
    }
}

// S2-086: SYN_STREAM goes before the data that makes the client want it.
#[test]
fn a_push_goes_out_before_the_body_of_its_page() {
    for version in LATER {
        let (mut server, mut peer) = server_of_with_stream(version, true);
        server.reply(id(1), OK, false).unwrap();
        server.send_data(id(1), "<link href=style.css>", true).unwrap();
        let push = http::push(version, "http://example.com/style.css", "200", ()).unwrap();
        server.open(push.associated(id(1))).unwrap();
        let types: Vec<_> = peer.hear(&mut server).iter().map(Frame::frame_type).collect();
        use spdy::FrameType::{Data, SynReply, SynStream};
        assert_eq!(types, [SynReply, SynStream, Data]);
    }
}

// S2-089, S3-125, S3-127: its URL, so that nobody asks for it, and the headers that it inherits.
#[test]
fn a_client_reads_a_push() {
    for version in LATER {
        let (associated, _, list) = pushed(version, "http://example.com:81/style.css");
        let open = get(version);
        let push = Pushed::parse(version, associated, Some(open.headers()), &list).unwrap();
        assert_eq!(push.url(), "http://example.com:81/style.css");
        let response = push.response().unwrap().unwrap();
        assert_eq!(response.code(), 200);
        let fields: Vec<_> = response.fields().collect();
        assert_eq!(fields, [("content-type", &b"text/css"[..])]);
        let inherited: Vec<_> = push.request_fields().map(|(name, _)| name).collect();
        assert!(inherited.contains(&"accept"));
        for own in ["url", "scheme", "host", ":path", ":scheme", ":host"] {
            assert!(!inherited.contains(&own), "{own}");
        }
    }
}

// S2-A15: a path is accepted too; the response may come later.
#[test]
fn a_push_of_spdy_2_may_name_a_path() {
    let open = get(V2);
    let list = Headers::from([("url", "/style.css")]);
    let push = Pushed::parse(V2, Some(id(1)), Some(open.headers()), &list).unwrap();
    assert_eq!(push.url(), "http://example.com:81/style.css");
    assert!(push.response().is_none());
}

fn fault(
    version: Version,
    associated: Option<spdy::StreamId>,
    request: Option<&Headers>,
    list: &Headers,
) -> (HttpError, Status) {
    let error = Pushed::parse(version, associated, request, list).unwrap_err();
    (error, error.status())
}

// S2-090, S2-091, S2-A07, S3-A04, S3-123
#[test]
fn a_push_that_cannot_be_is_reset_with_the_right_status() {
    for version in LATER {
        let open = get(version);
        let request = Some(open.headers());
        let (main, _, list) = pushed(version, "http://example.com:81/style.css");
        let (protocol, invalid) = (Status::PROTOCOL_ERROR, Status::INVALID_STREAM);
        assert_eq!(fault(version, None, request, &list), (HttpError::NotAssociated, invalid));
        assert_eq!(fault(version, main, None, &list), (HttpError::NoSuchRequest, protocol));
        let names: &[&str] = if version == V2 { &["url"] } else { &[":host", ":scheme", ":path"] };
        for name in names {
            let list = without(&list, name);
            assert_eq!(fault(version, main, request, &list), (HttpError::Missing(name), protocol));
        }
        for other in ["https://example.com:81/x", "http://example.com/x", "http://example.org:81/x"]
        {
            let (_, _, list) = pushed(version, other);
            assert_eq!(
                fault(version, main, request, &list),
                (HttpError::OtherOrigin, protocol),
                "{other}"
            );
        }
    }
}

// S2-A07: one without UNIDIRECTIONAL is taken.
#[test]
fn a_push_that_is_open_both_ways_is_accepted() {
    for version in LATER {
        let config = Config::default().push(true);
        let (mut client, mut peer) = (Session::client(version, config), Peer::of(version));
        let open = get(version);
        let request = open.headers().clone();
        client.open(open).unwrap();
        peer.hear(&mut client);
        let push = http::push(version, "http://example.com:81/x", "200", ()).unwrap();
        let mut syn = SynStream::new(id(2), push.headers().clone());
        syn.associated = Some(id(1));
        let events = peer.say(&mut client, &Frame::SynStream(syn));
        let [Event::SynStream { associated, headers, .. }] = &events[..] else { panic!() };
        assert!(Pushed::parse(version, *associated, Some(&request), headers).is_ok());
    }
}

// S2-088, S2-093, S3-122, S3-138
#[test]
fn headers_of_a_push_repeat_no_name() {
    for version in LATER {
        let push = http::push(version, "http://example.com/x", "200", ()).unwrap();
        let mut seen = PushHeaders::new(version);
        seen.add(push.headers()).unwrap();
        seen.add(&Headers::from([("etag", "1")])).unwrap();
        for name in ["etag", if version == V2 { "url" } else { ":path" }] {
            let error = seen.add(&Headers::from([(name, "2")])).unwrap_err();
            assert_eq!((error, error.status()), (HttpError::Repeated, Status::PROTOCOL_ERROR));
        }
    }
}

// S2-092, S3-126: whoever resets the page wants nothing that was pushed for it.
#[test]
fn a_reset_of_the_page_ends_its_pushes() {
    for version in LATER {
        let mut pair = Pair::of(version, Config::default().push(true), Config::default());
        pair.client.open(get(version)).unwrap();
        pair.client.open(get(version)).unwrap();
        pair.to_server();
        let mut pushes = Pushes::default();
        for main in [1, 1, 3] {
            let push = http::push(version, "http://example.com:81/x", "200", ()).unwrap();
            let pushed = pair.server.open(push.associated(id(main))).unwrap();
            pair.server.send_data(pushed, vec![0; 10_000], false).unwrap();
            pushes.begin(id(main), pushed);
        }
        pair.to_client();
        pair.client.fin_stream(id(1), Status::CANCEL).unwrap();
        for event in pair.to_server() {
            let Event::Aborted { stream, .. } = event else { continue };
            for pushed in pushes.cancel(stream) {
                pair.server.fin_stream(pushed, Status::CANCEL).unwrap();
            }
        }
        let ended = told(&pair.to_client());
        assert_eq!(ended, ["Aborted 2 Peer(Status(5))", "Aborted 4 Peer(Status(5))"]);
        assert!(!pair.server.output().has_remaining());
    }
}

// S2-095
#[test]
fn alternate_protocols_are_written_and_read() {
    let (name, value) = http::alternate_protocol([(443, "npn-spdy/2"), (123, "spdy/2")]);
    assert_eq!((name, value.as_str()), ("Alternate-Protocol", "443:npn-spdy/2,123:spdy/2"));
    let read = |value| http::alternate_protocols(value).collect::<Vec<_>>();
    assert_eq!(read(&value), [(443, "npn-spdy/2"), (123, "spdy/2")]);
    assert_eq!(read(" 80:x , 0:y, :z, 70000:a, 1:"), [(80, "x")]);
}
