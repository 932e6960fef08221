//! A global allocator for programs that must say why they end when there is no memory left.

use std::alloc::{GlobalAlloc, Layout, System};

/// A failed allocation of this many bytes or more is left to its caller: decoders check sizes that a damaged file
/// declares by trying to allocate them.
const MAX_REQUIRED_BYTES: usize = 256 << 20;

/// The system's allocator, except that a failed allocation ends the process with a message of the program's own.
/// Without it, Rust prints an internal message and aborts.
///
/// The function is called before the process ends. It must not allocate, and returns the exit status.
#[derive(Debug)]
pub struct ReportingAllocator(pub fn() -> u8);

impl ReportingAllocator {
    fn checked(&self, allocated: *mut u8, bytes: usize) -> *mut u8 {
        if !allocated.is_null() || bytes >= MAX_REQUIRED_BYTES {
            return allocated;
        }
        exit_at_once((self.0)())
    }
}

/// Makes all threads allocate from one arena of the C library, which otherwise gives each an arena of its own: more memory
/// and more time for each thread. Threads that move frames allocate nothing, so none waits for another.
///
/// Call it before any thread starts.
pub fn share_one_arena() {
    #[cfg(target_env = "gnu")]
    // SAFETY: sets a number of the allocator.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

/// Ends the process. Nothing that runs at a normal exit could be trusted without memory.
pub fn exit_at_once(status: u8) -> ! {
    // SAFETY: the process ends without running any more of its code.
    unsafe { libc::_exit(status.into()) }
}

// SAFETY: all memory is the system allocator's. A null pointer is either returned as it is, or not returned at all.
unsafe impl GlobalAlloc for ReportingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those of the system's allocator.
        self.checked(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        self.checked(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        // SAFETY: as above.
        self.checked(unsafe { System.realloc(memory, layout, bytes) }, bytes)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    fn sizes_that_no_machine_has_are_left_to_the_caller() {
        let allocator = ReportingAllocator(|| unreachable!());
        let layout = Layout::from_size_align(isize::MAX as usize - 7, 1).unwrap();
        // SAFETY: the layout is not empty, and what is allocated is freed with it.
        unsafe {
            // On a 32-bit processor, there may be room for one. The optimizer assumes that memory nobody uses was allocated.
            let memory = black_box([allocator.alloc(layout), allocator.alloc(layout)]);
            assert!(memory[1].is_null());
            if !memory[0].is_null() {
                allocator.dealloc(memory[0], layout);
            }
        }
    }
}
