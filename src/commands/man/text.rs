//! What the manual says and no option does.

/// A piece of a section.
pub enum ManBlock {
    /// A paragraph.
    Text(&'static str),
    /// A term and what it means.
    Item(&'static str, &'static str),
    /// Lines as they stand.
    Verbatim(&'static str),
}

use ManBlock::{Item, Text, Verbatim};

/// Every exit status, and what it tells.
pub const STATUSES: &[(u8, &str)] = &[
    (0, "done"),
    (1, "it failed in a way not named here"),
    (
        2,
        "the command line is wrong, or a value in it can never be valid",
    ),
    (3, "there is no such card, device, control or file"),
    (4, "no permission"),
    (5, "the device is busy"),
    (6, "the device cannot do what was asked"),
    (7, "the device went away"),
    (8, "an underrun or overrun, under --fatal-errors"),
    (9, "a verification failed"),
    (
        10,
        "a file, disk or pipe: broken input, no space, reading or writing failed",
    ),
];

/// How else it may end.
pub const SIGNALS: &str =
    "Ended by a signal, it dies of that signal, so that a shell sees 128 and the signal's number.";

/// The statuses as the end of `--help`.
pub fn statuses() -> String {
    let rows = STATUSES
        .iter()
        .map(|(status, meaning)| format!("\n{status:>4}  {meaning}"));
    format!("Exit status:{}\n{SIGNALS}", rows.collect::<String>())
}

pub const ENVIRONMENT: &[ManBlock] = &[
    Item(
        "ALOUD_DEVICE",
        "The PCM (for mixers and mixer, the ctl) that commands open where no --device (-D) and no --card is given. \
         Otherwise: default.",
    ),
    Item(
        "NO_COLOR",
        "Set to anything but nothing, it turns colour off, unless --color says otherwise.",
    ),
    Item(
        "ALSA_CONFIG_PATH",
        "Read by alsa-lib: its configuration, instead of the system's. What a PCM's name means is decided there, and in \
         /etc/asound.conf and ~/.asoundrc.",
    ),
];

pub const JSON: &[ManBlock] = &[
    Text(
        "With --json, a command that lists or tells something prints one document to standard output, and one that \
         moves sound an event stream: one object a line, written at once, \"event\" first. Nothing in it depends on \
         the locale. What is unknown is null, never left out. Sizes are in frames unless the key names a unit.",
    ),
    Item(
        "start",
        "The device is open: device, requested and realised (each format, rate, channels), conversion (what is done \
         between the two; null where every bit passes as it is), period_size, buffer_size, access.",
    ),
    Item(
        "file",
        "A file was opened or finished: name, state (opened, finished), spec, frames (all there will be, or all that \
         were given).",
    ),
    Item(
        "progress",
        "A second has passed: frames and seconds heard so far, total, peak_dbfs (of each channel, since the last \
         one), xruns.",
    ),
    Item(
        "xrun",
        "The device ran dry: frames_lost, and ms, the length of the gap.",
    ),
    Item(
        "speaker",
        "A channel begins to be heard by itself (tone): channel (counted from 1), position (FL) and name (Front Left) \
         where the device tells them, frames heard before it.",
    ),
    Item("pause, resume", "It stands still, or goes on: frames."),
    Item(
        "end",
        "It is over: frames, seconds, xruns, frames_lost, why (finished, quit, SIGINT, SIGTERM, SIGHUP, error).",
    ),
    Text("An error is one object on standard error:"),
    Verbatim(
        r#"{"error":{"kind":"busy","device":"hw:0","file":null,"message":"...",
          "hint":"...","holders":[{"pid":1234,"program":"...","user":"..."}]}}"#,
    ),
    Text(
        "kind is one of usage, not_found, permission, busy, unsupported, disconnected, xrun, verification, \
         invalid_input, no_space, io, internal. holders is there where the kind is busy.",
    ),
];
