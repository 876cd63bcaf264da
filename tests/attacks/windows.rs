//! Flow control, where there is any, and what waits where there is none.

use spdy::codec::{Decoder, Limits};
use spdy::frame::Frame;
use spdy::{
    Config, Event, FlowFault, Session, SessionError, SettingId, Settings, Status, StreamId, Version,
};

use crate::alloc::cost;
use crate::common::{OK, drain, feed, fin_stream, id, window_update};
use crate::victim::{EVERY, Victim, rounds};
use crate::wire::Wire;

const V3: [Version; 2] = [Version::Spdy3, Version::Spdy3_1];

fn initial_window(size: u32) -> Frame {
    Frame::Settings(Settings::from([(SettingId::INITIAL_WINDOW_SIZE, size)]))
}

/// A stream on which the peer lets us send a byte at a time.
fn drip(version: Version) -> (Victim, Vec<u8>) {
    let mut victim = Victim::server(version);
    let shut = victim.wire.frame(&initial_window(0));
    victim.hear(&shut);
    let stream = victim.open(true);
    victim.call(|session| session.send_data(id(stream), &[7; 1024 * 1024][..], true)).unwrap();
    let update = victim.wire.frame(&window_update(stream, 1));
    (victim, update)
}

/// CVE-2019-9511
#[test]
fn windows_of_a_byte() {
    for version in V3 {
        let (mut victim, update) = drip(version);
        let sent = victim.session.stats().sent.frames(spdy::FrameType::Data);
        for _ in 0..rounds(50_000) {
            assert!(victim.hear(&update));
        }
        let sent = victim.session.stats().sent.frames(spdy::FrameType::Data) - sent;
        assert_eq!(sent, u64::from(rounds(50_000)), "a frame for each byte");
        victim.lives_on();
    }
}

#[test]
fn windows_of_a_byte_whose_data_nobody_reads() {
    for version in V3 {
        let (victim, update) = drip(version);
        let mut victim = victim.unread();
        for _ in 0..rounds(50_000) {
            assert!(victim.hear(&update));
        }
        victim.lives_on();
    }
}

/// CVE-2019-9517: the windows are wide open, and nothing is read.
#[test]
fn data_that_nobody_reads() {
    static TEN_MIB: [u8; 10 << 20] = [7; 10 << 20];
    for version in EVERY {
        let mut victim = Victim::server(version);
        if V3.contains(&version) {
            let open = victim.wire.frame(&initial_window(0x7FFF_FFFF));
            victim.hear(&open);
        }
        let mut victim = victim.unread();
        for _ in 0..100 {
            let stream = victim.open(true);
            victim.call(|session| session.send_data(id(stream), &TEN_MIB[..], true)).unwrap();
        }
        assert!(victim.memory() <= 512 * 1024, "{}", victim.memory());
        victim.survives();
    }
}

/// Nothing that is received is kept, whether there are windows or not.
#[test]
fn data_that_never_ends() {
    for version in EVERY {
        let mut victim = Victim::with_streams(version, 1);
        let frame = victim.wire.data(1, &[7; 16 * 1024], false);
        for _ in 0..rounds(4_096) {
            assert!(victim.hear(&frame));
        }
        assert!(victim.memory() <= 64 * 1024, "{}", victim.memory());
        victim.lives_on();
    }
}

/// A caller that gives nothing back: the peer is stopped by the windows, and held to them.
#[test]
fn data_beyond_the_windows() {
    for version in V3 {
        let config = Config::default().manual_credit(true);
        let mut victim = Victim::new(Session::server(version, config));
        let stream = victim.open(false);
        let frame = victim.wire.data(stream, &[7; 16 * 1024], false);
        for _ in 0..4 {
            assert!(victim.hear(&frame));
        }
        let one_more = victim.wire.data(stream, b"x", false);
        let is_alive = victim.hear(&one_more);
        assert_eq!(is_alive, version == Version::Spdy3);
        if is_alive {
            assert_eq!(victim.session.open_streams(), 0);
            victim.lives_on();
        } else {
            victim.dies_of(|error| *error == SessionError::Flow(FlowFault::Overrun));
        }
    }
}

/// All that the peer may do to a window, at its edges, against plain arithmetic.
#[test]
fn windows_at_their_edges() {
    const MAX: i64 = 0x7FFF_FFFF;
    let sizes = [0, 1, 65_535, 65_536, 0x7FFF_FFFE, 0x7FFF_FFFF, 0x8000_0000u32];
    for version in V3 {
        for first in sizes {
            for delta in sizes {
                for second in sizes {
                    let mut server = Session::server(version, Config::default());
                    let mut wire = Wire::new(version, spdy::Role::Client);
                    let (stream, syn) = wire.syn(true);
                    feed(&mut server, &syn).unwrap();
                    server.reply(id(stream), OK, false).unwrap();
                    server.send_data(id(stream), &[7; 10][..], false).unwrap();
                    drain(&mut server);

                    // Ten bytes were sent. What is expected is 'over' for the session, or the stream.
                    let settings = |size: i64, before: Result<i64, bool>, initial: i64| match before
                    {
                        Err(true) => Err(true),
                        _ if size > MAX => Err(true),
                        Err(false) => Err(false),
                        Ok(window) if window + size - initial > MAX => Err(false),
                        Ok(window) => Ok(window + size - initial),
                    };
                    // The highest bit of a delta is not part of it.
                    let given = i64::from(delta & 0x7FFF_FFFF);
                    let update = |before: Result<i64, bool>| match before {
                        Ok(_) if given == 0 => Err(false),
                        Ok(window) if window + given > MAX => Err(false),
                        Ok(window) => Ok(window + given),
                        over => over,
                    };
                    let initial = 65_536;
                    let expected = settings(i64::from(first), Ok(initial - 10), initial);
                    let expected = settings(i64::from(second), update(expected), i64::from(first));

                    let payload = [id(stream).get().to_be_bytes(), delta.to_be_bytes()].concat();
                    let frames = [
                        wire.frame(&initial_window(first)),
                        crate::common::control_bytes_of(3, 9, 0, &payload),
                        wire.frame(&initial_window(second)),
                    ];
                    let result = feed(&mut server, &frames.concat());
                    let context = format!("{version:?} {first} {delta} {second}");
                    match expected {
                        Err(true) => assert!(result.is_err(), "{context}: {result:?}"),
                        Err(false) => {
                            let mut events =
                                result.unwrap_or_else(|error| panic!("{context}: {error}"));
                            events.retain(|event| matches!(event, Event::Aborted { .. }));
                            assert_eq!(events.len(), 1, "{context}");
                        }
                        Ok(window) => {
                            assert!(result.is_ok(), "{context}: {result:?}");
                            let sent = 200_000;
                            server.send_data(id(stream), vec![7; sent], false).unwrap();
                            let most =
                                if version == Version::Spdy3 { window } else { window.min(65_526) };
                            let most = most.clamp(0, sent as i64) as usize;
                            drain(&mut server);
                            assert_eq!(server.queued(), sent - most, "{context}");
                        }
                    }
                }
            }
        }
    }
}

/// Bytes of streams that are reset, refused, unknown, over, or read and never released: the session's
/// window gets every one of them back, once.
#[test]
fn credit_that_is_not_lost() {
    for version in V3 {
        let mut server = Session::server(version, Config::default().max_resets(100_000));
        let mut wire = Wire::new(version, spdy::Role::Client);
        let mut decoder = Decoder::new(version, Limits::default());
        let (mut given, mut sent) = (0, 0);
        for round in 0..rounds(2_000) {
            let (stream, syn) = wire.syn(false);
            let mut input = syn;
            let mut say = |stream: u32, len: usize| {
                sent += len;
                wire.data(stream, &[7; 10_000][..len], false)
            };
            match round % 5 {
                0 => input.extend(say(stream, 10_000)),
                1 => input.extend([say(stream, 500), say(stream + 2_000_000, 700)].concat()),
                2 => input.extend(say(1, 300)), // over, but for the first round
                3 => input.extend(say(stream, 9_000)),
                _ => input.extend([say(stream, 1), say(stream, 2)].concat()),
            }
            feed(&mut server, &input).unwrap();
            match round % 3 {
                0 => server.fin_stream(id(stream), Status::REFUSED_STREAM).unwrap(),
                1 => {
                    let reset = wire.frame(&fin_stream(stream, Status::CANCEL));
                    feed(&mut server, &reset).unwrap();
                }
                _ => {
                    server.reply(id(stream), OK, true).unwrap();
                    let end = wire.data(stream, b"", true);
                    feed(&mut server, &end).unwrap();
                }
            }
            let mut output = &drain(&mut server)[..];
            while let Some(frame) = decoder.decode(&mut output).unwrap() {
                if let Frame::WindowUpdate(update) = frame {
                    given +=
                        if update.stream == StreamId::ZERO { update.delta as usize } else { 0 };
                }
            }
        }
        let has_session_window = version == Version::Spdy3_1;
        assert_eq!(given, if has_session_window { sent } else { 0 });
    }
}

/// A caller that releases what was never delivered, of streams that never were.
#[test]
fn credit_that_is_not_due() {
    for version in Version::ALL {
        let config = Config::default().manual_credit(true);
        let mut server = Session::server(version, config);
        let (output, cost) = cost(|| {
            for stream in 0..1_000 {
                server.release(id(stream), usize::MAX);
            }
            drain(&mut server)
        });
        assert_eq!((output.len(), cost.live), (0, 0));
    }
}
