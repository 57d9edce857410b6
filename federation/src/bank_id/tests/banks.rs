//! The choice of a bank.

use serde_json::json;

use super::{BANK, ask, at, bank_id, login};
use crate::departure::Purpose;
use crate::oidc::tests::op::{now, sent};
use crate::provider::UpstreamProvider;

#[tokio::test]
async fn banks_can_be_chosen_while_there_is_a_list_and_never_made_up() {
    let op = bank_id().await;
    let provider = at(&op, &json!({}));

    let banks = provider.branches(now()).await;

    assert_eq!(banks.len(), 1);
    assert_eq!(
        (banks[0].id.as_str(), banks[0].name.as_str()),
        (BANK, "Zkušební banka")
    );
    let mut chosen = ask(Purpose::Login, &[]);
    for (branch, expected) in [
        (BANK, Some(BANK)),
        ("f2a0b6d4-0000-4000-8000-000000000002", None),
        ("x&y", None),
    ] {
        chosen.branch = Some(branch.to_owned());
        let departure = provider.start_login(&chosen, now()).await.unwrap();
        assert_eq!(
            sent(&departure).get("bank_id").map(String::as_str),
            expected
        );
    }

    // The list fails a day later: the last good one stays.
    op.say("api/v1/banks", 401, "application/json", "{}");
    let tomorrow = now() + chrono::TimeDelta::hours(25);
    assert_eq!(provider.branches(tomorrow).await.len(), 1);
    assert!(
        at(&op, &json!({})).branches(now()).await.is_empty(),
        "without a list Bank iD asks"
    );
    assert!(
        at(&op, &json!({ "show_banks": false }))
            .branches(now())
            .await
            .is_empty()
    );
    assert!(
        login(
            &op,
            &at(&op, &json!({})),
            &ask(Purpose::Login, &[]),
            &json!({})
        )
        .await
        .is_ok()
    );
}
