//! Sound over ALSA: the functions of pyalsaaudio as a safe, typed Rust library. It prints nothing.
//!
//! The folder `examples` has a short program each for playing, recording, setting a volume and following a mixer.

// What only some codecs use is unused in a build without them.
#![cfg_attr(
    not(all(feature = "coded", feature = "flac", feature = "opus")),
    allow(dead_code)
)]

pub mod audio;
