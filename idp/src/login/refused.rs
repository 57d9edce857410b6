//! Why a login did not come about, for the audit log: one kind of event per reason.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use federation::{Refusal, Unable};
use serde_json::{Value, json};
use store::StorageError;
use store::audit::{Actor, Event};

use web::Incident;
use web::policy::ClientAddress;

use super::ids::LoginId;
use crate::broker::Broker;
use crate::ids::AccountId;

/// A reason that the broker itself finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The answer belongs to no departure.
    UnknownAnswer,
    /// The answer does not say where it belongs, and its browser has several logins under way.
    SeveralUnderWay,
    /// The answer came to another provider's address.
    OtherProvider,
    /// The answer came too late.
    Late,
    /// The answer was seen with another departure.
    Replayed,
    /// The answer came to its end in another browser.
    OtherBrowser,
    /// Nothing is left of the answer for this browser.
    AlreadyUsed,
    /// The person gave up at the provider.
    Cancelled,
    /// The provider sent the browser back without an answer.
    EndedThere,
    /// The provider cannot vouch for the person.
    Unable(Unable),
    /// The provider vouches for less than asked.
    TooLow,
    /// A new login was asked for and an old one came.
    NotAnew,
    /// The provider joined subjects that are several accounts' here.
    Ambiguous,
    /// The provider vouches for another person by a subject that we know.
    SomebodyElse,
    /// The account is switched off.
    AccountDisabled,
    /// The client is switched off.
    ClientDisabled,
    /// The provider is switched off or not this client's.
    ProviderDisabled,
    /// The place behind the provider that was chosen is not offered (any more).
    BranchGone,
    /// The provider could not be reached.
    ProviderDown,
    /// Our side of the provider does not work.
    ProviderBroken,
    /// Nobody can reach the level.
    Unmet,
}

impl Reason {
    /// The kind of its event.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::UnknownAnswer => "login.refused.unknown-answer",
            Self::SeveralUnderWay => "login.refused.several-under-way",
            Self::OtherProvider => "login.refused.other-provider",
            Self::Late => "login.refused.late",
            Self::Replayed => "login.refused.replayed",
            Self::OtherBrowser => "login.refused.other-browser",
            Self::AlreadyUsed => "login.refused.already-used",
            Self::Cancelled => "login.refused.cancelled",
            Self::EndedThere => "login.refused.ended-there",
            Self::Unable(Unable::NoIdentity) => "login.refused.no-identity",
            Self::Unable(Unable::NotEligible) => "login.refused.not-eligible",
            Self::Unable(Unable::Withheld(_)) => "login.refused.withheld",
            Self::Unable(Unable::BoxOfOffice) => "login.refused.box-of-office",
            Self::TooLow => "login.refused.level-too-low",
            Self::NotAnew => "login.refused.not-anew",
            Self::Ambiguous => "login.refused.ambiguous",
            Self::SomebodyElse => "login.refused.somebody-else",
            Self::AccountDisabled => "login.refused.account-disabled",
            Self::ClientDisabled => "login.refused.client-disabled",
            Self::ProviderDisabled => "login.refused.provider-disabled",
            Self::BranchGone => "login.refused.branch-gone",
            Self::ProviderDown => "login.refused.provider-down",
            Self::ProviderBroken => "login.refused.provider-broken",
            Self::Unmet => "login.refused.unmet",
        }
    }
}

impl Reason {
    /// The reason alone, for metrics.
    pub(crate) fn code(self) -> &'static str {
        code(self.kind())
    }
}

/// The reason in an event's kind.
pub(crate) fn code(kind: &'static str) -> &'static str {
    kind.strip_prefix("login.refused.").unwrap_or(kind)
}

/// What is known when a login is refused.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Circumstances<'a> {
    pub(crate) provider: Option<&'a str>,
    pub(crate) login: Option<&'a LoginId>,
    pub(crate) client: Option<&'a str>,
    pub(crate) account: Option<AccountId>,
    /// Where the refused call from, when nothing else bounds how often they may.
    pub(crate) from: Option<ClientAddress>,
    /// What kept the provider from answering, where it was asked.
    pub(crate) cause: Option<&'static str>,
    /// The number that the page shows.
    pub(crate) incident: Option<&'a Incident>,
}

impl Circumstances<'_> {
    fn details(self) -> Value {
        // A login's id opens its page to nobody else, and yet half of it is enough to recognise it.
        let login = self.login.map(LoginId::short);
        let mut details =
            json!({ "provider": self.provider, "login": login, "client": self.client });
        if let Some(members) = details.as_object_mut() {
            if let Some(incident) = self.incident {
                members.insert("incident".to_owned(), incident.to_string().into());
            }
            if let Some(cause) = self.cause {
                members.insert("cause".to_owned(), cause.into());
            }
        }
        details
    }
}

/// The event of a refusal of ours.
pub(crate) fn event(reason: Reason, known: Circumstances<'_>) -> Event {
    Event {
        kind: reason.kind(),
        actor: known
            .account
            .map_or(Actor::Anonymous, |account| Actor::Account(account.uuid())),
        subject: known.account.map(AccountId::uuid),
        details: known.details(),
    }
}

/// The event of an answer that failed verification.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "callers hold it by reference"
)]
pub(crate) fn verification_event(refusal: &Refusal, known: Circumstances<'_>) -> Event {
    Event {
        kind: KINDS
            .get(refusal.code())
            .copied()
            .unwrap_or("login.refused.answer"),
        actor: Actor::Anonymous,
        subject: None,
        details: known.details(),
    }
}

/// Records a refusal of ours on its own.
pub(crate) async fn record(
    broker: &Broker,
    reason: Reason,
    known: Circumstances<'_>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    tracing::info!(
        event.kind = reason.kind(),
        login.id = known.login.map(LoginId::short),
        provider.id = known.provider,
        client.id = known.client,
        "login refused"
    );
    let event = event(reason, known);
    match known.from {
        Some(from) => crate::audit::record_refusal(broker, event, from, now).await,
        None => crate::audit::record_alone(broker, event, now).await,
    }
}

/// Event kinds are static text; one for each check of `federation` is made once and kept.
static KINDS: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    Refusal::ALL
        .iter()
        .map(|refusal| {
            (
                refusal.code(),
                &*Box::leak(format!("login.refused.{}", refusal.code()).into_boxed_str()),
            )
        })
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_an_event_kind_of_its_own() {
        for refusal in Refusal::ALL {
            let event = verification_event(refusal, Circumstances::default());

            assert_eq!(event.kind, format!("login.refused.{}", refusal.code()));
        }
    }
}
