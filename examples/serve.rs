//! Serves the files of a directory over SPDY, and echoes what is sent to it.
//!
//! The parts stand in `support`: `server` is the event loop, `driver` one connection with its
//! session, `responder` turns requests into answers, `files` finds the files.

mod support;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::{Arg, Parser, ValueExt};
use spdy::{Config, Version};
use support::args::{self, Stop, failed};
use support::files::Files;
use support::server::Server;

const USAGE: &str = "\
Usage: serve [--listen ADDR] [--version V] [--root DIR]

Serves the files below DIR to GET and HEAD; any other method gets its body back.
In 3 and 3.1 a body of another length than its content-length says gets status 400
or, if more than 16 KiB of it have come, a reset.

  --listen ADDR    where to listen (default 127.0.0.1:6121; port 0 takes a free one)
  --version V      the version of SPDY: 1 (Draft 1, the default), 2, 3 or 3.1; sm is
                   Speed+Mobility, in builds with `--features speed-mobility`
  --root DIR       what to serve (default: the current directory)
";

fn main() -> ExitCode {
    args::run(USAGE, serve)
}

fn serve(mut parser: Parser) -> Result<ExitCode, Stop> {
    let mut listen = "127.0.0.1:6121".to_owned();
    let mut version = Version::Draft1;
    let mut root = PathBuf::from(".");
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("listen") => listen = parser.value()?.string()?,
            Arg::Long("root") => root = parser.value()?.into(),
            Arg::Long("version") => version = args::version(&mut parser)?,
            other => return Err(args::other(other)),
        }
    }

    let files = Files::new(&root).map_err(failed(root.display()))?;
    let server = Server::bind(&listen, version, Config::default()).map_err(failed(&listen))?;
    args::print(format_args!("listening on {}\n", server.address()))?;
    server.run(files, |_| ControlFlow::Continue(())).map_err(failed("the server"))?;
    Ok(ExitCode::SUCCESS)
}
