//! What outside systems said: answers of ARES, names of attributes that a provider sent.

use chrono::{DateTime, Duration, Utc};
use idp::storage::ares_subject::{self, Kept};
use idp::storage::provider_attribute;
use tests::engines::engines;

use super::noon;

fn bakery(name: &str, fetched_at: DateTime<Utc>) -> Kept {
    Kept {
        name: Some(name.to_owned()),
        seat: Some("Latrán 1, 38101 Český Krumlov".to_owned()),
        legal_form: Some("112".to_owned()),
        ended: false,
        ended_on: None,
        fetched_at,
    }
}

#[tokio::test]
async fn the_youngest_answer_about_a_body_is_kept_until_it_is_old() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let later = noon() + Duration::minutes(1);
        let (former, present) = (
            bakery("Pekařství", noon()),
            bakery("Pekařství Vltava s.r.o.", later),
        );
        let nobody = Kept {
            name: None,
            seat: None,
            legal_form: None,
            ended: true,
            ended_on: Some("2026-10-31".to_owned()),
            fetched_at: later,
        };
        // Two replicas may ask at once, and the slower one brings the older answer.
        for (ico, kept) in [
            ("00000027", &present),
            ("00000027", &former),
            ("00000035", &nobody),
        ] {
            ares_subject::put(&mut tx, ico, kept).await.unwrap();
        }

        let held = async |tx: &mut _, ico| ares_subject::lookup(tx, ico).await.unwrap();
        assert_eq!(
            held(&mut tx, "00000027").await,
            Some(present),
            "{}",
            engine.name
        );
        assert_eq!(
            held(&mut tx, "00000035").await,
            Some(nobody),
            "{}",
            engine.name
        );
        assert_eq!(held(&mut tx, "00000043").await, None);

        ares_subject::expire(&mut tx, later).await.unwrap();
        assert!(held(&mut tx, "00000027").await.is_some(), "{}", engine.name);
        ares_subject::expire(&mut tx, later + Duration::microseconds(1))
            .await
            .unwrap();
        assert_eq!(held(&mut tx, "00000027").await, None, "{}", engine.name);
    }
}

#[tokio::test]
async fn members_of_a_body_are_asked_for_once_a_day_or_again_without_an_answer() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let day = Duration::days(1);
        let begin = async |tx: &mut _, ico, at| {
            ares_subject::begin_asking_for_members(tx, ico, at - day, at)
                .await
                .unwrap()
        };
        // Nobody asks for members of a body that ARES has not named.
        assert!(!begin(&mut tx, "00000027", noon()).await, "{}", engine.name);
        let kept = bakery("Pekařství", noon());
        for ico in ["00000027", "00000035"] {
            ares_subject::put(&mut tx, ico, &kept).await.unwrap();
        }

        assert!(begin(&mut tx, "00000027", noon()).await, "{}", engine.name);
        let later = noon() + day - Duration::milliseconds(1);
        assert!(!begin(&mut tx, "00000027", later).await, "{}", engine.name);
        assert!(begin(&mut tx, "00000035", later).await, "{}", engine.name);
        // What ARES says of the body itself meanwhile begins no new day.
        let again = bakery("Pekařství Vltava s.r.o.", later);
        ares_subject::put(&mut tx, "00000027", &again)
            .await
            .unwrap();
        assert!(!begin(&mut tx, "00000027", later).await, "{}", engine.name);
        assert!(begin(&mut tx, "00000027", noon() + day).await);

        ares_subject::forget_asking_for_members(&mut tx, "00000027")
            .await
            .unwrap();
        assert!(begin(&mut tx, "00000027", noon() + day).await);
        assert!(!begin(&mut tx, "00000035", noon() + day).await);
    }
}

#[tokio::test]
async fn each_name_of_an_attribute_is_noted_once_for_each_realm() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let names = [
            ("isds:test", "dbType"),
            ("isds:test", "dbID"),
            ("isds:test", "dbType"),
            ("isds:production", "x"),
        ];
        for (realm, name) in names {
            provider_attribute::note(&mut tx, realm, name, noon())
                .await
                .unwrap();
        }

        let noted = provider_attribute::list(&mut tx, "isds:test")
            .await
            .unwrap();

        let mut sorted = noted.clone();
        sorted.sort_by_key(|name| name.to_lowercase());
        assert_eq!(sorted, ["dbID", "dbType"], "{}", engine.name);
        assert!(
            provider_attribute::list(&mut tx, "nia:test")
                .await
                .unwrap()
                .is_empty()
        );
    }
}
