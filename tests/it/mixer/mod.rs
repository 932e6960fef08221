//! The mixer commands where there is no mixer: usage errors and the order of checks. `tests/kernel`, `tests/vm` and
//! `tests/servers` test what they do to mixers.

mod control;
mod state;
