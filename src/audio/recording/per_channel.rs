//! A recording with each channel in its own file (`arecord -I`).

use super::naming::with_ending;
use super::split::{Recording, RecordingOptions};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::file::{OutputTarget, container_of};
use crate::audio::spec::Spec;
use crate::audio::spelling::count;
use crate::audio::stream::{FileReport, Sink};
use crate::audio::wall_time::WallTime;
use std::path::PathBuf;

/// Deinterleaves frames: each channel goes to its own mono [`Recording`].
pub struct PerChannelRecording {
    spec: Spec,
    channels: Vec<Recording>,
    /// The samples of one channel.
    samples: Vec<u8>,
}

impl PerChannelRecording {
    /// Creates a file for each channel. `names` is one name for each, or a single name for `NAME.0`, `NAME.1` and so on
    /// as with `arecord -I`, in the container for the suffix of `NAME`.
    ///
    /// # Errors
    /// [`Kind::Usage`] for a wrong number of names and for standard output; [`Kind::Unsupported`] for samples that are
    /// not whole bytes; otherwise as [`Recording::create`].
    pub fn create(
        names: &[PathBuf],
        spec: Spec,
        options: &RecordingOptions,
        report: impl FnMut(FileReport) + Send + Clone + 'static,
    ) -> Result<PerChannelRecording> {
        let mono = Spec::new(spec.format, spec.rate, 1)?;
        let mut recording = PerChannelRecording {
            spec,
            channels: Vec::new(),
            samples: Vec::new(),
        };
        for (name, suffix) in channel_names(names, spec.channels)? {
            let mut options = options.clone();
            let target = OutputTarget::from(name.as_path());
            options.write.container = Some(container_of(&target, &options.write));
            let report = Box::new(report.clone());
            let created = Recording::with_suffix(target, suffix, mono, &options, report);
            let channel = created.inspect_err(|_| recording.discard())?;
            recording.channels.push(channel);
        }
        Ok(recording)
    }

    /// The files of a recording that is not split; none if the names do not fit.
    pub fn paths(names: &[PathBuf], channels: u32) -> Vec<PathBuf> {
        let names = channel_names(names, channels).unwrap_or_default();
        let paths = names.into_iter().map(|(name, suffix)| {
            let mut path = name.into_os_string();
            path.push(suffix);
            PathBuf::from(path)
        });
        paths.collect()
    }

    /// Copies the samples of one channel to `samples`.
    fn extract(&mut self, frames: &[u8], channel: usize) {
        let size = self.spec.frame_bytes() / self.channels.len();
        let samples = frames
            .chunks_exact(size)
            .skip(channel)
            .step_by(self.channels.len());
        self.samples.clear();
        samples.for_each(|sample| self.samples.extend_from_slice(sample));
    }
}

/// The name of each channel's file, and the suffix appended to it.
fn channel_names(names: &[PathBuf], channels: u32) -> Result<Vec<(PathBuf, String)>> {
    if names.iter().any(|name| name.as_os_str() == "-") {
        let message = "separate channel files cannot go to standard output";
        return Err(Error::new(Kind::Usage, message));
    }
    match names {
        // The number goes before an extension, so that other programs recognize the files.
        [base] if channels > 1 && base.extension().is_some() => Ok((0..channels)
            .map(|channel| (with_ending(base, &format!("-{channel}")), String::new()))
            .collect()),
        [base] if channels > 1 => Ok((0..channels)
            .map(|channel| (base.clone(), format!(".{channel}")))
            .collect()),
        _ if names.len() == channels as usize => Ok(names
            .iter()
            .map(|name| (name.clone(), String::new()))
            .collect()),
        _ => {
            let message = format!(
                "one file for each of {} is needed, or one name for all; got {}",
                count(channels, "channel"),
                count(names.len(), "file")
            );
            Err(Error::new(Kind::Usage, message))
        }
    }
}

impl Sink for PerChannelRecording {
    fn spec(&self) -> Spec {
        self.spec
    }

    /// The name of the first channel's file.
    fn name(&self) -> &str {
        self.channels[0].name()
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        let mut frames = frames;
        while !frames.is_empty() {
            // All channels finish a file before any goes on: the order in which files are finished is that of the sound.
            let fitting = self
                .spec
                .bytes(self.channels[0].frames_until_split().max(1));
            let fitting = fitting.min(frames.len() as u64) as usize;
            for channel in 0..self.channels.len() {
                self.extract(&frames[..fitting], channel);
                self.channels[channel].write(&self.samples)?;
            }
            frames = &frames[fitting..];
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<()> {
        for_each(&mut self.channels, Recording::checkpoint)
    }

    /// Frames that all channels have.
    fn frames(&self) -> u64 {
        let frames = self.channels.iter().map(Recording::frames);
        frames.min().unwrap_or(0)
    }

    fn next_file(&mut self) -> Result<()> {
        for_each(&mut self.channels, Recording::next_file)
    }

    fn set_time(&mut self, next_frame: WallTime) {
        for channel in &mut self.channels {
            channel.set_time(next_frame);
        }
    }

    fn discard(&mut self) {
        self.channels.iter_mut().for_each(Recording::discard);
    }

    fn finish(&mut self) -> Result<()> {
        for_each(&mut self.channels, Recording::finish)
    }
}

/// Calls `action` for every channel, even if some fail, and returns the first error.
fn for_each(
    channels: &mut [Recording],
    mut action: impl FnMut(&mut Recording) -> Result<()>,
) -> Result<()> {
    let results: Vec<_> = channels.iter_mut().map(&mut action).collect();
    results.into_iter().collect()
}
