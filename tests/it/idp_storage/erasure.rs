use idp::ids::{ConsentId, ContactId, FactId, MandateId, NoticeId, NoticeMailId};
use idp::mandate::{Act, EndReason};
use idp::notices::Notice;
use idp::storage::consent::{self, ConsentContent};
use idp::storage::contact::{self, ContactKind, NewContact, ProvenBy};
use idp::storage::fact::{self, NewFact};
use idp::storage::mandate::{self, Mandate};
use idp::storage::notice::{self, StoredNotice};
use idp::storage::notice_mail::{self, MailState, NoticeMail};
use idp::storage::{browser_session, erasure, upstream_link, verification};
use store::{Tx, on};
use tests::engines::{engines, master_key};

use super::{Person, id, noon, person};

/// A name, a permission, an address with a letter in that state, and a mandate.
async fn furnish(tx: &mut Tx, person: &Person, number: u128, state: MailState) {
    let key = master_key();
    let name = federation::FactValue::Text("NOVÁKOVÁ".to_owned());
    let name = NewFact {
        fact_id: FactId::new(id(number)),
        account_id: person.account_id,
        verification_id: Some(person.proof_id),
        kind: federation::FactKind::FamilyName,
        value: &name,
        standing: federation::Standing::Vouched,
    };
    fact::add(tx, &key, name, noon()).await.unwrap();
    let library = idp::ids::ClientId::new("library");
    let consent_id = ConsentId::new(id(number));
    let content = ConsentContent::default();
    consent::give(
        tx,
        consent_id,
        person.account_id,
        &library,
        &content,
        noon(),
    )
    .await
    .unwrap();
    let contact_id = ContactId::new(id(number));
    let address = NewContact {
        contact_id,
        account_id: person.account_id,
        kind: ContactKind::Email,
        value: &format!("{number}@posta.example"),
        provider: None,
        proven_by: Some(ProvenBy::Code),
    };
    assert!(contact::add(tx, &key, address, noon()).await.unwrap());
    let told = StoredNotice {
        notice_id: NoticeId::new(id(number)),
        account_id: person.account_id,
        notice: Notice::AccountClosed,
        created_at: noon(),
    };
    notice::add(tx, &key, &told).await.unwrap();
    let mail = NoticeMail {
        notice_mail_id: NoticeMailId::new(id(number)),
        notice_id: told.notice_id,
        contact_id,
        state,
        changed_at: noon(),
    };
    notice_mail::add(tx, &mail).await.unwrap();
    let held = Mandate {
        mandate_id: MandateId::new(id(number)),
        account_id: person.account_id,
        kind: federation::BodyKind::SoleTrader,
        ico: Some("00000027".to_owned()),
        name: "Jana Nováková".to_owned(),
        source: "register".to_owned(),
        upstream_link_id: None,
        reference: None,
        role: Some("podnikatelka".to_owned()),
        scope: [Act::View].into(),
        level: federation::IdentityLevel::Town,
        approved_by: Some(id(77)),
        second_officer: Some(id(78)),
        shown_at: noon(),
        valid_from: noon(),
        valid_until: noon() + chrono::Duration::days(1),
        revoked_at: None,
    };
    mandate::add(tx, &held, noon()).await.unwrap();
}

async fn count(tx: &mut Tx, query: &'static str) -> i64 {
    on!(tx, db => sqlx::query_scalar(query).fetch_one(db).await).unwrap()
}

#[tokio::test]
async fn what_an_account_holds_about_its_person_goes_and_nobody_elses_does() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (jana, petr) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        for (person, number) in [(&jana, 1), (&petr, 2)] {
            furnish(&mut tx, person, number, MailState::Sent).await;
        }
        upstream_link::end(&mut tx, jana.link_id, noon())
            .await
            .unwrap();
        let open = mandate::list_open(&mut tx, jana.account_id).await.unwrap();
        assert_eq!(open.len(), 1);
        mandate::revoke(
            &mut tx,
            open[0].mandate_id,
            EndReason::AccountClosed,
            noon(),
        )
        .await
        .unwrap();

        erasure::end_contacts(&mut tx, jana.account_id, noon())
            .await
            .unwrap();
        erasure::forget_person(&mut tx, jana.account_id, noon())
            .await
            .unwrap();
        assert!(
            erasure::forget_told(&mut tx, jana.account_id)
                .await
                .unwrap()
        );
        erasure::forget_language(&mut tx, jana.account_id)
            .await
            .unwrap();

        for (query, left) in [
            ("select count(*) from fact", 1),
            ("select count(*) from consent", 1),
            ("select count(*) from contact", 1),
            ("select count(*) from notice", 1),
            ("select count(*) from notice_mail", 1),
            (
                "select count(*) from verification where revoked_at is null",
                1,
            ),
            ("select count(*) from upstream_link where subject <> ''", 1),
            ("select count(*) from browser_session where device <> ''", 1),
            (
                "select count(*) from mandate where name <> '' and ico is not null and role is not null",
                1,
            ),
            ("select count(*) from account where locale is not null", 1),
            ("select count(*) from account", 2),
        ] {
            assert_eq!(
                count(&mut tx, query).await,
                left,
                "{}: {query}",
                engine.name
            );
        }
        let key = master_key();
        let of_petr = fact::list_current(&mut tx, &key, petr.account_id, noon()).await;
        assert_eq!(of_petr.unwrap().len(), 1);
        assert_eq!(
            verification::list_valid(&mut tx, petr.account_id, noon())
                .await
                .unwrap()
                .len(),
            1
        );
        assert!(
            mandate::list_open(&mut tx, jana.account_id)
                .await
                .unwrap()
                .is_empty()
        );
        // The address is free for somebody else at once.
        let taken = NewContact {
            contact_id: ContactId::new(id(9)),
            account_id: petr.account_id,
            kind: ContactKind::Email,
            value: "1@posta.example",
            provider: None,
            proven_by: Some(ProvenBy::Code),
        };
        assert!(contact::add(&mut tx, &key, taken, noon()).await.unwrap());
        let sessions = browser_session::list_by_account(&mut tx, petr.account_id, noon()).await;
        assert_eq!(sessions.unwrap()[0].device, "Firefox, Linux");
    }
}

#[tokio::test]
async fn an_address_waits_for_its_last_letter_and_no_longer() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let jana = person(&mut tx, 1).await;
        furnish(&mut tx, &jana, 1, MailState::Waiting).await;
        erasure::end_contacts(&mut tx, jana.account_id, noon())
            .await
            .unwrap();
        let (key, contact_id) = (master_key(), ContactId::new(id(1)));

        assert!(
            !erasure::forget_told(&mut tx, jana.account_id)
                .await
                .unwrap()
        );
        let waiting = contact::lookup(&mut tx, &key, contact_id).await.unwrap();
        assert_eq!(waiting.unwrap().value, "1@posta.example", "{}", engine.name);

        erasure::forget_all_told(&mut tx, jana.account_id)
            .await
            .unwrap();
        assert_eq!(count(&mut tx, "select count(*) from contact").await, 0);
        assert_eq!(count(&mut tx, "select count(*) from notice_mail").await, 0);
        assert!(
            erasure::forget_told(&mut tx, jana.account_id)
                .await
                .unwrap()
        );
    }
}
