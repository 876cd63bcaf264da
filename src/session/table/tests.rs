use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::{PIECE, PROBES, Table};
use crate::id::StreamId;
use crate::priority::Priority;
use crate::session::state::{Input, State};
use crate::session::stream::Stream;

fn stream(id: u32) -> Stream {
    let State::Live(live) = State::Idle.on(Input::RecvSyn { fin: false, one_way: false }).unwrap()
    else {
        panic!("a stream that is over");
    };
    Stream::new(StreamId::new(id), live, Priority::HIGHEST)
}

fn table(ids: impl IntoIterator<Item = u32>) -> Table {
    let mut table = Table::default();
    ids.into_iter().for_each(|id| table.insert(stream(id)));
    table
}

impl Table {
    fn ids(&self) -> Vec<u32> {
        let mut ids: Vec<_> = self.iter().map(|stream| stream.id.get()).collect();
        ids.sort_unstable();
        ids
    }

    /// What is allocated, in bytes.
    fn size(&self) -> usize {
        let pieces: usize = self.pieces.iter().map(Vec::capacity).sum();
        pieces * size_of::<Stream>()
            + self.pieces.capacity() * size_of::<Vec<Stream>>()
            + self.slots.len() * size_of::<u32>()
    }
}

#[test]
fn a_stream_takes_96_bytes_with_its_share_of_the_index() {
    assert_eq!(size_of::<Stream>(), 64);
    let mut table = Table::default();
    for number in 0..100_000 {
        table.insert(stream(2 * number + 1));
        let len = number as usize + 1;
        assert!(len < 1000 || table.size() <= 96 * len, "{} bytes for {len}", table.size());
    }
}

#[test]
fn ids_in_order_have_the_first_slot_each() {
    let table = table((0..1000).map(|number| 2 * number + 1));
    for (position, stream) in (0..).zip(table.iter()) {
        let slot = table.candidates(stream.id).next().unwrap();
        assert_eq!(table.slots[slot], position);
    }
    assert!(table.crowded.get().is_none());
}

#[test]
fn ids_chosen_for_one_slot_are_found_all_the_same() {
    // Far apart, and all with the same slot while there are fewer than 2^15.
    let ids: Vec<u32> = (0..1000).map(|number| (number << 20) + 1).collect();
    let mut table = table(ids.iter().copied());
    assert_eq!(table.crowded.get().unwrap().len(), 1000 - PROBES);
    assert!(table.size() <= 96 * 1000, "{} bytes", table.size());
    for &id in &ids {
        assert_eq!(table.get(StreamId::new(id)).map(|stream| stream.id.get()), Some(id));
        assert!(table.get(StreamId::new(id + 2)).is_none());
    }
    for &id in &ids {
        assert_eq!(table.remove(StreamId::new(id)).map(|stream| stream.id.get()), Some(id));
    }
    assert_eq!(table.len(), 0);
    assert!(table.crowded.get().is_none_or(BTreeMap::is_empty));
}

#[test]
fn memory_follows_the_streams_that_are_open() {
    let mut table = table((0..100_000).map(|number| 2 * number + 1));
    for number in 1..100_000 {
        table.remove(StreamId::new(2 * number + 1)).unwrap();
        let len = 100_000 - number as usize;
        // Slots follow at an eighth, pieces at once.
        let most = 2 * (len + 2 * PIECE) * size_of::<Stream>() + 1024;
        assert!(table.size() <= most, "{} bytes for {len}", table.size());
    }
    assert_eq!(table.ids(), [1]);
}

#[derive(Clone, Debug)]
enum Step {
    /// So far above the last ID.
    Insert(u32),
    /// The stream at this place among those that are there.
    Remove(prop::sample::Index),
    Miss(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1u32..4).prop_map(Step::Insert),
        1 => prop_oneof![Just(1u32 << 10), Just(1 << 16), 4..(1u32 << 17)].prop_map(Step::Insert),
        4 => any::<prop::sample::Index>().prop_map(Step::Remove),
        1 => any::<u32>().prop_map(Step::Miss),
    ]
}

proptest! {
    #[test]
    fn it_is_a_map(steps in prop::collection::vec(step(), 0..600)) {
        let (mut table, mut model, mut next) = (Table::default(), BTreeMap::new(), 1u32);
        for step in steps {
            match step {
                Step::Insert(gap) => {
                    next += 2 * gap;
                    let mut stream = stream(next);
                    stream.queued = next as usize;
                    table.insert(stream);
                    model.insert(next, next as usize);
                }
                Step::Remove(index) if !model.is_empty() => {
                    let id = *model.keys().nth(index.index(model.len())).unwrap();
                    let removed = table.remove(StreamId::new(id)).unwrap();
                    prop_assert_eq!(Some(removed.queued), model.remove(&id));
                    prop_assert!(table.remove(StreamId::new(id)).is_none());
                }
                Step::Remove(_) => {}
                Step::Miss(id) => {
                    let found = table.get(StreamId::new(id)).map(|stream| stream.queued);
                    prop_assert_eq!(found, model.get(&StreamId::new(id).get()).copied());
                }
            }
            prop_assert_eq!(table.len(), model.len());
        }
        for (&id, &value) in &model {
            let found = table.get_mut(StreamId::new(id)).map(|stream| stream.queued);
            prop_assert_eq!(found, Some(value));
        }
        prop_assert_eq!(table.ids(), model.into_keys().collect::<Vec<_>>());
    }
}
