//! Adding and removing ways in, merging accounts and parting them again.

use futures_util::future::join_all;
use serde_json::{Value, json};
use store::on;
use tests::broker::claims_of;

use super::*;

/// A register of the state, a bank and a data box, each with its own people.
pub(super) async fn town() -> TestBroker {
    town_with(json!({})).await
}

async fn town_with(more: Value) -> TestBroker {
    let person = |level: &str, name: &str, family: &str, born: &str| {
        json!({
            "password": "heslo", "identity": level, "login": "multi", "given_name": name, "family_name": family,
            "birth_date": born, "email": "rodina@posta.example",
        })
    };
    let entry =
        |accounts: Value| json!({ "kind": "demo", "environment": "sandbox", "account": accounts });
    let client = |id: &str, name: &str, demands: Value| {
        let mut client = json!({
            "organisation": "town", "name": { "cs": name }, "client_secret": tests::broker::CLIENT_SECRET,
            "redirect_uris": [callback(id)], "scopes": ["openid"], "information_page": false,
        });
        for (key, demand) in demands.as_object().unwrap() {
            client[key] = demand.clone();
        }
        client
    };
    let mut config = json!({
        "client": {
            "building": client("building", "Stavební úřad", json!({ "minimum_identity": "state" })),
            "payments": client("payments", "Platby", json!({ "minimum_login": "multi" })),
            "registry": client("registry", "Matrika", json!({ "providers": ["register"] })),
            "reading": client("reading", "Čítárna", json!({ "providers": ["register", "bank"] })),
        },
        "provider": {
            "demo": null,
            "register": entry(json!({
                "jana": person("state", "JANA", "DVOŘÁKOVÁ", "1984-05-14"),
                "druha": person("state", "JANA", "DVOŘÁKOVÁ", "1984-05-14"),
                "petr": person("state", "PETR", "SVOBODA", "1990-01-01"),
            })),
            "bank": entry(json!({
                "jana": person("town", "Jana", "Dvořáková", "1984-05-14"),
                "jmenovkyne": person("town", "Jana", "Dvořáková", "1984-05-14"),
                "jana-bez-hacku": person("town", "Jana Marie", "Dvorakova", "1984-05-14"),
                "provdana": person("town", "Jana", "Nová", "1984-05-14"),
                "petr": person("town", "Petr", "Svoboda", "1990-01-01"),
            })),
            "box": entry(json!({
                "jana": { "password": "heslo", "identity": "contact" },
                "jmenovkyne": {
                    "password": "heslo", "identity": "contact", "given_name": "Jana", "family_name": "Dvořáková",
                    "birth_date": "1984-05-14",
                },
                "JANA": { "password": "heslo", "identity": "contact" },
                "jan\u{e1}": { "password": "heslo", "identity": "contact" },
                "jana\u{301}": { "password": "heslo", "identity": "contact" },
            })),
        },
    });
    for (section, changes) in more.as_object().unwrap() {
        config[section] = changes.clone();
    }
    configured(config).await
}

/// Where the services of [`town`] are answered; nobody listens there.
fn callback(client_id: &str) -> String {
    format!("http://127.0.0.1:1/{client_id}/callback")
}

/// Goes on to a service that the browser's login suffices for, and lets it redeem its code.
async fn use_service(broker: &TestBroker, browser: &mut Browser, client_id: &str) {
    let callback = callback(client_id);
    let request = [("redirect_uri", callback.as_str()), ("scope", "openid")];
    let url = url::Url::parse(&broker.authorize(client_id, &request)).unwrap();
    let mut step = browser.request("GET", url, None).await;
    while let Some(next) = step.redirect().filter(|next| next.port() != Some(1)) {
        step = browser.request("GET", next, None).await;
    }
    let code = step.redirect().and_then(|to| {
        let code = to.query_pairs().find(|(name, _)| name == "code")?;
        Some(code.1.into_owned())
    });
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code.unwrap()),
        ("redirect_uri", &callback),
        ("code_verifier", tests::broker::CODE_VERIFIER),
    ];
    let tokens = broker.token(client_id, &form).await;
    assert!(tokens["id_token"].is_string(), "{tokens}");
}

/// Chooses a provider on the page and signs in there.
pub(super) async fn through(
    broker: &TestBroker,
    browser: &mut Browser,
    page: &Page,
    (provider, name): (&str, &str),
) -> Page {
    let page = browser.submit(page, provider, &[]).await;
    assert!(page.url.path().ends_with("/demo"), "{}", page.text());
    broker.sign_in(browser, &page, (name, "heslo")).await
}

/// A browser signed in at its account.
pub(super) async fn at_account(broker: &TestBroker, door: (&str, &str)) -> Browser {
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    let page = through(broker, &mut browser, &page, door).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    browser
}

/// The page that follows proving one more way in.
pub(super) async fn proved(broker: &TestBroker, browser: &mut Browser, door: (&str, &str)) -> Page {
    let page = browser.open(&broker.at("/account/link")).await;
    through(broker, browser, &page, door).await
}

pub(super) async fn linked(broker: &TestBroker, browser: &mut Browser, door: (&str, &str)) {
    let page = proved(broker, browser, door).await;
    let page = browser.submit(&page, "link-submit", &[]).await;
    assert_eq!(
        page.query("done").as_deref(),
        Some("linked"),
        "{}",
        page.text()
    );
}

/// What a client learns when somebody comes by a door in a new browser: the claims of the ID token.
async fn seen_by(broker: &TestBroker, client_id: &str, door: (&str, &str)) -> Value {
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize(client_id, &[])).await;
    let mut page = through(broker, &mut browser, &page, door).await;
    if page.url.path().ends_with("/information") {
        page = browser.submit(&page, "consent-submit", &[]).await;
    }
    let tokens = broker.redeem(client_id, &code(&page)).await;
    claims_of(tokens["id_token"].as_str().unwrap())
}

pub(super) async fn sub_at(broker: &TestBroker, client_id: &str, door: (&str, &str)) -> String {
    let claims = seen_by(broker, client_id, door).await;
    claims["sub"].as_str().unwrap().to_owned()
}

pub(super) fn error_code(page: &Page) -> String {
    page.texts_of(".bigcode").pop().unwrap_or_default()
}

pub(super) const STATE: (&str, &str) = ("register", "jana");
pub(super) const BANK: (&str, &str) = ("bank", "jana");

#[tokio::test]
async fn a_second_way_in_is_added_by_proving_both_sides_and_opens_the_same_account() {
    let broker = town().await;
    let known = sub_at(&broker, "portal", STATE).await;
    let mut elsewhere = at_account(&broker, STATE).await;
    let mut browser = at_account(&broker, STATE).await;
    let cookie = session_cookie(&browser);
    let before = broker.events().await;

    let page = proved(&broker, &mut browser, BANK).await;

    assert_eq!(page.heading(), "Patří obojí vám?");
    assert_eq!(page.texts_of(".sides section").len(), 2);
    assert!(
        page.text().contains("Jméno a datum narození se shodují"),
        "{}",
        page.text()
    );
    assert_eq!(
        broker.rows("upstream_link").await,
        1,
        "nothing before the person says yes"
    );

    let page = browser.submit(&page, "link-submit", &[]).await;

    assert_eq!(page.url.path(), "/account");
    assert!(page.text().contains("Způsob přihlášení je přidaný"));
    assert_ne!(
        session_cookie(&browser),
        cookie,
        "a new id at a privilege step"
    );
    assert_eq!(
        broker.events_since(&before).await,
        ["link.added", "session.ended", "session.ended"]
    );
    let page = elsewhere.open(&broker.at("/account")).await;
    assert_ne!(page.url.path(), "/account", "other devices are signed out");
    assert_eq!(sub_at(&broker, "portal", BANK).await, known);
    assert_eq!(broker.rows("account").await, 1);
}

#[tokio::test]
async fn what_differs_in_accents_only_is_linked_and_another_name_goes_to_an_officer() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;

    let page = proved(&broker, &mut browser, ("bank", "jana-bez-hacku")).await;
    assert!(
        page.text().contains("liší jen v zápisu") || page.text().contains("liší jen v\u{a0}zápisu"),
        "{}",
        page.text()
    );

    let page = proved(&broker, &mut browser, ("bank", "provdana")).await;
    assert_eq!(page.heading(), "Jména se liší");
    assert_eq!(broker.rows("conflict").await, 1);
    let explained = [("explanation", "Loni jsem se vdala.")];
    let page = browser.submit(&page, "link-review", &explained).await;

    assert_eq!(page.query("done").as_deref(), Some("review"));
    assert_eq!(broker.rows("conflict").await, 1);
    assert_eq!(broker.rows("upstream_link").await, 1);
    let events = broker.events().await;
    assert!(events.contains(&"conflict.opened".to_owned()), "{events:?}");
    assert!(events.contains(&"link.refused.names-differ".to_owned()));
}

#[tokio::test]
async fn another_date_of_birth_is_refused_and_asked_about_on_request_only_and_not_for_ever() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;

    let page = proved(&broker, &mut browser, ("bank", "petr")).await;

    assert_eq!(page.heading(), "Datum narození se liší");
    assert_eq!(broker.rows("conflict").await, 0);
    browser.submit(&page, "link-review", &[]).await;
    assert_eq!(broker.rows("conflict").await, 1);
    for _ in 0..2 {
        proved(&broker, &mut browser, ("bank", "petr")).await;
    }
    let page = browser.open(&broker.at("/account/link")).await;
    let page = browser.submit(&page, "bank", &[]).await;
    assert_eq!((page.status, error_code(&page).as_str()), (429, "LNK-104"));
}

#[tokio::test]
async fn who_gives_up_at_the_provider_is_back_where_they_chose() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;
    let page = browser.open(&broker.at("/account/link")).await;
    let page = browser.submit(&page, "bank", &[]).await;

    let page = browser.submit(&page, "login-cancel", &[]).await;

    assert_eq!(page.url.path(), "/account/link");
    assert!(page.text().contains("Nic se nepřidalo"), "{}", page.text());
    assert_eq!(broker.rows("upstream_link").await, 1);
}

#[tokio::test]
async fn the_pages_speak_three_languages() {
    let broker = town().await;
    for (language, add, both) in [
        ("en", "Add another way to sign in", "Do both belong to you?"),
        (
            "de",
            "Weiteren Anmeldeweg hinzufügen",
            "Gehört beides Ihnen?",
        ),
    ] {
        let mut browser = Browser::new().speaking(language);
        let page = browser.open(&broker.at("/account")).await;
        through(&broker, &mut browser, &page, STATE).await;

        let page = browser.open(&broker.at("/account/link")).await;
        assert_eq!(page.heading(), add);
        let page = through(&broker, &mut browser, &page, BANK).await;
        assert_eq!(page.heading(), both);
    }
}

#[tokio::test]
async fn atk_b01_the_same_email_and_name_find_nobody() {
    let broker = town().await;
    let state = sub_at(&broker, "portal", STATE).await;

    let bank = sub_at(&broker, "portal", BANK).await;

    assert_ne!(state, bank);
    assert_eq!(broker.rows("account").await, 2);
}

#[tokio::test]
async fn atk_b02_a_proposed_link_is_good_for_its_own_browser_session_account_and_once() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;
    let page = proved(&broker, &mut browser, BANK).await;
    let (form, _) = page.form_with("link-submit");
    let before = broker.events().await;

    // Another person in another browser, with their own session and the ticket of the first.
    let mut thief = at_account(&broker, ("register", "petr")).await;
    let own = thief.open(&broker.at("/account/link")).await;
    let (own, _) = own.form_with("bank");
    let csrf = own
        .fields
        .into_iter()
        .find(|(name, _)| name == "csrf")
        .unwrap();
    let fields = vec![csrf, ("what".to_owned(), "link".to_owned())];
    let stolen = thief.open(page.url.as_str()).await;
    assert_eq!(
        (stolen.status, error_code(&stolen).as_str()),
        (403, "LNK-103")
    );
    let stolen = thief
        .request("POST", form.action.clone(), Some(fields))
        .await;
    assert_eq!(stolen.status, 403);

    // The same person in another browser.
    let mut other = at_account(&broker, STATE).await;
    let page_there = other.open(page.url.as_str()).await;
    assert_eq!(error_code(&page_there), "LNK-103");
    assert_eq!(
        broker.rows("upstream_link").await,
        2,
        "Jana's and Petr's own"
    );
    let refused = broker.events_since(&before).await;
    let refused = refused
        .iter()
        .filter(|kind| *kind == "link.refused.foreign");
    assert_eq!(refused.count(), 3);

    // Its own browser, twice: the second time nothing is done any more.
    let first = browser
        .request("POST", form.action.clone(), Some(form.fields.clone()))
        .await;
    let second = browser
        .request("POST", form.action, Some(form.fields))
        .await;
    assert_eq!(first.redirect(), second.redirect());
    assert_eq!(broker.rows("upstream_link").await, 3);
}

/// Redis knows of the press, and the database does not: its commit failed.
#[tokio::test]
async fn what_was_never_written_down_is_not_told_as_done() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;
    let page = proved(&broker, &mut browser, BANK).await;
    let (form, _) = page.form_with("link-submit");
    let first = browser
        .request("POST", form.action.clone(), Some(form.fields.clone()))
        .await;
    let done = first.redirect().unwrap();
    assert_eq!(done.query(), Some("done=linked"));
    let mut tx = broker.db.begin().await.unwrap();
    on!(&mut tx, db => {
        sqlx::query("delete from authentication where provider = 'bank'").execute(db).await.map(drop)
    })
    .unwrap();
    tx.commit().await.unwrap();

    let again = browser
        .request("POST", form.action, Some(form.fields))
        .await;

    assert_eq!(again.redirect(), None, "{}", again.text());
    assert_eq!(error_code(&again), "LNK-102");
}

#[tokio::test]
async fn atk_b02_an_answer_that_comes_to_another_session_adds_nothing() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;
    let page = browser.open(&broker.at("/account/link")).await;
    let page = browser.submit(&page, "bank", &[]).await;
    // In another tab somebody else signs in meanwhile.
    let other = browser
        .open(&broker.authorize("portal", &[("prompt", "login")]))
        .await;
    through(&broker, &mut browser, &other, ("register", "petr")).await;
    let counts = broker.counts().await;

    let page = broker.sign_in(&mut browser, &page, ("jana", "heslo")).await;

    assert_eq!((page.status, error_code(&page).as_str()), (403, "LNK-101"));
    assert_eq!(broker.counts().await, counts);
    let events = broker.events().await;
    assert!(events.contains(&"link.refused.session-changed".to_owned()));
}

#[tokio::test]
async fn atk_b03_without_a_fresh_login_nothing_about_the_ways_in_changes() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;
    linked(&broker, &mut browser, BANK).await;
    let page = browser.open(&broker.at("/account")).await;
    let way = page.link("Odpojit");
    broker.hand.advance(chrono::Duration::minutes(6));
    let before = broker.counts().await;

    let page = browser.open(&broker.at("/account/link")).await;
    let page = browser.submit(&page, "box", &[]).await;
    // The account's best way in is the only one that will do, so nobody has to choose.
    assert_eq!(page.url.path(), "/upstream/register/demo");
    let removal = browser.open(way.as_str()).await;
    let removal = browser.submit(&removal, "unlink-submit", &[]).await;
    assert_eq!(removal.url.path(), "/upstream/register/demo");
    assert_eq!(broker.counts().await, before);

    // After it the person goes on where they were.
    let page = broker.sign_in(&mut browser, &page, ("jana", "heslo")).await;
    assert_eq!(page.url.path(), "/account/link");
    assert!(
        page.text().contains("Víme, že jste to vy"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn atk_b03_without_a_fresh_login_no_merge_is_undone() {
    let broker = town().await;
    sub_at(&broker, "portal", STATE).await;
    sub_at(&broker, "portal", BANK).await;
    let mut browser = at_account(&broker, STATE).await;
    let page = proved(&broker, &mut browser, BANK).await;
    browser.submit(&page, "merge-submit", &[]).await;
    let page = browser.open(&broker.at("/account")).await;
    let merge = page.link("Rozdělit účty");
    broker.hand.advance(chrono::Duration::minutes(6));

    let page = browser.open(merge.as_str()).await;
    let page = browser.submit(&page, "part-submit", &[]).await;

    assert_eq!(page.url.path(), "/upstream/register/demo");
    let events = broker.events().await;
    assert!(!events.contains(&"merge.undone".to_owned()), "{events:?}");
    let page = broker.sign_in(&mut browser, &page, ("jana", "heslo")).await;
    assert_eq!(page.url.path(), merge.path());
    let page = browser.submit(&page, "part-submit", &[]).await;
    assert!(page.text_of("#parted").is_some(), "{}", page.text());
}

#[tokio::test]
async fn atk_b04_a_provider_and_subject_sent_by_the_browser_mean_nothing() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;
    let page = proved(&broker, &mut browser, BANK).await;
    let forged = [
        ("provider", "register"),
        ("subject", "petr"),
        ("account_id", "00000000-0000-0000-0000-000000000001"),
    ];

    browser.submit(&page, "link-submit", &forged).await;

    let petr = sub_at(&broker, "portal", ("register", "petr")).await;
    assert_ne!(petr, sub_at(&broker, "portal", BANK).await);
    assert_eq!(
        sub_at(&broker, "portal", STATE).await,
        sub_at(&broker, "portal", BANK).await
    );
}

#[tokio::test]
async fn atk_b05_a_subject_is_a_stranger_after_its_account_ended_and_in_any_other_spelling() {
    let broker = town().await;
    let former = sub_at(&broker, "portal", STATE).await;
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await.unwrap();
    let town = idp::ids::OrganisationId::new("town");
    let account_id = idp::storage::pairwise_subject::find_account(&mut tx, &town, &former)
        .await
        .unwrap()
        .unwrap();
    let ended = idp::identity::close(&broker.broker, &mut tx, account_id, now).await;
    assert!(ended.unwrap());
    tx.commit().await.unwrap();

    // Of the audit log's events about it only that the account ended says more than kind and time.
    let mut tx = broker.db.read().await.unwrap();
    let events = store::audit::list_latest(&mut tx, 100).await.unwrap();
    let theirs = events
        .iter()
        .filter(|event| event.subject == Some(account_id.uuid()));
    let telling: Vec<_> = theirs
        .clone()
        .filter(|event| event.details.is_some())
        .map(|event| event.kind.as_str())
        .collect();
    assert_eq!(telling, ["account.deleted"]);
    assert!(theirs.count() > 3);
    drop(tx);
    assert_ne!(sub_at(&broker, "portal", STATE).await, former);

    let mut subs = Vec::new();
    for name in ["jana", "JANA", "jan\u{e1}", "jana\u{301}"] {
        subs.push(sub_at(&broker, "portal", ("box", name)).await);
    }
    subs.sort();
    subs.dedup();
    assert_eq!(subs.len(), 4);
}

#[tokio::test]
async fn atk_b07_a_provider_for_linking_only_lets_nobody_in_by_any_path() {
    let mut broker = town().await;
    let mut early = Browser::new();
    let page = early.open(&broker.authorize("portal", &[])).await;
    let left = early.submit(&page, "bank", &[]).await;
    broker
        .restart(json!({ "account": { "link_only": ["bank"] } }))
        .await;

    // Left before it was set: nobody is let in.
    let page = broker.sign_in(&mut early, &left, ("jana", "heslo")).await;
    assert_eq!((page.status, error_code(&page).as_str()), (400, "LOG-114"));
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);

    // It is not offered, hinted or taken from a form.
    let mut browser = Browser::new();
    let page = browser
        .open(&broker.authorize("portal", &[("idp_hint", "bank")]))
        .await;
    assert!(page.url.path().starts_with("/login/"), "{}", page.url);
    assert!(!page.body.contains("value=\"bank\""));
    let page = browser
        .submit(&page, "register", &[("provider", "bank")])
        .await;
    assert_eq!(error_code(&page), "LOG-114");

    // It can be added, and still lets nobody in.
    let mut browser = at_account(&broker, STATE).await;
    linked(&broker, &mut browser, BANK).await;
    let mut stranger = Browser::new();
    let page = stranger.open(&broker.authorize("portal", &[])).await;
    let page = stranger
        .submit(&page, "register", &[("provider", "bank")])
        .await;
    assert_eq!(error_code(&page), "LOG-114");

    // And it does not count as a way in that would be left.
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.follow(page.link("Odpojit")).await;
    assert!(page.text_of("#unlink-stays").is_some(), "{}", page.text());
}

#[tokio::test]
async fn atk_b12_the_last_way_in_and_the_one_that_a_service_in_use_needs_stay() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.follow(page.link("Odpojit")).await;
    assert!(page.text().contains("Žádný jiný způsob"), "{}", page.text());

    linked(&broker, &mut browser, BANK).await;
    // A service that wants the state's word.
    let page = browser.open(&broker.at("/account")).await;
    let state = page.link("Odpojit");
    use_service(&broker, &mut browser, "building").await;
    let page = browser.open(state.as_str()).await;
    assert!(page.text().contains("Stavební úřad"), "{}", page.text());

    // The form is refused as well as the page.
    let (form, _) = browser
        .open(&broker.at("/account/link"))
        .await
        .form_with("box");
    let csrf: Vec<_> = form
        .fields
        .into_iter()
        .filter(|(name, _)| name == "csrf")
        .collect();
    let before = broker.events().await;
    let action = broker
        .url
        .join(&format!("{}/unlink", state.path()))
        .unwrap();
    let refused = browser.request("POST", action, Some(csrf)).await;
    assert_eq!(
        (refused.status, error_code(&refused).as_str()),
        (409, "LNK-106")
    );
    assert_eq!(broker.events_since(&before).await, ["link.refused.needed"]);
}

#[tokio::test]
async fn atk_b12_the_only_way_in_that_a_service_in_use_allows_stays() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;
    linked(&broker, &mut browser, BANK).await;
    let page = browser.open(&broker.at("/account")).await;
    let state = page.link("Odpojit");

    // Both ways are allowed at one service, the state's alone at the other.
    use_service(&broker, &mut browser, "reading").await;
    let page = browser.open(state.as_str()).await;
    assert!(page.text_of("#unlink-stays").is_none(), "{}", page.text());
    use_service(&broker, &mut browser, "registry").await;
    let page = browser.open(state.as_str()).await;

    let why = page.text_of("#unlink-stays").unwrap();
    assert!(why.contains("Matrika"), "{why}");
    assert!(why.contains("přijímá jen tento způsob"), "{why}");
    assert!(!why.contains("úroveň"), "{why}");
    // The bank is not needed there.
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.open(bank_way(&page).as_str()).await;
    assert!(page.text_of("#unlink-stays").is_none(), "{}", page.text());
}

#[tokio::test]
async fn atk_b12_the_only_way_in_that_reaches_the_login_level_of_a_service_in_use_stays() {
    let broker = town().await;
    let mut browser = at_account(&broker, ("bank", "jmenovkyne")).await;
    linked(&broker, &mut browser, ("box", "jmenovkyne")).await;
    let page = browser.open(&broker.at("/account")).await;
    let bank = page.link("Odpojit");

    let page = browser.open(bank.as_str()).await;
    assert!(page.text_of("#unlink-stays").is_none(), "{}", page.text());
    use_service(&broker, &mut browser, "payments").await;
    let page = browser.open(bank.as_str()).await;

    let why = page.text_of("#unlink-stays").unwrap();
    assert!(why.contains("Platby"), "{why}");
    assert!(why.contains("vyžaduje úroveň"), "{why}");
}

#[tokio::test]
async fn a_way_in_is_removed_after_a_login_by_another_one_and_becomes_a_strangers() {
    let broker = town().await;
    let known = sub_at(&broker, "portal", STATE).await;
    let mut browser = at_account(&broker, STATE).await;
    linked(&broker, &mut browser, BANK).await;
    let with_bank = sub_at(&broker, "portal", BANK).await;
    assert_eq!(with_bank, known);
    let mut by_bank = at_account(&broker, BANK).await;
    let under_way = code(&by_bank.open(&broker.authorize("portal", &[])).await);
    // The bank's own session removes the bank: not without the other way in.
    let page = by_bank.open(&broker.at("/account")).await;
    let bank = broker.url.join(bank_way(&page).path()).unwrap();
    let page = by_bank.open(bank.as_str()).await;
    let page = by_bank.submit(&page, "unlink-submit", &[]).await;
    assert!(page.url.path().starts_with("/login/"), "{}", page.url);

    let page = through(&broker, &mut by_bank, &page, STATE).await;
    assert_eq!(page.url.path(), bank.path());
    let page = by_bank.submit(&page, "unlink-submit", &[]).await;

    assert_eq!(
        page.query("done").as_deref(),
        Some("unlinked"),
        "{}",
        page.text()
    );
    let refused = broker.redeem("portal", &under_way).await;
    assert_eq!(refused["error"], "invalid_grant", "{refused}");
    assert_ne!(
        browser.open(&broker.at("/account")).await.url.path(),
        "/account"
    );
    assert_ne!(sub_at(&broker, "portal", BANK).await, known);
    assert_eq!(sub_at(&broker, "portal", STATE).await, known);
    let events = broker.events().await;
    assert!(events.contains(&"link.removed".to_owned()));
}

#[tokio::test]
async fn atk_b03_the_weakest_way_in_does_not_close_the_account() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;
    linked(&broker, &mut browser, BANK).await;
    let mut by_bank = at_account(&broker, BANK).await;
    let page = by_bank.open(&broker.at("/account/close")).await;

    let page = by_bank.submit(&page, "close-submit", &[]).await;

    assert!(page.url.path().starts_with("/login/"), "{}", page.text());
    assert!(
        !broker
            .events()
            .await
            .contains(&"account.deleted".to_owned())
    );
    let page = through(&broker, &mut by_bank, &page, STATE).await;
    assert_eq!(page.url.path(), "/account/close");
    let page = by_bank.submit(&page, "close-submit", &[]).await;
    assert_eq!(page.url.path(), "/account/closed", "{}", page.text());
}

#[tokio::test]
async fn atk_b03_the_weakest_way_in_removes_no_other_one_and_changes_no_contact() {
    let broker = town().await;
    let known = sub_at(&broker, "portal", STATE).await;
    let mut browser = at_account(&broker, STATE).await;
    linked(&broker, &mut browser, BANK).await;
    let mut by_bank = at_account(&broker, BANK).await;
    let page = by_bank.open(&broker.at("/account")).await;
    let state = page.link("Odpojit");
    let before = broker.events().await;

    let page = by_bank.open(state.as_str()).await;
    assert!(
        page.text().contains("nejsilnějším způsobem"),
        "{}",
        page.text()
    );
    let page = by_bank.submit(&page, "unlink-submit", &[]).await;
    // The door of the state, and no other.
    assert!(!page.url.path().starts_with("/account"), "{}", page.text());
    assert!(!page.body.contains("value=\"bank\""), "{}", page.text());
    let contacts = by_bank.open(&broker.at("/account/contacts")).await;
    assert!(
        contacts.text_of("#contacts-prove").is_some(),
        "{}",
        contacts.text()
    );
    let (form, _) = contacts.form_with("Odebrat");
    let csrf: Vec<_> = form
        .fields
        .into_iter()
        .filter(|(name, _)| name == "csrf")
        .collect();
    let add = broker.url.join("/account/contacts/add").unwrap();
    let mut fields = csrf.clone();
    fields.push(("email".to_owned(), "zlodej@posta.example".to_owned()));
    let added = by_bank.request("POST", add, Some(fields)).await;
    let led = added.redirect().unwrap();
    assert!(led.path().starts_with("/login/"), "{led}");
    assert_eq!(broker.events_since(&before).await, [""; 0]);

    // With the state's login beside it, it is the person's to do.
    let page = by_bank.open(state.as_str()).await;
    let page = by_bank.submit(&page, "unlink-submit", &[]).await;
    let page = through(&broker, &mut by_bank, &page, STATE).await;
    assert_eq!(page.url.path(), state.path(), "{}", page.text());
    let page = by_bank.submit(&page, "unlink-submit", &[]).await;
    assert_eq!(
        page.query("done").as_deref(),
        Some("unlinked"),
        "{}",
        page.text()
    );
    assert_eq!(sub_at(&broker, "portal", BANK).await, known);
}

/// The link beside the bank on the account page: the second way in.
fn bank_way(page: &Page) -> url::Url {
    let html = page.body.split("/account/ways/").nth(2).unwrap();
    let id: String = html.chars().take_while(|letter| *letter != '"').collect();
    page.url.join(&format!("/account/ways/{id}")).unwrap()
}

#[tokio::test]
async fn atk_b13_accounts_of_two_registered_persons_are_never_merged() {
    let broker = town().await;
    // Another person's bank, and the same name under another subject of the state.
    at_account(&broker, ("bank", "petr")).await;
    at_account(&broker, ("register", "druha")).await;
    let mut browser = at_account(&broker, STATE).await;
    let counts = broker.rows("upstream_link").await;

    let page = proved(&broker, &mut browser, ("bank", "petr")).await;
    assert_eq!(page.heading(), "Tento způsob už otevírá jiný účet");
    let page = proved(&broker, &mut browser, ("register", "druha")).await;
    assert_eq!(page.heading(), "Stát vás tu vede pod jiným označením");

    assert_eq!(broker.rows("account_merge").await, 0);
    assert_eq!(broker.rows("upstream_link").await, counts);
    assert_eq!(broker.rows("conflict").await, 2);
}

#[tokio::test]
async fn atk_b13_namesakes_whom_one_bank_tells_apart_are_never_merged() {
    let broker = town().await;
    let namesake = ("bank", "jmenovkyne");
    let (jana, other) = (
        sub_at(&broker, "portal", BANK).await,
        sub_at(&broker, "portal", namesake).await,
    );
    let mut browser = at_account(&broker, BANK).await;

    // Her bank, and a way in of hers that the bank has nothing to do with.
    let page = proved(&broker, &mut browser, namesake).await;
    assert_eq!(page.heading(), "Tento způsob už otevírá jiný účet");
    let mut elsewhere = at_account(&broker, namesake).await;
    linked(&broker, &mut elsewhere, ("box", "jmenovkyne")).await;
    let page = proved(&broker, &mut browser, ("box", "jmenovkyne")).await;
    assert_eq!(page.heading(), "Tento způsob už otevírá jiný účet");

    assert_eq!(broker.rows("account_merge").await, 0);
    assert_eq!(broker.rows("conflict").await, 2);
    assert_ne!(jana, other);
    assert_eq!(sub_at(&broker, "portal", BANK).await, jana);
    assert_eq!(sub_at(&broker, "portal", namesake).await, other);
}

#[tokio::test]
async fn atk_b13_persons_of_one_register_are_not_merged_by_way_of_a_bank() {
    let broker = town().await;
    let mut other = at_account(&broker, ("register", "druha")).await;
    linked(&broker, &mut other, ("bank", "jmenovkyne")).await;
    let mut browser = at_account(&broker, STATE).await;

    let page = proved(&broker, &mut browser, ("bank", "jmenovkyne")).await;

    assert_eq!(page.heading(), "Stát vás tu vede pod jiným označením");
    assert_eq!(broker.rows("account_merge").await, 0);
    assert_eq!(broker.rows("conflict").await, 1);
}

#[tokio::test]
async fn atk_b13_accounts_of_one_person_merge_reversibly_and_every_client_keeps_its_sub() {
    let broker = town().await;
    let portal_state = sub_at(&broker, "portal", STATE).await;
    let portal_bank = sub_at(&broker, "portal", BANK).await;
    let library_bank = sub_at(&broker, "library", BANK).await;
    let mut browser = at_account(&broker, STATE).await;

    let page = proved(&broker, &mut browser, BANK).await;
    assert_eq!(
        page.heading(),
        "Spojit dva účty v\u{a0}jeden?".replace('\u{a0}', " ")
    );
    assert!(page.text().contains("zná oba účty"), "{}", page.text());
    let page = browser.submit(&page, "merge-submit", &[]).await;
    assert_eq!(
        page.query("done").as_deref(),
        Some("merged"),
        "{}",
        page.text()
    );

    let seen = seen_by(&broker, "portal", BANK).await;
    assert_eq!(seen["sub"], portal_state.as_str());
    assert_eq!(seen["previous_sub"], json!([portal_bank]));
    let seen = seen_by(&broker, "library", STATE).await;
    assert_eq!(seen["sub"], library_bank.as_str());
    assert_eq!(seen["previous_sub"], Value::Null);

    let page = browser.open(&broker.at("/account")).await;
    let page = browser.follow(page.link("Rozdělit účty")).await;
    let page = browser.submit(&page, "part-submit", &[]).await;
    assert!(page.text_of("#parted").is_some(), "{}", page.text());

    let seen = seen_by(&broker, "portal", BANK).await;
    assert_eq!(
        (seen["sub"].as_str(), &seen["previous_sub"]),
        (Some(portal_bank.as_str()), &Value::Null)
    );
    assert_eq!(sub_at(&broker, "portal", STATE).await, portal_state);
    assert_eq!(sub_at(&broker, "library", BANK).await, library_bank);
    assert_ne!(sub_at(&broker, "library", STATE).await, library_bank);
    assert_ne!(
        browser.open(&broker.at("/account")).await.url.path(),
        "/account"
    );
    let events = broker.events().await;
    for kind in ["account.merged", "merge.undone"] {
        assert!(events.contains(&kind.to_owned()), "{events:?}");
    }
}

/// An account that took another one in became part of a third: the first merge can still be undone by itself.
#[tokio::test]
async fn a_merge_can_be_undone_while_a_later_one_stands() {
    let broker = town().await;
    let subs = [STATE, BANK, ("box", "jana")];
    let mut before = Vec::new();
    for door in subs {
        before.push(sub_at(&broker, "portal", door).await);
    }
    let ids = super::contacts::accounts(&broker).await;
    let mut tx = broker.db.begin().await.unwrap();
    for (survivor, merged, ago) in [(ids[1], ids[2], 2), (ids[0], ids[1], 1)] {
        let now = broker.clock.now() - chrono::Duration::minutes(ago);
        let merged = idp::identity::merge(&broker.broker, &mut tx, survivor, merged, None, now);
        assert!(merged.await.unwrap().is_some());
    }
    tx.commit().await.unwrap();
    let mut browser = at_account(&broker, STATE).await;
    let page = browser.open(&broker.at("/account")).await;
    let links = page.texts_of("a[href^='/account/merges/']");
    assert_eq!(links.len(), 2, "{}", page.text());

    let page = browser.follow(page.link("Rozdělit")).await;
    let page = browser.submit(&page, "part-submit", &[]).await;

    assert_eq!(page.url.path(), "/account/parted", "{}", page.text());
    assert_eq!(sub_at(&broker, "portal", ("box", "jana")).await, before[2]);
    let [state, bank] = [STATE, BANK].map(|door| seen_by(&broker, "portal", door));
    assert_eq!(state.await["sub"], before[0]);
    assert_eq!(bank.await["sub"], before[0]);
    // And the other one after it, by the best way in.
    let mut browser = at_account(&broker, BANK).await;
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.follow(page.link("Rozdělit")).await;
    let page = browser.submit(&page, "part-submit", &[]).await;
    let page = through(&broker, &mut browser, &page, STATE).await;
    browser.submit(&page, "part-submit", &[]).await;
    for (door, sub) in subs.into_iter().zip(before) {
        assert_eq!(sub_at(&broker, "portal", door).await, sub);
    }
}

#[tokio::test]
async fn a_merge_stands_after_its_time_and_the_former_sub_is_told_no_longer() {
    let broker = town().await;
    sub_at(&broker, "portal", STATE).await;
    sub_at(&broker, "portal", BANK).await;
    let mut browser = at_account(&broker, STATE).await;
    let page = proved(&broker, &mut browser, BANK).await;
    browser.submit(&page, "merge-submit", &[]).await;
    let page = browser.open(&broker.at("/account")).await;
    let merge = page.link("Rozdělit účty");

    broker.hand.advance(chrono::Duration::days(91));

    let mut browser = at_account(&broker, STATE).await;
    let page = browser.open(merge.as_str()).await;
    assert_eq!((page.status, error_code(&page).as_str()), (409, "LNK-107"));
    let seen = seen_by(&broker, "portal", BANK).await;
    assert_eq!(seen["previous_sub"], Value::Null);
}

#[tokio::test]
async fn two_hundred_parallel_confirmations_make_one_link_and_one_event() {
    let broker = town().await;
    let mut browser = at_account(&broker, STATE).await;
    let page = proved(&broker, &mut browser, BANK).await;
    let (form, _) = page.form_with("link-submit");
    let before = broker.events().await;

    let answers = join_all((0..200).map(|_| {
        let (mut browser, form) = (browser.clone(), form.clone());
        async move {
            browser
                .request("POST", form.action, Some(form.fields))
                .await
        }
    }))
    .await;

    assert_eq!(broker.rows("upstream_link").await, 2);
    assert_eq!(broker.events_since(&before).await, ["link.added"]);
    let mut targets: Vec<_> = answers.iter().map(Page::redirect).collect();
    targets.dedup();
    assert_eq!(targets.len(), 1, "{targets:?}");
}

/// Each of two accounts is about to take the other one in, at the same moment: one of them does, and nobody waits for ever.
#[tokio::test]
async fn of_opposite_merges_at_once_one_happens() {
    for _ in 0..3 {
        let broker = town().await;
        let mut pages = Vec::new();
        for (here, there) in [(STATE, BANK), (BANK, STATE)] {
            seen_by(&broker, "portal", there).await;
            let mut browser = at_account(&broker, here).await;
            let page = proved(&broker, &mut browser, there).await;
            page.form_with("merge-submit");
            pages.push((browser, page));
        }

        let answers = pages.into_iter().map(|(mut browser, page)| {
            tokio::spawn(async move {
                let page = browser.submit(&page, "merge-submit", &[]).await;
                (page.status, page.text())
            })
        });
        let answers = join_all(answers).await;

        for answer in answers {
            let (status, text) = answer.unwrap();
            assert!(status < 500, "{status} {text}");
        }
        let events = broker.events().await;
        let merged = events.iter().filter(|kind| *kind == "account.merged");
        assert_eq!(merged.count(), 1, "{events:?}");
    }
}
