//! What HTTP Speed+Mobility demands of requests and pushes: one origin a session.

mod common;

use common::*;
use spdy::http::{self, HttpError, Origin};
use spdy::{Headers, Status, Version};

const SM: Version = Version::SpeedMobility;

fn list(scheme: &str, host: &str) -> Headers {
    Headers::from([
        (":method", "GET"),
        (":scheme", scheme),
        (":host", host),
        (":path", "/"),
        (":version", "HTTP/1.1"),
    ])
}

// SM-070: the names are those of SPDY/3.
#[test]
fn requests_and_responses_are_those_of_spdy_3() {
    let request = http::request(SM, "GET", "http://example.com/a", ()).unwrap();
    let as_in_3 = http::request(Version::Spdy3, "GET", "http://example.com/a", ()).unwrap();
    assert_eq!(request.headers(), as_in_3.headers());
    assert!(http::Request::parse(SM, request.headers()).is_ok());
    let reply = http::response(SM, "200 OK", ()).unwrap();
    assert_eq!(http::Response::parse(SM, &reply).map(|it| it.code()), Ok(200));
    assert_eq!(http::Response::parse(SM, &Headers::from(OK)), Err(HttpError::Missing(":status")));
}

// SM-050: what is to go uncompressed still is when it has become a message.
#[test]
fn uncompressed_fields_make_an_uncompressed_message() {
    for (fields, is_plain) in [(Headers::new().uncompressed(), true), (Headers::new(), false)] {
        let request = http::request(SM, "GET", "http://example.com/a", fields.clone()).unwrap();
        assert_eq!(request.headers().is_uncompressed(), is_plain);
        let reply = http::response(SM, "200", fields).unwrap();
        assert_eq!(reply.is_uncompressed(), is_plain);
    }
}

// SM-071, SM-074, SM-075, SM-A13, SM-A14: a server answers the others with 400.
#[test]
fn a_request_is_for_the_origin_of_its_session() {
    let plain = Origin::new("http", "example.com:6121");
    for host in ["example.com", "example.com:6121", "EXAMPLE.com:80", "example.com:1"] {
        assert_eq!(plain.check(SM, &list("http", host)), Ok(()), "{host}");
    }
    for (scheme, host) in [
        ("http", "www.example.com"),
        ("http", "example.com.evil"),
        ("http", "xample.com"),
        ("https", "example.com"),
        ("ws", "example.com"),
    ] {
        let found = plain.check(SM, &list(scheme, host));
        assert_eq!(found, Err(HttpError::OtherOrigin), "{scheme} {host}");
    }
    let v6 = Origin::new("https", "[::1]");
    assert_eq!(v6.check(SM, &list("https", "[::1]:8443")), Ok(()));
    assert_eq!(v6.check(SM, &list("https", "[::2]")), Err(HttpError::OtherOrigin));
    let empty = plain.check(SM, &list("http", ""));
    assert_eq!(empty, Err(HttpError::Invalid(":host")));
    let nameless = Headers::from([(":scheme", "http")]);
    assert_eq!(plain.check(SM, &nameless), Err(HttpError::Missing(":host")));
}

// SM-076, SM-A15
#[test]
fn a_push_for_another_host_costs_its_stream() {
    let origin = Origin::new("https", "example.com");
    let push = Headers::from([(":scheme", "https"), (":host", "other.com"), (":path", "/a.css")]);
    let error = origin.check(SM, &push).unwrap_err();
    assert_eq!(error.status(), Status::PROTOCOL_ERROR);
}

// SM-073
#[test]
fn sessions_of_one_client_know_nothing_of_each_other() {
    use spdy::{Config, Session};
    let mut servers: Vec<_> =
        (0..3).map(|_| Session::server_over_websocket(Config::default())).collect();
    let mut clients: Vec<_> = (0..3)
        .map(|_| Session::client_over_websocket(Config::default(), || [1, 2, 3, 4]))
        .collect();
    for (client, server) in clients.iter_mut().zip(&mut servers) {
        let stream = client.open(list("http", "example.com")).unwrap();
        assert_eq!(stream, id(1));
        assert_eq!(told(&feed(server, &drain(client)).unwrap()), ["SynStream 1"]);
    }
    clients[1].close();
    assert_eq!(told(&feed(&mut servers[1], &drain(&mut clients[1])).unwrap())[0], "GoAway 0");
    servers[0].reply(id(1), (), true).unwrap();
    assert_eq!(told(&feed(&mut clients[0], &drain(&mut servers[0])).unwrap()), ["SynReply 1 fin"]);
}
