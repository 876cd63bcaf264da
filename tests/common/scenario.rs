//! A session in any state of one stream, and a peer that writes whatever it is told to.
//!
//! The peer shares nothing with the crate but the decoder that it reads with: its frames are put
//! together here, and its blocks come from a compressor that takes any plain text.
#![allow(dead_code, reason = "every test file uses its own part")]

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params,
};
use spdy::frame::Frame;
use spdy::{
    Compression, Config, Event, GoAwayStatus, Headers, Open, Role, SendError, Session,
    SessionError, Status, StreamId, Version,
};

use crate::carrier::{Ears, SM, carried, session};
use crate::common::{control_bytes_of, data_bytes, drain, feed_to_the_end, id, told};

/// What a block holds unless a test says otherwise: the second time it is a reference to the first.
pub const LIST: [(&str, &str); 1] =
    [("x-mark", "Zb3q8WfR1xKc0vTn5yHs7dLg2uJp9aMe4oQi6zEt1kXw8rBj3hVl5sNf7cGy0mUd")];

pub const SYN_STREAM: u16 = 1;
pub const SYN_REPLY: u16 = 2;
pub const RST_STREAM: u16 = 3;
pub const SETTINGS: u16 = 4;
pub const PING: u16 = 6;
pub const GOAWAY: u16 = 7;
pub const HEADERS: u16 = 8;
pub const WINDOW_UPDATE: u16 = 9;
pub const CREDENTIAL: u16 = 10;

pub const FIN: u8 = 0x01;
pub const UNIDIRECTIONAL: u8 = 0x02;

/// Frames as bytes, right or wrong, with one compression context.
pub struct Raw {
    version: Version,
    deflater: CompressorOxide,
    begun: bool,
}

impl Raw {
    pub fn new(version: Version) -> Self {
        let flags = create_comp_flags_from_zip_params(9, -15, 0);
        Self { version, deflater: CompressorOxide::new(flags), begun: false }
    }

    /// A block of any plain text; the dictionary is named and not used.
    pub fn block(&mut self, plain: &[u8]) -> Vec<u8> {
        let mut block = Vec::new();
        if !std::mem::replace(&mut self.begun, true) {
            let dictionary = if self.is_2() { 0xDFA2_51B2 } else { 0xE3C6_A7C2_u32 };
            block.extend([0x78, 0xBB]);
            block.extend(dictionary.to_be_bytes());
        }
        let mut out = vec![0; 2 * plain.len() + 100];
        let done = compress(&mut self.deflater, plain, &mut out, TDEFLFlush::Sync);
        assert_eq!((done.0, done.1), (TDEFLStatus::Okay, plain.len()));
        block.extend(&out[..done.2]);
        block
    }

    /// A list as the version draws it.
    pub fn plain(&self, pairs: &[(&str, &str)]) -> Vec<u8> {
        let mut plain = self.number(pairs.len());
        for string in pairs.iter().flat_map(|pair| [pair.0, pair.1]) {
            plain.extend(self.number(string.len()));
            plain.extend(string.bytes());
        }
        plain
    }

    /// A count or a length.
    pub fn number(&self, number: usize) -> Vec<u8> {
        let bytes = u32::try_from(number).unwrap().to_be_bytes();
        bytes[if self.is_2() { 2 } else { 0 }..].to_vec()
    }

    /// The fields before the block of a frame that has one.
    pub fn fields(&self, number: u16, stream: u32) -> Vec<u8> {
        let mut fields = stream.to_be_bytes().to_vec();
        match number {
            SYN_STREAM => fields.extend([0; 6]),
            _ if self.is_2() => fields.extend([0; 2]),
            _ => {}
        }
        fields
    }

    /// SYN_STREAM, SYN_REPLY or HEADERS with any plain text.
    pub fn with_plain(&mut self, number: u16, flags: u8, stream: u32, plain: &[u8]) -> Vec<u8> {
        let payload = [self.fields(number, stream), self.block(plain)].concat();
        self.control(number, flags, &payload)
    }

    /// The same with [`LIST`].
    pub fn with_list(&mut self, number: u16, flags: u8, stream: u32) -> Vec<u8> {
        let plain = self.plain(&LIST);
        self.with_plain(number, flags, stream, &plain)
    }

    pub fn control(&self, number: u16, flags: u8, payload: &[u8]) -> Vec<u8> {
        control_bytes_of(if self.is_2() { 2 } else { 3 }, number, flags, payload)
    }

    /// A frame of one or two numbers.
    pub fn numbers(&self, number: u16, numbers: &[u32]) -> Vec<u8> {
        let payload: Vec<_> = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        self.control(number, 0, &payload)
    }

    /// SETTINGS of an ID, flags and a value each.
    pub fn settings(&self, entries: &[(u32, u8, u32)]) -> Vec<u8> {
        let mut payload = u32::try_from(entries.len()).unwrap().to_be_bytes().to_vec();
        for &(id, flags, value) in entries {
            let [_, high, middle, low] = id.to_be_bytes();
            payload.extend(if self.is_2() {
                [low, middle, high, flags]
            } else {
                [flags, high, middle, low]
            });
            payload.extend(value.to_be_bytes());
        }
        self.control(SETTINGS, 0, &payload)
    }

    fn is_2(&self) -> bool {
        self.version == Version::Spdy2
    }
}

/// Whose stream it is, and whether it has its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ours; the peer's SYN_REPLY has not come.
    Awaited,
    /// Ours; it has.
    Replied,
    /// The peer's; we have not replied.
    Silent,
    /// The peer's; we have.
    Answered,
    /// Ours, UNIDIRECTIONAL.
    OursOneWay,
    /// The peer's, UNIDIRECTIONAL.
    TheirsOneWay,
}

/// The states of a stream as the session sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Idle,
    Open,
    /// Half-closed: we sent FIN.
    Hcl,
    /// Half-closed: the peer did.
    Hcr,
    /// Both did.
    Closed,
    ResetByUs,
    ResetByPeer,
    /// Reset, and 64 other IDs were answered since.
    Forgotten,
}

impl State {
    pub fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Hcl | Self::Hcr)
    }
}

/// Whose GOAWAY there has been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoneAway {
    Nobody,
    We,
    Peer,
    /// Ours, by [`Session::close`]: it was the last frame.
    Closed,
}

pub const LATER: [Version; 3] = [Version::Spdy2, Version::Spdy3, Version::Spdy3_1];
pub const V3: [Version; 2] = [Version::Spdy3, Version::Spdy3_1];
/// The same with Speed+Mobility, whose streams are those of SPDY/3 (SM-044).
pub const LATER_AND_SM: [Version; 4] = [Version::Spdy2, Version::Spdy3, Version::Spdy3_1, SM];
pub const V3_AND_SM: [Version; 3] = [Version::Spdy3, Version::Spdy3_1, SM];
pub const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// A session and its peer.
pub struct End {
    pub version: Version,
    pub role: Role,
    pub session: Session,
    pub raw: Raw,
    ears: Ears,
    /// The peer's first stream, replied to and open both ways: it outlives whatever a test does.
    pub other: u32,
    /// The stream that a test is about: the next one of its opener.
    pub stream: u32,
    /// The state of that stream.
    pub start: State,
    gone_away: GoneAway,
    /// How often it was found usable.
    checks: u32,
}

/// The stream-IDs of a side, in order.
pub fn nth(role: Role, n: u32) -> u32 {
    2 * n + if role == Role::Client { 1 } else { 2 }
}

impl End {
    pub fn new(version: Version, role: Role) -> Self {
        Self::with(version, role, Config::default())
    }

    pub fn with(version: Version, role: Role, config: Config) -> Self {
        // Where a block may be plain it would be, and its line would say so.
        let config = if version == SM { config.compression(Compression::On) } else { config };
        let session = session(version, role, config.push(true));
        let (raw, ears) = (Raw::new(version), Ears::new(version, role));
        let (other, stream) = (nth(role.peer(), 0), nth(role.peer(), 1));
        let (start, gone_away) = (State::Idle, GoneAway::Nobody);
        let mut end =
            Self { version, role, session, raw, ears, other, stream, start, gone_away, checks: 0 };
        let plain = end.raw.plain(&[]);
        let syn = end.raw.with_plain(SYN_STREAM, 0, other, &plain);
        end.feed(&syn);
        end.session.reply(id(other), (), false).unwrap();
        end.hear();
        end
    }

    /// A session with a stream of some kind in some state; `None` if there is no such thing.
    pub fn at(version: Version, role: Role, kind: Kind, state: State) -> Option<Self> {
        Self::new(version, role).bring(kind, state)
    }

    /// Brings the stream there. No block on the way holds [`LIST`].
    pub fn bring(mut self, kind: Kind, state: State) -> Option<Self> {
        use State::{Closed, Forgotten, Hcl, Hcr, Idle, ResetByPeer, ResetByUs};
        let is_ours = matches!(kind, Kind::Awaited | Kind::Replied | Kind::OursOneWay);
        let one_way = matches!(kind, Kind::OursOneWay | Kind::TheirsOneWay);
        let exists = match kind {
            Kind::Awaited | Kind::Replied | Kind::Answered => true,
            Kind::Silent => !matches!(state, Hcl | Closed),
            Kind::OursOneWay => !matches!(state, State::Open | Hcl),
            Kind::TheirsOneWay => !matches!(state, State::Open | Hcr),
        };
        let opener = if is_ours { self.role } else { self.role.peer() };
        self.stream = nth(opener, u32::from(!is_ours));
        self.start = state;
        if !exists || state == Idle {
            return exists.then_some(self);
        }
        let stream = self.stream;
        let (our_fin, their_fin) = (matches!(state, Hcl | Closed), matches!(state, Hcr | Closed));
        let nothing = self.raw.plain(&[]);
        let flag = |fin| if fin { FIN } else { 0 };
        if is_ours {
            let open = Open::new(()).fin(our_fin).unidirectional(one_way);
            assert_eq!(self.session.open(open), Ok(id(stream)));
        } else {
            let flags = flag(their_fin) | if one_way { UNIDIRECTIONAL } else { 0 };
            let syn = self.raw.with_plain(SYN_STREAM, flags, stream, &nothing);
            assert_eq!(self.feed(&syn).len(), 1);
        }
        self.hear();
        match kind {
            Kind::Awaited if their_fin => {
                let headers = self.raw.with_plain(HEADERS, FIN, stream, &nothing);
                assert_eq!(self.feed(&headers).len(), 1);
            }
            Kind::Replied => {
                let reply = self.raw.with_plain(SYN_REPLY, flag(their_fin), stream, &nothing);
                assert_eq!(self.feed(&reply).len(), 1);
            }
            Kind::Answered => self.session.reply(id(stream), (), our_fin).unwrap(),
            _ => {}
        }
        match state {
            ResetByUs | Forgotten => {
                self.session.fin_stream(id(stream), Status::CANCEL).unwrap();
            }
            ResetByPeer => {
                let reset = self.raw.numbers(RST_STREAM, &[stream, 5]);
                assert_eq!(self.feed(&reset).len(), 1);
            }
            _ => {}
        }
        self.hear();
        if state == Forgotten {
            for n in 0..64 {
                self.feed(&data_bytes(nth(self.role, 1_000 + n), 0, b"x"));
                self.hear();
            }
        }
        Some(self)
    }

    /// What our GOAWAY has to name: the last stream of the peer's that its caller was told of.
    pub fn last_good(&self) -> u32 {
        let is_theirs = self.stream == nth(self.role.peer(), 1);
        if is_theirs && self.start != State::Idle { self.stream } else { self.other }
    }

    /// Somebody says GOAWAY, and everything that is open goes on.
    pub fn go_away(&mut self, who: GoneAway) {
        match who {
            GoneAway::Nobody => {}
            GoneAway::We => {
                self.session.go_away(GoAwayStatus::OK);
                self.hear();
            }
            GoneAway::Closed => {
                self.session.close();
                self.hear();
                assert!(self.session.is_done());
            }
            GoneAway::Peer => {
                let status: &[u32] = if self.version == Version::Spdy2 { &[] } else { &[0] };
                let frame = self.raw.numbers(GOAWAY, &[&[0x7FFF_FFFF], status].concat());
                assert_eq!(self.feed(&frame), ["GoAway 2147483647"]);
            }
        }
        self.gone_away = who;
    }

    /// Reads bytes; the session must live.
    pub fn feed(&mut self, wire: &[u8]) -> Vec<String> {
        told(&self.events(wire))
    }

    pub fn events(&mut self, wire: &[u8]) -> Vec<Event> {
        let wire = self.carried(wire);
        let (events, end) = feed_to_the_end(&mut self.session, &wire);
        assert_eq!(end, Ok(()), "behind {events:?}");
        events
    }

    /// Reads bytes that end the session: what was told before, and why it ended.
    pub fn kill(&mut self, wire: &[u8]) -> (Vec<String>, SessionError) {
        let wire = self.carried(wire);
        let (events, end) = feed_to_the_end(&mut self.session, &wire);
        (told(&events), end.expect_err("the session lives"))
    }

    fn carried(&self, frames: &[u8]) -> Vec<u8> {
        carried(self.version, self.role, frames)
    }

    /// All that the session has to write.
    pub fn hear(&mut self) -> Vec<String> {
        let frames = self.frames();
        frames.iter().map(|frame| frame.display(self.version).to_string()).collect()
    }

    pub fn frames(&mut self) -> Vec<Frame> {
        self.ears.hear(&drain(&mut self.session))
    }

    /// The same without what is given back to windows.
    pub fn answers(&mut self) -> Vec<String> {
        let mut lines = self.hear();
        lines.retain(|line| !line.starts_with("WINDOW_UPDATE"));
        lines
    }

    /// Finds out the state of the stream, as far as it can be seen; that may cost the stream.
    pub fn state(&mut self) -> State {
        let stream = self.stream;
        // It says nothing, and is judged all the same.
        let ours = match self.session.send_data(id(stream), "", false) {
            Err(SendError::NeverOpened) => return State::Idle,
            Err(SendError::StreamOver) => None,
            Err(SendError::AfterFin | SendError::AgainstOneWay) => Some(false),
            Ok(()) | Err(SendError::NotReplied) => Some(true),
            other => panic!("{other:?}"),
        };
        let headers = self.raw.with_list(HEADERS, 0, stream);
        let events = self.feed(&headers);
        let theirs = events.first().map(|event| event.starts_with("Headers"));
        self.answers();
        match (ours, theirs) {
            (None, None) => {
                assert!(self.feed(&data_bytes(stream, 0, b"?")).is_empty());
                let is_silent = self.answers().is_empty();
                if is_silent { State::ResetByUs } else { State::Closed }
            }
            (Some(true), Some(true)) => State::Open,
            (Some(false), Some(true)) => State::Hcl,
            (Some(true), Some(false)) => State::Hcr,
            other => panic!("{other:?} of stream {stream}"),
        }
    }

    /// Everything still works: blocks refer to what came before, both ways; data, PINGs, and streams
    /// of either side.
    #[track_caller]
    pub fn assert_usable(&mut self) {
        let (other, list) = (self.other, Headers::from(LIST));
        let first = self.raw.with_list(HEADERS, 0, other);
        let second = self.raw.with_list(HEADERS, 0, other);
        assert!(second.len() < LIST[0].1.len(), "a block that refers to what came before");
        let wire = [first, second].concat();
        let events = self.events(&wire);
        assert!(
            matches!(&events[..], [Event::Headers { headers: a, .. }, Event::Headers { headers: b, .. }]
                if *a == list && *b == list),
            "{events:?}"
        );
        self.session.send_headers(id(other), LIST, false).unwrap();
        let frames = self.frames();
        let is_list = |frame: &Frame| matches!(frame, Frame::Headers(it) if it.headers == list);
        assert!(frames.iter().any(is_list), "{frames:?}");

        assert_eq!(self.feed(&data_bytes(other, 0, b"in")), [format!("Data {other} \"in\"")]);
        self.session.send_data(id(other), "out", false).unwrap();
        assert_eq!(self.answers(), [format!("DATA stream={other} length=3")]);

        let echo = nth(self.role.peer(), 0);
        assert!(self.feed(&self.raw.numbers(PING, &[echo])).is_empty());
        let ours = self.session.ping().unwrap().get();
        assert_eq!(self.hear(), [format!("PING id={echo}"), format!("PING id={ours}")]);
        assert_eq!(self.feed(&self.raw.numbers(PING, &[ours])), [format!("Pong {ours}")]);

        if self.gone_away != GoneAway::We {
            let theirs = nth(self.role.peer(), 100_000 + self.checks);
            self.checks += 1;
            let syn = self.raw.with_list(SYN_STREAM, FIN, theirs);
            assert_eq!(self.feed(&syn), [format!("SynStream {theirs} fin")]);
            self.session.reply(id(theirs), (), true).unwrap();
            assert_eq!(self.answers(), [format!("SYN_REPLY stream={theirs} fin")]);
        }
        if self.gone_away == GoneAway::Nobody {
            let ours = self.session.open(Open::new(()).fin(true)).unwrap();
            self.hear();
            let reply = self.raw.with_list(SYN_REPLY, FIN, ours.get());
            assert_eq!(self.feed(&reply), [format!("SynReply {ours} fin")]);
        } else {
            assert_eq!(self.session.open(()), Err(SendError::GoAway));
        }
    }

    /// Nothing works any more, and nothing is written or read.
    #[track_caller]
    pub fn assert_dead(&mut self, error: &SessionError) {
        for _ in 0..2 {
            let wire = self.carried(&self.raw.numbers(PING, &[nth(self.role.peer(), 0)]));
            let mut input = &wire[..];
            assert_eq!(self.session.next_event(&mut input), Err(error.clone()));
            assert_eq!(input.len(), wire.len(), "nothing is consumed");
        }
        assert!(self.session.is_done() && drain(&mut self.session).is_empty());
        assert_eq!(self.session.open_streams(), 0);
        assert_eq!(self.session.open(()), Err(SendError::SessionOver));
        assert_eq!(self.session.ping(), Err(SendError::SessionOver));
        let said = self.session.send_data(StreamId::new(self.other), "x", false);
        assert_eq!(said, Err(SendError::SessionOver));
    }
}

pub fn rst(stream: u32, status: &str) -> String {
    format!("RST_STREAM stream={stream} status={status}")
}

/// The GOAWAY of a session error.
pub fn last_words(version: Version, last_good: u32) -> String {
    let status = if version == Version::Spdy2 { "" } else { " status=PROTOCOL_ERROR" };
    let name = if version == SM { "CLOSE" } else { "GOAWAY" };
    format!("{name} last_good={last_good}{status}")
}

/// The numbers of the status codes, from the sheets.
pub fn code(name: &str) -> u32 {
    let names = [
        "PROTOCOL_ERROR",
        "INVALID_STREAM",
        "REFUSED_STREAM",
        "UNSUPPORTED_VERSION",
        "CANCEL",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "STREAM_IN_USE",
        "STREAM_ALREADY_CLOSED",
        "INVALID_CREDENTIALS",
        "FRAME_TOO_LARGE",
    ];
    (1..).zip(names).find(|(_, known)| *known == name).unwrap_or_else(|| panic!("{name}")).0
}

/// The lines of a table: its cells, without the comment.
pub fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = table.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>()).filter(|row| !row.is_empty())
}
