//! The programs `kubectl` and `kubelet`, and ends of their connections that do what a test wants.
#![allow(dead_code, reason = "every test file uses its own part")]

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use spdy::kubernetes::StreamType;
use spdy::{Abort, Config, Event, GoAwayStatus, Role, Session, StreamId, Version};

/// Longer than anything here takes.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// This test's own program lies in target/PROFILE/deps, the examples in target/PROFILE/examples.
pub fn example(name: &str) -> Command {
    let this = std::env::current_exe().unwrap();
    let path = this.ancestors().nth(2).unwrap().join("examples").join(name);
    let path = path.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "run the whole of `cargo test`, or `cargo build --examples` first");
    Command::new(path)
}

pub fn kubectl(server: SocketAddr) -> Command {
    let mut command = example("kubectl");
    command.args(["--server", &server.to_string()]);
    command
}

/// A program that says in its first line where it listens.
pub struct Running {
    pub process: Child,
    pub address: SocketAddr,
    pub lines: BufReader<ChildStdout>,
}

impl Running {
    pub fn start(command: &mut Command, prefix: &str) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let address = first.strip_prefix(prefix).unwrap_or_else(|| panic!("{first}"));
        let address = address.split_whitespace().next().unwrap().parse().unwrap();
        Self { process, address, lines }
    }

    pub fn kubelet() -> Self {
        Self::kubelet_with(&[])
    }

    pub fn kubelet_with(options: &[&str]) -> Self {
        let mut command = example("kubelet");
        Self::start(command.args(["--listen", "127.0.0.1:0"]).args(options), "listening on ")
    }

    /// A port-forward through a server to a port of this machine.
    pub fn forward(server: SocketAddr, port: u16) -> Self {
        Self::forward_with(server, port, &[])
    }

    pub fn forward_with(server: SocketAddr, port: u16, options: &[&str]) -> Self {
        let mut command = kubectl(server);
        command.args(options).args(["port-forward", &format!("0:{port}")]);
        Self::start(command.stderr(Stdio::piped()), "forwarding ")
    }

    /// Exit code and stderr of a program that ends by itself.
    pub fn end(mut self) -> (i32, String) {
        let code = self.process.wait().unwrap().code().unwrap();
        let mut errors = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (code, errors)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Exit code, stdout and stderr of a command that is given some stdin.
pub fn run(command: &mut Command, stdin: &[u8]) -> (i32, Vec<u8>, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut pipe = process.stdin.take().unwrap();
    let stdin = stdin.to_vec();
    let writer = thread::spawn(move || {
        // A command that takes no stdin has ended before we have written it.
        let _ = pipe.write_all(&stdin);
    });
    let Output { status, stdout, stderr } = process.wait_with_output().unwrap();
    writer.join().unwrap();
    (status.code().unwrap(), stdout, String::from_utf8(stderr).unwrap())
}

pub fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    let next = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    next.take(len).collect()
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(DEADLINE)).unwrap();
    socket.set_write_timeout(Some(DEADLINE)).unwrap();
    socket
}

/// Everything up to the end of the connection.
pub fn read_all(mut socket: &TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Listens, and does the same with each connection, in a thread of its own.
pub fn target(act: impl Fn(TcpStream) + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let act = act.clone();
            thread::spawn(move || act(socket));
        }
    });
    port
}

/// Sends back what each connection sends, as it comes.
pub fn echo() -> u16 {
    target(|mut socket| {
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = socket.read(&mut piece) {
            if socket.write_all(&piece[..count]).is_err() {
                break;
            }
        }
    })
}

/// Sends back what each connection sends, after its end.
pub fn late_echo() -> u16 {
    target(|mut socket| {
        let mut bytes = Vec::new();
        if socket.read_to_end(&mut bytes).is_ok() {
            let _ = socket.write_all(&bytes);
        }
    })
}

/// Reads a head of HTTP/1.1, and nothing behind it.
pub fn read_head(mut socket: &TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if let Err(error) = socket.read_exact(&mut byte) {
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
            break;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// What an end was told of a stream.
#[derive(Debug, Default)]
pub struct Told {
    pub data: Vec<u8>,
    pub fins: usize,
    pub aborts: Vec<Abort>,
}

/// One end of a connection behind its upgrade.
pub struct Peer {
    pub session: Session,
    pub socket: TcpStream,
    input: BytesMut,
    /// Whether the other end's half of TCP has ended.
    has_ended: bool,
}

impl Peer {
    fn new(role: Role, socket: TcpStream) -> Self {
        let config = Config::kubernetes().manual_credit(true);
        let session = Session::new(Version::Spdy3_1, role, config);
        Self { session, socket, input: BytesMut::new(), has_ended: false }
    }

    /// A client whose request the server accepts.
    pub fn client(server: SocketAddr, target: &str, protocol: &str) -> Self {
        let mut socket = connect(server);
        let request = format!(
            "POST {target} HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\
             X-Stream-Protocol-Version: {protocol}\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).unwrap();
        let answer = read_head(&socket);
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        Self::new(Role::Client, socket)
    }

    /// A client whose streams are all accepted: 1 for error, 3, 5, …
    pub fn exec(server: SocketAddr, command: &str, kinds: &[StreamType]) -> Self {
        let query: String = kinds.iter().map(|kind| format!("{kind}=1&")).collect();
        let words = command.split(' ').map(|word| format!("command={word}&"));
        let target = format!("/exec?{query}{}", words.collect::<String>());
        let mut peer = Self::client(server, &target, "v4.channel.k8s.io");
        for kind in [StreamType::Error].iter().chain(kinds) {
            peer.session.open(kind.open()).unwrap();
            peer.until(|event| matches!(event, Event::SynReply { .. }));
        }
        peer
    }

    pub fn port_forward(server: SocketAddr) -> Self {
        Self::client(server, "/portforward", "portforward.k8s.io")
    }

    /// The data stream of a connection whose streams are accepted.
    pub fn open_pair(&mut self, port: u16, request: u32) -> StreamId {
        let [error, data] = [StreamType::Error, StreamType::Data].map(|kind| {
            let stream = self.session.open(kind.open_for_port(port, request)).unwrap();
            self.until(
                |event| matches!(event, Event::SynReply { stream: it, .. } if *it == stream),
            );
            stream
        });
        self.session.send_data(error, "", true).unwrap();
        data
    }

    /// A server, which chooses this protocol.
    pub fn accept(listener: &TcpListener, protocol: &str) -> Self {
        let (mut socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        socket.set_write_timeout(Some(DEADLINE)).unwrap();
        let request = read_head(&socket);
        assert!(request.starts_with("POST /"), "{request}");
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\
             X-Stream-Protocol-Version: {protocol}\r\n\r\n"
        );
        socket.write_all(answer.as_bytes()).unwrap();
        Self::new(Role::Server, socket)
    }

    /// Accepts the next stream that is opened.
    pub fn accept_stream(&mut self) -> StreamId {
        let event = self.until(|event| matches!(event, Event::SynStream { .. }));
        let Event::SynStream { stream, .. } = event else { unreachable!() };
        self.session.reply(stream, (), false).unwrap();
        stream
    }

    /// Writes all that the session has to write.
    pub fn write(&mut self) {
        while self.session.wants_write() {
            let mut output = self.session.output();
            let len = output.chunk().len();
            self.socket.write_all(output.chunk()).unwrap();
            output.advance(len);
        }
    }

    /// Writes as far as the connection takes it, and does nothing else; says how much it took.
    pub fn write_until_full(&mut self) -> usize {
        self.socket.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        let mut written = 0;
        while self.session.wants_write() {
            let mut output = self.session.output();
            match self.socket.write(output.chunk()) {
                Ok(count) => {
                    output.advance(count);
                    written += count;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("{error}"),
            }
        }
        self.socket.set_write_timeout(Some(DEADLINE)).unwrap();
        written
    }

    /// The next event; none when the connection has ended. Writes first.
    pub fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.session.next_event(&mut self.input).unwrap() {
                return Some(event);
            }
            if self.has_ended {
                return None;
            }
            self.write();
            let mut piece = [0; 16 * 1024];
            match self.socket.read(&mut piece) {
                Ok(count @ 1..) => self.input.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
                _ => {
                    self.has_ended = true;
                    self.session.end_of_input();
                }
            }
        }
    }

    /// The first event of a kind; those before it are passed over.
    pub fn until(&mut self, is_it: impl Fn(&Event) -> bool) -> Event {
        loop {
            match self.next() {
                Some(event) if is_it(&event) => return event,
                Some(_) => {}
                None => panic!("the connection has ended"),
            }
        }
    }

    /// So many bytes of a stream.
    pub fn read_data(&mut self, stream: StreamId, len: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < len {
            let of_stream =
                |event: &Event| matches!(event, Event::Data { stream: it, .. } if *it == stream);
            if let Event::Data { data, .. } = self.until(of_stream) {
                bytes.extend_from_slice(&data);
            }
        }
        bytes
    }

    /// All that comes up to the end of the connection, by streams; and why the other end went away.
    pub fn read_to_end(&mut self) -> (BTreeMap<StreamId, Told>, Option<GoAwayStatus>) {
        let mut streams: BTreeMap<StreamId, Told> = BTreeMap::new();
        let mut went_away = None;
        while let Some(event) = self.next() {
            match event {
                Event::Data { stream, data, fin, .. } => {
                    let told = streams.entry(stream).or_default();
                    assert!(told.fins == 0 && told.aborts.is_empty(), "{stream} has ended");
                    told.data.extend_from_slice(&data);
                    told.fins += usize::from(fin);
                }
                Event::Aborted { stream, cause, .. } => {
                    let told = streams.entry(stream).or_default();
                    assert!(told.aborts.is_empty(), "{stream} ends twice");
                    told.aborts.push(cause);
                }
                Event::GoAway { status, .. } => went_away = status,
                _ => {}
            }
        }
        (streams, went_away)
    }

    /// Ends our half of TCP.
    pub fn shut(&mut self) {
        self.write();
        self.socket.shutdown(Shutdown::Write).unwrap();
    }
}

/// Runs a server's part against a program.
pub fn serve(
    protocol: &'static str,
    act: impl FnOnce(Peer) + Send + 'static,
) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || act(Peer::accept(&listener, protocol)));
    Ok((address, server))
}
