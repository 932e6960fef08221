//! The architecture, checked against the sources: which files may use which, and what each may contain.

mod sources;
mod tokens;

use sources::{SourceFile, Sources};
use std::collections::{BTreeMap, BTreeSet};
use tokens::{Token, item_length};

/// The layers, from top to bottom. A file uses its own layer and those below.
const LAYERS: [&[&str]; 4] = [
    &["main.rs", "commands"],
    &["audio/transfer"],
    &[
        "audio/playlist",
        "audio/recording",
        "audio/mixer",
        "audio/file",
        "audio/dsp",
        "audio/pcm",
        "audio/system",
    ],
    // The ground: all other files of `audio`, and `ffi`.
    &["audio"],
];

/// What must not be used within a layer.
const FORBIDDEN: [(&str, &str); 5] = [
    ("audio/file", "audio/pcm"),
    ("audio/dsp", "audio/pcm"),
    ("audio/dsp", "audio/file"),
    ("audio/pcm", "audio/file"),
    ("audio/pcm", "audio/mixer"),
];

/// Names that several files may define.
const COMMON_NAMES: [&str; 2] = ["Args", "Result"];

const MAX_FUNCTION_LINES: usize = 60;

#[test]
fn no_files_import_each_other() {
    let sources = Sources::load();
    assert_no_cycle(&sources.uses(), "files");
}

#[test]
fn no_folders_import_each_other() {
    let sources = Sources::load();
    let uses = sources.uses();
    let folders: BTreeSet<&str> = uses.keys().flat_map(|file| parents(file)).collect();
    for folder in folders {
        let mut rooms: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (from, used) in &uses {
            for to in used {
                if let (Some(from), Some(to)) = (room(folder, from), room(folder, to))
                    && from != to
                {
                    rooms.entry(from).or_default().push(to);
                }
            }
        }
        assert_no_cycle(&rooms, folder);
    }
}

#[test]
fn imports_go_down() {
    let sources = Sources::load();
    let mut wrong = Vec::new();
    for (from, used) in sources.uses() {
        for to in used {
            let forbidden = FORBIDDEN
                .iter()
                .any(|(upper, lower)| is_in(from, upper) && is_in(to, lower));
            if layer(to) < layer(from) || forbidden {
                wrong.push(format!("{from} uses {to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_type_name_means_one_thing() {
    let sources = Sources::load();
    let mut defined: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in &sources.0 {
        for name in type_names(&file.tokens) {
            defined.entry(name).or_default().push(&file.name);
        }
    }
    defined.retain(|name, files| files.len() > 1 && !COMMON_NAMES.contains(name));
    assert!(defined.is_empty(), "{defined:#?}");
}

#[test]
fn unsafe_code_is_in_ffi() {
    let sources = Sources::load();
    let unsafe_files: Vec<_> = sources
        .0
        .iter()
        .filter(|file| file.tokens.iter().any(|token| token.text == "unsafe"))
        .map(|file| file.name.as_str())
        .filter(|name| !is_in(name, "audio/ffi"))
        .collect();
    assert!(unsafe_files.is_empty(), "{unsafe_files:?}");
}

#[test]
fn functions_are_short() {
    let sources = Sources::load();
    let long: Vec<_> = sources.0.iter().flat_map(long_functions).collect();
    assert!(long.is_empty(), "{long:#?}");
}

fn assert_no_cycle(uses: &BTreeMap<&str, Vec<&str>>, what: &str) {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        uses.keys().map(|name| (*name, reach(uses, name))).collect();
    let tied = |one: &str, other: &str| {
        let reaches = |from, to| reached.get(from).is_some_and(|all| all.contains(to));
        reaches(one, other) && reaches(other, one)
    };
    let mut ties: Vec<String> = Vec::new();
    for (name, used) in uses {
        let tied: BTreeSet<_> = used.iter().filter(|used| tied(name, used)).collect();
        ties.extend(tied.into_iter().map(|used| format!("{name} -> {used}")));
    }
    assert!(ties.is_empty(), "cycles of {what}: {ties:#?}");
}

/// Everything that `name` uses, directly or not.
fn reach<'a>(uses: &BTreeMap<&str, Vec<&'a str>>, name: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut next = vec![name];
    while let Some(name) = next.pop() {
        for used in uses.get(name).into_iter().flatten().copied() {
            if found.insert(used) {
                next.push(used);
            }
        }
    }
    found
}

fn is_in(file: &str, folder: &str) -> bool {
    file == folder
        || file
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with(['/', '.']))
}

fn layer(file: &str) -> usize {
    LAYERS
        .iter()
        .position(|rooms| rooms.iter().any(|room| is_in(file, room)))
        .unwrap_or(LAYERS.len())
}

/// The folders that a file is in; the empty one is `src`.
fn parents(file: &str) -> Vec<&str> {
    let ends = file.match_indices('/').map(|(at, _)| &file[..at]);
    std::iter::once("").chain(ends).collect()
}

/// The file or folder directly in `folder` that a file is or is in. A module's own file belongs to its folder.
fn room<'a>(folder: &str, file: &'a str) -> Option<&'a str> {
    let start = if folder.is_empty() {
        0
    } else {
        folder.len() + 1
    };
    let below = file
        .starts_with(folder)
        .then(|| file.get(start..))
        .flatten()?;
    if !folder.is_empty() && file.as_bytes()[folder.len()] != b'/' {
        return None;
    }
    let end = below.find('/').unwrap_or(below.len());
    Some(&file[..start + end])
}

/// The names of types, traits and aliases that are defined outside of functions and implementations.
fn type_names(tokens: &[Token]) -> Vec<&str> {
    let mut names = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "fn" | "impl" | "macro_rules" => at += item_length(&tokens[at..]),
            "struct" | "enum" | "union" | "trait" | "type" => {
                names.push(tokens[at + 1].text.as_str());
                at += item_length(&tokens[at..]);
            }
            _ => at += 1,
        }
    }
    names
}

fn long_functions(file: &SourceFile) -> Vec<String> {
    let tokens = &file.tokens;
    let starts =
        (1..tokens.len()).filter(|at| tokens[at - 1].text == "fn" && tokens[*at].text != "(");
    let functions = starts.map(|at| &tokens[at..at + item_length(&tokens[at..])]);
    functions
        .filter_map(|function| {
            let lines = function.last()?.line - function[0].line + 1;
            let name = &function[0].text;
            (lines > MAX_FUNCTION_LINES).then(|| format!("{}: {name}: {lines} lines", file.name))
        })
        .collect()
}
