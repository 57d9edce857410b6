//! A `LogoutRequest` from NIA to a provider: never seen of the real one, but a provider must know what to do with it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::super::answer::compose::seconds;
use super::super::answer::signature::{Condition, Signer, Signing, sign};
use super::super::answer::templates::write;
use super::super::names::{ENTITY_ID, PERSISTENT};
use super::super::refusal::{Refusal, Stop};
use super::super::reply::Posting;
use super::redirect;
use super::templates::LogoutRequest;
use crate::random;
use crate::world::World;

/// What a caller wants sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// To whom.
    pub entity_id: String,
    /// Whose session; the latest answer to this provider when missing.
    #[serde(default)]
    pub name_id: Option<String>,
    /// Which session.
    #[serde(default)]
    pub session_index: Option<String>,
    /// Further sessions, named behind that one.
    #[serde(default)]
    pub further_sessions: Vec<String>,
    /// How.
    #[serde(default)]
    pub binding: Binding,
    /// What shall be wrong with it.
    #[serde(default)]
    pub flaw: Flaw,
    /// `RelayState`
    #[serde(default)]
    pub relay_state: Option<String>,
}

/// How a message travels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// HTTP-Redirect.
    #[default]
    Redirect,
    /// HTTP-POST.
    Post,
}

/// What can be wrong with a logout request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// It is not signed.
    Unsigned,
    /// One bit of the signature is changed.
    BadSignature,
    /// It is signed with a key nobody knows.
    UnknownKey,
    /// It is an hour old.
    Stale,
    /// It is about somebody else.
    WrongNameId,
    /// It is about another session.
    WrongSession,
    /// It is from somebody else.
    WrongIssuer,
    /// It is for another address.
    WrongDestination,
}

impl Flaw {
    /// All of them with their Czech names.
    pub const ALL: [(&'static str, &'static str); 9] = [
        ("none", "nic, žádost bude v pořádku"),
        ("unsigned", "není podepsána"),
        ("bad_signature", "v podpisu je změněn jeden bit"),
        ("unknown_key", "je podepsána cizím klíčem"),
        ("stale", "je hodinu stará"),
        ("wrong_name_id", "týká se někoho jiného"),
        ("wrong_session", "týká se jiné relace"),
        ("wrong_issuer", "je od jiného vydavatele"),
        ("wrong_destination", "je pro jinou adresu"),
    ];
}

/// A message ready for the browser.
#[derive(Debug)]
pub enum Parcel {
    /// Go there.
    Url(String),
    /// Send this form.
    Form(Posting),
}

/// Writes the request. The sessions it names end here at once: NIA logged the person out.
pub fn prepare(world: &World, wish: &Wish) -> Result<(String, Parcel), Stop> {
    let nia = world.nia();
    let sep = nia
        .seps
        .lookup(&wish.entity_id)
        .ok_or_else(|| Refusal::UnknownIssuer(wish.entity_id.clone()))?;
    let logout_url = sep.logout_url.clone().ok_or_else(super::no_logout_url)?;
    let (name_id, session_index) = whose(world, wish)?;
    let ended: Vec<String> = session_index
        .iter()
        .chain(&wish.further_sessions)
        .cloned()
        .collect();
    nia.sessions.end_named(&sep.entity_id, &name_id, &ended);

    let stale = if wish.flaw == Flaw::Stale {
        TimeDelta::hours(1)
    } else {
        TimeDelta::zero()
    };
    let name_id = if wish.flaw == Flaw::WrongNameId {
        format!("CZ/CZ/{}", random::uuid()?)
    } else {
        name_id
    };
    let session_index = if wish.flaw == Flaw::WrongSession {
        Some(format!("_{}", random::hex()?))
    } else {
        session_index
    };
    let session_indexes: Vec<String> = session_index
        .into_iter()
        .chain(wish.further_sessions.iter().cloned())
        .collect();
    let issuer = if wish.flaw == Flaw::WrongIssuer {
        "urn:nekdo:jiny"
    } else {
        ENTITY_ID
    };
    let destination = if wish.flaw == Flaw::WrongDestination {
        "https://jinam.example/odhlaseni"
    } else {
        logout_url.as_str()
    };
    let signing = Signing {
        signer: if wish.flaw == Flaw::UnknownKey {
            Signer::Stranger
        } else {
            Signer::Ours
        },
        condition: match wish.flaw {
            Flaw::Unsigned => Condition::Missing,
            Flaw::BadSignature => Condition::Broken,
            _ => Condition::Sound,
        },
        ..Signing::default()
    };
    let id = format!("_{}", random::hex()?);
    let issued_at = seconds(world.clock().now() - stale);
    let render = |signature: &str| {
        write(&LogoutRequest {
            id: &id,
            issued_at: &issued_at,
            destination,
            issuer,
            signature,
            name_id: &name_id,
            name_id_format: PERSISTENT,
            session_indexes: &session_indexes,
        })
    };

    let parcel = match wish.binding {
        Binding::Redirect => {
            let xml = render("")?;
            let relay_state = wish.relay_state.as_deref();
            let message = redirect::Message {
                parameter: "SAMLRequest",
                xml: &xml,
                relay_state,
            };
            Parcel::Url(redirect::url(
                &logout_url,
                message,
                &signing.signer.key(&nia.keys),
                signing.condition,
            )?)
        }
        Binding::Post => Parcel::Form(Posting {
            title: "NIA vás odhlašuje ze služby",
            action: logout_url.clone(),
            parameter: "SAMLRequest",
            message: STANDARD.encode(sign(&id, signing, &nia.keys, render)?.xml),
            relay_state: wish.relay_state.clone(),
        }),
    };
    tracing::info!(
        sep.entity_id = sep.entity_id,
        request.id = id,
        "nia.logout_sent"
    );
    Ok((id, parcel))
}

fn whose(world: &World, wish: &Wish) -> Result<(String, Option<String>), Refusal> {
    if let Some(name_id) = wish.name_id.clone().filter(|name_id| !name_id.is_empty()) {
        return Ok((
            name_id,
            wish.session_index.clone().filter(|index| !index.is_empty()),
        ));
    }
    let sessions = world.nia().sessions.list();
    let participants = sessions
        .iter()
        .flat_map(|session| session.participants.iter().rev());
    let latest = participants
        .into_iter()
        .find(|participant| participant.entity_id == wish.entity_id);
    latest
        .map(|participant| {
            (
                participant.name_id.clone(),
                Some(participant.session_index.clone()),
            )
        })
        .ok_or_else(|| Refusal::Choice("u tohoto poskytovatele není nikdo přihlášen".to_owned()))
}
