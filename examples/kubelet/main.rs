//! The server's end of exec, attach and port-forward, as Kubernetes speaks them over SPDY/3.1.
//!
//! | file | its job |
//! |---|---|
//! | `upgrade` | the request, and from HTTP/1.1 to SPDY/3.1 |
//! | `exec` | the streams of a command: exec and attach |
//! | `process` | the commands, which are built in: nothing of the machine is run |
//! | `attach` | the command that runs all the time, and those who have joined it |
//! | `status` | how a command ended, as its client is told |
//! | `port_forward` | the streams of connections that are forwarded, in pairs |
//!
//! Each connection has a thread of its own, with the event loop of `support/kube`.

mod attach;
mod exec;
mod port_forward;
mod process;
mod status;
#[path = "../support/mod.rs"]
mod support;
mod upgrade;

use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use attach::{Attached, Room};
use exec::Exec;
use lexopt::{Arg, Parser, ValueExt};
use mio::Poll;
use port_forward::PortForward;
use spdy::Role;
use support::args::{self, Stop, complain, failed};
use support::kube;
use upgrade::Request;

const USAGE: &str = "\
Usage: kubelet [--listen ADDR]

Serves exec, attach and port-forward of Kubernetes over SPDY/3.1. Commands that exist:
cat, wc, yes N (N bytes of it) and fail CODE. attach joins a cat that runs all the time:
what one client says comes out at all that have joined, and who ends its stdin leaves.
Ports are those of this machine.

  --listen ADDR        where to listen (default 127.0.0.1:10250; port 0 takes a free one)
  --timeout SECONDS    how long a client may take for its request, and for the streams
                       that belong to it (default 30)
";

fn main() -> ExitCode {
    args::run(USAGE, kubelet)
}

fn kubelet(mut parser: Parser) -> Result<ExitCode, Stop> {
    let (mut listen, mut patience) = ("127.0.0.1:10250".to_owned(), Duration::from_secs(30));
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("listen") => listen = parser.value()?.string()?,
            Arg::Long("timeout") => patience = args::timeout(&mut parser)?,
            other => return Err(args::other(other)),
        }
    }
    let listener = TcpListener::bind(&listen).map_err(failed(&listen))?;
    let address = listener.local_addr().map_err(failed(&listen))?;
    args::print(format_args!("listening on {address}\n"))?;
    let room = Arc::new(Room::default());
    loop {
        match listener.accept() {
            Ok((socket, peer)) => {
                let room = Arc::clone(&room);
                thread::spawn(move || {
                    if let Err(error) = serve(socket, &room, patience) {
                        complain(format_args!("{peer}: {error}"));
                    }
                });
            }
            Err(error) => {
                complain(format_args!("cannot accept: {error}"));
                thread::sleep(Duration::from_millis(200));
            }
        }
    }
}

/// One connection, from its request to its end.
fn serve(mut socket: TcpStream, room: &Arc<Room>, patience: Duration) -> io::Result<()> {
    let Some((request, early)) = upgrade::accept(&mut socket, patience)? else { return Ok(()) };
    let poll = Poll::new()?;
    let connection = (socket, early);
    let expires = Instant::now() + patience;
    match request {
        Request::Exec { command, streams } => {
            let process = process::start(&command, streams.has_stdin());
            let mut exec = Exec::new(process, streams, expires);
            kube::run(connection, Role::Server, None, poll, &mut exec)
        }
        Request::Attach(streams) => {
            let attached = Attached::new(Arc::clone(room), poll.registry())?;
            let mut exec = Exec::new(Ok(Box::new(attached)), streams, expires);
            kube::run(connection, Role::Server, None, poll, &mut exec)
        }
        Request::PortForward => {
            let mut forward = PortForward::new(poll.registry().try_clone()?, patience);
            kube::run(connection, Role::Server, None, poll, &mut forward)
        }
    }
}
