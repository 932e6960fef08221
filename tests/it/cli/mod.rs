//! The command line itself: usage errors, help, output, and the files generated from it.

mod contributing;
mod generated;
mod install;
mod output;
mod readme;
mod schema;
mod streams;
mod usage;
