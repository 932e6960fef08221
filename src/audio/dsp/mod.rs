//! Sample work that knows neither devices nor files.

mod g711;
pub mod meter;
mod pink;
pub mod random;
pub mod remap;
pub mod sample;
pub mod stretch;
pub mod tone;
