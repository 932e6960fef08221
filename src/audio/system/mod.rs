//! What the system knows about sound: cards, PCM names, permissions, holders, and why an open failed.

pub mod cards;
pub mod diagnosis;
pub mod holders;
pub mod pcm_names;
pub(crate) mod permissions;
