//! Contacts change only after a fresh login, what was removed can be brought back, and logins and merges fill them.

use chrono::Duration;
use serde_json::{Value, json};
use tests::bank_id::FakeBankId;
use tests::mailbox::{Mail, Mailbox};

use super::contacts::{CONTACTS, add, at_contacts, confirm, fresh, next_mail, with_mail, work};
use super::*;

/// The path of the link in a mail that brings a contact back.
fn undo_link(mail: &Mail) -> String {
    let text = mail.text();
    let line = text
        .lines()
        .find(|line| line.contains("/account/contacts/undo/"));
    line.unwrap_or_else(|| panic!("no link in {text}"))
        .trim()
        .to_owned()
}

/// Jana removes her address; the mail that tells of it, the first one.
async fn removed(broker: &TestBroker, mailbox: &Mailbox) -> (Browser, Mail) {
    let (mut browser, page) = at_contacts(broker, JANA).await;
    browser.submit(&page, "Odebrat", &[]).await;
    let mail = next_mail(broker, mailbox, 0).await;
    (browser, mail)
}

fn error_code(page: &Page) -> String {
    page.texts_of(".bigcode").pop().unwrap_or_default()
}

#[tokio::test]
async fn what_changes_contacts_needs_a_login_of_a_few_minutes_ago_and_loses_nothing_typed() {
    let (broker, _mailbox) = with_mail().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;
    assert!(page.texts_of("#contacts-prove").is_empty());
    broker.hand.advance(Duration::minutes(6));
    let page = browser.open(&broker.at(CONTACTS)).await;
    assert_eq!(page.texts_of("#contacts-prove").len(), 1);
    let address = fresh("nova");

    let door = add(&mut browser, &page, &address).await;
    assert!(door.url.path().ends_with("/demo"), "{}", door.text());
    let page = broker.sign_in(&mut browser, &door, JANA).await;

    assert_eq!(page.url.path(), CONTACTS);
    assert!(
        page.text().contains("Teď můžete kontakty změnit"),
        "{}",
        page.text()
    );
    assert_eq!(broker.rows("contact").await, 1, "nothing was added yet");
    let (form, _) = page.form_with("contact-add");
    assert!(
        form.fields.contains(&("email".to_owned(), address.clone())),
        "what was typed is there again"
    );
    let code_page = browser.submit(&page, "contact-add", &[]).await;
    assert_eq!(code_page.heading(), "Potvrzení e-mailu");
    let page = browser.open(&broker.at(CONTACTS)).await;
    let (form, _) = page.form_with("contact-add");
    assert!(form.fields.contains(&("email".to_owned(), String::new())));

    broker.hand.advance(Duration::minutes(6));
    for button in ["contact-send", "Odebrat"] {
        let page = if button == "Odebrat" {
            browser.open(&broker.at(CONTACTS)).await
        } else {
            browser.open(code_page.url.as_str()).await
        };
        let door = browser.submit(&page, button, &[]).await;
        assert!(door.url.path().ends_with("/demo"), "{}", door.text());
    }
    assert_eq!(broker.rows("contact").await, 2, "nothing was removed");
    assert!(
        !broker
            .events()
            .await
            .contains(&"contact.removed".to_owned())
    );
}

/// Whoever asks for a letter to somebody else must not choose where its links lead.
#[tokio::test]
async fn atk_r08_spoofed_hosts_change_nothing_in_letters() {
    let mailbox = Mailbox::start().await;
    let proxy = json!({ "trusted_proxies": ["127.0.0.1/32"] });
    let broker = configured(json!({ "mail": mailbox.section(), "server": proxy })).await;
    let mut browser = Browser::new().spoofing();
    let page = browser.open(&broker.at(CONTACTS)).await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;
    let address = fresh("nova");

    add(&mut browser, &page, &address).await;
    let code = next_mail(&broker, &mailbox, 0).await;
    let page = browser.open(&broker.at(CONTACTS)).await;
    browser.submit(&page, "Odebrat", &[]).await;
    let told = next_mail(&broker, &mailbox, 1).await;

    assert_eq!(
        (code.to.as_str(), told.to.as_str()),
        (address.as_str(), "jana@posta.example")
    );
    let link = undo_link(&told);
    let ours = broker.at("/account/contacts/undo/");
    assert!(link.starts_with(&ours), "{link}");
    let authority = format!("localhost:{}/", broker.url.port().unwrap());
    for mail in [&code, &told] {
        assert!(!mail.raw.contains("evil"), "{}", mail.raw);
        for part in [mail.text(), mail.html()] {
            assert!(!part.contains("evil"), "{part}");
            let mut addresses = part.split("://").skip(1);
            let foreign = addresses.find(|address| !address.starts_with(&authority));
            assert_eq!(foreign, None, "{part}");
        }
    }
    let page = browser.open(&link).await;
    assert_eq!(page.heading(), "Vrátit odebraný kontakt?");
}

#[tokio::test]
async fn a_removed_contact_comes_back_by_the_link_in_its_mail_and_everybody_else_is_signed_out() {
    let (broker, mailbox) = with_mail().await;
    let (mut elsewhere, _) = at_contacts(&broker, JANA).await;
    let (mut thief, mail) = removed(&broker, &mailbox).await;
    assert_eq!(mail.to, "jana@posta.example");
    let text = mail.text().replace('\u{a0}', " ");
    assert!(text.contains("Kontakt můžete do 27. 11. 2026"), "{text}");
    let page = thief.open(&broker.at(CONTACTS)).await;
    let attacker = fresh("zlodej");
    let theirs = add(&mut thief, &page, &attacker).await;
    let code = next_mail(&broker, &mailbox, 1).await.code();
    let before = broker.events().await;

    let mut browser = Browser::new();
    let page = browser.open(&undo_link(&mail)).await;
    assert_eq!(page.heading(), "Vrátit odebraný kontakt?");
    assert!(page.text().contains("jana@posta.example"));
    assert_eq!(
        broker.events_since(&before).await,
        [""; 0],
        "opening it changes nothing"
    );
    let page = browser.submit(&page, "contact-undo", &[]).await;

    assert_eq!(page.heading(), "Adresa je zpátky");
    assert_eq!(
        broker.events_since(&before).await,
        ["contact.restored", "session.ended", "session.ended"]
    );
    for browser in [&mut thief, &mut elsewhere] {
        let page = browser.open(&broker.at("/account")).await;
        assert_ne!(page.url.path(), "/account", "signed out");
    }
    let told = next_mail(&broker, &mailbox, 2).await;
    assert_eq!(told.to, "jana@posta.example");
    assert!(
        told.text().contains("Odebraný kontakt se vrátil"),
        "{}",
        told.text()
    );
    let (_, page) = at_contacts(&broker, JANA).await;
    assert!(page.text().contains("ověřeno"), "{}", page.text());
    // What the thief had begun leads nowhere.
    let page = thief.open(theirs.url.as_str()).await;
    broker.sign_in(&mut thief, &page, JANA).await;
    let page = thief.open(theirs.url.as_str()).await;
    assert!(page.texts_of("#contact-confirm").is_empty());
    let (form, _) = page.form_with("contact-send");
    let mut fields = form.fields;
    fields.push(("code".to_owned(), code));
    let address = broker
        .url
        .join(&format!("{}/confirm", theirs.url.path()))
        .unwrap();
    let refused = thief.request("POST", address, Some(fields)).await;
    assert_eq!(refused.status, 422);
}

#[tokio::test]
async fn the_link_is_good_once_and_for_three_days() {
    let (broker, mailbox) = with_mail().await;
    let (_, first) = removed(&broker, &mailbox).await;
    let mut in_time = Browser::new();
    let page = in_time.open(&undo_link(&first)).await;
    assert_eq!(page.status, 200);
    broker.hand.advance(Duration::hours(72));
    let late = in_time.submit(&page, "contact-undo", &[]).await;
    assert_eq!((late.status, error_code(&late).as_str()), (410, "CON-102"));
    let made_up = "x".repeat(43);
    let none = format!("/account/contacts/undo/{made_up}");
    let none = Browser::new().open(&broker.at(&none)).await;
    assert_eq!(none.status, 410);
    let events = broker.events().await;
    assert!(
        !events.contains(&"contact.restored".to_owned()),
        "{events:?}"
    );
}

/// Whoever holds the mailbox of a removed address brings it back once; who removes it again has signed in anew and means it.
#[tokio::test]
async fn an_address_that_came_back_once_is_gone_for_good_the_second_time() {
    let (broker, mailbox) = with_mail().await;
    let (mut browser, first) = removed(&broker, &mailbox).await;
    let page = browser.open(&undo_link(&first)).await;
    let mut second_window = Browser::new();
    let second = second_window.open(&undo_link(&first)).await;
    let page = browser.submit(&page, "contact-undo", &[]).await;
    assert_eq!(page.heading(), "Adresa je zpátky");
    next_mail(&broker, &mailbox, 1).await;

    // Nobody stays signed in, not even where the link was opened: whoever removed the address may sit there.
    let page = browser.open(&broker.at(CONTACTS)).await;
    assert_ne!(page.url.path(), CONTACTS, "signed out");
    let (mut browser, page) = at_contacts(&broker, JANA).await;
    let used = Browser::new().open(&undo_link(&first)).await;
    assert_eq!((used.status, error_code(&used).as_str()), (410, "CON-102"));
    broker.hand.advance(Duration::seconds(1));
    browser.submit(&page, "Odebrat", &[]).await;
    let last = next_mail(&broker, &mailbox, 2).await;

    assert_eq!(last.to, "jana@posta.example");
    assert!(
        last.text().contains("byl odebrán kontakt"),
        "{}",
        last.text()
    );
    assert!(
        !last.text().contains("/account/contacts/undo/"),
        "{}",
        last.text()
    );
    let used = Browser::new().open(&undo_link(&first)).await;
    assert_eq!(used.status, 410);
    let used = second_window.submit(&second, "contact-undo", &[]).await;
    assert_eq!(used.status, 410);
    let events = broker.events().await;
    let restored = events.iter().filter(|kind| *kind == "contact.restored");
    assert_eq!(restored.count(), 1);
    // The refusal names whose address it was.
    let mut tx = broker.db.read().await.unwrap();
    let events = store::audit::list_latest(&mut tx, 100).await.unwrap();
    let refused = events
        .iter()
        .find(|event| event.kind == "contact.restore-refused");
    let account_id = super::contacts::accounts(&broker).await[0];
    assert_eq!(refused.unwrap().subject, Some(account_id.uuid()));
}

/// Every confirmed contact hears of a removal; bringing the address back is a matter of its own mailbox.
#[tokio::test]
async fn the_link_goes_to_the_removed_mailbox_and_to_no_other() {
    let (broker, mailbox) = with_mail().await;
    let (mut browser, page) = at_contacts(&broker, JANA).await;
    let other = fresh("druha");
    let page = add(&mut browser, &page, &other).await;
    let code = next_mail(&broker, &mailbox, 0).await.code();
    confirm(&mut browser, &page, &code).await;
    work(&broker).await;
    let before = mailbox.wait_for(2).await.len();

    let page = browser.open(&broker.at(CONTACTS)).await;
    let shown = page.text();
    let removed = ["jana@posta.example", &other]
        .into_iter()
        .min_by_key(|address| shown.find(address))
        .unwrap();
    browser.submit(&page, "Odebrat", &[]).await;
    work(&broker).await;

    let mails = mailbox.wait_for(before + 2).await;
    let (gone, left): (Vec<&Mail>, Vec<&Mail>) =
        mails[before..].iter().partition(|mail| mail.to == removed);
    assert_eq!((gone.len(), left.len()), (1, 1));
    let has_link = |mail: &Mail| mail.text().contains("/account/contacts/undo/");
    assert!(has_link(gone[0]) && !has_link(left[0]));
}

#[tokio::test]
async fn twenty_clicks_on_one_link_bring_one_contact_back_once() {
    let (broker, mailbox) = with_mail().await;
    let (_, mail) = removed(&broker, &mailbox).await;
    let mut opened = Vec::new();
    for _ in 0..20 {
        let mut browser = Browser::new();
        let page = browser.open(&undo_link(&mail)).await;
        opened.push((browser, page));
    }
    let clicks = opened.into_iter().map(|(mut browser, page)| {
        tokio::spawn(async move { browser.submit(&page, "contact-undo", &[]).await.status })
    });
    let clicks: Vec<_> = clicks.collect();
    let mut statuses = Vec::new();
    for click in clicks {
        statuses.push(click.await.unwrap());
    }

    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
    let events = broker.events().await;
    let restored = events.iter().filter(|kind| *kind == "contact.restored");
    assert_eq!(restored.count(), 1);
}

#[tokio::test]
async fn a_link_needs_the_form_of_its_page_and_an_address_of_somebody_else_stays_theirs() {
    let mailbox = Mailbox::start().await;
    let hers = fresh("jana");
    let broker = configured(json!({
        "mail": mailbox.section(),
        "provider": { "demo": { "account": { JANA.0: { "email": hers } } } },
    }))
    .await;
    let (_, mail) = removed(&broker, &mailbox).await;
    let mut browser = Browser::new();
    let page = browser.open(&undo_link(&mail)).await;
    let (form, _) = page.form_with("contact-undo");
    let forged = vec![("csrf".to_owned(), "x".repeat(86))];
    let refused = browser.request("POST", form.action, Some(forged)).await;
    assert_eq!(refused.status, 403);

    let (mut petr, petrs) = at_contacts(&broker, PETR).await;
    let code_page = add(&mut petr, &petrs, &hers).await;
    let code = next_mail(&broker, &mailbox, 1).await.code();
    let done = confirm(&mut petr, &code_page, &code).await;
    assert_eq!(done.url.path(), CONTACTS, "{}", done.text());

    let refused = browser.submit(&page, "contact-undo", &[]).await;

    assert_eq!(
        (refused.status, error_code(&refused).as_str()),
        (409, "CON-103")
    );
    let page = petr.open(&broker.at(CONTACTS)).await;
    assert!(page.text().contains("potvrzeno"), "{}", page.text());
}

#[tokio::test]
async fn the_pages_of_the_link_speak_three_languages() {
    let (broker, mailbox) = with_mail().await;
    let (_, mail) = removed(&broker, &mailbox).await;
    for (language, question) in [
        ("cs", "Vrátit odebraný kontakt?"),
        ("en", "Bring the removed contact back?"),
        ("de", "Entfernten Kontakt zurückholen?"),
    ] {
        let mut browser = Browser::new().speaking(language);
        let page = browser.open(&undo_link(&mail)).await;
        assert_eq!(page.heading(), question);
    }
    for (language, done) in [
        ("cs", "Adresa je zpátky"),
        ("en", "The address is back"),
        ("de", "Die Adresse ist zurück"),
    ] {
        let mut browser = Browser::new().speaking(language);
        let page = browser.open(&broker.at("/account/contacts/restored")).await;
        assert_eq!(page.heading(), done);
    }
}

#[tokio::test]
async fn a_phone_number_that_a_login_brings_is_kept_unconfirmed_and_does_not_come_back_once_removed()
 {
    let bank = FakeBankId::start().await;
    bank.world()
        .userinfo
        .as_object_mut()
        .unwrap()
        .remove("email");
    let mailbox = Mailbox::start().await;
    let broker = configured(json!({
        "mail": mailbox.section(),
        "provider": { "demo": null, "bank_id": bank.entry() },
    }))
    .await;
    let at_contacts = async || {
        let mut browser = Browser::new();
        let page = browser
            .open(&broker.authorize("portal", &[("scope", "openid phone")]))
            .await;
        let client = browser.submit(&page, "provider-bank_id", &[]).await;
        assert!(arrived(&client, "portal"), "{}", client.text());
        let page = browser.open(&broker.at(CONTACTS)).await;
        (browser, page)
    };
    at_contacts().await;

    let (mut browser, page) = at_contacts().await;

    assert_eq!(broker.rows("contact").await, 1);
    let shown = page.text().replace('\u{a0}', " ");
    assert!(shown.contains("+420 601 602 603"), "{shown}");
    assert!(shown.contains("nepotvrzeno"), "{shown}");
    assert!(shown.contains("Na telefon zatím nic neposíláme"), "{shown}");
    let links = page.texts_of("tbody a");
    assert_eq!(links, [""; 0], "no code goes there");
    let (form, _) = page.form_with("Odebrat");
    let send = form.action.join("send").unwrap();
    let sent = browser.request("POST", send, Some(form.fields)).await;
    let led_to = sent.redirect().unwrap();
    assert_eq!(
        led_to.path(),
        CONTACTS,
        "and not to where a code is brought"
    );

    browser.submit(&page, "Odebrat", &[]).await;
    let (_, page) = at_contacts().await;
    assert!(
        page.text().contains("Zatím žádnou nemáte"),
        "{}",
        page.text()
    );
}

/// The same person at the demo provider and at Bank iD.
async fn two_doors(more: Value) -> (TestBroker, FakeBankId) {
    let bank = FakeBankId::start().await;
    let mut account = json!({
        "password": "heslo", "given_name": "ŽOFIE", "family_name": "ŘEHOŘOVÁ", "birth_date": "1985-04-12",
    });
    for (name, value) in more.as_object().unwrap() {
        account[name] = value.clone();
    }
    let broker = configured(json!({ "provider": {
        "demo": { "account": { "zofie": account } }, "bank_id": bank.entry(),
    } }))
    .await;
    (broker, bank)
}

const ZOFIE: (&str, &str) = ("zofie", "heslo");

async fn by_demo(broker: &TestBroker) -> Browser {
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.submit(&page, "provider-demo", &[]).await;
    let page = broker.sign_in(&mut browser, &page, ZOFIE).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    browser
}

#[tokio::test]
async fn a_confirmed_link_fills_the_contacts_at_once() {
    let (broker, bank) = two_doors(json!({})).await;
    let mut browser = by_demo(&broker).await;
    let page = browser.open(&broker.at(CONTACTS)).await;
    assert!(page.text().contains("Zatím žádnou nemáte"));

    let page = browser.open(&broker.at("/account/link")).await;
    let page = browser.submit(&page, "link-bank_id", &[]).await;
    browser.submit(&page, "link-submit", &[]).await;

    let page = browser.open(&broker.at(CONTACTS)).await;
    let shown = page.text().replace('\u{a0}', " ");
    assert!(shown.contains("zofie@posta.example"), "{shown}");
    assert!(shown.contains("+420 601 602 603"), "{shown}");
    let scope = bank.world().asked[0]["scope"].clone();
    assert!(scope.contains("profile.email") && scope.contains("profile.phonenumber"));
}

#[tokio::test]
async fn an_address_proven_by_the_merged_account_is_proven_for_both_and_given_back() {
    let email = json!({ "email": "zofie@posta.example" });
    let (broker, _bank) = two_doors(email).await;
    let mut other = by_demo(&broker).await;
    let mut browser = Browser::new();
    let page = browser
        .open(&broker.authorize("portal", &[("scope", "openid email")]))
        .await;
    browser.submit(&page, "provider-bank_id", &[]).await;
    let page = browser.open(&broker.at(CONTACTS)).await;
    assert!(page.text().contains("nepotvrzeno"), "{}", page.text());

    let page = browser.open(&broker.at("/account/link")).await;
    let page = browser.submit(&page, "link-demo", &[]).await;
    let page = broker.sign_in(&mut browser, &page, ZOFIE).await;
    let page = browser.submit(&page, "merge-submit", &[]).await;
    assert_eq!(
        page.query("done").as_deref(),
        Some("merged"),
        "{}",
        page.text()
    );

    let page = browser.open(&broker.at(CONTACTS)).await;
    let rows = page.texts_of("tbody tr");
    let addresses: Vec<_> = rows.iter().filter(|row| row.contains('@')).collect();
    assert_eq!(addresses.len(), 1, "{rows:?}");
    assert!(addresses[0].contains("ověřeno"), "{rows:?}");

    let page = browser.open(&broker.at("/account")).await;
    let merge = page.link("Rozdělit účty");
    let page = browser.follow(merge).await;
    browser.submit(&page, "part-submit", &[]).await;
    let page = other.open(&broker.at(CONTACTS)).await;
    let page = other.submit(&page, "provider-demo", &[]).await;
    let page = broker.sign_in(&mut other, &page, ZOFIE).await;
    assert!(page.text().contains("ověřeno"), "{}", page.text());
    let page = browser.open(&broker.at(CONTACTS)).await;
    let page = browser.submit(&page, "provider-bank_id", &[]).await;
    assert!(page.text().contains("nepotvrzeno"), "{}", page.text());
}

/// The account of a removed address became part of another one before its owner opened the link.
#[tokio::test]
async fn a_link_brings_an_address_back_into_the_account_that_the_merge_left_and_out_again_with_it()
{
    let mailbox = Mailbox::start().await;
    let hers = fresh("jana");
    let broker = configured(json!({
        "mail": mailbox.section(),
        "provider": { "demo": { "account": { JANA.0: { "email": hers } } } },
    }))
    .await;
    let (_, mail) = removed(&broker, &mailbox).await;
    let (_petr, _) = at_contacts(&broker, PETR).await;
    let accounts = super::contacts::accounts(&broker).await;
    let (jana, petr) = (accounts[0], accounts[1]);
    let now = broker.clock.now();
    let mut tx = broker.db.begin().await.unwrap();
    let merge = idp::identity::merge(&broker.broker, &mut tx, petr, jana, None, now).await;
    let merge = merge.unwrap().unwrap();
    tx.commit().await.unwrap();

    let mut browser = Browser::new();
    let page = browser.open(&undo_link(&mail)).await;
    let page = browser.submit(&page, "contact-undo", &[]).await;

    assert_eq!(page.heading(), "Adresa je zpátky", "{}", page.text());
    let key = &broker.broker.master_key;
    let mut tx = broker.db.begin().await.unwrap();
    let current = async |tx: &mut store::Tx, account| {
        let current = idp::storage::contact::list_current(tx, key, account).await;
        let values = current.unwrap().into_iter().map(|contact| contact.value);
        values.collect::<Vec<_>>()
    };
    assert_eq!(current(&mut tx, petr).await, [hers.as_str()]);
    let undone = idp::identity::undo(&broker.broker, &mut tx, petr, merge, now).await;
    assert!(matches!(
        undone.unwrap(),
        idp::identity::Undone::Done { .. }
    ));
    assert_eq!(current(&mut tx, jana).await, [hers.as_str()]);
    assert_eq!(current(&mut tx, petr).await, [""; 0]);
}
