//! `[mail]`: the mail sink.

use std::net::SocketAddr;

use serde::Deserialize;

/// Without the section no mail is taken.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// Where SMTP is spoken. Default: nowhere; port 0 takes a free one.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
    /// Larger letters are refused. Default: 10485760 bytes.
    #[serde(default = "ten_megabytes")]
    pub max_size: usize,
    /// So many letters are kept, the oldest go. Default: 1000.
    #[serde(default = "thousand")]
    pub keep: usize,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            listen: None,
            max_size: ten_megabytes(),
            keep: thousand(),
        }
    }
}

fn ten_megabytes() -> usize {
    10 << 20
}

fn thousand() -> usize {
    1000
}
