//! Where a request goes.

use alloc::string::String;

/// A URL, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    pub(super) scheme: Option<&'a str>,
    pub(super) authority: &'a str,
    pub(super) path: &'a str,
}

impl<'a> Target<'a> {
    /// Takes a URL apart: `scheme://authority/path?query`, or a path alone, whatever its query
    /// holds.
    pub(super) fn of_url(url: &'a str) -> Option<Self> {
        let (url, _fragment) = url.split_once('#').unwrap_or((url, ""));
        if url.starts_with('/') {
            return Some(Self { scheme: None, authority: "", path: url });
        }
        let (scheme, rest) = url.split_once("://")?;
        let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            || !scheme.bytes().all(is_scheme)
        {
            return None;
        }
        let (authority, path) =
            rest.split_at_checked(rest.find(['/', '?']).unwrap_or(rest.len()))?;
        let path = if path.is_empty() { "/" } else { path };
        Some(Self { scheme: Some(scheme), authority, path })
    }

    /// A full URL: with a scheme and a host.
    pub(super) fn of_full_url(url: &'a str) -> Option<Self> {
        Self::of_url(url).filter(|target| target.scheme.is_some() && !target.authority.is_empty())
    }

    /// The path as it is sent: a query alone gets the path that it lacks.
    pub(super) fn sent_path(&self) -> String {
        let mut path = String::new();
        if !self.path.starts_with('/') {
            path.push('/');
        }
        path.push_str(self.path);
        path
    }

    /// The full URL.
    pub(super) fn url(&self) -> String {
        let mut url = String::from(self.scheme.unwrap_or("http"));
        url.push_str("://");
        url.push_str(self.authority);
        url.push_str(&self.sent_path());
        url
    }

    pub(super) fn is_same_origin(&self, other: &Self) -> bool {
        let scheme = |target: &Self| target.scheme.unwrap_or("http");
        scheme(self).eq_ignore_ascii_case(scheme(other))
            && self.authority.eq_ignore_ascii_case(other.authority)
    }
}
