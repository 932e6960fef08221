//! speaker-test of alsa-utils 1.2.8. Where it differs on purpose, aloud-compat(7) says so.

mod options;
mod pattern;
mod speakers;
mod turns;

use super::stop::{Result, Stop, errno, reason};
use crate::commands::signals::{self, OnSignal};
use crate::commands::ui::plain;
use aloud::audio::channel_map::ChannelMap;
use aloud::audio::error::Error;
use aloud::audio::pcm::{Direction, Pcm, Probe, Request, Thresholds};
use aloud::audio::playlist::Opener;
use aloud::audio::spec::{Length, Spec};
use aloud::audio::stream::Source;
use aloud::audio::transfer::{self, ConversionPolicy, EndReason, Event, Play, TransferControl};
use options::{FAILED, SpeakerOptions, TestSound};
use speakers::Speakers;
use std::ffi::OsString;
use turns::Turns;

const BANNER: &str = "\nspeaker-test 1.2.8\n\n";

const HELP: &str = "\
Usage: speaker-test [OPTION]... 
-h,--help	help
-D,--device	playback device
-r,--rate	stream rate in Hz
-c,--channels	count of channels in stream
-f,--frequency	sine wave frequency in Hz
-F,--format	sample format
-b,--buffer	ring buffer size in us
-p,--period	period size in us
-P,--nperiods	number of periods
-t,--test	pink=use pink noise, sine=use sine wave, wav=WAV file
-l,--nloops	specify number of loops to test, 0 = infinite
-s,--speaker	single speaker test. Values 1=Left, 2=right, etc
-w,--wavfile	Use the given WAV file as a test sound
-W,--wavdir	Specify the directory containing WAV files
-m,--chmap	Specify the channel map to override
-X,--force-frequency	force frequencies outside the 30-8000hz range
-S,--scale	Scale of generated test tones in percent (default=80)

Recognized sample formats are: S8 S16_LE S16_BE FLOAT_LE S24_3LE S24_3BE S24_LE S24_BE S32_LE S32_BE

";

/// Each speaker plays for as many whole periods as fit in this, or for one.
const SECONDS: u64 = 3;

pub fn run(words: &[OsString]) -> Result<u8> {
    plain::print(BANNER)?;
    let Some(options) = SpeakerOptions::parse(words)? else {
        plain::print(HELP)?;
        return Ok(0);
    };
    let spec = Spec {
        format: options.format,
        rate: options.rate,
        channels: options.channels,
    };
    print_start(&options)?;
    let request = Request::exact(&options.device, Direction::Playback, spec);
    let request = sized(&options, request)?;
    let opened = open(&request)?;
    let frames = turn_frames(&options, &opened);
    let asked = set_channel_map(&options, &opened)?;
    let map = opened.channel_map().ok().flatten();
    if options.debug {
        print_setup(&opened).map_err(|error| failed(&format!("{error}\n")))?;
    }
    drop(opened);
    let speakers = Speakers::new(spec.channels, map, asked.is_some());
    let turns = Turns::new(&options, spec, frames, speakers)?;
    play(in_step(&options, request, frames), turns, asked)
}

fn print_start(options: &SpeakerOptions) -> Result<()> {
    let SpeakerOptions {
        device,
        rate,
        format,
        channels,
        ..
    } = options;
    let sound = match options.sound {
        TestSound::Pink => "Using 16 octaves of pink noise\n".to_owned(),
        TestSound::Sine => format!("Sine wave rate is {:.4}Hz\n", options.frequency),
        TestSound::Wav => "WAV file(s)\n".to_owned(),
        TestSound::Pattern => String::new(),
    };
    Ok(plain::print(&format!(
        "Playback device is {device}\nStream parameters are {rate}Hz, {format}, {channels} channels\n{sound}"
    ))?)
}

fn failed(text: &str) -> Stop {
    Stop::Failed(text.to_owned(), FAILED)
}

/// Checks what the device can do, and adds the sizes of the buffer and its periods to the request.
fn sized(options: &SpeakerOptions, request: Request) -> Result<Request> {
    let probe = match Pcm::probe(&request) {
        Ok(probe) => probe,
        Err(error) => {
            let (errno, text) = (errno(&error), reason(&error));
            plain::print(&format!("Playback open error: -{errno},{text}\n"))?;
            return Err(failed(""));
        }
    };
    if let Some(refusal) = refusal(options, &probe) {
        plain::print("Setting of hwparams failed: Invalid argument\n")?;
        return Err(failed(&format!("{refusal}: Invalid argument\n")));
    }
    let sizes = Pcm::probe_spec(&request).map_err(|error| failed(&format!("{error}\n")))?;
    let (rate, buffer, period) = (options.rate, sizes.buffer_size, sizes.period_size);
    plain::print(&format!(
        "Rate set to {rate}Hz (requested {rate}Hz)\nBuffer size range from {} to {}\nPeriod size range from {} to {}\n",
        buffer.min, buffer.max, period.min, period.max
    ))?;
    let frames = |micros: u64| (u64::from(rate) * micros / 1_000_000).max(1);
    let (asked_buffer, asked_period) =
        (frames(options.buffer_micros), frames(options.period_micros));
    if options.period_micros > 0 {
        plain::print(&format!(
            "Requested period time {} us\n",
            options.period_micros
        ))?;
    }
    if options.buffer_micros > 0 {
        plain::print(&format!(
            "Requested buffer time {} us\n",
            options.buffer_micros
        ))?;
    }
    let periods = options.periods;
    let [asked_buffer, asked_period] = [(asked_buffer, buffer), (asked_period, period)]
        .map(|(asked, range)| asked.clamp(range.min, range.max));
    let (period, buffer) = match (options.period_micros > 0, options.buffer_micros > 0) {
        (true, true) => (asked_period, asked_buffer),
        (true, false) => (asked_period, asked_period * periods),
        (false, true) => (asked_buffer / periods, asked_buffer),
        (false, false) => {
            let whole = buffer.max / periods * periods;
            plain::print(&format!("Using max buffer size {whole}\n"))?;
            (whole / periods, whole)
        }
    };
    if options.period_micros == 0 || options.buffer_micros == 0 {
        plain::print(&format!("Periods = {periods}\n"))?;
    }
    Ok(Request {
        period: Some(Length::Frames(period)),
        buffer: Some(Length::Frames(buffer)),
        ..request
    })
}

/// Why the device cannot be configured.
fn refusal(options: &SpeakerOptions, probe: &Probe) -> Option<String> {
    let has = |range: aloud::audio::pcm::ParamRange, value: u32| {
        (range.min..=range.max).contains(&u64::from(value))
    };
    match () {
        () if !probe.formats.contains(&options.format) => {
            Some("Sample format not available for playback".to_owned())
        }
        () if !has(probe.channel_range, options.channels) => {
            let channels = options.channels;
            Some(format!(
                "Channels count ({channels}) not available for playbacks"
            ))
        }
        () if !has(probe.rate_range, options.rate) => Some(format!(
            "Rate {}Hz not available for playback",
            options.rate
        )),
        () => None,
    }
}

/// Opens the device, and prints the sizes that it has.
fn open(request: &Request) -> Result<Pcm> {
    let opened = Pcm::open(request.clone()).map_err(|error| {
        let text = reason(&error);
        failed(&format!("Setting of hwparams failed: {text}\n"))
    })?;
    let sizes = opened.configuration();
    let (period, buffer) = (sizes.period_size, sizes.buffer_size);
    plain::print(&format!(
        "was set period_size = {period}\nwas set buffer_size = {buffer}\n"
    ))?;
    if buffer < 2 * period {
        plain::print("Setting of hwparams failed: Invalid argument\n")?;
        return Err(failed("buffer to small, could not use\n"));
    }
    Ok(opened)
}

/// How many frames each speaker plays.
fn turn_frames(options: &SpeakerOptions, opened: &Pcm) -> u64 {
    let period = opened.configuration().period_size;
    let periods = u64::from(options.rate) * SECONDS / period.max(1);
    periods.max(1) * period
}

/// Sets the channel map that is asked for.
fn set_channel_map(options: &SpeakerOptions, opened: &Pcm) -> Result<Option<ChannelMap>> {
    let Some(text) = &options.channel_map else {
        return Ok(None);
    };
    let cannot = |what: &str| failed(&format!("Unable to {what}: {text}\n"));
    let map = ChannelMap::parse_as_alsa(text).ok_or_else(|| cannot("parse channel map string"))?;
    opened
        .set_channel_map(&map)
        .map_err(|_| cannot("set channel map"))?;
    Ok(Some(map))
}

/// Prints what alsa-lib says of the device, which starts once its buffer is full.
fn print_setup(opened: &Pcm) -> aloud::audio::error::Result<()> {
    opened.set_thresholds(Thresholds {
        start: opened.configuration().buffer_size,
        ..opened.thresholds()?
    })?;
    plain::print_error(&opened.dump()?);
    Ok(())
}

/// Makes a buffer shorter that holds more than a turn, as those of sound servers do: the device then wakes
/// often enough to announce each speaker when it is heard.
fn in_step(options: &SpeakerOptions, request: Request, turn: u64) -> Request {
    let size = |length: Option<Length>| match length {
        Some(Length::Frames(frames)) => frames,
        _ => 0,
    };
    let buffer = u64::from(options.rate) / 2;
    if size(request.buffer) <= turn.max(buffer) {
        return request;
    }
    let period = size(request.period).min(buffer / options.periods.max(1));
    Request {
        period: Some(Length::Frames(period)),
        buffer: Some(Length::Frames(buffer)),
        ..request
    }
}

fn play(request: Request, turns: Turns, map: Option<ChannelMap>) -> Result<u8> {
    let (test, mut announcements) = (turns.test(), turns.announcements());
    let mut turns = Some(turns);
    let opener = Opener::once(move || match turns.take() {
        Some(turns) => Ok(Box::new(turns) as Box<dyn Source>),
        None => Err(Error::internal("a speaker test can be opened only once")),
    });
    let control = TransferControl::new().map_err(|error| failed(&format!("{error}\n")))?;
    if signals::steer(&control, OnSignal::Abort).is_err() {
        return Err(failed("Cannot catch signals\n"));
    }
    let play = Play {
        // A test must not move sound to other speakers.
        policy: ConversionPolicy {
            keep_channels: true,
            channel_map: map,
            ..ConversionPolicy::default()
        },
        speaker_test: Some(test),
        ..Play::new(vec![opener], request)
    };
    let mut announced = Ok(());
    let outcome = transfer::play(play, &control, &mut |event| match event {
        Event::Speaker(speaker) if announced.is_ok() => {
            announced = announcements.announce(speaker.index);
            if announced.is_err() {
                control.stop(EndReason::Quit);
            }
        }
        Event::Failed(error) => {
            plain::print_error(&format!("Write error: {}\n", reason(error)));
        }
        _ => {}
    });
    announced?;
    // As in the original, SIGHUP ends the process, and other signals end the test with status 0.
    if outcome.end.why == EndReason::Hangup {
        signals::run_default_action(libc::SIGHUP);
    }
    announcements.finish_loop()?;
    match outcome.error {
        Some(_) => Ok(FAILED),
        None => Ok(0),
    }
}
