//! Values with small numbers for names.

use alloc::vec::Vec;

/// The name of no value.
pub(super) const NONE: u32 = u32::MAX;

/// More bytes than this are given back when there is no value.
const KEPT: usize = 4096;

/// Memory is that of the most values that there were at a time, until there is none.
#[derive(Debug)]
pub(super) struct Slab<T> {
    places: Vec<Place<T>>,
    /// The first of the free places.
    free: u32,
    used: u32,
}

#[derive(Debug)]
enum Place<T> {
    Used(T),
    /// Which free place is next.
    Free(u32),
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: NONE, used: 0 }
    }
}

impl<T> Slab<T> {
    #[inline]
    pub(super) fn insert(&mut self, value: T) -> u32 {
        self.used += 1;
        let index = self.free;
        if let Some(place) = self.places.get_mut(index as usize) {
            if let Place::Free(next) = *place {
                self.free = next;
            }
            *place = Place::Used(value);
            return index;
        }
        self.add(value)
    }

    #[cold]
    fn add(&mut self, value: T) -> u32 {
        self.places.push(Place::Used(value));
        u32::try_from(self.places.len() - 1).unwrap_or(NONE)
    }

    #[inline]
    pub(super) fn get(&self, index: u32) -> Option<&T> {
        match self.places.get(index as usize)? {
            Place::Used(value) => Some(value),
            Place::Free(_) => None,
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        match self.places.get_mut(index as usize)? {
            Place::Used(value) => Some(value),
            Place::Free(_) => None,
        }
    }

    #[inline(always)]
    pub(super) fn remove(&mut self, index: u32) -> Option<T> {
        let place = self.places.get_mut(index as usize)?;
        if let Place::Free(_) = place {
            return None;
        }
        let Place::Used(value) = core::mem::replace(place, Place::Free(self.free)) else {
            return None;
        };
        self.free = index;
        self.used -= 1;
        if self.used == 0 {
            self.give_back();
        }
        Some(value)
    }

    #[inline]
    fn give_back(&mut self) {
        if self.places.len() * size_of::<Place<T>>() > KEPT {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{KEPT, Place, Slab};

    const MANY: u32 = (KEPT / size_of::<Place<u32>>()) as u32 + 1;

    #[test]
    fn room_is_used_again_and_given_back_when_nothing_is_left() {
        let mut slab = Slab::default();
        for round in [1, 2] {
            let mut all: Vec<u32> = (0..MANY).map(|value| slab.insert(value)).collect();
            // All but the first go, and others come in their places.
            for (&index, value) in all.iter().zip(0..).skip(1) {
                assert_eq!((slab.remove(index), slab.remove(index)), (Some(value), None));
            }
            all.truncate(1);
            all.extend((1..MANY).map(|value| slab.insert(value * round)));
            assert_eq!(slab.places.len(), MANY as usize);
            for (&index, value) in all.iter().zip(0..) {
                assert_eq!(slab.get(index), Some(&(value * round)));
                assert_eq!(slab.remove(index), Some(value * round));
            }
            assert_eq!(slab.places.capacity(), 0);
        }
        // What is little is kept.
        let few = [7; 16].map(|value| slab.insert(value));
        for index in few {
            slab.remove(index);
        }
        assert!(slab.places.capacity() >= 16);
    }
}
