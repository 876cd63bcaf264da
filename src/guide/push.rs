//! Server push: responses that nobody has asked for yet.
//!
//! A server may open streams too. A client refuses them unless [`Config::push`] is set. A push names
//! the request that it is made for, and goes out before the data that makes a client want it:
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! # use spdy::{Config, Event, Session, Version, http};
//! # let mut server = Session::server(Version::Spdy3_1, Config::default());
//! # let mut client = Session::client(Version::Spdy3_1, Config::default().push(true));
//! # let request = http::request(Version::Spdy3_1, "GET", "http://example.com/", ())?;
//! # let list = request.headers().clone();
//! # client.open(request)?;
//! # let Some(Event::SynStream { stream, .. }) = server.next_event(&mut client.output())? else { panic!() };
//! server.reply(stream, http::response(Version::Spdy3_1, "200 OK", ())?, false)?;
//! let mut pushes = http::Pushes::new(32); // whoever reads none is not sent ever more
//! if pushes.room() > 0 {
//!     let style = "http://example.com/style.css";
//!     let pushed = server.open(http::push(Version::Spdy3_1, stream, style, "200 OK", ())?)?;
//!     pushes.begin(stream, pushed)?; // and `cancel(stream)` if the client resets the page
//!     server.send_data(pushed, "body { color: black }", false)?;
//!     // Asked for more: `send_data(pushed, "", true)` and `pushes.end(pushed)`.
//! #   server.send_data(pushed, "", true)?;
//! }
//! server.send_data(stream, "<link rel=stylesheet href=style.css>", true)?;
//!
//! // At the client, which has kept the list of each request that is open:
//! # let main = stream;
//! # let requests = |stream| (stream == main).then_some(&list);
//! let mut urls = http::PushedUrls::default();
//! let mut input = BytesMut::new();
//! # input.put(server.output());
//! while let Some(event) = client.next_event(&mut input)? {
//!     match event {
//!         Event::SynStream { stream, associated, headers, .. } => {
//!             let request = associated.and_then(|stream| requests(stream));
//!             let begun = http::Pushed::parse(client.version(), associated, request, &headers)
//!                 .and_then(|pushed| urls.begin(stream, &pushed.url()));
//!             if let Err(error) = begun {
//!                 client.fin_stream(stream, error.status())?; // another origin, say
//!             }
//!         }
//!         Event::Data { stream, fin: true, .. } => urls.complete(stream),
//!         _ => {}
//!     }
//! }
//! let style = urls.state("http://example.com/style.css");
//! assert!(matches!(style, Some(http::PushState::Complete(_)))); // no GET for it
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The response of a push may also come in HEADERS behind its SYN_STREAM: [`http::PushHeaders`] puts
//! both together, and knows which HEADERS are a fault and which do not count. In Draft 1 the reply of
//! the page announces what will be pushed ([`http::associated_content`]) and must go first; its client
//! gives each reply to [`http::PushedUrls::announce`] and takes a push that was
//! [`announced`](crate::http::PushedUrls::announced).
//!
//! Whether the client needs the resource, and may cache it, is for the application to judge.
//!
//! [`Config::push`]: crate::Config::push
//! [`http::PushHeaders`]: crate::http::PushHeaders
//! [`http::PushedUrls::announce`]: crate::http::PushedUrls::announce
//! [`http::associated_content`]: crate::http::associated_content
