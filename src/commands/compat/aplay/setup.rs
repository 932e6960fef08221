//! Configuring the device for a file.

use super::messages::error;
use super::options::AplayOptions;
use crate::commands::compat::stop::{Result, Stop};
use crate::commands::ui::plain;
use aloud::audio::channel_map::ChannelMap;
use aloud::audio::dsp::convert::{Conversion, ConversionOptions, Converter};
use aloud::audio::dsp::mix::Mix;
use aloud::audio::pcm::{
    Configuration, Direction, PcmAccess, SetupError, StepwisePcm, StepwiseSetup,
};
use aloud::audio::spec::Spec;
use std::sync::Arc;

/// A configured device.
pub(super) struct Granted {
    pub(super) configuration: Configuration,
    /// For each channel of the device, that of the file, if they differ.
    pub(super) order: Option<Vec<usize>>,
}

/// Configures the device for sound of `spec`.
pub(super) fn set_params(
    pcm: &mut StepwisePcm,
    options: &AplayOptions,
    spec: Spec,
) -> Result<Granted> {
    if options.dump_hw_params {
        print_hw_params(pcm, options)?;
    }
    let access: &[PcmAccess] = match (options.mmap, options.separate) {
        (true, _) => &[
            PcmAccess::MmapInterleaved,
            PcmAccess::MmapNoninterleaved,
            PcmAccess::MmapComplex,
        ],
        (false, false) => &[PcmAccess::RwInterleaved],
        (false, true) => &[PcmAccess::RwNoninterleaved],
    };
    let setup = StepwiseSetup {
        spec,
        access: access.to_vec(),
        period: options.period,
        buffer: options.buffer,
        avail_min: options.avail_min,
        start_us: options.start_us,
        stop_us: options.stop_us,
    };
    let device = pcm.name();
    let mut at_rate = |granted| report_rate(options, &device, spec.rate, granted);
    let configured = pcm.configure(&setup, &mut at_rate);
    let configuration = configured.map_err(|refusal| refused(options, refusal))?;
    let order = channel_order(pcm, options, spec.channels)?;
    if options.verbose > 0 {
        plain::print_error(&pcm.pcm().dump().unwrap_or_default());
    }
    if options.verbose > 0 && options.mmap {
        print_areas(pcm, options)?;
    }
    Ok(Granted {
        configuration,
        order,
    })
}

fn print_hw_params(pcm: &StepwisePcm, options: &AplayOptions) -> Result<()> {
    let text = pcm
        .hw_params_text()
        .map_err(|refusal| refused(options, refusal))?;
    let (device, rule) = (pcm.name(), "--------------------");
    plain::print_error(&format!(
        "HW Params of device \"{device}\":\n{rule}\n{text}{rule}\n"
    ));
    Ok(())
}

/// A rate that is far from the requested one is reported. The sound is converted in any case.
fn report_rate(options: &AplayOptions, device: &str, wanted: u32, granted: u32) {
    let (low, high) = (f64::from(wanted) * 0.95, f64::from(wanted) * 1.05);
    if options.quiet || (low..=high).contains(&f64::from(granted)) {
        return;
    }
    let plug = match device.contains(':') {
        true => String::new(),
        false => format!("(-Dplug:{device})"),
    };
    plain::print_error(&format!(
        "Warning: rate is not accurate (requested = {wanted}Hz, got = {granted}Hz)\n         please, try the plug plugin {plug}\n"
    ));
}

fn refused(options: &AplayOptions, refusal: SetupError) -> Stop {
    let failed = |line, text: &str| error(options.program, "set_params", line, text);
    let with = |stop: Stop, more: &str| match stop {
        Stop::Failed(text, status) => Stop::Failed(text + more, status),
        stop => stop,
    };
    match refusal {
        SetupError::Empty => failed(
            1323,
            "Broken configuration for this PCM: no configurations available",
        ),
        SetupError::Access => failed(1347, "Access type not available"),
        SetupError::Format(supported) => {
            let names: String = supported
                .iter()
                .map(|format| format!("- {}\n", format.name()))
                .collect();
            with(
                failed(1352, "Sample format non available"),
                &format!("Available formats:\n{names}"),
            )
        }
        SetupError::Channels => failed(1358, "Channels count non available"),
        SetupError::Sizes(_) => failed(1416, "Unable to install hw params:"),
        SetupError::Refused(text) => with(failed(1416, "Unable to install hw params:"), &text),
        SetupError::PeriodIsBuffer(size) => failed(
            1423,
            &format!("Can't use period equal to buffer size ({size} == {size})"),
        ),
        SetupError::Thresholds(text) => with(failed(1458, "unable to install sw params:"), &text),
    }
}

/// Sets the channel map that is asked for. If the device keeps its own, returns how to reorder.
fn channel_order(
    pcm: &StepwisePcm,
    options: &AplayOptions,
    channels: u32,
) -> Result<Option<Vec<usize>>> {
    let Some(map) = &options.channel_map else {
        return Ok(None);
    };
    let failed = |line, text: &str| error(options.program, "setup_chmap", line, text);
    if map.0.len() != channels as usize {
        let text = "Channel numbers don't match between hw_params and channel map";
        return Err(failed(1253, text));
    }
    if pcm.pcm().set_channel_map(map).is_ok() {
        return Ok(None);
    }
    let Ok(Some(own)) = pcm.pcm().channel_map() else {
        plain::print_error("Warning: unable to get channel map\n");
        return Ok(None);
    };
    if own == *map {
        return Ok(None);
    }
    order(map, &own, options.direction)
        .map(Some)
        .map_err(|channel| {
            failed(
                1296,
                &format!("Channel {channel} doesn't match with hw_params"),
            )
        })
}

/// For each channel of the destination, that of the source. The error is a channel that has no counterpart.
fn order(
    map: &ChannelMap,
    device: &ChannelMap,
    direction: Direction,
) -> std::result::Result<Vec<usize>, usize> {
    let (to, from) = match direction {
        Direction::Playback => (&device.0, &map.0),
        Direction::Capture => (&map.0, &device.0),
    };
    let place = |(channel, position): (usize, &u32)| {
        let found = from.iter().position(|other| other == position);
        found.ok_or(channel)
    };
    to.iter().enumerate().map(place).collect()
}

/// Samples of some formats are not whole bytes.
pub(super) fn check_whole_bytes(options: &AplayOptions, spec: Spec) -> Result<()> {
    if spec.frame_bytes() > 0 {
        return Ok(());
    }
    let action = match options.direction {
        Direction::Playback => "playing",
        Direction::Capture => "recording",
    };
    let (program, format) = (options.program, spec.format.name());
    let text = format!("{program}: {action} {format} is not supported\n");
    Err(Stop::Failed(text, 1))
}

fn print_areas(pcm: &StepwisePcm, options: &AplayOptions) -> Result<()> {
    let areas = pcm.areas().map_err(|errno| {
        let why = aloud::audio::errno::errno_text(errno);
        let text = format!("snd_pcm_mmap_begin problem: {why}");
        error(options.program, "set_params", 1493, &text)
    })?;
    let bits = pcm
        .configuration()
        .map_or(0, |granted| granted.spec.format.physical_bits());
    for (index, (address, first, step)) in areas.into_iter().enumerate() {
        plain::print_error(&format!(
            "mmap_area[{index}] = {address:#x},{first},{step} ({bits})\n"
        ));
    }
    Ok(())
}

/// What converts sound of the file's rate to that of the device, or back; `None` if nothing changes.
pub(super) fn converter(
    from: Spec,
    to: Spec,
    order: Option<&[usize]>,
) -> Result<Option<Converter>> {
    let mix = match order {
        Some(order) => Mix::select(from.channels as usize, order.iter().map(|from| Some(*from))),
        None => Mix::identity(from.channels as usize),
    };
    let conversion = Conversion {
        from,
        to,
        mix,
        scaled: false,
        options: ConversionOptions::default(),
    };
    if !conversion.is_needed() {
        return Ok(None);
    }
    conversion
        .converter(Arc::default())
        .map(Some)
        .map_err(|error| Stop::Failed(format!("{error}\n"), 1))
}
