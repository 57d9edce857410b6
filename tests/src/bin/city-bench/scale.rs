//! `--scale`: what a login costs among many accounts and events, against what it costs among few.

use std::path::Path;
use std::time::Instant;

use tests::seed::{Rows, seed};

use super::Failure;
use super::engine::Engine;
use super::flows::Flows;
use super::server::Server;
use super::table::Table;

/// Accounts, audit events.
const SMALL: Rows = Rows {
    accounts: 1..=1_000,
    events: 1..=10_000,
};
const LARGE: Rows = Rows {
    accounts: 1_001..=1_000_000,
    events: 10_001..=10_000_000,
};

pub(crate) async fn measure(
    table: &mut Table,
    engine: &Engine,
    folder: &Path,
) -> Result<(), Failure> {
    let mut server = Server::start(engine, folder).await?;
    let mut figures = Vec::new();
    for (rows, words) in [
        (SMALL, "1,000 accounts, 10,000 events"),
        (LARGE, "1,000,000 accounts, 10,000,000 events"),
    ] {
        server.stop();
        let began = Instant::now();
        seed(&server.database, &rows).await?;
        let seeded = format!("{} s", began.elapsed().as_secs());
        table.text(&format!("seeding to {words}"), engine.name, seeded);
        server.restart().await?;
        server.settle().await;
        let flows = Flows::new(&server);
        let code_login = flows.code_login().await?;
        let whole_login = flows.whole_login().await;
        table.row(
            &format!("code login, live session; {words}"),
            engine.name,
            &code_login,
        );
        table.row(&format!("whole login; {words}"), engine.name, &whole_login);
        figures.push([code_login.times, whole_login.times]);
    }
    server.stop();
    let times = |at: usize| figures[1][at] / figures[0][at];
    let cell = format!(
        "{:.2} × for the code login, {:.2} × for the whole one",
        times(0),
        times(1)
    );
    table.text("so much dearer", engine.name, cell);
    Ok(())
}
