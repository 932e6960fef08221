//! One PCM device: open and negotiate, move frames, wait, recover.
//!
//! A [`Pcm`] is what pyalsaaudio's `PCM` object is, with two differences: the configuration the device was granted can
//! always be read, and it never differs from the request unless the request allows it ([`Match`]).

mod announced;
mod announcement;
mod channel_map;
mod choose;
mod device;
mod info;
mod io;
mod loss;
mod negotiate;
mod open;
mod outcome;
mod overview;
mod pair;
mod plugins;
mod position;
mod probe;
mod recover;
mod request;
mod server_pcm;
mod software;
mod sound_server;
mod state;
mod stepwise;
mod stopped;
mod together;
mod wait;

pub use super::direction::Direction;
pub use super::ffi::hw_params::PcmAccess;
pub use device::Pcm;
pub use info::PcmInfo;
pub use negotiate::Configuration;
pub use outcome::{IoOutcome, Xrun};
pub use overview::PcmOverview;
pub(crate) use pair::{PairWaitFor, PairWaiter};
pub(crate) use position::KnownPosition;
pub use probe::{ParamRange, Probe};
pub use request::{Match, Mode, Request, Tolerance, TstampMode, TstampType};
pub use software::Thresholds;
pub use state::PcmState;
pub use stepwise::{SetupError, StepwisePcm, StepwiseSetup, StepwiseStatus};
pub(crate) use wait::{WaitFor, WaitOutcome, Waiter};
