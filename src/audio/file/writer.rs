//! The interface of what writes a container.

use super::options::WriteOptions;
use super::output::OutputTarget;
use crate::audio::error::Result;
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;

/// Creates sinks for a container.
pub(crate) trait ContainerWriter: Sync {
    /// Creates a sink for frames of `spec` and writes the header. Nothing is created if spec or options are not
    /// supported.
    fn create(
        &self,
        target: OutputTarget,
        spec: Spec,
        options: &WriteOptions,
    ) -> Result<Box<dyn Sink>>;

    /// Checks that [`ContainerWriter::create`] supports spec and options.
    ///
    /// # Errors
    /// [`Kind::Usage`](crate::audio::error::Kind::Usage).
    fn check(&self, spec: Spec, options: &WriteOptions) -> Result<()>;

    /// The maximum number of frames in a file, if limited; at least 1.
    fn max_frames(&self, spec: Spec, options: &WriteOptions) -> Option<u64>;

    /// Whether files of `spec` store [`WriteOptions::channel_mask`]. Their channels are in the order of its bits.
    fn stores_channel_mask(&self, spec: Spec) -> bool;
}
