//! Coded sound: symphonia reads the container and, except for Opus, decodes.
//!
//! `media` is an [`Input`] as symphonia wants it; `codec` the table of codecs, and from packets to frames; `tags` what a
//! file says of itself. One file per container opens it and tells what symphonia does not: which of the decoded frames
//! are the sound, and which only padding of the coded ones.

mod adts;
mod aiff;
mod caf;
mod codec;
mod flac;
pub(super) mod guard;
mod losses;
mod matroska;
mod media;
mod mp3;
mod mp4;
mod ogg;
mod opus;
mod runs;
mod source;
mod tags;
mod trail;
pub(super) mod view;
mod vorbis;
mod window;

pub(super) use adts::open as open_adts;
pub(super) use aiff::open as open_aiff;
pub(super) use caf::open as open_caf;
pub(super) use flac::open as open_flac;
pub(super) use matroska::open as open_matroska;
pub(super) use mp3::open as open_mp3;
pub(super) use mp4::open as open_mp4;
pub(super) use ogg::open as open_ogg;

use super::{Container, Input};
use crate::audio::error::{Error, Result};
use crate::audio::metadata::Tags;
use crate::audio::stream::Source;
use guard::guarded;
use media::{Broken, Media, Order, Quota};
use source::Decoded;
use symphonia::core::common::Limit;
use symphonia::core::errors::Error as Trouble;
use symphonia::core::formats::probe::{Hint, Probe, ProbeOptions, ProbeableFormat};
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia::default::meta::{Id3v1Reader, Id3v2Reader};
use trail::Trail;
use window::Edits;

/// Something else than the format may stand before it for so long.
const LONGEST_JUNK: u32 = 64 << 10;

/// What a container says of its sound.
#[derive(Default)]
struct Told {
    /// Frames of the decoder's that are not heard at the beginning.
    skip: Option<u64>,
    /// Frames to be heard, where symphonia does not know or is wrong.
    frames: Frames,
    /// What is cut off each packet.
    edits: Edits,
    /// Bytes of the file.
    bytes: Option<u64>,
    /// What is said where the file's tags say nothing.
    fallback: Tags,
}

/// How many frames there are to be heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Frames {
    /// As many as symphonia says.
    #[default]
    AsFound,
    /// So many, and what is decoded beyond them is padding.
    Exactly(u64),
    /// Nobody knows beforehand.
    Unknown,
}

/// The reader `P` of what is in `stream`; its tags may stand before it.
fn reader_of<P>(
    stream: MediaSourceStream<'static>,
) -> std::result::Result<Box<dyn FormatReader>, Trouble>
where
    for<'a> P: ProbeableFormat<'a>,
{
    let options = ProbeOptions {
        max_probe_depth: LONGEST_JUNK,
        ..ProbeOptions::default()
    };
    let mut probe = Probe::new_with_options(&options);
    probe.register_format::<P>();
    probe.register_metadata::<Id3v2Reader<'_>>();
    probe.register_metadata::<Id3v1Reader<'_>>();
    let pictures = MetadataOptions::default().limit_visual_bytes(Limit::Maximum(0));
    guarded(|| probe.probe(&Hint::new(), stream, FormatOptions::default(), pictures))
}

/// What `P` reads from all of `input`, where the container needs nothing else.
fn open_plain<P>(container: Container, input: Input, order: Order) -> Result<Box<dyn Source>>
where
    for<'a> P: ProbeableFormat<'a>,
{
    let name = input.name().to_owned();
    let quota = Quota::new();
    let told = Told {
        bytes: input.size(),
        ..Told::default()
    };
    let stream = Media::new(input, order, quota.clone()).into_stream();
    open_as::<P>(container, name, stream, quota, told)
}

/// What `P` reads from `input`, which is nothing but packets, with `header` bytes before each.
fn open_packets<P>(
    container: Container,
    input: Input,
    header: usize,
    told: Told,
) -> Result<Box<dyn Source>>
where
    for<'a> P: ProbeableFormat<'a>,
{
    let name = input.name().to_owned();
    let quota = Quota::new();
    let trail = Trail::new(header);
    let told = Told {
        bytes: input.size(),
        edits: Edits::Trail(trail.clone()),
        ..told
    };
    // From first to last: with the end of a file at hand, symphonia would estimate what nothing tells it.
    let media = Media::new(input, Order::Straight, quota.clone());
    open_as::<P>(container, name, media.watched_by(trail), quota, told)
}

/// What `P` reads from `stream`, as a source.
fn open_as<P>(
    container: Container,
    name: String,
    stream: MediaSourceStream<'static>,
    quota: Quota,
    told: Told,
) -> Result<Box<dyn Source>>
where
    for<'a> P: ProbeableFormat<'a>,
{
    let reader = reader_of::<P>(stream).map_err(|trouble| unopened(container, &name, trouble))?;
    Ok(Box::new(Decoded::new(
        container, name, reader, quota, told,
    )?))
}

/// Why a file could not be opened.
fn unopened(container: Container, name: &str, trouble: Trouble) -> Error {
    match trouble {
        Trouble::Unsupported(what) if what.starts_with("core (probe)") => Error::invalid(
            name,
            format!("is broken: it has no frame of {}", container.title()),
        ),
        trouble => told(container, name, 0, trouble),
    }
}

/// An error of symphonia's, after `frames` frames.
fn told(container: Container, name: &str, frames: u64, trouble: Trouble) -> Error {
    let title = container.title();
    match trouble {
        Trouble::IoError(error) => match error.get_ref() {
            Some(inner) if inner.is::<Error>() => {
                match error.into_inner().map(|inner| inner.downcast::<Error>()) {
                    Some(Ok(inner)) => *inner,
                    _ => Error::internal("an error was lost"),
                }
            }
            Some(inner) if inner.is::<Broken>() => Error::invalid(name, inner),
            _ if error.raw_os_error().is_some() => Error::file("read", name, &error),
            _ if frames == 0 => Error::invalid(
                name,
                format!("is broken: the {title} ends before any sound"),
            ),
            _ => Error::invalid(
                name,
                format!("ends early: in the middle of a frame, after {frames}"),
            ),
        },
        Trouble::Unsupported(what) if reason(what).starts_with("missing") => {
            Error::invalid(name, format!("is broken: {}", reason(what)))
        }
        Trouble::Unsupported(what) => {
            let why = format!(
                "is {title} of a kind that is not supported yet ({})",
                reason(what)
            );
            Error::invalid(name, why)
        }
        Trouble::DecodeError(what) | Trouble::LimitError(what) if frames == 0 => {
            Error::invalid(name, format!("is broken: {}", reason(what)))
        }
        Trouble::DecodeError(what) | Trouble::LimitError(what) => Error::invalid(
            name,
            format!("is broken after {frames} frames: {}", reason(what)),
        ),
        trouble => Error::invalid(
            name,
            format!("cannot be read on after {frames} frames: {trouble}"),
        ),
    }
}

/// Symphonia's words, without the part of it that says them.
fn reason(what: &str) -> &str {
    what.split_once(": ").map_or(what, |(_, reason)| reason)
}
