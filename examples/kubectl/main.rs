//! The client's end of exec, attach and port-forward, as Kubernetes speaks them over SPDY/3.1.
//!
//! | file | its job |
//! |---|---|
//! | `upgrade` | from HTTP/1.1 to SPDY/3.1 |
//! | `exec` | the streams of a command: exec and attach |
//! | `standard` | our stdin, stdout and stderr, on threads |
//! | `port_forward` | two streams for each connection that is forwarded |
//!
//! The event loop is that of `support/kube`.

mod exec;
mod port_forward;
mod standard;
#[path = "../support/mod.rs"]
mod support;
mod upgrade;

use std::process::ExitCode;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};
use support::args::{self, Stop};
use upgrade::Server;

const USAGE: &str = "\
Usage: kubectl --server ADDR exec [--stdin] [--tty] -- COMMAND [ARG...]
       kubectl --server ADDR attach [--stdin] [--tty]
       kubectl --server ADDR port-forward LOCAL:REMOTE

exec runs a command there and exits with its code. attach joins the command that runs
there already, until our stdin ends or it does. port-forward lets connections to the
port LOCAL of this machine (0 takes a free one) reach the port REMOTE there, until it
is ended.

  --server ADDR        where a kubelet listens
  --timeout SECONDS    how long it may give no sign of life, or leave a stream
                       unanswered (default 30)
  --stdin, -i          the command gets our stdin
  --tty, -t            the command has a terminal: one output, and a size
                       (COLUMNS x LINES of the environment, or 80x24)
";

fn main() -> ExitCode {
    args::run(USAGE, kubectl)
}

fn kubectl(mut parser: Parser) -> Result<ExitCode, Stop> {
    let (mut address, mut patience, mut verb) = (None, Duration::from_secs(30), None);
    let (mut stdin, mut tty, mut words) = (false, false, Vec::new());
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("server") => address = Some(parser.value()?.string()?),
            Arg::Long("timeout") => patience = args::timeout(&mut parser)?,
            Arg::Long("stdin") | Arg::Short('i') => stdin = true,
            Arg::Long("tty") | Arg::Short('t') => tty = true,
            Arg::Value(word) if verb.is_none() => verb = Some(word.string()?),
            // Behind `--` they are the command's, whatever they look like.
            Arg::Value(word) => words.push(word.string()?),
            other => return Err(args::other(other)),
        }
    }
    let address = address.ok_or_else(|| Stop::Usage("no --server".into()))?;
    let server = Server { address, patience };
    match (verb.as_deref(), words.as_slice()) {
        (Some("exec"), []) => Err(Stop::Usage("no command".into())),
        (Some("exec"), command) => exec::run(&server, "exec", command, stdin, tty),
        (Some("attach"), []) => exec::run(&server, "attach", &[], stdin, tty),
        (Some("attach"), _) => Err(Stop::Usage("attach takes no command".into())),
        (Some("port-forward"), _) if stdin || tty => {
            Err(Stop::Usage("port-forward takes neither --stdin nor --tty".into()))
        }
        (Some("port-forward"), [ports]) => {
            let (local, remote) = ports.split_once(':').unwrap_or((ports, ports));
            match (local.parse(), remote.parse()) {
                (Ok(local), Ok(remote)) if remote > 0 => port_forward::run(&server, local, remote),
                _ => Err(Stop::Usage(format!("{ports}: no ports"))),
            }
        }
        (Some("port-forward"), _) => Err(Stop::Usage("port-forward takes LOCAL:REMOTE".into())),
        (Some(other), _) => Err(Stop::Usage(format!("no command {other}"))),
        (None, _) => Err(Stop::Usage("exec, attach or port-forward?".into())),
    }
}
