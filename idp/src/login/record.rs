//! The one transaction in which a verified answer becomes a signed-in browser: account, link, proof, facts, session,
//! login, audit.

use chrono::{DateTime, Utc};
use federation::{Assertion, Levels};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};
use web::Locale;

use super::changes::changes;
use super::kept::Waiting;
use super::refused::Reason;
use crate::acr::acr_for;
use crate::audit;
use crate::broker::Broker;
use crate::hash::sha256;
use crate::ids::{
    AccountId, AuthenticationId, BrowserSessionId, FactId, UpstreamLinkId, VerificationId,
};
use crate::session::{self, Current, Ending};
use crate::storage::account::Account;
use crate::storage::authentication::NewAuthentication;
use crate::storage::browser_session::{EndReason, NewBrowserSession};
use crate::storage::fact::NewFact;
use crate::storage::upstream_link::NewUpstreamLink;
use crate::storage::verification::UpstreamProof;
use crate::storage::{account, authentication, browser_session, fact, upstream_link, verification};

/// What came of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Recorded {
    /// Somebody is signed in.
    SignedIn {
        authentication_id: AuthenticationId,
        /// The upstream's own time.
        authenticated_at: DateTime<Utc>,
    },
    /// Nobody is, and why; with what the provider vouched for and whose account it would have been.
    Refused {
        reason: Reason,
        reached: Option<Levels>,
        account_id: Option<AccountId>,
    },
}

/// Who brings the answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bearer<'a> {
    /// The session it came with.
    pub(crate) current: &'a Current,
    /// The value of the session cookie that it will be given.
    pub(crate) token: &'a str,
    /// The language of the page.
    pub(crate) locale: Locale,
}

/// Records a verified answer. What the broker asks of every provider alike is asked here: the level, whether a forced
/// login was a new one, whose account it is and whether that may be used.
pub(crate) async fn record(
    broker: &Broker,
    tx: &mut Tx,
    waiting: &Waiting,
    assertion: &Assertion,
    bearer: Bearer<'_>,
    now: DateTime<Utc>,
) -> Result<Recorded, StorageError> {
    let refuse = |reason, account_id| {
        Ok(Recorded::Refused {
            reason,
            reached: Some(assertion.levels()),
            account_id,
        })
    };
    if !assertion.levels().meets(waiting.minimum) {
        return refuse(Reason::TooLow, None);
    }
    if waiting.force && assertion.authenticated_at() + SKEW < waiting.departed_at {
        return refuse(Reason::NotAnew, None);
    }

    let (account_id, upstream_link_id) =
        find_or_make(broker, tx, waiting, assertion, bearer.locale, now).await?;
    let account = account::lookup(tx, account_id).await?;
    if !account.as_ref().is_some_and(Account::is_active) {
        return refuse(Reason::AccountDisabled, Some(account_id));
    }

    let verification_id = prove(
        broker,
        tx,
        waiting,
        assertion,
        (account_id, upstream_link_id),
        now,
    )
    .await?;
    let browser_session_id = sign_in(broker, tx, account_id, bearer, now).await?;
    let authentication_id = AuthenticationId::new(broker.random.uuid_v7(now));
    let login = NewAuthentication {
        authentication_id,
        browser_session_id,
        account_id,
        upstream_link_id,
        verification_id,
        provider: &waiting.provider,
        realm: assertion.realm(),
        levels: assertion.levels(),
        eidas: assertion.acr(),
        authenticated_at: assertion.authenticated_at(),
        upstream_session: assertion.upstream_session(),
    };
    authentication::add(tx, &broker.master_key, login, now).await?;
    let event = Event {
        kind: "login.completed",
        actor: Actor::Account(account_id.uuid()),
        subject: Some(account_id.uuid()),
        details: json!({
            "provider": waiting.provider,
            "acr": acr_for(assertion.levels(), assertion.acr()),
            "session": browser_session_id,
            "authentication": authentication_id,
        }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(Recorded::SignedIn {
        authentication_id,
        authenticated_at: assertion.authenticated_at(),
    })
}

/// The account of the subject; on a person's first login a new one. Nothing but (realm, subject) is ever compared.
async fn find_or_make(
    broker: &Broker,
    tx: &mut Tx,
    waiting: &Waiting,
    assertion: &Assertion,
    locale: Locale,
    now: DateTime<Utc>,
) -> Result<(AccountId, UpstreamLinkId), StorageError> {
    let (realm, subject) = (assertion.realm().as_str(), assertion.subject().as_str());
    if let Some(link) = upstream_link::find_by_subject(tx, realm, subject).await? {
        upstream_link::touch(tx, link.upstream_link_id, &waiting.provider, now).await?;
        return Ok((link.account_id, link.upstream_link_id));
    }

    let account_id = AccountId::new(broker.random.uuid_v7(now));
    let upstream_link_id = UpstreamLinkId::new(broker.random.uuid_v7(now));
    account::add(tx, account_id, Some(locale.code()), now).await?;
    let link = NewUpstreamLink {
        upstream_link_id,
        account_id,
        realm,
        subject,
        provider: &waiting.provider,
    };
    if !upstream_link::add(tx, link, now).await? {
        // The same person logs in for the first time in two browsers at once, and the other one was quicker.
        account::discard(tx, account_id).await?;
        let link = upstream_link::find_by_subject(tx, realm, subject).await?;
        let link = link.ok_or_else(|| StorageError::broken("an upstream link vanished"))?;
        return Ok((link.account_id, link.upstream_link_id));
    }
    let event = Event {
        kind: "link.added",
        actor: Actor::Account(account_id.uuid()),
        subject: Some(account_id.uuid()),
        details: json!({ "provider": waiting.provider, "realm": realm, "link": upstream_link_id }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok((account_id, upstream_link_id))
}

/// Records what the login proved, and the facts that differ from what we hold.
async fn prove(
    broker: &Broker,
    tx: &mut Tx,
    waiting: &Waiting,
    assertion: &Assertion,
    (account_id, upstream_link_id): (AccountId, UpstreamLinkId),
    now: DateTime<Utc>,
) -> Result<VerificationId, StorageError> {
    let proof = UpstreamProof {
        account_id,
        upstream_link_id,
        provider: &waiting.provider,
        realm: assertion.realm().as_str(),
        identity_level: assertion.levels().identity,
        assurance: assertion.acr(),
        trust_framework: Some(assertion.trust_framework().as_str()),
        verified_at: assertion.authenticated_at(),
    };
    let fresh_id = VerificationId::new(broker.random.uuid_v7(now));
    let verification_id = verification::prove(tx, fresh_id, proof, now).await?;

    let held = fact::list_current(tx, &broker.master_key, account_id).await?;
    let changes = changes(
        &held,
        upstream_link_id,
        assertion.levels().identity,
        assertion.facts(),
    );
    for fact_id in changes.supersede {
        fact::supersede(tx, fact_id, now).await?;
    }
    for asserted in changes.add {
        let fact = NewFact {
            fact_id: FactId::new(broker.random.uuid_v7(now)),
            account_id,
            verification_id: Some(verification_id),
            kind: asserted.kind,
            value: &asserted.value,
            standing: asserted.standing,
        };
        fact::add(tx, &broker.master_key, fact, now).await?;
    }
    Ok(verification_id)
}

/// Signs the browser in. Its cookie gets a new value in any case; the session of somebody else ends.
async fn sign_in(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    bearer: Bearer<'_>,
    now: DateTime<Utc>,
) -> Result<BrowserSessionId, StorageError> {
    let token_hash = sha256(bearer.token.as_bytes());
    let former = bearer
        .current
        .find(broker, tx, now)
        .await?
        .map(|signed_in| signed_in.session);
    match former {
        Some(session) if session.account_id == account_id => {
            browser_session::renew_token(tx, session.browser_session_id, &token_hash, now).await?;
            return Ok(session.browser_session_id);
        }
        Some(session) => {
            let ending = Ending {
                browser_session_id: session.browser_session_id,
                account_id: session.account_id,
                reason: EndReason::Replaced,
                actor: Actor::Account(account_id.uuid()),
            };
            session::end(broker, tx, ending, now).await?;
        }
        None => {}
    }
    let browser_session_id = BrowserSessionId::new(broker.random.uuid_v7(now));
    let session = NewBrowserSession {
        browser_session_id,
        account_id,
        token_hash: &token_hash,
        device: &bearer.current.device,
        expires_at: now + broker.config.session.lifetime(),
    };
    browser_session::add(tx, session, now).await?;
    Ok(browser_session_id)
}

/// Clocks of two houses never agree quite.
const SKEW: chrono::Duration = chrono::Duration::seconds(60);
