//! The library without the program.

mod codecs;
mod pcm;
