//! One entry of a playlist.

use super::uri::file_uri;
use crate::audio::error::{Error, Kind};
use std::path::PathBuf;

/// One thing to play.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where it is.
    pub place: Place,
    /// The part of it that is played, in CD frames (1/75 s); all of it if `None`.
    pub part: Option<TrackRange>,
    /// Its title and artist, where the playlist has them for a part of a file.
    pub tags: Vec<(&'static str, String)>,
}

/// Where an entry is.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A file; `-` is standard input.
    File(PathBuf),
    /// An `http` or `https` address.
    Url(String),
    /// A folder or playlist that has nothing to play.
    Unplayable {
        /// Its name.
        name: String,
        /// The kind of the error.
        kind: Kind,
        /// The message that says why.
        why: String,
    },
}

/// A track of a cue sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrackRange {
    /// Where it starts, in CD frames (1/75 s).
    pub start: u64,
    /// Where it ends; at the end of the file if `None`.
    pub end: Option<u64>,
}

/// CD frames in a second.
pub(super) const CD_FRAMES: u64 = 75;

impl Entry {
    /// The whole of a place.
    pub fn whole(place: Place) -> Entry {
        Entry {
            place,
            part: None,
            tags: Vec::new(),
        }
    }

    /// A folder or playlist called `name` that has nothing to play because of `error`.
    pub(super) fn unplayable(name: String, error: &Error) -> Entry {
        Entry::whole(Place::Unplayable {
            name,
            kind: error.kind(),
            why: error.to_string(),
        })
    }

    /// The entry for `path`, which may be a URL. A `file:` URI is the file that it names, unless there is a file of that name.
    pub fn of_path(path: PathBuf) -> Entry {
        Entry::whole(match path.to_str() {
            Some(text) if is_url(text) => Place::Url(text.to_owned()),
            Some(text) => match file_uri(text).filter(|_| !path.exists()) {
                Some(named) => Place::File(named),
                None => Place::File(path),
            },
            None => Place::File(path),
        })
    }
}

/// Whether `text` is an address that can be played.
pub(super) fn is_url(text: &str) -> bool {
    let scheme = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    scheme.starts_with("http://") || scheme.starts_with("https://")
}
