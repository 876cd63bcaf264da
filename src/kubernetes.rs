//! What Kubernetes writes into its SPDY/3.1: names and values of the upgrade and of the streams.
//!
//! exec, attach and port-forward run on SPDY/3.1 between `kubectl`, API servers, kubelets and
//! container runtimes. A connection begins as HTTP/1.1, is upgraded, and then carries a few streams
//! each of which says in one header what it is. [The guide](crate::guide::kubernetes) shows both
//! ends, and in which order they do what; use [`Config::kubernetes`](crate::Config::kubernetes).
//!
//! No I/O here, and no HTTP/1.1: request and response heads are for the driver's own parser.

use alloc::string::{String, ToString};
use core::fmt;
use core::str::FromStr;

use crate::headers::Headers;
use crate::session::Open;

/// The protocol of the upgrade: the value of the header `Upgrade`, both ways, beside
/// `Connection: Upgrade`.
pub const UPGRADE: &str = "SPDY/3.1";

/// The header in which a client offers what is to run on the streams, one line or list entry for
/// each, and in which the server names its choice.
pub const PROTOCOL_HEADER: &str = "X-Stream-Protocol-Version";

/// The header in which a server that refuses (with 403) says what it would take.
pub const ACCEPTED_PROTOCOLS_HEADER: &str = "X-Accepted-Stream-Protocol-Versions";

/// exec and attach, the newest first. From the fourth on the error stream brings a status object; the
/// third and later resize terminals; what the fifth adds (closing stdin) is for WebSockets only.
pub const EXEC_PROTOCOLS: [&str; 5] = [
    "v5.channel.k8s.io",
    "v4.channel.k8s.io",
    "v3.channel.k8s.io",
    "v2.channel.k8s.io",
    "channel.k8s.io",
];

/// port-forward.
pub const PORT_FORWARD_PROTOCOL: &str = "portforward.k8s.io";

/// The value of `Sec-WebSocket-Protocol` where port-forward runs through a WebSocket: its binary
/// messages are slices of the byte stream of SPDY/3.1, cut anywhere.
pub const TUNNEL_PROTOCOL: &str = "SPDY/3.1+portforward.k8s.io";

/// Names of the headers that a stream is opened with.
pub const STREAM_TYPE: &str = "streamtype";
/// The port to forward to, in decimal.
pub const PORT: &str = "port";
/// What the two streams of one forwarded connection have in common.
pub const REQUEST_ID: &str = "requestid";

/// The first protocol that a client offers and a server supports. An offer may be a list with
/// commas.
///
/// ```
/// use spdy::kubernetes::{EXEC_PROTOCOLS, choose_protocol};
///
/// let offered = ["v5.channel.k8s.io, v4.channel.k8s.io", "channel.k8s.io"];
/// assert_eq!(choose_protocol(offered, &EXEC_PROTOCOLS[1..]), Some("v4.channel.k8s.io"));
/// assert_eq!(choose_protocol(["v9.channel.k8s.io"], &EXEC_PROTOCOLS), None); // answer with 403
/// ```
pub fn choose_protocol<'a>(
    offered: impl IntoIterator<Item = &'a str>,
    supported: &[&'a str],
) -> Option<&'a str> {
    let mut offers = offered.into_iter().flat_map(|offer| offer.split(',')).map(str::trim);
    offers.find(|offer| supported.contains(offer))
}

/// What a stream is for: the value of [`STREAM_TYPE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StreamType {
    /// From the server: how the command ended, or why a port could not be forwarded.
    Error,
    /// To the command.
    Stdin,
    /// From the command.
    Stdout,
    /// From the command, unless it has a terminal.
    Stderr,
    /// To the server: `{"Width":80,"Height":24}` and a line feed for each new size of the terminal.
    Resize,
    /// Both ways: the bytes of a forwarded connection.
    Data,
}

impl StreamType {
    /// Every type, in the order in which a client opens those of exec.
    pub const ALL: [Self; 6] =
        [Self::Error, Self::Stdin, Self::Stdout, Self::Stderr, Self::Resize, Self::Data];

    /// The value of the header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Stdin => "stdin",
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Resize => "resize",
            Self::Data => "data",
        }
    }

    /// The stream of exec or attach of this type.
    ///
    /// ```
    /// use spdy::kubernetes::StreamType;
    ///
    /// assert_eq!(StreamType::Stdin.open().headers().get("streamtype"), Some(&b"stdin"[..]));
    /// ```
    #[must_use]
    pub fn open(self) -> Open {
        Open::new([(STREAM_TYPE, self.as_str())])
    }

    /// The stream of port-forward of this type ([`Error`](Self::Error) or [`Data`](Self::Data)).
    #[must_use]
    pub fn open_for_port(self, port: u16, request_id: u32) -> Open {
        Open::new([
            (STREAM_TYPE, self.as_str()),
            (PORT, &port.to_string()),
            (REQUEST_ID, &request_id.to_string()),
        ])
    }
}

impl fmt::Display for StreamType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for StreamType {
    type Err = StreamError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(StreamError::StreamType)
    }
}

/// A list with which no stream of Kubernetes is opened: reset it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamError {
    /// No `streamtype`, or one that does not exist.
    StreamType,
    /// No `port`, or one that is no port.
    Port,
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StreamType => "the header `streamtype` is missing or unknown",
            Self::Port => "the header `port` is missing or no port",
        })
    }
}

impl core::error::Error for StreamError {}

/// What the headers of a SYN_STREAM say.
///
/// ```
/// use spdy::kubernetes::{StreamHeaders, StreamType};
///
/// let open = StreamType::Data.open_for_port(8080, 3);
/// let stream = StreamHeaders::parse(open.headers())?;
/// assert_eq!((stream.kind, stream.port()?), (StreamType::Data, 8080));
/// assert_eq!(stream.request_id.as_deref(), Some("3"));
/// # Ok::<(), spdy::kubernetes::StreamError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamHeaders {
    /// What the stream is for.
    pub kind: StreamType,
    /// As it was sent; see [`port`](Self::port).
    port: Option<u16>,
    /// Which streams of port-forward belong together. Old clients do not say it: there the data
    /// stream has the ID behind that of its error stream (error + 2).
    pub request_id: Option<String>,
}

impl StreamHeaders {
    /// Reads the list of a SYN_STREAM.
    ///
    /// # Errors
    ///
    /// A `streamtype` that is missing or unknown.
    pub fn parse(headers: &Headers) -> Result<Self, StreamError> {
        let kind = headers.get_str(STREAM_TYPE).ok_or(StreamError::StreamType)?.parse()?;
        let port = headers.get_str(PORT).and_then(|port| port.parse().ok());
        let request_id = headers.get_str(REQUEST_ID).map(String::from);
        Ok(Self { kind, port: port.filter(|port| *port != 0), request_id })
    }

    /// The port to forward to, which streams of port-forward must name.
    ///
    /// # Errors
    ///
    /// There is none, or it is no port.
    pub fn port(&self) -> Result<u16, StreamError> {
        self.port.ok_or(StreamError::Port)
    }
}
