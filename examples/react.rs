//! What a session makes of what it is told: for holding one implementation against another.
//!
//! A script comes on stdin, a command a line. What the session does comes out as JSON, a line each:
//! what its caller is told, and the frames that its peer is sent.

mod support;

use std::error::Error;
use std::io::{self, BufRead, BufWriter, Write};
use std::process::ExitCode;

use bytes::{Buf, Bytes, BytesMut};
use lexopt::{Arg, Parser, ValueExt};
use serde_json::json;
use spdy::codec::{Decoder, Limits};
use spdy::{
    Config, Frame, GoAwayStatus, Open, Role, Session, SettingId, Status, StreamId, Version,
};
use support::args::{self, Stop, failed};
use support::json::object;

const USAGE: &str = "\
Usage: react [--version V] --role client|server

Reads a script from stdin, and shows what a session does with each line:

  input HEX               bytes of the peer arrive
  open ID [fin] [uni]     opens the stream that must get this ID
  reply ID [fin]          replies to a stream
  headers ID [fin]        sends headers on it
  data ID LENGTH [fin]    sends so many bytes on it
  reset ID STATUS         tears it down
  settings ID VALUE       announces a setting
  ping                    sends a PING
  goaway                  sends GOAWAY
                          (an empty line) begins again with a new session

  --version V    the version of SPDY: 1 (Draft 1, the default), 2, 3 or 3.1
  --role ROLE    which end the session is
";

fn main() -> ExitCode {
    args::run(USAGE, react)
}

fn react(mut parser: Parser) -> Result<ExitCode, Stop> {
    let (mut version, mut role) = (Version::Draft1, None);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("version") => version = args::version(&mut parser)?,
            Arg::Long("role") => {
                role = Some(match parser.value()?.string()?.as_str() {
                    "client" => Role::Client,
                    "server" => Role::Server,
                    other => return Err(Stop::Usage(format!("--role {other}: client or server"))),
                });
            }
            other => return Err(args::other(other)),
        }
    }
    let role = role.ok_or_else(|| Stop::Usage("no --role".into()))?;

    let mut out = BufWriter::new(io::stdout().lock());
    let mut run = Run::new(version, role);
    for (number, line) in io::stdin().lock().lines().enumerate() {
        let line = line.map_err(failed("stdin"))?;
        if line.is_empty() {
            run = Run::new(version, role);
            writeln!(out).map_err(failed("stdout"))?;
        } else {
            let done = run.step(&line, &mut out);
            done.map_err(failed(format_args!("line {}: {line}", number + 1)))?;
        }
        out.flush().map_err(failed("stdout"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One session, and how it is read.
struct Run {
    session: Session,
    /// Reads what the session writes.
    reader: Decoder,
    /// Bytes of a DATA frame so far.
    data_length: usize,
    step: usize,
    is_over: bool,
}

impl Run {
    fn new(version: Version, role: Role) -> Self {
        let session = Session::new(version, role, Config::default().push(true));
        let reader = Decoder::new(version, Limits::default());
        Self { session, reader, data_length: 0, step: 0, is_over: false }
    }

    fn step(&mut self, line: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        if !self.is_over {
            let words: Vec<_> = line.split_whitespace().collect();
            if let Err(refused) = self.perform(&words, out)? {
                self.say(out, "refused", &refused)?;
            }
            self.drain(out)?;
            if self.is_over {
                writeln!(out, "{}", object([("step", json!(self.step)), ("closed", json!(true))]))?;
            }
        }
        self.step += 1;
        Ok(())
    }

    /// Does what a line says; the inner result tells whether the session refused it.
    fn perform(
        &mut self,
        words: &[&str],
        out: &mut impl Write,
    ) -> Result<Result<(), String>, Box<dyn Error>> {
        let number = |at: usize| -> Result<u32, Box<dyn Error>> {
            Ok(words.get(at).ok_or("a number is missing")?.parse()?)
        };
        let stream = || number(1).map(StreamId::new);
        let has = |word: &str| words.contains(&word);
        let (fin, list) = (has("fin"), [("x-react", "1")]);
        let done = match words.first().copied().unwrap_or_default() {
            "input" => {
                self.feed(words.get(1).copied().unwrap_or_default(), out)?;
                Ok(())
            }
            "open" => {
                let wanted = stream()?;
                let opened = self.session.open(Open::new(list).fin(fin).unidirectional(has("uni")));
                if opened.as_ref().is_ok_and(|got| *got != wanted) {
                    return Err(format!("the stream got another ID than {wanted}").into());
                }
                opened.map(|_| ())
            }
            "reply" => self.session.reply(stream()?, list, fin),
            "headers" => self.session.send_headers(stream()?, list, fin),
            "data" => {
                let bytes = vec![0; usize::try_from(number(2)?)?];
                self.session.send_data(stream()?, bytes, fin)
            }
            "reset" => self.session.fin_stream(stream()?, Status(number(2)?)),
            "settings" => self.session.send_settings([(SettingId(number(1)?), number(2)?)]),
            "ping" => self.session.ping().map(|_| ()),
            "goaway" => {
                self.session.go_away(GoAwayStatus::OK);
                Ok(())
            }
            _ => return Err("no such command".into()),
        };
        Ok(done.map_err(|error| error.to_string()))
    }

    fn feed(&mut self, hex: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        let bytes: Result<Vec<_>, _> = (0..hex.len())
            .step_by(2)
            .map(|at| {
                let digits = hex.get(at..at + 2).ok_or("an odd number of hex digits")?;
                u8::from_str_radix(digits, 16).map_err(|_| "no hex digits")
            })
            .collect();
        let mut input = Bytes::from(bytes?);
        loop {
            match self.session.next_event(&mut input) {
                Ok(Some(event)) => self.say(out, "event", &format!("{event:?}"))?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.is_over = true;
                    self.say(out, "error", &error.to_string())?;
                    return Ok(());
                }
            }
        }
    }

    /// Shows what the peer is sent.
    fn drain(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        let mut wire = BytesMut::new();
        while self.session.wants_write() {
            let mut output = self.session.output();
            wire.extend_from_slice(output.chunk());
            let count = output.chunk().len();
            output.advance(count);
        }
        while let Some(frame) = self.reader.decode(&mut wire)? {
            let text = match &frame {
                // A whole frame in one line, however it is read.
                Frame::Data(data) => {
                    self.data_length += data.payload.len();
                    if data.remaining > 0 {
                        continue;
                    }
                    let (length, fin) = (std::mem::take(&mut self.data_length), data.fin);
                    let fin = if fin { " fin" } else { "" };
                    format!("DATA stream={}{fin} length={length}", data.stream)
                }
                frame => frame.display(self.session.version()).to_string(),
            };
            self.say(out, "out", &text)?;
        }
        Ok(())
    }

    fn say(&self, out: &mut impl Write, what: &str, text: &str) -> io::Result<()> {
        writeln!(out, "{}", object([("step", json!(self.step)), (what, json!(text))]))
    }
}
