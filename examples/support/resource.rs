//! A resource that is fetched, and what becomes of its body.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use spdy::{Headers, Priority};

/// Something that is fetched.
pub struct Resource {
    pub url: String,
    /// The method, or how else it comes: `PUSH`.
    pub how: &'static str,
    pub priority: Priority,
    pub body: Body,
    pub status: Option<u16>,
    /// Headers that came beside those of the answer: trailers, mostly.
    pub trailers: Headers,
    /// Bytes of the body so far.
    pub bytes: u64,
    pub progress: Progress,
    pub asked: Option<Instant>,
    pub answered: Option<Instant>,
    pub ended: Option<Instant>,
    /// How often it was asked for.
    pub tries: u32,
    /// The caller wants it; else the server has pushed it unasked.
    pub is_wanted: bool,
}

/// The most trailers that are kept, and bytes of them.
const MAX_TRAILERS: (usize, usize) = (100, 16 * 1024);

/// Where a resource is on its way.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not asked for.
    Waiting,
    /// Announced by the server, so that it need not be asked for.
    Promised,
    /// On a stream.
    Live,
    Complete,
    Failed(String),
}

/// What becomes of a body.
pub enum Body {
    Dropped,
    Kept(Vec<u8>),
    /// Created when the answer comes.
    Saved(PathBuf, Option<File>),
}

impl Body {
    /// The answer has come; what an earlier one brought is void.
    pub fn begin(&mut self) -> io::Result<()> {
        match self {
            Self::Saved(path, file) => *file = Some(File::create(path)?),
            Self::Kept(bytes) => bytes.clear(),
            Self::Dropped => {}
        }
        Ok(())
    }

    /// The next piece.
    pub fn write(&mut self, data: &[u8]) -> io::Result<()> {
        match self {
            Self::Kept(bytes) => bytes.extend_from_slice(data),
            Self::Saved(_, Some(file)) => file.write_all(data)?,
            Self::Dropped | Self::Saved(_, None) => {}
        }
        Ok(())
    }
}

impl Resource {
    pub fn new(url: String, priority: Priority, body: Body) -> Self {
        Self {
            url,
            how: "GET",
            priority,
            body,
            status: None,
            trailers: Headers::new(),
            bytes: 0,
            progress: Progress::Waiting,
            asked: None,
            answered: None,
            ended: None,
            tries: 0,
            is_wanted: true,
        }
    }

    /// Keeps trailers, and says whether they are not too many.
    pub fn add_trailers(&mut self, trailers: &Headers) -> bool {
        self.trailers.extend(trailers.iter());
        let bytes: usize = self.trailers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.trailers.len() <= MAX_TRAILERS.0 && bytes <= MAX_TRAILERS.1
    }

    /// As if it had never been asked for.
    pub fn restart(&mut self) {
        self.progress = Progress::Waiting;
        (self.status, self.answered, self.bytes) = (None, None, 0);
        self.trailers = Headers::new();
    }

    /// Complete, with a status that says that it is what was asked for.
    pub fn is_fine(&self) -> bool {
        self.progress == Progress::Complete && matches!(self.status, Some(200..=299))
    }

    /// Whether anything can still happen to it.
    pub const fn is_over(&self) -> bool {
        matches!(self.progress, Progress::Complete | Progress::Failed(_))
    }

    pub fn end(&mut self, progress: Progress) {
        self.ended = Some(Instant::now());
        self.progress = progress;
    }
}
