//! Server push as a client sees it.

use alloc::string::String;
use alloc::vec::Vec;

use super::request::read_target;
use super::target::{Target, is_same_url};
use super::{HttpError, text};
use crate::headers::Headers;
use crate::id::StreamId;
use crate::version::Version;

/// The header in which a reply of Draft 1 announces what will be pushed.
pub(super) const ASSOCIATED_CONTENT: &str = "x-associated-content";

/// A push, read from the list of a server's SYN_STREAM (from SPDY/2 on).
///
/// The response comes in the same list or in HEADERS behind it: [`PushHeaders`](super::PushHeaders)
/// joins them.
///
/// ```
/// use spdy::{Event, Headers, StreamId, Version, http};
///
/// let request = Headers::from([(":method", "GET"), (":scheme", "http"), (":host", "example.com"),
///     (":path", "/"), (":version", "HTTP/1.1"), ("accept", "*/*")]);
/// let list = Headers::from([(":scheme", "http"), (":host", "example.com"), (":path", "/a.css")]);
/// let main = Some(StreamId::new(1));
/// let pushed = http::Pushed::parse(Version::Spdy3_1, main, Some(&request), &list)?;
/// assert_eq!(pushed.url(), "http://example.com/a.css");
/// # Ok::<(), http::HttpError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushed<'a> {
    version: Version,
    target: Target<'a>,
    request: &'a Headers,
}

impl<'a> Pushed<'a> {
    /// Reads what is pushed, and for which request: `associated` comes with
    /// [`Event::SynStream`](crate::Event::SynStream), and `request` is the list with which that stream
    /// was opened, if it is open still. A server may also leave the stream open both ways: then
    /// nothing is sent on our half. What a URL of SPDY/2 leaves out, scheme or host, is as it was
    /// asked for.
    ///
    /// # Errors
    ///
    /// No association, or one with a stream that is not open; a push that does not say what it is, or
    /// that is for another origin than its request (scheme, host and port, which may be left out
    /// where the scheme implies it). A client resets the stream with [`HttpError::status`].
    pub fn parse(
        version: Version,
        associated: Option<StreamId>,
        request: Option<&'a Headers>,
        headers: &'a Headers,
    ) -> Result<Self, HttpError> {
        associated.ok_or(HttpError::NotAssociated)?;
        let request = request.ok_or(HttpError::NoSuchRequest)?;
        let asked = read_target(version, request)?;
        let mut target = read_target(version, headers)?;
        target.scheme = target.scheme.or(asked.scheme);
        if target.authority.is_empty() {
            target.authority = asked.authority;
        }
        if !target.is_same_origin(&asked) {
            return Err(HttpError::OtherOrigin);
        }
        Ok(Self { version, target, request })
    }

    /// The full URL of what is pushed: [`PushedUrls`] sees to it that nobody asks for it.
    #[must_use]
    pub fn url(&self) -> String {
        self.target.url()
    }

    /// The headers of the request that the server has answered: those of the request it is pushed
    /// for, but for the URL.
    pub fn request_fields(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let names = &self.version.dialect().http;
        let own = [Some(names.url), names.scheme, Some(names.host)];
        self.request.iter().filter(move |(name, _)| !own.contains(&Some(name)))
    }
}

/// The URLs that a reply of Draft 1 announces; reading ends at the first entry that has no URL.
pub fn announced_urls(reply: &Headers) -> impl Iterator<Item = &str> {
    let value = reply.get_str(ASSOCIATED_CONTENT).unwrap_or_default();
    let entries = value.split("||");
    entries.map_while(|entry| entry.split_once("??").map(|(_, url)| url))
}

/// How far the push of a resource has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushState {
    /// Draft 1: a reply has announced it.
    Announced,
    /// It is under way, on this stream.
    Live(StreamId),
    /// All of it has come, on this stream.
    Complete(StreamId),
}

/// What the server of one session has announced, is pushing and has pushed: a client does not ask for
/// it but waits, or takes what has come.
///
/// URLs are the same here if only one of them has the port that its scheme implies.
///
/// ```
/// use spdy::{StreamId, http};
///
/// let mut urls = http::PushedUrls::default();
/// let stream = StreamId::new(2);
/// urls.begin(stream, "http://example.com/a.css")?; // the URL of a `Pushed`
/// assert_eq!(urls.state("http://example.com:80/a.css"), Some(http::PushState::Live(stream)));
/// urls.complete(stream);
/// assert!(urls.state("http://example.com/a.css").is_some()); // still no reason for a GET
/// urls.forget("http://example.com/a.css"); // but now: torn down, say, or grown old
/// assert_eq!(urls.state("http://example.com/a.css"), None);
/// # Ok::<(), http::HttpError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PushedUrls {
    pushes: Vec<(String, PushState)>,
}

impl PushedUrls {
    /// The most URLs that are remembered. The oldest that is complete makes room for a new one; if
    /// none is, a further announcement is not waited for, and a further push refused.
    pub const MAX: usize = 128;

    /// The longest URL, in bytes, that is remembered.
    pub const MAX_URL: usize = 8 * 1024;

    /// Takes the announcements of a SYN_REPLY of Draft 1 in; other replies have none.
    pub fn announce(&mut self, reply: &Headers) {
        for url in announced_urls(reply) {
            if self.state(url).is_none() && self.make_room(url) {
                self.pushes.push((url.into(), PushState::Announced));
            }
        }
    }

    /// The URL that was announced for a stream that is pushed in Draft 1, if one was. Compared are
    /// path and query, which is all that the stream must name.
    ///
    /// # Errors
    ///
    /// The stream does not name the path of what it pushes.
    pub fn announced(&self, version: Version, pushed: &Headers) -> Result<Option<&str>, HttpError> {
        let names = &version.dialect().http;
        let path = text(pushed, names.push_path.unwrap_or(names.url))?;
        let path = Target::of_url(path).map_or_else(|| path.into(), |target| target.sent_path());
        let is_of_path = |(url, state): &&(String, PushState)| {
            let target = Target::of_url(url);
            *state == PushState::Announced && target.is_some_and(|it| it.sent_path() == path)
        };
        Ok(self.pushes.iter().find(is_of_path).map(|(url, _)| url.as_str()))
    }

    /// A push of this URL has begun.
    ///
    /// # Errors
    ///
    /// [`HttpError::TooMany`] if there is no room for it: reset the stream, or the same will be asked
    /// for too.
    pub fn begin(&mut self, stream: StreamId, url: &str) -> Result<(), HttpError> {
        self.forget(url);
        if !self.make_room(url) {
            return Err(HttpError::TooMany);
        }
        self.pushes.push((url.into(), PushState::Live(stream)));
        Ok(())
    }

    /// The stream of a push has ended with FIN.
    pub fn complete(&mut self, stream: StreamId) {
        let is_of_stream = |(_, state): &&mut (String, _)| *state == PushState::Live(stream);
        if let Some((_, state)) = self.pushes.iter_mut().find(is_of_stream) {
            *state = PushState::Complete(stream);
        }
    }

    /// The resource may be asked for again: its push was torn down, or does not come, or what it
    /// brought is used up.
    pub fn forget(&mut self, url: &str) {
        self.pushes.retain(|(known, _)| !is_same_url(known, url));
    }

    /// Whether a resource comes, or has come, by push: whoever wants it does not ask for it.
    #[must_use]
    pub fn state(&self, url: &str) -> Option<PushState> {
        let known = self.pushes.iter().find(|(known, _)| is_same_url(known, url));
        known.map(|(_, state)| *state)
    }

    fn make_room(&mut self, url: &str) -> bool {
        let is_complete = |(_, state): &(String, _)| matches!(state, PushState::Complete(_));
        if url.len() > Self::MAX_URL {
            return false;
        }
        if self.pushes.len() >= Self::MAX {
            let Some(oldest) = self.pushes.iter().position(is_complete) else { return false };
            self.pushes.remove(oldest);
        }
        true
    }
}
