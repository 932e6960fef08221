//! Vorbis with more than two channels, decoded with lewton.
//!
//! symphonia 0.6.1 applies the inverse coupling steps in forward instead of reverse order (Vorbis I, 4.3.5). If steps
//! share a channel, as in surround streams, most channels come out mixed with others (not reported upstream).

use super::decoder::{FLOAT, PacketDecoder};
use crate::audio::channel_map::{ChannelMap, VORBIS_INDICES};
use crate::audio::file::catch_panic::catch_panic;
use crate::audio::spec::Spec;
use lewton::audio::{PreviousWindowRight, get_decoded_sample_count, read_audio_packet_generic};
use lewton::header::{IdentHeader, SetupHeader, read_header_ident, read_header_setup};
use std::sync::Arc;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::{Error, Result};
use symphonia::core::io::{BitReaderRtl, ReadBitsRtl};
use symphonia::core::packet::Packet;

/// Bytes of the identification header. The setup header follows it, except in Matroska's format of three headers.
const IDENTIFICATION: usize = 30;

/// Offset of the number of channels in the identification header.
const CHANNELS: usize = 11;

/// Bytes of the signature of a header: its type, and `vorbis`.
const SIGNATURE: usize = 7;

/// Maximum values in all codebooks together; libvorbis uses less than a tenth. lewton 0.10.2 allocates whatever a
/// header claims (RustAudio/lewton#41), and so does symphonia 0.6.1 (not reported upstream).
const MAX_CODEBOOK_VALUES: u64 = 1 << 22;

const CORRUPT_HEADER: Error = Error::DecodeError("the Vorbis header is corrupt");

pub(super) struct Vorbis {
    ident: IdentHeader,
    setup: SetupHeader,
    /// The part of the last packet that overlaps with the next.
    overlap: PreviousWindowRight,
    /// The decoded channel of each channel in WAV order.
    order: &'static [usize],
}

impl Vorbis {
    fn new(ident: &[u8], setup: &[u8]) -> Result<Vorbis> {
        let ident = read_header_ident(ident).map_err(|_| CORRUPT_HEADER)?;
        let order = usize::from(ident.audio_channels).checked_sub(1);
        let Some(order) = order.and_then(|at| VORBIS_INDICES.get(at)) else {
            return Err(Error::Unsupported("Vorbis of more than eight channels"));
        };
        let blocks = (ident.blocksize_0, ident.blocksize_1);
        let setup = read_header_setup(setup, ident.audio_channels, blocks);
        let setup = setup.map_err(|_| CORRUPT_HEADER)?;
        Ok(Vorbis {
            ident,
            setup,
            overlap: PreviousWindowRight::new(),
            order,
        })
    }
}

/// The lengths of packets, which depend on their block sizes and need no decoding.
#[derive(Clone)]
pub(super) struct VorbisBlocks {
    headers: Arc<(IdentHeader, SetupHeader)>,
    /// Samples of the last block.
    last: Option<u64>,
}

impl VorbisBlocks {
    /// `None` for corrupt headers.
    pub(super) fn new(params: &AudioCodecParameters) -> Option<VorbisBlocks> {
        let (ident, setup) = split_headers(params.extra_data.as_deref()?)?;
        let Vorbis { ident, setup, .. } = catch_panic(|| Vorbis::new(ident, setup)).ok()?;
        Some(VorbisBlocks {
            headers: Arc::new((ident, setup)),
            last: None,
        })
    }

    /// Frames of the packet after the last one, from its first bytes: the blocks overlap by half.
    pub(super) fn frames_in(&self, packet: &[u8]) -> Option<u64> {
        Some((self.last? + self.block_size(packet)?) / 4)
    }

    /// Goes past `packet`; `None` is a corrupt one.
    pub(super) fn pass(&mut self, packet: Option<&[u8]>) {
        self.last = packet.and_then(|packet| self.block_size(packet));
    }

    /// Only a short block has as many frames as half a short block, whatever is next to it.
    fn block_size(&self, packet: &[u8]) -> Option<u64> {
        let (ident, setup) = &*self.headers;
        let (short, long) = (1 << ident.blocksize_0, 1 << ident.blocksize_1);
        let count = catch_panic(|| {
            get_decoded_sample_count(ident, setup, packet).map_err(|_| CORRUPT_HEADER)
        });
        Some(if count.ok()? as u64 == short / 2 {
            short
        } else {
            long
        })
    }
}

/// A decoder for more than two channels; `None` for fewer, which symphonia decodes.
///
/// # Errors
/// For corrupt headers, and for codebooks of excessive size, which are checked before any decoder sees them.
pub(super) fn multichannel_decoder(params: &AudioCodecParameters) -> Result<Option<Vorbis>> {
    let headers = split_headers(params.extra_data.as_deref().unwrap_or_default());
    let (ident, setup) = headers.ok_or(CORRUPT_HEADER)?;
    check_codebooks(setup)?;
    match ident.get(CHANNELS) {
        Some(3..) => Vorbis::new(ident, setup).map(Some),
        _ => Ok(None),
    }
}

/// Checks the total size of the codebooks at the start of the setup header (Vorbis I, 3.2.1).
fn check_codebooks(setup: &[u8]) -> Result<()> {
    let mut bits = BitReaderRtl::new(setup.get(SIGNATURE..).unwrap_or_default());
    let mut values = 0;
    for _ in 0..=bits.read_bits_leq32(8)? {
        values += skip_codebook(&mut bits)?;
        if values > MAX_CODEBOOK_VALUES {
            return Err(Error::LimitError("the Vorbis codebooks are too large"));
        }
    }
    Ok(())
}

/// Skips a codebook and returns the number of values of its table.
fn skip_codebook(bits: &mut BitReaderRtl) -> Result<u64> {
    bits.ignore_bits(24)?;
    let (dimensions, entries) = (bits.read_bits_leq32(16)?, bits.read_bits_leq32(24)?);
    let size = u64::from(entries) * u64::from(dimensions.max(1));
    if size > MAX_CODEBOOK_VALUES {
        return Ok(size);
    }
    skip_codeword_lengths(bits, entries)?;
    let multiplicands = match bits.read_bits_leq32(4)? {
        0 => return Ok(entries.into()),
        1 => lookup1_values(entries, dimensions),
        _ => size,
    };
    bits.ignore_bits(64)?;
    let width = bits.read_bits_leq32(4)? + 1;
    bits.ignore_bits(1)?;
    for _ in 0..multiplicands {
        bits.ignore_bits(width)?;
    }
    Ok(size)
}

fn skip_codeword_lengths(bits: &mut BitReaderRtl, entries: u32) -> Result<()> {
    let is_ordered = bits.read_bool()?;
    if is_ordered {
        bits.ignore_bits(5)?;
        let mut left = entries;
        while left > 0 {
            let width = u32::BITS - left.leading_zeros();
            left = left.saturating_sub(bits.read_bits_leq32(width)?);
        }
        return Ok(());
    }
    let is_sparse = bits.read_bool()?;
    for _ in 0..entries {
        if !is_sparse || bits.read_bool()? {
            bits.ignore_bits(5)?;
        }
    }
    Ok(())
}

/// The greatest number whose power of `dimensions` does not exceed `entries` (Vorbis I, 9.2.3).
fn lookup1_values(entries: u32, dimensions: u32) -> u64 {
    let fits = |root: &u64| {
        root.checked_pow(dimensions)
            .is_some_and(|power| power <= entries.into())
    };
    (1..=u64::from(entries))
        .take_while(fits)
        .last()
        .unwrap_or(0)
}

/// The identification and the setup header.
fn split_headers(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match bytes.split_first()? {
        // Matroska: three headers, preceded by the lengths of the first two.
        (2, mut rest) => {
            let (first, second) = (laced_length(&mut rest)?, laced_length(&mut rest)?);
            Some((rest.get(..first)?, rest.get(first + second..)?))
        }
        _ => bytes.split_at_checked(IDENTIFICATION),
    }
}

/// A length in Xiph lacing: the sum of the bytes up to the first that is not 255.
fn laced_length(bytes: &mut &[u8]) -> Option<usize> {
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

impl PacketDecoder for Vorbis {
    /// A packet overlaps with the one before it.
    fn resume(&mut self, last: Option<&Packet>) {
        self.overlap = PreviousWindowRight::new();
        if let Some(packet) = last {
            // If that fails, so does the next packet.
            let _ = catch_panic(|| self.decode(packet, &mut Vec::new()).map(|_| ()));
        }
    }

    fn channel_map(&self) -> Option<ChannelMap> {
        ChannelMap::default_for_files(self.order.len() as u32)
    }

    fn decode(&mut self, packet: &Packet, frames: &mut Vec<u8>) -> Result<Spec> {
        frames.clear();
        let decoded: std::result::Result<Vec<Vec<f32>>, _> =
            read_audio_packet_generic(&self.ident, &self.setup, &packet.data, &mut self.overlap);
        let Ok(channels) = decoded else {
            return Err(Error::DecodeError("a Vorbis packet is corrupt"));
        };
        let trim = |frames: u64| usize::try_from(frames).unwrap_or(usize::MAX);
        let count = channels.first().map_or(0, Vec::len);
        let end = count.saturating_sub(trim(packet.trim_end.get()));
        (trim(packet.trim_start.get())..end).for_each(|frame| {
            let samples = self.order.iter().map(|channel| channels[*channel][frame]);
            frames.extend(samples.flat_map(f32::to_ne_bytes));
        });
        Ok(Spec {
            format: FLOAT,
            rate: self.ident.audio_sample_rate,
            channels: self.order.len() as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A setup header with one codebook, followed by `rest`.
    fn setup(dimensions: u16, entries: u32, rest: &[u8]) -> Vec<u8> {
        let head = b"\x05vorbis\0BCV".as_slice();
        let entries = &entries.to_le_bytes()[..3];
        [head, &dimensions.to_le_bytes(), entries, rest].concat()
    }

    #[test]
    fn oversized_codebooks_are_rejected() {
        for (dimensions, entries) in [(u16::MAX, 0xff_ffff), (32, 0x4_0000), (0, 0xff_ffff)] {
            let error = check_codebooks(&setup(dimensions, entries, &[0; 64])).unwrap_err();
            assert!(matches!(error, Error::LimitError(_)), "{error}");
        }
        // Two codewords of one bit and no table; then truncated headers.
        check_codebooks(&setup(1, 2, &[0b1000_0001, 0, 0])).unwrap();
        check_codebooks(&setup(1, 2, &[])).unwrap_err();
        check_codebooks(b"\x05vorbis").unwrap_err();
    }

    #[test]
    fn lookup1_values_are_rounded_down() {
        let values = (
            lookup1_values(81, 4),
            lookup1_values(80, 4),
            lookup1_values(5, 1),
        );
        assert_eq!(values, (3, 2, 5));
        assert_eq!(lookup1_values(0, 2), 0);
        assert_eq!(lookup1_values(u32::MAX >> 8, 32), 1);
    }

    #[test]
    fn headers_are_found_in_ogg_and_matroska() {
        let (ident, setup) = ([7; IDENTIFICATION], [9; 3]);
        let ogg = [&ident[..], &setup].concat();
        assert_eq!(split_headers(&ogg), Some((&ident[..], &setup[..])));
        let comment = [8; 300];
        let matroska = [&[2, 30, 255, 45], &ident[..], &comment, &setup].concat();
        assert_eq!(split_headers(&matroska), Some((&ident[..], &setup[..])));
        assert_eq!(split_headers(&matroska[..40]), None);
        assert_eq!(split_headers(&[2, 255, 255]), None);
    }
}
