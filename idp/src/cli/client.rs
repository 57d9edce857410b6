//! `city-idp client add|list|show|rotate-secret|disable|enable|remove`.

use std::path::PathBuf;

use chrono::Duration;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use store::{Tx, audit::Event};
use web::{Clock, Random};

use super::{ConfigFile, Outcome, operator, say};
use crate::{
    Broker, Config,
    clients::{self, Authentication, ClientConfig, OrganisationConfig, secret, secret::SecretHash},
    config::check_client,
    ids::{ClientId, OrganisationId},
    storage::{
        client::{self, Origin, StoredClient},
        generation, organisation,
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Adds a client and prints its secret, once.
    Add(Box<Add>),
    /// Lists all clients with where they come from.
    List(ConfigFile),
    /// Shows one client, without its secret.
    Show {
        #[command(flatten)]
        file: ConfigFile,
        /// Its `client_id`.
        id: String,
    },
    /// Gives a client a new secret and prints it, once. The present one still works for a while.
    RotateSecret {
        #[command(flatten)]
        file: ConfigFile,
        /// Its `client_id`.
        id: String,
        /// Hours the present secret still works.
        #[arg(long, default_value_t = 24)]
        keep_hours: u16,
        /// The present secret, and one before it, work no more: somebody else may have it.
        #[arg(long, conflicts_with = "keep_hours")]
        at_once: bool,
    },
    /// Switches a client off, wherever it is registered: its sessions and tokens end for good, and it gets nothing until it is
    /// enabled.
    Disable {
        #[command(flatten)]
        file: ConfigFile,
        /// Its `client_id`.
        id: String,
        /// Why, for the audit.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        reason: String,
    },
    /// Lets a client in again. People log in to it anew.
    Enable {
        #[command(flatten)]
        file: ConfigFile,
        /// Its `client_id`.
        id: String,
        /// Why, for the audit.
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        reason: String,
    },
    /// Takes a client that was added here out of the register: it gets nothing any more.
    Remove {
        #[command(flatten)]
        file: ConfigFile,
        /// Its `client_id`.
        id: String,
    },
}

#[derive(Args, Debug)]
pub(super) struct Add {
    #[command(flatten)]
    file: ConfigFile,
    /// Its `client_id`.
    id: String,
    /// Whose application it is; a name of `[organisation.*]`, or a new one.
    #[arg(long)]
    organisation: String,
    /// What people call it, in Czech.
    #[arg(long)]
    name: String,
    /// Where answers may go; may be repeated.
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where a browser may go after logout; may be repeated.
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens go.
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// Scopes it may ask for, separated by commas or blanks.
    #[arg(long, default_value = "openid profile email", value_delimiter = ',')]
    scopes: Vec<String>,
    /// `client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none`.
    #[arg(long, default_value = "client_secret_basic")]
    authentication: String,
    /// An application on a person's own device.
    #[arg(long)]
    native: bool,
    /// It does not use PKCE.
    #[arg(long)]
    pkce_optional: bool,
    /// TOML file with any other keys of a `[client.*]` entry.
    #[arg(long, value_name = "FILE")]
    more: Option<PathBuf>,
}

pub(super) async fn run(command: Command) -> Outcome {
    match command {
        Command::Add(add) => add_client(*add).await,
        Command::List(file) => list(&file).await,
        Command::Show { file, id } => show(&file, &id).await,
        Command::RotateSecret {
            file,
            id,
            keep_hours,
            at_once,
        } => rotate_secret(&file, id, (!at_once).then_some(keep_hours)).await,
        Command::Disable { file, id, reason } => disable(&file, id, &reason).await,
        Command::Enable { file, id, reason } => enable(&file, id, &reason).await,
        Command::Remove { file, id } => remove(&file, id).await,
    }
}

async fn add_client(add: Add) -> Outcome {
    let (config, stores) = add.file.open().await?;
    let (random, now) = (Random::system(), Clock::system().now());
    let id = ClientId::new(&add.id);
    if config.client.contains_key(&add.id) {
        let file = add.file.config.display();
        return Err(
            format!("client {id} stands in {file}; change it there, or choose another id").into(),
        );
    }
    let entry = add.entry()?;
    entry.client(id.clone())?;
    entry.check_scopes_are_known(config.resource.values())?;
    check_client(&add.id, &entry, config.environment)?;
    let secret = matches!(
        entry.authentication,
        Authentication::ClientSecretBasic | Authentication::ClientSecretPost
    )
    .then(|| secret::make(&random));

    let mut tx = stores.db.begin().await?;
    add_organisation(&mut tx, &config, &entry.organisation, now).await?;
    let held = client::list(&mut tx).await?;
    if held
        .iter()
        .any(|(held, disabled_at)| held.id == id && disabled_at.is_none())
    {
        return Err(format!("client {id} exists already; see `city-idp client show {id}`").into());
    }
    let stored = StoredClient {
        id: id.clone(),
        origin: Origin::Cli,
        config: entry,
        secret: secret.as_ref().map(SecretHash::of),
    };
    if client::put(&mut tx, &stored, now).await?.is_none() {
        return Err(
            format!("client {id} belonged to a configuration file; choose another id").into(),
        );
    }
    changed(&mut tx, "client.added", &id, &random, now).await?;
    tx.commit().await?;

    say(format!(
        "client {id} added; running servers know it within a second"
    ))?;
    tell(secret.as_ref())
}

impl Add {
    /// The entry as a configuration file would have it.
    fn entry(&self) -> Result<ClientConfig, Box<dyn std::error::Error + Send + Sync>> {
        let scopes: Vec<&str> = self
            .scopes
            .iter()
            .flat_map(|scopes| scopes.split_whitespace())
            .collect();
        let mut entry = json!({
            "organisation": self.organisation,
            "name": { "cs": self.name },
            "redirect_uris": self.redirect_uris,
            "post_logout_redirect_uris": self.post_logout_redirect_uris,
            "scopes": scopes,
            "authentication": self.authentication,
            "native": self.native,
            "pkce": if self.pkce_optional { "optional" } else { "required" },
        });
        let members = entry.as_object_mut().ok_or("no entry")?;
        if let Some(uri) = &self.backchannel_logout_uri {
            members.insert("backchannel_logout_uri".to_owned(), uri.as_str().into());
        }
        if let Some(file) = &self.more {
            use figment::providers::Format as _;
            let more: Value = figment::Figment::new()
                .merge(figment::providers::Toml::file_exact(file))
                .extract()?;
            members.extend(more.as_object().cloned().unwrap_or_default());
        }
        Ok(serde_json::from_value(entry)?)
    }
}

/// An organisation that nobody knows yet is taken by the name it was given.
async fn add_organisation(
    tx: &mut Tx,
    config: &Config,
    name: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> Outcome {
    let id = OrganisationId::new(name);
    if let Some(entry) = config.organisation.get(name) {
        organisation::put(tx, &id, entry, Origin::File, now).await?;
        return Ok(());
    }
    if organisation::list(tx)
        .await?
        .iter()
        .any(|held| held.id == id)
    {
        return Ok(());
    }
    let entry: OrganisationConfig = serde_json::from_value(json!({ "name": { "cs": name } }))?;
    organisation::put(tx, &id, &entry, Origin::Cli, now).await?;
    Ok(say(format!("organisation {name} added"))?)
}

async fn list(file: &ConfigFile) -> Outcome {
    let (_, stores) = file.open().await?;
    let mut tx = stores.db.read().await?;
    let switched_off = client::list_switched_off(&mut tx).await?;
    say("CLIENT                    FROM  STATE     ORGANISATION        NAME")?;
    for (client, disabled_at) in client::list(&mut tx).await? {
        let state = if disabled_at.is_some() {
            "removed"
        } else if switched_off.contains_key(&client.id) {
            "disabled"
        } else {
            "enabled"
        };
        let (origin, organisation) = (client.origin.as_str(), &client.config.organisation);
        say(format!(
            "{:25} {origin:5} {state:9} {organisation:19} {}",
            client.id.as_str(),
            client.config.name.cs
        ))?;
    }
    Ok(())
}

async fn show(file: &ConfigFile, id: &str) -> Outcome {
    let (_, stores) = file.open().await?;
    let mut tx = stores.db.read().await?;
    let switched_off = client::list_switched_off(&mut tx).await?;
    let held = client::list(&mut tx).await?;
    let found = held
        .into_iter()
        .find(|(client, _)| client.id.as_str() == id);
    let (client, disabled_at) =
        found.ok_or_else(|| format!("client {id} is not known; see `city-idp client list`"))?;
    let shown = json!({
        "client_id": client.id,
        "from": client.origin.as_str(),
        "removed_at": disabled_at,
        "disabled_at": switched_off.get(&client.id),
        "has_secret": client.secret.is_some(),
        "entry": client.config,
    });
    Ok(say(serde_json::to_string_pretty(&shown)?)?)
}

async fn disable(file: &ConfigFile, id: String, reason: &str) -> Outcome {
    let broker = file.attach().await?;
    let (id, now) = (ClientId::new(id), broker.clock.now());
    let is_new = clients::switch_off(&broker, &id, reason, &operator(), now).await?;
    // Of one that was off already, what an earlier try left over.
    let ended = clients::end_sessions(&broker, &id, now).await?;
    if !is_new && ended == 0 {
        return Err(unchanged(&broker, &id).into());
    }
    Ok(say(format!(
        "client {id} is disabled; {ended} sessions and all its tokens have ended, and it hears of it within a minute"
    ))?)
}

async fn enable(file: &ConfigFile, id: String, reason: &str) -> Outcome {
    let broker = file.attach().await?;
    let (id, now) = (ClientId::new(id), broker.clock.now());
    if !clients::switch_on(&broker, &id, reason, &operator(), now).await? {
        return Err(unchanged(&broker, &id).into());
    }
    Ok(say(format!(
        "client {id} is enabled; running servers know it within a second"
    ))?)
}

/// Why nothing was switched.
fn unchanged(broker: &Broker, id: &ClientId) -> String {
    match broker.clients.get(id.as_str()) {
        None => format!("client {id} is not known; see `city-idp client list`"),
        Some(client) if client.disabled_at.is_some() => format!("client {id} is disabled already"),
        Some(_) => format!("client {id} is enabled already"),
    }
}

async fn rotate_secret(file: &ConfigFile, id: String, keep_hours: Option<u16>) -> Outcome {
    let (_, stores) = file.open().await?;
    let (random, now) = (Random::system(), Clock::system().now());
    let id = ClientId::new(id);
    let secret = secret::make(&random);
    let mut tx = stores.db.begin().await?;
    let until = keep_hours.map(|hours| now + Duration::hours(hours.into()));
    if !client::rotate_secret(&mut tx, &id, &SecretHash::of(&secret), until).await? {
        return Err(format!("client {id} was not added by the command line, or has no secret; a client of the file gets a new secret there").into());
    }
    changed(&mut tx, "client.secret_rotated", &id, &random, now).await?;
    tx.commit().await?;
    let former = until.map_or_else(
        || "no former one works, as soon as running servers know: within a second".to_owned(),
        |until| {
            format!(
                "the former one works until {}",
                until.format("%Y-%m-%dT%H:%M:%SZ")
            )
        },
    );
    say(format!("client {id} has a new secret; {former}"))?;
    tell(Some(&secret))
}

async fn remove(file: &ConfigFile, id: String) -> Outcome {
    let (config, stores) = file.open().await?;
    let (random, now) = (Random::system(), Clock::system().now());
    let stands_in_file = config.client.contains_key(&id);
    let id = ClientId::new(id);
    let mut tx = stores.db.begin().await?;
    let held = client::list(&mut tx).await?;
    let was_added_here = held.iter().any(|(client, disabled_at)| {
        client.id == id && client.origin == Origin::Cli && disabled_at.is_none()
    });
    // Of one that both name, the one that was added here goes, and the next start takes over the file's.
    if stands_in_file && !was_added_here {
        return Err(format!(
            "client {id} stands in {}; remove it there",
            file.config.display()
        )
        .into());
    }
    if !client::disable(&mut tx, &id, now).await? {
        return Err(format!("client {id} is not known, or removed already").into());
    }
    changed(&mut tx, "client.removed", &id, &random, now).await?;
    tx.commit().await?;
    say(format!("client {id} is removed"))?;
    if stands_in_file {
        let file = file.config.display();
        say(format!("the next start takes over the entry of {file}"))?;
    }
    Ok(())
}

async fn changed(
    tx: &mut Tx,
    kind: &'static str,
    id: &ClientId,
    random: &Random,
    now: chrono::DateTime<chrono::Utc>,
) -> Outcome {
    generation::advance(tx, generation::CLIENTS).await?;
    let event = Event {
        kind,
        actor: operator(),
        subject: None,
        details: json!({ "client": id }),
    };
    Ok(store::audit::record(tx, &event, random.uuid_v7(now), random.bytes(), now).await?)
}

/// The one place where a secret is written out.
fn tell(secret: Option<&SecretString>) -> Outcome {
    if let Some(secret) = secret {
        say(format!("client_secret: {}", secret.expose_secret()))?;
        say("It is not kept in readable form; note it now.")?;
    }
    Ok(())
}
