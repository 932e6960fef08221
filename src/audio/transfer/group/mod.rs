//! Several devices that record or play together: started at the same moment where that is possible, aligned by their
//! timestamps, and kept together when their clocks drift.

mod channel_split;
mod clock_drift;
mod follower;
mod held_devices;
mod lane;
mod lane_sink;
mod member;
mod merger;
mod pace;
mod paced_source;
mod played_lane;
mod playing;
mod recording;
mod run_lanes;
mod shared_playlist;
mod start;
mod stretcher;

pub use channel_split::ChannelSplit;
pub use playing::{PlayGroup, play_group};
pub use recording::{RecordGroup, record_group};
