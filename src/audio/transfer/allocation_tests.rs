//! Device threads allocate nothing: an allocation may wait for a lock that a slower thread holds.

use super::capture::{MakeSink, Record, record};
use super::control::TransferControl;
use super::loopback::{Loopback, loopback};
use super::on_lost::OnLost;
use super::outcome::Outcome;
use super::playback::{Play, play};
use super::policy::ConversionPolicy;
use super::realtime::Realtime;
use super::timing::Timing;
use crate::audio::dsp::tone::{Tone, ToneChannels, Wave};
use crate::audio::error::Result;
use crate::audio::ffi::allocations::{allocations, counted};
use crate::audio::format::Format;
use crate::audio::pcm::{Direction, Request, TstampMode, TstampType};
use crate::audio::playlist::Opener;
use crate::audio::spec::{Length, Spec};
use crate::audio::stream::{Sink, Source};
use std::hint::black_box;
use std::sync::Mutex;
use std::time::Duration;

/// The count is one for the whole process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

const SPEC: Spec = Spec {
    format: Format::S16_LE,
    rate: 48_000,
    channels: 2,
};

/// Counts frames, and keeps none.
struct Nowhere(u64);

impl Sink for Nowhere {
    fn spec(&self) -> Spec {
        SPEC
    }

    fn name(&self) -> &str {
        "nowhere"
    }

    fn write(&mut self, frames: &[u8]) -> Result<()> {
        self.0 += SPEC.frames_in(frames.len() as u64);
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<()> {
        Ok(())
    }

    fn frames(&self) -> u64 {
        self.0
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

fn length(seconds: u64) -> Length {
    Length::Time(Duration::from_secs(seconds))
}

/// Frames as fast as possible, to a device or from one.
fn request(direction: Direction) -> Request {
    Request::exact("null", direction, SPEC)
}

fn tones(seconds: u64) -> Opener {
    Opener::new(move || {
        let tone = Tone {
            wave: Wave::Sine { hz: 440.0 },
            level_db: -20.0,
            channels: ToneChannels::All,
            length: Some(length(seconds)),
        };
        Ok(Box::new(tone.source(SPEC)?) as Box<dyn Source>)
    })
}

fn played(seconds: u64, control: &TransferControl) -> Outcome {
    let play_request = Play {
        progress: Some(Duration::from_millis(1)),
        navigates: true,
        // Two of them, so that the device thread passes from one to the next.
        ..Play::new(
            vec![tones(seconds), tones(seconds)],
            request(Direction::Playback),
        )
    };
    play(play_request, control, &mut |_| {})
}

fn recorded(seconds: u64, control: &TransferControl) -> Outcome {
    let sink: MakeSink = Box::new(|_, _, _, _| Ok(Box::new(Nowhere(0))));
    let record_request = Record {
        request: request(Direction::Capture),
        or_mono: false,
        policy: ConversionPolicy::default(),
        gain: 1.0,
        sink,
        limit: Some(length(2 * seconds)),
        ring: Duration::from_secs(2),
        immediate: false,
        rare_wakeups: true,
        timing: Timing::default(),
        tstamp: (TstampMode::Enable, TstampType::Monotonic),
        timestamps: true,
        fill_gaps: false,
        fatal_xruns: false,
        timeout: None,
        on_lost: OnLost::Fail,
        realtime: Realtime::Off,
        progress: Some(Duration::from_millis(1)),
    };
    record(record_request, control, &mut |_| {})
}

fn passed_on(seconds: u64, control: &TransferControl) -> Outcome {
    let loopback_request = Loopback {
        capture: request(Direction::Capture),
        playback: request(Direction::Playback),
        latency: None,
        limit: Some(length(2 * seconds)),
        correct_drift: false,
        on_sound: None,
        before_start: None,
        after_stop: None,
        fatal_xruns: false,
        timeout: None,
        on_lost: OnLost::Fail,
        realtime: Realtime::Off,
        progress: Some(Duration::from_millis(1)),
    };
    loopback(loopback_request, control, &mut |_| {})
}

/// Asserts that the device thread of a transfer of that many seconds allocates nothing.
fn assert_no_allocation(transfer: fn(u64, &TransferControl) -> Outcome) {
    let _alone = ONE_AT_A_TIME.lock();
    let before = allocations();
    counted(|| drop(black_box(Box::new(5))));
    assert_eq!(allocations() - before, 2);
    let seconds = 20;
    let before = allocations();
    let outcome = transfer(seconds, &TransferControl::new().unwrap());
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert_eq!(outcome.end.frames, 2 * seconds * u64::from(SPEC.rate));
    assert_eq!(allocations() - before, 0);
}

#[test]
fn playback_allocates_nothing_on_the_device_thread() {
    assert_no_allocation(played);
}

#[test]
fn capture_allocates_nothing_on_the_device_thread() {
    assert_no_allocation(recorded);
}

#[test]
fn loopback_allocates_nothing_on_the_device_thread() {
    assert_no_allocation(passed_on);
}
