//! Flow control (SPDY/3, section "Flow control"; SPDY/3.1 adds a window for the session): what may
//! be sent, and what is given back for what was received.
//!
//! A byte of DATA that arrives is *outstanding* until a WINDOW_UPDATE has been staged for it. It is
//! *due* for one when the caller has it (or has released it, with manual credit), or when nobody
//! will ever have it. So every byte is given back once, however its stream ends: to the session
//! always, to the stream as long as the peer may still send on it.

use alloc::collections::{BTreeMap, BTreeSet};
use core::cmp::Ordering;

use super::config::{FlowControl, Options};
use super::event::FlowFault;
use super::lanes::Lanes;
use super::rare::Rare;
use super::state::Half;
use super::stream::Stream;
use super::streams::Streams;
use super::windows::{MAX_WINDOW, Received, Windows};
use crate::dialect::{Dialect, FlowRules};
use crate::frame::WindowUpdate;
use crate::id::StreamId;

/// Every window, until SETTINGS or WINDOW_UPDATE change it.
const INITIAL_WINDOW: u32 = 64 * 1024;

#[derive(Debug)]
pub(super) struct Flow {
    rules: FlowRules,
    /// Whether the peer's windows bound what we send.
    bounds_sending: bool,
    /// What the peer's SETTINGS give to each stream.
    initial: u32,
    /// What is left of the session's window for what we send.
    session: i64,
    /// Streams whose window the peer made larger in advance, by the least that was used of it. That
    /// may have grown since: what stands here is looked at when SETTINGS lift it above the maximum.
    in_advance: Rare<BTreeSet<(i32, StreamId)>>,
    /// SETTINGS have lifted windows since that was done.
    may_overflow: bool,
    /// Whether a peer that sends more than its windows allow is at fault.
    bounds_receiving: bool,
    is_manual: bool,
    /// WINDOW_UPDATE waits for more bytes than this.
    batch: u32,
    /// The size for the streams that was announced last.
    announced: u32,
    /// The largest that ever was (S3-A25).
    largest_announced: u32,
    session_received: Received,
    /// The size of the session's window for what the peer sends.
    session_limit: u32,
    /// How much of that is still to be announced.
    session_growth: u32,
    /// What the caller has of streams that have ended well, and has not released. There is a byte of
    /// the session's window for each of them at least.
    unreleased: Rare<BTreeMap<StreamId, u32>>,
    /// Streams to which something is to be given back.
    owing: Lanes,
}

impl Flow {
    pub(super) fn new(dialect: &Dialect, options: &Options) -> Self {
        let rules = dialect.flow_control;
        let has_windows = rules > FlowRules::None;
        Self {
            rules,
            bounds_sending: has_windows && options.send_flow == FlowControl::Enforced,
            initial: INITIAL_WINDOW,
            session: i64::from(INITIAL_WINDOW),
            in_advance: Rare::default(),
            may_overflow: false,
            bounds_receiving: has_windows && options.receive_flow == FlowControl::Enforced,
            is_manual: options.manual_credit,
            batch: options.credit_batch,
            announced: INITIAL_WINDOW,
            largest_announced: INITIAL_WINDOW,
            session_received: Received::default(),
            session_limit: INITIAL_WINDOW,
            session_growth: 0,
            unreleased: Rare::default(),
            owing: Lanes::default(),
        }
    }

    /// Whether received DATA is counted.
    #[inline]
    fn counts(&self) -> bool {
        self.rules > FlowRules::None
    }

    #[inline]
    pub(super) fn has_session_window(&self) -> bool {
        self.rules == FlowRules::StreamsAndSession
    }

    // What we send.

    /// Whether the session's window lets any DATA out.
    pub(super) fn session_is_open(&self) -> bool {
        !self.bounds_sending || !self.has_session_window() || self.session > 0
    }

    /// Whether a stream's own window lets DATA out.
    pub(super) const fn is_open(&self, windows: &Windows) -> bool {
        !self.bounds_sending || self.window(windows) > 0
    }

    const fn window(&self, windows: &Windows) -> i64 {
        self.initial as i64 - windows.used as i64
    }

    /// How many bytes of DATA a stream may send now.
    pub(super) fn allowance(&self, windows: &Windows) -> usize {
        if !self.bounds_sending {
            return usize::MAX;
        }
        let window = self.window(windows);
        let least = if self.has_session_window() { window.min(self.session) } else { window };
        usize::try_from(least.max(0)).unwrap_or(usize::MAX)
    }

    pub(super) fn sent(&mut self, windows: &mut Windows, len: usize) {
        if self.bounds_sending {
            windows.used = windows.used.saturating_add(i32::try_from(len).unwrap_or(i32::MAX));
            self.session -= as_i64(len);
        }
    }

    /// DATA was taken back from the output before it left.
    pub(super) fn unsent(&mut self, len: usize) {
        if self.bounds_sending {
            self.session += as_i64(len);
        }
    }

    /// The peer's WINDOW_UPDATE for the session.
    pub(super) fn grow_session(&mut self, delta: u32) -> Result<(), FlowFault> {
        if !self.bounds_sending || !self.has_session_window() {
            return Ok(());
        }
        if delta == 0 {
            return Err(FlowFault::ZeroDelta);
        }
        let grown = self.session + i64::from(delta);
        if grown > i64::from(MAX_WINDOW) {
            return Err(FlowFault::Overflow);
        }
        self.session = grown;
        Ok(())
    }

    /// The peer's WINDOW_UPDATE for a stream on which we have not finished.
    pub(super) fn grow(&mut self, stream: &mut Stream, delta: u32) -> Result<(), FlowFault> {
        if !self.bounds_sending {
            return Ok(());
        }
        if delta == 0 {
            return Err(FlowFault::ZeroDelta);
        }
        let windows = &mut stream.windows;
        if self.window(windows) + i64::from(delta) > i64::from(MAX_WINDOW) {
            return Err(FlowFault::Overflow);
        }
        windows.used = windows.used.saturating_sub_unsigned(delta);
        if windows.used < windows.least_used {
            self.note_advance(stream);
        }
        Ok(())
    }

    /// Notes how little of a stream's window is used, if the peer made it larger in advance.
    fn note_advance(&mut self, stream: &mut Stream) {
        let windows = &mut stream.windows;
        let used = windows.used.min(0);
        if windows.least_used < 0 {
            self.forget_advance((windows.least_used, stream.id));
        }
        if used < 0 {
            self.in_advance.make().insert((used, stream.id));
        }
        windows.least_used = used;
    }

    fn forget_advance(&mut self, place: (i32, StreamId)) {
        if let Some(in_advance) = self.in_advance.get_mut() {
            in_advance.remove(&place);
        }
    }

    /// The peer's INITIAL_WINDOW_SIZE moves the windows of all streams; says which way.
    pub(super) fn set_initial(&mut self, size: u32) -> Result<Ordering, FlowFault> {
        if !self.bounds_sending {
            return Ok(Ordering::Equal);
        }
        if size > MAX_WINDOW {
            return Err(FlowFault::InitialWindow);
        }
        let before = core::mem::replace(&mut self.initial, size);
        self.may_overflow |= self.initial > before;
        Ok(self.initial.cmp(&before))
    }

    /// Whether [`Self::find_overflow`] may find a stream.
    pub(super) const fn may_overflow(&self) -> bool {
        self.may_overflow
    }

    /// A stream whose window the peer's SETTINGS lifted above the maximum (S3-A23).
    pub(super) fn find_overflow(&mut self, streams: &mut Streams) -> Option<StreamId> {
        if !self.may_overflow {
            return None;
        }
        let most = i64::from(MAX_WINDOW);
        while let Some(&place) = self.in_advance.get().and_then(BTreeSet::first) {
            let (least_used, id) = place;
            if i64::from(self.initial) - i64::from(least_used) <= most {
                break;
            }
            let live = streams.get_mut(id).filter(|stream| stream.live.local != Half::Closed);
            if live.as_ref().is_some_and(|stream| self.window(&stream.windows) > most) {
                return Some(id);
            }
            // It has sent since, or sends no more.
            match live {
                Some(stream) => self.note_advance(stream),
                None => self.forget_advance(place),
            }
        }
        self.may_overflow = false;
        None
    }

    // What we receive.

    /// The size that we announced for the peer's DATA on each stream. A smaller one makes something
    /// owed to streams to which nothing was.
    pub(super) fn announce_initial(&mut self, size: u32, streams: &mut Streams) {
        self.announced = size;
        self.largest_announced = self.largest_announced.max(size);
        for id in streams.ids() {
            if let Some(stream) = streams.get_mut(id) {
                self.owe(stream);
            }
        }
    }

    /// Makes the session's window larger.
    pub(super) fn announce_growth(&mut self, bytes: u32) -> bool {
        let limit = self.session_limit.saturating_add(bytes);
        if !self.has_session_window() || limit > MAX_WINDOW {
            return false;
        }
        self.session_limit = limit;
        self.session_growth += bytes;
        true
    }

    /// A piece of DATA for a stream that takes it; `remaining` bytes of its frame follow. Whether the
    /// frame fits the windows: only then the piece counts, and the caller gets it.
    #[inline]
    pub(super) fn deliver(&mut self, stream: &mut Stream, len: usize, remaining: u32) -> bool {
        if !self.counts() {
            return true;
        }
        let received = &mut stream.windows.received;
        let fits_stream =
            !self.bounds_receiving || received.fits(self.largest_announced, len, remaining);
        if !fits_stream || !self.fits_session(len, remaining) {
            return false;
        }
        let len = as_u32(len);
        received.arrive(len);
        self.session_received.arrive(len);
        if !self.is_manual {
            received.is_due(len);
            self.session_received.is_due(len);
        }
        self.owe(stream);
        true
    }

    /// A piece of DATA that nobody will have: if it fits the window of the session, that gets it back.
    pub(super) fn discard(&mut self, len: usize, remaining: u32) -> Result<(), FlowFault> {
        if !self.counts() {
            return Ok(());
        }
        if !self.fits_session(len, remaining) {
            return Err(FlowFault::Overrun);
        }
        self.session_received.arrive(as_u32(len));
        self.session_received.is_due(as_u32(len));
        Ok(())
    }

    #[inline]
    fn fits_session(&self, len: usize, remaining: u32) -> bool {
        let is_bounded = self.bounds_receiving && self.has_session_window();
        !is_bounded || self.session_received.fits(self.session_limit, len, remaining)
    }

    /// Puts a stream in line to be given something back, if it is time.
    #[inline]
    fn owe(&mut self, stream: &mut Stream) {
        let is_owed = stream.windows.received.is_owed(self.batch, self.announced);
        if is_owed && !stream.is_owed && stream.live.remote == Half::Open {
            stream.is_owed = true;
            self.owing.push(stream.priority, stream.id);
        }
    }

    /// The caller has done with some bytes of a stream.
    pub(super) fn release(&mut self, stream: &mut Stream, len: usize) {
        if self.is_manual {
            let received = &mut stream.windows.received;
            let len = as_u32(len).min(received.unreleased());
            received.is_due(len);
            self.session_received.is_due(len);
            self.owe(stream);
        }
    }

    /// A stream has ended by FIN both ways: what the caller has of it may still be released.
    pub(super) fn complete(&mut self, id: StreamId, windows: &Windows) {
        let left = windows.received.unreleased();
        if left > 0 && self.has_session_window() {
            let account = self.account(id);
            let sum = self.unreleased.make().entry(account).or_default();
            *sum = sum.saturating_add(left);
        }
    }

    /// The caller has done with some bytes of a stream that is over. What it had of one that was torn
    /// down has been given back.
    pub(super) fn release_late(&mut self, id: StreamId, len: usize) {
        let account = self.account(id);
        let Some(unreleased) = self.unreleased.get_mut() else { return };
        if let Some(left) = unreleased.get_mut(&account) {
            let len = as_u32(len).min(*left);
            *left -= len;
            if *left == 0 {
                unreleased.remove(&account);
            }
            self.session_received.is_due(len);
        }
    }

    /// Whose bytes are counted together. Where nothing is held against windows all streams share one
    /// account: no window bounds their number, and a caller whose peer has none may never release.
    const fn account(&self, id: StreamId) -> StreamId {
        if self.bounds_receiving { id } else { StreamId::ZERO }
    }

    /// A stream was torn down: what the caller has of it is given back now (S31-A04).
    pub(super) fn tear(&mut self, windows: &Windows) {
        self.session_received.is_due(windows.received.unreleased());
    }

    /// A stream has left the table.
    pub(super) fn leave(&mut self, stream: &Stream, streams: &Streams) {
        if stream.is_owed {
            self.owe_less(streams);
        }
        if stream.windows.least_used < 0 {
            self.forget_advance((stream.windows.least_used, stream.id));
        }
    }

    /// A stream to which something was owed has left the table, or the peer has finished it.
    pub(super) fn owe_less(&mut self, streams: &Streams) {
        self.owing.leave(|id| streams.get(id).is_some_and(|stream| stream.is_owed));
    }

    /// Whether there is something to give back.
    pub(super) fn owes(&self) -> bool {
        !self.owing.is_empty() || self.owes_session()
    }

    fn owes_session(&self) -> bool {
        let is_owed = self.session_received.is_owed(self.batch, self.session_limit);
        self.has_session_window() && (is_owed || self.session_growth > 0)
    }

    /// The next WINDOW_UPDATE to send.
    pub(super) fn next_credit(&mut self, streams: &mut Streams) -> Option<WindowUpdate> {
        if self.owes_session() {
            let growth = core::mem::take(&mut self.session_growth);
            let delta = match growth {
                0 => self.session_received.take_due(),
                growth => growth,
            };
            return Some(WindowUpdate::new(StreamId::ZERO, delta));
        }
        let id = self.owing.pop(|id| streams.get(id).is_some_and(|stream| stream.is_owed))?;
        let stream = streams.get_mut(id)?;
        stream.is_owed = false;
        let delta = stream.windows.received.take_due();
        self.owe(stream);
        Some(WindowUpdate::new(id, delta))
    }

    /// Nothing more will be sent.
    pub(super) fn stop(&mut self) {
        self.owing = Lanes::default();
    }
}

fn as_u32(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn as_i64(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}
