//! What all files share: the open device, the options, and the signals.
//!
//! Files are read and written by the file threads of `play` and `record`, and the drain has their time limit. The device
//! loop is not theirs: it prints what aplay prints between two transfers (the status of a device before it is prepared
//! again, each position, a meter for each period), and moves planes, and the device starts, stops and is filled up with
//! silence as the options say, where that of `play` takes frames back and stops its device itself.

use super::interrupts::Interrupts;
use super::keys::PauseKeys;
use super::messages::{error, why};
use super::meter::LevelBars;
use super::options::AplayOptions;
use super::position_test::PositionTest;
use super::setup::Granted;
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::ui::plain;
use aloud::audio::errno::errno_text;
use aloud::audio::pcm::{Direction, PcmState, StepwisePcm};
use std::thread::sleep;
use std::time::Duration;

/// How long a wait for the device takes at most.
const WAIT: Duration = Duration::from_millis(100);

/// A device and how it is used.
pub(super) struct AplaySession {
    pub(super) options: AplayOptions,
    pub(super) pcm: StepwisePcm,
    pub(super) interrupts: Interrupts,
    pub(super) keys: Option<PauseKeys>,
    pub(super) position_test: PositionTest,
}

/// The samples of a transfer: side by side, or a plane for each channel.
pub(super) enum FrameBlock<'a> {
    Interleaved(&'a mut [u8]),
    Planes(Vec<&'a mut [u8]>),
}

impl FrameBlock<'_> {
    /// Moves what follows the first `frames` frames.
    fn transfer(
        &mut self,
        pcm: &StepwisePcm,
        direction: Direction,
        done: u64,
    ) -> std::result::Result<usize, i32> {
        let frame = pcm
            .configuration()
            .map_or(1, |granted| granted.spec.frame_bytes());
        match self {
            FrameBlock::Interleaved(bytes) => {
                let rest = &mut bytes[done as usize * frame..];
                match direction {
                    Direction::Playback => pcm.write(rest),
                    Direction::Capture => pcm.read(rest),
                }
            }
            FrameBlock::Planes(planes) => {
                let from = done as usize * frame / planes.len().max(1);
                let mut rest: Vec<&mut [u8]> =
                    planes.iter_mut().map(|plane| &mut plane[from..]).collect();
                match direction {
                    Direction::Capture => pcm.read_planes(&mut rest),
                    Direction::Playback => {
                        let rest: Vec<&[u8]> = rest.iter().map(|plane| &**plane).collect();
                        pcm.write_planes(&rest)
                    }
                }
            }
        }
    }

    /// All samples from frame `from` to frame `to`, for a meter.
    fn shown(&self, frame: usize, from: u64, to: u64) -> Vec<u8> {
        let range = |size: usize| from as usize * size..to as usize * size;
        match self {
            FrameBlock::Interleaved(bytes) => bytes[range(frame)].to_vec(),
            FrameBlock::Planes(planes) => {
                let sample = frame / planes.len().max(1);
                planes
                    .iter()
                    .flat_map(|plane| &plane[range(sample)])
                    .copied()
                    .collect()
            }
        }
    }
}

impl AplaySession {
    /// Moves all `frames` frames of a block. Returns how many: fewer only if a signal ends a recording.
    pub(super) fn transfer(
        &mut self,
        granted: &Granted,
        meter: &mut Option<LevelBars>,
        block: &mut FrameBlock,
        frames: u64,
    ) -> Result<u64> {
        let direction = self.options.direction;
        let frame = granted.configuration.spec.frame_bytes();
        let mut done = 0;
        while done < frames && !self.interrupts.is_stopped() {
            self.test_position();
            if let Some(keys) = &mut self.keys {
                keys.check(&self.pcm, &self.options)?;
            }
            let moved = block.transfer(&self.pcm, direction, done);
            self.test_position();
            let waits = matches!(moved, Ok(count) if (count as u64) < frames - done);
            match moved {
                Ok(count) => {
                    let to = done + count as u64;
                    if let Some(meter) = meter
                        && count > 0
                        && matches!(block, FrameBlock::Interleaved(_))
                        && direction == Direction::Playback
                    {
                        meter.show(&block.shown(frame, done, to));
                    }
                    done = to;
                }
                Err(libc::EAGAIN | libc::EINTR) => {}
                Err(libc::EPIPE) if self.pcm.is_server_gone() => {
                    return Err(self.transfer_failed(block, libc::EIO));
                }
                Err(libc::EPIPE) => self.xrun()?,
                Err(libc::ESTRPIPE) => self.suspend()?,
                Err(errno) => return Err(self.transfer_failed(block, errno)),
            }
            if (waits || moved == Err(libc::EAGAIN)) && !self.options.test_nowait {
                // The next transfer reports an error.
                let _ = self.pcm.wait(self.interrupts.descriptor(), WAIT);
            }
        }
        if let Some(meter) = meter
            && direction == Direction::Capture
            && matches!(block, FrameBlock::Interleaved(_))
            && done > 0
        {
            meter.show(&block.shown(frame, 0, done));
        }
        Ok(done)
    }

    fn test_position(&mut self) {
        if self.options.test_position {
            self.position_test.test(&self.pcm, &self.options);
        }
    }

    fn transfer_failed(&self, block: &FrameBlock, errno: i32) -> Stop {
        let (function, line, what) = match (block, self.options.direction) {
            (FrameBlock::Interleaved(_), Direction::Playback) => ("pcm_write", 2127, "write"),
            (FrameBlock::Interleaved(_), Direction::Capture) => ("pcm_read", 2221, "read"),
            (FrameBlock::Planes(_), Direction::Playback) => ("pcm_writev", 2175, "writev"),
            (FrameBlock::Planes(_), Direction::Capture) => ("pcm_readv", 2268, "readv"),
        };
        let text = format!("{what} error: {}", errno_text(errno));
        error(self.options.program, function, line, &text)
    }

    /// Reports an underrun or overrun, and continues.
    fn xrun(&self) -> Result<()> {
        let (program, capture) = (
            self.options.program,
            self.options.direction == Direction::Capture,
        );
        let failed = |line, text: String| error(program, "xrun", line, &text);
        let status = self
            .pcm
            .status()
            .map_err(|errno| failed(1636, format!("status error: {}", errno_text(errno))))?;
        let word = if capture { "overrun" } else { "underrun" };
        let prepare = |line, what: &str| {
            let prepared = self.pcm.pcm().prepare();
            prepared
                .map_err(|error| failed(line, format!("{what}: prepare error: {}", why(&error))))
        };
        let verbose = self.options.verbose > 0;
        match status.state {
            Some(PcmState::Xrun) if self.options.fatal_errors => {
                Err(failed(1641, format!("fatal {word}: {}", errno_text(0))))
            }
            Some(PcmState::Xrun) => {
                let ms = status.since.as_micros() as f64 / 1000.0;
                plain::print_error(&format!("{word}!!! (at least {ms:.3} ms long)\n"));
                if verbose {
                    plain::print_error(&format!("Status:\n{}", status.text));
                }
                prepare(1672, "xrun")
            }
            Some(PcmState::Draining) => {
                if verbose {
                    plain::print_error(&format!("Status(DRAINING):\n{}", status.text));
                }
                if capture {
                    let text = "capture stream format change? attempting recover...\n";
                    plain::print_error(text);
                    prepare(1685, "xrun(DRAINING)")?;
                }
                Ok(())
            }
            state => {
                if verbose {
                    plain::print_error(&format!("Status(R/W):\n{}", status.text));
                }
                let state = format!("{state:?}").to_uppercase();
                Err(failed(1695, format!("read/write error, state = {state}")))
            }
        }
    }

    /// Continues after a suspend.
    fn suspend(&self) -> Result<()> {
        let tell = |text: &str| {
            if !self.options.quiet {
                plain::print_error(text);
            }
        };
        tell("Suspended. Trying resume. ");
        let resumed = loop {
            match self.pcm.resume() {
                Err(libc::EAGAIN) => sleep(Duration::from_secs(1)),
                resumed => break resumed,
            }
        };
        if resumed.is_err() {
            tell("Failed. Restarting stream. ");
            self.pcm.pcm().prepare().map_err(|refusal| {
                let text = format!("suspend: prepare error: {}", why(&refusal));
                error(self.options.program, "suspend", 1714, &text)
            })?;
        }
        tell("Done.\n");
        Ok(())
    }
}
