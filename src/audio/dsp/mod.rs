//! Sample work that knows neither devices nor files.

pub mod meter;
pub mod remap;
pub mod sample;
