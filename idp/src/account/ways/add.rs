//! `/account/link`: choosing one more way in, and leaving to prove it.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use federation::{Ask, Audience, Demand, Description, FactKind, Purpose, UpstreamError, Wanted};
use serde::Deserialize;
use web::form::{Form, Query};
use web::{Locale, Problem, Shell, Texts, page};

use super::super::frame::{self, Visitor};
use super::LINK;
use super::fresh::{is_fresh, needed, prove_again};
use super::problems;
use super::refused::has_had_enough;
use crate::broker::Broker;
use crate::login::begin::begin;
use crate::login::depart::{answer_address, send};
use crate::login::frame::allow_providers;
use crate::login::ids::{AnswerHandle, LoginId};
use crate::login::kept::{Departed, Errand, Goal, Linking, Logins, Notice};
use crate::login::problems::Trouble;
use crate::login::refused::{self as login_refused, Circumstances, Reason};
use crate::session::{Browser, SignedIn};
use crate::storage::upstream_link;
use crate::words;

/// What the page's address may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// What the person chose before they had to log in once more.
    #[serde(default)]
    provider: Option<String>,
    /// The attempt that brought nothing.
    #[serde(default)]
    after: Option<LoginId>,
}

/// The page.
#[tracing::instrument(name = "account.link", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Query(asked): Query<Asked>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let (signed_in, csrf) =
        match frame::visitor(&broker, &mut tx, &browser, &headers, LINK, now).await? {
            Visitor::Known(signed_in, csrf) => (signed_in, csrf),
            Visitor::Unknown(response) => return Ok(response),
        };
    let facts = frame::facts(&broker, &mut tx, &signed_in, now).await?;
    let links = upstream_link::list_by_account(&mut tx, signed_in.account.account_id).await?;
    drop(tx);
    frame::seen(&broker, &signed_in, now).await?;

    let shell = frame::framed(&broker, shell, &facts, &csrf, "identity").narrow();
    let notice = match &asked.after {
        Some(login_id) => last_attempt(&broker, login_id, &browser, shell.t, now).await?,
        None => None,
    };
    let offered = broker
        .providers
        .iter()
        .filter(|(_, p)| is_offered(p.describe()));
    let (held, free): (Vec<_>, Vec<_>) = offered.partition(|(_, provider)| {
        links
            .iter()
            .any(|link| link.realm == provider.describe().realm.as_str())
    });
    let mut free: Vec<Way> = free
        .iter()
        .map(|(id, provider)| Way::of(shell.t, id, provider))
        .collect();
    let chosen = asked.provider.as_deref();
    free.sort_by_key(|way| Some(way.id.as_str()) != chosen);
    let held = held
        .iter()
        .map(|(id, provider)| Way::of(shell.t, id, provider))
        .collect();
    let is_proved = chosen.is_some()
        && notice.is_none()
        && is_fresh(&broker, &signed_in, Demand::NONE, None, now);
    let page_of = LinkPage {
        shell,
        notice,
        is_proved,
        free,
        held,
    };
    Ok((browser, allow_providers(&broker), page(&page_of)).into_response())
}

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    provider: String,
}

/// The person chose. Whoever has not logged in lately does that first.
#[tracing::instrument(name = "account.link.choose", skip_all)]
pub(crate) async fn post(
    State(broker): State<Broker>,
    browser: Browser,
    headers: HeaderMap,
    locale: Locale,
    Form(choice): Form<Choice>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let Some(signed_in) = frame::sender(&broker, &mut tx, &headers, &choice.csrf, now).await?
    else {
        return Ok(Redirect::to(LINK).into_response());
    };
    let account_id = signed_in.account.account_id;
    let provider = broker.providers.get(&choice.provider);
    let Some(provider) = provider.filter(|provider| is_offered(provider.describe())) else {
        let known = Circumstances {
            account: Some(account_id),
            ..Circumstances::default()
        };
        login_refused::record(&broker, Reason::ProviderDisabled, known, now).await?;
        return Err(problems::at_link(&crate::login::problems::PROVIDER_NOT_OFFERED).into());
    };
    let realm = provider.describe().realm.as_str();
    let minimum = needed(&broker, &mut tx, account_id, realm, now).await?;
    drop(tx);
    if has_had_enough(&broker, account_id, now).await? {
        return Err(problems::at_account(&problems::TOO_MANY).into());
    }
    if !is_fresh(&broker, &signed_in, minimum, None, now) {
        let chosen = format!("{LINK}?provider={}", choice.provider);
        return prove_again(&broker, &browser, chosen, minimum, false, now).await;
    }
    leave(&broker, &signed_in, &choice.provider, &browser, locale, now).await
}

/// Sends the browser to prove the other side.
async fn leave(
    broker: &Broker,
    signed_in: &SignedIn,
    provider_id: &str,
    browser: &Browser,
    locale: Locale,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    let Some(provider) = broker.providers.get(provider_id) else {
        return Err(problems::at_link(&crate::login::problems::PROVIDER_NOT_OFFERED).into());
    };
    let goal = Goal::Link(Linking {
        account_id: signed_in.account.account_id,
        browser_session_id: signed_in.session.browser_session_id,
        ticket: None,
    });
    let mut login = begin(broker, goal, Some(browser.hash()), now).await?;
    // Whose browser this is was proved; whose session the provider still has in it, was not.
    let force = provider.describe().forceable;
    let ask = Ask {
        purpose: Purpose::Link,
        return_to: answer_address(broker, provider_id)?,
        minimum: Demand::NONE,
        force,
        wanted: COMPARED
            .map(|kind| Wanted {
                kind,
                required: false,
            })
            .to_vec(),
        locale: locale.code(),
        login_hint: None,
        branch: None,
        seed: broker.random.bytes(),
    };
    let departure = match provider.start_login(&ask, now).await {
        Ok(departure) => departure,
        Err(UpstreamError::Unavailable(error)) => {
            broker.health.failed(broker, provider_id, now).await;
            let known = Circumstances {
                provider: Some(provider_id),
                login: Some(&login.id),
                account: Some(signed_in.account.account_id),
                ..Circumstances::default()
            };
            login_refused::record(broker, Reason::ProviderDown, known, now).await?;
            tracing::warn!(
                provider.id = provider_id,
                error = &*error as &dyn std::error::Error,
                "a link could not start"
            );
            login.notice = Some(Notice::Down {
                provider: provider_id.to_owned(),
            });
            Logins(&broker.short_lived).keep(&login, now).await?;
            return Ok(Redirect::to(&format!("{LINK}?after={}", login.id)).into_response());
        }
        Err(error) => {
            return Err(problems::at_link(&crate::login::problems::PROVIDER_BROKEN)
                .because(error)
                .into());
        }
    };
    let departed = Departed {
        provider: provider_id.to_owned(),
        state: departure.state,
        browser: browser.hash(),
        departed_at: now,
        answer_by: now + broker.config.login.answer_within(),
        errand: Errand::Login {
            login_id: login.id.clone(),
            handle: AnswerHandle::new(&broker.random),
            force,
            minimum: Demand::NONE,
        },
    };
    Logins(&broker.short_lived)
        .depart(&departure.correlation, &departed, now)
        .await?;
    tracing::info!(
        provider.id = provider_id,
        "a browser leaves to add a way in"
    );
    Ok((browser.clone(), send(departure.send, provider_id)).into_response())
}

/// Officers' logins are never mixed with those of people.
fn is_offered(provider: &Description) -> bool {
    provider.audience == Audience::Citizens
}

/// What is compared, and what the account page shows.
const COMPARED: [FactKind; 4] = [
    FactKind::GivenName,
    FactKind::FamilyName,
    FactKind::BirthDate,
    FactKind::Address,
];

/// What came of the last attempt, told to its own browser.
async fn last_attempt(
    broker: &Broker,
    login_id: &LoginId,
    browser: &Browser,
    t: Texts,
    now: DateTime<Utc>,
) -> Result<Option<Told>, Problem> {
    let login = Logins(&broker.short_lived)
        .find(login_id, now)
        .await
        .map_err(|error| Problem::new(&web::problem::UNAVAILABLE).because(error))?;
    let notice = login
        .filter(|login| login.browser.as_ref() == Some(&browser.hash()))
        .and_then(|login| login.notice);
    Ok(notice.map(|notice| Told::of(broker, &notice, t)))
}

/// Where one more way in is chosen.
#[derive(Template)]
#[template(path = "pages/account/link.html")]
struct LinkPage {
    shell: Shell,
    notice: Option<Told>,
    is_proved: bool,
    free: Vec<Way>,
    held: Vec<Way>,
}

struct Way {
    id: String,
    icon: &'static str,
    name: String,
    words: String,
}

impl Way {
    fn of(t: Texts, id: &str, provider: &std::sync::Arc<dyn federation::UpstreamProvider>) -> Self {
        let description = provider.describe();
        Self {
            id: id.to_owned(),
            icon: words::provider_icon(description.kind),
            name: words::provider_name(t, description.kind, description.title.as_ref()),
            words: t
                .text(&format!("provider-{}-words", description.kind))
                .to_string(),
        }
    }
}

struct Told {
    tone: &'static str,
    title: String,
    text: String,
}

impl Told {
    fn of(broker: &Broker, notice: &Notice, t: Texts) -> Self {
        let (tone, id) = match notice {
            Notice::Cancelled { .. } => ("info", "link-cancelled"),
            Notice::TooLow { .. } | Notice::NotAnew { .. } => ("warn", "link-not-anew"),
            Notice::Down { .. } => ("bad", "notice-down"),
            _ => ("info", "notice-again"),
        };
        let provider = notice.provider().unwrap_or_default();
        let provider = words::provider(broker, t, provider);
        let text = |part: &str| {
            let text = t.text(&format!("{id}-{part}"));
            text.arg("provider", &provider).to_string()
        };
        Self {
            tone,
            title: text("title"),
            text: text("text"),
        }
    }
}
