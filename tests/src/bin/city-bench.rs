//! `./dev bench`: what one request costs the broker in CPU, measured from outside, one core for the server.
//!
//! The broker runs as released on core 0, this program on core 1. A figure is the server's own CPU time (user and
//! system, `/proc/PID/stat`) over a batch of requests, divided; the table shows the median of the batches.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement that cannot be made ends at once and says why"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tests::browser::{Browser, Page};
use tests::program::{binary, free_port};

const BATCHES: usize = 5;
const SECRET: &str = "bench-secret-0123456789abcdef0123456789abcdef";
const VERIFIER: &str = "a-verifier-that-is-long-enough-for-everybody-0123456789";

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let scale = std::env::args().any(|argument| argument == "--scale");
    let bare = bare_signature();
    let mut table = Table::default();
    table.row("bare RS256 signature, RSA-2048", "this process", bare, None);

    for engines in Engines::available() {
        let folder = tempfolder(&engines.name)?;
        let database = engines.database(&folder)?;
        let mut server = Server::start(&folder, &database, engines.redis.as_deref()).await?;
        println!(
            "{}: first answer after {} ms (keys made); ",
            engines.name,
            server.first_answer.as_millis()
        );
        server.restart().await?;
        table.text(
            "time from start to first answer, existing keys",
            &engines.name,
            format!("{} ms", server.first_answer.as_millis()),
        );
        table.text(
            "resident memory, idle",
            &engines.name,
            format!("{:.1} MB", server.resident_mb()),
        );
        measure(&mut table, &engines.name, &server, bare).await?;
        sessions(&server, 10_000).await?;
        table.text(
            "resident memory, after 10,000 sessions",
            &engines.name,
            format!("{:.1} MB", server.resident_mb()),
        );
        if scale {
            server.stop();
            let began = Instant::now();
            tests::seed::accounts_and_audit(&database, 1_000_000, 10_000_000).await?;
            println!(
                "{}: seeded in {} s",
                engines.name,
                began.elapsed().as_secs()
            );
            server.restart().await?;
            let large = server.login_cost(200).await?;
            table.row(
                "code login, 1,000,000 accounts and 10,000,000 audit rows",
                &engines.name,
                large,
                Some(bare),
            );
        }
        server.stop();
        let _ = std::fs::remove_dir_all(&folder);
    }

    println!("{}", table.print());
    Ok(())
}

/// CPU seconds of one RS256 signature by the library the broker signs with.
fn bare_signature() -> f64 {
    use aws_lc_rs::{
        rand::SystemRandom,
        rsa::KeySize,
        signature::{RSA_PKCS1_SHA256, RsaKeyPair},
    };
    let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let random = SystemRandom::new();
    let mut signature = vec![0; key.public_modulus_len()];
    let mut figures: Vec<f64> = (0..BATCHES)
        .map(|_| {
            let before = cpu(std::process::id());
            for _ in 0..400 {
                key.sign(
                    &RSA_PKCS1_SHA256,
                    &random,
                    b"header.payload",
                    &mut signature,
                )
                .expect("a signature");
            }
            (cpu(std::process::id()) - before) / 400.0
        })
        .collect();
    median(&mut figures)
}

async fn measure(
    table: &mut Table,
    engine: &str,
    server: &Server,
    bare: f64,
) -> Result<(), Failure> {
    let login = server.login_cost(200).await?;
    table.row(
        "code login with a live session (authorize + token)",
        engine,
        login,
        Some(bare),
    );

    let mut person = server.signed_in().await?;
    let authorize = server
        .cost(200, async |_| {
            server.code(&mut person).await;
        })
        .await;
    table.row("· of it authorize", engine, authorize, Some(bare));

    let http = reqwest::Client::builder().no_proxy().build()?;
    let machine = [
        ("grant_type", "client_credentials"),
        ("scope", "records.read"),
    ];
    let figure = server
        .cost(200, async |_| {
            server
                .post(&http, "/oauth2/token", &machine)
                .await
                .expect("a token");
        })
        .await;
    table.row(
        "client_credentials (a signed at+jwt)",
        engine,
        figure,
        Some(bare),
    );

    let tokens = server
        .tokens(&http, &server.code(&mut person).await)
        .await?;
    let access = tokens["access_token"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let figure = server
        .cost(1000, async |_| {
            let answer = http
                .get(server.url("/oauth2/userinfo"))
                .bearer_auth(&access)
                .send()
                .await
                .expect("userinfo");
            assert!(
                answer.status().is_success(),
                "userinfo answers {}",
                answer.status()
            );
            let _ = answer.bytes().await;
        })
        .await;
    table.row("userinfo", engine, figure, Some(bare));

    let form = [("token", access.as_str())];
    let figure = server
        .cost(1000, async |_| {
            server
                .post(&http, "/oauth2/introspect", &form)
                .await
                .expect("an answer");
        })
        .await;
    table.row("introspection", engine, figure, Some(bare));

    let mut refresh = tokens["refresh_token"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let figure = server
        .cost(200, async |_| {
            let form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh.as_str()),
            ];
            let answer = server
                .post(&http, "/oauth2/token", &form)
                .await
                .expect("tokens");
            answer["refresh_token"]
                .as_str()
                .unwrap_or_default()
                .clone_into(&mut refresh);
        })
        .await;
    table.row("refresh", engine, figure, Some(bare));

    let mut stranger = Browser::new();
    let choice = stranger.open(server.authorize_url(false).as_str()).await;
    assert_eq!(choice.status, 200, "the provider choice: {}", choice.body);
    let figure = server
        .cost(500, async |_| {
            stranger.request("GET", choice.url.clone(), None).await;
        })
        .await;
    table.row("provider-choice page", engine, figure, Some(bare));
    Ok(())
}

/// Signs in so many browsers that their sessions exist.
async fn sessions(server: &Server, how_many: usize) -> Result<(), Failure> {
    for _ in 0..how_many {
        server.signed_in().await?;
    }
    Ok(())
}

/// What the broker stores in, and its name in the table.
struct Engines {
    name: String,
    postgres: Option<String>,
    redis: Option<String>,
}

impl Engines {
    fn available() -> Vec<Self> {
        let mut all = vec![Self {
            name: "SQLite".to_owned(),
            postgres: None,
            redis: None,
        }];
        if let (Ok(postgres), Ok(redis)) = (
            std::env::var("CITY_TEST_POSTGRES"),
            std::env::var("CITY_TEST_REDIS"),
        ) {
            all.push(Self {
                name: "PostgreSQL + Redis".to_owned(),
                postgres: Some(postgres),
                redis: Some(redis),
            });
        }
        all
    }

    fn database(&self, folder: &Path) -> Result<String, Failure> {
        let Some(server) = &self.postgres else {
            return Ok(format!("sqlite://{}", folder.join("idp.db").display()));
        };
        let name = format!("city_bench_{}", std::process::id());
        let status = Command::new("psql")
            .args([server, "-q", "-c", &format!("create database {name}")])
            .status()?;
        if !status.success() {
            return Err(format!("psql could not create {name}").into());
        }
        let mut url = url::Url::parse(server)?;
        url.set_path(&name);
        Ok(url.into())
    }
}

/// The broker on core 0.
struct Server {
    child: Child,
    config: PathBuf,
    base: String,
    first_answer: Duration,
}

impl Server {
    async fn start(folder: &Path, database: &str, redis: Option<&str>) -> Result<Self, Failure> {
        let port = free_port();
        let base = format!("http://localhost:{port}");
        let config = folder.join("idp.toml");
        std::fs::write(&config, configuration(&base, port, database, redis))?;
        let (child, first_answer) = launch(&config, &base).await?;
        Ok(Self {
            child,
            config,
            base,
            first_answer,
        })
    }

    async fn restart(&mut self) -> Result<(), Failure> {
        self.stop();
        (self.child, self.first_answer) = launch(&self.config, &self.base).await?;
        Ok(())
    }

    fn stop(&mut self) {
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .unwrap_or_default();
        let line = status
            .lines()
            .find(|l| l.starts_with("VmRSS:"))
            .unwrap_or_default();
        line.split_whitespace()
            .nth(1)
            .and_then(|n| n.parse::<f64>().ok())
            .unwrap_or_default()
            / 1024.0
    }

    /// Median over the batches of the CPU seconds one call of `work` costs the server.
    async fn cost(&self, each: u32, mut work: impl AsyncFnMut(u32)) -> f64 {
        for n in 0..each / 4 {
            work(n).await;
        }
        let mut figures = Vec::new();
        for _ in 0..BATCHES {
            let before = cpu(self.child.id());
            for n in 0..each {
                work(n).await;
            }
            figures.push((cpu(self.child.id()) - before) / f64::from(each));
        }
        median(&mut figures)
    }

    async fn login_cost(&self, each: u32) -> Result<f64, Failure> {
        let mut person = self.signed_in().await?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let figure = self
            .cost(each, async |_| {
                let code = self.code(&mut person).await;
                self.tokens(&http, &code).await.expect("tokens");
            })
            .await;
        Ok(figure)
    }

    /// A browser with a session at the broker, and the client's information page already agreed to.
    async fn signed_in(&self) -> Result<Browser, Failure> {
        let mut browser = Browser::new().speaking("en");
        let page = browser.open(self.authorize_url(false).as_str()).await;
        let page = match page.text_of("#login-submit") {
            Some(_) => page,
            None => browser.submit(&page, "demo", &[]).await,
        };
        let form = [("username", "0001"), ("password", "conformance")];
        let names = field_names(&page);
        let form: Vec<(&str, &str)> = names
            .iter()
            .map(String::as_str)
            .zip(form.map(|(_, value)| value))
            .collect();
        let (action, fields) = {
            let (shape, pressed) = page.form_with("login-submit");
            let mut fields = shape.fields.clone();
            if let Some(pressed) = pressed.filter(|b| !b.name.is_empty()) {
                fields.push((pressed.name, pressed.value));
            }
            for (name, value) in form {
                match fields.iter_mut().find(|(n, _)| n == name) {
                    Some(field) => value.clone_into(&mut field.1),
                    None => fields.push((name.to_owned(), value.to_owned())),
                }
            }
            (shape.action, fields)
        };
        let mut page = browser.request("POST", action, Some(fields)).await;
        while let Some(next) = page.redirect() {
            if next.path() == "/callback" {
                return Ok(browser);
            }
            page = browser.request("GET", next, None).await;
        }
        Err(format!(
            "signing in ended at {} with {}: {}",
            page.url,
            page.status,
            page.text()
        )
        .into())
    }

    async fn code(&self, person: &mut Browser) -> String {
        let mut next = self.authorize_url(true);
        loop {
            let page = person.request("GET", next.clone(), None).await;
            let to = page.redirect().unwrap_or_else(|| {
                panic!(
                    "no redirect from {}: {} {}",
                    page.url,
                    page.status,
                    page.text()
                )
            });
            if to.path() == "/callback" {
                return to
                    .query_pairs()
                    .find(|(n, _)| n == "code")
                    .map_or_else(|| panic!("no code in {to}"), |(_, v)| v.into_owned());
            }
            next = to;
        }
    }

    fn authorize_url(&self, offline: bool) -> url::Url {
        let challenge = URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(
            &aws_lc_rs::digest::SHA256,
            VERIFIER.as_bytes(),
        ));
        let mut url = url::Url::parse(&self.url("/oauth2/authorize")).expect("an address");
        url.query_pairs_mut()
            .append_pair("client_id", "bench")
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", "http://localhost:1/callback")
            .append_pair(
                "scope",
                if offline {
                    "openid profile email offline_access"
                } else {
                    "openid profile email"
                },
            )
            .append_pair("state", "some-state")
            .append_pair("nonce", "some-nonce")
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        url
    }

    async fn tokens(
        &self,
        http: &reqwest::Client,
        code: &str,
    ) -> Result<serde_json::Value, Failure> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", "http://localhost:1/callback"),
            ("code_verifier", VERIFIER),
        ];
        self.post(http, "/oauth2/token", &form).await
    }

    async fn post(
        &self,
        http: &reqwest::Client,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<serde_json::Value, Failure> {
        let answer = http
            .post(self.url(path))
            .basic_auth("bench", Some(SECRET))
            .form(form)
            .send()
            .await?;
        let status = answer.status();
        let body: serde_json::Value = answer.json().await?;
        if status.is_success() {
            Ok(body)
        } else {
            Err(format!("{path} answers {status}: {body}").into())
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The names of the two text fields of the demo provider's page, user name first.
fn field_names(page: &Page) -> Vec<String> {
    let (form, _) = page.form_with("login-submit");
    let hidden: Vec<_> = form
        .fields
        .iter()
        .filter(|(_, value)| value.is_empty())
        .map(|(name, _)| name.clone())
        .collect();
    hidden.into_iter().take(2).collect()
}

async fn launch(config: &Path, base: &str) -> Result<(Child, Duration), Failure> {
    let log = std::fs::File::create(config.with_extension("log"))?;
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
    let http = reqwest::Client::builder().no_proxy().build()?;
    let discovery = format!("{base}/.well-known/openid-configuration");
    while started.elapsed() < Duration::from_secs(30) {
        if http
            .get(&discovery)
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            return Ok((child, started.elapsed()));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let log = std::fs::read_to_string(config.with_extension("log")).unwrap_or_default();
    Err(format!("the broker does not answer:\n{log}").into())
}

fn configuration(base: &str, port: u16, database: &str, redis: Option<&str>) -> String {
    let redis = redis
        .map(|url| format!("[short_lived]\nredis = \"{url}\"\n"))
        .unwrap_or_default();
    format!(
        r#"environment = "sandbox"
master_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
[server]
listen = "127.0.0.1:{port}"
public_url = "{base}"
[database]
url = "{database}"
{redis}
[town]
name = "Zkušební město"
[log]
level = "warn"
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

/// User and system CPU seconds a process has used.
fn cpu(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = stat
        .rsplit_once(") ")
        .map(|(_, rest)| rest)
        .unwrap_or_default();
    let fields: Vec<&str> = after_name.split(' ').collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|n| n.parse::<f64>().ok())
            .unwrap_or_default()
    };
    (ticks(11) + ticks(12)) / 100.0
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn tempfolder(name: &str) -> Result<PathBuf, Failure> {
    let folder =
        std::env::temp_dir().join(format!("city-bench-{}-{}", std::process::id(), name.len()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Rows by what was measured, columns by engine.
#[derive(Default)]
struct Table {
    rows: Vec<String>,
    cells: BTreeMap<(String, String), String>,
    engines: Vec<String>,
}

impl Table {
    fn row(&mut self, what: &str, engine: &str, seconds: f64, bare: Option<f64>) {
        let times = bare
            .map(|bare| format!(", {:.2} ×", seconds / bare))
            .unwrap_or_default();
        self.text(what, engine, format!("{:.3} ms{times}", seconds * 1000.0));
    }

    fn text(&mut self, what: &str, engine: &str, cell: String) {
        if !self.rows.iter().any(|row| row == what) {
            self.rows.push(what.to_owned());
        }
        if !self.engines.iter().any(|known| known == engine) {
            self.engines.push(engine.to_owned());
        }
        self.cells
            .insert((what.to_owned(), engine.to_owned()), cell);
    }

    fn print(&self) -> String {
        let mut out = format!(
            "| CPU of the server, median of {BATCHES} batches | {} |\n|---|{}\n",
            self.engines.join(" | "),
            "---|".repeat(self.engines.len())
        );
        for row in &self.rows {
            let cells = self.engines.iter().map(|engine| {
                self.cells
                    .get(&(row.clone(), engine.clone()))
                    .map_or("", String::as_str)
            });
            let _ = writeln!(out, "| {row} | {} |", cells.collect::<Vec<_>>().join(" | "));
        }
        out
    }
}
