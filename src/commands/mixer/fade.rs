//! Changes over a time, which a signal ends where they are.

use super::set::SetOutcome;
use crate::commands::{Result, signals::StopSignal};
use aloud::audio::mixer::{Controls, MixerWake, PlannedChanges};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// No oftener than this is a volume moved: shorter steps would not be heard as such.
const SHORTEST: Duration = Duration::from_millis(10);

/// Nor more seldom.
const LONGEST: Duration = Duration::from_millis(500);

/// Moves volumes over a time, with the signals that end it in hand.
pub struct Fader {
    time: Duration,
    /// While nothing is moved, signals take their default course.
    idle: Arc<AtomicBool>,
    stop: StopSignal,
}

impl Fader {
    /// Takes INT, TERM and HUP in hand for as long as something is being moved.
    pub fn new(time: Duration) -> Result<Fader> {
        let idle = Arc::new(AtomicBool::new(true));
        Ok(Fader {
            time,
            stop: StopSignal::unless(&idle)?,
            idle,
        })
    }

    /// Makes the changes.
    pub fn run(&self, controls: &mut Controls, steps: &PlannedChanges) -> Result<SetOutcome> {
        self.idle.store(false, Ordering::SeqCst);
        let done = self.make(controls, steps);
        self.idle.store(true, Ordering::SeqCst);
        done?;
        Ok(match self.stop.signal() {
            Some(signal) => SetOutcome::Stopped(signal),
            None => SetOutcome::Done,
        })
    }

    fn make(&self, controls: &mut Controls, steps: &PlannedChanges) -> Result<()> {
        let (name, index) = (&steps.id.name, steps.id.index);
        let control = controls.find(name, index)?;
        let mut fade = steps.fade(&control)?;
        fade.begin(&control)?;
        let moves = u32::try_from(fade.steps().saturating_mul(2)).unwrap_or(u32::MAX);
        let pause = (self.time / moves.max(1)).clamp(SHORTEST, LONGEST);
        let begun = Instant::now();
        loop {
            let past = begun.elapsed();
            let control = controls.find(name, index)?;
            if past >= self.time {
                fade.end(&control)?;
                return Ok(());
            }
            fade.move_to(&control, past.as_secs_f64() / self.time.as_secs_f64())?;
            self.pause(controls, pause.min(self.time - past))?;
            if self.stop.signal().is_some() {
                return Ok(());
            }
        }
    }

    /// Waits until the time is over or a signal comes, and handles events meanwhile, its own changes' too.
    fn pause(&self, controls: &mut Controls, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match controls.wait(Some(self.stop.descriptor()), Some(left))? {
                MixerWake::Events => controls.handle_events()?,
                MixerWake::Called => return Ok(()),
                MixerWake::TimedOut => 0,
            };
            if left.is_zero() {
                return Ok(());
            }
        }
    }
}
