//! What is played: one speaker after the other.

use super::options::{FAILED, SpeakerOptions, TestSound};
use super::pattern::Pattern;
use super::speakers::Speakers;
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::ui::plain;
use aloud::audio::dsp::tone::{Tone, ToneChannels, Wave};
use aloud::audio::error::{self, Error};
use aloud::audio::file::{self, Input, ReadOptions};
use aloud::audio::format::Format;
use aloud::audio::spec::{Length, Spec};
use aloud::audio::stream::Source;
use aloud::audio::transfer::SpeakerTest;
use std::io;
use std::path::Path;
use std::time::Instant;

/// The RMS of its pink noise in dB of full scale.
const PINK_DB: f64 = -18.9;

/// The loudest pink noise without clipping; `-S 100` asks for a little more.
const MAX_PINK_DB: f64 = -17.0;

/// Prints which speaker plays, and how long each loop took.
pub(super) struct Announcements {
    speakers: Speakers,
    turns: usize,
    is_single: bool,
    announced: usize,
    /// When the current loop began.
    begun: Option<Instant>,
}

impl Announcements {
    /// Announces the speaker that begins to play.
    pub(super) fn announce(&mut self, channel: u32) -> io::Result<()> {
        if self.announced.is_multiple_of(self.turns) {
            self.finish_loop()?;
        }
        self.announced += 1;
        self.begun.get_or_insert_with(Instant::now);
        let number = match self.is_single {
            true => String::new(),
            false => channel.to_string(),
        };
        plain::print(&format!(" {number} - {}\n", self.speakers.name(channel)))
    }

    /// Prints how long the loop took, if it has begun.
    pub(super) fn finish_loop(&mut self) -> io::Result<()> {
        match self.begun.take() {
            Some(begun) if !self.is_single => {
                let seconds = begun.elapsed().as_secs_f64();
                plain::print(&format!("Time per period = {seconds:.6}\n"))
            }
            _ => Ok(()),
        }
    }
}

/// The sound of one speaker after the other.
pub(super) struct Turns {
    spec: Spec,
    speakers: Speakers,
    sound: TurnSound,
    order: Vec<u32>,
    is_single: bool,
    /// The loops that are left; `None` is endless.
    loops: Option<u64>,
    /// The next turn of the loop.
    next: usize,
    /// The turns that have begun.
    begun: u64,
    current: Option<Box<dyn Source>>,
}

enum TurnSound {
    /// A tone for this many frames.
    Tone(Wave, f64, u64),
    /// The numbers of this many frames.
    Pattern(u64),
    /// The file for each channel.
    Files(Vec<String>),
}

impl Turns {
    pub(super) fn new(
        options: &SpeakerOptions,
        spec: Spec,
        frames: u64,
        speakers: Speakers,
    ) -> Result<Turns> {
        let order = match options.speaker {
            Some(speaker) => vec![speaker],
            None => speakers.order(),
        };
        let decibels = |gain: f64| 20.0 * gain.max(1e-6).log10();
        let sound = match options.sound {
            TestSound::Sine => {
                let wave = Wave::Sine {
                    hz: options.frequency,
                };
                TurnSound::Tone(wave, decibels(options.scale / 100.0), frames)
            }
            TestSound::Pink => {
                let level = PINK_DB + decibels(options.scale / 80.0);
                TurnSound::Tone(Wave::Pink, level.min(MAX_PINK_DB), frames)
            }
            TestSound::Pattern => TurnSound::Pattern(frames),
            TestSound::Wav => TurnSound::Files(files(options, &speakers, spec)),
        };
        let format = match sound {
            TurnSound::Files(_) => Format::S16_LE,
            _ => spec.format,
        };
        let turns = Turns {
            spec: Spec { format, ..spec },
            speakers,
            sound,
            is_single: options.speaker.is_some(),
            loops: (options.loops > 0)
                .then_some(options.loops)
                .or(options.speaker.map(|_| 1)),
            order,
            next: 0,
            begun: 0,
            current: None,
        };
        // What cannot be played is reported before anything is.
        for channel in &turns.order {
            turns
                .turn(*channel)
                .map_err(|text| Stop::Failed(text, FAILED))?;
        }
        Ok(turns)
    }

    /// Who plays when.
    pub(super) fn test(&self) -> SpeakerTest {
        let turns = self.order.iter().map(|channel| {
            let frames = self.turn(*channel).ok().and_then(|turn| turn.frames());
            (*channel, frames)
        });
        SpeakerTest {
            turns: turns.collect(),
        }
    }

    pub(super) fn announcements(&self) -> Announcements {
        Announcements {
            speakers: self.speakers.clone(),
            turns: self.order.len(),
            is_single: self.is_single,
            announced: 0,
            begun: None,
        }
    }

    /// What a channel plays, or what is wrong with that.
    fn turn(&self, channel: u32) -> std::result::Result<Box<dyn Source>, String> {
        match &self.sound {
            TurnSound::Tone(wave, level_db, frames) => {
                let tone = Tone {
                    wave: *wave,
                    level_db: *level_db,
                    channels: ToneChannels::One(channel),
                    length: Some(Length::Frames(*frames)),
                };
                let source = tone
                    .source(self.spec)
                    .map_err(|error| format!("{error}\n"))?;
                Ok(Box::new(source))
            }
            TurnSound::Pattern(frames) => {
                let first = self.begun * frames;
                Ok(Box::new(Pattern::new(self.spec, channel, first, *frames)))
            }
            TurnSound::Files(files) => {
                let file = &files[channel as usize];
                let cannot = |_| format!("Cannot open WAV file {file}\n");
                let input = Input::open(Path::new(file)).map_err(cannot)?;
                let source = file::open(input, &ReadOptions::default()).map_err(cannot)?;
                let own = source.spec();
                if own.rate != self.spec.rate {
                    return Err(format!(
                        "Sample rate doesn't match ({}) for {file}\n",
                        own.rate
                    ));
                }
                if (own.format, own.channels) != (Format::S16_LE, 1) {
                    return Err(format!("WAV file {file} is not S16_LE with one channel\n"));
                }
                Ok(Box::new(OneChannel {
                    source,
                    spec: self.spec,
                    channel,
                }))
            }
        }
    }

    /// Begins the next turn. Returns whether there is one.
    fn advance(&mut self) -> error::Result<bool> {
        if self.next == self.order.len() {
            self.loops = self.loops.map(|left| left.saturating_sub(1));
            if self.loops == Some(0) {
                return Ok(false);
            }
            self.next = 0;
        }
        let channel = self.order[self.next];
        self.next += 1;
        let turn = self.turn(channel);
        self.begun += 1;
        self.current = Some(turn.map_err(|text| Error::internal(text.trim_end()))?);
        Ok(true)
    }
}

impl Source for Turns {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn frames(&self) -> Option<u64> {
        None
    }

    fn name(&self) -> &str {
        "speaker test"
    }

    fn read(&mut self, buffer: &mut [u8]) -> error::Result<usize> {
        loop {
            if let Some(current) = &mut self.current {
                match current.read(buffer)? {
                    0 => self.current = None,
                    bytes => return Ok(bytes),
                }
            } else if !self.advance()? {
                return Ok(0);
            }
        }
    }
}

/// The file of each channel.
fn files(options: &SpeakerOptions, speakers: &Speakers, spec: Spec) -> Vec<String> {
    let folder = &options.wav_folder;
    let file = |channel: u32| match &options.wav_file {
        Some(file) if file.starts_with(['/', '.']) => file.clone(),
        Some(file) => format!("{folder}/{file}"),
        None => format!("{folder}/{}", speakers.file(channel)),
    };
    (0..spec.channels).map(file).collect()
}

/// Samples of 16 bits on one of several channels.
struct OneChannel {
    source: Box<dyn Source>,
    spec: Spec,
    channel: u32,
}

impl Source for OneChannel {
    fn spec(&self) -> Spec {
        self.spec
    }

    fn frames(&self) -> Option<u64> {
        self.source.frames()
    }

    fn name(&self) -> &str {
        self.source.name()
    }

    fn read(&mut self, buffer: &mut [u8]) -> error::Result<usize> {
        let width = self.spec.frame_bytes();
        let mut samples = vec![0; buffer.len() / width * 2];
        let count = self.source.read(&mut samples)? / 2;
        let at = self.channel as usize * 2;
        let (frames, samples) = (buffer.chunks_exact_mut(width), samples.as_chunks::<2>().0);
        for (frame, sample) in frames.zip(&samples[..count]) {
            frame.fill(0);
            frame[at..at + 2].copy_from_slice(sample);
        }
        Ok(count * width)
    }
}
