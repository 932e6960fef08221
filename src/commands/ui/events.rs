//! Events of a transfer as text.

use super::fit::size_text;
use super::status::{Status, clock, xruns};
use super::{Ui, json, write_stdout};
use crate::commands::advice;
use aloud::audio::dsp::meter::SILENCE_DB;
use aloud::audio::pcm::Direction;
use aloud::audio::spelling::count;
use aloud::audio::transfer::{
    DeviceStart, End, Event, FileEvent, FileProgress, FileState, GroupDevice, LoopbackProgress,
    LoopbackStart, Progress, RefusedChange, Speaker, Start, WhyNotRealtime,
};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

/// How long the reply to a key is shown.
const REPLY: Duration = Duration::from_secs(2);

/// This many samples at full scale are hardly a coincidence.
const MIN_CLIPPED: u64 = 3;

/// How often the size of a recording is read.
const SIZE_INTERVAL: Duration = Duration::from_millis(500);

impl Ui {
    /// Shows an event of a transfer: as a JSON line on stdout, or as text on stderr.
    ///
    /// # Errors
    /// If stdout cannot be written: then nobody reads the events any more.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Failed(error) => self.error(error),
            Event::Warning(warning) => self.warning(&advice::warning(warning)),
            _ if self.json => return self.json_event(event),
            _ if self.quiet => self.quiet_event(event),
            _ => self.text_event(event),
        }
        Ok(())
    }

    /// Shows that a generated sound begins.
    pub fn generated_sound(&self, sound: &FileEvent) {
        if let (false, FileState::Opened, Some(spec)) = (self.json, sound.state, sound.spec) {
            self.note(&format!(
                "Playing {}: {spec}{}",
                sound.name,
                self.where_to()
            ));
        }
    }

    /// `, on default` or `, from default`; nothing if the device is not known.
    fn where_to(&self) -> String {
        let word = match self.direction {
            Direction::Playback => "on",
            Direction::Capture => "from",
        };
        let place = self.place.as_ref();
        place.map_or(String::new(), |place| format!(", {word} {place}"))
    }

    fn json_event(&self, event: &Event) -> io::Result<()> {
        let line = json::line(event)?;
        if self.events_to_stderr {
            self.to_stderr(line.trim_end());
            return Ok(());
        }
        write_stdout(line.as_bytes())
    }

    fn quiet_event(&mut self, event: &Event) {
        match event {
            // Decides whether an xrun is an underrun or an overrun.
            Event::Start(start) => {
                self.direction = start.device.direction;
                self.relays = start.loopback.is_some();
            }
            Event::Xrun {
                side,
                device,
                frames_lost,
                ms,
            } => {
                let side = side.unwrap_or(self.direction);
                self.shown.lost_unknown |= frames_lost.is_none();
                self.xrun(side, device.as_deref(), (*frames_lost, *ms));
            }
            _ => {}
        }
    }

    fn text_event(&mut self, event: &Event) {
        match event {
            Event::Start(start) => self.start(start),
            Event::Progress(progress) => self.progress(progress),
            Event::Xrun { .. } => self.quiet_event(event),
            Event::Sound { playing, .. } => self.detail(if *playing {
                "sound begins: the playback device is opened"
            } else {
                "silence: the playback device is closed"
            }),
            Event::File(file) => self.file(file),
            Event::Speaker(speaker) => self.note(&speaker_line(speaker)),
            Event::Pause { .. } => self.shown.is_paused = true,
            Event::Resume { .. } => self.shown.is_paused = false,
            Event::Volume { gain_db } => self.shown.volume_db = *gain_db,
            Event::Refused(change) => self.refused(*change),
            Event::Lost { device, .. } => self.lost(device),
            Event::Back {
                device,
                gap_seconds,
                ..
            } => self.back(device, *gap_seconds),
            Event::End(end) => {
                self.status.close();
                self.summary(end);
            }
            _ => {}
        }
    }

    fn refused(&mut self, change: RefusedChange) {
        let word = match change {
            RefusedChange::Unseekable => "unseekable",
            RefusedChange::FixedVolume => "unscalable",
        };
        self.shown.reply = Some((word.to_owned(), Instant::now() + REPLY));
    }

    fn lost(&mut self, device: &str) {
        self.note(&format!("'{device}' is away: waiting for it"));
        self.shown.awaited = Some(format!("waiting for '{device}'"));
    }

    fn back(&mut self, device: &str, seconds: f64) {
        self.shown.awaited = None;
        self.note(&format!("'{device}' is back after {seconds:.1} s"));
    }

    fn file(&mut self, file: &FileEvent) {
        if file.state == FileState::Deleted {
            self.detail(&format!("Deleted '{}'", file.name));
        }
        if file.state == FileState::Finished && self.direction == Direction::Capture {
            self.recorded(file);
        }
        if file.state != FileState::Opened {
            return;
        }
        // Files are read ahead of what is heard.
        let is_ahead = self.direction == Direction::Playback && self.shown.file.is_some();
        match is_ahead && self.status.is_drawn() {
            true => self.shown.upcoming.push_back(file.clone()),
            false => self.begin_file(file.clone()),
        }
    }

    /// Sums up a finished recording, and warns if it is not what it should be.
    fn recorded(&self, file: &FileEvent) {
        let peaks = file.peak_dbfs.iter().flatten().copied();
        let peak = peaks.flatten().reduce(f64::max);
        let (Some(bytes), Some(spec), Some(frames)) = (file.bytes, file.spec, file.frames) else {
            return;
        };
        let level = match peak {
            Some(peak) if peak <= SILENCE_DB => ", silent".to_owned(),
            Some(peak) => format!(", peak {peak:.1} dBFS"),
            None => String::new(),
        };
        let (length, size) = (clock(spec.seconds(frames)), size_text(bytes));
        self.note(&format!(
            "Recorded '{}': {length}, {size}{level}",
            file.name
        ));
        if frames > 0 && peak.is_some_and(|peak| peak <= SILENCE_DB) {
            self.warning(&format!(
                "'{}' is all digital silence: is the input muted, or another one selected?",
                file.name
            ));
        }
        if file.at_full_scale >= MIN_CLIPPED {
            self.warning(&format!(
                "'{}' has {} at full scale: it is probably clipped",
                file.name,
                count(file.at_full_scale, "sample")
            ));
        }
    }

    fn begin_file(&mut self, file: FileEvent) {
        if let Some(spec) = file.spec {
            let verb = match self.direction {
                Direction::Playback => "Playing",
                Direction::Capture => "Recording",
            };
            let title = title(file.title.as_deref(), file.artist.as_deref());
            let place = self.where_to();
            self.note(&format!("{verb} '{}'{title}: {spec}{place}", file.name));
            if let (Some(decoder), Some(codec)) = (file.decoder, &file.codec) {
                self.note(&format!("decoded by {decoder}: {codec}"));
            }
        }
        self.shown.file = Some(file);
        self.shown.size = None;
    }

    /// Reports the files that have begun by now.
    fn begin_files_until(&mut self, heard: &FileProgress) {
        let is_named = |file: &FileEvent| file.name == heard.name;
        if self.shown.file.as_ref().is_some_and(is_named) {
            return;
        }
        let Some(at) = self.shown.upcoming.iter().position(is_named) else {
            return;
        };
        for file in self.shown.upcoming.drain(..=at).collect::<Vec<_>>() {
            self.begin_file(file);
        }
    }

    fn start(&mut self, start: &Start) {
        match &start.loopback {
            Some(loopback) => self.loopback_start(loopback),
            None => match &start.devices {
                Some(devices) => self.group_start(devices),
                None => self.device_start(&start.device),
            },
        }
        self.status.open(self.colored);
    }

    fn device_start(&mut self, start: &DeviceStart) {
        self.direction = start.direction;
        if let Some(conversion) = &start.conversion {
            self.note(&format!("converting {conversion}"));
        }
        self.detail(&format!("requested: {}", start.requested));
        self.detail(&format!(
            "granted: {} on '{}', period {}, buffer {}, {}",
            start.granted,
            start.device,
            count(start.period_size, "frame"),
            count(start.buffer_size, "frame"),
            start.access
        ));
        self.detail(scheduling(start));
        self.detail(start.dump.trim_end());
    }

    /// Shows which channels of the sound belong to which device.
    fn group_start(&mut self, devices: &[GroupDevice]) {
        for GroupDevice {
            device,
            first_channel,
            linked,
            offset_us,
        } in devices
        {
            self.device_start(device);
            if let Some(first) = first_channel {
                let last = first + device.requested.channels - 1;
                let channels = match last == *first {
                    true => format!("channel {first}"),
                    false => format!("channels {first} to {last}"),
                };
                let verb = match device.direction {
                    Direction::Playback => "plays",
                    Direction::Capture => "is",
                };
                self.note(&format!("'{}' {verb} {channels}", device.device));
            }
            self.detail(&match linked {
                true => "started at the same moment as the others".to_owned(),
                false => format!("started {:.3} ms after the first one", offset_us / 1e3),
            });
        }
    }

    fn loopback_start(&mut self, start: &LoopbackStart) {
        self.relays = true;
        let (from, to) = (&start.capture.device, &start.playback.device);
        self.shown.route = Some(format!("{from} to {to}"));
        self.device_start(&start.capture);
        self.device_start(&start.playback);
        self.note(&format!(
            "From '{}' to '{}': {}, {:.1} ms",
            start.capture.device, start.playback.device, start.playback.granted, start.latency_ms
        ));
    }

    fn progress(&mut self, progress: &Progress) {
        if let Some(file) = &progress.current_file {
            self.begin_files_until(file);
        }
        let silence = vec![None; progress.peak_dbfs.len()];
        let peaks = match self.shown.is_paused() || self.shown.awaited.is_some() {
            true => &silence,
            false => &progress.peak_dbfs,
        };
        self.status.add_levels(peaks, &progress.clipped);
        let status = self.status_of(progress);
        self.status.show(&status);
    }

    fn status_of(&mut self, progress: &Progress) -> Status {
        let (seconds, total) = match &progress.current_file {
            Some(file) => (file.seconds, file.total_seconds),
            None => {
                let total = progress.total_frames.filter(|_| progress.rate > 0);
                let total = total.map(|total| total as f64 / f64::from(progress.rate));
                (progress.seconds, total)
            }
        };
        Status {
            title: self.title(progress.current_file.as_ref()),
            details: self.details(),
            seconds,
            total,
            notes: self.notes(progress),
            show_legend: self.shown.legend.load(SeqCst),
        }
    }

    /// What is played or recorded, in a few words.
    fn title(&self, heard: Option<&FileProgress>) -> String {
        if let Some(route) = &self.shown.route {
            return route.clone();
        }
        let name = |name: &str| {
            let path = Path::new(name);
            path.file_name().map_or_else(
                || name.to_owned(),
                |name| name.to_string_lossy().into_owned(),
            )
        };
        match (heard, &self.shown.file) {
            (Some(file), _) => {
                let number = match file.count {
                    1 => String::new(),
                    count => format!("{}/{count}  ", file.index),
                };
                let title = match (&file.title, &file.artist) {
                    (Some(title), Some(artist)) => format!("{title} – {artist}"),
                    (Some(title), None) => title.clone(),
                    (None, Some(artist)) => format!("{} – {artist}", name(&file.name)),
                    (None, None) => name(&file.name),
                };
                number + &title
            }
            (None, Some(file)) => name(&file.name),
            (None, None) => String::new(),
        }
    }

    /// Codec, spec and device of the file.
    fn details(&self) -> String {
        let Some(file) = self.shown.file.as_ref().filter(|_| !self.relays) else {
            return String::new();
        };
        let codec = file.codec.as_ref().map(|codec| format!("{codec}, "));
        let spec = file.spec.map(|spec| spec.to_string()).unwrap_or_default();
        format!("{}{spec}{}", codec.unwrap_or_default(), self.where_to())
    }

    /// What to show besides the position, most important first.
    fn notes(&mut self, progress: &Progress) -> Vec<String> {
        let now = Instant::now();
        self.shown.reply.take_if(|(_, until)| *until <= now);
        let reply = self.shown.reply.as_ref().map(|(reply, _)| reply.clone());
        let volume = self.shown.volume_db;
        let word = match self.direction {
            _ if self.relays => "xrun",
            Direction::Playback => "underrun",
            Direction::Capture => "overrun",
        };
        let notes = [
            self.shown.is_paused().then(|| "paused".to_owned()),
            self.shown.awaited.clone(),
            reply,
            (volume != 0.0).then(|| format!("{volume} dB")),
            progress.loopback.as_ref().map(loopback_state),
            self.recorded_size(now).map(size_text),
            xruns(progress.xruns, word),
        ];
        notes.into_iter().flatten().collect()
    }

    /// The size of the file that is recorded.
    fn recorded_size(&mut self, now: Instant) -> Option<u64> {
        let file = self.shown.file.as_ref()?;
        if self.direction != Direction::Capture || self.relays {
            return None;
        }
        match self.shown.size {
            Some((size, at)) if now - at < SIZE_INTERVAL => Some(size),
            _ => {
                let path = file.file.as_ref()?;
                let mut part = path.clone().into_os_string();
                part.push(".part");
                let found = fs::metadata(part).or_else(|_| fs::metadata(path));
                let size = found.ok().filter(|found| found.is_file())?.len();
                self.shown.size = Some((size, now));
                Some(size)
            }
        }
    }

    fn xrun(&self, side: Direction, device: Option<&str>, length: (Option<u64>, Option<f64>)) {
        let name = match side {
            Direction::Playback => "underrun",
            Direction::Capture => "overrun",
        };
        // What a loopback does not pass on is lost, whichever side has stopped.
        let effects = match self.relays || side == Direction::Capture {
            true => ("of sound lost", "no sound lost"),
            false => ("of silence played", "less than a frame of silence played"),
        };
        let device = device.map_or(String::new(), |device| format!(" on '{device}'"));
        let length = length_text(length, effects);
        self.to_stderr(&format!("aloud: {name}{device}{length}"));
    }

    fn summary(&self, end: &End) {
        let (done, xrun, lost) = match self.direction {
            _ if self.relays => ("passed on", "xrun", "lost"),
            Direction::Playback => ("played", "underrun", "of silence"),
            Direction::Capture => ("recorded", "overrun", "lost"),
        };
        if end.xruns > 0 {
            let length = total_text(self.shown.lost_unknown, end.frames_lost, lost);
            self.note(&format!("{}{length}", count(end.xruns, xrun)));
        }
        if end.xruns == 0 && end.frames_lost > 0 {
            self.note(&format!(
                "{} lost in total",
                count(end.frames_lost, "frame")
            ));
        }
        self.detail(&format!(
            "{done} {}, {:.3} s",
            count(end.frames, "frame"),
            end.seconds
        ));
    }
}

/// The length of an xrun, and its effect: of some frames, or of none.
fn length_text(
    length: (Option<u64>, Option<f64>),
    (some, none): (&'static str, &'static str),
) -> String {
    match length {
        (Some(0), _) => format!(": {none}"),
        (Some(frames), Some(ms)) => format!(": {ms:.1} ms ({}) {some}", count(frames, "frame")),
        _ => " (the device does not report its length)".to_owned(),
    }
}

/// The length of all xruns. `unknown` is whether some of them are not part of it.
fn total_text(unknown: bool, frames: u64, effect: &str) -> String {
    match (unknown, frames) {
        (true, 0) => " of unknown length".to_owned(),
        (true, _) => format!(", at least {} {effect} in total", count(frames, "frame")),
        (false, _) => format!(", {} {effect} in total", count(frames, "frame")),
    }
}

/// How the thread of a device is scheduled.
fn scheduling(start: &DeviceStart) -> &'static str {
    match start.why_not_realtime {
        None if start.memory_locked => "real time, buffers locked in memory",
        None => "real time, buffers not locked in memory (RLIMIT_MEMLOCK)",
        Some(WhyNotRealtime::Off) => "no real time (--realtime off)",
        Some(WhyNotRealtime::Plugin) => "no real time: plugins do not run in it",
        Some(WhyNotRealtime::Limit) => "no real time: the limits do not allow it (RLIMIT_RTPRIO)",
    }
}

fn loopback_state(loopback: &LoopbackProgress) -> String {
    let latency = match loopback.latency_ms {
        Some(ms) => format!("{ms:.1} ms"),
        None => "silent".to_owned(),
    };
    match loopback.drift_ppm {
        Some(ppm) => format!("{latency}, drift {ppm:+.1} ppm"),
        None => latency,
    }
}

/// The title and artist of a file in parentheses; nothing if it has neither.
fn title(title: Option<&str>, artist: Option<&str>) -> String {
    match (title, artist) {
        (Some(title), Some(artist)) => format!(" ({title}, by {artist})"),
        (Some(title), None) => format!(" ({title})"),
        (None, Some(artist)) => format!(" (by {artist})"),
        (None, None) => String::new(),
    }
}

fn speaker_line(speaker: &Speaker) -> String {
    let number = speaker.index + 1;
    match speaker.channel {
        Some(name) => format!("Channel {number}: {name}"),
        None => format!("Channel {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_and_artist_are_in_parentheses() {
        assert_eq!(title(Some("T"), Some("A")), " (T, by A)");
        assert_eq!(title(Some("T"), None), " (T)");
        assert_eq!(title(None, None), "");
    }

    #[test]
    fn an_xrun_without_a_loss_is_not_one_of_unknown_length() {
        let text = |frames, ms| length_text((frames, ms), ("of sound lost", "no sound lost"));
        assert_eq!(
            text(Some(96), Some(2.0)),
            ": 2.0 ms (96 frames) of sound lost"
        );
        assert_eq!(text(Some(0), Some(0.0)), ": no sound lost");
        assert_eq!(text(None, None), " (the device does not report its length)");
        assert_eq!(total_text(false, 0, "lost"), ", 0 frames lost in total");
        assert_eq!(total_text(true, 0, "lost"), " of unknown length");
        assert_eq!(
            total_text(true, 1, "lost"),
            ", at least 1 frame lost in total"
        );
    }
}
