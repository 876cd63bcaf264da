//! The files below a directory, and nothing else, whatever a URL holds.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use super::responder::{Content, Site};

/// A directory whose files are served.
pub struct Files {
    /// Without symbolic links.
    root: PathBuf,
}

impl Files {
    pub fn new(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        // An error now is better than status 404 for ever.
        root.read_dir()?;
        Ok(Self { root })
    }

    fn open(&self, path: &str) -> io::Result<Content> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut file = self.locate(&self.root.join(relative(path).ok_or(ErrorKind::NotFound)?))?;
        if file.is_dir() {
            file = self.locate(&file.join("index.html"))?;
        } else if path.ends_with('/') {
            return Err(ErrorKind::NotADirectory.into());
        }
        // Opening a pipe would wait for somebody to write into it.
        if !file.is_file() {
            return Err(ErrorKind::NotFound.into());
        }
        let body = File::open(&file)?;
        let length = body.metadata()?.len();
        Ok(Content {
            status: "200 OK",
            content_type: content_type(&file),
            length,
            body: Box::new(body),
            pushes: Vec::new(),
        })
    }

    /// Follows symbolic links, but not out of the directory.
    fn locate(&self, path: &Path) -> io::Result<PathBuf> {
        let path = path.canonicalize()?;
        path.starts_with(&self.root).then_some(path).ok_or(ErrorKind::NotFound.into())
    }
}

impl Site for Files {
    fn find(&self, path: &str) -> Content {
        self.open(path).unwrap_or_else(|error| match error.kind() {
            ErrorKind::PermissionDenied => Content::text("403 Forbidden"),
            _ if is_shortage(&error) => Content::text("503 Service Unavailable"),
            _ => Content::text("404 Not Found"),
        })
    }
}

/// The path of a URL as one that only goes down. `None` if a part of it is no name of a file.
fn relative(path: &str) -> Option<PathBuf> {
    let path = percent_decoded(path)?;
    let mut relative = PathBuf::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        // `..`, and on Windows also `C:`, `a\b` and the like.
        let mut components = Path::new(part).components();
        let only = (components.next(), components.next());
        if !matches!(only, (Some(Component::Normal(name)), None) if name == part) {
            return None;
        }
        relative.push(part);
    }
    Some(relative)
}

/// `None` if an escape is none, or if the result is not UTF-8.
fn percent_decoded(path: &str) -> Option<String> {
    let mut parts = path.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (escape, rest) = part.split_at_checked(2)?;
        // `from_str_radix` takes a sign, too.
        let is_hex = escape.bytes().all(|byte| byte.is_ascii_hexdigit());
        bytes.push(u8::from_str_radix(escape, 16).ok().filter(|_| is_hex)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// Whether the system has no descriptor left: EMFILE and ENFILE have no [`ErrorKind`].
fn is_shortage(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

fn content_type(path: &Path) -> &'static str {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    match extension.to_str().unwrap_or_default() {
        "html" | "htm" => "text/html",
        "css" => "text/css",
        "js" => "text/javascript",
        "json" => "application/json",
        "txt" | "md" => "text/plain",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}
