//! Requests and responses of the `http` crate in every version.

mod common;

use ::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use common::*;
use spdy::frame::Frame;
use spdy::http::{HttpError, types};
use spdy::{Config, Event, Headers, SendError, Session, Version};

const URL: &str = "https://example.com:8443/a?b";

fn post() -> Request<&'static str> {
    let request = Request::post(URL).header("accept", "text/html").header("accept", "image/png");
    request.header("connection", "close").header("transfer-encoding", "chunked").body("la").unwrap()
}

fn versions() -> impl Iterator<Item = Version> {
    Version::ALL.into_iter().chain([Version::SpeedMobility])
}

/// The list as it arrives at a server.
fn sent<B>(version: Version, request: &Request<B>) -> Headers {
    types::open(version, request).unwrap().headers().clone()
}

#[test]
fn a_request_arrives_as_it_was_without_what_belongs_to_one_connection() {
    for version in versions() {
        let read = types::read_request(version, &sent(version, &post())).unwrap();
        assert_eq!(read.method(), Method::POST, "{version}");
        assert_eq!(read.uri(), URL, "{version}");
        assert_eq!(read.version(), ::http::Version::HTTP_11, "{version}");
        let mut left = post().headers().clone();
        left.remove("connection");
        left.remove("transfer-encoding");
        assert_eq!(*read.headers(), left, "{version}");
        assert_eq!(read.headers().get_all("accept").iter().count(), 2, "{version}");
    }
}

#[test]
fn it_is_the_list_that_the_request_of_strings_makes() {
    for version in versions() {
        let mut fields = Headers::from([("accept", "text/html")]);
        fields.append("accept", "image/png");
        let strings = spdy::http::request(version, "POST", URL, fields).unwrap();
        assert_eq!(sent(version, &post()), *strings.headers(), "{version}");
    }
}

#[test]
fn a_response_arrives_as_it_was() {
    for version in versions() {
        for (status, line) in [(200, "200 OK"), (404, "404 Not Found"), (599, "599")] {
            let response = Response::builder().status(status).header("etag", "\"x\"");
            let response = response.header("keep-alive", "1").body(()).unwrap();
            let list = types::reply(version, &response).unwrap();
            let parsed = spdy::http::Response::parse(version, &list).unwrap();
            assert_eq!(parsed.status(), line, "{version}");
            let read = types::read_response(version, &list).unwrap();
            assert_eq!(read.status().as_u16(), status, "{version}");
            assert_eq!(read.headers().len(), 1, "{version}");
            assert_eq!(read.headers()["etag"], "\"x\"", "{version}");
        }
    }
}

#[test]
fn over_two_sessions_with_body_and_trailers() {
    for version in LATER {
        let mut pair = Pair::of(version, Config::default(), Config::default());
        let mut trailers = HeaderMap::new();
        trailers.insert("digest", HeaderValue::from_static("1f2e"));
        trailers.insert("connection", HeaderValue::from_static("close"));

        let stream = pair.client.open(types::open(version, &post()).unwrap()).unwrap();
        pair.client.send_data(stream, *post().body(), false).unwrap();
        pair.client.send_headers(stream, types::trailers(version, &trailers), true).unwrap();
        let events = pair.to_server();
        // In SPDY/2 an empty DATA frame ends the stream behind them.
        let [Event::SynStream { headers, .. }, Event::Data { .. }, Event::Headers { .. }, ..] =
            &events[..]
        else {
            panic!("{events:?}")
        };
        assert_eq!(types::read_request(version, headers).unwrap().uri(), URL);
        let Event::Headers { headers, .. } = &events[2] else { panic!() };
        trailers.remove("connection");
        assert_eq!(types::read_trailers(version, headers).unwrap(), trailers);

        let response = Response::builder().status(204).body(()).unwrap();
        pair.server.reply(stream, types::reply(version, &response).unwrap(), true).unwrap();
        let events = pair.to_client();
        let [Event::SynReply { headers, fin: true, .. }] = &events[..] else { panic!() };
        let read = types::read_response(version, headers).unwrap();
        assert_eq!(read.status(), StatusCode::NO_CONTENT);
    }
}

#[test]
fn draft_1_has_no_frame_for_trailers_and_says_so() {
    let mut client = Session::client(Version::Draft1, Config::default());
    let stream = client.open(types::open(Version::Draft1, &post()).unwrap()).unwrap();
    let trailers = types::trailers(Version::Draft1, post().headers());
    assert_eq!(client.send_headers(stream, trailers, true), Err(SendError::NotInVersion));
}

// S1-199, S2-082, S3-105
#[test]
fn the_length_of_a_body_binds_requests_from_spdy_3_on() {
    for version in versions() {
        let request = Request::post(URL).header("content-length", "3").body(()).unwrap();
        let mut read = types::read_request(version, &sent(version, &request)).unwrap();
        read.body_mut().add(4);
        let binds = !matches!(version, Version::Draft1 | Version::Spdy2);
        assert_eq!(read.body().is_right(), !binds, "{version}");
        assert_eq!(read.headers()["content-length"], "3");
    }
}

// S1-215, S2-082, S3-106: what comes is what there is.
#[test]
fn the_length_of_a_responses_body_is_a_hint() {
    for version in versions().filter(|version| *version != Version::SpeedMobility) {
        let mut pair = Pair::of(version, Config::default(), Config::default());
        let get = Request::get(URL).body(()).unwrap();
        let stream = pair.client.open(types::open(version, &get).unwrap()).unwrap();
        pair.to_server();
        let response = Response::builder().header("content-length", "9").body(()).unwrap();
        pair.server.reply(stream, types::reply(version, &response).unwrap(), false).unwrap();
        pair.server.send_data(stream, "short", true).unwrap();
        let events = pair.to_client();
        let [Event::SynReply { headers, .. }, Event::Data { data, fin: true, .. }] = &events[..]
        else {
            panic!("{events:?}")
        };
        let read = types::read_response(version, headers).unwrap();
        assert_eq!(
            (&read.headers()["content-length"], &data[..]),
            (&"9".parse().unwrap(), &b"short"[..])
        );
    }
}

// S1-198, S2-075, S3-103
#[test]
fn a_get_is_finished_with_its_first_frame_and_a_post_is_not() {
    for version in Version::ALL {
        for method in [Method::GET, Method::POST] {
            let (mut client, mut peer) = (client_of(version), Peer::of(version));
            let request = Request::builder().method(&method).uri(URL).body(()).unwrap();
            client.open(types::open(version, &request).unwrap()).unwrap();
            let frames = peer.hear(&mut client);
            let [Frame::SynStream(syn)] = &frames[..] else { panic!("{frames:?}") };
            assert_eq!(syn.fin, method == Method::GET, "{version} {method}");
        }
    }
}

#[test]
fn a_uri_without_scheme_and_host_is_no_request() {
    for version in versions() {
        for uri in ["/a", "example.com:80", "*"] {
            let request = Request::get(uri).body(()).unwrap();
            let refused = types::open(version, &request);
            assert!(matches!(refused, Err(HttpError::Url)), "{version}: {refused:?}");
        }
    }
}

// S1-A24, S2-A03: earlier versions may say the path alone.
#[test]
fn a_request_that_names_no_host_has_a_path_for_a_uri() {
    for version in [Version::Draft1, Version::Spdy2] {
        let list = Headers::from([("method", "GET"), ("url", "/a?b"), ("version", "HTTP/1.0")]);
        let read = types::read_request(version, &list).unwrap();
        assert_eq!((read.uri().to_string().as_str(), read.uri().host()), ("/a?b", None));
        assert_eq!(read.version(), ::http::Version::HTTP_10);
    }
}

#[test]
fn what_the_crate_does_not_take_is_an_error_that_names_it() {
    let list = |name, value| {
        let mut list = sent(Version::Draft1, &Request::get(URL).body(()).unwrap());
        list.remove(name);
        list.append(name, value);
        types::read_request(Version::Draft1, &list).unwrap_err()
    };
    assert_eq!(list("method", "G T"), HttpError::Invalid("method"));
    assert_eq!(list("url", "http://example.com/a b"), HttpError::Invalid("url"));
    assert_eq!(list("version", "HTTP/9"), HttpError::Invalid("version"));
    assert_eq!(list("a name", "x"), HttpError::Field);
    assert_eq!(list("name", "a\nb"), HttpError::Field);
    assert_eq!(HttpError::Field.status(), spdy::Status::PROTOCOL_ERROR);
    let list = Headers::from([("status", "099"), ("version", "HTTP/1.1")]);
    let refused = types::read_response(Version::Draft1, &list);
    assert_eq!(refused.unwrap_err(), HttpError::Invalid("status"));
}

#[test]
fn what_is_missing_is_named_as_by_the_strings() {
    for version in versions() {
        let refused = types::read_request(version, &Headers::new()).unwrap_err();
        let strings = spdy::http::Request::parse(version, &Headers::new()).unwrap_err();
        assert_eq!(refused, strings, "{version}");
    }
}

#[test]
fn secrets_keep_their_mark_both_ways() {
    let mut token = HeaderValue::from_static("3b1c5d9e");
    token.set_sensitive(true);
    let request = Request::get(URL).header("x-token", token).header("cookie", "a=b");
    let request = request.body(()).unwrap();
    for version in versions() {
        let list = sent(version, &request);
        assert!(list.is_sensitive("x-token"), "{version}");
        let read = types::read_request(version, &list).unwrap();
        assert!(read.headers()["cookie"].is_sensitive(), "{version}");
        assert!(!format!("{read:?}").contains("a=b"), "{version}");
    }
}

// S2-A15, S3-120
#[test]
fn a_push_says_what_it_is_and_what_it_answers() {
    for version in [Version::Spdy2, Version::Spdy3, Version::Spdy3_1] {
        let mut pair = Pair::of(version, Config::default().push(true), Config::default());
        let get = types::open(version, &Request::get(URL).body(()).unwrap()).unwrap();
        let asked = get.headers().clone();
        let stream = pair.client.open(get).unwrap();
        pair.to_server();
        let style = "https://example.com:8443/style.css".parse().unwrap();
        let response = Response::builder().header("content-type", "text/css").body(()).unwrap();
        let push = types::push(version, stream, &style, &response).unwrap();
        pair.server.open(push).unwrap();
        let events = pair.to_client();
        let [Event::SynStream { associated, headers, .. }] = &events[..] else { panic!() };
        let pushed =
            spdy::http::Pushed::parse(version, *associated, Some(&asked), headers).unwrap();
        assert_eq!(pushed.url(), style.to_string());
        let read = types::read_response(version, headers).unwrap();
        assert_eq!(read.headers().len(), 1, "{version}: {read:?}");
        assert_eq!(read.headers()["content-type"], "text/css");
    }
}

#[test]
fn an_empty_value_is_refused_by_the_versions_that_have_none() {
    let empty = Request::get(URL).header("x", "").body(()).unwrap();
    for version in Version::ALL {
        let (mut client, mut peer) = (client_of(version), Peer::of(version));
        let opened = client.open(types::open(version, &empty).unwrap());
        let has_empty = !matches!(version, Version::Draft1 | Version::Spdy2);
        assert_eq!(opened.is_ok(), has_empty, "{version}: {opened:?}");
        let frames = peer.hear(&mut client);
        assert_eq!(matches!(&frames[..], [Frame::SynStream(_)]), has_empty, "{version}");
    }
}
