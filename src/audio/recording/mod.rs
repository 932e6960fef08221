//! A recording: a series of files as one sink, without a frame lost or doubled where one ends and the next begins.

mod naming;
pub mod per_channel;

use crate::audio::error::{Error, Kind, Result};
use crate::audio::file::{Target, WriteOptions, container_of, create, rename_new};
use crate::audio::playlist::Report;
use crate::audio::spec::Spec;
use crate::audio::stream::Sink;
use naming::{Naming, Style};
use std::fs;
use std::path::{Path, PathBuf};

/// How the files of a recording are named and divided.
#[derive(Clone, Debug, Default)]
pub struct RecordingOptions {
    /// What each file is.
    pub write: WriteOptions,
    /// Whether the name is a pattern of strftime's (`--use-strftime`), in local time; `%v` is the number of the file
    /// in two digits, and directories are made.
    pub strftime: bool,
    /// Most frames in a file (`--max-file-time`); 0 is no limit.
    pub max_frames: Option<u64>,
}

/// Tells of the files of a recording.
pub(super) type Reporter = Box<dyn FnMut(Report) + Send>;

/// A series of files. The first is open from the start; each next one is opened by its first frame.
///
/// A recording that stays in one file has the name it was given. One that is divided has `NAME-01.ext`,
/// `NAME-02.ext` and so on: from the start where it is known that it may be, else the first file gets its number when
/// the second begins. Names with a number and those of a pattern are always new: one that is taken is passed over.
/// Standard output, a FIFO and a device are never divided.
pub struct Recording {
    spec: Spec,
    options: RecordingOptions,
    report: Reporter,
    /// How the next file is named, if there can be one.
    naming: Option<Naming>,
    /// Whether it was known at the start that there would be many.
    divided: bool,
    current: Option<Box<dyn Sink>>,
    /// Name of the current or the last file.
    name: String,
    /// The first file, as long as it has the name that was given.
    plain: Option<PathBuf>,
    /// Frames of a finished file that was not told of yet: it may still be renamed.
    untold: Option<u64>,
    /// Frames in the files that are finished.
    done: u64,
}

impl Recording {
    /// Creates the first file. `report` is told of each file when it is opened and when it has its final name; errors
    /// are returned, not told.
    ///
    /// # Errors
    /// As [`create`](super::create); [`Kind::Usage`](crate::audio::error::Kind::Usage) for a pattern that makes no
    /// name.
    pub fn create(
        target: Target,
        spec: Spec,
        options: &RecordingOptions,
        report: impl FnMut(Report) + Send + 'static,
    ) -> Result<Recording> {
        Recording::with_tail(target, String::new(), spec, options, Box::new(report))
    }

    /// As [`Recording::create`]; `tail` follows all names.
    pub(super) fn with_tail(
        target: Target,
        tail: String,
        spec: Spec,
        options: &RecordingOptions,
        report: Reporter,
    ) -> Result<Recording> {
        let mut options = options.clone();
        options.max_frames = options.max_frames.filter(|frames| *frames > 0);
        options.write.container = Some(container_of(&target, &options.write));
        let mut recording = Recording {
            spec,
            report,
            naming: naming(&target, tail, options.strftime),
            divided: is_divided(spec, &options),
            options,
            current: None,
            name: String::new(),
            plain: None,
            untold: None,
            done: 0,
        };
        recording.open_first(target)?;
        Ok(recording)
    }

    fn open_first(&mut self, target: Target) -> Result<()> {
        let target = match &self.naming {
            Some(_) if self.divided || self.options.strftime => return self.open_next(),
            Some(naming) => {
                let path = naming.plain();
                self.plain = Some(path.clone());
                Target::Path(path)
            }
            None => target,
        };
        let sink = create(target, self.spec, &self.options.write)?;
        self.begin(sink);
        Ok(())
    }

    fn open_next(&mut self) -> Result<()> {
        self.number_first();
        self.tell();
        let Some(naming) = &mut self.naming else {
            let message = format!("'{}' is finished", self.name);
            return Err(Error::new(Kind::Internal, message));
        };
        let is_one_of_many = self.divided || self.done > 0;
        let write = WriteOptions {
            clobber: false,
            part: self.options.write.part.or(Some(is_one_of_many)),
            ..self.options.write.clone()
        };
        let (makes_directories, spec) = (self.options.strftime, self.spec);
        let (_, sink) = naming.claim(|path| {
            if makes_directories {
                make_directories(path)?;
            }
            create(Target::Path(path.to_owned()), spec, &write)
        })?;
        self.begin(sink);
        Ok(())
    }

    fn begin(&mut self, sink: Box<dyn Sink>) {
        self.name = sink.name().to_owned();
        self.current = Some(sink);
        (self.report)(Report::Opened {
            name: self.name.clone(),
            spec: self.spec,
            frames: None,
            title: None,
            artist: None,
        });
    }

    /// Gives the first file its number. Where that is not possible it keeps its name: sound goes before order. A link
    /// is not ours to rename (it may be /dev/stdout).
    fn number_first(&mut self) {
        let (Some(plain), Some(naming)) = (self.plain.take(), &mut self.naming) else {
            return;
        };
        if plain.is_symlink() {
            return naming.pass();
        }
        let renamed = naming.claim(|to| {
            let renamed = rename_new(&plain, to);
            renamed.map_err(|error| Error::file("rename", &plain.to_string_lossy(), &error))
        });
        match renamed {
            Ok((path, ())) => self.name = path.to_string_lossy().into_owned(),
            Err(_) => naming.pass(),
        }
    }

    /// Completes the current file. The next frame opens another.
    fn close(&mut self) -> Result<()> {
        let Some(mut sink) = self.current.take() else {
            return Ok(());
        };
        let finished = sink.finish();
        self.done += sink.frames();
        self.untold = Some(sink.frames());
        if self.plain.is_none() {
            self.tell();
        }
        finished
    }

    fn tell(&mut self) {
        if let Some(frames) = self.untold.take() {
            (self.report)(Report::Finished {
                name: self.name.clone(),
                spec: self.spec,
                frames,
            });
        }
    }

    /// Frames that the current file still takes; none without one.
    fn left(&self) -> u64 {
        let Some(sink) = &self.current else {
            return 0;
        };
        let limit = self.options.max_frames.filter(|_| self.naming.is_some());
        let left = limit.map_or(u64::MAX, |most| most.saturating_sub(sink.frames()));
        left.min(sink.room().unwrap_or(u64::MAX))
    }

    /// Writes what fits into the current file, and tells how many bytes that were.
    fn write_some(&mut self, frames: &[u8]) -> Result<usize> {
        if self.current.is_none() {
            self.open_next()?;
        }
        let fitting = self.spec.bytes(self.left()).min(frames.len() as u64) as usize;
        if let Some(sink) = &mut self.current {
            sink.write(&frames[..fitting])?;
        }
        if self.left() == 0 {
            self.close()?;
        }
        Ok(fitting)
    }
}

/// How files are named that follow on `target`, if there can be any.
fn naming(target: &Target, tail: String, strftime: bool) -> Option<Naming> {
    let Target::Path(path) = target else {
        return None;
    };
    // Numbered, a FIFO or /dev/null would be files that nobody reads.
    let special = fs::metadata(path).is_ok_and(|found| !found.is_file());
    let style = if strftime {
        Style::Dated
    } else {
        Style::Numbered
    };
    (!special).then(|| Naming::new(path.clone(), tail, style))
}

/// Whether there will be many files, or may be and nobody knows.
fn is_divided(spec: Spec, options: &RecordingOptions) -> bool {
    let writer = options.write.container.and_then(|found| found.writer());
    let most = writer.and_then(|writer| writer.most_frames(spec, &options.write));
    let limits = options.max_frames.into_iter().chain(most);
    let limit = limits.min().unwrap_or(u64::MAX);
    match options.write.expected_frames {
        Some(frames) => frames > limit,
        None => options.max_frames.is_some(),
    }
}

fn make_directories(path: &Path) -> Result<()> {
    let Some(parent) = path.parent() else {
        return Ok(());
    };
    let made = fs::create_dir_all(parent);
    made.map_err(|error| Error::file("create", &parent.to_string_lossy(), &error))
}

impl Sink for Recording {
    fn spec(&self) -> Spec {
        self.spec
    }

    /// That of the current file, or of the last.
    fn name(&self) -> &str {
        &self.name
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        let mut frames = frames;
        while !frames.is_empty() {
            let written = self.write_some(frames)?;
            frames = &frames[written..];
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.current
            .as_mut()
            .map_or(Ok(()), |sink| sink.checkpoint())
    }

    fn frames(&self) -> u64 {
        self.done + self.current.as_ref().map_or(0, |sink| sink.frames())
    }

    /// The current file is complete when this returns. One without a frame stays the current one.
    fn next_file(&mut self) -> Result<()> {
        let has_frames = self.current.as_ref().is_some_and(|sink| sink.frames() > 0);
        if self.naming.is_none() || !has_frames {
            return Ok(());
        }
        self.close()
    }

    fn finish(&mut self) -> Result<()> {
        let closed = self.close();
        self.tell();
        closed
    }
}
