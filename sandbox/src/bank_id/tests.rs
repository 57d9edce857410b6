//! At the sandbox's bank: what is typed wrong, and what that leads to.

mod banks;
mod code;
mod password;

use std::net::SocketAddr;
use std::path::PathBuf;

use figment::Figment;
use figment::providers::{Format as _, Toml};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use tokio::net::TcpListener;
use url::Url;

use super::login::PASSWORD;
use crate::config::{Config, ListensAt};
use crate::server;
use crate::world::World;

const BACK: &str = "http://127.0.0.1:9/back";
const VLTAVSKA: &str = "0b7f4c1e-5d52-4e0a-9c5b-6a1f0d3e8c01";
const KRUMLOVSKA: &str = "4f0e2b7a-8c1d-4a35-b3f6-2d9c7e5a1f02";

/// A sandbox that listens, and a service registered at its Bank iD.
struct Bank {
    folder: PathBuf,
    at: SocketAddr,
    client: Client,
}

/// A page, or where the browser was sent.
struct Shown {
    path: String,
    text: String,
}

impl Bank {
    async fn open(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("city-sandbox-{}-bank-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        let config = format!(
            "data_dir = '{}'\n[[bank_id.client]]\nclient_id = \"library\"\nname = \"Městská knihovna\"\n\
             redirect_uris = [\"{BACK}\"]\nclient_secret = \"a-secret-of-thirty-two-characters\"\n",
            folder.display(),
        );
        let config: Config = Figment::new()
            .merge(Toml::string(&config))
            .extract()
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let doors = ListensAt {
            plain: at,
            tls: None,
            client_tls: None,
            smtp: None,
        };
        let world = World::new(&config, config.addresses_at(&doors)).unwrap();
        tokio::spawn(async move { axum::serve(listener, server::router(world)).await });
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { folder, at, client }
    }

    /// Somebody at the page of a bank; the path of that page.
    async fn visit(&self, bank: &str) -> String {
        let request = format!(
            "/bank_id/auth?client_id=library&response_type=code&scope=openid&state=s&nonce=n&bank_id={bank}&redirect_uri={BACK}"
        );
        let page = self.get(&request).await;
        assert!(page.path.starts_with("/bank_id/login/"), "{}", page.path);
        page.path
    }

    /// Somebody whose name and password were right; the page with the phone.
    async fn at_the_phone(&self, bank: &str, user: &str) -> Shown {
        let page = self.visit(bank).await;
        let shown = self.log_in(&page, user, PASSWORD).await;
        assert!(
            shown.path.starts_with("/bank_id/confirm/"),
            "{}",
            shown.path
        );
        shown
    }

    async fn log_in(&self, page: &str, user: &str, password: &str) -> Shown {
        self.post(page, &[("user", user), ("password", password)])
            .await
    }

    async fn confirm(&self, page: &str, code: &str) -> Shown {
        self.post(page, &[("code", code), ("action", "confirm")])
            .await
    }

    async fn get(&self, path: &str) -> Shown {
        let request = self.client.get(format!("http://{}{path}", self.at));
        self.follow(request.send().await.unwrap()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let request = self.client.post(format!("http://{}{path}", self.at));
        self.follow(request.form(fields).send().await.unwrap())
            .await
    }

    /// On to where the browser is sent, as long as that is here.
    async fn follow(&self, mut answer: Response) -> Shown {
        loop {
            let url = answer.url().clone();
            let Some(location) = answer.headers().get("location") else {
                return Shown {
                    path: url.path().to_owned(),
                    text: answer.text().await.unwrap(),
                };
            };
            let next = url.join(location.to_str().unwrap()).unwrap();
            if next.port() != Some(self.at.port()) {
                return Shown {
                    path: next.into(),
                    text: String::new(),
                };
            }
            answer = self.client.get(next).send().await.unwrap();
        }
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

impl Shown {
    /// What the phone on the page shows.
    fn code(&self) -> String {
        let (_, rest) = self.text.split_once("id=\"phone-code\">").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    }

    /// The field of this id, as it is written.
    fn field(&self, id: &str) -> &str {
        let start = self
            .text
            .find(&format!("<input class=\"input\" id=\"{id}\""));
        let rest = &self.text[start.unwrap_or_else(|| panic!("no {id}: {}", self.text))..];
        rest.split_once('>').unwrap().0
    }

    /// That the service was told `access_denied`, with its state.
    fn assert_denied(&self) {
        let url = Url::parse(&self.path).unwrap_or_else(|_| panic!("stayed at {}", self.path));
        let told: Vec<_> = url.query_pairs().collect();
        assert!(self.path.starts_with(BACK), "{}", self.path);
        assert!(told.contains(&("error".into(), "access_denied".into())));
        assert!(told.contains(&("state".into(), "s".into())));
    }
}
