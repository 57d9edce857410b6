//! `GET` and `POST /oauth2/logout` (OpenID Connect RP-Initiated Logout 1.0).
//!
//! 1. A POST may come from another site without cookies: what it asks is kept and asked again by GET. 2. A hint of ours,
//! expired or not, names client, person and session. 3. Whoever is signed in and is not who the hint names, or comes
//! without a hint, is asked first. 4. Logout always succeeds here; then the browser is led to the logout of each provider it
//! came by, and from there to the address the client registered, or to the page that says so; by way of that page when a provider
//! keeps a session of its own that nobody ended (`still_open`).

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Duration, Utc};
use federation::Correlation;
use serde::{Deserialize, Serialize};
use store::Tx;
use store::audit::Actor;
use url::Url;
use web::form::{Form, Path};
use web::{Allow, Locale, Shell, page};

use super::leave::leave;
use super::still_open::{self, Left, OPEN};
use super::told::{Told, unless_away};
use crate::broker::Broker;
use crate::ids::ClientId;
use crate::keys::HintedToken;
use crate::login::ids::LogoutId;
use crate::login::kept::{Departed, Errand, Logins};
use crate::login::problems::{self, Trouble};
use crate::session::{self, Browser, Current, Ending, SignedIn, no_session_cookie};
use crate::storage::browser_session::EndReason;
use crate::storage::{authentication, client_session, pairwise_subject};
use crate::words;

/// Where somebody ends who did not come from a client.
pub(crate) const DONE: &str = "/oauth2/logout/done";

/// Where somebody ends whose provider answered our logout with something that we do not believe.
pub(crate) fn doubted_at(correlation: &Correlation) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair(DOUBTED, correlation.as_str())
        .finish();
    format!("{DONE}?{query}")
}

/// The parameter that names the departure whose answer is not believed.
const DOUBTED: &str = "doubted";

/// How long a question may wait for its answer.
const ASKED_FOR: Duration = Duration::minutes(15);

/// What a client may send.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Asked {
    id_token_hint: Option<String>,
    client_id: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
    ui_locales: Option<String>,
}

impl Asked {
    /// The same request by GET.
    fn address(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("id_token_hint", &self.id_token_hint),
            ("client_id", &self.client_id),
            ("post_logout_redirect_uri", &self.post_logout_redirect_uri),
            ("state", &self.state),
            ("ui_locales", &self.ui_locales),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        format!("/oauth2/logout?{}", query.finish())
    }
}

/// What was proved of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Proven {
    /// Where the browser goes when all is done: an address the client registered, with `state`, or our own page.
    then: String,
    client_id: Option<ClientId>,
}

/// The request in the query.
#[tracing::instrument(name = "oidc.logout", skip_all)]
pub(crate) async fn get(
    State(broker): State<Broker>,
    RawQuery(query): RawQuery,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let asked = read(query.unwrap_or_default().as_bytes());
    answer(&broker, asked, &browser, &headers, shell).await
}

/// The request in a form, from any site: kept, and asked again where the cookies are.
#[tracing::instrument(name = "oidc.logout", skip_all)]
pub(crate) async fn post(State(broker): State<Broker>, body: Bytes) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let id = LogoutId::new(&broker.random);
    let asked = read(&body);
    let kept = Logins(&broker.short_lived)
        .park(&asked_key(&id), &asked, ASKED_FOR, now)
        .await;
    let address = match unless_away(kept.map(Some), "what a logout asked could not be kept") {
        Some(()) => format!("/oauth2/logout/{id}"),
        // Asked again in the open, as a client may ask it anyhow: nobody stays signed in for want of a place to keep it.
        None => asked.address(),
    };
    Ok(Redirect::to(&address).into_response())
}

/// What a form asked, by GET.
#[tracing::instrument(name = "oidc.logout", skip_all)]
pub(crate) async fn again(
    State(broker): State<Broker>,
    Path(id): Path<LogoutId>,
    browser: Browser,
    headers: HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let asked: Option<Asked> = Logins(&broker.short_lived)
        .parked(&asked_key(&id), now)
        .await?;
    answer(
        &broker,
        asked.unwrap_or_default(),
        &browser,
        &headers,
        shell,
    )
    .await
}

async fn answer(
    broker: &Broker,
    asked: Asked,
    browser: &Browser,
    headers: &HeaderMap,
    shell: Shell,
) -> Result<Response, Trouble> {
    let now = broker.clock.now();
    let hinted = asked
        .id_token_hint
        .as_deref()
        .and_then(|hint| broker.keys.any_id_token_hint(hint, now));
    let hinted = hinted.filter(|hinted| {
        asked
            .client_id
            .as_deref()
            .is_none_or(|id| id == hinted.client_id.as_str())
    });
    let proven = prove(broker, &asked, hinted.as_ref());
    let shell = match asked
        .ui_locales
        .as_deref()
        .and_then(Locale::from_ui_locales)
    {
        Some(locale) => shell.in_locale(locale),
        None => shell,
    };

    let mut tx = broker.db.read().await?;
    let signed_in = Current::of(broker, headers)
        .find_unended(&mut tx, now)
        .await?;
    let is_theirs = match (&hinted, &signed_in) {
        (Some(hinted), Some(signed_in)) => names(broker, &mut tx, hinted, signed_in).await?,
        _ => false,
    };
    drop(tx);
    match signed_in {
        // Nobody is signed in: the wish is fulfilled. Without a hint nobody vouches for the address.
        None => Ok(go_on(if hinted.is_some() { &proven.then } else { DONE })),
        // An address that nobody registered: something is wrong at the client, so the person decides.
        Some(signed_in) if is_theirs && !leads_astray(&asked, &proven) => {
            log_out(broker, &signed_in, &proven.then, browser, shell.locale, now).await
        }
        Some(_) => ask(broker, &proven, browser, shell, now).await,
    }
}

/// Whether an address was asked for that the client did not register.
fn leads_astray(asked: &Asked, proven: &Proven) -> bool {
    asked.post_logout_redirect_uri.is_some() && proven.then == DONE
}

/// Whether the hint names who is signed in: by its session at the client, or by the person.
async fn names(
    broker: &Broker,
    tx: &mut Tx,
    hinted: &HintedToken,
    signed_in: &SignedIn,
) -> Result<bool, Trouble> {
    if let Some(sid) = &hinted.sid {
        let session = client_session::find_by_sid(tx, sid).await?;
        if session.is_some_and(|session| {
            session.browser_session_id == signed_in.session.browser_session_id
        }) {
            return Ok(true);
        }
    }
    let Some(client) = broker.clients.get(hinted.client_id.as_str()) else {
        return Ok(false);
    };
    let account_id = signed_in.account.account_id;
    let subs = pairwise_subject::list_all(tx, &client.organisation_id, account_id).await?;
    Ok(subs.contains(&hinted.sub))
}

/// The address goes on only when the client that asks registered this very string; `state` goes with it unchanged.
fn prove(broker: &Broker, asked: &Asked, hinted: Option<&HintedToken>) -> Proven {
    let named = asked.client_id.clone().map(ClientId::new);
    // A hint that is not ours, or another client's, proves nothing; then neither does the name beside it.
    let client_id = match (&asked.id_token_hint, hinted) {
        (Some(_), hinted) => hinted.map(|hinted| hinted.client_id.clone()),
        (None, _) => named,
    };
    let client = client_id
        .as_ref()
        .and_then(|id| broker.clients.get(id.as_str()));
    let registered = client
        .filter(|client| client.disabled_at.is_none())
        .and_then(|client| {
            let uri = asked.post_logout_redirect_uri.clone()?;
            client
                .post_logout_redirect_uris
                .contains(&uri)
                .then_some(uri)
        });
    let then = registered.map_or_else(
        || DONE.to_owned(),
        |uri| with_state(&uri, asked.state.as_deref()),
    );
    Proven { then, client_id }
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    let Some(state) = state else {
        return uri.to_owned();
    };
    let joint = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("state", state)
        .finish();
    format!("{uri}{joint}{query}")
}

/// The question: a link on any page must not be able to sign somebody out.
async fn ask(
    broker: &Broker,
    proven: &Proven,
    browser: &Browser,
    shell: Shell,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    let id = LogoutId::new(&broker.random);
    Logins(&broker.short_lived)
        .park(&proven_key(&id), proven, ASKED_FOR, now)
        .await?;
    let client = proven
        .client_id
        .as_ref()
        .and_then(|id| broker.clients.get(id.as_str()));
    let service = client.map(|client| client.name.get(shell.locale.code()).to_owned());
    let shell = shell
        .narrow()
        .with_csrf(browser.csrf().token(&broker.random));
    let action = format!("/oauth2/logout/{id}/confirm");
    let allow = allow(broker, &proven.then);
    Ok((
        browser.clone(),
        allow,
        page(&QuestionPage {
            shell,
            action,
            service,
        }),
    )
        .into_response())
}

/// The form of the question, and of every page with a "sign out" in its frame.
#[derive(Debug, Deserialize)]
pub(crate) struct Confirmed {
    #[serde(default)]
    csrf: String,
}

/// The person answered the question.
#[tracing::instrument(name = "oidc.logout", skip_all)]
pub(crate) async fn confirm(
    State(broker): State<Broker>,
    Path(id): Path<LogoutId>,
    browser: Browser,
    headers: HeaderMap,
    locale: Locale,
    Form(confirmed): Form<Confirmed>,
) -> Result<Response, Trouble> {
    browser.csrf().check(&confirmed.csrf)?;
    let now = broker.clock.now();
    let parked = Logins(&broker.short_lived)
        .parked(&proven_key(&id), now)
        .await;
    let proven: Option<Proven> = unless_away(parked, "where a logout leads could not be read");
    let then = proven.map_or_else(|| DONE.to_owned(), |proven| proven.then);
    let mut tx = broker.db.read().await?;
    let signed_in = Current::of(&broker, &headers)
        .find_unended(&mut tx, now)
        .await?;
    drop(tx);
    match signed_in {
        Some(signed_in) => log_out(&broker, &signed_in, &then, &browser, locale, now).await,
        None => Ok(go_on(&then)),
    }
}

/// Ends the session here, tells the clients, and leads the browser out through the provider.
pub(crate) async fn log_out(
    broker: &Broker,
    signed_in: &SignedIn,
    then: &str,
    browser: &Browser,
    locale: Locale,
    now: DateTime<Utc>,
) -> Result<Response, Trouble> {
    let mut tx = broker.db.begin().await?;
    let id = signed_in.session.browser_session_id;
    let upstream = authentication::list_upstream_sessions(&mut tx, &broker.master_key, id).await?;
    let ending = Ending {
        browser_session_id: id,
        account_id: signed_in.account.account_id,
        reason: EndReason::Logout,
        actor: Actor::Account(signed_in.account.account_id.uuid()),
    };
    let ended = session::end(broker, &mut tx, ending, now).await?;
    tx.commit().await?;
    Told::keep(ended, broker, browser, now).await;

    let then = still_open::by_way_of_notice(broker, signed_in, then, browser, now).await;
    let response = match leave(broker, upstream, &then, browser, locale, now).await {
        Some(response) => response,
        None => go_on(&then),
    };
    Ok((no_session_cookie(broker), response).into_response())
}

/// Where forms may end whose answer leads to the provider's logout and to the client.
pub(crate) fn allow(broker: &Broker, then: &str) -> Allow {
    let providers = broker
        .providers
        .iter()
        .flat_map(|(_, provider)| provider.describe().origins.clone());
    let urls: Vec<Url> = providers
        .chain([then.to_owned()])
        .filter_map(|address| Url::parse(&address).ok())
        .collect();
    Allow::forms_to(&urls)
}

/// To an address of ours or one that was proved.
pub(crate) fn go_on(then: &str) -> Response {
    Redirect::to(then).into_response()
}

/// "You are signed out." Only the browser that left with a departure reads that its answer counts for nothing.
#[tracing::instrument(name = "oidc.logout.done", skip_all)]
pub(crate) async fn done(
    State(broker): State<Broker>,
    RawQuery(query): RawQuery,
    browser: Browser,
    shell: Shell,
) -> Result<Response, Trouble> {
    let shell = shell.narrow();
    let now = broker.clock.now();
    let told = Told::of(&broker, &browser, now).await;
    let query = query.unwrap_or_default();
    let named = |wanted: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, value)| {
                name == wanted && value.len() <= 64 && value.bytes().all(|b| b.is_ascii_graphic())
            })
            .map(|(_, value)| value.into_owned())
    };
    let Some(correlation) = named(DOUBTED).map(Correlation) else {
        let left = match named(OPEN) {
            Some(id) => still_open::find(&broker, &id, &browser, now).await,
            None => None,
        };
        let doubt = None;
        return Ok(page(&DonePage {
            shell,
            told,
            doubt,
            left,
        }));
    };
    let departed = Logins(&broker.short_lived)
        .find_departure(&correlation, now)
        .await;
    let departed = unless_away(departed, "a departure for a logout could not be read")
        .filter(|departed| departed.browser == browser.hash());
    match departed {
        Some(Departed {
            provider,
            errand: Errand::Logout { then },
            ..
        }) => {
            let doubt = Some(Doubt {
                provider: words::provider(&broker, shell.t, &provider),
                then: (then != DONE).then_some(then),
            });
            let left = None;
            Ok(page(&DonePage {
                shell,
                told,
                doubt,
                left,
            }))
        }
        _ => Err((&problems::LOGOUT_REFUSED).into()),
    }
}

/// The parameters, each of which counts only when it stands once.
fn read(octets: &[u8]) -> Asked {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(octets).into_owned().collect();
    let params = super::request::Params::new(&pairs);
    let one = |name| params.one(name).map(str::to_owned);
    Asked {
        id_token_hint: one("id_token_hint"),
        client_id: one("client_id"),
        post_logout_redirect_uri: one("post_logout_redirect_uri"),
        state: one("state"),
        ui_locales: one("ui_locales"),
    }
}

fn asked_key(id: &LogoutId) -> String {
    format!("logout-asked:{id}")
}

fn proven_key(id: &LogoutId) -> String {
    format!("logout-proven:{id}")
}

#[derive(Template)]
#[template(path = "pages/logout/question.html")]
struct QuestionPage {
    shell: Shell,
    action: String,
    service: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/logout/done.html")]
struct DonePage {
    shell: Shell,
    told: Option<Told>,
    doubt: Option<Doubt>,
    left: Option<Left>,
}

/// A provider's answer that is not believed.
struct Doubt {
    /// Its name for people.
    provider: String,
    /// Where a good answer would have led: a path of ours or an address that was proved.
    then: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_joins_whatever_query_the_address_has() {
        assert_eq!(
            with_state("https://a.test/out", Some("x y")),
            "https://a.test/out?state=x+y"
        );
        assert_eq!(
            with_state("https://a.test/out?a=1", Some("x")),
            "https://a.test/out?a=1&state=x"
        );
        assert_eq!(
            with_state("https://a.test/out?", Some("x")),
            "https://a.test/out?state=x"
        );
        assert_eq!(with_state("https://a.test/out", None), "https://a.test/out");
    }
}
