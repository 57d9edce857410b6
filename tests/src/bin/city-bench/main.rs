//! `./dev bench`: what a request costs the broker in CPU, measured from outside, one core for the server.
//!
//! The broker runs as released on core 0, this program on core 1, as several clients at the same time. A figure is the server's own CPU time (user and system,
//! `/proc/PID/stat`) over a batch of requests, divided; the table shows the median of the batches. Each batch is preceded by
//! bare RS256 signatures in this process, so that `×` compares two moments close to each other on a machine that others use.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement that cannot be made ends at once and says why"
)]

mod answer;
mod cpu;
mod engine;
mod flows;
mod scale;
mod server;
mod table;

use engine::Engine;
use flows::Flows;
use server::Server;
use table::{Figure, Table};

type Failure = Box<dyn std::error::Error>;

/// How often each figure is taken; the median counts.
const BATCHES: usize = 5;

/// What was asked for on the command line.
struct Asked {
    scale: bool,
    sessions: usize,
    engine: Option<String>,
}

impl Asked {
    fn read() -> Result<Self, Failure> {
        let mut asked = Self {
            scale: false,
            sessions: 10_000,
            engine: None,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--scale" => asked.scale = true,
                "--sessions" => {
                    let number = words.next().ok_or("--sessions needs a number")?;
                    asked.sessions = number.parse()?;
                }
                "--engine" => asked.engine = Some(words.next().ok_or("--engine needs a name")?),
                _ => {
                    let usage = "[--scale] [--sessions N] [--engine sqlite|postgres]";
                    return Err(format!("unknown option {word}; usage: ./dev bench {usage}").into());
                }
            }
        }
        Ok(asked)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let asked = Asked::read()?;
    let mut table = Table::default();
    let bare = cpu::bare_signature(2_000);
    println!(
        "one bare RS256 signature (RSA-2048, AWS-LC): {:.3} ms of CPU",
        bare * 1_000.0
    );
    for engine in Engine::available(asked.engine.as_deref()) {
        let folder = engine.folder()?;
        if asked.scale {
            scale::measure(&mut table, &engine, &folder).await?;
        } else {
            usual(&mut table, &engine, &folder, asked.sessions).await?;
        }
        engine.clean_up(&folder);
    }
    if !asked.scale {
        answer::measure(&mut table).await?;
    }
    println!("\n{}", table.print(BATCHES));
    Ok(())
}

/// Everything but the large tables.
async fn usual(
    table: &mut Table,
    engine: &Engine,
    folder: &std::path::Path,
    sessions: usize,
) -> Result<(), Failure> {
    println!("{}: measuring", engine.name);
    let mut server = Server::start(engine, folder).await?;
    let with_new_keys = server.first_answer;
    let mut starts = Vec::new();
    for _ in 0..BATCHES {
        server.restart().await?;
        starts.push(server.first_answer.as_secs_f64());
    }
    let start = cpu::median(&mut starts);
    table.text(
        "from start to first answer, keys made anew",
        engine.name,
        format!("{} ms", with_new_keys.as_millis()),
    );
    table.text(
        "from start to first answer, existing keys",
        engine.name,
        format!("{:.0} ms", start * 1_000.0),
    );
    server.settle().await;
    table.text("resident memory, idle", engine.name, server.resident());

    let flows = Flows::new(&server);
    code_login(table, engine.name, &flows).await?;
    others(table, engine.name, &flows).await?;
    table.text(
        "resident memory, after the above",
        engine.name,
        server.resident(),
    );
    for _ in 0..sessions {
        flows.signed_in().await?;
    }
    server.settle().await;
    table.text(
        &format!("resident memory, {sessions} sessions later"),
        engine.name,
        server.resident(),
    );
    server.stop();
    Ok(())
}

/// The login that counts, and where its time goes.
async fn code_login(table: &mut Table, engine: &str, flows: &Flows<'_>) -> Result<(), Failure> {
    let login = flows.code_login().await?;
    table.row(
        "code login, live session (authorize + token)",
        engine,
        &login,
    );

    let authorize = flows.authorize().await?;
    table.row("· of it authorize", engine, &authorize);
    let mut token = login.clone();
    token.cpu -= authorize.cpu;
    token.times -= authorize.times;
    token.wall -= authorize.wall;
    table.row("· of it token", engine, &token);

    let nothing = flows.nothing().await;
    table.row("one request that does nothing (/healthz)", engine, &nothing);
    let rest = login.times - 1.0 - 2.0 * nothing.times;
    let bare = login.cpu / login.times;
    table.text(
        "code login: where it goes",
        engine,
        format!(
            "signature {:.2} ms, HTTP {:.2} ms, the rest {:.2} ms",
            bare * 1_000.0,
            2_000.0 * nothing.cpu,
            rest * bare * 1_000.0,
        ),
    );
    table.text(
        "code login: in the kernel; in SQLite's threads",
        engine,
        format!(
            "{:.2} ms; {:.2} ms",
            login.system * 1_000.0,
            login.database * 1_000.0
        ),
    );
    Ok(())
}

/// The other endpoints.
async fn others(table: &mut Table, engine: &str, flows: &Flows<'_>) -> Result<(), Failure> {
    let row = |table: &mut Table, what: &str, figure: &Figure| table.row(what, engine, figure);
    row(
        table,
        "client_credentials (a signed at+jwt)",
        &flows.client_credentials().await,
    );
    let tokens = flows
        .tokens(
            &flows
                .code(&mut flows.signed_in().await?, flows::PLAIN)
                .await,
        )
        .await?;
    row(table, "userinfo", &flows.userinfo(&tokens).await);
    row(table, "introspection", &flows.introspection(&tokens).await);
    let offline = flows.code_login_offline().await?;
    row(
        table,
        "code login that gives a refresh token, too",
        &offline,
    );
    row(table, "refresh", &flows.refresh().await?);
    row(table, "provider-choice page", &flows.choice().await);
    row(
        table,
        "whole login at the demo provider (6 requests)",
        &flows.whole_login().await,
    );
    Ok(())
}
