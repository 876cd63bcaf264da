//! Command lines, and how a program fails: one line on stderr, exit code 1, or 2 if it was called
//! in a way that cannot work.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};
use spdy::Version;

/// Why a program ends before its work is done.
pub enum Stop {
    /// The user asked how to call it.
    Help,
    /// The call makes no sense.
    Usage(String),
    /// Something went wrong.
    Failed(String),
}

impl From<lexopt::Error> for Stop {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

/// An I/O error and what it happened to, as in `.map_err(failed("index.html"))`.
pub fn failed<E: Display>(what: impl Display) -> impl FnOnce(E) -> Stop {
    move |error| Stop::Failed(format!("{what}: {error}"))
}

/// Runs a program whose `usage` begins with its name.
pub fn run(usage: &str, program: impl FnOnce(Parser) -> Result<ExitCode, Stop>) -> ExitCode {
    let name = usage.split_whitespace().nth(1).unwrap_or_default();
    match program(Parser::from_env()) {
        Ok(code) => code,
        Err(Stop::Help) => match write!(io::stdout(), "{usage}") {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => ExitCode::FAILURE,
            _ => ExitCode::SUCCESS,
        },
        Err(Stop::Usage(error)) => {
            complain(format_args!("{name}: {error} (try --help)"));
            ExitCode::from(2)
        }
        Err(Stop::Failed(error)) => {
            complain(format_args!("{name}: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// The value of `--version`.
pub fn version(parser: &mut Parser) -> Result<Version, Stop> {
    let token = parser.value()?.string()?;
    token.parse().map_err(|error| Stop::Usage(format!("--version {token}: {error}")))
}

/// The value of `--timeout`.
pub fn timeout(parser: &mut Parser) -> Result<Duration, Stop> {
    match parser.value()?.parse()? {
        0 => Err(Stop::Usage("--timeout 0: no time at all".into())),
        seconds => Ok(Duration::from_secs(seconds)),
    }
}

/// Any option that the program has not taken itself.
pub fn other(arg: Arg<'_>) -> Stop {
    match arg {
        Arg::Long("help") | Arg::Short('h') => Stop::Help,
        other => other.unexpected().into(),
    }
}

/// A line on stderr. Nobody may read it any more; `eprintln!` would panic then.
pub fn complain(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Text on stdout. That nobody reads it any more is no failure.
pub fn print(text: impl Display) -> Result<(), Stop> {
    let mut stdout = io::stdout().lock();
    match write!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(failed("stdout")(error)),
        _ => Ok(()),
    }
}
