//! `get` against servers that say what a test wants, over TCP.

mod common;
#[path = "common/programs.rs"]
mod programs;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use common::{LATER, fin_stream, headers, id};
use programs::{Wire, directory, example, run};
use spdy::frame::{Frame, SynReply, SynStream};
use spdy::{Headers, Status, Version, http};

/// A server for one connection.
struct Peer {
    version: Version,
    wire: Wire,
    host: String,
    /// The client's SYN_STREAMs and RST_STREAMs, as text.
    heard: Vec<String>,
}

impl Peer {
    fn say(&mut self, frames: impl IntoIterator<Item = Frame>) {
        self.wire.say(&frames.into_iter().collect::<Vec<_>>());
    }

    /// Hears all up to the SYN_STREAM with this ID and returns its list.
    fn request(&mut self, stream: u32) -> Headers {
        loop {
            let frame = self.hear().expect("the client has gone");
            if let Frame::SynStream(syn) = frame {
                if syn.stream == id(stream) {
                    return syn.headers;
                }
            }
        }
    }

    fn hear(&mut self) -> Option<Frame> {
        let frame = self.wire.hear()?;
        let line = match &frame {
            Frame::SynStream(syn) => {
                let name = if self.version == Version::Spdy2 { "url" } else { ":path" };
                format!("SYN_STREAM {} {}", syn.stream, syn.headers.get_str(name).unwrap())
            }
            Frame::FinStream(_) => frame.display(self.version).to_string(),
            _ => return Some(frame),
        };
        self.heard.push(line);
        Some(frame)
    }

    fn reply(&self, stream: u32, fin: bool) -> Frame {
        let list = http::response(self.version, "200 OK", ()).unwrap();
        let mut reply = SynReply::new(id(stream), list);
        reply.fin = fin;
        Frame::SynReply(reply)
    }

    /// A push of a path for stream 1, with its response or without.
    fn push(&self, stream: u32, path: &str, has_response: bool) -> SynStream {
        let url = format!("http://{}{path}", self.host);
        let push = http::push(self.version, id(1), &url, "200 OK", ()).unwrap();
        let mut list = push.headers().clone();
        if !has_response {
            for name in ["status", "version", ":status", ":version"] {
                list.remove(name);
            }
        }
        let mut syn = SynStream::new(id(stream), list);
        (syn.associated, syn.unidirectional) = (Some(id(1)), true);
        syn
    }
}

fn data(stream: u32, payload: &'static str, fin: bool) -> Frame {
    common::data(stream, payload.as_bytes(), fin)
}

/// What became of a call of `get`.
struct Got {
    code: i32,
    text: String,
    errors: String,
    /// What its server heard.
    heard: Vec<String>,
}

impl Got {
    /// The streams that the client has reset, with the status.
    fn resets(&self) -> Vec<String> {
        let lines = self.heard.iter().filter_map(|line| line.strip_prefix("RST_STREAM stream="));
        lines.map(|line| line.replace("status=", "")).collect()
    }

    fn row(&self, path: &str) -> &str {
        let row = self.text.lines().find(|line| line.starts_with(&format!("{path} ")));
        row.unwrap_or_else(|| panic!("no {path} in {}", self.text))
    }

    fn is_complete(&self, path: &str) -> bool {
        self.row(path).contains('|')
    }
}

/// Runs `get` for paths, with arguments before them, against a server that follows a script and then
/// hears the client out.
fn get(
    version: Version,
    args: &[&str],
    paths: &[&str],
    script: impl FnOnce(&mut Peer) + Send + 'static,
) -> Got {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let urls = paths.iter().map(|path| format!("http://{host}{path}")).collect::<Vec<_>>();
    let server = thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let wire = Wire::new(version, socket);
        let mut peer = Peer { version, wire, host, heard: Vec::new() };
        script(&mut peer);
        while peer.hear().is_some() {}
        peer.heard
    });
    let mut command = example("get");
    let (code, text, errors) =
        run(command.args(["--version", version.token()]).args(args).args(urls));
    Got { code, text, errors, heard: server.join().unwrap() }
}

// Answers.

// S3-104, S2-076
#[test]
fn a_post_says_the_length_of_its_body() {
    let file = directory("http-get-post").join("data");
    fs::write(&file, "12345").unwrap();
    for version in LATER {
        let got = get(version, &["--data", file.to_str().unwrap()], &["/"], |peer| {
            let request = peer.request(1);
            assert_eq!(request.get_str("content-length"), Some("5"));
            peer.say([peer.reply(1, true)]);
        });
        assert_eq!(got.code, 0, "{}", got.errors);
    }
}

// S2-081, S3-108
#[test]
fn an_answer_without_status_or_version_is_a_protocol_error() {
    for version in LATER {
        for (index, reason) in [(0, "missing"), (1, "missing")] {
            let got = get(version, &[], &["/"], move |peer| {
                peer.request(1);
                let mut list = http::response(version, "200", ()).unwrap();
                let name = list.iter().nth(index).unwrap().0.to_owned();
                list.remove(&name);
                peer.say([Frame::SynReply(SynReply::new(id(1), list)), data(1, "x", true)]);
            });
            assert_eq!(
                (got.code, got.resets()),
                (1, vec!["1 PROTOCOL_ERROR".to_owned()]),
                "{version}"
            );
            assert!(got.errors.contains(reason), "{}", got.errors);
        }
    }
}

// S2-082, S3-106
#[test]
fn an_answer_of_another_length_than_it_says_is_complete() {
    for version in LATER {
        let got = get(version, &[], &["/"], move |peer| {
            peer.request(1);
            let list = http::response(version, "200", [("content-length", "99")]).unwrap();
            peer.say([Frame::SynReply(SynReply::new(id(1), list)), data(1, "12345", true)]);
        });
        assert_eq!((got.code, got.resets()), (0, vec![]), "{}", got.errors);
        assert!(got.is_complete("/") && got.text.contains(": 5 bytes in"), "{}", got.text);
    }
}

// S2-060, S3-060: before the reply they are no answer, behind the body they are shown.
#[test]
fn headers_beside_an_answer_are_shown() {
    for version in LATER {
        let got = get(version, &[], &["/"], move |peer| {
            peer.request(1);
            peer.say([
                headers(1, false, [("early", "1"), ("status", "500"), (":status", "500")]),
                peer.reply(1, false),
                data(1, "x", false),
                headers(1, false, [("digest", "a\tb")]),
                headers(1, true, [("last", "2")]),
            ]);
        });
        assert_eq!((got.code, got.errors.as_str()), (0, ""), "{}", got.text);
        for trailer in ["early: 1", r"digest: a\tb", "last: 2"] {
            assert!(got.text.contains(&format!("/ trailer {trailer}\n")), "{}", got.text);
        }
    }
}

#[test]
fn trailers_without_end_are_not_kept() {
    for version in LATER {
        let got = get(version, &[], &["/"], move |peer| {
            peer.request(1);
            let more = (0..101).map(|n| headers(1, false, [(format!("n{n}"), "x")]));
            let frames: Vec<_> = [peer.reply(1, false)].into_iter().chain(more).collect();
            peer.say(frames);
        });
        assert_eq!((got.code, got.resets()), (1, vec!["1 CANCEL".to_owned()]));
        assert!(got.errors.contains("too many trailers"), "{}", got.errors);
    }
}

#[test]
fn a_stream_that_ends_with_headers_alone_was_never_answered() {
    for version in LATER {
        let got = get(version, &[], &["/"], move |peer| {
            peer.request(1);
            peer.say([headers(1, true, [("x", "y")])]);
        });
        assert_eq!(got.code, 1);
        assert!(got.errors.contains("incomplete: "), "{}", got.errors);
    }
}

// Pushes.

/// Loads a page, for which a server pushes what a script says, and answers it.
fn page(version: Version, script: impl FnOnce(&mut Peer) + Send + 'static) -> Got {
    get(version, &[], &["/page"], move |peer| {
        peer.request(1);
        script(peer);
        peer.say([peer.reply(1, true)]);
    })
}

#[test]
fn a_push_is_complete_once_its_answer_and_its_body_have_come() {
    for version in LATER {
        let got = page(version, |peer| {
            let [etag, more] = [[("etag", "1")], [("x", "2")]];
            peer.say([
                Frame::SynStream(peer.push(2, "/whole", true)),
                data(2, "12", true),
                Frame::SynStream(peer.push(4, "/later", false)),
                headers(4, false, etag),
                headers(4, false, http::response(peer.version, "200", more).unwrap()),
                data(4, "345", true),
            ]);
        });
        assert_eq!((got.code, got.resets()), (0, vec![]), "{} {}", got.text, got.errors);
        assert!(got.is_complete("/whole") && got.is_complete("/later"), "{}", got.text);
        assert!(got.text.contains("3 of 3 complete and 2xx: 5 bytes in"), "{}", got.text);
    }
}

// S2-088, S3-137
#[test]
fn a_push_whose_body_comes_before_its_answer_is_a_protocol_error() {
    for version in LATER {
        let got = page(version, |peer| {
            let answer = http::response(peer.version, "200", ()).unwrap();
            let mut finished = peer.push(6, "/fin", false);
            finished.fin = true;
            peer.say([
                Frame::SynStream(peer.push(2, "/data", false)),
                data(2, "x", false),
                headers(2, false, answer),
                data(2, "y", true),
                Frame::SynStream(peer.push(4, "/end", false)),
                data(4, "x", true),
                Frame::SynStream(finished),
            ]);
        });
        assert_eq!(got.code, 1, "{}", got.text);
        assert_eq!(got.resets()[0], "2 PROTOCOL_ERROR");
        for path in ["/data", "/end", "/fin"] {
            assert!(!got.is_complete(path), "{}", got.text);
        }
        assert!(got.is_complete("/page"));
    }
}

// S2-090, S2-091, S2-A07, S3-A04, S3-A03, S3-123
#[test]
fn a_push_that_cannot_be_is_reset() {
    for version in LATER {
        let got = page(version, move |peer| {
            let mut alone = peer.push(2, "/alone", true);
            alone.associated = None;
            let mut unknown = peer.push(4, "/unknown", true);
            unknown.associated = Some(id(99));
            let mut nameless = peer.push(6, "/nameless", true);
            let name = if version == Version::Spdy2 { "url" } else { ":path" };
            nameless.headers.remove(name);
            let host = std::mem::replace(&mut peer.host, "example.com".into());
            let foreign = peer.push(8, "/foreign", true);
            peer.host = host;
            for push in [alone, unknown, nameless, foreign] {
                peer.say([Frame::SynStream(push)]);
            }
        });
        let expected =
            ["2 INVALID_STREAM", "4 PROTOCOL_ERROR", "6 PROTOCOL_ERROR", "8 PROTOCOL_ERROR"];
        assert_eq!(
            (got.code, got.resets()),
            (0, expected.map(String::from).to_vec()),
            "{version}: {}",
            got.text
        );
        assert!(got.text.contains("1 of 1 complete"), "{}", got.text);
    }
}

// S2-093, S3-138
#[test]
fn headers_of_a_push_that_repeat_a_name_are_a_protocol_error() {
    for version in LATER {
        let got = page(version, |peer| {
            peer.say([
                Frame::SynStream(peer.push(2, "/push", true)),
                headers(2, false, [("etag", "1")]),
                headers(2, false, [("etag", "2")]),
                data(2, "x", true),
            ]);
        });
        assert_eq!(
            (got.code, got.resets()),
            (1, vec!["2 PROTOCOL_ERROR".to_owned()]),
            "{}",
            got.text
        );
        assert!(!got.is_complete("/push"));
    }
}

// S2-094, S3-128: SPDY/2 says to ignore them, whatever they hold.
#[test]
fn headers_behind_the_data_of_a_push() {
    for version in LATER {
        let got = page(version, |peer| {
            peer.say([
                Frame::SynStream(peer.push(2, "/push", true)),
                headers(2, false, [("etag", "1")]),
                data(2, "x", false),
                headers(2, false, [("digest", "2")]),
                data(2, "y", true),
            ]);
        });
        assert_eq!((got.code, got.resets()), (0, vec![]), "{}", got.errors);
        assert!(got.is_complete("/push"));
        let is_shown = got.text.contains("/push trailer digest: 2\n");
        assert_eq!(is_shown, version != Version::Spdy2, "{}", got.text);

        let got = page(version, |peer| {
            peer.say([
                Frame::SynStream(peer.push(2, "/push", true)),
                headers(2, false, [("etag", "1")]),
                data(2, "x", false),
                headers(2, false, [("etag", "2")]),
                data(2, "y", true),
            ]);
        });
        let expected: &[_] = if version == Version::Spdy2 { &[] } else { &["2 PROTOCOL_ERROR"] };
        assert_eq!(got.resets(), expected, "{}", got.text);
        assert_eq!(got.is_complete("/push"), version == Version::Spdy2);
    }
}

/// `get` wants two files; it is made to wait with the second, and that is pushed.
fn pushed_in_time(
    version: Version,
    out: &Path,
    script: impl FnOnce(&mut Peer) + Send + 'static,
) -> Got {
    get(version, &["--out", out.to_str().unwrap()], &["/page", "/style"], move |peer| {
        peer.request(3);
        peer.say([fin_stream(3, Status::REFUSED_STREAM)]);
        script(peer);
    })
}

// S2-089, S3-125
#[test]
fn what_is_being_pushed_is_not_asked_for() {
    for version in LATER {
        let out = directory(&format!("http-get-pushed-{}", version.token()));
        let got = pushed_in_time(version, &out, |peer| {
            let push = peer.push(2, "/style", true);
            peer.say([Frame::SynStream(push), peer.reply(1, false), data(1, "page", true)]);
            peer.say([data(2, "style", true)]);
        });
        assert_eq!((got.code, got.errors.as_str()), (0, ""), "{}", got.text);
        assert_eq!(got.heard, ["SYN_STREAM 1 /page", "SYN_STREAM 3 /style"], "no third");
        assert!(got.row("/style").contains(" PUSH "), "{}", got.text);
        assert_eq!(fs::read(out.join("style")).unwrap(), b"style");
    }
}

#[test]
fn a_push_that_comes_to_nothing_is_asked_for_after_all() {
    for version in LATER {
        let out = directory(&format!("http-get-lost-{}", version.token()));
        let got = pushed_in_time(version, &out, |peer| {
            peer.say([
                Frame::SynStream(peer.push(2, "/style", true)),
                data(2, "a part of the style that is lost", false),
                fin_stream(2, Status::INTERNAL_ERROR),
                peer.reply(1, true),
            ]);
            peer.request(5);
            peer.say([peer.reply(5, false), data(5, "style", true)]);
        });
        assert_eq!((got.code, got.errors.as_str()), (0, ""), "{}", got.text);
        assert_eq!(got.heard[2], "SYN_STREAM 5 /style");
        assert!(got.row("/style").contains(" GET "), "{}", got.text);
        assert_eq!(fs::read(out.join("style")).unwrap(), b"style");
    }
}

// What is posted is no resource that could be pushed.
#[test]
fn a_push_does_not_take_the_place_of_a_post() {
    let file = directory("http-get-post-push").join("data");
    fs::write(&file, "12345").unwrap();
    for version in LATER {
        let args = ["--data", file.to_str().unwrap()];
        let got = get(version, &args, &["/page", "/style"], |peer| {
            peer.request(3);
            peer.say([
                fin_stream(3, Status::REFUSED_STREAM),
                Frame::SynStream(peer.push(2, "/style", true)),
                data(2, "style", true),
                peer.reply(1, true),
            ]);
            let request = peer.request(5);
            assert_eq!(request.get_str("content-length"), Some("5"));
            peer.say([peer.reply(5, true)]);
        });
        assert_eq!((got.code, got.errors.as_str()), (0, ""), "{}", got.text);
        assert_eq!(got.heard[2], "SYN_STREAM 5 /style");
    }
}
