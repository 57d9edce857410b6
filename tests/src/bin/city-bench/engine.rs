//! What the broker keeps its state in.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Failure;

/// One column of the table.
pub(crate) struct Engine {
    /// Its heading.
    pub(crate) name: &'static str,
    postgres: Option<String>,
    /// Where short-lived state is; the database when there is none.
    pub(crate) redis: Option<String>,
}

impl Engine {
    /// SQLite, and PostgreSQL with Redis where their addresses are given.
    pub(crate) fn available(wanted: Option<&str>) -> Vec<Self> {
        let mut all = Vec::new();
        if wanted != Some("postgres") {
            all.push(Self {
                name: "SQLite",
                postgres: None,
                redis: None,
            });
        }
        let postgres = std::env::var("CITY_TEST_POSTGRES").ok();
        let redis = std::env::var("CITY_TEST_REDIS").ok();
        if wanted != Some("sqlite") && postgres.is_some() && redis.is_some() {
            all.push(Self {
                name: "PostgreSQL + Redis",
                postgres,
                redis,
            });
        }
        all
    }

    /// A folder for the configuration, the log and the database file.
    pub(crate) fn folder(&self) -> Result<PathBuf, Failure> {
        let name = format!("city-bench-{}-{}", std::process::id(), self.name.len());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The address of an empty database, made here.
    pub(crate) fn database(&self, folder: &Path) -> Result<String, Failure> {
        let Some(server) = &self.postgres else {
            return Ok(format!("sqlite://{}", folder.join("idp.db").display()));
        };
        let name = Self::database_name();
        Self::psql(
            server,
            &format!("drop database if exists {name} with (force)"),
        )?;
        Self::psql(server, &format!("create database {name}"))?;
        let mut url = url::Url::parse(server)?;
        url.set_path(&name);
        Ok(url.into())
    }

    /// Removes what was made.
    pub(crate) fn clean_up(&self, folder: &Path) {
        let _ = std::fs::remove_dir_all(folder);
        if let Some(server) = &self.postgres {
            let drop = format!(
                "drop database if exists {} with (force)",
                Self::database_name()
            );
            let _ = Self::psql(server, &drop);
        }
    }

    fn database_name() -> String {
        format!("city_bench_{}", std::process::id())
    }

    fn psql(server: &str, statement: &str) -> Result<(), Failure> {
        let status = Command::new("psql")
            .args([server, "-X", "-q", "-c", statement])
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("psql could not {statement}").into())
        }
    }
}
