//! Which module reads and writes each container: one row each.

use super::container::Container;
#[cfg(feature = "coded")]
use super::decode;
#[cfg(feature = "flac")]
use super::flac;
use super::input::Input;
use super::options::ReadOptions;
use super::writer::ContainerWriter;
use super::{aiff, au, raw, voc, w64, wav};
use crate::audio::error::Result;
use crate::audio::stream::Source;

/// Opens an input of a known container.
pub(super) type OpenFn = fn(Input, &ReadOptions) -> Result<Box<dyn Source>>;

/// A row: a container, what reads it, and what writes it.
type RegistryRow = (
    Container,
    Option<OpenFn>,
    Option<&'static dyn ContainerWriter>,
);

const FLAC_READER: Option<OpenFn> = {
    #[cfg(feature = "coded")]
    let reader: Option<OpenFn> = Some(decode::flac::open);
    #[cfg(not(feature = "coded"))]
    let reader = None;
    reader
};

const FLAC_WRITER: Option<&'static dyn ContainerWriter> = {
    #[cfg(feature = "flac")]
    let writer: Option<&'static dyn ContainerWriter> = Some(&flac::FLAC_WRITER);
    #[cfg(not(feature = "flac"))]
    let writer = None;
    writer
};

/// Containers without a row can neither be read nor written.
#[rustfmt::skip]
static TABLE: &[RegistryRow] = &[
    (Container::Wav, Some(wav::open), Some(&wav::header::WAV)),
    (Container::Rf64, Some(wav::open), Some(&wav::header::RF64)),
    (Container::W64, Some(w64::open), Some(&w64::W64)),
    (Container::Raw, Some(raw::open), Some(&raw::RAW)),
    (Container::Voc, Some(voc::open), Some(&voc::VOC)),
    (Container::Au, Some(au::open), Some(&au::AU)),
    (Container::Flac, FLAC_READER, FLAC_WRITER),
    #[cfg(feature = "coded")]
    (Container::Ogg, Some(decode::ogg::open), None),
    (Container::Aiff, Some(aiff::open), None),
    #[cfg(feature = "coded")]
    (Container::Caf, Some(decode::caf::open), None),
    #[cfg(feature = "coded")]
    (Container::Mp4, Some(decode::mp4::open), None),
    #[cfg(feature = "coded")]
    (Container::Matroska, Some(decode::matroska::open), None),
    #[cfg(feature = "coded")]
    (Container::Mp3, Some(decode::mpa::open), None),
    #[cfg(feature = "coded")]
    (Container::Mp2, Some(decode::mpa::open), None),
    #[cfg(feature = "coded")]
    (Container::Adts, Some(decode::adts::open), None),
];

fn row(container: Container) -> Option<&'static RegistryRow> {
    TABLE.iter().find(|row| row.0 == container)
}

/// What reads files of `container`, if anything does.
pub(super) fn reader_of(container: Container) -> Option<OpenFn> {
    row(container)?.1
}

/// What writes files of `container`, if anything does.
pub(crate) fn writer_of(container: Container) -> Option<&'static dyn ContainerWriter> {
    row(container)?.2
}

impl Container {
    /// Whether files of this container can be read.
    pub fn is_readable(self) -> bool {
        reader_of(self).is_some()
    }

    /// Whether files of this container can be written.
    pub fn is_writable(self) -> bool {
        writer_of(self).is_some()
    }
}
