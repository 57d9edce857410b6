//! Contacts, and what people are told at them.

use idp::ids::AccountId;
use idp::notices::{self, Notice};
use serde_json::json;
use store::on;
use tests::mailbox::{Mail, Mailbox, Manner};

use super::*;

pub(super) const CONTACTS: &str = "/account/contacts";

/// A broker that can send mail.
pub(super) async fn with_mail() -> (TestBroker, Mailbox) {
    let mailbox = Mailbox::start().await;
    let broker = configured(json!({ "mail": mailbox.section() })).await;
    (broker, mailbox)
}

pub(super) async fn at_contacts(broker: &TestBroker, person: (&str, &str)) -> (Browser, Page) {
    let mut browser = Browser::new();
    let page = browser.open(&broker.at(CONTACTS)).await;
    let page = broker.sign_in(&mut browser, &page, person).await;
    assert_eq!(page.url.path(), CONTACTS, "{}", page.text());
    (browser, page)
}

/// Adds an address; the page that asks for its code.
pub(super) async fn add(browser: &mut Browser, page: &Page, address: &str) -> Page {
    browser
        .submit(page, "contact-add", &[("email", address)])
        .await
}

/// An address that no other test has: limits count by address, in a store that tests may share.
pub(super) fn fresh(name: &str) -> String {
    format!("{name}.{}@posta.example", web::Random::system().uuid_v4())
}

pub(super) async fn confirm(browser: &mut Browser, page: &Page, code: &str) -> Page {
    browser
        .submit(page, "contact-confirm", &[("code", code)])
        .await
}

pub(super) async fn accounts(broker: &TestBroker) -> Vec<AccountId> {
    let mut tx = broker.db.read().await.unwrap();
    on!(&mut tx, db => {
        sqlx::query_scalar("select account_id from account order by account_id").fetch_all(db).await
    })
    .unwrap()
}

async fn tell(broker: &TestBroker, account_id: AccountId, notice: &Notice) {
    let mut tx = broker.db.begin().await.unwrap();
    notices::enqueue(
        &broker.broker,
        &mut tx,
        account_id,
        notice,
        broker.clock.now(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// Works off everything that is due to be mailed; another worker may be at it at the same time.
pub(super) async fn work(broker: &TestBroker) {
    loop {
        idp::workers::mail(&broker.broker).await.unwrap();
        let mut tx = broker.db.read().await.unwrap();
        let leased: i64 = on!(&mut tx, db => {
            sqlx::query_scalar(
                "select count(*) from job where kind in ('notice.mail', 'contact.code') and lease_token is not null",
            )
            .fetch_one(db)
            .await
        })
        .unwrap();
        drop(tx);
        if leased == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

pub(super) async fn next_mail(broker: &TestBroker, mailbox: &Mailbox, before: usize) -> Mail {
    work(broker).await;
    mailbox.wait_for(before + 1).await[before].clone()
}

fn link_added() -> Notice {
    Notice::LinkAdded {
        provider: "demo".to_owned(),
    }
}

#[tokio::test]
async fn an_address_that_a_provider_vouches_for_is_told_what_happens_in_the_persons_language() {
    let (broker, mailbox) = with_mail().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;
    assert!(page.text().contains("jana@posta.example"));
    assert!(
        page.text().contains("ověřeno · Zkušební přihlášení"),
        "{}",
        page.text()
    );
    let account = browser.open(&broker.at("/account")).await;
    browser
        .submit(&account, "Uložit jazyk", &[("language", "de")])
        .await;

    tell(&broker, accounts(&broker).await[0], &link_added()).await;
    let mail = next_mail(&broker, &mailbox, 0).await;

    assert_eq!(mail.to, "jana@posta.example");
    assert_eq!(mail.from, "identita@vzorov.example");
    assert!(
        mail.subject().ends_with("ein Anmeldeweg kam hinzu"),
        "{}",
        mail.subject()
    );
    assert!(
        mail.text().contains("kam ein Anmeldeweg hinzu:"),
        "{}",
        mail.text()
    );
    assert!(mail.text().contains(&broker.at("/account")));
    assert!(mail.html().contains("<html lang=\"de\">"));
    assert!(mail.raw.contains("Auto-Submitted: auto-generated"));
    let page = browser.open(&broker.at(CONTACTS)).await;
    assert!(
        page.text().contains("jana@posta.example: gesendet"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn without_a_mail_server_notices_stand_on_the_page_as_not_sent() {
    let broker = start().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;
    assert!(page.text().contains("Město zatím e-maily neposílá"));
    assert!(page.texts_of("#contact-add").is_empty());

    tell(&broker, accounts(&broker).await[0], &link_added()).await;

    let page = browser.open(&broker.at(CONTACTS)).await;
    assert!(
        page.text()
            .contains("přibyl způsob přihlášení: Zkušební přihlášení."),
        "{}",
        page.text()
    );
    assert!(
        page.text().contains("jana@posta.example: neodesláno"),
        "{}",
        page.text()
    );
    let forced = [("csrf", ""), ("email", "jiny@posta.example")];
    let forced = forced.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (form, _) = page.form_with("Odebrat");
    let fields = forced
        .into_iter()
        .map(|(name, value)| match name.as_str() {
            "csrf" => (name, form.fields[0].1.clone()),
            _ => (name, value),
        })
        .collect();
    let address = broker.url.join("/account/contacts/add").unwrap();
    let refused = browser.request("POST", address, Some(fields)).await;
    assert_eq!(refused.status, 422);
    assert_eq!(broker.rows("contact").await, 1);
}

#[tokio::test]
async fn a_stated_address_is_confirmed_by_a_mailed_code_and_older_contacts_are_told() {
    let (broker, mailbox) = with_mail().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;

    let address = fresh("Jana.Nova");
    let typed = format!(" {} ", address.replace("@posta", "@Posta"));
    let page = add(&mut browser, &page, &typed).await;
    assert_eq!(page.heading(), "Potvrzení e-mailu");
    let mail = next_mail(&broker, &mailbox, 0).await;
    assert_eq!(mail.to, address);
    tell(&broker, accounts(&broker).await[0], &link_added()).await;
    assert_eq!(
        next_mail(&broker, &mailbox, 1).await.to,
        "jana@posta.example"
    );
    let page = confirm(&mut browser, &page, &mail.code()).await;

    assert_eq!(page.url.path(), CONTACTS);
    assert!(
        page.text().contains("potvrzeno · 24. 11. 2026"),
        "{}",
        page.text()
    );
    let told = next_mail(&broker, &mailbox, 2).await;
    assert_eq!(told.to, "jana@posta.example");
    assert!(
        told.text().contains("přibyl další potvrzený kontakt"),
        "{}",
        told.text()
    );
    assert_eq!(
        mailbox.mails().len(),
        3,
        "nobody was written to before they confirmed"
    );
    assert!(broker.events().await.contains(&"contact.proven".to_owned()));
}

#[tokio::test]
async fn a_code_is_good_once_for_its_contact_until_a_newer_one_came() {
    let (broker, mailbox) = with_mail().await;
    let (mut jana, page) = at_contacts(&broker, JANA).await;
    let (mut petr, petrs) = at_contacts(&broker, PETR).await;
    let page = add(&mut jana, &page, &fresh("nova")).await;
    let first = next_mail(&broker, &mailbox, 0).await.code();
    let page = jana.submit(&page, "contact-send", &[]).await;
    let second = next_mail(&broker, &mailbox, 1).await.code();
    let petrs = add(&mut petr, &petrs, &fresh("petr")).await;
    next_mail(&broker, &mailbox, 2).await;

    let refused = confirm(&mut petr, &petrs, &second).await;
    assert_eq!(refused.status, 422, "a code of another account");
    let refused = confirm(&mut jana, &page, &first).await;
    assert_eq!(refused.status, 422, "replaced by a newer one");
    let mut theirs = petr
        .open(&broker.at(CONTACTS))
        .await
        .form_with("Odebrat")
        .0
        .fields;
    theirs.push(("code".to_owned(), second.clone()));
    let address = broker
        .url
        .join(&format!("{}/confirm", page.url.path()))
        .unwrap();
    petr.request("POST", address, Some(theirs)).await;
    assert!(
        !broker.events().await.contains(&"contact.proven".to_owned()),
        "another account's contact is not found"
    );

    let good = format!("{} {}", &second[..4], &second[4..]);
    let done = confirm(&mut jana, &page, &good).await;
    assert_eq!(done.url.path(), CONTACTS);
    let again = confirm(&mut jana, &page, &second).await;
    assert_eq!(again.url.path(), CONTACTS);
    let proven = broker.events().await;
    assert_eq!(
        proven
            .iter()
            .filter(|kind| *kind == "contact.proven")
            .count(),
        1
    );
}

#[tokio::test]
async fn a_code_ends_after_five_wrong_tries_and_after_a_day() {
    let (broker, mailbox) = with_mail().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;
    let page = add(&mut browser, &page, &fresh("nova")).await;
    let code = next_mail(&broker, &mailbox, 0).await.code();
    let wrong = if code == "00000000" {
        "11111111"
    } else {
        "00000000"
    };
    for _ in 0..5 {
        let refused = confirm(&mut browser, &page, wrong).await;
        assert!(
            refused.text().contains("Kód nesouhlasí"),
            "{}",
            refused.text()
        );
    }

    let refused = confirm(&mut browser, &page, &code).await;
    assert!(
        refused.text().contains("Tento kód už neplatí"),
        "{}",
        refused.text()
    );

    let page = browser.submit(&page, "contact-send", &[]).await;
    let code = next_mail(&broker, &mailbox, 1).await.code();
    broker.hand.advance(chrono::Duration::hours(24));
    let opened = browser.open(page.url.as_str()).await;
    broker.sign_in(&mut browser, &opened, JANA).await;
    let page = browser.open(page.url.as_str()).await;
    assert!(
        page.texts_of("#contact-confirm").is_empty(),
        "no code waits"
    );
    let mut fields = page.form_with("contact-send").0.fields;
    fields.push(("code".to_owned(), code));
    let address = broker
        .url
        .join(&format!("{}/confirm", page.url.path()))
        .unwrap();
    let late = browser.request("POST", address, Some(fields)).await;
    assert_eq!(late.status, 422);
}

#[tokio::test]
async fn codes_are_not_mailed_without_end() {
    let (broker, mailbox) = with_mail().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;
    let address = fresh("nova");
    let mut page = add(&mut browser, &page, &address).await;
    for _ in 0..4 {
        page = browser.submit(&page, "contact-send", &[]).await;
        assert_eq!(page.status, 200);
    }

    let refused = browser.submit(&page, "contact-send", &[]).await;

    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("příliš často"),
        "{}",
        refused.text()
    );
    work(&broker).await;
    assert_eq!(mailbox.wait_for(5).await.len(), 5);
    // Nor to the same address by somebody else.
    let (mut petr, page) = at_contacts(&broker, PETR).await;
    let refused = add(&mut petr, &page, &address.to_uppercase()).await;
    assert_eq!(refused.status, 422);
}

#[tokio::test]
async fn an_address_of_somebody_else_looks_like_any_other_until_its_code_is_brought() {
    let (hers, nobodys) = (fresh("jana"), fresh("nikdo"));
    let mailbox = Mailbox::start().await;
    let broker = configured(json!({
        "mail": mailbox.section(),
        "provider": { "demo": { "account": { JANA.0: { "email": hers } } } },
    }))
    .await;
    at_contacts(&broker, JANA).await;
    let (mut petr, page) = at_contacts(&broker, PETR).await;

    let known = add(&mut petr, &page, &hers).await;
    let unknown = add(&mut petr, &page, &nobodys).await;
    let without_address = |page: &Page| page.text().replace(&hers, "").replace(&nobodys, "");
    assert_eq!(without_address(&known), without_address(&unknown));
    work(&broker).await;
    let mails = mailbox.wait_for(2).await;
    let code = mails.iter().find(|mail| mail.to == hers).unwrap().code();

    let told = confirm(&mut petr, &known, &code).await;

    assert_eq!(told.status, 409);
    assert!(told.text().contains("CON-101"), "{}", told.text());
    tell(&broker, accounts(&broker).await[0], &link_added()).await;
    assert_eq!(next_mail(&broker, &mailbox, 2).await.to, hers);
    tell(&broker, accounts(&broker).await[1], &link_added()).await;
    work(&broker).await;
    assert_eq!(mailbox.mails().len(), 3, "Petr has no confirmed contact");
}

#[tokio::test]
async fn two_people_with_one_mailbox_stay_two_and_the_first_keeps_it() {
    let mailbox = Mailbox::start().await;
    let broker = configured(json!({
        "mail": mailbox.section(),
        "provider": { "demo": { "account": {
            "petr": { "password": "heslo", "given_name": "PETR", "email": "Jana@posta.example" },
        } } },
    }))
    .await;
    at_contacts(&broker, JANA).await;
    for _ in 0..2 {
        let (_, page) = at_contacts(&broker, PETR).await;
        assert!(page.text().contains("nepotvrzeno"), "{}", page.text());
    }

    let (_, page) = at_contacts(&broker, JANA).await;

    assert!(page.text().contains("ověřeno"), "{}", page.text());
    assert_eq!(broker.rows("account").await, 2);
    assert_eq!(broker.rows("contact").await, 2);
}

#[tokio::test]
async fn a_removed_contact_hears_of_it_and_does_not_come_back_with_the_next_login() {
    let (broker, mailbox) = with_mail().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;

    let page = browser.submit(&page, "Odebrat", &[]).await;

    assert!(
        page.text().contains("Zatím žádnou nemáte"),
        "{}",
        page.text()
    );
    let mail = next_mail(&broker, &mailbox, 0).await;
    assert_eq!(mail.to, "jana@posta.example");
    assert!(
        mail.text().contains("byl odebrán kontakt"),
        "{}",
        mail.text()
    );
    let (mut browser, page) = at_contacts(&broker, JANA).await;
    assert!(
        page.text().contains("Zatím žádnou nemáte"),
        "{}",
        page.text()
    );
    // Thirty days later nobody can read the address any more.
    broker.hand.advance(chrono::Duration::days(31));
    idp::workers::sweep(&broker.broker).await.unwrap();
    let page = browser.open(&broker.at(CONTACTS)).await;
    broker.sign_in(&mut browser, &page, JANA).await;
    let page = browser.open(&broker.at(CONTACTS)).await;
    assert!(
        page.text().contains("odebraná adresa: odesláno"),
        "{}",
        page.text()
    );
    assert!(
        page.text().contains("Zatím žádnou nemáte"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_refused_address_is_marked_and_silence_after_a_mail_is_not_answered_by_another() {
    let (broker, mailbox) = with_mail().await;
    let (mut browser, _) = at_contacts(&broker, JANA).await;
    let account = accounts(&broker).await[0];
    mailbox.behave(Manner::RefusesRecipients);
    tell(&broker, account, &link_added()).await;
    work(&broker).await;
    let page = browser.open(&broker.at(CONTACTS)).await;
    assert!(
        page.text().contains("poštovní server adresu odmítl"),
        "{}",
        page.text()
    );
    assert!(
        page.text()
            .contains("Poštovní server adresu odmítl (24. 11. 2026)"),
        "{}",
        page.text()
    );

    mailbox.behave(Manner::TakesSilently);
    tell(&broker, account, &Notice::AccountsMerged).await;
    work(&broker).await;
    mailbox.behave(Manner::Takes);
    broker.hand.advance(chrono::Duration::hours(1));
    work(&broker).await;
    assert_eq!(mailbox.mails().len(), 1, "sent once, whatever became of it");
    let page = browser.open(&broker.at(CONTACTS)).await;
    assert!(
        page.text().contains("nevíme, zda zpráva došla"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_mail_that_was_put_off_goes_later() {
    let (broker, mailbox) = with_mail().await;
    let (mut browser, _) = at_contacts(&broker, JANA).await;
    mailbox.behave(Manner::PutsOff);
    tell(&broker, accounts(&broker).await[0], &link_added()).await;
    work(&broker).await;
    let page = browser.open(&broker.at(CONTACTS)).await;
    assert!(page.text().contains("čeká na odeslání"), "{}", page.text());

    mailbox.behave(Manner::Takes);
    broker.hand.advance(chrono::Duration::seconds(31));

    let mail = next_mail(&broker, &mailbox, 0).await;
    assert_eq!(mail.to, "jana@posta.example");
}

#[tokio::test]
async fn what_is_no_address_is_asked_for_again_with_what_was_typed() {
    let (broker, _mailbox) = with_mail().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;

    for typed in [
        "jana",
        "jana@posta.example\r\nBcc: x@y.example",
        "žofie@posta.example",
    ] {
        let page = add(&mut browser, &page, typed).await;

        assert_eq!(page.status, 422);
        assert!(page.text_of(".errors").is_some(), "{}", page.text());
    }
    let known = add(&mut browser, &page, "jana@posta.example").await;
    assert!(
        known.text().contains("už máte potvrzenou"),
        "{}",
        known.text()
    );
}

#[tokio::test]
async fn the_pages_speak_three_languages() {
    let (broker, _mailbox) = with_mail().await;
    for (language, list, code) in [
        ("cs", "Kontakty a oznámení", "Potvrzení e-mailu"),
        ("en", "Contacts and notices", "Confirm your e-mail"),
        ("de", "Kontakte und Mitteilungen", "E-Mail bestätigen"),
    ] {
        let mut browser = Browser::new().speaking(language);
        let page = browser.open(&broker.at(CONTACTS)).await;
        let page = broker.sign_in(&mut browser, &page, PETR).await;

        assert_eq!(page.heading(), list);
        let page = add(&mut browser, &page, &fresh(language)).await;
        assert_eq!(page.heading(), code);
    }
}

/// A former word of a provider proves nothing any more: the mailbox may be somebody else's by now.
#[tokio::test]
async fn an_address_that_its_provider_replaces_is_only_stated_again_and_both_hear_of_it() {
    let (mut broker, mailbox) = with_mail().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;
    let own = fresh("vlastni");
    let asked = add(&mut browser, &page, &own).await;
    let code = next_mail(&broker, &mailbox, 0).await.code();
    confirm(&mut browser, &asked, &code).await;
    work(&broker).await;
    let before = mailbox.mails().len();
    let other = json!({ "email": "jana.jinde@posta.example" });
    broker
        .restart(json!({ "provider": { "demo": { "account": { JANA.0: other } } } }))
        .await;

    let (mut browser, page) = at_contacts(&broker, JANA).await;

    let row = |address: &str| {
        let rows = page.texts_of("tbody tr");
        rows.into_iter().find(|row| row.contains(address)).unwrap()
    };
    assert!(row("jana.jinde@posta.example").contains("ověřeno · Zkušební přihlášení"));
    assert!(row("jana@posta.example").contains("nepotvrzeno"));
    assert!(row(&own).contains("potvrzeno ·"), "a code proved it");
    assert!(
        page.text()
            .contains("teď uvádí jinou vaši e-mailovou adresu"),
        "{}",
        page.text()
    );
    work(&broker).await;
    let mails = mailbox.wait_for(before + 3).await;
    let mut told: Vec<&str> = mails[before..]
        .iter()
        .map(|mail| mail.to.as_str())
        .collect();
    told.sort_unstable();
    let mut all = [
        "jana.jinde@posta.example",
        "jana@posta.example",
        own.as_str(),
    ];
    all.sort_unstable();
    assert_eq!(told, all);

    // From now on only those that are confirmed; and the next login changes nothing.
    browser.open(&broker.at("/account")).await;
    at_contacts(&broker, JANA).await;
    tell(&broker, accounts(&broker).await[0], &link_added()).await;
    work(&broker).await;
    let mails = mailbox.wait_for(before + 5).await;
    let told: Vec<&str> = mails[before + 3..]
        .iter()
        .map(|mail| mail.to.as_str())
        .collect();
    assert!(
        !told.contains(&"jana@posta.example") && told.len() == 2,
        "{told:?}"
    );

    // And back: letters went there, and it is confirmed again.
    let former = json!({ "email": "jana@posta.example" });
    broker
        .restart(json!({ "provider": { "demo": { "account": { JANA.0: former } } } }))
        .await;
    let (_, page) = at_contacts(&broker, JANA).await;
    let rows = page.texts_of("tbody tr");
    let told = |address: &str| rows.iter().find(|row| row.contains(address)).unwrap();
    assert!(told("jana@posta.example").contains("ověřeno"), "{rows:?}");
    assert!(
        told("jana.jinde@posta.example").contains("nepotvrzeno"),
        "{rows:?}"
    );
}
