//! The choice of a bank in the middle of a login.

use super::{Bank, KRUMLOVSKA, VLTAVSKA};

#[tokio::test]
async fn what_was_proved_at_one_bank_is_not_proved_at_another() {
    let bank = Bank::open("banks").await;
    let phone = bank.at_the_phone(VLTAVSKA, "novakova").await;
    let consent = bank.confirm(&phone.path, &phone.code()).await.path;

    let banks = consent.replace("consent", "banks");
    bank.post(&banks, &[("bank", KRUMLOVSKA)]).await;

    let page = bank.get(&consent).await;
    assert!(page.path.starts_with("/bank_id/login/"), "{}", page.path);
    let page = bank.get(&phone.path).await;
    assert!(page.path.starts_with("/bank_id/login/"), "{}", page.path);
}
