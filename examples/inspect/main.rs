//! Shows what was said on a connection.
//!
//! From a byte stream: one direction, a line a frame. The codec alone does the work
//! (`support/capture.rs`): it knows frames and their compression, but no streams, and keeps no more
//! than one control frame, so that a stream of any length can be looked at.
//!
//! From a capture (pcap or pcapng) both ends of each connection, as a timeline and as a picture:
//!
//! | file | its job |
//! |---|---|
//! | `packets` | a capture to TCP segments |
//! | `tcp` | segments to what each end sent, in order |
//! | `said` | the bytes of one end to frames, and these to text and JSON |
//! | `story` | both ends to one order of frames, with windows and sizes |
//! | `timeline` | a story in the terminal |
//! | `sequence` | a story as a sequence diagram |

mod packets;
mod said;
mod sequence;
mod story;
#[path = "../support/mod.rs"]
mod support;
mod tcp;
mod timeline;

use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::{Arg, Parser};
use said::{Listener, Said};
use spdy::Version;
use story::Story;
use support::args::{self, Stop, failed};
use support::capture::Fault;
use timeline::Timeline;

const USAGE: &str = "\
Usage: inspect [--version V] [--json] [--svg PICTURE] [FILE]

Decodes FILE or stdin, a line a frame: one direction of a connection as it is, or a capture
(pcap or pcapng) with both directions of each connection in it.
Exits with 1 if any of it could not be decoded.

  --version V    the version of SPDY: 1 (Draft 1), 2, 3 or 3.1; sm is Speed+Mobility: the
                 bytes of a WebSocket, with its handshake or without. By default 1, and
                 what the connections of a capture begin with
  --json         each line is a JSON object
  --svg PICTURE  also draws the connections of a capture as sequence diagrams
";

fn main() -> ExitCode {
    args::run(USAGE, inspect)
}

fn inspect(mut parser: Parser) -> Result<ExitCode, Stop> {
    let (mut version, mut json) = (None, false);
    let (mut file, mut svg): (Option<PathBuf>, Option<PathBuf>) = (None, None);
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("json") => json = true,
            Arg::Long("svg") => svg = Some(parser.value()?.into()),
            Arg::Value(path) if file.is_none() => file = Some(path.into()),
            Arg::Long("version") => version = Some(args::version(&mut parser)?),
            other => return Err(args::other(other)),
        }
    }
    let (name, mut input): (String, Box<dyn Read>) =
        match file.as_deref().filter(|file| *file != Path::new("-")) {
            Some(path) => {
                let name = path.display().to_string();
                (name, Box::new(File::open(path).map_err(failed(path.display()))?))
            }
            None => ("stdin".into(), Box::new(io::stdin())),
        };
    let mut start = Vec::new();
    input.by_ref().take(4).read_to_end(&mut start).map_err(failed(&name))?;
    let is_capture = start[..].try_into().is_ok_and(packets::is_capture);
    let mut out = BufWriter::new(io::stdout().lock());
    let result = if is_capture {
        input.read_to_end(&mut start).map_err(failed(&name))?;
        let stories = stories(&start, version).map_err(failed(&name))?;
        if let Some(svg) = svg {
            fs::write(&svg, sequence::draw(&stories)).map_err(failed(svg.display()))?;
        }
        print_stories(&stories, json, &mut out)
    } else if svg.is_some() {
        return Err(Stop::Failed(format!("{name}: is no capture, which --svg needs")));
    } else {
        print_stream(start.chain(input), version.unwrap_or(Version::Draft1), json, &mut out)
    };
    match result {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::FAILURE),
        // Whoever reads our output has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Stop::Failed(error.to_string())),
    }
}

/// Says whether everything could be decoded.
fn print_stream(
    mut input: impl Read,
    version: Version,
    json: bool,
    out: &mut impl Write,
) -> io::Result<bool> {
    let mut listener = Listener::new(version);
    let mut buffer = vec![0; 64 * 1024];
    let mut faulty = 0;
    let line = |said: &Said| match json {
        true => said.to_json(version, &[]),
        false => said.to_text(version),
    };
    loop {
        let count = match input.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result?,
        };
        if count == 0 {
            break;
        }
        listener.push(&buffer[..count]);
        while let Some((said, _)) = listener.next() {
            writeln!(out, "{}", line(&said))?;
            faulty += u32::from(matches!(said, Said::Fault(_)));
        }
        // What has come is shown before we wait for more.
        out.flush()?;
        if listener.is_over() {
            return Ok(false);
        }
    }
    match listener.finish() {
        Some(said) => writeln!(out, "{}", line(&said))?,
        None if faulty > 0 => {
            let text = format!("{faulty} of the frames could not be decoded");
            writeln!(out, "{}", line(&Said::Fault(Fault::Other(text))))?;
        }
        None => return Ok(true),
    }
    out.flush()?;
    Ok(false)
}

fn stories(capture: &[u8], version: Option<Version>) -> Result<Vec<Story>, String> {
    let mut connections = tcp::Connections::default();
    packets::read(capture, |segment| connections.add(segment))?;
    connections.finish();
    if connections.0.is_empty() {
        return Err("the capture holds no TCP connection".into());
    }
    let connections = connections.0.iter();
    Ok(connections.map(|connection| Story::of(connection, version)).collect())
}

fn print_stories(stories: &[Story], json: bool, out: &mut impl Write) -> io::Result<bool> {
    let is_coloured = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for (number, story) in stories.iter().enumerate() {
        let timeline = Timeline { story, number: number + 1, is_coloured };
        if json { timeline.write_json(out)? } else { timeline.write(out)? }
    }
    out.flush()?;
    let is_any_spdy = stories.iter().any(|story| story.version.is_some());
    Ok(is_any_spdy && !stories.iter().any(Story::has_faults))
}
