//! Two accounts that became one can be parted as long as there is time, whatever was done meanwhile.

use serde_json::json;

use super::ways::{BANK, STATE, at_account, error_code, linked, proved, sub_at, town};
use super::*;

/// Another way in of whoever has the bank.
const BOX: (&str, &str) = ("box", "jmenovkyne");

/// The accounts of the register and of the bank become one in the register's browser.
pub(super) async fn merged(broker: &TestBroker) -> Browser {
    let mut browser = at_account(broker, STATE).await;
    let page = proved(broker, &mut browser, BANK).await;
    let page = browser.submit(&page, "merge-submit", &[]).await;
    assert_eq!(page.query("done").as_deref(), Some("merged"));
    browser
}

/// The pages of the ways in, in the order in which they were added.
pub(super) async fn ways(broker: &TestBroker, browser: &mut Browser) -> Vec<url::Url> {
    let page = browser.open(&broker.at("/account")).await;
    let parts = page.body.split("/account/ways/").skip(1);
    let ids = parts.map(|part| part.chars().take_while(|letter| *letter != '"').collect());
    ids.map(|id: String| broker.url.join(&format!("/account/ways/{id}")).unwrap())
        .collect()
}

/// Removes a way in.
async fn removed(browser: &mut Browser, way: &url::Url) {
    let page = browser.open(way.as_str()).await;
    let page = browser.submit(&page, "unlink-submit", &[]).await;
    let done = page.query("done");
    assert_eq!(done.as_deref(), Some("unlinked"), "{}", page.text());
}

#[tokio::test]
async fn the_last_way_in_of_an_account_that_can_be_parted_stays_and_parting_is_offered() {
    let broker = town().await;
    let known = sub_at(&broker, "portal", BANK).await;
    let state = sub_at(&broker, "portal", STATE).await;
    let mut browser = merged(&broker).await;
    let ways = ways(&broker, &mut browser).await;
    assert_eq!(ways.len(), 2);
    for way in &ways {
        let before = broker.events().await;

        let page = browser.open(way.as_str()).await;

        let why = page.text_of("#unlink-stays").unwrap();
        assert!(why.contains("účty nejdřív rozdělte"), "{why}");
        // The form is refused as well as the page.
        let (form, _) = browser
            .open(&broker.at("/account/link"))
            .await
            .form_with("box");
        let csrf = form.fields.into_iter().filter(|(name, _)| name == "csrf");
        let action = broker.url.join(&format!("{}/unlink", way.path())).unwrap();
        let refused = browser.request("POST", action, Some(csrf.collect())).await;
        assert_eq!(
            (refused.status, error_code(&refused).as_str()),
            (409, "LNK-106")
        );
        assert_eq!(broker.events_since(&before).await, ["link.refused.merged"]);
    }

    let page = browser.open(ways[1].as_str()).await;
    let page = browser.follow(page.link("Rozdělit účty")).await;
    let page = browser.submit(&page, "part-submit", &[]).await;

    assert_eq!(page.url.path(), "/account/parted", "{}", page.text());
    assert_eq!(sub_at(&broker, "portal", BANK).await, known);
    assert_eq!(sub_at(&broker, "portal", STATE).await, state);
}

#[tokio::test]
async fn after_the_time_for_parting_a_way_in_goes_like_any_other() {
    let broker = town().await;
    sub_at(&broker, "portal", BANK).await;
    merged(&broker).await;
    broker.hand.advance(chrono::Duration::days(91));

    let mut browser = at_account(&broker, STATE).await;
    let ways = ways(&broker, &mut browser).await;

    removed(&mut browser, &ways[0]).await;
}

#[tokio::test]
async fn a_way_in_that_is_added_back_goes_back_to_the_account_it_came_with() {
    let broker = town().await;
    let mut other = at_account(&broker, BANK).await;
    linked(&broker, &mut other, BOX).await;
    let known = sub_at(&broker, "portal", BANK).await;
    let mut browser = merged(&broker).await;
    let page = browser.open(&broker.at("/account")).await;
    let merge = page.link("Rozdělit účty");

    // The bank's goes, since the data box stays; it is added back, and the data box may go in its place.
    let before = ways(&broker, &mut browser).await;
    assert_eq!(before.len(), 3);
    removed(&mut browser, &before[0]).await;
    let page = browser.open(&broker.at("/account")).await;
    assert!(page.text().contains("Rozdělit účty"));
    linked(&broker, &mut browser, BANK).await;
    let after = ways(&broker, &mut browser).await;
    let boxed = after.iter().find(|way| **way == before[1]).unwrap();
    removed(&mut browser, boxed).await;

    let page = browser.open(merge.as_str()).await;
    let page = browser.submit(&page, "part-submit", &[]).await;

    assert_eq!(page.url.path(), "/account/parted", "{}", page.text());
    assert_eq!(sub_at(&broker, "portal", BANK).await, known);
}

#[tokio::test]
async fn closing_offers_to_part_first_and_closes_merged_accounts_only_on_a_word() {
    let broker = town().await;
    let known = sub_at(&broker, "portal", BANK).await;
    let mut browser = merged(&broker).await;

    let page = browser.open(&broker.at("/account/close")).await;
    let page = browser.submit(&page, "close-submit", &[]).await;

    assert_eq!(page.url.path(), "/account/close");
    let told = page.text_of("#close-parts-e").unwrap();
    assert!(told.contains("nejdřív rozdělte"), "{told}");
    let events = broker.events().await;
    assert!(!events.contains(&"account.deleted".to_owned()));

    // Parted, the other account outlives this one.
    let page = browser.follow(page.link("Rozdělit účty spojené")).await;
    let page = browser.submit(&page, "part-submit", &[]).await;
    assert_eq!(page.url.path(), "/account/parted", "{}", page.text());
    let mut browser = at_account(&broker, STATE).await;
    let page = browser.open(&broker.at("/account/close")).await;
    assert!(page.text_of("#close-parts").is_none());
    assert!(!page.body.contains("close-parts"));
    let page = browser.submit(&page, "close-submit", &[]).await;
    assert_eq!(page.url.path(), "/account/closed", "{}", page.text());
    assert_eq!(sub_at(&broker, "portal", BANK).await, known);

    // Merged again, both are closed by somebody who says that both are theirs.
    let mut browser = merged(&broker).await;
    let page = browser.open(&broker.at("/account/close")).await;
    let page = browser
        .submit(&page, "close-submit", &[("parts", "mine")])
        .await;
    assert_eq!(page.url.path(), "/account/closed", "{}", page.text());
    assert_ne!(sub_at(&broker, "portal", BANK).await, known);
}

/// What a person reads who pressed the button of a page that many times at once, and then once more each.
async fn pressed_again_and_again(browser: &mut Browser, page: &Page, button: &str) -> Vec<Page> {
    let mut others = [browser.clone(), browser.clone()];
    let [one, two] = &mut others;
    let at_once = tokio::join!(
        browser.submit(page, button, &[]),
        one.submit(page, button, &[]),
        two.submit(page, button, &[]),
    );
    // A reload sends the form again, with the cookies of then.
    let reloaded = browser.submit(page, button, &[]).await;
    let late = one.submit(page, button, &[]).await;
    vec![at_once.0, at_once.1, at_once.2, reloaded, late]
}

#[tokio::test]
async fn a_second_press_of_merge_and_of_part_ends_where_the_first_one_did() {
    let broker = town().await;
    sub_at(&broker, "portal", BANK).await;
    let mut browser = at_account(&broker, STATE).await;
    let page = proved(&broker, &mut browser, BANK).await;
    let before = broker.events().await;

    let merged = pressed_again_and_again(&mut browser, &page, "merge-submit").await;

    for page in merged {
        let ended = (page.status, page.url.path(), page.query("done"));
        let expected = (200, "/account", Some("merged".to_owned()));
        assert_eq!(ended, expected, "{}", page.text());
    }
    let events = broker.events_since(&before).await;
    let merges = events.iter().filter(|kind| *kind == "account.merged");
    assert_eq!(merges.count(), 1, "{events:?}");

    let page = browser.open(&broker.at("/account")).await;
    let page = browser.follow(page.link("Rozdělit účty")).await;
    let before = broker.events().await;

    let parted = pressed_again_and_again(&mut browser, &page, "part-submit").await;

    for page in parted {
        let ended = (page.status, page.url.path(), page.heading());
        let expected = (200, "/account/parted", "Účty jsou zase dva".to_owned());
        assert_eq!(ended, expected, "{}", page.text());
    }
    let events = broker.events_since(&before).await;
    let undone = events.iter().filter(|kind| *kind == "merge.undone");
    assert_eq!(undone.count(), 1, "{events:?}");
    let refused = events.iter().find(|kind| kind.contains("refused"));
    assert_eq!(refused, None, "{events:?}");

    // Nor does it frighten somebody who has signed in again meanwhile, and it signs nobody out.
    let mut browser = at_account(&broker, STATE).await;
    for again in [
        browser.submit(&page, "part-submit", &[]).await,
        browser.open(page.url.as_str()).await,
    ] {
        assert_eq!(again.url.path(), "/account/parted", "{}", again.text());
    }
    let page = browser.open(&broker.at("/account")).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
}

/// The contacts that a page of contacts shows.
async fn contacts(broker: &TestBroker, browser: &mut Browser) -> Vec<String> {
    let page = browser.open(&broker.at("/account/contacts")).await;
    page.texts_of("tbody tr")
}

async fn parted(broker: &TestBroker, browser: &mut Browser) {
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.follow(page.link("Rozdělit účty")).await;
    let page = browser.submit(&page, "part-submit", &[]).await;
    assert_eq!(page.url.path(), "/account/parted", "{}", page.text());
}

#[tokio::test]
async fn what_a_merged_way_in_brings_while_the_two_are_one_goes_back_with_it() {
    let mut broker = town().await;
    sub_at(&broker, "portal", BANK).await;
    merged(&broker).await;
    let known = json!({ "email": "nova@posta.example", "phone": "+420 601 234 567" });
    broker
        .restart(json!({ "provider": { "bank": { "account": { BANK.1: known } } } }))
        .await;
    let mut by_bank = at_account(&broker, BANK).await;
    let both = contacts(&broker, &mut by_bank).await;
    let is_new = |row: &String| row.contains("nova@") || row.contains("601");
    assert_eq!(both.iter().filter(|row| is_new(row)).count(), 2, "{both:?}");

    let mut browser = at_account(&broker, STATE).await;
    parted(&broker, &mut browser).await;

    let mut browser = at_account(&broker, STATE).await;
    let ours = contacts(&broker, &mut browser).await;
    assert!(!ours.iter().any(is_new), "{ours:?}");
    let mut by_bank = at_account(&broker, BANK).await;
    let theirs = contacts(&broker, &mut by_bank).await;
    assert_eq!(
        theirs.iter().filter(|row| is_new(row)).count(),
        2,
        "{theirs:?}"
    );
    let mail = theirs.iter().find(|row| row.contains("nova@")).unwrap();
    assert!(mail.contains("ověřeno"), "{theirs:?}");
}

/// Somebody else has the address of both proven and gives it up; the merged account's bank vouches for it then.
#[tokio::test]
async fn an_address_of_both_that_a_merged_way_in_proves_goes_back_to_its_account() {
    let broker = town().await;
    let mut other = at_account(&broker, ("register", "petr")).await;
    sub_at(&broker, "portal", BANK).await;
    merged(&broker).await;
    let page = other.open(&broker.at("/account/contacts")).await;
    other.submit(&page, "Odebrat", &[]).await;
    let mut by_bank = at_account(&broker, BANK).await;
    let both = contacts(&broker, &mut by_bank).await;
    assert!(both[0].contains("ověřeno"), "{both:?}");

    let mut browser = at_account(&broker, STATE).await;
    parted(&broker, &mut browser).await;

    let mut by_bank = at_account(&broker, BANK).await;
    let theirs = contacts(&broker, &mut by_bank).await;
    assert_eq!(theirs.len(), 1, "{theirs:?}");
    assert!(theirs[0].contains("ověřeno"), "{theirs:?}");
    let mut browser = at_account(&broker, STATE).await;
    let ours = contacts(&broker, &mut browser).await;
    assert_eq!(ours.len(), 1, "{ours:?}");
    assert!(ours[0].contains("nepotvrzeno"), "{ours:?}");
}

/// The bank serves nobody any more, or lets nobody in by itself: only the data box still opens the account that both came with.
#[tokio::test]
async fn a_way_in_that_does_not_work_any_more_does_not_stand_in_for_one_that_does() {
    for gone in [
        json!({ "provider": { "bank": null }, "client": { "reading": null } }),
        json!({ "account": { "link_only": ["bank"] } }),
    ] {
        let mut broker = town().await;
        let mut other = at_account(&broker, BANK).await;
        linked(&broker, &mut other, BOX).await;
        let known = sub_at(&broker, "portal", BOX).await;
        let mut browser = merged(&broker).await;
        let of_box = ways(&broker, &mut browser).await[1].clone();
        let of_bank = ways(&broker, &mut browser).await[0].clone();

        broker.restart(gone).await;

        let mut browser = at_account(&broker, STATE).await;
        let page = browser.open(of_box.as_str()).await;
        let why = page.text_of("#unlink-stays").unwrap();
        assert!(why.contains("účty nejdřív rozdělte"), "{why}");
        // What does not work any more may go: what does stays.
        removed(&mut browser, &of_bank).await;
        let page = browser.open(of_box.as_str()).await;
        let page = browser.follow(page.link("Rozdělit účty")).await;
        let page = browser.submit(&page, "part-submit", &[]).await;
        assert_eq!(page.url.path(), "/account/parted", "{}", page.text());
        assert_eq!(sub_at(&broker, "portal", BOX).await, known);
    }
}

#[tokio::test]
async fn accounts_are_not_parted_while_one_of_them_would_have_no_way_in_that_works() {
    let mut broker = town().await;
    let known = sub_at(&broker, "portal", BANK).await;
    merged(&broker).await;
    broker
        .restart(json!({ "account": { "link_only": ["bank"] } }))
        .await;
    let mut browser = at_account(&broker, STATE).await;
    let of_bank = ways(&broker, &mut browser).await[0].clone();

    let page = browser.open(of_bank.as_str()).await;
    assert!(page.text_of("#unlink-stays").is_some(), "{}", page.text());
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.follow(page.link("Rozdělit účty")).await;

    assert!(page.text().contains("Rozdělit je teď nejde"));
    let (form, _) = browser
        .open(&broker.at("/account/link"))
        .await
        .form_with("box");
    let csrf = form.fields.into_iter().filter(|(name, _)| name == "csrf");
    let action = broker.url.join(&format!("{}/undo", page.url.path()));
    let refused = browser
        .request("POST", action.unwrap(), Some(csrf.collect()))
        .await;
    assert_eq!(refused.status, 409, "{}", refused.body);

    broker
        .restart(json!({ "account": { "link_only": [] } }))
        .await;
    let mut browser = at_account(&broker, STATE).await;
    parted(&broker, &mut browser).await;
    assert_eq!(sub_at(&broker, "portal", BANK).await, known);
}

/// At the library: asks for these scopes, presses what the page about them says, and gives the scopes that were shown.
async fn at_library(
    broker: &TestBroker,
    browser: &mut Browser,
    door: Option<(&str, &str)>,
    scope: &str,
) -> Shown {
    let asked = broker.authorize("library", &[("scope", scope)]);
    let mut page = browser.open(&asked).await;
    if let Some(door) = door {
        page = super::ways::through(broker, browser, &page, door).await;
    }
    if !page.url.path().ends_with("/information") {
        assert!(arrived(&page, "library"), "{} {}", page.url, page.text());
        return Shown::Nothing;
    }
    let page = browser.submit(&page, "consent-submit", &[]).await;
    assert!(arrived(&page, "library"), "{} {}", page.url, page.text());
    Shown::Information
}

/// Whether a page came before the code.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    Information,
    Nothing,
}

/// Nobody's "yes" becomes another's: what was allowed while the accounts were one stands for neither.
#[tokio::test]
async fn consents_of_a_merged_account_go_back_and_nothing_is_added_to_anybodys() {
    const MUCH: &str = "openid profile email phone";
    const LITTLE: &str = "openid city.identity";
    let broker = town().await;
    let a_while = chrono::Duration::seconds(10);
    let shown = at_library(&broker, &mut Browser::new(), Some(BANK), MUCH).await;
    assert_eq!(shown, Shown::Information);
    broker.hand.advance(a_while);
    let mut browser = merged(&broker).await;
    broker.hand.advance(a_while);
    let shown = at_library(&broker, &mut browser, None, LITTLE).await;
    assert_eq!(shown, Shown::Information);
    assert_eq!(
        at_library(&broker, &mut browser, None, MUCH).await,
        Shown::Nothing
    );
    broker.hand.advance(a_while);

    parted(&broker, &mut browser).await;

    // Who had allowed much has it allowed again, and no more.
    let mut theirs = Browser::new();
    let shown = at_library(&broker, &mut theirs, Some(BANK), MUCH).await;
    assert_eq!(shown, Shown::Nothing);
    let shown = at_library(&broker, &mut theirs, None, LITTLE).await;
    assert_eq!(shown, Shown::Information);
    // Who had never been there is asked everything.
    let mut ours = Browser::new();
    let shown = at_library(&broker, &mut ours, Some(STATE), MUCH).await;
    assert_eq!(shown, Shown::Information);
}
