//! Instructions and allocations: numbers that do not depend on the load of the machine.

use std::alloc::{GlobalAlloc, Layout, System};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size() as u64, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(size.saturating_sub(layout.size()) as u64, Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// What one unit of work costs.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    /// None without valgrind.
    pub instructions: Option<f64>,
    pub allocations: f64,
    pub bytes: f64,
}

/// The region that valgrind counts.
#[inline(never)]
pub fn measured(work: &mut dyn FnMut()) {
    work();
}

/// Runs a round and prints what [`cost_of`] reads.
pub fn report(units: usize, work: &mut dyn FnMut()) {
    work(); // Warm.
    let before = (CALLS.load(Relaxed), BYTES.load(Relaxed));
    measured(work);
    let after = (CALLS.load(Relaxed), BYTES.load(Relaxed));
    println!("{units} {} {}", after.0 - before.0, after.1 - before.1);
}

/// What `anchors count CASE SIDE` costs.
pub fn cost(case: &str, side: &str) -> Cost {
    cost_of(&["count", case, side])
}

/// Runs this program with arguments that end in [`report`], under valgrind if there is one.
pub fn cost_of(arguments: &[&str]) -> Cost {
    let this = std::env::current_exe().unwrap();
    let under_valgrind = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../callgrind"))
        .args(["--callgrind-out-file=/dev/null", "--toggle-collect=*measured*"])
        .arg(&this)
        .args(arguments)
        .output();
    let output = (under_valgrind.ok().filter(|output| output.status.success()))
        .unwrap_or_else(|| Command::new(&this).args(arguments).output().unwrap());
    let printed = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> =
        printed.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let [units, allocations, bytes] = numbers[..] else { panic!("{arguments:?}: {output:?}") };
    let counted = String::from_utf8_lossy(&output.stderr);
    let instructions = counted.split("Collected :").nth(1).and_then(|rest| {
        rest.split_whitespace().next().and_then(|number| number.parse::<f64>().ok())
    });
    Cost {
        instructions: instructions.map(|count| count / units),
        allocations: allocations / units,
        bytes: bytes / units,
    }
}
