//! Who is registered: organisations, clients, resources, and how servers learn of a change.

use std::collections::BTreeMap;

use chrono::Duration;
use federation::Environment;
use idp::clients::secret::SecretHash;
use idp::clients::{
    ClientConfig, Clients, Entries, OrganisationConfig, ResourceConfig, SeedProblem, seed,
};
use idp::ids::{ClientId, OrganisationId, ResourceId};
use idp::storage::client::{self, Origin, StoredClient};
use idp::storage::{generation, organisation, resource};
use outbound::{Outbound, OutboundConfig};
use serde_json::json;
use store::{Db, Tx};
use tests::engines::engines;

use super::noon;

fn client(secret: &str) -> ClientConfig {
    serde_json::from_value(json!({
        "organisation": "town", "name": { "cs": "Knihovna" }, "client_secret": secret, "scopes": ["openid", "read"],
        "resources": ["api"],
    }))
    .unwrap()
}

struct File {
    organisations: BTreeMap<String, OrganisationConfig>,
    clients: BTreeMap<String, ClientConfig>,
    resources: BTreeMap<String, ResourceConfig>,
}

impl File {
    fn new() -> Self {
        let town = json!({ "name": { "cs": "Město" } });
        let api = json!({ "organisation": "town", "name": { "cs": "API" }, "uri": "https://api.test/", "scopes": ["read"] });
        Self {
            organisations: [("town".to_owned(), serde_json::from_value(town).unwrap())].into(),
            clients: [(
                "library".to_owned(),
                client("0123456789abcdef0123456789abcdef"),
            )]
            .into(),
            resources: [("api".to_owned(), serde_json::from_value(api).unwrap())].into(),
        }
    }

    fn entries(&self) -> Entries<'_> {
        Entries {
            organisations: &self.organisations,
            clients: &self.clients,
            resources: &self.resources,
        }
    }

    async fn seed(&self, tx: &mut Tx) -> bool {
        seed(tx, self.entries(), noon()).await.unwrap()
    }
}

async fn load(db: &Db) -> Clients {
    load_in(db, Environment::Sandbox).await
}

async fn load_in(db: &Db, environment: Environment) -> Clients {
    let outbound = Outbound::new(&OutboundConfig::default()).unwrap();
    Clients::load(db, &outbound, environment).await.unwrap()
}

/// Only what does not fit goes: a client that lost an address works by the others.
#[tokio::test]
async fn a_client_loses_the_addresses_that_do_not_fit_the_environment_and_keeps_the_rest() {
    let entry = json!({
        "organisation": "town", "name": { "cs": "Parkování" }, "authentication": "private_key_jwt",
        "redirect_uris": ["http://127.0.0.1/zpet", "https://parkovani.example/zpet"],
        "post_logout_redirect_uris": ["https://parkovani.example/", "https://parkovani.test/"],
        "backchannel_logout_uri": "https://localhost/logout", "jwks_uri": "http://parkovani.example/jwks",
        "home_uri": "http://parkovani.example/", "privacy_uri": "https://parkovani.localhost/",
    });
    for engine in engines().await {
        let mut file = File::new();
        let parking = serde_json::from_value(entry.clone()).unwrap();
        file.clients.insert("parking".to_owned(), parking);
        let mut tx = engine.db.begin().await.unwrap();
        assert!(file.seed(&mut tx).await);
        tx.commit().await.unwrap();

        let sandbox = load_in(&engine.db, Environment::Sandbox).await;
        let production = load_in(&engine.db, Environment::Production).await;

        let whole = sandbox.get("parking").unwrap();
        assert!(whole.withheld.is_empty(), "{}", engine.name);
        assert_eq!(whole.redirect_uris.len(), 2);
        let less = production.get("parking").unwrap();
        assert_eq!(less.redirect_uris, ["https://parkovani.example/zpet"]);
        assert_eq!(
            less.post_logout_redirect_uris,
            ["https://parkovani.example/"]
        );
        assert_eq!(less.backchannel_logout_uri, None);
        assert!(less.keys.is_none());
        assert_eq!((&less.home_uri, &less.privacy_uri), (&None, &None));
        let withheld: Vec<&str> = less.withheld.iter().map(|one| one.key).collect();
        assert_eq!(
            withheld,
            [
                "backchannel_logout_uri",
                "jwks_uri",
                "home_uri",
                "privacy_uri",
                "redirect_uris",
                "post_logout_redirect_uris"
            ]
        );
        assert!(production.get("library").unwrap().withheld.is_empty());
    }
}

#[tokio::test]
async fn the_files_rows_follow_the_file_and_move_the_generation_only_when_something_changed() {
    for engine in engines().await {
        let mut file = File::new();
        let mut tx = engine.db.begin().await.unwrap();
        let before = generation::lookup(&mut tx, generation::CLIENTS)
            .await
            .unwrap();
        assert!(file.seed(&mut tx).await);
        assert!(
            !file.seed(&mut tx).await,
            "{}: nothing changed",
            engine.name
        );
        assert_eq!(
            generation::lookup(&mut tx, generation::CLIENTS)
                .await
                .unwrap(),
            before + 1
        );
        tx.commit().await.unwrap();

        let clients = load(&engine.db).await;
        let library = clients.get("library").unwrap();
        assert!(library.secrets[0].admits(b"0123456789abcdef0123456789abcdef", noon()));
        assert!(clients.resource(&ResourceId::new("api")).is_some());
        assert!(clients.organisation(&OrganisationId::new("town")).is_some());
        assert_eq!(clients.generation(), before + 1);

        file.clients.clear();
        file.resources.clear();
        let mut tx = engine.db.begin().await.unwrap();
        assert!(file.seed(&mut tx).await);
        tx.commit().await.unwrap();
        let clients = load(&engine.db).await;
        assert!(
            clients.get("library").unwrap().disabled_at.is_some(),
            "{}",
            engine.name
        );
        assert!(clients.resource(&ResourceId::new("api")).is_none());
    }
}

#[tokio::test]
async fn a_client_belongs_to_one_place_and_an_organisation_to_the_file() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (file, town) = (File::new(), OrganisationId::new("town"));
        let put = async |tx: &mut Tx, origin| {
            organisation::put(tx, &town, &file.organisations["town"], origin, noon())
                .await
                .unwrap()
        };
        assert!(put(&mut tx, Origin::Cli).await && !put(&mut tx, Origin::Cli).await);
        assert!(
            put(&mut tx, Origin::File).await && !put(&mut tx, Origin::Cli).await,
            "{}",
            engine.name
        );
        let added = StoredClient {
            id: ClientId::new("library"),
            origin: Origin::Cli,
            config: client("unused: the hash beside it counts"),
            secret: None,
        };
        client::put(&mut tx, &added, noon()).await.unwrap();

        let refused = seed(&mut tx, file.entries(), noon()).await;

        let named = matches!(&refused, Err(SeedProblem::TwoPlaces { section: "client", id }) if id == "library");
        assert!(named, "{}: {refused:?}", engine.name);
    }
}

#[tokio::test]
async fn a_new_secret_works_at_once_and_the_former_one_for_a_while() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        File::new().seed(&mut tx).await;
        let (former, new) = (
            SecretHash::of(&"former".into()),
            SecretHash::of(&"new".into()),
        );
        let added = StoredClient {
            id: ClientId::new("added"),
            origin: Origin::Cli,
            config: client("unused: the hash beside it counts"),
            secret: Some(former),
        };
        assert_eq!(
            client::put(&mut tx, &added, noon()).await.unwrap(),
            Some(true)
        );

        let until = noon() + Duration::hours(1);
        assert!(
            client::rotate_secret(&mut tx, &added.id, &new, Some(until))
                .await
                .unwrap()
        );
        assert!(
            !client::rotate_secret(&mut tx, &ClientId::new("library"), &new, Some(until))
                .await
                .unwrap(),
            "of the file"
        );
        tx.commit().await.unwrap();

        let held = load(&engine.db).await.get("added").unwrap();
        let admits = |secret: &str, at| {
            held.secrets
                .iter()
                .any(|held| held.admits(secret.as_bytes(), at))
        };
        assert!(
            admits("new", noon()) && admits("former", noon()),
            "{}",
            engine.name
        );
        assert!(admits("new", until) && !admits("former", until));

        let mut tx = engine.db.begin().await.unwrap();
        let last = SecretHash::of(&"last".into());
        let rotated = client::rotate_secret(&mut tx, &added.id, &last, None).await;
        assert!(rotated.unwrap());
        tx.commit().await.unwrap();
        let held = load(&engine.db).await.get("added").unwrap();
        assert_eq!(held.secrets.len(), 1, "{}", engine.name);
        assert!(held.secrets[0].admits(b"last", noon()));

        let mut tx = engine.db.begin().await.unwrap();
        assert!(client::disable(&mut tx, &added.id, noon()).await.unwrap());
        assert!(!client::disable(&mut tx, &added.id, noon()).await.unwrap());
        let listed = client::list(&mut tx).await.unwrap();
        let disabled: Vec<_> = listed
            .iter()
            .filter(|(_, at)| at.is_some())
            .map(|(client, _)| client.id.as_str())
            .collect();
        assert_eq!(disabled, ["added"]);
        assert_eq!(resource::list(&mut tx).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_client_that_was_switched_off_stays_so_whatever_the_file_says() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let (file, library) = (File::new(), ClientId::new("library"));
        file.seed(&mut tx).await;

        let off = client::switch(&mut tx, &library, Some(noon())).await;
        let again = client::switch(&mut tx, &library, Some(noon())).await;
        let unknown = client::switch(&mut tx, &ClientId::new("pool"), Some(noon())).await;
        file.seed(&mut tx).await;
        tx.commit().await.unwrap();

        let switched = (off.unwrap(), again.unwrap(), unknown.unwrap());
        assert_eq!(switched, (true, false, false), "{}", engine.name);
        let held = load(&engine.db).await.get("library").unwrap();
        assert_eq!(held.disabled_at, Some(noon()), "{}", engine.name);
        let mut tx = engine.db.begin().await.unwrap();
        let listed = client::list_switched_off(&mut tx).await.unwrap();
        assert_eq!(
            listed.into_iter().collect::<Vec<_>>(),
            [(library.clone(), noon())]
        );
        let on = client::switch(&mut tx, &library, None).await.unwrap();
        let again = client::switch(&mut tx, &library, None).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((on, again), (true, false), "{}", engine.name);
        let held = load(&engine.db).await.get("library").unwrap();
        assert_eq!(held.disabled_at, None, "{}", engine.name);
    }
}

#[tokio::test]
async fn what_the_file_names_no_more_goes_and_the_rest_is_loaded_as_one() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let file = File::new();
        file.seed(&mut tx).await;
        let added = StoredClient {
            id: ClientId::new("added"),
            origin: Origin::Cli,
            config: client("unused: the hash beside it counts"),
            secret: None,
        };
        client::put(&mut tx, &added, noon()).await.unwrap();
        let (api, config) = (ResourceId::new("api"), &file.resources["api"]);
        assert!(!resource::put(&mut tx, &api, config, noon()).await.unwrap());
        let organisations = organisation::list(&mut tx).await.unwrap();
        let names: Vec<&str> = organisations.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(names, ["town"], "{}", engine.name);
        let generation = generation::lookup(&mut tx, generation::CLIENTS)
            .await
            .unwrap();

        // Named are the library and the API: nothing goes, and then everything of the file.
        for (clients, resources, goes) in
            [(&["library"][..], &["api"][..], false), (&[], &[], true)]
        {
            let (clients, resources) = (
                clients.iter().copied().collect(),
                resources.iter().copied().collect(),
            );
            let disabled = client::disable_missing(&mut tx, &clients, noon())
                .await
                .unwrap();
            let removed = resource::remove_missing(&mut tx, &resources, noon())
                .await
                .unwrap();
            assert_eq!((disabled, removed), (goes, goes), "{}", engine.name);
        }
        generation::advance(&mut tx, generation::CLIENTS)
            .await
            .unwrap();

        let outbound = Outbound::new(&OutboundConfig::default()).unwrap();
        let catalogue = client::load_catalogue(&mut tx, &outbound, Environment::Sandbox).await;
        let clients = Clients::of(catalogue.unwrap());
        assert_eq!(clients.generation(), generation + 1);
        assert!(
            clients.get("library").unwrap().disabled_at.is_some(),
            "{}",
            engine.name
        );
        assert!(
            clients.get("added").unwrap().disabled_at.is_none(),
            "{}",
            engine.name
        );
        assert!(
            clients.resource(&api).is_none()
                && clients.organisation(&OrganisationId::new("town")).is_some()
        );
        // It comes back with the file.
        assert!(resource::put(&mut tx, &api, config, noon()).await.unwrap());
        assert_eq!(resource::list(&mut tx).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn who_holds_a_generation_lets_the_others_wait() {
    for engine in engines().await {
        let mut holder = engine.db.begin().await.unwrap();
        generation::hold(&mut holder, generation::KEYS)
            .await
            .unwrap();
        let before = generation::lookup(&mut holder, generation::KEYS)
            .await
            .unwrap();
        let db = engine.db.clone();
        let other = tokio::spawn(async move {
            let mut tx = db.begin().await.unwrap();
            generation::hold(&mut tx, generation::KEYS).await.unwrap();
            generation::lookup(&mut tx, generation::KEYS).await.unwrap()
        });

        generation::advance(&mut holder, generation::KEYS)
            .await
            .unwrap();
        holder.commit().await.unwrap();

        assert_eq!(other.await.unwrap(), before + 1, "{}", engine.name);
    }
}
