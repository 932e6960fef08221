//! The `aloud` command line.

use std::process::ExitCode;

mod commands;

fn main() -> ExitCode {
    commands::run(std::env::args_os())
}
