//! Nobody forgets an attack: `cases.toml` and the test functions name the same cases.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[test]
fn every_listed_attack_has_one_test_function_and_every_attack_test_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (listed, open) = listed(&root.join("tests/cases.toml"));
    let mut written: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for folder in [
        "tests/it",
        "tests/browser",
        "tests/peers",
        "federation/src",
        "idp/src",
        "outbound/src",
        "portal/src",
        "store/src",
        "web/src",
    ] {
        for file in sources(&root.join(folder)) {
            for name in attack_functions(&std::fs::read_to_string(&file).unwrap()) {
                written.entry(case_of(&name)).or_default().push(format!(
                    "{} in {}",
                    name,
                    file.display()
                ));
            }
        }
    }

    let missing: Vec<_> = listed
        .iter()
        .filter(|case| !written.contains_key(*case))
        .collect();
    let unlisted: Vec<_> = written
        .keys()
        .filter(|case| !listed.contains(*case) && !open.contains(*case))
        .collect();

    assert!(
        missing.is_empty(),
        "listed in tests/cases.toml without a test function: {missing:?}"
    );
    let closed: Vec<_> = open
        .iter()
        .filter(|case| written.contains_key(*case))
        .collect();
    assert!(
        closed.is_empty(),
        "no longer open, move them up in tests/cases.toml: {closed:?}"
    );
    assert!(
        unlisted.is_empty(),
        "test functions whose case is not in tests/cases.toml: {unlisted:?}"
    );
}

/// A case of a reference that is neither listed nor open was forgotten; one that no reference has is misspelt.
#[test]
fn every_case_of_the_references_is_listed_or_open_with_its_reason() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases.toml");
    let (listed, open) = self::listed(&path);
    let text = std::fs::read_to_string(&path).unwrap();
    let (_, references) = text.split_once("[reference]").unwrap();

    for (name, ranges) in references.lines().filter_map(|line| line.split_once(" = ")) {
        let all: BTreeSet<String> = ranges
            .trim_matches('"')
            .split(' ')
            .flat_map(|range| ids(name, range))
            .collect();
        let of_this = |case: &&String| case.starts_with(&format!("{name}_"));
        let known: BTreeSet<String> = listed
            .iter()
            .chain(&open)
            .filter(of_this)
            .cloned()
            .collect();

        let forgotten: Vec<_> = all.difference(&known).collect();
        let misspelt: Vec<_> = known.difference(&all).collect();
        assert_eq!(
            (forgotten.len(), misspelt.len()),
            (0, 0),
            "{forgotten:?} {misspelt:?}"
        );
    }
    let both: Vec<_> = listed.intersection(&open).collect();
    assert!(both.is_empty(), "{both:?}");
}

/// `isds` and `a01-a06`: `isds_a01` to `isds_a06`.
fn ids(name: &str, range: &str) -> Vec<String> {
    let (first, last) = range.split_once('-').unwrap();
    let number = |id: &str| id[1..].parse::<u32>().unwrap();
    assert_eq!(first[..1], last[..1], "{range}");
    (number(first)..=number(last))
        .map(|number| format!("{name}_{}{number:02}", &first[..1]))
        .collect()
}

/// The cases of the list, and those it calls open.
fn listed(path: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let text = std::fs::read_to_string(path).unwrap();
    let (cases, _) = text.split_once("\n[reference]").unwrap();
    let (listed, open) = cases.split_once("\n[open]").unwrap();
    (keys(listed), keys(open))
}

fn keys(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, _)| key.trim().to_owned())
        .filter(|key| !key.starts_with('#'))
        .collect()
}

/// The case a function belongs to: `nia_s07_a_key_of_…` is `nia_s07`.
fn case_of(function: &str) -> String {
    function.split('_').take(2).collect::<Vec<_>>().join("_")
}

fn attack_functions(source: &str) -> Vec<String> {
    source
        .lines()
        .filter_map(|line| {
            line.trim_start()
                .strip_prefix("async fn ")
                .or_else(|| line.trim_start().strip_prefix("fn "))
        })
        .map(|rest| rest.split(['(', '<']).next().unwrap_or_default().to_owned())
        .filter(|name| {
            ["nia_s", "atk_", "isds_", "portal_1"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        })
        .filter(|name| {
            name.split('_')
                .nth(1)
                .is_some_and(|id| id.chars().any(|c| c.is_ascii_digit()))
        })
        .collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flatten()
        .map(|entry| entry.path())
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
