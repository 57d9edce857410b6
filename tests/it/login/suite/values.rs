//! What requests say, and what becomes of it: nothing that leads anywhere.

use super::*;

/// Everything that a browser may be made to say, at every kind of address, signed in or not.
#[tokio::test]
async fn atk_r07_no_value_of_a_request_becomes_a_link_or_a_header() {
    let broker = start().await;
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "portal", JANA).await;
    let hint = broker.redeem("portal", &code(&page)).await["id_token"].clone();
    let login = sign_in_page(&broker, &mut Browser::new(), "portal")
        .await
        .url;
    let mut links = 0;
    for evil in [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test/",
        "javascript:alert('evil.test')",
        "cs\r\nLocation: https://evil.test/",
    ] {
        for address in [
            broker.authorize("portal", &[]),
            broker.authorize("portal", &[("prompt", "none")]),
            broker.authorize("nobody", &[]),
            broker.at("/"),
            broker.at("/account"),
            broker.at("/status"),
            broker.at("/staff"),
            broker.at("/nowhere"),
            broker.at("/jazyk"),
            broker.at("/login/unknown"),
            login.clone().into(),
            broker.at("/oauth2/logout"),
            broker.at("/oauth2/logout/done"),
            broker.at("/upstream/demo/answer"),
            broker.at("/upstream/demo/error"),
            broker.at("/upstream/demo/logout"),
        ] {
            let mut url = url::Url::parse(&address).unwrap();
            let known: Vec<_> = url.query_pairs().into_owned().collect();
            url.query_pairs_mut()
                .clear()
                .extend_pairs(
                    known
                        .iter()
                        .filter(|(name, _)| !NAMES.contains(&name.as_str())),
                )
                .extend_pairs(NAMES.iter().map(|name| (name, evil)))
                .append_pair("id_token_hint", hint.as_str().unwrap());
            for own in [None, session_cookie(&browser)] {
                let mut request = http
                    .get(url.clone())
                    .header("referer", "https://evil.test/")
                    .header("accept", "text/html");
                if let Some(own) = own {
                    request = request.header("cookie", format!("{SESSION_COOKIE}={own}"));
                }
                let answer = request.send().await.unwrap();

                let here = format!("{address} with {evil}");
                for (name, value) in answer.headers() {
                    let value = value.to_str().unwrap();
                    match name.as_str() {
                        "location" => assert_harmless(&url, value, &here),
                        _ => assert!(!value.contains("evil"), "{here}: {name}: {value}"),
                    }
                }
                let page = scraper::Html::parse_document(&answer.text().await.unwrap());
                for element in page
                    .tree
                    .nodes()
                    .filter_map(|node| node.value().as_element())
                {
                    for (name, value) in element.attrs() {
                        if ["href", "src", "action", "formaction", "content"].contains(&name) {
                            links += 1;
                            assert_harmless(&url, value.trim_start_matches("0;url="), &here);
                        }
                    }
                }
            }
        }
    }
    assert!(links > 1_000, "{links}");
    let page = broker.authorize("portal", &[("prompt", "none")]);
    assert!(arrived(&browser.open(&page).await, "portal"));
}

/// Parameters that name an address, a language or a person, whoever may have thought of them.
const NAMES: [&str; 14] = [
    "post_logout_redirect_uri",
    "return_to",
    "return",
    "next",
    "continue",
    "zpet",
    "back",
    "RelayState",
    "state",
    "ui_locales",
    "login_hint",
    "idp_hint",
    "error_uri",
    "error_description",
];

/// Leads nowhere but to this machine. An answer to a proved client repeats its `state`, as a value of the query.
fn assert_harmless(base: &url::Url, link: &str, here: &str) {
    let Ok(target) = base.join(link) else { return };
    assert!(
        ["http", "https", "mailto", "tel"].contains(&target.scheme()),
        "{here}: {link}"
    );
    assert!(
        !target.host_str().is_some_and(|host| host.contains("evil"))
            && !target.path().contains("evil")
            && target
                .fragment()
                .is_none_or(|fragment| !fragment.contains("evil")),
        "{here}: {link}"
    );
}
