//! The other secret of a login, for inserting drafts, which we do not need (reference 3.6, 3.7).

use outbound::soap::{Call, Element};
use outbound::{Auth, Guard, Target};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

const CONCEPTS: &str = "http://agw-as.cz/ats-ws/extWs/v1";

/// Makes the secret worthless. Nobody waits for it, and a failure is only logged.
pub(super) fn begin(service: &Target, url: Option<&Url>, secret: SecretString) {
    let Some(url) = url.cloned() else {
        return;
    };
    let service = service.clone();
    tokio::spawn(async move {
        let request = Element::new(CONCEPTS, "extWsLogoutRequest")
            .with(Element::new(CONCEPTS, "timeLimitedId").with_text(secret.expose_secret()));
        let auth = Auth::PlainBasic {
            user: "ExtWS".to_owned(),
            password: secret,
        };
        let done = Call::new(&url, Guard::Operator)
            .auth(auth)
            .send(&service, &request)
            .await;
        if let Err(error) = done {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "ISDS did not take back the secret of a login");
        }
    });
}
