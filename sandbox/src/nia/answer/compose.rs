//! Writes a draft as the XML that leaves the house.

use std::sync::atomic::AtomicU64;

use chrono::{DateTime, SecondsFormat, Utc};
use openssl::x509::X509;

use super::super::keys::Keys;
use super::super::names::{AUTHN_FAILED, RESPONDER, SUCCESS};
use super::draft::{Draft, Shape, Wrapping};
use super::encryption;
use super::signature::{Condition, Signed, Signing, sign};
use super::templates::{Assertion, Response, write};
use crate::error::Failure;

/// What writing needs besides the draft.
#[derive(Debug, Clone, Copy)]
pub struct Tools<'a> {
    /// Signing keys.
    pub keys: &'a Keys,
    /// Whom assertions are for.
    pub recipient: &'a X509,
    /// Counts encryptions.
    pub count: &'a AtomicU64,
}

/// Writes the answer.
pub fn compose(draft: &Draft, tools: Tools<'_>) -> Result<String, Failure> {
    match draft.shape {
        Shape::StandardError => Ok(respond(
            draft,
            tools,
            Content {
                status: (RESPONDER, Some(AUTHN_FAILED)),
                ..Content::default()
            },
        )?
        .xml),
        Shape::Plain => with_assertions(
            draft,
            tools,
            &assertion(draft, tools, draft.inner_signing)?.xml,
        ),
        Shape::TwoEncrypted => {
            let other = draft.forged()?;
            let both = [encrypted(draft, tools)?, encrypted(&other, tools)?].concat();
            with_assertions(draft, tools, &both)
        }
        Shape::PlainBeside => {
            let both = [
                encrypted(draft, tools)?,
                unsigned_assertion(&draft.forged()?, "", "")?,
            ]
            .concat();
            with_assertions(draft, tools, &both)
        }
        Shape::Wrapped(wrapping) => wrapped(draft, tools, wrapping),
        Shape::Doctype => Ok(format!(
            "<!DOCTYPE samlp:Response>{}",
            ordinary(draft, tools)?.xml
        )),
        Shape::InnerDoctype => {
            let inner = format!(
                "<!DOCTYPE Assertion>{}",
                assertion(draft, tools, draft.inner_signing)?.xml
            );
            with_assertions(draft, tools, &encrypt(&inner, draft, tools)?)
        }
        Shape::CommentInNameId => {
            let signed = assertion(draft, tools, draft.inner_signing)?.xml;
            let (start, end) = draft.name_id.split_at(draft.name_id.len() / 2);
            let commented = signed.replacen(
                &format!(">{}</NameID>", draft.name_id),
                &format!(">{start}<!-- -->{end}</NameID>"),
                1,
            );
            with_assertions(draft, tools, &encrypt(&commented, draft, tools)?)
        }
        // What stands in the signature is not covered by it: the enveloped-signature transform takes it out.
        Shape::DuplicateId => {
            let mut forged = draft.forged()?;
            forged.response_id.clone_from(&draft.response_id);
            let forged = unsigned_response(&forged, &Content::default())?;
            let genuine = ordinary(draft, tools)?;
            Ok(genuine.xml.replacen(
                "</Signature>",
                &format!("<Object>{forged}</Object></Signature>"),
                1,
            ))
        }
        Shape::EntityBomb => {
            let entities = (1..10).map(|level| {
                let ten = format!("&a{};", level - 1).repeat(10);
                format!("<!ENTITY a{level} \"{ten}\">")
            });
            let entities: Vec<_> = [r#"<!ENTITY a0 "ha">"#.to_owned()]
                .into_iter()
                .chain(entities)
                .collect();
            with_entity(draft, tools, &entities.concat(), "&a9;")
        }
        Shape::ExternalEntity => with_entity(
            draft,
            tools,
            "<!ENTITY e SYSTEM \"file:///etc/hostname\">",
            "&e;",
        ),
        Shape::Ordinary => Ok(ordinary(draft, tools)?.xml),
    }
}

fn with_entity(
    draft: &Draft,
    tools: Tools<'_>,
    entities: &str,
    reference: &str,
) -> Result<String, Failure> {
    let signed = ordinary(draft, tools)?.xml;
    let signed = signed.replacen(
        "</Signature>",
        &format!("<Object>{reference}</Object></Signature>"),
        1,
    );
    Ok(format!("<!DOCTYPE samlp:Response [{entities}]>{signed}"))
}

/// The attacker has a genuine message and the certificate of the recipient, but no signing key. Where the forged
/// assertion is encrypted, the response around it is signed: only the check of the inner signature can notice.
fn wrapped(draft: &Draft, tools: Tools<'_>, wrapping: Wrapping) -> Result<String, Failure> {
    let forged = draft.forged()?;
    let plainly_signed = || assertion(draft, tools, draft.inner_signing);
    let unsigned = Signing {
        condition: Condition::Missing,
        ..Signing::default()
    };
    let loose = |content: Content<'_>| {
        unsigned_response(
            &Draft {
                outer_signing: unsigned,
                ..draft.clone()
            },
            &content,
        )
    };
    let hidden =
        |assertion: String| with_assertions(draft, tools, &encrypt(&assertion, draft, tools)?);
    let forged_response = |content: Content<'_>| -> Result<String, Failure> {
        let assertions = encrypt(&unsigned_assertion(&forged, "", "")?, draft, tools)?;
        unsigned_response(
            &forged,
            &Content {
                assertions: &assertions,
                ..content
            },
        )
    };

    match wrapping {
        Wrapping::ResponseInObject => {
            let genuine = ordinary(draft, tools)?;
            let signature = with_object(&genuine.signature, &genuine.xml);
            forged_response(Content {
                signature: &signature,
                ..Content::default()
            })
        }
        Wrapping::ResponseInExtensions => {
            let extensions = extensions(&ordinary(draft, tools)?.xml);
            forged_response(Content {
                extensions: &extensions,
                ..Content::default()
            })
        }
        Wrapping::ResponseInStatusDetail => {
            let genuine = ordinary(draft, tools)?.xml;
            forged_response(Content {
                status_detail: &genuine,
                ..Content::default()
            })
        }
        Wrapping::AssertionBefore => {
            let both = [unsigned_assertion(&forged, "", "")?, plainly_signed()?.xml].concat();
            loose(Content {
                assertions: &both,
                ..Content::default()
            })
        }
        Wrapping::AssertionAfter => {
            let both = [plainly_signed()?.xml, unsigned_assertion(&forged, "", "")?].concat();
            loose(Content {
                assertions: &both,
                ..Content::default()
            })
        }
        Wrapping::AssertionInExtensions => {
            let extensions = extensions(&unsigned_assertion(&forged, "", "")?);
            loose(Content {
                extensions: &extensions,
                assertions: &plainly_signed()?.xml,
                ..Content::default()
            })
        }
        Wrapping::SignatureMoved => {
            let genuine = plainly_signed()?;
            let both = [
                unsigned_assertion(&forged, &genuine.signature, "")?,
                genuine.unsigned,
            ]
            .concat();
            loose(Content {
                assertions: &both,
                ..Content::default()
            })
        }
        Wrapping::AssertionInAdvice => {
            hidden(unsigned_assertion(&forged, "", &plainly_signed()?.xml)?)
        }
        Wrapping::AssertionInObject => {
            let genuine = plainly_signed()?;
            hidden(unsigned_assertion(
                &forged,
                &with_object(&genuine.signature, &genuine.unsigned),
                "",
            )?)
        }
        Wrapping::SignedAssertionInObject => {
            let genuine = plainly_signed()?;
            hidden(unsigned_assertion(
                &forged,
                &with_object(&genuine.signature, &genuine.xml),
                "",
            )?)
        }
    }
}

fn with_object(signature: &str, content: &str) -> String {
    signature.replacen(
        "</Signature>",
        &format!("<Object>{content}</Object></Signature>"),
        1,
    )
}

fn extensions(content: &str) -> String {
    format!("<samlp:Extensions>{content}</samlp:Extensions>")
}

fn ordinary(draft: &Draft, tools: Tools<'_>) -> Result<Signed, Failure> {
    let assertions = encrypted(draft, tools)?;
    respond(
        draft,
        tools,
        Content {
            assertions: &assertions,
            ..Content::default()
        },
    )
}

fn with_assertions(draft: &Draft, tools: Tools<'_>, assertions: &str) -> Result<String, Failure> {
    Ok(respond(
        draft,
        tools,
        Content {
            assertions,
            ..Content::default()
        },
    )?
    .xml)
}

fn encrypted(draft: &Draft, tools: Tools<'_>) -> Result<String, Failure> {
    encrypt(
        &assertion(draft, tools, draft.inner_signing)?.xml,
        draft,
        tools,
    )
}

fn encrypt(assertion: &str, draft: &Draft, tools: Tools<'_>) -> Result<String, Failure> {
    let stranger = tools.keys.stranger();
    let to = if draft.encryption.to_somebody_else {
        &stranger.certificate
    } else {
        tools.recipient
    };
    encryption::encrypt(assertion, draft.encryption, to, tools.count)
}

/// Signs the assertion as a document of its own.
fn assertion(draft: &Draft, tools: Tools<'_>, signing: Signing) -> Result<Signed, Failure> {
    sign(&draft.assertion_id, signing, tools.keys, |signature| {
        unsigned_assertion(draft, signature, "")
    })
}

fn unsigned_assertion(draft: &Draft, signature: &str, advice: &str) -> Result<String, Failure> {
    write(&Assertion {
        id: &draft.assertion_id,
        issued_at: &milliseconds(draft.assertion_issued_at),
        issuer: &draft.inner_issuer,
        signature,
        name_id: &draft.name_id,
        name_id_format: draft.name_id_format,
        in_response_to: draft.inner_in_response_to.as_deref(),
        not_on_or_after: &milliseconds(draft.not_on_or_after),
        recipient: &draft.recipient,
        has_conditions: draft.conditions.is_some(),
        not_before: &milliseconds(draft.not_before),
        audience: draft
            .conditions
            .as_ref()
            .and_then(|conditions| conditions.audience.as_deref()),
        advice,
        attributes: &draft.attributes,
        authenticated_at: &milliseconds(draft.authenticated_at),
        session_index: &draft.session_index,
        client_address: &draft.client_address,
        context_class: &draft.context_class,
    })
}

/// What a response carries.
#[derive(Debug, Clone, Copy)]
struct Content<'a> {
    signature: &'a str,
    extensions: &'a str,
    status: (&'a str, Option<&'a str>),
    status_detail: &'a str,
    assertions: &'a str,
}

impl Default for Content<'_> {
    fn default() -> Self {
        Self {
            signature: "",
            extensions: "",
            status: (SUCCESS, None),
            status_detail: "",
            assertions: "",
        }
    }
}

fn respond(draft: &Draft, tools: Tools<'_>, content: Content<'_>) -> Result<Signed, Failure> {
    sign(
        &draft.response_id,
        draft.outer_signing,
        tools.keys,
        |signature| {
            unsigned_response(
                draft,
                &Content {
                    signature,
                    ..content
                },
            )
        },
    )
}

fn unsigned_response(draft: &Draft, content: &Content<'_>) -> Result<String, Failure> {
    write(&Response {
        id: &draft.response_id,
        issued_at: &seconds(draft.response_issued_at),
        destination: &draft.destination,
        in_response_to: draft.outer_in_response_to.as_deref(),
        issuer: &draft.outer_issuer,
        signature: content.signature,
        extensions: content.extensions,
        status: content.status.0,
        second_status: content.status.1,
        status_detail: content.status_detail,
        assertions: content.assertions,
    })
}

/// Time in a response: whole seconds.
pub fn seconds(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Time in an assertion: milliseconds.
fn milliseconds(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}
