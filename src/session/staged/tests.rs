use alloc::collections::VecDeque;
use alloc::vec::Vec;

use bytes::Bytes;
use proptest::prelude::*;

use super::{Kind, MAX_BYTES, Staged, StagedFrame};
use crate::frame::FLAG_FIN;
use crate::id::StreamId;

/// Where the flags stand in the frames of these tests.
const FLAGS_AT: usize = 4;

#[derive(Clone, Debug)]
enum Step {
    /// Of so many bytes; with a stream it is our last of it.
    Control(usize, Option<u32>),
    Data(u32, usize),
    Answer(usize),
    Hello(usize),
    Advance(usize),
    /// Vectored, so many parts at most.
    Write(usize),
    DropData(u32),
    DropAll,
}

fn step() -> impl Strategy<Value = Step> {
    let len = || prop_oneof![5usize..40, 400usize..1500];
    prop_oneof![
        3 => (len(), prop::option::of(1u32..5)).prop_map(|(len, ends)| Step::Control(len, ends)),
        5 => (1u32..5, prop_oneof![Just(0), len()]).prop_map(|(id, len)| Step::Data(id, len)),
        2 => (6usize..140).prop_map(Step::Answer),
        1 => (8usize..100).prop_map(Step::Hello),
        4 => prop_oneof![0usize..20, 0usize..4000].prop_map(Step::Advance),
        2 => (1usize..5).prop_map(Step::Write),
        2 => (1u32..5).prop_map(Step::DropData),
        1 => Just(Step::DropAll),
    ]
}

/// A frame of the model: all its bytes.
#[derive(Clone, Debug)]
struct Plain {
    kind: Kind,
    stream: u32,
    bytes: Vec<u8>,
    payload: usize,
}

/// The same as a list of frames.
#[derive(Debug, Default)]
struct Model {
    frames: VecDeque<Plain>,
    begun: usize,
    has_left: bool,
}

impl Model {
    fn bytes(&self) -> Vec<u8> {
        let all: Vec<u8> = self.frames.iter().flat_map(|frame| frame.bytes.clone()).collect();
        all[self.begun..].to_vec()
    }

    fn push(&mut self, frame: Plain) {
        let urgent = |frame: &Plain| matches!(frame.kind, Kind::First | Kind::Echo);
        let at = match frame.kind {
            Kind::First => 0,
            Kind::Echo => {
                let begun = usize::from(self.begun > 0);
                begun + self.frames.iter().skip(begun).take_while(|frame| urgent(frame)).count()
            }
            _ => self.frames.len(),
        };
        self.frames.insert(at, frame);
    }

    fn advance(&mut self, count: usize) -> Vec<(Kind, usize)> {
        self.begun += count.min(self.bytes().len());
        self.has_left |= count > 0;
        let mut left = Vec::new();
        while self.frames.front().is_some_and(|frame| frame.bytes.len() <= self.begun) {
            let frame = self.frames.pop_front().unwrap();
            self.begun -= frame.bytes.len();
            left.push((frame.kind, frame.bytes.len()));
        }
        left
    }

    fn drop_data(&mut self, id: u32) -> usize {
        let kept = usize::from(self.begun > 0);
        let mut dropped = (0, 0);
        let mut index = 0;
        self.frames.retain(|frame| {
            index += 1;
            let stays = index <= kept || frame.kind != Kind::Data || frame.stream != id;
            if !stays {
                dropped = (dropped.0 + 1, dropped.1 + frame.payload);
            }
            stays
        });
        let last = |frame: &&mut Plain| frame.kind == Kind::Last && frame.stream == id;
        for frame in self.frames.iter_mut().skip(kept).filter(last) {
            if dropped.0 > 0 {
                frame.bytes[FLAGS_AT] ^= FLAG_FIN;
                frame.kind = Kind::Plain;
            }
        }
        dropped.1
    }
}

impl Staged {
    /// The bytes of the first so many parts.
    fn parts(&self, mut count: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.each_part(|part| {
            assert!(!part.is_empty());
            let has_place = count > 0;
            if has_place {
                bytes.extend_from_slice(part);
                count -= 1;
            }
            has_place
        });
        bytes
    }
}

fn filled(len: usize, next: &mut u8) -> Vec<u8> {
    let mut byte = || {
        *next = next.wrapping_add(3);
        *next
    };
    (0..len).map(|_| byte()).collect()
}

proptest! {
    #[test]
    fn it_is_a_list_of_frames(steps in prop::collection::vec(step(), 0..120)) {
        let (mut staged, mut model, mut next) = (Staged::default(), Model::default(), 0);
        for step in steps {
            match step {
                Step::Control(len, ends) => {
                    let bytes = filled(len, &mut next);
                    let (kind, frame) = match ends {
                        None => (Kind::Answer, StagedFrame::of(Kind::Answer)),
                        Some(id) => (Kind::Last, StagedFrame::last(StreamId::new(id))),
                    };
                    staged.push(frame, |out| {
                        out.extend_from_slice(&bytes);
                        FLAGS_AT
                    });
                    model.push(Plain { kind, stream: ends.unwrap_or(0), bytes, payload: 0 });
                }
                Step::Data(id, payload) => {
                    let bytes = filled(8 + payload, &mut next);
                    staged.push_data(StreamId::new(id), payload, |out| {
                        let (head, payload) = bytes.split_at(8);
                        out.extend_from_slice(head);
                        if payload.len() > 512 {
                            return Some(Bytes::copy_from_slice(payload));
                        }
                        out.extend_from_slice(payload);
                        None
                    });
                    model.push(Plain { kind: Kind::Data, stream: id, bytes, payload });
                }
                Step::Answer(len) => {
                    let bytes = filled(len, &mut next);
                    staged.push_answer(bytes.len(), |out| out.extend_from_slice(&bytes));
                    model.push(Plain { kind: Kind::Echo, stream: 0, bytes, payload: 0 });
                }
                Step::Hello(_) if model.has_left => {}
                Step::Hello(len) => {
                    model.has_left = true; // There is one only.
                    let bytes = filled(len, &mut next);
                    staged.push_first(|out| {
                        out.extend_from_slice(&bytes);
                        0
                    });
                    model.push(Plain { kind: Kind::First, stream: 0, bytes, payload: 0 });
                }
                Step::Advance(count) => {
                    let mut left = Vec::new();
                    staged.advance(count, |kind, len| left.push((kind, len)));
                    prop_assert_eq!(left, model.advance(count));
                }
                Step::Write(parts) => {
                    let written = staged.parts(parts);
                    prop_assert!(model.bytes().starts_with(&written));
                    prop_assert!(!written.is_empty() || model.frames.is_empty());
                    let mut left = Vec::new();
                    staged.advance(written.len(), |kind, len| left.push((kind, len)));
                    prop_assert_eq!(left, model.advance(written.len()));
                }
                Step::DropData(id) => {
                    let payload = staged.drop_data(StreamId::new(id));
                    prop_assert_eq!(payload, model.drop_data(id));
                }
                Step::DropAll => {
                    let kept = usize::from(model.begun > 0);
                    prop_assert_eq!(staged.drop_all(), model.frames.len() == kept);
                    model.frames.truncate(kept);
                }
            }
            let bytes = model.bytes();
            prop_assert_eq!(staged.len(), bytes.len());
            prop_assert!(bytes.starts_with(staged.chunk()));
            prop_assert_eq!(staged.chunk().is_empty(), bytes.is_empty());
            prop_assert_eq!(staged.parts(usize::MAX), bytes);
        }
    }
}

#[test]
fn small_frames_never_need_more_than_is_staged_at_a_time() {
    let mut staged = Staged::default();
    while staged.len() < MAX_BYTES {
        staged.push_data(StreamId::new(1), 7, |out| {
            out.extend_from_slice(&[0; 15]);
            None
        });
    }
    assert!(staged.line.capacity() <= MAX_BYTES + 64, "{} bytes", staged.line.capacity());
    staged.advance(usize::MAX, |_, _| {});
    assert_eq!(staged.line.capacity(), 0, "given back");
    // The next one begins as large, and that one shows that less will do.
    for capacity in [MAX_BYTES + 5, 0] {
        staged.push_answer(1, |out| out.push(0));
        staged.push(StagedFrame::of(Kind::Plain), |out| {
            out.push(0);
            0
        });
        assert!(staged.line.capacity() >= capacity.min(MAX_BYTES), "{}", staged.line.capacity());
        assert!(capacity > 0 || staged.line.capacity() < 1024, "{}", staged.line.capacity());
        staged.advance(usize::MAX, |_, _| {});
    }
}

#[test]
fn what_many_answers_took_is_given_back_and_what_few_took_is_kept() {
    let mut staged = Staged::default();
    for answers in [1, 2_000, 1] {
        for _ in 0..answers {
            staged.push_answer(12, |out| out.extend_from_slice(&[0; 12]));
        }
        assert!(staged.answers.get().unwrap().capacity() >= 12 * answers);
        staged.advance(usize::MAX, |_, _| {});
        let kept = staged.answers.get().unwrap().capacity();
        assert_eq!(kept > 0, answers == 1, "{kept} bytes");
    }
}
