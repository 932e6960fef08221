//! `-O`: mixers of OSS, in a system that has none.

use crate::commands::compat::stop::Stop;
use crate::commands::ui::plain;

/// The last line of the errors after which alsaloop removes its controls.
const FAILURE: &str = "Loopback initialization failure.\n";

/// The mixers of a loop. None of them can be opened, which is reported, and the loop runs without.
pub(super) struct OssMixers<'a> {
    pub(super) ids: &'a [String],
    pub(super) loop_name: &'a str,
}

impl OssMixers<'_> {
    pub(super) fn open(&self) {
        self.report("");
    }

    pub(super) fn add(&self) {
        self.report("Disabling OSS mixer ID");
    }

    pub(super) fn remove(&self) {
        self.report("Unable to remove OSS control");
    }

    fn report(&self, then: &str) {
        let name = self.loop_name;
        for id in self.ids {
            plain::print_error(&format!(
                "{name}: Unable to initialize OSS Mixer ID '{id}'\n"
            ));
            if !then.is_empty() {
                plain::print_error(&format!("{name}: {then} '{id}'\n"));
            }
        }
    }

    /// Removes the mixers before the last line of an error.
    pub(super) fn remove_after(&self, stop: Stop) -> Stop {
        match stop {
            Stop::Failed(text, status) if text.ends_with(FAILURE) => {
                plain::print_error(text.trim_end_matches(FAILURE));
                self.remove();
                Stop::Failed(FAILURE.to_owned(), status)
            }
            stop => stop,
        }
    }
}

/// The OSS mixer that `ALSA_ID@OSS_ID` names.
pub(super) fn oss_id(text: &str) -> String {
    match text.split_once('@') {
        Some((_, id)) => id,
        None => text.split(',').next().unwrap_or_default(),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::oss_id;

    #[test]
    fn the_id_of_oss_is_after_the_at_sign() {
        let ids = [
            "Master@VOLUME",
            "Master,5",
            "a@b@c",
            "Master,1@PCM",
            ",",
            "@",
        ]
        .map(oss_id);
        assert_eq!(ids, ["VOLUME", "Master", "b@c", "PCM", "", ""]);
    }
}
