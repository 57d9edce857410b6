//! The first page: a user name and a password.

use super::{Bank, KRUMLOVSKA, PASSWORD, VLTAVSKA};

#[tokio::test]
async fn after_a_wrong_password_the_user_name_is_kept_and_the_password_is_not() {
    let bank = Bank::open("password").await;
    let page = bank.visit(VLTAVSKA).await;

    let again = bank
        .post(
            &page,
            &[
                ("user", "nováková \"&"),
                ("password", "letmein"),
                ("fault", "wrong_nonce"),
            ],
        )
        .await;

    assert_eq!(again.path, page);
    assert!(
        again
            .text
            .contains("Uživatelské jméno nebo heslo nesouhlasí")
    );
    assert!(again.text.contains("Zbývají 2 pokusy"));
    let user = again.field("user");
    assert!(user.contains("value=\"nováková &#34;&#38;\""), "{user}");
    assert!(!again.field("password").contains("value"));
    assert!(!again.text.contains("letmein"));
    assert!(again.text.contains("value=\"wrong_nonce\" selected"));

    let phone = bank.log_in(&page, " novakova ", PASSWORD).await;
    assert!(phone.path.starts_with("/bank_id/confirm/"));
}

#[tokio::test]
async fn the_third_wrong_password_ends_the_login_and_the_right_one_is_too_late() {
    let bank = Bank::open("passwords").await;
    let page = bank.visit(VLTAVSKA).await;

    bank.log_in(&page, "novakova", "").await;
    // She has no account at this bank.
    let second = bank.log_in(&page, "village", PASSWORD).await;
    let third = bank.log_in(&page, "nobody", PASSWORD).await;

    assert!(second.text.contains("Zbývá poslední pokus"));
    third.assert_denied();
    bank.log_in(&page, "novakova", PASSWORD)
        .await
        .assert_denied();
    bank.get(&page).await.assert_denied();
}

#[tokio::test]
async fn a_click_on_somebody_fills_in_both_fields_and_keeps_the_fault() {
    let bank = Bank::open("fill").await;
    let page = bank.visit(KRUMLOVSKA).await;

    let filled = bank
        .post(
            &page,
            &[
                ("user", "somebody"),
                ("password", "else"),
                ("fault", "wrong_nonce"),
                ("fill", "village"),
            ],
        )
        .await;
    let stranger = bank.post(&page, &[("fill", "minor")]).await;

    assert_eq!(filled.path, page);
    assert!(filled.field("user").contains("value=\"village\""));
    let password = format!("value=\"{PASSWORD}\"");
    assert!(filled.field("password").contains(&password));
    assert!(filled.text.contains("value=\"wrong_nonce\" selected"));
    assert!(filled.text.contains("Marie Horáková"));
    assert!(!filled.text.contains("nesouhlasí"), "no try was counted");
    assert!(stranger.text.contains("the person was not offered"));
}
