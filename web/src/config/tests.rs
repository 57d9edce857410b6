use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ConfigError, LogConfig, LogFormat, ServerConfig, TownConfig, load_with, reference};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    server: ServerConfig,
    town: TownConfig,
    #[serde(default)]
    log: LogConfig,
    #[serde(default)]
    client: BTreeMap<String, Client>,
    #[serde(default)]
    provider: BTreeMap<String, Provider>,
    /// Secret of all secrets.
    master_key: String,
}

/// `[client.NAME]`: an application.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Client {
    /// Its secret.
    secret: Option<String>,
    /// How many.
    #[serde(default)]
    limit: u32,
    /// Which ones.
    #[serde(default)]
    scopes: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Provider {
    Nia {
        /// Where its metadata is.
        metadata_url: String,
        password: Option<String>,
    },
    Demo {},
}

const GOOD: &str = r#"
master_key = "m"
[server]
listen = "127.0.0.1:8400"
public_url = "https://identita.example"
[town]
name = "Vzorov"
"#;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("web-config-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn read(file: &Path, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    load_with::<Config>(
        file,
        "CITY_IDP",
        variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        super::probe::none,
    )
}

fn refusal(name: &str, text: &str, variables: &[(&str, &str)]) -> String {
    let folder = Folder::new(name);
    let file = folder.write("idp.toml", text);
    read(&file, variables)
        .unwrap_err()
        .to_string()
        .replace(&folder.0.display().to_string(), "DIR")
}

#[test]
fn a_file_is_read_with_its_defaults() {
    let folder = Folder::new("good");

    let config = read(&folder.write("idp.toml", GOOD), &[]).unwrap();

    assert_eq!(config.server.listen.port(), 8400);
    assert_eq!(config.server.request_timeout_seconds, 30);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.town.name, "Vzorov");
}

#[test]
fn variables_override_and_take_the_type_of_their_key() {
    let folder = Folder::new("variables");
    let text = format!("{GOOD}[client.building-permits]\nsecret = \"x\"\n");
    let variables = [
        ("CITY_IDP__SERVER__REQUEST_TIMEOUT_SECONDS", "7"),
        ("CITY_IDP__CLIENT__BUILDING_PERMITS__SECRET", "0123"),
        ("CITY_IDP__CLIENT__BUILDING_PERMITS__LIMIT", "5"),
        (
            "CITY_IDP__CLIENT__BUILDING_PERMITS__SCOPES",
            "[\"openid\", \"profile\"]",
        ),
        ("CITY_IDP__SERVER__METRICS_LISTEN", "127.0.0.1:8408"),
        ("CITY_IDP__PROVIDER__DEMO__KIND", "demo"),
        ("CITY_PORTAL__SERVER__LISTEN", "nonsense of another program"),
    ];

    let config = read(&folder.write("idp.toml", &text), &variables).unwrap();

    let client = &config.client["building-permits"];
    assert_eq!(config.server.request_timeout_seconds, 7);
    assert_eq!((client.secret.as_deref(), client.limit), (Some("0123"), 5));
    assert_eq!(client.scopes, ["openid", "profile"]);
    assert!(matches!(config.provider["demo"], Provider::Demo {}));
}

#[test]
fn secrets_can_stand_in_files() {
    let folder = Folder::new("secrets");
    let secret = folder.write("secret", "s3cret\n");
    let text = GOOD.replace(
        "master_key = \"m\"",
        &format!("master_key_file = {secret:?}"),
    ) + &format!(
        "[provider.nia]\nkind = \"nia\"\nmetadata_url = \"https://x\"\npassword_file = {secret:?}\n"
    );
    let by_variable = [(
        "CITY_IDP__CLIENT__LIBRARY__SECRET_FILE",
        secret.to_str().unwrap(),
    )];

    let config = read(&folder.write("idp.toml", &text), &by_variable).unwrap();

    assert_eq!(config.master_key, "s3cret");
    assert_eq!(config.client["library"].secret.as_deref(), Some("s3cret"));
    let Provider::Nia {
        metadata_url,
        password,
    } = &config.provider["nia"]
    else {
        panic!("another kind")
    };
    assert_eq!(
        (metadata_url.as_str(), password.as_deref()),
        ("https://x", Some("s3cret"))
    );
}

#[test]
fn each_refusal_names_file_key_and_remedy() {
    for (name, text, expected) in [
        (
            "unknown",
            GOOD.replace("listen =", "listn ="),
            "configuration DIR/idp.toml, key `server.listn`: there is no such key. Did you mean `listen`?",
        ),
        (
            "missing",
            GOOD.replace("name = \"Vzorov\"", ""),
            "configuration DIR/idp.toml, key `town.name`: it is missing. Add it",
        ),
        (
            "type",
            GOOD.replace("\"Vzorov\"", "7"),
            "configuration DIR/idp.toml, key `town.name`: a whole number stands where a string is expected",
        ),
        (
            "address",
            GOOD.replace("127.0.0.1:8400", "localhost"),
            "configuration DIR/idp.toml, key `server.listen`: invalid socket address syntax",
        ),
        (
            "syntax",
            GOOD.replace("[town]", "[town"),
            "configuration DIR/idp.toml: TOML parse error at line 6, column 6",
        ),
        (
            "both",
            format!("master_key_file = \"y\"\n{GOOD}"),
            "configuration DIR/idp.toml, key `master_key_file`: `master_key` is set too. Keep one of the two.",
        ),
        (
            "no-secret",
            GOOD.replace("master_key =", "master_key_file ="),
            "configuration DIR/idp.toml, key `master_key_file`: the file `m` cannot be read (No such file or directory",
        ),
        (
            "kind",
            format!("{GOOD}[provider.x]\nkind = \"nja\"\n"),
            "configuration DIR/idp.toml, key `provider.x.kind`: `nja` is not a known value",
        ),
        (
            "unknown-top",
            format!("{GOOD}[serverr]\na = 1\n"),
            "configuration DIR/idp.toml, key `serverr`: there is no such key. Did you mean `server`?",
        ),
    ] {
        let refusal = refusal(name, &text, &[]);

        assert!(refusal.starts_with(expected), "{refusal}");
    }
}

#[test]
fn a_wrong_variable_is_named_as_the_place() {
    let refusal = refusal(
        "variable",
        GOOD,
        &[("CITY_IDP__SERVER__REQUEST_TIMEOUT_SECONDS", "soon")],
    );

    assert_eq!(
        refusal,
        "configuration (environment variable CITY_IDP__SERVER__REQUEST_TIMEOUT_SECONDS), key \
         `server.request_timeout_seconds`: a text stands where u16 is expected. Correct the value."
    );
}

#[test]
fn a_refusal_does_not_repeat_a_secret() {
    let text = GOOD.replace("master_key = \"m\"", "master_key = [\"t0psecret\"]");

    assert!(!refusal("secret", &text, &[]).contains("t0psecret"));
    assert!(!refusal("secret2", &GOOD.replace("\"m\"", "\"t0psecret"), &[]).contains("t0psecret"));
}

#[test]
fn a_missing_file_is_named() {
    let refusal = read(Path::new("nowhere/idp.toml"), &[])
        .unwrap_err()
        .to_string();

    assert!(
        refusal.starts_with("configuration nowhere/idp.toml: the file cannot be read"),
        "{refusal}"
    );
    assert!(refusal.contains("--config"));
}

#[test]
fn the_reference_lists_each_key_with_type_default_and_effect() {
    let reference = reference::<Config>("CITY_IDP");

    for line in [
        "## Top level",
        "| `master_key` | text | **required** | Secret of all secrets. |",
        "## `[server]`",
        "| `public_url` | address | **required** |",
        "| `request_timeout_seconds` | whole number | `30` | Seconds a request may take, its body included. Default: 30. |",
        "| `trusted_proxies` | list of network | `[]` |",
        "## `[server.tls]`",
        "## `[client.NAME]`",
        "| `scopes` | list of text | `[]` | Which ones. |",
        "| `metadata_url` | text | **required** (with `kind = \"nia\"`) | Where its metadata is. |",
        "| `kind` | `\"nia\"`, `\"demo\"` | **required** |",
        "| `format` | `\"json\"`, `\"text\"` | `\"json\"` |",
    ] {
        assert!(reference.contains(line), "{line}\n{reference}");
    }
    assert_eq!(reference.matches("\n## ").count(), 8, "{reference}");
}

#[test]
fn an_address_unfit_for_production_and_clashing_ports_are_named() {
    let folder = Folder::new("checks");
    let refused = |public_url: &str, metrics: &str, is_production: bool| {
        let text = GOOD.replace("https://identita.example", public_url);
        let config = read(
            &folder.write("idp.toml", &text),
            &[("CITY_IDP__SERVER__METRICS_LISTEN", metrics)],
        )
        .unwrap();
        config
            .server
            .check(is_production)
            .err()
            .and_then(|error| error.key().map(str::to_owned))
    };
    let (address, metrics) = (
        Some("server.public_url".to_owned()),
        Some("server.metrics_listen".to_owned()),
    );

    assert_eq!(
        refused("https://identita.example", "127.0.0.1:8408", true),
        None
    );
    assert_eq!(
        refused("http://localhost:8400", "127.0.0.1:8408", false),
        None
    );
    assert_eq!(
        refused("http://identita.example", "127.0.0.1:8408", true),
        address
    );
    assert_eq!(
        refused("https://127.0.0.1", "127.0.0.1:8408", true),
        address
    );
    assert_eq!(
        refused("https://identita.example/idp", "127.0.0.1:8408", false),
        address
    );
    assert_eq!(
        refused("ftp://identita.example", "127.0.0.1:8408", false),
        address
    );
    assert_eq!(
        refused("https://identita.example", "0.0.0.0:8400", true),
        metrics
    );
}
