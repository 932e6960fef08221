//! Cards, PCM names, permissions, the users of a device, and the reasons for a failed open.

pub mod card_contents;
pub mod card_references;
pub mod cards;
pub mod configuration;
pub mod diagnosis;
#[cfg(test)]
pub(crate) mod fake;
mod files;
pub mod hardware;
pub mod holders;
mod known_cards;
pub mod limits;
pub mod node_access;
mod pcm_name;
pub mod pcm_names;
mod permissions;
pub(crate) mod returning_card;
pub mod selector;
pub mod servers;

pub(crate) use pcm_name::card_of_pcm;
