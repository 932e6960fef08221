//! A recording with each channel (`arecord -I`), or the channels of each device, in a file of their own.

use super::naming::with_ending;
use super::split::{Recording, RecordingOptions};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::file::{OutputTarget, container_of, names_descriptor};
use crate::audio::spec::Spec;
use crate::audio::spelling::count;
use crate::audio::stream::{FileReport, Sink};
use crate::audio::wall_time::WallTime;
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// Deinterleaves frames: each channel goes to its own mono [`Recording`], or each group of channels to one.
pub struct PerChannelRecording {
    spec: Spec,
    channels: Vec<Recording>,
    /// How many channels each of them gets.
    widths: Vec<usize>,
    /// The samples of one of them.
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
        let widths = vec![1; spec.channels as usize];
        PerChannelRecording::create_groups(names, spec, &widths, options, report)
    }

    /// The same for groups of `widths` channels each, which are all channels of `spec`.
    ///
    /// # Errors
    /// As [`PerChannelRecording::create`].
    pub fn create_groups(
        names: &[PathBuf],
        spec: Spec,
        widths: &[u32],
        options: &RecordingOptions,
        report: impl FnMut(FileReport) + Send + Clone + 'static,
    ) -> Result<PerChannelRecording> {
        let mut recording = PerChannelRecording {
            spec,
            channels: Vec::new(),
            widths: widths.iter().map(|width| *width as usize).collect(),
            samples: Vec::new(),
        };
        let what = match widths.iter().all(|width| *width == 1) {
            true => "channel",
            false => "device",
        };
        let names = part_names(names, widths.len() as u32, what)?;
        for ((name, suffix), width) in names.into_iter().zip(widths) {
            let part = Spec::new(spec.format, spec.rate, *width)?;
            let mut options = options.clone();
            let target = OutputTarget::from(name.as_path());
            options.write.container = Some(container_of(&target, &options.write));
            let report = Box::new(report.clone());
            let created = Recording::with_suffix(target, suffix, part, &options, report);
            let channel = created.inspect_err(|_| recording.discard())?;
            recording.channels.push(channel);
        }
        Ok(recording)
    }

    /// The files of a recording that is not split; none if the names do not fit.
    pub fn paths(names: &[PathBuf], channels: u32) -> Vec<PathBuf> {
        let names = part_names(names, channels, "channel").unwrap_or_default();
        let paths = names.into_iter().map(|(name, suffix)| {
            let mut path = name.into_os_string();
            path.push(suffix);
            PathBuf::from(path)
        });
        paths.collect()
    }

    /// Copies the samples of one file to `samples`.
    fn extract(&mut self, frames: &[u8], part: usize) {
        let size = self.spec.frame_bytes() / self.spec.channels as usize;
        let from = size * self.widths[..part].iter().sum::<usize>();
        let until = from + size * self.widths[part];
        self.samples.clear();
        for frame in frames.chunks_exact(self.spec.frame_bytes()) {
            self.samples.extend_from_slice(&frame[from..until]);
        }
    }
}

/// The name of each file, of which there is one for each `what`, and the suffix appended to it.
fn part_names(names: &[PathBuf], channels: u32, what: &str) -> Result<Vec<(PathBuf, String)>> {
    if names.iter().any(|name| name.as_os_str() == "-") {
        let message = "separate files cannot go to standard output";
        return Err(Error::new(Kind::Usage, message));
    }
    match names {
        [base] if channels > 1 && base.extension().is_none() && is_stream(base) => {
            let name = base.display();
            let message = format!("'{name}' is one stream: name a file or pipe for each {what}");
            Err(Error::new(Kind::Usage, message))
        }
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
                count(channels, what),
                count(names.len(), "file")
            );
            Err(Error::new(Kind::Usage, message))
        }
    }
}

/// Whether what is written to a path follows what it already has, and no file can be created beside it.
fn is_stream(path: &Path) -> bool {
    let is_pipe = |found: &fs::Metadata| found.file_type().is_fifo();
    names_descriptor(path) || fs::metadata(path).is_ok_and(|found| is_pipe(&found))
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
            // All channels finish a file before any continues: the order in which files are finished is that of the sound.
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

    fn follows_time(&self) -> bool {
        self.channels.iter().any(Recording::follows_time)
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
