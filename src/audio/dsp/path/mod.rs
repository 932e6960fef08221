//! Proving a path from an output to an input with a known signal: what is sent, and what happened to it.

mod fft;
mod fit;
mod measure;
mod measurement;
mod signal;
#[cfg(test)]
mod tests;

pub use measure::measure;
pub use measurement::{BitDifference, BitResult, PathCause, PathMeasurement};
pub use signal::PathSignal;
