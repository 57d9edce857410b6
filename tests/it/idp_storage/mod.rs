//! The broker's tables, every function on both databases.

mod account;
mod account_merge;
mod conflict;
mod contact;
mod decision;
mod erasure;
mod fact;
mod fresh;
mod last_good;
mod mandate;
mod mandate_proposal;
mod notice;
mod outside;
mod over;
mod permission;
mod provider_observation;
mod redemption;
mod registered;
mod retention;
mod session;
mod signing_key;
mod staff;
mod tokens;
mod upstream_link;

use chrono::{DateTime, TimeZone, Utc};
use idp::ids::{
    AccountId, AuthenticationId, BrowserSessionId, ClientSessionId, UpstreamLinkId, VerificationId,
};
use idp::storage::browser_session::NewBrowserSession;
use idp::storage::client_session::NewClientSession;
use idp::storage::upstream_link::NewUpstreamLink;
use idp::storage::verification::UpstreamProof;
use idp::storage::{
    account as accounts, browser_session, client_session, upstream_link as links, verification,
};
use store::Tx;
use uuid::Uuid;

/// The time it is in these tests.
fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 12, 0, 0).unwrap() + chrono::Duration::microseconds(123_456)
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// An account with one link, one proof and one signed-in browser, all numbered alike.
#[expect(
    clippy::struct_field_names,
    reason = "named as the columns they are keys of"
)]
struct Person {
    account_id: AccountId,
    link_id: UpstreamLinkId,
    proof_id: VerificationId,
    session_id: BrowserSessionId,
}

async fn person(tx: &mut Tx, number: u128) -> Person {
    let person = Person {
        account_id: AccountId::new(id(number)),
        link_id: UpstreamLinkId::new(id(number)),
        proof_id: VerificationId::new(id(number)),
        session_id: BrowserSessionId::new(id(number)),
    };
    accounts::add(tx, person.account_id, Some("cs"), noon())
        .await
        .unwrap();
    let subject = format!("subject-{number}");
    let link = NewUpstreamLink {
        upstream_link_id: person.link_id,
        account_id: person.account_id,
        realm: "nia:test:x",
        subject: &subject,
        provider: "nia",
        linkable: true,
        passing: false,
    };
    assert!(links::add(tx, link, noon()).await.unwrap());
    verification::prove(
        tx,
        person.proof_id,
        proof(&person, federation::IdentityLevel::State),
        noon(),
    )
    .await
    .unwrap();
    let session = NewBrowserSession {
        browser_session_id: person.session_id,
        account_id: person.account_id,
        token_hash: &[u8::try_from(number).unwrap(); 32],
        device: "Firefox, Linux",
        expires_at: noon() + chrono::Duration::hours(12),
    };
    browser_session::add(tx, session, noon()).await.unwrap();
    person
}

fn proof(person: &Person, level: federation::IdentityLevel) -> UpstreamProof<'static> {
    UpstreamProof {
        account_id: person.account_id,
        upstream_link_id: person.link_id,
        provider: "nia",
        realm: "nia:test:x",
        identity_level: level,
        login_level: federation::LoginLevel::Multi,
        assurance: Some("http://eidas.europa.eu/LoA/substantial"),
        trust_framework: Some("eidas"),
        country: Some("CZ"),
        checked_at: None,
        process: None,
        verified_at: noon(),
    }
}

async fn at_client(tx: &mut Tx, person: &Person, number: u128, client_id: &str) -> ClientSessionId {
    let sid = format!("sid-{number}");
    let session = NewClientSession {
        client_session_id: ClientSessionId::new(id(number)),
        browser_session_id: person.session_id,
        account_id: person.account_id,
        client_id: &idp::ids::ClientId::new(client_id),
        sid: &sid,
        sub: "sub",
    };
    let (session, _) = client_session::find_or_add(tx, session, noon())
        .await
        .unwrap();
    session.client_session_id
}

fn authentication_id(number: u128) -> AuthenticationId {
    AuthenticationId::new(id(number))
}
