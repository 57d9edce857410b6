//! `GET /account`: who the person is to us, each value with its source, and how they sign in.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use federation::FactKind;
use serde::Deserialize;
use web::form::Query;
use web::{Locale, Shell, Texts, page};

use super::frame::{self, IDENTITY, Visitor};
use super::older;
use super::way_back::{self, WayBack};
use crate::broker::Broker;
use crate::login::problems::Trouble;
use crate::session::Browser;
use crate::storage::account_merge::AccountMerge;
use crate::storage::fact::Fact;
use crate::storage::upstream_link::UpstreamLink;
use crate::storage::verification::Verification;
use crate::storage::{account_merge, upstream_link, verification};
use crate::words::{self, Provenance};

/// The page.
#[tracing::instrument(name = "account.identity", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    browser: Browser,
    headers: HeaderMap,
    Query(told): Query<Told>,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let (signed_in, csrf, mut tx) =
        match frame::visitor(&broker, &browser, &headers, IDENTITY, now).await? {
            Visitor::Known(signed_in, csrf, tx) => (signed_in, csrf, tx),
            Visitor::Unknown(response) => return Ok(response),
        };
    let account_id = signed_in.account.account_id;
    let facts = frame::facts(&broker, &mut tx, &signed_in, now).await?;
    let proofs = verification::list_valid(&mut tx, account_id, now).await?;
    let links = upstream_link::list_by_account(&mut tx, account_id).await?;
    let parts = account_merge::list_parts(&mut tx, account_id).await?;
    let mut merges = account_merge::list_within(&mut tx, account_id).await?;
    let asks_older = older::is_asked(&mut tx, &signed_in.account, now).await?;
    merges.retain(|merge| now < merge.undo_until);
    merges.sort_by_key(|merge| (merge.merged_at, merge.merge_id));
    drop(tx);
    signed_in.seen_alone(&broker, now).await?;

    let parts = parts.into_iter().map(|(part, _)| part);
    let whose: Vec<_> = parts.chain([account_id]).collect();
    let way_back = way_back::find(&broker, &headers, &browser, &whose, shell.locale, now).await;
    let shell = frame::framed(&broker, shell, &facts, &csrf, "identity");
    let t = shell.t;
    let level = proofs
        .first()
        .map(|proof| words::Level::of(t, proof.identity_level));
    let languages = Locale::ALL
        .into_iter()
        .map(|locale| Language {
            code: locale.code(),
            name: t
                .text(&format!("language-name-{}", locale.code()))
                .to_string(),
            is_chosen: signed_in
                .account
                .locale
                .as_deref()
                .unwrap_or(t.locale().code())
                == locale.code(),
        })
        .collect();
    let page_of = IdentityPage {
        level,
        rows: rows(&broker, t, &facts),
        ways: links
            .iter()
            .map(|link| way(&broker, t, link, &proofs))
            .collect(),
        merges: merges.iter().map(|merge| Merged::of(t, merge)).collect(),
        done: told.done.as_deref().and_then(|word| done(&broker, t, word)),
        languages,
        asks_older,
        way_back,
        shell,
    };
    Ok((browser, page(&page_of)).into_response())
}

/// One row a kind of fact; the name is one.
fn rows(broker: &Broker, t: Texts, facts: &[Fact]) -> Vec<Row> {
    let mut rows = Vec::new();
    if let (Some(name), Some(fact)) = (
        words::person(facts),
        facts.iter().find(|fact| fact.kind == FactKind::FamilyName),
    ) {
        let value = Value {
            text: name,
            source: words::provenance(broker, t, fact),
        };
        rows.push(Row {
            name: t.text("fact-name").to_string(),
            values: vec![value],
        });
    }
    let has_name = !rows.is_empty();
    for kind in FactKind::ALL {
        if has_name && matches!(kind, FactKind::GivenName | FactKind::FamilyName) {
            continue;
        }
        let values: Vec<Value> = facts
            .iter()
            .filter(|fact| fact.kind == kind)
            .map(|fact| Value {
                text: words::fact_value(t, kind, &fact.value),
                source: words::provenance(broker, t, fact),
            })
            .collect();
        if !values.is_empty() {
            rows.push(Row {
                name: words::fact_name(t, kind),
                values,
            });
        }
    }
    rows
}

fn way(broker: &Broker, t: Texts, link: &UpstreamLink, proofs: &[Verification]) -> Way {
    let proof = proofs
        .iter()
        .find(|proof| proof.upstream_link_id == Some(link.upstream_link_id));
    Way {
        href: format!("/account/ways/{}", link.upstream_link_id),
        name: words::provider(broker, t, &link.provider),
        level: proof.map(|proof| words::Level::of(t, proof.identity_level)),
        used: t
            .text("way-used")
            .arg("added", t.date(link.created_at))
            .arg("used", t.moment(link.used_at))
            .to_string(),
        is_stale: link.stale_since.is_some(),
    }
}

/// Who the person is to us.
#[derive(Template)]
#[template(path = "pages/account/identity.html")]
struct IdentityPage {
    shell: Shell,
    level: Option<words::Level>,
    rows: Vec<Row>,
    ways: Vec<Way>,
    merges: Vec<Merged>,
    done: Option<Done>,
    languages: Vec<Language>,
    asks_older: bool,
    way_back: Option<WayBack>,
}

struct Row {
    name: String,
    values: Vec<Value>,
}

struct Value {
    text: String,
    source: Provenance,
}

struct Merged {
    text: String,
    href: String,
}

impl Merged {
    fn of(t: Texts, merge: &AccountMerge) -> Self {
        Self {
            text: t
                .text("identity-merged")
                .arg("date", t.date(merge.merged_at))
                .arg("until", t.date(merge.undo_until))
                .to_string(),
            href: format!("/account/merges/{}", merge.merge_id),
        }
    }
}

/// What the person has just done.
struct Done {
    title: String,
    text: String,
}

/// What the page's address may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Told {
    /// What the person has just done: one of five words.
    #[serde(default)]
    done: Option<String>,
}

fn done(broker: &Broker, t: Texts, word: &str) -> Option<Done> {
    let (title, text) = match word {
        "linked" => ("done-linked-title", "done-linked-text"),
        "replaced" => ("done-replaced-title", "done-replaced-text"),
        "merged" => ("done-merged-title", "done-merged-text"),
        "unlinked" => ("done-unlinked-title", "done-unlinked-text"),
        "review" => ("done-review-title", "done-review-text"),
        _ => return None,
    };
    let days = broker.config.account.undo_days;
    Some(Done {
        title: t.text(title).to_string(),
        text: t.text(text).arg("days", days).to_string(),
    })
}

struct Way {
    href: String,
    name: String,
    level: Option<words::Level>,
    used: String,
    is_stale: bool,
}

struct Language {
    code: &'static str,
    name: String,
    is_chosen: bool,
}
