//! libopus's multistream decoder. It is loaded when an Opus file is opened: a library that is loaded at each start is
//! searched for each symbol of those that libasound loads, and must be installed even if no Opus file is ever played.

use std::ffi::{CStr, c_int, c_uchar, c_void};
use std::ptr::NonNull;
use std::sync::OnceLock;

/// Its file name: that of all releases since 1.0.
const LIBRARY: &CStr = c"libopus.so.0";

const SAMPLE_RATE: i32 = 48_000;

/// `opus_multistream_decoder_create`: sample rate, channels, streams, stereo streams, mapping, error.
type Create =
    unsafe extern "C" fn(i32, c_int, c_int, c_int, *const c_uchar, *mut c_int) -> *mut c_void;
/// `opus_multistream_decode_float`: decoder, packet, its length, samples, how many frames they hold, whether to use error
/// correction.
type Decode =
    unsafe extern "C" fn(*mut c_void, *const c_uchar, i32, *mut f32, c_int, c_int) -> c_int;
/// `opus_multistream_decoder_destroy`.
type Destroy = unsafe extern "C" fn(*mut c_void);

#[derive(Clone, Copy)]
struct Functions {
    create: Create,
    decode: Decode,
    destroy: Destroy,
}

/// The system's libopus, which stays loaded; `None` if it is not installed.
fn functions() -> Option<Functions> {
    static FUNCTIONS: OnceLock<Option<Functions>> = OnceLock::new();
    *FUNCTIONS.get_or_init(|| load(LIBRARY))
}

fn load(library: &CStr) -> Option<Functions> {
    // SAFETY: the name is NUL-terminated. libopus has no initializers.
    let library = unsafe { libc::dlopen(library.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    let library = NonNull::new(library)?;
    let function = |name: &CStr| {
        // SAFETY: the library is open, and the name NUL-terminated.
        NonNull::new(unsafe { libc::dlsym(library.as_ptr(), name.as_ptr()) })
    };
    let create = function(c"opus_multistream_decoder_create")?;
    let decode = function(c"opus_multistream_decode_float")?;
    let destroy = function(c"opus_multistream_decoder_destroy")?;
    // SAFETY: the types are those in opus_multistream.h, which have not changed since release 1.0. The library is never
    // unloaded.
    unsafe {
        Some(Functions {
            create: std::mem::transmute::<NonNull<c_void>, Create>(create),
            decode: std::mem::transmute::<NonNull<c_void>, Decode>(decode),
            destroy: std::mem::transmute::<NonNull<c_void>, Destroy>(destroy),
        })
    }
}

/// Why there is no decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpusError {
    /// libopus is not installed.
    NoLibrary,
    /// The numbers do not fit together, or the packet is corrupt.
    Invalid,
}

/// A decoder with an output rate of 48 kHz.
pub struct OpusDecoder {
    functions: Functions,
    decoder: NonNull<c_void>,
    channels: usize,
}

// SAFETY: the decoder is one block of memory that only this type points to, and libopus keeps no state per thread. It
// is reachable only through `&mut self`, so two threads never use it at the same time.
unsafe impl Send for OpusDecoder {}

impl OpusDecoder {
    /// A decoder for `streams` streams, the first `coupled` of which are stereo. `mapping` has the index of a decoded
    /// channel for each output channel.
    ///
    /// # Errors
    /// If libopus is not installed, and if these do not fit together.
    pub fn new(streams: u8, coupled: u8, mapping: &[u8]) -> Result<OpusDecoder, OpusError> {
        let functions = functions().ok_or(OpusError::NoLibrary)?;
        let channels = u8::try_from(mapping.len()).map_err(|_| OpusError::Invalid)?;
        let mut error = 0;
        // SAFETY: the mapping has as many entries as there are channels. libopus checks all numbers, and returns null if
        // they do not fit together.
        let decoder = unsafe {
            (functions.create)(
                SAMPLE_RATE,
                channels.into(),
                streams.into(),
                coupled.into(),
                mapping.as_ptr(),
                &mut error,
            )
        };
        Ok(OpusDecoder {
            functions,
            decoder: NonNull::new(decoder).ok_or(OpusError::Invalid)?,
            channels: mapping.len(),
        })
    }

    /// Decodes a packet, which must not be empty, into interleaved samples and returns the number of frames.
    ///
    /// # Errors
    /// For a corrupt packet, and for one with more frames than fit into `samples`.
    pub fn decode(&mut self, packet: &[u8], samples: &mut [f32]) -> Result<usize, OpusError> {
        let length = i32::try_from(packet.len()).map_err(|_| OpusError::Invalid)?;
        let frames = c_int::try_from(samples.len() / self.channels).unwrap_or(c_int::MAX);
        // SAFETY: the decoder is open, the packet has `length` bytes, and `samples` holds `frames` frames of its channels.
        let decoded = unsafe {
            (self.functions.decode)(
                self.decoder.as_ptr(),
                packet.as_ptr(),
                length,
                samples.as_mut_ptr(),
                frames,
                0,
            )
        };
        usize::try_from(decoded).map_err(|_| OpusError::Invalid)
    }
}

impl Drop for OpusDecoder {
    fn drop(&mut self) {
        // SAFETY: the decoder is open, and is not used again.
        unsafe { (self.functions.destroy)(self.decoder.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_not_installed_has_no_functions() {
        assert!(load(c"libopus.so.none").is_none());
        // A library without the functions.
        assert!(load(c"libasound.so.2").is_none());
        assert!(load(LIBRARY).is_some());
    }
}
