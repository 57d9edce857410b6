//! The broker as released, on core 0.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tests::ports::free_port;
use tests::program::binary;

use super::engine::Engine;
use super::table::Figure;
use super::{BATCHES, Failure, cpu};

/// The client that is measured with.
pub(crate) const SECRET: &str = "bench-secret-0123456789abcdef0123456789abcdef";

/// Bare signatures before each batch, to compare with.
const SIGNATURES: u32 = 100;

/// A running broker.
pub(crate) struct Server {
    child: Child,
    config: PathBuf,
    /// Its public address.
    pub(crate) base: String,
    /// Where its state is.
    pub(crate) database: String,
    /// How long the last start took until something was answered.
    pub(crate) first_answer: Duration,
}

impl Server {
    /// Starts one on a new database.
    pub(crate) async fn start(engine: &Engine, folder: &Path) -> Result<Self, Failure> {
        let port = free_port();
        let base = format!("http://localhost:{port}");
        let config = folder.join("idp.toml");
        let database = engine.database(folder)?;
        std::fs::write(
            &config,
            configuration(&base, port, &database, engine.redis.as_deref()),
        )?;
        let (child, first_answer) = launch(&config, &base).await?;
        Ok(Self {
            child,
            config,
            base,
            database,
            first_answer,
        })
    }

    /// Stops it and starts it again.
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        self.stop();
        (self.child, self.first_answer) = launch(&self.config, &self.base).await?;
        Ok(())
    }

    /// Asks it to stop and waits for its end, unless it has ended.
    pub(crate) fn stop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }

    /// Waits until every worker has had its turn.
    pub(crate) async fn settle(&self) {
        tokio::time::sleep(Duration::from_secs(5)).await;
    }

    /// An address of it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// What the kernel counts as its memory.
    pub(crate) fn resident(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let kilobytes = |name: &str| {
            let line = status
                .lines()
                .find(|line| line.starts_with(name))
                .unwrap_or_default();
            let number = line
                .split_whitespace()
                .nth(1)
                .and_then(|n| n.parse::<f64>().ok());
            number.unwrap_or_default()
        };
        format!(
            "{:.1} MB (of it {:.1} the program's file)",
            kilobytes("VmRSS:") / 1024.0,
            kilobytes("RssFile:") / 1024.0
        )
    }

    /// What one call of `work` costs the server: the median over the batches. All clients work at the same time, each one
    /// request after the other, `each` calls together.
    pub(crate) async fn cost<C>(
        &self,
        each: usize,
        clients: &mut [C],
        work: impl AsyncFn(&mut C),
    ) -> Figure {
        let (pid, shares) = (self.child.id(), each / clients.len());
        batch(clients, shares.div_ceil(4), &work).await;
        let mut figures = Vec::new();
        for _ in 0..BATCHES {
            let bare = cpu::bare_signature(SIGNATURES);
            let (before, began) = (cpu::of(pid), Instant::now());
            batch(clients, shares, &work).await;
            let (after, took) = (cpu::of(pid), began.elapsed().as_secs_f64());
            let calls = clients.len() * shares;
            let one = |seconds: f64| seconds / f64::from(u32::try_from(calls).unwrap_or(u32::MAX));
            figures.push(Figure {
                cpu: one(after.all - before.all),
                times: one(after.all - before.all) / bare,
                system: one(after.system - before.system),
                database: one(after.database - before.database),
                wall: one(took),
            });
        }
        Figure::median(&figures)
    }
}

/// `shares` calls by each client.
async fn batch<C>(clients: &mut [C], shares: usize, work: &impl AsyncFn(&mut C)) {
    let all = clients.iter_mut().map(async |client| {
        for _ in 0..shares {
            work(client).await;
        }
    });
    futures_util::future::join_all(all).await;
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn launch(config: &Path, base: &str) -> Result<(Child, Duration), Failure> {
    let log = std::fs::File::create(config.with_extension("log"))?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let discovery = format!("{base}/.well-known/openid-configuration");
    let started = Instant::now();
    let child = Command::new("taskset")
        .args(["-c", "0"])
        .arg(binary("city-idp"))
        .args(["serve", "--config"])
        .arg(config)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()?;
    while started.elapsed() < Duration::from_secs(30) {
        let answer = http.get(&discovery).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok((child, started.elapsed()));
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let log = std::fs::read_to_string(config.with_extension("log")).unwrap_or_default();
    Err(format!("the broker does not answer:\n{log}").into())
}

fn configuration(base: &str, port: u16, database: &str, redis: Option<&str>) -> String {
    let redis = redis.map(|url| format!("[short_lived]\nredis = \"{url}\"\n"));
    let redis = redis.unwrap_or_default();
    let metadata = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../federation/src/nia/testdata/metadata/all-keys.xml");
    let metadata = metadata.display();
    format!(
        r#"environment = "sandbox"
master_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
[server]
listen = "127.0.0.1:{port}"
public_url = "{base}"
[database]
url = "{database}"
{redis}
[login]
messages_per_minute = 0
begun_per_minute = 0
[town]
name = "Zkušební město"
[log]
level = "info"
[organisation.town]
name = {{ cs = "Město" }}
[resource.records]
organisation = "town"
name = {{ cs = "Záznamy" }}
uri = "https://records.town.test"
scopes = ["records.read"]
[client.bench]
organisation = "town"
name = {{ cs = "Měření" }}
client_secret = "{SECRET}"
redirect_uris = ["http://localhost:1/callback"]
grant_types = ["authorization_code", "refresh_token", "client_credentials"]
scopes = ["openid", "profile", "email", "offline_access", "records.read"]
resources = ["records"]
information_page = false
[provider.nia]
kind = "nia"
environment = "sandbox"
metadata_file = "{metadata}"
[provider.demo]
kind = "demo"
environment = "sandbox"
[provider.demo.account.0001]
password = "conformance"
given_name = "Jan"
family_name = "Zkušební"
birth_date = "1980-01-01"
email = "jan@example.test"
"#
    )
}
