//! The devices of a group that plays, between two segments.

use super::played_lane::PlayedLane;
use crate::audio::pcm::Pcm;
use crate::audio::playlist::Segment;
use crate::audio::transfer::playback::PlaybackDevice;

/// Devices that are open, or were and are waited for.
pub(super) struct HeldDevices {
    lanes: Vec<PlayedLane>,
    /// What they played last; `None` before the first segment.
    segment: Option<Segment>,
    devices: usize,
}

impl HeldDevices {
    /// `devices` devices that were never open.
    pub(super) fn none(devices: usize) -> HeldDevices {
        HeldDevices {
            lanes: Vec::new(),
            segment: None,
            devices,
        }
    }

    /// Holds what has played `segment`.
    pub(super) fn hold(&mut self, lanes: Vec<PlayedLane>, segment: Segment) {
        (self.lanes, self.segment) = (lanes, Some(segment));
    }

    /// The devices, if they can play `segment` as they are configured. One that is away joins the others later.
    pub(super) fn take_lanes(&mut self, segment: &Segment) -> Option<Vec<PlayedLane>> {
        self.segment
            .take_if(|held| held.spec == segment.spec && held.map == segment.map)?;
        Some(std::mem::take(&mut self.lanes))
    }

    /// The PCMs, to be configured again. Those of devices that are away are closed.
    pub(super) fn pcms(&mut self) -> Vec<Option<Pcm>> {
        let lanes = std::mem::take(&mut self.lanes);
        let pcms = lanes
            .into_iter()
            .map(|mut lane| lane.device.take().map(PlaybackDevice::into_pcm));
        let mut pcms: Vec<_> = pcms.collect();
        pcms.resize_with(self.devices, || None);
        pcms
    }
}
