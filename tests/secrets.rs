//! What the length of a header block tells of a secret in it (CRIME, CVE-2012-4929): its length, and
//! nothing that a guess could confirm.

use bytes::BytesMut;
use spdy::codec::Encoder;
use spdy::frame::{Frame, SynReply};
use spdy::{Compression, Headers, StreamId, Version};

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
