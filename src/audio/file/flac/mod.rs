//! Writes FLAC. flac-codec encodes the blocks (the FLAC specification's "frames"); the header is written here, so that
//! it can be updated while recording.

mod header;
mod level;
mod sink;
#[cfg(test)]
mod tests;

pub(super) use sink::FLAC_WRITER;
