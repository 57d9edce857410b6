//! A login ends: the client gets its code, or its error; the account's own page opens.

use std::collections::BTreeSet;

use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use serde_json::json;
use store::Tx;
use store::audit::{Actor, Event};
use web::Problem;

use super::decide::Failure;
use super::kept::{Goal, Login, Logins};
use super::problems::{self, Trouble};
use super::refused::{self, Circumstances, Reason};
use super::situation::Situation;
use crate::account::LINK;
use crate::acr::acr_for;
use crate::audit;
use crate::broker::Broker;
use crate::clients::Client;
use crate::ids::{AuthenticationId, ClientSessionId};
use crate::mandate;
use crate::oidc::code::{self, CodeGrant};
use crate::oidc::request::AuthorizationRequest;
use crate::oidc::respond;
use crate::session::SignedIn;
use crate::storage::client_session::{self, NewClientSession};
use crate::storage::consent::ConsentContent;
use crate::storage::pairwise_subject;

/// Ends a login on the strength of one of the session's logins, within the caller's transaction.
pub(crate) async fn finish(
    broker: &Broker,
    tx: &mut Tx,
    login: &Login,
    situation: &Situation,
    authentication_id: AuthenticationId,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    let Some(signed_in) = &situation.signed_in else {
        return Err(super::begin::unknown().into());
    };
    signed_in.seen(tx, now).await?;
    match (&login.goal, &situation.client) {
        (Goal::Client(request), Some(client)) => {
            let request = narrowed(request, situation.consent.as_ref());
            let code = issue(
                broker,
                tx,
                client,
                signed_in,
                situation,
                authentication_id,
                request.clone(),
                now,
            )
            .await?;
            Ok(respond::code(&request, &code, broker.issuer.as_str()))
        }
        (Goal::Account(page) | Goal::Fresh { page, .. }, _) => {
            Ok(Redirect::to(page).into_response())
        }
        (Goal::Link(_), _) => Ok(Redirect::to(LINK).into_response()),
        (Goal::Staff, _) => Err(super::begin::unknown().into()),
        (Goal::Client(_), None) => Err((&problems::CLIENT_UNKNOWN).into()),
    }
}

/// Writes down that a login ended, so that its page leads to where it ended.
pub(crate) async fn keep_finished(
    broker: &Broker,
    tx: &mut Tx,
    login: &mut Login,
    now: DateTime<Utc>,
) -> Result<(), Trouble> {
    login.finished_at.get_or_insert(now);
    login.notice = None;
    Ok(Logins(&broker.short_lived).keep_in(tx, login, now).await?)
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call, and each of them is another noun"
)]
async fn issue(
    broker: &Broker,
    tx: &mut Tx,
    client: &Client,
    signed_in: &SignedIn,
    situation: &Situation,
    authentication_id: AuthenticationId,
    request: AuthorizationRequest,
    now: DateTime<Utc>,
) -> Result<String, Trouble> {
    let account_id = signed_in.account.account_id;
    let browser_session_id = signed_in.session.browser_session_id;
    let fresh_sub = broker.random.uuid_v4();
    let sub = pairwise_subject::get_or_add(tx, &client.organisation_id, account_id, fresh_sub, now)
        .await?;
    let session = NewClientSession {
        client_session_id: ClientSessionId::new(broker.random.uuid_v7(now)),
        browser_session_id,
        account_id,
        client_id: &client.id,
        sid: &broker.random.uuid_v4().to_string(),
        sub: &sub,
    };
    let session = client_session::find_or_add(tx, session, now).await?;

    // Who declined to tell for whom they act, acts for themself.
    let acting = situation.bodies.chosen.as_ref();
    let acting = acting.filter(|_| request.scope.contains(mandate::SCOPE));
    let mandate_id = acting.map(|mandate| mandate.mandate_id);
    let login = situation.login(authentication_id);
    let event = Event {
        kind: "authorization.granted",
        actor: Actor::Account(account_id.uuid()),
        subject: Some(account_id.uuid()),
        details: json!({
            "client": client.id,
            "session": session.client_session_id,
            "authentication": authentication_id,
            "acr": login.map(|login| acr_for(login.levels, login.eidas.as_deref())),
            "mandate": mandate_id,
        }),
    };
    audit::record(broker, tx, event, now).await?;

    let grant = CodeGrant {
        request,
        account_id,
        browser_session_id,
        client_session_id: session.client_session_id,
        authentication_id,
        sub,
        mandate_id,
        now,
    };
    Ok(code::issue(&mut broker.short_lived.within(tx), &broker.random, grant).await?)
}

/// The request without what the person declined.
fn narrowed(
    request: &AuthorizationRequest,
    consent: Option<&ConsentContent>,
) -> AuthorizationRequest {
    let mut request = request.clone();
    let nothing = BTreeSet::new();
    let declined = consent.map_or(&nothing, |consent| &consent.declined);
    request.scope.retain(|scope| !declined.contains(scope));
    for asked in [&mut request.claims.userinfo, &mut request.claims.id_token] {
        asked
            .claims
            .retain(|name, _| !declined.contains(&format!("claim:{name}")));
        if declined.contains("claim:verified_claims") {
            asked.verified.clear();
        }
    }
    request
}

/// Tells the client that there will be no code.
pub(crate) async fn fail(
    broker: &Broker,
    login: &Login,
    failure: Failure,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    if failure == Failure::Unmet {
        let known = Circumstances {
            login: Some(&login.id),
            client: login.client_id().map(crate::ids::ClientId::as_str),
            ..Circumstances::default()
        };
        refused::record(broker, Reason::Unmet, known, now).await?;
    }
    let (error, description) = failure.told();
    match &login.goal {
        Goal::Client(request) => Ok(respond::error(
            request,
            error,
            description,
            broker.issuer.as_str(),
        )),
        Goal::Account(_) | Goal::Fresh { .. } | Goal::Link(_) | Goal::Staff => {
            Err(Problem::new(&problems::NO_WAY_IN).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_declined_leaves_the_request() {
        let request: AuthorizationRequest = serde_json::from_value(json!({
            "client_id": "library",
            "redirect_uri": "https://library.town.test/callback",
            "scope": ["openid", "email", "profile"],
            "claims": { "userinfo": { "claims": { "phone_number": {}, "name": {} } } },
        }))
        .unwrap();
        let declined = ["email", "claim:phone_number"].map(str::to_owned).into();
        let consent = ConsentContent {
            declined,
            ..ConsentContent::default()
        };

        let narrowed = narrowed(&request, Some(&consent));

        assert_eq!(
            narrowed.scope.into_iter().collect::<Vec<_>>(),
            ["openid", "profile"]
        );
        assert_eq!(
            narrowed
                .claims
                .userinfo
                .claims
                .into_keys()
                .collect::<Vec<_>>(),
            ["name"]
        );
    }
}
