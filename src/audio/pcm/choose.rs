//! Which of the specs that a device does suits a sound best, for a caller who converts.

use super::probe::{ChannelCounts, Probe};
use super::request::{Request, Tolerance};
use crate::audio::direction::Direction;
use crate::audio::ffi::hw_params::{HwParams, Param};
use crate::audio::format::{ByteOrder, Encoding, Format};
use crate::audio::spec::Spec;

/// More channels than this are not looked for one by one: no sound has so many.
const MOST_CHANNELS: u32 = 64;

/// Among rates above the sound's own, whole multiples of it are taken first, up to this one.
const HIGHEST_MULTIPLE: u32 = 4;

/// The spec that suits the sound of `request` best, of those that the device does: its own, or else what loses least.
/// `None` where it does none that may be chosen.
pub(super) fn suitable(space: &HwParams, request: &Request, tolerance: Tolerance) -> Option<Spec> {
    let own = request.spec();
    if !tolerance.processed && does(space, own) {
        return Some(own);
    }
    let probe = super::probe::of_params(space).ok()?;
    candidates(&probe, own, tolerance, request.direction).find(|spec| does(space, *spec))
}

/// The same for playing, as far as is known of a device: format, rate and channels each by itself.
pub(super) fn likely(probe: &Probe, own: Spec, tolerance: Tolerance) -> Option<Spec> {
    candidates(probe, own, tolerance, Direction::Playback).next()
}

/// Whether the device does the three together.
fn does(space: &HwParams, spec: Spec) -> bool {
    let narrowed = space.clone();
    narrowed.set_channels(spec.channels).is_ok()
        && narrowed.set_rate(spec.rate).is_ok()
        && narrowed.has_format(spec.format)
        && narrowed.has(Param::Rate, spec.rate)
}

/// All that may be chosen, the best first. A channel that is lost counts more than a rate, and a rate more than a
/// format.
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

/// As many; else one, where that will do; else more, and only then fewer.
fn channels(probe: &Probe, own: u32, or_mono: bool) -> Vec<u32> {
    let has = |count: &u32| match &probe.channels {
        ChannelCounts::List(list) => list.contains(count),
        ChannelCounts::Range(bounds) => (bounds.min..=bounds.max).contains(&u64::from(*count)),
    };
    let mono = or_mono.then_some(1);
    let more = own + 1..=MOST_CHANNELS.max(own);
    let fewer = (1..own).rev();
    let all = std::iter::once(own).chain(mono).chain(more).chain(fewer);
    all.filter(has).collect()
}

/// The same; else a multiple; else the next above; and only then the highest below.
fn rates(probe: &Probe, own: u32) -> Vec<u32> {
    let range = probe.rate_min..=probe.rate_max;
    let has = |rate: &u32| range.contains(&u64::from(*rate));
    // Where a device does rates that are not listed, those between its bounds may be among them.
    let multiples = (1..=HIGHEST_MULTIPLE).map(|factor| own.saturating_mul(factor));
    let bounds = [probe.rate_min, probe.rate_max].map(|rate| u32::try_from(rate).unwrap_or(0));
    let mut known: Vec<u32> = probe.rates.iter().copied().chain(bounds).collect();
    known.sort_unstable();
    let (below, above): (Vec<u32>, Vec<u32>) = known.iter().partition(|rate| **rate < own);
    let rest = above.into_iter().chain(below.into_iter().rev());
    let listed = |rate: &u32| probe.rates.contains(rate) || !is_usual(*rate);
    let all = multiples.filter(listed).chain(rest).filter(has);
    let mut rates = Vec::new();
    for rate in all {
        if rate > 0 && !rates.contains(&rate) {
            rates.push(rate);
        }
    }
    rates
}

fn is_usual(rate: u32) -> bool {
    super::probe::RATES.contains(&rate)
}

/// The same, or the narrowest that holds it, or the one that loses least. Of a sound that is `processed` with anyway,
/// every bit counts: the widest.
fn formats(probe: &Probe, own: Format, processed: bool) -> Vec<Format> {
    let mut formats: Vec<Format> = probe.formats.clone();
    formats.retain(|format| format.is_numeric());
    formats.sort_by_key(|format| {
        let is_float = format.encoding() == Encoding::Float;
        let is_companded = matches!(format.encoding(), Encoding::MuLaw | Encoding::ALaw);
        let own_is_float = own.encoding() == Encoding::Float;
        let foreign =
            format.byte_order() == ByteOrder::Big || format.encoding() == Encoding::Unsigned;
        let bits = format.bits() as i32;
        // Where sound is processed with: a float of a float, whose peaks may be over full scale; else 32 bits, else
        // the most. Never 64: there is no more in it than twice the work.
        let width = match (processed, format.holds(own)) {
            (true, _) if own_is_float && is_float => i32::from(*format != own) - 2,
            (true, _) => (32 - bits).abs(),
            (false, true) if *format == own => 0,
            (false, true) => bits,
            (false, false) => 1000 - bits,
        };
        (
            is_companded && *format != own,
            width,
            is_float != own_is_float,
            foreign,
            format.physical_bits(),
        )
    });
    formats
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::pcm::ParamRange;

    fn probe(formats: &[Format], channels: &[u32], rates: &[u32]) -> Probe {
        let any = ParamRange { min: 1, max: 1 };
        Probe {
            name: "a device".to_owned(),
            formats: formats.to_vec(),
            channels: ChannelCounts::List(channels.to_vec()),
            rates: rates.to_vec(),
            rate_min: u64::from(*rates.iter().min().unwrap()),
            rate_max: u64::from(*rates.iter().max().unwrap()),
            period_size: any,
            buffer_size: any,
            periods: any,
            access: vec![],
        }
    }

    fn best(probe: &Probe, own: Spec) -> Spec {
        likely(probe, own, Tolerance::ALL).unwrap()
    }

    fn spec(format: Format, rate: u32, channels: u32) -> Spec {
        Spec::new(format, rate, channels).unwrap()
    }

    #[test]
    fn what_the_device_does_itself_is_chosen() {
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
    fn a_format_is_lost_to_the_narrowest_that_holds_it() {
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
    fn a_rate_is_lost_to_a_multiple_or_the_next_above() {
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
    fn sound_that_is_resampled_gets_all_the_bits_there_are() {
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
    fn channels_are_rather_too_many_than_too_few() {
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
        assert_eq!(likely(&mono, stereo, or_mono).unwrap().channels, 1);
    }

    #[test]
    fn what_was_asked_for_is_not_changed() {
        let device = probe(&[Format::S16_LE], &[2], &[48_000]);
        let fixed = Tolerance {
            rate: false,
            ..Tolerance::ALL
        };
        let own = spec(Format::S32_LE, 44_100, 1);
        let chosen = likely(&device, own, fixed).unwrap();
        assert_eq!(chosen, spec(Format::S16_LE, 44_100, 2));
    }
}
