//! What a client asks for, and how it is written.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Extension;
use super::fields::{self, EXTENSIONS, KEY, PROTOCOL, VERSION};

/// What a client asks for.
#[derive(Clone)]
pub struct Offer {
    host: String,
    pub(super) key: [u8; 16],
    target: String,
    origin: Option<String>,
    pub(super) extension: Extension,
    pub(super) protocols: Vec<String>,
    headers: Vec<(String, String)>,
}

impl Offer {
    /// For the target `/` of a host, which is followed by `:` and the port unless that is the default.
    ///
    /// The key must be 16 bytes of a source that nobody can predict, fresh for each connection.
    #[must_use]
    pub fn new(host: impl Into<String>, key: [u8; 16]) -> Self {
        Self {
            host: host.into(),
            key,
            target: "/".into(),
            origin: None,
            extension: Extension::None,
            protocols: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// The path, with `?` and the query if there is one.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    /// Where the script that asks comes from. Browsers must say it, others need not.
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// The extension that is offered.
    #[must_use]
    pub const fn extension(mut self, extension: Extension) -> Self {
        self.extension = extension;
        self
    }

    /// One more subprotocol, behind those that are preferred to it.
    #[must_use]
    pub fn protocol(mut self, protocol: impl Into<String>) -> Self {
        self.protocols.push(protocol.into());
        self
    }

    /// One more header field, such as `Cookie` or `Authorization`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// What would end a line or a field early is refused, so nothing can be smuggled in.
    pub(super) fn check(&self) -> Result<(), OfferError> {
        let is_host = |host: &str| is_visible(host) && !host.contains(['/', '?', '#', '@', '\\']);
        let is_target = |it: &str| it.starts_with('/') && is_visible(it) && !it.contains('#');
        // Kubernetes has a `/` in the name of its tunnel, which no token has.
        let is_protocol = |protocol: &str| is_visible(protocol) && !protocol.contains([',', '"']);
        if !is_host(&self.host) {
            return Err(OfferError::Host);
        }
        if !is_target(&self.target) {
            return Err(OfferError::Target);
        }
        if !self.origin.as_deref().is_none_or(is_visible) {
            return Err(OfferError::Origin);
        }
        if !self.extension.token().is_none_or(fields::is_token) {
            return Err(OfferError::Extension);
        }
        let repeats = |(at, it): (usize, &String)| self.protocols.iter().take(at).any(|x| x == it);
        if !self.protocols.iter().all(|it| is_protocol(it))
            || self.protocols.iter().enumerate().any(repeats)
        {
            return Err(OfferError::Protocol);
        }
        let is_header = |(name, value): &(String, String)| {
            fields::is_token(name) && !is_ours(name) && is_value(value)
        };
        if !self.headers.iter().all(is_header) {
            return Err(OfferError::Header);
        }
        Ok(())
    }

    pub(super) fn write(&self, key: &str) -> String {
        let mut request = String::new();
        request.extend(["GET ", &self.target, " HTTP/1.1\r\n"]);
        let mut add = |name: &str, value: &str| request.extend([name, ": ", value, "\r\n"]);
        add("Host", &self.host);
        add("Upgrade", "websocket");
        add("Connection", "Upgrade");
        if let Some(origin) = &self.origin {
            add("Origin", origin);
        }
        add(KEY, key);
        add(VERSION, super::VERSION);
        if let Some(extension) = self.extension.token() {
            add(EXTENSIONS, extension);
        }
        if !self.protocols.is_empty() {
            add(PROTOCOL, &self.protocols.join(", "));
        }
        for (name, value) in &self.headers {
            add(name, value);
        }
        request.push_str("\r\n");
        request
    }
}

/// Without the key and the values of header fields, which may be secrets.
impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.headers.iter().map(|(name, _)| name);
        f.debug_struct("Offer")
            .field("host", &self.host)
            .field("target", &self.target)
            .field("origin", &self.origin)
            .field("extension", &self.extension)
            .field("protocols", &self.protocols)
            .field("headers", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Visible characters of ASCII or others, and spaces and tabs between them.
fn is_value(value: &str) -> bool {
    let is_control = |byte: u8| byte.is_ascii_control() && byte != b'\t';
    value.trim_ascii() == value && !value.bytes().any(is_control)
}

/// Whether the handshake writes this field itself, or would be another one with it.
fn is_ours(name: &str) -> bool {
    const OURS: [&str; 6] =
        ["host", "upgrade", "connection", "origin", "content-length", "transfer-encoding"];
    let name = name.to_ascii_lowercase();
    name.starts_with("sec-websocket-") || OURS.contains(&name.as_str())
}

/// What cannot be asked for; nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OfferError {
    /// Not a host with or without a port: empty, a URL, or with other characters than those.
    Host,
    /// Not a path: it begins with `/` and has visible characters of ASCII, `#` not among them.
    Target,
    /// Not visible characters of ASCII.
    Origin,
    /// The name of the extension is no token.
    Extension,
    /// The name of a subprotocol has characters that it cannot have, or is there twice.
    Protocol,
    /// A header field whose name is no token or one that the handshake needs itself, or whose value
    /// has control characters or begins or ends with a space.
    Header,
}

impl fmt::Display for OfferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "the host cannot be sent",
            Self::Target => "the target cannot be sent",
            Self::Origin => "the origin cannot be sent",
            Self::Extension => "the extension cannot be sent",
            Self::Protocol => "a subprotocol cannot be sent",
            Self::Header => "a header field cannot be sent",
        })
    }
}

impl core::error::Error for OfferError {}
