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
    for named in example.split(INSTALLED).skip(1) {
        let name: String = named.chars().take_while(|letter| *letter != '"').collect();
        std::fs::write(folder.join(name), "a secret").unwrap();
    }
    example.replace(INSTALLED, &format!("{}/", folder.display()))
}

/// Where an installed broker has its files.
const INSTALLED: &str = "/etc/city-idp/";

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
