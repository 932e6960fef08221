//! The engine of aplay and arecord's personalities: it moves one period at a time on the calling thread, and reports
//! each call of the device before and after it, as these programs print. Files are read and written by the same threads
//! as in other transfers.

mod block;
mod device;
mod event;
mod playing;
mod reader;
mod recording;

pub use device::{StepwiseOptions, StepwiseTransfer};
pub use event::{StepwiseError, StepwiseEvent};
pub use recording::StepwiseRecording;
