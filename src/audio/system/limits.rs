//! Resource limits that matter for sound.

use rustix::process::{Resource, getrlimit};

/// What this process may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceLimits {
    /// The highest real-time priority (`RLIMIT_RTPRIO`); 0 is none, `None` unlimited.
    pub realtime_priority: Option<u64>,
    /// Bytes of memory that may be locked (`RLIMIT_MEMLOCK`); `None` is unlimited.
    pub locked_memory: Option<u64>,
}

/// The limits of this process.
pub fn resource_limits() -> ResourceLimits {
    ResourceLimits {
        realtime_priority: getrlimit(Resource::Rtprio).current,
        locked_memory: getrlimit(Resource::Memlock).current,
    }
}
