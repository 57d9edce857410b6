//! One connection that all requests share: reconnects by itself, gives up in time, asks again once when it broke.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{
    Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, ScriptInvocation,
    ServerErrorKind,
};
use secrecy::{ExposeSecret, SecretString};

use super::super::ShortLivedConfig;
use crate::{OpenError, StorageError};

/// A connection that is made when it is first needed: the start does not wait for Redis.
#[derive(Clone, Debug)]
pub(in super::super) struct Connection {
    line: Arc<Mutex<Line>>,
    timeout: Duration,
}

struct Line {
    manager: ConnectionManager,
    /// How often the line was laid anew.
    number: u64,
    client: Client,
    settings: ConnectionManagerConfig,
}

/// One round trip.
pub(super) enum Ask<'a> {
    Command(Cmd),
    Script(ScriptInvocation<'a>),
}

/// The connection to the configured server. `None` when the database keeps short-lived state.
pub(in super::super) fn open(config: &ShortLivedConfig) -> Result<Option<Connection>, OpenError> {
    let Some(address) = address(config)? else {
        return Ok(None);
    };
    let unusable = |_| OpenError::Address {
        key: "redis",
        problem: "is not an address like redis://host:6379/0",
    };

    let timeout = Duration::from_millis(config.timeout_ms.into());
    let client = Client::open(address.expose_secret()).map_err(unusable)?;
    let settings = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(timeout))
        .set_response_timeout(Some(timeout))
        .set_number_of_retries(1)
        .set_min_delay(Duration::from_millis(20))
        .set_max_delay(Duration::from_millis(100));
    let manager = ConnectionManager::new_lazy_with_config(client.clone(), settings.clone())
        .map_err(unusable)?;
    let line = Line {
        manager,
        number: 0,
        client,
        settings,
    };
    Ok(Some(Connection {
        line: Arc::new(Mutex::new(line)),
        timeout,
    }))
}

fn address(config: &ShortLivedConfig) -> Result<Option<SecretString>, OpenError> {
    match (&config.redis, &config.redis_file) {
        (None, None) => Ok(None),
        (Some(address), None) => Ok(Some(address.clone())),
        (None, Some(path)) => match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(text.trim().into())),
            Err(source) => Err(OpenError::File {
                path: path.clone(),
                action: "read as the address of Redis",
                source,
            }),
        },
        (Some(_), Some(_)) => Err(OpenError::Address {
            key: "redis",
            problem: "and `redis_file` say the same thing: keep one of them",
        }),
    }
}

impl Connection {
    /// Asks, and asks once more when the connection turns out to be dead. Every operation is built so that a second
    /// time does no harm.
    pub(super) async fn ask<T: FromRedisValue>(&self, ask: &Ask<'_>) -> Result<T, StorageError> {
        match self.once(ask).await {
            Err(Silence::Refused(error)) if error.is_connection_dropped() => {
                tracing::info!(error = %error, "the connection to Redis broke, asking again");
                self.once(ask).await.map_err(StorageError::from)
            }
            answer => answer.map_err(StorageError::from),
        }
    }

    async fn once<T: FromRedisValue>(&self, ask: &Ask<'_>) -> Result<T, Silence> {
        let (mut manager, number) = {
            let line = self.line();
            (line.manager.clone(), line.number)
        };
        let answer = tokio::time::timeout(self.timeout, async {
            match ask {
                Ask::Command(command) => command.query_async(&mut manager).await,
                Ask::Script(script) => script.invoke_async(&mut manager).await,
            }
        });
        let answer: RedisResult<T> = match answer.await {
            Err(_) => return Err(self.hang_up(number)),
            Ok(Err(error)) if error.is_timeout() => return Err(self.hang_up(number)),
            Ok(answer) => answer,
        };
        answer.map_err(Silence::Refused)
    }

    /// A server that vanished without a word keeps its line "open" for a quarter of an hour: the next request gets
    /// another one.
    fn hang_up(&self, number: u64) -> Silence {
        let mut line = self.line();
        if line.number == number
            && let Ok(manager) =
                ConnectionManager::new_lazy_with_config(line.client.clone(), line.settings.clone())
        {
            line.manager = manager;
            line.number += 1;
        }
        Silence::Late
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// No answer to work with.
#[derive(Debug)]
enum Silence {
    Late,
    Refused(RedisError),
}

impl From<Silence> for StorageError {
    fn from(silence: Silence) -> Self {
        let error = match silence {
            Silence::Late => return Self::Unavailable("Redis did not answer in time".into()),
            Silence::Refused(error) => error,
        };
        match error.kind() {
            // `maxmemory` reached under the policy noeviction.
            _ if error.code() == Some("OOM") => Self::Full,
            ErrorKind::Io
            | ErrorKind::Server(
                ServerErrorKind::BusyLoading
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly
                | ServerErrorKind::TryAgain,
            ) => Self::Unavailable(error.into()),
            _ => Self::Broken(error.into()),
        }
    }
}
