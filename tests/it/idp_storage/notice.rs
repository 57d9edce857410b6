use idp::ids::{ContactId, NoticeId, NoticeMailId};
use idp::notices::Notice;
use idp::storage::contact::{self, ContactKind, NewContact, ProvenBy};
use idp::storage::notice::{self, StoredNotice};
use idp::storage::notice_mail::{self, MailState, NoticeMail};
use tests::engines::{engines, master_key};

use super::{Person, id, noon, person};

fn stored(person: &Person, number: u128, body: &str) -> StoredNotice {
    StoredNotice {
        notice_id: NoticeId::new(id(number)),
        account_id: person.account_id,
        notice: Notice::MandateAdded {
            body: body.to_owned(),
        },
        created_at: noon() + chrono::Duration::seconds(i64::try_from(number).unwrap()),
    }
}

#[tokio::test]
async fn notices_are_listed_the_newest_first_and_go_with_their_mails() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (jana, petr) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
        let key = master_key();
        let (older, newer) = (stored(&jana, 1, "Pekárna"), stored(&jana, 2, "Spolek"));
        for notice in [&older, &newer, &stored(&petr, 3, "Lom")] {
            notice::add(&mut tx, &key, notice).await.unwrap();
        }
        let contact_id = ContactId::new(id(1));
        let address = NewContact {
            contact_id,
            account_id: jana.account_id,
            kind: ContactKind::Email,
            value: "jana@posta.example",
            provider: None,
            proven_by: Some(ProvenBy::Code),
        };
        contact::add(&mut tx, &key, address, noon()).await.unwrap();
        let mail = NoticeMail {
            notice_mail_id: NoticeMailId::new(id(1)),
            notice_id: older.notice_id,
            contact_id,
            state: MailState::Waiting,
            changed_at: noon(),
        };
        notice_mail::add(&mut tx, &mail).await.unwrap();

        let listed = notice::list_latest(&mut tx, &key, jana.account_id, 20).await;
        assert_eq!(
            listed.unwrap(),
            [newer.clone(), older.clone()],
            "{}",
            engine.name
        );
        let found = notice::lookup(&mut tx, &key, older.notice_id)
            .await
            .unwrap();
        assert_eq!(found, Some(older.clone()));
        for state in MailState::ALL {
            notice_mail::set_state(&mut tx, mail.notice_mail_id, state, noon())
                .await
                .unwrap();
            let found = notice_mail::lookup(&mut tx, mail.notice_mail_id).await;
            assert_eq!(found.unwrap().unwrap().state, state);
        }
        let mails = notice_mail::list_by_notice(&mut tx, older.notice_id).await;
        assert_eq!(mails.unwrap().len(), 1);

        let swept = notice::sweep(&mut tx, newer.created_at).await.unwrap();
        assert_eq!(swept, 1);
        let mails = notice_mail::lookup(&mut tx, mail.notice_mail_id).await;
        assert_eq!(mails.unwrap(), None);
        let listed = notice::list_latest(&mut tx, &key, jana.account_id, 20).await;
        assert_eq!(listed.unwrap(), [newer]);
    }
}
