//! Rust as `rustfmt` leaves it, read line by line: functions, what they call, and the names that a file gives to modules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A function with its body.
#[derive(Debug)]
pub(super) struct Function {
    /// Where it stands: the stem of its file, or the folder's name of a `mod.rs`.
    pub(super) module: String,
    /// The folder of its file, whose module may hand it on.
    pub(super) folder: String,
    /// The type whose method it is.
    pub(super) owner: Option<String>,
    pub(super) name: String,
    /// Everything before the body.
    pub(super) signature: String,
    body: String,
    is_test: bool,
    /// The names that its file gives to modules.
    renamed: BTreeMap<String, String>,
    /// Every word of what its file imports.
    imported: BTreeSet<String>,
}

/// What a body calls, or hands on to be called.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    /// `name(`
    Bare(String),
    /// `.name(`
    Method(String),
    /// `module::name` or `Type::name`
    Of(String, String),
}

impl Function {
    /// As one reads it in a message.
    pub(super) fn path(&self) -> String {
        match &self.owner {
            Some(owner) => format!("{}::{owner}::{}", self.module, self.name),
            None => format!("{}::{}", self.module, self.name),
        }
    }

    /// Whether its file imports this function by its name.
    pub(super) fn imports(&self, function: &Self) -> bool {
        let has = |word: &str| self.imported.contains(word);
        let is_ours = self.folder == function.module && has("super");
        has(&function.name) && (is_ours || has(&function.module) || has(&function.folder))
    }

    /// Whether it is a test that has one of these words in its body.
    pub(super) fn is_test_on(&self, engines: &[&str]) -> bool {
        self.is_test && engines.iter().any(|word| self.body.contains(word))
    }

    /// Whether it is a test.
    pub(super) const fn is_test(&self) -> bool {
        self.is_test
    }

    /// What it calls, modules by their own names.
    pub(super) fn calls(&self) -> BTreeSet<Call> {
        let known = |name: &str| self.renamed.get(name).cloned().unwrap_or(name.to_owned());
        let mut calls = BTreeSet::new();
        let body = self.body.as_bytes();
        let mut at = 0;
        while at < body.len() {
            if !is_word(body[at]) {
                at += 1;
                continue;
            }
            let start = at;
            while at < body.len() && is_word(body[at]) {
                at += 1;
            }
            let word = &self.body[start..at];
            let before = &self.body[..start];
            if let Some(path) = before.strip_suffix("::") {
                let from = path.rfind(|c: char| !c.is_alphanumeric() && c != '_');
                let qualifier = &path[from.map_or(0, |place| place + 1)..];
                calls.insert(Call::Of(known(qualifier), word.to_owned()));
            } else if body.get(at) == Some(&b'(') {
                calls.insert(if before.trim_end().ends_with('.') {
                    Call::Method(word.to_owned())
                } else {
                    Call::Bare(word.to_owned())
                });
            }
        }
        calls
    }
}

const fn is_word(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'_'
}

/// All functions below a folder, the tests inside its files left out.
pub(super) fn functions_in(folder: &Path) -> Vec<Function> {
    let mut found = Vec::new();
    for file in files(folder) {
        let text = std::fs::read_to_string(&file).unwrap();
        let stem = file.file_stem().unwrap();
        let module = if stem == "mod" {
            file.parent().unwrap().file_name().unwrap()
        } else {
            stem
        };
        let folder = file.parent().unwrap().file_name().unwrap();
        let text = text.split("\n#[cfg(test)]\nmod ").next().unwrap();
        found.extend(functions(
            module.to_str().unwrap(),
            folder.to_str().unwrap(),
            text,
        ));
    }
    assert!(!found.is_empty(), "nothing in {}", folder.display());
    found
}

/// The functions of one file.
pub(super) fn functions(module: &str, folder: &str, text: &str) -> Vec<Function> {
    let (renamed, imported) = (renamed(text), imported(text));
    let lines: Vec<&str> = text.lines().collect();
    let (mut found, mut owner) = (Vec::new(), None);
    for (number, line) in lines.iter().enumerate() {
        if line.starts_with("impl") {
            owner = owner_of(line);
        } else if *line == "}" {
            owner = None;
        }
        let Some(name) = name_of(line) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let (open, end) = (format!("{indent}}}"), lines.len());
        // A body on the line of its name, or none at all in a trait: nothing that runs a statement.
        let last = (number..end).find(|at| lines[*at] == open);
        let Some(last) = last.filter(|_| !line.trim_end().ends_with([';', '}'])) else {
            continue;
        };
        let begins = (number..last).find(|at| lines[*at].trim_end().ends_with('{'));
        let begins = begins.unwrap_or(number);
        let tests = ["#[tokio::test", "#[test]"];
        let attributes = lines[..number].iter().rev();
        let mut attributes = attributes.take_while(|line| line.trim_start().starts_with("#["));
        found.push(Function {
            module: module.to_owned(),
            folder: folder.to_owned(),
            owner: owner.clone().filter(|_| !indent.is_empty()),
            name: name.to_owned(),
            signature: lines[number..=begins].join("\n"),
            body: lines[begins + 1..last].join("\n"),
            is_test: attributes.any(|line| tests.iter().any(|test| line.contains(test))),
            renamed: renamed.clone(),
            imported: imported.clone(),
        });
    }
    found
}

/// The name on a line that begins a function.
fn name_of(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    if rest.starts_with("//") {
        return None;
    }
    for word in ["pub(crate) ", "pub(super) ", "pub ", "const ", "async "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let rest = rest.strip_prefix("fn ")?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
}

/// `impl<T> Trait for Type<T> {` is about `Type`.
fn owner_of(line: &str) -> Option<String> {
    let named = line.rsplit(" for ").next()?;
    let named = named.strip_prefix("impl").unwrap_or(named);
    let named = match named.strip_prefix('<') {
        Some(generics) => generics.split_once('>')?.1,
        None => named,
    };
    let name = named
        .trim()
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// `account as accounts` and `client::{self as clients`, the other way round.
fn renamed(text: &str) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for import in imports(text) {
        for place in import.windows(4) {
            let (module, name) = match place {
                [module, "self", "as", name] => (module, name),
                [_, module, "as", name] if *module != "self" => (module, name),
                _ => continue,
            };
            names.insert((*name).to_owned(), (*module).to_owned());
        }
    }
    names
}

fn imported(text: &str) -> BTreeSet<String> {
    imports(text).flatten().map(str::to_owned).collect()
}

/// The words of each import of a file.
fn imports(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let begins = |line: &str| line.starts_with("use ") || line.starts_with("pub use ");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut at = 0;
    let starts: Vec<usize> = lines
        .iter()
        .filter_map(|line| {
            let start = at;
            at += line.len();
            begins(line).then_some(start)
        })
        .collect();
    starts.into_iter().map(|start| {
        let import = text[start..].split(';').next().unwrap_or_default();
        let words = import.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.filter(|word| !word.is_empty()).collect()
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
