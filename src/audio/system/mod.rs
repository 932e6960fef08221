//! Cards, PCM names, permissions, the users of a device, and the reasons for a failed open.

pub mod cards;
mod configuration;
pub mod diagnosis;
#[cfg(test)]
pub(crate) mod fake;
mod files;
pub mod holders;
mod known_cards;
mod pcm_name;
pub mod pcm_names;
mod permissions;
pub(crate) mod returning_card;
pub mod selector;

pub(crate) use pcm_name::card_of_pcm;
