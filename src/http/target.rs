//! Where a request goes.

use alloc::borrow::Cow;
use alloc::string::String;

/// A URL, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    pub(super) scheme: Option<&'a str>,
    /// Host and port.
    pub(super) authority: &'a str,
    pub(super) path: &'a str,
}

impl<'a> Target<'a> {
    /// Takes a URL apart: `scheme://authority/path?query`, or a path alone, whatever its query
    /// holds. Dropped are the fragment and the name and password of a user: no URL on the wire has
    /// them.
    pub(super) fn of_url(url: &'a str) -> Option<Self> {
        if url.starts_with('/') {
            let (path, _fragment) = split_before(url, |byte| byte == b'#');
            return Some(Self { scheme: None, authority: "", path });
        }
        let (scheme, rest) = split_before(url, |byte| byte == b':');
        let rest = rest.strip_prefix("://")?;
        let (authority, rest) = split_before(rest, |byte| matches!(byte, b'/' | b'?' | b'#'));
        let without_user = || authority.rsplit_once('@').map(|(_user, host)| host);
        let is_right = |authority: &&str| is_authority(authority);
        let authority =
            Some(authority).filter(is_right).or_else(|| without_user().filter(is_right))?;
        let (path, _fragment) = split_before(rest, |byte| byte == b'#');
        let path = if path.is_empty() { "/" } else { path };
        is_scheme(scheme).then_some(Self { scheme: Some(scheme), authority, path })
    }

    /// A full URL: with a scheme and a host.
    pub(super) fn of_full_url(url: &'a str) -> Option<Self> {
        Self::of_url(url).filter(|target| target.scheme.is_some())
    }

    /// The path as it is sent: a query alone gets the path that it lacks.
    pub(super) fn sent_path(&self) -> Cow<'a, str> {
        match self.path.starts_with('/') {
            true => self.path.into(),
            false => ["/", self.path].concat().into(),
        }
    }

    /// The full URL.
    pub(super) fn url(&self) -> String {
        [self.scheme(), "://", self.authority, &self.sent_path()].concat()
    }

    /// The same, as a part of the URL that was taken apart if it stands there as it is sent.
    pub(super) fn url_in(&self, url: &'a str) -> Cow<'a, str> {
        let start = self.scheme().len() + "://".len();
        let sent = url.get(..start + self.authority.len() + self.path.len()).unwrap_or_default();
        let path = sent.get(start..).and_then(|rest| rest.strip_prefix(self.authority));
        if path == Some(&*self.sent_path()) { sent.into() } else { self.url().into() }
    }

    /// Scheme, host and port are the same, the last also where one leaves out what its scheme
    /// implies.
    pub(super) fn is_same_origin(&self, other: &Self) -> bool {
        let is_same_host = match (host_and_port(self.authority), host_and_port(other.authority)) {
            (Some((host, port)), Some((other_host, other_port))) => {
                let port = port.or(self.default_port());
                host.eq_ignore_ascii_case(other_host) && port == other_port.or(other.default_port())
            }
            _ => self.authority == other.authority,
        };
        is_same_host && self.scheme().eq_ignore_ascii_case(other.scheme())
    }

    /// The scheme, or that of a URL that names none.
    pub(super) fn scheme(&self) -> &'a str {
        self.scheme.unwrap_or("http")
    }

    fn default_port(&self) -> Option<u16> {
        let ports = [("http", 80), ("https", 443)];
        let known = ports.iter().find(|(scheme, _)| self.scheme().eq_ignore_ascii_case(scheme));
        known.map(|(_, port)| *port)
    }
}

/// Whether two URLs name the same resource: of one origin, with one path and query.
pub(super) fn is_same_url(url: &str, other: &str) -> bool {
    match (Target::of_url(url), Target::of_url(other)) {
        (Some(url), Some(other)) => {
            url.is_same_origin(&other) && url.sent_path() == other.sent_path()
        }
        _ => url == other,
    }
}

/// The text up to the first such byte, which is one of ASCII, and from there on.
fn split_before(text: &str, is_there: impl Fn(u8) -> bool) -> (&str, &str) {
    let at = text.bytes().position(is_there).unwrap_or(text.len());
    text.split_at_checked(at).unwrap_or((text, ""))
}

pub(super) fn is_scheme(scheme: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(is_part)
}

/// Whether this is a host with or without a port, and nothing else.
pub(super) fn is_authority(authority: &str) -> bool {
    host_and_port(authority).is_some()
}

fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    // The colons inside the brackets of an IPv6 address are none of a port.
    let from = if authority.starts_with('[') { authority.find(']')? } else { 0 };
    let colon = authority.bytes().skip(from).position(|byte| byte == b':');
    let (host, port) = authority.split_at_checked(colon.map_or(authority.len(), |at| from + at))?;
    let port = match port.strip_prefix(':').unwrap_or_default() {
        "" => None,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
        _ => return None,
    };
    let is_part = |byte: u8| byte > b' ' && byte != b'@' && byte != 0x7F;
    let is_closed = host.starts_with('[') == host.ends_with(']');
    let is_host = !matches!(host, "" | "[]") && is_closed && host.bytes().all(is_part);
    is_host.then_some((host, port))
}
