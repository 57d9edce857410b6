use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use sqlx::types::Json;
use store::on;
use tests::engines::engines;
use uuid::Uuid;

use crate::store::{id, noon};

#[tokio::test]
async fn values_of_every_type_come_back_as_they_went() {
    type Values = (
        Uuid,
        String,
        bool,
        i64,
        DateTime<Utc>,
        NaiveDate,
        Json<Value>,
        Vec<u8>,
        Option<String>,
    );
    let values = || -> Values {
        let day = NaiveDate::from_ymd_opt(1980, 2, 29).unwrap();
        (
            id(7),
            "Dvořák\n🏛".into(),
            true,
            i64::MIN,
            noon(),
            day,
            Json(json!({"a": [1, null]})),
            vec![0, 255],
            None,
        )
    };
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        on!(&mut tx, db => {
            let make = "create table of_types (a uuid, b text, c boolean, d bigint, e timestamptz, f date, g jsonb, h bytea, i text)";
            sqlx::query(make).execute(db).await.map(drop)
        })
        .unwrap();
        let (a, b, c, d, e, f, g, h, i) = values();
        let read: Values = on!(&mut tx, db => {
            sqlx::query_as("insert into of_types values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning *")
                .bind(a).bind(b).bind(c).bind(d).bind(e).bind(f).bind(g).bind(h).bind(i)
                .fetch_one(db)
                .await
        })
        .unwrap();

        assert_eq!(read, values(), "{}", engine.name);
    }
}

#[tokio::test]
async fn times_are_compared_as_times_whatever_their_fractions() {
    let times = [
        "12:00:00",
        "12:00:00.000001",
        "12:00:00.1",
        "12:00:00.100001",
        "12:00:01",
        "12:00:10.5",
    ];
    let times = times.map(|time| {
        format!("2026-11-24T{time}Z")
            .parse::<DateTime<Utc>>()
            .unwrap()
    });
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        for (earlier, later) in times.iter().zip(times.iter().skip(1)) {
            on!(&mut tx, db => sqlx::query("drop table if exists time").execute(db).await.map(drop)).unwrap();
            on!(&mut tx, db => sqlx::query("create table time (at timestamptz)").execute(db).await.map(drop)).unwrap();
            on!(&mut tx, db => {
                sqlx::query("insert into time values ($1)").bind(earlier).execute(db).await.map(drop)
            })
            .unwrap();
            let counted = |sql: &'static str, at: DateTime<Utc>| (sql, at);
            for ((sql, at), expected) in [
                (
                    counted("select count(*) from time where at < $1", *later),
                    1_i64,
                ),
                (
                    counted("select count(*) from time where at = $1", *earlier),
                    1,
                ),
                (
                    counted("select count(*) from time where at > $1", *earlier),
                    0,
                ),
                (
                    counted("select count(*) from time where at >= $1", *later),
                    0,
                ),
            ] {
                let found: i64 =
                    on!(&mut tx, db => sqlx::query_scalar(sql).bind(at).fetch_one(db).await)
                        .unwrap();
                assert_eq!(
                    found, expected,
                    "{}: {earlier} and {later}: {sql}",
                    engine.name
                );
            }
        }
    }
}
