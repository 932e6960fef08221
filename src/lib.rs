//! Sound over ALSA: what pyalsaaudio offers, in Rust's terms. Safe, typed, and printing nothing.

pub mod audio;
