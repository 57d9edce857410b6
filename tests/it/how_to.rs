//! The examples of the how-to guides: who copies one has a configuration that can stand.

use std::path::Path;

use tests::engines::folder;

/// A configuration around an example, in the environment of the example.
fn around(example: &str) -> String {
    let environment = example
        .lines()
        .find(|line| line.starts_with("environment = "))
        .unwrap_or_else(|| panic!("an example without an environment: {example}"));
    format!(
        r#"
{environment}
master_key = "bWFzdGVyIGtleSBvZiB0aGUgdGVzdHMsIDMyIGxvbmc="

[server]
listen = "127.0.0.1:8400"
public_url = "https://identita.vzorov.example"
metrics_listen = "127.0.0.1:8401"

[database]
url = "postgres://city-idp@database.vzorov.example/idp"

[town]
name = "Vzorov"

{example}
"#
    )
}

/// The blocks of TOML in a guide, without the indentation of a list.
fn examples(guide: &str) -> Vec<String> {
    let mut examples = Vec::new();
    let mut open: Option<String> = None;
    for line in guide.lines().map(str::trim) {
        match &mut open {
            None if line == "```toml" => open = Some(String::new()),
            None => {}
            Some(_) if line == "```" => examples.extend(open.take()),
            Some(example) => {
                example.push_str(line);
                example.push('\n');
            }
        }
    }
    assert!(open.is_none(), "a block that never ends");
    examples
}

/// The example with the files it names standing in a folder of the test.
fn with_files(example: &str, folder: &Path) -> String {
    let mut standing = example.to_owned();
    for place in INSTALLED {
        for named in standing.clone().split(place).skip(1) {
            let name: String = named.chars().take_while(|letter| *letter != '"').collect();
            std::fs::write(folder.join(name), "a secret").unwrap();
        }
        standing = standing.replace(place, &format!("{}/", folder.display()));
    }
    standing
}

/// Where an installed broker has its files: secrets, and what is public.
const INSTALLED: [&str; 2] = ["/etc/city-identity/secrets/idp/", "/etc/city-identity/"];

/// What samples name lies where `deploy/README.md` puts it, and what they write where the units in `deploy/systemd` let them.
#[test]
fn samples_name_files_where_the_deployment_puts_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for program in ["idp", "portal"] {
        let unit = root.join(format!("deploy/systemd/city-{program}.service"));
        let unit = std::fs::read_to_string(unit).unwrap();
        for line in [
            format!("serve --config /etc/city-identity/{program}.toml\n"),
            format!("\nUser=city-{program}\n"),
            format!("\nStateDirectory=city-{program}\n"),
        ] {
            assert!(unit.contains(&line), "{line}: {unit}");
        }
    }
    let mut seen = 0;
    for sample in ["small-town", "city", "idp.example", "portal"] {
        let sample = root.join(format!("config/{sample}.toml"));
        let proxies = "\ntrusted_proxies = [";
        assert!(std::fs::read_to_string(&sample).unwrap().contains(proxies));
        for line in std::fs::read_to_string(&sample).unwrap().lines() {
            let line = line.trim_start_matches(['#', ' ']);
            if let Some(database) = line.strip_prefix("url = \"sqlite://") {
                let program = if sample.ends_with("portal.toml") {
                    "portal"
                } else {
                    "idp"
                };
                let place = format!("/var/lib/city-{program}/");
                assert!(database.starts_with(&place), "{}: {line}", sample.display());
            }
            let Some((key, file)) = line
                .split_once(" = \"/")
                .filter(|(key, _)| key.ends_with("file"))
            else {
                continue;
            };
            let secret = ["secret", "password", "master_key", "redis", "key_file"];
            let is_secret = secret.iter().any(|word| key.contains(word));
            let program = if sample.ends_with("portal.toml") {
                "portal"
            } else {
                "idp"
            };
            let place = if is_secret {
                format!("etc/city-identity/secrets/{program}/")
            } else {
                "etc/city-identity/".to_owned()
            };
            assert!(file.starts_with(&place), "{}: {line}", sample.display());
            seen += 1;
        }
    }
    assert!(seen >= 15, "only {seen} files were found");
}

#[test]
fn every_example_of_a_provider_in_the_how_to_guides_is_a_configuration() {
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/how-to");
    let folder = folder();
    let mut seen = 0;
    for guide in std::fs::read_dir(guides).unwrap() {
        let guide = guide.unwrap().path();
        let text = std::fs::read_to_string(&guide).unwrap();
        for example in examples(&text) {
            if !example.contains("[provider.") {
                continue;
            }
            let file = folder.join("idp.toml");
            let example = with_files(&example, &folder);
            std::fs::write(&file, around(&example)).unwrap();

            let config = idp::Config::load(&file);

            assert!(config.is_ok(), "{}: {config:?}\n{example}", guide.display());
            seen += 1;
        }
    }
    assert!(seen >= 6, "only {seen} examples were found");
}

/// `docs/how-to/add-a-provider.md`: a new kind touches `federation` alone. The broker may ask for officers' and for invented
/// people's kinds; a list of all of them would have to grow with each.
#[test]
fn the_broker_keeps_no_list_of_the_kinds_of_providers() {
    let known = [
        "ProviderConfig::read",
        "ProviderConfig::wants_jose_keys",
        "ProviderConfig::saml_keys",
        "ProviderConfig::KINDS",
        "ProviderConfig::Caais(_)",
        "ProviderConfig::Demo(_)",
    ];
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../idp/src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for (at, _) in text.match_indices("ProviderConfig::") {
            let named = &text[at..];
            assert!(
                known.iter().any(|known| named.starts_with(known)),
                "{}: {}",
                file.display(),
                named.lines().next().unwrap_or_default()
            );
        }
    }
}

fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
