//! The way of a person through the pages of the sandbox's bank.

use crate::browser::{Browser, Page};

/// The password of everybody there.
const PASSWORD: &str = "krumlov";

/// Chooses the bank, unless it is chosen, types name, password and the code of the phone; the page after that, which is the
/// consent as a rule. A page that is not the bank's is given back as it is.
pub async fn log_in(browser: &mut Browser, page: Page, bank: &str, person: &str) -> Page {
    let mut page = page;
    if is_at(&page, "banks") {
        page = browser.submit(&page, &format!("bank-{bank}"), &[]).await;
    }
    if is_at(&page, "login") {
        let typed = [("user", person), ("password", PASSWORD)];
        page = browser.submit(&page, "login-submit", &typed).await;
    }
    if is_at(&page, "confirm") {
        let code = page.text_of("#phone-code").expect("a code on the phone");
        let typed = [("code", code.as_str())];
        page = browser.submit(&page, "phone-confirm", &typed).await;
    }
    page
}

fn is_at(page: &Page, step: &str) -> bool {
    page.url.path().starts_with(&format!("/bank_id/{step}/"))
}
