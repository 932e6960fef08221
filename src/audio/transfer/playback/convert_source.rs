//! The files of a playlist as one source of what the device runs with: what differs is converted, and where a file of
//! another kind follows that comes out the same, it follows without a gap.

use crate::audio::channel_map::ChannelMap;
use crate::audio::dsp::convert::Converter;
use crate::audio::error::Result;
use crate::audio::pcm::Probe;
use crate::audio::playlist::{Playlist, Segment};
use crate::audio::spec::Spec;
use crate::audio::stream::Source;
use crate::audio::transfer::conversion::{ConversionPlan, ConversionPolicy};
use crate::audio::transfer::event::{Event, Start};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Frames that are read and converted at a time.
const PIECE: u64 = 4096;

/// What is known of the device for as long as it runs.
pub(super) struct Running {
    pub policy: ConversionPolicy,
    pub device: Spec,
    pub map: Option<ChannelMap>,
    pub capabilities: Option<Probe>,
    /// Whether sound is made louder or softer.
    pub scaled: bool,
    pub notes: Vec<String>,
    /// What was told of the device when it started: told anew where another kind of file follows.
    pub start: Start,
    pub tell: Box<dyn FnMut(Event) + Send>,
    pub clipped: Arc<AtomicU64>,
}

pub(super) struct ConvertSource {
    playlist: Playlist,
    running: Running,
    /// `None` where every bit passes as it is.
    converter: Option<Converter>,
    /// Frames as they were read.
    read: Vec<u8>,
    /// Frames that were made, and how many bytes of them were given.
    made: Vec<u8>,
    given: usize,
    ended: bool,
}

impl ConvertSource {
    /// The segment of `playlist` that `plan` is for, and those that come out the same.
    pub(super) fn new(
        playlist: Playlist,
        plan: &ConversionPlan,
        running: Running,
    ) -> Result<ConvertSource> {
        let mut source = ConvertSource {
            playlist,
            running,
            converter: None,
            read: Vec::new(),
            made: Vec::new(),
            given: 0,
            ended: false,
        };
        source.convert(plan)?;
        Ok(source)
    }

    /// The playlist, from where it stands.
    pub(super) fn into_playlist(self) -> Playlist {
        self.playlist
    }

    fn convert(&mut self, plan: &ConversionPlan) -> Result<()> {
        let clipped = self.running.clipped.clone();
        self.converter = match plan.plan.is_needed() {
            true => Some(plan.plan.converter(clipped)?),
            false => None,
        };
        let piece = plan.plan.from.bytes(PIECE) as usize;
        self.read.resize(piece, 0);
        Ok(())
    }

    /// Makes more frames, if any are left.
    fn make(&mut self) -> Result<()> {
        self.made.clear();
        self.given = 0;
        let Some(converter) = &mut self.converter else {
            return Ok(());
        };
        while self.made.is_empty() && !self.ended {
            match self.playlist.read(&mut self.read)? {
                0 => {
                    converter.finish(&mut self.made)?;
                    self.ended = true;
                }
                bytes => {
                    let ramp = self.playlist.ramp();
                    converter.push(&self.read[..bytes], ramp, &mut self.made)?;
                }
            }
        }
        Ok(())
    }

    /// Goes on with the next segment; `false` where there is none, or the device must be configured anew for it.
    fn go_on(&mut self) -> Result<bool> {
        let running = &mut self.running;
        let Some(segment) = self.playlist.next_segment() else {
            return Ok(false);
        };
        let (device, scaled) = (running.device, running.scaled);
        let capabilities = running.capabilities.as_ref();
        if !running
            .policy
            .goes_on(device, capabilities, &segment, scaled)
        {
            return Ok(false);
        }
        let map = running.map.as_ref();
        let planned = running
            .policy
            .plan(&segment, device, map, scaled, &running.notes);
        // What cannot be planned is told where the device would be opened for it.
        let Ok(plan) = planned else {
            return Ok(false);
        };
        self.tell(&segment, &plan);
        self.convert(&plan)?;
        self.ended = false;
        Ok(true)
    }

    fn tell(&mut self, segment: &Segment, plan: &ConversionPlan) {
        let start = Start {
            requested: segment.spec,
            conversion: plan.text.clone(),
            ..self.running.start.clone()
        };
        (self.running.tell)(Event::Start(start));
    }
}

impl Source for ConvertSource {
    fn spec(&self) -> Spec {
        self.running.device
    }

    fn frames(&self) -> Option<u64> {
        None
    }

    fn name(&self) -> &str {
        self.playlist.name()
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            if self.converter.is_none() && !self.ended {
                match self.playlist.read(buffer)? {
                    0 => self.ended = true,
                    bytes => return Ok(bytes),
                }
            }
            if self.given == self.made.len() {
                self.make()?;
            }
            let bytes = (self.made.len() - self.given).min(buffer.len());
            if bytes > 0 {
                buffer[..bytes].copy_from_slice(&self.made[self.given..][..bytes]);
                self.given += bytes;
                return Ok(bytes);
            }
            if !self.go_on()? {
                return Ok(0);
            }
        }
    }
}
