//! An account of the windows, kept from the frames on the wire alone: it shares nothing with the
//! crate but the decoders.

use std::collections::{BTreeMap, BTreeSet};

use spdy::frame::{Frame, HeadersFrame, SynReply};
use spdy::{Role, SettingId, StreamId, Version};

use super::carrier::Ears;

const WINDOW: u64 = 65_536;

/// Both directions of a connection.
pub struct Windows {
    has_windows: bool,
    has_session_window: bool,
    sides: [Side; 2],
}

/// What one side has written and read. Bytes are counted by stream; stream 0 is the session.
struct Side {
    writes: Ears,
    reads: Ears,
    sent: BTreeMap<StreamId, u64>,
    arrived: BTreeMap<StreamId, u64>,
    /// What it has given back, and for the session what its caller added.
    given: BTreeMap<StreamId, u64>,
    added: u64,
    /// What it was given back.
    got: BTreeMap<StreamId, u64>,
    /// The INITIAL_WINDOW_SIZE that it has read last.
    initial: u64,
    /// The largest of them since its output was empty: what stands there was staged under that one.
    staged_under: u64,
    /// Streams whose FIN it has read, some time ago and since its output was empty.
    finished: BTreeSet<StreamId>,
    just_finished: BTreeSet<StreamId>,
    /// It waits for windows at all.
    is_bound: bool,
}

impl Windows {
    pub fn new(version: Version, are_bound: bool) -> Self {
        let side = |role: Role| Side {
            writes: Ears::new(version, role),
            reads: Ears::new(version, role.peer()),
            sent: BTreeMap::new(),
            arrived: BTreeMap::new(),
            given: BTreeMap::new(),
            added: 0,
            got: BTreeMap::new(),
            initial: WINDOW,
            staged_under: WINDOW,
            finished: BTreeSet::new(),
            just_finished: BTreeSet::new(),
            is_bound: are_bound,
        };
        Self {
            has_windows: matches!(version, Version::Spdy3 | Version::Spdy3_1),
            has_session_window: version == Version::Spdy3_1,
            sides: [side(Role::Client), side(Role::Server)],
        }
    }

    /// The caller of a side made the session's window larger.
    pub fn add(&mut self, side: usize, bytes: u32) {
        self.sides[side].added += u64::from(bytes);
    }

    /// A side has written bytes.
    pub fn write(&mut self, side: usize, mut wire: &[u8]) {
        let account = &mut self.sides[side];
        while let Some(frame) = account.writes.decode(&mut wire) {
            match frame {
                Frame::Data(data) => {
                    let len = data.payload.len() as u64;
                    assert!(len > 0 || data.fin, "a frame that says nothing");
                    *account.sent.entry(data.stream).or_default() += len;
                    *account.sent.entry(StreamId::ZERO).or_default() += len;
                    if self.has_windows && account.is_bound && len > 0 {
                        account.assert_within(data.stream, account.staged_under);
                        if self.has_session_window {
                            account.assert_within(StreamId::ZERO, WINDOW);
                        }
                    }
                }
                Frame::WindowUpdate(update) => {
                    assert!(self.has_session_window || update.stream != StreamId::ZERO);
                    assert!(!account.finished.contains(&update.stream), "{update:?} behind FIN");
                    let given = account.given.entry(update.stream).or_default();
                    *given += u64::from(update.delta);
                    let arrived = account.arrived.get(&update.stream).copied().unwrap_or(0);
                    let added = if update.stream == StreamId::ZERO { account.added } else { 0 };
                    assert!(
                        *given <= arrived + added,
                        "{given} given back of {arrived}: {update:?}"
                    );
                }
                _ => {}
            }
        }
    }

    /// A side has nothing more to write.
    pub fn is_empty(&mut self, side: usize) {
        let account = &mut self.sides[side];
        account.staged_under = account.initial;
        account.finished.append(&mut account.just_finished);
    }

    /// A side has read bytes.
    pub fn read(&mut self, side: usize, mut wire: &[u8]) {
        let account = &mut self.sides[side];
        while let Some(frame) = account.reads.decode(&mut wire) {
            match frame {
                Frame::Data(data) => {
                    let len = data.payload.len() as u64;
                    *account.arrived.entry(data.stream).or_default() += len;
                    *account.arrived.entry(StreamId::ZERO).or_default() += len;
                    if data.fin {
                        account.just_finished.insert(data.stream);
                    }
                }
                Frame::SynReply(SynReply { stream, fin: true, .. })
                | Frame::Headers(HeadersFrame { stream, fin: true, .. }) => {
                    account.just_finished.insert(stream);
                }
                Frame::WindowUpdate(update) => {
                    *account.got.entry(update.stream).or_default() += u64::from(update.delta);
                }
                Frame::Settings(settings) => {
                    if let Some(size) = settings.get(SettingId::INITIAL_WINDOW_SIZE) {
                        account.initial = u64::from(size);
                        account.staged_under = account.staged_under.max(account.initial);
                    }
                }
                _ => {}
            }
        }
    }

    /// How much a side may send on a new stream, as far as it was told.
    pub fn allowance(&self, side: usize) -> u64 {
        let side = &self.sides[side];
        let of = |bytes: &BTreeMap<StreamId, u64>| bytes.get(&StreamId::ZERO).copied().unwrap_or(0);
        match (self.has_windows && side.is_bound, self.has_session_window) {
            (false, _) => u64::MAX,
            (true, false) => side.initial,
            (true, true) => side.initial.min(WINDOW + of(&side.got) - of(&side.sent)),
        }
    }

    pub fn sent(&self, side: usize) -> u64 {
        self.sides[side].sent.get(&StreamId::ZERO).copied().unwrap_or(0)
    }

    /// Everything has arrived and all of it was given back: to the session, and to the streams on
    /// which a side may still get more.
    pub fn assert_at_rest(&self, still_open: impl Fn(usize, StreamId) -> bool) {
        for (at, side) in self.sides.iter().enumerate() {
            assert_eq!(side.arrived, self.sides[1 - at].sent);
            let given = |id| side.given.get(id).copied().unwrap_or(0);
            for (id, arrived) in &side.arrived {
                let (is_due, added) = match *id {
                    StreamId::ZERO => (self.has_session_window, side.added),
                    id => (self.has_windows && still_open(at, id), 0),
                };
                assert!(!is_due || given(id) == arrived + added, "{id} of side {at}");
            }
            assert!(self.has_windows || side.given.is_empty());
        }
    }
}

impl Side {
    fn assert_within(&self, id: StreamId, initial: u64) {
        let sent = self.sent.get(&id).copied().unwrap_or(0);
        let limit = initial + self.got.get(&id).copied().unwrap_or(0);
        assert!(sent <= limit, "stream {id}: {sent} bytes sent, {limit} allowed");
    }
}
