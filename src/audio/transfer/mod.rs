//! The one engine that moves frames: a file thread fills a bounded ring, a device thread waits on the PCM and writes,
//! and the caller's thread hears of it all as [`Event`]s.

mod control;
mod counters;
mod event;
mod feed;
mod playback;
mod turns;

pub use control::{Command, Control};
pub use event::{End, Event, FileEvent, FileState, Progress, Speaker, Start, Why};
pub use turns::Turns;

use super::dsp::remap::Remapped;
use super::error::{Error, Kind, Result};
use super::ffi;
use super::file::playlist::{Opener, Playlist, Report};
use super::pcm::{ChannelMap, Length, Pcm, Request, Thresholds, TstampMode, TstampType};
use super::spec::Spec;
use counters::Counters;
use feed::RingSize;
use playback::Playback;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use turns::Announcer;

/// Events that may wait for a slow reader; past that, progress is dropped and the counters still know.
const EVENTS_WAITING: usize = 1024;

/// What reaches the thread that runs a transfer.
enum Message {
    /// The file side has opened the first file of a segment, or has no more.
    Opened(Box<Playlist>, Option<(Spec, Option<u64>)>),
    /// Something happened.
    Event(Event),
    /// The device side is done.
    Ended(Result<Why>),
    /// There is a new command.
    Commanded,
}

/// When a playing device starts, stops and wakes; `None` is the default of each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timing {
    /// Starts once this much is queued; the default is a full buffer.
    pub start: Option<Delay>,
    /// Stops (an xrun) once this much is free; the default is a whole buffer.
    pub stop: Option<Delay>,
    /// Wakes once this much is free; the default is two periods.
    pub avail_min: Option<Duration>,
}

/// A threshold as aplay gives it, in µs: above zero from an empty buffer, else relative to a full one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// Microseconds.
    pub micros: i64,
}

impl Delay {
    fn frames(self, spec: Spec, buffer: u64) -> u64 {
        let frames = spec.frames_lasting(Duration::from_micros(self.micros.unsigned_abs()));
        if self.micros > 0 {
            frames
        } else {
            buffer.saturating_sub(frames)
        }
    }
}

/// What is to be played, and how.
pub struct Play {
    /// Files, in order.
    pub inputs: Vec<Opener>,
    /// At most so much of each.
    pub most: Option<Length>,
    /// The device; its format, rate and channels are set to each file's.
    pub request: Request,
    /// What the device is to be opened with where that is not the file's own.
    pub forced: Forced,
    /// When it starts, stops and wakes.
    pub timing: Timing,
    /// Whether and by which clock time is stamped.
    pub tstamp: (TstampMode, TstampType),
    /// The order of the channels in the files, where it is not the device's.
    pub channel_map: Option<ChannelMap>,
    /// Whether an xrun ends it.
    pub fatal_xruns: bool,
    /// Warn where the device's own count of its frames goes beyond this many half buffers (aplay's `--test-position`).
    pub test_position: Option<u32>,
    /// How often [`Event::Progress`] is sent; never if `None`.
    pub progress: Option<Duration>,
    /// Which speakers sound when, where that is to be told ([`Event::Speaker`]).
    pub turns: Option<Turns>,
}

impl Play {
    /// To play `inputs` with all else left as it usually is.
    pub fn new(inputs: Vec<Opener>, request: Request) -> Play {
        Play {
            inputs,
            most: None,
            request,
            forced: Forced::default(),
            timing: Timing::default(),
            tstamp: (TstampMode::Enable, TstampType::Monotonic),
            channel_map: None,
            fatal_xruns: false,
            test_position: None,
            progress: None,
            turns: None,
        }
    }
}

/// Format, rate or channels that a device must be opened with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forced {
    /// Sample format.
    pub format: Option<super::format::Format>,
    /// Hz.
    pub rate: Option<u32>,
    /// Samples in a frame.
    pub channels: Option<u32>,
}

impl Forced {
    fn applied_to(&self, spec: Spec) -> Spec {
        Spec {
            format: self.format.unwrap_or(spec.format),
            rate: self.rate.unwrap_or(spec.rate),
            channels: self.channels.unwrap_or(spec.channels),
        }
    }
}

/// How a transfer went.
#[derive(Debug)]
pub struct Outcome {
    /// The summary, as [`Event::End`] told it.
    pub end: End,
    /// What went wrong first, with a file or the device; [`Event::Failed`] told it, and all that went wrong after.
    pub error: Option<Error>,
}

/// Plays. Returns when all is heard, when `control` stops it, or when the device fails.
pub fn play(play: Play, control: &Control, on_event: &mut dyn FnMut(&Event)) -> Outcome {
    Player::new(play, control, on_event).run()
}

struct Player<'a> {
    play: Play,
    control: &'a Control,
    on_event: &'a mut dyn FnMut(&Event),
    sender: SyncSender<Message>,
    messages: Receiver<Message>,
    /// A file that was opened before its device: told once the device has started.
    opened: Option<Event>,
    end: End,
    error: Option<Error>,
}

impl<'a> Player<'a> {
    fn new(play: Play, control: &'a Control, on_event: &'a mut dyn FnMut(&Event)) -> Player<'a> {
        let (sender, messages) = sync_channel(EVENTS_WAITING);
        control.attach(Some(sender.clone()));
        let end = End {
            frames: 0,
            seconds: 0.0,
            xruns: 0,
            frames_lost: 0,
            why: Why::Finished,
        };
        Player {
            play,
            control,
            on_event,
            sender,
            messages,
            opened: None,
            end,
            error: None,
        }
    }

    fn run(mut self) -> Outcome {
        let mut pcm = None;
        let playlist = self.playlist();
        let mut next = self.open_next(playlist);
        while let Some((playlist, spec, total)) = next {
            next = match self.segment(&mut pcm, *playlist, spec, total) {
                Ok(Some(playlist)) => self.open_next(playlist),
                Ok(None) => None,
                Err(error) => {
                    self.end.why = Why::Error;
                    self.tell(Event::Failed(error));
                    None
                }
            };
        }
        self.control.attach(None);
        if let Command::Stop(why) = self.control.command()
            && self.end.why == Why::Finished
        {
            self.end.why = why;
        }
        (self.on_event)(&Event::End(self.end.clone()));
        Outcome {
            end: self.end,
            error: self.error,
        }
    }

    fn playlist(&mut self) -> Playlist {
        let sender = self.sender.clone();
        let inputs = std::mem::take(&mut self.play.inputs);
        Playlist::new(inputs, self.play.most, move |report| {
            // A full channel means that nobody has read for long; a file's name is then the lesser loss.
            let _ = sender.try_send(Message::Event(report.into()));
        })
    }

    /// Has a file thread open the next file, and waits for it or for a command to stop.
    fn open_next(&mut self, mut playlist: Playlist) -> Option<(Box<Playlist>, Spec, Option<u64>)> {
        let sender = self.sender.clone();
        std::thread::spawn(move || {
            let opened = playlist.next_segment();
            let _ = sender.send(Message::Opened(Box::new(playlist), opened));
        });
        loop {
            if let Command::Stop(_) = self.control.command() {
                return None;
            }
            match self.messages.recv() {
                Ok(Message::Opened(playlist, opened)) => {
                    return opened.map(|(spec, total)| (playlist, spec, total));
                }
                Ok(Message::Event(
                    event @ Event::File(FileEvent {
                        state: FileState::Opened,
                        ..
                    }),
                )) => {
                    self.opened = Some(event);
                }
                Ok(Message::Event(event)) => self.tell(event),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Plays one segment: all files that follow each other with the same spec. Gives the playlist back, or `None` when
    /// it was stopped.
    fn segment(
        &mut self,
        pcm: &mut Option<Pcm>,
        playlist: Playlist,
        spec: Spec,
        total: Option<u64>,
    ) -> Result<Option<Playlist>> {
        let pcm = self.open_device(pcm, spec)?;
        let order = self.channel_order(pcm)?;
        let turns = self.turns(pcm)?;
        let size = RingSize::of(spec, pcm.configuration().buffer_size);
        let (producer, consumer) = ffi::ring::ring(size.capacity);
        let control = self.control.clone();
        let feeder = std::thread::spawn(move || match order {
            Some(order) => {
                feed::feed(Remapped::new(playlist, order), producer, size, &control).into_inner()
            }
            None => feed::feed(playlist, producer, size, &control),
        });
        let counters = Counters::new(spec, self.play.progress.is_some());
        let mut playback = Playback {
            waiter: pcm.waiter(self.control.descriptor())?,
            avail_min: pcm.thresholds()?.avail_min,
            pcm,
            ring: consumer,
            feeder: feeder.thread().clone(),
            refill: size.refill,
            control: &self.control.clone(),
            counters: &counters,
            messages: &self.sender.clone(),
            fatal_xruns: self.play.fatal_xruns,
            test_position: self.play.test_position,
            turns,
            queued: 0,
        };
        let why = std::thread::scope(|scope| {
            scope.spawn(move || {
                ffi::messages::capture();
                let ended = playback.run();
                let messages = playback.messages;
                // The ring must be gone before the file side is waited for: that is what ends it.
                let feeder = playback.feeder.clone();
                drop(playback);
                feeder.unpark();
                let _ = messages.send(Message::Ended(ended));
            });
            self.listen(&counters, spec, total)
        });
        self.count(&counters, spec);
        match why? {
            // The file thread has ended by itself, having given all.
            Why::Finished => Ok(feeder.join().ok()),
            why => {
                self.end.why = why;
                Ok(None)
            }
        }
    }

    /// Opens the device for `spec`, or configures it anew.
    fn open_device<'p>(&mut self, pcm: &'p mut Option<Pcm>, spec: Spec) -> Result<&'p mut Pcm> {
        let wanted = self.play.forced.applied_to(spec);
        if wanted != spec {
            let message = format!(
                "the sound is {spec}, and {wanted} was asked for: aloud does not convert yet"
            );
            let hint = "leave -f, -r and -c out for a file that describes itself";
            return Err(Error::new(Kind::Unsupported, message).with_hint(hint));
        }
        let change = |request: &mut Request| {
            (request.format, request.rate, request.channels) =
                (spec.format, spec.rate, spec.channels);
        };
        match pcm {
            Some(open) => {
                open.reconfigure(change)?;
            }
            None => {
                let mut request = self.play.request.clone();
                change(&mut request);
                *pcm = Some(Pcm::open(request)?);
            }
        }
        let pcm = pcm
            .as_mut()
            .ok_or_else(|| Error::new(Kind::Internal, "the device is not open"))?;
        self.prepare_device(pcm)?;
        self.tell_start(pcm, spec);
        Ok(pcm)
    }

    fn prepare_device(&self, pcm: &Pcm) -> Result<()> {
        pcm.set_nonblock(true)?;
        let configuration = pcm.configuration();
        let (period, buffer) = (configuration.period_size, configuration.buffer_size);
        let delay = |delay: Option<Delay>| delay.map(|delay| delay.frames(pcm.spec(), buffer));
        // Two periods at a wake halve the wake-ups and still leave half of a usual buffer.
        let avail_min = match self.play.timing.avail_min {
            Some(time) => pcm.spec().frames_lasting(time).max(1),
            None if buffer >= 4 * period => 2 * period,
            None => period,
        };
        pcm.set_thresholds(Thresholds {
            start: delay(self.play.timing.start)
                .unwrap_or(buffer)
                .clamp(1, buffer),
            stop: delay(self.play.timing.stop).unwrap_or(buffer),
            avail_min,
        })?;
        // A device that cannot stamp time, or not by this clock, tells no lengths of xruns; it plays all the same.
        let _ = pcm.set_tstamp_mode(self.play.tstamp.0);
        let _ = pcm.set_tstamp_type(self.play.tstamp.1);
        Ok(())
    }

    fn tell_start(&mut self, pcm: &Pcm, requested: Spec) {
        let configuration = pcm.configuration();
        let start = Start {
            device: pcm.card_name().to_owned(),
            requested,
            realised: configuration.spec,
            conversion: None,
            period_size: configuration.period_size,
            buffer_size: configuration.buffer_size,
            access: configuration.access.name(),
            dump: pcm.dump().unwrap_or_default(),
        };
        self.tell(Event::Start(start));
        for difference in pcm.size_differences() {
            self.tell(Event::Warning(difference));
        }
        if let Some(opened) = self.opened.take() {
            self.tell(opened);
        }
    }

    /// Sets the channel map that was asked for on the device, or tells how to reorder the channels to the device's.
    fn channel_order(&self, pcm: &Pcm) -> Result<Option<Vec<usize>>> {
        let Some(wanted) = &self.play.channel_map else {
            return Ok(None);
        };
        if wanted.0.len() != pcm.spec().channels as usize {
            let message = format!(
                "the channel map {wanted} names {} channels, the sound has {}",
                wanted.0.len(),
                pcm.spec().channels
            );
            return Err(Error::new(Kind::Usage, message));
        }
        if pcm.set_channel_map(wanted).is_ok() {
            return Ok(None);
        }
        let device = pcm.channel_map()?;
        match device.as_ref().and_then(|device| device.order_in(wanted)) {
            Some(order) => Ok(Some(order)),
            None => {
                let has = device.map_or("tells no channel map".to_owned(), |map| {
                    format!("plays {map}")
                });
                let message = format!(
                    "cannot play the channels {wanted} on '{}': it {has}",
                    pcm.card_name()
                );
                Err(Error::new(Kind::Unsupported, message).with_device(pcm.card_name()))
            }
        }
    }

    /// The turns of the speakers, which are named by the map of the channels as the source has them.
    fn turns(&self, pcm: &Pcm) -> Result<Option<Announcer>> {
        let Some(turns) = &self.play.turns else {
            return Ok(None);
        };
        let map = match &self.play.channel_map {
            Some(map) => Some(map.clone()),
            None => pcm.channel_map()?,
        };
        Ok(Some(Announcer::new(turns, map.as_ref())))
    }

    /// Passes on what happens until the device side is done.
    fn listen(&mut self, counters: &Counters, spec: Spec, total: Option<u64>) -> Result<Why> {
        let mut due = self
            .play
            .progress
            .map(|every| (Instant::now() + every, every));
        loop {
            match self.next_message(due) {
                Some(Message::Ended(ended)) => {
                    if self.play.progress.is_some() {
                        self.tell_progress(counters, spec, total);
                    }
                    return ended;
                }
                Some(Message::Event(event)) => self.tell(event),
                Some(_) => {}
                None => {
                    self.tell_progress(counters, spec, total);
                    due = due.map(|(at, every)| (at + every, every));
                }
            }
        }
    }

    /// The next message; `None` when progress is due first.
    fn next_message(&self, due: Option<(Instant, Duration)>) -> Option<Message> {
        let Some((at, _)) = due else {
            return Some(
                self.messages
                    .recv()
                    .unwrap_or(Message::Ended(Ok(Why::Error))),
            );
        };
        match self
            .messages
            .recv_timeout(at.saturating_duration_since(Instant::now()))
        {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Message::Ended(Ok(Why::Error))),
        }
    }

    fn tell_progress(&mut self, counters: &Counters, spec: Spec, total: Option<u64>) {
        let frames = counters.heard();
        let progress = Progress {
            frames,
            seconds: spec.seconds(frames),
            total,
            peak_dbfs: counters.take_peaks(),
            xruns: self.end.xruns + counters.xruns(),
        };
        self.tell(Event::Progress(progress));
    }

    fn count(&mut self, counters: &Counters, spec: Spec) {
        self.end.frames += counters.heard();
        self.end.seconds += spec.seconds(counters.heard());
        self.end.xruns += counters.xruns();
        self.end.frames_lost += counters.lost();
    }

    fn tell(&mut self, event: Event) {
        match &event {
            Event::Pause { .. } => self.control.tell_paused(true),
            Event::Resume { .. } => self.control.tell_paused(false),
            Event::Failed(error) => {
                self.error.get_or_insert_with(|| error.clone());
            }
            _ => {}
        }
        (self.on_event)(&event);
    }
}

impl From<Report> for Event {
    fn from(report: Report) -> Event {
        match report {
            Report::Opened { name, spec, frames } => Event::File(FileEvent {
                name,
                state: FileState::Opened,
                spec,
                frames,
            }),
            Report::Finished { name, spec, frames } => Event::File(FileEvent {
                name,
                state: FileState::Finished,
                spec,
                frames: Some(frames),
            }),
            Report::Failed(error) => Event::Failed(error),
        }
    }
}
