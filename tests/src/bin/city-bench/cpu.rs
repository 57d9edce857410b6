//! CPU time of processes, as the kernel counts it.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

/// Seconds a process has used since its start.
#[derive(Clone, Copy, Default)]
pub(crate) struct Used {
    /// User and system.
    pub(crate) all: f64,
    /// Of it, in the kernel.
    pub(crate) system: f64,
    /// Of it, in the threads that run SQLite.
    pub(crate) database: f64,
}

/// Reads what a process has used.
pub(crate) fn of(pid: u32) -> Used {
    let (user, system) = times(&format!("/proc/{pid}/stat"));
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let database = threads
        .map(|thread| thread.path())
        .filter(|thread| {
            let name = std::fs::read_to_string(thread.join("comm")).unwrap_or_default();
            name.starts_with("sqlx-sqlite")
        })
        .map(|thread| {
            let (user, system) = times(&thread.join("stat").display().to_string());
            user + system
        })
        .sum();
    Used {
        all: user + system,
        system,
        database,
    }
}

/// CPU seconds of one RS256 signature by the library the broker signs with, here and now.
pub(crate) fn bare_signature(times: u32) -> f64 {
    thread_local! {
        static KEY: RsaKeyPair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    }
    KEY.with(|key| {
        let random = SystemRandom::new();
        let mut signature = vec![0; key.public_modulus_len()];
        let before = of_this_thread();
        for _ in 0..times {
            key.sign(
                &RSA_PKCS1_SHA256,
                &random,
                b"header.payload",
                &mut signature,
            )
            .expect("a signature");
        }
        (of_this_thread() - before) / f64::from(times)
    })
}

/// CPU seconds of this thread, to the nanosecond.
pub(crate) fn of_this_thread() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds: f64 = text
        .split_whitespace()
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or_default();
    nanoseconds / 1e9
}

pub(crate) fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// `utime` and `stime` of a stat file, in seconds.
fn times(file: &str) -> (f64, f64) {
    let stat = std::fs::read_to_string(file).unwrap_or_default();
    let after_name = stat
        .rsplit_once(") ")
        .map(|(_, rest)| rest)
        .unwrap_or_default();
    let fields: Vec<&str> = after_name.split(' ').collect();
    let ticks = |index: usize| {
        let number = fields.get(index).and_then(|n| n.parse::<f64>().ok());
        number.unwrap_or_default() / 100.0
    };
    (ticks(11), ticks(12))
}
