//! Plays a test signal on one device while another records, and measures what arrives.

use crate::audio::dsp::path::{PathMeasurement, PathSignal, measure};
use crate::audio::error::{Error, Kind, Result};
use crate::audio::pcm::{IoOutcome, Pcm, Request, Thresholds};
use crate::audio::spec::Spec;
use crate::audio::time_limit::within;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long is recorded after the signal has been played.
const AFTERWARDS: Duration = Duration::from_millis(700);

/// How much is read at a time.
const READ: Duration = Duration::from_millis(20);

/// How much longer than the signal a test may take: opening, the buffers, and a server that is slow.
const PATIENCE: Duration = Duration::from_secs(12);

/// A path to be tested. Both requests have the same format, rate and channels.
#[derive(Clone, Debug)]
pub struct PathTest {
    /// The device that plays.
    pub output: Request,
    /// The device that records.
    pub input: Request,
}

/// How a path behaved.
#[derive(Clone, Debug)]
pub struct PathOutcome {
    /// What happened to the signal.
    pub measurement: PathMeasurement,
    /// From the moment when the output started until the signal could be read at the input, in frames. Only as exact as
    /// the wake-ups of this process.
    pub latency_frames: Option<i64>,
    /// The types of the output's alsa-lib plugins, from the application to the hardware.
    pub output_plugins: Vec<&'static str>,
    /// The types of the input's plugins.
    pub input_plugins: Vec<&'static str>,
    /// Underruns and overruns during the test.
    pub xruns: u32,
}

/// Tests a path. Takes about five seconds.
///
/// # Errors
/// Those of [`Pcm::open`]; [`Kind::Usage`] if format, rate or channels of the requests differ; [`Kind::Disconnected`] if a
/// device takes or delivers no data.
pub fn test_path(test: PathTest) -> Result<PathOutcome> {
    let signal = PathSignal::new(test.output.spec())?;
    if test.input.spec() != signal.spec() {
        let message = "a path needs the same format, rate and channels at both ends";
        return Err(Error::new(Kind::Usage, message));
    }
    let limit = signal.duration() + PATIENCE;
    let names = format!("'{}' or '{}'", test.output.device, test.input.device);
    let stuck = move || {
        let message = format!("{names} moves no data");
        Err(Error::new(Kind::Disconnected, message))
    };
    within(limit, move || run(test, signal))?.unwrap_or_else(stuck)
}

fn run(test: PathTest, signal: PathSignal) -> Result<PathOutcome> {
    let mut input = Pcm::open(test.input)?;
    let output = Pcm::open(test.output)?;
    let (output_plugins, input_plugins) = (output.plugins()?, input.plugins()?);
    let ended = Arc::new(AtomicBool::new(false));
    let mut recorder = PathRecorder::default();
    input.start()?;
    let player = thread::spawn({
        let (signal, ended) = (signal.clone(), ended.clone());
        move || {
            let played = play(output, &signal);
            ended.store(true, Ordering::Release);
            played
        }
    });
    let recorded = recorder.record(&mut input, &ended);
    let (played_from, underruns) = player
        .join()
        .map_err(|_| Error::internal("the playing thread panicked"))??;
    recorded?;
    let measurement = measure(&signal, &recorder.bytes);
    let arrival = measurement.arrival_frames;
    let latency = arrival.and_then(|arrival| recorder.latency(arrival, played_from, &signal));
    Ok(PathOutcome {
        latency_frames: latency,
        measurement,
        output_plugins,
        input_plugins,
        xruns: underruns + recorder.overruns,
    })
}

/// Plays the signal to its end. Returns when it started, and how often it underran.
fn play(mut output: Pcm, signal: &PathSignal) -> Result<(Instant, u32)> {
    let spec = signal.spec();
    let buffer = output.configuration().buffer_size;
    // It must not start by itself, so that the start can be timed.
    output.set_thresholds(Thresholds {
        start: buffer * 2,
        ..output.thresholds()?
    })?;
    let first = spec.bytes(buffer).min(signal.bytes().len() as u64) as usize;
    let (queued, rest) = signal.bytes().split_at(first);
    output.write(queued)?;
    let started = Instant::now();
    output.start()?;
    let mut underruns = 0;
    let period = spec.bytes(output.configuration().period_size.max(1)) as usize;
    for piece in rest.chunks(period) {
        if let IoOutcome::Xrun(_) = output.write(piece)? {
            underruns += 1;
            output.write(piece)?;
            output.start()?;
        }
    }
    output.drain()?;
    Ok((started, underruns))
}

/// What has been recorded.
#[derive(Default)]
struct PathRecorder {
    bytes: Vec<u8>,
    overruns: u32,
    /// When the first frame could be read at the latest, according to the read that waited least.
    first_frame: Option<Instant>,
}

impl PathRecorder {
    /// Frames from the start of the output until the signal, which arrives in frame `arrival`, could be read.
    fn latency(&self, arrival: i64, started: Instant, signal: &PathSignal) -> Option<i64> {
        let spec = signal.spec();
        let first = self.first_frame?;
        let ahead = match first.checked_duration_since(started) {
            Some(later) => -(spec.frames_lasting(later) as i64),
            None => spec.frames_lasting(started - first) as i64,
        };
        (self.overruns == 0).then_some(arrival - ahead)
    }

    fn note_time(&mut self, spec: Spec) {
        let frames = spec.frames_in(self.bytes.len() as u64);
        let first = Instant::now().checked_sub(spec.duration(frames));
        self.first_frame = match (self.first_frame, first) {
            (Some(known), Some(first)) => Some(known.min(first)),
            (known, first) => known.or(first),
        };
    }

    /// Records until the signal has been played, and a little longer.
    fn record(&mut self, input: &mut Pcm, ended: &AtomicBool) -> Result<()> {
        let spec = input.spec();
        let mut block = vec![0; spec.bytes(spec.frames_lasting(READ).max(1)) as usize];
        let mut left = spec.frames_lasting(AFTERWARDS);
        while left > 0 {
            match input.read(&mut block)? {
                IoOutcome::Frames(frames) => {
                    let bytes = spec.bytes(frames as u64) as usize;
                    self.bytes.extend(&block[..bytes]);
                    self.note_time(spec);
                    if ended.load(Ordering::Acquire) {
                        left = left.saturating_sub(frames as u64);
                    }
                }
                IoOutcome::Xrun(_) => {
                    self.overruns += 1;
                    input.start()?;
                }
                IoOutcome::WouldBlock | IoOutcome::Suspended { .. } => {}
            }
        }
        Ok(())
    }
}
