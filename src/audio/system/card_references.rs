//! The cards that the user's configuration of alsa-lib names, and where.

use std::env;
use std::fs;
use std::path::PathBuf;

/// A card that a configuration file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardReference {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The card's number or id.
    pub card: String,
}

/// The cards named in `~/.asoundrc`, `~/.config/alsa/asoundrc` and `/etc/asound.conf`, or in the file that
/// `ALSA_CONFIG_PATH` names.
///
/// The text of the files is searched for `card NAME` and `hw:NAME`, because alsa-lib reports a card that does not exist
/// only when a PCM that needs it is opened.
pub fn card_references() -> Vec<CardReference> {
    let files = files().into_iter().filter_map(|path| {
        let text = String::from_utf8_lossy(&fs::read(&path).ok()?).into_owned();
        Some(references_in(&path.to_string_lossy(), &text))
    });
    files.flatten().collect()
}

fn files() -> Vec<PathBuf> {
    if let Some(paths) = env::var_os("ALSA_CONFIG_PATH").filter(|value| !value.is_empty()) {
        return env::split_paths(&paths).collect();
    }
    let home = env::var_os("HOME").map(PathBuf::from);
    let of_user = home.into_iter().flat_map(|home| {
        let folder =
            env::var_os("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from);
        [home.join(".asoundrc"), folder.join("alsa/asoundrc")]
    });
    of_user.chain(["/etc/asound.conf".into()]).collect()
}

fn references_in(file: &str, text: &str) -> Vec<CardReference> {
    let lines = text.lines().enumerate().flat_map(|(number, line)| {
        let line = line.split('#').next().unwrap_or_default();
        let cards = after_card(line).into_iter().chain(after_hw(line));
        cards.map(move |card| (number + 1, card))
    });
    let reference = |(line, card)| CardReference {
        file: file.to_owned(),
        line,
        card,
    };
    lines.map(reference).collect()
}

/// `card NAME`, `card "NAME"`, `defaults.pcm.card NAME`.
fn after_card(line: &str) -> Vec<String> {
    let is_separator = |c: char| c.is_whitespace() || "={};".contains(c);
    let words: Vec<&str> = line
        .split(is_separator)
        .filter(|word| !word.is_empty())
        .collect();
    let pairs = words.windows(2);
    pairs
        .filter(|pair| pair[0] == "card" || pair[0].ends_with(".card"))
        .filter_map(|pair| card_name(pair[1]))
        .collect()
}

/// `hw:NAME`, `plughw:CARD=NAME,DEV=0`.
fn after_hw(line: &str) -> Vec<String> {
    let rest = line.match_indices("hw:").map(|(at, found)| {
        let rest = &line[at + found.len()..];
        rest.strip_prefix("CARD=").unwrap_or(rest)
    });
    let names = rest.map(|rest| rest.split([',', '"', '\'', ' ', '\t', '}', ';']).next());
    names.flatten().filter_map(card_name).collect()
}

/// The name without quotes; `None` for a variable or something that is not a name.
fn card_name(word: &str) -> Option<String> {
    let name = word.trim_matches(['"', '\'', ',']);
    let is_name = |c: char| c.is_alphanumeric() || "_-".contains(c);
    (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_found_in_the_text() {
        let text = "pcm.!default {\n  type hw\n  card Headset # card Old\n}\n\
                    defaults.pcm.card 2\npcm.a { type plug slave.pcm \"hw:PCH,0\" }\n\
                    pcm.b { type plug slave.pcm 'plughw:CARD=USB,DEV=1' }\n\
                    pcm.c { card $CARD } # hw:3\nctl.!default { type hw; card \"Second\" }\n";
        let found = references_in("f", text);
        let shown: Vec<_> = found
            .iter()
            .map(|one| (one.line, one.card.as_str()))
            .collect();
        let expected = [
            (3, "Headset"),
            (5, "2"),
            (6, "PCH"),
            (7, "USB"),
            (9, "Second"),
        ];
        assert_eq!(shown, expected);
    }
}
