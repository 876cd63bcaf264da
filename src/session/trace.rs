//! What `tracing` is told (feature `tracing`); without the feature nothing of it is compiled.
//!
//! A span `session` (DEBUG), made with the session and kept as long as it; in it a span `stream`
//! (DEBUG) for each stream that is open; and in these an event (TRACE) for each frame that comes or is
//! staged, for DATA each piece that comes, and one (DEBUG) for each fault. All have the target `spdy`.
//! A session that nobody listens to when it is made records nothing.
//!
//! Header lists are recorded as their `Debug` shows them, so secret values by their lengths alone, and
//! DATA by its length.

#[cfg(not(feature = "tracing"))]
pub(super) use off::Trace;
#[cfg(feature = "tracing")]
pub(super) use on::Trace;

#[cfg(feature = "tracing")]
mod on {
    use alloc::boxed::Box;
    use alloc::collections::BTreeMap;

    use tracing::subscriber::NoSubscriber;
    use tracing::{Span, debug, debug_span, dispatcher, trace};

    use super::super::carrier::Received;
    use super::super::error::SessionError;
    use super::super::event::Abort;
    use crate::frame::{Frame, WindowUpdate};
    use crate::id::{PingId, Role, StreamId};
    use crate::version::Version;

    #[derive(Debug)]
    pub(in super::super) struct Trace(Option<Box<Spans>>);

    #[derive(Debug)]
    struct Spans {
        version: Version,
        role: Role,
        session: Span,
        streams: BTreeMap<StreamId, Span>,
    }

    impl Trace {
        pub(in super::super) fn new(version: Version, role: Role) -> Self {
            let session = debug_span!(target: "spdy", parent: None, "session", %version, ?role);
            let spans =
                || Spans { version, role, session: session.clone(), streams: BTreeMap::new() };
            // Without a subscriber here a span is made all the same if there is one on another thread.
            let is_heard = dispatcher::get_default(|heard| !heard.is::<NoSubscriber>());
            Self((is_heard && !session.is_disabled()).then(|| Box::new(spans())))
        }

        /// A stream is there.
        pub(in super::super) fn open(&mut self, stream: StreamId) {
            let Some(spans) = &mut self.0 else { return };
            let is_ours = spans.role.owns(stream.get());
            let span =
                debug_span!(target: "spdy", parent: &spans.session, "stream", %stream, is_ours);
            spans.streams.insert(stream, span);
        }

        /// It is over.
        pub(in super::super) fn close(&mut self, stream: StreamId) {
            if let Some(spans) = &mut self.0 {
                spans.streams.remove(&stream);
            }
        }

        /// Something has come, not DATA.
        #[inline]
        pub(in super::super) fn received(&self, received: &Received) {
            let Some(spans) = &self.0 else { return };
            match received {
                Received::Frame(Frame::Data(_)) => {}
                Received::Frame(frame) => spans.frame("received", frame),
                Received::Ping(_) => spans.message("received", "Ping"),
                Received::Pong(_) => spans.message("received", "Pong"),
                Received::Close(_) => spans.message("received", "Close"),
            }
        }

        /// A frame, not DATA, is on its way out.
        #[inline]
        pub(in super::super) fn sent(&self, frame: &Frame) {
            if let Some(spans) = &self.0 {
                spans.frame("sent", frame);
            }
        }

        #[inline]
        pub(in super::super) fn ping(&self, way: &str, id: PingId) {
            if let Some(spans) = &self.0 {
                spans.frame(way, &Frame::Ping(id));
            }
        }

        #[inline]
        pub(in super::super) fn window_update(&self, way: &str, update: WindowUpdate) {
            if let Some(spans) = &self.0 {
                spans.frame(way, &Frame::WindowUpdate(update));
            }
        }

        /// DATA, or a piece of it.
        #[inline]
        pub(in super::super) fn data(&self, way: &str, stream: StreamId, length: usize, fin: bool) {
            if let Some(spans) = &self.0 {
                spans.data(way, stream, length, fin);
            }
        }

        /// The answer to a ping of WebSocket's is on its way out.
        pub(in super::super) fn pong(&self) {
            if let Some(spans) = &self.0 {
                spans.message("sent", "Pong");
            }
        }

        /// The peer broke a rule on a stream.
        pub(in super::super) fn reset(&self, stream: StreamId, cause: &Abort) {
            let Some(spans) = &self.0 else { return };
            debug!(target: "spdy", parent: &spans.session, %stream, "{cause}");
        }

        /// The peer broke a rule that ends the session.
        pub(in super::super) fn end(&self, error: &SessionError) {
            let Some(spans) = &self.0 else { return };
            debug!(target: "spdy", parent: &spans.session, "{error}");
        }
    }

    /// Apart from the question whether anybody listens, which is asked of every frame.
    impl Spans {
        #[cold]
        fn frame(&self, way: &str, frame: &Frame) {
            let stream = match frame {
                Frame::SynStream(it) => Some(it.stream),
                Frame::SynReply(it) => Some(it.stream),
                Frame::FinStream(it) => Some(it.stream),
                Frame::Subresource(it) => Some(it.stream),
                Frame::Headers(it) => Some(it.stream),
                Frame::WindowUpdate(it) => Some(it.stream),
                _ => None,
            };
            let name = self.version.dialect().frame_name(frame.frame_type());
            let span = self.span_of(stream);
            match frame {
                // The proof and the certificates of a client.
                Frame::Credential(_) => trace!(target: "spdy", parent: span, "{way} {name}"),
                _ => trace!(target: "spdy", parent: span, ?frame, "{way} {name}"),
            }
        }

        #[cold]
        fn data(&self, way: &str, stream: StreamId, length: usize, fin: bool) {
            let span = self.span_of(Some(stream));
            trace!(target: "spdy", parent: span, %stream, length, fin, "{way} DATA");
        }

        /// A frame of WebSocket's own.
        #[cold]
        fn message(&self, way: &str, name: &str) {
            trace!(target: "spdy", parent: &self.session, "{way} {name} of WebSocket");
        }

        fn span_of(&self, stream: Option<StreamId>) -> &Span {
            stream.and_then(|stream| self.streams.get(&stream)).unwrap_or(&self.session)
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use super::super::carrier::Received;
    use super::super::error::SessionError;
    use super::super::event::Abort;
    use crate::frame::{Frame, WindowUpdate};
    use crate::id::{PingId, Role, StreamId};
    use crate::version::Version;

    #[derive(Debug)]
    pub(in super::super) struct Trace;

    #[expect(clippy::unused_self, reason = "the calls are those of the other one")]
    impl Trace {
        pub(in super::super) const fn new(_: Version, _: Role) -> Self {
            Self
        }
        pub(in super::super) const fn open(&mut self, _: StreamId) {}
        pub(in super::super) const fn close(&mut self, _: StreamId) {}
        pub(in super::super) const fn received(&self, _: &Received) {}
        pub(in super::super) const fn sent(&self, _: &Frame) {}
        pub(in super::super) const fn ping(&self, _: &str, _: PingId) {}
        pub(in super::super) const fn window_update(&self, _: &str, _: WindowUpdate) {}
        pub(in super::super) const fn data(&self, _: &str, _: StreamId, _: usize, _: bool) {}
        pub(in super::super) const fn pong(&self) {}
        pub(in super::super) const fn reset(&self, _: StreamId, _: &Abort) {}
        pub(in super::super) const fn end(&self, _: &SessionError) {}
    }
}
