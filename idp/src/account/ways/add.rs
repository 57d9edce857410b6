//! `/account/link`: choosing one more way in, and leaving to prove it.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use federation::{Ask, Audience, Demand, Description, FactKind, Purpose, UpstreamError, Wanted};
use serde::Deserialize;
use web::form::{Form, Query};
use web::{Locale, Shell, page};

use super::super::frame::{self, Visitor};
use super::super::way_back;
use super::LINK;
use super::add_page::{LinkPage, WayView, last_attempt};
use super::former;
use super::fresh::{How, is_fresh, needed, prove_again};
use super::problems;
use super::refused::has_had_enough;
use crate::broker::Broker;
use crate::login::begin::begin;
use crate::login::depart::{answer_address, send};
use crate::login::frame::allow_providers;
use crate::login::ids::{AnswerHandle, LoginId};
use crate::login::kept::{Departed, Errand, Goal, Linking, Logins, Notice};
use crate::login::offers::{self, Offer};
use crate::login::problems::Trouble;
use crate::login::refused::{self as login_refused, Circumstances, Reason};
use crate::login::way::Way;
use crate::session::{Browser, SignedIn};
use crate::storage::upstream_link;
use crate::words;

/// What the page's address may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// What the person chose before they had to log in once more.
    #[serde(default)]
    provider: Option<String>,
    /// By what they had come until then, where that did not do.
    #[serde(default)]
    former: Option<String>,
    /// The attempt that brought nothing.
    #[serde(default)]
    after: Option<LoginId>,
    /// The login whose page led here.
    #[serde(default)]
    from: Option<LoginId>,
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
    let (signed_in, csrf, mut tx) =
        match frame::visitor(&broker, &browser, &headers, LINK, now).await? {
            Visitor::Known(signed_in, csrf, tx) => (signed_in, csrf, tx),
            Visitor::Unknown(response) => return Ok(response),
        };
    let facts = frame::facts(&broker, &mut tx, &signed_in, now).await?;
    let links = upstream_link::list_by_account(&mut tx, signed_in.account.account_id).await?;
    broker.health.refresh(&broker, &mut tx, now).await?;
    drop(tx);
    signed_in.seen_alone(&broker, now).await?;

    let shell = frame::framed(&broker, shell, &facts, &csrf, "identity").narrow();
    let notice = match &asked.after {
        Some(login_id) => last_attempt(&broker, login_id, &browser, shell.t, now).await?,
        None => None,
    };
    let offered = broker
        .providers
        .iter()
        .map(|(_, provider)| provider.describe())
        .filter(|provider| is_offered(provider));
    let (held, free): (Vec<_>, Vec<_>) = offered.partition(|provider| {
        links
            .iter()
            .any(|link| link.realm == provider.realm.as_str())
    });
    let of = |list: Vec<&Description>| -> Vec<Offer> {
        let offer = |provider| Offer::of(&broker, provider, Demand::NONE, now);
        list.into_iter().map(offer).collect()
    };
    let (held, mut free) = (of(held), of(free));
    offers::sort(&mut free);
    let chosen = asked.provider.as_deref();
    // What was chosen comes first, unless it does not work now.
    free.sort_by_key(|offer| Some(offer.id.as_str()) != chosen || offer.is_sick());
    // A former way in that this account has not got leads to another one: joining both comes before anything else.
    let is_former = |offer: &Offer| Some(offer.id.as_str()) == asked.former.as_deref();
    free.sort_by_key(|offer| !is_former(offer));
    let t = shell.t;
    let former = free.iter().find(|offer| is_former(offer));
    let former = former.map(|offer| words::provider(&broker, t, &offer.id));
    let held = WayView::list(&broker, &held, &[], t, now).await;
    let free = WayView::list(&broker, &free, &free, t, now).await;
    let is_proved = chosen.is_some()
        && notice.is_none()
        && is_fresh(&broker, &signed_in, Demand::NONE, None, now);
    let page_of = LinkPage {
        shell,
        notice,
        is_proved,
        former,
        free,
        held,
    };
    let way_back = asked.from.map(|from| way_back::remember(&broker, &from));
    let shown = (browser, allow_providers(&broker), page(&page_of)).into_response();
    Ok((way_back, shown).into_response())
}

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    provider: String,
    /// The button of a place behind a provider, see [`Way`]; then `provider` is empty.
    #[serde(default)]
    branch: String,
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
    let way = if choice.branch.is_empty() {
        Way::of(&choice.provider, None)
    } else {
        Way::read(&choice.branch)
    };
    let provider = broker.providers.get(&way.provider);
    let Some(provider) = provider.filter(|provider| is_offered(provider.describe())) else {
        let known = Circumstances {
            account: Some(account_id),
            ..Circumstances::default()
        };
        login_refused::record(&broker, Reason::ProviderDisabled, known, now).await?;
        return Err(problems::at_link(&crate::login::problems::PROVIDER_NOT_OFFERED).into());
    };
    let realm = provider.describe().realm.as_str();
    let best = needed(&broker, &mut tx, account_id, Some(realm), now).await?;
    drop(tx);
    if has_had_enough(&broker, account_id, now).await? {
        return Err(problems::at_account(&problems::TOO_MANY).into());
    }
    let unmet = best.unmet(|demand| is_fresh(&broker, &signed_in, demand, None, now));
    if let Some(minimum) = unmet {
        let chosen = former::page(&way.provider, former::of(&broker, &signed_in));
        return prove_again(&broker, &browser, chosen, minimum, How::Young, now).await;
    }
    leave(&broker, &signed_in, &way, &browser, locale, now).await
}

/// Sends the browser to prove the other side.
async fn leave(
    broker: &Broker,
    signed_in: &SignedIn,
    way: &Way,
    browser: &Browser,
    locale: Locale,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    let provider_id = way.provider.as_str();
    let Some(provider) = broker.providers.get(provider_id) else {
        return Err(problems::at_link(&crate::login::problems::PROVIDER_NOT_OFFERED).into());
    };
    let goal = Goal::Link(Linking {
        account_id: signed_in.account.account_id,
        browser_session_id: signed_in.session.browser_session_id,
        ticket: None,
    });
    let mut login = begin(broker, goal, Some(browser.hash()), browser.address(), now).await?;
    let login_id = login.id.clone();
    let known = Circumstances {
        provider: Some(provider_id),
        login: Some(&login_id),
        account: Some(signed_in.account.account_id),
        ..Circumstances::default()
    };
    if !way.is_offered(provider.as_ref(), now).await {
        login_refused::record(broker, Reason::BranchGone, known, now).await?;
        login.notice = Some(Notice::BranchGone {
            provider: provider_id.to_owned(),
        });
        Logins(&broker.short_lived).keep(&login, now).await?;
        return Ok(Redirect::to(&format!("{LINK}?after={}", login.id)).into_response());
    }
    // Whose browser this is was proved; whose session the provider still has in it, was not.
    let described = provider.describe();
    let force = described.forceable;
    let within = broker.config.account.fresh_within().num_seconds();
    let max_age = (!force && described.tells_time).then_some(within.unsigned_abs());
    let ask = Ask {
        purpose: Purpose::Link,
        return_to: answer_address(broker, provider_id)?,
        minimum: Demand::NONE,
        force,
        max_age,
        wanted: COMPARED
            .map(|kind| Wanted {
                kind,
                required: false,
            })
            .to_vec(),
        locale: locale.code(),
        login_hint: None,
        branch: way.branch.clone(),
        seed: broker.random.bytes(),
    };
    let departure = match provider.start_login(&ask, now).await {
        Ok(departure) => departure,
        Err(UpstreamError::Unavailable(error)) => {
            broker.health.failed(broker, provider_id, now).await;
            login_refused::record(broker, Reason::ProviderDown, known, now).await?;
            tracing::warn!(
                provider.id = provider_id,
                error = &*error as &dyn std::error::Error,
                "a link could not start"
            );
            login.notice = Some(Notice::Down {
                provider: provider_id.to_owned(),
                refused: false,
            });
            Logins(&broker.short_lived).keep(&login, now).await?;
            return Ok(Redirect::to(&format!("{LINK}?after={}", login.id)).into_response());
        }
        Err(error) => {
            if matches!(error, UpstreamError::Misconfigured(_)) {
                broker.health.failed(broker, provider_id, now).await;
            }
            login_refused::record(broker, Reason::ProviderBroken, known, now).await?;
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
            takes_anybody: false,
            branch: way.branch.clone(),
        },
    };
    Logins(&broker.short_lived)
        .depart(provider.as_ref(), &departure.correlation, &departed, now)
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

/// What is compared, what the account page shows, and where the person can be told.
const COMPARED: [FactKind; 6] = [
    FactKind::GivenName,
    FactKind::FamilyName,
    FactKind::BirthDate,
    FactKind::Address,
    FactKind::Email,
    FactKind::Phone,
];
