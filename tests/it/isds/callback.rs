//! Who leaves for ISDS and who comes back, and which of them ISDS is asked about (cases A and B of its reference, 11).

use chrono::Duration;
use futures_util::future::join;
use serde_json::json;
use tests::broker::{Ground, claims_of};
use tests::browser::Browser;
use tests::lines::Lines;

use super::nginx::{Door, Nginx};
use super::{
    GROUNDS, SESSION, answer, back, broker_at, broker_with, code, exchanges, exchanges_once, leave,
};

#[tokio::test]
async fn isds_b01_a_holder_is_logged_in_and_a_client_hears_the_level() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "strict").await;
        nginx.answers(&answer("holder", &number));

        let page = browser.open(&back(&broker, &number)).await;

        let tokens = broker.redeem("strict", &code(&page)).await;
        let claims = claims_of(tokens["id_token"].as_str().unwrap());
        assert_eq!(claims["acr"], "urn:city-identity:acr:town:single");
        assert_eq!(broker.counts().await, [1, 1, 1, 1]);
        assert_eq!(broker.rows("provider_attribute").await, 21);
    }
}

#[tokio::test]
async fn isds_b02_a_browser_without_our_cookie_is_refused_and_nobody_is_asked() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "portal").await;
        nginx.answers(&answer("holder", &number));
        let asked = exchanges(&nginx);

        let page = Browser::new().open(&back(&broker, &number)).await;

        assert_eq!(page.status, 403, "{}", page.text());
        assert_eq!(exchanges(&nginx), asked);
        assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn isds_b03_an_answer_in_another_browser_is_nobodys_login() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let (mut browser, mut stranger) = (Browser::new(), Browser::new());
        let number = leave(&broker, &mut browser, "portal").await;
        nginx.answers(&answer("holder", &number));

        let asked = exchanges(&nginx);

        let page = stranger.open(&back(&broker, &number)).await;

        assert_eq!(page.status, 403, "{}", page.text());
        assert_eq!(exchanges(&nginx), asked);
        assert_eq!(broker.counts().await, [0, 0, 0, 0]);

        // The login of the browser that left is as it was.
        let page = browser.open(&back(&broker, &number)).await;
        assert!(page.query("code").is_some(), "{}", page.text());
        assert_eq!(exchanges_once(&nginx, asked + 1).await, asked + 1);
    }
}

/// The reference, 6.3 step 3 and Q5: where the town allows it, a browser that comes back without the number belongs to the only
/// login that it has under way, and to none where there are several.
#[tokio::test]
async fn isds_b05_without_its_number_a_browser_is_led_to_the_only_login_it_has_under_way() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_with(
            ground,
            &nginx,
            json!({ "without_app_token": "only_departure" }),
        )
        .await;
        let nameless = |number: &str| {
            broker.at(&format!(
                "/upstream/isds/answer?sessionId={number}{SESSION}"
            ))
        };
        let asked = exchanges(&nginx);

        // None.
        let mut stranger = Browser::new();
        let page = stranger.open(&nameless("481516234200000041")).await;
        assert_eq!(page.status, 400, "{}", page.text());

        // Several: two tabs of one browser.
        let mut browser = Browser::new();
        let first = leave(&broker, &mut browser, "portal").await;
        leave(&broker, &mut browser, "portal").await;
        let before = broker.events().await;
        let page = browser.open(&nameless(&first)).await;
        assert_eq!(page.status, 409, "{}", page.text());
        assert_eq!(
            broker.events_since(&before).await,
            ["login.refused.several-under-way"]
        );

        // Another browser's is not this one's.
        let page = stranger.open(&nameless(&first)).await;
        assert_eq!(page.status, 400, "{}", page.text());
        assert_eq!(exchanges(&nginx), asked);
        assert_eq!(broker.counts().await, [0, 0, 0, 0]);

        // One.
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "portal").await;
        nginx.answers(&answer("holder", &number));
        let page = browser.open(&nameless(&number)).await;
        assert!(page.query("code").is_some(), "{}", page.text());
        assert_eq!(exchanges_once(&nginx, asked + 1).await, asked + 1);

        // The same link again leads to where the first one ended, and asks nobody.
        let page = browser.open(&nameless(&number)).await;
        assert!(page.status < 400, "{}", page.text());
        assert_eq!(exchanges(&nginx), asked + 1);
        assert_eq!(broker.counts().await, [1, 1, 1, 1]);

        // A stranger's session slipped to somebody who is about to log in.
        let mut victim = Browser::new();
        let number = leave(&broker, &mut victim, "portal").await;
        nginx.answers(&answer("holder", "481516234200000099"));
        let page = victim.open(&nameless(&number)).await;
        assert_eq!(page.status, 400, "{}", page.text());
        assert_eq!(exchanges_once(&nginx, asked + 2).await, asked + 2);
        assert_eq!(broker.counts().await, [1, 1, 1, 1]);
    }
}

#[tokio::test]
async fn without_its_number_nobody_is_logged_in_unless_the_town_says_so() {
    let nginx = Nginx::start().await;
    let broker = broker_at(Ground::Sqlite, &nginx, Door::Good).await;
    let mut browser = Browser::new();
    let number = leave(&broker, &mut browser, "portal").await;
    nginx.answers(&answer("holder", &number));

    let page = browser
        .open(&broker.at(&format!(
            "/upstream/isds/answer?sessionId={number}{SESSION}"
        )))
        .await;

    assert_eq!(page.status, 400, "{}", page.text());
    assert_eq!(exchanges(&nginx), 0);
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn isds_b07_a_second_arrival_leads_on_and_asks_nobody_again() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "portal").await;
        nginx.answers(&answer("holder", &number));
        let before = exchanges(&nginx);
        browser.open(&back(&broker, &number)).await;
        let asked = exchanges_once(&nginx, before + 1).await;
        nginx.answers(&answer("session-not-found", &number));

        browser.open(&back(&broker, &number)).await;

        assert_eq!(exchanges(&nginx), asked);
        assert_eq!(broker.counts().await, [1, 1, 1, 1]);
        let mut stranger = Browser::new();
        let page = stranger.open(&back(&broker, &number)).await;
        assert_eq!(page.status, 410, "{}", page.text());
        assert_eq!(broker.counts().await, [1, 1, 1, 1]);
    }
}

#[tokio::test]
async fn isds_a01_a_browser_leaves_with_a_number_and_a_cookie_that_only_we_read() {
    let nginx = Nginx::start().await;
    let broker = broker_at(Ground::Sqlite, &nginx, Door::Good).await;
    let mut browser = Browser::new();

    let mut step = browser
        .request(
            "GET",
            broker.authorize("portal", &[]).parse().unwrap(),
            None,
        )
        .await;
    let mut set = Vec::new();
    loop {
        let given = step.headers.get_all("set-cookie").iter();
        set.extend(given.map(|cookie| cookie.to_str().unwrap().to_owned()));
        let Some(next) = step.redirect() else { break };
        step = browser.request("GET", next, None).await;
    }
    let number = super::leave_from(&mut browser, &step, "provider-isds").await;

    assert!((18..=20).contains(&number.len()), "{number}");
    assert!(number.bytes().all(|octet| octet.is_ascii_digit()) && !number.starts_with('0'));
    set.retain(|cookie| cookie.starts_with("__Host-city-idp-browser="));
    assert!(!set.is_empty());
    for cookie in set {
        for flag in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(flag), "{flag} in {cookie}");
        }
    }
}

#[tokio::test]
async fn isds_a02_two_departures_of_one_browser_come_each_to_its_own_end() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut browser = Browser::new();
        let first = leave(&broker, &mut browser, "portal").await;
        let second = leave(&broker, &mut browser, "parking").await;
        assert_ne!(first, second);

        for (number, client) in [(second, "parking"), (first, "portal")] {
            nginx.answers(&answer("holder", &number));
            let page = browser.open(&back(&broker, &number)).await;
            assert_eq!(
                page.url.path(),
                format!("/{client}/callback"),
                "{}",
                page.text()
            );
            assert!(page.query("code").is_some());
        }
        assert_eq!(broker.rows("account").await, 1);
    }
}

/// What has no number here has no departure either: a provider that was taken away meanwhile is none.
#[tokio::test]
async fn isds_a04_without_a_registration_nobody_leaves_and_the_page_has_a_name_for_it() {
    let nginx = Nginx::start().await;
    let mut broker = broker_at(Ground::Sqlite, &nginx, Door::Good).await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    let (form, pressed) = page.form_with("provider-isds");
    let mut fields = form.fields;
    fields.extend(pressed.map(|button| (button.name, button.value)));
    let number = leave(&broker, &mut browser, "portal").await;
    let other = json!({ "kind": "demo", "environment": "sandbox", "account": { "jana": { "password": "heslo" } } });
    broker
        .restart(json!({ "provider": { "isds": null, "other": other } }))
        .await;

    let page = browser.request("POST", form.action, Some(fields)).await;
    let problem = page.texts_of(".bigcode").pop();
    assert_eq!(
        (page.redirect(), problem.as_deref()),
        (None, Some("LOG-114"))
    );

    let page = browser.open(&back(&broker, &number)).await;
    let problem = page.texts_of(".bigcode").pop();
    assert_eq!((page.status, problem.as_deref()), (404, Some("LOG-110")));
    assert_eq!(exchanges(&nginx), 0);
}

/// The town re-ticks attributes in its registration: whether ISDS tells its identifier of the user changes for everybody at once.
#[tokio::test]
async fn a_holder_stays_one_person_whether_or_not_isds_tells_an_identifier() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut subs = std::collections::BTreeSet::new();

        for name in [
            "holder-without-user-id",
            "holder",
            "holder-without-user-id",
            "holder",
        ] {
            let mut browser = Browser::new();
            let number = leave(&broker, &mut browser, "portal").await;
            nginx.answers(&answer(name, &number));
            let page = browser.open(&back(&broker, &number)).await;
            subs.insert(broker.subject_of("portal", &code(&page)).await);
        }

        assert_eq!(subs.len(), 1, "{subs:?}");
        assert_eq!(
            (broker.rows("account").await, broker.rows("conflict").await),
            (1, 0)
        );
    }
}

#[tokio::test]
async fn isds_b08_of_two_callbacks_at_once_one_asks_and_one_session_comes_of_it() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "portal").await;
        nginx.answers(&answer("holder", &number));
        let (asked, address) = (exchanges(&nginx), back(&broker, &number));
        let (mut one, mut other) = (browser.clone(), browser);

        let (first, second) = join(one.open(&address), other.open(&address)).await;

        assert_eq!(exchanges_once(&nginx, asked + 1).await, asked + 1);
        assert_eq!(broker.counts().await, [1, 1, 1, 1]);
        let codes = [first, second].map(|page| page.query("code"));
        assert!(codes.iter().any(Option::is_some), "{codes:?}");
    }
}

#[tokio::test]
async fn isds_b09_a_departure_that_is_too_old_is_refused_and_nobody_is_asked() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "portal").await;
        nginx.answers(&answer("holder", &number));
        let asked = exchanges(&nginx);
        broker.hand.advance(Duration::minutes(16));

        let page = browser.open(&back(&broker, &number)).await;

        assert_eq!(page.status, 410, "{}", page.text());
        assert_eq!(exchanges(&nginx), asked);
        assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn isds_b13_only_a_get_at_the_very_address_is_an_answer() {
    let nginx = Nginx::start().await;
    let broker = broker_at(Ground::Sqlite, &nginx, Door::Good).await;
    let mut browser = Browser::new();
    let number = leave(&broker, &mut browser, "portal").await;
    nginx.answers(&answer("holder", &number));
    let address: url::Url = back(&broker, &number).parse().unwrap();
    let deeper = address.as_str().replace("/answer?", "/answer/more?");
    let beside = address.as_str().replace("/answer?", "/answers?");

    for (method, url, status) in [
        ("HEAD", address.as_str(), 405),
        ("PUT", address.as_str(), 405),
        ("POST", address.as_str(), 405),
        ("GET", deeper.as_str(), 404),
        ("GET", beside.as_str(), 404),
    ] {
        let fields = (method == "POST").then(|| {
            vec![
                ("sessionId".to_owned(), format!("{number}{SESSION}")),
                ("appToken".to_owned(), number.clone()),
            ]
        });
        let page = browser.request(method, url.parse().unwrap(), fields).await;
        assert_eq!(page.status, status, "{method} {url}");
    }
    assert_eq!(exchanges(&nginx), 0);
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    let page = browser.open(address.as_str()).await;
    assert!(page.query("code").is_some(), "{}", page.text());
}

#[tokio::test]
async fn isds_b14_what_answers_a_callback_is_kept_nowhere_and_leads_away_from_its_secrets() {
    let nginx = Nginx::start().await;
    let broker = broker_at(Ground::Sqlite, &nginx, Door::Good).await;
    let mut browser = Browser::new();
    let number = leave(&broker, &mut browser, "portal").await;
    nginx.answers(&answer("holder", &number));

    let mut step = browser
        .request("GET", back(&broker, &number).parse().unwrap(), None)
        .await;

    assert_eq!(step.headers["referrer-policy"], "no-referrer");
    loop {
        assert_eq!(step.headers["cache-control"], "no-store", "{}", step.url);
        let next = step.redirect().unwrap();
        assert!(!next.as_str().contains("sessionId") && !next.as_str().contains(SESSION));
        if next.path() == "/portal/callback" {
            break;
        }
        step = browser.request("GET", next, None).await;
    }
}

#[tokio::test]
async fn isds_b15_no_line_of_the_log_holds_what_opens_a_session_at_isds() {
    let nginx = Nginx::start().await;
    let lines = Lines::default();
    // While there is one listener alone, what another test's thread passes first is taken for unheard by all.
    let nobody = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(lines.clone())
        .finish();
    // The broker's tasks run on this thread.
    let quiet = tracing::subscriber::set_default(subscriber);
    let broker = broker_at(Ground::Sqlite, &nginx, Door::Good).await;
    let mut browser = Browser::new();
    let number = leave(&broker, &mut browser, "portal").await;
    for name in [
        "session-not-found",
        "system-error",
        "app-token-of-another",
        "holder",
    ] {
        nginx.answers(&answer(name, &number));
        browser.open(&back(&broker, &number)).await;
    }
    drop((quiet, nobody));

    let told = lines.text();
    assert!(
        told.contains("/upstream/{provider}/answer") || told.contains("upstream.answer"),
        "{told}"
    );
    let ours: Vec<&str> = told
        .lines()
        // What the HTTP library says of its own when everything is asked of it, no operator switches on.
        .filter(|line| {
            ["idp", "web", "federation", "outbound", "store"]
                .iter()
                .any(|of| line.contains(&format!(" {of}::")))
        })
        .collect();
    assert!(!ours.is_empty(), "{told}");
    for secret in [SESSION, "T01-5d0f6b1c", "timeLimitedId=", "Nov", "fo00001"] {
        let telling: Vec<_> = ours.iter().filter(|line| line.contains(secret)).collect();
        assert!(telling.is_empty(), "{secret}: {telling:?}");
    }
}
