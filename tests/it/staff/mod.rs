//! Officers sign in through CAAIS, over HTTP: apart from everybody else, on both grounds.

mod confirmed;
mod mandates;
mod officials;
mod proposals;

use chrono::Duration;
use idp::storage::provider_observation::{self, Outcome};
use serde_json::{Value, json};
use tests::broker::{Ground, JANA, TestBroker};
use tests::browser::{Browser, Page};

use self::officials::{Officials, leave, sign_in};

const GROUNDS: [Ground; 2] = [Ground::Sqlite, Ground::PostgresAndRedis];
const STAFF_COOKIE: &str = "__Host-city-idp-staff";
const SESSION_COOKIE: &str = "__Host-city-idp-session";

async fn broker(ground: Ground, officials: &Officials, more: Value) -> TestBroker {
    let broker = TestBroker::configured(ground, officials.configuration(more)).await;
    officials.register(&broker).await;
    broker
}

fn cookie(browser: &Browser, name: &str) -> Option<String> {
    browser.cookie("localhost", name).map(str::to_owned)
}

/// The roles on an officer's page, by name.
fn roles(page: &Page) -> Vec<String> {
    assert_eq!(page.url.path(), "/staff", "{}", page.text());
    page.texts_of("#staff-roles .sub")
}

/// How many officers and sessions of theirs there are.
async fn officers(broker: &TestBroker) -> [i64; 2] {
    [
        broker.rows("staff_account").await,
        broker.rows("staff_session").await,
    ]
}

#[tokio::test]
async fn an_officer_signs_in_and_out_and_nothing_of_a_citizen_comes_of_it() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        let mut browser = Browser::new();

        let page = sign_in(&broker, &mut browser, "admin").await;

        assert_eq!(
            roles(&page),
            ["idp.clients", "idp.admin", "portal.admin"],
            "{ground:?}"
        );
        assert_eq!(page.text_of("#staff-name").unwrap(), "Tomáš Klíčník");
        assert_eq!(page.text_of("#staff-office").unwrap(), "Vzorov");
        assert_eq!(broker.counts().await, [0, 0, 0, 0]);
        assert_eq!(officers(&broker).await, [1, 1]);
        assert!(cookie(&browser, STAFF_COOKIE).is_some());
        assert_eq!(cookie(&browser, SESSION_COOKIE), None);
        assert_eq!(broker.events().await, ["staff.login.completed"]);

        let page = browser.submit(&page, "Odhlásit", &[]).await;

        assert_eq!(page.url.path(), "/staff/login");
        assert!(page.text().contains("Jste odhlášeni"), "{}", page.text());
        assert_eq!(cookie(&browser, STAFF_COOKIE), None);
        let calls = officials.calls().await.to_string();
        assert!(calls.contains("end_session"), "{calls}");
        // Signed out there as well: CAAIS asks anew.
        leave(&broker, &mut browser).await;
        let events = broker.events().await;
        assert_eq!(events, ["staff.login.completed", "staff.session.ended"]);
    }
}

#[tokio::test]
async fn a_second_login_finds_the_officer_and_ends_the_former_session_of_that_browser() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        let mut browser = Browser::new();
        sign_in(&broker, &mut browser, "editor").await;
        let former = cookie(&browser, STAFF_COOKIE).unwrap();
        broker.hand.advance(Duration::minutes(31));
        assert_eq!(
            browser.open(&broker.at("/staff")).await.url.path(),
            "/staff/login",
            "half an hour without use is over"
        );
        broker.hand.advance(Duration::minutes(-31));

        // CAAIS remembers the official and asks nobody.
        let mut other = Browser::new();
        sign_in(&broker, &mut other, "editor").await;
        broker.hand.advance(Duration::hours(9));
        let page = browser.open(&broker.at("/staff/login")).await;
        broker.hand.advance(Duration::hours(-9));
        let page = browser.submit(&page, "staff-submit", &[]).await;

        assert_eq!(roles(&page), ["portal.editor"]);
        assert_ne!(cookie(&browser, STAFF_COOKIE).unwrap(), former);
        assert_eq!(officers(&broker).await, [1, 3]);
        let mut thief = Browser::new();
        thief.set_cookie("localhost", STAFF_COOKIE, &former);
        let page = thief.open(&broker.at("/staff")).await;
        assert_eq!(page.url.path(), "/staff/login");
    }
}

#[tokio::test]
async fn who_is_no_officer_of_the_town_with_a_role_here_is_told_why_and_leaves_no_trace() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        for (official, code, event) in [
            ("other-town", "STF-101", "login.refused.office-wrong"),
            ("no-role", "STF-102", "login.refused.role-missing"),
            ("unknown-role", "STF-102", "login.refused.role-missing"),
            (
                "unidentified",
                "STF-103",
                "login.refused.officer-not-identified",
            ),
        ] {
            let before = broker.events().await;
            let mut browser = Browser::new();

            let page = sign_in(&broker, &mut browser, official).await;

            assert_eq!(page.status, 403, "{official}: {}", page.text());
            assert!(page.text().contains(code), "{official}: {}", page.text());
            assert_eq!(broker.events_since(&before).await, [event], "{official}");
            assert_eq!(cookie(&browser, STAFF_COOKIE), None);
            let page = browser.follow(page.link("přihlášení")).await;
            assert_eq!(page.url.path(), "/staff/login", "{official}");
        }
        assert_eq!(officers(&broker).await, [0, 0]);
        assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn a_login_that_proves_too_little_is_refused_before_anybody_leaves() {
    let officials = Officials::start().await;
    let weak = json!({ "staff": { "minimum_login": "strong" } });
    let broker = broker(Ground::Sqlite, &officials, weak).await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/staff/login")).await;

    let page = browser.submit(&page, "staff-submit", &[]).await;

    assert_eq!(page.status, 403);
    assert!(page.text().contains("STF-104"), "{}", page.text());
    assert_eq!(broker.events().await, ["login.refused.level-too-low"]);
}

#[tokio::test]
async fn who_gives_up_at_caais_may_try_again_and_a_caais_that_is_down_is_said_to_be() {
    let officials = Officials::start().await;
    let broker = broker(Ground::Sqlite, &officials, json!({})).await;
    let mut browser = Browser::new();
    let page = leave(&broker, &mut browser).await;

    let page = browser.submit(&page, "login-cancel", &[]).await;

    assert_eq!(page.url.path(), "/staff/login");
    assert!(page.text().contains("bylo zrušeno"), "{}", page.text());
    let page = browser.submit(&page, "staff-submit", &[]).await;
    assert_eq!(
        roles(&browser.submit(&page, "editor", &[]).await),
        ["portal.editor"]
    );

    let nobody = json!({ "provider": { "caais": { "issuer": "http://127.0.0.1:9/caais/" } } });
    let down = self::broker(Ground::Sqlite, &officials, nobody).await;
    let mut browser = Browser::new();
    let page = browser.open(&down.at("/staff/login")).await;
    let page = browser.submit(&page, "staff-submit", &[]).await;
    assert_eq!(page.url.path(), "/staff/login");
    assert!(page.text().contains("neodpovídá"), "{}", page.text());
}

/// By every door that leads to an account.
#[tokio::test]
async fn an_officers_login_never_becomes_or_joins_an_account_of_a_person() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;

        // Nobody is offered it, named by a client or sent by hand.
        let hinted = broker.authorize("strict", &[("idp_hint", "caais")]);
        let mut browser = Browser::new();
        let page = browser.open(&hinted).await;
        assert_ne!(page.url.host_str(), Some("127.0.0.1"), "{}", page.text());
        let again = broker.authorize("portal", &[("prompt", "select_account")]);
        broker.log_in(&mut browser, "portal", JANA).await;
        let choice = browser.open(&again).await;
        assert!(!choice.body.contains("provider-caais"), "{}", choice.text());
        let before = broker.counts().await;
        let page = browser
            .submit(&choice, "provider-demo", &[("provider", "caais")])
            .await;
        assert!(page.text().contains("LOG-114"), "{}", page.text());

        // As one more way into an account that is signed in.
        let link = browser.open(&broker.at("/account/link")).await;
        assert!(!link.body.contains("link-caais"), "{}", link.text());
        let page = browser
            .submit(&link, "link-demo", &[("provider", "caais")])
            .await;
        assert!(page.text().contains("LOG-114"), "{}", page.text());

        // Its verified answer, brought to the login of a person.
        let person = browser.open(&again).await;
        let answer = verified_answer(&broker, &mut browser).await;
        let handle = answer.rsplit('/').next().unwrap();
        let page = browser
            .open(&format!("{}/answer/{handle}", person.url))
            .await;
        assert_eq!(page.status, 403, "{}", page.text());
        // And the page of an officer's login offers nothing of a person's.
        let officers_login = answer.split("/answer/").next().unwrap();
        for path in ["", "/information", "/acting", "/cancel"] {
            let page = browser.open(&format!("{officers_login}{path}")).await;
            assert_eq!(page.url.path(), "/staff/login", "{path}");
        }

        assert_eq!(broker.counts().await, before, "{ground:?}");
        assert_eq!(broker.rows("conflict").await, 0);
        // Where it belongs, it still counts: once.
        let page = browser.open(&answer).await;
        assert_eq!(roles(&page), ["portal.editor"]);
        let mut stranger = Browser::new();
        assert_eq!(stranger.open(&answer).await.status, 410);
        assert_eq!(officers(&broker).await, [1, 1]);
        assert_eq!(broker.counts().await, before);

        // Neither cookie opens the other's pages.
        let officer = cookie(&browser, STAFF_COOKIE).unwrap();
        let citizen = cookie(&browser, SESSION_COOKIE).unwrap();
        let mut swapped = Browser::new();
        swapped.set_cookie("localhost", STAFF_COOKIE, &citizen);
        swapped.set_cookie("localhost", SESSION_COOKIE, &officer);
        let page = swapped.open(&broker.at("/staff")).await;
        assert_eq!(page.url.path(), "/staff/login");
        let page = swapped.open(&broker.at("/account/sessions")).await;
        assert_ne!(page.url.path(), "/account/sessions");
    }
}

/// The address to which CAAIS's answer led, not opened: a verified answer of the editor waits there.
async fn verified_answer(broker: &TestBroker, browser: &mut Browser) -> String {
    let page = leave(broker, browser).await;
    let (form, pressed) = page.form_with("editor");
    let mut fields = form.fields;
    fields.extend(pressed.map(|button| (button.name, button.value)));
    let sent = browser.request("POST", form.action, Some(fields)).await;
    let back = sent.redirect().unwrap();
    let taken = browser.request("GET", back, None).await;
    let answer = taken
        .redirect()
        .unwrap_or_else(|| panic!("{}", taken.text()));
    answer.to_string()
}

#[tokio::test]
async fn an_officers_answer_is_good_for_its_own_browser_and_once() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        let mut browser = Browser::new();
        let answer = verified_answer(&broker, &mut browser).await;

        let mut stranger = Browser::new();
        let page = stranger.open(&answer).await;

        assert_eq!(page.status, 403);
        assert!(page.text().contains("LOG-103"), "{}", page.text());
        assert_eq!(officers(&broker).await, [0, 0]);
        let opened = browser.open(&answer).await;
        assert_eq!(opened.url.path(), "/staff");
        // A second arrival ends where the first one did, and makes nothing.
        assert_eq!(browser.open(&answer).await.url.path(), "/staff");
        assert_eq!(officers(&broker).await, [1, 1]);
    }
}

#[tokio::test]
async fn what_caais_should_not_have_said_makes_no_session() {
    let officials = Officials::start().await;
    let broker = broker(Ground::Sqlite, &officials, json!({})).await;
    for (fault, event) in [
        ("wrong_iss", "login.refused.token-issuer-wrong"),
        ("wrong_aud", "login.refused.token-audience-wrong"),
        ("wrong_nonce", "login.refused.nonce-wrong"),
        ("alg_none", "login.refused.signature-algorithm-forbidden"),
        ("foreign_key", "login.refused.signature-mismatch"),
    ] {
        officials.fault(fault).await;
        let before = broker.events().await;

        let page = sign_in(&broker, &mut Browser::new(), "editor").await;

        assert!(page.text().contains("LOG-107"), "{fault}: {}", page.text());
        assert_eq!(broker.events_since(&before).await, [event], "{fault}");
    }
    assert_eq!(officers(&broker).await, [0, 0]);
}

/// What is known of CAAIS: how the logins of the last while ended there, the newest first, whatever looks in the background saw.
async fn ended(broker: &TestBroker) -> Vec<Outcome> {
    let mut tx = broker.db.read().await.unwrap();
    let since = broker.clock.now() - Duration::minutes(30);
    let seen = provider_observation::list_latest(&mut tx, "caais", since, 100).await;
    let outcomes = seen.unwrap().into_iter().map(|seen| seen.outcome);
    outcomes
        .filter(|outcome| !matches!(outcome, Outcome::Reached | Outcome::Unreachable))
        .collect()
}

/// Officers have one door, so nothing leads them away from it; that it is shut is written down like that of any other.
#[tokio::test]
async fn five_logins_at_a_caais_that_does_not_know_us_are_counted_and_words_of_browsers_are_not() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        for said in ["unauthorized_client", "invalid_scope"] {
            let mut browser = Browser::new();
            let page = browser.open(&broker.at("/staff/login")).await;
            let (form, _) = page.form_with("staff-submit");
            let left = browser
                .request("POST", form.action, Some(form.fields))
                .await;
            let to = left.redirect().unwrap();
            let (_, state) = to.query_pairs().find(|(name, _)| name == "state").unwrap();
            let answer = format!("/upstream/caais/answer?error={said}&state={state}");
            let page = browser.open(&broker.at(&answer)).await;
            assert!(page.text().contains("LOG-112"), "{}", page.text());
        }
        assert_eq!(ended(&broker).await, []);

        for tries in 1..=5 {
            broker.hand.advance(Duration::seconds(1));
            officials.fault("invalid_client").await;
            let before = broker.events().await;

            let page = sign_in(&broker, &mut Browser::new(), "editor").await;

            assert_eq!(page.status, 500, "{}", page.text());
            assert!(page.text().contains("LOG-112"), "{}", page.text());
            assert_eq!(
                broker.events_since(&before).await,
                ["login.refused.provider-broken"]
            );
            let failed = ended(&broker).await;
            let failed = failed.iter().filter(|one| **one == Outcome::Failed).count();
            assert_eq!(failed, tries, "{ground:?}");
        }
        assert!(ended(&broker).await.contains(&Outcome::FailedInARow));
        assert_eq!(officers(&broker).await, [0, 0]);
    }
}

#[tokio::test]
async fn roles_are_what_the_configuration_says_now_and_a_change_at_a_login_is_an_event() {
    let officials = Officials::start().await;
    let mut broker = broker(Ground::Sqlite, &officials, json!({})).await;
    let mut browser = Browser::new();
    sign_in(&broker, &mut browser, "admin").await;

    broker
        .restart(json!({ "staff": { "roles": { "IDP.ADMIN": null, "PORTAL.ADMIN": null } } }))
        .await;

    let page = browser.open(&broker.at("/staff")).await;
    assert_eq!(roles(&page), ["idp.clients"]);
    sign_in(&broker, &mut Browser::new(), "admin").await;
    let changed = "staff.roles.changed".to_owned();
    assert!(broker.events().await.contains(&changed));

    broker
        .restart(json!({ "staff": { "roles": { "IDP.CLIENTS": null } } }))
        .await;
    let page = browser.open(&broker.at("/staff")).await;
    assert_eq!(page.url.path(), "/staff/login");
}

/// CAAIS takes a role away: what it granted before counts nowhere any more once the officer has signed in anew.
#[tokio::test]
async fn a_session_with_a_role_that_the_next_login_does_not_bring_ends() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        let mut former = Browser::new();
        sign_in(&broker, &mut former, "editor").await;
        let mut tx = broker.db.begin().await.unwrap();
        let more = r#"update staff_session set granted = '["PORTAL.EDITOR","PORTAL.ADMIN"]'"#;
        store::on!(&mut tx, db => sqlx::query(more).execute(db).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
        let page = former.open(&broker.at("/staff")).await;
        assert_eq!(roles(&page), ["portal.editor", "portal.admin"]);

        let page = sign_in(&broker, &mut Browser::new(), "editor").await;

        assert_eq!(roles(&page), ["portal.editor"]);
        let page = former.open(&broker.at("/staff")).await;
        assert_eq!(page.url.path(), "/staff/login");
        // The same roles again end nothing.
        let mut again = Browser::new();
        sign_in(&broker, &mut again, "editor").await;
        sign_in(&broker, &mut Browser::new(), "editor").await;
        assert_eq!(
            roles(&again.open(&broker.at("/staff")).await),
            ["portal.editor"]
        );
    }
}

/// CAAIS has taken every role away: the login is refused, and what was open before is open no more.
#[tokio::test]
async fn an_officer_who_has_lost_every_role_is_out_everywhere_at_the_next_login() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        let mut former = Browser::new();
        sign_in(&broker, &mut former, "editor").await;
        let mut other = Browser::new();
        sign_in(&broker, &mut other, "admin").await;
        // Who signs in without a role next is the same officer.
        let subject = officials::subject("no-role");
        let mut tx = broker.db.begin().await.unwrap();
        let editor = "update staff_account set subject = $1 where roles like '%portal.editor%'";
        store::on!(&mut tx, db => sqlx::query(editor).bind(&subject).execute(db).await.map(drop))
            .unwrap();
        tx.commit().await.unwrap();
        let before = broker.events().await;

        let page = sign_in(&broker, &mut Browser::new(), "no-role").await;

        assert!(page.text().contains("STF-102"), "{}", page.text());
        let page = former.open(&broker.at("/staff")).await;
        assert_eq!(page.url.path(), "/staff/login", "{}", page.text());
        assert!(!roles(&other.open(&broker.at("/staff")).await).is_empty());
        assert_eq!(
            broker.events_since(&before).await,
            [
                "login.refused.role-missing",
                "staff.roles.changed",
                "staff.session.ended"
            ]
        );
    }
}

#[tokio::test]
async fn without_the_section_there_is_no_such_page_and_the_provider_serves_nobody() {
    let officials = Officials::start().await;
    let broker = broker(Ground::Sqlite, &officials, json!({ "staff": null })).await;
    let mut browser = Browser::new();

    for path in ["/staff", "/staff/login"] {
        assert_eq!(browser.open(&broker.at(path)).await.status, 404, "{path}");
    }
    let choice = browser.open(&broker.authorize("portal", &[])).await;
    assert!(!choice.body.contains("caais"));
}

#[tokio::test]
async fn an_officer_who_was_switched_off_is_out_at_once_and_stays_out() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        let mut browser = Browser::new();
        sign_in(&broker, &mut browser, "editor").await;
        let now = broker.clock.now();
        let mut tx = broker.db.begin().await.unwrap();
        let key = &broker.broker.master_key;
        let listed = idp::storage::staff_account::list(&mut tx, key)
            .await
            .unwrap();
        let id = listed[0].staff_account_id;
        let random = &broker.broker.random;
        let actor = store::audit::Actor::Operator("root".to_owned());
        let off = idp::staff::switch_off(random, &mut tx, id, &actor, now).await;
        assert!(off.unwrap());
        let again = idp::staff::switch_off(random, &mut tx, id, &actor, now).await;
        assert!(!again.unwrap());
        tx.commit().await.unwrap();

        let page = browser.open(&broker.at("/staff")).await;
        assert_eq!(page.url.path(), "/staff/login");
        let page = sign_in(&broker, &mut Browser::new(), "editor").await;
        assert!(page.text().contains("STF-105"), "{}", page.text());

        let mut tx = broker.db.begin().await.unwrap();
        let on = idp::staff::switch_on(random, &mut tx, id, &actor, now).await;
        assert!(on.unwrap());
        tx.commit().await.unwrap();
        let page = sign_in(&broker, &mut Browser::new(), "editor").await;
        assert_eq!(roles(&page), ["portal.editor"]);
    }
}

#[tokio::test]
async fn a_form_of_somebody_else_signs_no_officer_in_or_out() {
    let officials = Officials::start().await;
    let broker = broker(Ground::Sqlite, &officials, json!({})).await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/staff/login")).await;

    for forged in ["", "forged"] {
        let refused = browser
            .submit(&page, "staff-submit", &[("csrf", forged)])
            .await;
        assert_eq!(refused.status, 403, "{}", refused.text());
    }
    assert_eq!(officials.calls().await, json!([]), "nobody left");

    let home = sign_in(&broker, &mut browser, "editor").await;
    let mut other = Browser::new();
    let others = sign_in(&broker, &mut other, "admin").await;
    let (form, _) = others.form_with("Odhlásit");
    let of_another = &form.fields[0];
    assert_eq!(of_another.0, "csrf");
    for forged in ["", "forged", &of_another.1] {
        let refused = browser.submit(&home, "Odhlásit", &[("csrf", forged)]).await;
        assert_eq!(refused.status, 403, "{}", refused.text());
    }
    let page = browser.open(&broker.at("/staff")).await;
    assert_eq!(roles(&page), ["portal.editor"]);
}
