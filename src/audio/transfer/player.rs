//! Playing: a playlist, one segment of equal spec after the other, to one device.

use super::control::{Command, Control};
use super::counters::Counters;
use super::event::{Event, FileEvent, FileState, Why};
use super::feed::{self, RingSize};
use super::playback::Playback;
use super::session::Session;
use super::turns::{Announcer, Turns};
use super::{Delay, Forced, Message, Outcome, Timing};
use crate::audio::dsp::remap::Remapped;
use crate::audio::error::{Error, Kind, Result};
use crate::audio::ffi;
use crate::audio::file::playlist::{Opener, Playlist};
use crate::audio::pcm::{ChannelMap, Length, Pcm, Request, Thresholds, TstampMode, TstampType};
use crate::audio::spec::Spec;
use std::time::Duration;

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

/// Plays. Returns when all is heard, when `control` stops it, or when the device fails.
pub fn play(play: Play, control: &Control, on_event: &mut dyn FnMut(&Event)) -> Outcome {
    Player::new(play, control, on_event).run()
}

struct Player<'a> {
    play: Play,
    session: Session<'a>,
    /// A file that was opened before its device: told once the device has started.
    opened: Option<Event>,
}

impl<'a> Player<'a> {
    fn new(play: Play, control: &'a Control, on_event: &'a mut dyn FnMut(&Event)) -> Player<'a> {
        let session = Session::new(control, play.progress, on_event);
        Player {
            play,
            session,
            opened: None,
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
                    self.session.fail(error);
                    None
                }
            };
        }
        self.session.finish()
    }

    fn playlist(&mut self) -> Playlist {
        let sender = self.session.sender.clone();
        let inputs = std::mem::take(&mut self.play.inputs);
        Playlist::new(inputs, self.play.most, move |report| {
            // A full channel means that nobody has read for long; a file's name is then the lesser loss.
            let _ = sender.try_send(Message::Event(report.into()));
        })
    }

    /// Has a file thread open the next file, and waits for it or for a command to stop.
    fn open_next(&mut self, mut playlist: Playlist) -> Option<(Box<Playlist>, Spec, Option<u64>)> {
        let sender = self.session.sender.clone();
        std::thread::spawn(move || {
            let opened = playlist.next_segment();
            let _ = sender.send(Message::Opened(Box::new(playlist), opened));
        });
        loop {
            if let Command::Stop(_) = self.session.control.command() {
                return None;
            }
            match self.session.messages.recv() {
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
                Ok(Message::Event(event)) => self.session.tell(event),
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
        let control = self.session.control.clone();
        let feeder = std::thread::spawn(move || match order {
            Some(order) => {
                feed::feed(Remapped::new(playlist, order), producer, size, &control).into_inner()
            }
            None => feed::feed(playlist, producer, size, &control),
        });
        let counters = Counters::new(spec, self.play.progress.is_some());
        let mut playback = Playback {
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
            turns,
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
            self.session.listen(&counters, spec, total)
        });
        self.session.count(&counters, spec);
        match why? {
            // The file thread has ended by itself, having given all.
            Why::Finished => Ok(feeder.join().ok()),
            why => {
                self.session.end.why = why;
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
        self.session.tell_start(pcm, spec);
        if let Some(opened) = self.opened.take() {
            self.session.tell(opened);
        }
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
}
