//! Databases of the PostgreSQL server, made and dropped.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use url::Url;

use super::servers;

/// The address of one of its databases.
pub(super) fn url(database: &str) -> String {
    let mut url = Url::parse(servers::postgres()).unwrap();
    url.set_path(database);
    url.into()
}

/// Makes a database, empty or as a copy.
pub(super) async fn create(name: &str, template: Option<&str>) {
    let template = template.unwrap_or("template0");
    run(&[
        format!("drop database if exists {name} with (force)"),
        format!("create database {name} template {template}"),
    ])
    .await;
}

/// Drops a database, whoever is still connected. On a thread of its own: a test that ends has no time to await.
pub(super) fn drop_database(name: &str) {
    let statement = format!("drop database if exists {name} with (force)");
    let dropped = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(run(&[statement]));
    });
    let _a_failure_was_printed = dropped.join();
}

async fn run(statements: &[String]) {
    let options = PgConnectOptions::from_str(servers::postgres())
        .unwrap()
        .database("postgres");
    let mut connection = options
        .connect()
        .await
        .expect("the PostgreSQL of CITY_TEST_POSTGRES, or our own");
    for statement in statements {
        sqlx::raw_sql(AssertSqlSafe(statement.clone()))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    connection.close().await.unwrap();
}
