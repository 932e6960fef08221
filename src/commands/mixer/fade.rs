//! Changes over a time, which a signal ends where they are.

use super::set::Changed;
use crate::commands::Result;
use aloud::audio::error::{Error, Kind};
use aloud::audio::mixer::{Controls, Steps, Woken};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::low_level::pipe;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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
    /// The signal that came, or 0.
    came: Arc<AtomicUsize>,
    /// Readable once a signal has come.
    wake: UnixStream,
}

impl Fader {
    /// Takes INT, TERM and HUP in hand for as long as something is being moved.
    pub fn new(time: Duration) -> Result<Fader> {
        let cannot = |error| Error::new(Kind::Internal, format!("cannot handle signals: {error}"));
        let (wake, woken) = UnixStream::pair().map_err(cannot)?;
        let idle = Arc::new(AtomicBool::new(true));
        let came = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let register = || {
                flag::register_conditional_default(signal, Arc::clone(&idle))?;
                flag::register_usize(signal, Arc::clone(&came), signal as usize)?;
                pipe::register(signal, woken.try_clone()?)
            };
            register().map_err(cannot)?;
        }
        Ok(Fader {
            time,
            idle,
            came,
            wake,
        })
    }

    /// Makes the changes.
    pub fn run(&self, controls: &mut Controls, steps: &Steps) -> Result<Changed> {
        self.idle.store(false, Ordering::SeqCst);
        let done = self.make(controls, steps);
        self.idle.store(true, Ordering::SeqCst);
        done?;
        Ok(match self.signal() {
            Some(signal) => Changed::Stopped(signal),
            None => Changed::Made,
        })
    }

    fn make(&self, controls: &mut Controls, steps: &Steps) -> Result<()> {
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
            if self.signal().is_some() {
                return Ok(());
            }
        }
    }

    /// Waits until the time is over or a signal comes, and handles events meanwhile, its own changes' too.
    fn pause(&self, controls: &mut Controls, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match controls.wait(Some(self.wake.as_fd()), Some(left))? {
                Woken::Events => controls.handle_events()?,
                Woken::Called => return Ok(()),
                Woken::TimedOut => 0,
            };
            if left.is_zero() {
                return Ok(());
            }
        }
    }

    fn signal(&self) -> Option<i32> {
        match self.came.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(signal as i32),
        }
    }
}
