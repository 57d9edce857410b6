//! What changes an account's ways in or contacts rests on a login of a few minutes ago (B3).

use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use federation::{Demand, LoginLevel};
use store::{StorageError, Tx};

use crate::broker::Broker;
use crate::identity::{Best, as_good_as};
use crate::ids::{AccountId, UpstreamLinkId};
use crate::login::begin::begin;
use crate::login::kept::{Goal, Proof};
use crate::login::problems::Trouble;
use crate::session::{Browser, SignedIn};
use crate::storage::authentication::Authentication;
use crate::storage::upstream_link::{self, UpstreamLink};
use crate::storage::verification;

/// Whether the session has a login that is young and strong enough, through another way in than `but`. Of a login whose
/// provider does not say when the person authenticated nobody knows whether it is young.
pub(in crate::account) fn is_fresh(
    broker: &Broker,
    signed_in: &SignedIn,
    minimum: Demand,
    but: Option<UpstreamLinkId>,
    now: DateTime<Utc>,
) -> bool {
    let young = |login: &&Authentication| {
        login
            .authenticated_at
            .is_some_and(|at| now.signed_duration_since(at) <= broker.config.account.fresh_within())
    };
    signed_in
        .logins
        .iter()
        .filter(young)
        .filter(|login| Some(login.upstream_link_id) != but)
        .any(|login| login.levels.meets(minimum))
}

/// [`is_fresh`], and the same where every way in that proves as much leads through providers that never tell when (data boxes): there the
/// moment counts at which we recorded the login, or nobody could ever close such an account or give up what it holds. Not for
/// changing ways in and contacts, by which somebody else might come to stay. `Err`: what has to be proved first.
pub(in crate::account) async fn is_recent(
    broker: &Broker,
    tx: &mut Tx,
    signed_in: &SignedIn,
    best: &Best,
    now: DateTime<Utc>,
) -> Result<Result<(), Stale>, StorageError> {
    let account_id = signed_in.account.account_id;
    let within = broker.config.account.fresh_within();
    let is_young = |login: &Authentication| now.signed_duration_since(login.recorded_at) <= within;
    for minimum in best.demands() {
        if is_fresh(broker, signed_in, minimum, None, now) {
            continue;
        }
        let recorded = is_never_told(broker, tx, account_id, minimum, now).await?;
        let mut logins = signed_in.logins.iter();
        let is_recorded =
            recorded && logins.any(|login| is_young(login) && login.levels.meets(minimum));
        if !is_recorded {
            return Ok(Err(Stale { minimum, recorded }));
        }
    }
    Ok(Ok(()))
}

/// What [`is_recent`] lacks.
#[derive(Clone, Copy, Debug)]
pub(in crate::account) struct Stale {
    minimum: Demand,
    recorded: bool,
}

impl Stale {
    /// Sends the person to prove it first, and then to `page`.
    pub(in crate::account) async fn prove(
        self,
        broker: &Broker,
        browser: &Browser,
        page: String,
        now: DateTime<Utc>,
    ) -> Result<Response, Trouble> {
        let how = if self.recorded {
            How::Recorded
        } else {
            How::Young
        };
        prove_again(broker, browser, page, self.minimum, how, now).await
    }
}

/// Whether each of the account's ways in that proves as much never tells when the person authenticated.
async fn is_never_told(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    minimum: Demand,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let proofs = verification::list_valid(tx, account_id, now).await?;
    let links = upstream_link::list_by_account(tx, account_id).await?;
    let proves = |link: &&UpstreamLink| {
        minimum == Demand::NONE
            || proofs.iter().any(|proof| {
                proof.upstream_link_id == Some(link.upstream_link_id)
                    && as_good_as(proof).and(minimum) == as_good_as(proof)
            })
    };
    let never_tells = |realm: &str| {
        !broker.providers.iter().any(|(_, provider)| {
            let provider = provider.describe();
            provider.realm.as_str() == realm && provider.tells_time
        })
    };
    Ok(links
        .iter()
        .filter(proves)
        .all(|link| never_tells(&link.realm)))
}

/// What logins must reach before something grave: what the best of the account's ways in have proved, on both scales, so that the
/// weakest of them cannot do it. `but`: a realm of which a way in is to be added; it does not count (local-identity 8.2, rule 3).
pub(in crate::account) async fn needed(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    but: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Best, StorageError> {
    let proofs = verification::list_valid(tx, account_id, now).await?;
    let links = upstream_link::list_by_account(tx, account_id).await?;
    let of_link = |link: &UpstreamLink| {
        let id = Some(link.upstream_link_id);
        let proofs = proofs
            .iter()
            .filter(move |proof| proof.upstream_link_id == id);
        let realm = link.realm.clone();
        proofs.filter_map(move |proof| within_reach(broker, &realm, as_good_as(proof)))
    };
    let others = links.iter().filter(|link| Some(link.realm.as_str()) != but);
    Ok(Best::of(others.flat_map(of_link)))
}

/// What of a demand a realm still lets somebody in for: what no provider can be made to prove any more nobody can be asked for.
fn within_reach(broker: &Broker, realm: &str, demand: Demand) -> Option<Demand> {
    let can_meet = |demand: &Demand| {
        broker.providers.iter().any(|(id, provider)| {
            let provider = provider.describe();
            let lets_in = provider.realm.as_str() == realm && broker.config.account.lets_in(id);
            lets_in && provider.can_meet(*demand, false)
        })
    };
    let lesser = Demand::new(demand.identity, LoginLevel::Single);
    [demand, lesser].into_iter().find(can_meet)
}

/// What still has to be proved before a way in is removed, a merge is undone or a contact changes.
#[derive(Clone, Copy, Debug)]
pub(in crate::account) enum Missing {
    /// A login as good as the best of the account's ways in: the weakest of them must neither take away the strongest nor decide where
    /// the person is told of it.
    Best(Demand),
    /// A login of a known time, by another way in than the one that goes.
    Another,
}

/// What is missing; `None` when it may be done now. `removed`: a way in that goes.
pub(in crate::account) async fn missing(
    broker: &Broker,
    tx: &mut Tx,
    signed_in: &SignedIn,
    removed: Option<UpstreamLinkId>,
    now: DateTime<Utc>,
) -> Result<Option<Missing>, StorageError> {
    let best = needed(broker, tx, signed_in.account.account_id, None, now).await?;
    let within = broker.config.account.fresh_within();
    // The best may be a data box, which never tells when: then the moment counts at which we recorded its login. That alone changes
    // nothing, since a login of a known time is wanted beside it.
    let unmet = best.unmet(|demand| {
        signed_in.logins.iter().any(|login| {
            let at = login.authenticated_at.unwrap_or(login.recorded_at);
            now.signed_duration_since(at) <= within && login.levels.meets(demand)
        })
    });
    Ok(if let Some(unmet) = unmet {
        Some(Missing::Best(unmet))
    } else if !is_fresh(broker, signed_in, Demand::NONE, removed, now) {
        Some(Missing::Another)
    } else {
        None
    })
}

impl Missing {
    /// Sends the person to prove it first, and then to `page`. `removes`: what is wanted takes a way in away.
    pub(in crate::account) async fn prove(
        self,
        broker: &Broker,
        browser: &Browser,
        page: String,
        removes: bool,
        now: DateTime<Utc>,
    ) -> Result<Response, Trouble> {
        let (minimum, how) = match self {
            Self::Best(minimum) => (minimum, How::Recorded),
            Self::Another if removes => (Demand::NONE, How::Anew),
            Self::Another => (Demand::NONE, How::Young),
        };
        prove_again(broker, browser, page, minimum, how, now).await
    }
}

/// Which login will do, of those that prove enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::account) enum How {
    /// A young one.
    Young,
    /// A new one: of the session's one is young, but it is not the one that is needed.
    Anew,
    /// A young one, or one of unknown time that was recorded a moment ago.
    Recorded,
}

/// Sends the person to log in first, and then to `page`, where what they wanted waits.
pub(in crate::account) async fn prove_again(
    broker: &Broker,
    browser: &Browser,
    page: String,
    minimum: Demand,
    how: How,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    let proof = Proof {
        minimum,
        within: broker
            .config
            .account
            .fresh_within()
            .num_seconds()
            .unsigned_abs(),
        anew: how == How::Anew,
        recorded: how == How::Recorded,
    };
    let goal = Goal::Fresh { page, proof };
    let login = begin(broker, goal, Some(browser.hash()), browser.address(), now).await?;
    Ok((browser.clone(), Redirect::to(&login.path())).into_response())
}
