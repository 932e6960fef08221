//! Sound over ALSA: the functions of pyalsaaudio as a safe, typed Rust library. It prints nothing.

pub mod audio;
