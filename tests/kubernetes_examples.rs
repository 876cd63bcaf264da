//! `kubectl` against `kubelet`, as programs over TCP. What happens when one of them does not keep to
//! the rules, or leaves: `kubernetes_races`. Both against the library that Kubernetes itself uses:
//! `tests/interop/run go`.

#[path = "common/kube.rs"]
mod kube;

use std::fs;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{Shutdown, TcpListener};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use kube::*;
use spdy::kubernetes::StreamType;
use spdy::{Event, StreamId};

/// Exit code, stdout and stderr of a command that runs there.
fn exec(kubelet: &Running, flags: &[&str], words: &[&str], stdin: &[u8]) -> (i32, Vec<u8>, String) {
    run(kubectl(kubelet.address).arg("exec").args(flags).arg("--").args(words), stdin)
}

#[test]
fn ten_mebibytes_of_stdin_come_back_through_cat() {
    let kubelet = Running::kubelet();
    let bytes = noise(10 << 20);
    let (code, stdout, stderr) = exec(&kubelet, &["--stdin"], &["cat"], &bytes);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout == bytes, "{} bytes came back, or others", stdout.len());
}

#[test]
fn commands_end_with_their_exit_codes() {
    let kubelet = Running::kubelet();
    let wc = exec(&kubelet, &["--stdin"], &["wc"], &noise(5 << 20));
    assert_eq!(wc, (0, b"5242880\n".to_vec(), String::new()));
    let wc = exec(&kubelet, &[], &["wc"], b"not for it");
    assert_eq!(wc, (0, b"0\n".to_vec(), String::new()));
    let yes = exec(&kubelet, &[], &["yes", "300001"], b"");
    assert_eq!((yes.0, yes.1.len(), &yes.1[300_000..]), (0, 300_001, &b"y"[..]));
    let fail = exec(&kubelet, &[], &["fail", "7"], b"");
    assert_eq!((fail.0, fail.1.len(), fail.2.lines().count()), (7, 0, 1));
    for words in [&["no-such-thing"][..], &["yes", "no-such-thing"], &["fail", "no-such-thing"]] {
        let (code, _, stderr) = exec(&kubelet, &[], words, b"");
        assert_eq!(code, 1);
        assert!(stderr.contains("no-such-thing") && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn a_terminal_has_one_output_and_a_size() {
    let mut kubelet = Running::kubelet();
    let (code, stdout, stderr) = exec(&kubelet, &["--tty"], &["fail", "3"], b"");
    assert_eq!((code, stdout.is_empty(), stderr.as_str()), (3, false, ""));
    let mut command = kubectl(kubelet.address);
    command.env("COLUMNS", "132").env("LINES", "43").args(["exec", "-t", "-i", "--", "cat"]);
    assert_eq!(run(&mut command, b"typed"), (0, b"typed".to_vec(), String::new()));
    // `fail` may have ended before it heard of a size.
    let mut line = String::new();
    while line != "resize 132x43\n" {
        line.clear();
        assert_ne!(kubelet.lines.read_line(&mut line).unwrap(), 0);
    }
}

// A stream that the client has not asked for is /dev/null.
#[test]
fn a_command_runs_also_for_who_does_not_want_its_output() {
    let kubelet = Running::kubelet();
    for command in ["yes 3000000", "cat", "fail 7"] {
        let mut client = Peer::exec(kubelet.address, command, &[StreamType::Stdin]);
        client.session.send_data(StreamId::new(3), noise(100_000), true).unwrap();
        let (told, _) = client.read_to_end();
        let status = String::from_utf8(told[&StreamId::new(1)].data.clone()).unwrap();
        assert!(status.contains("Success") ^ (command == "fail 7"), "{command}: {status}");
    }
}

// attach.

#[test]
fn attach_ends_with_our_stdin_and_the_command_goes_on() {
    let kubelet = Running::kubelet();
    let attach = |flags: &[&str], stdin: &[u8]| {
        run(kubectl(kubelet.address).arg("attach").args(flags), stdin)
    };
    for round in ["first", "second"] {
        assert_eq!(
            attach(&["--stdin"], round.as_bytes()),
            (0, round.as_bytes().to_vec(), String::new())
        );
    }
    let bytes = noise(10 << 20);
    let (code, stdout, _) = attach(&["--stdin", "--tty"], &bytes);
    assert!(code == 0 && stdout == bytes, "{} bytes came back, or others", stdout.len());
}

#[test]
fn what_one_says_comes_out_at_all_who_have_joined() {
    let kubelet = Running::kubelet();
    // One listens and two talk, in turn.
    let mut listener = Peer::client(kubelet.address, "/attach?stdout=1", "v4.channel.k8s.io");
    let stdout = [StreamType::Error, StreamType::Stdout].map(|kind| {
        let stream = listener.session.open(kind.open()).unwrap();
        listener.until(|event| matches!(event, Event::SynReply { .. }));
        stream
    })[1];
    let mut command = kubectl(kubelet.address);
    command.args(["attach", "--stdin"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut other = command.spawn().unwrap();
    let mut other_stdin = other.stdin.take().unwrap();
    let mut other_stdout = other.stdout.take().unwrap();
    other_stdin.write_all(b"one ").unwrap();
    assert_eq!(listener.read_data(stdout, 4), b"one ");
    // Who ends its stdin has all that it has said.
    let mut third = kubectl(kubelet.address);
    assert_eq!(run(third.args(["attach", "-i"]), b"two "), (0, b"two ".to_vec(), String::new()));
    assert_eq!(listener.read_data(stdout, 4), b"two ");
    other_stdin.write_all(b"three").unwrap();
    drop(other_stdin);
    let mut heard = String::new();
    other_stdout.read_to_string(&mut heard).unwrap();
    assert_eq!((heard.as_str(), other.wait().unwrap().code()), ("one two three", Some(0)));
    assert_eq!(listener.read_data(stdout, 5), b"three");
}

#[test]
fn who_does_not_read_what_comes_out_holds_up_nobody_and_loses_its_seat() {
    let kubelet = Running::kubelet();
    let mut deaf = Peer::client(kubelet.address, "/attach?stdout=1", "v4.channel.k8s.io");
    for kind in [StreamType::Error, StreamType::Stdout] {
        deaf.session.open(kind.open()).unwrap();
        deaf.until(|event| matches!(event, Event::SynReply { .. }));
    }
    let bytes = noise(50 << 20);
    let (code, stdout, _) = run(kubectl(kubelet.address).args(["attach", "--stdin"]), &bytes);
    assert!(code == 0 && stdout == bytes, "{} bytes came back, or others", stdout.len());
    let (told, _) = deaf.read_to_end();
    let status = String::from_utf8(told[&StreamId::new(1)].data.clone()).unwrap();
    assert!(status.contains("does not read"), "{status}");
    let heard = &told[&StreamId::new(3)].data;
    assert!(heard.len() < bytes.len() && bytes.starts_with(heard), "{}", heard.len());
}

// port-forward.

#[test]
fn fifty_connections_are_forwarded_at_once_with_half_closes_and_resets() {
    let kubelet = Running::kubelet();
    let forward = Running::forward(kubelet.address, late_echo());
    let connections: Vec<_> = (0..50)
        .map(|n: usize| {
            let address = forward.address;
            thread::spawn(move || {
                let bytes = noise(n * 7_919);
                let mut socket = connect(address);
                socket.write_all(&bytes).unwrap();
                if n % 5 == 4 {
                    return; // dropped in the middle
                }
                socket.shutdown(Shutdown::Write).unwrap();
                let back = read_all(&socket);
                assert!(back == bytes, "connection {n}: {} of {}", back.len(), bytes.len());
            })
        })
        .collect();
    for connection in connections {
        connection.join().unwrap();
    }
}

#[test]
fn a_port_on_which_nobody_listens_costs_its_connection_alone() {
    let kubelet = Running::kubelet();
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut forward = Running::forward(kubelet.address, unused);
    let mut line = String::new();
    let mut errors = BufReader::new(forward.process.stderr.take().unwrap());
    for _ in 0..2 {
        let mut socket = connect(forward.address);
        assert!(!matches!(socket.read(&mut [0]), Ok(1..)));
        line.clear();
        errors.read_line(&mut line).unwrap();
        assert!(line.contains(&unused.to_string()), "{line}");
    }
}

// The upgrade.

/// Sends a request; what comes back up to the end of the head, or of the connection.
fn ask(kubelet: &Running, request: &str) -> String {
    let mut socket = connect(kubelet.address);
    socket.write_all(request.as_bytes()).unwrap();
    read_head(&socket)
}

#[test]
fn an_upgrade_that_cannot_be_is_refused_with_the_reason() {
    let kubelet = Running::kubelet();
    let ask = |head: &str| ask(&kubelet, head);
    let upgrade = "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n";
    let unknown = "X-Stream-Protocol-Version: v9.channel.k8s.io\r\n";
    let known = "X-Stream-Protocol-Version: v4.channel.k8s.io\r\n";
    let exec = "POST /exec?command=cat&stdout=1 HTTP/1.1\r\n";
    let answer = ask(&format!("{exec}{upgrade}{unknown}\r\n"));
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(answer.contains("X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io\r\n"));
    for request in [
        format!("{exec}\r\n"),
        format!("{exec}Connection: Upgrade\r\nUpgrade: h2c\r\n{known}\r\n"),
        format!("{exec}Upgrade: SPDY/3.1\r\n{known}\r\n"),
        // It wants neither to say nor to hear anything.
        format!("POST /exec?command=cat HTTP/1.1\r\n{upgrade}{known}\r\n"),
    ] {
        let answer = ask(&request);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{request}: {answer}");
    }
    for path in ["/nothing", "/", "/api/exec/pods"] {
        let answer = ask(&format!("POST {path} HTTP/1.1\r\n{upgrade}\r\n"));
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
    for path in ["/exec/ns/pod/c", "/api/v1/namespaces/ns/pods/pod/exec", "/attach"] {
        let request = format!("GET {path}?stdout=1 HTTP/1.1\r\n{upgrade}{unknown}{known}\r\n");
        let answer = ask(&request);
        assert!(answer.starts_with("HTTP/1.1 101 "), "{path}: {answer}");
        assert!(answer.contains("X-Stream-Protocol-Version: v4.channel.k8s.io\r\n"), "{answer}");
    }
}

// Before the fourth protocol the error stream brings words, and nothing for success.
#[test]
fn an_old_client_is_told_in_words() {
    let kubelet = Running::kubelet();
    for protocol in ["v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"] {
        for (command, words) in [("yes&command=2", ""), ("fail&command=7", "exit status 7")] {
            let target = format!("/exec?stdout=1&command={command}");
            let mut client = Peer::client(kubelet.address, &target, protocol);
            for kind in [StreamType::Error, StreamType::Stdout] {
                client.session.open(kind.open()).unwrap();
                client.until(|event| matches!(event, Event::SynReply { .. }));
            }
            let (told, _) = client.read_to_end();
            let text = String::from_utf8(told[&StreamId::new(1)].data.clone()).unwrap();
            assert!(text.ends_with(words) && !text.contains('{'), "{protocol}: {text}");
            assert_eq!(text.is_empty(), words.is_empty(), "{protocol}: {text}");
        }
    }
}

#[test]
fn a_call_that_makes_no_sense_is_refused_in_one_line() {
    let kubectl = |words: &str| example("kubectl").args(words.split(' ')).output().unwrap();
    for words in [
        "exec -- cat",
        "--server x exec",
        "--server x run",
        "--server x",
        "--server x attach cat",
        "--server x port-forward",
        "--server x port-forward --tty 1:2",
        "--server x port-forward 1:0",
        "--server x port-forward a:b",
        "--server x --timeout 0 exec -- cat",
        "--server x --timeout soon exec -- cat",
    ] {
        let output = kubectl(words);
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1, "{words}");
    }
    for words in ["exec -- cat", "attach", "port-forward 0:1"] {
        let output = kubectl(&format!("--server 127.0.0.1:1 {words}"));
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1, "{words}");
    }
}

// The README.

/// The commands of the README's section, each with what it prints by it.
fn readme() -> Vec<(String, Vec<String>)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(path).unwrap();
    let section =
        readme.split("\n## ").find(|section| section.starts_with("Kubernetes\n")).unwrap();
    let console = section.split("```").nth(1).unwrap().strip_prefix("console\n").unwrap();
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for line in console.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command.to_owned(), Vec::new())),
            None => commands.last_mut().unwrap().1.push(line.to_owned()),
        }
    }
    commands
}

/// A shell that reads its commands line by line, and all that it starts.
struct Shell {
    process: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Shell {
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdin = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, stdin, lines }
    }

    fn give(&mut self, command: &str) {
        self.stdin.write_all(format!("{command}\n").as_bytes()).unwrap();
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}

#[test]
#[cfg(unix)]
fn the_readmes_commands_print_what_it_says_in_bash_and_zsh() {
    use std::os::unix::process::CommandExt;

    let commands = readme();
    assert!(commands[0].0.starts_with("cargo build --release "));
    assert_eq!(commands[1].0, "cd target/release/examples");
    // This test has been built with others, that lie there:
    let kubelet = example("kubelet").get_program().to_owned();
    let examples = PathBuf::from(kubelet).parent().unwrap().to_owned();
    for name in ["bash", "zsh"] {
        if Command::new(name).arg("--version").output().is_err() {
            println!("SKIPPED: there is no {name} here");
            continue;
        }
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [listen, local] =
            listeners.map(|listener| listener.local_addr().unwrap().port().to_string());
        let own = |text: &str| text.replace("10250", &listen).replace("8080", &local);
        let mut shell = Shell::start(Command::new(name).current_dir(&examples).process_group(0));
        shell.give("exec 2>&1");
        for (command, output) in &commands[2..] {
            // zsh takes no comments from a terminal.
            assert!(!command.contains('#'), "{command}");
            shell.give(&own(command));
            for line in output {
                assert_eq!(shell.lines.next().unwrap().unwrap(), own(line), "{name}: {command}");
            }
        }
    }
}
