//! What stands in the fields of a head: values, lists, extensions.

use alloc::vec::Vec;
use core::str;

use super::head::HeadError;
use crate::headers::Headers;

pub(super) const ACCEPT: &str = "Sec-WebSocket-Accept";
pub(super) const EXTENSIONS: &str = "Sec-WebSocket-Extensions";
pub(super) const KEY: &str = "Sec-WebSocket-Key";
pub(super) const PROTOCOL: &str = "Sec-WebSocket-Protocol";
pub(super) const VERSION: &str = "Sec-WebSocket-Version";

/// The value of a field that may be there once.
pub(super) fn single<'a>(
    headers: &'a Headers,
    name: &'static str,
) -> Result<Option<&'a str>, HeadError> {
    let mut values = headers.values(name);
    let value = values.next().map(|value| str::from_utf8(value));
    match values.next() {
        Some(_) => Err(HeadError::Repeated(name)),
        None => value.transpose().map_err(|_| HeadError::Invalid(name)),
    }
}

/// The entries of a list, which may be spread over several fields.
pub(super) fn list<'a>(headers: &'a Headers, name: &str) -> impl Iterator<Item = &'a str> {
    let values = headers.values(name).filter_map(|value| str::from_utf8(value).ok());
    let entries = values.flat_map(|value| value.split(',')).map(str::trim_ascii);
    entries.filter(|entry| !entry.is_empty())
}

/// Whether a list has this word, in any case.
pub(super) fn has(headers: &Headers, name: &str, word: &str) -> bool {
    list(headers, name).any(|entry| entry.eq_ignore_ascii_case(word))
}

/// An entry of `Sec-WebSocket-Extensions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) has_parameters: bool,
}

/// The extensions of a head. What breaks the grammar (RFC 6455, section 9.1) is an error.
pub(super) fn extensions(headers: &Headers) -> Result<Vec<Named<'_>>, HeadError> {
    let mut found = Vec::new();
    for value in headers.values(EXTENSIONS) {
        let value = str::from_utf8(value).ok();
        let read = value.and_then(|value| Scanner { rest: value }.extensions(&mut found));
        read.ok_or(HeadError::Invalid(EXTENSIONS))?;
    }
    Ok(found)
}

/// Whether these characters are a token (RFC 9110, section 5.6.2).
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// Reads a value from its beginning; `None` where it breaks the grammar.
struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    fn extensions(mut self, found: &mut Vec<Named<'a>>) -> Option<()> {
        loop {
            while self.eat(',') {} // A list may have empty entries.
            if self.rest.is_empty() {
                return Some(());
            }
            let name = self.token()?;
            let mut has_parameters = false;
            while self.eat(';') {
                self.parameter()?;
                has_parameters = true;
            }
            found.push(Named { name, has_parameters });
            if !self.rest.is_empty() && !self.eat(',') {
                return None;
            }
        }
    }

    fn parameter(&mut self) -> Option<()> {
        self.token()?;
        if !self.eat('=') {
            return Some(());
        }
        let Some(quoted) = self.rest.strip_prefix('"') else { return self.token().map(|_| ()) };
        // What is quoted is a token too, so it has no comma and no quote.
        let (value, rest) = quoted.split_once('"')?;
        self.rest = rest.trim_ascii_start();
        value.bytes().all(|byte| byte == b'\\' || is_token_byte(byte)).then_some(())
    }

    fn token(&mut self) -> Option<&'a str> {
        let end = self.rest.bytes().position(|byte| !is_token_byte(byte));
        let (token, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        self.rest = rest.trim_ascii_start();
        (!token.is_empty()).then_some(token)
    }

    /// Takes a character and the space around it.
    fn eat(&mut self, wanted: char) -> bool {
        let rest = self.rest.trim_ascii_start().strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest).trim_ascii_start();
        rest.is_some()
    }
}
