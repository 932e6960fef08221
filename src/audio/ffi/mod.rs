//! The only unsafe code: calls through `alsa-sys` of what the `alsa` crate does not cover.
//!
//! The functions here are safe. They are limited to what libasound 1.2.8 exports.
#![allow(unsafe_code)]
// C longs have 64 bits here and 32 elsewhere: a cast that does nothing on one machine is needed on another.
#![allow(clippy::unnecessary_cast)]

#[cfg(test)]
pub mod allocations;
pub mod allocator;
pub mod chmap;
pub mod config_tree;
pub mod ctl;
pub mod ctl_devices;
pub mod daemon;
pub mod elements;
pub mod events;
pub mod files;
pub mod hctl;
pub mod hw_params;
pub mod messages;
pub mod mixer;
#[cfg(feature = "opus")]
pub mod opus;
#[cfg(all(
    feature = "cli",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    target_pointer_width = "64"
))]
pub mod plugin_loading;
pub mod program_code;
pub mod realtime;
pub mod ring;
pub mod standard_streams;
pub mod stepwise;
pub mod sync_ptr;
pub mod tlv;
pub mod transfer;
pub mod user_elements;

use alsa::pcm::PCM;
use alsa_sys as sys;
use std::ffi::{CStr, CString, c_char, c_int, c_uint};

// Loaded before all other libraries. On most desktops, opening a PCM makes libasound load PulseAudio's library and thirty
// others. Each of their symbols is searched for in the libraries of the program, in the order in which it names them.
#[link(name = "asound")]
#[link(name = "c")]
// One library less to load and search: the program has the few functions of libgcc_s that it needs.
#[cfg_attr(
    all(feature = "cli", target_env = "gnu"),
    link(name = "gcc_eh", kind = "static", modifiers = "-bundle")
)]
unsafe extern "C" {}

/// The raw handle inside the `alsa` crate's `PCM`, which has no accessor for it (0.12).
///
/// `PCM` is a pointer and a flag. Its layout is ensured by the exact version in Cargo.toml, the assertion on its size,
/// and a test that compares the result with the address in its `Debug` output.
fn raw(pcm: &PCM) -> *mut sys::snd_pcm_t {
    const _: () = assert!(size_of::<PCM>() == 2 * size_of::<*mut sys::snd_pcm_t>());
    // SAFETY: a `PCM` is at least one pointer long and aligned for it, and its first word is the handle (tested).
    unsafe { *std::ptr::from_ref(pcm).cast::<*mut sys::snd_pcm_t>() }
}

/// Bytes of a page of memory.
fn page_size() -> usize {
    // SAFETY: it only asks for a number.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

/// The most frames that alsa-lib's signed type can count. It has 32 bits on 32-bit processors.
const MAX_FRAMES: u64 = sys::snd_pcm_sframes_t::MAX as u64;

/// A number of frames from alsa-lib.
#[allow(clippy::unnecessary_cast, reason = "it has 32 bits on some processors")]
pub fn frames(count: sys::snd_pcm_sframes_t) -> i64 {
    count as i64
}

/// A copy of a C string that libasound owns; `None` for a null pointer.
fn owned(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the string is NUL-terminated, and lives at least until it has been copied.
    Some(
        unsafe { CStr::from_ptr(text) }
            .to_string_lossy()
            .into_owned(),
    )
}

/// The descriptors to poll. `count` is their number; `fill` gets a pointer to that many entries and their number, and
/// returns how many it filled. Either is a negative errno if it failed; the error is positive.
fn descriptors(
    count: c_int,
    fill: impl FnOnce(*mut libc::pollfd, c_uint) -> c_int,
) -> Result<Vec<libc::pollfd>, i32> {
    let count = usize::try_from(count).map_err(|_| -count)?;
    let empty = libc::pollfd {
        fd: -1,
        events: 0,
        revents: 0,
    };
    let mut fds = vec![empty; count];
    let filled = fill(fds.as_mut_ptr(), count as c_uint);
    fds.truncate(usize::try_from(filled).map_err(|_| -filled)?);
    Ok(fds)
}

/// libasound's version (`snd_asoundlib_version`).
pub fn version() -> String {
    // SAFETY: the function returns a constant string.
    owned(unsafe { sys::snd_asoundlib_version() }).unwrap_or_default()
}

/// Flags of `snd_pcm_open`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenFlags {
    /// `SND_PCM_NONBLOCK`.
    pub nonblock: bool,
    /// `SND_PCM_ASYNC`.
    pub asynchronous: bool,
    /// `SND_PCM_NO_AUTO_RESAMPLE`.
    pub no_resample: bool,
    /// `SND_PCM_NO_AUTO_CHANNELS`.
    pub no_channels: bool,
    /// `SND_PCM_NO_AUTO_FORMAT`.
    pub no_format: bool,
    /// `SND_PCM_NO_SOFTVOL`.
    pub no_softvol: bool,
}

impl OpenFlags {
    fn bits(self) -> i32 {
        let mut bits = 0;
        for (set, flag) in [
            (self.asynchronous, sys::SND_PCM_ASYNC),
            (self.no_resample, sys::SND_PCM_NO_AUTO_RESAMPLE),
            (self.no_channels, sys::SND_PCM_NO_AUTO_CHANNELS),
            (self.no_format, sys::SND_PCM_NO_AUTO_FORMAT),
            (self.no_softvol, sys::SND_PCM_NO_SOFTVOL),
        ] {
            if set {
                bits |= flag as i32;
            }
        }
        bits
    }
}

/// Opens a PCM (`snd_pcm_open`). The error is a positive errno.
pub fn open(name: &str, direction: alsa::Direction, flags: OpenFlags) -> Result<PCM, i32> {
    let name = CString::new(name).map_err(|_| libc::EINVAL)?;
    // SAFETY: all flags are ones that `snd_pcm_open` documents or that alsa-lib's own tools use.
    unsafe { PCM::open_with_flags(&name, direction, flags.nonblock, flags.bits()) }
        .map_err(|error| error.errno().abs())
}

/// Sets or clears non-blocking mode (`snd_pcm_nonblock`). The error is a positive errno.
pub fn set_nonblock(pcm: &PCM, nonblock: bool) -> Result<(), i32> {
    // SAFETY: the handle is open; any number is a valid mode.
    check(unsafe { sys::snd_pcm_nonblock(raw(pcm), i32::from(nonblock)) })
}

/// The name the PCM was opened with (`snd_pcm_name`).
pub fn pcm_name(pcm: &PCM) -> String {
    // SAFETY: the string lives as long as the handle, which is open while it is borrowed.
    owned(unsafe { sys::snd_pcm_name(raw(pcm)) }).unwrap_or_default()
}

/// The plugin type of the PCM (`snd_pcm_type_name` of `snd_pcm_type`): `HW`, `PLUG`, `NULL`, `IOPLUG` …
pub fn plugin_type(pcm: &PCM) -> String {
    // SAFETY: the type comes from the open handle itself, so it is one that alsa-lib has a constant name for.
    owned(unsafe { sys::snd_pcm_type_name(sys::snd_pcm_type(raw(pcm))) }).unwrap_or_default()
}

/// Whether the PCM is a kernel device, without any plugin.
pub fn is_hardware(pcm: &PCM) -> bool {
    // SAFETY: the handle is open.
    unsafe { sys::snd_pcm_type(raw(pcm)) == sys::SND_PCM_TYPE_HW }
}

/// Whether the PCM is alsa-lib's `null`, without any plugin before it.
pub fn is_null(pcm: &PCM) -> bool {
    // SAFETY: the handle is open.
    unsafe { sys::snd_pcm_type(raw(pcm)) == sys::SND_PCM_TYPE_NULL }
}

/// Whether the PCM belongs to no card (`snd_pcm_info_get_card`), like the PCM of a sound server.
pub fn is_without_card(pcm: &PCM) -> bool {
    pcm.info().is_ok_and(|info| info.get_card() < 0)
}

/// The card that the PCM belongs to (`snd_pcm_info_get_card`), if it belongs to one.
pub fn card(pcm: &PCM) -> Option<u32> {
    u32::try_from(pcm.info().ok()?.get_card()).ok()
}

/// The name of a PCM state (`snd_pcm_state_name`); `None` for a number that is not one.
pub fn state_name(state: i32) -> Option<String> {
    if !(0..=8).contains(&state) {
        return None;
    }
    // SAFETY: `state` is an index of alsa-lib's table of names.
    owned(unsafe { sys::snd_pcm_state_name(state as _) })
}

/// Fills the buffer with silence after the last frame (`snd_pcm_sw_params_set_silence_size` with the boundary), so that
/// a device that stops only at the end of a period plays no stale frames before it stops.
pub fn set_silence_after_end(pcm: &PCM) -> Result<(), i32> {
    let handle = raw(pcm);
    let mut params = std::ptr::null_mut();
    // SAFETY: the parameters are allocated and freed here, on every path, and used only with the handle they were read
    // from.
    unsafe {
        check(sys::snd_pcm_sw_params_malloc(&mut params))?;
        let mut boundary = 0;
        let result = check(sys::snd_pcm_sw_params_current(handle, params))
            .and_then(|()| check(sys::snd_pcm_sw_params_get_boundary(params, &mut boundary)))
            .and_then(|()| {
                check(sys::snd_pcm_sw_params_set_silence_threshold(
                    handle, params, 0,
                ))
            })
            .and_then(|()| {
                check(sys::snd_pcm_sw_params_set_silence_size(
                    handle, params, boundary,
                ))
            })
            .and_then(|()| check(sys::snd_pcm_sw_params(handle, params)));
        sys::snd_pcm_sw_params_free(params);
        result
    }
}

/// alsa-lib's data about a sample format, to compare our table with.
#[cfg(test)]
#[derive(Debug, Default)]
pub struct FormatFacts {
    /// `snd_pcm_format_name`.
    pub name: Option<String>,
    /// `snd_pcm_format_description`.
    pub description: Option<String>,
    /// `snd_pcm_format_width`.
    pub bits: Option<u32>,
    /// `snd_pcm_format_physical_width`.
    pub physical_bits: Option<u32>,
    /// `snd_pcm_format_silence_64`, in memory order.
    pub silence: [u8; 8],
}

/// alsa-lib's data about format `number`; empty for a number outside of its table.
#[cfg(test)]
pub fn format_facts(number: i32) -> FormatFacts {
    // With a number outside its table alsa-lib aborts or reads out of bounds.
    if !(0..=52).contains(&number) {
        return FormatFacts::default();
    }
    // SAFETY: `number` is an index of alsa-lib's tables, whose strings are constants. Formats without silence, for
    // which alsa-lib would abort, are left out.
    unsafe {
        FormatFacts {
            name: owned(sys::snd_pcm_format_name(number)),
            description: owned(sys::snd_pcm_format_description(number)),
            bits: u32::try_from(sys::snd_pcm_format_width(number)).ok(),
            physical_bits: u32::try_from(sys::snd_pcm_format_physical_width(number)).ok(),
            silence: match number {
                0..=17 | 20..=21 | 25..=28 | 32..=43 | 48..=52 => {
                    sys::snd_pcm_format_silence_64(number).to_ne_bytes()
                }
                _ => [0; 8],
            },
        }
    }
}

/// The result for a libasound return code: negative numbers are errors, returned as positive errnos.
fn check(code: i32) -> Result<(), i32> {
    if code < 0 { Err(-code) } else { Ok(()) }
}

/// The text that `print` makes libasound write to an output; empty if there is no memory.
///
/// Uses the C library's memory stream: libasound's own (`snd_output_buffer_open`, 1.2.8) aborts the process on a piece
/// of more than 256 bytes, such as a long path.
fn printed(print: impl FnOnce(*mut sys::snd_output_t)) -> String {
    let (mut bytes, mut length) = (std::ptr::null_mut(), 0);
    let mut output = std::ptr::null_mut();
    // SAFETY: the stream is opened here and closed once: by the output if there is one. `bytes` and `length` outlive
    // it. After that, `bytes` is null or a block of `length` bytes that must be freed.
    unsafe {
        let stream = libc::open_memstream(&mut bytes, &mut length);
        if stream.is_null() {
            return String::new();
        }
        if sys::snd_output_stdio_attach(&mut output, stream.cast(), 1) < 0 {
            libc::fclose(stream);
        } else {
            print(output);
            sys::snd_output_close(output);
        }
        if bytes.is_null() {
            return String::new();
        }
        let text = std::slice::from_raw_parts(bytes.cast::<u8>(), length);
        let text = String::from_utf8_lossy(text).into_owned();
        libc::free(bytes.cast());
        text
    }
}

/// libasound's description of a PCM and all plugins behind it (`snd_pcm_dump`).
pub fn description(pcm: &PCM) -> String {
    printed(|output| {
        // SAFETY: `printed` passes an open output, and the handle is open.
        unsafe { sys::snd_pcm_dump(raw(pcm), output) };
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_raw_handle_is_the_address_in_the_debug_output() {
        let pcm = open("null", alsa::Direction::Playback, OpenFlags::default()).unwrap();
        let shown = format!("{pcm:?}");
        let address = format!("{:?}", raw(&pcm));
        assert!(shown.contains(&address), "{shown} {address}");
        assert_eq!(pcm_name(&pcm), "null");
        assert_eq!(plugin_type(&pcm), "NULL");
    }

    #[test]
    fn an_unknown_format_has_no_facts() {
        for number in [-1, 53, 99] {
            assert!(format_facts(number).name.is_none());
        }
    }
}
