//! Loads the plugins of alsa-lib's configuration without binding all functions of their libraries.
//!
//! On most desktops, opening any PCM makes alsa-lib load PulseAudio's configuration plugin, which asks whether the server
//! runs, and with it thirty libraries. alsa-lib calls `dlopen` with `RTLD_NOW`, so thousands of functions are searched
//! for in all these libraries, and a few are called. The program (by `--defsym` in build.rs) has a `dlopen` of its own,
//! the function below, which changes this flag for these plugins. Plugins that move sound are loaded as alsa-lib asks:
//! a function that is missing must be an error before the first frame.

use std::ffi::{CStr, c_char, c_int, c_void};

/// How the file names of configuration plugins start.
const CONFIGURATION_PLUGIN: &[u8] = b"libasound_module_conf_";

/// The C library's `dlopen`, and the flags to call it with.
#[repr(C)]
struct LibraryCall {
    function: *mut c_void,
    /// As wide as a register.
    flags: usize,
}

/// `dlopen` with other flags. It jumps to the C library's function, which finds libraries by the caller's search path:
/// that is the original caller for it.
#[unsafe(export_name = "aloud_dlopen")]
#[unsafe(naked)]
pub extern "C" fn open_library(name: *const c_char, flags: c_int) -> *mut c_void {
    #[cfg(target_arch = "x86_64")]
    std::arch::naked_asm!(
        "push rdi",
        "sub rsp, 16",
        "call {call}",
        "add rsp, 16",
        "pop rdi",
        "mov esi, edx",
        "jmp rax",
        call = sym call,
    );
    #[cfg(target_arch = "aarch64")]
    std::arch::naked_asm!(
        "stp x29, x30, [sp, #-32]!",
        "mov x29, sp",
        "str x0, [sp, #16]",
        "bl {call}",
        "mov x16, x0",
        "ldr x0, [sp, #16]",
        "ldp x29, x30, [sp], #32",
        "br x16",
        call = sym call,
    );
}

/// # Safety
/// `name` is null or NUL-terminated.
unsafe extern "C" fn call(name: *const c_char, flags: c_int) -> LibraryCall {
    // SAFETY: the name is NUL-terminated. The next `dlopen` after the program's is the C library's.
    let function = unsafe { libc::dlsym(libc::RTLD_NEXT, c"dlopen".as_ptr()) };
    // SAFETY: the caller's.
    let name = (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) });
    if function.is_null() {
        // There is no C library without it.
        std::process::abort();
    }
    LibraryCall {
        function,
        flags: flags_for(name, flags) as usize,
    }
}

fn flags_for(name: Option<&CStr>, flags: c_int) -> c_int {
    let path = name.map_or(&b""[..], CStr::to_bytes);
    let file = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
    if file.starts_with(CONFIGURATION_PLUGIN) {
        (flags & !libc::RTLD_NOW) | libc::RTLD_LAZY
    } else {
        flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    #[test]
    fn only_configuration_plugins_are_bound_lazily() {
        let now = libc::RTLD_NOW | libc::RTLD_GLOBAL;
        let lazy = libc::RTLD_LAZY | libc::RTLD_GLOBAL;
        let flags = |name| flags_for(Some(name), now);
        assert_eq!(
            flags(c"/usr/lib/alsa-lib/libasound_module_conf_pulse.so"),
            lazy
        );
        assert_eq!(flags(c"libasound_module_conf_pulse.so"), lazy);
        assert_eq!(
            flags(c"/usr/lib/alsa-lib/libasound_module_pcm_pulse.so"),
            now
        );
        assert_eq!(flags(c"/libasound_module_conf_pulse.so/other.so"), now);
        assert_eq!(flags(c""), now);
        assert_eq!(flags_for(None, now), now);
    }

    /// Opens what the C library's `dlopen` opens, and returns null for what it does not.
    #[test]
    fn libraries_are_opened_and_found_again() {
        let flags = libc::RTLD_NOW;
        let found = open_library(c"libasound.so.2".as_ptr(), flags);
        assert!(!found.is_null());
        // SAFETY: the name is NUL-terminated, and the library is loaded.
        let real = unsafe { libc::dlopen(c"libasound.so.2".as_ptr(), flags) };
        assert_eq!(found, real);
        assert!(open_library(c"libasound_module_conf_none.so".as_ptr(), flags).is_null());
        assert!(!open_library(ptr::null(), flags).is_null());
    }
}
