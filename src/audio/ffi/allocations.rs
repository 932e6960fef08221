//! Counts allocations, for tests of threads that must not allocate.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Allocations and deallocations of all threads, each while it is counted.
static COUNT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static IS_COUNTED: Cell<bool> = const { Cell::new(false) };
}

/// How many allocations and deallocations there were while threads were counted.
pub fn allocations() -> u64 {
    COUNT.load(SeqCst)
}

/// Does `work`, and counts the allocations and deallocations of this thread during that.
pub fn counted<T>(work: impl FnOnce() -> T) -> T {
    IS_COUNTED.set(true);
    let done = work();
    IS_COUNTED.set(false);
    done
}

/// The system's allocator, except that it counts.
struct CountingAllocator;

fn count() {
    if IS_COUNTED.get() {
        COUNT.fetch_add(1, SeqCst);
    }
}

// SAFETY: all memory is the system allocator's.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(memory, layout, bytes) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count();
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}
