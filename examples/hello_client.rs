use bytes::{Buf, BytesMut};
use spdy::{Config, Event, Session, Version, http};
use std::io::{Read, Write};

fn main() {
    if let Err(error) = get() {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn get() -> Result<(), Box<dyn std::error::Error>> {
    let host = std::env::args().nth(1).unwrap_or("127.0.0.1:6121".into());
    let mut socket = std::net::TcpStream::connect(&host)?;
    let mut session = Session::client(Version::Spdy3_1, Config::default());
    session.open(http::request(Version::Spdy3_1, "GET", &format!("http://{host}/hello"), ())?)?;
    let (mut buffer, mut input, mut is_whole) = ([0; 16 * 1024], BytesMut::new(), false);
    while !is_whole {
        match session.next_event(&mut input) {
            Ok(Some(Event::Aborted { cause, .. })) => match session.error() {
                Some(error) => return Err(error.clone().into()),
                None => return Err(cause.into()),
            },
            Ok(Some(event)) => {
                println!("{event:?}");
                is_whole = event.fin();
            }
            // Before all that ends the loop: an error leaves a GOAWAY to be written.
            _ if session.wants_write() => {
                let written = socket.write(session.output().chunk())?;
                session.output().advance(written);
            }
            Err(error) => return Err(error.into()),
            Ok(None) => match socket.read(&mut buffer)? {
                0 => session.end_of_input(),
                read => input.extend_from_slice(&buffer[..read]),
            },
        }
    }
    Ok(())
}
