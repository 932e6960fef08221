//! `aloud --version --json`.

use aloud::audio;
use aloud::audio::file::Container;
use schemars::JsonSchema;
use serde::Serialize;

/// What `aloud --version --json` prints.
#[derive(Serialize, JsonSchema)]
pub struct Version {
    /// The program's name.
    name: &'static str,
    /// Its version.
    version: &'static str,
    /// The version of alsa-lib that it runs with.
    alsa_lib: String,
    /// What this program can do.
    features: Features,
}

#[derive(Serialize, JsonSchema)]
struct Features {
    /// File types that it reads itself.
    reads: Vec<&'static str>,
    /// File types that it writes.
    writes: Vec<&'static str>,
    /// Whether ffmpeg is installed, which decodes other file types for it.
    ffmpeg: bool,
}

/// Whether ffmpeg can be found.
pub fn has_ffmpeg() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join("ffmpeg").is_file())
}

impl Version {
    pub fn new() -> Version {
        let names = |wanted: fn(Container) -> bool| {
            let all = Container::all().filter(|container| wanted(*container));
            all.map(Container::name).collect()
        };
        Version {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            alsa_lib: audio::asoundlib_version(),
            features: Features {
                reads: names(Container::is_readable),
                writes: names(Container::is_writable),
                ffmpeg: has_ffmpeg(),
            },
        }
    }
}
