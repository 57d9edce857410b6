//! `/account/mandates`: for whom the person may act, and giving that up.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use store::audit::Actor;
use web::form::{Form, Path, Query};
use web::{Shell, page};

use super::frame::{self, MANDATES, Visitor};
use super::ways::fresh::is_recent;
use crate::broker::Broker;
use crate::identity::Best;
use crate::ids::MandateId;
use crate::login::problems::Trouble;
use crate::mandate::{self, BodyView, EndReason, Told};
use crate::session::Browser;
use crate::storage::mandate as mandates;

/// The page, said to somebody who comes back from the login that giving up needs.
const PROVED: &str = "/account/mandates?proved=1";

/// What the page's address may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// The person comes back from the login that giving up needs.
    #[serde(default)]
    proved: Option<String>,
}

/// The page.
#[tracing::instrument(name = "account.mandates", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    Query(asked): Query<Asked>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let (signed_in, csrf, mut tx) =
        match frame::visitor(&broker, &browser, &headers, MANDATES, now).await? {
            Visitor::Known(signed_in, csrf, tx) => (signed_in, csrf, tx),
            Visitor::Unknown(response) => return Ok(response),
        };
    let facts = frame::facts(&broker, &mut tx, &signed_in, now).await?;
    let account_id = signed_in.account.account_id;
    let held = mandate::list_counting(&broker, &mut tx, None, account_id, now).await?;
    let is_fresh = is_recent(&broker, &mut tx, &signed_in, &Best::default(), now)
        .await?
        .is_ok();
    drop(tx);
    signed_in.seen_alone(&broker, now).await?;
    let known = mandate::registered(&broker, &held, now).await;

    let shell = frame::framed(&broker, shell, &facts, &csrf, "mandates");
    let t = shell.t;
    let bodies: Vec<BodyView> = held
        .iter()
        .map(|mandate| BodyView::of(t, mandate).registered(t, mandate, &known))
        .collect();
    let page_of = MandatesPage {
        told: Told::of(bodies.iter()),
        is_proved: asked.proved.is_some() && is_fresh,
        must_prove: !is_fresh,
        bodies,
        shell,
    };
    Ok((browser, page(&page_of)).into_response())
}

/// The form of a row.
#[derive(Debug, Deserialize)]
pub(crate) struct GivesUp {
    #[serde(default)]
    csrf: String,
}

/// The person gives a mandate up, having signed in a moment ago. Somebody else's is never found.
#[tracing::instrument(name = "account.mandates.end", skip_all)]
pub(crate) async fn end(
    State(broker): State<Broker>,
    Path(mandate_id): Path<MandateId>,
    browser: Browser,
    headers: HeaderMap,
    Form(form): Form<GivesUp>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    if let Some(signed_in) =
        frame::sender_alone(&broker, &mut tx, &headers, &form.csrf, now).await?
    {
        if let Err(stale) = is_recent(&broker, &mut tx, &signed_in, &Best::default(), now).await? {
            drop(tx);
            let page = PROVED.to_owned();
            return stale.prove(&broker, &browser, page, now).await;
        }
        let account_id = signed_in.account.account_id;
        let held = mandates::find_valid(&mut tx, mandate_id, account_id, now).await?;
        if let Some(held) = held {
            let actor = Actor::Account(account_id.uuid());
            mandate::end(&broker, &mut tx, &held, EndReason::GivenUp, actor, now).await?;
        }
        tx.commit().await?;
    }
    Ok(Redirect::to(MANDATES).into_response())
}

/// For whom the person may act.
#[derive(Template)]
#[template(path = "pages/account/mandates.html")]
struct MandatesPage {
    shell: Shell,
    bodies: Vec<BodyView>,
    told: Told,
    is_proved: bool,
    must_prove: bool,
}
