//! The message about each file.

use super::options::AplayOptions;
use crate::commands::ui::plain;
use aloud::audio::file::Container;
use aloud::audio::spec::Spec;

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

/// The name of a type in messages.
pub(super) fn title(container: Container) -> &'static str {
    match container {
        Container::Raw => "raw data",
        Container::Wav => "WAVE",
        Container::Au => "Sparc Audio",
        Container::Voc => "VOC",
        other => other.title(),
    }
}
