//! The program's own code in memory.

use libc::{c_int, c_void, dl_phdr_info, size_t};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static IS_RELEASED_AGAIN: AtomicBool = AtomicBool::new(false);

/// Releases the program's code and constants from memory, now and once more when the next playback or recording begins: most
/// of what was needed until then is not needed again, and the rest is mapped again from the page cache. This is for programs
/// that were started for one transfer.
pub fn release_startup_code() {
    release();
    IS_RELEASED_AGAIN.store(true, Relaxed);
}

/// Releases the code before a transfer, if the program wants that.
pub(crate) fn release_code_again() {
    if IS_RELEASED_AGAIN.swap(false, Relaxed) {
        release();
    }
}

fn release() {
    // A debugger's breakpoints would be lost, too.
    if !cfg!(debug_assertions) {
        // SAFETY: the function has the type of a callback, and uses its pointers only while it is called.
        unsafe { libc::dl_iterate_phdr(Some(release_program), std::ptr::null_mut()) };
    }
}

/// Releases what is mapped of the program's file and cannot be written. The program is the first object; returning 1 leaves
/// out the libraries.
unsafe extern "C" fn release_program(
    program: *mut dl_phdr_info,
    _size: size_t,
    _data: *mut c_void,
) -> c_int {
    // SAFETY: the C library passes a valid object, whose headers stay mapped.
    let (base, headers) = unsafe {
        let program = &*program;
        let headers =
            std::slice::from_raw_parts(program.dlpi_phdr, usize::from(program.dlpi_phnum));
        (program.dlpi_addr as usize, headers)
    };
    // SAFETY: it only asks for a number.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
    for header in headers {
        if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0 {
            let start = base + header.p_vaddr as usize;
            let end = start + header.p_memsz as usize;
            let first_page = start & !(page - 1);
            // SAFETY: these pages are mapped from the program's file and cannot be written, so the kernel maps the same
            // bytes again when they are read. An error changes nothing; for example, the pages may be locked.
            unsafe {
                libc::madvise(
                    first_page as *mut c_void,
                    end - first_page,
                    libc::MADV_DONTNEED,
                )
            };
        }
    }
    1
}
