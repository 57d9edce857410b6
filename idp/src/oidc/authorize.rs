//! `GET` and `POST /oauth2/authorize` (OpenID Connect Core, 3.1.2).
//!
//! A POST may come from another site and brings no cookies then: it becomes a login at once, and the browser is asked who
//! it is on the GET of the login's page. A GET that a live session satisfies is answered without any page.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use store::Tx;
use store::audit::{Actor, Event};
use web::Problem;
use web::policy::ClientAddress;

use super::request::{self, AuthorizationRequest, PageRefusal, Refusal};
use super::respond;
use crate::audit;
use crate::broker::Broker;
use crate::login::begin::begin;
use crate::login::decide::Next;
use crate::login::finish;
use crate::login::ids::LoginId;
use crate::login::kept::{Goal, Login};
use crate::login::problems::{self, Trouble};
use crate::login::situation::{self, Situation};
use crate::session::{Browser, Current};

/// The request in the query.
#[tracing::instrument(name = "oidc.authorize", skip_all, fields(login.id, client.id))]
pub(crate) async fn get(
    State(broker): State<Broker>,
    RawQuery(query): RawQuery,
    browser: Browser,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let request = match check(&broker, query.unwrap_or_default().as_bytes(), now) {
        Ok(request) => request,
        Err(refusal) => return refuse(&broker, refusal, browser.address(), now).await,
    };
    let current = Current::of(&broker, &headers);
    let login = Login::new(
        LoginId::new(&broker.random),
        Goal::Client(Box::new(request)),
        Some(browser.hash()),
        now,
    );
    let situation = match look(&broker, broker.db.glance().await?, &login, &current, now).await {
        // Its connection may have died a moment ago, which only its use tells; a transaction begins on one that lives.
        Err(trouble) if trouble.is_unavailable() => {
            look(&broker, broker.db.read().await?, &login, &current, now).await?
        }
        looked => looked?,
    };

    match situation.next {
        Next::Finish(id) => {
            if let Some(signed_in) = &situation.signed_in {
                signed_in.seen_alone(&broker, now).await?;
            }
            finish::finish(&broker, &login, &situation, id, now)
        }
        Next::Fail(failure) => finish::fail(&broker, &login, failure, browser.address(), now).await,
        Next::Inform(_) | Next::Act(_) | Next::Select(_) | Next::LogIn(_) => {
            let login = begin(&broker, login.goal, login.browser, browser.address(), now).await?;
            Ok((browser, Redirect::to(&login.path())).into_response())
        }
    }
}

/// The request in a form, from any site.
#[tracing::instrument(name = "oidc.authorize", skip_all, fields(login.id, client.id))]
pub(crate) async fn post(
    State(broker): State<Broker>,
    from: ClientAddress,
    body: Bytes,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    match check(&broker, &body, now) {
        Ok(request) => {
            let login = begin(&broker, Goal::Client(Box::new(request)), None, from, now).await?;
            Ok(Redirect::to(&login.path()).into_response())
        }
        Err(refusal) => refuse(&broker, refusal, from, now).await,
    }
}

/// Looks once. A code is redeemed on a second look at all of this.
async fn look(
    broker: &Broker,
    mut tx: Tx,
    login: &Login,
    current: &Current,
    now: DateTime<Utc>,
) -> Result<Situation, Trouble> {
    let situation = situation::look(broker, &mut tx, login, current, now).await?;
    tx.commit().await?;
    Ok(situation)
}

fn check(
    broker: &Broker,
    octets: &[u8],
    now: DateTime<Utc>,
) -> Result<AuthorizationRequest, Refusal> {
    let params: Vec<(String, String)> = url::form_urlencoded::parse(octets).into_owned().collect();
    request::check(&params, &broker.clients, &broker.keys, now)
}

/// What is wrong before the redirect URI is proved is shown here, in every response mode (R6).
pub(crate) async fn refuse(
    broker: &Broker,
    refusal: Refusal,
    from: ClientAddress,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    match refusal {
        Refusal::Redirect(refusal) => Ok(respond::refusal(&refusal, broker.issuer.as_str())),
        Refusal::Page(refusal, client_id) => {
            // Requests in the name of nobody we know would only fill the log.
            if let Some(client_id) = client_id {
                let event = Event {
                    kind: "authorization.refused",
                    actor: Actor::Client(client_id.to_string()),
                    subject: None,
                    details: serde_json::json!({ "reason": refusal.reason() }),
                };
                audit::record_refusal(broker, event, from, now).await?;
            }
            let kind = match &refusal {
                PageRefusal::ClientMissing => &problems::CLIENT_MISSING,
                PageRefusal::ClientUnknown => &problems::CLIENT_UNKNOWN,
                PageRefusal::ClientDisabled => &problems::CLIENT_DISABLED,
                PageRefusal::RedirectUriMissing => &problems::REDIRECT_URI_MISSING,
                PageRefusal::RedirectUriUnregistered | PageRefusal::RedirectUriWithheld(_) => {
                    &problems::REDIRECT_URI_UNREGISTERED
                }
            };
            let problem = Problem::new(kind).oauth(refusal.oauth());
            Err(match refusal {
                PageRefusal::RedirectUriWithheld(why) => problem.because(why).into(),
                _ => problem.into(),
            })
        }
    }
}
