use chrono::NaiveDate;
use federation::{FactKind, FactValue, Standing};
use idp::ids::FactId;
use idp::storage::fact::{self, NewFact};
use idp::storage::verification;
use tests::engines::{engines, master_key};

use super::{Person, id, noon, person};

fn text(value: &str) -> FactValue {
    FactValue::Text(value.to_owned())
}

fn new<'a>(person: &Person, number: u128, kind: FactKind, value: &'a FactValue) -> NewFact<'a> {
    NewFact {
        fact_id: FactId::new(id(number)),
        account_id: person.account_id,
        verification_id: Some(person.proof_id),
        kind,
        value,
        standing: Standing::Vouched,
    }
}

#[tokio::test]
async fn facts_come_back_with_their_source_vouched_ones_first() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let (name, email) = (text("NOVÁKOVÁ"), text("jana@posta.example"));
        fact::add(
            &mut tx,
            &master_key(),
            new(&person, 1, FactKind::FamilyName, &name),
            noon(),
        )
        .await
        .unwrap();
        let stated = NewFact {
            standing: Standing::SelfStated,
            verification_id: None,
            ..new(&person, 2, FactKind::Email, &email)
        };
        fact::add(&mut tx, &master_key(), stated, noon())
            .await
            .unwrap();

        let facts = fact::list_current(&mut tx, &master_key(), person.account_id, noon())
            .await
            .unwrap();

        assert_eq!(facts.len(), 2);
        assert_eq!(
            (facts[0].kind, &facts[0].value),
            (FactKind::FamilyName, &name)
        );
        let source = facts[0].source.as_ref().unwrap();
        assert_eq!(
            (source.verification_id, source.provider.as_deref()),
            (person.proof_id, Some("nia"))
        );
        assert!(facts[1].source.is_none(), "{}", engine.name);
    }
}

#[tokio::test]
async fn a_superseded_value_and_one_of_a_revoked_proof_count_no_more() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let (old, new_name) = (text("NOVÁKOVÁ"), text("DVOŘÁKOVÁ"));
        fact::add(
            &mut tx,
            &master_key(),
            new(&person, 1, FactKind::FamilyName, &old),
            noon(),
        )
        .await
        .unwrap();

        assert!(
            fact::supersede(&mut tx, FactId::new(id(1)), noon())
                .await
                .unwrap()
        );
        assert!(
            !fact::supersede(&mut tx, FactId::new(id(1)), noon())
                .await
                .unwrap()
        );
        fact::add(
            &mut tx,
            &master_key(),
            new(&person, 2, FactKind::FamilyName, &new_name),
            noon(),
        )
        .await
        .unwrap();
        let facts = fact::list_current(&mut tx, &master_key(), person.account_id, noon())
            .await
            .unwrap();
        assert_eq!(
            facts.iter().map(|fact| &fact.value).collect::<Vec<_>>(),
            [&new_name]
        );

        verification::revoke(&mut tx, person.proof_id, noon())
            .await
            .unwrap();
        let facts = fact::list_current(&mut tx, &master_key(), person.account_id, noon())
            .await
            .unwrap();
        assert!(facts.is_empty(), "{}", engine.name);
    }
}

#[tokio::test]
async fn people_are_found_by_normalised_name_birth_date_and_e_mail_only() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let born = FactValue::Date(NaiveDate::from_ymd_opt(1985, 4, 12).unwrap());
        let values = [
            (FactKind::FamilyName, text("NOVÁKOVÁ")),
            (FactKind::GivenName, text("JANA")),
            (FactKind::Email, text("Jana@Posta.example")),
            (FactKind::BirthDate, born.clone()),
        ];
        for (number, (kind, value)) in (10..).zip(&values) {
            fact::add(
                &mut tx,
                &master_key(),
                new(&person, number, *kind, value),
                noon(),
            )
            .await
            .unwrap();
        }

        for (kind, value, found) in [
            (FactKind::FamilyName, text("nováková"), true),
            (FactKind::FamilyName, text("Nova\u{301}kova\u{301}"), true),
            (FactKind::FamilyName, text("Novák"), false),
            (FactKind::GivenName, text("JANA"), false),
            (FactKind::Email, text("jana@posta.example"), true),
            (FactKind::BirthDate, born.clone(), true),
        ] {
            let accounts = fact::find_accounts(&mut tx, &master_key(), kind, &value)
                .await
                .unwrap();
            assert_eq!(!accounts.is_empty(), found, "{} {kind:?}", engine.name);
        }
    }
}

#[tokio::test]
async fn no_name_is_found_by_searching_the_database_file() {
    let [engine, _] = engines().await;
    let mut tx = engine.db.begin().await.unwrap();
    let person = person(&mut tx, 1).await;
    for (number, (kind, value)) in (10..).zip([
        (FactKind::FamilyName, text("SVOBODA")),
        (FactKind::Email, text("petr@posta.example")),
    ]) {
        fact::add(
            &mut tx,
            &master_key(),
            new(&person, number, kind, &value),
            noon(),
        )
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    engine.db.close().await;

    let file = std::fs::read(engine.file().unwrap())
        .unwrap()
        .to_ascii_lowercase();

    for needle in ["svoboda", "petr@posta"] {
        assert!(
            !file
                .windows(needle.len())
                .any(|window| window == needle.as_bytes()),
            "{needle}"
        );
    }
}
