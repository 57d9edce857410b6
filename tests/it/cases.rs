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
        "sandbox/src",
        "federation/src",
        "idp/src",
        "outbound/src",
        "portal/src",
        "store/src",
        "web/src",
    ] {
        for file in sources(&root.join(folder)) {
            for name in attack_functions(&file, &std::fs::read_to_string(&file).unwrap()) {
                let place = file.strip_prefix(&root).unwrap().display();
                let place = format!("{name} in {place}");
                written.entry(case_of(&name)).or_default().push(place);
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
    let text = std::fs::read_to_string(root.join("tests/cases.toml")).unwrap();
    let gone: Vec<_> = peers(&text)
        .into_iter()
        .filter(|name| {
            !written
                .get(&case_of(name))
                .is_some_and(|places| places.iter().any(|place| place.starts_with(name)))
        })
        .collect();
    assert!(
        gone.is_empty(),
        "what peers play, by tests/cases.toml, and no longer do: {gone:?}"
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

/// `isds` and `a01-a06`: `isds_a01` to `isds_a06`; `portal` and `01-30`: `portal_01` to `portal_30`.
fn ids(name: &str, range: &str) -> Vec<String> {
    let (first, last) = range.split_once('-').unwrap();
    let parts = |id: &str| {
        let letters: String = id.chars().take_while(char::is_ascii_alphabetic).collect();
        let number = id[letters.len()..].parse::<u32>().unwrap();
        (letters, number)
    };
    let ((letters, from), (same, to)) = (parts(first), parts(last));
    assert_eq!(letters, same, "{range}");
    (from..=to)
        .map(|number| format!("{name}_{letters}{number:02}"))
        .collect()
}

/// The functions that the list asks of peers by their whole names.
fn peers(text: &str) -> BTreeSet<String> {
    let (_, peers) = text.split_once("\n[peers]").unwrap();
    let (peers, _) = peers.split_once("\n[").unwrap();
    keys(peers)
}

/// The cases of the list, and those it calls open.
fn listed(path: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let text = std::fs::read_to_string(path).unwrap();
    let (cases, _) = text.split_once("\n[peers]").unwrap();
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

/// The functions of attacks in a file that are run, whatever runs it.
fn attack_functions(file: &Path, source: &str) -> Vec<String> {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("py") => by_pytest(source),
        Some("mjs") => by_node(source),
        _ => by_cargo(source),
    }
}

/// The attacks that pytest collects: functions at the margin, not passed over.
fn by_pytest(source: &str) -> Vec<String> {
    let lines: Vec<&str> = source.lines().collect();
    let is_passed_over = |at: usize| {
        let above = lines[..at].iter().rev();
        let mut above = above.take_while(|line| !line.trim().is_empty());
        above.any(|line| {
            line.starts_with("@pytest.mark.skip") || line.starts_with("@pytest.mark.xfail")
        })
    };
    let functions = lines.iter().enumerate().filter_map(|(at, line)| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        let name = line.strip_prefix("def test_")?.split('(').next()?;
        (is_attack(name) && !is_passed_over(at)).then(|| name.to_owned())
    });
    functions.collect()
}

/// The attacks among the tests of node, whose titles begin with the name: `test("atk_b10_… …", …`.
fn by_node(source: &str) -> Vec<String> {
    let titles = source.lines().filter_map(|line| {
        let title = line.trim().strip_prefix("test(")?;
        let name = title
            .get(1..)?
            .split(|of: char| !of.is_ascii_alphanumeric() && of != '_')
            .next()?;
        is_attack(name).then(|| name.to_owned())
    });
    titles.collect()
}

/// The attacks that `cargo test` runs: a helper of such a name, or a test that is passed over, plays nothing.
fn by_cargo(source: &str) -> Vec<String> {
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
    let mut words = name.split('_');
    let (of, id) = (words.next(), words.next().unwrap_or_default());
    let number = id.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
    matches!(of, Some("nia" | "atk" | "isds" | "portal"))
        && id.len() - number.len() <= 1
        && !number.is_empty()
        && number.chars().all(|letter| letter.is_ascii_digit())
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
        by_cargo(&source) == ["atk_b10_something"]
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
    assert!(by_cargo("#[test]\nfn attack_b10() {}").is_empty());
}

#[test]
fn peers_play_attacks_too() {
    let python = "def test_nia_s02_twice(town):\n    pass\n\ndef nia_s03_helper():\n    pass\n";
    assert_eq!(by_pytest(python), ["nia_s02_twice"]);
    assert!(by_pytest("@pytest.mark.skip\ndef test_nia_s02_twice():\n").is_empty());
    assert!(by_pytest("    def test_nia_s02_inside():\n").is_empty());

    assert_eq!(
        by_node("test(\"portal_27_no_way_out leads there\", async () => {\n"),
        ["portal_27_no_way_out"]
    );
    assert!(by_node("test.skip(\"portal_27_no_way_out\", () => {\n").is_empty());

    for name in ["portal_20_x", "atk_p01_x", "nia_s46_x"] {
        assert!(is_attack(name), "{name}");
    }
    for name in ["portal_at_provider", "nia_sb1_x", "isds_box_1", "portal_"] {
        assert!(!is_attack(name), "{name}");
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .flatten()
        .map(|entry| entry.path())
        .flat_map(|path| {
            if path.ends_with("node_modules") {
                Vec::new()
            } else if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            matches!(extension, Some("rs" | "py" | "mjs"))
        })
        .collect()
}
