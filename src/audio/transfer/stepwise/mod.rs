//! Transfers of the personalities aplay and arecord: one period at a time, on the calling thread.
//!
//! These programs print between two calls of the device: the status of a device before it is prepared again, each
//! position, a meter for each period. They also move planes, complete the last period with silence, and leave it to
//! thresholds when the device starts and stops. The device loops of other transfers never print, and take frames back from
//! a device. The rest is shared with them: the threads that read and write files, conversion, control, waiting, resuming
//! and draining.

mod block;
mod device;
mod event;
mod playing;
mod reader;
mod recording;

pub use device::{StepwiseOptions, StepwiseTransfer};
pub use event::{StepwiseError, StepwiseEvent};
pub use recording::StepwiseRecording;
