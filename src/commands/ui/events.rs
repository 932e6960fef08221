//! Events of a transfer as text.

use super::progress::{clock, levels};
use super::{Ui, json, write_stdout};
use crate::commands::advice;
use aloud::audio::pcm::Direction;
use aloud::audio::spelling::count;
use aloud::audio::transfer::{
    DeviceStart, End, Event, FileEvent, FileState, LoopbackProgress, LoopbackStart, Progress,
    Speaker, Start,
};
use std::io;

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
        write_stdout(&line)
    }

    fn quiet_event(&self, event: &Event) {
        if let Event::Xrun {
            side,
            frames_lost,
            ms,
        } = event
        {
            self.xrun(side.unwrap_or(self.direction), *frames_lost, *ms);
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
            Event::Pause { .. } => self.status.set_state("paused"),
            Event::Resume { .. } => self.status.set_state(""),
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

    fn lost(&mut self, device: &str) {
        self.note(&format!(
            "'{device}' went away: waiting for it to come back"
        ));
        let state = waiting(device);
        self.status.set_state(&state);
        self.awaited = Some(state);
    }

    fn back(&mut self, device: &str, seconds: f64) {
        self.awaited = None;
        self.note(&format!("'{device}' is back after {seconds:.1} s"));
        self.status.set_state("");
    }

    fn file(&self, file: &FileEvent) {
        if file.state == FileState::Deleted {
            self.detail(&format!("Deleted '{}'", file.name));
        }
        if let (FileState::Opened, Some(spec)) = (file.state, file.spec) {
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
    }

    fn start(&mut self, start: &Start) {
        match &start.loopback {
            Some(loopback) => self.loopback_start(loopback),
            None => self.device_start(&start.device),
        }
        self.status.open();
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
        self.detail(start.dump.trim_end());
    }

    fn loopback_start(&mut self, start: &LoopbackStart) {
        self.relays = true;
        self.device_start(&start.capture);
        self.device_start(&start.playback);
        self.note(&format!(
            "From '{}' to '{}': {}, {:.1} ms",
            start.capture.device, start.playback.device, start.playback.granted, start.latency_ms
        ));
    }

    fn progress(&self, progress: &Progress) {
        let rate = if progress.seconds > 0.0 {
            progress.frames as f64 / progress.seconds
        } else {
            1.0
        };
        let position = clock(progress.seconds);
        let position = match progress.total_frames {
            Some(total) => format!("{position} / {}", clock(total as f64 / rate)),
            None => position,
        };
        let mut state = state(&progress.peak_dbfs, progress.xruns);
        if let Some(loopback) = &progress.loopback {
            state = format!("{}, {state}", loopback_state(loopback));
        }
        if let Some(awaited) = &self.awaited {
            state.clone_from(awaited);
        }
        let done = progress.total_frames.map(|total| (progress.frames, total));
        self.status.update(position, state, done);
    }

    fn xrun(&self, side: Direction, frames: Option<u64>, ms: Option<f64>) {
        let (name, effect) = match side {
            Direction::Playback => ("underrun", "of silence played"),
            Direction::Capture => ("overrun", "of sound lost"),
        };
        self.to_stderr(&match (frames, ms) {
            (Some(frames), Some(ms)) => {
                format!(
                    "aloud: {name}: {ms:.1} ms ({}) {effect}",
                    count(frames, "frame")
                )
            }
            _ => format!("aloud: {name} (the device does not report its length)"),
        });
    }

    fn summary(&self, end: &End) {
        let (done, xrun, lost) = match self.direction {
            _ if self.relays => ("passed on", "xrun", "lost"),
            Direction::Playback => ("played", "underrun", "of silence"),
            Direction::Capture => ("recorded", "overrun", "lost"),
        };
        if end.xruns > 0 {
            self.note(&format!(
                "{}, {} {lost} in total",
                count(end.xruns, xrun),
                count(end.frames_lost, "frame")
            ));
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

fn waiting(device: &str) -> String {
    format!("waiting for '{device}'")
}

fn state(peaks: &[Option<f64>], xruns: u64) -> String {
    format!("{}, {}", levels(peaks), count(xruns, "xrun"))
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
    fn one_xrun_is_singular() {
        assert_eq!(state(&[Some(-20.0)], 1), "-20.0 dBFS, 1 xrun");
        assert_eq!(state(&[Some(-20.0)], 2), "-20.0 dBFS, 2 xruns");
    }
}
