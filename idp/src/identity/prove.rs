//! What a login proves about its account.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx};

use super::changes::changes;
use super::{Arrived, Tie};
use crate::broker::Broker;
use crate::ids::{FactId, VerificationId};
use crate::mandate::{self, Shown};
use crate::storage::fact::NewFact;
use crate::storage::verification::UpstreamProof;
use crate::storage::{fact, verification};

/// Records what a login proved, the facts that differ from what we hold, and for whom it shows that the person may act.
pub async fn prove(
    broker: &Broker,
    tx: &mut Tx,
    arrived: Arrived<'_>,
    tie: Tie,
    now: DateTime<Utc>,
) -> Result<VerificationId, StorageError> {
    let assertion = arrived.assertion;
    let proof = UpstreamProof {
        account_id: tie.account_id,
        upstream_link_id: tie.upstream_link_id,
        provider: arrived.provider,
        realm: arrived.realm(),
        identity_level: assertion.levels().identity,
        login_level: assertion.levels().login,
        assurance: assertion.acr(),
        trust_framework: Some(assertion.trust_framework().as_str()),
        country: assertion.country(),
        checked_at: assertion.check().and_then(|check| check.at),
        process: assertion.check().and_then(|check| check.process.as_deref()),
        verified_at: assertion.authenticated_at().unwrap_or(now),
    };
    let fresh_id = VerificationId::new(broker.random.uuid_v7(now));
    let verification_id = verification::prove(tx, fresh_id, proof, now).await?;

    let held = fact::list_current(tx, &broker.master_key, tie.account_id, now).await?;
    let changes = changes(
        &held,
        tie.upstream_link_id,
        assertion.levels().identity,
        assertion.facts(),
    );
    for fact_id in changes.supersede {
        fact::supersede(tx, fact_id, now).await?;
    }
    for asserted in changes.add {
        let fact = NewFact {
            fact_id: FactId::new(broker.random.uuid_v7(now)),
            account_id: tie.account_id,
            verification_id: Some(verification_id),
            kind: asserted.kind,
            value: &asserted.value,
            standing: asserted.standing,
        };
        fact::add(tx, &broker.master_key, fact, now).await?;
    }
    let shown = Shown {
        account_id: tie.account_id,
        upstream_link_id: tie.upstream_link_id,
        source: kind(broker, arrived.provider),
        body: assertion.acting_for().or(assertion.unconfirmed_body()),
        is_confirmed: assertion.unconfirmed_body().is_none(),
        is_linkable: assertion.is_linkable(),
    };
    mandate::note(broker, tx, shown, now).await?;
    Ok(verification_id)
}

/// The kind of a provider.
fn kind<'a>(broker: &'a Broker, provider: &'a str) -> &'a str {
    let known = broker.providers.get(provider);
    known.map_or(provider, |provider| provider.describe().kind)
}
