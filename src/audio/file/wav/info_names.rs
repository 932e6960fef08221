//! The ids of tags in `INFO` lists (WAV) and summary lists (Wave64).

const NAMES: &[(&[u8; 4], &str)] = &[
    (b"INAM", "title"),
    (b"IART", "artist"),
    (b"IPRD", "album"),
    (b"ICMT", "comment"),
    (b"ICRD", "date"),
    (b"IGNR", "genre"),
    (b"ITRK", "track"),
    (b"IPRT", "track"),
    (b"ICOP", "copyright"),
    (b"ISFT", "encoder"),
    (b"IENG", "engineer"),
    (b"ILNG", "language"),
];

/// The id of the tag `name`. The error completes `TITLE …`.
pub(in crate::audio::file) fn id_of(name: &str) -> Result<&'static [u8; 4], String> {
    let row = NAMES.iter().find(|(_, known)| *known == name);
    row.map(|(id, _)| *id)
        .ok_or_else(|| format!("cannot store a tag '{name}'"))
}

/// The tag name for `id`; the id itself if it is unknown.
pub(in crate::audio::file) fn name_of(id: &[u8; 4]) -> String {
    let row = NAMES.iter().find(|(known, _)| *known == id);
    row.map_or_else(
        || String::from_utf8_lossy(id).into_owned(),
        |(_, name)| (*name).to_owned(),
    )
}
