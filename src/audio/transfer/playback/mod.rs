//! Playing a playlist on one device, one segment of equal spec after the other.

mod absence;
mod alignment;
mod catching_up;
mod device;
mod feed;
mod gaps;
mod loudness;
mod navigation;
mod opening;
mod play;
mod reach;
mod read_ahead;
mod reader;
mod speaker_test;
mod timeline;

use super::control::TransferControl;
use super::conversion::ConversionPlan;
use super::convert::ConvertSource;
use super::counters::Counters;
use super::device_loop::AfterLoss;
use super::event::{DeviceStart, EndReason, Event, FileProgress, Progress};
use super::levels::Tap;
use super::message::Message;
use super::outcome::Outcome;
use super::reopening::{Reopening, Return};
use super::session::{Session, progress};
use crate::audio::error::{Error, Result};
use crate::audio::ffi::program_code;
use crate::audio::memory;
use crate::audio::pcm::Pcm;
use crate::audio::playlist::{Playlist, Segment};
use crate::audio::spec::Spec;
use crate::audio::threads::Task;
pub(super) use alignment::Alignment;
pub(super) use device::PlaybackDevice;
pub(super) use feed::Epoch;
use loudness::factor;
pub(super) use opening::{FileSide, SegmentWait, Sides};
pub use play::Play;
pub(super) use play::PlaybackPreparation;
pub use read_ahead::ReadAheadSource;
pub(super) use reader::RingSize;
use speaker_test::Announcer;
pub use speaker_test::SpeakerTest;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
pub(super) use timeline::Timeline;

/// Plays. Returns once everything has been played, `control` stops it, or the device fails.
pub fn play(play: Play, control: &TransferControl, on_event: &mut dyn FnMut(&Event)) -> Outcome {
    let session = Session::new(control, play.progress, on_event);
    Player {
        play,
        session,
        opened: None,
        reopening: None,
        lost: None,
        clipped: Arc::default(),
    }
    .run()
}

/// How often a card is looked for while the next file is opened.
const WATCH_INTERVAL: Duration = Duration::from_millis(100);

struct Player<'a> {
    play: Play,
    session: Session<'a>,
    /// A file that was opened before its device, to be reported once the device has started.
    opened: Option<Event>,
    /// How to open the device again if it goes away between two segments.
    reopening: Option<Reopening>,
    /// The device that went away while the next file was opened: the error, and when that was.
    lost: Option<(Error, Instant)>,
    /// Samples that were over full scale.
    clipped: Arc<AtomicU64>,
}

impl Player<'_> {
    fn run(mut self) -> Outcome {
        let mut pcm = None;
        let mut next = Some(self.playlist());
        while let Some(playlist) = next {
            next = match self.play_next(&mut pcm, playlist) {
                Ok(playlist) => playlist,
                Err(error) => {
                    self.session.fail(error);
                    None
                }
            };
        }
        self.session.count_clipped(self.clipped.load(Relaxed));
        self.session.finish()
    }

    fn playlist(&mut self) -> Playlist {
        let sender = self.session.sender.clone();
        let inputs = std::mem::take(&mut self.play.inputs);
        Playlist::new(inputs, self.play.playlist_options, move |report| {
            sender.report(report.into());
        })
    }

    /// Plays the next segment. Returns the playlist, or `None` after its end or a command to stop.
    fn play_next(&mut self, pcm: &mut Option<Pcm>, playlist: Playlist) -> Result<Option<Playlist>> {
        match self.open_next(pcm, playlist)? {
            Some((playlist, segment)) => self.play_segment(pcm, *playlist, segment),
            None => Ok(None),
        }
    }

    /// Opens the next file, on its own thread if that may take long, and waits for that or for a command to stop.
    /// Meanwhile, a card that is unplugged is an error, or is closed and waited for after that.
    fn open_next(
        &mut self,
        pcm: &mut Option<Pcm>,
        mut playlist: Playlist,
    ) -> Result<Option<(Box<Playlist>, Segment)>> {
        if playlist.opens_at_once() {
            return Ok(self.session.open_at_once(playlist, &mut self.opened));
        }
        self.session.spawn_opening(move || {
            let opened = playlist.next_segment();
            Message::Opened(Box::new(playlist), opened)
        })?;
        loop {
            let until = pcm.as_ref().map(|_| Instant::now() + WATCH_INTERVAL);
            match self.session.wait_for_segment(until, &mut self.opened)? {
                SegmentWait::Opened(playlist, segment) => return Ok(Some((playlist, segment))),
                SegmentWait::Ended => return Ok(None),
                SegmentWait::NotYet => self.watch_card(pcm)?,
            }
        }
    }

    /// Closes a card that was unplugged.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) unless it is waited for.
    fn watch_card(&mut self, pcm: &mut Option<Pcm>) -> Result<()> {
        let Some(lost) = pcm.take_if(|pcm| pcm.is_lost_card()) else {
            return Ok(());
        };
        let error = lost.disconnected();
        if !self.play.on_lost.waits() {
            return Err(error);
        }
        self.lost = Some((error, self.report_lost(lost.card_name())));
        Ok(())
    }

    /// Reports the loss of a device between two segments, and returns when that was.
    fn report_lost(&mut self, device: &str) -> Instant {
        self.session.emit(Event::Lost {
            device: device.to_owned(),
            frames: 0,
        });
        Instant::now()
    }

    /// Plays one segment: consecutive files for which the device needs no new configuration. Returns the playlist, or
    /// `None` after a command to stop.
    fn play_segment(
        &mut self,
        pcm: &mut Option<Pcm>,
        playlist: Playlist,
        segment: Segment,
    ) -> Result<Option<Playlist>> {
        let opened = self.open_or_wait(pcm.take(), &segment, playlist.has_more())?;
        let Some((open, plan)) = opened else {
            return Ok(None);
        };
        let ring_bytes = RingSize::of(&open, open.thresholds()?.avail_min).capacity as u64;
        memory::check(ring_bytes)?;
        self.session.scheduling = self.play.realtime.scheduling(&[&open], &[ring_bytes])?;
        let announcer = self.play.announcer(&open, segment.spec)?;
        let device = (&open, open.channel_map()?);
        let running = (self.play).running(&self.session, device, self.clipped.clone());
        let start = running.start.with_sound(segment.spec, plan.text.clone());
        let source = ConvertSource::new(playlist, &plan, running)?;
        self.emit_start(&open, start);
        program_code::release_before(segment.total, segment.spec.rate);
        let (ended, device, reader) = self.run_threads(open, source, announcer)?;
        *pcm = device;
        if let Some(pcm) = pcm {
            // Its card may have another number now.
            self.play.request.device = pcm.card_name().to_owned();
        }
        match ended? {
            // The reader has ended by itself, after its last frame.
            EndReason::Finished => match reader.join() {
                Ok(source) => Ok(Some(source.into_playlist())),
                Err(_) => Err(Error::internal("the file thread panicked")),
            },
            why => {
                self.session.end.why = why;
                Ok(None)
            }
        }
    }

    /// Opens the device for a segment. If it went away after the last one, waits until it is back. `None` after a command
    /// to stop.
    fn open_or_wait(
        &mut self,
        mut pcm: Option<Pcm>,
        segment: &Segment,
        more: bool,
    ) -> Result<Option<(Pcm, ConversionPlan)>> {
        loop {
            let (lost, since) = match self.lost.take() {
                Some((lost, since)) => (lost, Some(since)),
                None => match (
                    self.play.open(&mut self.session, pcm, segment, more),
                    &self.reopening,
                ) {
                    (Err(lost), Some(reopening)) if reopening.explains(&lost) => (lost, None),
                    (opened, _) => {
                        let (pcm, plan) = opened?;
                        if self.play.on_lost.waits() {
                            self.reopening = Some(Reopening::of(&pcm));
                        }
                        return Ok(Some((pcm, plan)));
                    }
                },
            };
            pcm = match self.wait_between_segments(lost, since)? {
                Return::Opened(pcm) => Some(*pcm),
                Return::Ended(why) => {
                    self.session.end.why = why;
                    return Ok(None);
                }
            };
        }
    }

    /// Waits for the device that went away after a segment. `since` is when that was reported.
    fn wait_between_segments(&mut self, lost: Error, since: Option<Instant>) -> Result<Return> {
        let Some(reopening) = self.reopening.clone() else {
            return Err(lost);
        };
        let since = since.unwrap_or_else(|| self.report_lost(reopening.device()));
        let returned = self.session.wait_between_segments(
            &reopening,
            (self.play.on_lost, since),
            lost,
            self.play.request.rate,
            None,
        )?;
        if let Return::Opened(pcm) = &returned {
            self.play.request.device = pcm.card_name().to_owned();
        }
        Ok(returned)
    }

    fn emit_start(&mut self, pcm: &Pcm, start: DeviceStart) {
        self.session.emit_start(pcm, start);
        if let Some(opened) = self.opened.take() {
            self.session.emit(opened);
        }
    }

    /// Plays `source` on two threads, one for the file and one for the device, until the device loop ends. Returns how
    /// it ended, the device unless its thread is stuck, and the file thread.
    fn run_threads(
        &mut self,
        mut pcm: Pcm,
        source: ConvertSource,
        announcer: Option<Announcer>,
    ) -> Result<(Result<EndReason>, Option<Pcm>, Task<ConvertSource>)> {
        let spec = pcm.spec();
        let epoch = Epoch::first();
        let metered = self.play.progress.is_some();
        let timeline = Arc::new(Timeline::new(spec, epoch.clone(), metered));
        pcm.play_out_underruns();
        let sides = Sides {
            size: RingSize::of(&pcm, pcm.thresholds()?.avail_min),
            pcm,
            source,
            link: self.session.link(Tap::none(), self.play.fatal_xruns),
            scheduling: &self.session.scheduling,
            epoch,
            timeline: &timeline,
            seeks: self.play.navigates,
        };
        let (reader, mut device) = self.play.sides(sides)?;
        device.announcer = announcer;
        self.session.control.set_reader(reader.thread().clone());
        let counters = device.link.counters.clone();
        let control = self.session.control.clone();
        let by_clock = device.tick.is_none();
        let mut report = || playback_progress(&counters, &timeline, &control, spec, by_clock);
        let play = &self.play;
        let after_loss = AfterLoss {
            on_lost: play.on_lost,
            timeout: play.timeout,
            prepare: &|pcm| play.preparation().prepare(pcm),
        };
        let (ended, device) = self.session.run_device(device, &after_loss, &mut report);
        // The reader ends once the device side is gone.
        let pcm = device.map(PlaybackDevice::into_pcm);
        reader.thread().unpark();
        self.session.count(&counters, spec, counters.frames());
        Ok((ended, pcm, reader))
    }
}

/// The progress of a playback: what has been played (`by_clock` if the position is read rarely), and the file and the levels
/// that are heard now.
pub(super) fn playback_progress(
    counters: &Counters,
    timeline: &Timeline,
    control: &TransferControl,
    spec: Spec,
    by_clock: bool,
) -> Progress {
    let heard = counters.frames_by_clock(spec);
    let played = if by_clock { heard } else { counters.frames() };
    let heard = heard + counters.skipped();
    let volume = factor(control.volume_db());
    let (place, levels) = timeline.heard(heard, volume as f32);
    if let Some(place) = &place {
        control.set_can_seek(place.file.can_seek);
    }
    let last = place.as_ref().filter(|place| place.file.is_last);
    let total = last.and_then(|place| Some(heard + place.left?));
    Progress {
        current_file: place.as_ref().map(FileProgress::from),
        ..progress(counters, levels, spec, played, total)
    }
}
