//! What an authorization request must be, refusal by refusal.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::{
    clients::{Catalogue, Client, ClientConfig, ResourceConfig},
    keys::{Alg, ring},
};

const CALLBACK: &str = "https://app.test/callback";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers write json! in place"
)]
fn client(id: &str, more: serde_json::Value) -> (ClientId, Arc<Client>) {
    let mut entry = json!({
        "organisation": "town", "name": { "cs": id }, "redirect_uris": [CALLBACK],
        "scopes": ["openid", "email", "parking.read", "waste.read"], "resources": ["parking", "waste"],
        "idp_hints": ["nia"],
    });
    entry
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let config: ClientConfig = serde_json::from_value(entry).unwrap();
    let id = ClientId::new(id);
    (id.clone(), Arc::new(config.client(id).unwrap()))
}

fn clients() -> Clients {
    let mut disabled = client("disabled", json!({}));
    Arc::get_mut(&mut disabled.1).unwrap().disabled_at = Some(now());
    let resource = |id: &str| {
        let config: ResourceConfig = serde_json::from_value(json!({
            "organisation": "town", "name": { "cs": id }, "uri": format!("https://api.test/{id}"),
            "scopes": [format!("{id}.read")],
        }))
        .unwrap();
        (
            ResourceId::new(id),
            Arc::new(config.resource(ResourceId::new(id)).unwrap()),
        )
    };
    Clients::of(Catalogue {
        clients: [
            client("app", json!({})),
            client("lax", json!({ "pkce": "optional" })),
            client("service", json!({ "grant_types": ["client_credentials"] })),
            client("nowhere", json!({ "redirect_uris": [] })),
            disabled,
        ]
        .into(),
        resources: [resource("parking"), resource("waste")].into(),
        ..Catalogue::default()
    })
}

/// A request that is right, with parameters replaced (or, with an empty value, left out).
fn params(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut params = vec![
        ("client_id", "app"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email"),
        ("state", "the-state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    params.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    params.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    params
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn checked(changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Refusal> {
    check(&params(changes), &clients(), &ring::tests::keys(), now())
}

fn page(changes: &[(&str, &str)]) -> PageRefusal {
    match checked(changes) {
        Err(Refusal::Page(refusal, _)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn redirect(changes: &[(&str, &str)]) -> RedirectRefusal {
    match checked(changes) {
        Err(Refusal::Redirect(refusal)) => *refusal,
        other => panic!("{other:?}"),
    }
}

fn error(changes: &[(&str, &str)]) -> &'static str {
    redirect(changes).error
}

#[test]
fn a_right_request_is_taken_as_it_is() {
    let request = checked(&[
        ("nonce", "n"),
        ("ui_locales", "se en-GB"),
        ("unknown", "x"),
        ("display", "popup"),
    ])
    .unwrap();

    assert_eq!(request.scope, ["email", "openid"].map(str::to_owned).into());
    assert_eq!(request.state.as_deref(), Some("the-state"));
    assert_eq!(request.ui_locales.as_deref(), Some("en"));
    assert_eq!(request.response_mode, ResponseMode::Query);
    let kept = serde_json::to_string(&request).unwrap();
    assert_eq!(
        serde_json::from_str::<AuthorizationRequest>(&kept).unwrap(),
        request
    );
}

#[test]
fn before_the_redirect_uri_is_proved_the_person_is_told_whatever_the_mode() {
    for mode in ["query", "form_post", "jwt"] {
        let mode = ("response_mode", mode);

        assert_eq!(page(&[("client_id", ""), mode]), PageRefusal::ClientMissing);
        assert_eq!(
            page(&[("client_id", "app"), ("client_id", "lax"), mode]),
            PageRefusal::ClientMissing
        );
        assert_eq!(
            page(&[("client_id", "stranger"), mode]),
            PageRefusal::ClientUnknown
        );
        assert_eq!(
            page(&[("client_id", "disabled"), mode]),
            PageRefusal::ClientDisabled
        );
        assert_eq!(
            page(&[("redirect_uri", ""), mode]),
            PageRefusal::RedirectUriMissing
        );
        assert_eq!(
            page(&[("redirect_uri", "https://evil.test/"), mode]),
            PageRefusal::RedirectUriUnregistered
        );
        assert_eq!(
            page(&[("client_id", "nowhere"), mode]),
            PageRefusal::RedirectUriUnregistered
        );
        // The request object changes nothing about it.
        assert_eq!(
            page(&[
                ("redirect_uri", "https://evil.test/"),
                ("request", "x"),
                mode
            ]),
            PageRefusal::RedirectUriUnregistered
        );
    }
}

#[test]
fn afterwards_the_client_is_told_in_its_mode_with_its_state() {
    let refusal = redirect(&[("scope", "email"), ("response_mode", "form_post")]);

    assert_eq!(refusal.response_mode, ResponseMode::FormPost);
    assert_eq!(refusal.state.as_deref(), Some("the-state"));
    assert_eq!(refusal.error, "invalid_scope");
    assert!(refusal.description.is_ascii() && !refusal.description.contains(['"', '\\']));
}

#[test]
fn a_request_object_is_refused_where_its_client_waits_for_the_answer() {
    // {"response_mode":"form_post"}, unsigned.
    let object = "e30.eyJyZXNwb25zZV9tb2RlIjoiZm9ybV9wb3N0In0.";
    let refusal = redirect(&[("request", object)]);

    assert_eq!(refusal.error, "request_not_supported");
    assert_eq!(refusal.response_mode, ResponseMode::FormPost);
    for odd in [
        "e30",
        "e30.e30.",
        "e30.*.",
        "e30.eyJyZXNwb25zZV9tb2RlIjoieCJ9.",
    ] {
        assert_eq!(
            redirect(&[("request", odd)]).response_mode,
            ResponseMode::Query,
            "{odd}"
        );
    }
    // What stands in the request itself counts first.
    let both = redirect(&[("request", object), ("response_mode", "query")]);
    assert_eq!(both.response_mode, ResponseMode::Query);
}

#[test]
fn each_broken_rule_has_its_error() {
    assert_eq!(error(&[("response_mode", "fragment")]), "invalid_request");
    assert_eq!(error(&[("nonce", "a"), ("nonce", "b")]), "invalid_request");
    assert_eq!(error(&[("request", "e30.e30.")]), "request_not_supported");
    assert_eq!(
        error(&[("request_uri", "https://app.test/r")]),
        "request_uri_not_supported"
    );
    assert_eq!(error(&[("response_type", "")]), "invalid_request");
    assert_eq!(
        error(&[("response_type", "token")]),
        "unsupported_response_type"
    );
    assert_eq!(
        error(&[("response_type", "code id_token")]),
        "unsupported_response_type"
    );
    assert_eq!(error(&[("client_id", "service")]), "unauthorized_client");
    assert_eq!(error(&[("scope", "")]), "invalid_scope");
    assert_eq!(error(&[("prompt", "none login")]), "invalid_request");
    assert_eq!(error(&[("prompt", "create")]), "invalid_request");
    assert_eq!(error(&[("max_age", "-1")]), "invalid_request");
    assert_eq!(error(&[("max_age", "soon")]), "invalid_request");
    assert_eq!(error(&[("claims", "{")]), "invalid_request");
    assert_eq!(error(&[("state", &"s".repeat(5000))]), "invalid_request");
    assert_eq!(error(&[("nonce", &"n".repeat(1025))]), "invalid_request");
}

#[test]
fn pkce_is_s256_and_left_out_only_by_clients_that_may() {
    assert_eq!(
        error(&[("code_challenge", ""), ("code_challenge_method", "")]),
        "invalid_request"
    );
    assert_eq!(error(&[("code_challenge", "")]), "invalid_request");
    assert_eq!(
        error(&[("code_challenge_method", "plain")]),
        "invalid_request"
    );
    assert_eq!(error(&[("code_challenge_method", "")]), "invalid_request");
    assert_eq!(error(&[("code_challenge", "short")]), "invalid_request");
    let lax = |challenge| {
        [
            ("client_id", "lax"),
            ("code_challenge", challenge),
            ("code_challenge_method", ""),
        ]
    };
    assert_eq!(checked(&lax("")).unwrap().code_challenge, None);
    assert_eq!(error(&lax(CHALLENGE)), "invalid_request");
}

#[test]
fn a_long_nonce_and_state_come_back_unchanged() {
    let (nonce, state) = ("n".repeat(384), "s".repeat(384));

    let request = checked(&[("nonce", &nonce), ("state", &state)]).unwrap();

    assert_eq!((request.nonce, request.state), (Some(nonce), Some(state)));
}

#[test]
fn known_acr_values_are_a_demand_and_unknown_ones_nothing() {
    let acr = |changes: &[(&str, &str)]| checked(changes).unwrap().acr_values;
    let substantial = "http://eidas.europa.eu/LoA/substantial";

    assert_eq!(
        acr(&[("acr_values", &format!("1 {substantial} 2"))]),
        [substantial]
    );
    assert!(acr(&[("acr_values", "1 2")]).is_empty());
    let by_claim =
        format!(r#"{{"id_token":{{"acr":{{"essential":true,"values":["{substantial}"]}}}}}}"#);
    assert_eq!(acr(&[("claims", &by_claim)]), [substantial]);
    let impossible = r#"{"id_token":{"acr":{"essential":true,"values":["urn:x"]}}}"#;
    assert_eq!(
        error(&[("claims", impossible)]),
        "unmet_authentication_requirements"
    );
}

#[test]
fn one_token_is_for_one_resource() {
    let resource = |changes: &[(&str, &str)]| checked(changes).unwrap().resource;

    assert_eq!(resource(&[]), None);
    assert_eq!(
        resource(&[("scope", "openid parking.read")]),
        Some(ResourceId::new("parking"))
    );
    assert_eq!(
        resource(&[("resource", "https://api.test/waste")]),
        Some(ResourceId::new("waste"))
    );
    assert_eq!(
        error(&[("scope", "openid parking.read waste.read")]),
        "invalid_target"
    );
    assert_eq!(
        error(&[
            ("resource", "https://api.test/waste"),
            ("resource", "https://api.test/parking")
        ]),
        "invalid_target"
    );
    assert_eq!(
        error(&[("resource", "https://evil.test/")]),
        "invalid_target"
    );
}

#[test]
fn hints_never_refuse() {
    let request = checked(&[
        ("login_hint", "buffy@host"),
        ("idp_hint", "nia"),
        ("ui_locales", "se"),
        ("claims_locales", "se"),
        ("id_token_hint", "not.a.token"),
    ])
    .unwrap();

    assert_eq!(request.login_hint.as_deref(), Some("buffy@host"));
    assert_eq!(request.idp_hint.as_deref(), Some("nia"));
    assert_eq!(request.ui_locales, None);
    assert_eq!(request.id_token_hint, Some(HintedSubject::Nobody));
    assert!(!request.takes("anybody"));
    assert_eq!(checked(&[("idp_hint", "demo")]).unwrap().idp_hint, None);
    assert_eq!(checked(&[("login_hint", "a\nb")]).unwrap().login_hint, None);
}

#[test]
fn a_hint_of_ours_for_this_client_names_one_person() {
    let keys = ring::tests::keys();
    let hint = |aud: &str| {
        let claims =
            json!({ "iss": "https://id.test", "sub": "s", "aud": aud, "iat": 1, "exp": 2 });
        let token = keys.sign(Alg::RS256, "JWT", &claims).unwrap();
        check(
            &params(&[("id_token_hint", &token)]),
            &clients(),
            &keys,
            now(),
        )
        .unwrap()
    };

    assert!(hint("app").takes("s") && !hint("app").takes("t"));
    assert!(!hint("lax").takes("s"));
    let by_claim = checked(&[("claims", r#"{"userinfo":{"sub":{"value":"s"}}}"#)]).unwrap();
    assert!(by_claim.takes("s") && !by_claim.takes("t"));
}

#[test]
fn ten_thousand_scopes_keep_only_what_is_known() {
    let many: Vec<String> = (0..1000).map(|n| format!("scope{n}")).collect();

    let request = checked(&[("scope", &format!("openid {}", many.join(" ")))]).unwrap();

    assert_eq!(request.scope, ["openid".to_owned()].into());
    let too_many: Vec<String> = (0..10_000).map(|n| format!("scope{n}")).collect();
    assert_eq!(
        error(&[("scope", &format!("openid {}", too_many.join(" ")))]),
        "invalid_request"
    );
}

#[test]
fn atk_d04_random_values_leave_nothing_behind() {
    let usual = checked(&[]).unwrap();
    for number in 0..200 {
        let noise = format!("x{number}");
        let request = checked(&[
            ("ui_locales", &noise),
            ("acr_values", &noise),
            ("scope", &format!("openid email {noise}")),
            ("display", &noise),
        ])
        .unwrap();

        assert_eq!(request, usual);
    }
}
