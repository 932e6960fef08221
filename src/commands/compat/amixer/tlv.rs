//! An element's metadata as text.

use aloud::audio::channel_map::position_name;
use std::fmt::Write;

const CONTAINER: u32 = 0;
const DB_SCALE: u32 = 1;
const DB_LINEAR: u32 = 2;
const DB_RANGE: u32 = 3;
const DB_MINMAX: u32 = 4;
const DB_MINMAX_MUTE: u32 = 5;
const CHMAP_FIXED: u32 = 0x101;
const CHMAP_VAR: u32 = 0x102;
const CHMAP_PAIRED: u32 = 0x103;

/// The flag of a dB scale whose minimum means silence.
const MUTE: u32 = 0x10000;

/// The lines for metadata: a type, a length in bytes, and the words themselves.
pub(super) fn text(words: &[u32]) -> String {
    let mut text = String::new();
    entry(&mut text, words, 2);
    text
}

/// Adds one entry, and returns the words that follow it.
fn entry<'a>(text: &mut String, words: &'a [u32], spaces: usize) -> &'a [u32] {
    let [kind, bytes, rest @ ..] = words else {
        return &[];
    };
    let (data, rest) = rest.split_at((*bytes as usize).div_ceil(4).min(rest.len()));
    let _ = write!(text, "{:spaces$}| ", "");
    match (*kind, data) {
        (CONTAINER, _) => {
            text.push_str("container\n");
            let mut left = data;
            while !left.is_empty() {
                left = entry(text, left, spaces + 2);
            }
            return rest;
        }
        (DB_SCALE, [min, step, ..]) => {
            let (min, size) = (db(*min), db(step & 0xffff));
            let _ = write!(
                text,
                "dBscale-min={min},step={size},mute={}",
                u32::from(step & MUTE != 0)
            );
        }
        (DB_LINEAR, [min, max, ..]) => between(text, "dBlinear", *min, *max),
        (DB_MINMAX, [min, max, ..]) => between(text, "dBminmax", *min, *max),
        (DB_MINMAX_MUTE, [min, max, ..]) => between(text, "dBminmaxmute", *min, *max),
        (DB_RANGE, _) => {
            text.push_str("dBrange-\n");
            ranges(text, data, spaces);
            return rest;
        }
        (CHMAP_FIXED, _) => channels(text, "chmap-fixed", data),
        (CHMAP_VAR, _) => channels(text, "chmap-variable", data),
        (CHMAP_PAIRED, _) => channels(text, "chmap-paired", data),
        _ => {
            let _ = write!(text, "unk-{kind}-");
            for word in data {
                let _ = write!(text, "0x{word:08x}");
            }
        }
    }
    text.push('\n');
    rest
}

fn between(text: &mut String, name: &str, min: u32, max: u32) {
    let _ = write!(text, "{name}-min={},max={}", db(min), db(max));
}

/// Parts of a range, each with a scale of its own.
fn ranges(text: &mut String, mut data: &[u32], spaces: usize) {
    while let [first, last, scale @ ..] = data {
        let _ = writeln!(
            text,
            "{:1$}rangemin={first},,rangemax={last}",
            "",
            spaces + 2
        );
        data = entry(text, scale, spaces + 4);
    }
}

fn channels(text: &mut String, name: &str, positions: &[u32]) {
    let names = positions
        .iter()
        .map(|position| position_name(position & 0xffff).unwrap_or("?"));
    let _ = write!(text, "{name}={}", names.collect::<Vec<_>>().join(","));
}

/// Hundredths of a dB.
fn db(word: u32) -> String {
    let hundredths = word as i32;
    let sign = if hundredths < 0 { "-" } else { "" };
    let hundredths = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}dB", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn metadata_is_shown_as_amixer_shows_it() {
        let scale = [1, 8, -4500_i32 as u32, 30];
        assert_eq!(
            text(&scale),
            "  | dBscale-min=-45.00dB,step=0.30dB,mute=0\n"
        );
        let mute = [1, 8, -50_i32 as u32, 0x10064];
        assert_eq!(text(&mute), "  | dBscale-min=-0.50dB,step=1.00dB,mute=1\n");
        let minmax = [4, 8, -12799_i32 as u32, 800];
        assert_eq!(text(&minmax), "  | dBminmax-min=-127.99dB,max=8.00dB\n");
        let maps = [0, 28, 0x101, 4, 2, 0x101, 8, 5, 6];
        let lines = "  | container\n    | chmap-fixed=MONO\n    | chmap-fixed=RL,RR\n";
        assert_eq!(text(&maps), lines);
        assert_eq!(text(&[]), "");
        assert_eq!(text(&[0, 400, 1]), "  | container\n");
    }
}
