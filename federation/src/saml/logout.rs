//! Logout messages that come to us. A request may end a session, and only when it is signed; a response never does
//! anything but tell which departure of ours it answers.

use super::gate::check_issuer;
use super::layout::{self, Kind, own_id};
use super::message::{self, LogoutResponse};
use super::names::{SAML, SAMLP};
use super::party::{Party, form, misconfigured};
use super::redirect::{self, Parameter, Query};
use super::scan::MESSAGE;
use super::text::is_safe;
use super::time::{instant, optional, written};
use super::tree::{Node, parse};
use super::{id, post, signature};
use crate::answer::{Answer, Method, ReplayKey};
use crate::assertion::UpstreamSession;
use crate::departure::{Correlation, Send};
use crate::inbound::{Event, Reply};
use crate::provider::{Timestamp, UpstreamError};
use crate::refusal::Refusal;

const SESSIONS_LIMIT: usize = 16;

/// A message with what came beside it.
struct Received<'q> {
    parameter: Parameter,
    xml: String,
    relay_state: Option<String>,
    query: Option<Query<'q>>,
}

/// A logout request, verified.
struct Request {
    id: String,
    valid_until: Timestamp,
    name_id: String,
    format: Option<String>,
    sessions: Vec<String>,
}

/// Which departure of ours a message claims to answer. Nothing of it is verified.
pub(crate) fn answered(answer: &Answer) -> Option<Correlation> {
    let received = Received::read(answer).ok()?;
    if received.parameter != Parameter::Response {
        return None;
    }
    let document = parse(&received.xml, &MESSAGE).ok()?;
    let root = Node::root(&document).ok()?;
    let request = root.attribute("InResponseTo")?;
    id::is_ours(request).then(|| Correlation(request.to_owned()))
}

impl Party {
    /// Receives a message at our logout address.
    pub(crate) async fn receive_logout(
        &self,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<(Vec<Event>, Reply), UpstreamError> {
        let received = Received::read(answer)?;
        let partner = self.source.get(now).await?;
        if received.parameter == Parameter::Response {
            let correlation = self.read_response(&received, &partner.trust, now)?;
            return Ok((vec![Event::LogoutReturned { correlation }], Reply::Nothing));
        }
        let request = match self.read_request(&received, &partner.trust, now) {
            Err(Refusal::SignatureMismatch) => match self.source.newer_than(&partner, now).await {
                Some(newer) => self.read_request(&received, &newer.trust, now)?,
                None => return Err(Refusal::SignatureMismatch.into()),
            },
            other => other?,
        };
        let reply = match partner.logout() {
            Some(service) => {
                Reply::Send(self.reply(&request, service, received.relay_state.as_deref(), now)?)
            }
            None => Reply::Nothing,
        };
        Ok((vec![self.event(&request)], reply))
    }

    fn read_request(
        &self,
        received: &Received<'_>,
        trust: &signature::Trust,
        now: Timestamp,
    ) -> Result<Request, Refusal> {
        let mut document = parse(&received.xml, &MESSAGE)?;
        let place = {
            let root = Node::root(&document)?;
            if !root.is(SAMLP, "LogoutRequest") {
                return Err(Refusal::WrongRoot);
            }
            layout::check(root, Kind::Message)?;
            signature::of(root, self.policy.algorithms)?
        };
        match (&received.query, place) {
            (Some(query), None) => query.verify(trust, now)?,
            (None, Some(place)) => trust.verify(&mut document, &[place], now)?,
            // A query carries its signature beside the message, not inside.
            (Some(_), Some(_)) => return Err(Refusal::SignatureMisplaced),
            (None, None) => return Err(Refusal::LogoutUnsigned),
        }
        let root = Node::root(&document)?;
        self.check_header(root)?;
        let issued = instant(
            root.attribute("IssueInstant")
                .ok_or(Refusal::TimeMalformed)?,
        )?;
        if self.policy.tolerance.is_future(issued, now) {
            return Err(Refusal::IssuedInTheFuture);
        }
        let end = optional(root.attribute("NotOnOrAfter"))?;
        if self.policy.tolerance.is_stale(issued, now)
            || end.is_some_and(|end| self.policy.tolerance.is_over(end, now))
        {
            return Err(Refusal::LogoutExpired);
        }
        let name_id = root
            .child(SAML, "NameID")?
            .ok_or(Refusal::NameIdMalformed)?;
        let text = name_id
            .text()
            .filter(|text| !text.is_empty() && text.len() <= 256 && is_safe(text));
        let sessions: Option<Vec<String>> = root
            .children_named(SAMLP, "SessionIndex")
            .map(|index| index.text().filter(|text| text.len() <= 256))
            .collect();
        let sessions = sessions
            .filter(|sessions| sessions.len() <= SESSIONS_LIMIT)
            .ok_or(Refusal::NameIdMalformed)?;
        Ok(Request {
            id: own_id(root)?.to_owned(),
            valid_until: issued + self.policy.tolerance.age + self.policy.tolerance.skew,
            name_id: text.ok_or(Refusal::NameIdMalformed)?,
            format: name_id.attribute("Format").map(str::to_owned),
            sessions,
        })
    }

    /// Which departure of ours a response answers. Captured ones are unsigned; a signature that is there must hold.
    fn read_response(
        &self,
        received: &Received<'_>,
        trust: &signature::Trust,
        now: Timestamp,
    ) -> Result<Correlation, Refusal> {
        let mut document = parse(&received.xml, &MESSAGE)?;
        let place = {
            let root = Node::root(&document)?;
            if !root.is(SAMLP, "LogoutResponse") {
                return Err(Refusal::WrongRoot);
            }
            layout::check(root, Kind::Message)?;
            signature::of(root, self.policy.algorithms)?
        };
        if let Some(place) = place {
            trust.verify(&mut document, &[place], now)?;
        }
        if let Some(query) = received
            .query
            .as_ref()
            .filter(|query| query.has_signature())
        {
            query.verify(trust, now)?;
        }
        let root = Node::root(&document)?;
        self.check_header(root)?;
        match root.attribute("InResponseTo") {
            None => Err(Refusal::InResponseToMissing),
            Some(request) if id::is_ours(request) => Ok(Correlation(request.to_owned())),
            Some(_) => Err(Refusal::InResponseToWrong),
        }
    }

    fn check_header(&self, root: Node<'_, '_>) -> Result<(), Refusal> {
        if root.attribute("Version") != Some("2.0") {
            return Err(Refusal::WrongVersion);
        }
        if root.attribute("Destination") != self.logout_address.as_ref().map(url::Url::as_str) {
            return Err(Refusal::DestinationWrong);
        }
        check_issuer(root, &self.policy.issuer, Refusal::ResponseIssuerWrong)
    }

    /// One event however many sessions a request names: it counts once, and is answered once.
    fn event(&self, request: &Request) -> Event {
        let session = |index: Option<String>| UpstreamSession {
            name_id: request.name_id.clone(),
            format: request.format.clone(),
            index,
            hint: None,
            renewal: None,
        };
        let sessions = if request.sessions.is_empty() {
            vec![session(None)]
        } else {
            let indexes = request.sessions.iter().cloned();
            indexes.map(|index| session(Some(index))).collect()
        };
        Event::LogoutRequested {
            realm: self.realm.clone(),
            sessions,
            replay_keys: vec![ReplayKey {
                key: format!("logout:{}:{}", self.realm, request.id),
                until: request.valid_until,
            }],
        }
    }

    fn reply(
        &self,
        request: &Request,
        service: &super::metadata::Service,
        relay_state: Option<&str>,
        now: Timestamp,
    ) -> Result<Send, UpstreamError> {
        let response_id = id::from_seed("logout-response", request.id.as_bytes());
        let message = LogoutResponse {
            id: &response_id,
            issued: &written(now),
            destination: service.response_location.as_str(),
            issuer: &self.entity_id,
            signature: None,
            in_response_to: &request.id,
        };
        let key = self.keys.signing();
        if service.redirect {
            let xml = message::plain(&message).map_err(misconfigured)?;
            let address = redirect::address(
                &service.response_location,
                Parameter::Response,
                &xml,
                relay_state,
                &key,
            );
            Ok(Send::Redirect(address.map_err(misconfigured)?))
        } else {
            let xml = message::signed(message, &key).map_err(misconfigured)?;
            Ok(form(
                &service.response_location,
                Parameter::Response,
                &xml,
                relay_state,
            ))
        }
    }
}

impl<'q> Received<'q> {
    fn read(answer: &'q Answer) -> Result<Self, Refusal> {
        match answer.method {
            Method::Get => {
                let query = Query::read(&answer.query)?;
                Ok(Self {
                    parameter: query.parameter,
                    xml: query.xml()?,
                    relay_state: query.relay_state.clone(),
                    query: Some(query),
                })
            }
            Method::Post => {
                let parameter = if post::has(answer, "SAMLRequest") {
                    Parameter::Request
                } else {
                    Parameter::Response
                };
                let posted = post::read(answer, parameter.name())?;
                Ok(Self {
                    parameter,
                    xml: posted.xml,
                    relay_state: posted.relay_state,
                    query: None,
                })
            }
        }
    }
}
