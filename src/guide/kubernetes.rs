//! exec, attach and port-forward: both ends, and the tunnel through a WebSocket.
//!
//! [`Config::kubernetes`] makes a session that gets on with the Go library which all of Kubernetes
//! uses: no window is kept either way (credit is still sent, unless `manual_credit(true)`), thousands
//! of streams, resets as a normal end, and nothing sent on
//! a stream before its reply. [`kubernetes`](crate::kubernetes) has the names.
//!
//! # The upgrade
//!
//! The client sends a request of HTTP/1.1 (POST or GET) with `Connection: Upgrade`,
//! `Upgrade: SPDY/3.1` and the protocols that it knows in `X-Stream-Protocol-Version`. The server
//! answers with 101 and its choice ([`choose_protocol`]), or with 403 and
//! `X-Accepted-Stream-Protocol-Versions`. What follows the blank line belongs to the session, in both
//! directions. A server stays silent until the client's first frame has come: some clients lose what
//! they read together with the 101.
//!
//! The target says what runs and which streams come, for the example `kubelet`
//! `/exec?command=cat&stdin=1&stdout=1&stderr=1`: open those, and error.
//!
//! # exec and attach
//!
//! The client opens its streams one after the other, each when the one before has its reply: error,
//! stdin, stdout, stderr (not with a terminal), resize (with one). Each says what it is in one header,
//! and the replies have none.
//!
//! ```
//! use spdy::kubernetes::{StreamHeaders, StreamType};
//! use spdy::{Config, Event, Session, StreamId, Version};
//! # use std::collections::HashMap;
//! # use bytes::{BufMut, BytesMut};
//!
//! let mut client = Session::client(Version::Spdy3_1, Config::kubernetes());
//! let mut server = Session::server(Version::Spdy3_1, Config::kubernetes());
//!
//! let mut wanted = vec![StreamType::Stdout, StreamType::Stdin, StreamType::Error]; // from the end
//! let mut opened = HashMap::new();
//! let mut served: HashMap<StreamType, StreamId> = HashMap::new();
//! let (mut stdout, mut status) = (Vec::new(), Vec::new());
//! let kind = wanted.pop().unwrap();
//! opened.insert(client.open(kind.open())?, kind);
//! # let (mut up, mut down) = (BytesMut::new(), BytesMut::new());
//! # while client.wants_write() || server.wants_write() {
//! # while client.wants_write() { up.put(client.output()); }
//!
//! // The server: replies to each stream; here the command is `cat`.
//! # let input = &mut up;
//! while let Some(event) = server.next_event(input)? {
//!     match event {
//!         Event::SynStream { stream, headers, .. } => {
//!             served.insert(StreamHeaders::parse(&headers)?.kind, stream);
//!             server.reply(stream, (), false)?;
//!         }
//!         Event::Data { data, fin, .. } => {
//!             server.send_data(served[&StreamType::Stdout], data, fin)?;
//!             if fin {
//!                 let status = r#"{"metadata":{},"status":"Success"}"#; // a failure has the exit code
//!                 server.send_data(served[&StreamType::Error], status, true)?;
//!                 server.close(); // GOAWAY goes out behind all of it
//!             }
//!         }
//!         _ => {}
//!     }
//! }
//! # while server.wants_write() { down.put(server.output()); }
//!
//! // The client: opens the next stream with each reply, then sends stdin.
//! # let input = &mut down;
//! while let Some(event) = client.next_event(input)? {
//!     match event {
//!         Event::SynReply { .. } => match wanted.pop() {
//!             Some(kind) => drop(opened.insert(client.open(kind.open())?, kind)),
//!             None => {
//!                 let stdin = opened.iter().find(|(_, kind)| **kind == StreamType::Stdin);
//!                 client.send_data(*stdin.unwrap().0, "hello", true)?; // and the half-close
//!             }
//!         },
//!         Event::Data { stream, data, .. } => match opened[&stream] {
//!             StreamType::Stdout => stdout.extend_from_slice(&data),
//!             StreamType::Error => status.extend_from_slice(&data),
//!             _ => {}
//!         },
//!         _ => {}
//!     }
//! }
//! # }
//! assert_eq!(stdout, b"hello");
//! assert!(status.ends_with(b"\"Success\"}"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! attach is the same but for its target (`/attach?stdin=1&stdout=1&stderr=1`): no command is named,
//! for one runs already, and others may have joined it.
//!
//! The command has ended when error, stdout and stderr have: each by FIN, or by a reset behind the
//! status ([`Event::Aborted`] counts as an end there). From `v4.channel.k8s.io` on the error stream
//! brings one JSON object; a command that failed has its exit code as the cause `ExitCode`, and one that
//! could not be run has no such cause:
//!
//! ```text
//! {"status":"Failure","reason":"NonZeroExitCode","message":"…",
//!  "details":{"causes":[{"reason":"ExitCode","message":"7"}]}}
//! {"status":"Failure","reason":"InternalError","message":"…"}
//! ```
//!
//! Your own halves of these streams are open still, so they may end once more, as
//! [`Abort::Teardown`](crate::Abort::Teardown) behind the GOAWAY: after their FIN nothing is missing.
//!
//! # port-forward
//!
//! Each connection takes two streams, with the same `requestid`
//! ([`StreamType::open_for_port`]): first error, which the client half-closes at once, then data. An
//! error that is told on the first may make a client give up *all* of its connections: say only there
//! that a port could not be reached, and reset the data stream for anything later. Half-closes go
//! through both ways as FIN.
//!
//! # Leaving without loss
//!
//! * Whoever leaves resets with CANCEL what it has not finished, then calls [`close`]: GOAWAY is the
//!   last frame, behind all that is queued. The peer stops reading at it.
//! * What the peer had finished when it left, or before it reset the stream, is whole: pass it on to
//!   the end, and only then close what it was for. What it had not is lost with its stream.
//! * GOAWAY alone ends no stream. A command goes on, and so does what is forwarded; new connections
//!   need a new session.
//! * A Go server closes TCP at the end of its command. If something of ours is unread then, its system
//!   answers with a reset, and what it sent last can be lost: so give nothing back to windows that it
//!   does not have (`Config::kubernetes().manual_credit(true)`, and no
//!   [`release`](crate::Session::release)).
//! * Data may come on a stream that its sender has reset; the session drops it.
//! * A PING every five seconds, with a limit on the answer, finds a peer that is gone. Time in which
//!   you have stopped reading does not count.
//!
//! Behind the GOAWAY of [`close`] nothing more goes out, no credit either: a peer that does keep
//! windows (the Go library does not) sends what they have left, and stops. Let it finish: call
//! [`go_away`](crate::Session::go_away), with which open streams go on, and [`close`] when they have
//! ended.
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! # use spdy::{Config, Event, GoAwayStatus, Session, Version};
//! # fn arrives(leave: fn(&mut Session)) -> Result<usize, Box<dyn std::error::Error>> {
//! # let mut client = Session::client(Version::Spdy3_1, Config::default());
//! # let mut server = Session::server(Version::Spdy3_1, Config::default());
//! # let (mut up, mut down, mut len) = (BytesMut::new(), BytesMut::new(), 0);
//! # let stream = client.open(())?;
//! # up.put(client.output());
//! # server.next_event(&mut up)?;
//! # server.reply(stream, (), false)?;
//! # client.send_data(stream, vec![0; 200_000], true)?;
//! # leave(&mut server);
//! # while client.wants_write() || server.wants_write() {
//! #     while server.wants_write() { down.put(server.output()); }
//! #     while client.next_event(&mut down)?.is_some() {}
//! #     while client.wants_write() { up.put(client.output()); }
//! #     while let Some(event) = server.next_event(&mut up)? {
//! #         if let Event::Data { data, .. } = event { len += data.len(); }
//! #     }
//! # }
//! # Ok(len)
//! # }
//! // How much of an upload of 200,000 bytes arrives at a server that leaves in one way or the other.
//! assert_eq!(arrives(|server| server.close())?, 65_536);
//! assert_eq!(arrives(|server| server.go_away(GoAwayStatus::OK))?, 200_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Without windows
//!
//! The Go library never gives credit, ignores what it is given, and sends DATA frames larger than any
//! window. [`Config::kubernetes`] is for that in both directions: nothing that you send waits for
//! credit, and nothing that comes is too much.
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! # use spdy::codec::Encoder;
//! # use spdy::frame::{Data, Frame, SynReply};
//! # use spdy::{Compression, Config, Event, Session, Version};
//! const UPLOAD: usize = 5 * 1024 * 1024;
//! for (config, leaves) in [(Config::default(), 65_536), (Config::kubernetes(), UPLOAD)] {
//!     let mut client = Session::client(Version::Spdy3_1, config);
//!     let stream = client.open(())?;
//! #   let mut server = Encoder::new(Version::Spdy3_1, Compression::Off);
//! #   let (mut input, mut output) = (BytesMut::new(), BytesMut::new());
//! #   output.put(client.output());
//! #   server.encode(&Frame::SynReply(SynReply::new(stream, ())), &mut input)?;
//! #   while client.next_event(&mut input)?.is_some() {}
//!     client.send_data(stream, vec![0; UPLOAD], true)?;
//!     while client.wants_write() {
//!         output.put(client.output()); // and the peer says nothing
//!     }
//!     assert_eq!(UPLOAD - client.queued(), leaves);
//! #   // In frames larger than any window.
//! #   server.encode(&Frame::Data(Data::new(stream, vec![0; 70_000])), &mut input)?;
//! #   let event = client.next_event(&mut input)?;
//! #   assert_eq!(matches!(event, Some(Event::Data { .. })), leaves == UPLOAD);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Then nothing but TCP holds anybody back, and it holds back all streams together:
//!
//! * Give the session data when [`poll_writable`](crate::Session::poll_writable) asks, and only while
//!   [`queued`](crate::Session::queued) is small: read your files and sockets no faster than that.
//! * Above a bound on what you have received and cannot pass on, stop reading the connection. All of
//!   its streams wait then, but nothing is lost. Below it a stream that nobody takes holds up no
//!   other, so be generous.
//! * Never stop reading because of what you want to send. If the other end does the same, both stand
//!   still for ever.
//!
//! # The tunnel
//!
//! Newer clients run port-forward through a WebSocket (`Sec-WebSocket-Protocol:`
//! [`SPDY/3.1+portforward.k8s.io`](crate::kubernetes::TUNNEL_PROTOCOL)), whose handshake takes the
//! place of the upgrade. In it is the same byte stream as ever, both ways, in binary messages that
//! are slices of it: a message may end in the middle of a frame, or hold several. What `output`
//! stages goes out in messages of any size, and the payload of each message is input; the end of the
//! WebSocket is the end of the input.
//!
//! ```
//! use bytes::{Buf, BytesMut};
//! use spdy::kubernetes::StreamType;
//! use spdy::{Config, Event, Session, Version};
//!
//! let mut client = Session::client(Version::Spdy3_1, Config::kubernetes());
//! let mut server = Session::server(Version::Spdy3_1, Config::kubernetes());
//! client.open(StreamType::Error.open_for_port(8080, 0))?;
//!
//! let mut messages: Vec<Vec<u8>> = Vec::new();
//! while client.wants_write() {
//!     let mut output = client.output();
//!     let len = output.chunk().len().min(7); // your WebSocket's largest message
//!     messages.push(output.copy_to_bytes(len).to_vec());
//! }
//!
//! let mut input = BytesMut::new();
//! let mut events = Vec::new();
//! for message in &messages {
//!     input.extend_from_slice(message);
//!     while let Some(event) = server.next_event(&mut input)? {
//!         events.push(event);
//!     }
//! }
//! assert!(matches!(events[..], [Event::SynStream { .. }]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Config::kubernetes`]: crate::Config::kubernetes
//! [`choose_protocol`]: crate::kubernetes::choose_protocol
//! [`close`]: crate::Session::close
//! [`StreamType::open_for_port`]: crate::kubernetes::StreamType::open_for_port
//! [`Event::Aborted`]: crate::Event::Aborted
