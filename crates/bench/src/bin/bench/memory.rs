//! The system's allocator, counting what is in use while it is told to.
#![expect(
    unsafe_code,
    reason = "an allocator is an unsafe trait; every call is handed on to the system's with the very same arguments"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};

static COUNTS: AtomicBool = AtomicBool::new(false);
static IN_USE: AtomicI64 = AtomicI64::new(0);
static MOST: AtomicI64 = AtomicI64::new(0);

/// The allocator. It counts nothing during what is timed.
pub(crate) struct Counting;

/// Runs `act` and says how many bytes more than before were in use at the worst moment.
pub(crate) fn high_water<T>(act: impl FnOnce() -> T) -> (T, u64) {
    IN_USE.store(0, Relaxed);
    MOST.store(0, Relaxed);
    COUNTS.store(true, Relaxed);
    let result = act();
    COUNTS.store(false, Relaxed);
    (result, MOST.load(Relaxed).max(0) as u64)
}

fn count(bytes: i64) {
    if COUNTS.load(Relaxed) {
        let in_use = IN_USE.fetch_add(bytes, Relaxed) + bytes;
        MOST.fetch_max(in_use, Relaxed);
    }
}

// SAFETY: memory is the system allocator's from beginning to end; counting touches none of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        // SAFETY: the caller's promises are handed on.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as i64 - layout.size() as i64);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.realloc(memory, layout, size) }
    }
}
