//! By what the test environment of a provider shows, so that production takes nothing of it.

use url::Url;

use super::certificate::Certificate;

/// What is about a provider's test environment and never about its real one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TestMarks {
    /// How the names of its hosts begin.
    pub(crate) host: &'static str,
    /// What the common names of its certificates contain, in capitals.
    pub(crate) name: &'static str,
}

impl TestMarks {
    pub(crate) fn are_on_address(self, url: &Url) -> bool {
        url.host_str()
            .is_some_and(|host| host.starts_with(self.host))
    }

    pub(crate) fn are_on_certificate(self, certificate: &Certificate) -> bool {
        let name = certificate.common_name().to_ascii_uppercase();
        name.contains(self.name)
    }
}
