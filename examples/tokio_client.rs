//! Makes one request and prints the body of its answer: SPDY/3.1 on tokio, over TCP or TLS.
//!
//! `tokio_client URL [FILE [CERTIFICATE]]`: posts the file, or gets the URL if it is named `-`; trusts
//! the certificate that `tokio_server` has written, and no other.

#[path = "support/tokio.rs"]
mod runtime;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::sync::Arc;

use runtime::{Handler, Result, drive};
use spdy::{Config, Event, Session, StreamId, Version, http};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const VERSION: Version = Version::Spdy3_1;

/// How much of the file is read and queued at a time.
const PIECE: usize = 32 * 1024;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let mut args = std::env::args().skip(1);
    let url = args.next().ok_or("tokio_client URL [FILE [CERTIFICATE]]")?;
    let body = args.next().filter(|path| path != "-").map(File::open).transpose()?;
    let (scheme, rest) = url.split_once("://").ok_or("a URL without a scheme")?;
    let (authority, _path) = rest.split_once('/').unwrap_or((rest, ""));

    let method = if body.is_some() { "POST" } else { "GET" };
    let mut session = Session::client(VERSION, Config::default());
    session.open(http::request(VERSION, method, &url, ())?)?;
    let mut exchange = Exchange { body };

    let socket = TcpStream::connect(authority).await?;
    socket.set_nodelay(true)?;
    if scheme == "http" {
        return drive(socket, session, &mut exchange).await;
    }
    let tls = connector(&args.next().ok_or("https needs a certificate")?)?;
    let host = authority.rsplit_once(':').map_or(authority, |(host, _port)| host).to_owned();
    let socket = tls.connect(ServerName::try_from(host)?, socket).await?;
    if socket.get_ref().1.alpn_protocol() != VERSION.alpn().map(str::as_bytes) {
        return Err("the server does not speak SPDY/3.1".into());
    }
    drive(socket, session, &mut exchange).await
}

fn connector(certificate: &str) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add(fs::read(certificate)?.into())?;
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = VERSION.alpn().map(Vec::from).into_iter().collect();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The one request: its body goes out as fast as it is asked for, and the answer to the standard
/// output.
struct Exchange {
    body: Option<File>,
}

impl Handler for Exchange {
    fn on_event(&mut self, session: &mut Session, event: Event) -> Result {
        let fin = match event {
            Event::SynReply { headers, fin, .. } => {
                eprintln!("{}", http::Response::parse(VERSION, &headers)?.status());
                fin
            }
            Event::Data { data, fin, .. } => {
                std::io::stdout().write_all(&data)?;
                fin
            }
            Event::Aborted { cause, .. } => match session.error() {
                Some(error) => return Err(error.clone().into()),
                None => return Err(cause.into()),
            },
            _ => false,
        };
        if fin {
            session.close(); // what is queued goes out, then GOAWAY
        }
        Ok(())
    }

    fn on_writable(&mut self, session: &mut Session, stream: StreamId) -> Result {
        let Some(body) = &mut self.body else { return Ok(()) };
        let mut piece = Vec::with_capacity(PIECE);
        body.take(PIECE as u64).read_to_end(&mut piece)?;
        let is_last = piece.is_empty();
        Ok(session.send_data(stream, piece, is_last)?)
    }
}
