//! What a verified assertion says: whether it is for us and for now, and then its contents.

use super::gate::{Asked, Policy, check_issuer};
use super::layout::own_id;
use super::names::{BEARER, DSIG, EIDAS_NATURAL, SAML};
use super::text::is_safe;
use super::time::{instant, optional};
use super::tree::Node;
use crate::provider::Timestamp;
use crate::refusal::Refusal;

const NAME_ID_LIMIT: usize = 256;
const ATTRIBUTES_LIMIT: usize = 64;
const VALUES_LIMIT: usize = 8;
const VALUE_LIMIT: usize = 16 * 1024;

/// The contents of an assertion.
#[derive(Clone)]
pub(crate) struct Statement {
    pub(crate) assertion_id: String,
    pub(crate) valid_until: Timestamp,
    pub(crate) name_id: String,
    pub(crate) name_id_format: Option<String>,
    pub(crate) session_index: Option<String>,
    pub(crate) authenticated_at: Timestamp,
    pub(crate) class: String,
    pub(crate) attributes: Attributes,
}

/// The attributes by their exact names, each name once.
#[derive(Clone, Default)]
pub(crate) struct Attributes(Vec<Attribute>);

/// One attribute.
#[derive(Clone)]
pub(crate) struct Attribute {
    name: String,
    values: Vec<Value>,
}

/// One value. `None`: it has elements inside.
#[derive(Clone)]
pub(crate) struct Value {
    pub(crate) text: Option<String>,
    /// What the eIDAS profile says about the script, `false` for the original of a transliteration.
    pub(crate) latin: bool,
}

/// Reads an assertion that was verified.
pub(crate) fn read(
    assertion: Node<'_, '_>,
    policy: &Policy,
    asked: &Asked,
    now: Timestamp,
) -> Result<Statement, Refusal> {
    check_children(assertion)?;
    if assertion.attribute("Version") != Some("2.0") {
        return Err(Refusal::WrongVersion);
    }
    let assertion_id = own_id(assertion)?.to_owned();
    let issued = instant(
        assertion
            .attribute("IssueInstant")
            .ok_or(Refusal::TimeMalformed)?,
    )?;
    if policy.tolerance.is_future(issued, now) {
        return Err(Refusal::IssuedInTheFuture);
    }
    check_issuer(assertion, &policy.issuer, Refusal::AssertionIssuerWrong)?;

    let attributes = Attributes::read(assertion, policy)?;
    // A failed login may carry a subject and an authentication like any other; this one attribute tells.
    if let Some((name, success)) = policy.failure_attribute
        && attributes.says_other_than(name, success)
    {
        return Err(Refusal::NotCompleted);
    }

    let conditions_end = check_conditions(assertion, policy, now)?;
    let subject = assertion
        .child(SAML, "Subject")?
        .ok_or(Refusal::SubjectMissing)?;
    let (name_id, name_id_format) = read_name_id(subject, policy)?;
    let confirmation_end = check_confirmations(subject, policy, asked, now)?;
    let authn = Authn::read(assertion, policy, asked, now)?;
    Ok(Statement {
        assertion_id,
        valid_until: conditions_end.max(confirmation_end),
        name_id,
        name_id_format,
        session_index: authn.session_index,
        authenticated_at: authn.instant,
        class: authn.class,
        attributes,
    })
}

fn check_children(assertion: Node<'_, '_>) -> Result<(), Refusal> {
    let mut logins = 0;
    for child in assertion.children() {
        match child.name() {
            (SAML, "Issuer" | "Subject" | "Conditions" | "AttributeStatement")
            | (DSIG, "Signature") => {}
            (SAML, "AuthnStatement") => logins += 1,
            _ => return Err(Refusal::UnexpectedElement),
        }
    }
    if logins > 1 {
        Err(Refusal::SeveralAuthnStatements)
    } else {
        Ok(())
    }
}

/// Conditions must be there, hold now, and name us as audience. Returns their end.
fn check_conditions(
    assertion: Node<'_, '_>,
    policy: &Policy,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    let conditions = assertion
        .child(SAML, "Conditions")?
        .ok_or(Refusal::ConditionsMissing)?;
    if optional(conditions.attribute("NotBefore"))?
        .is_some_and(|start| policy.tolerance.is_future(start, now))
    {
        return Err(Refusal::ConditionsNotYetValid);
    }
    let end = instant(
        conditions
            .attribute("NotOnOrAfter")
            .ok_or(Refusal::ConditionsMissing)?,
    )?;
    if policy.tolerance.is_over(end, now) {
        return Err(Refusal::ConditionsExpired);
    }
    if policy.tolerance.is_too_far(end, now) {
        return Err(Refusal::ValidityTooLong);
    }
    let mut restricted = false;
    for condition in conditions.children() {
        match condition.name() {
            (SAML, "AudienceRestriction") => {
                restricted = true;
                check_audience(condition, policy)?;
            }
            // Every assertion is used once, and none is passed on.
            (SAML, "OneTimeUse" | "ProxyRestriction") => {}
            _ => return Err(Refusal::ConditionUnknown),
        }
    }
    if restricted {
        Ok(end)
    } else {
        Err(Refusal::AudienceMissing)
    }
}

fn check_audience(restriction: Node<'_, '_>, policy: &Policy) -> Result<(), Refusal> {
    let mut named = restriction.children_named(SAML, "Audience").peekable();
    if named.peek().is_none() {
        return Err(Refusal::AudienceMissing);
    }
    let ours = named.any(|audience| audience.text().as_deref() == Some(&policy.audience));
    if ours {
        Ok(())
    } else {
        Err(Refusal::AudienceWrong)
    }
}

fn read_name_id(
    subject: Node<'_, '_>,
    policy: &Policy,
) -> Result<(String, Option<String>), Refusal> {
    let name_id = subject
        .child(SAML, "NameID")?
        .ok_or(Refusal::NameIdMalformed)?;
    let format = name_id.attribute("Format").map(str::to_owned);
    if let Some(wanted) = &policy.name_id_format
        && format.as_ref() != Some(wanted)
    {
        return Err(Refusal::NameIdFormatWrong);
    }
    let text = name_id.text().ok_or(Refusal::NameIdMalformed)?;
    let plausible = !text.is_empty()
        && text.len() <= NAME_ID_LIMIT
        && is_safe(&text)
        && !text.contains(char::is_whitespace);
    if plausible {
        Ok((text, format))
    } else {
        Err(Refusal::NameIdMalformed)
    }
}

/// At least one bearer confirmation must hold. Returns its end.
fn check_confirmations(
    subject: Node<'_, '_>,
    policy: &Policy,
    asked: &Asked,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    let mut first_refusal = Refusal::ConfirmationMissing;
    let bearers = subject
        .children_named(SAML, "SubjectConfirmation")
        .filter(|confirmation| confirmation.attribute("Method") == Some(BEARER));
    for (at, confirmation) in bearers.enumerate() {
        match check_confirmation(confirmation, policy, asked, now) {
            Ok(end) => return Ok(end),
            Err(refusal) if at == 0 => first_refusal = refusal,
            Err(_) => {}
        }
    }
    Err(first_refusal)
}

fn check_confirmation(
    confirmation: Node<'_, '_>,
    policy: &Policy,
    asked: &Asked,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    let data = confirmation
        .child(SAML, "SubjectConfirmationData")?
        .ok_or(Refusal::ConfirmationMissing)?;
    if data.children().next().is_some() {
        return Err(Refusal::UnexpectedElement);
    }
    if data.attribute("Recipient") != Some(&policy.answer_address) {
        return Err(Refusal::RecipientWrong);
    }
    if data.attribute("InResponseTo") != Some(&asked.request_id) {
        return Err(Refusal::ConfirmationInResponseToWrong);
    }
    if optional(data.attribute("NotBefore"))?
        .is_some_and(|start| policy.tolerance.is_future(start, now))
    {
        return Err(Refusal::ConfirmationNotYetValid);
    }
    let end = instant(
        data.attribute("NotOnOrAfter")
            .ok_or(Refusal::ConfirmationWithoutEnd)?,
    )?;
    if policy.tolerance.is_over(end, now) {
        return Err(Refusal::ConfirmationExpired);
    }
    if policy.tolerance.is_too_far(end, now) {
        return Err(Refusal::ValidityTooLong);
    }
    Ok(end)
}

/// How the person logged in.
struct Authn {
    instant: Timestamp,
    session_index: Option<String>,
    class: String,
}

impl Authn {
    fn read(
        assertion: Node<'_, '_>,
        policy: &Policy,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let statement = assertion
            .child(SAML, "AuthnStatement")?
            .ok_or(Refusal::AuthnStatementMissing)?;
        let instant = instant(
            statement
                .attribute("AuthnInstant")
                .ok_or(Refusal::TimeMalformed)?,
        )?;
        if policy.tolerance.is_future(instant, now) {
            return Err(Refusal::AuthnInTheFuture);
        }
        if asked
            .forced_at
            .is_some_and(|demanded| instant < demanded - policy.tolerance.skew)
        {
            return Err(Refusal::AuthnNotFresh);
        }
        if optional(statement.attribute("SessionNotOnOrAfter"))?
            .is_some_and(|end| policy.tolerance.is_over(end, now))
        {
            return Err(Refusal::ProviderSessionEnded);
        }
        let session_index = statement.attribute("SessionIndex").map(str::to_owned);
        if session_index
            .as_ref()
            .is_some_and(|index| index.is_empty() || index.len() > NAME_ID_LIMIT || !is_safe(index))
        {
            return Err(Refusal::NameIdMalformed);
        }
        let context = statement
            .child(SAML, "AuthnContext")?
            .ok_or(Refusal::LevelMissing)?;
        let mut classes = context.children_named(SAML, "AuthnContextClassRef");
        let class = classes
            .next()
            .ok_or(Refusal::LevelMissing)?
            .text()
            .ok_or(Refusal::LevelUnknown)?;
        if classes.next().is_some() {
            return Err(Refusal::SeveralLevels);
        }
        Ok(Self {
            instant,
            session_index,
            class,
        })
    }
}

impl Attributes {
    fn read(assertion: Node<'_, '_>, policy: &Policy) -> Result<Self, Refusal> {
        let mut attributes: Vec<Attribute> = Vec::new();
        let Some(statement) = assertion.child(SAML, "AttributeStatement")? else {
            return Ok(Self::default());
        };
        for node in statement.children() {
            if !node.is(SAML, "Attribute") {
                return Err(Refusal::UnexpectedElement);
            }
            let attribute = Attribute::read(node, policy)?;
            if attributes.iter().any(|known| known.name == attribute.name) {
                return Err(Refusal::AttributeRepeated);
            }
            if attributes.len() == ATTRIBUTES_LIMIT {
                return Err(Refusal::AttributeTooLong);
            }
            attributes.push(attribute);
        }
        Ok(Self(attributes))
    }

    /// The values of an attribute, empty when it is absent.
    pub(crate) fn values(&self, name: &str) -> &[Value] {
        self.0
            .iter()
            .find(|attribute| attribute.name == name)
            .map_or(&[], |attribute| &attribute.values)
    }

    /// Whether an attribute is there and says anything but one value. No value, an empty one and several are something else.
    fn says_other_than(&self, name: &str, value: &str) -> bool {
        let found = self.0.iter().find(|attribute| attribute.name == name);
        found.is_some_and(|attribute| match &attribute.values[..] {
            [only] => only.text.as_deref() != Some(value),
            _ => true,
        })
    }

    /// The one value of an attribute. An empty one counts as absent.
    pub(crate) fn get(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.values(name) {
            [] => Ok(None),
            [value] => {
                let text = value.text.as_deref().ok_or(Refusal::AttributeMalformed)?;
                Ok(Some(text).filter(|text| !text.is_empty()))
            }
            _ => Err(Refusal::AttributeMalformed),
        }
    }
}

impl Attribute {
    fn read(node: Node<'_, '_>, policy: &Policy) -> Result<Self, Refusal> {
        let name = node
            .attribute("Name")
            .filter(|name| !name.is_empty())
            .ok_or(Refusal::AttributeMalformed)?;
        let mut values = Vec::new();
        for value in node.children() {
            if !value.is(SAML, "AttributeValue") {
                return Err(Refusal::AttributeMalformed);
            }
            let text = value.text();
            if text.is_none() && policy.strict_attributes {
                return Err(Refusal::AttributeMalformed);
            }
            if values.len() == VALUES_LIMIT
                || text.as_ref().is_some_and(|text| text.len() > VALUE_LIMIT)
            {
                return Err(Refusal::AttributeTooLong);
            }
            let latin = value
                .attribute_of(Some(EIDAS_NATURAL), "LatinScript")
                .is_none_or(|flag| flag != "false" && flag != "0");
            values.push(Value { text, latin });
        }
        Ok(Self {
            name: name.to_owned(),
            values,
        })
    }
}
