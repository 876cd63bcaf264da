//! Draft 1, section "HTTP layering": requests and responses as header lists.

mod common;

use common::*;
use spdy::http::{self, HttpError, Request, Response};
use spdy::{Event, Frame, Headers, Open};

const URL: &str = "http://www.example.com:8080/dir/page?q=1";

/// What a message says on the wire: names and values as text, in order.
fn list(headers: &Headers) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (name, std::str::from_utf8(value).unwrap())).collect()
}

/// The list that a request puts on the wire, and whether its SYN_STREAM has FIN.
fn sent(open: Open) -> (Headers, bool) {
    let (mut client, mut peer) = (client(), Peer::new());
    client.open(open).unwrap();
    match peer.hear(&mut client).pop() {
        Some(Frame::SynStream(syn)) => (syn.headers, syn.fin),
        other => panic!("{other:?}"),
    }
}

/// The list that a push puts on the wire, behind the reply to stream 1.
fn pushed(open: Open) -> Headers {
    let (mut server, mut peer) = server_with_stream(true);
    server.reply(id(1), OK, false).unwrap();
    server.open(open).unwrap();
    match peer.hear(&mut server).pop() {
        Some(Frame::SynStream(syn)) => syn.headers,
        other => panic!("{other:?}"),
    }
}

fn request(method: &str, fields: &[(&str, &str)]) -> (Headers, bool) {
    sent(http::request(VERSION, method, URL, fields).unwrap())
}

fn response(fields: &[(&str, &str)]) -> Headers {
    http::response(VERSION, "200 OK", fields).unwrap()
}

fn fields<'a>(fields: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<&'a str> {
    fields.map(|(name, _)| name).collect()
}

// Requests.

// S1-190, S1-191
#[test]
fn a_request_is_sent_with_method_full_url_and_version() {
    let (headers, _) = request("GET", &[("accept", "*/*")]);
    let expected = [("method", "GET"), ("url", URL), ("version", "HTTP/1.1"), ("accept", "*/*")];
    assert_eq!(list(&headers), expected);
}

// S1-190
#[test]
fn a_received_request_without_method_url_or_version_is_none() {
    for missing in ["method", "url", "version"] {
        let mut headers = Headers::from(GET);
        assert!(Request::parse(VERSION, &headers).is_ok());
        headers.remove(missing);
        assert_eq!(Request::parse(VERSION, &headers), Err(HttpError::Missing(missing)));
    }
}

// S1-191
#[test]
fn a_request_needs_a_complete_url() {
    for url in [
        "/page",
        "www.example.com/page",
        "http://",
        "http:///page",
        "http://?q",
        "http://user@/page",
        "http://:80/page",
        "http://[]/page",
        "http://[::1/page",
        "http://::1/page",
        "http://user:pass/word@host/",
        "http://host:65536/",
        "http://host:+80/",
        "http://ho st/",
        "://host/",
        "*",
        "",
    ] {
        let request = http::request(VERSION, "GET", url, ());
        assert_eq!(request.unwrap_err(), HttpError::Url, "{url}");
    }
}

// S1-191
#[test]
fn the_name_and_the_password_in_a_url_stay_here() {
    for (url, sent_url) in [
        ("http://user:pass@host:81/a@b", "http://host:81/a@b"),
        ("https://user@host?q", "https://host/?q"),
        ("http://a@b@[::1]/#c", "http://[::1]/"),
    ] {
        let (headers, _) = sent(http::request(VERSION, "GET", url, ()).unwrap());
        assert_eq!(headers.get_str("url"), Some(sent_url));
        let push = http::push(VERSION, id(1), url, "200", ()).unwrap();
        assert_eq!(push.headers().get_str("url"), Some(sent_url));
    }
    let list = |url| Headers::from([("method", "GET"), ("url", url), ("version", "HTTP/1.1")]);
    let received = list("http://user:pass@host/");
    assert_eq!(Request::parse(VERSION, &received).unwrap().authority(), "host");
    let nowhere = list("http://user:pass@/");
    assert_eq!(Request::parse(VERSION, &nowhere), Err(HttpError::Invalid("url")));
}

// S1-190
#[test]
fn a_method_is_one_word() {
    for method in ["", "GET ", "GET /", "GE\u{df}"] {
        let request = http::request(VERSION, method, URL, ());
        assert_eq!(request.unwrap_err(), HttpError::Invalid("method"), "{method}");
    }
}

// S1-191
#[test]
fn a_received_url_is_taken_apart() {
    let rows = [
        (URL, Some("http"), "www.example.com:8080", "/dir/page?q=1"),
        ("https://a", Some("https"), "a", "/"),
        ("http://[::1]:80/x", Some("http"), "[::1]:80", "/x"),
        ("http://a/b://c", Some("http"), "a", "/b://c"),
        ("http://a?b", Some("http"), "a", "?b"),
    ];
    for (url, scheme, authority, path) in rows {
        let headers = [("method", "GET"), ("url", url), ("version", "HTTP/1.0")].into();
        let request = Request::parse(VERSION, &headers).unwrap();
        assert_eq!((request.method(), request.http_version()), ("GET", "HTTP/1.0"));
        assert_eq!(
            (request.scheme(), request.authority(), request.path()),
            (scheme, authority, path)
        );
    }
}

// S1-192
#[test]
fn no_name_stands_twice_in_a_message() {
    let twice = [("Accept", "a"), ("accept", "b"), ("method", "PUT"), ("version", "x")];
    let (headers, _) = request("GET", &twice);
    let expected = [("method", "GET"), ("url", URL), ("version", "HTTP/1.1"), ("accept", "a\0b")];
    assert_eq!(list(&headers), expected);

    let headers = response(&[("Vary", "a"), ("VARY", "b"), ("status", "500")]);
    let expected = [("status", "200 OK"), ("version", "HTTP/1.1"), ("vary", "a\0b")];
    assert_eq!(list(&headers), expected);
}

// S1-193
#[test]
fn names_of_request_headers_are_sent_in_lower_case() {
    let (headers, _) = request("GET", &[("User-Agent", "Test"), ("X-UPPER", "Kept")]);
    assert_eq!(list(&headers)[3..], [("user-agent", "Test"), ("x-upper", "Kept")]);
}

// S1-194
#[test]
fn connection_headers_of_a_received_request_are_left_out() {
    let mut headers = Headers::from(GET);
    headers.extend([("connection", "close"), ("Keep-Alive", "timeout=5"), ("accept", "*/*")]);
    headers.append("proxy-connection", "close");
    let request = Request::parse(VERSION, &headers).unwrap();
    assert_eq!(fields(request.fields()), ["accept"]);
}

// S1-195
#[test]
fn a_host_header_that_differs_from_the_url_has_no_effect() {
    let mut headers = Headers::from(GET);
    headers.append("host", "evil.example.net");
    let request = Request::parse(VERSION, &headers).unwrap();
    assert_eq!(request.authority(), "www.example.com");
    assert_eq!(request.fields().count(), 0);
}

// S1-A24
#[test]
fn a_url_that_is_a_path_is_combined_with_host() {
    let mut headers =
        Headers::from([("method", "GET"), ("url", "/page?q"), ("version", "HTTP/1.1")]);
    let request = Request::parse(VERSION, &headers).unwrap();
    assert_eq!((request.scheme(), request.authority(), request.path()), (None, "", "/page?q"));
    headers.append("host", "www.example.com");
    let request = Request::parse(VERSION, &headers).unwrap();
    assert_eq!((request.authority(), request.path()), ("www.example.com", "/page?q"));
}

// S1-191, S1-A24
#[test]
fn a_url_that_is_neither_complete_nor_a_path_is_reported() {
    for url in ["page", "", "://a/"] {
        let mut headers = Headers::from(GET);
        headers.remove("url");
        headers.append("url", url);
        assert_eq!(Request::parse(VERSION, &headers), Err(HttpError::Invalid("url")));
    }
}

// S1-198
#[test]
fn a_request_with_a_body_keeps_its_stream_open() {
    for method in ["POST", "PUT", "PATCH", "MKCOL"] {
        assert!(!request(method, &[]).1, "{method}");
    }
    for method in ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"] {
        assert!(request(method, &[]).1, "{method}");
    }
}

// S1-199, S1-215
#[test]
fn a_content_length_is_a_hint() {
    for length in ["1", "5", "1000", "nonsense"] {
        let hint = [("content-length", length)];
        let mut pair = Pair::new();
        let stream = pair.client.open(http::request(VERSION, "POST", URL, hint).unwrap()).unwrap();
        pair.client.send_data(stream, "12345", true).unwrap();
        let events = pair.to_server();
        assert_eq!(told(&events), ["SynStream 1", "Data 1 \"12345\" fin"]);
        let Event::SynStream { headers, .. } = &events[0] else { panic!() };
        let mut body = Request::parse(VERSION, headers).unwrap().body_length();
        body.add(5);
        assert!(!body.is_said() && body.may_go_on() && body.is_right());
        pair.server.reply(stream, response(&hint), false).unwrap();
        pair.server.send_data(stream, "12345", true).unwrap();
        assert_eq!(told(&pair.to_client()), ["SynReply 1", "Data 1 \"12345\" fin"]);
    }
}

// S1-200, S1-202
#[test]
fn chunked_encoding_and_connection_headers_are_not_sent_in_requests() {
    let given = [
        ("Connection", "keep-alive"),
        ("Keep-Alive", "300"),
        ("Transfer-Encoding", "chunked"),
        ("Proxy-Connection", "keep-alive"),
        ("accept", "*/*"),
    ];
    let (headers, _) = request("POST", &given);
    assert_eq!(list(&headers)[3..], [("accept", "*/*")]);
}

// S1-201
#[test]
fn a_body_can_end_with_an_empty_frame() {
    let mut pair = Pair::new();
    let post = http::request(VERSION, "POST", URL, ()).unwrap();
    let stream = pair.client.open(post).unwrap();
    pair.client.send_data(stream, "body", false).unwrap();
    pair.client.send_data(stream, "", true).unwrap();
    let expected = ["SynStream 1", "Data 1 \"body\"", "Data 1 \"\" fin"];
    assert_eq!(told(&pair.to_server()), expected);
}

// Responses.

// S1-210
#[test]
fn the_body_of_a_response_flows_on_the_stream_of_its_request() {
    let mut pair = Pair::new();
    for _ in 0..2 {
        pair.client.open(http::request(VERSION, "GET", URL, ()).unwrap()).unwrap();
    }
    pair.to_server();
    for stream in [id(3), id(1)] {
        pair.server.reply(stream, response(&[]), false).unwrap();
        pair.server.send_data(stream, format!("body of {stream}"), true).unwrap();
    }
    let expected =
        ["SynReply 3", "SynReply 1", "Data 3 \"body of 3\" fin", "Data 1 \"body of 1\" fin"];
    assert_eq!(told(&pair.to_client()), expected);
}

// S1-211
#[test]
fn a_response_is_sent_with_status_and_version() {
    let headers = http::response(VERSION, "404 Not Found", [("server", "x")]).unwrap();
    let expected = [("status", "404 Not Found"), ("version", "HTTP/1.1"), ("server", "x")];
    assert_eq!(list(&headers), expected);
    let parsed = Response::parse(VERSION, &headers).unwrap();
    assert_eq!((parsed.code(), parsed.status()), (404, "404 Not Found"));
    assert_eq!(parsed.http_version(), "HTTP/1.1");
    assert_eq!(fields(parsed.fields()), ["server"]);
}

// S1-211
#[test]
fn a_response_without_status_or_version_is_none() {
    for missing in ["status", "version"] {
        let mut headers = Headers::from(OK);
        headers.remove(missing);
        assert_eq!(Response::parse(VERSION, &headers), Err(HttpError::Missing(missing)));
    }
}

// S1-211
#[test]
fn a_status_begins_with_a_code_of_three_digits() {
    for status in ["", "20", "2000", "OK", "+20", " 200", "200OK"] {
        let sent = http::response(VERSION, status, ());
        assert_eq!(sent, Err(HttpError::Invalid("status")), "{status}");
        let received = Headers::from([("status", status), ("version", "HTTP/1.1")]);
        let parsed = Response::parse(VERSION, &received);
        assert_eq!(parsed, Err(HttpError::Invalid("status")), "{status}");
    }
}

// S1-212
#[test]
fn a_push_carries_url_and_method_beside_what_a_response_has() {
    let headers = pushed(http::push(VERSION, id(1), URL, "200 OK", [("etag", "x")]).unwrap());
    assert_eq!(
        (headers.get("url"), headers.get("method")),
        (Some(URL.as_bytes()), Some(&b"GET"[..]))
    );
    assert_eq!(headers.get("path"), Some(&b"/dir/page?q=1"[..]));
    assert_eq!(Response::parse(VERSION, &headers).unwrap().code(), 200);
}

// S1-175, S1-212
#[test]
fn a_push_needs_the_url_of_a_resource_and_a_status() {
    let push = |url, status| http::push(VERSION, id(1), url, status, ()).unwrap_err();
    assert_eq!(push("/page", "200"), HttpError::Url);
    assert_eq!(push(URL, "OK"), HttpError::Invalid("status"));
}

// S1-213
#[test]
fn names_of_response_headers_are_sent_in_lower_case() {
    let headers = response(&[("Content-Type", "text/HTML"), ("ETag", "W/\"X\"")]);
    assert_eq!(list(&headers)[2..], [("content-type", "text/HTML"), ("etag", "W/\"X\"")]);
}

// S1-214, S1-216
#[test]
fn chunked_encoding_and_connection_headers_are_not_sent_in_responses() {
    let given = [
        ("Connection", "close"),
        ("Keep-Alive", "timeout=5"),
        ("Transfer-Encoding", "chunked"),
        ("Proxy-Connection", "close"),
        ("server", "x"),
    ];
    assert_eq!(list(&response(&given))[2..], [("server", "x")]);
    let pushed = pushed(http::push(VERSION, id(1), URL, "200", given).unwrap());
    assert_eq!(list(&pushed)[5..], [("server", "x")]);
}

// S1-217
#[test]
fn all_other_headers_pass_unchanged_both_ways() {
    let asked = [
        ("cookie", "a=1; b=2"),
        ("accept-encoding", "gzip;q=1.0, identity; q=0.5"),
        ("if-none-match", "\"tag\""),
        ("x-bytes", "caf\u{e9} =:;,\t\u{7f}"),
    ];
    let answered = [
        ("set-cookie", "a=1; path=/\0b=2; HttpOnly"),
        ("etag", "W/\"tag\""),
        ("vary", "accept-encoding, cookie"),
        ("content-encoding", "gzip"),
    ];
    let mut pair = Pair::new();
    let get = http::request(VERSION, "GET", URL, &asked[..]).unwrap();
    let stream = pair.client.open(get).unwrap();
    let events = pair.to_server();
    let [Event::SynStream { headers, .. }] = &events[..] else { panic!("{events:?}") };
    let request = Request::parse(VERSION, headers).unwrap();
    let expected = asked.map(|(name, value)| (name, value.as_bytes()));
    assert_eq!(request.fields().collect::<Vec<_>>(), expected);

    pair.server.reply(stream, response(&answered), true).unwrap();
    let events = pair.to_client();
    let [Event::SynReply { headers, .. }] = &events[..] else { panic!("{events:?}") };
    let reply = Response::parse(VERSION, headers).unwrap();
    let expected = answered.map(|(name, value)| (name, value.as_bytes()));
    assert_eq!(reply.fields().collect::<Vec<_>>(), expected);
    assert_eq!(headers.values("set-cookie").count(), 2);
}

// S1-217
#[test]
fn a_value_that_was_marked_sensitive_stays_marked() {
    let mut given = Headers::new();
    given.append_sensitive("Cookie", "secret");
    given.append("accept", "*/*");
    let reply = http::response(VERSION, "200", given).unwrap();
    assert!(reply.is_sensitive("cookie") && !reply.is_sensitive("accept"));
}

// S1-195, S1-A24: what a query holds names no host.
#[test]
fn a_path_is_a_path_whatever_its_query_holds() {
    let headers = Headers::from([
        ("method", "GET"),
        ("url", "/login?next=http://elsewhere.com/"),
        ("version", "HTTP/1.1"),
        ("host", "www.example.com"),
    ]);
    let request = Request::parse(VERSION, &headers).unwrap();
    assert_eq!(request.authority(), "www.example.com");
    assert_eq!(request.path(), "/login?next=http://elsewhere.com/");
}

// S1-191
#[test]
fn a_url_without_a_scheme_is_no_url() {
    for url in ["www.example.com/?u=http://x/", "1http://x/", "ht tp://x/", "http:/x"] {
        let error = http::request(VERSION, "GET", url, ()).unwrap_err();
        assert_eq!(error, HttpError::Url, "{url}");
    }
}

// S1-191
#[test]
fn a_query_without_a_path_is_kept_and_a_fragment_is_not() {
    let path = |url: &str| {
        let (headers, _) = sent(http::request(VERSION, "GET", url, ()).unwrap());
        Request::parse(VERSION, &headers).unwrap().path().to_owned()
    };
    assert_eq!(path("http://example.com?x=1"), "/?x=1");
    assert_eq!(path("http://example.com"), "/");
    assert_eq!(path("http://example.com/a#b"), "/a");
}

// S1-212, S1-217: of a push the request is no header; of a reply all is.
#[test]
fn the_request_in_a_push_is_no_header_of_its_response() {
    let pushed = pushed(http::push(VERSION, id(1), URL, "200 OK", [("etag", "1")]).unwrap());
    let fields: Vec<_> = Response::parse(VERSION, &pushed).unwrap().fields().collect();
    assert_eq!(fields, [("etag", &b"1"[..])]);
    let reply = response(&[("path", "/kept")]);
    let fields: Vec<_> = Response::parse(VERSION, &reply).unwrap().fields().collect();
    assert_eq!(fields, [("path", &b"/kept"[..])]);
}
