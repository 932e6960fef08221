//! How long an input is by its header, from the lines with which ffmpeg describes it.

/// Demuxers that derive a duration from timestamps: nothing in such a file declares it.
const WITHOUT_LENGTH: [&str; 4] = ["mpeg", "mpegts", "ogg", "nut"];

/// What was read of the description of an input.
#[derive(Clone, Debug, Default)]
pub(super) struct DeclaredLength {
    seconds: Option<f64>,
    /// Streams that are not pictures.
    streams: usize,
    is_estimate: bool,
    has_ended: bool,
}

impl DeclaredLength {
    /// Reads a line of ffmpeg's log.
    pub(super) fn read(&mut self, line: &str) {
        self.is_estimate |= line.contains("[warning] Estimating duration from bitrate");
        let Some(line) = line.strip_prefix("[info] ").filter(|_| !self.has_ended) else {
            return;
        };
        if let Some(demuxer) = line.strip_prefix("Input #0, ") {
            let names = demuxer.split(", from ").next().unwrap_or_default();
            self.is_estimate |= names.split(',').any(|name| WITHOUT_LENGTH.contains(&name));
        } else if let Some(duration) = line.strip_prefix("  Duration: ") {
            self.seconds = duration.split(',').next().and_then(seconds);
        } else if line.starts_with("  Stream #0:") && !line.ends_with("(attached pic)") {
            self.streams += 1;
        }
        self.has_ended = line.starts_with("Stream mapping:") || line.starts_with("Output #0");
    }

    /// The length of the only stream, if the header declares it.
    pub(super) fn seconds(&self) -> Option<f64> {
        self.seconds
            .filter(|_| self.streams == 1 && !self.is_estimate)
    }
}

/// The seconds of `01:02:03.04`.
fn seconds(text: &str) -> Option<f64> {
    text.split(':').try_fold(0.0, |sum, part| {
        Some(sum * 60.0 + part.parse::<f64>().ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(lines: &[&str]) -> Option<f64> {
        let mut length = DeclaredLength::default();
        lines.iter().for_each(|line| length.read(line));
        length.seconds()
    }

    const INPUT: &str = "[info] Input #0, wav, from 'file:/proc/self/fd/0':";
    const DURATION: &str = "[info]   Duration: 01:02:03.50, bitrate: N/A";
    const STREAM: &str = "[info]   Stream #0:0: Audio: adpcm_yamaha, 44100 Hz, stereo, s16";

    #[test]
    fn the_length_of_one_stream_is_declared() {
        let output = ["[info] Stream mapping:", "[info]   Duration: 00:00:01.00"];
        let lines = [INPUT, DURATION, STREAM, output[0], output[1], STREAM];
        assert_eq!(declared(&lines), Some(3723.5));
        let picture = "[info]   Stream #0:1: Video: mjpeg, 90k tbn (attached pic)";
        assert_eq!(declared(&[INPUT, DURATION, STREAM, picture]), Some(3723.5));
    }

    #[test]
    fn estimates_and_lengths_of_films_are_not_used() {
        let film = "[info]   Stream #0:1: Video: h264";
        assert_eq!(declared(&[INPUT, DURATION, STREAM, film]), None);
        let estimate = "[x @ 1] [warning] Estimating duration from bitrate, this may be inaccurate";
        assert_eq!(declared(&[estimate, INPUT, DURATION, STREAM]), None);
        let input = "[info] Input #0, mpegts, from 'pipe:0':";
        assert_eq!(declared(&[input, DURATION, STREAM]), None);
        let unknown = "[info]   Duration: N/A, bitrate: N/A";
        assert_eq!(declared(&[INPUT, unknown, STREAM]), None);
    }
}
