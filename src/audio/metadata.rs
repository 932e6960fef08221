//! What a file says of itself beyond its frames: codec, tags, cue points and loops.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// Bytes of a tag's value that are kept. Lyrics fit; a picture that somebody has put into text does not.
pub const LONGEST_VALUE: usize = 64 << 10;

/// What is known of a file. Nothing in it is made up: what the file does not tell is `None` or missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// What the samples are coded with (`FLAC`, `Vorbis`), where they do not stand there as they are.
    pub codec: Option<String>,
    /// Seconds in all, where the file tells that and not the number of frames.
    pub seconds: Option<f64>,
    /// Bits a second that they are coded with, tags and all.
    pub bit_rate: Option<u64>,
    /// What the file says in words.
    pub tags: Tags,
    /// Marked frames, in the file's order.
    pub cues: Vec<Cue>,
    /// Stretches that a sampler repeats.
    pub loops: Vec<Loop>,
}

/// Names and values, by name: lower-case, the usual word where there is one (`title`, `artist`, `album`, `date`,
/// `track`, `genre`, `comment`, `replaygain_track_gain` …), otherwise what the file has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Vec<(String, String)>);

/// A marked frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cue {
    /// Frames before it.
    pub frame: u64,
    /// What it is called, where it is.
    pub label: Option<String>,
}

/// A stretch that is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Loop {
    /// Its first frame.
    pub start: u64,
    /// The frame after its last.
    pub end: u64,
    /// How often it is played; `None` is without end.
    pub plays: Option<u32>,
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
    /// What is coded with `codec` in a file of `bytes` bytes, and lasts so many seconds.
    pub(crate) fn coded(codec: Option<&str>, seconds: Option<f64>, bytes: Option<u64>) -> Metadata {
        let lasting = seconds.filter(|seconds| *seconds > 0.0);
        Metadata {
            codec: codec.map(str::to_owned),
            seconds,
            bit_rate: bytes
                .zip(lasting)
                .map(|(bytes, seconds)| (bytes as f64 * 8.0 / seconds).round() as u64),
            ..Metadata::default()
        }
    }
}

impl Tags {
    /// The value of the tag `name`; several are one, with `; ` between them.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// Takes the tag `name` out.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Adds what `name` says, unless that is nothing, more than anybody reads, or already said.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        let name = name.trim().to_lowercase();
        let value = value.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        if name.is_empty() || value.is_empty() || value.len() > LONGEST_VALUE {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, said)) if said.split("; ").any(|part| part == value) => {}
            Some((_, said)) if said.len() + value.len() > LONGEST_VALUE => {}
            Some((_, said)) => {
                said.push_str("; ");
                said.push_str(value);
            }
            None => self.0.push((name, value.to_owned())),
        }
    }
}

/// Of names and values. What is empty, or longer than [`LONGEST_VALUE`], is left out.
impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Tags {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(pairs: T) -> Tags {
        let mut tags = Tags::default();
        for (name, value) in pairs {
            tags.add(name.as_ref(), value.as_ref());
        }
        tags
    }
}

/// As a JSON object.
impl Serialize for Tags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// What tags say of how loud a track is to be (`REPLAYGAIN_TRACK_GAIN` and so on): decibels, and the greatest sample
/// (1.0 is full scale).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReplayGain {
    /// Of the track by itself.
    pub track_db: Option<f64>,
    /// Its greatest sample.
    pub track_peak: Option<f64>,
    /// Of the album that it is part of.
    pub album_db: Option<f64>,
    /// The album's greatest sample.
    pub album_peak: Option<f64>,
}

/// What EBU R 128's loudness (-23 LUFS), by which Opus files are tagged, lies below that of ReplayGain (-18).
const R128_BELOW: f64 = 5.0;

impl ReplayGain {
    /// What tags say: `replaygain_track_gain` (`-6.50 dB`) and so on, or Opus's `r128_track_gain` (256ths of a dB).
    pub(crate) fn of(tags: &Tags) -> ReplayGain {
        let number = |name: &str| {
            let words = tags.get(name)?.split_whitespace().next()?;
            words
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
        };
        let gain = |of: &str| {
            let r128 = number(&format!("r128_{of}_gain")).map(|gain| gain / 256.0 + R128_BELOW);
            number(&format!("replaygain_{of}_gain")).or(r128)
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
    fn a_tag_that_is_there_twice_is_one_with_both_values() {
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
            r#"{"artist":"A; B"}"#
        );
    }

    #[test]
    fn what_nobody_reads_is_not_kept() {
        let mut tags = Tags::default();
        tags.add("cover", &"x".repeat(LONGEST_VALUE + 1));
        tags.add("lyrics", &"y".repeat(LONGEST_VALUE));
        tags.add("lyrics", "z");
        assert_eq!(tags.iter().count(), 1);
        assert_eq!(tags.get("lyrics").unwrap().len(), LONGEST_VALUE);
    }
}
