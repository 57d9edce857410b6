//! A stolen way into a joined account as officers remove it with the program, on both databases.

use tests::browser::{Browser, Page};
use tests::engines::{empty_postgres, folder, postgres_address};

use super::town::Town;

const JANA: &str = "password = \"jana\"";

/// Jana as two providers know her.
const KNOWN: &str = "password = \"jana\"\nidentity = \"state\"\nlogin = \"multi\"\ngiven_name = \"JANA\"\nfamily_name = \"DVOŘÁKOVÁ\"
birth_date = \"1984-05-14\"

[provider.bank]
kind = \"demo\"
environment = \"sandbox\"

[provider.bank.account.jana]
password = \"jana\"
identity = \"town\"
login = \"multi\"
given_name = \"Jana\"
family_name = \"Dvořáková\"
birth_date = \"1984-05-14\"";

/// Chooses a provider on the page and signs in there.
async fn through(browser: &mut Browser, page: &Page, provider: &str) -> Page {
    let page = browser.submit(page, provider, &[]).await;
    let typed = [("login-username", "jana"), ("login-password", "jana")];
    browser.submit(&page, "login-submit", &typed).await
}

async fn at_account(town: &Town, provider: &str) -> (Browser, Page) {
    let mut browser = Browser::new();
    let page = browser.open(&format!("{}/account", town.url)).await;
    let page = through(&mut browser, &page, provider).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    (browser, page)
}

/// The bank's account becomes part of the other one.
async fn joined(town: &Town) {
    at_account(town, "bank").await;
    let (mut browser, _) = at_account(town, "demo").await;
    let page = browser.open(&format!("{}/account/link", town.url)).await;
    let page = through(&mut browser, &page, "bank").await;
    let page = browser.submit(&page, "merge-submit", &[]).await;
    let done = page.query("done");
    assert_eq!(done.as_deref(), Some("merged"), "{}", page.text());
}

/// The first word of the row that says this.
fn key_of<'a>(listed: &'a str, words: &str) -> &'a str {
    let row = listed.lines().find(|line| line.contains(words));
    let row = row.unwrap_or_else(|| panic!("{words}: {listed}"));
    row.split(' ').next().unwrap()
}

fn says(said: &str, words: &[&str]) {
    for words in words {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test]
async fn the_last_way_in_of_a_joined_account_is_listed_shown_and_removed_by_two_officers() {
    let engine = empty_postgres().await;
    let postgres = postgres_address(&engine).to_string();
    for database in [None, Some(postgres)] {
        let folder = folder();
        let town = Town::start(&folder, (JANA, KNOWN), database).await;
        let [first, second] = town.officers().await;
        joined(&town).await;
        let who = ["--family-name", "Dvorakova", "--birth-date", "1984-05-14"];
        let found = town.done("alena", &[["account", "find"].as_slice(), &who].concat());
        let account = key_of(&found, "active");

        let list = ["link", "list", "--account", account];
        let listed = town.done("alena", &list);
        assert_eq!(listed.lines().count(), 3, "{listed}");
        let stolen = key_of(&listed, "bank");
        let last = "the last one of an account that can be parted until ";
        assert_eq!(listed.matches(last).count(), 2, "{listed}");
        let show = ["link", "show", stolen];
        let shown = town.done("alena", &show);
        says(
            &shown,
            &[
                "provider  bank\n",
                "came      with account ",
                "removal   ends the possibility to part account ",
                "--end-parting",
                "JANA DVOŘÁKOVÁ",
                "born    1984-05-14",
            ],
        );
        assert!(!shown.contains("waits for another officer"), "{shown}");

        let remove = ["link", "remove", stolen, "--officer", &first];
        let proved = ["--proved", "cestovní pas, spis 7/2026"];
        let remove = [remove.as_slice(), &proved].concat();
        let word = ["--end-parting"];
        town.refused("alena", &remove, "say --end-parting");
        let said = town.done("alena", &[remove.as_slice(), &word].concat());
        says(&said, &["nothing has changed yet", "--end-parting"]);
        let shown = town.done("bohumil", &show);
        says(
            &shown,
            &[
                "Alena Psavá",
                "waits for another officer until ",
                "proved    cestovní pas, spis 7/2026",
                "decided   with the end of parting account ",
            ],
        );
        let agree = ["link", "agree", stolen, "--officer", &second];
        town.refused("bohumil", &agree, "say --end-parting");
        let said = town.done("bohumil", &[agree.as_slice(), &word].concat());
        says(&said, &["is removed", "can never be parted again"]);

        town.refused("alena", &show, "no way in has the key");
        let listed = town.done("alena", &list);
        assert_eq!(listed.lines().count(), 2, "{listed}");
        says(&listed, &["demo, no other one works"]);
        let left = key_of(&listed, "demo");
        let shown = town.done("alena", &["link", "show", left]);
        says(
            &shown,
            &["removal   no other way in that works would be left"],
        );
        let (_, page) = at_account(&town, "demo").await;
        assert!(!page.text().contains("Rozdělit účty"), "{}", page.text());
        let verified = town.done("alena", &["audit", "verify"]);
        says(&verified, &["the chain is whole"]);
    }
}
