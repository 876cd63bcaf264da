//! Sends back the body of every request: SPDY/3.1 on tokio, over TCP or TLS.
//!
//! `tokio_server [ADDR [CERTIFICATE]]`: with a second argument it speaks TLS, and writes the
//! certificate that it has made for itself there, for `tokio_client` to trust.

#[path = "support/echo.rs"]
mod echo;
#[path = "support/tokio.rs"]
mod runtime;

use std::sync::Arc;

use echo::{Echo, VERSION};
use runtime::{Handler, Result, drive};
use spdy::{Event, Session, StreamId};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let mut args = std::env::args().skip(1);
    let listener = TcpListener::bind(args.next().unwrap_or("127.0.0.1:6121".into())).await?;
    let tls = args.next().map(|path| acceptor(&path)).transpose()?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (socket, peer) = listener.accept().await?;
        let serving = serve(socket, tls.clone());
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                eprintln!("{peer}: {error}");
            }
        });
    }
}

async fn serve(socket: TcpStream, tls: Option<TlsAcceptor>) -> Result {
    socket.set_nodelay(true)?; // frames leave in whole batches
    let Some(tls) = tls else {
        return drive(socket, Echo::session()?, &mut Echo::default()).await;
    };
    let socket = tls.accept(socket).await?;
    if socket.get_ref().1.alpn_protocol() != VERSION.alpn().map(str::as_bytes) {
        return Err("a client that does not speak SPDY/3.1".into());
    }
    drive(socket, Echo::session()?, &mut Echo::default()).await
}

/// A certificate for this machine, made now, and the only protocol that is spoken under it.
fn acceptor(path: &str) -> Result<TlsAcceptor> {
    let made = rcgen::generate_simple_self_signed(["localhost".into(), "127.0.0.1".into()])?;
    std::fs::write(path, made.cert.der())?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder().with_no_client_auth();
    let mut config = config.with_single_cert(vec![made.cert.into()], key.into())?;
    config.alpn_protocols = VERSION.alpn().map(Vec::from).into_iter().collect();
    Ok(TlsAcceptor::from(Arc::new(config)))
}

impl Handler for Echo {
    fn on_event(&mut self, session: &mut Session, event: Event) -> Result {
        Ok(self.on_event(session, event)?)
    }

    fn on_writable(&mut self, session: &mut Session, stream: StreamId) -> Result {
        self.on_writable(session, stream);
        Ok(())
    }
}
