//! What `tokio_server` and `mio_server` serve: the body of every request, sent back.
//!
//! The session gives no credit by itself ([`Config::manual_credit`]). A byte is given back to its
//! stream's window when its echo has all but left, so a client that does not read what comes back may
//! not send much more either, and neither end keeps more than a window for each stream. The session's
//! window has room for all of them, so that one that stands still stops no other.

use std::collections::HashMap;

use spdy::{Config, Event, SendError, Session, StreamId, Version, http};

/// The version of which these servers speak.
pub const VERSION: Version = Version::Spdy3_1;

/// One connection's streams, each with the bytes that its window is owed.
#[derive(Debug, Default)]
pub struct Echo {
    owed: HashMap<StreamId, usize>,
}

impl Echo {
    pub fn session() -> Result<Session, SendError> {
        const STREAMS: u32 = 100;
        const WINDOW: u32 = 64 * 1024;
        let config = Config::default().manual_credit(true).max_streams(STREAMS);
        let mut session = Session::server(VERSION, config);
        session.grow_session_window((STREAMS - 1) * WINDOW)?;
        Ok(session)
    }

    pub fn on_event(&mut self, session: &mut Session, event: Event) -> Result<(), SendError> {
        match event {
            // One on which only the client sends takes no answer.
            Event::SynStream { stream, headers, fin, unidirectional: false, .. } => {
                let is_request = http::Request::parse(VERSION, &headers).is_ok();
                let status = if is_request { "200 OK" } else { "400 Bad Request" };
                let Ok(reply) = http::response(VERSION, status, ()) else { return Ok(()) };
                session.reply(stream, reply, fin || !is_request)?;
                self.owed.insert(stream, 0);
            }
            Event::Data { stream, data, fin, .. } => {
                *self.owed.entry(stream).or_default() += data.len();
                // Refused where our half has ended: then the bytes go nowhere, and are owed at once.
                if session.send_data(stream, data, fin).is_err() {
                    self.on_writable(session, stream);
                }
                if fin {
                    self.on_end(session, stream);
                }
            }
            Event::Aborted { stream, .. } => self.on_end(session, stream),
            _ => {}
        }
        Ok(())
    }

    /// Little of the stream's data waits to be sent.
    pub fn on_writable(&mut self, session: &mut Session, stream: StreamId) {
        if let Some(owed) = self.owed.get_mut(&stream) {
            session.release(stream, std::mem::take(owed));
        }
    }

    /// No more comes on the stream; what it owes still counts for the session's window.
    fn on_end(&mut self, session: &mut Session, stream: StreamId) {
        self.on_writable(session, stream);
        self.owed.remove(&stream);
    }
}
