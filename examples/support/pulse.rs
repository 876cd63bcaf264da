//! When to send a PING, and when a peer is gone. Time is told from outside.

use std::time::{Duration, Instant};

/// As often as Kubernetes does.
const EVERY: Duration = Duration::from_secs(5);

/// The pulse of a connection.
pub struct Pulse {
    every: Duration,
    patience: Duration,
    next: Instant,
    signs: u64,
    last_sign: Instant,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    Nothing,
    Ping,
    /// The peer has given no sign of life for as long as we have patience.
    Gone,
}

impl Pulse {
    /// The peer may be silent for so long; within that time it is asked twice at least.
    pub fn new(patience: Duration, now: Instant) -> Self {
        let every = EVERY.min(patience / 2);
        Self { every, patience, next: now + every, signs: 0, last_sign: now }
    }

    /// When the next PING is due.
    pub const fn next(&self) -> Instant {
        self.next
    }

    /// `signs` counts the signs of life so far. To a peer that we do not read we cannot listen.
    pub fn beat(&mut self, now: Instant, signs: u64, is_paused: bool) -> Beat {
        if signs != self.signs || is_paused {
            self.signs = signs;
            self.last_sign = now;
        }
        if now >= self.last_sign + self.patience {
            return Beat::Gone;
        }
        if now < self.next {
            return Beat::Nothing;
        }
        self.next = now + self.every;
        Beat::Ping
    }
}
