//! Our own PINGs and whose a received one is.

use alloc::collections::BTreeSet;

use super::rare::Rare;
use crate::id::{PingId, Role};

/// How many of our PINGs may be unanswered.
const MAX_OUTSTANDING: usize = 64;

#[derive(Debug)]
pub(super) struct Pings {
    role: Role,
    next: u32,
    outstanding: Rare<BTreeSet<PingId>>,
}

/// What a received PING is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// The answer to one of ours.
    Pong,
    /// The peer's own: to be echoed.
    Echo,
    /// Numbered like ours and not sent by us. An echo of it might come back for ever.
    Stray,
}

impl Pings {
    pub(super) fn new(role: Role) -> Self {
        Self { role, next: role.first_id(), outstanding: Rare::default() }
    }

    /// A fresh ID of our parity; `None` while too many are unanswered. After the last one they
    /// begin again, past those that are unanswered (S1-145).
    pub(super) fn send(&mut self) -> Option<PingId> {
        let outstanding = self.outstanding.make();
        if outstanding.len() >= MAX_OUTSTANDING {
            return None;
        }
        loop {
            let id = PingId::new(self.next);
            self.next = self.next.checked_add(2).unwrap_or(self.role.first_id());
            if outstanding.insert(id) {
                return Some(id);
            }
        }
    }

    pub(super) fn receive(&mut self, id: PingId) -> Received {
        if self.outstanding.get_mut().is_some_and(|outstanding| outstanding.remove(&id)) {
            Received::Pong
        } else if self.role.owns(id.get()) {
            Received::Stray
        } else {
            Received::Echo
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // S1-143, S1-145, S2-053, S2-A16, S3-139, S3-A15
    #[test]
    fn ids_are_fresh_and_wrap_past_unanswered_ones_and_never_to_zero() {
        for (role, first) in [(Role::Client, 1), (Role::Server, 2)] {
            let mut pings = Pings::new(role);
            assert_eq!(pings.send(), Some(PingId::new(first)));
            pings.next = u32::MAX - (first - 1);
            assert_eq!(pings.send(), Some(PingId::new(u32::MAX - (first - 1))));
            assert_eq!(pings.send(), Some(PingId::new(first + 2)));
        }
    }
}
