//! Requests to answers: what a server does on one session.
//!
//! GET and HEAD get what the [`Site`] has, any other method gets its own body back while it
//! arrives, and what is no request gets status 400. So does, in SPDY/3 and 3.1, a request whose body
//! has another length than its `content-length`: the answer to one that says its length waits for
//! the end of the body, but not longer than for its first 16 KiB. After those a wrong length costs
//! the stream, so that no echo of it looks whole; the rest of what comes with a GET is dropped.
//!
//! What waits in memory is bounded for each connection ([`MAX_WAITING`]).

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Read};
use std::rc::Rc;

use bytes::Bytes;
use spdy::http::{self, BodyLength};
use spdy::{Event, Headers, Priority, Session, Status, StreamId, Version};

use super::driver::Handler;
use super::windows;

/// How much of a body is in memory at a time. The session asks for the next piece when most of it
/// has left, in the order of the streams' priorities.
const PIECE: usize = 64 * 1024;

/// Smaller pieces of an echo wait for each other while others are on their way: each costs a frame
/// and some memory of its own.
const MIN_PIECE: usize = 4 * 1024;

/// So much of a body is received before its request is answered. All streams of a client together
/// stay within the window of a session, or they would wait for each other.
const HELD: usize = 16 * 1024;

/// How much of an echo may wait beyond the window of its stream: some clients are a little careless.
const CARELESS: usize = 64 * 1024;

/// How much may wait for a client that does not read: what the windows of all its streams let it
/// send, what it was given back a little early, and what is sent to it unasked is less. Of a client
/// that does not keep to its windows the streams that hold most are reset.
const MAX_WAITING: usize = 16 * 1024 * 1024;

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
    /// A body on its way out, and what is left of it. A push ends with a frame of its own: until that
    /// is asked for the push counts.
    Send { body: Box<dyn Read>, left: u64, is_push: bool },
    /// A body on its way in.
    Receive(Received),
}

/// A request.
struct Asked {
    headers: Headers,
    priority: Priority,
    /// What belongs to it may be sent along.
    may_push: bool,
}

/// The body of a request, which goes back unless the method is GET or HEAD.
struct Received {
    /// The request as long as it is not answered.
    request: Option<Asked>,
    length: BodyLength,
    /// What has not been sent back.
    collected: Vec<u8>,
    /// What has not been given back to the client's window: it has not left.
    waits: usize,
    /// All of it has come.
    ended: bool,
    /// The stream has taken data once; what was sent before that may not have left.
    opened: bool,
    /// It takes data, and was given none since.
    ready: bool,
}

/// The streams of one connection.
pub struct Responder<S> {
    site: Rc<S>,
    jobs: HashMap<StreamId, Job>,
    pushes: http::Pushes,
    /// What the connection is for, if it is for one origin only.
    origin: Rc<OnceCell<http::Origin>>,
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
            Event::SynStream { stream, priority, headers, fin, push_allowed, .. } => {
                let may_push = push_allowed || session.version() != Version::SpeedMobility;
                let request = Asked { headers, priority, may_push };
                let result = self.on_request(session, stream, request, fin);
                self.check(session, stream, result);
            }
            Event::Data { stream, data, fin, .. } => {
                let result = self.on_body(session, stream, &data, fin);
                self.check(session, stream, result);
            }
            // The end of a body may come with HEADERS too; what they say does not go back.
            Event::Headers { stream, fin: true, .. } => {
                let result = self.on_body(session, stream, &Bytes::new(), true);
                self.check(session, stream, result);
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
            Job::Receive(received) => received.send(session, stream),
            Job::Send { .. } => true,
        });
        self.shed(session);
    }

    fn on_writable(&mut self, session: &mut Session, stream: StreamId) {
        let goes_on = match self.jobs.get_mut(&stream) {
            None => return,
            Some(Job::Receive(received)) => {
                received.on_writable(session, stream);
                received.send(session, stream)
            }
            Some(Job::Send { body, left, is_push }) => match read_piece(body, left) {
                Ok(piece) => {
                    let fin = *left == 0 && (piece.is_empty() || !*is_push);
                    session.send_data(stream, piece, fin).is_ok() && !fin
                }
                // The length was promised: half a file must not look like a whole one.
                Err(_) => {
                    let _ = session.fin_stream(stream, Status::INTERNAL_ERROR);
                    false
                }
            },
        };
        if !goes_on {
            self.jobs.remove(&stream);
            self.pushes.end(stream);
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

impl Received {
    /// Bytes that are kept here.
    fn held(&self) -> usize {
        let fields = self.request.iter().flat_map(|request| request.headers.iter());
        let request: usize = fields.map(|(name, value)| name.len() + value.len()).sum();
        request + self.collected.len()
    }

    /// The stream takes data: what was sent on it has left, but for a little.
    fn on_writable(&mut self, session: &mut Session, stream: StreamId) {
        if self.opened {
            session.release(stream, self.waits - self.collected.len());
            self.waits = self.collected.len();
        }
        (self.opened, self.ready) = (true, true);
    }

    /// Sends back what there is, and says whether the stream goes on.
    fn send(&mut self, session: &mut Session, stream: StreamId) -> bool {
        let is_enough = self.collected.len() >= MIN_PIECE
            || self.ready && (self.ended || !self.collected.is_empty());
        if self.request.is_some() || !is_enough {
            return true;
        }
        // The last piece waits until what is before it has left.
        let fin = self.ended && self.ready;
        self.ready = false;
        // Without the room that it was collected in.
        let piece = std::mem::take(&mut self.collected).into_boxed_slice();
        if fin {
            session.release(stream, self.waits);
        }
        session.send_data(stream, piece, fin).is_ok() && !fin
    }
}

impl<S: Site> Responder<S> {
    pub fn new(site: Rc<S>, origin: Rc<OnceCell<http::Origin>>) -> Self {
        let pushes = http::Pushes::new(MAX_PUSHES);
        Self { site, jobs: HashMap::new(), pushes, origin }
    }

    /// Takes a request, and answers it unless its body has to be seen first.
    fn on_request(
        &mut self,
        session: &mut Session,
        stream: StreamId,
        request: Asked,
        fin: bool,
    ) -> Result<(), Box<dyn Error>> {
        let version = session.version();
        let is_elsewhere = |origin: &http::Origin| origin.check(version, &request.headers).is_err();
        if self.origin.get().is_some_and(is_elsewhere) {
            return refuse(session, stream);
        }
        let parsed = http::Request::parse(version, &request.headers);
        let length = match parsed.map(|request| request.body_length()) {
            Ok(length) if length.may_go_on() && (length.is_right() || !fin) => length,
            _ => return refuse(session, stream),
        };
        let received = Received {
            request: Some(request),
            length,
            collected: Vec::new(),
            waits: 0,
            ended: fin,
            opened: false,
            ready: false,
        };
        if fin || !length.is_said() {
            return self.answer(session, stream, received);
        }
        self.jobs.insert(stream, Job::Receive(received));
        Ok(())
    }

    fn on_body(
        &mut self,
        session: &mut Session,
        stream: StreamId,
        data: &Bytes,
        fin: bool,
    ) -> Result<(), Box<dyn Error>> {
        let Some(Job::Receive(received)) = self.jobs.get_mut(&stream) else {
            session.release(stream, data.len());
            return Ok(());
        };
        received.length.add(data.len());
        received.collected.extend_from_slice(data);
        received.waits += data.len();
        received.ended = fin;
        let is_wrong = !received.length.may_go_on() || fin && !received.length.is_right();
        let is_held = received.request.is_some();
        let window = windows::of_stream(session) as usize;
        if received.waits > window + CARELESS {
            // It does not keep to its window, and would fill our memory.
            self.end(session, stream, Status::FLOW_CONTROL_ERROR);
        } else if is_wrong && is_held {
            session.release(stream, received.waits);
            self.jobs.remove(&stream);
            refuse(session, stream)?;
        } else if is_wrong {
            self.end(session, stream, Status::PROTOCOL_ERROR);
        } else if is_held && (fin || received.collected.len() > HELD) {
            if let Some(Job::Receive(received)) = self.jobs.remove(&stream) {
                self.answer(session, stream, received)?;
            }
        }
        Ok(())
    }

    /// Answers a request of which so much has come.
    fn answer(
        &mut self,
        session: &mut Session,
        stream: StreamId,
        mut received: Received,
    ) -> Result<(), Box<dyn Error>> {
        let version = session.version();
        let Some(asked) = received.request.take() else { return Ok(()) };
        let request = http::Request::parse(version, &asked.headers)?;
        if matches!(request.method(), "GET" | "HEAD") {
            session.release(stream, received.waits);
            return self.send(session, stream, &asked, &request);
        }
        let fields = Headers::from_iter(request.fields().find(|(name, _)| *name == "content-type"));
        let is_empty = received.ended && received.collected.is_empty();
        session.reply(stream, http::response(version, "200 OK", fields)?, is_empty)?;
        if !is_empty {
            self.jobs.insert(stream, Job::Receive(received));
        }
        Ok(())
    }

    /// Answers with what the site has.
    fn send(
        &mut self,
        session: &mut Session,
        stream: StreamId,
        asked: &Asked,
        request: &http::Request<'_>,
    ) -> Result<(), Box<dyn Error>> {
        let version = session.version();
        let content = self.site.find(request.path());
        let mut fields = content.fields();
        let has_body = request.method() == "GET" && content.length > 0;
        // A push belongs to a stream that is open, so to one with a body. What Draft 1 announces must
        // come: the client waits for it.
        let room =
            if has_body && asked.may_push { session.can_open().min(self.pushes.room()) } else { 0 };
        let pushes = content.pushes.iter().take(room);
        let pushes: Vec<_> = pushes.map(|path| (path, to_url(request, path))).collect();
        if !pushes.is_empty() && version == Version::Draft1 {
            fields.extend([http::associated_content(pushes.iter().map(|(_, url)| url.as_str()))]);
        }
        session.reply(stream, http::response(version, content.status, fields)?, !has_body)?;
        if has_body {
            let (body, left) = (content.body, content.length);
            self.jobs.insert(stream, Job::Send { body, left, is_push: false });
        }
        for (path, url) in pushes {
            let content = self.site.find(path);
            let push = http::push(version, stream, &url, content.status, content.fields())?;
            let pushed = session.open(push.priority(asked.priority).fin(content.length == 0))?;
            if content.length > 0 {
                self.pushes.begin(stream, pushed)?;
                let (body, left) = (content.body, content.length);
                self.jobs.insert(pushed, Job::Send { body, left, is_push: true });
            }
        }
        Ok(())
    }

    /// Where the client has made more wait than it may, its largest bodies go.
    fn shed(&mut self, session: &mut Session) {
        let bodies = self.jobs.iter().filter_map(|(&stream, job)| match job {
            Job::Receive(received) => Some((stream, received)),
            Job::Send { .. } => None,
        });
        let held: usize = bodies.clone().map(|(_, received)| received.held()).sum();
        let mut waiting = session.queued() + held;
        if waiting <= MAX_WAITING {
            return;
        }
        let mut bodies: Vec<_> =
            bodies.map(|(stream, received)| (received.waits, stream)).collect();
        bodies.sort_unstable_by_key(|&body| Reverse(body));
        for (waits, stream) in bodies {
            if waiting <= MAX_WAITING {
                break;
            }
            self.end(session, stream, Status::FLOW_CONTROL_ERROR);
            waiting = waiting.saturating_sub(waits);
        }
    }

    /// What we could not send is our fault.
    fn check(
        &mut self,
        session: &mut Session,
        stream: StreamId,
        result: Result<(), Box<dyn Error>>,
    ) {
        if result.is_err() {
            self.end(session, stream, Status::INTERNAL_ERROR);
        }
    }

    /// Ends a stream before its time.
    fn end(&mut self, session: &mut Session, stream: StreamId, status: Status) {
        self.jobs.remove(&stream);
        // Refused only if the stream is over.
        let _ = session.fin_stream(stream, status);
    }
}

/// Answers what is no request, or says another length than it has.
fn refuse(session: &mut Session, stream: StreamId) -> Result<(), Box<dyn Error>> {
    let reply = http::response(session.version(), "400 Bad Request", ())?;
    Ok(session.reply(stream, reply, true)?)
}

/// The URL of another path at the host of a request.
fn to_url(request: &http::Request<'_>, path: &str) -> String {
    format!("{}://{}{path}", request.scheme().unwrap_or("http"), request.authority())
}
