//! Records five seconds to a WAV, read by read: `cargo run --example record -- take.wav`.

use aloud::audio::file::{self, OutputTarget, WriteOptions};
use aloud::audio::format::Format;
use aloud::audio::pcm::{Direction, IoOutcome, Pcm, Request};
use aloud::audio::spec::Spec;
use std::error::Error;

const SECONDS: u64 = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: record FILE")?;
    let spec = Spec {
        format: Format::S16_LE,
        rate: 48_000,
        channels: 2,
    };
    let mut pcm = Pcm::open(Request::exact("default", Direction::Capture, spec))?;
    let target = OutputTarget::Path(path.into());
    let mut sink = file::create(target, spec, &WriteOptions::default())?;
    let period = pcm.configuration().period_size;
    let mut buffer = vec![0; spec.bytes(period) as usize];
    while sink.frames() < SECONDS * u64::from(spec.rate) {
        match pcm.read(&mut buffer)? {
            IoOutcome::Frames(frames) => {
                sink.write(&buffer[..spec.bytes(frames as u64) as usize])?
            }
            IoOutcome::Xrun(xrun) => eprintln!("overrun: {:?} frames lost", xrun.frames),
            IoOutcome::Suspended { lost, .. } => eprintln!("suspended: {lost} frames lost"),
            IoOutcome::WouldBlock => {}
        }
    }
    Ok(sink.finish()?)
}
