//! `oidcc-formpost-basic-certification-test-plan`: the same answers in a form that posts itself.

use super::*;

/// The form of the page that carries an answer.
fn fields(page: &Page) -> std::collections::BTreeMap<String, String> {
    let forms = page.forms();
    let form = forms
        .iter()
        .find(|form| form.fields.iter().any(|(name, _)| name == "state"))
        .unwrap();
    form.fields.iter().cloned().collect()
}

/// Opens an authorization request and stops before the form is posted.
async fn answered(broker: &TestBroker, browser: &mut Browser, changes: &[(&str, &str)]) -> Page {
    let mut changes = changes.to_vec();
    changes.push(("response_mode", "form_post"));
    authorize(broker, browser, "portal", &changes).await
}

#[tokio::test]
async fn a_code_travels_in_the_body_and_never_in_an_address() {
    let broker = start().await;
    let mut browser = Browser::new();

    let page = answered(&broker, &mut browser, &[]).await;

    let fields = fields(&page);
    assert_eq!(fields["state"], "the-state");
    assert_eq!(fields["iss"], broker.issuer());
    assert!(!page.url.as_str().contains(&fields["code"]));
    assert_eq!(page.headers["cache-control"], "no-store");
    let answer = redeem(&broker, "portal", &fields["code"], &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn errors_travel_in_the_body_too() {
    let broker = start().await;
    let mut browser = Browser::new();

    let page = answered(&broker, &mut browser, &[("prompt", "none")]).await;

    let fields = fields(&page);
    assert_eq!(fields["error"], "login_required");
    assert_eq!(fields["iss"], broker.issuer());
}

#[tokio::test]
async fn atk_r06_an_unproved_redirect_uri_is_told_on_our_page_in_form_post_as_well() {
    let broker = start().await;
    let mut browser = Browser::new();

    let page = answered(
        &broker,
        &mut browser,
        &[("redirect_uri", "https://evil.test/")],
    )
    .await;

    assert_eq!(
        page.text_of("#error-code").as_deref(),
        Some("invalid_request")
    );
    assert!(
        page.forms()
            .iter()
            .all(|form| form.action.host_str() != Some("evil.test"))
    );
}
