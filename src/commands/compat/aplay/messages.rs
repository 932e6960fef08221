//! Messages in aplay's form: errors name the function and the line of its source (1.2.8).

use super::options::AplayOptions;
use crate::commands::compat::stop::Stop;
use crate::commands::ui::plain;
use aloud::audio::errno::errno_text;
use aloud::audio::spec::Spec;

/// An error with status 1.
pub(super) fn error(program: &str, function: &str, line: u32, text: &str) -> Stop {
    Stop::Failed(located(program, function, line, text), 1)
}

/// A message with its place.
pub(super) fn located(program: &str, function: &str, line: u32, text: &str) -> String {
    format!("{program}: {function}:{line}: {text}\n")
}

/// An error about a file, as `perror` prints it.
pub(super) fn file_error(name: &str, errno: i32) -> Stop {
    Stop::Failed(format!("{name}: {}\n", errno_text(errno)), 1)
}

/// What is played or recorded from now on.
pub(super) fn print_banner(options: &AplayOptions, kind: &str, name: &str, spec: Spec) {
    if options.quiet {
        return;
    }
    let verb = match options.program {
        "arecord" => "Recording",
        _ => "Playing",
    };
    let channels = match spec.channels {
        1 => "Mono".to_owned(),
        2 => "Stereo".to_owned(),
        count => format!("Channels {count}"),
    };
    let (format, rate) = (spec.format.description(), spec.rate);
    plain::print_error(&format!(
        "{verb} {kind} '{name}' : {format}, Rate {rate} Hz, {channels}\n"
    ));
}
