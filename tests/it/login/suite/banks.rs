//! Choosing one's bank on our own page, before leaving for Bank iD.

use serde_json::{Value, json};
use store::on;
use tests::bank_id::{FakeBankId, KRUMLOVSKA, VLTAVSKA};

use super::*;

const WAY_COOKIE: &str = "__Host-city-idp-way";

async fn with_bank_id() -> (TestBroker, FakeBankId) {
    let bank = FakeBankId::start().await;
    let broker = configured(json!({ "provider": { "bank_id": bank.entry() } })).await;
    (broker, bank)
}

/// The names of the banks that a page offers.
fn banks(page: &Page) -> Vec<String> {
    page.texts_of(".place")
}

/// The bank of each authorization request so far.
fn asked(bank: &FakeBankId) -> Vec<Option<String>> {
    let world = bank.world();
    world
        .asked
        .iter()
        .map(|asked| asked.get("bank_id").cloned())
        .collect()
}

#[tokio::test]
async fn the_bank_chosen_on_our_page_is_told_to_bank_id_and_stands_first_next_time() {
    let (broker, bank) = with_bank_id().await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    assert_eq!(banks(&page), [VLTAVSKA.1, KRUMLOVSKA.1]);
    assert!(page.texts_of("#place-known-bank_id").is_empty());

    let client = browser.submit(&page, KRUMLOVSKA.1, &[]).await;

    assert!(arrived(&client, "portal"), "{}", client.text());
    assert_eq!(asked(&bank), [Some(KRUMLOVSKA.0.to_owned())]);
    let remembered = format!("bank_id:{}", KRUMLOVSKA.0);
    let kept = browser.cookie("localhost", WAY_COOKIE);
    assert_eq!(kept, Some(remembered.as_str()));
    let page = browser
        .open(&broker.authorize("portal", &[("prompt", "login")]))
        .await;
    assert_eq!(page.texts_of(".provider > button")[0], "Bankovní identita");
    assert_eq!(page.texts_of("#place-known-bank_id"), [KRUMLOVSKA.1]);
    assert_eq!(banks(&page), [KRUMLOVSKA.1, VLTAVSKA.1]);

    let page = browser.submit(&page, "login-forget", &[]).await;
    assert!(page.texts_of("#place-known-bank_id").is_empty());
    assert_eq!(browser.cookie("localhost", WAY_COOKIE), None);
}

#[tokio::test]
async fn without_choosing_a_bank_bank_id_asks_itself() {
    let (broker, bank) = with_bank_id().await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &[])).await;

    let client = browser.submit(&page, "provider-bank_id", &[]).await;

    assert!(arrived(&client, "portal"), "{}", client.text());
    assert_eq!(asked(&bank), [None]);
    assert_eq!(browser.cookie("localhost", WAY_COOKIE), Some("bank_id"));
}

#[tokio::test]
async fn a_bank_that_is_not_offered_is_refused_with_a_word_and_nobody_leaves() {
    let (broker, bank) = with_bank_id().await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let before = broker.events().await;
    let unknown = [
        "bank_id:f2a0b6d4-0000-4000-8000-000000000002",
        "bank_id:",
        "bank_id:<script>",
        "demo:anything",
    ];
    for branch in unknown {
        let forged = [("branch", branch)];
        let page = browser.submit(&page, "provider-bank_id", &forged).await;

        assert_eq!(page.heading(), "Jak se chcete přihlásit?");
        assert!(
            page.text().contains("Tuto banku teď nabídnout nemůžeme"),
            "{branch}: {}",
            page.text()
        );
        assert_eq!(banks(&page), [VLTAVSKA.1, KRUMLOVSKA.1]);
    }
    let forged = [("branch", "gone:x")];
    let strange = browser.submit(&page, "provider-bank_id", &forged).await;
    assert_eq!(strange.status, 400, "{}", strange.text());

    assert!(bank.world().asked.is_empty());
    assert_eq!(
        broker.events_since(&before).await,
        [
            "login.refused.branch-gone",
            "login.refused.branch-gone",
            "login.refused.branch-gone",
            "login.refused.branch-gone",
            "login.refused.provider-disabled",
        ]
    );
}

#[tokio::test]
async fn a_bank_that_left_is_not_remembered_while_bank_id_is() {
    let (broker, bank) = with_bank_id().await;
    let mut browser = Browser::new();
    browser.set_cookie("localhost", WAY_COOKIE, "bank_id:gone");

    let page = browser.open(&broker.authorize("portal", &[])).await;

    assert_eq!(page.texts_of(".provider > button")[0], "Bankovní identita");
    assert!(page.texts_of("#place-known-bank_id").is_empty());
    assert_eq!(banks(&page), [VLTAVSKA.1, KRUMLOVSKA.1]);
    drop(bank);
}

#[tokio::test]
async fn a_list_that_fails_hides_nothing_but_itself_and_the_last_good_one_stays() {
    let (mut broker, bank) = with_bank_id().await;
    let mut browser = Browser::new();
    browser.open(&broker.authorize("portal", &[])).await;
    bank.world().list_status = 500;

    broker.hand.advance(chrono::Duration::hours(25));
    let page = browser.open(&broker.authorize("portal", &[])).await;
    assert_eq!(
        banks(&page),
        [VLTAVSKA.1, KRUMLOVSKA.1],
        "the last good one"
    );

    // Kept aside, behind the page that fetched it.
    while broker.rows("last_good").await == 0 {
        tokio::task::yield_now().await;
    }
    broker.restart(json!({})).await;
    bank.world().now = broker.clock.now();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    assert_eq!(banks(&page), [VLTAVSKA.1, KRUMLOVSKA.1], "after a restart");

    let mut tx = broker.db.begin().await.unwrap();
    on!(&mut tx, db => sqlx::query("delete from last_good").execute(db).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
    broker.restart(json!({})).await;
    bank.world().now = broker.clock.now();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    assert_eq!(banks(&page), [""; 0]);
    let client = browser.submit(&page, "provider-bank_id", &[]).await;
    assert!(arrived(&client, "portal"), "{}", client.text());
}

#[tokio::test]
async fn the_bank_is_chosen_too_where_a_way_in_is_added_and_where_more_is_needed() {
    let (broker, bank) = with_bank_id().await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("strict", &[])).await;
    let page = browser.submit(&page, "provider-demo", &[]).await;
    let client = broker.sign_in(&mut browser, &page, JANA).await;
    assert!(arrived(&client, "strict"), "{}", client.text());

    let page = browser.open(&broker.at("/account/link")).await;
    assert_eq!(banks(&page), [VLTAVSKA.1, KRUMLOVSKA.1]);
    let page = browser.submit(&page, VLTAVSKA.1, &[]).await;

    assert_eq!(page.heading(), "Jména se liší");
    assert_eq!(asked(&bank), [Some(VLTAVSKA.0.to_owned())]);
}

#[tokio::test]
async fn a_page_that_asks_for_more_offers_banks_and_forgets_like_the_choice() {
    let (broker, _bank) = with_bank_id().await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let page = browser.submit(&page, "provider-demo", &[]).await;
    broker.sign_in(&mut browser, &page, PETR).await;
    let known = format!("bank_id:{}", VLTAVSKA.0);
    browser.set_cookie("localhost", WAY_COOKIE, &known);

    let page = browser.open(&broker.authorize("strict", &[])).await;

    assert_eq!(page.heading(), "Potřebujeme vás lépe ověřit");
    assert!(page.text().contains("Naposledy jste použili"));
    assert_eq!(page.texts_of("#place-known-bank_id"), [VLTAVSKA.1]);
    let page = browser.submit(&page, "login-forget", &[]).await;
    assert_eq!(page.heading(), "Potřebujeme vás lépe ověřit");
    assert_eq!(browser.cookie("localhost", WAY_COOKIE), None);
    assert!(page.texts_of("#login-forget").is_empty());
    assert!(!page.text().contains("Naposledy jste použili"));
}

#[tokio::test]
async fn the_banks_stand_under_words_of_three_languages() {
    let (broker, _bank) = with_bank_id().await;
    for (language, choose) in [
        ("cs", "Vybrat rovnou banku"),
        ("en", "Choose your bank right away"),
        ("de", "Gleich die Bank wählen"),
    ] {
        let mut browser = Browser::new().speaking(language);
        let page = browser.open(&broker.authorize("portal", &[])).await;

        assert_eq!(page.texts_of("#places-bank_id"), [choose]);
        assert_eq!(banks(&page), [VLTAVSKA.1, KRUMLOVSKA.1]);
    }
}

#[tokio::test]
async fn a_bank_is_not_asked_for_a_claim_that_the_client_is_not_approved_for() {
    let bank = FakeBankId::start().await;
    let broker = configured(json!({
        "provider": { "bank_id": bank.entry() },
        "client": {
            "parking": { "scopes": ["openid", "profile", "email"] },
            "library": { "scopes": ["openid", "profile"], "claims": ["phone_number"] },
        },
    }))
    .await;
    let claims = json!({
        "userinfo": { "phone_number": null, "address": { "essential": true }, "residence": null },
        "id_token": { "email": null },
    })
    .to_string();
    for (client, asked) in [
        // By a scope that it may ask for, though it did not.
        ("parking", "profile.email"),
        // By name.
        ("library", "profile.phonenumber"),
    ] {
        let mut browser = Browser::new();
        let page = browser
            .open(&broker.authorize(client, &[("claims", &claims)]))
            .await;
        browser.submit(&page, "provider-bank_id", &[]).await;

        let scope = bank.world().asked.last().unwrap()["scope"].clone();
        // Names and the date of birth always: ADR 12.
        let scopes: Vec<&str> = scope.split(' ').collect();
        let always = ["openid", "profile.name", "profile.birthdate"];
        let notices = ["notification.claims_updated"];
        assert_eq!(
            scopes,
            [&always[..], &[asked], &notices].concat(),
            "{client}"
        );
    }
}

/// Two people with one name and one date of birth, whom only their bank tells apart. Another bank may have the same person.
#[tokio::test]
async fn atk_b13_a_second_subject_of_one_bank_is_an_officers_matter_and_one_of_another_bank_is_not()
{
    let bank = FakeBankId::start().await;
    let broker = configured(json!({ "provider": {
        "demo": { "account": { "zofie": {
            "password": "heslo", "given_name": "ŽOFIE", "family_name": "ŘEHOŘOVÁ", "birth_date": "1985-04-12",
        } } },
        "bank_id": bank.entry(),
    } }))
    .await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.submit(&page, "provider-demo", &[]).await;
    broker
        .sign_in(&mut browser, &page, ("zofie", "heslo"))
        .await;
    let prove = async |browser: &mut Browser| {
        let page = browser.open(&broker.at("/account/link")).await;
        browser.submit(&page, "link-bank_id", &[]).await
    };
    let page = prove(&mut browser).await;
    let page = browser.submit(&page, "link-submit", &[]).await;
    assert_eq!(page.query("done").as_deref(), Some("linked"));

    bank.comes("jmenovkyne", &[]);
    let page = prove(&mut browser).await;

    assert_eq!(page.heading(), "Táž banka vás tu vede pod jiným označením");
    assert_eq!(broker.rows("upstream_link").await, 2);
    let events = broker.events().await;
    let refused = "link.refused.second-subject".to_owned();
    assert!(events.contains(&refused), "{events:?}");
    assert_eq!(broker.rows("conflict").await, 1);

    bank.comes("zofie-jinde", &[]);
    bank.world().id_token["bank_id"] = json!(KRUMLOVSKA.0);
    let page = prove(&mut browser).await;
    let page = browser.submit(&page, "link-submit", &[]).await;
    assert_eq!(
        page.query("done").as_deref(),
        Some("linked"),
        "{}",
        page.text()
    );
    // A login remembers its bank, too: the namesake's at this other bank is refused from now on.
    bank.comes("jmenovkyne-jinde", &[]);
    bank.world().id_token["bank_id"] = json!(KRUMLOVSKA.0);
    let page = prove(&mut browser).await;
    assert_eq!(page.heading(), "Táž banka vás tu vede pod jiným označením");
}

const SVG: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><rect width="120" height="40"/></svg>"#;

/// Bank iD with a logo for each bank, and a broker that has looked for them once.
async fn with_logos(
    pictures: [(&'static str, Vec<u8>); 2],
    more: Value,
) -> (TestBroker, FakeBankId) {
    let bank = FakeBankId::start().await;
    {
        let mut world = bank.world();
        for ((id, _), (name, (kind, body))) in [VLTAVSKA, KRUMLOVSKA]
            .into_iter()
            .zip(["v", "k"].into_iter().zip(pictures))
        {
            world
                .logos
                .insert(id, format!("{}logo/{name}", bank.issuer));
            world.pictures.insert(name, (kind, body));
        }
    }
    let mut entry = bank.entry();
    tests::broker::merge(&mut entry, more);
    let broker = configured(json!({ "provider": { "bank_id": entry } })).await;
    (broker, bank)
}

/// The addresses of the logos on a page.
fn logos(page: &Page) -> Vec<String> {
    page.attributes_of(".place img", "src")
}

/// The choice as soon as it shows so many logos: they are fetched aside.
async fn choice_with(broker: &TestBroker, count: usize) -> Page {
    for _ in 0..2_000 {
        let page = Browser::new().open(&broker.authorize("portal", &[])).await;
        if logos(&page).len() == count {
            return page;
        }
    }
    panic!("the logos do not come");
}

/// Until the broker has asked for so many logos.
async fn drawn(bank: &FakeBankId, count: usize) {
    for _ in 0..100_000 {
        if bank.world().drawn.len() >= count {
            return;
        }
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
    panic!("{:?}", bank.world().drawn);
}

#[tokio::test]
async fn logos_stand_beside_names_and_come_from_our_own_site_as_pictures_that_can_run_nothing() {
    let png = b"\x89PNG\r\n\x1a\nno more is read".to_vec();
    let pictures = [("text/html", SVG.into()), ("image/svg+xml", png.clone())];
    let (broker, bank) = with_logos(pictures, json!({})).await;

    let first = Browser::new().open(&broker.authorize("portal", &[])).await;
    assert_eq!(
        banks(&first),
        [VLTAVSKA.1, KRUMLOVSKA.1],
        "no page waits for them"
    );
    let page = choice_with(&broker, 2).await;

    assert_eq!(banks(&page), [VLTAVSKA.1, KRUMLOVSKA.1]);
    assert_eq!(page.attributes_of(".place img", "alt"), ["", ""]);
    // What it is, its octets say, and not its source.
    for (address, kind, body) in logos(&page)
        .iter()
        .zip(["image/svg+xml", "image/png"])
        .zip([SVG.as_bytes(), &png])
        .map(|((a, k), b)| (a, k, b))
    {
        assert!(address.starts_with("/upstream/bank_id/logo/"), "{address}");
        let answer = reqwest::get(broker.at(address)).await.unwrap();
        assert_eq!(answer.status(), 200);
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), kind);
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "public, max-age=86400");
        assert!(header("content-security-policy").starts_with("sandbox; default-src 'none';"));
        assert!(answer.headers().get("set-cookie").is_none());
        assert_eq!(answer.bytes().await.unwrap(), body);
    }
    assert_eq!(bank.world().drawn, ["v", "k"], "once for everybody");
}

#[tokio::test]
async fn what_is_no_picture_too_large_or_elsewhere_is_not_shown_and_the_name_stands_alone() {
    let active = SVG.replace("<rect", "<script>alert(1)</script><rect");
    let large = format!("{SVG}{}", " ".repeat(64 * 1024)).into_bytes();
    for pictures in [
        [("image/svg+xml", active.into()), ("image/svg+xml", large)],
        [
            ("image/png", b"<!doctype html>".to_vec()),
            ("image/png", Vec::new()),
        ],
    ] {
        let (broker, bank) = with_logos(pictures, json!({})).await;
        let page = Browser::new().open(&broker.authorize("portal", &[])).await;
        drawn(&bank, 2).await;
        let again = Browser::new().open(&broker.authorize("portal", &[])).await;

        for page in [page, again] {
            assert_eq!(banks(&page), [VLTAVSKA.1, KRUMLOVSKA.1]);
            assert!(logos(&page).is_empty());
        }
        let address = format!("/upstream/bank_id/logo/{}", VLTAVSKA.0);
        let answer = reqwest::get(broker.at(&address)).await.unwrap();
        assert_eq!(answer.status(), 404);
        assert_eq!(
            bank.world().drawn.len(),
            2,
            "a logo that failed is left alone"
        );
    }

    // Only the origins that the operator names are asked.
    let pictures = || [("image/svg+xml", SVG.into()), ("image/svg+xml", SVG.into())];
    let named = json!({ "logo_origins": ["https://loga.example"] });
    let (broker, bank) = with_logos(pictures(), named).await;
    let page = Browser::new().open(&broker.authorize("portal", &[])).await;
    assert_eq!(banks(&page), [VLTAVSKA.1, KRUMLOVSKA.1]);
    for id in [
        VLTAVSKA.0,
        "unknown",
        "7fd8a1d5-6d3c-4a1f-9b66-0c0f4e9a2b99",
    ] {
        let answer = reqwest::get(broker.at(&format!("/upstream/bank_id/logo/{id}"))).await;
        assert_eq!(answer.unwrap().status(), 404);
    }
    assert!(bank.world().drawn.is_empty());
}

#[tokio::test]
async fn a_logo_at_hand_stays_while_its_source_fails_and_another_process_and_the_next_start_have_it()
 {
    let pictures = [("image/svg+xml", SVG.into()), ("image/svg+xml", SVG.into())];
    let (mut broker, bank) = with_logos(pictures, json!({})).await;
    let page = choice_with(&broker, 2).await;
    let address = logos(&page).remove(0);
    let replica = broker.replica().await;
    let there = reqwest::get(replica.join(&address).unwrap()).await.unwrap();
    assert_eq!(
        there.status(),
        200,
        "its list and its logo are fetched there"
    );
    let asked = bank.world().drawn.len();
    while broker.rows("last_good").await < 3 {
        tokio::task::yield_now().await;
    }

    bank.world().pictures.clear();
    broker.hand.advance(chrono::Duration::hours(25));
    let page = choice_with(&broker, 2).await;
    drawn(&bank, asked + 2).await;
    assert_eq!(logos(&page)[0], address);
    broker.restart(json!({})).await;

    let kept = reqwest::get(broker.at(&address)).await.unwrap();
    assert_eq!(kept.status(), 200);
    assert_eq!(kept.text().await.unwrap(), SVG);
}
