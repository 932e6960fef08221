//! The library's typed advice as hints that name this program's commands and options.

use super::shell::quoted;
use aloud::audio::advice::{Advice, DeviceAdvice, FileAdvice, MixerAdvice, SoundAdvice, Warning};
use aloud::audio::direction::Direction;
use aloud::audio::error::{Error, Kind};
use rustix::process::{Resource, getrlimit};
use std::path::Path;

/// A hint in a command's own words.
pub fn custom(hint: impl Into<String>) -> Advice {
    Advice::Custom(hint.into())
}

/// Open files with which a program can use any sound server.
const SERVER_FILES: u64 = 64;

/// The hints of an error, best first.
pub fn hints(error: &Error) -> Vec<String> {
    let mut hints: Vec<String> = error.advice().iter().map(hint).collect();
    // Without descriptors, the plugins of sound servers report that the server is gone or refuses connections.
    if error.device_name().is_some()
        && let Some(limit @ ..SERVER_FILES) = getrlimit(Resource::Nofile).current
    {
        let hint = format!(
            "only {limit} files may be open (ulimit -n); sound servers need about {SERVER_FILES}"
        );
        hints.insert(0, hint);
    }
    if error.kind() == Kind::NotFound
        && let Some(device) = error.device_name().filter(|device| !device.is_empty())
        && std::env::var_os("ALOUD_DEVICE").is_some_and(|default| default == device)
    {
        hints.push("this name comes from ALOUD_DEVICE".to_owned());
    }
    hints
}

/// An error and its hints in one line, for clap to show.
pub fn in_one_line(error: &Error) -> String {
    let mut parts = vec![error.to_string()];
    parts.extend(hints(error));
    parts.join("; ")
}

/// A warning and its hint in one line.
pub fn warning(warning: &Warning) -> String {
    match &warning.advice {
        Some(advice) => format!("{} ({})", warning.message, hint(advice)),
        None => warning.message.clone(),
    }
}

/// One piece of advice in words.
pub fn hint(advice: &Advice) -> String {
    match advice {
        Advice::Nearest(names) => format!("nearest: {}", names.join(", ")),
        Advice::Device(advice) => device(advice),
        Advice::Mixer(advice) => mixer(advice),
        Advice::Sound(advice) => sound(advice),
        Advice::File(advice) => file(advice),
        Advice::Custom(hint) => hint.clone(),
    }
}

fn device(advice: &DeviceAdvice) -> String {
    match advice {
        DeviceAdvice::JoinGroup { user, group } => {
            return format!("`sudo usermod -aG {group} {user}`, then log in again");
        }
        DeviceAdvice::RunAsUser(user) => return format!("run it as user '{user}'"),
        DeviceAdvice::NameCard { pcm, card } => return format!("name a card: '{pcm}:CARD={card}'"),
        DeviceAdvice::MixerOfPcm { card: Some(card) } => {
            return format!("that is a PCM; the mixer of its card is 'hw:{card}'");
        }
        DeviceAdvice::NameOneOf(names) => return format!("type one of: {}", names.join(" ")),
        DeviceAdvice::UseSoundServer(direction) => {
            return format!("{} through the sound server: 'default' or 'pulse'", verb(*direction));
        }
        DeviceAdvice::StopHolders {
            holders,
            direction,
            card,
        } => return stop_holders(*holders, *direction, *card),
        DeviceAdvice::OpenPlugin {
            name, can_convert, ..
        } => return open_plugin(name, *can_convert),
        DeviceAdvice::FixConfiguration { file, line, reason } => {
            return format!("correct line {line} of {file}: {reason}");
        }
        DeviceAdvice::CheckDefinition(message) => {
            return format!("check its definition in ~/.asoundrc or /etc/asound.conf: {message}");
        }
        DeviceAdvice::LibraryMessage(message) => return format!("libasound reports: {message}"),
        DeviceAdvice::InstallConfiguration => {
            "install the package libasound2-data or alsa-lib, or unset ALSA_CONFIG_PATH and ALSA_CONFIG_DIR"
        }
        DeviceAdvice::LogInAgain => "log in again",
        DeviceAdvice::InstallPipewirePlugin => "install the package pipewire-alsa",
        DeviceAdvice::InstallPlugins => "install the package libasound2-plugins or alsa-plugins",
        DeviceAdvice::ListPcms => {
            "`aloud devices` lists the devices, `aloud list-pcms` all PCM names"
        }
        DeviceAdvice::FindCards => "`aloud doctor` looks for the reason",
        DeviceAdvice::PcmWithoutCards(direction) => without_cards(*direction),
        DeviceAdvice::MixerWithoutCards => "a sound server has a mixer, too: `-D pulse`",
        DeviceAdvice::MixerOfPcm { card: None } => {
            "that is a PCM; mixers are 'default', or a card's: 'hw:0'"
        }
        DeviceAdvice::ListMixers => {
            "mixers are 'default', or a card's: 'hw:0'; `aloud list-cards` lists the cards"
        }
        DeviceAdvice::PassToContainer => "in a container, pass the devices in: `--device /dev/snd`",
        DeviceAdvice::StartSoundServer => {
            "start PulseAudio or PipeWire (`aloud doctor` looks at both), or name a card: `aloud list-cards`"
        }
        DeviceAdvice::CopyCookie => {
            "copy the server's ~/.config/pulse/cookie to this user, or set PULSE_COOKIE to a copy"
        }
        DeviceAdvice::ListSinks(direction) => list_sinks(*direction),
        DeviceAdvice::FindHolder => "`sudo fuser -v /dev/snd/*` shows which",
    }
    .to_owned()
}

fn without_cards(direction: Direction) -> &'static str {
    match direction {
        Direction::Playback => {
            "`aloud doctor` looks for the reason; `-D null` and `-D file:OUT.wav,wav` work without a card"
        }
        Direction::Capture => "`aloud doctor` looks for the reason; `-D null` works without a card",
    }
}

fn list_sinks(direction: Direction) -> &'static str {
    match direction {
        Direction::Playback => {
            "`pactl list short sinks` lists them; PULSE_SINK or the PCM's definition names one"
        }
        Direction::Capture => {
            "`pactl list short sources` lists them; PULSE_SOURCE or the PCM's definition names one"
        }
    }
}

fn stop_holders(holders: usize, direction: Direction, card: Option<u32>) -> String {
    let them = if holders > 1 { "them" } else { "it" };
    let plugin = match direction {
        Direction::Playback => "dmix",
        Direction::Capture => "dsnoop",
    };
    match card {
        Some(card) => format!(
            "stop {them}, or have all programs {} through '{plugin}:{card}', which shares the device",
            verb(direction)
        ),
        None => format!("stop {them}"),
    }
}

fn verb(direction: Direction) -> &'static str {
    match direction {
        Direction::Playback => "play",
        Direction::Capture => "record",
    }
}

fn mixer(advice: &MixerAdvice) -> String {
    match advice {
        MixerAdvice::Controls(all) if all.is_empty() => "this mixer has no controls",
        MixerAdvice::Controls(all) => return format!("controls: {}", all.join(", ")),
        MixerAdvice::PercentOrRaw => "it takes percentages (40%) and raw steps (40)",
        MixerAdvice::ElementKeys => {
            "keys: numid, iface (CARD, HWDEP, MIXER, PCM, RAWMIDI, TIMER, SEQUENCER), name, index, device, subdevice"
        }
        MixerAdvice::ElementExamples => {
            "for example numid=3, or name='Master Playback Volume'; `aloud mixer elements` lists the elements"
        }
        MixerAdvice::ListElements => "`aloud mixer elements` lists the elements",
        MixerAdvice::SaveMixer => "`aloud mixer save FILE` writes one",
        MixerAdvice::SetToZero => "it has a volume: 0% silences it",
        MixerAdvice::Unmute => "it may turn on together with `unmute`",
        MixerAdvice::CaptureOther => "turn on another one with `cap`",
    }
    .to_owned()
}

fn open_plugin(name: &str, can_convert: bool) -> String {
    let open = format!("open '{name}', which converts");
    match can_convert {
        true => format!("omit --exact to have it converted, or {open}"),
        false => open,
    }
}

fn sound(advice: &SoundAdvice) -> String {
    match advice {
        SoundAdvice::AllowConversion => "omit --exact to have it converted",
        SoundAdvice::AllowReordering => "omit --exact to have the channels reordered",
        SoundAdvice::OmitSpec => "such samples cannot be converted: omit -f, -r and -c",
        SoundAdvice::RequestSupported => {
            "use -f, -r and -c with values the device supports, or omit them to convert"
        }
        SoundAdvice::AssignChannels => {
            "--remix takes the input channel of each output channel: --remix 1 for one, --remix 1,2 for two"
        }
        SoundAdvice::RecordRaw => "raw files (-t raw) keep the channel order of the device",
        SoundAdvice::SetEnd => "set the end with --end or --duration",
        SoundAdvice::LowerGain => "a lower --gain avoids this",
        SoundAdvice::RaiseLatency => "--latency sets it",
        SoundAdvice::TolerateXruns => "omit --fatal-errors to continue after xruns",
        SoundAdvice::RaisePriorityLimit(priority) => {
            return raise_limit("rtprio", "LimitRTPRIO", &priority.to_string(), "");
        }
        SoundAdvice::RaiseMemoryLimit(kib) => {
            return raise_limit("memlock", "LimitMEMLOCK", &kib.to_string(), "K");
        }
        SoundAdvice::ChannelPositions(all) => return format!("positions: {}", all.join(" ")),
    }
    .to_owned()
}

/// Where to raise a limit. `unit` is what systemd needs after the number.
fn raise_limit(item: &str, systemd: &str, value: &str, unit: &str) -> String {
    format!(
        "put '@audio - {item} {value}' into /etc/security/limits.d/audio.conf, join the group audio and log in again; in a systemd unit: {systemd}={value}{unit}"
    )
}

fn encode_elsewhere(path: &Path, records_flac: bool) -> String {
    let flac = quoted(&path.with_extension("flac").to_string_lossy());
    let path = quoted(&path.to_string_lossy());
    let encode = format!("encode it: aloud record - | ffmpeg -i - {path}");
    match records_flac {
        true => format!("record {flac}, or {encode}"),
        false => encode,
    }
}

fn file(advice: &FileAdvice) -> String {
    match advice {
        FileAdvice::KeptAs(path) => return format!("the recording is in '{}'", path.display()),
        FileAdvice::Containers(names) => return format!("-t takes {}", names.join(", ")),
        FileAdvice::EncodeElsewhere(path) => {
            return encode_elsewhere(path, cfg!(feature = "flac"));
        }
        FileAdvice::Formats { container, formats } => {
            let formats = formats.join(", ");
            return format!("{container} holds {formats}, and the same in the other byte order");
        }
        FileAdvice::FlacChannels { max } => {
            return format!(
                "FLAC holds at most {max} channels; WAV (-t wav) holds more, and -I writes one file per channel"
            );
        }
        FileAdvice::PipeUrl(url) => return format!("curl -s '{url}' | aloud play"),
        FileAdvice::ChooseOtherName => "choose another name, or stop the other recording first",
        FileAdvice::InstallFfmpeg => "install ffmpeg (Debian: apt install ffmpeg)",
        FileAdvice::DescribeRaw => "raw samples need all three: -f FORMAT -r RATE -c CHANNELS",
        FileAdvice::ReadAsRaw => {
            "to play it as raw samples: -t raw -f FORMAT -r RATE -c CHANNELS"
        }
        FileAdvice::InterruptAgain => "a second Ctrl-C (or signal) ends it now, without the rest",
        FileAdvice::AvoidPipe => "play it as a file instead of through a pipe",
        FileAdvice::WriteRaw => "raw samples (-t raw) can have any format",
        FileAdvice::FlacFormats => {
            "FLAC holds integers of 8 to 32 bits: -f S32_LE, S24_LE or S16_LE"
        }
        FileAdvice::FlacRates => {
            "FLAC holds rates up to 65534 Hz, and multiples of 10 Hz up to 655340; WAV (-t wav) holds all"
        }
        FileAdvice::WriteWav => "WAV (-t wav) can also hold floats, A-law and µ-law",
        FileAdvice::CompressFlac => "--compression is for FLAC (-t flac)",
        FileAdvice::TagContainers => "WAV, RF64, Wave64, AU and FLAC can hold tags",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_for_clap_ends_with_its_hints() {
        let error = Error::new(Kind::Usage, "unknown sample format 'S61'")
            .with_advice(Advice::Nearest(vec!["S16_LE".into(), "S16_BE".into()]));
        assert_eq!(
            in_one_line(&error),
            "unknown sample format 'S61'; nearest: S16_LE, S16_BE"
        );
    }

    #[test]
    fn raw_samples_are_described_by_three_options() {
        for advice in [FileAdvice::DescribeRaw, FileAdvice::ReadAsRaw] {
            assert!(file(&advice).contains("-f FORMAT -r RATE -c CHANNELS"));
        }
    }

    #[test]
    fn flac_is_advised_only_if_this_program_records_it() {
        let advice = |records_flac| encode_elsewhere(Path::new("take.mp3"), records_flac);
        let encode = "encode it: aloud record - | ffmpeg -i - take.mp3";
        assert_eq!(advice(false), encode);
        assert_eq!(advice(true), format!("record take.flac, or {encode}"));
    }

    #[test]
    fn programs_that_hold_a_device_can_be_stopped_or_share_it() {
        assert_eq!(stop_holders(1, Direction::Capture, None), "stop it");
        assert_eq!(
            stop_holders(2, Direction::Playback, Some(0)),
            "stop them, or have all programs play through 'dmix:0', which shares the device"
        );
    }

    #[test]
    fn a_warning_has_its_hint_in_parentheses() {
        let plain = Warning::from("2 samples were clipped".to_owned());
        assert_eq!(warning(&plain), "2 samples were clipped");
        let advised = Warning::with_advice(plain.message, SoundAdvice::LowerGain);
        assert_eq!(
            warning(&advised),
            "2 samples were clipped (a lower --gain avoids this)"
        );
    }
}
