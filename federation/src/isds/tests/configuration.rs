//! What a configuration must say, and what it must not.

use serde_json::{Value, json};

use super::world::{built, depart, finish, for_departure, now, provider, testdata};
use crate::departure::Send;
use crate::environment::Environment::{self, Production, Sandbox, Test};
use crate::finding::Severity;
use crate::level::Demand;
use crate::provider::UpstreamProvider;

fn problem(environment: Environment, options: &Value) -> String {
    built(environment, options).unwrap_err().to_string()
}

#[tokio::test]
async fn environment_and_generation_say_where_isds_is() {
    for (environment, generation, origin) in [
        (Production, "present", "https://www.datovka.gov.cz"),
        (Test, "present", "https://www.datovka-test.gov.cz"),
        (Test, "former", "https://www.czebox.cz"),
    ] {
        let provider = built(environment, &json!({ "generation": generation })).unwrap();

        let departure = depart(&provider, Demand::NONE).await;

        let Send::Redirect(url) = &departure.send else {
            panic!("{departure:?}")
        };
        assert_eq!(url.origin().ascii_serialization(), origin);
        let realm = provider.describe().realm.as_str().to_owned();
        assert_eq!(realm, format!("isds:{environment}:isds"));
    }
    let former = problem(Production, &json!({ "generation": "former" }));
    assert!(
        former.contains("client_certificate: may not be shown to cert.mojedatovaschranka.cz"),
        "{former}"
    );
}

#[test]
fn nobody_can_send_our_certificate_elsewhere() {
    for key in ["portal_url", "service_url"] {
        for environment in [Test, Production] {
            let told = problem(environment, &json!({ key: "https://elsewhere.example" }));
            assert!(
                told.starts_with(&format!("provider.isds.{key}: is given")),
                "{told}"
            );
        }
        let told = problem(Sandbox, &json!({ key: null }));
        assert_eq!(
            told,
            format!(
                "provider.isds.{key}: is missing. In the sandbox give the address of the sandbox."
            )
        );
    }
    let plain = problem(
        Production,
        &json!({ "directory_url": "http://elsewhere.example" }),
    );
    assert!(
        plain.starts_with("provider.isds.directory_url: is not an https address"),
        "{plain}"
    );
    let plain = problem(Sandbox, &json!({ "service_url": "http://127.0.0.1:8404" }));
    assert!(
        plain.starts_with("provider.isds.service_url: is not an https address"),
        "{plain}"
    );
    let other = problem(Sandbox, &json!({ "service_url": "https://10.0.0.1" }));
    assert!(other.contains("may not be shown to 10.0.0.1"), "{other}");
}

#[test]
fn values_that_cannot_work_are_named_with_a_remedy() {
    for (options, begins) in [
        (json!({ "ats_id": "" }), "provider.isds.ats_id: "),
        (json!({ "ats_id": "a b" }), "provider.isds.ats_id: "),
        (
            json!({ "client_certificate": "town" }),
            "provider.isds.client_certificate: there is no [outbound.client_certificate.town]",
        ),
        (json!({ "namespaces": [] }), "provider.isds.namespaces: "),
        (
            json!({ "confirmation_path": "https://elsewhere.example/" }),
            "provider.isds.confirmation_path: ",
        ),
        (
            json!({ "confirmation_path": "//elsewhere.example/" }),
            "provider.isds.confirmation_path: ",
        ),
        (
            json!({ "invalidation_path": "/a/../b" }),
            "provider.isds.invalidation_path: ",
        ),
        (
            json!({ "logout_url": "https://elsewhere.example/out" }),
            "provider.isds.logout_url: ",
        ),
        (
            json!({ "attribute": { "family_name": ["dbid"] } }),
            "provider.isds.attribute: ",
        ),
        (
            json!({ "environment": "test" }),
            "provider.isds.environment: ",
        ),
    ] {
        let told = problem(Sandbox, &options);
        assert!(told.starts_with(begins), "{options}: {told}");
    }
}

#[tokio::test]
async fn a_check_says_what_is_wrong_and_which_attributes_came() {
    // Where nobody listens, also beside a `./dev run`.
    let provider = provider(&json!({ "portal_url": "http://127.0.0.1:1" }));

    let before = provider.check(now()).await;

    let of = |findings: &[crate::Finding], code: &str| {
        findings
            .iter()
            .filter(|finding| finding.code == code)
            .map(|finding| (finding.severity, finding.message.clone()))
            .collect::<Vec<_>>()
    };
    let (severity, until) = of(&before, "isds.certificate-expires").remove(0);
    assert_eq!(severity, Severity::Fine);
    assert!(until.contains("2090-12-31"), "{until}");
    assert_eq!(of(&before, "isds.unreachable").len(), 2);
    assert!(
        of(&before, "isds.attributes")[0]
            .1
            .contains("nobody logged in")
    );

    let departure = depart(&provider, Demand::NONE).await;
    let octets = testdata("holder-identified-unknown.xml");
    finish(&provider, &departure, &for_departure(&octets, &departure)).unwrap();

    let after = of(&provider.check(now()).await, "isds.attributes");
    assert!(after[0].1.contains("dbID, dbState, dbType"), "{after:?}");
    assert!(!after[0].1.contains("Nov"), "{after:?}");
    let told = provider.newly_seen();
    assert!(told.contains(&"dbState".to_owned()) && provider.newly_seen().is_empty());
    assert_eq!(after[1].0, Severity::Warning);
    assert!(
        after[1].1.starts_with("Never seen: aifoIsds, robIdent."),
        "{after:?}"
    );
}
