use bytes::Buf;
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
    let mut session = Session::server(Version::Draft1, Config::default());
    let mut buffer = [0; 16 * 1024];
    while !session.is_done() {
        let read = socket.read(&mut buffer)?;
        let mut input = &buffer[..read];
        if read == 0 {
            session.end_of_input();
        }
        while let Ok(Some(event)) = session.next_event(&mut input) {
            if let Event::SynStream { stream, headers, .. } = event {
                let request = http::Request::parse(Version::Draft1, &headers)?;
                let body = format!("you asked for {}\n", request.path());
                session.reply(stream, http::response(Version::Draft1, "200 OK", ())?, false)?;
                session.send_data(stream, body, true)?;
            }
        }
        while session.wants_write() {
            let mut output = session.output();
            let written = socket.write(output.chunk())?;
            output.advance(written);
        }
    }
    Ok(())
}
