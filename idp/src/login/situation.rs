//! Everything the next step of a login is decided on, looked up in one read.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use federation::Demand;
use store::{StorageError, Tx};
use web::policy::ClientAddress;

use super::bodies::Bodies;
use super::decide::{Asked, Known, Next, Why, decide};
use super::handed::is_optional;
use super::kept::{Goal, Login};
use super::offers::{self, Offer, Wish, counts_for};
use super::problems::{self, Trouble};
use super::refused::{self, Circumstances, Reason};
use crate::broker::Broker;
use crate::claims::{is_technical, item_of_verified};
use crate::clients::Client;
use crate::ids::AuthenticationId;
use crate::mandate;
use crate::oidc::request::{AuthorizationRequest, Prompt};
use crate::session::{Current, SignedIn};
use crate::storage::authentication::Authentication;
use crate::storage::consent::ConsentContent;
use crate::storage::{consent, pairwise_subject};

/// A login, who asks, who is signed in, and what follows from it.
#[derive(Debug)]
pub(crate) struct Situation {
    /// The client that asks; `None` for the account's own pages.
    pub(crate) client: Option<Arc<Client>>,
    /// Who is signed in.
    pub(crate) signed_in: Option<SignedIn>,
    /// What the person allowed the client before.
    pub(crate) consent: Option<ConsentContent>,
    /// For whom the person acts, once that is settled, and for whom they could.
    pub(crate) bodies: Bodies,
    /// What the request asks of the authentication.
    pub(crate) asked: Asked,
    /// What happens next.
    pub(crate) next: Next,
}

/// Looks at a login. A client that was switched off meanwhile ends it here (B8).
pub(crate) async fn look(
    broker: &Broker,
    tx: &mut Tx,
    login: &Login,
    current: &Current,
    now: DateTime<Utc>,
) -> Result<Situation, Trouble> {
    let client = match login.client_id() {
        None => None,
        Some(id) => Some(enabled_client(broker, login, id, now).await?),
    };
    broker.health.refresh(broker, tx, now).await?;
    let mut signed_in = current.find(broker, tx, now).await?;
    if let Some(signed_in) = &mut signed_in {
        // A session that began with a provider this client does not take counts for nothing here.
        signed_in
            .logins
            .retain(|made| counts_for(broker, &made.realm, client.as_deref()));
    }
    let mut situation = Situation {
        asked: asked(login, client.as_deref()),
        client,
        signed_in,
        consent: None,
        bodies: Bodies::default(),
        next: Next::LogIn(Why::First),
    };
    if let (Some(person), Some(signed_in)) = (login.person, &situation.signed_in) {
        situation.asked.swapped = person != signed_in.account.account_id;
    }
    if let (Some(request), Some(client), Some(signed_in)) =
        (login.request(), &situation.client, &situation.signed_in)
    {
        let account_id = signed_in.account.account_id;
        if request.id_token_hint.is_some() {
            let subs = pairwise_subject::list_all(tx, &client.organisation_id, account_id).await?;
            situation.asked.somebody_else = !subs.iter().any(|sub| request.takes(sub));
        }
        if request.scope.contains(mandate::SCOPE) {
            situation.bodies =
                Bodies::look(broker, tx, login, request, client, signed_in, now).await?;
            situation.asked.acting = situation.bodies.acting;
        }
        if client.information_page {
            let consent = consent::find(tx, account_id, &client.id).await?;
            situation.consent = consent.map(|consent| consent.content().clone());
            situation.asked.inform =
                must_inform(login, request, client, situation.consent.as_ref());
        }
    }
    situation.next = situation.decided(broker, login, now);
    Ok(situation)
}

impl Situation {
    fn decided(&self, broker: &Broker, login: &Login, now: DateTime<Utc>) -> Next {
        let logins = self
            .signed_in
            .as_ref()
            .map_or(&[][..], |signed_in| &signed_in.logins);
        let reachable = |force| offers::is_any(&broker.providers, self.wish(broker, force));
        let known = Known {
            logins,
            made: login.made,
            reachable: reachable(self.asked.anew),
            reachable_anew: reachable(true),
        };
        decide(&self.asked, known, now)
    }

    /// Writes down that the session is used, unless that was done a moment ago.
    pub(crate) async fn seen(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<(), StorageError> {
        match &self.signed_in {
            Some(signed_in) => signed_in.seen(tx, now).await,
            None => Ok(()),
        }
    }

    /// What a way in has to satisfy.
    pub(crate) fn wish<'a>(&'a self, broker: &'a Broker, force: bool) -> Wish<'a> {
        Wish {
            client: self.client.as_deref(),
            minimum: self.asked.minimum.unwrap_or(Demand::NONE),
            acr: self.asked.acr.as_ref(),
            // Where the moment of our record will do, one that can be neither made nor asked may serve as well.
            force: force && !self.asked.recorded,
            max_age: self.asked.max_age.filter(|_| !self.asked.recorded),
            link_only: &broker.config.account.link_only,
        }
    }

    /// Whether whoever leaves now has to log in anew.
    pub(crate) fn force(&self) -> bool {
        self.asked.anew || matches!(self.next, Next::LogIn(Why::Again) | Next::Select(_))
    }

    /// The ways in that the page offers.
    pub(crate) fn offers(&self, broker: &Broker, now: DateTime<Utc>) -> Vec<Offer> {
        offers::offers(broker, self.wish(broker, self.force()), now)
    }

    /// A login of the session.
    pub(crate) fn login(&self, id: AuthenticationId) -> Option<&Authentication> {
        self.signed_in
            .as_ref()?
            .logins
            .iter()
            .find(|login| login.authentication_id == id)
    }
}

async fn enabled_client(
    broker: &Broker,
    login: &Login,
    id: &crate::ids::ClientId,
    now: DateTime<Utc>,
) -> Result<Arc<Client>, Trouble> {
    match broker.clients.get(id.as_str()) {
        Some(client) if client.disabled_at.is_none() => Ok(client),
        _ => {
            let known = Circumstances {
                login: Some(&login.id),
                client: Some(id.as_str()),
                // All together, wherever they call from: it is one client.
                from: Some(ClientAddress(Ipv4Addr::UNSPECIFIED.into())),
                ..Circumstances::default()
            };
            refused::record(broker, Reason::ClientDisabled, known, now).await?;
            Err((&problems::CLIENT_DISABLED).into())
        }
    }
}

fn asked(login: &Login, client: Option<&Client>) -> Asked {
    let request = match &login.goal {
        Goal::Client(request) => request,
        Goal::Fresh { proof, .. } => {
            return Asked {
                minimum: Some(proof.minimum),
                max_age: Some(proof.within),
                anew: proof.anew,
                recorded: proof.recorded,
                ..Asked::default()
            };
        }
        Goal::Account(_) | Goal::Link(_) | Goal::Staff => return Asked::default(),
    };
    Asked {
        minimum: client.map(|client| client.minimum),
        acr: request.acr_demand(),
        max_age: request.max_age,
        silent: request.prompts(Prompt::None),
        anew: request.prompts(Prompt::Login),
        select: request.prompts(Prompt::SelectAccount) && !login.selected,
        ..Asked::default()
    }
}

/// On first use, whenever something is asked that was not shown before or was left out and may not be any more, and whenever the
/// client wants it shown.
fn must_inform(
    login: &Login,
    request: &AuthorizationRequest,
    client: &Client,
    consent: Option<&ConsentContent>,
) -> bool {
    if login.informed {
        return false;
    }
    let items = items(request);
    let shown =
        consent.is_some_and(|consent| consent.covers(&items, |item| is_optional(item, client)));
    request.prompts(Prompt::Consent) || !shown
}

/// What a request wants to learn: scopes, and single claims as `claim:…`.
pub(crate) fn items(request: &AuthorizationRequest) -> BTreeSet<String> {
    let claims = [&request.claims.userinfo, &request.claims.id_token];
    let single = claims
        .iter()
        .flat_map(|asked| asked.claims.keys())
        .filter(|name| !is_technical(name));
    let verified = claims
        .iter()
        .any(|asked| !asked.verified.is_empty())
        .then(|| "claim:verified_claims".to_owned());
    let inside = claims
        .iter()
        .flat_map(|asked| asked.verified_names())
        .map(|name| item_of_verified(name, &request.scope));
    request
        .scope
        .iter()
        .cloned()
        .chain(single.map(|name| format!("claim:{name}")))
        .chain(verified)
        .chain(inside)
        .collect()
}
