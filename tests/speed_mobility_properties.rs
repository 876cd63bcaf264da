//! What holds for any messages of a WebSocket with frames of SPDY in them, and any bytes: however the
//! input is cut, and however messages are, a session of Speed+Mobility makes the same of them.

#[path = "common/carrier.rs"]
mod carrier;
#[path = "common/frames.rs"]
mod frames;
#[path = "common/strategies.rs"]
mod strategies;
#[path = "common/transcript.rs"]
mod transcript;

use bytes::Bytes;
use carrier::websocket::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, frame_for};
use carrier::{Ears, SM};
use frames::conversation;
use proptest::collection::vec;
use proptest::prelude::*;
use spdy::frame::Frame;
use spdy::{Compression, Config, Event, Open, Role, Session};
use strategies::{config, cut, damage, sizes};
use transcript::{Played, drain, encode, play, push_joined};

/// A session with four streams of its own and a ping, all of which the peer knows; those of a client
/// allow pushes.
fn session(role: Role) -> Session {
    let config = Config::default().push(true).max_streams(3).max_replies(usize::MAX / 2);
    let mut session = carrier::session(SM, role, config);
    for index in 0..4 {
        let open = Open::new([("x", "/")]).fin(index == 3).push_allowed(role == Role::Client);
        session.open(open).unwrap();
    }
    session.ping().unwrap();
    drain(&mut session);
    session
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Client), Just(Role::Server)]
}

fn compression() -> impl Strategy<Value = Compression> {
    prop_oneof![Just(Compression::Off), Just(Compression::On)]
}

/// A frame of WebSocket's own.
#[derive(Clone, Debug)]
enum Control {
    Ping(Vec<u8>),
    Pong(Vec<u8>),
}

fn control() -> impl Strategy<Value = Control> {
    prop_oneof![
        vec(any::<u8>(), 0..=125).prop_map(Control::Ping),
        vec(any::<u8>(), 0..=125).prop_map(Control::Pong),
        // What a client and a server ask in their first ping.
        (1..3u32).prop_map(|id| Control::Pong(id.to_be_bytes().to_vec())),
    ]
}

/// One side, what the other one might say to it, and how that is carried.
#[derive(Clone, Debug)]
struct Heard {
    role: Role,
    frames: Vec<Frame>,
    compression: Compression,
    /// Sizes of fragments, used in turn, and what stands between them now and then.
    fragments: Vec<usize>,
    between: Vec<Option<Control>>,
    close: Option<Vec<u8>>,
}

fn heard() -> impl Strategy<Value = Heard> {
    let close = prop_oneof![
        Just(vec![]),
        vec(any::<u8>(), 0..=123).prop_map(|rest| [&[0x03, 0xE8][..], &rest].concat()),
        vec(any::<u8>(), 0..=125),
    ];
    let carried = (
        compression(),
        sizes(),
        vec(prop::option::weighted(0.2, control()), 1..8),
        prop::option::weighted(0.2, close),
    );
    (role(), carried).prop_flat_map(|(role, carried)| {
        conversation(SM, role.peer()).prop_map(move |frames| {
            let (compression, fragments, between, close) = carried.clone();
            Heard { role, frames, compression, fragments, between, close }
        })
    })
}

impl Heard {
    fn frames(&self) -> Vec<Vec<u8>> {
        // One context for all of them.
        let whole = encode(SM, self.compression, &self.frames);
        let mut rest = &whole[..];
        let mut frames = Vec::new();
        while let Some(length) = rest.get(4..8) {
            let length = u32::from_be_bytes(length.try_into().unwrap()) & 0x00FF_FFFF;
            let (frame, more) = rest.split_at(8 + length as usize);
            frames.push(frame.to_vec());
            rest = more;
        }
        frames
    }

    fn close(&self) -> Vec<u8> {
        self.close.iter().flat_map(|body| frame_for(self.role, FIN | CLOSE, body)).collect()
    }

    /// A message a frame.
    fn whole(&self) -> Vec<u8> {
        let messages = self.frames().into_iter();
        let messages = messages.flat_map(|frame| frame_for(self.role, FIN | BINARY, &frame));
        messages.chain(self.close()).collect()
    }

    /// In fragments, with others between them; and what those are.
    fn in_fragments(&self) -> (Vec<u8>, Vec<Control>) {
        let (mut wire, mut controls) = (Vec::new(), Vec::new());
        let mut between = self.between.iter().cycle();
        for frame in self.frames() {
            let mut first = BINARY;
            for piece in cut(&frame, &self.fragments) {
                if let Some(control) = between.next().unwrap() {
                    let (number, payload) = match control {
                        Control::Ping(payload) => (PING, payload),
                        Control::Pong(payload) => (PONG, payload),
                    };
                    wire.extend(frame_for(self.role, FIN | number, payload));
                    controls.push(control.clone());
                }
                wire.extend(frame_for(self.role, first, piece));
                first = CONTINUATION;
            }
            wire.extend(frame_for(self.role, FIN | CONTINUATION, b""));
        }
        wire.extend(self.close());
        (wire, controls)
    }

    fn play(&self, wire: &[u8]) -> Played {
        play(session(self.role), [wire])
    }

    /// The same bytes, in any pieces.
    fn is_played_alike(&self, wire: &[u8], sizes: &[usize]) -> Result<(), TestCaseError> {
        let whole = self.play(wire);
        prop_assert_eq!(&play(session(self.role), cut(wire, sizes)), &whole);
        let slices = cut(wire, sizes).map(Bytes::copy_from_slice);
        prop_assert_eq!(&play(session(self.role), slices), &whole);
        Ok(())
    }
}

proptest! {
    #![proptest_config(config())]

    // SM-024, SM-044
    #[test]
    fn messages_are_played_alike(heard in heard(), sizes in sizes()) {
        heard.is_played_alike(&heard.whole(), &sizes)?;
        heard.is_played_alike(&heard.in_fragments().0, &sizes)?;
    }

    #[test]
    fn damaged_messages_are_played_alike(
        heard in heard(),
        damage in damage(),
        sizes in sizes(),
    ) {
        heard.is_played_alike(&damage.apply(heard.in_fragments().0), &sizes)?;
    }

    // The damage is inside, where WebSocket sees nothing of it.
    #[test]
    fn damaged_frames_in_messages_are_played_alike(
        heard in heard(),
        damage in damage(),
        sizes in sizes(),
    ) {
        let mut wire = Vec::new();
        for frame in heard.frames() {
            wire.extend(frame_for(heard.role, FIN | BINARY, &damage.apply(frame)));
        }
        heard.is_played_alike(&wire, &sizes)?;
    }

    #[test]
    fn garbage_is_played_alike(
        heard in heard(),
        garbage in vec(any::<u8>(), 0..300),
        first in any::<u8>(),
        sizes in sizes(),
    ) {
        heard.is_played_alike(&garbage, &sizes)?;
        heard.is_played_alike(&frame_for(heard.role, first, &garbage), &sizes)?;
    }

    // SM-024, SM-026, SM-027, SM-A04, SM-A24: fragments say what the whole says, and what stands
    // between them is answered and changes nothing else.
    #[test]
    fn fragments_and_what_is_between_them_change_nothing(heard in heard()) {
        let whole = heard.play(&heard.whole());
        let (wire, controls) = heard.in_fragments();
        let cut = heard.play(&wire);
        let (pongs, rest): (Vec<_>, Vec<_>) =
            cut.events.into_iter().partition(|event| matches!(event, Event::Pong(_)));
        prop_assert!(pongs.len() <= 1, "one ping was asked");
        // Data that a pong had told apart is one again.
        let mut joined = Vec::new();
        rest.into_iter().for_each(|event| push_joined(&mut joined, event));
        prop_assert_eq!(joined, whole.events);
        prop_assert_eq!(&cut.end, &whole.end);

        let hear = |output: &[u8]| {
            let frames = Ears::new(SM, heard.role).hear(output).into_iter();
            let (pongs, rest): (Vec<_>, Vec<_>) =
                frames.partition(|frame| matches!(frame, Frame::Ping(_)));
            (pongs.len(), rest)
        };
        let ((answered, rest), (none, expected)) = (hear(&cut.output), hear(&whole.output));
        prop_assert_eq!((rest, none), (expected, 0));
        let is_ping = |control: &&Control| matches!(control, Control::Ping(_));
        let is_open = cut.end.is_ok() && heard.close.is_none();
        prop_assert!(!is_open || answered == controls.iter().filter(is_ping).count());
    }
}
