//! ID3v2 tags before a container that has no place for them there. Taggers write them, and players look past them.

use super::container::Container;
use super::id3;
use super::input::Input;
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::Result;
use crate::audio::metadata::Metadata;
use crate::audio::spec::Spec;
use crate::audio::stream::Source;

/// The containers whose readers do not look for ID3v2 tags before their header.
const UNAWARE: [Container; 9] = [
    Container::Wav,
    Container::Aiff,
    Container::Au,
    Container::Caf,
    Container::W64,
    Container::Voc,
    Container::Ogg,
    Container::Mp4,
    Container::Matroska,
];

/// Whether ID3v2 tags before a container are read here.
pub(super) fn precede(container: Container) -> bool {
    UNAWARE.contains(&container)
}

/// Consumes the ID3v2 tags before a container that does not know them: `input` begins after them then.
///
/// # Errors
/// If reading fails.
pub(super) fn read(input: &mut Input, container: Container) -> Result<Metadata> {
    if !precede(container) {
        return Ok(Metadata::default());
    }
    let mut tags = id3::read_before_sound(input)?;
    // Chapters of an ID3 tag have no place where cue points are.
    tags.chapters.clear();
    input.begin_here();
    Ok(tags)
}

/// Adds `tags` to those of a source: what both have is the source's.
pub(super) fn add(source: Box<dyn Source>, tags: Metadata) -> Box<dyn Source> {
    match tags == Metadata::default() {
        true => source,
        false => Box::new(WithLeadingTags { source, tags }),
    }
}

/// A source with tags that precede its container.
struct WithLeadingTags {
    source: Box<dyn Source>,
    tags: Metadata,
}

impl Source for WithLeadingTags {
    fn spec(&self) -> Spec {
        self.source.spec()
    }

    fn frames(&self) -> Option<u64> {
        self.source.frames()
    }

    fn name(&self) -> &str {
        self.source.name()
    }

    fn metadata(&self) -> Metadata {
        let mut metadata = self.source.metadata();
        metadata.add_missing(&mut self.tags.clone());
        metadata
    }

    fn take_warning(&mut self) -> Option<String> {
        self.source.take_warning()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.source.read(buffer)
    }

    fn next_segment(&mut self) -> Result<bool> {
        let continues = self.source.next_segment()?;
        if continues {
            self.tags = Metadata::default();
        }
        Ok(continues)
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        self.source.channel_map()
    }

    fn rewind(&mut self) -> bool {
        self.source.rewind()
    }

    fn skip(&mut self, frames: u64) -> Result<u64> {
        self.source.skip(frames)
    }
}
