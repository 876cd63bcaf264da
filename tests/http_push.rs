//! What HTTP demands of server push in SPDY/2, 3 and 3.1.

mod common;

use bytes::Buf;
use common::*;
use spdy::frame::{Frame, SynStream};
use spdy::http::{self, HttpError, PushHeaders, PushState, Pushed, PushedUrls, Pushes, Response};
use spdy::{Config, Event, Headers, Open, SendError, Session, Status, StreamId, Version};

const V2: Version = Version::Spdy2;
const V3: [Version; 2] = [Version::Spdy3, Version::Spdy3_1];
const PAGE: &str = "http://example.com:81/a?b";
const STYLE: &str = "http://example.com:81/style.css";

fn get(version: Version) -> Open {
    http::request(version, "GET", PAGE, [("accept", "*/*")]).unwrap()
}

fn without(headers: &Headers, name: &str) -> Headers {
    let mut headers = headers.clone();
    assert!(headers.remove(name), "{name}");
    headers
}

/// A push as a server sends it, and as its client's session tells of it.
fn pushed(version: Version, url: &str) -> (Option<StreamId>, bool, Headers) {
    let mut pair = Pair::of(version, Config::default().push(true), Config::default());
    pair.client.open(get(version)).unwrap();
    pair.to_server();
    pair.server.reply(id(1), http::response(version, "200", ()).unwrap(), false).unwrap();
    let fields = [("content-type", "text/css")];
    pair.server.open(http::push(version, id(1), url, "200 OK", fields).unwrap()).unwrap();
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
        let (associated, one_way, list) = pushed(version, STYLE);
        assert_eq!((associated, one_way), (Some(id(1)), true));
        let expected = if version == V2 {
            vec![("url", STYLE), ("method", "GET")]
        } else {
            vec![
                (":scheme", "http"),
                (":host", "example.com:81"),
                (":path", "/style.css"),
                (":method", "GET"),
            ]
        };
        for (name, value) in expected {
            assert_eq!(list.get_str(name), Some(value));
        }
    }
}

// S2-085, S3-120: it cannot go out for a stream that is not open.
#[test]
fn a_push_is_for_a_stream_that_is_open() {
    for version in LATER {
        let (mut server, mut peer) = server_of_with_stream(version, true);
        let push = |main| http::push(version, id(main), STYLE, "200", ()).unwrap();
        for nobody in [0, 2] {
            let push = http::push(version, id(nobody), STYLE, "200", ());
            assert_eq!(push.unwrap_err(), HttpError::NotAssociated);
        }
        assert_eq!(server.open(push(3)), Err(SendError::NeverOpened));
        server.reply(id(1), OK, true).unwrap();
        peer.hear(&mut server);
        assert_eq!(server.open(push(1)), Err(SendError::StreamOver));
    }
}

// S2-086, S3-121: SYN_STREAM goes before the data that makes the client want it.
#[test]
fn a_push_goes_out_before_the_body_of_its_page() {
    for version in LATER {
        let (mut server, mut peer) = server_of_with_stream(version, true);
        server.reply(id(1), OK, false).unwrap();
        server.send_data(id(1), "<link href=style.css>", true).unwrap();
        server.open(http::push(version, id(1), STYLE, "200", ()).unwrap()).unwrap();
        let types: Vec<_> = peer.hear(&mut server).iter().map(Frame::frame_type).collect();
        use spdy::FrameType::{Data, SynReply, SynStream};
        assert_eq!(types, [SynReply, SynStream, Data]);
    }
}

// S3-127: and the headers that it inherits.
#[test]
fn a_client_reads_a_push() {
    for version in LATER {
        let (associated, _, list) = pushed(version, STYLE);
        let open = get(version);
        let push = Pushed::parse(version, associated, Some(open.headers()), &list).unwrap();
        assert_eq!(push.url(), STYLE);
        let inherited: Vec<_> = push.request_fields().map(|(name, _)| name).collect();
        assert!(inherited.contains(&"accept"));
        for own in ["url", "scheme", "host", ":path", ":scheme", ":host"] {
            assert!(!inherited.contains(&own), "{own}");
        }
        let response = Response::parse(version, &list).unwrap();
        assert_eq!(response.code(), 200);
        assert_eq!(response.fields().collect::<Vec<_>>(), [("content-type", &b"text/css"[..])]);
    }
}

// S2-A15: what the URL leaves out comes from the request.
#[test]
fn a_push_of_spdy_2_may_name_a_path() {
    let request = |url| http::request(V2, "GET", url, ()).unwrap();
    for (page, list, url) in [
        (PAGE, vec![("url", "/style.css")], Some(STYLE)),
        (PAGE, vec![("url", "/style.css"), ("host", "example.com:81")], Some(STYLE)),
        ("https://a/", vec![("url", "/b")], Some("https://a/b")),
        ("https://a/", vec![("url", "/b"), ("host", "a")], Some("https://a/b")),
        ("https://a/", vec![("url", "/b"), ("scheme", "https")], Some("https://a/b")),
        ("https://a/", vec![("url", "/b"), ("scheme", "http")], None),
        ("https://a/", vec![("url", "/b"), ("host", "b")], None),
        // Beside a full URL they do not count.
        ("https://a/", vec![("url", "https://a/b"), ("host", "b")], Some("https://a/b")),
    ] {
        let (open, list) = (request(page), Headers::from(list));
        let push = Pushed::parse(V2, Some(id(1)), Some(open.headers()), &list);
        let found = push.map(|push| push.url());
        assert_eq!(found, url.map(String::from).ok_or(HttpError::OtherOrigin), "{list:?}");
    }
}

// S3-123: the port that the scheme implies may be said or left out.
#[test]
fn default_ports_make_no_other_origin() {
    for version in LATER {
        for (page, url, is_same) in [
            ("http://example.com/", "http://example.com:80/x", true),
            ("http://example.com:80/", "http://example.com/x", true),
            ("https://example.com/", "https://example.com:443/x", true),
            ("https://[::1]:443/", "https://[::1]/x", true),
            ("http://example.com:/", "http://Example.COM:080/x", true),
            ("http://example.com/", "http://example.com:443/x", false),
            ("https://example.com/", "https://example.com:80/x", false),
            ("http://example.com:80/", "https://example.com:80/x", false),
            ("ftp://example.com/", "ftp://example.com:80/x", false),
            ("http://example.com/", "http://example.com.evil.org/x", false),
        ] {
            let open = http::request(version, "GET", page, ()).unwrap();
            let push = http::push(version, id(1), url, "200", ()).unwrap();
            let request = Some(open.headers());
            let parsed = Pushed::parse(version, Some(id(1)), request, push.headers());
            assert_eq!(parsed.is_ok(), is_same, "{page} {url}");
        }
    }
}

fn fault(
    version: Version,
    associated: Option<StreamId>,
    request: Option<&Headers>,
    list: &Headers,
) -> (HttpError, Status) {
    let error = Pushed::parse(version, associated, request, list).unwrap_err();
    (error, error.status())
}

// S2-090, S2-091, S2-A07, S3-A04, S3-120, S3-123
#[test]
fn a_push_that_cannot_be_is_reset_with_the_right_status() {
    for version in LATER {
        let open = get(version);
        let request = Some(open.headers());
        let (main, _, list) = pushed(version, STYLE);
        let (protocol, invalid) = (Status::PROTOCOL_ERROR, Status::INVALID_STREAM);
        assert_eq!(fault(version, None, request, &list), (HttpError::NotAssociated, invalid));
        assert_eq!(fault(version, main, None, &list), (HttpError::NoSuchRequest, protocol));
        let names: &[&str] = if version == V2 { &["url"] } else { &[":host", ":scheme", ":path"] };
        for name in names {
            let mut list = without(&list, name);
            assert_eq!(fault(version, main, request, &list), (HttpError::Missing(name), protocol));
            list.append(name, "");
            assert_eq!(fault(version, main, request, &list), (HttpError::Invalid(name), protocol));
        }
        for other in ["https://example.com:81/x", "http://example.com/x", "http://example.org:81/x"]
        {
            let (_, _, list) = pushed(version, other);
            let expected = (HttpError::OtherOrigin, protocol);
            assert_eq!(fault(version, main, request, &list), expected, "{other}");
        }
    }
}

// S2-A07, S3-A29: one without UNIDIRECTIONAL is taken.
#[test]
fn a_push_that_is_open_both_ways_is_accepted() {
    for version in LATER {
        let config = Config::default().push(true);
        let (mut client, mut peer) = (Session::client(version, config), Peer::of(version));
        let open = get(version);
        let request = open.headers().clone();
        client.open(open).unwrap();
        peer.hear(&mut client);
        let push = http::push(version, id(1), STYLE, "200", ()).unwrap();
        let mut syn = SynStream::new(id(2), push.headers().clone());
        syn.associated = Some(id(1));
        let events = peer.say(&mut client, &Frame::SynStream(syn));
        let [Event::SynStream { associated, headers, .. }] = &events[..] else { panic!() };
        assert!(Pushed::parse(version, *associated, Some(&request), headers).is_ok());
    }
}

// Its headers.

fn named(name: &str) -> Headers {
    Headers::from([(name, "x")])
}

// S2-088, S2-093, S3-122, S3-138
#[test]
fn headers_of_a_push_repeat_no_name() {
    for version in LATER {
        let push = http::push(version, id(1), STYLE, "200", ()).unwrap();
        let mut seen = PushHeaders::new(version, push.headers().clone());
        let status = if version == V2 { "status" } else { ":status" };
        assert_eq!(seen.add(&named("etag")), Ok(true));
        for name in ["etag", status] {
            let error = seen.add(&Headers::from([("new", "1"), (name, "2")])).unwrap_err();
            assert_eq!((error, error.status()), (HttpError::Repeated, Status::PROTOCOL_ERROR));
        }
        assert_eq!(seen.add(&named("new")), Ok(true), "what is refused leaves nothing behind");
    }
}

// S2-088, S3-122
#[test]
fn headers_of_a_push_do_not_say_anew_where_it_goes() {
    for (version, name, expected) in [
        (V2, "url", Err(HttpError::Repeated)),
        (V2, "host", Ok(true)),
        (V2, "scheme", Ok(true)),
        (V3[0], ":path", Err(HttpError::Repeated)),
        (V3[0], ":host", Err(HttpError::Repeated)),
        (V3[1], ":scheme", Err(HttpError::Repeated)),
        (V3[1], "host", Ok(true)),
    ] {
        let mut seen = PushHeaders::new(version, Headers::new());
        assert_eq!(seen.add(&named(name)), expected, "{version} {name}");
    }
}

// S2-094, S3-128: in SPDY/2 not even a name that is there counts then.
#[test]
fn headers_behind_the_data_of_a_push_count_from_spdy_3_on() {
    for version in LATER {
        let mut seen = PushHeaders::new(version, named("etag"));
        seen.add_data();
        let (late, again) = (seen.add(&named("digest")), seen.add(&named("etag")));
        if version == V2 {
            assert_eq!((late, again), (Ok(false), Ok(false)));
        } else {
            assert_eq!((late, again), (Ok(true), Err(HttpError::Repeated)));
        }
        assert_eq!(seen.headers().contains("digest"), version != V2);
    }
}

// S2-A15: the response is where its headers are.
#[test]
fn the_response_of_a_push_comes_in_as_many_headers_as_it_likes() {
    for version in LATER {
        let push = http::push(version, id(1), STYLE, "200 OK", [("etag", "1")]).unwrap();
        let [status, http_version] =
            if version == V2 { ["status", "version"] } else { [":status", ":version"] };
        let list = without(&without(push.headers(), status), http_version);
        let mut seen = PushHeaders::new(version, list);
        assert!(matches!(Response::parse(version, seen.headers()), Err(HttpError::Missing(_))));
        seen.add(&Headers::from([(status, "404")])).unwrap();
        seen.add(&Headers::from([(http_version, "HTTP/1.1"), ("a", "b")])).unwrap();
        let response = Response::parse(version, seen.headers()).unwrap();
        let fields: Vec<_> = response.fields().map(|(name, _)| name).collect();
        assert_eq!((response.code(), fields), (404, vec!["etag", "a"]));
    }
}

// S2-093, S3-138: what is remembered for it is bounded.
#[test]
fn headers_of_a_push_have_bounds() {
    for version in LATER {
        let mut seen = PushHeaders::new(version, named("first"));
        for number in 1..PushHeaders::MAX_NAMES {
            assert_eq!(seen.add(&named(&format!("n{number}"))), Ok(true));
        }
        let error = seen.add(&named("last")).unwrap_err();
        assert_eq!((error, error.status()), (HttpError::TooLarge, Status::PROTOCOL_ERROR));

        let mut seen = PushHeaders::new(version, named("first"));
        let large = "x".repeat(PushHeaders::MAX_BYTES / 2);
        assert_eq!(seen.add(&Headers::from([("a", &large)])), Ok(true));
        assert_eq!(seen.add(&Headers::from([("b", &large)])), Err(HttpError::TooLarge));
        assert_eq!(seen.headers().len(), 2);
    }
}

// What is pushed is not asked for.

// S2-089, S3-125
#[test]
fn what_is_being_pushed_or_was_is_known_by_its_url() {
    for version in LATER {
        let mut urls = PushedUrls::default();
        let (associated, _, list) = pushed(version, STYLE);
        let open = get(version);
        let push = Pushed::parse(version, associated, Some(open.headers()), &list).unwrap();
        assert_eq!(urls.state(STYLE), None);
        urls.begin(id(2), &push.url()).unwrap();
        for url in [STYLE, "HTTP://Example.com:081/style.css#top"] {
            assert_eq!(urls.state(url), Some(PushState::Live(id(2))), "{url}");
        }
        for url in ["http://example.com/style.css", "http://example.com:81/style.css?", PAGE] {
            assert_eq!(urls.state(url), None, "{url}");
        }
        urls.complete(id(4));
        assert_eq!(urls.state(STYLE), Some(PushState::Live(id(2))));
        urls.complete(id(2));
        assert_eq!(urls.state(STYLE), Some(PushState::Complete(id(2))));
    }
}

// S2-089, S3-125: a push that was torn down is none.
#[test]
fn what_is_forgotten_may_be_asked_for() {
    let mut urls = PushedUrls::default();
    urls.begin(id(2), "http://a/x").unwrap();
    urls.begin(id(4), "http://a/y").unwrap();
    urls.forget("http://a:80/x");
    assert_eq!(urls.state("http://a/x"), None);
    assert_eq!(urls.state("http://a/y"), Some(PushState::Live(id(4))));
}

// S3-124
#[test]
fn a_bounded_number_of_pushes_is_remembered_and_the_oldest_makes_room() {
    let mut urls = PushedUrls::default();
    let url = |number: usize| format!("http://a/{number}");
    let stream = |number: usize| id(2 + 2 * u32::try_from(number).unwrap());
    for number in 0..PushedUrls::MAX {
        urls.begin(stream(number), &url(number)).unwrap();
    }
    let error = urls.begin(id(1000), "http://a/more").unwrap_err();
    assert_eq!((error, error.status()), (HttpError::TooMany, Status::REFUSED_STREAM));
    assert_eq!(urls.begin(id(1000), &url(7)), Ok(()), "the same again takes no room");
    urls.complete(stream(5));
    urls.complete(stream(3));
    urls.begin(id(1002), "http://a/more").unwrap();
    assert_eq!((urls.state(&url(3)), urls.state("http://a/more").is_some()), (None, true));
    assert!(urls.state(&url(5)).is_some());

    let long = format!("http://a/{}", "x".repeat(PushedUrls::MAX_URL));
    assert_eq!(PushedUrls::default().begin(id(2), &long), Err(HttpError::TooMany));
}

// The server's count.

// S2-092, S3-126: whoever resets the page wants nothing that was pushed for it.
#[test]
fn a_reset_of_the_page_ends_its_pushes() {
    for version in LATER {
        let mut pair = Pair::of(version, Config::default().push(true), Config::default());
        pair.client.open(get(version)).unwrap();
        pair.client.open(get(version)).unwrap();
        pair.to_server();
        let mut pushes = Pushes::new(3);
        for main in [1, 1, 3] {
            let push = http::push(version, id(main), STYLE, "200", ()).unwrap();
            let pushed = pair.server.open(push).unwrap();
            pair.server.send_data(pushed, vec![0; 10_000], false).unwrap();
            pushes.begin(id(main), pushed).unwrap();
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
        assert_eq!(pushes.room(), 2);
    }
}

// S3-124 from the server's side
#[test]
fn a_server_counts_its_pushes() {
    let mut pushes = Pushes::new(2);
    assert_eq!(pushes.begin(id(1), id(2)), Ok(()));
    assert_eq!(pushes.begin(id(1), id(4)), Ok(()));
    assert_eq!((pushes.room(), pushes.begin(id(3), id(6))), (0, Err(HttpError::TooMany)));
    pushes.end(id(2));
    assert_eq!((pushes.room(), pushes.begin(id(3), id(6))), (1, Ok(())));
    assert_eq!(pushes.cancel(id(1)), [id(4)]);
    assert_eq!(pushes.cancel(id(3)), [id(6)]);
    assert_eq!(pushes.room(), 2);
}
