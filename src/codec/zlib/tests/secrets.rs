//! What keeps secrets out of the length of the output.

use super::*;
use crate::codec::zlib::matcher::{Matcher, Protection};

/// A header block with a guess of its cookie in the URL: what is known of the cookie's value, behind
/// the bytes that stand before it or not, and one character more. Where the cookie is, if anywhere.
fn guess_block(guess: &[u8], cookie: Option<Order>) -> (Vec<u8>, Option<Range<usize>>) {
    let url = [&b"\0\x03url\0\x40/search?q="[..], guess, b"&page=1"].concat();
    let pair = [BEFORE, SECRET].concat();
    let (plain, start) = match cookie {
        None => return (url, None),
        Some(Order::CookieFirst) => ([&pair[..], &url].concat(), BEFORE.len()),
        Some(Order::UrlFirst) => ([&url[..], &pair].concat(), url.len() + BEFORE.len()),
    };
    (plain, Some(start..start + SECRET.len()))
}

#[derive(Clone, Copy)]
enum Order {
    CookieFirst,
    UrlFirst,
}

const BEFORE: &[u8] = b"\0\x06cookie\0\x20";
const SECRET: &[u8; 32] = b"kq7xw2bz9mpj4fvt6hrc8dyg3nls5aeu";
const KNOWN: usize = 6;

/// The lengths of a session's blocks for each of 64 guesses: with the cookie, without, and with it
/// again. All are read by the oracle, whatever protection is missing.
fn lengths(without: Option<Protection>, order: Order, before: &[u8]) -> Vec<[usize; 3]> {
    let alphabet = (b'a'..=b'z').chain(b'A'..=b'Z').chain(b'0'..=b'9').chain(*b"-_");
    let lengths = alphabet.map(|next| {
        let guess = [before, &SECRET[..KNOWN], &[next]].concat();
        let mut deflater = Deflater::new(Compression::On);
        let mut matcher = Matcher::over(dictionary());
        matcher.without = without;
        deflater.matcher = Some(Box::new(matcher));
        let mut oracle = Oracle::new(0, 0);
        let mut header = HEADER_LEN;
        [Some(order), None, Some(order)].map(|cookie| {
            let (plain, secret) = guess_block(&guess, cookie);
            let block = deflate_with(&mut deflater, &plain, secret.as_slice());
            let read = oracle.inflate(&block[core::mem::take(&mut header)..]);
            assert_eq!(read.as_ref(), Some(&plain), "{without:?}");
            block.len()
        })
    });
    lengths.collect()
}

/// All ways of guessing: before and behind the cookie, with the bytes that stand before it and without.
fn ways(without: Option<Protection>) -> impl Iterator<Item = Vec<[usize; 3]>> {
    let orders = [Order::CookieFirst, Order::UrlFirst];
    let ways = orders.into_iter().flat_map(|order| [b"", BEFORE].map(|before| (order, before)));
    ways.map(move |(order, before)| lengths(without, order, before))
}

/// CRIME: 64 guesses of the next character of a secret, in the same block and in later ones, cannot be
/// told apart.
#[test]
fn no_guess_of_a_secret_can_be_told_from_another() {
    for all in ways(None) {
        assert!(all.iter().all(|lengths| *lengths == all[0]), "{all:?}");
    }
}

/// Without one of them some block is shorter for the right guess than for any other.
#[test]
fn each_protection_of_a_secret_is_needed() {
    let right = usize::from(SECRET[KNOWN] - b'a');
    for without in [Protection::Target, Protection::Source] {
        let is_found = |all: Vec<[usize; 3]>| {
            (0..3).any(|block| {
                let others = all.iter().enumerate().filter(|(index, _)| *index != right);
                others.map(|(_, lengths)| lengths[block]).min() > Some(all[right][block])
            })
        };
        assert!(ways(Some(without)).any(is_found), "{without:?}");
    }
}

/// Secret bytes are literals wherever they stand again, and public ones are not.
#[test]
fn a_secret_is_sent_as_literals_and_not_kept() {
    let mut deflater = Deflater::new(Compression::On);
    let secret = b"kq7xw2bz9mpj4fvt6hrc8dyg3nls5aeu";
    let plain = [&b"cookie"[..], secret].concat();
    let range = 6..plain.len();
    let first = deflate_with(&mut deflater, &plain, core::slice::from_ref(&range));
    let again = deflate_with(&mut deflater, &plain, core::slice::from_ref(&range));
    assert!(first.len() >= secret.len() && again.len() >= secret.len());
    let public = deflate_with(&mut deflater, &plain, &[]);
    assert!(public.len() >= secret.len(), "nothing refers to it later, marked or not");
    let public = deflate_with(&mut deflater, &plain, &[]);
    assert!(public.len() < secret.len(), "what was public is referred to");
}

/// Where a secret was, our window holds zeros and the reader's the secret: nothing may refer there, also
/// when the window has moved on.
#[test]
fn zeros_behind_what_stood_before_a_secret_do_not_refer_to_it() {
    let (mut deflater, mut oracle) = (Deflater::new(Compression::On), Oracle::new(0, 0));
    let (mut header, mut state) = (HEADER_LEN, 1);
    let (mut last, secret) = (noise(&mut state, 500), 500..500 + SECRET.len());
    for block in 0..200 {
        let next = noise(&mut state, 500);
        let plain = [&next[..], SECRET, &last[480..], &[0; SECRET.len()]].concat();
        let written = deflate_with(&mut deflater, &plain, core::slice::from_ref(&secret));
        let read = oracle.inflate(&written[core::mem::take(&mut header)..]);
        assert_eq!(read.as_ref(), Some(&plain), "block {block}");
        last = next;
    }
}

/// More than are kept apart: the last ones count as one, with what stands between them.
#[test]
fn any_number_of_secrets_is_kept_out() {
    let (mut deflater, mut oracle) = (Deflater::new(Compression::On), Oracle::new(0, 0));
    let mut state = 1;
    let names: Vec<_> = (0..200).map(|_| noise(&mut state, 20)).collect();
    let with =
        |value: &[u8]| names.iter().map(|name| [name, value].concat()).collect::<Vec<_>>().concat();
    let secrets: Vec<_> = (0..names.len()).map(|at| at * 52 + 20..(at + 1) * 52).collect();
    let first = deflate_with(&mut deflater, &with(SECRET), &secrets);
    assert_eq!(oracle.inflate(&first[HEADER_LEN..]), Some(with(SECRET)));
    let second = deflate_with(&mut deflater, &with(&[0; SECRET.len()]), &[]);
    assert_eq!(oracle.inflate(&second), Some(with(&[0; SECRET.len()])));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Two secrets of the same length and public text around them: the output has the same length,
    /// now and later.
    #[test]
    fn the_length_of_the_output_does_not_depend_on_secrets(
        before in plain(),
        after in plain(),
        later in plain(),
        secret in prop::collection::vec(0x20..0x7Fu8, 1..60),
        seed in any::<u32>(),
        guess in 0..60usize,
    ) {
        let other = noise(&mut { seed }, secret.len());
        let guess = secret[..guess.min(secret.len())].to_vec();
        let lengths = [&secret, &other].map(|secret| {
            let mut deflater = Deflater::new(Compression::On);
            let first = [&before[..], &guess, secret, &guess, &after].concat();
            let start = before.len() + guess.len();
            let range = start..start + secret.len();
            let blocks = [
                deflate_with(&mut deflater, &first, core::slice::from_ref(&range)),
                deflate_with(&mut deflater, &[&later[..], &guess].concat(), &[]),
                deflate_with(&mut deflater, &first, core::slice::from_ref(&range)),
            ];
            blocks.map(|block| block.len())
        });
        prop_assert_eq!(lengths[0], lengths[1]);
    }
}
