//! Requests and responses of the `http` crate (feature `http`, which needs std).
//!
//! What is written goes through [`request`](super::request), [`response`](super::response) and
//! [`push`](super::push), and what is read through [`Request`](super::Request) and
//! [`Response`](super::Response): the same rules, the same errors, every version. Here is only what
//! the types of the `http` crate have besides:
//!
//! * The value of a name that a list has several times becomes as many entries of a [`HeaderMap`],
//!   and these become one value again.
//! * A [`HeaderValue`] that is sensitive is kept out of the context of the header compression, as by
//!   [`Headers::append_sensitive`]; and the values of `cookie`, `set-cookie`, `authorization` and
//!   `proxy-authorization` are sensitive when they are read, so that `Debug` does not show them.
//! * A name or a value that HTTP does not have, which Draft 1 and SPDY/2 let pass, is
//!   [`HttpError::Field`].
//! * Bodies are DATA. Where the type of one is asked for, any will do, and it is not looked at.
//!
//! A client:
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! use spdy::http::types;
//! use spdy::{Config, Event, Session, Version};
//!
//! let mut client = Session::client(Version::Spdy3_1, Config::default());
//! let request = ::http::Request::post("http://example.com/songs").header("accept", "*/*").body(())?;
//! let stream = client.open(types::open(client.version(), &request)?)?;
//! client.send_data(stream, "la la", false)?;
//! let mut trailers = ::http::HeaderMap::new();
//! trailers.insert("digest", "1f2e".parse()?);
//! client.send_headers(stream, types::trailers(client.version(), &trailers), true)?; // not in Draft 1
//! # let mut server = Session::server(Version::Spdy3_1, Config::default());
//! # let (mut up, mut input) = (BytesMut::new(), BytesMut::new());
//! # up.put(client.output());
//! # while let Some(event) = server.next_event(&mut up)? {
//! #     if let Event::SynStream { stream, headers, .. } = event {
//! #         assert_eq!(types::read_request(server.version(), &headers)?.uri(), request.uri());
//! #         let response = ::http::Response::builder().status(201).body(())?;
//! #         server.reply(stream, types::reply(server.version(), &response)?, true)?;
//! #     }
//! # }
//! # input.put(server.output());
//!
//! while let Some(event) = client.next_event(&mut input)? {
//!     if let Event::SynReply { headers, .. } = event {
//!         let response: ::http::Response<()> = types::read_response(client.version(), &headers)?;
//!         assert_eq!(response.status(), ::http::StatusCode::CREATED);
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A server, which counts the body of the request against its `content-length` where that binds:
//!
//! ```
//! # use bytes::{BufMut, BytesMut};
//! use spdy::http::types;
//! use spdy::{Config, Event, Session, Version};
//! # use std::collections::HashMap;
//!
//! let mut server = Session::server(Version::Spdy3_1, Config::default());
//! let mut requests = HashMap::new();
//! # let mut client = Session::client(Version::Spdy3_1, Config::default());
//! # let post = ::http::Request::post("http://example.com/").header("content-length", "5").body(())?;
//! # let stream = client.open(types::open(client.version(), &post)?)?;
//! # client.send_data(stream, "four", true)?;
//! # let mut input = BytesMut::new();
//! # input.put(client.output());
//! while let Some(event) = server.next_event(&mut input)? {
//!     match event {
//!         Event::SynStream { stream, headers, .. } => {
//!             match types::read_request(server.version(), &headers) {
//!                 Ok(request) => drop(requests.insert(stream, request)),
//!                 Err(_) => {
//!                     let bad = ::http::Response::builder().status(400).body(())?;
//!                     server.reply(stream, types::reply(server.version(), &bad)?, true)?;
//!                 }
//!             }
//!         }
//!         Event::Data { stream, data, fin, .. } => {
//!             let Some(request) = requests.get_mut(&stream) else { continue };
//!             request.body_mut().add(data.len());
//!             if fin {
//!                 let status = if request.body().is_right() { 200 } else { 400 };
//!                 let response = ::http::Response::builder().status(status).body(())?;
//!                 server.reply(stream, types::reply(server.version(), &response)?, true)?;
//! #               assert_eq!(status, 400);
//!             }
//!         }
//!         Event::Headers { stream, headers, .. } => {
//!             let trailers: ::http::HeaderMap = types::read_trailers(server.version(), &headers)?;
//!         }
//!         _ => {}
//!     }
//! }
//! # assert!(server.wants_write());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::format;
use alloc::string::{String, ToString};

use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};

use super::{BodyLength, HttpError, message, target::Target};
use crate::headers::Headers;
use crate::id::StreamId;
use crate::session::Open;
use crate::version::Version;

/// The stream that makes a request; see [`request`](super::request), also for its FIN.
///
/// # Errors
///
/// As there: the URI must be a full one, with scheme and host.
pub fn open<B>(version: Version, request: &::http::Request<B>) -> Result<Open, HttpError> {
    let url = request.uri().to_string();
    super::request(version, request.method().as_str(), &url, request.headers())
}

/// The list that answers a request; see [`response`](super::response). The status goes out with the
/// phrase that HTTP has for it.
///
/// # Errors
///
/// None today: every status of the `http` crate is one.
pub fn reply<B>(version: Version, response: &::http::Response<B>) -> Result<Headers, HttpError> {
    super::response(version, &status_line(response.status()), response.headers())
}

/// The stream that pushes a resource for a request; see [`push`](super::push).
///
/// # Errors
///
/// As there.
pub fn push<B>(
    version: Version,
    main: StreamId,
    uri: &Uri,
    response: &::http::Response<B>,
) -> Result<Open, HttpError> {
    let status = status_line(response.status());
    super::push(version, main, &uri.to_string(), &status, response.headers())
}

/// What [`send_headers`](crate::Session::send_headers) ends a body with (from SPDY/2 on), without the
/// headers of one connection.
#[must_use]
pub fn trailers(version: Version, fields: &HeaderMap) -> Headers {
    message(&version.dialect().http, &[], fields)
}

/// The request of a client's SYN_STREAM. The place of its body is held by the length that it must
/// have: see [`BodyLength`], and put the body there with [`map`](::http::Request::map).
///
/// # Errors
///
/// As for [`Request::parse`](super::Request::parse), and a method, a URL, a version of HTTP or a
/// field that the `http` crate does not take. A server answers with status 400.
pub fn read_request(
    version: Version,
    headers: &Headers,
) -> Result<::http::Request<BodyLength>, HttpError> {
    let names = &version.dialect().http;
    let parsed = super::Request::parse(version, headers)?;
    let mut request = ::http::Request::new(parsed.body_length());
    *request.method_mut() = Method::from_bytes(parsed.method().as_bytes())
        .map_err(|_| HttpError::Invalid(names.method))?;
    *request.uri_mut() = uri(&parsed.target).ok_or(HttpError::Invalid(names.url))?;
    *request.version_mut() =
        http_version(parsed.http_version()).ok_or(HttpError::Invalid(names.version))?;
    *request.headers_mut() = fields(parsed.fields())?;
    Ok(request)
}

/// The response of a SYN_REPLY, or of a push. Its `content-length` is a hint in every version, and a
/// body of another length no fault.
///
/// # Errors
///
/// As for [`Response::parse`](super::Response::parse), and a status below 100, a version of HTTP or a
/// field that the `http` crate does not take. A client resets the stream with [`HttpError::status`].
pub fn read_response(
    version: Version,
    headers: &Headers,
) -> Result<::http::Response<()>, HttpError> {
    let names = &version.dialect().http;
    let parsed = super::Response::parse(version, headers)?;
    let mut response = ::http::Response::new(());
    *response.status_mut() =
        StatusCode::from_u16(parsed.code()).map_err(|_| HttpError::Invalid(names.status))?;
    *response.version_mut() =
        http_version(parsed.http_version()).ok_or(HttpError::Invalid(names.version))?;
    *response.headers_mut() = fields(parsed.fields())?;
    Ok(response)
}

/// The fields of [`Event::Headers`](crate::Event::Headers), which are trailers with `fin` or behind
/// the data, without those of one connection.
///
/// # Errors
///
/// [`HttpError::Field`] and [`HttpError::TooLarge`].
pub fn read_trailers(version: Version, headers: &Headers) -> Result<HeaderMap, HttpError> {
    let names = &version.dialect().http;
    fields(headers.iter().filter(|(name, _)| !names.hop_by_hop.contains(name)))
}

/// Entries of one name join in one value; what is marked as sensitive is marked here too.
impl From<&HeaderMap> for Headers {
    fn from(map: &HeaderMap) -> Self {
        let mut headers = Self::new();
        for (name, value) in map {
            if value.is_sensitive() {
                headers.append_sensitive(name, value);
            } else {
                headers.append(name, value);
            }
        }
        headers
    }
}

/// Each of the values of a name becomes an entry.
fn fields<'a>(list: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<HeaderMap, HttpError> {
    let mut map = HeaderMap::new();
    for (name, values) in list {
        let is_secret = Headers::is_secret_name(name.as_bytes());
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HttpError::Field)?;
        for value in values.split(|&byte| byte == 0) {
            let mut value = HeaderValue::from_bytes(value).map_err(|_| HttpError::Field)?;
            value.set_sensitive(is_secret);
            map.try_append(&name, value).map_err(|_| HttpError::TooLarge)?;
        }
    }
    Ok(map)
}

/// A path alone where the request names no host.
fn uri(target: &Target<'_>) -> Option<Uri> {
    let uri = Uri::builder().path_and_query(&*target.sent_path());
    let uri = match (target.scheme, target.authority) {
        (_, "") => uri,
        (scheme, authority) => uri.scheme(scheme.unwrap_or("http")).authority(authority),
    };
    uri.build().ok()
}

fn status_line(status: StatusCode) -> String {
    let phrase = status.canonical_reason().map(|phrase| format!(" {phrase}"));
    format!("{}{}", status.as_str(), phrase.unwrap_or_default())
}

fn http_version(name: &str) -> Option<::http::Version> {
    use ::http::Version;

    let known = [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2];
    known.into_iter().find(|known| format!("{known:?}").eq_ignore_ascii_case(name))
}
