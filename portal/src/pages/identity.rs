//! `GET /moje-identita`: what the town received about the person, from whom, at which level, and when.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use url::Url;
use web::page::{Allow, Shell, page};
use web::{Random, Texts};

use super::frame;
use crate::broker::Broker;
use crate::config::AccountUrl;
use crate::identity::acting::SELF;
use crate::identity::claims::Provenance;
use crate::identity::facts::{self, Fact, Framework, Kind, Source};
use crate::identity::{Claims, IdentityLevel, Levels, StepUp};
use crate::login::Target;
use crate::session::SignedInPerson;

#[derive(Template)]
#[template(path = "pages/identity.html")]
struct IdentityPage {
    shell: Shell,
    level: IdentityLevel,
    step_up: Option<String>,
    facts: Vec<Row>,
    signed_in_by: String,
    signed_in_at: Option<String>,
    as_of: String,
    account_url: Option<String>,
    acting: Option<ActingView>,
}

/// For whom the person acts, and for whom they may.
struct ActingView {
    now: String,
    until: Option<String>,
    others: Vec<Other>,
}

/// A button that switches.
struct Other {
    value: String,
    words: String,
}

/// One fact in words.
struct Row {
    label: &'static str,
    value: String,
    /// How the badge looks: a record, the person's own proven value, or only their word.
    badge: &'static str,
    source: String,
    level: Option<IdentityLevel>,
}

/// Shows the facts.
pub async fn get(
    State(random): State<Random>,
    State(AccountUrl(account_url)): State<AccountUrl>,
    State(broker): State<Broker>,
    person: SignedInPerson,
    shell: Shell,
) -> Response {
    let shell = frame(shell, Some(&person), "identity", &random);
    let level = level_of(&person);
    let step_up = (level < IdentityLevel::State).then(|| {
        format!(
            "{}&uroven={}",
            Target::Identity.login_path(),
            StepUp::State.word()
        )
    });
    let page = page(&IdentityPage {
        level,
        step_up,
        facts: facts::list(&person.claims)
            .iter()
            .map(|fact| Row::new(fact, &shell.t))
            .collect(),
        signed_in_by: provider(person.session.login_provider.as_deref(), &shell.t),
        signed_in_at: person.session.auth_time.map(|at| shell.t.moment(at)),
        as_of: shell.t.moment(person.session.refreshed_at),
        account_url: account_url.map(String::from),
        acting: ActingView::of(&person.claims, &shell.t),
        shell,
    });
    // A switch leads through the broker; browsers hold that against the form's page.
    let broker = Url::parse(broker.issuer()).ok();
    (Allow::forms_to(broker.iter()), page).into_response()
}

/// The level of the person, as the broker says; where it says nothing, what this login proved.
fn level_of(person: &SignedInPerson) -> IdentityLevel {
    let said = person
        .claims
        .identity_level
        .as_deref()
        .and_then(IdentityLevel::parse);
    let proved = person
        .session
        .acr
        .as_deref()
        .and_then(Levels::parse_acr)
        .map(|levels| levels.identity);
    said.or(proved).unwrap_or(IdentityLevel::Unverified)
}

/// A way in, in words.
pub(super) fn provider(name: Option<&str>, t: &Texts) -> String {
    let id = match name {
        Some("nia") => "provider-nia",
        Some("isds") => "provider-isds",
        Some("bank_id") => "provider-bank-id",
        Some("local") => "provider-local",
        Some("demo") => "provider-demo",
        _ => "provider-other",
    };
    t.text(id).to_string()
}

impl ActingView {
    /// Nothing to say about somebody who has no mandate.
    fn of(claims: &Claims, t: &Texts) -> Option<Self> {
        let acting = claims.acting_for.as_ref();
        if acting.is_none() && claims.may_act_for.is_empty() {
            return None;
        }
        let now = acting.map(|acting| acting.body.mandate_id.as_str());
        let own = now.map(|_| Other {
            value: SELF.to_owned(),
            words: t.text("identity-acting-switch-self").to_string(),
        });
        let bodies = claims.may_act_for.iter();
        let others = bodies
            .filter(|body| Some(body.mandate_id.as_str()) != now)
            .map(|body| Other {
                value: body.mandate_id.clone(),
                words: t
                    .text("identity-acting-switch")
                    .arg("name", body.name.as_str())
                    .to_string(),
            });
        Some(Self {
            now: acting.map_or_else(
                || t.text("identity-acting-self").to_string(),
                |acting| acting.body.name.clone(),
            ),
            until: acting.and_then(|acting| acting.valid_until).map(|until| {
                t.text("identity-acting-until")
                    .arg("date", t.date(until))
                    .to_string()
            }),
            others: own.into_iter().chain(others).collect(),
        })
    }
}

impl Row {
    fn new(fact: &Fact, t: &Texts) -> Self {
        let value = match fact.kind {
            Kind::BirthDate => NaiveDate::parse_from_str(&fact.value, "%Y-%m-%d")
                .map_or_else(|_| fact.value.clone(), |day| t.day(day)),
            Kind::BirthPlace | Kind::Nationalities => countries(&fact.value, t),
            Kind::Address => abroad(&fact.value, t),
            Kind::MaritalStatus => marital_status(&fact.value, t),
            Kind::Majority | Kind::LimitedLegalCapacity => {
                let id = if fact.value == "true" {
                    "fact-yes"
                } else {
                    "fact-no"
                };
                t.text(id).to_string()
            }
            _ => fact.value.clone(),
        };
        let (badge, source, level) = match &fact.source {
            Source::Verified {
                framework,
                record,
                level,
                at,
            } => {
                let mut words = vec![match framework {
                    Framework::State => t.text("source-state").to_string(),
                    Framework::DataBox => t.text("source-data-box").to_string(),
                    Framework::Bank => t.text("source-bank").to_string(),
                    Framework::Town => t.text("source-town").to_string(),
                    Framework::Agreement => t.text("source-agreement").to_string(),
                    Framework::Demo => t.text("source-demo").to_string(),
                    Framework::Other(name) => t
                        .text("source-other")
                        .arg("name", name.as_str())
                        .to_string(),
                }];
                words.extend(record.clone());
                words.extend(at.map(|at| t.date(at)));
                ("record", words.join(" · "), *level)
            }
            Source::Proven(through) => {
                let id = match through.provider {
                    Some(_) => "source-confirmed",
                    None => "source-proven",
                };
                ("own", through_whom(id, through, t), None)
            }
            Source::Stated(through) => ("stated", through_whom("source-stated", through, t), None),
        };
        Self {
            label: fact.kind.text(),
            value,
            badge,
            source,
            level,
        }
    }
}

/// A source's words, then through whom and when the value came, as far as that is known.
fn through_whom(id: &str, through: &Provenance, t: &Texts) -> String {
    let mut words = vec![t.text(id).to_string()];
    words.extend(
        through
            .provider
            .as_deref()
            .map(|name| provider(Some(name), t)),
    );
    words.extend(through.time.map(|at| t.date(at)));
    words.join(" · ")
}

/// A marital status in words; a word that is new stays as it came.
fn marital_status(value: &str, t: &Texts) -> String {
    let word = value.to_ascii_lowercase().replace('_', "-");
    let id = format!("marital-status-{word}");
    if t.has(&id) {
        t.text(&id).to_string()
    } else {
        value.to_owned()
    }
}

/// Puts names for the codes of countries; any other code stays a code.
fn countries(value: &str, t: &Texts) -> String {
    let named = value.split(", ").map(|part| {
        if is_code(part) {
            t.country(part)
        } else {
            part.to_owned()
        }
    });
    named.collect::<Vec<_>>().join(", ")
}

/// An address with the name of the country it ends with, when it is abroad.
fn abroad(value: &str, t: &Texts) -> String {
    match value.rsplit_once(", ") {
        Some((line, code)) if is_code(code) => format!("{line}, {}", t.country(code)),
        _ => value.to_owned(),
    }
}

fn is_code(part: &str) -> bool {
    part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_uppercase())
}
