//! Creating a file for writing.

use super::container::Container;
use super::options::WriteOptions;
use super::output::OutputTarget;
use super::registry::writer_of;
use super::writer::ContainerWriter;
use crate::audio::advice::FileAdvice;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;

/// Creates a sink that writes frames of `spec` to `target`. An existing file is truncated at once, through symbolic
/// links as well.
///
/// A file on a disk is valid at once, and again after each [`Sink::checkpoint`]. Opening a FIFO waits for its reader.
/// SIGXFSZ must be ignored or handled, so that a size limit is an error instead of the end of the process.
///
/// # Errors
/// [`Kind::Usage`] if the container cannot be written, or cannot hold `spec` or the tags; otherwise errors of opening
/// the file and writing the header.
pub fn create(target: OutputTarget, spec: Spec, options: &WriteOptions) -> Result<Box<dyn Sink>> {
    writer_for(&target, options)?.create(target, spec, options)
}

/// Checks what can be checked before [`create`]: nothing is created.
///
/// # Errors
/// [`Kind::Usage`] if the container cannot be written, or cannot hold `spec` or the tags.
pub fn check_create(target: &OutputTarget, spec: Spec, options: &WriteOptions) -> Result<()> {
    writer_for(target, options)?.check(spec, options)
}

fn writer_for(
    target: &OutputTarget,
    options: &WriteOptions,
) -> Result<&'static dyn ContainerWriter> {
    let container = container_of(target, options);
    writer_of(container).ok_or_else(|| not_writable(container, target))
}

/// Whether a file created by [`create`] stores [`WriteOptions::channel_mask`]. Its channels must then be in the order
/// of the bits of the mask.
pub fn stores_channel_mask(target: &OutputTarget, spec: Spec, options: &WriteOptions) -> bool {
    let writer = writer_of(container_of(target, options));
    writer.is_some_and(|writer| writer.stores_channel_mask(spec))
}

/// The container that [`create`] uses.
pub(crate) fn container_of(target: &OutputTarget, options: &WriteOptions) -> Container {
    let by_extension = || match target {
        OutputTarget::Path(path) => Container::from_extension(path),
        _ => None,
    };
    options
        .container
        .or_else(by_extension)
        .unwrap_or(Container::Wav)
}

fn not_writable(container: Container, target: &OutputTarget) -> Error {
    let writable = Container::all().filter(|known| known.is_writable());
    let names = writable.map(Container::name).collect();
    let message = format!("writing {} is not supported", container.title());
    let error = Error::new(Kind::Usage, message).with_advice(FileAdvice::Containers(names));
    match target {
        OutputTarget::Path(path) => error.with_advice(FileAdvice::EncodeElsewhere(path.clone())),
        _ => error,
    }
}
