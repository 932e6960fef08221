//! Parts of the manual that are not generated from the clap definitions.

use aloud::audio::error::Kind;

/// Part of a section.
pub enum ManBlock {
    /// A paragraph.
    Text(&'static str),
    /// A term and its explanation.
    Item(&'static str, &'static str),
    /// Lines that are not filled.
    Verbatim(&'static str),
}

use ManBlock::{Item, Text, Verbatim};

/// What each exit status above 0 means, by one of the kinds of error that have it.
const FAILURES: &[(Kind, &str)] = &[
    (Kind::Internal, "other failure"),
    (Kind::Usage, "usage error: unknown option or invalid value"),
    (Kind::NotFound, "no such card, device, control or file"),
    (Kind::Permission, "permission denied"),
    (Kind::Busy, "device busy"),
    (Kind::Unsupported, "not supported by the device"),
    (Kind::Disconnected, "device disconnected"),
    (Kind::Xrun, "xrun with --fatal-errors"),
    (Kind::Verification, "verification failed"),
    (
        Kind::Io,
        "file, disk or pipe error: invalid input, no space, failed read or write",
    ),
];

/// Every exit status and its meaning.
pub fn statuses() -> impl Iterator<Item = (u8, &'static str)> {
    let failures = FAILURES.iter();
    let failures = failures.map(|(kind, meaning)| (kind.exit_status(), *meaning));
    std::iter::once((0, "success")).chain(failures)
}

/// What the exit status is after a signal.
pub const SIGNALS: &str = "aloud re-raises the signal that ended it, so a shell sees 128 plus the signal number. \
     record without --duration and --samples is different: INT, TERM and HUP are the way to stop it, and the status is 0.";

/// The statuses for the end of `--help`.
pub fn statuses_help() -> String {
    let rows = statuses().map(|(status, meaning)| format!("\n{status:>4}  {meaning}"));
    format!("Exit status:{}\n{SIGNALS}", rows.collect::<String>())
}

pub const ENVIRONMENT: &[ManBlock] = &[
    Item(
        "ALOUD_DEVICE",
        "Default of --device (-D). For mixers and mixer, a PCM such as hw:1,0 stands for the mixer of its card. If it is \
         not set or empty, the device is default.",
    ),
    Item(
        "NO_COLOR",
        "If set and not empty, disables color, unless --color says otherwise.",
    ),
    Item(
        "ALSA_CONFIG_PATH",
        "Read by alsa-lib: a configuration file to use instead of the system's. The configuration, which includes \
         /etc/asound.conf and ~/.asoundrc, defines the PCM names.",
    ),
];

pub const JSON: &[ManBlock] = &[
    Text(
        "With --json, commands that list or show something print one JSON document to standard output. Commands that \
         transfer sound print an event stream: one object per line, flushed, with \"event\" first. It goes to standard \
         error if standard output carries sound. The output does not depend on the locale. Unknown values are null. \
         Sizes are in frames unless the key names a unit. A key means the same in all commands. `aloud schema COMMAND` prints \
         the JSON Schema of a command's output.",
    ),
    Item(
        "start",
        "The device is open: device, direction, requested and configured (format, rate and channels of each), conversion \
         (how one is converted to the other; null if samples pass unchanged), period_size, buffer_size, access, \
         realtime and memory_locked (of the thread of the device). A loopback adds capture and playback (the same keys for each device), latency_frames and latency_ms.",
    ),
    Item(
        "file",
        "A file was opened, finished or, with record --keep, deleted: name, state (opened, finished, deleted), path \
         (absolute: finished), spec, frames and seconds (opened: total; finished: read or written), title, artist, codec and decoder \
         (opened), bytes (its size: finished or deleted), peak_dbfs (per channel, as stored: finished), start_time (when its first frame was captured, in RFC 3339 with milliseconds: of a recording, once it is \
         known).",
    ),
    Item(
        "progress",
        "Once per second: frames and seconds so far, total_frames, current_file (played: name, index from 1, count of the list, \
         seconds, total_seconds; otherwise null), peak_dbfs (per channel, since the last progress event; -99999.99 for \
         silence, null for a format without a full scale), xruns. A loopback adds latency_frames, latency_ms, drift_ppm, \
         ratio (frames played per frame captured) and fill_frames (waiting between the devices).",
    ),
    Item(
        "xrun",
        "An underrun or overrun: frames_lost and ms, the length of the gap, side (playback or capture of a loopback, \
         otherwise null), device (with several -D, otherwise null).",
    ),
    Item(
        "seek, volume",
        "A key changed the position: frames played so far, file and seconds, the new position. A key changed the volume: \
         gain_db.",
    ),
    Item(
        "lost, back",
        "--on-lost waits for a device that went away: device, frames so far. It is back: device (its name now), gap_frames, \
         gap_seconds.",
    ),
    Item(
        "drift",
        "The clocks of a loopback's devices, or of several -D, differ: device (with several -D, otherwise null), drift_ppm, \
         ratio, resampling (whether it is corrected). Sent once for each device.",
    ),
    Item(
        "sound",
        "loopback --on-sound starts or stops playing: playing, frames captured so far.",
    ),
    Item(
        "speaker",
        "tone moves to the next speaker: index (of its channel, counted from 0), channel (Front Left) and position (FL) if \
         the device reports them, frames played before it.",
    ),
    Item(
        "timestamp",
        "record --timestamps: frames captured so far, tstamp (the device's clock in seconds).",
    ),
    Item(
        "pause, resume",
        "The transfer was paused or resumed: frames so far.",
    ),
    Item(
        "end",
        "The transfer has ended: frames, seconds, xruns, frames_lost, clipped_samples, events_dropped (because \
         the output was not read in time), why (finished, quit, SIGINT, SIGTERM, SIGHUP, stdout_closed, error).",
    ),
    Text(
        "With several -D, start, progress and end have devices: an array with an object for each device.",
    ),
    Text("An error is one object on standard error:"),
    Verbatim(
        r#"{"error":{"kind":"busy","device":"hw:0","file":null,"message":"...",
          "hint":"...","holders":[{"pid":1234,"program":"...","user":"..."}]}}"#,
    ),
    Text(
        "kind is one of usage, not_found, permission, busy, unsupported, disconnected, xrun, verification, \
         invalid_input, no_space, io, internal. Only busy errors have holders: the processes that use the device.",
    ),
];

/// A section of one command's page: its title and content.
pub type ManSection = (&'static str, &'static [ManBlock]);

/// Sections of a command's page, after its options.
pub fn sections(command: &str) -> &'static [ManSection] {
    match command {
        "record" => RECORD,
        _ => &[],
    }
}

const RECORD: &[ManSection] = &[
    (
        "KEEPING FILES",
        &[
            Text(
                "--keep deletes a file only if this recording finished it: in this process, or in an earlier one that had the \
                 same FILE (and also --keep), so that a restarted recorder continues where it left off. The list of these files, with \
                 their inodes and sizes, is a hidden file in the folder of FILE, or of the part of a strftime pattern before \
                 the first conversion: .FILE.keep. A file that was moved, replaced or changed in size is left alone, and so is \
                 everything without an entry in the list. Without the list, the files of earlier processes are left alone.",
            ),
            Text(
                "Files are deleted once a new file is finished, even if a --run-after-file command still uses them. A file \
                 that cannot be deleted is reported in a warning. What a crash leaves unfinished (NAME.part) stays. Ages of files of the same process do not depend on the system's clock.",
            ),
        ],
    ),
    (
        "RUNNING AS A SERVICE",
        &[
            Text(
                "A recorder needs neither a home directory nor a terminal nor D-Bus. This systemd unit, \
                 /etc/systemd/system/recorder.service, records hourly files and keeps them for 30 days. systemd reads %% as %.",
            ),
            Verbatim(
                r#"[Unit]
Description=Record the first device of card 0
After=sound.target

[Service]
ExecStart=/usr/bin/aloud record -D hw:0 --max-file-time 1h --use-strftime --keep 30d --on-lost wait /var/lib/recorder/%%Y-%%m-%%d/%%H%%M%%S.flac
DynamicUser=yes
SupplementaryGroups=audio
StateDirectory=recorder
Restart=always
RestartSec=10

[Install]
WantedBy=multi-user.target"#,
            ),
            Text(
                "Warnings, the names of files and, after midnight, a line about each day are in the journal: journalctl -u \
                 recorder. systemctl stop completes the file. systemctl kill -s USR1 recorder starts the next one.",
            ),
        ],
    ),
];
