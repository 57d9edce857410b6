//! A Redis server of one test, which may be stopped and started again.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::servers;
use crate::ports::free_port;

/// A running Redis. Dropping it kills it.
#[derive(Debug)]
pub struct RedisServer {
    port: u16,
    folder: PathBuf,
    options: Vec<String>,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one with more options (`["--maxmemory", "2mb"]`), and waits until it is ready.
    pub fn start(options: &[&str]) -> Self {
        let port = free_port();
        let folder = servers::folder().join(format!("redis-{port}"));
        std::fs::create_dir_all(&folder).unwrap();
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let mut server = Self {
            port,
            folder,
            options,
            child: None,
        };
        server.start_again();
        server
    }

    /// Starts it again after [`Self::kill`], empty, on the same port.
    pub fn start_again(&mut self) {
        let mut child = Command::new("redis-server")
            .args([
                "--port",
                &self.port.to_string(),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .args(["--maxmemory-policy", "noeviction", "--dir"])
            .arg(&self.folder)
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("Redis is not installed: apt-get install redis-server");
        servers::stop_at_the_end(&format!("redis-{}", self.port), &child.id().to_string());
        let log = child.stdout.take().unwrap();
        let mut lines = BufReader::new(log).lines().map_while(Result::ok);
        self.child = Some(child);
        assert!(
            lines.any(|line| line.contains("Ready to accept connections")),
            "Redis on port {} ended",
            self.port
        );
    }

    /// Kills it; everything in it is lost.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// `redis://127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        servers::forget(&format!("redis-{}", self.port));
    }
}
