//! A login ends: the client gets its code, or its error; the account's own page opens.

use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use store::Tx;
use web::Problem;
use web::policy::ClientAddress;

use super::decide::Failure;
use super::kept::{Goal, Login, Logins};
use super::problems::{self, Trouble};
use super::refused::{self, Circumstances, Reason};
use super::situation::Situation;
use crate::account::LINK;
use crate::broker::Broker;
use crate::ids::AccessGrantId;
use crate::ids::{AuthenticationId, MandateId};
use crate::mandate;
use crate::oidc::code::{self, Asked, CodeGrant};
use crate::oidc::request::AuthorizationRequest;
use crate::oidc::respond;
use crate::storage::consent::ConsentContent;

/// Ends a login on the strength of one of the session's logins. It writes nothing: a code is remembered when it is redeemed.
pub(crate) fn finish(
    broker: &Broker,
    login: &Login,
    situation: &Situation,
    authentication_id: AuthenticationId,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    let Some(signed_in) = &situation.signed_in else {
        return Err(super::begin::unknown().into());
    };
    match (&login.goal, &situation.client) {
        (Goal::Client(request), Some(_)) => {
            let grant = CodeGrant {
                asked: narrowed(request, situation.consent.as_ref()),
                access_grant_id: AccessGrantId::new(broker.random.uuid_v7(now)),
                account_id: signed_in.account.account_id,
                browser_session_id: signed_in.session.browser_session_id,
                authentication_id,
                mandate_id: acting(request, situation),
                now,
            };
            let code = code::issue(&broker.master_key, &broker.random, &grant)?;
            Ok(respond::code(request, &code, broker.issuer.as_str()))
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

/// For whom the tokens will speak. Who declined to tell for whom they act, acts for themself.
fn acting(request: &AuthorizationRequest, situation: &Situation) -> Option<MandateId> {
    let is_told = request.scope.contains(mandate::SCOPE)
        && !is_declined(situation.consent.as_ref(), mandate::SCOPE);
    let chosen = situation.bodies.chosen.as_ref().filter(|_| is_told);
    chosen.map(|mandate| mandate.mandate_id)
}

/// What was asked without what the person declined.
fn narrowed(request: &AuthorizationRequest, consent: Option<&ConsentContent>) -> Asked {
    let mut asked = Asked {
        client_id: request.client_id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        code_challenge: request.code_challenge.clone(),
        nonce: request.nonce.clone(),
        scope: request.scope.clone(),
        claims: request.claims.clone(),
        resource: request.resource.clone(),
    };
    asked.retain(|item| !is_declined(consent, item));
    asked
}

fn is_declined(consent: Option<&ConsentContent>, item: &str) -> bool {
    consent.is_some_and(|consent| consent.declined.contains(item))
}

/// Tells the client that there will be no code.
pub(crate) async fn fail(
    broker: &Broker,
    login: &Login,
    failure: Failure,
    from: ClientAddress,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    if failure == Failure::Unmet {
        let known = Circumstances {
            login: Some(&login.id),
            client: login.client_id().map(crate::ids::ClientId::as_str),
            from: Some(from),
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
    use serde_json::json;

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
