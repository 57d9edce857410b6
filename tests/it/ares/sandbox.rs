//! ARES as the sandbox plays it, in a process of its own: it shares no code with what reads it.

use std::path::PathBuf;

use idp::ares::{AresError, Ico, Member, Who};
use serde_json::{Value, json};
use tests::engines::{Tables, sqlite};
use tests::ports::free_port;
use tests::program::Program;

use super::{client, noon};

/// A running sandbox. Dropping it ends it.
struct Sandbox {
    url: String,
    folder: PathBuf,
    program: Program,
}

impl Sandbox {
    async fn start() -> Self {
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("city-ares-{}-{port}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let config = folder.join("sandbox.toml");
        let place = folder.display();
        let toml = format!("listen = \"127.0.0.1:{port}\"\ndata_dir = \"{place}\"\n");
        std::fs::write(&config, toml).unwrap();
        let arguments = ["serve", "--config", config.to_str().unwrap()];
        let ready = format!("{url}/healthz");
        let program = Program::start("city-sandbox", &arguments, &[], &ready, &folder).await;
        Self {
            url,
            folder,
            program,
        }
    }

    async fn tell(&self, control: &str, body: Value) {
        let url = format!("{}/_sandbox/ares/{control}", self.url);
        let told = reqwest::Client::new().post(url).json(&body);
        assert_eq!(told.send().await.unwrap().status(), 200, "{control} {body}");
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.program.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn who_leaves_a_body_and_comes_back_is_read_so() {
    let sandbox = Sandbox::start().await;
    let engine = sqlite(Tables::Idp).await;
    let ares = client(&format!("{}/ares", sandbox.url), &engine.db);
    let members = async |ico: &str| {
        let ico: Ico = ico.parse().unwrap();
        ares.statutory_members(&ico, noon()).await
    };
    let of = async |ico| members(ico).await.unwrap().unwrap();
    let jana = json!({ "ico": "00000027", "member": "Nováková" });
    let gone = json!({ "ico": "00000027", "member": "Nováková", "on": "2026-11-20" });

    let [member] = <[Member; 1]>::try_from(of("00000027").await).unwrap();
    let Who::Person(person) = member.who else {
        panic!("{member:?}");
    };
    assert_eq!(
        (person.given.as_str(), person.family.as_str()),
        ("JANA", "NOVÁKOVÁ")
    );
    assert_eq!(
        (person.born, member.until),
        ("1985-04-12".parse().ok(), None)
    );

    sandbox.tell("end", gone).await;
    assert_eq!(of("00000027").await[0].until, "2026-11-20".parse().ok());
    sandbox.tell("restore", jana).await;
    assert_eq!(of("00000027").await[0].until, None);

    let former = of("00000086").await;
    assert_eq!(former[0].until, "2024-06-30".parse().ok());
    assert_eq!(former[1].until, None);
    assert_eq!(of("00000035").await[0].who, Who::LegalPerson);
    assert_eq!(of("00000116").await[0].who, Who::Untold);
    // Neither a trader nor a town is in a register of a court.
    assert_eq!(members("00000019").await.unwrap(), None);
    assert_eq!(members("00000078").await.unwrap(), None);
}

#[tokio::test]
async fn a_register_with_a_fault_tells_nothing_and_nothing_of_it_is_kept() {
    let sandbox = Sandbox::start().await;
    let engine = sqlite(Tables::Idp).await;
    let ares = client(&format!("{}/ares", sandbox.url), &engine.db);
    let bakery: Ico = "00000027".parse().unwrap();

    for fault in [
        "error",
        "unavailable",
        "html",
        "truncated",
        "empty",
        "huge",
        "redirect",
        "close",
    ] {
        let next = json!({ "fault": fault, "of": "00000027", "times": 1 });
        sandbox.tell("fault", next).await;

        let asked = ares.statutory_members(&bakery, noon()).await;

        let is_away = matches!(asked, Err(AresError::Unavailable(_)));
        assert!(is_away, "{fault}: {asked:?}");
    }
    assert!(ares.statutory_members(&bakery, noon()).await.is_ok());
    let mut tx = engine.db.read().await.unwrap();
    let kept = idp::storage::ares_subject::lookup(&mut tx, "00000027");
    assert_eq!(kept.await.unwrap(), None);
}
