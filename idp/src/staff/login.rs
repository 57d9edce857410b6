//! `/staff/login`: an officer begins to sign in, and leaves for the provider.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use federation::{Ask, Audience, Purpose, UpstreamError, UpstreamProvider};
use serde::Deserialize;
use web::form::{Form, Query};
use web::policy::ClientAddress;
use web::{Locale, Problem, Shell, Texts, page};

use super::{Current, HOME, StaffConfig, page_of, problems};
use crate::broker::Broker;
use crate::login::begin::begin;
use crate::login::depart::{answer_address, send};
use crate::login::frame::allow_providers;
use crate::login::ids::{AnswerHandle, LoginId};
use crate::login::kept::{Departed, Errand, Goal, Login, Logins, Notice};
use crate::login::problems::{PROVIDER_BROKEN, PROVIDER_NOT_OFFERED, Trouble};
use crate::login::refused::{self, Circumstances, Reason};
use crate::session::Browser;
use crate::words;

/// What the page's address may say.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The attempt that brought nothing.
    #[serde(default)]
    after: Option<LoginId>,
    /// The officer has just signed out.
    #[serde(default)]
    left: Option<String>,
}

/// The page. Who is signed in has no need of it.
#[tracing::instrument(name = "staff.login", skip_all)]
pub(super) async fn get(
    State(broker): State<Broker>,
    Query(asked): Query<Asked>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let config = config(&broker)?;
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let found = Current::of(&broker, &headers)
        .find(&broker, &mut tx, now)
        .await?;
    drop(tx);
    // One about whom the provider has to be asked may sign in anew instead, should it not answer.
    let is_confirmed = found.is_some_and(|officer| {
        let after = config.confirm();
        after.is_none_or(|after| now < officer.session.confirmed_at + after)
    });
    if is_confirmed {
        return Ok(Redirect::to(HOME).into_response());
    }
    let notice = match &asked.after {
        Some(login_id) => last_attempt(&broker, login_id, &browser, shell.t, now).await?,
        None => None,
    };
    let shown = LoginPage {
        way: words::provider(&broker, shell.t, &config.provider),
        has_left: asked.left.is_some() && notice.is_none(),
        notice,
        shell: shell
            .narrow()
            .with_csrf(browser.csrf().token(&broker.random)),
    };
    Ok((browser, allow_providers(&broker), page(&shown)).into_response())
}

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(super) struct Start {
    #[serde(default)]
    csrf: String,
}

/// The officer leaves for the provider.
#[tracing::instrument(name = "staff.depart", skip_all)]
pub(super) async fn post(
    State(broker): State<Broker>,
    browser: Browser,
    locale: Locale,
    Form(start): Form<Start>,
) -> Result<Response, Trouble> {
    let config = config(&broker)?;
    let now = broker.clock.now();
    browser.csrf().check(&start.csrf)?;
    let provider_id = config.provider.as_str();
    let provider = broker.providers.get(provider_id);
    let Some(provider) =
        provider.filter(|provider| provider.describe().audience == Audience::Staff)
    else {
        return Err(problems::at_login(&PROVIDER_NOT_OFFERED).into());
    };
    let mut login = begin(
        &broker,
        Goal::Staff,
        Some(browser.hash()),
        browser.address(),
        now,
    )
    .await?;
    let ask = Ask {
        purpose: Purpose::Login,
        return_to: answer_address(&broker, provider_id)?,
        minimum: config.demand(),
        force: false,
        max_age: None,
        wanted: Vec::new(),
        locale: locale.code(),
        login_hint: None,
        branch: None,
        seed: broker.random.bytes(),
    };
    let departure = match provider.start_login(&ask, now).await {
        Ok(departure) => departure,
        Err(error) => {
            return not_started(
                &broker,
                &mut login,
                provider.as_ref(),
                error,
                browser.address(),
                now,
            )
            .await;
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
            force: false,
            minimum: ask.minimum,
            takes_anybody: false,
            branch: None,
        },
    };
    Logins(&broker.short_lived)
        .depart(provider.as_ref(), &departure.correlation, &departed, now)
        .await?;
    tracing::info!(
        provider.id = provider_id,
        "an officer leaves for a provider"
    );
    Ok((browser, send(departure.send, provider_id)).into_response())
}

/// The provider is down, cannot prove what officers must show, or our side of it does not work.
async fn not_started(
    broker: &Broker,
    login: &mut Login,
    provider: &dyn UpstreamProvider,
    error: UpstreamError,
    from: ClientAddress,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    let provider_id = provider.describe().id.as_str();
    tracing::warn!(
        provider.id = provider_id,
        error = &error as &dyn std::error::Error,
        "an officer's login could not start"
    );
    let known = Circumstances {
        provider: Some(provider_id),
        login: Some(&login.id),
        from: Some(from),
        ..Circumstances::default()
    };
    match error {
        UpstreamError::Unavailable(_) => {
            broker.health.failed(broker, provider_id, now).await;
            refused::record(broker, Reason::ProviderDown, known, now).await?;
            login.notice = Some(Notice::Down {
                provider: provider_id.to_owned(),
                refused: false,
            });
            Logins(&broker.short_lived).keep(login, now).await?;
            Ok(Redirect::to(&page_of(&login.id)).into_response())
        }
        UpstreamError::LevelTooLow => {
            refused::record(broker, Reason::TooLow, known, now).await?;
            Err(problems::at_login(&problems::LEVEL).into())
        }
        error => {
            if matches!(error, UpstreamError::Misconfigured(_)) {
                broker.health.failed(broker, provider_id, now).await;
            }
            refused::record(broker, Reason::ProviderBroken, known, now).await?;
            Err(problems::at_login(&PROVIDER_BROKEN).because(error).into())
        }
    }
}

/// The section; without it there is no such page.
fn config(broker: &Broker) -> Result<&StaffConfig, Problem> {
    let config = broker.config.staff.as_ref();
    config.ok_or_else(|| Problem::new(&web::problem::NOT_FOUND))
}

/// What came of the last attempt, told to its own browser.
async fn last_attempt(
    broker: &Broker,
    login_id: &LoginId,
    browser: &Browser,
    t: Texts,
    now: DateTime<Utc>,
) -> Result<Option<Told>, Trouble> {
    let login = Logins(&broker.short_lived).find(login_id, now).await?;
    let notice = login
        .filter(|login| login.browser.as_ref() == Some(&browser.hash()))
        .and_then(|login| login.notice);
    Ok(notice.map(|notice| Told::of(broker, &notice, t)))
}

#[derive(Template)]
#[template(path = "pages/staff/login.html")]
struct LoginPage {
    shell: Shell,
    way: String,
    has_left: bool,
    notice: Option<Told>,
}

struct Told {
    tone: &'static str,
    title: String,
    text: String,
}

impl Told {
    fn of(broker: &Broker, notice: &Notice, t: Texts) -> Self {
        let (tone, id) = match notice {
            Notice::Cancelled { .. } | Notice::EndedThere { .. } => ("info", "staff-cancelled"),
            Notice::Down { .. } => ("bad", "staff-down"),
            _ => ("info", "staff-again"),
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
