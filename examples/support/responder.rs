//! Requests to answers: what a server does on one session.
//!
//! GET and HEAD get what the [`Site`] has, any other method gets its own body back while it
//! arrives, and what is no request gets status 400.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Read};
use std::rc::Rc;

use bytes::Bytes;
use spdy::{Event, Headers, Priority, Session, Status, StreamId, Version, http};

use super::driver::Handler;
use super::windows;

/// How much of a body is in memory at a time. The session asks for the next piece when most of it
/// has left, in the order of the streams' priorities.
const PIECE: usize = 64 * 1024;

/// Pieces below this are copied before they are sent back. A slice of what was read keeps the whole
/// buffer alive, and every piece costs a frame: a flood of tiny pieces would cost a lot of memory.
const COPIED: usize = 4 * 1024;

/// How much of an echo may wait, at least: what the windows of a stream give the client, and what
/// one that is a little careless sends beyond.
const MAX_ECHO: usize = windows::STREAM as usize + 64 * 1024;

/// How many pushes may be under way: they do not count against the streams of the client.
const MAX_PUSHES: usize = 32;

/// Where the answers to GET and HEAD come from.
pub trait Site {
    /// Finds what a path (with its query) names; there is always an answer.
    fn find(&self, path: &str) -> Content;
}

/// An answer.
pub struct Content {
    /// Code and phrase.
    pub status: &'static str,
    pub content_type: &'static str,
    pub length: u64,
    /// Gives `length` bytes, if all goes well.
    pub body: Box<dyn Read>,
    /// The paths of what is pushed along.
    pub pushes: Vec<String>,
}

impl Content {
    /// A short text, such as an error.
    pub fn text(status: &'static str) -> Self {
        let text = format!("{status}\n");
        Self {
            status,
            content_type: "text/plain",
            length: text.len() as u64,
            body: Box::new(io::Cursor::new(text)),
            pushes: Vec::new(),
        }
    }

    fn fields(&self) -> Headers {
        let length = self.length.to_string();
        Headers::from([("content-type", self.content_type), ("content-length", &length)])
    }
}

/// What a stream is about.
enum Job {
    /// A body on its way out, and what is left of it.
    Send { body: Box<dyn Read>, left: u64 },
    /// A body that goes back; the small pieces of one turn are collected. So much of it waits, and
    /// is given back to the client's window when it has left.
    Echo { collected: Vec<u8>, waits: usize },
}

/// The streams of one connection.
pub struct Responder<S> {
    site: Rc<S>,
    jobs: HashMap<StreamId, Job>,
    pushes: http::Pushes,
}

impl<S: Site> Handler for Responder<S> {
    fn on_event(&mut self, session: &mut Session, event: Event) {
        match event {
            Event::SynStream { stream, associated, unidirectional, .. }
                if !http::is_request_stream(associated, unidirectional) =>
            {
                // Refused only if the stream is over.
                let _ = session.fin_stream(stream, Status::PROTOCOL_ERROR);
            }
            Event::SynStream { stream, priority, headers, fin, .. } => {
                let answered = self.answer(session, stream, priority, &headers, fin);
                if answered.is_err() {
                    // The list is one of ours, so the fault is too.
                    self.give_up(session, stream);
                }
            }
            Event::Data { stream, mut data, fin, .. } => {
                let Some(Job::Echo { collected, waits }) = self.jobs.get_mut(&stream) else {
                    return session.release(stream, data.len());
                };
                *waits += data.len();
                if windows::exist(session.version()) && *waits > MAX_ECHO {
                    // It does not keep to its window, and would fill our memory.
                    self.jobs.remove(&stream);
                    let _ = session.fin_stream(stream, Status::FLOW_CONTROL_ERROR);
                    return;
                }
                if fin {
                    // Nothing more comes on this stream; others may have what it has taken.
                    session.release(stream, *waits);
                }
                if data.len() < COPIED {
                    collected.extend_from_slice(&data);
                    data = Bytes::new();
                }
                // Without bytes and without FIN nothing is sent.
                let mut sent = Ok(());
                if fin || !data.is_empty() {
                    let last = fin && data.is_empty();
                    sent = session.send_data(stream, std::mem::take(collected), last);
                    if sent.is_ok() && !last {
                        sent = session.send_data(stream, data, fin);
                    }
                }
                if fin || sent.is_err() {
                    self.jobs.remove(&stream);
                }
            }
            // The end of a body may come with HEADERS too; what they say does not go back.
            Event::Headers { stream, fin: true, .. } => {
                if let Some(Job::Echo { collected, waits }) = self.jobs.remove(&stream) {
                    session.release(stream, waits);
                    let _ = session.send_data(stream, collected, true);
                }
            }
            Event::Aborted { stream, .. } => {
                self.jobs.remove(&stream);
                self.pushes.end(stream);
                // Whoever does not want a page wants nothing that was pushed for it.
                for pushed in self.pushes.cancel(stream) {
                    self.jobs.remove(&pushed);
                    let _ = session.fin_stream(pushed, Status::CANCEL);
                }
            }
            // Settings, the end of the client's requests: the session knows what to do.
            _ => {}
        }
    }

    fn after_events(&mut self, session: &mut Session) {
        self.jobs.retain(|&stream, job| match job {
            Job::Echo { collected, .. } if !collected.is_empty() => {
                session.send_data(stream, std::mem::take(collected), false).is_ok()
            }
            _ => true,
        });
    }

    fn on_writable(&mut self, session: &mut Session, stream: StreamId) {
        let (body, left) = match self.jobs.get_mut(&stream) {
            Some(Job::Send { body, left }) => (body, left),
            Some(Job::Echo { collected, waits }) => {
                let left = waits.saturating_sub(collected.len());
                *waits -= left;
                return session.release(stream, left);
            }
            None => return,
        };
        match read_piece(body, left) {
            Ok(piece) => {
                let fin = *left == 0;
                if session.send_data(stream, piece, fin).is_err() || fin {
                    self.jobs.remove(&stream);
                    self.pushes.end(stream);
                }
            }
            // The length was promised: half a file must not look like a whole one.
            Err(_) => self.give_up(session, stream),
        }
    }
}

/// The next piece of a body of which so much is left.
pub fn read_piece(body: &mut impl Read, left: &mut u64) -> io::Result<Vec<u8>> {
    let len = usize::try_from(*left).unwrap_or(usize::MAX).min(PIECE);
    let mut piece = vec![0; len];
    body.read_exact(&mut piece)?;
    *left -= len as u64;
    Ok(piece)
}

impl<S: Site> Responder<S> {
    pub fn new(site: Rc<S>) -> Self {
        Self { site, jobs: HashMap::new(), pushes: http::Pushes::new(MAX_PUSHES) }
    }

    fn answer(
        &mut self,
        session: &mut Session,
        stream: StreamId,
        priority: Priority,
        headers: &Headers,
        fin: bool,
    ) -> Result<(), Box<dyn Error>> {
        let version = session.version();
        let Ok(request) = http::Request::parse(version, headers) else {
            session.reply(stream, http::response(version, "400 Bad Request", ())?, true)?;
            return Ok(());
        };
        if !matches!(request.method(), "GET" | "HEAD") {
            let mut fields = request.fields().filter(|(name, _)| *name == "content-type");
            let fields = Headers::from_iter(fields.next());
            session.reply(stream, http::response(version, "200 OK", fields)?, fin)?;
            if !fin {
                self.jobs.insert(stream, Job::Echo { collected: Vec::new(), waits: 0 });
            }
            return Ok(());
        }

        let content = self.site.find(request.path());
        let mut fields = content.fields();
        let has_body = request.method() == "GET" && content.length > 0;
        // A push belongs to a stream that is open, so to one with a body. What Draft 1 announces must
        // come: the client waits for it.
        let room = if has_body { session.can_open().min(self.pushes.room()) } else { 0 };
        let pushes = content.pushes.iter().take(room);
        let pushes: Vec<_> = pushes.map(|path| (path, to_url(&request, path))).collect();
        if !pushes.is_empty() && version == Version::Draft1 {
            fields.extend([http::associated_content(pushes.iter().map(|(_, url)| url.as_str()))]);
        }
        session.reply(stream, http::response(version, content.status, fields)?, !has_body)?;
        if has_body {
            self.jobs.insert(stream, Job::Send { body: content.body, left: content.length });
        }
        for (path, url) in pushes {
            let content = self.site.find(path);
            let push = http::push(version, stream, &url, content.status, content.fields())?;
            let pushed = session.open(push.priority(priority).fin(content.length == 0))?;
            if content.length > 0 {
                self.pushes.begin(stream, pushed)?;
                self.jobs.insert(pushed, Job::Send { body: content.body, left: content.length });
            }
        }
        Ok(())
    }

    /// Ends a stream for which we cannot do what we should.
    fn give_up(&mut self, session: &mut Session, stream: StreamId) {
        self.jobs.remove(&stream);
        // Refused only if the stream is over.
        let _ = session.fin_stream(stream, Status::INTERNAL_ERROR);
    }
}

/// The URL of another path at the host of a request.
fn to_url(request: &http::Request<'_>, path: &str) -> String {
    format!("{}://{}{path}", request.scheme().unwrap_or("http"), request.authority())
}
