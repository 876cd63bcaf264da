//! Where a server of HTTP says that it speaks SPDY too (SPDY/2, section "Alternate-Protocol").

use alloc::string::String;
use core::fmt::Write;

/// The header of an HTTP response by which a server advertises other protocols, each with its port.
/// A client that knows one uses it, and falls back to HTTP for a while where that fails.
///
/// ```
/// use spdy::http;
///
/// let (name, value) = http::alternate_protocol([(443, "npn-spdy/2"), (123, "spdy/2")]);
/// assert_eq!((name, value.as_str()), ("Alternate-Protocol", "443:npn-spdy/2,123:spdy/2"));
/// ```
pub fn alternate_protocol<'a>(
    protocols: impl IntoIterator<Item = (u16, &'a str)>,
) -> (&'static str, String) {
    let mut value = String::new();
    for (port, protocol) in protocols {
        let comma = if value.is_empty() { "" } else { "," };
        // Writing to a `String` does not fail.
        let _ = write!(value, "{comma}{port}:{protocol}");
    }
    ("Alternate-Protocol", value)
}

/// Ports and protocols that a value of that header names; what is no such pair is passed over.
///
/// ```
/// use spdy::http;
///
/// let found: Vec<_> = http::alternate_protocols("443:npn-spdy/2, x, 123:spdy/2").collect();
/// assert_eq!(found, [(443, "npn-spdy/2"), (123, "spdy/2")]);
/// ```
pub fn alternate_protocols(value: &str) -> impl Iterator<Item = (u16, &str)> {
    value.split(',').filter_map(|entry| {
        let (port, protocol) = entry.trim().split_once(':')?;
        let port = port.parse().ok().filter(|port| *port != 0)?;
        Some((port, protocol)).filter(|_| !protocol.is_empty())
    })
}
