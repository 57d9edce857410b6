//! The form in which an officer proposes a mandate.

use askama::Template;
use axum::response::{IntoResponse, Response};
use web::csrf::CsrfSecret;
use web::page::{Choices, Field};
use web::{Shell, Texts, page};

use super::super::{Officer, frame};
use super::propose_form::{Source, Typed, Wrong};
use super::row;
use crate::broker::Broker;
use crate::identity::Found;
use crate::login::frame::allow_providers;
use crate::mandate::Act;
use crate::words;

/// The form, with what was typed and what to mend. `several`: accounts to pick from, when names and birth date fit more than one.
pub(super) fn show(
    broker: &Broker,
    shell: Shell,
    officer: &Officer,
    csrf: &CsrfSecret,
    typed: &Typed,
    wrong: &[Wrong],
    several: &[Found],
) -> Response {
    let t = shell.t;
    let shell = frame::framed(broker, shell, officer, csrf, "staff-mandates").narrow();
    let shell = if wrong.is_empty() {
        shell
    } else {
        shell.with_error()
    };
    let field = |name: &'static str, value: &str| {
        let error = error(t, wrong, name);
        Field::new(name, t.text(label(name)))
            .value(value)
            .error(error)
    };
    let hinted = |field: Field, hint| field.hint(t.text(hint));
    let person = vec![
        field("given_name", &typed.given_name),
        field("family_name", &typed.family_name),
        hinted(
            field("birth_date", &typed.birth_date).kind("date"),
            "proposal-person-hint",
        ),
    ];
    let body = vec![
        hinted(field("ico", &typed.ico).optional(), "proposal-ico-hint"),
        hinted(field("name", &typed.name).optional(), "proposal-name-hint"),
        field("role", &typed.role).optional(),
    ];
    let paper = vec![
        field("evidence", &typed.evidence).optional(),
        hinted(
            field("from", &typed.from).kind("date").optional(),
            "proposal-from-hint",
        ),
        field("until", &typed.until).kind("date"),
    ];
    let account = (!several.is_empty()).then(|| accounts(t, typed, wrong, several));
    let kind = kinds(broker, t, typed, wrong);
    let may = acts(t, typed, wrong);
    let source = sources(t, typed, wrong);
    let (mut summary, groups) = (person.clone(), [Some(&kind), Some(&may), Some(&source)]);
    summary.extend(account.as_ref().map(Choices::summary));
    summary.extend(groups.into_iter().flatten().map(Choices::summary));
    summary.extend(body.iter().chain(&paper).cloned());
    let shown = ProposePage {
        shell,
        summary,
        person,
        account,
        kind,
        body,
        may,
        source,
        paper,
    };
    (allow_providers(broker), page(&shown)).into_response()
}

fn error(t: Texts, wrong: &[Wrong], name: &str) -> Option<String> {
    let (_, text) = wrong.iter().find(|(field, _)| *field == name)?;
    Some(t.text(text).to_string())
}

/// The Fluent id of a field's label.
fn label(name: &str) -> &'static str {
    match name {
        "given_name" => "fact-given_name",
        "family_name" => "fact-family_name",
        "birth_date" => "fact-birth_date",
        "ico" => "staff-mandates-ico",
        "name" => "proposal-name",
        "role" => "proposal-role",
        "evidence" => "proposal-evidence",
        "from" => "proposal-from",
        _ => "proposal-until",
    }
}

fn accounts(t: Texts, typed: &Typed, wrong: &[Wrong], several: &[Found]) -> Choices {
    let mut choices =
        Choices::one("account", t.text("proposal-account")).hint(t.text("proposal-account-hint"));
    choices.error = error(t, wrong, "account");
    for found in several {
        let id = found.account.account_id;
        let level = found.proofs.first().map(|proof| proof.identity_level);
        let level = level.unwrap_or(federation::IdentityLevel::Unverified);
        let words = t
            .text("proposal-account-since")
            .arg("date", t.date(found.account.created_at))
            .arg("level", words::level(t, level));
        choices = choices.option(id.to_string(), words, typed.account == Some(id));
    }
    choices
}

fn kinds(broker: &Broker, t: Texts, typed: &Typed, wrong: &[Wrong]) -> Choices {
    let mut choices = Choices::one("kind", t.text("proposal-kind"));
    choices.error = error(t, wrong, "kind");
    for kind in &broker.config.mandate.kinds {
        let is_picked = typed.kind == Some(*kind);
        choices = choices.option(kind.as_str(), row::kind(t, *kind), is_picked);
    }
    choices
}

fn acts(t: Texts, typed: &Typed, wrong: &[Wrong]) -> Choices {
    let mut choices = Choices::many("may", t.text("staff-mandates-may"));
    choices.error = error(t, wrong, "may");
    for act in Act::ALL {
        let words = t.text(&format!("act-{}", act.as_str()));
        choices = choices.option(act.as_str(), words, typed.may.contains(&act));
    }
    choices
}

fn sources(t: Texts, typed: &Typed, wrong: &[Wrong]) -> Choices {
    let mut choices = Choices::one("source", t.text("proposal-source"));
    choices.error = error(t, wrong, "source");
    for source in Source::ALL {
        let words = t.text(&format!("mandate-source-{}", source.as_str()));
        choices = choices.option(source.as_str(), words, typed.source == Some(source));
    }
    choices
}

/// An officer writes down what they verified.
#[derive(Template)]
#[template(path = "pages/staff/propose.html")]
struct ProposePage {
    shell: Shell,
    /// Everything that may have to be mended, in the order of the page.
    summary: Vec<Field>,
    person: Vec<Field>,
    account: Option<Choices>,
    kind: Choices,
    body: Vec<Field>,
    may: Choices,
    source: Choices,
    paper: Vec<Field>,
}
