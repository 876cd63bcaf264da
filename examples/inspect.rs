//! Shows one direction of a byte stream, a line a frame.
//!
//! The codec alone does the work (`support/capture.rs`): it knows frames and their compression, but no
//! streams, and keeps no more than one control frame, so that a capture of any length can be looked
//! at.

mod support;

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::{Arg, Parser};
use serde_json::json;
use spdy::{Frame, Scope, StreamId, Version};
use support::args::{self, Stop, failed};
use support::capture::{Capture, Fault, Found};
use support::json::{frame_to_json, object};

const USAGE: &str = "\
Usage: inspect [--version V] [--json] [FILE]

Decodes one direction of a connection from FILE or stdin, a line a frame.
Exits with 1 if any of it could not be decoded.

  --version V    the version of SPDY: 1 (Draft 1, the default), 2, 3 or 3.1; sm is
                 Speed+Mobility: the bytes of a WebSocket, with its handshake or without
  --json         each line is a JSON object
";

fn main() -> ExitCode {
    args::run(USAGE, inspect)
}

fn inspect(mut parser: Parser) -> Result<ExitCode, Stop> {
    let mut version = Version::Draft1;
    let mut json = false;
    let mut file: Option<PathBuf> = None;
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("json") => json = true,
            Arg::Value(path) if file.is_none() => file = Some(path.into()),
            Arg::Long("version") => version = args::version(&mut parser)?,
            other => return Err(args::other(other)),
        }
    }
    let input: Box<dyn Read> = match file.as_deref().filter(|file| *file != Path::new("-")) {
        Some(path) => Box::new(File::open(path).map_err(failed(path.display()))?),
        None => Box::new(io::stdin()),
    };
    let out = BufWriter::new(io::stdout().lock());
    let mut printer = Printer { out, version, json, data_length: 0 };
    match print_all(input, &mut printer) {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::FAILURE),
        // Whoever reads our output has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Stop::Failed(error.to_string())),
    }
}

/// Says whether everything could be decoded.
fn print_all(mut input: impl Read, printer: &mut Printer<impl Write>) -> io::Result<bool> {
    let mut capture = Capture::new(printer.version);
    let mut buffer = vec![0; 64 * 1024];
    let mut faulty = 0;
    loop {
        let count = match input.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result?,
        };
        if count == 0 {
            let end = capture.finish();
            match &end {
                Err(fault) => printer.fault(fault)?,
                Ok(()) if faulty > 0 => printer.faulty(faulty)?,
                Ok(()) => {}
            }
            printer.out.flush()?;
            return Ok(end.is_ok() && faulty == 0);
        }
        capture.push(&buffer[..count]);
        while let Some(found) = capture.next() {
            match found {
                Ok(found) => printer.found(&found)?,
                Err(fault) => {
                    printer.fault(&fault)?;
                    faulty += 1;
                    if fault.is_final() {
                        printer.out.flush()?;
                        return Ok(false);
                    }
                }
            }
        }
        // What has come is shown before we wait for more.
        printer.out.flush()?;
    }
}

struct Printer<W> {
    out: W,
    version: Version,
    json: bool,
    /// What has arrived of a DATA frame.
    data_length: u64,
}

impl<W: Write> Printer<W> {
    fn found(&mut self, found: &Found) -> io::Result<()> {
        match found {
            Found::Frame(frame) => self.frame(frame),
            Found::Handshake(line) if self.json => {
                let pairs = [("type", json!("HANDSHAKE")), ("line", json!(line))];
                writeln!(self.out, "{}", object(pairs))
            }
            Found::Handshake(line) => writeln!(self.out, "HANDSHAKE {line}"),
            Found::WebSocket(word, payload) => self.websocket(word, payload),
        }
    }

    /// A ping's and a pong's payload, and the code and the rest of a Close frame.
    fn websocket(&mut self, word: &str, payload: &[u8]) -> io::Result<()> {
        let (code, payload) = match payload.split_first_chunk() {
            Some((code, rest)) if word == "CLOSE" => (Some(u16::from_be_bytes(*code)), rest),
            _ => (None, payload),
        };
        let hex: String = payload.iter().map(|byte| format!("{byte:02x}")).collect();
        if self.json {
            let pairs = [("type", json!(word))].into_iter();
            let pairs = pairs.chain(code.map(|code| ("code", json!(code))));
            return writeln!(self.out, "{}", object(pairs.chain([("payload", json!(hex))])));
        }
        let code = code.map(|code| format!(" code={code}")).unwrap_or_default();
        writeln!(self.out, "{word}{code} payload={hex}")
    }

    fn frame(&mut self, frame: &Frame) -> io::Result<()> {
        if let Frame::Data(data) = frame {
            self.data_length += data.payload.len() as u64;
            if data.remaining > 0 {
                return Ok(());
            }
        }
        let length = std::mem::take(&mut self.data_length);
        let name = frame.frame_type().name(self.version);
        match frame {
            _ if self.json => writeln!(self.out, "{}", frame_to_json(name, frame, length)),
            // The whole frame, not its last piece.
            Frame::Data(data) => {
                let fin = if data.fin { " fin" } else { "" };
                writeln!(self.out, "{name} stream={}{fin} length={length}", data.stream)
            }
            frame => writeln!(self.out, "{}", frame.display(self.version)),
        }
    }

    fn fault(&mut self, fault: &Fault) -> io::Result<()> {
        match fault {
            Fault::Frame(error) => {
                let stream = error.stream.filter(|_| error.scope == Scope::Stream);
                self.error_line(&error.to_string(), stream)
            }
            Fault::Other(text) => self.error_line(text, None),
        }
    }

    /// Ends an output that went on behind an error.
    fn faulty(&mut self, count: u32) -> io::Result<()> {
        self.error_line(&format!("{count} of the frames could not be decoded"), None)
    }

    fn error_line(&mut self, text: &str, stream: Option<StreamId>) -> io::Result<()> {
        if !self.json {
            return writeln!(self.out, "error: {text}");
        }
        let stream = stream.map(|stream| ("stream", json!(stream.get())));
        writeln!(self.out, "{}", object([("error", json!(text))].into_iter().chain(stream)))
    }
}
