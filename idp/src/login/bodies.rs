//! For whom somebody acts who logs in for a client that supports it.
//!
//! 1. What the client names by `acting_for` counts, when it is the person's own and stands: a switch without a page.
//! 2. Then what the person said on the page of this login.
//! 3. Then, without a new login and without `prompt=select_account`, what they chose for the session they have at this client.
//! 4. Who has no mandate acts for themself; everybody else is asked.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx};

use super::decide::Acting;
use super::kept::Login;
use crate::broker::Broker;
use crate::clients::Client;
use crate::ids::MandateId;
use crate::mandate::{MandateName, list_counting};
use crate::oidc::request::{ActingFor, AuthorizationRequest, NamedBody, Prompt};
use crate::session::SignedIn;
use crate::storage::client_session;
use crate::storage::mandate::Mandate;

/// For whom the person acts, and for whom they could.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bodies {
    /// How far that is settled.
    pub(crate) acting: Acting,
    /// The mandate by which they act; `None`: for themself, or not settled.
    pub(crate) chosen: Option<Mandate>,
    /// Every mandate of theirs that counts.
    pub(crate) mandates: Vec<Mandate>,
}

impl Bodies {
    /// Looks at what is known.
    pub(crate) async fn look(
        broker: &Broker,
        tx: &mut Tx,
        login: &Login,
        request: &AuthorizationRequest,
        client: &Client,
        signed_in: &SignedIn,
        now: DateTime<Utc>,
    ) -> Result<Self, StorageError> {
        let mandates =
            list_counting(broker, tx, Some(client), signed_in.account.account_id, now).await?;
        let asks_anew = login.made.is_some() || request.prompts(Prompt::SelectAccount);
        let before = if asks_anew {
            None
        } else {
            let session = signed_in.session.browser_session_id;
            let chosen = client_session::find_mandate(tx, session, &client.id).await?;
            chosen.map(|chosen| chosen.map_or(ActingFor::Own, ActingFor::Mandate))
        };
        let called = |mandate: &Mandate| {
            let organisation = &client.organisation_id;
            MandateName::of(&broker.master_key, mandate.mandate_id, organisation)
        };
        let named = match request.acting_for {
            None => None,
            Some(NamedBody::Own) => Some(ActingFor::Own),
            Some(NamedBody::Mandate(name)) => {
                match mandates.iter().find(|mandate| called(mandate) == name) {
                    Some(mandate) => Some(ActingFor::Mandate(mandate.mandate_id)),
                    None => return Ok(Self::refused(mandates)),
                }
            }
        };
        Ok(Self::settle(mandates, named, login.acting, before))
    }

    /// The client insists on a mandate that the person does not have, or has no more.
    fn refused(mandates: Vec<Mandate>) -> Self {
        Self {
            acting: Acting::Refused,
            chosen: None,
            mandates,
        }
    }

    fn settle(
        mandates: Vec<Mandate>,
        named: Option<ActingFor>,
        said: Option<ActingFor>,
        before: Option<ActingFor>,
    ) -> Self {
        let held = |id: MandateId| mandates.iter().find(|mandate| mandate.mandate_id == id);
        // A choice that has ended meanwhile is no choice; one that the client insists on is refused.
        let stands = |choice: &ActingFor| match choice {
            ActingFor::Own => true,
            ActingFor::Mandate(id) => held(*id).is_some(),
        };
        let choice = named.or(said.filter(stands)).or(before.filter(stands));
        let (acting, chosen) = match choice {
            Some(ActingFor::Own) => (Acting::Settled, None),
            Some(ActingFor::Mandate(id)) => match held(id) {
                Some(mandate) => (Acting::Settled, Some(mandate.clone())),
                None => return Self::refused(mandates),
            },
            None if mandates.is_empty() => (Acting::Settled, None),
            None => (Acting::Open, None),
        };
        Self {
            acting,
            chosen,
            mandates,
        }
    }
}
