//! What a login shows about mandates, written down in the login's own transaction.
//!
//! 1. The body is of a kind that the town accepts, and the person's part in it allows something: else the login shows no mandate.
//! 2. A mandate that an earlier login of the same link showed and this one does not, or not for the same body, ends at once.
//! 3. One that is shown again counts anew; one that had run out of date is a new one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use federation::{Body, IdentityLevel};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::{Act, EndReason, MandateConfig, end};
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, MandateId, UpstreamLinkId};
use crate::notices::{self, Notice};
use crate::storage::mandate::{self, Mandate};

/// Who logged in, through what, and what the source said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) account_id: AccountId,
    pub(crate) upstream_link_id: UpstreamLinkId,
    /// Kind of the provider.
    pub(crate) source: &'a str,
    /// The body for which the person was let in.
    pub(crate) body: Option<&'a Body>,
    /// Whether the source can tell the person apart for good.
    pub(crate) is_linkable: bool,
}

/// Writes down what a login shows.
pub(crate) async fn note(
    broker: &Broker,
    tx: &mut Tx,
    shown: Shown<'_>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let config = &broker.config.mandate;
    let permitted = shown
        .body
        .and_then(|body| Some((body, acts(config, body)?)));
    let mut is_known = false;
    for held in mandate::list_by_link(tx, shown.upstream_link_id).await? {
        match permitted.as_ref().filter(|(body, _)| is_for(&held, body)) {
            Some((body, acts)) if held.is_valid(now) => {
                is_known = true;
                let renewed = of(config, shown, body, acts, held.mandate_id, now);
                mandate::renew(tx, &renewed).await?;
            }
            Some(_) => {
                end(broker, tx, &held, EndReason::Expired, Actor::System, now).await?;
            }
            None => {
                let actor = Actor::Account(shown.account_id.uuid());
                end(broker, tx, &held, EndReason::NotShown, actor, now).await?;
            }
        }
    }
    let (Some((body, acts)), false) = (permitted, is_known) else {
        return Ok(());
    };
    let fresh_id = MandateId::new(broker.random.uuid_v7(now));
    let added = of(config, shown, body, &acts, fresh_id, now);
    mandate::add(tx, &added, now).await?;
    let event = Event {
        kind: "mandate.added",
        actor: Actor::Account(shown.account_id.uuid()),
        subject: Some(shown.account_id.uuid()),
        details: json!({ "mandate": fresh_id, "source": shown.source, "scope": acts }),
    };
    audit::record(broker, tx, event, now).await?;
    let notice = Notice::MandateAdded {
        body: added.name.clone(),
    };
    notices::enqueue(broker, tx, shown.account_id, &notice, now).await
}

/// What the person may do for the body. `None`: this login shows no mandate.
fn acts(config: &MandateConfig, body: &Body) -> Option<BTreeSet<Act>> {
    if !config.kinds.contains(&body.kind) {
        return None;
    }
    if body.full {
        return Some(Act::ALL.into());
    }
    // Who was let in by somebody else lets nobody else in.
    let mut acts = config.entrusted_may.clone();
    acts.remove(&Act::Manage);
    (!acts.is_empty()).then_some(acts)
}

/// A box that was given to another body is another mandate.
fn is_for(held: &Mandate, body: &Body) -> bool {
    held.reference.as_deref() == Some(&body.reference)
        && held.kind == body.kind
        && held.ico == body.ico
}

fn of(
    config: &MandateConfig,
    shown: Shown<'_>,
    body: &Body,
    acts: &BTreeSet<Act>,
    mandate_id: MandateId,
    now: DateTime<Utc>,
) -> Mandate {
    Mandate {
        mandate_id,
        account_id: shown.account_id,
        kind: body.kind,
        ico: body.ico.clone(),
        name: body.name.clone(),
        source: shown.source.to_owned(),
        upstream_link_id: Some(shown.upstream_link_id),
        reference: Some(body.reference.clone()),
        role: Some(body.role.clone()),
        scope: acts.clone(),
        level: level(body, shown.is_linkable),
        approved_by: None,
        second_officer: None,
        shown_at: now,
        valid_from: now,
        valid_until: now + config.lasts(),
        revoked_at: None,
    }
}

/// A statutory body is taken over from the registers; anything else is the body's own word. Somebody whom the source cannot
/// tell apart for good proves less.
const fn level(body: &Body, is_linkable: bool) -> IdentityLevel {
    if body.full && is_linkable {
        IdentityLevel::Town
    } else {
        IdentityLevel::Contact
    }
}

#[cfg(test)]
mod tests {
    use federation::BodyKind;

    use super::*;

    fn body(kind: BodyKind, full: bool) -> Body {
        Body {
            kind,
            ico: Some("00000027".to_owned()),
            name: "Pekařství Vltava s.r.o.".to_owned(),
            reference: "k7m2p9x".to_owned(),
            role: "PRIMARY_USER".to_owned(),
            full,
        }
    }

    #[test]
    fn a_statutory_body_may_do_everything_and_an_entrusted_user_what_the_town_allows() {
        let careful = MandateConfig::default();
        let lenient = MandateConfig {
            entrusted_may: Act::ALL.into(),
            ..MandateConfig::default()
        };

        assert_eq!(
            acts(&careful, &body(BodyKind::Company, true)),
            Some(Act::ALL.into())
        );
        assert_eq!(acts(&careful, &body(BodyKind::Company, false)), None);
        assert_eq!(
            acts(&lenient, &body(BodyKind::Company, false)),
            Some([Act::View, Act::Submit, Act::Pay].into())
        );
    }

    #[test]
    fn an_office_is_no_body_that_a_citizen_acts_for() {
        let config = MandateConfig::default();

        assert_eq!(acts(&config, &body(BodyKind::PublicBody, true)), None);
    }

    #[test]
    fn what_the_source_cannot_tell_for_good_proves_less() {
        let company = body(BodyKind::Company, true);

        assert_eq!(level(&company, true), IdentityLevel::Town);
        assert_eq!(level(&company, false), IdentityLevel::Contact);
        assert_eq!(
            level(&body(BodyKind::Company, false), true),
            IdentityLevel::Contact
        );
    }
}
