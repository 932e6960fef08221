//! `aloud`: plays, records, mixes and inspects sound over ALSA.

use std::process::ExitCode;

mod commands;

fn main() -> ExitCode {
    commands::run(std::env::args_os())
}
