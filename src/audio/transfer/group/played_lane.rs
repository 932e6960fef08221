//! One device of a group that plays.

use super::lane::Lane;
use super::member::Member;
use super::paced_source::{SharedPace, lock};
use crate::audio::channel_map::ChannelMap;
use crate::audio::error::Result;
use crate::audio::pcm::{KnownPosition, Pcm, Thresholds};
use crate::audio::spec::Spec;
use crate::audio::transfer::conversion::ConversionPlan;
use crate::audio::transfer::event::DeviceTotals;
use crate::audio::transfer::message_queue::{MessageReceiver, MessageSender, message_queue};
use crate::audio::transfer::on_lost::OnLost;
use crate::audio::transfer::playback::{PlaybackDevice, PlaybackPreparation, RingSize, Timeline};
use crate::audio::transfer::realtime::Scheduling;
use crate::audio::transfer::reopening::Reopening;
use std::sync::Arc;
use std::thread::Thread;
use std::time::{Duration, Instant};

/// One device of a group that plays, with what the calling thread keeps of it.
pub(super) struct PlayedLane {
    pub member: Member,
    /// The spec of the device.
    pub spec: Spec,
    pub timeline: Arc<Timeline>,
    /// `None` for the first device, which the others follow, and for one without a clock.
    pub pace: Option<SharedPace>,
    /// `None` while it runs, and if its thread is stuck.
    pub device: Option<PlaybackDevice>,
    /// The thread that reads its sound.
    pub reader: Thread,
    pub queue: Option<(MessageSender, MessageReceiver)>,
    pub preparation: PlaybackPreparation,
    pub fitting: Fitting,
    /// How to open the device if it is gone at a start; `None` if it is not waited for.
    pub reopening: Option<Reopening>,
}

/// How the sound is made to fit a device.
pub(super) struct Fitting {
    pub plan: ConversionPlan,
    /// The channel order of the device, if it is known.
    pub map: Option<ChannelMap>,
    pub size: RingSize,
}

impl Drop for PlayedLane {
    fn drop(&mut self) {
        // The thread that reads its sound ends once the device side is gone.
        self.device = None;
        self.reader.unpark();
    }
}

/// Sets when a device of a group wakes and stops. It does not start by itself.
pub(super) fn prepare(preparation: PlaybackPreparation, pcm: &Pcm) -> Result<()> {
    preparation.prepare(pcm)?;
    pcm.set_thresholds(Thresholds {
        start: pcm.configuration().buffer_size + 1,
        ..pcm.thresholds()?
    })?;
    pcm.stamp_every_read();
    Ok(())
}

impl PlayedLane {
    /// How long its buffer is.
    pub(super) fn buffer(&self) -> Duration {
        let frames = |device: &PlaybackDevice| device.pcm.configuration().buffer_size;
        let frames = self.device.as_ref().map_or(0, frames);
        self.spec.duration(frames)
    }

    /// When the sound of its next frame is, in seconds from the start of the segment.
    pub(super) fn next_seconds(&self) -> f64 {
        let next = self.device.as_ref().map_or(0, PlaybackDevice::next_frame);
        self.spec.seconds(next)
    }

    /// Whether the device is there, and can be started.
    pub(super) fn is_present(&self) -> bool {
        (self.device.as_ref()).is_some_and(|device| device.away.is_none())
    }

    /// Whether it is a kernel device, whose calls return at once.
    pub(super) fn is_direct(&self) -> bool {
        (self.device.as_ref()).is_some_and(|device| device.pcm.is_direct())
    }

    /// Whether it has anything left to play.
    pub(super) fn has_sound(&self) -> bool {
        (self.device.as_ref()).is_some_and(|device| !device.has_ended())
    }

    /// Closes a card that is gone while all devices are stopped. Returns whether it was.
    ///
    /// # Errors
    /// [`Kind::Disconnected`](crate::audio::error::Kind::Disconnected) if it is not waited for.
    pub(super) fn close_lost(&mut self) -> Result<bool> {
        let is_present = self.is_present();
        let Some(device) = self.device.as_mut().filter(|_| is_present) else {
            return Ok(false);
        };
        if !device.pcm.is_lost_card() {
            return Ok(false);
        }
        let Some(reopening) = &self.reopening else {
            return Err(device.pcm.disconnected());
        };
        device.lost_at = Some(Instant::now());
        device.close_until_back(reopening.clone());
        Ok(true)
    }

    /// Prepares the stopped device to be started. Closes one that is gone and waited for.
    pub(super) fn get_ready(&mut self, volume_db: i32) -> Result<()> {
        self.member.control.restart();
        self.member.control.set_volume_db(volume_db);
        let queue = message_queue();
        if let Some(device) = &mut self.device {
            device.link.messages = queue.0.clone();
        }
        self.queue = Some(queue);
        let is_present = self.is_present();
        if let Some(device) = self.device.as_mut().filter(|_| is_present) {
            // It was gone before the others stopped.
            let is_closed = device.pcm.state().is_err();
            match (device.get_ready(), &self.reopening) {
                (Err(error), Some(reopening)) if is_closed || reopening.explains(&error) => {
                    device.close_until_back(reopening.clone());
                }
                (prepared, _) => prepared?,
            }
        }
        Ok(())
    }

    /// Writes silence before the sound.
    pub(super) fn write_lead(&mut self, lead: Duration) -> Result<()> {
        match &mut self.device {
            Some(device) => device.write_lead(lead),
            None => Ok(()),
        }
    }

    /// The device is started now: plays silence for `silence` more before the sound.
    pub(super) fn join(&mut self, silence: Duration) -> Result<()> {
        if let Some(pace) = &self.pace {
            lock(pace).restarted(KnownPosition::now());
        }
        let frames = silence.as_secs_f64() * f64::from(self.spec.rate);
        if let Some(device) = &mut self.device {
            device.join(frames.round() as u64)?;
            device.fill_up();
        }
        Ok(())
    }

    /// The others were started, and play its next frame at `heard_at`.
    pub(super) fn join_later(&mut self, heard_at: Duration) {
        if let Some(device) = &mut self.device {
            device.join_later(heard_at);
        }
    }

    /// Takes its loop, to be run on threads of its own.
    pub(super) fn take_loop(
        &mut self,
        (on_lost, timeout): (OnLost, Option<Duration>),
        scheduling: Scheduling,
    ) -> Option<Lane<PlaybackDevice>> {
        let preparation = self.preparation;
        Some(Lane {
            member: self.member.clone(),
            spec: self.spec,
            on_lost,
            prepare: Box::new(move |pcm: &Pcm| prepare(preparation, pcm)),
            timeout,
            device: self.device.take()?,
            queue: self.queue.take()?,
            scheduling,
            failed: Arc::default(),
        })
    }

    /// What the device has done, also in the segments before.
    pub(super) fn totals(&self, before: &DeviceTotals) -> DeviceTotals {
        let now = self.member.totals(self.member.counters.frames());
        DeviceTotals {
            frames: before.frames + now.frames,
            xruns: before.xruns + now.xruns,
            frames_lost: before.frames_lost + now.frames_lost,
            drift_ppm: now.drift_ppm.or(before.drift_ppm),
            resampling: now.resampling || before.resampling,
            ..now
        }
    }
}
