//! The outcome of a transfer.

use super::event::End;
use crate::audio::error::Error;

/// The outcome of a transfer.
#[derive(Debug)]
pub struct Outcome {
    /// The summary, as in [`Event::End`](super::Event::End).
    pub end: End,
    /// The first error of a file or the device. [`Event::Failed`](super::Event::Failed) reported it and those that
    /// followed.
    pub error: Option<Error>,
}
