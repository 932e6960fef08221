//! Paths and names in CONTRIBUTING.md exist, and the fuzz targets use the same dependencies as the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The texts between backticks, outside fenced blocks. Placeholders (`src/commands/NAME.rs`) are left out.
fn code_spans(markdown: &str) -> Vec<String> {
    let mut is_fenced = false;
    let mut spans = Vec::new();
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            is_fenced = !is_fenced;
        } else if !is_fenced {
            spans.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    spans.retain(|span| !span.contains("NAME") && !span.contains(' '));
    spans
}

/// Whether a span is a path from the root of the repository.
fn is_path(span: &str) -> bool {
    ["src/", "tests/", "scripts/", "benches/", "fuzz/"]
        .iter()
        .any(|folder| span.starts_with(folder))
}

fn exists(path: &str) -> bool {
    root().join(path).exists()
}

/// The source file of a module, such as `transfer::playback`.
fn module_file(path: &str) -> Option<PathBuf> {
    let path = path.replace("::", "/");
    let candidates = ["src", "src/audio"].map(|folder| root().join(folder).join(&path));
    candidates
        .iter()
        .flat_map(|path| [path.with_extension("rs"), path.join("mod.rs")])
        .find(|path| path.is_file())
}

/// Whether the text defines or re-exports the item.
fn has_item(text: &str, name: &str) -> bool {
    let is_word = |line: &str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == name)
    };
    let is_definition = |line: &str| {
        let line = line.trim_start();
        let visible = match line.strip_prefix("pub(") {
            Some(rest) => rest.split_once(") ").map_or(line, |(_, rest)| rest),
            None => line.strip_prefix("pub ").unwrap_or(line),
        };
        let kinds = [
            "fn ", "struct ", "enum ", "trait ", "const ", "static ", "type ", "mod ",
        ];
        let mut names = kinds.iter().filter_map(|kind| visible.strip_prefix(kind));
        names.any(|rest| rest.starts_with(name)) || line.starts_with("pub use ")
    };
    text.lines()
        .any(|line| is_word(line) && is_definition(line))
}

/// Whether some file in `src` passes the test.
fn any_source(test: &dyn Fn(&str) -> bool) -> bool {
    fn any_file(folder: &Path, test: &dyn Fn(&str) -> bool) -> bool {
        fs::read_dir(folder).unwrap().any(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                any_file(&path, test)
            } else {
                fs::read_to_string(&path).is_ok_and(|text| test(&text))
            }
        })
    }
    any_file(&root().join("src"), test)
}

/// Whether the type or trait has the method.
fn has_method(owner: &str, method: &str) -> bool {
    let is_owner = |text: &str| {
        text.lines().any(|line| {
            let is_block = line.starts_with("impl") || line.starts_with("pub trait");
            let mut words = line.split(|c: char| !c.is_alphanumeric());
            is_block && words.any(|word| word == owner)
        })
    };
    any_source(&|text| is_owner(text) && has_item(text, method))
}

/// Whether a span such as `commands::play::run`, `Pcm::open` or `Source` names something that exists.
fn is_known(span: &str) -> bool {
    let Some((path, name)) = span.rsplit_once("::") else {
        return any_source(&|text| has_item(text, span));
    };
    if path.starts_with(char::is_uppercase) {
        return has_method(path, name);
    }
    let in_module = |file: PathBuf| has_item(&fs::read_to_string(file).unwrap(), name);
    module_file(span).is_some() || module_file(path).is_some_and(in_module)
}

/// Whether a span is the name of an item of this crate: a path, or a type.
fn is_name(span: &str) -> bool {
    let is_type = span.starts_with(char::is_uppercase)
        && span.contains(char::is_lowercase)
        && span.chars().all(char::is_alphanumeric);
    let is_external = span.starts_with("clap::") || span.starts_with("aloud::");
    is_type || span.contains("::") && !is_external
}

#[test]
fn paths_and_names_in_contributing_exist() {
    let markdown = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let spans = code_spans(&markdown);
    let paths: Vec<_> = spans.iter().filter(|span| is_path(span)).collect();
    let names: Vec<_> = spans.iter().filter(|span| is_name(span)).collect();
    assert!(paths.len() > 10 && names.len() > 10, "{paths:?} {names:?}");
    let missing: Vec<_> = paths.into_iter().filter(|path| !exists(path)).collect();
    assert!(missing.is_empty(), "no such files: {missing:?}");
    let unknown: Vec<_> = names.into_iter().filter(|name| !is_known(name)).collect();
    assert!(unknown.is_empty(), "no such items: {unknown:?}");
}

#[test]
fn unknown_names_are_noticed() {
    assert!(is_known("commands::play::run") && is_known("Ui::event"));
    assert!(!is_known("commands::play::walk") && !is_known("commands::fly::run"));
    assert!(is_known("Source") && !is_known("Songbook"));
    assert!(!is_known("Ui::sing") && !exists("src/nosuch.rs"));
    let spans = code_spans("a `b` c `src/NAME.rs`\n```\n`x`\n```\n`d::e`");
    assert_eq!(spans, ["b", "d::e"]);
}

/// The names and versions of all packages in a Cargo.lock.
fn packages(lock: &str) -> BTreeSet<String> {
    lock.split("[[package]]\n")
        .skip(1)
        .map(|package| package.lines().take(2).collect::<Vec<_>>().join(" "))
        .collect()
}

/// The dependencies of aloud in a Cargo.lock.
fn dependencies(lock: &str) -> BTreeSet<&str> {
    let (_, package) = lock.split_once("name = \"aloud\"\n").unwrap();
    let (_, list) = package.split_once("dependencies = [\n").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    list.split_whitespace()
        .filter_map(|word| word.strip_prefix('"'))
        .map(|name| name.trim_end_matches("\","))
        .collect()
}

#[test]
fn the_fuzz_targets_use_the_dependencies_of_the_library() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let (lock, fuzz, manifest) = (
        read("Cargo.lock"),
        read("fuzz/Cargo.lock"),
        read("Cargo.toml"),
    );
    let remedy = "run: cp Cargo.lock fuzz/ && cd fuzz && cargo update --workspace";
    let own = ["aloud-fuzz", "arbitrary", "jobserver", "libfuzzer-sys"];
    let is_own = |package: &str| {
        own.iter()
            .any(|own| package.contains(&format!("\"{own}\"")))
    };
    let mut other: Vec<_> = packages(&fuzz)
        .difference(&packages(&lock))
        .cloned()
        .collect();
    other.retain(|package| !is_own(package));
    assert!(other.is_empty(), "{other:?}: {remedy}");

    let program = manifest
        .lines()
        .find(|line| line.starts_with("cli = "))
        .unwrap();
    let mut expected = dependencies(&lock);
    expected.retain(|name| *name != "proptest" && !program.contains(&format!("\"dep:{name}\"")));
    assert_eq!(dependencies(&fuzz), expected, "{remedy}");
}
