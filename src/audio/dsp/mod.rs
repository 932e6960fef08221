//! Signal processing on samples: conversion, resampling, mixing, metering and generation. Independent of devices and
//! files.

pub mod asrc;
pub mod convert;
mod g711;
pub mod gain;
pub mod meter;
pub mod mix;
pub mod path;
mod pink;
pub mod random;
pub mod resample;
pub mod sample;
pub mod scaler;
pub mod sound;
#[cfg(test)]
pub(crate) mod testing;
pub mod tone;
