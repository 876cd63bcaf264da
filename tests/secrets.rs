//! What the length of a header block tells of a secret in it (CRIME, CVE-2012-4929): its length, and
//! nothing that a guess could confirm.

mod common;

use bytes::BytesMut;
use common::drain;
use spdy::codec::{Decoder, Encoder, Limits};
use spdy::frame::{Frame, SynReply};
use spdy::{Compression, Config, Headers, Session, StreamId, Version};

const SECRET: &str = "kq7xw2bz9mpj4fvt6hrc8dyg3nls5aeu";

/// The characters that a guess goes through.
fn alphabet() -> impl Iterator<Item = char> {
    ('a'..='z').chain('A'..='Z').chain('0'..='9').chain(['-', '_'])
}

/// The lengths of three blocks of one session, of which the first and the third hold the secret, and
/// all hold a guess of it in their URL: a prefix that is known, and one character more.
fn lengths(name: &str, secret: &str, guess: &str, secret_first: bool, marked: bool) -> [usize; 3] {
    let mut encoder = Encoder::new(Version::Spdy3_1, Compression::On);
    let url = format!("/search?q={name}={guess}");
    let list = |has_secret: bool| {
        let mut list = Headers::new();
        let add = |list: &mut Headers| {
            if marked {
                list.append_sensitive(name, secret);
            } else {
                list.append(name, secret);
            }
        };
        if has_secret && secret_first {
            add(&mut list);
        }
        list.append(":path", &url);
        if has_secret && !secret_first {
            add(&mut list);
        }
        list.append("accept", "*/*");
        list
    };
    [true, false, true].map(|has_secret| {
        let mut wire = BytesMut::new();
        let reply = SynReply::new(StreamId::new(1), list(has_secret));
        encoder.encode(&Frame::SynReply(reply), &mut wire).unwrap();
        wire.len()
    })
}

/// All guesses of the next character behind so many known ones.
fn guesses(known: usize) -> Vec<String> {
    alphabet().map(|next| format!("{}{next}", &SECRET[..known])).collect()
}

/// Whatever is guessed, the lengths are those of any other secret: 64 guesses tell nothing of it.
#[test]
fn no_guess_of_a_secret_changes_the_length() {
    let names = [
        ("cookie", false),
        ("set-cookie", false),
        ("authorization", false),
        ("proxy-authorization", false),
        ("x-token", true),
    ];
    // Another secret of the same length, of which no guess is a part.
    let other = "0".repeat(SECRET.len());
    for (name, marked) in names {
        for secret_first in [true, false] {
            for known in [0, 1, 5, 20] {
                for guess in guesses(known) {
                    let right = lengths(name, SECRET, &guess, secret_first, marked);
                    let wrong = lengths(name, &other, &guess, secret_first, marked);
                    assert_eq!(right, wrong, "{name} {guess} {secret_first}");
                }
            }
        }
    }
}

/// A session as it is without any choice of the caller's. The guess is a prefix alone, or one behind
/// the bytes that stand before the value in a block: the name and the length.
#[test]
fn sixty_four_guesses_have_the_same_length_by_default() {
    for version in [Version::Draft1, Version::Spdy2, Version::Spdy3, Version::Spdy3_1] {
        // The lengths of SPDY/3 have zeros that no value can have.
        let is_narrow = matches!(version, Version::Draft1 | Version::Spdy2);
        let behind_name = if is_narrow { "cookie\0\x20" } else { "cookie" };
        for before in ["", behind_name] {
            for secret_first in [true, false] {
                let all: Vec<_> = guesses(5)
                    .iter()
                    .map(|guess| {
                        opened(version, &format!("/?q={before}{guess}&page=1"), secret_first)
                    })
                    .collect();
                assert_eq!(all.len(), 64);
                assert!(all.iter().all(|one| *one == all[0]), "{version:?} {before:?} {all:?}");
            }
        }
    }
}

/// The lengths of three streams' SYN_STREAMs, of which the first and the last have the cookie.
fn opened(version: Version, url: &str, secret_first: bool) -> [usize; 3] {
    let mut client = Session::client(version, Config::default());
    [true, false, true].map(|has_secret| {
        let mut list = Headers::new();
        if has_secret && secret_first {
            list.append("cookie", SECRET);
        }
        list.append("url", url);
        if has_secret && !secret_first {
            list.append("cookie", SECRET);
        }
        client.open(list).unwrap();
        drain(&mut client).len()
    })
}

/// The attack works on a header that is not protected: the tests above can fail.
#[test]
fn a_header_that_is_no_secret_can_be_guessed() {
    let all: Vec<_> =
        guesses(20).iter().map(|guess| lengths("x-token", SECRET, guess, true, false)[0]).collect();
    let right = alphabet().position(|next| SECRET[20..].starts_with(next)).unwrap();
    let least = *all.iter().min().unwrap();
    assert_eq!(all[right], least);
    assert!(all.iter().filter(|length| **length == least).count() < 64);
}

/// However a secret is kept, nothing that can be printed for debugging has it, as text or as numbers.
#[test]
fn debug_shows_no_secret_value() {
    let numbers: Vec<_> = SECRET.bytes().take(8).map(|byte| byte.to_string()).collect();
    let shows = |text: &str| text.contains(&SECRET[..8]) || text.contains(&numbers.join(", "));
    assert!(shows(&format!("{SECRET:?} {:?}", SECRET.as_bytes())));

    let mut list = Headers::from([(":method", "GET"), ("cookie", SECRET), ("set-cookie", SECRET)]);
    list.append("authorization", SECRET);
    list.append("proxy-authorization", SECRET);
    list.append_sensitive("x-token", SECRET);
    let text = format!("{list:?}");
    assert!(!shows(&text) && text.contains("cookie") && text.contains("GET"), "{text}");

    for version in Version::ALL {
        for compression in [Compression::On, Compression::Off] {
            let config = Config::default().compression(compression);
            let mut client = Session::client(version, config);
            let mut server = Session::server(version, config);
            // A mark stays on its side: the other end knows secrets by their names alone.
            let mut known = list.clone();
            known.remove("x-token");
            client.open(known).unwrap();
            assert!(!shows(&format!("{client:?}")), "queued: {version} {compression:?}");
            assert!(!shows(&format!("{:?}", client.output())), "staged: {version} {compression:?}");
            assert!(!shows(&format!("{client:?}")), "staged: {version} {compression:?}");
            let wire = drain(&mut client);
            let (mut begun, mut rest) = wire.split_at(wire.len() - 1);
            assert_eq!(server.next_event(&mut begun).unwrap(), None);
            assert!(!shows(&format!("{server:?}")), "begun: {version} {compression:?}");
            let event = server.next_event(&mut rest).unwrap().unwrap();
            assert!(!shows(&format!("{event:?}")), "{version} {compression:?}");
            assert!(!shows(&format!("{server:?} {client:?}")), "kept: {version} {compression:?}");

            let mut wire = BytesMut::new();
            let mut encoder = Encoder::new(version, compression);
            let frame = Frame::SynReply(SynReply::new(StreamId::new(1), list.clone()));
            encoder.encode(&frame, &mut wire).unwrap();
            let mut decoder = Decoder::new(version, Limits::default());
            let mut begun = wire.split_to(wire.len() - 1);
            assert_eq!(decoder.decode(&mut begun), Ok(None));
            assert!(!shows(&format!("{frame:?} {encoder:?} {decoder:?}")), "{version}");
            assert!(decoder.decode(&mut wire).unwrap().is_some());
            assert!(!shows(&format!("{decoder:?}")), "{version} {compression:?}");
        }
    }
}
