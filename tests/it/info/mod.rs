//! `aloud info`, `list-pcms` and `list-cards`.

mod files;
mod lists;
mod pcm;
