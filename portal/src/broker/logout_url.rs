//! Where the browser goes to sign out at the broker too (RP-Initiated Logout 2).

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::provider::{Broker, Metadata};

impl Broker {
    /// The address, or `None` where the provider has no such endpoint. Without `state` nobody can tell, when the browser is back, that it
    /// was there.
    pub fn logout_url(
        &self,
        metadata: &Metadata,
        id_token: &SecretString,
        post_logout_redirect_uri: &Url,
        state: Option<&str>,
        locale: &str,
    ) -> Option<Url> {
        let mut url = metadata
            .additional_metadata()
            .end_session_endpoint
            .as_ref()?
            .url()
            .clone();
        url.query_pairs_mut()
            .append_pair("id_token_hint", id_token.expose_secret())
            .append_pair("client_id", self.client_id())
            .append_pair(
                "post_logout_redirect_uri",
                post_logout_redirect_uri.as_str(),
            )
            .append_pair("ui_locales", locale);
        if let Some(state) = state {
            url.query_pairs_mut().append_pair("state", state);
        }
        Some(url)
    }
}
