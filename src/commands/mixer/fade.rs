//! Makes changes over time, until a signal stops them.

use crate::commands::{Result, signals::StopSignal};
use aloud::audio::mixer::{Controls, MixerWake, PlannedChanges};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// More frequent volume changes would be inaudible.
const MIN_PAUSE: Duration = Duration::from_millis(10);

/// The longest time between two changes of the volume.
const MAX_PAUSE: Duration = Duration::from_millis(500);

/// Makes changes over time and catches the signals that stop them.
pub struct Fader {
    time: Duration,
    /// While true, signals have their default action.
    idle: Arc<AtomicBool>,
    stop: StopSignal,
}

impl Fader {
    /// Catches INT, TERM and HUP while changes are being made.
    pub fn new(time: Duration) -> Result<Fader> {
        let idle = Arc::new(AtomicBool::new(true));
        Ok(Fader {
            time,
            stop: StopSignal::unless(&idle)?,
            idle,
        })
    }

    /// Makes the changes. Returns the signal that stopped them, if any.
    pub fn run(&self, controls: &mut Controls, changes: &PlannedChanges) -> Result<Option<i32>> {
        self.idle.store(false, Ordering::SeqCst);
        let result = self.fade(controls, changes);
        self.idle.store(true, Ordering::SeqCst);
        result.map(|()| self.stop.signal())
    }

    fn fade(&self, controls: &mut Controls, changes: &PlannedChanges) -> Result<()> {
        let (name, index) = (&changes.id.name, changes.id.index);
        let control = controls.find(name, index)?;
        let mut fade = changes.fade(&control)?;
        fade.begin(&control)?;
        // Two updates per raw step: each step is at most half of its time late.
        let moves = u32::try_from(fade.steps().saturating_mul(2)).unwrap_or(u32::MAX);
        let pause = (self.time / moves.max(1)).clamp(MIN_PAUSE, MAX_PAUSE);
        let start = Instant::now();
        loop {
            let elapsed = start.elapsed();
            let control = controls.find(name, index)?;
            if elapsed >= self.time {
                fade.end(&control)?;
                return Ok(());
            }
            fade.move_to(&control, elapsed.as_secs_f64() / self.time.as_secs_f64())?;
            self.pause(controls, pause.min(self.time - elapsed))?;
            if self.stop.signal().is_some() {
                return Ok(());
            }
        }
    }

    /// Waits for a time or a signal. Handles events meanwhile, including those of its own changes.
    fn pause(&self, controls: &mut Controls, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match controls.wait(Some(self.stop.descriptor()), Some(left))? {
                MixerWake::Events => controls.handle_events()?,
                MixerWake::Other => return Ok(()),
                MixerWake::TimedOut => 0,
            };
            if left.is_zero() {
                return Ok(());
            }
        }
    }
}
