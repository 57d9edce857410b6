//! Three languages say the same things, and nothing is asked for that none says.

use std::path::Path;

use super::ftl::{Messages, messages, parse};
use crate::{ErrorKind, Locale};

/// This crate's own, which stand behind every program's.
const OWN: [&str; 4] = [
    include_str!("../../locales/cs/countries.ftl"),
    include_str!("../../locales/cs/date.ftl"),
    include_str!("../../locales/cs/error.ftl"),
    include_str!("../../locales/cs/page.ftl"),
];

/// Compares ids and arguments across `locales/{cs,en,de}/*.ftl`.
pub fn text_findings(locales: &Path) -> Vec<String> {
    let mut findings = Vec::new();
    let languages = Locale::ALL.map(|locale| {
        (
            locale.code(),
            messages(&locales.join(locale.code()), &mut findings),
        )
    });
    for (code, messages) in &languages {
        for (other_code, others) in &languages {
            findings.extend(differences(code, messages, other_code, others));
        }
    }
    findings
}

fn differences(
    code: &str,
    messages: &Messages,
    other_code: &str,
    others: &Messages,
) -> Vec<String> {
    let compare = |(id, arguments): (&String, _)| match others.get(id) {
        None => Some(format!("`{id}` is in {code}, not in {other_code}")),
        // Said once for each pair.
        Some(other) if other != arguments && code < other_code => Some(format!(
            "`{id}` has other arguments in {code} than in {other_code}"
        )),
        Some(_) => None,
    };
    messages.iter().filter_map(compare).collect()
}

/// Checks that each error of the catalogue has its texts, and that codes and texts are its own.
pub fn error_findings(locales: &Path, kinds: &[&ErrorKind]) -> Vec<String> {
    let mut findings = Vec::new();
    let known = known(locales, &mut findings);
    for (at, kind) in kinds.iter().enumerate() {
        let missing = kind
            .text_ids()
            .into_iter()
            .filter(|id| !known.contains_key(id));
        findings.extend(missing.map(|id| format!("{}: `{id}` is missing", kind.code)));
        let is_doubled = kinds
            .iter()
            .skip(at + 1)
            .any(|other| other.code == kind.code);
        findings.extend(is_doubled.then(|| format!("{} stands twice", kind.code)));
    }
    findings
}

/// Looks for ids that templates and sources ask for (`text("…")`, `rich("…")`, `Message::new("…")`)
/// and that neither the crate nor this one has.
pub fn used_text_findings(locales: &Path, sources: &[&Path]) -> Vec<String> {
    let mut findings = Vec::new();
    let known = known(locales, &mut findings);
    for folder in sources {
        visit(folder, &mut |name, content| {
            let asked = [".text(\"", ".rich(\"", "Message::new(\""]
                .into_iter()
                .flat_map(|call| content.split(call).skip(1))
                .filter_map(|rest| rest.split_once('"'))
                .map(|(id, _)| id);
            findings.extend(
                asked
                    .filter(|id| !known.contains_key(*id))
                    .map(|id| format!("{name}: `{id}` is no text")),
            );
        });
    }
    findings
}

fn known(locales: &Path, findings: &mut Vec<String>) -> Messages {
    let mut known = messages(&locales.join(Locale::Cs.code()), findings);
    known.extend(OWN.into_iter().flat_map(parse));
    known
}

fn visit(path: &Path, read: &mut impl FnMut(&str, &str)) {
    let inside = std::fs::read_dir(path)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()));
    for entry in inside {
        if entry.is_dir() {
            visit(&entry, read);
        } else if let Ok(content) = std::fs::read_to_string(&entry) {
            read(&entry.display().to_string(), &content);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use crate::problem::CATALOGUE;

    fn folder(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
    }

    const NOTHING: [&str; 0] = [];

    #[test]
    fn our_texts_are_complete_in_three_languages() {
        assert_eq!(text_findings(&folder("locales")), NOTHING);
        assert_eq!(
            error_findings(
                &folder("locales"),
                &[CATALOGUE, example::CATALOGUE].concat()
            ),
            NOTHING
        );
        assert_eq!(
            used_text_findings(
                &folder("locales"),
                &[&folder("templates"), &folder("src/page")]
            ),
            NOTHING
        );
    }

    #[test]
    fn a_missing_text_and_another_argument_are_found() {
        let cs = parse("a = { $x }\nb = 1\n");
        let en = parse("a = { $y }\n");

        assert_eq!(
            differences("cs", &cs, "en", &en),
            [
                "`a` has other arguments in cs than in en",
                "`b` is in cs, not in en"
            ]
        );
    }
}
