//! What costs a stranger nothing must not cost us without end.

use tests::portal::TestPortal;

use super::start;

const FEW: u32 = 3;

async fn limited() -> TestPortal {
    let mut portal = start().await;
    let change = |config: &mut portal::Config| {
        config.server.refusals_per_minute = FEW;
        config.session.begun_per_minute = FEW;
        config.server.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    };
    portal.restart_with(change).await;
    portal
}

fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

#[tokio::test]
async fn what_is_refused_to_one_address_leaves_so_many_rows_and_one_that_says_so() {
    let portal = limited().await;
    let back = http().get(portal.at("/prihlaseni/zpet?state=x"));
    let told = http()
        .post(portal.at("/odhlaseni/backchannel"))
        .form(&[("logout_token", "rubbish")]);
    for (address, request, status, kind) in [
        ("192.0.2.1", back, 400, "login.refused"),
        ("192.0.2.2", told, 400, "logout_token.refused"),
    ] {
        let before = portal.events().await;

        for _ in 0..4 * FEW {
            let request = request.try_clone().unwrap();
            let request = request.header("x-forwarded-for", address);
            assert_eq!(request.send().await.unwrap().status(), status, "{kind}");
        }

        let mut rows = vec![kind; 3];
        rows.push("refusals.unrecorded");
        rows.sort_unstable();
        assert_eq!(portal.events_since(&before).await, rows, "{kind}");
    }
}

#[tokio::test]
async fn who_begins_too_many_sign_ins_is_told_to_wait_and_nobody_else_is() {
    let portal = limited().await;
    let begin = |address: &'static str| {
        http()
            .get(portal.at("/prihlaseni"))
            .header("x-forwarded-for", address)
            .send()
    };
    for _ in 0..FEW {
        assert_eq!(begin("192.0.2.1").await.unwrap().status(), 303);
    }

    let refused = begin("192.0.2.1").await.unwrap();

    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    assert!(refused.text().await.unwrap().contains("WEB-429"));
    assert_eq!(begin("192.0.2.2").await.unwrap().status(), 303);
}

#[tokio::test]
async fn the_brokers_word_counts_behind_an_address_that_is_refused() {
    let portal = limited().await;
    let (mut browser, _) = portal.signed_in().await;
    let url = portal.at("/odhlaseni/backchannel");
    for _ in 0..5 * FEW {
        let rubbish = http().post(&url).form(&[("logout_token", "rubbish")]);
        assert_eq!(rubbish.send().await.unwrap().status(), 400);
    }
    let claims = portal.provider.logout_claims();
    let token = portal.provider.sign("logout+jwt", &claims);

    let answer = http()
        .post(&url)
        .form(&[("logout_token", token)])
        .send()
        .await;

    assert_eq!(answer.unwrap().status(), 200);
    let page = browser.open(&portal.at("/moje-identita")).await;
    assert_ne!(page.status, 200);
}
