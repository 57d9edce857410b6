//! What all pages of logging in have in common.

use super::*;

#[tokio::test]
async fn every_page_is_private_strict_and_allows_forms_to_the_proven_client_only() {
    let broker = start().await;
    let mut browser = Browser::new();

    let page = sign_in_page(&broker, &mut browser, "portal").await;

    let header = |name: &str| {
        page.headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    };
    assert!(
        header("cache-control").contains("no-store"),
        "{}",
        header("cache-control")
    );
    let policy = header("content-security-policy");
    let client = broker.clients.url.origin().ascii_serialization();
    assert!(
        policy.contains(&format!("form-action 'self' {client}")),
        "{policy}"
    );
    assert!(
        policy.contains("script-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
}

#[tokio::test]
async fn atk_l03_cookies_are_host_only_secure_http_only_and_lax() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let address = broker.url.join("/upstream/demo/answer").unwrap();
    let answer = browser
        .request("POST", address, Some(filled(&page, JANA)))
        .await;

    let page = browser
        .request("GET", answer.redirect().unwrap(), None)
        .await;

    let cookies: Vec<_> = page
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert_eq!(cookies.len(), 3, "{cookies:?}");
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-city-idp-"), "{cookie}");
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.to_lowercase().contains("domain"), "{cookie}");
    }
    assert!(browser.cookie("localhost", BROWSER_COOKIE).is_some());
}

/// `__Host-` wants the whole site as its path. The one cookie that is sent to one login's page only has to prove itself: it is
/// sealed for that login and that browser, so that what a sibling host plants counts for nothing.
#[tokio::test]
async fn atk_l03_one_cookie_alone_has_a_path_and_it_is_sealed() {
    let broker = start().await;
    let mut browser = Browser::new();
    sign_in_page(&broker, &mut browser, "portal").await;
    let is_login = |url: &url::Url| url.path().starts_with("/login/");
    let login = browser.trace.iter().find(|step| is_login(&step.url));
    let login = login.unwrap().url.clone();

    let page = browser.request("GET", login.clone(), None).await;

    let lines = page.headers.get_all("set-cookie").iter();
    let lines: Vec<&str> = lines.map(|line| line.to_str().unwrap()).collect();
    let (with_path, whole_site): (Vec<&str>, Vec<&str>) = lines
        .into_iter()
        .partition(|line| line.starts_with("__Secure-city-idp-login="));
    for line in whole_site {
        assert!(line.starts_with("__Host-city-idp-"), "{line}");
    }
    let [line] = with_path[..] else {
        panic!("{with_path:?}")
    };
    let path = format!("; Path={}", login.path());
    for attribute in [path.as_str(), "; Secure", "; HttpOnly", "; SameSite=Lax"] {
        assert!(line.contains(attribute), "{line}");
    }
    assert!(!line.to_lowercase().contains("domain"), "{line}");
    // Planted under another login it leads nowhere, in its own browser and in another.
    let name = "__Secure-city-idp-login";
    let value = browser.cookie("localhost", name).unwrap().to_owned();
    let planted = broker.at(&format!("/login/{}", "a".repeat(43)));
    let mut other = Browser::new();
    other.set_cookie("localhost", name, &value);
    let before = broker.look().await;
    for browser in [&mut browser, &mut other] {
        assert_eq!(browser.open(&planted).await.status, 410);
    }
    broker
        .left_only(&before, &[], "a planted login cookie")
        .await;
    for (host, name, _) in browser.cookies() {
        let is_ours =
            name.starts_with("__Host-city-idp-") || name.starts_with("__Secure-city-idp-login");
        assert!(is_ours || host != "localhost", "{name}");
    }
}

#[tokio::test]
async fn atk_l03_a_tossed_second_cookie_of_the_same_name_counts_for_nothing() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    let session = session_cookie(&browser).unwrap();
    let before = broker.look().await;
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();

    let answer = http
        .get(broker.authorize("portal", &[("prompt", "none")]))
        .header(
            "cookie",
            format!(
                "{SESSION_COOKIE}={session}; {SESSION_COOKIE}={}",
                "x".repeat(43)
            ),
        )
        .send()
        .await
        .unwrap();

    assert!(
        answer.headers()["location"]
            .to_str()
            .unwrap()
            .contains("error=login_required")
    );
    broker.left_only(&before, &[], "a tossed cookie").await;
}

#[tokio::test]
async fn atk_r08_spoofed_hosts_change_nothing() {
    let broker = start().await;
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();

    let answer = http
        .get(broker.authorize("portal", &[("prompt", "none")]))
        .header("host", "evil.test")
        .header("x-forwarded-host", "evil.test")
        .header("forwarded", "host=evil.test")
        .send()
        .await
        .unwrap();

    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(!location.contains("evil"), "{location}");
    assert!(
        location.contains(&format!(
            "iss=http%3A%2F%2Flocalhost%3A{}",
            broker.url.port().unwrap()
        )),
        "{location}"
    );
}

#[tokio::test]
async fn the_choice_speaks_three_languages_and_has_one_button_a_way() {
    let broker = configured(serde_json::json!({
        "provider": { "other": { "kind": "demo", "environment": "sandbox", "title": { "cs": "Banka" },
            "account": { "eva": { "password": "heslo" } } } },
    }))
    .await;
    for (language, heading) in [
        ("cs", "Jak se chcete přihlásit?"),
        ("en", "How do you want to sign in?"),
        ("de", "Wie möchten Sie sich anmelden?"),
    ] {
        let mut browser = Browser::new().speaking(language);

        let page = browser.open(&broker.authorize("portal", &[])).await;

        assert_eq!(page.heading(), heading);
        assert_eq!(page.texts_of(".provider button").len(), 2);
        assert!(
            page.texts_of(".provider button")
                .contains(&"Banka".to_owned())
        );
    }
}

#[tokio::test]
async fn atk_l05_changed_and_swapped_cookies_count_for_nothing() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let address = broker.url.join("/upstream/demo/answer").unwrap();
    let answer = browser
        .request("POST", address, Some(filled(&page, JANA)))
        .await;
    let proof = answer.redirect().unwrap();
    let id = browser
        .cookie("localhost", BROWSER_COOKIE)
        .unwrap()
        .to_owned();

    for changed in [
        flipped(&id),
        id.to_uppercase(),
        String::new(),
        format!("{id}x"),
        "../".repeat(15),
    ] {
        let mut thief = Browser::new();
        thief.set_cookie("localhost", BROWSER_COOKIE, &changed);
        let before = broker.look().await;
        assert_eq!(thief.open(proof.as_str()).await.status, 403, "{changed}");
        broker
            .left_only(&before, &["login.refused.other-browser"], &changed)
            .await;
    }
    browser.follow(proof).await;
    let session = session_cookie(&browser).unwrap();
    for changed in [flipped(&session), id.clone(), String::new()] {
        let mut thief = Browser::new();
        thief.set_cookie("localhost", SESSION_COOKIE, &changed);
        let before = broker.look().await;
        let page = thief
            .open(&broker.authorize("portal", &[("prompt", "none")]))
            .await;
        assert_eq!(
            page.query("error").as_deref(),
            Some("login_required"),
            "{changed}"
        );
        broker.left_only(&before, &[], &changed).await;
    }
    assert_eq!(broker.counts().await, [1, 1, 1, 1]);
}

#[tokio::test]
async fn atk_l06_pages_cannot_be_framed_and_leave_nothing_behind_after_logout() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    let pages = ["/account", "/account/sessions", "/account/services"];
    for path in pages {
        let page = browser.open(&broker.at(path)).await;

        let header = |name: &str| page.headers[name].to_str().unwrap().to_owned();
        assert!(page.text().contains("Jana Nováková"));
        assert!(header("cache-control").contains("no-store"));
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
    }
    let page = browser.open(&broker.at("/account")).await;
    browser.submit(&page, "Odhlásit", &[]).await;

    for path in pages {
        let page = browser.open(&broker.at(path)).await;
        assert!(!page.body.contains("Nováková"), "{path}");
    }
}

fn flipped(token: &str) -> String {
    let last = if token.ends_with('A') { "B" } else { "A" };
    format!("{}{last}", &token[..token.len() - 1])
}
