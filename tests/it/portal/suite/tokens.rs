//! What the portal does not believe: an ID token or a userinfo that does not hold.

use super::start;
use tests::browser::Browser;
use tests::portal::{Lie, TestPortal};

async fn refused(portal: &TestPortal, lie: Lie, code: &str) {
    portal.provider.lies(lie);
    let events = portal.events().await;
    let mut browser = Browser::new();

    let page = browser.open(&portal.at("/prihlaseni")).await;

    assert_eq!(page.status, 502, "{lie:?}: {}", page.text());
    assert!(page.text().contains(code), "{lie:?}: {}", page.text());
    assert_eq!(portal.sessions().await, [], "{lie:?}");
    assert_eq!(
        portal.events_since(&events).await,
        ["login.refused"],
        "{lie:?}"
    );
    assert!(
        browser
            .cookies()
            .iter()
            .all(|(_, name, _)| name != tests::portal::SESSION_COOKIE),
        "{lie:?}"
    );
}

#[tokio::test]
async fn an_id_token_that_does_not_hold_signs_nobody_in() {
    let portal = start().await;
    for lie in [
        Lie::NoIdToken,
        Lie::NoSubject,
        Lie::AlgNone,
        Lie::OtherIssuer,
        Lie::OtherAudience,
        Lie::OneAudienceMore,
        Lie::OtherAuthorizedParty,
        Lie::OtherNonce,
        Lie::NoNonce,
        Lie::Expired,
        Lie::FromTheFuture,
        Lie::OtherAccessToken,
        Lie::HmacByClientSecret,
        Lie::HmacByPublicKey,
        Lie::BadSignature,
        Lie::UnknownKey,
        Lie::ForeignKeyUnderOurName,
        Lie::CriticalHeader,
    ] {
        refused(&portal, lie, "POR-108").await;
    }
}

#[tokio::test]
async fn a_userinfo_that_does_not_hold_signs_nobody_in() {
    let portal = start().await;
    for lie in [
        Lie::UserinfoOfAnother,
        Lie::UserinfoOfNobody,
        Lie::SignedUserinfoOfOtherIssuer,
        Lie::SignedUserinfoForAnother,
        Lie::UnsignedUserinfo,
        Lie::BadlySignedUserinfo,
        Lie::UserinfoAsHtml,
    ] {
        refused(&portal, lie, "POR-109").await;
    }
}

#[tokio::test]
async fn signed_userinfo_is_read_too() {
    let portal = start().await;
    portal.provider.world().signs_userinfo = true;

    let (_, page) = portal.signed_in().await;

    assert!(page.text().contains("Jana Dvořáková"));
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_found_by_the_first_who_needs_it() {
    let portal = start().await;
    portal.signed_in().await;
    portal.provider.rotate_key();
    portal.hand.advance(chrono::Duration::minutes(2));

    portal.signed_in().await;

    assert_eq!(portal.provider.world().hits["jwks"], 2);
}

#[tokio::test]
async fn made_up_keys_do_not_send_us_to_the_provider_each_time() {
    let portal = start().await;
    for _ in 0..5 {
        refused(&portal, Lie::UnknownKey, "POR-108").await;
    }

    assert_eq!(
        portal.provider.world().hits["jwks"],
        1,
        "the key set is younger than a minute"
    );
}

#[tokio::test]
async fn neither_tokens_nor_claims_can_be_read_from_the_database() {
    let portal = start().await;
    portal.signed_in().await;

    let session = portal.sessions().await.remove(0);
    let refresh_token = portal.provider.world().refresh_token().unwrap().to_owned();
    for (sealed, plain) in [
        (session.refresh_token.unwrap(), refresh_token.as_str()),
        (session.claims.unwrap(), "jana@posta.example"),
        (session.id_token.unwrap(), "eyJ"),
    ] {
        assert!(!String::from_utf8_lossy(&sealed).contains(plain), "{plain}");
    }
}
