//! A town with its program, and officers who run it beside the server.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use idp::staff::Role;
use store::{DatabaseConfig, Db};
use tests::browser::{Browser, Page};
use tests::office::{ROLES, signed_in};
use tests::program::{Program, binary};

use super::configuration;

/// Where officers of the town sign in; nobody answers there.
const ISSUER: &str = "http://127.0.0.1:9/caais/";

/// How they do.
fn officials() -> String {
    let keys = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../federation/src/nia/testdata/keys"
    );
    let roles = ROLES.map(|role| format!("\"{role}\" = [\"{role}\"]", role = role.as_str()));
    format!(
        r#"
[outbound.client_certificate.town]
certificate_file = "{keys}/idp-ec.crt.pem"
key_file = "{keys}/idp-ec.key.pem"
hosts = ["127.0.0.1"]

[provider.caais]
kind = "caais"
environment = "sandbox"
issuer = "{ISSUER}"
client_id = "VZOROV"
client_certificate = "town"
ico = "00245836"
level = {{ identity = "town", login = "multi" }}

[staff]
provider = "caais"

[staff.roles]
{}
"#,
        roles.join("\n")
    )
}

/// A server that runs.
pub(super) struct Town {
    file: PathBuf,
    database: String,
    pub(super) url: String,
    program: Program,
}

impl Town {
    /// With `change` made to its configuration, on this database or on SQLite.
    pub(super) async fn start(
        folder: &Path,
        change: (&str, &str),
        database: Option<String>,
    ) -> Self {
        let sqlite = format!("sqlite://{}/idp.db", folder.display());
        let database = database.unwrap_or_else(|| sqlite.clone());
        let file = configuration(folder, &[change, (&*sqlite, &*database)]);
        let text = std::fs::read_to_string(&file).unwrap() + &officials();
        std::fs::write(&file, &text).unwrap();
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
    pub(super) async fn corrected(&mut self, from: &str, to: &str) {
        let text = std::fs::read_to_string(&self.file).unwrap();
        std::fs::write(&self.file, text.replace(from, to)).unwrap();
        self.program.kill();
        self.program.start_again().await;
    }

    /// Where a login leads.
    pub(super) async fn log_in(&self) -> Page {
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

    /// Runs it, and it is done.
    pub(super) fn done(&self, operator: &str, arguments: &[&str]) -> String {
        let output = self.by(operator, arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs it, and is refused in these words.
    pub(super) fn refused(&self, operator: &str, arguments: &[&str], words: &str) {
        let output = self.by(operator, arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(words), "{said}");
    }

    /// Whoever decides, and whoever agrees.
    pub(super) async fn officers(&self) -> [String; 2] {
        let config = serde_json::json!({ "url": self.database });
        let config: DatabaseConfig = serde_json::from_value(config).unwrap();
        let db = Db::open(&config).await.unwrap();
        let key = store::MasterKey::parse(&super::MASTER_KEY.into()).unwrap();
        let mut tx = db.begin().await.unwrap();
        let now = chrono::Utc::now();
        let realm = serde_json::from_value(format!("caais:sandbox:{ISSUER}").into()).unwrap();
        let first = ("Alena Psavá", &[Role::Verifier][..]);
        let first = signed_in(&mut tx, &key, &realm, first, now).await;
        let second = ("Bohumil Dohlížitel", &[Role::Supervisor][..]);
        let second = signed_in(&mut tx, &key, &realm, second, now).await;
        tx.commit().await.unwrap();
        [first.to_string(), second.to_string()]
    }
}
