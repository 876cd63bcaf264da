//! The WebSocket of `spdy` with the interface that README.txt beside it describes.

use std::error::Error;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use bytes::{Buf, Bytes, BytesMut};
use lexopt::{Arg, Parser, ValueExt};
use sha1_smol::Sha1;
use spdy::Role;
use spdy::websocket::handshake::{Client, ClientError, Extension, Offer, Server};
use spdy::websocket::{Close, CloseCode, Decoder, Encoder, Kind, Limits, Received};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("websocket-peer: {error}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Clone, Default)]
struct Options {
    extension: Extension,
    protocol: Option<String>,
    echo: bool,
    read: Option<usize>,
    commands: Vec<String>,
}

fn run() -> Result<()> {
    let mut parser = Parser::from_env();
    let role = parser.value()?.string()?;
    let address = if role == "client" { Some(parser.value()?.string()?) } else { None };
    let mut options = Options::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("extension") => {
                let token = parser.value()?.string()?;
                options.extension = Extension::Required(token.leak());
            }
            Arg::Long("protocol") => options.protocol = Some(parser.value()?.string()?),
            Arg::Long("echo") => options.echo = true,
            Arg::Long("read") => options.read = Some(parser.value()?.parse()?),
            Arg::Value(command) => options.commands.push(command.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    match address {
        Some(address) => connect(&address, &options),
        None => listen(&options),
    }
}

fn connect(address: &str, options: &Options) -> Result<()> {
    let mut socket = TcpStream::connect(address)?;
    let mut offer = Offer::new(address, random()).target("/here?a=b").extension(options.extension);
    if let Some(protocol) = &options.protocol {
        offer = offer.protocol(protocol);
    }
    let mut client = Client::new(&offer, Limits::default())?;
    socket.write_all(&client.request())?;
    let mut input = BytesMut::new();
    let response = loop {
        match client.read_response(&mut input) {
            Ok(Some(response)) => break response,
            Ok(None) => read(&mut socket, &mut input, options)?,
            Err(ClientError::Status { status, .. }) => {
                let mut body = input.to_vec();
                socket.read_to_end(&mut body)?;
                println!("refused {status} {}", String::from_utf8_lossy(&body).trim_end());
                return Ok(());
            }
            Err(error) => {
                println!("error {error}");
                return Ok(());
            }
        }
    };
    println!("open {} {}", word(response.extension()), word(response.protocol()));
    talk(Role::Client, socket, input, options)
}

fn listen(options: &Options) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on {}", listener.local_addr()?);
    for socket in listener.incoming() {
        let (socket, options) = (socket?, options.clone());
        thread::spawn(move || {
            if let Err(error) = accept(socket, &options) {
                eprintln!("websocket-peer: {error}");
            }
        });
    }
    Ok(())
}

fn accept(mut socket: TcpStream, options: &Options) -> Result<()> {
    let mut server = Server::new(options.extension, Limits::default());
    let mut input = BytesMut::new();
    let mut request = loop {
        match server.read_request(&mut input) {
            Ok(Some(request)) => break request,
            Ok(None) => read(&mut socket, &mut input, options)?,
            Err(error) => {
                println!("error {error}");
                socket.write_all(&error.response())?;
                return finish(&mut socket);
            }
        }
    };
    let protocol = options.protocol.as_deref();
    let protocol = request.choose_protocol(protocol.as_slice()).map(str::to_owned);
    println!("open {} {}", word(request.extension()), word(protocol.as_deref()));
    socket.write_all(&request.accept())?;
    talk(Role::Server, socket, input, options)
}

fn word(word: Option<&str>) -> &str {
    word.unwrap_or("-")
}

/// What the reading thread tells the writing one.
enum Told {
    Counted,
    Echo(Kind, Bytes, bool),
    Pong(Bytes),
    Close(Option<Close>),
    Fail(CloseCode),
}

fn talk(role: Role, socket: TcpStream, input: BytesMut, options: &Options) -> Result<()> {
    let (tell, told) = channel();
    let (reading, of_reader) = (socket.try_clone()?, options.clone());
    let reader = thread::spawn(move || hear(role, reading, input, &of_reader, &tell));
    let encoder = Encoder::new(role, random as fn() -> [u8; 4]);
    Speaker { encoder, socket, told, role, counted: 0, is_closed: false }
        .speak(&options.commands)?;
    reader.join().map_err(|_| "the reader panicked")?
}

/// Reads until the end of the transport, also behind a failure.
fn hear(
    role: Role,
    mut socket: TcpStream,
    mut input: BytesMut,
    options: &Options,
    tell: &Sender<Told>,
) -> Result<()> {
    let mut decoder = Decoder::new(role, Limits::default());
    let (mut digest, mut length) = (Sha1::new(), 0);
    loop {
        match decoder.decode(&mut input) {
            Ok(Some(Received::Data(data))) => {
                digest.update(&data.payload);
                length += data.payload.len();
                if data.is_last {
                    let kind = if data.kind == Kind::Text { "text" } else { "binary" };
                    println!("{kind} {length} {}", std::mem::take(&mut digest).digest());
                    length = 0;
                }
                if options.echo {
                    tell.send(Told::Echo(data.kind, data.payload, data.is_last))?;
                }
                if data.is_last {
                    tell.send(Told::Counted)?;
                }
            }
            Ok(Some(Received::Ping(payload))) => tell.send(Told::Pong(payload))?,
            Ok(Some(Received::Pong(payload))) => {
                println!("pong {}", String::from_utf8_lossy(&payload));
                tell.send(Told::Counted)?;
            }
            Ok(Some(Received::Close(close))) => {
                let (code, rest) = close
                    .clone()
                    .map_or((CloseCode::NO_STATUS, Bytes::new()), |it| (it.code, it.rest));
                println!("close {code} {}", String::from_utf8_lossy(&rest));
                tell.send(Told::Close(close))?;
            }
            Ok(Some(other)) => return Err(format!("{other:?}").into()),
            Ok(None) => {
                if read(&mut socket, &mut input, options).is_err() {
                    if let Err(error) = decoder.finish() {
                        println!("error {error}");
                    }
                    return Ok(());
                }
            }
            Err(error) => {
                println!("error {error}");
                tell.send(Told::Fail(error.close_code()))?;
                return drain(&mut socket);
            }
        }
    }
}

/// Writes: what the commands say, and the answers in between and afterwards.
struct Speaker {
    encoder: Encoder<fn() -> [u8; 4]>,
    socket: TcpStream,
    told: Receiver<Told>,
    role: Role,
    counted: usize,
    is_closed: bool,
}

impl Speaker {
    fn speak(mut self, commands: &[String]) -> Result<()> {
        for command in commands {
            self.perform(command)?;
        }
        while let Ok(told) = self.told.recv() {
            self.answer(told)?;
        }
        Ok(())
    }

    fn perform(&mut self, command: &str) -> Result<()> {
        let (verb, argument) = command.split_once(':').unwrap_or((command, ""));
        let mut out = BytesMut::new();
        match verb {
            "text" => self.encoder.message(Kind::Text, argument.as_bytes(), &mut out)?,
            "words" => {
                let mut words = argument.split('|').peekable();
                while let Some(word) = words.next() {
                    let is_last = words.peek().is_none();
                    self.encoder.fragment(Kind::Text, word.as_bytes(), is_last, &mut out)?;
                }
            }
            "bytes" => self.encoder.message(Kind::Binary, &pattern(argument.parse()?), &mut out)?,
            "fragments" => {
                let sizes: Vec<usize> =
                    argument.split(':').map(str::parse).collect::<std::result::Result<_, _>>()?;
                let mut payload = Bytes::from(pattern(sizes.iter().sum()));
                for (number, size) in (1..).zip(&sizes) {
                    let piece = payload.copy_to_bytes(*size);
                    let is_last = number == sizes.len();
                    self.encoder.fragment(Kind::Binary, &piece, is_last, &mut out)?;
                }
            }
            "ping" => self.encoder.ping(argument.as_bytes(), &mut out)?,
            "wait" => {
                let wanted: usize = argument.parse()?;
                while self.counted < wanted {
                    let told = self.told.recv()?;
                    self.answer(told)?;
                }
            }
            "raw" => {
                let byte = |at| u8::from_str_radix(&argument[at..at + 2], 16);
                let raw = (0..argument.len()).step_by(2).map(byte);
                out.extend_from_slice(&raw.collect::<std::result::Result<Vec<_>, _>>()?);
            }
            "close" => {
                let (code, reason) = argument.split_once(':').unwrap_or((argument, ""));
                let close = match code {
                    "" => None,
                    code => Some(Close::new(CloseCode(code.parse()?), reason.to_owned())),
                };
                self.encoder.close(close.as_ref(), &mut out)?;
                self.is_closed = true;
            }
            _ => return Err(format!("no command {command}").into()),
        }
        Ok(self.socket.write_all(&out)?)
    }

    fn answer(&mut self, told: Told) -> Result<()> {
        let mut out = BytesMut::new();
        let close = match told {
            Told::Counted => {
                self.counted += 1;
                return Ok(());
            }
            // Behind a Close frame of ours nothing is answered but by the end.
            Told::Echo(..) | Told::Pong(_) if self.is_closed => return Ok(()),
            Told::Echo(kind, piece, is_last) => {
                self.encoder.fragment(kind, &piece, is_last, &mut out)?;
                return Ok(self.socket.write_all(&out)?);
            }
            Told::Pong(payload) => {
                self.encoder.pong(&payload, &mut out)?;
                return Ok(self.socket.write_all(&out)?);
            }
            Told::Close(close) => close,
            Told::Fail(code) => Some(Close::new(code, "")),
        };
        if !self.is_closed {
            self.encoder.close(close.as_ref(), &mut out)?;
            self.socket.write_all(&out)?;
            self.is_closed = true;
        }
        // The server ends the transport, the client waits for that.
        if self.role == Role::Server {
            self.socket.shutdown(Shutdown::Write)?;
        }
        Ok(())
    }
}

fn read(socket: &mut TcpStream, input: &mut BytesMut, options: &Options) -> io::Result<()> {
    let mut piece = vec![0; options.read.unwrap_or(16 * 1024)];
    match socket.read(&mut piece)? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        len => {
            input.extend_from_slice(&piece[..len]);
            Ok(())
        }
    }
}

/// Ends this side, and reads until the other has ended: what is left unread would reset both.
fn finish(socket: &mut TcpStream) -> Result<()> {
    socket.shutdown(Shutdown::Write)?;
    drain(socket)
}

fn drain(socket: &mut TcpStream) -> Result<()> {
    io::copy(socket, &mut io::sink())?;
    Ok(())
}

/// The bytes that every peer sends.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 256) as u8).collect()
}

/// From the system's source.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let source = File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    source.expect("no source of randomness");
    bytes
}
