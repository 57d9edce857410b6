//! Servers of this test process alone, when none are named by `CITY_TEST_POSTGRES` and `CITY_TEST_REDIS`: started when
//! first needed, in a temporary folder, and stopped by a keeper when this process ends, however it ends.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;

use super::RedisServer;
use crate::ports::free_port;

/// `postgres://postgres@127.0.0.1:PORT`.
pub(super) fn postgres() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| std::env::var("CITY_TEST_POSTGRES").unwrap_or_else(|_| start_postgres()))
}

/// `redis://127.0.0.1:PORT`.
pub(super) fn redis() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| std::env::var("CITY_TEST_REDIS").unwrap_or_else(|_| start_redis()))
}

/// A database of that server that nothing is in, so that two tests whose random numbers are the same do not meet; the one that all share
/// where the server has but a few.
pub(super) fn redis_of_its_own(number: u32) -> String {
    let address = redis();
    let mut server = TcpStream::connect(address.trim_start_matches("redis://")).unwrap();
    let mut ask = |command: String| {
        server.write_all(command.as_bytes()).unwrap();
        let mut answer = [0; 512];
        let length = server.read(&mut answer).unwrap();
        String::from_utf8_lossy(answer.get(..length).unwrap()).into_owned()
    };
    let databases = ask("CONFIG GET databases\r\n".to_owned());
    let databases: u32 = databases.lines().last().unwrap().trim().parse().unwrap();
    if databases < ENOUGH {
        return address.to_owned();
    }
    // Not the first one: that is shared by all.
    let database = 1 + number % (databases - 1);
    assert_eq!(ask(format!("SELECT {database}\r\n")), "+OK\r\n");
    assert_eq!(ask("FLUSHDB\r\n".to_owned()), "+OK\r\n");
    format!("{address}/{database}")
}

const ENOUGH: u32 = 4_096;

/// The temporary folder of this process. The keeper removes it.
pub(super) fn folder() -> &'static Path {
    &keeper().folder
}

/// Has the keeper stop a process when this one ends.
pub(super) fn stop_at_the_end(name: &str, pid: &str) {
    std::fs::write(folder().join("pids").join(name), format!("{pid}\n")).unwrap();
}

/// Takes back [`stop_at_the_end`]: it has stopped.
pub(super) fn forget(name: &str) {
    let _gone_already = std::fs::remove_file(folder().join("pids").join(name));
}

struct Keeper {
    folder: PathBuf,
    /// Closed by the system with this process: the keeper reads its end.
    _lifeline: ChildStdin,
}

#[expect(
    clippy::zombie_processes,
    reason = "the keeper outlives this process, that is its work"
)]
fn keeper() -> &'static Keeper {
    static KEEPER: OnceLock<Keeper> = OnceLock::new();
    KEEPER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("city-tests-{}", std::process::id()));
        let _left_by_a_process_with_our_number = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("pids")).unwrap();
        // PostgreSQL's user passes through.
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o711)).unwrap();
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER_SCRIPT, "keeper"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C ends the tests, and then the keeper does its work.
            .process_group(0)
            .spawn()
            .unwrap();
        let lifeline = keeper.stdin.take().unwrap();
        Keeper {
            folder,
            _lifeline: lifeline,
        }
    })
}

const KEEPER_SCRIPT: &str = r#"
cat
for pid in $(cat "$1"/pids/* 2>/dev/null); do kill -INT "$pid"; done
for pid in $(cat "$1"/pids/* 2>/dev/null); do
    tries=100
    while [ $tries -gt 0 ] && kill -0 "$pid"; do tries=$((tries - 1)); sleep 0.1; done
done
rm -rf "$1"
"#;

/// As `stack.md` and `dev` start it: durability off, in the hands of `postgres` when we are root.
fn start_postgres() -> String {
    let home = folder().join("postgres");
    std::fs::create_dir(&home).unwrap();
    if is_root() {
        must(Command::new("chown").arg("postgres").arg(&home));
    }
    let programs = newest_postgres();
    let data = home.join("data");
    let initdb = programs.join("initdb");
    must(as_postgres(&initdb).arg("-D").arg(&data).args([
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]));

    let port = free_port();
    let options = format!(
        "-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off -c full_page_writes=off",
        home.display()
    );
    let mut start = as_postgres(&programs.join("pg_ctl"));
    start
        .arg("-D")
        .arg(&data)
        .arg("-l")
        .arg(home.join("log"))
        .args(["-w", "-o", &options, "start"]);
    must(&mut start);
    let pid = std::fs::read_to_string(data.join("postmaster.pid")).unwrap();
    stop_at_the_end("postgres", pid.lines().next().unwrap());
    format!("postgres://postgres@127.0.0.1:{port}")
}

fn start_redis() -> String {
    let server = RedisServer::start(&["--databases", "8192"]);
    let address = server.address();
    // Not dropped: the keeper stops it.
    std::mem::forget(server);
    address
}

fn newest_postgres() -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL is not installed: apt-get install postgresql")
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .collect();
    versions.sort();
    versions.pop().expect("a version of PostgreSQL").1
}

fn as_postgres(program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // It may not enter the folder we are in, and a signal to the tests is none to it.
    command
        .current_dir("/")
        .stdin(Stdio::null())
        .process_group(0);
    command
}

fn is_root() -> bool {
    let Output { stdout, .. } = must(Command::new("id").arg("-u"));
    stdout == b"0\n"
}

fn must(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
