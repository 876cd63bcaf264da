//! Resources and their streams: what a client does on one session.
//!
//! A resource waits until the server lets a stream be opened for it, is asked for, answered, and
//! received. A pushed one is not asked for: the server opens the stream (in Draft 1 it announces it
//! first). What it does not bring in the end is asked for after all.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::time::Instant;

use bytes::Bytes;
use spdy::http::{self, HttpError, PushHeaders, PushState, PushedUrls};
use spdy::{Abort, Event, Headers, Priority, Session, Status, StreamId, Version};

use super::driver::Handler;
use super::resource::{Body, Progress, Resource};
use super::responder::read_piece;

/// The most streams at a time: what Draft 1 advises every peer to allow at least. A server that
/// allows fewer says so in HELLO, or refuses.
const MAX_STREAMS: usize = 100;

/// How often a resource is asked for that the server refuses to look at.
const MAX_TRIES: u32 = 5;

/// A stream, and what is left to send on it.
struct Live {
    index: usize,
    upload: Option<(File, u64)>,
    /// What was asked for: what is pushed is held against it.
    request: Headers,
    /// What a push has said of itself.
    push: Option<PushHeaders>,
}

/// The resources of one connection.
pub struct Fetcher {
    pub resources: Vec<Resource>,
    /// Sent with every request, which is a POST then.
    upload: Option<PathBuf>,
    waiting: VecDeque<usize>,
    live: HashMap<StreamId, Live>,
    pushed: PushedUrls,
    max_live: usize,
    /// The bodies of what is pushed unasked are kept in memory, else they are dropped.
    pub keeps_pushes: bool,
}

impl Handler for Fetcher {
    fn on_event(&mut self, session: &mut Session, event: Event) {
        match event {
            Event::SynReply { stream, headers, fin, .. } => {
                self.pushed.announce(&headers);
                self.on_answer(session, stream, &headers, fin);
            }
            Event::SynStream { stream, associated, priority, headers, fin, .. } => {
                match self.pushed_url(session.version(), associated, &headers) {
                    Ok(url) => self.on_push(session, stream, priority, url, headers, fin),
                    Err(status) => drop(session.fin_stream(stream, status)),
                }
            }
            Event::Headers { stream, headers, fin, .. } => {
                self.on_headers(session, stream, &headers, fin);
            }
            Event::Data { stream, data, fin, .. } => self.on_data(session, stream, &data, fin),
            Event::Aborted { stream, cause, .. } => self.on_aborted(session, stream, &cause),
            // The session obeys the settings; a GOAWAY aborts what it concerns.
            _ => {}
        }
    }

    /// Opens what can be opened.
    fn after_events(&mut self, session: &mut Session) {
        if self.live.is_empty() && self.waiting.is_empty() {
            // What was to be pushed would have come before the end of the stream it belongs to.
            let resources = self.resources.iter_mut().enumerate();
            for (index, resource) in resources.filter(|(_, it)| it.progress == Progress::Promised) {
                self.pushed.forget(&resource.url);
                resource.progress = Progress::Waiting;
                self.waiting.push_back(index);
            }
        }
        while self.live.len() < self.max_live && session.can_open() > 0 {
            let Some(index) = self.waiting.pop_front() else { return };
            let resource = &mut self.resources[index];
            let is_promised = self.pushed.state(&resource.url) == Some(PushState::Announced);
            if is_promised && self.upload.is_none() && !self.live.is_empty() {
                resource.progress = Progress::Promised;
            } else if let Err(error) = self.open(session, index) {
                self.fail(index, error.to_string());
            }
        }
        if self.live.is_empty() {
            self.interrupt("no more streams can be opened");
        }
    }

    fn on_writable(&mut self, session: &mut Session, stream: StreamId) {
        let Some(live) = self.live.get_mut(&stream) else { return };
        let Some((file, left)) = &mut live.upload else { return };
        let sent: Result<bool, Box<dyn Error>> =
            read_piece(file, left).map_err(Into::into).and_then(|piece| {
                Ok(session.send_data(stream, piece, *left == 0).map(|()| *left == 0)?)
            });
        match sent {
            Ok(false) => {}
            Ok(true) => live.upload = None,
            Err(error) => self.cancel(session, stream, Status::CANCEL, &format!("upload: {error}")),
        }
    }
}

impl Fetcher {
    pub fn new(upload: Option<PathBuf>) -> Self {
        Self {
            resources: Vec::new(),
            upload,
            waiting: VecDeque::new(),
            live: HashMap::new(),
            pushed: PushedUrls::default(),
            max_live: MAX_STREAMS,
            keeps_pushes: false,
        }
    }

    /// Takes a resource on, unless the server has pushed it. It is asked for with the next turn,
    /// the most urgent first, or not at all if the server has announced it.
    pub fn want(&mut self, mut resource: Resource) {
        let index = self.resources.len();
        match self.pushed.state(&resource.url) {
            Some(PushState::Live(_) | PushState::Complete(_)) => return,
            Some(PushState::Announced) => resource.progress = Progress::Promised,
            None => {
                let is_later = |&other: &usize| self.resources[other].priority < resource.priority;
                let place = self.waiting.iter().position(is_later).unwrap_or(self.waiting.len());
                self.waiting.insert(place, index);
            }
        }
        self.resources.push(resource);
    }

    /// Whether there is nothing left to do.
    pub fn is_idle(&self) -> bool {
        self.live.is_empty() && self.resources.iter().all(Resource::is_over)
    }

    /// Nothing more will come.
    pub fn interrupt(&mut self, reason: &str) {
        self.live.clear();
        self.waiting.clear();
        for resource in self.resources.iter_mut().filter(|resource| !resource.is_over()) {
            resource.end(Progress::Failed(reason.to_owned()));
        }
    }

    fn open(&mut self, session: &mut Session, index: usize) -> Result<(), Box<dyn Error>> {
        let resource = &mut self.resources[index];
        let version = session.version();
        let (request, upload) = match &self.upload {
            None => (http::request(version, "GET", &resource.url, ())?, None),
            Some(path) => {
                resource.how = "POST";
                let file = File::open(path)?;
                let length = file.metadata()?.len();
                let text = length.to_string();
                let fields =
                    [("content-type", "application/octet-stream"), ("content-length", &text)];
                (http::request(version, "POST", &resource.url, fields)?, Some((file, length)))
            }
        };
        let list = request.headers().clone();
        // In Speed+Mobility pushes need leave; in the others there is no such thing.
        let request = request.push_allowed(version == Version::SpeedMobility);
        let stream = session.open(request.priority(resource.priority))?;
        resource.asked.get_or_insert_with(Instant::now);
        resource.progress = Progress::Live;
        resource.tries += 1;
        self.live.insert(stream, Live { index, upload, request: list, push: None });
        Ok(())
    }

    /// What a pushed stream brings, or with which status it is refused.
    fn pushed_url(
        &self,
        version: Version,
        associated: Option<StreamId>,
        headers: &Headers,
    ) -> Result<String, Status> {
        if version == Version::Draft1 {
            // Nobody announced it, so nobody wants it.
            let announced = self.pushed.announced(version, headers).ok().flatten();
            return announced.map(str::to_owned).ok_or(Status::REFUSED_STREAM);
        }
        let main = associated.and_then(|stream| self.live.get(&stream));
        let request = main.map(|live| &live.request);
        let pushed = http::Pushed::parse(version, associated, request, headers);
        Ok(pushed.map_err(HttpError::status)?.url())
    }

    fn on_push(
        &mut self,
        session: &mut Session,
        stream: StreamId,
        priority: Priority,
        url: String,
        headers: Headers,
        fin: bool,
    ) {
        if let Err(error) = self.pushed.begin(stream, &url) {
            return drop(session.fin_stream(stream, error.status()));
        }
        // It was announced, or wanted and not asked for yet. What is posted is no such thing.
        let is_expected = |resource: &Resource| {
            matches!(resource.progress, Progress::Promised | Progress::Waiting)
                && self.upload.is_none()
                && self.pushed.state(&resource.url) == Some(PushState::Live(stream))
        };
        let index = self.resources.iter().position(is_expected).unwrap_or_else(|| {
            let body = if self.keeps_pushes { Body::Kept(Vec::new()) } else { Body::Dropped };
            let resource = Resource::new(url, priority, body);
            self.resources.push(Resource { is_wanted: false, ..resource });
            self.resources.len() - 1
        });
        self.waiting.retain(|&waiting| waiting != index);
        let resource = &mut self.resources[index];
        resource.how = "PUSH";
        resource.priority = priority;
        resource.progress = Progress::Live;
        resource.asked = Some(Instant::now());
        let push = Some(PushHeaders::new(session.version(), headers));
        self.live.insert(stream, Live { index, upload: None, request: Headers::new(), push });
        self.on_push_headers(session, stream, fin);
    }

    /// The answer stands in the headers of a push so far, or comes in further ones.
    fn on_push_headers(&mut self, session: &mut Session, stream: StreamId, fin: bool) {
        let Some(Live { push: Some(push), .. }) = self.live.get(&stream) else { return };
        let headers = push.headers().clone();
        match http::Response::parse(session.version(), &headers) {
            Err(HttpError::Missing(_)) if !fin => {}
            _ => self.on_answer(session, stream, &headers, fin),
        }
    }

    fn on_headers(
        &mut self,
        session: &mut Session,
        stream: StreamId,
        headers: &Headers,
        fin: bool,
    ) {
        let Some(live) = self.live.get_mut(&stream) else { return };
        let resource = &mut self.resources[live.index];
        let is_awaited = live.push.is_some() && resource.answered.is_none();
        match live.push.as_mut().map_or(Ok(true), |push| push.add(headers)) {
            Err(error) => self.cancel(session, stream, error.status(), &error.to_string()),
            Ok(_) if is_awaited => self.on_push_headers(session, stream, fin),
            Ok(true) if !resource.add_trailers(headers) => {
                self.cancel(session, stream, Status::CANCEL, "too many trailers");
            }
            Ok(_) => self.on_data(session, stream, &Bytes::new(), fin),
        }
    }

    fn on_answer(&mut self, session: &mut Session, stream: StreamId, headers: &Headers, fin: bool) {
        let Some(live) = self.live.get(&stream) else { return };
        let resource = &mut self.resources[live.index];
        match http::Response::parse(session.version(), headers) {
            Ok(response) => resource.status = Some(response.code()),
            Err(error) => return self.cancel(session, stream, error.status(), &error.to_string()),
        }
        resource.answered = Some(Instant::now());
        match resource.body.begin() {
            Ok(()) => self.on_data(session, stream, &Bytes::new(), fin),
            Err(error) => self.cannot_save(session, stream, &error),
        }
    }

    fn on_data(&mut self, session: &mut Session, stream: StreamId, data: &Bytes, fin: bool) {
        let Some(live) = self.live.get_mut(&stream) else { return };
        let resource = &mut self.resources[live.index];
        if resource.answered.is_none() {
            if fin || !data.is_empty() {
                // The session sees to it for what was asked for, but not for what is pushed.
                self.cancel(session, stream, Status::PROTOCOL_ERROR, "a body without an answer");
            }
            return;
        }
        resource.bytes += data.len() as u64;
        if let Err(error) = resource.body.write(data) {
            return self.cannot_save(session, stream, &error);
        }
        if let (Some(push), false) = (&mut live.push, data.is_empty()) {
            push.add_data();
        }
        if fin {
            resource.end(Progress::Complete);
            self.pushed.complete(stream);
            if live.upload.is_some() {
                // The server answered before it had read everything: it does not want the rest.
                let _ = session.fin_stream(stream, Status::CANCEL);
            }
            self.live.remove(&stream);
        }
    }

    fn on_aborted(&mut self, session: &Session, stream: StreamId, cause: &Abort) {
        let Some(Live { index, .. }) = self.live.remove(&stream) else { return };
        let resource = &mut self.resources[index];
        let is_refusal = matches!(cause, Abort::Peer(Status::REFUSED_STREAM));
        if is_refusal && resource.tries < MAX_TRIES && resource.how != "PUSH" {
            // Too many at once: from now on only as many as were not refused.
            self.max_live = self.max_live.min(self.live.len().max(1));
            resource.restart();
            self.waiting.push_front(index);
        } else {
            let reason = session.error().map_or_else(|| cause.to_string(), ToString::to_string);
            self.fail(index, reason);
        }
    }

    fn cannot_save(&mut self, session: &mut Session, stream: StreamId, error: &io::Error) {
        self.cancel(session, stream, Status::CANCEL, &format!("cannot be saved: {error}"));
    }

    /// Ends a stream before its time.
    fn cancel(&mut self, session: &mut Session, stream: StreamId, status: Status, reason: &str) {
        let _ = session.fin_stream(stream, status);
        if let Some(Live { index, .. }) = self.live.remove(&stream) {
            self.fail(index, reason.to_owned());
        }
    }

    fn fail(&mut self, index: usize, reason: String) {
        let resource = &mut self.resources[index];
        if resource.how == "PUSH" {
            self.pushed.forget(&resource.url);
        }
        if resource.how == "PUSH" && resource.is_wanted {
            // It has come to nothing, but may be had for the asking.
            resource.how = "GET";
            resource.restart();
            self.waiting.push_front(index);
        } else {
            resource.end(Progress::Failed(reason));
        }
    }
}
