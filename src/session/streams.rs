//! Which streams there are, and which there have been.
//!
//! IDs only rise, so "used before" is a comparison with the highest seen: nothing is kept of a
//! stream that is over but the last 64 IDs that were reset or answered.

use alloc::collections::{BTreeMap, VecDeque};

use super::state::{Half, Input, Live, Opener, Refusal, State};
use super::windows::Windows;
use crate::frame::Frame;
use crate::id::{Role, StreamId};
use crate::priority::Priority;

/// A stream that is live.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) live: Live,
    pub(super) priority: Priority,
    /// Frames that wait for their turn, in order.
    pub(super) queue: VecDeque<Frame>,
    /// Bytes of DATA in the queue.
    pub(super) queued: usize,
    /// How many frames at the head of the queue have a place in the line of control frames.
    pub(super) places: usize,
    /// Where the frame behind those stands.
    pub(super) lane: Lane,
    pub(super) windows: Windows,
    /// The caller is told when the queue falls to low water.
    pub(super) notify: bool,
    /// DATA of it was staged.
    pub(super) has_sent_data: bool,
    /// It waits in line for the caller to be told of it.
    pub(super) writable: bool,
    /// Its client lets the server push for it, where that needs leave.
    pub(super) push_allowed: bool,
}

impl Stream {
    /// The peer knows nothing yet of what we think of its stream.
    pub(super) fn is_unanswered(&self) -> bool {
        let reply_waits = self.queue.iter().any(|frame| matches!(frame, Frame::SynReply(_)));
        let is_answered = self.live.replied && !self.live.one_way && !reply_waits;
        self.live.opener == Opener::Remote && !is_answered
    }

    /// Gives back what an empty queue does not need: all of it if it held headers, else all but a
    /// few places.
    pub(super) fn give_back_queue(&mut self) {
        let is_large = !self.has_sent_data || self.queue.capacity() > 4;
        if self.queue.is_empty() && is_large {
            self.queue = VecDeque::new();
        }
    }
}

/// Where the first frame of a stream that is not among the control frames waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// There is none.
    None,
    /// DATA that waits for its turn.
    Ready,
    /// DATA that waits for the stream's window.
    Blocked,
    /// Anything that waits for the reply of the peer.
    Held,
}

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
    ours: BTreeMap<StreamId, Stream>,
    theirs: BTreeMap<StreamId, Stream>,
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
    /// Those of ours above it were not accepted: they are dead, and reported one by one.
    dead_above: StreamId,
    recent: Recent,
}

impl Streams {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            ours: BTreeMap::new(),
            theirs: BTreeMap::new(),
            next: Some(role.first_id()),
            staged: StreamId::ZERO,
            highest: StreamId::ZERO,
            accepted: StreamId::ZERO,
            reset: StreamId::ZERO,
            last_good: StreamId::MAX,
            dead_above: StreamId::MAX,
            recent: Recent::default(),
        }
    }

    fn is_ours(&self, stream: StreamId) -> bool {
        self.role.owns(stream.get())
    }

    pub(super) fn get(&self, stream: StreamId) -> Option<&Stream> {
        if self.is_ours(stream) {
            self.ours.get(&stream).filter(|_| stream <= self.dead_above)
        } else {
            self.theirs.get(&stream)
        }
    }

    pub(super) fn get_mut(&mut self, stream: StreamId) -> Option<&mut Stream> {
        if self.is_ours(stream) {
            let dead_above = self.dead_above;
            self.ours.get_mut(&stream).filter(|_| stream <= dead_above)
        } else {
            self.theirs.get_mut(&stream)
        }
    }

    pub(super) fn is_live(&self, stream: StreamId) -> bool {
        self.get(stream).is_some()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (StreamId, &mut Stream)> {
        let dead_above = self.dead_above;
        let ours = self.ours.iter_mut().take_while(move |(id, _)| **id <= dead_above);
        ours.chain(self.theirs.iter_mut()).map(|(id, stream)| (*id, stream))
    }

    /// The first stream that is so, in the order of the IDs of each side.
    pub(super) fn find(&self, is_so: impl Fn(&Stream) -> bool) -> Option<StreamId> {
        let ours = self.ours.range(..=self.dead_above);
        let mut all = ours.chain(self.theirs.iter());
        all.find(|(_, stream)| is_so(stream)).map(|(id, _)| *id)
    }

    /// The state of any ID; 0 was never used.
    pub(super) fn state(&self, stream: StreamId) -> State {
        let used = if self.is_ours(stream) {
            self.next.is_none_or(|next| stream.get() < next)
        } else {
            stream <= self.highest
        };
        match self.get(stream) {
            Some(entry) => State::Live(entry.live),
            None if used && stream != StreamId::ZERO => State::Over,
            None => State::Idle,
        }
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

    /// Takes a stream out of the table; one of theirs counts as accepted.
    pub(super) fn remove(&mut self, stream: StreamId) -> Option<Stream> {
        if self.is_ours(stream) {
            return self.ours.remove(&stream);
        }
        let removed = self.theirs.remove(&stream);
        if removed.is_some() {
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
        self.theirs.remove(&stream)
    }

    /// The next ID of ours, which is used up only by [`Self::insert_ours`].
    pub(super) fn next_id(&self) -> Option<StreamId> {
        self.next.map(StreamId::new)
    }

    pub(super) fn insert_ours(&mut self, stream: StreamId, live: Live, priority: Priority) {
        let next = stream.get().checked_add(2);
        self.next = next.filter(|&next| next <= StreamId::MAX.get());
        self.ours.insert(stream, Stream::new(live, priority));
    }

    pub(super) fn insert_theirs(&mut self, stream: StreamId, live: Live, priority: Priority) {
        self.theirs.insert(stream, Stream::new(live, priority));
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

    pub(super) fn ours_open(&self) -> usize {
        self.ours.len()
    }

    pub(super) fn theirs_open(&self) -> usize {
        self.theirs.len()
    }

    /// The last stream of theirs that was handed to the caller and not refused; with `refused`, also
    /// those that were refused or reset.
    pub(super) fn last_accepted(&self, refused: bool) -> StreamId {
        let live = self.theirs.last_key_value();
        let accepted = live.map_or(self.accepted, |(stream, _)| self.accepted.max(*stream));
        if refused { accepted.max(self.reset) } else { accepted }
    }

    pub(super) fn syn_staged(&mut self, stream: StreamId) {
        self.staged = self.staged.max(stream);
    }

    /// Whether the peer can know the stream: its SYN_STREAM is not one of ours that still waits.
    pub(super) fn is_on_wire(&self, stream: StreamId) -> bool {
        !self.is_ours(stream) || stream <= self.staged
    }

    /// A GOAWAY of the peer: it accepted none of ours above this one, and will accept none whose
    /// SYN_STREAM still waits. Returns the ID, lowered to that of an earlier GOAWAY.
    pub(super) fn set_last_good(&mut self, stream: StreamId) -> StreamId {
        self.last_good = self.last_good.min(stream);
        self.dead_above = self.dead_above.min(stream).min(self.staged);
        self.last_good
    }

    /// Takes out the next stream of ours that the peer did not accept.
    pub(super) fn pop_not_accepted(&mut self) -> Option<(StreamId, Stream)> {
        let last = self.ours.last_key_value()?;
        if *last.0 <= self.dead_above {
            return None;
        }
        let above = StreamId::new(self.dead_above.get() + 1);
        let stream = *self.ours.range(above..).next()?.0;
        self.ours.remove_entry(&stream)
    }

    /// Takes out any stream, in the order of the IDs of each side.
    pub(super) fn pop_any(&mut self) -> Option<(StreamId, Stream)> {
        self.ours.pop_first().or_else(|| self.theirs.pop_first())
    }

    /// Remembers an ID that was reset or answered.
    pub(super) fn remember(&mut self, stream: StreamId) {
        if !self.is_ours(stream) && stream <= self.highest {
            self.reset = self.reset.max(stream);
        }
        if !self.is_remembered(stream) {
            self.recent.push(stream);
        }
    }

    pub(super) fn is_remembered(&self, stream: StreamId) -> bool {
        self.recent.ids.contains(&stream)
    }
}

impl Stream {
    fn new(live: Live, priority: Priority) -> Self {
        Self {
            live,
            priority,
            queue: VecDeque::new(),
            queued: 0,
            places: 0,
            lane: Lane::None,
            windows: Windows::default(),
            notify: false,
            has_sent_data: false,
            writable: false,
            push_allowed: false,
        }
    }

    /// The peer has not accepted our stream yet.
    pub(super) const fn awaits_reply(&self) -> bool {
        matches!(self.live.opener, Opener::Local) && !self.live.replied
    }

    pub(super) fn may_send_data(&self) -> bool {
        let due = self.live.opener == Opener::Remote && !self.live.replied;
        self.live.local == Half::Open && !due
    }
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

    // S1-A34
    #[test]
    fn opening_fails_when_the_last_id_has_been_used() {
        for (role, last) in [(Role::Client, 0x7FFF_FFFF), (Role::Server, 0x7FFF_FFFE)] {
            let mut session = Session::new(Version::Draft1, role, Config::default());
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
