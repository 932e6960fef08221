//! `aloud info`, `list-pcms` and `list-cards`.

mod configuration;
mod files;
mod lists;
mod pcm;
