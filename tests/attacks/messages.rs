//! What only a WebSocket makes possible (Speed+Mobility): messages that are announced and do not come,
//! fragments, pings with a payload, frames against the rules, blocks that are not compressed, and the
//! handshake.

use bytes::Buf;
use spdy::session::MessageFault;
use spdy::websocket::{self, Opcode};
use spdy::{Config, DecodeErrorKind, Event, Open, Role, Session, SessionError, Status};

#[cfg(feature = "speed-mobility")]
use crate::alloc::cost;
use crate::carrier::websocket::{
    BINARY, CLOSE, CONTINUATION, FIN, KEY, PING, PONG, TEXT, frame, frame_for, masked,
};
use crate::carrier::{SM, session};
use crate::common::{OK, control_bytes_of, data_bytes, fin_stream, id};
use crate::victim::{Victim, accept, rounds};
use crate::wire::{Bits, stored};

const ROLES: [Role; 2] = [Role::Client, Role::Server];

/// 16 MiB and the head of a frame.
const LARGEST: u64 = (1 << 24) + 8;

fn victim(role: Role) -> Victim {
    Victim::new(session(SM, role, Config::default()))
}

/// A server on which stream 1 is open, and a client that has heard so of its own.
fn with_stream(role: Role) -> Victim {
    let mut victim = victim(role);
    match role {
        Role::Server => assert_eq!(victim.open(false), 1),
        Role::Client => {
            assert_eq!(victim.ask(), 1);
            let reply = victim.wire.with_list(2, 0, 1, &OK.into());
            assert!(victim.hear(&reply));
        }
    }
    victim
}

/// The head of a frame with a length of 64 bits, whose payload does not follow.
fn long_head(to: Role, first: u8, length: u64) -> Vec<u8> {
    let (mask_bit, key) = if to == Role::Server { (0x80, &KEY[..]) } else { (0, &[][..]) };
    [&[first, mask_bit | 127], &length.to_be_bytes()[..], key].concat()
}

/// A message in fragments of so many bytes.
fn fragments(to: Role, message: &[u8], size: usize) -> Vec<u8> {
    let count = message.len().div_ceil(size);
    let fragment = |(at, piece): (usize, &[u8])| {
        let opcode = if at == 0 { BINARY } else { CONTINUATION };
        let fin = if at + 1 == count { FIN } else { 0 };
        frame_for(to, fin | opcode, piece)
    };
    message.chunks(size).enumerate().flat_map(fragment).collect()
}

fn is_websocket_error(error: &SessionError, wanted: websocket::Error) -> bool {
    *error == SessionError::WebSocket(wanted)
}

// Lengths.

#[test]
fn messages_that_are_only_announced() {
    for role in ROLES {
        for opcode in [BINARY, TEXT] {
            for length in [1 << 63, u64::MAX, (1 << 63) - 1, 1 << 32, LARGEST + 1] {
                let mut victim = victim(role);
                assert!(!victim.hear(&long_head(role, FIN | opcode, length)));
                assert!(victim.memory() <= 1024, "{}", victim.memory());
                victim.dies_of(|error| {
                    is_websocket_error(
                        error,
                        match length >> 63 {
                            1 => websocket::Error::LengthTopBit,
                            _ => websocket::Error::MessageTooBig { limit: LARGEST },
                        },
                    )
                });
            }
            let mut victim = victim(role);
            assert!(victim.hear(&long_head(role, FIN | opcode, LARGEST)));
            assert!(victim.memory() <= 1024, "{}", victim.memory());
            victim.survives();
        }
    }
}

/// The largest frame of each type, of which a few bytes come.
#[test]
fn messages_that_dribble() {
    for role in ROLES {
        for number in [1u16, 2, 8, 0x77] {
            let mut victim = with_stream(role);
            let before = victim.memory();
            let length = if number == 0x77 { 0x00FF_FFFF } else { 64 * 1024u32 };
            let mut begun = control_bytes_of(3, number, 0, &[7; 100]);
            begun[5..8].copy_from_slice(&length.to_be_bytes()[1..]);
            let mut wire = long_head(role, FIN | BINARY, u64::from(length) + 8);
            wire.extend(
                begun
                    .iter()
                    .zip(KEY.iter().cycle())
                    .map(|(byte, key)| if role == Role::Server { byte ^ key } else { *byte }),
            );
            assert!(victim.hear_pieces(&wire, 1, |_, event| panic!("{event:?}")));
            let taken = victim.memory() - before;
            assert!(taken <= 512, "{taken} for type {number}");
            victim.survives();
        }
    }
}

/// What is announced is not a size of memory, and what has come of DATA is not kept.
#[test]
fn data_of_16_mib_in_one_message() {
    for role in ROLES {
        for size in [1 << 16, 1_000] {
            let mut victim = with_stream(role);
            let before = victim.memory();
            let head = [0, 0, 0, 1, 0, 0xFF, 0xFF, 0xFF];
            assert!(victim.hear(&frame_for(role, BINARY, &head)));
            let piece = frame_for(role, CONTINUATION, &vec![7; size]);
            let (mut left, mut came) = (0x00FF_FFFF, 0);
            while left > size {
                let count_data = |_: &mut Session, event| match event {
                    Event::Data { data, .. } => came += data.len(),
                    event => panic!("{event:?}"),
                };
                assert!(victim.hear_and(&piece, count_data));
                left -= size;
            }
            assert!(victim.memory() - before <= 1024, "{}", victim.memory() - before);
            assert_eq!(came + left, 0x00FF_FFFF);
            let last = frame_for(role, FIN | CONTINUATION, &vec![7; left]);
            assert!(victim.hear(&last));
            victim.lives_on();
        }
    }
}

// Fragments.

#[test]
fn fragments_of_no_bytes() {
    for role in ROLES {
        let mut victim = with_stream(role);
        let before = victim.memory();
        assert!(victim.hear(&frame_for(role, BINARY, b"")));
        let some = frame_for(role, CONTINUATION, b"").repeat(64);
        for _ in 0..rounds(1_000) {
            assert!(victim.hear(&some));
        }
        assert!(victim.memory() - before <= 64, "{}", victim.memory());
        let data = data_bytes(1, 0, b"x");
        assert!(victim.hear(&frame_for(role, FIN | CONTINUATION, &data)));
        victim.lives_on();
    }
}

#[test]
fn fragments_of_one_byte() {
    for role in ROLES {
        let mut victim = with_stream(role);
        let before = victim.memory();
        let data = data_bytes(1, 0, &vec![7; rounds(100_000) as usize]);
        let mut came = 0;
        assert!(victim.hear_and(&fragments(role, &data, 1), |_, event| {
            let Event::Data { data, .. } = event else { panic!("{event:?}") };
            came += data.len();
        }));
        assert_eq!(came, data.len() - 8);
        assert!(victim.memory() - before <= 64, "{}", victim.memory());

        // A header block is kept until it is whole, and nothing beside it.
        let plain = victim.wire.plain(&[(b"name", &[b'v'; 60_000])]);
        let payload = [&victim.wire.fields(8, 1)[..], &plain].concat();
        let headers = control_bytes_of(3, 8, 0x02, &payload);
        let mut events = 0;
        assert!(victim.hear_and(&fragments(role, &headers, 1), |_, _| events += 1));
        assert_eq!(events, 1);
        victim.lives_on();
    }
}

/// A message that goes on behind its frame holds another, or nothing: neither is taken.
#[test]
fn a_message_that_does_not_end_with_its_frame() {
    for role in ROLES {
        for fill in [&[0; 1_000][..], &[0x80, 3, 0, 0x77, 0, 0, 0, 0]] {
            let mut victim = with_stream(role);
            let first = frame_for(role, BINARY, &data_bytes(1, 0, b"x"));
            assert!(victim.hear(&first));
            assert!(!victim.hear(&frame_for(role, CONTINUATION, fill)));
            victim.dies_of(|error| *error == SessionError::Message(MessageFault::TooLong));
        }
    }
}

/// Fragments that do not fit, and data frames inside them.
#[test]
fn fragments_against_the_rules() {
    use websocket::Error::{FragmentedControl, InsideMessage, NothingToContinue};
    for role in ROLES {
        let begin = frame_for(role, BINARY, b"");
        let cases = [
            (frame_for(role, CONTINUATION, b"x"), NothingToContinue),
            (frame_for(role, FIN | CONTINUATION, b"x"), NothingToContinue),
            ([&begin[..], &frame_for(role, FIN | BINARY, b"x")].concat(), InsideMessage),
            ([&begin[..], &frame_for(role, FIN | TEXT, b"x")].concat(), InsideMessage),
            (frame_for(role, PING, b""), FragmentedControl { opcode: Opcode::Ping }),
            (
                [begin, frame_for(role, CLOSE, b"")].concat(),
                FragmentedControl { opcode: Opcode::Close },
            ),
        ];
        for (wire, error) in cases {
            let mut victim = with_stream(role);
            assert!(!victim.hear(&wire));
            victim.dies_of(|found| is_websocket_error(found, error));
        }
    }
}

// Pings.

#[test]
fn pings_with_a_payload_whose_pongs_nobody_reads() {
    for role in ROLES {
        for len in [0, 1, 4, 125] {
            let mut victim = victim(role).unread();
            let ping = frame_for(role, FIN | PING, &vec![7; len]);
            let mut most = 0;
            let count = (0..100_000).take_while(|_| {
                most = most.max(victim.memory());
                victim.hear(&ping)
            });
            let head = if role == Role::Server { 2 } else { 6 };
            assert_eq!(count.count(), 64 * 1024 / (head + len), "{len}");
            // No more than the answers themselves, in a buffer that doubles, and those that are staged.
            assert!(most <= 160 * 1024, "{most} for pongs of {len}");
            victim.dies_of(|error| *error == SessionError::TooManyReplies);
        }
    }
}

#[test]
fn pings_with_a_payload_whose_pongs_are_read() {
    for role in ROLES {
        for len in [0, 125] {
            let mut victim = victim(role);
            let some = frame_for(role, FIN | PING, &vec![7; len]).repeat(64);
            for _ in 0..rounds(1_000) {
                assert!(victim.hear(&some));
            }
            assert!(victim.memory() <= 16 * 1024, "{}", victim.memory());
            victim.lives_on();
        }
    }
}

/// What waits for the peer to read is not passed over by what was not asked for.
#[test]
fn pongs_that_nobody_asked_for() {
    for role in ROLES {
        for payload in [&[][..], &[0, 0, 0, 1], &[7; 125]] {
            let mut victim = victim(role).unread();
            let some = frame_for(role, FIN | PONG, payload).repeat(64);
            for _ in 0..rounds(2_000) {
                assert!(victim.hear_and(&some, |_, event| panic!("{event:?}")));
            }
            assert!(!victim.session.wants_write());
            victim.lives_on();
        }
    }
}

// Frames against the rules.

#[test]
fn frames_that_are_masked_the_wrong_way() {
    for first in [FIN | BINARY, BINARY, FIN | PING, FIN | CLOSE, FIN | TEXT] {
        let mut server = with_stream(Role::Server);
        assert!(!server.hear(&frame(first, &data_bytes(1, 0, b"x"))));
        server.dies_of(|error| is_websocket_error(error, websocket::Error::NotMasked));
        let mut client = with_stream(Role::Client);
        assert!(!client.hear(&masked(first, &data_bytes(1, 0, b"x"))));
        client.dies_of(|error| is_websocket_error(error, websocket::Error::Masked));
    }
}

/// One is refused by its first two bytes, whatever it says of its length.
#[test]
fn control_frames_that_are_too_long() {
    for role in ROLES {
        for (number, opcode) in [(PING, Opcode::Ping), (PONG, Opcode::Pong), (CLOSE, Opcode::Close)]
        {
            for wire in [
                frame_for(role, FIN | number, &[7; 126]),
                long_head(role, FIN | number, LARGEST),
                long_head(role, FIN | number, 1 << 63),
            ] {
                let mut victim = victim(role);
                assert!(!victim.hear(&wire[..2]));
                victim.dies_of(|error| {
                    is_websocket_error(error, websocket::Error::ControlTooLong { opcode })
                });
            }
        }
    }
}

/// Every first byte that no rule allows.
#[test]
fn reserved_bits_and_opcodes() {
    for role in ROLES {
        for first in 0..=255u8 {
            let error = match (first & 0x70, first & 0x0F) {
                (1.., _) => websocket::Error::ReservedBits,
                (_, opcode @ (3..=7 | 11..)) => websocket::Error::ReservedOpcode { opcode },
                _ => continue,
            };
            let mut victim = victim(role);
            assert!(!victim.hear(&frame_for(role, first, b"x")));
            victim.dies_of(|found| is_websocket_error(found, error));
        }
    }
}

/// Text is refused as such, whatever it says and however it comes.
#[test]
fn text() {
    for role in ROLES {
        for text in [&b"hello"[..], b"x\xFF", b"\xC3\xA9", b"\xED\xA0\x80"] {
            for size in [1, 100] {
                let mut victim = victim(role);
                let wire = frame_for(role, FIN | TEXT, text);
                assert!(!victim.hear_pieces(&wire, size, |_, event| panic!("{event:?}")));
                victim.dies_of(|error| *error == SessionError::Message(MessageFault::Text));
            }
        }
    }
}

// Close.

/// One is answered; what comes behind it is read, so that nobody has to keep it, and means nothing.
#[test]
fn whatever_comes_behind_a_close() {
    for role in ROLES {
        for reads in [true, false] {
            let mut victim = with_stream(role);
            victim.call(|session| session.send_data(id(1), &[7; 100_000][..], false)).unwrap();
            if !reads {
                victim = victim.unread();
            }
            let close = frame_for(role, FIN | CLOSE, &[0x03, 0xE8, 0, 0, 0, 1]);
            let mut ends = 0;
            assert!(victim.hear_and(&close, |_, event| match event {
                Event::GoAway { .. } => {}
                Event::Aborted { .. } => ends += 1,
                event => panic!("{event:?}"),
            }));
            assert_eq!((ends, victim.session.open_streams()), (1, 0));
            let behind = [
                close,
                victim.wire.data(1, &[7; 16 * 1024], true),
                frame_for(role, FIN | PING, &[7; 125]),
                long_head(role, FIN | BINARY, u64::MAX),
                vec![0xFF; 1_000],
            ];
            for round in 0..rounds(2_000) as usize {
                let (input, before) = (&behind[round % behind.len()], victim.heard());
                assert!(victim.hear_and(input, |_, event| panic!("{event:?}")));
                assert_eq!(victim.heard() - before, input.len());
            }
            // The begun frame, and the answer.
            assert!(victim.session.output().remaining() <= 20_000);
            assert_eq!(victim.session.open(()), Err(spdy::SendError::SessionOver));
            victim.survives();
        }
    }
}

/// Bodies that cannot be.
#[test]
fn a_close_that_says_nothing_valid() {
    for role in ROLES {
        for code in [0u16, 999, 1004, 1005, 1006, 1012, 1015, 2_999, 5_000, 0xFFFF] {
            let mut victim = with_stream(role);
            assert!(!victim.hear(&frame_for(role, FIN | CLOSE, &code.to_be_bytes())));
            victim.dies_of(|error| {
                let code = websocket::CloseCode(code);
                is_websocket_error(error, websocket::Error::CloseCode { code })
            });
        }
        let mut victim = with_stream(role);
        assert!(!victim.hear(&frame_for(role, FIN | CLOSE, &[3])));
        victim.dies_of(|error| is_websocket_error(error, websocket::Error::CloseLength));
    }
}

#[test]
fn a_close_over_many_streams_with_data() {
    let mut victim = Victim::with_streams(SM, 100);
    let idle = victim.memory();
    for stream in 0..100 {
        let payload = &[7; 64 * 1024][..];
        victim.call(|session| session.send_data(id(2 * stream + 1), payload, true)).unwrap();
    }
    let mut victim = victim.unread();
    let mut ends = 0;
    let close = frame_for(Role::Server, FIN | CLOSE, b"");
    assert!(victim.hear_and(&close, |_, event| {
        ends += u32::from(matches!(event, Event::Aborted { .. }));
    }));
    assert_eq!((ends, victim.session.queued()), (100, 0));
    assert!(victim.memory() <= idle, "{} bytes, {idle} before", victim.memory());
    victim.survives();
}

// Blocks that are not compressed.

/// HEADERS with the flag.
fn plain_headers(victim: &Victim, plain: &[u8]) -> Vec<u8> {
    victim.wire.control(8, 0x02, &[&victim.wire.fields(8, 1)[..], plain].concat())
}

/// The largest that are taken, between compressed ones that say again what the one before said: the
/// context knows nothing of them.
#[test]
fn plain_blocks_between_compressed_ones() {
    for role in ROLES {
        let mut victim = with_stream(role);
        let long = victim.wire.plain(&[(b"long", &[b'v'; 65_000])]);
        let large = plain_headers(&victim, &long);
        let list = victim.wire.plain(&[(b"name", &[b'w'; 30_000])]);
        let first = victim.wire.with_plain(8, 0, 1, 1, &list);
        victim.hear(&first);
        let mut again = Bits::default();
        again.repeat(list.len(), list.len());
        let again = again.flushed();
        for _ in 0..rounds(100) {
            let mut found = Vec::new();
            let wire = [&large[..], &victim.wire.with_block(8, 0, 1, 1, &again)].concat();
            assert!(victim.hear_and(&wire, |_, event| {
                let Event::Headers { headers, .. } = event else { panic!("{event:?}") };
                found.push(headers.iter().map(|(_, value)| value.len()).sum::<usize>());
            }));
            assert_eq!(found, [65_000, 30_000]);
        }
        victim.lives_on();
    }
}

/// What is said to be plain is not inflated: a bomb is a count that lies.
#[test]
fn bombs_that_are_said_to_be_plain() {
    let mut victim = with_stream(Role::Server);
    let bomb = [&[0x78, 0xBB, 0xE3, 0xC6, 0xA7, 0xC2][..], &stored(&[b'a'; 60_000])].concat();
    let inflated = victim.session.stats().received.plain_header_bytes();
    let frame = plain_headers(&victim, &bomb);
    assert!(victim.hear(&frame));
    assert_eq!(victim.session.open_streams(), 0);
    let counted = victim.session.stats().received.plain_header_bytes() - inflated;
    assert!(counted <= bomb.len() as u64);
    victim.lives_on();
}

/// And what is plain and does not say so is no zlib stream.
#[test]
fn a_plain_block_that_does_not_say_so() {
    let mut victim = victim(Role::Server);
    let list = victim.wire.plain(&[(b"name", b"value")]);
    let payload = [&victim.wire.fields(1, 1)[..], &list].concat();
    let syn = victim.wire.control(1, 0, &payload);
    assert!(!victim.hear(&syn));
    victim.dies_of(|error| {
        matches!(error, SessionError::Decode(error)
            if matches!(error.kind, DecodeErrorKind::Inflate(_)))
    });
}

/// CVE-2026-35469, CVE-2026-49975: a count or length is never a size of memory, and two bytes of a
/// value are no object of their own.
#[test]
fn plain_blocks_that_lie_or_swell() {
    for number in [0, 2, 1 << 15, (1 << 24) - 1, (1 << 31) - 1, 1 << 31, u32::MAX as usize] {
        for field in 0..3 {
            let mut victim = with_stream(Role::Server);
            let mut parts = [1, 4, 5].map(|right| victim.wire.number(right));
            parts[field] = victim.wire.number(number);
            let [count, name, value] = parts;
            let plain = [&count, &name, &b"name"[..], &value, b"value"].concat();
            let frame = plain_headers(&victim, &plain);
            assert!(victim.hear(&frame));
            assert_eq!(victim.session.open_streams(), 0, "{field} {number}");
            assert!(victim.memory() <= 64 * 1024);
            victim.lives_on();
        }
    }
    let mut victim = with_stream(Role::Server);
    let value = b"a\0".repeat(32_000);
    let plain = victim.wire.plain(&[(b"cookie", &value[..value.len() - 1])]);
    let count = (0..1_000).take_while(|_| {
        let stream = victim.wire.next_stream();
        let payload = [&victim.wire.fields(1, stream)[..], &plain].concat();
        let syn = victim.wire.control(1, 0x04, &payload);
        victim.hear(&syn)
    });
    assert_eq!(count.count(), 200);
    victim.dies_of(|error| *error == SessionError::TooManyResets);
}

// Pushes.

/// With leave they are streams like any: up to the limit, and no more.
#[test]
fn pushes_with_leave_beyond_the_limit() {
    let config = Config::default().push(true);
    let mut victim = Victim::new(session(SM, Role::Client, config));
    let main = victim.call(|session| session.open(Open::new(()).push_allowed(true))).unwrap();
    let mut events = 0;
    for _ in 0..1_000 {
        let stream = victim.wire.next_stream();
        let mut payload = victim.wire.fields(1, stream);
        payload[4..8].copy_from_slice(&main.get().to_be_bytes());
        payload.extend(victim.wire.plain(&[(b"name", b"value")]));
        let push = victim.wire.control(1, 0x02 | 0x04, &payload);
        assert!(victim.hear_and(&push, |_, _| events += 1));
    }
    assert_eq!(events, 100);
    victim.lives_on();
}

/// Leave that a stream gave goes with it.
#[test]
fn pushes_for_a_request_that_is_over() {
    let config = Config::default().push(true);
    let mut victim = Victim::new(session(SM, Role::Client, config)).unread();
    let main = victim.call(|session| session.open(Open::new(()).push_allowed(true))).unwrap();
    let reset = victim.wire.frame(&fin_stream(main.get(), Status::CANCEL));
    victim.hear(&reset);
    let count = (0..10_000).take_while(|_| {
        let stream = victim.wire.next_stream();
        let mut payload = victim.wire.fields(1, stream);
        payload[4..8].copy_from_slice(&main.get().to_be_bytes());
        let push = victim.wire.control(1, 0x02 | 0x04, &payload);
        victim.hear_and(&push, |_, event| panic!("{event:?}"))
    });
    assert_eq!(count.count(), 64 * 1024 / victim.answer_len());
    victim.dies_of(|error| *error == SessionError::TooManyReplies);
}

// Streams in fragments, with pings between them.

/// CVE-2023-44487
#[test]
fn streams_in_fragments_that_the_peer_resets_at_once() {
    let mut victim = victim(Role::Server);
    let mut number = 1;
    let count = (0..1_000).take_while(|_| {
        let plain = victim.wire.plain(&[(b"name", b"value")]);
        let payload = [&victim.wire.fields(1, number)[..], &plain].concat();
        let syn = control_bytes_of(3, 1, 0x05, &payload);
        let reset = control_bytes_of(3, 3, 0, &[&number.to_be_bytes()[..], &[0, 0, 0, 5]].concat());
        number += 2;
        let ping = frame_for(Role::Server, FIN | PING, b"");
        let frames = [syn, reset].map(|frame| fragments(Role::Server, &frame, 3));
        victim.hear_and(&[frames.concat(), ping].concat(), accept)
    });
    assert_eq!(count.count(), 200);
    victim.dies_of(|error| *error == SessionError::TooManyResets);
}

// The handshake.

/// A head that never ends, or of more fields than any has: what is kept is bounded, and so is what a
/// byte costs (the case `handshake_bytes` of the gate).
#[cfg(feature = "speed-mobility")]
#[test]
fn heads_without_end() {
    use spdy::websocket::Limits;
    use spdy::websocket::handshake::{Client, Extension, Offer, Server};

    let offer = Offer::new("example.com", [7; 16]).extension(Extension::SPEED_MOBILITY);
    for (line, repeated) in [
        ("GET / HTTP/1.1\r\n", "a: b\r\n"),
        ("HTTP/1.1 101 Switching Protocols\r\n", "a: b\r\n"),
        ("GET /", "/"),
        ("GET / HTTP/1.1\r\nHost: a\r\na: ", "b"),
        ("", "\r"),
        ("", "\0"),
    ] {
        let wire = [line.as_bytes(), &repeated.as_bytes().repeat(10_000)].concat();
        let mut server = Server::new(Extension::SPEED_MOBILITY, Limits::default());
        let (error, server_cost) = cost(|| {
            wire.chunks(1).find_map(|mut byte| server.read_request(&mut byte).err()).unwrap()
        });
        assert_eq!(error.status(), 431, "{error}");
        let mut rest = &wire[..];
        assert_eq!((server.read_request(&mut rest), rest.len()), (Err(error), wire.len()));

        let mut client = Client::new(&offer, Limits::default()).unwrap();
        let (error, client_cost) = cost(|| {
            wire.chunks(1).find_map(|mut byte| client.read_response(&mut byte).err()).unwrap()
        });
        let mut rest = &wire[..];
        assert_eq!((client.read_response(&mut rest), rest.len()), (Err(error), wire.len()));
        for cost in [server_cost, client_cost] {
            assert!(cost.peak <= 16 * 1024 && cost.largest <= 8 * 1024, "{cost:?}");
        }
    }
}
