//! What can go wrong: at start, and inside a request.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use thiserror::Error;

/// Why the sandbox did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The place is wrong.
    #[error(
        "APP_ENV is production: the sandbox hands out identities to anyone and must not run there"
    )]
    Production,
    /// The file given on the command line is missing.
    #[error("the configuration file {} does not exist", .0.display())]
    NoConfigFile(PathBuf),
    /// The file or a variable cannot be used.
    #[error("{}; config/development/sandbox.toml shows what may stand there", placed(.0))]
    Config(#[source] Box<figment::Error>),
    /// The address is taken or not ours.
    #[error("cannot listen at {address}: {source}; set `{key}` to a free address")]
    Listen {
        /// Which key of the configuration.
        key: &'static str,
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of keys cannot be read or written.
    #[error("{}: {source}; check `data_dir` and its rights", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A certificate, key or authority of `[tls]` cannot be used.
    #[error("{}: {source}; check `[tls]` certificate, key and ca", path.display())]
    Tls {
        /// Which file.
        path: PathBuf,
        /// What OpenSSL said.
        source: openssl::error::ErrorStack,
    },
    /// Certificate or key of `[server.tls]` cannot be used.
    #[error("{}: {problem}; give `{key}` a PEM file that exists and can be read, and the key that belongs to the first certificate", file.display())]
    ServerTls {
        /// Which file.
        file: PathBuf,
        /// Which key of the configuration.
        key: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The list of personas built into the program is wrong.
    #[error("built-in personas: {0}")]
    Personas(#[source] Box<figment::Error>),
    /// Keys cannot be made or read.
    #[error(transparent)]
    Internal(#[from] Failure),
    /// The server stopped by itself.
    #[error("the server stopped: {0}")]
    Server(#[source] std::io::Error),
}

/// Where it is and what it is: the file or variable, the key, the problem.
fn placed(error: &figment::Error) -> String {
    let place = error
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.source.as_ref())
        .map_or_else(
            || "the configuration".to_owned(),
            |source| match source.file_path() {
                Some(file) => file.display().to_string(),
                None => source.to_string(),
            },
        );
    let mut key = error.path.clone();
    // Inside of a section the path ends with it already.
    if let figment::error::Kind::UnknownField(name, _) = &error.kind
        && key.last() != Some(name)
    {
        key.push(name.clone());
    }
    format!("{place}: `{}`: {}", key.join("."), error.kind)
}

/// A failure of the sandbox itself, never of what was sent to it.
#[derive(Debug, Error)]
pub enum Failure {
    /// OpenSSL.
    #[error("OpenSSL failed")]
    OpenSsl(#[from] openssl::error::ErrorStack),
    /// libxmlsec1.
    #[error("libxmlsec1 could not sign")]
    Signing(#[from] samael::crypto::CryptoError),
    /// josekit.
    #[error("a message could not be signed or encrypted")]
    Jose(#[from] josekit::JoseError),
    /// JSON.
    #[error("JSON could not be written or read")]
    Json(#[from] serde_json::Error),
    /// A template.
    #[error("a template could not be written")]
    Template(#[from] askama::Error),
    /// Signing left no value behind.
    #[error("libxmlsec1 returned a document without {0}")]
    Unsigned(&'static str),
    /// A task was cancelled.
    #[error("a background task ended early")]
    Task(#[from] tokio::task::JoinError),
    /// A key file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        tracing::error!(error = &self as &dyn std::error::Error, "sandbox.failure");
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            "SANDBOX: vnitřní chyba, podrobnosti jsou v záznamu",
        )
            .into_response()
    }
}
