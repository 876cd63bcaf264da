//! The opening handshake of a WebSocket: what each end writes, what it takes, and how it refuses.

use bytes::{Buf, Bytes};
use spdy::websocket::Limits;
use spdy::websocket::handshake::{
    Client, ClientError, DEFAULT_PORT, DEFAULT_TLS_PORT, Extension, HeadError, Offer, OfferError,
    Request, Response, Server, ServerError,
};

/// The key `dGhlIHNhbXBsZSBub25jZQ==` of RFC 6455.
const NONCE: [u8; 16] = *b"the sample nonce";

const HTTP2: Extension = Extension::SPEED_MOBILITY;

const REQUEST: &str = "\
    GET /chat HTTP/1.1\r\n\
    Host: server.example.com\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Origin: http://example.com\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Extensions: http2\r\n\
    \r\n";

const RESPONSE: &str = "\
    HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    Sec-WebSocket-Extensions: http2\r\n\
    \r\n";

fn offer() -> Offer {
    let offer = Offer::new("server.example.com", NONCE);
    offer.target("/chat").origin("http://example.com").extension(HTTP2)
}

fn client() -> Client {
    Client::new(&offer(), Limits::default()).unwrap()
}

fn answered(client: &mut Client, response: &str) -> Result<Response, ClientError> {
    let mut input = response.as_bytes();
    let result = client.read_response(&mut input);
    let left = input.len();
    if let Err(error) = &result {
        assert_eq!(client.read_response(&mut input).as_ref(), Err(error), "it lasts");
        assert_eq!(input.len(), left, "and takes no more input");
    }
    result.map(|response| response.expect("the response is not whole"))
}

/// What a client that offered `http2` makes of a response.
fn answer(response: &str) -> Result<Response, ClientError> {
    answered(&mut client(), response)
}

fn asked_with(extension: Extension, request: &str) -> Result<Request, ServerError> {
    let mut server = Server::new(extension, Limits::default());
    let mut input = request.as_bytes();
    let result = server.read_request(&mut input);
    let left = input.len();
    if let Err(error) = &result {
        assert_eq!(server.read_request(&mut input).as_ref(), Err(error), "it lasts");
        assert_eq!(input.len(), left, "and takes no more input");
    }
    result.map(|request| request.expect("the request is not whole"))
}

/// What a server that speaks `http2` makes of a request.
fn asked(request: &str) -> Result<Request, ServerError> {
    asked_with(HTTP2, request)
}

/// A head with a line of it replaced, or without it.
fn with(head: &str, name: &str, line: Option<&str>) -> String {
    let is_it = |line: &&str| line.starts_with(name);
    assert_eq!(head.lines().filter(is_it).count(), 1, "{name}");
    let lines = head.split_inclusive("\r\n").map(|old| match (is_it(&old), line) {
        (false, _) => old.to_owned(),
        (true, Some(line)) => format!("{line}\r\n"),
        (true, None) => String::new(),
    });
    lines.collect()
}

fn request_with(name: &str, line: &str) -> String {
    with(REQUEST, name, Some(line))
}

fn response_with(name: &str, line: &str) -> String {
    with(RESPONSE, name, Some(line))
}

// What is written.

// SM-001, SM-004, SM-005
#[test]
fn the_request_of_a_client() {
    assert_eq!(client().request(), REQUEST);
}

// SM-A18
#[test]
fn the_target_is_the_root_unless_the_caller_says_otherwise() {
    let plain = Client::new(&Offer::new("example.com:8080", NONCE), Limits::default()).unwrap();
    let expected = "\
        GET / HTTP/1.1\r\n\
        Host: example.com:8080\r\n\
        Upgrade: websocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\n\
        \r\n";
    assert_eq!(plain.request(), expected);
    let query = Client::new(&Offer::new("a", NONCE).target("/x?y=z"), Limits::default()).unwrap();
    assert!(query.request().starts_with(b"GET /x?y=z HTTP/1.1\r\n"));
}

// SM-002, SM-010
#[test]
fn the_response_of_a_server() {
    assert_eq!(asked(REQUEST).unwrap().accept(), RESPONSE);
}

// SM-012
#[test]
fn the_default_ports_are_those_of_http() {
    assert_eq!((DEFAULT_PORT, DEFAULT_TLS_PORT), (80, 443));
}

#[test]
fn subprotocols_and_other_fields_are_written_behind() {
    let offer = Offer::new("a", NONCE)
        .protocol("SPDY/3.1+portforward.k8s.io")
        .protocol("chat")
        .header("Authorization", "Bearer x y")
        .header("X-Empty", "");
    let request = Client::new(&offer, Limits::default()).unwrap().request();
    let end = "Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io, chat\r\n\
        Authorization: Bearer x y\r\nX-Empty: \r\n\r\n";
    assert!(request.ends_with(end.as_bytes()), "{request:?}");
    let shown = format!("{offer:?}");
    assert!(shown.contains("Authorization") && !shown.contains("Bearer"), "{shown}");
}

#[test]
fn what_is_not_offered_or_taken_says_so() {
    let response =
        with(RESPONSE, "Upgrade", Some("Upgrade: websocket\r\nSec-WebSocket-Protocol: chat"));
    let mut texts = vec![
        ("subprotocol `chat`", answer(&response).unwrap_err().to_string()),
        ("status 404", answer("HTTP/1.1 404 Not Found\r\n\r\n").unwrap_err().to_string()),
        (
            "does not answer",
            answer(&response_with("Sec-WebSocket-Accept", "Sec-WebSocket-Accept: no"))
                .unwrap_err()
                .to_string(),
        ),
    ];
    let refused = [
        ("the host ", OfferError::Host),
        ("the target ", OfferError::Target),
        ("the origin ", OfferError::Origin),
        ("the extension ", OfferError::Extension),
        ("a subprotocol ", OfferError::Protocol),
        ("a header field ", OfferError::Header),
    ];
    texts.extend(refused.map(|(part, error)| (part, error.to_string())));
    for (part, text) in texts {
        assert!(text.contains(part) && text.lines().count() == 1, "{text}");
    }
}

/// The key, and whatever else stands in the request and in what was read of an answer.
#[test]
fn debug_shows_no_byte_of_either_head() {
    let mut client = client();
    let mut begun = &RESPONSE.as_bytes()[..RESPONSE.len() - 2];
    assert_eq!(client.read_response(&mut begun), Ok(None));
    let mut server = Server::new(HTTP2, Limits::default());
    let mut begun = &REQUEST.as_bytes()[..REQUEST.len() - 2];
    assert_eq!(server.read_request(&mut begun), Ok(None));
    let shown = format!("{client:?} {server:?}");
    for part in ["dGhl", "s3pP", "100, 71, 104, 108", "115, 51, 112, 80"] {
        assert!(!shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.contains(&format!("bytes: {}", REQUEST.len() - 2)), "{shown}");
}

// Nothing that the caller gives can end a line.

fn refused(offer: Offer) -> OfferError {
    Client::new(&offer, Limits::default()).unwrap_err()
}

#[test]
fn hosts_that_cannot_be_sent_are_refused() {
    for host in
        ["", " ", "a b", "a\r\nX: y", "a\n", "a\0", "a\t", "ä.example", "http://a", "a/b", "u@a"]
    {
        assert_eq!(refused(Offer::new(host, NONCE)), OfferError::Host, "{host:?}");
    }
    for host in ["a", "a:1", "127.0.0.1:80", "[::1]:8080", "xn--a.example"] {
        assert!(Client::new(&Offer::new(host, NONCE), Limits::default()).is_ok(), "{host:?}");
    }
}

#[test]
fn targets_that_cannot_be_sent_are_refused() {
    for target in
        ["", "chat", "*", "/a b", "/a HTTP/1.1\r\nX: y", "/\n", "/\0", "/ä", "/a#b", "http://a/"]
    {
        let offer = Offer::new("a", NONCE).target(target);
        assert_eq!(refused(offer), OfferError::Target, "{target:?}");
    }
}

#[test]
fn other_texts_that_cannot_be_sent_are_refused() {
    let offer = || Offer::new("a", NONCE);
    for text in ["", "a b", "a\r\nX: y", "a\n", "a\0", "ä"] {
        assert_eq!(refused(offer().origin(text)), OfferError::Origin, "{text:?}");
        assert_eq!(refused(offer().protocol(text)), OfferError::Protocol, "{text:?}");
        assert_eq!(refused(offer().header(text, "x")), OfferError::Header, "{text:?}");
    }
    for list in ["a,b", "\"a\""] {
        assert_eq!(refused(offer().protocol(list)), OfferError::Protocol, "{list:?}");
    }
    assert_eq!(refused(offer().protocol("a").protocol("b").protocol("a")), OfferError::Protocol);
    for extension in ["", "a b", "a\r\nX: y", "a,b", "a;b"] {
        let offer = offer().extension(Extension::Optional(extension));
        assert_eq!(refused(offer), OfferError::Extension, "{extension:?}");
    }
    for value in ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "\x7F", " a", "a "] {
        assert_eq!(refused(offer().header("X-A", value)), OfferError::Header, "{value:?}");
    }
    for name in [
        "host",
        "Upgrade",
        "CONNECTION",
        "origin",
        "content-length",
        "Transfer-Encoding",
        "sec-websocket-key",
        "Sec-WebSocket-Accept",
    ] {
        assert_eq!(refused(offer().header(name, "x")), OfferError::Header, "{name}");
    }
}

// The answer.

// SM-001, SM-002
#[test]
fn a_client_takes_the_response_of_a_server() {
    let response = answer(RESPONSE).unwrap();
    assert_eq!(response.extension(), Some("http2"));
    assert_eq!(response.protocol(), None);
    assert_eq!(response.headers().get_str("upgrade"), Some("websocket"));
}

// SM-003
#[test]
fn a_response_without_the_extension_fails() {
    let none = with(RESPONSE, "Sec-WebSocket-Extensions", None);
    assert_eq!(answer(&none), Err(ClientError::NoExtension("http2")));
    let empty = response_with("Sec-WebSocket-Extensions", "Sec-WebSocket-Extensions:");
    assert_eq!(answer(&empty), Err(ClientError::NoExtension("http2")));
}

// SM-006
#[test]
fn another_status_is_handed_out_with_its_fields() {
    for (status, line) in [
        (401, "HTTP/1.1 401 Unauthorized"),
        (302, "HTTP/1.1 302 Found"),
        (200, "HTTP/1.1 200 OK"),
        (400, "HTTP/1.0 400 Bad Request"),
    ] {
        let response = format!("{line}\r\nLocation: /else\r\nContent-Length: 2\r\n\r\nno");
        let mut client = client();
        let mut input = response.as_bytes();
        match client.read_response(&mut input) {
            Err(ClientError::Status { status: found, headers }) => {
                assert_eq!((found, headers.get_str("location")), (status, Some("/else")));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(input, b"no", "the body is the caller's");
    }
}

// SM-006
#[test]
fn a_response_of_another_version_of_http_fails() {
    let old = response_with("HTTP", "HTTP/1.0 101 Switching Protocols");
    assert_eq!(answer(&old), Err(ClientError::HttpVersion));
    let new = response_with("HTTP", "HTTP/2.0 101 Switching Protocols");
    assert_eq!(answer(&new), Err(ClientError::Head(HeadError::Malformed("the version"))));
}

// SM-006
#[test]
fn a_response_that_does_not_upgrade_to_websocket_fails() {
    for line in ["Upgrade: h2c", "Upgrade: websocket, h2c", "Upgrade:", "X: websocket"] {
        assert_eq!(answer(&response_with("Upgrade", line)), Err(ClientError::Upgrade), "{line}");
    }
}

// SM-006
#[test]
fn a_response_without_connection_upgrade_fails() {
    for line in ["Connection: close", "Connection: upgraded", "Connection:", "X: Upgrade"] {
        let result = answer(&response_with("Connection", line));
        assert_eq!(result, Err(ClientError::Connection), "{line}");
    }
}

// SM-006
#[test]
fn a_response_that_does_not_answer_the_key_fails() {
    for line in [
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOO=",
        "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=",
        "Sec-WebSocket-Accept:",
        "X: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    ] {
        let result = answer(&response_with("Sec-WebSocket-Accept", line));
        assert_eq!(result, Err(ClientError::Accept), "{line}");
    }
}

// SM-006
#[test]
fn a_response_with_an_extension_that_was_not_offered_fails() {
    for (line, name) in [
        ("http2, permessage-deflate", "permessage-deflate"),
        ("x-other", "x-other"),
        ("http2, http2", "http2"),
    ] {
        let line = format!("Sec-WebSocket-Extensions: {line}");
        let result = answer(&response_with("Sec-WebSocket-Extensions", &line));
        assert_eq!(result, Err(ClientError::UnexpectedExtension(name.into())), "{line}");
    }
    let mut plain = Client::new(&Offer::new("a", NONCE), Limits::default()).unwrap();
    let result = answered(&mut plain, RESPONSE);
    assert_eq!(result, Err(ClientError::UnexpectedExtension("http2".into())));
}

// SM-A17
#[test]
fn a_response_with_parameters_of_the_extension_fails() {
    for line in ["http2; a", "http2;a=b", "http2 ; a = \"b\""] {
        let line = format!("Sec-WebSocket-Extensions: {line}");
        let result = answer(&response_with("Sec-WebSocket-Extensions", &line));
        assert_eq!(result, Err(ClientError::UnexpectedExtension("http2".into())), "{line}");
    }
}

// SM-006
#[test]
fn a_response_with_a_subprotocol_that_was_not_offered_fails() {
    let response = response_with(
        "Sec-WebSocket-Accept",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat",
    );
    let unexpected = Err(ClientError::UnexpectedProtocol("chat".into()));
    assert_eq!(answer(&response), unexpected);
    let mut offering = Client::new(&offer().protocol("Chat"), Limits::default()).unwrap();
    assert_eq!(answered(&mut offering, &response), unexpected);
    let mut offering = Client::new(&offer().protocol("chat"), Limits::default()).unwrap();
    assert_eq!(answered(&mut offering, &response).unwrap().protocol(), Some("chat"));
}

// SM-006
#[test]
fn what_may_be_there_once_is_not_there_twice() {
    for name in ["Upgrade", "Sec-WebSocket-Accept"] {
        let line = RESPONSE.lines().find(|line| line.starts_with(name)).unwrap();
        let result = answer(&response_with(name, &format!("{line}\r\n{line}")));
        assert_eq!(result, Err(ClientError::Head(HeadError::Repeated(name))));
    }
    for name in ["Host", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Origin"] {
        let line = REQUEST.lines().find(|line| line.starts_with(name)).unwrap();
        let result = asked(&request_with(name, &format!("{line}\r\n{line}")));
        assert_eq!(result, Err(ServerError::Head(HeadError::Repeated(name))));
    }
}

// SM-009
#[test]
fn names_and_words_are_compared_in_any_case_and_lists_are_read_as_lists() {
    let response = "HTTP/1.1 101 \r\n\
        upgrade: WebSocket\r\n\
        CONNECTION: keep-alive,\tUPGRADE\r\n\
        sec-websocket-accept:   s3pPLMBiTxaQ9kYGzzhZRbK+xOo=  \r\n\
        sec-websocket-EXTENSIONS: ,HTTP2 ,\r\n\r\n";
    assert_eq!(answer(response).unwrap().extension(), Some("http2"));
    let request = "GET / HTTP/1.1\r\n\
        HOST: a\r\n\
        upgrade: h2c, WEBSOCKET\r\n\
        connection: keep-alive\r\n\
        Connection: UpGrAdE\r\n\
        SEC-WEBSOCKET-KEY:\tdGhlIHNhbXBsZSBub25jZQ==\t\r\n\
        sec-websocket-version: 13\r\n\
        sec-websocket-extensions: foo, Http2\r\n\r\n";
    let response = asked(request).unwrap().accept();
    assert!(response.ends_with(b"Sec-WebSocket-Extensions: http2\r\n\r\n"), "{response:?}");
}

// The request.

// SM-007
#[test]
fn a_server_tells_what_is_asked() {
    let request = asked(REQUEST).unwrap();
    assert_eq!(request.target(), "/chat");
    assert_eq!(request.host(), "server.example.com");
    assert_eq!(request.origin(), Some("http://example.com"));
    assert_eq!(request.extension(), Some("http2"));
    assert_eq!(request.headers().get_str("upgrade"), Some("websocket"));
    assert_eq!(asked(&with(REQUEST, "Origin", None)).unwrap().origin(), None);
}

/// That a request is refused with a status, and that the body says why.
fn refuses(result: Result<Request, ServerError>, expected: ServerError, status: u16, why: &str) {
    assert_eq!(result, Err(expected.clone()));
    let response = expected.response();
    let text = std::str::from_utf8(&response).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
    assert!(head.contains(&format!("Content-Length: {}", body.len())), "{text}");
    assert!(head.contains("close"), "{head}");
    assert!(body.contains(why), "{body}");
    assert_eq!(expected.status(), status);
}

// SM-007
#[test]
fn another_method_or_version_of_http_is_refused() {
    for line in ["POST / HTTP/1.1", "get / HTTP/1.1", "CONNECT a:1 HTTP/1.1"] {
        refuses(asked(&request_with("GET", line)), ServerError::Method, 400, "GET");
    }
    let old = asked(&request_with("GET", "GET / HTTP/1.0"));
    refuses(old, ServerError::HttpVersion, 400, "HTTP/1.1");
    let new = asked(&request_with("GET", "GET / HTTP/2.0"));
    refuses(new, ServerError::Head(HeadError::Malformed("the version")), 400, "version");
}

// SM-007
#[test]
fn a_request_without_a_host_is_refused() {
    for line in ["X: a", "Host:", "Host: a b", "Host: \u{E4}"] {
        refuses(asked(&request_with("Host", line)), ServerError::Host, 400, "Host");
    }
}

// SM-007
#[test]
fn a_request_that_does_not_upgrade_to_websocket_is_refused() {
    for line in ["X: websocket", "Upgrade: h2c", "Upgrade: websockets", "Upgrade: web, socket"] {
        refuses(asked(&request_with("Upgrade", line)), ServerError::Upgrade, 400, "Upgrade");
    }
    for line in ["X: Upgrade", "Connection: close", "Connection: keep-alive, upgraded"] {
        let result = asked(&request_with("Connection", line));
        refuses(result, ServerError::Connection, 400, "Connection");
    }
}

// A browser that was sent to the wrong port.
#[test]
fn an_ordinary_request_is_told_what_there_is() {
    let result = asked("GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\n\r\n");
    refuses(result, ServerError::Upgrade, 400, "only WebSockets here");
}

// SM-007
#[test]
fn a_key_that_is_not_16_bytes_is_refused() {
    for key in [
        "",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25j",
        "dGhlIHNhbXBsZSBub25jZTE=",
        "dGhlIHNhbXBsZSBub25jZTEy",
        "dGhlIHNhbXBsZSBub25jZTEyMw==",
        "dGhlIHNhbXBsZSBub25j_Q==",
        "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ==",
    ] {
        let line = format!("Sec-WebSocket-Key: {key}");
        let result = asked(&request_with("Sec-WebSocket-Key", &line));
        refuses(result, ServerError::Key, 400, "Sec-WebSocket-Key");
    }
    let result = asked(&with(REQUEST, "Sec-WebSocket-Key", None));
    refuses(result, ServerError::Key, 400, "Sec-WebSocket-Key");
}

// SM-007, SM-010: what counts is the bytes, and the text as it was sent.
#[test]
fn a_key_may_have_bits_behind_its_16_bytes() {
    let line = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==";
    let request = asked(&request_with("Sec-WebSocket-Key", line)).unwrap();
    let accept = "\r\nSec-WebSocket-Accept: Zgw8jYXtqX5qJr7MJ1Q/MqzeSRI=\r\n";
    let response = request.accept();
    let text = std::str::from_utf8(&response).unwrap();
    assert!(text.contains(accept), "{text}");
}

// SM-008
#[test]
fn another_version_of_websocket_is_answered_with_ours() {
    for version in ["8", "14", "013", "", "13, 8"] {
        let line = format!("Sec-WebSocket-Version: {version}");
        let result = asked(&request_with("Sec-WebSocket-Version", &line));
        refuses(result, ServerError::Version, 426, "version 13");
    }
    let response = ServerError::Version.response();
    let text = std::str::from_utf8(&response).unwrap();
    assert!(text.contains("\r\nSec-WebSocket-Version: 13\r\n"), "{text}");
    let none = asked(&with(REQUEST, "Sec-WebSocket-Version", None));
    refuses(none, ServerError::NoVersion, 400, "Sec-WebSocket-Version");
}

// SM-A16
#[test]
fn a_request_that_does_not_offer_the_extension_is_refused() {
    let none = with(REQUEST, "Sec-WebSocket-Extensions", None);
    refuses(asked(&none), ServerError::NoExtension("http2"), 400, "the extension `http2`");
    let line = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    let other = request_with("Sec-WebSocket-Extensions", line);
    refuses(asked(&other), ServerError::NoExtension("http2"), 400, "the extension `http2`");
}

// SM-A16: the host application may keep it.
#[test]
fn a_server_may_take_a_request_without_the_extension() {
    let none = with(REQUEST, "Sec-WebSocket-Extensions", None);
    let plain = with(RESPONSE, "Sec-WebSocket-Extensions", None);
    let optional = Extension::Optional("http2");
    assert_eq!(asked_with(optional, &none).unwrap().accept(), plain);
    assert_eq!(asked_with(optional, REQUEST).unwrap().accept(), RESPONSE);
    assert_eq!(asked_with(Extension::None, &none).unwrap().accept(), plain);
    assert_eq!(asked_with(Extension::None, REQUEST).unwrap().accept(), plain);
}

#[test]
fn a_client_may_take_a_response_without_the_extension() {
    let plain = with(RESPONSE, "Sec-WebSocket-Extensions", None);
    for (extension, response, expected) in [
        (Extension::Optional("http2"), &plain[..], None),
        (Extension::Optional("http2"), RESPONSE, Some("http2")),
        (Extension::None, &plain, None),
    ] {
        let mut client = Client::new(&offer().extension(extension), Limits::default()).unwrap();
        assert_eq!(answered(&mut client, response).unwrap().extension(), expected);
    }
}

// SM-009, SM-A17
#[test]
fn the_extension_is_found_among_others_and_on_several_lines() {
    for lines in [
        "Sec-WebSocket-Extensions: foo, http2",
        "Sec-WebSocket-Extensions: foo\r\nSec-WebSocket-Extensions: http2",
        "Sec-WebSocket-Extensions: foo; a; b=c; d=\"e\", http2, bar",
        "Sec-WebSocket-Extensions: http2; a=b, http2",
        "Sec-WebSocket-Extensions: ,, HTTP2 ,",
    ] {
        let request = asked(&request_with("Sec-WebSocket-Extensions", lines)).unwrap();
        assert_eq!(request.accept(), RESPONSE, "{lines}");
    }
}

// SM-A17
#[test]
fn an_offer_with_parameters_is_passed_over() {
    for line in ["http2; a", "http2;a=b", "foo, http2; a=\"b\", bar"] {
        let line = format!("Sec-WebSocket-Extensions: {line}");
        let result = asked(&request_with("Sec-WebSocket-Extensions", &line));
        assert_eq!(result, Err(ServerError::NoExtension("http2")), "{line}");
    }
}

// SM-009
#[test]
fn a_list_of_extensions_that_breaks_the_grammar_is_refused() {
    for list in [
        "http2 foo",
        "http2;",
        "http2; a=",
        "http2; a=\"b",
        "http2; a=\"b, c\"",
        "http2; =a",
        "(http2)",
        "\"http2\"",
        "http2; a=\"b\"c",
        "http2, \u{E4}",
    ] {
        let line = format!("Sec-WebSocket-Extensions: {list}");
        let invalid = HeadError::Invalid("Sec-WebSocket-Extensions");
        let result = asked(&request_with("Sec-WebSocket-Extensions", &line));
        refuses(result, ServerError::Head(invalid.clone()), 400, "Sec-WebSocket-Extensions");
        let result = answer(&response_with("Sec-WebSocket-Extensions", &line));
        assert_eq!(result, Err(ClientError::Head(invalid)), "{list}");
    }
}

#[test]
fn a_server_chooses_the_first_subprotocol_that_it_supports() {
    let lines = "Origin: x\r\nSec-WebSocket-Protocol: a, b\r\nsec-websocket-protocol: c";
    let mut request = asked(&request_with("Origin", lines)).unwrap();
    assert!(request.protocols().eq(["a", "b", "c"]));
    assert_eq!(request.choose_protocol(&["c", "b"]), Some("b"));
    assert!(request.accept().ends_with(b"\r\nSec-WebSocket-Protocol: b\r\n\r\n"));
    assert_eq!(request.choose_protocol(&["d"]), None);
    assert_eq!(request.accept(), RESPONSE);
}

// What stands behind the head would be taken for frames.
#[test]
fn a_request_with_a_body_is_refused() {
    for line in ["Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: x"] {
        let result = asked(&request_with("Origin", line));
        refuses(result, ServerError::Body, 400, "body");
    }
    assert!(asked(&request_with("Origin", "Content-Length: 0")).is_ok());
}

#[test]
fn what_is_not_http_is_refused() {
    for (request, why) in [
        ("\x16\x03\x01\x02\x00\n\n", "the method or the target"),
        ("GET / HTTP/1.1\r\nHo st: a\r\n\r\n", "the name of a header field"),
        ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", "the name of a header field"),
        ("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", "the value of a header field"),
        ("\r\n\r\n", "the first line"),
    ] {
        refuses(asked(request), ServerError::Head(HeadError::Malformed(why)), 400, why);
    }
    let malformed = ClientError::Head(HeadError::Malformed("the version"));
    assert_eq!(answer("SSH-2.0-OpenSSH_9\r\n\r\n"), Err(malformed));
}

// Bytes and limits.

// SM-011
#[test]
fn what_stands_behind_the_head_is_left_to_the_websocket() {
    let frames = b"\x82\x01x\r\n\r\n";
    let request = [REQUEST.as_bytes(), frames].concat();
    for cut in 0..request.len() {
        let mut server = Server::new(HTTP2, Limits::default());
        let mut input = Bytes::copy_from_slice(&request[..cut]);
        let first = server.read_request(&mut input).unwrap();
        assert_eq!(first.is_some(), cut >= REQUEST.len());
        let mut input = input.chain(&request[cut..]);
        if first.is_none() {
            assert!(server.read_request(&mut input).unwrap().is_some());
        }
        assert_eq!(input.remaining(), frames.len());
        assert_eq!(server.read_request(&mut input), Ok(None), "it was returned");
        assert_eq!(input.remaining(), frames.len());
    }
    let mut client = client();
    let mut input = RESPONSE.as_bytes().chain(&frames[..]);
    assert!(client.read_response(&mut input).unwrap().is_some());
    assert_eq!(input.remaining(), frames.len());
    assert_eq!(client.read_response(&mut input), Ok(None), "it was returned");
    assert_eq!(input.remaining(), frames.len());
}

#[test]
fn lines_may_end_without_a_carriage_return() {
    let bare = |head: &str| head.replace("\r\n", "\n");
    assert_eq!(asked(&bare(REQUEST)).unwrap().accept(), RESPONSE);
    assert!(answer(&bare(RESPONSE)).is_ok());
}

/// A head of exactly so many bytes.
fn padded(head: &str, len: usize) -> String {
    let name = "X-Padding: ";
    let padding = "x".repeat(len - head.len() - name.len() - 2);
    head.replacen("Upgrade: ", &format!("{name}{padding}\r\nUpgrade: "), 1)
}

#[test]
fn a_head_above_8_kib_is_refused() {
    let (largest, limit) = (8 * 1024, HeadError::TooLarge { limit: 8 * 1024 });
    assert!(asked(&padded(REQUEST, largest)).is_ok());
    assert!(answer(&padded(RESPONSE, largest)).is_ok());
    let result = asked(&padded(REQUEST, largest + 1));
    refuses(result, ServerError::Head(limit.clone()), 431, "8192 bytes");
    assert_eq!(answer(&padded(RESPONSE, largest + 1)), Err(ClientError::Head(limit.clone())));

    // Also where no end is in sight.
    let mut server = Server::new(HTTP2, Limits::default());
    let mut endless = &vec![b'x'; largest + 10][..];
    assert_eq!(server.read_request(&mut endless), Err(ServerError::Head(limit)));
    assert_eq!(endless.len(), 10);
}

#[test]
fn the_limit_of_a_head_can_be_set() {
    let mut limits = Limits::default();
    limits.handshake = REQUEST.len();
    let read = |limits| Server::new(HTTP2, limits).read_request(&mut REQUEST.as_bytes());
    assert!(read(limits).is_ok());
    limits.handshake -= 1;
    let limit = limits.handshake;
    assert_eq!(read(limits), Err(ServerError::Head(HeadError::TooLarge { limit })));
}

#[test]
fn more_than_100_fields_are_refused() {
    let fields = |count| request_with("Origin", &vec!["a: b"; count].join("\r\n"));
    assert!(asked(&fields(94)).is_ok());
    let result = asked(&fields(95));
    let error = ServerError::Head(HeadError::TooManyFields { limit: 100 });
    refuses(result, error, 431, "100 header fields");
}

// The inputs of the RFC's example, byte by byte.
#[test]
fn heads_may_come_in_any_pieces() {
    for size in [1, 2, 3, 7, 50] {
        let mut server = Server::new(HTTP2, Limits::default());
        let mut found = None;
        for mut piece in REQUEST.as_bytes().chunks(size) {
            assert!(found.is_none());
            found = server.read_request(&mut piece).unwrap();
        }
        assert_eq!(found, asked(REQUEST).ok());
        let mut client = client();
        let mut found = None;
        for mut piece in RESPONSE.as_bytes().chunks(size) {
            assert!(found.is_none());
            found = client.read_response(&mut piece).unwrap();
        }
        assert_eq!(found, answer(RESPONSE).ok());
    }
}
