//! The examples for tokio and for a plain loop: what goes in comes back, over TCP and over TLS.

#[path = "common/programs.rs"]
mod programs;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::process::{Child, Output, Stdio};

use programs::{Wire, directory, example};
use spdy::frame::{Data, Frame, SynStream, WindowUpdate};
use spdy::{PingId, StreamId, Version, http};

/// One of the servers.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(name: &str, args: &[&str]) -> Self {
        let mut command = example(name);
        command.arg("127.0.0.1:0").args(args).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        Self { process, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn client(args: &[&str]) -> Output {
    example("tokio_client").args(args).output().unwrap()
}

/// A body that no window holds.
fn body() -> Vec<u8> {
    (0..3_000_000_u32).map(|i| (i % 251) as u8).collect()
}

#[test]
fn a_body_comes_back_over_tcp() {
    for name in ["tokio_server", "mio_server"] {
        let server = Server::start(name, &[]);
        let file = directory(&format!("runtime-{name}")).join("body");
        for body in [body(), b"a".to_vec(), Vec::new()] {
            fs::write(&file, &body).unwrap();
            let url = format!("http://{}/echo", server.address);
            let output = client(&[&url, file.to_str().unwrap()]);
            assert_eq!(String::from_utf8_lossy(&output.stderr), "200 OK\n", "{name}");
            assert!(output.status.success() && output.stdout == body, "{name}: {}", body.len());
        }
    }
}

#[test]
fn a_get_has_an_answer_without_a_body() {
    for name in ["tokio_server", "mio_server"] {
        let server = Server::start(name, &[]);
        let output = client(&[&format!("http://{}", server.address)]);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "200 OK\n", "{name}");
        assert!(output.status.success() && output.stdout.is_empty(), "{name}");
    }
}

#[test]
fn a_body_comes_back_over_tls_under_a_certificate_that_was_made_for_it() {
    let directory = directory("runtime-tls");
    let (certificate, file) = (directory.join("certificate"), directory.join("body"));
    let certificate = certificate.to_str().unwrap();
    let server = Server::start("tokio_server", &[certificate]);
    fs::write(&file, body()).unwrap();
    let url = format!("https://{}/echo", server.address);
    let output = client(&[&url, file.to_str().unwrap(), certificate]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "200 OK\n");
    assert!(output.status.success() && output.stdout == body());

    // Another server's certificate is not this one's.
    let other = directory.join("other");
    let other = other.to_str().unwrap();
    let _other = Server::start("tokio_server", &[other]);
    let output = client(&[&url, file.to_str().unwrap(), other]);
    assert!(!output.status.success() && output.stdout.is_empty());
}

/// The request that is echoed.
fn post(stream: StreamId) -> Frame {
    let post = http::request(Version::Spdy3_1, "POST", "http://example.com/", ()).unwrap();
    Frame::SynStream(SynStream::new(stream, post.headers().clone()))
}

/// A peer that gives no credit for the echo may send what its window allowed, and after that nothing:
/// neither end keeps more than a window.
#[test]
fn who_takes_nothing_back_is_not_given_more_credit() {
    const WINDOW: usize = 64 * 1024;
    for name in ["tokio_server", "mio_server"] {
        let server = Server::start(name, &[]);
        let mut peer = Wire::connect(Version::Spdy3_1, &server.address);
        let stream = StreamId::new(1);
        peer.say(&[post(stream)]);
        let (mut echoed, mut credit) = (0, 0);
        for round in 1..=2 {
            for _ in 0..4 {
                peer.say(&[Frame::Data(Data::new(stream, vec![7; WINDOW / 4]))]);
            }
            // The echo of the first window fills ours; that of the second finds no room.
            while echoed < WINDOW || (round == 1 && credit < WINDOW) {
                match peer.hear().unwrap() {
                    Frame::Data(data) => echoed += data.payload.len(),
                    Frame::WindowUpdate(update) if update.stream == stream => {
                        credit += update.delta as usize;
                    }
                    _ => {}
                }
            }
        }
        // Two round trips, so that all that was sent has been answered.
        for ping in [1, 3] {
            peer.say(&[Frame::Ping(PingId::new(ping))]);
            peer.hear_until(|frame| match frame {
                Frame::WindowUpdate(update) if update.stream == stream => {
                    credit += update.delta as usize;
                    false
                }
                other => *other == Frame::Ping(PingId::new(ping)),
            });
        }
        assert_eq!(echoed, WINDOW, "{name}");
        assert!(credit < 2 * WINDOW, "{name}: {credit}");
    }
}

/// A stream whose echo nobody takes holds back no other: the session's windows have room for both.
#[test]
fn a_stream_that_stands_still_stops_no_other() {
    const WINDOW: usize = 64 * 1024;
    for name in ["tokio_server", "mio_server"] {
        let server = Server::start(name, &[]);
        let mut peer = Wire::connect(Version::Spdy3_1, &server.address);
        peer.say(&[Frame::WindowUpdate(WindowUpdate::new(StreamId::ZERO, 1 << 20))]);
        for (stream, windows) in [(1, 2), (3, 1)] {
            let stream = StreamId::new(stream);
            peer.say(&[post(stream)]);
            let (mut echoed, mut credit) = (0, 0);
            for window in 1..=windows {
                for _ in 0..4 {
                    peer.say(&[Frame::Data(Data::new(stream, vec![7; WINDOW / 4]))]);
                }
                // What is given back for the first window lets a second be sent, whose echo finds no room.
                while echoed < WINDOW || (window < windows && credit < WINDOW) {
                    match peer.hear().unwrap() {
                        Frame::Data(data) if data.stream == stream => echoed += data.payload.len(),
                        Frame::WindowUpdate(update) if update.stream == stream => {
                            credit += update.delta as usize;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

/// A client that closes its half when it has said everything waits for the answer.
#[test]
fn a_client_that_has_closed_its_half_gets_its_answer() {
    for name in ["tokio_server", "mio_server"] {
        let server = Server::start(name, &[]);
        let mut peer = Wire::connect(Version::Spdy3_1, &server.address);
        let stream = StreamId::new(1);
        let mut body = Data::new(stream, vec![7; 50_000]);
        body.fin = true;
        peer.say(&[post(stream), Frame::Data(body)]);
        peer.socket.shutdown(Shutdown::Write).unwrap();
        let mut echoed = 0;
        peer.hear_until(|frame| match frame {
            Frame::Data(data) => {
                echoed += data.payload.len();
                data.fin
            }
            _ => false,
        });
        assert_eq!(echoed, 50_000, "{name}");
    }
}

/// Who breaks a rule is told so, though much of what it has sent is not read any more.
#[test]
fn a_broken_rule_ends_the_connection_behind_a_go_away() {
    for name in ["tokio_server", "mio_server"] {
        let server = Server::start(name, &[]);
        let mut peer = Wire::connect(Version::Spdy3_1, &server.address);
        let ping_of_three_bytes = [0x80, 3, 0, 6, 0, 0, 0, 3, 0, 0, 0];
        peer.socket.write_all(&ping_of_three_bytes).unwrap();
        peer.socket.write_all(&[0; 200_000]).unwrap();
        // The session's window has been made larger before.
        peer.hear_until(|frame| matches!(frame, Frame::GoAway(_)));
        assert_eq!(peer.hear(), None, "{name}");
    }
}
