//! One device of a group that plays.

use super::lane::Lane;
use super::member::Member;
use super::paced_source::{SharedPace, lock};
use crate::audio::error::Result;
use crate::audio::pcm::{KnownPosition, Pcm, Thresholds};
use crate::audio::spec::Spec;
use crate::audio::transfer::event::DeviceTotals;
use crate::audio::transfer::message::Message;
use crate::audio::transfer::on_lost::OnLost;
use crate::audio::transfer::playback::{PlaybackDevice, PlaybackPreparation, Timeline};
use crate::audio::transfer::realtime::Scheduling;
use crate::audio::transfer::reopening::Reopening;
use crate::audio::transfer::session::queue;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};
use std::thread::Thread;
use std::time::Duration;

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
    pub queue: Option<(SyncSender<Message>, Receiver<Message>)>,
    pub preparation: PlaybackPreparation,
    /// How to open the device if it is gone at a start; `None` if it is not waited for.
    pub reopening: Option<Reopening>,
}

/// Sets when a device of a group wakes and stops. It does not start by itself.
pub(super) fn prepare(preparation: PlaybackPreparation, pcm: &Pcm) -> Result<()> {
    preparation.prepare(pcm)?;
    pcm.set_thresholds(Thresholds {
        start: pcm.configuration().buffer_size,
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

    /// Fills the stopped device with silence, to be started. Closes one that is gone and waited for.
    pub(super) fn get_ready(&mut self, lead: Duration, volume_db: i32) -> Result<()> {
        self.member.control.restart();
        self.member.control.set_volume_db(volume_db);
        let queue = queue();
        if let Some(device) = &mut self.device {
            device.link.messages = queue.0.clone();
            // It was gone before the others stopped.
            let is_closed = device.pcm.state().is_err();
            match (device.write_lead(lead), &self.reopening) {
                (Err(error), Some(reopening)) if is_closed || reopening.explains(&error) => {
                    device.close_until_back(reopening.clone());
                }
                (written, _) => written?,
            }
        }
        self.queue = Some(queue);
        Ok(())
    }

    /// The device was started: plays silence for `silence` more.
    pub(super) fn join(&mut self, silence: Duration) -> Result<()> {
        if let Some(pace) = &self.pace {
            lock(pace).restarted(KnownPosition::now());
        }
        let frames = silence.as_secs_f64() * f64::from(self.spec.rate);
        match &mut self.device {
            Some(device) => device.join(frames.round() as u64),
            None => Ok(()),
        }
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
