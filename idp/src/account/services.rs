//! `/account/services`: which service got what, and taking a permission back.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;
use store::audit::{Actor, Event};
use web::form::{Form, Path};
use web::{Shell, Texts, page};

use super::frame::{self, SERVICES, Visitor};
use crate::audit;
use crate::broker::Broker;
use crate::ids::ClientId;
use crate::login::problems::Trouble;
use crate::oidc::backchannel;
use crate::session::Browser;
use crate::storage::{access_grant, account_merge, client_session, consent, release};
use crate::words;

/// The page.
#[tracing::instrument(name = "account.services", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let (signed_in, csrf, mut tx) =
        match frame::visitor(&broker, &browser, &headers, SERVICES, now).await? {
            Visitor::Known(signed_in, csrf, tx) => (signed_in, csrf, tx),
            Visitor::Unknown(response) => return Ok(response),
        };
    let account_id = signed_in.account.account_id;
    let facts = frame::facts(&broker, &mut tx, &signed_in, now).await?;
    let mut released = release::list_by_account(&mut tx, account_id).await?;
    for (part, _) in account_merge::list_parts(&mut tx, account_id).await? {
        for former in release::list_by_account(&mut tx, part).await? {
            match released
                .iter_mut()
                .find(|got| got.client_id == former.client_id)
            {
                Some(got) => {
                    got.claims.extend(former.claims);
                    got.last_at = got.last_at.max(former.last_at);
                }
                None => released.push(former),
            }
        }
    }
    let consents = consent::list_by_account(&mut tx, account_id).await?;
    drop(tx);
    signed_in.seen_alone(&broker, now).await?;

    let shell = frame::framed(&broker, shell, &facts, &csrf, "services");
    let t = shell.t;
    let mut services: Vec<Service> = released
        .iter()
        .map(|got| {
            let revocable = consents
                .iter()
                .any(|consent| consent.client_id == got.client_id);
            service(
                &broker,
                t,
                &got.client_id,
                words::claims(t, &got.claims),
                Some(t.moment(got.last_at)),
                revocable,
            )
        })
        .collect();
    // Allowed, and nothing fetched yet.
    for consent in consents.iter().filter(|consent| {
        !released
            .iter()
            .any(|got| got.client_id == consent.client_id)
    }) {
        services.push(service(
            &broker,
            t,
            &consent.client_id,
            words::claims(t, &BTreeSet::new()),
            None,
            true,
        ));
    }
    Ok((browser, page(&ServicesPage { shell, services })).into_response())
}

/// The form of a row.
#[derive(Debug, Deserialize)]
pub(crate) struct Revokes {
    #[serde(default)]
    csrf: String,
}

/// The person takes a permission back: the service's tokens die, it hears that the session ended, and it has to ask
/// again.
#[tracing::instrument(name = "account.services.revoke", skip_all)]
pub(crate) async fn revoke(
    State(broker): State<Broker>,
    Path(client_id): Path<ClientId>,
    headers: HeaderMap,
    Form(form): Form<Revokes>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    if let Some(signed_in) =
        frame::sender_alone(&broker, &mut tx, &headers, &form.csrf, now).await?
    {
        let account_id = signed_in.account.account_id;
        // A consent of an account that became part of this one must not come back when the two are parted.
        for (part, _) in account_merge::list_parts(&mut tx, account_id).await? {
            consent::revoke(&mut tx, part, &client_id, now).await?;
        }
        let was_given = consent::revoke(&mut tx, account_id, &client_id, now).await?;
        access_grant::revoke_for_account_client(&mut tx, account_id, &client_id, now).await?;
        let ended = client_session::end_for_client(&mut tx, account_id, &client_id, now).await?;
        backchannel::announce(&broker, &mut tx, &ended, now).await?;
        if was_given {
            let event = Event {
                kind: "consent.revoked",
                actor: Actor::Account(account_id.uuid()),
                subject: Some(account_id.uuid()),
                details: json!({ "client": client_id }),
            };
            audit::record(&broker, &mut tx, event, now).await?;
        }
        tx.commit().await?;
    }
    Ok(Redirect::to(SERVICES).into_response())
}

fn service(
    broker: &Broker,
    t: Texts,
    id: &ClientId,
    got: String,
    last: Option<String>,
    is_revocable: bool,
) -> Service {
    let language = t.locale().code();
    let client = broker.clients.get(id.as_str());
    let organisation = client
        .as_ref()
        .and_then(|client| broker.clients.organisation(&client.organisation_id));
    Service {
        id: id.clone(),
        name: client.map_or_else(
            || id.to_string(),
            |client| client.name.get(language).to_owned(),
        ),
        organisation: organisation.map(|organisation| organisation.name.get(language).to_owned()),
        got,
        last,
        is_revocable,
    }
}

/// Which service got what.
#[derive(Template)]
#[template(path = "pages/account/services.html")]
struct ServicesPage {
    shell: Shell,
    services: Vec<Service>,
}

struct Service {
    id: ClientId,
    name: String,
    organisation: Option<String>,
    got: String,
    last: Option<String>,
    is_revocable: bool,
}
