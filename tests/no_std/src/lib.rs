//! A static library that has no std and drives a session.
#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;
use spdy::{Config, Session, Version};

struct None;

// SAFETY: it never hands out memory.
unsafe impl GlobalAlloc for None {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: None = None;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// # Safety
///
/// `bytes` points to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn events(bytes: *const u8, len: usize) -> usize {
    // SAFETY: by the contract of this function.
    let mut input = unsafe { core::slice::from_raw_parts(bytes, len) };
    let mut session = Session::server(Version::Draft1, Config::default());
    core::iter::from_fn(|| session.next_event(&mut input).ok().flatten()).count()
}
