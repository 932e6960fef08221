//! Asks ffprobe what a file contains.

use crate::audio::metadata::{Cover, Cue, Metadata};
use serde_json::Value;

/// The first audio stream of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FileProbe {
    /// The name of ffmpeg's decoder (`wmav2`).
    pub(super) codec: String,
    /// Its profile (`HE-AAC`).
    pub(super) profile: Option<String>,
    /// ffmpeg's sample format (`s16p`).
    pub(super) sample_format: String,
    /// Significant bits of a sample.
    pub(super) bits: Option<u32>,
    pub(super) rate: u32,
    /// The bit rate of the codec's blocks, if they have one; that of the metadata follows from the size of the file.
    pub(super) codec_bit_rate: Option<u64>,
    pub(super) metadata: Metadata,
}

/// Tags that describe the container, not the sound.
const PRIVATE: [&str; 6] = [
    "major_brand",
    "minor_version",
    "compatible_brands",
    "handler_name",
    "vendor_id",
    "creation_time",
];

/// The language of a track without one.
const UNDETERMINED: &str = "und";

impl FileProbe {
    /// Parses the JSON of `ffprobe -show_format -show_streams -show_chapters`.
    pub(super) fn parse(json: &[u8]) -> Option<FileProbe> {
        let document: Value = serde_json::from_slice(json).ok()?;
        let streams = document["streams"].as_array()?;
        let stream = streams
            .iter()
            .find(|stream| stream["codec_type"] == "audio")?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let format = &document["format"];
        let mut probe = FileProbe {
            codec: text(&stream["codec_name"]).unwrap_or_else(|| "unknown".to_owned()),
            profile: text(&stream["profile"]),
            sample_format: text(&stream["sample_fmt"]).unwrap_or_default(),
            bits: number(&stream["bits_per_raw_sample"]).filter(|bits| *bits > 0_u32),
            rate: number(&stream["sample_rate"])?,
            codec_bit_rate: number(&stream["bit_rate"]),
            metadata: Metadata::default(),
        };
        let seconds: Option<f64> =
            number(&stream["duration"]).or_else(|| number(&format["duration"]));
        let metadata = &mut probe.metadata;
        metadata.seconds = seconds.filter(|seconds| *seconds > 0.0);
        metadata.bit_rate = number(&format["bit_rate"]);
        add_tags(&format["tags"], metadata);
        add_tags(&stream["tags"], metadata);
        let pictures = streams
            .iter()
            .filter(|stream| stream["disposition"]["attached_pic"] == 1);
        metadata.covers.extend(pictures.map(|stream| {
            Cover {
                mime: text(&stream["codec_name"])
                    .map(|codec| format!("image/{}", codec.replace("mjpeg", "jpeg"))),
                bytes: None,
            }
        }));
        metadata.cues = cues(&document["chapters"], probe.rate);
        Some(probe)
    }

    /// Whether the file has not half of the bytes that its duration needs.
    pub(super) fn lacks_bytes(&self) -> bool {
        let rates = self.codec_bit_rate.zip(self.metadata.bit_rate);
        rates.is_some_and(|(codec, file)| file < codec / 2)
    }

    /// The decoder to use instead of ffmpeg's choice. For MP1 and MP2 that is one which dithers to 16 bits and returns
    /// other samples after a seek.
    pub(super) fn decoder(&self) -> Option<&'static str> {
        match &*self.codec {
            "mp1" => Some("mp1float"),
            "mp2" => Some("mp2float"),
            _ => None,
        }
    }

    /// Whether the decoder fills gaps with noise.
    pub(super) fn is_noisy(&self) -> bool {
        matches!(&*self.codec, "ac3" | "eac3")
    }

    /// The format in which ffmpeg writes the samples without losing any of their bits.
    pub(super) fn output_codec(&self) -> &'static str {
        if let "mp1" | "mp2" = &*self.codec {
            return "pcm_f32le";
        }
        match (self.sample_format.trim_end_matches('p'), self.bits) {
            ("u8" | "s16", _) => "pcm_s16le",
            ("s32", Some(17..=24)) => "pcm_s24le",
            ("s32" | "s64", _) => "pcm_s32le",
            ("dbl", _) => "pcm_f64le",
            _ => "pcm_f32le",
        }
    }

    pub(super) fn codec_title(&self) -> String {
        title(&self.codec, self.profile.as_deref())
    }
}

fn number<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

fn add_tags(tags: &Value, metadata: &mut Metadata) {
    for (name, value) in tags.as_object().into_iter().flatten() {
        let name = name.to_lowercase();
        let Some(value) = value.as_str().filter(|_| !PRIVATE.contains(&&*name)) else {
            continue;
        };
        if (&*name, value) == ("language", UNDETERMINED) {
            continue;
        }
        let name = match &*name {
            "albumartist" | "album artist" => "album_artist",
            "year" => "date",
            "tracktotal" | "totaltracks" => "tracks",
            "disctotal" | "totaldiscs" => "discs",
            name => name,
        };
        metadata.tags.add_common(name, value);
    }
}

fn cues(chapters: &Value, rate: u32) -> Vec<Cue> {
    let chapters = chapters.as_array().into_iter().flatten();
    let cue = |chapter: &Value| {
        let seconds: f64 = chapter["start_time"].as_str()?.parse().ok()?;
        Some(Cue {
            frame: (seconds.max(0.0) * f64::from(rate)).round() as u64,
            label: chapter["tags"]["title"].as_str().map(str::to_owned),
        })
    };
    chapters.filter_map(cue).collect()
}

/// The usual name of the codec that ffmpeg calls `name`.
pub(super) fn title(name: &str, profile: Option<&str>) -> String {
    let title = match (name, profile) {
        ("aac" | "aac_latm", Some(profile)) if profile.starts_with("HE-AAC") => {
            return profile.replace("HE-AACv2", "HE-AAC v2");
        }
        ("dts", Some(profile)) if profile.starts_with("DTS") => return profile.to_owned(),
        ("aac" | "aac_latm", _) => "AAC",
        ("wmav1", _) => "WMA v1",
        ("wmav2", _) => "WMA v2",
        ("wmapro", _) => "WMA Pro",
        ("wmalossless", _) => "WMA Lossless",
        ("wmavoice", _) => "WMA Voice",
        ("wavpack", _) => "WavPack",
        ("ape", _) => "Monkey's Audio",
        ("musepack7" | "musepack8", _) => "Musepack",
        ("mp3", _) => "MP3",
        ("mp2", _) => "MP2",
        ("mp1", _) => "MP1",
        ("mp4als", _) => "MPEG-4 ALS",
        ("ac3", _) => "AC-3",
        ("eac3", _) => "E-AC-3",
        ("dts", _) => "DTS",
        ("truehd", _) => "TrueHD",
        ("mlp", _) => "MLP",
        ("amr_nb" | "amrnb", _) => "AMR-NB",
        ("amr_wb" | "amrwb", _) => "AMR-WB",
        ("speex" | "libspeex", _) => "Speex",
        ("tta", _) => "True Audio",
        ("tak", _) => "TAK",
        ("gsm" | "gsm_ms", _) => "GSM 6.10",
        ("flac", _) => "FLAC",
        ("vorbis", _) => "Vorbis",
        ("opus" | "libopus", _) => "Opus",
        ("alac", _) => "ALAC",
        ("cook", _) => "RealAudio Cook",
        ("ra_144" | "ra_288", _) => "RealAudio",
        ("sipr", _) => "RealAudio Sipr",
        ("atrac3" | "atrac3p" | "atrac1" | "atrac9", _) => "ATRAC",
        ("nellymoser", _) => "Nellymoser",
        ("qdm2" | "qdmc", _) => "QDesign Music",
        (name, _) if name.starts_with("dsd_") => "DSD",
        (name, _) if name.starts_with("adpcm_") => return name.replacen("adpcm_", "ADPCM ", 1),
        (name, _) if name.starts_with("pcm_") => "PCM",
        (name, _) => name,
    };
    title.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_audio_stream_is_described() {
        let json = br#"{"streams": [
            {"codec_type": "video", "codec_name": "mjpeg", "disposition": {"attached_pic": 1}},
            {"codec_type": "audio", "codec_name": "aac", "profile": "HE-AACv2", "sample_fmt": "fltp",
             "sample_rate": "48000", "bits_per_raw_sample": "0", "tags": {"handler_name": "x", "TITLE": "One"}}],
            "chapters": [{"start_time": "1.500000", "tags": {"title": "A"}}],
            "format": {"duration": "2.5", "bit_rate": "64000", "tags": {"track": "3/12"}}}"#;
        let probe = FileProbe::parse(json).unwrap();
        assert_eq!(
            (probe.codec_title(), probe.output_codec()),
            ("HE-AAC v2".to_owned(), "pcm_f32le")
        );
        let tags: Vec<_> = probe.metadata.tags.iter().collect();
        assert_eq!(tags, [("track", "3"), ("tracks", "12"), ("title", "One")]);
        assert_eq!(
            (probe.metadata.seconds, probe.metadata.cues[0].frame),
            (Some(2.5), 72_000)
        );
        assert!(!probe.lacks_bytes());
        assert_eq!(FileProbe::parse(b"{}"), None);
        assert_eq!(
            FileProbe::parse(br#"{"streams": [{"codec_type": "audio"}]}"#),
            None
        );
    }

    #[test]
    fn a_file_may_be_too_small_for_its_duration() {
        let lacks_bytes = |codec: u64, file: u64| {
            let stream = format!(
                r#"{{"codec_type": "audio", "sample_rate": "8000", "bit_rate": "{codec}"}}"#
            );
            let format = format!(r#"{{"duration": "3600", "bit_rate": "{file}"}}"#);
            let json = format!(r#"{{"streams": [{stream}], "format": {format}}}"#);
            FileProbe::parse(json.as_bytes()).unwrap().lacks_bytes()
        };
        assert!(lacks_bytes(96_000, 56));
        assert!(!lacks_bytes(13_000, 13_100));
    }

    #[test]
    fn no_bit_of_a_sample_is_lost() {
        let codec = |format: &str, bits| {
            let sample_format = format.to_owned();
            FileProbe {
                sample_format,
                bits,
                ..FileProbe::default()
            }
            .output_codec()
        };
        assert_eq!(codec("s16p", None), "pcm_s16le");
        assert_eq!(codec("s32p", Some(24)), "pcm_s24le");
        assert_eq!(codec("s32", None), "pcm_s32le");
        assert_eq!(codec("dblp", None), "pcm_f64le");
    }
}
