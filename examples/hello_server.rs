use bytes::{Buf, BytesMut};
use spdy::{Config, Event, Session, Version, http};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind(std::env::args().nth(1).unwrap_or("127.0.0.1:6121".into()))?;
    println!("listening on {}", listener.local_addr()?);
    for socket in listener.incoming().flatten() {
        std::thread::spawn(|| serve(socket).unwrap_or_else(|error| eprintln!("{error}")));
    }
    Ok(())
}

fn serve(mut socket: TcpStream) -> Result<(), Box<dyn std::error::Error>> {
    let mut session = Session::server(Version::Spdy3_1, Config::default());
    let (mut buffer, mut input) = ([0; 16 * 1024], BytesMut::new());
    loop {
        match session.next_event(&mut input) {
            Ok(Some(Event::SynStream { stream, headers, unidirectional: false, .. })) => {
                let request = http::Request::parse(Version::Spdy3_1, &headers);
                let status = if request.is_ok() { "200 OK" } else { "400 Bad Request" };
                let body = request.map_or("what?".into(), |it| format!("this is {}", it.path()));
                session.reply(stream, http::response(Version::Spdy3_1, status, ())?, false)?;
                session.send_data(stream, body, true)?;
            }
            Ok(Some(_)) => {} // the bodies of requests, and streams that ended early
            _ if session.wants_write() => {
                let written = socket.write(session.output().chunk())?;
                session.output().advance(written);
            }
            Err(error) => return Err(error.into()),
            Ok(None) => match socket.read(&mut buffer)? {
                0 => return Ok(()),
                read => input.extend_from_slice(&buffer[..read]),
            },
        }
    }
}
