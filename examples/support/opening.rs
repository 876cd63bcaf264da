//! What comes before a session: nothing, or the handshake of WebSocket (Speed+Mobility).
//!
//! [`client`] and [`server`] make a session of any version; with one of Speed+Mobility comes an
//! [`Opening`], which the driver lets have the first bytes.

use std::cell::OnceCell;
use std::io;
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use spdy::http::Origin;
use spdy::{Config, Session, Version};

/// How one end of a handshake goes on.
pub enum Step {
    /// More has to be read.
    Wait,
    /// It is over: this is the answer, and what is left of the input belongs to the session.
    Done(Bytes),
    /// So is the connection, behind this answer.
    Refused(Bytes, String),
}

/// One end of a handshake.
pub trait Opening {
    /// What is sent before anything is read.
    fn first(&self) -> Bytes {
        Bytes::new()
    }

    /// Takes what it can use off the input.
    fn read(&mut self, input: &mut BytesMut) -> Step;
}

/// A session, and what comes before it.
pub struct Opened {
    pub session: Session,
    pub opening: Option<Box<dyn Opening>>,
    /// The origin for which alone the session is, once it is known.
    pub origin: Rc<OnceCell<Origin>>,
}

impl Opened {
    fn plain(session: Session) -> Self {
        Self { session, opening: None, origin: Rc::default() }
    }
}

/// The end that connects to a host, which is followed by the port.
pub fn client(version: Version, config: Config, host: &str) -> io::Result<Opened> {
    match version {
        Version::SpeedMobility => websocket::client(config, host),
        _ => Ok(Opened::plain(Session::client(version, config))),
    }
}

/// The end that was connected to.
pub fn server(version: Version, config: Config) -> io::Result<Opened> {
    match version {
        Version::SpeedMobility => websocket::server(config),
        _ => Ok(Opened::plain(Session::server(version, config))),
    }
}

#[cfg(not(feature = "speed-mobility"))]
mod websocket {
    use std::io;

    use spdy::Config;

    use super::Opened;

    pub fn client(_: Config, _: &str) -> io::Result<Opened> {
        server(Config::default())
    }

    pub fn server(_: Config) -> io::Result<Opened> {
        let missing = "Speed+Mobility is not built in: add `--features speed-mobility`";
        Err(io::Error::new(io::ErrorKind::Unsupported, missing))
    }
}

#[cfg(feature = "speed-mobility")]
mod websocket {
    use std::cell::OnceCell;
    use std::io;
    use std::rc::Rc;

    use bytes::{Bytes, BytesMut};
    use spdy::http::Origin;
    use spdy::websocket::Limits;
    use spdy::websocket::handshake::{Client, Extension, Offer, Server};
    use spdy::{Config, Session};

    use super::{Opened, Opening, Step};

    pub fn client(config: Config, host: &str) -> io::Result<Opened> {
        let mut key = [0; 16];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        let offer = Offer::new(host, key).extension(Extension::SPEED_MOBILITY);
        let client = Client::new(&offer, Limits::default()).map_err(io::Error::other)?;
        let origin = Rc::new(OnceCell::from(Origin::new("http", host)));
        let session = Session::client_over_websocket(config, masking_key);
        Ok(Opened { session, opening: Some(Box::new(client)), origin })
    }

    pub fn server(config: Config) -> io::Result<Opened> {
        let origin = Rc::default();
        let server = Server::new(Extension::SPEED_MOBILITY, Limits::default());
        let opening = Some(Box::new((server, Rc::clone(&origin))) as Box<dyn Opening>);
        Ok(Opened { session: Session::server_over_websocket(config), opening, origin })
    }

    /// Nobody may be able to predict one, so there is nothing to go on with when the system has none.
    fn masking_key() -> [u8; 4] {
        let mut key = [0; 4];
        getrandom::fill(&mut key).expect("the system has no randomness");
        key
    }

    impl Opening for Client {
        fn first(&self) -> Bytes {
            self.request()
        }

        fn read(&mut self, input: &mut BytesMut) -> Step {
            match self.read_response(input) {
                Ok(None) => Step::Wait,
                Ok(Some(_)) => Step::Done(Bytes::new()),
                Err(error) => Step::Refused(Bytes::new(), error.to_string()),
            }
        }
    }

    impl Opening for (Server, Rc<OnceCell<Origin>>) {
        fn read(&mut self, input: &mut BytesMut) -> Step {
            let (server, origin) = self;
            match server.read_request(input) {
                Ok(None) => Step::Wait,
                Ok(Some(request)) => {
                    let _ = origin.set(Origin::new("http", request.host()));
                    Step::Done(request.accept())
                }
                Err(error) => Step::Refused(error.response(), error.to_string()),
            }
        }
    }
}
