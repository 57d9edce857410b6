//! A mandate that officers approved: listed and ended by the program, seen by the person at the one that runs.

use std::path::{Path, PathBuf};
use std::process::Output;

use chrono::{Duration, Utc};
use federation::{BodyKind, IdentityLevel};
use idp::ids::{AccountId, MandateId};
use idp::mandate::Act;
use idp::storage::mandate::{self, Mandate};
use store::{DatabaseConfig, Db};
use tests::browser::{Browser, Page};
use tests::engines::folder;
use tests::program::Program;
use uuid::Uuid;

use super::{city_idp, configuration};

const JANA: &str = "password = \"jana\"";
/// A town with a server that runs, officers, and Jana, who has signed in once.
struct Town {
    folder: PathBuf,
    file: PathBuf,
    url: String,
    browser: Browser,
    account: String,
    _program: Program,
}

impl Town {
    async fn start() -> Self {
        let folder = folder();
        let known = "password = \"jana\"\ngiven_name = \"JANA\"\nfamily_name = \"DVOŘÁKOVÁ\"\nbirth_date = \"1984-05-14\"";
        let file = configuration(&folder, &[(JANA, known)]);
        let text = std::fs::read_to_string(&file).unwrap();
        let url = text
            .lines()
            .find_map(|line| line.strip_prefix("public_url = "))
            .unwrap()
            .trim_matches('"')
            .to_owned();
        let arguments = ["serve", "--config", file.to_str().unwrap()];
        let ready = format!("{url}/readyz");
        let program = Program::start("city-idp", &arguments, &[], &ready, &folder).await;
        let mut town = Self {
            folder,
            file,
            url,
            browser: Browser::new(),
            account: String::new(),
            _program: program,
        };
        let page = town.open("/account").await;
        let typed = [("login-username", "jana"), ("login-password", "jana")];
        let page = town.browser.submit(&page, "login-submit", &typed).await;
        assert_eq!(page.url.path(), "/account", "{}", page.text());
        let who = ["--family-name", "dvorakova", "--birth-date", "1984-05-14"];
        let found = town.done(&[&["account", "find"], who.as_slice()].concat());
        let row = found.lines().last().unwrap();
        assert!(row.contains("active") && row.ends_with("Jana Dvořáková"));
        row.split(' ').next().unwrap().clone_into(&mut town.account);
        town
    }

    async fn open(&mut self, path: &str) -> Page {
        self.browser.open(&format!("{}{path}", self.url)).await
    }

    /// Runs the program, which does it.
    fn done(&self, arguments: &[&str]) -> String {
        let output = city_idp(arguments, &self.file);
        assert!(output.status.success(), "{arguments:?}: {}", error(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Jana may look and file for the association, as two officers approved.
    async fn approve(&self) -> String {
        let db = database(&self.folder).await;
        let mut tx = db.begin().await.unwrap();
        let id = MandateId::new(Uuid::now_v7());
        let approved = Mandate {
            mandate_id: id,
            account_id: AccountId::new(self.account.parse().unwrap()),
            kind: BodyKind::Association,
            ico: Some("00000043".to_owned()),
            name: "Spolek Pod Věží, z. s.".to_owned(),
            source: "counter".to_owned(),
            upstream_link_id: None,
            reference: None,
            role: None,
            scope: [Act::View, Act::Submit].into(),
            level: IdentityLevel::Town,
            approved_by: Some(Uuid::from_u128(1)),
            second_officer: Some(Uuid::from_u128(2)),
            shown_at: Utc::now(),
            valid_from: Utc::now() - Duration::minutes(1),
            valid_until: Utc::now() + Duration::days(300),
            revoked_at: None,
        };
        mandate::add(&mut tx, &approved, Utc::now()).await.unwrap();
        tx.commit().await.unwrap();
        id.to_string()
    }

    /// The clients that the database has.
    async fn clients(&self) -> Vec<(String, String)> {
        let db = database(&self.folder).await;
        let mut tx = db.read().await.unwrap();
        let all = "select client_id, cast(generation.value as text) from client, generation where generation.name = 'clients' order by client_id";
        store::on!(&mut tx, db => sqlx::query_as(all).fetch_all(db).await).unwrap()
    }

    /// Kinds and actors of what happened to Jana, the earliest first.
    async fn events(&self) -> Vec<(String, String)> {
        let db = database(&self.folder).await;
        let mut tx = db.read().await.unwrap();
        let mut events = store::audit::list_of(&mut tx, self.account.parse().unwrap(), 100)
            .await
            .unwrap();
        events.sort_by_key(|event| (event.at, event.id));
        events
            .into_iter()
            .map(|event| (event.kind, event.actor))
            .collect()
    }
}

fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

async fn database(folder: &Path) -> Db {
    let url = format!("sqlite://{}/idp.db", folder.display());
    let config: DatabaseConfig = serde_json::from_value(serde_json::json!({ "url": url })).unwrap();
    Db::open(&config).await.unwrap()
}

#[tokio::test]
async fn a_mandate_is_listed_and_ended_and_nothing_else_changes() {
    let mut town = Town::start().await;
    let id = town.approve().await;
    let page = town.open("/account/mandates").await;
    assert!(page.text().contains("Spolek Pod Věží"), "{}", page.text());

    let listed = town.done(&["mandate", "list", "--ico", "00000043"]);

    let row = listed.lines().last().unwrap();
    for words in [&*id, &town.account, "valid", "view submit"] {
        assert!(row.contains(words), "{words}: {listed}");
    }
    let account = town.account.clone();
    assert_eq!(
        town.done(&["mandate", "list", "--account", &account]),
        listed
    );
    // What the file says by now is for the next start to write down, not for this.
    let clients = town.clients().await;
    let text = std::fs::read_to_string(&town.file).unwrap();
    let one = text.find("[client.library]").unwrap();
    let more = text[one..].replace("[client.library]", "[client.later]");
    std::fs::write(&town.file, format!("{text}\n{more}")).unwrap();

    town.done(&["mandate", "end", &id]);

    assert_eq!(town.clients().await, clients);
    let page = town.open("/account/mandates").await;
    assert!(page.text().contains("jen za sebe"), "{}", page.text());
    let told = town.open("/account/contacts").await;
    let told_of = "U města už nemůžete jednat za: Spolek Pod Věží, z. s.";
    assert!(told.text().contains(told_of), "{}", told.text());
    let again = city_idp(&["mandate", "end", &id], &town.file);
    assert!(!again.status.success() && error(&again).contains(&id));
    let events = town.events().await;
    for kind in ["account.viewed", "mandate.viewed", "mandate.ended"] {
        let found = events.iter().find(|(held, _)| held == kind);
        let (_, actor) = found.unwrap_or_else(|| panic!("no {kind} in {events:?}"));
        assert!(actor.starts_with("operator:"), "{kind}: {actor}");
    }
    assert!(
        town.done(&["audit", "verify"])
            .contains("the chain is whole")
    );
}
