//! `city-idp` as an operator meets it: one message that names file, key and remedy, and commands that do what they say.

mod before;
mod conflict;
mod link;
mod mandate;
mod switch;
mod town;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use secrecy::ExposeSecret as _;
use tests::engines::{self, folder};
use tests::ports::free_port;
use tests::program::{Program, binary};

const MASTER_KEY: &str = "bWFzdGVyIGtleSBvZiB0aGUgdGVzdHMsIDMyIGxvbmc=";

/// A configuration that can stand, with `changes` made to its text.
fn configuration(folder: &Path, changes: &[(&str, &str)]) -> PathBuf {
    let (port, metrics) = (free_port(), free_port());
    let mut text = format!(
        r#"
environment = "sandbox"
master_key = "{MASTER_KEY}"

[server]
listen = "127.0.0.1:{port}"
public_url = "http://localhost:{port}"
metrics_listen = "127.0.0.1:{metrics}"

[database]
url = "sqlite://{}/idp.db"

[keys]
saml_bits = 2048

[town]
name = "Vzorov"

[provider.demo]
kind = "demo"
environment = "sandbox"

[provider.demo.account.jana]
password = "jana"

[organisation.town]
name = {{ cs = "Město" }}

[client.library]
organisation = "town"
name = {{ cs = "Knihovna" }}
client_secret = "a secret of the tests, long enough to be one"
"#,
        folder.display()
    );
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, &to.replace("{port}", &port.to_string()));
    }
    let file = folder.join("idp.toml");
    std::fs::write(&file, text).unwrap();
    file
}

fn city_idp(arguments: &[&str], file: &Path) -> Output {
    let mut command = Command::new(binary("city-idp"));
    command.args(arguments).arg("--config").arg(file);
    command.output().unwrap()
}

/// Starts with this configuration and is refused with one line that names file and key and says what to do.
fn refused(changes: &[(&str, &str)], key: &str, words: &str) {
    let folder = folder();
    let file = configuration(&folder, changes);

    let output = city_idp(&["serve"], &file);

    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    for part in [file.to_str().unwrap(), &format!("`{key}`"), words] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn bad_configuration_stops_the_start_with_file_key_and_remedy() {
    refused(
        &[("name = \"Vzorov\"", "name = \"Vzorov\"\ncolour = \"red\"")],
        "town.colour",
        "",
    );
    refused(
        &[(
            &format!("master_key = \"{MASTER_KEY}\""),
            "master_key_file = \"/nonexistent/key\"",
        )],
        "master_key_file",
        "/nonexistent/key",
    );
    refused(
        &[(
            "environment = \"sandbox\"\nmaster",
            "environment = \"production\"\nmaster",
        )],
        "server.public_url",
        "https",
    );
    refused(
        &[(
            "kind = \"demo\"\nenvironment = \"sandbox\"",
            "kind = \"demo\"\nenvironment = \"test\"",
        )],
        "provider.demo.environment",
        "sandbox",
    );
    refused(
        &[("organisation = \"town\"", "organisation = \"library\"")],
        "client.library.organisation",
        "[organisation.library]",
    );
    refused(
        &[(
            "name = { cs = \"Knihovna\" }",
            "name = { cs = \"Knihovna\" }\nscopes = [\"openid\", \"city.residense\"]",
        )],
        "client.library.scopes",
        "city.residense is neither a scope of ours",
    );
    refused(
        &[("long enough to be one", "")],
        "client.library.client_secret",
        "openssl rand",
    );
    for rule in ["link_only", "replace"] {
        refused(
            &[(
                "[organisation.town]",
                &format!("[account]\n{rule} = [\"bank\"]\n\n[organisation.town]"),
            )],
            &format!("account.{rule}"),
            "bank is no provider",
        );
    }
    refused(&[(MASTER_KEY, "c2hvcnQ=")], "master_key", "openssl rand");
    refused(&[("sqlite://", "mysql://")], "database.url", "");
}

#[test]
fn a_demo_provider_and_sandbox_hosts_do_not_start_in_production() {
    let production = [
        (
            "environment = \"sandbox\"\nmaster",
            "environment = \"production\"\nmaster",
        ),
        ("http://localhost:", "https://identita.vzorov.example:"),
    ];
    refused(&production, "provider.demo.kind", "sandbox");
    let loopback = [production[0], ("http://localhost:", "https://localhost:")];
    refused(&loopback, "server.public_url", "sandbox host");
}

/// Each would let in the other's people, at levels of its own.
#[test]
fn two_entries_of_one_provider_do_not_start() {
    let entry = |name: &str, issuer: &str| {
        format!(
            "[provider.{name}]\nkind = \"oidc\"\nenvironment = \"sandbox\"\nissuer = \"{issuer}\"\nclient_id = \"town\"\n\
             client_secret = \"another secret of the tests, long enough\"\n\
             title = {{ cs = \"Město\" }}\nlevel_without_acr = {{ identity = \"contact\", login = \"single\" }}\n\n"
        )
    };
    let issuer = "http://127.0.0.1:1/";
    let same = [entry("first", issuer), entry("second", issuer)].concat();
    refused(
        &[("[organisation.town]", &format!("{same}[organisation.town]"))],
        "provider.second.issuer",
        "[provider.first]",
    );
}

#[test]
fn clashing_ports_are_named() {
    let folder = folder();
    let file = configuration(&folder, &[]);
    let text = std::fs::read_to_string(&file).unwrap();
    let listen = text
        .lines()
        .find_map(|line| line.strip_prefix("listen = "))
        .unwrap()
        .to_owned();
    let metrics = text
        .lines()
        .find(|line| line.starts_with("metrics_listen"))
        .unwrap()
        .to_owned();
    std::fs::write(
        &file,
        text.replace(&metrics, &format!("metrics_listen = {listen}")),
    )
    .unwrap();

    let said = String::from_utf8(city_idp(&["serve"], &file).stderr).unwrap();
    assert!(
        said.contains("`server.metrics_listen`") && said.contains("another port"),
        "{said}"
    );

    // Taken by another program.
    std::fs::write(&file, &text).unwrap();
    let _taken = std::net::TcpListener::bind(listen.trim_matches('"')).unwrap();
    let said = String::from_utf8(city_idp(&["serve"], &file).stderr).unwrap();
    assert!(
        said.contains("`server.listen`") && said.contains(file.to_str().unwrap()),
        "{said}"
    );
}

/// The kind of a provider decides what may stand in its section, and the message still names the key.
#[test]
fn a_bad_value_inside_a_provider_is_named_with_its_key() {
    let nia = |line: &str| {
        format!(
            "[provider.nia]\nkind = \"nia\"\nenvironment = \"sandbox\"\nmetadata_url = \"http://127.0.0.1:1/\"\n\
             certificate.active.fingerprint = \"{}\"\n{line}\n\n[organisation.town]",
            "0".repeat(64)
        )
    };
    for (line, key, words) in [
        (
            "refresh_minutes = \"x\"",
            "refresh_minutes",
            "a text stands where",
        ),
        (
            "skew_seconds = -1",
            "skew_seconds",
            "a whole number stands where",
        ),
        (
            "binding = \"soap\"",
            "binding",
            "`soap` is not a known value",
        ),
        (
            "required = [\"given_name\", \"shoe_size\"]",
            "required.1",
            "`shoe_size` is not a known value",
        ),
        (
            "certificate.next.filee = \"x\"",
            "certificate.next.filee",
            "Did you mean `file`",
        ),
        (
            "allow_aes_cbc = true",
            "allow_aes_cbc",
            "there is no such key",
        ),
    ] {
        let key = format!("provider.nia.{key}");
        refused(&[("[organisation.town]", &nia(line))], &key, words);
    }
    refused(
        &[(
            "[organisation.town]",
            &nia("").replace("http://127.0.0.1:1/", "not a url"),
        )],
        "provider.nia.metadata_url",
        "Correct the value",
    );
    refused(
        &[("password = \"jana\"", "password = 5")],
        "provider.demo.account.jana.password",
        "a whole number stands",
    );
    refused(
        &[("kind = \"demo\"", "kind = \"dmo\"")],
        "provider.demo.kind",
        "`dmo` is not a known value",
    );

    // A variable is blamed by its own name.
    let folder = folder();
    let file = configuration(&folder, &[("[organisation.town]", &nia(""))]);
    let mut command = Command::new(binary("city-idp"));
    command
        .args(["serve", "--config"])
        .arg(&file)
        .env("CITY_IDP__PROVIDER__NIA__REFRESH_MINUTES", "often");
    let said = String::from_utf8(command.output().unwrap().stderr).unwrap();
    for part in [
        "CITY_IDP__PROVIDER__NIA__REFRESH_MINUTES",
        "`provider.nia.refresh_minutes`",
    ] {
        assert!(
            said.contains(part) && said.lines().count() == 1,
            "{part}: {said}"
        );
    }
}

#[test]
fn another_master_key_is_named_at_the_start() {
    let folder = folder();
    let file = configuration(&folder, &[]);
    assert!(city_idp(&["keys", "list"], &file).status.success());
    let other = "YW5vdGhlciBtYXN0ZXIga2V5LCAzMiBvY3RldHMuLi4=";
    std::fs::write(
        &file,
        std::fs::read_to_string(&file)
            .unwrap()
            .replace(MASTER_KEY, other),
    )
    .unwrap();

    let output = city_idp(&["serve"], &file);

    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("`master_key`") && said.contains("not the key this database was made with"),
        "{said}"
    );
}

#[test]
fn a_client_is_added_shown_and_given_a_new_secret_by_one_call_each() {
    let folder = folder();
    let file = configuration(&folder, &[]);
    let run = |arguments: &[&str]| {
        let output = city_idp(arguments, &file);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        said
    };
    let secret = |said: &str| {
        said.lines()
            .find_map(|line| line.strip_prefix("client_secret: "))
            .unwrap()
            .to_owned()
    };

    let callback = "https://parking.vzorov.example/callback";
    let mistyped = city_idp(
        &[
            "client",
            "add",
            "parking",
            "--organisation",
            "parking",
            "--name",
            "Parkování",
            "--scopes",
            "openid city.residense",
        ],
        &file,
    );
    let said = String::from_utf8(mistyped.stderr).unwrap();
    assert!(
        !mistyped.status.success() && said.contains("city.residense is neither a scope of ours"),
        "{said}"
    );
    let added = run(&[
        "client",
        "add",
        "parking",
        "--organisation",
        "parking",
        "--name",
        "Parkování",
        "--redirect-uri",
        callback,
    ]);
    assert_eq!(secret(&added).len(), 43);
    let shown = run(&["client", "show", "parking"]);
    assert!(
        shown.contains(callback) && !shown.contains(&secret(&added)),
        "{shown}"
    );
    let rotated = run(&["client", "rotate-secret", "parking"]);
    assert_ne!(secret(&rotated), secret(&added));
    let listed = run(&["client", "list"]);
    assert!(
        listed
            .lines()
            .any(|line| line.starts_with("parking") && line.contains("cli")),
        "{listed}"
    );
    assert!(run(&["audit", "verify"]).contains("the chain is whole"));

    let twice = city_idp(
        &[
            "client",
            "add",
            "library",
            "--organisation",
            "town",
            "--name",
            "X",
        ],
        &file,
    );
    let said = String::from_utf8(twice.stderr).unwrap();
    assert!(
        !twice.status.success() && said.contains(file.to_str().unwrap()),
        "{said}"
    );
}

#[tokio::test]
async fn the_same_client_in_the_file_and_by_command_line_stops_the_start_until_the_remedy_is_taken()
{
    let folder = folder();
    let file = configuration(&folder, &[]);
    let said = |output: Output| {
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let add = [
        "client",
        "add",
        "pool",
        "--organisation",
        "town",
        "--name",
        "Bazén",
    ];
    let (added, text) = said(city_idp(&add, &file));
    assert!(added, "{text}");
    let text = std::fs::read_to_string(&file).unwrap();
    let entry = "\n[client.pool]\norganisation = \"town\"\nname = { cs = \"Bazén\" }\n";
    std::fs::write(&file, text.clone() + entry).unwrap();

    let (started, refusal) = said(city_idp(&["serve"], &file));
    let (is_fine, checked) = said(city_idp(&["check"], &file));
    let (removed, removal) = said(city_idp(&["client", "remove", "pool"], &file));
    let (again, once_more) = said(city_idp(&["client", "remove", "pool"], &file));
    let (is_fine_now, checked_now) = said(city_idp(&["check"], &file));

    assert!(!started);
    for part in [
        file.to_str().unwrap(),
        "`client.pool`",
        "city-idp client add",
        "city-idp client remove pool",
    ] {
        assert!(refusal.contains(part), "{part}: {refusal}");
    }
    assert!(
        !is_fine && checked.contains("BROKEN  client: client.pool"),
        "{checked}"
    );
    assert!(checked.contains("city-idp client remove pool"), "{checked}");
    assert!(removed && removal.contains("takes over"), "{removal}");
    assert!(
        !again && once_more.contains("remove it there"),
        "{once_more}"
    );
    assert!(!checked_now.contains("client.pool"), "{checked_now}");
    // The command line made the tables; nothing has made keys.
    let shown = said(city_idp(&["keys", "show", "saml"], &file));
    assert_eq!(
        shown,
        (
            false,
            "city-idp: no keys yet; the first `city-idp serve` makes them\n".to_owned()
        )
    );
    let keys = "warning keys: there are no keys yet for rsa, p256, ed25519, saml; the next start of `city-idp serve` makes them";
    assert!(is_fine_now && checked_now.contains(keys), "{checked_now}");

    let (_, rest) = text.split_once("listen = \"").unwrap();
    let ready = format!("http://{}/healthz", rest.split('"').next().unwrap());
    let arguments = ["serve", "--config", file.to_str().unwrap()];
    let _running = Program::start("city-idp", &arguments, &[], &ready, &folder).await;
    shows_certificates(&file);
    let (_, listed) = said(city_idp(&["client", "list"], &file));
    let pool = listed
        .lines()
        .find(|line| line.starts_with("pool"))
        .unwrap();
    assert!(pool.contains(" file  enabled"), "{listed}");
    let (taken_back, refusal) = said(city_idp(&add, &file));
    assert!(
        !taken_back && refusal.contains("change it there"),
        "{refusal}"
    );
}

/// Present and next certificate as PEM, with the fingerprints that the list has.
fn shows_certificates(file: &Path) {
    let listed = city_idp(&["keys", "list"], file).stdout;
    let listed = String::from_utf8(listed).unwrap();
    let mut pems = Vec::new();
    for (state, more) in [("current", &[][..]), ("next", &["--next"][..])] {
        let arguments = [&["keys", "show", "saml"], more].concat();
        let output = city_idp(&arguments, file);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let certificate = openssl::x509::X509::from_pem(&output.stdout).unwrap();
        let hash = certificate
            .digest(openssl::hash::MessageDigest::sha256())
            .unwrap();
        let fingerprint: String = hash
            .iter()
            .fold(String::new(), |text, octet| format!("{text}{octet:02x}"));
        let (_, rest) = listed
            .split_once(&format!("saml                {state}"))
            .unwrap();
        let line = rest.lines().nth(1).unwrap();
        assert!(line.ends_with(&fingerprint), "{listed}");
        pems.push(output.stdout);
    }
    assert_ne!(pems[0], pems[1]);
    let none = city_idp(&["keys", "show", "saml-encryption"], file);
    assert!(
        !none.status.success()
            && String::from_utf8(none.stderr)
                .unwrap()
                .contains("no current saml-encryption key")
    );
}

#[tokio::test]
async fn a_check_takes_a_database_without_tables_for_a_new_one() {
    for engine in [
        engines::empty_sqlite().await,
        engines::empty_postgres().await,
    ] {
        let folder = folder();
        let usual = format!("sqlite://{}/idp.db", folder.display());
        let file = configuration(&folder, &[(&usual, engine.config.url.expose_secret())]);

        let output = city_idp(&["check"], &file);

        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{}: {said}", engine.name);
        assert!(
            said.contains(
                "warning database: is empty; the first `city-idp serve` makes its tables"
            ),
            "{}: {said}",
            engine.name
        );
    }
}

#[test]
fn a_check_reads_the_servers_own_certificate() {
    let folder = folder();
    let usual = "[database]";
    let (chain, key) = (folder.join("chain.pem"), folder.join("key.pem"));
    let tls = format!(
        "[server.tls]\ncert_file = \"{}\"\nkey_file = \"{}\"\n\n{usual}",
        chain.display(),
        key.display()
    );
    let file = configuration(
        &folder,
        &[
            (usual, &tls),
            ("public_url = \"http:", "public_url = \"https:"),
        ],
    );
    let check = || {
        let output = city_idp(&["check"], &file);
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.success(), said)
    };
    let certificate = |days: &str| {
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=localhost",
            ])
            .args(["-days", days, "-out"])
            .arg(&chain)
            .arg("-keyout")
            .arg(&key)
            .output()
            .unwrap();
        assert!(made.status.success());
    };

    let missing = check();
    certificate("365");
    let good = check();
    certificate("5");
    let ending = check();
    std::fs::write(&key, "no key").unwrap();
    let unfit = check();

    assert!(
        !missing.0 && missing.1.contains("BROKEN  tls: "),
        "{}",
        missing.1
    );
    assert!(missing.1.contains("chain.pem"), "{}", missing.1);
    assert!(
        good.0
            && good
                .1
                .contains("ok      tls: the certificate is good until"),
        "{}",
        good.1
    );
    assert!(
        ending.0 && ending.1.contains("warning tls: the certificate expires on"),
        "{}",
        ending.1
    );
    assert!(!unfit.0 && unfit.1.contains("key.pem"), "{}", unfit.1);
}

#[test]
fn a_check_changes_nothing_and_says_what_is_not_there_yet() {
    let folder = folder();
    let file = configuration(&folder, &[]);

    let output = city_idp(&["check"], &file);

    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && said.contains("does not exist yet"),
        "{said}"
    );
    assert!(!folder.join("idp.db").exists());
}

#[test]
fn the_shipped_examples_can_stand_but_for_their_secret_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for name in ["idp.example.toml", "small-town.toml", "city.toml"] {
        let output = city_idp(&["check"], &root.join("config").join(name));

        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("_file`") && said.contains("cannot be read"),
            "{name}: {said}"
        );
    }
}

#[test]
fn officers_are_listed_and_a_key_nobody_has_is_said_to_be_nobodys() {
    let folder = folder();
    let file = configuration(&folder, &[]);

    let listed = city_idp(&["staff", "list"], &file);
    let said = String::from_utf8(listed.stdout).unwrap();
    assert!(
        listed.status.success() && said.starts_with("OFFICER"),
        "{said}"
    );

    let nobody = "00000000-0000-7000-8000-000000000001";
    for verb in ["disable", "enable"] {
        let output = city_idp(&["staff", verb, nobody], &file);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && said.contains(nobody),
            "{verb}: {said}"
        );
    }
}
