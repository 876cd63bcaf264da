use bytes::{Buf, BytesMut};
use spdy::{Abort, Config, Event, Session, Version, http};
use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let host = std::env::args().nth(1).unwrap_or("127.0.0.1:6121".into());
    let mut socket = std::net::TcpStream::connect(&host)?;
    let mut session = Session::client(Version::Spdy3_1, Config::default());
    session.open(http::request(Version::Spdy3_1, "GET", &format!("http://{host}/hello"), ())?)?;
    let (mut buffer, mut input, mut is_whole) = ([0; 16 * 1024], BytesMut::new(), false);
    while !is_whole {
        match session.next_event(&mut input) {
            Ok(Some(Event::Aborted { cause: Abort::Teardown, .. })) => {} // the error comes next
            Ok(Some(Event::Aborted { cause, .. })) => return Err(cause.into()),
            Ok(Some(event)) => {
                println!("{event:?}");
                is_whole = event.fin();
            }
            _ if session.wants_write() => {
                let written = socket.write(session.output().chunk())?;
                session.output().advance(written);
            }
            Err(error) => return Err(error.into()),
            Ok(None) => match socket.read(&mut buffer)? {
                0 => return Err("the server closed the connection before its answer ended".into()),
                read => input.extend_from_slice(&buffer[..read]),
            },
        }
    }
    Ok(())
}
