//! The value of `--loop`: two devices, whose names may have commas themselves.

/// The devices of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopNames {
    pub output: String,
    pub input: String,
}

/// Parses `OUT,IN`: `default,headset`, `hw:0,1,hw:1,0`, `hw:CARD=A,DEV=0,hw:CARD=B,DEV=1`.
///
/// A name starts with a letter and is not an argument (`DEV=0`), so only commas before such names can separate the two.
/// If there are none, the only comma does (`0,1`).
pub fn loop_names(text: &str) -> Result<LoopNames, String> {
    let commas: Vec<usize> = text.match_indices(',').map(|(at, _)| at).collect();
    let before_names: Vec<usize> = commas
        .iter()
        .copied()
        .filter(|at| starts_name(&text[at + 1..]))
        .collect();
    let at = match (&before_names[..], &commas[..]) {
        ([at], _) => *at,
        ([], [at]) => *at,
        _ => {
            return Err(
                "expected two devices, OUT,IN (hw:Loopback,0,0,hw:Loopback,1,0)".to_owned(),
            );
        }
    };
    let (output, input) = (&text[..at], &text[at + 1..]);
    match output.is_empty() || input.is_empty() {
        true => Err("expected two devices, OUT,IN".to_owned()),
        false => Ok(LoopNames {
            output: output.to_owned(),
            input: input.to_owned(),
        }),
    }
}

fn starts_name(text: &str) -> bool {
    let word = text.split([',', ':']).next().unwrap_or_default();
    word.starts_with(|c: char| c.is_alphabetic()) && !word.contains('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_are_separated() {
        for (text, output, input) in [
            ("default,headset", "default", "headset"),
            (
                "hw:Loopback,0,0,hw:Loopback,1,0",
                "hw:Loopback,0,0",
                "hw:Loopback,1,0",
            ),
            (
                "hw:CARD=A,DEV=0,hw:CARD=B,DEV=1",
                "hw:CARD=A,DEV=0",
                "hw:CARD=B,DEV=1",
            ),
            ("0,1", "0", "1"),
            ("pulse,hw:2", "pulse", "hw:2"),
        ] {
            let names = loop_names(text).unwrap();
            assert_eq!(
                (names.output.as_str(), names.input.as_str()),
                (output, input)
            );
        }
        for wrong in ["default", "a,b,c", ",b", "a,", "0,1,2"] {
            assert!(loop_names(wrong).is_err(), "{wrong}");
        }
    }
}
