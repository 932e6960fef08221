//! A recording that may be split into several files.

use super::naming::{Naming, NamingStyle};
use crate::audio::advice::{Advice, FileAdvice};
use crate::audio::dsp::meter::PeakMeter;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::file::{
    Container, OutputTarget, WriteOptions, container_of, create, rename_new, writer_of,
};
use crate::audio::spec::Spec;
use crate::audio::stream::{FileContent, FilePlace, FileReport, Sink, size_of_file};
use crate::audio::wall_time::WallTime;
use rustix::fs::{Access, access};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// How a recording is named and split.
#[derive(Clone, Debug, Default)]
pub struct RecordingOptions {
    /// How each file is written.
    pub write: WriteOptions,
    /// Whether the name is a strftime pattern, expanded in local time (`arecord --use-strftime`). `%v` is the number of
    /// the file in two digits. Missing directories are created.
    pub strftime: bool,
    /// Maximum number of frames in a file (`arecord --max-file-time`); 0 or `None` is no limit.
    pub max_frames: Option<u64>,
    /// Whether the first file, too, is created with its first frame. The files are then named by their start time
    /// (`NAME-20261126-051500.ext`, unless `strftime` is set) and have it as their date tag, if the container has tags.
    pub on_demand: bool,
    /// Whether the peak of each file is measured.
    pub measure_peaks: bool,
}

/// Receives what a recording reports about its files.
pub(super) type Reporter = Box<dyn FnMut(FileReport) + Send>;

/// A series of files. The first is created at once (unless [`RecordingOptions::on_demand`] is set), each further one
/// with its first frame.
///
/// A recording in a single file has the name it was given. A split one is `NAME-01.ext`, `NAME-02.ext` and so on: from
/// the start if it is known that it will be split; otherwise the first file is renamed when the second begins. Numbered
/// and strftime names never replace a file: names in use are skipped. Standard output, FIFOs and devices are never
/// split.
pub struct Recording {
    spec: Spec,
    options: RecordingOptions,
    report: Reporter,
    /// Names for further files; `None` if the recording cannot be split.
    naming: Option<Naming>,
    /// Whether it was known at the start that there would be several files.
    numbered_from_start: bool,
    current: Option<Box<dyn Sink>>,
    /// Measures the current file.
    meter: Option<PeakMeter>,
    /// Name of the current file, or the last one, for messages.
    name: String,
    /// Its path, unless it is standard output.
    path: Option<PathBuf>,
    /// Path of the first file while it has the name that was given.
    unnumbered: Option<PathBuf>,
    /// A finished file that has not been reported, because it may yet be renamed.
    unreported: Option<UnreportedFile>,
    /// When the current file, or the last one, started.
    start_time: Option<WallTime>,
    /// A number of frames, and when the next one was captured.
    clock: Option<(u64, WallTime)>,
    /// Frames in finished files.
    finished_frames: u64,
}

struct UnreportedFile {
    frames: u64,
    peak_dbfs: Option<Vec<Option<f64>>>,
    at_full_scale: u64,
    start_time: Option<WallTime>,
    was_moved: bool,
}

impl Recording {
    /// Creates the first file. `report` is called when a file is opened, and when it is finished and has its final
    /// name. Errors are returned, not reported.
    ///
    /// # Errors
    /// As [`create`]; [`Kind::Usage`] for an invalid pattern.
    pub fn create(
        target: OutputTarget,
        spec: Spec,
        options: &RecordingOptions,
        report: impl FnMut(FileReport) + Send + 'static,
    ) -> Result<Recording> {
        Recording::with_suffix(target, String::new(), spec, options, Box::new(report))
    }

    /// As [`Recording::create`], with `suffix` appended to all names.
    pub(super) fn with_suffix(
        target: OutputTarget,
        suffix: String,
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
            naming: naming(&target, suffix, &options),
            numbered_from_start: options.on_demand || will_split(spec, &options),
            options,
            current: None,
            meter: None,
            name: String::new(),
            path: None,
            unnumbered: None,
            unreported: None,
            start_time: None,
            clock: None,
            finished_frames: 0,
        };
        recording.open_first(target)?;
        Ok(recording)
    }

    fn open_first(&mut self, target: OutputTarget) -> Result<()> {
        if let Some(naming) = &self.naming
            && self.options.on_demand
        {
            self.name = naming.unnumbered().to_string_lossy().into_owned();
            return self.check_files_can_be_created();
        }
        let target = match &self.naming {
            Some(naming) if self.numbered_from_start || self.options.strftime => {
                // A longer number must not end the recording later.
                naming.check(self.last_number())?;
                return self.open_next();
            }
            Some(naming) => {
                let path = naming.unnumbered();
                self.unnumbered = Some(path.clone());
                OutputTarget::Path(path)
            }
            None => target,
        };
        let path = match &target {
            OutputTarget::Path(path) => Some(path.clone()),
            OutputTarget::Stdout | OutputTarget::Open(..) => None,
        };
        let sink = create(target, self.spec, &self.options.write)?;
        self.start(path, sink);
        Ok(())
    }

    /// The number of the last file, or one with as many digits as most recordings need.
    fn last_number(&self) -> u32 {
        let frames = self.options.write.expected_frames;
        let files = frames
            .zip(self.options.max_frames)
            .map(|(frames, max)| frames.div_ceil(max));
        files.unwrap_or(9999).clamp(1, u64::from(u32::MAX)) as u32
    }

    /// Fails now instead of with the first frame, which may come much later.
    fn check_files_can_be_created(&self) -> Result<()> {
        let failed = |name: &str, error: io::Error| Error::file("create", name, &error);
        let null = File::create("/dev/null").map_err(|error| failed(&self.name, error))?;
        let write = self.write_options(WallTime::now());
        create(
            OutputTarget::Open(self.name.clone(), null),
            self.spec,
            &write,
        )?;
        let Some(naming) = &self.naming else {
            return Ok(());
        };
        naming.check(1)?;
        let folder = naming.folder();
        if self.options.strftime {
            create_directories(folder)?;
        }
        access(folder, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|error| failed(&self.name, error.into()))
    }

    fn open_next(&mut self) -> Result<()> {
        self.number_first();
        self.report_finished();
        self.start_time = self.next_time();
        let start = self.start_time.unwrap_or_else(WallTime::now);
        let write = self.write_options(start);
        let Some(naming) = &mut self.naming else {
            return Err(Error::internal(&format!("'{}' is finished", self.name)));
        };
        let (creates_directories, spec) = (self.options.strftime, self.spec);
        let (path, sink) = naming.claim(start, |path| {
            if creates_directories && let Some(parent) = path.parent() {
                create_directories(parent)?;
            }
            create(OutputTarget::Path(path.to_owned()), spec, &write)
        })?;
        self.start(Some(path), sink);
        Ok(())
    }

    /// The options for a file of a series, which starts at `start`.
    fn write_options(&self, start: WallTime) -> WriteOptions {
        let options = &self.options.write;
        let is_split = self.numbered_from_start || self.finished_frames > 0;
        let has_date = self.options.on_demand && options.container != Some(Container::Raw);
        let date = has_date.then(|| ("date", start.to_string()));
        let date = date.iter().map(|(name, date)| (*name, date.as_str()));
        WriteOptions {
            clobber: false,
            part: options.part.or(Some(is_split)),
            tags: options.tags.iter().chain(date).collect(),
            ..options.clone()
        }
    }

    /// When the next frame was captured.
    fn next_time(&self) -> Option<WallTime> {
        let (at, time) = self.clock?;
        Some(time.after(self.spec.duration(self.frames().saturating_sub(at))))
    }

    /// Makes `sink` the current file.
    fn start(&mut self, path: Option<PathBuf>, sink: Box<dyn Sink>) {
        self.name = sink.name().to_owned();
        self.path = path;
        self.current = Some(sink);
        self.meter = self
            .options
            .measure_peaks
            .then(|| PeakMeter::new(self.spec));
        let content = self.content();
        (self.report)(FileReport::Opened {
            name: self.name.clone(),
            path: self.path.clone(),
            spec: self.spec,
            frames: None,
            content,
            start_time: self.start_time,
        });
    }

    fn content(&self) -> FileContent {
        let tag = |name| self.options.write.tags.get(name).map(str::to_owned);
        let codec = match self.options.write.container {
            Some(Container::Flac) => "FLAC",
            _ => self.spec.format.pcm_codec(),
        };
        FileContent {
            title: tag("title"),
            artist: tag("artist"),
            codec: Some(codec.to_owned()),
            decoder: None,
        }
    }

    /// Renames the first file to its numbered name. If that fails, it keeps its name, and recording continues. A
    /// symbolic link is not renamed: it may be /dev/stdout.
    fn number_first(&mut self) {
        let (Some(path), Some(naming)) = (self.unnumbered.take(), &mut self.naming) else {
            return;
        };
        if path.is_symlink() {
            return naming.skip();
        }
        let renamed = naming.claim(WallTime::now(), |to| {
            let renamed = rename_new(&path, to);
            renamed.map_err(|error| Error::file("rename", &path.to_string_lossy(), &error))
        });
        match renamed {
            Ok((path, ())) => {
                self.name = path.to_string_lossy().into_owned();
                self.path = Some(path);
            }
            Err(_) => naming.skip(),
        }
    }

    /// Finishes the current file. The next frame opens another.
    fn close(&mut self) -> Result<()> {
        let Some(mut sink) = self.current.take() else {
            return Ok(());
        };
        let result = sink.finish();
        if let Err(error) = &result
            && let Some(kept) = kept_as(error)
        {
            self.name = kept.to_string_lossy().into_owned();
            self.path = Some(kept);
        }
        let place = sink.place();
        let was_moved = matches!(place, FilePlace::Moved(_));
        self.follow(place);
        self.finished_frames += sink.frames();
        let meter = self.meter.take();
        self.unreported = Some(UnreportedFile {
            frames: sink.frames(),
            at_full_scale: meter.as_ref().map_or(0, PeakMeter::at_full_scale),
            peak_dbfs: meter.map(|meter| meter.dbfs()),
            start_time: self.start_time,
            was_moved,
        });
        if self.unnumbered.is_none() {
            self.report_finished();
        }
        result
    }

    /// Takes note of what another program has done to the file. The recording goes on: the next file may be safe.
    fn follow(&mut self, place: FilePlace) {
        match place {
            FilePlace::AsNamed => return,
            FilePlace::Moved(path) => {
                self.name = path.to_string_lossy().into_owned();
                self.path = Some(path);
            }
            FilePlace::Deleted => {
                self.path = None;
                let why = "was deleted or replaced while it was recorded";
                let message = format!("'{}' {why}", self.name);
                let error = Error::new(Kind::Io, message).with_file(&self.name);
                (self.report)(FileReport::Failed(error));
            }
        }
        // It is not renamed when the next file begins.
        if self.unnumbered.take().is_some()
            && let Some(naming) = &mut self.naming
        {
            naming.skip();
        }
    }

    fn report_finished(&mut self) {
        let content = self.content();
        if let Some(file) = self.unreported.take() {
            (self.report)(FileReport::Finished {
                name: self.name.clone(),
                path: self.path.clone(),
                spec: self.spec,
                frames: file.frames,
                seconds: self.spec.seconds(file.frames),
                content,
                bytes: self.path.as_deref().and_then(size_of_file),
                peak_dbfs: file.peak_dbfs,
                at_full_scale: file.at_full_scale,
                was_moved: file.was_moved,
                start_time: file.start_time,
            });
        }
    }

    /// Frames that go into the current file, or into the next one if none is open.
    pub(super) fn frames_until_split(&self) -> u64 {
        match self.current {
            Some(_) => self.frames_left(),
            None => self.options.max_frames.unwrap_or(u64::MAX),
        }
    }

    /// Frames that the current file can still take; 0 if none is open.
    fn frames_left(&self) -> u64 {
        let Some(sink) = &self.current else {
            return 0;
        };
        let limit = self.options.max_frames.filter(|_| self.naming.is_some());
        let left = limit.map_or(u64::MAX, |frames| frames.saturating_sub(sink.frames()));
        left.min(sink.capacity_left().unwrap_or(u64::MAX))
    }

    /// Makes sure that there is a file for the next frame. Returns how many bytes fit into it.
    fn prepare_file(&mut self) -> Result<u64> {
        if self.current.is_none() {
            self.open_next()?;
        }
        if self.current.as_ref().is_some_and(|file| file.frames() == 0) {
            self.start_time = self.next_time();
        }
        Ok(self.spec.bytes(self.frames_left()))
    }

    /// Writes what fits into the current file, and returns how many bytes that was.
    fn write_some(&mut self, frames: &[u8]) -> Result<usize> {
        let fitting = self.prepare_file()?.min(frames.len() as u64) as usize;
        self.write_fitting([&frames[..fitting], &[]])?;
        Ok(fitting)
    }

    /// Writes frames that fit into the current file.
    fn write_fitting(&mut self, parts: [&[u8]; 2]) -> Result<()> {
        if let Some(sink) = &mut self.current {
            if let Some(meter) = &mut self.meter {
                parts.iter().for_each(|part| meter.add(part));
            }
            sink.write_parts(parts)?;
        }
        match self.frames_left() {
            0 => self.close(),
            _ => Ok(()),
        }
    }
}

/// The path of a file that could not get its final name.
fn kept_as(error: &Error) -> Option<PathBuf> {
    error.advice().iter().find_map(|advice| match advice {
        Advice::File(FileAdvice::KeptAs(path)) => Some(path.clone()),
        _ => None,
    })
}

/// Names for the files after the one at `target`, if there can be any.
fn naming(target: &OutputTarget, suffix: String, options: &RecordingOptions) -> Option<Naming> {
    let OutputTarget::Path(path) = target else {
        return None;
    };
    // A numbered name beside a FIFO or /dev/null would be a regular file that nothing reads.
    let special = fs::metadata(path).is_ok_and(|found| !found.is_file());
    let style = match (options.strftime, options.on_demand) {
        (true, _) => NamingStyle::Strftime,
        (false, true) => NamingStyle::StartTime,
        (false, false) => NamingStyle::Numbered,
    };
    (!special && target.has_neighbors()).then(|| Naming::new(path.clone(), suffix, style))
}

/// Whether there will be several files, or may be if the length is unknown.
fn will_split(spec: Spec, options: &RecordingOptions) -> bool {
    let writer = options.write.container.and_then(writer_of);
    let container_limit = writer.and_then(|writer| writer.max_frames(spec, &options.write));
    let limits = options.max_frames.into_iter().chain(container_limit);
    let limit = limits.min().unwrap_or(u64::MAX);
    match options.write.expected_frames {
        Some(frames) => frames > limit,
        None => options.max_frames.is_some(),
    }
}

fn create_directories(path: &Path) -> Result<()> {
    let created = fs::create_dir_all(path);
    created.map_err(|error| Error::file("create", &path.to_string_lossy(), &error))
}

impl Sink for Recording {
    fn spec(&self) -> Spec {
        self.spec
    }

    /// The name of the current file, or the last one.
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

    fn write_parts(&mut self, parts: [&[u8]; 2]) -> Result<()> {
        let bytes = (parts[0].len() + parts[1].len()) as u64;
        if bytes > 0 && bytes <= self.prepare_file()? {
            return self.write_fitting(parts);
        }
        parts.iter().try_for_each(|part| self.write(part))
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.current
            .as_mut()
            .map_or(Ok(()), |sink| sink.checkpoint())
    }

    fn frames(&self) -> u64 {
        self.finished_frames + self.current.as_ref().map_or(0, |sink| sink.frames())
    }

    /// Finishes the current file, unless it is empty.
    fn next_file(&mut self) -> Result<()> {
        let has_frames = self.current.as_ref().is_some_and(|sink| sink.frames() > 0);
        if self.naming.is_none() || !has_frames {
            return Ok(());
        }
        self.close()
    }

    /// Only later files have later start times.
    fn follows_time(&self) -> bool {
        self.naming.is_some()
    }

    fn set_time(&mut self, next_frame: WallTime) {
        self.clock = Some((self.frames(), next_frame));
    }

    fn discard(&mut self) {
        if let Some(mut sink) = self.current.take() {
            sink.discard();
        }
    }

    fn finish(&mut self) -> Result<()> {
        let closed = self.close();
        self.report_finished();
        closed
    }
}
