//! The `aloud` command line.

use aloud::audio::ReportingAllocator;
use std::process::ExitCode;

mod commands;

#[global_allocator]
static ALLOCATOR: ReportingAllocator = ReportingAllocator(commands::report_out_of_memory);

fn main() -> ExitCode {
    commands::run(std::env::args_os())
}
