//! The names that HTTP gives to what is no header in HTTP.

/// The names under which a header list carries the request line and the status line.
#[derive(Debug)]
pub(crate) struct HttpNames {
    pub(crate) method: &'static str,
    /// The URL, or its path where scheme and host have names of their own.
    pub(crate) url: &'static str,
    pub(crate) scheme: Option<&'static str>,
    pub(crate) host: &'static str,
    pub(crate) version: &'static str,
    pub(crate) status: &'static str,
    /// Scheme and host must be there.
    pub(crate) needs_host: bool,
    /// A push names its path and its method beside the URL.
    pub(crate) push_path: Option<&'static str>,
    /// HEADERS behind the data of a push count.
    pub(crate) late_headers: bool,
    /// A request must have the length that it says; else that is a hint.
    pub(crate) length_binds: bool,
    /// Meant for one connection of HTTP/1.1: never sent, ignored where received.
    pub(crate) hop_by_hop: &'static [&'static str],
}

impl HttpNames {
    /// What says of a request where it goes.
    pub(crate) fn line(&self) -> [&'static str; 5] {
        let scheme = self.scheme.unwrap_or(self.url);
        [self.method, self.url, scheme, self.host, self.version]
    }

    /// What says of a push where it goes, and stands in its SYN_STREAM alone.
    pub(crate) fn is_push_target(&self, name: &str) -> bool {
        let is_beside = self.needs_host && (self.scheme == Some(name) || self.host == name);
        self.url == name || is_beside
    }
}

pub(super) const DRAFT1: HttpNames = HttpNames {
    method: "method",
    url: "url",
    scheme: None,
    host: "host",
    version: "version",
    status: "status",
    needs_host: false,
    push_path: Some("path"),
    late_headers: false,
    length_binds: false,
    // The drafts before SPDY/3 do not name `proxy-connection`, which HTTP/1.1 does not know either;
    // what it asks for is a connection of HTTP/1.1 all the same.
    hop_by_hop: &["connection", "keep-alive", "proxy-connection", "transfer-encoding"],
};

pub(super) const SPDY2: HttpNames = HttpNames { scheme: Some("scheme"), push_path: None, ..DRAFT1 };

pub(super) const SPDY3: HttpNames = HttpNames {
    method: ":method",
    url: ":path",
    scheme: Some(":scheme"),
    host: ":host",
    version: ":version",
    status: ":status",
    needs_host: true,
    push_path: None,
    late_headers: true,
    length_binds: true,
    hop_by_hop: &["connection", "host", "keep-alive", "proxy-connection", "transfer-encoding"],
};
