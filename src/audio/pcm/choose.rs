//! Chooses the spec that suits a sound best among those that a device supports, for a caller that converts.

use super::probe::{Probe, RATES, probe_space};
use super::request::{Request, Tolerance};
use crate::audio::direction::Direction;
use crate::audio::ffi::hw_params::{HwParams, Param};
use crate::audio::format::{ByteOrder, Encoding, Format};
use crate::audio::spec::Spec;

/// The most channels that are tried.
const MAX_CHANNELS: u32 = 64;

/// Numbers of channels without positions on PulseAudio, and the next ones that have all positions or those nearest to them.
const LAYOUTS: [(u32, u32); 2] = [(3, 5), (7, 8)];

/// The only such number that is captured with positions.
pub(super) const CAPTURED_CHANNELS: u32 = 3;

/// Of the rates above the sound's own, multiples by up to this factor come first.
const MAX_MULTIPLE: u32 = 4;

impl Probe {
    /// The spec that [`Match::Suitable`](super::Match::Suitable) would choose to play sound of spec `own`, if the
    /// device supports format, rate and channels independently of each other.
    pub fn suitable(&self, own: Spec, tolerance: Tolerance) -> Option<Spec> {
        candidates(self, own, tolerance, Direction::Playback).next()
    }
}

/// The spec in `space` that suits the sound of `request` best: its own, otherwise the one that loses least. `None` if
/// the device supports none within the tolerance. `lacks_layouts` is as in [`Probe`].
pub(super) fn suitable(
    space: &HwParams,
    request: &Request,
    tolerance: Tolerance,
    lacks_layouts: bool,
) -> Option<Spec> {
    let own = request.spec();
    // What the server captures in the place of seven channels would be a guess.
    let lacks_layouts = lacks_layouts
        && (request.direction == Direction::Playback || own.channels == CAPTURED_CHANNELS);
    let has_layout = !lacks_layouts || layout_for(own.channels).is_none();
    if !tolerance.processed && has_layout && supports(space, own) {
        return Some(own);
    }
    let probe = Probe {
        lacks_layouts,
        ..probe_space(space).ok()?
    };
    candidates(&probe, own, tolerance, request.direction).find(|spec| supports(space, *spec))
}

/// Whether the device supports format, rate and channels together.
fn supports(space: &HwParams, spec: Spec) -> bool {
    let narrowed = space.clone();
    narrowed.set_channels(spec.channels).is_ok()
        && narrowed.set_rate(spec.rate).is_ok()
        && narrowed.has_format(spec.format)
        && narrowed.has(Param::Rate, spec.rate)
}

/// Everything within the tolerance, best first. The right channels matter more than the rate, and the rate more than
/// the format.
fn candidates(
    probe: &Probe,
    own: Spec,
    tolerance: Tolerance,
    direction: Direction,
) -> impl Iterator<Item = Spec> + use<'_> {
    let channels = match tolerance.channels {
        true => channels(probe, own.channels, tolerance.or_mono),
        false => vec![own.channels],
    };
    channels.into_iter().flat_map(move |channels| {
        let rates = match tolerance.rate {
            true => rates(probe, own.rate),
            false => vec![own.rate],
        };
        rates.into_iter().flat_map(move |rate| {
            let mixed = match direction {
                Direction::Playback => channels < own.channels,
                Direction::Capture => channels > own.channels,
            };
            let processed = tolerance.processed || rate != own.rate || mixed;
            let formats = match tolerance.format {
                true => formats(probe, own.format, processed),
                false => vec![own.format],
            };
            formats.into_iter().map(move |format| Spec {
                format,
                rate,
                channels,
            })
        })
    })
}

/// The number of channels with positions for as many without.
fn layout_for(channels: u32) -> Option<u32> {
    let row = LAYOUTS.iter().find(|(known, _)| *known == channels);
    row.map(|(_, more)| *more)
}

/// The same number, unless it has no positions; one, if that is fine; more; and only then fewer.
fn channels(probe: &Probe, own: u32, or_mono: bool) -> Vec<u32> {
    let supported = |count: &u32| match &probe.channels {
        Some(list) => list.contains(count),
        None => (probe.channel_range.min..=probe.channel_range.max).contains(&u64::from(*count)),
    };
    let mono = or_mono.then_some(1);
    let more = own + 1..=MAX_CHANNELS.max(own);
    let fewer = (1..own).rev();
    let layout = layout_for(own).filter(|_| probe.lacks_layouts);
    let all = layout
        .into_iter()
        .chain([own])
        .chain(mono)
        .chain(more)
        .chain(fewer);
    all.filter(supported).collect()
}

/// The same rate; a multiple; the next higher ones; and only then the lower ones, highest first.
fn rates(probe: &Probe, own: u32) -> Vec<u32> {
    let range = probe.rate_range.min..=probe.rate_range.max;
    let in_range = |rate: &u32| range.contains(&u64::from(*rate));
    // The device may support rates that are not in the list, but within its limits.
    let listed = |rate: &u32| probe.rates.contains(rate) || !RATES.contains(rate);
    let multiples = (1..=MAX_MULTIPLE)
        .map(|factor| own.saturating_mul(factor))
        .filter(listed);
    let limits =
        [probe.rate_range.min, probe.rate_range.max].map(|rate| u32::try_from(rate).unwrap_or(0));
    let mut known: Vec<u32> = probe.rates.iter().copied().chain(limits).collect();
    known.sort_unstable();
    let (lower, higher): (Vec<u32>, Vec<u32>) = known.iter().partition(|rate| **rate < own);
    let rest = higher.into_iter().chain(lower.into_iter().rev());
    let mut rates = Vec::new();
    for rate in multiples.chain(rest).filter(in_range) {
        if rate > 0 && !rates.contains(&rate) {
            rates.push(rate);
        }
    }
    rates
}

/// The same format, the narrowest that holds it, or the one that loses least. For sound that is `processed` anyway, the
/// one with the most bits.
fn formats(probe: &Probe, own: Format, processed: bool) -> Vec<Format> {
    let mut formats: Vec<Format> = probe.formats.clone();
    formats.retain(|format| format.is_numeric());
    let own_is_float = own.encoding() == Encoding::Float;
    formats.sort_by_key(|format| {
        let is_float = format.encoding() == Encoding::Float;
        let is_companded = matches!(format.encoding(), Encoding::MuLaw | Encoding::ALaw);
        let is_unusual =
            format.byte_order() == ByteOrder::Big || format.encoding() == Encoding::Unsigned;
        (
            is_companded && *format != own,
            format_cost(*format, own, processed),
            is_float != own_is_float,
            is_unusual,
            format.physical_bits(),
        )
    });
    formats
}

/// How badly the width of `format` suits samples of format `own`.
fn format_cost(format: Format, own: Format, processed: bool) -> i32 {
    let bits = format.bits() as i32;
    let [own_is_float, is_float] = [own, format].map(|f| f.encoding() == Encoding::Float);
    match (processed, format.holds(own)) {
        // Float stays float: its peaks may be over full scale.
        (true, _) if own_is_float && is_float => i32::from(format != own) - 2,
        // Otherwise 32 bits, or the most there are. Never 64, which is twice the work for nothing.
        (true, _) => (32 - bits).abs(),
        (false, true) if format == own => 0,
        (false, true) => bits,
        (false, false) => 1000 - bits,
    }
}

#[cfg(test)]
mod tests {
    use super::super::probe::ParamRange;
    use super::*;

    fn probe(formats: &[Format], channels: &[u32], rates: &[u32]) -> Probe {
        let any = ParamRange { min: 1, max: 1 };
        let range = |all: &[u32]| ParamRange {
            min: u64::from(*all.iter().min().unwrap()),
            max: u64::from(*all.iter().max().unwrap()),
        };
        Probe {
            name: "a device".to_owned(),
            formats: formats.to_vec(),
            channels: Some(channels.to_vec()),
            channel_range: range(channels),
            rates: rates.to_vec(),
            rate_range: range(rates),
            rates_are_continuous: false,
            lacks_layouts: false,
            period_size: any,
            buffer_size: any,
            periods: any,
            access: vec![],
        }
    }

    fn best(probe: &Probe, own: Spec) -> Spec {
        probe.suitable(own, Tolerance::ALL).unwrap()
    }

    fn spec(format: Format, rate: u32, channels: u32) -> Spec {
        Spec::new(format, rate, channels).unwrap()
    }

    #[test]
    fn a_supported_spec_is_kept() {
        use Format::{FLOAT_LE, S16_LE, S24_3LE, S32_LE};
        let all = probe(
            &[S16_LE, S24_3LE, S32_LE, FLOAT_LE],
            &[1, 2, 6],
            &[44_100, 48_000, 96_000],
        );
        for format in [S16_LE, S24_3LE, S32_LE, FLOAT_LE] {
            for (rate, channels) in [(44_100, 2), (96_000, 1), (48_000, 6)] {
                let own = spec(format, rate, channels);
                assert_eq!(best(&all, own), own);
            }
        }
    }

    #[test]
    fn the_narrowest_format_that_holds_the_samples_is_chosen() {
        use Format::*;
        let chosen = |formats: &[Format], own| {
            best(&probe(formats, &[2], &[48_000]), spec(own, 48_000, 2)).format
        };
        assert_eq!(chosen(&[U8, S16_LE, FLOAT_LE, S32_LE], S24_3LE), S32_LE);
        assert_eq!(chosen(&[U8, S16_LE, FLOAT_LE], S24_3LE), FLOAT_LE);
        assert_eq!(chosen(&[S16_LE, S24_LE, S32_LE, FLOAT_LE], S24_3LE), S24_LE);
        assert_eq!(chosen(&[S32_LE, S24_LE, S16_BE], U8), S16_BE);
        assert_eq!(chosen(&[U8, S16_LE], S24_3LE), S16_LE);
        assert_eq!(chosen(&[U8, S16_LE, S32_LE], FLOAT_LE), S32_LE);
        assert_eq!(chosen(&[S32_LE, FLOAT64_LE], FLOAT_LE), FLOAT64_LE);
        assert_eq!(chosen(&[MU_LAW, S16_LE, S32_LE], A_LAW), S16_LE);
        assert_eq!(chosen(&[MU_LAW, U8], S16_LE), U8);
    }

    #[test]
    fn a_multiple_of_the_rate_or_the_next_higher_one_is_chosen() {
        let chosen = |rates: &[u32], own| {
            best(
                &probe(&[Format::S16_LE], &[2], rates),
                spec(Format::S16_LE, own, 2),
            )
            .rate
        };
        assert_eq!(chosen(&[48_000, 88_200, 96_000], 44_100), 88_200);
        assert_eq!(chosen(&[32_000, 48_000, 96_000], 44_100), 48_000);
        assert_eq!(chosen(&[44_100, 48_000], 96_000), 48_000);
        assert_eq!(chosen(&[16_000, 48_000], 8000), 16_000);
        assert_eq!(chosen(&[48_000], 8000), 48_000);
        assert_eq!(chosen(&[44_100, 48_000], 22_050), 44_100);
    }

    #[test]
    fn resampled_sound_gets_the_most_bits() {
        use Format::*;
        let chosen = |formats: &[Format], own| {
            best(&probe(formats, &[2], &[48_000]), spec(own, 44_100, 2)).format
        };
        assert_eq!(
            chosen(&[S16_LE, S24_3LE, S32_LE, FLOAT64_LE], S16_LE),
            S32_LE
        );
        assert_eq!(chosen(&[S16_LE, S24_3LE], S16_LE), S24_3LE);
        assert_eq!(chosen(&[S16_LE, S32_LE, FLOAT_LE], FLOAT_LE), FLOAT_LE);
        assert_eq!(chosen(&[S16_LE, FLOAT_LE], S16_LE), FLOAT_LE);
    }

    #[test]
    fn more_channels_are_better_than_fewer() {
        let chosen = |channels: &[u32], own| {
            best(
                &probe(&[Format::S16_LE], channels, &[48_000]),
                spec(Format::S16_LE, 48_000, own),
            )
            .channels
        };
        assert_eq!(chosen(&[2, 6], 1), 2);
        assert_eq!(chosen(&[2, 8], 6), 8);
        assert_eq!(chosen(&[1, 2], 6), 2);
        let mono = probe(&[Format::S16_LE], &[1, 4], &[48_000]);
        let or_mono = Tolerance {
            or_mono: true,
            ..Tolerance::ALL
        };
        let stereo = spec(Format::S16_LE, 48_000, 2);
        assert_eq!(mono.suitable(stereo, or_mono).unwrap().channels, 1);
    }

    #[test]
    fn channels_without_positions_become_more() {
        let all: Vec<u32> = (1..=32).collect();
        let server = Probe {
            lacks_layouts: true,
            ..probe(&[Format::S16_LE], &all, &[48_000])
        };
        let chosen = |own| best(&server, spec(Format::S16_LE, 48_000, own)).channels;
        assert_eq!(
            [1, 2, 3, 4, 5, 6, 7, 8, 9].map(chosen),
            [1, 2, 5, 4, 5, 6, 8, 8, 9]
        );
        let exact = Tolerance {
            channels: false,
            ..Tolerance::ALL
        };
        let own = spec(Format::S16_LE, 48_000, 3);
        assert_eq!(server.suitable(own, exact), Some(own));
    }

    #[test]
    fn what_must_not_change_is_kept() {
        let device = probe(&[Format::S16_LE], &[2], &[48_000]);
        let fixed = Tolerance {
            rate: false,
            ..Tolerance::ALL
        };
        let own = spec(Format::S32_LE, 44_100, 1);
        let chosen = device.suitable(own, fixed).unwrap();
        assert_eq!(chosen, spec(Format::S16_LE, 44_100, 2));
    }
}
