//! What SPDY/3 and 3.1 send under windows that the peer moves as it likes, held against sums that are
//! kept from the frames alone.

#[path = "common/carrier.rs"]
mod carrier;
mod common;
#[path = "common/scenario.rs"]
mod scenario;
#[path = "common/strategies.rs"]
mod strategies;

use std::collections::BTreeMap;

use common::{Peer, feed_to_the_end, id, told};
use proptest::prelude::*;
use scenario::*;
use spdy::frame::Frame;
use spdy::{Config, Session, Status, Version};

const MAX: i64 = 0x7FFF_FFFF;

#[derive(Clone, Debug)]
enum Op {
    Open,
    Send(usize, usize, bool),
    Update(Option<usize>, u32),
    Initial(u32),
    Reset(usize, bool),
}

fn op() -> impl Strategy<Value = Op> {
    let pick = || 0..6usize;
    let len = prop_oneof![4 => 0..100usize, 2 => 0..20_000usize, 1 => 0..150_000usize];
    let delta = prop_oneof![
        10 => 1..100u32,
        10 => 1..70_000u32,
        1 => Just(0),
        2 => 0x7FFE_0000..=0x7FFF_FFFFu32,
    ];
    let size = prop_oneof![
        4 => 0..100u32,
        4 => 0..100_000u32,
        1 => Just(0x7FFF_FFFF),
        1 => 0x7FFE_0000..0x8001_0000u32,
    ];
    prop_oneof![
        4 => Just(Op::Open),
        10 => (pick(), len, prop::bool::weighted(0.2)).prop_map(|(s, l, f)| Op::Send(s, l, f)),
        10 => (prop::option::weighted(0.6, pick()), delta).prop_map(|(s, d)| Op::Update(s, d)),
        4 => size.prop_map(Op::Initial),
        1 => (pick(), any::<bool>()).prop_map(|(s, ours)| Op::Reset(s, ours)),
    ]
}

/// A stream of ours.
#[derive(Debug, Default)]
struct Sums {
    asked: i64,
    asked_fin: bool,
    sent: i64,
    sent_fin: bool,
    given: i64,
}

struct Sender {
    version: Version,
    session: Session,
    raw: Raw,
    ears: Peer,
    live: BTreeMap<u32, Sums>,
    initial: i64,
    whole: Sums,
}

impl Sender {
    fn window(&self, sums: &Sums) -> i64 {
        self.initial + sums.given - sums.sent
    }

    /// What the session may still send.
    fn session_window(&self) -> i64 {
        if self.version == Version::Spdy3_1 {
            65_536 + self.whole.given - self.whole.sent
        } else {
            MAX
        }
    }

    /// The peer says something; what is told of streams must be this, and the session must live or not.
    fn says(&mut self, wire: &[u8], aborted: &[(u32, &str)], is_fatal: bool) -> Result<(), ()> {
        let (events, end) = feed_to_the_end(&mut self.session, wire);
        assert_eq!(end.is_err(), is_fatal, "{end:?}");
        if is_fatal {
            return Err(());
        }
        let mut events = told(&events);
        events.retain(|event| !event.starts_with("Settings"));
        assert_eq!(events.len(), aborted.len(), "{events:?} in place of {aborted:?}");
        // In which order SETTINGS cost several streams is nobody's rule.
        let mut expected: Vec<_> = aborted
            .iter()
            .map(|(stream, status)| {
                format!("Aborted {stream} Local(Status({}), Flow(", code(status))
            })
            .collect();
        events.sort();
        expected.sort();
        for (event, expected) in events.iter().zip(&expected) {
            assert!(event.starts_with(expected), "{event} in place of {expected}");
        }
        for (stream, _) in aborted {
            self.live.remove(stream);
        }
        let resets = aborted.iter().map(|(stream, status)| rst(*stream, status));
        self.hear(&resets.collect::<Vec<_>>());
        Ok(())
    }

    /// All that goes out; nothing but DATA and these.
    fn hear(&mut self, others: &[String]) {
        let (before, mut heard) = (self.session_window(), Vec::new());
        let windows: BTreeMap<_, _> =
            self.live.iter().map(|(stream, sums)| (*stream, self.window(sums))).collect();
        let (mut whole, mut sent) = (0, BTreeMap::<u32, i64>::new());
        for frame in self.ears.hear(&mut self.session) {
            let Frame::Data(data) = &frame else {
                heard.push(frame.display(self.version).to_string());
                continue;
            };
            let (stream, len) = (data.stream.get(), data.payload.len() as i64);
            let sums = self.live.get_mut(&stream).unwrap();
            assert!(!sums.sent_fin && (len > 0 || data.fin), "{stream}");
            sums.sent += len;
            sums.sent_fin = data.fin;
            assert!(!data.fin || (sums.asked_fin && sums.sent == sums.asked));
            *sent.entry(stream).or_default() += len;
            whole += len;
        }
        self.whole.sent += whole;
        let mut others = others.to_vec();
        heard.sort();
        others.sort();
        assert_eq!(heard, others);
        assert!(whole <= before.max(0), "{whole} bytes in a window of {before}");
        for (stream, sent) in sent {
            assert!(sent <= windows[&stream].max(0), "{stream}: {sent} of {}", windows[&stream]);
        }
        // Nothing waits that a window does not hold up.
        let is_open = self.session_window() > 0;
        for (stream, sums) in &self.live {
            let waits = sums.sent < sums.asked;
            assert!(!waits || !is_open || self.window(sums) <= 0, "{stream} waits for nothing");
            assert_eq!(sums.sent_fin, sums.asked_fin && !waits, "FIN of {stream}");
        }
        let queued: i64 = self.live.values().map(|sums| sums.asked - sums.sent).sum();
        assert_eq!(self.session.queued() as i64, queued);
        assert!(!self.session.wants_write());
    }

    fn apply(&mut self, op: &Op) -> Result<(), ()> {
        let stream = |pick: usize| 2 * u32::try_from(pick).unwrap() + 1;
        match *op {
            Op::Open => {
                let stream = self.session.open(()).unwrap().get();
                self.live.insert(stream, Sums::default());
                self.hear(&[format!("SYN_STREAM stream={stream} priority=0")]);
                Ok(())
            }
            Op::Send(pick, len, fin) => {
                let result = self.session.send_data(id(stream(pick)), vec![7; len], fin);
                let sums = self.live.get_mut(&stream(pick)).filter(|sums| !sums.asked_fin);
                assert_eq!(result.is_ok(), sums.is_some());
                if let Some(sums) = sums {
                    sums.asked += len as i64;
                    sums.asked_fin = fin;
                }
                self.hear(&[]);
                Ok(())
            }
            Op::Update(None, delta) => {
                let wire = self.raw.numbers(WINDOW_UPDATE, &[0, delta]);
                let sum = self.session_window() + i64::from(delta);
                let is_fault = delta == 0 || sum > MAX;
                self.whole.given += i64::from(delta);
                self.says(&wire, &[], is_fault && self.version == Version::Spdy3_1)
            }
            Op::Update(Some(pick), delta) => {
                let stream = stream(pick);
                let wire = self.raw.numbers(WINDOW_UPDATE, &[stream, delta]);
                let sums = self.live.get(&stream).filter(|sums| !sums.sent_fin);
                let sum = sums.map_or(0, |sums| self.window(sums) + i64::from(delta));
                let fault = match (sums, delta) {
                    (None, _) => None,
                    (Some(_), 0) => Some((stream, "PROTOCOL_ERROR")),
                    _ if sum > MAX => Some((stream, "FLOW_CONTROL_ERROR")),
                    _ => None,
                };
                if let Some(sums) = self.live.get_mut(&stream) {
                    sums.given += i64::from(delta);
                }
                self.says(&wire, &Vec::from_iter(fault), false)
            }
            Op::Initial(size) => {
                let wire = self.raw.settings(&[(7, 0, size)]);
                self.initial = i64::from(size);
                let overflows = |sums: &Sums| !sums.sent_fin && self.window(sums) > MAX;
                let over = self.live.iter().filter(|(_, sums)| overflows(sums));
                let over: Vec<_> =
                    over.map(|(stream, _)| (*stream, "FLOW_CONTROL_ERROR")).collect();
                self.says(&wire, &over, self.initial > MAX)
            }
            Op::Reset(pick, by_us) => {
                let stream = stream(pick);
                let is_live = self.live.remove(&stream).is_some();
                if by_us {
                    let _ = self.session.fin_stream(id(stream), Status::CANCEL);
                    self.hear(&Vec::from_iter(is_live.then(|| rst(stream, "CANCEL"))));
                } else {
                    let wire = self.raw.numbers(RST_STREAM, &[stream, 5]);
                    let events = feed_to_the_end(&mut self.session, &wire).0;
                    assert_eq!(events.len(), usize::from(is_live));
                    self.hear(&[]);
                }
                Ok(())
            }
        }
    }
}

proptest! {
    #![proptest_config(strategies::config())]

    // S3-081, S3-082, S3-085, S3-086, S3-087, S3-089, S3-A06, S3-A07, S3-A23, S31-003, S31-004,
    // S31-008, S31-009, S31-010
    #[test]
    fn as_much_is_sent_as_the_windows_allow_and_no_more(
        ops in prop::collection::vec(op(), 1..60),
        version in prop::sample::select(&V3[..]),
        piece in prop_oneof![Just(16 * 1024), 1..100_000usize],
    ) {
        let session = Session::client(version, Config::default().max_data_frame(piece));
        let mut sender = Sender {
            version,
            session,
            raw: Raw::new(version),
            ears: Peer::of(version),
            live: BTreeMap::new(),
            initial: 65_536,
            whole: Sums::default(),
        };
        for op in &ops {
            if sender.apply(op).is_err() {
                break; // the session is over
            }
        }
    }
}
