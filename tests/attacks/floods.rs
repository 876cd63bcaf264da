//! Frames that are cheap to send, one after the other.

use spdy::frame::{Credential, Frame, GoAway};
use spdy::{DecodeErrorKind, PingId, SessionError, SettingId, Settings, Version};

use crate::common::{id, window_update};
use crate::victim::{EVERY, NEWER, Victim, accept, rounds};

const V3: [Version; 2] = [Version::Spdy3, Version::Spdy3_1];

fn ping(number: u32) -> Frame {
    Frame::Ping(PingId::new(number))
}

fn is_decode_error(error: &SessionError, is_right: impl Fn(&DecodeErrorKind) -> bool) -> bool {
    matches!(error, SessionError::Decode(error) if is_right(&error.kind))
}

/// Says a frame again and again, some at a time.
fn repeat(victim: &mut Victim, frame: &[u8], usual: u32) {
    let at_a_time = 64;
    let some = frame.repeat(at_a_time);
    for _ in 0..rounds(usual).div_ceil(at_a_time as u32) {
        assert!(victim.hear(&some), "{:?}", victim.end());
    }
}

#[test]
fn pings_whose_echoes_nobody_reads() {
    for version in EVERY {
        let mut victim = Victim::server(version).unread();
        let ping = victim.wire.frame(&ping(1));
        while victim.hear(&ping) {}
        victim.dies_of(|error| *error == SessionError::TooManyReplies);
    }
}

#[test]
fn pings_whose_echoes_are_read() {
    for version in EVERY {
        let mut victim = Victim::server(version);
        let ping = victim.wire.frame(&ping(1));
        repeat(&mut victim, &ping, 100_000);
        victim.lives_on();
    }
}

/// Answers to PINGs that were never sent.
#[test]
fn pings_of_the_other_parity() {
    for version in EVERY {
        let mut victim = Victim::server(version).unread();
        let ping = victim.wire.frame(&ping(2));
        repeat(&mut victim, &ping, 100_000);
        assert!(!victim.session.wants_write());
        victim.lives_on();
    }
}

#[test]
fn settings_without_end() {
    for version in Version::ALL {
        let mut victim = Victim::server(version);
        let settings = Settings::from([(SettingId(77), 1), (SettingId::ROUND_TRIP_TIME, 2)]);
        let settings = victim.wire.frame(&Frame::Settings(settings));
        repeat(&mut victim, &settings, 100_000);
        victim.lives_on();
    }
}

/// Each moves the windows of a hundred streams that have data waiting. In 3.1 the session's window is
/// shut, so that they open and shut without end; in 3 the first byte has left when they stay shut.
#[test]
fn settings_that_move_the_windows_of_many_streams() {
    for version in V3 {
        let mut victim = Victim::with_streams(version, 100);
        let payload = &[7; 70_000][..];
        victim.call(|session| session.send_data(id(1), payload, true)).unwrap();
        let mut moved = |size: u32| {
            let settings = Settings::from([(SettingId::INITIAL_WINDOW_SIZE, size)]);
            victim.wire.frame(&Frame::Settings(settings))
        };
        let (down, up) = (moved(0), moved(1));
        assert!(victim.hear(&down));
        for stream in 1..100 {
            victim.call(|session| session.send_data(id(2 * stream + 1), payload, true)).unwrap();
        }
        repeat(&mut victim, &[up, down].concat(), 4_000);
        assert!(victim.session.queued() > 6_900_000);
        victim.survives();
    }
}

/// CVE-2026-55831
#[test]
fn settings_of_many_ids() {
    for version in Version::ALL {
        let mut victim = Victim::server(version);
        let count = 262_144u32;
        let mut frame = victim.wire.frame(&Frame::Settings(Settings::default()));
        frame[5..8].copy_from_slice(&(4 + 8 * count).to_be_bytes()[1..]);
        frame[8..].copy_from_slice(&count.to_be_bytes());
        frame.extend((0..8 * count).map(|at| at as u8));
        victim.hear(&frame);
        assert!(victim.memory() <= 1024, "it is refused from its head");
        victim.dies_of(|error| {
            is_decode_error(error, |kind| *kind == DecodeErrorKind::TooManyEntries { limit: 32 })
        });
    }
}

/// CVE-2019-9518, RUSTSEC-2026-0258
#[test]
fn data_of_no_bytes() {
    for version in EVERY {
        let mut victim = Victim::with_streams(version, 1);
        let data = victim.wire.data(1, b"", false);
        let count = (0..1_000).take_while(|_| victim.hear(&data)).count();
        assert_eq!(count, 100);
        victim.dies_of(|error| *error == SessionError::TooManyEmptyFrames);
    }
}

#[test]
fn headers_of_no_pairs() {
    for version in NEWER {
        let mut victim = Victim::with_streams(version, 1);
        let headers = victim.wire.with_list(8, 0, 1, &().into());
        repeat(&mut victim, &headers, 50_000);
        victim.lives_on();
    }
}

#[test]
fn subresources_of_no_pairs() {
    let mut victim = Victim::with_streams(Version::Draft1, 1);
    let headers = victim.wire.with_list(8, 0, 1, &().into());
    repeat(&mut victim, &headers, 50_000);
    victim.lives_on();
}

#[test]
fn data_of_one_byte() {
    for version in EVERY {
        let mut victim = Victim::with_streams(version, 1);
        let data = victim.wire.data(1, b"x", false);
        repeat(&mut victim, &data, 100_000);
        victim.lives_on();
    }
}

/// Every byte is given back to the stream and the session, in frames that nobody takes.
#[test]
fn data_of_one_byte_whose_credit_nobody_reads() {
    for version in V3 {
        let mut victim = Victim::with_streams(version, 50).unread();
        let wires: Vec<_> =
            (0..50).map(|stream| victim.wire.data(2 * stream + 1, b"x", false)).collect();
        for round in 0..rounds(50_000) as usize {
            assert!(victim.hear(&wires[round % 50]));
        }
        victim.lives_on();
    }
}

/// RUSTSEC-2024-0003
#[test]
fn faults_whose_answers_nobody_reads() {
    for version in EVERY {
        let mut victim = Victim::server(version).unread();
        let mut count = 0;
        loop {
            let data = victim.wire.data(2 * count + 1, b"?", false);
            if !victim.hear(&data) {
                break;
            }
            count += 1;
        }
        assert_eq!(count as usize, 64 * 1024 / victim.answer_len());
        victim.dies_of(|error| *error == SessionError::TooManyReplies);
    }
}

#[test]
fn faults_whose_answers_are_read() {
    for version in EVERY {
        let mut victim = Victim::server(version);
        for number in 0..rounds(50_000) {
            let data = victim.wire.data(1_000_001 + 2 * number, b"?", false);
            assert!(victim.hear(&data));
        }
        victim.lives_on();
    }
}

#[test]
fn frames_of_unknown_types() {
    for version in EVERY {
        for (number, length) in [(99, 0), (0xFFFF, 100), (5, 0), (5, 12)] {
            let is_noop = version == Version::Draft1 || version == Version::Spdy2;
            if number == 5 && length > 0 && !is_noop {
                continue;
            }
            let mut victim = Victim::server(version).unread();
            let frame = victim.wire.control(number, 0xFF, &vec![7; length]);
            repeat(&mut victim, &frame, 50_000);
            victim.lives_on();
        }
    }
}

#[test]
fn a_frame_of_an_unknown_type_and_16_mib() {
    for version in Version::ALL {
        let mut victim = Victim::server(version);
        let wire_version = victim.wire.wire_version();
        victim.hear(&[0x80, wire_version, 0, 99, 0, 0xFF, 0xFF, 0xFF]);
        let piece = vec![7; 64 * 1024];
        for _ in 0..255 {
            victim.hear(&piece);
        }
        victim.hear(&piece[..0xFFFF]);
        assert!(victim.memory() <= 1024);
        victim.lives_on();
    }
}

/// A control frame of the largest length there is, and one of the largest that is taken.
#[test]
fn lengths_that_are_only_claimed() {
    for version in Version::ALL {
        for number in 1..=11 {
            for length in [0x00FF_FFFFu32, 64 * 1024] {
                let mut victim = Victim::server(version);
                let [_, a, b, c] = length.to_be_bytes();
                let is_taken =
                    victim.hear(&[0x80, victim.wire.wire_version(), 0, number, 0, a, b, c]);
                assert!(victim.memory() <= 1024, "type {number} of {version:?}, {length}");
                if is_taken {
                    victim.hear(&[0; 100]);
                    assert!(victim.memory() <= 1024);
                    victim.survives();
                } else {
                    victim.dies_of(|error| {
                        is_decode_error(error, |kind| {
                            matches!(
                                kind,
                                DecodeErrorKind::FrameTooLarge { .. }
                                    | DecodeErrorKind::TooManyEntries { .. }
                                    | DecodeErrorKind::Length { .. }
                            )
                        })
                    });
                }
            }
        }
    }
}

#[test]
fn a_control_frame_that_comes_byte_by_byte() {
    for version in EVERY {
        let mut victim = Victim::server(version);
        let stream = victim.wire.next_stream();
        let value = vec![b'v'; 60_000];
        let plain = victim.wire.plain(&[(b"name", &value)]);
        let syn = victim.wire.with_plain(1, 0, stream, 1, &plain);
        victim.hear_pieces(&syn, 1, accept);
        victim.lives_on();
    }
}

#[test]
fn credentials() {
    let mut victim = Victim::server(Version::Spdy3);
    let credential = |len: usize, count| {
        let certificate = bytes::Bytes::from(vec![7; len]);
        Frame::Credential(Credential::new(1, certificate.clone(), vec![certificate; count]))
    };
    let small = victim.wire.frame(&credential(0, 32));
    repeat(&mut victim, &small, 20_000);
    let large = victim.wire.frame(&credential(1_900, 32));
    for _ in 0..rounds(1_000) {
        assert!(victim.hear(&large));
    }
    assert!(victim.memory() <= 1024);
    victim.lives_on();
}

#[test]
fn go_aways_over_many_streams() {
    for version in Version::ALL {
        let mut victim = Victim::client(version);
        let streams: Vec<_> = (0..1_000).map(|_| victim.ask()).collect();
        // Down to the half of them, one by one, and then the same again and again.
        for at in 0..rounds(50_000) {
            let good = streams[1_000usize.saturating_sub(at as usize).max(500) - 1];
            let go_away = victim.wire.frame(&Frame::GoAway(GoAway::new(id(good))));
            assert!(victim.hear(&go_away));
        }
        victim.survives();
    }
}

#[test]
fn window_updates_for_streams_that_are_not_there() {
    for version in V3 {
        let mut victim = Victim::server(version).unread();
        let update = victim.wire.frame(&window_update(999, 0x7FFF_FFFF));
        repeat(&mut victim, &update, 50_000);
        victim.lives_on();
    }
}
