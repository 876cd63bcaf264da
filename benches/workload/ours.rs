//! The work over two sessions of SPDY/3.1 in memory.

use bytes::{Buf, Bytes, BytesMut};
use spdy::{Compression, Config, Event, Session, SettingId, StreamId, Version, http};

use super::{BATCH, DATA_LEN, PIPE, REQUEST, RESPONSE, WINDOW, Work, body, url};

/// Both ends of a session.
pub struct Ends {
    pub client: Session,
    pub server: Session,
}

/// What is on its way between two ends.
#[derive(Default)]
pub struct Wires {
    up: Pipe,
    down: Pipe,
}

/// One direction of the transport: written into, and read from into the buffer that is decoded.
#[derive(Default)]
struct Pipe {
    wire: Vec<u8>,
    input: BytesMut,
}

impl Pipe {
    fn carry(&mut self, from: &mut Session) {
        while from.wants_write() && self.wire.len() < PIPE {
            let mut output = from.output();
            while output.has_remaining() {
                let chunk = output.chunk();
                self.wire.extend_from_slice(chunk);
                let len = chunk.len();
                output.advance(len);
            }
        }
        self.input.extend_from_slice(&self.wire);
        self.wire.clear();
    }
}

impl Ends {
    pub fn new(version: Version, compression: Compression) -> Self {
        // Credit goes back as the other side gives it.
        let config = Config::default().compression(compression).credit_batch(WINDOW / 2);
        Self {
            client: Session::client(version, config),
            server: Session::server(version, config.max_streams(u32::MAX)),
        }
    }
}

impl Wires {
    pub fn up(&mut self, ends: &mut Ends, mut on: impl FnMut(&mut Session, Event)) {
        self.up.carry(&mut ends.client);
        while let Some(event) = ends.server.next_event(&mut self.up.input).unwrap() {
            on(&mut ends.server, event);
        }
    }

    pub fn down(&mut self, ends: &mut Ends, mut on: impl FnMut(&mut Session, Event)) {
        self.down.carry(&mut ends.server);
        while let Some(event) = ends.client.next_event(&mut self.down.input).unwrap() {
            on(&mut ends.client, event);
        }
    }

    pub fn open_windows(&mut self, ends: &mut Ends) {
        open_windows(&mut ends.client);
        open_windows(&mut ends.server);
        self.up(ends, |_, _| {});
        self.down(ends, |_, _| {});
    }

    /// Requests and their responses, all at once.
    pub fn exchange(&mut self, ends: &mut Ends, numbers: std::ops::Range<usize>, body: &Bytes) {
        let mut left = numbers.len();
        for number in numbers {
            request(&mut ends.client, number);
        }
        while left > 0 {
            self.up(ends, |server, event| respond(server, event, body));
            self.down(ends, |_, event| left -= usize::from(is_end(&event)));
        }
    }
}

pub fn open_windows(session: &mut Session) {
    session.send_settings([(SettingId::INITIAL_WINDOW_SIZE, WINDOW)]).unwrap();
    session.grow_session_window(WINDOW - 64 * 1024).unwrap();
}

pub fn request(client: &mut Session, number: usize) {
    let request = http::request(client.version(), "GET", &url(number), REQUEST).unwrap();
    client.open(request).unwrap();
}

/// What a server does with an event.
pub fn respond(server: &mut Session, event: Event, body: &Bytes) {
    if let Event::SynStream { stream, .. } = event {
        let response = http::response(server.version(), "200 OK", RESPONSE).unwrap();
        server.reply(stream, response, body.is_empty()).unwrap();
        if !body.is_empty() {
            server.send_data(stream, body.clone(), true).unwrap();
        }
    }
}

/// Whether an event of the client is the end of a response.
pub fn is_end(event: &Event) -> bool {
    matches!(event, Event::SynReply { fin: true, .. } | Event::Data { fin: true, .. })
}

/// One round of so many units, over ends that stay.
pub fn round(work: Work, units: usize) -> Box<dyn FnMut()> {
    let mut wires = Wires::default();
    match work {
        Work::Streams { body: len, in_flight, compression } => {
            let mut ends = Ends::new(Version::Spdy3_1, compression);
            wires.open_windows(&mut ends);
            let (body, mut next) = (body(len), 0);
            Box::new(move || {
                let end = next + units;
                while next < end {
                    let batch = next..end.min(next + in_flight);
                    next = batch.end;
                    wires.exchange(&mut ends, batch, &body);
                }
            })
        }
        Work::Data { open, windows } => {
            let version = if windows { Version::Spdy3_1 } else { Version::Spdy2 };
            let mut ends = Ends::new(version, Compression::Off);
            if windows {
                wires.open_windows(&mut ends);
            }
            let streams = open_streams(&mut ends, &mut wires, open);
            let (payload, mut next) = (body(DATA_LEN), 0);
            Box::new(move || {
                for _ in 0..units / BATCH {
                    for offset in 0..BATCH {
                        let stream = streams[(next + offset) % open];
                        ends.client.send_data(stream, payload.clone(), false).unwrap();
                    }
                    next = (next + BATCH) % open;
                    let mut received = 0;
                    wires.up(&mut ends, |_, event| {
                        received += usize::from(matches!(event, Event::Data { .. }));
                    });
                    assert_eq!(received, BATCH);
                    wires.down(&mut ends, |_, _| {});
                }
            })
        }
    }
}

fn open_streams(ends: &mut Ends, wires: &mut Wires, count: usize) -> Vec<StreamId> {
    let mut streams = Vec::with_capacity(count);
    while streams.len() < count {
        for _ in streams.len()..count.min(streams.len() + BATCH) {
            streams.push(ends.client.open(()).unwrap());
        }
        wires.up(ends, |server, event| {
            if let Event::SynStream { stream, .. } = event {
                server.reply(stream, (), false).unwrap();
            }
        });
        wires.down(ends, |_, _| {});
    }
    streams
}
