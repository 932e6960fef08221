//! The level meter: captures from the mixer's card while it is shown.

use super::model::ShownLevels;
use aloud::audio::direction::Direction;
use aloud::audio::dsp::meter;
use aloud::audio::error::{Error, Kind, Result};
use aloud::audio::format::Format;
use aloud::audio::mixer::{Elements, MixerDevice};
use aloud::audio::pcm::{IoOutcome, Match, Mode, Pcm, Request, Tolerance};
use aloud::audio::spec::{Length, Spec};
use aloud::audio::system::cards;
use aloud::audio::system::selector::select_device_of_card;
use std::time::{Duration, Instant};

/// How often levels are shown.
pub const LEVEL_INTERVAL: Duration = Duration::from_millis(50);

/// The buffer is longer than any pause between two reads.
const BUFFER_TIME: Duration = Duration::from_millis(500);

/// How fast a shown peak falls, in dB per second.
const FALL: f64 = 30.0;

/// An open capture device whose levels are shown. No other program can use most devices meanwhile.
pub struct LevelMeter {
    pcm: Pcm,
    buffer: Vec<u8>,
    levels: ShownLevels,
    read_at: Instant,
}

impl LevelMeter {
    /// Opens the first capture device of the mixer's card, or the PCM with the name of the ctl.
    ///
    /// # Errors
    /// If there is none, or it is in use.
    pub fn open(mixer: &MixerDevice) -> Result<LevelMeter> {
        let device = capture_device(mixer)?;
        let spec = Spec::new(Format::S16_LE, 48_000, 2)?;
        let pcm = Pcm::open(Request {
            mode: Mode::Nonblock,
            matching: Match::Suitable(Tolerance::ALL),
            period: Some(Length::Time(LEVEL_INTERVAL)),
            buffer: Some(Length::Time(BUFFER_TIME)),
            ..Request::exact(&device, Direction::Capture, spec)
        })?;
        pcm.start()?;
        let spec = pcm.spec();
        let frames = spec.rate as usize / 10;
        Ok(LevelMeter {
            buffer: vec![0; frames * spec.frame_bytes()],
            levels: ShownLevels {
                device,
                peaks: vec![meter::SILENCE_DB; spec.channels as usize],
            },
            pcm,
            read_at: Instant::now(),
        })
    }

    /// Reads what was captured since the last call, and returns the levels.
    ///
    /// # Errors
    /// If the device is gone.
    pub fn read(&mut self) -> Result<ShownLevels> {
        let mut peaks = vec![0.0_f32; self.levels.peaks.len()];
        let spec = self.pcm.spec();
        loop {
            let frames = match self.pcm.read(&mut self.buffer)? {
                IoOutcome::Frames(frames) => frames,
                IoOutcome::WouldBlock => break,
                // A meter has nothing to lose.
                IoOutcome::Xrun(_) | IoOutcome::Suspended { .. } => {
                    self.pcm.start()?;
                    break;
                }
            };
            let read = &self.buffer[..frames * spec.frame_bytes()];
            meter::peaks(spec, read, |channel, peak| {
                peaks[channel] = peaks[channel].max(peak);
            });
            if read.len() < self.buffer.len() {
                break;
            }
        }
        let fallen = FALL * self.read_at.elapsed().as_secs_f64();
        self.read_at = Instant::now();
        for (shown, peak) in self.levels.peaks.iter_mut().zip(peaks) {
            let peak = meter::dbfs(peak).unwrap_or(meter::SILENCE_DB);
            *shown = peak.max(*shown - fallen);
        }
        Ok(self.levels.clone())
    }
}

fn capture_device(mixer: &MixerDevice) -> Result<String> {
    let card = Elements::open(mixer.clone()).and_then(|elements| elements.card());
    let (id, _) = card?;
    if !cards::cards()?.contains(&id) {
        return Ok(mixer.name());
    }
    let found = select_device_of_card(&id, Direction::Capture)?;
    match found.device {
        Some(_) => Ok(found.pcm()),
        None => Err(Error::new(
            Kind::NotFound,
            format!("card {id} captures nothing"),
        )),
    }
}
