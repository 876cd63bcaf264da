//! Header blocks that are small on the wire and cost memory or work, that lie, or that smuggle.

use bytes::BytesMut;
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::frame::{Frame, SynReply};
use spdy::{
    Compression, DecodeErrorKind, Event, GoAwayStatus, Headers, InflateError, Scope, SessionError,
    Status, Version,
};

use crate::common::{feed_to_the_end, fin_stream, id};
use crate::victim::{EVERY, Victim, rounds};
use crate::wire::{Bits, FLUSH, deflated, dictionary_id, stored};

fn is_inflate_error(error: &SessionError, wanted: InflateError) -> bool {
    let kind = DecodeErrorKind::Inflate(wanted);
    matches!(error, SessionError::Decode(error) if error.kind == kind)
}

/// A list whose block inflates to so many bytes, nearly: one value of the same byte.
fn list_of(victim: &Victim, len: usize) -> Vec<u8> {
    let value = vec![b'a'; len];
    victim.wire.plain(&[(b"a", &value)])
}

/// A server with an open stream 1, and HEADERS (SUBRESOURCE) for it: a block that costs no stream.
fn on_an_open_stream(version: Version) -> Victim {
    Victim::with_streams(version, 1)
}

// Bombs.

/// CVE-2026-43970, CVE-2026-55833
#[test]
fn a_block_of_64_mib() {
    for version in EVERY {
        let mut victim = Victim::with_streams(version, 1);
        let block = deflated(&vec![b'a'; 63 * 1024 * 1024]);
        assert!(block.len() < 65_000, "{}", block.len());
        let stream = victim.wire.next_stream();
        let mut bomb = victim.wire.with_block(1, 0, stream, 1, &block);
        bomb.resize(1024 * 1024, 0);
        assert!(!victim.hear(&bomb));
        let limit = 256 * 1024;
        victim.dies_of(|error| is_inflate_error(error, InflateError::TooMuchOutput { limit }));
    }
}

/// Just below the hard limit: each costs a stream and is inflated to its end.
#[test]
fn bombs_that_open_streams() {
    for version in EVERY {
        let mut victim = Victim::with_streams(version, 1);
        let block = deflated(&list_of(&victim, 261_000));
        let count = (0..1_000).take_while(|_| {
            let stream = victim.wire.next_stream();
            let bomb = victim.wire.with_block(1, 0, stream, 1, &block);
            victim.hear(&bomb)
        });
        assert_eq!(count.count(), 200);
        victim.dies_of(|error| *error == SessionError::TooManyResets);
    }
}

/// The same on a stream that is over, where they cost none: text of some period, so that matches come
/// from so many bytes before.
#[test]
fn bombs_on_a_stream_that_is_over() {
    for version in EVERY {
        for (period, fixed) in
            [1, 2, 3, 5, 300].into_iter().flat_map(|it| [(it, false), (it, true)])
        {
            let mut victim = Victim::with_streams(version, 1);
            let reset = victim.wire.frame(&fin_stream(1, Status::CANCEL));
            victim.hear(&reset);
            let text: Vec<u8> = (0..261_000).map(|at| b'a' + (at % period % 26) as u8).collect();
            let block = if fixed {
                let mut bits = Bits::default();
                bits.repeat(261_000 - period, period);
                [stored(&text[..period]), bits.flushed()].concat()
            } else {
                deflated(&text)
            };
            for _ in 0..rounds(20) {
                let bomb = victim.wire.with_block(2, 0, 1, 1, &block);
                assert!(victim.hear(&bomb));
            }
            victim.lives_on();
        }
    }
}

/// The largest lists that are taken, from the fewest bytes, again and again.
#[test]
fn lists_at_the_soft_limit() {
    let long = [b'a'; 65_000];
    let with_tab = [&long[1..], b"\t"].concat();
    let many = [[b'a'; 250]; 220].join(&0);
    let wide = "\u{e9}".repeat(32_000).into_bytes();
    let shapes =
        [(&b"a"[..], &long[..]), (b"a", &with_tab), (b"a", &many), (&long, b"a"), (&wide, b"a")];
    for version in EVERY {
        for (name, value) in shapes {
            let mut victim = on_an_open_stream(version);
            let block = deflated(&victim.wire.plain(&[(name, value)]));
            let mut events = 0;
            for _ in 0..rounds(40) {
                let frame = victim.wire.with_block(8, 0, 1, 1, &block);
                if !victim.hear_and(&frame, |_, _| events += 1)
                    || victim.session.open_streams() == 0
                {
                    break;
                }
            }
            // So long a name beyond ASCII is refused everywhere: the first costs the stream.
            assert_eq!(events, if name == wide { 1 } else { rounds(40) });
            victim.lives_on();
        }
    }
}

// Blocks of deflate.

/// Header blocks that are an empty list and what makes an inflater work besides.
fn empty_lists_and(count: u32, besides: impl Fn() -> Vec<u8>) {
    for version in EVERY {
        let mut victim = on_an_open_stream(version);
        let block = [stored(&victim.wire.plain(&[])), besides()].concat();
        for _ in 0..count {
            let frame = victim.wire.with_block(8, 0, 1, 0, &block);
            assert!(victim.hear(&frame));
        }
        victim.lives_on();
    }
}

/// So many blocks of deflate, flushed.
fn repeated(count: usize, block: fn(&mut Bits)) -> Vec<u8> {
    let mut bits = Bits::default();
    (0..count).for_each(|_| block(&mut bits));
    bits.flushed()
}

/// Ten bits each, and nothing in them.
#[test]
fn fixed_blocks_of_nothing() {
    empty_lists_and(rounds(20), || repeated(50_000, Bits::empty_fixed));
}

#[test]
fn stored_blocks_of_nothing() {
    empty_lists_and(rounds(20), || FLUSH.repeat(13_000));
}

/// Each makes an inflater build its tables.
#[test]
fn dynamic_blocks_of_nothing() {
    empty_lists_and(rounds(20), || repeated(5_000, Bits::empty_dynamic));
}

#[test]
fn a_dynamic_block_in_every_header_block() {
    empty_lists_and(rounds(2_000), || repeated(1, Bits::empty_dynamic));
}

// Lists.

/// CVE-2026-49975, CVE-2026-47774: two bytes for each value.
#[test]
fn values_of_one_byte() {
    for version in EVERY {
        let mut victim = on_an_open_stream(version);
        let value = b"a\0".repeat(32_000);
        let plain = victim.wire.plain(&[(b"cookie", &value[..value.len() - 1])]);
        let count = (0..1_000).take_while(|_| {
            let stream = victim.wire.next_stream();
            let syn = victim.wire.with_plain(1, 0, stream, 1, &plain);
            victim.hear(&syn)
        });
        assert_eq!(count.count(), 200);
        victim.dies_of(|error| *error == SessionError::TooManyResets);
    }
}

#[test]
fn names_of_one_byte() {
    for version in EVERY {
        let mut victim = on_an_open_stream(version);
        let pairs = [(&b"a"[..], &b"b"[..]); 5_000];
        let plain = victim.wire.plain(&pairs);
        let stream = victim.wire.next_stream();
        let syn = victim.wire.with_plain(1, 0, stream, pairs.len(), &plain);
        assert!(victim.hear(&syn));
        assert!(victim.session.stats().sent.frames(spdy::FrameType::FinStream) == 1);
        victim.lives_on();
    }
}

#[test]
fn names_of_no_bytes() {
    for version in EVERY {
        let mut victim = on_an_open_stream(version);
        let pairs = [(&b""[..], &b""[..]); 7_000];
        let plain = victim.wire.plain(&pairs);
        let stream = victim.wire.next_stream();
        let syn = victim.wire.with_plain(1, 0, stream, pairs.len(), &plain);
        assert!(victim.hear(&syn));
        assert!(victim.session.stats().sent.frames(spdy::FrameType::FinStream) == 1);
        victim.lives_on();
    }
}

/// As many names as may be, alike in length and at both ends, in a block that says no more than that
/// the last one comes again.
#[test]
fn names_that_look_alike() {
    for version in EVERY {
        let mut victim = on_an_open_stream(version);
        let name = |at: u8| [b'n', b'a' + at / 16, b'a' + at % 16, b'e'];
        let names: Vec<_> = (0..128).map(name).collect();
        let pairs: Vec<_> = names.iter().map(|name| (&name[..], &b"v"[..])).collect();
        let plain = victim.wire.plain(&pairs);
        let first = victim.wire.with_plain(8, 0, 1, 128, &plain);
        victim.hear(&first);
        let mut again = Bits::default();
        again.repeat(plain.len(), plain.len());
        let again = again.flushed();
        let mut events = 0;
        for _ in 0..rounds(2_000) {
            let frame = victim.wire.with_block(8, 0, 1, 128, &again);
            assert!(victim.hear_and(&frame, |_, _| events += 1));
        }
        assert_eq!(events, rounds(2_000));
        victim.lives_on();
    }
}

/// CVE-2026-35469, CVE-2014-0088: a count or length is never a size of memory.
#[test]
fn counts_and_lengths_that_lie() {
    let numbers =
        [0, 1, 1 << 15, (1 << 16) - 1, (1 << 24) - 1, (1 << 31) - 1, 1 << 31, u32::MAX as usize];
    for version in EVERY {
        for number in numbers {
            for field in 0..3 {
                let mut victim = on_an_open_stream(version);
                let plain = if victim.wire.is_draft_1() && field == 0 {
                    victim.wire.plain(&[(b"name", b"value")])
                } else {
                    let mut parts = [1, 4, 5].map(|right| victim.wire.number(right));
                    parts[field] = victim.wire.number(number);
                    let [count, name, value] = parts;
                    let count = if victim.wire.is_draft_1() { vec![] } else { count };
                    [&count, &name, &b"name"[..], &value, b"value"].concat()
                };
                let count = if field == 0 { number } else { 1 };
                let stream = victim.wire.next_stream();
                let syn = victim.wire.with_plain(1, 1, stream, count, &plain);
                let mut opened = false;
                assert!(victim.hear_and(&syn, |_, _| opened = true));
                let limit = if victim.wire.wire_version() == 3 { u32::MAX } else { 0xFFFF };
                let is_right = number as u32 & limit == [1, 4, 5][field];
                assert_eq!(opened, is_right, "{version:?} {field} {number}");
                assert!(victim.memory() <= 64 * 1024);
                victim.lives_on();
            }
        }
    }
}

// The zlib stream.

/// Every wrong dictionary, and every bit flip of the header.
#[test]
fn another_zlib_header() {
    for version in EVERY {
        let right = [&[0x78, 0xBB][..], &dictionary_id(version)].concat();
        let begin = |header: &[u8]| {
            let mut victim = Victim::server(version);
            let mut payload = victim.wire.fields(1, 1);
            let count = if victim.wire.is_draft_1() { vec![0, 1] } else { vec![] };
            payload.extend(count);
            payload.extend(header);
            payload.extend(stored(&victim.wire.plain(&[(b"name", b"value")])));
            payload.extend(FLUSH);
            let syn = victim.wire.control(1, 0, &payload);
            let is_taken = victim.hear(&syn);
            (victim, is_taken)
        };
        assert!(begin(&right).1);
        for bit in 0..48 {
            let mut header = right.clone();
            header[bit / 8] ^= 1 << (bit % 8);
            let (victim, is_taken) = begin(&header);
            assert!(!is_taken, "{version:?}: bit {bit}");
            // Draft 1 looks for the header at two places, and says what is wrong with the second.
            let is_draft_1 = victim.wire.is_draft_1();
            victim.dies_of(|error| {
                let id = u32::from_be_bytes([header[2], header[3], header[4], header[5]]);
                is_draft_1
                    && matches!(error, SessionError::Decode(error) if error.scope == Scope::Session)
                    || is_inflate_error(error, InflateError::Header)
                    || is_inflate_error(error, InflateError::WrongDictionary { id })
            });
        }
        // The other version's, that of spdy/2 without its last byte, and none.
        for id in [0xE3C6_A7C2u32, 0xDFA2_51B2, 0x8DF0_51B2, 0, 1] {
            let header = [&[0x78, 0xBB][..], &id.to_be_bytes()].concat();
            let (victim, is_taken) = begin(&header);
            if id.to_be_bytes() == dictionary_id(version) {
                assert!(is_taken);
            } else {
                let error = InflateError::WrongDictionary { id };
                victim.dies_of(|found| is_inflate_error(found, error));
            }
        }
        let (victim, _) = begin(&[0x78, 0x9C]);
        victim.dies_of(|error| is_inflate_error(error, InflateError::NoDictionary));
    }
}

/// Blocks of streams that are refused, unknown, over, too large, malformed, or behind our GOAWAY: the
/// next block refers to each of them.
#[test]
fn blocks_that_nobody_wants_are_in_the_context() {
    for version in Version::ALL {
        let mut victim = Victim::with_streams(version, 100);
        let reset = victim.wire.frame(&fin_stream(1, Status::CANCEL));
        victim.hear(&reset);
        victim.open(false); // Again there are a hundred.
        let (refused, over, unknown) = (victim.wire.next_stream(), 1, 99_999);
        let mut round = 0u32;
        let mut check = |victim: &mut Victim, number, stream| {
            round += 1;
            let value = format!("value number {round}");
            let plain = victim.wire.plain(&[(b"name", value.as_bytes())]);
            let unwanted = victim.wire.with_plain(number, 0, stream, 1, &plain);
            assert!(victim.hear_and(&unwanted, |_, event| panic!("{event:?}")));
            // Nothing but a match of all that was said.
            let mut bits = Bits::default();
            bits.repeat(plain.len(), plain.len());
            let wanted = victim.wire.with_block(8, 0, 3, 1, &bits.flushed());
            let mut found = None;
            victim.hear_and(&wanted, |_, event| found = Some(event));
            let (Some(Event::Headers { headers, .. }) | Some(Event::Subresource { headers, .. })) =
                found
            else {
                panic!("{found:?}");
            };
            assert_eq!(headers.get("name"), Some(value.as_bytes()));
        };
        check(&mut victim, 1, refused);
        check(&mut victim, 2, over);
        check(&mut victim, 2, unknown);
        victim.call(|session| session.go_away(GoAwayStatus::OK));
        let late = victim.wire.next_stream();
        check(&mut victim, 1, late);
        victim.survives();
    }
}

// What stands in a list.

/// Every byte in a name and in a value: what a decoder refuses no encoder writes, and what is taken
/// has no character that could be mistaken for the end of a line.
#[test]
fn every_byte_in_a_name_and_in_a_value() {
    for version in EVERY {
        for (byte, around) in (0..=255u8).flat_map(|byte| [(byte, 1), (byte, 150)]) {
            for in_name in [true, false] {
                let text = [&b"n".repeat(around)[..], &[byte], &b"m".repeat(around)].concat();
                let (name, value) =
                    if in_name { (&text[..], &b"value"[..]) } else { (&b"name"[..], &text[..]) };
                let mut victim = Victim::server(version);
                let stream = victim.wire.next_stream();
                let plain = victim.wire.plain(&[(name, value)]);
                let syn = victim.wire.with_plain(1, 0, stream, 1, &plain);
                let mut taken = None;
                victim.hear_and(&syn, |_, event| taken = Some(event));
                let is_taken = matches!(taken, Some(Event::SynStream { .. }));

                let is_upper = byte.is_ascii_uppercase();
                let expected = match (version, in_name) {
                    (Version::Draft1, true) => !byte.is_ascii_control() && byte.is_ascii(),
                    (Version::Draft1, false) => true,
                    (_, true) => byte.is_ascii_graphic() && !is_upper,
                    (_, false) => !byte.is_ascii_control() || matches!(byte, 0 | b'\t'),
                };
                assert_eq!(is_taken, expected, "{version:?} {byte} in a name: {in_name}");
                victim.lives_on();

                let Ok(name) = std::str::from_utf8(name) else { continue };
                let list = Headers::from([(name, value)]);
                let mut wire = BytesMut::new();
                let mut encoder = Encoder::new(version, Compression::Off);
                let reply = Frame::SynReply(SynReply::new(id(1), list));
                let is_written = encoder.encode(&reply, &mut wire).is_ok();
                // What we are given in upper case we write in lower case.
                let is_lowered = in_name && is_upper;
                assert_eq!(is_written, expected || is_lowered, "{version:?} {byte} {in_name}");
            }
        }
    }
}

/// The names that no encoder writes twice.
#[test]
fn a_name_twice() {
    for version in EVERY {
        for second in [&b"name"[..], b"Name"] {
            let mut victim = Victim::server(version);
            let stream = victim.wire.next_stream();
            let plain = victim.wire.plain(&[(b"name", b"1"), (second, b"2")]);
            let syn = victim.wire.with_plain(1, 0, stream, 2, &plain);
            let mut events = 0;
            assert!(victim.hear_and(&syn, |_, _| events += 1));
            assert_eq!(events, 0);
            victim.lives_on();
        }
    }
}

/// Whatever an attacker guesses, the length of a block tells nothing of the secret beside it: by
/// default of no header, and with compression of none that is known to be secret.
#[test]
fn lengths_of_blocks_tell_nothing() {
    let (secret, other) = ("session=kq7xw2bz9mpj4fvt6", "session=00000000000000000");
    let alphabet = ('a'..='z').chain('A'..='Z').chain('0'..='9').chain(['-', '_']);
    let guesses: Vec<_> = alphabet.map(|next| format!("/?session=kq7xw2{next}")).collect();
    assert_eq!(guesses.len(), 64);
    for version in EVERY {
        let lengths = |compression, name: &str, value: &str| -> Vec<usize> {
            let length = |guess: &String| {
                let mut encoder = Encoder::new(version, compression);
                let mut wire = BytesMut::new();
                for _ in 0..2 {
                    let list = [("url", guess.as_str()), (name, value)];
                    let reply = Frame::SynReply(SynReply::new(id(1), list));
                    encoder.encode(&reply, &mut wire).unwrap();
                }
                wire.len()
            };
            guesses.iter().map(length).collect()
        };
        let stored = lengths(Compression::Off, "x-anything", secret);
        assert!(stored.iter().all(|length| *length == stored[0]));
        for name in ["cookie", "set-cookie", "authorization", "proxy-authorization"] {
            let [right, wrong] = [secret, other].map(|it| lengths(Compression::On, name, it));
            assert_eq!(right, wrong, "{version:?} {name}");
        }
    }
}

/// Names are compared, not hashed: nothing depends on a key, and nobody can choose collisions.
#[test]
fn nothing_is_hashed() {
    let mut files = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut count = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let hashes = |line: &str| line.contains("HashMap") || line.contains("HashSet");
            assert!(!code.any(hashes), "{}", path.display());
            count += 1;
        }
    }
    assert!(count > 50);
}

/// After an error nothing is inflated any more.
#[test]
fn nothing_is_inflated_behind_an_error() {
    for version in Version::ALL {
        let mut victim = Victim::with_streams(version, 1);
        let plain = list_of(&victim, 1_000);
        let stream = victim.wire.next_stream();
        let mut syn = victim.wire.with_plain(1, 0, stream, 1, &plain);
        syn.truncate(syn.len() - 1);
        syn[7] -= 1; // The flush is cut.
        assert!(!victim.hear(&syn));
        let inflated = victim.session.stats().received.plain_header_bytes();
        let wire = victim.wire.with_plain(1, 0, 99, 1, &plain);
        let (events, end) = feed_to_the_end(&mut victim.session, &wire);
        assert!(events.is_empty() && end.is_err());
        assert_eq!(victim.session.stats().received.plain_header_bytes(), inflated);
        victim.dies_of(|error| is_inflate_error(error, InflateError::NotFlushed));

        let mut decoder = Decoder::new(version, Limits::default());
        assert!(decoder.decode(&mut &[0x80, 9, 0, 1, 0, 0, 0, 0][..]).is_err());
        let mut rest = &wire[..];
        assert!(decoder.decode(&mut rest).is_err());
        assert_eq!(rest.len(), wire.len());
    }
}
