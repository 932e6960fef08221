//! Converts symphonia's metadata to [`Metadata`].

use crate::audio::metadata::{Cue, Metadata, Tags};
use symphonia::core::formats::FormatReader;
use symphonia::core::meta::{ChapterGroup, ChapterGroupItem, RawValue, StandardTag, Tag};

/// Maximum number of chapters.
const MAX_CUES: usize = 10_000;

/// iTunes' internal tags, which are not metadata.
const IGNORED: &[&str] = &["itunsmpb", "itunnorm", "itunes_cddb_1"];

/// Adds the tags and chapters found by `reader` to `metadata`.
pub(super) fn add_metadata(
    reader: &mut dyn FormatReader,
    track: u32,
    rate: u32,
    metadata: &mut Metadata,
) {
    if let Some(chapters) = reader.chapters() {
        add_chapters(chapters, rate, &mut metadata.cues);
    }
    let mut revisions = reader.metadata();
    let mut found = Vec::new();
    loop {
        if let Some(revision) = revisions.current() {
            let of_track = revision.per_track.iter();
            let of_track = of_track.filter(|tags| tags.track_id == u64::from(track));
            let containers =
                std::iter::once(&revision.media).chain(of_track.map(|tags| &tags.metadata));
            found.extend(containers.flat_map(|container| container.tags.iter().cloned()));
        }
        if revisions.pop().is_none() {
            break;
        }
    }
    let has_track_level = found.iter().any(|tag| tag.raw.key.starts_with("TRACK@"));
    for tag in &found {
        add_tag(tag, has_track_level, &mut metadata.tags);
    }
}

fn add_tag(tag: &Tag, has_track_level: bool, tags: &mut Tags) {
    let name = match tag
        .raw
        .key
        .strip_prefix("ALBUM@")
        .filter(|_| has_track_level)
    {
        Some(own) => album_name(&own.to_lowercase()),
        None => Some(name(tag)),
    };
    let Some(name) = name.filter(|name| !IGNORED.contains(&&**name)) else {
        return;
    };
    match &tag.raw.value {
        RawValue::StringList(list) => list.iter().for_each(|value| tags.add_common(&name, value)),
        value => text(value)
            .into_iter()
            .for_each(|value| tags.add_common(&name, &value)),
    }
}

/// What a tag of Matroska about the album is called, if there are tags about the track as well.
fn album_name(own: &str) -> Option<String> {
    let name = match own {
        "title" => "album",
        "artist" => "album_artist",
        "total_parts" => "tracks",
        "part_number" => "disc",
        "date_released" | "date_recorded" => "date",
        own => own,
    };
    Some(name.to_owned())
}

fn text(value: &RawValue) -> Option<String> {
    match value {
        RawValue::Binary(_) | RawValue::Flag => None,
        RawValue::StringList(list) => Some(list.join("; ")),
        value => Some(value.to_string()),
    }
}

/// The common name of a tag if there is one, else its name in the file: the last part of `----:com.apple.iTunes:NAME`,
/// or the description of a user-defined ID3 frame.
fn name(tag: &Tag) -> String {
    // For Matroska, symphonia 0.6.1 puts the target level before the name. Most writers set it to ALBUM, whatever the
    // tag.
    if let Some((_, own)) = tag.raw.key.split_once('@') {
        let own = own.to_lowercase();
        return match &*own {
            "part_number" => "track".to_owned(),
            "date_recorded" | "date_released" => "date".to_owned(),
            _ => own,
        };
    }
    if let Some(common) = tag.std.as_ref().and_then(common_name) {
        return common.to_owned();
    }
    let described = tag.raw.sub_fields.iter().flat_map(|fields| fields.iter());
    let described = described.filter(|field| field.field.contains("DESC"));
    let described = described
        .filter_map(|field| text(&field.value))
        .find(|text| !text.is_empty());
    let own = || {
        tag.raw
            .key
            .rsplit(':')
            .next()
            .unwrap_or(&tag.raw.key)
            .to_owned()
    };
    described.unwrap_or_else(own).to_lowercase()
}

fn common_name(tag: &StandardTag) -> Option<&'static str> {
    Some(match tag {
        StandardTag::TrackTitle(_) => "title",
        StandardTag::Artist(_) => "artist",
        StandardTag::Album(_) => "album",
        StandardTag::AlbumArtist(_) => "album_artist",
        StandardTag::Composer(_) => "composer",
        StandardTag::Genre(_) => "genre",
        StandardTag::Comment(_) => "comment",
        StandardTag::Description(_) => "description",
        StandardTag::Copyright(_) => "copyright",
        StandardTag::Lyrics(_) => "lyrics",
        StandardTag::Language(_) => "language",
        StandardTag::Encoder(_) => "encoder",
        StandardTag::EncodedBy(_) => "encoded_by",
        StandardTag::TrackNumber(_) => "track",
        StandardTag::TrackTotal(_) => "tracks",
        StandardTag::DiscNumber(_) => "disc",
        StandardTag::DiscTotal(_) => "discs",
        StandardTag::RecordingDate(_) | StandardTag::RecordingYear(_) => "date",
        StandardTag::ReleaseDate(_) | StandardTag::ReleaseYear(_) => "date",
        StandardTag::ReplayGainTrackGain(_) => "replaygain_track_gain",
        StandardTag::ReplayGainTrackPeak(_) => "replaygain_track_peak",
        StandardTag::ReplayGainAlbumGain(_) => "replaygain_album_gain",
        StandardTag::ReplayGainAlbumPeak(_) => "replaygain_album_peak",
        _ => return None,
    })
}

fn add_chapters(group: &ChapterGroup, rate: u32, cues: &mut Vec<Cue>) {
    for item in &group.items {
        match item {
            _ if cues.len() >= MAX_CUES => return,
            ChapterGroupItem::Group(group) => add_chapters(group, rate, cues),
            ChapterGroupItem::Chapter(chapter) => {
                let frames = chapter.start_time.as_nanos().max(0) as u128 * u128::from(rate);
                let frame = (frames + 500_000_000) / 1_000_000_000;
                let label = chapter.tags.iter().find(|tag| {
                    matches!(
                        tag.std,
                        Some(StandardTag::ChapterTitle(_) | StandardTag::TrackTitle(_))
                    )
                });
                cues.push(Cue {
                    frame: u64::try_from(frame).unwrap_or(u64::MAX),
                    label: label.and_then(|tag| text(&tag.raw.value)),
                });
            }
        }
    }
}
