//! Performance: what costs what, and how to drive a session well.
//!
//! Absolute times mean little on another machine; instructions, allocations and bytes hold. These are
//! of both ends together where there are two, with rustc 1.95 on x86-64, without the feature `tracing`:
//!
//! | what | instructions | allocations |
//! |---|---|---|
//! | a new session, ready to send its first header | 926 | 0 |
//! | a DATA frame of 1 KiB, from `Bytes` to its event; with windows | 295; 338 | 0 |
//! | the same from `send_data` to `writev`, 32 at a time; with windows | 460; 495 | 0 |
//! | the same, each written alone, with windows | 1,120 | 0 |
//! | a DATA frame of 100 bytes from end to end, over 100 open streams or 50,000 | 960 | 0 |
//! | the same with a WINDOW_UPDATE for each | 1,440 | 0 |
//! | a PING and its echo | 410 | 0 |
//! | a request and its response of ten headers each, built, sent and read: stored | 20,000 | 5 |
//! | the same: compressed | 32,000 | 5 |
//!
//! In bytes: a session that has exchanged nothing takes 1 KB; one that has exchanged a thousand
//! requests 12 KB without header compression and 38 KB with it; an open stream at most 96 bytes at each
//! end, whatever its ID. `benches/gate/run` makes the counts, `benches/anchors/run scale` and the crate's
//! tests the bytes.
//!
//! # Reading
//!
//! * **Feed `Bytes` or `BytesMut`.** DATA is then a slice of what was read: the cost of a frame does not
//!   depend on its length. Out of a `&[u8]` each piece is copied, into an allocation of its own.
//! * **Read 16 KiB at a time, or more.** What has arrived of a DATA frame is handed on at once, so many
//!   small reads make many small events: 256 KiB in frames of 16 KiB took 8 µs in reads of 16 KiB, copy
//!   and all, 15 µs in reads of 4 KiB and 35 µs in reads of 1 KiB
//!   (`cargo bench --bench session -- reads`).
//! * **A slice keeps its whole buffer.** Ten bytes of DATA that you put away keep 64 KiB alive: copy
//!   what is small and stays.
//!
//! # Writing
//!
//! * **Call first, write then.** [`output`] stages what has come together, up to 64 KiB: a frame that is
//!   written alone costs more than twice what it costs among 32, and a system call besides.
//! * **Write with [`chunks_vectored`].** A payload of more than 512 bytes is never copied: it goes out
//!   from where it is. Smaller ones stand together with the frames around them.
//! * **Join tiny pieces before [`send_data`].** Each call makes a frame of 8 bytes and some 1,000
//!   instructions from end to end, whatever it carries.
//! * **Give credit in batches.** With [`credit_batch`] small pieces are given back to their windows
//!   together; by default each output gives back what there is.
//!
//! # Headers
//!
//! Building the lists is a third of an exchange: names and values are checked when they are put in, so
//! that they need not be when they are sent. [`http::request`] and [`http::response`] build the message
//! in the memory of the fields that they are given. [`Compression::Off`] saves a third of the
//! instructions and 26 KB a session, and costs bytes on the wire; received blocks are inflated either
//! way.
//!
//! # Many at once
//!
//! A stream is found, and its turn comes, in as many steps whether one is open or a million, and each of
//! ten thousand sessions in one process costs as many as each of ten. Time is another matter: a session
//! that had left the caches took two to four times as long for a request and its response.
//!
//! [`output`]: crate::Session::output
//! [`chunks_vectored`]: bytes::Buf::chunks_vectored
//! [`send_data`]: crate::Session::send_data
//! [`credit_batch`]: crate::Config::credit_batch
//! [`http::request`]: crate::http::request()
//! [`http::response`]: crate::http::response()
//! [`Compression::Off`]: crate::Compression::Off
