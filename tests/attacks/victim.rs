//! A session under attack, and what it costs.

use std::hint::black_box;

use bytes::Buf;
use spdy::frame::{Frame, SynReply};
use spdy::{Config, Event, Open, Role, SendError, Session, SessionError, Version};

use crate::alloc::{Cost, cost};
use crate::carrier::{SM, session};
use crate::common::{OK, drain, feed, id};
use crate::wire::Wire;

/// What holds under every attack at the defaults, as long as the caller keeps no events.
pub const MAX_MEMORY: isize = 1024 * 1024;
pub const MAX_PIECE: usize = 64 * 1024 + 64;
/// What is staged for a peer that does not read: one frame may pass 64 KiB, with its heads.
pub const MAX_WAITING: usize = 64 * 1024 + MAX_FRAME;
pub const MAX_FRAME: usize = 14 + 8 + 16 * 1024;

/// Every version, on whatever carries it.
pub const EVERY: [Version; 5] =
    [Version::Draft1, Version::Spdy2, Version::Spdy3, Version::Spdy3_1, SM];
/// All but Draft 1.
pub const NEWER: [Version; 4] = [Version::Spdy2, Version::Spdy3, Version::Spdy3_1, SM];

/// How often an attack is repeated: so many times, or `ATTACK_SCALE` times as many.
pub fn rounds(usual: u32) -> u32 {
    let scale = std::env::var("ATTACK_SCALE").map_or(1.0, |scale| scale.parse().unwrap());
    (f64::from(usual) * scale).max(1.0) as u32
}

pub struct Victim {
    pub version: Version,
    pub session: Session,
    pub wire: Wire,
    /// The driver hands on what is staged, and the peer takes it.
    reads: bool,
    heard: usize,
    cost: Cost,
    waiting: usize,
    end: Option<SessionError>,
}

impl Victim {
    pub fn server(version: Version) -> Self {
        Self::new(session(version, Role::Server, Config::default()))
    }

    pub fn client(version: Version) -> Self {
        Self::new(session(version, Role::Client, Config::default()))
    }

    pub fn new(session: Session) -> Self {
        let (version, by) = (session.version(), session.role().peer());
        Self {
            version,
            session,
            wire: Wire::new(version, by),
            reads: true,
            heard: 0,
            cost: Cost::default(),
            waiting: 0,
            end: None,
        }
    }

    /// The peer takes nothing of what is written from now on.
    pub fn unread(mut self) -> Self {
        self.reads = false;
        self
    }

    /// A server with so many open streams that have their reply, and a client that has heard so.
    pub fn with_streams(version: Version, count: u32) -> Self {
        let mut victim = Self::server(version);
        for _ in 0..count {
            victim.open(false);
        }
        victim
    }

    /// The peer opens a stream, which is accepted; returns its number.
    pub fn open(&mut self, fin: bool) -> u32 {
        let (number, syn) = self.wire.syn(fin);
        self.hear_and(&syn, accept);
        number
    }

    /// Opens a stream of a client's, of which the peer has heard.
    pub fn ask(&mut self) -> u32 {
        self.call(|session| session.open(()).unwrap()).get()
    }

    /// Hears bytes, as a driver hands them over; what comes of them is dropped at once. `false` once
    /// the session is over.
    pub fn hear(&mut self, bytes: &[u8]) -> bool {
        self.hear_and(bytes, |_, _| {})
    }

    /// The same, with a caller who does something.
    pub fn hear_and(&mut self, bytes: &[u8], on_event: impl FnMut(&mut Session, Event)) -> bool {
        self.hear_pieces(bytes, bytes.len(), on_event)
    }

    /// The same, in pieces of so many bytes.
    pub fn hear_pieces(
        &mut self,
        bytes: &[u8],
        size: usize,
        mut on_event: impl FnMut(&mut Session, Event),
    ) -> bool {
        if self.end.is_some() {
            return false;
        }
        let (mut heard, mut waiting, mut end, reads) = (0, 0, None, self.reads);
        self.measured(|session| {
            for mut piece in bytes.chunks(size) {
                heard += piece.len();
                end = loop {
                    match session.next_event(&mut piece) {
                        Ok(Some(event)) => on_event(session, black_box(event)),
                        Ok(None) => break None,
                        Err(error) => break Some(error),
                    }
                };
                heard -= piece.len();
                waiting = write(session, reads).max(waiting);
                if end.is_some() {
                    break;
                }
            }
        });
        self.heard += heard;
        self.waiting = self.waiting.max(waiting);
        self.end = end;
        self.end.is_none()
    }

    /// What the caller does, and what is staged by it.
    pub fn call<T>(&mut self, call: impl FnOnce(&mut Session) -> T) -> T {
        let reads = self.reads;
        let (result, waiting) = self.measured(|session| (call(session), write(session, reads)));
        self.waiting = self.waiting.max(waiting);
        result
    }

    /// Only this is counted: its memory by the allocator, its instructions by `tests/attacks/work`.
    #[inline(never)]
    fn measured<T>(&mut self, work: impl FnOnce(&mut Session) -> T) -> T {
        let (result, cost) = cost(|| black_box(work(&mut self.session)));
        self.cost = self.cost.then(cost);
        result
    }

    /// How long a FIN_STREAM of the session's is, with what carries it.
    pub fn answer_len(&self) -> usize {
        let carrier = match (self.version, self.session.role()) {
            (SM, Role::Server) => 2,
            (SM, Role::Client) => 2 + 4,
            _ => 0,
        };
        carrier + 16
    }

    pub fn memory(&self) -> isize {
        self.cost.live
    }

    /// How many bytes it has taken off its input.
    pub fn heard(&self) -> usize {
        self.heard
    }

    pub fn end(&self) -> Option<&SessionError> {
        self.end.as_ref()
    }

    /// The attack is over: the bounds held, and the session is over for good, by this error.
    pub fn dies_of(mut self, error: impl Fn(&SessionError) -> bool) {
        self.assert_bounds();
        let end = self.end.take().expect("the session has taken it all");
        assert!(error(&end), "{end:?}");
        let more = [0x80, 1, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1].repeat(100);
        for _ in 0..3 {
            let mut input = &more[..];
            assert_eq!(self.session.next_event(&mut input), Err(end.clone()));
            assert_eq!(input.len(), more.len(), "input is read after the error");
            assert_eq!(self.session.open(()), Err(SendError::SessionOver));
            assert_eq!(self.session.ping(), Err(SendError::SessionOver));
        }
        let last = drain(&mut self.session);
        assert!(self.session.is_done() && !self.session.wants_write());
        assert!(last.len() <= MAX_WAITING, "{} bytes behind the error", last.len());
        self.report();
    }

    /// The attack is over: the bounds held, and the session goes on.
    pub fn survives(self) {
        self.assert_bounds();
        assert_eq!(self.end, None);
        self.report();
    }

    /// The attack is over: the bounds held, and the session works as if nothing had been.
    pub fn lives_on(mut self) {
        drain(&mut self.session);
        match self.session.role() {
            Role::Server => {
                let (number, syn) = self.wire.syn(true);
                let events = feed(&mut self.session, &syn).unwrap();
                let [Event::SynStream { stream, fin: true, .. }] = &events[..] else {
                    panic!("{events:?}");
                };
                assert_eq!(*stream, id(number));
                self.session.reply(*stream, OK, true).unwrap();
            }
            Role::Client => {
                let stream = self.session.open(Open::new(()).fin(true)).unwrap();
                drain(&mut self.session);
                let mut reply = SynReply::new(stream, OK);
                reply.fin = true;
                let reply = self.wire.frame(&Frame::SynReply(reply));
                let events = feed(&mut self.session, &reply).unwrap();
                assert!(matches!(events[..], [Event::SynReply { fin: true, .. }]), "{events:?}");
            }
        }
        self.survives();
    }

    fn assert_bounds(&self) {
        let Cost { live, peak, largest, .. } = self.cost;
        let version = self.version;
        let context = format!("{version:?}: {peak} bytes, {live} in the end, {largest} at once");
        assert!(peak <= MAX_MEMORY, "{context}");
        assert!(largest <= MAX_PIECE, "{context}");
        assert!(self.waiting <= MAX_WAITING, "{version:?}: {} bytes wait", self.waiting);
    }

    /// One line for `tests/attacks/work`.
    fn report(&self) {
        let Cost { peak, largest, .. } = self.cost;
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let (version, heard) = (self.version, self.heard);
        println!("case {test} {version:?} {heard} bytes, memory {peak}, at once {largest}");
        end_of_case();
    }
}

/// What a caller does that accepts every stream.
pub fn accept(session: &mut Session, event: Event) {
    if let Event::SynStream { stream, unidirectional: false, .. } = event {
        session.reply(stream, OK, false).unwrap();
    }
}

/// Stages what there is, which a peer that reads takes; returns how much it was.
fn write(session: &mut Session, reads: bool) -> usize {
    let mut most = 0;
    while session.wants_write() {
        let mut output = session.output();
        let len = output.remaining();
        most = most.max(len);
        if !reads {
            break;
        }
        output.advance(len);
    }
    most
}

/// Here `tests/attacks/work` takes the count of what was measured.
#[inline(never)]
fn end_of_case() {
    black_box(());
}
