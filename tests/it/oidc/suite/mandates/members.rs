//! Members of a statutory body who are none any more, by the public register.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const BORN: &str = "1980-05-17";
/// Longer than one answer serves.
const A_DAY: Duration = Duration::hours(25);

/// ARES with the bakery, and with what the court that keeps the public register tells of it.
#[derive(Clone)]
struct Courts {
    url: String,
    record: Arc<Mutex<(u16, String)>>,
    asked: Arc<AtomicUsize>,
}

impl Courts {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let courts = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            record: Arc::default(),
            asked: Arc::default(),
        };
        let mine = courts.clone();
        let router = axum::Router::new().fallback(async move |uri: axum::http::Uri| {
            let (status, body) = mine.answer(uri.path());
            let status = axum::http::StatusCode::from_u16(status).unwrap();
            (status, [("content-type", "application/json")], body)
        });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        courts
    }

    fn answer(&self, path: &str) -> (u16, String) {
        if path == "/ekonomicke-subjekty-vr/00000027" {
            self.asked.fetch_add(1, Ordering::SeqCst);
            return self.record.lock().unwrap().clone();
        }
        if path.ends_with("/00000043") {
            let ended = json!({
                "ico": "00000043", "obchodniJmeno": "Spolek Pod Věží, z. s.", "pravniForma": "706", "datumZaniku": "2026-11-01",
            });
            return (200, ended.to_string());
        }
        let bakery = json!({
            "ico": "00000027", "obchodniJmeno": "Pekařství Vltava s.r.o.", "pravniForma": "112",
        });
        (200, bakery.to_string())
    }

    fn answers(&self, status: u16, body: &str) {
        *self.record.lock().unwrap() = (status, body.to_owned());
    }

    /// These are or were the members.
    fn tells(&self, members: &Value) {
        let organ = json!({ "nazevOrganu": "Jednatel", "clenoveOrganu": members });
        let record = json!({ "primarniZaznam": true, "statutarniOrgany": [organ] });
        let answer = json!({ "icoId": "00000027", "zaznamy": [record] });
        self.answers(200, &answer.to_string());
    }

    /// How often somebody asked who is a member.
    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn broker(&self, acting_for: Value) -> TestBroker {
        let mut config = with_eva();
        let eva = &mut config["provider"]["demo"]["account"][EVA.0];
        eva["birth_date"] = BORN.into();
        for (member, value) in acting_for.as_object().unwrap() {
            eva["acting_for"][member] = value.clone();
        }
        config["ares"] = json!({ "url": self.url });
        config["outbound"] = json!({ "breaker_opens_after": 1000 });
        config["mandate"] = json!({ "entrusted_may": ["view"] });
        configured(config).await
    }
}

/// Eva Malá, born and gone on these days; an empty one is not told.
fn eva(born: &str, gone: &str) -> Value {
    let mut member = json!({
        "datumZapisu": "2009-03-16", "clenstvi": { "funkce": { "vznikFunkce": "2009-03-16" } },
        "fyzickaOsoba": { "jmeno": "EVA", "prijmeni": "MALÁ" },
    });
    if !born.is_empty() {
        member["fyzickaOsoba"]["datumNarozeni"] = born.into();
    }
    if !gone.is_empty() {
        member["datumVymazu"] = gone.into();
        member["clenstvi"]["funkce"]["zanikFunkce"] = gone.into();
    }
    member
}

async fn check(broker: &TestBroker) {
    mandate::check_bodies(&broker.broker).await.unwrap();
}

/// Renews the tokens: somebody acts still.
async fn acts(broker: &TestBroker, tokens: &Answer) -> Answer {
    let renewed = refresh(broker, "portal", tokens).await;
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    let introspected = introspect(broker, "portal", &renewed.text("access_token")).await;
    assert_eq!(introspected.json["acting_for"]["ico"], "00000027");
    renewed
}

async fn acts_no_more(broker: &TestBroker, tokens: &Answer) {
    let access_token = tokens.text("access_token");
    assert_eq!(
        introspect(broker, "portal", &access_token).await.json,
        json!({ "active": false })
    );
    assert_eq!(userinfo(broker, &access_token).await.status, 401);
    assert_eq!(
        refresh(broker, "portal", tokens).await.refusal(),
        (400, "invalid_grant".to_owned())
    );
}

#[tokio::test]
async fn who_has_left_acts_no_more_until_their_box_lets_them_in_again() {
    let courts = Courts::start().await;
    courts.tells(&json!([eva(BORN, "2026-11-25")]));
    let broker = courts.broker(json!({})).await;
    let (_, tokens) = act_for_the_bakery(&broker, &mut Browser::new(), "portal").await;
    check(&broker).await;
    let tokens = acts(&broker, &tokens).await;
    broker.hand.advance(A_DAY);
    let tokens = acts(&broker, &tokens).await;

    check(&broker).await;

    acts_no_more(&broker, &tokens).await;
    let posts = broker
        .clients
        .wait_for_posts("/portal/backchannel", 1)
        .await;
    let logout = claims_of(posts[0].strip_prefix("logout_token=").unwrap());
    assert_eq!(logout["sid"], told(&tokens)["sid"]);
    let ended = broker.event_details("mandate.ended").await;
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert_eq!(ended[0]["reason"], "not_a_member");
    assert_eq!(ended[0]["clients"], json!(["portal"]));

    broker.hand.advance(A_DAY);
    let mut browser = Browser::new();
    let (_, tokens) = act_for_the_bakery(&broker, &mut browser, "portal").await;
    for (language, what, why, what_to_do) in [
        (
            "cs",
            "U města už nemůžete jednat za: Pekařství Vltava s.r.o.",
            "Podle veřejného rejstříku už nejste ve statutárním orgánu",
            "přihlaste se znovu datovou schránkou",
        ),
        (
            "en",
            "You can no longer deal with the town on behalf of: Pekařství Vltava s.r.o.",
            "According to the public register you are no longer in its statutory body",
            "sign in again through the data box",
        ),
        (
            "de",
            "Sie können bei der Stadt nicht mehr handeln für: Pekařství Vltava s.r.o.",
            "Laut dem öffentlichen Register gehören Sie dem Vertretungsorgan nicht mehr an",
            "melden Sie sich erneut über die Datenbox an",
        ),
    ] {
        let back = format!("/language?lang={language}&back=/account/contacts");
        browser.open(&broker.at(&back)).await;
        let page = browser.open(&broker.at("/account/contacts")).await;
        for words in [what, why, what_to_do] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
    }
    broker.hand.advance(A_DAY);
    let asked = courts.asked();

    check(&broker).await;

    acts(&broker, &tokens).await;
    assert_eq!(courts.asked(), asked + 1);
}

#[tokio::test]
async fn what_officers_saw_in_the_register_ends_with_it_and_what_they_saw_elsewhere_does_not() {
    let courts = Courts::start().await;
    courts.tells(&json!([eva(BORN, "2026-11-25")]));
    let broker = courts.broker(json!({})).await;
    let mut browser = Browser::new();
    let page = log_in(&broker, &mut browser, "portal", EVA).await;
    let by_the_box = body_on(&page);
    let seen_in_the_register = seen_by_officers(&broker, "register").await;
    let at_the_counter = seen_by_officers(&broker, "counter").await;
    // What was asked before there was such a mandate.
    broker.hand.advance(A_DAY * 2);
    log_in(&broker, &mut Browser::new(), "portal", EVA).await;

    check(&broker).await;

    let ended = broker.event_details("mandate.ended").await;
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert_eq!(ended[0]["reason"], "not_a_member");
    assert_eq!(ended[0]["mandate"], json!(seen_in_the_register));
    log_in(&broker, &mut browser, "portal", EVA).await;
    for (mandate, error) in [
        (&by_the_box, None),
        (&at_the_counter, None),
        (&seen_in_the_register, Some("access_denied")),
    ] {
        let page = switch(&broker, &mut browser, "portal", mandate).await;
        assert_eq!(page.query("error").as_deref(), error, "{}", page.url);
    }
}

/// Officers approve that Eva may act for the bakery.
async fn seen_by_officers(broker: &TestBroker, source: &str) -> String {
    let now = broker.clock.now();
    let new = NewMandate {
        account_id: only_account(broker).await,
        kind: BodyKind::Company,
        ico: Some("00000027"),
        name: "Pekařství Vltava s.r.o.",
        role: None,
        source,
        scope: [Act::View].into(),
        level: IdentityLevel::Town,
        approved_by: OFFICER,
        second_officer: OTHER_OFFICER,
        evidence: None,
        valid_from: now,
        valid_until: now + Duration::days(365),
    };
    let mut tx = broker.db.begin().await.unwrap();
    let id = mandate::add(&broker.broker, &mut tx, new, Actor::Staff(OFFICER), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id.to_string()
}

/// A former director may be in the register for another reason; officers saw it, and know.
#[tokio::test]
async fn what_officers_approved_after_a_seat_had_ended_stays() {
    let courts = Courts::start().await;
    courts.tells(&json!([eva(BORN, "2020-01-31")]));
    let broker = courts.broker(json!({})).await;
    log_in(&broker, &mut Browser::new(), "portal", EVA).await;
    seen_by_officers(&broker, "register").await;
    broker.hand.advance(A_DAY);

    check(&broker).await;

    assert!(courts.asked() > 0);
    assert_eq!(
        broker.event_details("mandate.ended").await,
        [] as [Value; 0]
    );
}

#[tokio::test]
async fn a_register_that_is_away_or_talks_nonsense_ends_nothing_and_is_asked_again() {
    let courts = Courts::start().await;
    courts.answers(503, "");
    let broker = courts.broker(json!({})).await;
    let (_, mut tokens) = act_for_the_bakery(&broker, &mut Browser::new(), "portal").await;
    let gone = "2026-11-24";
    courts.tells(&json!([eva(BORN, gone)]));
    let (_, good) = courts.record.lock().unwrap().clone();

    for (status, body) in [
        (503, String::new()),
        (500, json!({ "kod": "OBECNA_CHYBA" }).to_string()),
        (200, "<html>".to_owned()),
        (200, good.replace("00000027", "00000035")),
        (200, good.replace(gone, "24. 11. 2026")),
        (200, good.replace("zaznamy", "zaznam")),
    ] {
        courts.answers(status, &body);
        let asked = courts.asked();

        check(&broker).await;

        tokens = acts(&broker, &tokens).await;
        assert_eq!(courts.asked(), asked + 1, "{status} {body}");
    }

    courts.answers(200, &good);
    check(&broker).await;

    acts_no_more(&broker, &tokens).await;
}

#[tokio::test]
async fn who_cannot_be_told_to_have_left_goes_on() {
    let courts = Courts::start().await;
    courts.tells(&json!([]));
    let broker = courts.broker(json!({})).await;
    let (_, mut tokens) = act_for_the_bakery(&broker, &mut Browser::new(), "portal").await;
    check(&broker).await;
    let gone = "2026-11-25";
    let named = |given: &str, family: &str| {
        let mut member = eva(BORN, gone);
        member["fyzickaOsoba"]["jmeno"] = given.into();
        member["fyzickaOsoba"]["prijmeni"] = family.into();
        member
    };
    let nobody = json!({ "kod": "NENALEZENO" }).to_string();

    for (what, members) in [
        ("a namesake", json!([eva("1955-01-02", gone)])),
        ("a twin", json!([named("JANA", "MALÁ")])),
        ("somebody else", json!([named("JANA", "NOVÁKOVÁ")])),
        ("hidden", json!([{ "skrytyUdaj": {}, "datumVymazu": gone }])),
        (
            "a legal person",
            json!([{ "pravnickaOsoba": {}, "datumVymazu": gone }]),
        ),
        ("written anew", json!([eva(BORN, gone), eva(BORN, "")])),
        ("a namesake who stays", json!([eva("", gone), eva("", "")])),
        ("no public register", Value::Null),
    ] {
        match members {
            Value::Null => courts.answers(404, &nobody),
            members => courts.tells(&members),
        }
        broker.hand.advance(A_DAY);
        let asked = courts.asked();

        check(&broker).await;

        assert_eq!(courts.asked(), asked + 1, "{what}");
        tokens = acts(&broker, &tokens).await;
    }

    // Of the others on that day only she is gone.
    courts.tells(&json!([eva("1955-01-02", ""), eva(BORN, gone)]));
    broker.hand.advance(A_DAY);
    check(&broker).await;
    acts_no_more(&broker, &tokens).await;
}

#[tokio::test]
async fn members_of_a_body_are_asked_for_once_a_day() {
    let courts = Courts::start().await;
    courts.tells(&json!([eva(BORN, "")]));
    let mut broker = courts.broker(json!({})).await;
    act_for_the_bakery(&broker, &mut Browser::new(), "portal").await;
    let look = async |broker: &TestBroker, at| {
        broker.hand.advance(at);
        check(broker).await;
        courts.asked()
    };

    assert_eq!(look(&broker, Duration::zero()).await, 1);
    assert_eq!(look(&broker, Duration::zero()).await, 1);
    // Neither does a restart ask again.
    broker.restart(json!({})).await;
    assert_eq!(look(&broker, Duration::hours(23)).await, 1);
    assert_eq!(look(&broker, Duration::hours(1)).await, 2);
    assert_eq!(look(&broker, Duration::hours(1)).await, 2);
}

#[tokio::test]
async fn whoever_acts_by_another_right_than_a_seat_is_not_looked_for() {
    for acting_for in [
        json!({ "role": "LIQUIDATOR" }),
        json!({ "role": "RECEIVER" }),
        json!({ "role": "ENTRUSTED_USER", "full": false }),
        json!({ "kind": "sole_trader" }),
    ] {
        let courts = Courts::start().await;
        courts.tells(&json!([eva(BORN, "2026-11-24")]));
        let broker = courts.broker(acting_for.clone()).await;
        let (_, tokens) = act_for_the_bakery(&broker, &mut Browser::new(), "portal").await;

        check(&broker).await;

        assert_eq!(courts.asked(), 0, "{acting_for}");
        acts(&broker, &tokens).await;
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_worked_on_holds_up_no_other_one() {
    let courts = Courts::start().await;
    courts.tells(&json!([eva(BORN, "")]));
    let broker = courts.broker(json!({})).await;
    act_for_the_bakery(&broker, &mut Browser::new(), "portal").await;
    approve(&broker).await;
    let mut tx = broker.db.begin().await.unwrap();
    store::on!(&mut tx, db => {
        sqlx::query("update fact set kind = 'of-a-newer-release'").execute(db).await.map(drop)
    })
    .unwrap();
    tx.commit().await.unwrap();

    let failed = mandate::check_bodies(&broker.broker).await;

    assert!(failed.is_err(), "{failed:?}");
    let ended = broker.event_details("mandate.ended").await;
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert_eq!(ended[0]["reason"], "body_ended");
}
