//! Shared helpers: a directory per test with PCMs that end in files, running programs in it, and hand-made sound files.

mod program;
mod recording;
mod schema;
mod sound;
mod terminal;
mod wav;

pub use program::{Outcome, Program, Running};
pub use recording::{
    CHANNELS, FRAME, FRAMES, HEADER, LiveMic, assert_same, be32, byte_swapped, events, file_events,
    file_names, joined, le32, le64, read_back, record, wav_data, with_mic_input,
};
pub use schema::check as check_schema;
pub use sound::{MONO, S24, fit_sine, s16_samples, s32_samples, sine, six_channel_wav};
pub use terminal::Terminal;
pub use wav::{
    CD, Layout, STEREO, chunk, chunk_claiming, extensible, fmt, form, noise, riff, silence, wav,
    wav_claiming, wav_with_metadata,
};

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Far longer than any test takes, even on a busy machine. Only a hang reaches it.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// Waits until `condition` is true; panics after [`TIMEOUT`].
#[track_caller]
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition() {
        assert!(Instant::now() < deadline, "timed out waiting for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// PCMs without hardware. Everything played through `default`, `tap` and the PCMs above them is in a file, byte for byte.
///
/// - `default` and `tap` take every format, rate and channel count; `tap` is listed. `linear` takes no floats, `stereo`
///   takes only two channels.
/// - `plugged` converts everything to S16_LE, 44.1 kHz, stereo, by alsa-lib.
/// - `crossed` has the channel map FR,FL.
/// - `mic` captures the contents of `in.raw`.
///
/// With alsa-lib's conversions disabled, these support only one format, rate and channel count: `hifi` S32_LE, 48 kHz,
/// stereo; `monaural` S16_LE, 48 kHz, mono; `surround` S16_LE, 48 kHz, 5.1 in the kernel's channel order; `mic48` (a
/// `mic`) S16_LE, 48 kHz, stereo.
const CONFIGURATION: &str = r#"
</usr/share/alsa/alsa.conf>
pcm.!default { type file slave.pcm null file "DIR/default.raw" format raw }
pcm.tap {
    type file
    slave.pcm null
    file "DIR/tap.raw"
    format raw
    hint { show on description "A tap
for tests" }
}
pcm.linear { type linear slave { pcm tap format S16_LE } }
pcm.stereo {
    type multi
    slaves.a { pcm tap channels 2 }
    bindings { 0 { slave a channel 0 } 1 { slave a channel 1 } }
}
pcm.plugged { type plug slave { pcm tap format S16_LE rate 44100 channels 2 } }
pcm.crossed { type file slave.pcm { type null chmap [ "FR,FL" ] } file "DIR/tap.raw" format raw }
pcm.hifi { type plug slave { pcm tap format S32_LE rate 48000 channels 2 } }
pcm.monaural { type plug slave { pcm tap format S16_LE rate 48000 channels 1 } }
pcm.map51 {
    type file
    slave.pcm { type null chmap [ "FL,FR,RL,RR,FC,LFE" ] }
    file "DIR/tap.raw"
    format raw
}
pcm.surround { type plug slave { pcm map51 format S16_LE rate 48000 channels 6 } }
pcm.mic48 { type plug slave { pcm mic format S16_LE rate 48000 channels 2 } }
pcm.mic51 {
    type file
    slave.pcm { type null chmap [ "FL,FR,RL,RR,FC,LFE" ] }
    file "/dev/null"
    infile "DIR/in.raw"
    format raw
}
pcm.mic { type file slave.pcm null file "/dev/null" infile "DIR/in.raw" format raw }
"#;

/// A directory for one test, with an alsa-lib configuration in it. It is removed unless the test fails.
pub struct Dir(PathBuf);

impl Dir {
    /// An empty directory.
    pub fn new() -> Dir {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        let dir = Dir(path);
        let path = dir
            .0
            .to_str()
            .expect("the path of the target directory is UTF-8");
        dir.write("alsa.conf", CONFIGURATION.replace("DIR", path));
        dir
    }

    /// A directory that another process created and will remove.
    fn borrowed(path: PathBuf) -> std::mem::ManuallyDrop<Dir> {
        std::mem::ManuallyDrop::new(Dir(path))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of `name` in it.
    pub fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file into it.
    pub fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        fs::write(self.at(name), bytes).unwrap();
    }

    /// The contents of a file in it; empty if there is no such file.
    pub fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        fs::read(self.at(name)).unwrap_or_default()
    }

    /// Creates a FIFO in it.
    pub fn fifo(&self, name: &str) -> PathBuf {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let path = self.at(name);
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        path
    }

    /// `aloud` with these arguments, to be run here.
    pub fn aloud<W: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = W>) -> Program {
        self.program(env!("CARGO_BIN_EXE_aloud"), args)
    }

    /// `aloud play -D tap` with more arguments.
    pub fn play<W: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = W>) -> Program {
        self.aloud(["play", "-D", "tap"]).args(args)
    }

    /// Any program with these arguments, to be run here.
    pub fn program<W: AsRef<std::ffi::OsStr>>(
        &self,
        program: impl AsRef<std::ffi::OsStr>,
        args: impl IntoIterator<Item = W>,
    ) -> Program {
        Program::new(program.as_ref(), self.path()).args(args)
    }

    /// The bytes played through `tap` since the last call.
    #[track_caller]
    pub fn played(&self) -> Vec<u8> {
        let played = self.read("tap.raw");
        let _ = fs::remove_file(self.at("tap.raw"));
        played
    }

    /// Asserts that exactly `sound` was played through `tap`. On failure it prints where they differ, not all bytes.
    #[track_caller]
    pub fn assert_played(&self, sound: &[u8], what: &str) {
        let played = self.played();
        let same = played.iter().zip(sound).take_while(|(a, b)| a == b).count();
        assert!(
            played == sound,
            "{what}: {} bytes were played instead of {}; the first difference is at byte {same}",
            played.len(),
            sound.len()
        );
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// The path of a file in `tests/data`.
pub fn data_path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/data", name]
        .iter()
        .collect()
}

/// The bytes of a file in `tests/data`.
pub fn data(name: &str) -> Vec<u8> {
    fs::read(data_path(name)).unwrap()
}

/// The keys of a JSON object, in order.
#[track_caller]
pub fn keys(value: &serde_json::Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

/// Set in a test process started by [`with_pcms`].
const CHILD: &str = "ALOUD_TEST_DIR";

/// Runs a test of the library in a child process, in which alsa-lib knows the PCMs of a [`Dir`]. A process cannot safely
/// change its own environment, and an abort in the child does not end the other tests.
///
/// `body` must be a closure written in the test function, because the name of the test is taken from its type.
#[track_caller]
pub fn with_pcms<F: FnOnce(&Dir)>(body: F) {
    if let Some(path) = std::env::var_os(CHILD) {
        return body(&Dir::borrowed(path.into()));
    }
    let closure = std::any::type_name::<F>();
    let test = closure
        .strip_suffix("::{{closure}}")
        .and_then(|path| path.split_once("::"))
        .map(|(_, test)| test)
        .expect("a closure in a test function");
    let dir = Dir::new();
    let outcome = dir
        .program(
            std::env::current_exe().unwrap(),
            [test, "--exact", "--nocapture"],
        )
        .env(CHILD, dir.path())
        .run();
    let ran = outcome.stdout().contains("1 passed");
    assert!(outcome.status.success() && ran, "{outcome}");
}
