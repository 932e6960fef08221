//! All source files, the paths that each uses, and the items that each defines.

use super::tokens::{Token, item_length, product, starts_with};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A module path: `["lib", "audio", "pcm"]`, or `["bin", "commands"]`.
pub type ModulePath = Vec<String>;

/// A file of the library or the program, without its test code.
pub struct SourceFile {
    /// Its path below `src`.
    pub name: String,
    pub module: ModulePath,
    pub tokens: Vec<Token>,
    /// Names that are in scope for a path: child modules, and what is imported.
    scope: BTreeMap<String, Vec<String>>,
    /// Re-exported names.
    exports: BTreeMap<String, Vec<String>>,
    /// Paths that are used, with the inline modules they are used in.
    paths: Vec<(Vec<String>, usize)>,
}

pub struct Sources(pub Vec<SourceFile>);

impl Sources {
    pub fn load() -> Sources {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut names = Vec::new();
        list(&root, &mut names);
        names.sort();
        let mut files = Vec::new();
        let mut test_files = Vec::new();
        for path in names {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
            let (tokens, test_modules) = product(&fs::read_to_string(&path).unwrap());
            let file = SourceFile::new(name.to_owned(), tokens);
            test_files.extend(test_modules.into_iter().map(|test| {
                let mut module = file.module.clone();
                module.push(test);
                module
            }));
            files.push(file);
        }
        files.retain(|file| !test_files.iter().any(|test| file.module.starts_with(test)));
        Sources(files)
    }

    /// The names of the files that each file uses.
    pub fn uses(&self) -> BTreeMap<&str, Vec<&str>> {
        let of = |file: &SourceFile| {
            let mut used: Vec<&str> = file
                .paths
                .iter()
                .filter_map(|(path, depth)| self.resolve(&file.absolute(path, *depth)?))
                .filter(|used| *used != file.name)
                .collect();
            used.sort_unstable();
            used.dedup();
            used
        };
        let named = self.0.iter().map(|file| (file.name.as_str(), of(file)));
        named.collect()
    }

    /// The file that defines what an absolute path names, through re-exports. `None` for a module by itself.
    fn resolve(&self, path: &[String]) -> Option<&str> {
        let file = (1..=path.len())
            .rev()
            .find_map(|length| self.0.iter().find(|file| file.module == path[..length]))?;
        let item = path.get(file.module.len())?;
        match file.exports.get(item) {
            Some(exported) => {
                let mut path_beyond = file.absolute(exported, 0)?;
                path_beyond.extend_from_slice(&path[file.module.len() + 1..]);
                self.resolve(&path_beyond)
            }
            None => Some(&file.name),
        }
    }
}

fn list(folder: &Path, names: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            names.push(path);
        }
    }
}

fn module_of(name: &str) -> ModulePath {
    let root = match name.starts_with("audio/") || name == "lib.rs" {
        true => "lib",
        false => "bin",
    };
    let path = name.trim_end_matches(".rs").trim_end_matches("/mod");
    let inner = path
        .split('/')
        .filter(|part| !matches!(*part, "lib" | "main"));
    std::iter::once(root)
        .chain(inner)
        .map(str::to_owned)
        .collect()
}

impl SourceFile {
    fn new(name: String, tokens: Vec<Token>) -> SourceFile {
        let mut file = SourceFile {
            module: module_of(&name),
            name,
            scope: BTreeMap::new(),
            exports: BTreeMap::new(),
            paths: Vec::new(),
            tokens: Vec::new(),
        };
        file.collect_imports(&tokens);
        file.collect_paths(&tokens);
        file.tokens = tokens;
        file
    }

    fn collect_imports(&mut self, tokens: &[Token]) {
        for at in 0..tokens.len() {
            let rest = &tokens[at..];
            if let [keyword, child, end, ..] = rest
                && keyword.text == "mod"
                && end.text == ";"
            {
                let child = child.text.clone();
                self.scope
                    .insert(child.clone(), vec!["self".to_owned(), child]);
            } else if starts_with(rest, &["use"]) {
                let exported = at > 0 && matches!(tokens[at - 1].text.as_str(), "pub" | ")");
                let mut paths = Vec::new();
                use_tree(&rest[1..item_length(rest) - 1], &[], &mut paths);
                for (name, path) in paths {
                    if exported {
                        self.exports.insert(name.clone(), path.clone());
                    }
                    self.scope.insert(name, path.clone());
                    self.paths.push((path, inline_depth(&tokens[..at])));
                }
            }
        }
    }

    /// Paths outside of imports: `crate::a::B`, `super::b()`, or `module::c()`.
    fn collect_paths(&mut self, tokens: &[Token]) {
        let mut at = 0;
        while at < tokens.len() {
            let rest = &tokens[at..];
            if starts_with(rest, &["use"]) {
                at += item_length(rest);
                continue;
            }
            let path = path_at(rest);
            if path.len() > 1 && (at == 0 || tokens[at - 1].text != "::") {
                self.paths.push((path, inline_depth(&tokens[..at])));
            }
            at += 1;
        }
    }

    /// The path from the crate's root. `depth` is how many inline modules it stands in. `None` for other crates.
    fn absolute(&self, path: &[String], depth: usize) -> Option<ModulePath> {
        let supers = path.iter().take_while(|part| *part == "super").count();
        let parent = self
            .module
            .len()
            .saturating_sub(supers.saturating_sub(depth));
        let (start, rest) = match path.first()?.as_str() {
            "crate" => (self.module[..1].to_vec(), &path[1..]),
            "aloud" => (vec!["lib".to_owned()], &path[1..]),
            "self" => (self.module.clone(), &path[1..]),
            "super" => (self.module[..parent].to_vec(), &path[supers..]),
            first => {
                let scoped = self.scope.get(first)?;
                // What is imported under its own name from another crate.
                if scoped.first().is_some_and(|scope| scope == first) {
                    return None;
                }
                return self.absolute(scoped, depth).map(|mut start| {
                    start.extend_from_slice(&path[1..]);
                    start
                });
            }
        };
        Some(start.into_iter().chain(rest.iter().cloned()).collect())
    }
}

/// How many inline modules are open at the end of `tokens`.
fn inline_depth(tokens: &[Token]) -> usize {
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" => open.push(at >= 2 && tokens[at - 2].text == "mod"),
            "}" => drop(open.pop()),
            _ => {}
        }
    }
    open.into_iter().filter(|is_module| *is_module).count()
}

fn is_name(token: &Token) -> bool {
    token
        .text
        .starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn path_at(tokens: &[Token]) -> Vec<String> {
    let mut path = Vec::new();
    let mut rest = tokens;
    while let Some(first) = rest.first()
        && is_name(first)
    {
        path.push(first.text.clone());
        match starts_with(&rest[1..], &["::"]) {
            true => rest = &rest[2..],
            false => break,
        }
    }
    path
}

/// The names that an import brings into scope, each with its path.
fn use_tree(tokens: &[Token], prefix: &[String], found: &mut Vec<(String, Vec<String>)>) {
    let mut path = prefix.to_vec();
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "::" => {}
            "{" => {
                for part in split(&tokens[at + 1..tokens.len() - 1]) {
                    use_tree(part, &path, found);
                }
                return;
            }
            "as" => {
                found.push((tokens[at + 1].text.clone(), path));
                return;
            }
            "self" if !path.is_empty() => {}
            name => path.push(name.to_owned()),
        }
    }
    if let Some(name) = path.last() {
        found.push((name.clone(), path));
    }
}

/// The parts between commas outside of braces.
fn split(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0;
    tokens
        .split(|token| {
            match token.text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            depth == 0 && token.text == ","
        })
        .filter(|part| !part.is_empty())
        .collect()
}
