//! `GET /status`: how each way in does, for everybody: a page for people, JSON for machines that ask for it. Nothing on it
//! is about anybody, so caches may keep it for a moment.

use std::collections::BTreeMap;

use askama::Template;
use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::header::{ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, SecondsFormat, Utc};
use federation::{Audience, Description};
use serde::Serialize;
use web::{Locale, Shell, Texts, page};

use crate::broker::Broker;
use crate::login::health::{State as Health, words};
use crate::login::problems::Trouble;
use crate::words as names;

/// The address.
pub(crate) fn routes() -> Router<Broker> {
    Router::new().route("/status", get(status))
}

/// How long caches may keep it.
const CACHED: &str = "public, max-age=15";

#[tracing::instrument(name = "status", skip_all)]
async fn status(
    State(broker): State<Broker>,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    broker.health.refresh(&broker, &mut tx, now).await?;
    drop(tx);
    let mut response = if wants_json(&headers) {
        let document = Document {
            as_of: exact(now),
            providers: for_everybody(&broker)
                .map(|provider| Provider::of(&broker, provider, now))
                .collect(),
        };
        let anybody = (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        ([anybody], Json(document)).into_response()
    } else {
        let t = shell.t;
        let ways = for_everybody(&broker)
            .map(|provider| Way::of(&broker, t, provider, now))
            .collect();
        page(&StatusPage {
            as_of: t.moment(now),
            ways,
            shell: shell.narrow(),
        })
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHED));
    headers.insert(
        VARY,
        HeaderValue::from_static("accept, accept-language, cookie"),
    );
    Ok(response)
}

/// The ways in of citizens; those of the town's staff are nobody else's business.
fn for_everybody(broker: &Broker) -> impl Iterator<Item = &Description> {
    let all = broker
        .providers
        .iter()
        .map(|(_, provider)| provider.describe());
    all.filter(|provider| provider.audience == Audience::Citizens)
}

/// A browser always names HTML.
fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept
        .is_some_and(|accept| accept.contains("application/json") && !accept.contains("text/html"))
}

/// What machines get.
#[derive(Serialize)]
struct Document {
    as_of: String,
    providers: Vec<Provider>,
}

#[derive(Serialize)]
struct Provider {
    id: String,
    name: Names,
    /// `works`, `slow`, `unsteady`, `reports_outage`, `down`, or `unknown` when nothing was seen lately.
    state: &'static str,
    /// How long a login takes, the median of the last half hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<i64>,
    /// Logins of the last half hour that were seen, and those that could not be completed there.
    logins: usize,
    failed: usize,
    /// The last look at it in the background within the last half hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    look: Option<Look>,
    /// Whether requests of this process to it, or to a part of it, are held back for a while after failures.
    held_back: bool,
    /// The same by part, under the names that metrics have: `bank_id`, `bank_id.token`, `bank_id.userinfo`.
    breakers: BTreeMap<String, &'static str>,
    /// When it last did not work.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_at: Option<String>,
}

/// A look in the background: the documents that the provider publishes, or what stands for them.
#[derive(Serialize)]
struct Look {
    at: String,
    reached: bool,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    milliseconds: Option<i64>,
}

#[derive(Serialize)]
struct Names {
    cs: String,
    en: String,
    de: String,
}

impl Provider {
    fn of(broker: &Broker, provider: &Description, now: DateTime<Utc>) -> Self {
        let id = provider.id.as_str();
        let state = broker.health.of(id, now);
        let (logins, failed) = broker.health.tally(id, now);
        let name = |locale| {
            names::provider_name(
                broker.site.texts(locale),
                provider.kind,
                provider.title.as_ref(),
            )
        };
        let (word, seconds, failed_at) = match state {
            Health::Quiet => ("unknown", None, None),
            Health::Reached => ("works", None, None),
            Health::Works(seconds) => ("works", Some(seconds), None),
            Health::Slow(seconds, _) => ("slow", Some(seconds), None),
            Health::Unsteady(_, _, at) => ("unsteady", None, Some(exact(at))),
            Health::SaidOut(at) => ("reports_outage", None, Some(exact(at))),
            Health::Down(at) => ("down", None, Some(exact(at))),
        };
        Self {
            id: id.to_owned(),
            name: Names {
                cs: name(Locale::Cs),
                en: name(Locale::En),
                de: name(Locale::De),
            },
            state: word,
            seconds,
            logins,
            failed,
            look: broker.health.last_look(id, now).map(|look| Look {
                at: exact(look.at),
                reached: look.took.is_some(),
                milliseconds: look.took.map(|took| took.num_milliseconds()),
            }),
            held_back: broker.outbound.holds_back(id),
            breakers: broker
                .outbound
                .breakers_of(id)
                .into_iter()
                .map(|(target, is_open)| (target, if is_open { "open" } else { "closed" }))
                .collect(),
            failed_at,
        }
    }
}

fn exact(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What people get.
#[derive(Template)]
#[template(path = "pages/status.html")]
struct StatusPage {
    shell: Shell,
    as_of: String,
    ways: Vec<Way>,
}

struct Way {
    name: String,
    tone: &'static str,
    health: String,
    look: Option<String>,
    is_held_back: bool,
}

impl Way {
    fn of(broker: &Broker, t: Texts, provider: &Description, now: DateTime<Utc>) -> Self {
        let (tone, health) = words(t, broker.health.of(&provider.id, now));
        Self {
            name: names::provider_name(t, provider.kind, provider.title.as_ref()),
            tone,
            health: health.unwrap_or_else(|| t.text("health-quiet").to_string()),
            look: broker.health.last_look(&provider.id, now).map(|look| {
                let (id, took) = match look.took {
                    Some(took) => ("status-look", took.num_milliseconds()),
                    None => ("status-look-missed", 0),
                };
                let text = t.text(id).arg("time", t.time(look.at));
                text.arg("milliseconds", took).to_string()
            }),
            is_held_back: broker.outbound.holds_back(&provider.id),
        }
    }
}
