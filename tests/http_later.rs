//! What HTTP demands of header lists in SPDY/2, 3 and 3.1.

mod common;

use common::*;
use spdy::frame::Frame;
use spdy::http::{self, BodyLength, HttpError, Request, Response};
use spdy::{Config, Event, Headers, Open, Status, Version};

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

// S3-101: SPDY/3 can say nothing under a name, and that is nothing either.
#[test]
fn a_request_with_nothing_or_nonsense_under_a_required_name_is_none() {
    for version in V3 {
        let faults = [
            (":method", &[""][..]),
            (":path", &["", "a", "http://", "http:///a"]),
            (":version", &[""]),
            (":host", &["", ":80", "user@example.com", "example.com:x", "exam ple.com"]),
            (":scheme", &["", "1", "ht tp"]),
        ];
        for (name, values) in faults {
            for value in values {
                let mut list = without(get(version).headers(), name);
                list.append(name, value);
                let fault = Request::parse(version, &list);
                assert_eq!(fault, Err(HttpError::Invalid(name)), "{name}: {value:?}");
            }
        }
    }
    let mut list = without(get(V2).headers(), "host");
    list.append("host", "user@example.com");
    assert_eq!(Request::parse(V2, &list), Err(HttpError::Invalid("host")));
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
        ("proxy-connection", "close"),
        ("accept", "*/*"),
    ];
    for version in LATER {
        let open = http::request(version, "GET", URL, fields).unwrap();
        let reply = http::response(version, "200", fields).unwrap();
        for (name, _) in &fields[..4] {
            assert!(!open.headers().contains(name) && !reply.contains(name), "{name}");
        }
        let mut received = open.headers().clone();
        received.extend(fields[..4].iter().copied());
        let request = Request::parse(version, &received).unwrap();
        assert_eq!(request.fields().collect::<Vec<_>>(), [("accept", &b"*/*"[..])]);
    }
    for version in V3 {
        let open = http::request(version, "GET", URL, [("host", "other")]).unwrap();
        assert!(!open.headers().contains("host"));
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
            let mut list = without(&list, name);
            let error = Response::parse(version, &list).unwrap_err();
            assert_eq!(error.status(), Status::PROTOCOL_ERROR);
            list.append(name, "");
            let error = Response::parse(version, &list).unwrap_err();
            assert!(matches!(error, HttpError::Invalid(it) if it == name), "{error}");
        }
        // The session itself delivers a reply without headers: Kubernetes sends nothing else.
        let (mut client, mut peer) = client_of_with_stream(version, false);
        let bare = Frame::SynReply(spdy::frame::SynReply::new(id(1), ()));
        assert_eq!(told(&peer.say(&mut client, &bare)), ["SynReply 1"]);
    }
}

/// What a body is counted against that comes with this `content-length`.
fn body(version: Version, length: &str) -> BodyLength {
    let open = http::request(version, "POST", URL, [("content-length", length)]).unwrap();
    Request::parse(version, open.headers()).unwrap().body_length()
}

// S3-105
#[test]
fn the_length_of_a_body_is_held_against_what_its_request_says() {
    for version in V3 {
        let mut body = body(version, "10");
        assert!(body.is_said() && body.may_go_on() && !body.is_right(), "too short");
        body.add(10);
        assert!(body.may_go_on() && body.is_right());
        body.add(1);
        assert!(!body.may_go_on() && !body.is_right());
        let open = get(version);
        let none = Request::parse(version, open.headers()).unwrap().body_length();
        assert!(!none.is_said() && none.may_go_on() && none.is_right());
    }
}

// S3-105
#[test]
fn a_length_that_is_no_number_is_never_right() {
    for version in V3 {
        for nonsense in ["", "ten", "+1", "-1", "1 ", "1\u{0}1", "99999999999999999999"] {
            let body = body(version, nonsense);
            assert!(body.is_said() && !body.may_go_on() && !body.is_right(), "{nonsense:?}");
        }
    }
}

// S3-105: SPDY/2 does not say that it binds.
#[test]
fn in_spdy_2_the_length_of_a_request_is_a_hint() {
    for length in ["10", "ten"] {
        let body = body(V2, length);
        assert!(!body.is_said() && body.may_go_on() && body.is_right());
    }
}

// S2-082, S3-106
#[test]
fn a_response_may_have_another_length_than_it_says() {
    for version in LATER {
        let (mut client, mut peer) = client_of_with_stream(version, true);
        let said = http::response(version, "200", [("content-length", "99")]).unwrap();
        peer.say(&mut client, &Frame::SynReply(spdy::frame::SynReply::new(id(1), said)));
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

// S2-095
#[test]
fn alternate_protocols_are_written_and_read() {
    let (name, value) = http::alternate_protocol([(443, "npn-spdy/2"), (123, "spdy/2")]);
    assert_eq!((name, value.as_str()), ("Alternate-Protocol", "443:npn-spdy/2,123:spdy/2"));
    let read = |value| http::alternate_protocols(value).collect::<Vec<_>>();
    assert_eq!(read(&value), [(443, "npn-spdy/2"), (123, "spdy/2")]);
    assert_eq!(read(" 80:x , 0:y, :z, 70000:a, 1:"), [(80, "x")]);
}
