//! Windows in SPDY/3 and 3.1: who may send how much.
//!
//! DATA in SPDY/3 is sent within a window for each stream, in 3.1 also within one for the whole
//! session. Every window begins with 64 KiB; DATA uses it up, WINDOW_UPDATE gives it back. Only the
//! payload of DATA counts: replies, headers, PINGs, resets and an empty DATA frame with FIN always go
//! out. Draft 1 and SPDY/2 have none of it.
//!
//! # Sending
//!
//! Nothing is to be done. [`send_data`] queues, output is staged as far as the windows allow, and
//! goes on when the peer gives something back. A stream whose window is shut holds up no other.
//! While all that is left waits for the peer, [`wants_write`] is `false`; [`queued`] tells how much
//! there is, and [`poll_writable`] does not ask for more. After [`close`] the GOAWAY waits for it too:
//! only the driver has a clock, so it decides when to give up on a peer that gives nothing back.
//!
//! # Receiving
//!
//! By default each byte is given back when its event is returned, in the next output. With
//! [`manual_credit`] you say when: then a stream that is read slowly stops its sender. In SPDY/3 it stops
//! no other stream. In 3.1 what you have not released counts for the session's window too, which at first
//! is no larger than one stream's: make it larger with [`grow_session_window`], by a stream's window for
//! each stream that may stand still, or all of them stand still with it. Where DATA comes in many small
//! pieces, [`credit_batch`] saves most of the WINDOW_UPDATEs.
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! use spdy::{Config, Event, Session, Version};
//!
//! # let mut client = Session::client(Version::Spdy3_1, Config::default());
//! let mut server = Session::server(Version::Spdy3_1, Config::default().manual_credit(true));
//! server.grow_session_window(64 * 1024)?; // one stream may stand still, and another goes on
//! # let (mut up, mut down) = (BytesMut::new(), BytesMut::new());
//! # down.put(server.output());
//! # while client.next_event(&mut down)?.is_some() {}
//! let stream = client.open(())?;
//! client.send_data(stream, vec![0; 100_000], true)?;
//!
//! # let mut turn = |client: &mut Session, server: &mut Session| -> Result<usize, spdy::SessionError> {
//! #     let (mut up, mut down, mut len) = (BytesMut::new(), BytesMut::new(), 0);
//! #     while client.wants_write() || server.wants_write() {
//! #         while client.wants_write() { up.put(client.output()); }
//! #         while let Some(event) = server.next_event(&mut up)? {
//! #             if let Event::Data { data, .. } = event { len += data.len(); }
//! #         }
//! #         while server.wants_write() { down.put(server.output()); }
//! #         while client.next_event(&mut down)?.is_some() {}
//! #     }
//! #     Ok(len)
//! # };
//! // `turn` moves bytes until nothing moves any more, and returns how much data came out.
//! assert_eq!(turn(&mut client, &mut server)?, 65_536);
//! assert_eq!(turn(&mut client, &mut server)?, 0); // the client waits,
//! server.release(stream, 30_000); // the disk has taken so much
//! assert_eq!(turn(&mut client, &mut server)?, 30_000); // and goes on.
//!
//! let other = client.open(())?;
//! client.send_data(other, vec![0; 50_000], true)?;
//! assert_eq!(turn(&mut client, &mut server)?, 50_000); // while the first one stands still
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Release every byte sooner or later, also after the stream has ended: the session's window of 3.1
//! counts them all. What a stream that was reset still owes, and data that arrives for a stream that
//! is over, is given back by the session itself.
//!
//! 64 KiB in flight is little on a long line. Make the windows larger at the start:
//!
//! ```
//! use spdy::{Config, Session, SettingId, Version};
//!
//! let mut client = Session::client(Version::Spdy3_1, Config::default());
//! client.send_settings([(SettingId::INITIAL_WINDOW_SIZE, 1024 * 1024)])?; // for each stream
//! client.grow_session_window(4 * 1024 * 1024)?; // for all together; settings never change this one
//! # Ok::<(), spdy::SendError>(())
//! ```
//!
//! # Faults
//!
//! A peer that sends more than a window allows, lifts one above 2^31 - 1 or updates one by nothing
//! breaks a rule: [`FlowFault`] says which, and it costs the stream or, for the session's window, the
//! session. Lowering a window with SETTINGS is never held against data that the larger one allowed.
//!
//! # Peers without flow control
//!
//! The Go library under Kubernetes never sends WINDOW_UPDATE and ignores every window. A sender that
//! keeps to the text stops for ever after 64 KiB. [`FlowControl::Ignored`] is for such peers, for each
//! direction by itself; [`Config::kubernetes`] sets both, see [`kubernetes`](super::kubernetes). Then
//! nothing but the transport holds a sender back: bound what you buffer, as in Draft 1.
//!
//! Another, in JavaScript, keeps windows even in SPDY/2, where nobody can give anything back. Before
//! it uploads, send it SETTINGS with an [`INITIAL_WINDOW_SIZE`] of `0x7FFF_FFFF`.
//! In SPDY/3 and 3.1 it sends up to 8 KiB more than a window has left, which costs it its stream or
//! session: receive from it with [`FlowControl::Ignored`], and bound each stream where you keep its
//! data.
//!
//! [`send_data`]: crate::Session::send_data
//! [`wants_write`]: crate::Session::wants_write
//! [`queued`]: crate::Session::queued
//! [`poll_writable`]: crate::Session::poll_writable
//! [`close`]: crate::Session::close
//! [`manual_credit`]: crate::Config::manual_credit
//! [`grow_session_window`]: crate::Session::grow_session_window
//! [`credit_batch`]: crate::Config::credit_batch
//! [`FlowFault`]: crate::FlowFault
//! [`FlowControl::Ignored`]: crate::FlowControl::Ignored
//! [`Config::kubernetes`]: crate::Config::kubernetes
//! [`INITIAL_WINDOW_SIZE`]: crate::SettingId::INITIAL_WINDOW_SIZE
