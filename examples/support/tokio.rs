//! A session on tokio: over TCP, TLS, or whatever else reads and writes.
//!
//! One task does it all, so nothing is shared and nothing locked: it hands on what has been read,
//! asks for data while little of it waits, and then reads or writes, whichever is ready first.

use std::error::Error;
use std::time::Duration;

use bytes::BytesMut;
use spdy::{Event, Session, StreamId};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

pub type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// There is room for so much before each read. Received DATA is a slice of this buffer.
const READ: usize = 16 * 1024;

/// Data is asked for only while less than this waits, whatever the number of streams.
const FEED: usize = 256 * 1024;

/// How long the peer may take to close its side after we have closed ours.
const GRACE: Duration = Duration::from_secs(3);

/// What is done on a connection.
pub trait Handler {
    /// The peer did something.
    fn on_event(&mut self, session: &mut Session, event: Event) -> Result;

    /// The stream takes its next piece of data.
    fn on_writable(&mut self, session: &mut Session, stream: StreamId) -> Result;
}

/// Runs a session to its end: until it is closed here, or by the peer, or a rule is broken.
pub async fn drive(
    io: impl AsyncRead + AsyncWrite,
    mut session: Session,
    handler: &mut impl Handler,
) -> Result {
    let (mut reader, mut writer) = tokio::io::split(io);
    let (mut input, mut input_ended, mut unflushed) = (BytesMut::new(), false, false);
    let mut has_told_end = false;
    let end = loop {
        let end = loop {
            match session.next_event(&mut input) {
                Ok(Some(event)) => handler.on_event(&mut session, event)?,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error), // a GOAWAY that says so stands in the output
            }
        };
        while session.queued() < FEED {
            let Some(stream) = session.poll_writable() else { break };
            handler.on_writable(&mut session, stream)?;
        }
        let has_output = session.wants_write() || unflushed;
        if !has_output && (has_told_end || end.is_err() || session.is_done()) {
            break end;
        }
        if !has_output && input_ended {
            // A peer that has closed its half only may wait for what was on its way out until now.
            session.end_of_input();
            has_told_end = true;
            continue;
        }
        input.reserve(READ);
        // Either may be cancelled by the other without loss: only what was written is taken off the
        // output. We read whatever waits to be sent, for credit has to be read too; in a version
        // without windows, read only while `queued` is below a bound.
        tokio::select! {
            read = reader.read_buf(&mut input), if !input_ended => input_ended = read? == 0,
            flushed = write(&mut writer, &mut session), if has_output => unflushed = !flushed?,
        }
    };
    // Our side is closed first, and then the peer's: what it has sent us meanwhile must not be left
    // unread, or the system resets the connection, and our last frames with it.
    writer.shutdown().await?;
    let mut rest = tokio::io::sink();
    let _ = tokio::time::timeout(GRACE, tokio::io::copy(&mut reader, &mut rest)).await;
    Ok(end?)
}

/// Writes what there is, large payloads from where they are (`writev`), or else flushes, for TLS keeps
/// a buffer of its own; says whether that is empty now.
async fn write(writer: &mut (impl AsyncWrite + Unpin), session: &mut Session) -> Result<bool> {
    if session.wants_write() {
        writer.write_buf(&mut session.output()).await?;
        return Ok(false);
    }
    writer.flush().await?;
    Ok(true)
}
