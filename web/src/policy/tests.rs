use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, SET_COOKIE};
use axum::http::{Method, Request, Response, StatusCode};

use crate::example::{app, ask, get_page, policy, routes};
use crate::problem::UNAVAILABLE;
use crate::{Problem, wrap};

async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn form(path: &str) -> axum::http::request::Builder {
    Request::post(path)
        .header("host", "identita.example")
        .header("content-type", "application/x-www-form-urlencoded")
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_private_ones_are_not_kept() {
    for path in [
        "/",
        "/late",
        "/nowhere",
        "/panic",
        "/submit",
        "/jazyk",
        "/assets/0/nothing",
    ] {
        let (response, _) = get_page(path, "cs").await;
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };

        assert_eq!(
            header("x-content-type-options").as_deref(),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(
            header("referrer-policy").as_deref(),
            Some("same-origin"),
            "{path}"
        );
        assert_eq!(
            header("cross-origin-opener-policy").as_deref(),
            Some("same-origin"),
            "{path}"
        );
        assert_eq!(
            header("cache-control").as_deref(),
            Some("no-store"),
            "{path}"
        );
        assert!(
            header("content-security-policy")
                .unwrap()
                .contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert!(header("strict-transport-security").is_some(), "{path}");
        assert_eq!(header("x-request-id").unwrap().len(), 16, "{path}");
    }
}

#[tokio::test]
async fn an_answer_that_says_it_is_public_may_be_kept() {
    let (response, _) = get_page("/public", "cs").await;

    assert_eq!(response.headers()[CACHE_CONTROL], "public, max-age=60");
}

#[tokio::test]
async fn without_tls_browsers_are_not_told_to_insist_on_it() {
    let request = Request::get("/").body(Body::empty()).unwrap();

    let response = ask(wrap(routes(), policy("http://localhost:8400")), request).await;

    assert!(
        response
            .headers()
            .get("strict-transport-security")
            .is_none()
    );
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_with_our_page() {
    let request = form("/")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from("name=x"))
        .unwrap();

    let response = ask(app(), request).await;

    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(text(response).await.contains("WEB-403"));
}

#[tokio::test]
async fn a_form_of_a_neighbour_on_the_same_host_is_refused_too() {
    let request = form("/")
        .header("sec-fetch-site", "same-site")
        .body(Body::from("name=x"))
        .unwrap();

    assert_eq!(ask(app(), request).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_fetch_metadata_the_origin_decides() {
    for (origin, status) in [
        ("https://identita.example", StatusCode::OK),
        ("https://identita.example:8401", StatusCode::FORBIDDEN),
        ("https://evil.example", StatusCode::FORBIDDEN),
        ("null", StatusCode::FORBIDDEN),
    ] {
        let request = form("/")
            .header("host", "behind.proxy")
            .header("origin", origin)
            .body(Body::from("name=x"))
            .unwrap();

        assert_eq!(ask(app(), request).await.status(), status, "{origin}");
    }
}

#[tokio::test]
async fn our_own_form_and_the_listed_paths_are_let_in() {
    let own = form("/")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from("name=x"))
        .unwrap();

    assert_eq!(ask(app(), own).await.status(), StatusCode::OK);

    for path in ["/token", "/upstream/nia/answer"] {
        let foreign = form(path)
            .header("sec-fetch-site", "cross-site")
            .body(Body::from("name=x"))
            .unwrap();

        assert_eq!(ask(app(), foreign).await.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn an_unknown_address_a_wrong_method_and_a_panic_get_our_page_in_the_readers_language() {
    for (path, status, words) in [
        ("/nowhere", 404, "Wir verstehen"),
        ("/token", 405, "So lässt sich die Seite nicht öffnen"),
        ("/panic", 500, "Bei uns ist etwas schiefgegangen"),
    ] {
        let request = Request::get(path)
            .header("accept-language", "de")
            .header("accept", "text/html")
            .body(Body::empty())
            .unwrap();
        // Paths that machines call answer in JSON; see below.
        let app = wrap(routes(), policy("https://identita.example").json(&[]));

        let response = ask(app, request).await;

        assert_eq!(response.status().as_u16(), status);
        let page = text(response).await;
        assert!(
            page.contains("<html lang=\"de\">") && page.contains("<title>Fehler: "),
            "{page}"
        );
        assert!(page.contains(words) || status == 404, "{page}");
        assert!(page.contains("id=\"incident-number\""));
    }
}

#[tokio::test]
async fn a_wrong_method_still_says_which_are_allowed() {
    let request = Request::builder()
        .method(Method::DELETE)
        .uri("/late")
        .body(Body::empty())
        .unwrap();

    let response = ask(app(), request).await;

    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[ALLOW], "GET,HEAD");
}

#[tokio::test]
async fn machines_get_json_with_the_oauth_code() {
    let request = Request::get("/token").body(Body::empty()).unwrap();

    let response = ask(app(), request).await;

    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["content-type"], "application/json");
    let body: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(body["error"], "invalid_request");
    assert_eq!(body["code"], "WEB-405");
    assert_eq!(body["incident"].as_str().unwrap().len(), 9);

    let asked = Request::get("/nowhere")
        .header("accept", "application/json")
        .body(Body::empty())
        .unwrap();

    assert_eq!(
        ask(app(), asked).await.headers()["content-type"],
        "application/json"
    );
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_our_page() {
    let request = form("/")
        .body(Body::from("name=".to_owned() + &"x".repeat(70_000)))
        .unwrap();

    let response = ask(app(), request).await;

    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(text(response).await.contains("WEB-413"));
}

#[tokio::test]
async fn a_form_that_cannot_be_read_is_our_page_and_does_not_repeat_what_was_sent() {
    let request = form("/")
        .body(Body::from("name=Jana&name=Dvorakova"))
        .unwrap();

    let response = ask(app(), request).await;

    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let page = text(response).await;
    assert!(page.contains("WEB-400") && !page.contains("Jana"));

    let json = Request::post("/")
        .header("content-type", "application/json")
        .body(Body::from("{}"))
        .unwrap();

    assert_eq!(
        ask(app(), json).await.status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}

#[tokio::test]
async fn a_request_that_takes_too_long_ends_with_our_page() {
    let app = wrap(
        routes(),
        policy("https://identita.example").timeout(Duration::from_millis(1)),
    );

    let response = ask(app, Request::get("/slow").body(Body::empty()).unwrap()).await;

    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    assert!(text(response).await.contains("WEB-408"));
}

#[tokio::test]
async fn an_answer_of_a_protocol_is_left_alone() {
    let (response, body) = get_page("/protocol", "cs").await;

    assert_eq!(
        (response.status(), body.as_str()),
        (StatusCode::UNAUTHORIZED, "")
    );

    let (_, body) = get_page("/plain", "cs").await;

    assert_eq!(body, "no page of ours");
}

#[tokio::test]
async fn a_self_sending_form_may_post_to_its_target_and_nothing_else() {
    let (response, page) = get_page("/submit", "en").await;
    let policy = response.headers()[CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();

    assert!(
        policy.contains("form-action 'self' https://client.example;"),
        "{policy}"
    );
    assert!(policy.contains("script-src 'self'"));
    assert!(page.contains("action=\"https://client.example/cb\" data-auto-submit"));
    assert!(
        page.contains("name=\"code\" value=\"&#60;a&#34;b&#62;\""),
        "{page}"
    );
    assert!(page.contains("<button class=\"button\">Continue</button>"));
    assert!(page.contains(&crate::assets::url("submit.js")));
}

#[tokio::test]
async fn the_language_switch_remembers_and_returns_to_pages_of_ours_only() {
    for (back, location) in [
        ("/late?x=1", "/late?x=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("lang", "en")
            .append_pair("back", back)
            .finish();

        let (response, _) = get_page(&format!("/jazyk?{query}"), "cs").await;

        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()[LOCATION], location);
        assert!(
            response.headers()[SET_COOKIE]
                .to_str()
                .unwrap()
                .starts_with("__Host-city-example-lang=en;")
        );
    }
    let (response, _) = get_page("/jazyk?lang=xx&back=/", "cs").await;

    assert!(response.headers().get(SET_COOKIE).is_none());
}

#[tokio::test]
async fn a_page_with_a_language_in_its_address_is_shown_again_without_it() {
    let (response, _) = get_page("/late?a=1&lang=de&b=2", "cs").await;

    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[LOCATION], "/late?a=1&b=2");
    assert!(
        response.headers()[SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("lang=de")
    );
}

#[tokio::test]
async fn the_chosen_language_wins_over_the_browsers() {
    let request = Request::get("/late")
        .header("cookie", "__Host-city-example-lang=en")
        .header("accept-language", "de")
        .body(Body::empty())
        .unwrap();

    let page = text(ask(app(), request).await).await;

    assert!(page.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn a_pages_way_back_for_the_switch_keeps_its_query_unless_it_is_endless() {
    let (_, page) = get_page("/late?x=1", "cs").await;

    assert!(
        page.contains("/jazyk?lang=de&#38;back=%2Flate%3Fx%3D1"),
        "{page}"
    );

    let (_, page) = get_page(&format!("/late?x={}", "y".repeat(3000)), "cs").await;

    assert!(page.contains("/jazyk?lang=de&#38;back=%2Flate\""));
}

#[tokio::test]
async fn pages_are_compressed_when_the_browser_can() {
    let request = Request::get("/")
        .header("accept-encoding", "gzip")
        .body(Body::empty())
        .unwrap();

    let response = ask(app(), request).await;

    assert_eq!(response.headers()["content-encoding"], "gzip");
}

#[tokio::test]
async fn text_from_outside_is_escaped() {
    let (_, page) = get_page("/?name=%3Cscript%3E", "cs").await;

    assert!(page.contains("&#60;script&#62;") && !page.contains("<script>"));
}

#[tokio::test]
async fn an_empty_program_has_its_assets_and_its_switch() {
    let app = wrap(Router::new(), policy("https://identita.example"));
    let request = Request::get(crate::assets::url("city.css"))
        .header("accept-encoding", "gzip")
        .body(Body::empty())
        .unwrap();

    let response = ask(app, request).await;

    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        response.headers()[CACHE_CONTROL],
        "public, max-age=31536000, immutable"
    );
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert_eq!(
        response.headers()["content-type"],
        "text/css; charset=utf-8"
    );
}

#[tokio::test]
async fn the_ways_on_of_an_error_may_lead_to_a_provider() {
    let (response, _) = get_page("/late", "cs").await;

    let policy = response.headers()[CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();

    assert!(
        policy.contains("form-action 'self' https://bank.example;"),
        "{policy}"
    );
}

#[tokio::test]
async fn an_answer_may_speak_the_language_of_the_client_that_sent_the_person() {
    let (_, page) = get_page("/in-german", "cs").await;

    assert!(page.contains("<html lang=\"de\">"), "{page}");
}

#[tokio::test]
async fn atk_r08_host_and_forwarded_headers_leave_no_trace() {
    for path in ["/", "/late", "/nowhere", "/jazyk?lang=en&back=/late"] {
        let request = Request::get(path)
            .header("host", "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "evil")
            .header("forwarded", "host=evil.example")
            .body(Body::empty())
            .unwrap();

        let response = ask(app(), request).await;

        assert!(
            response
                .headers()
                .values()
                .all(|value| !value.to_str().unwrap().contains("evil")),
            "{path}"
        );
        assert!(!text(response).await.contains("evil"), "{path}");
    }
}

#[tokio::test]
async fn a_form_that_could_not_be_taken_now_leads_back_to_its_page() {
    async fn sent_to(path: &str) -> String {
        let router = Router::new().route(
            "/{*any}",
            axum::routing::post(|| async { Problem::new(&UNAVAILABLE) }),
        );
        let policy = policy("https://identita.example").page_of_form(|path| {
            let (page, _) = path.strip_prefix("/table/")?.split_once('/')?;
            Some(format!("/table/{page}"))
        });
        let request = form(path)
            .header("sec-fetch-site", "same-origin")
            .body(Body::empty())
            .unwrap();
        let response = ask(wrap(router, policy), request).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        text(response).await
    }

    assert!(
        sent_to("/table/7/order")
            .await
            .contains(r#" href="/table/7">"#)
    );
    assert!(!sent_to("/elsewhere").await.contains("/table/"));
}
