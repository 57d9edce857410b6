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

/// The functions of attacks that `cargo test` runs: a helper of such a name, or a test that is passed over, plays nothing.
fn attack_functions(source: &str) -> Vec<String> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let functions = lines.iter().enumerate().filter_map(|(at, line)| {
        let rest = line
            .strip_prefix("async fn ")
            .or_else(|| line.strip_prefix("fn "))?;
        Some((at, rest.split(['(', '<']).next().unwrap_or_default()))
    });
    functions
        .filter(|(_, name)| is_attack(name))
        .filter(|(at, _)| is_run(&lines[..*at]))
        .map(|(_, name)| name.to_owned())
        .collect()
}

fn is_attack(name: &str) -> bool {
    let prefixes = ["nia_s", "atk_", "isds_", "portal_1"];
    let id = name.split('_').nth(1).unwrap_or_default();
    prefixes.iter().any(|prefix| name.starts_with(prefix))
        && id.chars().any(|letter| letter.is_ascii_digit())
}

/// Whether a function is a test that is run, by the attributes at the end of what stands above it.
fn is_run(above: &[&str]) -> bool {
    let ends_something = |line: &&&str| line.is_empty() || line.ends_with(['}', '{', ';']);
    let above_it: Vec<&str> = above
        .iter()
        .rev()
        .take_while(|line| !ends_something(line))
        .filter(|line| !line.starts_with("//"))
        .copied()
        .collect();
    let has = |start: &str| above_it.iter().any(|line| line.starts_with(start));
    (has("#[test]") || has("#[tokio::test]") || has("#[tokio::test(")) && !has("#[ignore")
}

#[test]
fn only_a_test_that_is_run_counts_for_its_case() {
    let counts = |above: &str| {
        let source = format!("fn before() {{}}\n\n{above}\nasync fn atk_b10_something() {{}}\n");
        attack_functions(&source) == ["atk_b10_something"]
    };

    assert!(counts("#[test]"));
    assert!(counts("/// Why.\n#[tokio::test]"));
    assert!(counts(
        "#[tokio::test(flavor = \"multi_thread\")]\n#[expect(\n    clippy::too_many_lines,\n    reason = \"one\"\n)]"
    ));
    assert!(!counts(""));
    assert!(!counts("/// #[test]"));
    assert!(!counts("#[test]\n#[ignore = \"slow\"]"));
    assert!(!counts("#[ignore]\n#[tokio::test]"));
    assert!(!counts("#[test]\nfn another() {}\n"));
    assert!(attack_functions("#[test]\nfn attack_b10() {}").is_empty());
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
