//! Vorbis of more than two channels, by lewton.
//!
//! Symphonia 0.6 undoes the coupling of channels in the order in which it was done, and not from the last step to the
//! first: where steps share a channel, as they do in surround, most channels come out as mixtures of others.

use super::codec::{Codec, FLOAT, Shape};
use crate::audio::channel_map::{ChannelMap, VORBIS_INDICES};
use lewton::audio::{PreviousWindowRight, read_audio_packet_generic};
use lewton::header::{IdentHeader, SetupHeader, read_header_ident, read_header_setup};
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::{Error, Result};
use symphonia::core::io::{BitReaderRtl, ReadBitsRtl};
use symphonia::core::packet::Packet;

/// Bytes of the identification header; the setup header follows, unless both stand in the three parts of Matroska.
const IDENTIFICATION: usize = 30;

/// Where the identification header has the number of channels.
const CHANNELS: usize = 11;

/// Bytes that a header begins with: its kind, and `vorbis`.
const SIGNATURE: usize = 7;

/// Most values in all tables together; those of libvorbis have less than a tenth of that.
const MOST_VALUES: u64 = 1 << 22;

const BROKEN: Error = Error::DecodeError("the header of Vorbis is broken");

pub(super) struct Vorbis {
    ident: IdentHeader,
    setup: SetupHeader,
    /// What overlaps with the next packet.
    overlap: PreviousWindowRight,
    /// Where each channel of a WAV stands among the decoded ones.
    order: &'static [usize],
}

impl Vorbis {
    fn new(ident: &[u8], setup: &[u8]) -> Result<Vorbis> {
        let ident = read_header_ident(ident).map_err(|_| BROKEN)?;
        let order = usize::from(ident.audio_channels).checked_sub(1);
        let Some(order) = order.and_then(|at| VORBIS_INDICES.get(at)) else {
            return Err(Error::Unsupported("Vorbis of more than eight channels"));
        };
        let blocks = (ident.blocksize_0, ident.blocksize_1);
        let setup = read_header_setup(setup, ident.audio_channels, blocks);
        let setup = setup.map_err(|_| BROKEN)?;
        Ok(Vorbis {
            ident,
            setup,
            overlap: PreviousWindowRight::new(),
            order,
        })
    }
}

/// A decoder of what has more than two channels; `None` leaves it to symphonia.
///
/// # Errors
/// Where the headers are broken, or a few bytes of them claim tables that are larger than anybody's: looked at before any
/// decoder sees them.
pub(super) fn of_surround(params: &AudioCodecParameters) -> Result<Option<Vorbis>> {
    let headers = headers(params.extra_data.as_deref().unwrap_or_default());
    let (ident, setup) = headers.ok_or(BROKEN)?;
    check_tables(setup)?;
    match ident.get(CHANNELS) {
        Some(3..) => Vorbis::new(ident, setup).map(Some),
        _ => Ok(None),
    }
}

/// The codebooks stand first in the setup header (Vorbis I, 3.2.1), and decoders make a table of each.
fn check_tables(setup: &[u8]) -> Result<()> {
    let mut bits = BitReaderRtl::new(setup.get(SIGNATURE..).unwrap_or_default());
    let mut values = 0;
    for _ in 0..=bits.read_bits_leq32(8)? {
        values += table(&mut bits)?;
        if values > MOST_VALUES {
            return Err(Error::LimitError("the codebooks of Vorbis are too large"));
        }
    }
    Ok(())
}

/// Passes over a codebook, and gives how many values its table has.
fn table(bits: &mut BitReaderRtl) -> Result<u64> {
    bits.ignore_bits(24)?;
    let (dimensions, entries) = (bits.read_bits_leq32(16)?, bits.read_bits_leq32(24)?);
    let size = u64::from(entries) * u64::from(dimensions.max(1));
    if size > MOST_VALUES {
        return Ok(size);
    }
    pass_lengths(bits, entries)?;
    let values = match bits.read_bits_leq32(4)? {
        0 => return Ok(entries.into()),
        1 => roots(entries, dimensions),
        _ => size,
    };
    bits.ignore_bits(64)?;
    let width = bits.read_bits_leq32(4)? + 1;
    bits.ignore_bits(1)?;
    for _ in 0..values {
        bits.ignore_bits(width)?;
    }
    Ok(size)
}

/// Passes over the lengths of a codebook's words.
fn pass_lengths(bits: &mut BitReaderRtl, entries: u32) -> Result<()> {
    if bits.read_bool()? {
        bits.ignore_bits(5)?;
        let mut left = entries;
        while left > 0 {
            let width = u32::BITS - left.leading_zeros();
            left = left.saturating_sub(bits.read_bits_leq32(width)?);
        }
        return Ok(());
    }
    let sparse = bits.read_bool()?;
    for _ in 0..entries {
        if !sparse || bits.read_bool()? {
            bits.ignore_bits(5)?;
        }
    }
    Ok(())
}

/// The greatest number whose power of `dimensions` is not above `entries`.
fn roots(entries: u32, dimensions: u32) -> u64 {
    let fits = |root: &u64| {
        root.checked_pow(dimensions)
            .is_some_and(|power| power <= entries.into())
    };
    (1..=u64::from(entries))
        .take_while(fits)
        .last()
        .unwrap_or(0)
}

/// The headers of identification and setup.
fn headers(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match bytes.split_first()? {
        // Three parts, with the lengths of the first two in front of them.
        (2, mut rest) => {
            let (first, second) = (length(&mut rest)?, length(&mut rest)?);
            Some((rest.get(..first)?, rest.get(first + second..)?))
        }
        _ => bytes.split_at_checked(IDENTIFICATION),
    }
}

/// A length as Ogg laces it: the sum of the bytes up to the first that is not 255.
fn length(bytes: &mut &[u8]) -> Option<usize> {
    let mut sum = 0;
    loop {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        sum += usize::from(*first);
        if *first < u8::MAX {
            return Some(sum);
        }
    }
}

impl Codec for Vorbis {
    fn channel_map(&self) -> Option<ChannelMap> {
        ChannelMap::default_for_files(self.order.len() as u32)
    }

    fn decode(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Shape> {
        frames.clear();
        let decoded: std::result::Result<Vec<Vec<f32>>, _> =
            read_audio_packet_generic(&self.ident, &self.setup, &packet.data, &mut self.overlap);
        let Ok(planes) = decoded else {
            return Err(Error::DecodeError("a packet of Vorbis is broken"));
        };
        let cut = |frames: u64| usize::try_from(frames).unwrap_or(usize::MAX);
        let count = planes.first().map_or(0, Vec::len);
        let end = count.saturating_sub(cut(packet.trim_end.get()));
        (cut(packet.trim_start.get())..end).for_each(|frame| {
            let samples = self.order.iter().map(|plane| planes[*plane][frame]);
            frames.extend(samples.flat_map(f32::to_ne_bytes));
        });
        Ok(Shape {
            format: FLOAT,
            rate: self.ident.audio_sample_rate,
            channels: self.order.len() as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A setup header with one codebook of so many dimensions and entries, and `rest` behind them.
    fn setup(dimensions: u16, entries: u32, rest: &[u8]) -> Vec<u8> {
        let head = b"\x05vorbis\0BCV".as_slice();
        let entries = &entries.to_le_bytes()[..3];
        [head, &dimensions.to_le_bytes(), entries, rest].concat()
    }

    #[test]
    fn tables_that_nobody_has_are_refused_before_there_is_one() {
        for (dimensions, entries) in [(u16::MAX, 0xff_ffff), (32, 0x4_0000), (0, 0xff_ffff)] {
            let error = check_tables(&setup(dimensions, entries, &[0; 64])).unwrap_err();
            assert!(matches!(error, Error::LimitError(_)), "{error}");
        }
        // All words are one bit long, and there is no table; then: no table in sight.
        check_tables(&setup(1, 2, &[0b1000_0001, 0, 0])).unwrap();
        check_tables(&setup(1, 2, &[])).unwrap_err();
        check_tables(b"\x05vorbis").unwrap_err();
    }

    #[test]
    fn the_root_of_the_entries_is_rounded_down() {
        assert_eq!((roots(81, 4), roots(80, 4), roots(5, 1)), (3, 2, 5));
        assert_eq!((roots(0, 2), roots(u32::MAX >> 8, 32)), (0, 1));
    }

    #[test]
    fn the_headers_are_found_in_ogg_and_in_matroska() {
        let (ident, setup) = ([7; IDENTIFICATION], [9; 3]);
        let plain = [&ident[..], &setup].concat();
        assert_eq!(headers(&plain), Some((&ident[..], &setup[..])));
        let comment = [8; 300];
        let laced = [&[2, 30, 255, 45], &ident[..], &comment, &setup].concat();
        assert_eq!(headers(&laced), Some((&ident[..], &setup[..])));
        assert_eq!(headers(&laced[..40]), None);
        assert_eq!(headers(&[2, 255, 255]), None);
    }
}
