//! The level meters of `-V` and `-vvv`.

use crate::commands::ui::plain;
use aloud::audio::format::{ByteOrder, Encoding, Format};
use aloud::audio::spec::Spec;
use std::time::SystemTime;

/// Characters of the bar for all channels, of a bar for one channel, and of the bar of a line.
const MONO_BAR: usize = 50;
const STEREO_BAR: usize = 35;
const LINE_BAR: usize = 20;

/// With more `-v` than this, no meter is shown.
pub(super) const MAX_METER_VERBOSITY: u32 = 3;

/// Which meter is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MeterKind {
    Mono,
    Stereo,
}

impl MeterKind {
    /// The meter that a name begins: only its first letter counts.
    pub(super) fn from_name(name: &str) -> Option<MeterKind> {
        match name.as_bytes().first() {
            Some(b's') => Some(MeterKind::Stereo),
            Some(b'm') => Some(MeterKind::Mono),
            _ => None,
        }
    }
}

/// Prints the peaks of what passes.
pub(super) struct LevelBars {
    kind: MeterKind,
    /// Whether each block is a line of its own.
    lines: bool,
    spec: Spec,
    /// The highest percentages of this second, for each side.
    held: [u32; 2],
    second: u64,
    warned: bool,
}

impl LevelBars {
    /// Stereo only if there are two channels side by side.
    pub(super) fn new(kind: MeterKind, verbose: u32, spec: Spec, interleaved: bool) -> LevelBars {
        LevelBars {
            kind: match kind {
                MeterKind::Stereo if spec.channels == 2 && interleaved => MeterKind::Stereo,
                _ => MeterKind::Mono,
            },
            lines: verbose > 2,
            spec,
            held: [0; 2],
            second: 0,
            warned: false,
        }
    }

    /// Shows the peaks of a block of frames.
    pub(super) fn show(&mut self, frames: &[u8]) {
        let format = self.spec.format;
        let (width, bits) = (format.physical_bits(), format.bits());
        if !matches!(width, 8 | 16 | 24 | 32) {
            if !std::mem::replace(&mut self.warned, true) {
                plain::print_error(&format!("Unsupported bit size {width}.\n"));
            }
            return;
        }
        let sides = match self.kind {
            MeterKind::Mono => 1,
            MeterKind::Stereo => 2,
        };
        let mut peaks = [0; 2];
        for (index, sample) in frames.chunks_exact(width as usize / 8).enumerate() {
            let peak = &mut peaks[index % sides];
            *peak = (*peak).max(magnitude(sample, format));
        }
        let most = ((1_u64 << (bits - 1)) as u32).min(i32::MAX as u32);
        let peaks = peaks.map(|peak| peak.min(most));
        let percents = peaks.map(|peak| percent(peak, bits));
        let samples = frames.len() / (width as usize / 8);
        match self.lines {
            true => plain::print_error(&line(
                samples,
                peaks[0].max(peaks[1]),
                percents[0].max(percents[1]),
            )),
            false => plain::print_error(&self.bars(percents)),
        }
    }

    fn bars(&mut self, percents: [u32; 2]) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let second = now.map_or(0, |time| time.as_secs());
        if second > self.second {
            (self.second, self.held) = (second, [0; 2]);
        }
        for (held, percent) in self.held.iter_mut().zip(percents) {
            *held = (*held).max(percent);
        }
        match self.kind {
            MeterKind::Mono => format!("\r{}", mono(percents[0], self.held[0])),
            MeterKind::Stereo => format!("\r{}", stereo(percents, self.held)),
        }
    }
}

/// How far a sample is from silence.
fn magnitude(sample: &[u8], format: Format) -> u32 {
    let mut bytes = [0; 4];
    let silence = format.silence();
    let flipped = sample
        .iter()
        .zip(silence)
        .map(|(byte, silence)| byte ^ silence);
    let top = 4 - sample.len();
    match format.byte_order() {
        ByteOrder::Big => bytes
            .iter_mut()
            .zip(flipped)
            .for_each(|(to, from)| *to = from),
        _ => bytes
            .iter_mut()
            .rev()
            .zip(flipped.rev())
            .for_each(|(to, from)| *to = from),
    }
    if format.encoding() == Encoding::Float {
        let value = match format.byte_order() {
            ByteOrder::Big => f32::from_be_bytes(bytes),
            _ => f32::from_le_bytes(bytes),
        };
        return (value.abs() * i32::MAX as f32) as u32;
    }
    let value = match format.byte_order() {
        ByteOrder::Big => i32::from_be_bytes(bytes),
        _ => i32::from_le_bytes(bytes),
    };
    (value >> (8 * top)).unsigned_abs()
}

fn percent(peak: u32, bits: u32) -> u32 {
    let full = (1_u64 << (bits - 1)).min(i32::MAX as u64) as u32;
    match bits > 16 {
        true => peak / (full / 100),
        false => peak * 100 / full,
    }
}

fn line(samples: usize, peak: u32, percent: u32) -> String {
    let bar = bar(percent, LINE_BAR);
    format!("Max peak ({samples} samples): 0x{peak:08x} {bar:LINE_BAR$} {percent}%\n")
}

/// At least one character, and at most `length`.
fn bar(percent: u32, length: usize) -> String {
    let filled = (percent as usize * length / 100 + 1).min(length);
    "#".repeat(filled)
}

fn mono(percent: u32, held: u32) -> String {
    let mark = (held as usize * MONO_BAR / 100 + 1).min(MONO_BAR);
    let bar = format!("{:mark$}+", bar(percent, MONO_BAR));
    let width = MONO_BAR + 1;
    match held > 99 {
        true => format!("{bar:width$}| MAX"),
        false => format!("{bar:width$}| {held:02}%"),
    }
}

fn stereo(percents: [u32; 2], held: [u32; 2]) -> String {
    let side = |index: usize| {
        let filled = (percents[index] as usize * STEREO_BAR / 100).min(STEREO_BAR);
        let mut bar = vec![b' '; STEREO_BAR];
        bar[..filled].fill(b'#');
        let mark = (held[index] as usize * STEREO_BAR / 100).clamp(1, STEREO_BAR);
        bar[mark - 1] = b'+';
        String::from_utf8_lossy(&bar).into_owned()
    };
    let number = |held: u32| match held > 99 {
        true => "MAX".to_owned(),
        false => format!("{held:02}%"),
    };
    let left: String = side(0).chars().rev().collect();
    format!("{left}{}|{}{} ", number(held[0]), number(held[1]), side(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_those_of_aplay() {
        let empty = " ".repeat(48);
        assert_eq!(mono(0, 0), format!("#+ {empty}| 00%"));
        assert_eq!(mono(3, 3), format!("##+{empty}| 03%"));
        assert_eq!(mono(100, 100), format!("{}+| MAX", "#".repeat(50)));
        let (left, right) = (" ".repeat(32), " ".repeat(34));
        assert_eq!(stereo([9, 0], [9, 0]), format!("{left}+##09%|00%+{right} "));
        assert_eq!(
            line(9, 0x7333, 89),
            "Max peak (9 samples): 0x00007333 ##################   89%\n"
        );
    }

    #[test]
    fn levels_are_distances_from_silence() {
        for (format, sample, level) in [
            (Format::U8, &[0x80][..], 0),
            (Format::U8, &[0], 128),
            (Format::S16_LE, &[0, 0x80], 0x8000),
            (Format::S16_BE, &[0xff, 0xfe], 2),
            (Format::S24_3LE, &[0xff, 0xff, 0x7f], 0x7f_ffff),
            (Format::U24_3LE, &[0, 0, 0], 0x80_0000),
            (Format::MU_LAW, &[0x80], 1),
            (Format::FLOAT_LE, &0.5_f32.to_le_bytes(), 0x4000_0000),
            (Format::FLOAT_BE, &(-0.5_f32).to_be_bytes(), 0x4000_0000),
        ] {
            assert_eq!(magnitude(sample, format), level, "{format:?} {sample:?}");
        }
        assert_eq!(percent(0x7fff, 16), 99);
        assert_eq!(percent(0x7f_ffff, 24), 100);
    }
}
