//! The suite; `start` is the engine's.

mod account;
mod answers;
mod authorize;
mod banks;
mod begun;
mod best_way;
mod closing;
mod contact_changes;
mod contacts;
mod forms;
mod health;
mod idle;
mod information;
mod instead;
mod levels;
mod logout;
mod lost;
mod officers;
mod older;
mod our_fault;
mod pages;
mod parting;
mod parting_ended;
mod recycled;
mod refusals;
mod remembered;
mod replacing;
mod reports;
mod tabs;
mod values;
mod waiting;
mod ways;

use super::{configured, start};
use tests::broker::{JANA, PETR, TestBroker};
use tests::browser::{Browser, Page};

/// The code that a page's address carries.
fn code(page: &Page) -> String {
    page.query("code")
        .unwrap_or_else(|| panic!("no code on {}: {}", page.url, page.text()))
}

/// Whether the browser arrived at a client with a code.
fn arrived(page: &Page, client_id: &str) -> bool {
    page.url.path() == format!("/{client_id}/callback") && page.query("code").is_some()
}

/// The sign-in page of the demo provider, reached for a client.
async fn sign_in_page(broker: &TestBroker, browser: &mut Browser, client_id: &str) -> Page {
    let page = browser.open(&broker.authorize(client_id, &[])).await;
    assert!(
        page.url.path().ends_with("/demo"),
        "{} {}",
        page.url,
        page.text()
    );
    page
}

/// The fields that the sign-in page would send for a person.
fn filled(page: &Page, (name, password): (&str, &str)) -> Vec<(String, String)> {
    let (form, _) = page.form_with("login-submit");
    form.fields
        .into_iter()
        .map(|(field, value)| match field.as_str() {
            "login-username" => (field, name.to_owned()),
            "login-password" => (field, password.to_owned()),
            _ => (field, value),
        })
        .collect()
}

/// The session cookie as the browser has it.
const SESSION_COOKIE: &str = "__Host-city-idp-session";
/// The browser's id as the browser has it.
const BROWSER_COOKIE: &str = "__Host-city-idp-browser";

fn session_cookie(browser: &Browser) -> Option<String> {
    browser
        .cookie("localhost", SESSION_COOKIE)
        .map(str::to_owned)
}
