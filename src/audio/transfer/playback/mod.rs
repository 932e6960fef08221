//! Playing: a playlist, one segment of equal spec after the other, to one device.

mod device;
mod reader;
mod speaker_test;

pub use speaker_test::SpeakerTest;

use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi;
use crate::audio::pcm::{Pcm, Request, Thresholds, TstampMode, TstampType};
use crate::audio::playlist::PlaylistOptions;
use crate::audio::playlist::{Opener, Playlist, Segment};
use crate::audio::spec::rescale_frames;
use crate::audio::transfer::control::{TransferCommand, TransferControl};
use crate::audio::transfer::conversion::{ConversionPlan, ConversionPolicy};
use crate::audio::transfer::convert::{ConvertSource, Running};
use crate::audio::transfer::counters::Counters;
use crate::audio::transfer::event::{EndReason, Event, FileEvent, FileState};
use crate::audio::transfer::session::{Session, start_of};
use crate::audio::transfer::{Delay, Message, Outcome, Timing};
use device::PlaybackDevice;
use reader::RingSize;
use speaker_test::Announcer;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// What is to be played, and how.
pub struct Play {
    /// Files, in order.
    pub inputs: Vec<Opener>,
    /// What is played of each, and how loud.
    pub playlist_options: PlaylistOptions,
    /// The device; its format, rate and channels are set to what suits each file.
    pub request: Request,
    /// How what the device does not do as it is comes to be played.
    pub policy: ConversionPolicy,
    /// When it starts, stops and wakes.
    pub timing: Timing,
    /// Whether and by which clock time is stamped.
    pub tstamp: (TstampMode, TstampType),
    /// Whether an xrun ends it.
    pub fatal_xruns: bool,
    /// Warn where the device's own count of its frames goes beyond this many half buffers (aplay's `--test-position`).
    pub test_position: Option<u32>,
    /// How often [`Event::Progress`] is sent; never if `None`.
    pub progress: Option<Duration>,
    /// Which speakers sound when, where that is to be told ([`Event::Speaker`]).
    pub speaker_test: Option<SpeakerTest>,
}

impl Play {
    /// To play `inputs` with all else left as it usually is.
    pub fn new(inputs: Vec<Opener>, request: Request) -> Play {
        Play {
            inputs,
            playlist_options: PlaylistOptions::default(),
            request,
            policy: ConversionPolicy::default(),
            timing: Timing::default(),
            tstamp: (TstampMode::Enable, TstampType::Monotonic),
            fatal_xruns: false,
            test_position: None,
            progress: None,
            speaker_test: None,
        }
    }
}

/// Plays. Returns when all is heard, when `control` stops it, or when the device fails.
pub fn play(play: Play, control: &TransferControl, on_event: &mut dyn FnMut(&Event)) -> Outcome {
    Player::new(play, control, on_event).run()
}

struct Player<'a> {
    play: Play,
    session: Session<'a>,
    /// A file that was opened before its device: told once the device has started.
    opened: Option<Event>,
    /// Samples that were over full scale.
    clipped: Arc<AtomicU64>,
}

impl<'a> Player<'a> {
    fn new(
        play: Play,
        control: &'a TransferControl,
        on_event: &'a mut dyn FnMut(&Event),
    ) -> Player<'a> {
        let session = Session::new(control, play.progress, on_event);
        Player {
            play,
            session,
            opened: None,
            clipped: Arc::default(),
        }
    }

    fn run(mut self) -> Outcome {
        let mut pcm = None;
        let playlist = self.playlist();
        let mut next = self.open_next(playlist);
        while let Some((playlist, segment)) = next {
            next = match self.segment(&mut pcm, *playlist, segment) {
                Ok(Some(playlist)) => self.open_next(playlist),
                Ok(None) => None,
                Err(error) => {
                    self.session.fail(error);
                    None
                }
            };
        }
        self.session.tell_clipped(self.clipped.load(Relaxed));
        self.session.finish()
    }

    fn playlist(&mut self) -> Playlist {
        let sender = self.session.sender.clone();
        let inputs = std::mem::take(&mut self.play.inputs);
        Playlist::new(inputs, self.play.playlist_options, move |report| {
            // A full channel means that nobody has read for long; a file's name is then the lesser loss.
            let _ = sender.try_send(Message::Event(report.into()));
        })
    }

    /// Has a file thread open the next file, and waits for it or for a command to stop.
    fn open_next(&mut self, mut playlist: Playlist) -> Option<(Box<Playlist>, Segment)> {
        let sender = self.session.sender.clone();
        std::thread::spawn(move || {
            let opened = playlist.next_segment();
            let _ = sender.send(Message::Opened(Box::new(playlist), opened));
        });
        loop {
            if let TransferCommand::Stop(_) = self.session.control.command() {
                return None;
            }
            match self.session.messages.recv() {
                Ok(Message::Opened(playlist, opened)) => {
                    return opened.map(|segment| (playlist, segment));
                }
                Ok(Message::Event(
                    event @ Event::File(FileEvent {
                        state: FileState::Opened,
                        ..
                    }),
                )) => {
                    self.opened = Some(event);
                }
                Ok(Message::Event(event)) => self.session.tell(event),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Plays one segment: all files that follow each other and are the same to the device. Gives the playlist back, or
    /// `None` when it was stopped.
    fn segment(
        &mut self,
        pcm: &mut Option<Pcm>,
        playlist: Playlist,
        segment: Segment,
    ) -> Result<Option<Playlist>> {
        let (pcm, plan) = self.open_device(pcm, &segment, playlist.has_more())?;
        let (spec, speaker_test) = (pcm.spec(), self.speaker_test(pcm, &segment)?);
        let source = ConvertSource::new(playlist, &plan, self.running(pcm)?)?;
        self.tell_start(pcm, &segment, plan.text);
        let total = segment
            .total
            .map(|frames| rescale_frames(frames, segment.spec.rate, spec.rate));
        let size = RingSize::of(spec, pcm.configuration().buffer_size);
        let (producer, consumer) = ffi::ring::ring(size.capacity);
        let control = self.session.control.clone();
        let feeder = std::thread::spawn(move || {
            reader::feed(source, producer, size, &control).into_playlist()
        });
        let counters = Counters::new(spec, self.play.progress.is_some());
        let mut playback = PlaybackDevice {
            waiter: pcm.waiter(self.session.control.descriptor())?,
            avail_min: pcm.thresholds()?.avail_min,
            pcm,
            ring: consumer,
            feeder: feeder.thread().clone(),
            refill: size.refill,
            control: &self.session.control.clone(),
            counters: &counters,
            messages: &self.session.sender.clone(),
            fatal_xruns: self.play.fatal_xruns,
            test_position: self.play.test_position,
            speaker_test,
            tick: self.play.progress.map(|every| every / 5),
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
            self.session
                .listen(&counters, spec, total, &|frames| frames)
        });
        self.session.count(&counters, spec, counters.frames());
        match why? {
            // The file thread has ended by itself, having given all.
            EndReason::Finished => Ok(feeder.join().ok()),
            why => {
                self.session.end.why = why;
                Ok(None)
            }
        }
    }

    /// Opens the device for a segment, or configures it anew, and plans what is converted.
    fn open_device<'p>(
        &mut self,
        pcm: &'p mut Option<Pcm>,
        segment: &Segment,
        more: bool,
    ) -> Result<(&'p mut Pcm, ConversionPlan)> {
        let (policy, scaled) = (&self.play.policy, self.play.playlist_options.changes_gain());
        let request = policy.request(&self.play.request, segment, scaled, more)?;
        match pcm {
            Some(open) if open.opens_like(&request) => {
                open.reconfigure(|wanted| *wanted = request)?;
            }
            _ => {
                // Closed first: it may be the same device.
                *pcm = None;
                *pcm = Some(Pcm::open(request)?);
            }
        }
        let pcm = pcm
            .as_mut()
            .ok_or_else(|| Error::new(Kind::Internal, "the device is not open"))?;
        self.prepare_device(pcm)?;
        self.set_channel_map(pcm, segment)?;
        let map = pcm.channel_map()?;
        let (policy, notes) = (&self.play.policy, self.play.playlist_options.notes());
        let planned = policy.plan(segment, pcm.spec(), map.as_ref(), scaled, &notes);
        let plan = planned.map_err(|error| error.with_device(pcm.card_name()))?;
        Ok((pcm, plan))
    }

    fn tell_start(&mut self, pcm: &Pcm, segment: &Segment, conversion: Option<String>) {
        self.session.tell_start(pcm, segment.spec, conversion);
        if let Some(opened) = self.opened.take() {
            self.session.tell(opened);
        }
    }

    /// What the file side knows of the device while it runs.
    fn running(&self, pcm: &Pcm) -> Result<Running> {
        let sender = self.session.sender.clone();
        Ok(Running {
            policy: self.play.policy.clone(),
            device: pcm.spec(),
            map: pcm.channel_map()?,
            capabilities: pcm.capabilities().cloned(),
            scaled: self.play.playlist_options.changes_gain(),
            notes: self.play.playlist_options.notes(),
            start: start_of(pcm, pcm.spec(), None),
            tell: Box::new(move |event| {
                let _ = sender.try_send(Message::Event(event));
            }),
            clipped: self.clipped.clone(),
        })
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

    /// Has the device put its channels in the order of the sound, if it can.
    fn set_channel_map(&self, pcm: &Pcm, segment: &Segment) -> Result<()> {
        let Some(wanted) = self.play.policy.wanted_map(segment)? else {
            return Ok(());
        };
        let fits = wanted.0.len() == pcm.spec().channels as usize;
        if fits && pcm.channel_map()?.as_ref() != Some(&wanted) {
            // Where it cannot, its own order stands, and the plan tells what becomes of it.
            let _ = pcm.set_channel_map(&wanted);
        }
        Ok(())
    }

    /// The announcer of a speaker test; speakers are named by the map of the channels as the source has them.
    fn speaker_test(&self, pcm: &Pcm, segment: &Segment) -> Result<Option<Announcer>> {
        let Some(speaker_test) = &self.play.speaker_test else {
            return Ok(None);
        };
        let map = match &self.play.policy.channel_map {
            Some(map) => Some(map.clone()),
            None => pcm.channel_map()?,
        };
        let heard = |frames| rescale_frames(frames, segment.spec.rate, pcm.spec().rate);
        let speaker_test = SpeakerTest {
            frames: speaker_test.frames.map(heard),
            ..speaker_test.clone()
        };
        Ok(Some(Announcer::new(&speaker_test, map.as_ref())))
    }
}
