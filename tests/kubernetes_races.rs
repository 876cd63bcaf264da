//! `kubectl` and `kubelet` against ends that leave, reset, stop reading or say nothing while bytes are
//! on their way. No byte of a half that ended well is lost, nothing hangs, each stream has one end.

#[path = "common/kube.rs"]
mod kube;
#[path = "../examples/support/pulse.rs"]
mod pulse;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use kube::*;
use pulse::{Beat, Pulse};
use spdy::kubernetes::StreamType::{Data, Error, Stderr, Stdin, Stdout};
use spdy::kubernetes::{PORT_FORWARD_PROTOCOL, StreamType};
use spdy::{Abort, Event, GoAwayStatus, Open, Status, StreamId};

const MIB: usize = 1 << 20;
const V4: &str = "v4.channel.k8s.io";
const SUCCESS: &[u8] = br#"{"metadata":{},"status":"Success"}"#;

const fn id(number: u32) -> StreamId {
    StreamId::new(number)
}

// kubelet: a client that leaves.

#[test]
fn kubelet_serves_what_came_before_a_go_away() {
    let kubelet = Running::kubelet();
    let mut client = Peer::exec(kubelet.address, "wc", &[Stdin, Stdout]);
    client.session.send_data(id(3), vec![0; MIB], true).unwrap();
    client.session.go_away(GoAwayStatus::OK);
    let (told, status) = client.read_to_end();
    assert_eq!(told[&id(5)].data, b"1048576\n");
    assert_eq!(told[&id(1)].data, SUCCESS);
    assert_eq!((told[&id(1)].fins, told[&id(3)].fins, told[&id(5)].fins), (1, 1, 1));
    assert_eq!(status, Some(GoAwayStatus::OK));
}

#[test]
fn kubelet_goes_on_with_a_command_behind_a_go_away() {
    let kubelet = Running::kubelet();
    let mut client = Peer::exec(kubelet.address, "yes 3000000", &[Stdout]);
    client.session.go_away(GoAwayStatus::OK);
    let (told, _) = client.read_to_end();
    assert_eq!((told[&id(3)].data.len(), told[&id(3)].fins), (3_000_000, 1));
    assert_eq!((&told[&id(1)].data[..], told[&id(1)].fins), (SUCCESS, 1));
}

#[test]
fn kubelet_takes_a_reset_of_stdin_for_its_end() {
    let kubelet = Running::kubelet();
    let mut client = Peer::exec(kubelet.address, "cat", &[Stdin, Stdout]);
    let bytes = noise(100_000);
    client.session.send_data(id(3), bytes.clone(), false).unwrap();
    assert!(client.read_data(id(5), bytes.len()) == bytes);
    client.session.fin_stream(id(3), Status::CANCEL).unwrap();
    let (told, _) = client.read_to_end();
    assert_eq!((&told[&id(1)].data[..], told[&id(1)].fins, told[&id(5)].fins), (SUCCESS, 1, 1));
    assert!(!told.contains_key(&id(3)), "it was our own reset");
}

#[test]
fn kubelet_ends_a_command_whose_output_is_reset() {
    let kubelet = Running::kubelet();
    let mut client = Peer::exec(kubelet.address, "yes", &[Stdout, Stderr]);
    client.read_data(id(3), MIB);
    client.session.fin_stream(id(3), Status::CANCEL).unwrap();
    let (told, _) = client.read_to_end();
    let status = String::from_utf8(told[&id(1)].data.clone()).unwrap();
    assert!(status.contains(r#""message":"141""#), "{status}");
    assert_eq!((told[&id(1)].fins, told[&id(5)].fins), (1, 1));
}

#[test]
fn kubelet_delivers_a_whole_upload_whose_client_is_gone() {
    let kubelet = Running::kubelet();
    let (sender, sockets) = mpsc::channel();
    let port = target(move |socket| sender.send(socket).unwrap());
    // The client leaves in good order, or its system closes the connection for it.
    for is_orderly in [true, false] {
        let mut client = Peer::port_forward(kubelet.address);
        let data = client.open_pair(port, 0);
        let bytes = noise(8 * MIB);
        client.session.send_data(data, bytes.clone(), true).unwrap();
        if is_orderly {
            client.session.close();
        }
        client.write();
        drop(client);
        thread::sleep(Duration::from_millis(300)); // the kubelet knows it now
        let socket = sockets.recv_timeout(DEADLINE).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        assert!(read_all(&socket) == bytes, "orderly: {is_orderly}");
    }
}

#[test]
fn kubelet_resets_an_upload_that_did_not_come_whole() {
    let kubelet = Running::kubelet();
    let (sender, sockets) = mpsc::channel();
    let port = target(move |socket| sender.send(socket).unwrap());
    for by_reset in [true, false] {
        let mut client = Peer::port_forward(kubelet.address);
        let data = client.open_pair(port, 0);
        client.session.send_data(data, noise(MIB), false).unwrap();
        client.write();
        if by_reset {
            client.session.fin_stream(data, Status::CANCEL).unwrap();
            client.write();
        } else {
            client.shut();
        }
        let mut socket = sockets.recv_timeout(DEADLINE).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        let error = socket.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "by reset: {by_reset}");
    }
}

// A half-close, and then a reset of the other half: the first still counts.
#[test]
fn kubelet_delivers_what_was_finished_before_the_reset() {
    let kubelet = Running::kubelet();
    let (sender, sockets) = mpsc::channel();
    let port = target(move |socket| sender.send(socket).unwrap());
    let mut client = Peer::port_forward(kubelet.address);
    let data = client.open_pair(port, 0);
    let bytes = noise(8 * MIB);
    client.session.send_data(data, bytes.clone(), true).unwrap();
    client.write();
    client.session.fin_stream(data, Status::CANCEL).unwrap();
    client.session.ping().unwrap();
    client.until(|event| matches!(event, Event::Pong(_)));
    let socket = sockets.recv_timeout(DEADLINE).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    assert!(read_all(&socket) == bytes);
}

// One unread stream blocks no other, no PING and no close.
#[test]
fn kubelet_serves_others_while_a_port_does_not_read() {
    let kubelet = Running::kubelet();
    let (sender, sockets) = mpsc::channel();
    let stalled = target(move |socket| sender.send(socket).unwrap());
    let mut client = Peer::port_forward(kubelet.address);
    let unread = client.open_pair(stalled, 0);
    client.session.send_data(unread, vec![0; 15 * MIB], false).unwrap();
    client.write();
    let other = client.open_pair(echo(), 1);
    let bytes = noise(MIB);
    client.session.send_data(other, bytes.clone(), true).unwrap();
    assert!(client.read_data(other, bytes.len()) == bytes);
    let ping = client.session.ping().unwrap();
    client.until(|event| *event == Event::Pong(ping));
    client.session.close();
    client.shut();
    assert_eq!(client.read_to_end().0[&unread].aborts, [Abort::Teardown]);
    drop(sockets);
}

// kubelet: a client at fault, or one that does not do its part.

#[test]
fn kubelet_ends_in_order_after_an_error_of_the_client() {
    let kubelet = Running::kubelet();
    let (sender, sockets) = mpsc::channel();
    let port = target(move |socket| sender.send(socket).unwrap());
    let mut client = Peer::port_forward(kubelet.address);
    client.open_pair(port, 0);
    client.write();
    client.socket.write_all(b"\0\0\0\0\0\0\0\x01x").unwrap(); // DATA on stream 0
    let (told, status) = client.read_to_end();
    assert_eq!(status, Some(GoAwayStatus::PROTOCOL_ERROR));
    assert_eq!(told[&id(3)].aborts, [Abort::Teardown]);
    // The connection that was forwarded has ended with it, and nothing else.
    let mut socket = sockets.recv_timeout(DEADLINE).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    assert_eq!(socket.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    let mut exec = kubectl(kubelet.address);
    assert_eq!(run(exec.args(["exec", "--", "yes", "2"]), b"").1, b"y\n");
}

#[test]
fn kubelet_does_not_wait_for_ever_for_streams() {
    let kubelet = Running::kubelet_with(&["--timeout", "1"]);
    let begin = Instant::now();
    // Nothing at all, half a request, and half of the streams.
    let silent = connect(kubelet.address);
    let mut slow = connect(kubelet.address);
    slow.write_all(b"POST /exec?stdout=1 HTTP/1.1\r\n").unwrap();
    let mut exec = Peer::client(kubelet.address, "/exec?stdout=1&command=cat", V4);
    exec.session.open(Error.open()).unwrap();
    let (told, status) = exec.read_to_end();
    assert_eq!((told[&id(1)].fins, status), (0, Some(GoAwayStatus::OK)));
    assert_eq!((read_all(&silent), read_all(&slow)), (vec![], vec![]));

    // One stream of a pair: the others go on.
    let mut forward = Peer::port_forward(kubelet.address);
    let data = forward.open_pair(echo(), 0);
    let lonely = forward.session.open(Error.open_for_port(1, 1)).unwrap();
    let event = forward.until(|event| matches!(event, Event::Aborted { .. }));
    let Event::Aborted { stream, cause, .. } = event else { unreachable!() };
    assert_eq!((stream, cause), (lonely, Abort::Peer(Status::CANCEL)));
    forward.session.send_data(data, "still there", true).unwrap();
    assert_eq!(forward.read_data(data, 11), b"still there");
    assert!(begin.elapsed() >= Duration::from_secs(2), "each had its second");
}

#[test]
fn kubelet_pairs_streams_of_old_clients_by_their_ids() {
    let kubelet = Running::kubelet();
    let port = echo();
    let open = |client: &mut Peer, kind: StreamType, request: Option<&str>| {
        let fields = [("streamtype", kind.as_str()), ("port", &port.to_string())];
        let request = request.map(|request| ("requestid", request));
        client
            .session
            .open(Open::new(fields.into_iter().chain(request).collect::<Vec<_>>()))
            .unwrap()
    };
    let mut client = Peer::port_forward(kubelet.address);
    // No error stream belongs to the first; the others are two pairs that cross.
    open(&mut client, Data, None);
    let first = open(&mut client, Error, None);
    let second = open(&mut client, Data, None);
    let named = [Error, Data].map(|kind| open(&mut client, kind, Some(&first.get().to_string())));
    for (stream, text) in [(second, "old"), (named[1], "new")] {
        client.session.send_data(stream, text, true).unwrap();
        assert_eq!(client.read_data(stream, 3), text.as_bytes());
    }
    // Twice the same half of a pair, and what is no half of one.
    open(&mut client, Error, Some("9"));
    for stream in [open(&mut client, Error, Some("9")), open(&mut client, Stdin, Some("8"))] {
        let event = client.until(|event| matches!(event, Event::Aborted { .. }));
        let Event::Aborted { stream: it, cause, .. } = event else { unreachable!() };
        assert_eq!((it, cause), (stream, Abort::Peer(Status::PROTOCOL_ERROR)));
    }
}

// kubectl: a server that leaves, or does not do its part.

/// Accepts the streams of an exec: error, stdin if there is one, stdout, stderr.
fn accept_streams<const N: usize>(server: &mut Peer) -> [StreamId; N] {
    [(); N].map(|()| server.accept_stream())
}

fn exec(server: std::net::SocketAddr) -> Command {
    let mut command = kubectl(server);
    command.args(["exec", "--stdin", "--", "cat"]);
    command
}

const FAILED: &str = r#"{"metadata":{},"status":"Failure","reason":"NonZeroExitCode",
    "details":{"causes":[{"reason":"ExitCode","message":"7"}]}}"#;

#[test]
fn kubectl_waits_behind_a_go_away_for_the_end_of_the_command() {
    let (address, server) = serve(V4, |mut server| {
        let [error, _, stdout, stderr] = accept_streams(&mut server);
        server.session.go_away(GoAwayStatus::OK);
        server.session.send_data(stdout, vec![b'o'; MIB], false).unwrap();
        server.write();
        thread::sleep(Duration::from_millis(200));
        server.session.send_data(error, FAILED, true).unwrap();
        server.session.send_data(stdout, "end", true).unwrap();
        server.session.send_data(stderr, "e", true).unwrap();
        let (told, _) = server.read_to_end();
        assert!(told.values().all(|told| told.fins + told.aborts.len() > 0), "{told:?}");
    })
    .unwrap();
    let (code, stdout, stderr) = run(&mut exec(address), b"");
    server.join().unwrap();
    assert_eq!((code, stdout.len(), stderr.as_str()), (7, MIB + 3, "e"));
}

#[test]
fn kubectl_goes_on_when_the_command_takes_no_more_stdin() {
    let (address, server) = serve(V4, |mut server| {
        let [error, stdin, stdout, stderr] = accept_streams(&mut server);
        server.read_data(stdin, MIB);
        server.session.fin_stream(stdin, Status::CANCEL).unwrap();
        server.session.ping().unwrap();
        server.until(|event| matches!(event, Event::Pong(_)));
        for (stream, text) in [(stdout, "enough"), (stderr, ""), (error, FAILED)] {
            server.session.send_data(stream, text, true).unwrap();
        }
        server.read_to_end();
    })
    .unwrap();
    let (code, stdout, stderr) = run(&mut exec(address), &noise(20 * MIB));
    server.join().unwrap();
    assert_eq!((code, &stdout[..], stderr.as_str()), (7, &b"enough"[..], ""));
}

#[test]
fn kubectl_says_so_when_the_connection_ends_before_the_command() {
    let ends: [fn(&mut Peer); 3] = [
        |server| server.shut(),
        |server| server.session.close(),
        |server| server.socket.write_all(b"\0\0\0\0\0\0\0\x01x").unwrap(), // DATA on stream 0
    ];
    for end in ends {
        let (address, server) = serve(V4, move |mut server| {
            let [_, _, stdout, _] = accept_streams(&mut server);
            server.session.send_data(stdout, "some", false).unwrap();
            server.write();
            end(&mut server);
            server.write();
            server.socket.shutdown(Shutdown::Write).unwrap();
            server.read_to_end();
        })
        .unwrap();
        let (code, stdout, stderr) = run(&mut exec(address), b"");
        server.join().unwrap();
        assert_eq!((code, &stdout[..]), (1, &b"some"[..]));
        assert!(stderr.contains("the connection ended"), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn kubectl_does_not_wait_for_ever_for_a_stream_or_for_a_sign_of_life() {
    type Act = fn(&mut Peer);
    let acts: [(Act, &str); 3] = [
        // It accepts one stream and answers PINGs.
        (
            |server| {
                server.accept_stream();
            },
            "does not accept the streams",
        ),
        // It accepts all, goes away and is deaf: stdin goes nowhere.
        (
            |server| {
                accept_streams::<4>(server);
                server.session.go_away(GoAwayStatus::OK);
                server.write();
                thread::sleep(Duration::from_secs(4));
            },
            "does not answer",
        ),
        // Not even the upgrade is answered in time.
        (|_| {}, "no whole head"),
    ];
    let all = acts.map(|(act, reason)| {
        thread::spawn(move || {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let mut command = kubectl(listener.local_addr().unwrap());
            let server = thread::spawn(move || {
                if reason == "no whole head" {
                    return drop(read_all(&listener.accept().unwrap().0));
                }
                let mut server = Peer::accept(&listener, V4);
                act(&mut server);
                server.read_to_end();
            });
            command.args(["--timeout", "2", "exec", "--stdin", "--", "cat"]);
            let begin = Instant::now();
            let (code, _, stderr) = run(&mut command, &noise(20 * MIB));
            assert!(begin.elapsed() < Duration::from_secs(15));
            assert_eq!(code, 1);
            assert!(stderr.contains(reason) && stderr.lines().count() == 1, "{stderr}");
            server.join().unwrap();
        })
    });
    for one in all {
        one.join().unwrap();
    }
}

// What is not read for a while is not the server's silence.
#[test]
fn kubectl_outlasts_a_reader_that_pauses() {
    let kubelet = Running::kubelet();
    let mut command = kubectl(kubelet.address);
    command.args(["--timeout", "2", "exec", "--", "yes", "40000000"]);
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    thread::sleep(Duration::from_secs(4));
    let mut bytes = Vec::new();
    process.stdout.take().unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!((bytes.len(), process.wait().unwrap().code()), (40_000_000, Some(0)));
}

#[test]
fn kubectl_refuses_a_protocol_that_it_did_not_offer() {
    for (protocol, verb) in [("v9.channel.k8s.io", "exec"), (V4, "port-forward")] {
        let (address, server) = serve(protocol, |server| drop(read_all(&server.socket))).unwrap();
        let mut command = kubectl(address);
        command.args([verb, "--", if verb == "exec" { "cat" } else { "0:1" }]);
        let (code, _, stderr) = run(&mut command, b"");
        server.join().unwrap();
        assert_eq!(code, 1);
        assert!(stderr.contains("not offered") && stderr.lines().count() == 1, "{stderr}");
    }
}

// port-forward.

#[test]
fn kubectl_delivers_a_whole_download_whose_server_is_gone() {
    let bytes = noise(8 * MIB);
    for is_orderly in [true, false] {
        let sent = bytes.clone();
        let (address, server) = serve(PORT_FORWARD_PROTOCOL, move |mut server| {
            let [error, data] = accept_streams(&mut server);
            server.session.send_data(data, sent, true).unwrap();
            server.session.send_data(error, "", true).unwrap();
            if is_orderly {
                server.session.close();
            }
            server.shut();
            server.read_to_end();
        })
        .unwrap();
        let forward = Running::forward(address, 1);
        let socket = connect(forward.address);
        server.join().unwrap(); // kubectl has taken all and closed its side too
        assert!(read_all(&socket) == bytes, "orderly: {is_orderly}");
        let (code, errors) = forward.end();
        assert_eq!(code, 1, "{errors}");
        assert!(errors.contains("has closed the connection"), "{errors}");
    }
}

#[test]
fn kubectl_forwards_on_what_is_open_behind_a_go_away_and_nothing_new() {
    let (address, server) = serve(PORT_FORWARD_PROTOCOL, |mut server| {
        let [error, data] = accept_streams(&mut server);
        server.read_data(data, 1);
        server.session.go_away(GoAwayStatus::OK);
        server.session.send_data(data, "1", false).unwrap();
        assert_eq!(server.read_data(data, 1), b"2");
        server.session.send_data(data, "2", true).unwrap();
        server.session.send_data(error, "", true).unwrap();
        server.read_to_end();
    })
    .unwrap();
    let forward = Running::forward(address, 1);
    let mut socket = connect(forward.address);
    let mut byte = [0];
    socket.write_all(b"1").unwrap();
    socket.read_exact(&mut byte).unwrap();
    let begin = Instant::now();
    while TcpStream::connect(forward.address).is_ok() {
        assert!(begin.elapsed() < DEADLINE, "it still takes connections");
        thread::sleep(Duration::from_millis(10));
    }
    socket.write_all(b"2").unwrap();
    socket.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&socket), b"2");
    // With the last connection it ends.
    let (code, errors) = forward.end();
    assert!(code == 1 && errors.contains("has closed the connection"), "{errors}");
    server.join().unwrap();
}

#[test]
fn kubectl_gives_up_a_connection_whose_stream_is_not_accepted_and_no_other() {
    let (address, server) = serve(PORT_FORWARD_PROTOCOL, |mut server| {
        server.until(|event| matches!(event, Event::SynStream { .. })); // and no reply
        let [_, data] = accept_streams(&mut server);
        server.session.send_data(data, "hello", true).unwrap();
        server.read_to_end();
    })
    .unwrap();
    let forward = Running::forward_with(address, 1, &["--timeout", "2"]);
    let (unlucky, other) = (connect(forward.address), connect(forward.address));
    assert_eq!(read_all(&other), b"hello");
    assert_eq!((&unlucky).read(&mut [0]).unwrap(), 0);
    drop(forward);
    server.join().unwrap();
}

// Whatever waits to be sent must not keep both ends from reading.
#[test]
fn two_hundred_connections_on_which_both_sides_talk_first() {
    const LEN: usize = 300_000;
    let talk = |mut socket: TcpStream| {
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        socket.write_all(&vec![7; LEN]).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).unwrap();
        bytes.len()
    };
    let kubelet = Running::kubelet();
    let forward =
        Running::forward(kubelet.address, target(move |socket| assert_eq!(talk(socket), LEN)));
    let sockets: Vec<_> = (0..200).map(|_| connect(forward.address)).collect();
    let clients: Vec<_> = sockets.into_iter().map(|it| thread::spawn(move || talk(it))).collect();
    for client in clients {
        assert_eq!(client.join().unwrap(), LEN);
    }
}

// The pulse.

#[test]
fn a_pulse_asks_in_time_and_gives_up_on_silence_alone() {
    let (begin, second) = (Instant::now(), Duration::from_secs(1));
    let mut pulse = Pulse::new(30 * second, begin);
    let mut pings = 0;
    let mut at = |at: u32, signs: u64, is_paused: bool| {
        let beat = pulse.beat(begin + at * second, signs, is_paused);
        pings += usize::from(beat == Beat::Ping);
        beat
    };
    assert_eq!(at(4, 0, false), Beat::Nothing);
    assert_eq!(at(5, 0, false), Beat::Ping);
    assert_eq!(at(6, 1, false), Beat::Nothing); // its answer
    // What is paused is not silent, and has all of its time when it goes on.
    assert_eq!(at(100, 1, true), Beat::Ping);
    assert_eq!(at(129, 1, false), Beat::Ping);
    assert_eq!(at(130, 1, false), Beat::Gone);
    assert_eq!(pings, 3);

    // Every five seconds, as Kubernetes does, however late the loop may be.
    let mut pulse = Pulse::new(30 * second, begin);
    for n in 1..100u64 {
        assert_eq!(pulse.next(), begin + Duration::from_secs(5 * n));
        assert_eq!(pulse.beat(pulse.next(), n, false), Beat::Ping);
    }
    // With little patience more often.
    assert_eq!(Pulse::new(2 * second, begin).next(), begin + second);
}
