//! What a file contains besides frames: codec, tags, cue points, loops and ReplayGain.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::borrow::Cow;

/// Longest tag value in bytes that is kept. Lyrics fit; pictures encoded as text do not.
pub const MAX_TAG_BYTES: usize = 64 << 10;

/// What a file says about its sound. What it does not say is `None` or missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// The codec (`FLAC`, `Vorbis`); `None` for uncompressed samples.
    pub codec: Option<String>,
    /// The program that decodes, if it is not this library.
    pub decoder: Option<&'static str>,
    /// Duration in seconds, if the file states that instead of a number of frames.
    pub seconds: Option<f64>,
    /// Average bit rate in bits per second: the size of the whole file over its duration.
    pub bit_rate: Option<u64>,
    /// Tags.
    pub tags: Tags,
    /// Cue points and chapters, in the file's order.
    pub cues: Vec<Cue>,
    /// Sampler loops.
    pub loops: Vec<Loop>,
    /// Pictures, which are never decoded.
    pub covers: Vec<Cover>,
    /// Chapters whose start is known in seconds, before the rate is: they become cue points.
    pub(crate) chapters: Vec<(f64, Option<String>)>,
    /// iTunes' comment about the start and the end of the sound.
    pub(crate) itunes_gapless: Option<String>,
}

/// A picture in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cover {
    /// Its type (`image/png`), if the file says.
    #[serde(rename = "mime_type")]
    pub mime: Option<String>,
    /// Its size in bytes, if known.
    pub bytes: Option<u64>,
}

/// Tag names and values. Names are lower-case: the common name if there is one (`title`, `artist`, `album`, `date`,
/// `track`, `genre`, `comment`, `replaygain_track_gain` …), otherwise the file's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Vec<Tag>);

/// A tag with one value or more.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tag {
    name: String,
    values: Vec<String>,
    /// All values, joined.
    text: String,
}

/// A cue point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cue {
    /// Its position in frames.
    pub frame: u64,
    /// Its name, if it has one.
    pub label: Option<String>,
}

/// A sampler loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Loop {
    /// The first frame.
    pub start_frame: u64,
    /// The frame after the last.
    pub end_frame: u64,
    /// How many times it is played; 0 is forever.
    pub plays: u32,
}

impl From<Tags> for Metadata {
    fn from(tags: Tags) -> Metadata {
        Metadata {
            tags,
            ..Metadata::default()
        }
    }
}

impl Metadata {
    /// Codec, duration and, if duration and file size are known, the bit rate.
    pub(crate) fn encoded(
        codec: Option<&str>,
        seconds: Option<f64>,
        bytes: Option<u64>,
    ) -> Metadata {
        let duration = seconds.filter(|seconds| *seconds > 0.0);
        Metadata {
            codec: codec.map(str::to_owned),
            seconds,
            bit_rate: bytes
                .zip(duration)
                .map(|(bytes, seconds)| (bytes as f64 * 8.0 / seconds).round() as u64),
            ..Metadata::default()
        }
    }

    /// Takes over from `other` the tags that are missing, and all else that is missing.
    pub(crate) fn add_missing(&mut self, other: &mut Metadata) {
        let missing = |tag: &Tag| self.tags.get(&tag.name).is_none();
        let missing: Vec<_> = other.tags.0.drain(..).filter(missing).collect();
        self.tags.0.extend(missing);
        if self.covers.is_empty() {
            self.covers.append(&mut other.covers);
        }
        if self.cues.is_empty() {
            self.cues.append(&mut other.cues);
        }
        if self.itunes_gapless.is_none() {
            self.itunes_gapless = other.itunes_gapless.take();
        }
        if self.chapters.is_empty() {
            self.chapters.append(&mut other.chapters);
        }
    }

    /// Makes cue points of the chapters.
    pub(crate) fn place_chapters(&mut self, rate: u32) {
        self.cues
            .extend(self.chapters.drain(..).map(|(seconds, label)| Cue {
                frame: (seconds * f64::from(rate)).round() as u64,
                label,
            }));
    }
}

impl Tags {
    /// The value of the tag `name`. Multiple values are joined with `; `.
    pub fn get(&self, name: &str) -> Option<&str> {
        let tag = self.0.iter().find(|tag| tag.name == name)?;
        Some(&tag.text)
    }

    /// The values of the tag `name`; empty if there is none.
    pub fn values(&self, name: &str) -> &[String] {
        let tag = self.0.iter().find(|tag| tag.name == name);
        tag.map_or(&[], |tag| &tag.values)
    }

    /// Removes the tag `name` and returns its value.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|tag| tag.name == name)?;
        Some(self.0.remove(at).text)
    }

    /// Whether there are no tags.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|tag| (&*tag.name, &*tag.text))
    }

    /// Adds a value, unless it is empty, longer than [`MAX_TAG_BYTES`], or present already.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        let name = name.trim().to_lowercase();
        let value = value.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        if name.is_empty() || value.is_empty() || value.len() > MAX_TAG_BYTES {
            return;
        }
        match self.0.iter_mut().find(|tag| tag.name == name) {
            Some(tag) if tag.values.iter().any(|known| known == value) => {}
            Some(tag) if tag.text.len() + value.len() > MAX_TAG_BYTES => {}
            Some(tag) => {
                tag.text.push_str("; ");
                tag.text.push_str(value);
                tag.values.push(value.to_owned());
            }
            None => self.0.push(Tag {
                name,
                values: vec![value.to_owned()],
                text: value.to_owned(),
            }),
        }
    }

    /// Adds a value as [`Tags::add`] does. A `track` or `disc` of the form `3/12` is split into `track` and `tracks`.
    pub(crate) fn add_common(&mut self, name: &str, value: &str) {
        let total = match name {
            "track" => "tracks",
            "disc" => "discs",
            _ => return self.add(name, value),
        };
        match value.split_once('/') {
            Some((number, count)) => {
                self.add(name, number);
                self.add(total, count);
            }
            None => self.add(name, value),
        }
    }
}

/// From names and values. Empty ones, and those longer than [`MAX_TAG_BYTES`], are left out.
impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Tags {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(pairs: T) -> Tags {
        let mut tags = Tags::default();
        for (name, value) in pairs {
            tags.add(name.as_ref(), value.as_ref());
        }
        tags
    }
}

/// As a JSON object: a string for one value, a list of strings for several.
impl Serialize for Tags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for tag in &self.0 {
            match &tag.values[..] {
                [value] => map.serialize_entry(&tag.name, value)?,
                values => map.serialize_entry(&tag.name, values)?,
            }
        }
        map.end()
    }
}

impl JsonSchema for Tags {
    fn schema_name() -> Cow<'static, str> {
        "Tags".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Tags by name. A tag with several values is an array.",
            "type": "object",
            "additionalProperties": {"anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 2},
            ]},
        })
    }
}

/// The ReplayGain tags of a file: gains in decibels, and peaks (1.0 is full scale).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReplayGain {
    /// Track gain.
    pub track_db: Option<f64>,
    /// Track peak.
    pub track_peak: Option<f64>,
    /// Album gain.
    pub album_db: Option<f64>,
    /// Album peak.
    pub album_peak: Option<f64>,
}

/// Opus gain tags refer to -23 LUFS (EBU R 128), ReplayGain to -18.
const R128_OFFSET_DB: f64 = 5.0;

impl ReplayGain {
    /// Reads `replaygain_track_gain` (`-6.50 dB`) and so on, or else Opus's `r128_track_gain` (in 1/256 dB).
    pub(crate) fn from_tags(tags: &Tags) -> ReplayGain {
        let number = |name: &str| {
            let words = tags.get(name)?.split_whitespace().next()?;
            words
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
        };
        let gain = |scope: &str| {
            let r128 =
                number(&format!("r128_{scope}_gain")).map(|gain| gain / 256.0 + R128_OFFSET_DB);
            number(&format!("replaygain_{scope}_gain")).or(r128)
        };
        ReplayGain {
            track_db: gain("track"),
            track_peak: number("replaygain_track_peak"),
            album_db: gain("album"),
            album_peak: number("replaygain_album_peak"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_tags_are_joined() {
        let mut tags = Tags::default();
        for (name, value) in [
            ("Artist", "A"),
            ("ARTIST", " B\0"),
            ("artist", "A"),
            ("title", ""),
        ] {
            tags.add(name, value);
        }
        assert_eq!(tags.iter().collect::<Vec<_>>(), [("artist", "A; B")]);
        assert_eq!(
            serde_json::to_string(&tags).unwrap(),
            r#"{"artist":["A","B"]}"#
        );
    }

    #[test]
    fn overlong_values_are_dropped() {
        let mut tags = Tags::default();
        tags.add("cover", &"x".repeat(MAX_TAG_BYTES + 1));
        tags.add("lyrics", &"y".repeat(MAX_TAG_BYTES));
        tags.add("lyrics", "z");
        assert_eq!(tags.iter().count(), 1);
        assert_eq!(tags.get("lyrics").unwrap().len(), MAX_TAG_BYTES);
    }
}
