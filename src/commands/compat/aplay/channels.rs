//! The names of the files if there is one for each channel.

use std::ffi::{OsStr, OsString};

/// `NAME.0`, `NAME.1` and so on.
pub(super) fn channel_names(base: &OsStr, channels: usize) -> Vec<OsString> {
    let name = |channel: usize| {
        let mut name = base.to_owned();
        name.push(format!(".{channel}"));
        name
    };
    (0..channels).map(name).collect()
}
