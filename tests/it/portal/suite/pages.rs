//! What people read.

use super::start;
use serde_json::json;
use tests::browser::Browser;

#[tokio::test]
async fn the_home_page_says_what_this_is_and_how_to_get_in() {
    let portal = start().await;
    for (language, button) in [
        ("cs", "Přihlásit se"),
        ("en", "Sign in"),
        ("de", "Anmelden"),
    ] {
        let mut browser = Browser::new().speaking(language);
        let page = browser.open(&portal.at("/")).await;

        assert_eq!(page.status, 200);
        assert!(page.heading().contains("Vzorov"), "{}", page.heading());
        assert_eq!(page.link(button).path(), "/prihlaseni", "{language}");
    }
}

#[tokio::test]
async fn every_fact_has_its_source_level_and_date() {
    let portal = start().await;

    let (_, page) = portal.signed_in().await;

    let facts = page.texts_of("dl.summary > div");
    assert!(facts[0].contains("Jana Dvořáková"), "{facts:?}");
    for words in ["Identita občana", "12. 3. 2026", "Ověřeno státem"] {
        assert!(
            facts[0].replace('\u{a0}', " ").contains(words),
            "{words}: {facts:?}"
        );
    }
    assert!(
        facts
            .iter()
            .any(|fact| fact.contains("14. 5. 1984") || fact.contains("14.\u{a0}5.\u{a0}1984")),
        "{facts:?}"
    );
    assert!(
        facts
            .iter()
            .any(|fact| fact.contains("jana@posta.example") && fact.contains("ověřený kódem")),
        "{facts:?}"
    );
    assert!(
        facts
            .iter()
            .any(|fact| fact.contains("+420601000417") && fact.contains("zatím neověřený")),
        "{facts:?}"
    );
    assert!(
        !facts.iter().any(|fact| fact.contains("Městská identita")),
        "{facts:?}"
    );
    assert_eq!(
        page.text_of("#identity-level").as_deref(),
        Some("Ověřeno státem")
    );
}

#[tokio::test]
async fn what_nobody_vouches_for_tells_through_whom_and_when_it_came() {
    let portal = start().await;
    {
        let mut world = portal.provider.world();
        world.claims["provenance"] = json!({
            "email": {"provider": "bank_id", "time": "2026-03-11T08:00:00Z"},
            "phone_number": {"provider": "nia", "time": "2026-03-12T08:00:00Z"},
        });
    }
    for (language, email, phone) in [
        (
            "cs",
            "ověřený údaj · bankovní identita · 11. 3. 2026",
            "váš údaj · zatím neověřený · Identita občana · 12. 3. 2026",
        ),
        (
            "en",
            "verified · bank identity · 11 March 2026",
            "your own · not proven yet · Citizen Identity · 12 March 2026",
        ),
        (
            "de",
            "bestätigt · Bankidentität · 11. März 2026",
            "Ihre Angabe · noch nicht bestätigt · Bürgeridentität · 12. März 2026",
        ),
    ] {
        let mut browser = Browser::new().speaking(language);

        let page = portal.sign_in(&mut browser).await;

        let facts = page.texts_of("dl.summary > div");
        for (value, source) in [("jana@posta.example", email), ("+420601000417", phone)] {
            let fact = facts.iter().find(|fact| fact.contains(value)).unwrap();
            assert!(
                fact.replace('\u{a0}', " ").contains(source),
                "{source}: {fact}"
            );
        }
    }
}

#[tokio::test]
async fn below_the_states_level_a_way_up_is_offered() {
    let portal = start().await;
    {
        let mut world = portal.provider.world();
        world.claims =
            json!({"name": "Jana", "identity_level": "contact", "login_provider": "local"});
        world.acr = Some("urn:city-identity:acr:contact:single".to_owned());
    }
    let (mut browser, page) = portal.signed_in().await;
    assert_eq!(
        page.text_of("#identity-level").as_deref(),
        Some("Ověřený kontakt")
    );

    portal.provider.world().acr = Some("http://eidas.europa.eu/LoA/substantial".to_owned());
    portal.provider.world().claims["identity_level"] = json!("state");
    let page = browser.follow(page.link("Ověřit Identitou občana")).await;

    assert_eq!(
        page.text_of("#identity-level").as_deref(),
        Some("Ověřeno státem")
    );
}

#[tokio::test]
async fn a_person_without_facts_gets_a_page_too() {
    let portal = start().await;
    portal.provider.world().claims = json!({});

    let (_, page) = portal.signed_in().await;

    assert!(page.text().contains("Žádný údaj"), "{}", page.text());
    assert!(page.text().contains("Můj účet"));
}

#[tokio::test]
async fn the_language_can_be_switched_on_every_page() {
    let portal = start().await;
    let (mut browser, page) = portal.signed_in().await;

    let english = browser.follow(page.link("EN")).await;
    let still = browser.open(&portal.at("/prihlasena-zarizeni")).await;

    assert_eq!(
        (english.url.path(), english.heading().as_str()),
        ("/moje-identita", "My identity")
    );
    assert_eq!(still.heading(), "Signed-in devices");
}

#[tokio::test]
async fn pages_obey_the_strict_policy() {
    let portal = start().await;
    let (mut browser, _) = portal.signed_in().await;
    for path in [
        "/",
        "/moje-identita",
        "/prihlasena-zarizeni",
        "/odhlaseni/hotovo",
        "/nic",
    ] {
        let page = browser
            .request("GET", portal.url.join(path).unwrap(), None)
            .await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();

        for rule in [
            "default-src 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "script-src 'none'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert_eq!(page.headers["x-content-type-options"], "nosniff", "{path}");
        assert!(
            !page.body.contains("<script") && !page.body.contains(" style="),
            "{path}"
        );
        assert!(
            !page.body.contains(" onclick=") && !page.body.contains("javascript:"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn no_text_is_missing_in_any_language() {
    let portal = start().await;
    for language in ["cs", "en", "de"] {
        let mut browser = Browser::new().speaking(language);
        let identity = portal.sign_in(&mut browser).await;
        portal.signed_in().await;
        let mut pages = vec![identity.clone()];
        for path in [
            "/",
            "/prihlasena-zarizeni?ukonceno=ano",
            "/odhlaseni/hotovo?jen=portal",
            "/nic",
        ] {
            pages.push(
                browser
                    .request("GET", portal.url.join(path).unwrap(), None)
                    .await,
            );
        }
        let (form, _) = identity.form_with("");
        pages.push(
            browser
                .request("POST", form.action, Some(form.fields))
                .await,
        );

        for page in pages {
            let text = page.text();
            let missing = text.split_whitespace().find(|word| {
                [
                    "home-",
                    "identity-",
                    "devices-",
                    "done-",
                    "leaving-",
                    "level-",
                    "fact-",
                    "source-",
                    "provider-",
                    "nav-",
                    "way-",
                    "err-",
                ]
                .iter()
                .any(|prefix| word.starts_with(prefix) && word.is_ascii())
            });
            assert_eq!(missing, None, "{language} {}", page.url);
        }
    }
}

/// What the broker tells by name alone, where a town approved the portal for it.
#[tokio::test]
async fn what_banks_know_of_a_person_is_shown_in_words_of_each_language() {
    for (language, words) in [
        (
            "cs",
            [
                "Titul před jménem Ing.",
                "Rodinný stav v manželství",
                "Zletilost ano",
                "Omezená svéprávnost ne",
                "Státní občanství Slovensko",
            ],
        ),
        (
            "en",
            [
                "Title before the name Ing.",
                "Marital status married",
                "Of age yes",
                "Limited legal capacity no",
                "Nationality Slovakia",
            ],
        ),
        (
            "de",
            [
                "Titel vor dem Namen Ing.",
                "Familienstand verheiratet",
                "Volljährigkeit ja",
                "Eingeschränkte Geschäftsfähigkeit nein",
                "Staatsangehörigkeit Slowakei",
            ],
        ),
    ] {
        let portal = start().await;
        for (claim, told) in [
            ("title_prefix", json!("Ing.")),
            ("maritalstatus", json!("MARRIED")),
            ("majority", json!(true)),
            ("limited_legal_capacity", json!(false)),
            ("nationalities", json!(["SK"])),
        ] {
            portal.provider.world().claims[claim] = told;
        }
        let mut browser = Browser::new().speaking(language);

        let page = portal.sign_in(&mut browser).await;

        let asked = portal.provider.last_authorization();
        assert!(asked["claims"].contains("maritalstatus"), "{asked:?}");
        // Between a name and its value there is no blank, but a line on the screen.
        let facts = page.texts_of("dl.summary > div").join("\n");
        let facts = facts.replace(' ', "");
        for words in words {
            assert!(facts.contains(&words.replace(' ', "")), "{words}: {facts}");
        }
    }
}

#[tokio::test]
async fn an_unknown_address_gets_our_page() {
    let portal = start().await;

    let page = Browser::new().open(&portal.at("/prehled")).await;

    assert_eq!(page.status, 404);
    assert!(page.text().contains("WEB-404"));
}
