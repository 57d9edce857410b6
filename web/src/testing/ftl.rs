//! Reading Fluent files as far as ids and arguments go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_templates::fluent_bundle::FluentResource;

/// The messages of one language: id → names of its arguments.
pub(super) type Messages = BTreeMap<String, BTreeSet<String>>;

/// All messages of a language's folder; what cannot be read or stands twice becomes a finding.
pub(super) fn messages(folder: &Path, findings: &mut Vec<String>) -> Messages {
    let mut messages = Messages::new();
    for (name, text) in files(folder) {
        if let Err((_, errors)) = FluentResource::try_new(text.clone()) {
            findings.push(format!("{name}: {errors:?}"));
        }
        for (id, arguments) in parse(&text) {
            if messages.insert(id.clone(), arguments).is_some() {
                findings.push(format!("{name}: `{id}` stands twice"));
            }
        }
    }
    messages
}

fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "ftl"))
        .filter_map(|path| {
            Some((
                path.display().to_string(),
                std::fs::read_to_string(path).ok()?,
            ))
        })
        .collect();
    files.sort();
    files
}

/// A message begins at the edge; what is indented belongs to it.
pub(super) fn parse(text: &str) -> Messages {
    let mut messages = Messages::new();
    let mut current: Option<String> = None;
    for line in text.lines() {
        if line.starts_with('#') {
            current = None;
            continue;
        }
        if let Some((id, _)) = line
            .split_once('=')
            .filter(|_| line.starts_with(|c: char| c.is_ascii_alphabetic()))
        {
            current = Some(id.trim().to_owned());
            messages.entry(id.trim().to_owned()).or_default();
        }
        if let Some(arguments) = current.as_ref().and_then(|id| messages.get_mut(id)) {
            arguments.extend(arguments_in(line));
        }
    }
    messages
}

fn arguments_in(line: &str) -> impl Iterator<Item = String> + '_ {
    line.split('$').skip(1).map(|rest| {
        rest.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .collect()
    })
}
