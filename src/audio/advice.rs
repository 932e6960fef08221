//! What can be done about an error or a warning, as data. The program that shows it puts it into words.

use crate::audio::direction::Direction;
use std::path::PathBuf;

/// One piece of advice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Names that are spelled almost like the one that was not found, nearest first.
    Nearest(Vec<String>),
    /// About opening a device.
    Device(DeviceAdvice),
    /// About controls and elements.
    Mixer(MixerAdvice),
    /// About what is played or recorded, and its conversion.
    Sound(SoundAdvice),
    /// About files and containers.
    File(FileAdvice),
    /// A caller's own words. The library never uses this variant.
    Custom(String),
}

/// What can be done if a PCM or ctl does not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceAdvice {
    /// Add the user to the group that owns the device.
    JoinGroup {
        /// The user that runs this process.
        user: String,
        /// The device's group.
        group: String,
    },
    /// The user is already in the group, but not in this session.
    LogInAgain,
    /// Run as the device's owner.
    RunAsUser(String),
    /// Several cards or devices match: use one of these names.
    NameOneOf(Vec<String>),
    /// The default card does not exist: name one that does.
    NameCard {
        /// The PCM without its arguments.
        pcm: String,
        /// The id of a card.
        card: String,
    },
    /// Install the package with alsa-lib's plugins.
    InstallPlugins,
    /// Install the package with PipeWire's plugin for alsa-lib.
    InstallPipewirePlugin,
    /// Install the package with alsa-lib's own configuration.
    InstallConfiguration,
    /// Correct alsa-lib's configuration.
    FixConfiguration {
        /// The file.
        file: String,
        /// The line at which alsa-lib gave up.
        line: u32,
        /// What alsa-lib reports.
        reason: String,
    },
    /// alsa-lib's own message about the definition of the device.
    CheckDefinition(String),
    /// alsa-lib's own message about an open that failed for a reason that only alsa-lib knows.
    LibraryMessage(String),
    /// List the PCMs.
    ListPcms,
    /// Find out why there are no cards.
    FindCards,
    /// Use a PCM that needs no card.
    PcmWithoutCards(Direction),
    /// Use a mixer that needs no card.
    MixerWithoutCards,
    /// The name is that of a PCM: use the mixer of its card.
    MixerOfPcm {
        /// The card in the PCM's arguments, if there is one.
        card: Option<String>,
    },
    /// Use the default mixer or that of a card.
    ListMixers,
    /// The card exists, but its device nodes do not: pass them to the container.
    PassToContainer,
    /// Start the sound server, or use a card.
    StartSoundServer,
    /// Copy the cookie of the sound server, which denies access.
    CopyCookie,
    /// List the sinks or sources of the sound server.
    ListSinks(Direction),
    /// The sound server holds the device: use the server.
    UseSoundServer(Direction),
    /// Another program holds the device, and only root can see which.
    FindHolder,
    /// Stop the programs that hold the device, or share it.
    StopHolders {
        /// The number of processes that hold it.
        holders: usize,
        /// The direction that was to be opened.
        direction: Direction,
        /// The card for dmix or dsnoop, if known.
        card: Option<u32>,
    },
    /// Open a plugin that converts.
    OpenPlugin {
        /// The PCM to open.
        name: String,
        /// The direction that was to be opened.
        direction: Direction,
        /// Whether the samples can be converted without it.
        can_convert: bool,
    },
}

/// What can be done if a control or element cannot be found or set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MixerAdvice {
    /// All controls of the mixer.
    Controls(Vec<String>),
    /// The volume has no dB: use percent or raw steps.
    PercentOrRaw,
    /// The keys of an element's id.
    ElementKeys,
    /// Examples of an element's id.
    ElementExamples,
    /// List the elements.
    ListElements,
    /// Save a mixer, to have a file to load.
    SaveMixer,
    /// There is no switch to mute: set the volume to zero.
    SetToZero,
    /// The capture switch may depend on the playback switch.
    Unmute,
    /// Exactly one control of a group captures: turn on another one.
    CaptureOther,
}

/// What can be done if sound cannot be played or recorded as requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SoundAdvice {
    /// Allow conversion.
    AllowConversion,
    /// Allow the channels to be put into another order.
    AllowReordering,
    /// The samples cannot be converted: omit format, rate and channels.
    OmitSpec,
    /// Request a format, rate and channels that the device supports, or omit them.
    RequestSupported,
    /// Select the input channel for each output channel.
    AssignChannels,
    /// Record without a container, which keeps the device's channel order.
    RecordRaw,
    /// Set the end of the sound.
    SetEnd,
    /// Lower the gain.
    LowerGain,
    /// Raise the latency.
    RaiseLatency,
    /// Raise the limit RLIMIT_RTPRIO to this priority.
    RaisePriorityLimit(u32),
    /// Raise the limit RLIMIT_MEMLOCK to this many KiB.
    RaiseMemoryLimit(u64),
    /// Continue after xruns.
    TolerateXruns,
    /// The names of all channel positions.
    ChannelPositions(&'static [&'static str]),
}

/// What can be done if a file cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileAdvice {
    /// Raw samples need a format, a rate and a number of channels.
    DescribeRaw,
    /// Read the file as raw samples.
    ReadAsRaw,
    /// Install ffmpeg, which decodes what the library does not.
    InstallFfmpeg,
    /// Fetch a URL with another program and pipe it in.
    PipeUrl(String),
    /// Read a regular file instead of a pipe.
    AvoidPipe,
    /// The recording is complete, under this name.
    KeptAs(PathBuf),
    /// Another process writes to the file: use another name, or end that process.
    ChooseOtherName,
    /// A second signal ends the recording without what has not been written.
    InterruptAgain,
    /// The names of the containers that can be written.
    Containers(Vec<&'static str>),
    /// Let another program encode to this file.
    EncodeElsewhere(PathBuf),
    /// The formats that a container can hold.
    Formats {
        /// The container's title.
        container: &'static str,
        /// The names of its formats.
        formats: Vec<&'static str>,
    },
    /// Write raw samples, which have every format.
    WriteRaw,
    /// The formats that FLAC can hold.
    FlacFormats,
    /// The number of channels that FLAC can hold.
    FlacChannels {
        /// The most there can be.
        max: u32,
    },
    /// The rates that FLAC can hold.
    FlacRates,
    /// Write WAV, which holds formats that FLAC does not.
    WriteWav,
    /// Only FLAC is compressed.
    CompressFlac,
    /// The containers that hold tags.
    TagContainers,
}

/// Something that the user should know, but that does not stop the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What happened, in one line.
    pub message: String,
    /// What can be done about it.
    pub advice: Option<Advice>,
}

impl Warning {
    /// A warning and what can be done about it.
    pub fn with_advice(message: String, advice: impl Into<Advice>) -> Warning {
        Warning {
            message,
            advice: Some(advice.into()),
        }
    }
}

impl From<String> for Warning {
    fn from(message: String) -> Warning {
        Warning {
            message,
            advice: None,
        }
    }
}

impl Advice {
    /// Names that are spelled almost like the one that was not found, nearest first.
    pub fn nearest(names: impl IntoIterator<Item = impl Into<String>>) -> Advice {
        Advice::Nearest(names.into_iter().map(Into::into).collect())
    }
}

impl From<DeviceAdvice> for Advice {
    fn from(advice: DeviceAdvice) -> Advice {
        Advice::Device(advice)
    }
}

impl From<MixerAdvice> for Advice {
    fn from(advice: MixerAdvice) -> Advice {
        Advice::Mixer(advice)
    }
}

impl From<SoundAdvice> for Advice {
    fn from(advice: SoundAdvice) -> Advice {
        Advice::Sound(advice)
    }
}

impl From<FileAdvice> for Advice {
    fn from(advice: FileAdvice) -> Advice {
        Advice::File(advice)
    }
}
