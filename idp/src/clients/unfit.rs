//! Addresses of a client that do not fit the environment: in production those of a sandbox, of this machine and of plain http.
//!
//! They are refused where a client is registered. One that stood in the database before loses them when it is read: nobody is sent
//! there, nothing is fetched or told there, and everything else of the client stays in force.

use federation::Environment;
use web::config::{ConfigError, check_outside};

use super::{Client, ClientConfig};

/// An address of a client that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Its key in the client's entry: `redirect_uris`.
    pub key: &'static str,
    /// The address as it was registered. It may hold a password: [`Self::why`] is what may be shown.
    pub(crate) address: String,
    pub(crate) error: ConfigError,
}

impl Unfit {
    /// What is wrong with it, with the address where that holds no secret.
    pub fn why(&self) -> &str {
        self.error.problem()
    }
}

/// Every address of the client, wherever it is registered, that does not fit the environment.
pub(crate) fn unfit(id: &str, client: &ClientConfig, environment: Environment) -> Vec<Unfit> {
    let is_production = environment == Environment::Production;
    let told = client
        .addresses()
        .into_iter()
        .filter_map(|(key, url)| Some((key, url?.as_str(), url?.clone())));
    told.chain(client.ways_back())
        .filter_map(|(key, address, url)| {
            let error = check_outside(&format!("client.{id}.{key}"), &url, is_production).err()?;
            Some(Unfit {
                key,
                address: address.to_owned(),
                error,
            })
        })
        .collect()
}

impl Client {
    /// Takes these addresses away from it, and remembers that.
    pub(crate) fn withhold(&mut self, unfit: Vec<Unfit>) {
        for one in &unfit {
            let others = |uri: &String| *uri != one.address;
            match one.key {
                "redirect_uris" => self.redirect_uris.retain(others),
                "post_logout_redirect_uris" => self.post_logout_redirect_uris.retain(others),
                "backchannel_logout_uri" => self.backchannel_logout_uri = None,
                "jwks_uri" => self.keys = None,
                "home_uri" => self.home_uri = None,
                _ => self.privacy_uri = None,
            }
        }
        self.withheld = unfit;
    }

    /// Why the client may not be answered at an address that it did register.
    pub(crate) fn why_withheld(&self, redirect_uri: &str) -> Option<&str> {
        let mut withheld = self.withheld.iter();
        withheld
            .find(|one| one.key == "redirect_uris" && one.address == redirect_uri)
            .map(Unfit::why)
    }
}
