//! The browser leaves for a provider.

use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use federation::{Ask, FactKind, Purpose, Send, UpstreamError, Wanted};
use outbound::{OutboundError, Unacceptable};
use url::Url;
use web::texts::Message;
use web::{AutoSubmit, Locale, Problem};

use super::decide::{Next, Why};
use super::ids::AnswerHandle;
use super::kept::{Departed, Errand, Login, Logins, Notice};
use super::offers::demand_on;
use super::problems::{self, Trouble};
use super::refused::{self, Circumstances, Reason};
use super::situation::Situation;
use super::way::Way;
use crate::broker::Broker;
use crate::claims::{catalogue, verified};
use crate::identity;
use crate::oidc::request::AuthorizationRequest;
use crate::session::Browser;

/// Sends the browser to a provider that the situation allows, and to the place behind it that the person chose.
pub(crate) async fn depart(
    broker: &Broker,
    login: &mut Login,
    situation: &Situation,
    way: &Way,
    browser: &Browser,
    locale: Locale,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    let logins = Logins(&broker.short_lived);
    let provider_id = way.provider.as_str();
    let known = Circumstances {
        provider: Some(provider_id),
        login: Some(&login.id),
        client: login.client_id().map(crate::ids::ClientId::as_str),
        from: Some(browser.address()),
        ..Circumstances::default()
    };
    let force = situation.force();
    let provider = broker.providers.get(provider_id);
    let Some((provider, minimum)) = provider.and_then(|provider| {
        let minimum = demand_on(provider.describe(), situation.wish(broker, force))?;
        Some((provider, minimum))
    }) else {
        let known = Circumstances {
            provider: None,
            ..known
        };
        refused::record(broker, Reason::ProviderDisabled, known, now).await?;
        return Err(Problem::new(&problems::PROVIDER_NOT_OFFERED)
            .way(super::begin::way_back(&login.id))
            .into());
    };

    let described = provider.describe();
    let force = force && (described.forceable || !situation.asked.recorded);
    if !way.is_offered(provider.as_ref(), now).await {
        refused::record(broker, Reason::BranchGone, known, now).await?;
        login.notice = Some(Notice::BranchGone {
            provider: provider_id.to_owned(),
        });
        logins.keep(login, now).await?;
        return Ok((browser.clone(), Redirect::to(&login.path())).into_response());
    }

    let mut wanted = wanted(login.request(), situation);
    if let Some(signed_in) = &situation.signed_in {
        let account_id = signed_in.account.account_id;
        let stale = identity::out_of_date(broker, account_id, provider_id).await?;
        for kind in stale.into_iter().filter(|kind| may_learn(*kind, situation)) {
            want(&mut wanted, kind);
        }
    }
    let ask = Ask {
        purpose: purpose(situation.next),
        return_to: answer_address(broker, provider_id)?,
        minimum,
        force,
        // One that cannot tell is not asked where the moment of our record will do.
        max_age: situation
            .asked
            .max_age
            .filter(|_| described.tells_time || !situation.asked.recorded),
        wanted,
        locale: locale.code(),
        login_hint: login
            .request()
            .and_then(|request| request.login_hint.clone()),
        branch: way.branch.clone(),
        seed: broker.random.bytes(),
    };
    let departure = match provider.start_login(&ask, now).await {
        Ok(departure) => departure,
        Err(error) => {
            let notice = match &error {
                UpstreamError::Unavailable(cause) => {
                    broker.health.failed(broker, provider_id, now).await;
                    refused::record(broker, Reason::ProviderDown, known, now).await?;
                    Notice::Down {
                        provider: provider_id.to_owned(),
                        refused: is_refused(cause.as_ref()),
                    }
                }
                UpstreamError::LevelTooLow => {
                    refused::record(broker, Reason::TooLow, known, now).await?;
                    Notice::TooLow {
                        provider: provider_id.to_owned(),
                        reached: None,
                    }
                }
                _ => {
                    if matches!(error, UpstreamError::Misconfigured(_)) {
                        broker.health.failed(broker, provider_id, now).await;
                    }
                    refused::record(broker, Reason::ProviderBroken, known, now).await?;
                    return Err(Problem::new(&problems::PROVIDER_BROKEN)
                        .because(error)
                        .way(super::begin::way_back(&login.id))
                        .into());
                }
            };
            tracing::warn!(
                provider.id = provider_id,
                error = &error as &dyn std::error::Error,
                "a login could not start"
            );
            login.notice = Some(notice);
            logins.keep(login, now).await?;
            return Ok((browser.clone(), Redirect::to(&login.path())).into_response());
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
            minimum: ask.minimum,
            takes_anybody: matches!(situation.next, Next::Select(_)),
            branch: way.branch.clone(),
        },
    };
    if login.wait_until(departed.answer_by) {
        logins.keep(login, now).await?;
    }
    logins
        .depart(provider.as_ref(), &departure.correlation, &departed, now)
        .await?;
    tracing::info!(
        provider.id = provider_id,
        client.id = login.client_id().map(crate::ids::ClientId::as_str),
        "a browser leaves for a provider"
    );
    Ok((browser.clone(), send(departure.send, provider_id)).into_response())
}

/// Whether the provider did answer, with a document that is not believed: one of another issuer, or one that cannot be read.
fn is_refused(cause: &(dyn std::error::Error + std::marker::Send + Sync + 'static)) -> bool {
    let cause = cause.downcast_ref::<OutboundError>();
    cause.is_some_and(|cause| {
        matches!(
            cause,
            OutboundError::Unacceptable {
                why: Unacceptable::Unreadable,
                ..
            }
        )
    })
}

/// The response that carries a browser away.
pub(crate) fn send(send: Send, provider_id: &str) -> Response {
    match send {
        Send::Redirect(url) => Redirect::to(url.as_str()).into_response(),
        Send::PostForm { action, fields } => {
            let title = Message::new("depart-title").arg("provider", provider_id);
            AutoSubmit::new(action, fields)
                .titled(title)
                .into_response()
        }
    }
}

/// Our address for the answers of a provider.
pub(crate) fn answer_address(broker: &Broker, provider_id: &str) -> Result<Url, Trouble> {
    Url::parse(
        &broker
            .issuer
            .address(&format!("/upstream/{provider_id}/answer")),
    )
    .map_err(|error| {
        Problem::new(&problems::PROVIDER_BROKEN)
            .because(error)
            .into()
    })
}

const fn purpose(next: Next) -> Purpose {
    match next {
        Next::LogIn(Why::StepUp(_)) => Purpose::StepUp,
        _ => Purpose::Login,
    }
}

/// The facts this one service needs: what it registered, and what the scopes and single claims are made of that it asks for
/// and is approved for. The account's own pages show what the town would use most.
fn wanted(request: Option<&AuthorizationRequest>, situation: &Situation) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = situation
        .client
        .as_deref()
        .map(|client| client.wanted.clone())
        .unwrap_or_default();
    let kinds: Vec<FactKind> = match request {
        Some(request) => {
            let scopes = request
                .scope
                .iter()
                .filter_map(|scope| catalogue::scope(scope))
                .flat_map(|scope| scope.facts);
            let claims = [&request.claims.userinfo, &request.claims.id_token];
            let single = claims
                .iter()
                .flat_map(|asked| asked.claims.keys())
                .filter(|name| is_approved(name, situation))
                .filter_map(|name| {
                    catalogue::CLAIMS
                        .iter()
                        .find(|claim| claim.name == name)?
                        .fact
                });
            let verified = claims
                .iter()
                .flat_map(|asked| asked.verified_names())
                .filter_map(verified::facts_of)
                .flatten();
            scopes
                .copied()
                .chain(single)
                .chain(verified.copied())
                .collect()
        }
        None => vec![
            FactKind::GivenName,
            FactKind::FamilyName,
            FactKind::BirthDate,
            FactKind::Address,
        ],
    };
    for kind in kinds {
        want(&mut wanted, kind);
    }
    wanted
}

fn want(wanted: &mut Vec<Wanted>, kind: FactKind) {
    if !wanted.iter().any(|wanted| wanted.kind == kind) {
        wanted.push(Wanted {
            kind,
            required: false,
        });
    }
}

/// Whether the client is approved for something that a fact is told by. The account's own pages show all.
fn may_learn(kind: FactKind, situation: &Situation) -> bool {
    situation.client.as_deref().is_none_or(|client| {
        let tells = |name: &str| {
            let mut claims = catalogue::CLAIMS.iter();
            claims.any(|claim| claim.name == name && claim.fact == Some(kind))
        };
        client.wanted.iter().any(|wanted| wanted.kind == kind)
            || client.claims.iter().any(|name| tells(name))
            || client
                .scopes
                .iter()
                .filter_map(|scope| catalogue::scope(scope))
                .any(|scope| scope.facts.contains(&kind))
    })
}

/// Whether the client is approved for a claim, by one of its scopes or by name. What it is not approved for is never released
/// to it, and so nobody is asked for it.
fn is_approved(name: &str, situation: &Situation) -> bool {
    let client = situation.client.as_deref();
    client.is_some_and(|client| client.is_approved_for(name))
}
