//! aplay and arecord of alsa-utils 1.2.8: one program with two names. Where it differs on purpose, aloud-compat(7) says
//! so.

mod banner;
mod channels;
mod interrupts;
mod keys;
mod lists;
mod messages;
mod meter;
mod options;
mod play;
mod position_test;
mod record;
mod session;
mod setup;
mod texts;

use super::stop::{Result, Stop};
use crate::commands::pid_file::PidFile;
use crate::commands::ui::plain;
use aloud::audio::errno::errno_text;
use aloud::audio::pcm::{Direction, StepwisePcm};
use interrupts::Interrupts;
use keys::PauseKeys;
use messages::error;
use options::{AplayOptions, AplayTask};
use position_test::PositionTest;
use rustix::termios::isatty;
use session::AplaySession;
use std::ffi::{OsStr, OsString};
use std::io::stdin;
use std::path::Path;
use std::sync::PoisonError;

pub fn aplay(words: &[OsString]) -> Result<u8> {
    run("aplay", words)
}

pub fn arecord(words: &[OsString]) -> Result<u8> {
    run("arecord", words)
}

fn run(program: &'static str, words: &[OsString]) -> Result<u8> {
    if words.is_empty() && isatty(stdin()) {
        plain::print(&texts::help(program))?;
        return Ok(1);
    }
    match AplayOptions::parse(program, words)? {
        AplayTask::Help => plain::print(&texts::help(program))?,
        AplayTask::Version => plain::print(&texts::version(program))?,
        AplayTask::Run(options) if options.list_devices || options.list_pcms => {
            if options.list_pcms {
                lists::print_pcms(&options)?;
            }
            if options.list_devices {
                lists::print_devices(&options)?;
            }
        }
        AplayTask::Run(options) => transfer(*options)?,
    }
    Ok(0)
}

fn transfer(options: AplayOptions) -> Result<()> {
    let failed = |line, text: &str| error(options.program, "main", line, text);
    let opened = StepwisePcm::open(&options.request());
    let pcm =
        opened.map_err(|errno| failed(831, &format!("audio open error: {}", errno_text(errno))))?;
    warn_of_8_bits(&options);
    let interrupts = Interrupts::catch(&options)?;
    let ends_line = options.verbose == 2;
    let mut session = AplaySession {
        pcm,
        interrupts,
        keys: None,
        position_test: PositionTest::default(),
        options,
    };
    let result = start(&mut session).and_then(|()| transfer_all(&mut session));
    let cleanup = &session.interrupts.cleanup;
    cleanup.lock().unwrap_or_else(PoisonError::into_inner).run();
    session.interrupts.end_by_signal();
    let stopped = session.interrupts.is_stopped();
    if ends_line && !stopped {
        plain::print("\n")?;
    }
    result?;
    // With separate channels, a signal is not an error.
    match stopped && !session.options.separate {
        true => Err(Stop::Failed(String::new(), 1)),
        false => Ok(()),
    }
}

fn warn_of_8_bits(options: &AplayOptions) {
    let default = !options.has_format && options.direction == Direction::Capture;
    if default && !options.quiet && isatty(std::io::stderr()) {
        plain::print_error(texts::LOW_RESOLUTION);
    }
}

/// What is done before the first file.
fn start(session: &mut AplaySession) -> Result<()> {
    let cleanup = session.interrupts.cleanup.clone();
    let mut cleanup = cleanup.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = &session.options.pid_file {
        let written = PidFile::create(Path::new(path), 0o666, 0).map_err(|io| {
            let why = errno_text(io.raw_os_error().unwrap_or(libc::EIO));
            let name = path.to_string_lossy();
            let text = format!("Cannot create process ID file {name}: {why}");
            error(session.options.program, "main", 885, &text)
        })?;
        cleanup.pid_file = Some(written);
    }
    if session.options.interactive && isatty(stdin()) {
        session.keys = Some(PauseKeys::start(&mut cleanup));
    }
    Ok(())
}

fn transfer_all(session: &mut AplaySession) -> Result<()> {
    let names = session.options.names.clone();
    let records = session.options.direction == Direction::Capture;
    if session.options.separate {
        return match records {
            true => record::record_channels(session, &names),
            false => play::play_channels(session, &names),
        };
    }
    let names: Vec<Option<&OsStr>> = match &names[..] {
        [] => vec![None],
        names => names.iter().map(|name| Some(name.as_os_str())).collect(),
    };
    for name in names {
        match records {
            true => record::record(session, name)?,
            false => play::play(session, name)?,
        }
        if session.interrupts.is_stopped() {
            break;
        }
    }
    Ok(())
}
