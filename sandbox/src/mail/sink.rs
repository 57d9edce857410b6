//! Letters that came: each an `.eml` as it was sent, its envelope beside it as `.json`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::config::MailConfig;
use super::fault::{Fault, Moment};
use crate::error::Failure;
use crate::faults::Faults;

/// What was said before a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// `MAIL FROM`
    pub from: String,
    /// `RCPT TO`, those that were taken.
    pub to: Vec<String>,
    /// Whose address it came from.
    pub peer: String,
    /// Whether it came through TLS.
    pub secured: bool,
    /// When.
    pub at: DateTime<Utc>,
}

/// A letter that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The name of its files; later ones sort after earlier ones.
    pub id: String,
    /// What was said before it.
    pub envelope: Envelope,
    /// The bytes.
    pub letter: Vec<u8>,
}

/// The sink.
#[derive(Debug)]
pub struct Sink {
    /// What shall go wrong next.
    pub faults: Faults<Fault>,
    folder: PathBuf,
    max_size: usize,
    most: usize,
    next: Mutex<u64>,
}

impl Sink {
    /// Opens the folder; letters of former runs are still there.
    pub fn open(config: &MailConfig, folder: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
        let sink = Self {
            faults: Faults::default(),
            folder: folder.to_owned(),
            max_size: config.max_size,
            most: config.keep,
            next: Mutex::new(1),
        };
        let last = sink.ids()?.last().and_then(|id| id.parse::<u64>().ok());
        *sink.next.lock().unwrap_or_else(PoisonError::into_inner) = last.unwrap_or_default() + 1;
        Ok(sink)
    }

    /// The largest letter, in bytes.
    pub fn max_size(&self) -> usize {
        self.max_size
    }

    /// What shall go wrong now.
    pub fn fault(&self, of: &str, moment: Moment) -> Option<Fault> {
        self.faults.take(of, |fault| fault.moment() == moment)
    }

    /// Keeps a letter, and forgets the oldest when there are too many.
    pub fn keep(&self, envelope: &Envelope, letter: &[u8]) -> Result<String, Failure> {
        let id = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let id = format!("{next:08}");
            *next += 1;
            id
        };
        let told = serde_json::to_vec(envelope).unwrap_or_default();
        // The envelope last: what has one is whole.
        for (kind, content) in [("eml", letter), ("json", &told)] {
            let path = self.path(&id, kind);
            fs::write(&path, content).map_err(|source| failed(&path, source))?;
        }
        tracing::info!(mail.id = id, recipients = envelope.to.len(), "mail.kept");
        let ids = self.ids()?;
        for old in ids.iter().take(ids.len().saturating_sub(self.most)) {
            self.remove(old);
        }
        Ok(id)
    }

    /// One letter; none when there is no such one.
    pub fn lookup(&self, id: &str) -> Option<Kept> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let envelope = fs::read(self.path(id, "json")).ok()?;
        Some(Kept {
            id: id.to_owned(),
            envelope: serde_json::from_slice(&envelope).ok()?,
            letter: fs::read(self.path(id, "eml")).ok()?,
        })
    }

    /// The latest letters first, those to one address only when asked for.
    pub fn list(&self, to: Option<&str>) -> Result<Vec<Kept>, Failure> {
        let mut letters: Vec<_> = self
            .ids()?
            .iter()
            .rev()
            .filter_map(|id| self.lookup(id))
            .collect();
        if let Some(to) = to {
            letters.retain(|kept| {
                kept.envelope
                    .to
                    .iter()
                    .any(|address| address.eq_ignore_ascii_case(to))
            });
        }
        Ok(letters)
    }

    /// Throws all letters away.
    pub fn clear(&self) -> Result<(), Failure> {
        for id in self.ids()? {
            self.remove(&id);
        }
        Ok(())
    }

    fn ids(&self) -> Result<Vec<String>, Failure> {
        let entries = fs::read_dir(&self.folder).map_err(|source| failed(&self.folder, source))?;
        let mut ids: Vec<_> = entries
            .filter_map(Result::ok)
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
            .collect();
        ids.sort();
        Ok(ids)
    }

    fn remove(&self, id: &str) {
        // Gone already is as good.
        for kind in ["json", "eml"] {
            drop(fs::remove_file(self.path(id, kind)));
        }
    }

    fn path(&self, id: &str, kind: &str) -> PathBuf {
        self.folder.join(format!("{id}.{kind}"))
    }
}

fn failed(path: &Path, source: std::io::Error) -> Failure {
    Failure::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sink(name: &str, keep: usize) -> Sink {
        let folder =
            std::env::temp_dir().join(format!("city-sandbox-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        let config = MailConfig {
            keep,
            ..MailConfig::default()
        };
        Sink::open(&config, &folder).unwrap()
    }

    fn envelope(to: &str) -> Envelope {
        Envelope {
            from: "town@example.cz".to_owned(),
            to: vec![to.to_owned()],
            peer: "127.0.0.1".to_owned(),
            secured: false,
            at: Utc::now(),
        }
    }

    #[test]
    fn letters_outlive_the_process_and_the_oldest_go() {
        let sink = sink("mail", 2);
        for to in ["a@example.cz", "b@example.cz", "B@example.cz"] {
            sink.keep(&envelope(to), b"Subject: x\r\n\r\n").unwrap();
        }

        let again = Sink::open(&MailConfig::default(), &sink.folder).unwrap();
        let ids = |letters: Vec<Kept>| letters.into_iter().map(|kept| kept.id).collect::<Vec<_>>();
        assert_eq!(ids(again.list(None).unwrap()), ["00000003", "00000002"]);
        assert_eq!(ids(again.list(Some("a@example.cz")).unwrap()), [""; 0]);
        assert_eq!(again.list(Some("b@example.cz")).unwrap().len(), 2);
        assert_eq!(
            again.keep(&envelope("c@example.cz"), b"").unwrap(),
            "00000004"
        );
        again.clear().unwrap();
        assert!(again.list(None).unwrap().is_empty());
        fs::remove_dir_all(&sink.folder).unwrap();
    }

    #[test]
    fn only_a_number_names_a_letter() {
        let sink = sink("mail-names", 2);

        for id in ["", "../sink", "00000001.eml", "1/2"] {
            assert_eq!(sink.lookup(id), None, "{id}");
        }
        fs::remove_dir_all(&sink.folder).unwrap();
    }
}
