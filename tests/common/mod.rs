//! What the tests share: a peer that says exactly what a test wants, and two joined sessions.
#![allow(dead_code, reason = "every test file uses its own part")]
#![allow(
    clippy::wrong_self_convention,
    reason = "`to_server` moves bytes there, it converts nothing"
)]

use bytes::{Buf, BytesMut};
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::frame::{Data, FinStream, Frame, HeadersFrame, SynReply, SynStream, WindowUpdate};
use spdy::{
    Compression, Config, Event, Headers, Open, Priority, Session, SessionError, Status, StreamId,
    Version,
};

pub const VERSION: Version = Version::Draft1;

/// The versions in which more than Draft 1 is the same.
pub const LATER: [Version; 3] = [Version::Spdy2, Version::Spdy3, Version::Spdy3_1];

pub const GET: [(&str, &str); 3] =
    [("method", "GET"), ("url", "http://www.example.com/"), ("version", "HTTP/1.1")];
pub const OK: [(&str, &str); 2] = [("status", "200 OK"), ("version", "HTTP/1.1")];

pub const fn id(number: u32) -> StreamId {
    StreamId::new(number)
}

pub fn client() -> Session {
    client_of(VERSION)
}

pub fn server() -> Session {
    server_of(VERSION)
}

pub fn client_of(version: Version) -> Session {
    Session::client(version, Config::default())
}

pub fn server_of(version: Version) -> Session {
    Session::server(version, Config::default())
}

/// Sessions whose header blocks can be read as they are.
pub fn stored() -> Config {
    Config::default().compression(Compression::Off)
}

// Frames, briefly.

pub fn syn(stream: u32, fin: bool) -> Frame {
    let mut frame = SynStream::new(id(stream), GET);
    frame.fin = fin;
    Frame::SynStream(frame)
}

pub fn syn_with(stream: u32, fin: bool, headers: impl Into<Headers>) -> Frame {
    let mut frame = SynStream::new(id(stream), headers);
    frame.fin = fin;
    Frame::SynStream(frame)
}

pub fn syn_priority(stream: u32, priority: u8) -> Frame {
    let mut frame = SynStream::new(id(stream), GET);
    frame.priority = Priority::new(priority);
    Frame::SynStream(frame)
}

pub fn reply(stream: u32, fin: bool) -> Frame {
    let mut frame = SynReply::new(id(stream), OK);
    frame.fin = fin;
    Frame::SynReply(frame)
}

pub fn data(stream: u32, payload: &'static [u8], fin: bool) -> Frame {
    let mut frame = Data::new(id(stream), payload);
    frame.fin = fin;
    Frame::Data(frame)
}

pub fn headers(stream: u32, fin: bool, headers: impl Into<Headers>) -> Frame {
    let mut frame = HeadersFrame::new(id(stream), headers);
    frame.fin = fin;
    Frame::Headers(frame)
}

pub fn window_update(stream: u32, delta: u32) -> Frame {
    Frame::WindowUpdate(WindowUpdate::new(id(stream), delta))
}

#[doc(alias = "rst_stream")]
pub fn fin_stream(stream: u32, status: Status) -> Frame {
    Frame::FinStream(FinStream::new(id(stream), status))
}

/// The other end, frame by frame: it keeps no rules, so that a test can break any.
pub struct Peer {
    version: Version,
    encoder: Encoder,
    decoder: Decoder,
}

impl Peer {
    pub fn new() -> Self {
        Self::of(VERSION)
    }

    pub fn of(version: Version) -> Self {
        Self {
            version,
            encoder: Encoder::new(version, Compression::On),
            decoder: Decoder::new(version, Limits::default()),
        }
    }

    /// The bytes of a frame, in this peer's compression context.
    pub fn encode(&mut self, frame: &Frame) -> Vec<u8> {
        let mut wire = BytesMut::new();
        self.encoder.encode(frame, &mut wire).unwrap();
        wire.to_vec()
    }

    /// Says a frame; the session must take it.
    pub fn say(&mut self, session: &mut Session, frame: &Frame) -> Vec<Event> {
        let wire = self.encode(frame);
        feed(session, &wire).unwrap()
    }

    /// Everything that the session has to write, as frames.
    pub fn hear(&mut self, session: &mut Session) -> Vec<Frame> {
        self.parse(&drain(session))
    }

    /// Everything that the session has to write, one line of text a frame.
    pub fn hear_text(&mut self, session: &mut Session) -> Vec<String> {
        let frames = self.hear(session);
        let text = frames.iter().map(|frame| frame.display(self.version).to_string());
        text.collect()
    }

    pub fn parse(&mut self, mut wire: &[u8]) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.decoder.decode(&mut wire).unwrap() {
            frames.push(frame);
        }
        self.decoder.finish().unwrap();
        frames
    }
}

/// Feeds bytes and pulls every event; after an error the `Aborted`s that came before it are lost
/// (use [`feed_to_the_end`]).
pub fn feed(session: &mut Session, bytes: &[u8]) -> Result<Vec<Event>, SessionError> {
    let (events, end) = feed_to_the_end(session, bytes);
    end.map(|()| events)
}

/// Feeds bytes and pulls every event, and then how it ended.
pub fn feed_to_the_end(
    session: &mut Session,
    mut bytes: &[u8],
) -> (Vec<Event>, Result<(), SessionError>) {
    let mut events = Vec::new();
    loop {
        match session.next_event(&mut bytes) {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return (events, Ok(())),
            Err(error) => return (events, Err(error)),
        }
    }
}

/// Takes everything that a session has to write.
pub fn drain(session: &mut Session) -> Vec<u8> {
    let mut wire = Vec::new();
    while session.wants_write() {
        let mut output = session.output();
        while output.has_remaining() {
            let chunk = output.chunk();
            wire.extend_from_slice(chunk);
            let len = chunk.len();
            output.advance(len);
        }
    }
    wire
}

/// Two sessions, joined.
pub struct Pair {
    pub client: Session,
    pub server: Session,
}

impl Pair {
    pub fn new() -> Self {
        Self::with(Config::default(), Config::default())
    }

    pub fn with(client: Config, server: Config) -> Self {
        Self::of(VERSION, client, server)
    }

    pub fn of(version: Version, client: Config, server: Config) -> Self {
        Self { client: Session::client(version, client), server: Session::server(version, server) }
    }

    /// Client to server, once; what the server makes of it.
    pub fn to_server(&mut self) -> Vec<Event> {
        feed(&mut self.server, &drain(&mut self.client)).unwrap()
    }

    /// Server to client, once; what the client makes of it.
    pub fn to_client(&mut self) -> Vec<Event> {
        feed(&mut self.client, &drain(&mut self.server)).unwrap()
    }
}

// Sessions with a stream.

/// A client that has opened stream 1, and a peer that has heard of it.
pub fn client_with_stream(fin: bool) -> (Session, Peer) {
    client_of_with_stream(VERSION, fin)
}

pub fn client_of_with_stream(version: Version, fin: bool) -> (Session, Peer) {
    let (mut client, mut peer) = (client_of(version), Peer::of(version));
    client.open(Open::new(GET).fin(fin)).unwrap();
    peer.hear(&mut client);
    (client, peer)
}

/// A server for which the peer has opened stream 1.
pub fn server_with_stream(fin: bool) -> (Session, Peer) {
    server_of_with_stream(VERSION, fin)
}

pub fn server_of_with_stream(version: Version, fin: bool) -> (Session, Peer) {
    let (mut server, mut peer) = (server_of(version), Peer::of(version));
    peer.say(&mut server, &syn(1, fin));
    (server, peer)
}

/// Events, one line of text each: `SynStream 1 fin`, `Data 1 "abc"`, `Aborted 1 Teardown`.
pub fn told(events: &[Event]) -> Vec<String> {
    let fin = |fin| if fin { " fin" } else { "" };
    let line = |event: &Event| match event {
        Event::SynStream { stream, fin: f, .. } => format!("SynStream {stream}{}", fin(*f)),
        Event::SynReply { stream, fin: f, .. } => format!("SynReply {stream}{}", fin(*f)),
        Event::Headers { stream, fin: f, .. } => format!("Headers {stream}{}", fin(*f)),
        Event::Data { stream, data, fin: f, .. } => {
            format!("Data {stream} \"{}\"{}", data.escape_ascii(), fin(*f))
        }
        Event::Aborted { stream, cause, .. } => format!("Aborted {stream} {cause:?}"),
        Event::Subresource { stream, .. } => format!("Subresource {stream}"),
        Event::Settings(settings) => format!("Settings {:?}", settings.entries),
        Event::Pong(id) => format!("Pong {id}"),
        Event::GoAway { last_good, .. } => format!("GoAway {last_good}"),
        other => panic!("{other:?}"),
    };
    events.iter().map(line).collect()
}

/// Tells a session that the input has ended; the events that follow, as text.
pub fn end(session: &mut Session) -> Vec<String> {
    session.end_of_input();
    told(&feed(session, b"").unwrap())
}

/// The bytes of a control frame that no encoder writes.
pub fn control_bytes(number: u16, flags: u8, payload: &[u8]) -> Vec<u8> {
    control_bytes_of(1, number, flags, payload)
}

/// The same, with any version on the wire.
pub fn control_bytes_of(version: u8, number: u16, flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap();
    let mut wire = vec![0x80, version];
    wire.extend(number.to_be_bytes());
    wire.extend((u32::from(flags) << 24 | length).to_be_bytes());
    wire.extend(payload);
    wire
}

/// The bytes of a DATA frame with any flags.
pub fn data_bytes(stream: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap();
    let mut wire = stream.to_be_bytes().to_vec();
    wire.extend((u32::from(flags) << 24 | length).to_be_bytes());
    wire.extend(payload);
    wire
}
