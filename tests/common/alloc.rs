//! An allocator that counts, for each thread by itself: tests run side by side.
#![allow(dead_code, reason = "every test file uses its own part")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

pub struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

fn grow(size: usize) {
    // A thread that is ending has no counters any more, and no test.
    let _ = LIVE.try_with(|live| {
        live.set(live.get() + size as isize);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.get())));
    });
    let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(size)));
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

fn shrink(size: usize) {
    let _ = LIVE.try_with(|live| live.set(live.get() - size as isize));
}

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        shrink(layout.size());
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The old piece may have to live until the new one is filled.
        grow(size);
        shrink(layout.size());
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// What some work allocated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Bytes that stay.
    pub live: isize,
    /// Bytes at the worst moment.
    pub peak: isize,
    /// The largest single piece.
    pub largest: usize,
    /// How often.
    pub calls: usize,
}

impl Cost {
    /// What this and then something else cost together.
    pub fn then(self, next: Self) -> Self {
        Self {
            live: self.live + next.live,
            peak: self.peak.max(self.live + next.peak),
            largest: self.largest.max(next.largest),
            calls: self.calls + next.calls,
        }
    }
}

pub fn cost<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let (live, calls) = (LIVE.get(), CALLS.get());
    PEAK.set(live);
    LARGEST.set(0);
    let result = work();
    let cost = Cost {
        live: LIVE.get() - live,
        peak: PEAK.get() - live,
        largest: LARGEST.get(),
        calls: CALLS.get() - calls,
    };
    (result, cost)
}
