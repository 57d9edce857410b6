//! A tiny program with one of each, for tests of the whole crate.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tower::ServiceExt as _;
use url::Url;

use crate::config::{LocalText, TownConfig};
use crate::form::{Form, Query};
use crate::page::Field;
use crate::texts::TEXTS;
use crate::{
    Allow, AutoSubmit, Clock, Locale, NavItem, Policy, Problem, Random, Shell, ShellKind, Site,
    Way, Who, page, wrap,
};

crate::catalogue! {
    /// Errors of the example.
    pub(crate) static CATALOGUE;

    /// An example.
    LATE = "EXA-101", GONE, "err-web-408", oauth "access_denied";
}

#[derive(Template)]
#[template(path = "example/page.html")]
struct ExamplePage {
    shell: Shell,
    name: String,
    now: DateTime<Utc>,
    fields: [Field; 2],
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-24T13:07:32Z")
        .unwrap()
        .to_utc()
}

pub(crate) fn site(public_url: &str) -> Arc<Site> {
    let town = TownConfig {
        full_name: Some("Město Vzorov".into()),
        address: Some("náměstí 1".into()),
        phone: Some("+420 380 000 000".into()),
        email: Some("identita@vzorov.example".into()),
        hours: Some(LocalText {
            cs: "po a st 7:00–17:00".into(),
            ..LocalText::default()
        }),
        help_url: Some("https://www.vzorov.example/napoveda".into()),
        ..TownConfig::named("Vzorov")
    };
    Site::new(
        "city-example",
        "log-in",
        &TEXTS,
        Url::parse(public_url).unwrap(),
        town,
    )
    .shared()
}

pub(crate) fn policy(public_url: &str) -> Policy {
    Policy::new(site(public_url), Clock::manual(now()).0, Random::seeded(1))
        .cross_site(&["/token", "/upstream/*"])
        .json(&["/token"])
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(example).post(saved))
        .route("/late", get(late))
        .route("/in-german", get(async || Problem::new(&LATE).in_locale(Locale::De)))
        .route("/panic", get(panic))
        .route("/slow", get(std::future::pending::<()>))
        .route("/token", post(saved))
        .route("/upstream/{provider}/answer", post(saved))
        .route("/submit", get(submit))
        .route("/client", get(|client: crate::policy::ClientAddress| async move { axum::Json(client.0.to_string()) }))
        .route("/public", get(|| async { ([("cache-control", "public, max-age=60")], "{}") }))
        .route("/plain", get(|| async { (crate::http::StatusCode::IM_A_TEAPOT, "no page of ours") }))
        .route("/protocol", get(|| async { crate::http::StatusCode::UNAUTHORIZED }))
}

pub(crate) fn app() -> Router {
    wrap(routes(), policy("https://identita.example"))
}

pub(crate) async fn ask(app: Router, request: Request<Body>) -> Response<Body> {
    app.oneshot(request).await.unwrap()
}

pub(crate) async fn get_page(path: &str, language: &str) -> (Response<Body>, String) {
    let request = Request::get(path)
        .header("accept-language", language)
        .body(Body::empty())
        .unwrap();
    let (head, body) = ask(app(), request).await.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (
        Response::from_parts(head, Body::empty()),
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

async fn example(shell: Shell, Query(query): Query<Named>) -> Response<Body> {
    let nav = vec![
        NavItem::new("one", "nav-menu", "/"),
        NavItem::new("two", "foot-help", "/late"),
    ];
    let who = Who {
        name: "Jana Dvořáková".into(),
        href: "/account".into(),
        logout: "/logout".into(),
    };
    let shell = shell
        .framed(ShellKind::Account, nav)
        .here("one")
        .for_person(who)
        .with_csrf("token-of-form");
    let fields = [
        Field::new("jmeno", "Jméno psa")
            .error(Some("Napište jméno psa."))
            .hint("Jak na něj voláte"),
        Field::new("cip", "Číslo čipu").value("203").optional(),
    ];
    page(&ExamplePage {
        shell,
        name: query.name,
        now: now(),
        fields,
    })
}

async fn saved(Form(form): Form<Named>) -> axum::Json<String> {
    axum::Json(form.name)
}

async fn late() -> Problem {
    Problem::new(&LATE)
        .because(std::io::Error::other("six minutes late"))
        .service("Portál služeb")
        .note("ok", "submit-title")
        .note("info", "err-web-500-what")
        .way(Way::form(
            "log-in",
            "/login",
            vec![("provider".into(), "bankid".into())],
        ))
        .way(Way::link("error-again", "/login/1"))
        .way(Way::plain("foot-help", "/help"))
        .detail("err-web-503-help")
        .allow(Allow::forms_to(&[Url::parse(
            "https://bank.example/authorize",
        )
        .unwrap()]))
}

async fn panic() {
    panic!("example");
}

async fn submit() -> (Allow, AutoSubmit) {
    let action = Url::parse("https://client.example/cb").unwrap();
    (
        Allow::default(),
        AutoSubmit::new(action, vec![("code".into(), "<a\"b>".into())]),
    )
}
