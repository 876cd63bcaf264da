//! Backpressure: nobody keeps more than it has to.
//!
//! **Sending.** [`send_data`] never refuses for the size; what is given waits in memory. Give data when asked:
//! [`poll_writable`] names a stream when it opens and whenever its queue has fallen to 16 KiB, the
//! most urgent first. Staging is what empties queues: ask again after [`output`].
//!
//! ```
//! # use bytes::Buf;
//! # use std::collections::HashMap;
//! # use std::io::Read;
//! # use spdy::{Config, Event, Session, StreamId, Version, http};
//! # let mut server = Session::server(Version::Draft1, Config::default());
//! # let mut client = Session::client(Version::Draft1, Config::default());
//! # client.open(http::request(Version::Draft1, "GET", "http://example.com/", ())?)?;
//! # let Some(Event::SynStream { stream, .. }) = server.next_event(&mut client.output())? else { panic!() };
//! # server.reply(stream, http::response(Version::Draft1, "200 OK", ())?, false)?;
//! # let mut files = HashMap::from([(stream, std::io::repeat(7).take(200_000))]);
//! # let mut sent = 0;
//! // Each time that the transport takes more:
//! while let Some(stream) = server.poll_writable() {
//!     let Some(file) = files.get_mut(&stream) else { continue }; // remember it, if data comes later
//!     let mut piece = vec![0; 64 * 1024];
//!     let read = file.read(&mut piece)?;
//!     piece.truncate(read);
//!     server.send_data(stream, piece, read == 0)?; // no bytes and `fin`: the end
//! #   while server.wants_write() {
//! #       let len = server.output().remaining();
//! #       sent += len;
//! #       server.output().advance(len);
//! #   }
//! }
//! # assert!(sent > 200_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! So each stream has 16 KiB and a piece in memory at most. A stream whose source has nothing just then
//! is not named again before it was given something: send to it when there is more. When a stream ends
//! early, its [`Aborted`] is the place to drop its source.
//!
//! **Receiving.** The session queues nothing that it received: what you do not pull stays in your
//! buffer, and what you do not read stays in the transport. In SPDY/3 and 3.1 a stream that is read
//! slowly is stopped by its window, if its bytes are given back when they have been dealt with and not
//! before ([`manual_credit`]). Here a thread for each upload takes its time; what waits for it is never more
//! than the window. (In bytes: a peer can send them one by one, each a slice that keeps what was read with
//! it, so code for hostile peers appends them to a buffer of the stream's.) What a stream that is reset has
//! not released the session gives back at once, so such an upload counts here until its thread has done
//! with it.
//!
//! ```
//! # use std::collections::HashMap;
//! # use std::{sync::mpsc, thread};
//! # use bytes::Bytes;
//! # use spdy::{Config, Event, Session, Status, Version, http};
//! # let work = |_: &Bytes| thread::yield_now();
//! # let mut client = Session::client(Version::Spdy3_1, Config::default());
//! # for _ in 0..2 {
//! #     let stream = client.open(http::request(Version::Spdy3_1, "POST", "http://example.com/", ())?)?;
//! #     client.send_data(stream, vec![7; 300_000], true)?;
//! # }
//! const UPLOADS: u32 = 16;
//! let config = Config::default().manual_credit(true).max_streams(UPLOADS);
//! let mut server = Session::server(Version::Spdy3_1, config);
//! // 3.1 has one window for all together: room for as many streams that stand still.
//! server.grow_session_window((UPLOADS - 1) * 64 * 1024)?;
//! let (say_done, done) = mpsc::channel();
//! let mut uploads = HashMap::new(); // until the work is done
//! # let mut received = 0;
//! # loop {
//! # while client.next_event(&mut server.output())?.is_some() {}
//! # let input = &mut client.output();
//! // Each time that something was read:
//! while let Some(event) = server.next_event(input)? {
//!     match event {
//!         Event::SynStream { stream, unidirectional: false, .. } if uploads.len() < UPLOADS as usize => {
//!             // Our half stays open as long as there is work, and so the stream counts.
//!             server.reply(stream, http::response(server.version(), "200 OK", ())?, false)?;
//!             let (pieces, inbox) = mpsc::channel();
//!             let say_done = say_done.clone();
//!             thread::spawn(move || {
//!                 for piece in inbox {
//!                     work(&piece);
//!                     let _ = say_done.send((stream, piece.len())); // and wake the driver
//!                 }
//!                 let _ = say_done.send((stream, 0));
//!             });
//!             uploads.insert(stream, Some(pieces));
//!         }
//!         Event::SynStream { stream, .. } => server.fin_stream(stream, Status::REFUSED_STREAM)?,
//!         Event::Data { stream, data, fin, .. } => {
//! #           received += data.len();
//!             let Some(upload) = uploads.get_mut(&stream) else { continue };
//!             if let Some(pieces) = upload.as_ref().filter(|_| !data.is_empty()) {
//!                 let _ = pieces.send(data);
//!             }
//!             if fin { *upload = None; }
//!         }
//!         Event::Aborted { stream, .. } => drop(uploads.get_mut(&stream).map(Option::take)),
//!         _ => {}
//!     }
//! }
//! // And each time that some work is done:
//! for (stream, bytes) in done.try_iter() {
//!     if bytes > 0 {
//!         server.release(stream, bytes); // also when the stream has ended
//!     } else {
//!         uploads.remove(&stream);
//!         let _ = server.send_data(stream, "", true); // refused if it was reset
//!     }
//! }
//! # if received == 600_000 && uploads.is_empty() { break; }
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The driver that is woken is one that can be: with a `mio::Waker`, or a channel beside the socket in
//! `tokio::select!`. `mio_server` and `tokio_server` bound their uploads likewise, in one thread.
//!
//! Draft 1 and SPDY/2 have no windows, so one stream that nobody reads cannot be stopped alone: buffer it
//! up to a bound of yours, then reset it, or stop reading. A driver that sends back what it receives stops
//! reading while [`queued`] is above its bound.
//!
//! [`Aborted`]: crate::Event::Aborted
//! [`manual_credit`]: crate::Config::manual_credit
//! [`send_data`]: crate::Session::send_data
//! [`poll_writable`]: crate::Session::poll_writable
//! [`queued`]: crate::Session::queued
//! [`output`]: crate::Session::output
