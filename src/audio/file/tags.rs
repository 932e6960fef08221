//! What a file says of its sound in words.

/// Title, artist and comment, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// What it is called.
    pub title: Option<String>,
    /// Who is heard.
    pub artist: Option<String>,
    /// Anything else.
    pub comment: Option<String>,
}

/// How the containers name a tag.
pub(super) struct Key {
    /// In words, as AU and (in any case) FLAC have it.
    pub(super) name: &'static str,
    /// As the `INFO` of RIFF has it, and the summary of Wave64.
    pub(super) riff: &'static [u8; 4],
}

#[rustfmt::skip]
static TITLE: Key = Key { name: "title", riff: b"INAM" };
#[rustfmt::skip]
static ARTIST: Key = Key { name: "artist", riff: b"IART" };
#[rustfmt::skip]
static COMMENT: Key = Key { name: "comment", riff: b"ICMT" };

impl Tags {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.known().next().is_none()
    }

    /// What is known. An empty text says nothing.
    pub(super) fn known(&self) -> impl Iterator<Item = (&'static Key, &str)> {
        let all = [
            (&TITLE, &self.title),
            (&ARTIST, &self.artist),
            (&COMMENT, &self.comment),
        ];
        all.into_iter()
            .filter_map(|(key, text)| Some((key, text.as_deref()?)))
            .filter(|(_, text)| !text.is_empty())
    }
}
