//! Every example of the README runs as written.
//!
//! A block fenced as `sh` is an example. It runs in its own shell, which stops at the first failing command, in a
//! directory with `song.wav` and `next.wav` (48 kHz, 16 bits, stereo), `take.raw` (the same without a header), `song.flac`
//! and `next.mp3`; aloud is in the PATH, and the PCM `default` plays into a file. If lines start with `$ `, only those are
//! commands, and the others are their output. Other blocks (`console`, `text`) are not run.

use crate::common::{Dir, STEREO, data, noise, wav};
use std::fs;
use std::path::Path;

/// An example and the line number of its first line.
struct Example {
    line: usize,
    script: String,
}

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(path).expect("README.md")
}

fn examples(text: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, fence)) = lines.next() {
        let Some(language) = fence.trim_start().strip_prefix("```") else {
            continue;
        };
        let block: Vec<_> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| !line.trim_start().starts_with("```"))
            .collect();
        if language.trim() == "sh" {
            examples.push(Example {
                line: at + 2,
                script: script(&block),
            });
        }
    }
    examples
}

fn script(block: &[&str]) -> String {
    let prompted: Vec<_> = block
        .iter()
        .filter_map(|line| line.trim_start().strip_prefix("$ "))
        .collect();
    let commands = if prompted.is_empty() {
        block
    } else {
        &prompted
    };
    commands.join("\n")
}

#[test]
fn readme_examples_run() {
    let examples = examples(&readme());
    let commands = examples.iter().flat_map(|example| example.script.lines());
    let commands = commands.filter(|line| line.contains("aloud ")).count();
    assert!(commands >= 10, "only {commands} examples");
    for Example { line, script } in examples {
        let dir = Dir::new();
        let sound = noise(48_000 * 4, 1);
        dir.write("song.wav", wav(STEREO, &sound));
        dir.write("next.wav", wav(STEREO, &noise(4801 * 4, 2)));
        dir.write("take.raw", &sound);
        dir.write("song.flac", data("tone.flac"));
        dir.write("next.mp3", data("tone.mp3"));
        let program = Path::new(env!("CARGO_BIN_EXE_aloud")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let outcome = dir
            .program("bash", ["-e", "-u", "-o", "pipefail", "-c", &script])
            .env("PATH", path)
            .run();
        assert!(
            outcome.status.success(),
            "README.md, line {line}:\n{script}\n{outcome}"
        );
    }
}

#[test]
fn readme_examples_are_extracted() {
    let text = "```sh\na # b\nc\n```\n```console\nno\n```\n  ```sh\n  $ d\n  out\n  $ e\n  ```\n";
    let found: Vec<_> = examples(text)
        .into_iter()
        .map(|example| (example.line, example.script))
        .collect();
    let expected = [(2, "a # b\nc".to_owned()), (9, "d\ne".to_owned())];
    assert_eq!(found, expected);
}
