//! Answers that come twice, late, crossed, or in another browser.

use chrono::Duration;
use futures_util::future::join_all;

use super::*;

fn answer_address(broker: &TestBroker) -> url::Url {
    broker.url.join("/upstream/demo/answer").unwrap()
}

#[tokio::test]
async fn the_answer_takes_no_cookie_and_the_get_behind_it_proves_the_browser() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let fields = filled(&page, JANA);
    browser.open(&broker.clients.at("/as-if-a-provider")).await;

    let answer = browser
        .request("POST", answer_address(&broker), Some(fields))
        .await;

    let step = browser.trace.last().unwrap().clone();
    assert_eq!(
        (step.sec_fetch_site, step.sent_cookies.len()),
        ("cross-site", 0)
    );
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    let proof = answer.redirect().unwrap();
    assert!(proof.path().contains("/answer/"), "{proof}");

    assert!(arrived(&browser.follow(proof).await, "portal"));
}

#[tokio::test]
async fn nia_s43_the_session_cookie_is_new_after_every_login_and_neither_planted_nor_former_ones_count()
 {
    let broker = start().await;
    let mut browser = Browser::new();
    browser.set_cookie("localhost", SESSION_COOKIE, "planted-by-a-stranger");
    broker.log_in(&mut browser, "portal", JANA).await;
    let former = session_cookie(&browser).unwrap();
    assert_ne!(former, "planted-by-a-stranger");

    let page = browser
        .open(&broker.authorize("portal", &[("prompt", "login")]))
        .await;
    broker.sign_in(&mut browser, &page, JANA).await;

    assert_ne!(session_cookie(&browser).unwrap(), former);
    let mut thief = Browser::new();
    for worthless in ["planted-by-a-stranger", &former] {
        thief.set_cookie("localhost", SESSION_COOKIE, worthless);
        let page = thief
            .open(&broker.authorize("portal", &[("prompt", "none")]))
            .await;
        assert_eq!(page.query("error").as_deref(), Some("login_required"));
    }
}

/// The other half of S43: with the browser's own id replaced by that of another, its answer is nobody's.
#[tokio::test]
async fn an_answer_with_the_browser_id_of_somebody_else_signs_nobody_in() {
    let broker = start().await;
    let mut other = Browser::new();
    other.open(&broker.authorize("portal", &[])).await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let answer = browser
        .request("POST", answer_address(&broker), Some(filled(&page, JANA)))
        .await;
    let foreign = other
        .cookie("localhost", BROWSER_COOKIE)
        .unwrap()
        .to_owned();
    browser.set_cookie("localhost", BROWSER_COOKIE, &foreign);

    let page = browser.follow(answer.redirect().unwrap()).await;

    assert_eq!(page.status, 403, "{}", page.text());
    assert!(session_cookie(&browser).is_none());
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn atk_s11_a_second_arrival_leads_the_same_browser_to_where_the_first_ended() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let fields = filled(&page, JANA);
    let first = browser
        .request("POST", answer_address(&broker), Some(fields.clone()))
        .await;
    assert!(arrived(
        &browser.follow(first.redirect().unwrap()).await,
        "portal"
    ));
    let before = (broker.counts().await, session_cookie(&browser));

    let second = browser
        .request("POST", answer_address(&broker), Some(fields))
        .await;

    assert_eq!(second.redirect(), first.redirect());
    let page = browser.follow(second.redirect().unwrap()).await;
    assert!(arrived(&page, "portal"), "{}", page.url);
    assert_eq!((broker.counts().await, session_cookie(&browser)), before);
}

#[tokio::test]
async fn a_second_arrival_long_after_the_first_leads_to_the_front_door_of_the_client() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let fields = filled(&page, JANA);
    let first = browser
        .request("POST", answer_address(&broker), Some(fields.clone()))
        .await;
    browser.follow(first.redirect().unwrap()).await;
    broker.hand.advance(Duration::minutes(5));

    let second = browser
        .request("POST", answer_address(&broker), Some(fields))
        .await;
    let page = browser.follow(second.redirect().unwrap()).await;

    assert_eq!(page.url.as_str(), broker.clients.at("/portal/"));
}

/// A closed window leaves the browser's cookie and takes the session's away.
#[tokio::test]
async fn a_session_lost_on_the_way_comes_again_for_a_minute_and_a_closed_one_does_not() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let first = browser
        .request("POST", answer_address(&broker), Some(filled(&page, JANA)))
        .await;
    let proof = first.redirect().unwrap();
    browser.follow(proof.clone()).await;
    let id = browser
        .cookie("localhost", BROWSER_COOKIE)
        .unwrap()
        .to_owned();
    let reopened = || {
        let mut reopened = Browser::new();
        reopened.set_cookie("localhost", BROWSER_COOKIE, &id);
        reopened
    };

    let mut lost = reopened();
    lost.open(proof.as_str()).await;
    assert!(session_cookie(&lost).is_some());

    broker.hand.advance(Duration::minutes(2));
    let mut closed = reopened();
    closed.open(proof.as_str()).await;
    assert!(session_cookie(&closed).is_none());
}

#[tokio::test]
async fn atk_s11_anyone_else_reads_already_used() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let first = browser
        .request("POST", answer_address(&broker), Some(filled(&page, JANA)))
        .await;
    let proof = first.redirect().unwrap();
    browser.follow(proof.clone()).await;
    let before = (broker.counts().await, broker.events().await);
    let mut thief = Browser::new();

    let page = thief.open(proof.as_str()).await;

    assert_eq!(
        (page.status, page.heading().as_str()),
        (410, "Tato odpověď už byla použita")
    );
    assert_eq!(broker.counts().await, before.0);
    assert_eq!(
        broker.events_since(&before.1).await,
        ["login.refused.already-used"]
    );
    assert!(session_cookie(&thief).is_none());
}

#[tokio::test]
async fn atk_s13_an_answer_of_another_browser_is_refused_and_left_for_its_own() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let answer = browser
        .request("POST", answer_address(&broker), Some(filled(&page, JANA)))
        .await;
    let proof = answer.redirect().unwrap();
    let mut victim = Browser::new();
    victim.open(&broker.authorize("portal", &[])).await;

    let page = victim.open(proof.as_str()).await;

    assert_eq!(
        (page.status, page.heading().as_str()),
        (403, "Přihlášení začalo v jiném prohlížeči")
    );
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    assert_eq!(broker.events().await, ["login.refused.other-browser"]);
    assert!(arrived(&browser.follow(proof).await, "portal"));
}

#[tokio::test]
async fn atk_s13_an_answer_that_belongs_to_nothing_is_refused() {
    let broker = start().await;
    let mut browser = Browser::new();
    let fields = vec![("state".to_owned(), "_invented".to_owned())];

    let page = browser
        .request("POST", answer_address(&broker), Some(fields))
        .await;

    assert_eq!(
        (page.status, page.heading().as_str()),
        (400, "Přihlášení jsme nepoznali")
    );
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    assert_eq!(broker.events().await, ["login.refused.unknown-answer"]);
}

#[tokio::test]
async fn atk_b09_an_answer_at_the_address_of_another_provider_is_refused() {
    let broker = configured(serde_json::json!({
        "provider": { "other": { "kind": "demo", "environment": "sandbox", "account": { "eva": { "password": "heslo" } } } },
        "client": { "portal": { "providers": ["demo"] } },
    }))
    .await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let fields = filled(&page, ("eva", "heslo"));

    let page = browser
        .request(
            "POST",
            broker.url.join("/upstream/other/answer").unwrap(),
            Some(fields),
        )
        .await;

    assert_eq!(page.status, 400);
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    assert_eq!(broker.events().await, ["login.refused.other-provider"]);
}

#[tokio::test]
async fn an_answer_after_its_time_is_refused_and_the_login_goes_on() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let fields = filled(&page, JANA);
    broker
        .hand
        .advance(Duration::minutes(15) + Duration::seconds(1));

    let page = browser
        .request("POST", answer_address(&broker), Some(fields))
        .await;

    assert_eq!(
        (page.status, page.heading().as_str()),
        (410, "Přihlášení se nedokončilo včas")
    );
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    assert_eq!(broker.events().await, ["login.refused.late"]);

    let page = browser.follow(page.link("Zkusit přihlášení znovu")).await;
    assert!(arrived(
        &broker.sign_in(&mut browser, &page, JANA).await,
        "portal"
    ));
}

#[tokio::test]
async fn an_expired_login_starts_again_towards_the_same_client() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = browser
        .open(&broker.authorize(
            "strict",
            &[("acr_values", "urn:city-identity:acr:town:single")],
        ))
        .await;
    let login = browser
        .trace
        .iter()
        .find(|step| step.url.path().starts_with("/login/"))
        .unwrap()
        .url
        .clone();
    assert!(page.url.path().ends_with("/demo"));
    broker.hand.advance(Duration::minutes(61));

    let page = browser.open(login.as_str()).await;

    assert_eq!(
        page.text_of(".notice__title").unwrap(),
        "Předchozí přihlášení vypršelo"
    );
    assert_ne!(page.url, login);
    let page = browser.submit(&page, "demo", &[]).await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;
    assert!(arrived(&page, "strict"));
    assert_eq!(page.query("state").as_deref(), Some("the-state"));
}

#[tokio::test]
async fn with_nothing_left_to_know_the_page_says_what_to_do() {
    let broker = start().await;
    let mut browser = Browser::new();
    browser.open(&broker.authorize("portal", &[])).await;
    let login = browser
        .trace
        .iter()
        .find(|step| step.url.path().starts_with("/login/"))
        .unwrap()
        .url
        .clone();
    broker.hand.advance(Duration::hours(25));

    let page = browser.open(login.as_str()).await;

    assert_eq!(
        (page.status, page.heading().as_str()),
        (410, "Toto přihlášení už neznáme")
    );
    assert_eq!(page.link("Otevřít Moji identitu").path(), "/account");
    assert_eq!(browser.open(&broker.at("/login/short")).await.status, 404);
}

#[tokio::test]
async fn atk_l01_a_login_of_another_browser_starts_again_for_this_one() {
    let broker = start().await;
    let mut attacker = Browser::new();
    attacker.open(&broker.authorize("portal", &[])).await;
    let login = attacker
        .trace
        .iter()
        .find(|step| step.url.path().starts_with("/login/"))
        .unwrap()
        .url
        .clone();
    let mut victim = Browser::new();

    let page = victim.open(login.as_str()).await;

    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    assert!(broker.events().await.is_empty());
    assert!(
        victim
            .trace
            .iter()
            .any(|step| step.url.path().starts_with("/login/") && step.url.path() != login.path())
    );
    assert!(arrived(
        &broker.sign_in(&mut victim, &page, JANA).await,
        "portal"
    ));
    // The attacker's login is as it was: nobody is signed in with it.
    let page = attacker.open(login.as_str()).await;
    assert!(page.url.path().ends_with("/demo"), "{}", page.url);
}

#[tokio::test]
async fn atk_b11_two_hundred_parallel_answers_make_one_session_one_link_and_one_event() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let fields = filled(&page, JANA);

    let posts = join_all((0..200).map(|_| {
        let (mut browser, fields, address) =
            (browser.clone(), fields.clone(), answer_address(&broker));
        async move { browser.request("POST", address, Some(fields)).await }
    }))
    .await;

    let mut targets: Vec<_> = posts.iter().map(|page| page.redirect().unwrap()).collect();
    targets.dedup();
    assert_eq!(targets.len(), 1);

    let get = async |mut browser: Browser| {
        let page = browser.request("GET", targets[0].clone(), None).await;
        (
            page.redirect().map(|url| url.path().to_owned()),
            session_cookie(&browser),
        )
    };
    let mut gets = join_all((0..200).map(|_| get(browser.clone()))).await;
    // The session waits half a second for its commit, which a loaded machine may take longer for: whoever was too early asks again.
    for early in gets.iter_mut().filter(|(_, cookie)| cookie.is_none()) {
        *early = get(browser.clone()).await;
    }

    assert_eq!(broker.counts().await, [1, 1, 1, 1]);
    assert_eq!(broker.events().await, ["link.added", "login.completed"]);
    let mut cookies: Vec<_> = gets
        .iter()
        .map(|(_, cookie)| cookie.clone().unwrap())
        .collect();
    cookies.dedup();
    assert_eq!(cookies.len(), 1, "every arrival is given the same session");
    assert!(gets.iter().all(|(path, _)| {
        path.as_deref()
            .is_some_and(|path| path.starts_with("/login/"))
    }));
}

#[tokio::test]
async fn a_first_login_in_many_browsers_at_once_makes_one_person() {
    let broker = start().await;
    let mut proofs = Vec::new();
    for _ in 0..20 {
        let mut browser = Browser::new();
        let page = sign_in_page(&broker, &mut browser, "portal").await;
        let answer = browser
            .request("POST", answer_address(&broker), Some(filled(&page, JANA)))
            .await;
        proofs.push((browser, answer.redirect().unwrap()));
    }

    let pages = join_all(
        proofs
            .into_iter()
            .map(|(mut browser, proof)| async move { browser.follow(proof).await }),
    )
    .await;

    assert!(
        pages.iter().all(|page| arrived(page, "portal")),
        "{:?}",
        pages
            .iter()
            .map(|p| (p.status, p.url.clone()))
            .collect::<Vec<_>>()
    );
    assert_eq!(broker.counts().await, [1, 1, 20, 20]);
}

#[tokio::test]
async fn a_browser_that_lost_the_first_answer_is_given_its_session_again() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let answer = browser
        .request("POST", answer_address(&broker), Some(filled(&page, JANA)))
        .await;
    let mut lost = browser.clone();
    lost.request("GET", answer.redirect().unwrap(), None).await;

    let page = browser.follow(answer.redirect().unwrap()).await;

    assert!(arrived(&page, "portal"), "{}", page.url);
    assert_eq!(session_cookie(&browser), session_cookie(&lost));
    assert_eq!(broker.counts().await, [1, 1, 1, 1]);
}

#[tokio::test]
async fn an_answer_outlives_a_restart_in_the_middle() {
    let mut broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    broker.restart(serde_json::json!({})).await;
    let answer = browser
        .request("POST", answer_address(&broker), Some(filled(&page, JANA)))
        .await;
    broker.restart(serde_json::json!({})).await;

    let page = browser.follow(answer.redirect().unwrap()).await;

    assert!(arrived(&page, "portal"), "{}", page.url);
}

#[tokio::test]
async fn an_answer_nobody_came_for_in_time_is_asked_for_again() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let answer = browser
        .request("POST", answer_address(&broker), Some(filled(&page, JANA)))
        .await;
    broker.hand.advance(Duration::seconds(61));

    let page = browser.follow(answer.redirect().unwrap()).await;

    assert_eq!(
        page.text_of(".notice__title").unwrap(),
        "Přihlášení je potřeba zopakovat"
    );
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn more_than_any_provider_sends_is_refused_unread_and_leaves_an_event() {
    let broker = start().await;
    let long = "x".repeat(300 * 1024);
    for (path, event) in [
        ("/upstream/demo/answer", "login.refused.too-large"),
        ("/upstream/demo/logout", "logout.refused"),
        ("/upstream/demo/events", "notification.refused"),
    ] {
        let before = broker.events().await;
        let request = reqwest::Client::new().post(broker.at(path));

        let answer = request.form(&[("state", &long)]).send().await.unwrap();

        assert_eq!(answer.status(), 413, "{path}");
        assert_eq!(broker.events_since(&before).await, [event], "{path}");
        assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    }
}
