//! The examples as programs, and a peer that talks to them over TCP, frame by frame.
#![allow(dead_code, reason = "every test file uses its own part")]

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use bytes::BytesMut;
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::{Compression, Frame, Version};

/// This test's own program lies in target/PROFILE/deps, the examples in target/PROFILE/examples.
pub fn example(name: &str) -> Command {
    let this = std::env::current_exe().unwrap();
    let path = this.ancestors().nth(2).unwrap().join("examples").join(name);
    let path = path.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "run the whole of `cargo test`, or `cargo build --examples` first");
    Command::new(path)
}

pub fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// An empty directory of a test's own.
pub fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// `serve`.
pub struct Server {
    pub process: Child,
    pub address: String,
    pub url: String,
}

impl Server {
    pub fn start(root: &Path) -> Self {
        Self::of("1", root)
    }

    pub fn of(version: &str, root: &Path) -> Self {
        let mut command = example("serve");
        command.args(["--listen", "127.0.0.1:0", "--version", version, "--root"]).arg(root);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim_end().strip_prefix("listening on ").unwrap().to_owned();
        Self { url: format!("http://{address}"), address, process }
    }

    pub fn get(&self, args: &[&str], paths: &[&str]) -> (i32, String, String) {
        let urls = paths.iter().map(|path| format!("{}{path}", self.url));
        run(example("get").args(args).args(urls))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One end of a TCP connection that keeps no rules of SPDY, so that a test can break any.
pub struct Wire {
    pub socket: TcpStream,
    encoder: Encoder,
    decoder: Decoder,
    input: BytesMut,
}

impl Wire {
    pub fn new(version: Version, socket: TcpStream) -> Self {
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
        Self {
            socket,
            encoder: Encoder::new(version, Compression::Off),
            decoder: Decoder::new(version, Limits::default()),
            input: BytesMut::new(),
        }
    }

    pub fn connect(version: Version, address: &str) -> Self {
        Self::new(version, TcpStream::connect(address).unwrap())
    }

    /// Writes frames, all at once.
    pub fn say(&mut self, frames: &[Frame]) {
        let mut wire = BytesMut::new();
        for frame in frames {
            self.encoder.encode(frame, &mut wire).unwrap();
        }
        self.socket.write_all(&wire).unwrap();
    }

    /// The next frame, DATA in pieces as it comes; `None` at the end of the connection.
    pub fn hear(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.decoder.decode(&mut self.input).unwrap() {
                return Some(frame);
            }
            let mut buffer = [0; 64 * 1024];
            match self.socket.read(&mut buffer) {
                Ok(0) => return None,
                Ok(read) => self.input.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("nothing more to hear: {error}"),
            }
        }
    }

    /// The first frame of which this is so; others are passed over.
    pub fn hear_until(&mut self, mut is_it: impl FnMut(&Frame) -> bool) -> Frame {
        loop {
            let frame = self.hear().expect("the connection has ended");
            if is_it(&frame) {
                return frame;
            }
        }
    }
}
