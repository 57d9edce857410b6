//! The one transaction in which a verified answer becomes a signed-in browser: account, link, proof, facts, session,
//! login, audit.

use chrono::{DateTime, Duration, Utc};
use federation::{Assertion, Audience, Levels};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};
use web::Locale;

use super::kept::Waiting;
use super::meter;
use super::refused::Reason;
use crate::acr::acr_for;
use crate::audit;
use crate::broker::Broker;
use crate::contacts;
use crate::hash::sha256;
use crate::identity::{self, Admission, Arrived, Tie};
use crate::ids::{AccountId, AuthenticationId, BrowserSessionId, ConflictId};
use crate::session::{self, Current, Ending, SignedIn};
use crate::storage::account::Account;
use crate::storage::authentication::NewAuthentication;
use crate::storage::browser_session::{EndReason, NewBrowserSession};
use crate::storage::conflict::{self, ConflictKind};
use crate::storage::{account, authentication, browser_session};

/// What came of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Recorded {
    /// Somebody is signed in.
    SignedIn {
        account_id: AccountId,
        authentication_id: AuthenticationId,
        /// The upstream's own time, where it tells one.
        authenticated_at: Option<DateTime<Utc>>,
    },
    /// Nobody is, and why; with what the provider vouched for and whose account it would have been.
    Refused {
        reason: Reason,
        reached: Option<Levels>,
        account_id: Option<AccountId>,
        /// The case that officers decide, where there is one.
        case: Option<ConflictId>,
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
            case: None,
        })
    };
    // An officer's login makes no session of a citizen, whatever led here.
    let serves_citizens = broker
        .providers
        .get(&waiting.provider)
        .is_some_and(|provider| provider.describe().audience == Audience::Citizens);
    if !serves_citizens {
        return refuse(Reason::ProviderDisabled, None);
    }
    if !assertion.levels().meets(waiting.minimum) {
        return refuse(Reason::TooLow, None);
    }
    watch_clock(waiting, assertion, now);
    if !is_anew(broker, waiting, assertion) {
        return refuse(Reason::NotAnew, None);
    }

    if !broker.config.account.lets_in(&waiting.provider) {
        return refuse(Reason::ProviderDisabled, None);
    }

    let arrived = Arrived {
        provider: &waiting.provider,
        assertion,
    };
    let tie = match identity::admit(broker, tx, arrived, bearer.locale.code(), now).await? {
        Admission::To(tie) => tie,
        Admission::Ambiguous => return undecided(tx, Reason::Ambiguous, assertion, None).await,
        Admission::SomebodyElse(account_id) => {
            return undecided(tx, Reason::SomebodyElse, assertion, Some(account_id)).await;
        }
    };
    let Tie {
        account_id,
        upstream_link_id,
    } = tie;
    let account = account::lookup(tx, account_id).await?;
    if !account.as_ref().is_some_and(Account::is_active) {
        return refuse(Reason::AccountDisabled, Some(account_id));
    }

    let verification_id = identity::prove(broker, tx, arrived, tie, now).await?;
    contacts::note(broker, tx, tie, &waiting.provider, assertion, now).await?;
    // Of one that was taken over from the provider's session, the person proved nothing now.
    let lasts = was_made_now(broker, waiting, assertion).then(|| broker.config.session.lifetime());
    let lasts = lasts.map(|lasts| (lasts, assertion.levels()));
    let browser_session_id = sign_in(broker, tx, account_id, bearer, lasts, now).await?;
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
            "evidence": assertion.evidence(),
        }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(Recorded::SignedIn {
        account_id,
        authentication_id,
        authenticated_at: assertion.authenticated_at(),
    })
}

/// Nobody is let in before officers have decided the case that was opened.
async fn undecided(
    tx: &mut Tx,
    reason: Reason,
    assertion: &Assertion,
    account_id: Option<AccountId>,
) -> Result<Recorded, StorageError> {
    let (realm, subject) = (assertion.realm().as_str(), assertion.subject().as_str());
    let mut case = None;
    for kind in [ConflictKind::GraveChange, ConflictKind::SubjectsJoined] {
        let open = conflict::list_about(tx, kind, realm, subject).await?;
        case = case.or(open.last().copied());
    }
    Ok(Recorded::Refused {
        reason,
        reached: Some(assertion.levels()),
        account_id,
        case,
    })
}

/// Whether a login that had to be a new one is, by the clock of its provider as far as that may differ. One of no time never is.
pub(crate) fn is_anew(broker: &Broker, waiting: &Waiting, assertion: &Assertion) -> bool {
    !waiting.force || was_made_now(broker, waiting, assertion)
}

/// Whether the person authenticated after the browser had left.
fn was_made_now(broker: &Broker, waiting: &Waiting, assertion: &Assertion) -> bool {
    let provider = broker.providers.get(&waiting.provider);
    let skew = provider.map_or(Duration::zero(), |provider| provider.describe().skew);
    let is_later = |at| at + skew >= waiting.departed_at;
    assertion.authenticated_at().is_some_and(is_later)
}

/// So far off, a clock is worth a warning long before logins fail.
const CLOCK_IS_OFF: Duration = Duration::seconds(30);

/// Notes how far the provider's clock is seen to be off: ahead when it has authenticated somebody in our future, behind when a
/// login that had to be a new one was made before the browser left.
fn watch_clock(waiting: &Waiting, assertion: &Assertion, now: DateTime<Utc>) {
    let Some(at) = assertion.authenticated_at() else {
        return;
    };
    let off = if at > now {
        at - now
    } else if waiting.force {
        (at - waiting.departed_at).min(Duration::zero())
    } else {
        return;
    };
    meter::clock(&waiting.provider, off);
    if off.abs() > CLOCK_IS_OFF {
        tracing::warn!(
            provider.id = waiting.provider,
            seconds = off.num_seconds(),
            "the provider's clock differs from ours"
        );
    }
}

/// Signs the browser in. Its cookie gets a new value in any case; the session of somebody else ends, and one that nobody has used for
/// long. One that goes on lasts anew, where the person has just authenticated (`lasts`) and proved no less than by any of its logins:
/// else a weak login, repeated, would keep a strong one alive.
async fn sign_in(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    bearer: Bearer<'_>,
    lasts: Option<(Duration, Levels)>,
    now: DateTime<Utc>,
) -> Result<BrowserSessionId, StorageError> {
    let token_hash = sha256(bearer.token.as_bytes());
    let former = bearer.current.find_unended(tx, now).await?;
    match former {
        // What was silent for long is not taken up again: its logins would count anew.
        Some(SignedIn {
            session, logins, ..
        }) if session.account_id == account_id && session::is_used(broker, &session, now) => {
            let covers = |levels: Levels| {
                logins.iter().all(|login| {
                    levels.identity >= login.levels.identity && levels.login >= login.levels.login
                })
            };
            let expires_at = lasts
                .filter(|(_, levels)| covers(*levels))
                .map(|(lasts, _)| now + lasts);
            let id = session.browser_session_id;
            browser_session::renew_token(tx, id, &token_hash, expires_at, now).await?;
            return Ok(id);
        }
        Some(SignedIn { session, .. }) => {
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
