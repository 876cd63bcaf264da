//! The names that HTTP gives to what is no header in HTTP.

/// The names under which a header list carries the request line and the status line.
#[derive(Debug)]
pub(crate) struct HttpNames {
    pub(crate) method: &'static str,
    pub(crate) url: &'static str,
    pub(crate) version: &'static str,
    pub(crate) status: &'static str,
    /// The path of a pushed resource.
    pub(crate) push_path: &'static str,
}

pub(super) const URL: HttpNames = HttpNames {
    method: "method",
    url: "url",
    version: "version",
    status: "status",
    push_path: "path",
};
