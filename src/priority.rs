//! Priority by urgency; what number stands on the wire is the dialect's affair.

use core::cmp::Ordering;
use core::fmt;

/// How urgent a stream is: level 0 is the most urgent, 7 the least.
///
/// A more urgent priority is the greater one. The number on the wire differs by version (Draft 1
/// writes 3 for the most urgent), and a version with fewer levels uses its lowest for all beyond
/// it: Draft 1 has the levels 0 to 3.
///
/// ```
/// use spdy::Priority;
///
/// assert!(Priority::HIGHEST > Priority::LOWEST);
/// assert_eq!(Priority::new(200), Priority::LOWEST);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Priority(u8);

impl Priority {
    /// The most urgent, and the default.
    pub const HIGHEST: Self = Self(0);
    /// The least urgent of any version.
    pub const LOWEST: Self = Self(7);

    /// The priority `level` steps below the most urgent; beyond 7 it is 7.
    #[must_use]
    pub const fn new(level: u8) -> Self {
        Self(if level > 7 { 7 } else { level })
    }

    /// Steps below the most urgent.
    #[must_use]
    pub const fn level(self) -> u8 {
        self.0
    }
}

impl Default for Priority {
    fn default() -> Self {
        Self::HIGHEST
    }
}

impl Ord for Priority {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.cmp(&self.0)
    }
}

impl PartialOrd for Priority {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Priority({})", self.0)
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
