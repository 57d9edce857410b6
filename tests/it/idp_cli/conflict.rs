//! A case as officers decide it with the program, on both databases: who was kept out is let in at the server that runs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use idp::staff::Role;
use store::{DatabaseConfig, Db};
use tests::browser::{Browser, Page};
use tests::engines::{empty_postgres, folder, postgres_address};
use tests::office::officer;
use tests::program::{Program, binary};

use super::configuration;

const JANA: &str = "password = \"jana\"";

/// Jana as the provider knows her, born on this day.
fn jana(born: &str) -> String {
    format!(
        "password = \"jana\"\nidentity = \"town\"\ngiven_name = \"JANA\"\nfamily_name = \"DVOŘÁKOVÁ\"\nbirth_date = \"{born}\""
    )
}

struct Town {
    file: PathBuf,
    database: String,
    url: String,
    program: Program,
}

impl Town {
    async fn start(folder: &Path, database: Option<String>) -> Self {
        let sqlite = format!("sqlite://{}/idp.db", folder.display());
        let database = database.unwrap_or_else(|| sqlite.clone());
        let changes = [(JANA, &*jana("1984-05-14")), (&*sqlite, &*database)];
        let file = configuration(folder, &changes);
        let text = std::fs::read_to_string(&file).unwrap();
        let url = text
            .lines()
            .find_map(|line| line.strip_prefix("public_url = "));
        let url = url.unwrap().trim_matches('"').to_owned();
        let arguments = ["serve", "--config", file.to_str().unwrap()];
        let ready = format!("{url}/readyz");
        let program = Program::start("city-idp", &arguments, &[], &ready, folder).await;
        Self {
            file,
            database,
            url,
            program,
        }
    }

    /// From now on the provider says this day.
    async fn corrected(&mut self, from: &str, to: &str) {
        let text = std::fs::read_to_string(&self.file).unwrap();
        std::fs::write(&self.file, text.replace(from, to)).unwrap();
        self.program.kill();
        self.program.start_again().await;
    }

    /// Where a login leads.
    async fn log_in(&self) -> Page {
        let mut browser = Browser::new();
        let page = browser.open(&format!("{}/account", self.url)).await;
        let typed = [("login-username", "jana"), ("login-password", "jana")];
        browser.submit(&page, "login-submit", &typed).await
    }

    /// Runs the program under somebody's login of the machine.
    fn by(&self, operator: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary("city-idp"));
        command.args(arguments).arg("--config").arg(&self.file);
        command.env_remove("SUDO_USER").env("USER", operator);
        command.output().unwrap()
    }

    fn done(&self, operator: &str, arguments: &[&str]) -> String {
        let output = self.by(operator, arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn refused(&self, operator: &str, arguments: &[&str], words: &str) {
        let output = self.by(operator, arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(words), "{said}");
    }

    async fn officers(&self) -> [String; 2] {
        let config = serde_json::json!({ "url": self.database });
        let config: DatabaseConfig = serde_json::from_value(config).unwrap();
        let db = Db::open(&config).await.unwrap();
        let key = store::MasterKey::parse(&super::MASTER_KEY.into()).unwrap();
        let mut tx = db.begin().await.unwrap();
        let now = chrono::Utc::now();
        let first = officer(&mut tx, &key, "Alena Psavá", &[Role::Verifier], now).await;
        let second = [Role::Supervisor];
        let second = officer(&mut tx, &key, "Bohumil Dohlížitel", &second, now).await;
        tx.commit().await.unwrap();
        [first.to_string(), second.to_string()]
    }
}

#[tokio::test]
async fn a_case_is_listed_shown_and_decided_by_two_officers_and_the_person_is_let_in_again() {
    let engine = empty_postgres().await;
    let postgres = postgres_address(&engine).to_string();
    for database in [None, Some(postgres)] {
        let folder = folder();
        let mut town = Town::start(&folder, database).await;
        let [first, second] = town.officers().await;
        assert_eq!(town.log_in().await.url.path(), "/account");
        town.corrected("1984-05-14", "1984-05-15").await;
        let page = town.log_in().await;
        assert!(page.text().contains("LOG-121"), "{}", page.text());

        let listed = town.done("alena", &["conflict", "list", "--open"]);
        let row = listed.lines().nth(1).unwrap();
        let number = row.split(' ').next().unwrap();
        assert!(page.text().contains(number), "{number}: {}", page.text());
        for word in ["0 h", "open", "grave_change", "demo"] {
            assert!(row.contains(word), "{word}: {listed}");
        }
        assert!(!listed.contains("DVOŘÁKOVÁ"), "{listed}");
        let shown = town.done("alena", &["conflict", "show", number]);
        for words in [
            "JANA DVOŘÁKOVÁ",
            "born    1984-05-14",
            "born    1984-05-15",
            "differs date of birth",
            "way in  demo",
            "the login of the case",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }

        let decide = [
            "conflict",
            "decide",
            number,
            "--outcome",
            "same-person",
            "--officer",
        ];
        let reason = ["--reason", "rodný list, spis 3/2026"];
        let nobody = "00000000-0000-0000-0000-000000000001";
        town.refused(
            "alena",
            &[decide.as_slice(), &[nobody], &reason].concat(),
            "no officer has the key",
        );
        town.refused(
            "alena",
            &[decide.as_slice(), &[&second], &reason].concat(),
            "does not have the role idp.verifier",
        );
        let said = town.done("alena", &[decide.as_slice(), &[&first], &reason].concat());
        assert!(said.contains("nothing has changed yet"), "{said}");
        assert!(town.log_in().await.text().contains("LOG-121"));
        let agree = ["conflict", "agree", number, "--officer"];
        let by = |key| [agree.as_slice(), &[key]].concat();
        town.refused("bohumil", &by(&first), "idp.supervisor");
        town.refused("alena", &by(&second), "the same login of this machine");
        let said = town.done("bohumil", &by(&second));
        assert!(said.contains("same-person: done"), "{said}");
        town.refused("bohumil", &by(&second), "no decision about this waits");

        let page = town.log_in().await;
        assert_eq!(page.url.path(), "/account", "{}", page.text());
        let listed = town.done("alena", &["conflict", "list"]);
        assert_eq!(listed.lines().count(), 1, "{listed}");
        let listed = town.done("alena", &["conflict", "list", "--all"]);
        assert!(listed.contains("closed"), "{listed}");
        let verified = town.done("alena", &["audit", "verify"]);
        assert!(verified.contains("the chain is whole"), "{verified}");
    }
}
