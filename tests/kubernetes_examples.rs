//! `kubectl` against `kubelet`, as programs over TCP. Both against the library that Kubernetes itself
//! uses: `tests/interop/run go`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// This test's own program lies in target/PROFILE/deps, the examples in target/PROFILE/examples.
fn example(name: &str) -> Command {
    let this = std::env::current_exe().unwrap();
    let path = this.ancestors().nth(2).unwrap().join("examples").join(name);
    let path = path.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "run the whole of `cargo test`, or `cargo build --examples` first");
    Command::new(path)
}

/// A program that says in its first line where it listens.
struct Running {
    process: Child,
    address: SocketAddr,
    lines: BufReader<std::process::ChildStdout>,
}

impl Running {
    fn start(command: &mut Command, prefix: &str) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let address = first.strip_prefix(prefix).unwrap_or_else(|| panic!("{first}"));
        let address = address.split_whitespace().next().unwrap().parse().unwrap();
        Self { process, address, lines }
    }

    fn kubelet() -> Self {
        Self::start(example("kubelet").args(["--listen", "127.0.0.1:0"]), "listening on ")
    }

    fn forward(&self, port: u16) -> Self {
        let ports = format!("0:{port}");
        let server = self.address.to_string();
        let mut command = example("kubectl");
        Self::start(command.args(["--server", &server, "port-forward", &ports]), "forwarding ")
    }

    /// Exit code, stdout and stderr of a command.
    fn exec(&self, flags: &[&str], command: &[&str], stdin: &[u8]) -> (i32, Vec<u8>, String) {
        let mut kubectl = example("kubectl");
        kubectl.args(["--server", &self.address.to_string(), "exec"]);
        kubectl.args(flags).arg("--").args(command);
        kubectl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = kubectl.spawn().unwrap();
        let mut pipe = process.stdin.take().unwrap();
        let stdin = stdin.to_vec();
        let writer = thread::spawn(move || {
            // A command that takes no stdin has ended before we have written it.
            let _ = pipe.write_all(&stdin);
        });
        let output = process.wait_with_output().unwrap();
        writer.join().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap(), output.stdout, errors)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    let next = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    next.take(len).collect()
}

#[test]
fn ten_mebibytes_of_stdin_come_back_through_cat() {
    let kubelet = Running::kubelet();
    let bytes = noise(10 << 20);
    let (code, stdout, stderr) = kubelet.exec(&["--stdin"], &["cat"], &bytes);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout == bytes, "{} bytes came back, or others", stdout.len());
}

#[test]
fn commands_end_with_their_exit_codes() {
    let kubelet = Running::kubelet();
    let wc = kubelet.exec(&["--stdin"], &["wc"], &noise(5 << 20));
    assert_eq!(wc, (0, b"5242880\n".to_vec(), String::new()));
    let yes = kubelet.exec(&[], &["yes", "300001"], b"");
    assert_eq!((yes.0, yes.1.len(), &yes.1[300_000..]), (0, 300_001, &b"y"[..]));
    let fail = kubelet.exec(&[], &["fail", "7"], b"");
    assert_eq!((fail.0, fail.1.len(), fail.2.lines().count()), (7, 0, 1));
    let (code, _, stderr) = kubelet.exec(&[], &["no-such-thing"], b"");
    assert_eq!(code, 1);
    assert!(stderr.contains("no-such-thing") && stderr.lines().count() == 1, "{stderr}");
}

#[test]
fn a_terminal_has_one_output_and_a_size() {
    let mut kubelet = Running::kubelet();
    let (code, stdout, _) = kubelet.exec(&["--tty"], &["fail", "3"], b"");
    assert_eq!((code, stdout.is_empty()), (3, false));
    let typed = kubelet.exec(&["--tty", "--stdin"], &["cat"], b"typed");
    assert_eq!(typed, (0, b"typed".to_vec(), String::new()));
    let mut line = String::new();
    kubelet.lines.read_line(&mut line).unwrap();
    assert!(line.starts_with("resize "), "{line}");
}

/// Sends back what each connection sends, after its end.
fn late_echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut bytes = Vec::new();
                if socket.read_to_end(&mut bytes).is_ok() {
                    let _ = socket.write_all(&bytes);
                }
            });
        }
    });
    port
}

#[test]
fn fifty_connections_are_forwarded_at_once_with_half_closes_and_resets() {
    let kubelet = Running::kubelet();
    let forward = kubelet.forward(late_echo());
    let connections: Vec<_> = (0..50)
        .map(|n: usize| {
            let address = forward.address;
            thread::spawn(move || {
                let bytes = noise(n * 7_919);
                let mut socket = TcpStream::connect(address).unwrap();
                socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
                socket.write_all(&bytes).unwrap();
                if n % 5 == 4 {
                    return; // dropped in the middle
                }
                socket.shutdown(Shutdown::Write).unwrap();
                let mut back = Vec::new();
                socket.read_to_end(&mut back).unwrap();
                assert!(back == bytes, "connection {n}: {} of {}", back.len(), bytes.len());
            })
        })
        .collect();
    for connection in connections {
        connection.join().unwrap();
    }
}

/// Sends a request; what comes back up to the end of the head, or of the connection.
fn ask(address: SocketAddr, request: &str) -> String {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if socket.read(&mut byte).unwrap() == 0 {
            break;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

#[test]
fn an_upgrade_that_cannot_be_is_refused_with_the_reason() {
    let kubelet = Running::kubelet();
    let ask = |head: &str| ask(kubelet.address, head);
    let upgrade = "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n";
    let unknown = "X-Stream-Protocol-Version: v9.channel.k8s.io\r\n";
    let answer = ask(&format!("POST /exec?command=cat HTTP/1.1\r\n{upgrade}{unknown}\r\n"));
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(answer.contains("X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io\r\n"));
    let answer = ask("POST /exec?command=cat HTTP/1.1\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let answer = ask(&format!("POST /nothing HTTP/1.1\r\n{upgrade}\r\n"));
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let known = "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n";
    let answer = ask(&format!("POST /exec?command=cat HTTP/1.1\r\n{upgrade}{unknown}{known}\r\n"));
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    assert!(answer.contains("X-Stream-Protocol-Version: v4.channel.k8s.io\r\n"), "{answer}");
}

#[test]
fn a_call_that_makes_no_sense_is_refused_in_one_line() {
    for args in [&["exec", "--", "cat"][..], &["--server", "x", "exec"], &["--server", "x", "run"]]
    {
        let output = example("kubectl").args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
    }
    let output = example("kubectl").args(["--server", "127.0.0.1:1", "exec", "--", "cat"]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
}
