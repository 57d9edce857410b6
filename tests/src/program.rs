//! A built program as an operator runs it: started, asked whether it is ready, stopped or killed, started again.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// How long a program may take until it answers; generous, since a loaded machine is slow and nothing is measured here.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// One running program. Dropping it kills it.
#[derive(Debug)]
pub struct Program {
    name: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    ready: String,
    log: PathBuf,
    child: Option<Child>,
}

impl Program {
    /// Starts a program of ours and waits until `ready` answers 200. Its output goes to a file in `folder`.
    pub async fn start(
        name: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
        ready: &str,
        folder: &Path,
    ) -> Self {
        let mut program = Self {
            name: name.to_owned(),
            arguments: arguments.iter().map(|&a| a.to_owned()).collect(),
            environment: environment
                .iter()
                .map(|&(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
            ready: ready.to_owned(),
            log: folder.join(format!("{name}.log")),
            child: None,
        };
        program.start_again().await;
        program
    }

    /// Starts it again after `kill` or `stop`.
    pub async fn start_again(&mut self) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .expect("a log file");
        let child = Command::new(binary(&self.name))
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|e| panic!("{} does not start: {e}", self.name));
        self.child = Some(child);
        self.wait_until_ready().await;
    }

    /// The process id, for tests that read `/proc`.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("a running program").id()
    }

    /// Kills it without warning (SIGKILL).
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to stop (SIGTERM) and waits for its end.
    pub fn stop(&mut self) -> Option<i32> {
        let mut child = self.child.take()?;
        let _ = Command::new("kill").arg(child.id().to_string()).status();
        child.wait().ok().and_then(|status| status.code())
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    async fn wait_until_ready(&mut self) {
        let http = reqwest::Client::builder()
            .no_proxy()
            .danger_accept_invalid_certs(true)
            .build()
            .expect("an HTTP client");
        let started = Instant::now();
        while started.elapsed() < READY_WITHIN {
            if let Some(status) = self
                .child
                .as_mut()
                .and_then(|c| c.try_wait().ok().flatten())
            {
                panic!("{} ended with {status}:\n{}", self.name, self.log());
            }
            if http
                .get(&self.ready)
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!(
            "{} is not ready after {READY_WITHIN:?}:\n{}",
            self.name,
            self.log()
        );
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The built program beside this test binary (or in `CITY_BIN_DIR`); refuses one older than its sources.
pub fn binary(name: &str) -> PathBuf {
    let folder = std::env::var_os("CITY_BIN_DIR").map_or_else(built_beside_us, PathBuf::from);
    let program = folder.join(name);
    let built = program
        .metadata()
        .and_then(|m| m.modified())
        .unwrap_or_else(|e| {
            panic!(
                "{} is not built ({e}): run cargo build --workspace first",
                program.display()
            )
        });
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for crate_name in crates_of(name) {
        let sources = root.join(crate_name).join("src");
        assert!(
            newest(&sources) <= built,
            "{name} is older than {}: run cargo build --workspace first",
            sources.display()
        );
    }
    program
}

fn built_beside_us() -> PathBuf {
    let here = std::env::current_exe().expect("the path of this test");
    here.parent()
        .and_then(Path::parent)
        .expect("target/debug")
        .to_owned()
}

/// The crates a program is built from.
fn crates_of(name: &str) -> &'static [&'static str] {
    match name {
        "city-idp" => &["idp", "federation", "web", "store", "outbound"],
        "city-portal" => &["portal", "web", "store", "outbound"],
        _ => &["sandbox"],
    }
}

fn newest(folder: &Path) -> SystemTime {
    let mut newest = SystemTime::UNIX_EPOCH;
    let Ok(entries) = std::fs::read_dir(folder) else {
        return newest;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let time = if path.is_dir() {
            self::newest(&path)
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
            entry
                .metadata()
                .and_then(|m| m.modified())
                .unwrap_or(SystemTime::UNIX_EPOCH)
        } else {
            SystemTime::UNIX_EPOCH
        };
        newest = newest.max(time);
    }
    newest
}
