//! The work through loopback TCP: ours, and programs that do it over another implementation.
//!
//! A program is called with the number of streams and the length of the bodies, and prints the
//! nanoseconds that a stream took: 100 in flight, both ends in one process, header compression on.

use std::io::{ErrorKind, IoSlice, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes, BytesMut};
use spdy::{Compression, Config, Event, Session, Version};

use crate::table::{median, verdict};
use crate::workload::body;
use crate::workload::ours::{is_end, open_windows, request, respond};

const IN_FLIGHT: usize = 100;
const STREAMS: usize = 2_000;
const ROUNDS: usize = 3;

/// How many times as fast ours has to be; by the name of the program.
const TARGETS: [(&str, f64); 2] = [("spdystream", 30.0), ("spdy-transport", 100.0)];

/// One end of the connection.
struct End {
    session: Session,
    socket: TcpStream,
    input: BytesMut,
    buffer: Vec<u8>,
}

impl End {
    fn new(mut session: Session, socket: TcpStream) -> Self {
        socket.set_nodelay(true).unwrap();
        socket.set_nonblocking(true).unwrap();
        open_windows(&mut session);
        Self { session, socket, input: BytesMut::new(), buffer: vec![0; 64 * 1024] }
    }

    /// Writes and reads what the socket takes and has.
    fn turn(&mut self, mut on: impl FnMut(&mut Session, Event)) {
        while self.session.wants_write() {
            let mut output = self.session.output();
            let mut slices = [IoSlice::new(&[]); 64];
            let filled = output.chunks_vectored(&mut slices);
            match self.socket.write_vectored(&slices[..filled]) {
                Ok(written) => output.advance(written),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
        }
        loop {
            match self.socket.read(&mut self.buffer) {
                Ok(0) => panic!("the transport has ended"),
                Ok(read) => self.input.extend_from_slice(&self.buffer[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => panic!("{error}"),
            }
            while let Some(event) = self.session.next_event(&mut self.input).unwrap() {
                on(&mut self.session, event);
            }
        }
    }
}

struct Connection {
    client: End,
    server: End,
    body: Bytes,
    next: usize,
}

impl Connection {
    fn new(body: Bytes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        let config = Config::default().compression(Compression::On);
        Self {
            client: End::new(Session::client(Version::Spdy3_1, config), client),
            server: End::new(Session::server(Version::Spdy3_1, config), server),
            body,
            next: 0,
        }
    }

    fn round(&mut self) {
        for _ in 0..STREAMS / IN_FLIGHT {
            for _ in 0..IN_FLIGHT {
                request(&mut self.client.session, self.next);
                self.next += 1;
            }
            let mut left = IN_FLIGHT;
            while left > 0 {
                self.client.turn(|_, event| left -= usize::from(is_end(&event)));
                self.server.turn(|session, event| respond(session, event, &self.body));
            }
        }
    }
}

/// One run of a program, in nanoseconds a stream.
fn run(program: &str, body: usize) -> f64 {
    let mut command = match program.ends_with(".js") {
        true => Command::new("node"),
        false => Command::new(program),
    };
    if program.ends_with(".js") {
        command.arg(program);
    }
    let output = command.args([STREAMS.to_string(), body.to_string()]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    printed.trim().parse().unwrap_or_else(|_| panic!("{program}: {output:?}"))
}

pub fn print(programs: &[&str]) {
    println!("ns a stream through loopback TCP, both ends; medians of {ROUNDS} runs in turn");
    println!(
        "{:15} {:>8} {:>9} {:>9} {:>6} {:>6}",
        "peer", "body", "ours", "anchor", "ratio", "target"
    );
    for len in [0, 1024, 64 * 1024] {
        let mut connection = Connection::new(body(len));
        connection.round();
        let (mut ours, mut theirs) = (Vec::new(), vec![Vec::new(); programs.len()]);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            connection.round();
            ours.push(start.elapsed());
            for (program, times) in programs.iter().zip(&mut theirs) {
                times.push(Duration::from_nanos(run(program, len) as u64 * STREAMS as u64));
            }
        }
        let ours = median(&mut ours, STREAMS);
        for (program, times) in programs.iter().zip(&mut theirs) {
            let name = Path::new(program).file_stem().unwrap().to_string_lossy();
            let anchor = median(times, STREAMS);
            let target = TARGETS.iter().find(|(known, _)| *known == name).filter(|_| len == 0);
            let (ratio, target) = (anchor / ours, target.map(|(_, ratio)| *ratio));
            println!(
                "{name:15} {len:8} {ours:9.0} {anchor:9.0} {ratio:6.1} {} {}",
                target.map_or("     -".into(), |target| format!("{target:6.0}")),
                verdict(Some(ratio), target, |ratio, target| ratio >= target),
            );
        }
    }
}
