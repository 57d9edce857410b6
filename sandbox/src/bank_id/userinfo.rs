//! `/bank_id/userinfo` and `/bank_id/profile`: what the person let the service know, in the form it is registered with.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use josekit::jwk::Jwk;
use serde_json::{Map, Value, json};

use super::bank;
use super::bearer::{self, Denied};
use super::claims::{Facts, Place};
use crate::error::Failure;
use crate::oidc::answer;
use crate::oidc::client::{Client, UserinfoForm};
use crate::oidc::fault::{Fault, Moment};
use crate::oidc::grant::Grant;
use crate::oidc::jose::{self, KeyTransport};
use crate::oidc::{Provider, trouble};
use crate::world::World;

/// For logins.
pub async fn userinfo(State(world): State<World>, headers: HeaderMap) -> Result<Response, Failure> {
    serve(&world, &headers, Place::Userinfo).await
}

/// For identification.
pub async fn profile(State(world): State<World>, headers: HeaderMap) -> Result<Response, Failure> {
    serve(&world, &headers, Place::Profile).await
}

async fn serve(world: &World, headers: &HeaderMap, place: Place) -> Result<Response, Failure> {
    let bank_id = world.bank_id();
    let provider = &bank_id.provider;
    let grant = match bearer::grant(provider, headers) {
        Ok(grant) => grant,
        Err(denied) => return Ok(denied.into_response()),
    };
    let client = provider.clients.lookup(&grant.client_id);
    let person = bank_id.person(&grant.person);
    let (Some(client), Some((persona, customer))) = (client, person) else {
        return Ok(Denied::Forbidden.into_response());
    };
    let fault = provider.fault(&client.client_id, grant.fault, Moment::Userinfo);
    match fault {
        Some(Fault::UserinfoUnauthorized) => return Ok(Denied::Unauthorized.into_response()),
        Some(Fault::UserinfoForbidden) => return Ok(Denied::Forbidden.into_response()),
        _ => {}
    }

    let bank = grant.place.as_deref().and_then(bank::by_id);
    let number = bank.map_or("", |bank| bank.number);
    let facts = Facts::new(persona, customer, provider.now());
    let mut claims = facts.answer(&grant, place, number, fault);
    match fault {
        Some(Fault::UserinfoSub) => {
            let other = crate::random::uuid()?.to_string();
            claims.insert("sub".to_owned(), json!(other));
        }
        Some(Fault::UserinfoNoSub) => {
            claims.remove("sub");
        }
        _ => {}
    }
    tracing::info!(
        client.id = client.client_id,
        fault = fault.map(Fault::code),
        "bank_id.userinfo"
    );
    write(world, &client, &grant, claims, fault).await
}

/// In the form the client is registered with, unless the fault says otherwise.
async fn write(
    world: &World,
    client: &Client,
    grant: &Grant,
    claims: Map<String, Value>,
    fault: Option<Fault>,
) -> Result<Response, Failure> {
    let provider = &world.bank_id().provider;
    let form = match (client.userinfo, fault) {
        (_, Some(Fault::UserinfoPlain)) => UserinfoForm::Plain,
        (UserinfoForm::Encrypted, Some(Fault::UserinfoNotEncrypted)) => UserinfoForm::Signed,
        // What is wrong with a signature is wrong with plain JSON too: there it comes unasked.
        (UserinfoForm::Plain, Some(fault)) if is_of_signature(fault) => UserinfoForm::Signed,
        (form, _) => form,
    };
    if form == UserinfoForm::Plain {
        let body = serde_json::to_string(&claims)?;
        return Ok(trouble::answer(fault, "application/json", body));
    }
    let recipient = match form {
        UserinfoForm::Encrypted => match recipient(provider, client, fault).await {
            Ok(key) => Some(key),
            Err(reason) => {
                tracing::warn!(
                    reason,
                    client.id = client.client_id,
                    "bank_id.no_encryption_key"
                );
                return Ok(Denied::Forbidden.into_response());
            }
        },
        _ => None,
    };
    let (world, client, grant) = (world.clone(), client.clone(), grant.clone());
    let written = tokio::task::spawn_blocking(move || {
        compose(&world, &client, &grant, claims, recipient.as_ref(), fault)
    });
    Ok(trouble::answer(fault, "application/jwt", written.await??))
}

fn is_of_signature(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::UserinfoAlgNone
            | Fault::UserinfoForeignKey
            | Fault::UserinfoBadSignature
            | Fault::UserinfoWrongIss
            | Fault::UserinfoWrongAud
    )
}

async fn recipient(
    provider: &Provider,
    client: &Client,
    fault: Option<Fault>,
) -> Result<Jwk, String> {
    if fault == Some(Fault::UserinfoOtherRecipient) {
        let key = provider.keys.stranger();
        return key.jwk.to_public_key().map_err(|error| error.to_string());
    }
    provider
        .clients
        .encryption_key(client)
        .await
        .map_err(|error| error.to_string())
}

fn compose(
    world: &World,
    client: &Client,
    grant: &Grant,
    claims: Map<String, Value>,
    recipient: Option<&Jwk>,
    fault: Option<Fault>,
) -> Result<String, Failure> {
    let provider = &world.bank_id().provider;
    let plain = serde_json::to_string(&claims)?;
    let mut draft = provider.draft(claims);
    draft.say("aud", grant.client_id.as_str());
    draft.say("exp", provider.now().timestamp() + 600);
    if let Some(fault) = fault {
        answer::spoil_userinfo(fault, &mut draft);
    }
    let signed = jose::sign(&draft, &provider.keys)?;
    let Some(recipient) = recipient else {
        return Ok(signed);
    };
    let transport = match fault {
        Some(Fault::UserinfoRsa15) => KeyTransport::Rsa15,
        Some(Fault::UserinfoOtherRecipient) => KeyTransport::Oaep256,
        _ => client.encryption_alg,
    };
    match fault {
        Some(Fault::UserinfoNotNested) => jose::encrypt(&plain, recipient, transport, false),
        _ => jose::encrypt(&signed, recipient, transport, true),
    }
}
