//! The program's own code in memory.

use super::page_size;
use libc::{c_int, c_void, dl_phdr_info, size_t};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// How many pages are looked up at once.
const PAGES: usize = 512;

/// Bits of an entry in `/proc/self/pagemap`: the page is in memory, is in swap, belongs to a file.
const PRESENT: u64 = 1 << 63;
const SWAPPED: u64 = 1 << 62;
const OF_FILE: u64 = 1 << 61;

/// Transfers of fewer seconds keep the code: to release it takes longer than it saves memory for.
const MIN_SECONDS: u64 = 10;

static IS_WANTED: AtomicBool = AtomicBool::new(false);

/// Releases the program's code and constants from memory when the next long playback or recording begins: most of what was
/// needed until then is not needed again, and the rest is mapped again from the page cache. This is for programs that were
/// started for one transfer.
pub fn release_startup_code() {
    IS_WANTED.store(true, Relaxed);
}

/// Releases the code before a transfer of `frames` frames, if that is known, at `rate`, if the program wants that.
pub(crate) fn release_before(frames: Option<u64>, rate: u32) {
    let is_long = frames.is_none_or(|frames| frames / u64::from(rate) >= MIN_SECONDS);
    if is_long && IS_WANTED.swap(false, Relaxed) {
        release();
    }
}

fn release() {
    // SAFETY: the function has the type of a callback, and uses its pointers only while it is called.
    unsafe { libc::dl_iterate_phdr(Some(release_program), std::ptr::null_mut()) };
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
    let page = page_size();
    for header in headers {
        if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0 {
            let start = base + header.p_vaddr as usize;
            let end = start + header.p_memsz as usize;
            let first_page = start & !(page - 1);
            // What is not known stays in memory.
            if is_of_file(first_page / page..end.div_ceil(page)).unwrap_or(false) {
                // SAFETY: these pages cannot be written, and are those of the program's file, so the kernel maps the same
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
    }
    1
}

/// Whether what is in memory of these pages is in a file as well. A program that was packed (UPX) or moved to large pages is
/// not, nor is a page with a debugger's breakpoint.
fn is_of_file(pages: Range<usize>) -> io::Result<bool> {
    let pagemap = File::open("/proc/self/pagemap")?;
    let mut entries = [0; 8 * PAGES];
    for first in pages.clone().step_by(PAGES) {
        let entries = &mut entries[..8 * PAGES.min(pages.end - first)];
        pagemap.read_exact_at(entries, 8 * first as u64)?;
        let (entries, _) = entries.as_chunks();
        let mut entries = entries.iter().map(|entry| u64::from_ne_bytes(*entry));
        if entries.any(|entry| entry & (PRESENT | SWAPPED) != 0 && entry & OF_FILE == 0) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_long_transfer_releases_the_code() {
        release_before(None, 48_000);
        assert!(!IS_WANTED.load(Relaxed));
        release_startup_code();
        release_before(Some(9 * 48_000), 48_000);
        assert!(IS_WANTED.load(Relaxed));
        release_before(Some(10 * 48_000), 48_000);
        assert!(!IS_WANTED.load(Relaxed));
    }

    #[test]
    fn only_pages_of_a_file_are_released() {
        let page = page_size();
        let page_of = |address: usize| address / page..address / page + 1;
        let heap = vec![1; 2 * page];
        assert!(is_of_file(page_of(release_startup_code as fn() as usize)).unwrap());
        assert!(!is_of_file(page_of(heap.as_ptr() as usize)).unwrap());
    }
}
