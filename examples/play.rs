//! Plays files without a gap between them: `cargo run --example play -- song.flac other.wav`.

use aloud::audio::file::ReadOptions;
use aloud::audio::pcm::{Direction, Request};
use aloud::audio::playlist::opener;
use aloud::audio::transfer::{Event, Play, TransferControl, play};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let files = std::env::args_os().skip(1);
    let inputs = files
        .map(|path| opener(path.into(), ReadOptions::default()))
        .collect();
    // A long buffer instead of pyalsaaudio's 128 frames.
    let request = Request {
        period: None,
        periods: None,
        long_buffer: true,
        ..Request::new("default", Direction::Playback)
    };
    // Another thread can pause, seek or stop with a clone of this.
    let control = TransferControl::new()?;
    let outcome = play(Play::new(inputs, request), &control, &mut |event| {
        if let Event::Xrun { ms: Some(ms), .. } = event {
            eprintln!("underrun of {ms} ms");
        }
    });
    println!("{:.1} s played", outcome.end.seconds);
    Ok(outcome.error.map_or(Ok(()), Err)?)
}
