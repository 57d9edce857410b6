//! A mandate that officers verified: written down, told, listed and ended by the program, seen by the person at the one that runs.

use std::path::{Path, PathBuf};
use std::process::Output;

use chrono::{DateTime, Utc};
use idp::ids::StaffAccountId;
use idp::staff::Role;
use idp::storage::staff_account::{self, Told};
use secrecy::SecretString;
use store::{DatabaseConfig, Db, MasterKey};
use tests::browser::{Browser, Page};
use tests::engines::folder;
use tests::program::Program;
use uuid::Uuid;

use super::{MASTER_KEY, city_idp, configuration};

const JANA: &str = "password = \"jana\"";
/// Who verifies, who agrees, and one who may do neither.
const OFFICERS: [(u128, &str, Role); 3] = [
    (1, "Tomáš Klíčník", Role::Verifier),
    (2, "Věra Přísná", Role::Supervisor),
    (3, "Karel Psavý", Role::PortalEditor),
];

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
        officers(&folder).await;
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

    /// Asks for a mandate of the association, with arguments replaced by `(--name, value)`.
    fn add(&self, changes: &[(&str, &str)]) -> Output {
        let (verifier, supervisor) = (officer(1), officer(2));
        let mut arguments = vec![
            ("--account", self.account.as_str()),
            ("--kind", "association"),
            ("--ico", "00000043"),
            ("--name", "Spolek Pod Věží, z. s."),
            ("--role", "předsedkyně"),
            ("--may", "view,submit"),
            ("--source", "counter"),
            ("--evidence", "čj. 12/2026"),
            ("--officer", verifier.as_str()),
            ("--second-officer", supervisor.as_str()),
            ("--until", "2030-06-30"),
        ];
        for (name, value) in changes {
            let argument = arguments.iter_mut().find(|(held, _)| held == name);
            match argument {
                Some(argument) => argument.1 = value,
                None => arguments.push((name, value)),
            }
        }
        let mut line = vec!["mandate", "add"];
        for (name, value) in arguments {
            line.extend([name, value]);
        }
        line.retain(|part| !part.is_empty());
        city_idp(&line, &self.file)
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

fn officer(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

async fn database(folder: &Path) -> Db {
    let url = format!("sqlite://{}/idp.db", folder.display());
    let config: DatabaseConfig = serde_json::from_value(serde_json::json!({ "url": url })).unwrap();
    Db::open(&config).await.unwrap()
}

/// Officers who have signed in once.
async fn officers(folder: &Path) {
    let key = MasterKey::parse(&SecretString::from(MASTER_KEY)).unwrap();
    let db = database(folder).await;
    let mut tx = db.begin().await.unwrap();
    for (number, name, role) in OFFICERS {
        let told = Told {
            realm: "caais:test",
            subject: &number.to_string(),
            name,
            roles: &[role].into(),
        };
        let id = StaffAccountId::new(Uuid::from_u128(number));
        staff_account::note(&mut tx, &key, id, told, now())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

fn now() -> DateTime<Utc> {
    Utc::now()
}

#[tokio::test]
async fn a_mandate_that_two_officers_verified_is_added_told_listed_and_ended() {
    let mut town = Town::start().await;
    let page = town.open("/account/mandates").await;
    assert!(page.text().contains("jen za sebe"), "{}", page.text());

    let added = town.add(&[]);
    assert!(added.status.success(), "{}", error(&added));

    let page = town.open("/account/mandates").await;
    for words in [
        "Spolek Pod Věží, z. s.",
        "IČO 00000043",
        "nahlížet, podávat",
        "ověřeno na úřadě",
    ] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert!(page.text().replace('\u{a0}', " ").contains("30. 6. 2030"));
    let told = town.open("/account/contacts").await;
    let told_of = "Můžete teď u města jednat za: Spolek Pod Věží, z. s.";
    assert!(told.text().contains(told_of), "{}", told.text());
    let listed = town.done(&["mandate", "list", "--ico", "00000043"]);
    let row = listed.lines().last().unwrap();
    for words in [&town.account, "valid", "2030-06-30", "view submit"] {
        assert!(row.contains(words), "{words}: {listed}");
    }
    let account = town.account.clone();
    assert_eq!(
        town.done(&["mandate", "list", "--account", &account]),
        listed
    );

    let id = row.split(' ').next().unwrap().to_owned();
    town.done(&["mandate", "end", &id]);

    let page = town.open("/account/mandates").await;
    assert!(page.text().contains("jen za sebe"), "{}", page.text());
    let told = town.open("/account/contacts").await;
    let told_of = "U města už nemůžete jednat za: Spolek Pod Věží, z. s.";
    assert!(told.text().contains(told_of), "{}", told.text());
    let again = city_idp(&["mandate", "end", &id], &town.file);
    assert!(!again.status.success() && error(&again).contains(&id));
    let events = town.events().await;
    for kind in [
        "account.viewed",
        "mandate.added",
        "mandate.viewed",
        "mandate.ended",
    ] {
        let found = events.iter().find(|(held, _)| held == kind);
        let (_, actor) = found.unwrap_or_else(|| panic!("no {kind} in {events:?}"));
        assert!(actor.starts_with("operator:"), "{kind}: {actor}");
    }
    assert!(
        town.done(&["audit", "verify"])
            .contains("the chain is whole")
    );
}

#[tokio::test]
async fn what_officers_may_not_approve_is_refused_with_what_to_do() {
    let town = Town::start().await;
    let nobody = officer(99);
    for (changes, words) in [
        (vec![("--second-officer", officer(1))], "four eyes"),
        (
            vec![("--officer", officer(3))],
            "Karel Psavý has not the role idp.verifier",
        ),
        (
            vec![("--second-officer", officer(3))],
            "has not the role idp.supervisor",
        ),
        (vec![("--officer", nobody.clone())], "city-idp staff list"),
        (vec![("--account", nobody)], "city-idp account find"),
        (
            vec![("--ico", "00000044".to_owned())],
            "the last one checks the others",
        ),
        (
            vec![("--until", "2020-01-01".to_owned())],
            "has ended already",
        ),
        (vec![("--until", "2099-01-01".to_owned())], "ten years"),
        (vec![("--kind", "public-body".to_owned())], "mandate.kinds"),
        (vec![("--name", "x".repeat(201))], "200 characters"),
    ] {
        let changes: Vec<(&str, &str)> = changes
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();

        let refused = town.add(&changes);

        assert!(!refused.status.success(), "{changes:?}");
        let said = error(&refused);
        assert!(said.contains(words), "{changes:?}: {said}");
    }
    let events = town.events().await;
    assert!(!events.iter().any(|(kind, _)| kind == "mandate.added"));

    // The same body twice is one mandate.
    assert!(town.add(&[]).status.success());
    let twice = error(&town.add(&[("--until", "2031-06-30")]));
    assert!(twice.contains("acts for this body already"), "{twice}");
}

/// A3: neither the officer who verifies nor the one who agrees may be the person; their name tells that they may.
#[tokio::test]
async fn an_officer_with_the_name_of_the_person_approves_nothing() {
    let town = Town::start().await;
    let key = MasterKey::parse(&SecretString::from(MASTER_KEY)).unwrap();
    let db = database(&town.folder).await;
    let mut tx = db.begin().await.unwrap();
    for (number, role) in [(4_u128, Role::Verifier), (5, Role::Supervisor)] {
        let told = Told {
            realm: "caais:test",
            subject: &number.to_string(),
            name: "Jana Dvořáková",
            roles: &[role].into(),
        };
        let id = StaffAccountId::new(Uuid::from_u128(number));
        staff_account::note(&mut tx, &key, id, told, now())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();

    for (name, number) in [("--officer", 4), ("--second-officer", 5)] {
        let refused = town.add(&[(name, &officer(number))]);

        let said = error(&refused);
        assert!(
            !refused.status.success() && said.contains("another officer has to approve it"),
            "{name}: {said}"
        );
    }
}
