use bytes::Buf;
use spdy::{Config, Event, Session, Version, http};
use std::io::{Read, Write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let host = std::env::args().nth(1).unwrap_or("127.0.0.1:6121".into());
    let mut socket = std::net::TcpStream::connect(&host)?;
    let mut session = Session::client(Version::Draft1, Config::default());
    let url = format!("http://{host}/hello");
    session.open(http::request(Version::Draft1, "GET", &url, ())?)?;
    let mut buffer = [0; 16 * 1024];
    loop {
        while session.wants_write() {
            let mut output = session.output();
            let written = socket.write(output.chunk())?;
            output.advance(written);
        }
        let read = socket.read(&mut buffer)?;
        let mut input = &buffer[..read];
        while let Some(event) = session.next_event(&mut input)? {
            println!("{event:?}");
            if let Event::Data { fin: true, .. } | Event::Aborted { .. } = event {
                return Ok(());
            }
        }
        assert!(read > 0, "the server went away");
    }
}
