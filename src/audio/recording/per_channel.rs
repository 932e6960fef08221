//! Each channel in a file of its own.

use super::{Recording, RecordingOptions};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::file::{Target, container_of};
use crate::audio::playlist::Report;
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;
use std::path::{Path, PathBuf};

/// Takes frames apart: each channel is a [`Recording`] of its own.
pub struct Separate {
    spec: Spec,
    parts: Vec<Recording>,
    /// The samples of one channel.
    samples: Vec<u8>,
}

impl Separate {
    /// Creates a file for each channel: as many as are named or, from one name, `NAME.0`, `NAME.1` and so on as
    /// `arecord -I` has it. What a file is, the suffix of `NAME` tells.
    ///
    /// # Errors
    /// [`Kind::Usage`] for another number of names, for standard output, and for samples that are no whole bytes; as
    /// [`Recording::create`] otherwise.
    pub fn create(
        names: &[PathBuf],
        spec: Spec,
        options: &RecordingOptions,
        report: impl FnMut(Report) + Send + Clone + 'static,
    ) -> Result<Separate> {
        let one = Spec::new(spec.format, spec.rate, 1)?;
        let parts = named(names, spec.channels)?
            .into_iter()
            .map(|(name, tail)| {
                let mut options = options.clone();
                let target = Target::from(name);
                options.write.container = Some(container_of(&target, &options.write));
                Recording::with_tail(target, tail, one, &options, Box::new(report.clone()))
            });
        let parts = parts.collect::<Result<_>>()?;
        Ok(Separate {
            spec,
            parts,
            samples: Vec::new(),
        })
    }

    /// Puts the samples of a channel into `samples`.
    fn take(&mut self, frames: &[u8], channel: usize) {
        let sample = self.spec.frame_bytes() / self.parts.len();
        let samples = frames
            .chunks_exact(sample)
            .skip(channel)
            .step_by(self.parts.len());
        self.samples.clear();
        samples.for_each(|sample| self.samples.extend_from_slice(sample));
    }
}

/// The name of each channel's file, and what follows it.
fn named(names: &[PathBuf], channels: u32) -> Result<Vec<(&Path, String)>> {
    if names.iter().any(|name| name.as_os_str() == "-") {
        let message = "channels in separate files cannot go to standard output";
        return Err(Error::new(Kind::Usage, message));
    }
    match names {
        [base] if channels > 1 => Ok((0..channels)
            .map(|channel| (&**base, format!(".{channel}")))
            .collect()),
        _ if names.len() == channels as usize => {
            Ok(names.iter().map(|name| (&**name, String::new())).collect())
        }
        _ => {
            let count = names.len();
            let message = format!(
                "{channels} channels in separate files need {channels} names, or one; there are {count}"
            );
            Err(Error::new(Kind::Usage, message))
        }
    }
}

impl Sink for Separate {
    fn spec(&self) -> Spec {
        self.spec
    }

    /// That of the first channel.
    fn name(&self) -> &str {
        self.parts[0].name()
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        for channel in 0..self.parts.len() {
            self.take(frames, channel);
            self.parts[channel].write(&self.samples)?;
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<()> {
        all(&mut self.parts, Recording::checkpoint)
    }

    /// Those that all files have.
    fn frames(&self) -> u64 {
        self.parts.iter().map(Recording::frames).min().unwrap_or(0)
    }

    fn next_file(&mut self) -> Result<()> {
        all(&mut self.parts, Recording::next_file)
    }

    fn finish(&mut self) -> Result<()> {
        all(&mut self.parts, Recording::finish)
    }
}

/// Does it to every file, whatever becomes of the others, and tells the first error.
fn all(parts: &mut [Recording], mut act: impl FnMut(&mut Recording) -> Result<()>) -> Result<()> {
    let ends: Vec<_> = parts.iter_mut().map(&mut act).collect();
    ends.into_iter().collect()
}
