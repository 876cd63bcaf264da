//! Which streams there are, and which there have been.
//!
//! IDs only rise, so "used before" is a comparison with the highest seen: nothing is kept of a
//! stream that is over but the last 64 IDs that were reset or answered.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use super::rare::Rare;
use super::state::{Input, Refusal, State};
use super::stream::Stream;
use super::table::Table;
use crate::id::{Role, StreamId};

/// What became of a live stream.
#[derive(Debug)]
pub(super) enum Outcome {
    Live,
    /// It is over and out of the table.
    Over(Stream),
}

#[derive(Debug)]
pub(super) struct Streams {
    role: Role,
    ours: Table,
    theirs: Table,
    /// The ID of the next stream of ours; none when all were used.
    next: Option<u32>,
    /// The highest of ours whose SYN_STREAM was staged.
    staged: StreamId,
    /// The highest of theirs that a SYN_STREAM ever named.
    highest: StreamId,
    /// The highest of theirs that was accepted and is over.
    accepted: StreamId,
    /// The highest of theirs that was reset, by either side.
    reset: StreamId,
    /// What the peer's GOAWAYs say; they may only fall.
    last_good: StreamId,
    leaving: Rare<Leaving>,
    recent: Rare<Recent>,
}

/// What is kept of streams once the session comes to its end.
#[derive(Debug, Default)]
struct Leaving {
    /// Those of ours that lived at the peer's first GOAWAY, in order, without those that one of its
    /// GOAWAYs did not cover.
    covered: Option<Vec<StreamId>>,
    /// Those of ours that the peer did not accept, and that the caller was not told of.
    unreported: BTreeSet<StreamId>,
    /// All that lived when the session ended, the last to be reported first.
    ending: Option<Vec<StreamId>>,
}

impl Streams {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            ours: Table::default(),
            theirs: Table::default(),
            next: Some(role.first_id()),
            staged: StreamId::ZERO,
            highest: StreamId::ZERO,
            accepted: StreamId::ZERO,
            reset: StreamId::ZERO,
            last_good: StreamId::MAX,
            leaving: Rare::default(),
            recent: Rare::default(),
        }
    }

    fn is_ours(&self, stream: StreamId) -> bool {
        self.role.owns(stream.get())
    }

    #[inline]
    fn table_mut(&mut self, stream: StreamId) -> &mut Table {
        if self.is_ours(stream) { &mut self.ours } else { &mut self.theirs }
    }

    #[inline]
    pub(super) fn get(&self, stream: StreamId) -> Option<&Stream> {
        if self.is_ours(stream) { self.ours.get(stream) } else { self.theirs.get(stream) }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, stream: StreamId) -> Option<&mut Stream> {
        self.table_mut(stream).get_mut(stream)
    }

    /// Does something with a stream, if there is such.
    #[inline]
    pub(super) fn with_mut<T>(
        &mut self,
        stream: StreamId,
        work: impl FnOnce(&mut Stream) -> T,
    ) -> Option<T> {
        self.table_mut(stream).with_mut(stream, work)
    }

    pub(super) fn is_live(&self, stream: StreamId) -> bool {
        self.get(stream).is_some()
    }

    /// The state of any ID; 0 was never used.
    pub(super) fn state(&self, stream: StreamId) -> State {
        let used = if self.is_ours(stream) {
            self.next.is_none_or(|next| stream.get() < next)
        } else {
            stream <= self.highest
        };
        if !used || stream == StreamId::ZERO {
            return State::Idle;
        }
        self.get(stream).map_or(State::Over, |entry| State::Live(entry.live))
    }

    /// Moves a stream on; one that is over leaves the table.
    pub(super) fn apply(&mut self, stream: StreamId, input: Input) -> Result<Outcome, Refusal> {
        let Some(entry) = self.get_mut(stream) else {
            // No input of a stream that is not live leads anywhere but SYN_STREAM.
            return Err(self.state(stream).on(input).err().unwrap_or(Refusal::Void));
        };
        if let State::Live(live) = State::Live(entry.live).on(input)? {
            entry.live = live;
            return Ok(Outcome::Live);
        }
        self.remove(stream).map(Outcome::Over).ok_or(Refusal::Over)
    }

    /// The state of an ID as the peer can know it: a stream of ours whose SYN_STREAM still waits was
    /// never used.
    pub(super) fn seen_by_peer(&self, stream: StreamId) -> State {
        if self.is_on_wire(stream) { self.state(stream) } else { State::Idle }
    }

    /// [`Self::apply`] for what the peer sends.
    pub(super) fn receive(&mut self, stream: StreamId, input: Input) -> Result<Outcome, Refusal> {
        if !self.is_on_wire(stream) {
            return Err(State::Idle.on(input).err().unwrap_or(Refusal::Void));
        }
        self.apply(stream, input)
    }

    /// Takes a stream out of the table; one of theirs counts as accepted. If its end was still to be
    /// reported it is not any more.
    pub(super) fn remove(&mut self, stream: StreamId) -> Option<Stream> {
        let removed = self.table_mut(stream).remove(stream);
        if removed.is_none() {
            if let Some(leaving) = self.leaving.get_mut() {
                leaving.unreported.remove(&stream);
            }
        } else if !self.is_ours(stream) {
            self.accepted = self.accepted.max(stream);
        }
        removed
    }

    /// A stream of theirs that was accepted and is over with its first frame.
    pub(super) fn accept_ended(&mut self, stream: StreamId) {
        self.accepted = self.accepted.max(stream);
    }

    /// Takes a stream of theirs out of the table as one that was never accepted.
    pub(super) fn refuse(&mut self, stream: StreamId) -> Option<Stream> {
        self.theirs.remove(stream)
    }

    /// The next ID of ours, which is used up only by [`Self::insert`].
    pub(super) fn next_id(&self) -> Option<StreamId> {
        self.next.map(StreamId::new)
    }

    /// Adds a stream of ours with [`Self::next_id`], or of theirs.
    pub(super) fn insert(&mut self, stream: Stream) {
        let id = stream.id;
        if self.is_ours(id) {
            let next = id.get().checked_add(2);
            self.next = next.filter(|&next| next <= StreamId::MAX.get());
        }
        self.table_mut(id).insert(stream);
    }

    /// The highest ID of theirs that a SYN_STREAM ever named.
    pub(super) const fn highest(&self) -> StreamId {
        self.highest
    }

    /// Raises the highest ID of theirs; `false` if it was not above every earlier one.
    pub(super) fn raise(&mut self, stream: StreamId) -> bool {
        let rises = stream > self.highest;
        self.highest = self.highest.max(stream);
        rises
    }

    /// How many of ours are open; one whose end was not reported counts.
    pub(super) fn ours_open(&self) -> usize {
        self.ours.len() + self.leaving.get().map_or(0, |leaving| leaving.unreported.len())
    }

    pub(super) const fn theirs_open(&self) -> usize {
        self.theirs.len()
    }

    /// The last stream of theirs that was handed to the caller and not refused; with `refused`, also
    /// those that were refused or reset. Looks at all of theirs: for a GOAWAY, once or twice.
    pub(super) fn last_accepted(&self, refused: bool) -> StreamId {
        let live = self.theirs.iter().map(|stream| stream.id).max();
        let accepted = self.accepted.max(live.unwrap_or(StreamId::ZERO));
        if refused { accepted.max(self.reset) } else { accepted }
    }

    pub(super) fn syn_staged(&mut self, stream: StreamId) {
        self.staged = self.staged.max(stream);
    }

    /// Whether the peer can know the stream: its SYN_STREAM is not one of ours that still waits.
    #[inline]
    pub(super) fn is_on_wire(&self, stream: StreamId) -> bool {
        !self.is_ours(stream) || stream <= self.staged
    }

    /// A GOAWAY of the peer: it accepted none of ours above this one. Returns the ID, lowered to that
    /// of an earlier GOAWAY.
    pub(super) fn set_last_good(&mut self, stream: StreamId) -> StreamId {
        self.last_good = self.last_good.min(stream);
        // From now on there are only fewer.
        let ours = &self.ours;
        self.leaving.make().covered.get_or_insert_with(|| sorted(ours));
        self.last_good
    }

    /// Takes out a stream of ours that the peer's GOAWAY does not cover, or whose SYN_STREAM it will
    /// not accept any more, because it still waits.
    pub(super) fn pop_not_covered(&mut self) -> Option<Stream> {
        let last = self.last_good.min(self.staged);
        let Leaving { covered, unreported, .. } = self.leaving.get_mut()?;
        let covered = covered.as_mut()?;
        while let Some(id) = covered.last().copied().filter(|id| *id > last) {
            covered.pop();
            if let Some(stream) = self.ours.remove(id) {
                unreported.insert(id);
                return Some(stream);
            }
        }
        None
    }

    /// Whether the caller is to be told of some.
    pub(super) fn has_unreported(&self) -> bool {
        self.leaving.get().is_some_and(|leaving| !leaving.unreported.is_empty())
    }

    /// The next of those, in the order of their IDs, for the caller to be told.
    pub(super) fn pop_unreported(&mut self) -> Option<StreamId> {
        self.leaving.get_mut()?.unreported.pop_first()
    }

    /// All IDs, in the order of each side.
    pub(super) fn ids(&self) -> impl DoubleEndedIterator<Item = StreamId> + use<> {
        sorted(&self.ours).into_iter().chain(sorted(&self.theirs))
    }

    /// Takes out any stream, in the order of the IDs of each side: the session is over.
    pub(super) fn pop_any(&mut self) -> Option<StreamId> {
        if self.leaving.get().is_none_or(|leaving| leaving.ending.is_none()) {
            self.leaving.make().ending = Some(self.ids().rev().collect());
        }
        loop {
            let id = self.leaving.get_mut()?.ending.as_mut()?.pop()?;
            if self.remove(id).is_some() {
                return Some(id);
            }
        }
    }

    /// Remembers an ID that was reset or answered.
    pub(super) fn remember(&mut self, stream: StreamId) {
        if !self.is_ours(stream) && stream <= self.highest {
            self.reset = self.reset.max(stream);
        }
        if !self.is_remembered(stream) {
            self.recent.make().push(stream);
        }
    }

    pub(super) fn is_remembered(&self, stream: StreamId) -> bool {
        self.recent.get().is_some_and(|recent| recent.ids.contains(&stream))
    }
}

/// The IDs of a table, in order.
fn sorted(table: &Table) -> Vec<StreamId> {
    let mut ids: Vec<_> = table.iter().map(|stream| stream.id).collect();
    ids.sort_unstable();
    ids
}

/// The last IDs that were reset or answered, one ring for the session.
#[derive(Debug, Default)]
struct Recent {
    ids: VecDeque<StreamId>,
}

impl Recent {
    const LEN: usize = 64;

    fn push(&mut self, stream: StreamId) {
        if self.ids.len() == Self::LEN {
            self.ids.pop_front();
        }
        self.ids.push_back(stream);
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, Role, SendError, Session, StreamId, Version};

    // S1-A34, S3-011
    #[test]
    fn opening_fails_when_the_last_id_has_been_used() {
        let lasts = [(Role::Client, 0x7FFF_FFFF), (Role::Server, 0x7FFF_FFFE)];
        for (version, (role, last)) in
            Version::ALL.into_iter().flat_map(|it| lasts.map(|last| (it, last)))
        {
            let mut session = Session::new(version, role, Config::default());
            session.streams.next = Some(last);
            assert_eq!(session.open(()), Ok(StreamId::new(last)));
            for _ in 0..2 {
                assert_eq!(session.open(()), Err(SendError::IdsExhausted));
            }
            // The last one lives on, and every ID of this side counts as used.
            assert_eq!(session.send_data(StreamId::new(last), "x", false), Ok(()));
            let lower = session.send_data(StreamId::new(last - 2), "x", false);
            assert_eq!(lower, Err(SendError::StreamOver));
        }
    }
}
