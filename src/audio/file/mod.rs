//! Sound files: [`open()`] returns a [`Source`](super::stream::Source) for what a file or pipe contains, [`create()`] a
//! [`Sink`](super::stream::Sink) that writes one.
//!
//! [`open()`] recognizes a container by its first bytes, never by its name. Pipes are read like files: data that can only
//! be read out of order is held in memory. [`create()`] goes by the container in its options or the file name extension.

mod aiff;
mod au;
mod byte_view;
#[cfg(feature = "coded")]
mod catch_panic;
mod channel_layout;
mod container;
mod create;
#[cfg(feature = "coded")]
mod decode;
mod description;
mod descriptor;
mod errors;
mod ffmpeg;
mod fields;
#[cfg(feature = "flac")]
mod flac;
mod id3;
mod input;
#[cfg(feature = "coded")]
mod itunes_gapless;
mod leading_tags;
mod long_names;
mod magic;
mod open;
mod options;
mod output;
mod pcm_reader;
mod pcm_writer;
mod raw;
mod registry;
mod repack;
mod voc;
mod w64;
mod wav;
mod writer;

pub use container::Container;
pub(crate) use container::SNIFF_BYTES;
pub(crate) use create::container_of;
pub use create::{check_create, create, stores_channel_mask};
pub use description::{Description, describe, describe_url};
pub use descriptor::{names_descriptor, open_by_name};
pub use input::Input;
pub(crate) use long_names::{excess, part_path, shortened};
pub use open::{open, open_url};
pub use options::{DecoderChoice, MAX_COMPRESSION, ReadOptions, WriteOptions};
pub use output::OutputTarget;
pub(crate) use output::{rename_new, replace};
#[cfg(test)]
pub(crate) use raw::frames_of;
pub(crate) use registry::writer_of;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
