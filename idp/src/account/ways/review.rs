//! `POST /account/link/{ticket}/review`: an officer shall look at a way in that the rules refused.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use web::form::{Form, Path};

use super::super::frame;
use super::proposal::{self, Found, Proposal};
use super::{LINK, problems};
use crate::broker::Broker;
use crate::identity::{self, Arrived, Verdict};
use crate::login::ids::LinkTicket;
use crate::login::problems::Trouble;
use crate::session::Browser;
use crate::storage::conflict;

/// An explanation is a few sentences.
const LONGEST: usize = 1_000;

/// The form of the page.
#[derive(Debug, Deserialize)]
pub(crate) struct Asking {
    #[serde(default)]
    csrf: String,
    /// The person's words.
    #[serde(default)]
    explanation: String,
}

/// The person asks for an officer, or explains a case that one has already.
#[tracing::instrument(name = "account.link.review", skip_all)]
pub(crate) async fn post(
    State(broker): State<Broker>,
    Path(ticket): Path<LinkTicket>,
    browser: Browser,
    headers: HeaderMap,
    Form(asking): Form<Asking>,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await?;
    let Some(signed_in) =
        frame::sender_alone(&broker, &mut tx, &headers, &asking.csrf, now).await?
    else {
        return Ok(Redirect::to(LINK).into_response());
    };
    let account_id = signed_in.account.account_id;
    let found = match Proposal::find(&broker, &mut tx, &ticket, &signed_in, &browser, now).await? {
        Found::Theirs(found) => found,
        Found::Foreign(provider) => {
            drop(tx);
            return Err(proposal::foreign(&broker, &signed_in, &provider, now)
                .await?
                .into());
        }
        Found::Gone => return Err(problems::at_link(&problems::PROPOSAL_GONE).into()),
    };
    let assertion = found.assertion(&broker, &ticket)?;
    let arrived = Arrived {
        provider: &found.provider,
        assertion: &assertion,
    };
    let verdict = identity::verdict(&broker, &mut tx, arrived, account_id, now).await?;
    let Verdict::Dispute { kind, other } = verdict else {
        return Ok(Redirect::to(&format!("{LINK}/{ticket}")).into_response());
    };
    identity::dispute(&broker, &mut tx, arrived, kind, account_id, other, now).await?;
    let (realm, subject) = (arrived.realm(), arrived.subject());
    let said = said(&asking.explanation);
    if let (Some(conflict_id), false) = (
        conflict::find_open(&mut tx, account_id, kind, realm, subject).await?,
        said.is_empty(),
    ) {
        conflict::explain(&mut tx, &broker.master_key, conflict_id, &said, now).await?;
    }
    proposal::drop_it(&broker, &mut tx, &ticket).await?;
    tx.commit().await?;
    Ok(Redirect::to("/account?done=review").into_response())
}

/// Text without control characters, cut where it is too long.
fn said(text: &str) -> String {
    text.trim()
        .chars()
        .filter(|letter| !letter.is_control() || *letter == '\n')
        .take(LONGEST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_is_plain_and_bounded() {
        assert_eq!(said(" Po svatbě\r\njinak.\u{7} "), "Po svatbě\njinak.");
        assert_eq!(said(&"á".repeat(2_000)).chars().count(), LONGEST);
    }
}
